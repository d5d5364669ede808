r"""Every pattern of the reader: repetitions are bounded, and none repeats what has nothing firm in it.

`(a+)+` tries 2^n ways to take n letters apart, `(a+,)+` one: the comma marks where each turn ends. Each pattern is
parsed by Python's own parser of regular expressions, with its `{macros}` filled in. A run of one class (`\w+`) may
go without a limit, since the length of a sentence bounds it; a repetition of several pieces may not.
"""

import re
import warnings
from collections.abc import Iterator

import pytest

from launchwatch.observe.read.language import SUPPORTED
from launchwatch.observe.read.lexicon import lexicon_for
from tests.observe.reader_patterns import made, of_modules, of_tables

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from re import _constants as names
    from re import _parser as parser

LONGEST = 600
"""Times that anything may be repeated: half a sentence."""

SHORT = 60
"""Letters that a repetition may take apart in more ways than one: three words."""

MOST_WAYS = 400
SAMPLE = "".join(map(chr, range(9, 127))) + "éЯ\u3000、。「가発のア1٧’–"

_ONE_CLASS = {names.IN, names.LITERAL, names.NOT_LITERAL, names.ANY, names.CATEGORY}
_CATEGORIES = {
    names.CATEGORY_DIGIT: r"\d", names.CATEGORY_NOT_DIGIT: r"\D", names.CATEGORY_SPACE: r"\s",
    names.CATEGORY_NOT_SPACE: r"\S", names.CATEGORY_WORD: r"\w", names.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
_REPEATS = (names.MAX_REPEAT, names.MIN_REPEAT, names.POSSESSIVE_REPEAT)


PATTERNS = {
    **{
        name: lexicon_for(language).filled(text)
        for language in SUPPORTED
        for name, text in of_tables(language).items()
    },
    **{name: found.pattern for name, found in of_modules().items()},
    **{name: found.pattern for language in SUPPORTED for name, found in made(language).items()},
}


def faults(parsed, *, whole=True) -> Iterator[str]:
    """Yield what is wrong with a parsed pattern: the `whole` of one, or a part with more behind it."""
    for place, (kind, argument) in enumerate(parsed, start=1):
        if kind in _REPEATS:
            _, most, inner = argument
            single = len(inner) == 1 and inner[0][0] in _ONE_CLASS
            if most is names.MAXREPEAT and not single:
                yield "a repetition of several pieces without a limit"
            elif most is not names.MAXREPEAT and most > LONGEST:
                yield f"{most} repetitions"
            never_again = whole and place == len(parsed)  # nothing behind it can fail, so it is taken apart once
            if not single and not never_again and (most is names.MAXREPEAT or most > 1):
                yield from (f"{why}, up to {most} times" for why in _ambiguous(inner, most))
            yield from faults(inner, whole=False)
        for inner in _within(kind, argument):
            yield from faults(inner, whole=False)


def _within(kind, argument):
    """Return the patterns that a piece other than a repetition holds."""
    if kind is names.SUBPATTERN:
        return [argument[3]]
    if kind is names.BRANCH:
        return argument[1]
    if kind in {names.ASSERT, names.ASSERT_NOT}:
        return [argument[1]]
    return [argument] if kind is names.ATOMIC_GROUP else []


def _ambiguous(body, times) -> Iterator[str]:
    """Yield why the turns of a repetition may be told apart in many ways: each way needs a mark of its turn."""
    for way in _ways(list(body)):
        varying = [piece for piece in way if _most(piece) != _least(piece)]
        short = sum(min(_most(piece), LONGEST) for piece in way) * times <= SHORT
        marked = any(_marks(piece, way, varying) for piece in way)
        if varying and not marked and not short:
            yield "a repetition whose turns have no mark"


def _marks(mark, way, varying) -> bool:
    """Say whether a piece marks a turn: it is there, nothing that varies takes its letters, and it ends."""
    others = [piece for piece in way if piece is not mark]
    apart = [piece for piece in others if not _letters(mark) & _letters(piece)]
    ends = mark not in varying or any(_least(piece) > 0 for piece in apart)
    return _least(mark) > 0 and ends and all(piece in apart for piece in varying if piece is not mark)


def _ways(pieces):
    """Return the flat sequences of single classes, repeated or not, that a pattern may run through."""
    ways = [[]]
    for kind, argument in pieces:
        if kind in _REPEATS and not (len(argument[2]) == 1 and argument[2][0][0] in _ONE_CLASS):
            inner = [*_ways(argument[2]), []] if argument[0] == 0 else _ways(argument[2])
        elif kind in {names.SUBPATTERN, names.BRANCH, names.ATOMIC_GROUP}:
            inner = [way for one in _within(kind, argument) for way in _ways(one)]
        elif kind in _ONE_CLASS or kind in _REPEATS:
            inner = [[(kind, argument)]]
        else:
            continue
        ways = [[*way, *more] for way in ways for more in inner][:MOST_WAYS]
    return ways


def _least(piece):
    return piece[1][0] if piece[0] in _REPEATS else 1


def _most(piece):
    return piece[1][1] if piece[0] in _REPEATS else 1


def _letters(piece):
    """Return the letters of a sample of all writing that a single class matches."""
    token = piece[1][2][0] if piece[0] in _REPEATS else piece
    return frozenset(letter for letter in SAMPLE if _matches(token, letter))


def _matches(token, letter) -> bool:
    kind, argument = token
    if kind is names.ANY:
        return letter != "\n"
    if kind is names.LITERAL:
        return ord(letter) == argument
    if kind is names.NOT_LITERAL:
        return ord(letter) != argument
    if kind is names.CATEGORY:
        return bool(re.fullmatch(_CATEGORIES[argument], letter))
    if kind is names.RANGE:
        return argument[0] <= ord(letter) <= argument[1]
    negated = argument[0][0] is names.NEGATE
    return negated != any(_matches(one, letter) for one in argument[negated:])


def test_there_are_patterns():
    """The audit sees the tables' patterns and those in code: of either class, in modules and made by functions."""
    assert len(PATTERNS) > 600
    for name in (
        "past._TOPIC", "roles._NEXT_OF_SALVO", "moments._patterns", "names.name_pattern",
        "offices.country_pattern", "offices._offices", "english.frames._any_verb", "verbfinal.times._verbs",
        "verbfinal.places._place.4", "verbfinal.frames._owner", "clocks._cues", "quantities._after", "text._DROP",
    ):  # fmt: skip
        assert any(f"launchwatch.observe.read.{name}" in known for known in PATTERNS), name


def test_every_repetition_is_bounded():
    """No pattern repeats several pieces without a limit, or in turns that cannot be told apart."""
    found = {name: list(faults(parser.parse(text))) for name, text in PATTERNS.items()}
    assert {name: why for name, why in found.items() if why} == {}


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(?:\\w+[- ]?){0,3}x", "(?:a|a )*b", "(?:\\w+\\s*){2,9}x", "a{1,900}"]
)
def test_the_audit_finds_what_it_is_for(pattern):
    """Patterns that cost more than their text's length in steps are found."""
    assert list(faults(parser.parse(pattern)))


@pytest.mark.parametrize(
    "pattern", ["a+b", "(?:\\w+ ){0,3}x", "(?:[A-Z]\\w{0,20}\\s+){1,4}", "(?:가{1,8} ?){0,2}"]
)
def test_the_audit_lets_the_others_be(pattern):
    """Patterns whose turns are marked are let through."""
    assert list(faults(parser.parse(pattern))) == []
