"""Ships and aircraft against a fall area: speed beside a k-d tree, and whether said probabilities come true.

    python benchmarks/exposure.py [--events 1000] [--truths 20] [--repeats 7] [--json FILE]

Speed: 20,000 aircraft and 200,000 ships, 122 to 160 E, 20 to 47 N, against fall areas of 2,000 samples, one of a
track and one of claims; from last positions, with reckoning to the fall. The peer asks SciPy's k-d tree for the
samples near each reckoned craft and NumPy for the same probabilities, exactly, in the same run; where no sample is
within 6.5 sigma both leave a craft out. Medians of processor time on one core; trees of the samples included.

Calibration: simulated events, each with impacts (`--truths` of them, so that the table's own sampling error is
small) drawn from the same distribution as its samples, and traffic that moves by one of three laws, of which the
estimate knows one: `model` (Ornstein-Uhlenbeck velocity), `turns` (straight legs, a new velocity at random moments
with the same mean square and memory) and `steady` (constant velocity, of craft that keep their course exactly).
Positions are of random age, a third of them up to an hour old, with their own error. For each craft the said
probability to be within the danger radius is held against whether it was, for each event that of any craft of a
kind. Bins by what was said; the figure is the greatest difference over bins of a thousand pieces or more.
"""

import argparse
import math
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import ncx2

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.assess.traffic import DANGER_KM, MOTION
from launchwatch.bayes.encounters import Movers, cloud, encounters, reckon
from launchwatch.geo.surface import surface_ecef

SEED = 20_251_107
FALL_S = 1_762_486_960.0
SAMPLES = 2000
AREAS = {
    # along, across (m, one sigma), azimuth, time (s) over place along (m) and its own spread (s)
    "of a track": (9_000.0, 1_500.0, 1.6, 1 / 3000, 4.0),
    "of claims": (110_000.0, 45_000.0, 1.2, 1 / 2500, 60.0),
}
BINS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0001)


def impacts(area, count, rng, lat=40.0, lon=135.0):
    """Return latitudes, longitudes (rad) and times of draws of a fall area."""
    along, across, azimuth, per_m, spread = AREAS[area] if isinstance(area, str) else area
    a, c = rng.normal(0, along, count), rng.normal(0, across, count)
    east, north = a * math.sin(azimuth) + c * math.cos(azimuth), a * math.cos(azimuth) - c * math.sin(azimuth)
    lats = math.radians(lat) + north / 6.36e6
    lons = math.radians(lon) + east / (6.385e6 * math.cos(math.radians(lat)))
    return lats, lons, FALL_S + a * per_m + rng.normal(0, spread, count)


def fleet(kind, count, rng, age_s=None):
    """Return craft over the whole window, with ages as feeds have them or all of one age."""
    lat, lon = np.radians(rng.uniform(20, 47, count)), np.radians(rng.uniform(122, 160, count))
    aircraft = kind == "aircraft"
    age = rng.exponential(15.0 if aircraft else 400.0, count) if age_s is None else np.full(count, age_s)
    speed = rng.normal(230, 25, count) if aircraft else np.abs(rng.normal(6, 3, count))
    sure = np.full(count, MOTION[kind].velocity_m_s)
    return Movers(lat, lon, FALL_S - age, np.full(count, 50.0), rng.uniform(0, 2 * np.pi, count), speed, sure)


def growth(age, movers, motion):
    x = np.abs(age) / motion.memory_s
    gone = -np.expm1(-x)
    grown = np.maximum(2 * (x - gone) - gone**2, 0)
    started = movers.velocity_m_s * motion.memory_s * gone
    return movers.sigma_m**2 + started**2 + (motion.spread_m_s * motion.memory_s) ** 2 * grown


