"""Whose waters and land: a flight's samples against the zones, in three-valued words with the number beside."""

import math
from collections.abc import Iterable
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.likelihood import say_likelihood
from launchwatch.bayes.sampling import systematic_resample, weighted_quantile
from launchwatch.facts import FlightSamples, Interval, ZoneAssessment
from launchwatch.geo.zones import KIND_WORDS, Zone, Zones

Array = NDArray[np.float64]
Relation = Literal["inside", "outside", "too close to call"]

MARGIN_SAMPLES = 500
"""Samples whose distance to a limit is measured: probabilities then carry 2 % of sampling error at most."""

_WORTH_TELLING = 0.005
_COARSE_KM = 10.0  # an error of a line that a reader should hear of
_ALWAYS = ("eez:JPN", "territorial_sea:JPN", "land:JPN")


def known_share(samples: FlightSamples, zones: Zones) -> float:
    """Return the probability that a flight's impact lies in the window in which zones are known."""
    covered = zones.covered(np.degrees(samples.impact_lon_rad), np.degrees(samples.impact_lat_rad))
    return float(np.clip(samples.weight @ covered, 0.0, 1.0))


def assess_zones(
    samples: FlightSamples, zones: Zones, *, item: int = 1, asked: Iterable[str] = _ALWAYS
) -> list[ZoneAssessment]:
    """Return how a flight's impact lies to the zones asked for and to every zone that it may lie in.

    Samples beyond the window in which zones are known count as outside every zone; see `known_share`. A zone whose
    state also claims an overlay zone that the impact may lie in is an overlapping claim there, and an economic
    zone under a joint or provisional area of its state is under a joint regime. Contiguous zones, which lie within
    economic zones, are told of only when asked for.
    """
    lon, lat = np.degrees(samples.impact_lon_rad), np.degrees(samples.impact_lat_rad)
    covered = zones.covered(lon, lat)
    wanted = list(asked)
    held = zones.holding(lon[covered], lat[covered]).shares(samples.weight[covered], len(zones))
    found = []
    for zone_id, share in zip(zones.ids, np.clip(held, 0.0, 1.0).tolist(), strict=True):
        zone = zones[zone_id]
        told = share >= _WORTH_TELLING and zone.kind != "contiguous_zone"
        if zone_id in wanted or told:
            found.append(_assess(zones, zone, samples, share, item))
    over = [a for a in found if zones[a.zone].overlay and a.probability >= _WORTH_TELLING]
    contested: set[tuple[str, str]] = {
        (a.kind, state) for a in over if a.status == "overlapping claim" for state in a.states
    }
    shared = {state for a in over if a.status == "joint regime" for state in a.states}
    found = [msgspec.structs.replace(a, status=_status(a, contested, shared)) for a in found]
    order = {zone: i for i, zone in enumerate(wanted)}
    return sorted(found, key=lambda a: (order.get(a.zone, len(order)), -a.probability, a.zone))


def _status(assessed: ZoneAssessment, contested: set[tuple[str, str]], shared: set[str]) -> str:
    if contested & {(assessed.kind, state) for state in assessed.states}:
        return "overlapping claim"
    if assessed.kind == "eez" and assessed.status == "no dispute recorded" and shared & set(assessed.states):
        return "joint regime"
    return assessed.status


def _assess(zones: Zones, zone: Zone, samples: FlightSamples, probability: float, item: int) -> ZoneAssessment:
    margin, error = _margins(zones, zone, samples)
    low, high = float(np.mean(margin < -error)), float(np.mean(margin < error))
    low, high = min(low, probability), max(high, probability)
    first, middle, last = weighted_quantile(margin, np.full(len(margin), 1 / len(margin)), (0.05, 0.5, 0.95))
    relation: Relation = "inside" if low > 0.5 else "outside" if high < 0.5 else "too close to call"
    line_error = float(np.median(error))
    return ZoneAssessment(
        item=item,
        zone=zone.id,
        kind=zone.kind,
        states=zone.states,
        names=zone.names,
        called=zone_name(zone),
        probability=round(probability, 4),
        probability_low=round(low, 4),
        probability_high=round(high, 4),
        relation=relation,
        basis=zone.basis,
        status=zone.status,
        margin_km=Interval.rounded(first, middle, last),
        line_error_km=round(line_error, 1),
        wording=zone_wording(zone, relation, (low, probability, high), middle, line_error),
    )


def _margins(zones: Zones, zone: Zone, samples: FlightSamples) -> tuple[Array, Array]:
    """Return distances to the zone's limit (km, negative inside) and the limit's error for an even subset."""
    # A fixed offset in place of a random number: the subset is then the same for the same samples.
    pick = systematic_resample(samples.weight, MARGIN_SAMPLES, np.random.default_rng(0))
    lon, lat = np.degrees(samples.impact_lon_rad[pick]), np.degrees(samples.impact_lat_rad[pick])
    kept = zones.covered(lon, lat) | zone.complete
    if not kept.any():
        return np.array([math.inf]), np.array([0.0])
    return zones.margin_km(zone.id, lon[kept], lat[kept]), zones.line_error_km(zone.id, lon[kept], lat[kept])


def zone_name(zone: Zone) -> str:
    """Return the zone in words, such as `Japan's exclusive economic zone`; every name of a disputed one."""
    names = [name for name in zone.names if name.isascii()] or list(zone.names)
    if zone.kind in {"joint_area", "provisional_area"}:
        return f"the {zone.names[0]}"
    if zone.status == "overlapping claim" or "disputed" in zone.id:
        every = " / ".join(zone.names)
        return f"the {KIND_WORDS[zone.kind]} in dispute around {every}"
    owner = f"{names[0]}'" if names[0].endswith("s") else f"{names[0]}'s"
    return f"{owner} {KIND_WORDS[zone.kind]}"


def zone_wording(
    zone: Zone, relation: str, probability: tuple[float, float, float], margin_km: float, line_error_km: float
) -> str:
    """Return one phrase: the likelier side with its ICD 203 term and number, and the distance to the line.

    `probability` of lying inside is that of the drawn line, and its least and greatest if the line is off by its
    error; the phrase claims the lesser. Within the line's own error, or where the samples straddle it, no side is
    named.
    """
    low, drawn, high = probability
    name = zone_name(zone)
    if relation == "too close to call":
        return (
            f"too close to call: {say_likelihood(drawn)} inside {name}, "
            f"whose computed line may be {line_error_km:.0f} km off"
        )
    side = low if relation == "inside" else 1 - high
    off = f", up to {line_error_km:.0f} km off" if line_error_km >= _COARSE_KM else ""
    if zone.source != "computed":
        where = f"{relation} {name}, {abs(margin_km):.0f} km from its line"
        return f"{say_likelihood(side)} {where} (official polygon: {zone.source})"
    if zone.kind in {"joint_area", "provisional_area"}:
        return f"{say_likelihood(side)} {relation} {name}, {abs(margin_km):.0f} km from its line (by treaty)"
    where = f"{relation} {name}, {abs(margin_km):.0f} km from its line"
    return f"{say_likelihood(side)} {where} (computed{off}, not legal)"
