"""The evidence log: append-only, chained, one writer, and honest about tampering."""

import subprocess
import sys

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from launchwatch.basis.errors import BrokenChainError, LogError
from launchwatch.facts import Plot, Provenance, RunEnd, RunStart, canonical_bytes
from launchwatch.keep import EvidenceLog
from launchwatch.keep.log import row_hash


def plots(n, start=0):
    return [Plot(id=f"p{i}", sensor="R", time_utc="2025-11-07T03:35:00Z") for i in range(start, start + n)]


@pytest.fixture
def path(tmp_path):
    with EvidenceLog(tmp_path / "log.db", writable=True) as log:
        log.append(plots(3))
        log.append(plots(2, 3))
    return tmp_path / "log.db"


def test_facts_come_back_in_order(path):
    """What was appended is read again, equal and in order, and the chain holds."""
    with EvidenceLog(path) as log:
        assert [row.fact() for row in log.rows()] == plots(5)
        assert log.verify().rows == 5


def test_chain_is_sha256_of_what_is_documented(path):
    """The head follows from the documented formula alone."""
    head = bytes(32)
    for seq, plot in enumerate(plots(5), start=1):
        head = row_hash(head, seq, "plot", canonical_bytes(plot))
    with EvidenceLog(path) as log:
        assert log.verify().head == head


def test_appending_goes_on_where_it_ended(path):
    """A reopened log continues its numbers and its chain."""
    with EvidenceLog(path, writable=True) as log:
        assert log.append(plots(1, 5)) == 6
    with EvidenceLog(path) as log:
        assert log.verify().rows == 6


def test_rows_by_kind_and_after(path):
    """Rows can be asked for by kind and from a number on."""
    with EvidenceLog(path) as log:
        assert [row.seq for row in log.rows("plot", after=3)] == [4, 5]
        assert list(log.rows("report")) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE facts SET body = x'00' WHERE seq = 2",
        "DELETE FROM facts WHERE seq = 2",
        "INSERT OR REPLACE INTO facts VALUES (2, 'plot', x'00', x'00')",
        "REPLACE INTO facts VALUES (5, 'plot', x'00', x'00')",
        "INSERT INTO facts VALUES (2, 'plot', x'00', x'00') ON CONFLICT (seq) DO UPDATE SET body = x'00'",
        "INSERT INTO facts VALUES (9, 'plot', x'00', x'00')",
        "INSERT INTO facts VALUES (NULL, 'plot', x'00', x'00')",
    ],
)
def test_triggers_refuse_changes(path, statement):
    """The database itself refuses to change, replace or delete a fact, and to leave a gap."""
    db = apsw.Connection(str(path))
    with pytest.raises(apsw.ConstraintError, match="append-only"):
        db.execute(statement)
    db.close()


def tamper(path, *statements):
    db = apsw.Connection(str(path))
    for trigger in ("facts_are_never_changed", "facts_are_never_deleted"):
        db.execute(f"DROP TRIGGER {trigger}")
    for statement in statements:
        db.execute(statement)
    db.close()


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE facts SET body = replace(body, 'p2', 'p9') WHERE seq = 3", 3),
        ("UPDATE facts SET kind = 'report' WHERE seq = 2", 2),
        ("UPDATE facts SET hash = zeroblob(32) WHERE seq = 4", 4),
        ("DELETE FROM facts WHERE seq = 2", 2),
        ("DELETE FROM facts WHERE seq = 1", 1),
        ("UPDATE facts SET body = CAST(body AS BLOB) || x'20' WHERE seq = 5", 5),
    ],
)
def test_tampering_is_found_at_its_row(path, statement, row):
    """Whoever goes round the triggers is found: the first bad row is named."""
    tamper(path, statement)
    with EvidenceLog(path) as log, pytest.raises(BrokenChainError) as broken:
        log.verify()
    assert broken.value.seq == row


def test_every_column_is_in_the_chain(path):
    """A row holds nothing that its hash does not cover."""
    db = apsw.Connection(str(path))
    columns = [row[1] for row in db.execute("PRAGMA table_info(facts)")]
    db.close()
    assert columns == ["seq", "kind", "body", "hash"]


