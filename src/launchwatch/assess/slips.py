"""How a figure that does not fit may have come about: slips of unit, digit, zone and column, in closed form.

The rest of the evidence predicts a figure, Gaussian in its logarithm. A slip turns that prediction into another
(divided by 1.609 where miles are told as kilometres); its Bayes factor is the told figure's density under it over
that under 'none of these', a figure spread evenly in logarithm over every plausible value, a clock over the day.
"""

import math
from collections.abc import Iterator

import msgspec

from launchwatch.basis.constants import KM_PER_MILE
from launchwatch.basis.rounding import significant
from launchwatch.facts import ClaimPrediction, Explanation, Interval
from launchwatch.facts.prediction import PREDICTED_FIGURES

NONE = "none of these"
ORDINARY = "ordinary error"

PLAUSIBLE = {"range_km": (20.0, 16_000.0), "apogee_km": (5.0, 12_000.0), "flight_time_min": (1.0, 120.0)}
"""Spans over which an unexplained figure is spread evenly in logarithm."""

_Z90 = 2 * 1.645
_ZONES_H = (1, 2, 3, 4, 5, 5.5, 6, 7, 8, 9, 12, 13, 14)
_FACTORS = (
    (
        "miles for kilometres",
        "it is in miles, told as kilometres",
        1 / KM_PER_MILE,
        0.2,
        ("range_km", "apogee_km"),
    ),
    ("kilometres for miles", "kilometres were taken for miles", KM_PER_MILE, 0.1, ("range_km", "apogee_km")),
    ("digit dropped", "a digit was dropped", 0.1, 0.1, ("range_km", "apogee_km", "flight_time_min")),
    ("digit doubled", "a digit was told twice", 10.0, 0.1, ("range_km", "apogee_km", "flight_time_min")),
    ("seconds for minutes", "it is in seconds, told as minutes", 60.0, 0.1, ("flight_time_min",)),
    ("hours for minutes", "it is in hours, told as minutes", 1 / 60, 0.1, ("flight_time_min",)),
)


def slips(prediction: ClaimPrediction) -> list[Explanation]:
    """Return the slips that could have made a claim what it is, and 'none of these', likeliest first.

    Empty for claims of words, and where the rest predicts nothing.
    """
    claim = prediction.claim
    if claim.attribute in PREDICTED_FIGURES and prediction.low > 0:
        return _weighed(list(_of_figure(prediction, claim.middle)))
    if claim.attribute in ("launch_time", "landing_time") and not math.isnan(prediction.middle):
        return _weighed(list(_of_clock(prediction)))
    return []


def _of_figure(prediction: ClaimPrediction, said: float) -> Iterator[Explanation]:
    attribute = prediction.claim.attribute
    low, high = PLAUSIBLE[attribute]
    even = math.log(high / low)
    middle, sigma = math.log(prediction.middle), math.log(prediction.high / prediction.low) / _Z90

    def explain(name: str, description: str, factor: float, odds: float) -> Explanation:
        z = (math.log(said / factor) - middle) / sigma
        density = math.exp(-0.5 * z * z) / (sigma * math.sqrt(2 * math.pi))
        span = Interval.rounded(*(factor * v for v in (prediction.low, prediction.middle, prediction.high)))
        return _explanation(name, description, span, density * even, odds)

    yield explain(ORDINARY, "the error is larger than usual, no slip", 1.0, 1.0)
    for name, description, factor, odds, attributes in _FACTORS:
        if attribute in attributes:
            yield explain(name, description, factor, odds)
    digits = _exchanged(said)
    if digits is not None:
        yield explain("digits exchanged", f"two digits changed places ({digits:g})", said / digits, 0.05)
    other = {"range_km": "apogee_km", "apogee_km": "range_km"}.get(attribute)
    for claim in prediction.basis:
        if claim.attribute == other and isinstance(claim.value, int | float) and claim.value > 0:
            z = math.log(said / claim.value) / 0.05
            density = math.exp(-0.5 * z * z) / (0.05 * math.sqrt(2 * math.pi))
            text = f"range and altitude were exchanged ({claim.source} gives {claim.value:,g} km as the other)"
            yield _explanation("range and altitude swapped", text, None, density * even, 0.1)


def _exchanged(said: float) -> float | None:
    """Return a whole figure with its first two digits exchanged, where that is another figure."""
    text = f"{round(said)}"
    if len(text) < 2 or text[0] == text[1] or text[1] == "0":
        return None
    return float(text[1] + text[0] + text[2:])


def _of_clock(prediction: ClaimPrediction) -> Iterator[Explanation]:
    sigma = max((prediction.high - prediction.low) / _Z90, 0.5)

    def explain(name: str, description: str, shift_min: float, odds: float) -> Explanation:
        z = math.remainder(prediction.middle - shift_min, 1440.0) / sigma
        density = math.exp(-0.5 * z * z) / (sigma * math.sqrt(2 * math.pi))
        return _explanation(name, description, None, density * 1440.0, odds)

    yield explain(ORDINARY, "the error is larger than usual, no slip", 0.0, 1.0)
    for hours in _ZONES_H:
        for sign in (1,) if hours == 12 else (1, -1):
            if hours == 9:
                text = f"local time was taken for UTC, nine hours too {'early' if sign > 0 else 'late'}"
            elif hours == 12:
                text = "morning and evening were exchanged"
            else:
                text = f"it is the time of another zone, {hours:g} hour{'s' if hours != 1 else ''} apart"
            odds = 0.2 if hours in (1, 9) else 0.05
            yield explain(
                "local for UTC" if hours == 9 else f"zone {sign * hours:+g} h", text, 60.0 * sign * hours, odds
            )


def _explanation(
    name: str, description: str, predicted: Interval | None, factor: float, odds: float
) -> Explanation:
    return Explanation(
        name=name, description=description, predicted=predicted, bayes_factor=significant(factor, 3),
        prior_odds=odds, probability=0.0,
    )  # fmt: skip


def _weighed(found: list[Explanation]) -> list[Explanation]:
    none = _explanation(NONE, "an unexplained figure", None, 1.0, 0.2)
    every = [*found, none]
    total = sum(e.bayes_factor * e.prior_odds for e in every)
    weighed = [
        msgspec.structs.replace(e, probability=round(e.bayes_factor * e.prior_odds / total, 4)) for e in every
    ]
    return sorted(weighed, key=lambda e: (-e.probability, e.name))
