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

AUTHORITY_ERROR = {"range_km": (0.05, 10.0), "apogee_km": (0.03, 5.0), "flight_time_min": (0.015, 0.6)}
"""One-sigma error of one authority's figure: relative, and absolute in the attribute's unit, joined as squares.

From 21 to 23 flights with two authorities' figures (docs/concepts/estimating): half of the pairs differ by less
than 5.1 % in range, 2.5 % in apogee, 0.8 % in flight time; the absolute part is rounding."""

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
