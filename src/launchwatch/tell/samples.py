"""Posterior samples as a Parquet table, a row a sample, units in the columns' names.

`launch` and `item` tell whose flight a row is of; `weight` sums to 1 over each flight; `launch_time_utc` is null
where no evidence fixes the time.
"""

import io
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from launchwatch.facts import FlightSamples
from launchwatch.flight.classes import CRUISE, KINDS, TRAJECTORIES, energy_range_m, trajectory_of

SCHEMA = pa.schema(
    [
        ("launch", pa.dictionary(pa.int32(), pa.string())),
        ("item", pa.int32()),
        ("weight", pa.float64()),
        ("launch_lat_deg", pa.float64()),
        ("launch_lon_deg", pa.float64()),
        ("launch_time_utc", pa.timestamp("us", tz="UTC")),
        ("azimuth_deg", pa.float64()),
        ("burnout_time_s", pa.float64()),
        ("burnout_speed_m_s", pa.float64()),
        ("burnout_angle_deg", pa.float64()),
        ("burnout_height_km", pa.float64()),
        ("apogee_km", pa.float64()),
        ("range_km", pa.float64()),
        ("flight_time_s", pa.float64()),
        ("impact_lat_deg", pa.float64()),
        ("impact_lon_deg", pa.float64()),
        ("minimum_energy_range_km", pa.float64()),
        ("class", pa.dictionary(pa.int8(), pa.string())),
        ("trajectory", pa.dictionary(pa.int8(), pa.string())),
    ]
)


def encode_samples(flights: Iterable[tuple[str | None, int, FlightSamples]]) -> bytes:
    """Return the Parquet bytes of the samples of flights, each with its launch's id and its object's number."""
    out = io.BytesIO()
    with pq.ParquetWriter(out, SCHEMA, compression="zstd") as writer:
        for launch, item, samples in flights:
            writer.write_table(_table(launch, item, samples))
    return out.getvalue()


def _table(launch: str | None, item: int, samples: FlightSamples) -> pa.Table:
    n = len(samples)
    micros = np.round(np.nan_to_num(samples.launch_time_s) * 1e6).astype(np.int64)
    climbs = trajectory_of(samples.apogee_m, samples.range_m)
    energy = energy_range_m(samples.burnout_speed_m_s, samples.burnout_height_m)
    columns = {
        "launch": pa.DictionaryArray.from_arrays(
            pa.array([0 if launch is not None else None] * n, pa.int32()), pa.array([launch or ""])
        ),
        "item": np.full(n, item, np.int32),
        "weight": samples.weight,
        "launch_lat_deg": np.degrees(samples.launch_lat_rad),
        "launch_lon_deg": np.degrees(samples.launch_lon_rad),
        "launch_time_utc": pa.array(micros, pa.int64(), mask=~np.isfinite(samples.launch_time_s)).cast(
            pa.timestamp("us", tz="UTC")
        ),
        "azimuth_deg": np.degrees(samples.azimuth_rad) % 360,
        "burnout_time_s": samples.burnout_time_s,
        "burnout_speed_m_s": samples.burnout_speed_m_s,
        "burnout_angle_deg": np.degrees(samples.burnout_angle_rad),
        "burnout_height_km": samples.burnout_height_m / 1e3,
        "apogee_km": samples.apogee_m / 1e3,
        "range_km": samples.range_m / 1e3,
        "flight_time_s": samples.flight_time_s,
        "impact_lat_deg": np.degrees(samples.impact_lat_rad),
        "impact_lon_deg": np.degrees(samples.impact_lon_rad),
        "minimum_energy_range_km": energy / 1e3,
        "class": _words(samples.class_index, KINDS),
        "trajectory": _words(climbs, TRAJECTORIES, samples.class_index == CRUISE),
    }
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, SCHEMA.field(name).type)
        for name, column in columns.items()
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _words(index: np.ndarray, names: tuple[str, ...], none: np.ndarray | None = None) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int8), mask=none), pa.array(names))
