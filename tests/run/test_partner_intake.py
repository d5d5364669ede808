"""What a partner's stream brings: early, doubled, lost, too much, by a wrong clock. No broker, no waiting."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.basis.signatures import public_hex
from launchwatch.channels.bus import Incoming
from launchwatch.facts import Alarm, FieldLabels, Label, PartnerFact, Rejection
from launchwatch.facts.message import FIRST
from launchwatch.run.partner_intake import LOST_S, Bucket, Intake, Terms, fewer
from launchwatch.tell.cloudevents import cloud_event
from launchwatch.tell.sharing import share, start_feed
from tests.run.sharing_stand import MADE, state

KEY = Ed25519PrivateKey.generate()
NOW = 1762486600.0
LABELS = FieldLabels.all(Label.of("KR", "US"))


@pytest.fixture(scope="module")
def stream():
    """Return thirty signed messages of KR for US."""
    feed, digest, out = start_feed("US"), FIRST, []
    for n in range(30):
        shared = share(feed, "state", state(n), LABELS, "full", now_s=NOW)
        data, digest = cloud_event(
            shared, node="KR", realm="exercise", recipient="US", number=n + 1, previous=digest, now_s=NOW,
            private=KEY,
        )  # fmt: skip
        out.append(data)
    return out


def intake(**terms):
    return Intake(Terms("KR", public_hex(KEY), "US", "exercise", **{"most_per_s": 500.0, **terms}))


def come(data, place, *, stored_s=NOW, waiting=0, deliveries=1):
    return Incoming("lw.exercise.KR.US.state", f"KR-US-{place}", data, place, stored_s, waiting, deliveries, None)


def kinds(facts):
    return [type(fact).__name__ for fact in facts]


def test_what_came_early_waits_for_what_is_before_it(stream):
    """Messages 3 and 2 before 1 make facts in order, and are acknowledged only then."""
    taker = intake()
    facts, done = taker.take([come(stream[2], 3), come(stream[1], 2)], NOW)
    assert (facts, done) == ([], [])
    facts, done = taker.take([come(stream[0], 1)], NOW + 1)
    assert [fact.number for fact in facts] == [1, 2, 3]
    assert [one.place for one in done] == [1, 2, 3]


def test_what_comes_again_has_no_effect(stream):
    """Delivered again, before or after a restart, it is acknowledged, no more; put in again it is refused."""
    taker = intake()
    facts, _ = taker.take([come(stream[0], 1)], NOW)
    again, done = taker.take([come(stream[0], 1, deliveries=2)], NOW + 2)
    assert (again, len(done)) == ([], 1)
    restarted = intake()
    restarted.heard = taker.heard
    restarted.remember(fact.digest for fact in facts)
    assert restarted.take([come(stream[0], 1)], NOW + 3)[0] == []
    replayed, _ = taker.take([come(stream[0], 7)], NOW + 4)
    assert kinds(replayed) == ["Rejection"]
    assert replayed[0].reason.startswith("replayed")


def test_what_is_lost_is_given_up_after_a_while(stream):
    """A gap is waited out for 8 s, then the feed goes on behind it."""
    taker = intake()
    taker.take([come(stream[0], 1)], NOW)
    assert taker.take([come(stream[2], 3)], NOW + 1)[0] == []
    assert taker.take([], NOW + LOST_S)[0] == []
    facts, _ = taker.take([], NOW + 1 + LOST_S)
    assert [fact.number for fact in facts] == [3]


def test_a_flood_of_refusals_is_few_facts():
    """A thousand broken messages make three refusals and one that stands for the rest."""
    taker = intake()
    facts, done = taker.take([come(b"x%d" % n, n) for n in range(1, 1001)], NOW)
    refused = [fact for fact in facts if isinstance(fact, Rejection)]
    assert len(done) == 1000
    assert len(refused) == 4
    assert sum(fact.count for fact in refused) == 1000


def test_a_refusal_that_counts_in_the_sequence_stands():
    """How far a feed was taken must follow from the log."""
    one = Rejection(
        id="rejection-1", evidence="partner KR", what="m", reason="impossible", line=4, provenance=MADE
    )
    assert fewer([one] * 9) == [one] * 9


def test_a_flood_rings_once_and_is_cleared():
    """Three times the agreed rate for longer than a burst rings; the agreed rate ends it."""
    taker = intake(most_per_s=10.0)
    sent = [come(b"x%d" % n, n, stored_s=NOW + n / 30, waiting=0) for n in range(1, 91)]
    alarms = [f for f in taker.take(sent, NOW + 3)[0] if isinstance(f, Alarm)]
    assert [(a.what, a.name, a.state) for a in alarms] == [("partner", "KR", "raised")]
    calm = [come(b"y%d" % n, 100 + n, stored_s=NOW + 10 + n / 5, waiting=0) for n in range(70)]
    alarms = [f for f in taker.take(calm, NOW + 24)[0] if isinstance(f, Alarm)]
    assert [a.state for a in alarms] == ["cleared"]


@pytest.mark.parametrize("off_s", [3600.0, -3600.0])
def test_a_clock_that_is_off_by_an_hour_is_flagged(off_s):
    """A sign of life an hour ahead or behind rings once; the right time clears it."""
    taker = intake()
    first = taker.beat(format_instant(NOW + off_s), NOW)
    assert [(a.what, a.name, a.state) for a in first] == [("clock", "KR", "raised")]
    assert "3600" in first[0].reason
    assert taker.beat(format_instant(NOW + 1 + off_s), NOW + 1) == []
    assert [a.state for a in taker.beat(format_instant(NOW + 2), NOW + 2)] == ["cleared"]
    assert taker.beat("no time", NOW) == []


def test_future_dated_messages_flag_the_clock(stream):
    """Messages from the future are refused, and the partner's clock is told of."""
    facts, _ = intake().take([come(stream[0], 1)], NOW - 3600)
    assert kinds(facts) == ["Rejection", "Alarm"]
    assert facts[1].what == "clock"


