"""Missiles in an English sentence: class, name, how many, and whether this launch sent them.

A noun ('missile', 'projectile', 'ICBM') is followed to the left over its modifiers to the number or article
before it. It makes claims only where the clause launches it ('fired two short-range ballistic missiles', 'what
flew was a ballistic missile') or says what it is ('believed to be', 'suspected'); 'ballistic missile technology',
'banned from launching ballistic missiles' and 'similar to the Iskander' make none.
"""

import re
from bisect import bisect_right
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.names import names_in
from launchwatch.observe.read.numbers import parse_number
from launchwatch.observe.read.patterns import Pattern
from launchwatch.observe.read.pieces import Count, Find, Sentence, Thing

_TOKEN = re.compile(
    r"(?:submarine|sea|ship|air|ground|underwater) launched(?= )|(?:[A-Za-z]\.){2,4}|\w+(?:['-]\w+){0,4}|[\"'()]"
)
_MOST_WORDS: Final = 14  # words of a noun phrase; the longest in news have nine
_OBJECT_REACH: Final = 75  # characters between a verb and its missile
_MOST_MISSILES: Final = 1500  # larger numbers before 'missiles' are ranges, years or stockpiles
_CLASSES: Final = ("ICBM", "SLBM", "IRBM", "MRBM", "SRBM", "SLV", "artillery-rocket")
_CLASS_AFTER: Final = {"intermediate": "IRBM", "medium": "MRBM", "short": "SRBM", "intercontinental": "ICBM"}
_RANGES = ("short", "medium", "intermediate", "long")
_JOINABLE: Final = frozenset(
    ("ballistic", "cruise", "hypersonic", *_RANGES, *(f"{name}-range" for name in _RANGES))
)
_NEVER_FIRST: Final = frozenset(("of", '"', "'", "and", "or", "launch"))
_NAME_FOLLOWS = re.compile(r",? [\"'(]?")
_APPOSITION = re.compile(r"(?P<name>[\w.-]+(?: [\w-]+)?),\s+(?:an?|its|the|one of its)\s+$")
_MAYBE = re.compile(r"\b(?:could|would|can) (?:be|have been) (?:an? )?$")
_CARRY = re.compile(r"\bcarr(?:y|ies|ied|ying)\b")
_VERBAL = re.compile(
    r"(?:km|mile|kilomet(?:er|re)|test|flight|live|launch|re|mid|near|so)-|.*-(?:fired|tested|ly|air)$"
)
_OF_LAUNCH = re.compile(r"\b(?:launch(?:es)?|tests?) of$")

Named = tuple[int, int, str]


class Words(NamedTuple):
    """The words of a sentence with their places."""

    starts: list[int]
    ends: list[int]
    low: list[str]


def words_of(sentence: Sentence) -> Words:
    """Return the words of a sentence."""
    spans = [match.span() for match in _TOKEN.finditer(sentence.low)]
    return Words(
        [start for start, _ in spans], [end for _, end in spans], [sentence.low[start:end] for start, end in spans]
    )


@cache
def _nouns(lexicon: Lexicon) -> Pattern:
    return lexicon.compile(r"(?<![\w-]){objects.noun}(?:(?![\w-])|(?=-class))")


def things(sentence: Sentence, lexicon: Lexicon) -> list[Thing]:
    """Return the missiles of a sentence, each with its context."""
    nouns = _nouns(lexicon).all(sentence.low)
    named = names_in(sentence.text, "en")
    if not nouns and not named:
        return []
    words = words_of(sentence)
    found = _apart([_thing(sentence, lexicon, words, noun, named) for noun in nouns])
    inside = {name for thing in found for name in thing.names}
    alone = [_with_context(sentence, lexicon, _named(name)) for name in named if name not in inside]
    return _inherited(sentence, lexicon, sorted([*found, *alone], key=lambda thing: thing.start))


def _apart(found: list[Thing | None]) -> list[Thing]:
    """Drop nouns inside the phrase of the one before ('missile' in 'ICBM missile')."""
    kept: list[Thing] = []
    for thing in found:
        if thing and not (kept and thing.start < kept[-1].end):
            kept.append(thing)
    return kept


def _named(name: Named) -> Thing:
    """Return a missile that only its name mentions."""
    return Thing(name[0], name[1], (), (name,), None, definite=True, context="")


def _with_context(sentence: Sentence, lexicon: Lexicon, thing: Thing) -> Thing:
    context = _context(sentence, lexicon, thing)
    if not context:
        return thing
    sent = context == "launch" or _also_sent(sentence, lexicon, thing)
    return replace(thing, context=context, sent=sent)


