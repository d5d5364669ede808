"""Sharing between two nodes over real brokers: latency, a broker that is away, a partner behind a cut link.

Latency: plots of a simulated recording go into node KR over TCP, at five times their pace; KR tracks, logs and
shares; US checks, logs; measured from the plot's bytes to the row in US's log, all durable, on loopback.
Beside it the machine itself is looked at (`stalls.py`): how many plots that came late did so while it stalled.
Outages: states go into KR's log at 20 a second; its broker is killed, or the link of a network namespace cut,
for `--outage` seconds; measured from the return until US has all, in order, and how KR's own log fared.
What the public is told in an event with such an outage stands beside an undisturbed one (`outage.py`).
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
from outage import compared
from stalls import STALL_MS, Stalls
from tests.run.sharing_stand import CLOCK, SENSOR, Node, state, two_nodes

from launchwatch.basis.instants import parse_instant
from launchwatch.channels.broker import Broker, server_program
from launchwatch.facts import PartnerFact
from launchwatch.run.commands import simulate_scenario
from launchwatch.run.keeper import LogReader
from launchwatch.run.node import broker_settings
from launchwatch.run.node_settings import FeedSettings, load_node_settings
from launchwatch.run.nodes import log_of
from launchwatch.run.pairing import init_node, pair_nodes, save_settings

BAR_MS, BAR_DRAIN_S = 150.0, 5.0
PACE = 5.0
PER_S = 20
PORT = 47_313  # in the namespace nobody else has it


class Sender(threading.Thread):
    """Sends a recording's lines to whoever connects, plots at a pace; notes when each was sent."""

    def __init__(self, recording, count):
        super().__init__(daemon=True)
        lines = [line for line in recording.read_bytes().splitlines(keepends=True) if b'"truth"' not in line]
        self.head = [line for line in lines if b'"time_utc"' not in line]
        self.plots = sorted((json.loads(line)["time_utc"], line) for line in lines if b'"time_utc"' in line)[
            :count
        ]
        self.sent = {}
        self.door = socket.create_server(("127.0.0.1", 0))
        self.over = threading.Event()

    def run(self):
        opened, _ = self.door.accept()
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.sendall(b"".join(self.head))
        time.sleep(3.0)
        begun, first = time.monotonic(), parse_instant(self.plots[0][0])
        for when, line in self.plots:
            due = begun + (parse_instant(when) - first) / PACE
            time.sleep(max(due - time.monotonic(), 0.0))
            self.sent.setdefault(when, time.monotonic())
            opened.sendall(line)
        time.sleep(2.0)
        self.over.set()


def latency(folder, count):
    """Return the figures of the way from a plot's bytes at KR to its state in US's log."""
    recording = simulate_scenario("taegwan-2025-11-07", folder / "made").recording
    sender, stalls = Sender(recording, count), Stalls(folder)
    kr, us = two_nodes(folder)
    settings = kr.settings
    policy = msgspec.structs.replace(settings.policy, update_s=0.0)
    feed = FeedSettings(source=f"tcp://127.0.0.1:{sender.door.getsockname()[1]}")
    save_settings(kr.folder, msgspec.structs.replace(settings, policy=policy, feeds=(feed,)))
    sender.start()
    try:
        for node in (kr, us):
            node.begin("broker", "keep", "share")
        us_seen = watch_states(us)
        kr.begin("track")
        stalls.start()
        sender.over.wait(600)
    finally:
        stalls.end()
        kr.end()
        us.end()
    spans = [(sender.sent[when], seen) for when, seen in us_seen.items() if when in sender.sent]
    return latency_figures(spans, stalls)


