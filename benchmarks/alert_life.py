"""Alert life cycle: random facts in random order, every step held against the rules (specification's test T4).

    python benchmarks/alert_life.py --steps 1000000 --json
    python benchmarks/alert_life.py --steps 20000 --hypothesis 200

One step is one fact fed to a chain whose outcome `tests/tell/alert_world.py` checked; repeated facts and the
replay of each walk, which are checked as well, are counted apart. `--hypothesis N` runs the rules under Hypothesis
for N examples of up to 50 rules besides. One core; deterministic for a seed.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.tell import alert_world as worlds
from tests.tell.test_alerts_stateful import AlertLife

from launchwatch.tell import alerts

LENGTHS = (40, 120, 400)
"""Moves in a walk: short ones begin often, long ones come through many alerts."""


def walks(steps, seed):
    """Return what walks of `steps` facts in all came to; raises where a rule is broken."""
    said, facts, count, start = Counter(), 0, 0, time.process_time()
    while facts < steps:
        status = "exercise" if count % 5 == 4 else "actual"
        world = worlds.walk(random.Random(seed + count), LENGTHS[count % 3], status)
        facts, count = facts + len(world.facts), count + 1
        said.update(f"{step.audience} {step.stage}" for step in world.steps)
    seconds = time.process_time() - start
    return {
        "steps": facts,
        "walks": count,
        "replayed_steps": facts,
        "alert_steps": sum(said.values()),
        "broken": 0,
        "seconds": round(seconds, 1),
        "by_stage": dict(sorted(said.items())),
    }


def step_times(seed, moves=2_000):
    """Return the median and 99th percentile (us) of one `step` within a walk without checks around it."""
    world = worlds.World()
    rng = random.Random(seed)
    for _ in range(moves):
        worlds.random_move(world, rng)
        if len(world.facts) >= moves:
            break
    chain, times = alerts.start(world.policy, world.status), []
    for fact in world.facts:
        begun = time.thread_time_ns()
        chain, _ = alerts.step(chain, fact)
        times.append(time.thread_time_ns() - begun)
    times.sort()
    return {"median_us": times[len(times) // 2] / 1e3, "p99_us": times[int(0.99 * len(times))] / 1e3}


def hypothesis_run(examples):
    """Return how many examples Hypothesis tried, and the seconds; raises where a rule is broken."""
    start = time.process_time()
    wanted = settings(
        max_examples=examples,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(AlertLife, settings=wanted)
    return {"examples": examples, "rules_each": 50, "broken": 0, "seconds": round(time.process_time() - start, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--hypothesis", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = {"walks": walks(asked.steps, asked.seed), "step": step_times(asked.seed)}
    if asked.hypothesis:
        found["hypothesis"] = hypothesis_run(asked.hypothesis)
    if asked.json:
        print(json.dumps(found, indent=1))
        return
    done = found["walks"]
    print(f"{done['steps']} steps in {done['walks']} walks, {done['alert_steps']} alert steps, 0 rules broken")
    print(
        f"{done['seconds']} s; one step {found['step']['median_us']:.0f} us, p99 {found['step']['p99_us']:.0f} us"
    )
    if asked.hypothesis:
        print(f"Hypothesis: {asked.hypothesis} examples, 0 broken, {found['hypothesis']['seconds']} s")


if __name__ == "__main__":
    main()
