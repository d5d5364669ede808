"""A shared fact on its way: CloudEvents 1.0 in structured mode, signed over its exact canonical bytes.

    {"specversion":"1.0", "id", "source":"launchwatch/NODE/REALM", "type":"launchwatch.KIND", "subject", "time",
     "datacontenttype", "dataschema", extension attributes..., "data":{...}, "signature"}

The signature (Ed25519, hexadecimal) is over the same bytes with `"signature":""`. A message is the canonical form
of itself: one that says the same in other bytes is refused. `previous` is the SHA-256 of the sender's message
before to the same recipient, so that none can be left out unnoticed.
"""

from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.basis.ids import sha256_hex
from launchwatch.basis.signatures import is_signed, sign
from launchwatch.facts.base import Value
from launchwatch.facts.bulletin import Standing

PURPOSE = "shared fact"
TYPE = "launchwatch."
FIRST = "0" * 64
"""`previous` of the first message."""

LARGEST_BYTES = 524_288
"""Half of what a broker takes by default (NATS: 1 MiB); an event with a hundred claims has 60 kB."""

_ENCODER = msgspec.json.Encoder(order="deterministic")


class Message(Value, frozen=True, kw_only=True):
    """One CloudEvent. Extension attributes: `recipient`, the partner that it is for; `sequence`, 20 digits, counts
    the sender's messages to them from 1; `revision` counts those about the same `subject`; `label` is the JSON of
    the released fields' labels; `origin` is the node that made the fact; `status` keeps drills apart from life.
    """  # noqa: D205

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    recipient: str
    sequence: str
    revision: int
    status: Standing
    view: str
    label: str
    origin: str
    previous: str
    keyid: str
    data: msgspec.Raw
    signature: str = ""


def signed_message(message: Message, private: Ed25519PrivateKey, realm: str) -> bytes:
    """Return the bytes of a message with its sender's signature (see `is_genuine`)."""
    unsigned = _ENCODER.encode(replace(message, signature=""))
    return _ENCODER.encode(replace(message, signature=sign(private, PURPOSE, realm, unsigned)))


def is_genuine(message: Message, public: str, realm: str) -> bool:
    """Return whether the owner of a public key (hexadecimal) signed a message (see `signed_message`)."""
    return is_signed(public, message.signature, PURPOSE, realm, _ENCODER.encode(replace(message, signature="")))


def message_bytes(message: Message) -> bytes:
    """Return a message's canonical bytes."""
    return _ENCODER.encode(message)


def digest_of(data: bytes) -> str:
    """Return what the next message names as `previous`."""
    return sha256_hex(data)


def message_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a message, whatever it carries as `data`."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "shared message"}
    return {**schema, **msgspec.json.schema(Message)}
