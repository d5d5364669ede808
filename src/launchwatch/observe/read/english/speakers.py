"""Mentions of speakers in an English sentence: offices with their country, named media, countries by themselves.

An office's country stands before it, after it, or comes from its holder, its kind, the sentence or the report.
"""

import re
from functools import cache
from typing import NamedTuple

from launchwatch.observe.read import offices
from launchwatch.observe.read.lexicon import Lexicon, lexicon_for
from launchwatch.observe.read.offices import Memory, Office
from launchwatch.observe.read.pieces import Sentence, Speaker

_NEAR = 60  # characters between an office and its country
_BEFORE = re.compile(
    r"(?:'s?)?[\s-]+(?:(?:own|top|senior|elite|new|newly|acting|then|then-|official|main|central|national|general|royal|"
    r"unification|chief|deputy|vice|military|naval|army|defen[cs]e|eastern|caretaker|outgoing|interim|largest|two|ruling|state|"
    r"presidential|public)\s+){0,3}"
)
_OF = re.compile(
    r"(?:'s office)?(?:\s+[A-Z][\w'.-]{1,15}){0,4}(?:\s*\([^()]{1,20}\))?,?\s+(?:of|in|from|for|based in)\s+"
    r"(?:both\s+)?(?:the\s+)?"
)
_AND_COUNTRY = re.compile(r"\s*(?:,|and|, and)\s+(?:the\s+)?")
_AND = re.compile(
    r"(?:'s)?\s*(?:and|&|, and|as well as|along with|together with)\s+"
    r"(?:(?:from |by |with )?(?:[Tt]he )?(?:other )?)"
)
_TITLE = (
    r"(?:(?:Lt|Gen|Col|Maj|Adm|Brig|Capt|Dr|Mr|Ms|Shri|Rear|Vice|General|Colonel|Major|Admiral|Brigadier|Captain|"
    r"Lieutenant)\.?\s+){0,3}"
)
_NAME = rf"{_TITLE}(?P<name>[A-Z][\w'.-]{{0,20}}(?:\s+(?:al-|bin |el-)?[A-Z][\w'.-]{{0,20}}){{0,3}})"
_NAME_AFTER = re.compile(rf",?\s+{_NAME}")
_NAME_BEFORE = re.compile(
    rf"{_NAME}(?:\s*\([^()]{{1,20}}\))?,\s+(?:(?:the|a|an|a senior|its|South|North)\s+)?"
    r"(?:[A-Z]?[\w'-]{1,15}\s+){0,3}$"
)
_ASSUMED = frozenset(("military", "mod", "government"))  # else the launching country's
_UNNAMED_KINDS = frozenset(("officials", "mod-officials"))  # of the office named before them, else of nobody
_NEEDS_COUNTRY = frozenset(("military", "government", "media", "president"))
_HOLDS_NAMES = frozenset(("officials", "military", "mod", "media", "foreign", "jcs", "named"))
_OWNS = frozenset((" ", "'s ", "' "))
_THE_ONE = re.compile(r"(?:the )(?:officials?|sources?)")
_LED = frozenset(("government", "officials"))
_LEADER = re.compile(r"\b(?P<name>[A-Z][a-z]{1,14}) (?:administration|government)$")
_PEOPLE = re.compile(r"(?P<inside>[\w,;\"] )?\b(?P<people>[A-Z][a-z]{2,14}) $")
_DEMONYM = re.compile(r"(?!These)\w+(?:ish|ian|ese|i)")
_CITING = re.compile(r"\b(?:citing|quoting|cited|quoted)\s+(?:the|a|an|its|unnamed)?")
_UNNAMED = re.compile(r"(?:\b(?:the|its|their|local|unnamed|senior)\s+|^)$")


class Place(NamedTuple):
    """A country named in a sentence."""

    start: int
    end: int
    name: str


class Owner(NamedTuple):
    """The countries of an office and where the whole mention, countries included, stands."""

    names: tuple[str, ...]
    start: int
    end: int


