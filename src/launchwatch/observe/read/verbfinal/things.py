"""Missiles in a Japanese or Korean sentence: class, name, and how many."""

import re
from typing import Final

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.names import names_in
from launchwatch.observe.read.numbers import parse_number
from launchwatch.observe.read.pieces import Find, Sentence, Thing

_CLASSES: Final = ("ICBM", "SLBM", "MRBM", "IRBM", "SRBM", "SLV", "artillery-rocket")


def things(sentence: Sentence, lexicon: Lexicon) -> list[Thing]:
    """Return the missiles of a sentence, each with its context."""
    nouns = _exact(sentence, lexicon, lexicon.regex("objects", "noun").all(sentence.low))
    if not nouns:
        return []
    named = _own_names(sentence, lexicon)
    return [_thing(sentence, lexicon, noun, named) for noun in nouns]


def _own_names(sentence: Sentence, lexicon: Lexicon) -> list[tuple[int, int, str]]:
    """Return the names of a sentence without those that only compare ('KN-23과 비슷한') or ride on top."""
    other, before = lexicon.regex("objects", "name_other"), lexicon.regex("objects", "name_before")
    return [
        (start, end, name)
        for start, end, name in names_in(sentence.text, lexicon.language)
        if not other.match(sentence.low, end) and not before.search(sentence.low[max(0, start - 8) : start])
    ]


def _exact(sentence: Sentence, lexicon: Lexicon, nouns: list[re.Match[str]]) -> list[re.Match[str]]:
    """Drop a noun that the next one only says more exactly: '장거리 탄도미사일, ICBM 1발'."""
    join = lexicon.regex("objects", "apposed")
    return [
        noun
        for index, noun in enumerate(nouns)
        if index + 1 == len(nouns)
        or not join.fullmatch(sentence.low[noun.end() : nouns[index + 1].start()])
        or not set(_classes(lexicon, nouns[index + 1][0])) & set(_CLASSES)
    ]


def _thing(sentence: Sentence, lexicon: Lexicon, noun: re.Match[str], named: list[tuple[int, int, str]]) -> Thing:
    near = tuple(one for one in named if noun.start() - 14 <= one[0] <= noun.end() + 8)
    hedged = lexicon.regex("objects", "hedge_after").match(sentence.low, noun.end())
    end = hedged.end() if hedged else noun.end()
    context = _context(sentence, lexicon, noun, near)
    return Thing(noun.start(), end, _classes(lexicon, noun[0]), near, None, definite=False, context=context)


def _classes(lexicon: Lexicon, phrase: str) -> tuple[str, ...]:
    """Return the classes that a noun phrase states, the most exact ballistic one alone."""
    table = lexicon.table("objects", "class_words")
    found = [name for name in table if lexicon.regex("objects", "class_words", name).search(phrase)]
    kept = [name for name in _CLASSES if name in found][:1]
    kept += [name for name in ("hypersonic", "cruise") if name in found]
    if not kept:
        kept = [name for name in ("ballistic", "unknown-projectile") if name in found][:1]
    return tuple(kept)


def _context(
    sentence: Sentence, lexicon: Lexicon, noun: re.Match[str], named: tuple[tuple[int, int, str], ...]
) -> str:
    """Return 'launch' where the sentence launches or lands the missile, 'copular' where it says what it is."""
    low = sentence.low
    if _mentioned(low, lexicon, noun):
        return ""
    end = next((end for start, end, _ in named if noun.end() <= start <= noun.end() + 4), noun.end())
    is_one = lexicon.regex("objects", "copular").match(low, end)
    if is_one and lexicon.regex("objects", "flight").first(low):
        return "copular"
    after = lexicon.regex("objects", "after_launch")
    if not after.match(low, noun.end()) and not after.match(low, end):
        return ""
    before = lexicon.regex("objects", "launched_before").search(low[max(0, noun.start() - 12) : noun.start()])
    if before or moves(sentence, lexicon, noun.end()):
        return "launch"
    hedged = lexicon.regex("hedge", "pattern").search(low, noun.end(), noun.end() + 40)
    cleft = lexicon.regex("objects", "cleft_before").search(low[max(0, noun.start() - 34) : noun.start()])
    return "copular" if hedged or cleft else ""


