"""Claims about one launch to observations: what an office says counts once, however many reports quote it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from launchwatch.facts.claims import Attribute, Claim
from launchwatch.facts.speakers import office_of

_MEASURED = frozenset(("range_km", "apogee_km", "flight_time_min", "speed_mach"))
_ONE_VALUE = _MEASURED | {"event_date"}
"""Attributes whose value is the same in whatever unit it was stated: 7 November said as Friday is one date."""

_BOUNDS = frozenset(("at_least", "at_most"))

RESTATED = 0.01
"""Share by which one figure differs in two units: 435 miles and 'about 700 km' are 0.02 % apart, 430 miles 1 %."""


@dataclass(frozen=True)
class Observation:
    """One value that one office gave: its quotes, the reports that hold them, and of copies only the first."""

    office: str
    attribute: Attribute
    claims: tuple[Claim, ...]
    reports: tuple[str, ...]
    originals: tuple[str, ...]

    @property
    def texts(self) -> int:
        """Return in how many texts of their own it stands: a copy adds none."""
        return len(self.originals)

    @property
    def said(self) -> Claim:
        """Return the quote that stands for all: the first that states the value as it is kept."""
        return min(
            self.claims, key=lambda c: _converted(c) or (c.attribute == "event_date" and c.unit is not None)
        )


def observe_claims(claims: Iterable[Claim], copy_of: Mapping[str, str]) -> list[Observation]:
    """Return the observations in claims about one launch, by attribute, then in order of telling.

    `copy_of` gives for a report that copies another's words the id of that other. Claims about earlier launches
    are left out.
    """
    found: dict[tuple[object, ...], list[list[Claim]]] = {}
    for claim in claims:
        if claim.about == "main":
            groups = found.setdefault(_key(claim), [])
            same = next((group for group in groups if _same_value(group, claim)), None)
            if same is None:
                groups.append([claim])
            else:
                same.append(claim)
    order = {attribute: at for at, attribute in enumerate(get_args(Attribute))}
    made = [_observation(group, copy_of) for groups in found.values() for group in groups]
    return sorted(made, key=lambda one: order[one.attribute])


def _key(claim: Claim) -> tuple[object, ...]:
    bound = claim.qualifier if claim.qualifier in _BOUNDS else None
    unit = None if claim.attribute in _ONE_VALUE else claim.unit
    return claim.attribute, office_of(claim.source), claim.item, claim.polarity, bound, unit


def _same_value(group: list[Claim], claim: Claim) -> bool:
    return any(one.value == claim.value or _restates(one, claim) for one in group)


def _restates(one: Claim, other: Claim) -> bool:
    """Say whether two figures are one in two units."""
    if not (_converted(one) or _converted(other)) or one.unit == other.unit:
        return False
    ends = [c.value if isinstance(c.value, tuple) else (c.value,) for c in (one, other)]
    if len(ends[0]) != len(ends[1]):
        return False
    return all(
        isinstance(a, int | float) and isinstance(b, int | float) and abs(a - b) <= RESTATED * max(abs(a), abs(b))
        for a, b in zip(*ends, strict=True)
    )


def _converted(claim: Claim) -> bool:
    return claim.attribute in _MEASURED and claim.unit in ("mi", "ft", "nm", "nmi")


def _observation(group: list[Claim], copy_of: Mapping[str, str]) -> Observation:
    reports = tuple(dict.fromkeys(claim.report for claim in group))
    originals = tuple(dict.fromkeys(copy_of.get(report, report) for report in reports))
    return Observation(office_of(group[0].source), group[0].attribute, tuple(group), reports, originals)
