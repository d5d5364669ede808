"""Interacting multiple models: mixing before, probabilities and moments after an update.

Blom & Bar-Shalom, "The interacting multiple model algorithm", IEEE TAC 33 (1988) 780-783.
"""

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel

Array = NDArray[np.float64]


@kernel
def mix(mean: Array, covariance: Array, probability: Array, transition: Array) -> None:
    """Mix the modes' means (m, n) and covariances (m, n, n) in place and predict their probabilities (m,).

    `transition[i, j]` is the probability of mode j after mode i.
    """
    modes, n = mean.shape
    old_mean, old_covariance, old = mean.copy(), covariance.copy(), probability.copy()
    for j in range(modes):
        total = 0.0
        for i in range(modes):
            total += transition[i, j] * old[i]
        probability[j] = total
        if total < 1e-300:
            continue
        mean[j] = 0.0
        for i in range(modes):
            mean[j] += transition[i, j] * old[i] / total * old_mean[i]
        covariance[j] = 0.0
        for i in range(modes):
            share = transition[i, j] * old[i] / total
            for a in range(n):
                for b in range(n):
                    covariance[j, a, b] += share * (
                        old_covariance[i, a, b] + (old_mean[i, a] - mean[j, a]) * (old_mean[i, b] - mean[j, b])
                    )


@kernel
def reweigh(probability: Array, likelihood: Array) -> float:
    """Update mode probabilities (m,) in place by likelihoods (m,); return the mixture's likelihood."""
    total = 0.0
    for j in range(probability.size):
        probability[j] *= likelihood[j]
        total += probability[j]
    if total > 0.0:
        probability /= total
    return total


@kernel
def moments(mean: Array, covariance: Array, probability: Array) -> tuple[Array, Array]:
    """Return the mean (n,) and covariance (n, n) of the whole mixture."""
    modes, n = mean.shape
    center = np.zeros(n)
    for j in range(modes):
        center += probability[j] * mean[j]
    spread = np.zeros((n, n))
    for j in range(modes):
        for a in range(n):
            for b in range(n):
                spread[a, b] += probability[j] * (
                    covariance[j, a, b] + (mean[j, a] - center[a]) * (mean[j, b] - center[b])
                )
    return center, spread
