"""Durable facts a second with group commit, how long a commit takes, and one event's read-back among many.

    python benchmarks/log_speed.py --json benchmarks/results/log_speed.json
    python benchmarks/log_speed.py --rows 10000000 --folder /var/tmp
    python benchmarks/log_speed.py --rows 10000000 --large /var/tmp/large.db   (made where it is missing, and kept)

Facts are what a node logs: ticks, states of tracks with their covariance, reaches, steps of alerts, bulletins.
Rates: threads that share one `GroupWriter`; processes that go through the keeper's socket; one fact a commit by
itself (what group commit saves); SQLite with the same durability and neither chain nor index (what they cost); the
log on PostgreSQL, where it can be started, with the server's own defaults; threads that append to a log of
`--rows` facts. Facts and alerts have ids as a node makes them, digests that say nothing of their time. A commit is
timed from the call to the answer: the fact is on the disk.
Read-back: a log of `--rows` facts in which each alert has some 40, the rows of one alert as facts, from a new
connection, median and longest of 200 alerts; the page cache is as the building left it, and a first look with the
log's pages dropped from it is given beside (`cold`, as root).
"""

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import apsw
from msgspec import structs

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.machine import describe, report
from tests.keep.samples import alert_step
from tests.servers import postgres

from launchwatch.basis.ids import content_id
from launchwatch.facts import Confirmation, Delivery, Provenance, Reach, Release, Tick, encode_fact
from launchwatch.keep import EvidenceLog, open_log
from launchwatch.keep.writer import GroupWriter
from launchwatch.run.keeper import LogClient, keep_log

WHO = Provenance(author="benchmark", created_utc="2025-11-07T03:35:00.000Z")
PER_ALERT = 40  # a step, release and delivery for four audiences at ten stages and updates, less what is not told
PER_TRACK = 8
SERVER = (
    "shared_buffers=128MB",
    "max_wal_size=1GB",
)  # PostgreSQL's defaults, which the tests' server halves and less


def alert_of(group):
    """Return an alert's id, which says nothing of its time, as a node's ids do not (`basis.ids`)."""
    return content_id("alert", str(group))


def fact_of(number, rng):
    """Return the fact of a number: in every 48, one alert's 40 and a track's 8."""
    group, place = divmod(number, PER_ALERT + PER_TRACK)
    time_utc = f"2025-11-07T03:{place:02d}:00.000Z"
    alert = alert_of(group)
    if place >= PER_ALERT:
        if place % 2:
            return Tick(id=content_id("tick", str(number)), time_utc=time_utc, source="clock")
        return Confirmation(
            id=content_id("confirmation", str(number)), run="run-1", track=group, time_utc=time_utc,
            confirmed=True, missile=rng.random(), independent=("R1", "R2"), reason="two independent paths",
            provenance=WHO,
        )  # fmt: skip
    kind = place % 4
    if kind == 0:
        return structs.replace(alert_step(alert, number), id=content_id("step", str(number)))
    if kind == 1:
        return Release(
            id=content_id("release", str(number)), request=content_id("request", str(number)),
            step=content_id("step", str(number - 1)), alert=alert,
            outcome="released", keys=("key-1", "key-2"), decided_utc=time_utc, reason="two keys", provenance=WHO,
        )  # fmt: skip
    if kind == 2:
        return Delivery(
            id=content_id("delivery", str(number)), bulletin=content_id("bulletin", str(number)),
            step=content_id("step", str(number - 2)), alert=alert, channel="files",
            digest=f"{rng.getrandbits(256):064x}", sent_utc=time_utc, received_utc=time_utc, outcome="read back",
            provenance=WHO,
        )  # fmt: skip
    return Reach(
        id=content_id("reach", str(number)), run="run-1", track=group, time_utc=time_utc,
        launch_lat_deg=39.7 + rng.random(), launch_lon_deg=125.4 + rng.random(),
        fall_lat_deg=40.0 + rng.random(), fall_lon_deg=133.0 + rng.random(),
        height_m=80_000.0, falling=True, territory=0.01, over=0.0, sea=0.99, over_now=False, past=False,
        provenance=WHO,
    )  # fmt: skip


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def told(count, wall_s, times):
    return {
        "facts": count, "facts_per_s": count / wall_s, "commit_ms_p50": 1e3 * percentile(times, 0.5),
        "commit_ms_p99": 1e3 * percentile(times, 0.99),
    }  # fmt: skip


