"""Files, folders and standard input as evidence: their bytes, told apart into recordings and reports."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from launchwatch.basis.errors import InputError, printable
from launchwatch.feeds.pcap import MAGICS, Received

RECORDING_SUFFIXES = (".ndjson", ".jsonl", ".parquet", ".pcap", ".pcapng", ".ast", ".asterix")
REPORT_SUFFIXES = (
    ".txt", ".json", ".md", ".html", ".htm", ".xhtml", ".pdf", ".xml", ".rss", ".atom",
)  # fmt: skip
STANDARD_INPUT = Path("-")
_PEEK = 65_536
_LONGEST_LINE = 1 << 20
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


Form = Literal["text", "reports", "lines", "parquet", "asterix", "pcap"]
"""A report, or reports as NDJSON lines; or a recording as NDJSON lines, a Parquet table, ASTERIX data blocks or a
network capture."""

PARQUET_MAGIC = b"PAR1"

_CATEGORIES = frozenset({1, 2, 8, 10, 11, 19, 20, 21, 23, 34, 48, 62, 63, 65, 240, 247})
_LONGEST_BLOCK = (
    0x08FF  # a data block crosses a network in one packet; above, its length could be a text's letters
)


@dataclass(frozen=True)
class EvidenceFile:
    """One file: its name (never its folder), form, size and digest; `read`, `lines` and `open` give its content.

    `content` is what came from standard input or an address, which can be read only once; `url` the address,
    `charset` the encoding that its server stated, `received_utc` when it came; `first_line` numbers a
    line of a stream.
    """

    path: Path
    form: Form
    size_bytes: int
    sha256: str
    content: bytes | None = field(default=None, repr=False)
    url: str | None = None
    charset: str | None = None
    received_utc: str | None = None
    first_line: int = 1

    @property
    def kind(self) -> Literal["report", "recording"]:
        """Return what the evidence is."""
        return "report" if self.form in {"text", "reports"} else "recording"

    @property
    def origin(self) -> str:
        """Return the name by which the evidence is known; unprintable characters in it are shown as escapes."""
        return self.url or _origin(self.path)

    def read(self, limit_bytes: int) -> bytes:
        """Return the content, at most one byte more than `limit_bytes`: enough to see that it is too large."""
        with self.open() as handle:
            return handle.read(limit_bytes + 1)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines; a line longer than 1 MiB comes in pieces, so that memory stays bounded."""
        with self.open() as handle:
            while line := handle.readline(_LONGEST_LINE):
                yield line

    def blocks(self) -> Iterator[Received]:
        """Yield ASTERIX data blocks one by one, without a time of receipt; the last may be cut short."""
        with self.open() as handle:
            while head := handle.read(3):
                yield Received(None, head + handle.read(max(int.from_bytes(head[1:], "big") - 3, 0)))

    def open(self) -> BinaryIO:
        """Return the content as an open file."""
        return self.path.open("rb") if self.content is None else BytesIO(self.content)


def _origin(path: Path) -> str:
    return "stdin" if path == STANDARD_INPUT else printable(path.name or str(path))


def open_evidence(paths: Iterable[Path]) -> Iterator[EvidenceFile | InputError]:
    """Yield every evidence file named, folders unfolded in order of name; unreadable ones come as their error.

    The path `-` stands for standard input.
    """
    for path in paths:
        if path.is_dir():
            yield from _unfold(path)
        else:
            yield open_file(path)


def listed(path: Path) -> list[str]:
    """Return the paths and addresses that a list file names, one a line; `#` starts a comment.

    A relative path counts from the list's own folder. Raises InputError for a list that cannot be read.
    """
    try:
        check_regular(path)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"list cannot be read: {error.strerror}", given=_origin(path)) from None
    except UnicodeDecodeError:
        raise InputError("list is no text in UTF-8", given=_origin(path)) from None
    named = [line.partition("#")[0] if line.lstrip()[:1] == "#" else line.partition(" #")[0] for line in lines]
    return [
        name if "://" in name or name == "-" else str(path.parent / name)
        for line in named
        if (name := line.strip())
    ]


def _unfold(folder: Path) -> Iterator[EvidenceFile | InputError]:
    suffixes = (*REPORT_SUFFIXES, *RECORDING_SUFFIXES)
    empty = True
    for path in _walk(folder, suffixes):
        empty = False
        yield open_file(path)
    if empty:
        allowed = f"files ending in {', '.join(suffixes)}"
        yield InputError("folder holds no evidence", given=_origin(folder), allowed=allowed)


