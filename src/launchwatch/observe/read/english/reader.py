"""Reading an English report: the stages over its sentences, in order."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from launchwatch.observe.read import clocks, moments, past, phrases, quantities, roles
from launchwatch.observe.read.attach import Told
from launchwatch.observe.read.english import denials, frames, hedges, places, speakers, things
from launchwatch.observe.read.english.quotations import Quotation
from launchwatch.observe.read.lexicon import Lexicon
from launchwatch.observe.read.moments import Calendar
from launchwatch.observe.read.offices import Memory
from launchwatch.observe.read.past import Past
from launchwatch.observe.read.pieces import Day, Find, Frame, Sentence, Thing

_ANNOUNCED_WITHIN = timedelta(days=3)
_AFTER_IS_FARTHER = 25  # characters: 'fired a missile on Friday during a drill' dates the firing, not the drill


_AREAS = frozenset(("launch_area", "impact_area"))
_ARTICLES = frozenset(("the", "a", "an", "of", "in"))


@dataclass(frozen=True, slots=True)
class Part:
    """What a sentence holds before anybody is asked who said it."""

    sentence: Sentence
    things: list[Thing]
    days: list[Day]
    dateline: int
    launches: bool


def read(
    sentences: list[Sentence], lexicon: Lexicon, published: date | None
) -> tuple[list[Told], list[str], date | None]:
    """Return what an English report tells, with speakers and scope, notes on what was left, and `seen_from`."""
    found = [things.things(sentence, lexicon) for sentence in sentences]
    dateline, stated = _dateline_date(sentences, lexicon), _launch_day(sentences, found, lexicon)
    dated, contradicted = moments.reference_day(published, stated, dateline)
    if not any(thing.context for row in found for thing in row):
        return [], ["no launch found in the text", *contradicted], dated
    parts = [_part(sentence, row, lexicon, dated) for sentence, row in zip(sentences, found, strict=True)]
    memory = Memory()
    memory.launcher = _launcher(parts, lexicon)
    memory.tester = memory.launcher if any(_tests(part, lexicon) for part in parts) else None
    main = _main_day(parts, lexicon, dated) or (stated.isoformat() if stated else None)
    told, notes = _told(parts, lexicon, memory, Calendar(dated, main))
    return told, contradicted + notes, dated


def seen_from(sentences: list[Sentence], lexicon: Lexicon, published: date | None) -> date | None:
    """Return the day that a report's dates are seen from: its publication, or the text's own date."""
    found = [things.things(sentence, lexicon) for sentence in sentences]
    dateline, stated = _dateline_date(sentences, lexicon), _launch_day(sentences, found, lexicon)
    return moments.reference_day(published, stated, dateline)[0]


def _told(parts: list[Part], lexicon: Lexicon, memory: Memory, calendar: Calendar) -> tuple[list[Told], list[str]]:
    told: list[Told] = []
    notes: list[str] = []
    quoted = Quotation(told)
    scope: Past | None = None
    for part in parts:
        scope = past.past_of(part.sentence, lexicon, part.days, calendar, scope)
        mentions = [one for one in speakers.mentions(part.sentence, lexicon, memory) if one.start >= part.dateline]
        framed = frames.frames(part.sentence, lexicon, memory, mentions)
        finds, left = _finds(part, lexicon, calendar)
        finds, opened = denials.judged(part.sentence, lexicon, finds)
        notes += [lexicon.left_out("left.unconfirmed", part.sentence.text[one.start : one.end]) for one in opened]
        quoted.enter(part.sentence)
        told += [_attributed(find, part, lexicon, memory, framed, scope) for find in finds]
        quoted.leave(part.sentence, framed, memory)
        notes += left
        if framed or not quoted.inside:
            _update(memory, part, lexicon, framed, scope)
    return _without_repeats(told), notes


def _without_repeats(told: list[Told]) -> list[Told]:
    """Drop classes and names that 'the missile' repeats: 'the ICBM' states its class only where nobody has yet."""
    stated = [
        (one.find.attribute, one.find.value, one.about, one.order)
        for one in told
        if not one.find.rule.endswith(".definite") and one.find.polarity == "asserted"
    ]
    return [
        one
        for one in _without_shorter(told)
        if not one.find.rule.endswith(".definite")
        or not any(
            (name, value, about) == (one.find.attribute, one.find.value, one.about) and place < one.order
            for name, value, about, place in stated
        )
    ]


def _without_shorter(told: list[Told]) -> list[Told]:
    """Drop an area that its speaker named more fully before: 'from Vandenberg' after the base's whole name."""
    kept: list[Told] = []
    named: dict[tuple[object, ...], list[list[str]]] = {}
    for one in told:
        if one.find.attribute in _AREAS and one.about == "main" and one.find.polarity == "asserted":
            before = named.setdefault((one.find.attribute, one.sources, one.about), [])
            name = [
                word for word in str(one.find.value).casefold().replace(",", "").split() if word not in _ARTICLES
            ]
            if name and not one.sentence.heading and any(name == other[: len(name)] for other in before):
                continue
            before.append(name)
        kept.append(one)
    return kept


