"""Feeds: a full inbox makes a stream wait and a datagram give way, and everything ends when it should."""

import os
import socket
import threading

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.feeds.inbox import Inbox, read_into
from launchwatch.feeds.pcap import Received
from launchwatch.feeds.streams import open_pipe, open_tcp, open_unix
from launchwatch.feeds.udp import open_udp

LONG_S = 30.0  # no test waits so long: it is how a hang would end


def clock():
    return 5.0


def drained(source):
    found = []
    while not source.over:
        piece = source.receive(LONG_S)
        if piece is not None:
            found.append(piece)
    source.close()
    return b"".join(piece.payload for piece in found)


def test_a_stream_waits_for_room():
    """A reader whose inbox is full goes on when a piece was taken, and loses nothing."""
    inbox = Inbox(most_bytes=1000)
    pieces = iter([b"x" * 600] * 5 + [b""])
    read = []
    reader = threading.Thread(
        target=read_into, args=(inbox, lambda: read.append(1) or next(pieces), clock), kwargs={"wait": True}
    )
    reader.start()
    taken = [inbox.get(LONG_S)]
    assert len(read) <= 5
    while (piece := inbox.get(LONG_S)) is not None:
        taken.append(piece)
    reader.join(LONG_S)
    assert taken == [Received(5.0, b"x" * 600)] * 5
    assert inbox.over
    assert inbox.dropped == 0


def test_a_broken_feed_says_so_after_its_last_piece():
    """What came before the break is taken, then the reason; a feed that we closed gives none."""
    for ours in (False, True):
        inbox = Inbox()
        pieces = iter([b"x"])

        def read(inbox=inbox, ours=ours, pieces=pieces):
            for piece in pieces:
                return piece
            if ours:
                inbox.end()
            raise ConnectionResetError(104, "Connection reset by peer")

        read_into(inbox, read, clock, wait=True)
        assert inbox.get(0.0) == Received(5.0, b"x")
        told = inbox.get(0.0)
        assert (told is None) == ours
        assert ours or "Connection reset by peer" in told.message
        assert inbox.over


def test_datagrams_give_way_and_are_counted():
    """Without waiting the oldest pieces make room for the newest."""
    inbox = Inbox(most_bytes=1000)
    for number in range(9):
        inbox.put(Received(0.0, bytes([number]) * 200), wait=False)
    kept = [inbox.get(0.0).payload[0] for _ in range(9 - inbox.dropped)]
    assert inbox.dropped == 7
    assert kept == [7, 8]


def test_a_pipe_ends_with_its_sender():
    """What went into a pipe comes out, and its end is the feed's."""
    out, into = os.pipe()
    source = open_pipe(clock, out)
    os.write(into, b"abc\n")
    os.close(into)
    assert drained(source) == b"abc\n"
    os.close(out)


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_a_socket_is_read_to_its_end(kind, tmp_path):
    """A megabyte through a socket arrives whole, though the inbox holds less of it at a time."""
    path = tmp_path / "feed"
    listener = socket.create_server(("127.0.0.1", 0)) if kind == "tcp" else socket.socket(socket.AF_UNIX)
    with listener:
        if kind == "unix":
            listener.bind(str(path))
            listener.listen()

        def send():
            with listener.accept()[0] as connection:
                connection.sendall(b"0123456789" * 100_000)

        sender = threading.Thread(target=send)
        sender.start()
        port = listener.getsockname()[1] if kind == "tcp" else 0
        source = open_tcp("127.0.0.1", port, clock) if kind == "tcp" else open_unix(path, clock)
        assert drained(source) == b"0123456789" * 100_000
        sender.join(LONG_S)


def test_a_missing_server_is_told(tmp_path):
    """Without a server the error names the address."""
    with pytest.raises(InputError, match="no connection"):
        open_unix(tmp_path / "nobody", clock)


def test_closing_ends_a_feed_of_datagrams():
    """Datagrams come as they were sent, empty ones left out; closing ends the feed without waiting."""
    source = open_udp("127.0.0.1", 0, clock)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for data in (b"one", b"", b"two"):
            sender.sendto(data, ("127.0.0.1", source.port))
    assert [source.receive(LONG_S).payload for _ in range(2)] == [b"one", b"two"]
    source.close()
    assert source.receive(LONG_S) is None
    assert source.over
    assert source.lost == 0
