"""Events around a launch that are no claims about its flight: preparations, notices, visits, statements, drills.

Rules are data (`[[context]]` of a lexicon). Each event keeps the words that tell it, who takes part as far as
names and countries show it, and its date where the words or their sentence state one.
"""

import re
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from launchwatch.facts import ContextEvent
from launchwatch.observe.read import moments, offices
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Day, Sentence
from launchwatch.observe.read.text import Plain
from launchwatch.observe.read.verbfinal import times

_NAME = re.compile(r"\b[A-Z][a-z'-]+(?: [A-Z][\w'-]+){1,3}")
_CAPITALISED = re.compile(r"[A-Z][\w-]+(?: [A-Z][\w-]+){0,3}")
_YEAR = re.compile(r"\bin (?P<year>(?:19|20)\d\d)\b")
_AHEAD = timedelta(days=180)
_BLOCKED = 12  # characters behind an event in which a verb may still deny it
_STRONGER = frozenset(("summit", "carrier_arrival"))  # a visit or arrival inside one of these is part of it


class Rule(NamedTuple):
    """One kind of event: what tells it, what blocks it, and whether it must lie in the past."""

    kind: str
    hints: tuple[str, ...]
    pattern: Pattern
    past: bool
    unless: Pattern | None


class Taken(NamedTuple):
    """A place in a sentence that tells an event."""

    start: int
    end: int
    kind: str


@cache
def _rules(lexicon: Lexicon) -> tuple[Rule, ...]:
    rows = lexicon.tables.get("context", ())
    return tuple(
        Rule(
            row["kind"],
            tuple(row["hints"]),
            lexicon.cased(row["pattern"]),
            row.get("past", False),
            lexicon.compile(row["unless"]) if "unless" in row else None,
        )
        for row in rows
    )


def events(
    sentences: list[Sentence], lexicon: Lexicon, published: date | None, plain: Plain, raw: str
) -> tuple[ContextEvent, ...]:
    """Return the context events of a report in the order of its text."""
    taken = [(sentence, one) for sentence in sentences for one in _taken(sentence, lexicon)]
    known = _persons(sentences, lexicon) if taken else {}
    return tuple(_event(sentence, lexicon, one, published, plain, raw, known) for sentence, one in taken)


def _taken(sentence: Sentence, lexicon: Lexicon) -> list[Taken]:
    taken: list[Taken] = []
    for rule in _rules(lexicon):
        if _hinted(rule, sentence.low):
            for match in rule.pattern.all(sentence.text):
                if _wanted(sentence, lexicon, rule, match, taken):
                    taken.append(Taken(match.start(), match.end(), rule.kind))
    return sorted(taken)


def _hinted(rule: Rule, low: str) -> bool:
    for hint in rule.hints:  # noqa: SIM110 - asked of every rule in every sentence, and any() takes thrice the time
        if hint in low:
            return True
    return False


def _wanted(sentence: Sentence, lexicon: Lexicon, rule: Rule, match: re.Match[str], taken: list[Taken]) -> bool:
    """Say whether a match is an event of its own: not inside one found before, and past where it must be."""
    stronger = [one for one in taken if one.kind == rule.kind or (rule.kind == "visit" and one.kind in _STRONGER)]
    if any(one.start < match.end() and match.start() < one.end for one in stronger):
        return False
    if rule.unless is not None and rule.unless.search(sentence.low, match.start(), match.end() + _BLOCKED):
        return False
    if not rule.past:
        return True
    dated = any(match.start() <= day.start <= match.end() + 14 for day in _days(sentence, lexicon, None))
    return not dated and bool(lexicon.regex("past", "whole").first(sentence.low))


