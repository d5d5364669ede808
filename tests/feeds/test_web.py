"""Addresses as evidence, from a server of this machine: what is fetched, what is refused, within which bounds."""

import gzip
import socket

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.feeds import web
from launchwatch.feeds.files import EvidenceFile
from launchwatch.feeds.web import Limits, fetch
from tests.feeds.loopback import serving

HERE = Limits(time_out_s=2.0, limit_bytes=100_000, redirects=3, private=True)


@pytest.fixture
def server():
    with serving() as made:
        yield made


def test_a_page_is_fetched(server):
    """What an address holds comes with its address, time of receipt and stated encoding."""
    server.answers["/a/report.html?x=1"] = (200, {"Content-Type": "text/html; charset=EUC-KR"}, b"<html>words")
    found = fetch(f"{server.at}/a/report.html?x=1#part", lambda: 1.5, HERE)
    assert isinstance(found, EvidenceFile), found
    assert (found.read(99), found.charset, found.kind) == (b"<html>words", "euc-kr", "report")
    assert (found.origin, found.received_utc) == (
        f"{server.at}/a/report.html?x=1#part",
        "1970-01-01T00:00:01.500000Z",
    )
    ((path, headers),) = server.asked
    assert path == "/a/report.html?x=1"
    assert headers["Host"] == server.at.removeprefix("http://")


def test_redirects_are_followed_so_far(server):
    """Redirects are followed up to the limit."""
    server.answers["/1"] = (302, {"Location": "/2"}, b"")
    server.answers["/2"] = (200, {}, b"words")
    server.answers["/loop"] = (301, {"Location": "/loop"}, b"")
    assert fetch(f"{server.at}/1", lambda: 0.0, HERE).content == b"words"
    server.asked.clear()
    assert "leads on and on" in fetch(f"{server.at}/loop", lambda: 0.0, HERE).message
    assert len(server.asked) == 4


@pytest.mark.parametrize("where", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x"])
def test_a_redirect_leaves_http_nowhere(server, where):
    """A redirect to another scheme is refused."""
    server.answers["/"] = (302, {"Location": where}, b"")
    assert fetch(server.at, lambda: 0.0, HERE).allowed == "http or https addresses of the public network"


def test_size_is_bounded_packed_or_not(server):
    """More than the limit is refused, also where it is packed into less."""
    server.answers["/big"] = (200, {}, b"a" * 100_001)
    server.answers["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"a" * 50_000_000))
    for path in ("/big", "/bomb"):
        assert fetch(server.at + path, lambda: 0.0, HERE).message == "address holds too much"


def test_other_answers_are_refused(server):
    """An answer that is no page is refused with its status."""
    assert fetch(f"{server.at}/none", lambda: 0.0, HERE).message == "the server answered 404"


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/", "http://localhost/", "http://10.0.0.1/", "http://169.254.169.254/", "http://[::1]/",
     "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://2130706433/"],
)  # fmt: skip
def test_private_addresses_need_a_flag(url):
    """Without the flag nothing is asked of this machine or its network, however it is written."""
    refused = fetch(url, lambda: 0.0, Limits(time_out_s=1.0))
    assert (refused.message, refused.try_) == (
        "address leads into a private or local network", "--private-addresses",
    )  # fmt: skip


def test_a_redirect_to_a_private_address_is_refused(server, monkeypatch):
    """A public page that leads to a private address is not followed."""
    server.answers["/"] = (302, {"Location": "http://10.0.0.1/secret"}, b"")
    monkeypatch.setattr(web, "_is_public", lambda number: number == "127.0.0.1")
    assert "private" in fetch(server.at, lambda: 0.0, Limits()).message


@pytest.mark.parametrize(
    "url", ["http://", "http://\x00/", "http://a..b/", "https://[", "http://x:99999/", "http://" + "a" * 5000]
)
def test_what_is_no_address_is_refused(url):
    """A string that is no address ends with its reason."""
    assert isinstance(fetch(url, lambda: 0.0, HERE), InputError)


def test_a_silent_server_is_left():
    """A server that does not answer is left after the time-out."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        found = fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", lambda: 0.0, Limits(0.2, private=True))
    assert "cannot be fetched" in found.message
