"""Holding a drill: nodes made, started, fed, their officers played, stopped, emptied, and scored."""

import os
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from launchwatch.assess.protected import Protected
from launchwatch.basis.errors import InputError, ScenarioError, UnknownNameError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.channels.files import write_file
from launchwatch.facts import Value
from launchwatch.keep import open_log
from launchwatch.run.clock import Clock, PacedClock, SystemClock
from launchwatch.run.drill.leftovers import clear_exercise, left_of_exercise
from launchwatch.run.drill.nodes import DrillNode, check_extras, check_owners, make_nodes, officers_keys, running
from launchwatch.run.drill.officers import Officers, Script
from launchwatch.run.drill.receiving import received_by
from launchwatch.run.drill.score import Expected, Score, score_drill, score_node
from launchwatch.run.drill.told import Found, Told, read_found
from launchwatch.run.drill.truth import Truth, truth_of
from launchwatch.run.drill.warming import start_s, warm_up
from launchwatch.run.keeper import LogClient, LogReader
from launchwatch.run.keys import PASSPHRASE_VARIABLE
from launchwatch.run.node_settings import PaceSettings
from launchwatch.simulate.exercises import moved, owner_of, recordings_by_owner, truths
from launchwatch.simulate.random_scenario import random_scenario
from launchwatch.simulate.scenario import Scenario, packaged_scenario, packaged_scenarios, parse_scenario

PROCESSES = 6
"""Of one node, its broker left out: it starts in a tenth of a second."""

READY_S = 120.0
"""A keeper that does not answer by then will not: a laptop under load has started all processes of three nodes."""

AFTER_S = 180.0
"""How long the drill's clock goes on after the last plot at most: what then is not said will not be."""

LEAST_AFTER_S = 75.0
"""A drill goes on for so long after the last plot: a fall counts as over 60 s after its time (`tell.alerts`)."""

QUIET_S = 20.0
"""From then on it ends when nothing was decided, asked, sent or read back for so long, by its own clock."""

PREPARED_S = 180.0
"""A drill that is run by hand starts so long after it was made: time to open four terminals."""

RANDOM_SENSORS = "over-hokkaido"
"""The scenario whose sensors watch a random launch."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """What to drill: a scenario's name, TOML file or `random`, which nodes, how fast, and what the officers do."""

    scenario: str
    nodes: tuple[str, ...] = ("KR", "US", "JP")
    speed: float = 10.0
    seed: int | None = None
    script: Script = field(default_factory=Script)
    out: Path | None = None
    keep: bool = False
    start_s: float | None = None


class Prepared(Value, frozen=True, kw_only=True):
    """A drill that is ready to be run by hand: nodes' folders, officers' keys, and when its first plots come."""

    schema: str = "launchwatch prepared drill 1"
    title: str
    folder: str
    nodes: tuple[str, ...]
    officers: dict[str, tuple[str, ...]]
    passphrase: str
    starts_utc: str
    ends_utc: str


class Held(Value, frozen=True, kw_only=True):
    """A drill that was held: what was told, the score, and per node what its log and receivers came to."""

    schema: str = "launchwatch drill 1"
    scenario: str
    title: str
    speed: float
    seed: int | None
    began_utc: str
    ended_utc: str
    folder: str
    bulletins: tuple[Told, ...]
    score: Score
    truth: tuple[dict[str, object], ...]
    nodes: dict[str, "NodeState"]


class NodeState(Value, frozen=True, kw_only=True):
    """One node after a drill: rows and head of its log as verified, and what its own receivers took or refused.

    `accepted_live` counts the messages that a receiver of the live realm would have taken: none may be.
    """

    rows: int
    head: str
    accepted: int
    refused: int
    accepted_live: int
    left: tuple[str, ...]


def known_drills() -> dict[str, dict[str, str]]:
    """Return what can be drilled: scenarios and histories, name to title."""
    from launchwatch.run.drill.histories import histories

    scenarios = {name: parse_scenario(packaged_scenario(name)[0]).title for name in packaged_scenarios()}
    return {"scenarios": {**scenarios, "random": "A random launch"}, "histories": histories()}


def check_names(plan: Plan) -> None:
    """Raise UnknownNameError or InputError for a drill or a node that nobody knows, before anything is made."""
    check_owners(plan.nodes)
    if not Path(plan.scenario).is_file():
        known = [name for titles in known_drills().values() for name in titles]
        if plan.scenario not in known:
            raise UnknownNameError("drill", plan.scenario, known)


