"""A node's supervisor: its broker and its processes, started, watched, started again, stopped together.

    broker    nats-server, where the node has partners and no other's broker is named
    keep      owns the log                           run.keeper
    track     feeds to plots and tracks              run.tracking
    warn      reach, alerts, texts, release, ways out  run.warning
    share     partners                               run.sharing
    common    tracks of own and partners' plots      run.commoning
    claims    reports to claims and posteriors       run.claims

What dies is started again at once, then after growing pauses; each death and each return is an alarm in the log.
Children end with their parent, however it ends.
"""

import fcntl
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage
from typing import IO, Literal, Protocol

from launchwatch import __version__
from launchwatch.basis.errors import InputError, LaunchwatchError, LogError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.channels.broker import Broker, BrokerSettings, die_with_parent
from launchwatch.facts import Alarm, Heartbeat, Provenance, Value
from launchwatch.run.alarms import standing_alarms
from launchwatch.run.clock import Clock, SystemClock
from launchwatch.run.endings import ends_of
from launchwatch.run.node_settings import NodeSettings, clock_of, load_node_settings, realm_folder
from launchwatch.run.nodes import broker_folder, lock_of, log_of, pinned_certificate, socket_of
from launchwatch.run.pauses import shorten_pauses
from launchwatch.run.signals import on_signal

Role = Literal["keep", "track", "warn", "share", "common", "claims", "display"]
ROLES: tuple[Role, ...] = ("keep", "track", "warn", "share", "common", "claims", "display")

STEADY_S = 10.0
"""A process that lived so long is steady: its next death counts as the first."""

PAUSES_S = (0.0, 0.25, 1.0, 2.0, 5.0, 10.0)
"""Before each start again: at once the first time; one that dies at once shall not take the machine's time."""

BEAT_S = 1.0
STOP_S = 8.0
"""How long processes have to end in order: the slowest finishes a commit and a send."""

ENDS_S = 60.0
"""How often it is looked when certificates and keys end: days count."""

LOOKED_AT_S = 0.2
"""How long a lock that is held is tried: `node status` holds it for a moment to see whether anybody does."""

ASKED_S = 1.0  # how often the broker's health is asked
_FAILURES = 4  # of these asked in a row: then it hangs
_TURN_S = 0.05
_MOST_OWED = 200
SUPERVISOR = "run.node"


class Child(Protocol):
    """A process that is supervised."""

    def start(self) -> None:
        """Start it."""

    def is_alive(self) -> bool:
        """Return whether it runs."""

    def last_words(self) -> str:
        """Return the last line that it left."""

    def stop(self) -> None:
        """Ask it to end, and wait."""

    def kill(self) -> None:
        """End it at once."""

    @property
    def pid(self) -> int | None:
        """Return its process id."""


