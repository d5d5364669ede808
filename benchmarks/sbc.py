"""Are posteriors from claims calibrated? Ranks of the truth over 1,000 draws.

Talts et al. 2018, arXiv 1804.06788.

    python benchmarks/sbc.py [--draws 1000] [--particles 500] [--processes 2] [--json FILE]

Each draw is a flight from the prior about one launch area, and claims on it drawn from the claims' own
likelihoods: figures with their gross errors, told as about, exactly, at least, at most and as a range; compass
words and azimuths; classes; trajectories; verdicts on Japan's economic zone; clocks of launch and landing. Which
quantities are told, by whom and with what qualifier is drawn apart from the flight.

A likelihood is a chance of hearing something, up to a constant: where its sum over all that could be said is not
the same for all flights, what is not said is silence. A draw in which a chosen speaker stays silent is put back,
flight and all; that choice depends on the claims alone, so that the posterior is the same. `spoken` tells the
share of draws that were kept.

The rank of the truth among 99 of the particles, drawn without regard to anything, is in one of 20 bins of five:
they are even where the posterior is right. Equal values are ranked at random: one in seven of the prior's flights
have a minimum-energy range of none, their energy not reaching up to 60 km. Chi-square p above 0.01 over the
number of quantities, and central intervals of 50, 90 and 95 % (of all particles) that hold the truth within 5, 3
and 2.5 points, are asked for.
"""

import argparse
import math
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.stats import chisquare

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report
from benchmarks.many import run_many

from launchwatch.estimate.fuse.figures import claim_sigma, figure_log_likelihood, quantity
from launchwatch.estimate.fuse.likelihood import COMPASS_DEG, observe
from launchwatch.estimate.fuse.posterior import flown, from_claims
from launchwatch.estimate.fuse.prior import (
    AZIMUTH,
    EAST,
    METRES_PER_RAD,
    NORTH,
    PRIORS,
    SIZE,
    to_rows,
)
from launchwatch.estimate.fuse.timing import GROSS_CLOCK
from launchwatch.facts import Claim
from launchwatch.flight.classes import energy_range_m
from launchwatch.flight.propagation import BURNOUT_TIME, IMPACT, STATUS, fly_batch
from launchwatch.geo.areas import make_area, sample_area

SEED = 20180418
BINS, RANKED = 20, 99
LEVELS = {0.5: 0.05, 0.9: 0.03, 0.95: 0.025}
P_FLOOR = 0.01
AREA = make_area(
    "launch area", (), "region", np.array([125.9, 127.3]), np.array([39.4, 39.2]), np.ones(2) / 2, 15.0
)
DATE = "2031-03-04"
FIGURES = ("range_km", "apogee_km", "flight_time_min")
QUALIFIERS = ("about", "exact", "at_least", "at_most", "range")
QUALIFIER_SHARES = (0.45, 0.15, 0.15, 0.1, 0.15)
SPEAKERS = ("South Korea JCS", "Japan MOD")
MOST_HEARD = {"about": 1.2, "exact": 1.2, "range": 1.2, "at_least": 1.3, "at_most": 1.6}
"""Bounds on the sums over all that could be said; a flight beyond one stops the run."""

DAY_S = 86400.0
MINUTES = np.arange(1440)


def claim(number, attribute, value, source, **fields):
    return Claim(
        id=f"c{number}", report="r", attribute=attribute, value=value, source=source, span=(0, 1),
        quote=str(value), rule="by hand", **fields,
    )  # fmt: skip


def draw_truth(rng):
    """Return one flight of the prior as samples of one, the launch area's draws included."""
    shares = np.array([prior.share for prior in PRIORS.values()])
    lon, lat = (math.radians(v) for v in AREA.centre_deg)
    while True:
        x = rng.normal(size=(1, SIZE))
        at_lat, at_lon = sample_area(AREA, 1, rng)
        x[:, NORTH] = (at_lat - lat) * METRES_PER_RAD
        x[:, EAST] = (at_lon - lon) * METRES_PER_RAD * math.cos(lat)
        x[:, AZIMUTH] = rng.uniform(0, 2 * math.pi)
        group = rng.choice(len(shares), 1, p=shares / shares.sum())
        rows = to_rows(x, group, (lat, lon))
        outcomes = fly_batch(rows, tolerance_m=30.0)
        if outcomes[0, STATUS] == IMPACT and math.isfinite(outcomes[0, BURNOUT_TIME]):
            return flown(rows, outcomes)