def _thing(
    sentence: Sentence, lexicon: Lexicon, words: Words, noun: re.Match[str], named: list[Named]
) -> Thing | None:
    """Return the missile of a noun: its phrase, classes, names and count."""
    index = bisect_right(words.starts, noun.start()) - 1
    first = _unknown_name(sentence, lexicon, words, _first_word(lexicon, words, index, named))
    count, before = _count(sentence, lexicon, words, first)
    start = count.start if count else words.starts[first]
    acronym = lexicon.regex("objects", "acronym").match(sentence.low, noun.end())
    end = acronym.end() if acronym else noun.end()
    article = words.low[before - 1] if before > 0 else ""
    if noun[0].rstrip("s") in {"warhead", "weapon"} or (
        count is None and article in lexicon.words("objects", "no_count")
    ):
        return None
    qualifier, classes = _classes(sentence, lexicon, start, end)
    names = tuple(one for one in named if start <= one[0] < end or _follows(sentence, end, one))
    hedged = lexicon.regex("objects", "hedged").search(sentence.low, start, end)
    definite = count is None and article in lexicon.words("objects", "definite") and not hedged
    count = count or _article(words, before)
    return _with_context(sentence, lexicon, Thing(start, end, classes, names, count, definite, "", qualifier))


def _follows(sentence: Sentence, end: int, named: Named) -> bool:
    """Say whether a name stands right after a noun: 'the ballistic missile Agni-V'."""
    return bool(_NAME_FOLLOWS.fullmatch(sentence.text[end : named[0]]))


def _first_word(lexicon: Lexicon, words: Words, index: int, named: list[Named]) -> int:
    """Return the index of the first word of the noun phrase that ends at `index`."""
    first = index
    while first > 0 and index - first < _MOST_WORDS and _modifies(lexicon, words, first - 1, named):
        first -= 1
    while first < index and words.low[first] in _NEVER_FIRST:
        first += 1
    return first


def _unknown_name(sentence: Sentence, lexicon: Lexicon, words: Words, first: int) -> int:
    """Return where a phrase begins with a name that no list has: 'a Volkanik intermediate-range missile'."""
    if first < 2 or not sentence.text[words.starts[first - 1]].isupper():
        return first
    opens = words.low[first - 2]
    return first - 1 if opens in {"a", "an"} or opens in lexicon.words("objects", "definite") else first


def _modifies(lexicon: Lexicon, words: Words, index: int, named: list[Named]) -> bool:
    word = words.low[index]
    if word in lexicon.words("objects", "modifiers") or word in {'"', "'"} or _hyphenated(word):
        return True
    if word in {"and", "or"}:
        before = words.starts[index - 1] if index else -1
        named_before = any(start <= before < end for start, end, _ in named)
        return index > 0 and (words.low[index - 1] in _JOINABLE or named_before)
    return any(start <= words.starts[index] < end for start, end, _ in named)


def _hyphenated(word: str) -> bool:
    """Say whether a word is a compound adjective: 'high-power', but not 'test-fired'."""
    return "-" in word and word[0].isalpha() and not _VERBAL.match(word)


def _count(sentence: Sentence, lexicon: Lexicon, words: Words, first: int) -> tuple[Count | None, int]:
    """Return the count before the word at `first` and the index of the count's own first word."""
    index = first - 2 if first > 1 and words.low[first - 1] in {'"', "'"} else first - 1
    if index < 0:
        return None, first
    word = words.low[index]
    if word in {"of", "other", "more"} and index > 0:
        return _collective(sentence, lexicon, words, index, first)
    vague = lexicon.table("objects", "vague").get(word)
    if vague:
        return Count(words.starts[index], words.ends[index], vague, "exact"), index
    high = _small(word)
    if high is None:
        return None, first
    low, lowest = _lower_bound(words, index)
    qualifier, start = _qualifier(sentence, lexicon, words.starts[lowest])
    if low is not None:
        return Count(start, words.ends[index], (low, high), "range"), lowest
    return Count(start, words.ends[index], high, qualifier), _index_at(words, start)


def _lower_bound(words: Words, index: int) -> tuple[int | None, int]:
    """Return the low end of 'two to three' or 'two or three' that ends at `index`, and its index."""
    if index >= 2 and words.low[index - 1] in {"to", "or"}:
        low = _small(words.low[index - 2])
        if low is not None:
            return low, index - 2
    return None, index


def _index_at(words: Words, start: int) -> int:
    return max(0, bisect_right(words.starts, start) - 1)


