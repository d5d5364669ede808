"""Two states, two figures for one flight: both are kept, and candidate explanations are simulated and compared.

An explanation predicts what the second state would have said of a flight that is as the first state says. Its
Bayes factor is the density of the second figure under that prediction over its density under 'none of these',
a figure spread evenly in logarithm over every plausible value. 'None' is always among the answers.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from launchwatch.assess.slips import NONE, PLAUSIBLE
from launchwatch.basis.constants import KM_PER_MILE, MEAN_RADIUS_M, REFRACTION_RADIUS_FACTOR
from launchwatch.basis.likelihood import say_likelihood
from launchwatch.basis.rounding import significant
from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.facts import (
    Claim,
    Disagreement,
    Explanation,
    FlightSamples,
    Interval,
    Path,
    SpeakerView,
    Track,
    View,
)
from launchwatch.facts.speakers import AUTHORITY_ERROR
from launchwatch.flight import parameters as prm
from launchwatch.flight.classes import CRUISE
from launchwatch.flight.paths import path_of
from launchwatch.flight.propagation import IMPACT, IMPACT_STATE, STATUS, fly_batch
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.geo.zones import Zones

Array = NDArray[np.float64]
Spans = tuple[Array, Array, Array]

_APART = 3.0
"""Combined sigmas beyond which two figures disagree: chance does so once in 370 pairs."""

_ASKED_WATERS = ("JPN", "KOR", "PRK", "RUS")  # whose waters lie around the seas that launches end in
_NAMES = {"range_km": "range", "apogee_km": "apogee", "flight_time_min": "flight time"}
_UNITS = {"range_km": "km", "apogee_km": "km", "flight_time_min": "minutes"}

_STATE_CODES = {"Japan": "JPN", "South Korea": "KOR", "North Korea": "PRK"}
_MASTS_M = (100.0, 250.0, 500.0, 1000.0, 1500.0)  # coastal radars stand on shores, hills and mountains
_PATHS = 25
_PATH_STEP_S = 5.0


@dataclass(frozen=True)
class _Case:
    """The first state's flights and the second state's figure for them."""

    attribute: str
    first: View
    second: View
    figure: float
    rounding: float
    tracks: Sequence[Track]
    paths: Sequence[Path]
    zones: Zones
    others: Sequence[Claim] = ()

    @cached_property
    def seen(self) -> Spans:
        """Return where a coastal radar of the second state sees the flights: first and last sight, whole range."""
        return _seen_spans(self)


def find_disagreements(
    views: Iterable[View],
    zones: Zones,
    tracks: Sequence[Track],
    paths: Sequence[Path],
    waters: Callable[[str, FlightSamples], float],
    others: Sequence[Claim] = (),
) -> list[Disagreement]:
    """Return every pair of states whose figures for one quantity do not fit, with explanations tested.

    `paths` are the tracks' whole paths, launch to impact; `others` are claims on other objects of the launch;
    `waters(state code, samples)` returns the probability of
    an impact in a state's exclusive economic zone.
    """
    by_attribute: dict[str, list[View]] = {}
    for view in views:
        by_attribute.setdefault(view.attribute, []).append(view)
    found = []
    for attribute, group in sorted(by_attribute.items()):
        for i, one in enumerate(group):
            for other in group[i + 1 :]:
                apart = _sigmas_apart(attribute, one.claims, other.claims)
                if apart > _APART:
                    # Explanations tell how the smaller figure comes from the larger: tracks are cut short, not
                    # drawn out.
                    large, small = sorted((one, other), key=lambda view: -float(_figures(view.claims).mean()))
                    figure = float(np.median(_figures(small.claims)))
                    case = _Case(attribute, large, small, figure, _rounding(figure), tracks, paths, zones, others)
                    found.append(_describe(case, apart, waters))
    return found


def disagree(attribute: str, one: Sequence[Claim], other: Sequence[Claim]) -> bool:
    """Return whether two states' figures for one quantity do not fit each other."""
    return _sigmas_apart(attribute, one, other) > _APART


def _figures(claims: Sequence[Claim]) -> Array:
    """Return the figures of claims; of an interval its ends."""
    values = [c.value if isinstance(c.value, tuple) else (c.value,) for c in claims]
    return np.array([float(v) for row in values for v in row])


def _sigma(attribute: str, value: float) -> float:
    relative, absolute = AUTHORITY_ERROR[attribute]
    return math.hypot(relative * value, absolute)


