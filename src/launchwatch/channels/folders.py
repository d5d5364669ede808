"""A folder as a way out: `ID.SUFFIX` holds the bytes, `ID.envelope.json` beside it whose they are.

The envelope is written last, so that whoever sees it finds the bytes whole. A folder belongs to one realm, and
says so in `.launchwatch-realm`: the other realm's channel refuses to write there.
"""

from collections.abc import Callable
from pathlib import Path

from launchwatch.basis.errors import InputError
from launchwatch.channels.files import write_file
from launchwatch.channels.messages import LONGEST_BYTES, Message, Received

_MARK = ".launchwatch-realm"
_ENVELOPE = ".envelope.json"


class FolderChannel:
    """Writes each message into a folder. State: none beyond the folder."""

    def __init__(self, folder: Path, realm: str) -> None:
        self._folder = folder
        mark = folder / _MARK
        if not mark.exists():
            write_file(mark, realm.encode())
        if mark.read_text(encoding="utf-8") != realm:
            raise InputError("the folder belongs to the other realm", given=folder.name, try_="one of its own")

    def send(self, message: Message) -> None:
        """Write a message, unless the very same lies there already."""
        envelope = self._folder / f"{message.id}{_ENVELOPE}"
        content = self._folder / f"{message.id}.{message.suffix}"
        if _holds(envelope, message.envelope) and _holds(content, message.content):
            return
        write_file(content, message.content)
        write_file(envelope, message.envelope)

    def close(self) -> None:
        """Nothing is held open."""


class FolderReceiver:
    """Reads a folder again and again. State: which envelopes were read, with size and time of both files."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder, self._now = folder, now
        self._read: dict[str, tuple[int, int]] = {}

    def poll(self) -> list[Received]:
        """Return the messages that are new or were written again."""
        found = []
        for envelope in sorted(self._folder.glob(f"*{_ENVELOPE}")):
            received = self._fresh(envelope)
            if received is not None:
                found.append(received)
        return found

    def close(self) -> None:
        """Nothing is held open."""

    def _fresh(self, envelope: Path) -> Received | None:
        stem = envelope.name.removesuffix(_ENVELOPE)
        content = next((one for one in self._folder.glob(f"{stem}.*") if one != envelope), None)
        if content is None:
            return None
        try:
            mark = (envelope.stat().st_mtime_ns, content.stat().st_mtime_ns)
            if self._read.get(stem) == mark:
                return None
            self._read[stem] = mark
            return Received(_head(content), _head(envelope), self._now())
        except FileNotFoundError:  # taken away between the listing and the reading
            return None


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(LONGEST_BYTES + 1)