def mentions(sentence: Sentence, lexicon: Lexicon, memory: Memory) -> list[Speaker]:
    """Return the speakers that a sentence mentions, in order, none overlapping."""
    places = countries(sentence.text)
    found = [
        speaker
        for match, office in offices.offices_in(sentence, lexicon)
        if (speaker := _office(sentence, places, match, office, memory))
    ]
    found += [
        Speaker(match.start(), match.end(), (match[0],), "wire", None)
        for match in offices.media_pattern("en").all(sentence.text)
    ]
    taken = _apart(sentence.text, found)
    alone = [
        Speaker(place.start, place.end, (place.name,), "country", place.name)
        for place in places
        if not any(speaker.start <= place.start < speaker.end for speaker in taken)
    ]
    return _joined(sentence.text, sorted([*taken, *alone], key=lambda speaker: speaker.start))


def countries(text: str) -> list[Place]:
    """Return the countries that a text names."""
    found = [(match, offices.country_of(match[0], "en")) for match in offices.country_pattern("en").all(text)]
    return [Place(match.start(), match.end(), name) for match, name in found if name]


def _apart(text: str, found: list[Speaker]) -> list[Speaker]:
    """Keep the longer of two mentions that overlap, and drop acronyms in brackets after their office."""
    kept: list[Speaker] = []
    for speaker in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept and _repeats(text, kept[-1], speaker):
            continue
        if kept and speaker.start < kept[-1].end:
            if speaker.end - speaker.start > kept[-1].end - kept[-1].start:
                kept[-1] = speaker
            continue
        kept.append(speaker)
    return kept


def _repeats(text: str, before: Speaker, speaker: Speaker) -> bool:
    return text[before.end : speaker.start] in {" (", "("} and text[speaker.end : speaker.end + 1] == ")"


def _office(
    sentence: Sentence, places: list[Place], match: re.Match[str], office: Office, memory: Memory
) -> Speaker | None:
    """Return the speaker of an office, or None where nothing tells whose office it is."""
    start, end = match.span()
    if office.source:
        return _named(sentence.text, places, match, office, memory)
    owner = _owner(sentence.text, places, start, end)
    the_one = office.kind == "officials" and _THE_ONE.fullmatch(sentence.low[max(0, start - 4) : end])
    if the_one and not owner.names:
        return None  # 'the official' is whoever spoke before
    stranger = None if owner.names else _stranger(sentence.text, places, match, office)
    if stranger:
        return _remembered(sentence.text, Speaker(start, end, (stranger,), office.kind, None), memory, office)
    within = owner.names or _within(sentence.text, places, match, office)
    names = within or tuple(_implied(sentence, places, match, office, memory))
    if office.kind == "media" and match[0].startswith(("state", "official")):
        return _state_media(sentence.text, owner, names, memory, office)
    unnamed = _UNNAMED.search(sentence.low[max(0, start - 10) : start])
    if not names and office.kind in _NEEDS_COUNTRY and not unnamed:
        return None
    sources = tuple(offices.canonical(name, office.kind) for name in names) or (
        offices.canonical(None, office.kind),
    )
    speaker = Speaker(owner.start, owner.end, sources, office.kind, names[0] if names else None, office.person)
    return _remembered(sentence.text, speaker, memory, office)


def _named(text: str, places: list[Place], match: re.Match[str], office: Office, memory: Memory) -> Speaker:
    """Return the speaker of an office that has one canonical name."""
    source = office.elsewhere.get(memory.last_country or "", office.source or "outlet")
    start = _with_country(text, places, match.start())
    country = offices.country_of_source(source)
    named = Speaker(start, match.end(), (source,), office.kind, country, office.person)
    if office.person:  # the pattern is the name: 'Kim Jong Un', later 'Kim'
        _keep_name(text[match.start() : match.end()], named, memory)
    return _remembered(text, named, memory, office)


