"""What holds up a process that others wait for: searches for garbage, and threads that wait for their turn."""

import gc
import sys

ALLOCATED = 50_000
"""Objects more than before, for which garbage is looked for: nearly all of a node's is freed without a search, and
a full one of a loaded process takes 50 to 120 ms, as long as the whole way to a partner may."""

TURN_S = 0.001
"""How long a thread computes while another waits, s: a fifth of the interpreter's own 5 ms, a commit's time,
so that a message is not held up by a comparison of tracks; shorter would only change threads more often."""


def shorten_pauses() -> None:
    """Set what is loaded apart from what is searched for garbage, search seldom, and change threads often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATED, *gc.get_threshold()[1:])
    sys.setswitchinterval(TURN_S)
