"""How an office's word fits the rest, with all that its reason needs."""

from dataclasses import dataclass

from launchwatch.facts.claims import Claim
from launchwatch.facts.event import Consistency
from launchwatch.facts.flight import Interval
from launchwatch.facts.prediction import ClaimPrediction


@dataclass(frozen=True)
class Change:
    """One quantity of the flight as told, and with an office's word left out; None where too few flights fit."""

    quantity: str
    unit: str
    told: Interval
    without: Interval | None


@dataclass(frozen=True)
class Fit:
    """One value that an office gave for one matter of one object, against everything else.

    `number` counts through everything that is printed together; `claims` say the same, and `companions` are the
    other claims of their `observation`, which counts once. `prediction` is what the rest predicts, None where the
    model does not weigh such a word; `believed` is the estimate with the word in it: of a figure its value in the
    claim's unit, of a category the `share` of flights that agree. `error` is one sigma of what offices say of a
    figure as large, in its unit.
    """

    number: int
    item: int
    claims: tuple[Claim, ...]
    observation: str
    companions: tuple[Claim, ...]
    consistency: Consistency
    prediction: ClaimPrediction | None
    believed: Interval | None
    share: float | None
    error: float | None
    changes: tuple[Change, ...]

    @property
    def said(self) -> Claim:
        """Return the claim that speaks for the others."""
        return self.claims[0]

    @property
    def changes_known(self) -> bool:
        """Return whether enough flights fit the rest to tell the flight without this word."""
        return any(change.without is not None for change in self.changes)
