"""Who answers for which part of a Japanese or Korean sentence.

A topic ('防衛省は', '합참에 따르면') answers for what follows, to the next one; a subject before the verb of
speech at the end ('…と、防衛省が発表した') for what went before as well.
"""

import re
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

from launchwatch.observe.read import offices
from launchwatch.observe.read.lexicon import Lexicon, lexicon_for
from launchwatch.observe.read.offices import Memory, Office
from launchwatch.observe.read.pieces import Frame, Sentence, Speaker

_TAIL: Final = 36  # characters after a subject within which the sentence must end for it to close what was said


_OF_LAUNCHER = frozenset(
    ("mod", "president", "president-office")
)  # 'the defence ministry' is Moscow's where Moscow launches
_OF_ANYBODY = frozenset(("military", "officials", "government"))  # they belong to the country named before them
_QUOTE = re.compile(r"(?:[다라자냐][고며]|と)[、,]?\s?$")
_OWN_CLAUSE = re.compile(r"(?:し|て|で|り|、|고|며|나|만|,)[、,\s]*$")
_AND = re.compile(r"\s?(?:や|と|、|及び|および|과|와|및|·|,)\s?")


class _Marked(NamedTuple):
    """A speaker and the particle that makes it one: 'topic' or 'subject'."""

    speaker: Speaker
    mark: str


def frames(sentence: Sentence, lexicon: Lexicon, memory: Memory) -> list[Frame]:
    """Return the frames of a sentence in order."""
    wires = offices.media_pattern(lexicon.language).all(sentence.text)
    marked = _without_own(sentence, lexicon, _marked(sentence, lexicon, memory, wires))
    marked = marked or _same(sentence, lexicon, memory) or _by_name(sentence, lexicon, memory)
    via = offices.medium(wires[-1][0], lexicon.language) if wires and marked else None
    marked = marked or _media_or_country(sentence, lexicon, wires)
    for one in marked:
        memory.remember(one.speaker)
    return _regions(sentence, lexicon, marked, via)


def _marked(sentence: Sentence, lexicon: Lexicon, memory: Memory, wires: list[re.Match[str]]) -> list[_Marked]:
    found = [one for one in _by_name(sentence, lexicon, memory) if _cites(sentence, lexicon, one)]
    waiting: Speaker | None = None  # joined to the next: '韓国軍や日本政府によると'
    for match, office in offices.offices_in(sentence, lexicon):
        speaker = _speaker(sentence, lexicon, match, office, memory)
        if speaker and waiting and _AND.fullmatch(sentence.low[waiting.end : speaker.start]):
            both = tuple(dict.fromkeys([*waiting.sources, *speaker.sources]))
            speaker = Speaker(waiting.start, speaker.end, both, speaker.kind, speaker.country)
        waiting = speaker
        mark = _mark(sentence, lexicon, match.end())
        launcher = memory.launcher
        own = bool(found and launcher) and speaker is not None and speaker.country == launcher
        acts = mark == "subject" or own
        acting = acts and speaker is not None and _acts(sentence, lexicon, speaker, found, wires)
        if speaker and mark and not acting and not _only_acts(sentence, lexicon, speaker, memory):
            found.append(_Marked(speaker, mark))
            _remember_name(sentence, lexicon, speaker, memory)
    joint = _joint(sentence, lexicon)
    spans = [(one.speaker.start, one.speaker.end) for one in joint]
    alone = [one for one in found if not any(start <= one.speaker.start < end for start, end in spans)]
    return sorted([*alone, *joint], key=lambda one: one.speaker.start)


def _cites(sentence: Sentence, lexicon: Lexicon, one: _Marked) -> bool:
    """Say whether a name answers for all that follows: '岸大臣によりますと'."""
    return bool(lexicon.regex("speech", "according").match(sentence.low, one.speaker.end))


def _joint(sentence: Sentence, lexicon: Lexicon) -> list[_Marked]:
    """Return the governments or forces that one word joins, as in 日韓両政府 and 한미 군 당국."""
    found = []
    for match in lexicon.regex("speech", "joint").all(sentence.low):
        forms = offices.country_forms(lexicon.language)
        countries = [forms[letter].name for letter in match["countries"] if letter in forms]
        mark = _mark(sentence, lexicon, match.end())
        if mark:
            kind = "military" if match["force"] else "government"
            sources = tuple(offices.canonical(country, kind) for country in countries)
            found.append(_Marked(Speaker(*match.span(), sources, "country", None), mark))
    return found


def _acts(
    sentence: Sentence, lexicon: Lexicon, one: Speaker, found: list[_Marked], wires: list[re.Match[str]]
) -> bool:
    """Say whether a subject inside what another says is who launched: '国防省は、軍が…発射したと発表した'."""
    told = bool(found) or any(_mark(sentence, lexicon, wire.end()) and wire.end() < one.start for wire in wires)
    verb = lexicon.regex("speech", "verb").search(sentence.low, one.end)
    return told and bool(verb and lexicon.regex("verbs", "launch").search(sentence.low, one.end, verb.start()))