def hold_drill(plan: Plan, say: Say = lambda _: None, clock: Clock | None = None) -> Held:
    """Hold a drill and return what it came to. Raises InputError where it cannot be held."""
    machine = clock or SystemClock()
    check_extras()
    check_names(plan)
    with _folder(plan.out) as folder:
        say("getting ready")
        warm_up()
        lead_s = plan.start_s or start_s(PROCESSES * len(plan.nodes), machine)
        begun = machine.now()
        pace = PaceSettings(
            origin_utc=format_instant(begun), machine_origin_utc=format_instant(begun), speed=plan.speed
        )
        begins_s = begun + plan.speed * lead_s
        scenario = moved(_scenario(plan, begins_s), begins_s)
        nodes = make_nodes(folder, plan.nodes, recordings_by_owner(scenario, plan.seed), pace, machine)
        own = PacedClock(begun, begun, plan.speed, machine)
        say(f"{scenario.title}: nodes {', '.join(plan.nodes)}, {plan.speed:g} times as fast as life")
        _run(nodes, scenario, plan, own, say)
        return _judged(plan, scenario, nodes, folder, begun, own.now(), say)


def prepare_drill(plan: Plan, clock: Clock | None = None) -> Prepared:
    """Make a drill's nodes and start nothing: `launchwatch node run` does, before the first plots come."""
    machine = clock or SystemClock()
    check_extras()
    check_names(plan)
    passphrase = os.environ.get(PASSPHRASE_VARIABLE) or secrets.token_hex(8)
    with _folder(plan.out) as folder:
        begun = machine.now()
        now_utc = format_instant(begun)
        begins_s = begun + plan.speed * (plan.start_s or PREPARED_S)
        pace = PaceSettings(origin_utc=now_utc, machine_origin_utc=now_utc, speed=plan.speed)
        scenario = moved(_scenario(plan, begins_s), begins_s)
        recordings = recordings_by_owner(scenario, plan.seed)
        nodes = make_nodes(folder, plan.nodes, recordings, pace, machine, passphrase=passphrase)
        return Prepared(
            title=scenario.title,
            folder=str(folder),
            nodes=tuple(str(node.folder) for node in nodes),
            officers={node.name: tuple(str(path) for path in officers_keys(node.folder)) for node in nodes},
            passphrase=passphrase,
            starts_utc=format_instant(begun + (begins_s - begun) / plan.speed),
            ends_utc=format_instant(begun + (begins_s + scenario.duration_s - begun) / plan.speed),
        )


