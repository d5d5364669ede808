"""Files, folders and standard input as evidence: their bytes, told apart into recordings and reports."""

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
REPORT_SUFFIXES = (".txt", ".json", ".md")
STANDARD_INPUT = Path("-")
_PEEK = 65_536
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


Form = Literal["text", "lines", "parquet", "asterix", "pcap"]
"""A report's text, or a recording as NDJSON lines, a Parquet table, ASTERIX data blocks or a network capture."""

PARQUET_MAGIC = b"PAR1"

_CATEGORIES = frozenset({1, 2, 8, 10, 11, 19, 20, 21, 23, 34, 48, 62, 63, 65, 240, 247})
_LONGEST_BLOCK = (
    0x08FF  # a data block crosses a network in one packet; above, its length could be a text's letters
)


@dataclass(frozen=True)
class EvidenceFile:
    """One file: its name (never its folder), form, size and digest; `read`, `lines` and `open` give its content.

    `content` is what came from standard input, which can be read only once.
    """

    path: Path
    form: Form
    size_bytes: int
    sha256: str
    content: bytes | None = field(default=None, repr=False)

    @property
    def kind(self) -> Literal["report", "recording"]:
        """Return what the evidence is."""
        return "report" if self.form == "text" else "recording"

    @property
    def origin(self) -> str:
        """Return the name by which the evidence is known; unprintable characters in it are shown as escapes."""
        return _origin(self.path)

    def read(self, limit_bytes: int) -> bytes:
        """Return the content, at most one byte more than `limit_bytes`: enough to see that it is too large."""
        with self.open() as handle:
            return handle.read(limit_bytes + 1)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines; a line longer than 1 MiB comes in pieces, so that memory stays bounded."""
        with self.open() as handle:
            while line := handle.readline(1 << 20):
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


def _unfold(folder: Path) -> Iterator[EvidenceFile | InputError]:
    suffixes = (*REPORT_SUFFIXES, *RECORDING_SUFFIXES)
    inside = sorted(path for path in folder.rglob("*") if path.suffix in suffixes and not path.is_dir())
    if not inside:
        allowed = f"files ending in {', '.join(suffixes)}"
        yield InputError("folder holds no evidence", given=_origin(folder), allowed=allowed)
    for path in inside:
        yield open_file(path)


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


def _from_stream(stream: BinaryIO) -> EvidenceFile:
    content = stream.read()
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
    if start.startswith(MAGICS):
        return "pcap"
    if start.startswith(PARQUET_MAGIC):
        return "parquet"
    if _is_asterix(start, size):
        return "asterix"
    by_ending: dict[str, Form] = {
        ".ndjson": "lines", ".jsonl": "lines", ".parquet": "parquet", ".pcap": "pcap", ".pcapng": "pcap",
        ".ast": "asterix", ".asterix": "asterix",
    }  # fmt: skip
    if path.suffix in by_ending:
        return by_ending[path.suffix]
    first = start.split(b"\n", 1)[0].strip()
    try:
        value = msgspec.json.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "text"
    return "lines" if isinstance(value, dict) and "type" in value and "text" not in value else "text"


def _is_asterix(start: bytes, size: int) -> bool:
    """Return whether the first bytes are a chain of ASTERIX data blocks: category, length, the next one there."""
    at = 0
    while at < len(start):
        length = int.from_bytes(start[at + 1 : at + 3], "big")
        if start[at] not in _CATEGORIES or len(start) - at < 3 or not 4 <= length <= _LONGEST_BLOCK:
            return at > 0 and len(start) < size and len(start) - at < 3
        at += length
    return at > 0 and at <= size
