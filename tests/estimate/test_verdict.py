"""Classes and verdict: closed forms, sense, calibration on what the densities were not fitted to."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from launchwatch.basis.constants import MEAN_RADIUS_M, WGS84_MU_M3_S2
from launchwatch.estimate.track import verdict
from launchwatch.estimate.track.motion import MODES, SIZE
from launchwatch.flight.classes import ENERGY_AT_M, RANGE_LIMITS_M
from launchwatch.simulate import populations

COAST = np.array([0.01, 0.98, 0.01])
BOOST = np.array([0.98, 0.01, 0.01])
COAST_OF_FIVE = np.array([0.01, 0.97, 0.01, 0.005, 0.005])


@dataclass
class At:
    time_s: float
    mean: np.ndarray
    covariance: np.ndarray
    probability: np.ndarray
    mode_mean: np.ndarray


def at(time_s, state, probability, sigma_m=300.0, sigma_m_s=20.0):
    mean = np.zeros(SIZE)
    mean[:6] = state
    mean[6:] = 25.0, 0.3, 2.0, 0.0
    spread = np.diag([sigma_m**2] * 3 + [sigma_m_s**2] * 3 + [1.0] * 4)
    modes = np.repeat(mean[None], max(len(probability), len(MODES)), axis=0)
    return At(time_s, mean, spread, probability, modes)


def judged(truth, first, last, **sigmas):
    """Return judgements of a truth's own states with perfect knowledge of its phase."""
    history = [
        at(truth.time_s[i], truth.state[i], BOOST if truth.phase[i] == populations.BOOSTING else COAST, **sigmas)
        for i in range(first, last)
    ]
    return verdict.judge_history(history)


@pytest.fixture(scope="module")
def medium():
    return populations.ballistic(np.random.default_rng(3), 1_500e3, "normal")


def test_probabilities_sum_to_one(medium):
    """At every update the ten classes share one."""
    out = judged(medium, 60, 400)
    assert out[:, : verdict.KINDS_COUNT].sum(axis=1) == pytest.approx(1.0)
    assert (out[:, : verdict.KINDS_COUNT] >= 0).all()


def test_ballistic_after_burnout_and_not_before(medium):
    """A medium-range missile is ballistic within three updates of burnout, and not yet while it burns."""
    off = math.ceil(medium.burnout_s)
    said = judged(medium, off - 40, off + 60)[:, verdict.VERDICT]
    assert (said[:40] == verdict.NOT_YET).all()
    assert np.isin(said[43:], (verdict.IS_BALLISTIC, verdict.UNLESS_IT_BURNS)).all()


def test_far_flight_may_burn_again():
    """Beyond 3,000 km the verdict keeps its condition to the last minute of flight above the air."""
    truth = populations.ballistic(np.random.default_rng(4), 6_000e3, "normal")
    off = math.ceil(truth.burnout_s)
    out = judged(truth, off + 3, len(truth.time_s) - 60)
    assert (out[:, verdict.VERDICT] == verdict.UNLESS_IT_BURNS).all()
    assert any("carries" in reason for reason in verdict.reasons(out[0]))
    assert any("below the surface" in reason for reason in verdict.reasons(out[0]))


def test_free_range_is_constant_in_free_flight(medium):
    """The minimum-energy range changes by less than 1.5 % between burnout and re-entry: energy is conserved."""
    off = math.ceil(medium.burnout_s)
    out = judged(medium, off + 20, len(medium.time_s) - 60, sigma_m=1.0, sigma_m_s=0.1)
    ranges = out[:, verdict.FREE_RANGE]
    assert ranges.max() / ranges.min() < 1.015


def test_range_class_at_its_limit():
    """A body at 60 km with the speed of exactly 1,000 km of range is short or medium range with even odds."""
    base = MEAN_RADIUS_M + 60e3
    sine = math.sin(RANGE_LIMITS_M[0] / (2 * MEAN_RADIUS_M))
    q = 2 * sine / (1 + sine)
    speed = math.sqrt(q * WGS84_MU_M3_S2 / base)
    state = np.array([base, 0, 0, speed * math.sin(0.7), speed * math.cos(0.7), 0.0])
    out = verdict.judge_history([at(0.0, state, np.array([0.0, 1.0, 0.0]), sigma_m=10.0, sigma_m_s=30.0)])[0]
    assert out[0] == pytest.approx(out[1], rel=0.1)
    assert out[2] + out[3] < 1e-6


