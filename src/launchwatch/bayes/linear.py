"""Small dense linear algebra for kernels: no allocation of workspaces by LAPACK, no calls into it."""

import math

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.compiled import kernel

Array = NDArray[np.float64]


@kernel
def cholesky(a: Array) -> Array:
    """Return the lower Cholesky factor (n, n) of a symmetric matrix; NaN where it is not positive definite."""
    n = a.shape[0]
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            rest = a[i, j]
            for k in range(j):
                rest -= out[i, k] * out[j, k]
            if i == j:
                out[i, i] = math.sqrt(rest) if rest > 0.0 else math.nan
            else:
                out[i, j] = rest / out[j, j]
    return out


@kernel
def solve_factored(factor: Array, b: Array) -> Array:
    """Return x (n, m) with (factor factor') x = b (n, m)."""
    n, m = b.shape
    out = b.copy()
    for c in range(m):
        for i in range(n):
            for k in range(i):
                out[i, c] -= factor[i, k] * out[k, c]
            out[i, c] /= factor[i, i]
        for i in range(n - 1, -1, -1):
            for k in range(i + 1, n):
                out[i, c] -= factor[k, i] * out[k, c]
            out[i, c] /= factor[i, i]
    return out
