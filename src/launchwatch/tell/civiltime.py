"""Instants in the civil time of the state that is addressed, universal time beside, in three languages.

States without summer time alone are listed: for every other state universal time is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from launchwatch.basis.instants import minute_of
from launchwatch.facts import Place
from launchwatch.tell.wording import say_day


@dataclass(frozen=True)
class CivilTime:
    """A state's civil time: hours ahead of universal time, and its name by language."""

    hours: int
    en: str
    ja: str
    ko: str


_TIMES = {
    "JPN": CivilTime(9, "JST", "日本時間", "일본 시각"),
    "KOR": CivilTime(9, "KST", "韓国時間", "한국 시각"),
    "PRK": CivilTime(9, "KST", "北朝鮮時間", "북한 시각"),
    "CHN": CivilTime(8, "CST", "中国時間", "중국 시각"),
    "TWN": CivilTime(8, "Taipei time", "台北時間", "타이베이 시각"),
    "PHL": CivilTime(8, "PHT", "フィリピン時間", "필리핀 시각"),
    "GUM": CivilTime(10, "ChST", "グアム時間", "괌 시각"),
    "MNP": CivilTime(10, "ChST", "北マリアナ時間", "북마리아나 시각"),
    "PLW": CivilTime(9, "Palau time", "パラオ時間", "팔라우 시각"),
}
"""Civil time by state (ISO 3166 alpha-3), IANA time zone database 2025; none has had summer time since 1991.

Russia and Indonesia have several times, the United States summer time: they are told universal time.
"""

STATE_NAMES = {
    "JPN": ("Japan", "日本", "일본"),
    "KOR": ("South Korea", "韓国", "한국"),
    "PRK": ("North Korea", "北朝鮮", "북한"),
    "CHN": ("China", "中国", "중국"),
    "TWN": ("Taiwan", "台湾", "대만"),
    "PHL": ("Philippines", "フィリピン", "필리핀"),
    "RUS": ("Russia", "ロシア", "러시아"),
    "USA": ("United States", "米国", "미국"),
    "GUM": ("Guam", "グアム", "괌"),
    "MNP": ("Northern Mariana Islands", "北マリアナ諸島", "북마리아나 제도"),
    "PLW": ("Palau", "パラオ", "팔라우"),
}
"""Short names of states for texts that must be short: English, Japanese, Korean."""

_UNIVERSAL = CivilTime(0, "UTC", "協定世界時", "협정 세계시")


def civil_time(places: Iterable[Place], protects: Iterable[str]) -> CivilTime:
    """Return the civil time of the addressed state: the first of `protects` among them, else any listed one."""
    states = [place.state for place in places if place.state]
    protected = list(protects)
    wanted = [*(state for state in protected if state in states or not states), *states, *protected]
    return next((_TIMES[state] for state in wanted if state in _TIMES), _UNIVERSAL)


def say_clock_of(instant_utc: str, time: CivilTime, language: str, *, past: bool = False) -> str:
    """Return hour and minute: `07:35 JST`, `7時35分`, `7시 35분`; the nearest, of what is `past` the begun one."""
    here = minute_of(instant_utc, past=past).astimezone(_zone(time))
    if language == "en":
        return f"{here:%H:%M} {time.en}"
    # Universal time is never told without its name: a reader takes a bare hour for their own.
    name = "" if time.hours else (time.ja if language == "ja" else f"{time.ko} ")
    return name + _hour(here, language)


def say_moment_of(instant_utc: str, time: CivilTime, language: str, *, past: bool = False) -> str:
    """Return day, hour and minute in civil time with universal time beside, its day too where it is another."""
    universal = minute_of(instant_utc, past=past)
    here = universal.astimezone(_zone(time))
    if not time.hours:
        return _moment(here, time, language)
    apart = here.date() != universal.date()
    beside = _moment(universal, _UNIVERSAL, language) if apart else _beside(universal, language)
    opened, closed = {"en": (" (", ")"), "ja": ("（", "）"), "ko": ("(", ")")}[language]
    return f"{_moment(here, time, language)}{opened}{beside}{closed}"


def _zone(time: CivilTime) -> timezone:
    return timezone(timedelta(hours=time.hours))


def _hour(here: datetime, language: str) -> str:
    return f"{here.hour}時{here.minute}分" if language == "ja" else f"{here.hour}시 {here.minute}분"


def _moment(here: datetime, time: CivilTime, language: str) -> str:
    if language == "en":
        return f"{here:%H:%M} {time.en} on {say_day(here.date().isoformat())}"
    if language == "ja":
        return f"{time.ja}{here.month}月{here.day}日{_hour(here, language)}"
    return f"{time.ko} {here.month}월 {here.day}일 {_hour(here, language)}"


def _beside(universal: datetime, language: str) -> str:
    if language == "en":
        return f"{universal:%H:%M} UTC"
    name = _UNIVERSAL.ja if language == "ja" else f"{_UNIVERSAL.ko} "
    return name + _hour(universal, language)
