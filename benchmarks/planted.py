"""Claims that do not fit: one planted in every second of 500 simulated events, found by the leave-one-out check.

    python benchmarks/planted.py [--events 500] [--particles 500] [--json FILE]

A flight is drawn from the prior, launched anywhere in North Korea; two or three offices make three to six claims
on range, apogee, flight time, direction, clocks and class, each with the error that the claim model gives it and
none grossly wrong. In a copy of every second event one claim is then made wrong: miles for kilometres and the
reverse, range and altitude swapped, digits dropped, doubled or exchanged, seconds or hours for minutes, a clock of
another zone, a count told as a range, another flight's figure. A claim is flagged if its verdict is strained or
inconsistent. The oracle holds every claim against the true flight, with the speaker's own error alone.

Clear slips are those that move the value by more than five combined sigmas (the speaker's and the rest's) where at
least two independent quantities bear on it: other offices' figures for it, other figures, a pair of clocks.
"""

import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.assess.consistency import judge, not_weighed
from launchwatch.basis.errors import NoEvidenceError
from launchwatch.basis.instants import parse_instant
from launchwatch.estimate.fuse.expected_clocks import instant_expected
from launchwatch.estimate.fuse.figures import ABOVE, claim_sigma, quantity
from launchwatch.estimate.fuse.leaving_out import Rest, predict_claims, predict_word
from launchwatch.estimate.fuse.likelihood import observe
from launchwatch.estimate.fuse.posterior import flown, from_claims
from launchwatch.estimate.fuse.prior import EAST, METRES_PER_RAD, NORTH, PRIORS, draw_latents, to_rows
from launchwatch.estimate.fuse.timing import timing
from launchwatch.facts import Claim, ClaimPrediction
from launchwatch.flight.propagation import BURNOUT_TIME, IMPACT, STATUS, fly_batch
from launchwatch.geo.places import resolve_place, sample_area

SEED = 20251107
COUNTRY, DATE = "North Korea", "2025-11-07"
OFFICES = ("South Korea JCS", "Japan MOD", "US military")
FIGURES = ("range_km", "apogee_km", "flight_time_min")
CLOCKS = ("launch_time", "landing_time")
ATTRIBUTES = (*FIGURES, "direction", *CLOCKS, "missile_class")
POINTS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")
SAID = {  # what a flight of each class is called, without the rare slips
    "SRBM": (0.95, 0.95, 0.15, 0, 0),
    "MRBM": (0.05, 0.05, 0.95, 0.2, 0),
    "IRBM": (0, 0, 0.2, 0.95, 0.15),
    "ICBM": (0, 0, 0, 0.15, 0.95),
}
FLAGGED = ("strained", "inconsistent")
MILE = 1.609344
CLEAR = 5.0


def fly_one(rng):
    """Return one flight of the prior, launched somewhere in the country, and when (Unix, s)."""
    area = resolve_place(COUNTRY)
    lon, lat = area.centre_deg
    middle = math.radians(lat), math.radians(lon)
    shares = np.array([prior.share for prior in PRIORS.values()])
    while True:
        x, group = draw_latents(64, rng, shares)
        lats, lons = sample_area(area, 64, rng)
        x[:, NORTH] = (lats - middle[0]) * METRES_PER_RAD
        x[:, EAST] = (lons - middle[1]) * METRES_PER_RAD * math.cos(middle[0])
        one = rng.integers(64)
        rows = to_rows(x[one : one + 1], group[one : one + 1], middle)
        outcomes = fly_batch(rows, tolerance_m=30.0)
        if outcomes[0, STATUS] != IMPACT or not np.isfinite(outcomes[0, BURNOUT_TIME]):
            continue
        flight = flown(rows, outcomes)
        if 30e3 < flight.range_m[0] < 1.6e7:
            launch = parse_instant(f"{DATE}T00:00:00Z") + 3600 * rng.uniform(-3, 9)
            return replace(flight, launch_time_s=np.array([launch]))


def true_value(flight, attribute):
    return float(quantity(flight, attribute)[0])


def clock(seconds, hours=9.0):
    at = round((seconds / 60 + 60 * hours) % 1440) % 1440
    return f"{at // 60:02d}:{at % 60:02d}"


