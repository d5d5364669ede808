"""Warned in time: simulated flights, half of them over or into protected territory, through the real chain.

    python benchmarks/warned.py [--flights 1000] [--seed 7] [--workers 2] [--every 2] [--json FILE]

Each flight is drawn by `benchmarks.flown` (places, classes, ranges and azimuths as often as the packaged catalogue
has them, odd numbers not reaching Japan or South Korea, even ones falling on or passing over them; flights that
touch the territorial sea only are in neither half and drawn anew). Two owners' radars and a third owner's infrared
satellite see it with a detection probability of 0.9, scans of 2 to 10 s drawn for each flight, misses and false
plots. Plots go through the ordered tracker of `launchwatch watch`; every `--every` s of its data a track's state
goes through confirmation, reach and the life of an alert, once for each pair of thresholds. Times are those of the
data from lift-off. A flight ends when every threshold has alerted, or with its fall.

    in time    stage 1 at most 30 s after the second independent path confirmed, and at most 120 s after lift-off
    missed     no public alert before it fell or, where it only passes, before it was over land
    unwarranted  a public alert on a flight that reaches nothing protected

The oracle is a perfect track that begins when a second path confirms the real one: what no tracker can better, by
forecast threshold. `knowable_s` is when a perfect track would first show that it reaches something if its motor
stopped: before that no ellipse of an impact can lie there. The share within 30 s of that is told as well.
"""

import argparse
import math
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import flown as fl
from benchmarks.machine import describe, report

from launchwatch.assess import confirmation
from launchwatch.assess.protected import Protected
from launchwatch.assess.reach import reach_of
from launchwatch.basis.instants import format_instant
from launchwatch.estimate.track.burning import prospect_at
from launchwatch.facts import TrackedState, TrackUpdate
from launchwatch.flight import parameters as prm
from launchwatch.flight.environment import EARTH
from launchwatch.flight.propagation import IMPACT, IMPACT_TIME, OUTCOMES, STATUS, coast
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.run.node_settings import PolicySettings
from launchwatch.tell import alerts

STATES = ("JPN", "KOR")
RELEASES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FORECASTS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
DEFAULT = PolicySettings()
LEVELS = (
    *((release, max(release, DEFAULT.forecast_threshold)) for release in RELEASES),
    *((DEFAULT.release_threshold, one) for one in FORECASTS if one != DEFAULT.forecast_threshold),
)
"""Release thresholds at the default forecast threshold, and forecast thresholds at the default release's."""
AT_DEFAULT = (DEFAULT.release_threshold, DEFAULT.forecast_threshold)
AFTER_PATH_S, AFTER_LAUNCH_S = 30.0, 120.0
SCANS_S = (2.0, 10.0)
KNOWN_STEP_S = 2.0


@lru_cache(maxsize=1)
def protected():
    return Protected.of(STATES)


def knowable_s(truth):
    """Return when a perfect track's fall or way without further thrust first meets the territory; NaN if never."""
    row, env, out = np.zeros(prm.COUNT), EARTH.as_array(), np.empty(OUTCOMES)
    row[prm.BALLISTIC_COEFFICIENT], row[prm.MAX_LIFT] = 5_000.0, 150.0
    for t in np.arange(20.0, truth.time_s[-1], KNOWN_STEP_S).tolist():
        state = truth.state[int(t)].copy()
        coast(state, row, env, 0.0, 100.0, 21_600.0, np.empty(0), np.empty((0, 6)), out)
        if out[STATUS] != IMPACT:
            continue
        times = np.linspace(0.0, out[IMPACT_TIME] * 0.9999, 60)
        path = np.empty((60, 6))
        coast(state, row, env, 0.0, 100.0, out[IMPACT_TIME] + 1.0, times, path, out)
        path = path[np.isfinite(path[:, 0])]
        lat, lon, _ = np.degrees(geodetic_from_ecef(np.ascontiguousarray(path[:, :3]))).T
        held = protected().zones.holding(lon, lat)
        if (
            protected().territory[held.areas[held.firsts[-2] :]].any()
            or protected().protected_land[held.areas].any()
        ):
            return t
    return math.nan


