"""The ledger: when what happened to each bulletin, and the public scoreboard of alerts. Pure."""

import math
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import AlertStep, Confirmation, Ledger, Provenance, Release, ReleaseRequest, Value

AUTHOR = "launchwatch tell.ledger"
IN_TIME_S = 120.0
"""From lift-off to the first word let out: what the specification asks of 95 in 100 warnings."""
_RAISING = ("launch", "fall_predicted")

Outcome = Literal["real", "false", "missed", "late"]


class Fate(Protocol):
    """What is asked of a `Delivery`: how one bulletin fared on one channel."""

    @property
    def bulletin(self) -> str:
        """Return the bulletin's id."""

    @property
    def channel(self) -> str:
        """Return the channel's name."""

    @property
    def outcome(self) -> str:
        """Return what became of it."""

    @property
    def sent_utc(self) -> str:
        """Return when it was sent."""

    @property
    def received_utc(self) -> str | None:
        """Return when it was read back."""


def ledger_of(
    step: AlertStep,
    *,
    detected_utc: str | None = None,
    confirmation: Confirmation | None = None,
    request: ReleaseRequest | None = None,
    release: Release | None = None,
    deliveries: Sequence[Fate] = (),
) -> Ledger:
    """Return when what happened to one step: from launch to the last read-back of its bulletins."""
    sent = [one.sent_utc for one in deliveries]
    back = [one.received_utc for one in deliveries if one.received_utc is not None]
    outcome = _outcome(request, release, deliveries)
    released_utc = release.decided_utc if release and release.outcome == "released" else None
    times = (released_utc, max(sent, default=None), max(back, default=None))
    return Ledger(
        id=content_id("ledger", step.id, outcome, *(one or "" for one in times)),
        step=step.id,
        alert=step.alert,
        stage=step.stage,
        audience=step.audience,
        status=step.status,
        launch_utc=step.launch_utc,
        detected_utc=detected_utc,
        confirmed_utc=confirmation.time_utc if confirmation else None,
        decided_utc=step.decided_utc,
        asked_utc=request.asked_utc if request else None,
        released_utc=released_utc,
        sent_utc=times[1],
        received_utc=times[2],
        outcome=outcome,
        provenance=Provenance(author=AUTHOR, created_utc=times[2] or times[1] or step.decided_utc),
    )


def _outcome(request: ReleaseRequest | None, release: Release | None, deliveries: Sequence[Fate]) -> str:
    if request is not None and release is None:
        return "asked"
    if release is not None and release.outcome != "released":
        return release.outcome
    last = {(one.bulletin, one.channel): one.outcome for one in deliveries}
    bad = sorted({one for one in last.values() if one not in {"sent", "read back"}})
    if bad:
        return ", ".join(bad)
    return "read back" if last and set(last.values()) == {"read back"} else "sent" if last else "released"


class Scoreboard(Value, frozen=True, kw_only=True):
    """How the public was served: alerts that were real, false, missed or late, and how fast the bulletins went.

    `real` was let out and something flew there; `false` was let out and called an error; `missed` passed or fell
    inside without a word before; `late` was let out later than 120 s after lift-off or after the fall itself. The
    times are the 50th and 99th percentile from release to the last read-back, s.
    """

    real: int = 0
    false: int = 0
    missed: int = 0
    late: int = 0
    open: int = 0
    bulletins: int = 0
    release_to_received_p50_s: float | None = None
    release_to_received_p99_s: float | None = None
    alerts: tuple[tuple[str, str], ...] = ()


def scoreboard(ledgers: Iterable[Ledger]) -> Scoreboard:
    """Return the scoreboard of a realm's ledger; of several entries of one step the last one counts."""
    last = {one.step: one for one in ledgers}
    alerts: dict[str, list[Ledger]] = {}
    for one in last.values():
        if one.audience == "public":
            alerts.setdefault(one.alert, []).append(one)
    judged = {alert: judge_alert(steps) for alert, steps in alerts.items()}
    counts = {
        name: sum(1 for one in judged.values() if one == name) for name in ("real", "false", "missed", "late")
    }
    waits = sorted(_wait_s(one) for one in last.values() if one.received_utc and one.released_utc)
    return Scoreboard(
        **counts,
        open=sum(1 for one in judged.values() if one == "open"),
        bulletins=len(last),
        release_to_received_p50_s=_percentile(waits, 0.5),
        release_to_received_p99_s=_percentile(waits, 0.99),
        alerts=tuple(sorted(judged.items())),
    )


def judge_alert(steps: Sequence[Ledger]) -> Outcome | Literal["open", "lifted"]:
    """Return how one alert to the public ended; `lifted`: rightly raised, and nothing came of it."""
    ordered = sorted(steps, key=lambda one: one.decided_utc)
    warned = [one for one in ordered if one.stage in _RAISING and one.released_utc is not None]
    came = [one for one in ordered if one.stage in {"passed", "fell_inside"}]
    stages = {one.stage for one in ordered if one.released_utc is not None}
    if not warned:
        return "missed" if came else "open"
    if "issued_in_error" in stages:
        return "false"
    if _is_late(warned[0], came):
        return "late"
    if came or "fell_at_sea" in stages:
        return "real"
    return "lifted" if "no_longer_possible" in stages else "open"


def _is_late(first: Ledger, came: Sequence[Ledger]) -> bool:
    released_s = parse_instant(first.released_utc or first.decided_utc)
    if came and released_s >= parse_instant(came[0].decided_utc):
        return True
    return first.launch_utc is not None and released_s - parse_instant(first.launch_utc) > IN_TIME_S


def _wait_s(one: Ledger) -> float:
    return parse_instant(one.received_utc or "") - parse_instant(one.released_utc or "")


def _percentile(ordered: Sequence[float], share: float) -> float | None:
    """Return the smallest value that `share` of all do not exceed (nearest rank)."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else None
