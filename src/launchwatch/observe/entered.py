"""Claims entered by hand: a table with a row for each thing that a caption, a notice or a person says.

    attribute   what it is about, as in readings: range_km, launch_time, eez, ...
    value       as it stands in the source: 435 miles, 850-900, >450, about 700, 07:55 KST, east, inside
    unit        of a figure without one; a clock's zone; whose economic zone
    qualifier   exact, about, at_least, at_most, range, or its symbol
    source      who says it: Japan MOD, KCNA; nobody is the outlet's own voice
    url, note   where it stands, and anything for people
    item, country, date, hedge, polarity   optional: object of a salvo; launching state; day of the launch

Needed are attribute and value. A figure is normalised as one in a report is. A row that cannot be used is told
with its line and reason, and the others go on.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, get_args

import msgspec

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.facts import Attribute, Claim, Provenance
from launchwatch.facts.claims import Polarity, Qualifier
from launchwatch.facts.speakers import OUTLET, office_of
from launchwatch.observe.figures import FIGURES, QUALIFIERS, read_clock, read_figure
from launchwatch.observe.read import read_report
from launchwatch.observe.reports import decode_report
from launchwatch.observe.sheets import Row, read_sheet

NEEDED: Final = ("attribute", "value")
COLUMNS: Final = (
    *NEEDED, "unit", "qualifier", "source", "url", "note", "item", "country", "date", "hedge", "polarity",
)  # fmt: skip
RULE: Final = "entered"

_ATTRIBUTES: Final[tuple[str, ...]] = get_args(Attribute)
_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "missile_class": (
        "ballistic", "SRBM", "MRBM", "IRBM", "ICBM", "SLBM", "SLV", "cruise", "hypersonic", "artillery-rocket",
        "unknown-projectile",
    ),
    "trajectory": ("normal", "lofted", "depressed", "irregular"),
    "eez": ("inside", "outside"),
    "outcome": ("success", "failure", "partial"),
}  # fmt: skip
_POINTS: Final = (
    "north", "north-northeast", "northeast", "east-northeast", "east", "east-southeast", "southeast",
    "south-southeast", "south", "south-southwest", "southwest", "west-southwest", "west", "west-northwest",
    "northwest", "north-northwest",
)  # fmt: skip
_LETTERS: Final = dict(
    zip(
        ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"),
        _POINTS,
        strict=True,
    )
)
_STATES: Final = ("Japan", "South Korea", "Philippines")
_TEXT: Final = 400
_MOST_ITEMS: Final = 50
_SYMBOLS: Final = {
    **dict.fromkeys((">", ">=", "≥", "more_than", "over"), "at_least"),
    **dict.fromkeys(("<", "<=", "≤", "up_to", "less_than"), "at_most"),
    **dict.fromkeys(("~", "≈", "approximately"), "about"),
    "=": "exact",
}


@dataclass(frozen=True)
class Entry:
    """A claim of the table, with its line and what it says beside: whose launch, of what day, where it stands."""

    line: int
    claim: Claim
    country: str | None
    date: str | None
    url: str | None
    note: str | None


def read_entered(data: bytes, *, evidence: str) -> Iterator[tuple[int, Entry | InputError]]:
    """Yield each row's line with its claim, or why it is none; raises InputError for what is no such table."""
    decimal_comma = b";" in data.split(b"\n", 1)[0]
    for line, row in read_sheet(data, NEEDED):
        if isinstance(row, InputError):
            yield line, row
            continue
        try:
            yield line, _entry(line, row, evidence, decimal_comma=decimal_comma)
        except InputError as error:
            yield line, error


