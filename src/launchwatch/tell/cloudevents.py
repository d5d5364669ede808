"""Shared facts as CloudEvents 1.0 (JSON, structured mode), signed by the node, chained per recipient."""

import math
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant
from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.facts import Standing, canonical_bytes
from launchwatch.facts.message import FIRST, LARGEST_BYTES, TYPE, Message, digest_of, signed_message
from launchwatch.facts.shared import dataschema
from launchwatch.tell.sharing import BUCKET_S, Shared

CONTENT_TYPE = "application/cloudevents+json"

_STATUS: dict[str, Standing] = {"live": "actual", "exercise": "exercise"}


def cloud_event(
    shared: Shared, *, node: str, realm: Literal["live", "exercise"], recipient: str, number: int,
    previous: str = FIRST, now_s: float, private: Ed25519PrivateKey, status: Standing | None = None,
) -> tuple[bytes, str]:  # fmt: skip
    """Return one message's bytes and their digest, which is the next one's `previous`.

    `number` counts messages to this recipient from 1; `now_s` is the instant of sending (Unix), told in whole
    seconds, rounded down. Raises InputError where the message would be larger than a recipient takes.
    """
    message = Message(
        id=f"{recipient}/{number}",
        source=source_of(node, realm),
        type=f"{TYPE}{shared.kind}",
        subject=shared.subject,
        time=format_instant(math.floor(now_s / BUCKET_S) * BUCKET_S),
        dataschema=dataschema(shared.kind),
        recipient=recipient,
        sequence=f"{number:020d}",
        revision=shared.version,
        status=status or _STATUS[realm],
        view=shared.view,
        label=canonical_bytes(shared.labels.fields).decode(),
        origin=shared.origin or node,
        previous=previous,
        keyid=key_id(public_hex(private)),
        data=msgspec.Raw(shared.body),
    )
    data = signed_message(message, private, realm)
    if len(data) > LARGEST_BYTES:
        raise InputError("too large to share", given=len(data), allowed=f"at most {LARGEST_BYTES} bytes")
    return data, digest_of(data)


def source_of(node: str, realm: str) -> str:
    """Return the CloudEvents source of a node in a realm."""
    return f"launchwatch/{node}/{realm}"
