"""Filters of the ids in a log's runs: all that are there are found, few that are not, and filters can be kept."""

import hashlib

import pytest

from launchwatch.basis.errors import LogError
from launchwatch.keep import open_log
from launchwatch.keep.opening import is_server
from launchwatch.keep.runs import RUN_ROWS, RunFilters, run_of
from tests.keep.samples import alert_step, ticks
from tests.keep.test_contract import directly


def keys(start, end):
    return [hashlib.sha256(str(number).encode()).digest()[:16] for number in range(start, end)]


def test_rows_of_a_run():
    """The first run is of rows 1 to 65,536, as documented."""
    assert [run_of(seq) for seq in (1, 65_536, 65_537)] == [0, 0, 1]


@pytest.mark.parametrize("run", [0, 63, 64, 200])
def test_every_key_is_found_and_few_others(run):
    """Of a full run all keys are found; of others (1 - exp(-8/16))^8 = 0.06 %, Bloom's formula, within 5 sigma."""
    filters = RunFilters()
    held = keys(0, RUN_ROWS)
    filters.add(run, held)
    assert filters.candidates(held) == [(run, key) for key in held]
    wrong = len(filters.candidates(keys(RUN_ROWS, RUN_ROWS + 100_000)))
    assert abs(wrong - 57.4) < 5 * 57.4**0.5


def test_a_key_may_be_in_several_runs():
    """All runs that hold a key are named, over the border of two words too."""
    filters = RunFilters()
    for run in (1, 63, 64, 130):
        filters.add(run, keys(0, 10))
    filters.add(2, keys(10, 20))
    assert [run for run, _ in filters.candidates(keys(3, 4))] == [1, 63, 64, 130]
    assert filters.candidates([]) == []


def test_a_filter_can_be_kept():
    """A filter that was kept finds the same again; what is none, or lacks a key, is told."""
    filters, again, other = RunFilters(), RunFilters(), RunFilters()
    filters.add(70, keys(0, 1000))
    packed = filters.packed(70)
    assert again.load(70, packed)
    assert again.candidates(keys(0, 1000)) == filters.candidates(keys(0, 1000))
    assert filters.is_within(70, packed)
    other.add(70, keys(0, 1001))
    assert not other.is_within(70, packed)
    assert not other.load(70, packed[1:])
    assert not other.is_within(70, packed[1:])


def test_what_is_no_key_is_left_out():
    """A key of another length, as a tamperer may leave it, is no error."""
    filters = RunFilters()
    filters.add(0, [b"short", *keys(0, 1)])
    assert len(filters.candidates(keys(0, 1))) == 1


@pytest.mark.usefixtures("short_runs")
def test_ids_of_earlier_runs_are_known(place):
    """An id is skipped whichever run holds it, by the writer that filed it and by the next; all verifies."""
    with open_log(place, writable=True) as log:
        for start in range(0, 100, 10):
            log.append(ticks(10, start), once=True)
        assert log.append(ticks(100), once=True) == 100
        assert len(list(log.kept_filters(1000))) == 12
    with open_log(place, writable=True) as log:
        assert log.append([*ticks(101), alert_step("a")], once=True) == 102
        assert log.verify().rows == 102


@pytest.mark.usefixtures("short_runs")
def test_the_same_id_in_two_runs(place):
    """Without `once` each run files an id that comes again, twice in one append too, and all verifies."""
    with open_log(place, writable=True) as log:
        log.append([*ticks(20), *ticks(20), *ticks(3)])
        assert log.verify().rows == 43
        assert log.append(ticks(21), once=True) == 44
        log.reindex()
        assert log.append(ticks(21), once=True) == log.verify().rows == 44


@pytest.mark.usefixtures("short_runs")
@pytest.mark.parametrize(
    "change", ["DELETE FROM filters WHERE run = 1", "UPDATE filters SET filter = '' WHERE run = 1"]
)
def test_a_filter_that_is_gone_is_made_anew(place, change):
    """The next writer makes a filter that is gone or no filter from the index, and keeps it."""
    with open_log(place, writable=True) as log:
        log.append(ticks(30))
    directly(place, change)
    with open_log(place, writable=True) as log:
        assert log.append(ticks(30), once=True) == 30
        assert [len(packed) for _, packed in sorted(log.kept_filters(9))] == [2 * RUN_ROWS] * 3
        assert log.verify().rows == 30


@pytest.mark.usefixtures("short_runs")
def test_a_filter_that_hides_an_id_is_found(place):
    """A kept filter that lacks an id of its run does not verify; `reindex` mends it."""
    with open_log(place, writable=True) as log:
        log.append(ticks(30))
    zeros = f"decode(repeat('00', {2 * RUN_ROWS}), 'hex')" if is_server(place) else f"zeroblob({2 * RUN_ROWS})"
    directly(place, f"UPDATE filters SET filter = {zeros} WHERE run = 1")  # noqa: S608 - our own
    with open_log(place, writable=True) as log:
        with pytest.raises(LogError, match="reindex"):
            log.verify()
        log.reindex()
        assert log.append(ticks(31), once=True) == log.verify().rows == 31


@pytest.mark.usefixtures("short_runs")
def test_a_filter_that_cannot_be_kept_loses_no_row(place, monkeypatch):
    """Rows over several runs' ends are acknowledged though no filter can be kept; the next writer makes all."""

    def refuse(*_):
        tried.append(1)
        raise LogError("no room")

    tried = []
    with open_log(place, writable=True) as log:
        monkeypatch.setattr(log, "_keep_filter", refuse)
        assert log.append(ticks(30), once=True) == 30
        assert tried == [1]  # after the first the connection may be gone
        assert log.append(ticks(30), once=True) == 30
    with open_log(place, writable=True) as log:
        assert len(list(log.kept_filters(9))) == 3
        assert log.append(ticks(30), once=True) == log.verify().rows == 30
