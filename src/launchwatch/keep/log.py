"""The append-only evidence log: SQLite through apsw, each row hash-chained to the one before.

    row hash = SHA-256(previous hash | seq as 8 bytes, big end first | kind | 0x00 | body)

WAL with synchronous FULL: what `append` has returned from survives loss of power. One process writes at a time,
held by a lock beside the file. Triggers refuse UPDATE, DELETE and any INSERT but of the next row, and `verify`
finds what went round them. A chain cannot tell that its own end was cut off: a head kept elsewhere can.
"""

import fcntl
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import apsw

from launchwatch.basis.errors import BrokenChainError, LogError
from launchwatch.facts import RunEnd, RunStart, Value, decode_fact, encode_fact

_APPLICATION_ID = 0x4C575431  # "LWT1"
_SCHEMA_VERSION = 2
_OLDEST_SQLITE = 3_051_003  # earlier ones may corrupt a WAL that two connections use
_GENESIS = bytes(32)

_SCHEMA = """
CREATE TABLE facts (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    body BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX facts_by_kind ON facts (kind, seq);
CREATE TRIGGER facts_are_only_appended BEFORE INSERT ON facts
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM facts)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER facts_are_never_changed BEFORE UPDATE ON facts
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER facts_are_never_deleted BEFORE DELETE ON facts
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
"""


@dataclass(frozen=True)
class Row:
    """One fact as it stands in the log."""

    seq: int
    kind: str
    body: bytes
    hash: bytes

    def fact(self) -> Value:
        """Return the fact."""
        return decode_fact(self.kind, self.body)


@dataclass(frozen=True)
class Verified:
    """A chain that was checked from its first row to its head."""

    rows: int
    head: bytes


def row_hash(previous: bytes, seq: int, kind: str, body: bytes) -> bytes:
    """Return the chained hash of one row."""
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + kind.encode() + b"\0" + body).digest()


class EvidenceLog:
    """An evidence log open for reading, or for appending too.

    State: the connection, and for a writer the lock, the last sequence number and the head's hash. One thread
    at a time. Use as a context manager, or `close` it.
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        if apsw.sqlite_lib_version() and _library_number() < _OLDEST_SQLITE:
            raise LogError(
                f"SQLite {apsw.sqlite_lib_version()} may corrupt its write-ahead log; 3.51.3 or later is needed"
            )
        self.path = path
        self._lock: IO[str] | None = _lock(path) if writable else None
        try:
            self._db = _open(path, writable=writable)
            self._seq, self._head = self._last()
        except apsw.Error as error:
            self._release()
            raise LogError(f"{path.name} cannot be used as an evidence log: {error}") from None
        except LogError:
            self._release()
            raise

    def __enter__(self) -> Self:
        """Return the log."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the log."""
        self.close()

    def close(self) -> None:
        """Close the connection and let another writer in."""
        self._db.close()
        self._release()

    def append(self, facts: Iterable[Value]) -> int:
        """Append facts in one durable transaction; return the head's sequence number."""
        if self._lock is None:
            raise LogError(f"{self.path.name} is open for reading only")
        rows = []
        seq, head = self._seq, self._head
        for fact in facts:
            kind, body = encode_fact(fact)
            seq += 1
            head = row_hash(head, seq, kind, body)
            rows.append((seq, kind, body, head))
        try:
            with self._db:
                self._db.executemany("INSERT INTO facts VALUES (?, ?, ?, ?)", rows)
        except apsw.Error as error:
            raise LogError(f"facts could not be appended to {self.path.name}: {error}") from None
        self._seq, self._head = seq, head
        return seq

    def rows(self, *kinds: str, after: int = 0) -> Iterator[Row]:
        """Yield rows in order, of the given kinds or of all, with sequence numbers above `after`."""
        wanted = f" AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        columns = "seq, coalesce(kind, ''), CAST(body AS BLOB), CAST(hash AS BLOB)"  # whatever a tamperer stored
        query = f"SELECT {columns} FROM facts WHERE seq > ?{wanted} ORDER BY seq"  # noqa: S608 - only "?"
        try:
            for seq, kind, body, digest in self._db.execute(query, (after, *kinds)):
                yield Row(seq, kind, bytes(body or b""), bytes(digest or b""))
        except apsw.Error as error:
            raise LogError(f"{self.path.name} cannot be read: {error}") from None

    @property
    def head(self) -> Verified:
        """Return the number of rows and the last one's hash, unchecked."""
        return Verified(self._seq, self._head)

    def verify(self, head: bytes | None = None) -> Verified:
        """Check every row's hash and the unbroken run of numbers; BrokenChainError names the first bad row.

        A `head` that was kept from before must be among the hashes, else rows were cut off or replaced since.
        """
        verified, found = self._chain(head)
        if head is not None and not found:
            raise LogError(
                f"{self.path.name} does not hold the head {head.hex()}: rows were cut off or replaced since, "
                f"or it is another log's; its {verified.rows} rows end in {verified.head.hex()}"
            )
        return verified

    def unfinished_runs(self) -> list[str]:
        """Return the ids of runs without an end: they were broken off, or are still going on."""
        unfinished: list[str] = []
        begun: str | None = None
        for row in self.rows("run", "end"):
            fact = row.fact()
            if begun is not None and not isinstance(fact, RunEnd):
                unfinished.append(begun)
            begun = fact.id if isinstance(fact, RunStart) else None
        return unfinished if begun is None else [*unfinished, begun]

    def _chain(self, wanted: bytes | None) -> tuple[Verified, bool]:
        head, count, found = _GENESIS, 0, False
        for row in self.rows():
            count += 1
            if row.seq != count:
                raise BrokenChainError(count, f"missing; the next row is {row.seq}")
            head = row_hash(head, row.seq, row.kind, row.body)
            if head != row.hash:
                raise BrokenChainError(row.seq, "its hash does not follow from its content and the row before")
            found = found or head == wanted
        return Verified(count, head), found

    def _last(self) -> tuple[int, bytes]:
        last = self._db.execute("SELECT seq, hash FROM facts ORDER BY seq DESC LIMIT 1").fetchone()
        return (int(last[0]), bytes(last[1])) if last else (0, _GENESIS)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _library_number() -> int:
    major, minor, patch = (int(part) for part in apsw.sqlite_lib_version().split(".")[:3])
    return major * 1_000_000 + minor * 1_000 + patch


def _lock(path: Path) -> IO[str]:
    handle = path.with_name(path.name + ".lock").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        raise LogError(f"{path.name} is being written by another process; one writer at a time") from None
    return handle


def _open(path: Path, *, writable: bool) -> apsw.Connection:
    if not writable and not path.is_file():
        raise LogError(f"no evidence log at {path.name}")
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE if writable else apsw.SQLITE_OPEN_READONLY
    db = apsw.Connection(str(path), flags=flags)
    db.set_busy_timeout(5000)
    if writable:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
    if _pragma(db, "application_id") == 0 and writable and _is_empty(db):
        with db:
            db.execute(_SCHEMA)
            db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    if _pragma(db, "application_id") != _APPLICATION_ID:
        raise LogError(f"{path.name} is a database, but no evidence log")
    if _pragma(db, "user_version") != _SCHEMA_VERSION:
        raise LogError(
            f"{path.name} has log version {_pragma(db, 'user_version')}; this program reads {_SCHEMA_VERSION}"
        )
    return db


def _pragma(db: apsw.Connection, name: str) -> int:
    return int(db.pragma(name))


def _is_empty(db: apsw.Connection) -> bool:
    return db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
