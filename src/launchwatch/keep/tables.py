"""A log as Parquet tables, one file for each kind of fact, for DuckDB and everything else that reads columns.

Each table begins with `log_seq`, `log_hash` (hex) and `log_subject`; then the fact's own fields. Texts, numbers
and flags are columns of that type, everything else is JSON text. Instants stay texts (`CAST(x AS TIMESTAMPTZ)`).
"""

import types
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from launchwatch.basis.errors import LogError
from launchwatch.facts import KINDS, canonical_bytes
from launchwatch.keep.filing import subject_of
from launchwatch.keep.store import ChainedLog, Row

_GROUP_ROWS = 20_000
_GROUP_BYTES = 8 << 20  # of JSON: what waits in memory for one kind stays below some 30 MB


def export_log(log: ChainedLog, folder: Path, kinds: Iterable[str] = ()) -> dict[str, int]:
    """Write a log's facts below `folder`, one Parquet file a kind, and return how many of each.

    LogError where a table cannot be written; a kind without facts makes no file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables: dict[str, _Table] = {}
    try:
        for row in log.rows(*kinds):
            if row.kind not in tables:
                tables[row.kind] = _Table(folder / f"{row.kind}.parquet", row.kind)
            tables[row.kind].take(row)
    except OSError as error:
        raise LogError(f"tables could not be written: {error.strerror or error}") from None
    finally:
        for table in tables.values():
            table.close()
    return {kind: table.rows for kind, table in tables.items()}


class _Table:
    """One file being written: its writer and the rows that wait for the next group."""

    def __init__(self, path: Path, kind: str) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._columns = columns_of(kind)
        types_ = {"text": pa.string(), "number": pa.float64(), "whole": pa.int64(), "flag": pa.bool_()}
        own = [("log_seq", pa.int64()), ("log_hash", pa.string()), ("log_subject", pa.string())]
        fields = [(name, types_.get(what, pa.string())) for name, what in self._columns.items()]
        self._schema = pa.schema(own + fields)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[dict[str, Any]] = []
        self._bytes = 0
        self.rows = 0

    def take(self, row: Row) -> None:
        fact = row.fact()
        said = msgspec.to_builtins(fact)
        own = {"log_seq": row.seq, "log_hash": row.hash.hex(), "log_subject": subject_of(fact)}
        self._waiting.append(own | {name: _cell(said.get(name), what) for name, what in self._columns.items()})
        self._bytes += len(row.body)
        self.rows += 1
        if len(self._waiting) >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._write()

    def close(self) -> None:
        self._write()
        self._writer.close()

    def _write(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=self._schema))
        self._waiting, self._bytes = [], 0


def columns_of(kind: str) -> dict[str, str]:
    """Return a kind's columns in order: `text`, `number`, `whole`, `flag`, or `json` for what has parts."""
    hints = get_type_hints(KINDS[kind])
    return {field.encode_name: _what(hints[field.name]) for field in msgspec.structs.fields(KINDS[kind])}


_SIMPLE: Mapping[object, str] = {str: "text", float: "number", int: "whole", bool: "flag"}


def _what(hint: object) -> str:
    if get_origin(hint) is Literal:
        return "text"
    if get_origin(hint) in {Union, types.UnionType}:
        parts = [part for part in get_args(hint) if part is not type(None)]
        return _what(parts[0]) if len(parts) == 1 else "json"
    return _SIMPLE.get(hint, "json")


def _cell(value: object, what: str) -> object:
    if value is None or what in {"text", "flag"}:
        return value
    if what == "json":
        return canonical_bytes(value).decode()
    return float(value) if what == "number" and isinstance(value, int | float) else value
