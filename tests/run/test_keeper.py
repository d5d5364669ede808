"""The keeper: durable answers over a socket, whatever its clients send and however it ends."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from launchwatch.basis.errors import LogError
from launchwatch.keep import EvidenceLog, open_log
from launchwatch.run.keeper import MOST_BYTES, Answer, Ask, LogClient, LogReader, framed, keep_log
from tests.keep.samples import alert_step, ticks


@contextmanager
def keeper(folder, log=None):
    """Run a keeper in a thread; yield its socket's path."""
    stop, ready, failed = threading.Event(), threading.Event(), []

    def run():
        try:
            keep_log(log or folder / "log.db", folder / "k.sock", stop.is_set, ready=ready.set)
        except LogError as error:
            failed.append(error)
            ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(10)
    try:
        if failed:
            raise failed[0]
        yield folder / "k.sock"
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Return the socket and log of a keeper that serves all tests of the module."""
    folder = tmp_path_factory.mktemp("keeper")
    with keeper(folder) as path:
        yield path, folder / "log.db"


def raw(path, data):
    """Send bytes to a keeper and return all that it answers before it ends the connection."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as opened:
        opened.settimeout(10)
        opened.connect(str(path))
        parts = []
        with suppress(ConnectionError):  # it was ended before all was sent
            opened.sendall(data)
            opened.shutdown(socket.SHUT_WR)
            while part := opened.recv(65536):
                parts.append(part)
    return b"".join(parts)


def answer_in(data):
    (length,) = struct.unpack(">I", data[:4])
    assert len(data) == 4 + length
    return msgspec.msgpack.decode(data[4:], type=Answer)


def test_append_cursor_and_head(tmp_path):
    """Facts are in the log when the answer comes; the same again is skipped; cursors survive a restart."""
    with keeper(tmp_path) as path, LogClient(path) as client:
        assert client.append(ticks(3)) == 3
        assert client.append([*ticks(4), alert_step("a")]) == 5
        assert (client.cursor("x"), client.head().rows) == (0, 5)
        client.set_cursor("x", 4)
        with LogReader(tmp_path / "log.db") as reader:
            assert [row.seq for row in reader.rows("tick", after=2)] == [3, 4]
            assert [row.seq for row in reader.rows(subject="a")] == [5]
            assert reader.cursor("x") == 4
    with keeper(tmp_path) as path, LogClient(path) as client:
        assert client.cursor("x") == 4
        with open_log(tmp_path / "log.db") as log:
            assert log.verify() == client.head()


def test_the_socket_is_its_owners_alone(kept):
    """Nobody else on the machine can reach the log's writer."""
    assert kept[0].stat().st_mode & 0o777 == 0o600


def test_a_reader_waits_for_what_comes(tmp_path):
    """A wait ends when a row comes, and with False when none does."""
    with keeper(tmp_path) as path, LogClient(path) as client, LogReader(tmp_path / "log.db") as reader:
        assert not reader.wait(0, 0.01)
        came = []
        thread = threading.Thread(target=lambda: came.append(reader_waits(tmp_path)))
        thread.start()
        client.append(ticks(1))
        thread.join(10)
        assert came == [True]
        assert reader.wait(0, 0.0)
        assert not reader.wait(1, 0.0)


def test_a_reader_rests_where_rows_are_of_no_use_to_it(tmp_path):
    """Rows of other kinds wake a reader once: it does not turn in circles until its own come."""
    clock = Hurried()
    with keeper(tmp_path) as path, LogClient(path) as client:
        client.append(ticks(1))
        with LogReader(tmp_path / "log.db", clock=clock) as reader:
            assert reader.wait(0, 1.0)
            assert clock.at == 0.0
            reader.wait(0, 1.0)
            assert clock.at >= 1.0


def reader_waits(folder):
    with LogReader(folder / "log.db") as reader:
        return reader.wait(0, 10.0)


class Hurried:
    """A clock in which sleeping is what passes the time."""

    def __init__(self):
        self.at = 0.0

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.at += seconds


def test_a_keeper_that_stays_away_is_told(tmp_path):
    """Client and reader try for as long as they were told, and then say what is missing."""
    clock = Hurried()
    with pytest.raises(LogError, match="no keeper answers"):
        LogClient(tmp_path / "k.sock", patience_s=5.0, clock=clock).append(ticks(1))
    assert 5.0 <= clock.at < 6.0
    with pytest.raises(LogError, match="no evidence log"):
        LogReader(tmp_path / "log.db", patience_s=5.0, clock=clock)


