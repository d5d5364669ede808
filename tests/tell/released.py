"""What release is tested on: keys made on the fly from small numbers, one step with two texts, its request."""

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.facts import AlertStep, Bulletin, Place, Provenance, StandingRule, TrustedKey, TrustStore
from launchwatch.tell.approvals import request_for

BEGIN, NOW, LATER, END = (f"2026-03-01T00:{m}:00.000000Z" for m in ("00", "02", "04", "30"))
MADE = Provenance(author="test", created_utc=BEGIN)


def private(number):
    return Ed25519PrivateKey.from_private_bytes(number.to_bytes(32, "big"))


def trusted(number, holder, *, role="officer", realm="exercise", **fields):
    public = public_hex(private(number))
    key = TrustedKey(
        id=key_id(public), public=public, role=role, realm=realm, holder=holder,
        not_before_utc="2026-01-01T00:00:00Z", expires_utc="2027-01-01T00:00:00Z",
    )  # fmt: skip
    return replace(key, **fields)


def channel_key(number, realm="exercise"):
    secret = derive_private_key(number, SECP256R1())
    public = secret.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint).hex()
    return secret, trusted(
        1, "node", role="channel", realm=realm, id=key_id(public), public=public, algorithm="p256"
    )


KIM, LEE, KIM_AGAIN, REVOKED, EXPIRED, LIVE, NODE, STRANGER = range(1, 9)
TRUST = TrustStore(
    keys=(
        trusted(KIM, "Kim"),
        trusted(LEE, "Lee"),
        trusted(KIM_AGAIN, "Kim"),
        trusted(REVOKED, "Park", revoked_utc="2026-02-01T00:00:00Z", revoked_reason="stolen"),
        trusted(EXPIRED, "Choi", expires_utc="2026-02-01T00:00:00Z"),
        trusted(LIVE, "Sato", realm="live"),
        trusted(NODE, "node KR", role="node"),
    )
)


def step_of(**fields):
    step = AlertStep(
        id="step-1", alert="alert-1", number=1, audience="public", stage="launch", status="exercise",
        decided_utc=BEGIN, as_of_utc=BEGIN, expires_utc=END, probability=0.6, launch_utc="2026-02-28T23:59:30Z",
        fall_utc="2026-03-01T00:08:00Z", release="two keys", reason="test", provenance=MADE,
    )  # fmt: skip
    return replace(step, **fields)


def texts_of(step, *contents):
    return tuple(
        Bulletin(
            id=content_id("bulletin", step.id, text), event=step.alert, event_version=1, stage=step.stage,
            status=step.status, audience=step.audience, form="speech", language="en", content=text,
            provenance=MADE, alert=step.alert, step=step.id, digest=sha256_hex(text.encode()),
        )
        for text in contents or ("Missile launched. Take shelter.", "Second form of the same.")
    )  # fmt: skip


def asked(step=None, asked_utc="2026-03-01T00:00:01Z"):
    step = step or step_of()
    texts = texts_of(step)
    return step, texts, request_for(step, texts, asked_utc)


def rule_of(**fields):
    rule = StandingRule(
        id="", name="short flights", status="exercise", stage="launch", audience="public", least_probability=0.5,
        longest_to_impact_s=600.0, not_before_utc="2026-01-01T00:00:00Z", expires_utc="2026-06-01T00:00:00Z",
        signatures=(),
    )  # fmt: skip
    return replace(rule, **fields)


PLACE = Place(
    role="district", id="JP-01", names={"en": "Hokkaido"}, probability=0.6, earliest_utc="2026-03-01T00:03:00Z"
)  # fmt: skip
