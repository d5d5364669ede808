"""Instants, ids, likelihood words, rounding and errors."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.basis.errors import InputError, NotConvergedError, UnknownNameError, printable
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, moment, parse_instant
from launchwatch.basis.likelihood import format_probability, likelihood_word, say_likelihood
from launchwatch.basis.rounding import significant


def test_instant_of_the_defining_launch():
    """12:35 in Korea on 7 November 2025 is 03:35 UTC: 1,762,486,500 s after the Unix epoch (date -d)."""
    assert parse_instant("2025-11-07T12:35:00+09:00") == parse_instant("2025-11-07T03:35:00Z") == 1_762_486_500


@given(st.integers(0, 4_000_000_000), st.integers(0, 999_999))
def test_instants_round_trip_to_the_microsecond(seconds, micros):
    """Formatting and parsing return the instant within a double's last microsecond."""
    given_s = seconds + micros / 1e6
    assert parse_instant(format_instant(given_s)) == pytest.approx(given_s, abs=1e-6)


@pytest.mark.parametrize("text", ["2025-11-07T03:35:00", "yesterday", "", "2025-13-01T00:00:00Z", 5])
def test_instants_without_zone_or_sense_are_refused(text):
    """An instant needs a zone; the error says what was given."""
    with pytest.raises(InputError):
        parse_instant(text)


@pytest.mark.parametrize("text", ["2025-11-07", "2025-11-07T03:35", "20251107", "2025-W45-5"])
def test_the_hint_for_a_missing_zone_is_an_instant(text):
    """What an instant without a zone is answered with is itself accepted."""
    with pytest.raises(InputError) as caught:
        parse_instant(text)
    hint = caught.value.try_.removesuffix(" if it is UTC")
    assert hint != caught.value.try_
    assert parse_instant(hint) % 60 == 0


def test_instants_at_the_ends_of_the_calendar_are_refused():
    """An instant whose zone leads out of the calendar is refused, not passed on to fail later."""
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        with pytest.raises(InputError, match="out of range"):
            parse_instant(text)


def test_printable_shows_what_moves_a_terminal():
    """Escape codes and direction marks become visible; letters of any script stay."""
    assert printable("\x1b[2J a\nb \u202egpj \u2067x") == r"\x1b[2J a\nb \u202egpj \u2067x"
    assert printable("합참 防衛省 café") == "합참 防衛省 café"


def test_moment_keeps_the_zone():
    """Moments are UTC-aware."""
    assert moment(0.0).isoformat() == "1970-01-01T00:00:00+00:00"


# ICD 203 (2015), D.6.e.(2).(a): the printed ranges.
ICD_203 = [
    (0.01, "almost no chance"), (0.049, "almost no chance"), (0.05, "very unlikely"), (0.2, "unlikely"),
    (0.45, "roughly even chance"), (0.55, "likely"), (0.799, "likely"), (0.8, "very likely"),
    (0.95, "almost certain"), (1.0, "almost certain"),
]  # fmt: skip


@pytest.mark.parametrize(("probability", "word"), ICD_203)
def test_likelihood_words_follow_icd_203(probability, word):
    """Every bin of the directive has its own word."""
    assert likelihood_word(probability) == word


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_no_word_outside_zero_and_one(value):
    """What is no probability gets no word."""
    with pytest.raises(ValueError, match="probability"):
        likelihood_word(value)


def test_number_never_claims_certainty():
    """The number beside the word is never 0 % or 100 %."""
    assert (format_probability(0.0), format_probability(1.0)) == ("<1 %", ">99 %")
    assert say_likelihood(0.93) == "very likely (93 %)"


def test_ids_depend_on_the_parts_and_their_borders():
    """Moving a character from one part to the next makes another id."""
    assert content_id("x", "ab", "c") != content_id("x", "a", "bc")
    assert content_id("x", "ab") == content_id("x", b"ab")


def test_significant_digits():
    """Rounding is to significant digits, and leaves what is not finite alone."""
    assert significant(123456.789, 4) == 123500
    assert significant(-0.00123456, 2) == -0.0012
    assert math.isnan(significant(math.nan))
    assert significant(0.0) == 0.0


def test_unknown_names_offer_near_ones():
    """A slip of one letter is answered with the right name."""
    error = UnknownNameError("scenario", "taegwan-2025-11-70", ["taegwan-2025-11-07", "other"])
    assert error.near == ["taegwan-2025-11-07"]
    assert "did you mean" in str(error)


def test_messages_say_given_allowed_and_try():
    """One message holds what was given, what is allowed and what to try; values stay attributes."""
    error = InputError("seed", given=-1, allowed="0 or more", try_="0")
    assert str(error) == "seed; given -1; allowed: 0 or more; try 0"
    assert error.given == -1
    assert "ess 3" in str(NotConvergedError("no", ess=3.0))
