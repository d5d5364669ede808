"""The log on PostgreSQL: grants, places, settings of the server, a server that goes away, a disk that is full."""

import os
import shutil
import signal
import subprocess
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import errors

from launchwatch.basis.errors import LogError
from launchwatch.keep import open_log
from tests.keep.samples import alert_step, ticks
from tests.servers import postgres


def test_grants(postgres_log):
    """A writer may add and not change, a reader only read; the owner took the right from itself."""
    with open_log(postgres_log, writable=True) as log:
        log.append(ticks(2))
    with psycopg.connect(postgres_log, autocommit=True) as db:
        schema = db.execute("SELECT current_schema()").fetchone()[0]
        db.execute(f"GRANT USAGE ON SCHEMA {schema} TO launchwatch_writer, launchwatch_reader")
        acl = db.execute("SELECT relacl::text FROM pg_class WHERE oid = to_regclass('facts')").fetchone()[0]
        assert "launchwatch_writer=ar/" in acl
        assert "launchwatch_reader=r/" in acl
        assert "postgres=arxt/" in acl  # neither w (UPDATE), d (DELETE) nor D (TRUNCATE)
        db.execute("SET ROLE launchwatch_writer")
        for statement in ("UPDATE facts SET kind = ''", "DELETE FROM facts", "TRUNCATE facts"):
            with pytest.raises(errors.InsufficientPrivilege):
                db.execute(statement)
        db.execute("RESET ROLE; SET ROLE launchwatch_reader")
        assert db.execute("SELECT count(*) FROM facts").fetchone() == (2,)
        with pytest.raises(errors.InsufficientPrivilege):
            db.execute("INSERT INTO facts VALUES (3, 'tick', '', '')")


def test_a_member_of_the_writers_can_keep_the_log(postgres_log):
    """A login that is only a member of `launchwatch_writer` appends, files and sets cursors."""
    with open_log(postgres_log, writable=True) as log:
        log.append(ticks(2))
    with psycopg.connect(postgres_log, autocommit=True) as db:
        schema = db.execute("SELECT current_schema()").fetchone()[0]
        db.execute(f"GRANT USAGE ON SCHEMA {schema} TO launchwatch_writer")
        db.execute(f"CREATE ROLE {schema}_keeper LOGIN IN ROLE launchwatch_writer")
    with open_log(postgres_log.replace("postgres@", f"{schema}_keeper@"), writable=True) as log:
        assert log.append([*ticks(3), alert_step("a")], once=True) == 4
        log.set_cursor("x", 4)
        assert log.verify().rows == 4


def test_places_are_found_by_area(postgres_log):
    """Steps are found by where they are: in an area of PostGIS, and not in another."""
    with open_log(postgres_log, writable=True) as log:
        log.append([*ticks(3), alert_step("a"), alert_step("b", rings=(), fall=(0.0, 0.0))])
    query = (
        "SELECT DISTINCT seq FROM places "
        "WHERE ST_Intersects(place, ST_MakeEnvelope(%s, %s, %s, %s, 4326)) ORDER BY seq"
    )
    with psycopg.connect(postgres_log) as db:
        assert db.execute(query, (129, 37, 130.5, 38.5)).fetchall() == [(4,)]
        assert db.execute(query, (-1, -1, 1, 1)).fetchall() == [(5,)]
        assert db.execute("SELECT DISTINCT what FROM places ORDER BY 1").fetchall() == [("fall",), ("public",)]


def test_a_writer_waits_for_the_disk_whatever_the_default(postgres_log):
    """`synchronous_commit` of a writer is on where the role's default is off; no password is in the log's name."""
    with open_log(f"{postgres_log}%20-csynchronous_commit%3Doff", writable=True) as log:
        assert log._db.execute("SHOW synchronous_commit").fetchone() == ("on",)
    with open_log(postgres_log.replace("postgres@", "postgres:secret@")) as log:
        assert "secret" not in log.name


def test_a_server_that_does_not_ask_its_disk_is_refused():
    """A server with `fsync = off` gets no facts."""
    reason = postgres.missing()
    if reason is not None:
        pytest.skip(reason)
    with postgres.server(None, "fsync=off") as url, pytest.raises(LogError, match="fsync = off"):
        open_log(url, writable=True)


def test_a_log_outlives_its_server():
    """A server that dies is an error and no more; when it is back the same log goes on, and nothing came twice."""
    reason = postgres.missing()
    if reason is not None:
        pytest.skip(reason)
    with postgres.running() as (url, process):
        log = open_log(url, writable=True)
        log.append(ticks(3), once=True)
        backend = log._db.info.backend_pid
        os.kill(backend, signal.SIGKILL)  # the server ends all its connections and recovers
        with pytest.raises(LogError):
            log.append(ticks(5), once=True)
        with log:
            assert until_it_takes(log, ticks(5)) == 5
            assert log.verify().rows == 5
        assert process.poll() is None


def until_full(log, taken):
    while True:
        try:
            taken = log.append(ticks(1000, taken))
        except LogError as error:
            assert "space" in str(error)
            return taken


def until_it_takes(log, facts):
    for _ in range(10_000):
        try:
            return log.append(facts, once=True)
        except LogError as error:
            last = error
    raise last


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="a small file system needs root")
def test_a_full_disk_is_an_error_and_the_log_goes_on(postgres_url, tmp_path_factory):
    """On a tablespace of 6 MB appends end with an error; once there is room the log goes on, whole."""
    folder = tmp_path_factory.mktemp("small")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "small", folder], check=False)
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        filler = folder / "filler"
        for path in (folder, folder.parent, folder.parent.parent):  # the server's user goes through them
            path.chmod(0o755)
        (folder / "space").mkdir(mode=0o700)
        postgres.give(folder / "space")
        with psycopg.connect(postgres_url, autocommit=True) as db:
            db.execute(f"CREATE TABLESPACE small LOCATION '{folder / 'space'}'")
            db.execute("CREATE DATABASE small TABLESPACE pg_default")
        url = urlsplit(postgres_url)._replace(path="/small", query="options=-cdefault_tablespace%3Dsmall").geturl()
        with psycopg.connect(url.split("?", maxsplit=1)[0], autocommit=True) as db:
            db.execute("CREATE EXTENSION postgis")
        with open_log(url, writable=True) as log:
            taken = log.append(ticks(100))
            filler.write_bytes(bytes(10 << 20 >> 2))
            taken = until_full(log, taken)
            filler.unlink()
            assert log.append([alert_step("a")]) == taken + 1
            assert log.verify().rows == taken + 1
        with psycopg.connect(postgres_url, autocommit=True) as db:
            db.execute("DROP DATABASE small")
            db.execute("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
