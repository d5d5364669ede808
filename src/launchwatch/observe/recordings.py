"""Recordings: newline-delimited JSON to sensors, plots and truth, one object a line, each checked.

    {"type": "sensor", ...}  the fields of `facts.Sensor`
    {"type": "plot", ...}    the fields of `facts.Plot`; units in the names, azimuth from true north
    {"type": "truth", ...}   known truth of a simulation; kept apart, for scoring only

A line that cannot be used becomes a `Rejection` with its number and reason, and the rest goes on. Plots may
come up to `LATE_S` behind the newest one; they are put in their place. Later ones are rejected.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

import msgspec

from launchwatch.basis.errors import InputError, shorten
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Plot, PlotBlock, Provenance, Rejection, Sensor, TruthState

LATE_S = 30.0
"""How far a plot may lag behind the newest one. Longer than any satellite relay in use; a wrong clock shows."""

LONGEST_LINE = 65_536
"""Bytes of the longest line worth parsing: a sensor with an hour's ephemeris has 10,000."""

MOST_ALIKE = 100
"""Lines refused for one reason that are recorded one by one; the rest are counted in one more rejection."""

_EARTH_M = 6.3e6
_FARTHEST_M = 5e7  # no sensor ranges beyond geostationary distance
_FASTEST_M_S = 12_000.0  # above escape speed nothing is a missile


@dataclass(frozen=True)
class Recording:
    """A decoded recording: sensors, plots in order of time, truth, and what was refused."""

    sensors: tuple[Sensor, ...]
    blocks: tuple[PlotBlock, ...]
    truth: tuple[TruthState, ...]
    rejections: tuple[Rejection, ...]


class _Refused(Exception):  # noqa: N818 - a private signal, turned into a Rejection fact
    def __init__(self, what: str, reason: str, given: object = None, allowed: str | None = None) -> None:
        super().__init__(reason)
        self.what, self.reason, self.given, self.allowed = what, reason, given, allowed


_KINDS: dict[str, type[Sensor | Plot | TruthState]] = {"sensor": Sensor, "plot": Plot, "truth": TruthState}


def decode_recording(lines: Iterable[bytes], *, evidence: str, provenance: Provenance) -> Recording:
    """Return the recording in an iterable of lines; never raises on bad content."""
    reader = _Reader(evidence, provenance)
    for number, line in enumerate(lines, start=1):
        reader.take(number, line)
    return reader.finish()