def peer(movers, motion, points, times, weight, radius):
    """Return the same probabilities by a k-d tree of the craft at the mean time and NumPy over those near."""
    middle = float(weight @ times)
    at = reckon(movers, motion, middle)
    lag = np.abs(times - middle).max()
    centre = weight @ points
    reach = np.linalg.norm(points - centre, axis=1).max() + radius + movers.speed_m_s.max() * lag
    sigma = np.sqrt(growth(np.abs(middle - movers.time_s) + lag, movers, motion))
    near = cKDTree(at.points).query_ball_point(centre, reach + 6.5 * sigma.max())
    found = np.zeros(len(movers))
    samples = cKDTree(points)
    for i in near:
        own = samples.query_ball_point(at.points[i], radius + 6.5 * sigma[i] + movers.speed_m_s[i] * lag)
        if not own:
            continue
        late = times[own] - middle
        place = at.points[i] + at.directions[i] * movers.speed_m_s[i] * late[:, None]
        away = np.linalg.norm(place - points[own], axis=1)
        one = movers.take(np.array([i]))
        s = np.sqrt(growth(middle + late - one.time_s, one, motion))
        found[i] = weight[own] @ ncx2.cdf((radius / s) ** 2, 2, (away / s) ** 2)
    return found


def timed(function, repeats):
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        found = function()
        times.append(time.thread_time() - start)
    return float(np.median(times)), found


def speed(repeats):
    """Return times and differences for each fall area."""
    rng = np.random.default_rng(SEED)
    rows = []
    for area, age_s in (*((area, None) for area in AREAS), ("of claims", 3600.0)):
        fleets = {kind: fleet(kind, n, rng, age_s) for kind, n in (("aircraft", 20_000), ("ship", 200_000))}
        lat, lon, when = impacts(area, SAMPLES, rng)
        points, weight = surface_ecef(lat, lon), np.full(SAMPLES, 1 / SAMPLES)

        def ours(points=points, when=when, weight=weight, fleets=fleets):
            tree = cloud(points, when, weight)
            return {k: encounters(m, MOTION[k], tree, 1000 * DANGER_KM[k]) for k, m in fleets.items()}

        def theirs(points=points, when=when, weight=weight, fleets=fleets):
            return {k: peer(m, MOTION[k], points, when, weight, 1000 * DANGER_KM[k]) for k, m in fleets.items()}

        ours()
        mine, found = timed(ours, repeats)
        other, wanted = timed(theirs, 1)
        rows.append(
            {
                "fall area": area,
                "positions": "as feeds have them" if age_s is None else "an hour old, all",
                "aircraft": len(fleets["aircraft"]),
                "ships": len(fleets["ship"]),
                "samples": SAMPLES,
                "craft_that_may_be_met": int(sum((w > 1e-6).sum() for w in wanted.values())),
                "ms": round(1000 * mine, 2),
                "kd_tree_peer_ms": round(1000 * other, 1),
                "times_faster": round(other / mine, 1),
                "greatest_difference": float(
                    f"{max(np.abs(found[k].probability - wanted[k]).max() for k in fleets):.2g}"
                ),
            }
        )
    return rows


def moved(law, movers, motion, when, rng):
    """Return where craft truly are at `when`, (m, 3), by a law of motion, from where they truly were."""
    count = len(movers)
    age = when - movers.time_s
    to = np.sign(age)
    span = np.abs(age)
    off = np.zeros((2, count))
    sigma, memory = motion.spread_m_s, motion.memory_s
    if law == "model":
        x = span / memory
        gone = -np.expm1(-x)
        off = rng.normal(size=(2, count)) * sigma * memory * np.sqrt(np.maximum(2 * (x - gone) - gone**2, 0))
    elif law == "turns":
        left, velocity = span.copy(), np.zeros((2, count))
        while (left > 0).any():
            leg = np.minimum(rng.exponential(memory, count), left)
            off += velocity * leg
            left -= leg
            velocity = rng.normal(size=(2, count)) * sigma
    wrong = rng.normal(size=(2, count)) * movers.velocity_m_s
    steady = memory * -np.expm1(-span / memory) if law != "steady" else span
    off += to * wrong * steady
    at = reckon(movers, motion, when)
    east = np.column_stack((-at.points[:, 1], at.points[:, 0], np.zeros(count)))
    east /= np.linalg.norm(east, axis=1)[:, None]
    up = at.points / np.linalg.norm(at.points, axis=1)[:, None]
    north = np.cross(up, east)
    return at.points + east * off[0][:, None] + north * off[1][:, None]


