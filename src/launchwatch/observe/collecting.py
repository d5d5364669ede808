"""What every decoder does with the sensors and plots that it finds: check, judge, refuse with a reason, order.

Bad evidence becomes a `Rejection` with the number of its line or record, and the rest goes on. A sensor that
floods, repeats itself or reports radians loses those plots and no other (`observe.sensor_faults`); so does one
with a wrong clock (`observe.sensor_clocks`). Memory grows with the plots that are kept, never with what is
refused.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter

from launchwatch.basis.errors import InputError, shorten
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Plot, PlotBlock, Provenance, Rejection, Sensor, TruthState
from launchwatch.facts.checks import check_sensor, ephemeris_span
from launchwatch.observe.plots import Plain, check_name, check_plot, plain
from launchwatch.observe.sensor_clocks import GAP_S, LATE_S, Timed, judge
from launchwatch.observe.sensor_faults import in_radians, most_plots, repeated

MOST_ALIKE = 100
"""Lines refused for one reason that are recorded one by one; the rest are counted in one more rejection."""

MOST_SENSORS = 1000
"""Sensors that one recording may describe: the world's air traffic radars are fewer."""


@dataclass(frozen=True)
class Recording:
    """A decoded recording: sensors, plots in order of time, truth, and what was refused."""

    sensors: tuple[Sensor, ...]
    blocks: tuple[PlotBlock, ...]
    truth: tuple[TruthState, ...]
    rejections: tuple[Rejection, ...]


