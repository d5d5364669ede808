"""Hostile sizes: the time to read grows no faster than the text, whatever it is made of.

Times are the lesser processor times of two runs; a quadratic rule would take sixteen times as long for four times
the text. The bound is eight: linear growth, doubled for the noise of a loaded machine.
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
    "words as long as a sentence": (f"fired a short-range {'x' * 1100} missile. ", "en"),
    "quotes in quotes": ("\u201c\"'\u2018", "en"),
    "brackets of all kinds": ("\"([\u201c{'", "en"),
    "closing marks": (")]}'\u201d", "en"),
    "unclosed asides": ("the ministry (said [that ", "en"),
    "marks between digits": ("7\u202e0\u202c0\u200b k\u2060m ", "en"),
    "Arabic": ("صاروخ باليستي ٧٠٠ كم ", "en"),
    "short sentences": ("It flew 700 km. ", "en"),
    "dots and digits": ("1.", "en"),
    "clocks": ("at 7:55 a.m. ", "en"),
    "named speakers": ("General Kim Bob of the Joint Chiefs of Staff said it flew. ", "en"),
    "relatives": ("which it said ", "en"),
    "restatements": ("435 miles (700 km) or ", "en"),
    "durations": ("1 hour and 13 minutes and ", "en"),
    "abbreviations": ("U.S. ", "en"),
    "visits": ("President Aaa Bbb visited Seoul and ", "en"),
    "half pairs": ("\ud800 7 km \udc00", "en"),
    "stacked marks": ("7\u0301\u0302\u0303 km ", "en"),
    "scripts": ("missile ミサイル 미사일 発射 launched 발사 ракета ", "en"),
    "scripts in Japanese": ("missile ミサイル 미사일 発射 launched 발사 ракета ", "ja"),
    "scripts in Korean": ("missile ミサイル 미사일 発射 launched 발사 ракета ", "ko"),
    "powers of ten": ("9万8千7百", "ja"),
    "corner brackets": ("「『（", "ja"),
    "Japanese sentences": ("約900キロ飛んだ。", "ja"),
    "Korean speakers": ("합참은 ", "ko"),
    "Korean sentences": ("약 700km 비행했다. ", "ko"),
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
    small, large = (
        min(seconds_to_read(unit * (size // len(unit)), language) for _ in range(2)) for size in (SMALL, 4 * SMALL)
    )
    assert large < 8 * max(small, 0.02)


HUGE = {
    "ten thousand numbers": ("".join(f"It flew {number} km. " for number in range(10_000)), "en"),
    "ten thousand speakers": (
        "".join(f"General Kim{n} of the ministry said it flew. " for n in range(10_000)),
        "en",
    ),
    "quotes nested 100,000 deep": ("\u201c'" * 50_000 + "It flew 700 km." + "'\u201d" * 50_000, "en"),
    "brackets nested 100,000 deep": ("(" * 100_000 + "It flew 700 km." + ")" * 100_000, "en"),
    "a letter with 100,000 marks": ("e" + "\u0301" * 100_000 + " It flew 700 km.", "en"),
    "corner brackets nested 100,000 deep": ("「" * 100_000 + "約900キロ飛んだ。" + "」" * 100_000, "ja"),
}


@pytest.mark.parametrize("name", HUGE)
def test_depth_and_number_are_read_to_the_end(name):
    """Ten thousand of a kind, or a hundred thousand within one another, cost no more than plain text."""
    text, language = HUGE[name]
    assert seconds_to_read(text, language) < 0.0002 * len(text)


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