def _collective(
    sentence: Sentence, lexicon: Lexicon, words: Words, index: int, first: int
) -> tuple[Count | None, int]:
    """Return the count of 'a pair of', 'a salvo of' or 'six other' that ends at `index`."""
    before = words.low[index - 1]
    place = words.starts[index - 1], words.ends[index - 1]
    if before in lexicon.words("objects", "pairs"):
        return Count(*place, 2, "exact"), max(0, index - 2)
    group = lexicon.table("objects", "groups").get(before)
    if group:
        return Count(*place, group, "exact"), max(0, index - 2)
    high = _small(before)
    if high is None or words.low[index] == "of":
        return None, first
    qualifier, start = _qualifier(sentence, lexicon, place[0])
    return Count(start, place[1], high, qualifier), _index_at(words, start)


def _small(word: str) -> int | None:
    value = parse_number(word, "en")
    return int(value) if value is not None and value == int(value) and 1 <= value <= _MOST_MISSILES else None


def _qualifier(sentence: Sentence, lexicon: Lexicon, start: int) -> tuple[str, int]:
    window = sentence.low[max(0, start - 20) : start]
    match = lexicon.regex("objects", "counts").search(window)
    return (match.lastgroup or "about", start - len(window) + match.start()) if match else ("exact", start)


def _article(words: Words, first: int) -> Count | None:
    """Return the count of one that 'a missile' states."""
    if first > 0 and words.low[first - 1] in {"a", "an"}:
        return Count(words.starts[first - 1], words.ends[first - 1], 1, "exact", article=True)
    return None


def _classes(sentence: Sentence, lexicon: Lexicon, start: int, end: int) -> tuple[str | None, tuple[str, ...]]:
    """Return the qualifier and the classes that a noun phrase states, the most exact ballistic one alone."""
    phrase = sentence.low[start:end]
    after = lexicon.regex("objects", "range_after").match(sentence.low, end)
    if after and "ballistic" in phrase:
        return ("at_least" if after["more"] else None), (_CLASS_AFTER[after["class"]],)
    table = lexicon.table("objects", "class_words")
    found = [name for name in table if lexicon.regex("objects", "class_words", name).search(phrase)]
    kept = [name for name in _CLASSES if name in found][:1]
    kept += [name for name in ("hypersonic", "cruise") if name in found]
    if "ballistic" in found and (not kept or kept == ["cruise"]):
        kept.append("ballistic")
    if not kept and re.search(r"\b(?:unidentified|unknown|unspecified) projectiles?\b", phrase):
        kept.append("unknown-projectile")
    return None, tuple(kept)


def _context(sentence: Sentence, lexicon: Lexicon, thing: Thing) -> str:
    """Return how a missile stands in its clause: 'launch', 'copular' or '' (mentioned only)."""
    low = sentence.low
    if lexicon.regex("objects", "cancelled").first(low):
        return ""
    if lexicon.regex("objects", "compound").match(low, thing.end + (low[thing.end : thing.end + 1] == '"')):
        return _of_compound(low, lexicon, thing)
    before = low[max(0, thing.start - 110) : thing.start]
    clause = lexicon.regex("objects", "clause").split(before)[-1]
    if lexicon.regex("objects", "fired").match(low, thing.end):
        return "launch"
    if "SLV" in thing.classes:  # a rocket carries a satellite up
        clause = _CARRY.sub("", clause)
    if lexicon.regex("objects", "unreal").search(clause[-75:]) and not _MAYBE.search(clause):
        return ""
    if _said_to_be(sentence, lexicon, thing, before):
        return "copular"
    return "launch" if _launched(sentence, lexicon, thing, before, clause) else ""


def _of_compound(low: str, lexicon: Lexicon, thing: Thing) -> str:
    """Return the context of 'a missile' in 'a missile test' or 'a missile attack'."""
    if _test_held(low, lexicon, thing):
        return "launch"
    return "copular" if _attacked(low, lexicon, thing) else ""


def _test_held(low: str, lexicon: Lexicon, thing: Thing) -> bool:
    """Say whether a test of a missile took place: 'conducted a missile test', 'the Bulava test was held'."""
    if not lexicon.regex("objects", "of_test").match(low, thing.end):
        return False
    before = low[max(0, thing.start - 40) : thing.start]
    held = lexicon.regex("objects", "held").match(low, thing.end)
    return bool(held or lexicon.regex("objects", "holding").search(before))


def _attacked(low: str, lexicon: Lexicon, thing: Thing) -> bool:
    """Say whether somebody carried out an attack with a missile: 'was behind a "hypersonic missile" attack'."""
    if not lexicon.regex("objects", "of_attack").match(low, thing.end):
        return False
    return bool(lexicon.regex("objects", "attacking").search(low, max(0, thing.start - 60), thing.start))


