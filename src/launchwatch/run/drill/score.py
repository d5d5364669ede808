"""The score of a drill: what was told against what truly flew. Pure: facts and truth in, a judgement out."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Value
from launchwatch.run.drill.told import Found, Told
from launchwatch.run.drill.truth import Truth
from launchwatch.run.node_settings import PolicySettings

RAISING = ("launch", "fall_predicted", "fell_inside")
"""Stages that warn."""
CLOSING = ("passed", "fell_at_sea", "fell_inside", "no_longer_possible", "issued_in_error")
"""Stages with which an alert may end."""
_CANCELLED = ("issued_in_error", "no_longer_possible")

Warned = Literal[
    "in time", "late", "missed", "refused", "unwarranted", "not due", "near, and warned", "one path alone"
]


class Times(Value, frozen=True, kw_only=True):
    """Seconds of some hops: count, median, 99th percentile and longest, by the drill's clock and the machine's."""

    count: int
    drill_p50_s: float
    drill_p99_s: float
    drill_max_s: float
    machine_p50_s: float
    machine_p99_s: float
    machine_max_s: float


class NodeScore(Value, frozen=True, kw_only=True):
    """How one node did.

    `warned` judges its public; `first_public_utc` is when the first warning was read back, `arrival_utc` when the
    object came over territory. `districts_right` says whether the place of a fall inside was named before it fell.
    """

    warned: Warned
    first_public_utc: str | None
    arrival_utc: str | None
    after_launch_s: float | None
    before_arrival_s: float | None
    confirmed_after_launch_s: float | None
    districts_right: bool | None
    district: str | None
    ships_told: bool
    aircraft_told: bool
    closed: bool
    bulletins: int
    texts: int
    read_back: int
    not_read_back: int
    latencies: dict[str, Times]
    partners: dict[str, int]
    comparisons: int
    differences: int
    alarms: tuple[str, ...]
    faults: tuple[str, ...]


class Score(Value, frozen=True, kw_only=True):
    """The judgement: passed or not, and why not."""

    passed: bool
    reasons: tuple[str, ...]
    nodes: dict[str, NodeScore]


class Expected(Value, frozen=True, kw_only=True):
    """What may be expected: with nobody who signs, nothing may go out to the public.

    `paths` are the independent ones of all nodes, the owners of sensors: with one alone nothing is confirmed, and
    nothing may be told to anybody.
    """

    signed: bool = True
    cancelled: bool = False
    partners: bool = True
    paths: int = 2

    @property
    def confirmable(self) -> bool:
        """Return whether an object can be confirmed without a person's word."""
        return self.paths >= LEAST_PATHS


LEAST_PATHS = PolicySettings().least_paths


def score_node(
    truths: Sequence[Truth], found: Found, told: Sequence[Told], speed: float, expected: Expected
) -> NodeScore:
    """Return how one node did; `told` is `found.told(...)`."""
    warnings = [one for one in told if one.audience == "public" and one.stage in RAISING and one.received_utc]
    first = min((parse_instant(one.received_utc or "") for one in warnings), default=None)
    due = [one for one in truths if one.needs_public]
    arrival = min((one.arrival_s for one in due if one.arrival_s is not None), default=None)
    launch = min(one.launch_s for one in truths)
    confirmed = min((parse_instant(one.time_utc) for one in found.confirmations if one.confirmed), default=None)
    inside = [one for one in truths if one.inside]
    right = all(_named(one, warnings) for one in inside) if inside else None
    warned = _warned(truths, first, arrival, expected)
    bad = [one for one in told if one.released_utc and one.outcome != "read back"]
    return NodeScore(
        warned=warned,
        first_public_utc=format_instant(first) if first is not None else None,
        arrival_utc=format_instant(arrival) if arrival is not None else None,
        after_launch_s=_less(first, launch),
        before_arrival_s=_less(arrival, first),
        confirmed_after_launch_s=_less(confirmed, launch),
        districts_right=right,
        district=next((one.district for one in inside), None),
        ships_told=_told_to("ships", told),
        aircraft_told=_told_to("aircraft", told),
        closed=_closed(told),
        bulletins=sum(one.released_utc is not None for one in told),
        texts=sum(one.texts for one in told if one.released_utc is not None),
        read_back=sum(one.released_utc is not None and one.outcome == "read back" for one in told),
        not_read_back=len(bad),
        latencies=latencies(told, speed),
        partners=found.partners,
        comparisons=len(found.comparisons),
        differences=sum(one.differ for one in found.comparisons),
        alarms=tuple(sorted({f"{one.what} {one.name}" for one in found.alarms if one.state == "raised"})),
        faults=tuple(_faults(warned, right, bad, told, expected)),
    )


