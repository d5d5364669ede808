"""How soon and how rightly launches are named ballistic, and what else is told apart, with calibrated classes.

    python benchmarks/verdicts.py [--runs 1000] [--others 150] [--json FILE]

Launches: range log-uniform from 100 to 10,000 km; lofted, normal and depressed in turn; any azimuth and place;
flown by the product's own flight core with boosts that the tracker does not know. One radar as SRBM-700's (1 Hz,
0.1 and 0.1 degrees, 30 m, above 2 degrees, every plot detected) stands 60 km plus 0.65 of the range downrange, at
most 500 km, and up to 100 km to the side. `plots after burnout` counts the plots from burnout to the first update
whose verdict is one of the two ballistic ones and from there on is not taken back for `not yet` within ten plots.

`named_and_burnt_out` asks in addition that the boost probability be below a half: when the stop itself is seen.
The conditional verdict may stand before burnout, for `named_before_burnout_share` of those updates on average.

A verdict is wrong where it says `not ballistic` of a ballistic missile (at any time while it is tracked, lifting
re-entries of the tracker's included), or `ballistic` without `unless it burns again` once the motor of a flight of
more than 3,000 km has stopped, or any ballistic verdict of an aircraft, cruise missile or satellite, `ballistic`
without condition of a space launch, or of a glider from thirty seconds after
it began to lift until it is slower than 1,500 m/s. The reliability table weighs
classes by the stated prior; updates are taken every ten seconds. The range class is that of the energy
at burnout (`launchwatch.flight.classes.energy_range_m`).
"""

import argparse
import itertools
import json
import math
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, keep
from benchmarks.watched import beside, looks, watch

from launchwatch.estimate.track import verdict
from launchwatch.flight.classes import RANGE_LIMITS_M, energy_range_m
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.simulate import populations

SEED = 20_260
NAMES = (verdict.IS_BALLISTIC, verdict.UNLESS_IT_BURNS)


def carries_m(truth):
    """Return how far (m) the flight's energy at burnout carries."""
    at = truth.state[min(int(truth.burnout_s) + 1, len(truth.state) - 1)]
    height = geodetic_from_ecef(np.ascontiguousarray(at[None, :3]))[0, 2]
    return float(energy_range_m(np.linalg.norm(at[3:]), height))


def class_of(truth):
    """Return the index in KINDS of what a truth is."""
    if truth.kind != "ballistic":
        return verdict.KINDS.index(truth.kind)
    return int(np.searchsorted(RANGE_LIMITS_M, carries_m(truth), side="right"))


def one_launch(i, seed=SEED):
    """Return the record of launch i and its tracks' judgements."""
    rng = np.random.default_rng([seed, i])
    shape = populations.SHAPES[i % 3]
    truth = None
    while truth is None:
        reach = math.exp(rng.uniform(math.log(100e3), math.log(10_000e3)))
        truth = populations.ballistic(rng, reach, shape)
    side = rng.choice([-1, 1]) * min(100e3, 20e3 + 0.12 * reach)
    model = beside(truth, min(500e3, 60e3 + 0.65 * reach), side)
    tracks = watch(looks(truth.time_s, truth.state[:, :3], model, rng))
    record = {
        "run": i,
        "shape": shape,
        "range_km": round(truth.range_m / 1e3, 1),
        "energy_range_km": round(carries_m(truth) / 1e3, 1),
        "burnout_s": round(truth.burnout_s, 1),
        "tracks": len(tracks),
        "plots_after_burnout": None,
        "wrong": [],
    }
    if not tracks:
        record["wrong"] = ["no track"]
        return record, truth, tracks
    record["first_update_after_burnout_s"] = round(float(tracks[0].times[0] - truth.burnout_s), 1)
    record["plots_after_burnout"] = named_after(truth, tracks)
    record["plots_to_burnt_out"] = named_after(truth, tracks, burning_below=0.5)
    before = np.concatenate([t.verdicts[t.times < truth.burnout_s] for t in tracks])
    record["named_before_burnout"] = float(np.isin(before, NAMES).mean()) if len(before) else 0.0
    record["wrong"] = wrong_of(truth, tracks)
    return record, truth, tracks


