"""Posterior Cramer-Rao bounds: the least covariance that any filter of a stated model can reach.

For x' = f(x) + w, w ~ N(0, Q), and z = h(x) + v, v ~ N(0, R), the information J about the present state obeys

    J' = D22 - D21 (J + D11)^-1 D12
    D11 = E[F^T Q^-1 F],   D12 = -E[F^T] Q^-1 = D21^T,   D22 = Q^-1 + E[H^T R^-1 H]

with F and H the derivatives of f and h, the expectations over true paths, and J^-1 the bound of the covariance:
Tichavsky, Muravchik & Nehorai, "Posterior Cramer-Rao bounds for discrete-time nonlinear filtering", IEEE Trans.
Signal Processing 46(5), 1998, eqs. 21 and 34-36. Where Q is singular (a state without noise) Q^-1 does not exist;
then the Riccati form with the mean of F is used, which is the same thing where F varies little:

    P' = (I + M G)^-1 M,   M = E[F] P E[F]^T + Q,   G = E[H^T R^-1 H]

A detection probability below one multiplies G: the information reduction factor of Zhang, Willett & Bar-Shalom,
"Dynamic Cramer-Rao bound for target tracking in clutter", IEEE Trans. AES 41(4), 2005. It is a bound, but not the
tightest one: Tong, Zhang, Meng & Wang, Sensors 12(10), 2012. `with_detections` takes given hits and misses.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SINGULAR = 1e-12  # of the largest eigenvalue after scaling: the inverse would hold no correct digit


def measurement_information(derivatives: Array, noise: Array, detection_probability: float = 1.0) -> Array:
    """Return the mean of Pd H^T R^-1 H, shape (n, n), over paths: `derivatives` (runs, m, n), `noise` (m, m)."""
    h = np.asarray(derivatives)
    weighted = np.linalg.solve(noise, h)
    return detection_probability * np.einsum("rmi,rmj->ij", h, weighted) / len(h)


def information_step(information: Array, transitions: Array, process_noise: Array, gained: Array) -> Array:
    """Return J' (n, n) from J (n, n): Tichavsky's recursion for an invertible Q (n, n).

    `transitions` (runs, n, n) are the derivatives F along each path, `gained` (n, n) what the measurement adds
    (see `measurement_information`).
    """
    inverse = np.linalg.inv(process_noise)
    f = np.asarray(transitions)
    d11 = np.einsum("rki,kl,rlj->ij", f, inverse, f, optimize=True) / len(f)
    d21 = -inverse @ f.mean(axis=0)
    out = inverse + gained - d21 @ np.linalg.solve(information + d11, d21.T)
    return 0.5 * (out + out.T)


def covariance_step(covariance: Array, transitions: Array, process_noise: Array, gained: Array) -> Array:
    """Return P' (n, n) from P (n, n): the Riccati form, without an inverse of Q or P; see `information_step`."""
    f = np.asarray(transitions).mean(axis=0)
    return informed(f @ covariance @ f.T + process_noise, gained)


def informed(covariance: Array, gained: Array) -> Array:
    """Return the covariance (n, n) after information (n, n) has come in: (P^-1 + G)^-1, P singular or not."""
    out = np.linalg.solve(np.eye(len(covariance)) + covariance @ gained, covariance)
    return 0.5 * (out + out.T)


def invertible(process_noise: Array) -> bool:
    """Return whether a noise covariance (n, n) is positive definite beyond rounding, whatever its units."""
    scale = np.sqrt(np.diag(process_noise))
    if not (scale > 0).all():
        return False
    eigenvalues = np.linalg.eigvalsh(process_noise / np.outer(scale, scale))
    return bool(eigenvalues[0] > _SINGULAR * eigenvalues[-1])


def posterior_bound(prior: Array, transitions: Array, process_noise: Array, gained: Array) -> Array:
    """Return the bounds (steps, n, n) of the covariance after each step, from the prior covariance (n, n).

    `transitions` is (steps, runs, n, n); `process_noise` (n, n) or (steps, n, n); `gained` (steps, n, n). One step
    is a transition and then a measurement; it takes the full form where its Q is invertible, else Riccati's.
    """
    steps, n = len(transitions), prior.shape[0]
    noise = np.broadcast_to(process_noise, (steps, n, n))
    found = [invertible(q) for q in np.reshape(process_noise, (-1, n, n))]
    full = found if len(found) == steps else found * steps
    out = np.empty((steps, n, n))
    covariance: NDArray[Any] = np.asarray(prior)
    for k in range(steps):
        if full[k]:
            information: Array = np.linalg.inv(covariance)
            covariance = np.linalg.inv(information_step(information, transitions[k], noise[k], gained[k]))
        else:
            covariance = covariance_step(covariance, transitions[k], noise[k], gained[k])
        out[k] = covariance
    return out


def with_detections(gained: Array, detected: NDArray[np.bool_]) -> Array:
    """Return what measurements add (steps, n, n) where only some of them came: `detected` (steps,)."""
    return np.where(np.asarray(detected)[:, None, None], gained, 0.0)


def root_trace(bounds: Array, first: int, last: int) -> Array:
    """Return the least rms error (steps,) of the states `first` to `last` (exclusive), in their own unit."""
    diagonal = np.einsum("kii->ki", bounds)[:, first:last]
    return np.sqrt(diagonal.sum(axis=1))
