"""Does the posterior know what was kept from it? Published flights of a catalogue, with some columns withheld.

    python benchmarks/held_out.py CATALOG [--particles 1000] [--json FILE]

CATALOG is a folder with `flights.csv`: a row a flight, with launch point, range, apogee, flight time, direction,
class and Japan's official verdict on its economic zone (`eez`) where they were published.

`third`: flights with range, apogee and time that came down without a parachute: each predicted from the other
two. `both`: flights with range and apogee: does the posterior hold both, and the class? Published SRBM is
answered by SRBM or quasi-ballistic; a submarine's missile is of any class; space launches, suborbital and
interceptor tests and gliders are left out. A flight whose figures in vacuum (an ellipse through range and
apogee) have less energy than its class reaches is judged by that energy: the class of the posterior's
minimum-energy range shall be that of the ellipse's. `waters`: flights with range, bearing and a verdict of
inside or outside, the verdict withheld. `whole`: wall time for all flights with all that their rows say. The
seed is 0 in all.
"""

import argparse
import csv
import io
import math
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.optimize import brentq

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.basis.constants import MEAN_RADIUS_M, WGS84_MU_M3_S2
from launchwatch.basis.errors import NoEvidenceError
from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.estimate.fuse.likelihood import in_waters_of
from launchwatch.estimate.fuse.posterior import from_claims
from launchwatch.flight.classes import CLASSES, RANGE_LIMITS_M, class_by_range, energy_range_m
from launchwatch.run.flight_tables import predict_table, quantity_of, read_rows

COLUMNS = ("range_km", "apogee_km", "flight_time_min")
OTHER_KINDS = re.compile(r"SLV|suborbital|sounding rocket|interceptor|capsule|HGV")
PUBLISHED = re.compile(r"\b(SRBM|MRBM|IRBM|ICBM)\b")
LOFTED = 1.0
"""Apogee over range above which a flight is lofted: four times that of a minimum-energy path."""


