"""Invented events for maps: geodesic flights of a given length and direction, with a fan and a fall area."""

import math

import numpy as np

from launchwatch.facts import (
    Burnout,
    Diagnostics,
    Disagreement,
    Ellipse,
    Event,
    Flight,
    Interval,
    Path,
    PathPoint,
    PointEstimate,
    Provenance,
    SpeakerView,
    ZoneAssessment,
)
from launchwatch.geo.geodesic import destination

NO_CLAIM = Provenance(author="test", created_utc="2026-01-02T03:04:05Z")


def around(value, spread):
    return Interval(median=value, p05=value - spread, p95=value + spread)


def path(lat, lon, azimuth, km, kind="median"):
    share = np.linspace(0, 1, 40)
    lats, lons = destination(math.radians(lat), math.radians(lon), math.radians(azimuth), share * km * 1e3)
    points = [
        PathPoint(time_s=20.0 * i, lat_deg=float(a), lon_deg=float(b), height_km=float(km * x * (1 - x)))
        for i, (a, b, x) in enumerate(zip(np.degrees(lats), np.degrees(lons), share, strict=True))
    ]
    return Path(kind=kind, basis="claims", points=tuple(points))


def flight(lat, lon, azimuth, km, major_km=60.0, minor_km=25.0):
    end = path(lat, lon, azimuth, km).points[-1]
    ellipse = Ellipse(semi_major_km=major_km, semi_minor_km=minor_km, azimuth_deg=azimuth % 180)
    small = Ellipse(semi_major_km=3.0, semi_minor_km=3.0, azimuth_deg=0.0)
    return Flight(
        id="flight-1",
        basis="claims",
        class_={"MRBM": 1.0},
        launch=PointEstimate(lat_deg=lat, lon_deg=lon, ellipse_95=small),
        burnout=Burnout(
            time_s=around(100, 10), speed_m_s=around(3000, 50), angle_deg=around(40, 2), height_km=around(50, 5)
        ),
        apogee_km=around(900.0, 40.0),
        range_km=around(km, major_km),
        azimuth_deg=around(azimuth, 1.0),
        flight_time_s=around(900, 30),
        minimum_energy_range_km=around(km, 100.0),
        impact=PointEstimate(lat_deg=end.lat_deg, lon_deg=end.lon_deg, ellipse_95=ellipse),
        trace={},
        diagnostics=Diagnostics(
            method="invented", samples=1, effective_sample_size=1.0, stages=1, split_difference=0.0, converged=True
        ),
        samples_sha256="0" * 64,
        provenance=NO_CLAIM,
    )


def disagreement(*figures):
    views = tuple(
        SpeakerView(source=who, value=value, claims=(), range_km=None, apogee_km=None, impact_in_eez={})
        for who, value in figures
    )
    return Disagreement(attribute="range_km", views=views, sigma_apart=5.0, explanations=(), summary="")


def zone(called, probability):
    return ZoneAssessment(
        zone="eez:JPN", kind="eez", states=("JPN",), names=("Japan",), called=called, probability=probability,
        probability_low=probability, probability_high=probability, relation="inside", basis="computed", status="",
        margin_km=None, line_error_km=6.0, wording="",
    )  # fmt: skip


def event(lat, lon, azimuth, km, *, figures=(), zones=(), title="Missile launch, invented", fan=5, **shape):
    rng = np.random.default_rng(7)
    samples = [path(lat, lon, azimuth + rng.normal(0, 0.5), km + rng.normal(0, 20), "sample") for _ in range(fan)]
    return Event(
        schema="launchwatch/event/1",
        id="event-invented",
        version=1,
        status="exercise",
        as_of_utc="2026-01-02T03:04:05Z",
        title=title,
        date="2026-01-02",
        date_basis="invented",
        objects=(flight(lat, lon, azimuth, km, **shape),),
        estimates=(),
        zone_probability={},
        zones=zones,
        exposure=(),
        claims=(),
        disagreements=(disagreement(*figures),) if figures else (),
        paths=(path(lat, lon, azimuth, km), *samples),
        evidence=(),
        provenance=NO_CLAIM,
    )


def regional(**more):
    """Return a flight of 900 km over the Sea of Japan, about which two states disagree."""
    return event(
        39.2, 125.7, 80.0, 900.0, figures=(("South Korea", 900.0), ("Japan", 800.0)),
        zones=(zone("Japan's exclusive economic zone", 0.62),), **more,
    )  # fmt: skip
