"""The test problem SRBM-700 in plain NumPy, all runs at once: a 700 km flight after burnout, one radar.

Written from its description (shared research, tracking.md, "Scenario (exact)"), apart from the product's kernels:
a plane of east, north, up at the radar over a sphere that does not turn, exponential air, known ballistic
coefficient, white acceleration noise in truth and model.
"""

import math

import numpy as np

EARTH_M, MU = 6_371_000.0, 3.986004418e14
SURFACE_DENSITY, SCALE_HEIGHT_M, BETA = 1.225, 7200.0, 5000.0
STEP_S, SUBSTEPS, SCANS = 1.0, 2, 488
NOISE = np.diag([math.radians(0.1) ** 2, math.radians(0.1) ** 2, 30.0**2])  # elevation, azimuth, range
DENSITY = 1e-4  # of the white acceleration, m^2/s^3
PROCESS = DENSITY * np.kron(np.array([[STEP_S**3 / 3, STEP_S**2 / 2], [STEP_S**2 / 2, STEP_S]]), np.eye(3))
BURNOUT_S = 70.0
FIRST_SEED = 20240


def ground(east, north, height):
    """Return the place of ground offsets along the sphere, and the unit vectors east, north, up there."""
    arc = math.hypot(east, north) / EARTH_M
    up = np.array([math.sin(arc) * east, math.sin(arc) * north, 0.0]) / max(math.hypot(east, north), 1e-9)
    up[2] = math.cos(arc)
    easterly = np.array([up[2], 0.0, -up[0]]) / math.hypot(up[2], up[0])
    return up * (EARTH_M + height) - [0, 0, EARTH_M], easterly, np.cross(up, easterly), up


def burnout():
    """Return the state (6,) at burnout: 25 km east of a launch 500 km west and 100 km south of the radar."""
    place, east, _, up = ground(-475e3, -100e3, 60e3)
    climb = math.radians(55.0)
    return np.concatenate([place, 2523.25 * (math.cos(climb) * east + math.sin(climb) * up)])


def rates(x):
    """Return the derivative (..., 6) of states, and its own derivatives by the state (..., 6, 6)."""
    p = x[..., :3] + [0, 0, EARTH_M]
    v = x[..., 3:]
    r = np.linalg.norm(p, axis=-1)[..., None]
    speed = np.linalg.norm(v, axis=-1)[..., None]
    c = -0.5 * SURFACE_DENSITY * np.exp(-(r - EARTH_M) / SCALE_HEIGHT_M) / BETA
    g = -MU / r**3
    a = np.zeros((*x.shape, 6))
    outer_pp, outer_vp, outer_vv = (m[..., :, None] * n[..., None, :] for m, n in ((p, p), (v, p), (v, v)))
    eye = np.eye(3)
    a[..., :3, 3:] = eye
    a[..., 3:, :3] = (
        g[..., None] * eye
        + 3 * MU * outer_pp / r[..., None] ** 5
        - (c * speed / (r * SCALE_HEIGHT_M))[..., None] * outer_vp
    )
    a[..., 3:, 3:] = (c * speed)[..., None] * eye + c[..., None] * outer_vv / speed[..., None]
    return np.concatenate([v, g * p + c * speed * v], axis=-1), a


def advance(x):
    """Return states (..., 6) one scan later and the derivatives of the flow (..., 6, 6), by Runge-Kutta steps."""
    f = np.broadcast_to(np.eye(6), (*x.shape, 6)).copy()
    h = STEP_S / SUBSTEPS
    for _ in range(SUBSTEPS):
        ks, fs = [], []
        for at in (0.0, 0.5, 0.5, 1.0):
            y = x + at * h * ks[-1] if ks else x
            m = f + at * h * fs[-1] if fs else f
            k, a = rates(y)
            ks.append(k)
            fs.append(a @ m)
        weights = np.array([1, 2, 2, 1]) * h / 6
        x = x + sum(w * k for w, k in zip(weights, ks, strict=True))
        f = f + sum(w * k for w, k in zip(weights, fs, strict=True))
    return x, f


def derivatives(x):
    """Return the derivatives (..., 3, 6) of elevation, azimuth and range."""
    e, n, u = x[..., 0], x[..., 1], x[..., 2]
    flat = np.hypot(e, n)
    r = np.hypot(flat, u)
    out = np.zeros((*x.shape[:-1], 3, 6))
    out[..., 0, :3] = np.stack([-e * u / (r**2 * flat), -n * u / (r**2 * flat), flat / r**2], axis=-1)
    out[..., 1, :2] = np.stack([-n, e], axis=-1) / flat[..., None] ** 2
    out[..., 2, :3] = x[..., :3] / r[..., None]
    return out


def prior():
    """Return the covariance (6, 6) at burnout: the first plot's place, 300 m/s of each velocity."""
    inverse = np.linalg.inv(derivatives(burnout())[:, :3])
    out = np.zeros((6, 6))
    out[:3, :3] = inverse @ NOISE @ inverse.T
    out[3:, 3:] = np.eye(3) * 300.0**2
    return out


def truths(runs, scans=SCANS):
    """Return true states (scans + 1, runs, 6) from burnout, each with process noise of its own seed."""
    factor = np.linalg.cholesky(PROCESS)
    shocks = [np.random.default_rng(FIRST_SEED + i).standard_normal((scans, 6)) @ factor.T for i in range(runs)]
    out = np.empty((scans + 1, runs, 6))
    out[0] = burnout()
    for k in range(scans):
        out[k + 1] = advance(out[k])[0] + np.array([shock[k] for shock in shocks])
    return out
