"""One figure or clock time in a cell, as people write it: normalised as a report's is.

    435 miles            700.06 km, as stated in mi
    850-900, 850 to 900  a range
    >450, at least 450   at least
    ~700, about 700      about
    12 min 30 s          12.5 minutes
    07:55 KST, 7:55 a.m. a clock time in a zone or in the launch site's civil time

A cell holds one figure and nothing else: what is left over makes it unusable.
"""

import re
from typing import Final, NamedTuple

from launchwatch.basis.constants import KM_PER_MILE, KM_PER_NAUTICAL_MILE
from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import CLOCK_ZONES_H

QUALIFIERS: Final = ("exact", "about", "at_least", "at_most", "range")

_UNITS: Final[dict[str, tuple[tuple[str, float, str], ...]]] = {
    "km": (
        ("km", 1.0, r"km|kms|kilomet(?:er|re)s?"),
        ("mi", KM_PER_MILE, r"mi|miles?"),
        ("nmi", KM_PER_NAUTICAL_MILE, r"nmi|nm|nautical miles?"),
        ("m", 1e-3, r"m|met(?:er|re)s?"),
        ("ft", 3.048e-4, r"ft|feet|foot"),
    ),
    "min": (
        ("min", 1.0, r"min|mins|minutes?|m"),
        ("s", 1 / 60, r"s|sec|secs|seconds?"),
        ("h", 60.0, r"h|hrs?|hours?"),
    ),
    "Mach": (
        ("Mach", 1.0, r"mach|ma|m"),
        ("km/s", 1 / 0.3, r"km/s|km per second"),
        ("m/s", 1 / 300, r"m/s|met(?:er|re)s per second"),
        ("km/h", 1 / 1080, r"km/h|kph|kmh"),
    ),
}
_DIMENSION: Final = {"range_km": "km", "apogee_km": "km", "flight_time_min": "min", "speed_mach": "Mach"}
FIGURES: Final = tuple(_DIMENSION)

_ALLOWED: Final = {
    "km": "one figure in km, mi, nmi, m or ft: 700, 435 miles, 850-900, >450, about 700",
    "min": "one duration in min, s or h: 12, 12 min 30 s, 10-12, >30",
    "Mach": "one speed in Mach, km/s, m/s or km/h: 5, Mach 6, 1.8 km/s",
}
_BEFORE: Final = (
    ("at_least", r">=?|≥|more than|over|at least|no less than|not less than|in excess of|exceeding|above"),
    ("at_most", r"<=?|≤|less than|up to|at most|no more than|not more than|under|below|within"),
    ("about", r"[~≈≒±]|about|around|approx(?:imately|\.)?|some|roughly|nearly|almost|circa|ca\.?"),
)
_AFTER: Final = (
    ("at_least", r"\+|or (?:more|longer|higher|farther)|plus"),
    ("at_most", r"or (?:less|lower|shorter)"),
    ("about", r"or so"),
)
_NUMBER: Final = r"[-+]?\d[\d.,' ]{0,14}"
_JOIN: Final = r"\s{0,3}(?:-|~|to|and|\.\.)\s{0,3}"
_FIGURE = re.compile(
    rf"(?P<first>mach\s{{0,3}})?(?:(?:between|from)\s{{1,3}})?(?P<a>{_NUMBER}?)(?P<own>[a-z][a-z/ ]{{0,18}}?)?"
    rf"(?:{_JOIN}(?P<b>{_NUMBER}?))?\s{{0,3}}(?P<unit>[a-z][a-z/ ]{{0,18}})?"
)
_COMPOUND = re.compile(
    r"(?P<a>\d{1,4})\s?(?P<p>h|hrs?|hours?|min|mins|minutes?|m|')\s{0,3}(?:and )?"
    r"(?P<b>\d{1,2})\s?(?P<q>min|mins|minutes?|m|s|secs?|seconds?|\"|'')"
)
_DASHES = str.maketrans({"–": "-", "—": "-", "−": "-", "‐": "-", "〜": "~", "～": "~", "\u00a0": " ", "㎞": "km"})