def _scenario(plan: Plan, start_s: float) -> Scenario:
    path = Path(plan.scenario)
    if plan.scenario == "random":
        sensors = parse_scenario(packaged_scenario(RANDOM_SENSORS)[0]).sensors
        return random_scenario(np.random.default_rng(plan.seed or 0), sensors, start_s)
    if not path.is_file():
        return parse_scenario(packaged_scenario(plan.scenario)[0])
    try:
        return parse_scenario(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ScenarioError("scenario is no text", given=path.name, allowed="TOML in UTF-8") from None


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Yield the folder of a drill; a temporary one stays, so that its nodes' bulletins and score can be read."""
    if out is None:
        yield Path(tempfile.mkdtemp(prefix="launchwatch-drill-"))
        return
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise InputError("the folder is not empty", given=out.name, try_="a new one for each drill")
    yield out


def _run(nodes: Sequence[DrillNode], scenario: Scenario, plan: Plan, clock: Clock, say: Say) -> None:
    """Let the nodes live through a scenario, with their officers."""
    stopped, failed = threading.Event(), list[Exception]()
    end_s = parse_instant(scenario.start_utc) + scenario.duration_s
    with ExitStack() as stack:
        stack.enter_context(running(nodes))
        stack.callback(stopped.set)
        for node in nodes:
            _seat(stack, node, plan.script, clock, stopped, failed.append)
        readers = [stack.enter_context(LogReader(node.log, patience_s=READY_S)) for node in nodes]
        quiet = _Quiet(readers, clock)
        told_s = float("-inf")
        while clock.now() < end_s + AFTER_S and not (
            clock.now() > end_s + LEAST_AFTER_S and quiet.since() > QUIET_S
        ):
            if failed:
                raise failed[0]
            for node in nodes:
                node.check_alive()
            quiet.look()
            if clock.now() >= told_s + 10.0 * plan.speed:
                told_s = clock.now()
                left = end_s - told_s
                say(f"{left:.0f} s of the drill left" if left > 0 else "waiting for the last bulletins")
            clock.sleep(0.2 * plan.speed)


def _seat(
    stack: ExitStack,
    node: DrillNode,
    script: Script,
    clock: Clock,
    stopped: threading.Event,
    failed: Callable[[Exception], None],
) -> None:
    """Give a node's officers their desk, in a thread of their own."""
    client = stack.enter_context(LogClient(node.socket, patience_s=READY_S))
    reader = LogReader(node.log, patience_s=READY_S)
    officers = Officers(client, reader, node.officers, script, clock)

    def work() -> None:
        with reader:
            officers.work(stopped, failed)

    thread = threading.Thread(target=work, name=f"officers of {node.name}", daemon=True)
    stack.callback(thread.join, 5.0)
    stack.callback(stopped.set)
    thread.start()


class _Quiet:
    """Whether anything is still decided, asked, sent or read back. State: newest rows, and when there was one."""

    def __init__(self, readers: Sequence[LogReader], clock: Clock) -> None:
        self._readers, self._clock = readers, clock
        self._seqs = [0] * len(readers)
        self._last_s = clock.now()

    def look(self) -> None:
        """Note whether there is something new."""
        for at, reader in enumerate(self._readers):
            for row in reader.rows("step", "request", "release", "delivery", "approval", after=self._seqs[at]):
                self._seqs[at], self._last_s = row.seq, self._clock.now()

    def since(self) -> float:
        """Return for how long nothing was, s of the drill's clock."""
        return self._clock.now() - self._last_s


def _judged(
    plan: Plan, scenario: Scenario, nodes: Sequence[DrillNode], folder: Path, begun: float, ended: float, say: Say
) -> Held:
    say("scoring")
    expected = Expected(
        signed=plan.script.approve_after_s is not None and not plan.script.refuse,
        cancelled=plan.script.cancel_after_s is not None,
        paths=len({owner_of(sensor) for sensor in scenario.sensors} & set(plan.nodes)),
    )
    scores, told, states, extra = {}, list[Told](), dict[str, NodeState](), list[str]()
    true: dict[str, list[Truth]] = {}
    for node in nodes:
        found = read_found(node.log)
        mine = found.told(node.name)
        protected = Protected.of(node.settings.protects)
        true[node.name] = [truth_of(name, states_, protected) for name, states_ in truths(scenario)]
        scores[node.name] = score_node(true[node.name], found, mine, plan.speed, expected)
        told += mine
        states[node.name] = _after(node, ended, keep=plan.keep)
        extra += _faults_after(node.name, states[node.name], found, len(nodes), keep=plan.keep)
    told.sort(key=lambda one: (one.decided_utc, one.node, one.audience, one.number))
    every = [one for ones in true.values() for one in ones]
    held = Held(
        scenario=scenario.name,
        title=scenario.title,
        speed=plan.speed,
        seed=plan.seed,
        began_utc=format_instant(begun),
        ended_utc=format_instant(ended),
        folder=str(folder),
        bulletins=tuple(told),
        score=score_drill(scores, every, extra, confirmable=expected.confirmable),
        truth=tuple(_told_truth(name, one) for name, ones in true.items() for one in ones),
        nodes=states,
    )
    _write(folder, held)
    return held


def _after(node: DrillNode, ended: float, *, keep: bool) -> NodeState:
    """Verify a node's log, read what its channels hold, copy it aside, and empty the exercise realm."""
    with open_log(node.log) as log:
        verified = log.verify()
    received = received_by(node, format_instant(ended))
    _copy_aside(node)
    left: tuple[str, ...] = ()
    if not keep:
        clear_exercise(node.folder, node.settings)
        left = left_of_exercise(node.folder, node.settings)
    return NodeState(
        rows=verified.rows,
        head=verified.head.hex(),
        accepted=received.accepted,
        refused=received.refused,
        accepted_live=received.accepted_live,
        left=left,
    )


def _faults_after(name: str, state: NodeState, found: Found, nodes: int, *, keep: bool) -> Iterator[str]:
    if state.accepted_live:
        yield f"{name}: {state.accepted_live} exercise messages would have been taken by a live receiver"
    if state.refused:
        yield f"{name}: {state.refused} messages on its channels were refused"
    if state.left and not keep:
        yield f"{name}: left behind: {', '.join(state.left[:5])}"
    if nodes > 1 and len(found.partners) < nodes - 1:
        yield f"{name}: facts of {len(found.partners)} of {nodes - 1} partners came"


def _copy_aside(node: DrillNode) -> None:
    """Keep what went out, for eyes: the channels' folders, beside the nodes."""
    target = node.folder.parent / "received" / node.name
    for name, path in node.channel_folders().items():
        if path.is_dir():
            shutil.copytree(path, target / name, dirs_exist_ok=True)


def _told_truth(node: str, truth: Truth) -> dict[str, object]:
    return {
        "node": node,
        "object": truth.object,
        "launch_utc": format_instant(truth.launch_s),
        "fall_utc": format_instant(truth.fall_s),
        "fall_lat_deg": round(truth.fall_lat_deg, 4),
        "fall_lon_deg": round(truth.fall_lon_deg, 4),
        "inside": truth.inside,
        "over": truth.over,
        "near": truth.near,
        "district": truth.district,
        "arrival_utc": format_instant(truth.arrival_s) if truth.arrival_s is not None else None,
        "firs": truth.firs,
    }


def _write(folder: Path, held: Held) -> None:
    import msgspec

    write_file(folder / "score.json", msgspec.json.format(msgspec.json.encode(held), indent=1) + b"\n")
