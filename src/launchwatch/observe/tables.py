"""Recordings as Parquet tables: the columns are the fields of the NDJSON lines, with `type`; null for absent.

Numbers are float64 (any number type is read), texts are strings, instants ISO 8601 strings or UTC timestamps;
`position_ecef_m`, `velocity_ecef_m_s`, `los_ecef` and `azimuth_span_deg` are lists of float64, `covariance` a list
of such rows, `ephemeris` a list of structs `time_utc`, `x_m`, `y_m`, `z_m`. Rows are in the order of the lines:
sensors before their plots. `encode_table` and `decode_table` are inverses.
"""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from launchwatch.basis.instants import format_instant
from launchwatch.facts import Plot, Provenance, Sensor, TruthState, recording_row
from launchwatch.observe.collecting import Collector, Recording, Refused
from launchwatch.observe.recordings import row_of, take_row

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_ROWS = 65_536
"""Rows decoded at once: some 30 MB of Python values, whatever the size of the file."""

MOST_COLUMNS = 200
"""Columns beyond which a table is no recording; it has 45."""

_VECTORS = ("position_ecef_m", "velocity_ecef_m_s", "los_ecef", "azimuth_span_deg")
_TEXTS = (
    "type", "id", "sensor", "time_utc", "received_utc", "kind", "owner", "path", "host", "note", "refraction",
    "object", "class",
)  # fmt: skip
_PLAIN = frozenset(name for name in Plot.__struct_fields__ if name not in {"los_ecef", "covariance"}) | {"type"}


def encode_table(rows: Iterable[Sensor | Plot | TruthState]) -> bytes:
    """Return a recording's rows, sensors first, as a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    plain = [recording_row(row) for row in rows]
    names = {name: None for row in plain for name in row}  # in order of first use
    columns = {
        name: pa.array([_column_value(name, row.get(name)) for row in plain], _type_of(name)) for name in names
    }
    sink = BytesIO()
    pq.write_table(pa.table(columns), sink, compression="zstd", row_group_size=BATCH_ROWS)
    return sink.getvalue()


def _column_value(name: str, value: Any) -> Any:
    if name == "ephemeris" and value is not None:
        return [dict(zip(("time_utc", "x_m", "y_m", "z_m"), row, strict=True)) for row in value]
    return value


def _type_of(name: str) -> "pa.DataType":
    import pyarrow as pa

    if name in _TEXTS:
        return pa.string()
    if name in _VECTORS:
        return pa.list_(pa.float64())
    if name == "covariance":
        return pa.list_(pa.list_(pa.float64()))
    if name == "ephemeris":
        place = [(axis, pa.float64()) for axis in ("x_m", "y_m", "z_m")]
        return pa.list_(pa.struct([("time_utc", pa.string()), *place]))
    return pa.float64()


def decode_table(handle: BinaryIO, *, evidence: str, provenance: Provenance) -> Recording:
    """Return the recording in an open Parquet file; never raises on bad content. Rejections number its rows."""
    collector = Collector(evidence, provenance)
    number = 0
    try:
        for row in _rows(handle):
            number += 1
            try:
                take_row(collector, number, row_of(row) if isinstance(row, dict) else row)
            except Refused as refused:
                collector.note(number, refused)
    except Refused as refused:
        collector.note(None, refused)
    return collector.finish()


def _rows(handle: BinaryIO) -> Iterator[Plot | dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(handle)
        names = table.schema_arrow.names
        if "type" not in names:
            raise Refused(
                "table", "no recording: the column type is missing", names[:5], "the columns of a recording"
            )
        if len(names) > MOST_COLUMNS or len(set(names)) < len(names):
            raise Refused(
                "table", "no recording: too many columns, or two of one name", len(names), "one of a field"
            )
        for batch in table.iter_batches(BATCH_ROWS):
            yield from _batch_rows(batch)
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, NotImplementedError) as error:
        reason = f"Parquet table cannot be read on: {type(error).__name__} {error}"[:300]
        raise Refused("table", reason, allowed="a Parquet file with the columns of a recording") from None


def _batch_rows(batch: "pa.RecordBatch") -> Iterator[Plot | dict[str, Any]]:
    """Yield each row: a plot at once where its columns have the types that a plot has, else its plain values."""
    columns = {
        name: _values(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if column.null_count < len(column)
    }  # fmt: skip
    names = list(columns)
    typed = _are_plots(names, columns)
    for values in zip(*columns.values(), strict=True):
        if typed and values[0] == "plot":
            yield Plot(**dict(zip(names[1:], values[1:], strict=True)))
        else:
            row = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            if "ephemeris" in row:
                row["ephemeris"] = [_ephemeris_row(place) for place in row["ephemeris"]]
            yield row


def _are_plots(names: Sequence[str], columns: dict[str, list[Any]]) -> bool:
    """Return whether every value of a batch may stand in a plot as it is: right names, right types, ids there."""
    if not names or names[0] != "type" or not _PLAIN.issuperset(names):
        return False
    if not {"id", "sensor", "time_utc"}.issubset(names):
        return False
    texts = {str, type(None)}
    for name in names:
        kinds = set(map(type, columns[name]))
        if name in {"type", "id", "sensor", "time_utc"} and kinds != {str}:
            return False
        if not kinds <= (texts if name in _TEXTS else {float, type(None)}):
            return False
    return True


def _values(column: "pa.Array") -> list[Any]:
    """Return a column as Python values: whole numbers as floats, timestamps as ISO 8601 texts."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_timestamp(kind):
        micro = column.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64()).to_pylist()
        zone = "" if kind.tz is None else "Z"  # arrow keeps instants in UTC, whatever the zone that it shows
        return [None if at is None else format_instant(at / 1e6).removesuffix("Z") + zone for at in micro]
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False).to_pylist()
    if pa.types.is_dictionary(kind):
        return column.dictionary_decode().to_pylist()
    return column.to_pylist()


def _ephemeris_row(place: Any) -> Any:
    return list(place.values()) if isinstance(place, dict) else place
