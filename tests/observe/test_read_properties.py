"""Properties: any text ends cleanly, spans are always right, and reading has no memory."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from launchwatch.facts import Reading
from launchwatch.observe.read.text import lower, plain
from tests.observe.reading import read_text

PIECES = [
    "North Korea fired", "two short-range ballistic missiles", "Japan's defence ministry said", "about 700 km",
    "(435 miles)", "on Friday", "at 12:35 p.m.", "South Korea's military said", ", ", ". ", "\n", '"', "“", "’",
    "outside Japan’s EEZ", "from the Taegwan area", "which it said", "last month", "since May 8", "Mach 11",
    "\u200b", "\u202e", "Nov. 7", "and", "between 7:44 and 8:22 a.m.", "fell", "250 km northwest of the island",
    "no damage", "É", "e\u0301", "防衛省は", "約900キロ飛んだ", "弾道ミサイル2発を", "発射した", "と発表した。",
    "11月7日",
    "午前7時50分ごろ", "平壌付近から", "합참은", "탄도미사일 수 발을", "발사했다고 밝혔다. ", "약 700km",
    "동해상으로", "오후 4시 35분과 38분", "１２：３５", "𝟕",
]  # fmt: skip
LANGUAGES = st.sampled_from(["en", "ja", "ko", None, "fr", "xx-YY"])
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read(text: str, language: str | None = None, published: str | None = "2025-11-08") -> Reading:
    return read_text(text, published, language)


def assert_anchored(text: str, reading: Reading) -> None:
    for one in (*reading.claims, *reading.context):
        start, end = one.span
        assert 0 <= start < end <= len(text)
        assert text[start:end] == one.quote


@QUICK
@given(st.text(max_size=300), LANGUAGES)
def test_any_text_ends_cleanly(text, language):
    """Reading any text gives a reading whose spans are right."""
    assert_anchored(text, read(text, language))


@QUICK
@given(st.text(st.characters(codec=None), max_size=200), LANGUAGES)
def test_any_code_points_end_cleanly(text, language):
    """Reading any code points, halves of surrogate pairs included, gives a reading whose spans are right."""
    assert_anchored(text, read(text, language))


@QUICK
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join), LANGUAGES)
def test_news_without_spaces_ends_cleanly(text, language):
    """Pieces of news run together give a reading whose spans are right."""
    assert_anchored(text, read(text, language))


@QUICK
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join), LANGUAGES)
def test_any_shuffle_of_news_ends_cleanly(text, language):
    """Pieces of news in any order give a reading whose spans are right."""
    assert_anchored(text, read(text, language))


@QUICK
@given(st.lists(st.sampled_from(PIECES), min_size=4, max_size=30).map(" ".join))
def test_reading_has_no_memory(text):
    """The same report gives the same reading, whatever was read in between."""
    first = read(text)
    read("Japan said a missile fell outside the zone.", "en")
    assert read(text) == first


@QUICK
@given(st.text(max_size=200))
def test_the_plain_form_leads_back(text):
    """Every character of the plain text has a place in the raw one, in order; lower case keeps its length."""
    ready = plain(text)
    spans = [ready.span(index, index + 1) for index in range(len(ready.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    assert len(lower(ready.text)) == len(ready.text)


@given(st.one_of(st.none(), st.text(max_size=12), st.dates().map(str)))
def test_any_publication_date_ends_cleanly(published):
    """A publication date that cannot be read is noted and changes nothing else."""
    reading = read("North Korea fired a ballistic missile on Friday.", "en", published)
    assert any(claim.attribute == "event_date" for claim in reading.claims)


@pytest.mark.parametrize(
    "mark", ["\u200c", "\u200d", "\u2060", "\u2067", "\u202a", "\u200b", "\u200f", "\u202e", "\ufeff", "\u00ad"]
)
def test_invisible_marks_change_no_claim(mark):
    """A zero-width or direction mark inside words changes nothing but the spans."""
    text = "Japan's defence ministry said the missile North Korea fired flew about 700 km."
    hidden = text.replace("missile", f"mis{mark}sile").replace("700", f"70{mark}0")
    values = [(claim.attribute, claim.value, claim.source) for claim in read(text, "en").claims]
    assert ("range_km", 700, "Japan MOD") in values
    assert [(claim.attribute, claim.value, claim.source) for claim in read(hidden, "en").claims] == values
    assert_anchored(hidden, read(hidden, "en"))


def test_decomposed_letters_change_no_claim():
    """Hangul and kana taken apart into their parts are read as written together."""
    text = "합동참모본부는 북한이 탄도미사일 1발을 발사했다고 밝혔다. 비행거리는 약 700km였다."
    apart = unicodedata.normalize("NFD", text)
    assert len(apart) > len(text), "the text must come apart for this test"
    values = [(claim.attribute, claim.value, claim.source) for claim in read(text, "ko").claims]
    assert ("range_km", 700, "South Korea JCS") in values
    assert [(claim.attribute, claim.value, claim.source) for claim in read(apart, "ko").claims] == values
    assert_anchored(apart, read(apart, "ko"))
