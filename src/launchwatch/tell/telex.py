"""What warnings to ships and NOTAMs share: capitals of the telex alphabet, date-time groups, numbers."""

import unicodedata

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import sha256_hex
from launchwatch.basis.instants import minute_of
from launchwatch.basis.likelihood import format_probability, likelihood_word
from launchwatch.facts import AlertStep, Standing
from launchwatch.tell.phrases import texts

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -?:().,'=/+\n")
"""International Telegraph Alphabet No. 2 as ICAO Annex 10, volume II, section 4.1.2, allows it."""

_SENT_AS = (("\u2019", "'"), ("\u2018", "'"), ("\u2013", "-"), ("&", "+"), (";", ","), ("@", " AT "), ("_", "-"))


def capitals(text: str) -> str:
    """Return a text in the telex alphabet: accents off, capitals; raises InputError if other scripts remain."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    for given, sent in _SENT_AS:
        plain = plain.replace(given, sent)
    plain = plain.upper()
    strange = sorted(set(plain) - _ALPHABET)
    if strange:
        raise InputError("not in the telex alphabet", given="".join(strange), try_="the English name")
    return plain


def say_group(instant_utc: str, *, past: bool = False) -> str:
    """Return `070335 UTC NOV 25`, the date-time group of warnings to ships."""
    when = minute_of(instant_utc, past=past)
    return f"{when:%d%H%M} UTC {_MONTHS[when.month - 1]} {when:%y}"


def say_likelihood_telex(probability: float) -> str:
    """Return `LIKELY (70 PERCENT)`, the word that of the printed number."""
    printed = round(100 * probability) / 100 if 0.01 <= probability <= 0.99 else probability
    number = format_probability(probability)
    bound = {"<": "LESS THAN ", ">": "MORE THAN "}.get(number[0], "")
    return f"{likelihood_word(printed).upper()} ({bound}{number.strip('<>').removesuffix(' %')} PERCENT)"


def provisional_number(step: AlertStep, addressee: str) -> str:
    """Return `4821/25`: a number for a step and an addressee until the office in charge gives its own.

    It is made of the ids, so that the same step has the same one on every machine; two may by chance be alike
    (1 in 9,999), hence the alert's own reference stands in each text.
    """
    digits = int(sha256_hex(f"{step.id}\n{addressee}".encode())[:12], 16) % 9999 + 1
    return f"{digits:04d}/{minute_of(step.decided_utc):%y}"


def marked(lines: list[str], status: Standing) -> list[str]:
    """Return lines with the English mark of an exercise, test or draft before and after; in life as they are."""
    if status == "actual":
        return lines
    mark = texts("en").marks[status]
    return [mark.frame, capitals(mark.says), *lines, mark.frame]
