"""The tracker on SRBM-700 and on made-up skies: salvos, false plots, biased and odd sensors, staging."""

import math
from dataclasses import replace

import numpy as np
import pytest

from launchwatch.estimate.track import motion, tracker
from launchwatch.estimate.track.following import ekf_run
from launchwatch.estimate.track.measuring import INFRARED, RADAR, SURVEILLANCE
from launchwatch.estimate.track.motion import COAST, LEVEL
from launchwatch.estimate.track.sensors import Look, SensorModel
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.sight import look as sight
from launchwatch.simulate import problems as pb

SPHERE = motion.law(pb.ENVIRONMENT)
QUIET = motion.NOISE * 0
QUIET[COAST, motion.ACCELERATION] = pb.ACCELERATION_DENSITY
EXACT = motion.law(pb.ENVIRONMENT, QUIET, pb.SUBSTEP_S)


def radar(targets=1, **changed):
    """Return SRBM-700's radar, its false plots as dense as `targets` targets draw them."""
    spans = 2 * pb._FALSE_HALF_WIDTH
    made = {
        "id": "radar",
        "kind": RADAR,
        "position": pb.RADAR,
        "enu": pb.AXES,
        "noise": pb.NOISE,
        "limits": np.array([0.0, 1.5, 0.0, 2 * math.pi, 2e6]),
        "spans": spans,
        "clutter": pb.FALSE_PLOTS / float(np.prod(spans)) / targets,
        "detection_probability": pb.DETECTION_PROBABILITY,
        "scan_s": 1.0,
    }
    return SensorModel(**(made | changed))


def a_look(model, time_s, plots, noise=None):
    plots = np.asarray(plots, dtype=float).reshape(-1, 3)
    ids = tuple(f"{time_s}-{i}" for i in range(len(plots)))
    return Look(model, time_s, np.full(len(plots), time_s), plots, ids, None, noise)


def follow(scans, model, law=SPHERE):
    state = tracker.start(law)
    for k, plots in enumerate(scans):
        tracker.step(state, a_look(model, float(k + 1), plots))
    return state


def test_every_target_of_a_salvo_is_followed_and_no_more():
    """Ten missiles from one box, twenty false plots a scan: ten confirmed tracks, each within 3 km of its own."""
    salvo = pb.many_targets(10, 40, seed=1)
    state = follow(salvo.scans, radar(10))
    found = np.array([track.history[-1].mean[:3] for track in state.confirmed])
    apart = np.linalg.norm(found[:, None] - salvo.truth[None, :, -1, :3], axis=2)
    assert apart.shape == (10, 10)
    assert sorted(apart.argmin(axis=1)) == list(range(10))
    assert apart.min(axis=1).max() < 3e3


def test_errors_are_as_stated_without_clutter():
    """The filter's NEES over 20 runs is that of chi-square, 6 a state, within 15 %: some 4 standard errors."""
    found = [single(run, radar(), np.zeros(6)) for run in range(20)]
    assert np.mean(found) / 6 == pytest.approx(1.0, abs=0.15)


def single(run, model, off, bias=-1):
    """Return a run's NEES at each scan, with plots off by `off` (3,) and as many bias columns as `model` has."""
    made = pb.monte_carlo(run)
    n = motion.SIZE + (3 if bias >= 0 else 0)
    mean, covariance = np.zeros(n), np.zeros((n, n))
    mean[:6], covariance[:6, :6] = made.mean, made.covariance
    mean[motion.DRAG] = pb.LOG_DRAG
    for c in range(motion.SIZE, n):
        covariance[c, c] = model.bias[c - motion.SIZE]
    k = len(made.plots)
    means, covariances, nis = np.empty((k, n)), np.empty((k, n, n)), np.empty(k)
    plots = made.plots + off[:3]
    ekf_run(
        mean, covariance, COAST, np.arange(k + 1.0), plots, pb.NOISE, pb.RADAR, pb.AXES, bias, EXACT,
        means, covariances, nis,
    )  # fmt: skip
    error = means[:, :6] - made.truth
    return [e @ np.linalg.solve(p[:6, :6], e) for e, p in zip(error[20:], covariances[20:], strict=True)]


