"""Who answers for which part of an English sentence.

leading   South Korea's military said the missile flew 700 km.
trailing  It flew 700 km, the military said.   They fell outside the zone, said the defence minister.
according According to the ministry, it rose to 50 km.   It rose to 50 km, according to the ministry.
nested    Japan said the North fired a missile, which it said fell outside the zone.
relayed   It flew 900 km, NHK quoted the government as saying.   (the government speaks, NHK relays)
"""

import re
from functools import cache
from typing import NamedTuple

from launchwatch.observe.read import offices
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.offices import Memory
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Frame, Sentence, Speaker

_CAPITAL = r"(?:al-|el-|bin )?[A-Z][\w'.-]{0,20}"
_GAP = re.compile(
    r"(?:'s)?(?:\s*\([^()]{1,40}\))?(?:\s+(?:spokes(?:man|woman|person)|chief|officials?|minister|sources?))?"
    rf"(?:\s+{_CAPITAL}){{0,6}}(?:\s*\([^()]{{1,40}}\))?(?:\s+(?:in|of|at|from)\s+(?:the\s+)?[A-Z]\w+(?:\s[A-Z]\w+)?)?"
    r"(?:,\s[^,;.]{1,90}?,|\s-\s[^;.]{1,60}\s-)?(?:\s*,\s*for (?:its|their) part,)?"
    r"(?P<words>(?:\s+\w[\w-]*){0,7})\s*(?:,|--?)?\s*"
)
_APPOSITION = re.compile(r"(?:\s*\([^()]{1,40}\))?,\s[^;.]{1,100},\s*")
_COUNTRY_GAP = re.compile(r"\s+(?:later |also )?(?:on |early ){0,2}\w{3,6}day\s+(?:also |later )?")
_NAME_BEFORE = re.compile(
    rf"(?:^|[\s(\"'])(?P<name>{_CAPITAL}(?:\s+{_CAPITAL}){{0,3}})\s+(?:also |later |then |had |has |further )?$"
)
_NAME_AFTER = re.compile(r"\s+(?P<name>[A-Z][\w'.-]{1,20}(?:\s+[A-Z][\w'.-]{1,20}){0,3})\s*(?:[.,;:]|$)")
_NAME_HERE = re.compile(r"(?:[A-Z][\w'.-]{1,20}\s?){1,4}")
_INVERTED = re.compile(
    rf"\s+(?:by\s+)?(?:the\s+)?(?:{_CAPITAL}\s+){{0,4}}(?:{_CAPITAL},\s+)?(?:(?:a|an|the)\s+)?(?:\w{{1,12}}\s+){{0,2}}"
    r"(?:(?:issued\s+by|released\s+by|by|for|of|at|with|from)\s+)?(?:the\s+)?"
)
_AFTER_TRAILING = re.compile(
    r"\s*(?:$|[.,;:)\"'-]|(?:also |later )?(?:on|in an?|in its|in their|by|early|earlier|late|later|via|at an?|"
    r"to reporters|reporters|without|as|while|but|after|separately|through|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|yesterday|over|from|this|immediately)\b)"
)
_NESTED = re.compile(
    r"\b(?:what|which|whom|(?:missiles?|projectiles?|launch(?:es)?|objects?|weapons?|rockets?) that)\s+"
    r"(?:the\s+|both\s+)?$"
)
_SPOKESPERSON = re.compile(
    r"(?:^|[,\"'] |\b(?:a|the) )(?P<who>spokes(?:man|woman|person) (?:[A-Z][\w.]{1,15} ){0,3})$"
)
_SAY_IS = re.compile(r"\s+(?:is|are|was|were|has|have|had|may|might|could|would|will)\b")
_ARTICLE = re.compile(
    r"\s*\b(?:(?:the|an?|its|both|two|three|several|some)(?: (?:state-run|state-owned|official|state))?|"
    r"state-(?:run|owned))$"
)
_PEOPLE = re.compile(r"(?<=[,\"]) (?:[a-z]{2,12} )?[A-Z][a-z]{2,14}$")  # ', Kurdish officials said'
_OWN_PHRASE = re.compile(
    r"(?<=[,\"]) (?:(?:the|its|a|an) (?:[\w'-]{1,20} ){0,5}[\w'-]{1,20}|"
    r"(?:state|official|state-run|local|public)(?: news)? (?:media|agency|broadcaster|television|tv|outlet))$"
)
_HOLDER = re.compile(
    r"(?<=[,\"']) [\w.'-]{1,20}(?: [\w.'-]{1,20}){0,3}, (?:(?:the|an?) )?(?:[\w'-]{1,20} ){0,3}"
    r"(?:spokes(?:man|woman|person)|chief|head|leader|commander|director|official|secretary|minister) "
    r"(?:for|of|at|in|with)(?: the)?$"
)
_TOLD_WHOM = re.compile(r"\s+[\w'.-]{1,20}(?:\s[\w'.-]{1,20}){0,4}\s?(?:[.,;]|$)")
_AFTER_PREPOSITION = re.compile(
    r"\b(?:in|of|from|over|against|toward|towards|near|to|including|for|with)\s+(?:the\s+)?$"
)
_TURN = re.compile(
    r"\s+(?:engaged|fighting|based|stationed|operating|deployed|in|of|at|for|leading|investigating)\b[^.;:,\"]{1,60},?\s"
)
_CLAUSE_END = re.compile(r"[,;]|$")
_BREAK = re.compile(r"(?:;|,\s+(?:and|but|while|whereas|though|although|as)\b|\s-\s|--)")
_ANOTHER = re.compile(r"[.;]|,\s[a-z]")
_SAID_CITING = re.compile(r"\s+(?:said|reported|announced|stated|confirmed|added)(?: [\w ]{1,30})?,?\s*")
_DESCRIBED = 300  # characters before a speaker in which a description of it and an article stand
_OWNER = ("'s ", "s' ")
_PRONOUNS = frozenset(("he", "she"))
_NO_PERSON = frozenset(("The", "It", "He", "She", "They", "In", "On", "But", "And", "This", "That", "These"))
_UNNAMED_PERSONS = frozenset(("official", "officials", "source", "sources"))
_TELLING = frozenset(("told", "tells"))
_OWNING = frozenset(("called", "admitted", "claimed", "declared", "calls", "claims", "described", "denied"))