def _only_acts(sentence: Sentence, lexicon: Lexicon, one: Speaker, memory: Memory) -> bool:
    """Say whether a force is told to act and says nothing: 'イスラエル軍は…弾道ミサイルを迎撃した'."""
    if one.kind != "military" or not lexicon.regex("speech", "acting").match(sentence.low, one.end):
        return False
    if lexicon.regex("speech", "verb").search(sentence.low, one.end):
        return False
    acts = lexicon.regex("speech", "acts").search(sentence.low, one.end) is not None
    if acts:
        memory.remember(one)  # 'the military' of a later sentence is this one
    return acts


def _remember_name(sentence: Sentence, lexicon: Lexicon, one: Speaker, memory: Memory) -> None:
    """Keep the name before an office ('林芳正官房長官'), by which its holder is called later ('林氏は')."""
    name = lexicon.regex("speech", "holder").search(sentence.low[max(0, one.start - 14) : one.start])
    if name:
        memory.persons[name["name"]] = one


def _by_name(sentence: Sentence, lexicon: Lexicon, memory: Memory) -> list[_Marked]:
    """Return the holder of an office who is called by name: '林氏は', '마쓰노 장관은'."""
    for match in lexicon.regex("speech", "by_name").all(sentence.low):
        for name, known in memory.persons.items():
            if name.startswith(match["name"]):
                return [_Marked(replace(known, start=match.start(), end=match.end()), "topic")]
    return []


def _mark(sentence: Sentence, lexicon: Lexicon, end: int) -> str:
    """Return how a mention that ends at `end` speaks: 'topic', 'subject' or '' where it does not."""
    after = sentence.low[end : end + 40]
    if lexicon.regex("speech", "topic").match(after) or lexicon.regex("speech", "cited").match(after):
        return "topic"
    verb = lexicon.regex("speech", "verb").search(sentence.low, end)
    return "subject" if verb and lexicon.regex("speech", "subject").match(after) else ""


def _speaker(
    sentence: Sentence, lexicon: Lexicon, match: re.Match[str], office: Office, memory: Memory
) -> Speaker | None:
    """Return the speaker of an office, or None where nothing tells whose it is."""
    start, end = match.span()
    if office.source:
        return _named(sentence, lexicon, match, office.source, office.kind)
    owner = _owner(lexicon).search(sentence.text, max(0, start - 14), start)
    country = offices.country_of(owner[1], lexicon.language) if owner else office.country
    start = owner.start() if owner else start
    if owner is None and office.kind in _OF_LAUNCHER:
        country = memory.launcher or country
    if country is None and office.kind in memory.by_kind:
        country = memory.by_kind[office.kind].country
    if country is None:
        return None
    return Speaker(start, end, (offices.canonical(country, office.kind),), office.kind, country)


def _named(sentence: Sentence, lexicon: Lexicon, match: re.Match[str], source: str, kind: str) -> Speaker:
    """Return the speaker of a fixed name, or of the country before it ('이스라엘 군 당국')."""
    start, end = match.span()
    own = offices.country_of_source(source)
    home = _home_of_wire(sentence, lexicon, start) if kind == "officials" else None
    if home:
        own, source = home, offices.canonical(home, kind)
    anybody = kind in _OF_ANYBODY and not offices.country_pattern(lexicon.language).match(sentence.text, start)
    owner = _owner(lexicon).search(sentence.text, max(0, start - 14), start) if anybody else None
    country = offices.country_of(owner[1], lexicon.language) if owner else None
    if owner and country and country != own:
        return Speaker(owner.start(), end, (offices.canonical(country, kind),), kind, country)
    return Speaker(start, end, (source,), kind, own)


def _home_of_wire(sentence: Sentence, lexicon: Lexicon, position: int) -> str | None:
    """Return the country of the medium that cites officials: those whom NHK cites are Tokyo's."""
    wires = list(offices.media_pattern(lexicon.language).finditer(sentence.text, 0, position))
    if not wires:
        return None
    name = offices.medium(wires[-1][0], lexicon.language)
    home = lexicon_for("en").table("wires").get(name.split()[0])
    return str(home) if home else None


@cache
def _owner(lexicon: Lexicon) -> re.Pattern[str]:
    """Return a pattern for a country right before an office."""
    forms = sorted(offices.country_forms(lexicon.language), key=len, reverse=True)
    names = "|".join(re.escape(form) for form in forms)
    return re.compile(rf"({names})(?:の|의)?\s?(?:[가-힣]{{2,3}}\s|[一-龥]{{2,5}}|[ァ-ヶー]{{2,10}})?$")