class Figure(NamedTuple):
    """A figure in km, minutes or Mach, or the ends of a range, with the unit as stated and its qualifier."""

    value: float | tuple[float, float]
    unit: str | None
    qualifier: str


def read_figure(attribute: str, cell: str, unit: str = "", *, decimal_comma: bool = False) -> Figure:
    """Return the figure of a cell; `unit` is its column's, for figures that state none.

    Raises InputError, which says what is allowed, for what is no single figure or in a unit of something else.
    """
    dimension = _DIMENSION[attribute]
    text = " ".join(cell.translate(_DASHES).casefold().split())
    qualifier, text = _qualified(text)
    match = _COMPOUND.fullmatch(text) if dimension == "min" else None
    if match is not None:
        hours = match["p"].startswith("h")
        low = int(match["a"]) * (60.0 if hours else 1.0) + int(match["b"]) * (1.0 if hours else 1 / 60)
        return Figure(low, "min", qualifier or "exact")
    found = _FIGURE.fullmatch(text) if len(text) <= 80 else None
    if found is None:
        raise InputError(f"{attribute} is no single figure", given=cell, allowed=_ALLOWED[dimension])
    stated = "mach" if found["first"] else (found["unit"] or found["own"] or "").strip()
    named, factor = _unit(dimension, stated, unit, attribute)
    if found["own"] and found["unit"] and _unit(dimension, found["own"].strip(), "", attribute)[0] != named:
        raise InputError("a range with two units", given=cell, allowed="one unit for both ends")
    low = _number(found["a"], cell, decimal_comma=decimal_comma) * factor
    if found["b"] is None:
        return Figure(_tidy(low), named, qualifier or "exact")
    high = _number(found["b"], cell, decimal_comma=decimal_comma) * factor
    if high < low:
        raise InputError("a range whose ends are in the wrong order", given=cell, allowed="the lower one first")
    return Figure((_tidy(low), _tidy(high)), named, "range")


def _tidy(value: float) -> float:
    return float(f"{value:.7g}")


def _qualified(text: str) -> tuple[str | None, str]:
    for name, pattern in _BEFORE:
        if match := re.match(rf"(?:{pattern})(?![a-z])\s{{0,3}}(?=[\d+\-m])", text):
            return name, text[match.end() :]
    for name, pattern in _AFTER:
        if match := re.search(rf"\s{{0,3}}(?:{pattern})$", text):
            return name, text[: match.start()]
    return None, text


def _unit(dimension: str, stated: str, column: str, attribute: str) -> tuple[str | None, float]:
    """Return the unit's name and size; a figure's own unit and its column's must not contradict each other."""
    own = _known(dimension, stated, attribute) if stated else None
    other = _known(dimension, column.strip().casefold(), attribute) if column.strip() else None
    if own is not None and other is not None and own[0] != other[0]:
        raise InputError("the figure and its unit column differ", given=f"{stated}, {column}", allowed="one unit")
    return own or other or (None, 1.0)


def _known(dimension: str, stated: str, attribute: str) -> tuple[str, float]:
    for name, factor, pattern in _UNITS[dimension]:
        if re.fullmatch(pattern, stated):
            return name, factor
    raise InputError(
        f"no unit of {attribute}", given=stated, allowed=", ".join(name for name, _, _ in _UNITS[dimension])
    )