def table_of(rows):
    """Return rows as a table; a bearing of two ends becomes their middle."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    for row in rows:
        bearing = re.sub(
            r"az (\d+)-(\d+)", lambda m: f"az {(int(m[1]) + int(m[2])) / 2:g}", row["direction"] or ""
        )
        writer.writerow({**row, "direction": bearing})
    return text.getvalue().encode()


def posteriors(rows, given, particles):
    """Yield (catalogue row, posterior or the reason why there is none) of rows that hold the given columns."""
    if not rows:
        return
    by_id = {row["id"]: row for row in rows}
    for number, found in enumerate(read_rows(table_of(rows), given)):
        if isinstance(found, tuple):
            yield by_id[found[0]], found[1]
            continue
        rng = np.random.default_rng([0, number])
        try:
            posterior = from_claims(
                found.claims, country=None, date=None, rng=rng, particles=particles, area=found.area
            )
        except NoEvidenceError as error:
            yield by_id[found.id], str(error)
        else:
            yield by_id[found.id], posterior


def said_of(row):
    """Return the columns in which a row says anything that the estimate takes."""
    told = [name for name in COLUMNS if row[name]]
    bearing = re.search(r"az \d", row["direction"] or "") and "default value" not in row["direction"]
    return tuple(told + (["direction"] if bearing else []))


def falls_freely(row):
    """Return whether the body came down with no parachute, as far as the catalogue knows."""
    text = f"{row['class']} {row['notes']}"
    return "no parachute" in text or "parachute" not in text


def third(rows, particles):
    rows = [row for row in rows if all(row[name] for name in COLUMNS) and falls_freely(row)]
    out = {"flights": len(rows)}
    for wanted in COLUMNS:
        given = [name for name in COLUMNS if name != wanted]
        answer = predict_table(table_of(rows), given=given, predict=wanted, particles=particles)
        found = {one["id"]: one for one in answer["flights"]}
        listed = [compared(row, wanted, found[row["id"]]) for row in rows if row["id"] in found]
        lofted = [one["error_percent"] for one in listed if one["lofted"]]
        long = [one["error_percent"] for one in listed if one["published_min"] > 25]
        outside = [one["id"] for one in listed if not one["inside"]]
        own = [one["id"] for one in listed if not one["inside of the flight's own"]]
        out[wanted] = {
            "flights": len(listed),
            "median error, lofted, %": middle(lofted),
            "lofted": len(lofted),
            "median error, over 25 minutes, %": middle(long),
            "over 25 minutes": len(long),
            "outside the 90 % interval": outside,
            "outside that of the flight's own": own,
            "each": listed,
            "left": answer["left"],
        }
    return out


def middle(errors):
    return round(float(np.median(np.abs(errors))), 3) if errors else None


def compared(row, wanted, found):
    value = float(row[wanted])
    return {
        "id": row["id"],
        "name": row["name"],
        "published": value,
        "median": found["median"],
        "p05": found["p05"],
        "p95": found["p95"],
        "error_percent": round(100 * (found["median"] / value - 1), 2),
        "inside": found["p05"] <= value <= found["p95"],
        "inside of the flight's own": found["flight_p05"] <= value <= found["flight_p95"],
        "lofted": float(row["apogee_km"]) > LOFTED * float(row["range_km"]),
        "published_min": float(row["flight_time_min"]),
        "converged": found["converged"],
    }


def ellipse_energy_range_m(range_m, apogee_m):
    """Return how far the energy of a free flight over a sphere without air would reach at the least.

    Ellipse through two points of the ground `range_m` apart, with its farthest point `apogee_m` above it: with
    p = a (1 - e^2), r = p / (1 - e cos(f)), f from the apogee, r(half angle) = R and r(0) = R + apogee.
    """
    half = range_m / MEAN_RADIUS_M / 2
    top = MEAN_RADIUS_M + apogee_m

    def off(e):
        return top * (1 - e) / (1 - e * math.cos(half)) - MEAN_RADIUS_M

    e = brentq(off, 1e-9, 1 - 1e-12)
    axis = top / (1 + e)
    speed = math.sqrt(WGS84_MU_M3_S2 * (2 / MEAN_RADIUS_M - 1 / axis))
    return float(energy_range_m(np.array([speed]), np.zeros(1))[0])


def both(rows, particles):
    rows = [row for row in rows if row["range_km"] and row["apogee_km"]]
    missed, kinds, misses, out_of, judged = [], [], [], [], Counter()
    unsure = []
    for row, found in posteriors(rows, ("range_km", "apogee_km"), particles):
        if isinstance(found, str):
            out_of.append({"id": row["id"], "reason": found})
            continue
        if not found.diagnostics.converged:
            unsure.append(row["id"])
        wrong = reproduced(row, found)
        if wrong:
            missed.append({**told(row), **wrong})
        if OTHER_KINDS.search(row["class"]):
            kinds.append({"id": row["id"], "class": row["class"]})
            continue
        verdict, why = class_right(row, found)
        judged[verdict] += 1
        if verdict.startswith("wrong"):
            misses.append({**told(row), "class": row["class"], "answer": why})
    told_class = sum(count for verdict, count in judged.items() if verdict != "any class")
    right = sum(count for verdict, count in judged.items() if verdict.startswith("right"))
    n = len(rows) - len(out_of)
    return {
        "flights": n,
        "reproduced": n - len(missed),
        "not reproduced": missed,
        "class as published": f"{right} of {told_class}",
        "class as published, share": round(right / told_class, 4),
        "judged": dict(judged),
        "wrong classes": misses,
        "classes left out": kinds,
        "no posterior": out_of,
        "not converged": unsure,
    }


def told(row):
    return {"id": row["id"], "name": row["name"], "range_km": row["range_km"], "apogee_km": row["apogee_km"]}


def reproduced(row, posterior):
    """Return what of range and apogee the posterior misses: nothing, or the figures of it."""
    wrong = {}
    for name in ("range_km", "apogee_km"):
        low, half, high = weighted_quantile(
            quantity_of(posterior, name), posterior.samples.weight, (0.05, 0.5, 0.95)
        )
        value = float(row[name])
        if not (low <= value <= high and abs(half / value - 1) <= 0.05):
            wrong[f"{name}, p05 median p95"] = [round(v, 1) for v in (low, half, high)]
    return wrong


def class_right(row, posterior):
    """Return the verdict on a flight's class, and what was answered."""
    published = PUBLISHED.findall(row["class"])
    if not published:
        return "any class", ""
    samples = posterior.samples
    shares = np.bincount(samples.class_index, weights=samples.weight, minlength=len(CLASSES))
    answer = CLASSES[int(np.argmax(shares))]
    if answer in published or ("SRBM" in published and answer == "quasi-ballistic"):
        return "right as published", answer
    reach = ellipse_energy_range_m(1e3 * float(row["range_km"]), 1e3 * float(row["apogee_km"]))
    lowest = min(CLASSES.index(name) for name in published)
    own = weighted_quantile(
        energy_range_m(samples.burnout_speed_m_s, samples.burnout_height_m), samples.weight, (0.05, 0.5, 0.95)
    )
    text = (
        f"{answer} ({shares.max():.2f}); minimum-energy range {own[1] / 1e3:.0f} km "
        f"({own[0] / 1e3:.0f} to {own[2] / 1e3:.0f}), of the ellipse {reach / 1e3:.0f} km"
    )
    if lowest > 1 and reach < RANGE_LIMITS_M[lowest - 2]:
        verdict = "right by energy" if class_by_range(own[1]) == class_by_range(reach) else "wrong by energy"
        return verdict, f"{text}: flown below its class"
    return "wrong as published", text


