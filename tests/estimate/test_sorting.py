"""Reports to launches."""

import pytest

from launchwatch.estimate.fuse.sorting import Group, clues_of, sort_reports
from launchwatch.observe.clues import distinctive_names, launching_state
from tests.estimate.scenes import PLACE, SEOUL, TOKYO, claim


def report(id_, when, *claims, country="North Korea", names=()):
    return clues_of(id_, country, [claim(900, "event_date", when), *claims] if when else list(claims), names)


def test_one_day_one_launch():
    """Two reports of one day and state are one launch; another day is another."""
    groups, left = sort_reports(
        [report("a", "2025-11-07", *SEOUL), report("b", "2025-11-07", *TOKYO), report("c", "2025-10-22")]
    )
    assert [(g.date, sorted(m.clues.id for m in g.members)) for g in groups] == [
        ("2025-10-22", ["c"]),
        ("2025-11-07", ["a", "b"]),
    ]
    assert left == []


def test_one_day_two_states_are_two_launches():
    """Launches by two states on one day never mix."""
    groups, _ = sort_reports([report("a", "2025-11-07"), report("b", "2025-11-07", country="Iran")])
    assert len(groups) == 2


def test_undated_report_joins_by_content():
    """A weekday, a place and a figure in common are enough, and the reasons are told."""
    dated = report("a", "2025-11-07", *PLACE, *SEOUL)
    undated = report("b", "Friday", PLACE[0], *SEOUL)
    groups, left = sort_reports([dated, report("x", "2023-12-18"), undated])
    assert left == []
    (joined,) = [m for m in groups[-1].members if m.clues.id == "b"]
    assert joined.probability > 0.9
    assert "2025-11-07 was a Friday" in joined.reason
    assert "the same range" in joined.reason


def test_undated_report_without_likeness_stays_unassigned():
    """Another weekday, range and place leave a report unassigned, with its probability."""
    far = [claim(1, "launch_area", "Sinpo", "South Korea JCS"), claim(2, "range_km", 60, "South Korea JCS")]
    _, left = sort_reports([report("a", "2025-11-07", *PLACE, *SEOUL), report("b", "Tuesday", *far)])
    assert [joined.clues.id for joined in left] == ["b"]
    assert left[0].probability < 0.2


def test_month_and_day_join_their_year():
    """'November 7' without a year joins the launch of 7 November, and no other."""
    groups, left = sort_reports([report("a", "2025-11-07", *SEOUL), report("b", "--11-07", *SEOUL)])
    assert len(groups) == 1
    assert left == []
    _, left = sort_reports([report("a", "2025-11-07", *SEOUL), report("b", "--05-08")])
    assert len(left) == 1


def test_a_day_of_the_month_joins_less_than_a_day_of_the_year():
    """'The 7th' fits the launch of the 7th, with less weight than '7 November', and no launch of another day."""
    dated = report("a", "2025-11-07", *SEOUL)
    found = {}
    for when in ("---07", "--11-07", "---22"):
        groups, left = sort_reports([dated, report("b", when, claim(1, "range_km", 690, "Japan MOD"))])
        found[when] = next(m for m in [*groups[0].members, *left] if m.clues.id == "b")
    assert "the same day of the month, 7" in found["---07"].reason
    assert 0.8 < found["---07"].probability < found["--11-07"].probability
    assert found["---22"].probability < 0.2


def test_undated_reports_alone_form_launches():
    """Where nothing is dated, reports that agree form one launch, and one that differs another."""
    a = report("a", "Friday", *PLACE, *SEOUL)
    b = report("b", "Friday", PLACE[0], claim(8, "eez", "outside", "Japan government"))
    c = report("c", "Monday", claim(1, "range_km", 3000, "KCNA"), claim(2, "missile_class", "ICBM", "KCNA"))
    groups, left = sort_reports([a, b, c])
    assert sorted(sorted(m.clues.id for m in g.members) for g in groups) == [["a", "b"], ["c"]]
    assert left == []


def test_reports_join_a_tracked_launch_in_place():
    """A launch that a recording shows takes up the reports of its day."""
    known = Group(None, "2025-11-07")
    groups, _ = sort_reports([report("a", "2025-11-07")], [known])
    assert groups == [known]
    assert known.country == "North Korea"


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("North Korea fired a ballistic missile, South Korea and Japan said.", "North Korea"),
        ("Iran launched missiles on Tuesday. The United States condemned it.", "Iran"),
        ("합참은 북한이 탄도미사일을 발사했다고 밝혔다.", "North Korea"),
        ("北朝鮮から弾道ミサイルが発射された。", "North Korea"),
        ("India test-fired an Agni missile.", "India"),
        ("The weather was fine.", None),
    ],
)
def test_launching_state(text, state):
    """The state that a text says fired is found in three languages."""
    assert launching_state(text) == state


