"""What the public is told while a broker is away or a partner cut off, against an event that nobody disturbs.

Node KR hears all sensors of the scenario `first-minute` as it passes, its partner US its own; what KR tells
rests on what it hears, whoever is away. US hears no two independent paths: what it tells rests on KR's tracks too,
and cannot be the same while they do not come. Both are told apart. Two officers of each sign after 2 s, and no
track is lost by the end of the plots (`lost_s`), as it would be in the longer of two runs alone.

The outage begins 5 s after the first plot and lasts `seconds_away`. Compared are, of each node, the steps that
were let out in their order (audience, stage, places), the words of each audience's last as in `kills.py`, and
how long it took from decision to request, to release, to the last channel's reading back.
"""

import subprocess
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.kills import LOST_S, difference, judged, merged, sign_on, wait_until_done

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.channels.broker import Broker
from launchwatch.run.clock import PacedClock, SystemClock
from launchwatch.run.drill.nodes import make_nodes, running
from launchwatch.run.drill.officers import Officers, Script
from launchwatch.run.drill.score import latencies
from launchwatch.run.drill.told import read_found
from launchwatch.run.drill.warming import start_s, warm_up
from launchwatch.run.keeper import LogClient, LogReader
from launchwatch.run.node import broker_settings
from launchwatch.run.node_settings import PaceSettings, PolicySettings
from launchwatch.run.pairing import save_settings
from launchwatch.simulate.exercises import moved, recordings_by_owner
from launchwatch.simulate.scenario import packaged_scenario, parse_scenario

NAMES = ("KR", "US")
AFTER_S = 5.0
"""The outage begins so long after the first plot: the nodes share, and nothing is told yet."""


def compared(folder, seconds_away, space):
    """Return the figures of three events: undisturbed, KR's broker away, US cut off in a namespace (or None)."""
    warm_up()
    plain = event(folder / "plain", 0.0)
    found = {"scenario": "first-minute", "away_s": seconds_away, "undisturbed": told_of(plain)}
    found["broker_away"] = {**told_of(event(folder / "broker", seconds_away, own_broker=True))}
    if space is not None:
        with space:
            found["partner_partitioned"] = told_of(event(folder / "link", seconds_away, space=space))
    for name in ("broker_away", "partner_partitioned"):
        if name in found:
            found[name] |= against(found["undisturbed"], found[name])
    for name in ("undisturbed", "broker_away", "partner_partitioned"):
        found.get(name, {}).pop("outcome", None)
    return found


def against(plain, other):
    """Return how an event's outputs differ from the undisturbed one's."""
    same = {name: is_same(name, plain, other) for name in NAMES}
    return {
        "same": same,
        "difference": difference(plain["outcome"], other["outcome"]),
        "unaffected": all(same.values()) and not other["unreleased"] and not other["not_read_back"],
    }


def is_same(name, plain, other):
    """Return whether a node told the same steps, and last the same words."""
    return all(one[name] == two[name] for one, two in zip(told_words(plain), told_words(other), strict=True))


def told_words(one):
    return one["steps"], one["outcome"]


def told_of(one):
    """Return what an event's nodes let out, and after how long."""
    return {
        "steps": one["steps"],
        "bulletins": {name: len(steps) for name, steps in one["steps"].items()},
        "latency_p99_s": {
            name: {hop: times.machine_p99_s for hop, times in hops.items()}
            for name, hops in one["latencies"].items()
        },
        "done_s": one["done_s"],
        "unreleased": one["unreleased"],
        "not_read_back": one["not_read_back"],
        "outcome": one["outcome"],
    }