def test_a_known_sigma_of_bias_keeps_errors_as_stated():
    """With an elevation off by N(0, 0.1 degree): consistent where the sigma is told, a gross lie where not."""
    sigma = math.radians(0.1)
    model = radar(bias=np.array([0.0, 0.0, sigma**2]))
    rng = np.random.default_rng(5)
    offs = [np.array([0.0, 0.0, sigma * rng.standard_normal()]) for _ in range(20)]
    told = [single(run, model, off, motion.SIZE) for run, off in enumerate(offs)]
    untold = [single(run, model, off) for run, off in enumerate(offs)]
    assert np.mean(told) / 6 == pytest.approx(1.0, abs=0.3)
    assert np.mean(untold) / 6 > 3


def test_a_biased_radar_widens_its_tracks():
    """In the tracker a radar that may be off by 0.1 degree leaves places twice as wide as one that is not."""
    sigma = math.radians(0.1)
    scans = [made.reshape(1, 3) for made in pb.monte_carlo(0).plots[:60]]
    widths = []
    for bias in (np.zeros(3), np.array([0.0, 0.0, sigma**2])):
        state = follow(scans, radar(clutter=1e-12, bias=bias))
        (track,) = state.confirmed
        last = track.history[-1]
        seen = sight(last.mean[:6], pb.RADAR, pb.AXES)
        widths.append(math.sqrt(np.linalg.eigvalsh(last.covariance[:3, :3])[-1]) / seen[0])
    assert widths[1] > 2 * widths[0]


def test_copies_go_their_own_way():
    """A copy and its original, given the same looks, end alike bit for bit; neither changes the other."""
    salvo = pb.many_targets(3, 30, seed=2)
    state = follow(salvo.scans[:15], radar(3))
    copied = tracker.copy_state(state)
    before = [track.history[-1].mean.copy() for track in copied.confirmed]
    ends = []
    for one in (state, copied):
        for k, plots in enumerate(salvo.scans[15:]):
            tracker.step(one, a_look(radar(3), 16.0 + k, plots))
        if one is state:
            now = [track.history[-1].mean for track in copied.confirmed]
            assert all((a == b).all() for a, b in zip(before, now, strict=True))
        ends.append([track.history[-1] for track in one.confirmed])
    for a, b in zip(*ends, strict=True):
        assert (a.mean == b.mean).all()
        assert (a.mode_covariance == b.mode_covariance).all()


ROOM = (
    "whole_mean", "whole_covariance", "best", "best_share", "height_m",
    "foreseen", "derivative", "cross", "spread", "likelihood", "gated", "counts", "odds", "share",
)  # fmt: skip


def test_nothing_depends_on_what_the_room_for_a_look_held(monkeypatch):
    """A bank whose room is full of NaN and -7 gives the bits of one whose room is whatever memory held."""
    made, ends = tracker.bank, []

    def poisoned(*size):
        one = made(*size)
        for name in ROOM:
            room = getattr(one, name)
            room[...] = math.nan if room.dtype.kind == "f" else -7
        return one

    for start in (made, poisoned):
        monkeypatch.setattr(tracker, "bank", start)
        state = follow(pb.many_targets(5, 30, seed=3).scans, radar(5))
        ends.append([kept_of(track) for track in state.tracks])
    assert len(ends[0]) >= 5
    assert ends[0] == ends[1]


def test_a_plots_own_covariance_counts():
    """A plot that states a hundredth of the angles' sigma leaves the track a tenth as wide or less."""
    scans = pb.monte_carlo(0).plots[:12]
    state = follow([made.reshape(1, 3) for made in scans[:11]], radar(clutter=1e-12))
    sharp = tracker.copy_state(state)
    fine = np.diag(pb.NOISE * np.array([1.0, 1e-4, 1e-4]))[None]
    exact = sight(pb.monte_carlo(0).truth[11], pb.RADAR, pb.AXES)[:3]
    tracker.step(state, a_look(radar(clutter=1e-12), 12.0, scans[11]))
    tracker.step(sharp, a_look(radar(clutter=1e-12), 12.0, exact, fine))
    wide, narrow = (
        np.linalg.eigvalsh(one.confirmed[0].history[-1].covariance[:3, :3])[-1] for one in (state, sharp)
    )
    assert narrow < wide / 100


