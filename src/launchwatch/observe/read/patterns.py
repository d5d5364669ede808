"""Patterns that are searched for in many sentences, each only where it may open.

Most rules open with one of some dozen words (`fired|launched|...`). Their first letters are worked out from the
pattern once, and a sentence's words are listed once by theirs; after that a rule is tried only at the words with
which it may open, mostly at none. Japanese and Korean part no words: there every letter is listed with the one
after it. The answer is that of a search from the left.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from operator import add
from typing import Final

from launchwatch.observe.read.openings import LETTERS, Head, heads_of, opens_text, opens_word

_LETTERS_ANYWHERE: Final = 2  # letters that are compared where a rule may open at any place
_WORTH: Final = 40
"""Searches after which a pattern's openings are worked out: more than one short report asks for."""
_SENTENCES: Final = 512  # sentences whose words are kept: those of one long report

_OPENING = re.compile(r"\b\w|(?<!\d)\d|[^\w\s]")
"""Where a rule may open: a word, a figure even inside a word ('KN23'), a mark."""
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"[^\S ]")

Listed = tuple[Sequence[str], Sequence[int], frozenset[str]]
"""The places of a sentence where something may open: their first letters, the places, and the letters as a set."""


class Pattern:
    """A compiled pattern with a search by openings.

    State: how often it was asked, and its openings once worked out; both only grow, and the answer does not depend
    on them, so that threads may share it.
    """

    __slots__ = (
        "_asked",
        "_heads",
        "_listed",
        "finditer",
        "fullmatch",
        "match",
        "pattern",
        "search",
        "split",
        "sub",
    )

    def __init__(self, compiled: re.Pattern[str]) -> None:
        self.pattern: str = compiled.pattern
        self.search = compiled.search
        self.match = compiled.match
        self.fullmatch = compiled.fullmatch
        self.finditer = compiled.finditer
        self.split = compiled.split
        self.sub = compiled.sub
        self._asked = 0
        self._heads: frozenset[str] = frozenset()
        self._listed: Callable[[str], Listed] | None = None

    def all(self, text: str) -> list[re.Match[str]]:
        """Return the matches in the text of a sentence, in order, as `finditer` finds them."""
        if self._listed is None and not self._worked_out():
            return list(self.finditer(text))
        keys, places, known = self._listed(text)  # type: ignore[misc] # it is worked out
        heads = self._heads
        found: list[re.Match[str]] = []
        if heads.isdisjoint(known):
            return found
        end = 0
        for place in compress(places, map(heads.__contains__, keys)):
            if place >= end and (match := self.match(text, place)):
                found.append(match)
                end = match.end()
        return found

    def first(self, text: str) -> re.Match[str] | None:
        """Return the first match in the text of a sentence, as `search` finds it."""
        if self._listed is None and not self._worked_out():
            return self.search(text)
        keys, places, known = self._listed(text)  # type: ignore[misc] # it is worked out
        heads = self._heads
        if not heads.isdisjoint(known):
            for place in compress(places, map(heads.__contains__, keys)):
                match = self.match(text, place)
                if match:
                    return match
        return None

    def may_open(self, text: str) -> bool:
        """Say whether the text of a sentence holds letters with which a match may open, in any stretch of it."""
        if self._listed is None and not self._worked_out():
            return True
        return not self._heads.isdisjoint(self._listed(text)[2])  # type: ignore[misc] # it is worked out

    def _worked_out(self) -> bool:
        """Work openings out when the pattern has been asked often enough, and say whether it has any."""
        self._asked += 1
        if self._asked != _WORTH:
            return False
        self._heads, self._listed = openings(self.pattern)
        return self._listed is not None


class Choices:
    """Patterns of which the first that matches counts, each tried only where it may open.

    State: the patterns that have been compiled; a pattern is compiled when it is first tried.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._compiled: dict[int, Callable[[str, int], re.Match[str] | None]] = {}
        heads = [heads_of(pattern) for pattern in patterns]
        self._always = [index for index, row in enumerate(heads) if not row or any(not one.letters for one in row)]
        self._letters, self._listed = _lister([head for row in heads for head in row if head.letters])
        if self._always:  # one that may open with anything may open anywhere
            self._letters, self._listed = 1, _letters_by_1
        by_key: dict[str, set[int]] = {}
        for index, row in enumerate(heads):
            for head in row:
                by_key.setdefault(head.letters[: self._letters], set(self._always)).add(index)
        self._by_key = {key: sorted(indices) for key, indices in by_key.items()}

    def all(self, text: str) -> Iterator[tuple[re.Match[str], int]]:
        """Yield the matches in the text of a sentence, in order, with the index of the pattern of each."""
        keys, places, _ = self._listed(text)
        end = 0
        for key, place in zip(keys, places, strict=True):
            for index in self._by_key.get(key, self._always):
                match = self._match(index)(text, place) if place >= end else None
                if match:
                    yield match, index
                    end = match.end()
                    break

    def _match(self, index: int) -> Callable[[str, int], re.Match[str] | None]:
        if index not in self._compiled:
            self._compiled[index] = re.compile(self._patterns[index]).match
        return self._compiled[index]


def openings(pattern: str) -> tuple[frozenset[str], Callable[[str], Listed] | None]:
    """Return first letters of everything that a pattern can match, and what lists the places for them.

    There are none where it may open with anything. Digits stand as 0, white space as a space.
    """
    heads = heads_of(pattern)
    if heads and all(map(opens_text, heads)):
        return frozenset(("",)), _start
    if not heads or any(not head.letters for head in heads):
        return frozenset(), None
    letters, listed = _lister(list(heads))
    return frozenset(head.letters[:letters] for head in heads), listed


def _lister(heads: Sequence[Head]) -> tuple[int, Callable[[str], Listed]]:
    """Return how many letters of some openings can be compared, and what lists the places for them."""
    shortest = min((len(head.letters) for head in heads), default=1)
    if all(map(opens_word, heads)):
        return shortest, _WORDS_BY[shortest]
    letters = min(shortest, _LETTERS_ANYWHERE)
    return letters, (_letters_by_1, _letters_by_2)[letters - 1]


def _start(_: str) -> Listed:
    return ("",), (0,), frozenset(("",))


def _folded(text: str) -> str:
    text = _DIGIT.sub("0", text)
    return _SPACE.sub(" ", text) if _SPACE.search(text) else text


@lru_cache(maxsize=_SENTENCES)
def _words(text: str) -> Listed:
    places = [match.start() for match in _OPENING.finditer(text)]
    folded = _folded(text)
    keys = [folded[place : place + LETTERS] for place in places]
    return keys, places, frozenset(keys)


def _words_by(letters: int) -> Callable[[str], Listed]:
    @lru_cache(maxsize=_SENTENCES)
    def words(text: str) -> Listed:
        longest, places, _ = _words(text)
        keys = [key[:letters] for key in longest]
        return keys, places, frozenset(keys)

    return words


_WORDS_BY = {letters: _words_by(letters) for letters in range(1, LETTERS)} | {LETTERS: _words}


@lru_cache(maxsize=_SENTENCES)
def _letters_by_2(text: str) -> Listed:
    folded = _folded(text)
    keys = [*map(add, folded, folded[1:]), folded[-1:]]
    return keys, range(len(keys)), frozenset(keys)


@lru_cache(maxsize=_SENTENCES)
def _letters_by_1(text: str) -> Listed:
    folded = _folded(text)
    return folded, range(len(folded)), frozenset(folded)
