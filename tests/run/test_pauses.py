"""A node's processes search for garbage seldom, and not among what they loaded."""

import gc
import sys

import pytest

from launchwatch.run.pauses import ALLOCATED, TURN_S, shorten_pauses


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
