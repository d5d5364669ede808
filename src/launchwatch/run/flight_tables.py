"""Tables of flights: what some columns say of a flight, and what it predicts for another."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.bayes.sampling import weighted_quantile
from launchwatch.estimate.fuse.figures import quantity, told_quantiles
from launchwatch.estimate.fuse.likelihood import in_waters_of
from launchwatch.estimate.fuse.posterior import Posterior, from_claims
from launchwatch.estimate.summary import azimuth_interval, class_shares
from launchwatch.facts import Attribute, Claim
from launchwatch.facts.claims import Qualifier
from launchwatch.facts.speakers import AUTHORITY_ERROR
from launchwatch.flight.classes import energy_range_m
from launchwatch.flight.limits import impossible
from launchwatch.geo.areas import PlaceArea, make_area
from launchwatch.geo.places import resolve_place
from launchwatch.geo.zones import load_zones
from launchwatch.observe.entered import compass_word
from launchwatch.observe.figures import FIGURES, read_figure
from launchwatch.observe.sheets import read_sheet
from launchwatch.run.context import Settings, new_context

Array = NDArray[np.float64]

PREDICTIONS_SCHEMA = "launchwatch/predictions/1"

GIVEN: Final = ("range_km", "apogee_km", "flight_time_min", "direction", "class", "trajectory")
PREDICTED: Final = ("range_km", "apogee_km", "flight_time_min", "direction", "minimum_energy_range_km")
ZONE: Final = "eez:"
"""What a state's zone begins with: `eez:JPN` asks for the probability inside Japan's."""

_SITE_SIGMA_KM = 5.0  # a launch site's own size, and how well tables place it
_LEVELS = (0.05, 0.5, 0.95)
_LIKELIER = 0.5
_AZIMUTH = re.compile(r"\baz(?:imuth)? (\d{1,3}(?:\.\d+)?)")
_COMPASS = re.compile(r"[NESW]{1,3}\b")
_CLASS = re.compile(r"\b(SRBM|MRBM|IRBM|ICBM|SLBM|SLV|S?L?A?CM|[Cc]ruise)\b")
_TRAJECTORY = ("normal", "lofted", "depressed", "irregular")
_DEFAULT = "default value"
"""What a table's direction holds that nobody measured says so."""


