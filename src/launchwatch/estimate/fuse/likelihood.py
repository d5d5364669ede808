"""How likely a claim is, given a flight: figures (`figures`), and the error models of what is said in words.

Claims of one office on one quantity are one observation: its log likelihood is their mean.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from launchwatch.estimate.fuse.areas import claimed_area
from launchwatch.estimate.fuse.figures import GROSS, figure_log_likelihood, quantity
from launchwatch.facts import Claim, FlightSamples
from launchwatch.facts.speakers import OUTLET, office_of, offset_of
from launchwatch.flight.classes import CRUISE, QUASI_BALLISTIC
from launchwatch.flight.limits import impossible
from launchwatch.geo.grids import Bounds
from launchwatch.geo.places import PlaceArea, log_density_area
from launchwatch.geo.zones import load_zones

Array = NDArray[np.float64]
LogLikelihood = Callable[[FlightSamples], Array]

_HEDGED = 0.85  # trust in a statement with a hedge ("likely", "appears"), against 0.95 without
_PLAIN = 0.95
COMPASS_DEG = {
    name: 22.5 * i
    for i, name in enumerate(
        (
            "north", "north-northeast", "northeast", "east-northeast", "east", "east-southeast", "southeast",
            "south-southeast", "south", "south-southwest", "southwest", "west-southwest", "west",
            "west-northwest", "northwest", "north-northwest",
        )
    )
}  # fmt: skip
_AZIMUTH_SIGMA = math.radians(4)  # an azimuth in degrees, drawn on a map
_COMPASS_SIGMA = math.radians(20)  # an eight-point word covers 45 degrees

# How a speaker names each class (rows: what was said; columns: KINDS), quasi-ballistic first. A space launch that
# fails may fall back with the energy of any class.
_SAID = {
    "SRBM": (0.95, 0.95, 0.15, 0.001, 0.001, 0.001),
    "MRBM": (0.10, 0.10, 0.95, 0.20, 0.001, 0.001),
    "IRBM": (0.001, 0.001, 0.20, 0.95, 0.15, 0.001),
    "ICBM": (0.001, 0.001, 0.001, 0.15, 0.95, 0.001),
    "SLBM": (0.95, 0.95, 0.95, 0.95, 0.95, 0.05),
    "SLV": (0.02, 0.95, 0.95, 0.95, 0.95, 0.001),
    "hypersonic": (0.95, 0.05, 0.15, 0.30, 0.001, 0.10),
    "cruise": (0.001, 0.001, 0.001, 0.001, 0.001, 0.95),
}
_HEARD, _CRUISE_HEARD = 0.3, 0.02
"""Chance of hearing a class of any flight: seldom is a ballistic flight called a cruise missile's."""


class Subject(Enum):
    """The one thing of a flight on which what a word says depends."""

    RANGE = "range"
    APOGEE = "apogee"
    FLIGHT_TIME = "flight time"
    STEEPNESS = "apogee over range"
    AZIMUTH = "azimuth"
    SPEED = "burnout speed"
    CLASS = "class"
    LAUNCH = "place of launch"
    IMPACT = "place of impact"


@dataclass(frozen=True)
class Word:
    """What one claim says of a flight: its log likelihood, and for a category how far a flight agrees with it.

    `agreement` (n,) is 1 where the category holds of a flight and 0 where it does not, with a blur between; None
    for figures. Beyond `bounds_deg` a word on a place says the same of every place.
    """

    claim: Claim
    subject: Subject
    log_likelihood: LogLikelihood
    agreement: Callable[[FlightSamples], Array] | None = None
    bounds_deg: Bounds | None = None

    @property
    def said(self) -> object:
        """Return what decides the likelihood: claims that agree in it say the same."""
        c = self.claim
        quote = c.quote if c.attribute in ("launch_area", "impact_area") else None
        return (
            c.attribute,
            c.value,
            c.unit,
            c.qualifier,
            bool(c.hedge),
            c.polarity,
            c.source == OUTLET,
            offset_of(c.attribute, c.source),
            quote,
        )


