"""Where it went up and where it came down, in a Japanese or Korean sentence.

The particle after a place tells its part: '平壌付近から' (from), '日本海へ' (toward), '동해상에 낙하' (fell in).
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from launchwatch.facts import Attribute
from launchwatch.observe.read import offices
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Find, Sentence

_FALL_REACH: Final = 60  # characters between a bearing from a place and the verb of falling
_NEAR: Final = 8  # characters between a place's particle and the verb of falling
_ON_THE_SEA = re.compile("(?<=\\S[해海])(?:상|上)$")
_ONLY_COMPASS = re.compile("[東西南北の方側]+")
_KOREAN_STOP = re.compile(
    r"(?:[이가은는을를에께경쯤로과와의여며고나던된한할인진다]|\d|발|서|지나|각각|모두|함께|날아가|넘어|지나|향해|통과해|거쳐|건너|후|뒤|까지|가량|정도|약|밤|낮|저녁|아침|[시분일월년]|오전|오후|새벽|이날|앞서|지난|전날|오늘)$"
)
_KOREAN_PLACE = re.compile(
    r"(?:[가-힣]{2,}(?:도|시|군|구|리|동|항|만|해|읍|면|국|섬|기지|비행장|발사장|공항|훈련장)|반도)의?$"
)
_KOREAN_VERB = re.compile(r"(?:시험)?(?:발사|비행|이동|도달|포착|통과|경유|향)[하해했한된돼]")
_KOREAN_LIES = re.compile(r"[가-힣]{2,10}에 (?:있는|위치한)$")
_QUOTES = ('"', "'")
_KOREAN_BREAK = re.compile(r"[.,()\"'\d]")


class _Candidate(NamedTuple):
    """A place before a particle, and where the particle ends."""

    start: int
    end: int
    after: int


def claims(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the launch and impact areas of a sentence."""
    finds = _launched(sentence, lexicon)
    if not lexicon.regex("verbs", "pieces").first(sentence.low):
        finds += [*_toward(sentence, lexicon), *_landed(sentence, lexicon), *_struck(sentence, lexicon)]
    return _distinct(finds)


@cache
def _place(lexicon: Lexicon, particle: str) -> Pattern:
    gloss = r"(?:\s?\([A-Za-z][^()]{1,40}\))?"
    return lexicon.compile(rf"(?P<place>{{place.noun}}){gloss}(?P<particle>{{place.{particle}}})")


def _candidates(sentence: Sentence, lexicon: Lexicon, particle: str, end: int) -> Iterator[_Candidate]:
    """Yield the places before a particle, up to `end`."""
    for match in _place(lexicon, particle).finditer(sentence.low, 0, end):
        start = match.start("place")
        if lexicon.language == "ko":
            start = _korean_start(sentence.low, start)
        yield _Candidate(start, match.end("place"), match.end())


def _korean_start(text: str, start: int) -> int:
    """Return where a Korean place begins, walking left over words that carry no particle."""
    for _ in range(4):
        left = text.rfind(" ", 0, max(0, start - 1)) + 1
        word = text[left:start].strip()
        if word[:1] in _QUOTES and not _KOREAN_BREAK.search(word[1:]) and not _KOREAN_STOP.search(word):
            return left + 1
        if not word or left >= start or _KOREAN_BREAK.search(word):
            return start
        lies = _KOREAN_LIES.search(text, 0, left + len(word)) if word in ("있는", "위치한") else None
        if lies:
            start = lies.start()
            continue
        if _KOREAN_VERB.match(word) or (_KOREAN_STOP.search(word) and not _KOREAN_PLACE.fullmatch(word)):
            return start
        start = left
    return start


def _area(sentence: Sentence, lexicon: Lexicon, attribute: Attribute, one: _Candidate, rule: str) -> Find | None:
    """Return a place without what stands before it (time, subject), or None where it is none."""
    start, end = one.start, one.end
    trimmed = lexicon.regex("place", "trim").match(sentence.low, start, end)
    while trimmed and trimmed.end() > start and trimmed.end() < end:
        start = trimmed.end()
        trimmed = lexicon.regex("place", "trim").match(sentence.low, start, end)
    tail = lexicon.regex("place", "tail").search(sentence.low, start, end)
    end = tail.start() if tail else end
    phrase = sentence.text[start:end]
    vague = lexicon.regex("place", "vague").fullmatch(phrase)
    if len(phrase) < 2 or vague or lexicon.regex("place", "never").search(phrase):
        return None
    value = _ON_THE_SEA.sub("", phrase)  # 'on the East Sea' is the East Sea
    return Find(attribute, value, start, end, rule)


