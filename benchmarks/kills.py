"""Kill -9 of every process of two nodes at random points of a 60 s event at ten times the pace: the same outcome.

    python benchmarks/kills.py --kills 500 --minutes 60 --json benchmarks/results/kills.json

Node KR hears all sensors of the scenario `first-minute`, node JP is its partner and hears none. Each replay makes
both nodes anew, lets the minute pass in six seconds, and ends processes (broker, keeper, track, warn, share,
common tracks, claims, and the supervisor itself) at random points, `--each` of them in one replay; the supervisor
starts them again, and the benchmark the supervisor. Two officers sign after 2 s of the drill.

The outcome is, for each node and audience, the stages that were let out, and of the last step its places, the
forms of its texts, and of CAP headline, instruction, response, urgency and severity in each language without
numerals. Left out is what moves with the moment at which a process was away or the officers signed: instants, the
probability and its words, numbers of updates, how often a stage was told anew and with which places before the
last. It must be that of the replays without kills. Further: every fact that the keeper acknowledged to an officer
or to a witness (20 facts a second) must be in the log; no step may have a text twice, no two steps may say one
stage to one audience of one instant, and nothing may lie at the far end of a channel that is no released bulletin;
the chain of every log and its signed heads must verify.

A track counts as lost after 15 s without a plot. A process is started again within two or three seconds of the
machine, and a whole node within ten, which are 100 s of a replay at ten times the pace; so `lost_s` is 600 s here:
no track is lost in a replay by the pace alone.
"""

import argparse
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from os import kill
from pathlib import Path

import numpy as np
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.machine import describe, report

from launchwatch.basis.errors import LaunchwatchError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Heartbeat
from launchwatch.keep import open_log
from launchwatch.run.clock import PacedClock, SystemClock
from launchwatch.run.drill.nodes import make_nodes, running
from launchwatch.run.drill.officers import Officers, Script
from launchwatch.run.drill.score import latencies
from launchwatch.run.drill.told import read_found
from launchwatch.run.drill.warming import start_s, warm_up
from launchwatch.run.keeper import LogClient, LogReader
from launchwatch.run.keys import load_trust
from launchwatch.run.node_settings import PaceSettings, PolicySettings
from launchwatch.run.pairing import save_settings
from launchwatch.simulate.exercises import moved, recordings_by_owner
from launchwatch.simulate.scenario import packaged_scenario, parse_scenario

SPEED = 10.0
ROLES = ("broker", "keep", "track", "warn", "share", "common", "claims", "node")
OPEN = frozenset({"asked", "decided", "released", "sent"})
"""Outcomes of a step that are none yet."""
WITNESS_S = 0.05
LOST_S = 600.0
PAST = "the predicted time is past"
"""Steps for this reason are left out: some replays wait past the predicted fall, which nobody sees here."""
DONE_S = LOST_S / SPEED
"""Longest wait after the last plot, s of the machine: then tracks are lost, and what is missing will not come."""
QUIET = 6
"""Looks in a row, half a second apart, that must find nothing new: 30 s of the replay, by which all repeats."""


def children(pid):
    """Return the roles of a supervisor's processes by process id."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            if int((path / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                words = (path / "cmdline").read_bytes().split(b"\0")
                if any(word.endswith(b"nats-server") for word in words[:2]):
                    found[int(path.name)] = "broker"
                elif b"launchwatch.run.node" in words:
                    found[int(path.name)] = words[words.index(b"launchwatch.run.node") + 1].decode()
    return found


def end_one(node, role):
    """Kill a node's process of a role; return whether there was one."""
    if node.process is None or node.process.poll() is not None:
        return False
    if role == "node":
        node.process.kill()
        node.process.wait()
        node.start()
        return True
    for pid, known in children(node.process.pid).items():
        if known == role:
            with suppress(ProcessLookupError):
                kill(pid, signal.SIGKILL)
                return True
    return False


@contextmanager
def standing_still(nodes, role):
    """Stop the processes of a role (SIGSTOP) as soon as there are such, and let them go on at the end."""
    held, until_s = [], time.monotonic() + 60.0
    while len(held) < len(nodes) and time.monotonic() < until_s:
        found = [pid for node in nodes for pid, known in children(node.process.pid).items() if known == role]
        for pid in set(found) - set(held):
            kill(pid, signal.SIGSTOP)
            held.append(pid)
        time.sleep(0.02)
    assert len(held) == len(nodes), f"no process {role} in each node"
    try:
        yield
    finally:
        for pid in held:
            with suppress(ProcessLookupError):
                kill(pid, signal.SIGCONT)


