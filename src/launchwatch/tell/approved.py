"""Whether a text is made of pre-approved sentences alone: the templates of `phrases` read backwards.

A receiver holds the same tables as the sender: a message with a sentence of its own is not acted on, whoever it is
signed by. No slot holds the end of a sentence (`phrases.fill`), so that sentences are told apart in one pass.
"""

import re
from functools import cache
from string import Formatter

from launchwatch.facts import Standing
from launchwatch.tell.phrases import Line, joined, texts
from launchwatch.tell.standing import framed, framed_short

_SLOT = r"(?:(?!\. )[^{}\n。]){1,2000}?"  # 47 districts take 700 characters
_SLOT_MARK = "\uf8ff"


@cache
def pattern_of(part: str, stage: str, status: Standing, language: str) -> re.Pattern[str]:
    """Return what `headline`, `description`, `instruction` or `event` of a stage may be."""
    known = texts(language)
    if part == "event":
        return re.compile(re.escape(framed_short(known.words.event, status, language)))
    if part == "headline":
        return _around(_sentence(known.public[stage].headline), framed_short(_SLOT_MARK, status, language))
    lines = known.public[stage].description if part == "description" else known.public[stage].instruction
    return _around(_lines(lines, language), framed(_SLOT_MARK, status, language, between=" "))


def is_approved(text: str, part: str, stage: str, status: Standing, language: str) -> bool:
    """Return whether a text is made of the sentences that its stage has in its language, in their order."""
    return pattern_of(part, stage, status, language).fullmatch(text) is not None


def _around(pattern: str, frame: str) -> re.Pattern[str]:
    before, _, after = frame.partition(_SLOT_MARK)
    return re.compile(re.escape(before) + pattern + re.escape(after))


def _sentence(template: str) -> str:
    parts = []
    for text, name, particle, _ in Formatter().parse(template):
        parts.append(re.escape(text))
        if name is not None:
            parts.append(_SLOT + ("[가-힣]{1,2}(?:\\([가-힣]{1,2}\\))?" if particle else ""))
    return "".join(parts)


def _lines(lines: tuple[Line, ...], language: str) -> str:
    """Return the lines, those that depend on a fact optional; the last one never is."""
    space = joined(("", ""), language)
    pattern = ""
    for line in lines:
        said = _sentence(line if isinstance(line, str) else line.text) + space
        pattern += said if isinstance(line, str) else f"(?:{said})?"
    return pattern.removesuffix(space)
