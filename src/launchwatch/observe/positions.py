"""Positions of ships and aircraft: what each decoder's finds are checked for, one by one and together.

One that cannot be is refused with its reason; one of which a part cannot be is kept without that part and marked
(`TrafficPosition.doubt`). Where one identity's positions lie farther apart than its kind can go, they are two
craft's: both are kept, as `ID` and `ID#2`, and both are marked.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from launchwatch.basis.errors import printable
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant
from launchwatch.facts import CraftKind, Provenance, Rejection, TrafficBlock, TrafficPosition
from launchwatch.observe.collecting import Collector, Refused

BLOCK_ROWS = 20_000
MOST_POSITIONS = 5_000_000
"""Positions that one file may hold: a region's aircraft at one a second for an hour."""

EARLY_S = 60.0
"""How far a position's time may lie after the run's clock: clocks differ by less."""

FASTEST_M_S = {"aircraft": 450.0, "ship": 55.0}
"""Above, a speed is not believed. Aircraft: Mach 0.92 in a 150 m/s jet stream is 420 m/s. Ships: 102.2 knots
(52.6 m/s) is the greatest that AIS can send."""

_SIGMA_M = {"aircraft": 200.0, "ship": 50.0}
"""Where the source states no accuracy. Aircraft: half of what EPU 926 m (NACp 5) means. Ships: a receiver without
corrections sends 'low, above 10 m' (ITU-R M.1371-5, table 49); antennas stand up to 200 m from the middle."""

_HIGHEST_M = 25_000.0
_SLACK_M = 2_000.0
_MOST_CHAINS = 4
_NAMELESS = re.compile(r"0{6}|f{6}")
_MADE_UP = frozenset({"000000000", "111111111", "123456789", "987654321", "999999999"})


class Told(NamedTuple):
    """One position as a source tells it, in the units of `TrafficPosition`; None where it does not."""

    kind: CraftKind
    identity: str
    time_s: float
    lat_deg: float
    lon_deg: float
    source: str
    name: str | None = None
    sigma_m: float | None = None
    height_m: float | None = None
    barometric: bool = False
    on_ground: bool = False
    course_deg: float | None = None
    speed_m_s: float | None = None
    vertical_rate_m_s: float | None = None


@dataclass(frozen=True)
class Traffic:
    """What a file of traffic holds: positions by blocks, and what was refused."""

    blocks: tuple[TrafficBlock, ...]
    rejections: tuple[Rejection, ...]

    @property
    def positions(self) -> Iterator[TrafficPosition]:
        """Yield all positions."""
        for block in self.blocks:
            yield from block.positions


