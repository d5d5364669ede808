"""The nodes of a drill: made from nothing with keys of their own, paired, fed, started and stopped."""

import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.basis.errors import InputError
from launchwatch.channels.broker import die_with_parent, free_port, server_program
from launchwatch.channels.files import write_file
from launchwatch.run.clock import Clock
from launchwatch.run.drill.leftovers import officers_folder
from launchwatch.run.keys import load_signer, make_key, trust_key
from launchwatch.run.node_settings import (
    ChannelSettings,
    FeedSettings,
    NodeSettings,
    PaceSettings,
    ReportSettings,
    realm_folder,
)
from launchwatch.run.nodes import log_of, socket_of
from launchwatch.run.outlets import channel_folder
from launchwatch.run.pairing import init_node, pair_nodes, save_settings

PROTECTS = {
    "JP": ("JPN",), "KR": ("KOR",), "US": ("USA",), "CN": ("CHN",), "RU": ("RUS",), "PH": ("PHL",), "TW": ("TWN",),
}  # fmt: skip
"""Whom the node of each owner protects."""

AUDIENCES = ("public", "ships", "aircraft", "press")
PLOTS = "plots.ndjson"
OFFICERS = ("one", "two")
STOP_S = 20.0
"""A supervisor has so long to end its processes; then all are ended by force."""


@dataclass
class DrillNode:
    """One node of a drill. State: its supervisor's process."""

    name: str
    folder: Path
    settings: NodeSettings
    officers: tuple[Ed25519PrivateKey, ...]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Return its log."""
        return Path(log_of(self.folder, self.settings))

    @property
    def socket(self) -> Path:
        """Return its keeper's socket."""
        return socket_of(self.folder, self.settings)

    def channel_folders(self) -> dict[str, Path]:
        """Return the folders into which its bulletins go, by channel."""
        return {
            name: channel_folder(self.folder, self.settings.realm, one.to)
            for name, one in self.settings.channels.items()
            if one.kind == "files"
        }

    def start(self) -> None:
        """Start its supervisor, which ends with this process."""
        logs = realm_folder(self.folder, self.settings.realm) / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        with (logs / "node.log").open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "launchwatch", "node", "run", str(self.folder)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - nothing but a system call
            )  # fmt: skip

    def check_alive(self) -> None:
        """Raise InputError where the supervisor has ended."""
        if self.process is not None and self.process.poll() is not None:
            log = realm_folder(self.folder, self.settings.realm) / "logs" / "node.log"
            words = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
            raise InputError(f"node {self.name} has ended: {' '.join(words) or 'without a word'}")

    def stop(self) -> None:
        """End it in order, by force where that takes too long."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


def check_extras() -> None:
    """Raise InputError where what nodes need beyond the basic installation is missing."""
    if find_spec("nats") is None or server_program() is None:
        raise InputError(
            "a drill needs the message broker and its client, which are not installed",
            try_="pip install 'launchwatch[node]'",
        )


def check_owners(names: Sequence[str]) -> None:
    """Raise InputError for an owner whose protected states are not known."""
    for name in names:
        if name not in PROTECTS:
            raise InputError("nobody has a node of this name", given=name, allowed=", ".join(sorted(PROTECTS)))


def make_nodes(
    folder: Path, names: Sequence[str], recordings: Mapping[str, Sequence[bytes]], pace: PaceSettings | None,
    machine: Clock, *, reports: bool = True, passphrase: str | None = None,
) -> list[DrillNode]:  # fmt: skip
    """Make one node for each name, each with its own sensors' plots, two officers, and all others as partners.

    `recordings` are lines by owner; owners without a node are not listened to. Raises InputError for an owner
    whose protected states are not known.
    """
    check_owners(names)
    folders = {name: folder / name for name in names}
    for name, where in folders.items():
        init_node(where, name, machine, protects=PROTECTS[name])
    nodes = []
    for one, other in combinations(names, 2):
        pair_nodes(folders[one], folders[other], machine)
    for name, where in folders.items():
        lines = recordings.get(name, ())
        if lines:
            write_file(where / PLOTS, b"".join(lines))
        if reports:
            (where / "reports").mkdir(exist_ok=True)
        feeds = (FeedSettings(source=PLOTS, speed=1.0),) if lines else ()
        settings = _equipped(where, feeds, pace, reports=reports)
        nodes.append(DrillNode(name, where, settings, _officers(where, machine, passphrase)))
    return nodes


def _equipped(
    folder: Path, feeds: tuple[FeedSettings, ...], pace: PaceSettings | None, *, reports: bool
) -> NodeSettings:
    """Give a node its feeds, its ways out and the drill's clock."""
    from launchwatch.run.node_settings import load_node_settings

    channels = {
        audience: ChannelSettings(kind="files", to=f"out/{audience}", audiences=(audience,))
        for audience in AUDIENCES
    }
    address = f"http://127.0.0.1:{free_port('127.0.0.1')}/bulletins"
    channels["web"] = ChannelSettings(kind="http", to=address, audiences=("public",))
    settings = replace(
        load_node_settings(folder), feeds=feeds, channels=channels, pace=pace,
        reports=ReportSettings(folder="reports") if reports else None,
    )  # fmt: skip
    save_settings(folder, settings)
    return settings


def _officers(folder: Path, machine: Clock, passphrase: str | None) -> tuple[Ed25519PrivateKey, ...]:
    """Make two officers' keys outside the node's own, trust them, and return them opened."""
    passphrase = passphrase or secrets.token_hex(16)
    keys = []
    for holder in OFFICERS:
        desk = officers_folder(folder) / holder
        key = make_key(
            desk, role="officer", realm="exercise", holder=holder, now=machine.now(), passphrase=passphrase
        )
        trust_key(folder, key)
        keys.append(load_signer(desk / f"{key.id}.pem", passphrase))
    return tuple(keys)


def officers_keys(folder: Path) -> tuple[Path, ...]:
    """Return the key files of a node's two officers."""
    desk = officers_folder(folder)
    return tuple(path for holder in OFFICERS for path in sorted((desk / holder).glob("*.pem")))


@contextmanager
def running(nodes: Sequence[DrillNode]) -> Iterator[None]:
    """Start nodes, and stop them all whatever happens."""
    try:
        for node in nodes:
            node.start()
        yield
    finally:
        for node in nodes:
            node.stop()