def latency_figures(spans, stalls):
    """Return percentiles of all plots' ways, and how many were late while the machine stalled."""
    took = [1e3 * (seen - sent) for sent, seen in spans]
    late = [span for span, ms in zip(spans, took, strict=True) if ms > BAR_MS]
    p50, p99 = (round(float(np.percentile(took, p)), 1) for p in (50, 99))
    return {
        "count": len(took), "p50": p50, "p99": p99, "most": round(max(took), 1), "bar_p99": BAR_MS,
        "late": len(late), "late_while_the_machine_stalled": sum(stalls.within(*span) for span in late),
        "stall_ms": STALL_MS, "machine": stalls.told(),
    }  # fmt: skip


def watch_states(node):
    """Return the dict in which the first arrival of each partner's state appears, by the state's time."""
    seen = {}
    ready = threading.Event()

    def run():
        with LogReader(log_of(node.folder, node.settings)) as reader:
            ready.set()
            seq = 0
            while True:
                reader.wait(seq, 0.5)
                for row in reader.rows("partner", after=seq):
                    seq, fact = row.seq, row.fact()
                    if isinstance(fact, PartnerFact) and fact.kind == "state":
                        seen.setdefault(json.loads(fact.body)["update"]["time_utc"], time.monotonic())

    threading.Thread(target=run, daemon=True).start()
    ready.wait(20)
    return seen


def outage(kr, us, seconds_away, cut, mend):
    """Cut while states flow; return drain time, order, and KR's own appends before and while it was cut."""
    for node in (kr, us):
        node.begin("broker", "keep", "share")
    number, times = 0, {"before": [], "away": [], "after": []}

    def flow(for_s, phase):
        nonlocal number
        until = time.monotonic() + for_s
        while time.monotonic() < until:
            begun = time.monotonic()
            client.append([state(number)])
            times[phase].append(1e3 * (time.monotonic() - begun))
            number += 1
            time.sleep(max(1 / PER_S - (time.monotonic() - begun), 0.0))

    with kr.client() as client:
        client.append([SENSOR])
        us.wait_for(1, "partner", wait_s=60)
        flow(5.0, "before")
        cut()
        flow(seconds_away, "away")
        had = len([fact for fact in us.facts("partner") if fact.kind == "state"])
        mend()
        back, behind = time.monotonic(), number - had
        us.wait_for(number, "partner", partner_kind="state", wait_s=120)
        drained = time.monotonic() - back
        flow(2.0, "after")
        got = us.wait_for(number, "partner", partner_kind="state", wait_s=60)
    return {
        "away_s": seconds_away,
        "behind": behind,
        "drained_s": round(drained, 2),
        "in_order": [fact.version for fact in got] == list(range(1, number + 1)),
        "rejected": len(us.facts("rejection")),
        "own_append_p99_ms": {k: round(float(np.percentile(v, 99)), 1) for k, v in times.items()},
    }


def broker_away(folder, seconds_away):
    """Return the figures where KR's broker is killed in mid-event and comes back."""
    kr, us = two_nodes(folder)
    try:
        return outage(kr, us, seconds_away, lambda: kr.kill("broker"), lambda: kr.begin("broker"))
    finally:
        kr.end()
        us.end()


def can_part():
    """Return whether network namespaces can be made here."""
    return os.geteuid() == 0 and shutil.which("ip") is not None


class Namespace:
    """US in a network namespace of its own, with one link to KR that can be cut."""

    def __init__(self, tag):
        self.name, self.here, self.there = f"lw-{tag}", f"lw{tag}a", f"lw{tag}b"
        self.ours, self.theirs = "10.213.77.1", "10.213.77.2"

    def __enter__(self):
        for command in (
            f"netns add {self.name}",
            f"link add {self.here} type veth peer name {self.there}",
            f"link set {self.there} netns {self.name}",
            f"addr add {self.ours}/30 dev {self.here}",
            f"link set {self.here} up",
            f"-n {self.name} addr add {self.theirs}/30 dev {self.there}",
            f"-n {self.name} link set {self.there} up",
            f"-n {self.name} link set lo up",
        ):
            ip(command)
        return self

    def __exit__(self, *_):
        ip(f"netns del {self.name}")

    def cut(self):
        ip(f"link set {self.here} down")

    def mend(self):
        ip(f"link set {self.here} up")