def _entry(line: int, row: Row, evidence: str, *, decimal_comma: bool) -> Entry:
    attribute = _attribute(row["attribute"])
    cell, unit = row["value"], row.get("unit", "")
    if not cell:
        raise InputError(f"{attribute} has no value", allowed="one value a row")
    value, told_unit, qualifier = _value(attribute, cell, unit, decimal_comma=decimal_comma)
    qualifier = _qualifier(row.get("qualifier", ""), qualifier)
    quote = f"{cell} {unit}".strip()
    claim = Claim(
        id=content_id("claim", evidence, str(line), attribute, quote),
        report=evidence,
        attribute=msgspec.convert(attribute, Attribute),
        value=value,
        unit=told_unit,
        qualifier=msgspec.convert(qualifier, Qualifier | None),
        hedge=_short("hedge", row) or None,
        polarity=msgspec.convert(_choice("polarity", row, get_args(Polarity)), Polarity),
        source=speaker_of(_short("source", row, 120)),
        item=_item(row.get("item", "")),
        span=(0, len(quote)),
        quote=quote,
        rule=RULE,
        found_by=("person",),
    )
    country = _short("country", row, 60) or None
    return Entry(line, claim, country, _day(row.get("date", "")), _url(row), _short("note", row) or None)


def _attribute(cell: str) -> str:
    name = cell.casefold().replace(" ", "_").replace("-", "_")
    if name in _ATTRIBUTES:
        return name
    near = get_close_matches(name, _ATTRIBUTES, n=2, cutoff=0.5)
    raise InputError(
        "unknown attribute", given=cell, allowed=", ".join(_ATTRIBUTES), try_=" or ".join(near) if near else ""
    )


Value = Any  # what `Claim.value` may be


def _value(attribute: str, cell: str, unit: str, *, decimal_comma: bool) -> tuple[Value, str | None, str | None]:
    """Return a claim's value, its unit and its qualifier."""
    if attribute in FIGURES:
        return read_figure(attribute, cell, unit, decimal_comma=decimal_comma)
    if attribute in ("launch_time", "landing_time"):
        return read_clock(cell, unit)
    if attribute == "eez":
        state = next((name for name in _STATES if name.casefold() == unit.casefold()), None)
        if state is None:
            raise InputError("eez tells no state whose zone it is", given=unit, allowed=", ".join(_STATES),
                             try_="the state in the unit column")  # fmt: skip
        return _word(attribute, cell), state, None
    if unit and attribute not in ("event_date", "threat"):
        raise InputError(f"{attribute} has no unit", given=unit, allowed="an empty cell")
    if attribute in _WORDS:
        return _word(attribute, cell), None, None
    return _PLAIN.get(attribute, _text)(attribute, cell), unit or None, None


_OTHERWISE = {"space-launch": "SLV", "satellite-launch": "SLV", "satellite-launcher": "SLV"}
"""What people write for a class that the vocabulary calls otherwise."""


def _word(attribute: str, cell: str) -> str:
    known = {word.casefold(): word for word in _WORDS[attribute]}
    written = cell.casefold().replace(" ", "-")
    word = known.get(written) or known.get(_OTHERWISE.get(written, written.removesuffix("-missile")).casefold())
    if word is None:
        raise InputError(f"unknown {attribute}", given=cell, allowed=", ".join(_WORDS[attribute]))
    return word


def compass_word(letters: str) -> str | None:
    """Return the compass word of its letters, 'east-northeast' of 'ENE'; None for no such letters."""
    return _LETTERS.get(letters.upper())


def _direction(_: str, cell: str) -> str | float:
    word = cell.casefold().replace(" ", "-")
    joined = word.removesuffix("ward").removesuffix("ern")
    for name in (word, joined, joined.replace("-", "")):
        if name in _POINTS:
            return name
    if compass_word(cell) is not None:
        return _LETTERS[cell.upper()]
    number = re.fullmatch(r"(?:az(?:imuth)? ?)?(\d{1,3}(?:\.\d{1,3})?) ?(?:°|deg(?:rees)?)?", cell.casefold())
    if number and float(number[1]) <= 360:
        return float(number[1])
    raise InputError(
        "no direction", given=cell, allowed="a compass word (east, ENE) or degrees from north, clockwise, 0 to 360"
    )