class _Reader:
    """State of one decoding: known sensors, plots kept, ids seen, newest time. Not thread-safe."""

    def __init__(self, evidence: str, provenance: Provenance) -> None:
        self.evidence, self.provenance = evidence, provenance
        self.sensors: dict[str, Sensor] = {}
        self.plots: list[tuple[float, int, Plot]] = []
        self.truth: list[TruthState] = []
        self.rejections: list[Rejection] = []
        self.seen: set[str] = set()
        self.newest = -math.inf
        self.alike: Counter[str] = Counter()

    def take(self, number: int, line: bytes) -> None:
        """Decode one line into the state, or record why not."""
        if not line.strip():
            return
        try:
            self._decode(number, line)
        except _Refused as refused:
            self.alike[refused.reason] += 1
            if self.alike[refused.reason] <= MOST_ALIKE:
                self._reject(number, refused)

    def finish(self) -> Recording:
        """Return what was taken, plots in order of time (ties in order of arrival)."""
        self.plots.sort(key=lambda item: (item[0], item[1]))
        for reason, count in self.alike.items():
            if count > MOST_ALIKE:
                self._reject(None, _Refused("lines", f"{reason} ({count - MOST_ALIKE} more lines)"))
        return Recording(
            tuple(self.sensors.values()), tuple(self._blocks()), tuple(self.truth), tuple(self.rejections)
        )

    def _decode(self, number: int, line: bytes) -> None:
        fact = _parse(line)
        if isinstance(fact, Sensor):
            check_sensor(fact)
            if self.sensors.get(fact.id, fact) != fact:
                raise _Refused(f"sensor {fact.id}", "the same sensor was described differently before")
            self.sensors[fact.id] = fact
        elif isinstance(fact, Plot):
            self._keep(number, fact)
        else:
            self.truth.append(fact)

    def _keep(self, number: int, plot: Plot) -> None:
        what = f"plot {plot.id}"
        if plot.sensor not in self.sensors:
            known = ", ".join(sorted(self.sensors)) or "none yet"
            raise _Refused(what, "unknown sensor", plot.sensor, f"a sensor described on an earlier line: {known}")
        if plot.id in self.seen:
            raise _Refused(what, "duplicate: a plot with this id was taken before", plot.id)
        time = check_plot(plot, self.sensors[plot.sensor])
        if time < self.newest - LATE_S:
            raise _Refused(
                what,
                f"time goes backwards: {self.newest - time:.1f} s older than the newest plot",
                plot.time_utc,
                f"at most {LATE_S:.0f} s late",
            )
        self.seen.add(plot.id)
        self.newest = max(self.newest, time)
        self.plots.append((time, number, plot))

    def _reject(self, number: int | None, refused: _Refused) -> None:
        self.rejections.append(
            Rejection(
                id=content_id("rejection", self.evidence, str(number), refused.what, refused.reason),
                evidence=self.evidence,
                what=refused.what,
                reason=refused.reason,
                line=number,
                given=None if refused.given is None else shorten(refused.given),
                allowed=refused.allowed,
                provenance=self.provenance,
            )
        )

    def _blocks(self) -> Iterator[PlotBlock]:
        """Yield the plots scan by scan: one sensor, one scan period from the first plot of the block."""
        by_sensor = sorted(self.plots, key=lambda item: item[2].sensor)
        blocks: list[tuple[float, PlotBlock]] = []
        for sensor, group in groupby(by_sensor, key=lambda item: item[2].sensor):
            for start, plots in _scans(list(group), self.sensors[sensor].scan_s):
                time_utc = format_instant(start)
                ids = "\n".join(plot.id for plot in plots)
                block = PlotBlock(
                    id=content_id("plots", self.evidence, sensor, time_utc, ids),
                    evidence=self.evidence,
                    sensor=sensor,
                    time_utc=time_utc,
                    plots=tuple(plots),
                    provenance=self.provenance,
                )
                blocks.append((start, block))
        blocks.sort(key=lambda item: (item[0], item[1].sensor))
        return (block for _, block in blocks)


def _scans(plots: list[tuple[float, int, Plot]], scan_s: float) -> Iterator[tuple[float, list[Plot]]]:
    start = plots[0][0]
    scan: list[Plot] = []
    for time, _, plot in plots:
        if time >= start + 0.999 * scan_s and scan:  # a hair under the period, for clocks that count decimals
            yield start, scan
            start, scan = time, []
        scan.append(plot)
    yield start, scan


def _parse(line: bytes) -> Sensor | Plot | TruthState:
    if len(line) > LONGEST_LINE:
        raise _Refused("line", "line too long", len(line), f"at most {LONGEST_LINE} bytes")
    try:
        value = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _Refused("line", f"no JSON object: {error}", line[:60]) from None
    kind = value.pop("type", None) if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _Refused("line", "unknown type of line", kind, " or ".join(_KINDS))
    try:
        return msgspec.convert(value, _KINDS[kind], strict=True)
    except msgspec.ValidationError as error:
        raise _Refused(f"{kind} {value.get('id', '')}".strip(), str(error)) from None


def check_sensor(sensor: Sensor) -> None:
    """Refuse a sensor that cannot have measured anything."""
    what = f"sensor {sensor.id}"
    if not (math.isfinite(sensor.scan_s) and sensor.scan_s > 0):
        raise _Refused(what, "scan period", sensor.scan_s, "above 0 s")
    if not 0 < sensor.detection_probability <= 1:
        raise _Refused(what, "detection probability", sensor.detection_probability, "above 0, at most 1")
    if not (math.isfinite(sensor.false_plots_per_scan) and sensor.false_plots_per_scan >= 0):
        raise _Refused(what, "false plots per scan", sensor.false_plots_per_scan, "0 or more")
    if sensor.kind == "radar":
        _check_radar(sensor, what)
    else:
        _check_infrared(sensor, what)


