"""What the warning chain decides and does: reach, confirmation, steps of an alert, releases, deliveries, alarms.

All instants are UTC texts. Times of the object (`time_utc`, `fall_utc`), of the decision (`decided_utc`) and of
the machine (`sent_utc`, `received_utc`) are different fields. Rings are closed, (lon, lat) in degrees, WGS84.
"""

from typing import Literal

import msgspec

from launchwatch.facts.base import Provenance, Value
from launchwatch.facts.bulletin import Audience, Stage, Standing
from launchwatch.facts.flight import Ellipse
from launchwatch.facts.labels import UNLABELLED, FieldLabels

Ring = tuple[tuple[float, float], ...]
Role = Literal["district", "territorial sea", "coastal state", "NAVAREA", "FIR"]


class Place(Value, frozen=True, kw_only=True):
    """A place that is told of: who answers for it, its names by language, and how probable it is to be reached."""

    role: Role
    id: str
    names: dict[str, str]
    probability: float
    state: str | None = None
    earliest_utc: str | None = None
    latest_utc: str | None = None


class PathSupport(Value, frozen=True, kw_only=True):
    """What one sensor gave to a track: plots used in all and of late, and what it shares with other sensors.

    `recent` are those of the last three scans, or of the last 30 s where these are longer, at most
    `MOST_RECENT`. `looks` is how often the sensor looked since its first plot of the track (0: not known),
    `repeated` how many of its plots measured exactly what its plot before did, as a stuck sensor's do.
    """

    sensor: str
    owner: str | None
    path: str | None
    host: str | None
    plots: int
    recent: int
    last_utc: str
    first_utc: str | None = None
    looks: int = 0
    repeated: int = 0


MOST_RECENT = 8
"""Recent plots of one sensor on one track are counted so far: more would tell nothing new of it."""


class Confirmation(Value, frozen=True, kw_only=True):
    """Whether a track is an object that flies, by how many paths that share no owner, link or processing host.

    `independent` are the sensors of a largest set of such paths; `human` the id of a signed statement that stands
    for one path; `faults` say which sensors are not counted and why. `one_with` is the number of the older track
    that is the same object, seen by other sensors and not joined: it alone is counted.
    """

    id: str
    run: str
    track: int
    time_utc: str
    confirmed: bool
    missile: float
    independent: tuple[str, ...]
    human: str | None = None
    faults: tuple[str, ...] = ()
    reason: str
    provenance: Provenance
    one_with: int | None = None


class Reach(Value, frozen=True, kw_only=True):
    """What one state of a track can reach: the tracker's impact ellipses laid over territory, waters and airspace.

    `territory` is the probability that it falls on land or in territorial waters of a protected state, `over` that
    it passes over such land (above `over_height_m` or not), `reached` that it does either (0 in older records).
    `forecast` is the share of all falls that rest on what a burning motor may yet do: the probability that it
    burned. `over_now` and `past` are whether the object itself is over protected territory at `time_utc`, or has
    crossed it and left it behind.
    """

    id: str
    run: str
    track: int
    time_utc: str
    launch_lat_deg: float | None = None
    launch_lon_deg: float | None = None
    launch_utc: str | None = None
    fall_lat_deg: float | None = None
    fall_lon_deg: float | None = None
    fall_utc: str | None = None
    fall_ellipse_95: Ellipse | None = None
    height_m: float
    falling: bool
    territory: float
    over: float
    reached: float = 0.0
    sea: float
    forecast: float = 0.0
    over_now: bool
    past: bool
    sea_name: str | None = None
    places: tuple[Place, ...] = ()
    public_rings: tuple[Ring, ...] = ()
    fall_rings: tuple[Ring, ...] = ()
    provenance: Provenance


class AlertStep(Value, frozen=True, kw_only=True):
    """One decision of an alert's life for one audience: what may be said, on what evidence, until when.

    `number` counts the steps of an alert for its audience from 1; `references` are the ids of the steps that it
    updates or cancels. `places` and `rings` are written anew from the area at every step. `release` says what lets
    it out: two keys, one key, a standing rule where one applies, or nothing (information to the press).
    """

    id: str
    alert: str
    number: int
    audience: Audience
    stage: Stage
    status: Standing
    decided_utc: str
    as_of_utc: str
    expires_utc: str
    probability: float
    launch_utc: str | None = None
    launch_lat_deg: float | None = None
    launch_lon_deg: float | None = None
    launch_place: dict[str, str] | None = None
    fall_utc: str | None = None
    fall_lat_deg: float | None = None
    fall_lon_deg: float | None = None
    sea_name: str | None = None
    passed_utc: str | None = None
    places: tuple[Place, ...] = ()
    rings: tuple[Ring, ...] = ()
    release: Literal["two keys", "one key", "nothing"]
    reason: str
    evidence: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    provenance: Provenance


class HumanStatement(Value, frozen=True, kw_only=True):
    """A signed word of a person into the chain: a launch seen, an alert issued in error, asked for or closed."""

    id: str
    kind: Literal["launch", "no launch", "issued in error", "no longer possible"]
    alert: str | None = None
    track: int | None = None
    time_utc: str
    key: str
    signature: str
    reason: str
    status: Standing