def flight(job):
    """Return what one flight came to."""
    seed, number, every_s = job
    begun = time.perf_counter()
    rng = np.random.default_rng([seed, number])
    drawn = skipped = 0
    while True:
        one = fl.draw(rng, protected())
        drawn += 1
        skipped += one.touches and not one.threat
        if one.threat == (number % 2 == 0) and one.threat == one.touches:
            break
    sensors = fl.sensors(float(rng.uniform(*SCANS_S)))
    until_s = float(one.truth.time_s[-1]) + 30.0
    plots = [plot for sensor in sensors for plot in fl.plots_of(one.truth, sensor, rng, until_s)]
    found = chain(sensors, plots, every_s, until_s)
    found["oracle_s"] = oracle(one, found["second_path_s"])
    return {
        "number": number,
        "threat": one.threat,
        "falls": one.falls,
        "site": one.site,
        "kind": one.truth.kind,
        "shape": one.truth.shape,
        "range_km": round(one.truth.range_m / 1e3),
        "burnout_s": round(one.truth.burnout_s, 1),
        "flight_s": float(one.truth.time_s[-1]),
        "over_s": one.first_over_s,
        "scan_s": round(sensors[0].scan_s, 2),
        "knowable_s": knowable_s(one.truth) if one.threat else math.nan,
        "margin_km": round(fl.near_miss_km(one, protected()), 1),
        "drawn": drawn,
        "skipped": int(skipped),
        **found,
        "cost_s": round(time.perf_counter() - begun, 2),
    }


def chain(sensors, plots, every_s, until_s):
    """Return when tracks were confirmed, and when each threshold's chain first had a public alert ready."""
    policies = [
        alerts.policy_of(PolicySettings(release_threshold=release, forecast_threshold=forecast))
        for release, forecast in LEVELS
    ]
    chains = [alerts.start(policy, "exercise") for policy in policies]
    confirming = confirmation.start(PolicySettings())
    before, ready, first, confirmed, highest = {}, {}, math.nan, math.nan, 0.0
    reach_ms = []
    why = ""
    for now, states, _ in fl.tracked(sensors, plots, every_s=every_s, until_s=until_s):
        facts = []
        for state in states:
            first = now if math.isnan(first) else first
            confirming, said = confirmation.step(confirming, state)
            begun = time.perf_counter()
            reach = reach_of(state, protected(), fl.PROVENANCE, before.get(state.track))
            reach_ms.append(1e3 * (time.perf_counter() - begun))
            before[state.track] = reach
            highest = max(highest, reach.territory, reach.over)
            facts += [state, *([said] if said else []), reach]
            if said:
                why = said.reason
                if said.confirmed and math.isnan(confirmed):
                    confirmed = now
        for fact in facts:
            for k, level in enumerate(LEVELS):
                if level in ready:
                    continue
                chains[k], told = alerts.step(chains[k], fact)
                if any(step.audience == "public" for step in told.steps):
                    ready[level] = now
        if len(ready) == len(LEVELS):
            break
    return {
        "detected_s": first,
        "second_path_s": confirmed,
        "highest": round(highest, 3),
        "tracks": len(before),
        "last_word": why,
        "ready_s": {named(level): ready.get(level, math.nan) for level in LEVELS},
        "reach_ms": [round(v, 2) for v in reach_ms],
    }


def named(level):
    return f"{level[0]:g}/{level[1]:g}"


def oracle(one, path_s):
    """Return when a perfect track would have alerted, by forecast threshold, once a second path confirmed it.

    It knows the state exactly and at once, that and when the motor has ended, and from then on where it falls; of
    what a burning motor will do it knows what the tracker does: no more can be known of it.
    """
    ready, before, truth = {}, None, one.truth
    if math.isnan(path_s):
        return ready
    for t in np.arange(path_s, truth.burnout_s - 1.0, 2.0).tolist():
        k = int(t)
        pushed = 0.5 * (truth.state[k + 1, 3:] - truth.state[k - 1, 3:])
        state = known_state(truth.state[k], t, prospect_at(truth.state[k], pushed))
        before = reach_of(state, protected(), fl.PROVENANCE, before)
        for _, forecast in LEVELS:
            if max(before.reached, before.territory, before.over) >= forecast:
                ready.setdefault(f"{forecast:g}", t)
    if one.threat:
        for _, forecast in LEVELS:
            ready.setdefault(f"{forecast:g}", max(path_s, truth.burnout_s))
    return ready


def known_state(state, t, prospect):
    return TrackedState(
        id=f"known-{t}", run="known", track=1, status="confirmed", provenance=fl.PROVENANCE,
        update=TrackUpdate(
            time_utc=format_instant(fl.BEGIN_S + t), position_ecef_m=tuple(state[:3].tolist()),
            velocity_ecef_m_s=tuple(state[3:].tolist()), modes={"boost": 1.0}, class_={}, prospect=prospect,
            existence=1.0, plots=0,
        ),
    )  # fmt: skip


