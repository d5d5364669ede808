"""How a node stands, read from its log alone: what `launchwatch node show` and `node status` print."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from launchwatch.assess.watchdog import ending
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import (
    Alarm,
    AlertStep,
    Comparison,
    Heartbeat,
    Ledger,
    PartnerFact,
    PartnerView,
    TrackedState,
    TrackUpdate,
    Value,
)
from launchwatch.geo.degrees import plain_place
from launchwatch.keep import ChainedLog, open_log
from launchwatch.run.alarms import standing_alarms
from launchwatch.run.endings import ends_of
from launchwatch.run.node import SUPERVISOR, roles_of
from launchwatch.run.node_settings import NodeSettings, load_node_settings
from launchwatch.run.nodes import has_ended, written_log_of
from launchwatch.tell.wording import say_stage

SILENT_S = 5.0
"""A process without a sign of life for longer is told as silent; the watchdog rings at the same time."""

_TAIL_ROWS = 20_000  # signs of life and alarms older than so many rows say nothing of now
_MOST_ALERTS, _MOST_LEDGER = 20, 50


class ProcessStatus(Value, frozen=True, kw_only=True):
    """One process: when it last said that it lives, and whether that is lately and no end of it is known."""

    name: str
    said_utc: str | None
    alive: bool


class NodeStatus(Value, frozen=True, kw_only=True):
    """Whether a node lives: rows in the log, processes, partners (when last heard), alarms that stand.

    `stopped_utc` is when the last of its processes was last heard of, where none lives; `ends` tells certificates
    and keys that end soon, by the files as they are now.
    """

    name: str
    realm: str
    rows: int
    processes: tuple[ProcessStatus, ...]
    partners: dict[str, str | None]
    alarms: tuple[Alarm, ...]
    alive: bool
    stopped_utc: str | None = None
    ends: dict[str, str] = msgspec.field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """Yield it in words; alarms of a node that does not run are those that stood when it ended."""
        lives = "lives" if self.alive else "DOES NOT LIVE"
        if self.stopped_utc is not None:
            lives = f"DOES NOT RUN since {self.stopped_utc}"
        yield f"node {self.name} ({self.realm}): {lives}, {self.rows} rows in its log"
        for name, why in self.ends.items():
            yield f"  ENDS {name}: {why}"
        for one in self.processes:
            yield f"  {one.name}: {'lives' if one.alive else 'silent'}, last said {one.said_utc or 'never'}"
        for name, heard in self.partners.items():
            yield f"  partner {name}: last heard {heard or 'never'}"
        word = "ALARM" if self.stopped_utc is None else "when it ended: alarm"
        for alarm in self.alarms:
            yield f"  {word} {alarm.what} {alarm.name} since {alarm.since_utc}: {alarm.reason}"


class NodeView(Value, frozen=True, kw_only=True):
    """What a node knows: newest own states, comparisons with partners', alerts' last steps, alarms, ledger."""

    name: str
    realm: str
    tracks: tuple[TrackedState, ...]
    comparisons: tuple[Comparison, ...]
    shared: dict[str, int]
    alerts: tuple[AlertStep, ...]
    alarms: tuple[Alarm, ...]
    ledger: tuple[Ledger, ...]

    def lines(self) -> Iterator[tuple[str, list[str]]]:
        """Yield it in words: a title and its lines."""
        yield (
            f"node {self.name} ({self.realm})",
            [f"from {who}: {count} facts" for who, count in self.shared.items()],
        )
        yield "own tracks", [_state_line(one.track, one.update) for one in self.tracks]
        yield "side by side", [line for one in self.comparisons for line in _comparison_lines(one)]
        yield (
            "alerts",
            [
                f"{one.alert} {one.audience} {one.number}: {say_stage(one.stage, one.reason)} "
                f"at {one.decided_utc}, {one.reason}"
                for one in self.alerts
            ],
        )
        yield "alarms that stand", [f"{one.what} {one.name}: {one.reason}" for one in self.alarms]
        yield (
            "ledger",
            [
                f"{one.stage} to {one.audience}: {one.outcome}; decided {one.decided_utc[:19]}Z"
                + _when("released", one.released_utc)
                + _when("read back", one.received_utc)
                for one in self.ledger
            ],
        )


def _when(what: str, time_utc: str | None) -> str:
    return f", {what} {time_utc[11:19]}" if time_utc else ""


def _state_line(track: int, update: TrackUpdate) -> str:
    fall = update.impact
    text = f"track {track} at {update.time_utc}"
    if update.class_:
        kind = max(update.class_, key=lambda name: update.class_[name])
        text += f": {kind} {update.class_[kind]:.2f}"
    return text if fall is None else f"{text}, falls at {plain_place(fall.lat_deg, fall.lon_deg)}, {fall.time_utc}"


def _comparison_lines(one: Comparison) -> Iterator[str]:
    yield f"track {one.track} at {one.time_utc}: {one.words}"
    for view in one.views:
        yield f"  {view.owner}: {_view_words(view)}"


def _view_words(view: PartnerView) -> str:
    parts = []
    for name, point in (("launch", view.launch), ("fall", view.fall)):
        if point is not None:
            e, when = point.ellipse_95, point.time_utc
            parts.append(
                f"{name} {plain_place(point.lat_deg, point.lon_deg)} within {e.semi_major_km:.0f} x "
                f"{e.semi_minor_km:.0f} km (95 %)" + (f" at {when.median}" if when is not None else "")
            )
    if view.class_:
        kind = max(view.class_, key=lambda name: view.class_[name])
        parts.append(f"{kind} {view.class_[kind]:.2f}")
    return ", ".join(parts) or "a track, nothing more"


def status_of(folder: Path, now_s: float) -> NodeStatus:
    """Return whether the node in a folder lives, by what its log says (Unix time now, s)."""
    settings = load_node_settings(folder)
    wanted = ("node", *(role for role in roles_of(settings) if role not in ("keep", "common")))
    log = open_log(written_log_of(folder, settings))
    try:
        rows = log.seq()
        said, heard = _signs(log, settings, max(rows - _TAIL_ROWS, 0))
        alarms = tuple(standing_alarms(log.rows("alarm")).values())
        ended = {name for what, name in standing_alarms(log.rows("alarm"), by=SUPERVISOR) if what == "process"}
    finally:
        log.close()
    silent_s = SILENT_S * max(1.0, settings.pace.speed if settings.pace else 1.0)
    dead = {*wanted} if has_ended(folder, settings) else ended
    processes = tuple(
        ProcessStatus(
            name=name,
            said_utc=said.get(name),
            alive=name not in dead and _is_recent(said.get(name), now_s, silent_s),
        )
        for name in wanted
    )
    stopped = None if any(one.alive for one in processes) else max(said.values(), default=None)
    return NodeStatus(
        name=settings.name, realm=settings.realm, rows=rows, processes=processes, partners=heard, alarms=alarms,
        alive=all(one.alive for one in processes) and not any(map(_is_broker, alarms)), stopped_utc=stopped,
        ends=_ending(folder, settings, now_s) if settings.pace is None else {},
    )  # fmt: skip


def _ending(folder: Path, settings: NodeSettings, now_s: float) -> dict[str, str]:
    told = [ending(name, parse_instant(end), now_s) for name, end in ends_of(folder, settings).items()]
    return dict(one for one in told if one is not None)


def _is_broker(alarm: Alarm) -> bool:
    """Return whether an alarm says that the broker is down, the one process without heartbeats."""
    return (alarm.what, alarm.name) == ("process", "broker")


def _is_recent(said: str | None, now_s: float, silent_s: float) -> bool:
    return said is not None and abs(now_s - parse_instant(said)) <= silent_s


def _signs(log: ChainedLog, settings: NodeSettings, after: int) -> tuple[dict[str, str], dict[str, str | None]]:
    said: dict[str, str] = {}
    heard: dict[str, str | None] = dict.fromkeys(settings.partners)
    for row in log.rows("heartbeat", after=after):
        beat = row.fact()
        if isinstance(beat, Heartbeat):
            said[beat.process] = beat.time_utc
            heard.update({name: when for name, when in beat.partners.items() if name in heard})
    return said, heard


def shown(folder: Path) -> NodeView:
    """Return what the node in a folder knows."""
    settings = load_node_settings(folder)
    log = open_log(written_log_of(folder, settings))
    try:
        tracks: dict[tuple[str, int], TrackedState] = {}
        compared: dict[tuple[str, int], Comparison] = {}
        steps: dict[tuple[str, str], AlertStep] = {}
        ledger: dict[str, Ledger] = {}
        shared: dict[str, int] = dict.fromkeys(settings.partners, 0)
        for row in log.rows("state", "comparison", "step", "ledger", "partner"):
            fact = row.fact()
            if isinstance(fact, TrackedState):
                tracks[fact.run, fact.track] = fact
            elif isinstance(fact, Comparison):
                compared[fact.run, fact.track] = fact
            elif isinstance(fact, AlertStep):
                steps[fact.alert, fact.audience] = fact
            elif isinstance(fact, Ledger):
                ledger[fact.step] = fact
            elif isinstance(fact, PartnerFact):
                shared[fact.partner] = shared.get(fact.partner, 0) + 1
        alarms = tuple(standing_alarms(log.rows("alarm")).values())
    finally:
        log.close()
    return NodeView(
        name=settings.name, realm=settings.realm, tracks=tuple(tracks.values()),
        comparisons=tuple(compared.values()), shared=shared, alarms=alarms,
        alerts=tuple(steps.values())[-_MOST_ALERTS:],
        ledger=tuple(ledger.values())[-_MOST_LEDGER:],
    )  # fmt: skip
