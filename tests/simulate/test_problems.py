"""SRBM-700 against its published figures and the flight core."""

import math

import numpy as np
import pytest

from launchwatch.flight import parameters as prm
from launchwatch.flight.propagation import APOGEE_HEIGHT, APOGEE_TIME, IMPACT_STATE, IMPACT_TIME, OUTCOMES, coast
from launchwatch.geo.sight import look
from launchwatch.simulate import problems as pb


def outcome():
    row, out = np.zeros(prm.COUNT), np.empty(OUTCOMES)
    row[prm.BALLISTIC_COEFFICIENT] = 5000.0
    env = pb.ENVIRONMENT.as_array()
    coast(pb.burnout_state(), row, env, 0.0, 0.01, 3600.0, np.empty(0), np.empty((0, 6)), out)
    return out


def test_flight_is_the_published_one():
    """Apogee 297.6 km at 304 s (to the scan after it), impact at 566.9 s, 700.0 km from the launch."""
    out = outcome()
    assert out[APOGEE_HEIGHT] == pytest.approx(297.6e3, abs=100)
    assert pb.BURNOUT_S + out[APOGEE_TIME] == pytest.approx(304, abs=1.5)
    assert pb.BURNOUT_S + out[IMPACT_TIME] == pytest.approx(566.9, abs=0.1)
    launch, _ = pb._local(-500e3, -100e3, 0.0)
    impact = out[IMPACT_STATE : IMPACT_STATE + 3]
    angle = math.acos(launch @ impact / np.linalg.norm(launch) / np.linalg.norm(impact))
    assert angle * pb.RADIUS_M == pytest.approx(700.0e3, abs=100)


def test_488_scans_lie_above_two_degrees():
    """The radar's last plot on the path without noise is the 488th."""
    truth = pb.true_path(pb.burnout_state(), pb.SCANS + 1)
    elevation = np.array([math.asin((x[2] - pb.RADIUS_M) / np.linalg.norm(x[:3] - pb.RADAR)) for x in truth])
    assert (elevation[: pb.SCANS] > pb.LOWEST_RAD).all()
    assert elevation[pb.SCANS] < pb.LOWEST_RAD


def test_runs_repeat_and_errors_are_as_stated():
    """A run is its seed's; plot errors have the stated sigmas within 4 of their own standard errors."""
    run, again = pb.monte_carlo(3), pb.monte_carlo(3)
    assert (run.plots == again.plots).all()
    exact = np.array([look(x, pb.RADAR, pb.AXES)[:3] for x in run.truth])
    spread = (run.plots - exact).std(axis=0) / np.sqrt(pb.NOISE)
    assert np.abs(spread - 1).max() < 4 / math.sqrt(2 * pb.SCANS)


def test_salvo_has_targets_and_false_plots():
    """Each scan holds about 95 % of the targets and all false plots."""
    salvo = pb.many_targets(10, 20, seed=1)
    counts = [len(scan) for scan in salvo.scans]
    assert salvo.truth.shape == (10, 20, 6)
    assert max(counts) <= 30
    assert np.mean(counts) == pytest.approx(29.5, abs=1.0)
