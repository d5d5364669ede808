"""Ids made from content, so that the same evidence has the same ids on every machine."""

import hashlib

_LENGTH = 12  # 48 bits: two of a million facts collide with probability 2e-3; the log's own hashes use all 256


def content_id(prefix: str, *parts: str | bytes) -> str:
    """Return `prefix-` and 12 hexadecimal digits of the SHA-256 of the parts, each length-prefixed."""
    joined = bytearray()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        joined += len(data).to_bytes(8, "big")
        joined += data
    return f"{prefix}-{hashlib.sha256(joined).hexdigest()[:_LENGTH]}"


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