@dataclass(frozen=True)
class Row:
    """A flight of a table: its id, where it was launched from, and what its given columns say."""

    id: str
    line: int
    area: PlaceArea
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Left:
    """A row of a table of which nothing can be predicted, and why."""

    id: str
    line: int
    reason: str


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

    Rows hold `id`, `median`, `p05`, `p95` (for a zone, `eez:JPN`, instead `probability`), `class` with the
    probabilities of all, and the effective sample size. Of range, apogee and flight time these are of the figure
    that an authority would publish, which is what such a column holds; `flight_p05` and `flight_p95` are of the
    flight's own. A row is of a ballistic flight unless its given class says cruise. `left` are those that cannot
    be predicted, with line and reason. Each row's random stream is its id's own: the same row in another table is
    predicted the same. Raises InputError for what is no such table, and unknown columns.
    """
    _check(given, predict)
    context = new_context(Settings(particles=particles), seed=seed)
    rows = list(read_rows(table, given))
    found, left = [], []
    for done, row in enumerate(rows):
        if progress is not None:
            progress("estimating", done, len(rows))
        if isinstance(row, Left):
            left.append(row)
            continue
        try:
            posterior = from_claims(
                row.claims,
                country=None,
                date=None,
                rng=context.rng("table", row.id),
                particles=particles,
                area=row.area,
                cruise=any(claim.value == "cruise" for claim in row.claims),
            )
            found.append({"id": row.id, **predicted(posterior, predict)})
        except (ValueError, ArithmeticError) as error:  # NoEvidenceError, or numbers that fail: the others go on
            left.append(Left(row.id, row.line, str(error)))
    return {
        "schema": PREDICTIONS_SCHEMA,
        "given": list(given),
        "predict": predict,
        "flights": found,
        "left": [{"id": one.id, "line": one.line, "reason": one.reason} for one in left],
    }


def predicted(posterior: Posterior, predict: str) -> dict[str, Any]:
    """Return a posterior's median and central 90 % interval of a column, or a zone's probability, and its class.

    A direction's interval runs around its circular mean, without a jump at north.
    """
    samples = posterior.samples
    shares = class_shares(samples)
    return {
        **_told(posterior, predict),
        "class": max(shares, key=lambda name: shares[name]),
        "classes": {name: round(share, 3) for name, share in shares.items()},
        "effective_sample_size": posterior.diagnostics.effective_sample_size,
        "converged": posterior.diagnostics.converged,
    }


def _told(posterior: Posterior, predict: str) -> dict[str, float | None]:
    """Return what is predicted; None of what it likely has none of: a cruise flight burns all the way."""
    samples = posterior.samples
    if predict.startswith(ZONE):
        inside = in_waters_of(predict.removeprefix(ZONE), samples.impact_lat_rad, samples.impact_lon_rad)
        return {"probability": round(float(samples.weight @ inside), 4)}
    if predict == "direction":
        turned = azimuth_interval(samples.azimuth_rad, samples.weight)
        low, middle, high = turned.p05, turned.median, turned.p95
    else:
        values = quantity_of(posterior, predict)
        known = np.isfinite(values)
        if samples.weight[known].sum() < _LIKELIER:
            return dict.fromkeys(("median", "p05", "p95"))
        values, weight = values[known], samples.weight[known] / samples.weight[known].sum()
        low, middle, high = weighted_quantile(values, weight, _LEVELS)
        if predict in AUTHORITY_ERROR:
            told = told_quantiles(predict, values, weight, _LEVELS)
            names = ("p05", "median", "p95", "flight_p05", "flight_p95")
            return {name: round(value, 3) for name, value in zip(names, (*told, low, high), strict=True)}
    return {"median": round(middle, 3), "p05": round(low, 3), "p95": round(high, 3)}


def quantity_of(posterior: Posterior, column: str) -> Array:
    """Return a posterior's samples (n,) of one column, in the column's unit."""
    samples = posterior.samples
    if column in AUTHORITY_ERROR:
        return quantity(samples, column)
    if column == "direction":
        return np.degrees(samples.azimuth_rad) % 360
    return energy_range_m(samples.burnout_speed_m_s, samples.burnout_height_m) / 1e3


def _check(given: Sequence[str], predict: str) -> None:
    unknown = [name for name in given if name not in GIVEN]
    if unknown or not given:
        raise InputError(
            "a column that cannot be given", given=", ".join(unknown) or "none", allowed=", ".join(GIVEN)
        )
    if len(set(given)) < len(given):
        raise InputError("a column given twice", given=", ".join(given), allowed="each once")
    if predict.startswith(ZONE):
        states = sorted({zone.id.removeprefix(ZONE) for zone in load_zones() if zone.id.startswith(ZONE)})
        if predict.removeprefix(ZONE) not in states:
            raise InputError("a zone that is not known", given=predict, allowed=f"eez: and {', '.join(states)}")
    elif predict not in PREDICTED:
        allowed = f"{', '.join(PREDICTED)} or a zone such as eez:JPN"
        raise InputError("a column that cannot be predicted", given=predict, allowed=allowed)
    if predict in given:
        raise InputError("a column cannot be given and predicted", given=predict)


def read_rows(table: bytes, given: Sequence[str]) -> Iterator[Row | Left]:
    """Yield the flights of a table, or a flight's id and why it says nothing."""
    decimal_comma = b";" in table.split(b"\n", 1)[0]
    seen: dict[str, int] = {}
    for line, row in read_sheet(table, ("id", *given)):
        if isinstance(row, InputError):
            yield Left(f"line {line}", line, str(row))
            continue
        id_ = row["id"] or f"line {line}"
        if id_ in seen:
            yield Left(id_, line, f"the id of line {seen[id_]} again")
            continue
        seen[id_] = line
        try:
            yield _row(id_, line, row, given, decimal_comma=decimal_comma)
        except InputError as error:
            yield Left(id_, line, str(error))


