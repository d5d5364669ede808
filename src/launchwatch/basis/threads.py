"""Work on rows by several threads: compiled kernels give up the interpreter's lock.

As many as there are cores, or as the environment variable `LAUNCHWATCH_THREADS` says.
"""

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

SETTING = "LAUNCHWATCH_THREADS"

_FEWEST_ROWS = 64


def in_threads(rows: int, work: Callable[[int, int], None], threads: int | None = None) -> None:
    """Call `work(first, last)` for parts of `rows` rows at once, on as many `threads` as are given, or as are set.

    Rows must not depend on one another; then the result does not depend on the number of threads.
    """
    workers = min(threads or _threads(), max(rows // _FEWEST_ROWS, 1))
    if workers == 1:
        work(0, rows)
        return
    edges = [rows * k // workers for k in range(workers + 1)]
    for part in [_pool(workers).submit(work, first, last) for first, last in itertools.pairwise(edges)]:
        part.result()


def _threads() -> int:
    said = os.environ.get(SETTING, "")
    return int(said) if said.isdigit() and int(said) > 0 else os.cpu_count() or 1


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="rows")
