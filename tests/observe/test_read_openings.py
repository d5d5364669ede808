"""A search by openings finds what a search from the left finds, for every pattern of the lexicons."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.observe.read import offices
from launchwatch.observe.read.lexicon import Lexicon, lexicon_for
from launchwatch.observe.read.patterns import _WORTH, Choices, Pattern, openings
from launchwatch.observe.read.text import lower, plain, sentences
from tests.observe.reader_patterns import made, of_modules, of_tables

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "ja", "ko")
PIECES = (
    *(
        "fired",
        "launch",
        "the ",
        " at ",
        "KN-23",
        "700km",
        "1,000 ",
        ", ",
        "'s",
        '"',
        "said",
        "U.S. ",
        "North Korea",
    ),
    *(
        "\u0663",
        "\u2009",
        "_",
        "발사",
        "북한이 ",
        "合参",
        "防衛省は",
        "ミサイル",
        "\u00e9",
        "(",
        "7:10",
        "last ",
        "May 4",
    ),
)


@cache
def patterns(language: str) -> tuple[Pattern, ...]:
    """Return every pattern of a language, each asked so often that its openings are worked out."""
    lexicon = lexicon_for(language)
    written = [text for text in of_tables(language).values() if re.search(r"[\\|(]", text)]
    standing = [lexicon.compile(text) for text in dict.fromkeys(written)]
    standing += [one for one in (*of_modules().values(), *made(language).values()) if isinstance(one, Pattern)]
    found = list({pattern.pattern: pattern for pattern in standing}.values())
    for pattern in found:
        for _ in range(_WORTH):
            pattern.all("")
    return tuple(found)


@cache
def texts(language: str) -> tuple[str, ...]:
    """Return the sentences of the annotated reports of a language."""
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(DATA.glob("*.json"))]
    own = [plain(one["text"]).text for one in reports if (one.get("language") or "en") == language]
    return tuple(dict.fromkeys(sentence.text for text in own for sentence in sentences(text, language)))


def same(pattern: Pattern, text: str) -> None:
    wanted = [match.span() for match in re.finditer(pattern.pattern, text)]
    assert [match.span() for match in pattern.all(text)] == wanted, (pattern.pattern, text)
    first = pattern.first(text)
    assert (first and first.span()) == (wanted[0] if wanted else None), (pattern.pattern, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_openings_find_all_in_real_sentences(language):
    """Every match of every pattern in every sentence of the annotated reports is found, and no other."""
    for pattern in patterns(language):
        for text in texts(language):
            same(pattern, text)
            same(pattern, lower(text))


@pytest.mark.parametrize("language", LANGUAGES)
@given(parts=st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=14))
def test_openings_find_all_in_any_text(language, parts):
    """Words, marks, figures and any letters in any order hide no match."""
    for pattern in patterns(language):
        same(pattern, "".join(parts))


def test_most_english_patterns_have_openings():
    """The search by openings is worth its while: four in five English patterns have some."""
    found = [openings(pattern.pattern)[1] is not None for pattern in patterns("en")]
    assert sum(found) > 0.8 * len(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_choices_find_what_one_alternation_finds(language):
    """Patterns tried one by one find what the same patterns find as one alternation."""
    lexicon: Lexicon = lexicon_for(language)
    choices, _ = offices._offices(lexicon)
    each = re.compile("|".join(f"(?P<o{index}>{row})" for index, row in enumerate(choices._patterns)))
    for text in map(lower, texts(language)):
        wanted = [(match.span(), int(match.lastgroup[1:])) for match in each.finditer(text)]
        assert [(match.span(), index) for match, index in choices.all(text)] == wanted


@pytest.mark.parametrize(
    ("pattern", "opens"),
    [
        (r"\b(?:fired|flew)", {"fir", "fle"}),
        (r"\bis\b|\bwas\b", {"is", "wa"}),
        (r"(?<![\w-])[12]\d km", {"00 "}),
        (r"(?:un)?known", {"un", "kn"}),
        (r"\w+ ago", set()),
        (r"(?i:fired)", set()),
        (r"(fired) \1", set()),
        (r"^(?:it|they)", {""}),
    ],
)
def test_openings(pattern, opens):
    """First letters are those of every alternative; a pattern of any letters, or of unknown syntax, has none."""
    assert openings(pattern)[0] == opens


def test_a_choice_that_may_open_with_anything_is_tried_everywhere():
    """One pattern without openings does not hide behind those that have some."""
    choices = Choices([r"\bfired", r".x"])
    assert [(match[0], index) for match, index in choices.all("fired ax x")] == [
        ("fired", 0),
        ("ax", 1),
        (" x", 1),
    ]
