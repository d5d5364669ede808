"""What the rest of the evidence predicts for one claim, before the claim is heard."""

from dataclasses import dataclass

from launchwatch.facts.claims import Claim
from launchwatch.facts.samples import FlightSamples


@dataclass(frozen=True)
class ClaimPrediction:
    """The leave-one-out predictive check of one claim.

    `p_value`: how probable a figure at least this far off (or, for a category, that it holds) is, given all other
    offices' evidence; None where the model does not reach the claim. `low`, `middle`, `high` are the predicted
    5, 50 and 95 % points in the claim's unit (degrees from the stated direction, minutes from a stated clock), NaN
    for categories and where nothing bears on the claim; `observation` names the group that counts once. `basis`
    are the other claims that the prediction rests on; `doubted` the one that was set aside, since it is that one
    which does not fit.
    """

    claim: Claim
    observation: str
    p_value: float | None
    low: float
    middle: float
    high: float
    effective_samples: float
    basis: tuple[Claim, ...] = ()
    doubted: Claim | None = None

    @property
    def tells(self) -> bool:
        """Return whether the prediction says anything that the claim could contradict."""
        if self.p_value is None or self.effective_samples < FEWEST_TO_TEST:
            return False
        if self.claim.attribute in PREDICTED_FIGURES:
            return self.high <= UNTESTABLE_RATIO * max(self.low, 1e-9)
        if self.claim.attribute == "direction":
            return self.high - self.low <= UNTESTABLE_DEG
        return True


PREDICTED_FIGURES = frozenset({"range_km", "apogee_km", "flight_time_min"})

UNTESTABLE_RATIO = 6.0
"""A predicted interval whose ends differ by more says nothing that physics did not: the claim stands alone."""

UNTESTABLE_DEG = 200.0
"""A predicted interval of directions wider than this is more than half of the compass."""

FEWEST_TO_TEST = 30.0
"""Effective samples of the rest below which a claim is untestable."""

STRAINED = 0.05
"""p-value below which a claim strains its fit with the rest."""


@dataclass(frozen=True)
class View:
    """The flight with one state's figures for an attribute kept and the others' left out."""

    attribute: str
    state: str
    claims: tuple[Claim, ...]
    samples: FlightSamples
