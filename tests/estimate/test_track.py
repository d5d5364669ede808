"""The tracker on the packaged scenario: found, followed, consistent, and its predictions hold the truth."""

import math
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from launchwatch.estimate.track import launch as launching
from launchwatch.estimate.track import past, track_plots
from launchwatch.estimate.track.impact import predict_impacts
from launchwatch.estimate.track.launch import Launching, follow_launch, launch_over_time, lines_of
from launchwatch.estimate.track.motion import COAST, LAW, MODES, SIZE, advance, predict
from launchwatch.estimate.track.sensors import Look, sensor_model
from launchwatch.estimate.track.tracker import TrackState, copy_state, start, step
from launchwatch.geo.ellipsoid import geodetic_from_ecef
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.geo.sight import look as sight
from tests.estimate.scenes import WHO, recording, run_tracker, scenario, truth_state, truth_table

SEEDS = range(3)


@pytest.fixture(scope="module", params=SEEDS)
def tracked(request):
    found = recording(request.param)
    return found, run_tracker(found), truth_table(found)


def test_one_track_is_confirmed(tracked):
    """One object in light clutter gives exactly one confirmed track, within 15 s of its first radar plot."""
    _, state, table = tracked
    (track,) = state.confirmed
    confirmed = next(h.time_s for h in track.history if h.existence > 0.99 and h.plots >= 5)
    assert confirmed < track.history[0].time_s + 15
    assert track.history[0].time_s > table[0, 0]


def test_errors_match_their_covariance(tracked):
    """Median NEES of each phase lies within a factor of two of that of chi-square with 6 degrees (5.35).

    The first 15 s of the pull-up are left out: no filter foresees it, and docs/accuracy gives their figure.
    """
    found, state, table = tracked
    flown = np.array([t - table[0, 0] for t in table[:, 0]])
    height = geodetic_from_ecef(np.ascontiguousarray(table[:, 1:4]))[:, 2]
    burnout = scenario().launches[0].boost.burn_times_s[0]
    sinking = flown[(flown > burnout) & (height < scenario().launches[0].body.pull_up_height_m)]
    pull_up = sinking[sinking > flown[int(np.argmax(height))]][0]
    phases = {"boost": (0, burnout), "coast": (burnout, pull_up), "glide": (pull_up + 15, flown[-1])}
    for phase, (first, last) in phases.items():
        nees = []
        for h in state.confirmed[0].history:
            if h.measurement is not None and first <= h.time_s - table[0, 0] < last:
                error = h.mean[:6] - truth_state(table, h.time_s)
                nees.append(error @ np.linalg.solve(h.covariance[:6, :6], error))
        assert 5.35 / 2 < np.median(nees) < 5.35 * 2, phase
    assert found.rejections == ()


def offset_m(lat, lon, state):
    there = geodetic_from_ecef(state[None, :3])[0]
    distance, azimuth = distance_and_azimuth(lat, lon, there[0], there[1])
    return np.array([distance * math.sin(azimuth), distance * math.cos(azimuth)])


def test_some_hypothesis_holds_the_impact(tracked):
    """From burnout on, the 95 % ellipse of some listed hypothesis holds the true impact in 9 of 10 updates."""
    found, state, table = tracked
    burnout = table[0, 0] + scenario().launches[0].boost.burn_times_s[0]
    held = []
    for h in state.confirmed[0].history:
        if h.measurement is None or h.time_s < burnout + 10:
            continue
        impacts = predict_impacts(h.mode_mean, h.mode_covariance, h.probability)
        offs = [(offset_m(i.lat_rad, i.lon_rad, table[-1, 1:]), i.covariance_m2) for i in impacts]
        held.append(any(off @ np.linalg.solve(p, off) < 5.991 for off, p in offs))
        assert sum(i.probability for i in impacts) > 0.9
    assert np.mean(held) > 0.9
    assert found.rejections == ()


@pytest.fixture(scope="module")
def whole():
    found = recording(1)
    (one,) = track_plots(found.sensors, found.blocks, rng=np.random.default_rng(1), provenance=WHO, updates=10)
    return found, one


def test_launch_point_and_time(whole):
    """The fitted launch lies within 3 ellipse axes and 3 sigmas of time of the true one."""
    found, one = whole
    table = truth_table(found)
    launch = one.track.launch
    error = np.linalg.norm(offset_m(math.radians(launch.lat_deg), math.radians(launch.lon_deg), table[0, 1:]))
    assert error / 1e3 < 1.5 * launch.ellipse_95.semi_major_km  # 95 % axis is 2.45 sigma
    late = one.samples.launch_time_s - table[0, 0]
    assert abs(late.mean()) < 3 * late.std() + 1
    assert one.track.heading_deg == pytest.approx(85, abs=1)


