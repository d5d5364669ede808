"""Where it went up and where it came down, in an English sentence.

    launch  launched from the Taegwan area of North Pyongan Province; out of X; the launch took place at X
    impact  fell near the east coast; came down in the East Sea; toward the Sea of Japan; 250 km west of the island

A place is walked word by word: capitalised words, words for kinds of place and their links; it ends where the
sentence goes on to something else (a time, a direction, a verb).
"""

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from launchwatch.facts import Attribute
from launchwatch.observe.read import offices
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.pieces import Find, Quantity, Sentence

_WORD = re.compile(r"(?:[A-Z]\.){2,4}|(?:Dr|St|Mt)\.|[^\W_]+(?:['-][^\W_]+|\.\d+){0,4}'?|,|\(|\)")
_LONGEST = 160  # characters of a place; the longest in news are near 90
_REACH = 130  # characters between a launch and the place that belongs to it
_NOT_PLACE = re.compile(
    r"^(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|"
    r"Wednesday|Thursday|Friday|Saturday|Sunday|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thurs?|"
    r"Fri|Sat|Sun|Japan's exclusive|EEZ)\b"
)
_MORE_AFTER_COMMA = re.compile(
    r"\s(?:(?:[A-Z][\w-]+\s){0,3}(?:Province|County|City|Prefecture|Peninsula|region|Hokkaido)|near (?:the|its)?|"
    r"in (?:the )?(?:[A-Z]|north|south|east|west|central)|north of|south of|just|"
    r"[A-Z][a-z]+(?:[.,]|$|\s(?:at|on|around|into|toward|in the|Province)))"
)
_NO_MORE_AFTER_COMMA = re.compile(
    r"\s(?:North Korea|South Korea|Japan|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|according|The|"
    r"It|Pyongyang|Seoul|Tokyo)\b(?! Province)"
)
_BRACKET = re.compile(r"(?!EEZ|KST|GMT|JST|JCS|UTC|ICBM)[A-Z][\w ]{1,24}\)")
_LINKED = re.compile(
    r"\s(?:(?:the|its|a|an)\s)?(?:(?:far|open)\s)?(?:[A-Z]|north|south|east|west|central|border|coast|country|sea\b|ocean|bay|waters|capital)"
)
_DIRECTION = re.compile(r"\s(?:an?|the) (?:\w+ly|\w+erly|\w+ward) direction")
_AND_PLACE = re.compile(
    r"\s(?!South Korea|Japan|North Korea|The\b)(?:the )?[A-Z][\w-]+\s(?:[A-Z][\w-]+|areas?|provinces?|region)"
)
_OF_CLASS = re.compile(r"(?: \d{1,4}[a-z]?)?[ -]class\b")  # 'from a Delta IV class submarine', 'a Type 094 class'
_COMPASS = frozenset(("north", "south", "east", "west"))
_BY_COMPASS = re.compile(r"\b(?:close|next|north|south|east|west)\s$")
_BEFORE_NUMBER = (
    frozenset(("off", "near", "around", "about", "some", "along", "between", "two", "three")) | _COMPASS
)
_NEVER_LAST = frozenset(("some", "several", "just", "about", "far", "two", "three", "various", "multiple", "an"))
_NEVER_INSIDE = frozenset(["outside", "inside", "within"])


@cache
def _place_words(lexicon: Lexicon) -> frozenset[str]:
    return lexicon.words("place", "links") | lexicon.words("place", "kinds") | lexicon.words("place", "aspects")


def claims(sentence: Sentence, lexicon: Lexicon, quantities: list[Quantity]) -> list[Find]:
    """Return the launch and impact areas that a sentence names."""
    cues = launch_cues(sentence, lexicon)
    return launch_claims(sentence, lexicon, cues) + impact_claims(sentence, lexicon, quantities, cues)


