"""Which words weaken a claim, in Japanese and Korean, where they follow it.

A hedge right after a missile or before a noun for what flew ('탄도미사일로 보이는 발사체', 'ICBM級と考えられる')
weakens the class that it follows and nothing else; any other ('낙하한 것으로 추정된다', '落下したとみられる')
weakens its clause.
"""

import re
from typing import Final

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.pieces import Find, Sentence, Thing

_REACH: Final = 40  # characters after a find in which the hedge of its clause stands
_CLAUSE = re.compile("[、。,]")
_CLASS_PARTICLE = re.compile(
    "[」』\"']?級?(?:の|だった|である|だ)?|급?[\"']?(?:으?로|일|의|이라고|라고|이었을|였을)?\\s?"
)
_TIMES = frozenset(("launch_time", "landing_time"))
_OF_THINGS = frozenset(("missile_class", "missile_name"))
_MEASURED = frozenset(("range_km", "apogee_km", "flight_time_min"))


def hedge_of(sentence: Sentence, things: list[Thing], lexicon: Lexicon, find: Find) -> str | None:
    """Return the hedge inside a find or right after it in its clause, as the text puts it."""
    if not lexicon.regex("hedge", "pattern").may_open(sentence.low):
        return None
    after = find.end + (find.attribute in _TIMES)  # the comma right behind a time ends no clause
    broken = _CLAUSE.search(sentence.low, after, find.end + _REACH)
    end = broken.start() if broken else min(len(sentence.low), find.end + _REACH)
    for hedge in lexicon.regex("hedge", "pattern").finditer(sentence.low, find.start):
        if hedge.start() >= end:
            return None
        if _holds(sentence, things, lexicon, hedge, find):
            return hedge[0].strip()
    return None


def condition_of(sentence: Sentence, lexicon: Lexicon, find: Find) -> str | None:
    """Return the condition on which a figure holds ('通常の軌道であれば')."""
    if find.attribute not in _MEASURED:
        return None
    match = lexicon.regex("hedge", "condition").search(sentence.low, max(0, find.start - 30), find.start)
    return sentence.text[match.start() : match.end()] if match else None


def _holds(sentence: Sentence, things: list[Thing], lexicon: Lexicon, hedge: re.Match[str], find: Find) -> bool:
    """Say whether a hedge weakens a find: one about what flew only the class or name before it."""
    before_noun = bool(lexicon.regex("hedge", "of_thing").match(sentence.low, hedge.end()))
    if not before_noun and not any(_follows(sentence, hedge, thing.start, thing.end) for thing in things):
        return True
    return find.attribute in _OF_THINGS and _follows(sentence, hedge, find.start, find.end)


def _follows(sentence: Sentence, hedge: re.Match[str], start: int, end: int) -> bool:
    """Say whether a hedge stands in a stretch or right after it."""
    if start <= hedge.start() < end:
        return True
    return end <= hedge.start() and bool(_CLASS_PARTICLE.fullmatch(sentence.low[end : hedge.start()]))
