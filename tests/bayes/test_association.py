"""Joint association against enumeration by itertools, and against the textbook's single-target formulas."""

import itertools
import math

import numpy as np
import pytest

from launchwatch.bayes import association
from launchwatch.bayes.association import clusters, exist, joint_probabilities, log_normal_peak


def shares(odds, gated, counts, plots):
    odds, gated = np.array(odds, dtype=float), np.array(gated, dtype=np.int64)
    out = np.zeros((len(odds), odds.shape[1] + 1))
    joint_probabilities(odds, gated, np.array(counts, dtype=np.int64), plots, out)
    return out


def enumerated(odds, gated, counts):
    """Return the same by brute force over all assignments."""
    out = np.zeros((len(counts), len(odds[0]) + 1))
    for choice in itertools.product(*(range(-1, count) for count in counts)):
        taken = [gated[t][c] for t, c in enumerate(choice) if c >= 0]
        if len(taken) == len(set(taken)):
            weight = math.prod(odds[t][c] for t, c in enumerate(choice) if c >= 0)
            for t, c in enumerate(choice):
                out[t, c] += weight
    return out / out.sum(axis=1, keepdims=True)


def test_one_track_is_probabilistic_data_association():
    """Alone, plots share in proportion to their odds, against 1 for none (Bar-Shalom 2001, eq. 6.4.1-9)."""
    found = shares([[3.0, 6.0]], [[0, 1]], [2], 2)
    assert found[0] == pytest.approx([0.3, 0.6, 0.1])


def test_tracks_without_a_common_plot_are_apart():
    """Clusters are the connected groups: 0 and 2 share plot 1, track 1 is alone."""
    gated = np.array([[0, 1], [2, 0], [1, 3]], dtype=np.int64)
    assert clusters(gated, np.array([2, 1, 2]), 4).tolist() == [0, 1, 0]


def test_small_clusters_are_exact():
    """Random clusters of up to four tracks and four plots agree with brute force to rounding."""
    rng = np.random.default_rng(1)
    for _ in range(50):
        tracks, plots = rng.integers(1, 4, size=2)
        gated = [rng.permutation(plots).tolist() + [0] * (4 - plots) for _ in range(tracks)]
        counts = [int(rng.integers(0, plots + 1)) for _ in range(tracks)]
        odds = np.exp(rng.normal(0, 3, (tracks, 4))).tolist()
        found = shares(odds, gated, counts, int(plots))
        assert found.sum(axis=1) == pytest.approx(np.ones(tracks))
        assert found == pytest.approx(enumerated(odds, gated, counts), abs=1e-12)


def test_propagation_is_near_enumeration(monkeypatch):
    """On random clusters of four tracks and six plots belief propagation errs by a few hundredths at most.

    Williams & Lau (2014), section V: errors of marginals of a few per cent in their hardest cases.
    """
    rng = np.random.default_rng(2)
    propagate = association.joint_probabilities.py_func
    monkeypatch.setitem(propagate.__globals__, "MOST_ENUMERATED", 0)
    worst = 0.0
    for _ in range(10):
        gated = [rng.permutation(6).tolist() for _ in range(4)]
        odds = np.exp(rng.normal(0, 2, (4, 6))).tolist()
        out = np.zeros((4, 7))
        propagate(np.array(odds), np.array(gated), np.array([6] * 4), 6, out)
        assert out.sum(axis=1) == pytest.approx(np.ones(4))
        worst = max(worst, float(np.abs(out - enumerated(odds, gated, [6] * 4)).max()))
    assert 1e-6 < worst < 0.1


def test_existence_by_musicki():
    """Nothing seen lowers it by the chance of a miss; a plot surely the track's makes it sure (JIPDA, 2004)."""
    assert exist(0.5, 0.1, 1.0) == pytest.approx(0.1 / 1.1)
    assert exist(0.3, 0.1, 0.0) == pytest.approx(1.0)


def test_normal_peak():
    """Three standard normals at their mean: (2 pi)^(-3/2)."""
    assert math.exp(log_normal_peak(0.0, 3)) == pytest.approx((2 * math.pi) ** -1.5)
