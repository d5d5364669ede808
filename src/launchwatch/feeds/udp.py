"""Datagrams as a feed: each is one piece; those that cannot be kept are counted, in the kernel too."""

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from launchwatch.basis.errors import InputError
from launchwatch.feeds.inbox import Inbox, read_into

_LARGEST = 65_535
_OVERFLOW = getattr(socket, "SO_RXQ_OVFL", 40)  # Linux: asks for the count of datagrams that the kernel dropped
_KERNEL_BYTES = 4_000_000


class UdpSource:
    """Datagrams to one address, read by a thread of its own into an inbox that drops the oldest; see `Source`."""

    def __init__(self, bound: socket.socket, clock: Callable[[], float], inbox: Inbox) -> None:
        host, port = bound.getsockname()[:2]
        self.origin = f"udp {host}:{port}"
        self.port = int(port)
        self._socket, self._inbox = bound, inbox
        self._kernel_lost = 0
        self._closing = False
        self.receive = inbox.get
        job = {"inbox": inbox, "read": self._read, "clock": clock, "wait": False}
        threading.Thread(target=read_into, kwargs=job, daemon=True).start()

    def _read(self) -> bytes:
        while True:
            data, ancillary, _, _ = self._socket.recvmsg(_LARGEST, socket.CMSG_SPACE(4))
            for level, kind, value in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, _OVERFLOW):
                    (self._kernel_lost,) = struct.unpack("=I", value[:4])
            if data or self._closing:  # an empty datagram is no end
                return data

    @property
    def over(self) -> bool:
        """Return whether the socket was closed and everything was taken."""
        return self._inbox.over

    @property
    def lost(self) -> int:
        """Return how many datagrams were dropped so far, by the kernel or for want of room."""
        return self._kernel_lost + self._inbox.dropped

    def close(self) -> None:
        """Stop reading."""
        self._closing = True
        self._inbox.end()
        with suppress(OSError):  # wakes the reader; an unconnected socket says that it was not connected
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def open_udp(host: str, port: int, clock: Callable[[], float], inbox: Inbox | None = None) -> UdpSource:
    """Return the datagrams sent to an address as a feed; port 0 takes any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _KERNEL_BYTES)
        with suppress(OSError):  # not on every system; then only the inbox counts
            bound.setsockopt(socket.SOL_SOCKET, _OVERFLOW, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise InputError(
            f"address cannot be used: {error.strerror or error}", given=f"udp://{host}:{port}"
        ) from None
    return UdpSource(bound, clock, inbox or Inbox())
