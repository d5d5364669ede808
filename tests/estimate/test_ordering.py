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

    @property
    def confirmed(self):
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
    """Plots of three radars in a minute and a half, and an order of arrival in which none is late by over the lag."""
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


@given(plots_and_arrivals(), st.lists(st.integers(1, 9), min_size=1, max_size=4), st.lists(st.booleans(), min_size=1))
def test_any_arrival_within_the_lag_gives_the_looks_in_order(scene, sizes, eager):
    """Every permutation within the lag, with duplicates, in any pieces, gives the looks of the batch."""
    plots, arrivals = scene
    batch, _ = fed(sorted(plots, key=lambda item: item[:2]), lag=math.inf)
    live, refused = fed(arrivals, sizes=sizes, eager=eager)
    assert live.tracker.looks == batch.tracker.looks
    assert len(refused) == len(arrivals) - len(plots)
    assert {item.reason.partition(":")[0] for item in refused} <= {"duplicate", "time goes backwards"}
