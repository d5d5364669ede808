"""The jobs that the command line and the library offer, as plain functions."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from launchwatch.assess.airspace import airports_near, airways_near
from launchwatch.basis.errors import InputError, NoEvidenceError, ScenarioError
from launchwatch.basis.instants import parse_instant
from launchwatch.channels.files import write_file
from launchwatch.estimate.track import Updates, track_plots
from launchwatch.facts import Event, Rejection, Scores, Standing, Track, Value
from launchwatch.facts.checks import check_latitude, check_longitude
from launchwatch.feeds.files import open_file
from launchwatch.geo.airspace import FirRelation, load_airports, load_firs
from launchwatch.geo.zones import load_zones, sea_name
from launchwatch.keep import EvidenceLog, Verified
from launchwatch.observe.recordings import decode_line
from launchwatch.run.assessing import Assessed, Progress, assess_intake, find_airways, silent, timed_areas
from launchwatch.run.clock import SystemClock
from launchwatch.run.context import Context, Settings, differences, new_context
from launchwatch.run.intake import (
    Append,
    Intake,
    add_traffic,
    decode_file,
    load_sites,
    take_from_log,
    take_in,
)
from launchwatch.run.outputs import bulletins, event_files, event_folder, index_json, write_event
from launchwatch.run.rejected import refused
from launchwatch.run.scoring import score, some_truth, thinned, truth_of
from launchwatch.run.texts import Sources
from launchwatch.simulate import packaged_scenario, packaged_scenarios, parse_scenario, simulate_recording
from launchwatch.simulate.scoring import CUTOFF_M, TruthPath, truth_paths


@dataclass(frozen=True)
class Assessment:
    """What a run of `assess_evidence` made: events, where their files are, what was refused, what to beware of."""

    events: list[Event]
    folders: list[Path]
    unassigned: list[tuple[str, str]]
    rejections: list[Rejection]
    log: Path | None
    warnings: list[str]


def assess_evidence(
    evidence: Iterable[Path | str],
    out: Path | str | None = None,
    *,
    log: Path | str | None = None,
    settings: Settings | None = None,
    seed: int = 0,
    as_of_utc: str | None = None,
    sites: Path | str | None = None,
    lists: Iterable[Path | str] = (),
    private: bool = False,
    traffic: Iterable[Path | str] = (),
    answers: Iterable[Path | str] = (),
    progress: Progress = silent,
) -> Assessment:
    """Assess evidence files, folders and addresses; write the events below `out` where it is given.

    `lists` are files that name more of them, `private` lets addresses of this machine and its network through;
    `sites` is a table of civil radars' positions, which ASTERIX recordings need; `traffic` are files of positions
    of ships and aircraft, `answers` tables of who was asked after damage.

    Every fact goes to the evidence log `log` (default: `evidence.db` in `out`; none without either). Raises
    NoEvidenceError where nothing usable came in; what was refused stands in `rejections`.
    """
    context = new_context(settings or Settings(), seed=seed, as_of_utc=as_of_utc)
    radars = load_sites(sites)
    folder = Path(out) if out is not None else None
    log_path = Path(log) if log is not None else folder / "evidence.db" if folder is not None else None
    with ExitStack() as stack:
        append: Append = _nowhere
        opened: EvidenceLog | None = None
        if log_path is not None:
            log_path.parent.mkdir(parents=True, exist_ok=True)
            opened = stack.enter_context(EvidenceLog(log_path, writable=True))
            append = opened.append
        append([context.start_fact()])
        clock = SystemClock.now if as_of_utc is None else lambda: parse_instant(as_of_utc)
        intake = take_in(Sources(tuple(evidence), tuple(lists), private, clock), context, append, radars)
        add_traffic(intake, traffic, answers, context, append)
        try:
            assessed = assess_intake(intake, context, append, progress)
        except NoEvidenceError:
            append([context.end_fact([], intake.refused)])
            raise
        folders = _write_events(folder, assessed, context, append)
        append([context.end_fact(assessed.events, intake.refused)])
        _write_index(folder, assessed, intake, context, opened.head if opened is not None else None)
    return _result(assessed, folders, intake, log_path, [])


def assess_from_log(
    log: Path | str, out: Path | str | None = None, *, run: str | None = None, progress: Progress = silent
) -> Assessment:
    """Rebuild the events of a logged run from its evidence, with its clock, seed and settings.

    Nothing is appended to the log. `warnings` tells where the run did not finish, or was made by other versions.
    """
    path, folder = Path(log), Path(out) if out is not None else None
    with EvidenceLog(path) as opened:
        logged = take_from_log(opened, run)
    warnings = differences(logged.start)
    if logged.end is None:
        warnings.append(f"the run {logged.start.id} in {path.name} did not finish: its evidence may be incomplete")
    assessed = assess_intake(logged.intake, logged.context, _nowhere, progress)
    folders = _write_events(folder, assessed, logged.context, _nowhere)
    _write_index(folder, assessed, logged.intake, logged.context, logged.end)
    return _result(assessed, folders, logged.intake, path, warnings)


def _nowhere(_: Sequence[Value]) -> None:
    return None


def _write_events(folder: Path | None, assessed: Assessed, context: Context, append: Append) -> list[Path]:
    folders = []
    for event in assessed.events:
        contents = event_files(event)
        append(bulletins(event, contents, context))
        if folder is not None:
            folders.append(folder / event_folder(event))
            write_event(folders[-1], contents)
    return folders


def _write_index(
    folder: Path | None, assessed: Assessed, intake: Intake, context: Context, logged: Verified | None
) -> None:
    if folder is not None:
        origins = {report.id: report.origin for report in intake.reports}
        index = index_json(
            assessed.events, assessed.unassigned, origins, intake.rejections, run=context.run_id, logged=logged
        )
        write_file(folder / "index.json", index)


def _result(
    assessed: Assessed, folders: list[Path], intake: Intake, log: Path | None, warnings: list[str]
) -> Assessment:
    origins = {report.id: report.origin for report in intake.reports}
    unassigned = [(origins[joined.clues.id], joined.reason) for joined in assessed.unassigned]
    return Assessment(assessed.events, folders, unassigned, intake.rejections, log, warnings)


ASSESSMENT_SCHEMA = "launchwatch/assessment/1"


def assessment_document(done: Assessment) -> dict[str, Any]:
    """Return an assessment for programs: what `assess --json` prints."""
    return {
        "schema": ASSESSMENT_SCHEMA,
        "events": done.events,
        "folders": [str(folder) for folder in done.folders],
        "unassigned": [{"id": origin, "reason": reason} for origin, reason in done.unassigned],
        "rejected": refused(done.rejections),
        "log": None if done.log is None else str(done.log),
        "warnings": done.warnings,
    }


@dataclass(frozen=True)
class Tracked:
    """The tracks of a recording, how many plots it holds, its refused lines, and the score where asked for."""

    tracks: list[Track]
    rejections: list[Rejection]
    plots: int
    scores: Scores | None = None


def track(
    recording: Path | str,
    *,
    updates: Updates = "all",
    seed: int = 0,
    sites: Path | str | None = None,
    as_of_utc: str | None = None,
    truth: bool | Path | str = False,
    cutoff_m: float = CUTOFF_M,
    progress: Progress = silent,
) -> Tracked:
    """Return the tracks in a recording of any form; the path `-` is standard input.

    ASTERIX needs `sites`, a table of its radars' positions, and, where it holds no times of receipt, `as_of_utc`.
    With `truth`, the recording's own (True) or that of another file, the tracks are scored against it; an update
    farther than `cutoff_m` from every object is on none. Raises NoEvidenceError where there is no truth.
    """
    context = new_context(Settings(), seed=seed, as_of_utc=as_of_utc)
    radars = load_sites(sites)
    found = open_file(Path(recording))
    if isinstance(found, InputError):
        raise found
    provenance = context.provenance("observe.recordings")
    decoded = decode_file(found, radars, as_of_utc=context.as_of_utc, evidence=found.origin, provenance=provenance)
    known: list[TruthPath] = []
    if truth is True:
        known = truth_paths(some_truth(decoded.truth, found.origin))
    elif truth is not False:
        known = truth_paths(truth_of(Path(truth), context.as_of_utc, provenance))
    tracked = track_plots(
        decoded.sensors,
        decoded.blocks,
        rng=context.rng("track", found.origin),
        provenance=context.provenance("estimate.track"),
        updates="all" if known else updates,
        progress=lambda done, total: progress("tracking", done, total),
    )
    tracks = [flight.track for flight in tracked]
    scores = score(tracks, known, decoded.sensors, decoded.blocks, cutoff_m=cutoff_m) if known else None
    plots = sum(len(block.plots) for block in decoded.blocks)
    return Tracked([thinned(one, updates) for one in tracks], list(decoded.rejections), plots, scores)


def write_areas(tracks: Iterable[Track], path: Path | str) -> Path:
    """Write where tracks might fall, as known at each of their updates, as GeoJSON, KML or CZML by the suffix."""
    from launchwatch.tell.fallareas import WRITERS

    writer = WRITERS.get(Path(path).suffix.lower())
    if writer is None:
        raise InputError(
            "file of areas", given=Path(path).name, allowed=f"a name that ends in {', '.join(WRITERS)}"
        )
    return write_file(Path(path), writer([area for track in tracks for area in timed_areas(track)]))


def write_tracks(tracks: Iterable[Track], path: Path | str, status: Standing = "exercise") -> Path:
    """Write tracks as Moving Features JSON, GeoJSON or Cursor-on-Target events, by the suffix."""
    from launchwatch.tell.movingfeatures import WRITERS

    writer = WRITERS.get(Path(path).suffix.lower())
    if writer is None:
        raise InputError(
            "file of tracks", given=Path(path).name, allowed=f"a name that ends in {', '.join(WRITERS)}"
        )
    return write_file(Path(path), writer(list(tracks), status))


def write_plots(scores: Scores, folder: Path | str) -> list[Path]:
    """Write the plots of a score, each as SVG and PNG, and return the files."""
    from launchwatch.tell.charts import charts

    return [write_file(Path(folder) / name, content) for name, content in charts(scores).items()]


def zones_at(lat_deg: float, lon_deg: float) -> tuple[list[dict[str, Any]], str | None]:
    """Return how a place lies to the zones, likeliest first, and the name of its sea."""
    check_latitude(lat_deg)
    check_longitude(lon_deg)
    relations = load_zones().relations(lon_deg, lat_deg)
    from launchwatch.run.zones import tell_relation

    return [tell_relation(relation) for relation in relations], sea_name(lon_deg, lat_deg)


def airspace_at(lat_deg: float, lon_deg: float, *, near_km: float = 50.0) -> dict[str, Any]:
    """Return how a place lies to flight information regions, and the airports and airways within `near_km`.

    Where no region holds the place its FIR is not stated, since not all of the world's are drawn. `airways` is
    None where no package with airways is installed; `airways_source` then says so.
    """
    check_latitude(lat_deg)
    check_longitude(lon_deg)
    airways, source = find_airways()
    return {
        "firs": [_fir_relation(relation) for relation in load_firs().relations(lon_deg, lat_deg)],
        "airports": airports_near(load_airports(), lat_deg, lon_deg, near_km),
        "airways": None if airways is None else airways_near(airways, lat_deg, lon_deg, near_km),
        "airways_source": source,
    }


def _fir_relation(relation: FirRelation) -> dict[str, Any]:
    fir, far = relation.fir, abs(relation.margin_km)
    side = f"{relation.relation} the {fir.called}, {far:.1f} km from its line"
    if relation.relation == "too close to call":
        side = f"too close to call: {far:.1f} km from the line of the {fir.called}"
    known = "read in the AIP" if relation.basis == "read" else f"{relation.basis}, to be checked"
    return {
        "fir": fir.id,
        "names": fir.names,
        "served_by": fir.row.served_by,
        "relation": relation.relation,
        "drawn_inside": relation.drawn_inside,
        "margin_km": round(relation.margin_km, 3),
        "line_error_km": relation.line_error_km,
        "basis": relation.basis,
        "source": relation.source,
        "note": fir.row.note,
        "wording": f"{side} (line {known}; it may be {relation.line_error_km:.0f} km off)",
    }


@dataclass(frozen=True)
class Simulated:
    """A simulated recording and the reports of its scenario, written below a folder."""

    title: str
    recording: Path
    reports: list[Path]
    plots: int
    sensors: int


def scenarios() -> list[str]:
    """Return the names of the packaged scenarios."""
    return packaged_scenarios()


def simulate_scenario(
    scenario: Path | str,
    out: Path | str,
    *,
    seed: int | None = None,
    form: Literal["ndjson", "parquet"] = "ndjson",
) -> Simulated:
    """Simulate a scenario, packaged (by name) or in a TOML file, into a folder."""
    if seed is not None and seed < 0:
        raise InputError("seed", given=seed, allowed="0 or more")
    path, folder = Path(scenario), Path(out)
    reports: dict[str, bytes] = {}
    if path.is_file():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise ScenarioError("scenario is no text", given=path.name, allowed="TOML in UTF-8") from None
    else:
        text, reports = packaged_scenario(str(scenario))
    made = parse_scenario(text)
    lines = list(simulate_recording(made, seed))
    if form == "parquet":
        from launchwatch.observe.tables import encode_table

        recording = write_file(folder / "recording.parquet", encode_table(map(decode_line, lines)))
    else:
        recording = write_file(folder / "recording.ndjson", b"".join(lines))
    written = [write_file(folder / "reports" / name, content) for name, content in reports.items()]
    plots = sum(line.startswith(b'{"type":"plot"') for line in lines)
    return Simulated(made.title, recording, written, plots, len(made.sensors))
