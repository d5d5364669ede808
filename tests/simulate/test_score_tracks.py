"""Scores of tracks against truth: worked examples whose figures follow from how they are made."""

import math

import msgspec
import numpy as np
import pytest

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import (
    Ellipse,
    ImpactPrediction,
    PointEstimate,
    Provenance,
    TimeInterval,
    Track,
    TrackUpdate,
    TruthState,
)
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.geodesic import destination
from launchwatch.simulate.scoring import ErrorBound, score_tracks, truth_paths

WHO = Provenance(author="test", created_utc="2026-01-01T00:00:00Z")
START = parse_instant("2026-01-01T00:00:00Z")
LAT, LON = math.radians(40.0), math.radians(130.0)


def at(lat, lon, height):
    return ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([height]))[0]


def parabola(times, offset_m=0.0):
    """Return positions and velocities (n, 3) of a body that rises and falls along one line in 100 s."""
    base, up = at(LAT, LON, 0.0), at(LAT, LON, 1.0) - at(LAT, LON, 0.0)
    side = np.cross(up, [0, 0, 1.0])
    side /= np.linalg.norm(side)
    t = np.asarray(times)[:, None]
    return base + (5.0 * t * (100 - t)) * up + offset_m * side, 5.0 * (100 - 2 * t) * up + 0 * side


def truth(name="body", times=None, offset_m=0.0):
    times = np.arange(101.0) if times is None else times
    places, velocities = parabola(times, offset_m)
    return [
        TruthState(
            object=name,
            time_utc=format_instant(START + t),
            position_ecef_m=tuple(map(float, place)),
            velocity_ecef_m_s=tuple(map(float, velocity)),
            class_="SRBM",
        )
        for t, place, velocity in zip(times, places, velocities, strict=True)
    ]


def track(name, times, error, *, variance=(100.0, 4.0), offset_m=0.0, impact=None, launch=None, predicted=None):
    """Return a track with one constant error (6,) and a diagonal covariance."""
    places, velocities = parabola(times, offset_m)
    covariance = np.diag([variance[0]] * 3 + [variance[1]] * 3)
    updates = tuple(
        TrackUpdate(
            time_utc=format_instant(START + t),
            position_ecef_m=tuple(float(v) for v in place + error[:3]),
            velocity_ecef_m_s=tuple(float(v) for v in velocity + error[3:]),
            covariance=tuple(float(v) for v in covariance.ravel()),
            nis=6.0,
            measured=3,
            modes={"boost": 0.25, "coast": 0.75},
            class_={},
            impact=predicted,
            existence=1.0,
            plots=2,
        )
        for t, place, velocity in zip(times, places, velocities, strict=True)
    )
    return Track(
        id=name,
        status="confirmed",
        first_utc=updates[0].time_utc,
        last_utc=updates[-1].time_utc,
        class_={},
        launch=launch,
        heading_deg=None,
        impact=impact,
        updates=updates,
        plots_used=len(updates),
        sensors=("R",),
        provenance=WHO,
    )


ERROR = np.array([10.0, -20.0, 20.0, 2.0, -4.0, 4.0])


def test_path_between_states_is_exact_for_a_cubic():
    """A parabola sampled every 10 s is itself in between, place and velocity; outside it is not known."""
    (path,) = truth_paths(truth(times=np.arange(0, 101, 10.0)))
    times = np.array([0.0, 3.3, 57.7, 100.0])
    want = np.hstack(parabola(times))
    assert path.at(START + times) == pytest.approx(want, abs=1e-3)  # Unix times resolve 0.2 microseconds
    assert path.acceleration(START + times) == pytest.approx(
        np.tile(-10 * (at(LAT, LON, 1.0) - at(LAT, LON, 0.0)), (4, 1)), abs=1e-5
    )
    assert np.isnan(path.at(START + np.array([-0.1, 100.1]))).all()


