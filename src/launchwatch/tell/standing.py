"""What tells exercises, tests and drafts from life in every language, at both ends of a text."""

import re

from launchwatch.facts import Standing
from launchwatch.tell.phrases import LANGUAGES, Mark, texts

STATUS: dict[Standing, str] = {"actual": "Actual", "exercise": "Exercise", "test": "Test", "draft": "Draft"}
"""CAP 1.2, section 3.2.1, element status."""


def mark_of(status: Standing, language: str) -> Mark | None:
    """Return the mark of a standing in a language; None in life."""
    return None if status == "actual" else texts(language).marks[status]


def framed(text: str, status: Standing, language: str, *, between: str = "\n") -> str:
    """Return a text with its mark before and after, or as it is in life."""
    mark = mark_of(status, language)
    return text if mark is None else between.join((mark.frame, mark.says, text, mark.frame))


def framed_short(text: str, status: Standing, language: str) -> str:
    """Return a short text with one word of the mark at either end."""
    mark = mark_of(status, language)
    return text if mark is None else f"{mark.short} {text} {mark.short}"


_UNREAL = re.compile(
    r"\b(?:exercise|drill|test|draft|simulated)\b|訓練|演習|試験|草案|훈련|연습|시험|초안", re.IGNORECASE
)


def unreal_words(text: str) -> tuple[str, ...]:
    """Return the words of exercises, tests and drafts that stand in a text of any language."""
    return tuple(match[0] for match in _UNREAL.finditer(text))


def lacks_mark(text: str, status: Standing, language: str) -> bool:
    """Return whether a text of this standing does not begin and end with its mark, in full or in short."""
    mark = mark_of(status, language)
    return mark is not None and not (text.startswith(mark.short) and text.rstrip().endswith(mark.short))


__all__ = ["LANGUAGES", "STATUS", "framed", "framed_short", "lacks_mark", "mark_of", "unreal_words"]
