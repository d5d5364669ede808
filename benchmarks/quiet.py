"""Quiet: sensor-years of clutter, aircraft, satellites, stuck sensors and shared-path faults, and no public alert.

    python benchmarks/quiet.py [--sensor-years 10] [--seed 11] [--measure 40] [--json FILE]

First part, the real tracker: `--measure` aircraft, satellites and pieces of debris re-entering from orbit are each
seen by two owners' radars with clutter, and two radars watch dense clutter alone. Counted are tracks, what the
confirmation stage says of every state, and how often a radar that cannot see an object gives a plot to its track.

Second part, the rate model on the confirmation stage: events of `--sensor-years` are drawn at the rates of `RATES`
(each with its reason), made into states of tracks with their sensors' shares, and stepped through confirmation.
Whether a real object is taken for a missile, and whether a stray plot supports a track, are drawn from the first
part's measured extremes with a margin (`FEATURES`). Every confirmed object is counted as a public alert, as if all
of them reached protected territory. Nobody makes statements.

With no alert in N sensor-years the 95 % upper bound on the rate is 3 / N (rule of three): it holds if the events
come as the model says, and for what the model has.
"""

import argparse
import math
import sys
import time
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import flown as fl
from benchmarks.machine import describe, report

from launchwatch.assess import confirmation, doubts
from launchwatch.basis.constants import MEAN_RADIUS_M, WGS84_ROTATION_RAD_S
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Interval, PathSupport, TrackedState, TrackUpdate, Verdict
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH
from launchwatch.flight.propagation import OUTCOMES, coast
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from launchwatch.geo.frames import east_north_up
from launchwatch.run.node_settings import PolicySettings
from launchwatch.simulate import populations

YEAR_S = 365.25 * 86_400.0
SENSORS = 5
"""Sensors of the modelled node: two owners with two radars each, one satellite, as in `benchmarks.flown`."""

RATES = {
    # per sensor and year: rate, why
    "aircraft tracks": (730_000.0, "2,000 a day: a radar of 450 km about Korea or Japan sees some 1,500 to 2,500"),
    "satellite tracks": (
        180_000.0,
        "500 a day: 9,000 objects below 2,000 km, a few passes each in a fan of 1,500 km",
    ),
    "re-entries": (2.0, "about one a week of the size a radar tracks world-wide, 4 % of them within view"),
    "clutter tracks": (None, "measured in the first part at its density, or its 95 % upper bound"),
    "stuck sensor": (12.0, "once a month a sensor repeats what it last measured, for minutes"),
    "looped sensor": (4.0, "four times a year a recorded raid is played into one sensor's live line by mistake"),
    "shared-path faults": (52.0, "once a week a link or host makes up tracks on all sensors behind it"),
    "shared clock": (
        1.0,
        "once a year two owners' sensors get one wrong source: both begin tracks at one instant",
    ),
    "bursts": (12.0, "once a month a processor restarts and makes up tens of tracks at once"),
}
PARTS = {
    "tracks_in_a_fault": (5, 60, "tracks made up in one fault, even between: the size of the largest raids"),
    "states_a_track": (10, "states 2 s apart: after them a made-up track has been confirmed or never is"),
    "class_of_a_made_up_track": (0.99, "the worst case: every made-up track looks like a missile and burns"),
    "stray_a_look": (
        1e-4,
        "chance that another sensor's stray plot is taken by a track in one look; see measured",
    ),
}
DENSE = 300.0
"""False plots a scan in the clutter that the first part measures: 300 times what the radars are stated to give."""


