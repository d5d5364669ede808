"""The role that each quantity of a sentence has, and the claims that follow.

    flown distance      flew about 700 km
    altitude            rose to a maximum altitude of 50 km
    flight time         a 66-minute flight; fell about ten minutes later
    left, with a note   could travel 14,000 km (capability); 250 km northwest of the island (offset);
                        air bursts at 400 metres (burst); 440 km from the city (distance between places)

Cues are data (`[[role]]` of each lexicon). The nearest one counts; those marked `first` go before nearer ones.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from launchwatch.facts import Attribute
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.numbers import parse_number
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Find, Quantity, Sentence
from launchwatch.observe.read.quantities import qualifier_after, qualifier_before

_ADJACENT: Final = 4  # characters: the cue stands right before the quantity ('a flight time of 71 minutes')
_JOINED = re.compile(
    r",?\s*(?:and|と|、|および|와|과|,)\s*(?:the other |another |the second )?|ではなく、?|[이가]\s?아니라,?\s"
)
_ELLIPTIC = re.compile(r"[를을]?(?:,\s|、)[가-힣ぁ-んァ-ヶー一-龥\s]{1,20}")
_NEXT_OF_SALVO = re.compile(
    r"[をで]?、(?:\d発目|2番目|もう1発|残り(?:の1発)?)[がはも]|"
    r"(?:[를을]|이고|이며)?,\s(?:두\s?번째|둘째|나머지|다른\s한)[가-힣\s]{0,8}[은는이가]\s"
)
_BREAK = re.compile("[,;、。]")
_ABLE_BEFORE: Final = 34
_ABLE_AFTER: Final = 14
"""Characters before and after a Japanese or Korean quantity in which a word of ability stands."""
_CLAUSE = re.compile(r"[;:。]|, (?:and|but|while|which)\b|, (?=(?:flew|travell?ed|covered|rose)\b)")
_ATTRIBUTES: dict[str, Attribute] = {name: name for name in ("range_km", "apogee_km", "flight_time_min")}


class Role(NamedTuple):
    """One cue: its rule, the role that it gives, on which side and how near it stands."""

    id: str
    role: str
    dimension: str
    side: str
    reach: int
    pattern: Pattern
    needs: Pattern | None
    first: bool
    adjacent: bool


class Given(NamedTuple):
    """A quantity with the role that a rule gave it."""

    quantity: Quantity
    role: str
    rule: str


@cache
def _roles(lexicon: Lexicon) -> tuple[Role, ...]:
    return tuple(
        Role(
            row["id"], row["role"], row["dimension"], row["side"], row["reach"], lexicon.compile(row["pattern"]),
            lexicon.compile(row["needs"]) if "needs" in row else None,
            row.get("first", False), row.get("adjacent", False),
        )
        for row in lexicon.table("role")
    )  # fmt: skip


class _Cues:
    """The places of every cue in one sentence, found once and looked up for each quantity.

    State: the sentence and the places, fixed.
    """

    def __init__(self, sentence: Sentence, lexicon: Lexicon, dimensions: set[str]) -> None:
        self.low = sentence.low
        wanted = [role for role in _roles(lexicon) if role.dimension in dimensions]
        wanted = [role for role in wanted if role.needs is None or role.needs.first(self.low)]
        self.anchored = [role for role in wanted if role.pattern.pattern.startswith("^")]
        self.placed = [
            (role, [match.start() for match in found], [match.end() for match in found])
            for role in wanted
            if not role.pattern.pattern.startswith("^") and (found := role.pattern.all(self.low))
        ]

    def best(self, one: Quantity, limits: tuple[int, int]) -> tuple[Role, int] | None:
        """Return the nearest cue of a quantity within its limits, and how far it is."""
        found = [
            (not role.first, distance, role.role != "none", role.id, role)
            for role, starts, ends in self.placed
            if role.dimension == one.dimension
            and (distance := self._distance(role, starts, ends, one, limits)) is not None
        ]
        nearest = min(found) if found else None
        if nearest and nearest[1] <= _ADJACENT and nearest[4].adjacent:
            return nearest[4], nearest[1]
        after = next(
            (role for role in self.anchored if role.dimension == one.dimension and self._follows(role, one)), None
        )
        if after:
            return after, 0
        return (nearest[4], nearest[1]) if nearest else None

    def _follows(self, role: Role, one: Quantity) -> bool:
        ends = {one.inner_end, one.end}
        return any(role.pattern.match(self.low[end : end + 60]) for end in ends)

    def _distance(
        self, role: Role, starts: list[int], ends: list[int], one: Quantity, limits: tuple[int, int]
    ) -> int | None:
        left = role.side == "left"
        distance = self._left(starts, ends, one, limits[0]) if left else self._right(starts, one, limits[1])
        return distance if distance is not None and distance <= role.reach else None

    def _left(self, starts: list[int], ends: list[int], one: Quantity, limit: int) -> int | None:
        index = bisect_right(ends, one.place) - 1
        return one.place - ends[index] if index >= 0 and starts[index] >= limit else None

    def _right(self, starts: list[int], one: Quantity, limit: int) -> int | None:
        index = bisect_left(starts, one.inner_end)
        if index >= len(starts) or starts[index] >= limit:
            return None
        if _BREAK.search(self.low, one.inner_end, starts[index]):
            return None
        return starts[index] - (one.end if starts[index] >= one.end else one.inner_end)


def roles_of(sentence: Sentence, lexicon: Lexicon, found: list[Quantity]) -> list[Given]:
    """Return the quantities of a sentence with their roles, 'none' for those that are no claim."""
    if not found:
        return []
    cues = _Cues(sentence, lexicon, {one.dimension for one in found})
    length = len(sentence.low)
    places = [0, *(one.end for one in found)], [*(one.place for one in found[1:]), length]
    given: list[Given] = []
    for index, one in enumerate(found):
        limits = (places[0][index], places[1][index])
        if lexicon.language != "en":  # the verb behind them all gives each its role: '2700㎞를 29분간 비행'
            limits = (
                limits[0],
                next((o.place for o in found[index + 1 :] if o.dimension == one.dimension), length),
            )
        given.append(_given(sentence, lexicon, cues, one, limits, given))
    return _backward(sentence, given)


def claims(sentence: Sentence, lexicon: Lexicon, found: list[Quantity]) -> tuple[list[Find], list[str]]:
    """Return the claims that quantities make by their roles, and notes on those that were left."""
    given = roles_of(sentence, lexicon, found)
    notes = [
        lexicon.left_out(one.rule, sentence.text[one.quantity.start : one.quantity.end])
        for one in given
        if one.role == "none"
    ]
    return _numbered([find_of(one) for one in given if one.role != "none"]), notes


def _given(
    sentence: Sentence, lexicon: Lexicon, cues: _Cues, one: Quantity, limits: tuple[int, int], before: list[Given]
) -> Given:
    """Return a quantity with its role: that of its cue, or of the quantity that 'and' joins to it."""
    best = cues.best(one, limits)
    sibling = before[-1] if before and _joined(sentence, before[-1].quantity, one) else None
    if sibling and sibling.role != "none" and (best is None or best[1] > 12 or best[0].role == sibling.role):
        return Given(one, sibling.role, sibling.rule)
    if best is None:
        return Given(one, "none", "left.no-role")
    return Given(one, *_checked(sentence, lexicon, one, best[0], limits[0]))


def _joined(sentence: Sentence, before: Quantity, one: Quantity) -> bool:
    between = sentence.low[before.end : one.start]
    if before.dimension != one.dimension:
        return False
    return bool(_JOINED.fullmatch(between) or _NEXT_OF_SALVO.fullmatch(between))


def _backward(sentence: Sentence, given: list[Given]) -> list[Given]:
    """Give a role to the roleless quantity that 'and' joins to the next: 'ten minutes and nine minutes later'."""
    given = list(given)
    for index in range(len(given) - 2, -1, -1):
        one, after = given[index], given[index + 1]
        joined = _joined(sentence, one.quantity, after.quantity) or _elliptic(sentence, one, after)
        if one.rule == "left.no-role" and after.role != "none" and joined:
            given[index] = Given(one.quantity, after.role, after.rule)
    return given


def _elliptic(sentence: Sentence, one: Given, after: Given) -> bool:
    """Say whether two flown distances share the verb at the end: '첫 발은 600㎞, 둘째는 120㎞를 비행했다'."""
    return after.rule == "range.flew" and bool(
        _ELLIPTIC.fullmatch(sentence.low[one.quantity.end : after.quantity.start])
    )


def _checked(sentence: Sentence, lexicon: Lexicon, one: Quantity, role: Role, limit: int) -> tuple[str, str]:
    """Return the role that a cue gives, after the checks that need more of the sentence."""
    if role.role == "none":
        return "none", role.id
    if lexicon.language != "en":
        return _checked_verb_final(sentence, lexicon, one, role)
    window = sentence.low[max(limit, one.place - 100) : one.place]
    if lexicon.regex("quantity", "able").search(_CLAUSE.split(window)[-1]):
        return "none", "left.capability"
    if role.id == "range.named" and not _reached(sentence, lexicon, window):
        return "none", "left.capability"
    return role.role, role.id


def _checked_verb_final(sentence: Sentence, lexicon: Lexicon, one: Quantity, role: Role) -> tuple[str, str]:
    """Return the role of a Japanese or Korean quantity: what could fly is capability."""
    before = _CLAUSE.split(sentence.low[max(0, one.place - _ABLE_BEFORE) : one.place])[-1]
    after = _CLAUSE.split(sentence.low[one.place : one.end + _ABLE_AFTER])[0]
    if lexicon.regex("quantity", "able").search(before + after):
        return "none", "left.capability"
    supposed = lexicon.regex("hedge", "condition").search(before)
    if supposed and role.id != "range.named" and not lexicon.regex("quantity", "flown").search(after):
        return "none", "left.capability"
    return role.role, role.id


def _reached(sentence: Sentence, lexicon: Lexicon, window: str) -> bool:
    """Say whether 'range' means a distance flown: an altitude or flight stands beside it and no 'with a range'."""
    if lexicon.regex("quantity", "altitude_told").first(sentence.low):
        return True
    flown = lexicon.regex("quantity", "flight_told").first(sentence.low)
    return bool(flown) and not lexicon.regex("quantity", "range_owned").search(window)


def find_of(one: Given) -> Find:
    """Return the claim of a quantity that has a role."""
    quantity = one.quantity
    value = _tidy(quantity.low) if quantity.high is None else (_tidy(quantity.low), _tidy(quantity.high))
    return Find(
        _ATTRIBUTES[one.role], value, quantity.start, quantity.end, one.rule,
        unit=quantity.unit, qualifier=quantity.qualifier, anchor=quantity.place,
    )  # fmt: skip


def _tidy(value: float) -> float | int:
    """Return a value to 0.1 (100 m, 6 s), whole numbers as such: conversions claim no more than that."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def _numbered(found: list[Find]) -> list[Find]:
    """Give numbers to the values of one attribute that 'and' joins, as those of the objects of a salvo."""
    near = {
        one.attribute
        for one, after in pairwise(found)
        if one.attribute == after.attribute and after.start - one.end <= 6
    }
    counts: Counter[str] = Counter()
    numbered = []
    for find in found:
        counts[find.attribute] += 1
        numbered.append(replace(find, item=counts[find.attribute]) if find.attribute in near else find)
    return numbered


def speeds(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the Mach numbers of a sentence that tell a speed flown."""
    found = []
    for match in lexicon.regex("speed", "pattern").all(sentence.low):
        low = parse_number(match["a"] or match["c"] or "", lexicon.language)
        high = parse_number(match["b"], lexicon.language) if match["b"] else None
        before = sentence.low[max(0, match.start() - 60) : match.start()]
        if low is None or lexicon.regex("speed", "unreal").search(before):
            continue
        qualifier, start = qualifier_before(sentence, lexicon, match.start())
        qualifier, end = qualifier_after(sentence, lexicon, match.end(), qualifier)
        value = _tidy(low) if high is None else (_tidy(low), _tidy(high))
        found.append(
            Find(
                "speed_mach",
                value,
                start,
                end,
                "speed.mach",
                unit="Mach",
                qualifier="range" if high else qualifier,
            )
        )
    return found
