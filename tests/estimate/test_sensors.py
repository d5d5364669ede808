"""Sensors as kernels see them: where a moving one is, and which scans count as looks that saw nothing."""

import math

import numpy as np
import pytest

from launchwatch.basis.instants import format_instant
from launchwatch.estimate.track.ordering import looks_from_blocks
from launchwatch.estimate.track.sensors import sensor_model
from launchwatch.facts import Plot, PlotBlock, Provenance, Sensor

GM = 3.986004418e14
TURN = 7.292115e-5  # rad/s, the earth's rotation
RADIUS = 6.9e6
START = 1_762_486_500.0
WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")


def orbit(t):
    """Circular Kepler orbit, inclined by 60 degrees, earth-fixed: closed form."""
    angle, slope = math.sqrt(GM / RADIUS**3) * t, math.radians(60)
    x, y, z = math.cos(angle), math.sin(angle) * math.cos(slope), math.sin(angle) * math.sin(slope)
    c, s = math.cos(TURN * t), math.sin(TURN * t)
    return RADIUS * np.array([c * x + s * y, c * y - s * x, z])


def satellite(rows=16, step=60.0):
    times = np.arange(rows) * step
    table = tuple((format_instant(START + t), *map(float, orbit(t))) for t in times)
    return Sensor(id="S", kind="infrared", ephemeris=table, sigma_los_rad=2e-5, scan_s=5.0)


def test_place_between_rows_follows_the_orbit():
    """Between rows a minute apart the place is within 100 m of a circular Kepler orbit; lines miss 3 km."""
    model = sensor_model(satellite())
    times = np.linspace(0, 900, 301)
    errors = [np.linalg.norm(model.position_at(START + t) - orbit(t)) for t in times]
    assert max(errors) < 100
    middle = np.linalg.norm((orbit(420) + orbit(480)) / 2 - orbit(450))
    assert middle > 3000


@pytest.mark.parametrize("rows", [2, 3])
def test_few_rows_are_joined_by_lines(rows):
    """Two or three rows give the rows' places at their times, and the middle between them."""
    model = sensor_model(satellite(rows))
    assert model.position_at(START + 60) == pytest.approx(orbit(60), abs=1)
    assert model.position_at(START + 30) == pytest.approx((orbit(0) + orbit(60)) / 2, abs=1)


def test_no_empty_looks_beyond_the_ephemeris():
    """Where a satellite's place is unknown it did not look: its empty scans end with its ephemeris."""
    radar = Sensor(
        id="R", kind="radar", lat_deg=38.0, lon_deg=128.0, height_m=0.0, sigma_range_m=30.0,
        sigma_azimuth_deg=0.1, sigma_elevation_deg=0.1, scan_s=100.0,
    )  # fmt: skip

    def block(sensor, t, **fields):
        plot = Plot(id=f"{sensor}-{t}", sensor=sensor, time_utc=format_instant(START + t), **fields)
        return PlotBlock(
            id=plot.id, evidence="e", sensor=sensor, time_utc=plot.time_utc, plots=(plot,), provenance=WHO
        )

    blocks = [
        block("S", 50, los_ecef=(1.0, 0.0, 0.0)),
        block("R", 200, range_m=4e5, azimuth_deg=0.0, elevation_deg=5.0),
    ]
    looks = looks_from_blocks([sensor_model(satellite(2)), sensor_model(radar)], blocks)
    assert [look.time_s - START for look in looks if look.sensor.id == "S"] == [50, 55, 60]