class Positions:
    """State of one decoding: positions taken so far, refusals. Not thread-safe.

    `take` checks and keeps one position or records its refusal, `note` records another's; `finish` judges all.
    `as_of_s` is the run's clock.
    """

    def __init__(self, evidence: str, provenance: Provenance, as_of_s: float) -> None:
        self.evidence, self.provenance, self.as_of_s = evidence, provenance, as_of_s
        self.refusals = Collector(evidence, provenance)
        self.taken: list[tuple[str, float, int, TrafficPosition]] = []

    def take(self, number: int | None, told: Told) -> None:
        """Keep one position that can be; record why where it cannot."""
        try:
            identity, doubt = _identity(told)
            _check_place(told, identity)
            self._check_time(told, identity)
            self._check_room()
            self.taken.append((identity, told.time_s, len(self.taken), _kept(told, identity, doubt)))
        except Refused as refused:
            self.note(number, refused)

    def note(self, number: int | None, refused: Refused) -> None:
        """Record a refusal."""
        self.refusals.note(number, refused)

    def finish(self) -> Traffic:
        """Return what was kept, in order of identity and time."""
        self.taken.sort(key=lambda one: one[:3])
        kept: list[TrafficPosition] = []
        for identity, group in groupby(self.taken, key=lambda one: one[0]):
            kept += self._judged(identity, [(time_s, position) for _, time_s, _, position in group])
        self.refusals.tell_alike()
        rejections = sorted(self.refusals.rejections, key=lambda one: one.line or 0)
        return Traffic(tuple(self._blocks(kept)), tuple(rejections))

    def _check_room(self) -> None:
        if len(self.taken) >= MOST_POSITIONS:
            raise Refused("positions", "too many positions", allowed=f"at most {MOST_POSITIONS:,} a file")

    def _check_time(self, told: Told, identity: str) -> None:
        time, what = told.time_s, f"{told.kind} {identity}"
        if not math.isfinite(time) or not 0 < time < 2e11:
            milli = f"{time / 1e3:.3f} if it is in milliseconds" if 1e11 < time < 1e14 else None
            raise Refused(what, "time cannot be", time, "seconds since 1970, or ISO 8601", milli)
        if time > self.as_of_s + EARLY_S:
            if 1e9 < time / 1e3 < 1e10:
                allowed, try_ = "seconds since 1970, or ISO 8601", f"{time / 1e3:.3f} if it is in milliseconds"
                raise Refused(what, "time cannot be", time, allowed, try_)
            reason = "time in the future: later than the run's clock"
            raise Refused(what, reason, format_instant(time), f"at most {format_instant(self.as_of_s)}")

    def _judged(self, identity: str, group: list[tuple[float, TrafficPosition]]) -> list[TrafficPosition]:
        """Return one identity's positions: none twice, those of several craft told apart."""
        chains: list[list[tuple[float, TrafficPosition]]] = []
        for time_s, position in group:
            chain = next((c for c in chains if _reachable(*c[-1], time_s, position)), None)
            if chain is None and len(chains) < _MOST_CHAINS:
                chains.append([(time_s, position)])
            elif chain is None:
                what, reason = f"{position.kind} {identity}", "identity in too many places at once"
                self.note(None, Refused(what, reason, position.time_utc, f"at most {_MOST_CHAINS}"))
            elif _same(chain[-1][1], position):
                self.note(None, Refused(f"{position.kind} {identity}", "duplicate position", position.time_utc))
            else:
                chain.append((time_s, position))
        if len(chains) == 1:
            return [position for _, position in chains[0]]
        why = f"identity used by {len(chains)} craft at once, too far apart for one"
        return [
            _marked(position, why, identity if number == 1 else f"{identity}#{number}")
            for number, chain in enumerate(chains, start=1)
            for _, position in chain
        ]

    def _blocks(self, kept: list[TrafficPosition]) -> Iterator[TrafficBlock]:
        for at in range(0, len(kept), BLOCK_ROWS):
            part = tuple(kept[at : at + BLOCK_ROWS])
            yield TrafficBlock(
                id=content_id("traffic", self.evidence, str(at), part[0].identity, part[-1].identity),
                evidence=self.evidence,
                positions=part,
                provenance=self.provenance,
            )


def _identity(told: Told) -> tuple[str, str | None]:
    """Return the identity in its one form, and why it is doubted."""
    given = told.identity.strip().lower()
    if told.kind == "ship":
        if not re.fullmatch(r"\d{1,9}", given, re.ASCII):
            raise Refused("ship", "identity is no MMSI", told.identity[:20], "nine digits")
        mmsi = given.zfill(9)
        return mmsi, "MMSI is a placeholder, not a ship's" if mmsi in _MADE_UP or len(given) < 9 else None
    if not re.fullmatch(r"~?[0-9a-f]{6}", given, re.ASCII):
        raise Refused("aircraft", "identity is no ICAO address", told.identity[:20], "six hexadecimal digits")
    return given, "ICAO address is a placeholder" if _NAMELESS.fullmatch(given) else None


