"""A folder as a way out: `ID.SUFFIX` holds the bytes, `ID.envelope.json` beside it whose they are.

The envelope is written last, so that whoever sees it finds the bytes whole. Nothing waits for the disk: the log
holds every text, and what a loss of power took from the folder is posted again at the next start. A folder
belongs to one realm, and says so in `.launchwatch-realm`: the other realm's channel refuses to write there.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import sha256_hex
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
        """Write a message, unless it lies there already, whole and under an envelope of the same text."""
        envelope = self._folder / f"{message.id}{_ENVELOPE}"
        content = self._folder / f"{message.id}.{message.suffix}"
        if not _is_there(envelope, content, message):
            _put(content, message.content)
            _put(envelope, message.envelope)

    def close(self) -> None:
        """Nothing is held open."""


class FolderReceiver:
    """Reads a folder again and again. State: which envelopes were read, with a hash of both files' times."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder, self._now = folder, now
        self._read: dict[str, int] = {}

    def poll(self) -> list[Received]:
        """Return the messages that are new or were written again."""
        try:
            with os.scandir(self._folder) as entries:
                times = {entry.name: entry.stat().st_mtime_ns for entry in entries if entry.name[0] != "."}
        except FileNotFoundError:
            return []
        contents = {name.split(".")[0]: name for name in times if not name.endswith(_ENVELOPE)}
        found = []
        for envelope in sorted(name for name in times if name.endswith(_ENVELOPE)):
            stem = envelope.removesuffix(_ENVELOPE)
            mark = hash((times[envelope], times.get(contents.get(stem, ""), 0)))
            if stem in contents and self._read.get(stem) != mark:
                self._read[stem] = mark
                found += self._taken(contents[stem], envelope)
        return found

    def close(self) -> None:
        """Nothing is held open."""

    def _taken(self, content: str, envelope: str) -> list[Received]:
        try:
            return [Received(_head(self._folder / content), _head(self._folder / envelope), self._now())]
        except FileNotFoundError:  # taken away between the listing and the reading
            return []


def _is_there(envelope: Path, content: Path, message: Message) -> bool:
    """Return whether a folder holds the text of a message: a second signature over it makes no other message."""
    try:
        told, new = json.loads(envelope.read_bytes()), json.loads(message.envelope)
        whole = sha256_hex(content.read_bytes()) == told["sent_digest"]
        return whole and (told["bulletin"], told["digest"]) == (new["bulletin"], new["digest"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return False


def _put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for whoever reads beside."""
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)


def _head(path: Path) -> bytes:
    with path.open("rb") as handle:
        return handle.read(LONGEST_BYTES + 1)