def _event(
    sentence: Sentence,
    lexicon: Lexicon,
    one: Taken,
    published: date | None,
    plain: Plain,
    raw: str,
    known: dict[str, str],
) -> ContextEvent:
    days = _days(sentence, lexicon, published)
    one = one._replace(start=next((day.start for day in days if day.start < one.start < day.end), one.start))
    start, end = _whole_words(sentence.text, one.start, one.end, spaced=lexicon.language == "en")
    span = plain.span(sentence.start + start, sentence.start + end)
    return ContextEvent(
        kind=one.kind,  # type: ignore[arg-type]
        date=_date(sentence, days, one, published),
        actors=_actors(sentence.text[start:end], lexicon, known),
        span=span,
        quote=raw[span[0] : span[1]],
    )


def _whole_words(text: str, start: int, end: int, *, spaced: bool) -> tuple[int, int]:
    """Return a place without a cut word at its end, where words stand apart, or white space at its sides."""
    if spaced and end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end = max(start + 1, text.rfind(" ", start, end))
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _date(sentence: Sentence, days: list[Day], one: Taken, published: date | None) -> str | None:
    """Return the date in or right beside the words of an event; a year where only that is told."""
    for day in days:
        if one.start - 14 <= day.start < one.end + 14:
            return _announced(sentence, day, published) if one.kind == "notice" else day.value
    year = _YEAR.search(sentence.text, one.start)
    return year["year"] if year else None


def _announced(sentence: Sentence, day: Day, published: date | None) -> str:
    """Return the day of a notice, which looks ahead: without its year it is the next such day, not the last."""
    try:
        resolved = date.fromisoformat(day.value)
    except ValueError:
        return day.value
    if published is None or published - resolved < _AHEAD or str(resolved.year) in sentence.text:
        return day.value
    try:
        return resolved.replace(year=resolved.year + 1).isoformat()
    except ValueError:  # the next year has no Feb. 29: the day stands without its year
        return f"--{day.value[5:]}"


def _days(sentence: Sentence, lexicon: Lexicon, published: date | None) -> list[Day]:
    return (moments if lexicon.language == "en" else times).days(sentence, lexicon, published)


def _persons(sentences: list[Sentence], lexicon: Lexicon) -> dict[str, str]:
    """Return the full names that a report introduces, by family name; Korean and Chinese ones open with it."""
    known: dict[str, str] = {}
    for sentence in sentences:
        for match in _NAME.finditer(sentence.text):
            words = _without_titles(match[0], lexicon)
            if len(words) > 1:
                eastern = len(words) > 2 or "-" in words[1]
                known.setdefault(words[0] if eastern else words[-1], " ".join(words))
    return known


def _without_titles(text: str, lexicon: Lexicon) -> list[str]:
    titles = lexicon.words("context_words", "titles")
    return [word for word in text.removesuffix("'s").split() if word not in titles]


@cache
def _media(lexicon: Lexicon) -> Pattern:
    return lexicon.cased(lexicon.table("context_words", "named"))


@cache
def _persons_titled(lexicon: Lexicon) -> Pattern:
    return lexicon.cased(lexicon.table("context_words", "person"))


def _actors(text: str, lexicon: Lexicon, known: dict[str, str]) -> tuple[str, ...]:
    """Return the persons, media and countries that the words of an event name, in order."""
    found = [(match.start(), match[0]) for match in _media(lexicon).finditer(text)]
    if "person" in lexicon.table("context_words"):
        found += [(match.start(), match["name"]) for match in _persons_titled(lexicon).finditer(text)]
        found = [(at, name) for at, name in found if not offices.country_of(name, lexicon.language)]
    for match in _CAPITALISED.finditer(text):
        words = _without_titles(match[0], lexicon)
        name = known.get(words[0], "") if len(words) == 1 else " ".join(words)
        if name in known.values():
            found.append((match.start(), name))
    for match in offices.country_pattern(lexicon.language).all(text):
        country = offices.country_of(match[0], lexicon.language)
        if country:
            found.append((match.start(), offices.full_names()[country]))
    return tuple(dict.fromkeys(name for _, name in sorted(found)))
