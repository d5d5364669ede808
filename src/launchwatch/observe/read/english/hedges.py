"""Which word weakens a claim, in English.

A hedge about what flew ('a suspected missile', 'what could be a ballistic missile') weakens its class and name
alone; one about what happened ('likely fell', 'appears to have been fired') weakens what follows it in its clause.
"""

import re
from collections.abc import Iterator
from typing import Final

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.pieces import Find, Sentence, Thing

REACH: Final = 60
"""Characters before a find in which a hedge of its clause stands."""

_CLAUSE = re.compile(r"[;:]|, (?:and|but|while|which)\b|\band\b")
_OF_THINGS = frozenset(("missile_class", "missile_name"))
_PHRASE = re.compile(r"(?: to)? (?:have been|be|have)\b")
_WHAT = re.compile(r"\bwhat (?:\w+ ){0,2}$")
_TO_BE = re.compile(r"(?: to)? (?:be|have been)(?: (?:an?|the))? [\"'(]?")
_ARTICLE = re.compile(r" (?:(?:an?|the) )?[\"'(]?")
_CONDITIONAL = frozenset(("range_km", "apogee_km", "flight_time_min", "speed_mach", "impact_area", "eez"))


def hedge_of(sentence: Sentence, things: list[Thing], lexicon: Lexicon, find: Find) -> str | None:
    """Return the hedge inside a find, or the nearest before it in its clause, as the text puts it."""
    if not lexicon.regex("hedge", "pattern").may_open(sentence.low):
        return None
    left = max(0, find.start - REACH)
    breaks = [match.end() for match in _CLAUSE.finditer(sentence.low, left, find.start)]
    hedges = list(_hedges(sentence, things, lexicon, find, breaks[-1] if breaks else left))
    inner = [hedge for hedge in hedges if hedge.start() >= find.start]
    if not hedges:
        return None
    return _phrase(sentence, inner[0] if inner else hedges[-1])


def _hedges(
    sentence: Sentence, things: list[Thing], lexicon: Lexicon, find: Find, left: int
) -> Iterator[re.Match[str]]:
    """Yield the hedges from a place to the end of a find that may weaken it."""
    for hedge in lexicon.regex("hedge", "pattern").finditer(sentence.low, left, find.end):
        if sentence.text.startswith("May", hedge.start()):  # the month
            continue
        owner = next((thing for thing in things if _is_of(sentence, lexicon, hedge, thing)), None)
        if owner is None or (find.attribute in _OF_THINGS and owner.start <= find.start <= owner.end + 3):
            yield hedge


def _is_of(sentence: Sentence, lexicon: Lexicon, hedge: re.Match[str], thing: Thing) -> bool:
    """Say whether a hedge weakens what a missile is: it stands in its phrase, or says what it may be."""
    if thing.start <= hedge.start() < thing.end:
        return True
    between = sentence.low[hedge.end() : thing.start]
    direct = _TO_BE if lexicon.regex("hedge", "verb").fullmatch(hedge[0]) else _ARTICLE
    return hedge.end() <= thing.start and bool(direct.fullmatch(between) or _TO_BE.fullmatch(between))


def _phrase(sentence: Sentence, hedge: re.Match[str]) -> str:
    """Return a hedge with the words that belong to it: 'what could be', 'believed to have been'."""
    what = _WHAT.search(sentence.low, max(0, hedge.start() - 24), hedge.start())
    after = _PHRASE.match(sentence.low, hedge.end())
    return sentence.text[what.start() if what else hedge.start() : after.end() if after else hedge.end()]


def condition_of(sentence: Sentence, lexicon: Lexicon, find: Find) -> str | None:
    """Return the condition on which a figure or an area holds ('if fired on a normal trajectory')."""
    if find.attribute not in _CONDITIONAL:
        return None
    window = sentence.low[max(0, find.start - REACH) : find.end + REACH]
    match = lexicon.regex("hedge", "condition").search(window)
    return match[0].strip(" ,") if match else None
