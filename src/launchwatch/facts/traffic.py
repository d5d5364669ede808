"""Ships and aircraft: where they were told to be, who was where it fell, whom to tell, who answered what."""

from typing import Literal

import msgspec

from launchwatch.facts.base import Provenance, Value
from launchwatch.facts.flight import Interval

CraftKind = Literal["aircraft", "ship"]
CraftRelation = Literal["inside", "heading into it", "near miss"]
Outcome = Literal["no damage", "damage", "not known"]


class TrafficPosition(Value, frozen=True, kw_only=True, omit_defaults=True):
    """One position that a ship or aircraft sent, or that was measured of it.

    `identity` is the ICAO 24-bit address (six hexadecimal digits) or the MMSI (nine digits); where one is used by
    two craft, `#2` and so on tell them apart. `time_utc` is when the position held, not when it was received.
    `height_m` is geometric unless `barometric`; `course_deg` over ground, clockwise from true north. `sigma_m` is
    one standard deviation along each axis at that time. `doubt` says why it is trusted less.
    """

    kind: CraftKind
    identity: str
    time_utc: str
    lat_deg: float
    lon_deg: float
    sigma_m: float
    source: str
    name: str | None = None
    height_m: float | None = None
    barometric: bool = False
    on_ground: bool = False
    course_deg: float | None = None
    speed_m_s: float | None = None
    vertical_rate_m_s: float | None = None
    doubt: str | None = None


class TrafficBlock(Value, frozen=True, kw_only=True):
    """Positions of one file, in order of identity and time: one fact of the log."""

    id: str
    evidence: str
    positions: tuple[TrafficPosition, ...]
    provenance: Provenance


class Answer(Value, frozen=True, kw_only=True):
    """Who was asked after damage and when, and, once there is one, the answer with its time."""

    id: str
    evidence: str
    who: str
    asked_utc: str
    answered_utc: str | None = None
    answer: Outcome | None = None
    text: str | None = None
    provenance: Provenance


class CraftExposure(Value, frozen=True, kw_only=True):
    """One ship or aircraft against the fall of one object.

    `probability` is that of being within the danger radius of the impact at the moment of the fall; `inside_95`
    that of being in the 95 % ellipse then. Place, course and `sigma_km` are reckoned for the fall time from a
    position `age_s` old (negative: from after the fall). `distance_km` is from the impact at its moment;
    `closest_km` the least distance of its track from the middle of the fall area within the horizon, at
    `closest_utc`. `enters_utc` is when its track enters the ellipse, of those that were outside.
    """

    kind: CraftKind
    identity: str
    name: str | None = None
    relation: CraftRelation
    probability: float
    inside_95: float
    distance_km: Interval
    closest_km: float
    closest_utc: str
    enters_utc: str | None = None
    lat_deg: float
    lon_deg: float
    height_m: float | None = None
    course_deg: float | None = None
    speed_m_s: float | None = None
    age_s: float
    sigma_km: float
    source: str
    doubt: str | None = None


class KindExposure(Value, frozen=True, kw_only=True):
    """All craft of one kind against the fall of one object.

    `probability` that any was within the danger radius, `expected` how many; `craft` are the ones worth telling,
    and `inside`, `heading` count all that were likelier than not inside the 95 % ellipse, or head into it.
    """

    kind: CraftKind
    known: int
    aged: int
    danger_km: float
    probability: float
    expected: float
    inside: int
    heading: int
    craft: tuple[CraftExposure, ...]


class Recipient(Value, frozen=True, kw_only=True):
    """Who must be told: the area that it answers for, and with what probability the impact lies there.

    `within_95` tells that the 95 % ellipse reaches into the area, though perhaps no sample. Arrivals are the
    earliest and latest fall there, of 99 % of the samples.
    """

    role: Literal["FIR", "NAVAREA", "coastal state", "district"]
    name: str
    names: tuple[str, ...] = ()
    probability: float
    within_95: bool
    earliest_utc: str | None = None
    latest_utc: str | None = None
    basis: str


class PortNearby(Value, frozen=True, kw_only=True):
    """A port of the World Port Index in or near the 95 % ellipse of an impact; `distance_km` is 0 inside it.

    `listed_under` is the country that the index files it under, which says nothing of whose land it is.
    """

    name: str
    listed_under: str
    locode: str | None = None
    size: str | None = None
    lat_deg: float
    lon_deg: float
    distance_km: float


class LaneCrossing(Value, frozen=True, kw_only=True):
    """A shipping lane that crosses the 95 % ellipse: its ends (lon, lat, degrees), and how much of it lies inside.

    `passage` names the strait or canal that the lane leads through, where the network says so.
    """

    passage: str | None = None
    start: tuple[float, float]
    end: tuple[float, float]
    inside_km: float


class TrafficExposure(Value, frozen=True, kw_only=True):
    """What was found about traffic for one object; `not_assessed` says why nothing could be.

    `ports` are the nearest of the `ports_near` within `ports_within_km` of the 95 % ellipse; `lanes_source` says
    which package's lanes were asked, or why none were.
    """

    item: int = 1
    fall_utc: str | None = None
    kinds: tuple[KindExposure, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    notes: tuple[str, ...] = ()
    not_assessed: str | None = msgspec.field(default=None)
    ports: tuple[PortNearby, ...] = ()
    ports_near: int = 0
    ports_within_km: float | None = None
    lanes: tuple[LaneCrossing, ...] = ()
    lanes_source: str | None = None