def test_launch_is_updated_at_every_scan(whole):
    """Later boost plots narrow the launch; every stated ellipse, three sigmas wide, holds the true place."""
    found, one = whole
    table = truth_table(found)
    launches = [update.launch for update in one.track.updates if update.launch is not None]
    axes = [launch.ellipse_95.semi_major_km for launch in launches]
    assert axes[-1] < 0.5 * axes[0]
    for launch in launches:
        off = offset_m(math.radians(launch.lat_deg), math.radians(launch.lon_deg), table[0, 1:])
        assert np.linalg.norm(off) / 1e3 < 1.25 * launch.ellipse_95.semi_major_km  # 3 sigmas of 2.45
    assert one.track.updates[-1].heading_deg == pytest.approx(85, abs=1)


def test_samples_hold_the_truth(whole):
    """Range, apogee and flight time of the simulated truth lie within the samples' central 99 %."""
    found, one = whole
    table = truth_table(found)
    places = geodetic_from_ecef(np.ascontiguousarray(table[:, 1:4]))
    samples = one.samples
    truths = (
        (samples.range_m, float(distance_and_azimuth(*places[0, :2], *places[-1, :2])[0])),
        (samples.apogee_m, float(places[:, 2].max())),
        (samples.flight_time_s, table[-1, 0] - table[0, 0]),
    )
    for values, truth in truths:
        low, high = np.quantile(values, [0.005, 0.995])
        assert low <= truth <= high
    assert max(one.track.class_, key=one.track.class_.get) == "quasi-ballistic"


def test_path_runs_from_launch_to_impact(whole):
    """The drawn path begins on the ground at the launch and ends on the ground at the impact, times rising."""
    _, one = whole
    times = [p.time_s for p in one.path]
    assert times == sorted(times)
    assert one.path[0].height_km < 0.5
    assert one.path[-1].height_km < 0.5
    assert one.path[-1].lon_deg == pytest.approx(133.4, abs=1.0)


def test_clutter_alone_makes_no_track():
    """Five minutes of false plots, three times as many as stated, confirm nothing in four recordings."""
    made = scenario()
    sensors = tuple(
        msgspec.structs.replace(s, false_plots_per_scan=3 * s.false_plots_per_scan) for s in made.sensors
    )
    empty = msgspec.structs.replace(made, start_utc="2025-11-07T02:00:00Z", duration_s=300.0, sensors=sensors)
    for seed in range(4):
        assert run_tracker(recording(seed, empty)).confirmed == []


def test_transition_derivative_matches_a_longer_difference():
    """The covariance that a metre a second of x velocity leaves is that of central differences, to 1 %.

    The position column is 2 m long after 2 s; forces bend it by parts in a thousand.
    """
    table = truth_table(recording(0))
    x = np.zeros(SIZE)
    x[:6] = truth_state(table, table[0, 0] + 150)
    x[6:] = 25.0, 0.1, 2.0, 0.0
    for mode in range(len(MODES)):
        noise, with_velocity = np.zeros((SIZE, SIZE)), np.zeros((SIZE, SIZE))
        with_velocity[3, 3] = 1.0
        predict(x.copy(), noise, mode, 2.0, LAW)
        predict(x.copy(), with_velocity, mode, 2.0, LAW)
        moved = [x.copy(), x.copy()]
        moved[0][3] += 1.0
        moved[1][3] -= 1.0
        for state in moved:
            advance(state, mode, 2.0, LAW)
        column = ((moved[0] - moved[1]) / 2)[:6]
        left = (with_velocity - noise)[:6, :6]
        np.testing.assert_allclose(left, np.outer(column, column), rtol=0.01, atol=1e-4)


def one_look(rates):
    """Return a track's radial-speed sigma after one look at its own place with the given range rates."""
    made = scenario()
    sensor = msgspec.structs.replace(made.sensors[0], sigma_range_rate_m_s=5.0)
    model = sensor_model(sensor)
    mean = np.zeros(SIZE)
    mean[:3] = model.position + 300e3 * (0.5 * model.enu[2] + math.sqrt(0.75) * model.enu[0])
    mean[3:6] = 1000.0 * model.enu[0]
    state = start()
    state.bank.mean[0, COAST] = mean
    state.bank.covariance[0, COAST] = np.diag([1e6] * 3 + [1e4] * 3 + [1.0] * 4)
    state.bank.probability[0, COAST], state.bank.existence[0] = 1.0, 0.9
    track = TrackState(1, 0, 0.0, 0.0)
    state.tracks, state.living, state.free = [track], [track], state.free[:-1]
    range_m, azimuth, elevation, rate = sight(mean[:6], model.position, model.enu)
    plots = np.array([[range_m, azimuth, elevation, rate + r] for r in rates])
    ids = tuple(str(i) for i in range(len(rates)))
    step(state, Look(model, 0.0, np.zeros(len(rates)), plots, ids, None))
    line = (mean[:3] - model.position) / range_m
    return math.sqrt(line @ track.history[-1].mode_covariance[COAST, 3:6, 3:6] @ line)


