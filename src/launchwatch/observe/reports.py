"""Report files in: bytes to a `Report`, or an error that says what was given and what is allowed.

A report is a plain text, or a JSON object of which exactly five keys are read: `text` (needed), `outlet`,
`published`, `url` and `language`; everything else in it is skipped unread. Encodings that can be told are UTF-8,
UTF-16, CP949 (with EUC-KR), Shift-JIS, EUC-JP and Windows Latin; a text that two of them fit equally well is
refused rather than guessed. A stray control character, unpaired surrogate or non-character becomes a space, one
for one, so that every span in the text stays right; a text of many is binary.
"""

import json
import re
from typing import Final

import msgspec

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import check_date
from launchwatch.facts import Provenance, Report
from launchwatch.observe.read.language import detect_language, language_code

LIMIT_BYTES: Final = 5_000_000
"""Largest report in bytes. The longest news texts stay under 0.1 MB; five leaves room for documents and keeps the
reading of any one file near a minute."""

_ALLOWED = "a plain text, or JSON with `text` and optionally `outlet`, `published`, `url`, `language`"
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"PAR1", "a Parquet file"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_STRAY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_MOST_CONTROLS = 0.01
"""Share of control characters above which a text is binary: a bell may stray in, a program is full of them."""
_HANGUL = re.compile("[\uac00-\ud7a3]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile(
    "[\u00c0-\u00ff\u2018-\u201d\u2013\u2014\u20ac\u0152\u0153\u0160\u0161\u017d\u017e\u2026\u00a0\u00b0\u00bd\u00a3\u00ab\u00bb\u00a7\u00a9\u00ae\u00b7]"
)
_OTHER = re.compile("[^\x00-\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Document(msgspec.Struct):
    """The five keys of a report in JSON; no other key is ever looked at."""

    text: str
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None


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
    document = _document(decode_text(data), origin)
    text = _without_strays(document.text, origin)
    if not text.strip():
        raise InputError("report has no text", given=origin, allowed=_ALLOWED)
    dated = _stated_date(document.published, dropped) or published
    outlet, url = (_STRAY.sub(" ", value) if value else None for value in (document.outlet, document.url))
    language = language_code(document.language) if document.language else detect_language(text)
    return Report(
        id=content_id("report", evidence, text, outlet or "", dated or "", url or ""),
        evidence=evidence,
        origin=origin,
        text=text,
        outlet=outlet,
        published=dated,
        language=language,
        url=url,
        provenance=provenance,
    )


def _without_strays(text: str, origin: str) -> str:
    if "\0" in text or len(_CONTROLS.findall(text)) > _MOST_CONTROLS * len(text):
        raise InputError("report is binary: it holds control characters", given=origin, allowed=_ALLOWED)
    return _STRAY.sub(" ", text)


def _stated_date(stated: str | None, dropped: list[InputError] | None) -> str | None:
    if not stated:
        return None
    try:
        return check_date(stated)
    except InputError as error:
        if dropped is not None:
            dropped.append(error)
        return None


def _check_size(data: bytes, limit_bytes: int) -> None:
    if not data:
        raise InputError("report is empty", given="0 bytes", allowed=_ALLOWED)
    if len(data) > limit_bytes:
        raise InputError(
            "report is too large",
            given=f"{len(data)} bytes",
            allowed=f"at most {limit_bytes} bytes ({limit_bytes / 1e6:g} MB) a report",
            try_="one file for each report",
        )


def decode_text(data: bytes) -> str:
    """Return the text of bytes in an encoding that can be told."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            raise InputError(
                f"report is binary: {name}",
                given=data[:12],
                allowed=_ALLOWED,
                try_="its text as a file of its own",
            )
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    wide = _wide_encoding(data)
    if wide:
        return _strict(data, wide)
    if b"\x00" in data:
        raise InputError("report is binary: it holds NUL bytes", given=data[:24], allowed=_ALLOWED)
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return _legacy(data)


def _strict(data: bytes, encoding: str) -> str:
    """Return the text of bytes that are in one encoding, unpaired surrogates included."""
    try:
        return data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        raise InputError(
            f"report says by its first bytes that it is {encoding}, but it is not (byte {error.start})",
            given=data[error.start : error.start + 8],
            allowed=_ALLOWED,
        ) from None


_COMMON_LITTLE = frozenset(mark.encode("utf-16-le") for mark in " \n.,、。のはにをた")


def _wide_encoding(data: bytes) -> str | None:
    """Return the UTF-16 form of bytes without a mark, told by the byte order of its commonest characters."""
    sample = data[:4000]
    if len(data) % 2 or b"\x00" not in sample:
        return None
    pairs = [sample[index : index + 2] for index in range(0, len(sample) - 1, 2)]
    little = sum(pair in _COMMON_LITTLE for pair in pairs)
    big = sum(pair[::-1] in _COMMON_LITTLE for pair in pairs)
    if max(little, big) * 40 < len(sample) // 2 or little == big:
        return None
    return "utf-16-le" if little > big else "utf-16-be"


def _legacy(data: bytes) -> str:
    """Return the text in the one older encoding that fits: its letters must be those of its language."""
    fits = []
    for encoding, fit in (
        ("cp949", _fits_korean),
        ("cp932", _fits_japanese),
        ("euc_jp", _fits_japanese),
        ("cp1252", _fits_latin),
    ):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROLS.search(text) and fit(text):
            fits.append(text)
    if len(fits) == 1:
        return fits[0]
    raise InputError(
        "encoding of the report cannot be told" if fits else "report is binary or in an unknown encoding",
        given=data[:24],
        allowed="UTF-8, UTF-16, CP949, EUC-KR, Shift-JIS, EUC-JP, Latin-1",
        try_="the file saved as UTF-8",
    )


def _share(pattern: re.Pattern[str], text: str) -> float:
    """Return the share of the characters beyond ASCII that a pattern knows."""
    others = len(_OTHER.findall(text))
    return len(pattern.findall(text)) / others if others else 0.0


def _fits_korean(text: str) -> bool:
    # Hangul makes up nearly all of Korean; Japanese bytes read as CP949 give mostly Han and stray Hangul.
    return _share(_HANGUL, text) > 0.7


def _fits_japanese(text: str) -> bool:
    kana = _share(_KANA, text)
    return kana > 0.25 and kana + _share(_HAN, text) > 0.8


def _fits_latin(text: str) -> bool:
    # Accented letters are rare among plain ones; a text of mostly high bytes is no Latin text.
    return _share(_LATIN, text) > 0.9 and len(_OTHER.findall(text)) * 5 < len(text)


def _document(text: str, origin: str) -> _Document:
    """Return what a report's text says, by its keys where it is JSON."""
    if _looks_like_json(text):
        return _parse_json(text)
    if text.lstrip()[:1] in {"[", "{"} or origin.endswith(".json"):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            return _Document(text=text)
        raise InputError("this JSON is no report", given=text[:60], allowed=_ALLOWED)
    return _Document(text=text)


def _looks_like_json(text: str) -> bool:
    return bool(re.match(r"\s{0,99}(?:\{\s{0,99}[\"}]|\[\s{0,99}[{\[\"])", text))


def _parse_json(text: str) -> _Document:
    try:
        return _decode_json(text)
    except msgspec.ValidationError as error:
        raise InputError(
            f"report in JSON has the wrong form: {error}", given=text[:60], allowed=_ALLOWED
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"report looks like JSON but cannot be read: {error}",
            given=text[:60],
            allowed=_ALLOWED,
            try_="a JSON checker",
        ) from None


def _decode_json(text: str) -> _Document:
    try:
        return msgspec.json.decode(text.encode(), type=_Document)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeError):
        # Half of a surrogate pair, which only the slower decoder lets through.
        return msgspec.convert(json.loads(text), _Document)