def aircraft(seconds, turn_rad_s=0.0):
    """Return earth-fixed states (n, 6) of level flight at 11 km and 240 m/s over 38 N 127 E, one a second."""
    states, heading, east, north = [], 1.0, 0.0, 0.0
    for _ in range(seconds):
        lat, lon = math.radians(38.0) + north / 6.37e6, math.radians(127.0) + east / (6.37e6 * math.cos(0.663))
        place = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.array([11e3]))[0]
        velocity = 240.0 * np.array([math.sin(heading), math.cos(heading), 0.0]) @ east_north_up(lat, lon)
        states.append(np.concatenate([place, velocity]))
        heading += turn_rad_s
        east += 240.0 * math.sin(heading)
        north += 240.0 * math.cos(heading)
    return np.array(states)


SITE = ecef_from_geodetic(np.array([math.radians(37.0)]), np.array([math.radians(126.5)]), np.array([100.0]))[0]
AXES = east_north_up(math.radians(37.0), math.radians(126.5))


def circling(seconds):
    """Return a tracker that saw two aircraft circle for so long, once a second, beside a false plot."""
    rng = np.random.default_rng(3)
    noise = np.array([50.0**2, math.radians(0.1) ** 2, math.radians(0.1) ** 2])
    model = radar(position=SITE, enu=AXES, noise=noise, clutter=1e-9, spans=np.array([4e5, 6.3, 1.5]))
    state = tracker.start()
    for k, x in enumerate(aircraft(seconds, 0.01)):
        seen = sight(x, SITE, AXES)[:3]
        plots = np.array([seen, seen + [20e3, 0.0, 0.0]]) + rng.standard_normal((2, 3)) * np.sqrt(noise)
        false = [rng.uniform(5e3, 2e5), rng.uniform(-3, 3), rng.uniform(0.0, 0.3)]
        tracker.step(state, a_look(model, float(k), np.vstack([plots, false])))
    return state


def kept_of(track):
    return [
        (h.time_s, h.mean.tobytes(), h.mode_covariance.tobytes(), h.best_plot, h.plots, h.existence)
        for h in track.history
    ]


def test_a_long_track_is_thinned_in_its_middle_alone(monkeypatch):
    """Of a track of 10 minutes with 2 kept whole at each end, one update in 10 s stays between, unchanged."""
    monkeypatch.setattr(tracker, "WHOLE_S", 120.0)
    track, _ = circling(600).confirmed
    assert len(track.history[300].record.rows) > 1
    assert len(track.history[300].record.look.ids) == 3
    plots = track.likely_plots()
    whole, begun = kept_of(track), track.history[0].time_s
    end = track.history[-1].time_s
    tracker.thin_history(track, end)
    thinned = kept_of(track)
    assert track.likely_plots() == plots
    assert set(thinned) <= set(whole)
    ends = [row for row in whole if row[0] < begun + 120 or row[0] > end - 120]
    assert [row for row in thinned if row[0] < begun + 120 or row[0] > end - 120] == ends
    assert len(thinned) - len(ends) == math.ceil((end - begun - 240) / 10)
    for early in track.history[:130]:
        assert len(early.record.rows) == 1
        assert len(early.record.look.ids) <= 1


def test_it_does_not_matter_how_often_a_track_is_thinned(monkeypatch):
    """A track thinned every 70 s of its life is in the end the track thinned once."""
    monkeypatch.setattr(tracker, "WHOLE_S", 120.0)
    (once, _), (often, _) = circling(600).confirmed, circling(600).confirmed
    end = once.history[-1].time_s
    for time_s in (*np.arange(250.0, end, 70.0), end):
        tracker.thin_history(often, time_s)
    tracker.thin_history(once, end)
    assert len(once.history) < 320
    assert kept_of(often) == kept_of(once)
    assert often.likely_plots() == once.likely_plots()


