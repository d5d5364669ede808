"""Flights about North Korea, seen by two owners' radars and a satellite: what the warning benchmarks share."""

import math
from dataclasses import dataclass, replace

import numpy as np

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.basis.instants import format_instant
from launchwatch.estimate.track import ordering, state_now
from launchwatch.estimate.track.launch import Launching, lines_of
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.facts import Plot, Provenance, Sensor, TrackedState
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.sight import look
from launchwatch.simulate import populations
from launchwatch.simulate.sensing import _infrared_plots, _radar_plots

BEGIN_S = 1_800_000_000.0
"""An instant in 2027: lift-off of every flight."""

CLOUD_TOP_M = 10_000.0
"""Below it no satellite sees a motor: the top of most clouds, as in the packaged scenario."""

SITES = {
    "Sunan": (39.20, 125.67, 31), "Sohae": (39.66, 124.71, 12), "Wonsan": (39.17, 127.48, 20),
    "South Pyongan": (39.10, 126.00, 15), "Hwangju": (38.69, 125.70, 12), "Sinpo": (40.00, 128.20, 8),
    "Kaechon": (39.75, 125.90, 10), "Hamhung": (39.80, 127.70, 6), "Tonghae": (40.85, 129.67, 6),
    "Kusong": (40.01, 125.22, 8), "Mupyong-ni": (40.61, 126.43, 4), "Sea of Japan": (40.60, 132.00, 8),
    "Yellow Sea": (37.60, 123.60, 6), "Primorye": (43.80, 132.00, 2), "Liaodong": (40.30, 123.20, 2),
}  # fmt: skip
"""Places of launches with weights: as often as the packaged catalogue (facts/data/flights.csv) has flights,
grouped; two at sea for submarines and ships, and two beyond the borders so that coverage is not all at home."""

CLASSES = {
    # name: (share, kind, least and greatest range km, shares of lofted, normal, depressed)
    "SRBM": (0.34, "ballistic", (150, 700), (0.2, 0.5, 0.3)),
    "quasi-ballistic": (0.32, "quasi-ballistic", None, None),
    "MRBM": (0.16, "ballistic", (700, 2_000), (0.3, 0.5, 0.2)),
    "IRBM": (0.07, "ballistic", (2_000, 4_500), (0.4, 0.5, 0.1)),
    "ICBM lofted": (0.05, "ballistic", (900, 1_400), (1.0, 0.0, 0.0)),
    "glide": (0.06, "glide", None, None),
}
"""Of 150 flights in the catalogue with a class and a range: 106 SRBM (of those with a shape four in ten depressed
or pulling up), 26 MRBM and SLBM, 8 IRBM, 9 ICBM, all but two lofted; gliders are given more than their one."""

AZIMUTHS = (0.6, 75.0, 20.0)
"""Share of azimuths about the usual one, its mean and sigma, degrees (of 151 in the catalogue 143 are 45 to 90);
the others are even all round, since the flights that threaten are those that went elsewhere."""

PROVENANCE = Provenance(author="launchwatch benchmarks.flown", created_utc=format_instant(BEGIN_S))


def radar(name, owner, lat, lon, height_m, scan_s, *, max_range_m, false=1.0, span=(0.0, 360.0)):
    """Return a radar of stated noise behind a path and host of its own."""
    return Sensor(
        id=name, kind="radar", owner=owner, path=f"{name} link", host=f"{name} host",
        lat_deg=lat, lon_deg=lon, height_m=height_m,
        sigma_range_m=50.0, sigma_azimuth_deg=0.1, sigma_elevation_deg=0.1,
        scan_s=scan_s, detection_probability=0.9, false_plots_per_scan=false,
        max_range_m=max_range_m, max_elevation_deg=88.0, horizon_deg=0.3, azimuth_span_deg=span,
    )  # fmt: skip


def sensors(scan_s):
    """Return two owners' radars, two each, and a third owner's infrared satellite."""
    return (
        radar("KR-1", "KR", 37.9, 128.4, 900.0, scan_s, max_range_m=1_500e3),
        radar("KR-2", "KR", 36.7, 126.9, 500.0, scan_s, max_range_m=1_500e3),
        radar("JP-1", "JP", 40.9, 140.3, 200.0, scan_s, max_range_m=2_500e3),
        radar("JP-2", "JP", 35.8, 135.2, 400.0, scan_s, max_range_m=2_500e3),
        Sensor(
            id="US-IR", kind="infrared", owner="US", path="US relay", host="US centre",
            position_ecef_m=(42_164e3 * math.cos(2.2), 42_164e3 * math.sin(2.2), 0.0),
            sigma_los_rad=3e-5, scan_s=scan_s, detection_probability=0.9, false_plots_per_scan=0.2,
        ),
    )  # fmt: skip


@dataclass
class Flown:
    """A drawn flight: truth, where it began, what it reaches of what is protected, and when first.

    `falls` on land or territorial sea, `passes` over land, `touches` any of it, if only the territorial sea.
    """

    truth: populations.Truth
    site: str
    falls: bool
    passes: bool
    touches: bool
    first_over_s: float

    @property
    def threat(self):
        return self.falls or self.passes


