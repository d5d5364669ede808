"""Claims in words: the matter's title, and the value with its unit and qualifier."""

from launchwatch.facts import Claim
from launchwatch.tell.wording import say_day, say_figure

TITLES = {
    "event_date": "Date",
    "launch_time": "Launch time",
    "launch_area": "Launch area",
    "direction": "Direction",
    "count": "How many",
    "missile_class": "Class",
    "missile_name": "Name",
    "range_km": "Range",
    "apogee_km": "Apogee",
    "flight_time_min": "Flight time",
    "landing_time": "Landing time",
    "speed_mach": "Speed",
    "impact_area": "Fell in",
    "eez": "Economic zone",
    "damage": "Damage",
    "threat": "Threat",
    "trajectory": "Trajectory",
    "preparations_detected": "Preparations seen",
    "shared_with": "Shared with",
    "outcome": "Outcome",
}
_UNITS = {"range_km": "km", "apogee_km": "km", "flight_time_min": "min", "speed_mach": "Mach"}
_QUALIFIERS = {"about": "about ", "at_least": "at least ", "at_most": "at most "}
_STATED = {"mi": "miles", "ft": "feet", "nm": "nautical miles", "nmi": "nautical miles"}


def say_value(claim: Claim, clock: str = "KST") -> str:
    """Return a claim's value with unit, such as `about 700 km`; `clock` names the zone of a clock without one."""
    denied = "denied: " if claim.polarity == "denied" else ""
    item = f"object {claim.item}: " if claim.item is not None else ""
    return f"{item}{denied}{_QUALIFIERS.get(claim.qualifier or '', '')}{_bare_value(claim, clock)}"


def _bare_value(claim: Claim, clock: str) -> str:
    value, unit = claim.value, claim.unit
    if isinstance(value, bool):
        return "yes" if value else "no"
    if claim.attribute in _UNITS:
        measure = _UNITS[claim.attribute]
        text = f"{measure} {_numbers(value)}" if measure == "Mach" else f"{_numbers(value)} {measure}"
        return text + _as_stated(unit)
    if claim.attribute == "event_date":
        return say_day(str(value))
    if claim.attribute == "eez" and unit:
        return f"{value} {unit}’s EEZ"
    if claim.attribute in ("launch_time", "landing_time"):
        return f"{_numbers(value)} {unit or clock}"
    return _numbers(value) if unit is None else f"{_numbers(value)} {unit}"


def _as_stated(unit: str | None) -> str:
    return f", stated in {_STATED[unit]}" if unit in _STATED else ""


def _numbers(value: str | float | tuple[str | float | int, ...]) -> str:
    if isinstance(value, tuple):
        if len(value) == 2 and all(isinstance(v, int | float) for v in value):
            return " to ".join(_numbers(v) for v in value)
        return ", ".join(_numbers(v) for v in value)
    return value if isinstance(value, str) else say_figure(value)
