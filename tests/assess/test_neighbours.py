"""Earlier flights like an estimate: scaled distance, what is not told left out, nothing of that day or later."""

import pytest

from launchwatch.assess.neighbours import neighbours
from launchwatch.facts import Ellipse, Interval, PointEstimate
from launchwatch.facts.catalogue import past_flights
from launchwatch.flight.classes import TRAJECTORIES, trajectory_of


class Like:
    """What of a flight the distance asks for, as if it were known exactly."""

    def __init__(self, past):
        def known(value):
            return Interval(median=value, p05=value, p95=value)

        self.range_km, self.apogee_km = known(past.range_km), known(past.apogee_km)
        self.azimuth_deg = known(past.bearing_deg)
        point = Ellipse(semi_major_km=0.0, semi_minor_km=0.0, azimuth_deg=0.0)
        self.launch = PointEstimate(lat_deg=past.launch_lat_deg, lon_deg=past.launch_lon_deg, ellipse_95=point)


WHOLE = [p for p in past_flights() if p.range_km and p.apogee_km and p.bearing_deg and p.launch_lat_deg]


def test_the_catalogue_is_sourced_and_sorted():
    """Every flight has a source, and they come oldest first."""
    flights = past_flights()
    assert len(flights) > 150
    assert all(one.sources and all("://" in url for url in one.sources) for one in flights)
    assert [one.date for one in flights] == sorted(one.date for one in flights)


def test_a_flight_is_its_own_nearest():
    """Without a date a published flight is nearest to itself at distance 0, over all four quantities."""
    past = WHOLE[len(WHOLE) // 2]
    near = neighbours(Like(past), before=None)[0]
    assert near.distance == pytest.approx(0, abs=1e-6)
    assert set(near.over) == {"range", "apogee", "bearing", "site"}


def test_only_earlier_flights_are_neighbours():
    """Those of the launch's own day, or of its month where no day is known, are not earlier."""
    past = WHOLE[-1]
    assert all(one.flight.date < past.date for one in neighbours(Like(past), before=past.date))
    assert all(one.flight.date < "1990-05" for one in neighbours(Like(past), before="1990-05-20"))


def test_published_trajectories_are_told_apart():
    """The apogee over a minimum-energy path's tells lofted, normal and depressed as published (validation)."""
    told = [p for p in past_flights() if p.trajectory and p.range_km and p.apogee_km]
    found = trajectory_of([1e3 * p.apogee_km for p in told], [1e3 * p.range_km for p in told])
    right = sum(TRAJECTORIES[i] == p.trajectory for i, p in zip(found, told, strict=True))
    assert right >= 0.98 * len(told) > 100
