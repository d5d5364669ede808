"""ASTERIX CAT048 (target reports) and CAT034 (service messages) of civil radars to sensors and plots.

    data block   category (8 bits), length in octets with this head (16 bits), records
    I048/010     SAC, SIC: the radar's codes (8 bits each); positions are not in CAT048
    I048/020     TYP of detection, SIM simulated, RAB field monitor, TST test target, ERR range beyond 256 NM
    I048/040     RHO slant range (1/256 NM), THETA azimuth clockwise from true north (360/65536 degrees)
    I048/090     V not validated, G garbled, FL flight level (1/4 of 100 ft)
    I048/140     time of day, UTC (1/128 s since midnight)
    I034/041     antenna's rotation period (1/128 s)
    I034/120     the radar's height (m), latitude and longitude (180/2^23 degrees), WGS84

EUROCONTROL-SPEC-0149-4 edition 1.32 and -0149-2B edition 1.29; libasterix, whose tables are made from these
specifications, takes the bits apart. Times of day are put on the day of their receipt; radars come from a table
of sites or, where they send it, from I034/120. Range, azimuth, barometric height become a `surveillance` plot.
"""

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from launchwatch.basis.constants import KM_PER_FOOT, KM_PER_NAUTICAL_MILE
from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant
from launchwatch.facts import Plot, Provenance, Sensor
from launchwatch.facts.checks import check_sensor
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.observe.collecting import Collector, Recording, Refused
from launchwatch.observe.recordings import decode_line, take_row

if TYPE_CHECKING:
    from types import ModuleType

TARGETS, SERVICE = 48, 34

Code = tuple[int, int]
"""A radar's SAC and SIC."""

RANGE_STEP_M = KM_PER_NAUTICAL_MILE * 1000 / 256
AZIMUTH_STEP_DEG = 360 / 65536
HEIGHT_STEP_M = KM_PER_FOOT * 1000 * 25
POSITION_STEP_DEG = 180 / 2**23
SECOND = 128
DAY_S = 86_400

AHEAD_S = 3600.0
"""How far a radar's clock may be ahead of the receiver's: an hour is a zone mistaken, anything less a clock."""

MOST_WAITING = 5000
"""Records of one radar kept until its position is known: two turns of the busiest radar and more."""

SIGMA_RANGE_M = 70.0
SIGMA_AZIMUTH_DEG = 0.08
"""Random errors that EUROCONTROL's standard for surveillance (SUR.ET1.ST01.1000-STD-01-01, 1997, section 6)
allows a secondary radar; taken where the table of sites states none."""

MAX_RANGE_M = 256 * KM_PER_NAUTICAL_MILE * 1000
LONGEST_TURN_S = 12.0  # the slowest en-route antenna
_PATIENCE = 500  # reports after which a radar that sends no rotation period is taken for the slowest
FACTS = 1 << 20  # more facts than one datagram can bring: 64 KiB and the reports that waited for it
_APART_M = 500.0  # a table's position further from the radar's own is a mistake; rounding and antenna offsets less


