"""A node's ways out with their own receivers: each in a thread of its own, so that a stuck one delays no other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from launchwatch.basis.errors import InputError
from launchwatch.channels.folders import FolderChannel, FolderReceiver
from launchwatch.channels.messages import Channel, Message, Received, Receiver
from launchwatch.channels.web import WebChannel, WebReceiver
from launchwatch.facts import Bulletin
from launchwatch.run.clock import Clock
from launchwatch.run.node_settings import ChannelSettings, NodeSettings, Realm, realm_folder

RETRY_S = 1.0
"""After a failed sending: short against the 30 s in which the loop must close, long for a server that restarts."""


@dataclass(frozen=True)
class Sent:
    """How the sending of one message ended, and when (Unix time, s); `error` is why it did not go."""

    bulletin: str
    at_s: float
    error: str | None = None


@dataclass
class Outlet:
    """One channel with its receiver.

    State: both, made when first needed and made anew after a failure; a thread; sendings that go on, and when
    those that failed may be tried again. One thread calls it.
    """

    name: str
    settings: ChannelSettings
    make_channel: Callable[[], Channel]
    make_receiver: Callable[[], Receiver]
    clock: Clock
    _channel: Channel | None = None
    _receiver: Receiver | None = None
    _sending: dict[str, "Future[Sent]"] = field(default_factory=dict)
    _not_before_s: dict[str, float] = field(default_factory=dict)
    _opening: "Future[None] | None" = None
    _open_at_s: float = 0.0
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def carries(self, bulletin: Bulletin) -> bool:
        """Return whether a bulletin goes out this way."""
        if bulletin.audience not in self.settings.audiences:
            return False
        return not self.settings.forms or bulletin.form in self.settings.forms

    def may_send(self, bulletin: str) -> bool:
        """Return whether a bulletin is neither on its way nor to wait for its next try."""
        return bulletin not in self._sending and self.clock.now() >= self._not_before_s.get(bulletin, 0.0)

    def submit(self, message: Message) -> None:
        """Send a message in the channel's own thread; `finished` tells how it ended."""
        self._sending[message.id] = self._thread.submit(self._send, message)

    def finished(self) -> list[Sent]:
        """Return the sendings that ended since the last call."""
        done = [name for name, future in self._sending.items() if future.done()]
        ended = [self._sending.pop(name).result() for name in done]
        now = self.clock.now()
        self._not_before_s = {name: at_s for name, at_s in self._not_before_s.items() if at_s > now}
        for sent in ended:
            if sent.error is not None:
                self._not_before_s[sent.bulletin] = sent.at_s + RETRY_S
        return ended

    def received(self) -> list[Received]:
        """Return what the own receiver got since the last call."""
        if self._receiver is None:
            self._open_receiver()
            return []
        return self._receiver.poll()

    @property
    def busy(self) -> bool:
        """Return whether a sending goes on."""
        return bool(self._sending)

    def close(self) -> None:
        """Wait for what is being sent, and close channel and receiver."""
        self._thread.shutdown(wait=True)
        for one in (self._channel, self._receiver):
            if one is not None:
                with suppress(OSError):
                    one.close()

    def open(self, wait_s: float = 5.0) -> None:
        """Wait until the receiver listens, or for `wait_s` at most."""
        self._open_receiver()
        if self._opening is not None:
            with suppress(TimeoutError):
                self._opening.result(wait_s)

    def _send(self, message: Message) -> Sent:
        try:
            if self._channel is None:
                self._channel = self.make_channel()
            self._channel.send(message)
        except (OSError, InputError) as error:
            return Sent(message.id, self.clock.now(), str(error) or type(error).__name__)
        return Sent(message.id, self.clock.now())

    def _open_receiver(self) -> None:
        if self._opening is not None and not self._opening.done():
            return
        if self._receiver is None and self.clock.now() >= self._open_at_s:
            self._open_at_s = self.clock.now() + RETRY_S
            self._opening = self._thread.submit(self._make_receiver)

    def _make_receiver(self) -> None:
        with suppress(OSError, InputError):
            self._receiver = self.make_receiver()


def open_outlets(
    folder: Path,
    settings: NodeSettings,
    clock: Clock,
    *,
    broker: str | None = None,
    broker_options: dict[str, Any] | None = None,
) -> tuple[Outlet, ...]:
    """Return a node's ways out for bulletins; those of kind nats use its own broker unless another is given.

    Channels of kind cot show tracks (`run.displaying`) and carry no bulletin.
    """
    if broker is None and any(one.kind == "nats" for one in settings.channels.values()):
        broker, broker_options = own_broker(folder, settings, clock)
    made = []
    for name, one in settings.channels.items():
        if one.kind == "cot":
            continue
        channel, receiver = _makers(folder, settings.realm, one, clock, broker, broker_options or {})
        made.append(Outlet(name, one, channel, receiver, clock))
    return tuple(made)


def own_broker(folder: Path, settings: NodeSettings, clock: Clock) -> tuple[str, dict[str, Any]]:
    """Return the address of a node's broker, and how the node's own account is entered there."""
    from launchwatch.channels.broker import NODE
    from launchwatch.channels.bus import Address, options_of
    from launchwatch.run.sharing import address_of, identity_of

    identity = identity_of(folder, settings, clock.now())
    host, port = address_of(settings.broker) if settings.broker else (settings.host, settings.port)
    options = options_of(Address(host, port, settings.name, identity.certificate), identity, identity.user(NODE))
    return str(options.pop("servers")), options


def channel_folder(folder: Path, realm: Realm, to: str) -> Path:
    """Return the folder of a channel of kind files: `to`, which is within the realm's folder unless absolute."""
    return realm_folder(folder, realm) / to


def _makers(
    folder: Path,
    realm: Realm,
    settings: ChannelSettings,
    clock: Clock,
    broker: str | None,
    options: dict[str, Any],
) -> tuple[Callable[[], Channel], Callable[[], Receiver]]:
    to, listen = settings.to, settings.receive or settings.to
    match settings.kind:
        case "files":
            out, back = channel_folder(folder, realm, to), channel_folder(folder, realm, listen)
            return lambda: FolderChannel(out, realm), lambda: FolderReceiver(back, clock.now)
        case "http":
            port = _loopback_port(listen)
            return lambda: WebChannel(to), lambda: WebReceiver(port, clock.now)
        case "cot":
            raise InputError(
                "tracks go this way, not bulletins", given=to, try_="a channel of kind files, http or nats"
            )
        case "nats":
            return _nats_makers(realm, settings, clock, broker, options)


def _nats_makers(
    realm: Realm, settings: ChannelSettings, clock: Clock, broker: str | None, options: dict[str, Any]
) -> tuple[Callable[[], Channel], Callable[[], Receiver]]:
    if broker is None:
        raise InputError("a channel of kind nats needs a broker", given=settings.to, try_="`broker` in node.toml")
    from launchwatch.channels.subjects import SubjectChannel, SubjectReceiver

    return (
        lambda: SubjectChannel(broker, settings.to, realm, **options),
        lambda: SubjectReceiver(broker, settings.to, realm, clock.now, **options),
    )


def _loopback_port(address: str) -> int:
    parts = urlsplit(address)
    if parts.hostname not in {"127.0.0.1", "localhost"} or parts.port is None:
        raise InputError(
            "the own receiver of a web channel listens on this machine",
            given=address,
            allowed="http://127.0.0.1:PORT",
            try_="`receive` of the channel: where the server's copies are posted back to",
        )
    return parts.port