def draw(rng, protected):
    """Return one flight of the population."""
    weights = np.array([site[2] for site in SITES.values()], dtype=float)
    shares = np.array([one[0] for one in CLASSES.values()])
    while True:
        site = list(SITES)[rng.choice(len(SITES), p=weights / weights.sum())]
        lat, lon = (v + rng.normal(0, 0.3) for v in SITES[site][:2])
        usual, mean, sigma = AZIMUTHS
        azimuth = rng.normal(mean, sigma) if rng.random() < usual else rng.uniform(0, 360)
        start = tuple(math.radians(v) for v in (lat, lon, azimuth % 360))
        _, kind, ranges, shapes = list(CLASSES.values())[rng.choice(len(shares), p=shares / shares.sum())]
        if kind == "ballistic":
            far = 1e3 * math.exp(rng.uniform(*np.log(ranges)))
            shape = str(rng.choice(["lofted", "normal", "depressed"], p=shapes))
            truth = populations.ballistic(rng, far, shape, start)
        elif kind == "glide":
            truth = populations.glider(rng, start)
        else:
            truth = populations.quasi_ballistic(rng, start)
        if truth is not None:
            return judge(truth, site, protected)


def judge(truth, site, protected):
    """Return a flight with what it reaches: the fall within a second of flight, the way at 1 Hz."""
    kept = np.isfinite(truth.state).all(axis=1)
    truth = replace(truth, time_s=truth.time_s[kept], state=truth.state[kept], phase=truth.phase[kept])
    places = geodetic_from_ecef(np.ascontiguousarray(truth.state[:, :3]))
    lon, lat = np.degrees(places[:, 1]), np.degrees(places[:, 0])
    held = protected.zones.holding(lon, lat)
    over = np.zeros(len(lon), dtype=bool)
    over[held.points[protected.protected_land[held.areas]]] = True
    inside = np.zeros(len(lon), dtype=bool)
    inside[held.points[protected.territory[held.areas]]] = True
    first = float(truth.time_s[np.argmax(over)]) if over.any() else math.nan
    return Flown(truth, site, bool(inside[-1]), bool(over.any()), bool(inside.any()), first)


def near_miss_km(flown, protected):
    """Return how far the fall of a flight lies from the territory protected, km."""
    lat, lon, _ = np.degrees(geodetic_from_ecef(np.ascontiguousarray(flown.truth.state[-1:, :3]))[0])
    zones = [f"{kind}:{state}" for kind in ("land", "territorial_sea") for state in protected.states]
    return min(float(protected.zones.margin_km(name, [lon], [lat])[0]) for name in zones)


def plots_of(truth, sensor, rng, until_s, begin_s=BEGIN_S, from_s=-20.0):
    """Return (time, id, plot) of a sensor from before lift-off on, measured as the simulator does."""
    times = np.arange(from_s + rng.uniform(0, sensor.scan_s), until_s, sensor.scan_s)
    see = _radar_plots if sensor.kind == "radar" else _infrared_plots
    found, number = [], 0
    for t in times.tolist():
        states = np.empty((0, 6))
        if truth is not None and 0.0 <= t <= truth.time_s[-1]:
            k = min(int(t), len(truth.time_s) - 2)
            states = hermite(truth.state[k], truth.state[k + 1], t - k)[None]
            burning = truth.phase[k] == populations.BOOSTING
            height = geodetic_from_ecef(np.ascontiguousarray(states[:, :3]))[0, 2]
            if sensor.kind == "infrared" and not (burning and height > CLOUD_TOP_M):
                states = states[:0]
        time_utc = format_instant(begin_s + t)
        for fields in see(sensor, states, rng):
            number += 1
            name = f"{sensor.id}-{number:05d}"
            found.append((begin_s + t, name, Plot(id=name, sensor=sensor.id, time_utc=time_utc, **fields)))
    return found


def hermite(one, other, share):
    """Return a state (6,) between two that lie a second apart."""
    a, b = share * share * (3 - 2 * share), share * (1 - share)
    place = (1 - a) * one[:3] + a * other[:3] + b * ((1 - share) * one[3:] - share * other[3:])
    return np.concatenate([place, (1 - share) * one[3:] + share * other[3:]])


def tracked(known, plots, *, every_s, until_s, begin_s=BEGIN_S, run="run", lag_s=30.0):
    """Yield (data time, states of tracks) from plots as they come, each track told `every_s` of its data.

    The ordered tracker of `launchwatch watch` with its looks stepped eagerly, as it does whenever it waits.
    """
    state = ordering.start(lag_s)
    for sensor in known:
        ordering.meet(state, sensor_model(sensor))
    plots = sorted(plots, key=lambda item: item[:2])
    told, launches, at, count = {}, {}, 0, 0
    now = plots[0][0] if plots else begin_s
    while now < begin_s + until_s and at < len(plots):
        now += 1.0
        by_sensor = {}
        while at < len(plots) and plots[at][0] <= now:
            by_sensor.setdefault(plots[at][2].sensor, []).append(plots[at])
            at += 1
        if not by_sensor:
            continue
        for name, some in by_sensor.items():
            ordering.take(state, name, some)
        info = ordering.advance(state, eager=True)
        made = []
        for track in state.tracker.confirmed:
            if track.live and track.time_s >= told.get(track.number, -math.inf) + every_s:
                told[track.number] = track.time_s
                count += 1
                launching = launches.setdefault(track.number, Launching())
                lines = tuple(lines_of(state.tracker, track))
                update = state_now(track, track.history, launching=launching, infrared=lines)
                made.append(
                    TrackedState(
                        id=f"{run}-{count}", run=run, track=track.number, status=track.status, update=update,
                        provenance=PROVENANCE,
                    )
                )  # fmt: skip
        yield now - begin_s, made, info


__all__ = ["MEAN_RADIUS_M", "Flown", "draw", "judge", "look", "plots_of", "sensors", "tracked"]
