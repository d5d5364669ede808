"""Endpoints good and bad, on a local server that ends with each test: an answer, or one error within its time."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.feeds.completions import MOST_BYTES, Endpoint, Kept, Limits

pytest.importorskip("httpx")

BODY = b'{"model":"m"}'
GOOD = b'{"choices":[]}'
QUICK = Limits(silent_s=0.5, total_s=2.0, tries=3, pause_s=0.0)


class Server(ThreadingHTTPServer):
    """Answers by a script of functions, the last of them for ever; `over` ends whatever still sends."""

    daemon_threads = True

    def __init__(self, *script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.requests, self.over = list(script), [], threading.Event()

    def handle_error(self, *_):
        """Stay silent where a client hangs up: that is what the tests are about."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.path, dict(self.headers), body))
        script = self.server.script
        (script.pop(0) if len(script) > 1 else script[0])(self)

    def log_message(self, *_):
        """Print nothing."""


def answers(content=GOOD, status=200, **headers):
    def send(handler):
        handler.send_response(status)
        stated = {"content-type": "application/json", "content-length": str(len(content)), **headers}
        for name, value in stated.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return send


def endless(piece, pause_s=0.0):
    """Send pieces until the server is over."""

    def send(handler):
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.end_headers()
        while not handler.server.over.wait(pause_s):
            handler.wfile.write(piece)

    return send


def endless_head(handler):
    """Send one header after another, slowly."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while not handler.server.over.wait(0.1):
        number += 1
        handler.wfile.write(b"x-%d: y\r\n" % number)


def silent(handler):
    """Send nothing until the server is over."""
    handler.server.over.wait(10)


def hang_up(handler):
    """Close without a word."""
    handler.close_connection = True


@contextmanager
def serving(*script):
    server = Server(*script)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server, f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def endpoint(address, key=None, limits=QUICK):
    return Endpoint(address, key=key, pause=lambda _: None, limits=limits)


def test_an_answer_comes_back_whole():
    """The request goes to the path of completions with its key, and the answer's bytes come back."""
    with serving(answers()) as (server, address):
        assert endpoint(f"{address}/", key="secret")(BODY) == GOOD
    ((path, headers, body),) = server.requests
    assert (path, body) == ("/v1/chat/completions", BODY)
    assert headers["authorization"] == "Bearer secret"


def test_an_address_may_name_the_path_already():
    """An endpoint given with its path of completions is asked there, not below it."""
    with serving(answers()) as (server, address):
        assert endpoint(f"{address}/chat/completions")(BODY) == GOOD
    assert server.requests[0][0] == "/v1/chat/completions"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            b'{"error": {"message": "model `m` not\\nfound\\u001b[2J", "type": "x"}}',
            "HTTP 404: model `m` not found\\x1b[2J",
        ),
        (b'{"error": "no such model"}', "HTTP 404: no such model"),
        (b'{"detail": "gone"}', "HTTP 404: gone"),
        (b'{"error": {"message": "bad key SECRET"}}', "HTTP 404: bad key …"),
        (b'{"error": {"message": 5}}', "HTTP 404"),
        (b"<html>", "HTTP 404"),
        (b'"' + b"x" * 30_000 + b'"', "HTTP 404"),
    ],
)
def test_what_an_endpoint_says_of_its_error_is_told(body, told):
    """The message of an error's body stands beside its status: one printable line, never the key."""
    with serving(answers(body, status=404)) as (_, address), pytest.raises(InputError, match="refused") as caught:
        endpoint(address, key="SECRET")(BODY)
    assert caught.value.given == told


def test_a_long_error_is_cut():
    """A message of any length is cut."""
    body = json.dumps({"error": {"message": "long " * 1000}}).encode()
    with serving(answers(body, status=400)) as (_, address), pytest.raises(InputError) as caught:
        endpoint(address)(BODY)
    assert len(caught.value.given) < 250