def _said_to_be(sentence: Sentence, lexicon: Lexicon, thing: Thing, before: str) -> bool:
    """Say whether the sentence says what something is: 'believed to be', 'the Hwasong-18, a', 'suspected'."""
    if lexicon.regex("objects", "copular").search(before):
        return True
    name = _APPOSITION.search(sentence.text[max(0, thing.start - 50) : thing.start])
    if name and names_in(name["name"], "en"):
        return True
    hedged = lexicon.regex("objects", "hedged").search(sentence.low, thing.start, thing.end)
    return bool(hedged) and not _OF_LAUNCH.search(before.rstrip())


def _also_sent(sentence: Sentence, lexicon: Lexicon, thing: Thing) -> bool:
    """Say whether what is said to be a missile was sent: 'fired a suspected missile', 'what seemed to be a'."""
    before = sentence.low[max(0, thing.start - 110) : thing.start]
    clause = lexicon.regex("objects", "clause").split(before)[-1]
    hedged = lexicon.regex("objects", "hedged").search(sentence.low, thing.start, thing.end)
    if hedged and not lexicon.regex("objects", "copular").search(before):
        return _launched(sentence, lexicon, thing, before, clause)
    return lexicon.regex("objects", "sent_what").search(clause) is not None


def _launched(sentence: Sentence, lexicon: Lexicon, thing: Thing, before: str, clause: str) -> bool:
    """Say whether the clause launches, detects or flies a missile."""
    if lexicon.regex("objects", "launch_of").search(before):
        return True
    verb = _last_verb(sentence, lexicon, thing.start - len(clause), thing.start)
    if (
        verb is not None
        and thing.start - verb <= _OBJECT_REACH
        and not re.search(r"[.;]", sentence.low[verb : thing.start])
    ):
        return True
    after = sentence.low[thing.end : thing.end + 130]
    return bool(lexicon.regex("objects", "passive").match(after))


def _last_verb(sentence: Sentence, lexicon: Lexicon, start: int, end: int) -> int | None:
    """Return where the last verb that sends or detects something ends, of those that end before a place."""
    last = None
    for match in lexicon.regex("objects", "object").finditer(sentence.low, start):
        if match.end() > end:
            break
        last = match.end()
    return last


def _inherited(sentence: Sentence, lexicon: Lexicon, found: list[Thing]) -> list[Thing]:
    """Give a missile that 'and' joins to the one before it, or a name to the one after it, that one's context."""
    for index in range(1, len(found)):
        before, thing = found[index - 1], found[index]
        joined = lexicon.regex("objects", "joined").fullmatch(sentence.low[before.end : thing.start])
        compound = lexicon.regex("objects", "compound").match(sentence.low, thing.end)
        if not thing.context and before.context and joined and not compound:
            found[index] = replace(thing, context=before.context, sent=before.sent)
    for index in range(len(found) - 2, -1, -1):  # 'the Emad, Ghadr and Sejjil were among them'
        thing, after = found[index], found[index + 1]
        joined = re.fullmatch(r",?\s*(?:and|,)?\s*", sentence.low[thing.end : after.start])
        if not thing.context and after.context and after.names and thing.names and joined:
            found[index] = replace(thing, context=after.context, sent=after.sent)
    return found


def claims(found: list[Thing]) -> list[Find]:
    """Return the claims of class, name and count that the missiles of a sentence make."""
    finds: list[Find] = []
    for thing in found:
        if thing.context:
            finds += _classed(thing) + _counted(thing)
            again = ".definite" if thing.definite and thing.count is None and thing.context == "launch" else ""
            finds += [
                Find("missile_name", name, start, end, f"name.{thing.context}{again}")
                for start, end, name in thing.names
            ]
    return finds


def _classed(thing: Thing) -> list[Find]:
    """Return the classes of a missile; those of 'the ballistic missile' mostly say again what was said."""
    again = thing.definite and not thing.names and thing.context != "copular"
    if again and thing.classes == ("ballistic",):
        return []
    rule = f"thing.{thing.context}{'.definite' if again else ''}"
    return [
        Find("missile_class", name, thing.start, thing.end, rule, qualifier=thing.qualifier)
        for name in thing.classes
    ]


def _one_sent(thing: Thing) -> bool:
    """Say whether 'a missile' states that one was sent: it is told what it is, and no satellite on a rocket."""
    told = bool(thing.classes or thing.names) or thing.context == "copular"
    return thing.sent and told and "SLV" not in thing.classes


def _counted(thing: Thing) -> list[Find]:
    count = thing.count
    if count is None or (count.article and not _one_sent(thing)):
        return []
    rule = "count.article" if count.article else "count.number"
    return [Find("count", count.value, count.start, thing.end, rule, qualifier=count.qualifier)]
