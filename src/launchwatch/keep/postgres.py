"""The evidence log on PostgreSQL with PostGIS: the same rows, chain and index, and places of facts as geometry.

Append-only by trigger (UPDATE, DELETE, TRUNCATE and any INSERT but of the next row are refused, whoever asks) and
by grants: `launchwatch_writer` may insert and `launchwatch_reader` read; nobody may change or delete, the owner
included. The tables are in the first schema of the search path. One writer at a time, by an advisory lock that
ends with its connection. A writer's commits wait for the disk whatever the server's default is; a server that does
not ask its disk at all (`fsync = off`) is refused.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors

from launchwatch.basis.errors import LogError
from launchwatch.keep import runs
from launchwatch.keep.filing import Entry, entry_in_log, places_of
from launchwatch.keep.runs import run_of
from launchwatch.keep.store import GENESIS, PAGE_ROWS, SCHEMA_VERSION, ChainedLog, NewRow, Row

_LOCK_CLASS = 0x4C575431  # "LWT1", beside the schema's own number
_LOCK_MS = 1000  # a server may need so long to notice that the last writer was killed
_ONE_INDEX_VERSION = 3  # ids in one index over the whole log
_PART_ROWS = 1000  # rows in one statement: what a statement costs by itself is below a hundredth by then
_PART_BYTES = 16 << 20  # of bodies in one statement: the server takes 1 GB, and holds it in memory several times
_CONNECT_S = 10  # a server that is away answers no sooner; the caller tries again

_IDS = """
CREATE TABLE ids (run integer NOT NULL, key bytea NOT NULL, seq bigint NOT NULL, PRIMARY KEY (run, key));
CREATE TABLE filters (run integer PRIMARY KEY, filter bytea NOT NULL);
"""

_SCHEMA = """
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE TABLE log_version (version integer NOT NULL);
INSERT INTO log_version VALUES ({version});
CREATE TABLE facts (seq bigint PRIMARY KEY, kind text NOT NULL, body bytea NOT NULL, hash bytea NOT NULL);
CREATE INDEX facts_by_kind ON facts (kind, seq);
{ids}
CREATE TABLE subjects (subject bytea NOT NULL, seq bigint NOT NULL, PRIMARY KEY (subject, seq));
CREATE TABLE cursors (name text PRIMARY KEY, seq bigint NOT NULL);
CREATE TABLE places (seq bigint NOT NULL, what text NOT NULL, place geometry(Geometry, 4326) NOT NULL);
CREATE INDEX places_by_area ON places USING gist (place);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$;
CREATE FUNCTION refuse_gap() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF NEW.seq IS DISTINCT FROM (SELECT coalesce(max(seq), 0) + 1 FROM facts) THEN
        RAISE EXCEPTION 'the log is append-only';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER facts_are_only_appended BEFORE INSERT ON facts FOR EACH ROW EXECUTE FUNCTION refuse_gap();
CREATE TRIGGER facts_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON facts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

_GRANTS = """
DO $$ BEGIN
    CREATE ROLE launchwatch_reader NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL; END $$;
DO $$ BEGIN
    CREATE ROLE launchwatch_writer NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL; END $$;
REVOKE ALL ON facts, log_version FROM PUBLIC;
REVOKE UPDATE, DELETE, TRUNCATE ON facts, log_version FROM CURRENT_USER;
DO $$ BEGIN
    GRANT SELECT ON facts, log_version, ids, filters, subjects, cursors, places TO launchwatch_reader;
    GRANT SELECT, INSERT ON facts, ids, filters, subjects, places TO launchwatch_writer;
    GRANT SELECT ON log_version TO launchwatch_writer;
    GRANT UPDATE ON ids, filters TO launchwatch_writer;
    GRANT SELECT, INSERT, UPDATE ON cursors TO launchwatch_writer;
EXCEPTION WHEN undefined_object THEN NULL; END $$;
"""

_INTO_RUNS = f"""
ALTER TABLE ids RENAME TO one_index;
{_IDS}
INSERT INTO ids SELECT (seq - 1) / {{run_rows}} AS run, key, seq FROM one_index ORDER BY run, key;
DROP TABLE one_index;
"""