class Refused(Exception):  # noqa: N818 - a signal within decoders, turned into a Rejection fact
    """Evidence that cannot be used: what it is, why, what would do, and how many pieces it is."""

    def __init__(
        self, what: str, reason: str, given: object = None, allowed: str | None = None, try_: str | None = None,
        *, count: int = 1,
    ) -> None:  # fmt: skip
        super().__init__(reason)
        self.what, self.reason, self.given, self.allowed, self.try_ = what, reason, given, allowed, try_
        self.count = count

    @property
    def kind(self) -> str:
        """Return the reason without its particulars."""
        return self.reason.partition(":")[0]


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Turn an InputError within into the refusal of `what`."""
    try:
        yield
    except InputError as error:
        raise refused(what, error) from None


def refused(what: str, error: InputError) -> Refused:
    """Return the refusal of `what` for an error."""
    return Refused(what, error.message, error.given, error.allowed or None, error.try_ or None)


class Collector:
    """State of one decoding: sensors, plots in order of arrival, truth, refusals. Not thread-safe.

    `meet`, `keep` and `witness` take what a decoder found and raise `Refused`; `note` records a refusal, `refused`
    counts the pieces of evidence in those noted; `finish` judges the whole. `number` orders what came and is
    another for every plot; divided by `per_line` it is the line that a rejection names, so that one line may hold
    many plots.
    """

    def __init__(self, evidence: str, provenance: Provenance, per_line: int = 1) -> None:
        self.evidence, self.provenance, self.per_line = evidence, provenance, per_line
        self.sensors: dict[str, Sensor] = {}
        self.spans: dict[str, tuple[float, float]] = {}
        self.plain: dict[str, Plain | None] = {}
        self.plots: dict[str, list[Timed]] = {}
        self.truth: list[TruthState] = []
        self.rejections: list[Rejection] = []
        self.refused = 0
        self.alike: Counter[str] = Counter()
        self.untold: Counter[str] = Counter()
        self.most: dict[str, int] = {}
        self.scans: dict[str, dict[int, int]] = {}
        self.known: dict[str, Plot] = {}

    def meet(self, sensor: Sensor) -> None:
        """Take a sensor's description."""
        what = f"sensor {sensor.id}"
        with refusing(what):
            for name in (sensor.id, sensor.owner or "", sensor.path or ""):
                check_name(name)
            check_sensor(sensor)
        if self.sensors.get(sensor.id, sensor) != sensor:
            raise Refused(what, "the same sensor was described differently before")
        if len(self.sensors) >= MOST_SENSORS:
            raise Refused(what, "too many sensors", allowed=f"at most {MOST_SENSORS}")
        if sensor.id not in self.sensors:
            self.sensors[sensor.id] = sensor
            self.spans[sensor.id] = ephemeris_span(sensor)
            self.plain[sensor.id] = plain(sensor)
            self.most[sensor.id] = most_plots(sensor)
            self.plots[sensor.id] = []
            self.scans[sensor.id] = {}

    def witness(self, truth: TruthState) -> None:
        """Take one known true state."""
        self.truth.append(truth)

    def keep_all(self, first: int, step: int, plots: list[Plot]) -> None:
        """Take plots numbered `first`, `first + step`... as `keep` does; note those that are refused.

        Plain plots of radars, which is nearly all, are checked here: a call for each check costs more than it.
        """
        text, time, sensor_id, number = "", 0.0, None, first - step
        for plot in plots:
            number += step
            if plot.sensor != sensor_id:
                sensor_id = plot.sensor
                sensor, bounds = self.sensors.get(sensor_id), self.plain.get(sensor_id)
            id_ = plot.id
            if (
                sensor is None
                or bounds is None
                or not (id_.isascii() and id_.isprintable() and bounds.passes(plot))
            ):
                self._keep_or_note(number, plot)
                continue
            if plot.time_utc != text:
                try:
                    time = parse_instant(plot.time_utc)
                except InputError:
                    self._keep_or_note(number, plot)
                    continue
                text = plot.time_utc
            try:
                self._count(number, plot, sensor, time)
            except Refused as refused:
                self.note(number, refused)

    def _keep_or_note(self, number: int, plot: Plot) -> None:
        try:
            self.keep(number, plot)
        except Refused as refused:
            self.note(number, refused)

    def keep(self, number: int, plot: Plot) -> None:
        """Take one plot of a sensor that was met before."""
        id_ = plot.sensor
        sensor = self.sensors.get(id_)
        if sensor is None:
            known = shorten(", ".join(sorted(self.sensors)) or "none yet")
            allowed = f"a sensor described on an earlier line: {known}"
            raise Refused(f"plot {plot.id}", "unknown sensor", id_, allowed)
        try:
            check_name(plot.id)
            time = check_plot(plot, sensor)
        except InputError as error:
            raise refused(f"plot {plot.id}", error) from None
        first, last = self.spans[id_]
        if not first <= time <= last:
            allowed = f"{format_instant(first)} to {format_instant(last)}"
            raise Refused(f"plot {plot.id}", "time outside the sensor's ephemeris", plot.time_utc, allowed)
        self._count(number, plot, sensor, time)

    def _count(self, number: int, plot: Plot, sensor: Sensor, time: float) -> None:
        """Take a plot that can be, unless it came before or its sensor floods."""
        id_ = plot.sensor
        before = self.known.get(plot.id)
        if before == plot:  # the same again; the same id with another content waits until its clock is judged
            raise _duplicate(plot)
        # A flood is counted as it comes, so that it fills no memory; `finish` drops the rest of its scan.
        scans, scan = self.scans[id_], int(time // sensor.scan_s)
        scans[scan] = count = scans.get(scan, 0) + 1
        if count <= self.most[id_]:
            self.plots[id_].append((time, number, plot))
            self.known[plot.id] = plot

    def note(self, number: int | None, refused: Refused) -> None:
        """Record a refusal; of many alike the first `MOST_ALIKE` one by one."""
        self.refused += refused.count
        self.alike[refused.kind] += 1
        if self.alike[refused.kind] <= MOST_ALIKE:
            self._reject(number, refused)
        else:
            self.untold[refused.kind] += refused.count

    def tell_alike(self) -> None:
        """Record how many more were refused for each reason than have been recorded."""
        for reason, count in self.untold.items():
            self._reject(None, Refused("lines", f"{reason} ({count} more lines)", count=count))
        self.untold.clear()

    def finish(self) -> Recording:
        """Return what was taken, plots in order of time (ties in order of arrival)."""
        found: list[list[Timed]] = []
        kept = sum(map(len, self.plots.values()))
        for id_, taken in self.plots.items():
            sensor = self.sensors[id_]
            believed = self._judge_clock(sensor, self._drop_floods(sensor, taken))
            found.append(self._drop_radians(sensor, self._drop_repeats(sensor, believed)))
        if kept > len(self.known):
            found = self._drop_duplicates(found)
        self.rejections.sort(key=lambda rejection: rejection.line or 0)
        self.tell_alike()
        blocks = tuple(self._blocks(found))
        return Recording(tuple(self.sensors.values()), blocks, tuple(self.truth), tuple(self.rejections))

    def _drop_floods(self, sensor: Sensor, plots: list[Timed]) -> list[Timed]:
        """Return the plots of the scans in which the sensor did not flood."""
        most = self.most[sensor.id]
        floods = {scan: count for scan, count in self.scans[sensor.id].items() if count > most}
        for scan, count in floods.items():
            when = format_instant(scan * sensor.scan_s)
            reason = f"flood: {count} plots in the scan from {when}, all refused"
            allowed = f"at most {most} plots a scan, from false_plots_per_scan {sensor.false_plots_per_scan:g}"
            self.note(None, Refused(f"sensor {sensor.id}", reason, count, allowed, count=count))
        if not floods:
            return plots
        return [timed for timed in plots if int(timed[0] // sensor.scan_s) not in floods]

    def _judge_clock(self, sensor: Sensor, plots: list[Timed]) -> list[Timed]:
        """Return the plots whose times can be believed."""
        believed = []
        for timed, reason in judge(plots, max(GAP_S, 3 * sensor.scan_s)) if plots else ():
            if reason is None:
                believed.append(timed)
            else:
                allowed = f"at most {LATE_S:.0f} s late, or borne out by another plot"
                self.note(timed[1], Refused(f"plot {timed[2].id}", reason, timed[2].time_utc, allowed))
        return believed

    def _drop_repeats(self, sensor: Sensor, plots: list[Timed]) -> list[Timed]:
        """Return the plots without those that say the same again and again."""
        stuck = repeated(plots, sensor)
        for timed in plots:
            if timed[1] in stuck:
                what, allowed = f"plot {timed[2].id}", "measurements that differ by their noise"
                reason = f"sensor repeats one plot: the same measurement in {stuck[timed[1]]} scans"
                self.note(timed[1], Refused(what, reason, timed[2].time_utc, allowed))
        return [timed for timed in plots if timed[1] not in stuck] if stuck else plots

    def _drop_radians(self, sensor: Sensor, plots: list[Timed]) -> list[Timed]:
        """Return the plots, or none where the sensor reports its angles in radians."""
        why = in_radians(plots, sensor)
        if why is None:
            return plots
        reason = f"angles look like radians, did you mean degrees: {why}; all {len(plots)} plots refused"
        example = plots[0][2]
        degrees = f"{57.29577951308232 * (example.azimuth_deg or 0.0):.5g}"
        try_ = f"azimuth_deg {degrees} for {example.azimuth_deg:.5g} rad"
        what = f"sensor {sensor.id}"
        self.note(None, Refused(what, reason, example.azimuth_deg, "degrees", try_, count=len(plots)))
        return []

    def _drop_duplicates(self, found: list[list[Timed]]) -> list[list[Timed]]:
        """Return of all sensors' plots the first with each id, in order of arrival."""
        first: dict[str, int] = {}
        for plots in found:
            for _, number, plot in plots:
                if first.setdefault(plot.id, number) > number:
                    first[plot.id] = number
        for plots in found:
            for _, number, plot in plots:
                if first[plot.id] != number:
                    self.note(number, _duplicate(plot))
        return [[timed for timed in plots if first[timed[2].id] == timed[1]] for plots in found]

    def _reject(self, number: int | None, refused: Refused) -> None:
        """Record one refusal."""
        line = None if number is None else number // self.per_line
        self.rejections.append(
            Rejection(
                id=content_id("rejection", self.evidence, str(line), refused.what, refused.reason),
                evidence=self.evidence,
                what=refused.what,
                reason=refused.reason,
                line=line,
                given=None if refused.given is None else shorten(refused.given),
                allowed=refused.allowed,
                try_=refused.try_,
                provenance=self.provenance,
                count=refused.count,
            )
        )

    def _blocks(self, found: list[list[Timed]]) -> Iterator[PlotBlock]:
        """Yield the plots scan by scan: one sensor, one scan period from the first plot of the block."""
        blocks: list[tuple[float, PlotBlock]] = []
        for plots in filter(None, found):
            plots.sort(key=itemgetter(0, 1))
            sensor = self.sensors[plots[0][2].sensor]
            for start, scan in _scans(plots, sensor.scan_s):
                time_utc = format_instant(start)
                ids = "\n".join([plot.id for plot in scan])
                block = PlotBlock(
                    id=content_id("plots", self.evidence, sensor.id, time_utc, ids),
                    evidence=self.evidence,
                    sensor=sensor.id,
                    time_utc=time_utc,
                    plots=tuple(scan),
                    provenance=self.provenance,
                )
                blocks.append((start, block))
        blocks.sort(key=lambda item: (item[0], item[1].sensor))
        return (block for _, block in blocks)


def _duplicate(plot: Plot) -> Refused:
    return Refused(f"plot {plot.id}", "duplicate: a plot with this id was taken before", plot.id)


def _scans(plots: list[Timed], scan_s: float) -> Iterator[tuple[float, list[Plot]]]:
    start = plots[0][0]
    scan: list[Plot] = []
    for time, _, plot in plots:
        if time >= start + 0.999 * scan_s and scan:  # a hair under the period, for clocks that count decimals
            yield start, scan
            start, scan = time, []
        scan.append(plot)
    yield start, scan