def test_launch_and_impact_are_the_ends_on_the_ground():
    """A path that begins moving, or ends high, has no known launch or impact."""
    (path,) = truth_paths(truth())
    assert path.launch is None  # 500 m/s at its first state: in flight
    assert path.impact == pytest.approx((LAT, LON, START + 100), abs=1e-9)
    (high,) = truth_paths(truth(times=np.arange(50.0)))
    assert high.impact is None


def changed(**fields):
    return msgspec.structs.replace(truth()[1], **fields)


@pytest.mark.parametrize(
    ("states", "message"),
    [
        (truth()[:1], "single state"),
        ([*truth(), *truth(offset_m=5.0)], "told twice"),
        ([truth()[0], changed(velocity_ecef_m_s=(math.inf, 0.0, 0.0))], "too fast"),
        (
            [truth()[0], changed(position_ecef_m=(-3146.0, 3749.0, 4079.0))],
            "inside the earth",
        ),
    ],
)
def test_unusable_truth_is_refused(states, message):
    """One state alone, two stories of one instant, infinite speeds, places in kilometres: all refused by name."""
    with pytest.raises(InputError, match=message):
        truth_paths(states)


def test_one_track_of_constant_error():
    """NEES, rms and continuity are those of the error that the track was made with."""
    one = track("T1", np.arange(10.0, 61.0), ERROR)
    scores = score_tracks([one], truth_paths(truth()), cutoff_m=1000.0)
    (found,) = scores.objects
    assert found.tracks == ("T1",)
    assert found.updates == 51
    assert found.position_rmse_m == pytest.approx(30.0, rel=1e-5)
    assert found.velocity_rmse_m_s == pytest.approx(6.0, rel=1e-5)
    assert found.nees.mean_over_degrees_of_freedom == pytest.approx((900 / 100 + 36 / 4) / 6, rel=1e-4)
    assert (found.nees.inside_band.inside, found.nees.inside_band.of) == (0, 51)
    assert found.nis.mean_over_degrees_of_freedom == pytest.approx(2.0)
    assert (found.nis.inside_band.inside, found.nis.inside_band.of) == (51, 51)
    assert (found.longest_segment_s, found.longest_segment) == (50.0, 0.5)
    assert found.course.position_sigma_m[0] == pytest.approx(math.sqrt(300))
    assert found.course.modes["coast"] == (0.75,) * 51
    assert found.position_over_bound is None
    assert (found.launch, found.impact) == (None, None)
    sets, siap = scores.overall.sets, scores.overall.siap
    want = (51 * 900 + 50 * 1000**2 / 2) / 101
    assert sets.gospa_rms_m == pytest.approx(math.sqrt(want), rel=1e-5)
    assert sets.missed_mean == pytest.approx(50 / 101, rel=1e-5)
    assert siap.completeness == pytest.approx(51 / 101, rel=1e-5)
    assert siap.position_accuracy_m == pytest.approx(30.0, rel=1e-5)
    assert siap.number_changes_per_s == 0
    assert scores.false_tracks == ()


def test_ratio_to_the_bound():
    """With a bound of 15 m and 2 m/s after each look the ratios are 30 / 15 and 6 / 2."""
    bound = ErrorBound(START + np.arange(101.0), np.tile(np.diag([75.0] * 3 + [4 / 3] * 3), (101, 1, 1)))
    one = track("T1", np.arange(10.0, 61.0), ERROR)
    (found,) = score_tracks([one], truth_paths(truth()), cutoff_m=1000.0, bounds={"body": bound}).objects
    assert found.position_over_bound == pytest.approx(2.0, rel=1e-4)
    assert found.velocity_over_bound == pytest.approx(3.0, rel=1e-4)
    assert found.course.position_bound_m[0] == pytest.approx(15.0)
    assert np.isnan(bound.at(np.array([START - 1.0]))).all()


