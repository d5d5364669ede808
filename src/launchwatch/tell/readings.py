"""Readings as one self-contained page: each text with its claims marked, and who said what across reports.

A speaker has a colour, a kind of line and a letter, the same on the whole page, so that none is needed alone. An
office that many outlets quote is one column, and a value that it gave stands once, with its quotes and the number
of independent texts that they are from: copies of one wire text count once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launchwatch.facts import Claim, Reading, Rejection, Report
from launchwatch.facts.observations import Observation
from launchwatch.facts.speakers import OUTLET, office_of
from launchwatch.tell.attribution import ContextRow, context_rows, safe_url
from launchwatch.tell.drawing import letter
from launchwatch.tell.matters import VOICE, say_count, say_disagreement, say_name, say_told, tabulate
from launchwatch.tell.page import environment, palettes, policy, template_text
from launchwatch.tell.values import TITLES

COLOURS = 8
"""Colours of the palette; two that look alike in some colour vision have other kinds of line. Speakers beyond
eight share colour and line, never the letter."""


@dataclass(frozen=True)
class Told:
    """One launch, or reports that tell of none: `texts` counts reports with words of their own."""

    title: str
    reports: tuple[str, ...]
    texts: int = 0
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True)
class Speaker:
    """One office on the page: its letter, its number among the colours, its anchor."""

    name: str
    letter: str
    colour: int


@dataclass(frozen=True)
class Piece:
    """A stretch of a text, and the claims that stand in it; none for plain text."""

    text: str
    claims: tuple["Row", ...] = ()


@dataclass(frozen=True)
class Row:
    """One claim: its number in the text, its anchor, who said it, what, and how."""

    number: int
    anchor: str
    speaker: Speaker
    title: str
    value: str
    manner: str
    earlier: bool
    quote: str


@dataclass(frozen=True)
class Text:
    """One report on the page; `copy_of` is the anchor and name of the text that it copies."""

    anchor: str
    name: str
    about: str
    url: str | None
    language: str
    pieces: tuple[Piece, ...]
    rows: tuple[Row, ...]
    context: tuple[ContextRow, ...]
    notes: tuple[str, ...]
    disagreements: tuple[tuple[str, str, str], ...]
    copy_of: tuple[str, str] | None


@dataclass(frozen=True)
class Said:
    """One value that an office gave: anchor, report and its number of each quote; how often, where not once."""

    value: str
    quotes: tuple[tuple[str, str, str], ...]
    counted: str


@dataclass(frozen=True)
class Launch:
    """Who said what of one launch: rows of matters, a cell for each speaker, who comes with how often quoted."""

    anchor: str
    title: str
    counted: str
    speakers: tuple[tuple[Speaker, str], ...]
    matters: tuple[tuple[str, tuple[tuple[Said, ...], ...]], ...]
    texts: tuple[tuple[str, str], ...]


def to_reading_page(
    read: Sequence[tuple[Report, Reading]],
    launches: Sequence[Told],
    copy_of: Mapping[str, str],
    rejections: Sequence[Rejection] = (),
    compared: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> bytes:
    """Return the page, UTF-8 HTML; the same bytes for the same readings.

    `copy_of` tells for a report the one that it is a copy of; `compared` gives for each report where rules and a
    language model say different things, and is None where no model was asked.
    """
    speakers = _speakers(read)
    names = {report.id: (f"r{number}", report.origin) for number, (report, _) in enumerate(read, start=1)}
    differ = compared or {}
    texts = [
        _text(report, reading, names, speakers, copy_of, differ.get(report.id, ())) for report, reading in read
    ]
    quotes = {
        claim.id: (row.anchor, text.name, text.anchor[1:])
        for (_, reading), text in zip(read, texts, strict=True)
        for claim, row in zip(_in_order(reading), text.rows, strict=True)
    }
    tables = [_launch(number, told, names, quotes, speakers) for number, told in enumerate(launches, start=1)]
    style = palettes() + template_text("reading.css")
    html = environment().get_template("reading.html").render(
        policy=policy(style, ""),
        style=style,
        texts=texts,
        launches=tables,
        speakers=list(speakers.values()),
        rejections=rejections,
        model=compared is not None,
    )  # fmt: skip
    return html.encode(errors="replace")


def _office(claim: Claim) -> str:
    return say_name(office_of(claim.source))


def _speakers(read: Sequence[tuple[Report, Reading]]) -> dict[str, Speaker]:
    """Return the speakers, those with most claims first."""
    counts: dict[str, int] = {}
    for _, reading in read:
        for claim in reading.claims:
            counts[_office(claim)] = counts.get(_office(claim), 0) + 1
    ranked = sorted(counts, key=lambda name: (name == VOICE, -counts[name], name))
    return {name: Speaker(name, letter(at), at % COLOURS) for at, name in enumerate(ranked)}


def _text(
    report: Report,
    reading: Reading,
    names: Mapping[str, tuple[str, str]],
    speakers: Mapping[str, Speaker],
    copy_of: Mapping[str, str],
    differ: Sequence[Mapping[str, Any]],
) -> Text:
    anchor, name = names[report.id]
    claims = _in_order(reading)
    rows = [_row(n, anchor, claim, speakers[_office(claim)]) for n, claim in enumerate(claims, start=1)]
    first = copy_of.get(report.id)
    return Text(
        anchor=anchor,
        name=name,
        about=", ".join(part for part in (report.outlet, report.published, reading.language) if part),
        url=safe_url(report.url),
        language=reading.language or "",
        pieces=tuple(_pieces(report.text, [(claim.span, row) for claim, row in zip(claims, rows, strict=True)])),
        rows=tuple(rows),
        context=tuple(context_rows(reading.context)),
        notes=reading.notes,
        disagreements=tuple(say_disagreement(one, reading.claims) for one in differ),
        copy_of=names[first] if first is not None and first in names else None,
    )


def _row(number: int, anchor: str, claim: Claim, speaker: Speaker) -> Row:
    put = (
        f"speaker: {claim.source}" if claim.source not in (OUTLET, speaker.name) else "",
        f"via {claim.via}" if claim.via else "",
        f"hedged “{claim.hedge}”" if claim.hedge else "",
        f"on condition: {claim.condition}" if claim.condition else "",
        "" if "rules" in claim.found_by else "found only at a language model's quote",
    )
    return Row(
        number=number,
        anchor=f"{anchor}c{number}",
        speaker=speaker,
        title=TITLES[claim.attribute],
        value=say_told(claim),
        manner="; ".join(part for part in put if part),
        earlier=claim.about == "previous",
        quote=claim.quote,
    )


def _pieces(text: str, spans: Sequence[tuple[tuple[int, int], Row]]) -> list[Piece]:
    """Return a text in pieces; claims whose spans overlap share one marked piece."""
    pieces: list[Piece] = []
    at, k = 0, 0
    while k < len(spans):
        (start, end), row = spans[k]
        rows = [row]
        k += 1
        while k < len(spans) and spans[k][0][0] < end:
            end = max(end, spans[k][0][1])
            rows.append(spans[k][1])
            k += 1
        pieces += [Piece(text[at:start]), Piece(text[start:end], tuple(rows))]
        at = end
    return [*pieces, Piece(text[at:])]


def _in_order(reading: Reading) -> list[Claim]:
    return sorted(reading.claims, key=lambda c: (c.span[0], "rules" not in c.found_by, c.span[1], c.id))


def _launch(
    number: int,
    told: Told,
    names: Mapping[str, tuple[str, str]],
    quotes: Mapping[str, tuple[str, str, str]],
    speakers: Mapping[str, Speaker],
) -> Launch:
    offices, matters = tabulate(told.observations)
    return Launch(
        anchor=f"l{number}",
        title=told.title,
        counted=say_count(told.texts, len(told.reports)) if told.texts else f"{len(told.reports)} reports",
        speakers=tuple((speakers[office.name], office.quoted) for office in offices),
        matters=tuple(
            (m.title, tuple(tuple(_said(one, quotes) for one in cell) for cell in m.cells)) for m in matters
        ),
        texts=tuple(names[id_] for id_ in told.reports),
    )


def _said(one: Observation, quotes: Mapping[str, tuple[str, str, str]]) -> Said:
    counted = say_count(one.texts, len(one.reports)) if len(one.reports) > 1 else ""
    return Said(say_told(one.said), tuple(quotes[claim.id] for claim in one.claims), counted)
