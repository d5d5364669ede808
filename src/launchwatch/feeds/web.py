"""Addresses as evidence: one page, PDF or feed fetched over http or https, with its time of receipt.

A list of addresses is a stranger's words as much as a page is. So each step of a redirect is looked up once,
refused where it leads into a private or local network (unless the caller allows it), and fetched from the very
number that was checked; what comes is bounded in time and size, packed or not.
"""

import ipaddress
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from launchwatch.basis.errors import InputError, printable
from launchwatch.basis.instants import format_instant
from launchwatch.feeds.files import EvidenceFile, form_of_bytes

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

SCHEMES: Final = ("http://", "https://")
_REDIRECTS = (301, 302, 303, 307, 308)
_ALLOWED = "http or https addresses of the public network"


@dataclass(frozen=True)
class Limits:
    """What one fetch may take.

    `time_out_s` bounds the wait for each answer of the server, and ten times that the whole; a page of 20 MB is
    five times the largest in use. `private` lets addresses of this machine and its network through. `agent` is
    what the server is told.
    """

    time_out_s: float = 20.0
    limit_bytes: int = 20_000_000
    redirects: int = 5
    private: bool = False
    agent: str = "launchwatch"


def is_address(name: str) -> bool:
    """Return whether a name is an address to fetch rather than a path."""
    return name.lower().startswith(SCHEMES)


def fetch(url: str, clock: Callable[[], float], limits: Limits | None = None) -> EvidenceFile | InputError:
    """Return what an address holds, or the error that says why it cannot be had.

    `clock` gives the time of receipt in Unix seconds.
    """
    import urllib3

    limits = limits or Limits()
    try:
        return _fetch(url, clock, limits)
    except InputError as error:
        return error
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError, ValueError) as error:
        reason = f"address cannot be fetched: {_reason(error)}"
        return InputError(reason, given=url, allowed=_ALLOWED, try_="the page saved as a file")


def _reason(error: Exception) -> str:
    while error.__cause__ is not None and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return f"{type(error).__name__}: {error}"[:200]


def _fetch(url: str, clock: Callable[[], float], limits: Limits) -> EvidenceFile:
    started, at = time.monotonic(), url
    for _ in range(limits.redirects + 1):
        response, close = _request(at, limits)
        try:
            if response.status in _REDIRECTS and "location" in response.headers:
                at = urljoin(at, response.headers["location"])
                continue
            if response.status != 200:
                raise InputError(f"the server answered {response.status}", given=at, allowed="status 200")
            content = _content(response, started, limits, at)
            return _evidence(url, content, response.headers.get("content-type", ""), clock())
        finally:
            close()
    raise InputError("address leads on and on", given=url, allowed=f"{limits.redirects} redirects")


def _request(url: str, limits: Limits) -> "tuple[BaseHTTPResponse, Callable[[], None]]":
    import urllib3

    if not is_address(url) or len(url) > 4000:
        raise InputError("address cannot be fetched", given=url, allowed=_ALLOWED)
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not _is_number(host):
        host = host.encode("idna").decode()
    port = parts.port or (443 if parts.scheme.lower() == "https" else 80)
    number = _public_number(host, port, url, private=limits.private)
    time_out = urllib3.Timeout(connect=limits.time_out_s, read=limits.time_out_s)
    pool: urllib3.HTTPConnectionPool
    if parts.scheme.lower() == "https":
        # The connection goes to the number that was checked; the certificate must be the name's.
        pool = urllib3.HTTPSConnectionPool(
            number, port, timeout=time_out, retries=False, server_hostname=host, assert_hostname=host
        )
    else:
        pool = urllib3.HTTPConnectionPool(number, port, timeout=time_out, retries=False)
    headers = {
        "Host": parts.netloc.rpartition("@")[2].encode("idna").decode() if host else "",
        "User-Agent": limits.agent,
        "Accept": "text/html, application/pdf, application/rss+xml, application/atom+xml, */*",
        "Accept-Encoding": "gzip, deflate",
    }
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    path = path if path.startswith("/") else f"/{path}"
    response = pool.urlopen(
        "GET", path, headers=headers, redirect=False, preload_content=False, assert_same_host=False
    )

    def close() -> None:
        response.close()
        pool.close()

    return response, close


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _public_number(host: str, port: int, url: str, *, private: bool) -> str:
    """Return the network number of a host, refused where any of its numbers is not of the public network."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    numbers = [str(entry[4][0]) for entry in found]
    if not private and not all(_is_public(number) for number in numbers):
        raise InputError(
            "address leads into a private or local network",
            given=url,
            allowed=_ALLOWED,
            try_="--private-addresses",
        )
    return numbers[0]


def _is_public(number: str) -> bool:
    address = ipaddress.ip_address(number.partition("%")[0])
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (inner or address).is_global and not address.is_multicast


def _content(response: "BaseHTTPResponse", started: float, limits: Limits, url: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.stream(65_536, decode_content=True):
        size += len(part)
        if size > limits.limit_bytes:
            raise InputError("address holds too much", given=url, allowed=f"at most {limits.limit_bytes} bytes")
        if time.monotonic() - started > 10 * limits.time_out_s:
            raise InputError(
                "address answers too slowly", given=url, allowed=f"{10 * limits.time_out_s:g} s in all"
            )
        parts.append(part)
    return b"".join(parts)


def _evidence(url: str, content: bytes, kind: str, now_s: float) -> EvidenceFile:
    charset = next((p.partition("=")[2] for p in kind.lower().split(";") if p.strip().startswith("charset=")), "")
    path = Path(urlsplit(url).path.rstrip("/").rpartition("/")[2] or "index")
    return EvidenceFile(
        path=path,
        form=form_of_bytes(path, content),
        size_bytes=len(content),
        sha256=sha256(content).hexdigest(),
        content=content,
        url=printable(url),
        charset=charset.strip(" \"'")[:30] or None,
        received_utc=format_instant(now_s),
    )
