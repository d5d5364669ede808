"""Observations: what an office says counts once, however often it is quoted, copied or put into other units."""

from launchwatch.facts import Claim
from launchwatch.facts.observations import observe_claims


def claim(report, value, source="Japan MOD", attribute="range_km", **known):
    return Claim(
        id=f"{report}-{value}", report=report, attribute=attribute, value=value, source=source, span=(0, 1),
        quote="x", rule="test", **known,
    )  # fmt: skip


def test_an_office_quoted_by_many_is_one_observation():
    """One value of one office is one, whatever the hedge and unit; copies add no text."""
    said = [
        claim("a", 700.1, unit="mi"),
        claim("b", 700, unit="km", qualifier="about"),
        claim("c", 700, unit="km"),
        claim("d", 680, unit="km"),
    ]
    one, other = observe_claims(said, {"c": "b"})
    assert (one.said.value, one.reports, one.originals) == (700, ("a", "b", "c"), ("a", "b"))
    assert (other.said.value, other.texts) == (680, 1)


def test_offices_are_named_once():
    """The military and the joint chiefs of South Korea are one office; Japan's ministry is another."""
    said = [
        claim(str(k), 700, source) for k, source in enumerate(("South Korea MND", "South Korea JCS", "Japan MOD"))
    ]
    assert [(one.office, one.texts) for one in observe_claims(said, {})] == [
        ("South Korea JCS", 2),
        ("Japan MOD", 1),
    ]


def test_what_differs_in_kind_stays_apart():
    """Bounds, denials, objects of a salvo and zones of two states are observations of their own."""
    said = [
        claim("a", 700),
        claim("a", 700, qualifier="at_least"),
        claim("a", 700, polarity="denied"),
        claim("a", 700, item=2),
        claim("a", "outside", attribute="eez", unit="Japan"),
        claim("a", "outside", attribute="eez", unit="Russia"),
    ]
    assert [one.attribute for one in observe_claims(said, {})] == ["range_km"] * 4 + ["eez"] * 2


def test_earlier_launches_are_left_out():
    """What a report tells of an earlier launch is no observation of this one."""
    assert observe_claims([claim("a", 700, about="previous")], {}) == []


def test_one_date_stands_once_however_it_was_stated():
    """A date said as Friday, as the 7th and in full is one observation, told by the quote that states it whole."""
    said = [
        claim("a", "2025-11-07", attribute="event_date", unit="weekday"),
        claim("b", "2025-11-07", attribute="event_date", unit="day-only"),
        claim("c", "2025-11-07", attribute="event_date"),
    ]
    (one,) = observe_claims(said, {})
    assert one.reports == ("a", "b", "c")
    assert one.said.report == "c"
