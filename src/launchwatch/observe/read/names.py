"""Missile names: families of the lexicon with the number, numeral or letter that follows."""

import re
from functools import cache

from launchwatch.observe.read.lexicon import lexicon_for

_MARK = (
    r"(?:\d{1,3}[A-Za-z]{0,3}(?:[-.]\d{1,2}(?:\.\d)?(?!\d))?(?:-?[A-Z](?![a-z]))?|[IVX]{1,4}\b|Prime\b|P\b|"
    r"[A-Z]\d{0,2}\b)"
)
_NUMBERED = re.compile(r"\d|[IVX]")


@cache
def name_pattern(language: str) -> re.Pattern[str]:
    """Return a pattern for missile names, case kept; English ones are found in every language."""
    names = lexicon_for(language).table("names")
    capitals = [name.upper() for name in names["alone"] if "\\" not in name]
    alone = rf"(?:{'|'.join([*names['alone'], *capitals])})(?:[- ]?{_MARK})?(?:\s(?:II|III|IV|V)\b)?"
    figure = r"[- ]?\d{1,3}(?:\.\d(?!\d))?(?:[A-Z]{1,2}|-?\d{0,2}[A-Z]?)?|-[IVX]{1,3}\b"
    numbered = rf"(?:{'|'.join(names['numbered'])})(?:{figure})"
    latin = rf"(?<![\w-])(?:{alone}|{numbered})(?![A-Za-z0-9])"
    if language == "en":
        return re.compile(latin)
    mark = r"(?:\d{1,3}(?:[A-Za-z가-힣](?=형|호|型|号))?|[IVX]{1,3}|プライム|프라임)?(?:型|号|형|호)?"
    return re.compile(rf"{latin}|(?:{'|'.join(names[language])})[- ]?{mark}")


def names_in(text: str, language: str) -> list[tuple[int, int, str]]:
    """Return the missile names in a text as (start, end, name).

    A family's bare word is a name in English; in Japanese and Korean it is often a common word ('矢', '은하'), so
    that a number must follow there.
    """
    found = []
    for match in name_pattern(language).finditer(text):
        name = match[0].strip()
        if language == "en" or _NUMBERED.search(name):
            found.append((match.start(), match.start() + len(name), name))
    return found
