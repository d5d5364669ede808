"""Clock times in English, and whether they tell a launch, a landing or something else.

launch    went up at about 3 p.m.; detected at around 13:50; between 7:44 and 8:22 a.m.
landing   came down at around 9:37 a.m.
other     announced at 12:40; fragments detected at 10:46 p.m.; an alert at 7:55
"""

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Clock, Find, Sentence

_BETWEEN = re.compile(r"\bbetween (?:about |around )?$")
_RESTATED = re.compile(r"[^()]{0,14}[(/]\s*[^()]{0,8}|,?\s*or\s+")
_JOINED = re.compile(r"\s*(?:,|and|, and|,?\s*on \w+\s*and)\s*(?:at |around |about )?")
_OPENS_CLAUSE = re.compile(r"\bthat(?: (?:at|from|between|around|about|on \w+)){0,3}\s*$")
_CLAUSE = re.compile(r"[;]|, (?:and|but|while)\b")
_LEFT, _RIGHT = 160, 110  # characters within which the verb that a time belongs to stands before or after it

Place = tuple[int, int, str]


def _time(hour: str, minute: str, half: str) -> str:
    return rf"(?P<{hour}>[0-5]?\d)(?:[:.h](?P<{minute}>[0-5]\d))?(?:\s?(?P<{half}>[ap])\.?\s?m\b\.?)?"


@cache
def _pattern(lexicon: Lexicon) -> Pattern:
    """Return the pattern of '7:25-37 p.m.', '7 a.m.', '13:50', '0335 GMT', '7.10am', '1900 hours', 'noon'."""
    second = rf"(?:\s?(?P<join>-|~|to|and|until)\s?{_time('h2', 'm2', 'p2')})?"
    whole = rf"(?<![\d:.,$]){_time('h', 'm', 'p')}{second}(?![\d:%]|,\d)"
    followed = r"(?=\s?(?:hours|hrs|gmt|utc|z\b|kst|jst|ist|local))(?:\s?(?:hours|hrs))?"
    military = rf"(?<![\d:.,$])(?P<hhmm>[0-2]\d[0-5]\d){followed}"
    words = r"\b(?P<word>noon|midnight)\b"
    zone = rf"(?:\s*\(?\s*(?P<zone>{lexicon.table('time', 'zones')})\b(?!-)\)?)?"
    return lexicon.compile(rf"(?:{military}|{words}|{whole}){zone}")


def clocks(sentence: Sentence, lexicon: Lexicon) -> list[Clock]:
    """Return the clock times of an English sentence; restatements in another zone are left out."""
    found: list[Clock] = []
    for match in _pattern(lexicon).all(sentence.low):
        for clock in _clocks(sentence, lexicon, match):
            if not (found and _restates(sentence, found[-1], clock)):
                found.append(clock)
    return found


def _restates(sentence: Sentence, before: Clock, clock: Clock) -> bool:
    gap = sentence.low[before.end : clock.place]
    return bool(_RESTATED.fullmatch(gap)) and bool(clock.zone or "(" in gap)


def _clocks(sentence: Sentence, lexicon: Lexicon, match: re.Match[str]) -> list[Clock]:
    """Return the clock of one match, or the two that 'and' joins where it is no span of time."""
    low = _first(match)
    if low is None:
        return []
    zone = _zone(lexicon, match["zone"], sentence.text[match.start("zone") : match.end("zone")])
    qualifier, start = _qualifier(sentence, lexicon, match.start())
    high = _second(match) if match["h2"] else None
    if (
        high
        and match["join"] == "and"
        and not _BETWEEN.search(sentence.low[max(0, match.start() - 20) : match.start()])
    ):
        return _both(match, Clock(start, match.start(), match.start("join"), low, None, zone, qualifier), high)
    if low == high:
        high = None
    return [Clock(start, match.start(), match.end(), low, high, zone, "range" if high else qualifier)]


def _both(match: re.Match[str], first: Clock, high: str) -> list[Clock]:
    if not (match["m2"] or match["p2"]):
        return [first]
    return [first, Clock(match.start("h2"), match.start("h2"), match.end(), high, None, first.zone, "exact")]