def test_names_that_all_share_tell_nothing():
    """A name in every report is common; one in two of twelve is distinctive."""
    texts = [f"He met Kim Jong there. {'It was Takaichi who spoke.' if i < 2 else ''}" for i in range(12)]
    names = distinctive_names(texts)
    assert any("Takaichi" in name for name in names[0])
    assert not any("Kim" in name for found in names for name in found)


@pytest.mark.parametrize(
    ("one", "other", "joins"),
    [
        (("05:57", None), ("20:57", "GMT"), True),
        (("23:59", None), ("00:01", None), True),
        (("05:57", None), ("20:57", None), False),
    ],
)
def test_launch_times_are_compared_on_the_dial(one, other, joins):
    """One time in two zones, or on both sides of midnight, is the same launch time."""
    told = [claim(2, "launch_time", one[0], "South Korea JCS", unit=one[1])]
    heard = [claim(3, "launch_time", other[0], "US military", unit=other[1])]
    groups, _ = sort_reports([report("a", "2017-08-29", *told), report("b", "Tuesday", *heard)])
    reasons = [m.reason for g in groups for m in g.members if m.clues.id == "b"]
    assert any("the same launch time" in reason for reason in reasons) is joins


def test_common_words_are_no_names():
    """Months, weekdays, countries, demonyms, titles and offices are no distinctive names; people and towns are."""
    text = (
        "It was said on Friday, Nov. 7 that the North Korean missile, as Japan and South Korea know, rose in May. "
        "In Seoul, Prime Minister Sanae Takaichi and the Joint Chiefs of Staff told Reuters of Taegwan, East Sea."
    )
    assert distinctive_names([text]) == [{"Sanae", "Takaichi", "Taegwan"}]


@pytest.mark.parametrize(("one", "other"), [("none reported", "none confirmed"), ("none", "none reported")])
def test_no_damage_is_no_damage(one, other):
    """Damage that is not reported and damage that is not confirmed are one account."""
    groups, _ = sort_reports(
        [
            report("a", "2025-11-07", claim(1, "damage", one, "Japan PM")),
            report("b", "2025-11-07", claim(2, "damage", other, "Japan MOD")),
        ]
    )
    reasons = [m.reason for m in groups[0].members if m.clues.id == "b"]
    assert "agree on damage" in reasons[0]


@pytest.mark.parametrize("dated", [[], [report("a", "2025-11-07", *SEOUL)]])
def test_a_text_without_a_launch_says_so(dated):
    """Rice prices and '[1,2]' join nothing, whatever names they share, because they tell of no launch."""
    _, left = sort_reports([*dated, report("rice", None, names=["Taegwan", "Takaichi"])])
    assert [(joined.clues.id, joined.probability) for joined in left] == [("rice", 0.0)]
    assert "no launch is told of" in left[0].reason


@pytest.mark.parametrize(
    ("published", "said"), [("2099-01-01", True), ("2025-13-45", True), ("2025-11-08", False)]
)
def test_a_publication_date_that_cannot_be_used_is_said(published, said):
    """The date that the text states wins, and the reason names the publication date that does not fit."""
    stated = [claim(900, "event_date", "2025-11-07"), *SEOUL]
    groups, left = sort_reports([clues_of("a", "North Korea", stated, published=published)])
    assert left == []
    assert groups[0].date == "2025-11-07"
    assert (f"its publication date, {published}, cannot be used" in groups[0].members[0].reason) is said


@pytest.mark.parametrize(
    ("date_span", "day"),
    [
        ((14, 26), "2017-08-29"),  # "20:57 GMT on Aug. 28": the 29th in Korea
        ((60, 72), "2017-08-28"),  # elsewhere in the text: the day as the launch site counts it
    ],
)
def test_a_date_beside_a_clock_stands_in_its_zone(date_span, day):
    """A date told with a clock of another zone is that zone's; the launch's day is the civil one."""
    clock = claim(1, "launch_time", "20:57", "US military", unit="GMT", span=(4, 13))
    dated = claim(2, "event_date", "2017-08-28", "US military", span=date_span)
    assert clues_of("a", "North Korea", [dated, clock]).dated == day
