"""Reading a Japanese or Korean report: the stages over its sentences, in order."""

from dataclasses import dataclass, replace
from datetime import date

from launchwatch.observe.read import moments, offices, past, phrases, quantities, roles
from launchwatch.observe.read.attach import Told
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.moments import Calendar
from launchwatch.observe.read.offices import Memory
from launchwatch.observe.read.past import Past
from launchwatch.observe.read.pieces import Day, Find, Frame, Sentence, Thing
from launchwatch.observe.read.verbfinal import frames, hedges, places, things, times

_TELLERS = frozenset(("North Korea", "South Korea", "Japan"))
"""Countries in whose launches 'the defence ministry' of a report is not the launcher's, or is always named."""


_MEASURED = frozenset(("range_km", "apogee_km", "flight_time_min"))


@dataclass(frozen=True, slots=True)
class Part:
    """What a sentence holds before anybody is asked who said it."""

    sentence: Sentence
    things: list[Thing]
    days: list[Day]


def read(sentences: list[Sentence], lexicon: Lexicon, published: date | None) -> tuple[list[Told], list[str]]:
    """Return what a report tells, with speakers and scope, and notes on what was left."""
    found = [things.things(sentence, lexicon) for sentence in sentences]
    if not any(thing.context for row in found for thing in row):
        return [], ["no launch found in the text"]
    stated = _launch_day(sentences, lexicon)
    dated, contradicted = moments.reference_day(published, stated)
    parts = [
        Part(sentence, row, times.days(sentence, lexicon, dated))
        for sentence, row in zip(sentences, found, strict=True)
    ]
    main = _main_day(parts, lexicon, dated) or (stated.isoformat() if stated else None)
    parts = [replace(part, days=_after(part.days, main)) for part in parts]
    memory = Memory()
    memory.launcher = _launcher(sentences, lexicon)
    told, notes = _told(parts, lexicon, memory, Calendar(dated, main))
    return told, contradicted + notes


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
        finds, left = _finds(part, lexicon)
        told += [_attributed(find, part, lexicon, memory, framed, scope) for find in finds]
        notes += left
        if framed and not scope.whole:
            memory.last = framed[-1].sources
    return told, notes


def _main_day(parts: list[Part], lexicon: Lexicon, published: date | None) -> str | None:
    """Return the first date in a sentence that launches."""
    for part in parts:
        low = part.sentence.low
        if lexicon.regex("verbs", "launch").first(low) and not lexicon.regex("past", "whole").first(low):
            launched = [day for day in part.days if day.role == "event"]
            for day in launched or part.days:
                compared = lexicon.regex("past", "compared").match(low, day.end)
                if day.role != "since" and not compared and not moments.long_before(day, published):
                    return day.value
    return None


def _finds(part: Part, lexicon: Lexicon) -> tuple[list[Find], list[str]]:
    """Return what the rules find in a sentence, and notes on what they left."""
    sentence = part.sentence
    found, notes = quantities.quantities(sentence, lexicon)
    measured, left = roles.claims(sentence, lexicon, found)
    finds = things.claims(sentence, lexicon, part.things) + measured + roles.speeds(sentence, lexicon)
    finds += times.claims(sentence, lexicon) + phrases.claims(sentence, lexicon)
    return finds + places.claims(sentence, lexicon) + _dates(part, lexicon), notes + left


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
    hedged = replace(find, hedge=hedge, condition=_condition(part.sentence, lexicon, find))
    holding = [frame for frame in framed if frame.start <= find.start < frame.end]
    if holding:
        return Told(hedged, part.sentence, holding[-1].sources, holding[-1].via, about)
    reported = lexicon.regex("speech", "outlet").first(part.sentence.low)
    goes_on = about == "main" and not framed and memory.last and not reported
    return Told(hedged, part.sentence, memory.last if goes_on else ("outlet",), None, about)


def _condition(sentence: Sentence, lexicon: Lexicon, find: Find) -> str | None:
    """Return the condition on which a figure holds ('通常の軌道であれば')."""
    if find.attribute not in _MEASURED:
        return None
    match = lexicon.regex("hedge", "condition").search(sentence.low, max(0, find.start - 30), find.start)
    return sentence.text[match.start() : match.end()] if match else None
