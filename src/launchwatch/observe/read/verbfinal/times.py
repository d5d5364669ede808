"""Dates and clock times in Japanese and Korean, and what they tell.

The verb that decides stands to the right: '午前7時50分ごろ…発射した' is a launch, '午後0時40分ごろ発表した' is
not.
"""

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

from launchwatch.facts import Attribute
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.moments import resolve_day, resolve_month_day
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Clock, Day, Find, Sentence

_NEWS_AGE = range(1, 4)  # days from a launch to a statement on it; longer ones tell of two launches
_TO_MINUTES = re.compile(
    r"\s?(?:から|부터|~|-)\s?(?P<m>\d{1,2})\s?[分분](?:ごろ|頃|께|경|쯤)?(?=に|の|まで|、|까지|사이|\s)"
)
_DATELINE = re.compile(r"[【\[(][^】\])]{0,40}[】\])]")
_MINUTES = re.compile(r"(?:과|와|,|と|、)\s?(?P<m>\d{1,2})\s?[분分](?P<about>께|경|쯤|ごろ|頃)?")


def days(sentence: Sentence, lexicon: Lexicon, published: date | None) -> list[Day]:
    """Return the dates of a sentence with what they date."""
    found = []
    dateline = _dateline_end(sentence)
    for match in lexicon.regex("time", "date").all(sentence.low):
        value = _value(match, lexicon, published)
        if match.start() < dateline:
            continue
        if value and not lexicon.regex("time", "other_zone").search(sentence.low[: match.start()][-10:]):
            found.append(_placed(sentence, lexicon, Day(match.start(), match.end(), *value)))
    found = [_reported(sentence, lexicon, day) for day in found]
    return _spoken_first(sentence, lexicon, found) or _relative(sentence, lexicon, published)


def _reported(sentence: Sentence, lexicon: Lexicon, day: Day) -> Day:
    """Return a date right behind a medium as that of its report: '조선중앙통신은 29일 …고 보도했다'."""
    medium = lexicon.regex("time", "reporter").search(sentence.low[max(0, day.start - 12) : day.start])
    told = medium and lexicon.regex("time", "reported").search(sentence.low, day.end)
    return replace(day, role="speech") if told and day.role == "event" else day


def _dateline_end(sentence: Sentence) -> int:
    """Return where a dateline in brackets ends that opens a sentence ('【1月12日 AFP】'), or 0."""
    match = _DATELINE.match(sentence.low)
    return match.end() if match else 0


def _spoken_first(sentence: Sentence, lexicon: Lexicon, found: list[Day]) -> list[Day]:
    """Tell the day of a statement from that of the launch behind it: '합참은 16일 "북한이 15일 …"'."""
    for index, (one, after) in enumerate(pairwise(found)):
        if one.role == after.role == "event" and _days_before(after.value, one.value) in _NEWS_AGE:
            topic = lexicon.regex("time", "speaker_before").search(sentence.low[: one.start])
            if topic and lexicon.regex("speech", "verb").search(sentence.low, after.end):
                found[index] = replace(one, role="speech")
    return found


def _days_before(earlier: str, later: str) -> int:
    """Return how many days lie between two values of one form, 0 where that cannot be told."""
    if earlier[:1] == later[:1] == "-":
        return int(later[-2:]) - int(earlier[-2:]) if earlier[:-2] == later[:-2] else 0
    if "-" in (earlier[:1], later[:1]):
        return 0
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def _relative(sentence: Sentence, lexicon: Lexicon, published: date | None) -> list[Day]:
    """Return 'today' and 'yesterday' as seen from the day of publication."""
    if published is None:
        return []
    return [
        Day(
            match.start(), match.end(), (published - timedelta(days=bool(match["before"]))).isoformat(), "relative"
        )
        for match in lexicon.regex("time", "relative").all(sentence.low)
    ]


def _value(match: re.Match[str], lexicon: Lexicon, published: date | None) -> tuple[str, str | None] | None:
    """Return the value and unit of a date, filling year and month from publication where the text says which."""
    year = int(match["year"]) if match["year"] else _era_year(match, lexicon)
    month = int(match["month"]) if match["month"] else None
    if published and year is None and (match["lastyear"] or match["thisyear"]):
        year = published.year - (1 if match["lastyear"] else 0)
    if published and month is None and (match["lastmonth"] or match["thismonth"]):
        back = published.year * 12 + published.month - 1 - (1 if match["lastmonth"] else 0)
        year, month = back // 12, back % 12 + 1
    if month is None:
        return resolve_day(int(match["day"]), published)
    return resolve_month_day(month, int(match["day"]), year, published)


def _era_year(match: re.Match[str], lexicon: Lexicon) -> int | None:
    """Return the year of a Japanese era: '令和3年' is 2021, '令和元年' 2019."""
    groups = match.groupdict()
    if not groups.get("era"):
        return None
    before_first: int = lexicon.table("time", "eras")[groups["era"]]
    return before_first + (1 if groups["reign"] == "元" else int(groups["reign"]))


def _placed(sentence: Sentence, lexicon: Lexicon, day: Day) -> Day:
    after = sentence.low[day.end : day.end + 30]
    if lexicon.regex("time", "since").match(after):
        return replace(day, role="since")
    if "speech" in lexicon.table("time") and lexicon.regex("time", "speech").match(after):
        return replace(day, role="speech")
    return day


