"""Do plots and words together beat either alone? Simulated events with both, scored against their truth.

    python benchmarks/fused.py [--events 500] [--particles 500] [--processes 2] [--json FILE]

A flight of the estimate's own prior (short- and medium-range and quasi-ballistic, 250 to 1,400 km between
north-east and south-east of the packaged scenario's launch place) is watched by the scenario's five sensors
until some moment between 20 s after burnout and four fifths of the flight, when all of them lose it; one to four
figures of two speakers and some words are said of it as in `sbc.py`. Three posteriors: from the claims alone,
from the track alone, and the track's weighed by the claims. An event without exactly one track, or whose launch
cannot be fitted, is drawn again; `redrawn` counts them.

Mean continuous ranked probability score of range, apogee and flight time, energy score of the impact (all less
is better), with the mean paired difference of both from either and its standard error; coverage of 90 %
intervals and of the impact's 95 % ellipse. Asked for: both scores less than either, and covers no worse (within
two standard errors of the coverage).
"""

import argparse
import math
import sys
from collections import Counter
from pathlib import Path

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report
from benchmarks.many import run_many
from benchmarks.sbc import draw_claims, draw_design

from launchwatch.bayes.sampling import systematic_resample
from launchwatch.estimate.fuse.posterior import flown, from_claims, upon_track
from launchwatch.estimate.fuse.prior import AZIMUTH, EAST, METRES_PER_RAD, NORTH, PRIORS, SIZE, to_rows
from launchwatch.estimate.summary import point_estimate
from launchwatch.estimate.track import sensors as models
from launchwatch.estimate.track import tracker
from launchwatch.estimate.track.launch import fit_launch
from launchwatch.estimate.track.ordering import looks_from_blocks
from launchwatch.estimate.track.posterior import draw_flight
from launchwatch.facts import Provenance
from launchwatch.flight import parameters as prm
from launchwatch.flight.propagation import BURNOUT_TIME, IMPACT, STATUS, fly_batch
from launchwatch.geo.areas import make_area, sample_area
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.observe.recordings import decode_recording
from launchwatch.simulate import packaged_scenario, parse_scenario, simulate_recording

SEED = 20251107
WHO = Provenance(author="benchmark", created_utc="2025-11-07T00:00:00Z")
AREA = make_area("launch area", (), "region", np.array([125.2]), np.array([40.21]), np.ones(1), 15.0)
CLASSES = 3  # quasi-ballistic, SRBM, MRBM: what five sensors near Korea and Japan see
TRACKED = 2000
WAYS = ("claims", "track", "both")
SCORED = {
    "range, km": lambda s: s.range_m / 1e3,
    "apogee, km": lambda s: s.apogee_m / 1e3,
    "flight time, s": lambda s: s.flight_time_s,
}


def draw_flown(rng):
    """Return a flight as samples of one, its row, and its time of burnout (s)."""
    shares = np.array([prior.share for prior in PRIORS.values()])[:CLASSES]
    lon, lat = (math.radians(v) for v in AREA.centre_deg)
    while True:
        x = rng.normal(size=(1, SIZE))
        at_lat, at_lon = sample_area(AREA, 1, rng)
        x[:, NORTH] = (at_lat - lat) * METRES_PER_RAD
        x[:, EAST] = (at_lon - lon) * METRES_PER_RAD * math.cos(lat)
        x[:, AZIMUTH] = rng.uniform(math.radians(45), math.radians(135))
        rows = to_rows(x, rng.choice(CLASSES, 1, p=shares / shares.sum()), (lat, lon))
        outcome = fly_batch(rows)
        if outcome[0, STATUS] != IMPACT or not math.isfinite(outcome[0, BURNOUT_TIME]):
            continue
        truth = flown(rows, outcome)
        if 250e3 < truth.range_m[0] < 1400e3:
            return truth, rows[0], float(outcome[0, BURNOUT_TIME])


