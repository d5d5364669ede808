"""Which parts of a sentence tell of an earlier launch.

An earlier launch shows by a word of the past ('last month', 'the last such firing'), by a date or year that is not
the main one, by 'since' and 'following', or by going on from a sentence that told of one. In Japanese and Korean
'since' stands behind what it dates ('발사한 이후', '発射して以来'): what is past lies before it.
"""

import re
from datetime import timedelta
from typing import NamedTuple

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.moments import Calendar, long_before, parse_published, same_day
from launchwatch.observe.read.pieces import Day, Sentence

_NEWS_AFTER = 45  # characters from 'fired' to 'last week'
_TOPIC = re.compile("[、,はも]|[은는도] ")
_COMPARED = 24  # characters from a date to the word that only compares ('지난 7월 12일 발사 때와 비슷하게')
_MARKS = (",", "、", ";", "--", "(", ")")


class Past(NamedTuple):
    """The stretches of a sentence that tell of earlier launches; `whole` says that all of it does."""

    stretches: tuple[tuple[int, int], ...]
    whole: bool

    def holds(self, position: int) -> bool:
        """Say whether a place lies in one of the stretches."""
        return any(start <= position < end for start, end in self.stretches)


def past_of(
    sentence: Sentence, lexicon: Lexicon, days: list[Day], calendar: Calendar, before: Past | None
) -> Past:
    """Return what of a sentence is past, given the main day and the sentence before it."""
    low = sentence.low
    now = _tells_main_day(sentence, lexicon, days, calendar.main)
    spoken = any(day.role == "speech" for day in days)
    cues = [
        match.start() for match in past_words(sentence, lexicon) if not (spoken and _day_before(match, lexicon))
    ]
    years = lexicon.regex("past", "year").all(low)
    cues += [match.start() for match in years if _earlier_year(match["year"], calendar)]
    cues += _other_months(low, lexicon, calendar)
    cues += [
        day.start
        for day in days
        if day.role == "event"
        and _another_day(day, calendar)
        and not (lexicon.language == "en" and _later(day, calendar))
        and not in_western_zone(sentence, lexicon, day, calendar)
        and not _overnight(sentence, lexicon, day, calendar)
    ]
    cues += [day.start for day in days if relative_before(day, calendar)]
    sinces = [day.start for day in days if day.role == "since"]
    if lexicon.language == "en":
        onward = [(match.start(), _onward_end(low, match)) for match in lexicon.regex("past", "onward").all(low)]
        within = {cue for cue in cues if any(start <= cue < end for start, end in onward)}
        stretches = [_clause(low, cue) if now or cue in within else (0, len(low)) for cue in cues] + onward
        stretches += [(max(0, low.rfind("since", 0, start)), len(low)) for start in sinces]
    else:
        stretches = _verb_final(low, lexicon, cues, sinces, now=now)
    if before and before.whole and not now and lexicon.regex("past", "continues").first(low):
        stretches.append((0, len(low)))
    return Past(tuple(stretches), whole=(0, len(low)) in stretches)


def past_words(sentence: Sentence, lexicon: Lexicon) -> list[re.Match[str]]:
    """Return the words of a sentence that tell of an earlier launch."""
    found = lexicon.regex("past", "whole").all(sentence.low)
    return [match for match in found if not (sentence.opens and _is_news(sentence, lexicon, match))]


def _is_news(sentence: Sentence, lexicon: Lexicon, match: re.Match[str]) -> bool:
    """Say whether words for a past time date the launch that a report opens with: 'fired a Scud last week'."""
    if "news" not in lexicon.table("past"):
        return False
    if match[0] in lexicon.words("past", "news"):
        return True
    before = sentence.low[max(0, match.start() - _NEWS_AFTER) : match.start()]
    after_launch = match[0] in lexicon.words("past", "news_after_launch")
    return after_launch and lexicon.regex("verbs", "launch").search(before) is not None


def _day_before(match: re.Match[str], lexicon: Lexicon) -> bool:
    """Say whether words tell the day of the launch where its announcement is dated: 'said on Friday of the …'."""
    return "day_before" in lexicon.table("past") and match[0] in lexicon.words("past", "day_before")


