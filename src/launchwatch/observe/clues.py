"""What tells one launch from another beside claims: the state that fired, and names that few reports share."""

import re
from collections import Counter
from functools import cache

from launchwatch.observe.read.offices import country_forms

_STATES = {
    "North Korea": ("North Korean?", "Pyongyang", "DPRK", "the North", "북한", "北朝鮮", "朝鮮民主主義人民共和国"),
    "South Korea": ("South Korean?", "Seoul", "the South", "한국", "우리 군", "韓国"),
    "Russia": ("Russian?", "Moscow", "러시아", "ロシア"),
    "China": ("China|Chinese", "Beijing", "중국", "中国"),
    "Iran": ("Iran(?:ian)?", "Tehran", "이란", "イラン"),
    "India": ("Indian?", "New Delhi", "인도", "インド"),
    "Pakistan": ("Pakistani?", "Islamabad", "파키스탄", "パキスタン"),
    "Israel": ("Israeli?", "이스라엘", "イスラエル"),
    "Yemen": ("Yemeni?", "Houthis?", "예멘", "후티", "イエメン", "フーシ"),
    "United States": ("United States", "U\\.?S\\.?", "American", "미국", "米国"),
}
_ACTS = r"(?:test-?fir\w+|fir(?:ed?|es|ing)|launch\w*|test(?:ed|s|ing)?|sen[dt]|missiles?|projectiles?)"
_NEAR = r"(?:'s|’s)?(?:\s+\w[\w-]{0,15}){0,3}\s+"
_NATIVE = r"(?:이|은|는|가|의|から|が|は|の|による|も)?[^.。]{0,60}?(?:발사|쏘|쐈|미사일|発射|撃|ミサイル)"


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    found = []
    for state, names in _STATES.items():
        latin = [name for name in names if name.isascii()]
        native = [re.escape(name) for name in names if not name.isascii()]
        acts = re.compile(rf"\b(?:{'|'.join(latin)})\b{_NEAR}{_ACTS}\b", re.IGNORECASE)
        acts_native = re.compile(rf"(?:{'|'.join(native)}){_NATIVE}")
        found.append((state, acts, acts_native))
    return tuple(found)


def launching_state(text: str) -> str | None:
    """Return the state whose launch a text tells most often of, by English name, or None."""
    counts = Counter(
        {
            state: sum(1 for _ in acts.finditer(text)) + sum(1 for _ in native.finditer(text))
            for state, acts, native in _patterns()
        }
    )
    state, most = counts.most_common(1)[0]
    return state if most else None


_NAME = re.compile(r"(?<![.!?:;\n“\"] )(?<!^)\b[A-Z][a-z]{2,20}(?:[- ][A-Z][a-z]{2,20}){0,2}\b", re.MULTILINE)
_CALENDAR = """
January February March April May June July August September October November December Jan Feb Mar Apr Jun Jul Aug
Sep Sept Oct Nov Dec Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Tues Wed Thu Thur Thurs Fri
Sat Sun Today Yesterday Tomorrow"""
_GENERIC = """
North South East West Northern Southern Eastern Western Northeast Northwest Southeast Southwest Central Upper Lower
Korea Korean Koreans Asia Asian Europe European Pacific Atlantic Arabian Gulf Earth World International United
Nations Sea Ocean Bay Strait Peninsula Island Islands Coast Province County City Prefecture District Area Region
Zone Exclusive Economic Border Airport Airfield Base Site Range Station Center Centre Field
President Vice Deputy Prime Minister Premier Secretary General Chief Chiefs Cabinet Chairman Chairwoman Leader
Supreme Spokesman Spokeswoman Spokesperson Admiral Colonel Major Captain Lieutenant Ambassador Senator Professor
Joint Staff Defense Defence Foreign Affairs Ministry Department Office Agency Council Committee Command Government
Administration Assembly Parliament Party Workers People National Security State Republic Democratic Federation
Union Army Navy Air Force Forces Marine Corps Guard Guards Self Military Armed Strategic Strike Intelligence
News Press Associated Media Television Radio Times Post Daily Wire Agence France Reuters Yonhap Kyodo Xinhua
White House Pentagon Blue Kremlin Resolution Resolutions Treaty
Missile Missiles Ballistic Cruise Hypersonic Intercontinental Intermediate Medium Short Long Submarine Rocket
Projectile Satellite Launch Test Exercise Exercises Drill War Peace New Great First Second Third Last
The This That These Those There Then They Their His Her Its And But For From With About After Before During While
When Where Which Who What How Why Not Also However According"""
_COMMON_SHARE = 0.25
_MOST_TEXT = 20_000


@cache
def _common_words() -> re.Pattern[str]:
    """Return a pattern for the common words at either end of a name: months, days, countries, titles, offices."""
    countries = " ".join(country_forms("en"))
    words = sorted({*_CALENDAR.split(), *_GENERIC.split(), *re.findall(r"[A-Z][a-z]{2,}", countries)})
    word = f"(?:{'|'.join(words)})s?"
    return re.compile(rf"^{word}(?:[- ]{word}){{0,2}}(?:[- ]|$)|(?:[- ]{word}){{1,2}}$")


def proper_names(text: str) -> frozenset[str]:
    """Return the capitalised names within sentences of a text's first 20,000 characters.

    Months, weekdays, countries, titles and other common words are no names, nor parts of one.
    """
    found = {_common_words().sub("", match.group()) for match in _NAME.finditer(text[:_MOST_TEXT])}
    return frozenset(found - {""})


def distinctive_names(texts: list[str]) -> list[frozenset[str]]:
    """Return each text's names that at most a quarter of all texts share (but at least two may)."""
    names = [proper_names(text) for text in texts]
    counts = Counter(name for found in names for name in found)
    limit = max(2, int(_COMMON_SHARE * len(texts)))
    return [frozenset(name for name in found if counts[name] <= limit) for found in names]