def waters(rows, particles):
    wanted = [
        row
        for row in rows
        if row["range_km"] and "direction" in said_of(row) and row["eez"] in ("inside", "outside")
    ]
    listed = []
    for given in sorted({said_of(row) for row in wanted}):
        group = [row for row in wanted if said_of(row) == given]
        for row, found in posteriors(group, given, particles):
            samples = found.samples
            held = in_waters_of("JPN", samples.impact_lat_rad, samples.impact_lon_rad)
            listed.append((row, float(samples.weight @ held)))
    truth = np.array([row["eez"] == "inside" for row, _ in listed])
    chance = np.array([p for _, p in listed])
    right = (chance > 0.5) == truth
    return {
        "flights": len(listed),
        "inside": int(truth.sum()),
        "right side": int(right.sum()),
        "share": round(float(right.mean()), 4),
        "brier": round(float(np.mean((chance - truth) ** 2)), 4),
        "brier of always outside": round(float(truth.mean()), 4),
        "misses": [
            {
                **told(row),
                "verdict": row["eez"],
                "p_inside": round(p, 3),
                "direction": row["direction"],
                "note": row["impact_note"],
            }
            for (row, p), ok in zip(listed, right, strict=True)
            if not ok
        ],
        "each": {row["id"]: round(p, 3) for row, p in listed},
    }


def whole(rows, particles):
    start = time.perf_counter()
    done, without, unsure = 0, Counter(), 0
    for given in sorted({said_of(row) for row in rows}):
        group = [row for row in rows if said_of(row) == given]
        if not set(given) & set(COLUMNS):
            without["no figure"] += len(group)
            continue
        for _, found in posteriors(group, given, particles):
            if isinstance(found, str):
                without[found] += 1
            else:
                done += 1
                unsure += not found.diagnostics.converged
    return {
        "flights": done,
        "wall_s": round(time.perf_counter() - start, 1),
        "not converged": unsure,
        "without a posterior": dict(without),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalog", type=Path)
    parser.add_argument("--particles", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with (args.catalog / "flights.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    parts = {part.__name__: part(rows, args.particles) for part in (third, both, waters, whole)}
    result = {"machine": describe(), "rows": len(rows), "particles": args.particles, **parts}
    report(result, args.json)


if __name__ == "__main__":
    main()
