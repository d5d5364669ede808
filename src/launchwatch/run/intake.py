"""Evidence in: files or a log to decoded, recorded facts. From here on live and replay are one path."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from launchwatch.basis.errors import InputError, LogError, NoEvidenceError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import (
    Answer,
    Evidence,
    PlotBlock,
    Provenance,
    Rejection,
    Report,
    RunEnd,
    RunStart,
    Sensor,
    TrafficBlock,
    TrafficPosition,
    Value,
)
from launchwatch.feeds.files import EvidenceFile, open_file
from launchwatch.feeds.pcap import datagrams
from launchwatch.keep import EvidenceLog, Verified
from launchwatch.observe.asterix import Code, Datagram, Site, decode_asterix, read_sites
from launchwatch.observe.collecting import Recording
from launchwatch.observe.recordings import decode_recording
from launchwatch.observe.reports import Refused
from launchwatch.run.context import Context, context_of
from launchwatch.run.exposing import take_traffic
from launchwatch.run.texts import Sources, evidence_fact, open_sources, rejection_of, reports_in, words_of

SITES_LIMIT_BYTES = 5_000_000
"""A world's radars are a thousandth of it."""

Append = Callable[[Sequence[Value]], object]


@dataclass
class Intake:
    """Decoded evidence: files, sensors and plot blocks by recording, reports, and what was refused.

    `traffic` = positions of ships and aircraft, `answers` = who was asked after damage;
    `texts` = digest of each report's words, and the name of the file that brought them first; `sites` = the civil
    radars that the run was told of.
    """

    evidence: list[Evidence] = field(default_factory=list)
    sensors: dict[str, list[Sensor]] = field(default_factory=dict)
    blocks: dict[str, list[PlotBlock]] = field(default_factory=dict)
    reports: list[Report] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    sites: dict[Code, Site] = field(default_factory=dict)
    traffic: list[TrafficBlock] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    @property
    def positions(self) -> list[TrafficPosition]:
        """Return the positions of all ships and aircraft."""
        return [position for block in self.traffic for position in block.positions]

    @property
    def usable(self) -> bool:
        """Return whether anything is left to assess."""
        return bool(self.reports) or any(self.blocks.values())

    @property
    def refused(self) -> int:
        """Return how many plots, lines and reports the rejections stand for."""
        return sum(rejection.count for rejection in self.rejections)

    def evidence_of(self, id_: str) -> Evidence:
        """Return one evidence fact."""
        return next(e for e in self.evidence if e.id == id_)


Sites = dict[Code, Site]
"""Civil radars by SAC and SIC: ASTERIX target reports do not say where their radar stands."""


def load_sites(path: Path | str | None) -> Sites:
    """Return the radars of a table of sites, TOML or JSON; none without a path. Raises InputError."""
    if path is None:
        return {}
    found = open_file(Path(path))
    if isinstance(found, InputError):
        raise found
    return read_sites(found.read(SITES_LIMIT_BYTES), found.origin)


def decode_file(
    found: EvidenceFile, sites: Sites, *, as_of_utc: str, evidence: str, provenance: Provenance
) -> Recording:
    """Return the recording in a file of any form; never raises on bad content.

    `as_of_utc` tells the day of ASTERIX times where the file holds no times of receipt: the last one before it.
    """
    if found.form == "parquet":
        from launchwatch.observe.tables import decode_table

        with found.open() as handle:
            return decode_table(handle, evidence=evidence, provenance=provenance)
    if found.form in ("asterix", "pcap"):
        reference_s = parse_instant(as_of_utc)
        with found.open() as handle:
            received = found.blocks() if found.form == "asterix" else datagrams(handle)
            came = (one if isinstance(one, InputError) else Datagram(*one) for one in received)
            return decode_asterix(came, sites, reference_s=reference_s, evidence=evidence, provenance=provenance)
    return decode_recording(found.lines(), evidence=evidence, provenance=provenance)


def take_in(
    paths: Iterable[Path] | Sources, context: Context, append: Append, sites: Sites | None = None
) -> Intake:
    """Read and decode evidence files and addresses, appending each one's facts as they are made."""
    intake = Intake(sites=sites or {})
    seen: dict[str, str] = {}
    for found in open_sources(paths if isinstance(paths, Sources) else Sources(tuple(paths))):
        if isinstance(found, InputError):
            _refuse(intake, context, append, "", str(found.given), found)
        elif found.sha256 in seen:
            error = InputError(f"the same content came twice: first as {seen[found.sha256]}", given=found.origin)
            _refuse(intake, context, append, found.sha256, found.origin, error)
        else:
            seen[found.sha256] = found.origin
            _take_file(found, intake, context, append)
    return intake