def _stranger(text: str, places: list[Place], match: re.Match[str], office: Office) -> str | None:
    """Return the speaker that an office of a people or leader is whom no list has: 'Kurdish officials'."""
    if office.kind in _UNNAMED_KINDS and _of_people(text, match.start()):
        return "officials"
    leader = _leader(text, match, office)
    return "outlet" if leader and not _within(text, places, match, office) else None


def _of_people(text: str, start: int) -> bool:
    match = _PEOPLE.search(text, max(0, start - 18), start)
    if not match or match["people"] in lexicon_for("en").words("no_names", "words"):
        return False
    return bool(match["inside"]) or bool(_DEMONYM.fullmatch(match["people"]))


def _leader(text: str, match: re.Match[str], office: Office) -> str | None:
    """Return the name before 'administration' in a mention: 'officials in the Moon administration'."""
    if office.kind not in _LED:
        return None
    found = _LEADER.search(text, max(0, match.start() - 24), match.end())
    unfit = found is None or found["name"] in lexicon_for("en").words("no_names", "words")
    return None if unfit or found is None else found["name"]


def _within(text: str, places: list[Place], match: re.Match[str], office: Office) -> tuple[str, ...]:
    """Return the country that a mention of an office names or whose leader it does."""
    inside = tuple(place.name for place in places if match.start() <= place.start < match.end())
    led = lexicon_for("en").table("persons").get(_leader(text, match, office))
    return inside[:1] or ((led,) if led else ())


def _with_country(text: str, places: list[Place], start: int) -> int:
    """Return where an office starts with the country right before it: 'US Pacific Command', 'Yemen's Houthis'."""
    return next((place.start for place in places if text[place.end : start] in _OWNS), start)


def _state_media(
    text: str, owner: Owner, names: tuple[str, ...], memory: Memory, office: Office
) -> Speaker | None:
    """Return state media as a speaker of their state, the launching country's where none is named."""
    country = names[0] if names else memory.launcher
    if country is None:
        return None
    source = "KCNA" if country == "North Korea" else f"{country} state media"
    return _remembered(text, Speaker(owner.start, owner.end, (source,), "media", country), memory, office)


def _owner(text: str, places: list[Place], start: int, end: int) -> Owner:
    """Return the countries that stand right before or after an office."""
    before = [index for index, place in enumerate(places) if place.end <= start and start - place.end <= _NEAR]
    if before and _BEFORE.fullmatch(text[places[before[-1]].end : start].casefold()):
        return _preceding(text, places, before[-1], start, end)
    return _following(text, places, start, end)


def _preceding(text: str, places: list[Place], last: int, start: int, end: int) -> Owner:
    """Return the countries before an office: several only where it is plural ('Japanese and US officials')."""
    first = last
    if text[start:end].casefold().endswith(("s", "media")):
        while first and _AND_COUNTRY.fullmatch(text[places[first - 1].end : places[first].start]):
            first -= 1
    return Owner(tuple(place.name for place in places[first : last + 1]), places[first].start, end)


def _following(text: str, places: list[Place], start: int, end: int) -> Owner:
    names: list[str] = []
    last = end
    for place in places:
        if place.start < end or place.start - last > _NEAR:
            continue
        if not (_AND_COUNTRY if names else _OF).fullmatch(text[last : place.start]):
            break
        names.append(place.name)
        last = place.end
    return Owner(tuple(names), start, last)


def _implied(
    sentence: Sentence, places: list[Place], match: re.Match[str], office: Office, memory: Memory
) -> list[str]:
    """Return the country of an office that names none: from its holder, its kind, the sentence or the report."""
    holder = _NAME_AFTER.match(sentence.text[match.end() : match.end() + 60])
    if holder:
        known = _country_of_person(holder["name"].split(), memory)
        if known:
            return [known]
    capital = [place.name for place in places if place.end < match.start() and _is_capital(sentence.text, place)]
    if capital and sentence.low.startswith(("in ", "tokyo", "seoul")):
        return capital[-1:]
    if office.country:
        return [office.country]
    home = _home_of_wire(sentence.text, match.start())
    if home:
        return [home]
    if office.kind == "government" and office.person:
        return ["Japan"]
    return _remembered_country(places, office, memory)


