"""Answers of a language model from an OpenAI-compatible endpoint, or from a folder that keeps them.

request    POST <endpoint>/chat/completions, JSON; the key, where there is one, as a bearer token
answer     application/json, whole; kept as <SHA-256 of the request>.json with the request beside it

What an endpoint does wrong ends with an InputError within `Limits.total_s`: it refuses, is silent, sends without
end, sends something else than JSON, or points elsewhere (redirections are not followed). Proxies,
certificates and passwords that the environment names are not used.
"""

import os
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec

from launchwatch.basis.errors import InputError, plain
from launchwatch.basis.ids import sha256_hex

if TYPE_CHECKING:
    import httpx

MOST_BYTES: Final = 2_000_000
"""Bytes of an answer: two hundred quotes of 400 characters are 100 kB, 500 kB where each is an escape."""

_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
_LONGEST_PAUSE_S = 30.0
_THIS_MACHINE = frozenset(("localhost", "127.0.0.1", "::1"))
_JSON = "application/json"
_PATH = "/chat/completions"
_TOLD_BYTES = 20_000
_TOLD_CHARACTERS = 200


class Limits(NamedTuple):
    """How long and how often an endpoint is asked: seconds of silence, in all, tries, seconds between."""

    silent_s: float = 60.0
    total_s: float = 180.0
    tries: int = 3
    pause_s: float = 1.0


class Asked(Protocol):
    """What answers a request's bytes with an answer's bytes, or raises InputError."""

    def __call__(self, body: bytes) -> bytes:
        """Return the answer to a request."""


class Endpoint:
    """An endpoint that answers requests, one at a time.

    State: address, key, limits, and how to pause; none changes. Each request has a thread of its own, which
    is left to end by itself where it outlasts its time.
    """

    def __init__(
        self, address: str, *, key: str | None, pause: Callable[[float], object], limits: Limits | None = None
    ) -> None:
        _check_address(address, key)
        self._address = f"{address.rstrip('/').removesuffix(_PATH)}{_PATH}"
        self._key = key
        self._pause = pause
        self._limits = limits or Limits()
        _httpx()

    def __call__(self, body: bytes) -> bytes:
        """Return the answer to a request; raises InputError."""
        answers: queue.SimpleQueue[bytes | InputError] = queue.SimpleQueue()
        given_up = threading.Event()
        ask = threading.Thread(target=self._ask, args=(body, answers.put, given_up), daemon=True)
        ask.start()
        try:
            answer = answers.get(timeout=self._limits.total_s)
        except queue.Empty:
            given = f"{self._limits.total_s:g} s"
            raise InputError("the endpoint did not answer in time", given=given, try_="--timeout") from None
        finally:
            given_up.set()
        if isinstance(answer, InputError):
            raise answer
        return answer

    def _ask(self, body: bytes, put: Callable[[bytes | InputError], object], given_up: threading.Event) -> None:
        for left in range(self._limits.tries - 1, -1, -1):
            try:
                put(self._post(body, given_up))
            except _TryAgain as why:
                if not left or given_up.is_set():
                    put(why.error)
                    return
                tried = self._limits.tries - 1 - left
                self._pause(min(max(why.after_s, self._limits.pause_s * 2**tried), _LONGEST_PAUSE_S))
                if given_up.is_set():  # a late request would be paid for, and read by nobody
                    put(why.error)
                    return
            except Exception as error:  # noqa: BLE001 - whatever happens in the thread is told to who waits
                put(error if isinstance(error, InputError) else InputError(f"the endpoint failed: {error!r}"))
                return
            else:
                return

    def _post(self, body: bytes, given_up: threading.Event) -> bytes:
        httpx = _httpx()
        headers = {"content-type": _JSON, "accept": _JSON, "accept-encoding": "identity"}
        if self._key:
            headers["authorization"] = f"Bearer {self._key}"
        try:
            with (
                httpx.Client(timeout=self._limits.silent_s, follow_redirects=False, trust_env=False) as client,
                client.stream("POST", self._address, content=body, headers=headers) as response,
            ):
                _check_head(response, self._key, given_up)
                return _whole(response, given_up)
        except httpx.TransportError as error:
            told = InputError(f"the endpoint cannot be reached: {error or type(error).__name__}")
            raise _TryAgain(told, 0.0) from None


