"""Logs of version 2 (without an index) and 3 (one index of all ids) are read; a writer makes the index."""

import apsw
import pytest

from launchwatch.basis.errors import LogError
from launchwatch.keep import EvidenceLog, open_log
from launchwatch.keep.opening import is_server
from tests.keep.samples import alert_step, ticks
from tests.keep.test_contract import directly


@pytest.fixture
def old(tmp_path):
    """Return a log as version 2 left it, and its head."""
    path = tmp_path / "old.db"
    with EvidenceLog(path, writable=True) as log:
        log.append([*ticks(3), alert_step("a"), *ticks(1), alert_step("b"), alert_step("a", 2)])
        head = log.head
    db = apsw.Connection(str(path))
    db.execute(
        "DROP TABLE ids; DROP TABLE filters; DROP TABLE subjects; DROP TABLE cursors; PRAGMA user_version = 2"
    )
    db.close()
    return path, head


def test_an_old_log_is_read_as_it_is(old):
    """A reader changes nothing, verifies the same head, and finds a subject's rows without an index."""
    path, head = old
    with open_log(path) as log:
        assert log.verify() == log.head == head
        assert [row.seq for row in log.rows(subject="a")] == [4, 7]
        assert log.cursor("x") == 0
    db = apsw.Connection(str(path))
    assert db.pragma("user_version") == 2
    db.close()


def test_an_old_log_is_brought_up_to_date_by_its_writer(old):
    """A writer adds the index; rows and head are as before, and what is there is skipped."""
    path, head = old
    with open_log(path, writable=True) as log:
        assert log.head == head
        assert log.append([*ticks(4), alert_step("a")], once=True) == 8
        assert [row.seq for row in log.rows(subject="a")] == [4, 7]
        assert log.verify().rows == 8


def test_a_newer_log_is_refused(old):
    """A log of a version that is not known is refused with both numbers."""
    path, _ = old
    db = apsw.Connection(str(path))
    db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(LogError, match="version 9; this program reads 2 to 4"):
        open_log(path)


def to_version_3(place):
    """Make a log's index what version 3 had: one for all ids, in which the first row of an id holds it."""
    if is_server(place):
        one, version = "bytea PRIMARY KEY, seq bigint NOT NULL)", "UPDATE log_version SET version = 3"
    else:
        one, version = "BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID", "PRAGMA user_version = 3"
    directly(
        place,
        f"CREATE TABLE one (key {one}",
        "INSERT INTO one SELECT key, min(seq) FROM ids GROUP BY key",
        "DROP TABLE ids",
        "DROP TABLE filters",
        "ALTER TABLE one RENAME TO ids",
        version,
    )


FACTS = [*ticks(20), alert_step("a")]


@pytest.fixture(params=[FACTS, [*FACTS, *ticks(2)]], ids=["each id once", "ids twice"])
def one_index(request, place):
    """Return a log as version 3 left it, and its head."""
    with open_log(place, writable=True) as log:
        log.append(request.param)
        log.set_cursor("x", 7)
        head = log.head
    to_version_3(place)
    return place, head


@pytest.mark.usefixtures("short_runs")
def test_a_log_with_one_index_is_read_as_it_is(one_index):
    """A reader verifies the same head, and a row that is hidden from the one index is found."""
    place, head = one_index
    with open_log(place) as log:
        assert log.verify() == log.head == head
        assert [row.seq for row in log.rows(subject="a")] == [21]
    directly(place, "DELETE FROM ids WHERE seq = 5")
    with open_log(place) as log, pytest.raises(LogError, match="reindex"):
        log.verify()


@pytest.mark.usefixtures("short_runs")
def test_one_index_becomes_runs(one_index):
    """A writer files the ids by run; rows, head and cursors are as before, and what is there is skipped."""
    place, head = one_index
    with open_log(place, writable=True) as log:
        assert log.head == log.verify() == head
        assert log.append(FACTS, once=True) == head.rows
        assert len(list(log.kept_filters(9))) == 2
        assert log.cursor("x") == 7
        assert log.append(ticks(21), once=True) == head.rows + 1
    with open_log(place) as log:
        assert log.verify().rows == head.rows + 1
        assert [row.seq for row in log.rows(subject="a")] == [21]


@pytest.mark.usefixtures("short_runs")
def test_only_the_owner_of_the_tables_brings_them_up_to_date(postgres_log):
    """A member of the writers is told that it is the owner's to do; the log stays as it was."""
    import psycopg

    with open_log(postgres_log, writable=True) as log:
        log.append(FACTS)
    to_version_3(postgres_log)
    with psycopg.connect(postgres_log, autocommit=True) as db:
        schema = db.execute("SELECT current_schema()").fetchone()[0]
        db.execute(f"GRANT USAGE ON SCHEMA {schema} TO launchwatch_writer")
        db.execute("GRANT SELECT ON ids TO launchwatch_writer")
        db.execute(f"CREATE ROLE {schema}_keeper LOGIN IN ROLE launchwatch_writer")
    with pytest.raises(LogError, match=r"version 3; the owner"):
        open_log(postgres_log.replace("postgres@", f"{schema}_keeper@"), writable=True)
    with open_log(postgres_log, writable=True) as log:
        assert log.verify().rows == len(FACTS)
