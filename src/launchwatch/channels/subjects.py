"""NATS as a way out: subject `REALM.TO.AUDIENCE.FORM`, the id as `Nats-Msg-Id`, the envelope in a header.

Where the server has a JetStream stream over the subject, a message counts as sent when the stream has it on disk,
and its deduplication drops a second sending; without one the server's flush is all that is known. The connection
lives in a thread of its own, since everything around it waits for nothing.
"""

import asyncio
import base64
import binascii
import queue
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import TimeoutError as Late
from contextlib import suppress
from typing import Any

import nats
import nats.errors
import nats.js.errors

from launchwatch.channels.messages import LONGEST_BYTES, Message, Received, drained

_TIMEOUT_S = 5.0
_CONNECT_S = 2.0
_HEADER = "Launchwatch-Envelope"


class _Connection:
    """A connection to a NATS server in a thread with its own event loop. State: loop, thread, client."""

    def __init__(self, address: str, options: dict[str, Any]) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._address, self._options = address, options
        self._client: Any = None

    def run(self, made: Coroutine[Any, Any, Any]) -> Any:
        """Return what a coroutine comes to, or raise OSError."""
        future = asyncio.run_coroutine_threadsafe(made, self._loop)
        try:
            return future.result(2 * _TIMEOUT_S)
        except (nats.errors.Error, Late, TimeoutError) as error:
            future.cancel()
            raise OSError(f"NATS: {error or type(error).__name__}") from None

    async def client(self) -> Any:
        if self._client is None or self._client.is_closed:
            made = nats.connect(self._address, max_reconnect_attempts=-1, error_cb=_quiet, **self._options)
            self._client = await asyncio.wait_for(made, _CONNECT_S)
        return self._client

    def close(self) -> None:
        """Close the client and end the thread."""
        with suppress(OSError):
            self.run(self._closed())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _closed(self) -> None:
        if self._client is not None:
            await self._client.close()


async def _quiet(_: Exception) -> None:
    """Errors of the connection show in what is sent and in what does not come back."""


def subject_of(realm: str, to: str, topic: str) -> str:
    """Return the subject of a realm's messages on one topic."""
    return f"{realm}.{to}.{topic}"


class SubjectChannel:
    """Publishes each message. State: the connection, and of which subjects a stream keeps the messages."""

    def __init__(self, address: str, to: str, realm: str, **options: Any) -> None:
        self._to, self._realm = to, realm
        self._kept: dict[str, bool] = {}
        self._connection = _Connection(address, options)

    def send(self, message: Message) -> None:
        """Publish a message; OSError where the server did not take it."""
        self._connection.run(self._publish(message))

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def _publish(self, message: Message) -> None:
        client = await self._connection.client()
        subject = subject_of(self._realm, self._to, message.topic)
        headers = {"Nats-Msg-Id": message.id, _HEADER: base64.b64encode(message.envelope).decode()}
        if await self._is_kept(client, subject):
            await client.jetstream(timeout=_TIMEOUT_S).publish(subject, message.content, headers=headers)
        else:
            await client.publish(subject, message.content, headers=headers)
            await client.flush(timeout=int(_TIMEOUT_S))

    async def _is_kept(self, client: Any, subject: str) -> bool:
        """Return whether a stream keeps a subject; asked once, as a listener would be taken for one."""
        if subject not in self._kept:
            try:
                await client.jetstream(timeout=_TIMEOUT_S).find_stream_name_by_subject(subject)
                self._kept[subject] = True
            except (nats.js.errors.Error, nats.errors.NoRespondersError):
                self._kept[subject] = False
        return self._kept[subject]


class SubjectReceiver:
    """Listens to all of a realm's messages of one channel. State: the connection, what came and waits."""

    def __init__(
        self,
        address: str,
        to: str,
        realm: str,
        now: Callable[[], float],
        **options: Any,
    ) -> None:
        self._now = now
        self._waiting: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._connection = _Connection(address, options)
        self._connection.run(self._subscribe(subject_of(realm, to, ">")))

    def poll(self) -> list[Received]:
        """Return what was published since the last call."""
        return drained(self._waiting)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    async def _subscribe(self, subject: str) -> None:
        client = await self._connection.client()
        await client.subscribe(subject, cb=self._take)
        await client.flush(timeout=int(_TIMEOUT_S))

    async def _take(self, message: Any) -> None:
        header = (message.headers or {}).get(_HEADER)
        envelope = None
        with suppress(binascii.Error, ValueError):
            envelope = None if header is None else base64.b64decode(header, validate=True)
        self._waiting.put(Received(message.data[: LONGEST_BYTES + 1], envelope, self._now()))
