"""What partners sent: taken as their fact, or refused with its own reason; and the messages that carry it."""

import json
import math

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from hypothesis import given, settings
from hypothesis import strategies as st

from launchwatch.basis.ids import sha256_hex
from launchwatch.facts import FieldLabels, Label, PartnerFact, Provenance, Rejection, canonical_bytes
from launchwatch.facts.message import LARGEST_BYTES, message_schema
from launchwatch.observe.partners import Heard, heard_from, parse_shared
from launchwatch.tell.cloudevents import CONTENT_TYPE
from tests.observe.shared_samples import LABELS, NOW_S, OTHER, US_KEY, body_of, resigned, shared_message

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
NOW = "2025-11-07T03:35:10Z"


def parse(data, last=Heard(), **options):  # noqa: B008 - a NamedTuple of constants
    options = {
        "partner": "US", "key": US_KEY, "me": "KR", "realm": "exercise", "now_utc": NOW, "provenance": WHO,
        **options,
    }  # fmt: skip
    return parse_shared(data, last=last, **options)


def with_body(**changes):
    data = shared_message()
    body = json.loads(body_of(data))
    body["update"] |= changes
    return resigned(data, body=json.dumps(body).encode())


def test_a_message_is_a_cloudevent():
    """The CloudEvents SDK reads it as version 1.0, and finds the attributes and the view."""
    event = from_structured_event(HTTPMessage({"content-type": CONTENT_TYPE}, shared_message()))
    assert (event.get_specversion(), event.get_type()) == ("1.0", "launchwatch.state")
    assert (event.get_source(), event.get_subject()) == ("launchwatch/US/exercise", "track-1")
    assert event.get_dataschema() == "urn:launchwatch:shared:state:1"
    assert event.get_extension("status") == "exercise"
    assert len(event.get_data()["update"]["covariance"]) == 36


def test_a_message_fits_its_schema():
    """`launchwatch schema shared` describes it, and extension names keep to lower-case letters and digits."""
    import jsonschema

    document = json.loads(shared_message())
    jsonschema.validate(document, message_schema())
    assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in document)


def test_a_partners_fact_is_taken():
    """A genuine message is a fact with its number, subject, version, labels and body."""
    data = shared_message()
    heard, fact = parse(data)
    assert isinstance(fact, PartnerFact)
    assert heard == Heard(1, sha256_hex(data))
    assert (fact.kind, fact.subject, fact.version, fact.status) == ("state", "track-1", 1, "exercise")
    assert fact.labels == LABELS
    assert json.loads(fact.body)["update"]["plots"] == 30


