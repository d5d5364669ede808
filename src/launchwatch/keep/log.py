"""The evidence log on SQLite through apsw: one file, one writer, each row hash-chained to the one before.

WAL with synchronous FULL: what `append` has returned from survives loss of power. One process writes at a time,
held by a lock beside the file. Triggers refuse UPDATE, DELETE and any INSERT but of the next row, and `verify`
finds what went round them. `facts` holds nothing that the chain does not cover; `ids`, by run (`runs`), their
`filters` and `subjects` follow from it and can be made anew; `cursors` are no evidence.
"""

import fcntl
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO

import apsw

from launchwatch.basis.errors import LogError
from launchwatch.keep import runs
from launchwatch.keep.filing import Entry, entry_in_log
from launchwatch.keep.runs import run_of
from launchwatch.keep.store import GENESIS, PAGE_ROWS, SCHEMA_VERSION, ChainedLog, NewRow, Row, Verified, row_hash

__all__ = ["EvidenceLog", "Row", "Verified", "row_hash"]

_APPLICATION_ID = 0x4C575431  # "LWT1"
_UNFILED_VERSION = 2  # facts alone, without ids, subjects and cursors
_ONE_INDEX_VERSION = 3  # ids in one index over the whole log
_VERSIONS = (_UNFILED_VERSION, _ONE_INDEX_VERSION, SCHEMA_VERSION)
_OLDEST_SQLITE = 3_051_003  # earlier ones may corrupt a WAL that two connections use
_CACHE_KIB = 16 * 1024
"""Of one connection: the newest run's ids (3 MB), the subjects of what goes on and the upper levels stay in it.
Over 200,000 appends of states 166 pages are read anew; with four times as much 98 are."""

