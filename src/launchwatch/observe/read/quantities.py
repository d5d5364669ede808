"""Lengths, durations and speeds in a sentence: value, unit as stated, qualifier.

Miles, nautical miles, feet and metres become kilometres, hours and seconds minutes, with the stated unit kept. A
restatement in brackets belongs to the quantity before it; where the two differ by more than 3 % a note says so.
"""

import re
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.numbers import number_pattern, parse_number
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Quantity, Sentence

_RESTATED_WITHIN: Final = (
    0.03  # rounding to whole miles or tens of kilometres stays inside 3 %; a misprint does not
)
_RESTATED = re.compile(
    "\\s*(?:[(\\[/]|,? or|,|-|\u2014)\\s*(?:about |around |nearly |roughly |over |more than |≈ ?)?"
)
_PARTS = (("h", "min"), ("min", "s"))
_BETWEEN = re.compile(r"\bbetween (?:about |around )?$")
_ROSE_UP_TO = re.compile(r"\b(?:went|rose|climbed|soared|gone|risen)\sup to\b")


class Unit(NamedTuple):
    """A unit as stated, what it measures and its size in km or minutes."""

    unit: str
    dimension: str
    factor: float


@cache
def _units(lexicon: Lexicon) -> tuple[Pattern, tuple[Unit, ...]]:
    """Return the pattern of a quantity, with a group for each unit, and the units."""
    rows = lexicon.table("quantity", "unit")
    edge = r"(?![A-Za-z0-9])" if lexicon.language == "en" else r"(?![A-Za-z])"  # '67分32秒'
    one_of = "|".join(f"(?P<u{index}>(?:{row['pattern']}){edge})" for index, row in enumerate(rows))
    any_unit = "|".join(row["pattern"] for row in rows)
    number = number_pattern(lexicon.language)
    join = rf"(?:\s?(?P<own>{any_unit}){edge})?(?P<join>{lexicon.table('quantity', 'joiner')})(?P<b>{number})"
    pattern = rf"(?P<a>{number})(?:{join})?(?P<more>[여餘余]?)[\s-]{{0,2}}(?:{one_of})"
    return lexicon.compile(pattern), tuple(Unit(row["unit"], row["dimension"], row["factor"]) for row in rows)


@cache
def _before(lexicon: Lexicon) -> Pattern:
    """Return the pattern of a qualifier right before a number, with a group for each qualifier."""
    table = lexicon.table("quantity")
    names = [name for name in ("at_least", "at_most", "about") if f"before_{name}" in table]
    options = "|".join(f"(?P<{name}>{table[f'before_{name}']})" for name in names)
    if lexicon.language == "en":
        return lexicon.compile(
            rf"(?<![a-z])(?:{options})\s*(?:about |around |some |an estimated |the |between |from )?$"
        )
    return lexicon.compile(rf"(?:{options})\s*(?:{table['before_about']})?\s*$")  # '少なくとも約450キロ'


@cache
def _after(lexicon: Lexicon) -> tuple[tuple[str, Pattern], ...]:
    table = lexicon.table("quantity")
    names = [name for name in ("at_least", "at_most", "about") if f"after_{name}" in table]
    return tuple((name, lexicon.regex("quantity", f"after_{name}")) for name in names)


def quantities(sentence: Sentence, lexicon: Lexicon) -> tuple[list[Quantity], list[str]]:
    """Return the quantities of a sentence, restatements folded in, and notes on restatements that disagree."""
    pattern, units = _units(lexicon)
    found = []
    for match in pattern.all(sentence.low):
        found += _quantities(sentence, lexicon, match, units)
    return _folded(sentence, _compound(found))


def _quantities(
    sentence: Sentence, lexicon: Lexicon, match: re.Match[str], units: tuple[Unit, ...]
) -> list[Quantity]:
    """Return the quantity of a match, or both where 'and' joins two that state their units."""
    unit = units[int((match.lastgroup or "u0")[1:])]
    low = parse_number(match["a"], lexicon.language)
    high = parse_number(match["b"], lexicon.language) if match["b"] else None
    if low is None or _minutes_of_clock(sentence, lexicon, match.start()):
        return []
    if high is None:
        return [_quantity(sentence, lexicon, match.span(), unit, low)]
    own = _unit_of(lexicon, match["own"], unit) if match["own"] else unit
    one_kind = own.dimension == unit.dimension  # '2時間50分、2000キロ飛行' holds two
    if one_kind and high > low and not _two_things(sentence, lexicon, match):
        return [_quantity(sentence, lexicon, match.span(), unit, low, high)]
    second = _quantity(sentence, lexicon, (match.start("b"), match.end()), unit, high)
    if not match["own"] and not _same_kind(match):
        return [second]
    return [_quantity(sentence, lexicon, (match.start(), match.start("join")), own, low), second]


