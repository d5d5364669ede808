"""Observations as a table: matters down, offices across, and how often each office was quoted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchwatch.facts import Claim
from launchwatch.facts.observations import Observation
from launchwatch.facts.speakers import OUTLET
from launchwatch.tell.values import TITLES, say_value

VOICE = "the report itself"
"""What stands for an office where nobody is named."""


@dataclass(frozen=True)
class Office:
    """One column: the office, in how many reports it is quoted, and how many of these have words of their own."""

    name: str
    reports: int
    texts: int

    @property
    def quoted(self) -> str:
        """Return how often the office was quoted, copies once: `3 texts`, `3 texts in 5 reports`."""
        return say_count(self.texts, self.reports)


@dataclass(frozen=True)
class Matter:
    """One row: a matter, and for each office what it said of it."""

    title: str
    cells: tuple[tuple[Observation, ...], ...]


def say_name(office: str) -> str:
    """Return an office's name on a table."""
    return VOICE if office == OUTLET else office


def say_told(claim: Claim) -> str:
    """Return a claim's value as told: a clock without its zone shows the launch site's time, wherever that is."""
    return say_value(claim, "local time")


def say_disagreement(differs: Mapping[str, Any], claims: Sequence[Claim]) -> tuple[str, str, str]:
    """Return the words of which rules and model say different things, and what each says of them."""
    known = {claim.id: claim for claim in claims}
    rules, model = (_say_claim(known[differs[side]["claim"]]) for side in ("rules", "model"))
    return differs["quote"], rules, model


def _say_claim(claim: Claim) -> str:
    earlier = ", of an earlier launch" if claim.about == "previous" else ""
    return f"{TITLES[claim.attribute]} {say_told(claim)}, by {say_name(claim.source)}{earlier}"


def say_count(texts: int, reports: int) -> str:
    """Return a number of texts, with that of reports where some are copies."""
    told = f"{texts} text{'s' if texts != 1 else ''}"
    return told if texts == reports else f"{told} in {reports} reports"


def tabulate(observations: Sequence[Observation]) -> tuple[list[Office], list[Matter]]:
    """Return offices, those with most to say first and the reports' own voice last, and matters in fixed order."""
    said: dict[str, list[Observation]] = {}
    for one in observations:
        said.setdefault(one.office, []).append(one)
    names = sorted(said, key=lambda name: (name == OUTLET, -len(said[name]), name))
    offices = [_office(name, said[name]) for name in names]
    attributes = [name for name in TITLES if any(one.attribute == name for one in observations)]
    return offices, [
        Matter(
            TITLES[attribute],
            tuple(tuple(one for one in said[name] if one.attribute == attribute) for name in names),
        )
        for attribute in attributes
    ]


def _office(name: str, said: Iterable[Observation]) -> Office:
    reports = {report for one in said for report in one.reports}
    originals = {report for one in said for report in one.originals}
    return Office(say_name(name), len(reports), len(originals))
