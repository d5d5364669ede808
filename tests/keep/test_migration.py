"""Logs of version 2, which had no index of ids and subjects, are read; their next writer adds it."""

import apsw
import pytest

from launchwatch.basis.errors import LogError
from launchwatch.keep import EvidenceLog, open_log
from tests.keep.samples import alert_step, ticks


@pytest.fixture
def old(tmp_path):
    """Return a log as version 2 left it, and its head."""
    path = tmp_path / "old.db"
    with EvidenceLog(path, writable=True) as log:
        log.append([*ticks(3), alert_step("a"), *ticks(1), alert_step("b"), alert_step("a", 2)])
        head = log.head
    db = apsw.Connection(str(path))
    db.execute("DROP TABLE ids; DROP TABLE subjects; DROP TABLE cursors; PRAGMA user_version = 2")
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
    with pytest.raises(LogError, match="version 9; this program reads 2 and 3"):
        open_log(path)
