"""HTTP as a way out: one POST a message, its envelope (base64) in the header `Launchwatch-Envelope`.

`WebReceiver` is the far end for drills and tests, a real server on the loopback interface. What it
makes of the bytes is not its matter.
"""

import base64
import binascii
import queue
import socket
import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

from launchwatch.basis.errors import InputError
from launchwatch.channels.messages import LONGEST_BYTES, Message, Received, drained

_HEADER = "Launchwatch-Envelope"
_TIMEOUT_S = 5.0
"""A server that does not answer for so long is tried again later: the read-back limit is 30 s."""
_TYPES = {"xml": "application/cap+xml", "gml": "application/gml+xml"}


class WebChannel:
    """Posts each message to an address (http or https). State: the pool of connections."""

    def __init__(self, address: str) -> None:
        if urllib3.util.parse_url(address).scheme not in {"http", "https"}:
            raise InputError("no web address", given=address, allowed="http:// or https://")
        self._address = address
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT_S, retries=False)

    def send(self, message: Message) -> None:
        """Post a message; OSError where the server did not take it."""
        headers = {
            _HEADER: base64.b64encode(message.envelope).decode(),
            "Content-Type": _TYPES.get(message.suffix, "text/plain; charset=utf-8"),
            "Idempotency-Key": message.id,
        }
        try:
            answer = self._pool.request("POST", self._address, body=message.content, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise OSError(f"not taken: {error}") from None
        if answer.status >= 300:
            raise OSError(f"not taken: HTTP {answer.status}")

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()


class WebReceiver:
    """A server on the loopback interface. State: its thread and what came and was not yet asked for."""

    def __init__(self, port: int, now: Callable[[], float]) -> None:
        self._waiting: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Post, self._waiting, now))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Return the address to post to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def poll(self) -> list[Received]:
        """Return what was posted since the last call."""
        return drained(self._waiting)

    def close(self) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Post(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _TIMEOUT_S

    def __init__(
        self,
        waiting: "queue.SimpleQueue[Received]",
        now: Callable[[], float],
        request: socket.socket,
        client: tuple[str, int],
        server: ThreadingHTTPServer,
    ) -> None:
        self._waiting, self._now = waiting, now
        super().__init__(request, client, server)

    def do_POST(self) -> None:
        """Take one message."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BYTES:
            self.close_connection = True
            self._answer(413)
            return
        content = self.rfile.read(int(length))
        self._waiting.put(Received(content, _decoded(self.headers.get(_HEADER)), self._now()))
        self._answer(202)

    def log_message(self, *_: object) -> None:
        """Say nothing: what came is told by `poll`."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _decoded(header: str | None) -> bytes | None:
    try:
        return None if header is None else base64.b64decode(header, validate=True)
    except binascii.Error:
        return None
