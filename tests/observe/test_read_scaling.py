"""Hostile sizes: the time to read grows no faster than the text, whatever it is made of.

Times are processor times of one run; a quadratic rule would take sixteen times as long for four times the text.
The bound is eight: linear growth, doubled for the noise of a loaded machine.
"""

import time

import pytest

from launchwatch.facts import Provenance, Report
from launchwatch.observe.read import read_report
from launchwatch.observe.read.text import LONGEST_SENTENCE, sentences

PROVENANCE = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")
SMALL = 20_000
PATTERNS = {
    "one word": ("x", "en"),
    "one line of words": ("word ", "en"),
    "numbers": ("1,234 km ", "en"),
    "run of digits": ("1,111", "en"),
    "open quotes": ('"said ', "en"),
    "nested brackets": ("(", "en"),
    "commas": ("a,", "en"),
    "capitals": ("North Korea Fired Missile From The Sea Of Japan ", "en"),
    "speakers": ("Japan said it said the ministry said ", "en"),
    "articles": ("the missile launched from the area of the ", "en"),
    "zero-width": ("mis\u200bsile \u202efired ", "en"),
    "combining": ("e" + "\u0301" * 30, "en"),
    "kanji": ("発射", "ja"),
    "kilometres": ("約900キロ飛んだと防衛省は", "ja"),
    "hangul": ("탄도미사일 발사 ", "ko"),
    "newlines": ("\n", "en"),
}


LAUNCH = {
    "en": "North Korea fired a ballistic missile, Japan's defence ministry said.\n",
    "ja": "防衛省は北朝鮮が弾道ミサイルを発射したと発表した。\n",
    "ko": "합참은 북한이 탄도미사일을 발사했다고 밝혔다.\n",
}
"""A text without a launch is left after one look; these sentences make every rule run."""


def seconds_to_read(text: str, language: str) -> float:
    text = LAUNCH[language] + text
    report = Report(id="r", evidence="e", origin="r.txt", text=text, language=language, provenance=PROVENANCE)
    start = time.process_time()
    read_report(report, provenance=PROVENANCE)
    return time.process_time() - start


@pytest.mark.parametrize("name", PATTERNS)
def test_time_grows_with_the_text(name):
    """Four times the text takes no more than eight times as long."""
    unit, language = PATTERNS[name]
    seconds_to_read(unit, language)  # compiles the patterns
    small = seconds_to_read(unit * (SMALL // len(unit)), language)
    large = seconds_to_read(unit * (4 * SMALL // len(unit)), language)
    assert large < 8 * max(small, 0.02)


def test_ten_thousand_numbers_are_read():
    """A text of ten thousand quantities is read to its end."""
    assert seconds_to_read("It flew 700 km. " * 10_000, "en") < 60


@pytest.mark.slow
def test_a_line_of_ten_megabytes_is_read():
    """One line of ten megabytes without an end is cut and read."""
    assert seconds_to_read("launch of a missile by the army " * 312_500, "en") < 600


def test_no_sentence_is_longer_than_the_cut():
    """A line without an end is cut into sentences that cover it."""
    line = "missile " * 5_000
    pieces = sentences(line, "en")
    assert all(len(piece.text) <= LONGEST_SENTENCE for piece in pieces)
    assert "".join(piece.text for piece in pieces).replace(" ", "") == line.replace(" ", "")
