"""Work on rows by several threads: compiled kernels give up the interpreter's lock."""

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

_FEWEST_ROWS = 64


def in_threads(rows: int, work: Callable[[int, int], None], threads: int | None = None) -> None:
    """Call `work(first, last)` for parts of `rows` rows at once, on all cores or as many `threads` as are given.

    Rows must not depend on one another; then the result does not depend on the number of threads.
    """
    workers = min(threads or os.cpu_count() or 1, max(rows // _FEWEST_ROWS, 1))
    if workers == 1:
        work(0, rows)
        return
    edges = [rows * k // workers for k in range(workers + 1)]
    for part in [_pool().submit(work, first, last) for first, last in itertools.pairwise(edges)]:
        part.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="rows")
