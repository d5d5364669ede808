"""Files, lists and addresses to reports, one after the other: what `assess` and `read` take reports in by."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from launchwatch import __version__
from launchwatch.basis.errors import InputError, plain
from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.facts import Evidence, Rejection, Report
from launchwatch.feeds.files import STANDARD_INPUT, EvidenceFile, flow_lines, listed, open_evidence
from launchwatch.observe.reports import DOCUMENT_BYTES, Refused, Source, decode_line, decode_reports
from launchwatch.run.clock import SystemClock
from launchwatch.run.context import Context


@dataclass(frozen=True)
class Sources:
    """What to take in: paths and addresses, and files that list more of them.

    `private` lets addresses of this machine and its network through; `clock` tells when an address's content came;
    `flowing` takes reports on standard input line by line, each line as evidence of its own.
    """

    named: tuple[Path | str, ...]
    lists: tuple[Path | str, ...] = ()
    private: bool = False
    clock: Callable[[], float] = SystemClock.now
    flowing: bool = False


def open_sources(sources: Sources) -> Iterator[EvidenceFile | InputError]:
    """Yield every file and every fetched address; what cannot be had comes as its error."""
    for name in sources.named:
        yield from _open(name, sources)
    for path in sources.lists:
        try:
            names = listed(Path(path))
        except InputError as error:
            yield error
            continue
        for name in names:
            yield from _open(name, sources)


def _open(name: Path | str, sources: Sources) -> Iterator[EvidenceFile | InputError]:
    if sources.flowing and Path(name) == STANDARD_INPUT:
        yield from flow_lines()
        return
    if "://" not in str(name):
        yield from open_evidence([Path(name)])
        return
    from launchwatch.feeds.web import Limits, fetch

    limits = Limits(private=sources.private, agent=f"launchwatch/{__version__}")
    yield fetch(str(name), sources.clock, limits)


def evidence_fact(found: EvidenceFile, context: Context) -> Evidence:
    """Return the fact that a file or an address's content came in."""
    return Evidence(
        id=content_id("evidence", found.sha256),
        kind=found.kind,
        origin=found.origin,
        sha256=found.sha256,
        size_bytes=found.size_bytes,
        received_utc=found.received_utc or context.as_of_utc,
        provenance=context.provenance("feeds.web" if found.url else "feeds.files"),
    )


def reports_in(found: EvidenceFile, evidence: Evidence, context: Context) -> Iterator[Report | Refused]:
    """Yield the reports in a file or an address's content, and what of it is refused."""
    source = Source(
        origin=found.origin,
        evidence=evidence.id,
        provenance=context.provenance("observe.reports", (evidence.id,)),
        published=context.settings.published,
        url=found.url,
        charset=found.charset,
    )
    if found.form == "reports":
        for number, line in enumerate(found.lines(), start=found.first_line):
            if line.strip():
                yield from decode_line(line.strip(), number, source)
    else:
        yield from decode_reports(found.read(DOCUMENT_BYTES), source)


def words_of(report: Report) -> str:
    """Return the digest of a report's words, whatever its file's form, encoding or line breaks."""
    return sha256_hex(" ".join(report.text.split()).encode())


def rejection_of(context: Context, evidence: str, what: str, error: InputError) -> Rejection:
    """Return the fact that something was not used."""
    return Rejection(
        id=content_id("rejection", evidence, what, error.message),
        evidence=evidence,
        what=what,
        reason=error.message,
        given=None if error.given is None else plain(error.given),
        allowed=error.allowed or None,
        try_=error.try_ or None,
        provenance=context.provenance("run.intake"),
    )
