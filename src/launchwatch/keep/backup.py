"""Copies of a log, made while it is written to, and the check that a copy could take its place."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import apsw

from launchwatch.basis.errors import LogError
from launchwatch.facts import Evidence
from launchwatch.keep.blobs import Blobs, sync_file
from launchwatch.keep.filing import entry_in_log
from launchwatch.keep.log import EvidenceLog
from launchwatch.keep.opening import is_server, log_path, open_log
from launchwatch.keep.store import ChainedLog, Verified

_BATCH_ROWS = 5_000  # rows in one transaction of a copy: a few MB


def back_up(log: Path | str, to: Path) -> Verified:
    """Copy a log into one new SQLite file while it goes on, check the copy, and return what it holds.

    A log on SQLite is copied page by page as of one moment (SQLite's online backup), one on PostgreSQL row by row:
    the chain comes out the same. LogError where `to` exists, cannot be written, or is not what the log is.
    """
    if to.exists():
        raise LogError(f"{to.name} exists; a backup replaces nothing")
    try:
        if is_server(log):
            copy_rows(log, to)
        else:
            _copy_pages(log_path(log), to)
        sync_file(to)
        return check_copy(log, to)
    except OSError as error:
        raise LogError(f"{to.name} cannot be written: {error.strerror or error}") from None


def check_copy(log: Path | str, copy: Path) -> Verified:
    """Verify a copy from its first row to its head, and that the log went on from there; return what it holds."""
    with EvidenceLog(copy) as opened:
        verified = opened.verify()
    with open_log(log) as source:
        if verified.rows and source.hash_at(verified.rows) != verified.head:
            raise LogError(f"{copy.name} is whole, but no copy of {source.name}: row {verified.rows} differs")
    return verified


def copy_rows(log: Path | str, to: Path | str) -> Verified:
    """Append all rows of one log to another, empty one, whatever keeps them; return the new head.

    LogError where the target holds rows, or where the source's chain is broken (the first row that differs).
    """
    with open_log(log) as source, open_log(to, writable=True) as target:
        if target.head.rows:
            raise LogError(f"{target.name} holds {target.head.rows} rows; a copy goes into an empty log")
        _copy(source, target)
        return target.head


def _copy(source: ChainedLog, target: ChainedLog) -> None:
    entries, last = [], b""
    for row in source.rows():
        entries.append(entry_in_log(row.kind, row.body))
        last = row.hash
        if len(entries) == _BATCH_ROWS:
            target.commit(entries, once=False)
            entries = []
    target.commit(entries, once=False)
    cursors = source.cursors()
    target.commit([], once=False, cursors=cursors)
    if last and target.head.head != last:
        raise LogError(f"{source.name} does not verify: its chain is not what its rows say")


def _copy_pages(log: Path, to: Path) -> None:
    with EvidenceLog(log):
        pass  # says what is wrong with it
    source = apsw.Connection(str(log), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        target = apsw.Connection(str(to))
        try:
            with target.backup("main", source, "main") as copying:
                copying.step(-1)  # all at once: in steps, each commit of the writer would begin it anew
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            target.close()
    except apsw.Error as error:
        to.unlink(missing_ok=True)
        raise LogError(f"{log.name} could not be copied: {error}") from None
    finally:
        source.close()


class BlobsFound(NamedTuple):
    """Blobs that a log's `evidence` facts name: how many are whole; digests (hex) of those gone and changed."""

    whole: int
    missing: tuple[str, ...]
    changed: tuple[str, ...]


def check_blobs(log: ChainedLog, folder: Path) -> BlobsFound:
    """Read every blob that a log names and compare it with the hash that the log tells."""
    return _found(log, Blobs(folder), None)


def copy_blobs(log: ChainedLog, folder: Path, to: Path) -> BlobsFound:
    """Copy every blob that a log names into another folder, where it is not yet there; the changed are left out.

    LogError where the disk does not take one.
    """
    to.mkdir(parents=True, exist_ok=True)
    return _found(log, Blobs(folder), Blobs(to))


def _found(log: ChainedLog, blobs: Blobs, to: Blobs | None) -> BlobsFound:
    whole, missing, changed = 0, list[str](), list[str]()
    for digest in _named(log):
        if not blobs.has(digest):
            missing.append(digest)
            continue
        try:
            data = blobs.get(digest)
        except LogError:
            changed.append(digest)
            continue
        whole += 1
        if to is not None:
            to.put(data)
    return BlobsFound(whole, tuple(missing), tuple(changed))


def _named(log: ChainedLog) -> Iterator[str]:
    """Yield each digest once; a feed has no content of its own."""
    facts: Iterable[object] = (row.fact() for row in log.rows("evidence"))
    yield from dict.fromkeys(fact.sha256 for fact in facts if isinstance(fact, Evidence) and fact.kind != "feed")
