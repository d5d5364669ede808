"""Speakers whose statements are one office's, and how far offices' figures err.

An office counts as one observation, however often it is quoted.
"""

import json
from importlib.resources import files

_ONE_OFFICE = {
    "South Korea military": "South Korea JCS",
    "South Korea MND": "South Korea JCS",
    "South Korea military sources": "South Korea officials",
    "Japan PM": "Japan government",
    "North Korea": "KCNA",
    "US INDOPACOM": "US military",
    "US PACOM": "US military",
    "US STRATCOM": "US military",
    "US NORTHCOM": "US military",
    "US Forces Korea": "US military",
    "NORAD": "US military",
    "Pentagon": "US military",
}

_LEARNED = json.loads(
    files("launchwatch.facts").joinpath("data", "speaker_errors.json").read_text(encoding="utf-8")
)

AUTHORITY_ERROR: dict[str, tuple[float, float]] = {
    name: (told["relative"], told["absolute"]) for name, told in _LEARNED.items()
}
"""One-sigma error of one authority's figure: relative, and absolute in the attribute's unit, joined as squares.

Learned by `builders/fit_speaker_errors.py` from published flights with two authorities' figures; one scale for all
offices, since none has pairs enough for its own (docs/concepts/estimating)."""

_OFFSETS: dict[tuple[str, str], float] = {
    (name, office): told[0] for name, learned in _LEARNED.items() for office, told in learned["offset"].items()
}


def offset_of(attribute: str, office: str) -> float:
    """Return the logarithm by which an office's figures lie above others': zero with fewer than ten pairs."""
    return _OFFSETS.get((attribute, office_of(office)), 0.0)


OUTLET = "outlet"
"""The report's own voice, nobody named."""


def office_of(source: str) -> str:
    """Return the office that a canonical speaker speaks for."""
    return _ONE_OFFICE.get(source, source)


def state_of(source: str) -> str:
    """Return whose figures a speaker quotes: offices of one state share their sensors.

    'Japan MOD' and 'Japan government' are both 'Japan'; media, experts and outlets stand for themselves.
    """
    office = office_of(source)
    for state in ("South Korea", "Japan", "US", "North Korea", "KCNA"):
        if office.startswith(state) and not office.endswith("media"):
            return "North Korea" if state == "KCNA" else state
    return office
