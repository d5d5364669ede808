"""The keys of the `warn` process: whom the node trusts as its folder has it now, and what it signs with itself."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant
from launchwatch.facts import TrustStore
from launchwatch.run.clock import Clock
from launchwatch.run.keys import load_trust, own_keys
from launchwatch.run.node_settings import Realm

TRUST = "trust.json"


@dataclass(frozen=True)
class Signers:
    """A node's own keys in one realm: for envelopes, and for CAP with that key's id."""

    node: Ed25519PrivateKey
    channel: EllipticCurvePrivateKey
    channel_id: str


class Trust:
    """The trust store, read again when its file changes; the last good one holds while it cannot be read.

    State: the store, the file's time, its readings, why it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._mark, self._store, self.version = folder, -1, TrustStore(), 0
        self.problem: str | None = None

    def now(self) -> TrustStore:
        """Return whom the node trusts now; raises where the store could never be read."""
        try:
            mark = (self._folder / TRUST).stat().st_mtime_ns
        except FileNotFoundError:
            mark = 0
        if mark == self._mark:
            self.problem = None
            return self._store
        try:
            self._store = load_trust(self._folder)
        except (InputError, OSError) as error:
            if self._mark == -1:
                raise
            self.problem = str(error)
        else:
            self._mark, self.problem = mark, None
            self.version += 1
        return self._store


def own_signers(folder: Path, realm: Realm, clock: Clock) -> Signers:
    """Return the node's own keys of a realm as they count now; InputError where it has none."""
    keys = own_keys(folder, realm, format_instant(clock.now()))
    if "node" not in keys or "channel" not in keys:
        raise InputError(
            "the node has no keys of its own in this realm", given=realm, try_="`launchwatch node init`"
        )
    (_, node), (record, channel) = keys["node"], keys["channel"]
    assert isinstance(node, Ed25519PrivateKey)  # make_key gives each role its kind
    assert isinstance(channel, EllipticCurvePrivateKey)
    return Signers(node, channel, record.id)