def _first(match: re.Match[str]) -> str | None:
    """Return the first time of a match as 'HH:MM', or None where it is no clock time."""
    if match["word"]:
        return "12:00" if match["word"] == "noon" else "00:00"
    if match["hhmm"]:
        return _hhmm(int(match["hhmm"][:2]), int(match["hhmm"][2:]), None)
    half = match["p"] or match["p2"]
    if match["m"] is None and half is None:
        return None
    if match["m"] is None and match["p"] is None and not match["h2"]:
        return None
    pointed = match["m"] is not None and match[0][match.end("h") - match.start()] == "."
    if pointed and half is None and not match["zone"]:
        return None
    return _hhmm(int(match["h"]), int(match["m"] or 0), half)


def _second(match: re.Match[str]) -> str | None:
    """Return the second time of 'between 7:44 and 8:22 a.m.' or of '7:25-37 p.m.' (minutes alone)."""
    half = match["p2"] or match["p"]
    if match["m2"] is None and match["m"] is not None and match["join"] in {"-", "~"}:
        return _hhmm(int(match["h"]), int(match["h2"]), half)
    if match["m2"] is None and not half:
        return None
    return _hhmm(int(match["h2"]), int(match["m2"] or 0), half)


def _hhmm(hour: int, minute: int, half: str | None) -> str | None:
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None


def _zone(lexicon: Lexicon, low: str | None, stated: str) -> str | None:
    """Return the zone that a time names, or None for the launch site's own civil time."""
    return None if low is None or lexicon.regex("time", "own_zone").fullmatch(low) else stated


def _qualifier(sentence: Sentence, lexicon: Lexicon, place: int) -> tuple[str, int]:
    window = sentence.low[max(0, place - 24) : place]
    match = lexicon.regex("time", "about").search(window)
    return ("about", place - len(window) + match.start()) if match else ("exact", place)


@cache
def _cues(lexicon: Lexicon) -> Pattern:
    verbs = lexicon.table("verbs")
    launch = "|".join(verbs[name] for name in ("launch", "lift", "detect", "nominal"))
    return lexicon.compile(
        rf"\b(?:(?P<land>{verbs['land']})|(?P<launch>{launch})|(?P<other>{verbs['announce']}))\b"
    )


def claims(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the launch and landing times of an English sentence."""
    found = clocks(sentence, lexicon)
    if not found:
        return []
    places = [
        (match.start(), match.end(), match.lastgroup or "other") for match in _cues(lexicon).all(sentence.low)
    ]
    finds = [_find(clock, _role(sentence, lexicon, clock, places)) for clock in found]
    return _numbered(sentence, [find for find in finds if find])


def _role(sentence: Sentence, lexicon: Lexicon, clock: Clock, places: list[Place]) -> str:
    """Return 'launch', 'land' or 'other' for a clock time by its nearest verb, to the left first."""
    nearest = _nearest(sentence, clock, places)
    if nearest is None:
        return "other"
    clause = sentence.low[max(0, min(nearest[0], clock.start) - 60) : clock.start]
    pieces = lexicon.regex("verbs", "pieces").search(re.split(r"[.;]", clause)[-1])
    return "other" if nearest[2] == "launch" and pieces else nearest[2]


def _nearest(sentence: Sentence, clock: Clock, places: list[Place]) -> Place | None:
    left = [place for place in places if place[1] <= clock.start]
    right = [place for place in places if place[0] >= clock.end]
    opens = _OPENS_CLAUSE.search(sentence.low[max(0, clock.start - 40) : clock.start])
    if opens and right and right[0][0] - clock.end <= _RIGHT:
        return right[0]  # 'said that at 7 a.m. it launched': the time belongs to what is said
    if left and clock.start - left[-1][1] <= _LEFT and not _CLAUSE.search(sentence.low, left[-1][1], clock.start):
        return left[-1]
    if right and right[0][0] - clock.end <= _RIGHT:
        return right[0]
    return left[-1] if left else None


def _find(clock: Clock, role: str) -> Find | None:
    if role == "other":
        return None
    value = clock.low if clock.high is None else (clock.low, clock.high)
    return Find(
        "launch_time" if role == "launch" else "landing_time", value, clock.start, clock.end, f"clock.{role}",
        unit=clock.zone, qualifier=clock.qualifier, anchor=clock.place,
    )  # fmt: skip


def _numbered(sentence: Sentence, finds: list[Find]) -> list[Find]:
    """Give numbers to coordinated times of one kind, as those of the objects of a salvo."""
    if len(finds) < 2 or len({find.attribute for find in finds}) != 1:
        return finds
    if not all(_JOINED.fullmatch(sentence.low[one.end : other.start]) for one, other in pairwise(finds)):
        return finds
    return [replace(find, item=number) for number, find in enumerate(finds, 1)]
