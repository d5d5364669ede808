"""How fast is a release? From a decision to signed texts on every channel, and from a word to all cancels.

    python benchmarks/release_latency.py [--count 100] [--json FILE]

A keeper with a log on this machine's disk, the `warn` process's loop, and its own receivers on two folders, a web
server and, where nats-server is installed, a broker. For each of `count` launches, a second state of a track (of
random age and toward random places) makes the decision; two officers sign what is asked as soon as it stands in
the log; at half of them a second stage is let out too; then one officer's statement cancels the alert. Times are
those in the facts, of the machine's clock: `ready` from the state's append to the last request of the decision,
`out` from the later approval's append to the last text sent on the last channel, `back` to the last one read
back, `decision to out` the sum of `ready` and `out`; the same for the cancel, from the append of the statement.
Every text is checked to have gone to every channel that carries it.
"""

import argparse
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report
from tests.run.warning_scene import AOMORI, KIM, LEE, OFFICERS, PACIFIC, SEA, parts, state_at
from tests.tell.released import private

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import HumanStatement, TrustStore
from launchwatch.run.clock import SystemClock
from launchwatch.run.keeper import LogClient, LogReader, keep_log
from launchwatch.run.keys import load_trust, make_node_keys, save_trust
from launchwatch.run.node_settings import ChannelSettings, NodeSettings
from launchwatch.run.officers import approve, open_requests
from launchwatch.run.outlets import open_outlets
from launchwatch.run.warning import warn
from launchwatch.tell.approvals import sign_statement

BAR_S = 2.0
PATIENCE_S = 60.0
NOW = SystemClock().now


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def broker(folder):
    """Return a running nats-server and its address, or None where none is installed."""
    program = shutil.which("nats-server") or shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if program is None:
        return None, None
    port = free_port()
    command = [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "js")]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ), f"nats://127.0.0.1:{port}"


class Bench:
    """A node whose processes are threads here. State: clock, log, what has been read of it."""

    def __init__(self, folder, address):
        self.folder, self.clock = folder, SystemClock()
        channels = {
            "board": ChannelSettings(kind="files", to="board"),
            "wall": ChannelSettings(kind="files", to="wall"),
            "web": ChannelSettings(kind="http", to=f"http://127.0.0.1:{free_port()}/"),
        }
        if address is not None:
            channels["bus"] = ChannelSettings(kind="nats", to="alerts")
        self.settings = NodeSettings(name="JP", protects=("JPN",), channels=channels)
        make_node_keys(folder, "exercise", "node JP", self.clock.now() - 10.0)
        save_trust(folder, TrustStore(keys=(*load_trust(folder).keys, *OFFICERS)))
        self.path = folder / "exercise" / "log.db"
        self.path.parent.mkdir(exist_ok=True)
        self.over = threading.Event()
        started = threading.Event()
        self.threads = [
            threading.Thread(target=keep_log, args=(self.path, folder / "k.sock", self.over.is_set),
                             kwargs={"ready": started.set}),
            threading.Thread(target=self._warn, args=(address,)),
        ]  # fmt: skip
        self.threads[0].start()
        started.wait(PATIENCE_S)
        self.client, self.reader = LogClient(folder / "k.sock"), LogReader(self.path)
        self.seq, self.steps, self.requests, self.deliveries, self.texts = 0, {}, {}, [], {}
        self.threads[1].start()

    def _warn(self, address):
        with LogClient(self.folder / "k.sock") as client, LogReader(self.path) as reader:
            outlets = open_outlets(self.folder, self.settings, self.clock, broker=address)
            warn(
                self.folder,
                self.settings,
                client,
                reader,
                self.clock,
                self.over.is_set,
                parts=parts(),
                outlets=outlets,
            )

    def read(self):
        for row in self.reader.rows("step", "bulletin", "request", "delivery", after=self.seq):
            fact, self.seq = row.fact(), row.seq
            match row.kind:
                case "step":
                    self.steps[fact.id] = fact
                case "bulletin":
                    self.texts.setdefault(fact.step, []).append(fact)
                case "request":
                    self.requests[fact.step] = fact
                case "delivery":
                    self.deliveries.append(fact)

    def until(self, done):
        """Read on until `done`; TimeoutError after a minute."""
        end = time.monotonic() + PATIENCE_S
        while True:
            self.read()
            found = done()
            if found:
                return found
            if time.monotonic() > end:
                raise TimeoutError(done.__name__)
            self.reader.wait(self.seq, 0.05)

    def carried(self, steps):
        """Return (sent, read back) instants of all texts of steps, once every channel has read back each."""
        names = {one.id for step in steps for one in self.texts.get(step.id, [])}
        wanted = {(name, channel) for name in names for channel in self.settings.channels}
        back = [one for one in self.deliveries if one.outcome == "read back" and one.bulletin in names]
        if not wanted or not wanted <= {(one.bulletin, one.channel) for one in back}:
            return None
        sent = [parse_instant(one.sent_utc) for one in back]
        return max(sent), max(parse_instant(one.received_utc) for one in back), len(wanted)

    def close(self):
        self.over.set()
        for thread in self.threads[::-1]:
            thread.join(PATIENCE_S)
        self.client.close()
        self.reader.close()


