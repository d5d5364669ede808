"""What holds up a process that others wait for: searches for garbage, and threads that wait for their turn.

And what lets its memory be flat: freed memory that the C library keeps is given back to the system.
"""

import ctypes
import gc
import sys
from collections.abc import Callable
from functools import cache

ALLOCATED = 50_000
"""Objects more than before, for which garbage is looked for: nearly all of a node's is freed without a search, and
a full one of a loaded process takes 50 to 120 ms, as long as the whole way to a partner may."""

TURN_S = 0.001
"""How long a thread computes while another waits, s: a fifth of the interpreter's own 5 ms, a commit's time,
so that a message is not held up by a comparison of tracks; shorter would only change threads more often."""

GIVEN_BACK_LOOKS = 500
"""Looks between which freed memory is given back: some 30 s of a node under load, the lag, in which all records of
a tracking are replaced, so that what is given back is not asked for again at once. It takes 0.2 to 8 ms, 0.2 % of
what the looks take."""


def shorten_pauses() -> None:
    """Set what is loaded apart from what is searched for garbage, search seldom, and change threads often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATED, *gc.get_threshold()[1:])
    sys.setswitchinterval(TURN_S)


def give_back_memory() -> None:
    """Give pages that hold nothing back to the system; the C library does so only from the end of its heap.

    A tracking frees and makes records of all sizes, and each burst of new tracks leaves holes among those that
    live on: without this every wave of launches adds to them, some 0.5 MB a launch, though nothing is held longer.
    """
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Callable[[int], int] | None:
    """Return glibc's `malloc_trim`; None where the C library is another."""
    try:
        found = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    found.argtypes, found.restype = [ctypes.c_size_t], ctypes.c_int
    return found