def _launched(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    found = [*_before_launch(sentence, lexicon, "from"), *_held(sentence, lexicon)]
    areas = [_area(sentence, lexicon, "launch_area", one, "place.from") for one in found]
    return [find for find in areas if find]


def _held(sentence: Sentence, lexicon: Lexicon) -> list[_Candidate]:
    """Return the places where a launch told before them was held: '発射実験は…基地で行われた'."""
    launch = lexicon.regex("verbs", "launch").first(sentence.low)
    held = lexicon.regex("place", "held")
    found = _candidates(sentence, lexicon, "at", len(sentence.low)) if launch else ()
    return [one for one in found if launch and launch.end() <= one.start and held.match(sentence.low[one.after :])]


def _toward(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return seas toward which a missile was launched."""
    found = _before_launch(sentence, lexicon, "toward")
    areas = [_area(sentence, lexicon, "impact_area", one, "place.toward") for one in found]
    return [find for find in areas if find and _is_sea(lexicon, find)]


def _before_launch(sentence: Sentence, lexicon: Lexicon, particle: str) -> list[_Candidate]:
    """Return the places before a particle that a verb of launching follows."""
    launch = lexicon.regex("verbs", "launch")
    found = _candidates(sentence, lexicon, particle, len(sentence.low))
    return [one for one in found if launch.search(sentence.low, one.after)]


def _is_sea(lexicon: Lexicon, find: Find) -> bool:
    return bool(lexicon.regex("place", "sea").search(str(find.value)))


def _is_ground(lexicon: Lexicon, find: Find) -> bool:
    """Say whether a missile can come down there: a sea, or a place on land by its name."""
    return _is_sea(lexicon, find) or _is_land(lexicon, find)


def _is_land(lexicon: Lexicon, find: Find) -> bool:
    """Say whether a place is one on land and smaller than a country."""
    name = str(find.value)
    return bool(lexicon.regex("place", "land").search(name)) and not offices.country_of(name, lexicon.language)


def _cleft(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the place that stands behind its verb: '落下したのは朝鮮半島東側の日本海で'."""
    match = lexicon.regex("place", "cleft").first(sentence.low)
    if not match:
        return []
    one = _Candidate(match.start("place"), match.end("place"), match.end())
    find = _area(sentence, lexicon, "impact_area", one, "place.cleft")
    return [find] if find and _is_sea(lexicon, find) and not _is_zone(lexicon, find) else []


def _landed(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return where missiles fell: a bearing from a place, or the place before the particle of the verb."""
    verbs = [match.start() for match in lexicon.regex("place", "landed").all(sentence.low)]
    if not verbs:
        return []
    finds = [*_bearings(sentence, lexicon, verbs), *_cleft(sentence, lexicon)]
    if finds:
        return finds
    candidates = _candidates(sentence, lexicon, "landing", verbs[-1])
    subject = lexicon.regex("place", "subject")
    near = [
        one
        for one in candidates
        if _before(verbs, one.after, _NEAR)
        or ((fell := subject.match(sentence.low, one.after)) and _before(verbs, fell.end(), 2))
    ]
    areas = [_area(sentence, lexicon, "impact_area", one, "place.landed") for one in near]
    return [find for find in areas if find and _is_ground(lexicon, find) and not _is_zone(lexicon, find)]


def _struck(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return the places on land that a missile attacked: '미사일로 … 공항을 타격했다'."""
    if not lexicon.regex("objects", "noun").first(sentence.low):
        return []
    found = _candidates(sentence, lexicon, "struck", len(sentence.low))
    areas = [_area(sentence, lexicon, "impact_area", one, "place.struck") for one in found]
    return [find for find in areas if find and _is_land(lexicon, find)]


def _before(verbs: list[int], place: int, reach: int) -> bool:
    """Say whether a verb follows a place within reach."""
    return any(0 <= verb - place <= reach for verb in verbs)


def _bearings(sentence: Sentence, lexicon: Lexicon, verbs: list[int]) -> list[Find]:
    """Return the bearings from places that a verb of falling follows: '奥尻島の西約200キロ'."""
    finds = []
    for match in lexicon.regex("place", "relative").finditer(sentence.low, 0, verbs[-1]):
        start = _korean_start(sentence.low, match.start()) if lexicon.language == "ko" else match.start()
        stated = sentence.text[start : match.end()]
        if _before(verbs, match.end(), _FALL_REACH) and not _ONLY_COMPASS.fullmatch(stated):
            finds.append(Find("impact_area", stated, start, match.end(), "place.bearing"))
    return finds


def _is_zone(lexicon: Lexicon, find: Find) -> bool:
    return bool(lexicon.regex("place", "zone").search(str(find.value).casefold()))


def _distinct(finds: list[Find]) -> list[Find]:
    """Drop areas that overlap an earlier or longer one of the same kind."""
    kept: list[Find] = []
    for find in sorted(finds, key=lambda one: (one.start, -one.end)):
        same = [other for other in kept if other.attribute == find.attribute]
        if not any(other.start < find.end and find.start < other.end for other in same):
            kept.append(find)
    return kept