def _walk(folder: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files below a folder in order of their names, no more than one folder's names held at a time."""
    with os.scandir(folder) as entries:
        names = sorted((e.name, e.is_dir(follow_symlinks=False)) for e in entries)
    for name, is_folder in names:
        path = folder / name
        if is_folder:
            yield from _walk(path, suffixes)
        elif path.suffix.lower() in suffixes and not path.is_dir():
            yield path


def open_file(path: Path) -> EvidenceFile | InputError:
    """Return one evidence file, or the error that says why it cannot be read; only a regular file is opened."""
    if path == STANDARD_INPUT:
        return _from_stream(sys.stdin.buffer)
    try:
        check_regular(path)
        return _describe(path)
    except InputError as error:
        return error
    except OSError as error:
        return InputError(f"file cannot be read: {error.strerror}", given=_origin(path), try_="checking its name")


def check_regular(path: Path) -> None:
    """Refuse a pipe, socket or device: opening one may wait for ever."""
    mode = path.stat().st_mode
    for is_special, name in _SPECIAL:
        if is_special(mode):
            raise InputError(
                f"{name} is no file",
                given=_origin(path),
                allowed="regular files and folders",
                try_="- for standard input",
            )


def flow_lines() -> Iterator[EvidenceFile]:
    """Yield each line of reports on standard input as evidence of its own, as soon as it has come.

    Whether they are lines of reports is told by the first that is not blank. Anything else comes whole.
    """
    stream = sys.stdin.buffer
    number, blank = 1, bytearray()
    while (line := stream.readline(_LONGEST_LINE)) and not line.strip():
        number += 1
        blank += line
    first = _first_object(line)
    if first is None or "text" not in first or "type" in first:
        yield _whole(bytes(blank) + line + stream.read())
        return
    while line:
        if line.strip():
            yield EvidenceFile(
                STANDARD_INPUT, "reports", len(line), sha256(line).hexdigest(), line, first_line=number
            )
        number += 1
        line = stream.readline(_LONGEST_LINE)


def _from_stream(stream: BinaryIO) -> EvidenceFile:
    return _whole(stream.read())


def _whole(content: bytes) -> EvidenceFile:
    digest = sha256(content).hexdigest()
    form = _form(STANDARD_INPUT, content[:_PEEK], len(content))
    return EvidenceFile(STANDARD_INPUT, form, len(content), digest, content)


def _describe(path: Path) -> EvidenceFile:
    digest = sha256()
    size = 0
    with path.open("rb") as handle:
        start = handle.read(_PEEK)
        block = start
        while block:
            digest.update(block)
            size += len(block)
            block = handle.read(1 << 20)
    return EvidenceFile(path, _form(path, start, size), size, digest.hexdigest())


def _form(path: Path, start: bytes, size: int) -> Form:
    """Return what a file is by its first bytes, else by its ending or first line: a recording's names a type."""
    if start.startswith((*MAGICS, PARQUET_MAGIC)):
        return "pcap" if start.startswith(MAGICS) else "parquet"
    if _is_asterix(start, size):
        return "asterix"
    by_ending: dict[str, Form] = {
        ".ndjson": "lines", ".jsonl": "lines", ".parquet": "parquet", ".pcap": "pcap", ".pcapng": "pcap",
        ".ast": "asterix", ".asterix": "asterix",
    }  # fmt: skip
    first = _first_object(start)
    if (
        path.suffix.lower() in {".ndjson", ".jsonl"}
        and first is not None
        and "text" in first
        and "type" not in first
    ):
        return "reports"
    if path.suffix.lower() in by_ending:
        return by_ending[path.suffix.lower()]
    if first is None or "text" in first:
        return "reports" if first is not None and _second_object(start) else "text"
    return "lines" if "type" in first else "text"


def form_of_bytes(path: Path, content: bytes) -> Form:
    """Return what bytes that came without a file are."""
    return _form(path, content[:_PEEK], len(content))


def _first_object(start: bytes) -> dict[str, object] | None:
    """Return the JSON object of the first line; where it is cut, the keys that it is seen to have."""
    first, end, _ = start.lstrip().partition(b"\n")
    try:
        value = msgspec.json.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        cut = not end and len(start) >= _PEEK and first.startswith(b'{"')
        return {"text": ""} if cut and b'"text"' in first and b'"type"' not in first else None
    return value if isinstance(value, dict) else None


def _second_object(start: bytes) -> bool:
    return start.lstrip().partition(b"\n")[2].lstrip()[:2] == b'{"'


def _is_asterix(start: bytes, size: int) -> bool:
    """Return whether the first bytes are a chain of ASTERIX data blocks: category, length, the next one there."""
    at = 0
    while at < len(start):
        length = int.from_bytes(start[at + 1 : at + 3], "big")
        if start[at] not in _CATEGORIES or len(start) - at < 3 or not 4 <= length <= _LONGEST_BLOCK:
            return at > 0 and len(start) < size and len(start) - at < 3
        at += length
    return at > 0 and at <= size
