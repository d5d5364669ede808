"""The settings of one node (`node.toml`): who it is, whom it protects, feeds, partners, channels and policy.

A node's folder holds `node.toml`, `trust.json` (public keys by realm and role), `keys/` (the node's own), and for
each realm (live, exercise) a folder of its own with log, blobs, broker and outbox: nothing is shared between them.
"""

import tomllib
from pathlib import Path
from typing import Literal

import msgspec

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import Value
from launchwatch.run.clock import Clock, PacedClock, SystemClock

Realm = Literal["live", "exercise"]
"""Where a node acts: what is real, and what is not. `test` messages belong to the exercise realm."""


class FeedSettings(Value, frozen=True, kw_only=True):
    """One source of plots as `launchwatch watch` takes it; `speed` paces the replay of a file.

    `sensors` is a file of sensor lines for a feed that does not describe its sensors.
    """

    source: str
    speed: float | None = None
    sites: str | None = None
    sensors: str | None = None


class ReportSettings(Value, frozen=True, kw_only=True):
    """A folder in which reports appear; their claims and posterior run in a process of their own."""

    folder: str


class PartnerSettings(Value, frozen=True, kw_only=True):
    """A partner: where their broker is, their node's public key (hex) and what of ours they may see.

    `views` names the allow-list for each kind of fact (`tell.sharing`). `address` is HOST:PORT. A partner that
    joins late gets what is not older than `since_s`, from the log's beginning without it; of what the partner
    sends at most `most_per_s` messages are taken in a second.
    """

    address: str | None = None
    key: str
    views: dict[str, str] = msgspec.field(default_factory=dict)
    since_s: float | None = None
    most_per_s: float = 500.0


class LabelSettings(Value, frozen=True, kw_only=True):
    """To whom what rests on a sensor or other evidence may go, how exactly (decimals of a degree) and how late."""

    partners: tuple[str, ...] = ()
    decimals: int | None = None
    delay_s: float = 0.0


class ChannelSettings(Value, frozen=True, kw_only=True):
    """A way out for bulletins and the own receiver on it: `to` is a folder, an address or a subject.

    `receive` is where the own receiver reads or listens, where that is another place than `to`.
    """

    kind: Literal["files", "http", "nats", "cot"]
    to: str
    audiences: tuple[str, ...] = ("public", "ships", "aircraft", "press")
    forms: tuple[str, ...] = ()
    receive: str | None = None


class PolicySettings(Value, frozen=True, kw_only=True):
    """What an alert needs. Each figure says why in `docs/concepts/warning.md`.

    `release_threshold`: least probability of reaching protected territory for stage 1; `forecast_threshold`: the
    same where it rests on what a burning motor may yet do; `notice_threshold`: the same for ships and aircraft;
    `lift_threshold`: what stands is lifted below it; `least_paths`: independent paths needed; `update_s`: seconds
    of data between two states of a track; `lost_s`: after so long without a plot a track says nothing more about
    where it will fall; `request_s`: an unanswered request escalates; `retract_alone_s`: an alert marked as issued
    in error within so long is cancelled by one person.
    """

    release_threshold: float = 0.8
    forecast_threshold: float = 0.9
    notice_threshold: float = 0.05
    lift_threshold: float = 0.05
    least_paths: int = 2
    update_s: float = 1.0
    lost_s: float = 15.0
    request_s: float = 20.0
    retract_alone_s: float = 600.0
    alert_life_s: float = 1800.0


class PaceSettings(Value, frozen=True, kw_only=True):
    """The clock of a drill: shows `origin_utc` when the machine's shows `machine_origin_utc`, and goes faster."""

    origin_utc: str
    machine_origin_utc: str
    speed: float = 1.0


class NodeSettings(Value, frozen=True, kw_only=True):
    """One node. Its broker listens at `host` and `port`; `broker` is another's to use instead (HOST:PORT).

    `labels` are by the id of a sensor or of other evidence, `*` for all that have none of their own. `keep_raw`
    keeps what live feeds bring as it came, beside the plots: where a decoder is found wrong, nothing else can be
    decoded anew. False where the sensors' owners forbid it, or the disk cannot hold it (`docs/concepts/nodes.md`).
    """

    name: str
    realm: Realm = "exercise"
    protects: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en", "ja", "ko")
    issuer: str = "launchwatch exercise"
    sender: str = "launchwatch@localhost"
    log: str = "log.db"
    broker: str | None = None
    port: int = 0
    host: str = "127.0.0.1"
    feeds: tuple[FeedSettings, ...] = ()
    reports: ReportSettings | None = None
    partners: dict[str, PartnerSettings] = msgspec.field(default_factory=dict)
    labels: dict[str, LabelSettings] = msgspec.field(default_factory=dict)
    channels: dict[str, ChannelSettings] = msgspec.field(default_factory=dict)
    policy: PolicySettings = PolicySettings()
    keep_raw: bool = True
    pace: PaceSettings | None = None


def clock_of(settings: NodeSettings) -> Clock:
    """Return the clock by which a node lives: the machine's own, unless a drill sets its pace."""
    if settings.pace is None:
        return SystemClock()
    if settings.realm == "live":
        raise InputError("a live node cannot have a drill's clock", given="pace", try_='realm = "exercise"')
    pace = settings.pace
    return PacedClock(parse_instant(pace.origin_utc), parse_instant(pace.machine_origin_utc), pace.speed)


def load_node_settings(folder: Path) -> NodeSettings:
    """Return the settings in a node's folder; InputError says what in them is wrong."""
    path = folder / "node.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(table, NodeSettings)
    except FileNotFoundError:
        raise InputError("no node here", given=folder.name, try_="`launchwatch node init DIR`") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"node.toml is no TOML: {error}", given=folder.name) from None
    except msgspec.ValidationError as error:
        raise InputError(f"node.toml does not fit: {error}", given=folder.name) from None


def realm_folder(folder: Path, realm: Realm) -> Path:
    """Return the folder in which a node keeps all that belongs to one realm."""
    return folder / realm
