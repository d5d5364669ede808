"""The evidence log on PostgreSQL with PostGIS: the same rows, chain and index, and places of facts as geometry.

Append-only by trigger (UPDATE, DELETE, TRUNCATE and any INSERT but of the next row are refused, whoever asks) and
by grants: `launchwatch_writer` may insert and `launchwatch_reader` read; nobody may change or delete, the owner
included. The tables are in the first schema of the search path. One writer at a time, by an advisory lock that
ends with its connection. A writer's commits wait for the disk whatever the server's default is; a server that does
not ask its disk at all (`fsync = off`) is refused.
"""

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import errors

from launchwatch.basis.errors import LogError
from launchwatch.keep.filing import Entry, entry_in_log, places_of
from launchwatch.keep.store import GENESIS, PAGE_ROWS, SCHEMA_VERSION, ChainedLog, NewRow, Row

_LOCK_CLASS = 0x4C575431  # "LWT1", beside the schema's own number
_LOCK_MS = 1000  # a server may need so long to notice that the last writer was killed
_CONNECT_S = 10  # a server that is away answers no sooner; the caller tries again

_SCHEMA = """
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE TABLE log_version (version integer NOT NULL);
INSERT INTO log_version VALUES ({version});
CREATE TABLE facts (seq bigint PRIMARY KEY, kind text NOT NULL, body bytea NOT NULL, hash bytea NOT NULL);
CREATE INDEX facts_by_kind ON facts (kind, seq);
CREATE TABLE ids (key bytea PRIMARY KEY, seq bigint NOT NULL);
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
    GRANT SELECT ON facts, log_version, ids, subjects, cursors, places TO launchwatch_reader;
    GRANT SELECT, INSERT ON facts, ids, subjects, places TO launchwatch_writer;
    GRANT SELECT ON log_version TO launchwatch_writer;
    GRANT UPDATE ON ids TO launchwatch_writer;
    GRANT SELECT, INSERT, UPDATE ON cursors TO launchwatch_writer;
EXCEPTION WHEN undefined_object THEN NULL; END $$;
"""

_FILE_ID = """
INSERT INTO ids VALUES (%s, %s)
ON CONFLICT (key) DO UPDATE SET seq = excluded.seq WHERE ids.seq > excluded.seq
"""  # the first row of an id holds it


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
        """Return under which row an entry's id is filed, and whether its subject is with this row."""
        about = "EXISTS (SELECT FROM subjects WHERE subject = %s AND seq = %s)"
        query = f"SELECT (SELECT seq FROM ids WHERE key = %s), {about}"  # noqa: S608 - only "%s"
        subject = None if entry.subject is None else entry.subject.encode()
        first, here = self._ask(query, (entry.key, subject, seq))[0]
        return first, here or subject is None

    def reindex(self) -> None:
        """Make the index by id, subject and place anew from the facts; LogError where it cannot be stored."""
        if not self.writable:
            raise LogError(f"{self.name} is open for reading only")
        try:
            with self._connection().transaction():
                self._db.execute("DELETE FROM ids; DELETE FROM subjects; DELETE FROM places")
                for row in self._pages(None, None, 0, self._seq):
                    self._file([NewRow(row.seq, row.hash, entry_in_log(row.kind, row.body))])
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
                    self._db.execute(_SCHEMA.format(version=SCHEMA_VERSION))
                    self._db.execute(_GRANTS)
        else:
            self._db.execute("SET default_transaction_read_only = on")
        self._check_version()
        self._seq, self._head = self._last()

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
        version = self._db.execute("SELECT version FROM log_version").fetchone()[0]
        if version != SCHEMA_VERSION:
            self.close()
            raise LogError(f"{self.name} has log version {version}; this program reads {SCHEMA_VERSION}")

    def _ready(self) -> None:
        self._connection()

    def _known(self, keys: Sequence[bytes]) -> set[bytes | None]:
        found = self._ask("SELECT key FROM ids WHERE key = ANY(%s) AND seq <= %s", (list(keys), self._seq))
        return {bytes(key) for (key,) in found}

    def _store(self, rows: Sequence[NewRow], cursors: Mapping[str, int]) -> None:
        try:
            with self._db.pipeline(), self._db.transaction(), self._db.cursor() as asking:
                self._insert(asking, rows)
                for name, seq in cursors.items():
                    asking.execute(
                        "INSERT INTO cursors VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq",
                        (name, seq),
                    )
        except psycopg.Error as error:
            raise self._failed("could not take the facts", error) from None

    def _insert(self, asking: Any, rows: Sequence[NewRow]) -> None:  # noqa: ANN401
        asking.executemany(
            "INSERT INTO facts VALUES (%s, %s, %s, %s)",
            [(row.seq, row.entry.kind, row.entry.body, row.hash) for row in rows],
        )
        self._file(rows)

    def _file(self, rows: Sequence[NewRow]) -> None:
        keys = [(row.entry.key, row.seq) for row in rows if row.entry.key is not None]
        subjects = [(row.entry.subject.encode(), row.seq) for row in rows if row.entry.subject is not None]
        places = [(row.seq, what, place) for row in rows for what, place in places_of(row.entry.fact)]
        with self._db.cursor() as asking:
            asking.executemany(_FILE_ID, keys)
            asking.executemany("INSERT INTO subjects VALUES (%s, %s) ON CONFLICT DO NOTHING", subjects)
            asking.executemany("INSERT INTO places VALUES (%s, %s, %s::geometry)", places)

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
        query = f"SELECT seq, kind, body, hash FROM {table} WHERE {wanted} seq > %s AND seq <= %s ORDER BY seq LIMIT {PAGE_ROWS}"  # noqa: E501, S608
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


def _shown(url: str) -> str:
    return re.sub(r"//[^@/]*@", "//", url).split("?", 1)[0]