def test_a_missing_range_rate_tells_nothing():
    """A plot with a range rate of 5 m/s leaves the radial speed that well known; one without leaves 100 m/s."""
    assert one_look([0.0]) == pytest.approx(5.0, rel=0.05)
    assert one_look([math.nan]) == pytest.approx(100.0, rel=0.05)


def test_only_the_last_state_where_it_is_asked_for():
    """With updates="last" one update is reported, after as many plots as ever."""
    found = recording(2)
    (one,) = track_plots(found.sensors, found.blocks, rng=np.random.default_rng(0), provenance=WHO, updates="last")
    assert len(one.track.updates) == 1
    assert one.track.plots_used > 150


@pytest.mark.parametrize(("later_s", "apart_m", "kept"), [(10.0, 6e3, 0), (400.0, 6e3, 2), (10.0, 300e3, 2)])
def test_infrared_lines_of_a_salvo_are_left(tracked, later_s, apart_m, kept):
    """Unexplained lines are a track's to choose from unless a launch seconds and kilometres from it has begun."""
    _, state, _ = tracked
    lone = copy_state(state)
    lone.infrared = [(0.0, np.zeros(3), None, str(n)) for n in range(2)]
    own = lone.confirmed[0]
    assert len(lines_of(lone, own)) == 2
    first = SimpleNamespace(
        time_s=own.history[0].time_s + later_s, mean=own.history[0].mean + np.array([apart_m, *np.zeros(9)])
    )
    lone.tracks.append(TrackState(9, -1, 0.0, 0.0, status="ended", history=[first]))
    assert len(lines_of(lone, own)) == kept


def followed(history, infrared, counts):
    """Return the launches that a track's history gave when it had so many updates, asked one after the other."""
    known = Launching()
    return [follow_launch(known, history[:count], infrared) for count in counts]


def same(a, b):
    """Return whether two launches are the same to the last bit, or both none."""
    if a is None or b is None:
        return a is b
    return (a.lat_rad, a.lon_rad, a.time_s, a.covariance.tobytes()) == (
        b.lat_rad, b.lon_rad, b.time_s, b.covariance.tobytes(),
    )  # fmt: skip


def test_a_launch_that_is_followed_depends_on_the_history_alone(tracked):
    """Asked at every fifth update, at one, or after a longer history was undone, the launch has the same bits."""
    _, state, _ = tracked
    history, infrared = state.confirmed[0].history, tuple(state.infrared)
    counts = [*range(5, 120, 5), len(history)]
    often = followed(history, infrared, counts)
    assert often[0] is None or often[0].time_s != often[-1].time_s
    for count, found in list(zip(counts, often, strict=True))[::6]:
        assert same(followed(history, infrared, [count])[0], found)
        assert same(followed(history, infrared, [len(history), count])[1], found)
    late = [h for n, h in enumerate(history) if n != 20]
    known = Launching()
    follow_launch(known, history[:60], infrared)
    assert same(follow_launch(known, late[:70], infrared), followed(late, infrared, [70])[0])


def test_following_a_launch_is_bounded_work(tracked, monkeypatch):
    """A boost is fitted ever more seldom, never once it is over, and in the end as well as at each plot."""
    _, state, _ = tracked
    track, fits, joined = state.confirmed[0], [], launching._joined
    monkeypatch.setattr(launching, "_joined", lambda *given: fits.append(1) or joined(*given))
    known, found, asked = Launching(), None, []
    for count in range(1, len(track.history) + 1):
        found = follow_launch(known, track.history[:count], tuple(state.infrared))
        asked.append(len(fits))
    monkeypatch.undo()
    each = launch_over_time(state, track)
    assert len(fits) < len(each) / 2
    assert len(list(launching._due(0, 1000))) < 30
    over = next(n for n, h in enumerate(track.history) if h.time_s > each[-1][0] + past.PAUSE_S)
    assert asked[over] == asked[-1]
    grown = each[-1][1]
    assert found.time_s == pytest.approx(grown.time_s, abs=0.2 * math.sqrt(grown.covariance[2, 2]))
    apart = distance_and_azimuth(found.lat_rad, found.lon_rad, grown.lat_rad, grown.lon_rad)[0]
    assert apart < 0.2 * math.sqrt(grown.covariance[:2, :2].trace())
