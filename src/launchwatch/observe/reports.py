"""Report files in: bytes to `Report`s, or errors that say what was given and what is allowed.

A file is told by its first bytes, else by its ending:

    PDF              one report (`observe.pdf`)
    HTML             one report: the main text, with what the page states of itself (`observe.pages`)
    RSS, Atom        each item one report (`observe.syndicated`)
    JSON object      one report, of which exactly five keys are read: `text` (needed), `outlet`, `published`, `url`
                     and `language`; everything else in it is skipped unread
    JSON list        each member one report, as above
    anything else    one report, the text as it stands

What is kept as the report's text is what was taken out of the file: every span counts its characters. A stray
control character, unpaired surrogate or non-character becomes a space, one for one, so that every span in the text
stays right; a text of many is binary.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import check_date
from launchwatch.facts import Provenance, Report
from launchwatch.facts.evidence import IGNORED
from launchwatch.observe.documents import Document, Printed
from launchwatch.observe.encodings import ALLOWED, CONTROLS, decode_text
from launchwatch.observe.read.language import detect_language, language_code

LIMIT_BYTES: Final = 5_000_000
"""Largest report in bytes. The longest news texts stay under 0.1 MB; five leaves room for documents and keeps the
reading of any one file near a minute."""

DOCUMENT_BYTES: Final = 20_000_000
"""Largest page, PDF or feed in bytes: most of it is markup, scripts and fonts."""

_STRAY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_MOST_CONTROLS = 0.01
"""Share of control characters above which a text is binary: a bell may stray in, a program is full of them."""


@dataclass(frozen=True)
class Source:
    """Where bytes came from: the file's name, the id of its evidence, what its server said, who decodes it.

    `published` (ISO date or instant) stands in for reports that state none; `url` for pages that state none.
    """

    origin: str
    evidence: str
    provenance: Provenance
    published: str | None = None
    url: str | None = None
    charset: str | None = None


@dataclass(frozen=True)
class Refused:
    """One report, or one field of it, that was not used: which, and why."""

    what: str
    error: InputError


Form = Literal["pdf", "page", "feed", "text"]

_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|title|article|div|p)\b")
_FEED = re.compile(rb"<(?:rss|feed|rdf:rdf)\b")
_BEFORE_MARKUP = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}\?>|<!--.{0,2000}?-->|<\?xml-stylesheet[^>]{0,300}\?>|<!doctype\s+(?!html)\w[^<>\[]{0,300}(?:\[.{0,3000}?\]\s*)?>|\s)*",
    re.DOTALL,
)
_ENDINGS: dict[str, Form] = {
    ".pdf": "pdf", ".html": "page", ".htm": "page", ".xhtml": "page", ".rss": "feed", ".atom": "feed",
    ".xml": "feed",
}  # fmt: skip


def form_of(data: bytes, origin: str) -> Form:
    """Return what a report file is, by its first bytes, else by its ending."""
    start = data[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").lower()
    if start.lstrip()[:5] == b"%pdf-":
        return "pdf"
    found = _BEFORE_MARKUP.match(start)
    start = start[found.end() if found else 0 :]
    if _FEED.match(start):
        return "feed"
    if _PAGE.match(start):
        return "page"
    by_ending = _ENDINGS.get(f".{origin.lower().rpartition('.')[2]}", "text")
    return by_ending if start[:1] == b"<" else "text"


def decode_reports(data: bytes, source: Source) -> Iterator[Report | Refused]:
    """Yield the reports in a file, and what of it is refused; never raises on bad content.

    A file of several reports names each by its number: `feed.xml#3`.
    """
    try:
        yield from _decoded(data, source)
    except InputError as error:
        yield Refused(source.origin, error)


def _decoded(data: bytes, source: Source) -> Iterator[Report | Refused]:
    form = form_of(data, source.origin)
    _check_size(data, LIMIT_BYTES if form == "text" else DOCUMENT_BYTES)
    if form == "feed":
        from launchwatch.observe.syndicated import read_feed

        yield from _numbered(read_feed(data), source)
    elif form == "page":
        from launchwatch.observe.pages import read_page

        yield from _made(read_page(data, charset=source.charset), source.origin, source)
    elif form == "pdf":
        from launchwatch.observe.pdf import read_pdf

        yield from _made(read_pdf(data), source.origin, source)
    else:
        text = decode_text(data)
        members = _members(text)
        if members is None:
            yield from _made(_document(text, source.origin), source.origin, source)
        else:
            yield from _numbered(members, source)


def _numbered(found: Iterator[Document | InputError], source: Source) -> Iterator[Report | Refused]:
    for number, document in enumerate(found, start=1):
        what = f"{source.origin}#{number}"
        if isinstance(document, InputError):
            yield Refused(what, document)
        else:
            yield from _made(document, what, source)


def _made(document: Document, origin: str, source: Source) -> Iterator[Report | Refused]:
    dropped: list[InputError] = []
    try:
        report = _report(document, origin, source, dropped)
    except InputError as error:
        yield Refused(origin, error)
        return
    for field_error in dropped:
        yield Refused(origin, field_error)
    yield report


def decode_line(line: bytes, number: int, source: Source) -> Iterator[Report | Refused]:
    """Yield the report in one line of newline-delimited JSON, or why it is none."""
    what = f"{source.origin}#{number}"
    try:
        _check_size(line, LIMIT_BYTES)
        document = _parse_json(decode_text(line))
    except InputError as error:
        yield Refused(what, error)
        return
    yield from _made(document, what, source)


def _members(text: str) -> Iterator[Document | InputError] | None:
    """Return the members of a JSON list of objects; None for any other text."""
    if not _LIST.match(text):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return (_member(value) for value in found)


_LIST = re.compile(r"\s{0,99}\[\s{0,99}\{\s{0,99}\"")


def _member(value: object) -> Document | InputError:
    try:
        return msgspec.convert(value, Document)
    except msgspec.ValidationError as error:
        return InputError(f"report in a list has the wrong form: {error}", given=value, allowed=ALLOWED)


def decode_report(
    data: bytes,
    *,
    origin: str,
    evidence: str,
    provenance: Provenance,
    published: str | None = None,
    limit_bytes: int = LIMIT_BYTES,
    dropped: list[InputError] | None = None,
) -> Report:
    """Return the report in a file. `published` (ISO date or instant) stands in where the file states none.

    A stated publication date that is none is dropped, with its reason appended to `dropped`.
    """
    _check_size(data, limit_bytes)
    if published is not None:
        check_date(published)
    source = Source(origin, evidence, provenance, published)
    return _report(_document(decode_text(data), origin), origin, source, [] if dropped is None else dropped)


def _report(document: Document, origin: str, source: Source, dropped: list[InputError]) -> Report:
    text = _without_strays(document.text, origin)
    if not text.strip():
        raise InputError("report has no text", given=origin, allowed=ALLOWED)
    if len(text) > LIMIT_BYTES:
        raise InputError("report is too large", given=f"{len(text)} characters", allowed=f"at most {LIMIT_BYTES}")
    dated = _stated_date(document.published, dropped) or source.published
    stated = (document.outlet, document.url or source.url)
    outlet, url = (_STRAY.sub(" ", value) if value else None for value in stated)
    language = language_code(document.language) if document.language else detect_language(text)
    return Report(
        id=content_id("report", source.evidence, text, outlet or "", dated or "", url or ""),
        evidence=source.evidence,
        origin=origin,
        text=text,
        outlet=outlet,
        published=dated,
        language=language,
        url=url,
        made=document.made if isinstance(document, Printed) else None,
        provenance=source.provenance,
    )


def _without_strays(text: str, origin: str) -> str:
    if "\0" in text or len(CONTROLS.findall(text)) > _MOST_CONTROLS * len(text):
        raise InputError("report is binary: it holds control characters", given=origin, allowed=ALLOWED)
    return _STRAY.sub(" ", text)


def _stated_date(stated: str | None, dropped: list[InputError]) -> str | None:
    if not stated:
        return None
    try:
        return check_date(stated)
    except InputError as error:
        message = f"{IGNORED}: {error.message}"
        dropped.append(InputError(message, given=error.given, allowed=error.allowed, try_=error.try_))
        return None


def _check_size(data: bytes, limit_bytes: int) -> None:
    if not data:
        raise InputError("report is empty", given="0 bytes", allowed=ALLOWED)
    if len(data) > limit_bytes:
        raise InputError(
            "report is too large",
            given=f"{len(data)} bytes",
            allowed=f"at most {limit_bytes} bytes ({limit_bytes / 1e6:g} MB) a report",
            try_="one file for each report",
        )


def _document(text: str, origin: str) -> Document:
    """Return what a report's text says, by its keys where it is JSON."""
    if _looks_like_json(text):
        return _parse_json(text)
    if text.lstrip()[:1] in {"[", "{"} or origin.endswith(".json"):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return Document(text=text)
        raise InputError("this JSON is no report", given=text[:60], allowed=ALLOWED)
    return Document(text=text)


def _looks_like_json(text: str) -> bool:
    return bool(re.match(r"\s{0,99}(?:\{\s{0,99}[\"}]|\[\s{0,99}[{\[\"])", text))


def _parse_json(text: str) -> Document:
    try:
        return _decode_json(text)
    except msgspec.ValidationError as error:
        raise InputError(f"report in JSON has the wrong form: {error}", given=text[:60], allowed=ALLOWED) from None
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"report looks like JSON but cannot be read: {error}",
            given=text[:60],
            allowed=ALLOWED,
            try_="a JSON checker",
        ) from None


def _decode_json(text: str) -> Document:
    try:
        return msgspec.json.decode(text.encode(), type=Document)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeError):
        # Half of a surrogate pair, which only the slower decoder lets through.
        return msgspec.convert(json.loads(text), Document)
