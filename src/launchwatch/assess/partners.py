"""Own, partners' and common assessments of one object side by side: how far apart, in sigmas, and said so.

    d^2 = (a - b)' (P_a + P_b)^-1 (a - b)

For a point d^2 has two degrees of freedom, so that exp(-d^2 / 2) is the chance of a greater distance between two
honest estimates; its sigmas are those of a normal variable that is as rare on both sides together. Estimates that
rest on the same plots are closer than independent ones: the sum of the covariances then finds too few
differences, never too many. Nothing here is averaged.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Ellipse, PointEstimate, Provenance, TimeInterval, TrackUpdate
from launchwatch.facts.partners import Comparison, Difference, PartnerView, Quantity
from launchwatch.geo.geodesic import distance_and_azimuth

DIFFER_SIGMA = 2.0
"""Beyond so many sigmas assessments differ (one honest pair in 22): test T24 of the specification."""

SAME_KM = 30.0
"""Two states are of one object within so much: a partner's view may be rounded to 0.1 degrees, 11 km; twice that
and the tracks' own errors."""

SAME_S = 5.0
"""States so far apart in time are not compared: a straight line through gravity is off by 120 m after it."""

_LAUNCH_KM = 150.0  # where a partner shows no position: launches so near in place and time are one
_LAUNCH_S = 90.0
_CHI2_95 = 5.991464547107979  # 95 % quantile of two degrees of freedom
_Z95 = 1.6448536269514722
_NORMAL = NormalDist()


def view_of(owner: str, ref: str, update: TrackUpdate) -> PartnerView:
    """Return what a state of a track says, as one party's view."""
    fall = None
    if (impact := update.impact) is not None:
        left = impact.remaining_s
        late = (left.p95 - left.p05) / 2 if left is not None else 0.0
        at = parse_instant(impact.time_utc)
        when = TimeInterval(median=impact.time_utc, p05=format_instant(at - late), p95=format_instant(at + late))
        fall = PointEstimate(
            lat_deg=impact.lat_deg, lon_deg=impact.lon_deg, ellipse_95=impact.ellipse_95, time_utc=when
        )
    return PartnerView(
        owner=owner,
        ref=ref,
        as_of_utc=update.time_utc,
        position_ecef_m=update.position_ecef_m,
        velocity_ecef_m_s=update.velocity_ecef_m_s,
        launch=update.launch,
        fall=fall,
        assumes=update.impact.assumes if update.impact else None,
        class_=dict(update.class_),
    )


def same_object(first: PartnerView, second: PartnerView) -> float | None:
    """Return how far apart (km) two views of what may be one object are; None where they are of two.

    By position, carried along the velocity to one instant; where either shows none, by the launch.
    """
    if first.position_ecef_m is not None and second.position_ecef_m is not None:
        dt = parse_instant(second.as_of_utc) - parse_instant(first.as_of_utc)
        if abs(dt) > SAME_S:
            return None
        there = _carried(first, dt)
        apart = math.dist(there, second.position_ecef_m) / 1e3
        return apart if apart <= SAME_KM else None
    return _launch_apart(first, second)


def _carried(view: PartnerView, seconds: float) -> tuple[float, ...]:
    """Return a view's position after some seconds on a straight line."""
    assert view.position_ecef_m is not None
    velocity = view.velocity_ecef_m_s or (0.0, 0.0, 0.0)
    return tuple(x + v * seconds for x, v in zip(view.position_ecef_m, velocity, strict=True))


def _launch_apart(first: PartnerView, second: PartnerView) -> float | None:
    a, b = first.launch, second.launch
    if a is None or b is None:
        return None
    apart = _distance_km(a, b)
    if a.time_utc is not None and b.time_utc is not None:
        late = abs(parse_instant(a.time_utc.median) - parse_instant(b.time_utc.median))
        if late > _LAUNCH_S:
            return None
    return apart if apart <= _LAUNCH_KM else None


def differences(views: Sequence[PartnerView]) -> tuple[Difference, ...]:
    """Return how far each two views are apart in everything that both say."""
    return tuple(found for a, b in combinations(views, 2) for found in _between(a, b))


def compare(
    run: str, track: int, time_utc: str, views: Sequence[PartnerView], provenance: Provenance
) -> Comparison:
    """Return all views of one object side by side, with their differences and one sentence on them."""
    found = differences(views)
    parts = [f"{view.owner} {view.ref}" for view in views]
    return Comparison(
        id=content_id("comparison", run, str(track), time_utc, *parts),
        run=run,
        track=track,
        time_utc=time_utc,
        views=tuple(views),
        differences=found,
        differ=any(one.differ for one in found),
        words=words_of(found),
        provenance=provenance,
    )