def test_two_objects_a_false_track_and_a_change_of_number():
    """Each track goes to its nearest object; one near none is false; a handed-over object counts one change."""
    truths = truth_paths([*truth("a"), *truth("b", offset_m=5000.0)])
    tracks = [
        track("A1", np.arange(0.0, 41.0), ERROR),
        track("A2", np.arange(41.0, 101.0), ERROR),
        track("F", np.arange(0.0, 11.0), ERROR, offset_m=-50_000.0),
    ]
    scores = score_tracks(tracks, truths, cutoff_m=1000.0)
    a, b = scores.objects
    assert (a.object, a.tracks, b.tracks) == ("a", ("A2", "A1"), ())
    assert (b.updates, b.nees, b.position_rmse_m) == (0, None, None)
    assert a.longest_segment == pytest.approx(0.59)
    assert scores.false_tracks == ("F",)
    siap = scores.overall.siap
    assert siap.completeness == pytest.approx(0.5)
    assert siap.spuriousness == pytest.approx(11 / (101 + 11), rel=1e-5)
    assert siap.number_changes_per_s == pytest.approx(1 / (40 + 59), rel=1e-5)
    assert scores.overall.sets.missed[0] == 1
    assert scores.overall.sets.false[:12] == (1,) * 11 + (0,)


def point(distance_m, seconds=0.0):
    lat, lon = destination(LAT, LON, math.radians(90.0), distance_m)
    when = format_instant(START + 100 + seconds)
    return {
        "lat_deg": math.degrees(float(lat)),
        "lon_deg": math.degrees(float(lon)),
        "ellipse_95": Ellipse(semi_major_km=3.0, semi_minor_km=1.0, azimuth_deg=90.0),
        "time_utc": TimeInterval(median=when, p05=when, p95=when),
    }


def prediction(distance_m, alternatives=()):
    where = point(distance_m)
    where["time_utc"] = where["time_utc"].median
    return ImpactPrediction(**where, assumes="ballistic", probability=0.5, alternatives=alternatives)


def test_impact_within_and_without_its_ellipse():
    """An impact 2 km along a 3 km axis is inside, 4 km outside; the other hypothesis counts in `impact_in_any`."""
    far = prediction(4000.0, alternatives=(prediction(2000.0),))
    one = track("T1", np.arange(10.0, 20.0), ERROR, impact=PointEstimate(**point(2000.0, 1.5)), predicted=far)
    (found,) = score_tracks([one], truth_paths(truth()), cutoff_m=1000.0).objects
    assert found.impact.inside_95
    assert found.impact.error_km == pytest.approx(2.0, rel=1e-4)
    assert found.impact.time_error_s == pytest.approx(1.5, abs=1e-5)
    assert (found.impact_predictions.inside, found.impact_predictions.of) == (0, 10)
    assert (found.impact_in_any.inside, found.impact_in_any.of) == (10, 10)
    assert found.course.impact_error_km[0] == pytest.approx(4.0, rel=1e-4)


def test_no_track_at_all():
    """Everything missed: GOSPA is the missed object's share throughout, and nothing fails."""
    scores = score_tracks([], truth_paths(truth()), cutoff_m=1000.0)
    assert scores.overall.sets.gospa_rms_m == pytest.approx(1000 / math.sqrt(2), rel=1e-5)
    assert scores.overall.siap.completeness == 0
    assert scores.overall.siap.ambiguity is None
    assert scores.objects[0].updates == 0


def test_truth_of_another_time_is_refused():
    """Truth an hour away from the tracks cannot be theirs: the message tells both times."""
    late = [track("T1", np.arange(3600.0, 3610.0), ERROR)]
    with pytest.raises(InputError, match="another time") as caught:
        score_tracks(late, truth_paths(truth()))
    assert "2026-01-01T01:00" in str(caught.value)


def test_no_truth_is_refused():
    """Scoring against nothing is an error, not a perfect score."""
    with pytest.raises(InputError, match="no truth"):
        score_tracks([], [])
