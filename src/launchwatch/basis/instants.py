"""Instants: UTC, ISO 8601 with microseconds outside; seconds since an epoch inside.

`parse_instant` and `format_instant` are inverses. Seconds are counted from the Unix epoch without leap
seconds; a leap second would move a track by one second's flight, and none has been inserted since 2016.
"""

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from launchwatch.basis.errors import InputError

KOREA = timezone(timedelta(hours=9), "KST")
"""Civil time of Korea and Japan (UTC+9, no summer time)."""

CLOCK_ZONES_H = {
    **dict.fromkeys(("KST", "JST", "TOKYO TIME", "SEOUL TIME", "PYONGYANG TIME", "KOREA TIME", "KOREAN TIME"), 9),
    **dict.fromkeys(("JAPAN TIME", "JAPANESE TIME"), 9),
    **dict.fromkeys(("GMT", "UTC", "Z", "GREENWICH MEAN TIME"), 0),
    **dict.fromkeys(("IST", "INDIAN STANDARD TIME"), 5.5),
    **dict.fromkeys(("MSK", "MOSCOW TIME"), 3),
    **dict.fromkeys(("PKT", "PAKISTAN STANDARD TIME"), 5),
    **dict.fromkeys(("TEHRAN TIME", "IRAN TIME"), 3.5),
    **dict.fromkeys(("EST", "EASTERN STANDARD TIME"), -5),
    **dict.fromkeys(("EDT", "EASTERN DAYLIGHT TIME"), -4),
    **dict.fromkeys(("PST", "PACIFIC STANDARD TIME"), -8),
    **dict.fromkeys(("PDT", "PACIFIC DAYLIGHT TIME"), -7),
    "HST": -10,
    "CET": 1,
    "AEST": 10,
    "BEIJING TIME": 8,
}
"""Hours ahead of UTC of the zones that reports name, in capitals."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_instant(text: str) -> float:
    """Return seconds since the Unix epoch of an ISO 8601 instant with a zone (see `format_instant`)."""
    if not isinstance(text, str):
        raise InputError("instant is no text", given=text, allowed="ISO 8601, such as 2025-11-07T03:35:00Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            "instant cannot be read", given=text, allowed="ISO 8601, such as 2025-11-07T03:35:00Z"
        ) from None
    if moment.tzinfo is None:
        raise InputError("instant has no time zone", given=text, try_=f"{moment.isoformat()}Z if it is UTC")
    if not 1 < moment.year < 9999:  # at either end the zone's offset leads out of the calendar
        raise InputError("instant out of range", given=text, allowed="years 2 to 9998")
    return (moment - _EPOCH) / timedelta(seconds=1)


def check_date(text: str) -> str:
    """Return `text` if it is an ISO 8601 date or instant, such as a publication date."""
    try:
        datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        allowed = "an ISO 8601 date or instant, such as 2025-11-07"
        raise InputError("publication date cannot be read", given=text, allowed=allowed) from None
    return text


def format_instant(seconds: float) -> str:
    """Return the ISO 8601 text, UTC, microseconds, of `seconds` since the Unix epoch (see `parse_instant`)."""
    return moment(seconds).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(seconds: float) -> datetime:
    """Return the UTC datetime of `seconds` since the Unix epoch, to the microsecond."""
    return _EPOCH + timedelta(microseconds=round(seconds * 1e6))


def minute_of(instant_utc: str, *, past: bool = False) -> datetime:
    """Return an instant's UTC minute, rounded to the nearest; of what is `past` down."""
    minutes = parse_instant(instant_utc) / 60
    return moment(60 * (math.floor(minutes) if past else round(minutes)))


LEAP_S = 60.0
"""Clocks tick each second: one that is a minute further at once is wrong, or nothing was heard in between."""


BORNE_OUT_TICKS, BORNE_OUT_S = 3, 5.0
"""Ticks, and seconds from the first to the last of them, that bear a leap out. The processes of a machine whose
clock is wrong for a moment tick once or twice each in it; more would cost as much after every rest of a node."""


class Leap(NamedTuple):
    """Ticks far ahead that wait to be borne out: the first and the last (Unix time, s), and how many."""

    first_s: float
    last_s: float
    ticks: int


def leap_after(now_s: float, time_s: float, leap: Leap | None, least_s: float = LEAP_S) -> Leap | None:
    """Return the leap that waits after one more tick of the machine's clock; None where the tick is to be taken.

    `now_s` is what was known, 0 or less where nothing was. A leap waits until its ticks have gone on by
    themselves, each within `least_s` of the newest; one tick by the clock as it was ends it. Several processes
    tick, and what one wrote first may be read last: a tick a little older than the newest bears out as much.
    """
    if now_s <= 0.0 or time_s - now_s <= least_s:
        return None
    if leap is None or abs(time_s - leap.last_s) > least_s:
        return Leap(time_s, time_s, 1)
    leap = Leap(leap.first_s, max(leap.last_s, time_s), leap.ticks + 1)
    is_borne_out = leap.ticks >= BORNE_OUT_TICKS and leap.last_s - leap.first_s >= BORNE_OUT_S
    return None if is_borne_out else leap
