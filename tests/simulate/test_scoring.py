"""Measures against closed forms, worked examples, and another program's."""

import math
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import chi2

from launchwatch.basis.errors import InputError
from launchwatch.facts import Ellipse
from launchwatch.geo.geodesic import destination
from launchwatch.simulate.scoring import (
    chi_square_band,
    coverage,
    inside_ellipse,
    normalized_squared,
    root_mean_square,
    set_errors,
    siap,
    wilson_interval,
)


def test_normalized_squared_error_of_a_diagonal_covariance():
    """(3/1)^2 + (4/2)^2 = 13."""
    found = normalized_squared(np.array([[3.0, 4.0]]), np.array([np.diag([1.0, 4.0])]))
    assert found == pytest.approx([13.0])


def test_normalized_squared_errors_are_chi_square():
    """Of 20,000 draws the mean is n and 95 % lie below the chi-square quantile, within three standard errors."""
    rng = np.random.default_rng(1)
    root = rng.normal(size=(4, 4))
    found = normalized_squared(
        rng.normal(size=(20_000, 4)) @ root.T, np.broadcast_to(root @ root.T, (20_000, 4, 4))
    )
    assert found.mean() == pytest.approx(4, abs=3 * math.sqrt(8 / 20_000))
    assert (found < chi2.ppf(0.95, 4)).mean() == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / 20_000))


@pytest.mark.parametrize(
    ("dof", "runs", "low", "high"),
    [(6, 1, 1.237, 14.449), (4, 50, 3.254, 4.821), (2, 100, 1.628, 2.410)],
)
def test_chi_square_band(dof, runs, low, high):
    """The bands are those of printed chi-square tables: 1.24 and 14.45 for 6 degrees of freedom."""
    assert chi_square_band(dof, runs) == pytest.approx((low, high), abs=2e-3)


def test_root_mean_square_is_of_lengths():
    """Errors (3, 4) and (0, 0): sqrt((25 + 0) / 2)."""
    assert root_mean_square(np.array([[3.0, 4.0], [0.0, 0.0]])) == pytest.approx(math.sqrt(12.5))
    assert math.isnan(root_mean_square(np.empty((0, 2))))


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)],
)
def test_wilson_interval(hits, trials, low, high):
    """The intervals are those of Newcombe, Statistics in Medicine 17 (1998), table I, method 3."""
    assert wilson_interval(hits, trials) == pytest.approx((low, high), abs=5e-5)


def test_coverage_of_nothing_is_unknown():
    """Without trials the share is no number and the interval everything."""
    found = coverage([])
    assert math.isnan(found.share)
    assert (found.low, found.high) == (0.0, 1.0)
    assert coverage([True, False]).share == 0.5


@pytest.mark.parametrize(
    ("azimuth_deg", "distance_km", "inside"),
    [(30, 9.9, True), (30, 10.1, False), (210, 9.9, True), (120, 1.9, True), (120, 2.1, False), (75, 3.0, False)],
)
def test_inside_ellipse(azimuth_deg, distance_km, inside):
    """An ellipse of 10 x 2 km along 30 degrees reaches 10 km along and 2 km across."""
    ellipse = Ellipse(semi_major_km=10.0, semi_minor_km=2.0, azimuth_deg=30.0)
    centre = (math.radians(40.0), math.radians(130.0))
    lat, lon = destination(*centre, math.radians(azimuth_deg), distance_km * 1e3)
    assert inside_ellipse(ellipse, centre, (float(lat), float(lon))) is inside


def places(*rows):
    return np.array([rows], dtype=float).reshape(1, len(rows), -1)


def test_gospa_by_hand():
    """Two objects, three tracks, c = 10, p = 2: errors 3 and 4, one false: sqrt(9 + 16 + 100/2)."""
    found = set_errors(places([0, 0], [100, 0]), places([3, 0], [100, 4], [50, 50]), cutoff=10.0)
    assert found.gospa[0] == pytest.approx(math.sqrt(9 + 16 + 50))
    assert found.localisation[0] == pytest.approx(5.0)
    assert (found.missed[0], found.false[0]) == (0, 1)
    assert found.ospa[0] == pytest.approx(math.sqrt((9 + 16 + 100) / 3))


