"""Cursor-on-Target to a TAK server: UDP datagrams or a TCP stream of `<event>` documents (udp:// or tcp://HOST:PORT).

CoT has no room for an envelope that servers keep, so that its receiver hands back bytes alone, which are compared
with what was released.
"""

import queue
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from launchwatch.basis.errors import InputError
from launchwatch.channels.messages import LONGEST_BYTES, Message, Received, drained

_LONGEST_DATAGRAM = 65_507
_TIMEOUT_S = 5.0
_END = b"</event>"


def _target(address: str) -> tuple[str, tuple[str, int]]:
    parts = urlsplit(address)
    if parts.scheme not in {"udp", "tcp"} or parts.hostname is None or parts.port is None:
        raise InputError("no TAK server", given=address, allowed="udp://HOST:PORT or tcp://HOST:PORT")
    return parts.scheme, (parts.hostname, parts.port)


class TakChannel:
    """Sends events. State: the TCP connection while it holds."""

    def __init__(self, address: str) -> None:
        self._scheme, self._to = _target(address)
        self._stream: socket.socket | None = None

    def send(self, message: Message) -> None:
        """Send one event; OSError where it did not go."""
        if self._scheme == "udp":
            if len(message.content) > _LONGEST_DATAGRAM:
                raise OSError(f"{len(message.content)} bytes do not fit a datagram")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(message.content, self._to)
            return
        try:
            self._connected().sendall(message.content)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _connected(self) -> socket.socket:
        if self._stream is None:
            self._stream = socket.create_connection(self._to, _TIMEOUT_S)
        return self._stream


class TakReceiver:
    """Listens where events arrive: a UDP port of its own, or a TCP stream that a server relays to all who connect.

    State: a thread, the socket, and what came and was not yet asked for.
    """

    def __init__(self, address: str, now: Callable[[], float]) -> None:
        scheme, to = _target(address)
        self._now, self._stopped = now, threading.Event()
        self._waiting: queue.SimpleQueue[Received] = queue.SimpleQueue()
        if scheme == "udp":
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.bind(to)
        else:
            self._socket = socket.create_connection(to, _TIMEOUT_S)
        self._socket.settimeout(0.1)
        read = self._datagrams if scheme == "udp" else self._stream
        self._thread = threading.Thread(target=read, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Return the own port."""
        return int(self._socket.getsockname()[1])

    def poll(self) -> list[Received]:
        """Return the events that came since the last call."""
        return drained(self._waiting)

    def close(self) -> None:
        """Stop listening."""
        self._stopped.set()
        self._thread.join()
        self._socket.close()

    def _datagrams(self) -> None:
        while not self._stopped.is_set():
            with suppress(TimeoutError):
                self._waiting.put(Received(self._socket.recv(_LONGEST_DATAGRAM), None, self._now()))

    def _stream(self) -> None:
        held = b""
        while not self._stopped.is_set():
            try:
                data = self._socket.recv(65_536)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            *events, held = (held + data).split(_END)
            for event in events:
                self._waiting.put(Received(event.lstrip() + _END, None, self._now()))
            held = held[-LONGEST_BYTES:]
