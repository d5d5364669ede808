"""Patterns that are searched for in many sentences, and where in a sentence they may open.

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
from typing import Final, NamedTuple

_LETTERS: Final = 3
"""Letters of a word that are compared: two let every third word pass, four save nothing more."""
_LETTERS_ANYWHERE: Final = 2  # letters that are compared where a rule may open at any place
_WORTH: Final = 40
"""Searches after which a pattern's openings are worked out: more than one short report asks for."""
_MOST_CHOICES: Final = 30  # letters that a class may stand for before it counts as any letter
_MOST_HEADS: Final = 1500  # openings of one pattern before its later letters count as any
_SENTENCES: Final = 512  # sentences whose words are kept: those of one long report

_OPENING = re.compile(r"\b\w|(?<!\d)\d|[^\w\s]")
"""Where a rule may open: a word, a figure even inside a word ('KN23'), a mark."""
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"[^\S ]")
_TOKEN = re.compile(
    r"\\(?P<escape>.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\]){0,400}\])|(?P<group>\((?:\?(?:P<\w+>|:|=|!|<=|<!))?)(?!\?)|(?P<close>\))"
    r"|(?P<bar>\|)|(?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})[?+]?)|(?P<edge>[\^$])|(?P<literal>[^(])",
    re.DOTALL,
)
_SET_ITEM = re.compile(r"\\(?P<escape>.)|(?P<first>[^\\])-(?P<last>[^\\\]])|(?P<literal>.)", re.DOTALL)
_LOOKS = frozenset(("(?=", "(?!", "(?<=", "(?<!"))
_ANYWHERE, _AFTER_NO_DIGIT, _AT_WORD, _AT_START = 3, 2, 1, 0
_EDGES = {"^": _AT_START, r"\b": _AT_WORD, "$": _ANYWHERE, r"\B": _ANYWHERE}


class _Head(NamedTuple):
    """First letters of what a part of a pattern matches.

    `done` says that anything may follow them; `where` they open: anywhere, not after a digit, where a word starts,
    where the text does.
    """

    letters: str
    done: bool
    where: int


Heads = frozenset[_Head]
_ANY: Heads = frozenset((_Head("", done=True, where=_ANYWHERE),))
_NOTHING: Heads = frozenset((_Head("", done=False, where=_ANYWHERE),))


class _UnknownSyntaxError(Exception):
    """A pattern holds something that this module does not follow."""


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
        heads = [_heads_of(pattern) for pattern in patterns]
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
    heads = _heads_of(pattern)
    if heads and all(head.where == _AT_START for head in heads):
        return frozenset(("",)), _start
    if not heads or any(not head.letters for head in heads):
        return frozenset(), None
    letters, listed = _lister(list(heads))
    return frozenset(head.letters[:letters] for head in heads), listed


def _lister(heads: Sequence[_Head]) -> tuple[int, Callable[[str], Listed]]:
    """Return how many letters of some openings can be compared, and what lists the places for them."""
    shortest = min((len(head.letters) for head in heads), default=1)
    if all(map(_opens_word, heads)):
        return shortest, _WORDS_BY[shortest]
    letters = min(shortest, _LETTERS_ANYWHERE)
    return letters, (_letters_by_1, _letters_by_2)[letters - 1]


def _opens_word(head: _Head) -> bool:
    """Say whether something opens only where a word, a figure or a mark begins."""
    first = head.letters[0]
    if first.isalnum() or first == "_":
        return head.where <= (_AFTER_NO_DIGIT if first == "0" else _AT_WORD)
    return first != " "


def _start(_: str) -> Listed:
    return ("",), (0,), frozenset(("",))


def _folded(text: str) -> str:
    text = _DIGIT.sub("0", text)
    return _SPACE.sub(" ", text) if _SPACE.search(text) else text


@lru_cache(maxsize=_SENTENCES)
def _words(text: str) -> Listed:
    places = [match.start() for match in _OPENING.finditer(text)]
    folded = _folded(text)
    keys = [folded[place : place + _LETTERS] for place in places]
    return keys, places, frozenset(keys)


def _words_by(letters: int) -> Callable[[str], Listed]:
    @lru_cache(maxsize=_SENTENCES)
    def words(text: str) -> Listed:
        longest, places, _ = _words(text)
        keys = [key[:letters] for key in longest]
        return keys, places, frozenset(keys)

    return words


_WORDS_BY = {letters: _words_by(letters) for letters in range(1, _LETTERS)} | {_LETTERS: _words}


@lru_cache(maxsize=_SENTENCES)
def _letters_by_2(text: str) -> Listed:
    folded = _folded(text)
    keys = [*map(add, folded, folded[1:]), folded[-1:]]
    return keys, range(len(keys)), frozenset(keys)


@lru_cache(maxsize=_SENTENCES)
def _letters_by_1(text: str) -> Listed:
    folded = _folded(text)
    return folded, range(len(folded)), frozenset(folded)


def _heads_of(pattern: str) -> Heads:
    """Return what a pattern can open with, or nothing where its syntax is not followed."""
    try:
        return _Parts(pattern).alternatives()
    except _UnknownSyntaxError:
        return frozenset()