class Cue(NamedTuple):
    """Words of speech with their subject: where both stand and how the sentence is built around them.

    `how` is 'leading', 'trailing', 'nested', or 'finding' for a verb of detecting or measuring.
    """

    start: int
    end: int
    speaker: Speaker
    how: str
    via: str | None = None


class _Reading(NamedTuple):
    """What the search for cues looks at: one sentence of a report and those that it mentions."""

    sentence: Sentence
    lexicon: Lexicon
    memory: Memory
    mentions: list[Speaker]


def frames(sentence: Sentence, lexicon: Lexicon, memory: Memory, mentions: list[Speaker]) -> list[Frame]:
    """Return the frames of a sentence, in order; nested ones after those that hold them."""
    if not _any_speech(lexicon).first(sentence.low):
        return []
    reading = _Reading(sentence, lexicon, memory, mentions)
    phrases = [*_according(reading), *_citing(reading)]
    cues = sorted([*phrases, *_verbs(reading, phrases)], key=lambda cue: (cue.start, cue.end))
    found = _regions(sentence, lexicon, _relayed([cue for cue in cues if cue.how != "nested"]))
    return found + [_nested_frame(sentence, cue) for cue in cues if cue.how == "nested"]


def _nested_frame(sentence: Sentence, cue: Cue) -> Frame:
    """Return the frame of 'which it said', to the clause's end, or of 'that it detected', to the sentence's."""
    relative = sentence.low[cue.start : cue.end].split(" ", 2)[1] == "that"
    end = None if relative else _CLAUSE_END.search(sentence.low, cue.end)
    return Frame(cue.start, end.start() if end else len(sentence.low), cue.speaker.sources, None, nested=True)


@cache
def _any_speech(lexicon: Lexicon) -> Pattern:
    return lexicon.compile(
        r"\b(?:{speech.say}|{speech.find}|according to|as per|in the words|citing|quoting|cited|cites|"
        r"dismissed|rejected|disputed|refuted)\b"
    )