class ReleaseRequest(Value, frozen=True, kw_only=True):
    """What is asked to be let out: the exact bytes of all bulletins of one step, by their digest.

    `digest` is the SHA-256 (hex) over the sorted bulletins' digests with step id, status, stage and expiry.
    """

    id: str
    step: str
    alert: str
    status: Standing
    stage: Stage
    audience: Audience
    bulletins: tuple[str, ...]
    digest: str
    needed: Literal["two keys", "one key"]
    asked_utc: str
    expires_utc: str
    provenance: Provenance


class Approval(Value, frozen=True, kw_only=True):
    """One person's signature (Ed25519, hex) over a request's digest; `key` is the id of the public key."""

    id: str
    request: str
    digest: str
    key: str
    verdict: Literal["release", "refuse"]
    signed_utc: str
    signature: str
    reason: str | None = None


class StandingRule(Value, frozen=True, kw_only=True):
    """A named rule, signed in advance by two keys, that lets out stage 1 while people would be too slow."""

    id: str
    name: str
    status: Standing
    stage: Stage
    audience: Audience
    least_probability: float
    longest_to_impact_s: float
    not_before_utc: str
    expires_utc: str
    signatures: tuple[tuple[str, str], ...]


class Release(Value, frozen=True, kw_only=True):
    """That a request was let out: by which keys or which rule; or refused, with the reason."""

    id: str
    request: str
    step: str
    alert: str
    outcome: Literal["released", "refused", "expired"]
    keys: tuple[str, ...] = ()
    rule: str | None = None
    decided_utc: str
    reason: str
    provenance: Provenance


class Delivery(Value, frozen=True, kw_only=True):
    """One bulletin on one channel: when it was sent, and what the own receiver read back."""

    id: str
    bulletin: str
    step: str
    channel: str
    digest: str
    sent_utc: str
    received_utc: str | None = None
    outcome: Literal["sent", "read back", "differs", "refused", "missing"]
    reason: str | None = None
    provenance: Provenance
    alert: str | None = None


class Ledger(Value, frozen=True, kw_only=True):
    """When what happened to one step: launch, second path, decision, request, release, last read-back."""

    id: str
    step: str
    alert: str
    stage: Stage
    audience: Audience
    status: Standing
    launch_utc: str | None
    detected_utc: str | None
    confirmed_utc: str | None
    decided_utc: str
    asked_utc: str | None
    released_utc: str | None
    sent_utc: str | None
    received_utc: str | None
    outcome: str
    provenance: Provenance


class Alarm(Value, frozen=True, kw_only=True):
    """Something that should be alive and is not, or should not be and is: feed, clock, process, person, disk."""

    id: str
    what: Literal["feed", "clock", "process", "person", "channel", "disk", "partner", "key", "sensor", "log"]
    name: str
    state: Literal["raised", "cleared"]
    since_utc: str
    time_utc: str
    reason: str
    provenance: Provenance


class Tick(Value, frozen=True, kw_only=True):
    """That time went on: the warning chain decides by facts alone, and this is the clock among them."""

    id: str
    time_utc: str
    source: Literal["clock", "plots"]


class Head(Value, frozen=True, kw_only=True):
    """A signed head of the log: sequence number, hash (hex), instant, key id and Ed25519 signature (hex)."""

    id: str
    seq: int
    hash: str
    time_utc: str
    key: str
    signature: str
    realm: str = "exercise"


class PartnerFact(Value, frozen=True, kw_only=True):
    """A fact that a partner shared, as it came: who, its number in their outbox, the signed CloudEvent's digest.

    `body` is the shared view's JSON; `version` counts what a partner said of the same `subject`. `labels` say, by
    the view's field paths, who else may have it; `origin` is the node that made it, another than `partner` where
    they relayed it.
    """

    id: str
    partner: str
    number: int
    kind: str
    subject: str
    version: int
    body: str
    digest: str
    made_utc: str
    received_utc: str
    status: Standing
    provenance: Provenance
    view: str = ""
    labels: FieldLabels = UNLABELLED
    origin: str | None = None


class Heartbeat(Value, frozen=True, kw_only=True):
    """That a process lives: its name, the machine's time, the latest time in its data and the disk's free bytes.

    `feeds` gives, for each of its sources, the latest time of its plots; `partners` the same of each partner;
    `ends` when certificates and keys end, where it tells of them.
    """

    id: str
    process: str
    time_utc: str
    disk_free_bytes: int | None = None
    feeds: dict[str, str] = msgspec.field(default_factory=dict)
    partners: dict[str, str] = msgspec.field(default_factory=dict)
    ends: dict[str, str] = msgspec.field(default_factory=dict)


class Drill(Value, frozen=True, kw_only=True):
    """A proficiency drill as an officer signed it: when, whether it was passed, and the digest of its score."""

    id: str
    held_utc: str
    passed: bool
    score: str
    key: str
    signature: str