def _part(sentence: Sentence, found: list[Thing], lexicon: Lexicon, published: date | None) -> Part:
    dateline = moments.dateline_end(sentence, lexicon)
    days = moments.days(sentence, lexicon, published)
    launches = any(thing.context for thing in found) or bool(
        lexicon.regex("verbs", "any_launch").first(sentence.low)
    )
    return Part(sentence, found, days, dateline, launches)


def _dateline_date(sentences: list[Sentence], lexicon: Lexicon) -> date | None:
    """Return the date of a dateline that states its year, for reports without a date of publication."""
    for sentence in sentences[:3]:
        if not moments.dateline_end(sentence, lexicon):
            continue
        for day in moments.days(sentence, lexicon, None):
            value = moments.parse_published(day.value)
            if day.role == "dateline" and value:
                return value
    return None


def _launch_day(sentences: list[Sentence], found: list[list[Thing]], lexicon: Lexicon) -> date | None:
    """Return the day of the first launch that is told with a day, if that has its year."""
    for sentence, row in zip(sentences, found, strict=True):
        if any(thing.context for thing in row):
            days = [day for day in moments.days(sentence, lexicon, None) if day.role in {"event", "speech"}]
            if days:
                past_told = lexicon.regex("past", "whole").first(sentence.low)
                return None if past_told else moments.stated_day(days)
    return None


def _launcher(parts: list[Part], lexicon: Lexicon) -> str | None:
    """Return the country named right before or after a launch verb in the opening, or the first one named."""
    first: str | None = None
    for part in parts[:8]:
        named = speakers.countries(part.sentence.text)
        first = first or (named[0].name if named else None)
        if any(thing.context == "launch" for thing in part.things):
            told_before = lexicon.regex("past", "onward").first(part.sentence.low)
            for verb in lexicon.regex("verbs", "launch").finditer(
                part.sentence.low, 0, told_before.start() if told_before else len(part.sentence.low)
            ):
                launching = _launching(part.sentence, named, verb)
                if launching:
                    return launching
    return first


def _tests(part: Part, lexicon: Lexicon) -> bool:
    """Say whether a sentence with a missile tells of a test, and not of missiles fired at somebody."""
    return any(thing.context for thing in part.things) and bool(
        lexicon.regex("verbs", "test").first(part.sentence.low)
    )


def _launching(sentence: Sentence, named: list[speakers.Place], verb: re.Match[str]) -> str | None:
    """Return the country after 'fired by' or the nearest before 'fired'."""
    for place in named:
        if 0 <= place.start - verb.end() <= 12 and " by " in sentence.low[verb.end() : place.start + 1]:
            return place.name
    before = [place.name for place in named if place.end <= verb.start() and verb.start() - place.end <= 40]
    return before[-1] if before else None


def _main_day(parts: list[Part], lexicon: Lexicon, published: date | None) -> str | None:
    """Return the first date of a launch, else the day on which one was announced."""
    spoken = relative = None
    for part in parts:
        if not part.launches or not part.days or past.past_words(part.sentence, lexicon):
            continue
        onward = lexicon.regex("past", "onward").first(part.sentence.low)
        for day in part.days:
            if moments.long_before(day, published) or (onward and onward.start() <= day.start):
                continue
            if day.role == "event" and _dates_launch(part, lexicon, day):
                return spoken if _stale(day.value, spoken) else day.value
            if day.role == "speech" and spoken is None:
                spoken = day.value
            if day.role == "relative" and relative is None and _dates_launch(part, lexicon, day):
                relative = day.value
    return spoken or relative


def _stale(told: str, spoken: str | None) -> bool:
    """Say whether a date lies too long before the announcement above it to be that of the launch announced."""
    one, other = moments.parse_published(told), moments.parse_published(spoken)
    return one is not None and other is not None and other - one > _ANNOUNCED_WITHIN


def _dates_launch(part: Part, lexicon: Lexicon, day: Day) -> bool:
    """Say whether a date belongs to a launch and not to another event of its sentence."""
    launch = [match.span() for match in lexicon.regex("verbs", "any_launch").all(part.sentence.low)]
    other = [match.span() for match in lexicon.regex("verbs", "other").all(part.sentence.low)]
    if not launch or _near(day, launch) <= _near(day, other):
        return bool(launch)
    return lexicon.regex("verbs", "drill").first(part.sentence.low) is not None  # a drill with missiles launches


def _near(day: Day, spans: list[tuple[int, int]]) -> int:
    """Return how near a date the nearest of some words stands; words after it count as farther."""
    left = min((day.start - end for _, end in spans if end <= day.start), default=10_000)
    right = min((start - day.end for start, _ in spans if start >= day.end), default=10_000)
    return min(left, right + _AFTER_IS_FARTHER)


def _finds(part: Part, lexicon: Lexicon, calendar: Calendar) -> tuple[list[Find], list[str]]:
    """Return what the rules find in a sentence, and notes on what they left."""
    sentence = part.sentence
    found, notes = quantities.quantities(sentence, lexicon)
    measured, left = roles.claims(sentence, lexicon, found)
    finds = things.claims(part.things) + [find for find in measured if not _of_a_piece(sentence, lexicon, find)]
    finds += roles.speeds(sentence, lexicon) + clocks.claims(sentence, lexicon) + phrases.claims(sentence, lexicon)
    finds += places.claims(sentence, lexicon, found)
    finds += _dates(part, lexicon, calendar)
    return [find for find in _apart(finds) if find.start >= part.dateline], notes + left