def say(flight, attribute, office, number, rng):
    """Return a claim as an office would make it of a flight, by the claim model, never grossly wrong."""
    qualifier, value = None, None
    if attribute in FIGURES:
        x = true_value(flight, attribute)
        sigma = float(claim_sigma(attribute, x))
        figure, form = x + rng.normal() * sigma, rng.random()
        least = max(0.1 * x, 1.0)
        digits = 1 if attribute == "flight_time_min" else 0
        if form < 0.1:
            figure, qualifier = figure - rng.exponential(ABOVE * x), "at_least"
        elif form < 0.2:
            width = 0.06 * x + sigma
            first = figure - rng.random() * width
            value = (round(max(first, least), digits), round(max(first, least) + width, digits))
            qualifier = "range"
        else:
            qualifier = "about" if form < 0.6 else "exact"
        if value is None:
            value = round(max(figure, least), digits)
    elif attribute == "direction":
        azimuth = math.degrees(float(flight.azimuth_rad[0])) + 15 * rng.normal()
        value = POINTS[round(azimuth / 45) % 8]
    elif attribute == "missile_class":
        chance = np.array([row[int(flight.class_index[0])] for row in SAID.values()])
        value = list(SAID)[rng.choice(len(SAID), p=chance / chance.sum())]
    else:
        when = flight.launch_time_s[0] + (flight.flight_time_s[0] if attribute == "landing_time" else 0)
        value = clock(when + 36 * rng.normal())
    return Claim(
        id=f"c{number}", report="r", attribute=attribute, value=value, source=office, qualifier=qualifier,
        span=(0, 1), quote=str(value), rule="simulated",
    )  # fmt: skip


def claims_of(flight, rng):
    """Return three to six claims by two or three offices, two of them on range, apogee or flight time."""
    offices = OFFICES[: rng.integers(2, 4)]
    pairs = [(a, o) for a in ATTRIBUTES for o in offices]
    while True:
        chosen = [pairs[k] for k in rng.permutation(len(pairs))[: rng.integers(3, 7)]]
        if sum(a in FIGURES for a, _ in chosen) >= 2 and len({o for _, o in chosen}) >= 2:
            return [say(flight, a, o, k, rng) for k, (a, o) in enumerate(chosen)]


def as_number(claim):
    value = claim.value
    return 0.5 * (value[0] + value[1]) if isinstance(value, tuple) else float(value)


def digit_errors(value, rng):
    text = str(round(value))
    k = int(rng.integers(len(text)))
    yield "digit dropped", text[:k] + text[k + 1 :]
    yield "digit doubled", text[: k + 1] + text[k:]
    if len(text) > 1:
        k = int(rng.integers(len(text) - 1))
        yield "digits exchanged", text[:k] + text[k + 1] + text[k] + text[k + 2 :]


def slips(claim, flight, other, rng):
    """Return the wrong values that a claim may get, by kind."""
    attribute, found = claim.attribute, {}
    if attribute in FIGURES:
        value = as_number(claim)
        found = {kind: float(text or 0) for kind, text in digit_errors(value, rng)}
        found["another flight's"] = round(true_value(other, attribute), 1)
        if attribute == "flight_time_min":
            found["seconds for minutes"], found["hours for minutes"] = value * 60, round(value / 60, 2)
        else:
            found["miles for kilometres"], found["kilometres for miles"] = round(value / MILE), round(value * MILE)
            swapped = "apogee_km" if attribute == "range_km" else "range_km"
            found["range and altitude swapped"] = round(true_value(flight, swapped))
        if attribute == "range_km":
            found["count as range"] = float(rng.integers(1, 11))
    elif attribute in CLOCKS:
        hours, minutes = (int(part) for part in claim.value.split(":"))
        seconds = 3600 * hours + 60 * minutes
        found["local for UTC"] = clock(seconds, -9.0)
        found["an hour off"] = clock(seconds, 1.0 if rng.random() < 0.5 else -1.0)
    else:
        found["another flight's"] = say(other, attribute, claim.source, 0, rng).value
    old = claim.value if isinstance(claim.value, str) else as_number(claim)
    return {kind: new for kind, new in found.items() if new != old and (isinstance(new, str) or new > 0)}


def plant(claims, flight, rng):
    """Return the claims with one made wrong, its place, and the kind; kinds come about equally often."""
    other = fly_one(rng)
    options = defaultdict(list)
    for k, claim in enumerate(claims):
        for kind, value in slips(claim, flight, other, rng).items():
            options[kind].append((k, value))
    kind = sorted(options)[rng.integers(len(options))]
    k, value = options[kind][rng.integers(len(options[kind]))]
    qualifier = "exact" if isinstance(claims[k].value, tuple) else claims[k].qualifier
    wrong = Claim(
        id=claims[k].id, report="r", attribute=claims[k].attribute, value=value, source=claims[k].source,
        qualifier=qualifier, span=(0, 1), quote=str(value), rule="planted",
    )  # fmt: skip
    return [*claims[:k], wrong, *claims[k + 1 :]], k, kind


