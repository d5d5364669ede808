"""Phrases that are claims: zone, damage, threat, trajectory, direction, preparations, partners, outcome.

The rules are data (`[[phrase]]` of each lexicon); this module applies them and fills in what a phrase leaves to
its surroundings: whose zone, which countries, which compass point.
"""

import re
from functools import cache
from typing import Final, NamedTuple

from launchwatch.facts import Attribute
from launchwatch.observe.read import offices
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Find, Sentence, Value

_BEFORE: Final = 70
_AFTER: Final = 40
"""Characters around a phrase in which `unless` is looked for, about a clause; those after it only with `after`."""


class Phrase(NamedTuple):
    """One rule: what it finds, and what blocks it near by (`unless`) or anywhere in the sentence (`never`).

    `hints` are words without which it cannot match; they spare the pattern.
    """

    id: str
    attribute: Attribute
    value: str | bool
    otherwise: str | None
    polarity: str
    hints: tuple[str, ...]
    pattern: Pattern
    needs: Pattern | None
    unless: Pattern | None
    after: bool
    never: Pattern | None


@cache
def phrases_of(lexicon: Lexicon) -> tuple[Phrase, ...]:
    """Return the phrase rules of a language."""
    return tuple(
        Phrase(
            id=row["id"],
            attribute=row["attribute"],
            value=row["value"],
            otherwise=row.get("otherwise"),
            polarity=row.get("polarity", "asserted"),
            hints=tuple(row.get("hints", ())),
            pattern=lexicon.compile(row["pattern"]),
            needs=lexicon.compile(row["needs"]) if "needs" in row else None,
            unless=lexicon.compile(row["unless"]) if "unless" in row else None,
            after=row.get("after", False),
            never=lexicon.compile(row["never"]) if "never" in row else None,
        )
        for row in lexicon.table("phrase")
    )


def claims(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the claims of a sentence's phrases, the first rule's where two of one attribute overlap."""
    finds: list[Find] = []
    low = sentence.low
    hinted = {number for number, hints in enumerate(_hints(lexicon)) for hint in hints if hint in low}
    for phrase, number in _numbered(lexicon):
        if (number is not None and number not in hinted) or not _possible(sentence, phrase):
            continue
        for match in phrase.pattern.all(sentence.low):
            if not _blocked(sentence, phrase, match) and not _taken(finds, phrase, match):
                finds += _finds(sentence, lexicon, phrase, match)
    return finds


@cache
def _hints(lexicon: Lexicon) -> tuple[tuple[str, ...], ...]:
    """Return the sets of hints of the rules, each once: many rules of one attribute share theirs."""
    return tuple(dict.fromkeys(phrase.hints for phrase in phrases_of(lexicon) if phrase.hints))


@cache
def _numbered(lexicon: Lexicon) -> tuple[tuple[Phrase, int | None], ...]:
    """Return the rules with the numbers of their sets of hints, which are compared faster than the sets."""
    numbers = {hints: number for number, hints in enumerate(_hints(lexicon))}
    return tuple((phrase, numbers.get(phrase.hints)) for phrase in phrases_of(lexicon))


def _possible(sentence: Sentence, phrase: Phrase) -> bool:
    if phrase.never and phrase.never.first(sentence.low):
        return False
    return phrase.needs is None or bool(phrase.needs.first(sentence.low))


def _blocked(sentence: Sentence, phrase: Phrase, match: re.Match[str]) -> bool:
    window = sentence.low[max(0, match.start() - _BEFORE) : match.end() + (_AFTER if phrase.after else 0)]
    return phrase.unless is not None and bool(phrase.unless.search(window))


def _taken(finds: list[Find], phrase: Phrase, match: re.Match[str]) -> bool:
    same = [find for find in finds if find.attribute == phrase.attribute]
    return any(match.start() < find.end and find.start < match.end() for find in same)


def _finds(sentence: Sentence, lexicon: Lexicon, phrase: Phrase, match: re.Match[str]) -> list[Find]:
    value, unit = _value(sentence, lexicon, phrase, match)
    if value is None:
        return []
    start, end = match.span()
    return [Find(phrase.attribute, value, start, end, phrase.id, unit=unit, polarity=phrase.polarity)]


def _value(
    sentence: Sentence, lexicon: Lexicon, phrase: Phrase, match: re.Match[str]
) -> tuple[Value | None, str | None]:
    """Return the value of a phrase, and its unit where the phrase tells it (whose zone)."""
    stated = sentence.text[match.start() : match.end()]
    if phrase.attribute == "eez":
        return phrase.value, _owner(lexicon, stated)
    if phrase.attribute == "direction":
        points = [text for name, text in match.groupdict().items() if name.startswith("direction") and text]
        return compass_point(points[0]), None
    if phrase.attribute == "shared_with":
        where = (
            stated
            if lexicon.language != "en"
            else sentence.text[match.start("countries") : match.end("countries")]
        )
        return tuple(offices.full_names()[name] for name in partners_in(where, lexicon.language)) or None, None
    return (phrase.value if isinstance(phrase.value, bool) else _filled(sentence, phrase, match)), None


def _owner(lexicon: Lexicon, stated: str) -> str | None:
    """Return whose zone a phrase names, if it names anybody's."""
    if "own" in lexicon.tables and lexicon.regex("own", "words").search(stated):
        return str(lexicon.table("own", "country"))
    owners = offices.countries_in(stated, lexicon.language)
    return owners[-1] if owners else None


def _filled(sentence: Sentence, phrase: Phrase, match: re.Match[str]) -> str:
    text = str(phrase.value)
    if text == "$0":
        return sentence.text[match.start() : match.end()]
    for name, stated in match.groupdict().items():
        if f"${name}" in text:
            if not stated:
                return phrase.otherwise or text
            text = text.replace(f"${name}", sentence.text[match.start(name) : match.end(name)].strip(" ,"))
    return text


def partners_in(text: str, language: str) -> list[str]:
    """Return the countries in a list of partners; short forms ('미일', '日米韓') count too."""
    if language == "en":
        return offices.countries_in(text, language)
    head = _QUOTED.sub("", re.split("정보|情報|データ|데이터", text)[0])
    forms = offices.country_forms(language)
    short = [forms[letter].name for group in _SHORT.findall(head) for letter in group if letter in forms]
    return list(dict.fromkeys([*offices.countries_in(head, language), *short]))


_QUOTED = re.compile("'[^']{0,40}'|「[^」]{0,40}」")
_SHORT = re.compile("(?<![가-힣一-龥])(?:[한미일]·?){2,3}(?=[\\s측당과와양])|[日米韓]{2,3}(?![一-龥]{2})")


_LETTERS: Final = {
    "동": "east", "서": "west", "남": "south", "북": "north",
    "東": "east", "西": "west", "南": "south", "北": "north",
}  # fmt: skip


def compass_point(stated: str) -> str:
    """Return a compass point in one spelling ('동북' and '北東' are 'northeast')."""
    words = [_LETTERS[letter] for letter in stated if letter in _LETTERS]
    if len(words) == 3:  # '東北東'
        return f"{words[0]}-{compass_point(stated[1:])}"
    if words:
        return "".join(sorted(words, key=lambda word: word in {"east", "west"}))
    return re.sub(r"[- ]", "", stated)
