"""Enveloped XML signatures (W3C XML-DSig, ECDSA on P-256 with SHA-256) over CAP messages, keys pinned by realm."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

Realm = Literal["live", "exercise"]


@dataclass(frozen=True)
class CapRefusal:
    """Why a message is not acted on."""

    reasons: tuple[str, ...]


def sign_cap(data: bytes, key: EllipticCurvePrivateKey, *, key_id: str, certificate: str | None = None) -> bytes:
    """Return the message with its signature; `certificate` (PEM) goes along for readers that want one."""
    raise NotImplementedError


def verify_cap(
    data: bytes,
    trusted: Mapping[str, EllipticCurvePublicKey],
    *,
    realm: Realm,
    now_utc: str,
    seen: AbstractSet[str] = frozenset(),
) -> bytes | CapRefusal:
    """Return the bytes that were signed (the bulletin's content), or why the message is refused.

    `trusted` are the realm's issuing keys by id; `seen` the identifiers (`sender,identifier,sent`) of messages
    that were accepted before.
    """
    raise NotImplementedError
