"""The rules' claims and a model's side by side: who found what, and where the two differ.

Nothing is averaged and nobody wins: a claim that both found says so, and one that only one found stands too, with
what the other says of the same words beside it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from launchwatch.facts import Claim

_TOLD = ("attribute", "value", "source", "about", "polarity")


class Compared(NamedTuple):
    """Claims of both, and their disagreements for programs: the words, what differs, and what each says."""

    claims: tuple[Claim, ...]
    disagreements: tuple[dict[str, Any], ...]


def compare(rules: Sequence[Claim], model: Sequence[Claim]) -> Compared:
    """Return the claims of both ways of reading one report, in the order of its text."""
    agreed = {one.id: same for one in model if (same := _same(rules, one))}
    both = {claim.id for claim in agreed.values()}
    kept = [msgspec.structs.replace(one, found_by=("rules", "model")) if one.id in both else one for one in rules]
    own = [one for one in model if one.id not in agreed]
    claims = sorted([*kept, *own], key=in_order)
    left = [one for one in rules if one.id not in both]
    return Compared(
        tuple(claims), tuple(_disagreement(one, other) for other in own for one in _rivals(left, other))
    )


def in_order(claim: Claim) -> tuple[int, bool, str, int]:
    """Return a key that sorts claims as the text goes, the rules' own before a model's at one place."""
    return claim.span[0], "rules" not in claim.found_by, claim.attribute, claim.span[1]


def _same(rules: Sequence[Claim], one: Claim) -> Claim | None:
    return next((other for other in rules if _near(one, other) and not _differ(one, other)), None)


def _rivals(rules: Sequence[Claim], one: Claim) -> list[Claim]:
    """Return what the rules alone say of the same words: of the same attribute, or of the same figure."""
    return [other for other in rules if _near(one, other) and _differ(one, other) and _alike(one, other)]


def _near(one: Claim, other: Claim) -> bool:
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]


def _alike(one: Claim, other: Claim) -> bool:
    return one.attribute == other.attribute or (one.value == other.value and one.unit == other.unit)


def _differ(one: Claim, other: Claim) -> list[str]:
    return [name for name in _TOLD if getattr(one, name) != getattr(other, name)]


def _disagreement(rules: Claim, model: Claim) -> dict[str, Any]:
    return {
        "quote": model.quote,
        "differ": _differ(rules, model),
        "rules": {"claim": rules.id, **{name: getattr(rules, name) for name in _TOLD}},
        "model": {"claim": model.id, **{name: getattr(model, name) for name in _TOLD}},
    }
