"""Do release rules leak? Random facts to a partner, random graphs of labels, and what a decision costs.

    python benchmarks/release_rules.py [--cases 100000] [--graphs 1000000] [--relays 10000] [--json FILE]

Non-interference (T10): a case is up to three random facts of random kinds under random views, with random labels
on random fields; then every field, label and fact that the partner may not know is drawn anew, and the messages
must be the same to the byte, their instants to the second. Relays are the same over a third node. Graphs (T11):
up to eight facts, with circles, unknown inputs, own labels, rules for fields, and officers' words, true and
forged; no fact may let out more than its inputs do but by a true word. Each rule that is broken on purpose must be
caught. Where no leak was found in n cases, the probability of one in a case is below 3 / n (95 %). Decisions are
timed in thread CPU time.
"""

import argparse
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec
from benchmarks.machine import describe, report
from tests.tell.release_cases import (
    BROKEN,
    PARTNER,
    graphs_too_wide,
    leaks,
    pool_of,
    random_labels,
    relayed_feed_of,
)

from launchwatch.facts import KINDS
from launchwatch.facts.shared import VIEWS
from launchwatch.tell.sharing import share, start_feed

BROKEN_CASES = 300


def timed(function):
    start = time.thread_time()
    result = function()
    return result, round(time.thread_time() - start, 1)


def decisions(rng, repeats):
    """Return the time of one decision for each kind and view: median and greatest, microseconds."""
    pool, found = pool_of(rng, 10), {}
    for kind, views in VIEWS.items():
        facts = [msgspec.convert(one, KINDS[kind]) for one in pool[kind]]
        for view in views:
            feed, times = start_feed(PARTNER), []
            for i in range(repeats):
                labels = random_labels(kind, rng)
                start = time.thread_time_ns()
                share(feed, kind, facts[i % len(facts)], labels, view, now_s=0.0)
                times.append((time.thread_time_ns() - start) / 1e3)
            times = sorted(times[10:])
            found[f"{kind}, {view}"] = {
                "median_us": round(times[len(times) // 2]),
                "p99_us": round(times[int(0.99 * len(times))]),
            }
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--relays", type=int, default=10_000)
    parser.add_argument("--graphs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    (leaked, messages, _), cases_s = timed(lambda: leaks(rng, given.cases))
    (relayed, passed, _), relays_s = timed(lambda: leaks(rng, given.relays, feed_of=relayed_feed_of))
    (wide, facts), graphs_s = timed(lambda: graphs_too_wide(rng, given.graphs))
    broken = {name: leaks(random.Random(given.seed), BROKEN_CASES, rule)[0] for name, rule in BROKEN.items()}
    result = {
        "machine": describe("msgspec", "cryptography"),
        "seed": given.seed,
        "non_interference": {"cases": given.cases, "messages": messages, "leaks": leaked, "cpu_s": cases_s},
        "relays": {"cases": given.relays, "messages": passed, "leaks": relayed, "cpu_s": relays_s},
        "graphs": {"graphs": given.graphs, "facts": facts, "too_wide": wide, "cpu_s": graphs_s},
        "broken_rules_caught": {name: f"{count} of {BROKEN_CASES}" for name, count in broken.items()},
        "decision": decisions(rng, 400),
    }
    report(result, given.json)
    if leaked or relayed or wide or not all(broken.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
