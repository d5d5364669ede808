"""Does a claim fit the rest? The leave-one-out check of each claim, as a verdict with one sentence of reason."""

import math
from typing import Literal

from launchwatch.assess.slips import NONE, ORDINARY, slips
from launchwatch.facts import Claim, ClaimPrediction, Consistency
from launchwatch.facts.prediction import FEWEST_TO_TEST, PREDICTED_FIGURES, STRAINED
from launchwatch.flight.limits import impossible

INCONSISTENT = 0.005
"""p-value below which a claim breaks its fit with the rest."""

Verdict = Literal["consistent", "strained", "inconsistent", "untestable"]

_UNIT = {"range_km": "km", "apogee_km": "km", "flight_time_min": "minutes"}
_QUANTITY = {"range_km": "a range", "apogee_km": "an apogee", "flight_time_min": "a flight time"}
_NAMES = {"apogee_km": "to {0} km", "range_km": "over {0} km", "flight_time_min": "of {0} minutes"}
_VERB = {"range_km": "covers", "apogee_km": "climbs to", "flight_time_min": "lasts"}
_LOW = {"range_km": "too short", "apogee_km": "too low", "flight_time_min": "too short"}
_HIGH = {"range_km": "too long", "apogee_km": "too high", "flight_time_min": "too long"}
_CLOCKS = {"launch_time": "the launch", "landing_time": "the fall"}
_SLIP_FROM = 0.5  # probability from which a slip is named


def judge(prediction: ClaimPrediction) -> Consistency:
    """Return the verdict on a claim from what the other offices' evidence predicts for it."""
    attribute = prediction.claim.attribute
    why = impossible(attribute, prediction.claim.value, prediction.claim.qualifier)
    if why is not None:
        return Consistency(p_value=0.0, verdict="inconsistent", reason=f"impossible: {why}")
    p = prediction.p_value
    if p is None:
        if attribute in _CLOCKS:
            return _untestable("no other clock tells when it was")
        return _untestable("the launch area was taken from it, and nothing else tells of that")
    if prediction.effective_samples < FEWEST_TO_TEST:
        return _untestable("too few flights fit the rest of the evidence to test this claim")
    if not prediction.tells and (p >= INCONSISTENT or attribute == "direction"):
        return _untestable(_open(prediction))
    verdict = _verdict(p)
    if attribute in PREDICTED_FIGURES:
        reason = _figure_reason(prediction, verdict)
    elif attribute in _CLOCKS:
        reason = _clock_reason(prediction, verdict)
    elif attribute == "direction":
        reason = _direction_reason(prediction, verdict)
    else:
        reason = _category_reason(prediction, p)
    return Consistency(p_value=round(p, 4), verdict=verdict, reason=reason + _slip(prediction, verdict))


def _verdict(p: float) -> Verdict:
    return "inconsistent" if p < INCONSISTENT else "strained" if p < STRAINED else "consistent"


def _untestable(reason: str) -> Consistency:
    return Consistency(p_value=None, verdict="untestable", reason=reason)


def _open(prediction: ClaimPrediction) -> str:
    attribute = prediction.claim.attribute
    if attribute == "direction":
        return "without it the rest allows more than half of all directions"
    low, high = _say(max(prediction.low, 0.0)), _say(prediction.high)
    allowed = f"without it the rest allows {_QUANTITY[attribute]} from {low} to {high} {_UNIT[attribute]}"
    if prediction.low <= prediction.claim.middle <= prediction.high:
        return allowed
    return f"{allowed}, and so wide a span does not exclude {_said(prediction.claim)} with certainty"


def _figure_reason(prediction: ClaimPrediction, verdict: Verdict) -> str:
    attribute = prediction.claim.attribute
    low, high = max(prediction.low, 0.0), prediction.high
    expected = (
        f"{_flight(prediction, attribute)} {_VERB[attribute]} {_say(low)} to {_say(high)} {_UNIT[attribute]}"
    )
    said = _said(prediction.claim)
    middle = prediction.claim.middle
    if verdict == "consistent":
        return f"{expected}; {said} {'fits' if low <= middle <= high else 'lies at its edge'}"
    side = _LOW[attribute] if middle < prediction.middle else _HIGH[attribute]
    return f"{expected}; {said} is {side}" + (" but not impossible" if verdict == "strained" else "")


