"""Recordings: newline-delimited JSON to sensors, plots and truth, one object a line, each checked.

    {"type": "sensor", ...}  the fields of `facts.Sensor`
    {"type": "plot", ...}    the fields of `facts.Plot`; units in the names, azimuth from true north
    {"type": "truth", ...}   known truth of a simulation; kept apart, for scoring only

A line that cannot be used becomes a `Rejection` with its number and reason, and the rest goes on. A plot may
come up to `LATE_S` behind the newest one of its sensor; it is put in its place, and a later one is rejected.
One wrong clock must not cost the rest: times more than `GAP_S` apart fall into groups, a group of one plot is
rejected, and among groups whose order of arrival contradicts their times the largest consistent set stands.
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, pairwise

import msgspec

from launchwatch.basis.errors import InputError, printable, shorten
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Plot, PlotBlock, Provenance, Rejection, Sensor, TruthState
from launchwatch.facts.checks import FARTHEST_M, check_sensor, check_within, ephemeris_span

LATE_S = 30.0
"""How far a plot may lag behind its sensor's newest. Longer than any satellite relay; a wrong clock shows."""

GAP_S = 600.0
"""The longest silence within a sensor's watch over one launch: longer than a radar's outage or a cloud over a
motor, shorter than any slip of an hour or a day. Beyond it one plot alone is taken for a wrong clock."""

LONGEST_LINE = 65_536
"""Bytes of the longest line worth parsing: a sensor with an hour's ephemeris has 10,000."""

MOST_ALIKE = 100
"""Lines refused for one reason that are recorded one by one; the rest are counted in one more rejection."""

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

    @property
    def kind(self) -> str:
        """Return the reason without its particulars."""
        return self.reason.partition(":")[0]


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn an InputError within into the refusal of `what`."""
    try:
        yield
    except InputError as error:
        raise _Refused(what, error.message, error.given, error.allowed or None) from None


_Timed = tuple[float, int, Plot]  # seconds since the Unix epoch, number of the line, plot


_KINDS: dict[str, type[Sensor | Plot | TruthState]] = {"sensor": Sensor, "plot": Plot, "truth": TruthState}


def decode_recording(lines: Iterable[bytes], *, evidence: str, provenance: Provenance) -> Recording:
    """Return the recording in an iterable of lines; never raises on bad content."""
    reader = _Reader(evidence, provenance)
    for number, line in enumerate(lines, start=1):
        reader.take(number, line)
    return reader.finish()


class _Reader:
    """State of one decoding: sensors, plots in order of arrival, truth, refusals. Not thread-safe."""

    def __init__(self, evidence: str, provenance: Provenance) -> None:
        self.evidence, self.provenance = evidence, provenance
        self.sensors: dict[str, Sensor] = {}
        self.spans: dict[str, tuple[float, float]] = {}
        self.plots: list[_Timed] = []
        self.truth: list[TruthState] = []
        self.rejections: list[Rejection] = []
        self.alike: Counter[str] = Counter()

    def take(self, number: int, line: bytes) -> None:
        """Decode one line into the state, or record why not."""
        if not line.strip():
            return
        try:
            self._decode(number, line)
        except _Refused as refused:
            self._refuse(number, refused)

    def finish(self) -> Recording:
        """Return what was taken, plots in order of time (ties in order of arrival)."""
        self._judge_clocks()
        self._drop_duplicates()
        self.plots.sort(key=lambda item: (item[0], item[1]))
        self.rejections.sort(key=lambda rejection: rejection.line or 0)
        for reason, count in self.alike.items():
            if count > MOST_ALIKE:
                self._reject(None, _Refused("lines", f"{reason} ({count - MOST_ALIKE} more lines)"))
        return Recording(
            tuple(self.sensors.values()), tuple(self._blocks()), tuple(self.truth), tuple(self.rejections)
        )

    def _judge_clocks(self) -> None:
        """Keep of each sensor's plots those whose times can be believed."""
        by_sensor: dict[str, list[_Timed]] = {}
        for timed in self.plots:
            by_sensor.setdefault(timed[2].sensor, []).append(timed)
        self.plots = []
        for sensor, plots in by_sensor.items():
            for timed, reason in _judge(plots, max(GAP_S, 3 * self.sensors[sensor].scan_s)):
                _, number, plot = timed
                if reason is None:
                    self.plots.append(timed)
                else:
                    allowed = f"at most {LATE_S:.0f} s late, or borne out by another plot"
                    self._refuse(number, _Refused(f"plot {plot.id}", reason, plot.time_utc, allowed))

    def _drop_duplicates(self) -> None:
        """Keep the first plot with each id."""
        arrived, self.plots = sorted(self.plots, key=lambda item: item[1]), []
        seen: set[str] = set()
        for timed in arrived:
            plot = timed[2]
            if plot.id in seen:
                reason = "duplicate: a plot with this id was taken before"
                self._refuse(timed[1], _Refused(f"plot {plot.id}", reason, plot.id))
            else:
                seen.add(plot.id)
                self.plots.append(timed)

    def _refuse(self, number: int, refused: _Refused) -> None:
        self.alike[refused.kind] += 1
        if self.alike[refused.kind] <= MOST_ALIKE:
            self._reject(number, refused)

    def _decode(self, number: int, line: bytes) -> None:
        fact = _parse(line)
        if isinstance(fact, Sensor):
            self._meet(fact)
        elif isinstance(fact, Plot):
            self._keep(number, fact)
        else:
            self.truth.append(fact)

    def _meet(self, sensor: Sensor) -> None:
        what = f"sensor {sensor.id}"
        with _refusing(what):
            for name in (sensor.id, sensor.owner or "", sensor.path or ""):
                _check_name(name)
            check_sensor(sensor)
        if self.sensors.get(sensor.id, sensor) != sensor:
            raise _Refused(what, "the same sensor was described differently before")
        self.sensors[sensor.id] = sensor
        self.spans[sensor.id] = ephemeris_span(sensor)

    def _keep(self, number: int, plot: Plot) -> None:
        what = f"plot {plot.id}"
        if plot.sensor not in self.sensors:
            known = ", ".join(sorted(self.sensors)) or "none yet"
            raise _Refused(what, "unknown sensor", plot.sensor, f"a sensor described on an earlier line: {known}")
        with _refusing(what):
            _check_name(plot.id)
            time = check_plot(plot, self.sensors[plot.sensor])
        first, last = self.spans[plot.sensor]
        if not first <= time <= last:
            allowed = f"{format_instant(first)} to {format_instant(last)}"
            raise _Refused(what, "time outside the sensor's ephemeris", plot.time_utc, allowed)
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