class Witness:
    """Appends facts all the while and keeps those that were acknowledged."""

    def __init__(self, node, stopped):
        self.acknowledged, self._stopped, self._node = [], stopped, node
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        clock, number = SystemClock(), 0
        with LogClient(self._node.socket, patience_s=60.0) as client:
            while not self._stopped.wait(WITNESS_S):
                number += 1
                now = format_instant(clock.now())
                fact = Heartbeat(id=content_id("witness", str(number), now), process="witness", time_utc=now)
                with suppress(LaunchwatchError):
                    client.append([fact])
                    self.acknowledged.append(fact.id)


class Noting:
    """A client that notes the ids of what was acknowledged."""

    def __init__(self, client, acknowledged):
        self._client, self.acknowledged = client, acknowledged

    def append(self, facts):
        seq = self._client.append(facts)
        self.acknowledged += [fact.id for fact in facts]
        return seq


def replay(folder, rng, kills, speed=SPEED, lead_s=None, held=()):
    """Return what one replay with so many kills came to; processes of the roles `held` stand still throughout."""
    machine = SystemClock()
    lead_s = start_s(10, machine) if lead_s is None else lead_s
    begun = machine.now()
    pace = PaceSettings(origin_utc=format_instant(begun), machine_origin_utc=format_instant(begun), speed=speed)
    scenario = moved(parse_scenario(packaged_scenario("first-minute")[0]), begun + speed * lead_s)
    recording = merged(scenario)
    nodes = make_nodes(folder, ("KR", "JP"), {"KR": recording}, pace, machine)
    for name, text in packaged_scenario("taegwan-2025-11-07")[1].items():
        (nodes[0].folder / "reports" / name).write_bytes(text)  # work for the process `claims`
    for node in nodes:
        node.settings = replace(node.settings, policy=PolicySettings(lost_s=LOST_S))
        save_settings(node.folder, node.settings)
    clock = PacedClock(begun, begun, speed, machine)
    first_s = parse_instant(scenario.start_utc)
    end_s = first_s + scenario.duration_s
    points = sorted(rng.uniform(first_s, end_s + 5.0, kills))
    acknowledged = {node.name: [] for node in nodes}
    stopped, ended = threading.Event(), []
    with ExitStack() as stack:
        stack.enter_context(running(nodes))
        stack.callback(stopped.set)
        witnesses = [Witness(node, stopped) for node in nodes]
        for node in nodes:
            client = stack.enter_context(LogClient(node.socket, patience_s=120.0))
            reader = stack.enter_context(LogReader(node.log, patience_s=120.0))
            officers = Officers(
                Noting(client, acknowledged[node.name]), reader, node.officers, Script(approve_after_s=2.0), clock
            )
            thread = threading.Thread(target=sign_on, args=(officers, stopped, ended), daemon=True)
            stack.callback(thread.join, 10.0)
            thread.start()
        stack.callback(stopped.set)
        for role in held:
            stack.enter_context(standing_still(nodes, role))
        killed = []
        for point in points:
            clock.sleep(max(point - clock.now(), 0.0))
            killed.append(kill_any(nodes, rng))
        done_s = wait_until_done(nodes, clock, end_s)
        stopped.set()
        for witness, node in zip(witnesses, nodes, strict=True):
            witness.thread.join(10.0)
            acknowledged[node.name] += witness.acknowledged
    if any(not isinstance(one, LaunchwatchError) for one in ended):
        raise ended[0]
    return {
        "killed": killed,
        **judged(nodes, acknowledged),
        "seconds": round(machine.now() - begun, 1),
        "done_s": done_s,
        "officers_interrupted": len(ended),
    }


def sign_on(officers, stopped, ended):
    """Have the officers sign until stopped: where a log could not be read or written they look again."""
    while not stopped.is_set() and all(isinstance(one, LaunchwatchError) for one in ended):
        officers.work(stopped, ended.append)


def merged(scenario):
    """Return all owners' lines as one recording: sensors first, then plots in order of time."""
    lines = [line for lines in recordings_by_owner(scenario).values() for line in lines]
    sensors = [line for line in lines if line.startswith(b'{"type":"sensor"')]
    plots = [line for line in lines if not line.startswith(b'{"type":"sensor"')]
    time_of = re.compile(rb'"time_utc":"([^"]+)"')
    return sensors + sorted(plots, key=lambda line: time_of.search(line)[1])