def _count(_: str, cell: str) -> int | str:
    if cell.casefold() in ("several", "multiple"):
        return cell.casefold()
    if re.fullmatch(r"\d{1,3}", cell) and int(cell) > 0:
        return int(cell)
    raise InputError("no count", given=cell, allowed="1 to 999, several or multiple")


def _date(_: str, cell: str) -> str:
    found = _day(cell)
    if found is None:
        raise InputError("no date", given=cell, allowed="an ISO date such as 2025-11-07")
    return found


def _text(attribute: str, cell: str) -> str:
    return _limited(attribute, cell, _TEXT)


_PLAIN: Final[dict[str, Callable[[str, str], Value]]] = {
    "direction": _direction,
    "count": _count,
    "event_date": _date,
}


def _qualifier(cell: str, stated: str | None) -> str | None:
    """Return the qualifier of the column and the value's own, which must agree."""
    name = cell.casefold().replace(" ", "_")
    name = _SYMBOLS.get(name, name)
    if not name:
        return stated
    if name not in QUALIFIERS:
        raise InputError("unknown qualifier", given=cell, allowed=", ".join(QUALIFIERS))
    if stated is None:
        raise InputError("a qualifier of what is no figure", given=cell, allowed="an empty cell")
    if (name == "range") != (stated == "range") or stated not in ("exact", name):
        raise InputError("the value and its qualifier differ", given=f"{stated}, {cell}", allowed="one qualifier")
    return name


def _choice(name: str, row: Row, allowed: tuple[str, ...]) -> str:
    cell = row.get(name, "").casefold() or allowed[0]
    if cell not in allowed:
        raise InputError(f"unknown {name}", given=cell, allowed=", ".join(allowed))
    return cell


def _item(cell: str) -> int | None:
    if not cell:
        return None
    if not re.fullmatch(r"\d{1,3}", cell) or not 1 <= int(cell) <= _MOST_ITEMS:
        raise InputError("item is no number of an object", given=cell, allowed=f"1 to {_MOST_ITEMS}")
    return int(cell)


def _day(cell: str) -> str | None:
    if not cell:
        return None
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        raise InputError("no date", given=cell, allowed="an ISO date such as 2025-11-07") from None


def _url(row: Row) -> str | None:
    cell = row.get("url", "")
    if cell and not re.fullmatch(r"https?://[^\s<>\"]{3,1990}", cell):
        raise InputError("url is no address", given=cell, allowed="http:// or https://", try_="the note column")
    return cell or None


def _short(name: str, row: Row, limit: int = _TEXT) -> str:
    return _limited(name, row.get(name, ""), limit)


def _limited(name: str, cell: str, limit: int) -> str:
    if len(cell) > limit:
        raise InputError(f"{name} is too long", given=cell, allowed=f"{limit} characters")
    return cell


_NOBODY = Provenance(author="launchwatch observe.entered", created_utc="1970-01-01T00:00:00Z")


@lru_cache(maxsize=256)
def speaker_of(stated: str) -> str:
    """Return the canonical name of a speaker as the reader would, or the name as stated where it knows none.

    'ROK JCS' and 'the Joint Chiefs of Staff' are 'South Korea JCS'; nobody is the outlet's own voice.
    """
    name = " ".join(stated.split())
    if not name or name.casefold() == OUTLET:
        return OUTLET
    if office_of(name) != name or re.search(r"[.;:!?\"()]", name):
        return name
    text = f"North Korea fired a ballistic missile that flew 700 km, {name} said."
    report = decode_report(text.encode(), origin="speaker", evidence="speaker", provenance=_NOBODY)
    heard = [c.source for c in read_report(report, provenance=_NOBODY).claims if c.attribute == "range_km"]
    return heard[0] if len(heard) == 1 and heard[0] != OUTLET else name
