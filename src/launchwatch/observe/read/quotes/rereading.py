"""From where a model points to claims: each quote anchored and read by the rules, or refused with the reason."""

import re
from bisect import bisect_left, bisect_right
from datetime import date
from typing import Final, NamedTuple

from launchwatch.basis.errors import plain as plain_line
from launchwatch.facts import Attribute, Claim, Report
from launchwatch.geo.places import resolve_place
from launchwatch.observe.clues import launching_state
from launchwatch.observe.read import attach, offices
from launchwatch.observe.read.attach import Told
from launchwatch.observe.read.language import SUPPORTED, language_of
from launchwatch.observe.read.lexicon import Lexicon, lexicon_for
from launchwatch.observe.read.moments import parse_published
from launchwatch.observe.read.offices import Memory
from launchwatch.observe.read.pieces import Find, Sentence, Speaker
from launchwatch.observe.read.quotes import grammar
from launchwatch.observe.read.quotes.anchors import Anchors, Span
from launchwatch.observe.read.quotes.answers import Pointed, Refused
from launchwatch.observe.read.quotes.grammar import Left
from launchwatch.observe.read.text import Plain, lower, plain, sentences

_FIGURES: Final = frozenset(
    ("range_km", "apogee_km", "flight_time_min", "speed_mach", "launch_time", "landing_time", "event_date")
)
"""Attributes whose number and unit must lie inside the quote; phrases and names only need to touch it."""

_TO_A_PLACE = re.compile(r"(?i)^(?:(?:from|in|into|at|toward|towards|to|near|the|an|a)\s+){1,4}")


class _Refusal(Exception):  # noqa: N818 - no error: the way in which one quote ends
    """Why a quote makes no claim."""


class _Read(NamedTuple):
    """A report made ready: sentences, words, the day that dates are seen from, launching state, who is mentioned.

    `found` keeps what the rules read in a sentence as an attribute: many quotes may point at one sentence.
    """

    ready: Plain
    sentences: list[Sentence]
    starts: list[int]
    lexicon: Lexicon
    published: date | None
    state: str | None
    speakers: list[list[Speaker]]
    memory: Memory
    anchors: Anchors
    found: dict[tuple[int, Attribute], tuple[list[Find], list[Left]]]

    def finds_of(self, sentence: Sentence, attribute: Attribute) -> tuple[list[Find], list[Left]]:
        """Return what the rules read in a sentence, read once."""
        key = sentence.index, attribute
        if key not in self.found:
            self.found[key] = grammar.finds_of(sentence, self.lexicon, attribute, self.published)
        return self.found[key]


def claims_of(report: Report, pointed: list[Pointed]) -> tuple[list[Claim], list[Refused]]:
    """Return the claims that a model's quotes make in a report, and the quotes that make none, with reasons."""
    language = language_of(report.language, report.text)
    if language not in SUPPORTED:
        return [], [Refused(one.quote, f"the rules do not read the language {language}") for one in pointed]
    read = _read(report, language)
    told: list[Told] = []
    refused = []
    for one in pointed:
        try:
            told += _told(read, one)
        except _Refusal as reason:
            refused.append(Refused(f"{one.attribute}: {one.quote}", str(reason)))
    return list(attach.claims(report, read.ready, told, found_by=("model",))), refused


def _read(report: Report, language: str) -> _Read:
    ready, lexicon, memory = plain(report.text), lexicon_for(language), Memory()
    pieces = sentences(ready.text, language)
    memory.launcher = launching_state(report.text)
    return _Read(
        ready=ready,
        sentences=pieces,
        starts=[piece.start for piece in pieces],
        lexicon=lexicon,
        published=grammar.seen_from(pieces, lexicon, parse_published(report.published)),
        state=memory.launcher,
        speakers=[grammar.speakers_of(piece, lexicon, memory) for piece in pieces],
        memory=memory,
        anchors=Anchors(ready),
        found={},
    )


def _told(read: _Read, one: Pointed) -> list[Told]:
    """Return what the rules read at the first place of a quote where they read anything; raises _Refusal."""
    places = read.anchors.places(one.quote)
    if not places:
        raise _Refusal("the quote does not stand in the report")
    reasons = []
    for place in places:
        try:
            sentence, finds = _finds(read, one, place)
        except _Refusal as reason:
            reasons.append(reason)
            continue
        sources = _sources(read, one.speaker, sentence)
        hedged = [grammar.with_hedge(sentence, read.lexicon, find) for find in finds]
        return [Told(find, sentence, sources, None, one.about) for find in hedged]
    raise reasons[0]


