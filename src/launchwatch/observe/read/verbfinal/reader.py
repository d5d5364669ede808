"""Reading a Japanese or Korean report: the stages over its sentences, in order."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from launchwatch.observe.read import moments, offices, past, phrases, quantities, roles
from launchwatch.observe.read.attach import Told
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.moments import Calendar
from launchwatch.observe.read.offices import Memory
from launchwatch.observe.read.past import Past
from launchwatch.observe.read.pieces import Day, Find, Frame, Sentence, Thing
from launchwatch.observe.read.verbfinal import denials, frames, hedges, places, things, times

_TELLERS = frozenset(("North Korea", "South Korea", "Japan"))
"""Countries in whose launches 'the defence ministry' of a report is not the launcher's, or is always named."""


_OTHER_DAYS = (("past", "compared"), ("denial", "copula"))
"""What stands behind a day that is not the launch's: '7일이 아니라 6일'."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a sentence holds before anybody is asked who said it."""

    sentence: Sentence
    things: list[Thing]
    days: list[Day]


def read(
    sentences: list[Sentence], lexicon: Lexicon, published: date | None
) -> tuple[list[Told], list[str], date | None]:
    """Return what a report tells, with speakers and scope, notes on what was left, and `seen_from`."""
    found = [things.things(sentence, lexicon) for sentence in sentences]
    stated = _launch_day(sentences, lexicon)
    dated, contradicted = moments.reference_day(published, stated)
    if not any(thing.context for row in found for thing in row):
        return [], ["no launch found in the text", *contradicted], dated
    parts = [
        Part(sentence, row, _unplanned(sentence, lexicon, times.days(sentence, lexicon, dated)))
        for sentence, row in zip(sentences, found, strict=True)
    ]
    main = _main_day(parts, lexicon, dated) or (stated.isoformat() if stated else None)
    parts = [replace(part, days=_after(part.days, main)) for part in parts]
    memory = Memory()
    memory.launcher = _launcher(sentences, lexicon)
    told, notes = _told(parts, lexicon, memory, Calendar(dated, main))
    return told, contradicted + notes, dated


def _unplanned(sentence: Sentence, lexicon: Lexicon, days: list[Day]) -> list[Day]:
    """Tell the days of a launch that is only announced: '22日から…打ち上げると通報していた'."""
    planned = lexicon.regex("past", "planned").first(sentence.low)
    return [replace(day, role="later") if planned and day.start < planned.start() else day for day in days]


def _after(days: list[Day], main: str | None) -> list[Day]:
    """Tell the days behind the main one: an earlier launch they are not, at most when somebody spoke of it."""
    if main is None or main.startswith("-"):
        return days
    return [replace(day, role="later") if _is_later(day, main) else day for day in days]


def _is_later(day: Day, main: str) -> bool:
    return day.role in ("event", "speech") and not day.value.startswith("-") and day.value > main


def _launcher(sentences: list[Sentence], lexicon: Lexicon) -> str | None:
    """Return the country that the first sentence with a launch names first, if it tells of its own launches."""
    for sentence in sentences:
        launch = lexicon.regex("verbs", "launch").first(sentence.low)
        if launch:
            actor = lexicon.regex("speech", "actor")
            named = offices.country_pattern(lexicon.language).all(sentence.text)
            acting = [one for one in named if one.end() < launch.start() and actor.match(sentence.low, one.end())]
            first = [*acting[-1:], *named][:1]
            country = offices.country_of(first[0][0], lexicon.language) if first else None
            return None if country in _TELLERS else country
    return None


def _launch_day(sentences: list[Sentence], lexicon: Lexicon) -> date | None:
    """Return the day of the first launch that is told with a day, if that has its year."""
    for sentence in sentences:
        if lexicon.regex("verbs", "launch").first(sentence.low):
            days = times.days(sentence, lexicon, None)
            if days:
                past_told = lexicon.regex("past", "whole").first(sentence.low)
                return None if past_told else moments.stated_day(days)
    return None


def _told(parts: list[Part], lexicon: Lexicon, memory: Memory, calendar: Calendar) -> tuple[list[Told], list[str]]:
    told: list[Told] = []
    notes: list[str] = []
    scope: Past | None = None
    for part in parts:
        scope = past.past_of(part.sentence, lexicon, part.days, calendar, scope)
        framed = frames.frames(part.sentence, lexicon, memory)
        if framed and lexicon.regex("speech", "told_it").fullmatch(part.sentence.low):
            told = _told_before(told, framed[-1].sources, part.sentence.index)
        finds, left = _finds(part, lexicon)
        told += [_attributed(find, part, lexicon, memory, framed, scope) for find in finds]
        notes += left
        if framed and not scope.whole:
            memory.last = framed[-1].sources
    return told, notes


