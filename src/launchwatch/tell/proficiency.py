"""Monthly proficiency drills: who does not practise may not let out live alerts.

A calendar month (UTC) without a passed drill is a miss; three in a row lock live release, as IPAWS does since
September 2023, until a drill is passed again. Lifting an alert is never locked.
"""

from collections.abc import Iterable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import moment, parse_instant
from launchwatch.basis.signatures import is_signed, key_id, public_hex, sign
from launchwatch.facts import Drill, TrustStore, canonical_bytes

MISSES_THAT_LOCK = 3


def sign_drill(drill: Drill, private: Ed25519PrivateKey) -> Drill:
    """Return a drill's record signed by an officer of the live realm, since it is the live realm that it opens."""
    named = replace(drill, id="", key=key_id(public_hex(private)), signature="")
    signature = sign(private, "drill", "live", canonical_bytes(named))
    return replace(named, id=content_id("drill", canonical_bytes(named), signature), signature=signature)


def why_drill_counts_not(drill: Drill, trust: TrustStore, now_utc: str) -> str | None:
    """Return why a drill's record is refused, or None where a live officer signed it."""
    problem = trust.why_not(drill.key, role="officer", realm="live", now_utc=now_utc)
    try:
        if problem is None and parse_instant(drill.held_utc) > parse_instant(now_utc):
            problem = f"held at {drill.held_utc}, which is yet to come"
    except InputError as error:
        problem = error.message
    found = trust.find(drill.key)
    words = canonical_bytes(replace(drill, id="", signature=""))
    if problem is None and found and not is_signed(found.public, drill.signature, "drill", "live", words):
        problem = "the signature is not this key's over these words"
    return problem


def why_locked(drills: Iterable[Drill], since_utc: str, now_utc: str) -> str | None:
    """Return why live release is locked at an instant, or None.

    `drills` are those whose signatures count; `since_utc` is when the node began to answer for live alerts: whole
    months after it count.
    """
    now = _month(moment(parse_instant(now_utc)))
    passed = [_month(moment(parse_instant(one.held_utc))) for one in drills if one.passed]
    last = max([month for month in passed if month <= now], default=_month(moment(parse_instant(since_utc))))
    misses = now - last - 1
    if misses < MISSES_THAT_LOCK:
        return None
    return (
        f"{misses} months in a row without a passed drill: live release is locked until one is recorded "
        "(`launchwatch node drill-passed`)"
    )


def _month(when: datetime) -> int:
    return when.year * 12 + when.month
