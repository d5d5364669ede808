"""Messages of a partner, US, to KR in the exercise realm: genuine ones, and others signed with the same key."""

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.facts import FieldLabels, Label
from launchwatch.facts.message import Message, signed_message
from launchwatch.tell.cloudevents import cloud_event
from launchwatch.tell.sharing import share, start_feed
from tests.tell.track_samples import state

NOW_S = 1762486510.0
US, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i in (1, 2))
US_KEY = US.public_key().public_bytes_raw().hex()
LABELS = FieldLabels.all(Label.of("US", "JP", "KR"))


def shared_message(
    number=1, previous="0" * 64, fact=None, labels=LABELS, realm="exercise", now_s=NOW_S, origin=None, **options
):
    """Return the bytes of a message that shares a state of a track."""
    shared = share(start_feed("KR"), "state", fact or state(), labels, "full", now_s=0.0)
    options = {"node": "US", "recipient": "KR", "private": US, **options}
    return cloud_event(
        shared._replace(origin=origin), realm=realm, number=number, previous=previous, now_s=now_s, **options
    )[0]


def resigned(sent, /, body=None, **changes):
    """Return a message with other fields, signed again by its sender."""
    if body is not None:
        changes["data"] = msgspec.Raw(body)
    return signed_message(replace(msgspec.json.decode(sent, type=Message), **changes), US, "exercise")


def body_of(sent):
    """Return the bytes of what a message carries."""
    return bytes(msgspec.json.decode(sent, type=Message).data)
