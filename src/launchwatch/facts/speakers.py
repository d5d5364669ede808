"""Speakers whose statements are one office's: they count as one observation, however often they are quoted."""

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