def test_a_burning_motor_ends_beyond_the_present_range():
    """Burning with 4,000 km of range it is no MRBM, and an IRBM by that class's log-uniform part beyond 4,000."""
    base = MEAN_RADIUS_M + ENERGY_AT_M
    sine = math.sin(4_000e3 / (2 * MEAN_RADIUS_M))
    speed = math.sqrt(2 * sine / (1 + sine) * WGS84_MU_M3_S2 / base)
    state = np.array([base, 0, 0, speed * math.sin(0.7), speed * math.cos(0.7), 0.0])
    out = verdict.judge_history([at(0.0, state, np.array([1.0, 0.0, 0.0]), sigma_m=10.0, sigma_m_s=30.0)])[0]
    medium, intermediate, long = out[1:4] / out[:4].sum()
    part = 0.08 * math.log(5_500 / 4_000) / math.log(5_500 / 3_000)
    assert medium == pytest.approx(0.0, abs=1e-9)
    assert intermediate == pytest.approx(part / (part + 0.12), rel=0.01)
    assert long == pytest.approx(0.12 / (part + 0.12), rel=0.01)


@pytest.mark.parametrize("modes", [COAST, BOOST])
def test_air_changes_no_range_class(medium, modes):
    """What comes down through the air keeps the class that its energy above told, whatever the air looks like."""
    coast = range(math.ceil(medium.burnout_s) + 10, len(medium.time_s), 5)
    height = np.linalg.norm(medium.state[:, :3], axis=1) - MEAN_RADIUS_M
    slow = [i for i in coast if height[i] < 30e3]
    history = [
        at(medium.time_s[i], medium.state[i], modes if i in slow else COAST, sigma_m=2e3, sigma_m_s=150.0)
        for i in coast
    ]
    history[-1].mean[3:6] *= 0.3  # as slow as a heavy body never is: a tenth of its energy of motion is left
    out = verdict.judge_history(history)
    shares = out[:, :4] / out[:, :4].sum(axis=1)[:, None]
    assert len(slow) > 1
    assert shares[-1, 1] == pytest.approx(shares[-1 - len(slow), 1], abs=0.05)
    assert shares[-1, 1] > 0.9
    assert verdict.judge_history(history[-1:])[0, 1] < 0.1  # that state alone


def test_a_coast_like_a_first_stages_keeps_its_condition_for_longer():
    """With 245 km of energy height a next stage may go unseen for 45 s; with 130 km the condition goes before."""
    for reach, strong in ((500e3, True), (250e3, False)):
        truth = populations.ballistic(np.random.default_rng(4), reach, "normal")
        off = math.ceil(truth.burnout_s)
        out = judged(truth, off - 20, off + 60)
        assert (out[30, verdict.AT_ENERGY_HEIGHT] > 200e3) == strong
        said = out[:, verdict.VERDICT]
        assert (said[22:34] == verdict.UNLESS_IT_BURNS).all()
        assert (said[34:62] == verdict.UNLESS_IT_BURNS).all() == strong
        assert (said[66:] == verdict.IS_BALLISTIC).all()


def test_satellite_is_never_ballistic():
    """Fifty satellites, known to 300 m and 20 m/s, never carry a ballistic verdict, and 40 end as satellites."""
    rng = np.random.default_rng(5)
    ended = 0
    for _ in range(50):
        out = judged(populations.satellite(rng), 0, 200)
        assert not np.isin(out[:, verdict.VERDICT], (verdict.IS_BALLISTIC, verdict.UNLESS_IT_BURNS)).any()
        ended += out[-1, verdict.KINDS.index("satellite")] > 0.9
    assert ended >= 40


@pytest.mark.parametrize("kind", ["aircraft", "cruise"])
def test_level_flight_is_not_ballistic(kind):
    """Of fifty aircraft and cruise missiles none is said to be ballistic, and forty are said not to be."""
    rng = np.random.default_rng(6)
    denied = 0
    for _ in range(50):
        out = judged(populations.POPULATIONS[kind](rng), 0, 60, sigma_m=100.0)
        assert not np.isin(out[:, verdict.VERDICT], (verdict.IS_BALLISTIC, verdict.UNLESS_IT_BURNS)).any()
        denied += out[-1, verdict.VERDICT] == verdict.NOT_BALLISTIC
    assert denied >= 40


def test_vague_state_says_little():
    """A state known to 50 km and 2 km/s leaves missiles within a factor of thirty of their prior, no verdict."""
    state = np.array([MEAN_RADIUS_M + 200e3, 0, 0, 500.0, 2_500.0, 0.0])
    (out,) = verdict.judge_history([at(0.0, state, np.full(3, 1 / 3), sigma_m=50e3, sigma_m_s=2_000.0)])
    assert out[verdict.VERDICT] == verdict.NOT_YET
    ballistic = out[:4].sum()
    assert 0.25 / 30 < ballistic < 0.99


def test_nonsense_is_named_nothing():
    """A state at 9,000 km/s or 60 km under the ground, as corrupt plots make it, carries no ballistic verdict."""
    fast = np.array([MEAN_RADIUS_M + 200e3, 0, 0, 500.0, 9e6, 0.0])
    deep = np.array([MEAN_RADIUS_M - 60e3, 0, 0, 500.0, 2_500.0, 0.0])
    for state in (fast, deep):
        out = verdict.judge_history([at(float(t), state, COAST) for t in range(40)])
        assert not np.isin(out[:, verdict.VERDICT], (verdict.IS_BALLISTIC, verdict.UNLESS_IT_BURNS)).any()


