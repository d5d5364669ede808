"""What nodes say of one object, side by side, and what was shared: never averaged."""

from typing import Literal

import msgspec

from launchwatch.facts.base import Provenance, Value
from launchwatch.facts.flight import PointEstimate
from launchwatch.facts.track import TrackUpdate

Quantity = Literal["launch point", "launch time", "fall point", "fall time", "class"]


class PartnerView(Value, frozen=True, kw_only=True):
    """What one party says of an object: `owner` is "own", "common" or a partner's name, `ref` the fact's id.

    `fall` is the likeliest hypothesis' and `assumes` names it; what the party did not say is None.
    """

    owner: str
    ref: str
    as_of_utc: str
    position_ecef_m: tuple[float, float, float] | None = None
    velocity_ecef_m_s: tuple[float, float, float] | None = None
    launch: PointEstimate | None = None
    fall: PointEstimate | None = None
    assumes: str | None = None
    class_: dict[str, float] = msgspec.field(name="class", default_factory=dict)


class Difference(Value, frozen=True, kw_only=True):
    """How far two parties are apart in one quantity, in sigmas of their joint covariance.

    `apart` is the distance in `unit` (of classes: the probability that both mean the same one).
    """

    quantity: Quantity
    first: str
    second: str
    apart: float
    unit: Literal["km", "s", "1"]
    sigma: float
    differ: bool


class Comparison(Value, frozen=True, kw_only=True):
    """All parties' assessments of one object of a watch side by side; `differ` where any two are too far apart."""

    id: str
    run: str
    track: int
    time_utc: str
    views: tuple[PartnerView, ...]
    differences: tuple[Difference, ...]
    differ: bool
    words: str
    provenance: Provenance


class CommonState(Value, frozen=True, kw_only=True):
    """One state of a track made of own and partners' plots together; it warns of nothing (see `TrackedState`)."""

    id: str
    run: str
    track: int
    status: str
    update: TrackUpdate
    owners: tuple[str, ...]
    provenance: Provenance


class Shared(Value, frozen=True, kw_only=True):
    """That views of the log's rows up to `through` went to a partner's stream, which has them on disk.

    `first` is the number of the first of them in the partner's own count; `facts` are the ids of what was shown,
    `digests` those of the messages (SHA-256, hex).
    """

    id: str
    partner: str
    first: int
    through: int
    facts: tuple[str, ...]
    digests: tuple[str, ...]
    sent_utc: str
    provenance: Provenance