def words_of(found: Sequence[Difference]) -> str:
    """Return one sentence: that assessments differ and in what, or that they agree, or that there is no other."""
    if not found:
        return "no second assessment to compare"
    apart = sorted((one for one in found if one.differ), key=lambda one: -one.sigma)
    if not apart:
        return f"assessments agree within {DIFFER_SIGMA:g} sigma"
    told = "; ".join(f"{one.first} and {one.second} in the {one.quantity} by {_amount(one)}" for one in apart)
    return f"assessments differ: {told}"


def _amount(one: Difference) -> str:
    if one.unit == "1":
        return f"{one.sigma:.1f} sigma"
    return f"{one.apart:.0f} {one.unit} ({one.sigma:.1f} sigma)"


def _between(a: PartnerView, b: PartnerView) -> list[Difference]:
    found: list[Difference] = []
    for place, when, one, other in (
        ("launch point", "launch time", a.launch, b.launch),
        ("fall point", "fall time", a.fall, b.fall),
    ):
        if one is not None and other is not None:
            km, sigma = _points(one, other)
            found.append(_difference(place, a, b, km, "km", sigma))  # type: ignore[arg-type]
            if one.time_utc is not None and other.time_utc is not None:
                seconds, sigma = _times(one.time_utc, other.time_utc)
                found.append(_difference(when, a, b, seconds, "s", sigma))  # type: ignore[arg-type]
    if a.class_ and b.class_:
        alike = sum(p * b.class_.get(name, 0.0) for name, p in a.class_.items())
        found.append(_difference("class", a, b, alike, "1", sigma_of(min(max(alike, 0.0), 1.0))))
    return found


def _difference(
    quantity: Quantity, a: PartnerView, b: PartnerView, apart: float, unit: str, sigma: float
) -> Difference:
    return Difference(
        quantity=quantity,
        first=a.owner,
        second=b.owner,
        apart=round(apart, 3),
        unit=unit,  # type: ignore[arg-type]
        sigma=round(sigma, 3),
        differ=sigma > DIFFER_SIGMA,
    )


def sigma_of(chance: float) -> float:
    """Return the sigmas beyond which a normal variable lies, on both sides together, with this probability.

    0.0455 gives 2; capped at 8, beyond which nobody can tell a model's tail.
    """
    if chance >= 1:
        return 0.0
    return min(-_NORMAL.inv_cdf(chance / 2), 8.0) if chance > 1e-15 else 8.0


def _points(a: PointEstimate, b: PointEstimate) -> tuple[float, float]:
    """Return distance (km) and sigmas of two places."""
    apart, azimuth = distance_and_azimuth(*map(math.radians, (a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg)))
    km = float(apart) / 1e3
    east, north = km * math.sin(float(azimuth)), km * math.cos(float(azimuth))
    (aee, aen, ann), (bee, ben, bnn) = _covariance(a.ellipse_95), _covariance(b.ellipse_95)
    ee, en, nn = aee + bee, aen + ben, ann + bnn
    determinant = ee * nn - en * en
    if determinant <= 0:  # two points without any uncertainty
        return km, 0.0 if km == 0 else 8.0
    squared = (nn * east * east - 2 * en * east * north + ee * north * north) / determinant
    return km, sigma_of(math.exp(-squared / 2))


def _covariance(region: Ellipse) -> tuple[float, float, float]:
    """Return the variances and covariance (km^2: east-east, east-north, north-north) of a 95 % ellipse."""
    major, minor = region.semi_major_km**2 / _CHI2_95, region.semi_minor_km**2 / _CHI2_95
    s, c = math.sin(math.radians(region.azimuth_deg)), math.cos(math.radians(region.azimuth_deg))
    return major * s * s + minor * c * c, (major - minor) * s * c, major * c * c + minor * s * s


def _times(a: TimeInterval, b: TimeInterval) -> tuple[float, float]:
    """Return seconds and sigmas between two instants."""
    apart = abs(parse_instant(a.median) - parse_instant(b.median))
    sigma = math.hypot(_sigma_s(a), _sigma_s(b))
    if sigma == 0:
        return apart, 0.0 if apart == 0 else 8.0
    return apart, min(apart / sigma, 8.0)


def _sigma_s(when: TimeInterval) -> float:
    return (parse_instant(when.p95) - parse_instant(when.p05)) / (2 * _Z95)


def _distance_km(a: PointEstimate, b: PointEstimate) -> float:
    points = map(math.radians, (a.lat_deg, a.lon_deg, b.lat_deg, b.lon_deg))
    return float(distance_and_azimuth(*points)[0]) / 1e3