def launch_claims(sentence: Sentence, lexicon: Lexicon, cues: list[int]) -> list[Find]:
    """Return the launch areas that a sentence names; `cues` are the ends of its words of launching."""
    finds = [
        _area(sentence, lexicon, "launch_area", match.end(), match.start(), "place.from")
        for match in lexicon.regex("place", "from").all(sentence.low)
        if _from_launch(sentence, lexicon, cues, match)
    ]
    finds += [
        _area(sentence, lexicon, "launch_area", match.end(), match.start(), "place.at")
        for match in lexicon.regex("place", "at").all(sentence.low)
    ]
    return distinct([find for find in finds if find])


def launch_cues(sentence: Sentence, lexicon: Lexicon) -> list[int]:
    """Return the ends of the words of launching and of missiles in a sentence."""
    return [match.end() for match in lexicon.regex("place", "launch_cue").all(sentence.low)]


def _from_launch(sentence: Sentence, lexicon: Lexicon, cues: list[int], match: re.Match[str]) -> bool:
    """Say whether 'from' tells where a launch came from."""
    low = sentence.low
    if not _governed(sentence, lexicon, cues, match.start() + 1):
        return False
    if lexicon.regex("place", "measured").search(low[max(0, match.start() - 14) : match.start()]):
        flown = lexicon.regex("place", "flown").search(low, max(0, match.start() - 50), match.start())
        return bool(flown) and lexicon.regex("place", "onward").match(low, match.end()) is not None
    return not lexicon.regex("place", "never_from").match(low, match.end())


def _governed(sentence: Sentence, lexicon: Lexicon, cues: list[int], position: int) -> bool:
    """Say whether a launch shortly before a place still governs it after the words between them."""
    near = [end for end in cues if end <= position and position - end <= _REACH]
    return bool(near) and not lexicon.regex("place", "ungoverned").search(sentence.low, near[-1], position)


def _area(
    sentence: Sentence, lexicon: Lexicon, attribute: Attribute, start: int, anchor: int, rule: str
) -> Find | None:
    end = _walk(sentence.text, lexicon, start)
    phrase = sentence.text[start:end]
    if not phrase or _NOT_PLACE.match(phrase) or _is_country(phrase) or phrase.endswith("'s"):
        return None
    low = sentence.low[start:end]
    if lexicon.regex("place", "platform").fullmatch(low) or lexicon.regex("place", "institution").first(low):
        return None
    if _OF_CLASS.match(sentence.low, end) or "-class" in low:
        return None
    kinds = set(re.findall(r"\w+", low)) & lexicon.words("place", "kinds")
    if not kinds and not re.search(r"[A-Z]", phrase):
        return None
    return Find(attribute, tidy(phrase), start, end, rule, anchor=anchor)


def _is_country(phrase: str) -> bool:
    """Say whether a place is only a country or its adjective: too wide an area, except Yemen's two powers."""
    name = re.sub(r"^(?:the|inside|within)\s+", "", phrase)
    country = offices.country_forms("en").get(name)
    return country is not None and country.form != "capital" and name != "Yemen"


class _Step(NamedTuple):
    """Where a walk over a place stands: the word, its surroundings, whether it is first and a name came before."""

    word: str
    before: str
    following: str
    first: bool
    named: bool


def _walk(text: str, lexicon: Lexicon, start: int) -> int:
    """Return where the place that begins at `start` ends."""
    links = lexicon.words("place", "links")
    end = kept = start
    for match in _WORD.finditer(text, start, start + _LONGEST):
        before, following = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 40]
        named = any(letter.isupper() for letter in text[start:end])
        step = _Step(match[0], before, following, end == start, named)
        if text[end : match.start()].strip() or not _goes_on(step, lexicon):
            break
        end = match.end()
        if match[0] not in {",", "("} and match[0].casefold() not in links | _NEVER_LAST:
            kept = end
    return kept


def _goes_on(step: _Step, lexicon: Lexicon) -> bool:
    """Say whether a word belongs to the place that is being walked."""
    word = step.word.casefold()
    special = _SPECIAL.get(word)
    if special:
        return special(step)
    if word in _place_words(lexicon) or re.sub(r"'s?$", "", word) in lexicon.words("place", "kinds"):
        number = word in _BEFORE_NUMBER and re.match(r"\s\d", step.following)
        return not number and (step.first or word not in _NEVER_INSIDE or step.before.endswith(" area "))
    return step.word[:1].isupper() and not _NOT_PLACE.match(step.word)