def _check_place(told: Told, identity: str) -> None:
    lat, lon, what = told.lat_deg, told.lon_deg, f"{told.kind} {identity}"
    allowed = "lat -90 to 90, lon -180 to 360 degrees"
    if not (math.isfinite(lat) and math.isfinite(lon)):
        raise Refused(what, "position is no number", (lat, lon), allowed)
    if abs(lat) > 90 or not -180 <= lon <= 360:
        reason, try_ = "position out of range", None
        if told.kind == "ship" and (abs(lat - 91) < 1e-3 or abs(lon - 181) < 1e-3):
            reason = "position out of range: AIS sends 91 N 181 E where none is available"
        elif 90 < abs(lat) <= 180 and abs(lon) <= 90:
            reason, try_ = "position out of range: are latitude and longitude swapped?", f"lat {lon}, lon {lat}"
        elif max(abs(lat), abs(lon)) > 1000:
            reason = "position out of range: is it in minutes or a sender's own unit?"
            try_ = f"lat {lat / 600_000:.5f}, lon {lon / 600_000:.5f} if it is in 1/10,000 minutes"
        raise Refused(what, reason, (lat, lon), allowed, try_)
    if lat == 0 and lon == 0:
        raise Refused(what, "position 0 N 0 E: what a receiver without a fix sends", (lat, lon))


def _kept(told: Told, identity: str, doubt: str | None) -> TrafficPosition:
    """Return the position without those of its parts that cannot be, each told in its doubt."""
    doubts = [doubt] if doubt else []
    speed, course, height, rate = told.speed_m_s, told.course_deg, told.height_m, told.vertical_rate_m_s
    fastest = FASTEST_M_S[told.kind]
    if speed is not None and not 0 <= speed <= fastest:
        kmh, knots = speed / 3.6, speed * 0.514444
        meant = " (knots?)" if 0 <= knots <= fastest else " (km/h?)" if 0 <= kmh <= fastest else ""
        doubts.append(f"speed {speed:.4g} m/s not believed{meant}")
        speed = None
    if course is not None and not -180 <= course <= 360:
        doubts.append(f"course {course:.4g} degrees not believed")
        course = None
    if height is not None and not -1000 <= height <= _HIGHEST_M:
        doubts.append(f"height {height:.6g} m not believed" + (" (feet?)" if height > 0 else ""))
        height = None
    if rate is not None and not abs(rate) <= 150:
        doubts.append(f"vertical rate {rate:.4g} m/s not believed")
        rate = None
    sigma = told.sigma_m
    if sigma is None or not (math.isfinite(sigma) and 0 < sigma <= 1e5):
        sigma = _SIGMA_M[told.kind]
    name = printable(" ".join(told.name.split()))[:60] if told.name else None
    return TrafficPosition(
        kind=told.kind,
        identity=identity,
        time_utc=format_instant(told.time_s),
        lat_deg=told.lat_deg,
        lon_deg=(told.lon_deg + 180) % 360 - 180,
        sigma_m=sigma,
        source=told.source,
        name=name or None,
        height_m=height,
        barometric=told.barometric and height is not None,
        on_ground=told.on_ground,
        course_deg=None if course is None else course % 360,
        speed_m_s=speed,
        vertical_rate_m_s=rate,
        doubt="; ".join(doubts) or None,
    )


def _reachable(before_s: float, before: TrafficPosition, after_s: float, after: TrafficPosition) -> bool:
    """Return whether one craft can have been at both, by its kind's greatest speed and both errors."""
    way = FASTEST_M_S[before.kind] * abs(after_s - before_s)
    reach = way + 6 * (before.sigma_m + after.sigma_m) + _SLACK_M
    north = math.radians(after.lat_deg - before.lat_deg)
    if abs(north) * 6.3e6 > reach:
        return False
    east = math.radians((after.lon_deg - before.lon_deg + 180) % 360 - 180)
    half = math.sin(north / 2) ** 2 + math.cos(math.radians(before.lat_deg)) * math.cos(
        math.radians(after.lat_deg)
    ) * (math.sin(east / 2) ** 2)
    return 2 * 6.35e6 * math.asin(min(1.0, math.sqrt(half))) <= reach


def _same(one: TrafficPosition, other: TrafficPosition) -> bool:
    return (one.time_utc, one.lat_deg, one.lon_deg) == (other.time_utc, other.lat_deg, other.lon_deg)


def _marked(position: TrafficPosition, why: str, identity: str) -> TrafficPosition:
    fields = {name: getattr(position, name) for name in position.__struct_fields__}
    return TrafficPosition(
        **{**fields, "identity": identity, "doubt": "; ".join(filter(None, (position.doubt, why)))}
    )