def judged(flights, level):
    """Return the figures of one pair of thresholds."""
    key = named(level)
    threats = [one for one in flights if one["threat"]]
    others = [one for one in flights if not one["threat"]]
    ready = np.array([one["ready_s"][key] for one in threats])
    path = np.array([one["second_path_s"] for one in threats])
    known = np.array([one["knowable_s"] for one in threats])
    end = np.array([one["flight_s"] if one["falls"] else one["over_s"] for one in threats])
    soon, early = ready <= path + AFTER_PATH_S, ready <= AFTER_LAUNCH_S
    in_time = ready <= end
    after = ready - np.fmax(path, known)
    oracle = np.array([one["oracle_s"].get(f"{level[1]:g}", math.nan) for one in threats])
    by_oracle = (oracle <= path + AFTER_PATH_S) & (oracle <= AFTER_LAUNCH_S)
    false = sum(not math.isnan(one["ready_s"][key]) for one in others)
    return {
        "threshold": level[0],
        "forecast_threshold": level[1],
        "in_time": float((soon & early).mean()),
        "within_30_s_of_second_path": float(soon.mean()),
        "within_120_s_of_launch": float(early.mean()),
        "within_30_s_of_both_path_and_knowable": float((after <= AFTER_PATH_S).mean()),
        "oracle_in_time": float(by_oracle.mean()),
        "oracle_within_120_s_of_launch": float((oracle <= AFTER_LAUNCH_S).mean()),
        "oracle_unwarranted": float(np.mean([f"{level[1]:g}" in one["oracle_s"] for one in others])),
        "missed": float((~in_time).mean()),
        "unwarranted": false / max(len(others), 1),
        "ready_s": quantiles(ready),
        "after_second_path_s": quantiles(ready - path),
        "after_path_and_knowable_s": quantiles(after),
    }


def quantiles(values):
    kept = values[np.isfinite(values)]
    return (
        dict(zip(("p50", "p95", "p99"), np.percentile(kept, [50, 95, 99]).round(1), strict=True))
        if len(kept)
        else {}
    )


def failures(flights, level):
    """Return how many flights fail at a threshold in which way, and which."""
    key, found = named(level), []
    for one in flights:
        ready, path, known = one["ready_s"][key], one["second_path_s"], one["knowable_s"]
        end = one["flight_s"] if one["falls"] else one["over_s"]
        late = ready > AFTER_LAUNCH_S or ready > path + AFTER_PATH_S
        if not one["threat"]:
            why = "unwarranted" if not math.isnan(ready) else None
        elif not ready <= end:
            why = "missed: never confirmed" if math.isnan(path) else "missed: confirmed"
        elif not late:
            why = None
        elif known > AFTER_LAUNCH_S or known > path + AFTER_PATH_S:
            why = "late: its fall reached nothing while it burned"
        elif path > AFTER_LAUNCH_S:
            why = "late: the second path"
        else:
            why = "late: the ellipse"
        if why:
            found.append(
                {"why": why} | {k: v for k, v in one.items() if k not in ("reach_ms", "drawn", "skipped")}
            )
    return dict(Counter(one["why"] for one in found)), found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--flights", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--every", type=float, default=2.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--records", type=Path, help="every flight's times")
    parser.add_argument("--list", type=int, default=60, help="failures written down one by one")
    options = parser.parse_args()
    begun = time.perf_counter()
    jobs = [(options.seed, number, options.every) for number in range(options.flights)]
    flights = []
    with ProcessPoolExecutor(options.workers) as pool:
        for one in pool.map(flight, jobs, chunksize=4):
            flights.append(one)
            if len(flights) % 50 == 0:
                print(f"{len(flights)} flights, {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    counts, which = failures(flights, AT_DEFAULT)
    if options.records:
        options.records.write_bytes(msgspec.json.encode([{**one, "reach_ms": None} for one in flights]))
    reach_ms = np.concatenate([np.array(one["reach_ms"][20:]) for one in flights])
    result = {
        "machine": describe(),
        "flights": options.flights,
        "seed": options.seed,
        "states_every_s": options.every,
        "seconds": round(time.perf_counter() - begun, 1),
        "seconds_a_flight": float(np.mean([one["cost_s"] for one in flights])),
        "population": {
            "sites_weight": {name: site[2] for name, site in fl.SITES.items()},
            "classes": fl.CLASSES,
            "azimuth_usual_share_mean_sigma_deg": fl.AZIMUTHS,
            "scan_s_even_between": SCANS_S,
            "cloud_top_m": fl.CLOUD_TOP_M,
            "sensors": [msgspec.to_builtins(sensor) for sensor in fl.sensors(5.0)],
            "drawn_anew_because_only_the_territorial_sea_is_touched": sum(one["skipped"] for one in flights),
        },
        "policy": msgspec.to_builtins(PolicySettings()),
        "at_the_policy": judged(flights, AT_DEFAULT),
        "curve": [judged(flights, level) for level in LEVELS],
        "failures_at_the_policy": counts,
        "reach_ms": quantiles(reach_ms),
        "which": which[: options.list],
    }
    report(result, options.json)


if __name__ == "__main__":
    main()