def _after_comma(step: _Step) -> bool:
    if step.first or _NO_MORE_AFTER_COMMA.match(step.following):
        return False
    return bool(_MORE_AFTER_COMMA.match(step.following))


def _linked(step: _Step) -> bool:
    """Say whether a place goes on after 'in', 'on' or 'at'."""
    if step.first or _NOT_PLACE.match(step.following.lstrip()):
        return False
    return bool(_LINKED.match(step.following)) and not _DIRECTION.match(step.following)


_SPECIAL: dict[str, Callable[[_Step], bool]] = {
    ",": _after_comma,
    "(": lambda step: bool(_BRACKET.match(step.following)),
    ")": lambda step: "(" in step.before,
    "to": lambda step: not step.first and bool(_BY_COMPASS.search(step.before)),
    "in": _linked,
    "on": _linked,
    "at": lambda step: not step.named and _linked(step),
    "and": lambda step: bool(_AND_PLACE.match(step.following)),
}


def tidy(phrase: str) -> str:
    """Return a place in its short form: no article, 'the X area of Y' as 'X, Y'."""
    name = r"(?P<name>[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,3})"
    phrase = re.sub(r"^(?:[Tt]he|[Aa]n?|[Ii]ts|around the)\s+", "", phrase.strip(" ,"))
    phrase = re.sub(
        r"^(?:area|place|site|location|spot|point) (?:in|of|on|near|around) (?:the )?(?=\S)", "", phrase
    )
    phrase = re.sub(rf"^{name} (?:area|region)s?(?:,| of| in)? (?=[A-Z])", r"\g<name>, ", phrase)
    phrase = re.sub(rf"^{name} (?:area|region)$", r"\g<name>", phrase)
    return re.sub(r" in (?=[A-Z][\w-]+(?: [A-Z][\w-]+){0,3} Province)", ", ", phrase)


def impact_claims(sentence: Sentence, lexicon: Lexicon, quantities: list[Quantity], cues: list[int]) -> list[Find]:
    """Return the impact areas, offsets from a place included, that a sentence names."""
    finds = [_offset(sentence, lexicon, one) for one in quantities if one.dimension == "length"]
    finds += _landed(sentence, lexicon)
    finds += [
        _toward(sentence, lexicon, cues, match) for match in lexicon.regex("place", "toward").all(sentence.low)
    ]
    to_place = lexicon.cased(lexicon.table("place", "to_place"))
    for match in lexicon.regex("place", "to").all(sentence.low):
        if to_place.match(sentence.text, match.end()):
            finds.append(_impact(sentence, lexicon, match.end(), match.start(), "place.to"))
    return distinct([find for find in finds if find])


def _landed(sentence: Sentence, lexicon: Lexicon) -> list[Find | None]:
    """Return the areas named with a verb of falling, right after it or after the zone in which it fell."""
    dropped = lexicon.words("place", "dropped")
    finds = [
        _impact(
            sentence,
            lexicon,
            match.end() if match["prep"] in dropped else match.start("prep"),
            match.start(),
            "place.landed",
        )
        for match in lexicon.regex("place", "impact").all(sentence.low)
    ]
    finds += [
        _impact(sentence, lexicon, match.end(), match.start(), "place.struck")
        for match in lexicon.regex("place", "struck").all(sentence.low)
    ]
    if lexicon.regex("place", "landed_word").first(sentence.low):
        finds += [
            _impact(sentence, lexicon, match.end(), match.start(), "place.struck")
            for match in lexicon.regex("place", "struck_named").all(sentence.low)
            if sentence.text[match.end() : match.end() + 1].isupper()
        ]
        for match in lexicon.regex("place", "after_zone").all(sentence.low):
            start = match.end() if match["prep"] == "in" else match.start("prep")
            finds.append(_impact(sentence, lexicon, start, match.start(), "place.after-zone"))
    return finds