def score_drill(
    nodes: Mapping[str, NodeScore], truths: Sequence[Truth], extra: Iterable[str] = (), *, confirmable: bool = True
) -> Score:
    """Return the judgement over all nodes; `extra` are reasons found elsewhere (see `Expected.confirmable`)."""
    reasons = [f"{name}: {fault}" for name, one in nodes.items() for fault in one.faults]
    if (
        confirmable
        and any(one.needs_ships for one in truths)
        and not any(one.ships_told for one in nodes.values())
    ):
        reasons.append("it fell into the sea, and no node told the ships")
    if confirmable and not any(one.aircraft_told for one in nodes.values()):
        reasons.append("no node told the aircraft")
    reasons += extra
    return Score(passed=not reasons, reasons=tuple(reasons), nodes=dict(nodes))


def latencies(told: Sequence[Told], speed: float) -> dict[str, Times]:
    """Return the seconds of each hop of the bulletins that went out."""
    hops: dict[str, list[tuple[str | None, str | None]]] = {
        "decided to asked": [(one.decided_utc, one.asked_utc) for one in told],
        "asked to released": [(one.asked_utc, one.released_utc) for one in told],
        "released to read back": [(one.released_utc, one.received_utc) for one in told],
    }
    found = {}
    for name, pairs in hops.items():
        seconds = sorted(parse_instant(b) - parse_instant(a) for a, b in pairs if a and b)
        if seconds:
            found[name] = times_of(seconds, speed)
    return found


def times_of(seconds: Sequence[float], speed: float) -> Times:
    """Return the summary of sorted seconds of a drill's clock."""
    p50, p99, most = _percentile(seconds, 0.5), _percentile(seconds, 0.99), seconds[-1]
    return Times(
        count=len(seconds),
        drill_p50_s=round(p50, 3),
        drill_p99_s=round(p99, 3),
        drill_max_s=round(most, 3),
        machine_p50_s=round(p50 / speed, 4),
        machine_p99_s=round(p99 / speed, 4),
        machine_max_s=round(most / speed, 4),
    )


def _warned(truths: Sequence[Truth], first: float | None, arrival: float | None, expected: Expected) -> Warned:
    if not expected.confirmable:
        return "one path alone" if first is None else "unwarranted"
    due, near = any(one.needs_public for one in truths), any(one.near for one in truths)
    if due and first is None:
        return "missed" if expected.signed else "refused"
    if due:
        return "in time" if arrival is None or (first is not None and first < arrival) else "late"
    if first is None:
        return "not due"
    return "near, and warned" if near else "unwarranted"


def _named(truth: Truth, warnings: Sequence[Told]) -> bool:
    """Return whether the last warning read back before an object fell named its district."""
    before = [one for one in warnings if parse_instant(one.received_utc or "") <= truth.fall_s]
    if not before or truth.district is None:
        return False
    last = max(before, key=lambda one: one.received_utc or "")
    return any(one.id == truth.district for one in last.places)


def _told_to(audience: str, told: Sequence[Told]) -> bool:
    return any(one.audience == audience and one.received_utc is not None for one in told)


def _closed(told: Sequence[Told]) -> bool:
    """Return whether each audience's last word on each alert, among those that went out, closes it."""
    last = {(one.alert, one.audience): one for one in told if one.released_utc and one.audience != "press"}
    return all(one.stage in CLOSING for one in last.values())


def _faults(
    warned: Warned, right: bool | None, bad: Sequence[Told], told: Sequence[Told], expected: Expected
) -> Iterable[str]:
    if warned in {"late", "missed", "unwarranted"}:
        yield f"the public was warned {warned}" if warned == "late" else f"public warning {warned}"
    if not expected.confirmable and any(one.released_utc for one in told if one.audience != "press"):
        yield "something was told of what one path alone had seen"
    if right is False and expected.confirmable and expected.signed and not expected.cancelled:
        yield "the district of the fall was not named before it"
    if bad:
        outcomes = ", ".join(sorted({one.outcome for one in bad}))
        yield f"{len(bad)} released bulletins were not read back: {outcomes}"
    released = [one for one in told if one.audience == "public" and one.released_utc and one.stage in RAISING]
    if not expected.signed and released:
        yield "a bulletin went out to the public that nobody signed"
    if any(one.keys < 2 for one in released if "rule" not in one.reason):
        yield "a warning went out without two keys"
    if any(one.status == "actual" for one in told):
        yield "a bulletin of status actual in an exercise"
    cancelled = any(one.stage in _CANCELLED and one.received_utc for one in told)
    if expected.cancelled and released and not cancelled:
        yield "the alert was to be cancelled, and no cancellation was read back"


def _less(later: float | None, earlier: float | None) -> float | None:
    return None if later is None or earlier is None else round(later - earlier, 3)


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