_INSERTS = {
    "facts": "SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bytea[], %b::bytea[])",
    "ids": "SELECT * FROM unnest(%b::integer[], %b::bytea[], %b::bigint[]) "
    "ON CONFLICT (run, key) DO UPDATE SET seq = excluded.seq WHERE ids.seq > excluded.seq",
    "subjects": "SELECT * FROM unnest(%b::bytea[], %b::bigint[]) ON CONFLICT DO NOTHING",
    "places": "SELECT seq, what, place::geometry "
    "FROM unnest(%b::bigint[], %b::text[], %b::text[]) AS given (seq, what, place)",
    "cursors": "SELECT * FROM unnest(%b::text[], %b::bigint[]) "
    "ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
}
"""What goes into each table, an array a column. Facts stand in the order of their numbers: the trigger refuses any
other. Of an id, the first row in a run holds it."""

Table = Sequence[tuple[object, ...]]


class PostgresLog(ChainedLog):
    """An evidence log on a PostgreSQL server, open for reading, or for appending too.

    State: the connection, the last sequence number and the head's hash. A connection that was lost is opened anew
    by the next call. One thread at a time. Use as a context manager, or `close` it.
    """

    def __init__(self, url: str, *, writable: bool = False) -> None:
        super().__init__(_shown(url), writable=writable)
        self._url = url
        self._db: Any = None
        self._connection()

    def close(self) -> None:
        """Close the connection and let another writer in."""
        if self._db is not None:
            with contextlib.suppress(psycopg.Error):
                self._db.execute("SELECT pg_advisory_unlock_all()")  # the server notices a closed connection later
            self._db.close()
            self._db = None

    def cursors(self) -> dict[str, int]:
        """Return how far each reader has come."""
        return dict(self._ask("SELECT name, seq FROM cursors", ()))

    def version(self) -> int:
        """Return the newest row's number, which changes with every fact."""
        return self._last()[0]

    def hash_at(self, seq: int) -> bytes | None:
        """Return the hash of one row."""
        found = self._ask("SELECT hash FROM facts WHERE seq = %s", (seq,))
        return bytes(found[0][0]) if found else None

    def filed(self, until: int) -> tuple[int, int] | None:
        """Return how many ids and subjects are filed for rows up to `until`."""
        query = (
            "SELECT (SELECT count(*) FROM ids WHERE seq <= %s), (SELECT count(*) FROM subjects WHERE seq <= %s)"
        )
        found = self._ask(query, (until, until))
        return int(found[0][0]), int(found[0][1])

    def is_filed(self, entry: Entry, seq: int) -> tuple[int | None, bool]:
        """Return under which row of this row's run an entry's id is filed, and whether its subject is with it."""
        about = "EXISTS (SELECT FROM subjects WHERE subject = %s AND seq = %s)"
        in_run, run = ("run = %s AND", [run_of(seq)]) if self._version == SCHEMA_VERSION else ("", [])
        query = f"SELECT (SELECT seq FROM ids WHERE {in_run} key = %s), {about}"
        subject = None if entry.subject is None else entry.subject.encode()
        first, here = self._ask(query, (*run, entry.key, subject, seq))[0]
        return first, here or subject is None

    def kept_filters(self, before: int) -> Iterable[tuple[int, bytes]]:
        """Return the filters that are kept of runs before one, with their runs; none in a log before version 4."""
        if self._version != SCHEMA_VERSION:
            return []
        return self._ask("SELECT run, filter FROM filters WHERE run < %s", (before,))

    def reindex(self) -> None:
        """Make the index by id, subject and place anew from the facts; LogError where it cannot be stored."""
        if not self.writable:
            raise LogError(f"{self.name} is open for reading only")
        try:
            with self._connection().transaction():
                self._db.execute("DELETE FROM ids; DELETE FROM filters; DELETE FROM subjects; DELETE FROM places")
                self._file_all()
            self._load_filters()
        except psycopg.Error as error:
            raise self._failed("could not be indexed", error) from None

    def _connection(self) -> Any:  # noqa: ANN401 - psycopg is typed as Any here
        if self._db is None or self._db.closed:
            try:
                self._db = psycopg.connect(self._url, autocommit=True, connect_timeout=_CONNECT_S)
                self._begin()
            except psycopg.Error as error:
                self.close()
                raise self._failed("cannot be used as an evidence log", error) from None
        return self._db

    def _begin(self) -> None:
        if self.writable:
            self._wait_for_disk()
            self._take_lock()
            if self._db.execute("SELECT to_regclass('facts')").fetchone()[0] is None:
                with self._db.transaction():
                    self._db.execute(_SCHEMA.format(version=SCHEMA_VERSION, ids=_IDS))
                    self._db.execute(_GRANTS)
        else:
            self._db.execute("SET default_transaction_read_only = on")
        self._check_version()
        self._seq, self._head = self._last()
        if self.writable:
            if self._version != SCHEMA_VERSION:
                self._upgrade()
            self._load_filters()

    def _take_lock(self) -> None:
        self._db.execute(f"SET lock_timeout = {_LOCK_MS}")
        try:
            self._db.execute("SELECT pg_advisory_lock(%s, hashtext(current_schema()))", (_LOCK_CLASS,))
        except errors.LockNotAvailable:
            self.close()
            raise LogError(f"{self.name} is being written by another process; one writer at a time") from None
        self._db.execute("RESET lock_timeout")

    def _wait_for_disk(self) -> None:
        fsync, commit = self._db.execute(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone()
        if fsync == "off":
            self.close()
            raise LogError(f"{self.name} runs with fsync = off and would lose acknowledged facts with the power")
        if commit in {"off", "local"}:
            self._db.execute("SET synchronous_commit = on")

    def _check_version(self) -> None:
        found = self._db.execute("SELECT to_regclass('facts'), to_regclass('log_version')").fetchone()
        if None in found:
            self.close()
            raise LogError(
                f"no evidence log at {self.name}" if found[0] is None else f"{self.name} is no evidence log"
            )
        self._version = self._db.execute("SELECT version FROM log_version").fetchone()[0]
        if self._version not in {_ONE_INDEX_VERSION, SCHEMA_VERSION}:
            self.close()
            raise LogError(
                f"{self.name} has log version {self._version}; this program reads {_ONE_INDEX_VERSION} "
                f"to {SCHEMA_VERSION}"
            )

    def _upgrade(self) -> None:
        """Bring a log of version 3 to this one: its rows and hashes stay as they are."""
        try:
            with self._db.transaction():
                self._into_runs()
        except errors.InsufficientPrivilege:
            self.close()
            raise LogError(
                f"{self.name} has log version {_ONE_INDEX_VERSION}; the owner of its tables brings it to "
                f"{SCHEMA_VERSION} by opening it once as a writer (`launchwatch log reindex LOG`)"
            ) from None
        self._version = SCHEMA_VERSION

    def _into_runs(self) -> None:
        if self._holds_each_once():
            self._db.execute(_INTO_RUNS.format(run_rows=runs.RUN_ROWS))
        else:
            self._db.execute("DROP TABLE ids; DELETE FROM subjects; DELETE FROM places")
            self._db.execute(_IDS)
            self._file_all()
        self._db.execute("GRANT UPDATE ON log_version TO CURRENT_USER")
        self._db.execute("UPDATE log_version SET version = %s", (SCHEMA_VERSION,))
        self._db.execute(_GRANTS)  # takes that back

    def _holds_each_once(self) -> bool:
        """Return whether the one index names every row: then no id came twice, and runs follow from it alone."""
        return self._db.execute("SELECT count(*) FROM ids").fetchone() == (self._seq,)

    def _file_all(self) -> None:
        rows: list[NewRow] = []
        for row in self._pages(None, None, 0, self._seq):
            rows.append(NewRow(row.seq, row.hash, entry_in_log(row.kind, row.body)))
            if len(rows) == PAGE_ROWS:
                self._insert(_filing(rows))
                rows = []
        self._insert(_filing(rows))

    def _ready(self) -> None:
        self._connection()

    def _among(self, perhaps: Sequence[tuple[int, bytes]]) -> set[bytes]:
        query = (
            "SELECT key FROM ids JOIN unnest(%b::integer[], %b::bytea[]) AS wanted (run, key) USING (run, key) "
            "WHERE seq <= %b"
        )
        runs, keys = zip(*perhaps, strict=True)
        return {bytes(key) for (key,) in self._ask(query, (list(runs), list(keys), self._seq))}

    def _keys_of(self, run: int) -> list[bytes]:
        return [bytes(key) for (key,) in self._ask("SELECT key FROM ids WHERE run = %s", (run,))]

    def _keep_filter(self, run: int, packed: bytes) -> None:
        query = "INSERT INTO filters VALUES (%s, %b) ON CONFLICT (run) DO UPDATE SET filter = excluded.filter"
        try:
            self._db.execute(query, (run, packed))
        except psycopg.Error as error:
            raise self._failed("could not keep a filter", error) from None

    def _store(self, rows: Sequence[NewRow], cursors: Mapping[str, int]) -> None:
        parts = [_facts(part) | _filing(part) for part in _parts(rows)] or [{}]
        parts[-1]["cursors"] = list(cursors.items())
        try:
            if len(parts) == 1:
                self._insert(parts[0])  # one statement is one transaction, and one answer to wait for
                return
            with self._db.pipeline(), self._db.transaction():
                for part in parts:
                    self._insert(part)
        except psycopg.Error as error:
            raise self._failed("could not take the facts", error) from None

    def _insert(self, tables: Mapping[str, Table]) -> None:
        """Insert rows into all tables by one statement."""
        filled = {name: rows for name, rows in tables.items() if rows}
        if filled:
            inserts = (f"into_{name} AS (INSERT INTO {name} {_INSERTS[name]})" for name in filled)
            columns = [list(column) for rows in filled.values() for column in zip(*rows, strict=True)]
            self._db.execute(f"WITH {', '.join(inserts)} SELECT 1", columns)

    def _last(self) -> tuple[int, bytes]:
        found = self._ask("SELECT seq, hash FROM facts ORDER BY seq DESC LIMIT 1", ())
        return (int(found[0][0]), bytes(found[0][1])) if found else (0, GENESIS)

    def _page(self, kind: str | None, subject: str | None, after: int, until: int) -> list[Row]:
        table, wanted = "facts", ""
        given: tuple[object, ...] = ()
        if subject is not None:
            table, wanted, given = "subjects JOIN facts USING (seq)", "subject = %s AND", (subject.encode(),)
        elif kind is not None:
            wanted, given = "kind = %s AND", (kind,)
        rows = f"{wanted} seq > %s AND seq <= %s ORDER BY seq LIMIT {PAGE_ROWS}"
        query = f"SELECT seq, kind, body, hash FROM {table} WHERE {rows}"
        found = self._ask(query, (*given, after, until))
        return [Row(seq, kind, bytes(body), bytes(digest)) for seq, kind, body, digest in found]

    def _ask(self, query: str, given: tuple[object, ...]) -> list[tuple]:
        try:
            return self._connection().execute(query, given).fetchall()
        except psycopg.Error as error:
            raise self._failed("cannot be read", error) from None

    def _failed(self, what: str, error: psycopg.Error) -> LogError:
        """Return what to raise; a connection that broke is let go, so that the next call opens another."""
        if self._db is not None and self._db.broken:
            self.close()
        return LogError(f"{self.name} {what}: {str(error).strip() or type(error).__name__}")


def _facts(rows: Sequence[NewRow]) -> dict[str, Table]:
    return {"facts": [(row.seq, row.entry.kind, row.entry.body, row.hash) for row in rows]}


def _filing(rows: Sequence[NewRow]) -> dict[str, Table]:
    first: dict[tuple[int, bytes], int] = {}  # one statement may not file the same id twice
    for row in rows:
        if row.entry.key is not None:
            first.setdefault((run_of(row.seq), row.entry.key), row.seq)
    return {
        "ids": [(run, key, seq) for (run, key), seq in first.items()],
        "subjects": [(row.entry.subject.encode(), row.seq) for row in rows if row.entry.subject is not None],
        "places": [(row.seq, what, place) for row in rows for what, place in places_of(row.entry.fact)],
    }


def _parts(rows: Sequence[NewRow]) -> Iterator[list[NewRow]]:
    part: list[NewRow] = []
    size = 0
    for row in rows:
        if part and (len(part) == _PART_ROWS or size + len(row.entry.body) > _PART_BYTES):
            yield part
            part, size = [], 0
        part.append(row)
        size += len(row.entry.body)
    if part:
        yield part


def _shown(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//", url).split("?", 1)[0]
