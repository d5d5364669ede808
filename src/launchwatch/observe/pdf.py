"""PDF statements to documents: the text of all pages in reading order, its lines joined into paragraphs.

The day of a PDF's making is kept as that: it is not its date of publication, since statements are scanned, stamped
and put together anew years later. Every stream that unpacks to
much more than a page of text is refused by pypdf's own limits, set here to what a statement needs.
"""

import logging
import math
import re
from collections import Counter
from functools import partial
from io import BytesIO
from statistics import median
from typing import TYPE_CHECKING, Final

from launchwatch.basis.errors import InputError
from launchwatch.observe import radicals
from launchwatch.observe.documents import Printed, tidy

if TYPE_CHECKING:
    import pypdf

MOST_PAGES: Final = 500
"""A white paper has some 500; a longer one is no statement about a launch."""

_MOST_UNPACKED = 8_000_000  # bytes of one stream: fonts of Chinese characters have 5 MB, a page of text 0.1
_MOST_OPERATIONS = 300_000  # of one page's content, a second's work; a page of text has 10,000
_MOST_STEPS = 1_000_000  # of the whole file: some ten seconds; a page of text has 1,000
_MOST_TEXT = 5_000_000
_OTHER_SIZE = 1.15  # of two lines: titles are 20 % larger or more, and the lines of a paragraph equal
_MOST_CHANCE = 3  # double spaces between words, by which a page may be untidy
_ENDS = re.compile(r"""[.!?:;。！？」』"”]['")\]]*$""")
_WIDE = re.compile("[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_RADICALS = str.maketrans(radicals.CHARACTERS)
"""Browsers name a glyph that a character shares with its radical by the radical: '⽇' for '日'."""
_SPREAD = re.compile(f"(?:{_WIDE.pattern} ){{4}}{_WIDE.pattern}")
_BESIDE_WIDE = re.compile(f"(?<={_WIDE.pattern}) | (?={_WIDE.pattern})")
_HANGUL = re.compile("[가-힣]")
_TWO_SPACES, _ONE_SPACE = re.compile("[가-힣]  (?=[가-힣])"), re.compile("[가-힣] (?=[가-힣])")
_PARTICLE = r"(?:[은는이가을를의에도과와로급]|에서|으로|이라고|라고|까지|부터|이며|며)(?![가-힣])"
_STRUNG = re.compile(
    r"(?<=[가-힣]) (?=[^\s가-힣])|(?<=[\d㎞·(\"'“‘「]) (?=[가-힣])|(?<=\d) (?=㎞)|"
    rf"(?<=[A-Za-z)\"'”’」]) (?={_PARTICLE})"
)
_ENDING = re.compile(
    r"(?:[은을를의와과]|으로|에서|까지|부터|다|다고|다며|다는|[했됐였]다(?:고|며|는)?|[했됐]으며|히|습니다|니다|입니다)"
    r"(?=[\s.,]|$)"
)
"""Particles and endings, which in Korean never stand alone: a line that opens with one goes on with a word."""
_WORDS = (
    "합동참모본부", "국방부", "방위성", "정보당국", "미사일", "탄도미사일", "순항미사일", "발사체", "비행거리",
    "배타적경제수역", "동해상", "서해상", "북한", "한국", "일본", "미국", "발사",
    "포착", "추정", "탐지", "분석", "발표", "낙하",
)  # fmt: skip
_TRY = "its text as a plain text file"


def read_pdf(data: bytes) -> Printed:
    """Return the document in a PDF. Raises InputError where it holds no text, is locked, broken or a bomb."""
    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        with pypdf.apply_configuration(_limits()):
            reader = pypdf.PdfReader(BytesIO(data))
            pages = _pages(reader)
            language = reader.root_object.get("/Lang")
            made = _made(reader)
    except InputError:
        raise
    except (FileNotDecryptedError, DependencyError):
        raise InputError("PDF is locked with a password", given=data[:12], try_=_TRY) from None
    except LimitReachedError as error:
        raise InputError(
            f"PDF unpacks to more than a statement holds: {error}", given=data[:12], try_=_TRY
        ) from None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a broken file raises whatever it runs into
        raise InputError(
            f"PDF cannot be read: {error or type(error).__name__}", given=data[:12], try_=_TRY
        ) from None
    text = tidy("\n\n".join(paragraphs(page) for page in pages))
    if not text:
        raise InputError("PDF holds no text; it may be a scanned picture", given=data[:12], try_=_TRY)
    return Printed(text=text, language=language if isinstance(language, str) and language else None, made=made)


def _made(reader: "pypdf.PdfReader") -> str | None:
    """Return the day on which a PDF says that it was made, in its own zone; None where it says none."""
    try:
        made = reader.metadata.creation_date if reader.metadata else None
    except ValueError:
        return None
    return made.date().isoformat() if made else None


def _limits() -> "pypdf.Configuration":
    import pypdf

    return pypdf.Configuration(
        zlib_maximum_output_length=_MOST_UNPACKED,
        lzw_maximum_output_length=_MOST_UNPACKED,
        run_length_maximum_output_length=_MOST_UNPACKED,
        brotli_maximum_output_length=_MOST_UNPACKED,
        array_based_stream_maximum_output_length=_MOST_UNPACKED,
        stream_decoding_work_maximum_length=4 * _MOST_UNPACKED,
        stream_parsing_work_maximum_count=_MOST_OPERATIONS,
        page_tree_maximum_entries=4 * MOST_PAGES,
        xform_maximum_invocations_per_extraction=200,
        jbig2dec_binary=None,
    )


def _pages(reader: "pypdf.PdfReader") -> list[str]:
    found: list[str] = []
    total, done = 0, 0

    def counted(*_: object) -> None:
        nonlocal done
        done += 1
        if done > _MOST_STEPS:
            raise InputError("PDF takes too long to read", allowed=f"{_MOST_STEPS} drawing steps", try_=_TRY)

    for number, page in enumerate(reader.pages):
        if number >= MOST_PAGES or total > _MOST_TEXT:
            raise InputError(
                "PDF is too long", allowed=f"{MOST_PAGES} pages and {_MOST_TEXT} characters", try_=_TRY
            )
        pieces: list[tuple[str, float]] = []
        text = page.extract_text(visitor_operand_before=counted, visitor_text=partial(_keep_piece, pieces))
        found.append(
            (_titles_apart(pieces) if text == "".join(piece for piece, _ in pieces) else text).translate(_RADICALS)
        )
        total += len(found[-1])
    return found


def _keep_piece(
    pieces: list[tuple[str, float]], text: str, page: list[float], line: list[float], _font: object, size: float
) -> None:
    """Keep a piece of a page's text with the size in which it stands there, as pypdf hands it out."""
    pieces.append((text, abs(size) * math.hypot(*page[2:4]) * math.hypot(*line[2:4])))


def _titles_apart(pieces: list[tuple[str, float]]) -> str:
    """Return a page's text with an empty line where a line is much larger or smaller than the one before it."""
    lines: list[str] = [""]
    sizes: list[Counter[float]] = [Counter()]
    for text, size in pieces:
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append("")
                sizes.append(Counter())
            lines[-1] += part
            sizes[-1][size] += len(part.strip())
    made: list[str] = []
    before = 0.0
    for line, found in zip(lines, sizes, strict=True):
        size = max(found, key=lambda one: found[one]) if found.total() else 0.0
        if before and size and max(before, size) > _OTHER_SIZE * min(before, size):
            made.append("")
        made.append(line)
        before = size or before
    return "\n".join(made)


def paragraphs(page: str) -> str:
    """Return a page's lines joined where a sentence runs on: after a line that is full and does not end one."""
    raw = _unstrung(page.splitlines())
    spaced = any(_HANGUL.match(line[-2:]) and line.endswith(" ") for line in raw)
    lines = [_unspread(" ".join(line.split())) for line in raw]
    words = {word for line in lines for word in line.split()[1:-1]}
    lengths = [len(line) for line in lines if line]
    full = 0.75 * median(lengths) if lengths else 0
    made: list[str] = []
    for number, line in enumerate(lines):
        before = made[-1] if made else ""
        last = before.rpartition("\n")[2]
        if not line or not last or len(last) < full or _ENDS.search(last[-20:]):
            made.append(line)
        elif last.endswith("-") and last[-2:-1].isalpha() and line[:1].islower():
            made[-1] = f"{before[:-1]}{line}"
        else:
            whole = not raw[number - 1].endswith(" ") if spaced else _splits_word(last, line, words)
            one_word = _HANGUL.match(last[-1]) and _HANGUL.match(line) and whole
            made[-1] = f"{before}{'' if one_word or _WIDE.match(last[-1]) or _WIDE.match(line) else ' '}{line}"
    return "\n".join(made)


def _unstrung(lines: list[str]) -> list[str]:
    """Return lines without the spaces that stand only for a change of font: '오후  12 시  35 분쯤'.

    Browsers that take Korean from one font and figures from another leave a space at each change; then words stand
    two spaces apart. Behind Latin letters one space may be either, and goes before a particle.
    """
    page = "\n".join(lines)
    if len(_TWO_SPACES.findall(page)) < _MOST_CHANCE + 10 * len(_ONE_SPACE.findall(page)):
        return lines
    return [_STRUNG.sub("", line) for line in lines]


def _unspread(line: str) -> str:
    """Return a line without the spaces that stretch Japanese to the margin: 'キ ロ 、 飛 翔 距 離'."""
    return _BESIDE_WIDE.sub("", line) if _SPREAD.search(line) else line


def _splits_word(last: str, line: str, words: set[str]) -> bool:
    """Say whether a Korean word runs on from one line to the next, where nothing but the words can tell.

    It does where the next line opens with a particle or ending, where the two parts make a common word, or where
    the page has the whole word and not its first part.
    """
    left, right = last.rpartition(" ")[2], line.partition(" ")[0]
    if _ENDING.match(line):
        return True
    if any(word.startswith(left) and left != word and right.startswith(word[len(left) :]) for word in _WORDS):
        return True
    return left not in words and any(word.startswith(f"{left}{right[:2]}") for word in words)
