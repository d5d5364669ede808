"""Envelopes: a receiver accepts what its own realm's node signed, byte for byte, once, in time; nothing else."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.facts import TrustStore, canonical_bytes
from launchwatch.tell.envelopes import Accepted, Envelope, accept, envelope_of
from tests.tell.released import END, KIM, LEE, NODE, NOW, private, step_of, texts_of, trusted

LIVE_NODE = 21
TRUST = TrustStore(
    keys=(
        trusted(NODE, "node KR", role="node"),
        trusted(LIVE_NODE, "node KR", role="node", realm="live"),
        trusted(KIM, "Kim"),
        trusted(LEE, "stolen", role="node", revoked_utc="2026-02-01T00:00:00Z"),
    )
)
TEXT = texts_of(step_of())[0]
CONTENT = TEXT.content.encode()


def envelope(number=NODE, bulletin=TEXT, **fields):
    made = envelope_of(bulletin, CONTENT, private(number), release=None, released_utc=NOW, expires_utc=END)
    return canonical_bytes(replace(made, **fields))


def got(content=CONTENT, told=None, *, trust=TRUST, realm="exercise", now=NOW, seen=frozenset()):
    return accept(content, told or envelope(), trust, realm, now, seen=seen)


def test_the_own_realm_s_message_is_accepted():
    """A message signed by the realm's node is accepted, and its envelope told."""
    assert isinstance(got(), Accepted)
    assert got().envelope.bulletin == TEXT.id


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("refused", {"realm": "live"}),
        ("refused", {"told": envelope(LIVE_NODE)}),
        ("refused", {"told": envelope(KIM)}),
        ("refused", {"told": envelope(LEE)}),
        ("refused", {"told": envelope(STRANGER := 99)}),
        ("refused", {"told": envelope(audience="ships")}),
        ("refused", {"told": b"{}"}),
        ("refused", {"told": b"\xff" * 2000}),
        ("refused", {"now": "2026-03-01T00:01:00Z"}),
        ("expired", {"now": END}),
        ("differs", {"content": CONTENT + b" "}),
        ("differs", {"content": b""}),
        ("differs", {"content": b"x" * 2_000_000}),
        ("duplicate", {"seen": {TEXT.id}}),
    ],
    ids=str,
)
def test_everything_else_is_refused(kind, arguments):
    """Other realm, other role, stolen, unknown, altered, schema-broken, future, old, changed, oversized, seen."""
    assert got(**arguments).kind == kind


def test_an_exercise_node_cannot_speak_live():
    """An exercise key under a live status, and a live envelope re-signed by it, are refused by both receivers."""
    actual = replace(TEXT, status="actual")
    for realm in ("live", "exercise"):
        assert got(told=envelope(NODE, actual), realm=realm).kind == "refused"
    assert isinstance(got(told=envelope(LIVE_NODE, actual), realm="live"), Accepted)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, len(CONTENT) - 1), st.integers(1, 255))
def test_no_flipped_byte_of_the_text_is_accepted(place, flip):
    """A text with one byte changed differs."""
    changed = bytearray(CONTENT)
    changed[place] ^= flip
    assert got(bytes(changed)).kind == "differs"


@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_no_flipped_byte_of_the_envelope_is_accepted(data):
    """An envelope with one byte changed, that still says something else, is refused."""
    changed = bytearray(envelope())
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        same = msgspec.json.decode(bytes(changed), type=Envelope) == msgspec.json.decode(envelope(), type=Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        same = False
    if not same:
        assert not isinstance(got(told=bytes(changed)), Accepted)


def exercise_message(rng):
    """Make a message of the exercise realm: any status, any of its keys, now and then with a part changed."""
    text = replace(
        TEXT, status=rng.choice(("exercise", "test", "actual", "draft")), content=f"Text {rng.random()}"
    )
    content = text.content.encode()
    number = rng.choice((NODE, KIM, LEE, rng.randrange(100, 10_000)))
    made = envelope_of(text, content, private(number), release=None, released_utc=NOW, expires_utc=END)
    if rng.random() < 0.3:  # whoever forges names a live key, a live status, or both
        live = private(LIVE_NODE)
        made = replace(made, key=key_id(public_hex(live)), status=rng.choice(("actual", "exercise")))
    return content, canonical_bytes(made)


def accepted_live(count):
    rng = random.Random(11)  # noqa: S311 - no secrets
    return sum(isinstance(got(*exercise_message(rng), realm="live"), Accepted) for _ in range(count))


def test_a_live_receiver_takes_no_exercise_message():
    """None of 2,000 random messages of the exercise realm is accepted by a live receiver."""
    assert accepted_live(2_000) == 0


@pytest.mark.slow
def test_a_live_receiver_takes_none_of_100_000_exercise_messages():
    """None of 100,000 random messages of the exercise realm is accepted by a live receiver."""
    assert accepted_live(100_000) == 0