def timed(append, callers, facts, batch):
    """Let callers append their shares `batch` at a time; return the result over all."""
    times, threads = [], []

    def some(caller):
        mine = facts[caller::callers]
        for start in range(0, len(mine), batch):
            begun = time.perf_counter()
            append(mine[start : start + batch])
            times.append(time.perf_counter() - begun)

    begun, cpu = time.perf_counter(), time.process_time()
    for caller in range(callers):
        threads.append(threading.Thread(target=some, args=(caller,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    found = told(len(facts), time.perf_counter() - begun, times)
    return found | {"cpu_us_per_fact": 1e6 * (time.process_time() - cpu) / len(facts)}


def through_writer(log, facts, callers, batch):
    with GroupWriter(lambda: open_log(log, writable=True)) as writer:
        return timed(writer.append, callers, facts, batch)


def client_process(path, number, count, batch, pipe):
    rng = random.Random(number)
    facts = [fact_of(10_000_000 * (1 + number) + n, rng) for n in range(count)]
    with LogClient(path) as client:
        client.head()
        pipe.send("ready")
        pipe.recv()
        times = []
        for start in range(0, count, batch):
            begun = time.perf_counter()
            client.append(facts[start : start + batch])
            times.append(time.perf_counter() - begun)
    pipe.send(times)


def keeper_process(log, path, ready):
    keep_log(log, path, lambda: False, ready=ready.set)


def through_socket(folder, count, processes, batch):
    """Return the result of client processes, each with its connection, over one keeper process."""
    spawn = multiprocessing.get_context("spawn")
    ready, path = spawn.Event(), folder / "k.sock"
    keeper = spawn.Process(target=keeper_process, args=(folder / "keeper.db", path, ready), daemon=True)
    keeper.start()
    ready.wait(30)
    ends = []
    for number in range(processes):
        mine, theirs = spawn.Pipe()
        spawn.Process(target=client_process, args=(path, number, count // processes, batch, theirs)).start()
        ends.append(mine)
    for end in ends:
        end.recv()
    begun = time.perf_counter()
    for end in ends:
        end.send("go")
    times = [one for end in ends for one in end.recv()]
    wall_s = time.perf_counter() - begun
    keeper.kill()
    keeper.join()
    return told(count // processes * processes, wall_s, times)


def without_chain(path, facts, batch):
    """SQLite with the same durability, `batch` rows a commit, and neither chain, trigger nor index."""
    db = apsw.Connection(str(path))
    db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE facts (seq INTEGER PRIMARY KEY, kind TEXT, body BLOB)")
    times, begun = [], time.perf_counter()
    for start in range(0, len(facts), batch):
        before = time.perf_counter()
        rows = [encode_fact(fact) for fact in facts[start : start + batch]]
        with db:
            db.executemany("INSERT INTO facts (kind, body) VALUES (?, ?)", rows)
        times.append(time.perf_counter() - before)
    wall_s = time.perf_counter() - begun
    db.close()
    return told(len(facts), wall_s, times)


def rates(folder, count):
    rng = random.Random(1)
    facts = [fact_of(number, rng) for number in range(count)]
    few = facts[: max(100, count // 20)]
    found = {}
    for callers, batch in ((8, 1), (32, 1), (64, 1), (4, 10), (4, 50)):
        name = f"{callers} threads, {batch} at a time"
        found[name] = through_writer(folder / f"t{callers}-{batch}.db", facts, callers, batch)
    found["2 processes by socket, 10 at a time"] = through_socket(folder, count, 2, 10)
    with EvidenceLog(folder / "plain.db", writable=True) as log:
        found["one fact a commit, alone"] = timed(log.append, 1, few, 1)
    found["SQLite without chain or index, one fact a commit"] = without_chain(folder / "bare1.db", few, 1)
    found["SQLite without chain or index, 50 a commit"] = without_chain(folder / "bare50.db", facts, 50)
    reason = postgres.missing()
    if reason is None:
        with postgres.server(None, *SERVER) as url:
            found["PostgreSQL, 64 threads, 1 at a time"] = through_writer(url, facts[: count // 4], 64, 1)
            found["PostgreSQL, 4 threads, 50 at a time"] = through_writer(url, facts[count // 4 :], 4, 50)
    else:
        found["PostgreSQL"] = reason
    return found


def build(path, rows):
    """Make a log of many facts, quickly: in large transactions that need not survive; return seconds and size."""
    rng, begun = random.Random(2), time.perf_counter()
    with EvidenceLog(path, writable=True) as log:
        log._db.execute("PRAGMA synchronous = OFF")
        log._db.execute("PRAGMA wal_autocheckpoint = 50000")
        for start in range(0, rows, 20_000):
            count = min(20_000, rows - start)
            facts = (fact_of(number, rng) for number in range(start, start + count))
            log.append(facts)
        log._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    os.sync()
    return {"rows": rows, "build_s": time.perf_counter() - begun, "size_mb": path.stat().st_size / 1e6}


def sized(path):
    """Return rows and size of a log that was made before."""
    with open_log(path) as log:
        return {"rows": log.head.rows, "size_mb": path.stat().st_size / 1e6}


def read_back(path, rows, looks=200):
    """Return how long it takes to open a log and get all that is about one alert, as facts."""
    rng = random.Random(3)
    times, counts = [], []
    for _ in range(looks):
        alert = alert_of(rng.randrange(max(1, rows // (PER_ALERT + PER_TRACK))))
        begun = time.perf_counter()
        with open_log(path) as log:
            counts.append(len([row.fact() for row in log.rows(subject=alert)]))
        times.append(time.perf_counter() - begun)
    return {
        "rows_found": [min(counts), max(counts)], "ms_median": 1e3 * percentile(times, 0.5),
        "ms_p99": 1e3 * percentile(times, 0.99), "ms_longest": 1e3 * max(times),
    }  # fmt: skip


def drop(path):
    """Drop a file's pages from the page cache."""
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(handle)


def while_written(path, count):
    """Return rates and commits of threads that append to the large log, and how long it took to open it."""
    rng, begun = random.Random(4), time.perf_counter()
    with open_log(path, writable=True) as log:
        found = {"open_s": time.perf_counter() - begun}
        first = 1_000_000_000 + log.head.rows  # numbers that it does not hold, however often it was written to
    for callers, batch in ((32, 1), (64, 1), (4, 50)):
        facts = [fact_of(first + number, rng) for number in range(count)]
        found[f"{callers} threads, {batch} at a time"] = through_writer(path, facts, callers, batch)
        first += count
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--facts", type=int, default=20_000, help="facts for each rate")
    parser.add_argument("--rows", type=int, default=200_000, help="facts in the log that is read back from")
    parser.add_argument("--folder", type=Path, help="where the logs are made (default: a temporary folder)")
    parser.add_argument(
        "--large", type=Path, help="the log to read back from: kept, and used again where it is there"
    )
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="log-speed-", dir=given.folder)))
        result = {"machine": describe("apsw", "psycopg"), "rates": rates(folder, given.facts)}
        large = given.large or folder / "large.db"
        result["large"] = sized(large) if large.exists() else build(large, given.rows)
        rows = min(given.rows, result["large"]["rows"])
        result["read_back"] = read_back(large, rows)
        drop(large)
        result["read_back_cold"] = read_back(large, rows, looks=20)
        result["written_while_large"] = while_written(large, given.facts)
    report(result, given.json)


if __name__ == "__main__":
    main()
