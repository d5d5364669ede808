"""Two nodes that share over real brokers: keeper, broker and `share` of each as processes of their own."""

import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.channels.broker import Broker
from launchwatch.facts import PartnerFact, PathSupport, Provenance, Sensor, TrackedState, TrackUpdate
from launchwatch.run.clock import SystemClock
from launchwatch.run.keeper import LogClient, LogReader
from launchwatch.run.node import broker_settings
from launchwatch.run.node_settings import NodeSettings, load_node_settings
from launchwatch.run.nodes import log_of, socket_of
from launchwatch.run.pairing import init_node, pair_nodes, save_settings

CLOCK = SystemClock()
MADE = Provenance(author="test", created_utc="2025-11-07T03:36:00Z")
SENSOR = Sensor(
    id="KR-1", kind="radar", lat_deg=37.0, lon_deg=127.0, height_m=0.0, sigma_range_m=50.0, sigma_azimuth_deg=0.05,
    sigma_elevation_deg=0.05, scan_s=1.0,
)  # fmt: skip


def state(number: int, track: int = 1, x_m: float = 6.6e6) -> TrackedState:
    """Return the state of a track after so many seconds."""
    now = format_instant(1762486470.0 + number)
    support = PathSupport(
        sensor="KR-1", owner="KR", path=None, host=None, plots=number + 1, recent=1, last_utc=now
    )
    return TrackedState(
        id=content_id("state", str(track), str(number)),
        run="run-1",
        track=track,
        status="confirmed",
        update=TrackUpdate(
            time_utc=now, position_ecef_m=(x_m + 10.0 * number, 0.0, 0.0), velocity_ecef_m_s=(10.0, 0.0, 0.0),
            modes={"ballistic": 1.0}, class_={"SRBM": 1.0}, existence=0.99, plots=number + 1, support=(support,),
        ),
        provenance=MADE,
    )  # fmt: skip


@dataclass
class Node:
    """One node of the stand. State: its processes."""

    folder: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    broker: Broker | None = None

    @property
    def settings(self) -> NodeSettings:
        """Return its settings."""
        return load_node_settings(self.folder)

    def begin(self, *roles: str) -> None:
        """Start processes; `broker` is one."""
        for role in roles:
            if role == "broker":
                self.broker = self.broker or Broker(broker_settings(self.folder, self.settings, CLOCK.now()))
                self.broker.start()
            else:
                command = [sys.executable, "-m", "launchwatch.run.node", role, str(self.folder)]
                log = (self.folder / f"{role}.log").open("ab")
                self.running[role] = subprocess.Popen(command, stdout=log, stderr=log)
                log.close()

    def kill(self, role: str) -> None:
        """End a process as a crash would."""
        if role == "broker":
            self.broker.kill()
        else:
            self.running[role].kill()
            self.running.pop(role).wait()

    def end(self) -> None:
        """End all in order."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(20)
        if self.broker is not None:
            self.broker.stop()

    def client(self) -> LogClient:
        """Return a connection to its keeper."""
        return LogClient(socket_of(self.folder, self.settings))

    def facts(self, *kinds: str) -> list:
        """Return what its log holds now."""
        with LogReader(log_of(self.folder, self.settings)) as reader:
            return [row.fact() for row in reader.rows(*kinds)]

    def wait_for(self, count: int, *kinds: str, partner_kind: str | None = None, wait_s: float = 15.0) -> list:
        """Return the facts once there are so many; fail where they do not come."""
        with LogReader(log_of(self.folder, self.settings)) as reader:
            until, seq, found = time.monotonic() + wait_s, 0, []
            while len(found) < count and time.monotonic() < until:
                reader.wait(seq, 0.2)
                for row in reader.rows(*kinds, after=seq):
                    seq, fact = row.seq, row.fact()
                    if partner_kind is None or (isinstance(fact, PartnerFact) and fact.kind == partner_kind):
                        found.append(fact)
        assert len(found) >= count, f"{len(found)} of {count} {kinds} came: {self.words()}"
        return found

    def words(self) -> str:
        """Return what its processes said last."""
        return " | ".join(path.read_text()[-600:] for path in self.folder.glob("*.log"))


def two_nodes(folder: Path, **partner: object) -> tuple[Node, Node]:
    """Return nodes KR and US, partners of each other; `partner` changes how US sees KR."""
    for name in ("KR", "US"):
        init_node(folder / name, name, CLOCK)
    pair_nodes(folder / "KR", folder / "US", CLOCK)
    us = load_node_settings(folder / "US")
    if partner:
        changed = msgspec.structs.replace(us.partners["KR"], **partner)
        save_settings(folder / "US", msgspec.structs.replace(us, partners={"KR": changed}))
    return Node(folder / "KR"), Node(folder / "US")