def _row(id_: str, line: int, row: dict[str, str], given: Sequence[str], *, decimal_comma: bool) -> Row:
    claims = [claim for name in given if (claim := _claim(id_, name, row[name], decimal_comma=decimal_comma))]
    told = {claim.attribute for claim in claims}
    if len(claims) < len(given):
        empty = ", ".join(name for name in given if _ATTRIBUTE.get(name, name) not in told)
        raise InputError("the row leaves a given column empty", given=empty)
    return Row(id_, line, _area(row), tuple(claims))


_ATTRIBUTE = {"class": "missile_class"}


def _claim(id_: str, name: str, cell: str, *, decimal_comma: bool) -> Claim | None:
    if not cell:
        return None
    attribute = _ATTRIBUTE.get(name, name)
    unit = qualifier = None
    value: Any
    if name in FIGURES:
        value, unit, qualifier = read_figure(name, cell, decimal_comma=decimal_comma)
        reason = impossible(name, value, qualifier)
        if reason is not None:
            raise InputError(f"an impossible figure: {reason}", given=f"{name} {cell}")
    elif name == "direction":
        value = _azimuth(cell)
    elif name == "class":
        match = _CLASS.search(cell)
        value = _class(match[1]) if match else None
    else:
        value = _trajectory(cell)
    if value is None:
        return None
    return Claim(
        id=content_id("claim", id_, attribute),
        report=id_,
        attribute=msgspec.convert(attribute, Attribute),
        value=value,
        unit=unit,
        qualifier=msgspec.convert(qualifier, Qualifier | None),
        source="table",
        span=(0, len(cell)),
        quote=cell,
        rule="table",
        found_by=("person",),
    )


def _class(word: str) -> str:
    return "cruise" if word.endswith(("CM", "ruise")) else word


def _azimuth(cell: str) -> float | str | None:
    """Return degrees, or a compass word where no azimuth stands beside it; None for a source's default."""
    if _DEFAULT in cell:
        return None
    match = _AZIMUTH.search(cell) or re.fullmatch(r"(\d{1,3}(?:\.\d+)?)", cell)
    if match and float(match[1]) <= 360:
        return float(match[1])
    word = _COMPASS.match(cell)
    return compass_word(word[0]) if word else None


def _trajectory(cell: str) -> str:
    if cell.casefold() not in _TRAJECTORY:
        raise InputError("unknown trajectory", given=cell, allowed=", ".join(_TRAJECTORY))
    return cell.casefold()


def _area(row: dict[str, str]) -> PlaceArea:
    site, country = row.get("launch_site", ""), row.get("country", "")
    told = [row.get(name, "") for name in ("launch_lat", "launch_lon")]
    if any(told):
        return _point(site, *told)
    area = (resolve_place(site, country=country or None) if site else None) or (
        resolve_place(country) if country else None
    )
    if area is None:
        raise InputError(
            "nothing tells where the launch was",
            given=site or country or None,
            allowed="launch_lat and launch_lon in degrees, a launch_site or country that is known",
        )
    return area


def _point(site: str, lat_cell: str, lon_cell: str) -> PlaceArea:
    try:
        lat, lon = float(lat_cell), float(lon_cell)
    except ValueError:
        lat = lon = math.nan
    if not (-90 <= lat <= 90 and -180 <= lon <= 360):
        raise InputError(
            "the launch point is no place on earth",
            given=f"{lat_cell}, {lon_cell}",
            allowed="launch_lat -90 to 90, launch_lon -180 to 360 degrees",
        )
    point = np.array([lon]), np.array([lat]), np.ones(1)
    return make_area(site or "launch point", (), "point", *point, _SITE_SIGMA_KM)