def _sigmas_apart(attribute: str, one: Sequence[Claim], other: Sequence[Claim]) -> float:
    a, b = _figures(one), _figures(other)
    gap = float(max(a.min() - b.max(), b.min() - a.max(), 0.0))
    return gap / math.hypot(_sigma(attribute, float(a.mean())), _sigma(attribute, float(b.mean())))


def _describe(case: _Case, apart: float, waters: Callable[[str, FlightSamples], float]) -> Disagreement:
    explanations = _weigh([_explain(case, candidate) for candidate in _CANDIDATES if candidate.applies(case)])
    return Disagreement(
        attribute=case.attribute,
        views=tuple(_speaker_view(view, waters) for view in (case.first, case.second)),
        sigma_apart=round(apart, 2),
        explanations=tuple(explanations),
        summary=_summary(case, explanations),
    )


def _rounding(figure: float) -> float:
    """Return half the step that a figure looks rounded to: 450 to 50s, 700 to 100s, 435 to 5s."""
    whole = round(figure)
    step = next((s for s in (1000, 500, 100, 50, 10, 5) if whole % s == 0 and whole >= 4 * s), 1)
    return step / 2


def _speaker_view(view: View, waters: Callable[[str, FlightSamples], float]) -> SpeakerView:
    figures = _figures(view.claims)
    low, high = float(figures.min()), float(figures.max())
    return SpeakerView(
        source=view.state,
        value=low if low == high else (low, high),
        claims=tuple(claim.id for claim in view.claims),
        range_km=_interval(view.samples.range_m / 1e3, view.samples.weight),
        apogee_km=_interval(view.samples.apogee_m / 1e3, view.samples.weight),
        impact_in_eez={state: round(waters(state, view.samples), 4) for state in _ASKED_WATERS},
    )


def _interval(values: Array, weight: Array) -> Interval | None:
    kept = np.isfinite(values)
    if not kept.any():
        return None
    low, middle, high = weighted_quantile(values[kept], weight[kept], (0.05, 0.5, 0.95))
    return Interval.rounded(low, middle, high)


@dataclass(frozen=True)
class _Candidate:
    name: str
    description: str
    applies: Callable[[_Case], bool]
    predict: Callable[[_Case], Array]
    prior_odds: Callable[[_Case], float] = lambda _: 1.0


def _explain(case: _Case, candidate: _Candidate) -> Explanation:
    said = candidate.predict(case)
    said = said[np.isfinite(said) & (said > 0)]
    low, high = PLAUSIBLE[case.attribute]
    factor = _density(case, said) * case.figure * math.log(high / low)
    return Explanation(
        name=candidate.name,
        description=candidate.description,
        predicted=_interval(said, np.full(len(said), 1 / max(len(said), 1))),
        bayes_factor=significant(factor, 3),
        prior_odds=candidate.prior_odds(case),
        probability=0.0,
    )


def _density(case: _Case, said: Array) -> float:
    """Return the predictive density of the second figure, its own error and rounding included."""
    if len(said) == 0:
        return 0.0
    relative, absolute = AUTHORITY_ERROR[case.attribute]
    sigma = np.sqrt(np.square(relative * said) + absolute**2 + case.rounding**2 / 3)
    peaks = np.exp(-0.5 * np.square((case.figure - said) / sigma)) / (sigma * math.sqrt(2 * math.pi))
    return float(np.mean(peaks))


def _weigh(explanations: list[Explanation]) -> list[Explanation]:
    """Return the explanations and 'none' with their probabilities, likeliest first."""
    none = Explanation(
        name=NONE,
        description="an unexplained figure: an error, or a way of counting that is not among the candidates",
        predicted=None,
        bayes_factor=1.0,
        prior_odds=1.0,
        probability=0.0,
    )
    every = [*explanations, none]
    total = sum(e.bayes_factor * e.prior_odds for e in every)
    weighed = [
        msgspec.structs.replace(e, probability=round(e.bayes_factor * e.prior_odds / total, 4)) for e in every
    ]
    return sorted(weighed, key=lambda e: (-e.probability, e.name))