@cache
def _speech_verbs(lexicon: Lexicon) -> Pattern:
    return lexicon.compile(r"\b(?:(?P<say>{speech.say})|(?P<find>{speech.find}))\b(?! to (?:be|have)\b)")


@cache
def _any_verb(lexicon: Lexicon) -> Pattern:
    moved = "{verbs.launch}|{verbs.lift}|{verbs.fly}|{verbs.land}"
    return lexicon.compile(rf"\b(?:{moved}|was|were|is|are|had|has|appear(?:s|ed)?)\b")


def _has_clause(sentence: Sentence, lexicon: Lexicon, end: int) -> bool:
    """Say whether a clause of its own, and not only 'On Friday,', stands before a place."""
    return end > 70 or bool(_any_verb(lexicon).search(sentence.low, 0, end))


def _according(reading: _Reading) -> list[Cue]:
    """Return the cues of 'according to X'."""
    found = []
    for match in reading.lexicon.regex("speech", "according").all(reading.sentence.low):
        speaker = _object(reading, match.end())
        if speaker:
            trailing = _has_clause(reading.sentence, reading.lexicon, match.start())
            end = max(speaker.end, match.end())
            found.append(Cue(match.start(), end, speaker, "trailing" if trailing else "leading"))
    return found


def _citing(reading: _Reading) -> list[Cue]:
    """Return the cues of 'NHK quoted X' and 'citing X': X speaks, the medium before relays."""
    found = []
    for match in reading.lexicon.regex("speech", "citing").all(reading.sentence.low):
        speaker = _object(reading, match.end())
        if speaker and speaker.kind != "wire" and not _official_says(reading, match.start()):
            media = [one for one in reading.mentions if one.kind in {"wire", "media"} and one.end <= match.start()]
            media = [one for one in media if one.start != speaker.start]
            wires = [one for one in media if one.kind == "wire"]
            relay = (wires or media)[-1:]
            start = relay[0].start if relay else match.start()
            leads = start < 4 or not _has_clause(reading.sentence, reading.lexicon, start)
            found.append(Cue(start, speaker.end, speaker, "leading" if leads else "trailing", _via(relay)))
    return found


def _official_says(reading: _Reading, end: int) -> bool:
    """Say whether an office speaks right before 'citing': it answers for what it took from another."""
    before = [one for one in reading.mentions if one.end <= end]
    if not before or before[-1].kind in {"wire", "media", "country"}:
        return False
    return bool(_SAID_CITING.fullmatch(reading.sentence.low[before[-1].end : end]))


def _via(relay: list[Speaker]) -> str | None:
    names = [source for one in relay for source in one.sources if source != "outlet"]
    return " and ".join(names) or None


def _object(reading: _Reading, position: int) -> Speaker | None:
    """Return the speaker that follows a preposition, or the remembered one that 'the ministry' or a name means."""
    text = reading.sentence.text
    for speaker in reading.mentions:
        if 0 <= speaker.start - position <= 60 and not _ANOTHER.search(text[position : speaker.start]):
            return _moved(_of_country(speaker), speaker.start, speaker.end)
    office = reading.lexicon.regex("speech", "object_office").match(reading.sentence.low, position)
    if office:
        return _moved(_office_meant(office[1], reading), position, office.end())
    name = _NAME_HERE.match(text, position)
    known = reading.memory.persons.get(name[0].split()[-1].rstrip(".,'s")) if name else None
    return _moved(known, position, name.end()) if name else None


def _moved(known: Speaker | None, start: int, end: int) -> Speaker | None:
    """Return a remembered speaker with the place at which it is mentioned now."""
    return Speaker(start, end, known.sources, known.kind, known.country) if known else None


def _verbs(reading: _Reading, taken: list[Cue]) -> list[Cue]:
    """Return the cues of verbs of speech and finding that have a subject."""
    sentence = reading.sentence
    passive = reading.lexicon.regex("speech", "passive_before")
    found = []
    for verb in _speech_verbs(reading.lexicon).all(sentence.low):
        if any(cue.start <= verb.start() < cue.end for cue in taken) or _denied_saying(reading, verb):
            continue
        cue = _inverted(reading, verb) if verb["say"] else None
        if cue is None and (
            verb[0].endswith("ing") or not passive.search(sentence.low[max(0, verb.start() - 24) : verb.start()])
        ):
            cue = _subject(reading, verb)
        if cue:
            found.append(cue)
    return found


