"""Bytes to text in an encoding that can be told.

Those are UTF-8, UTF-16, CP949 (with EUC-KR), Shift-JIS, EUC-JP, ISO-2022 (JP and KR) and Windows Latin. A text
that two of the older ones fit equally well is refused rather than guessed; ISO-2022 is told by its escapes.
"""

import re
from typing import Final

from launchwatch.basis.errors import InputError

ALLOWED: Final = (
    "a plain text, an HTML page, a PDF, an RSS or Atom feed, or JSON with `text` and optionally `outlet`, "
    "`published`, `url`, `language`"
)
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
CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ESCAPES = re.compile(rb"\x1b\$[@B(),A-D]|\x1b\([IJ]")  # those that open a set of ISO-2022 other than ASCII
_JIS_X_0208, _JIS_X_0213, _KOREAN = b"\x1b$B", b"\x1b$(Q", b"\x1b$)C"
_HANGUL = re.compile("[\uac00-\ud7a3]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile(
    "[\u00c0-\u00ff\u2018-\u201d\u2013\u2014\u20ac\u0152\u0153\u0160\u0161\u017d\u017e\u2026\u00a0\u00b0\u00bd\u00a3\u00ab\u00bb\u00a7\u00a9\u00ae\u00b7]"
)
_OTHER = re.compile("[^\x00-\x7f]")


def decode_text(data: bytes) -> str:
    """Return the text of bytes in an encoding that can be told."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            raise InputError(
                f"report is binary: {name}",
                given=data[:12],
                allowed=ALLOWED,
                try_="its text as a file of its own",
            )
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    wide = _wide_encoding(data)
    if wide:
        return _strict(data, wide)
    if b"\x00" in data:
        raise InputError("report is binary: it holds NUL bytes", given=data[:24], allowed=ALLOWED)
    if data.isascii() and _ESCAPES.search(data):
        return _escaped(data)
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
            allowed=ALLOWED,
        ) from None


def _escaped(data: bytes) -> str:
    """Return the text of bytes that change between sets of characters by the escapes of ISO-2022."""
    # what vendors added to JIS X 0208 ('㎞', '①') stands in JIS X 0213 at the same places
    added = data.replace(_JIS_X_0208, _JIS_X_0213)
    japanese = (("iso2022_jp_2", data), ("iso2022_jp_ext", data), ("iso2022_jp_2004", added))
    for encoding, stated in (("iso2022_kr", data),) if _KOREAN in data else japanese:
        try:
            return stated.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError(
        "report says by its escapes that it is ISO-2022, but no form of that fits",
        given=data[:24],
        allowed="ISO-2022-JP, ISO-2022-KR",
        try_="the file saved as UTF-8",
    )


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
        if not CONTROLS.search(text) and fit(text):
            fits.append(text)
    if len(fits) == 1:
        return fits[0]
    raise InputError(
        "encoding of the report cannot be told" if fits else "report is binary or in an unknown encoding",
        given=data[:24],
        allowed="UTF-8, UTF-16, CP949, EUC-KR, Shift-JIS, EUC-JP, ISO-2022-JP, Latin-1",
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