def _told_before(told: list[Told], sources: tuple[str, ...], index: int) -> list[Told]:
    """Give what nobody answers for to the speaker of the short sentence that follows: '朝鮮中央通信が伝えた。'."""
    return [
        one._replace(sources=sources) if one.sources == ("outlet",) and one.sentence.index == index - 1 else one
        for one in told
    ]


def _main_day(parts: list[Part], lexicon: Lexicon, published: date | None) -> str | None:
    """Return the first date in a sentence that launches or lands."""
    for part in sorted(parts, key=lambda part: part.sentence.heading):  # captions and headings last
        low = part.sentence.low
        if things.moves(part.sentence, lexicon) and not lexicon.regex("past", "whole").first(low):
            launched = [day for day in part.days if day.role == "event"]
            for day in launched or part.days:
                other = any(lexicon.regex(*path).match(low, day.end) for path in _OTHER_DAYS)
                if day.role not in ("since", "later") and not other and not moments.long_before(day, published):
                    return _eve(parts, day) if day.role == "speech" else day.value
    return None


def _eve(parts: list[Part], spoken: Day) -> str:
    """Return the day before a statement's if the report tells a launch on it, else the statement's own."""
    day = moments.parse_published(spoken.value)
    before = (day - timedelta(days=1)).isoformat() if day else None
    told = [one.value for part in parts for one in part.days if one.role == "event" and one.value == before]
    return told[0] if told else spoken.value


def _finds(part: Part, lexicon: Lexicon) -> tuple[list[Find], list[str]]:
    """Return what the rules find in a sentence, and notes on what they left."""
    sentence = part.sentence
    found, notes = quantities.quantities(sentence, lexicon)
    measured, left = roles.claims(sentence, lexicon, found)
    finds = things.claims(sentence, lexicon, part.things) + measured + roles.speeds(sentence, lexicon)
    once = lexicon.regex("past", "onward").first(sentence.low)
    if not part.days and not once and lexicon.regex("past", "counted").first(sentence.low):
        finds = [find for find in finds if find.attribute not in ("missile_class", "count")]
    finds += times.claims(sentence, lexicon) + phrases.claims(sentence, lexicon)
    finds += places.claims(sentence, lexicon) + _dates(part, lexicon)
    planned = lexicon.regex("past", "planned").first(sentence.low)
    told = [find for find in finds if not (planned and find.end <= planned.end())]
    return denials.judged(sentence, lexicon, told), notes + left


def _dates(part: Part, lexicon: Lexicon) -> list[Find]:
    """Return the dates of launches that a sentence tells."""
    if not things.moves(part.sentence, lexicon):
        return []
    launched = [day for day in part.days if day.role == "event"]
    return [
        Find("event_date", day.value, day.start, day.end, "date.launch", unit=day.unit, about=_about(day))
        for day in part.days
        if day.role != "later" and (day.role != "speech" or not launched)
    ]


def _about(day: Day) -> str | None:
    return "previous" if day.role == "since" else None


def _attributed(
    find: Find, part: Part, lexicon: Lexicon, memory: Memory, framed: list[Frame], scope: Past
) -> Told:
    """Return a find with its speaker, relay, scope and hedge."""
    about = find.about or ("previous" if scope.holds(find.start) else "main")
    hedge = hedges.hedge_of(part.sentence, part.things, lexicon, find)
    hedged = replace(find, hedge=hedge, condition=hedges.condition_of(part.sentence, lexicon, find))
    holding = [frame for frame in framed if frame.start <= find.start < frame.end]
    if holding:
        return Told(hedged, part.sentence, holding[-1].sources, holding[-1].via, about)
    reported = lexicon.regex("speech", "outlet").first(part.sentence.low)
    goes_on = about == "main" and not framed and memory.last and not reported
    return Told(hedged, part.sentence, memory.last if goes_on else ("outlet",), None, about)


def seen_from(sentences: list[Sentence], lexicon: Lexicon, published: date | None) -> date | None:
    """Return the day that a report's dates are seen from: its publication, or the text's own date."""
    return moments.reference_day(published, _launch_day(sentences, lexicon))[0]
