"""What a Japanese or Korean sentence denies, and what it leaves open.

A negated verb denies what it governs: of the verbs of launch, flight and fall the first behind a find does
('700キロは飛行していない', '발사하지 않았다'). So does a negated copula right behind a find ('ICBMではなく'),
and a verb of denial over the clause that it quotes ('飛行したとの報道を否定した', '비행했다는 주장은 사실이
아니다'): there too only what the verb of that clause governs. What is not confirmed is neither said nor denied.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.pieces import Find, Sentence

_GOVERNED: Final = {
    **dict.fromkeys(
        ("missile_class", "missile_name", "count", "launch_area", "launch_time", "event_date"), "launch"
    ),
    **dict.fromkeys(("impact_area", "landing_time", "eez"), "land"),
    **dict.fromkeys(
        ("range_km", "apogee_km", "flight_time_min", "speed_mach", "trajectory", "direction"), "flight"
    ),
}
"""The kind of verb whose negation denies an attribute: who did not fly 700 km may well have been launched."""
_ALSO: Final = frozenset(
    (("impact_area", "flight"), ("flight_time_min", "land"), ("direction", "launch"), ("trajectory", "launch"))
)
_OPEN: Final = frozenset(("range_km", "apogee_km", "flight_time_min", "speed_mach", "impact_area", "landing_time"))
_OWN_NEGATION: Final = frozenset(("damage", "threat", "shared_with", "preparations_detected", "eez"))
"""Attributes whose phrases say themselves what is negated."""
_NEAR: Final = 30  # characters from a find without a verb of its own to the word that quotes or denies it


class _Quoted(NamedTuple):
    """A clause that is denied, and where the verb of denial ends; a find may reach into that."""

    start: int
    end: int
    verb_end: int


def judged(sentence: Sentence, lexicon: Lexicon, finds: Iterable[Find]) -> list[Find]:
    """Return finds with their polarity, without those that the sentence leaves open."""
    quoted = _quoted(sentence, lexicon)
    kept = [
        replace(find, polarity="denied") if _denied(sentence, lexicon, find, quoted) else find
        for find in finds
        if not (find.attribute in _OPEN and lexicon.regex("denial", "open").match(sentence.low, find.end))
    ]
    corrected = {
        find.attribute for find in kept if find.polarity == "denied"
    }  # '50キロではなく70キロ' are no salvo
    return [replace(find, item=None) if find.item and find.attribute in corrected else find for find in kept]


def _denied(sentence: Sentence, lexicon: Lexicon, find: Find, quoted: list[_Quoted]) -> bool:
    if find.polarity == "denied":
        return True
    if lexicon.regex("denial", "copula").match(sentence.low, find.end):
        return True
    negated = find.attribute not in _OWN_NEGATION and _negated(sentence, lexicon, find)
    return negated != any(_falls(sentence, lexicon, find, clause) for clause in quoted)


def _verb(sentence: Sentence, lexicon: Lexicon, start: int, end: int) -> re.Match[str] | None:
    return lexicon.regex("denial", "verb").search(sentence.low, start, end)


def _governs(verb: re.Match[str], find: Find) -> bool:
    kind = verb.lastgroup or ""
    return _GOVERNED.get(find.attribute) == kind or (find.attribute, kind) in _ALSO


def _negated(sentence: Sentence, lexicon: Lexicon, find: Find) -> bool:
    """Say whether the verb that governs a find is negated, or the noun that it is ('실패하지 않았다')."""
    negated = lexicon.regex("denial", "negated")
    if find.attribute == "outcome":
        return bool(negated.match(sentence.low, find.end))
    verb = _verb(sentence, lexicon, find.end, len(sentence.low))
    return bool(verb and _governs(verb, find) and negated.match(sentence.low, verb.end()))


def _quoted(sentence: Sentence, lexicon: Lexicon) -> list[_Quoted]:
    """Return the clauses over which a sentence has a verb of denial."""
    clauses: list[_Quoted] = []
    for match in lexicon.regex("denial", "denied").all(sentence.low):
        start = clauses[-1].verb_end if clauses else 0
        said = [
            one.end() for one in lexicon.regex("denial", "boundary").finditer(sentence.low, start, match.start())
        ]
        clauses.append(_Quoted(said[-1] if said else start, match.start(), match.end()))
    return clauses


def _falls(sentence: Sentence, lexicon: Lexicon, find: Find, clause: _Quoted) -> bool:
    """Say whether a denied clause denies a find: what stands with its last verb, not what it presupposes."""
    if not clause.start <= find.start < clause.end or find.end > clause.verb_end:
        return False
    verb = _verb(sentence, lexicon, find.end, clause.end)
    if verb is None:
        return clause.end - find.end <= _NEAR
    presupposed = lexicon.regex("denial", "adnominal").match(sentence.low, verb.end())
    return _governs(verb, find) and not presupposed