@dataclass
class Estimates:
    """Posteriors of one event by the claims that entered: a planted copy shares those that leave its claim out."""

    event: int
    particles: int
    known: dict

    def of(self, claims):
        key = tuple(sorted((c.attribute, c.source, str(c.value)) for c in claims))
        if key not in self.known:
            rng = np.random.default_rng([SEED, self.event, 1])
            try:
                self.known[key] = from_claims(
                    claims, country=COUNTRY, date=DATE, rng=rng, particles=self.particles, retries=0
                )
            except NoEvidenceError as error:
                self.known[key] = error
        if isinstance(self.known[key], NoEvidenceError):
            raise self.known[key]
        return self.known[key]

    def check(self, claims):
        """Return predictions and verdicts by the claims' ids."""
        posterior = self.of(claims)
        found = predict_claims(posterior, lambda left: self.of([c for c in claims if c not in left]))
        judged = {p.claim.id: (p, judge(p)) for p in found}
        return {c.id: judged.get(c.id, (None, not_weighed(c))) for c in claims}


def oracle(claim, flight):
    """Return the verdict on a claim by the true flight, the speaker's own error alone between them."""
    rest = Rest(flight, np.ones(1), 1e9, ())
    if claim.attribute in CLOCKS:
        (word,) = timing([claim], DATE).words
        below, _, _ = instant_expected(word, [], flight, np.ones(1), 0.0)
        middle = 0.0
        p = min(1.0, 2 * min(below, 1 - below))
        return judge(ClaimPrediction(claim, "o", p, -1.0, middle, 1.0, 1e9, ())).verdict
    observed = observe([claim], country=COUNTRY)
    if not observed:
        return not_weighed(claim).verdict
    (observation,) = observed
    return judge(predict_word(observation.words[0], "o", rest)).verdict


def bearing_on(claim, others):
    """Return how many independent quantities among other claims bear on a claim."""
    told = {(c.attribute, c.source) for c in others}
    figures = sum(a in FIGURES for a, _ in told)
    launch, landing = (sum(a == name for a, _ in told) for name in CLOCKS)
    if claim.attribute in FIGURES:
        return figures + (launch > 0 and landing > 0)
    if claim.attribute in CLOCKS:
        same, opposite = (launch, landing) if claim.attribute == "launch_time" else (landing, launch)
        return same + (opposite > 0 and figures > 0) * 2
    if claim.attribute == "missile_class":
        return figures
    return sum(a == "direction" for a, _ in told)


def sigmas_moved(old, new, prediction):
    """Return by how many combined sigmas a slip moved a figure or clock; 0 for words and where nothing is told."""
    if math.isnan(prediction.low) or prediction.claim.attribute == "direction":
        return 0.0
    if old.attribute in CLOCKS:
        minutes = [60 * int(c.value[:2]) + int(c.value[3:]) for c in (old, new)]
        moved = abs(math.remainder(minutes[1] - minutes[0], 1440))
    else:
        moved = abs(as_number(new) - as_number(old))
    return moved / ((prediction.high - prediction.low) / 3.29)


def row_of(claim, found):
    """Return a claim's attribute, verdict and what its prediction was."""
    if claim.id not in found:
        return claim.attribute, "none", None, None
    p, verdict = found[claim.id]
    if p is None:
        return claim.attribute, verdict.verdict, verdict.p_value, None
    return claim.attribute, verdict.verdict, p.p_value, (p.low, p.middle, p.high, p.effective_samples)


