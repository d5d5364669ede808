"""The normal distribution for kernels."""

import math

from launchwatch.basis.compiled import inline_kernel


@inline_kernel
def normal_cdf(z: float) -> float:
    """Return the probability of a standard normal below z."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))
