"""Ids made from content, so that the same evidence has the same ids on every machine."""

import hashlib
from collections.abc import Iterable

_LENGTH = 20
"""80 bits: among 10 million facts of one kind two collide with probability 4e-11. A fact whose id the log holds
already is not written again, so that a collision would lose one; with 48 bits it would be one case in six."""


def content_id(prefix: str, *parts: str | bytes) -> str:
    """Return `prefix-` and 20 hexadecimal digits of the SHA-256 of the parts, each length-prefixed."""
    return f"{prefix}-{hashlib.sha256(_joined(parts)).hexdigest()[:_LENGTH]}"


def _joined(parts: Iterable[str | bytes]) -> bytearray:
    joined = bytearray()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        joined += len(data).to_bytes(8, "big")
        joined += data
    return joined


class IdSoFar:
    """A `content_id` of parts that come little by little and need not be kept. It never changes."""

    __slots__ = ("_hash",)

    def __init__(self, parts: Iterable[str | bytes] = ()) -> None:
        self._hash = hashlib.sha256(_joined(parts))

    def joined(self, parts: Iterable[str | bytes]) -> "IdSoFar":
        """Return the id so far with more parts."""
        made = IdSoFar()
        made._hash = self._hash.copy()
        made._hash.update(_joined(parts))
        return made

    def id(self, prefix: str) -> str:
        """Return what `content_id` makes of all parts."""
        return f"{prefix}-{self._hash.hexdigest()[:_LENGTH]}"


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