def _deep():
    data = shared_message()
    return resigned(data, body=b'{"update":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


BAD = {
    "empty": (lambda: b"", "broken"),
    "no JSON": (lambda: b"{", "broken"),
    "oversized": (lambda: shared_message() + b" " * LARGEST_BYTES, "oversized"),
    "not canonical": (lambda: shared_message() + b" ", "canonical"),
    "said twice": (lambda: shared_message().replace(b'"view":"full"', b'"view":"x","view":"full"'), "canonical"),
    "unknown attribute": (lambda: shared_message().replace(b'"view":', b'"aim":1,"view":'), "unknown field"),
    "flipped byte": (lambda: shared_message().replace(b'"plots":30', b'"plots":31'), "forged"),
    "another's key": (lambda: shared_message(private=OTHER), "forged"),
    "signature of zeros": (lambda: resigned(shared_message())[:-130] + b"0" * 128 + b'"}', "forged"),
    "of the live realm": (lambda: shared_message(realm="live"), "wrong realm"),
    "said to be live": (lambda: resigned(shared_message(), status="actual"), "wrong realm"),
    "of another node": (lambda: shared_message(node="JP"), "wrong sender"),
    "for another partner": (lambda: shared_message(recipient="JP"), "wrong recipient"),
    "ahead": (lambda: shared_message(number=3), "reordered or lost"),
    "another chain": (lambda: shared_message(previous="1" * 64), "broken chain"),
    "from the future": (lambda: shared_message(now_s=NOW_S + 7), "future-dated: time is 7.0 s ahead"),
    "of the future": (lambda: with_body(time_utc="2025-11-07T03:36:00Z"), "future-dated: update.time_utc"),
    "unknown kind": (lambda: resigned(shared_message(), type="launchwatch.order"), "unknown kind"),
    "name with a command": (lambda: resigned(shared_message(), subject="track-1\x1b[2J"), "broken: subject"),
    "name of a path": (lambda: resigned(shared_message(), origin="../JP"), "broken: origin"),
    "unknown view": (lambda: resigned(shared_message(), view="all"), "unknown view"),
    "unknown version": (
        lambda: resigned(shared_message(), dataschema="urn:launchwatch:shared:state:2"),
        "unknown version",
    ),
    "not for us": (lambda: _labelled(Label.of("US", "JP")), "does not let us"),
    "not for its sender": (lambda: _labelled(Label.of("JP", "KR")), "does not let its sender"),
    "our own": (lambda: _labelled(Label.of("KR", "US")), "echo"),
    "made by us": (
        lambda: shared_message(origin="KR", labels=FieldLabels.all(Label.of("JP", "KR", "US"))),
        "echo",
    ),
    "a relay as its own": (lambda: shared_message(origin="JP"), "a relay as the sender's own"),
    "no labels": (lambda: resigned(shared_message(), label="{}"), "no label for all"),
    "labels out of form": (lambda: resigned(shared_message(), label='{"":{"owners":[]}}'), "wrongly labelled"),
    "deep": (_deep, "nested too deeply"),
    "deep in the message": (lambda: b'{"data":' + b"[" * 100_000, "nested too deeply"),
    "NaN": (lambda: resigned(shared_message(), body=b'{"update":{"existence":NaN}}'), "broken"),
    "too large a number": (lambda: resigned(shared_message(), body=b'{"update":{"nis":1e999}}'), "broken"),
    "field of another kind": (lambda: with_body(provenance={}), "broken: no shared state"),
    "in the earth": (lambda: with_body(position_ecef_m=[1.0, 2.0, 3.0]), "impossible: position"),
    "too fast": (lambda: with_body(velocity_ecef_m_s=[9e3, 9e3, 0.0]), "impossible: speed"),
    "no latitude": (lambda: with_body(impact={"lat_deg": 91.0}), "impossible: lat_deg"),
    "no probability": (lambda: with_body(existence=1.1), "impossible: existence"),
    "no covariance": (lambda: with_body(covariance=[1.0] * 35), "impossible: covariance"),
    "negative variance": (lambda: with_body(covariance=[-1.0] * 36), "impossible: covariance"),
    "no instant": (lambda: with_body(impact={"time_utc": "tomorrow"}), "impossible: instant"),
    "revision zero": (lambda: resigned(shared_message(), revision=0), "revision"),
}


def _labelled(label):
    return resigned(shared_message(), label=canonical_bytes({"": label}).decode())


@pytest.mark.parametrize("name", sorted(BAD))
def test_each_fault_has_its_reason(name):
    """A bad message is a rejection that names what is wrong, and its partner."""
    make, reason = BAD[name]
    _, fact = parse(make())
    assert isinstance(fact, Rejection)
    assert reason in fact.reason
    assert fact.evidence == "partner US"


def test_a_replay_is_refused():
    """What was taken is not taken twice, and what comes late says so."""
    first = shared_message()
    heard, _ = parse(first)
    second = shared_message(2, heard.digest)
    later, _ = parse(second, heard)
    assert "replayed: it was taken" in parse(second, later).fact.reason
    assert "its number has passed" in parse(first, later).fact.reason


def test_a_gap_can_be_given_up():
    """Messages that are lost for good are passed over on request only."""
    late = shared_message(5, "5" * 64)
    heard, fact = parse(late)
    assert (heard, type(fact)) == (Heard(), Rejection)
    heard, fact = parse(late, gap=True)
    assert (heard.number, type(fact)) == (5, PartnerFact)


def test_one_bad_message_stops_no_feed():
    """A genuine message with an impossible number is refused and counted; the next is taken."""
    bad = with_body(existence=2.0)
    heard, refused = parse(bad)
    assert isinstance(refused, Rejection)
    assert heard == Heard(1, sha256_hex(bad)) == heard_from([refused], "US")
    heard, fact = parse(shared_message(2, heard.digest), heard)
    assert isinstance(fact, PartnerFact)
    assert heard_from([refused, fact], "US") == heard


def test_a_forged_message_moves_nothing():
    """What is not the partner's leaves the feed where it was."""
    last = Heard(3, "3" * 64)
    assert parse(shared_message(4, "3" * 64, private=OTHER), last).heard == last


def test_five_seconds_are_the_tolerance():
    """A message 5 s ahead of our clock is taken, one second more is not."""
    assert isinstance(parse(shared_message(now_s=NOW_S + 5)).fact, PartnerFact)
    assert isinstance(parse(shared_message(now_s=NOW_S + 6)).fact, Rejection)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_rejection(data):
    """Hostile bytes end in a rejection, never in anything else, and move nothing."""
    heard, fact = parse(data)
    assert isinstance(fact, Rejection)
    assert heard == Heard()


@settings(max_examples=200)
@given(st.integers(0, len(shared_message()) - 1), st.integers(1, 255))
def test_any_flipped_byte_is_refused(index, flip):
    """One byte of a message changed: never accepted."""
    data = bytearray(shared_message())
    data[index] ^= flip
    assert isinstance(parse(bytes(data)).fact, Rejection)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(("time_utc", "position_ecef_m", "covariance", "impact", "lat_deg", "class", "x")), inner
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(("track", "update", "x")), JSON), st.sampled_from(("state", "step")))
def test_any_signed_body_is_a_fact_or_a_rejection(body, kind):
    """A partner gone mad, with the right key, breaks nothing: whatever they sign is a fact or a rejection."""
    data = resigned(
        shared_message(), type=f"launchwatch.{kind}", dataschema=f"urn:launchwatch:shared:{kind}:1",
        body=json.dumps(body).encode(),
    )  # fmt: skip
    fact = parse(data).fact
    if isinstance(fact, PartnerFact):
        for number in _numbers(json.loads(fact.body)):
            assert math.isfinite(number)


def _numbers(value):
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _numbers(inner)
    elif isinstance(value, float | int):
        yield value
