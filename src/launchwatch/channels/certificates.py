"""Keys and certificates of a node's broker: self-signed, pinned by each partner, nobody else's word needed.

    user key of an account = HKDF-SHA256(node's private key, "launchwatch broker <account>")
    nkey text = base32(prefix | 32 bytes | CRC-16 of both, least significant byte first), without padding

A node and its partners show each other their certificates once (`node pair`); a broker lets in only who shows a
pinned certificate and signs with a known key, and a client trusts only the one certificate that it pinned.
"""

import base64
import binascii
import os
import shutil
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from launchwatch.basis.instants import moment
from launchwatch.channels.files import write_file

_PUBLIC_USER, _SEED, _USER = 20 << 3, 18 << 3, 20 << 3
_PAIR = ("tls.crt", "tls.key")
LIFE_DAYS = 825
"""A certificate's life: what browsers' root programmes allowed at most for long; a pair is renewed before."""


@dataclass(frozen=True)
class Identity:
    """Whom a connection shows: the node's Ed25519 key, and its certificate and TLS key as PEM files."""

    key: Ed25519PrivateKey
    certificate: Path
    tls_key: Path

    def user(self, account: str) -> Ed25519PrivateKey:
        """Return the node's own user key for one of its broker's accounts."""
        info = f"launchwatch broker {account}".encode()
        seed = HKDF(hashes.SHA256(), 32, None, info).derive(self.key.private_bytes_raw())
        return Ed25519PrivateKey.from_private_bytes(seed)


def write_certificate(folder: Path, name: str, hosts: Sequence[str], now_s: float) -> tuple[Path, Path]:
    """Write a new P-256 key and its self-signed certificate for a node; return certificate and key files.

    `hosts` are the addresses under which partners reach the broker; valid from a day before `now_s` (Unix time).
    Both names lead through one link (`tls`) to a folder that holds the pair, and it is the link that is replaced:
    whenever it stops, what is there is the old pair or the new one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate(key, name, hosts, moment(now_s))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _adopt(folder)
    pair = folder / f"tls-{made.serial_number:040x}"
    _write_pair(pair, made.public_bytes(serialization.Encoding.PEM), private)
    _link(folder / "tls", pair.name)
    for file in _PAIR:
        _link(folder / file, f"tls/{file}")
    for old in folder.glob("tls-*"):
        if old != pair:
            shutil.rmtree(old, ignore_errors=True)
    return folder / "tls.crt", folder / "tls.key"


def _adopt(folder: Path) -> None:
    """Put a pair that lies in files of its own, as it once was and as copies are, behind the link."""
    files = [folder / file for file in _PAIR]
    if all(file.is_file() for file in files) and not all(file.is_symlink() for file in files):
        old = folder / "tls-before"
        _write_pair(old, *(file.read_bytes() for file in files))
        if not (folder / "tls").is_symlink():
            shutil.rmtree(folder / "tls", ignore_errors=True)  # a copy that followed the links
        _link(folder / "tls", old.name)
        for file in files:
            _link(file, f"tls/{file.name}")


def _write_pair(folder: Path, certificate: bytes, private: bytes) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, content in zip(_PAIR, (certificate, private), strict=True):
        write_file(folder / name, content)
        (folder / name).chmod(0o600)


def _link(link: Path, target: str) -> None:
    """Let a link lead to a target from now on, in one step."""
    draft = link.with_name(f".{link.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)


def end_of(certificate: Path) -> float:
    """Return when a certificate in a PEM file ends (Unix time, s); ValueError where it is none."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc.timestamp()


def _certificate(
    key: ec.EllipticCurvePrivateKey, name: str, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, server_name(name))])
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    names: list[x509.GeneralName] = [x509.DNSName(server_name(name)), *map(_general_name, hosts)]
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=LIFE_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(uses, critical=False)
        .sign(key, hashes.SHA256())
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def server_name(name: str) -> str:
    """Return the name that a node's certificate is checked for, whatever its address is today."""
    return f"{name.lower()}.launchwatch.invalid"


def client_context(identity: Identity, pinned: Path) -> ssl.SSLContext:
    """Return TLS 1.3 that shows our certificate and trusts the one pinned certificate only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(pinned)
    context.load_cert_chain(identity.certificate, identity.tls_key)
    return context


def nkey_public(public: bytes) -> str:
    """Return an Ed25519 public key (32 bytes) as a broker's configuration names a user."""
    return _encode(bytes([_PUBLIC_USER]) + public)


def nkey_seed(private: Ed25519PrivateKey) -> str:
    """Return a private key as a client of a broker takes it."""
    return _encode(bytes([_SEED | (_USER >> 5), (_USER & 31) << 3]) + private.private_bytes_raw())


def _encode(raw: bytes) -> str:
    check = binascii.crc_hqx(raw, 0)  # CRC-16/XMODEM, as nkeys use
    return base64.b32encode(raw + check.to_bytes(2, "little")).decode().rstrip("=")