class RoleProcess:
    """One of the node's own processes. State: the process."""

    def __init__(self, folder: Path, role: Role, log: Path) -> None:
        self._folder, self._role, self._log = folder, role, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, its stderr in a file of the realm's folder."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "launchwatch.run.node", self._role, str(self._folder)]
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one thread, and nothing but a system call
            )  # fmt: skip

    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Return its process id."""
        return self._process.pid if self._process else None

    def last_words(self) -> str:
        """Return the last line of its stderr, and how it ended."""
        code = self._process.returncode if self._process else None
        with suppress(OSError):
            lines = self._log.read_text(errors="replace").strip().splitlines()
            if lines and code != -signal.SIGKILL:
                return f"ended with {code}: {lines[-1][:200]}"
        return f"ended with {code}"

    def stop(self) -> None:
        """Ask it to end; end it by force after `STOP_S`."""
        if self._process is not None and self.is_alive():
            self._process.terminate()
            try:
                self._process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@dataclass
class Watched:
    """One child and how it fares: when it was started (Unix, s), deaths in a row, since when it is down."""

    name: str
    child: Child
    started_s: float = 0.0
    deaths: int = 0
    due_s: float | None = None
    down_since: str | None = None
    told_up: bool = True


@dataclass
class Supervisor:
    """All children of a node. State: they, and facts that the log has not taken yet. Not thread-safe."""

    folder: Path
    settings: NodeSettings
    clock: Clock
    children: list[Watched]
    append: Callable[[Sequence[Value]], object]
    owed: list[Value] = field(default_factory=list)
    beat_s: float = 0.0
    ends_s: float = 0.0

    def start(self) -> None:
        """Start all, in their order."""
        for one in self.children:
            self._start(one)

    def turn(self) -> None:
        """Look after every child once, and tell the log."""
        now = self.clock.now()
        for one in self.children:
            self._look_after(one, now)
        if now >= self.beat_s:
            self.beat_s = now + BEAT_S
            self._tell(self._beat(now))
        self._pay()

    def stop(self) -> None:
        """End all, the log's keeper last, so that the others can say what they have to say."""
        for one in reversed(self.children):
            one.child.stop()

    def _start(self, one: Watched) -> None:
        one.started_s, one.due_s = self.clock.now(), None
        try:
            one.child.start()
        except (OSError, LaunchwatchError) as error:
            self._died(one, str(error))

    def _look_after(self, one: Watched, now: float) -> None:
        if one.due_s is not None:
            if now >= one.due_s:
                self._start(one)
        elif not one.child.is_alive():
            self._died(one, one.child.last_words())
        elif one.down_since is not None and now - one.started_s >= BEAT_S:
            self._tell(self._alarm(one, "cleared", one.down_since, "runs again"))
            one.down_since = None
        elif one.deaths and now - one.started_s >= STEADY_S:
            one.deaths = 0

    def _died(self, one: Watched, why: str) -> None:
        now = self.clock.now()
        one.due_s = now + PAUSES_S[min(one.deaths, len(PAUSES_S) - 1)]
        one.deaths += 1
        if one.down_since is None:
            one.down_since = format_instant(now)
            self._tell(self._alarm(one, "raised", one.down_since, why))

    def _alarm(self, one: Watched, state: Literal["raised", "cleared"], since: str, reason: str) -> Alarm:
        now = format_instant(self.clock.now())
        return Alarm(
            id=content_id("alarm", "process", one.name, state, since), what="process", name=one.name, state=state,
            since_utc=since, time_utc=now, reason=reason,
            provenance=Provenance(author=f"launchwatch {__version__} {SUPERVISOR}", created_utc=now),
        )  # fmt: skip

    def _beat(self, now: float) -> Heartbeat:
        said = format_instant(now)
        free = disk_usage(self.folder).free
        return Heartbeat(
            id=content_id("heartbeat", "node", said), process="node", time_utc=said, disk_free_bytes=free,
            ends=self._ends(now),
        )  # fmt: skip

    def _ends(self, now: float) -> dict[str, str]:
        """Return when certificates and keys end, now and then; a drill's clock is not theirs."""
        if self.settings.pace is not None or now < self.ends_s:
            return {}
        self.ends_s = now + ENDS_S
        return ends_of(self.folder, self.settings)

    def _tell(self, fact: Value) -> None:
        self.owed = [*self.owed[-_MOST_OWED:], fact]

    def _pay(self) -> None:
        """Log what is owed; while the keeper is away it waits."""
        if self.owed:
            with suppress(LogError):
                self.append(self.owed)
                self.owed = []


class HealthyBroker(Broker):
    """A broker that counts as dead when it does not answer. State: when it was asked last, failures in a row."""

    def __init__(self, settings: BrokerSettings, clock: Clock) -> None:
        super().__init__(settings)
        self._clock, self._asked_s, self._failed = clock, 0.0, 0

    def is_alive(self) -> bool:
        """Return whether the process runs and answers."""
        if not super().is_alive():
            return False
        now = self._clock.now()
        if now >= self._asked_s + ASKED_S:
            self._asked_s = now
            self._failed = 0 if self.answers(0.2) else self._failed + 1
            if self._failed >= _FAILURES:
                self.kill()
                self._failed = 0
                return False
        return True

    def start(self) -> None:
        """Start the server without waiting for it: the other processes do, each for itself."""
        self.launch()


def broker_settings(folder: Path, settings: NodeSettings, now_s: float) -> BrokerSettings:
    """Return the settings of a node's own broker."""
    from launchwatch.run.sharing import identity_of

    return BrokerSettings(
        broker_folder(folder, settings), settings.realm, settings.name, identity_of(folder, settings, now_s),
        host=settings.host, port=settings.port,
        partners={name: one.key for name, one in settings.partners.items()},
        pinned={name: pinned_certificate(folder, settings, name) for name in settings.partners},
    )  # fmt: skip


def roles_of(settings: NodeSettings) -> tuple[Role, ...]:
    """Return the processes that a node needs: always a keeper and a warner, the others where there is work."""
    wanted: dict[Role, bool] = {
        "keep": True, "track": bool(settings.feeds), "warn": True, "share": bool(settings.partners),
        "common": bool(settings.feeds) and bool(settings.partners), "claims": settings.reports is not None,
        "display": any(one.kind == "cot" for one in settings.channels.values()),
    }  # fmt: skip
    return tuple(role for role in ROLES if wanted[role])


def supervise(folder: Path, stopped: Callable[[], bool], clock: Clock | None = None) -> None:
    """Run a node until stopped. Raises InputError where it runs already."""
    settings = load_node_settings(folder)
    with _alone(lock_of(folder, settings)):
        _supervise(folder, settings, stopped, clock)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold a node's realm for one supervisor: a second one's processes would share and warn beside the first's."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        until = time.monotonic() + LOOKED_AT_S
        while not _is_taken(handle):
            if time.monotonic() > until:
                raise InputError(
                    "this node runs already", given=lock.resolve().parent.parent.name,
                    try_="`launchwatch node status`",
                )  # fmt: skip
            time.sleep(0.02)
        yield