def recorded(scenario, row, seen_s, seed):
    """Return the decoded recording of a flight seen until `seen_s` after its launch."""
    used = [k for k in range(prm.STAGES) if row[prm.BURN_TIME_1 + prm.STAGE_WIDTH * k] > 0]
    stages = [row[prm.BURN_TIME_1 + prm.STAGE_WIDTH * k :][:3] for k in used]
    launch = scenario.launches[0]
    boost = msgspec.structs.replace(
        launch.boost,
        vertical_time_s=float(row[prm.VERTICAL_TIME]),
        pitch_time_s=float(row[prm.PITCH_TIME]),
        pitch_deg=math.degrees(row[prm.PITCH]),
        burn_times_s=tuple(float(s[0]) for s in stages),
        accelerations_m_s2=tuple(float(s[1]) for s in stages),
        propellant_fractions=tuple(float(s[2]) for s in stages),
    )
    body = msgspec.structs.replace(
        launch.body,
        ballistic_coefficient_kg_m2=float(row[prm.BALLISTIC_COEFFICIENT]),
        lift_to_drag=float(row[prm.LIFT_TO_DRAG]),
        pull_up_height_m=float(row[prm.PULL_UP_HEIGHT]),
        glide_angle_deg=math.degrees(row[prm.GLIDE_ANGLE]),
        max_lift_m_s2=float(row[prm.MAX_LIFT]),
        glide_end_speed_m_s=float(row[prm.GLIDE_END_SPEED]),
    )
    made = msgspec.structs.replace(
        launch,
        lat_deg=math.degrees(row[prm.LAT]),
        lon_deg=math.degrees(row[prm.LON]),
        height_m=0.0,
        azimuth_deg=math.degrees(row[prm.AZIMUTH]),
        boost=boost,
        body=body,
    )
    cut = msgspec.structs.replace(scenario, launches=(made,), duration_s=30.0 + seen_s)
    return decode_recording(simulate_recording(cut, seed), evidence="e", provenance=WHO)


def tracked(found, rng):
    """Return the track's posterior, or why there is none."""
    state = tracker.start()
    for look in looks_from_blocks([models.sensor_model(s) for s in found.sensors], found.blocks):
        tracker.step(state, look)
    if len(state.confirmed) != 1:
        return f"{len(state.confirmed)} tracks"
    fit = fit_launch(state, state.confirmed[0], TRACKED, rng)
    if fit is None:
        return "no launch fitted"
    return draw_flight(state.confirmed[0], fit, rng) or "no impact"


def crps(values, weight, truth):
    """Return E|X - y| - E|X - X'| / 2 of weighted samples."""
    order = np.argsort(values, kind="stable")
    x, w = values[order], weight[order] / weight.sum()
    below = np.cumsum(w)[:-1]
    return float(w @ np.abs(x - truth) - np.sum(below * (1 - below) * np.diff(x)))


def energy_score(samples, truth, rng):
    """Return E|X - y| - E|X - X'| / 2 of impacts, km in the plane about the truth, by 600 draws."""
    chosen = rng.permutation(systematic_resample(samples.weight, 600, rng))
    distance, azimuth = distance_and_azimuth(
        np.full(600, truth.impact_lat_rad[0]),
        np.full(600, truth.impact_lon_rad[0]),
        samples.impact_lat_rad[chosen],
        samples.impact_lon_rad[chosen],
    )
    at = distance[:, None] / 1e3 * np.column_stack([np.sin(azimuth), np.cos(azimuth)])
    apart = np.linalg.norm(at[:300, None] - at[None, 300:], axis=2)
    return float(np.mean(np.hypot(*at.T)) - 0.5 * apart.mean())


def in_ellipse(samples, truth):
    point = point_estimate(samples.impact_lat_rad, samples.impact_lon_rad, samples.weight)
    lat, lon = math.radians(point.lat_deg), math.radians(point.lon_deg)
    distance, azimuth = distance_and_azimuth(
        lat, lon, float(truth.impact_lat_rad[0]), float(truth.impact_lon_rad[0])
    )
    turn = float(azimuth) - math.radians(point.ellipse_95.azimuth_deg)
    along, across = float(distance) / 1e3 * math.cos(turn), float(distance) / 1e3 * math.sin(turn)
    ellipse = point.ellipse_95
    return bool((along / ellipse.semi_major_km) ** 2 + (across / ellipse.semi_minor_km) ** 2 < 1)


