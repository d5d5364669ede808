"""The keeper: the process that owns a node's log; and what the other processes of the node reach the log with.

Frames over a Unix socket: length (4 bytes, big end first), then MessagePack of one `Ask` or one `Answer`. Whoever
is answered knows that it is on the disk. A frame that is too long, no message, or no fact ends its connection and
nothing else.
"""

import contextlib
import os
import selectors
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Annotated, Literal, Self

import msgspec

from launchwatch.basis.errors import LogError
from launchwatch.facts import Value, encode_fact
from launchwatch.keep import HeadSigner, Row, Verified, open_log
from launchwatch.keep.filing import entry_from
from launchwatch.keep.writer import GroupWriter
from launchwatch.run.clock import Clock, SystemClock

MOST_BYTES = 64 << 20
"""Longest frame: a block of 20,000 traffic positions has some 5 MB; more would only be somebody's memory."""

MOST_CLIENTS = 64
"""Connections at once: a node has six processes; a thread is kept for each."""

POLL_S = 0.003
"""Between two looks at a log that has not changed, s: a look takes some 5 microseconds, so 0.2 % of a core."""

PATIENCE_S = 10.0
"""How long a keeper may be away before its clients give up, s: it is started anew within one or two."""

_LENGTH = struct.Struct(">I")


class Ask(msgspec.Struct, frozen=True):
    """What a client wants: facts appended, a cursor read or set, or the head."""

    do: Literal["append", "cursor", "set cursor", "head"]
    facts: list[tuple[str, bytes]] = []
    name: str = ""
    seq: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)] = 0


class Answer(msgspec.Struct, frozen=True):
    """What the keeper did: a sequence number, the head's hash, or why not."""

    seq: int = 0
    hash: bytes = b""
    error: str | None = None


_ASKS, _ANSWERS = msgspec.msgpack.Decoder(Ask), msgspec.msgpack.Decoder(Answer)
_ENCODER = msgspec.msgpack.Encoder()


class LogClient:
    """A keeper's client; blocking, for any number of threads, one question at a time.

    State: the connection and a lock. While the keeper is away the client asks again for `patience_s`; what was
    sent and not answered is sent again, which is safe since a fact that is there already is skipped.
    """

    def __init__(self, path: Path, *, patience_s: float = PATIENCE_S, clock: Clock | None = None) -> None:
        self._path, self._patience_s, self._clock = Path(path), patience_s, clock or SystemClock()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self.close()

    def append(self, facts: Sequence[Value]) -> int:
        """Append facts, those aside that are there already; return the log's newest number once all are durable.

        LogError where the log cannot take them (the disk is full), or no keeper answers in time.
        """
        return self.append_encoded([encode_fact(fact) for fact in facts])

    def append_encoded(self, facts: Sequence[tuple[str, bytes]]) -> int:
        """Append facts given as kind and JSON."""
        return self._ask(Ask("append", facts=list(facts))).seq

    def cursor(self, name: str) -> int:
        """Return how far the reader of this name has come; 0 where it never said."""
        return self._ask(Ask("cursor", name=name)).seq

    def set_cursor(self, name: str, seq: int) -> None:
        """Keep how far a reader has come; durable when it returns."""
        self._ask(Ask("set cursor", name=name, seq=seq))

    def head(self) -> Verified:
        """Return the number of rows on the keeper's disk and the last one's hash."""
        answer = self._ask(Ask("head"))
        return Verified(answer.seq, answer.hash)

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _ask(self, ask: Ask) -> Answer:
        frame = framed(ask)
        with self._lock:
            answer = self._asked(frame)
        if answer.error is not None:
            raise LogError(answer.error)
        return answer

    def _asked(self, frame: bytes) -> Answer:
        until_s = self._clock.now() + self._patience_s
        while True:
            try:
                opened = self._connected()
                opened.sendall(frame)
                return _ANSWERS.decode(_received(opened))
            except (OSError, EOFError, msgspec.MsgspecError) as error:
                self.close()
                if self._clock.now() >= until_s:
                    raise LogError(f"no keeper answers at {self._path.name}: {error}") from None
                self._clock.sleep(0.02)  # a keeper that was killed is back in a second or two

    def _connected(self) -> socket.socket:
        if self._socket is None:
            opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._socket = opened  # whatever happens from here on, `close` closes it
            opened.settimeout(self._patience_s)
            opened.connect(str(self._path))
        return self._socket