def _number(text: str, cell: str, *, decimal_comma: bool) -> float:
    """Return a number with its thousands marked or not; a comma that may be either mark is refused."""
    plain = text.strip().replace(" ", "").replace("'", "")
    grouped = re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain)
    if decimal_comma and re.fullmatch(r"[-+]?\d{1,3},\d{3}", plain):
        raise InputError(
            "a comma that may mark thousands or decimals", given=cell, try_=plain.replace(",", "") + " or "
            + plain.replace(",", ".")
        )  # fmt: skip
    if grouped:
        plain = plain.replace(",", "")
    elif decimal_comma and re.fullmatch(r"[-+]?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    if not re.fullmatch(r"[-+]?\d{1,12}(?:\.\d{1,9})?", plain):
        raise InputError("no number", given=cell, allowed="digits, such as 2802, 2,802 or 2802.5")
    return float(plain)


def _dial(name: str) -> str:
    return (
        rf"(?:(?P<h{name}>\d{{1,2}})[:h.](?P<m{name}>\d{{2}})(?::(?P<s{name}>\d{{2}}))?|(?P<hhmm{name}>\d{{4}}))"
        rf"(?:\s?(?P<half{name}>[ap])\.?\s?m\b\.?|\s?(?:hours|hrs)\b)?"
    )


_CLOCK = re.compile(
    rf"{_dial('1')}(?:\s?(?:-|~|to|until)\s?{_dial('2')})?"
    r"\s?\(?(?P<zone>(?:utc|gmt)\s?[+-]\d{1,2}(?::?\d{2})?|\+\d{1,2}:?\d{2}|[a-z][a-z ]{0,30})?\)?"
)
_OFFSET = re.compile(r"(?:utc|gmt)?\s?(?P<sign>[+-])(?P<h>\d{1,2})(?::?(?P<m>\d{2}))?")
_CLOCK_ALLOWED = "HH:MM, with its zone where it is not the launch site's: 07:55, 12:35 KST, 03:35 UTC, 07:44-08:22"


class Clock(NamedTuple):
    """A clock time 'HH:MM' or two, its zone (None: the launch site's civil time) and its qualifier."""

    value: str | tuple[str, str]
    zone: str | None
    qualifier: str


def read_clock(cell: str, zone: str = "") -> Clock:
    """Return the clock time of a cell, rounded to the minute; `zone` is its column's, where it states none."""
    text = " ".join(cell.translate(_DASHES).casefold().split())
    qualifier, text = _qualified(text)
    found = _CLOCK.fullmatch(text) if len(text) <= 80 else None
    if found is None:
        raise InputError("no clock time", given=cell, allowed=_CLOCK_ALLOWED)
    named = _zone(found["zone"] or zone, cell)
    if found["zone"] and zone and _zone(zone, cell) != named:
        raise InputError("the clock and its unit column differ", given=f"{cell}, {zone}", allowed="one zone")
    late = found["half1"] or found["half2"]
    shift = 0 if named is None or isinstance(named, str) else round(60 * named)
    where = named if named is None or isinstance(named, str) else "UTC"
    told = []
    for name in ("1", "2"):
        if found[f"h{name}"] or found[f"hhmm{name}"]:
            minute = (_minutes(found, name, found[f"half{name}"] or late, cell) - shift) % 1440
            told.append(f"{minute // 60:02d}:{minute % 60:02d}")
    if len(told) == 2:
        return Clock((told[0], told[1]), where, "range")
    return Clock(told[0], where, qualifier or "exact")


def _minutes(found: re.Match[str], name: str, half: str | None, cell: str) -> int:
    whole = found[f"hhmm{name}"]
    hour, minute = (int(whole[:2]), int(whole[2:])) if whole else (int(found[f"h{name}"]), int(found[f"m{name}"]))
    second = int(found[f"s{name}"] or 0)
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half:
        hour = 99
    if hour > 23 or minute > 59 or second > 59:
        raise InputError("no clock time", given=cell, allowed=_CLOCK_ALLOWED)
    return (60 * hour + minute + (second >= 30)) % 1440


def _zone(stated: str, cell: str) -> str | float | None:
    """Return a zone's name, hours ahead of UTC where it is told as an offset, or None for local time."""
    text = " ".join(stated.translate(_DASHES).casefold().split())
    if text in ("", "local", "local time"):
        return None
    if text.upper() in CLOCK_ZONES_H:
        return text.upper()
    offset = _OFFSET.fullmatch(text)
    if offset is None or int(offset["h"]) > 14:
        raise InputError(
            "a zone that is not known",
            given=stated or cell,
            allowed="UTC, GMT, KST, JST, IST, EST, PST, ... or +09:00",
        )
    hours = int(offset["h"]) + int(offset["m"] or 0) / 60
    return -hours if offset["sign"] == "-" else hours