def draw_design(rng):
    """Return what will be told: figures (attribute, speaker, qualifier, width), categories, clocks."""
    figures = [
        (name, speaker, str(rng.choice(QUALIFIERS, p=QUALIFIER_SHARES)), math.exp(rng.uniform(math.log(0.02), 0)))
        for name in FIGURES
        for speaker in SPEAKERS
        if rng.random() < 0.45
    ]
    categories = [
        name
        for name, share in (("word", 0.5), ("azimuth", 0.25), ("class", 0.4), ("trajectory", 0.2), ("eez", 0.3))
        if rng.random() < share
    ]
    clocks = [
        (name, "about" if rng.random() < 0.5 else "exact")
        for name, share in (("launch_time", 0.5), ("landing_time", 0.3))
        if rng.random() < share
    ]
    return figures, categories, clocks


UNIT = {"range_km": 150.0, "apogee_km": 40.0, "flight_time_min": 2.0}
"""Widest ranges that are told ("850 to 900"): a share of these, whatever the value."""


def draw_figure(number, design, truth, rng):
    """Return a claim on a figure drawn from its likelihood over all values, or None for silence.

    The likelihood is asked on a fine grid of values, and inverted.
    """
    name, speaker, qualifier, width = design
    true = quantity(truth, name)
    sigma, x = float(claim_sigma(name, true)[0]), float(true[0])
    near = np.linspace(x - 7 * sigma, x + 7 * sigma, 281)
    grid = np.concatenate([near, x * np.exp(np.linspace(-2.5, 2.5, 301))])
    half = 0.5 * width * UNIT[name] if qualifier == "range" else 0.0
    grid = np.unique(grid[grid - half > 0])
    density = np.array(
        [
            math.exp(figure_log_likelihood(figure_claim(0, name, v, half, speaker, qualifier), true)[0])
            for v in grid
        ]
    )
    reach = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(grid))])
    heard = reach[-1] / MOST_HEARD[qualifier]
    if heard > 1:
        raise AssertionError(f"{name} {qualifier} of {x} is heard {reach[-1]} times")
    if rng.random() > heard:
        return None
    value = float(np.interp(rng.random() * reach[-1], reach, grid))
    return figure_claim(number, name, value, half, speaker, qualifier)


def figure_claim(number, name, value, half, speaker, qualifier):
    told = (value - half, value + half) if half else value
    return claim(number, name, told, speaker, qualifier=qualifier)


def candidates(kind, number):
    """Return all claims that could be made of a kind."""
    if kind == "word":
        return [claim(number, "direction", word, "South Korea JCS") for word in COMPASS_DEG]
    if kind == "azimuth":
        return [claim(number, "direction", float(v), "Japan MOD") for v in range(360)]
    if kind == "class":
        return [claim(number, "missile_class", v, "South Korea JCS") for v in ("SRBM", "MRBM", "IRBM", "ICBM")]
    if kind == "trajectory":
        return [
            claim(number, "trajectory", v, "Japan MOD") for v in ("normal", "lofted", "depressed", "irregular")
        ]
    return [
        claim(number, "eez", v, "Japan government", unit="Japan", hedge="likely") for v in ("inside", "outside")
    ]


CATEGORY_MOST = {"word": 2.4, "azimuth": 12.0, "class": 1.6, "trajectory": 2.4, "eez": 1.2}


def draw_category(kind, number, truth, rng):
    """Return a claim drawn by the likelihoods of all that could be said, or None for silence."""
    said = candidates(kind, number)
    words = [observe([one], country="North Korea")[0] for one in said]
    chance = np.exp([float(word.log_likelihood(truth)[0]) for word in words])
    heard = chance.sum() / CATEGORY_MOST[kind]
    if heard > 1:
        raise AssertionError(f"{kind} is heard {chance.sum()} times")
    if rng.random() > heard:
        return None
    return said[rng.choice(len(said), p=chance / chance.sum())]


CLOCK_SIGMA = {"exact": (40.0, 40.0), "about": (75.0, 150.0)}  # of a minute, and of one that ends in 0 or 5


def draw_clock(design, number, time_s, rng):
    """Return a clock claim of a time of the civil day, or None for silence: a Gaussian about each minute.

    With the likelihood's chance of a gross error it is any minute of the day.
    """
    name, qualifier = design
    plain, round_ = CLOCK_SIGMA[qualifier]
    sigma = np.where(MINUTES % 5 == 0, round_, plain)
    chance = (1 - GROSS_CLOCK) * np.exp(-0.5 * np.square((60.0 * MINUTES - time_s) / sigma))
    chance += GROSS_CLOCK * sigma * math.sqrt(2 * math.pi) / DAY_S
    heard = chance.sum() / (5.0 if qualifier == "about" else 1.75)
    if heard > 1:
        raise AssertionError(f"{name} {qualifier} is heard {chance.sum()} times")
    if rng.random() > heard:
        return None
    minute = int(rng.choice(MINUTES, p=chance / chance.sum()))
    speaker = "South Korea JCS" if name == "launch_time" else "Japan Coast Guard"
    return claim(number, name, f"{minute // 60:02d}:{minute % 60:02d}", speaker, qualifier=qualifier)


