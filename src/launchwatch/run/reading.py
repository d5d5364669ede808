"""The job of `launchwatch read`: reports in, their claims out; nothing that only flights need is loaded."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins
from msgspec.structs import replace

from launchwatch.basis.errors import InputError
from launchwatch.facts import Reading, Rejection, Report
from launchwatch.observe.clues import launching_state
from launchwatch.observe.read import read_report
from launchwatch.observe.reports import Refused
from launchwatch.run.context import Context, Settings, new_context
from launchwatch.run.launches import Launch, copies_of, launches_of
from launchwatch.run.rejected import refused
from launchwatch.run.texts import Sources, evidence_fact, open_sources, rejection_of, reports_in, words_of

if TYPE_CHECKING:
    from launchwatch.run.asking import Model

READ_SCHEMA = "launchwatch/reading/1"
_OBSERVED = ("attribute", "value", "unit", "qualifier", "polarity", "item")
_FIELDS = ("language", "published", "claims", "context", "notes")


@dataclass(frozen=True)
class ReadDocument:
    """What `read` found: the document that it prints, what was refused, the reports with their readings, launches.

    `copy_of` tells for a report the one that it is a copy of, `left` the reports that no launch took, and why.
    """

    document: dict[str, Any]
    rejections: list[Rejection]
    read: list[tuple[Report, Reading]]
    copy_of: dict[str, str]
    launches: list[Launch]
    left: dict[str, str]


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
    launches, left = launches_of([(report, _by_rules(reading)) for report, reading in found], copied)
    told_of = _place(told, copied, launches, found)
    names = {row["report"]: row["id"] for row in told}
    document = {
        "schema": READ_SCHEMA,
        "reports": told,
        "launches": told_of,
        "unassigned": [{"id": names[id_], "report": id_, "reason": reason} for id_, reason in left],
        "rejected": refused(rejections),
    }
    return ReadDocument(document, rejections, found, copied, launches, dict(left))


def _by_rules(reading: Reading) -> Reading:
    """Return a reading without what a model alone found: it may be a second speaker of one figure."""
    return replace(reading, claims=tuple(claim for claim in reading.claims if "rules" in claim.found_by))


def _place(
    rows: list[dict[str, Any]],
    copied: Mapping[str, str],
    launches: list[Launch],
    read: list[tuple[Report, Reading]],
) -> list[dict[str, Any]]:
    """Put into each report's row its launch and whose words it repeats; return the rows of the launches."""
    names = {row["report"]: row["id"] for row in rows}
    key_of = {id_: launch.key for launch in launches for id_ in launch.reports}
    for row in rows:
        row["copy_of"] = names.get(copied.get(row["report"], ""))
        row["launch"] = key_of.get(row["report"])
    return [launch_row(launch, {report.id: report.evidence for report, _ in read}) for launch in launches]


def launch_row(launch: Launch, evidence: Mapping[str, str]) -> dict[str, Any]:
    """Return one launch of the document: its reports with their evidence, and what each office said of it once."""
    return {
        "id": launch.key,
        "country": launch.country,
        "date": launch.date,
        "reports": launch.reports,
        "evidence": list(dict.fromkeys(evidence[id_] for id_ in launch.reports)),
        "texts": launch.texts,
        "observations": [
            {
                "office": one.office,
                **{name: getattr(one.said, name) for name in _OBSERVED},
                "reports": one.reports,
                "texts": one.texts,
                "claims": [claim.id for claim in one.claims],
            }
            for one in launch.observations
        ],
    }


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
    for one in _taken(Sources(tuple(evidence), tuple(lists), private, flowing=True), context, None):
        if isinstance(one, Rejection):
            yield one
            continue
        reading, answered, unusable = _read(one, context, model)
        yield report_row(one, reading, with_text=with_text) | answered
        yield from unusable


def reading_page(done: ReadDocument) -> bytes:
    """Return the page of readings: texts with their claims marked, and who said what of each launch."""
    from launchwatch.tell.readings import Told, to_reading_page

    told = [Told(one.title, one.reports, one.texts, one.observations) for one in done.launches]
    if done.left:
        told.append(Told("Reports that could be given to no launch", tuple(done.left)))
    compared = {row["report"]: row["disagreements"] for row in done.document["reports"] if "model" in row}
    return to_reading_page(done.read, told, done.copy_of, done.rejections, compared or None)


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