def _summary(case: _Case, explanations: list[Explanation]) -> str:
    name, unit = _NAMES[case.attribute], _UNITS[case.attribute]
    large = float(np.median(_figures(case.first.claims)))
    text = (
        f"{case.first.state} gave a {name} of {large:g} {unit}, {case.second.state} {case.figure:g} {unit}; "
        "both are kept and neither is averaged away."
    )
    best = explanations[0]
    sure = say_likelihood(best.probability)
    if best.name == NONE:
        return f"{text} No candidate explanation accounts for it ({sure} that none does)."
    if best.probability < 0.5:
        return f"{text} No candidate explanation stands out; the best is that {best.description} ({sure})."
    return f"{text} The best of the candidate explanations: {best.description} ({sure})."


def _is_range(case: _Case) -> bool:
    return case.attribute == "range_km"


def _always(_: _Case) -> bool:
    return True


def _truth(case: _Case) -> Array:
    samples = case.first.samples
    return {
        "range_km": samples.range_m / 1e3,
        "apogee_km": samples.apogee_m / 1e3,
        "flight_time_min": samples.flight_time_s / 60,
    }[case.attribute]


def _without_lift(case: _Case) -> Array:
    """Return ranges (km) of the same boosts flown on without lift; from tracks, their ballistic predictions."""
    samples = case.first.samples
    if samples.path_parameters.shape[1] == 0:
        return _tracked_ballistic(case.tracks)
    rows = samples.path_parameters[samples.path_parameters[:, prm.LIFT_TO_DRAG] > 0]
    rows[:, prm.LIFT_TO_DRAG] = 0.0
    outcomes = fly_batch(rows, tolerance_m=30.0)
    fell = outcomes[:, STATUS] == IMPACT
    ends = geodetic_from_ecef(np.ascontiguousarray(outcomes[fell, IMPACT_STATE : IMPACT_STATE + 3]))
    distance, _ = distance_and_azimuth(rows[fell, prm.LAT], rows[fell, prm.LON], ends[:, 0], ends[:, 1])
    return np.asarray(distance / 1e3)


_NORMAL_NODES = ndtri((np.arange(9) + 0.5) / 9)
_ELLIPSE_SIGMAS = math.sqrt(5.991)  # semi-axes of a 95 % ellipse, in sigmas (chi-square, 2 degrees)


def _tracked_ballistic(tracks: Sequence[Track]) -> Array:
    """Return ranges (km) that ballistic extrapolation gave between burnout and pull-up, with their own errors."""
    found = []
    for track in tracks:
        if track.launch is None:
            continue
        for update in track.updates:
            if update.modes["glide"] > 0.5:
                break
            impacts = (update.impact, *update.impact.alternatives) if update.impact else ()
            for impact in impacts:
                if impact.assumes == "ballistic" and update.modes["coast"] > 0.5:
                    distance, _ = distance_and_azimuth(
                        math.radians(track.launch.lat_deg),
                        math.radians(track.launch.lon_deg),
                        math.radians(impact.lat_deg),
                        math.radians(impact.lon_deg),
                    )
                    sigma_km = impact.ellipse_95.semi_major_km / _ELLIPSE_SIGMAS
                    found.append(float(distance) / 1e3 + sigma_km * _NORMAL_NODES)
    return np.concatenate(found) if found else np.empty(0)


def _seen_spans(case: _Case) -> Spans:
    """Return ground distances (km) of first sight, last sight and impact; NaN for flights that it never sees."""
    coast = _coast(case)
    spans = [_seen_span(path, coast, mast) for path in _paths(case) for mast in _MASTS_M]
    table = np.array(spans).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _coast(case: _Case) -> Array:
    """Return latitudes and longitudes (rad, (n, 2)) along the second state's coast, some 10 km apart."""
    lines = case.zones.outline(f"land:{_STATE_CODES[case.second.state]}", tolerance_deg=0.1)
    lon = np.concatenate([line[0] for line in lines])
    lat = np.concatenate([line[1] for line in lines])
    return np.radians(np.column_stack([lat, lon]))


def _paths(case: _Case) -> list[Array]:
    """Return paths (k, 3), latitude, longitude (rad) and height (m), of some flights, or of the tracks."""
    samples = case.first.samples
    if samples.path_parameters.shape[1] == 0:
        rows = [[(p.lat_deg, p.lon_deg, p.height_km) for p in path.points] for path in case.paths]
        return [np.array(row) * (math.radians(1), math.radians(1), 1e3) for row in rows if row]
    paths = []
    for i in np.unique(np.linspace(0, len(samples) - 1, _PATHS).astype(int)):
        end_s, cruising = float(samples.flight_time_s[i]), bool(samples.class_index[i] == CRUISE)
        _, places = path_of(samples.path_parameters[i], end_s, _PATH_STEP_S, cruising=cruising)
        paths.append(geodetic_from_ecef(np.ascontiguousarray(places[:-1])))
    return paths


