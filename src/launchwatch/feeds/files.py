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

RECORDING_SUFFIXES = (".ndjson", ".jsonl")
REPORT_SUFFIXES = (".txt", ".json", ".md")
STANDARD_INPUT = Path("-")
_PEEK = 65_536
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


@dataclass(frozen=True)
class EvidenceFile:
    """One file: its name (never its folder), kind, size and digest; `read` and `lines` give its content.

    `content` is what came from standard input, which can be read only once.
    """

    path: Path
    kind: Literal["report", "recording"]
    size_bytes: int
    sha256: str
    content: bytes | None = field(default=None, repr=False)

    @property
    def origin(self) -> str:
        """Return the name by which the evidence is known; unprintable characters in it are shown as escapes."""
        return _origin(self.path)

    def read(self, limit_bytes: int) -> bytes:
        """Return the content, at most one byte more than `limit_bytes`: enough to see that it is too large."""
        with self._open() as handle:
            return handle.read(limit_bytes + 1)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines; a line longer than 1 MiB comes in pieces, so that memory stays bounded."""
        with self._open() as handle:
            while line := handle.readline(1 << 20):
                yield line

    def _open(self) -> BinaryIO:
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
    return EvidenceFile(STANDARD_INPUT, _kind(STANDARD_INPUT, content[:_PEEK]), len(content), digest, content)


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
    return EvidenceFile(path, _kind(path, start), size, digest.hexdigest())


def _kind(path: Path, start: bytes) -> Literal["report", "recording"]:
    """Return what a file is, by its ending or else by its first line: a recording's names a type."""
    if path.suffix in RECORDING_SUFFIXES:
        return "recording"
    first = start.split(b"\n", 1)[0].strip()
    try:
        value = msgspec.json.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "report"
    return "recording" if isinstance(value, dict) and "type" in value and "text" not in value else "report"
