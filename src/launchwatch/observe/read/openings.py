"""With which letters a pattern may open, worked out from its text.

A pattern is read from left to right into `Heads`, the first letters of everything that it can match. A class of
many letters counts as any letter, and syntax that is not followed leaves a pattern without openings, so that no
match is ruled out. Digits stand as 0, white space as a space.
"""

import re
from typing import Final, NamedTuple

LETTERS: Final = 3
"""Letters of a word that are compared: two let every third word pass, four save nothing more."""
_MOST_CHOICES: Final = 30  # letters that a class may stand for before it counts as any letter
_MOST_HEADS: Final = 1500  # openings of one pattern before its later letters count as any

_TOKEN = re.compile(
    r"\\(?P<escape>.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\]){0,400}\])|(?P<group>\((?:\?(?:P<\w+>|:|=|!|<=|<!))?)(?!\?)|(?P<close>\))"
    r"|(?P<bar>\|)|(?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\}|\{,\d+\})[?+]?)|(?P<edge>[\^$])|(?P<literal>[^(])",
    re.DOTALL,
)
_SET_ITEM = re.compile(r"\\(?P<escape>.)|(?P<first>[^\\])-(?P<last>[^\\\]])|(?P<literal>.)", re.DOTALL)
_LOOKS = frozenset(("(?=", "(?!", "(?<=", "(?<!"))
_ANYWHERE, _AFTER_NO_DIGIT, _AT_WORD, _AT_START = 3, 2, 1, 0
_EDGES = {"^": _AT_START, r"\b": _AT_WORD, "$": _ANYWHERE, r"\B": _ANYWHERE}


class Head(NamedTuple):
    """First letters of what a part of a pattern matches.

    `done` says that anything may follow them; `where` they open: anywhere, not after a digit, where a word starts,
    where the text does.
    """

    letters: str
    done: bool
    where: int


Heads = frozenset[Head]
_ANY: Heads = frozenset((Head("", done=True, where=_ANYWHERE),))
_NOTHING: Heads = frozenset((Head("", done=False, where=_ANYWHERE),))


class _UnknownSyntaxError(Exception):
    """A pattern holds something that this module does not follow."""


def heads_of(pattern: str) -> Heads:
    """Return what a pattern can open with, or nothing where its syntax is not followed."""
    try:
        return _Parts(pattern).alternatives()
    except _UnknownSyntaxError:
        return frozenset()


def opens_word(head: Head) -> bool:
    """Say whether something opens only where a word, a figure or a mark begins."""
    first = head.letters[0]
    if first.isalnum() or first == "_":
        return head.where <= (_AFTER_NO_DIGIT if first == "0" else _AT_WORD)
    return first != " "


def opens_text(head: Head) -> bool:
    """Say whether something opens only where the text does."""
    return head.where == _AT_START


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
            return (1 if mark[0] == "+" else 0), (1 if mark[0] == "?" else LETTERS)
        low, comma, high = mark.strip("{}?+").partition(",")
        least = int(low or 0)
        return least, (int(high) if high else least + LETTERS) if comma else least


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
    return frozenset((Head(folded, done=False, where=_ANYWHERE),))


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
            done = after.done or len(letters) >= LETTERS
            joined.add(Head(letters[:LETTERS], done, where))
    return frozenset(joined)


def _times(heads: Heads, least: int, most: int) -> Heads:
    """Return what opens with a part that is repeated."""
    if (least, most) == (1, 1):
        return heads
    row = _NOTHING
    for _ in range(min(least, LETTERS)):
        row = _then(row, heads)
    found = set(row)
    for _ in range(min(most - least, LETTERS)):
        row = _then(row, heads)
        found |= row
    return frozenset(found)