def _seen_span(path: Array, coast: Array, mast_m: float) -> tuple[float, float, float]:
    seen = np.array([_above_horizon(point, coast, mast_m) for point in path])
    downrange, _ = distance_and_azimuth(path[0, 0], path[0, 1], path[:, 0], path[:, 1])
    if not seen.any():
        return math.nan, math.nan, float(downrange[-1]) / 1e3
    at = np.flatnonzero(seen)
    return float(downrange[at[0]]) / 1e3, float(downrange[at[-1]]) / 1e3, float(downrange[-1]) / 1e3


def _above_horizon(point: Array, coast: Array, mast_m: float) -> bool:
    """Return whether a point (lat, lon, height) stands above the radio horizon of a mast at some coastal point."""
    half = np.square(np.sin((coast[:, 0] - point[0]) / 2))
    half += np.cos(coast[:, 0]) * math.cos(point[0]) * np.square(np.sin((coast[:, 1] - point[1]) / 2))
    nearest = 2 * MEAN_RADIUS_M * math.asin(math.sqrt(float(half.min())))
    reach = REFRACTION_RADIUS_FACTOR * MEAN_RADIUS_M
    horizon = math.sqrt(2 * reach * mast_m) + math.sqrt(2 * reach * max(float(point[2]), 0.0))
    return nearest <= horizon


def _has_coast(case: _Case) -> bool:
    return case.attribute == "range_km" and case.second.state in _STATE_CODES


def _in_miles(case: _Case) -> bool:
    """Return whether anybody stated the figure in miles: a slip of units needs somebody who converted."""
    return any(claim.unit == "mi" for view in (case.first, case.second) for claim in view.claims)


_SHARES_SEEN = 0.5 + 0.5 * (np.arange(20) + 0.5) / 20


def _cut_short(case: _Case) -> Array:
    """Return the flights' figures up to any moment of their second half."""
    return np.asarray(_truth(case)[:, None] * _SHARES_SEEN).ravel()


def _other_figure(case: _Case) -> Array:
    """Return the flights' apogees (km) for ranges, their ranges for apogees."""
    samples = case.first.samples
    return np.asarray((samples.apogee_m if case.attribute == "range_km" else samples.range_m) / 1e3)


def _of_others(case: _Case) -> Array:
    """Return what was said of other missiles of the launch."""
    said = [c for c in case.others if c.attribute == case.attribute and c.polarity == "asserted"]
    return _figures(said) if said else np.empty(0)


_CANDIDATES = (
    _Candidate(
        "same flight",
        "the two figures are of one flight and differ by rounding and ordinary error",
        _always,
        _truth,
    ),
    _Candidate(
        "ballistic extrapolation",
        "the smaller figure is a ballistic arc extrapolated for a flight that pulled up",
        _is_range,
        _without_lift,
    ),
    _Candidate(
        "lost at the horizon",
        "the smaller figure ends where the flight sank below the speaker's radar horizon",
        _has_coast,
        lambda case: case.seen[1],
    ),
    _Candidate(
        "different start",
        "the smaller figure begins where the flight rose above the speaker's radar horizon",
        _has_coast,
        lambda case: case.seen[2] - case.seen[0],
    ),
    _Candidate(
        "miles for kilometres",
        "the smaller figure is the larger one in miles, taken for kilometres",
        _is_range,
        lambda case: _truth(case) / KM_PER_MILE,
        lambda case: 0.2 if _in_miles(case) else 0.05,
    ),
    _Candidate(
        "lost before impact",
        "the smaller figure ends where the track was lost, somewhere in the flight's second half",
        lambda case: case.attribute != "apogee_km",
        _cut_short,
        lambda _: 0.3,
    ),
    _Candidate(
        "range and altitude swapped",
        "the smaller figure is the flight's other one: range and altitude changed places",
        lambda case: case.attribute != "flight_time_min",
        _other_figure,
        lambda _: 0.05,
    ),
    _Candidate(
        "two missiles read as one",
        "the smaller figure is that of another missile of the same launch",
        lambda case: len(_of_others(case)) > 0,
        _of_others,
    ),
)
