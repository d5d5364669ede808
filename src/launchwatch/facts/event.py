"""The event record: an association of tracks and claims about one launch that names its preferred flights."""

from typing import Literal

import msgspec

from launchwatch.facts.base import Provenance, Value
from launchwatch.facts.claims import Claim, ContextEvent
from launchwatch.facts.flight import Flight, Interval
from launchwatch.facts.overflight import AirspaceTouch, FallWords, Overflight, TimedArea
from launchwatch.facts.traffic import Answer, TrafficExposure


class EvidenceRef(Value, frozen=True, kw_only=True):
    """Evidence that the event rests on, by digest."""

    id: str
    kind: str
    origin: str
    sha256: str


class Membership(Value, frozen=True, kw_only=True):
    """Why a report or recording belongs to this event, and how surely."""

    id: str
    origin: str
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    probability: float
    reason: str


class Consistency(Value, frozen=True, kw_only=True):
    """Whether a claim is physically possible and fits the rest, with one sentence of reason."""

    p_value: float | None
    verdict: Literal["consistent", "strained", "inconsistent", "untestable"]
    reason: str


class ClaimAssessment(Value, frozen=True, kw_only=True):
    """A claim of the event with its verdict; `observation` groups claims of one office that count once."""

    claim: Claim
    observation: str
    consistency: Consistency


class SpeakerView(Value, frozen=True, kw_only=True):
    """One side of a disagreement: what a speaker said, and the flight with the other side's figure left out."""

    source: str
    value: float | tuple[float, float]
    claims: tuple[str, ...]
    range_km: Interval | None
    apogee_km: Interval | None
    impact_in_eez: dict[str, float]


class Explanation(Value, frozen=True, kw_only=True):
    """A candidate explanation of a disagreement, simulated: what the second speaker would then have said.

    `bayes_factor` compares it with 'none of these', an unexplained figure drawn from the whole plausible span;
    `prior_odds` are its odds against 'none' before the figure was heard.
    """

    name: str
    description: str
    predicted: Interval | None
    bayes_factor: float
    prior_odds: float
    probability: float


class Disagreement(Value, frozen=True, kw_only=True):
    """Two speakers whose figures for one quantity do not fit; both are kept."""

    attribute: str
    views: tuple[SpeakerView, ...]
    sigma_apart: float
    explanations: tuple[Explanation, ...]
    summary: str


class ZoneAssessment(Value, frozen=True, kw_only=True):
    """The probability that the impact lies in one zone; computed lines, not legal ones.

    `called` is the zone in words; `item` is the object of a salvo. `margin_km` is the distance of the impact to
    the zone's limit, negative inside; `line_error_km` is how far the computed limit itself may be off (95 %).
    """

    item: int = 1
    zone: str
    kind: Literal["land", "territorial_sea", "contiguous_zone", "eez", "joint_area", "provisional_area"]
    states: tuple[str, ...]
    names: tuple[str, ...]
    called: str
    probability: float
    probability_low: float
    probability_high: float
    relation: Literal["inside", "outside", "too close to call"]
    basis: str
    status: str
    margin_km: Interval | None
    line_error_km: float
    wording: str


class Exposure(Value, frozen=True, kw_only=True):
    """Who or what was in or near the fall area; `asked` tells who was asked, where anybody was."""

    kind: str
    description: str
    probability: float | None
    as_of_utc: str
    asked: tuple[str, ...] = ()


class PathPoint(Value, frozen=True, kw_only=True):
    """One point of a drawn path: seconds after lift-off, degrees, ellipsoidal height."""

    time_s: float
    lat_deg: float
    lon_deg: float
    height_km: float


class Path(Value, frozen=True, kw_only=True):
    """A path to draw: the median one, a posterior sample, or a track's estimates."""

    kind: Literal["median", "sample", "track"]
    basis: str
    points: tuple[PathPoint, ...]


class HeightSample(Value, frozen=True, kw_only=True):
    """Height against ground distance with its 90 % band, for the profile."""

    distance_km: float
    height_km: Interval


class Statement(Value, frozen=True, kw_only=True):
    """The finding in words, sentence by sentence, each with the ids that it rests on."""

    title: str
    sentences: tuple[str, ...]
    basis: tuple[tuple[str, ...], ...]


class Event(Value, frozen=True, kw_only=True):
    """One launch: versioned, never overwritten; a later version cites the one before in `supersedes`.

    `objects` are the preferred flights, one an object; `estimates` the others, from claims or track alone;
    `zone_probability` gives the probability that any object came down in a zone under each estimate, by its
    basis; `zones_known` is the least share of an object's impacts that lies where zones are known at all;
    `traffic` holds ships, aircraft and whom to tell, an entry for each object, `answers` who was asked.
    `areas` tell where tracked objects and debris might fall as known at each instant; `airways` where airways were
    looked up, or why they were not. `falls` tell each object's fall in words.
    """

    schema: str
    id: str
    version: int
    supersedes: str | None = None
    status: Literal["actual", "exercise", "test"]
    as_of_utc: str
    title: str
    date: str | None
    date_basis: str
    objects: tuple[Flight, ...]
    estimates: tuple[Flight, ...]
    zone_probability: dict[str, dict[str, float]]
    no_estimate_reason: str | None = None
    zones_known: float | None = None
    zones: tuple[ZoneAssessment, ...]
    exposure: tuple[Exposure, ...]
    claims: tuple[ClaimAssessment, ...]
    disagreements: tuple[Disagreement, ...]
    context: tuple[ContextEvent, ...] = ()
    reports: tuple[Membership, ...] = ()
    recordings: tuple[Membership, ...] = ()
    tracks: tuple[str, ...] = ()
    statement: Statement | None = None
    paths: tuple[Path, ...] = ()
    evidence: tuple[EvidenceRef, ...]
    rejected: tuple[str, ...] = ()
    seed: int = 0
    provenance: Provenance = msgspec.field()
    areas: tuple[TimedArea, ...] = ()
    overflights: tuple[Overflight, ...] = ()
    airspace: tuple[AirspaceTouch, ...] = ()
    airways: str | None = None
    traffic: tuple[TrafficExposure, ...] = ()
    answers: tuple[Answer, ...] = ()
    falls: tuple[FallWords, ...] = ()
