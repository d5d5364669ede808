"""What came in: evidence, sensors, plots, reports, and what was refused with its reason."""

from typing import Literal

import msgspec

from launchwatch.facts.base import Provenance, Value


class RunStart(Value, frozen=True, kw_only=True):
    """The head of one run in the log: everything besides the evidence that its result depends on."""

    id: str
    version: str
    as_of_utc: str
    seed: int
    settings: dict[str, str | int | float | bool | None]
    platform: str
    provenance: Provenance


class RunEnd(Value, frozen=True, kw_only=True):
    """The end of one run in the log: it came to this, and nothing of it is missing after this row.

    `rejections` is the sum of the `count` of all its rejections.
    """

    id: str
    run: str
    events: tuple[str, ...]
    rejections: int
    provenance: Provenance


class Evidence(Value, frozen=True, kw_only=True):
    """One file or stream as it arrived. `origin` is its name or address, never a folder of this machine.

    A `feed` is written down before anything has come: its size is 0, and its content are the facts after it. A
    `raw` one is a part of a feed as it came (a capture of datagrams, or the lines), of which the plots were made
    already: it is derived from the feed, and `received_utc` is when the first of it came.
    """

    id: str
    kind: Literal["report", "recording", "feed", "traffic", "answers", "raw"]
    origin: str
    sha256: str
    size_bytes: int
    received_utc: str
    provenance: Provenance


SIGMA_BAROMETRIC_M = 200.0
"""One sigma of a pressure altitude taken as a height above the ellipsoid, m, where a sensor states none.

Most of it is weather, not the instrument: 10 hPa of sea-level pressure are 83 m, 8 K of mean air temperature
180 m at 6 km (hypsometric equation), undulation of the geoid 30 m, the altimeter 25 m (80 ft mean error allowed
by ICAO Doc 9574, 4.2.2), a reply in steps of 100 ft 9 m: 203 m together. It is nearly constant along a flight.
"""


class Sensor(Value, frozen=True, kw_only=True):
    """One sensor of a recording: where it is and how well it measures (DESIGN, recording format).

    Ground sensors have `lat_deg`, `lon_deg` and the ellipsoidal `height_m`; satellites `position_ecef_m` or an
    `ephemeris` of [time_utc, x, y, z] rows in metres, earth-fixed. Accuracies are one standard deviation.
    `horizon_deg` is the lowest elevation at which the sensor sees; with `max_elevation_deg`, `max_range_m` and
    `azimuth_span_deg` (from, to, clockwise) it bounds the volume in which false plots fall.

    A `surveillance` radar (civil air traffic) measures range and azimuth, and reads the target's barometric
    height from its transponder where it has one; `sigma_barometric_height_m` (default `SIGMA_BAROMETRIC_M`) is
    that height's accuracy as a height above the ellipsoid. `sigma_bias_*` is the one-sigma size of a constant
    error of registration, the same in every plot (None: registered perfectly). `refraction` says whether range
    and elevation are `corrected` for the atmosphere already, or apparent ones that the `standard` atmosphere
    shall correct on intake. `path` names the link by which its plots come, `host` the machine that makes them:
    sensors that share either, or their owner, are one path to the warning chain.
    """

    id: str
    kind: Literal["radar", "infrared", "surveillance"]
    owner: str | None = None
    path: str | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    height_m: float | None = None
    position_ecef_m: tuple[float, float, float] | None = None
    ephemeris: tuple[tuple[str, float, float, float], ...] | None = None
    sigma_range_m: float | None = None
    sigma_azimuth_deg: float | None = None
    sigma_elevation_deg: float | None = None
    sigma_range_rate_m_s: float | None = None
    sigma_los_rad: float | None = None
    horizon_deg: float = 0.0
    max_elevation_deg: float = 60.0
    max_range_m: float = 2_000_000.0
    azimuth_span_deg: tuple[float, float] = (0.0, 360.0)
    scan_s: float
    detection_probability: float = 1.0
    false_plots_per_scan: float = 0.0
    note: str | None = None
    sigma_barometric_height_m: float | None = None
    sigma_bias_range_m: float | None = None
    sigma_bias_azimuth_deg: float | None = None
    sigma_bias_elevation_deg: float | None = None
    sigma_bias_los_rad: float | None = None
    refraction: Literal["corrected", "standard"] = "corrected"
    host: str | None = None


class Plot(Value, frozen=True, kw_only=True):
    """One measurement (DESIGN, recording format).

    Radar: range, azimuth clockwise from true north, elevation above the plane normal to the WGS84 ellipsoid at
    the sensor. Infrared: `los_ecef`, a unit vector from sensor to target in the earth-fixed frame.

    `covariance`, where the plot has its own accuracy: row by row in the units of the fields, in the order of
    what was measured: range_m, azimuth_deg, elevation_deg and, if given, range_rate_m_s of a radar; range_m,
    azimuth_deg and, if given, barometric_height_m of a surveillance radar; of an infrared sensor the two small
    angles (rad) about the line of sight, along the rows of `geo.sight.bearing_plane`.
    """

    id: str
    sensor: str
    time_utc: str
    received_utc: str | None = None
    range_m: float | None = None
    azimuth_deg: float | None = None
    elevation_deg: float | None = None
    barometric_height_m: float | None = None
    range_rate_m_s: float | None = None
    snr_db: float | None = None
    los_ecef: tuple[float, float, float] | None = None
    intensity: float | None = None
    covariance: tuple[tuple[float, ...], ...] | None = None


class PlotBlock(Value, frozen=True, kw_only=True):
    """All plots of one scan of one sensor: one fact of the log."""

    id: str
    evidence: str
    sensor: str
    time_utc: str
    plots: tuple[Plot, ...]
    provenance: Provenance


class TruthState(Value, frozen=True, kw_only=True):
    """A known true state in a simulated recording; for scoring only, no estimator ever reads it."""

    object: str
    time_utc: str
    position_ecef_m: tuple[float, float, float]
    velocity_ecef_m_s: tuple[float, float, float]
    class_: str = msgspec.field(name="class")


class Report(Value, frozen=True, kw_only=True):
    """One text by one outlet or authority. `published` is a date or instant as given, or None.

    `made` is the day on which a PDF says that it was made: later than what it holds by hours or years.
    """

    id: str
    evidence: str
    origin: str
    text: str
    outlet: str | None = None
    published: str | None = None
    language: str | None = None
    url: str | None = None
    made: str | None = None
    provenance: Provenance


IGNORED = "published ignored"
"""How the reason of a rejection opens where a report is read, and only its date of publication is not used."""


class Rejection(Value, frozen=True, kw_only=True):
    """Something that came in and was not used: what it was, where it stood and why.

    It stands for `count` plots, lines, reports or datagrams: of many alike not each has a rejection of its own.
    """

    id: str
    evidence: str
    what: str
    reason: str
    line: int | None = None
    given: str | None = None
    allowed: str | None = None
    try_: str | None = msgspec.field(name="try", default=None)
    provenance: Provenance
    count: int = 1
