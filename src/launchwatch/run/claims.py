"""The process `claims` of a node: reports that appear in a folder to readings, flights and events in the log.

Slow, in a process of its own and behind everything else: nothing that warns waits for it, or reads what it writes.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from launchwatch.basis.errors import NoEvidenceError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.facts import Heartbeat, Value
from launchwatch.feeds.files import REPORT_SUFFIXES
from launchwatch.run.assessing import assess_intake
from launchwatch.run.clock import Clock
from launchwatch.run.context import Settings, new_context
from launchwatch.run.intake import Append, take_in
from launchwatch.run.keeper import LogClient
from launchwatch.run.node_settings import clock_of, load_node_settings
from launchwatch.run.nodes import keep_files, reports_folder, socket_of

LOOK_S = 2.0
"""Between two looks at the folder; what is still being written then is read at the next."""

BEAT_S = 1.0
_TURN_S = 0.2

Seen = tuple[tuple[str, int, int], ...]


def reports_in(folder: Path) -> tuple[list[Path], Seen]:
    """Return the reports in a folder, and what would be different if one had come or changed."""
    if not folder.is_dir():
        return [], ()
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in REPORT_SUFFIXES and path.is_file())
    stats = [(path, path.stat()) for path in paths]
    return paths, tuple((path.name, stat.st_size, stat.st_mtime_ns) for path, stat in stats)


def assess_reports(paths: Sequence[Path], realm: str, append: Append, clock: Clock) -> None:
    """Read all reports, estimate their flights and write everything to the log; nothing usable is no error."""
    settings = Settings(status="actual" if realm == "live" else "exercise")
    context = new_context(settings, as_of_utc=format_instant(clock.now()))
    append([context.start_fact()])
    intake = take_in(paths, context, append)
    try:
        events = assess_intake(intake, context, append).events
    except NoEvidenceError:
        events = []
    append([*events, context.end_fact(events, intake.refused)])


def read_on(folder: Path, stopped: Callable[[], bool], clock: Clock | None = None) -> None:
    """Watch a node's folder of reports until stopped; all are assessed anew whenever one has come or changed."""
    settings = load_node_settings(folder)
    clock = clock or clock_of(settings)
    where = reports_folder(folder, settings)
    done: Seen = ()
    before: Seen = ()
    look_s = beat_s = clock.now()
    with LogClient(socket_of(folder, settings)) as client:
        while not stopped():
            now = clock.now()
            if now >= beat_s:
                beat_s = now + BEAT_S
                client.append([_beat(now)])
            if where is not None and now >= look_s:
                look_s = now + LOOK_S
                paths, seen = reports_in(where)
                if seen == before and seen != done and paths:
                    keep_files(paths, folder, settings)
                    assess_reports(paths, settings.realm, client.append, clock)
                    done = seen
                before = seen
            clock.sleep(_TURN_S)


def _beat(now_s: float) -> Value:
    now = format_instant(now_s)
    return Heartbeat(id=content_id("heartbeat", "claims", now), process="claims", time_utc=now)
