"""Does the tracker's uncertainty hold? Simulated recordings of the packaged scenario, scored against truth.

    python benchmarks/calibration.py [--runs 200] [--json FILE]

NEES over 6 degrees of freedom by phase of flight; coverage of the track posterior's central 90 % intervals (range,
apogee, flight time, launch time), and the share of runs in which the truth lies below the median and in the middle
half; coverage of the 95 % ellipses of launch and impact as published, and, 30 s after
burnout, at apogee, 30 s after pull-up and at the last plot, of the impact's ellipse under the hypothesis that fits
best among those listed with 2 % or more. Sensors' noise, misses and false plots are drawn anew in each run, the
flight varies in boost and body.
"""

import argparse
import math
import sys
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.basis.instants import parse_instant
from launchwatch.estimate.summary import point_estimate
from launchwatch.estimate.track import sensors as models
from launchwatch.estimate.track import tracker
from launchwatch.estimate.track.impact import predict_impacts
from launchwatch.estimate.track.launch import fit_launch
from launchwatch.estimate.track.ordering import looks_from_blocks
from launchwatch.estimate.track.posterior import draw_flight
from launchwatch.facts import Provenance
from launchwatch.flight import propagation as fp
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.observe.recordings import decode_recording
from launchwatch.simulate import packaged_scenario, parse_scenario, simulate_recording

WHO = Provenance(author="benchmark", created_utc="2025-11-07T00:00:00Z")
EPOCHS = ("burnout + 30 s", "apogee", "pull-up + 30 s", "last plot")


def varied(scenario, rng):
    """Vary boost and body: 2 % of thrust, 1.5 degrees of pitch, 30 % of drag and lift."""
    launch = scenario.launches[0]
    boost = msgspec.structs.replace(
        launch.boost,
        pitch_deg=launch.boost.pitch_deg + rng.normal(0, 1.5),
        accelerations_m_s2=(launch.boost.accelerations_m_s2[0] * (1 + rng.normal(0, 0.02)),),
    )
    body = msgspec.structs.replace(
        launch.body,
        ballistic_coefficient_kg_m2=launch.body.ballistic_coefficient_kg_m2 * math.exp(rng.normal(0, 0.3)),
        lift_to_drag=max(launch.body.lift_to_drag * math.exp(rng.normal(0, 0.3)), 0.6),
        pull_up_height_m=launch.body.pull_up_height_m + rng.normal(0, 3e3),
        glide_end_speed_m_s=launch.body.glide_end_speed_m_s + rng.normal(0, 100),
    )
    return msgspec.structs.replace(scenario, launches=(msgspec.structs.replace(launch, boost=boost, body=body),))


def east_north(lat, lon, to_lat, to_lon):
    distance, azimuth = distance_and_azimuth(lat, lon, to_lat, to_lon)
    return np.array([distance * math.sin(azimuth), distance * math.cos(azimuth)])


def run_once(scenario, seed):
    rng = np.random.default_rng([1, seed])
    made = varied(scenario, rng)
    row = made.launches[0].parameters().as_row()
    _, outcome = fp.fly_path(row, np.empty(0))
    found = decode_recording(simulate_recording(made, seed), evidence="e", provenance=WHO)
    state = tracker.start()
    for look in looks_from_blocks([models.sensor_model(s) for s in found.sensors], found.blocks):
        tracker.step(state, look)
    if len(state.confirmed) != 1:
        return {"tracks": len(state.confirmed)}
    track, start = state.confirmed[0], parse_instant(made.launches[0].time_utc)
    measured = [
        h for h in track.history if h.measurement is not None and h.time_s <= start + outcome[fp.IMPACT_TIME]
    ]
    truth, _ = fp.fly_path(row, np.array([h.time_s - start for h in measured]))
    nees = []
    for h, state_ in zip(measured, truth, strict=True):
        error = h.mean[:6] - state_
        nees.append((h.time_s - start, float(error @ np.linalg.solve(h.covariance[:6, :6], error))))
    lat, lon, _ = geodetic_from_ecef(outcome[None, fp.IMPACT_STATE : fp.IMPACT_STATE + 3])[0]
    fit = fit_launch(state, track, 2000, rng)
    samples = draw_flight(track, fit, rng)
    launch = made.launches[0]
    return {
        "tracks": 1,
        "burnout": outcome[fp.BURNOUT_TIME],
        "pull_up": outcome[fp.PULL_UP_TIME],
        "nees": nees,
        "intervals": intervals(samples, launch, outcome, start, (lat, lon)),
        "launch ellipse": launch_held(samples, launch),
        "published impact": impact_held(samples, (lat, lon)),
        "impact ellipse": impacts_held(measured, outcome, start, (lat, lon)),
    }


