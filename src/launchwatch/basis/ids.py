"""Ids made from content, so that the same evidence has the same ids on every machine."""

import hashlib

_LENGTH = 20
"""80 bits: among 10 million facts of one kind two collide with probability 4e-11. A fact whose id the log holds
already is not written again, so that a collision would lose one; with 48 bits it would be one case in six."""


def content_id(prefix: str, *parts: str | bytes) -> str:
    """Return `prefix-` and 20 hexadecimal digits of the SHA-256 of the parts, each length-prefixed."""
    joined = bytearray()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        joined += len(data).to_bytes(8, "big")
        joined += data
    return f"{prefix}-{hashlib.sha256(joined).hexdigest()[:_LENGTH]}"


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