def run(job):
    event, particles = job
    rng = np.random.default_rng([SEED, event])
    flight = fly_one(rng)
    claims = claims_of(flight, rng)
    estimates = Estimates(event, particles, {})
    clean = estimates.check(claims)
    result = {
        "event": event,
        "clean": [row_of(c, clean) for c in claims],
        "oracle_clean": [oracle(c, flight) for c in claims],
    }
    if event % 2 == 0:
        wrong, k, kind = plant(claims, flight, rng)
        try:
            found = estimates.check(wrong)
        except NoEvidenceError as error:
            result["planted"] = {"kind": kind, "refused": str(error)}
            return result
        prediction, verdict = found.get(wrong[k].id, (None, None))
        others = [c for i, c in enumerate(wrong) if i != k]
        moved = sigmas_moved(claims[k], wrong[k], prediction) if prediction else 0.0
        result["planted"] = {
            "kind": kind, "index": k, "attribute": wrong[k].attribute,
            "old": claims[k].value, "new": wrong[k].value,
            "verdict": verdict.verdict if verdict else "none", "reason": verdict.reason if verdict else "",
            "oracle": oracle(wrong[k], flight), "sigmas": moved,
            "p": prediction.p_value if prediction else None, "bearing": int(bearing_on(wrong[k], others)),
            "bystanders": [(c.attribute, found[c.id][1].verdict) for c in others if c.id in found],
        }  # fmt: skip
    return result


def share(hits, total):
    return {"n": total, "share": round(hits / total, 4) if total else None}


def flagged(verdicts):
    verdicts = list(verdicts)
    return share(sum(v in FLAGGED for v in verdicts), len(verdicts))


def tells(row):
    """Return whether a clean claim of a kept row could be tested."""
    return row[1] not in ("untestable", "none")


def summarize(results):
    clean = [row for r in results for row in r["clean"]]
    told = [r["planted"] for r in results if "planted" in r]
    planted = [p for p in told if "refused" not in p]
    clear = [p for p in planted if p["sigmas"] > CLEAR and p["bearing"] >= 2]
    # Whether it can be tested is asked of the claim as it was: a wide interval excludes only what is far outside.
    tested = [p for r in results if (p := r.get("planted")) in planted and tells(r["clean"][p["index"]])]
    by_kind = {}
    for kind in sorted({p["kind"] for p in planted}):
        rows = [p for p in planted if p["kind"] == kind]
        by_kind[kind] = {
            "all": flagged(p["verdict"] for p in rows),
            "oracle": flagged(p["oracle"] for p in rows)["share"],
            "untestable": sum(p["verdict"] == "untestable" for p in rows),
            "clear": flagged(p["verdict"] for p in rows if p in clear),
        }
    testable = [v for _, v, *_ in clean if v not in ("untestable", "none")]
    return {
        "events": len(results),
        "clean claims flagged": flagged(v for _, v, *_ in clean),
        "clean claims flagged, of the testable": flagged(testable),
        "clean claims flagged by the oracle": flagged(v for r in results for v in r["oracle_clean"]),
        "clean claims by attribute": {
            name: {"flagged": flagged(v for a, v, *_ in clean if a == name),
                   "untestable": sum(a == name and v == "untestable" for a, v, *_ in clean)}
            for name in ATTRIBUTES
        },
        "clean claims beside a planted one flagged": flagged(v for p in planted for _, v in p["bystanders"]),
        "planted, clear": flagged(p["verdict"] for p in clear),
        "planted, two or more quantities bearing": {
            "found": flagged(p["verdict"] for p in planted if p["bearing"] >= 2),
            "oracle": flagged(p["oracle"] for p in planted if p["bearing"] >= 2),
        },
        "planted, testable": {
            "found": flagged(p["verdict"] for p in tested), "oracle": flagged(p["oracle"] for p in tested),
        },
        "planted, all": {
            "found": flagged(p["verdict"] for p in planted), "oracle": flagged(p["oracle"] for p in planted),
        },
        "by kind": by_kind,
        "refused": dict(Counter(p["refused"] for p in told if "refused" in p)),
        "clear and missed": [p for p in clear if p["verdict"] not in FLAGGED],
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=500)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first event: others than the kept run's"
    )
    parser.add_argument("--particles", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the result here too")
    parser.add_argument("--rows", type=Path, help="keep every event's verdicts here, and go on from them")
    args = parser.parse_args()
    wanted = range(args.first, args.first + args.events)
    kept = args.rows.read_text().splitlines() if args.rows and args.rows.exists() else []
    results = [row for row in map(json.loads, kept) if row["event"] in wanted]
    done = {row["event"] for row in results}
    jobs = [(event, args.particles) for event in wanted if event not in done]
    with get_context("fork").Pool(args.processes) as workers:
        for result in workers.imap_unordered(run, jobs):
            results.append(result)
            if args.rows:
                with args.rows.open("a") as rows:
                    rows.write(json.dumps(result, default=float) + "\n")
    results.sort(key=lambda result: result["event"])
    report({"machine": describe("scipy"), "seed": SEED, **summarize(results)}, args.json)


if __name__ == "__main__":
    main()