def _verb_final(
    low: str, lexicon: Lexicon, cues: list[int], sinces: list[int], *, now: bool
) -> list[tuple[int, int]]:
    """Return what of a Japanese or Korean sentence is past: from a cue to the 'since' behind it, if any."""
    ends = [match.end() for match in lexicon.regex("past", "onward").all(low)]
    stretches = [match.span() for match in lexicon.regex("past", "general").all(low)]
    if stretches and not now:
        return [(0, len(low))]
    for cue in cues:
        compared = lexicon.regex("past", "compared").search(low, cue, cue + _COMPARED)
        if compared and lexicon.regex("verbs", "launch").search(low, compared.end()):
            stretches.append((cue, compared.end()))
            continue
        end = next((end for end in ends if end > cue), None)
        goes_on = now or (end is not None and lexicon.regex("verbs", "launch").search(low, end))
        if not goes_on:
            stretches.append((0, len(low)))
        elif end is not None:
            stretches.append((cue if now else 0, end))
        else:
            stretches.append(_clause(low, cue))
    stretches += [(start, _since_end(low, lexicon, ends, start)) for start in sinces]
    if not cues and not sinces and ends:
        topic = max((match.end() for match in _TOPIC.finditer(low, 0, ends[0])), default=0)
        launched = lexicon.regex("verbs", "launch").search(low, topic, ends[0])
        stretches += [(topic, ends[0])] if launched else []
    return stretches


def _since_end(low: str, lexicon: Lexicon, ends: list[int], start: int) -> int:
    """Return where what 'since' dates ends: at the last one if a launch stands between ('… 이후 … 발사 이후')."""
    after = [end for end in ends if end > start]
    if not after:
        return len(low)
    launched = lexicon.regex("verbs", "launch").search(low, after[0], after[-1])
    return after[-1] if launched else after[0]


def _tells_main_day(sentence: Sentence, lexicon: Lexicon, days: list[Day], main_day: str | None) -> bool:
    """Say whether a sentence names the main day as that of an event."""
    if lexicon.regex("past", "present").first(sentence.low):
        return True
    return main_day is not None and any(day.role == "event" and same_day(day.value, main_day) for day in days)


def _earlier_year(year: str, calendar: Calendar) -> bool:
    """Say whether a year is before the main one; without one to compare, a bare year tells of history."""
    main = calendar.main or (calendar.published.isoformat() if calendar.published else "")
    return not main[:4].isdigit() or year < main[:4]


def _other_months(low: str, lexicon: Lexicon, calendar: Calendar) -> list[int]:
    """Return where months without a day are named that are not the main one."""
    main = calendar.main or (calendar.published.isoformat() if calendar.published else "")
    digits = re.search(r"-(\d\d)-\d\d$", main)
    if digits is None or "month" not in lexicon.table("past"):
        return []
    this = lexicon.table("time", "months")[int(digits[1]) - 1]
    return [
        match.start()
        for match in lexicon.regex("past", "month").all(low)
        if not re.fullmatch(this, match["month"])
    ]


def _another_day(day: Day, calendar: Calendar) -> bool:
    """Say whether a date is not the main day; without one, whether it lies long before publication."""
    if calendar.main is None:
        return long_before(day, calendar.published)
    return same_day(day.value, calendar.main) is False


def _later(day: Day, calendar: Calendar) -> bool:
    """Say whether a date is after the main day and not after publication: a statement's, or one more launch's."""
    value, main = parse_published(day.value), parse_published(calendar.main)
    return bool(value and main and calendar.published and main < value <= calendar.published)


def relative_before(day: Day, calendar: Calendar) -> bool:
    """Say whether 'yesterday' or 'Friday's launch' means a day before the main one."""
    value, main = parse_published(day.value), parse_published(calendar.main)
    return day.role == "relative" and value is not None and main is not None and value < main


def in_western_zone(sentence: Sentence, lexicon: Lexicon, day: Day, calendar: Calendar) -> bool:
    """Say whether a date is the main day seen from a zone in which it was still the day before."""
    if "west" not in lexicon.table("time"):
        return False
    value, main = parse_published(day.value), parse_published(calendar.main)
    if value is None or main is None or main - value != timedelta(days=1):
        return False
    before = lexicon.regex("time", "west").search(sentence.low, max(0, day.start - 32), day.start)
    return bool(before or lexicon.regex("time", "west_after").match(sentence.low, day.end))


def _overnight(sentence: Sentence, lexicon: Lexicon, day: Day, calendar: Calendar) -> bool:
    """Say whether a date opens the night that ends on the main day: '20日夜から翌朝にかけて'."""
    if "overnight" not in lexicon.table("time"):
        return False
    value, main = parse_published(day.value), parse_published(calendar.main)
    if value is None or main is None or main - value != timedelta(days=1):
        return False
    return bool(lexicon.regex("time", "overnight").match(sentence.low[day.end : day.end + 20]))


def _clause(text: str, position: int) -> tuple[int, int]:
    """Return the clause around a place, bounded by commas, semicolons, dashes and brackets."""
    left = max(text.rfind(mark, 0, position) for mark in _MARKS)
    rights = [found for found in (text.find(mark, position) for mark in _MARKS) if found >= 0]
    return max(0, left), min(rights, default=len(text))


def _onward_end(text: str, match: re.Match[str]) -> int:
    """Return where the stretch after 'following' or 'since' ends: at the comma where it opens the sentence."""
    if match.start() > 3:
        return len(text)
    comma = text.find(",", match.end())
    return comma if comma >= 0 else len(text)