class Site(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One radar of a table of sites: its codes, its place and, where known, what a `Sensor` states."""

    sac: int
    sic: int
    lat_deg: float
    lon_deg: float
    height_m: float
    id: str | None = None
    owner: str | None = None
    note: str | None = None
    scan_s: float | None = None
    sigma_range_m: float = SIGMA_RANGE_M
    sigma_azimuth_deg: float = SIGMA_AZIMUTH_DEG
    sigma_barometric_height_m: float | None = None
    sigma_bias_range_m: float | None = None
    sigma_bias_azimuth_deg: float | None = None
    max_range_m: float = MAX_RANGE_M
    max_elevation_deg: float = 45.0
    horizon_deg: float = 0.0
    azimuth_span_deg: tuple[float, float] = (0.0, 360.0)
    detection_probability: float = 0.97
    false_plots_per_scan: float = 1.0

    def sensor(self, scan_s: float) -> Sensor:
        """Return the sensor, its turn as stated or else `scan_s`."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__ if name not in {"sac", "sic"}}
        own = {"id": self.id or f"{self.sac}/{self.sic}", "scan_s": self.scan_s or scan_s}
        return Sensor(kind="surveillance", **{**fields, **own})


def read_sites(content: bytes, name: str = "the table of sites") -> dict[Code, Site]:
    """Return the radars of a table of sites: TOML with `[[site]]` entries, or the same in JSON."""
    sites: dict[Code, Site] = {}
    for number, row in enumerate(_rows(content, name), start=1):
        try:
            site = msgspec.convert(row, Site)
        except msgspec.ValidationError as error:
            raise InputError(
                f"site {number} of {name}: {error}", try_="sac, sic, lat_deg, lon_deg, height_m"
            ) from None
        if not (0 <= site.sac <= 255 and 0 <= site.sic <= 255):
            raise InputError(f"site {number} of {name}", given=(site.sac, site.sic), allowed="SAC, SIC: 0 to 255")
        try:
            check_sensor(site.sensor(LONGEST_TURN_S))
        except InputError as error:
            what = f"site {number} of {name}: {error.message}"
            raise InputError(what, given=error.given, allowed=error.allowed, try_=error.try_) from None
        if (site.sac, site.sic) in sites:
            raise InputError(f"two sites of {name} have one code", given=f"{site.sac}/{site.sic}")
        sites[site.sac, site.sic] = site
    return sites


def _rows(content: bytes, name: str) -> list[object]:
    try:
        text = content.decode("utf-8-sig")
        table = (
            json.loads(text) if text.lstrip()[:1] in {"{", "["} and not text.lstrip().startswith("[[") else None
        )
        if table is None:
            table = tomllib.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{name} cannot be read: {error}", allowed="TOML or JSON, UTF-8") from None
    rows = table.get("site") if isinstance(table, dict) else table
    if not isinstance(rows, list) or not rows:
        raise InputError(
            f"{name} names no site", allowed="[[site]] entries with sac, sic, lat_deg, lon_deg, height_m"
        )
    return rows


class Datagram(NamedTuple):
    """What came at once: data blocks, and the Unix time of receipt, or None where a file holds none."""

    received_s: float | None
    payload: bytes


class _Target(NamedTuple):
    """A target report, taken apart but not yet checked; whole numbers as sent."""

    number: int
    received_s: float | None
    time_of_day: int
    rho: int
    theta: int
    level: int | None


@dataclass
class _Radar:
    """What is known of one radar: its site, its turn, and the reports that wait for either."""

    site: Site | None
    scan_s: float | None = None
    met: Sensor | None = None
    last_s: float | None = None
    waiting: list[_Target] = field(default_factory=list)
    lost: int = 0
    behind: bool = False
    moved: bool = False


class AsterixReader:
    """State of a stream: radars, and reports that wait for a radar's position. Not thread-safe.

    `take` yields the sensors, plots and refusals of one datagram, `finish` what was still waiting and the counts
    of what is not read. `reference_s` is the Unix time that the first time of day without a receipt lies before.
    """

    def __init__(self, sites: dict[Code, Site], reference_s: float) -> None:
        self.reference_s = reference_s
        self.radars = {code: _Radar(site, site.scan_s) for code, site in sites.items()}
        self.unread: Counter[int] = Counter()
        self.number = 0

    def take(self, datagram: Datagram) -> Iterator[Sensor | Plot | Refused]:
        """Yield what one datagram holds."""
        for category, body in _blocks(datagram.payload):
            if isinstance(body, Refused):
                yield body
            elif category in (TARGETS, SERVICE):
                yield from self._take_block(category, body, datagram.received_s)
            else:
                self.unread[category] += 1

    def finish(self) -> Iterator[Sensor | Plot | Refused]:
        """Yield what waited for a rotation period, and what was never read."""
        for (sac, sic), radar in self.radars.items():
            if radar.waiting and radar.site is not None:
                radar.scan_s = radar.scan_s or LONGEST_TURN_S
                yield from self._release((sac, sic), radar)
            count = len(radar.waiting) + radar.lost
            if count:
                reason = f"unknown radar: {count} target reports of SAC {sac}, SIC {sic} have no position"
                try_ = "a table of sites that names it (--sites FILE)"
                codes = f"SAC {sac}, SIC {sic}"
                yield Refused(f"radar {sac}/{sic}", reason, codes, "a radar of the table", try_, count=count)
        for category, count in sorted(self.unread.items()):
            reason = f"category {category} is not read ({count} data blocks)"
            yield Refused(f"category {category}", reason, category, f"{SERVICE} and {TARGETS}", count=count)

    def _take_block(
        self, category: int, body: bytes, received_s: float | None
    ) -> Iterator[Sensor | Plot | Refused]:
        for record in _records(category, body):
            self.number += 1
            try:
                if isinstance(record, Refused):
                    raise record
                code = _code(record)
                if category == TARGETS:
                    yield from self._take_target(code, _target(record, self.number, received_s))
                else:
                    yield from self._take_service(code, record)
            except Refused as refused:
                yield refused

    def _take_target(self, code: Code, target: _Target) -> Iterator[Sensor | Plot | Refused]:
        radar = self.radars.setdefault(code, _Radar(None))
        if len(radar.waiting) < MOST_WAITING:
            radar.waiting.append(target)
        else:
            radar.lost += 1
        if radar.site is not None and len(radar.waiting) >= _PATIENCE:
            radar.scan_s = radar.scan_s or LONGEST_TURN_S
        if radar.site is not None and radar.scan_s is not None:
            yield from self._release(code, radar)

    def _release(self, code: Code, radar: _Radar) -> Iterator[Sensor | Plot | Refused]:
        assert radar.site is not None
        assert radar.scan_s is not None
        if radar.met is None:
            site = radar.site if radar.site.id else msgspec.structs.replace(radar.site, id=f"{code[0]}/{code[1]}")
            radar.met = site.sensor(radar.scan_s)
            yield radar.met
        waiting, radar.waiting = radar.waiting, []
        for target in waiting:
            yield from self._plot(radar, radar.met, target)

    def _plot(self, radar: _Radar, sensor: Sensor, target: _Target) -> Iterator[Plot | Refused]:
        reference = target.received_s
        if reference is None:
            reference = self.reference_s if radar.last_s is None else radar.last_s + DAY_S / 2 - AHEAD_S
        time = time_on_day(target.time_of_day / SECOND, reference)
        radar.last_s = time
        received = target.received_s
        if received is not None and received < time:
            if not radar.behind:
                radar.behind = True
                reason = (
                    f"clock of receipt behind the radar's: by {time - received:.3f} s; times of receipt dropped"
                )
                yield Refused(f"sensor {sensor.id}", reason, format_instant(received), format_instant(time))
            received = None
        yield Plot(
            id=f"{sensor.id}-{round(time * SECOND):x}-{target.rho:04x}{target.theta:04x}",
            sensor=sensor.id,
            time_utc=format_instant(time),
            received_utc=None if received is None else format_instant(received),
            range_m=round(target.rho * RANGE_STEP_M, 3),
            azimuth_deg=round(target.theta * AZIMUTH_STEP_DEG, 6),
            barometric_height_m=None if target.level is None else round(target.level * HEIGHT_STEP_M, 2),
        )

    def _take_service(self, code: Code, record: Any) -> Iterator[Sensor | Plot | Refused]:
        radar = self.radars.setdefault(code, _Radar(None))
        turn, place = record.get_item("041"), record.get_item("120")
        if turn is not None and turn.as_uint() and radar.scan_s is None:
            radar.scan_s = turn.as_uint() / SECOND
        if place is not None:
            yield from _placed(code, radar, _site(code, place))
        if radar.site is not None and radar.scan_s is not None and radar.waiting:
            yield from self._release(code, radar)


def time_on_day(time_of_day_s: float, received_s: float) -> float:
    """Return the Unix time of a time of day: the last one that is at most `AHEAD_S` after its receipt."""
    midnight = received_s // DAY_S * DAY_S
    time = midnight + time_of_day_s
    if time > received_s + AHEAD_S:
        return time - DAY_S
    if time <= received_s + AHEAD_S - DAY_S:
        return time + DAY_S
    return time


def decode_asterix(
    datagrams: Iterable[Datagram | InputError],
    sites: dict[Code, Site],
    *,
    reference_s: float,
    evidence: str,
    provenance: Provenance,
) -> Recording:
    """Return the recording in a sequence of datagrams, ASTERIX or lines; never raises on bad content.

    An InputError among them is recorded as a rejection. A rejection's `line` counts datagrams from 1.
    """
    collector, reader = Collector(evidence, provenance, FACTS), AsterixReader(sites, reference_s)
    number = 0
    for datagram in datagrams:
        number += 1
        if isinstance(datagram, InputError):
            error = Refused("capture", datagram.message, datagram.given, datagram.allowed or None)
            collector.note(number * FACTS, error)
        elif datagram.payload.startswith(b"{"):  # no category: lines of a recording, as live feeds take them
            _take_lines(collector, number * FACTS, datagram.payload)
        else:
            collect(collector, number, reader.take(datagram))
    collect(collector, number, reader.finish())
    return collector.finish()


def _take_lines(collector: Collector, first: int, payload: bytes) -> None:
    for order, line in enumerate(payload.split(b"\n"), start=first):
        if line and not line.isspace():
            try:
                take_row(collector, order, decode_line(line))
            except Refused as refused:
                collector.note(order, refused)


def collect(collector: Collector, number: int, found: Iterable[Sensor | Plot | Refused]) -> None:
    """Give what a reader yielded to the collector, under numbers that begin with the datagram's."""
    for order, fact in enumerate(found, start=number * FACTS):
        try:
            if isinstance(fact, Refused):
                collector.note(order, fact)
            elif isinstance(fact, Sensor):
                collector.meet(fact)
            else:
                collector.keep(order, fact)
        except Refused as refused:
            collector.note(order, refused)


def _blocks(payload: bytes) -> Iterator[tuple[int, bytes | Refused]]:
    """Yield category and records of each data block; what is left of a broken one as its refusal."""
    at = 0
    while at < len(payload):
        size = int.from_bytes(payload[at + 1 : at + 3], "big")
        if size < 4 or at + size > len(payload):
            reason = f"data block cut short: {size} octets announced, {len(payload) - at} there"
            yield (
                0,
                Refused(
                    "data block", reason, payload[at : at + 8].hex(), "4 octets or more, as many as announced"
                ),
            )
            return
        yield payload[at], payload[at + 3 : at + size]
        at += size


def _records(category: int, body: bytes) -> Iterator[Any]:
    """Yield the records of a data block; the rest of a broken one as its refusal."""
    base, generated = _library()
    shape = (generated.Cat_048_1_32 if category == TARGETS else generated.Cat_034_1_29).cv_record
    rest = base.Bits.from_bytes(body)
    while len(rest):
        try:
            parsed = shape.parse(base.ParsingMode.StrictParsing, rest)
        except (ValueError, LookupError, AssertionError, RecursionError) as error:
            parsed = ValueError(repr(error))
        if isinstance(parsed, ValueError) or len(parsed[1]) >= len(rest):
            why = parsed if isinstance(parsed, ValueError) else "empty record"
            yield Refused("record", f"CAT{category:03d} record cannot be decoded: {why}", body[:16].hex())
            return
        record, rest = parsed
        yield record


def _library() -> "tuple[ModuleType, ModuleType]":
    """Return libasterix, whose tables take a second to load: only where ASTERIX is read."""
    from asterix import base, generated

    return base, generated


def _code(record: Any) -> Code:
    item = record.get_item("010")
    if item is None:
        raise Refused("record", "record without the radar's codes (item 010)")
    both = item.as_uint()
    return both >> 8, both & 0xFF


_NO_DETECTION = 0


def _target(record: Any, number: int, received_s: float | None) -> _Target:
    """Return a target report with what a plot needs; raises Refused for what is no detection of an object."""
    place, time, kind = (record.get_item(name) for name in ("040", "140", "020"))
    if place is None:
        raise Refused("record", "target report without a measured position (I048/040)")
    if time is None:
        raise Refused("record", "target report without a time (I048/140)")
    if time.as_uint() >= DAY_S * SECOND:
        raise Refused("record", "time of day out of range", time.as_uint() / SECOND, f"0 to {DAY_S} s")
    if kind is not None:
        _check_kind(kind.variation)
    polar = place.as_uint()
    level = record.get_item("090")
    return _Target(number, received_s, time.as_uint(), polar >> 16, polar & 0xFFFF, _level(level))


def _check_kind(kind: Any) -> None:
    if kind.get_item("TYP").as_uint() == _NO_DETECTION:
        raise Refused("record", "no detection: the radar's own tracker extrapolates", 0, "TYP 1 to 7 in I048/020")
    for name, reason in (
        ("SIM", "simulated target report"),
        ("RAB", "fixed transponder of a field monitor"),
        ("TST", "test target"),
        ("ERR", "range beyond 256 NM, which stands in a field that is not read"),
    ):
        mark = kind.get_item(name)
        if mark is not None and mark.as_uint():
            raise Refused("record", reason, f"{name} in I048/020")


def _level(item: Any) -> int | None:
    """Return the flight level in quarters, or None where it was not validated or was garbled."""
    if item is None:
        return None
    raw = item.as_uint()
    if raw >> 14:
        return None
    return int(raw - (1 << 14) if raw & (1 << 13) else raw)


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


def _site(code: Code, item: Any) -> Site:
    """Return the site that a radar states of itself in I034/120: its position, the rest by default."""
    raw = item.as_uint()
    lat, lon = _signed(raw >> 24 & 0xFFFFFF, 24), _signed(raw & 0xFFFFFF, 24)
    return Site(
        sac=code[0],
        sic=code[1],
        height_m=float(_signed(raw >> 48, 16)),
        lat_deg=lat * POSITION_STEP_DEG,
        lon_deg=lon * POSITION_STEP_DEG,
        note="position from I034/120, accuracy as EUROCONTROL's standard allows",
    )


def _placed(code: Code, radar: _Radar, stated: Site) -> Iterator[Refused]:
    """Take the position that a radar states, or compare it with the one that is known."""
    what = f"radar {code[0]}/{code[1]}"
    if radar.site is None:
        try:
            check_sensor(stated.sensor(LONGEST_TURN_S))
        except InputError as error:
            reason = f"position in I034/120 cannot be: {error.message}"
            yield Refused(what, reason, error.given, error.allowed or None)
            return
        radar.site = stated
        return
    apart = float(np.linalg.norm(_place(stated) - _place(radar.site)))
    if apart > _APART_M and not radar.moved:
        radar.moved = True
        reason = f"position in I034/120 disagrees: {apart / 1000:.2f} km from the one known before, which stands"
        yield Refused(what, reason, (stated.lat_deg, stated.lon_deg), f"within {_APART_M:.0f} m of the table's")


def _place(site: Site) -> np.ndarray:
    lat, lon = np.radians([site.lat_deg]), np.radians([site.lon_deg])
    return ecef_from_geodetic(lat, lon, np.array([site.height_m]))[0]
