"""Days and figures in words."""

import pytest

from launchwatch.tell.wording import say_day, say_figure, say_stage


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2025-11-07", "7 November 2025"),
        ("--10-22", "22 October, year unknown"),
        ("---07", "the 7th, month unknown"),
        ("---11", "the 11th, month unknown"),
        ("---22", "the 22nd, month unknown"),
        ("---31", "the 31st, month unknown"),
        ("Friday", "Friday"),
        ("--13-01", "--13-01"),
        ("", ""),
    ],
)
def test_days_are_said_in_words(given, said):
    """What is known of a day is said, and what is unknown named."""
    assert say_day(given) == said


@pytest.mark.parametrize(
    ("given", "said"), [(9999, "9,999"), (700.1, "700"), (97.6, "97.6"), (5, "5"), (1e6, "1,000,000")]
)
def test_figures_have_their_thousands_parted(given, said):
    """A figure of a unit that was converted has no decimals that nobody said."""
    assert say_figure(given) == said


def test_a_stage_says_where_its_track_is_lost():
    """A launch after a predicted fall is told as what it is; others as they are."""
    assert say_stage("launch", "overtaken: the track is lost since 03:38; where it falls is not known") == (
        "launch, track lost"
    )
    assert say_stage("launch", "confirmed, probability 0.9") == "launch"
    assert say_stage("passed", "the track is lost") == "passed"