def intervals(samples, launch, outcome, start, impact):
    lat, lon = math.radians(launch.lat_deg), math.radians(launch.lon_deg)
    truth = {
        "range_m": float(distance_and_azimuth(lat, lon, *impact)[0]),
        "apogee_m": outcome[fp.APOGEE_HEIGHT],
        "flight_time_s": outcome[fp.IMPACT_TIME],
        "launch_time_s": start,
    }
    return {name: float(np.mean(getattr(samples, name) < value)) for name, value in truth.items()}


def launch_held(samples, launch):
    lat, lon = samples.launch_lat_rad, samples.launch_lon_rad
    middle = lat.mean(), lon.mean()
    local = np.column_stack([(lon - middle[1]) * math.cos(middle[0]), lat - middle[0]]) * 6.371e6
    off = east_north(*middle, math.radians(launch.lat_deg), math.radians(launch.lon_deg))
    return bool(off @ np.linalg.solve(np.cov(local.T), off) < 5.991)


def impact_held(samples, impact):
    point = point_estimate(samples.impact_lat_rad, samples.impact_lon_rad, samples.weight)
    off = east_north(math.radians(point.lat_deg), math.radians(point.lon_deg), *impact) / 1e3
    ellipse, turn = point.ellipse_95, math.radians(point.ellipse_95.azimuth_deg)
    along = off[0] * math.sin(turn) + off[1] * math.cos(turn)
    across = off[0] * math.cos(turn) - off[1] * math.sin(turn)
    return bool((along / ellipse.semi_major_km) ** 2 + (across / ellipse.semi_minor_km) ** 2 < 1)


def impacts_held(measured, outcome, start, impact):
    times = np.array([h.time_s - start for h in measured])
    wanted = (outcome[fp.BURNOUT_TIME] + 30, outcome[fp.APOGEE_TIME], outcome[fp.PULL_UP_TIME] + 30, times[-1])
    held = {}
    for name, time in zip(EPOCHS, wanted, strict=True):
        if not math.isfinite(time):
            continue
        h = measured[int(np.argmin(np.abs(times - time)))]
        found = predict_impacts(h.mode_mean, h.mode_covariance, h.probability)
        squares = []
        for one in found:
            off = east_north(one.lat_rad, one.lon_rad, *impact)
            squares.append(float(off @ np.linalg.solve(one.covariance_m2, off)))
        held[name] = bool(squares and min(squares) < 5.991)
    return held


def interval_of_share(hits, n):
    """Return a share with its Wilson 95 % interval."""
    z, p = 1.96, hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return {"share": round(p, 3), "low": round((middle - half) / (1 + z * z / n), 3),
            "high": round((middle + half) / (1 + z * z / n), 3), "runs": n}  # fmt: skip


def phase(time, run):
    pull_up = run["pull_up"] if math.isfinite(run["pull_up"]) else math.inf
    if time < run["burnout"]:
        return "boost"
    if time < pull_up:
        return "coast"
    return "first 15 s of pull-up" if time < pull_up + 15 else "glide and fall"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    scenario = parse_scenario(packaged_scenario("taegwan-2025-11-07")[0])
    runs = [run_once(scenario, seed) for seed in range(args.runs)]
    whole = [run for run in runs if "nees" in run]
    nees = {}
    for run in whole:
        for time, value in run["nees"]:
            nees.setdefault(phase(time, run), []).append(value)
    result = {
        "machine": describe(),
        "runs": args.runs,
        "exactly one track": sum(run["tracks"] == 1 for run in runs),
        "nees over 6": {name: round(float(np.mean(values)) / 6, 3) for name, values in nees.items()},
        "coverage of 90 % intervals": {
            name: interval_of_share(sum(0.05 <= run["intervals"][name] <= 0.95 for run in whole), len(whole))
            for name in whole[0]["intervals"]
        },
        "truth below the median": {
            name: interval_of_share(sum(run["intervals"][name] < 0.5 for run in whole), len(whole))
            for name in whole[0]["intervals"]
        },
        "truth in the middle half": {
            name: interval_of_share(sum(0.25 <= run["intervals"][name] <= 0.75 for run in whole), len(whole))
            for name in whole[0]["intervals"]
        },
        "coverage of 95 % ellipses": {
            "launch": interval_of_share(sum(run["launch ellipse"] for run in whole), len(whole)),
            "impact, as published": interval_of_share(sum(run["published impact"] for run in whole), len(whole)),
            **{
                f"best hypothesis' impact, {name}": interval_of_share(
                    sum(run["impact ellipse"][name] for run in whole if name in run["impact ellipse"]),
                    sum(name in run["impact ellipse"] for run in whole),
                )
                for name in EPOCHS
            },
        },
    }
    report(result, args.json)


if __name__ == "__main__":
    main()