def test_far_pair_is_a_missed_object_and_a_false_track():
    """A track beyond the cutoff counts c^p/2 as false and c^p/2 as missed (Rahmathullah 2017, prop. 1)."""
    found = set_errors(places([0.0]), places([25.0]), cutoff=10.0)
    assert found.gospa[0] == pytest.approx(10.0)
    assert (found.missed[0], found.false[0], found.localisation[0]) == (1, 1, 0)
    assert found.ospa[0] == pytest.approx(10.0)


def test_nothing_against_nothing_is_no_error():
    """Absent rows (NaN) count for neither side; one side alone costs the cutoff."""
    absent = np.full((2, 1, 3), np.nan)
    there = absent.copy()
    there[1] = 0.0
    found = set_errors(absent, there, cutoff=8.0, order=2.0)
    assert found.gospa == pytest.approx([0.0, 8.0 / math.sqrt(2)])
    assert found.ospa == pytest.approx([0.0, 8.0])
    assert list(found.false) == [0, 1]


def test_crossing_objects_are_assigned_at_least_cost():
    """The cheapest assignment is not each track's nearest object: 1 and 6 against 5 and 10 on a line."""
    found = set_errors(places([0.0], [5.0]), places([4.0], [11.0]), cutoff=20.0, order=1.0)
    assert found.gospa[0] == pytest.approx(min(4 + 6, 11 + 1))


def test_gospa_is_a_metric():
    """Symmetric in its sets, zero on equal ones, and the triangle inequality holds on random sets."""
    rng = np.random.default_rng(5)
    for _ in range(200):
        a, b, c = (rng.uniform(0, 30, (1, rng.integers(0, 5), 2)) for _ in range(3))
        ab, bc, ac, ba = (set_errors(x, y, cutoff=10.0).gospa[0] for x, y in ((a, b), (b, c), (a, c), (b, a)))
        assert ab == pytest.approx(ba)
        assert ac <= ab + bc + 1e-9
        assert set_errors(a, a, cutoff=10.0).gospa[0] == pytest.approx(0, abs=1e-7)


@pytest.mark.parametrize(("cutoff", "order", "name"), [(0.0, 2.0, "cutoff"), (1.0, 0.5, "order")])
def test_senseless_parameters_are_refused(cutoff, order, name):
    """A cutoff of nothing or an order below one raises an InputError that names it."""
    with pytest.raises(InputError, match=name):
        set_errors(places([0.0]), places([0.0]), cutoff=cutoff, order=order)


TIMES = np.arange(11.0)


def picture():
    """Return two objects over 11 s: one handed from track 0 to 1, one seen for 4 s by track 2; 3 is false."""
    alive = np.ones((11, 2), dtype=bool)
    present = np.zeros((11, 4), dtype=bool)
    present[0:6, 0] = present[4:11, 1] = present[3:8, 2] = present[:, 3] = True
    on = np.where(present, [0, 0, 1, -1], -1)
    errors = np.zeros((11, 4, 2))
    errors[:, 0] = [2.0, 0.2]
    errors[:, 1] = [4.0, 0.4]
    errors[:, 2] = [6.0, 0.6]
    return alive, present, on, errors


def test_siap_by_hand():
    """The counts of the worked picture, by the formulas of the SIAP report."""
    alive, present, on, errors = picture()
    found = siap(TIMES, alive, present, on, errors)
    assert found.completeness == pytest.approx((11 + 5) / 22)
    assert found.ambiguity == pytest.approx((6 + 7 + 5) / (11 + 5))
    assert found.spuriousness == pytest.approx(11 / (6 + 7 + 5 + 11))
    assert found.position_accuracy_m == pytest.approx((6 * 2 + 7 * 4 + 5 * 6) / 18)
    assert found.velocity_accuracy_m_s == pytest.approx((6 * 0.2 + 7 * 0.4 + 5 * 0.6) / 18)
    assert found.number_changes_per_s == pytest.approx(1 / (10 + 4))
    assert found.longest_segment == pytest.approx((6 + 4) / 20)
    assert list(found.longest_segment_s) == [6, 4]