def test_a_kept_head_finds_rows_that_were_cut_off(path):
    """A chain without its last rows is whole; a head from before tells, and an older head still holds."""
    with EvidenceLog(path) as log:
        newest = log.verify().head
        older = list(log.rows())[2].hash
        assert log.verify(older).head == newest
    tamper(path, "DELETE FROM facts WHERE seq > 3")
    with EvidenceLog(path) as log:
        assert log.verify(older).rows == 3
        with pytest.raises(LogError, match="cut off"):
            log.verify(newest)


def test_runs_without_an_end_are_named(tmp_path):
    """Of three runs, the one that the next begins over and the last without an end are unfinished."""
    who = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
    start = RunStart(id="run-1", version="0", as_of_utc="", seed=0, settings={}, platform="", provenance=who)
    end = RunEnd(id="end-2", run="run-2", events=(), rejections=0, provenance=who)
    runs = [start, *(structs.replace(start, id=f"run-{n}") for n in (2, 3))]
    with EvidenceLog(tmp_path / "log.db", writable=True) as log:
        log.append([runs[0], *plots(1), runs[1], end, runs[2]])
        assert log.unfinished_runs() == ["run-1", "run-3"]
        log.append([structs.replace(end, run="run-3")])
        assert log.unfinished_runs() == ["run-1"]


def test_one_writer_at_a_time(path):
    """A second writer is refused while the first is open, even from another process; readers are not."""
    code = (
        "import sys; from pathlib import Path; from launchwatch.keep import EvidenceLog\n"
        "from launchwatch.basis.errors import LogError\n"
        "try: EvidenceLog(Path(sys.argv[1]), writable=True)\n"
        "except LogError as e: print(e)"
    )
    with EvidenceLog(path, writable=True):
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
        with EvidenceLog(path) as reader:
            assert reader.verify().rows == 5
    assert "written by another process" in done.stdout
    EvidenceLog(path, writable=True).close()


def test_durability_settings(path):
    """The log is in WAL mode, and its writer syncs in full (SQLite: synchronous = 2)."""
    with EvidenceLog(path, writable=True) as log:
        assert log._db.pragma("journal_mode") == "wal"
        assert log._db.pragma("synchronous") == 2


def test_nothing_but_a_log_is_opened(tmp_path):
    """A missing file, a text and another database are refused with their reason."""
    text, other = tmp_path / "a.txt", tmp_path / "b.db"
    text.write_text("not a database, only words that go on for a while" * 20)
    db = apsw.Connection(str(other))
    db.execute("CREATE TABLE t (x)")
    db.close()
    for path, reason in (
        (tmp_path / "no.db", "no evidence log"),
        (text, "cannot be used"),
        (other, "no evidence log"),
    ):
        with pytest.raises(LogError, match=reason):
            EvidenceLog(path)
    with pytest.raises(LogError, match="no evidence log"):
        EvidenceLog(other, writable=True)


def test_failed_append_leaves_the_log_as_it_was(path):
    """A reader cannot append, and the attempt changes nothing."""
    with EvidenceLog(path) as log:
        with pytest.raises(LogError, match="reading only"):
            log.append(plots(1))
        assert log.verify().rows == 5


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_any_text_survives_the_store(tmp_path_factory, texts):
    """Ids of any characters come back as they were."""
    path = tmp_path_factory.mktemp("log") / "log.db"
    facts = [Plot(id=text, sensor="", time_utc="") for text in texts]
    with EvidenceLog(path, writable=True) as log:
        log.append(facts)
    with EvidenceLog(path) as log:
        assert [row.fact() for row in log.rows()] == facts


def test_killed_writer_leaves_a_whole_chain(tmp_path):
    """A writer that is killed while appending leaves every acknowledged fact and an unbroken chain."""
    path = tmp_path / "log.db"
    code = (
        "import sys, os, signal; from pathlib import Path; from launchwatch.keep import EvidenceLog\n"
        "from launchwatch.facts import Plot\n"
        "log = EvidenceLog(Path(sys.argv[1]), writable=True)\n"
        "for i in range(1000):\n"
        "    seq = log.append([Plot(id=str(i), sensor='R', time_utc='t')])\n"
        "    print(seq, flush=True)\n"
        "    if i == 40: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    acknowledged = int(done.stdout.split()[-1])
    assert done.returncode == -9
    assert acknowledged == 41
    with EvidenceLog(path, writable=True) as log:
        assert log.verify().rows >= acknowledged
