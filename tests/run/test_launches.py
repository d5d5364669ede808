"""Reports to launches: copies go where their original goes, unless they tell of another day."""

from launchwatch.facts import Provenance, Report
from launchwatch.observe.read import read_report
from launchwatch.run.launches import copies_of, launches_of, sort_launches

WHO = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")
WORDS = " ".join(f"The statement's part {number} was read out in the hall." for number in range(12))
LEAD = "North Korea fired a ballistic missile on Friday, and it flew 700 km, Japan's defence ministry said."


def read(*texts):
    reports = [
        Report(id=f"report-{k}", evidence="e", origin=f"{k}.txt", text=text, published=published, provenance=WHO)
        for k, (text, published) in enumerate(texts)
    ]
    return [(report, read_report(report, provenance=WHO)) for report in reports]


def test_a_copy_without_a_date_follows_the_one_that_has_it():
    """Of copies the dated one is sorted, also where it is not the longest; both reports tell of its launch."""
    pairs = read((f"{LEAD} {WORDS} And so on.", None), (f"{LEAD} {WORDS}", "2025-11-07"))
    copied = copies_of([report for report, _ in pairs])
    assert copied == {"report-1": "report-0"}
    (launch,), left = launches_of(pairs, copied)
    assert (launch.date, launch.reports, launch.texts, left) == ("2025-11-07", ("report-0", "report-1"), 1, [])
    (group,), _ = sort_launches(pairs, copied)
    assert [member.clues.id for member in group.members] == ["report-1", "report-0"]
    assert group.members[1].reason.startswith("words of a report of this launch")


def test_the_same_words_of_another_day_are_another_launch():
    """Stock phrases make no copy of a report that dates the launch otherwise."""
    pairs = read((f"{LEAD} {WORDS}", "2025-11-07"), (f"{LEAD} {WORDS} And so on.", "2025-10-24"))
    copied = copies_of([report for report, _ in pairs])
    assert len(copied) == 1
    launches, _ = launches_of(pairs, copied)
    assert [launch.key for launch in launches] == ["2025-10-24-north-korea", "2025-11-07-north-korea"]


def test_what_tells_of_no_launch_is_left_with_its_reason():
    """A report without a claim joins none."""
    pairs = read((LEAD, "2025-11-07"), ("The weather was fine.", "2025-11-07"))
    launches, left = launches_of(pairs, {})
    assert len(launches) == 1
    assert left == [("report-1", "no launch is told of that could be read")]


def test_two_states_fire_on_one_day():
    """A South Korean test on the day of a North Korean launch is a launch of its own."""
    pairs = read(
        (LEAD, "2025-11-07"),
        (
            "South Korea test-fired a Hyunmoo-2 missile on Friday. North Korea's missile had flown 700 km before.",
            "2025-11-07",
        ),
        (
            "N\u200borth Korea fired a ballistic missile on Friday that flew 700 km, the ministry said.",
            "2025-11-07",
        ),
    )
    launches, _ = launches_of(pairs, {})
    assert {launch.country: launch.reports for launch in launches} == {
        "North Korea": ("report-0", "report-2"),
        "South Korea": ("report-1",),
    }
