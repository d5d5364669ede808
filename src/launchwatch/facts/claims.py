"""Claims: attributed statements taken from reports, each anchored to its span in the text."""

from typing import Literal

from launchwatch.facts.base import Provenance, Value

Attribute = Literal[
    "event_date",
    "launch_time",
    "launch_area",
    "direction",
    "count",
    "missile_class",
    "missile_name",
    "range_km",
    "apogee_km",
    "flight_time_min",
    "landing_time",
    "speed_mach",
    "impact_area",
    "eez",
    "damage",
    "threat",
    "trajectory",
    "preparations_detected",
    "shared_with",
    "outcome",
]
ContextKind = Literal[
    "visit",
    "summit",
    "sanctions",
    "statement",
    "carrier_arrival",
    "missile_test",
    "meeting",
    "exercise",
    "invitation",
    "preparation",
    "notice",
]

Qualifier = Literal["exact", "about", "at_least", "at_most", "range"]
Polarity = Literal["asserted", "denied"]
Finder = Literal["rules", "model", "person"]
"""What finds a claim: the rules, the rules at the place of a language model's quote, or a person who enters it."""


class Claim(Value, frozen=True, kw_only=True):
    """One attributed statement.

    `value` is normalised (km, minutes, 'HH:MM' in the launch site's civil time unless `unit` names a zone, ISO
    date or weekday name, `[lo, hi]` for ranges); `unit` is the unit as stated; `source` is the canonical
    speaker, `via` who relays; `about` tells this launch from earlier ones; `item` numbers the object of a salvo.
    `span` is [start, end) in characters of the report's text and `quote` is exactly that text. `found_by` says
    which way of reading found it.
    """

    id: str
    report: str
    attribute: Attribute
    value: str | float | int | bool | tuple[str | float | int, ...]
    unit: str | None = None
    qualifier: Qualifier | None = None
    hedge: str | None = None
    condition: str | None = None
    polarity: Polarity = "asserted"
    source: str = "outlet"
    via: str | None = None
    about: Literal["main", "previous"] = "main"
    item: int | None = None
    span: tuple[int, int]
    quote: str
    rule: str
    found_by: tuple[Finder, ...] = ("rules",)

    @property
    def ends(self) -> tuple[float, float]:
        """Return the ends of a figure, the least first; of one number the same twice.

        Raises TypeError or ValueError where the value is none.
        """
        value = self.value if isinstance(self.value, tuple) else (self.value, self.value)
        low, high = sorted(float(end) for end in value[:2])
        return low, high

    @property
    def middle(self) -> float:
        """Return the middle of a figure's ends; raises as they do."""
        low, high = self.ends
        return 0.5 * (low + high)


class ContextEvent(Value, frozen=True, kw_only=True):
    """Something reported around a launch that is no claim about its flight."""

    kind: ContextKind
    date: str | None = None
    actors: tuple[str, ...] = ()
    span: tuple[int, int]
    quote: str


class Reading(Value, frozen=True, kw_only=True):
    """Everything that one reading took from one report; `notes` say what was seen and deliberately left."""

    id: str
    report: str
    path: str
    language: str | None
    published: str | None
    claims: tuple[Claim, ...]
    context: tuple[ContextEvent, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: Provenance