@pytest.mark.parametrize("first", [answers(status=503), answers(status=429, retry_after="1"), hang_up])
def test_what_may_pass_is_tried_again(first):
    """A busy or broken endpoint is asked again."""
    with serving(first, answers()) as (server, address):
        assert endpoint(address)(BODY) == GOOD
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("script", "reason", "requests"),
    [
        (answers(status=500), "HTTP 500", 3),
        (answers(status=401), "HTTP 401", 1),
        (answers(status=404), "HTTP 404", 1),
        (answers(status=302, location="http://127.0.0.1:1/"), "HTTP 302", 1),
        (answers(b"<html>", content_type="text/html"), "another type", 1),
        (answers(content_type="text/event-stream"), "another type", 1),
        (answers(b"\x1f\x8b", content_encoding="gzip"), "compressed", 1),
        (answers(b"x" * (MOST_BYTES + 1)), "too long", 1),
        (endless(b"x" * 65_536), "too long", 1),
        (endless(b" ", 0.05), "in time", 1),
        (endless_head, "in time", 1),
        (silent, "cannot be reached", 3),
        (hang_up, "cannot be reached", 3),
    ],
    ids=["500", "401", "404", "redirected", "html", "stream", "gzip", "long", "endless", "slow", "head", "silent",
         "hung-up"],
)  # fmt: skip
def test_a_bad_endpoint_is_one_error_in_time(script, reason, requests):
    """Each failure ends with its reason, after no more tries and seconds than allowed."""
    with serving(script) as (server, address):
        start = monotonic()
        with pytest.raises(InputError) as raised:
            endpoint(address)(BODY)
        assert monotonic() - start < QUICK.total_s + 1
    assert reason in str(raised.value)
    assert len(server.requests) == requests


def test_the_longest_wait_is_bounded():
    """However long an endpoint wants to be left alone, the pause is half a minute at most."""
    pauses = []
    with serving(answers(status=429, retry_after="99999")) as (_, address), pytest.raises(InputError):
        Endpoint(address, key=None, pause=pauses.append, limits=QUICK)(BODY)
    assert pauses == [30.0, 30.0]


@pytest.mark.parametrize(
    "address", ["", "ftp://h/", "127.0.0.1:80", "http://", "https://u:p@h/", "https://h/?a=1", "http://[::1"]
)
def test_what_is_no_address_is_refused(address):
    """Nothing is sent to what is no plain HTTP address."""
    with pytest.raises(InputError):
        endpoint(address)


def test_a_key_stays_off_plain_http():
    """A key goes over plain http to this machine only."""
    with pytest.raises(InputError, match="plain http"):
        endpoint("http://192.0.2.1/v1", key="secret")
    endpoint("http://192.0.2.1/v1")
    endpoint("https://192.0.2.1/v1", key="secret")


def test_nothing_is_sent_late():
    """Who gave up while the endpoint wanted a pause has no request sent afterwards."""
    threads, over = [], threading.Event()

    def pause(_):
        threads.append(threading.current_thread())
        over.wait(10)

    with serving(answers(status=429), answers()) as (server, address):
        with pytest.raises(InputError, match="in time"):
            Endpoint(address, key=None, pause=pause, limits=QUICK._replace(total_s=0.5))(BODY)
        over.set()
        (thread,) = threads
        thread.join(5)
        assert not thread.is_alive()
    assert len(server.requests) == 1


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    """A report's text goes to the endpoint that was named and nowhere else."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(answers()) as (_, address), serving(answers(status=502)) as (proxy, elsewhere):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, elsewhere.removesuffix("/v1"))
        assert endpoint(address)(BODY) == GOOD
    assert proxy.requests == []


def test_kept_answers_need_no_endpoint(tmp_path):
    """An answer that was kept is used again, with its request beside it; another request has none."""
    Kept(tmp_path / "new").keep(BODY, GOOD)
    (path,) = (tmp_path / "new").iterdir()
    assert json.loads(path.read_bytes()) == {"request": {"model": "m"}, "response": GOOD.decode()}
    assert Kept(tmp_path / "new").answer(BODY) == GOOD
    assert Kept(tmp_path / "new").answer(b'{"model":"other"}') is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'{"request": {"model":"x"}, "response": "a"}', b"[" * 99_999, b"\xff", b"x" * 9_000_000],
)
def test_a_damaged_kept_answer_is_one_error(tmp_path, content):
    """A kept answer that was changed, or is to another request, is refused."""
    Kept(tmp_path).keep(BODY, GOOD)
    (path,) = tmp_path.iterdir()
    path.write_bytes(content)
    with pytest.raises(InputError, match="a kept answer"):
        Kept(tmp_path).answer(BODY)
