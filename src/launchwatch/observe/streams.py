"""A feed's bytes to checked sensors and plots as they come: lines in pieces of any size, or datagrams.

What is decoded from lines depends on the bytes alone, not on where they were cut. A line without an end is given
up at `LONGEST_LINE` bytes, so that memory stays bounded, and is refused as one line.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter

import msgspec

from launchwatch.basis.instants import format_instant
from launchwatch.facts import Plot, Provenance, Rejection, Sensor
from launchwatch.observe.asterix import FACTS, AsterixReader, Code, Datagram, Site, collect
from launchwatch.observe.collecting import Collector, Refused
from launchwatch.observe.recordings import LONGEST_LINE, decode_line, take_row
from launchwatch.observe.sensor_clocks import Timed
from launchwatch.observe.sensor_faults import in_radians

EARLY_S = 60.0
"""How far a plot's time may lie after its receipt: clocks differ by less, and nothing is measured in advance."""

_JUDGED_AT = (12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
"""Counts of a radar's first plots at which it is judged to report degrees or radians; then it is believed."""

_SCANS_COUNTED = 200  # scans of a sensor whose plots are counted at a time

_PLOT = b'{"type":"plot",'  # how a recording's writer begins a plot's line: such lines decode together
_PLOTS = msgspec.json.Decoder(list[Plot])


def _is_in_degrees(plot: Plot) -> bool:
    return abs(plot.azimuth_deg or 0.0) > 2 * math.pi or abs(plot.elevation_deg or 0.0) > 0.5 * math.pi


@dataclass
class Heard:
    """What came out of a piece: new sensors, plots with their Unix times in order of arrival, refusals."""

    sensors: list[Sensor] = field(default_factory=list)
    plots: list[tuple[float, Plot]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


class _Unknown(dict[str, Plot]):
    """Knows no plot: duplicates are found where plots are put in order, whichever piece they came in."""

    def get(self, *_: object) -> None:  # type: ignore[override]
        return None

    def __setitem__(self, *_: object) -> None:
        return None


class PlotStream:
    """What every live decoder shares: one collector whose findings are taken out as they come. Not thread-safe."""

    def __init__(self, evidence: str, provenance: Provenance, per_line: int = 1) -> None:
        self.collector = Collector(evidence, provenance, per_line)
        self._per_line = per_line
        self.collector.known = _Unknown()
        self._told: set[str] = set()
        self._unproven: dict[str, list[Timed] | None] = {}
        self._radians: Counter[str] = Counter()

    @property
    def refused(self) -> int:
        """Return how many plots, lines and other pieces were refused so far, whether recorded yet or not."""
        found = self.collector
        floods = sum(
            max(count - found.most[id_], 0) for id_, scans in found.scans.items() for count in scans.values()
        )
        return found.refused + floods + self._radians.total()

    def refuse(
        self, what: str, reason: str, given: object = None, allowed: str | None = None, *, count: int = 1
    ) -> None:
        """Record a refusal that is judged elsewhere; it comes out with the next piece."""
        self.collector.note(None, Refused(what, reason, given, allowed, count=count))

    def drain(self, received_s: float | None) -> Heard:
        """Take out what was found since the last time, and forget it."""
        found = self.collector
        sensors = [sensor for id_, sensor in found.sensors.items() if id_ not in self._told]
        self._told.update(sensor.id for sensor in sensors)
        for id_, kept in found.plots.items():
            self._judge_unit(found.sensors[id_], kept)
        taken = [timed for plots in found.plots.values() for timed in plots]
        if len(found.plots) > 1:
            taken.sort(key=itemgetter(1))  # as they came
        latest = math.inf if received_s is None else received_s + EARLY_S
        plots = [(time, plot) for time, _, plot in taken if time <= latest or self._is_due(time, plot, received_s)]
        for kept in found.plots.values():
            kept.clear()
        for id_, scans in found.scans.items():
            if len(scans) > _SCANS_COUNTED:
                self._tell_floods(id_, scans, _SCANS_COUNTED // 2)
        heard = Heard(sensors, plots, found.rejections[:])
        found.truth.clear()
        found.rejections.clear()
        return heard

    def _judge_unit(self, sensor: Sensor, kept: list[Timed]) -> None:
        """Drop a radar's plots from the one on that shows that it reports radians; those before have gone on.

        Judged plot by plot, so that it does not depend on how the feed was cut.
        """
        if sensor.id in self._radians:
            self._radians[sensor.id] += len(kept)
            kept.clear()
        sample = self._unproven.setdefault(sensor.id, [] if sensor.kind == "radar" else None)
        for i, timed in enumerate(kept):
            if sample is None:
                return
            sample.append(timed)
            if _is_in_degrees(timed[2]):
                self._unproven[sensor.id] = sample = None
            elif len(sample) in _JUDGED_AT and (why := in_radians(sample, sensor)) is not None:
                self._radians[sensor.id] = len(kept) - i - 1
                reason = f"angles look like radians, did you mean degrees: {why}; refused from here on"
                self.refuse(f"sensor {sensor.id}", reason, None, "degrees")
                self._unproven[sensor.id] = None
                del kept[i:]
                return
            elif len(sample) == _JUDGED_AT[-1]:
                self._unproven[sensor.id] = sample = None

    def end(self) -> Heard:
        """Take out the rest, and how many more were refused for each reason than stand one by one."""
        last = self.drain(None)
        for id_, scans in self.collector.scans.items():
            self._tell_floods(id_, scans, 0)
        for id_, count in self._radians.items():
            if count:
                self.refuse(f"sensor {id_}", f"angles look like radians: {count} more plots", count=count)
                self._radians[id_] = 0
        last.rejections += self.tally().rejections
        return last

    def tally(self) -> Heard:
        """Take out the rest with how many more were refused for each reason than have been recorded."""
        self.collector.tell_alike()
        return self.drain(None)

    def _is_due(self, time: float, plot: Plot, received_s: float | None) -> bool:
        if received_s is None or time <= received_s + EARLY_S:
            return True
        reason = f"time lies after its receipt: by {time - received_s:.1f} s"
        allowed = f"at most {EARLY_S:.0f} s after {format_instant(received_s)}"
        self.refuse(f"plot {plot.id}", reason, plot.time_utc, allowed)
        return False

    def _tell_floods(self, sensor: str, scans: dict[int, int], kept: int) -> None:
        """Record in which scans a sensor flooded, and forget all but the newest `kept`."""
        most = self.collector.most[sensor]
        for scan in sorted(scans)[: max(len(scans) - kept, 0)]:
            count = scans.pop(scan)
            if count > most:
                reason = f"flood: {count} plots in a scan, of which the first {most} were taken"
                allowed = f"at most {most} plots a scan"
                self.refuse(f"sensor {sensor}", reason, count, allowed, count=count - most)


class LineStream(PlotStream):
    """State of one feed of lines: besides what it found, the line begun and its number. Not thread-safe."""

    def __init__(self, evidence: str, provenance: Provenance, per_line: int = 1) -> None:
        super().__init__(evidence, provenance, per_line)
        self._begun = b""
        self._number = 0
        self._skipping = False

    def feed(self, data: bytes, received_s: float | None = None) -> Heard:
        """Decode a piece that came at a Unix time; None where the receipt says nothing of the plots' times."""
        whole, ended, self._begun = (self._begun + data).rpartition(b"\n")
        if ended:
            self._take_lines(whole.split(b"\n"))
        if len(self._begun) > LONGEST_LINE and not self._skipping:
            self._skipping = True
            self._take_each([self._begun])
        if self._skipping:
            self._begun = b""
        return self.drain(received_s)

    def end(self) -> Heard:
        """Decode a last line without an end, and take out the rest."""
        if self._begun:
            self._take_lines([self._begun])
            self._begun = b""
        return super().end()

    def _take_lines(self, lines: list[bytes]) -> None:
        if self._skipping:
            del lines[0]
            self._skipping = False
        if not self._take_plots(lines):
            self._take_each(lines)

    def _take_each(self, lines: list[bytes]) -> None:
        for line in lines:
            number = self._count()
            if line and not line.isspace():
                try:
                    take_row(self.collector, number, decode_line(line[: LONGEST_LINE + 1]))
                except Refused as refused:
                    self.collector.note(number, refused)

    def _take_plots(self, lines: list[bytes]) -> bool:
        """Decode lines of plots together; return whether that was possible: else each is to be decoded alone."""
        if not all(line.startswith(_PLOT) and len(line) <= LONGEST_LINE for line in lines):
            return False
        joined = b"[{" + b",\n{".join([line[len(_PLOT) :] for line in lines]) + b"]"
        try:
            plots = _PLOTS.decode(joined)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False
        if len(plots) != len(lines):
            return False
        step = self._per_line
        self.collector.keep_all((self._number + 1) * step, step, plots)
        self._number += len(plots)
        return True

    def _count(self) -> int:
        self._number += 1
        return self._number * self._per_line


class DatagramStream(LineStream):
    """State of one feed of datagrams, each ASTERIX or whole lines of a recording. Not thread-safe.

    `sites` are civil radars by their codes; see `AsterixReader` for `reference_s`.
    """

    def __init__(self, evidence: str, provenance: Provenance, sites: dict[Code, Site], reference_s: float) -> None:
        super().__init__(evidence, provenance, FACTS)
        self._asterix = AsterixReader(sites, reference_s)

    def feed(self, data: bytes, received_s: float | None = None) -> Heard:
        """Decode one datagram."""
        if data.startswith(b"{"):  # ASTERIX begins with the number of its category, and 123 is none
            return super().feed(data if data.endswith(b"\n") else data + b"\n", received_s)
        self._number += 1
        collect(self.collector, self._number, self._asterix.take(Datagram(received_s, data)))
        return self.drain(received_s)

    def end(self) -> Heard:
        """Take out the rest, and what was never read."""
        collect(self.collector, self._number, self._asterix.finish())
        return super().end()