def test_what_flew_level_for_minutes_is_no_launch(medium):
    """A free path with a wing's energy is not named after three minutes of level flight, which is told why.

    With a missile's energy (some hundred km) it is named after three as well: it may have been carried up.
    """
    off = math.ceil(medium.burnout_s) + 60
    fast = medium.state[off : off + 60]
    slow = populations.ballistic(np.random.default_rng(5), 140e3, "normal").state
    state = populations.aircraft(np.random.default_rng(8)).state
    level = np.array([0.01, 0.01, 0.01, 0.01, 0.96])

    def last(seconds, path):
        before = [at(medium.time_s[off] - seconds + i, state[i], level) for i in range(seconds)]
        free = [at(medium.time_s[off] + i, x, COAST) for i, x in enumerate(path)]
        after = [At(one.time_s, one.mean, one.covariance, COAST_OF_FIVE, one.mode_mean) for one in free]
        return verdict.judge_history(before + after)[-1]

    for seconds in (60, 180):
        assert last(seconds, fast)[verdict.VERDICT] in (verdict.IS_BALLISTIC, verdict.UNLESS_IT_BURNS)
    half = len(slow) // 2
    held = last(180, slow[half : half + 60])
    assert held[verdict.VERDICT] == verdict.NOT_YET
    assert any("flew level" in reason for reason in verdict.reasons(held))


def test_in_orbit_is_said_of_a_perigee_surely_above_the_air():
    """130 km give or take 10 lies three sigmas above 100 km: no orbit yet; give or take 5 it is one."""
    said = np.zeros(verdict.COLUMNS)
    said[verdict.AT_PERIGEE] = 130e3
    for sigma, words in ((10e3, "upper edge"), (5e3, "it is in orbit")):
        said[verdict.SIGMA_PERIGEE], said[verdict.PERIGEE_ABOVE] = sigma, 130e3 / sigma
        assert words in verdict.reasons(said)[1]
    said[verdict.AT_PERIGEE], said[verdict.PERIGEE_ABOVE] = 60e3, 12.0
    assert "air will bring it down" in verdict.reasons(said)[1]


def test_a_second_look_at_the_same_instant_adds_nothing(medium):
    """Judging one posterior twice at one time gives the same classes: plots are not counted again."""
    i = math.ceil(medium.burnout_s) + 30
    one = at(0.0, medium.state[i], COAST)
    out = verdict.judge_history([one, one, one])
    assert out[2, : verdict.KINDS_COUNT] == pytest.approx(out[0, : verdict.KINDS_COUNT])


def test_live_and_batch_agree(medium):
    """Judged update by update, a track gets the judgements of the whole history in one go, bit for bit."""
    history = [at(medium.time_s[i], medium.state[i], COAST) for i in range(100, 160)]
    running = None
    for n in range(1, len(history) + 1):
        running = verdict.judge_newest(running, history[:n])
    assert (running.last == verdict.judge_history(history)[-1]).all()
    joined = [at(90.0, medium.state[90], BOOST), *history]
    assert (verdict.judge_newest(running, joined).last == verdict.judge_history(joined)[-1]).all()


def test_classes_are_calibrated():
    """On fresh paths known to 500 m and 50 m/s, what is said with 0.9 and more comes true in 9 of 10 updates."""
    rng = np.random.default_rng(7)
    said, came = [], []
    for group, name in enumerate(verdict.GROUPS):
        for _ in range(int(120 * verdict.PRIOR[group] / verdict.PRIOR.max())):
            truth = populations.POPULATIONS[name](rng)
            start = min(60, len(truth.time_s) - 50)
            last = judged(truth, start, start + 40, sigma_m=500.0, sigma_m_s=50.0)[-1]
            chance = np.append(last[:4].sum(), last[4 : verdict.KINDS_COUNT])
            said.extend(chance)
            came.extend(np.arange(len(verdict.GROUPS)) == group)
    said, came = np.array(said), np.array(came)
    sure = said > 0.9
    assert sure.sum() > 100
    assert came[sure].mean() > 0.9
    assert came[said < 0.1].mean() < 0.05


def test_apogee_of_a_vertical_throw():
    """Thrown straight up from a pole, a body rises to r / (1 - v^2 r / 2 mu): no rotation, 40 m of J2."""
    r, speed = 6_356_752.0 + 100e3, 2_000.0
    state = np.array([1e-3, 0, r, 0, 0, speed])
    height, sigma = verdict.predict_apogee(state, np.diag([1.0, 1, 1, 1e-4, 1e-4, 1.0]))
    top = r / (1 - speed**2 * r / (2 * WGS84_MU_M3_S2)) - 6_356_752.0
    assert height == pytest.approx(top, abs=800)
    assert sigma == pytest.approx(speed / (WGS84_MU_M3_S2 / r**2), rel=0.2)
