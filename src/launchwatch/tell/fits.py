"""Who fits, in words: a row for each office's word, and the whole reason for one of them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from launchwatch.basis.likelihood import format_probability
from launchwatch.facts import Claim, Fit, Interval
from launchwatch.facts.speakers import OUTLET, office_of
from launchwatch.tell.attribution import SIGNS, say_p
from launchwatch.tell.drawing import letter
from launchwatch.tell.matters import say_told
from launchwatch.tell.values import TITLES
from launchwatch.tell.wording import say_figure, say_number

UNITS = {"range_km": "km", "apogee_km": "km", "flight_time_min": "min"}
OFFSETS = {"direction": "degrees", "launch_time": "minutes", "landing_time": "minutes"}
"""Matters of which the rest predicts how far off the word is, and in what."""

_VOICE = "the reports themselves"


@dataclass(frozen=True)
class FitRow:
    """One row of the table: what an office said, what the rest predicts, what is believed, and the verdict."""

    number: int
    office: str
    matter: str
    said: str
    times: int
    predicted: str
    believed: str
    verdict: str
    sign: str
    p_value: str
    reason: str


def fit_row(fit: Fit) -> FitRow:
    """Return a fit as a row of words."""
    verdict, p = fit.consistency, fit.consistency.p_value
    return FitRow(
        number=fit.number,
        office=say_office(fit.said),
        matter=TITLES[fit.said.attribute],
        said=say_told(fit.said),
        times=len(fit.claims),
        predicted=_predicted(fit),
        believed=_believed(fit),
        verdict=verdict.verdict,
        sign=SIGNS[verdict.verdict],
        p_value="" if p is None else say_p(p),
        reason=verdict.reason,
    )


def say_office(claim: Claim) -> str:
    """Return the office that a claim is counted for."""
    return _VOICE if claim.source == OUTLET else office_of(claim.source)


def is_figure(fit: Fit) -> bool:
    """Return whether a fit is of a number that the rest predicts with an interval."""
    return fit.said.attribute in UNITS and _has_interval(fit)


def is_offset(fit: Fit) -> bool:
    """Return whether a fit is of a direction or clock, from which the rest predicts an interval of offsets."""
    return fit.said.attribute in OFFSETS and _has_interval(fit)


def _has_interval(fit: Fit) -> bool:
    return fit.prediction is not None and not math.isnan(fit.prediction.low)


def _offset(attribute: str, off: float) -> str:
    """Return an offset in words: "12° left", "3 min later"."""
    if attribute == "direction":
        return f"{abs(off):.0f}° {'left' if off < 0 else 'right'}"
    return f"{abs(off):,.0f} min {'earlier' if off < 0 else 'later'}"


def _predicted(fit: Fit) -> str:
    prediction = fit.prediction
    if prediction is None or prediction.p_value is None:
        return "nothing"
    if is_figure(fit):
        unit = UNITS[fit.said.attribute]
        return f"{say_figure(max(prediction.low, 0.0))} to {say_figure(prediction.high)} {unit}"
    if is_offset(fit):
        low, high = (_offset(fit.said.attribute, off) for off in (prediction.low, prediction.high))
        return f"{low} to {high}"
    return f"{format_probability(prediction.p_value)} agree"


def _believed(fit: Fit) -> str:
    if fit.believed is not None:
        return _span(fit.believed, UNITS[fit.said.attribute])
    return "" if fit.share is None else f"{format_probability(fit.share)} agree"


_ANY_DIRECTION_DEG = 300.0
"""Width of an azimuth's 90 % interval from which its median says nothing."""


def _span(value: Interval, unit: str) -> str:
    if unit == "°":
        if value.p95 - value.p05 > _ANY_DIRECTION_DEG:
            return "unknown"
        low, middle, high = (say_number(v % 360) for v in (value.p05, value.median, value.p95))
        return f"{middle}° ({low} to {high})"
    return f"{say_number(value.median)} {unit} ({say_number(value.p05)} to {say_number(value.p95)})"


