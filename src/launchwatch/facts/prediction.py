"""What the rest of the evidence predicts for one claim, before the claim is heard."""

from dataclasses import dataclass

from launchwatch.facts.claims import Claim
from launchwatch.facts.samples import FlightSamples


@dataclass(frozen=True)
class ClaimPrediction:
    """The leave-one-out predictive check of one claim.

    `p_value`: how probable a figure at least this far off (or, for a category, that it holds) is, given all other
    offices' evidence; None where the model does not reach the claim. `low`, `middle`, `high` are the predicted
    5, 50 and 95 % points in the claim's unit, NaN for categories; `observation` names the group that counts once.
    """

    claim: Claim
    observation: str
    p_value: float | None
    low: float
    middle: float
    high: float
    effective_samples: float


@dataclass(frozen=True)
class View:
    """The flight with one state's figures for an attribute kept and the others' left out."""

    attribute: str
    state: str
    claims: tuple[Claim, ...]
    samples: FlightSamples
