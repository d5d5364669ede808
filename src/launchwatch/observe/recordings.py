"""Recordings: newline-delimited JSON to sensors, plots and truth, one object a line, each checked.

    {"type": "sensor", ...}  the fields of `facts.Sensor`
    {"type": "plot", ...}    the fields of `facts.Plot`; units in the names, azimuth from true north
    {"type": "truth", ...}   known truth of a simulation; kept apart, for scoring only

A line that cannot be used becomes a `Rejection` with its number and reason, and the rest goes on; see
`observe.collecting` for what is judged over many lines.
"""

import re
from collections.abc import Iterable

import msgspec

from launchwatch.facts import Plot, Provenance, Sensor, TruthState
from launchwatch.observe.collecting import MOST_ALIKE, Collector, Recording, Refused
from launchwatch.observe.plots import check_plot
from launchwatch.observe.sensor_clocks import GAP_S, LATE_S

__all__ = [
    "GAP_S",
    "LATE_S",
    "LONGEST_LINE",
    "MOST_ALIKE",
    "Recording",
    "Refused",
    "check_plot",
    "decode_line",
    "decode_recording",
]

LONGEST_LINE = 65_536
"""Bytes of the longest line worth parsing: a sensor with an hour's ephemeris has 10,000."""

Row = Sensor | Plot | TruthState

KINDS: dict[str, type[Row]] = {"sensor": Sensor, "plot": Plot, "truth": TruthState}

_PLOT = msgspec.json.Decoder(Plot)
_PLOT_HEAD = re.compile(rb'\s*\{\s*"type"\s*:\s*"plot"\s*,')
_NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode_recording(lines: Iterable[bytes], *, evidence: str, provenance: Provenance) -> Recording:
    """Return the recording in an iterable of lines; never raises on bad content."""
    collector = Collector(evidence, provenance)
    for number, line in enumerate(lines, start=1):
        if line and not line.isspace():
            try:
                take_row(collector, number, decode_line(line))
            except Refused as refused:
                collector.note(number, refused)
    return collector.finish()


def take_row(collector: Collector, number: int, row: Row) -> None:
    """Give a decoded line or row to the collector; raises Refused."""
    if isinstance(row, Plot):
        collector.keep(number, row)
    elif isinstance(row, Sensor):
        collector.meet(row)
    else:
        collector.witness(row)


def decode_line(line: bytes) -> Row:
    """Return the sensor, plot or truth of one line, its form checked and its values not; raises Refused."""
    if len(line) > LONGEST_LINE:
        raise Refused("line", "line too long", len(line), f"at most {LONGEST_LINE} bytes")
    # Nine lines in ten are plots that name their type first: those are decoded at once, without the type, in
    # half the time. Whatever fails is looked at again below, where the reason is found.
    head = _PLOT_HEAD.match(line)
    if head is not None:
        try:
            return _PLOT.decode(b"{" + line[head.end() :])
        except _NOT_JSON:
            pass
    try:
        value = msgspec.json.decode(line)
    except _NOT_JSON as error:
        raise Refused("line", f"no JSON object: {error}", line[:60]) from None
    return row_of(value)


def row_of(value: object) -> Row:
    """Return the sensor, plot or truth of one row of plain values; raises Refused."""
    kind = value.pop("type", None) if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(kind, str) or kind not in KINDS:
        raise Refused("line", "unknown type of line", kind, " or ".join(KINDS))
    try:
        return msgspec.convert(value, KINDS[kind], strict=True)
    except msgspec.ValidationError as error:
        raise Refused(f"{kind} {value.get('id', '')}".strip(), str(error)) from None
