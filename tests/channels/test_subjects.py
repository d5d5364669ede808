"""NATS as a way out, through a real server on the loopback interface."""

import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from launchwatch.channels.messages import Message
from launchwatch.channels.subjects import SubjectChannel, SubjectReceiver

PROGRAM = shutil.which("nats-server") or shutil.which("nats-server", path=str(Path(sys.executable).parent))
MESSAGE = Message("bulletin-1", "発射 <alert/>".encode(), b'{"bulletin":"bulletin-1"}', suffix="xml")


@pytest.fixture
def address(tmp_path):
    if PROGRAM is None:
        pytest.skip("nats-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PROGRAM, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(tmp_path / "js")]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"nats://127.0.0.1:{port}"
    server.terminate()
    server.wait(10)


def opened(make):
    waiting = threading.Event()
    for _ in range(100):
        try:
            return make()
        except OSError:
            waiting.wait(0.05)
    return make()


def collect(receiver, count):
    found = []
    waiting = threading.Event()
    for _ in range(200):
        found += receiver.poll()
        if len(found) >= count:
            break
        waiting.wait(0.01)
    return found


def test_it_reads_back_the_exact_bytes_of_its_realm(address):
    """What is published comes back byte for byte; the other realm's receiver gets nothing."""
    receiver = opened(lambda: SubjectReceiver(address, "alerts", "exercise", lambda: 3.0))
    other = SubjectReceiver(address, "alerts", "live", lambda: 3.0)
    channel = SubjectChannel(address, "alerts", "exercise")
    channel.send(MESSAGE)
    (received,) = collect(receiver, 1)
    assert (received.content, received.envelope, received.received_s) == (MESSAGE.content, MESSAGE.envelope, 3.0)
    assert other.poll() == []
    for one in (channel, receiver, other):
        one.close()


def test_nobody_there_is_an_error():
    """Without a server a sending is an OSError: it will be tried again."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        channel = SubjectChannel(f"nats://127.0.0.1:{taken.getsockname()[1]}", "alerts", "exercise")
        with pytest.raises(OSError, match="NATS"):
            channel.send(MESSAGE)
        channel.close()


def test_a_stream_keeps_a_message_once(address):
    """Where a stream is over the subject, a message that is sent twice under one id is kept once."""
    import asyncio

    import nats

    async def ask(what):
        client = await nats.connect(address)
        try:
            return await what(client.jetstream())
        finally:
            await client.close()

    opened(lambda: SubjectReceiver(address, "other", "exercise", lambda: 0.0)).close()
    asyncio.run(ask(lambda js: js.add_stream(name="ALERTS", subjects=["exercise.alerts.>"])))
    channel = SubjectChannel(address, "alerts", "exercise")
    channel.send(MESSAGE)
    channel.send(MESSAGE)
    channel.close()
    assert asyncio.run(ask(lambda js: js.stream_info("ALERTS"))).state.messages == 1


def test_it_goes_through_a_node_s_own_broker(tmp_path):
    """The node's own account, over TLS with its pinned certificate, carries a message and hands it back."""
    if PROGRAM is None:
        pytest.skip("nats-server is not installed")
    from launchwatch.channels.broker import NODE
    from launchwatch.channels.bus import options_of
    from tests.channels.pair import make_pair

    pair = make_pair(tmp_path)
    options = options_of(pair.address(), pair.kr, pair.kr.user(NODE))
    address = options.pop("servers")
    receiver = opened(lambda: SubjectReceiver(address, "alerts", "exercise", lambda: 3.0, **options))
    channel = SubjectChannel(address, "alerts", "exercise", **options)
    channel.send(MESSAGE)
    assert [one.content for one in collect(receiver, 1)] == [MESSAGE.content]
    for one in (channel, receiver):
        one.close()
    pair.broker.stop()
