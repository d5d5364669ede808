"""Key files and the trust store of a node: `keys/REALM/ID.pem` (private, mode 600), `ID.json`, and `trust.json`.

Officers' private keys are PKCS #8 in PEM, encrypted under a passphrase. A node's own keys may stand without one,
as a process that starts by itself has nobody to ask; their files are readable by its user alone.
"""

import os
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant
from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.channels.files import write_file
from launchwatch.facts import KeyRealm, KeyRole, TrustedKey, TrustStore

VALID_DAYS = 365
"""A key is made anew once a year, so that one that was lost unnoticed ends by itself."""
SHORTEST_PASSPHRASE = 12
"""Characters; the file's own key derivation (scrypt or PBKDF2) makes each guess of them slow."""
PASSPHRASE_VARIABLE = "LAUNCHWATCH_PASSPHRASE"  # noqa: S105 - the name of the variable

Private = Ed25519PrivateKey | EllipticCurvePrivateKey


def make_key(
    folder: Path,
    *,
    role: KeyRole,
    realm: KeyRealm,
    holder: str,
    now: float,
    passphrase: str | None = None,
    days: int = VALID_DAYS,
) -> TrustedKey:
    """Make a key pair in `folder` and return its public record; an officer's needs a passphrase."""
    if role == "officer" and (passphrase is None or len(passphrase) < SHORTEST_PASSPHRASE):
        allowed = f"{SHORTEST_PASSPHRASE} characters or more"
        raise InputError("an officer's key needs a passphrase", allowed=allowed)
    if not holder.strip():
        raise InputError("a key needs a holder", try_="the person's or the node's name")
    private: Private = generate_private_key(SECP256R1()) if role == "channel" else Ed25519PrivateKey.generate()
    public = _public(private)
    key = TrustedKey(
        id=key_id(public),
        public=public,
        role=role,
        realm=realm,
        holder=holder.strip(),
        not_before_utc=format_instant(now),
        expires_utc=format_instant(now + days * 86_400),
        algorithm="p256" if role == "channel" else "ed25519",
    )
    _write_private(folder / f"{key.id}.pem", private, passphrase)
    write_file(folder / f"{key.id}.json", msgspec.json.format(msgspec.json.encode(key)) + b"\n")
    return key


def load_private(path: Path, passphrase: str | None = None) -> Private:
    """Return the private key in a file; InputError where it is none or the passphrase is wrong."""
    secret = passphrase.encode() if passphrase else None
    try:
        private = load_pem_private_key(path.read_bytes(), secret)
    except FileNotFoundError:
        raise InputError("no key here", given=path.name, try_="`launchwatch key make`") from None
    except (ValueError, TypeError):
        raise InputError("the key cannot be opened: wrong passphrase, or no key", given=path.name) from None
    if not isinstance(private, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise InputError("a key of another kind", given=path.name, allowed="Ed25519, or ECDSA on P-256")
    return private


def load_signer(path: Path, passphrase: str | None = None) -> Ed25519PrivateKey:
    """Return a person's or a node's private key (Ed25519)."""
    private = load_private(path, passphrase)
    if not isinstance(private, Ed25519PrivateKey):
        raise InputError("a channel's key signs no decisions", given=path.name, allowed="Ed25519")
    return private


def read_public(path: Path) -> TrustedKey:
    """Return the public record of a key, as `make_key` wrote it beside the private one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=TrustedKey)
    except FileNotFoundError:
        raise InputError("no public key here", given=path.name) from None
    except msgspec.MsgspecError as error:
        raise InputError(f"this is no public key: {error}", given=path.name) from None


def load_trust(folder: Path) -> TrustStore:
    """Return whom a node trusts; a node without `trust.json` trusts nobody."""
    path = folder / "trust.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=TrustStore)
    except FileNotFoundError:
        return TrustStore()
    except msgspec.MsgspecError as error:
        raise InputError(f"trust.json does not fit: {error}", given=folder.name) from None


def save_trust(folder: Path, trust: TrustStore) -> None:
    """Write whom a node trusts, whole or not at all."""
    write_file(folder / "trust.json", msgspec.json.format(msgspec.json.encode(trust)) + b"\n")


def trust_key(folder: Path, key: TrustedKey) -> TrustStore:
    """Trust one more key, and return the store."""
    trust = load_trust(folder).with_key(key)
    save_trust(folder, trust)
    return trust


def revoke_key(folder: Path, key: str, reason: str, now: float) -> TrustStore:
    """Revoke a key from now on and for all that it signed, and return the store."""
    trust = load_trust(folder).without_key(key, format_instant(now), reason)
    save_trust(folder, trust)
    return trust


def key_folder(folder: Path, realm: KeyRealm) -> Path:
    """Return where a node's own private keys of one realm stand."""
    return folder / "keys" / realm


def make_node_keys(folder: Path, realm: KeyRealm, name: str, now: float, passphrase: str | None = None) -> None:
    """Make the two keys that a node signs with in a realm, and trust them: its own, and its channels'."""
    for role in ("node", "channel"):
        key = make_key(
            key_folder(folder, realm),
            role="channel" if role == "channel" else "node",
            realm=realm,
            holder=name,
            now=now,
            passphrase=passphrase,
        )
        trust_key(folder, key)


def own_keys(folder: Path, realm: KeyRealm, now_utc: str) -> dict[KeyRole, tuple[TrustedKey, Private]]:
    """Return a node's own keys of one realm that count now, the newest of each role."""
    trust, passphrase = load_trust(folder), os.environ.get(PASSPHRASE_VARIABLE)
    found: dict[KeyRole, tuple[TrustedKey, Private]] = {}
    for path in sorted(key_folder(folder, realm).glob("*.json")):
        key = read_public(path)
        newer = key.role not in found or key.not_before_utc > found[key.role][0].not_before_utc
        if newer and trust.why_not(key.id, role=key.role, realm=realm, now_utc=now_utc) is None:
            found[key.role] = (key, load_private(path.with_suffix(".pem"), passphrase))
    return found


def _public(private: Private) -> str:
    if isinstance(private, Ed25519PrivateKey):
        return public_hex(private)
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()


def _write_private(path: Path, private: Private, passphrase: str | None) -> None:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    data = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
