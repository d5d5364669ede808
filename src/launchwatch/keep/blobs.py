"""Raw bytes as they came, each in a file named by its SHA-256 (`ab/abcdef...`), checked on reading."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from launchwatch.basis.errors import LogError

_PREFIX = 2  # 256 folders: a million blobs make 4,000 files in each, which every file system searches fast


class Blobs:
    """A folder of content-addressed files; any number of processes may put and get at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Keep bytes and return their SHA-256 (hex) once they are on the disk, name and all.

        What is there already is read and checked, and written anew where it was damaged. LogError where the disk
        does not take it; nothing is left behind then.
        """
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        try:
            if not self._is_whole(path, digest):
                self._write(path, data)
            _sync_folder(path.parent)
            _sync_folder(self.folder)
        except OSError as error:
            raise LogError(f"{len(data)} bytes could not be kept: {error.strerror or error}") from None
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of a SHA-256 (hex); LogError where they are not there or not what they were."""
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise LogError(f"nothing is kept under {digest}") from None
        except OSError as error:
            raise LogError(f"{digest} cannot be read: {error.strerror or error}") from None
        if hashlib.sha256(data).hexdigest() != digest:
            raise LogError(f"what is kept under {digest} was changed or damaged")
        return data

    def has(self, digest: str) -> bool:
        """Return whether something is kept under a SHA-256 (hex), whole or not."""
        return self._path(digest).is_file()

    def digests(self) -> Iterator[str]:
        """Yield the digests of all that is kept, in order."""
        for path in sorted(self.folder.glob("??/*")):
            if not path.name.startswith("."):
                yield path.name

    def damaged(self) -> list[str]:
        """Return the digests under which something else is kept than it was."""
        return [digest for digest in self.digests() if not self._is_whole(self._path(digest), digest)]

    def _path(self, digest: str) -> Path:
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
            raise LogError(f"{digest[:80]!r} is no SHA-256 in 64 hexadecimal digits")
        return self.folder / digest[:_PREFIX] / digest

    @staticmethod
    def _is_whole(path: Path, digest: str) -> bool:
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest() == digest
        except FileNotFoundError:
            return False

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise


def sync_file(path: Path) -> None:
    """Wait until a file and its name are on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
