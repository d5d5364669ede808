"""Which CAP values each stage of an alert has (CAP 1.2, sections 3.2.1 and 3.2.2)."""

from dataclasses import dataclass

from launchwatch.facts import Stage

LIKELY_FROM = 0.5
"""CAP 1.2, certainty: Likely is p above about 50 %, Possible below."""

OBSERVED_FROM = 0.95
"""'Determined to have occurred' is said from ICD 203's 'almost certain' on, of what has happened."""

PROFILE = "launchwatch-cap-1"
"""The rules (`cap_rules`) that a message claims to follow, in its `code`."""

NO_LONGER_POSSIBLE = "no-longer-possible"
ISSUED_IN_ERROR = "issued-in-error"


@dataclass(frozen=True)
class StageValues:
    """What a stage says in CAP: urgency, severity, responses; whether it has happened; the reason of an end."""

    urgency: str
    severity: str
    responses: tuple[str, ...]
    happened: bool = False
    ends: str | None = None


STAGES: dict[Stage, StageValues] = {
    "launch": StageValues("Immediate", "Extreme", ("Shelter",)),
    "fall_predicted": StageValues("Immediate", "Extreme", ("Shelter",)),
    "passed": StageValues("Past", "Minor", ("Avoid",), happened=True),
    "fell_at_sea": StageValues("Past", "Minor", ("AllClear", "Avoid"), happened=True),
    "fell_inside": StageValues("Immediate", "Extreme", ("Shelter",), happened=True),
    "no_longer_possible": StageValues("Past", "Minor", ("AllClear",), ends=NO_LONGER_POSSIBLE),
    "issued_in_error": StageValues("Past", "Minor", ("AllClear",), ends=ISSUED_IN_ERROR),
    "information": StageValues("Past", "Minor", ("Monitor",)),
}


def certainty_of(stage: Stage, probability: float) -> str:
    """Return the CAP certainty of what a stage claims.

    An end is Unlikely, which is what it ends for. That an object passed is told only when it was seen beyond, and
    is Observed: the probability of that step is of what it may still do.
    """
    values = STAGES[stage]
    if values.ends:
        return "Unlikely"
    if stage == "passed":
        return "Observed"
    if values.happened and probability >= OBSERVED_FROM:
        return "Observed"
    return "Likely" if probability > LIKELY_FROM else "Possible"