@pytest.mark.parametrize("turn_rad_s", [0.0, 0.01])
@pytest.mark.parametrize("kind", [RADAR, SURVEILLANCE])
def test_an_aircraft_flies_level(kind, turn_rad_s):
    """A radar with elevation and a civil one with barometric heights follow an aircraft as level flight."""
    rng = np.random.default_rng(3)
    noise = np.array([50.0**2, math.radians(0.1) ** 2, math.radians(0.1) ** 2 if kind == RADAR else 100.0**2])
    model = radar(kind=kind, position=SITE, enu=AXES, noise=noise, clutter=1e-9, spans=np.array([4e5, 6.3, 1.5]))
    state = tracker.start()
    truth = aircraft(90, turn_rad_s)
    for k, x in enumerate(truth):
        plot = sight(x, SITE, AXES)[:3]
        if kind == SURVEILLANCE:
            plot[2] = 11e3
        tracker.step(state, a_look(model, float(k), plot + rng.standard_normal(3) * np.sqrt(noise)))
    (track,) = state.confirmed
    last = track.history[-1]
    assert last.probability[LEVEL] > 0.9
    assert np.linalg.norm(last.mean[:3] - truth[-1, :3]) < 1e3


def test_a_body_that_parts_becomes_two_tracks():
    """From scan 20 a second body leaves the first at 60 m/s: 40 scans later there are two confirmed tracks."""
    first = pb.true_path(pb.burnout_state(), 60)
    start = first[19].copy()
    start[3:] += 60.0 * np.array([0.2, 0.9, -0.4])
    second = pb.true_path(start, 40)
    rng = np.random.default_rng(4)
    scans = []
    for k in range(60):
        bodies = [first[k]] if k < 20 else [first[k], second[k - 20]]
        scans.append(pb.measure(np.array(bodies), rng))
    state = follow(scans, radar(clutter=1e-12))
    found = np.array([track.history[-1].mean[:3] for track in state.confirmed if track.live])
    assert len(found) == 2
    truth = np.array([first[-1, :3], second[-1, :3]])
    apart = np.linalg.norm(found[:, None] - truth[None], axis=2)
    assert sorted(apart.argmin(axis=1)) == [0, 1]
    assert apart.min(axis=1).max() < 1.5e3


def test_plots_that_no_body_makes_begin_nothing():
    """Plots strewn over the sky, far apart from scan to scan, begin no confirmed track."""
    rng = np.random.default_rng(6)
    scans = [rng.uniform([1e5, 0, 0.05], [9e5, 6.2, 1.2], (30, 3)) for _ in range(60)]
    assert follow(scans, radar(clutter=30 / (8e5 * 6.2 * 1.15))).confirmed == []


@pytest.mark.parametrize("gap_s", [30.0, 60.0, 120.0])
def test_a_gap_in_boost_leaves_a_finite_state(gap_s):
    """Thrust that grows as mass is spent stops at what a structure bears, however long no plot comes."""
    x, p = np.zeros(motion.SIZE), np.eye(motion.SIZE)
    x[:6] = 6.4e6, 0.0, 0.0, 500.0, 300.0, 0.0
    x[motion.THRUST] = 50.0
    motion.predict(x, p, motion.BOOST, gap_s, motion.LAW)
    assert np.isfinite(x).all()
    assert np.isfinite(p).all()
    assert x[motion.THRUST] < 400.0


def test_a_target_that_is_gone_is_let_go():
    """After 60 scans the targets vanish: within 15 scans of false plots alone no track of them lives on."""
    salvo = pb.many_targets(5, 60, seed=3)
    state = follow(salvo.scans, radar(5))
    assert len(state.living) >= 5
    rng = np.random.default_rng(7)
    path = pb.true_path(salvo.truth[0, -1], 15)
    for k, x in enumerate(path):
        near = sight(x, pb.RADAR, pb.AXES)[:3]
        false = near + rng.uniform(-1, 1, (20, 3)) * pb._FALSE_HALF_WIDTH
        tracker.step(state, a_look(radar(5), 61.0 + k, false))
    assert not [track for track in state.living if track.status == "confirmed" and track.plots > 40]