def decide(bench, age_s, **flight):
    """Log two states 5 s apart; return what is then asked for, and seconds from the second to its last request."""
    bench.client.append([state_at(age_s - 5.0, **flight)])
    state = state_at(age_s, **flight)
    before = set(bench.steps)
    begun = NOW()
    bench.client.append([state])

    def asked():
        new = [one for name, one in bench.steps.items() if name not in before and one.release != "nothing"]
        return new if new and all(one.id in bench.requests for one in new) else None

    steps = bench.until(asked)
    return steps, NOW() - begun


def let_out(bench, steps):
    """Sign what is asked for by two officers; return seconds to the last text sent and to the last read back."""
    names = {bench.requests[one.id].id for one in steps}
    open_ = [one for one in open_requests(bench.reader, NOW()) if one.request.id in names]
    for number in (KIM, LEE):
        signed_s = NOW()
        approve(bench.client, open_, private(number), signed_s)
    sent, back, count = bench.until(lambda: bench.carried(steps))
    return sent - signed_s, back - signed_s, count


def cancel(bench, alert):
    """State an error; return seconds to the last cancel sent and read back, over all audiences that were told."""
    told = {one.audience for one in bench.steps.values() if one.alert == alert and one.release != "nothing"}
    said = HumanStatement(id="", kind="issued in error", alert=alert, time_utc=format_instant(NOW()), key="",
                          signature="", reason="benchmark", status="exercise")  # fmt: skip
    begun = NOW()
    bench.client.append([sign_statement(said, private(LEE))])

    def lifted():
        found = [one for one in bench.steps.values() if one.alert == alert and one.stage == "issued_in_error"]
        return bench.carried(found) if {one.audience for one in found} == told else None

    sent, back, count = bench.until(lifted)
    return sent - begun, back - begun, count


def figures(values):
    ordered = sorted(values)
    at = lambda share: round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 4)  # noqa: E731
    return {"count": len(ordered), "p50_s": at(0.5), "p99_s": at(0.99), "worst_s": round(ordered[-1], 4)}


def measure(bench, count, rng):
    times = {name: [] for name in ("ready", "out", "back", "decision to out", "cancel out", "cancel back")}
    texts = 0
    for k in range(count):
        target, age_s = rng.choice((AOMORI, PACIFIC, SEA)), rng.uniform(80.0, 200.0)
        sensors = tuple((f"{name}-{k}", owner, path, host) for name, owner, path, host in
                        (("a", "ROK", f"p{k}", f"h{k}"), ("b", "JPN", f"q{k}", f"i{k}")))  # fmt: skip
        flight = {"target": target, "run": f"run-{k}", "sensors": sensors, "launch_s": NOW() - age_s}
        steps, ready = decide(bench, age_s, **flight)
        out, back, number = let_out(bench, steps)
        texts += number
        for name, value in (("ready", ready), ("out", out), ("back", back), ("decision to out", ready + out)):
            times[name].append(value)
        out, back, number = cancel(bench, steps[0].alert)
        texts += number
        times["cancel out"].append(out)
        times["cancel back"].append(back)
    return {name: figures(values) for name, values in times.items()} | {"texts on channels": texts}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    parts()
    with tempfile.TemporaryDirectory() as folder:
        server, address = broker(Path(folder))
        bench = Bench(Path(folder), address)
        try:
            let_out(bench, decide(bench, 80.0, target=AOMORI, run="warm", launch_s=NOW() - 80.0)[0])
            found = measure(bench, options.count, random.Random(7))
        finally:
            bench.close()
            if server is not None:
                server.terminate()
                server.wait(10)
    met = max(found["decision to out"]["p99_s"], found["cancel out"]["p99_s"]) <= BAR_S
    result = {"channels": sorted(bench.settings.channels), **found, "bar_s": BAR_S, "met": met, **describe()}
    report(result, options.json)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
