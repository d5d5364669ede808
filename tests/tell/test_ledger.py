"""Ledger, scoreboard and proficiency drills."""

import pytest
from msgspec.structs import replace

from launchwatch.facts import Delivery, Drill, Ledger, Release, TrustStore
from launchwatch.tell.ledger import judge_alert, ledger_of, scoreboard
from launchwatch.tell.proficiency import sign_drill, why_drill_counts_not, why_locked
from tests.tell.released import KIM, LIVE, MADE, NOW, TRUST, asked, private, trusted

STEP, TEXTS, REQUEST = asked()
RELEASE = Release(
    id="r", request=REQUEST.id, step=STEP.id, alert=STEP.alert, outcome="released",
    decided_utc="2026-03-01T00:00:20.000000Z", reason="", provenance=MADE,
)  # fmt: skip


def delivery(outcome, received=None, channel="web", bulletin="b"):
    return Delivery(
        id=f"{channel}{outcome}", bulletin=bulletin, step=STEP.id, channel=channel, digest="",
        sent_utc="2026-03-01T00:00:21.000000Z", received_utc=received, outcome=outcome, provenance=MADE,
    )  # fmt: skip


BACK = "2026-03-01T00:00:22.000000Z"


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        ("asked", {}),
        ("released", {"release": RELEASE}),
        ("sent", {"release": RELEASE, "deliveries": [delivery("sent")]}),
        ("read back", {"release": RELEASE, "deliveries": [delivery("sent"), delivery("read back", BACK)]}),
        (
            "differs",
            {"release": RELEASE, "deliveries": [delivery("read back", BACK), delivery("differs", channel="b")]},
        ),
        ("refused", {"release": replace(RELEASE, outcome="refused")}),
    ],
)
def test_an_entry_says_how_far_a_step_came(outcome, found):
    """The outcome is the furthest point of the worst channel, and the times are those of the facts."""
    entry = ledger_of(STEP, request=REQUEST, **found)
    assert entry.outcome == outcome
    assert entry.asked_utc == REQUEST.asked_utc
    assert entry.received_utc == (BACK if outcome in {"read back", "differs"} else None)


def entry(stage, decided, released="same", **fields):
    at = f"2026-03-01T00:{decided:02d}:00.000000Z"
    made = Ledger(
        id=f"{stage}{decided}", step=f"{stage}{decided}", alert="a", stage=stage, audience="public",
        status="exercise", launch_utc="2026-03-01T00:00:00.000000Z", detected_utc=at, confirmed_utc=at,
        decided_utc=at, asked_utc=at, released_utc=at if released == "same" else released, sent_utc=at,
        received_utc=at, outcome="read back", provenance=MADE,
    )  # fmt: skip
    return replace(made, **fields)


@pytest.mark.parametrize(
    ("ended", "steps"),
    [
        ("real", [entry("launch", 1), entry("passed", 8)]),
        ("real", [entry("launch", 1), entry("fell_inside", 8)]),
        ("real", [entry("launch", 1), entry("fell_at_sea", 8)]),
        ("lifted", [entry("launch", 1), entry("no_longer_possible", 8)]),
        ("false", [entry("launch", 1), entry("issued_in_error", 8)]),
        ("late", [entry("launch", 5), entry("passed", 8)]),
        ("late", [entry("launch", 1, "2026-03-01T00:09:00.000000Z"), entry("fell_inside", 8)]),
        ("missed", [entry("launch", 1, None), entry("fell_inside", 8)]),
        ("missed", [entry("passed", 8)]),
        ("open", [entry("launch", 1)]),
        ("open", [entry("launch", 1, None)]),
    ],
)
def test_an_alert_is_judged_by_what_came(ended, steps):
    """Real, false, missed, late, lifted or open, by the stages and by when the first word went out."""
    assert judge_alert(steps) == ended


def test_the_scoreboard_counts_and_times():
    """The last entry of each step counts; times are from release to read-back."""
    board = scoreboard([
        entry("launch", 1, received_utc=None, outcome="sent"),
        entry("launch", 1, received_utc="2026-03-01T00:01:01.500000Z"),
        entry("passed", 8),
        entry("launch", 1, alert="b", step="b1", audience="ships"),
    ])  # fmt: skip
    assert (board.real, board.false, board.missed, board.late, board.bulletins) == (1, 0, 0, 0, 3)
    assert board.release_to_received_p99_s == pytest.approx(1.5)
    assert board.alerts == (("a", "real"),)


SINCE = "2026-01-10T00:00:00Z"


def drill(held, *, passed=True):
    return Drill(id=held, held_utc=held, passed=passed, score="0" * 64, key="", signature="")


@pytest.mark.parametrize(
    ("drills", "now", "locked"),
    [
        ([], "2026-02-01T00:00:00Z", False),
        ([], "2026-04-30T00:00:00Z", False),
        ([], "2026-05-01T00:00:00Z", True),
        ([drill("2026-02-03T00:00:00Z")], "2026-05-31T00:00:00Z", False),
        ([drill("2026-02-03T00:00:00Z")], "2026-06-01T00:00:00Z", True),
        (
            [drill("2026-02-03T00:00:00Z"), drill("2026-05-03T00:00:00Z", passed=False)],
            "2026-06-01T00:00:00Z",
            True,
        ),
        ([drill("2026-06-02T00:00:00Z")], "2026-06-02T01:00:00Z", False),
        ([drill("2027-06-02T00:00:00Z")], "2026-06-02T01:00:00Z", True),
    ],
)
def test_three_months_without_a_drill_lock(drills, now, locked):
    """Three whole months without a passed drill lock live release; a passed one unlocks it."""
    assert (why_locked(drills, SINCE, now) is not None) == locked


def test_a_drill_is_signed_by_a_live_officer():
    """A record signed by an exercise key, altered, or from the future does not count."""
    good = sign_drill(drill("2026-02-03T00:00:00Z"), private(LIVE))
    trust = TrustStore(keys=(trusted(LIVE, "Sato", realm="live"), trusted(KIM, "Kim")))
    assert why_drill_counts_not(good, trust, NOW) is None
    for bad in (
        sign_drill(good, private(KIM)),
        replace(good, score="1" * 64),
        sign_drill(drill("2026-12-03T00:00:00Z"), private(LIVE)),
        sign_drill(drill("someday"), private(LIVE)),
        replace(good, key="key-x"),
    ):
        assert why_drill_counts_not(bad, trust, NOW) is not None
    assert why_drill_counts_not(good, TRUST, NOW) is None