def _check_radar(sensor: Sensor, what: str) -> None:
    if sensor.lat_deg is None or sensor.lon_deg is None or sensor.height_m is None:
        raise _Refused(what, "a radar needs lat_deg, lon_deg and height_m")
    _within(what, "lat_deg", sensor.lat_deg, -90, 90, "degrees")
    _within(what, "lon_deg", sensor.lon_deg, -180, 360, "degrees")
    _within(what, "height_m", sensor.height_m, -500, 50_000, "m above the ellipsoid")
    for name in ("sigma_range_m", "sigma_azimuth_deg", "sigma_elevation_deg"):
        value = getattr(sensor, name)
        if value is None:
            raise _Refused(what, f"a radar needs {name}", None, "one standard deviation, above 0")
        _within(what, name, value, 1e-9, 1e6, "one standard deviation")


def _check_infrared(sensor: Sensor, what: str) -> None:
    if sensor.sigma_los_rad is None:
        raise _Refused(what, "an infrared sensor needs sigma_los_rad", None, "rad, above 0")
    _within(what, "sigma_los_rad", sensor.sigma_los_rad, 1e-9, 0.1, "rad")
    if sensor.position_ecef_m is None and sensor.ephemeris is None:
        raise _Refused(what, "a satellite needs position_ecef_m or ephemeris")
    rows = [sensor.position_ecef_m] if sensor.position_ecef_m else [row[1:] for row in sensor.ephemeris or ()]
    for row in rows:
        if not row or not all(map(math.isfinite, row)) or math.hypot(*row) < _EARTH_M:
            raise _Refused(what, "satellite inside the earth or nowhere", row, "metres, earth-fixed")


def check_plot(plot: Plot, sensor: Sensor) -> float:
    """Refuse an impossible plot; return its time in seconds since the Unix epoch."""
    what = f"plot {plot.id}"
    try:
        time = parse_instant(plot.time_utc)
        if plot.received_utc is not None:
            parse_instant(plot.received_utc)
    except InputError as error:
        raise _Refused(what, error.message, error.given, error.allowed) from None
    if sensor.kind == "infrared":
        _check_los(plot, what)
        return time
    if plot.range_m is None or plot.azimuth_deg is None or plot.elevation_deg is None:
        raise _Refused(what, "a radar plot needs range_m, azimuth_deg and elevation_deg")
    _within(what, "range_m", plot.range_m, 1.0, _FARTHEST_M, "m")
    _within(what, "azimuth_deg", plot.azimuth_deg, -180, 360, "degrees clockwise from true north")
    _within(what, "elevation_deg", plot.elevation_deg, -90, 90, "degrees")
    if plot.range_rate_m_s is not None:
        _within(what, "range_rate_m_s", plot.range_rate_m_s, -_FASTEST_M_S, _FASTEST_M_S, "m/s")
        if sensor.sigma_range_rate_m_s is None:
            raise _Refused(what, "range rate from a sensor without sigma_range_rate_m_s", plot.range_rate_m_s)
    return time


def _check_los(plot: Plot, what: str) -> None:
    if plot.los_ecef is None:
        raise _Refused(what, "an infrared plot needs los_ecef")
    size = math.hypot(*plot.los_ecef)
    if not abs(size - 1) < 1e-3:  # a tenth of a per cent: rounding, not another unit
        raise _Refused(what, "los_ecef is no unit vector", plot.los_ecef, "length 1 within 0.001")


def _within(what: str, name: str, value: float, low: float, high: float, unit: str) -> None:
    if not low <= value <= high:
        raise _Refused(what, f"{name} out of range", value, f"{low:g} to {high:g} {unit}")
