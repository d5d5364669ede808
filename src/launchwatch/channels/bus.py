"""A connection to a broker: streams, publishing with acknowledgement, durable pulling. Synchronous outside.

Subjects are `lw.<realm>.<node>.<kind>`. Every message has an id (`Nats-Msg-Id`), which the broker stores once, and
names the id before it (`Nats-Expected-Last-Msg-Id`), so that many can be under way and none overtakes another.
"""

import asyncio
import json
import ssl
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import TimeoutError as LateError
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from launchwatch.basis.errors import LaunchwatchError
from launchwatch.channels.certificates import Identity, client_context, nkey_seed, server_name

T = TypeVar("T")

DUPLICATES_S = 24 * 3600.0
"""How long a broker knows the ids that it stored: longer than any relay is down between a message and its ack."""

IN_FLIGHT = 64
"""Messages on their way at a time: one write to the disk serves several, and a break repeats few."""

PENDING = 1000
"""Messages of a consumer that may be unacknowledged."""

OPEN_S = 1.0
"""A request for messages stands so long at the broker: what a broken connection leaves there ends soon."""

REDELIVER_S = 2.0
"""An unacknowledged message comes again after so long: a hundred times what its taker needs to have it on disk,
and soon enough that a taker who was killed and started again is back at work within seconds."""

_CALL_S = 5.0
_RETRY_S = 0.25  # between attempts to connect again: a partner's outage ends within it


class BusError(LaunchwatchError, ConnectionError):
    """The broker cannot be reached, or refused: try again later."""


@dataclass(frozen=True)
class Address:
    """Where a broker is, how its certificate is named and which one is pinned; `inbox` is the partner's own."""

    host: str
    port: int
    node: str
    pinned: Path
    inbox: str = "_INBOX"


@dataclass(frozen=True)
class Outgoing:
    """One message to be stored: subject, id, content."""

    subject: str
    id: str
    data: bytes


@dataclass(frozen=True)
class Stored:
    """What the broker said: the message's place in the stream, and whether it was there already."""

    place: int
    duplicate: bool


@dataclass(frozen=True)
class Incoming:
    """One message of a stream: its place, the id that it came with, when the broker stored it (Unix time, s).

    `waiting` are the messages after it; `deliveries` how often it came.
    """

    subject: str
    id: str
    data: bytes
    place: int
    stored_s: float
    waiting: int
    deliveries: int
    raw: Any