def _take_file(found: EvidenceFile, intake: Intake, context: Context, append: Append) -> None:
    evidence = evidence_fact(found, context)
    intake.evidence.append(evidence)
    append([evidence])
    if found.kind == "recording":
        _take_recording(found, evidence, intake, context, append)
    else:
        _take_report(found, evidence, intake, context, append)


def _take_recording(
    found: EvidenceFile, evidence: Evidence, intake: Intake, context: Context, append: Append
) -> None:
    provenance = context.provenance("observe.recordings", (evidence.id,))
    recording = decode_file(
        found, intake.sites, as_of_utc=context.as_of_utc, evidence=evidence.id, provenance=provenance
    )
    intake.sensors[evidence.id] = list(recording.sensors)
    intake.blocks[evidence.id] = list(recording.blocks)
    intake.rejections += recording.rejections
    append([*recording.sensors, *recording.blocks, *recording.rejections])
    if not recording.blocks and not recording.rejections:
        error = InputError(
            "the recording holds no plots", given=found.origin, allowed="lines of type sensor and plot"
        )
        _refuse(intake, context, append, evidence.id, found.origin, error)


def _take_report(
    found: EvidenceFile, evidence: Evidence, intake: Intake, context: Context, append: Append
) -> None:
    taken = 0
    for one in reports_in(found, evidence, context):
        taken += 1
        if isinstance(one, Refused):
            _refuse(intake, context, append, evidence.id, one.what, one.error)
        elif (words := words_of(one)) in intake.texts:
            error = InputError(f"the same text came twice: first as {intake.texts[words]}", given=one.origin)
            _refuse(intake, context, append, evidence.id, one.origin, error)
        else:
            intake.texts[words] = one.origin
            intake.reports.append(one)
            append([one])
    if not taken:
        _refuse(
            intake, context, append, evidence.id, found.origin, InputError("no report in it", given=found.origin)
        )


def add_traffic(
    intake: Intake,
    traffic: Iterable[Path | str],
    answers: Iterable[Path | str],
    context: Context,
    append: Append,
) -> None:
    """Add positions of ships and aircraft, and answers of those who were asked, appending their facts."""
    taken = take_traffic(traffic, answers, context)
    intake.evidence += taken.evidence
    intake.traffic += taken.blocks
    intake.answers += taken.answers
    intake.rejections += taken.rejections
    append([*taken.evidence, *taken.blocks, *taken.answers, *taken.rejections])


def _refuse(intake: Intake, context: Context, append: Append, evidence: str, what: str, error: InputError) -> None:
    rejection = rejection_of(context, evidence, what, error)
    intake.rejections.append(rejection)
    append([rejection])


@dataclass(frozen=True)
class LoggedRun:
    """One run as the log holds it: its start, its evidence, and the state of the log at its end, if it has one."""

    start: RunStart
    context: Context
    intake: Intake
    end: Verified | None = None


def take_from_log(log: EvidenceLog, run: str | None = None) -> LoggedRun:
    """Return a logged run with its evidence: the named one, or the last.

    Only evidence-level facts are read; everything derived is made anew.
    """
    log.verify()
    found: LoggedRun | None = None
    for row in log.rows("run", "evidence", "sensor", "plots", "report", "traffic", "answer", "rejection", "end"):
        fact = row.fact()
        if isinstance(fact, RunStart):
            if found is not None and run is not None:
                break
            if run in (None, fact.id):
                found = LoggedRun(fact, context_of(fact), Intake())
        elif found is not None and isinstance(fact, RunEnd):
            found = replace(found, end=Verified(row.seq, row.hash))
        elif found is not None:
            _restore(found.intake, fact)
    if found is None:
        known = [str(row.fact().id) for row in log.rows("run")]  # type: ignore[attr-defined]
        if run is None:
            raise LogError(f"{log.path.name} holds no run")
        raise NoEvidenceError(f"no run {run} in {log.path.name}", allowed=", ".join(known))
    return found


def _restore(intake: Intake, fact: Value) -> None:
    if isinstance(fact, Evidence):
        if fact.kind != "raw":  # its plots are there as the feed's
            intake.evidence.append(fact)
    elif isinstance(fact, Sensor):
        intake.sensors.setdefault(intake.evidence[-1].id, []).append(fact)
    elif isinstance(fact, PlotBlock):
        intake.blocks.setdefault(fact.evidence, []).append(fact)
    elif isinstance(fact, Report):
        intake.reports.append(fact)
    elif isinstance(fact, TrafficBlock):
        intake.traffic.append(fact)
    elif isinstance(fact, Answer):
        intake.answers.append(fact)
    elif isinstance(fact, Rejection):
        intake.rejections.append(fact)
