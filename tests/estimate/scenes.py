"""Scenes for estimation tests: claims written by hand, and simulated recordings scored against their truth."""

import numpy as np

from launchwatch.basis.instants import parse_instant
from launchwatch.estimate.track import sensors as models
from launchwatch.estimate.track import tracker
from launchwatch.estimate.track.ordering import looks_from_blocks
from launchwatch.facts import Claim, Provenance
from launchwatch.observe.recordings import decode_recording
from launchwatch.simulate import packaged_scenario, parse_scenario, simulate_recording

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")


def claim(number, attribute, value, source="outlet", **fields):
    """Return a claim as the reader would make it, with a span of its own."""
    fields = {"id": f"c{number}", "report": "r", "span": (0, 1), "rule": "by hand", **fields}
    return Claim(attribute=attribute, value=value, source=source, quote=str(value), **fields)


PLACE = [
    claim(1, "launch_area", "Taegwan, North Pyongan Province", "South Korea JCS"),
    claim(2, "launch_time", "12:35", "South Korea JCS", qualifier="about"),
    claim(3, "direction", "east", "South Korea JCS"),
    claim(4, "missile_class", "SRBM", "South Korea JCS", hedge="suspected"),
]
SEOUL = [claim(5, "range_km", 700, "South Korea JCS", qualifier="about")]
TOKYO = [
    claim(6, "range_km", 450, "Japan MOD", qualifier="about"),
    claim(7, "apogee_km", 50, "Japan MOD", qualifier="about"),
    claim(8, "eez", "outside", "Japan government", unit="Japan", hedge="likely"),
]


def scenario():
    return parse_scenario(packaged_scenario("taegwan-2025-11-07")[0])


def recording(seed, made=None):
    lines = simulate_recording(made or scenario(), seed)
    return decode_recording(lines, evidence="e", provenance=WHO)


def run_tracker(found):
    state = tracker.start()
    sensors = [models.sensor_model(sensor) for sensor in found.sensors]
    for look in looks_from_blocks(sensors, found.blocks):
        tracker.step(state, look)
    return state


def truth_table(found):
    """Return rows of Unix time and earth-fixed state (n, 7)."""
    return np.array([[parse_instant(t.time_utc), *t.position_ecef_m, *t.velocity_ecef_m_s] for t in found.truth])


def truth_state(table, time_s):
    return np.array([np.interp(time_s, table[:, 0], table[:, i]) for i in range(1, 7)])
