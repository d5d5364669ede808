"""Ways to make a receiver act on what was not signed: signature wrapping and its relatives."""

import base64
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from launchwatch.tell.cap_signing import sign_cap
from tests.tell.alerting import key

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
DS = "http://www.w3.org/2000/09/xmldsig#"


def _tree(data: bytes) -> etree._Element:
    return etree.fromstring(data)


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n")


def _signature(root: etree._Element) -> etree._Element:
    return next(root.iter(f"{{{DS}}}Signature"))


def _evil(content: bytes) -> etree._Element:
    """Return what an attacker wants to be acted on: the same alert for another place."""
    return _tree(content.replace(b"Aomori", b"Tokyo").replace("青森県".encode(), "東京都".encode()))


def wrapped(signed: bytes, content: bytes, other: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the name and bytes of each attack on a signed message; `other` is another good one."""
    for attack in _ATTACKS:
        yield attack.__name__.removeprefix("_").replace("_", " "), attack(signed, content)
    for name, change in _REPLACED.items():
        old, new = change
        assert old in signed, name
        yield name, signed.replace(old, new)
    moved = _tree(content)
    moved.append(_signature(_tree(other)))
    yield "signature of another message", _bytes(moved)
    yield "two messages", signed + other


def _unsigned(_: bytes, content: bytes) -> bytes:
    return content


def _evil_with_the_signature(signed: bytes, content: bytes) -> bytes:
    evil = _evil(content)
    evil.append(_signature(_tree(signed)))
    return _bytes(evil)


def _original_in_an_object(signed: bytes, content: bytes) -> bytes:
    evil, signature = _evil(content), _signature(_tree(signed))
    holder = etree.SubElement(signature, f"{{{DS}}}Object")
    holder.append(_tree(content))
    evil.append(signature)
    return _bytes(evil)


def _original_within_the_evil(signed: bytes, content: bytes) -> bytes:
    evil = _evil(content)
    evil.append(_tree(signed))
    return _bytes(evil)


def _evil_within_the_original(signed: bytes, content: bytes) -> bytes:
    root = _tree(signed)
    root.insert(0, _evil(content))
    return _bytes(root)


def _evil_info_before(signed: bytes, content: bytes) -> bytes:
    root = _tree(signed)
    _signature(root).addprevious(next(_evil(content).iter(f"{{{CAP}}}info")))
    return _bytes(root)


def _evil_info_after(signed: bytes, content: bytes) -> bytes:
    root = _tree(signed)
    root.append(next(_evil(content).iter(f"{{{CAP}}}info")))
    return _bytes(root)


def _evil_info_in_the_signature(signed: bytes, content: bytes) -> bytes:
    root = _tree(signed)
    _signature(root).append(next(_evil(content).iter(f"{{{CAP}}}info")))
    return _bytes(root)


def _evil_info_in_the_key(signed: bytes, content: bytes) -> bytes:
    root = _tree(signed)
    next(root.iter(f"{{{DS}}}KeyInfo")).append(next(_evil(content).iter(f"{{{CAP}}}info")))
    return _bytes(root)


def _by_id(signed: bytes, content: bytes) -> bytes:
    evil, signature, original = _evil(content), _signature(_tree(signed)), _tree(content)
    original.set("Id", "x")
    next(signature.iter(f"{{{DS}}}Reference")).set("URI", "#x")
    etree.SubElement(signature, f"{{{DS}}}Object").append(original)
    evil.append(signature)
    return _bytes(evil)


def _reference_to_a_file(signed: bytes, _: bytes) -> bytes:
    root = _tree(signed)
    next(root.iter(f"{{{DS}}}Reference")).set("URI", "file:///etc/hostname")
    return _bytes(root)


def _signature_first(signed: bytes, _: bytes) -> bytes:
    root = _tree(signed)
    root.insert(0, _signature(root))
    return _bytes(root)


def _signature_in_an_info(signed: bytes, _: bytes) -> bytes:
    root = _tree(signed)
    next(root.iter(f"{{{CAP}}}info")).append(_signature(root))
    return _bytes(root)


def _signature_twice(signed: bytes, _: bytes) -> bytes:
    root = _tree(signed)
    root.append(_tree(etree.tostring(_signature(root))))
    return _bytes(root)


def _signed_again_by_another(signed: bytes, content: bytes) -> bytes:
    root = _tree(signed)
    root.append(_signature(_tree(sign_cap(content, key("attacker"), key_id="live-1"))))
    return _bytes(root)


def _evil_under_the_name_of_the_key(_: bytes, content: bytes) -> bytes:
    return sign_cap(_bytes(_evil(content)), key("attacker"), key_id="live-1")


def _evil_with_the_key_beside(signed: bytes, content: bytes) -> bytes:
    root = _tree(sign_cap(_bytes(_evil(content)), key("attacker"), key_id="live-1"))
    mine, theirs = (next(one.iter(f"{{{DS}}}KeyInfo")) for one in (root, _tree(signed)))
    mine.getparent().replace(mine, theirs)
    return _bytes(root)


def _evil_with_two_keys(signed: bytes, content: bytes) -> bytes:
    root = _tree(sign_cap(_bytes(_evil(content)), key("attacker"), key_id="live-1"))
    next(root.iter(f"{{{DS}}}KeyInfo")).append(next(_tree(signed).iter(f"{{{DS}}}KeyValue")))
    return _bytes(root)


def _public_key_as_a_secret(signed: bytes, content: bytes) -> bytes:
    evil = _evil(content)
    signature = _signature(_tree(signed))
    method = next(signature.iter(f"{{{DS}}}SignatureMethod"))
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    made = hmac.HMAC(key("live").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
                     hashes.SHA256())  # fmt: skip
    made.update(etree.tostring(signature[0], method="c14n"))
    next(signature.iter(f"{{{DS}}}SignatureValue")).text = base64.b64encode(made.finalize()).decode()
    evil.append(signature)
    return _bytes(evil)


def _no_reference(signed: bytes, _: bytes) -> bytes:
    root = _tree(signed)
    reference = next(root.iter(f"{{{DS}}}Reference"))
    reference.getparent().remove(reference)
    return _bytes(root)


def _two_references(signed: bytes, _: bytes) -> bytes:
    root = _tree(signed)
    reference = next(root.iter(f"{{{DS}}}Reference"))
    reference.addnext(_tree(etree.tostring(reference)))
    return _bytes(root)


def _no_transforms(signed: bytes, _: bytes) -> bytes:
    root = _tree(signed)
    node = next(root.iter(f"{{{DS}}}Transforms"))
    node.getparent().remove(node)
    return _bytes(root)


def _with_a_name_space_of_its_own(signed: bytes, _: bytes) -> bytes:
    return signed.replace(b"<ds:", b"<x:").replace(b"</ds:", b"</x:").replace(b"xmlns:ds", b"xmlns:x")


def _in_lines(signed: bytes, _: bytes) -> bytes:
    return signed.replace(b"><", b">\n<")


def _signature_in_lines(signed: bytes, _: bytes) -> bytes:
    at = signed.index(b"<ds:Signature ")
    return signed[:at] + signed[at:].replace(b"><", b">\n<")


def _spare_bits(signed: bytes, _: bytes) -> bytes:
    """Write the same bytes in base64 with another last digit: its spare bits are looked at by no decoder."""
    at = signed.index(b"</ds:SignatureValue>") - 3
    digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return signed[:at] + bytes([digits[digits.index(signed[at]) ^ 1]]) + signed[at + 1 :]


def _declared(signed: bytes, _: bytes) -> bytes:
    return b'<?xml version="1.0"?>' + signed


def _comment_in_a_text(signed: bytes, _: bytes) -> bytes:
    return signed.replace(b"Aomori", b"Aomori<!-- -->", 1)


def _with_attributes(signed: bytes, _: bytes) -> bytes:
    return signed.replace(b"<ds:KeyInfo>", b'<ds:KeyInfo Id="k">')


_ATTACKS: tuple[Callable[[bytes, bytes], bytes], ...] = (
    _unsigned,
    _evil_with_the_signature,
    _original_in_an_object,
    _original_within_the_evil,
    _evil_within_the_original,
    _evil_info_before,
    _evil_info_after,
    _evil_info_in_the_signature,
    _evil_info_in_the_key,
    _by_id,
    _reference_to_a_file,
    _signature_first,
    _signature_in_an_info,
    _signature_twice,
    _signed_again_by_another,
    _evil_under_the_name_of_the_key,
    _evil_with_the_key_beside,
    _evil_with_two_keys,
    _public_key_as_a_secret,
    _no_reference,
    _two_references,
    _no_transforms,
    _with_a_name_space_of_its_own,
    _in_lines,
    _signature_in_lines,
    _spare_bits,
    _declared,
    _comment_in_a_text,
    _with_attributes,
)

_REPLACED = {
    "digest by SHA-1": (b"http://www.w3.org/2001/04/xmlenc#sha256", b"http://www.w3.org/2000/09/xmldsig#sha1"),
    "signature by SHA-1": (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#ecdsa-sha1"),
    "signature by SHA-512": (b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#ecdsa-sha512"),
    "other canonical form": (b"2006/12/xml-c14n11", b"2001/10/xml-exc-c14n#"),
    "transform by style sheet": (b"2000/09/xmldsig#enveloped-signature", b"TR/1999/REC-xslt-19991116"),
    "transform by path": (b"2000/09/xmldsig#enveloped-signature", b"TR/1999/REC-xpath-19991116"),
    "another curve": (b"urn:oid:1.2.840.10045.3.1.7", b"urn:oid:1.3.132.0.34"),
    "no key named": (b"<ds:KeyName>live-1</ds:KeyName>", b""),
    "another key named": (b"<ds:KeyName>live-1<", b"<ds:KeyName>live-2<"),
    "a space about the key's name": (b"<ds:KeyName>live-1<", b"<ds:KeyName> live-1<"),
    "exercise told as life": (b"<status>Actual<", b"<status>Exercise<"),
    "one corner moved": (b"42.0000,139.0000", b"42.0000,138.0000"),
    "another district": (b"JP-02", b"JP-01"),
    "later expiry": (b"<expires>2025-11-07T04:06", b"<expires>2025-11-07T05:06"),
}
