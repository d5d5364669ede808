"""What an officer does: sees the exact texts of a request, signs or refuses them, cancels, states what is known.

What is signed is what was shown: the digest is made anew from the texts in the log before a key is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import sha256_hex
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import (
    AlertStep,
    Approval,
    Bulletin,
    Drill,
    HumanStatement,
    Ledger,
    Rejection,
    Release,
    ReleaseRequest,
    Standing,
    StandingRule,
    TrackedState,
    TrustStore,
)
from launchwatch.run.ports import Appends, Reads
from launchwatch.tell.approvals import digest_of, judge, sign_approval, sign_rule, sign_statement
from launchwatch.tell.ledger import Scoreboard, scoreboard
from launchwatch.tell.proficiency import sign_drill

Reason = Literal["issued in error", "no longer possible"]


@dataclass(frozen=True)
class Asked:
    """A request with what it asks to let out, for eyes before a key."""

    request: ReleaseRequest
    step: AlertStep
    bulletins: tuple[Bulletin, ...]


def open_requests(reader: Reads, now: float, which: str | None = None) -> tuple[Asked, ...]:
    """Return what is asked for and not decided or expired: all, or those of one request or alert."""
    steps: dict[str, AlertStep] = {}
    bulletins: dict[str, Bulletin] = {}
    asked: dict[str, ReleaseRequest] = {}
    for row in reader.rows("step", "bulletin", "request", "release"):
        match row.fact():
            case AlertStep() as step:
                steps[step.id] = step
            case Bulletin() as bulletin:
                bulletins[bulletin.id] = bulletin
            case ReleaseRequest() as request:
                asked[request.id] = request
            case Release() as release:
                asked.pop(release.request, None)
    wanted = [
        one
        for one in asked.values()
        if which in {None, one.id, one.alert} and parse_instant(one.expires_utc) > now
    ]
    return tuple(Asked(one, steps[one.step], tuple(bulletins[name] for name in one.bulletins)) for one in wanted)


def approve(
    client: Appends,
    asked: Sequence[Asked],
    private: Ed25519PrivateKey,
    now: float,
    *,
    refuse: bool = False,
    reason: str | None = None,
) -> tuple[Approval, ...]:
    """Sign (or refuse) every request that was shown, and log it; InputError where texts are not what is asked."""
    if not asked:
        raise InputError("no open request", try_="`launchwatch node requests`")
    for one in asked:
        if digest_of(one.step, one.bulletins) != one.request.digest:
            raise InputError("the texts in the log are not those that the request names", given=one.request.id)
    verdict = "refuse" if refuse else "release"
    when = format_instant(now)
    signed = [sign_approval(one.request, private, when, verdict=verdict, reason=reason) for one in asked]
    client.append(signed)
    return tuple(signed)


def keys_missing(reader: Reads, asked: Sequence[Asked], trust: TrustStore, now: float) -> dict[str, bool]:
    """Return of each request whether what was signed so far is too little, by the same rules as the node's."""
    approvals = [fact for row in reader.rows("approval") if isinstance(fact := row.fact(), Approval)]
    statements = [fact for row in reader.rows("statement") if isinstance(fact := row.fact(), HumanStatement)]
    when = format_instant(now)
    found = {}
    for one in asked:
        signed = [answer for answer in approvals if answer.request == one.request.id]
        judged = judge(one.request, one.step, one.bulletins, signed, trust, when, statements=statements)
        found[one.request.id] = judged.release is None
    return found


def cancel(
    client: Appends,
    reader: Reads,
    alert: str,
    private: Ed25519PrivateKey,
    now: float,
    *,
    kind: Reason = "issued in error",
    reason: str = "",
) -> HumanStatement:
    """State, signed, that an alert is in error or that nothing can fall any more, and log it: one step."""
    known = [row.fact() for row in reader.rows("step")]
    status = next((one.status for one in known if isinstance(one, AlertStep) and one.alert == alert), None)
    if status is None:
        names = sorted({one.alert for one in known if isinstance(one, AlertStep)})
        raise InputError("no such alert", given=alert, allowed=", ".join(names) or "none")
    return _state(client, private, now, kind=kind, alert=alert, status=status, reason=reason)


def cancelled(reader: Reads, alert: str, kind: Reason, by: str) -> HumanStatement | None:
    """Return what the holder of a key (its id) has stated of an alert before: the same, and not refused."""
    refused = {fact.evidence for row in reader.rows("rejection") if isinstance(fact := row.fact(), Rejection)}
    said = [fact for row in reader.rows("statement") if isinstance(fact := row.fact(), HumanStatement)]
    same = [one for one in said if (one.alert, one.kind, one.key) == (alert, kind, by)]
    return next((one for one in same if one.id not in refused), None)