class _Parts:
    """The parts of a pattern, read from left to right.

    State: the tokens and how many are read.
    """

    def __init__(self, pattern: str) -> None:
        self.tokens = list(_TOKEN.finditer(pattern))
        self.position = 0
        if sum(len(token[0]) for token in self.tokens) != len(pattern):
            raise _UnknownSyntaxError

    def alternatives(self) -> Heads:
        """Read alternatives up to a closing bracket or the end."""
        heads = self._sequence()
        while self.position < len(self.tokens) and self.tokens[self.position].lastgroup == "bar":
            self.position += 1
            heads |= self._sequence()
        return heads

    def _sequence(self) -> Heads:
        heads = _NOTHING
        while self.position < len(self.tokens):
            token = self.tokens[self.position]
            if token.lastgroup in {"bar", "close"}:
                break
            self.position += 1
            if token.lastgroup == "edge" or token[0] in {r"\b", r"\B"}:
                heads = _from(heads, _EDGES[token[0]])
            elif token[0] in _LOOKS:
                first = self.tokens[self.position][0]
                self._closed()
                heads = _from(heads, _ruled_out(first) if token[0] == "(?<!" else _ANYWHERE)
            else:
                part = self._closed() if token.lastgroup == "group" else _letters(token)
                heads = _then(heads, _times(part, *self._repeated()))
        return heads

    def _closed(self) -> Heads:
        heads = self.alternatives()
        self.position += 1
        return heads

    def _repeated(self) -> tuple[int, int]:
        """Read how often the part before is repeated, at least and at most."""
        if self.position == len(self.tokens) or self.tokens[self.position].lastgroup != "repeat":
            return 1, 1
        mark = self.tokens[self.position][0]
        self.position += 1
        if mark[0] in "*+?":
            return (1 if mark[0] == "+" else 0), (1 if mark[0] == "?" else _LETTERS)
        low, comma, high = mark.strip("{}?+").partition(",")
        least = int(low or 0)
        return least, (int(high) if high else least + _LETTERS) if comma else least


def _from(heads: Heads, where: int) -> Heads:
    """Return the openings of a part that goes on with a mark of where it stands."""
    if where == _ANYWHERE or all(head.letters or head.done for head in heads):
        return heads
    return frozenset(
        head if head.letters or head.done else head._replace(where=min(head.where, where)) for head in heads
    )


def _ruled_out(first: str) -> int:
    """Return where a part may open after a look-behind that rules out a letter or a digit."""
    inside = first.removeprefix("[")
    if inside.startswith("^"):
        return _ANYWHERE
    return _AT_WORD if r"\w" in inside else _AFTER_NO_DIGIT if r"\d" in inside else _ANYWHERE


def _letters(token: re.Match[str]) -> Heads:
    """Return what one letter of a pattern stands for."""
    if token.lastgroup == "escape":
        return _single(_escaped(token["escape"]))
    if token.lastgroup == "set":
        return _of_set(token[0][1:-1])
    return _ANY if token[0] == "." else _single(token[0])


def _single(letter: str | None) -> Heads:
    if letter is None:
        return _ANY
    folded = " " if letter.isspace() else "0" if letter.isdecimal() else letter
    return frozenset((_Head(folded, done=False, where=_ANYWHERE),))


def _escaped(letter: str) -> str | None:
    """Return the letter that an escape stands for, a digit or space for their classes, or None for many."""
    if letter in "wWDS":
        return None
    known = {"d": "0", "s": " ", "n": " ", "t": " "}.get(letter, letter)
    if known.isalnum() and letter != "d":
        raise _UnknownSyntaxError
    return known


def _of_set(inside: str) -> Heads:
    """Return the letters of a class, or any where it holds too many."""
    if inside.startswith("^"):
        return _ANY
    letters: set[str] = set()
    for item in _SET_ITEM.finditer(inside):
        if item["first"]:
            span = range(ord(item["first"]), ord(item["last"]) + 1)
            if len(span) > _MOST_CHOICES:
                return _ANY
            letters.update(map(chr, span))
        else:
            one = _escaped(item["escape"]) if item["escape"] else item["literal"]
            if one is None:
                return _ANY
            letters.add(one)
    if len(letters) > _MOST_CHOICES:
        return _ANY
    return frozenset().union(*map(_single, letters))


def _then(heads: Heads, more: Heads) -> Heads:
    """Return what opens with one part and goes on with another."""
    going_on = [head for head in heads if not head.done]
    if not going_on:
        return heads
    joined = {head for head in heads if head.done}
    if len(going_on) * len(more) > _MOST_HEADS:
        return frozenset(joined.union(head._replace(done=True) for head in going_on))
    for head in going_on:
        for after in more:
            letters = head.letters + after.letters
            where = head.where if head.letters else min(head.where, after.where)
            done = after.done or len(letters) >= _LETTERS
            joined.add(_Head(letters[:_LETTERS], done, where))
    return frozenset(joined)


def _times(heads: Heads, least: int, most: int) -> Heads:
    """Return what opens with a part that is repeated."""
    if (least, most) == (1, 1):
        return heads
    row = _NOTHING
    for _ in range(min(least, _LETTERS)):
        row = _then(row, heads)
    found = set(row)
    for _ in range(min(most - least, _LETTERS)):
        row = _then(row, heads)
        found |= row
    return frozenset(found)