def _denied_saying(reading: _Reading, verb: re.Match[str]) -> bool:
    """Say whether what looks like a verb is what somebody else denies: 'Seoul denied Tokyo's claims that'."""
    low = reading.sentence.low
    if not low.endswith(_OWNER, 0, verb.start()):
        return False
    return reading.lexicon.regex("denial", "verb").search(low, 0, verb.start()) is not None


def _subject(reading: _Reading, verb: re.Match[str]) -> Cue | None:
    """Return the cue of a verb whose subject stands before it."""
    text = reading.sentence.text
    before = [speaker for speaker in reading.mentions if speaker.end <= verb.start()]
    if before and verb.start() - before[-1].end <= 150:
        near = before[-1]
        gap = text[near.end : verb.start()]
        owner = _described(text, before, verb) if near.kind == "country" else None
        if owner:
            return _cue(reading, owner.start, verb, owner)
        if _speaks(reading, gap, near):
            return _cue(reading, near.start, verb, near)
        for speaker in before[-3:-1]:  # 'KCNA, the North's state media, said'
            gap = text[speaker.end : verb.start()]
            if speaker.kind != "country" and len(gap) <= 110 and _APPOSITION.fullmatch(gap):
                return _cue(reading, speaker.start, verb, speaker)
    meant = _meant(reading, verb)
    return _cue(reading, meant[0], verb, meant[1]) if meant else None


def _described(text: str, before: list[Speaker], verb: re.Match[str]) -> Speaker | None:
    """Return the office whose description ends in a country: 'the coalition fighting in Yemen said'."""
    for speaker in before[-4:-1]:
        gap = text[speaker.end : verb.start()]
        if speaker.kind == "country" or len(gap) > 130:
            continue
        inside = _AFTER_PREPOSITION.search(text[speaker.end : before[-1].start])
        if _APPOSITION.fullmatch(gap) or (inside and _TURN.fullmatch(gap)):
            return speaker
    return None


def _speaks(reading: _Reading, gap: str, speaker: Speaker) -> bool:
    """Say whether what stands between a speaker and a verb leaves one the subject of the other."""
    match = _GAP.fullmatch(gap)
    if not match or not set(match["words"].casefold().split()) <= reading.lexicon.words("speech", "between"):
        return False
    return speaker.kind != "country" or len(gap) <= 12 or bool(_COUNTRY_GAP.fullmatch(gap))


def _meant(reading: _Reading, verb: re.Match[str]) -> tuple[int, Speaker] | None:
    """Return the start and meaning of 'it', 'the ministry' or a name before a verb."""
    offset = max(0, verb.start() - 90)
    left = reading.sentence.low[offset : verb.start()]
    office = reading.lexicon.regex("speech", "anaphor_office").search(left)
    if office:
        return _at(offset + office.start(), _office_meant(office[1], reading))
    pronoun = reading.lexicon.regex("speech", "anaphor").search(left)
    if pronoun:
        return _at(offset + pronoun.start(), _pronoun_meant(reading, offset + pronoun.start(), pronoun, verb))
    name = _NAME_BEFORE.search(reading.sentence.text[offset : verb.start()])
    if name and verb["say"]:
        start = offset + name.start("name")
        spokesperson = _SPOKESPERSON.search(reading.sentence.text, max(0, start - 40), start)
        if spokesperson:
            return _at(spokesperson.start("who"), _last(reading.memory))
        return _at(start, _person_meant(name["name"], reading.memory))
    return None


def _at(start: int, speaker: Speaker | None) -> tuple[int, Speaker] | None:
    return (start, speaker) if speaker else None


