"""What each sensor gave to a track: tallies against what was fed, over misses, late plots and mergers."""

import numpy as np
import pytest

from launchwatch.basis.instants import format_instant
from launchwatch.estimate.track import ordering, state_now
from launchwatch.estimate.track.history import Support
from launchwatch.estimate.track.launch import Launching
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.estimate.track.tracker import _united
from launchwatch.facts import Plot, Sensor
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.sight import look
from launchwatch.simulate.sensing import sensor_place

BEGIN_S = 1_800_000_000.0


def radar(name, lat, lon, scan_s):
    return Sensor(
        id=name, kind="radar", owner=f"{name} owner", path=f"{name} link", host=f"{name} host", lat_deg=lat,
        lon_deg=lon, height_m=100.0, sigma_range_m=20.0, sigma_azimuth_deg=0.05, sigma_elevation_deg=0.05,
        scan_s=scan_s, detection_probability=0.95, false_plots_per_scan=0.01, max_elevation_deg=89.0,
        max_range_m=1_000e3,
    )  # fmt: skip


RADARS = (radar("A", 37.0, 128.0, 1.0), radar("B", 36.0, 130.0, 2.0))


def path(seconds):
    """Return the state (6,) of a body on a parabola north-east over the Sea of Japan."""
    start = ecef_from_geodetic(np.array([np.radians(38.0)]), np.array([np.radians(129.0)]), np.array([60e3]))[0]
    up = start / np.linalg.norm(start)
    east = np.cross([0.0, 0.0, 1.0], up)
    east /= np.linalg.norm(east)
    velocity = 1_500.0 * east + (900.0 - 9.5 * seconds) * up
    return np.concatenate(
        [start + 1_500.0 * seconds * east + (900.0 * seconds - 4.75 * seconds**2) * up, velocity]
    )


def plots(sensor, times, rng):
    position, enu = sensor_place(sensor)
    found = []
    for k, t in enumerate(times):
        seen = look(path(t), position, enu)
        fields = {
            "range_m": float(seen[0] + rng.normal(0, 20.0)),
            "azimuth_deg": float(np.degrees(seen[1]) + rng.normal(0, 0.05)) % 360,
            "elevation_deg": float(np.degrees(seen[2]) + rng.normal(0, 0.05)),
        }
        at = BEGIN_S + t
        found.append(
            (
                at,
                f"{sensor.id}{k}",
                Plot(id=f"{sensor.id}{k}", sensor=sensor.id, time_utc=format_instant(at), **fields),
            )
        )
    return found


A_TIMES = np.arange(0.0, 40.0)
B_TIMES = np.array([t for t in np.arange(10.3, 40.0, 2.0) if t not in (18.3, 26.3)])


def watched(late=False):
    """Return the supports of the one track, B's plots taken in order or all at the end."""
    rng = np.random.default_rng(4)
    a, b = plots(RADARS[0], A_TIMES, rng), plots(RADARS[1], B_TIMES, rng)
    state = ordering.start(60.0)
    for sensor in RADARS:
        ordering.meet(state, sensor_model(sensor))
    if late:
        for sensor, some in (("A", a), ("B", b)):
            ordering.take(state, sensor, some)
            ordering.advance(state, eager=True)
    else:
        for timed in sorted([*a, *b]):
            ordering.take(state, timed[2].sensor, [timed])
            ordering.advance(state, eager=True)
    (track,) = [one for one in state.tracker.confirmed if one.live]
    update = state_now(track, track.history, launching=Launching(), infrared=())
    return track, {one.sensor: one for one in update.support}


def test_a_track_tells_what_each_sensor_gave():
    """A's forty plots but the first, which only bore out the two that began the track, and B's in its looks."""
    track, seen = watched()
    assert set(seen) == {"A", "B"}
    assert seen["A"].plots == len(A_TIMES) - 1
    assert seen["B"].plots == len(B_TIMES)
    assert seen["A"].plots + seen["B"].plots == track.plots
    assert seen["B"].looks == len(B_TIMES) + 2
    assert seen["B"].first_utc == format_instant(BEGIN_S + B_TIMES[0])
    assert seen["B"].last_utc == format_instant(BEGIN_S + B_TIMES[-1])
    assert (seen["B"].owner, seen["B"].path, seen["B"].host) == ("B owner", "B link", "B host")
    assert seen["A"].recent == 8
    assert seen["A"].repeated == 0


def test_late_plots_make_the_same_tally():
    """A tracker that goes back for late plots tells what it had told had they come in order."""
    assert watched(late=True)[1] == watched()[1]


def tally(sensor, plots_, first_s):
    times = tuple(first_s + k for k in range(plots_))[-8:]
    return Support(sensor_model(sensor), plots_, plots_ + 1, first_s, times)


@pytest.mark.parametrize(("apart", "expected"), [(True, 9), (False, 5)])
def test_joined_tracks_add_up_and_twins_keep_the_fuller(apart, expected):
    """A track and its continuation have the plots of both; twins may share plots, and the fuller stands."""
    older = {"A": tally(RADARS[0], 5, 0.0)}
    younger = {"A": tally(RADARS[0], 4, 20.0), "B": tally(RADARS[1], 3, 21.0)}
    joined = _united(older, younger, apart=apart)
    assert joined["A"].plots == expected
    assert joined["B"].plots == 3
    assert joined["A"].first_s == 0.0
    assert len(joined["A"].times) <= 8
