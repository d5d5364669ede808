"""Does a claim fit the rest? The leave-one-out check of each claim, as a verdict with one sentence of reason."""

import math
from typing import Literal

from launchwatch.facts import Claim, ClaimPrediction, Consistency
from launchwatch.flight.limits import impossible

STRAINED, INCONSISTENT = 0.05, 0.005
"""p-values below which a claim strains, and breaks, its fit with the rest."""

_UNTESTABLE_RATIO = 6.0
"""A predicted interval whose ends differ by more says nothing that physics did not: the claim stands alone."""

_FEWEST_EFFECTIVE = 30.0

_UNIT = {"range_km": "km", "apogee_km": "km", "flight_time_min": "minutes"}
_QUANTITY = {"range_km": "a range", "apogee_km": "an apogee", "flight_time_min": "a flight time"}


def judge(prediction: ClaimPrediction) -> Consistency:
    """Return the verdict on a claim from what the other offices' evidence predicts for it."""
    p = prediction.p_value
    if p is None:
        return _untestable("the launch area was taken from it, and nothing else tells of that")
    if prediction.effective_samples < _FEWEST_EFFECTIVE:
        return _untestable("too few flights fit the rest of the evidence to test this claim")
    if not math.isnan(prediction.low):
        return _judge_figure(prediction, p)
    verdict = _verdict(p)
    agree = f"{100 * p:.0f} %" if p >= 0.01 else "under 1 %"
    reason = f"{agree} of the flights that fit the other evidence agree with it"
    return Consistency(p_value=round(p, 4), verdict=verdict, reason=reason)


def _judge_figure(prediction: ClaimPrediction, p: float) -> Consistency:
    low, high = max(prediction.low, 0.0), prediction.high
    attribute = prediction.claim.attribute
    unit, quantity = _UNIT[attribute], _QUANTITY[attribute]
    if high > _UNTESTABLE_RATIO * max(low, 1e-9):
        return _untestable(f"without it the rest allows {quantity} from {_say(low)} to {_say(high)} {unit}")
    verdict = _verdict(p)
    expected = f"the other evidence predicts {quantity} of {_say(low)} to {_say(high)} {unit}"
    said = _said(prediction.claim)
    if verdict == "consistent":
        inside = low <= _middle(prediction.claim) <= high
        reason = f"{expected}; {said} {'fits' if inside else 'lies at its edge'}"
    else:
        side = "too short" if _middle(prediction.claim) < prediction.middle else "too long"
        if attribute == "apogee_km":
            side = side.replace("short", "low").replace("long", "high")
        reason = f"{expected}; {said} is {side}" + (" but not impossible" if verdict == "strained" else "")
    return Consistency(p_value=round(p, 4), verdict=verdict, reason=reason)


Verdict = Literal["consistent", "strained", "inconsistent", "untestable"]


def _verdict(p: float) -> Verdict:
    return "inconsistent" if p < INCONSISTENT else "strained" if p < STRAINED else "consistent"


def _untestable(reason: str) -> Consistency:
    return Consistency(p_value=None, verdict="untestable", reason=reason)


def not_weighed(claim: Claim) -> Consistency:
    """Return the verdict on a claim that the flight model does not weigh, with the reason.

    An impossible figure is inconsistent whatever the rest says.
    """
    ours = claim.about != "previous" and not claim.condition
    why = impossible(claim.attribute, claim.value, claim.qualifier) if ours else None
    if why is not None:
        return Consistency(p_value=0.0, verdict="inconsistent", reason=f"impossible, and not weighed: {why}")
    return _untestable(_reason(claim))


def _reason(claim: Claim) -> str:
    if claim.about == "previous":
        return "it is about an earlier launch"
    if claim.condition:
        return f"it is conditional: {claim.condition}"
    if claim.attribute in ("launch_time", "landing_time", "event_date"):
        return "it sets the clock or date, which nothing else measures here"
    if claim.polarity == "denied":
        return "a denied figure leaves every other open"
    if claim.attribute in {"launch_area", "impact_area"}:
        return "it names no place that is known here"
    return "it is no statement that flight mechanics could contradict"


def clocks_contradict(apart_s: float) -> Consistency:
    """Return the verdict on a clock of launch or landing between which no flight fits, `apart_s` after launch."""
    minutes = abs(apart_s) / 60
    told = f"landing {minutes:,.0f} minutes {'before' if apart_s < 0 else 'after'} launch"
    return Consistency(
        p_value=0.0, verdict="inconsistent", reason=f"impossible, and not weighed: the clocks tell of a {told}"
    )


def _middle(claim: Claim) -> float:
    value = claim.value
    ends = value if isinstance(value, tuple) else (value, value)
    return 0.5 * (float(ends[0]) + float(ends[1]))


def _said(claim: Claim) -> str:
    value = claim.value
    unit = _UNIT[claim.attribute]
    if isinstance(value, tuple):
        return f"{_say(float(value[0]))} to {_say(float(value[1]))} {unit}"
    word = {"at_least": "at least ", "at_most": "at most ", "about": "about "}.get(claim.qualifier or "", "")
    return f"{word}{_say(float(value))} {unit}"


def _say(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
