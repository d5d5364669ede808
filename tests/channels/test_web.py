"""HTTP as a way out, to a real server on the loopback interface."""

import socket

import pytest
import urllib3

from launchwatch.basis.errors import InputError
from launchwatch.channels.messages import LONGEST_BYTES, Message
from launchwatch.channels.web import WebChannel, WebReceiver

MESSAGE = Message("bulletin-1", "발사 発射 <alert/>".encode(), b'{"bulletin":"bulletin-1"}', suffix="xml")


@pytest.fixture
def receiver():
    made = WebReceiver(0, lambda: 7.0)
    yield made
    made.close()


def test_it_reads_back_the_exact_bytes(receiver):
    """What was posted comes back byte for byte with its envelope and the moment."""
    channel = WebChannel(receiver.address)
    channel.send(MESSAGE)
    channel.close()
    (received,) = receiver.poll()
    assert (received.content, received.envelope, received.received_s) == (MESSAGE.content, MESSAGE.envelope, 7.0)


def test_nobody_there_is_an_error():
    """A server that does not answer, and one that refuses, are OSErrors: the message will be tried again."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        channel = WebChannel(f"http://127.0.0.1:{taken.getsockname()[1]}/")
        with pytest.raises(OSError, match="not taken"):
            channel.send(MESSAGE)
        channel.close()


def test_a_message_too_long_is_refused(receiver):
    """More than a receiver takes is refused by it, and told."""
    channel = WebChannel(receiver.address)
    with pytest.raises(OSError, match="not taken"):
        channel.send(Message("b", b"x" * (LONGEST_BYTES + 1), b"{}"))
    channel.close()
    assert receiver.poll() == []


@pytest.mark.parametrize("header", [None, "no base64!", "QQ="])
def test_a_message_without_envelope_is_handed_on_without(receiver, header):
    """A stranger's post has no envelope: whoever judges it sees that."""
    headers = {} if header is None else {"Launchwatch-Envelope": header}
    with urllib3.PoolManager() as pool:
        assert pool.request("POST", receiver.address, body=b"x", headers=headers).status == 202
    assert [one.envelope for one in receiver.poll()] == [None]


def test_only_web_addresses():
    """Other schemes are a clear error."""
    with pytest.raises(InputError, match="http"):
        WebChannel("ftp://127.0.0.1/")
