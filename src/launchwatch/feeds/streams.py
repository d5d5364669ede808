"""Feeds of bytes in order: standard input, TCP and Unix sockets, files that are replayed."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from launchwatch.basis.errors import InputError, printable
from launchwatch.feeds.inbox import Inbox, read_into
from launchwatch.feeds.pcap import Received

_PIECE = 65_536
_CONNECT_S = 10.0


class StreamSource:
    """A pipe or socket, read by a thread of its own into an inbox; see `Source`."""

    lost = 0

    def __init__(self, origin: str, read: Callable[[], bytes], shut: Callable[[], None], inbox: Inbox) -> None:
        self.origin = origin
        self._inbox, self._shut = inbox, shut
        self.receive = inbox.get
        self._read = read

    def start(self, clock: Callable[[], float]) -> "StreamSource":
        """Begin to read; `clock` gives receipt times."""
        job = {"inbox": self._inbox, "read": self._read, "clock": clock, "wait": True}
        threading.Thread(target=read_into, kwargs=job, daemon=True).start()
        return self

    @property
    def over(self) -> bool:
        """Return whether the sender has ended and everything was taken."""
        return self._inbox.over

    def close(self) -> None:
        """Stop reading."""
        self._inbox.end()
        self._shut()


def open_pipe(clock: Callable[[], float], descriptor: int = 0) -> StreamSource:
    """Return standard input, or what another descriptor reads, as a feed."""
    return StreamSource("stdin", lambda: os.read(descriptor, _PIECE), lambda: None, Inbox()).start(clock)


def open_tcp(host: str, port: int, clock: Callable[[], float]) -> StreamSource:
    """Return a TCP server's bytes as a feed."""
    try:
        connected = socket.create_connection((host, port), timeout=_CONNECT_S)
    except OSError as error:
        raise InputError(f"no connection: {error.strerror or error}", given=f"tcp://{host}:{port}") from None
    return _from_socket(f"tcp {host}:{port}", connected, clock)


def open_unix(path: Path, clock: Callable[[], float]) -> StreamSource:
    """Return the bytes of a Unix socket's server as a feed."""
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connected.settimeout(_CONNECT_S)
        connected.connect(str(path))
    except OSError as error:
        connected.close()
        raise InputError(f"no connection: {error.strerror or error}", given=f"unix:{path.name}") from None
    return _from_socket(f"unix {printable(path.name)}", connected, clock)


def _from_socket(origin: str, connected: socket.socket, clock: Callable[[], float]) -> StreamSource:
    connected.settimeout(None)

    def shut() -> None:
        with suppress(OSError):  # the other side may have closed it
            connected.shutdown(socket.SHUT_RDWR)
        connected.close()

    return StreamSource(origin, lambda: connected.recv(_PIECE), shut, Inbox()).start(clock)


class PieceSource:
    """A file's pieces, each as it is asked for: what a replay reads. See `Source`."""

    lost = 0

    def __init__(self, origin: str, pieces: Iterator[Received | InputError], shut: Callable[[], None]) -> None:
        self.origin, self.over = origin, False
        self._pieces, self.close = pieces, shut

    def receive(self, wait_s: float) -> Received | InputError | None:  # noqa: ARG002 - a file lets nobody wait
        """Return the next piece, or None at the end."""
        piece = next(self._pieces, None)
        self.over = piece is None
        return piece


def replay_lines(handle: BinaryIO, origin: str, *, one_by_one: bool) -> PieceSource:
    """Return a recording's bytes as a feed, line by line where the replay is paced."""
    read = handle.readline if one_by_one else handle.read
    return PieceSource(origin, (Received(None, data) for data in iter(lambda: read(_PIECE), b"")), handle.close)