def test_a_bucket_lets_through_its_rate():
    """Ten a second with a burst of twenty: 20 at once, 10 after a second, never more than the burst."""
    bucket = Bucket(10.0, 20.0)
    assert bucket.room(NOW) == 20
    bucket.take(20)
    assert bucket.room(NOW + 0.5) == 5
    assert bucket.room(NOW + 100) == 20
    assert bucket.room(NOW + 50) == 20  # a clock that steps back gives nothing


def test_a_partner_that_is_away_rings_and_is_back():
    """Each once."""
    taker = intake()
    assert [a.state for a in taker.away("no broker", NOW)] == ["raised"]
    assert taker.away("no broker", NOW + 1) == []
    assert [a.state for a in taker.away(None, NOW + 2)] == ["cleared"]


def test_what_rang_before_a_restart_is_cleared_after_it():
    """A taker that starts while its partner's alarms stand clears them once they are over, each by itself."""
    before = intake()
    rung = [*before.away("no broker", NOW), *before.beat(format_instant(NOW + 3600), NOW)]
    assert [(one.what, one.state) for one in rung] == [("partner", "raised"), ("clock", "raised")]
    after = intake()
    after.resume(rung)
    assert after.away("no broker", NOW + 1) == []
    assert [(one.what, one.state) for one in after.away(None, NOW + 2)] == [("partner", "cleared")]
    assert [(one.what, one.state) for one in after.beat(format_instant(NOW + 3), NOW + 3)] == [
        ("clock", "cleared")
    ]


def test_ids_follow_from_content(stream):
    """The same message makes the same fact whenever it is taken."""
    one, other = intake().take([come(stream[0], 1)], NOW), intake().take([come(stream[0], 9)], NOW)
    assert isinstance(one[0][0], PartnerFact)
    assert one[0][0].id == other[0][0].id
    assert content_id("x") == content_id("x")
