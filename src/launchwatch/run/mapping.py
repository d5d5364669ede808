"""Maps to print from event records."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from launchwatch.basis.errors import InputError
from launchwatch.channels.files import write_file
from launchwatch.facts import Event
from launchwatch.geo.zones import load_zones
from launchwatch.run.assessing import EVENT_SCHEMA
from launchwatch.tell.plate import make_plate
from launchwatch.tell.printing import DPI, FORMS, lacks_letters, print_plate, text_measure
from launchwatch.tell.projections import Projection


@dataclass(frozen=True)
class PrintedMap:
    """The files of one map, its title, what it tells in words, and its projection.

    `lacks_letters` says that words stand on it with "[…]" for letters that its font has not.
    """

    files: tuple[Path, ...]
    title: str
    told: str
    projection: Projection
    size_mm: tuple[float, float]
    lacks_letters: bool = False


def print_map(
    record: bytes,
    files: Sequence[Path],
    *,
    size_mm: tuple[float, float] = (180.0, 160.0),
    dpi: int = DPI,
    dark: bool = False,
    territorial: bool | None = None,
) -> PrintedMap:
    """Print the map of an event record (the bytes of an event.json) to files, each in the form of its suffix.

    Raises InputError for bytes that are no event record, an event without a place, another suffix, and a size or
    resolution that no map has; nothing is written then.
    """
    forms = [_form(file) for file in files]
    plate = make_plate(_event(record), load_zones(), text_measure(), size_mm=size_mm, territorial=territorial)
    contents = {form: print_plate(plate, form, dark=dark, dpi=dpi) for form in dict.fromkeys(forms)}
    written = [write_file(file, contents[form]) for file, form in zip(files, forms, strict=True)]
    return PrintedMap(
        tuple(written), plate.title, plate.told, plate.projection, size_mm, lacks_letters=lacks_letters(plate)
    )


def _form(file: Path) -> str:
    form = file.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise InputError(
            "no such form of a map",
            given=file.name,
            allowed=f"names that end in {', '.join(f'.{one}' for one in FORMS)}",
        )
    return form


def _event(record: bytes) -> Event:
    try:
        event = msgspec.json.decode(record, type=Event)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"not an event record ({error})",
            given=record[:40],
            allowed="the event.json that `launchwatch assess` writes",
        ) from None
    if event.schema != EVENT_SCHEMA:
        raise InputError("an event record of another schema", given=event.schema, allowed=EVENT_SCHEMA)
    return event
