"""Text made ready for rules: one form of punctuation, known offsets, sentences.

Rules see a *plain* text: typographic quotation marks, dashes, spaces, full-width forms and radicals are replaced
one for one, invisible marks are dropped and decomposed letters composed. `Plain.span` leads every place back to
the report's own text, so that a quote is always exactly what the report says.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final, NamedTuple

from launchwatch.observe import radicals
from launchwatch.observe.read.pieces import Sentence

LONGEST_SENTENCE: Final = 1200
"""Characters after which a sentence without an end is cut at white space. Real sentences stay under 800; the cut
bounds the work that any one pattern can do, so that a line of ten megabytes costs no more than ten of one."""

_LONGEST_HEADING = 120  # characters; longer lines without a full stop are sentences that lost it

_SINGLE = {
    **dict.fromkeys("\u2018\u2019\u02bc\u00b4\u2032\u201a", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
    **dict.fromkeys("\uff5e\u301c\u223c", "~"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\t\x0b\x0c", " "),
    **dict.fromkeys("\r\u0085\u2028\u2029", "\n"),
    **radicals.CHARACTERS,
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5E)},
}
_TRANSLATE = str.maketrans(_SINGLE)
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_MARKS = "\u0300-\u036f\u1160-\u11ff\u3099\u309a"
_DROP = re.compile(f"[{_INVISIBLE}]")
_CLUSTER = re.compile(f"(?P<bare>[^{_INVISIBLE}{_MARKS}]+(?![{_MARKS}]))|(?s:.)[{_MARKS}]{{0,16}}")
"""A run of bare characters, or one with the marks, vowels and finals that compose with it; those are limited, so
that stacks stay cheap."""
_ASCII_CAPITALS = re.compile("[A-Z]+")


class Plain(NamedTuple):
    """A text for rules and the way back.

    `starts` and `ends` give the raw [start, end) of each character, or None where both texts have one length.
    """

    text: str
    starts: list[int] | None
    ends: list[int] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return [start, end) in the raw text of a place [start, end) in the plain one."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def plain(raw: str) -> Plain:
    """Return the plain form of a raw text."""
    if not _DROP.search(raw) and unicodedata.is_normalized("NFC", raw):
        return Plain(raw.translate(_TRANSLATE), None, None)
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(raw):
        if match["bare"] and unicodedata.is_normalized("NFC", match[0]):
            letters.append(match[0].translate(_TRANSLATE))
            starts.extend(range(match.start(), match.end()))
            ends.extend(range(match.start() + 1, match.end() + 1))
            continue
        places = pairwise(range(match.start(), match.end() + 1)) if match["bare"] else [match.span()]
        for start, end in places:
            composed = unicodedata.normalize("NFC", _DROP.sub("", raw[start:end])).translate(_TRANSLATE)
            letters.append(composed)
            starts.extend([start] * len(composed))
            ends.extend([end] * len(composed))
    return Plain("".join(letters), starts, ends)


def lower(text: str) -> str:
    """Return the text with ASCII letters in lower case; never changes its length."""
    return text.lower() if text.isascii() else _ASCII_CAPITALS.sub(_lowered, text)


def _lowered(match: re.Match[str]) -> str:
    return match[0].lower()


def sentences(text: str, language: str) -> list[Sentence]:
    """Return the sentences of a plain text, newline first, then sentence ends."""
    found: list[Sentence] = []
    opens = True
    lines = text.count("\n", len(text) - len(text.lstrip())) if language != "en" else 0
    for line in re.finditer(r"[^\n]+", text):
        for left, right in _cut(text, line.start(), line.end(), language):
            piece = text[left:right]
            whole = line[0].strip() if language != "en" else piece  # '… 발사. 日EEZ밖 낙하' is one heading
            heading = _is_heading(whole, language) or (lines > 0 and not found and _is_title(whole))
            found.append(Sentence(piece, lower(piece), left, len(found), heading, opens))
            opens = opens and heading
    return found


def _cut(text: str, start: int, end: int, language: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one line, none longer than `LONGEST_SENTENCE`."""
    for left, right in pairwise([start, *_ends(text, start, end, language), end]):
        yield from _short(text, left, right)


def _short(text: str, left: int, right: int) -> Iterator[tuple[int, int]]:
    while right - left > LONGEST_SENTENCE:
        space = text.rfind(" ", left + LONGEST_SENTENCE // 2, left + LONGEST_SENTENCE)
        middle = space if space > 0 else left + LONGEST_SENTENCE
        yield left, middle
        left = middle
    piece = text[left:right]
    left += len(piece) - len(piece.lstrip(" "))
    right = left + len(piece.strip(" "))
    if left < right:
        yield left, right


_ENGLISH_END = re.compile(r"""[.!?]["')\]]{0,3} {1,3}(?=["'(\[]?[A-Z0-9"'])""")
_CJK_END = re.compile(
    '[\u3002!?][\u300d\u300f)"]?|(?<=[\uac00-\ud7a3])\\.["\')]? {1,3}|(?<=\ub2e4)\\.["\')]?(?=[\uac00-\ud7a3"\'(])'
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|[Gg]en|[Ll]t|[Cc]ol|[Mm]aj|[Cc]apt|[Aa]dm|[Bb]rig|[Ss]gt|[Mm]r|[Mm]rs|[Mm]s|[Dd]r|[Ss]t|[Nn]o|"
    r"[Vv]s|[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ept?|[Oo]ct|[Nn]ov|[Dd]ec|[Rr]ep|[Ss]en|[Gg]ov|"
    r"[Cc]alif|[Hh]on|[Pp]rof|approx|i\.e|e\.g|etc|[A-Z]\.[A-Z])|\b[ap]\.?m)\.$"
)
_MAY_END = re.compile(r"(?:[A-Z]\.[A-Z]|\b[ap]\.?m)\.$")
_OFTEN_OPENS = re.compile(
    r"""["']?(?:The|It|They|He|She|This|That|These|In|On|At|A|An|No|But|And|However|Japan|South|North|After|Its|"""
    r"""Their|According|There|Earlier|Both|Officials|Seoul|Tokyo|Pyongyang)\b"""
)


def _ends(text: str, start: int, end: int, language: str) -> Iterator[int]:
    if language != "en":
        for match in _CJK_END.finditer(text, start, end):
            yield match.end()
        return
    for match in _ENGLISH_END.finditer(text, start, end):
        before = text[max(start, match.start() - 12) : match.start() + 1]
        opens = _OFTEN_OPENS.match(text[match.end() : match.end() + 14])
        if not _ABBREVIATION.search(before) or (opens and _MAY_END.search(before)):
            yield match.end()


@cache
def _closers(language: str) -> tuple[str, ...]:
    return (
        (".", "!", "?", '."', ".)", ".'", '"', ":")
        if language == "en"
        else ("\u3002", ".", "!", "?", "\u300d", ")")
    )


def _is_heading(piece: str, language: str) -> bool:
    """Say whether a piece is a heading: short and without a closing mark."""
    return len(piece) <= _LONGEST_HEADING and not piece.endswith(_closers(language))


_TITLE = re.compile("[^\u3002]{1,80}(?:[!?\u300d\"']|\\([^()]{1,6}\\))")


def _is_title(line: str) -> bool:
    """Say whether the first of several lines is a title: short, a quote or a mark like '(종합)' at its end."""
    return bool(_TITLE.fullmatch(line)) and not line.endswith(("\ub2e4.", "\u305f\u3002"))
