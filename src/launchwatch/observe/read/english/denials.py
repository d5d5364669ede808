"""What an English sentence denies, and what it leaves open.

negated   The missile did not fly 700 km.   It was never fired from Sunan.   It flew 450 km, not 700 km.
denied    Seoul denied that it flew 700 km.   Tokyo rejected reports that it fell inside the zone.
disowned  Reports that it flew 700 km were false.
open      The ministry could not confirm that it flew 700 km.   It has not ruled out that it flew 700 km.

A find inside such a stretch is denied, by whoever utters the denial; one in a stretch left open is no claim. A
phrase that holds its own negation ('no damage', 'did not fall in the zone') begins before the stretch and stays.
"""

import re
from dataclasses import replace
from typing import Final, NamedTuple

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.pieces import Find, Sentence

_WHEN: Final = frozenset(("event_date", "launch_time"))
_OF_LAUNCH: Final = frozenset(
    ("event_date", "launch_time", "launch_area", "count", "missile_class", "missile_name")
)
_MEASURED: Final = frozenset(("range_km", "apogee_km", "flight_time_min", "speed_mach"))
_NEXT_TO: Final = 1  # characters between a negation and what it alone denies: 'not from Sunan'


class Stretch(NamedTuple):
    """A stretch of a sentence under a denial.

    `start` is where its first find may begin and `said` where the words of denial stand. `kind` is 'denied' or
    'open'. `described` says that its subject is a missile known to have flown, whose launch is not what is denied;
    `launch` that the launch itself is.
    """

    start: int
    end: int
    said: int | None
    kind: str
    described: bool
    launch: bool


def judged(sentence: Sentence, lexicon: Lexicon, finds: list[Find]) -> tuple[list[Find], list[Find]]:
    """Return the finds of a sentence with what is denied marked so, and those that it leaves open."""
    if not finds or not ("n't" in sentence.low or lexicon.regex("denial", "any").first(sentence.low)):
        return finds, []
    found = stretches(sentence, lexicon)
    kept, left = [], []
    for find in finds:
        holding = [one for one in found if _holds(sentence, lexicon, one, find)]
        if any(one.kind == "open" for one in holding):
            left.append(find)
        elif holding and find.polarity == "asserted":
            kept.append(_denied(find, holding[-1]))
        else:
            kept.append(_contrasted(sentence, lexicon, find))
    return kept, left


def _denied(find: Find, stretch: Stretch) -> Find:
    """Return a find as denied; its speaker is sought where the denial is uttered, not where it is told."""
    return replace(find, polarity="denied", anchor=find.anchor if stretch.said is None else stretch.said)


def _contrasted(sentence: Sentence, lexicon: Lexicon, find: Find) -> Find:
    """Deny a find right behind 'not' ('from Sunan, not from Sinpo'), and bound one behind 'did not exceed'."""
    before = sentence.low[max(0, find.start - 40) : find.start]
    if find.attribute in _MEASURED and _capped(sentence, lexicon, find):
        return replace(find, qualifier="at_most")
    if find.polarity == "asserted" and lexicon.regex("denial", "contrast").search(before):
        return replace(find, polarity="denied")
    return find


def _capped(sentence: Sentence, lexicon: Lexicon, find: Find) -> bool:
    """Say whether a figure is the most that something reached: 'did not exceed an altitude of 100 km'."""
    place = find.start if find.anchor is None else find.anchor
    before = lexicon.regex("denial", "capped").search(sentence.low, max(0, place - 50), place)
    return before is not None and not lexicon.regex("denial", "negated_end").search(
        sentence.low, before.end(), place
    )


def stretches(sentence: Sentence, lexicon: Lexicon) -> list[Stretch]:
    """Return the stretches of a sentence that are denied or left open."""
    low = sentence.low
    opened = lexicon.regex("denial", "open").all(low)
    found = [_clause(sentence, lexicon, match.end(), None, "open") for match in opened]
    found += [
        _clause(sentence, lexicon, match.end(), match.start(), "denied")
        for match in lexicon.regex("denial", "verb").all(low)
        if not any(one.start() <= match.start() < one.end() for one in opened)
    ]
    for match in lexicon.regex("denial", "disowned").all(low):
        kind = "open" if match["open"] else "denied"
        found.append(
            Stretch(match.start("told"), match.end("told"), match.end() - 1, kind, described=True, launch=False)
        )
    found += _negated(sentence, lexicon)
    withdrawn = lexicon.regex("hedge", "withdrawn").first(low)
    if withdrawn:
        found.append(Stretch(withdrawn.end(), len(low), None, "denied", described=False, launch=True))
    return found


def _clause(sentence: Sentence, lexicon: Lexicon, start: int, said: int | None, kind: str) -> Stretch:
    """Return the clause that a verb of denial or doubt governs."""
    subject = lexicon.regex("denial", "described").match(sentence.low, start)
    launch = lexicon.regex("denial", "launching").match(sentence.low, start)
    end = _end(sentence, lexicon.regex("denial", "clause_end").search(sentence.low, start))
    return Stretch(start, end, said, kind, described=bool(subject), launch=bool(launch))


def _negated(sentence: Sentence, lexicon: Lexicon) -> list[Stretch]:
    """Return what negated verbs govern: 'did not fly', 'was never fired', 'none of them flew'."""
    found = []
    for match in lexicon.regex("denial", "negated").all(sentence.low):
        end = _end(sentence, lexicon.regex("denial", "negated_end").search(sentence.low, match.end()))
        found.append(Stretch(match.end(), end, None, "denied", described=False, launch=bool(match["launch"])))
    return found


def _end(sentence: Sentence, stop: re.Match[str] | None) -> int:
    return stop.start() if stop else len(sentence.low)


def _holds(sentence: Sentence, lexicon: Lexicon, one: Stretch, find: Find) -> bool:
    """Say whether a stretch denies a find, and not only names it on the way ('the missile fired on Friday')."""
    place = find.start if find.anchor is None or find.attribute in _WHEN else max(find.start, find.anchor)
    if not (one.start <= place and find.start >= one.start - _NEXT_TO and find.start < one.end):
        return False
    between = sentence.low[one.start : find.start]
    if lexicon.regex("denial", "unrelated").search(between):
        return False
    if find.attribute in _WHEN and not one.launch:
        return one.said is None and len(between) <= _NEXT_TO
    if find.attribute in _OF_LAUNCH and one.described:
        return lexicon.regex("denial", "moved").search(sentence.low, find.end, one.end) is None
    return True