def _apart(finds: list[Find]) -> list[Find]:
    """Drop the areas of falling that are part of an area of launch: 'from the White Sea off the coast'."""
    up = [find for find in finds if find.attribute == "launch_area"]
    return [
        find
        for find in finds
        if find.attribute != "impact_area"
        or not any(one.start <= find.start and find.end <= one.end for one in up)
    ]


def _of_a_piece(sentence: Sentence, lexicon: Lexicon, find: Find) -> bool:
    """Say whether a figure belongs to a stage or fragment rather than to the missile."""
    clause = re.split(r"[;]|, (?:and|but|while) (?:the )?", sentence.low[max(0, find.start - 70) : find.start])[-1]
    return bool(lexicon.regex("verbs", "pieces").search(clause))


def _dates(part: Part, lexicon: Lexicon, calendar: Calendar) -> list[Find]:
    """Return the dates of launches that a sentence tells."""
    if not part.launches:
        return []
    finds = []
    for day in part.days:
        if past.in_western_zone(part.sentence, lexicon, day, calendar):
            continue
        if day.role == "since" and lexicon.regex("past", "bounded").first(part.sentence.low):
            finds.append(_date(part, day, "date.since", "previous"))
        elif day.role == "event" and _dates_launch(part, lexicon, day):
            finds.append(_date(part, day, "date.launch"))
        elif day.role == "speech" and day.value == calendar.main and _announces(part):
            finds.append(_date(part, day, "date.announced"))
        elif day.role == "relative" and _dates_launch(part, lexicon, day) and not _after(day.value, calendar):
            finds.append(_date(part, day, "date.relative.definite"))
    return finds


def _after(value: str, calendar: Calendar) -> bool:
    """Say whether a day is not known to be the main one or before it."""
    day, main = moments.parse_published(value), moments.parse_published(calendar.main)
    return value != calendar.main and (day is None or main is None or day > main)


def _announces(part: Part) -> bool:
    """Say whether an opening sentence that dates only its speech tells of the launch: 'said on Friday that'."""
    dated = any(day.role == "event" for day in part.days)
    return part.sentence.index < 3 and not dated and any(thing.context for thing in part.things)


def _date(part: Part, day: Day, rule: str, about: str | None = None) -> Find:
    start = day.start - 3 if part.sentence.low[max(0, day.start - 3) : day.start] == "on " else day.start
    return Find("event_date", day.value, start, day.end, rule, unit=day.unit, about=about, anchor=day.start)


def _attributed(
    find: Find, part: Part, lexicon: Lexicon, memory: Memory, framed: list[Frame], scope: Past
) -> Told:
    """Return a find with its speaker, relay, scope, hedge and condition."""
    anchor = find.start if find.anchor is None else find.anchor
    about = find.about or ("previous" if scope.holds(find.start) or scope.holds(anchor) else "main")
    sources, via = _who(anchor, part, lexicon, memory, framed, about)
    hedge = hedges.hedge_of(part.sentence, part.things, lexicon, find)
    condition = hedges.condition_of(part.sentence, lexicon, find)
    if hedge or condition:
        find = replace(find, hedge=hedge, condition=condition)
    return Told(find, part.sentence, sources, via, about)


def _who(
    anchor: int, part: Part, lexicon: Lexicon, memory: Memory, framed: list[Frame], about: str
) -> tuple[tuple[str, ...], str | None]:
    """Return who answers for a place: its frame, else the last speaker where the sentence goes on."""
    holding = [frame for frame in framed if frame.start <= anchor < frame.end]
    nested = [frame for frame in holding if frame.nested]
    if about == "previous" and not nested:
        holding = [frame for frame in holding if anchor < frame.tail]
    if holding:
        frame = (nested or holding)[-1]
        return frame.sources, frame.via
    goes_on = about == "main" and not framed and not lexicon.regex("speech", "outlet").first(part.sentence.low)
    if goes_on and memory.last and lexicon.regex("past", "carry").first(part.sentence.low):
        return memory.last, None
    return ("outlet",), None


def _update(memory: Memory, part: Part, lexicon: Lexicon, framed: list[Frame], scope: Past) -> None:
    """Remember who spoke last about this launch; a heading or the report's own voice ends that."""
    plain = [frame for frame in framed if not frame.nested or frame.start == 0]
    if plain and not scope.whole:
        memory.last = memory.spoke = plain[-1].sources
    elif not framed and (part.sentence.heading or _tells_itself(part, lexicon)):
        memory.last = ()


def _tells_itself(part: Part, lexicon: Lexicon) -> bool:
    """Say whether the report tells of a launch in its own voice; 'the missile' after it goes on in that."""
    launched = any(thing.context == "launch" for thing in part.things)
    return launched and not lexicon.regex("past", "carry").first(part.sentence.low)