def test_starts_know_how_coarse_their_first_plot_was():
    """A track begun from plots with angles 20 times coarser before the last is less sure of its speed."""
    scans = pb.monte_carlo(0).plots[:3]
    widths = []
    for coarse in (1.0, 20.0):
        state = tracker.start(SPHERE)
        for k, plot in enumerate(scans):
            scale = coarse**2 if k < 2 else 1.0
            noise = np.diag(pb.NOISE * np.array([1.0, scale, scale]))[None]
            tracker.step(state, a_look(radar(clutter=1e-12), k + 1.0, plot, noise))
        (track,) = state.living
        widths.append(np.trace(state.bank.covariance[track.place, COAST, 3:6, 3:6]))
    assert widths[1] > 5 * widths[0]


INFRARED_NOISE = np.full(2, (20e-6) ** 2)


def satellite(eye):
    return radar(
        id="satellite", kind=INFRARED, position=eye, enu=np.eye(3), noise=INFRARED_NOISE,
        limits=np.array([0.0, 0.0, 0.0, 0.0, math.inf]), spans=np.full(2, 0.27), clutter=1e-6,
    )  # fmt: skip


def boosting(eye):
    """Return a tracker with one boosting track 20 km above the radar, and the line to it from an eye."""
    state = tracker.start(SPHERE)
    mean = np.zeros(motion.SIZE)
    mean[:6] = pb.RADAR[0], pb.RADAR[1], pb.RADAR[2] + 20e3, 500.0, 0.0, 800.0
    mean[motion.THRUST] = 30.0
    state.bank.mean[0, motion.BOOST] = mean
    state.bank.covariance[0, motion.BOOST] = np.diag([1e6] * 3 + [1e4] * 3 + [1.0] * 4)
    state.bank.probability[0, motion.BOOST], state.bank.existence[0] = 1.0, 0.9
    track = tracker.TrackState(1, 0, 0.0, 0.0)
    state.tracks, state.living, state.free = [track], [track], [i for i in state.free if i != 0]
    line = mean[:3] - eye
    return state, track, line / np.linalg.norm(line)


def test_an_infrared_scan_over_seconds_finds_its_own_plot():
    """Of two lines 4 s apart in one scan the track takes the one that points to it, at that line's time."""
    eye = np.array([0.0, 2e7, 3.7e7])
    state, track, line = boosting(eye)
    other = line + np.array([0.02, 0.0, 0.0])
    lines = np.array([other / np.linalg.norm(other), line])
    look = Look(satellite(eye), 0.0, np.array([0.0, 4.0]), lines, ("other", "own"), None)
    tracker.step(state, look)
    assert track.time_s == 4.0
    assert track.history[-1].best_probability < 0.5 or track.history[-1].best_plot == "own"


def test_lines_of_a_moving_satellite_start_where_it_was():
    """A satellite that moves 30 km in a scan gives the track its own of two lines, 4 s apart, at full share.

    Seen from where the scan began that line would lie 20 mrad, a thousand sigmas, off.
    """
    eye, velocity = np.array([0.0, 1e6, 7.1e6]), np.array([7500.0, 0.0, 0.0])
    rows = np.array([[t, *(eye + t * velocity)] for t in (-10.0, 10.0)])
    state, track, _ = boosting(eye)
    ahead = state.bank.mean[0, motion.BOOST, :6].copy()
    lines = []
    for t, off in ((0.0, 20e3), (4.0, 0.0)):
        line = ahead[:3] + t * ahead[3:6] + [0.0, off, 0.0] - eye - t * velocity
        lines.append(line / np.linalg.norm(line))
    model = replace(satellite(eye), ephemeris=rows)
    look = Look(model, 0.0, np.array([0.0, 4.0]), np.array(lines), ("other", "own"), None)
    tracker.step(state, look)
    assert (track.time_s, track.history[-1].best_plot) == (4.0, "own")
    assert track.history[-1].best_probability > 0.9


def test_a_satellite_misses_nothing_behind_the_earth():
    """An empty look from the far side leaves existence and boost as they were; one from above does not."""
    beliefs = []
    for eye in (np.array([0.0, 1e7, -4.1e7]), np.array([0.0, 1e7, 4.1e7])):
        state, track, _ = boosting(eye)
        tracker.step(state, Look(satellite(eye), 0.0, np.empty(0), np.empty((0, 3)), (), None))
        beliefs.append(track.history[-1].existence)
    assert beliefs[0] == pytest.approx(0.9, abs=1e-3)
    assert beliefs[1] < 0.5