class Bus:
    """One connection, with a thread of its own for the network; it reconnects by itself.

    State: the loop, its thread, the client, pulling subscriptions. Use as a context manager, or `close` it.
    """

    def __init__(self, address: Address, identity: Identity, user: Ed25519PrivateKey) -> None:
        self.address = address
        self._options = options_of(address, identity, user)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="launchwatch-bus", daemon=True)
        self._thread.start()
        self._pulls: dict[str, _Pull] = {}
        self.refusals: list[str] = []
        self._client: Client | None = None

    def __enter__(self) -> Self:
        """Return the bus, connected."""
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def connect(self, wait_s: float = _CALL_S) -> None:
        """Connect, unless connected; BusError where the broker is not there or does not know us."""
        if self._client is None or self._client.is_closed:
            self._client = self._run(self._connect(wait_s), wait_s + 1)

    async def _connect(self, wait_s: float) -> Client:
        async def note(error: Exception) -> None:
            self.refusals = [*self.refusals[-20:], str(error) or type(error).__name__]

        await _reach(self.address, wait_s)
        client = Client()
        connecting = client.connect(
            connect_timeout=max(1, round(wait_s)), max_reconnect_attempts=-1,
            reconnect_time_wait=_RETRY_S,  # type: ignore[arg-type] # any number of seconds is slept
            ping_interval=2, max_outstanding_pings=2, error_cb=note, **self._options,
        )  # fmt: skip
        try:
            await asyncio.wait_for(connecting, wait_s)
        except TimeoutError:
            await client.close()
            raise BusError(f"the broker of {self.address.node} does not let us in: {self._last_refusal}") from None
        return client

    @property
    def _last_refusal(self) -> str:
        return self.refusals[-1] if self.refusals else "no answer"

    @property
    def connected(self) -> bool:
        """Return whether the connection stands now."""
        return self._client is not None and self._client.is_connected

    def wait_connected(self, wait_s: float) -> bool:
        """Wait until the connection stands again; return whether it does."""

        async def wait() -> bool:
            for _ in range(max(1, round(wait_s / 0.02))):
                if self.connected:
                    return True
                await asyncio.sleep(0.02)
            return False

        return self._run(wait(), wait_s)

    def close(self) -> None:
        """End the connection and its thread."""
        if self._client is not None:
            with suppress(BusError):
                self._run(self._client.close(), 2)
        with suppress(BusError):
            self._run(_drop_tasks(), 2)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(2)
        if not self._thread.is_alive():
            self._loop.close()

    def stream(self, name: str, subjects: Sequence[str], *, most_bytes: int = -1) -> int:
        """Make a stream on disk unless it is there; return the place of its last message."""
        config = StreamConfig(
            name=name, subjects=list(subjects), storage=StorageType.FILE, retention=RetentionPolicy.LIMITS,
            max_bytes=most_bytes, duplicate_window=DUPLICATES_S, allow_direct=False, deny_delete=True,
        )  # fmt: skip
        return int(self._run(self._stream(config)))

    async def _stream(self, config: StreamConfig) -> int:
        manager = self._need().jsm()
        try:
            info = await manager.stream_info(config.name or "")
        except NotFoundError:
            info = await manager.add_stream(config)
        return info.state.last_seq

    def last(self, stream: str) -> tuple[int, str] | None:
        """Return the place and id of a stream's last message."""
        return self._run(self._last(stream))

    async def _last(self, stream: str) -> tuple[int, str] | None:
        manager = self._need().jsm()
        place = (await manager.stream_info(stream)).state.last_seq
        if not place:
            return None
        found = await manager.get_msg(stream, seq=place)
        return place, (found.headers or {}).get("Nats-Msg-Id", "")

    def message(self, stream: str, place: int) -> bytes:
        """Return the content of one message of a stream of our own."""
        found = self._run(self._need().jsm().get_msg(stream, seq=place))
        return bytes(found.data or b"")

    def consumer(self, stream: str, name: str, *, pending: int = PENDING) -> None:
        """Make a durable pulling consumer, from the stream's beginning, unless it is there."""
        config = ConsumerConfig(
            durable_name=name, deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.EXPLICIT,
            ack_wait=REDELIVER_S, max_ack_pending=pending, max_waiting=16,
        )  # fmt: skip
        self._run(self._need().jsm().add_consumer(stream, config))

    def publish(self, messages: Sequence[Outgoing], after: str | None = None) -> list[Stored]:
        """Store messages in their order; return what the broker acknowledged, fewer where it broke off.

        `after` is the id of the message before (None: do not check). Raises BusError where none was stored.
        """
        stored: list[Stored] = []
        for at in range(0, len(messages), IN_FLIGHT):
            part = messages[at : at + IN_FLIGHT]
            got = self._run(self._publish(part, after), 2 * _CALL_S)
            stored += got
            if len(got) < len(part):
                break
            after = part[-1].id if after is not None else None
        if messages and not stored:
            raise BusError("the broker stored nothing")
        return stored

    async def _publish(self, messages: Sequence[Outgoing], after: str | None) -> list[Stored]:
        context = self._need().jetstream()
        jobs = []
        for message in messages:
            headers = {"Nats-Msg-Id": message.id}
            if after is not None:
                headers["Nats-Expected-Last-Msg-Id"] = after
                after = message.id
            jobs.append(context.publish(message.subject, message.data, timeout=_CALL_S, headers=headers))
        stored: list[Stored] = []
        for result in await asyncio.gather(*jobs, return_exceptions=True):
            if isinstance(result, BaseException):
                self.refusals = [*self.refusals[-20:], str(result)]
                break
            stored.append(Stored(result.seq, bool(result.duplicate)))
        return stored

    def fetch(self, stream: str, name: str, most: int, wait_s: float) -> list[Incoming]:
        """Return the next messages of a durable consumer, none where none came in time."""
        return self._run(self._fetch(stream, name, most, wait_s), wait_s + _CALL_S)

    async def _fetch(self, stream: str, name: str, most: int, wait_s: float) -> list[Incoming]:
        pull = self._pulls.get(name) or await self._begin_pull(stream, name)
        until = self._loop.time() + wait_s
        while (left := until - self._loop.time()) > 0:
            await self._ask_for(pull, most)
            try:
                found = await pull.heard.next_msg(min(left, max(pull.until_s - self._loop.time(), 0.01)))
            except (TimeoutError, NatsTimeoutError):
                continue
            messages = [found]
            while pull.heard.pending_msgs and len(messages) < most:
                messages.append(await pull.heard.next_msg(0.1))
            pull.left -= len(messages)
            if taken := [_incoming(one) for one in messages if not _is_status(one)]:
                return taken
            pull.left = 0  # the broker ended the request
        return []

    async def _begin_pull(self, stream: str, name: str) -> "_Pull":
        inbox = self._need().new_inbox()
        heard = await self._need().subscribe(inbox)
        pull = self._pulls[name] = _Pull(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", inbox, heard)
        return pull

    async def _ask_for(self, pull: "_Pull", most: int) -> None:
        """Keep one request open at the broker, so that a message comes as soon as it is stored."""
        client, now = self._need(), self._loop.time()
        if pull.left <= 0 or now >= pull.until_s or pull.connection != client.stats["reconnects"]:
            request = {"batch": most, "expires": round(OPEN_S * 1e9)}
            await client.publish(pull.subject, json.dumps(request).encode(), reply=pull.inbox)
            pull.left, pull.until_s, pull.connection = most, now + OPEN_S, client.stats["reconnects"]

    def ack(self, messages: Sequence[Incoming]) -> None:
        """Say that messages need not come again, and wait for no answer: a lost one makes it come again."""
        self._run(self._ack(messages))

    async def _ack(self, messages: Sequence[Incoming]) -> None:
        self._need()
        for message in messages:
            await message.raw.ack()

    def send(self, subject: str, data: bytes) -> None:
        """Send a message that nobody stores, and wait for no answer: what waits behind it goes on at once."""
        self._run(self._send(subject, data))

    async def _send(self, subject: str, data: bytes) -> None:
        await self._need().publish(subject, data)

    def listen(self, subject: str) -> list[bytes]:
        """Begin to hear a subject; return the list in which the newest messages (at most 100) appear."""
        heard: list[bytes] = []

        async def note(message: Msg) -> None:
            heard.append(message.data)
            del heard[:-100]

        async def begin() -> None:
            await self._need().subscribe(subject, cb=note)

        self._run(begin())
        return heard

    def ask(self, subject: str, data: bytes = b"", wait_s: float = 1.0) -> bytes:
        """Return the answer to a request; BusError where there is none."""
        return bytes(self._run(self._need().request(subject, data, timeout=wait_s), wait_s + 1).data)

    def _need(self) -> Client:
        if self._client is None or not self._client.is_connected:
            raise BusError("not connected")  # nothing is kept for later here: the log is the outbox
        return self._client

    def _run(self, job: Coroutine[Any, Any, T], wait_s: float = _CALL_S) -> T:
        future = asyncio.run_coroutine_threadsafe(job, self._loop)
        try:
            return future.result(wait_s + 1)
        except LateError:
            future.cancel()
            raise BusError("the broker did not answer in time") from None
        except (NatsError, APIError, OSError, ssl.SSLError) as error:
            raise BusError(f"the broker: {error or type(error).__name__}") from None


def options_of(address: Address, identity: Identity, user: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the options with which any client of nats-py enters a broker's account as `user`."""
    return {
        "servers": f"tls://{address.host}:{address.port}",
        "tls": client_context(identity, address.pinned),
        "tls_hostname": server_name(address.node),
        "nkeys_seed_str": nkey_seed(user),
        "inbox_prefix": address.inbox,
    }


async def _reach(address: Address, wait_s: float) -> None:
    """Refuse an address where nothing listens: the library would try for ever."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address.host, address.port), wait_s)
    except (TimeoutError, OSError):
        raise BusError(f"no broker at {address.host}:{address.port}") from None
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _drop_tasks() -> None:
    """Cancel whatever still runs on the loop, and wait for it."""
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


@dataclass
class _Pull:
    """A durable consumer as it is pulled from: messages asked for, until when, on which connection."""

    subject: str
    inbox: str
    heard: Subscription
    left: int = 0
    until_s: float = 0.0
    connection: int = -1


def _is_status(message: Msg) -> bool:
    """Return whether it is the broker's word on a request, not a message of the stream."""
    return not message.data and "Status" in (message.headers or {})


def _incoming(message: Msg) -> Incoming:
    about = message.metadata
    return Incoming(
        subject=message.subject,
        id=(message.headers or {}).get("Nats-Msg-Id", ""),
        data=bytes(message.data),
        place=about.sequence.stream,
        stored_s=about.timestamp.timestamp(),
        waiting=about.num_pending or 0,
        deliveries=about.num_delivered or 1,
        raw=message,
    )


def subject(realm: str, node: str, kind: str) -> str:
    """Return the subject of one kind of message."""
    return f"lw.{realm}.{node}.{kind}"
