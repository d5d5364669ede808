"""Readings as one self-contained page: each text with its claims marked, and who said what across reports.

A speaker has a colour, a kind of line and a letter, the same on the whole page, so that none is needed alone. An
office that many outlets quote is one column, and a value that it gave stands once, with its quotes and the number
of independent texts that they are from: copies of one wire text count once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from launchwatch.facts import Attribute, Claim, Reading, Rejection, Report
from launchwatch.facts.speakers import OUTLET, office_of
from launchwatch.tell.attribution import TITLES, safe_url, say_value
from launchwatch.tell.page import environment, palettes, policy, template_text

COLOURS = 8
"""Colours of the palette, told apart with any colour vision (Okabe and Ito 2008); speakers beyond share them."""

_VOICE = "the report itself"


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
    copy_of: tuple[str, str] | None


@dataclass(frozen=True)
class Told:
    """One value that an office gave: the anchors and names of its quotes, and in how many texts of their own."""

    value: str
    quotes: tuple[tuple[str, str], ...]
    texts: int


@dataclass(frozen=True)
class Launch:
    """Who said what of one launch: rows of matters, a cell for each speaker."""

    title: str
    speakers: tuple[Speaker, ...]
    matters: tuple[tuple[str, tuple[tuple[Told, ...], ...]], ...]
    texts: tuple[tuple[str, str], ...]
    apart: int


def to_reading_page(
    read: Sequence[tuple[Report, Reading]],
    launches: Sequence[tuple[str, Sequence[str]]],
    copy_of: Mapping[str, str],
    rejections: Sequence[Rejection] = (),
) -> bytes:
    """Return the page, UTF-8 HTML; the same bytes for the same readings.

    `launches` are titles with the ids of their reports, `copy_of` tells for a report the one that it is a copy of.
    """
    speakers = _speakers(read)
    names = {report.id: (f"r{number}", report.origin) for number, (report, _) in enumerate(read, start=1)}
    texts = [_text(report, reading, names, speakers, copy_of) for report, reading in read]
    by_id = dict(zip((report.id for report, _ in read), zip(read, texts, strict=True), strict=True))
    tables = [_launch(title, [by_id[id_] for id_ in ids], speakers, copy_of) for title, ids in launches]
    style = palettes() + template_text("reading.css")
    html = environment().get_template("reading.html").render(
        policy=policy(style, ""),
        style=style,
        texts=texts,
        launches=tables,
        speakers=list(speakers.values()),
        rejections=rejections,
    )  # fmt: skip
    return html.encode(errors="replace")


def _office(claim: Claim) -> str:
    return _VOICE if claim.source == OUTLET else office_of(claim.source)


def _speakers(read: Sequence[tuple[Report, Reading]]) -> dict[str, Speaker]:
    """Return the speakers, those with most claims first."""
    counts: dict[str, int] = {}
    for _, reading in read:
        for claim in reading.claims:
            counts[_office(claim)] = counts.get(_office(claim), 0) + 1
    ranked = sorted(counts, key=lambda name: (name == _VOICE, -counts[name], name))
    return {name: Speaker(name, _letter(at), at % COLOURS) for at, name in enumerate(ranked)}


def _letter(number: int) -> str:
    """Return A to Z, then AA to ZZ and so on."""
    before = "" if number < 26 else _letter(number // 26 - 1)
    return before + chr(ord("A") + number % 26)


def _text(
    report: Report,
    reading: Reading,
    names: Mapping[str, tuple[str, str]],
    speakers: Mapping[str, Speaker],
    copy_of: Mapping[str, str],
) -> Text:
    anchor, name = names[report.id]
    claims = sorted(reading.claims, key=lambda claim: (claim.span, claim.id))
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
        value=say_value(claim),
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


_Read = tuple[tuple[Report, Reading], Text]


def _launch(
    title: str, members: Sequence[_Read], speakers: Mapping[str, Speaker], copy_of: Mapping[str, str]
) -> Launch:
    said: dict[tuple[str, str], dict[str, list[tuple[str, str, str]]]] = {}
    for (report, reading), text in members:
        claims = sorted(reading.claims, key=lambda claim: (claim.span, claim.id))
        for claim, row in zip(claims, text.rows, strict=True):
            if claim.about == "main":
                cell = said.setdefault((claim.attribute, row.speaker.name), {})
                cell.setdefault(row.value, []).append((row.anchor, text.name, copy_of.get(report.id, report.id)))
    own = [speaker for name, speaker in speakers.items() if any(office == name for _, office in said)]
    matters = tuple(
        (TITLES[attribute], tuple(_cell(said.get((attribute, speaker.name), {})) for speaker in own))
        for attribute in get_args(Attribute)
        if any(matter == attribute for matter, _ in said)
    )
    ids = [report.id for (report, _), _ in members]
    texts = tuple((text.anchor, text.name) for _, text in members)
    return Launch(title, tuple(own), matters, texts, len({copy_of.get(id_, id_) for id_ in ids}))


def _cell(values: Mapping[str, Sequence[tuple[str, str, str]]]) -> tuple[Told, ...]:
    return tuple(
        Told(value, tuple((anchor, name) for anchor, name, _ in quotes), len({first for _, _, first in quotes}))
        for value, quotes in values.items()
    )