def event(folder, seconds_away, *, own_broker=False, space=None):
    """Return what the nodes of one event told, disturbed by KR's broker being away or US's link being cut."""
    machine = SystemClock()
    lead_s = start_s(10, machine)
    begun = machine.now()
    now = format_instant(begun)
    pace = PaceSettings(origin_utc=now, machine_origin_utc=now, speed=1.0)
    scenario = moved(parse_scenario(packaged_scenario("first-minute")[0]), begun + lead_s)
    folder.mkdir()
    recordings = {**recordings_by_owner(scenario), NAMES[0]: merged(scenario)}
    nodes = make_nodes(folder, NAMES, recordings, pace, machine)
    for node in nodes:
        node.settings = replace(node.settings, policy=PolicySettings(lost_s=LOST_S))
        save_settings(node.folder, node.settings)
    clock = PacedClock(begun, begun, 1.0, machine)
    first_s = parse_instant(scenario.start_utc)
    with ExitStack() as stack:
        cut, mend = disturbed(stack, nodes, own_broker, space)
        stack.enter_context(running(nodes))
        stopped, ended = threading.Event(), []
        for node in nodes:
            stack.callback(signing(stack, node, clock, stopped, ended).join, 10.0)
        stack.callback(stopped.set)
        if seconds_away:
            clock.sleep(max(first_s + AFTER_S - clock.now(), 0.0))
            cut()
            clock.sleep(seconds_away)
            mend()
        done_s = wait_until_done(nodes, clock, first_s + scenario.duration_s)
        stopped.set()
    return {**judged(nodes, {node.name: [] for node in nodes}), "steps": steps_of(nodes), "done_s": done_s,
            "latencies": {node.name: latencies(let_out(node), 1.0) for node in nodes}}  # fmt: skip


def let_out(node):
    return [one for one in read_found(node.log).told(node.name) if one.released_utc]


def steps_of(nodes):
    """Return audience, stage and places of every step that was let out, in the order of decision."""
    return {
        node.name: [
            [one.audience, one.stage, *sorted({place.id for place in one.places})] for one in let_out(node)
        ]
        for node in nodes
    }


def signing(stack, node, clock, stopped, ended):
    """Return the running thread of a node's officers."""
    client = stack.enter_context(LogClient(node.socket, patience_s=120.0))
    reader = stack.enter_context(LogReader(node.log, patience_s=120.0))
    officers = Officers(client, reader, node.officers, Script(approve_after_s=2.0), clock)
    thread = threading.Thread(target=sign_on, args=(officers, stopped, ended), daemon=True)
    thread.start()
    return thread


def disturbed(stack, nodes, own_broker, space):
    """Arrange an event's outage; return what begins and what ends it."""
    if own_broker:
        return without_broker(stack, nodes[0])
    if space is not None:
        put_apart(nodes, space)
        return space.cut, space.mend
    return (lambda: None), (lambda: None)


def without_broker(stack, node):
    """Give a node a broker that this program runs, since a supervisor would start its own again at once."""
    broker = Broker(broker_settings(node.folder, node.settings, SystemClock().now()))
    node.settings = replace(node.settings, broker=f"{node.settings.host}:{node.settings.port}")
    save_settings(node.folder, node.settings)
    broker.start()
    stack.callback(broker.stop)
    return broker.kill, broker.start


def put_apart(nodes, space):
    """Put the second node into a network namespace, and let each know where the other is."""
    here, there = nodes
    for node, host, other, their_host in (
        (here, space.ours, there, space.theirs),
        (there, space.theirs, here, space.ours),
    ):
        address = f"{their_host}:{other.settings.port}"
        partner = replace(node.settings.partners[other.name], address=address)
        node.settings = replace(node.settings, host=host, partners={other.name: partner})
        save_settings(node.folder, node.settings)
    there.start = lambda: start_within(there, space)


def start_within(node, space):
    """Start a node's supervisor in the namespace."""
    command = ["ip", "netns", "exec", space.name, sys.executable, "-m", "launchwatch", "node", "run"]
    with (node.folder / "within.log").open("ab") as out:
        node.process = subprocess.Popen(
            [*command, str(node.folder)], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