def _mentioned(low: str, lexicon: Lexicon, noun: re.Match[str]) -> bool:
    """Say whether a noun is part of another ('ミサイル技術'), points back ('この…') or is not there ('준비')."""
    before = low[max(0, noun.start() - 12) : noun.start()]
    return bool(
        lexicon.regex("objects", "compound").match(low, noun.end())
        or lexicon.regex("objects", "referring").search(before)
        or lexicon.regex("objects", "unreal").search(before)
    )


def moves(sentence: Sentence, lexicon: Lexicon, start: int = 0) -> bool:
    """Say whether something is launched or falls in a sentence after a place."""
    launch, land = lexicon.regex("verbs", "launch"), lexicon.regex("verbs", "land")
    return bool(launch.search(sentence.low, start) or land.search(sentence.low, start))


def claims(sentence: Sentence, lexicon: Lexicon, found: list[Thing]) -> list[Find]:
    """Return the claims of class, name and count of a sentence."""
    finds: list[Find] = []
    for thing in found:
        if thing.context:
            rule = thing.context
            finds += [
                Find("missile_class", name, thing.start, thing.end, f"thing.{rule}") for name in thing.classes
            ]
            finds += [Find("missile_name", name, start, end, f"name.{rule}") for start, end, name in thing.names]
    supposed = lexicon.regex("objects", "name_supposed").first(sentence.low)
    if found or supposed or lexicon.regex("verbs", "launch").first(sentence.low):
        known = {find.start for find in finds if find.attribute == "missile_name"}
        finds += [find for find in _names_alone(sentence, lexicon) if find.start not in known]
    told = moves(sentence, lexicon) or lexicon.regex("count", "copular").first(sentence.low)
    if told:
        return finds + _counts(sentence, lexicon)
    flew = lexicon.regex("quantity", "flown").first(sentence.low)
    return finds + (_counted_subjects(sentence, lexicon) if flew else [])


def _counted_subjects(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the counts of what flew, where no verb launches: '少なくとも7発は…約400キロ飛んだ'."""
    subject = lexicon.regex("count", "of_salvo")
    return [
        find for find in _counts(sentence, lexicon) if find.value != 1 and subject.match(sentence.low, find.end)
    ]


def _names_alone(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the names that stand as subject or object without a noun for missile."""
    marked = lexicon.regex("objects", "name_marked")
    named = _own_names(sentence, lexicon)
    return [
        Find("missile_name", name, start, end, "name.launch")
        for start, end, name in named
        if marked.match(sentence.low, end)
    ]


def _counts(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the counts of missiles: '少なくとも2発', '수 발'; 'one of them' is none."""
    finds: list[Find] = []
    for match in lexicon.regex("count", "pattern").all(sentence.low):
        value = _count_value(lexicon, match)
        part = lexicon.regex("count", "part").search(sentence.low[: match.start()][-8:])
        if value is None or part or _of_salvo(sentence, lexicon, match, value, finds):
            continue
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        finds.append(Find("count", value, start, match.end(), "count.number", qualifier=_count_qualifier(match)))
    return finds


def _of_salvo(
    sentence: Sentence,
    lexicon: Lexicon,
    match: re.Match[str],
    value: int | str | tuple[int, int],
    before: list[Find],
) -> bool:
    """Say whether a count tells of one of those counted before it: '2発について、1発が約600キロ飛んだ'."""
    if not before or value != 1 or not lexicon.regex("count", "of_salvo").match(sentence.low, match.end()):
        return False
    return before[-1].value != 1


def _count_value(lexicon: Lexicon, match: re.Match[str]) -> int | str | tuple[int, int] | None:
    if match["tens"]:
        return "multiple" if match["a"] in lexicon.table("count", "vague") else None  # '数十発' are dozens
    vague = lexicon.table("count", "vague").get(match["a"])
    low = parse_number(match["a"], lexicon.language)
    if vague or low is None or low < 1:
        return vague
    return (int(low), int(match["b"])) if match["b"] else int(low)


def _count_qualifier(match: re.Match[str]) -> str:
    if match["b"]:
        return "range"
    if match["at_least"] or match["more"]:
        return "at_least"
    return "about" if match["about"] or match["extra"] else "exact"
