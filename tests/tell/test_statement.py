"""The statement: tells what is stated or settled, by whom, and no more."""

import msgspec
import pytest

from launchwatch.basis.likelihood import say_likelihood
from launchwatch.facts import Diagnostics, Interval, TimeInterval
from launchwatch.tell.statement import compose_statement
from launchwatch.tell.wording import say_clock, shown
from tests.estimate.scenes import claim
from tests.tell.scenes import claimed_event, tracked_event

replace = msgspec.structs.replace


def said(event, place="Taegwan"):
    return " ".join(compose_statement(event, place).sentences)


def with_flight(event, **changes):
    return replace(event, objects=(replace(event.objects[0], **changes),))


def with_claims(event, *claims):
    judged = event.claims[0]
    return replace(event, claims=tuple(replace(judged, claim=one) for one in claims))


def test_a_direction_is_told_only_where_it_is_known():
    """An azimuth known to a quarter of the compass gives a word; one known to nothing gives none."""
    event = tracked_event()
    assert "towards the east" in said(event)
    assert "towards" not in said(with_flight(event, azimuth_deg=Interval(median=262, p05=104, p95=427)))


def test_what_nobody_stated_and_nothing_settles_is_not_told():
    """An apogee that nobody claimed, somewhere from 52 to 1,760 km, is named as unsettled, without a figure."""
    event = claimed_event()
    trace = {**event.objects[0].trace, "apogee_km": ()}
    text = said(with_flight(event, trace=trace, apogee_km=Interval(median=167, p05=52, p95=1760)))
    assert "No source stated its apogee, and the rest does not settle it." in text
    assert "167" not in text


def test_an_estimate_that_did_not_converge_says_so():
    """The statement warns before the first figure."""
    event = claimed_event()
    poor = replace(event.objects[0].diagnostics, converged=False)
    assert isinstance(poor, Diagnostics)
    text = said(with_flight(event, diagnostics=poor))
    assert text.index("did not converge") < text.index("assessed to have flown")
    assert "did not converge" not in said(event)


def test_a_class_below_even_odds_is_not_settled():
    """Where no class has half of the probability, the likely ones are listed."""
    classes = {"quasi-ballistic": 0.42, "SRBM": 0.38, "MRBM": 0.2, "IRBM": 0.0, "ICBM": 0.0}
    text = said(with_flight(tracked_event(), class_=classes))
    assert "Its class is not settled: quasi-ballistic 42 %, short-range 38 % and medium-range 20 %." in text


@pytest.mark.parametrize(
    ("counts", "opening", "told"),
    [
        ([("Japan MOD", 2)], "Two objects were launched", "Japan MOD counted 2; the figures below describe one"),
        (
            [("South Korea JCS", 2), ("Japan MOD", 3)],
            "Up to three objects were",
            "South Korea JCS counted 2; Japan",
        ),
        (
            [("South Korea JCS", "multiple")],
            "Several objects were launched",
            "South Korea JCS spoke of multiple objects",
        ),
        ([("outlet", 1), ("Japan MOD", 2)], "Two objects were launched", "Japan MOD counted 2"),
        ([("Japan MOD", 1)], "An object was launched", ""),
    ],
)
def test_counts_are_told_as_said(counts, opening, told):
    """The opening follows the greatest count, and each office's own count is told where any is above one."""
    claims = [claim(i, "count", value, source) for i, (source, value) in enumerate(counts)]
    text = said(with_claims(replace(claimed_event(), disagreements=()), *claims))
    assert text.startswith(opening)
    assert told in text
    assert ("counted" in text or "spoke of" in text) == bool(told)


def test_at_least_stays_at_least():
    """A count that is said to be the least is told as the least."""
    text = said(with_claims(claimed_event(), claim(1, "count", 7, "Japan MOD", qualifier="at_least")))
    assert text.startswith("At least seven objects were launched")
    assert "Japan MOD counted at least 7" in text


def test_a_failed_launch_is_told():
    """A speaker's word that the launch failed stands in the statement."""
    text = said(with_claims(claimed_event(), claim(1, "outcome", "failure", "South Korea JCS")))
    assert "South Korea JCS said that the launch failed." in text
    assert text.index("is said to have failed") < text.index("assessed to have flown")


def test_without_a_direction_no_waters_are_told():
    """Where neither direction nor fall place was stated or tracked, waters are not assessed."""
    event = claimed_event()
    trace = {**event.objects[0].trace, "azimuth_deg": (), "impact": ()}
    text = said(with_flight(event, trace=trace))
    assert "Its direction is not known" in text
    assert "The impact is assessed" not in text


def test_two_launches_minutes_apart_are_told_between():
    """Objects that rose 13 minutes apart are told between both clocks."""
    event = tracked_event()
    one = event.objects[0]
    later = TimeInterval(median="2025-11-07T03:48:00Z", p05="2025-11-07T03:47:50Z", p95="2025-11-07T03:48:10Z")
    two = replace(one, item=2, launch=replace(one.launch, time_utc=later))
    text = said(replace(event, objects=(one, two)))
    assert "between about 12:35 KST (03:35 UTC) and 12:48 KST (03:48 UTC)" in text


def test_waters_are_told_as_each_speaker_said():
    """A speaker's own verdict on waters stands beside the assessed one, with its reserve."""
    claims = [claim(1, "eez", "outside", "Japan MOD", unit="Japan", hedge="likely")]
    text = said(with_claims(claimed_event(), *claims))
    assert "Japan MOD said with reserve that it fell outside Japan's exclusive economic zone." in text


def test_an_impact_beyond_the_known_zones_is_not_called_safe():
    """Where zones are unknown at the impact, no sentence tells of land, and one says that nothing is assessed."""
    text = said(replace(tracked_event(), zones_known=0.0, zones=()))
    assert "is not assessed" in text
    assert "on land" not in text


def test_clocks_name_the_other_day():
    """A morning in Korea is the day before in UTC; far from Korea only UTC is told."""
    assert say_clock("2026-01-03T22:50:00Z") == "07:50 KST (22:50 UTC on 3 January)"
    assert say_clock("2025-11-07T03:35:00Z") == "12:35 KST (03:35 UTC)"
    assert say_clock("2025-03-01T02:00:00Z", korean=False) == "02:00 UTC"


@pytest.mark.parametrize(
    ("probability", "words"),
    [(0.0499, "very unlikely (5 %)"), (0.949, "almost certain (95 %)"), (0.546, "likely (55 %)"), (0.004, "<1 %")],
)
def test_word_and_number_agree(probability, words):
    """The word is the ICD 203 term of the number that is printed beside it."""
    assert words in say_likelihood(probability)


def test_controls_and_overrides_are_not_shown():
    """Escape, NUL, a direction override and a lone surrogate are replaced one for one; letters stay."""
    assert shown("a\x1b[2J\x00\u202eb\ud800\n대관 大館") == "a\ufffd[2J\ufffd\ufffdb\ufffd\n대관 大館"