def ip(command):
    subprocess.run(["ip", *command.split()], check=True)


class Within(Node):
    """A node whose processes live in a namespace."""

    space: Namespace

    def begin(self, *roles):
        for role in roles:
            if role == "broker":
                self.enter_broker()
            else:
                program = [sys.executable, "-m", "launchwatch.run.node", role, str(self.folder)]
                with (self.folder / f"{role}.log").open("ab") as log:
                    command = ["ip", "netns", "exec", self.space.name, *program]
                    self.running[role] = subprocess.Popen(command, stdout=log, stderr=log)

    def enter_broker(self):
        enter = self.folder / "nats-server"
        enter.write_text(f'#!/bin/sh\nexec ip netns exec {self.space.name} {server_program()} "$@"\n')
        enter.chmod(0o755)
        settings = broker_settings(self.folder, self.settings, CLOCK.now())
        self.broker = Broker(replace(settings, program=str(enter)))
        self.broker.start()


def partitioned(folder, seconds_away):
    """Return the same where the link between KR and US is cut and mended."""
    if not can_part():
        return {"skipped": "needs root and iproute2"}
    with Namespace(str(os.getpid() % 10_000)) as space:
        init_node(folder / "KR", "KR", CLOCK, host=space.ours)
        init_node(folder / "US", "US", CLOCK, host=space.theirs, port=PORT)
        pair_nodes(folder / "KR", folder / "US", CLOCK)
        kr, us = Node(folder / "KR"), Within(folder / "US")
        us.space = space
        assert load_node_settings(us.folder).host == space.theirs
        try:
            return outage(kr, us, seconds_away, space.cut, space.mend)
        finally:
            kr.end()
            us.end()


def measure(count, seconds_away, only=None):
    """Return all figures, or those of one part."""
    found = {}
    with tempfile.TemporaryDirectory(prefix="lw-") as root:
        for name, (job, given) in parts(count, seconds_away).items():
            if only in {None, name}:
                folder = Path(root) / name
                folder.mkdir()
                found[name] = job(folder, *given)
    return {**found, "bar_drained_s": BAR_DRAIN_S, **({"met": is_met(found)} if only is None else {})}


def parts(count, seconds_away):
    """Return what is measured, by name."""
    return {
        "plot_to_partner_ms": (latency, (count,)),
        "broker_away": (broker_away, (seconds_away,)),
        "partner_partitioned": (partitioned, (seconds_away,)),
        "public_outputs": (public_outputs, (seconds_away,)),
    }


def public_outputs(folder, seconds_away):
    """Return what the public is told with and without outages."""
    space = Namespace(str(os.getpid() % 10_000)) if can_part() else None
    return compared(folder, seconds_away, space)


def is_met(found):
    """Return whether all bars are met."""
    outages = [found[name] for name in ("broker_away", "partner_partitioned") if "skipped" not in found[name]]
    events = [one for one in found["public_outputs"].values() if isinstance(one, dict) and "unaffected" in one]
    return (
        found["plot_to_partner_ms"]["p99"] <= BAR_MS
        and all(one["drained_s"] <= BAR_DRAIN_S and one["in_order"] and not one["rejected"] for one in outages)
        and all(one["unaffected"] for one in events)
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=588, help="plots of the latency run")
    parser.add_argument("--outage", type=float, default=60.0, help="seconds that broker and link are away")
    parser.add_argument("--only", choices=list(parts(0, 0.0)), help="measure one part alone")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    given = parser.parse_args()
    found = measure(given.count, given.outage, given.only)
    text = json.dumps(found, indent=2)
    print(text)
    if given.json:
        given.json.write_text(text + "\n")


if __name__ == "__main__":
    main()