def clocks(sentence: Sentence, lexicon: Lexicon) -> list[Clock]:
    """Return the clock times of a sentence; 'A から B' is one span of time."""
    found = [_noon(match) for match in lexicon.regex("time", "noon").all(sentence.low)]
    half = None
    for match in lexicon.regex("time", "clock").all(sentence.low):
        half = match["half"] or half
        clock = _clock(lexicon, match, half)
        if clock is None:
            continue
        if found and _ends_span(sentence, lexicon, found[-1], clock):
            found[-1] = replace(found[-1], end=clock.end, high=clock.low, qualifier="range")
            continue
        clock = _to_minutes(sentence, match, clock)
        found += [clock, *_minutes_after(sentence, match, clock)]
    found += _same_hour(sentence, lexicon, found)
    return sorted(found, key=lambda clock: clock.start)


def _to_minutes(sentence: Sentence, match: re.Match[str], clock: Clock) -> Clock:
    """Return a clock time with the end of its span where that leaves out its hour: '11時40分ごろから50分ごろ'."""
    last = _TO_MINUTES.match(sentence.low, match.end())
    if not last or not match["m"] or not int(match["m"]) < int(last["m"]) <= 59:
        return clock
    return replace(clock, end=last.end(), high=f"{clock.low[:2]}:{int(last['m']):02d}", qualifier="range")


def _same_hour(sentence: Sentence, lexicon: Lexicon, found: list[Clock]) -> list[Clock]:
    """Return the times that leave out an hour told before: '午前7時10分ごろ…同27分ごろ'."""
    more = []
    for match in lexicon.regex("time", "same_hour").all(sentence.low):
        hours = [clock.low[:2] for clock in found if clock.end <= match.start()]
        if hours and int(match["m"]) <= 59:
            about = "about" if match["about"] else "exact"
            low = f"{hours[-1]}:{int(match['m']):02d}"
            more.append(Clock(match.start(), match.start(), match.end(), low, None, None, about))
    return more


def _noon(match: re.Match[str]) -> Clock:
    about = "exact" if len(match[0]) == 2 else "about"
    return Clock(match.start(), match.start(), match.end(), "12:00", None, None, about)


def _ends_span(sentence: Sentence, lexicon: Lexicon, before: Clock, clock: Clock) -> bool:
    gap = sentence.low[before.end : clock.start]
    return before.high is None and bool(lexicon.regex("time", "span").match(gap))


def _clock(lexicon: Lexicon, match: re.Match[str], half: str | None) -> Clock | None:
    hour, minute = int(match["h"]), int(match["m"] or (30 if match["mid"] else 0))
    if half in lexicon.table("time", "pm") and hour < 12:
        hour += 12
    elif half in lexicon.table("time", "am") and hour == 12:
        hour = 0
    if hour > 23 or minute > 59:
        return None
    end = match.start() + len(match[0].rstrip())
    about = "about" if match["about"] else "exact"
    return Clock(match.start(), match.start(), end, f"{hour:02d}:{minute:02d}", None, None, about)


def _minutes_after(sentence: Sentence, match: re.Match[str], clock: Clock) -> list[Clock]:
    """Return the second time of '4시 35분과 38분', which leaves out its hour."""
    more = _MINUTES.match(sentence.low, match.end())
    if not more or int(more["m"]) > 59 or not match["m"]:
        return []
    about = "about" if more["about"] else clock.qualifier
    return [
        Clock(
            more.start("m"),
            more.start("m"),
            more.end(),
            f"{clock.low[:2]}:{int(more['m']):02d}",
            None,
            None,
            about,
        )
    ]


@cache
def _verbs(lexicon: Lexicon) -> Pattern:
    return lexicon.compile(
        "(?P<announced>{time.announced_launch})|(?P<launch>{verbs.launch})|(?P<land>{verbs.land})|(?P<other>{verbs.announce})"
    )


def claims(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the launch and landing times of a sentence."""
    finds = [_find(sentence, lexicon, clock) for clock in clocks(sentence, lexicon)]
    return _numbered(sentence, lexicon, [find for find in finds if find])


def _find(sentence: Sentence, lexicon: Lexicon, clock: Clock) -> Find | None:
    told = _told(sentence, lexicon, clock)
    if told is None:
        return None
    value = clock.low if clock.high is None else (clock.low, clock.high)
    attribute: Attribute = "launch_time" if told == "launch" else "landing_time"
    return Find(attribute, value, clock.start, clock.end, f"clock.{told}", qualifier=clock.qualifier)


def _told(sentence: Sentence, lexicon: Lexicon, clock: Clock) -> str | None:
    """Return 'launch' or 'land', by the noun before a clock time ('発射時刻は') or the first verb after it."""
    for told, name in (("launch", "launched_at"), ("land", "landed_at")):
        if lexicon.regex("time", name).search(sentence.low[max(0, clock.start - 28) : clock.start]):
            return told
    if lexicon.regex("time", "after_quote").search(sentence.low[max(0, clock.start - 10) : clock.start]):
        return None  # '…発射されたとして午後0時38分に警報を出した'
    verb = _verbs(lexicon).search(sentence.low, clock.end)
    if verb is None or verb.lastgroup in ("announced", "other"):
        return None
    if lexicon.regex("verbs", "pieces").search(sentence.low, max(0, clock.start - 12), verb.start()):
        return None
    return verb.lastgroup


def _numbered(sentence: Sentence, lexicon: Lexicon, finds: list[Find]) -> list[Find]:
    """Give numbers to coordinated times of one kind, as those of the objects of a salvo."""
    if len(finds) < 2 or len({find.attribute for find in finds}) != 1:
        return finds
    if not all(
        lexicon.regex("time", "join").match(sentence.low[one.end : other.start]) for one, other in pairwise(finds)
    ):
        return finds
    return [replace(find, item=number) for number, find in enumerate(finds, 1)]
