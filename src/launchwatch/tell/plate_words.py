"""The words on a printed map: when and whence, places in degrees, names in letters that every font has."""

from collections.abc import Callable, Sequence

from launchwatch.facts import Event, Flight
from launchwatch.geo.zones import Zone
from launchwatch.tell.figures import say_place
from launchwatch.tell.mapsheet import is_disputed
from launchwatch.tell.wording import in_korean_time, say_clock, say_count, say_day, say_list

Measure = Callable[[str, float], float]
"""The width of a text at a size, in points."""


def when_and_whence(event: Event) -> str:
    """Return when the launch was, what the map was made from, and as of when."""
    parts = []
    times = [flight.launch for flight in event.objects if flight.launch.time_utc is not None]
    if times and times[0].time_utc is not None:
        korean = in_korean_time(times[0].lat_deg, times[0].lon_deg)
        parts.append(f"Launch at {say_clock(times[0].time_utc.median, korean=korean)}" + _on(event))
    elif event.date:
        parts.append(say_day(event.date))
    told = [
        f"{say_count(len(held))} {word}{'s' * (len(held) > 1)}"
        for held, word in ((event.reports, "report"), (event.recordings, "sensor recording"))
        if held
    ]
    if told:
        parts.append(f"from {say_list(told)}")
    parts.append(f"as of {event.as_of_utc[:16].replace('T', ' ')} UTC" if event.as_of_utc else "")
    return ", ".join(part for part in parts if part) + "."


def _on(event: Event) -> str:
    return f" on {say_day(event.date)}" if event.date else ""


def place_of_impact(flight: Flight) -> str:
    """Return the middle of a flight's fall area in degrees."""
    return say_place(flight.impact.lat_deg, flight.impact.lon_deg)


def in_latin(names: Sequence[str]) -> tuple[str, ...]:
    """Return names in letters that every font has: what stands in brackets in others is left out."""
    plain = [name if _is_latin(name) else name.split(" (")[0] for name in names]
    return tuple(dict.fromkeys(name for name in plain if name and _is_latin(name))) or tuple(names[:1])


def _is_latin(name: str) -> bool:
    return all(ord(letter) < 0x250 or 0x2010 <= ord(letter) <= 0x203A for letter in name)


def zone_words(zone: Zone) -> tuple[str, ...]:
    """Return the lines of a zone's label: names in Latin letters, and that it is computed."""
    names = in_latin(zone.names)
    if zone.kind in ("joint_area", "provisional_area"):
        return names[:1]
    if is_disputed(zone):
        return (*names, "zone in dispute (computed)")
    return (names[0], "EEZ (computed)")


def wrapped(text: str, room: float, size: float, measure: Measure) -> list[str]:
    """Return a text on lines that fit the room."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and measure(longer, size) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines
