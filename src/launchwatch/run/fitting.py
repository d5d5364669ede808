"""Which claims fit: each office's word on each matter of an estimated flight against all the rest."""

from collections.abc import Iterator, Sequence
from typing import get_args

import numpy as np

from launchwatch.assess.consistency import judge
from launchwatch.basis.errors import InputError
from launchwatch.estimate.fuse.evidence import CLOCKS
from launchwatch.estimate.fuse.figures import claim_sigma, quantity
from launchwatch.estimate.summary import azimuth_interval, interval
from launchwatch.facts import Attribute, Change, Claim, ClaimPrediction, Consistency, Fit, FlightSamples, Interval
from launchwatch.facts.prediction import FEWEST_TO_TEST
from launchwatch.facts.speakers import AUTHORITY_ERROR, OUTLET, office_of
from launchwatch.flight.classes import energy_range_m
from launchwatch.run.estimating import Estimates, LaunchEstimate, ObjectEstimate

_CLOCKS = ("launch_time", "landing_time")
_ORDER = {name: k for k, name in enumerate(get_args(Attribute))}


def fits_of(done: Estimates) -> list[list[list[Fit]]]:
    """Return how every word fits, launch by launch and flight by flight, numbered through from 1."""
    number, found = 1, []
    for launch in done.launches:
        group = []
        for one in launch.objects:
            fits = _fits(launch, one, number)
            number += len(fits)
            group.append(fits)
        found.append(group)
    return found


def find_fits(fits: Sequence[Sequence[Sequence[Fit]]], wanted: str) -> list[Fit]:
    """Return the fits that a number of the list or a claim's id means; one of each object that the claim is about.

    Raises InputError where nothing has that number or id.
    """
    every = [fit for launch in fits for flight in launch for fit in flight]
    found = [fit for fit in every if str(fit.number) == wanted or wanted in {claim.id for claim in fit.claims}]
    if not found:
        raise InputError(
            "no claim of this reading has that number or id",
            given=wanted,
            allowed=f"1 to {len(every)}, or a claim's id",
        )
    return found


def _fits(launch: LaunchEstimate, one: ObjectEstimate, first: int) -> list[Fit]:
    posterior, item = one.posterior, one.flight.item
    predicted = {prediction.claim.id: prediction for prediction in one.predictions}
    members = {observation.id: tuple(observation.claims) for observation in posterior.observations}
    members |= {name: word.said for name, word in one.rests.clocks.items()}
    claims = [one.claim for one in launch.judged if one.claim.item in (None, item)]
    groups: dict[object, list[Claim]] = {}
    for claim in claims:
        known = predicted.get(claim.id)
        groups.setdefault((_place(claim, known), known.observation if known else None), []).append(claim)
    words = _Words(one, members, {one.claim.id: one.consistency for one in launch.judged})
    ordered = sorted(groups.values(), key=lambda group: _place(group[0], predicted.get(group[0].id)))
    return [words.fit(first + k, item, group, predicted.get(group[0].id)) for k, group in enumerate(ordered)]


def _place(claim: Claim, prediction: ClaimPrediction | None) -> tuple[object, ...]:
    """Return where a claim stands in the list; claims in one place say the same."""
    value = claim.value
    numbers = value if isinstance(value, tuple) else (value,)
    said = tuple(f"{v:.0f}" if isinstance(v, float) and abs(v) >= 10 else str(v) for v in numbers)
    return (
        prediction is None,
        claim.about == "previous",
        _ORDER[claim.attribute],
        claim.source == OUTLET,
        office_of(claim.source),
        said,
        claim.qualifier or "",
        claim.polarity,
        claim.condition or "",
    )


class _Words:
    """Makes fits of one posterior. State: changes by observation, each worked out once."""

    def __init__(
        self, one: ObjectEstimate, members: dict[str, tuple[Claim, ...]], judged: dict[str, Consistency]
    ) -> None:
        self._posterior, self._rests, self._members, self._judged = one.posterior, one.rests, members, judged
        self._changes: dict[str, tuple[Change, ...]] = {}

    def fit(self, number: int, item: int, claims: Sequence[Claim], prediction: ClaimPrediction | None) -> Fit:
        said, samples = claims[0], self._posterior.samples
        observation = prediction.observation if prediction else f"{said.attribute}/{office_of(said.source)}"
        own = {claim.id for claim in claims}
        figure = prediction is not None and said.attribute in AUTHORITY_ERROR and prediction.p_value is not None
        believed = interval(quantity(samples, said.attribute), samples.weight) if figure else None
        left_out = None
        if said.attribute in _CLOCKS and said.about == "main":
            left_out = CLOCKS
        elif prediction is not None and prediction.p_value is not None:
            left_out = observation
        return Fit(
            number=number,
            item=item,
            claims=tuple(claims),
            observation=observation,
            companions=tuple(c for c in self._members.get(observation, ()) if c.id not in own),
            consistency=judge(prediction) if prediction and prediction.tells else self._judged[said.id],
            prediction=prediction,
            believed=believed,
            share=self._share(said) if prediction is not None and not figure else None,
            error=_error(said) if figure else None,
            changes=self._change(left_out) if left_out else (),
        )

    def _share(self, claim: Claim) -> float | None:
        """Return the share of the posterior's flights of which a category holds."""
        samples = self._posterior.samples
        words = (word for observation in self._posterior.observations for word in observation.words)
        agreement = next((word.agreement for word in words if word.claim.id == claim.id), None)
        if agreement is None:
            return None
        return float(np.clip(samples.weight @ agreement(samples), 0.0, 1.0))

    def _change(self, left_out: str) -> tuple[Change, ...]:
        if left_out not in self._changes:
            self._changes[left_out] = tuple(self._compared(left_out))
        return self._changes[left_out]

    def _compared(self, left_out: str) -> Iterator[Change]:
        told = self._posterior.samples
        clocks = self._rests.clocks
        if left_out == CLOCKS and len({word.attribute for word in clocks.values()}) < 2:
            return  # clocks of launch alone tell when, and nothing of the flight
        rest = self._rests.without(frozenset(clocks if left_out == CLOCKS else [left_out]))
        enough = rest.size >= FEWEST_TO_TEST
        for (name, unit), before, after in zip(
            _COMPARED, _summaries(told, told.weight), _summaries(rest.samples, rest.weight), strict=True
        ):
            if name != _ENERGY or _burns_out(told):  # a cruise flight has none
                yield Change(name, unit, before, after if enough else None)


_ENERGY = "range at minimum energy"
_COMPARED = (
    ("range", "km"),
    ("apogee", "km"),
    ("flight time", "min"),
    ("azimuth", "°"),
    (_ENERGY, "km"),
)


def _burns_out(samples: FlightSamples) -> bool:
    return float(samples.weight @ np.isfinite(samples.burnout_speed_m_s)) >= 0.5


def _summaries(samples: FlightSamples, weight: np.ndarray) -> list[Interval]:
    energy = energy_range_m(samples.burnout_speed_m_s, samples.burnout_height_m)
    return [
        interval(samples.range_m, weight, 1e-3),
        interval(samples.apogee_m, weight, 1e-3),
        interval(samples.flight_time_s, weight, 1 / 60),
        azimuth_interval(samples.azimuth_rad, weight),
        interval(energy, weight, 1e-3),
    ]


def _error(claim: Claim) -> float:
    return float(claim_sigma(claim.attribute, claim.middle, outlet=claim.source == OUTLET))