def _same_kind(match: re.Match[str]) -> bool:
    """Say whether a number without a unit has that of the next: 'flew 600 and 120 km', not 'two and 5 km'."""
    return match["join"].strip() == "and" and match["a"][0].isdigit() and len(match["a"]) > 1


def _unit_of(lexicon: Lexicon, stated: str, otherwise: Unit) -> Unit:
    """Return the unit that the first of two joined quantities states: '1 hour and 13 minutes'."""
    pattern, units = _units(lexicon)
    match = pattern.search(f"1 {stated}")
    return units[int((match.lastgroup or "u0")[1:])] if match else otherwise


def _minutes_of_clock(sentence: Sentence, lexicon: Lexicon, start: int) -> bool:
    """Say whether a number is the minutes of a clock time ('7時50分')."""
    if "clock_before" not in lexicon.table("quantity"):
        return False
    return bool(lexicon.regex("quantity", "clock_before").search(sentence.low[max(0, start - 9) : start]))


def _two_things(sentence: Sentence, lexicon: Lexicon, match: re.Match[str]) -> bool:
    """Say whether 'A and B km' are two things: it is one range only after 'between', '고도 A에서 B' never."""
    if "not_range" in lexicon.table("quantity") and match["join"].strip() == "에서":
        return bool(lexicon.regex("quantity", "not_range").search(sentence.low[: match.start()][-12:]))
    if match["join"].strip() != "and":
        return False
    return not _BETWEEN.search(sentence.low[max(0, match.start() - 24) : match.start()])


def _quantity(
    sentence: Sentence, lexicon: Lexicon, span: tuple[int, int], unit: Unit, low: float, high: float | None = None
) -> Quantity:
    qualifier, start = qualifier_before(sentence, lexicon, span[0])
    qualifier, end = qualifier_after(sentence, lexicon, span[1], qualifier)
    if high is None and qualifier == "exact" and re.search("[여餘余]", sentence.low[span[0] : span[1]]):
        qualifier = "about"
    top = None if high is None else high * unit.factor
    stated = "range" if high is not None else qualifier
    return Quantity(start, span[0], end, end, unit.dimension, low * unit.factor, top, unit.unit, stated)


def qualifier_before(sentence: Sentence, lexicon: Lexicon, place: int) -> tuple[str, int]:
    """Return the qualifier right before a number and where it begins."""
    window = sentence.low[max(0, place - 36) : place]
    match = _before(lexicon).search(window)
    if not match:
        return "exact", place
    start = place - len(window) + match.start()
    if match.lastgroup == "at_most" and _ROSE_UP_TO.search(window):
        return ("about" if window.endswith(("about ", "around ", "some ")) else "exact"), start
    return match.lastgroup or "about", start


def qualifier_after(sentence: Sentence, lexicon: Lexicon, end: int, qualifier: str) -> tuple[str, int]:
    """Return the qualifier right after a unit, or the one before it, and where the quantity ends."""
    window = sentence.low[end : end + 20]
    for name, pattern in _after(lexicon):
        match = pattern.match(window)
        if match:
            return name, end + match.end()
    return qualifier, end


def _compound(found: list[Quantity]) -> list[Quantity]:
    """Join '1 hour and 13 minutes' and '67分32秒' into one duration."""
    joined: list[Quantity] = []
    for one in found:
        before = joined[-1] if joined else None
        units = (before.unit, one.unit) if before else None
        if before and units in _PARTS and one.place - before.end <= 6 and one.high is None:
            joined[-1] = replace(before, end=one.end, inner_end=one.end, low=before.low + one.low, unit="min")
            continue
        joined.append(one)
    return joined


def _folded(sentence: Sentence, found: list[Quantity]) -> tuple[list[Quantity], list[str]]:
    """Fold restatements into the quantity before them: '435 miles (700 km)', '700 km, or 435 miles'."""
    folded: list[Quantity] = []
    notes = []
    for one in found:
        before = folded[-1] if folded else None
        if before and _restates(sentence, before, one):
            folded[-1], note = _merged(sentence, before, one)
            notes += note
            continue
        folded.append(one)
    return folded, notes


def _restates(sentence: Sentence, before: Quantity, one: Quantity) -> bool:
    if before.dimension != one.dimension or before.unit == one.unit:
        return False
    return bool(_RESTATED.fullmatch(sentence.low[before.end : one.start]))


def _merged(sentence: Sentence, before: Quantity, one: Quantity) -> tuple[Quantity, list[str]]:
    """Keep the first quantity, or the kilometres if it was in other units and the second says kilometres."""
    close = re.match(r"\s*[)\]]", sentence.low[one.end : one.end + 3])
    end = one.end + (close.end() if close else 0)
    if abs(before.low - one.low) > _RESTATED_WITHIN * max(before.low, one.low):
        note = f"restated units disagree: {sentence.text[before.place : end]!r}"
        return replace(before, end=end, inner_end=before.end), [note]
    if one.unit == "km":
        before = replace(before, low=one.low, high=one.high, unit="km")
    return replace(before, end=end, inner_end=before.end), []
