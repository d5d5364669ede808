"""Tables as people keep them: CSV with commas, semicolons or tabs, in any encoding that reports come in.

The first line names the columns. Rows come with their line; one that does not fit the columns as its error.
"""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Protocol

from launchwatch.basis.errors import InputError
from launchwatch.observe.encodings import decode_text

SHEET_BYTES = 5_000_000
SHEET_ROWS = 20_000
CELL = 2_000
"""Characters of a cell; longer ones are prose, not figures."""

Row = dict[str, str]


def read_sheet(data: bytes, needed: Sequence[str]) -> Iterator[tuple[int, Row | InputError]]:
    """Yield each row's line in the file with its cells by column, or why it is none; empty rows are passed over.

    Raises InputError, before the first row, for what is no such table: empty, binary, too large, without the
    `needed` columns, or with one name twice.
    """
    if len(data) > SHEET_BYTES:
        raise InputError(
            "the table is too large", given=f"{len(data):,} bytes", allowed=f"{SHEET_BYTES:,}", try_="parts of it"
        )
    text = decode_text(data)
    if not text.strip():
        raise InputError("the table is empty", allowed=f"a first line with the columns {', '.join(needed)}")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, needed), strict=False)
    try:
        names = _names(next((cells for cells in reader if any(cell.strip() for cell in cells)), []), needed)
    except csv.Error as error:
        raise InputError(f"the table's first line cannot be read: {error}") from None
    return _rows(reader, names)


def _delimiter(text: str, needed: Sequence[str]) -> str:
    """Return what parts the first line's cells: the one that parts most of the needed names."""
    first = next(line for line in text.splitlines() if line.strip())

    def found(mark: str) -> tuple[int, int]:
        cells = {cell.strip().strip('"').casefold() for cell in first.split(mark)}
        return len(cells & set(needed)), first.count(mark)

    return max((",", ";", "\t"), key=found)


def _names(cells: list[str], needed: Sequence[str]) -> list[str]:
    names = [cell.strip().strip("\ufeff").casefold() for cell in cells]
    twice = [name for name, times in Counter(name for name in names if name).items() if times > 1]
    if twice:
        raise InputError("columns with one name", given=", ".join(twice), allowed="each name once")
    missing = [name for name in needed if name not in names]
    if missing:
        near = [match for name in missing for match in get_close_matches(name, names, n=1)]
        raise InputError(
            f"the table lacks the columns {', '.join(missing)}",
            given=", ".join(name for name in names if name)[:200] or "no names",
            allowed=", ".join(needed),
            try_=f"renaming {', '.join(near)}" if near else "a first line that names the columns",
        )
    return names


class _Lines(Protocol):
    """A CSV reader, which counts lines."""

    line_num: int

    def __next__(self) -> list[str]: ...


def _rows(reader: _Lines, names: list[str]) -> Iterator[tuple[int, Row | InputError]]:
    for count in itertools.count(1):
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield reader.line_num, InputError(f"the rest of the table cannot be read: {error}")
            return
        if count > SHEET_ROWS:
            allowed = f"{SHEET_ROWS:,}"
            yield reader.line_num, InputError("more rows than are read", allowed=allowed, try_="parts of it")
            return
        if any(cell.strip() for cell in cells):
            yield reader.line_num, _row(cells, names)


def _row(cells: list[str], names: list[str]) -> Row | InputError:
    extra = [cell for cell in cells[len(names) :] if cell.strip()]
    if extra:
        return InputError(
            "more cells than columns", given=extra[0], allowed=f"{len(names)} cells",
            try_="quotes around a cell that holds the separator",
        )  # fmt: skip
    long = next((name for name, cell in zip(names, cells, strict=False) if len(cell) > CELL), None)
    if long is not None:
        return InputError(f"the cell of {long} is too long", allowed=f"{CELL:,} characters")
    padded = cells + [""] * (len(names) - len(cells))
    return {name: cell.strip() for name, cell in zip(names, padded, strict=False) if name}
