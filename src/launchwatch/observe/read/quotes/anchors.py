"""Where a quote stands in a report: as it is, else the same but for letter case, white space and typography.

Nothing fuzzy: a quote that differs from the text in any letter or digit stands nowhere. A place never begins or
ends inside a word or number ('700' and '1' are not in '1,700 km'), since the rules would read something else
there. Japanese, Chinese and Korean words end anywhere: nothing parts them from the particles behind them.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from launchwatch.observe.read.text import Plain, plain

MOST_PLACES: Final = 50
"""Places of one quote that are looked at; a report repeats a figure a few times."""

_WITHIN_NUMBER = re.compile(
    r"(?<=\d)(?=[.,:・]?\d)|(?<=\d[.,:・])(?=\d)|(?<=\d)(?=[万만千천百백])|(?<=[万만千천百백])(?=\s?\d)"
    r"|(?<=[万만千천百백]\s)(?=\d)"
)
_UNSPACED = re.compile(
    "[\u1100-\u11ff\u3005-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f]"
)
"""A letter of a script whose words stand together: kana, Chinese characters, Korean syllables."""

Span = tuple[int, int]


class Anchors:
    """The places of quotes in one plain text.

    State: the text, fixed, and its folded form with the place of each letter, made when first needed.
    """

    def __init__(self, ready: Plain) -> None:
        self.text = ready.text

    def places(self, quote: str) -> list[Span]:
        """Return the places of a quote in the plain text, in order; those of its exact form if there are any."""
        sought = plain(quote).text.strip()
        if not sought:
            return []
        found = [span for span in _found(self.text, sought) if self._whole(span)]
        return found or [span for span in self._folded_places(sought) if self._whole(span)]

    def _folded_places(self, sought: str) -> Iterator[Span]:
        text, places = self._folded
        for start, end in _found(text, _fold(sought)[0]):
            yield places[start], places[end - 1] + 1

    @cached_property
    def _folded(self) -> tuple[str, list[int]]:
        return _fold(self.text)

    def _whole(self, span: Span) -> bool:
        return not any(self._cuts(place) for place in span)

    def _cuts(self, place: int) -> bool:
        """Say whether a place lies inside a word or number."""
        if not 0 < place < len(self.text):
            return False
        before, after = self.text[place - 1], self.text[place]
        if _of_word(before) and (_of_word(after) or unicodedata.combining(after)):
            return True
        return _WITHIN_NUMBER.match(self.text, place) is not None


def _of_word(letter: str) -> bool:
    return letter.isalnum() and not _UNSPACED.match(letter)


def _found(text: str, sought: str) -> Iterator[Span]:
    start = text.find(sought)
    for _ in range(MOST_PLACES):
        if start < 0:
            return
        yield start, start + len(sought)
        start = text.find(sought, start + 1)


def _fold(text: str) -> tuple[str, list[int]]:
    """Return a text with small letters and single spaces, and the place of each of its characters before that."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter.isspace():
            if letters and letters[-1] == " ":
                continue
            folded = " "
        else:
            small = letter.lower()
            folded = small if len(small) == 1 else letter
        letters.append(folded)
        places.append(place)
    return "".join(letters), places
