"""Late, duplicate and out-of-order plots: within the lag the result is that of plots in order, bit for bit."""

import math
from dataclasses import dataclass, field

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.basis.instants import format_instant
from launchwatch.estimate.track import ordering, tracker
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.facts import Plot, Sensor
from tests.estimate.scenes import recording

START = 1_762_486_500.0
LAG = 30.0


def radar(name, scan_s):
    return Sensor(
        id=name, kind="radar", lat_deg=38.0, lon_deg=128.4, height_m=300.0, sigma_range_m=30.0,
        sigma_azimuth_deg=0.1, sigma_elevation_deg=0.1, scan_s=scan_s,
    )  # fmt: skip


@dataclass
class Recorder:
    """Stands for the tracker: its state is the sequence of looks that it was given."""

    looks: list = field(default_factory=list)
    merged: list = field(default_factory=list)

    @property
    def confirmed(self):
        return []

    @property
    def living(self):
        return []


class Stand:
    """The tracker's functions on a Recorder."""

    start = Recorder

    @staticmethod
    def copy_state(state):
        return Recorder(list(state.looks))

    @staticmethod
    def step(state, look):
        state.looks.append((look.sensor.id, look.time_s, look.ids, look.measurements.tobytes()))

    @staticmethod
    def take_ended(_state, _time_s):
        return []

    @staticmethod
    def drop_tracks(_state, _numbers):
        return None


@pytest.fixture(autouse=True, scope="module")
def stand():
    """Put the recorder in the tracker's place for this file; the real one runs in the last tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "tracker", Stand)
        yield


def plot(sensor, number, second):
    time = START + second
    return (
        time,
        f"{sensor}-{number}",
        Plot(
            id=f"{sensor}-{number}", sensor=sensor, time_utc=format_instant(time), range_m=3e5 + number,
            azimuth_deg=300.0, elevation_deg=5.0,
        ),
    )  # fmt: skip


RADARS = {"A": 1.0, "B": 4.0, "C": 10.0}
SECONDS = st.lists(st.integers(0, 900), min_size=2, max_size=60)


@st.composite
def plots_and_arrivals(draw):
    """Return plots of three radars in a minute and a half, and an order of arrival, none later than the lag."""
    plots = [plot(s, n, x / 10) for s in RADARS for n, x in enumerate(draw(SECONDS))]
    order = sorted(plots, key=lambda item: item[0] + draw(st.floats(0, LAG)))
    again = draw(st.lists(st.sampled_from(plots), max_size=5))
    arrivals = list(order)
    for copy in again:
        arrivals.insert(draw(st.integers(arrivals.index(copy) + 1, len(arrivals))), copy)
    return plots, arrivals


def fed(arrivals, *, lag=LAG, sizes=(), eager=()):
    """Feed plots in pieces; return the ordering and what it refused."""
    state = ordering.start(lag)
    for name, scan_s in RADARS.items():
        ordering.meet(state, sensor_model(radar(name, scan_s)))
    refused, at, piece = [], 0, 0
    while at < len(arrivals):
        size = sizes[piece % len(sizes)] if sizes else 1
        for timed in arrivals[at : at + size]:
            refused += ordering.take(state, timed[2].sensor, [timed])
        info = ordering.advance(state, eager=bool(eager) and eager[piece % len(eager)])
        refused += info.refused
        at, piece = at + size, piece + 1
    refused += ordering.close(state).refused
    return state, refused


@given(
    plots_and_arrivals(), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.lists(st.booleans(), min_size=1)
)
def test_any_arrival_within_the_lag_gives_the_looks_in_order(scene, sizes, eager):
    """Every permutation within the lag, with duplicates, in any pieces, gives the looks of the batch."""
    plots, arrivals = scene
    batch, _ = fed(sorted(plots, key=lambda item: item[:2]), lag=math.inf)
    live, refused = fed(arrivals, sizes=sizes, eager=eager)
    assert live.tracker.looks == batch.tracker.looks
    assert len(refused) == len(arrivals) - len(plots)
    assert {item.reason.partition(":")[0] for item in refused} <= {"duplicate", "time goes backwards"}


@given(plots_and_arrivals(), st.floats(0.5, 600), st.integers(0, 2))
def test_a_plot_beyond_the_lag_changes_nothing(scene, beyond, which):
    """A plot older than its sensor's newest by more than the lag is refused with how late it is."""
    plots, _ = scene
    ordered = sorted(plots, key=lambda item: item[:2])
    expected, _ = fed(ordered)
    sensor = sorted(RADARS)[which]
    newest = expected.watches[sensor].newest  # a leap ahead beyond the lag counts when another plot bears it out
    late = plot(sensor, 999, newest - START - LAG - beyond)
    live, refused = fed([*ordered, late])
    assert live.tracker.looks == expected.tracker.looks
    (reason,) = [item.reason for item in refused]
    assert reason.startswith("time goes backwards")


def test_the_same_measurement_under_two_ids_counts_once():
    """Of plots with one sensor, time and measurement the lowest id stands, whichever came first."""
    one, two = plot("A", 1, 5.0), plot("A", 2, 5.0)
    twin = (two[0], two[1], msgspec.structs.replace(two[2], range_m=one[2].range_m))
    rest = [plot("A", n, n) for n in range(10, 15)]
    for pair in ([one, twin], [twin, one]):
        live, refused = fed([*pair, *rest])
        assert live.tracker.looks[0][2] == ("A-1",)
        assert [(item.plot.id, item.reason.partition(":")[0]) for item in refused] == [("A-2", "duplicate")]