@dataclass(frozen=True)
class Observation:
    """One office's word on one quantity of one object, counted once however often it is repeated."""

    id: str
    attribute: str
    office: str
    item: int | None
    words: tuple[Word, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Return the claims behind it."""
        return tuple(word.claim for word in self.words)

    def log_likelihood(self, samples: FlightSamples) -> Array:
        """Return the log likelihood (n,) of flights: the mean of the claims'."""
        return np.asarray(np.mean([word.log_likelihood(samples) for word in self.words], axis=0))

    def at_its_word(self, samples: FlightSamples, gross: float) -> Array:
        """Return the log likelihood (n,) with another chance of gross errors in figures, and none careless."""
        said = [
            figure_log_likelihood(word.claim, quantity(samples, self.attribute), gross, careless=0.0)
            if word.agreement is None
            else word.log_likelihood(samples)
            for word in self.words
        ]
        return np.asarray(np.mean(said, axis=0))


def joint_log_likelihood(observations: Iterable[Observation], subject: Subject | None = None) -> LogLikelihood:
    """Return what all observations say together, of one subject or of all; shared words are asked once."""
    asked: dict[object, tuple[LogLikelihood, float]] = {}
    for observation in observations:
        for word in observation.words:
            if subject not in (None, word.subject):
                continue
            known = asked.get(word.said, (word.log_likelihood, 0.0))
            asked[word.said] = (known[0], known[1] + 1 / len(observation.words))

    def log_likelihood(samples: FlightSamples) -> Array:
        total = np.zeros(len(samples))
        for function, times in asked.values():
            total += times * function(samples)
        return total

    return log_likelihood


def bears_on_flight(claim: Claim) -> bool:
    """Return whether a claim says something of this launch's flight that the model can weigh.

    An impossible figure says nothing of it: its likelihood's broad tail would draw every flight towards it.
    """
    if claim.about != "main" or claim.condition is not None or claim.attribute not in _MAKERS:
        return False
    return impossible(claim.attribute, claim.value, claim.qualifier) is None


def observe(claims: Iterable[Claim], *, country: str | None) -> list[Observation]:
    """Return the observations in claims about one object, in a fixed order.

    Claims of one office on one attribute are one observation; an outlet's own figure that repeats a named
    office's joins it.
    """
    groups: dict[tuple[str, str, int | None], list[Claim]] = defaultdict(list)
    for claim in claims:
        if bears_on_flight(claim):
            groups[claim.attribute, office_of(claim.source), claim.item].append(claim)
    _adopt_outlets(groups)
    found = []
    for (attribute, office, item), members in sorted(groups.items(), key=lambda pair: str(pair[0])):
        words = [word for claim in members if (word := _MAKERS[attribute](claim, country)) is not None]
        if words:
            name = f"{attribute}/{office}" + (f"/{item}" if item else "")
            found.append(Observation(name, attribute, office, item, tuple(words)))
    return found


def _adopt_outlets(groups: dict[tuple[str, str, int | None], list[Claim]]) -> None:
    for key in [key for key in groups if key[1] == OUTLET]:
        for claim in list(groups[key]):
            same = next(
                (k for k in groups if k[0] == key[0] and k[1] != OUTLET and _repeats(claim, groups[k])), None
            )
            if same is not None:
                groups[key].remove(claim)
                groups[same].append(claim)
        if not groups[key]:
            del groups[key]


def _repeats(claim: Claim, others: list[Claim]) -> bool:
    return any(_alike(claim.value, other.value) for other in others)


def _alike(a: object, b: object) -> bool:
    if isinstance(a, int | float) and isinstance(b, int | float):
        return math.isclose(a, b, rel_tol=0.03)
    return str(a).casefold() == str(b).casefold()


_FIGURES = {"range_km": Subject.RANGE, "apogee_km": Subject.APOGEE, "flight_time_min": Subject.FLIGHT_TIME}


def _figure(claim: Claim, _: str | None) -> Word | None:
    try:
        low, high = claim.ends
    except (TypeError, ValueError):
        return None
    if claim.polarity == "denied" or not 0 < low <= high < 1e6:
        return None
    return Word(
        claim,
        _FIGURES[claim.attribute],
        lambda samples: figure_log_likelihood(claim, quantity(samples, claim.attribute)),
    )


def _category(
    claim: Claim,
    subject: Subject,
    holds: Callable[[FlightSamples], Array],
    otherwise: float,
    *,
    trust: float | None = None,
    bounds_deg: Bounds | None = None,
) -> Word:
    """Return the word of a category that `holds` (0 to 1) of a flight, or of its denial.

    p(said | flight) = t a + (1 - t) o with agreement a, trust t and chance `otherwise` of hearing it anyway.
    """
    sure = trust if trust is not None else _HEDGED if claim.hedge else _PLAIN

    def agreement(samples: FlightSamples) -> Array:
        held = holds(samples)
        return np.asarray(1 - held if claim.polarity == "denied" else held)

    def log_likelihood(samples: FlightSamples) -> Array:
        return np.asarray(np.log(sure * agreement(samples) + (1 - sure) * otherwise))

    return Word(claim, subject, log_likelihood, agreement, bounds_deg)


def stated_azimuth(claim: Claim) -> tuple[float, float]:
    """Return a direction's azimuth and one-sigma error, rad; NaN where it is no direction."""
    if isinstance(claim.value, int | float):
        return math.radians(claim.value), _AZIMUTH_SIGMA
    return math.radians(COMPASS_DEG.get(str(claim.value).casefold(), math.nan)), _COMPASS_SIGMA


def _direction(claim: Claim, _: str | None) -> Word | None:
    azimuth, sigma = stated_azimuth(claim)
    if math.isnan(azimuth):
        return None

    def holds(samples: FlightSamples) -> Array:
        off = np.angle(np.exp(1j * (samples.azimuth_rad - azimuth))) / sigma
        return np.asarray(np.exp(-0.5 * np.square(off)))

    return _category(claim, Subject.AZIMUTH, holds, 0.1)


def _missile_class(claim: Claim, _: str | None) -> Word | None:
    row = _SAID.get(str(claim.value))
    if row is None:
        return None
    table = np.array(row) / max(row)
    heard = _CRUISE_HEARD if claim.value == "cruise" else _HEARD
    return _category(claim, Subject.CLASS, lambda samples: table[samples.class_index], heard)


def _trajectory(claim: Claim, _: str | None) -> Word | None:
    said = str(claim.value)
    if said not in ("normal", "lofted", "depressed", "irregular"):
        return None

    def holds(samples: FlightSamples) -> Array:
        # A minimum-energy path over a flat earth climbs to a quarter of its range (Wheelon, ARS J. 1959).
        steep = np.log(np.maximum(samples.apogee_m, 1.0) / (0.25 * np.maximum(samples.range_m, 1.0)))
        if said == "lofted":
            return np.asarray(ndtr((steep - 0.7) / 0.3))
        if said == "depressed":
            return np.asarray(ndtr((-0.4 - steep) / 0.3))
        if said == "normal":
            return np.asarray(np.exp(-0.5 * np.square(steep / 0.6)))
        turning = (samples.class_index == QUASI_BALLISTIC) | (samples.class_index == CRUISE)
        return np.where(turning, 1.0, 0.1)

    return _category(claim, Subject.CLASS if said == "irregular" else Subject.STEEPNESS, holds, 0.3)


_STATE_OF_WATERS = {"japan": "JPN", "south korea": "KOR", "philippines": "PHL"}


def _eez(claim: Claim, _: str | None) -> Word | None:
    state = _STATE_OF_WATERS.get(str(claim.unit or "").casefold())
    if state is None or claim.value not in ("inside", "outside"):
        return None

    def holds(samples: FlightSamples) -> Array:
        held = in_waters_of(state, samples.impact_lat_rad, samples.impact_lon_rad)
        return np.asarray(held == (claim.value == "inside"), dtype=np.float64)

    return _category(claim, Subject.IMPACT, holds, 1.0, bounds_deg=_waters_bounds(state))


_WATERS = ("eez", "territorial_sea", "land")


def in_waters_of(state: str, lat_rad: Array, lon_rad: Array) -> NDArray[np.bool_]:
    """Return whether points (n,) lie in a state's zone: its economic zone, territorial sea or land."""
    zones = load_zones()
    lon, lat = np.degrees(lon_rad), np.degrees(lat_rad)
    covered = zones.covered(lon, lat)
    held = np.zeros(len(lon), dtype=np.bool_)
    for kind in _WATERS:
        zone = f"{kind}:{state}"
        if zone in zones:
            held[covered] |= zones.inside(zone, lon[covered], lat[covered])
    return held


def _waters_bounds(state: str) -> Bounds:
    """Return the bounds of everything that `in_waters_of` asks about."""
    zones = load_zones()
    shapes = [zones.geometry(zone) for kind in _WATERS if (zone := f"{kind}:{state}") in zones]
    bounds = np.array([shape.bounds for shape in shapes])
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _area_bounds(area: PlaceArea) -> Bounds:
    """Return the bounds beyond which nothing agrees with an area: four kernels beyond its support."""
    reach = _KERNELS * area.sigma_m / 1.1e5
    wide = reach / math.cos(math.radians(float(np.mean(area.lat_deg))))
    return (
        float(area.lon_deg.min()) - wide, float(area.lat_deg.min()) - reach,
        float(area.lon_deg.max()) + wide, float(area.lat_deg.max()) + reach,
    )  # fmt: skip


_KERNELS = 4
_NEAR_MISS = 0.2  # chance of hearing an area that a point is not in, over that of one that it is in
_ALL_SEAS_KM = 1500.0  # radius of the seas round Japan, among which a wrong bearing from a place would lie


def _heard_anyway(area: PlaceArea) -> float:
    """Return the chance of hearing an area that a point is not in: small for a narrow one.

    A wrong 'in the Sea of Japan' is one of a handful of seas, a wrong '250 km west of the island' one of the many
    areas of its size that could have been named instead.
    """
    if area.kind != "offset":
        return _NEAR_MISS
    return _NEAR_MISS * min(1.0, (area.radius_km / _ALL_SEAS_KM) ** 2)


def _launch_area(claim: Claim, country: str | None) -> Word | None:
    area = claimed_area(claim, country)
    if area is None:
        return None
    return _category(
        claim,
        Subject.LAUNCH,
        lambda s: agreement_with_area(area, s.launch_lat_rad, s.launch_lon_rad),
        _NEAR_MISS,
        bounds_deg=_area_bounds(area),
    )


def _impact_area(claim: Claim, country: str | None) -> Word | None:
    area = claimed_area(claim, country)
    if area is None:
        return None
    return _category(
        claim,
        Subject.IMPACT,
        lambda s: agreement_with_area(area, s.impact_lat_rad, s.impact_lon_rad),
        _heard_anyway(area),
        bounds_deg=_area_bounds(area),
    )


def agreement_with_area(area: PlaceArea, lat_rad: Array, lon_rad: Array) -> Array:
    """Return how well points (n,) fit a said area: 1 within, falling to 0 with its own blur."""
    return _relief(area)(np.degrees(lat_rad), np.degrees(lon_rad))


@lru_cache(maxsize=64)
def _relief(area: PlaceArea) -> Callable[[Array, Array], Array]:
    """Return the area's density over its typical density, at most 1, by bilinear interpolation in a grid."""
    reach = _KERNELS * area.sigma_m / 1.1e5
    step = max(0.5 * area.sigma_m / 1.1e5, 1e-3)
    stretch = 1 / math.cos(math.radians(float(np.mean(area.lat_deg))))
    lat = np.arange(area.lat_deg.min() - reach, area.lat_deg.max() + reach + step, step)
    lon = np.arange(
        area.lon_deg.min() - reach * stretch, area.lon_deg.max() + (reach + step) * stretch, step * stretch
    )
    mesh_lat, mesh_lon = np.meshgrid(lat, lon, indexing="ij")
    log_density = log_density_area(area, np.radians(mesh_lat.ravel()), np.radians(mesh_lon.ravel()))
    at_support = log_density_area(area, np.radians(area.lat_deg), np.radians(area.lon_deg))
    typical = float(np.average(at_support, weights=area.weights))
    height = np.minimum(np.exp(log_density - typical), 1.0).reshape(mesh_lat.shape)

    def relief(at_lat: Array, at_lon: Array) -> Array:
        row = np.clip((at_lat - lat[0]) / step, 0, len(lat) - 1.001)
        column = np.clip((at_lon - lon[0]) / (step * stretch), 0, len(lon) - 1.001)
        i, j = row.astype(int), column.astype(int)
        u, v = row - i, column - j
        near = (1 - u) * ((1 - v) * height[i, j] + v * height[i, j + 1])
        return np.asarray(near + u * ((1 - v) * height[i + 1, j] + v * height[i + 1, j + 1]))

    return relief


def _speed(claim: Claim, _: str | None) -> Word | None:
    try:
        mach = float(claim.value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    if not 0 < mach < 40:
        return None
    speed = 300.0 * mach  # speed of sound at 20 to 50 km, within 5 %

    def holds(samples: FlightSamples) -> Array:
        burnt_out = np.isfinite(samples.burnout_speed_m_s)
        own = np.where(burnt_out, samples.burnout_speed_m_s, samples.range_m / samples.flight_time_s)
        off = np.log(np.maximum(own, 1.0) / speed) / 0.25
        return np.asarray(np.exp(-0.5 * np.square(off)))

    return _category(claim, Subject.SPEED, holds, 0.2, trust=1 - GROSS)


_MAKERS: dict[str, Callable[[Claim, str | None], Word | None]] = {
    "range_km": _figure,
    "apogee_km": _figure,
    "flight_time_min": _figure,
    "direction": _direction,
    "missile_class": _missile_class,
    "trajectory": _trajectory,
    "eez": _eez,
    "launch_area": _launch_area,
    "impact_area": _impact_area,
    "speed_mach": _speed,
}
