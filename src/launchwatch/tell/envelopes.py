"""Envelopes: whose bytes a message carries, signed by the node; and what a receiver accepts.

A receiver asks in this order, and refuses at the first no: is the key one of this realm's nodes; is the envelope
signed by it; are the bytes those that it names, and for CAP do they carry a channel's own signature; is the status
the realm's; is it neither expired nor from the future; was it not seen before. Nothing is mended or widened: where
bytes differ, the message is refused.
"""

from collections.abc import Set as AbstractSet
from typing import Literal, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import sha256_hex
from launchwatch.basis.instants import parse_instant
from launchwatch.basis.signatures import is_signed, key_id, public_hex, sign
from launchwatch.facts import Bulletin, KeyRealm, Release, Standing, TrustStore, Value, canonical_bytes, realm_of
from launchwatch.tell.cap_signing import CapRefusal, verify_cap

LONGEST_BYTES = 1_000_000
"""A CAP of three languages with 40 corners has 5 kB; what is 200 times as long is no alert."""
CLOCKS_DIFFER_S = 5.0
"""Clocks of sender and receiver may differ by so much (test T15 of the specification)."""


class Envelope(Value, frozen=True, kw_only=True):
    """What one message is: `digest` is that of the released text, `sent_digest` that of the bytes as sent."""

    bulletin: str
    step: str
    alert: str
    status: Standing
    audience: str
    form: str
    language: str
    digest: str
    sent_digest: str
    release: str | None
    released_utc: str
    expires_utc: str
    key: str
    signature: str


class Accepted(NamedTuple):
    """A message that may be acted on."""

    envelope: Envelope
    content: bytes


class NotAccepted(NamedTuple):
    """A message that is not acted on, and why; `bulletin` is what it claims to be."""

    kind: Literal["refused", "differs", "duplicate", "expired"]
    reason: str
    bulletin: str | None


def envelope_of(
    bulletin: Bulletin, sent: bytes, private: Ed25519PrivateKey, *, release: Release | None, released_utc: str,
    expires_utc: str,
) -> Envelope:  # fmt: skip
    """Return the signed envelope of a released bulletin and the bytes that carry it."""
    bare = Envelope(
        bulletin=bulletin.id,
        step=bulletin.step or "",
        alert=bulletin.alert or bulletin.event,
        status=bulletin.status,
        audience=bulletin.audience,
        form=bulletin.form,
        language=bulletin.language,
        digest=sha256_hex(bulletin.content.encode()),
        sent_digest=sha256_hex(sent),
        release=release.id if release else None,
        released_utc=released_utc,
        expires_utc=expires_utc,
        key=key_id(public_hex(private)),
        signature="",
    )
    return replace(bare, signature=sign(private, "envelope", realm_of(bulletin.status) or "none", _words(bare)))


def accept(
    content: bytes,
    envelope: bytes | None,
    trust: TrustStore,
    realm: KeyRealm,
    now_utc: str,
    *,
    seen: AbstractSet[str] = frozenset(),
) -> Accepted | NotAccepted:
    """Return a message that a receiver of `realm` may act on, or why it may not (see the module)."""
    try:
        told = msgspec.json.decode(envelope or b"", type=Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return NotAccepted("refused", f"no envelope: {error}", None)
    try:
        problem = _envelope_problem(told, trust, realm, now_utc)
        expired = parse_instant(told.expires_utc) <= parse_instant(now_utc)
    except InputError as error:
        return NotAccepted("refused", error.message, told.bulletin)
    if problem is not None:
        return NotAccepted("refused", problem, told.bulletin)
    if expired:
        return NotAccepted("expired", f"expired at {told.expires_utc}", told.bulletin)
    return _content_problem(told, content, trust, realm, now_utc, seen) or Accepted(told, content)


def channel_keys(trust: TrustStore, realm: KeyRealm, now_utc: str) -> dict[str, EllipticCurvePublicKey]:
    """Return the keys by id that may sign a realm's CAP messages now."""
    return {
        one.id: EllipticCurvePublicKey.from_encoded_point(SECP256R1(), bytes.fromhex(one.public))
        for one in trust.keys
        if one.algorithm == "p256" and trust.why_not(one.id, role="channel", realm=realm, now_utc=now_utc) is None
    }


def _words(envelope: Envelope) -> bytes:
    return canonical_bytes(replace(envelope, signature=""))


def _envelope_problem(told: Envelope, trust: TrustStore, realm: KeyRealm, now_utc: str) -> str | None:
    problem = trust.why_not(told.key, role="node", realm=realm, now_utc=now_utc)
    if problem is not None:
        return problem
    found = trust.find(told.key)
    if found is None or not is_signed(found.public, told.signature, "envelope", realm, _words(told)):
        return "the envelope is not signed by its key"
    if realm_of(told.status) != realm:
        return f"status {told.status} in the {realm} realm"
    now = parse_instant(now_utc)
    future = parse_instant(told.released_utc) > now + CLOCKS_DIFFER_S
    return f"released at {told.released_utc}, which is yet to come" if future else None


def _content_problem(
    told: Envelope,
    content: bytes,
    trust: TrustStore,
    realm: KeyRealm,
    now_utc: str,
    seen: AbstractSet[str],
) -> NotAccepted | None:
    if len(content) > LONGEST_BYTES:
        return NotAccepted("differs", f"{len(content)} bytes, at most {LONGEST_BYTES} make sense", told.bulletin)
    if sha256_hex(content) != told.sent_digest:
        return NotAccepted("differs", "the bytes are not those that were sent", told.bulletin)
    inner: bytes | CapRefusal = content
    if told.form == "cap":
        inner = verify_cap(content, channel_keys(trust, realm, now_utc), realm=realm, now_utc=now_utc)
    if isinstance(inner, CapRefusal):
        return NotAccepted("differs", "; ".join(inner.reasons), told.bulletin)
    if sha256_hex(inner) != told.digest:
        return NotAccepted("differs", "the text is not the one that was released", told.bulletin)
    duplicate = told.bulletin in seen
    return NotAccepted("duplicate", "seen before", told.bulletin) if duplicate else None