def draw_claims(truth, design, rng):
    """Return claims on a flight of which the design tells the kinds; None where one of them stays unsaid."""
    figures, categories, clocks = design
    start = rng.uniform(7200.0, 57600.0)
    times = {"launch_time": start, "landing_time": start + float(truth.flight_time_s[0])}
    makers = [
        *(lambda k, one=one: draw_clock(one, k, times[one[0]], rng) for one in clocks),
        *(lambda k, kind=kind: draw_category(kind, k, truth, rng) for kind in categories),
        *(lambda k, one=one: draw_figure(k, one, truth, rng) for one in figures),
    ]
    claims = []
    for number, maker in enumerate(makers):
        made = maker(number)
        if made is None:
            return None
        claims.append(made)
    return claims


def draw_event(rng):
    """Return a flight of the prior, claims on it, and how many draws it took."""
    while True:
        design = draw_design(rng)
        if design[0]:  # a figure at least
            break
    tried = 0
    while True:
        tried += 1
        truth = draw_truth(rng)
        claims = draw_claims(truth, design, rng)
        if claims is not None:
            return truth, claims, tried


QUANTITIES = {
    "launch latitude": lambda s: s.launch_lat_rad,
    "launch longitude": lambda s: s.launch_lon_rad,
    "azimuth": lambda s: s.azimuth_rad % (2 * math.pi),
    "burnout speed": lambda s: s.burnout_speed_m_s,
    "burnout angle": lambda s: s.burnout_angle_rad,
    "range": lambda s: s.range_m,
    "apogee": lambda s: s.apogee_m,
    "flight time": lambda s: s.flight_time_s,
    "impact latitude": lambda s: s.impact_lat_rad,
    "impact longitude": lambda s: s.impact_lon_rad,
    "minimum-energy range": lambda s: energy_range_m(s.burnout_speed_m_s, s.burnout_height_m),
}


def one_draw(task):
    number, particles = task
    rng = np.random.default_rng([SEED, number])
    truth, claims, tried = draw_event(rng)
    posterior = from_claims(claims, country=None, date=DATE, rng=rng, particles=particles, area=AREA)
    samples = posterior.samples
    chosen = rng.choice(len(samples), RANKED, replace=False)
    ranks, levels = {}, {}
    for name, of in QUANTITIES.items():
        own, true = of(samples), float(of(truth)[0])
        tie = rng.random()
        ranks[name] = int(np.sum(own[chosen] < true) + tie * (1 + np.sum(own[chosen] == true)))
        levels[name] = float(np.mean(own < true) + tie * np.mean(own == true))
    found = posterior.diagnostics
    return {
        "number": number, "ranks": ranks, "levels": levels, "tried": tried, "claims": len(claims),
        "effective": found.effective_sample_size, "converged": found.converged, "samples": found.samples,
        "class": int(truth.class_index[0]),
    }  # fmt: skip


def judged(found):
    out = {}
    for name in QUANTITIES:
        ranks = np.array([one["ranks"][name] for one in found])
        below = np.array([one["levels"][name] for one in found])
        counts = np.bincount(ranks * BINS // (RANKED + 1), minlength=BINS)
        held = {level: float(np.mean(np.abs(below - 0.5) <= level / 2)) for level in LEVELS}
        p = float(chisquare(counts).pvalue)
        even = p > P_FLOOR / len(QUANTITIES)
        within = all(abs(held[level] - level) <= slack for level, slack in LEVELS.items())
        out[name] = {
            "chi-square p": float(f"{p:.3g}"),
            "coverage": {f"{100 * level:g} %": round(share, 4) for level, share in held.items()},
            "even": even,
            "coverage holds": within,
            "counts": counts.tolist(),
        }
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--particles", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found, wall_s = run_many(one_draw, args.draws, args.particles, args.processes, "draws")
    quantities = judged(found)
    result = {
        "machine": describe(),
        "draws": args.draws,
        "particles": args.particles,
        "seed": SEED,
        "wall_s": wall_s,
        "spoken": round(args.draws / sum(one["tried"] for one in found), 3),
        "claims an event, mean": round(float(np.mean([one["claims"] for one in found])), 2),
        "effective size, median": float(np.median([one["effective"] for one in found])),
        "not converged": sum(not one["converged"] for one in found),
        "classes of the truth": dict(sorted(Counter(one["class"] for one in found).items())),
        "uneven": [name for name, one in quantities.items() if not one["even"]],
        "coverage missed": [name for name, one in quantities.items() if not one["coverage holds"]],
        "quantities": quantities,
    }
    report(result, args.json)


if __name__ == "__main__":
    main()
