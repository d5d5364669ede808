from datetime import UTC, datetime

import capvalidator
import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from launchwatch.basis.errors import InputError
from launchwatch.tell.cap_signing import CapRefusal, name_of, sign_cap, verify_cap
from tests.tell.alerting import key
from tests.tell.bad_cap import NOW, good
from tests.tell.wrapped_cap import wrapped

LIVE = {"live-1": key("live").public_key()}
EXERCISE = {"exercise-1": key("exercise").public_key()}


def signed(base="launch", name="live", key_id="live-1"):
    return sign_cap(good(base)[0], key(name), key_id=key_id)


def receive(data, *, trusted=LIVE, realm="live", now=NOW, seen=frozenset()):
    return verify_cap(data, trusted, realm=realm, now_utc=now, seen=seen)


def own_certificate(name="live", signer=None):
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "alerts.example.org")])
    return (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key(name).public_key())
        .serial_number(7)
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2035, 1, 1, tzinfo=UTC))
        .sign(key(signer or name), hashes.SHA256())
        .public_bytes(Encoding.PEM)
        .decode()
    )


@pytest.mark.parametrize("base", ["launch", "update", "cancel", "error"])
def test_a_receiver_gets_back_the_very_bytes_that_were_approved(base):
    assert receive(signed(base)) == good(base)[0]


def test_an_exercise_is_received_where_exercises_are():
    data = signed("exercise", "exercise", "exercise-1")
    assert receive(data, trusted=EXERCISE, realm="exercise") == good("exercise")[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (signed("exercise", "exercise", "exercise-1"), "no key of this realm"),
        (signed("launch", "exercise", "exercise-1"), "no key of this realm"),
        (signed("exercise", "exercise", "live-1"), "another key"),
        (signed("launch", "exercise", "live-1"), "another key"),
        (signed("exercise"), "status Exercise in the live realm"),
        (signed("test"), "status Test in the live realm"),
    ],
    ids=["exercise", "life by an exercise key", "exercise under a live name", "life under a live name",
         "exercise by a live key", "test by a live key"],
)  # fmt: skip
def test_nothing_of_an_exercise_is_acted_on_in_life(data, reason):
    assert reason in receive(data).reasons[0]


def test_a_live_message_is_not_acted_on_in_an_exercise():
    both = {**EXERCISE, **LIVE}
    assert receive(signed(), trusted=both, realm="exercise").reasons == ("status Actual in the exercise realm",)


def test_a_replayed_stale_or_future_message_is_refused():
    data = signed()
    assert receive(data, seen={name_of(good("launch")[0])}).reasons == ("replayed: accepted before",)
    assert "stale" in receive(data, now="2025-11-07T05:00:00Z").reasons[0]
    assert "future" in receive(data, now="2025-11-07T03:00:00Z").reasons[0]


def test_a_signature_does_not_make_a_bad_alert_good():
    spoilt = good("launch")[0].replace(b"143.0000", b"532.0000")
    assert "leaves the earth" in receive(sign_cap(spoilt, key("live"), key_id="live-1")).reasons[0]


@pytest.mark.parametrize(("name", "data"), [*wrapped(signed(), good("launch")[0], signed("update"))])
def test_no_wrapped_signature_is_accepted(name, data):
    assert isinstance(receive(data), CapRefusal), name


def _accepted_flips(data, count, trusted=LIVE):
    rng = np.random.default_rng(20251107)
    places = rng.permutation(len(data))[:count]
    accepted = []
    for at in places:
        changed = bytearray(data)
        changed[at] ^= 1 << int(rng.integers(8))
        if not isinstance(receive(bytes(changed), trusted=trusted), CapRefusal):
            accepted.append(int(at))
    return accepted


def test_no_message_with_a_bit_flipped_is_accepted():
    assert _accepted_flips(signed(), 400) == []


@pytest.mark.slow
def test_no_message_with_any_of_its_bytes_flipped_is_accepted():
    data = signed()
    assert isinstance(receive(data), bytes)
    assert _accepted_flips(data, len(data)) == []


@pytest.mark.slow
def test_no_message_with_a_certificate_is_accepted_with_any_of_its_bytes_flipped():
    pem = own_certificate()
    data = sign_cap(good("launch")[0], key("live"), key_id="live-1", certificate=pem)
    pinned = {"live-1": x509.load_pem_x509_certificate(pem.encode())}
    assert receive(data, trusted=pinned) == good("launch")[0]
    assert _accepted_flips(data, len(data), trusted=pinned) == []


@pytest.mark.parametrize("certified", [False, True])
def test_every_byte_that_no_digest_covers_counts(certified):
    pem = own_certificate() if certified else None
    data = sign_cap(good("launch")[0], key("live"), key_id="live-1", certificate=pem)
    pinned = {"live-1": x509.load_pem_x509_certificate(pem.encode())} if pem else LIVE
    assert receive(data, trusted=pinned) == good("launch")[0]
    for at in range(data.index(b"<ds:SignatureValue>"), len(data)):
        for bit in (0, 5):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            assert isinstance(receive(bytes(changed), trusted=pinned), CapRefusal), data[at - 20 : at + 20]


def test_an_outside_validator_confirms_signature_and_schema():
    data = sign_cap(good("launch")[0], key("live"), key_id="live-1", certificate=own_certificate())
    assert capvalidator.validate_cap_message(data).passed
    assert not capvalidator.check_signature(data.replace(b"Aomori", b"Tokyo")).passed


def test_a_certificate_is_taken_only_where_that_very_one_is_pinned():
    ours, renewed = own_certificate(), own_certificate()
    data = sign_cap(good("launch")[0], key("live"), key_id="live-1", certificate=ours)
    assert receive(data).reasons == ("with a certificate where a key is pinned",)
    other = {"live-1": x509.load_pem_x509_certificate(renewed.encode())}
    assert receive(data, trusted=other).reasons == ("not with the certificate that is pinned",)
    assert receive(signed(), trusted=other).reasons == ("not with the certificate that is pinned",)


def test_garbage_is_refused_and_never_raises():
    rng = np.random.default_rng(3)
    for size in (0, 1, 10, 1000):
        assert isinstance(receive(rng.bytes(size)), CapRefusal)
    assert isinstance(receive(b"<alert/>"), CapRefusal)
    assert isinstance(receive(signed()[:-20]), CapRefusal)
    assert receive(b"<" * 300_000).reasons == ("larger than 200000 bytes",)


def test_only_one_kind_of_key_signs():
    with pytest.raises(InputError, match="P-256"):
        sign_cap(good("launch")[0], ec.generate_private_key(ec.SECP384R1()), key_id="live-1")
    with pytest.raises(InputError, match="signed already"):
        sign_cap(signed(), key("live"), key_id="live-1")
    with pytest.raises(InputError, match="no XML"):
        sign_cap(b"words", key("live"), key_id="live-1")
    with pytest.raises(InputError, match="name"):
        sign_cap(good("launch")[0], key("live"), key_id="two words")