def _home_of_wire(text: str, position: int) -> str | None:
    """Return the country of the agency that quotes an office: the military that Yonhap cites is Seoul's."""
    citing = _CITING.search(text, max(0, position - _NEAR), position)
    wires = list(offices.media_pattern("en").finditer(text, 0, citing.start())) if citing else []
    table = lexicon_for("en").table("wires")
    return table.get(wires[-1][0].split()[0]) if wires else None


def _country_of_person(words: list[str], memory: Memory) -> str | None:
    """Return the country of a person named before, or of one whom everybody knows."""
    speaker = memory.persons.get(words[-1])
    if speaker and speaker.country:
        return speaker.country
    table = lexicon_for("en").table("persons")
    return next((table[word] for word in (words[-1], words[0]) if word in table), None)


def _remembered_country(places: list[Place], office: Office, memory: Memory) -> list[str]:
    for kind in (office.kind, office.kind.removesuffix("-officials")):
        earlier = memory.by_kind.get(kind)
        if earlier and earlier.country:
            return [earlier.country]
    if office.kind in _UNNAMED_KINDS:
        unnamed = offices.country_of_unnamed(memory)
        return [unnamed] if unnamed else []
    if office.kind in _ASSUMED:
        known = memory.last_country or memory.launcher
        return [known] if known else []
    if not office.person:
        return []
    return [memory.last_country] if memory.last_country else [place.name for place in places[:1]]


def _is_capital(text: str, place: Place) -> bool:
    return text[place.start : place.end] in _capitals()


@cache
def _capitals() -> frozenset[str]:
    return frozenset(form for form, country in offices.country_forms("en").items() if country.form == "capital")


def _remembered(text: str, speaker: Speaker, memory: Memory, office: Office) -> Speaker:
    """Keep a mention and the name of the person in it."""
    memory.remember(speaker)
    if office.person or office.kind in _HOLDS_NAMES:
        after = _NAME_AFTER.match(text[speaker.end : speaker.end + 60])
        before = _NAME_BEFORE.search(text[max(0, speaker.start - 70) : speaker.start])
        for name in (after, before):
            if name:
                _keep_name(name["name"], speaker, memory)
    return speaker


def _keep_name(name: str, speaker: Speaker, memory: Memory) -> None:
    words = [word for word in name.split() if word not in lexicon_for("en").words("no_names", "words")]
    if not words or len(words[-1]) < 2 or words[0] == "Joint":
        return
    memory.persons[words[-1]] = speaker
    if len(words) > 2:  # Korean and Chinese names open with the family name
        memory.persons.setdefault(words[0], speaker)
    memory.last_person = speaker


def _joined(text: str, found: list[Speaker]) -> list[Speaker]:
    """Join speakers that 'and' joins: 'South Korea and Japan', 'the ministry and the coast guard'."""
    joined: list[Speaker] = []
    for speaker in found:
        before = joined[-1] if joined else None
        if before and before.kind == "media" and text[before.end : speaker.start] == " ":
            # 'state media KCNA' is KCNA; of 'Iran's state media IRNA' the state's media speak
            known = before.sources if speaker.kind == "wire" else speaker.sources
            joined[-1] = Speaker(before.start, speaker.end, known, "media", before.country)
            continue
        if before and _sort(before) == _sort(speaker) and _AND.fullmatch(text[before.end : speaker.start]):
            both = tuple(dict.fromkeys([*before.sources, *speaker.sources]))
            joined[-1] = Speaker(before.start, speaker.end, both, before.kind, before.country)
            continue
        joined.append(speaker)
    return joined


def _sort(speaker: Speaker) -> str:
    """Return which mentions a speaker can share a verb with: countries, media or offices."""
    return speaker.kind if speaker.kind in {"country", "wire"} else "office"