def check_track(reader: Reads, track: int, newest: int) -> None:
    """Raise InputError where no own track of late has this number, naming those that there are.

    `newest` is the number of the log's newest row.
    """
    rows = reader.rows("state", after=max(0, newest - _LATELY_ROWS))
    known = {fact.track for row in rows if isinstance(fact := row.fact(), TrackedState)}
    if track not in known:
        names = [str(one) for one in sorted(known)]
        allowed = ", ".join(names[-_MOST_TRACKS:]) + (" (the newest)" if len(names) > _MOST_TRACKS else "")
        raise InputError(
            "no such track", given=track, allowed=allowed or "none yet", try_="`launchwatch node show`"
        )


_LATELY_ROWS = 100_000
"""Rows of the log in which a track is looked for: hours of a busy node, read in a second, since officers wait."""
_MOST_TRACKS = 20


def state_launch(
    client: Appends,
    private: Ed25519PrivateKey,
    now: float,
    *,
    status: Standing,
    track: int | None = None,
    seen: bool = True,
    reason: str = "",
) -> HumanStatement:
    """State, signed, that a launch was seen (or that there was none), and log it."""
    kind: Literal["launch", "no launch"] = "launch" if seen else "no launch"
    return _state(client, private, now, kind=kind, track=track, status=status, reason=reason)


def add_rule(client: Appends, rule: StandingRule, privates: Sequence[Ed25519PrivateKey]) -> StandingRule:
    """Sign a standing rule with each key and log it."""
    for private in privates:
        rule = sign_rule(rule, private)
    client.append([rule])
    return rule


def drill_of(score: bytes, held_utc: str, now: float) -> Drill:
    """Return the unsigned record of a passed drill from its score; InputError where it was not passed."""
    try:
        held = msgspec.json.decode(score, type=_Held).score
    except msgspec.DecodeError as error:
        raise InputError(
            "no score of a drill", given=str(error), try_="score.json in the drill's folder"
        ) from error
    if not held.passed:
        raise InputError("this drill was not passed", try_="`launchwatch drill`")
    if held.nodes and not any(one.read_back for one in held.nodes.values()):
        raise InputError("nothing was let out in this drill: it shows no proficiency", try_="`launchwatch drill`")
    if parse_instant(held_utc) > now:
        raise InputError("this drill is yet to come", given=held_utc, allowed="an instant that is past")
    return Drill(id="", held_utc=held_utc, passed=True, score=sha256_hex(score), key="", signature="")


class _Node(msgspec.Struct):
    read_back: int


class _Score(msgspec.Struct):
    passed: bool
    nodes: dict[str, _Node] = msgspec.field(default_factory=dict)


class _Held(msgspec.Struct):
    score: _Score


def record_drill(client: Appends, drill: Drill, private: Ed25519PrivateKey) -> Drill:
    """Sign the record of a proficiency drill with a live officer's key and log it in the live realm."""
    signed = sign_drill(drill, private)
    client.append([signed])
    return signed


def read_ledger(reader: Reads) -> tuple[tuple[Ledger, ...], Scoreboard]:
    """Return the newest entry of each step in order of decision, and the scoreboard."""
    entries = [fact for row in reader.rows("ledger") if isinstance(fact := row.fact(), Ledger)]
    newest = {one.step: one for one in entries}
    return tuple(sorted(newest.values(), key=lambda one: (one.decided_utc, one.id))), scoreboard(entries)


def why_refused(reader: Reads) -> dict[str, tuple[str, ...]]:
    """Return of each step that was not let out why, such as an officer's refusal or its alert's end."""
    ends = [fact for row in reader.rows("release") if isinstance(fact := row.fact(), Release)]
    return {one.step: (one.reason,) for one in ends if one.outcome != "released"}


def _state(
    client: Appends,
    private: Ed25519PrivateKey,
    now: float,
    *,
    kind: Literal["launch", "no launch", "issued in error", "no longer possible"],
    status: Standing,
    alert: str | None = None,
    track: int | None = None,
    reason: str = "",
) -> HumanStatement:
    said = HumanStatement(
        id="",
        kind=kind,
        alert=alert,
        track=track,
        time_utc=format_instant(now),
        key="",
        signature="",
        reason=reason,
        status=status,
    )
    signed = sign_statement(said, private)
    client.append([signed])
    return signed