class _TryAgain(Exception):  # noqa: N818 - no error yet: the next try may succeed
    """A failure that may pass: its error, and after how many seconds the endpoint wants to be asked again."""

    def __init__(self, error: InputError, after_s: float) -> None:
        super().__init__(str(error))
        self.error, self.after_s = error, after_s


def _check_head(response: "httpx.Response", key: str | None, given_up: threading.Event) -> None:
    """Raise where an answer's head says that it is none, with what its body says of the error."""
    if response.status_code != 200:
        told = _told(response, given_up)
        if key:
            told = told.replace(key, "…")
        given = f"HTTP {response.status_code}{': ' if told else ''}{plain(told, _TOLD_CHARACTERS)}"
        error = InputError("the endpoint refused", given=given, allowed="HTTP 200")
        if response.status_code in _AGAIN:
            raise _TryAgain(error, _seconds(response.headers.get("retry-after", "")))
        raise error
    stated = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if stated != _JSON:
        raise InputError("the endpoint's answer is of another type", given=stated, allowed=_JSON)
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise InputError("the endpoint's answer is compressed", allowed="content-encoding identity")


def _told(response: "httpx.Response", given_up: threading.Event) -> str:
    """Return the message of an error's body, `{"error": {"message": ...}}` and its like; empty without one."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return ""
    body = bytearray()
    with suppress(_httpx().TransportError):  # the status was told already; what is cut off may still be read
        for piece in response.iter_raw():
            body += piece
            if len(body) > _TOLD_BYTES or given_up.is_set():
                return ""
    try:
        found = msgspec.json.decode(bytes(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and name in found:
            found = found[name]
    return found if isinstance(found, str) else ""


def _whole(response: "httpx.Response", given_up: threading.Event) -> bytes:
    """Return the whole of an answer; raises InputError where it has no end or nobody waits any more."""
    answer = bytearray()
    for piece in response.iter_raw():
        answer += piece
        if len(answer) > MOST_BYTES:
            raise InputError("the endpoint's answer is too long", allowed=f"at most {MOST_BYTES} bytes")
        if given_up.is_set():
            raise InputError("nobody waits for the answer any more")
    return bytes(answer)


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0


def _check_address(address: str, key: str | None) -> None:
    """Raise InputError for what is no address, or would show the key to everybody on the way."""
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise InputError(f"endpoint: {error}", given=address, allowed="https://HOST/v1") from None
    if (
        parts.scheme not in {"http", "https"}
        or not parts.hostname
        or parts.query
        or parts.fragment
        or parts.username
    ):
        raise InputError("endpoint", given=address, allowed="https://HOST/v1, or http:// on this machine")
    if key and parts.scheme == "http" and parts.hostname not in _THIS_MACHINE:
        raise InputError("a key is not sent over plain http", given=address, allowed="https://HOST/v1")


def _httpx() -> Any:  # noqa: ANN401 - a module that may be missing
    try:
        import httpx
    except ImportError:
        raise InputError(
            "a model needs the package httpx", try_="pip install '.[llm]' in launchwatch's folder"
        ) from None
    return httpx


class Kept:
    """A folder of answers by the hash of their request.

    State: the folder's files, which are only ever added.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def answer(self, body: bytes) -> bytes | None:
        """Return the kept answer to a request, or None; raises InputError for one that was damaged."""
        path = self._path(body)
        return _kept(path, body) if path.is_file() else None

    def keep(self, body: bytes, answer: bytes) -> None:
        """Keep the answer to a request, with the request."""
        _keep(self._path(body), body, answer)

    def _path(self, body: bytes) -> Path:
        return self._folder / f"{sha256_hex(body)}.json"


def _kept(path: Path, body: bytes) -> bytes:
    if path.stat().st_size > 4 * MOST_BYTES:
        raise InputError("a kept answer is too long", given=path.name, allowed=f"at most {4 * MOST_BYTES} bytes")
    try:
        record = msgspec.json.decode(path.read_bytes(), type=_Record)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"a kept answer cannot be read: {error}", given=path.name) from None
    if bytes(record.request) != body:
        raise InputError("a kept answer is to another request", given=path.name)
    return record.response.encode("utf-8", "surrogatepass")


class _Record(msgspec.Struct):
    request: msgspec.Raw
    response: str


def _keep(path: Path, body: bytes, answer: bytes) -> None:
    record = {"request": msgspec.Raw(body), "response": answer.decode("utf-8", "replace")}
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        beside.write_bytes(msgspec.json.encode(record))
        beside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
