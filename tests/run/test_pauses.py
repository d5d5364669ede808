"""A node's processes search for garbage seldom, not among what they loaded, and give back freed memory."""

import ctypes
import gc
import sys
from pathlib import Path

import pytest

from launchwatch.run.pauses import ALLOCATED, TURN_S, give_back_memory, shorten_pauses


@pytest.fixture(autouse=True)
def _as_it_was():
    thresholds, turn_s = gc.get_threshold(), sys.getswitchinterval()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(turn_s)


def test_what_is_loaded_is_not_searched_again():
    """All that is there stands apart; a search begins after many new objects; threads change often."""
    before = len(gc.get_objects())
    shorten_pauses()
    assert gc.get_freeze_count() > 0.9 * before
    assert gc.get_threshold()[0] == ALLOCATED
    assert sys.getswitchinterval() == pytest.approx(TURN_S)


def own_mb():
    """Return the process's memory that is not pages of files, MB, as Linux tells it (proc(5), RssAnon)."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["RssAnon"].split()[0]) / 1024.0


@pytest.mark.skipif(
    not (sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim")), reason="only glibc can give back"
)
def test_holes_among_what_is_kept_are_given_back():
    """Of 64 MB in pieces of 64 KiB all but every eighth are freed: nearly seven eighths go back to the system."""
    pieces = [b"\1" * (64 << 10) for _ in range(1024)]
    del pieces[::8], pieces[::7], pieces[::6], pieces[::5], pieces[::4], pieces[::3], pieces[::2]
    assert len(pieces) == 128
    before = own_mb()
    give_back_memory()
    assert before - own_mb() > 40.0
