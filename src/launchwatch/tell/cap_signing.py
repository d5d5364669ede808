"""Enveloped XML signatures (W3C XML-DSig 1.1, ECDSA on P-256, SHA-256) over CAP messages, keys pinned by realm.

signxml signs and verifies; it knows no Ed25519. A receiver acts only on the bytes that signxml returns, never
on what it was sent, and only if the message has the one form in which `sign_cap` writes it: canonical XML, one
signature, over the whole document, last in it, its base64 without spare bits, its key named and pinned. So no
byte of it can be another, not even one that no digest covers.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from lxml.etree import _Element as Element
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import moment, parse_instant
from launchwatch.tell.cap_rules import MOST_BYTES, check_alert, header_of, parse_alert

Realm = Literal["live", "exercise"]

STATUS_OF: dict[Realm, frozenset[str]] = {
    "live": frozenset(("Actual",)),
    "exercise": frozenset(("Exercise", "Test")),
}
"""Which statuses a realm's receivers act on; a draft is acted on by none."""

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_KEY_ID = re.compile(r"[A-Za-z0-9._:@/+-]{1,100}")
_C14N = CanonicalizationMethod.CANONICAL_XML_1_1


Pinned = EllipticCurvePublicKey | x509.Certificate
"""What a receiver holds of a sender: the key, or the very certificate that comes with its messages."""


@dataclass(frozen=True)
class CapRefusal:
    """Why a message is not acted on."""

    reasons: tuple[str, ...]


def sign_cap(data: bytes, key: EllipticCurvePrivateKey, *, key_id: str, certificate: str | None = None) -> bytes:
    """Return the message with its signature, in canonical XML.

    `certificate` (PEM), issued by the key to itself, goes along for readers that want one; else the key itself
    does. Raises InputError for another curve than P-256, a name that is none, and XML that is none or signed
    already.
    """
    if not isinstance(key.curve, SECP256R1) or not _KEY_ID.fullmatch(key_id):
        raise InputError("key or its name", given=(key.curve.name, key_id), allowed="P-256; 1 to 100 letters")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise InputError(f"no XML to sign: {error}", given=data[:60]) from None
    if root.find(f".//{_DS}Signature") is not None:
        raise InputError("signed already", given=root.tag)
    signer = XMLSigner(
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=_C14N,
    )
    signed = signer.sign(root, key=key, key_name=key_id, cert=certificate)
    for node in signed.iter(*_BASE64):
        node.text = "".join((node.text or "").split())  # the digest covers none of these, and we have one form
    written: bytes = etree.tostring(signed, method="c14n")
    return written


def verify_cap(
    data: bytes,
    trusted: Mapping[str, Pinned],
    *,
    realm: Realm,
    now_utc: str,
    seen: AbstractSet[str] = frozenset(),
) -> bytes | CapRefusal:
    """Return the bytes that were signed (the bulletin's content), or why the message is refused.

    `trusted` are the realm's issuing keys, or certificates, by id; `seen` the names (`sender,identifier,sent`) of
    messages that were accepted before. Cheap checks come first: a message whose key is not the realm's costs one
    parse.
    """
    root = _parsed(data)
    if isinstance(root, CapRefusal):
        return root
    pinned = _pinned(root, trusted)
    if isinstance(pinned, CapRefusal):
        return pinned
    signed = _verified(data, root, pinned, now_utc)
    return signed if isinstance(signed, CapRefusal) else _accepted(signed, realm, now_utc, seen)


def key_of(pinned: Pinned) -> EllipticCurvePublicKey:
    """Return the key of what is pinned; raises InputError for a certificate of another kind of key."""
    key = pinned.public_key() if isinstance(pinned, x509.Certificate) else pinned
    if not isinstance(key, EllipticCurvePublicKey):
        raise InputError("certificate of another kind of key", given=type(key).__name__, allowed="P-256")
    return key


def name_of(signed: bytes) -> str:
    """Return `sender,identifier,sent` of bytes that `verify_cap` returned, to be remembered as seen."""
    root = parse_alert(signed)
    if isinstance(root, list):
        raise InputError("no CAP message", given=root)
    return header_of(root).name


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _parsed(data: bytes) -> Element | CapRefusal:
    if len(data) > MOST_BYTES:
        return CapRefusal((f"larger than {MOST_BYTES} bytes",))
    if b"<!" in data or b"<?" in data:
        return CapRefusal(("a declaration, entity, comment or instruction is not let in",))
    try:
        root = etree.fromstring(data, _parser())
        canonical = etree.tostring(root, method="c14n")
    except (etree.LxmlError, ValueError) as error:
        return CapRefusal((f"no XML: {error}",))
    if canonical != data:
        return CapRefusal(("not in canonical form",))
    return _signed_once(root)


def _signed_once(root: Element) -> Element | CapRefusal:
    found = root.findall(f".//{_DS}Signature")
    if len(found) != 1:
        return CapRefusal(("unsigned" if not found else "more than one signature",))
    if found[0].getparent() is not root or found[0].getnext() is not None or found[0].tail:
        return CapRefusal(("the signature does not stand last in the message",))
    return root


