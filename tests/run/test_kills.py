"""Whatever process of a node dies or stands still, the public is told the same."""

import numpy as np
import pytest
from benchmarks.kills import QUIET, difference, is_quiet, replay


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Replay a minute of two nodes without kills: the public and aircraft are warned, twice each."""
    found = replay(tmp_path_factory.mktemp("undisturbed"), np.random.default_rng(0), 0)
    assert {"launch", "fall_predicted"} <= set(found["outcome"]["KR"]["public"]["stages"])
    assert found["unreleased"] == []
    return found


def test_no_end_is_seen_while_a_warning_is_away():
    """A log in which nothing is open ends nothing before its warning has lived through all looks."""
    told = [("step-1", "read back")]
    works = [((told, beat),) for beat in range(QUIET + 1)]
    assert is_quiet(works)
    assert not is_quiet(works[1:])
    assert not is_quiet([*works[: QUIET // 2 + 1], *[((told, QUIET // 2),)] * (QUIET // 2)])
    assert not is_quiet([*works[:-1], (([*told, ("step-2", "asked")], QUIET),)])
    assert not is_quiet([(([("step-1", "asked")], beat),) for beat in range(QUIET + 1)])


@pytest.mark.slow
def test_kills_change_no_outcome(undisturbed, tmp_path):
    """Six processes killed with -9 at random points: same bulletins, nothing lost or twice, chains verify."""
    found = replay(tmp_path, np.random.default_rng(1), 6)
    assert len(found["killed"]) == 6
    assert difference(undisturbed["outcome"], found["outcome"]) == []
    assert (found["lost"], found["duplicates"], found["not_read_back"], found["verified"]) == (0, [], [], True)


@pytest.mark.slow
def test_a_posterior_that_stands_still_delays_no_bulletin(undisturbed, tmp_path):
    """With the claims process stopped throughout, bulletins and the class of their latency are the same."""
    found = replay(tmp_path, np.random.default_rng(0), 0, held=("claims",))
    assert difference(undisturbed["outcome"], found["outcome"]) == []
    for run in (undisturbed, found):
        times = run["latencies"]["KR"]
        assert times["decided to asked"].machine_p99_s + times["released to read back"].machine_p99_s <= 2.0
