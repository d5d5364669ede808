"""The event as one self-contained page."""

from launchwatch.facts import Event
from launchwatch.geo.zones import Zones


def to_page(event: Event, zones: Zones) -> bytes:
    """Return the page."""
    return f"<!doctype html><title>{event.title}</title>{len(zones)}".encode()
