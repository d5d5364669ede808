"""Pre-approved sentences with typed slots, from one table a language (`templates/texts.*.toml`).

A slot is filled from `Slots`; one that is unknown or empty is an error, never an empty place. Korean particles
follow the last sound of what they stand after: `{area:을}` is 을 after a consonant and 를 after a vowel.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Literal, cast

import msgspec

from launchwatch.basis.errors import InputError
from launchwatch.facts import Value
from launchwatch.tell.wording import shown

Language = Literal["en", "ja", "ko"]
LANGUAGES: tuple[Language, ...] = ("en", "ja", "ko")


@dataclass(frozen=True, kw_only=True)
class Slots:
    """What a sentence may hold, as words of one language; None where it is not known.

    A `clock` is an hour and minute, a `moment` has its day and universal time beside. `area` are the districts
    that are addressed, `places` those that a claim is about, `waters` the sea areas and coastal states
    addressed.
    """

    issuer: str
    reference: str
    likelihood: str
    remote: str | None = None
    area: str | None = None
    places: str | None = None
    waters: str | None = None
    sea: str | None = None
    launch_place: str | None = None
    launch_moment: str | None = None
    fall_position: str | None = None
    fall_moment: str | None = None
    fall_clock: str | None = None
    passed_moment: str | None = None
    passed_clock: str | None = None
    as_of_moment: str
    as_of_clock: str
    earlier_moment: str | None = None
    damage_moment: str | None = None
    damage_asked: str | None = None


SLOTS = frozenset(field.name for field in fields(Slots))


class Optional(Value, frozen=True, kw_only=True):
    """A sentence that is said only `when` a slot is known, or `unless` it is."""

    text: str
    when: str | None = None
    unless: str | None = None


Line = str | Optional


class PublicText(Value, frozen=True, kw_only=True):
    """The sentences of one stage for the public."""

    headline: str
    description: tuple[Line, ...]
    instruction: tuple[Line, ...]
    cell_short: str
    cell_long: str


class PlainText(Value, frozen=True, kw_only=True):
    """The sentences of one stage for ships or the press."""

    title: str = ""
    lines: tuple[Line, ...]


class Mark(Value, frozen=True, kw_only=True):
    """What tells a drill, test or draft from life: at both ends of a text, in short, and as a sentence."""

    frame: str
    short: str
    says: str


class Words(Value, frozen=True, kw_only=True):
    """Words that are no sentences."""

    event: str
    area_many: str
    area_here: str
    reference: str


class Texts(Value, frozen=True, kw_only=True):
    """All pre-approved sentences of one language."""

    marks: dict[Literal["exercise", "test", "draft"], Mark]
    words: Words
    public: dict[str, PublicText]
    ships: dict[str, PlainText]
    press: dict[str, PlainText]


@cache
def texts(language: str) -> Texts:
    """Return the sentences of a language; raises InputError for a language that has none."""
    if language not in LANGUAGES:
        raise InputError("no texts in this language", given=language, allowed=", ".join(LANGUAGES))
    data = (files("launchwatch.tell") / "templates" / f"texts.{language}.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(data), Texts)


def fill(template: str, slots: Slots | Mapping[str, str | None]) -> str:
    """Return a sentence with its slots filled; raises InputError for one that is unknown or empty.

    What fills a slot cannot end the sentence: 'St. Helena' keeps its stop with a space that does not break.
    """
    values = slots if isinstance(slots, Mapping) else cast("Mapping[str, str | None]", vars(slots))
    parts = []
    for text, name, particle, _ in Formatter().parse(template):
        parts.append(text)
        if name is not None:
            value = _known(values, name, template)
            parts.append(value + (particle_after(value, particle) if particle else ""))
    return "".join(parts)


def _known(values: Mapping[str, str | None], name: str, template: str) -> str:
    value = values.get(name)
    if value is None or not value.strip():
        raise InputError(f"a text lacks its {name}", given=template, try_="state it, or another stage")
    return clause(value)


def clause(text: str) -> str:
    """Return a text as it may stand within a sentence: on one line, without an end of a sentence of its own."""
    return shown(" ".join(text.split())).replace(". ", ".\u00a0").replace("。", "、")


def lines_of(lines: tuple[Line, ...], slots: Slots) -> tuple[str, ...]:
    """Return the sentences that are said of these slots."""
    said = []
    for line in lines:
        if isinstance(line, str):
            said.append(fill(line, slots))
        elif _is_said(line, slots):
            said.append(fill(line.text, slots))
    return tuple(said)


def _is_said(line: Optional, slots: Slots) -> bool:
    if line.when is not None:
        return getattr(slots, line.when) is not None
    return line.unless is None or getattr(slots, line.unless) is None


def joined(sentences: tuple[str, ...], language: str) -> str:
    """Return sentences as one paragraph."""
    return ("" if language == "ja" else " ").join(sentences)


_PARTICLES = {
    "은": ("은", "는"),
    "이": ("이", "가"),
    "을": ("을", "를"),
    "과": ("과", "와"),
    "으로": ("으로", "로"),
}
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_DIGITS_WITH_FINAL = frozenset("013678")
_RIEUL = 8
_DIGITS_IN_RIEUL = frozenset("178")


def particle_after(word: str, particle: str) -> str:
    """Return the form of a Korean particle after a word: 은/는, 이/가, 을/를, 과/와, 으로/로.

    The last syllable decides, of figures their reading; what stands in brackets at the end does not count (Korean
    orthography: the particle follows the word before them). After other scripts both forms are given.
    """
    closed, open_ = _PARTICLES[particle]
    last = _BRACKETS.sub("", word).rstrip(" .\"'”’)")[-1:]
    final = _final_of(last)
    if final is None:
        return f"{closed}({open_})"
    return open_ if final == 0 or (particle == "으로" and final == _RIEUL) else closed


def _final_of(letter: str) -> int | None:
    """Return the number of a syllable's final consonant (0 without, 8 is ㄹ), or None for other scripts."""
    if "가" <= letter <= "힣":
        return (ord(letter) - ord("가")) % 28
    if letter.isascii() and letter.isdigit():
        return _RIEUL if letter in _DIGITS_IN_RIEUL else int(letter in _DIGITS_WITH_FINAL)
    return None
