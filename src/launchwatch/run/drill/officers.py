"""The officers of a drill, scripted: they sign, refuse or cancel after so many seconds, as real ones would."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.errors import InputError, LogError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import AlertStep, Bulletin, Release, ReleaseRequest
from launchwatch.run.clock import Clock
from launchwatch.run.officers import Asked, Reason, approve, cancel
from launchwatch.run.ports import Appends, Reads

_LOOK_S = 0.1  # of the machine's time between two looks at the log; a drill may run at ten times the pace


@dataclass(frozen=True)
class Script:
    """What a node's officers do, in seconds of the drill's clock.

    `approve_after_s` passes from a request to the signatures; None leaves every request to itself. Requests of a
    stage in `refuse` are refused. `cancel_after_s` after the first release to the public one officer states that
    `cancel_as` holds.
    """

    approve_after_s: float | None = 5.0
    refuse: frozenset[str] = frozenset()
    cancel_after_s: float | None = None
    cancel_as: Reason = "issued in error"


@dataclass
class Desk:
    """What the officers have seen of the log.

    State: steps, texts, open requests, and the alert that was first let out to the public, with when.
    """

    seq: int = 0
    steps: dict[str, AlertStep] = field(default_factory=dict)
    bulletins: dict[str, Bulletin] = field(default_factory=dict)
    requests: dict[str, ReleaseRequest] = field(default_factory=dict)
    first: tuple[str, float] | None = None

    def read_on(self, reader: Reads) -> None:
        """Take what is new in the log."""
        for row in reader.rows("step", "bulletin", "request", "release", after=self.seq):
            self.seq = row.seq
            match row.fact():
                case AlertStep() as step:
                    self.steps[step.id] = step
                case Bulletin() as bulletin:
                    self.bulletins[bulletin.id] = bulletin
                case ReleaseRequest() as request:
                    self.requests[request.id] = request
                case Release() as release:
                    self._close(release)

    def asked(self, request: ReleaseRequest) -> Asked | None:
        """Return a request with its texts, None where they have not all been seen."""
        if request.step not in self.steps or any(name not in self.bulletins for name in request.bulletins):
            return None
        texts = tuple(self.bulletins[name] for name in request.bulletins)
        return Asked(request, self.steps[request.step], texts)

    def _close(self, release: Release) -> None:
        request = self.requests.pop(release.request, None)
        public = request is not None and request.audience == "public"
        if public and release.outcome == "released" and self.first is None:
            self.first = (release.alert, parse_instant(release.decided_utc))


class Officers:
    """The officers of one node. State: their desk, which requests they answered, whether they cancelled."""

    def __init__(
        self, client: Appends, reader: Reads, keys: Sequence[Ed25519PrivateKey], script: Script, clock: Clock
    ) -> None:
        self._client, self._reader, self._keys = client, reader, keys
        self._script, self._clock = script, clock
        self._desk, self._answered, self._cancelled = Desk(), set[str](), False

    def look(self) -> None:
        """Read on in the log and do what is due."""
        self._desk.read_on(self._reader)
        now = self._clock.now()
        for request in list(self._desk.requests.values()):
            if request.id not in self._answered and self._is_due(request, now):
                self._answer(request)
        first, after = self._desk.first, self._script.cancel_after_s
        if not self._cancelled and first is not None and after is not None and now >= first[1] + after:
            self._cancelled = True
            cancel(
                self._client, self._reader, first[0], self._keys[0], self._clock.now(),
                kind=self._script.cancel_as, reason="a drill's script",
            )  # fmt: skip

    def work(self, stopped: threading.Event, failed: Callable[[Exception], None]) -> None:
        """Look again and again until stopped; a keeper that is away for long ends it."""
        while not stopped.wait(_LOOK_S):
            try:
                self.look()
            except (InputError, LogError) as error:
                failed(error)
                return

    def _is_due(self, request: ReleaseRequest, now: float) -> bool:
        after = self._script.approve_after_s
        return after is not None and now >= parse_instant(request.asked_utc) + after

    def _answer(self, request: ReleaseRequest) -> None:
        asked = self._desk.asked(request)
        if asked is None:
            return
        refuse = request.stage in self._script.refuse
        signers = self._keys[:1] if refuse or request.needed == "one key" else self._keys[:2]
        reason = "refused by a drill's script" if refuse else None
        for key in signers:
            approve(self._client, [asked], key, self._clock.now(), refuse=refuse, reason=reason)
        self._answered.add(request.id)  # not before: what the log did not take is signed again
