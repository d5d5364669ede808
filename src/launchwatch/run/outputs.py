"""Events to files: the record, the page, maps, message and statement, and the index over all of them."""

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from launchwatch.basis.ids import content_id
from launchwatch.channels.files import write_file
from launchwatch.estimate.fuse.sorting import Joined
from launchwatch.facts import Bulletin, Event, Rejection, canonical_bytes
from launchwatch.geo.zones import load_zones
from launchwatch.keep import Verified
from launchwatch.run.context import Context
from launchwatch.run.rejected import refused
from launchwatch.tell.cap import to_cap
from launchwatch.tell.czml import to_czml
from launchwatch.tell.geojson import to_geojson
from launchwatch.tell.kml import to_kml
from launchwatch.tell.page import to_page
from launchwatch.tell.statement import statement_text

INDEX_SCHEMA = "launchwatch/index/1"
DRAWN = ("event.html", "event.geojson", "event.kml", "event.czml", "alert.cap.xml", "statement.txt")


def event_json(event: Event) -> bytes:
    """Return the event record as indented JSON, the same bytes for the same event."""
    return msgspec.json.format(canonical_bytes(event), indent=1) + b"\n"


def event_files(event: Event) -> dict[str, bytes]:
    """Return the content of every file of an event, by name."""
    zones = load_zones()
    cap = to_cap(event)
    contents = {
        "event.json": event_json(event),
        "event.html": to_page(event, zones),
        "event.geojson": to_geojson(event, zones),
        "event.kml": to_kml(event, zones),
        "event.czml": to_czml(event, zones),
        "statement.txt": statement_text(event).encode(),
    }
    return contents if cap is None else {**contents, "alert.cap.xml": cap}


def bulletins(event: Event, contents: dict[str, bytes], context: Context) -> list[Bulletin]:
    """Return the texts of an event that are meant for others, as facts."""
    forms = {"statement.txt": ("text", "press"), "alert.cap.xml": ("CAP 1.2", "public")}
    return [
        Bulletin(
            id=content_id("bulletin", event.id, str(event.version), form, contents[name]),
            event=event.id,
            event_version=event.version,
            stage="information",
            status="draft" if event.status == "actual" else event.status,
            audience=audience,
            form=form,
            language="en",
            content=contents[name].decode(),
            provenance=context.provenance("tell", (event.id,)),
        )
        for name, (form, audience) in forms.items()
        if name in contents
    ]


def event_folder(event: Event) -> str:
    """Return the folder name of an event: its day, country and a part of its id."""
    words = re.sub(r"[^a-z0-9.]+", "-", event.title.split(":")[-1].lower() if ":" in event.title else "").strip(
        "-"
    )
    return "-".join(part for part in (event.date or "undated", words[:40].strip("-"), event.id[-6:]) if part)


def index_json(
    events: Sequence[Event],
    unassigned: Sequence[Joined],
    origins: dict[str, str],
    rejections: Sequence[Rejection],
    *,
    run: str,
    logged: Verified | None,
) -> bytes:
    """Return the index of a run: events, reports that joined none, what was refused, and the log at its end."""
    document = {
        "schema": INDEX_SCHEMA,
        "events": [
            {
                "id": event.id,
                "date": event.date,
                "path": f"{event_folder(event)}/event.json",
                "title": event.title,
                "reports": [member.origin for member in event.reports],
                "recordings": [member.origin for member in event.recordings],
            }
            for event in events
        ],
        "unassigned": [
            {
                "id": origins[joined.clues.id],
                "reason": f"best match with probability {joined.probability:.2f}: {joined.reason}",
            }
            for joined in unassigned
        ],
        "rejected": refused(rejections),
        "run": run,
        "log": None if logged is None else {"rows": logged.rows, "head": logged.head.hex()},
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def write_event(folder: Path, contents: dict[str, bytes]) -> None:
    """Write an event's files into its folder."""
    for name, content in contents.items():
        write_file(folder / name, content)