def test_siap_without_tracks():
    """Nothing tracked: completeness 0, and what has no denominator is no number."""
    none = np.zeros((11, 0))
    found = siap(TIMES, np.ones((11, 1), dtype=bool), none.astype(bool), none.astype(int), np.zeros((11, 0, 2)))
    assert found.completeness == 0
    assert math.isnan(found.ambiguity)
    assert found.longest_segment == 0


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def soup():
    """Return Stone Soup's modules, or skip where it is not installed."""
    pytest.importorskip("stonesoup")
    from stonesoup.metricgenerator import manager, ospametric, tracktotruthmetrics
    from stonesoup.types import association, groundtruth, time, track

    return SimpleNamespace(
        gospa=ospametric.GOSPAMetric,
        ospa=ospametric.OSPAMetric,
        siap=tracktotruthmetrics.SIAPMetrics,
        manager=manager.MultiManager,
        association=association.TimeRangeAssociation,
        associations=association.AssociationSet,
        truth=groundtruth.GroundTruthPath,
        state=groundtruth.GroundTruthState,
        track=track.Track,
        span=time.TimeRange,
    )


@pytest.mark.parametrize("order", [1, 2])
def test_set_errors_agree_with_stone_soup(soup, order):
    """GOSPA with its parts, and OSPA, are Stone Soup's on random sets of random sizes."""
    rng = np.random.default_rng(order)
    for _ in range(50):
        a, b = (rng.uniform(0, 40, (rng.integers(1, 7), 3)) for _ in range(2))
        ours = set_errors(a[None], b[None], cutoff=15.0, order=order)
        tracks, truths = ([soup.state(row, timestamp=NOW) for row in rows] for rows in (b, a))
        theirs = soup.gospa(p=order, c=15.0).compute_gospa_metric(tracks, truths)[0].value
        assert ours.gospa[0] == pytest.approx(theirs["distance"])
        assert ours.localisation[0] ** order == pytest.approx(theirs["localisation"])
        assert ours.missed[0] * 15.0**order / 2 == pytest.approx(theirs["missed"])
        assert ours.false[0] * 15.0**order / 2 == pytest.approx(theirs["false"])
        peer = soup.ospa(p=order, c=15.0).compute_OSPA_distance(tracks, truths).value
        assert ours.ospa[0] == pytest.approx(peer)


def test_siap_agrees_with_stone_soup(soup):
    """All seven measures are Stone Soup's on the worked picture."""
    from stonesoup.measures import Euclidean

    alive, present, on, errors = picture()
    clock = [NOW + timedelta(seconds=float(t)) for t in TIMES]
    truths = [soup.truth([soup.state([0, 0], timestamp=t) for t in clock]) for _ in alive.T]
    tracks = [
        soup.track([soup.state(errors[k, i], timestamp=clock[k]) for k in np.flatnonzero(present[:, i])])
        for i in range(4)
    ]
    joined = set()
    for i, one in enumerate(tracks):
        steps = np.flatnonzero(on[:, i] >= 0)
        if len(steps):
            span = soup.span(clock[steps[0]], clock[steps[-1]])
            joined.add(soup.association({one, truths[on[steps[0], i]]}, span))
    generator = soup.siap(position_measure=Euclidean(mapping=(0,)), velocity_measure=Euclidean(mapping=(1,)))
    whole = soup.manager([generator])
    whole.add_data({"groundtruth_paths": set(truths), "tracks": set(tracks)})
    whole.association_set = soup.associations(joined)
    theirs = {metric.title: metric.value for metric in generator.compute_metric(whole)}
    ours = siap(TIMES, alive, present, on, errors)
    for title, value in {
        "Completeness": ours.completeness,
        "Ambiguity": ours.ambiguity,
        "Spuriousness": ours.spuriousness,
        "Position Accuracy": ours.position_accuracy_m,
        "Velocity Accuracy": ours.velocity_accuracy_m_s,
        "Rate of Track Number Change": ours.number_changes_per_s,
        "Longest Track Segment": ours.longest_segment,
    }.items():
        assert value == pytest.approx(theirs[f"SIAP {title}"]), title