def named_after(truth, tracks, burning_below=1.0):
    """Return plots from burnout (or from confirmation, where that is later) to the verdict that stands."""
    times = np.concatenate([t.times for t in tracks])
    said = np.isin(np.concatenate([t.verdicts for t in tracks]), NAMES)
    said &= np.concatenate([t.judged[:, verdict.BURNING] for t in tracks]) < burning_below
    order = np.argsort(times, kind="stable")
    times, said = times[order], said[order]
    for k in np.flatnonzero(said):
        if times[k] >= truth.burnout_s and said[k : k + 10].mean() > 0.8:
            start = max(truth.burnout_s, times[0] - 1)
            return int(((times > start) & (times <= times[k])).sum())
    return None


def wrong_of(truth, tracks):
    """Return what was wrongly said of a ballistic missile."""
    found = []
    for t in tracks:
        if (t.verdicts == verdict.NOT_BALLISTIC).any():
            at = t.times[np.argmax(t.verdicts == verdict.NOT_BALLISTIC)] - truth.burnout_s
            found.append(f"not ballistic at burnout {at:+.0f} s")
        flat = (t.verdicts == verdict.IS_BALLISTIC) & (t.times > truth.burnout_s)
        if flat.any() and truth.range_m > 3_000e3:
            found.append(f"ballistic without condition at {t.times[np.argmax(flat)] - truth.burnout_s:+.0f} s")
    return found


def one_other(kind, i, seed=SEED):
    """Return truth, tracks and wrong verdicts of one object of another class."""
    rng = np.random.default_rng([seed, verdict.GROUPS.index(kind), i])
    truth = populations.POPULATIONS[kind](rng)
    distance, aside = {
        "satellite": (rng.uniform(300e3, 2_500e3), rng.uniform(-800e3, 800e3)),
        "aircraft": (rng.uniform(20e3, 120e3), rng.uniform(-60e3, 60e3)),
        "cruise": (rng.uniform(10e3, 40e3), rng.uniform(-15e3, 15e3)),
        "space launch": (rng.uniform(100e3, 600e3), rng.uniform(-200e3, 200e3)),
        "quasi-ballistic": (rng.uniform(100e3, 300e3), rng.uniform(-80e3, 80e3)),
        "glide": (rng.uniform(200e3, 700e3), rng.uniform(-100e3, 100e3)),
    }[kind]
    low = kind in {"aircraft", "cruise"}
    model = beside(truth, distance, aside, horizon_deg=0.3 if low else 2.0)
    tracks = watch(looks(truth.time_s, truth.state[:, :3], model, rng, pd=0.95))
    return truth, tracks, wrong_other(truth, tracks)


def wrong_other(truth, tracks):
    found = []
    for t in tracks:
        named = np.isin(t.verdicts, NAMES)
        if truth.kind == "space launch":
            named = t.verdicts == verdict.IS_BALLISTIC
        if truth.kind == "glide":
            lift = truth.time_s[np.argmax(truth.phase == populations.LIFTING)] + 30
            slow = truth.time_s[np.linalg.norm(truth.state[:, 3:], axis=1) > 1_500][-1]
            named &= (t.times > lift) & (t.times < slow)
        if truth.kind != "quasi-ballistic" and named.any():
            found.append(f"{verdict.VERDICTS[t.verdicts[np.argmax(named)]]} at {t.times[np.argmax(named)]:.0f} s")
    return found


def calibration(rows, weights):
    """Return weighted Brier score and reliability of class probabilities; a row is kind, chances, object's number.

    `error` is the standard error of said - came by objects, whose updates hang together: of a ratio of sums over
    objects, linearised.
    """
    chance = np.array([row[1] for row in rows])
    truth, of = np.array([row[0] for row in rows]), np.array([row[2] for row in rows])
    weight = np.array([weights[k] for k in truth])
    weight /= weight.sum()
    hit = np.zeros_like(chance)
    hit[np.arange(len(truth)), truth] = 1
    brier = float((weight[:, None] * (chance - hit) ** 2).sum())
    edges = np.array([0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0001])
    table = []
    flat, was, w = chance.ravel(), hit.ravel(), np.repeat(weight, chance.shape[1])
    of = np.repeat(of, chance.shape[1])
    for low, high in itertools.pairwise(edges):
        chosen = (flat >= low) & (flat < high)
        if chosen.any():
            total = w[chosen].sum()
            off = (flat - was)[chosen]
            off = w[chosen] * (off - (w[chosen] * off).sum() / total)
            table.append(
                {
                    "from": float(low),
                    "to": float(min(high, 1)),
                    "said": float((w * flat)[chosen].sum() / total),
                    "came": float((w * was)[chosen].sum() / total),
                    "error": float(np.sqrt(np.square(np.bincount(of[chosen], off)).sum()) / total),
                    "objects": len(np.unique(of[chosen])),
                    "updates": int(chosen.sum()),
                }
            )
    base = np.array([weight[truth == k].sum() for k in range(chance.shape[1])])
    return {
        "brier": brier,
        "brier_of_the_prior": float((weight[:, None] * (base - hit) ** 2).sum()),
        "right_first": float(weight[chance.argmax(axis=1) == truth].sum()),
        "expected_calibration_error": float(
            sum(abs(r["said"] - r["came"]) * r["updates"] for r in table) / sum(r["updates"] for r in table)
        ),
        "reliability": table,
    }


