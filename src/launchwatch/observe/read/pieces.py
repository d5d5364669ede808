"""What the stages hand on: small frozen values with places in their sentence."""

from dataclasses import dataclass

from launchwatch.facts import Attribute

Value = str | float | int | bool | tuple[str | float | int, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the plain text: where it starts there, its number, and whether it is a heading.

    `opens` marks the first sentence that is no heading and the headings before it: what they tell is the news.
    `low` is the sentence with ASCII letters in lower case, of the same length.
    """

    text: str
    low: str
    start: int
    index: int
    heading: bool
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """A length, duration or speed: `low` and, for a range, `high` in km, minutes or Mach; `unit` as stated.

    `place` is the number's own start, without its qualifier; `inner_end` ends before a restatement in brackets.
    """

    start: int
    place: int
    end: int
    inner_end: int
    dimension: str
    low: float
    high: float | None
    unit: str
    qualifier: str


@dataclass(frozen=True, slots=True)
class Day:
    """A date: `value` is an ISO date, '--MM-DD', '---DD' or a weekday's name.

    `role` is what it dates: an event, a speech, the dateline, or it bounds a time ('since', 'until'); 'relative'
    marks 'today' and 'Friday's launch', which date a launch only where nothing else does.
    """

    start: int
    end: int
    value: str
    unit: str | None
    role: str = "event"


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time 'HH:MM', or two for a span of time, with the zone that the text names."""

    start: int
    place: int
    end: int
    low: str
    high: str | None
    zone: str | None
    qualifier: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many: a number, two for a range, 'several' or 'multiple'; `article` marks the one of 'a missile'."""

    start: int
    end: int
    value: int | str | tuple[int, int]
    qualifier: str
    article: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """A missile in words: its classes, its names as (start, end, name), how many, and how it stands in the clause.

    `context` is 'launch' (launched, flown or fallen), 'copular' (said to be this) or '' (mentioned only).
    `sent` says that its clause launches it, which 'copular' may do too ('fired a suspected missile').
    """

    start: int
    end: int
    classes: tuple[str, ...]
    names: tuple[tuple[int, int, str], ...]
    count: Count | None
    definite: bool
    context: str
    qualifier: str | None = None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Speaker:
    """A mention of somebody who may speak: canonical names, the kind of office and the country."""

    start: int
    end: int
    sources: tuple[str, ...]
    kind: str
    country: str | None
    person: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The stretch of a sentence that somebody answers for; `tail` is where the words of speech end."""

    start: int
    end: int
    sources: tuple[str, ...]
    via: str | None = None
    nested: bool = False
    tail: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Find:
    """A claim without its speaker: what a rule found and where, in characters of the sentence.

    `anchor` is where speaker and scope are looked up if not at `start`; `about` overrides the scope where the rule
    knows it.
    """

    attribute: Attribute
    value: Value
    start: int
    end: int
    rule: str
    unit: str | None = None
    qualifier: str | None = None
    hedge: str | None = None
    condition: str | None = None
    polarity: str = "asserted"
    about: str | None = None
    item: int | None = None
    anchor: int | None = None