def _finds(read: _Read, one: Pointed, place: Span) -> tuple[Sentence, list[Find]]:
    """Return what the rules read at one place; raises _Refusal."""
    reason = f"the rules read no {one.attribute} in the quote"
    for sentence in _around(read, place):
        start, end = place[0] - sentence.start, place[1] - sentence.start
        found, left = read.finds_of(sentence, one.attribute)
        here = [find for find in found if _held(find, start, end)]
        if one.attribute in _FIGURES and not _readable(read, one.attribute, sentence.text[max(0, start) : end]):
            here = []
        if here:
            return sentence, _one_value(here, one)
        if one.attribute in {"launch_area", "impact_area"} and (area := _area(read, one, sentence, place)):
            return sentence, [area]
        blocked = [item.rule for item in left if item.start < end and start < item.end]
        if blocked:
            reason = f"the rules leave this figure: {blocked[0]}"
    raise _Refusal(reason)


def _around(read: _Read, place: Span) -> list[Sentence]:
    """Return the sentences that a place touches."""
    first = max(0, bisect_right(read.starts, place[0]) - 1)
    near = read.sentences[first : bisect_left(read.starts, place[1])]
    return [piece for piece in near if place[0] < piece.start + len(piece.text)]


def _held(find: Find, start: int, end: int) -> bool:
    """Say whether a find is what a quote states: a number in it, or a phrase that it touches."""
    if find.attribute not in _FIGURES:
        return find.start < end and start < find.end
    number = find.start if find.anchor is None else find.anchor
    return start <= number < end


def _readable(read: _Read, attribute: Attribute, words: str) -> bool:
    """Say whether the rules read a figure, with its unit, in the words of a quote with nothing around them."""
    alone = Sentence(words, lower(words), 0, 0, heading=False, opens=True)
    found, left = grammar.finds_of(alone, read.lexicon, attribute, read.published)
    return bool(found or left)


def _one_value(found: list[Find], one: Pointed) -> list[Find]:
    """Return the finds of a quote, if they are of one value or those of the rule that tells what each is."""
    own = [find for find in found if not find.rule.startswith("quote.")] or found
    if len({repr(find.value) for find in own}) > 1 and one.attribute in _FIGURES:
        told = ", ".join(str(find.value) for find in own)
        raise _Refusal(f"the quote holds several values: {told}")
    return own


def _area(read: _Read, one: Pointed, sentence: Sentence, place: Span) -> Find | None:
    """Return a quote as an area, if it is a place that is known."""
    stated = read.ready.text[place[0] : place[1]]
    lead = _TO_A_PLACE.match(stated)
    name = stated[lead.end() :] if lead else stated
    if not name or resolve_place(name, country=read.state) is None:
        return None
    start = place[0] - sentence.start
    return Find(one.attribute, name, start, start + len(stated), f"quote.{one.attribute}")


def _sources(read: _Read, speaker: str | None, sentence: Sentence) -> tuple[str, ...]:
    """Return the canonical names of who a quote names, at its place nearest to the claim; raises _Refusal."""
    if speaker is None:
        return ("outlet",)
    places = read.anchors.places(speaker)
    if not places:
        raise _Refusal(f"the speaker does not stand in the report: {plain_line(speaker)}")
    named = [found for place in places if (found := _named(read, place))]
    if not named:
        known = _person(read, speaker)
        if known:
            return known
        raise _Refusal(
            f"the rules know no office, medium or country in the speaker's words: {plain_line(speaker)}"
        )
    return min(named, key=lambda found: (abs(found[0] - sentence.index), found[0] > sentence.index))[1]


def _named(read: _Read, place: Span) -> tuple[int, tuple[str, ...]] | None:
    """Return the sentence and names of the speakers mentioned at a place."""
    for piece in _around(read, place):
        start, end = place[0] - piece.start, place[1] - piece.start
        held = [one for one in read.speakers[piece.index] if one.start < end and start < one.end]
        if held:
            return piece.index, tuple(dict.fromkeys(source for one in held for source in _canonical(one)))
    return None


def _canonical(speaker: Speaker) -> tuple[str, ...]:
    if speaker.kind == "country":
        return tuple(offices.government_of(name) for name in speaker.sources)
    return speaker.sources


def _person(read: _Read, speaker: str) -> tuple[str, ...] | None:
    """Return the office of a person whom the report introduces elsewhere."""
    words = plain(speaker).text.split()
    known = read.memory.persons.get(words[-1]) if words else None
    return known.sources if known else None
