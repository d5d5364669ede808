"""Files and folders as evidence: their bytes, told apart into recordings and reports."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec

from launchwatch.basis.errors import InputError

RECORDING_SUFFIXES = (".ndjson", ".jsonl")
REPORT_SUFFIXES = (".txt", ".json", ".md")
_PEEK = 65_536


@dataclass(frozen=True)
class EvidenceFile:
    """One file: its name (never its folder), kind, size and digest; `read` and `lines` give its content."""

    path: Path
    kind: Literal["report", "recording"]
    size_bytes: int
    sha256: str

    @property
    def origin(self) -> str:
        """Return the name by which the evidence is known."""
        return self.path.name

    def read(self, limit_bytes: int) -> bytes:
        """Return the content, at most one byte more than `limit_bytes`: enough to see that it is too large."""
        with self.path.open("rb") as handle:
            return handle.read(limit_bytes + 1)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines; a line longer than 1 MiB comes in pieces, so that memory stays bounded."""
        with self.path.open("rb") as handle:
            while line := handle.readline(1 << 20):
                yield line


def open_evidence(paths: Iterable[Path]) -> Iterator[EvidenceFile | InputError]:
    """Yield every evidence file named, folders unfolded in order of name; unreadable ones come as their error."""
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix in (*RECORDING_SUFFIXES, *REPORT_SUFFIXES))
            if not inside:
                yield InputError(
                    "folder holds no evidence",
                    given=path.name,
                    allowed=f"files ending in {', '.join((*REPORT_SUFFIXES, *RECORDING_SUFFIXES))}",
                )
            yield from open_evidence(inside)
            continue
        try:
            yield _describe(path)
        except OSError as error:
            yield InputError(f"file cannot be read: {error.strerror}", given=path.name, try_="checking its name")


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
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "report"
    return "recording" if isinstance(value, dict) and "type" in value and "text" not in value else "report"
