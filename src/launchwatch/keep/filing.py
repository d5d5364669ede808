"""Under what a fact is found again: its own id, what it is about, and where; all of it follows from the fact."""

import hashlib
import math
from collections.abc import Iterator
from typing import Literal

from launchwatch.basis.errors import InputError, UnknownNameError
from launchwatch.facts import (
    AlertStep,
    Approval,
    Bulletin,
    CommonState,
    Comparison,
    Confirmation,
    Delivery,
    Event,
    Flight,
    HumanStatement,
    Ledger,
    PartnerFact,
    Reach,
    Release,
    ReleaseRequest,
    Ring,
    TrackedState,
    TrackMerger,
    Value,
    decode_fact,
    encode_fact,
)

_KEY_BYTES = (
    16  # 128 bits: among 10 million facts two collide with probability 1e-25; 64 would lose one in 4e5 logs
)
_OWN_NAMES = frozenset({"sensor", "plot"})
"""Kinds whose ids are names that others gave: the same name with other content is another fact."""

What = Literal["launch", "fall", "public", "ellipse"]


class Entry:
    """A fact ready to be appended: its kind, canonical bytes, and under what it is filed."""

    __slots__ = ("body", "fact", "key", "kind", "subject")

    def __init__(self, kind: str, body: bytes, fact: Value | None) -> None:
        self.kind, self.body, self.fact = kind, body, fact
        self.key = None if fact is None else key_of(kind, body, fact)
        self.subject = None if fact is None else subject_of(fact)


def entry_of(fact: Value) -> Entry:
    """Return the entry of a fact."""
    return Entry(*encode_fact(fact), fact)


def entry_from(kind: str, body: bytes) -> Entry:
    """Return the entry of a fact that came as JSON, made canonical; InputError where it is none of that kind."""
    return entry_of(decode_fact(kind, body))


def entry_in_log(kind: str, body: bytes) -> Entry:
    """Return the entry of a row as it stands: what cannot be read as a fact any more is filed under nothing."""
    try:
        return Entry(kind, body, decode_fact(kind, body))
    except (InputError, UnknownNameError):
        return Entry(kind, body, None)


def key_of(kind: str, body: bytes, fact: Value) -> bytes | None:
    """Return what makes a fact the same as one that is there already: 16 bytes over kind and id, or kind and body.

    None for a fact without an id. Sensors and plots bear names that others gave, which may come back with another
    content; theirs is made of the body.
    """
    name = getattr(fact, "id", None)
    if name is None:
        return None
    same = body if kind in _OWN_NAMES else str(name).encode()
    return hashlib.sha256(kind.encode() + b"\0" + same).digest()[:_KEY_BYTES]


def subject_of(fact: Value) -> str | None:
    """Return what a fact is about: an alert's or event's id, `run/track`, `partner/subject`; None for all else."""
    match fact:
        case AlertStep() | ReleaseRequest() | Release() | Ledger() | HumanStatement():
            subject = fact.alert
        case Bulletin():
            subject = fact.alert or fact.event
        case Delivery():
            subject = fact.alert or fact.step
        case Approval():
            subject = fact.request
        case Event() | Flight():
            subject = fact.id
        case TrackedState() | TrackMerger() | Reach() | Confirmation() | CommonState() | Comparison():
            subject = f"{fact.run}/{fact.track}"
        case PartnerFact():
            subject = f"{fact.partner}/{fact.subject}"
        case _:
            subject = None
    return subject


def places_of(fact: Value | None) -> Iterator[tuple[What, str]]:
    """Yield the places that a fact names, as extended well-known text in WGS84 (SRID 4326, longitude first).

    What is no place on earth (not finite, out of range, a ring of fewer than four corners) is left out: it stands
    in the fact all the same.
    """
    match fact:
        case AlertStep():
            yield from _point("launch", fact.launch_lat_deg, fact.launch_lon_deg)
            yield from _point("fall", fact.fall_lat_deg, fact.fall_lon_deg)
            yield from _rings("public", fact.rings)
        case Reach():
            yield from _point("launch", fact.launch_lat_deg, fact.launch_lon_deg)
            yield from _point("fall", fact.fall_lat_deg, fact.fall_lon_deg)
            yield from _rings("public", fact.public_rings)
            yield from _rings("ellipse", fact.fall_rings)
        case Flight():
            yield from _point("launch", fact.launch.lat_deg, fact.launch.lon_deg)
            yield from _point("fall", fact.impact.lat_deg, fact.impact.lon_deg)
        case Event():
            for flight in fact.objects:
                yield from places_of(flight)


def _point(what: What, lat_deg: float | None, lon_deg: float | None) -> Iterator[tuple[What, str]]:
    if lat_deg is not None and lon_deg is not None and _on_earth(lon_deg, lat_deg):
        yield what, f"SRID=4326;POINT({lon_deg!r} {lat_deg!r})"


def _rings(what: What, rings: tuple[Ring, ...]) -> Iterator[tuple[What, str]]:
    for ring in rings:
        closed = ring if ring[:1] == ring[-1:] else (*ring, ring[0])
        if len(closed) >= 4 and all(_on_earth(lon, lat) for lon, lat in closed):
            corners = ", ".join(f"{lon!r} {lat!r}" for lon, lat in closed)
            yield what, f"SRID=4326;POLYGON(({corners}))"


def _on_earth(lon_deg: float, lat_deg: float) -> bool:
    return math.isfinite(lon_deg) and -540.0 <= lon_deg <= 540.0 and -90.0 <= lat_deg <= 90.0