def _without_own(sentence: Sentence, lexicon: Lexicon, marked: list[_Marked]) -> list[_Marked]:
    """Drop 'our military' inside what another speaker is quoted as saying."""
    if len(marked) < 2:
        return marked
    own = lexicon.regex("speech", "own")
    return [one for one in marked if not own.match(sentence.low, one.speaker.start)] or marked


def _same(sentence: Sentence, lexicon: Lexicon, memory: Memory) -> list[_Marked]:
    """Return the speaker that '同省' ('the same ministry') means."""
    match = lexicon.regex("speech", "same").first(sentence.low)
    if (
        not match
        or not (memory.last or match["wire"])
        or not lexicon.regex("speech", "topic").match(sentence.low[match.end() :])
    ):
        return []
    known = memory.by_kind.get("mod") if match["mod"] else None
    if match["wire"]:
        agencies = [one for kind, one in memory.by_kind.items() if kind in ("wire", "media")]
        known = agencies[-1] if agencies else None
        if known is None:
            return []
    sources = known.sources if known else memory.last
    return [_Marked(Speaker(match.start(), match.end(), sources, "last", None), "topic")]


def _media_or_country(sentence: Sentence, lexicon: Lexicon, wires: list[re.Match[str]]) -> list[_Marked]:
    """Return media or a country that speak where no office does."""
    for wire in wires:
        if _mark(sentence, lexicon, wire.end()):
            medium = offices.medium(wire[0], lexicon.language)
            return [_Marked(Speaker(wire.start(), wire.end(), (medium,), "wire", None), "topic")]
    if not lexicon.regex("speech", "country_verb").search(sentence.low[-24:]):
        return []
    subject = lexicon.regex("speech", "country_subject")
    for match in reversed(offices.country_pattern(lexicon.language).all(sentence.text)):
        name = offices.country_of(match[0], lexicon.language)
        if name and subject.match(sentence.low, match.end()):
            speaker = Speaker(match.start(), match.end(), (offices.government_of(name),), "country", name)
            return [_Marked(speaker, "topic")]
    return []


def _regions(sentence: Sentence, lexicon: Lexicon, marked: list[_Marked], via: str | None) -> list[Frame]:
    """Return the stretch of each speaker: to the next one, or back where it closes the sentence."""
    length = len(sentence.low)
    found: list[Frame] = []
    for index, one in enumerate(marked):
        end = marked[index + 1].speaker.start if index + 1 < len(marked) else length
        if _closes(sentence, lexicon, one) or not found:
            start = found[-1].end if found else _opening(sentence, lexicon, one)
        else:
            start = one.speaker.start
        found.append(Frame(start, end, one.speaker.sources, via))
    return found


def _opening(sentence: Sentence, lexicon: Lexicon, one: _Marked) -> int:
    """Return where the first speaker's stretch begins: behind a clause of the report's own, else at the start."""
    if one.mark == "subject" or not _OWN_CLAUSE.search(sentence.low, 0, one.speaker.start):
        return 0
    before = sentence.low[: one.speaker.start]
    if _QUOTE.search(before) or lexicon.regex("speech", "about").search(before):
        return 0
    launched = lexicon.regex("verbs", "launch").search(sentence.low, 0, one.speaker.start)
    return one.speaker.start if launched else 0


def _closes(sentence: Sentence, lexicon: Lexicon, one: _Marked) -> bool:
    """Say whether a speaker behind what was said stands right before the verb of speech that ends its sentence."""
    near = len(sentence.low) - one.speaker.end <= _TAIL
    quoted = bool(_QUOTE.search(sentence.low[: one.speaker.start]))
    return (
        (one.mark == "subject" or quoted)
        and near
        and bool(lexicon.regex("speech", "verb").search(sentence.low, one.speaker.end))
    )


def mentions(sentence: Sentence, lexicon: Lexicon, memory: Memory) -> list[Speaker]:
    """Return whom a sentence names, speaking or not: offices, media, and countries by themselves, in order."""
    found = [
        speaker
        for match, office in offices.offices_in(sentence, lexicon)
        if (speaker := _speaker(sentence, lexicon, match, office, memory))
    ]
    for speaker in found:
        memory.remember(speaker)
    wires = offices.media_pattern(lexicon.language).finditer(sentence.text)
    found += [Speaker(wire.start(), wire.end(), (wire[0],), "wire", None) for wire in wires]
    for match in offices.country_pattern(lexicon.language).finditer(sentence.text):
        name = offices.country_of(match[0], lexicon.language)
        held = any(one.start - 14 <= match.start() < one.end for one in found)
        if name and not held:
            found.append(Speaker(match.start(), match.end(), (name,), "country", name))
    return sorted(found, key=lambda one: one.start)