def kind_weights(rows):
    """Return each kind's weight: its prior over its number of updates."""
    prior = np.concatenate([verdict.PRIOR[0] * verdict.RANGE_PRIOR, verdict.PRIOR[1:]])
    count = Counter(row[0] for row in rows)
    return {k: prior[k] / n for k, n in count.items()}


def share(records, low, high, plots, which="plots_after_burnout"):
    """Return how many launches of a range (km) were named within so many plots after burnout."""
    chosen = [r for r in records if low <= r["range_km"] < high]
    named = [r for r in chosen if r.get(which) is not None and r[which] <= plots]
    return {"runs": len(chosen), "named": len(named), "share": len(named) / max(len(chosen), 1), "within": plots}


def update_time_us(tracks):
    """Return microseconds of one judgement when 200 tracks are judged in one compiled call."""
    updates = verdict.stacked([h for h in tracks[0].history for _ in range(200)][:200])
    memory, out = np.tile(verdict.start(), (200, 1)), np.empty((200, verdict.COLUMNS))
    verdict.judge_tracks(memory, *updates, out)
    taken = []
    for _ in range(50):
        start = time.thread_time()
        verdict.judge_tracks(memory, *updates, out)
        taken.append(time.thread_time() - start)
    return float(np.median(taken)) / 200 * 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--others", type=int, default=150)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    records, rows, tracks = [], [], []
    for i in range(options.runs):
        record, truth, tracks = one_launch(i)
        records.append(record)
        rows.extend((class_of(truth), j[: verdict.KINDS_COUNT], i) for t in tracks for j in t.judged[::10])
    micro = update_time_us(tracks)
    others = {}
    for group, kind in enumerate(verdict.GROUPS[1:]):
        first = options.runs + group * options.others
        wrong, count, without = [], 0, 0
        for i in range(options.others):
            truth, seen, said = one_other(kind, i)
            wrong.extend({"run": i, "said": s} for s in said)
            count += len(seen)
            without += not seen
            rows.extend(
                (class_of(truth), j[: verdict.KINDS_COUNT], first + i) for t in seen for j in t.judged[::10]
            )
        others[kind] = {"runs": options.others, "tracks": count, "without_track": without, "wrong": wrong}
    by_shape = {
        shape: {
            "500 km and more": share([r for r in records if r["shape"] == shape], 500, 1e9, 5),
            "100 to 500 km": share([r for r in records if r["shape"] == shape], 0, 500, 20),
        }
        for shape in populations.SHAPES
    }
    result = {
        "machine": describe(),
        "runs": options.runs,
        "named": {
            "500 km and more": share(records, 500, 1e9, 5),
            "100 to 500 km": share(records, 0, 500, 20),
        },
        "named_and_burnt_out": {
            "500 km and more": share(records, 500, 1e9, 5, "plots_to_burnt_out"),
            "100 to 500 km": share(records, 0, 500, 20, "plots_to_burnt_out"),
        },
        "named_before_burnout_share": float(np.mean([r.get("named_before_burnout", 0.0) for r in records])),
        "by_shape": by_shape,
        "wrong_launches": [r for r in records if r["wrong"]],
        "wrong_share": sum(bool(r["wrong"]) for r in records) / options.runs,
        "late": [
            r
            for r in records
            if r["plots_after_burnout"] is None or r["plots_after_burnout"] > (5 if r["range_km"] >= 500 else 20)
        ],
        "others": others,
        "classes": calibration(rows, kind_weights(rows)),
        "judgement_us": micro,
    }
    print(json.dumps({k: v for k, v in result.items() if k != "late"}, indent=1, default=float))
    for r in result["late"]:
        print(r)
    keep(result, options.json)


if __name__ == "__main__":
    main()
