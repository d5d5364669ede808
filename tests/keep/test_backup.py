"""Copies that could take a log's place, and tables for analysis."""

import apsw
import pytest

from launchwatch.basis.errors import LogError
from launchwatch.keep import EvidenceLog, open_log
from launchwatch.keep.backup import back_up, check_copy, copy_rows
from launchwatch.keep.tables import columns_of, export_log
from tests.keep.samples import alert_step, plots, sensor, ticks


@pytest.fixture
def path(tmp_path):
    with EvidenceLog(tmp_path / "log.db", writable=True) as log:
        log.append([*ticks(40), alert_step("a"), *plots(5), sensor("R")])
    return tmp_path / "log.db"


def test_a_backup_is_made_while_the_log_is_written_to(path, tmp_path):
    """A copy holds what the log held then, verifies, and can be appended to in its place."""
    with EvidenceLog(path, writable=True) as log:
        assert back_up(path, tmp_path / "copy.db").rows == 47
        log.append(ticks(1, 40))
        assert check_copy(path, tmp_path / "copy.db").rows == 47
    with open_log(tmp_path / "copy.db", writable=True) as copy:
        assert copy.append(ticks(1, 40)) == 48
        assert len(list(copy.rows(subject="a"))) == 1


def test_a_backup_replaces_nothing_and_fits_its_log(path, tmp_path):
    """An existing file is not replaced; a copy of another log and a damaged one are refused."""
    with pytest.raises(LogError, match="replaces nothing"):
        back_up(path, path)
    with EvidenceLog(tmp_path / "other.db", writable=True) as log:
        log.append(ticks(3, 5))
    with pytest.raises(LogError, match="no copy"):
        check_copy(path, tmp_path / "other.db")
    back_up(path, tmp_path / "copy.db")
    db = apsw.Connection(str(tmp_path / "copy.db"))
    db.execute("DROP TRIGGER facts_are_never_changed; UPDATE facts SET body = x'00' WHERE seq = 3")
    db.close()
    with pytest.raises(LogError, match="row 3"):
        check_copy(path, tmp_path / "copy.db")
    with pytest.raises(LogError, match="empty log"):
        copy_rows(path, tmp_path / "other.db")


def test_tables_read_by_duckdb(path, tmp_path):
    """Each kind is a table whose rows and values DuckDB reads: numbers as numbers, parts as JSON."""
    duckdb = pytest.importorskip("duckdb")
    with open_log(path) as log:
        assert export_log(log, tmp_path / "out") == {"tick": 40, "step": 1, "plot": 5, "sensor": 1}
        head = log.head.head.hex()
    query = (
        "SELECT log_seq, log_subject, probability, number, json_extract(rings, '$[0][1][0]')::DOUBLE, "
        "CAST(decided_utc AS TIMESTAMPTZ) > TIMESTAMPTZ '2025-11-07 03:35:00Z', launch_lat_deg "
        "FROM read_parquet(?)"
    )
    union = "SELECT count(*), max_by(log_hash, log_seq) FROM read_parquet(?, union_by_name = true)"
    with duckdb.connect() as db:
        step = db.execute(query, [str(tmp_path / "out" / "step.parquet")]).fetchone()
        assert db.execute(union, [str(tmp_path / "out" / "*.parquet")]).fetchone() == (47, head)
    assert step == (41, "a", 0.9, 1, 132.0, True, None)


def test_tables_in_many_row_groups(path, tmp_path, monkeypatch):
    """A long kind is written in groups as it is read, and only the kinds that are asked for."""
    import pyarrow.parquet as pq

    monkeypatch.setattr("launchwatch.keep.tables._GROUP_ROWS", 15)
    with open_log(path) as log:
        assert export_log(log, tmp_path / "out", ["tick"]) == {"tick": 40}
    table = pq.ParquetFile(tmp_path / "out" / "tick.parquet")
    assert table.num_row_groups == 3
    assert table.read().column("id").to_pylist() == [f"tick-{n}" for n in range(40)]


def test_columns_have_the_fields_types():
    """Texts, numbers, whole numbers and flags are columns of their type, and names are those of the JSON."""
    columns = columns_of("reach")
    assert (columns["height_m"], columns["track"], columns["falling"], columns["id"]) == (
        "number", "whole", "flag", "text",
    )  # fmt: skip
    assert columns["fall_ellipse_95"] == columns["places"] == "json"
    assert columns["launch_lat_deg"] == "number"
    assert columns_of("flight")["class"] == "json"