def _office_meant(word: str, reading: _Reading) -> Speaker | None:
    """Return whom 'the ministry' means: the last such office, the one that spoke last if it is one."""
    memory = reading.memory
    if word in _UNNAMED_PERSONS and memory.last:
        return _last(memory)
    if (word in _UNNAMED_PERSONS or word.startswith("spokes")) and memory.spoke:
        return Speaker(0, 0, memory.spoke, "last", memory.last_country)
    if word in _UNNAMED_PERSONS and "officials" not in memory.by_kind:
        country = offices.country_of_unnamed(memory)
        return Speaker(0, 0, (offices.canonical(country, "officials"),), "officials", country)
    kinds = reading.lexicon.table("speech", "meant").get(word.replace(" ", "_"), "").split()
    found = [memory.by_kind[kind] for kind in kinds if kind in memory.by_kind]
    for speaker in found:
        if set(speaker.sources) & set(memory.last):
            return speaker
    return found[0] if found else _last(memory)


def _last(memory: Memory) -> Speaker | None:
    return Speaker(0, 0, memory.last, "last", memory.last_country) if memory.last else None


def _pronoun_meant(
    reading: _Reading, position: int, pronoun: re.Match[str], verb: re.Match[str]
) -> Speaker | None:
    """Return whom 'it' or 'he' means: the speaker of the sentence so far, or the launching country."""
    memory = reading.memory
    before = [speaker for speaker in reading.mentions if speaker.end <= position]
    what = reading.sentence.low[:position].endswith("what ")
    person = pronoun[0].split()[0] in _PRONOUNS
    owning = verb[0] in _OWNING and not person
    if memory.launcher and (owning or what) and (owning or not before or before[-1].kind == "country"):
        own = [speaker for speaker in before if speaker.country == memory.launcher and speaker.kind != "country"]
        return own[-1] if own else _government(memory.launcher)
    spoken = [speaker for speaker in before if speaker.kind not in {"country", "wire"}]
    if spoken:
        return spoken[-1]
    unnamed = any(source.endswith("officials") for source in memory.last)
    return (memory.last_person if person and not unnamed else None) or _last(memory)


def _of_country(speaker: Speaker) -> Speaker:
    """Return the government that a country by itself means; two countries stay as they are."""
    alone = speaker.kind == "country" and len(speaker.sources) == 1
    return _government(speaker.sources[0]) if alone else speaker


def _government(country: str) -> Speaker:
    return Speaker(0, 0, (offices.government_of(country),), "government", country)


def _person_meant(name: str, memory: Memory) -> Speaker | None:
    words = [word.rstrip(".,") for word in name.split()]
    for word in (words[-1], words[0]):
        if word in memory.persons:
            return memory.persons[word]
    return memory.last_person if words[0] not in _NO_PERSON and len(name) > 2 else None


def _inverted(reading: _Reading, verb: re.Match[str]) -> Cue | None:
    """Return the cue of ', said the defence minister' and ', said Miyake'."""
    text = reading.sentence.text
    if not text[: verb.start()].rstrip().endswith((",", '"', "'", "-")):
        return None
    following = next((one for one in reading.mentions if 0 <= one.start - verb.end() <= 70), None)
    if following and following.kind != "country" and _INVERTED.fullmatch(text[verb.end() : following.start]):
        return Cue(verb.start(), following.end, following, "trailing")
    office = reading.lexicon.regex("speech", "object_office").match(reading.sentence.low, verb.end() + 1)
    if office:
        meant = _office_meant(office[1], reading)
        return Cue(verb.start(), office.end(), meant, "trailing") if meant else None
    name = _NAME_AFTER.match(text[verb.end() : verb.end() + 90])
    known = _person_meant(name["name"], reading.memory) if name else None
    return Cue(verb.start(), verb.end(), known, "trailing") if known else None


