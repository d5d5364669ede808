"""Many independent runs over processes, with progress: their results in the order of their numbers."""

import multiprocessing
import os
import sys
import time

from launchwatch.basis.threads import SETTING


def run_many(one, count, particles, processes, what):
    """Return `one((number, particles))` of the numbers below `count`, by number, and the seconds it took.

    Each process keeps to one thread; results are dictionaries that hold their `number`.
    """
    os.environ[SETTING] = "1"
    start, found = time.perf_counter(), []
    tasks = [(number, particles) for number in range(count)]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for result in pool.imap_unordered(one, tasks):
            found.append(result)
            if len(found) % 50 == 0:
                print(f"{len(found)} {what}, {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return sorted(found, key=lambda result: result["number"]), round(time.perf_counter() - start, 1)