def beside(truth, rng, far_m, max_range_m, scan_s, false=1.0):
    """Return two owners' radars beside the middle of a path."""
    middle = geodetic_from_ecef(np.ascontiguousarray(truth.state[len(truth.state) // 2][None, :3]))[0]
    found = []
    for name in "AB":
        distance, bearing = rng.uniform(*far_m) / MEAN_RADIUS_M, rng.uniform(0, 2 * math.pi)
        lat = float(np.clip(middle[0] + distance * math.cos(bearing), -1.5, 1.5))
        lon = middle[1] + distance * math.sin(bearing) / max(math.cos(middle[0]), 0.05)
        place = math.degrees(lat), (math.degrees(lon) + 180) % 360 - 180
        found.append(fl.radar(name, name, *place, 300.0, scan_s, max_range_m=max_range_m, false=false))
    return tuple(found)


def debris(rng):
    """Return a piece that re-enters from a decayed orbit: 125 km, 7.8 km/s over the ground's frame, shallow."""
    lat, lon, azimuth = rng.uniform(-1.0, 1.0), rng.uniform(-math.pi, math.pi), rng.uniform(0, 2 * math.pi)
    place = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([125e3]))[0]
    down = math.radians(rng.uniform(0.3, 2.0))
    east, north, up = east_north_up(lat, lon)
    flat = math.sin(azimuth) * east + math.cos(azimuth) * north
    velocity = 7_800.0 * (math.cos(down) * flat - math.sin(down) * up)
    velocity -= np.cross([0, 0, WGS84_ROTATION_RAD_S], place)
    row, times = np.zeros(prm.COUNT), np.arange(0.0, 500.0)
    row[prm.BALLISTIC_COEFFICIENT] = math.exp(rng.uniform(math.log(50), math.log(500)))
    path = np.empty((len(times), 6))
    state = np.concatenate([place, velocity])
    coast(state, row, EARTH.as_array(), 0.0, 1.0, 501.0, times, path, np.empty(OUTCOMES))
    kept = np.isfinite(path[:, 0])
    n = int(kept.sum())
    return populations.Truth(
        kind="debris", time_s=times[:n], state=path[:n], phase=np.full(n, populations.COASTING)
    )


OBJECTS = {
    "aircraft": (populations.aircraft, (15e3, 200e3), 500e3),
    "satellite": (populations.satellite, (0.0, 900e3), 4_000e3),
    "debris": (debris, (0.0, 600e3), 3_000e3),
}


def watched(name, number, seed):
    """Return what the confirmation stage made of one object that is no missile: its worst state."""
    make, far_m, max_range_m = OBJECTS[name]
    rng = np.random.default_rng([seed, list(OBJECTS).index(name), number])
    truth = make(rng)
    sensors = beside(truth, rng, far_m, max_range_m, float(rng.uniform(2, 10)))
    until_s = float(truth.time_s[-1])
    plots = [plot for sensor in sensors for plot in fl.plots_of(truth, sensor, rng, until_s, from_s=0.0)]
    stage, tracks, worst, confirmed, two = confirmation.start(PolicySettings()), set(), -math.inf, set(), set()
    for _, states, _ in fl.tracked(sensors, plots, every_s=2.0, until_s=until_s):
        for state in states:
            stage, said = confirmation.step(stage, state)
            tracks.add(state.track)
            if said is not None and said.confirmed:
                confirmed.add(state.track)
            two |= {state.track} if len(state.update.support) > 1 else set()
            worst = max(worst, closeness(stage.tracks.get((state.run, state.track))))
    return {"tracks": len(tracks), "two_sensors": len(two), "confirmed": len(confirmed), "worst": worst}


def closeness(known):
    """Return the log-odds of a missile beside those asked; minus infinity where energy, perigee or time bars."""
    if known is None or confirmation.why_not(known.state.update, burned=known.burned, orbital=known.orbital):
        return -math.inf
    if known.since_s is None or known.time_s < known.since_s + confirmation.HELD_S:
        return -math.inf
    missile = min(max(known.missile, 1e-6), 1 - 1e-6)
    return math.log(missile / (1 - missile)) - math.log(confirmation.MISSILE / (1 - confirmation.MISSILE))


def clutter(minutes, seed):
    """Return tracks per hour of two radars in dense clutter and how often one's plots join the other's tracks."""
    rng = np.random.default_rng([seed, 99])
    sensors = tuple(
        fl.radar(name, name, 37.0 + k, 128.0, 300.0, 5.0, max_range_m=1_500e3, false=DENSE)
        for k, name in enumerate("AB")
    )
    until_s = 60.0 * minutes
    plots = [plot for sensor in sensors for plot in fl.plots_of(None, sensor, rng, until_s, from_s=0.0)]
    stage, tracks, confirmed = confirmation.start(PolicySettings()), set(), set()
    for _, states, _ in fl.tracked(sensors, plots, every_s=2.0, until_s=until_s):
        for state in states:
            stage, said = confirmation.step(stage, state)
            tracks.add(state.track)
            if said is not None and said.confirmed:
                confirmed.add(state.track)
    return {"minutes": minutes, "false_plots_a_scan": DENSE, "tracks": len(tracks), "confirmed": len(confirmed)}


def strays(minutes, seed, flights=6):
    """Return how often a radar that cannot see an object gives a stray plot to its track, in dense clutter."""
    taken = looks = 0
    for number in range(flights):
        rng = np.random.default_rng([seed, 77, number])
        truth = populations.aircraft(rng)
        one, other = beside(truth, rng, (15e3, 100e3), 500e3, 5.0)
        other = msgspec.structs.replace(other, false_plots_per_scan=DENSE)
        until_s = min(60.0 * minutes, float(truth.time_s[-1]))
        plots = fl.plots_of(truth, one, rng, until_s, from_s=0.0)
        plots += fl.plots_of(None, other, rng, until_s, from_s=0.0)
        last = {}
        for _, states, _ in fl.tracked((one, other), plots, every_s=5.0, until_s=until_s):
            last |= {state.track: state for state in states}
        for state in last.values():
            seen = {support.sensor: support for support in state.update.support}
            if one.id in seen and seen[one.id].looks > 10:
                looks += seen[one.id].looks
                taken += seen[other.id].plots if other.id in seen else 0
    return {"looks": looks, "stray_plots_taken": taken, "false_plots_a_scan": DENSE}


def measure(count, seed):
    """Return the first part's figures."""
    found = {}
    for name in OBJECTS:
        runs = [watched(name, number, seed) for number in range(count)]
        worst = [run["worst"] for run in runs if math.isfinite(run["worst"])]
        found[name] = {
            "objects": count,
            "tracks": sum(run["tracks"] for run in runs),
            "with_two_sensors": sum(run["two_sensors"] for run in runs),
            "confirmed": sum(run["confirmed"] for run in runs),
            "not_barred_by_energy_perigee_or_time": len(worst),
            "nearest_log_odds_to_the_limit": max(worst, default=None),
        }
    found["clutter"] = clutter(max(2.0, count / 10), seed)
    found["strays"] = strays(10.0, seed, flights=max(2, count // 8))
    return found


def rates(measured, years):
    """Return expected events of each kind in so many sensor-years, and what is taken from the first part."""
    part = measured["clutter"]
    hours = 2 * part["minutes"] / 60
    # Three plots must bear each other out: tracks of strays grow at least as the square of their density.
    tracks = max(part["tracks"], 3.0) / hours / DENSE**2 * 8_766.0
    stray = measured["strays"]
    taken = max(stray["stray_plots_taken"], 3.0) / max(stray["looks"], 1) / DENSE
    chances = {}
    for name in ("aircraft", "satellite", "debris"):
        one = measured[name]
        chances[name] = (one["not_barred_by_energy_perigee_or_time"], one["nearest_log_odds_to_the_limit"])
    expected = {name: (tracks if rate is None else rate) * years for name, (rate, _) in RATES.items()}
    return expected, {"clutter_tracks_a_year": tracks, "stray_a_look": taken, "like": chances}


def support(sensor, owner, at_s, k, *, path=None, plots=None, first_s=None, repeated=0):
    """Return a sensor's share after `k` states 2 s apart, a plot in each."""
    first = at_s if first_s is None else first_s
    count = k + 2 if plots is None else plots
    return PathSupport(
        sensor=sensor, owner=owner, path=path or f"{sensor} link", host=path or f"{sensor} host", plots=count,
        recent=min(count, 8), last_utc=format_instant(at_s + 2.0 * k), first_utc=format_instant(first),
        looks=k + 2, repeated=repeated,
    )  # fmt: skip


def sure(value):
    return Interval(median=value, p05=value, p95=value)


def made_up(number, k, at_s, supports, missile):
    """Return a state of a made-up track far from every other: missile-like, with 300 km of energy."""
    spot = ecef_from_geodetic(np.array([0.6]), np.array([2.3 + 0.05 * (number % 97)]), np.array([100e3]))[0]
    update = TrackUpdate(
        time_utc=format_instant(at_s + 2.0 * k),
        position_ecef_m=tuple((spot + np.array([0.0, 0.0, 4e3 * k])).tolist()),
        velocity_ecef_m_s=(0.0, 0.0, 2e3),
        covariance=tuple(1e4 if i == j else 0.0 for i in range(6) for j in range(6)),
        modes={},
        class_={"SRBM": missile, "aircraft": 1.0 - missile},
        verdict=Verdict(
            says="ballistic", reasons=(), burning=0.95, energy_height_km=sure(300.0), perigee_km=sure(-6_000.0),
            apogee_km=sure(200.0),
        ),
        existence=0.999,
        plots=sum(one.plots for one in supports),
        support=tuple(supports),
    )  # fmt: skip
    return TrackedState(
        id=f"q{number}-{k}", run="quiet", track=number, status="confirmed", update=update, provenance=fl.PROVENANCE
    )


OWNERS = (("a1", "A"), ("a2", "A"), ("b1", "B"), ("b2", "B"), ("c1", "C"))


def stray_support(states, taken, sensor, at_s, k, born):
    """Return another sensor's share of stray plots, none where it has given none by state `k`."""
    looks = k + 1 - born
    plots = 1 + int(np.sum(states[born + 1 : k + 1] < taken)) if looks > 0 and born >= 0 else 0
    if not plots:
        return None
    one = support(sensor[0], sensor[1], at_s, k, plots=plots, first_s=at_s + 2.0 * born + 0.37)
    return msgspec.structs.replace(one, looks=looks)


def fault(kind, rng, number, at_s, taken):
    """Yield the states of one event of a kind, track after track in order of time."""
    sensor = OWNERS[rng.integers(len(OWNERS))]
    others = [one for one in OWNERS if one[1] != sensor[1]]
    low, high, _ = PARTS["tracks_in_a_fault"]
    alone = kind in ("clutter tracks", "stuck sensor", "re-entries")
    count = 1 if alone else int(rng.integers(low, high + 1))
    states, missile = PARTS["states_a_track"][0], PARTS["class_of_a_made_up_track"][0]
    rows = []
    for t in range(count):
        start = at_s + float(rng.uniform(0, 8.0))
        stray = others[rng.integers(len(others))]
        draws = rng.random(states)
        born = int(np.argmax(draws < taken)) if (draws < taken).any() else -1
        for k in range(states):
            shares = [support(*sensor, start, k, repeated=k if kind == "stuck sensor" else 0)]
            if kind == "shared-path faults":
                path = f"{sensor[1]} link"
                shares = [support(f"{sensor[1]}{i}", sensor[1], start, k, path=path) for i in range(1, 5)]
            elif kind == "shared clock":
                shares.append(support(*others[0], start, k))
            extra = stray_support(draws, taken, stray, start, k, born) if 0 <= born <= k else None
            if extra is not None and extra.sensor not in {one.sensor for one in shares}:
                shares.append(extra)
            rows.append((start + 2.0 * k, number + t, made_up(number + t, k, start, shares, missile)))
    rows.sort(key=lambda row: row[:2])
    return count, [row[2] for row in rows]


def model(expected, taken, years, seed):
    """Return alerts of each kind in the modelled years; each event meets a stage that knows what the last left."""
    rng = np.random.default_rng([seed, 1])
    events = []
    for kind in (
        "clutter tracks",
        "stuck sensor",
        "looped sensor",
        "shared-path faults",
        "shared clock",
        "bursts",
    ):
        events += [
            (t, kind) for t in rng.uniform(0, years * YEAR_S / SENSORS, rng.poisson(expected[kind])).tolist()
        ]
    events.sort()
    stage, number, alerts, stepped, notices, lags = confirmation.start(PolicySettings()), 1, {}, 0, 0, {}
    for at_s, kind in events:
        count, states = fault(kind, rng, number, fl.BEGIN_S + at_s, taken)
        number += count
        confirmed, noticed, begun_s = set(), None, parse_instant(states[0].update.time_utc)
        for state in states:
            before = stage
            stage, said = confirmation.step(stage, state)
            stepped += 1
            told = [one for one in doubts.alarms_between(before, stage) if one.state == "raised"]
            notices += len(told)
            if (told or before.faults) and noticed is None:  # one that stands from the last event is seen at once
                noticed = stage.now_s - begun_s
            if said is not None and said.confirmed:
                confirmed.add(state.track)
        if noticed is not None:
            lags.setdefault(kind, []).append(noticed)
        alerts[kind] = alerts.get(kind, 0) + len(confirmed)
    return {
        "events": len(events), "states": stepped, "made_up_tracks": number - 1, "alerts_by_kind": alerts,
        "notices": notices, "first_notice_after_s": {
            kind: {"events": len(some), "p50": float(np.median(some)), "max": max(some)}
            for kind, some in lags.items()
        },
    }  # fmt: skip


def real_objects(expected, measured, rng):
    """Return alerts from aircraft, satellites and debris: those not barred, whose log-odds pass the limit.

    Each object's nearest log-odds are drawn from a normal distribution about the worst one measured less three
    widths of `SPREAD`: the measured extreme is then a three-sigma event, and ten thousand objects go past it.
    """
    found = {}
    for name, kind in REAL.items():
        own = measured[name]
        free, worst = own["not_barred_by_energy_perigee_or_time"], own["nearest_log_odds_to_the_limit"]
        if worst is None:
            found[name] = {"objects": round(expected[kind]), "not_barred": 0, "alerts": 0}
            continue
        count = rng.poisson(expected[kind] * free / own["objects"])
        passed = int(np.sum(rng.normal(worst - 3 * SPREAD, SPREAD, count) > 0.0))
        found[name] = {"objects": round(expected[kind]), "not_barred": int(count), "alerts": passed}
    return found


REAL = {"aircraft": "aircraft tracks", "satellite": "satellite tracks", "debris": "re-entries"}
SPREAD = 1.5
"""Of log-odds among the objects of one kind, a factor of 4.5 in the odds: chosen, not measured."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sensor-years", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--measure", type=int, default=40)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    begun = time.perf_counter()
    measured = measure(options.measure, options.seed)
    measured_s = time.perf_counter() - begun
    expected, taken = rates(measured, options.sensor_years)
    stray = max(PARTS["stray_a_look"][0], taken["stray_a_look"])
    modelled = model(expected, stray, options.sensor_years, options.seed)
    real = real_objects(expected, measured, np.random.default_rng([options.seed, 2]))
    alerts = sum(modelled["alerts_by_kind"].values()) + sum(one["alerts"] for one in real.values())
    alerts += sum(measured[name]["confirmed"] for name in (*OBJECTS, "clutter"))
    result = {
        "machine": describe(),
        "sensor_years": options.sensor_years,
        "seed": options.seed,
        "seconds": {"measured": round(measured_s, 1), "all": round(time.perf_counter() - begun, 1)},
        "public_alerts": alerts,
        "upper_bound_95_a_sensor_year": 3.0 / options.sensor_years if alerts == 0 else None,
        "assumes": [
            "events come independently at the stated rates; what the model does not have is not bounded",
            "every confirmed object is counted, as if all reached protected territory",
            "no person states a launch; the log-odds of real objects spread as `SPREAD` says",
            "that energy and perigee bar real objects is measured on `measured` objects of each kind only",
            "other sensors' stray plots come at the greater of the measured rate and `stray_a_look`",
        ],
        "measured": measured,
        "taken_from_measured": taken,
        "rates_a_sensor_year": {name: {"rate": rate, "why": why} for name, (rate, why) in RATES.items()},
        "parts": {name: {"value": value[:-1], "why": value[-1]} for name, value in PARTS.items()},
        "stray_a_look_used": stray,
        "expected_events": expected,
        "modelled": modelled,
        "real_objects": real,
        "policy": msgspec.to_builtins(PolicySettings()),
        "limits": {
            name: getattr(module, name)
            for module, names in (
                (confirmation, ("LEAST_PLOTS", "LEAST_SHARE", "MISSILE", "HELD_S", "LEAST_ENERGY_KM")),
                (confirmation, ("SPACE_PERIGEE_KM",)),
                (doubts, ("BURST", "BURST_S", "BURST_BORNE_OUT", "COINCIDENCES", "SAME_INSTANT_S", "REPEATED")),
            )
            for name in names
        },
    }  # fmt: skip
    report(result, options.json)


if __name__ == "__main__":
    main()
