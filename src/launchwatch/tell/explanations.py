"""Disagreements between speakers as rows: their figures, and each candidate explanation with its drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from launchwatch.basis.likelihood import format_probability, say_likelihood
from launchwatch.facts import Disagreement, Event, Explanation, Interval
from launchwatch.tell.figures import say_zone_id
from launchwatch.tell.wording import say_number

SCALE_PX = 260.0
BAR_PX = 120.0
_EDGE_PX = 8.0
_UNITS = {"range_km": "km", "apogee_km": "km", "flight_time_min": "min"}
_TITLES = {"range_km": "Range", "apogee_km": "Apogee", "flight_time_min": "Flight time"}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Side:
    """One speaker's figure, and the flight with the other's left out."""

    source: str
    value: str
    at: float
    range_km: str
    apogee_km: str
    zones: str


@dataclass(frozen=True)
class Candidate:
    """One explanation; `low`, `middle`, `high` are its predicted figure on the shared scale, px."""

    name: str
    description: str
    probability: str
    bar: float
    bayes_factor: str
    prior_odds: str
    predicted: str
    low: float | None
    middle: float | None
    high: float | None


@dataclass(frozen=True)
class Dispute:
    """One disagreement, ready to print."""

    heading: str
    summary: str
    apart: str
    sides: tuple[Side, ...]
    candidates: tuple[Candidate, ...]


def disputes(event: Event) -> list[Dispute]:
    """Return the event's disagreements."""
    return [_dispute(disagreement) for disagreement in event.disagreements]


def _dispute(d: Disagreement) -> Dispute:
    unit = _UNITS.get(d.attribute, "")
    scale = _Scale.of(d)
    sides = tuple(
        Side(
            source=view.source,
            value=f"{_value(view.value)} {unit}".strip(),
            at=scale.px(_middle(view.value)),
            range_km=_span(view.range_km, "km"),
            apogee_km=_span(view.apogee_km, "km"),
            zones="; ".join(
                f"{say_likelihood(p)} in {say_zone_id(f'eez:{state}')}"
                for state, p in sorted(view.impact_in_eez.items())
            ),
        )
        for view in d.views
    )
    title = _TITLES.get(d.attribute, d.attribute.replace("_", " "))
    return Dispute(
        heading=f"{title}: {', '.join(f'{side.source} {side.value}' for side in sides)}",
        summary=d.summary,
        apart=f"{d.sigma_apart:.1f}",
        sides=sides,
        candidates=tuple(_candidate(explanation, scale, unit) for explanation in d.explanations),
    )


def _candidate(explanation: Explanation, scale: "_Scale", unit: str) -> Candidate:
    predicted = explanation.predicted
    marks = (
        (None, None, None)
        if predicted is None
        else (scale.px(predicted.p05), scale.px(predicted.median), scale.px(predicted.p95))
    )
    return Candidate(
        name=explanation.name,
        description=explanation.description,
        probability=format_probability(explanation.probability),
        bar=round(BAR_PX * min(max(explanation.probability, 0.0), 1.0), 1),
        bayes_factor=say_factor(explanation.bayes_factor),
        prior_odds=f"{explanation.prior_odds:g}",
        predicted=_span(predicted, unit) or "any figure",
        low=marks[0],
        middle=marks[1],
        high=marks[2],
    )


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float

    @classmethod
    def of(cls, d: Disagreement) -> "_Scale":
        """Return the scale that holds every figure and every prediction of a disagreement."""
        ends = [end for view in d.views for end in _ends(view.value)]
        ends += [end for e in d.explanations if e.predicted for end in (e.predicted.p05, e.predicted.p95)]
        return cls(min(ends, default=0.0), max(ends, default=1.0))

    def px(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        return round(_EDGE_PX + (value - self.low) * (SCALE_PX - 2 * _EDGE_PX) / span, 1)


def _ends(value: float | tuple[float, float]) -> Sequence[float]:
    return value if isinstance(value, tuple) else (value,)


def _middle(value: float | tuple[float, float]) -> float:
    ends = _ends(value)
    return sum(ends) / len(ends)


def _value(value: float | tuple[float, float]) -> str:
    return " to ".join(say_number(end) for end in _ends(value))


def _span(value: Interval | None, unit: str) -> str:
    if value is None:
        return ""
    return f"{say_number(value.median)} {unit} ({say_number(value.p05)} to {say_number(value.p95)})"


def say_factor(factor: float) -> str:
    """Return a Bayes factor with two figures, `2.7 × 10⁻⁸` where it is tiny or huge."""
    if factor == 0 or 0.001 <= factor < 10_000:
        return f"{factor:.2g}" if factor < 100 else f"{factor:.0f}"
    mantissa, exponent = f"{factor:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"