def scored(samples, truth, rng):
    out = {"scores": {}, "levels": {}, "ellipse": in_ellipse(samples, truth)}
    for name, of in SCORED.items():
        own, true = of(samples), float(of(truth)[0])
        out["scores"][name] = crps(own, samples.weight, true)
        out["levels"][name] = float(samples.weight @ (own < true))
    out["scores"]["impact, km"] = energy_score(samples, truth, rng)
    return out


def one_event(task):
    number, particles = task
    rng = np.random.default_rng([SEED, number])
    scenario = parse_scenario(packaged_scenario("taegwan-2025-11-07")[0])
    while True:
        figures, categories, _ = draw_design(rng)
        if figures:
            break
    lost = Counter()
    while True:
        truth, row, burnout_s = draw_flown(rng)
        claims = draw_claims(truth, (figures[:4], categories, []), rng)
        if claims is None:
            continue
        first, last = burnout_s + 20.0, max(0.8 * float(truth.flight_time_s[0]), burnout_s + 30.0)
        found = recorded(scenario, row, rng.uniform(first, last), int(rng.integers(2**31)))
        track = tracked(found, rng)
        if isinstance(track, str):
            lost[track] += 1
            continue
        break
    said = from_claims(claims, country="North Korea", date=None, rng=rng, particles=particles, area=AREA)
    joined = upon_track(track, "t", claims, country="North Korea", date=None)
    samples = {"claims": said.samples, "track": track, "both": joined.samples}
    return {
        "number": number,
        "lost": lost,
        "few": not joined.diagnostics.converged,
        **{way: scored(samples[way], truth, rng) for way in WAYS},
    }


def summed(found):
    n, out = len(found), {}
    for name in (*SCORED, "impact, km"):
        each = {way: np.array([one[way]["scores"][name] for one in found]) for way in WAYS}
        means = {way: round(float(values.mean()), 3) for way, values in each.items()}
        apart = {
            f"both less {way}": {
                "mean": round(float((each["both"] - each[way]).mean()), 3),
                "standard error": round(float((each["both"] - each[way]).std(ddof=1) / math.sqrt(n)), 3),
                "share of events better": round(float(np.mean(each["both"] < each[way])), 3),
            }
            for way in WAYS[:2]
        }
        out[name] = {
            "mean score": means,
            "median score": {way: round(float(np.median(values)), 3) for way, values in each.items()},
            **apart,
            "both lower than either": means["both"] < min(means["claims"], means["track"]),
        }
        if name in SCORED:
            held = {way: share([abs(one[way]["levels"][name] - 0.5) <= 0.45 for one in found]) for way in WAYS}
            asked = 0.9
        else:
            held, asked = {way: share([one[way]["ellipse"] for one in found]) for way in WAYS}, 0.95
        out[name][f"coverage of {100 * asked:g} %"] = held
        off = {way: abs(value - asked) for way, value in held.items()}
        slack = 2 * math.sqrt(asked * (1 - asked) / n)
        out[name]["covers no worse"] = off["both"] <= max(off["claims"], off["track"], slack)
        out[name]["covers no worse than the better"] = off["both"] <= min(off["claims"], off["track"]) + slack
    return out


def share(held):
    return round(float(np.mean(held)), 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument("--particles", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found, wall_s = run_many(one_event, args.events, args.particles, args.processes, "events")
    result = {
        "machine": describe(),
        "events": args.events,
        "particles": args.particles,
        "seed": SEED,
        "wall_s": wall_s,
        "redrawn": dict(sum((one["lost"] for one in found), Counter())),
        "few samples of the track fit the claims": sum(one["few"] for one in found),
        "quantities": summed(found),
    }
    report(result, args.json)


if __name__ == "__main__":
    main()