def calibrate(events, truths, law):
    """Return what was said against what came true, over simulated events whose traffic moves by a law."""
    rng = np.random.default_rng([SEED, len(law)])
    said, true, said_any, true_any = [], [], [], []
    for _ in range(events):
        area = (
            math.exp(rng.uniform(math.log(2e3), math.log(8e4))),
            math.exp(rng.uniform(math.log(1e3), math.log(3e4))),
            rng.uniform(0, math.pi), 1 / rng.uniform(1500, 4000), math.exp(rng.uniform(0, math.log(90))),
        )  # fmt: skip
        lat, lon, when = impacts(area, SAMPLES + truths, rng)
        points = surface_ecef(lat, lon)
        struck, own = points[:truths], slice(truths, None)
        fall = cloud(points[own], when[own], np.full(SAMPLES, 1 / SAMPLES))
        for kind in ("aircraft", "ship"):
            motion, radius = MOTION[kind], 1000 * DANGER_KM[kind]
            count = 30
            aged = rng.random(count) < 0.3
            age = np.where(
                aged, rng.uniform(0, 3600, count), rng.exponential(20 if kind == "aircraft" else 300, count)
            )
            # Dense about the area, so that many probabilities are neither 0 nor 1.
            spread = 1.5 * math.hypot(area[0], area[1]) + radius
            speed = np.abs(rng.normal(230, 25, count) if kind == "aircraft" else rng.normal(6, 3, count))
            course = rng.uniform(0, 2 * np.pi, count)
            east = rng.normal(0, spread, count) - speed * age * np.sin(course)
            north = rng.normal(0, spread, count) - speed * age * np.cos(course)
            sent_lat = math.radians(40.0) + north / 6.36e6
            sent_lon = math.radians(135.0) + east / (6.385e6 * math.cos(math.radians(40.0)))
            sigma, sure = np.full(count, 50.0), np.full(count, motion.velocity_m_s)
            sent = Movers(sent_lat, sent_lon, FALL_S - age, sigma, course, speed, sure)
            found = encounters(sent, motion, fall, radius)
            for truth in range(truths):
                noise = rng.normal(0, 50.0, (2, count))
                place = sent_lat + noise[0] / 6.36e6, sent_lon + noise[1] / 4.89e6
                real = Movers(*place, FALL_S - age, sigma, course, speed, sure)
                at = moved(law, real, motion, when[truth], rng)
                hit = np.linalg.norm(at - struck[truth], axis=1) < radius
                said.append(found.probability)
                true.append(hit)
                said_any.append(found.any)
                true_any.append(bool(hit.any()))
    return {
        "law of motion": law,
        "events": events,
        "truths an event": truths,
        "craft": table(np.concatenate(said), np.concatenate(true)),
        "any of a kind": table(np.array(said_any), np.array(true_any)),
    }


def table(said, true):
    """Return reliability by bins of what was said, and the greatest difference in bins of a thousand or more."""
    rows = []
    for low, high in pairwise(BINS):
        own = (said >= low) & (said < high)
        if own.sum() >= 1000:
            told, came = float(said[own].mean()), float(true[own].mean())
            error = math.sqrt(max(told * (1 - told), 1e-9) / own.sum())
            rows.append(
                {
                    "said": round(told, 4),
                    "came_true": round(came, 4),
                    "of": int(own.sum()),
                    "sampling": round(error, 4),
                }
            )
    worst = max((abs(row["said"] - row["came_true"]) for row in rows), default=math.nan)
    brier = float(np.mean((said - true) ** 2))
    return {
        "pieces": len(said),
        "mean_said": round(float(said.mean()), 4),
        "mean_true": round(float(true.mean()), 4),
        "greatest_difference_points": round(100 * worst, 2),
        "brier": round(brier, 5),
        "bins": rows,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--truths", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    result = {
        "machine": describe("scipy"),
        "seed": SEED,
        "speed": speed(given.repeats),
        "calibration": [calibrate(given.events, given.truths, law) for law in ("model", "turns", "steady")],
    }
    report(result, given.json)


if __name__ == "__main__":
    main()
