"""The job of `launchwatch read`: reports in, their claims out; nothing that only flights need is loaded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from launchwatch.basis.errors import InputError
from launchwatch.estimate.fuse.copies import copies
from launchwatch.facts import Reading, Rejection, Report
from launchwatch.observe.clues import launching_state
from launchwatch.observe.read import read_report
from launchwatch.observe.reports import Refused
from launchwatch.run.context import Context, Settings, new_context
from launchwatch.run.rejected import refused
from launchwatch.run.texts import Sources, evidence_fact, open_sources, rejection_of, reports_in, words_of

if TYPE_CHECKING:
    from launchwatch.run.asking import Model

READ_SCHEMA = "launchwatch/reading/1"
_FIELDS = ("language", "published", "claims", "context", "notes")


@dataclass(frozen=True)
class ReadDocument:
    """What `read` found: the document that it prints, what was refused, and the reports with their readings."""

    document: dict[str, Any]
    rejections: list[Rejection]
    read: list[tuple[Report, Reading]]


def read(
    evidence: Iterable[Path | str],
    *,
    lists: Iterable[Path | str] = (),
    published: str | None = None,
    with_text: bool = False,
    private: bool = False,
    model: "Model | None" = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> ReadDocument:
    """Return the claims of report files, folders and addresses; recordings among them are refused.

    `lists` are files that name more of them, `published` dates reports that state no date, `with_text` puts each
    report's text into the document, `private` lets addresses of this machine and its network through. With
    a `model` (see `asking.new_model`) the claims at its quotes stand beside the rules' own.
    """
    context = new_context(Settings(published=published))
    sources = Sources(tuple(evidence), tuple(lists), private)
    reports: list[Report] = []
    rejections: list[Rejection] = []
    texts: dict[str, str] = {}
    for one in _taken(sources, context, {}):
        if isinstance(one, Rejection):
            rejections.append(one)
        elif (words := words_of(one)) in texts:
            error = InputError(f"the same text came twice: first as {texts[words]}", given=one.origin)
            rejections.append(rejection_of(context, one.evidence, one.origin, error))
        else:
            texts[words] = one.origin
            reports.append(one)
    found = []
    told = []
    for done, report in enumerate(reports, start=1):
        reading, answered, unusable = _read(report, context, model)
        found.append((report, reading))
        told.append(report_row(report, reading, with_text=with_text) | answered)
        rejections += unusable
        if progress is not None:
            progress("reading", done, len(reports))
    copied = copies_of(reports)
    names = {report.id: row["id"] for report, row in zip(reports, told, strict=True)}
    for report, row in zip(reports, told, strict=True):
        row["copy_of"] = names.get(copied.get(report.id, ""))
    return ReadDocument(
        {"schema": READ_SCHEMA, "reports": told, "rejected": refused(rejections)}, rejections, found
    )


def read_each(
    evidence: Iterable[Path | str],
    *,
    lists: Iterable[Path | str] = (),
    published: str | None = None,
    with_text: bool = False,
    private: bool = False,
    model: "Model | None" = None,
) -> Iterator[dict[str, Any] | Rejection]:
    """Yield each report's row, or why it is none, as soon as it is read; repeats are not told: nothing is kept."""
    context = new_context(Settings(published=published))
    for one in _taken(Sources(tuple(evidence), tuple(lists), private), context, None):
        if isinstance(one, Rejection):
            yield one
            continue
        reading, answered, unusable = _read(one, context, model)
        yield report_row(one, reading, with_text=with_text) | answered
        yield from unusable


def copies_of(reports: Sequence[Report]) -> dict[str, str]:
    """Return for each report that is a copy of another's wire text the id of that other."""
    first = copies([report.text for report in reports])
    return {report.id: reports[k].id for report, k in zip(reports, first, strict=True) if reports[k] is not report}


def reading_page(done: ReadDocument) -> bytes:
    """Return the page of readings: texts with their claims marked, and who said what of each launch."""
    from launchwatch.run.launches import launches_of
    from launchwatch.tell.readings import to_reading_page

    copied = copies_of([report for report, _ in done.read])
    return to_reading_page(done.read, launches_of(done.read, copied), copied, done.rejections)


def _read(
    report: Report, context: Context, model: "Model | None"
) -> tuple[Reading, dict[str, Any], list[Rejection]]:
    """Return a report's reading, what a model adds to its row, and what of the model's answer is not used."""
    reading = read_report(report, provenance=context.provenance("observe.read", (report.id,)))
    if model is None:
        return reading, {}, []
    from launchwatch.run.asking import with_model

    return with_model(report, reading, model, context)


def _taken(sources: Sources, context: Context, seen: dict[str, str] | None) -> Iterator[Report | Rejection]:
    """Yield reports and rejections; `seen` (digest, first file) tells files that come twice."""
    for found in open_sources(sources):
        if isinstance(found, InputError):
            yield rejection_of(context, "", str(found.given), found)
            continue
        if seen is not None:
            if found.sha256 in seen:
                error = InputError(
                    f"the same content came twice: first as {seen[found.sha256]}", given=found.origin
                )
                yield rejection_of(context, found.sha256, found.origin, error)
                continue
            seen[found.sha256] = found.origin
        evidence = evidence_fact(found, context)
        if found.kind == "recording":
            error = InputError("a sensor recording holds no text to read", try_="launchwatch track")
            yield rejection_of(context, evidence.id, found.origin, error)
            continue
        for one in reports_in(found, evidence, context):
            if isinstance(one, Refused):
                yield rejection_of(context, evidence.id, one.what, one.error)
            else:
                yield one


def report_row(report: Report, reading: Reading, *, with_text: bool) -> dict[str, Any]:
    """Return one report of the document: what it states of itself, its claims and context."""
    fields = to_builtins(reading)
    row = {
        "id": short_id(report.origin),
        "path": report.origin,
        "report": report.id,
        "country": launching_state(report.text),
        **{name: fields[name] for name in _FIELDS},
        "outlet": report.outlet,
        "url": report.url,
    }
    return {**row, "text": report.text} if with_text else row


def short_id(origin: str) -> str:
    """Return a report's short name: its file's without the ending, with its number in a file of several."""
    if "://" in origin:
        return origin
    name, mark, number = origin.rpartition("#")
    return f"{Path(name).stem}#{number}" if mark and number.isdigit() else Path(origin).stem
