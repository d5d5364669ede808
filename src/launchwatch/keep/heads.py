"""Signed heads: who holds a key says that the log stood so, and whoever cuts rows off later is found.

signed bytes = Ed25519 over purpose `head`, the realm, and: seq (8 bytes, big end first) | hash (32) | time (UTF-8)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.basis.signatures import is_signed, key_id, public_hex, sign
from launchwatch.facts import Head

HEAD_S = 1.0
"""Least seconds between two signed heads: rows younger than that have no signature over them yet."""

PURPOSE = "head"


@dataclass(frozen=True)
class HeadSigner:
    """A private key that signs heads in one realm; `now` gives the Unix time (s)."""

    private: Ed25519PrivateKey
    now: Callable[[], float]
    realm: str = "exercise"
    every_s: float = HEAD_S

    def sign(self, seq: int, digest: bytes) -> Head:
        """Return the signed head of a log whose row `seq` has the hash `digest`."""
        time_utc = format_instant(self.now())
        key = key_id(public_hex(self.private))
        signature = sign(self.private, PURPOSE, self.realm, _signed_bytes(seq, digest, time_utc))
        return Head(
            id=content_id("head", str(seq), digest, key, time_utc), seq=seq, hash=digest.hex(), time_utc=time_utc,
            key=key, signature=signature, realm=self.realm,
        )  # fmt: skip


def check_head(head: Head, keys: Mapping[str, str]) -> str | None:
    """Return why a signed head does not count under these public keys (hexadecimal, by id); None where it does."""
    public = keys.get(head.key)
    if public is None:
        return f"a head signed by the unknown key {head.key[:40]}"
    try:
        signed = _signed_bytes(head.seq, bytes.fromhex(head.hash), head.time_utc)
    except (ValueError, OverflowError):
        return "a head whose number or hash is none"
    if not is_signed(public, head.signature, PURPOSE, head.realm, signed):
        return f"a head whose signature is not that of {head.key[:40]}"
    return None


def _signed_bytes(seq: int, digest: bytes, time_utc: str) -> bytes:
    return seq.to_bytes(8, "big") + digest + time_utc.encode()
