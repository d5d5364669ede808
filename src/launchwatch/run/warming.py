"""A tracker made warm before anything flies: its first track takes seconds to load what it computes with."""

import math

from launchwatch.basis.instants import format_instant
from launchwatch.facts import Plot, Sensor, recording_line
from launchwatch.feeds.pcap import Received
from launchwatch.feeds.streams import PieceSource
from launchwatch.run.clock import Clock
from launchwatch.run.context import Context
from launchwatch.run.opening import feed_fact
from launchwatch.run.watching import Terms, Watcher

SCANS = 45
"""Looks of one radar, 1 s apart: enough for a track to be confirmed and judged, its launch and fall told."""

_BEGIN_S = 1_700_000_000.0  # any day does
_THRUST_M_S2, _TILT = 25.0, math.radians(50.0)


def warm_up(context: Context, clock: Clock) -> int:
    """Track an invented launch and forget it; return how many states it told."""
    told: list[object] = []
    evidence = feed_fact("warming up", context)
    terms = Terms(every_s=1.0, posterior=False, keep=False)
    watcher = Watcher(evidence, context, terms, clock, tell=told.append)
    source = PieceSource("warming up", iter([Received(None, _lines())]), lambda: None)
    watcher.run(source)
    return len(told)


def _lines() -> bytes:
    """Return a recording: a radar, and an object that rises eastwards under thrust."""
    sensor = Sensor(
        id="warm", kind="radar", lat_deg=39.0, lon_deg=126.0, height_m=0.0, scan_s=1.0,
        sigma_range_m=50.0, sigma_azimuth_deg=0.05, sigma_elevation_deg=0.05, max_elevation_deg=90.0,
    )  # fmt: skip
    return b"".join([recording_line(sensor), *(recording_line(_plot(k)) for k in range(SCANS))])


def _plot(k: int) -> Plot:
    seconds = 15.0 + k
    along = 0.5 * _THRUST_M_S2 * seconds**2
    east, up = 60e3 + along * math.cos(_TILT), along * math.sin(_TILT)
    wobble = math.sin(7.0 * k)  # of the size of the radar's errors: a perfect path would be no radar's
    return Plot(
        id=f"warm-{k}", sensor="warm", time_utc=format_instant(_BEGIN_S + k),
        range_m=math.hypot(east, up) + 40.0 * wobble, azimuth_deg=90.0 + 0.03 * wobble,
        elevation_deg=math.degrees(math.atan2(up, east)) - 0.03 * wobble,
    )  # fmt: skip