def explain(fit: Fit, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the reason for one word, as titled paragraphs; `names` are the reports' by their ids."""
    row = fit_row(fit)
    p = f" ({row.p_value})" if row.p_value else ""
    found = [
        ("claim", f"{fit.number}. {row.office}: {row.matter}, {row.said}"),
        ("verdict", f"{row.sign} {row.verdict}{p}: {row.reason}"),
        *(("words", _words(claim, names)) for claim in fit.claims),
        ("counts as", _counts(fit)),
    ]
    found += [("the rest", text) for text in _rest(fit)]
    found += [("without it", text) for text in _without(fit)]
    found.append(("would change it", _would(fit)))
    return [pair for pair in found if pair[1]]


def _words(claim: Claim, names: Mapping[str, str]) -> str:
    put = [
        f"speaker {claim.source}" if claim.source not in (OUTLET, office_of(claim.source)) else "",
        f"via {claim.via}" if claim.via else "",
        f"hedged “{claim.hedge}”" if claim.hedge else "",
    ]
    manner = "".join(f"; {one}" for one in put if one)
    return f"“{' '.join(claim.quote.split())}”, {names.get(claim.report, claim.report)}{manner} ({claim.id})"


def _counts(fit: Fit) -> str:
    if fit.prediction is None:
        return "no observation: the flight model does not weigh it"
    repeats = f"{len(fit.claims)} claims say it; " if len(fit.claims) > 1 else ""
    if not fit.companions:
        return f"{repeats}observation {fit.observation}, which counts once"
    others = ", ".join(dict.fromkeys(f"{say_office(c)} {say_told(c)}" for c in fit.companions))
    return f"{repeats}observation {fit.observation}, which counts once, together with: {others}"


def _rest(fit: Fit) -> Iterable[str]:
    prediction = fit.prediction
    if prediction is None or prediction.p_value is None:
        return
    whose = "leaving out all that this office says of the matter"
    size = f"{prediction.effective_samples:,.0f} independent flights"
    if is_figure(fit):
        unit = UNITS[fit.said.attribute]
        yield (
            f"{whose}, the other evidence predicts that it would say {_predicted(fit)} (90 %, median "
            f"{say_figure(prediction.middle)} {unit}; from {size})"
        )
        if fit.error is not None and fit.believed is not None:
            yield f"one sigma of such a figure is {say_figure(fit.error)} {unit}; with it: {_believed(fit)}"
        return
    if is_offset(fit):
        yield f"{whose}, the other evidence predicts a word {_predicted(fit)} of this one (90 %; from {size})"
        return
    yield f"{whose}, {format_probability(prediction.p_value)} of the flights that fit agree with it (from {size})"
    if fit.share is not None:
        yield f"with it, {format_probability(fit.share)} agree"


def _without(fit: Fit) -> Iterable[str]:
    if not fit.changes:
        return
    if all(change.without is None for change in fit.changes):
        yield "too few flights fit the rest to tell the flight without it"
        return
    for change in fit.changes:
        if change.without is not None:
            told, without = (_span(v, change.unit) for v in (change.told, change.without))
            yield (
                f"{change.quantity}: {told} becomes {without}"
                if told != without
                else f"{change.quantity}: {told} stays"
            )


def _would(fit: Fit) -> str:
    verdict, prediction = fit.consistency.verdict, fit.prediction
    if prediction is None:
        return "nothing that others say: it is kept beside the estimate, not in it"
    if verdict == "untestable":
        few = prediction.p_value is not None and not fit.changes_known
        more = "more samples (--particles), or other evidence with which more of the model's flights agree"
        return more if few else "more evidence from other offices: then the rest could predict it"
    if is_figure(fit):
        return _figure_would(fit)
    return _offset_would(fit) if is_offset(fit) else _word_would(verdict)


def _word_would(verdict: str) -> str:
    if verdict == "consistent":
        return "other evidence that leaves fewer than 5 % of the flights in agreement"
    return "other evidence that brings more than 5 % of the flights into agreement, or a correction of the word"


def _offset_would(fit: Fit) -> str:
    if fit.consistency.verdict == "consistent":
        return f"a word outside {_predicted(fit)} of this one, or other evidence that moves the prediction away"
    return f"a word {_predicted(fit)} of this one would fit; as it stands, it or the other evidence must be wrong"


def _figure_would(fit: Fit) -> str:
    assert fit.prediction is not None
    unit = UNITS[fit.said.attribute]
    low, high = say_figure(max(fit.prediction.low, 0.0)), say_figure(fit.prediction.high)
    if fit.consistency.verdict == "consistent":
        return f"a figure well outside {low} to {high} {unit}, or other evidence that moves the prediction away"
    fitting = {
        "at_least": f"any “at least” up to {high} {unit}",
        "at_most": f"any “at most” from {low} {unit} on",
    }.get(fit.said.qualifier or "", f"any figure from {low} to {high} {unit}")
    return (
        f"{fitting} would fit; as it stands, the other evidence must be wrong, or the figure means another thing"
    )


def office_letters(fits: Sequence[Fit]) -> dict[str, str]:
    """Return a letter for each office, A for the one first in the list."""
    offices = list(dict.fromkeys(say_office(fit.said) for fit in fits if fit.prediction is not None))
    return {office: letter(k) for k, office in enumerate(offices)}