def _cue(reading: _Reading, start: int, verb: re.Match[str], speaker: Speaker) -> Cue:
    """Return the cue of a subject and its verb, telling leading, trailing and nested apart."""
    sentence = reading.sentence
    speaker = _of_country(speaker)
    nested = _NESTED.search(sentence.low[max(0, start - 16) : start])
    if nested:
        return Cue(max(0, start - 16) + nested.start(), verb.end(), speaker, "nested")
    if (
        start > 0
        and verb["say"]
        and _SAY_IS.match(sentence.low, verb.end())
        and sentence.low[start - 2] not in ',"'
    ):
        return Cue(start, verb.end(), speaker, "nested")  # 'drills officials say are a response'
    first = max(0, start - _DESCRIBED)
    before = _ARTICLE.sub("", _without_own_phrase(reading, sentence.low[first:start].rstrip()))
    end = first + len(before)
    people = _PEOPLE.search(sentence.text, max(0, end - 30), end)
    before = before[: people.start() - first] if people else before
    after = _AFTER_TRAILING.match(sentence.low[verb.end() : verb.end() + 30])
    if verb[0] in _TELLING:
        after = after or _TOLD_WHOM.match(sentence.low[verb.end() : verb.end() + 90])
    quoted = before.endswith(('"', "'"))
    told = quoted or (before.endswith((",", "-")) and _has_clause(sentence, reading.lexicon, start))
    if after and told:
        return Cue(start, verb.end(), speaker, "trailing")
    return Cue(start, verb.end(), speaker, "finding" if verb["find"] else "leading")


def _without_own_phrase(reading: _Reading, before: str) -> str:
    """Return what stands before a speaker without the words that describe it: ', the military's media wing'."""
    described = before.rstrip(" -")
    phrase = _HOLDER.search(described) or _OWN_PHRASE.search(described)
    if phrase is None or _any_verb(reading.lexicon).search(phrase[0]):
        return before
    return before[: phrase.start()]


def _relayed(cues: list[Cue]) -> list[Cue]:
    """Turn media that only repeat an official in the same sentence into relays."""
    named = [cue for cue in cues if cue.speaker.sources != ("outlet",)]
    official = [
        cue for cue in named if cue.speaker.kind not in {"wire", "media"} or cue.speaker.sources == ("KCNA",)
    ]
    if not official:
        return named or cues
    relays = [cue for cue in named if cue not in official and (cue.how == "trailing" or _cites(official[0], cue))]
    via = _via([relays[-1].speaker]) if relays else None
    return [cue._replace(via=cue.via or via) for cue in named if cue not in relays]


def _cites(official: Cue, medium: Cue) -> bool:
    """Say whether a medium speaks for the office that its sentence opens with: 'Citing the army, NHK said'."""
    return official.start < 4 and official.how == "leading" and 0 <= medium.start - official.end <= 12


def _regions(sentence: Sentence, lexicon: Lexicon, cues: list[Cue]) -> list[Frame]:
    """Return the stretch of each cue: leading ones reach forward, trailing ones back, both to the next."""
    cues = _without_finding(cues)
    found: list[Frame] = []
    for index, cue in enumerate(cues):
        after = cues[index + 1] if index + 1 < len(cues) else None
        end = max(after.start if after and after.how != "trailing" else len(sentence.low), cue.end)
        if cue.how == "trailing":
            start = _trailing_start(sentence, cues[:index], cue)
            found.append(Frame(start, end, cue.speaker.sources, cue.via, tail=cue.end))
        else:
            opens = not found and not _has_clause(sentence, lexicon, cue.start)
            found.append(Frame(0 if opens else cue.start, end, cue.speaker.sources, cue.via))
    return found


def _without_finding(cues: list[Cue]) -> list[Cue]:
    """Drop verbs of finding where somebody else says so: 'systems detected it, the military said'."""
    ours = [cue for cue in cues if cue.how != "finding" or cue.speaker.kind not in {"military", "officials"}]
    if any(cue.how == "trailing" for cue in cues):
        return ours or cues
    says = next((cue for cue in cues if cue.how == "leading"), None)
    if says is None:
        return cues
    return [
        cue
        for cue in cues
        if cue.how != "finding" or cue.start < says.start or (cue in ours and _differ(cue, says))
    ]


def _differ(cue: Cue, says: Cue) -> bool:
    return set(cue.speaker.sources).isdisjoint(says.speaker.sources)


def _trailing_start(sentence: Sentence, before: list[Cue], cue: Cue) -> int:
    """Return where the stretch of a trailing cue begins: at the sentence's start or the last break before it."""
    if not before:
        return 0
    found = _BREAK.search(sentence.low, before[-1].end, cue.start)
    return found.start() if found else before[-1].end