def _judge(plots: list[_Timed], gap_s: float) -> Iterator[tuple[_Timed, str | None]]:
    """Yield a sensor's plots in order of arrival, each with the reason why its time is not believed, or None."""
    group = _groups(plots, gap_s)
    ids: dict[int, set[str]] = {}
    for _, number, plot in plots:
        ids.setdefault(group[number], set()).add(plot.id)
    alone = {group[plots[0][1]]}  # where no plot bears out another, the first stands
    borne_out = {index for index, members in ids.items() if len(members) > 1} or alone
    kept = _never_back([timed[1] for timed in plots if group[timed[1]] in borne_out], group)
    newest = ahead = -math.inf
    believed = sorted(timed[0] for timed in plots if timed[1] in kept)
    for timed in plots:
        time, number, _ = timed
        if number in kept and time >= newest - LATE_S:
            if time <= newest + LATE_S or not math.isfinite(newest):
                newest = max(newest, time)
            else:  # a step ahead counts when a second plot has come as far
                newest, ahead = max(newest, min(time, ahead)), max(time, ahead)
            yield timed, None
        elif time < newest - LATE_S:
            yield timed, f"time goes backwards: {newest - time:.1f} s older than the sensor's newest plot"
        elif time > believed[0]:
            before = believed[bisect_right(believed, time) - 1]
            yield (
                timed,
                f"time jumps forward: by {time - before:.1f} s, and no later plot of the sensor bears it out",
            )
        else:
            yield timed, f"time stands alone: {believed[0] - time:.1f} s before any other plot of the sensor"


def _groups(plots: list[_Timed], gap_s: float) -> dict[int, int]:
    """Return the group of each line, counting up in time: neighbours within `gap_s` belong together."""
    ordered = sorted(plots, key=lambda timed: timed[:2])
    group = {ordered[0][1]: 0}
    for (before, number, _), (time, following, _) in pairwise(ordered):
        group[following] = group[number] + (time - before > gap_s)
    return group


def _never_back(numbers: list[int], group: dict[int, int]) -> set[int]:
    """Return the largest set of lines whose groups never step back in order of arrival."""
    ends: list[int] = []  # the line that ends the best run of each length; its group is the lowest possible
    heights: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        place = bisect_right(heights, group[number])
        before[number] = ends[place - 1] if place else None
        if place == len(ends):
            ends.append(number)
            heights.append(group[number])
        else:
            ends[place], heights[place] = number, group[number]
    kept: set[int] = set()
    line: int | None = ends[-1] if ends else None
    while line is not None:
        kept.add(line)
        line = before[line]
    return kept


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
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _Refused("line", f"no JSON object: {error}", line[:60]) from None
    kind = value.pop("type", None) if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _Refused("line", "unknown type of line", kind, " or ".join(_KINDS))
    try:
        return msgspec.convert(value, _KINDS[kind], strict=True)
    except msgspec.ValidationError as error:
        raise _Refused(f"{kind} {value.get('id', '')}".strip(), str(error)) from None


def check_plot(plot: Plot, sensor: Sensor) -> float:
    """Refuse an impossible plot; return its time in seconds since the Unix epoch."""
    time = parse_instant(plot.time_utc)
    if plot.received_utc is not None:
        parse_instant(plot.received_utc)
    if sensor.kind == "infrared":
        _check_los(plot)
        return time
    if plot.range_m is None or plot.azimuth_deg is None or plot.elevation_deg is None:
        raise InputError("a radar plot needs range_m, azimuth_deg and elevation_deg")
    check_within("range_m", plot.range_m, 1.0, FARTHEST_M, "m")
    check_within("azimuth_deg", plot.azimuth_deg, -180, 360, "degrees clockwise from true north")
    check_within("elevation_deg", plot.elevation_deg, -90, 90, "degrees")
    if plot.range_rate_m_s is not None:
        check_within("range_rate_m_s", plot.range_rate_m_s, -_FASTEST_M_S, _FASTEST_M_S, "m/s")
        if sensor.sigma_range_rate_m_s is None:
            raise InputError("range rate from a sensor without sigma_range_rate_m_s", given=plot.range_rate_m_s)
    return time


def _check_name(name: str) -> None:
    if printable(name) != name:
        raise InputError("name holds unprintable characters", given=name, allowed="letters, digits, signs, spaces")


def _check_los(plot: Plot) -> None:
    if plot.los_ecef is None:
        raise InputError("an infrared plot needs los_ecef")
    size = math.hypot(*plot.los_ecef)
    if not abs(size - 1) < 1e-3:  # a tenth of a per cent: rounding, not another unit
        raise InputError("los_ecef is no unit vector", given=plot.los_ecef, allowed="length 1 within 0.001")
