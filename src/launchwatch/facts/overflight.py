"""What lies below a flight and its fall: areas at each instant, the fall in words, territories, airspace."""

from typing import Literal

from launchwatch.facts.base import Value
from launchwatch.facts.flight import Ellipse, Interval

Ring = tuple[tuple[float, float], ...]
"""A closed ring of longitude and latitude, degrees, counter-clockwise, that stops at the antimeridian."""


class TimedArea(Value, frozen=True, kw_only=True):
    """Where a tracked object and its debris may fall, as known at `time_utc`; it holds until `until_utc`.

    `fall` is the 95 % ellipse of each hypothesis worth telling, `corridor` the ground below the way there with
    its own uncertainty, wider for what comes off if it breaks up: from drag-free to high-drag debris.
    `debris_until_utc` is when the slowest of it is down. `half_width_km` is that of the way below the path, now
    and at the fall.
    """

    track: str | None
    time_utc: str
    until_utc: str | None
    falls_utc: str
    debris_until_utc: str
    assumes: str
    probability: float
    lat_deg: float
    lon_deg: float
    ellipse_95: Ellipse
    half_width_km: tuple[float, float]
    fall: tuple[Ring, ...]
    corridor: tuple[Ring, ...]


class Overflight(Value, frozen=True, kw_only=True):
    """What a flight passes over: land, or a state's territory (land and territorial sea), with probability.

    `from_s` and `until_s` count from lift-off, `lowest_km` and `highest_km` are heights while over it; all are of
    the paths that pass over it. Instants stand where the launch is dated. Lines are computed, not legal, and how
    high a territory reaches is not said.
    """

    item: int = 1
    kind: Literal["land", "territory", "not covered"]
    area: str
    states: tuple[str, ...]
    names: tuple[str, ...]
    status: str
    probability: float
    probability_low: float
    probability_high: float
    from_s: Interval
    until_s: Interval
    from_utc: str | None = None
    until_utc: str | None = None
    lowest_km: Interval
    highest_km: Interval
    wording: str


class FallWords(Value, frozen=True, kw_only=True):
    """The middle of a fall area, or of one of its separate groups (`share`), as an official would say where it is.

    `text` and `place` are in English, Japanese and Korean (`en`, `ja`, `ko`); `distance_km` is the impact's from
    the place, `direction` the English name of the direction from it. Without a place near enough both are None.
    """

    item: int = 1
    share: float = 1.0
    lat_deg: float
    lon_deg: float
    text: dict[str, str]
    place: dict[str, str] | None = None
    direction: str | None = None
    distance_km: Interval | None = None


class AirspaceTouch(Value, frozen=True, kw_only=True):
    """A flight information region, airway or airport that a fall area, or the path below a height, touches.

    `part` is the fall, or the climb or descent below `below_km`. `within_km` is how near counts as touching
    (0: inside). `basis` tells how surely the line is known (read, second-hand, from knowledge) and `source` where
    it is from; the probability's low and high are those if the line is off by its error.
    """

    item: int = 1
    kind: Literal["FIR", "airway", "airport"]
    part: Literal["fall", "climb", "descent"]
    below_km: float | None
    within_km: float
    id: str
    names: tuple[str, ...]
    probability: float
    probability_low: float
    probability_high: float
    relation: Literal["inside", "outside", "too close to call"]
    from_s: Interval
    until_s: Interval
    from_utc: str | None = None
    until_utc: str | None = None
    basis: str
    source: str
    line_error_km: float
    wording: str