def test_memory_is_given_up_behind_the_lag():
    """An hour of scans leaves no more waiting than the lag holds, whatever came."""
    state = ordering.start(LAG)
    ordering.meet(state, sensor_model(radar("A", 1.0)))
    for n in range(3600):
        ordering.take(state, "A", [plot("A", 2 * n + k, n + 0.1 * k) for k in range(2)])
        ordering.advance(state, eager=n % 7 == 0)
        watch = state.watches["A"]
        assert len(watch.scans) < LAG + 5
        assert len(state.done) < LAG + 15
        assert len(state.checkpoints) < LAG + 15
    assert len(watch.known) <= ordering.REMEMBERED


def test_a_wrong_date_costs_one_plot():
    """A plot a year ahead, or before, first or later, is refused, and the others stay."""
    right = [plot("A", n, n) for n in range(8)]
    for wrong, place in ((3e7, 0), (-3e7, 0), (3e7, 4), (-3e7, 4), (3e7, 8)):
        live, refused = fed([*right[:place], plot("A", 99, wrong), *right[place:]])
        assert [look[2] for look in live.tracker.looks] == [(timed[1],) for timed in right]
        assert [item.plot.id for item in refused] == ["A-99"]


def test_a_clock_an_hour_ahead_harms_no_other_sensor():
    """A radar that begins to run an hour ahead is refused while another is heard, whose looks all stand."""
    own = [plot("A", n, n) for n in range(60)]
    ahead = [plot("B", n, 4.0 * n + (3600 if n > 4 else 0)) for n in range(15)]
    live, refused = fed(
        sorted([*own, *ahead], key=lambda item: int(item[1][2:]) * (1 if item[1][0] == "A" else 4))
    )
    assert [look[2] for look in live.tracker.looks if look[0] == "A" and look[2]] == [(timed[1],) for timed in own]
    assert {item.sensor for item in refused} == {"B"}


def test_a_silent_sensor_is_not_waited_for():
    """Looks go on when one of two sensors falls silent."""
    state = ordering.start(LAG)
    for name in "AB":
        ordering.meet(state, sensor_model(radar(name, 1.0)))
    for n in range(200):
        for name in "AB" if n < 20 else "A":
            ordering.take(state, name, [plot(name, n, n)])
        ordering.advance(state)
    assert state.tracker.looks[-1][1] > START + 195
    assert state.floor == START + 199 - LAG


def test_one_plot_of_a_silent_sensor_holds_back_no_other():
    """What is tracked eagerly goes on within a second after a lone plot of a sensor that saw nothing for long."""
    state = ordering.start(LAG)
    for name in "AB":
        ordering.meet(state, sensor_model(radar(name, 1.0)))
    for n in range(200):
        for name in "AB" if n < 20 or n == 100 else "A":
            ordering.take(state, name, [plot(name, n, n)])
        ordering.advance(state, eager=True)
        assert n < 2 or state.tracker.looks[-1][1] >= START + n - 1


def test_a_flood_is_bounded(monkeypatch):
    """No more plots of a sensor wait than may; the rest are refused as a flood."""
    monkeypatch.setattr(ordering, "MOST_WAITING", 100)
    _, refused = fed([plot("A", n, n / 1e3) for n in range(500)])
    assert sum("flood" in item.reason for item in refused) == 400


@pytest.fixture(scope="module")
def launch():
    """Return the packaged scenario's sensors, and its plots as they come."""
    found = recording(1)
    return found.sensors, [(b.sensor, timed) for b in found.blocks for timed in ordering.timed_plots(b)]


def histories(state, ended):
    tracks = [*ended, *state.tracker.confirmed]
    return [
        [(h.time_s, h.mean.tobytes(), h.covariance.tobytes(), h.probability.tobytes(), h.existence, h.best_plot)
         for h in track.history]
        for track in tracks
    ]  # fmt: skip


def tracked(launch, arrivals, lag=LAG):
    state = ordering.start(lag)
    for sensor in launch[0]:
        ordering.meet(state, sensor_model(sensor))
    refused = []
    for n, (sensor, timed) in enumerate(arrivals):
        refused += ordering.take(state, sensor, [timed])
        if n % 5 == 0 and math.isfinite(lag):
            ordering.advance(state, eager=n % 3 == 0)
    ordering.close(state)
    return histories(state, []), refused


@pytest.mark.parametrize("seed", range(3))
def test_tracks_are_bit_for_bit_those_in_order(launch, seed, monkeypatch):
    """The real tracker, on plots up to 30 s late with every tenth twice: every state has the bits of the batch."""
    monkeypatch.setattr(ordering, "tracker", tracker)
    rng = np.random.default_rng(seed)
    plots = sorted(launch[1], key=lambda item: item[1][0])
    expected, _ = tracked(launch, plots, math.inf)
    twice = [plots[i] for i in rng.choice(len(plots), len(plots) // 10)]
    late = [(item[1][0] + rng.uniform(0, LAG), i, item) for i, item in enumerate(plots)]
    again = [(item[1][0] + LAG, len(plots) + i, item) for i, item in enumerate(twice)]
    arrivals = [item for *_, item in sorted(late + again, key=lambda row: row[:2])]
    found, refused = tracked(launch, arrivals)
    assert len(expected) == 1
    assert found == expected
    assert len(refused) == len(twice)