def _toward(sentence: Sentence, lexicon: Lexicon, cues: list[int], match: re.Match[str]) -> Find | None:
    """Return the sea or area toward, into or off which a missile was launched."""
    passing = lexicon.regex("place", "passing").search(sentence.low[max(0, match.start() - 12) : match.start()])
    if passing or not _governed(sentence, lexicon, cues, match.start()):
        return None
    if _aimed(sentence, lexicon, match):
        return _impact(sentence, lexicon, match.end(), match.start(), "place.aimed")
    if match["prep"] == "at" and " from " not in sentence.low[: match.start()]:
        return None  # 'tested at the range' tells the launch site
    off = match["prep"].startswith("off")
    if off and not lexicon.regex("place", "own_coast").match(sentence.low, match.end()):
        return _launched_off(sentence, lexicon, match)
    find = _impact(sentence, lexicon, match.start() if off else match.end(), match.start(), "place.toward")
    return find if find and lexicon.regex("place", "sea").search(sentence.low, find.start, find.end) else None


def _aimed(sentence: Sentence, lexicon: Lexicon, match: re.Match[str]) -> bool:
    """Say whether a missile is sent at a named place: 'fired a missile at Riyadh', 'toward the capital Riyadh'."""
    if match["prep"].startswith("off") or not sentence.text[match.end() : match.end() + 1].isupper():
        return False
    return bool(lexicon.regex("place", "aimed").search(sentence.low, max(0, match.start() - 24), match.start()))


def _launched_off(sentence: Sentence, lexicon: Lexicon, match: re.Match[str]) -> Find | None:
    """Return the launch area of a test 'off Abdul Kalam Island', unless 'from' names one before it."""
    before = sentence.low[max(0, match.start() - 60) : match.start()]
    if re.search(r"\bfrom\b|\b(?:sea|waters|ocean|bay|coast)\s*$", before):
        return None
    if lexicon.regex("place", "landed_word").search(before):
        return None
    return _area(sentence, lexicon, "launch_area", match.start(), match.start(), "place.off")


def _impact(sentence: Sentence, lexicon: Lexicon, start: int, anchor: int, rule: str) -> Find | None:
    clause = re.split(
        r"[;]|, (?:and|but|while|was|were|is|are)\b", sentence.low[max(0, anchor - 80) : anchor + 6]
    )[-1]
    if lexicon.regex("verbs", "pieces").search(clause) or lexicon.regex("place", "unreal").search(clause[-45:]):
        return None
    find = _area(sentence, lexicon, "impact_area", start, anchor, rule)
    if find is None or lexicon.regex("place", "zone_after").match(sentence.low, find.end):
        return None
    bare = lexicon.regex("place", "bare").fullmatch(sentence.low, find.start, find.end)
    return (
        None
        if bare
        and re.match(
            r" (?:outside|within|inside|that|about|some|around|roughly|approximately|\d+)\b",
            sentence.low[find.end :],
        )
        else find
    )


def _offset(sentence: Sentence, lexicon: Lexicon, one: Quantity) -> Find | None:
    """Return the impact area told as a distance from a place: '250 km northwest of the island'."""
    match = lexicon.regex("place", "offset").match(sentence.low, one.inner_end)
    before = sentence.low[max(0, one.start - 110) : one.start]
    if not match or not lexicon.regex("place", "landed_word").search(before):
        return None
    if lexicon.regex("verbs", "pieces").search(before) or re.search(r"\b(?:flew|travel\w+|covered)\s+$", before):
        return None
    end = _walk(sentence.text, lexicon, match.end())
    if end <= match.end():
        return None
    return Find("impact_area", sentence.text[one.start : end], one.start, end, "place.offset", anchor=one.place)


def distinct(finds: list[Find]) -> list[Find]:
    """Drop areas that lie inside another one of the same kind and sentence."""
    kept: list[Find] = []
    for find in sorted(finds, key=lambda one: (one.start, -one.end)):
        same = [other for other in kept if other.attribute == find.attribute]
        if not any(other.start <= find.start and find.end <= other.end for other in same):
            kept.append(find)
    return kept
