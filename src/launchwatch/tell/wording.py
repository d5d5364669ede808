"""Numbers, days and lists as officials write them in English."""

import re
from collections.abc import Sequence

from launchwatch.basis.instants import KOREA, moment, parse_instant
from launchwatch.facts import Interval

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_DAY_OF_YEAR = re.compile("--(?:0[1-9]|1[0-2])-[0-3][0-9]")
_DAY_OF_MONTH = re.compile("---[0-3][0-9]")


def say_interval(interval: Interval, unit: str) -> str:
    """Return median and 90 % interval, such as `about 700 km (90 % interval 640 to 760)`."""
    low, middle, high = (say_number(value) for value in (interval.p05, interval.median, interval.p95))
    return f"about {middle} {unit} ({_spread(low, high)})"


def _spread(low: str, high: str) -> str:
    return f"90 % interval {low} to {high}" if low != high else "90 % interval within its rounding"


def say_minutes(seconds: Interval) -> str:
    """Return a flight time with its interval in minutes, in half minutes under ten."""
    step = 0.5 if seconds.median < 600 else 1.0
    low, middle, high = (f"{step * round(s / 60 / step):g}" for s in (seconds.p05, seconds.median, seconds.p95))
    return f"about {middle} minutes ({_spread(low, high)})"


def say_number(value: float) -> str:
    """Return a number with three significant figures, whole from 100 on, thousands parted."""
    if abs(value) >= 1000:
        return f"{round(value, -1):,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def say_figure(value: float) -> str:
    """Return a claimed number: whole from 100 on, thousands parted, one decimal at most below."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0")


def say_day(iso: str) -> str:
    """Return `7 November 2025` of an ISO date, what is known of `--11-07` or `---07`, or the text as it stands."""
    parts = iso.split("-")
    if _DAY_OF_MONTH.fullmatch(iso):
        return f"the {_ordinal(int(parts[3]))}, month unknown"
    if _DAY_OF_YEAR.fullmatch(iso):
        return f"{int(parts[3])} {_MONTHS[int(parts[2]) - 1]}, year unknown"
    if len(parts) == 3 and all(part.isdigit() for part in parts) and 1 <= int(parts[1]) <= 12:
        return f"{int(parts[2])} {_MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return iso


def _ordinal(number: int) -> str:
    ending = "th" if 11 <= number <= 13 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def say_clock(instant_utc: str, *, korean: bool = True) -> str:
    """Return `12:35 KST (03:35 UTC)` of an instant, to the nearest minute; UTC's day where it is another.

    Without `korean` the clock is UTC's alone: the event is far from Korea and Japan.
    """
    when = moment(60 * round(parse_instant(instant_utc) / 60))
    if not korean:
        return f"{when:%H:%M} UTC"
    here = when.astimezone(KOREA)
    day = "" if here.date() == when.date() else f" on {when.day} {_MONTHS[when.month - 1]}"
    return f"{here:%H:%M} KST ({when:%H:%M} UTC{day})"


def say_instant(instant_utc: str) -> str:
    """Return clock and day of an instant, both in Korea's and Japan's civil time, with UTC's clock."""
    day = moment(60 * round(parse_instant(instant_utc) / 60)).astimezone(KOREA).date().isoformat()
    return f"{say_clock(instant_utc)} on {say_day(day)}"


_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_CONTROLS = (*(code for code in range(0x20) if chr(code) not in "\t\n\r"), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF)
_DIRECTION = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES = range(0xD800, 0xE000)
_NOT_SHOWN = dict.fromkeys((*_CONTROLS, *_DIRECTION, *_SURROGATES), _REPLACEMENT)


def shown(text: str) -> str:
    """Return text as it may be printed: control characters, direction overrides and lone surrogates replaced.

    XML 1.0 (section 2.2) forbids most of them, and an override would turn what stands beside a quote.
    """
    return text.translate(_NOT_SHOWN)


_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def say_count(number: int) -> str:
    """Return a count in words up to twelve, in figures beyond."""
    return _COUNTS[number] if 0 <= number < len(_COUNTS) else f"{number}"


def in_korean_time(lat_deg: float, lon_deg: float) -> bool:
    """Return whether a launch place is near enough to Korea and Japan for their civil time to be told."""
    return 25 <= lat_deg <= 50 and 115 <= lon_deg <= 150


def say_list(items: Sequence[str]) -> str:
    """Return items joined with commas and a last 'and'."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


_COMPASS = (
    "north", "north-northeast", "northeast", "east-northeast", "east", "east-southeast", "southeast",
    "south-southeast", "south", "south-southwest", "southwest", "west-southwest", "west", "west-northwest",
    "northwest", "north-northwest",
)  # fmt: skip


def compass_word(azimuth_deg: float) -> str:
    """Return the nearest of sixteen compass words."""
    return _COMPASS[round(azimuth_deg / 22.5) % 16]


def say_stage(stage: str, reason: str) -> str:
    """Return an alert's stage for a table; a launch that is told of a lost track says so."""
    return f"{stage}, track lost" if stage == "launch" and "the track is lost" in reason else stage
