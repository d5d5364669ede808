"""Fit how far offices' published figures err, from flights for which two authorities gave one.

    python builders/fit_speaker_errors.py FLIGHTS.csv SECOND.csv [--write]

Of a flight of true value x, an office says x exp(d) with a normal error of scale s(x), s(x)^2 = a^2 + (b / x)^2 in
logarithm, with probability `CARELESS` three times as wide, or, with probability `GROSS`, something of scale 0.5.
Two offices' figures of one flight therefore differ by d2 - d1 with the sum of both variances. a and b are
log-normal about `PRIOR` within a factor of two, and are what all offices share: no office has pairs enough for
scales of its own. An offset d is an office's only where at least `FEWEST_PAIRS` pairs name it, normal about zero
with 5 %. The posterior is summed over a grid; printed are its means, their standard deviations, and the means
under priors half and twice as large. `--write` makes
`facts/data/speaker_errors.json`.
"""

import argparse
import csv
import json
import math
from collections import defaultdict
from pathlib import Path

import numpy as np

OUT = Path(__file__).parents[1] / "src/launchwatch/facts/data/speaker_errors.json"
PRIOR = {"range_km": (0.05, 10.0), "apogee_km": (0.05, 5.0), "flight_time_min": (0.02, 0.5)}
FACTOR = math.log(2.0)
OFFSET_SIGMA = 0.05
FEWEST_PAIRS = 10
GROSS, GROSS_SPREAD = 0.07, 0.5
CARELESS, WIDER = 0.1, 3.0
MIXED = (
    ((1 - CARELESS) ** 2, 1.0),
    (2 * CARELESS * (1 - CARELESS), (1 + WIDER**2) / 2),
    (CARELESS**2, WIDER**2),
)
"""Both careful, one careless, both: share, and the variance over that of two careful ones."""

STEPS = 41


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return None  # 'more than 2,500' is no pair


def pairs(flights, second):
    """Return (first figure, second figure, second's authority) of each attribute."""
    with flights.open(encoding="utf-8") as one, second.open(encoding="utf-8") as other:
        first = {row["id"]: row for row in csv.DictReader(one)}
        found = defaultdict(list)
        for row in csv.DictReader(other):
            for name in PRIOR:
                here, there = number(first.get(row["id"], {}).get(name, "")), number(row[name])
                if here and there:
                    found[name].append((here, there, row["authority"]))
    return found


def normal(off, variance):
    return np.exp(-0.5 * np.square(off) / variance) / np.sqrt(2 * math.pi * variance)


def fit(name, rows, scale=1.0):
    """Return means and standard deviations of a, b and the offsets of offices with enough pairs."""
    counts = defaultdict(int)
    for *_, office in rows:
        counts[office] += 1
    offices = sorted(office for office, count in counts.items() if count >= FEWEST_PAIRS)
    grid = np.exp(np.linspace(-2.5, 2.5, STEPS) * FACTOR)
    a, b = (scale * middle * grid for middle in PRIOR[name])
    weight = np.exp(-0.5 * np.square(np.linspace(-2.5, 2.5, STEPS)))
    offsets = np.linspace(-0.15, 0.15, STEPS) if offices else np.zeros(1)
    log_p = np.log(weight)[:, None, None] + np.log(weight)[None, :, None]
    log_p = log_p - 0.5 * np.square(offsets / OFFSET_SIGMA)[None, None, :]
    for here, there, office in rows:
        middle = math.sqrt(here * there)
        variance = 2 * (np.square(a)[:, None, None] + np.square(b / middle)[None, :, None])
        shift = offsets[None, None, :] if office in offices else 0.0
        off = math.log(there / here) - shift
        core = sum(share * normal(off, times * variance) for share, times in MIXED)
        wide = variance / 2 + GROSS_SPREAD**2
        gross = normal(off, wide)
        log_p = log_p + np.log((1 - 2 * GROSS) * core + 2 * GROSS * gross)
    p = np.exp(log_p - log_p.max())
    p /= p.sum()

    def told(values, axis):
        share = p.sum(axis=tuple(k for k in range(3) if k != axis))
        mean = float(share @ values)
        return mean, float(np.sqrt(share @ np.square(values - mean)))

    return told(a, 0), told(b, 1), {office: told(offsets, 2) for office in offices[:1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flights", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    table = {}
    for name, rows in pairs(given.flights, given.second).items():
        relative, absolute, offsets = fit(name, rows)
        spread = {f"prior x {factor:g}": fit(name, rows, factor) for factor in (0.5, 2.0)}
        table[name] = {
            "pairs": len(rows),
            "relative": round(relative[0], 4),
            "relative_sigma": round(relative[1], 4),
            "absolute": round(absolute[0], 3),
            "absolute_sigma": round(absolute[1], 3),
            "offset": {office: [round(v, 4) for v in pair] for office, pair in offsets.items()},
            "under": {
                key: {"relative": round(one[0][0], 4), "absolute": round(one[1][0], 3)}
                for key, one in spread.items()
            },
        }
    print(json.dumps(table, indent=1))
    if given.write:
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