def _flight(prediction: ClaimPrediction, attribute: str) -> str:
    """Return the flight as the others tell it: "a flight to 2,802 km over 933 km", or whose figure it is."""
    told: dict[str, Claim] = {claim.attribute: claim for claim in reversed(_basis(prediction))}
    same = told.get(attribute) if attribute in PREDICTED_FIGURES else None
    if same is not None:
        return f"a flight for which {same.source} says {_said(same)}"
    figures = [_NAMES[name].format(_figure(told[name])) for name in _NAMES if name in told]
    clocks = {"launch_time", "landing_time"} <= told.keys() and attribute != "flight_time_min"
    if clocks and "flight_time_min" not in told:
        figures.append(f"from {told['launch_time'].value} to {told['landing_time'].value}")
    words = [str(told["missile_class"].value)] if "missile_class" in told and len(figures) < 2 else []
    if "direction" in told and "eez" in told and not figures:
        figures.append(f"to the {told['direction'].value}")
    if not figures and not words:
        return "a flight that fits the other evidence"
    kind = f"{'an' if words and words[0][0] in 'IMS' else 'a'} {words[0]} flight" if words else "a flight"
    return " ".join([kind, *figures])


def _basis(prediction: ClaimPrediction) -> list[Claim]:
    return [claim for claim in prediction.basis if claim is not prediction.doubted]


def _clock_reason(prediction: ClaimPrediction, verdict: Verdict) -> str:
    claim = prediction.claim
    said = str(claim.value[0] if isinstance(claim.value, tuple) else claim.value)
    low, high = _clock(said, prediction.low), _clock(said, prediction.high)
    others = [c for c in _basis(prediction) if c.attribute in _CLOCKS]
    told = " and ".join(f"{c.source}'s {c.value}" for c in others[:2])
    flight = _flight(prediction, "flight_time_min")
    from_other = others and all(c.attribute != claim.attribute for c in others)
    why = f"from {told} and {flight}" if from_other and told else f"from {told}" if told else "from the track"
    expected = f"{why} {_CLOCKS[claim.attribute]} is expected at {low} to {high}"
    if verdict == "consistent":
        return f"{expected}; {said} fits"
    off = prediction.middle
    return f"{expected}; {said} is {_apart(abs(off))} too {'early' if off > 0 else 'late'}"


def _clock(said: str, off_min: float) -> str:
    hours, minutes = (int(part) for part in said.split(":")[:2])
    at = round(60 * hours + minutes + off_min) % 1440
    return f"{at // 60:02d}:{at % 60:02d}"


def _apart(minutes: float) -> str:
    return f"{minutes:.0f} minutes" if minutes < 50 else f"{minutes / 60:.1f} hours".replace(".0 hours", " hours")


_POINTS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")


def _direction_reason(prediction: ClaimPrediction, verdict: Verdict) -> str:
    value = prediction.claim.value
    told = next((c for c in _basis(prediction) if c.attribute in ("direction", "impact_area", "eez")), None)
    where = {
        "direction": f", as {told.source} told it," if told else "",
        "impact_area": f" with a fall in {told.value}" if told else "",
        "eez": f" with a fall {told.value} the zone of {told.unit}" if told else "",
    }[told.attribute if told else "direction"]
    low, high = prediction.low, prediction.high
    side = f"{abs(low):.0f} degrees {'left' if low < 0 else 'right'} to {abs(high):.0f} degrees "
    side += f"{'left' if high < 0 else 'right'} of it"
    said = f"{value:g} degrees" if isinstance(value, int | float) else f"'{value}'"
    end = "fits" if verdict == "consistent" else "does not fit"
    return f"a flight{where} went {side}, with the speaker's own error; {said} {end}"


def _category_reason(prediction: ClaimPrediction, p: float) -> str:
    claim = prediction.claim
    agree = f"{100 * p:.0f} %" if p >= 0.01 else "under 1 %"
    told = {c.attribute for c in _basis(prediction)}
    if told & {"range_km", "apogee_km", "flight_time_min"}:
        fit = f"of the flights that fit the other evidence ({_flight(prediction, '')})"
    else:
        fit = "of the flights that fit the other evidence"
    if claim.polarity == "denied":
        return f"{agree} {fit} agree with its denial"
    if claim.attribute == "eez":
        return f"{agree} {fit} come down {claim.value} the exclusive economic zone of {claim.unit}"
    if claim.attribute == "missile_class":
        return f"{agree} {fit} would be called {claim.value}"
    return f"{agree} {fit} agree with it"


def _slip(prediction: ClaimPrediction, verdict: Verdict) -> str:
    """Return how a figure that does not fit may have come about, where one slip stands out."""
    if verdict in ("consistent", "untestable"):
        return ""
    best = next(iter(slips(prediction)), None)
    if best is None or best.name in (NONE, ORDINARY) or best.probability < _SLIP_FROM:
        return ""
    return f"; perhaps {best.description}"


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


def _said(claim: Claim) -> str:
    return f"{_figure(claim)} {_UNIT[claim.attribute]}"


def _figure(claim: Claim) -> str:
    low, high = claim.ends
    if high > low:
        return f"{_say(low)} to {_say(high)}"
    word = {"at_least": "at least ", "at_most": "at most ", "about": "about "}.get(claim.qualifier or "", "")
    return f"{word}{_say(low)}"


def _say(value: float) -> str:
    if math.isnan(value):
        return "?"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
