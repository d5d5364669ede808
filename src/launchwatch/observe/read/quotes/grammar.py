"""What each language's rules make of one sentence when somebody else says which attribute to look for.

A rule of its own asks for a cue ('flew', 'altitude'); here the cue is the model's word. So figures need no role
and missiles no verb. Where the rules know that a figure is none of the flight's ('could travel', '250 km west
of'), they keep their say: `Left` tells why.
"""

from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

from launchwatch.facts import Attribute
from launchwatch.observe.read import clocks, moments, phrases, quantities, roles
from launchwatch.observe.read.english import denials
from launchwatch.observe.read.english import hedges as english_hedges
from launchwatch.observe.read.english import places as english_places
from launchwatch.observe.read.english import reader as english_reader
from launchwatch.observe.read.english import speakers as english_speakers
from launchwatch.observe.read.english import things as english_things
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.offices import Memory
from launchwatch.observe.read.pieces import Clock, Find, Sentence, Speaker, Thing
from launchwatch.observe.read.roles import Given
from launchwatch.observe.read.verbfinal import denials as verbfinal_denials
from launchwatch.observe.read.verbfinal import frames as verbfinal_frames
from launchwatch.observe.read.verbfinal import hedges as verbfinal_hedges
from launchwatch.observe.read.verbfinal import places as verbfinal_places
from launchwatch.observe.read.verbfinal import reader as verbfinal_reader
from launchwatch.observe.read.verbfinal import things as verbfinal_things
from launchwatch.observe.read.verbfinal import times

_DIMENSIONS: Final[dict[Attribute, str]] = {
    "range_km": "length", "apogee_km": "length", "flight_time_min": "duration",
}  # fmt: skip
_THINGS = frozenset(("missile_class", "missile_name", "count"))
_AREAS = frozenset(("launch_area", "impact_area"))
_NO_ROLE = "left.no-role"


class Left(NamedTuple):
    """A figure that the rules know to be none of the flight's, and the rule that says so."""

    start: int
    end: int
    rule: str


def finds_of(
    sentence: Sentence, lexicon: Lexicon, attribute: Attribute, published: date | None
) -> tuple[list[Find], list[Left]]:
    """Return what the rules read in a sentence as an attribute, and the figures that they leave with a reason."""
    found, left = _found(sentence, lexicon, attribute, published)
    if lexicon.language != "en":
        return found, left
    found, opened = denials.judged(sentence, lexicon, found)
    return found, left + [Left(find.start, find.end, "left.unconfirmed") for find in opened]


def _found(
    sentence: Sentence, lexicon: Lexicon, attribute: Attribute, published: date | None
) -> tuple[list[Find], list[Left]]:
    if attribute in _DIMENSIONS:
        return _figures(sentence, lexicon, attribute)
    if attribute == "speed_mach":
        found = roles.speeds(sentence, lexicon)
    elif attribute in {"launch_time", "landing_time"}:
        found = [_time(attribute, clock) for clock in _clocks(sentence, lexicon)]
    elif attribute == "event_date":
        found = _dates(sentence, lexicon, published)
    elif attribute in _THINGS:
        found = _of_things(sentence, lexicon)
    elif attribute in _AREAS:
        found = _areas(sentence, lexicon)
    else:
        found = phrases.claims(sentence, lexicon)
    return [find for find in found if find.attribute == attribute], []


def _figures(sentence: Sentence, lexicon: Lexicon, attribute: Attribute) -> tuple[list[Find], list[Left]]:
    found, _ = quantities.quantities(sentence, lexicon)
    given = [
        one for one in roles.roles_of(sentence, lexicon, found) if one.quantity.dimension == _DIMENSIONS[attribute]
    ]
    left = [Left(one.quantity.start, one.quantity.end, one.rule) for one in given if _is_left(one)]
    own = [roles.find_of(one) for one in given if one.role == attribute]
    others = [
        roles.find_of(Given(one.quantity, attribute, f"quote.{attribute}"))
        for one in given
        if one.role != attribute and not _is_left(one)
    ]
    return own + others, left


def _is_left(one: Given) -> bool:
    return one.role == "none" and one.rule != _NO_ROLE


def _clocks(sentence: Sentence, lexicon: Lexicon) -> list[Clock]:
    return (clocks if lexicon.language == "en" else times).clocks(sentence, lexicon)


def _time(attribute: Attribute, clock: Clock) -> Find:
    value = clock.low if clock.high is None else (clock.low, clock.high)
    return Find(
        attribute, value, clock.start, clock.end, f"quote.{attribute}",
        unit=clock.zone, qualifier=clock.qualifier, anchor=clock.place,
    )  # fmt: skip


def _dates(sentence: Sentence, lexicon: Lexicon, published: date | None) -> list[Find]:
    days = (moments if lexicon.language == "en" else times).days(sentence, lexicon, published)
    return [
        Find("event_date", day.value, day.start, day.end, "quote.event_date", unit=day.unit, anchor=day.start)
        for day in days
    ]


def _of_things(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    """Return class, name and number of every missile named, as though its clause launched it."""
    if lexicon.language == "en":
        return english_things.claims(
            [
                replace(thing, context=thing.context or "launch", sent=thing.sent or not thing.context)
                for thing in things_of(sentence, lexicon)
            ]
        )
    found = [replace(thing, context=thing.context or "launch") for thing in things_of(sentence, lexicon)]
    return verbfinal_things.claims(sentence, lexicon, found)


def things_of(sentence: Sentence, lexicon: Lexicon) -> list[Thing]:
    """Return the missiles of a sentence."""
    return (english_things if lexicon.language == "en" else verbfinal_things).things(sentence, lexicon)


def _areas(sentence: Sentence, lexicon: Lexicon) -> list[Find]:
    if lexicon.language != "en":
        return verbfinal_places.claims(sentence, lexicon)
    found, _ = quantities.quantities(sentence, lexicon)
    return english_places.claims(sentence, lexicon, found)


def with_hedge(sentence: Sentence, lexicon: Lexicon, find: Find) -> Find:
    """Return a find with its polarity, the word that weakens it, and the condition on which it holds."""
    hedges = english_hedges if lexicon.language == "en" else verbfinal_hedges
    if lexicon.language != "en":
        find = next(iter(verbfinal_denials.judged(sentence, lexicon, [find])), find)
    hedge = hedges.hedge_of(sentence, things_of(sentence, lexicon), lexicon, find)
    return replace(find, hedge=hedge, condition=hedges.condition_of(sentence, lexicon, find))


def seen_from(sentences: list[Sentence], lexicon: Lexicon, published: date | None) -> date | None:
    """Return the day that a report's dates are seen from, as the rules see them."""
    reader = english_reader if lexicon.language == "en" else verbfinal_reader
    return reader.seen_from(sentences, lexicon, published)


def speakers_of(sentence: Sentence, lexicon: Lexicon, memory: Memory) -> list[Speaker]:
    """Return the speakers that a sentence mentions; `memory` holds those of the sentences before."""
    if lexicon.language == "en":
        return english_speakers.mentions(sentence, lexicon, memory)
    return verbfinal_frames.mentions(sentence, lexicon, memory)
