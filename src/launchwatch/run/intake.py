"""Evidence in: files or a log to decoded, recorded facts. From here on live and replay are one path."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from launchwatch.basis.errors import InputError, LogError, NoEvidenceError, printable
from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import Evidence, PlotBlock, Provenance, Rejection, Report, RunEnd, RunStart, Sensor, Value
from launchwatch.feeds.files import EvidenceFile, open_evidence, open_file
from launchwatch.feeds.pcap import datagrams
from launchwatch.keep import EvidenceLog, Verified
from launchwatch.observe.asterix import Code, Datagram, Site, decode_asterix, read_sites
from launchwatch.observe.collecting import Recording
from launchwatch.observe.recordings import decode_recording
from launchwatch.observe.reports import decode_report
from launchwatch.run.context import Context, context_of

REPORT_LIMIT_BYTES = 5_000_000
"""A million words: longer texts are no reports."""

Append = Callable[[Sequence[Value]], object]


@dataclass
class Intake:
    """Decoded evidence: files, sensors and plot blocks by recording, reports, and what was refused.

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
    return read_sites(found.read(REPORT_LIMIT_BYTES), found.origin)


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


def take_in(paths: Iterable[Path], context: Context, append: Append, sites: Sites | None = None) -> Intake:
    """Read and decode evidence files, appending each one's facts as they are made."""
    intake = Intake(sites=sites or {})
    seen: dict[str, str] = {}
    for found in open_evidence(paths):
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
    evidence = Evidence(
        id=content_id("evidence", found.sha256),
        kind=found.kind,
        origin=found.origin,
        sha256=found.sha256,
        size_bytes=found.size_bytes,
        received_utc=context.as_of_utc,
        provenance=context.provenance("feeds.files"),
    )
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
    if found.size_bytes > REPORT_LIMIT_BYTES:
        given, allowed = f"{found.size_bytes} bytes", f"at most {REPORT_LIMIT_BYTES} bytes"
        _refuse(
            intake, context, append, evidence.id, found.origin,
            InputError("report too large", given=given, allowed=allowed),
        )  # fmt: skip
        return
    dropped: list[InputError] = []
    try:
        report = decode_report(
            found.read(REPORT_LIMIT_BYTES),
            origin=found.origin,
            evidence=evidence.id,
            provenance=context.provenance("observe.reports", (evidence.id,)),
            published=context.settings.published,
            dropped=dropped,
        )
        _refuse_repeated(report, intake)
    except InputError as error:
        _refuse(intake, context, append, evidence.id, found.origin, error)
        return
    for field_error in dropped:
        _refuse(intake, context, append, evidence.id, f"{found.origin}: published", field_error)
    intake.reports.append(report)
    append([report])


def _refuse_repeated(report: Report, intake: Intake) -> None:
    """Refuse a text that came before, whatever its file's form, encoding or line breaks."""
    digest = sha256_hex(" ".join(report.text.split()).encode())
    if digest in intake.texts:
        raise InputError(f"the same text came twice: first as {intake.texts[digest]}", given=report.origin)
    intake.texts[digest] = report.origin


def _refuse(intake: Intake, context: Context, append: Append, evidence: str, what: str, error: InputError) -> None:
    rejection = Rejection(
        id=content_id("rejection", evidence, what, error.message),
        evidence=evidence,
        what=what,
        reason=error.message,
        given=None if error.given is None else printable(str(error.given)),
        allowed=error.allowed or None,
        try_=error.try_ or None,
        provenance=context.provenance("run.intake"),
    )
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
    for row in log.rows("run", "evidence", "sensor", "plots", "report", "rejection", "end"):
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
        intake.evidence.append(fact)
    elif isinstance(fact, Sensor):
        intake.sensors.setdefault(intake.evidence[-1].id, []).append(fact)
    elif isinstance(fact, PlotBlock):
        intake.blocks.setdefault(fact.evidence, []).append(fact)
    elif isinstance(fact, Report):
        intake.reports.append(fact)
    elif isinstance(fact, Rejection):
        intake.rejections.append(fact)
