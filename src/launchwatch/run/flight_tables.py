"""Tables of flights: what some columns say of a flight, and what it predicts for another."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import InputError, NoEvidenceError
from launchwatch.basis.ids import content_id
from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.estimate.fuse.posterior import Posterior, from_claims
from launchwatch.facts import Claim
from launchwatch.flight.classes import CLASSES, energy_range_m
from launchwatch.geo.areas import PlaceArea, make_area
from launchwatch.geo.places import resolve_place
from launchwatch.run.context import Settings, new_context

Array = NDArray[np.float64]

GIVEN: Final = ("range_km", "apogee_km", "flight_time_min", "direction", "class", "trajectory")
PREDICTED: Final = ("range_km", "apogee_km", "flight_time_min", "direction", "minimum_energy_range_km")
_SITE_SIGMA_KM = 5.0  # a launch site's own size, and how well tables place it
_LEVELS = (0.05, 0.5, 0.95)
_AZIMUTH = re.compile(r"\baz(?:imuth)? (\d{1,3}(?:\.\d+)?)")
_CLASS = re.compile(r"\b(SRBM|MRBM|IRBM|ICBM|SLBM)\b")
_DEFAULT = "default value"
"""What a table's direction holds that nobody measured says so."""


@dataclass(frozen=True)
class Row:
    """A flight of a table: its id, where it was launched from, and what its given columns say."""

    id: str
    area: PlaceArea
    claims: tuple[Claim, ...]


def predict_table(
    table: bytes,
    *,
    given: Sequence[str],
    predict: str,
    particles: int = 1000,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any]:
    """Return what given columns of a table of flights predict for another, a row for each flight that can be.

    Rows hold `id`, `median`, `p05`, `p95`, `class` with the probabilities of all, and the effective sample size;
    `left` those that cannot, with the reason. Raises InputError for what is no such table, and unknown columns.
    """
    _check(given, predict)
    context = new_context(Settings(particles=particles), seed=seed)
    rows = list(read_rows(table, given))
    found, left = [], []
    for done, row in enumerate(rows):
        if progress is not None:
            progress("estimating", done, len(rows))
        if isinstance(row, tuple):
            left.append({"id": row[0], "reason": row[1]})
            continue
        try:
            posterior = from_claims(
                row.claims,
                country=None,
                date=None,
                rng=context.rng("table", row.id),
                particles=particles,
                area=row.area,
            )
        except NoEvidenceError as error:
            left.append({"id": row.id, "reason": str(error)})
            continue
        found.append({"id": row.id, **predicted(posterior, predict)})
    return {
        "schema": "launchwatch/predictions/1",
        "given": list(given),
        "predict": predict,
        "flights": found,
        "left": left,
    }


def predicted(posterior: Posterior, predict: str) -> dict[str, Any]:
    """Return a posterior's median and central 90 % interval of one column, and its class."""
    samples = posterior.samples
    values = quantity_of(posterior, predict)
    low, middle, high = weighted_quantile(values, samples.weight, _LEVELS)
    shares = np.bincount(samples.class_index, weights=samples.weight, minlength=len(CLASSES))
    return {
        "median": round(middle, 3),
        "p05": round(low, 3),
        "p95": round(high, 3),
        "class": CLASSES[int(np.argmax(shares))],
        "classes": {name: round(float(share), 3) for name, share in zip(CLASSES, shares, strict=True)},
        "effective_sample_size": posterior.diagnostics.effective_sample_size,
        "converged": posterior.diagnostics.converged,
    }


def quantity_of(posterior: Posterior, column: str) -> Array:
    """Return a posterior's samples (n,) of one column, in the column's unit."""
    samples = posterior.samples
    if column == "range_km":
        return samples.range_m / 1e3
    if column == "apogee_km":
        return samples.apogee_m / 1e3
    if column == "flight_time_min":
        return samples.flight_time_s / 60
    if column == "direction":
        return np.degrees(samples.azimuth_rad) % 360
    return energy_range_m(samples.burnout_speed_m_s, samples.burnout_height_m) / 1e3


def _check(given: Sequence[str], predict: str) -> None:
    for names, allowed, what in ((given, GIVEN, "given"), ((predict,), PREDICTED, "predicted")):
        unknown = [name for name in names if name not in allowed]
        if unknown or not names:
            raise InputError(
                f"a column that cannot be {what}", given=", ".join(unknown) or "none", allowed=", ".join(allowed)
            )
    if predict in given:
        raise InputError("a column cannot be given and predicted", given=predict)


def read_rows(table: bytes, given: Sequence[str]) -> Iterator[Row | tuple[str, str]]:
    """Yield the flights of a table, or a flight's id and why it says nothing."""
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError("the table is no UTF-8 text", given=str(error)) from None
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in ("id", *given) if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            "the table lacks columns", given=", ".join(reader.fieldnames or ()), allowed=", ".join(missing)
        )
    for number, row in enumerate(reader, start=2):
        id_ = (row.get("id") or "").strip() or f"line {number}"
        try:
            yield _row(id_, row, given)
        except InputError as error:
            yield id_, str(error)


def _row(id_: str, row: dict[str, str], given: Sequence[str]) -> Row:
    claims = [claim for name in given if (claim := _claim(id_, name, (row.get(name) or "").strip())) is not None]
    if len(claims) < len(given):
        told = {claim.attribute for claim in claims}
        raise InputError(
            "the row leaves a given column empty",
            given=", ".join(n for n in given if _ATTRIBUTE.get(n, n) not in told),
        )
    return Row(id_, _area(row), tuple(claims))


_ATTRIBUTE = {"class": "missile_class"}


def _claim(id_: str, name: str, cell: str) -> Claim | None:
    value: str | float | None
    if name == "direction":
        match = _AZIMUTH.search(cell)
        value = float(match[1]) if match and _DEFAULT not in cell else None
    elif name == "class":
        match = _CLASS.search(cell)
        value = match[1] if match else None
    elif name == "trajectory":
        value = cell or None
    else:
        value = _number(name, cell)
    if value is None:
        return None
    attribute = _ATTRIBUTE.get(name, name)
    return Claim(
        id=content_id("claim", id_, attribute),
        report=id_,
        attribute=attribute,  # type: ignore[arg-type]
        value=value,
        source="table",
        span=(0, 0),
        quote=cell,
        rule="table",
    )


def _number(name: str, cell: str) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not 0 < value < 1e5:
        raise InputError(f"{name} is no figure", given=cell, allowed="a number above 0 and below 100,000")
    return value


def _area(row: dict[str, str]) -> PlaceArea:
    site, country = (row.get("launch_site") or "").strip(), (row.get("country") or "").strip()
    try:
        lat, lon = float(row.get("launch_lat") or ""), float(row.get("launch_lon") or "")
    except ValueError:
        area = (resolve_place(site, country=country) if site else None) or (
            resolve_place(country) if country else None
        )
        if area is None:
            raise InputError(
                "nothing tells where the launch was", allowed="launch_lat and launch_lon, launch_site or country"
            ) from None
        return area
    if not (-90 <= lat <= 90 and -180 <= lon <= 360):
        raise InputError("the launch point is no place on earth", given=f"{lat}, {lon}")
    point = np.array([lon]), np.array([lat]), np.ones(1)
    return make_area(site or "launch point", (), "point", *point, _SITE_SIGMA_KM)