_FACTS = """
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

_IDS = """
CREATE TABLE ids (
    run INTEGER NOT NULL, key BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (run, key)
) WITHOUT ROWID;
CREATE TABLE filters (run INTEGER PRIMARY KEY, filter BLOB NOT NULL);
"""

_FILING = """
CREATE TABLE subjects (subject TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (subject, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cursors (name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
"""

_FILE_ID = """
INSERT INTO ids VALUES (?, ?, ?) ON CONFLICT (run, key) DO UPDATE SET seq = excluded.seq WHERE seq > excluded.seq
"""  # the first row of an id in a run holds it; one left over from rows that were cut off does not

_INTO_RUNS = f"""
ALTER TABLE ids RENAME TO one_index;
{_IDS}
INSERT INTO ids SELECT (seq - 1) / {{run_rows}} AS run, key, seq FROM one_index ORDER BY run, key;
DROP TABLE one_index;
"""

_COLUMNS = "seq, coalesce(kind, ''), CAST(body AS BLOB), CAST(hash AS BLOB)"  # whatever a tamperer stored


class EvidenceLog(ChainedLog):
    """An evidence log open for reading, or for appending too.

    State: the connection, and for a writer the lock, the last sequence number and the head's hash. One thread
    at a time. Use as a context manager, or `close` it.
    """

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        if _library_number() < _OLDEST_SQLITE:
            raise LogError(
                f"SQLite {apsw.sqlite_lib_version()} may corrupt its write-ahead log; 3.51.3 or later is needed"
            )
        super().__init__(path.name, writable=writable)
        self.path = path
        self._lock: IO[str] | None = _lock(path) if writable else None
        try:
            self._db = _open(path, writable=writable)
            self._version = _pragma(self._db, "user_version")
            if writable and self._version != SCHEMA_VERSION:
                self._upgrade()
            self._seq, self._head = self._last()
            if writable:
                self._load_filters()
        except apsw.Error as error:
            self._release()
            raise LogError(f"{path.name} cannot be used as an evidence log: {_first_error(error)}") from None
        except LogError:
            self._release()
            raise

    @property
    def _is_filed(self) -> bool:
        return self._version != _UNFILED_VERSION

    def close(self) -> None:
        """Close the connection and let another writer in."""
        self._db.close()
        self._release()

    def cursors(self) -> dict[str, int]:
        """Return how far each reader has come; none in a log of version 2."""
        return dict(self._ask("SELECT name, seq FROM cursors", ())) if self._is_filed else {}

    def version(self) -> int:
        """Return a number that changes whenever another connection has committed."""
        return _pragma(self._db, "data_version")

    def hash_at(self, seq: int) -> bytes | None:
        """Return the hash of one row."""
        found = self._ask("SELECT CAST(hash AS BLOB) FROM facts WHERE seq = ?", (seq,))
        return bytes(found[0][0] or b"") if found else None

    def filed(self, until: int) -> tuple[int, int] | None:
        """Return how many ids and subjects are filed for rows up to `until`; None in a log of version 2."""
        if not self._is_filed:
            return None
        ids, subjects = (f"SELECT count(*) FROM {table} WHERE seq <= ?" for table in ("ids", "subjects"))
        found = self._ask(f"SELECT ({ids}), ({subjects})", (until, until))
        return int(found[0][0]), int(found[0][1])

    def is_filed(self, entry: Entry, seq: int) -> tuple[int | None, bool]:
        """Return under which row of this row's run an entry's id is filed, and whether its subject is with it."""
        first = self._first(entry.key, seq) if entry.key is not None else []
        here = entry.subject is None or bool(
            self._ask("SELECT 1 FROM subjects WHERE subject = ? AND seq = ?", (entry.subject, seq))
        )
        return (int(first[0][0]) if first else None), here

    def kept_filters(self, before: int) -> Iterable[tuple[int, bytes]]:
        """Return the filters that are kept of runs before one, with their runs; none in a log before version 4."""
        if self._version != SCHEMA_VERSION:
            return []
        return self._ask("SELECT run, CAST(filter AS BLOB) FROM filters WHERE run < ?", (before,))

    def reindex(self) -> None:
        """Make the index by id and subject anew from the facts; LogError where it cannot be stored."""
        if not self.writable:
            raise LogError(f"{self.name} is open for reading only")
        try:
            with self._db:
                self._db.execute("DELETE FROM ids; DELETE FROM filters; DELETE FROM subjects")
                self._file_all()
            self._load_filters()
        except apsw.Error as error:
            raise LogError(f"{self.name} could not be indexed: {_first_error(error)}") from None

    def _first(self, key: bytes, seq: int) -> list[tuple]:
        if self._version == _ONE_INDEX_VERSION:
            return self._ask("SELECT seq FROM ids WHERE key = ?", (key,))
        return self._ask("SELECT seq FROM ids WHERE run = ? AND key = ?", (run_of(seq), key))

    def _upgrade(self) -> None:
        """Bring a log of an earlier version to this one: rows and hashes stay as they are, the index is made."""
        with self._db:
            if self._version == _ONE_INDEX_VERSION and self._holds_each_once():
                self._db.execute(_INTO_RUNS.format(run_rows=runs.RUN_ROWS))
            else:
                self._db.execute("DROP TABLE IF EXISTS ids; DROP TABLE IF EXISTS subjects")
                self._db.execute(_IDS + _FILING)
                self._file_all()
            self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        self._version = SCHEMA_VERSION

    def _holds_each_once(self) -> bool:
        """Return whether the one index names every row: then no id came twice, and runs follow from it alone."""
        return self._db.execute("SELECT count(*) FROM ids").fetchone() == (self._last()[0],)

    def _file_all(self) -> None:
        rows: list[NewRow] = []
        for row in self._pages(None, None, 0, self._last()[0]):
            rows.append(NewRow(row.seq, row.hash, entry_in_log(row.kind, row.body)))
            if len(rows) == PAGE_ROWS:
                self._file(rows)
                rows = []
        self._file(rows)

    def _ready(self) -> None:
        """Do nothing: the connection stands as long as the log is open."""

    def _among(self, perhaps: Sequence[tuple[int, bytes]]) -> set[bytes]:
        query = "SELECT 1 FROM ids WHERE run = ? AND key = ? AND seq <= ?"
        return {key for run, key in perhaps if self._ask(query, (run, key, self._seq))}

    def _keys_of(self, run: int) -> list[bytes]:
        return [bytes(key) for (key,) in self._ask("SELECT CAST(key AS BLOB) FROM ids WHERE run = ?", (run,))]

    def _keep_filter(self, run: int, packed: bytes) -> None:
        try:
            self._db.execute("INSERT OR REPLACE INTO filters VALUES (?, ?)", (run, packed))
        except apsw.Error as error:
            raise LogError(f"{self.name} could not keep a filter: {error}") from None

    def _store(self, rows: Sequence[NewRow], cursors: Mapping[str, int]) -> None:
        try:
            with self._db:
                self._db.executemany(
                    "INSERT INTO facts VALUES (?, ?, ?, ?)",
                    [(row.seq, row.entry.kind, row.entry.body, row.hash) for row in rows],
                )
                self._file(rows)
                self._db.executemany("INSERT OR REPLACE INTO cursors VALUES (?, ?)", cursors.items())
        except apsw.Error as error:
            raise LogError(f"facts could not be appended to {self.name}: {_first_error(error)}") from None

    def _file(self, rows: Sequence[NewRow]) -> None:
        keys = [(run_of(row.seq), row.entry.key, row.seq) for row in rows if row.entry.key is not None]
        subjects = [(row.entry.subject, row.seq) for row in rows if row.entry.subject is not None]
        self._db.executemany(_FILE_ID, keys)
        self._db.executemany("INSERT OR IGNORE INTO subjects VALUES (?, ?)", subjects)

    def _last(self) -> tuple[int, bytes]:
        found = self._ask("SELECT seq, CAST(hash AS BLOB) FROM facts ORDER BY seq DESC LIMIT 1", ())
        return (int(found[0][0]), bytes(found[0][1] or b"")) if found else (0, GENESIS)

    def _page(self, kind: str | None, subject: str | None, after: int, until: int) -> list[Row]:
        if subject is not None and not self._is_filed:
            return self._unfiled_page(subject, after, until)
        table, wanted = "facts", ""
        given: tuple[object, ...] = ()
        if subject is not None:
            table, wanted, given = "subjects CROSS JOIN facts USING (seq)", "subject = ? AND", (subject,)
        elif kind is not None:
            wanted, given = "kind = ? AND", (kind,)
        query = (
            f"SELECT {_COLUMNS} FROM {table} WHERE {wanted} seq > ? AND seq <= ? ORDER BY seq LIMIT {PAGE_ROWS}"
        )
        found = self._ask(query, (*given, after, until))
        return [Row(seq, kind, bytes(body or b""), bytes(digest or b"")) for seq, kind, body, digest in found]

    def _unfiled_page(self, subject: str, after: int, until: int) -> list[Row]:
        page: list[Row] = []
        for row in self._pages(None, None, after, until):
            if entry_in_log(row.kind, row.body).subject == subject:
                page.append(row)
                if len(page) == PAGE_ROWS:
                    break
        return page

    def _ask(self, query: str, given: tuple[object, ...]) -> list[tuple]:
        try:
            return self._db.execute(query, given).fetchall()
        except apsw.Error as error:
            raise LogError(f"{self.name} cannot be read: {error}") from None

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _first_error(error: BaseException) -> BaseException:
    """Return what went wrong first: a full disk ends a transaction, and rolling it back is then an error too."""
    while isinstance(error.__context__, apsw.Error):
        error = error.__context__
    return error


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
    db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    if writable:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
    if _pragma(db, "application_id") == 0 and writable and _is_empty(db):
        with db:
            db.execute(_FACTS + _IDS + _FILING)
            db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    if _pragma(db, "application_id") != _APPLICATION_ID:
        raise LogError(f"{path.name} is a database, but no evidence log")
    if _pragma(db, "user_version") not in _VERSIONS:
        raise LogError(
            f"{path.name} has log version {_pragma(db, 'user_version')}; this program reads {_UNFILED_VERSION} "
            f"to {SCHEMA_VERSION}"
        )
    return db


def _pragma(db: apsw.Connection, name: str) -> int:
    return int(db.pragma(name))


def _is_empty(db: apsw.Connection) -> bool:
    return db.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
