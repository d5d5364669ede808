"""Whom a node trusts: public keys by realm and role, with holder, validity and revocation."""

from typing import Literal, Self

import msgspec

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import parse_instant
from launchwatch.basis.signatures import key_id
from launchwatch.facts.base import Value
from launchwatch.facts.bulletin import Standing

KeyRealm = Literal["live", "exercise"]
KeyRole = Literal["officer", "node", "partner", "channel"]
Algorithm = Literal["ed25519", "p256"]
"""Ed25519 for people, nodes and partners; ECDSA on P-256 for a channel's XML signatures (`tell.cap_signing`)."""

_REALMS: dict[Standing, KeyRealm] = {"actual": "live", "exercise": "exercise", "test": "exercise"}


def realm_of(status: Standing) -> KeyRealm | None:
    """Return the realm whose keys may sign messages of this status; a draft is never signed out: None."""
    return _REALMS.get(status)


class TrustedKey(Value, frozen=True, kw_only=True):
    """One public key (hexadecimal): whose, for what, in which realm, from when to when.

    `public` is an Ed25519 key's 32 bytes or a P-256 key's uncompressed point (65 bytes; SEC 1,
    section 2.3.3). A revoked key is refused for whatever it signed, before or after: its thief chooses the time
    that he writes.
    `certificate` is the PEM of the key's holder for XML signatures, where there is one.
    """

    id: str
    public: str
    role: KeyRole
    realm: KeyRealm
    holder: str
    not_before_utc: str
    expires_utc: str
    revoked_utc: str | None = None
    revoked_reason: str | None = None
    certificate: str | None = None
    algorithm: Algorithm = "ed25519"


class TrustStore(Value, frozen=True, kw_only=True):
    """All keys that a node trusts."""

    keys: tuple[TrustedKey, ...] = ()

    def find(self, key: str) -> TrustedKey | None:
        """Return the key of this id."""
        return next((one for one in self.keys if one.id == key), None)

    def why_not(
        self, key: str, *, role: KeyRole, realm: KeyRealm, now_utc: str, as_then: bool = False
    ) -> str | None:
        """Return why a key does not count for a role in a realm at an instant; None where it does.

        `as_then` judges as it was judged at that instant: a key that was revoked later still counts.
        """
        found = self.find(key)
        if found is None:
            return f"unknown key {key[:40]}"
        if as_then and found.revoked_utc and parse_instant(now_utc) < parse_instant(found.revoked_utc):
            found = msgspec.structs.replace(found, revoked_utc=None)
        return _why_not(found, role, realm, now_utc)

    def with_key(self, key: TrustedKey) -> Self:
        """Return a store that trusts one more key; InputError where its id is not its own or is known already."""
        if key.id != key_id(key.public):
            raise InputError("the key's id is not that of its public part", given=key.id)
        if self.find(key.id) is not None:
            raise InputError("this key is known already", given=key.id, try_="a key of its own for each realm")
        return msgspec.structs.replace(self, keys=(*self.keys, key))

    def without_key(self, key: str, revoked_utc: str, reason: str) -> Self:
        """Return a store in which a key is revoked (it stays, so that what it signed can be told)."""
        if self.find(key) is None:
            raise InputError("no such key", given=key, allowed=", ".join(one.id for one in self.keys) or "none")
        marks = {"revoked_utc": revoked_utc, "revoked_reason": reason}
        keys = tuple(msgspec.structs.replace(one, **marks) if one.id == key else one for one in self.keys)
        return msgspec.structs.replace(self, keys=keys)


def _why_not(key: TrustedKey, role: KeyRole, realm: KeyRealm, now_utc: str) -> str | None:
    if key.realm != realm:
        return f"key of the {key.realm} realm, where the {realm} realm's is needed"
    if key.role != role:
        return f"key of a {key.role}, where a {role}'s is needed"
    if key.revoked_utc is not None:
        return f"key revoked at {key.revoked_utc}: {key.revoked_reason or 'no reason given'}"
    now = parse_instant(now_utc)
    if now < parse_instant(key.not_before_utc):
        return f"key not valid before {key.not_before_utc}"
    return f"key expired at {key.expires_utc}" if now >= parse_instant(key.expires_utc) else None