def _pinned(root: Element, trusted: Mapping[str, Pinned]) -> Pinned | CapRefusal:
    """Return the trusted key that the signature names, if all that no digest covers has its one form."""
    signature = root[-1]
    info = signature[-1] if len(signature) else signature
    if [child.tag for child in signature] != _PARTS or [child.tag for child in info] not in _KEYS:
        return CapRefusal(("the signature does not name one key",))
    if any(set(node.attrib) - {"Algorithm", "URI"} for node in signature.iter()):
        return CapRefusal(("the signature has attributes of its own",))
    name = info.findtext(f"{_DS}KeyName") or ""
    key = trusted.get(name)
    if key is None:
        return CapRefusal((f"no key of this realm: {name!a:.60}",))
    if any(not _is_plain_base64(node.text) for node in root.iter(*_BASE64)):
        return CapRefusal(("base64 not in its one form",))
    point = info.findtext(f"{_DS}KeyValue/{_DS11}ECKeyValue/{_DS11}PublicKey")
    if point is not None and base64.b64decode(point) != key_of(key).public_bytes(*_POINT):
        return CapRefusal(("signed by another key than the one named",))
    return key


_DS11 = "{http://www.w3.org/2009/xmldsig11#}"
_POINT = (Encoding.X962, PublicFormat.UncompressedPoint)
_PARTS = [_DS + name for name in ("SignedInfo", "SignatureValue", "KeyInfo")]
_KEYS = [[_DS + "KeyName", _DS + kind] for kind in ("KeyValue", "X509Data")]
_BASE64 = (*(_DS + name for name in ("SignatureValue", "DigestValue", "X509Certificate")), _DS11 + "PublicKey")


def _is_plain_base64(text: str | None) -> bool:
    """Return whether a text is the one base64 of its bytes: no line breaks, no spare bits."""
    try:
        return base64.b64encode(base64.b64decode(text or "", validate=True)).decode() == text
    except binascii.Error:
        return False


def _certificate(root: Element, pinned: Pinned) -> x509.Certificate | CapRefusal | None:
    """Return the certificate where one is pinned: no byte of it is another, for no digest of ours covers it."""
    found = [node.text or "" for node in root.iter(f"{_DS}X509Certificate")]
    if isinstance(pinned, x509.Certificate):
        same = found == [base64.b64encode(pinned.public_bytes(Encoding.DER)).decode()]
        return pinned if same else CapRefusal(("not with the certificate that is pinned",))
    return CapRefusal(("with a certificate where a key is pinned",)) if found else None


def _verified(data: bytes, root: Element, pinned: Pinned, now_utc: str) -> bytes | CapRefusal:
    certificate = _certificate(root, pinned)
    if isinstance(certificate, CapRefusal):
        return certificate
    expected = SignatureConfiguration(
        require_x509=certificate is not None,
        location="./",
        expect_references=1,
        signature_methods=frozenset((SignatureMethod.ECDSA_SHA256,)),
        digest_algorithms=frozenset((DigestAlgorithm.SHA256,)),
        verification_time=moment(parse_instant(now_utc)),
    )
    try:
        result = XMLVerifier().verify(data, x509_cert=certificate, expect_config=expected)
    except Exception as error:  # noqa: BLE001  # whatever two libraries raise at hostile bytes is a refusal
        return CapRefusal((f"signature: {type(error).__name__}: {error}",))
    if not isinstance(result, VerifyResult):
        return CapRefusal(("the signature covers several parts",))
    if result.signature_key != key_of(pinned).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo):
        return CapRefusal(("signed by another key than the one named",))
    return _whole(data, result.signed_data)


def _whole(data: bytes, signed: bytes) -> bytes | CapRefusal:
    """Return the signed bytes if the message is they with the signature before their end, and nothing else."""
    end = b"</alert>"
    before = signed.removesuffix(end)
    signature = data[len(before) : -len(end)]
    whole = (
        len(before) < len(signed)
        and data.startswith(before)
        and data.endswith(end)
        and signature.startswith(b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">')
        and signature.endswith(b"</ds:Signature>")
    )
    return signed if whole else CapRefusal(("the signature does not cover the whole message in its one form",))


def _accepted(signed: bytes, realm: Realm, now_utc: str, seen: AbstractSet[str]) -> bytes | CapRefusal:
    problems = check_alert(signed, now_utc=now_utc)
    if problems:
        return CapRefusal(tuple(problems))
    root = parse_alert(signed)
    if isinstance(root, list):  # checked a line ago; here for the type alone
        return CapRefusal(tuple(root))
    header = header_of(root)
    if header.status not in STATUS_OF[realm]:
        return CapRefusal((f"status {header.status} in the {realm} realm",))
    if header.name in seen:
        return CapRefusal(("replayed: accepted before",))
    return signed