class LogReader:
    """A log open for reading beside its keeper; waits until there is one. One thread at a time."""

    def __init__(self, log: Path | str, *, patience_s: float = PATIENCE_S, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        until_s = self._clock.now() + patience_s
        while True:
            try:
                self._log = open_log(log)
                break
            except LogError:
                if self._clock.now() >= until_s:
                    raise
                self._clock.sleep(0.02)
        self._seen: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        """Return the reader."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the log."""
        self.close()

    def rows(self, *kinds: str, after: int = 0, subject: str | None = None) -> Iterator[Row]:
        """Yield rows in order: of the given kinds or of all, about one subject or all, numbered above `after`."""
        return self._log.rows(*kinds, after=after, subject=subject)

    def seq(self) -> int:
        """Return the newest row's number."""
        return self._log.seq()

    def cursor(self, name: str) -> int:
        """Return how far the reader of this name has come; 0 where it never said."""
        return self._log.cursor(name)

    def wait(self, after: int, timeout_s: float) -> bool:
        """Wait until there is a row above `after`; return whether there is one.

        Asked again with the same `after`, it waits for rows that were not there when it was asked before: who
        found nothing of its own kinds among them need not look again.
        """
        until_s = self._clock.now() + timeout_s
        while True:
            seen = self._log.version(), after
            if seen != self._seen:
                self._seen = seen
                if self._log.seq() > after:
                    return True
            left_s = until_s - self._clock.now()
            if left_s <= 0.0:
                return self._log.seq() > after
            self._clock.sleep(min(POLL_S, left_s))

    def close(self) -> None:
        """Close the log."""
        self._log.close()


def keep_log(
    log: Path | str,
    socket_path: Path,
    stopped: Callable[[], bool],
    signer: HeadSigner | None = None,
    *,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Own a log and serve its socket until `stopped`; `ready` is called once clients can connect.

    LogError where the log cannot be used or another keeper has it. The socket is the owner's alone (mode 600).
    """
    with (
        GroupWriter(lambda: open_log(log, writable=True), signer=signer) as writer,
        _listening(socket_path) as door,
    ):
        served = _Served(writer)
        ready()
        try:
            _accept_until(door, served, stopped)
        finally:
            served.close()


@contextlib.contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # a killed keeper's; who holds the log's lock is the only one
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        earlier = os.umask(0o177)
        try:
            door.bind(str(path))
        except OSError as error:
            raise LogError(f"the keeper's socket cannot be made at {path.name}: {error}") from None
        finally:
            os.umask(earlier)
        door.listen(MOST_CLIENTS)
        door.settimeout(0.0)
        try:
            yield door
        finally:
            path.unlink(missing_ok=True)


def _accept_until(door: socket.socket, served: "_Served", stopped: Callable[[], bool]) -> None:
    with selectors.DefaultSelector() as selector:
        selector.register(door, selectors.EVENT_READ)
        while not stopped():
            if selector.select(timeout=0.1):  # how late an end is noticed, s
                with contextlib.suppress(OSError):
                    served.take(door.accept()[0])


class _Served:
    """The open connections, a thread for each."""

    def __init__(self, writer: GroupWriter) -> None:
        self._writer = writer
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()

    def take(self, opened: socket.socket) -> None:
        with self._lock:
            if len(self._open) >= MOST_CLIENTS:
                opened.close()
                return
            thread = threading.Thread(target=self._serve, args=(opened,), name="log client", daemon=True)
            self._open[opened] = thread
        thread.start()

    def close(self) -> None:
        with self._lock:
            threads = dict(self._open)
        for opened in threads:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RD)  # who was asking is still answered
        for thread in threads.values():
            thread.join()

    def _serve(self, opened: socket.socket) -> None:
        opened.settimeout(None)
        try:
            with contextlib.suppress(OSError, EOFError), opened:
                goes_on = True
                while goes_on:
                    answer, goes_on = answered(self._writer, _received(opened))
                    opened.sendall(framed(answer))
        finally:
            with self._lock:
                self._open.pop(opened, None)


def answered(writer: GroupWriter, frame: bytes) -> tuple[Answer, bool]:
    """Return the answer to one frame, and whether the connection goes on: not after what is no message or fact."""
    try:
        ask = _ASKS.decode(frame)
        entries = [entry_from(kind, body) for kind, body in ask.facts]
    except (msgspec.MsgspecError, LookupError, ValueError, RecursionError) as error:  # InputError and the like
        return Answer(error=f"refused: {error}"), False
    try:
        return _done(writer, ask, entries), True
    except Exception as error:  # noqa: BLE001 - whatever one append met, the keeper goes on with the others
        return Answer(error=str(error) or type(error).__name__), True


def _done(writer: GroupWriter, ask: Ask, entries: list) -> Answer:
    if ask.do == "append":
        return Answer(seq=writer.submit(entries).result())
    if ask.do == "set cursor":
        return Answer(seq=writer.submit([], {ask.name: ask.seq}).result())
    if ask.do == "cursor":
        return Answer(seq=writer.cursor(ask.name))
    return Answer(seq=writer.head.rows, hash=writer.head.head)


def framed(message: Ask | Answer) -> bytes:
    """Return a message as one frame; LogError where it is longer than `MOST_BYTES`."""
    body = _ENCODER.encode(message)
    if len(body) > MOST_BYTES:
        raise LogError(f"{len(body)} bytes at once; allowed: {MOST_BYTES}; append in parts")
    return _LENGTH.pack(len(body)) + body


def _received(opened: socket.socket) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(opened, _LENGTH.size))
    if length > MOST_BYTES:
        raise EOFError(f"a frame of {length} bytes")
    return _exactly(opened, length)


def _exactly(opened: socket.socket, count: int) -> bytes:
    parts = []
    while count:
        part = opened.recv(min(count, 1 << 20))
        if not part:
            raise EOFError("the connection ended")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