def test_one_keeper_a_log(tmp_path):
    """A second keeper is refused by the log's lock and does not take the first one's socket."""
    with keeper(tmp_path) as path:
        with pytest.raises(LogError, match="another process"), keeper(tmp_path):
            pass
        with LogClient(path) as client:
            assert client.append(ticks(1)) == 1


@pytest.mark.parametrize(
    "frame",
    [
        b"\x00",
        struct.pack(">I", 0),
        struct.pack(">I", 5) + b"hello",
        struct.pack(">I", MOST_BYTES + 1) + b"x" * 100,
        struct.pack(">I", 1000) + b"too short",
        framed(Ask("append", facts=[("tick", b"{}")])),
        framed(Ask("append", facts=[("nothing", b"{}")])),
        framed(Ask("append", facts=[("tick", b"[" * 100_000)])),
        framed(Ask("append", facts=[("tick", b'{"id": "\xff"}')])),
        framed(Ask("append", facts=[("tick", b'{"id": "\\ud800", "time_utc": "", "source": "clock"}')])),
        struct.pack(">I", 4) + msgspec.msgpack.encode({})[:1] + b"abc",
        framed(msgspec.structs.replace(Ask("head"), seq=-1)),
        framed(msgspec.structs.replace(Ask("head"), do="drop")),
    ],
)
def test_a_wrong_frame_ends_only_its_connection(kept, frame):
    """What is no message or no fact is refused and ends its connection; others go on and nothing is appended."""
    path, log = kept
    with LogClient(path) as client, EvidenceLog(log) as opened:
        before = client.head()
        said = raw(path, frame)
        assert said == b"" or "refused" in answer_in(said).error
        assert client.head() == before == opened.head


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=60))
def test_any_bytes_are_survived(kept, data):
    """Whatever bytes come, the keeper answers the next client."""
    path, _ = kept
    raw(path, data)
    raw(path, struct.pack(">I", len(data)) + data)
    with LogClient(path) as client:
        assert client.cursor("none") == 0


def test_a_full_disk_is_answered_and_the_keeper_goes_on(tmp_path, monkeypatch):
    """Appends that find no room get the error; with room again the same client goes on, the chain whole."""
    opened = []

    def small(log, *, writable=False):
        found = open_log(log, writable=writable)
        found._db.execute(f"PRAGMA max_page_count = {found._db.pragma('page_count') + 10}")
        opened.append(found)
        return found

    monkeypatch.setattr("launchwatch.run.keeper.open_log", small)
    with keeper(tmp_path) as path, LogClient(path) as client:
        assert "full" in why_refused(client.append)
        rows = client.head().rows
        opened[0]._db.execute("PRAGMA max_page_count = 100000")
        assert client.append([alert_step("a")]) == rows + 1
    with open_log(tmp_path / "log.db") as log:
        assert log.verify().rows == rows + 1


def why_refused(append):
    for start in range(0, 100_000, 100):
        try:
            append(ticks(100, start))
        except LogError as error:
            return str(error)
    return ""


KEEPER = (
    "import sys; from pathlib import Path; from launchwatch.run.keeper import keep_log\n"
    "keep_log(Path(sys.argv[1]) / 'log.db', Path(sys.argv[1]) / 'k.sock', lambda: False,"
    " ready=lambda: print('ready', flush=True))"
)


def started(folder):
    process = subprocess.Popen([sys.executable, "-c", KEEPER, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def test_killed_keepers_lose_nothing_and_write_nothing_twice(tmp_path):
    """While clients append, the keeper is killed and started three times: each fact is there, once."""
    process = started(tmp_path)
    try:
        acknowledged = [0] * 3

        def some(n):
            with LogClient(tmp_path / "k.sock", patience_s=60.0) as client:
                for number in range(200):
                    client.append(ticks(1, 1000 * n + number))
                    acknowledged[n] += 1

        threads = [threading.Thread(target=some, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for part in (50, 200, 350):
            while sum(acknowledged) < part:
                threads[0].join(0.001)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            process = started(tmp_path)
        for thread in threads:
            thread.join()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    with open_log(tmp_path / "log.db") as log:
        ids = [row.fact().id for row in log.rows()]
        assert len(ids) == len(set(ids)) == sum(acknowledged) == 600
        assert log.verify().rows == 600


def test_the_library_is_not_asked_for_a_lock_by_readers(kept):
    """A reader that is in the middle of its rows does not hold the writer up."""
    path, log = kept
    with LogClient(path) as client, LogReader(log) as reader:
        client.append(ticks(20, 50_000))
        rows = reader.rows("tick")
        next(rows)
        before = client.head().rows
        assert client.append(ticks(1, 60_000)) == before + 1
