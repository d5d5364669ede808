"""What tells one launch from another beside claims: the state that fired, and names that few reports share."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from launchwatch.facts import Claim
from launchwatch.observe.read.lexicon import lexicon_for
from launchwatch.observe.read.offices import country_forms
from launchwatch.observe.read.text import plain

_STATES = {
    "North Korea": (
        "North Korean?", "N\\. Korean?", "Pyongyang", "DPRK", "[Tt]he North(?! [A-Z])",
        "북한", "北朝鮮", "朝鮮民主主義人民共和国",
    ),
    "South Korea": ("South Korean?", "Seoul", "[Tt]he South(?! [A-Z])", "한국", "우리 군", "韓国"),
    "Russia": ("Russian?", "Moscow", "러시아", "ロシア"),
    "China": ("China|Chinese", "Beijing", "중국", "中国"),
    "Iran": ("Iran(?:ian)?", "Tehran", "이란", "イラン"),
    "India": ("Indian?(?! Ocean)", "New Delhi", "인도(?!네시아|태평양|·태평양)", "インド(?!ネシア|太平洋|洋)"),
    "Pakistan": ("Pakistani?", "Islamabad", "파키스탄", "パキスタン"),
    "Israel": ("Israeli?", "이스라엘", "イスラエル"),
    "Yemen": ("Yemeni?", "Houthis?", "예멘", "후티", "イエメン", "フーシ"),
    "United States": (
        "United States", "U\\.S\\.", "US", "American", "미국", "미군", "미 (?:공군|해군|우주군)",
        "米国", "米(?:空|海|宇宙)?軍", "アメリカ",
    ),
    "France": ("France", "French", "프랑스", "フランス"),
    "United Kingdom": ("United Kingdom", "Britain", "British", "U\\.K\\.", "UK", "영국", "英国", "イギリス"),
}  # fmt: skip
_FIRED = r"(?i:test-?(?:fir|launch)\w*|fir(?:ed?|es|ing)|launch(?:ed|es|ing)|test(?:ed|s|ing)|sen[dt])"
_PASSIVE = r"\b(?:[Ff]ired|[Ll]aunched|[Ss]hot)"
_HELD = r"(?i:missiles?|projectiles?|rockets?|launch|test)"
_OF_OTHERS = (
    "(?i:sa(?:id|ys?|ying)|report\\w*|detect\\w*|track\\w*|monitor\\w*|confirm\\w*|condemn\\w*|announc\\w*|warn\\w*|believ\\w*|"
    "estimat\\w*|assess\\w*|intercept\\w*|shot|against|that|over|after|of|to|towards?|at|into|and|when|as|from|by|told|spotted|saw|"
    "alert\\w*|respon\\w*|strik\\w*|attack\\w*|defen[cs]e\\w*)"
)
"""Words between a state and a launch that make it another's: 'South Korea said the North fired'."""
_OFFICE = r"(?:군|정부|당국|\s?반군|派|の[一-龥]{1,8}|軍|政府|側)"
_SUBJECT = rf"{_OFFICE}?(?:이|은|는|가|에서|から|が|は|による|も)(?!\s?(?:주둔|駐留))"
_SAID = r"(?:밝혔|발표|전했|따르면|규탄|탐지|포착|요격|発表|述べ|よると|探知|迎撃|非難|明らか)"
_SHOT = r"(?:발사|쏘|쐈|쏜|発射|(?<![攻反迎射])撃(?![墜破沈])|打ち上げ|試射)"
_TARGET = (
    r"(?:に|へ|を|側に|방향|[을를에]\s|군?이 주둔|軍?が駐留)"  # behind a state that another's missile goes to
)
_WEIGHTS: Final = {"fired": 2, "held": 1, "first": 2, "name": 3, "place": 2}
"""What a sign counts: a state that fires, has missiles or is told first to fire; a missile's family; the launch
area. A family outweighs a state that is said to have missiles, and yields to one that is told twice to fire."""
_FAR: Final = 60  # characters between a state and its verb at the end of a Japanese or Korean clause


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...]:
    """Return for each state what says that it fired, that it has missiles, and its name."""
    everybody = "|".join(name for names in _STATES.values() for name in names if _is_native(name))
    anybody = "|".join(name for names in _STATES.values() for name in names if not _is_native(name))
    between = rf"(?:(?!(?:{everybody})(?!{_TARGET})|{_SAID})[^.。\n]){{0,{_FAR}}}?"
    found = []
    for state, names in _STATES.items():
        latin = "|".join(name for name in names if not _is_native(name))
        native = "|".join(name for name in names if _is_native(name))
        called = rf"(?<![\w.])(?:{latin})(?!\w)"
        also = rf"(?:\s{{1,3}}and\s{{1,3}}(?:the\s)?(?:{anybody})(?!\w))?"
        near = rf"{called}(?:'s)?{also}(?:\s{{1,3}}(?!{_OF_OTHERS}\b)\w[\w-]{{0,15}}){{0,4}}?\s{{1,3}}"
        by = rf"{_PASSIVE}(?:\s{{1,3}}\w[\w-]{{0,15}}){{0,3}}?\s{{1,3}}(?:by|from)\s{{1,3}}(?:the\s)?{called}"
        fired = rf"{near}{_FIRED}\b|{by}|(?:{native}){_SUBJECT}{between}{_SHOT}"
        held = (
            rf"{near}{_HELD}\b|(?:{native})(?!{_TARGET})(?:의|の)?[^.。、,\n]{{0,12}}?(?:미사일|ミサイル|{_SHOT})"
        )
        name = rf"{called}|(?:{native})"
        found.append((state, re.compile(fired), re.compile(held), re.compile(name)))
    return tuple(found)


def _is_native(name: str) -> bool:
    return not name.isascii()


@cache
def _families() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return for each state a pattern for the names of the missiles that it fires."""
    states: dict[str, list[str]] = lexicon_for("en").table("names", "states")
    return tuple((state, re.compile("|".join(stems), re.IGNORECASE)) for state, stems in states.items())


def launching_state(text: str, claims: Sequence[Claim] = ()) -> str | None:
    """Return the state whose launch a text tells of, by English name, or None.

    Each place that says who fired counts, and of a report's claims the missile's family and the launch area. Marks
    that nobody sees part no name.
    """
    scores: Counter[str] = Counter()
    seen = plain(text).text
    first: tuple[int, str] | None = None
    for state, fired, held, name in _patterns():
        if not name.search(seen):
            continue
        places = [match.start() for match in fired.finditer(seen)]
        scores[state] += _WEIGHTS["fired"] * len(places) + _WEIGHTS["held"] * sum(1 for _ in held.finditer(seen))
        if places and (first is None or places[0] < first[0]):
            first = places[0], state
    if first:
        scores[first[1]] += _WEIGHTS["first"]
    for state, sign in _signs_in(claims):
        scores[state] += _WEIGHTS[sign]
    ranked = scores.most_common(1)
    return ranked[0][0] if ranked and ranked[0][1] else None


def _signs_in(claims: Sequence[Claim]) -> Iterator[tuple[str, str]]:
    """Yield the states of the families and launch areas that a report asserts of its launch, each once."""
    told = {
        (claim.attribute, str(claim.value))
        for claim in claims
        if claim.about == "main"
        and claim.polarity == "asserted"
        and claim.attribute in ("missile_name", "launch_area")
    }
    for attribute, value in sorted(told):
        if attribute == "missile_name":
            yield from ((state, "name") for state, family in _families() if family.match(value))
        else:
            yield from ((state, "place") for state, _, _, name in _patterns() if name.search(value))


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
