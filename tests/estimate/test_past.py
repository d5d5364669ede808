"""What is kept of a track's past in place of its updates: enough for all that is told, and no more with time."""

import math

import msgspec
import numpy as np
import pytest

from launchwatch.basis.ids import IdSoFar, content_id
from launchwatch.estimate.track import finish_briefly, ordering, past, state_now, tracker
from launchwatch.estimate.track.launch import Launching, lines_of
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.facts import Plot, Sensor
from tests.estimate.scenes import WHO, recording

LAG = 20.0
TOLD_S = 6.0


@pytest.fixture(scope="module")
def launch():
    """Return the packaged scenario's sensors, and its plots as they come, each up to 15 s late."""
    found, rng = recording(1), np.random.default_rng(5)
    plots = [(b.sensor, timed) for b in found.blocks for timed in ordering.timed_plots(b)]
    late = sorted((timed[0] + rng.uniform(0.0, 15.0), timed[1], (sensor, timed)) for sensor, timed in plots)
    return found.sensors, [item for *_, item in late]


def told(launch, *, folds, gap=(math.inf, math.inf)):
    """Return what a watch tells of the one object while it goes on, and briefly when it is over."""
    state = ordering.start(LAG, folds=folds)
    for sensor in launch[0]:
        ordering.meet(state, sensor_model(sensor))
    begin = min(timed[0] for _, timed in launch[1])
    states, ended, at, launching = [], [], -math.inf, {}
    for sensor, timed in launch[1]:
        if gap[0] <= timed[0] - begin < gap[1]:
            continue
        ordering.take(state, sensor, [timed])
        ended += ordering.advance(state, eager=True).ended
        for track in state.tracker.confirmed:
            if track.live and track.time_s >= at + TOLD_S:
                at = track.time_s
                known = launching.setdefault(track.number, Launching())
                lines = tuple(lines_of(state.tracker, track))
                states.append(state_now(track, track.history, launching=known, infrared=lines))
    ended += ordering.close(state).ended
    return states, [finish_briefly(track, WHO) for track in ended], ended


@pytest.mark.parametrize("gap", [(math.inf, math.inf), (150.0, 205.0)])
def test_what_is_told_of_a_folded_track_is_told_of_the_whole_one(launch, gap, monkeypatch):
    """Late plots, a launch, a track lost for 55 s and joined: every state and the end have the same bytes."""
    monkeypatch.setattr(tracker, "FOLDED_AT", 4)
    expected, whole, (track,) = told(launch, folds=False, gap=gap)
    found, brief, (folded,) = told(launch, folds=True, gap=gap)
    assert len(expected) > 35
    assert sum(one.launch is not None for one in expected) > 25
    assert msgspec.json.encode(found) == msgspec.json.encode(expected)
    assert msgspec.json.encode(brief) == msgspec.json.encode(whole)
    assert past.updates_of(folded.history) == len(track.history)
    assert len(folded.history) < len(track.history) / 4


def test_an_id_of_parts_that_come_little_by_little_is_that_of_all():
    """The second half of the parts given later, and the first used for an id of its own before."""
    first = IdSoFar(["a", "bc"])
    assert first.joined(["", "d"]).id("track") == content_id("track", "a", "bc", "", "d")
    assert first.id("track") == content_id("track", "a", "bc")


RADAR = Sensor(
    id="R", kind="radar", owner="o", lat_deg=37.0, lon_deg=126.5, height_m=100.0, scan_s=0.5, max_range_m=5e5,
    azimuth_span_deg=(0.0, 360.0), horizon_deg=0.0, max_elevation_deg=90.0, sigma_range_m=50.0,
    sigma_azimuth_deg=0.1, sigma_elevation_deg=0.1, detection_probability=0.98, false_plots_per_scan=0.1,
    note="",
)  # fmt: skip


def circling(number, k, rng):
    """Return a plot of aircraft `number` after k scans: 200 m/s on a circle of 40 km around the radar."""
    time_s = 1.75e9 + 0.5 * k + 0.01 * number
    return (
        time_s,
        f"{number}-{k}",
        Plot(
            id=f"{number}-{k}", sensor="R", time_utc="2025-06-15T15:06:40Z",
            range_m=(40e3 + 10e3 * number) + rng.normal(0.0, 50.0),
            azimuth_deg=(90.0 * number + math.degrees(0.005 * 0.5 * k) + rng.normal(0.0, 0.1)) % 360.0,
            elevation_deg=math.degrees(math.asin(8e3 / (40e3 + 10e3 * number))) + rng.normal(0.0, 0.1),
        ),
    )  # fmt: skip


def held(state):
    """Return how many updates, boost plots and ids the tracks hold, and looks and checkpoints are kept."""
    kept = [past.past_of(track.history) for track in state.tracker.tracks]
    return (
        sum(len(track.history) for track in state.tracker.tracks),
        sum(len(one.boost) + len(one.waiting) for one in kept if one),
        sum(len(track.forgotten) for track in state.tracker.tracks),
        len(state.done),
        len(state.checkpoints),
    )


def test_what_a_tracker_holds_stops_growing():
    """Three aircraft for 1,600 scans: at most the lag's updates, those folded at once and a few."""
    state, rng, most, begun = ordering.start(LAG, folds=True), np.random.default_rng(1), [], None
    ordering.meet(state, sensor_model(RADAR))
    for k in range(1600):
        flying = range(3) if k < 1200 else range(2)
        ordering.take(state, "R", [circling(number, k, rng) for number in flying])
        ordering.advance(state, eager=True)
        begun = begun or len(state.tracker.confirmed) == 3
        most.append(held(state))
    lag = LAG / 0.5
    assert begun
    assert max(updates for updates, *_ in most) <= 3 * (lag + tracker.FOLDED_AT + 20)
    assert max(looks for *_, looks, _ in most) <= lag + 20
    assert max(most[1200:]) <= max(most[400:1200])
    assert most[-1][1] < 10
    assert [len(track.history) > 0 for track in state.tracker.confirmed] == [True, True]