def kill_any(nodes, rng):
    """Kill one process drawn among roles and nodes that has such a one; return which."""
    while True:
        node, role = nodes[rng.integers(len(nodes))], ROLES[rng.integers(len(ROLES))]
        if end_one(node, role):
            return f"{node.name} {role}"
        time.sleep(0.01)


def wait_until_done(nodes, clock, end_s):
    """Wait until all is told; return after how many s of the machine, None where not within `DONE_S`."""
    clock.sleep(max(end_s - clock.now(), 0.0))
    begun, looks = time.monotonic(), []
    while (took := time.monotonic() - begun) < DONE_S:
        time.sleep(0.5)
        looks = [*looks[-QUIET:], tuple(look(node) for node in nodes)]
        if is_quiet(looks) and is_read(nodes[0]):
            return round(took, 1)
    return None


def look(node):
    """Return what became of a node's steps, and how often its warning has said that it is at work."""
    steps = [(one.step, one.outcome) for one in read_found(node.log).told(node.name)]
    with LogReader(node.log) as reader:
        beats = sum(row.fact().process == "warn" for row in reader.rows("heartbeat"))
    return steps, beats


def is_quiet(looks):
    """Return whether nothing was open or new in the last looks, with every node's warning at work in both halves.

    A warning that was killed owes steps that nobody can see before it has come back and said that it lives.
    """
    if len(looks) <= QUIET:
        return False
    first = looks[0]
    settled = all(outcome not in OPEN for steps, _ in first for _, outcome in steps)
    same = all([steps for steps, _ in one] == [steps for steps, _ in first] for one in looks)
    works = all(
        now[1] > before[1]
        for earlier, later in pairwise(looks[:: QUIET // 2])
        for before, now in zip(earlier, later, strict=True)
    )
    return settled and same and works


def is_read(node):
    """Return whether a node has tracked all plots, and its warning has read all states."""
    with LogReader(node.log) as reader:
        count = Counter(row.kind for row in reader.rows("end", "state", "reach"))
    return count["end"] > 0 and count["reach"] >= count["state"] > 0


def judged(nodes, acknowledged):
    """Return outcome, losses and duplicates of one replay."""
    outcome, lost, duplicates, missing, verified, seconds, unreleased = {}, 0, [], [], True, {}, []
    for node in nodes:
        with open_log(node.log) as log:
            keys = {key.id: key.public for key in load_trust(node.folder).keys if key.role == "node"}
            try:
                log.verify(keys=keys)
            except LaunchwatchError as error:
                verified = str(error)
            ids = {getattr(row.fact(), "id", None) for row in log.rows()}
        lost += len(set(acknowledged[node.name]) - ids)
        found = read_found(node.log)
        past = {step.id for step in found.steps if PAST in step.reason}
        every = [one for one in found.told(node.name) if one.step not in past]
        told = [one for one in every if one.released_utc]
        unreleased += [
            f"{node.name} {one.audience} {one.stage}: {one.outcome}" for one in every if one not in told
        ]
        outcome[node.name] = outcome_of(told, found)
        missing += [
            f"{node.name} {one.audience} {one.stage}: {one.outcome}" for one in told if one.outcome != "read back"
        ]
        seconds[node.name] = latencies(told, SPEED)
        duplicates += doubled(node, found, found.told(node.name))
    return {
        "outcome": outcome, "acknowledged": sum(map(len, acknowledged.values())), "lost": lost,
        "duplicates": duplicates, "not_read_back": missing, "verified": verified, "latencies": seconds,
        "unreleased": unreleased,
    }  # fmt: skip


def outcome_of(told, found):
    """Return the stages that were let out to each audience, and what the last step says."""
    last = {one.audience: one for one in sorted(told, key=lambda one: one.number)}
    return {
        audience: {
            "stages": sorted({other.stage for other in told if other.audience == audience}),
            "last": one.stage,
            "places": sorted(place.id for place in one.places),
            "words": sorted({words_of(text) for text in found.texts.get(one.step, [])}),
        }
        for audience, one in sorted(last.items())
    }


def words_of(bulletin):
    """Return what a CAP message tells people to do, without numerals; of other forms the name."""
    if bulletin.form != "cap":
        return f"{bulletin.form} {bulletin.language}"
    told = re.findall(r"<(headline|instruction|responseType|urgency|severity)>([^<]*)<", bulletin.content)
    return "; ".join(re.sub(r"[0-9]+", "#", text) for _, text in told)


def doubled(node, found, told):
    """Return what was told twice, or lies at the end of a channel and was never let out."""
    told = [one for one in told if one.released_utc]
    known = {text.id for one in told for text in found.texts.get(one.step, [])}
    twice = []
    for name, folder in node.channel_folders().items():
        files = [path.name.removesuffix(".envelope.json") for path in folder.glob("*.envelope.json")]
        twice += [f"{node.name} {name}: {one} was never let out" for one in files if one not in known]
    texts = Counter(
        (text.step, text.form, text.language, text.digest)
        for one in told
        for text in found.texts.get(one.step, [])
    )
    steps = Counter((one.audience, one.stage, one.as_of_utc) for one in told)
    twice += [f"{node.name}: {key} {count} times" for key, count in [*texts.items(), *steps.items()] if count > 1]
    return twice


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--each", type=int, default=7, help="kills in one replay")
    parser.add_argument("--minutes", type=float, default=60.0, help="end after so long, whatever is left")
    parser.add_argument("--undisturbed", type=int, default=2, help="replays without kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rng, begun = np.random.default_rng(arguments.seed), time.monotonic()
    warm_up()
    lead_s = start_s(10, SystemClock())
    runs, killed = [], 0

    def run(kills):
        folder = Path(tempfile.mkdtemp(prefix="launchwatch-kills-"))
        try:
            return replay(folder, rng, kills, lead_s=lead_s)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    expected = [run(0) for _ in range(arguments.undisturbed)]
    while killed < arguments.kills and time.monotonic() - begun < 60 * arguments.minutes:
        one = run(min(arguments.each, arguments.kills - killed))
        killed += len(one["killed"])
        runs.append(one)
        said = "same" if one["outcome"] == expected[0]["outcome"] else "ANOTHER"
        print(f"{killed} kills, {said} outcome, {one['seconds']} s", file=sys.stderr, flush=True)
    report(summary(expected, runs, time.monotonic() - begun), arguments.json)


def summary(expected, runs, seconds):
    """Return the result: how often which process was killed, and what differed."""
    killed = [name for one in runs for name in one["killed"]]
    differing = [
        {"killed": one["killed"], "difference": difference(expected[0]["outcome"], one["outcome"])}
        for one in runs
        if one["outcome"] != expected[0]["outcome"]
    ]
    every = [*expected, *runs]
    return {
        "benchmark": "kills",
        "scenario": "first-minute at 10 times the pace",
        "definition": "stages let out to each audience; of the last step places, forms, and CAP's headline, "
        "instruction, response, urgency and severity without numerals",
        "kills": len(killed),
        "killed": {name: killed.count(name) for name in sorted(set(killed))},
        "replays": len(runs),
        "undisturbed": len(expected),
        "undisturbed_agree": all(one["outcome"] == expected[0]["outcome"] for one in expected),
        "expected": {
            node: {audience: [*said["stages"], *said["places"]] for audience, said in steps.items()}
            for node, steps in expected[0]["outcome"].items()
        },
        "other_outcomes": len(differing),
        "differing": differing[:10],
        "acknowledged": sum(one["acknowledged"] for one in every),
        "lost": sum(one["lost"] for one in every),
        "duplicates": [text for one in every for text in one["duplicates"]],
        "not_read_back": [text for one in every for text in one["not_read_back"]],
        "chains_verify": all(one["verified"] is True for one in every),
        "done_s": {
            "definition": "from the last plot until all was told and nothing new came for 3 s, s of the machine",
            "longest": max((one["done_s"] for one in every if one["done_s"] is not None), default=None),
            "bound": DONE_S,
            "not_within_it": sum(one["done_s"] is None for one in every),
        },
        "officers_interrupted": sum(one["officers_interrupted"] for one in every),
        "replay_s": {"longest": max((one["seconds"] for one in every), default=0.0)},
        "seconds": round(seconds, 1),
        "unreleased": [text for one in every for text in one["unreleased"]],
        **describe("nats-py"),
    }


def difference(expected, found):
    """Return in words how an outcome differs."""
    words = []
    for node, audiences in expected.items():
        for audience in audiences.keys() | found[node].keys():
            one, other = audiences.get(audience, {}), found[node].get(audience, {})
            words += [
                f"{node} {audience}: {name} {other.get(name)}, expected {one.get(name)}"
                for name in ("stages", "last", "places")
                if one.get(name) != other.get(name)
            ]
            pairs = set(one.get("words", ())) ^ set(other.get("words", ()))
            words += [f"{node} {audience}: {text[:300]}" for text in sorted(pairs)]
    return words


if __name__ == "__main__":
    main()