def _is_taken(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _supervise(folder: Path, settings: NodeSettings, stopped: Callable[[], bool], clock: Clock | None) -> None:
    from launchwatch.run.keeper import LogClient

    clock, machine = clock or clock_of(settings), clock or SystemClock()
    logs = realm_folder(folder, settings.realm) / "logs"
    down = _down_since(folder, settings)
    children = [
        Watched(role, RoleProcess(folder, role, logs / f"{role}.log"), down_since=down.get(role))
        for role in roles_of(settings)
    ]
    if settings.partners and settings.broker is None:
        broker = HealthyBroker(broker_settings(folder, settings, machine.now()), machine)
        children.insert(0, Watched("broker", broker, down_since=down.get("broker")))
    with LogClient(socket_of(folder, settings), patience_s=0.0) as client:
        supervisor = Supervisor(folder, settings, clock, children, client.append)
        try:
            supervisor.start()
            while not stopped():
                supervisor.turn()
                machine.sleep(_TURN_S)
        finally:
            supervisor.stop()


def _down_since(folder: Path, settings: NodeSettings) -> dict[str, str]:
    """Return since when processes are down by alarms of an earlier supervisor that nobody cleared."""
    from launchwatch.keep import open_log

    with suppress(LogError), open_log(log_of(folder, settings)) as log:
        return {
            name: one.since_utc for (_, name), one in standing_alarms(log.rows("alarm"), by=SUPERVISOR).items()
        }
    return {}


def run_role(role: str, folder: Path, stopped: Callable[[], bool]) -> None:
    """Be one process of a node until stopped; each imports what it needs and no more."""
    settings = load_node_settings(folder)
    if role == "keep":
        _keep(folder, settings, stopped)
    elif role == "track":
        from launchwatch.run.tracking import track

        track(folder, stopped, before_feeds=shorten_pauses)
    elif role == "share":
        from launchwatch.run.sharing import share

        shorten_pauses()
        share(folder, stopped)
    elif role == "common":
        from launchwatch.run.commoning import track_together

        track_together(folder, stopped)
    elif role == "claims":
        from launchwatch.run.claims import read_on

        read_on(folder, stopped)
    elif role == "display":
        _display(folder, settings, stopped)
    else:
        _warn(folder, settings, stopped)


def _display(folder: Path, settings: NodeSettings, stopped: Callable[[], bool]) -> None:
    from launchwatch.run.displaying import display
    from launchwatch.run.keeper import LogClient, LogReader

    with LogClient(socket_of(folder, settings)) as client, LogReader(log_of(folder, settings)) as reader:
        display(settings, client, reader, clock_of(settings), stopped)


def _keep(folder: Path, settings: NodeSettings, stopped: Callable[[], bool]) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from launchwatch.keep import HeadSigner
    from launchwatch.run.keeper import keep_log
    from launchwatch.run.keys import own_keys

    clock = clock_of(settings)
    realm_folder(folder, settings.realm).mkdir(parents=True, exist_ok=True)
    own = own_keys(folder, settings.realm, format_instant(clock.now())).get("node")
    signer = None
    if own is not None and isinstance(own[1], Ed25519PrivateKey):
        signer = HeadSigner(own[1], clock.now, settings.realm)
    keep_log(log_of(folder, settings), socket_of(folder, settings), stopped, signer, ready=shorten_pauses)


def _warn(folder: Path, settings: NodeSettings, stopped: Callable[[], bool]) -> None:
    from launchwatch.run.keeper import LogClient, LogReader
    from launchwatch.run.warning import warn

    clock = clock_of(settings)
    shorten_pauses()
    with LogClient(socket_of(folder, settings)) as client, LogReader(log_of(folder, settings)) as reader:
        warn(folder, settings, client, reader, clock, stopped)


def main(arguments: Sequence[str] | None = None) -> int:
    """Be the process that the arguments name: ROLE DIR."""
    role, folder, *_ = [*(sys.argv[1:] if arguments is None else arguments), "", ""]
    if role not in ROLES or not folder:
        sys.stderr.write(f"usage: python -m launchwatch.run.node {{{'|'.join(ROLES)}}} DIR\n")
        return 2
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of every TLS connection that a peer closes
    if role in ("claims", "common"):
        os.nice(10)  # never before what warns
    try:
        run_role(role, Path(folder), on_signal())
    except (LaunchwatchError, OSError) as error:
        sys.stderr.write(f"launchwatch node {role}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
