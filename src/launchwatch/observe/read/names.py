"""Missile names: families of the lexicon with the number, numeral or letter that follows."""

import re
from functools import cache

from launchwatch.observe.read.lexicon import lexicon_for
from launchwatch.observe.read.patterns import Pattern

_MARK = (
    r"(?:\d{1,3}[A-Za-z]{0,3}(?:[-.]\d{1,2}(?:\.\d)?(?!\d))?(?:-?[A-Z](?![a-z]))?|[IVX]{1,4}\b|Prime\b|P\b|"
    r"[A-Z]\d{0,2}\b)"
)
_GLOSS = re.compile(r"\((?:[ァ-ヶー]{2,8}|[一-龥]{2,4})\)")  # '火星(ファソン)15' is '火星15'
_APPOSED = re.compile(r"""\s?["'「『(]?""")
_NUMBERED = re.compile(r"\d|[IVXⅠ-Ⅹ]")


@cache
def name_pattern(language: str) -> Pattern:
    """Return a pattern for missile names, case kept; English ones are found in every language."""
    names = lexicon_for(language).table("names")
    capitals = [name.upper() for name in names["alone"] if "\\" not in name]
    alone = rf"(?:{'|'.join([*names['alone'], *capitals])})(?:[- ]?{_MARK})?(?:\s(?:II|III|IV|V)\b)?"
    figure = r"[- ]?\d{1,3}(?:\.\d(?!\d))?(?:[A-Z]{1,2}|-?\d{0,2}[A-Z]?)?|-[IVX]{1,3}\b"
    numbered = rf"(?:{'|'.join(names['numbered'])})(?:{figure})"
    latin = rf"(?<![\w-])(?:{alone}|{numbered})(?![A-Za-z0-9])"
    if language == "en":
        return Pattern(re.compile(latin))
    letter = r"(?:[A-Za-z가-힣ア-ン](?:-\d{1,2}(?:\.\d)?)?(?=[\"']?(?:형|호|型|号)))?"
    letter = rf"(?:[가-힣]-\d{{1,2}}\.\d|{letter})"  # '화성포-11다-4.5'
    mark = (
        rf"(?:\d{{1,3}}{letter}(?:-\d{{1,2}}(?!\d))?|[IVX]{{1,3}}|[Ⅰ-Ⅹ]{{1,2}}|プライム|프라임)?(?:型|号|형|호)?"
    )
    gloss = r"(?:\((?:[ァ-ヶー]{2,8}|[一-龥]{2,4})\)(?=\d))?"
    return Pattern(re.compile(rf"{latin}|(?:{'|'.join(names[language])}){gloss}[- ]?{mark}"))


@cache
def _bare(language: str) -> Pattern:
    """Return a pattern for the families whose bare word is a missile and nothing else."""
    return Pattern(re.compile("|".join(lexicon_for(language).table("names")[f"{language}_bare"])))


def names_in(text: str, language: str) -> list[tuple[int, int, str]]:
    """Return the missile names in a text as (start, end, name).

    A family's bare word is a name in English; in Japanese and Korean it is often a common word ('矢', '은하'), so
    that a number must follow there, unless the word is rare enough to be listed as `bare`.
    """
    found = []
    for match in name_pattern(language).all(text):
        stated = match[0].strip()
        name = _GLOSS.sub("", stated)
        latin = name.isascii() and len(name) >= 4  # 'ATACMS' is no common word there
        if language == "en" or latin or _NUMBERED.search(name) or _bare(language).match(text, match.start()):
            found.append((match.start(), match.start() + len(stated), name))
    return found if language == "en" else _joined(text, found)


def _joined(text: str, found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Join a number and a word for one missile: "RS-24 '야르스'"."""
    joined: list[tuple[int, int, str]] = []
    for start, end, name in found:
        between = text[joined[-1][1] : start] if joined else None
        if between is not None and between.endswith("(") and name[0].isascii() and not joined[-1][2][0].isascii():
            continue  # 'ミニットマン3(Minuteman III)' only spells it again
        if between is not None and _APPOSED.fullmatch(between):
            first = joined.pop()[0]
            joined.append((first, end, text[first:end]))
        else:
            joined.append((start, end, name))
    return joined
