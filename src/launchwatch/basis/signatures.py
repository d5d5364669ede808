"""Ed25519 signatures (RFC 8032) over a purpose, a realm and the exact bytes, so that none serves as another's.

    signed message = "launchwatch" 0x00 purpose 0x00 realm 0x00 bytes

Public keys and signatures are hexadecimal texts; a key's id is made of its public part alone.
"""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ID_DIGITS = 32  # 128 bits: nobody can make a second key with the id of another one


def public_hex(private: Ed25519PrivateKey) -> str:
    """Return a private key's public part (32 bytes) in hexadecimal."""
    return private.public_key().public_bytes_raw().hex()


def key_id(public: str) -> str:
    """Return the id of a public key: `key-` and 32 hexadecimal digits of its SHA-256."""
    return f"key-{hashlib.sha256(bytes.fromhex(public)).hexdigest()[:_ID_DIGITS]}"


def sign(private: Ed25519PrivateKey, purpose: str, realm: str, data: bytes) -> str:
    """Return the signature (64 bytes, hexadecimal) of `data` for one purpose in one realm (see `is_signed`)."""
    return private.sign(_message(purpose, realm, data)).hex()


def is_signed(public: str, signature: str, purpose: str, realm: str, data: bytes) -> bool:
    """Return whether the owner of `public` signed `data` for this purpose in this realm (see `sign`).

    A signature has one text form, lower case, so that none can be written otherwise and pass for another.
    """
    try:
        signed, key = bytes.fromhex(signature), Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        if signed.hex() != signature:
            return False
        key.verify(signed, _message(purpose, realm, data))
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(purpose: str, realm: str, data: bytes) -> bytes:
    return b"\0".join((b"launchwatch", purpose.encode(), realm.encode(), data))
