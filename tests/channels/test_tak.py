"""Cursor-on-Target over UDP and TCP on the loopback interface."""

import socket
import threading

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.channels.messages import Message
from launchwatch.channels.tak import TakChannel, TakReceiver

EVENTS = [f'<event uid="{k}"><detail/></event>'.encode() for k in range(3)]


def collect(receiver, count):
    found = []
    waiting = threading.Event()
    for _ in range(200):
        found += receiver.poll()
        if len(found) >= count:
            break
        waiting.wait(0.01)
    return [one.content for one in found]


def test_datagrams_come_back_as_sent():
    """Each event sent by UDP is one event received, byte for byte."""
    receiver = TakReceiver("udp://127.0.0.1:0", lambda: 0.0)
    channel = TakChannel(f"udp://127.0.0.1:{receiver.port}")
    for event in EVENTS:
        channel.send(Message("b", event, b"{}"))
    assert collect(receiver, 3) == EVENTS
    channel.close()
    receiver.close()


def test_a_stream_is_taken_apart():
    """A server relays what one client sends, cut anywhere, to another, which finds the same events."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        receiver = TakReceiver(address, lambda: 0.0)
        to_receiver, _ = server.accept()
        channel = TakChannel(address)
        channel.send(Message("b", EVENTS[0], b"{}"))
        from_channel, _ = server.accept()
        for event in EVENTS[1:]:
            channel.send(Message("b", event, b"{}"))
        channel.close()
        with to_receiver, from_channel:
            data = b"".join(iter(lambda: from_channel.recv(7), b""))
            for begin in range(0, len(data), 11):
                to_receiver.sendall(data[begin : begin + 11])
            assert collect(receiver, 3) == EVENTS
        receiver.close()


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "udp://127.0.0.1", "tcp://"])
def test_other_addresses_are_refused(address):
    """What is no TAK server's address is a clear error."""
    with pytest.raises(InputError, match="udp://HOST:PORT"):
        TakChannel(address)


def test_an_event_too_long_for_a_datagram_is_an_error():
    """It is told, not cut."""
    with pytest.raises(OSError, match="do not fit"):
        TakChannel("udp://127.0.0.1:9").send(Message("b", b"x" * 70_000, b"{}"))
