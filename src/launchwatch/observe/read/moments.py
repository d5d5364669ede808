"""Dates: where they stand, what they date, and what day they mean.

A weekday is the latest such day not after the day of publication, or the day after it: an outlet west of the
launch site may publish on Thursday what happened there on Friday. Without a publication date a weekday stays a
weekday ('Friday'), a day without its year stays '--11-07', a day of the month '---07'.
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Final, NamedTuple

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Day, Sentence

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = timedelta(days=1)
_NEWS = timedelta(days=14)
_YEAR = timedelta(days=365)
_LEAP_GAP = 8  # years: the longest from one 29 February to the next, over a year such as 1900
_DATELINE = re.compile(
    r"^(?P<place>[A-Z][\w.'/-]{0,20}(?:,? [A-Z][\w.'/-]{0,20}){0,4}?)"
    r"(?: \([A-Z][a-z]{1,20}\))?(?: \[[A-Z][a-z]{1,20}\])?"
    r"(?:,? (?P<day>\d{1,2}[^()\n:-]{3,24}|[A-Z][a-z]{2,8}\.? \d{1,2}[^()\n:-]{0,8}?))?"
    "\\s*(?P<agency>\\([A-Z][A-Za-z .,/-]{1,30}\\)\\s*)?(?:--|-|\u2014|:)\\s*(?=[A-Z\"'])"
)
_OPENING = 120  # characters in which a dateline ends
_OPENS_CLAUSE = re.compile(
    r"(?:^|[,;] )(?:and )?(?:(?:on|early|earlier|late|later|in the (?:early|late) hours of)\s){0,3}$"
)


class Calendar(NamedTuple):
    """What the dates of a report are seen from: its publication and the value of its main day, where known."""

    published: date | None
    main: str | None


class _Patterns(NamedTuple):
    month_day: Pattern
    iso: Pattern
    weekday: Pattern
    relative: Pattern


@cache
def _patterns(lexicon: Lexicon) -> _Patterns:
    """Return the English patterns: '7 November 2025' and 'Nov. 7', ISO, weekday."""
    months = lexicon.table("time", "months")
    first = "|".join(f"(?P<m{number}>{name})" for number, name in enumerate(months, 1))
    after = "|".join(f"(?P<n{number}>{name})" for number, name in enumerate(months, 1))
    ordinal = r"(?:st|nd|rd|th)?"
    month_day = rf"(?:{first})\s*(?P<day>[0-3]?\d){ordinal}\b(?!:\d|,\d|\s?(?:km|miles|%))"
    day_month = rf"(?<![\d:.])(?<![a-z]-)(?P<day2>[0-3]?\d){ordinal}(?:\s+of)?\s+(?:{after})\b"
    year = r"(?:,?\s+(?P<year>(?:19|20)\d\d)\b)?"
    weekdays = "|".join(lexicon.table("time", "weekdays"))
    return _Patterns(
        lexicon.compile(rf"\b(?:{month_day}|{day_month}){year}"),
        Pattern(re.compile(r"\b(?P<y>(?:19|20)\d\d)-(?P<m>[01]\d)-(?P<d>[0-3]\d)\b")),
        lexicon.compile(rf"\b(?P<weekday>{weekdays})(?!\w)(?!'s)"),
        lexicon.compile(
            rf"\b(?:(?P<now>today|this (?:morning|afternoon|evening))|(?P<yesterday>yesterday)|"
            rf"(?P<weekday>{weekdays})'s"
            r"(?= (?:\w+ ){0,2}?(?:launch(?:es)?|tests?|firings?|missiles?|salvo|war games)\b))(?!\w)"
        ),
    )


def parse_published(text: str | None) -> date | None:
    """Return the day of an ISO date or instant, in its own zone, or None."""
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def reference_day(
    published: date | None, stated: date | None, dateline: date | None = None
) -> tuple[date | None, list[str]]:
    """Return the day that a text's dates are seen from, and a note where that is not its publication.

    A day that the text states with its year wins over a publication before it, or longer after it than news takes:
    two weeks after the dateline, a year after the launch that is `stated`.
    """
    own, longest = (stated, _YEAR) if dateline is None else (dateline, _NEWS)
    if published is None:
        return dateline, []
    if own is None or own - _DAY <= published <= own + longest:
        return published, []
    return own, [f"publication date {published} does not fit the text's own date, {own}, and is set aside"]


def stated_day(days: list[Day]) -> date | None:
    """Return the first day of an event in a sentence, if it is stated with its year; `days` seen from no day."""
    first = next((day for day in days if day.role == "event"), None)
    return parse_published(first.value) if first else None


def dateline_end(sentence: Sentence, lexicon: Lexicon) -> int:
    """Return where the dateline of an opening sentence ends ('Seoul, Aug. 31--'), or 0."""
    match = _DATELINE.match(sentence.text[:_OPENING]) if sentence.index <= 2 and lexicon.language == "en" else None
    if not match:
        return 0
    dated = bool(match["day"] and _patterns(lexicon).month_day.search(match["day"].casefold()))
    return match.end() if dated or match["agency"] or match["place"].isupper() else 0


def days(sentence: Sentence, lexicon: Lexicon, published: date | None) -> list[Day]:
    """Return the dates of an English sentence with what they date."""
    patterns = _patterns(lexicon)
    found = [_month_day(match, published) for match in patterns.month_day.all(sentence.low)]
    found += [_iso_day(match) for match in patterns.iso.all(sentence.low)]
    found += [_weekday(sentence, lexicon, match, published) for match in patterns.weekday.all(sentence.low)]
    placed = [_placed(sentence, lexicon, day) for day in found if day]
    matches = patterns.relative.all(sentence.low)
    placed += [day for match in matches if (day := _relative(sentence, match, published))]
    return _unbracketed(sentence, sorted(placed, key=lambda day: day.start))


def _month_day(match: re.Match[str], published: date | None) -> Day | None:
    letter, stated = ("n", match["day2"]) if match["day2"] else ("m", match["day"])
    month = next(number for number in range(1, 13) if match[f"{letter}{number}"])
    resolved = resolve_month_day(month, int(stated), int(match["year"]) if match["year"] else None, published)
    return Day(match.start(), match.end(), *resolved) if resolved else None


def _iso_day(match: re.Match[str]) -> Day | None:
    value = iso_date(int(match["y"]), int(match["m"]), int(match["d"]))
    return Day(match.start(), match.end(), value, None) if value else None


def _weekday(sentence: Sentence, lexicon: Lexicon, match: re.Match[str], published: date | None) -> Day:
    last = lexicon.regex("time", "last").search(sentence.low[max(0, match.start() - 8) : match.start()])
    value = resolve_weekday(WEEKDAYS.index(match["weekday"].capitalize()), published, last=bool(last))
    return Day(match.start() - (5 if last else 0), match.end(), value, "weekday")


def _relative(sentence: Sentence, match: re.Match[str], published: date | None) -> Day | None:
    """Return the day of 'today', 'yesterday' or 'Friday's launch'; in a quotation 'today' is its speaker's."""
    if match["weekday"]:
        value = resolve_weekday(WEEKDAYS.index(match["weekday"].capitalize()), published)
        return Day(match.start(), match.end() - 2, value, "weekday", role="relative")
    if published is None or sentence.low.count('"', 0, match.start()) % 2:
        return None
    value = (published - _DAY if match["yesterday"] else published).isoformat()
    return Day(match.start(), match.end(), value, None, role="relative")


def _unbracketed(sentence: Sentence, found: list[Day]) -> list[Day]:
    """Drop weekdays in brackets (other zones) and join those that stand beside the date they name."""
    kept: list[Day] = []
    for day in found:
        opened = sentence.text.rfind("(", max(0, day.start - 30), day.start)
        if day.unit == "weekday" and opened >= 0 and ")" not in sentence.text[opened : day.start]:
            continue
        if kept and day.unit is None and kept[-1].unit == "weekday" and 0 <= day.start - kept[-1].end <= 5:
            kept[-1] = replace(day, start=kept[-1].start, role=kept[-1].role)
            continue
        kept.append(day)
    return kept


def _placed(sentence: Sentence, lexicon: Lexicon, day: Day) -> Day:
    """Return the date with what it dates, read from the words around it."""
    before = sentence.low[max(0, day.start - 60) : day.start]
    if day.start < dateline_end(sentence, lexicon):
        return replace(day, role="dateline")
    if lexicon.regex("time", "since").search(before):
        return replace(day, role="since")
    if lexicon.regex("time", "until").search(before):
        return replace(day, role="until")
    return replace(day, role="speech") if _dates_speech(sentence, lexicon, day, before) else day


def _dates_speech(sentence: Sentence, lexicon: Lexicon, day: Day, before: str) -> bool:
    """Say whether a date is that of a speech: 'said on Monday', 'On May 28 the North declared'."""
    after = sentence.low[day.end : day.end + 24]
    if lexicon.regex("time", "announced").search(before) or lexicon.regex("time", "announced_after").search(after):
        return True
    first = lexicon.regex("time", "first_verb")
    at_once = first.match(after.lstrip())
    if at_once:
        return at_once.lastgroup == "speech"
    if not _OPENS_CLAUSE.search(before[-40:] if len(before) >= 40 else sentence.low[: day.start]):
        return False
    verb = first.search(sentence.low, day.end, day.end + 90)
    return bool(verb and verb.lastgroup == "speech" and '"' not in sentence.low[day.end : verb.start()])


def resolve_month_day(
    month: int, day: int, year: int | None, published: date | None
) -> tuple[str, str | None] | None:
    """Return the value and unit of a day of a month: ISO where a year is stated or follows from publication."""
    if year is not None:
        value = iso_date(year, month, day)
        return (value, None) if value else None
    if published is None:
        return (f"--{month:02d}-{day:02d}", "month-day") if iso_date(2024, month, day) else None
    for back in range(-1, _LEAP_GAP + 1):
        candidate = published.year - back
        value = iso_date(candidate, month, day)
        if value and date.fromisoformat(value) <= published + _DAY:
            return value, None
    return None


def resolve_weekday(index: int, published: date | None, *, last: bool = False) -> str:
    """Return the ISO date of a weekday (Monday 0) seen from the day of publication, or its name without one."""
    if published is None:
        return WEEKDAYS[index]
    back = (published.weekday() - index) % 7
    if last:
        back = back or 7
    elif back == 6:
        back = -1
    return (published - back * _DAY).isoformat()


def resolve_day(day: int, published: date | None) -> tuple[str, str] | None:
    """Return the value and unit of a bare day of the month: the latest such day up to publication."""
    if not 1 <= day <= 31:
        return None
    if published is None:
        return f"---{day:02d}", "day-only"
    for months_back in range(4):
        year, month = divmod(published.year * 12 + published.month - 1 - months_back, 12)
        value = iso_date(year, month + 1, day)
        if value and date.fromisoformat(value) <= published + _DAY:
            return value, "day-only"
    return None


def iso_date(year: int, month: int, day: int) -> str | None:
    """Return the ISO form of a date that exists."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def long_before(day: Day, published: date | None) -> bool:
    """Say whether a date lies more than two weeks before publication: too long for what a report is about."""
    value = parse_published(day.value)
    return bool(published and value and published - value > _NEWS)


def same_day(one: str, other: str) -> bool | None:
    """Say whether two date values can be one day; None where they cannot be compared."""
    if one == other:
        return True
    for short, long in ((one, other), (other, one)):
        if short.startswith("--"):
            return _ends_alike(short, long)
        if short in WEEKDAYS:
            day = parse_published(long)
            return None if day is None else WEEKDAYS[day.weekday()] == short
    return False


def _ends_alike(short: str, long: str) -> bool | None:
    """Compare '--11-07' or '---07' with a longer date."""
    if long in WEEKDAYS:
        return None
    tail = short.lstrip("-")
    return (
        long.endswith(f"-{tail}") if len(long.lstrip("-")) >= len(tail) else short.endswith(f"-{long.lstrip('-')}")
    )
