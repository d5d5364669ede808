"""Fit how soon a track's evidence of its class is drawn anew: the log score of classes over `verdict.RENEWAL_S`.

    python builders/fit_class_renewal.py [--runs 600] [--others 200]

Tracks are made as the benchmark of verdicts makes them, from a seed of their own; updates every ten seconds,
classes weighed by their prior. Each row printed: renewal (s) in boost and glide, where features change, and in
coasting, cruise and level flight, where they mostly stay; mean log score and Brier score (less is better); what
was said less what came, in the bins from 0.9 and from 0.98. Chosen is, of the pairs within half a per cent of the
least log score, that whose sure classes come truest: 150 and 400 s.
"""

import argparse
import itertools
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import verdicts

from launchwatch.estimate.track import motion, verdict

SEED = 4_711
CHANGING_S, STEADY_S = (100.0, 150.0, 240.0, 400.0), (240.0, 400.0, 600.0, 1_000.0)
CHANGING = (motion.BOOST, motion.GLIDE)


def track(truth, watched, number):
    """Return what one track's classes rest on: kind, object, likelihoods of the groups now, their sums, shares."""
    history = verdict.stacked(watched.history)
    fresh, judged = np.tile(verdict.start(), (len(watched.history), 1)), np.empty_like(watched.judged)
    verdict.judge_tracks(fresh, *history, judged)
    ballistic = judged[:, :4].sum(axis=1)
    groups = np.column_stack([ballistic, judged[:, 4 : verdict.KINDS_COUNT]])
    now = np.log(np.maximum(groups, 1e-300) / verdict.PRIOR)
    now -= now.max(axis=1, keepdims=True)
    elapsed = np.diff(history[0], prepend=history[0][0])
    changing = elapsed * history[3][:, CHANGING].sum(axis=1)
    sums = [np.cumsum(now * span[:, None], axis=0)[::10] for span in (changing, elapsed - changing)]
    return verdicts.class_of(truth), number, now[::10], *sums, (judged[:, :4] / ballistic[:, None])[::10]


def classes(one, changing, steady):
    """Return class probabilities (n, kinds) of a track with these renewals."""
    _, _, now, moved, stayed, shares = one
    log = now + moved / changing + stayed / steady + np.log(verdict.PRIOR)
    groups = np.exp(log - log.max(axis=1, keepdims=True))
    groups /= groups.sum(axis=1, keepdims=True)
    return np.hstack([groups[:, :1] * shares, groups[:, 1:]])


def main():
    """Print the scores."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=600)
    parser.add_argument("--others", type=int, default=200)
    options = parser.parse_args()
    seen = []
    for i in range(options.runs):
        _, truth, tracks = verdicts.one_launch(i, SEED)
        seen.extend(track(truth, t, len(seen)) for t in tracks)
    for kind in verdict.GROUPS[1:]:
        for i in range(options.others):
            truth, tracks, _ = verdicts.one_other(kind, i, SEED)
            seen.extend(track(truth, t, len(seen)) for t in tracks)
    for changing, steady in itertools.product(CHANGING_S, STEADY_S):
        rows = [(one[0], chance, one[1]) for one in seen for chance in classes(one, changing, steady)]
        weights = verdicts.kind_weights(rows)
        found = verdicts.calibration(rows, weights)
        score = -sum(weights[kind] * math.log(max(chance[kind], 1e-12)) for kind, chance, _ in rows)
        off = [row["said"] - row["came"] for row in found["reliability"][-2:]]
        total = sum(weights[kind] for kind, _, _ in rows)
        print(
            f"{changing:5.0f} {steady:5.0f}  {score / total:.4f} {found['brier']:.4f}  {off[0]:+.4f} {off[1]:+.4f}"
        )


main()
