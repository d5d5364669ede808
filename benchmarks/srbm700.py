"""SRBM-700: the tracker's filter against the posterior Cramer-Rao bound, and that flight over the real earth.

    python benchmarks/srbm700.py [--runs 500] [--json FILE]

`sphere` is the public problem of `simulate.problems`, ballistic coefficient known. `earth` is its flight over
WGS84 with J2, rotation and the US Standard Atmosphere, seen by the same radar at 38 N, with ln(ballistic
coefficient) unknown to 0.3 and estimated by a bank of filters. Both run `estimate.track.following.ekf_run`, the
force model an argument. `tracker` are the flights of `earth`, drag drawn anew for each, through the whole tracker
with its own noise and all five modes, told neither of the target nor of its prior. The bound is Tichavsky's
recursion over 100 true paths (IEEE Trans. Signal Processing 46(5), 1998, eqs. 21 and 34-36).
"""

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.boost_bound import ratio_with_interval
from benchmarks.machine import describe, report

from launchwatch.estimate.track import tracker
from launchwatch.estimate.track.ascent import follow_coast
from launchwatch.estimate.track.following import ekf_run
from launchwatch.estimate.track.measuring import RADAR
from launchwatch.estimate.track.motion import COAST, DRAG, NOISE, SIZE, advance, law
from launchwatch.estimate.track.sensors import Look, SensorModel
from launchwatch.flight.environment import EARTH
from launchwatch.geo.ellipsoid import ecef_from_geodetic
from launchwatch.geo.frames import east_north_up
from launchwatch.geo.sight import look, look_derivative
from launchwatch.simulate import problems as pb

BOUND_RUNS = 100
SIGMA_LOG_DRAG = 0.3
LOW_NOISE = 1e-9  # of ln(drag) a second: the recursion needs an invertible noise; 0.002 % over the flight


class Problem:
    """One flight and radar: laws of motion, first state (6,), place and axes of the radar, unknown columns."""

    def __init__(self, kind):
        self.kind = kind
        noise = np.zeros_like(NOISE)
        noise[COAST, 0] = pb.ACCELERATION_DENSITY
        start = pb.burnout_state()
        if kind == "sphere":
            self.law, self.eye, self.enu = law(pb.ENVIRONMENT, noise, pb.SUBSTEP_S), pb.RADAR, pb.AXES
            self.start, self.columns = start, np.arange(6)
        else:
            noise[COAST, 2 + DRAG - 6] = LOW_NOISE
            lat, lon = math.radians(38), math.radians(128)
            self.law = law(EARTH, noise, pb.SUBSTEP_S)
            self.eye = ecef_from_geodetic(np.array([lat]), np.array([lon]), np.zeros(1))[0]
            self.enu = east_north_up(lat, lon)
            self.start = np.concatenate([self.eye + (start[:3] - pb.RADAR) @ self.enu, start[3:] @ self.enu])
            self.columns = np.array([0, 1, 2, 3, 4, 5, DRAG])
        self.noise = np.zeros((len(self.columns),) * 2)
        self.noise[:6, :6] = pb.process_noise()
        if kind == "earth":
            self.noise[6, 6] = LOW_NOISE * pb.SCAN_S
        self.prior = self.first_covariance()
        self.scans = self.count()

    def first_covariance(self):
        inverse = np.linalg.inv(self.slope(self.start)[:, :3])
        p = np.zeros((len(self.columns),) * 2)
        p[:3, :3] = inverse @ np.diag(pb.NOISE) @ inverse.T
        p[3:6, 3:6] = np.eye(3) * pb.SIGMA_VELOCITY_M_S**2
        if self.kind == "earth":
            p[6, 6] = SIGMA_LOG_DRAG**2
        return p

    def slope(self, x):
        return look_derivative(x, self.eye, self.enu)[:3]

    def moved(self, x):
        y = np.zeros(SIZE)
        y[self.columns] = x
        if self.kind == "sphere":
            y[DRAG] = pb.LOG_DRAG
        advance(y, COAST, pb.SCAN_S, self.law)
        return y[self.columns]

    def truth(self, rng=None, drag=pb.LOG_DRAG):
        root = np.linalg.cholesky(self.noise)
        x = np.append(self.start, [drag] if self.kind == "earth" else [])
        out = []
        for _ in range(getattr(self, "scans", 700)):
            x = self.moved(x)
            if rng is not None:
                x = x + root @ rng.standard_normal(len(x))
            out.append(x)
        return np.array(out)

    def count(self):
        low = [look(x[:6], self.eye, self.enu)[2] <= pb.LOWEST_RAD for x in self.truth()]
        return low.index(True)

    def run(self, seed, drag=pb.LOG_DRAG):
        """Return truth, plots, the filter's first mean."""
        rng = np.random.default_rng(pb.FIRST_SEED + seed)
        truth = self.truth(rng, drag)
        seen = np.array([look(x[:6], self.eye, self.enu)[:3] for x in truth])
        plots = seen + rng.standard_normal(seen.shape) * np.sqrt(pb.NOISE)
        first = np.append(self.start, [pb.LOG_DRAG] if self.kind == "earth" else [])
        mean = first + np.linalg.cholesky(self.prior) @ rng.standard_normal(len(first))
        return truth, plots, mean

    def transition(self, x):
        f = np.empty((len(x), len(x)))
        for c in range(len(x)):
            step = np.zeros(len(x))
            step[c] = (10.0, 0.1, 1e-3)[(c > 2) + (c > 5)]
            f[:, c] = (self.moved(x + step) - self.moved(x - step)) / (2 * step[c])
        return f


def bound(problem, truths):
    """Return the bound (scans, n, n): mean derivatives over true paths, each from its own last state."""
    n = len(problem.columns)
    inverse, weight = np.linalg.inv(problem.noise), np.diag(1 / pb.NOISE)
    information = np.linalg.inv(problem.prior)
    before = [np.append(problem.start, [pb.LOG_DRAG] if n > 6 else [])] * len(truths)
    out = np.empty((problem.scans, n, n))
    for k in range(problem.scans):
        f = np.array([problem.transition(x) for x in before])
        before = [truth[k] for truth in truths]
        h = np.zeros((len(truths), 3, n))
        h[:, :, :6] = [problem.slope(x[:6]) for x in before]
        d11, d12 = np.einsum("rki,kl,rlj->ij", f, inverse, f) / len(f), -f.mean(0).T @ inverse
        gained = np.einsum("rki,kl,rlj->ij", h, weight, h) / len(h)
        information = inverse + gained - d12.T @ np.linalg.solve(information + d11, d12)
        information = 0.5 * (information + information.T)
        out[k] = np.linalg.inv(information)
    return out


def consistency(problem, means, covariances, truth):
    """Return errors (scans, n) and NEES over degrees of freedom (scans,)."""
    own = covariances[:, problem.columns][:, :, problem.columns]
    off = means[:, problem.columns] - truth
    return off, np.einsum("ki,ki->k", off, np.linalg.solve(own, off[:, :, None])[:, :, 0]) / len(problem.columns)


def measured(problem, runs):
    n, scans = len(problem.columns), problem.scans
    times = np.arange(0.0, scans + 1.0)
    means, covariances = np.empty((scans, SIZE)), np.empty((scans, SIZE, SIZE))
    errors, nees = np.empty((runs, scans, n)), np.empty((runs, scans))
    plain, nis = np.empty((runs, scans)), np.empty((runs, scans))
    truths, spent = [], math.inf
    for run in range(runs):
        truth, plots, first = problem.run(run)
        mean, covariance = np.zeros(SIZE), np.eye(SIZE)
        covariance[DRAG, DRAG], mean[DRAG] = 0.0, pb.LOG_DRAG
        mean[problem.columns] = first
        covariance[np.ix_(problem.columns, problem.columns)] = problem.prior
        args = (times, plots, pb.NOISE, problem.eye, problem.enu)
        begun = time.perf_counter()
        ekf_run(mean, covariance, COAST, *args, -1, problem.law, means, covariances, nis[run])
        if run:
            spent = min(spent, time.perf_counter() - begun)
        plain[run] = consistency(problem, means, covariances, truth)[1]
        if problem.kind == "earth":
            means, covariances = follow_coast(mean, covariance, *args, problem.law)
        errors[run], nees[run] = consistency(problem, means, covariances, truth)
        if run < BOUND_RUNS:
            truths.append(truth)
    least = bound(problem, truths)
    rng, out = np.random.default_rng(1), {"scans": scans}
    for name, columns in (("position", slice(0, 3)), ("velocity", slice(3, 6))):
        bars = np.sqrt(np.einsum("kii->ki", least)[:, columns].sum(1))
        squares = (errors[:, :, columns] ** 2).sum(2)
        out[f"rms over bound, mean over time, {name}"] = ratio_with_interval(squares, bars, rng)
        rms = np.sqrt(squares.mean(0))
        out[f"{name} at"] = {
            f"burnout + {s} s": {"rms": round(float(rms[s - 1]), 2), "bound": round(float(bars[s - 1]), 2)}
            for s in (5, 10, 30, 60, 120, pb.APOGEE_SCAN, 400, scans)
        }
    each = nees.mean(1)
    out["nees over dof"] = {
        "mean": round(float(each.mean()), 4), "standard error": round(float(each.std() / math.sqrt(runs)), 4)
    }  # fmt: skip
    if problem.kind == "earth":
        out["nees over dof of one filter in place of the bank"] = round(float(plain.mean()), 2)
        out["the same without the last 20 scans"] = round(float(plain[:, :-20].mean()), 4)
    out["nis over 3"] = round(float(nis.mean() / 3), 4)
    out["us per update"] = round(1e6 * spent / scans, 3)
    return out, least


def tracked(problem, runs, least):
    """Return what the whole tracker makes of the problem's flights, whose drag is drawn anew for each run."""
    model = SensorModel(
        id="radar", kind=RADAR, position=problem.eye, enu=problem.enu, noise=pb.NOISE,
        limits=np.array([pb.LOWEST_RAD, math.pi / 2, 0.0, 2 * math.pi, 1e6]),
        spans=np.array([1e6, 2 * math.pi, math.pi / 2]), clutter=1e-9, detection_probability=0.99,
        scan_s=pb.SCAN_S,
    )  # fmt: skip
    squares, nees = np.full((runs, problem.scans), np.nan), np.full((runs, problem.scans), np.nan)
    tracks = 0
    for run in range(runs):
        drag = pb.LOG_DRAG + SIGMA_LOG_DRAG * np.random.default_rng(run).standard_normal()
        truth, plots, _ = problem.run(run, drag)
        state = tracker.start()
        for k, plot in enumerate(plots):
            tracker.step(state, Look(model, k + 1.0, np.full(1, k + 1.0), plot[None], (str(k),), None))
        tracks += len(state.confirmed)
        for h in max(state.confirmed, key=lambda track: len(track.history)).history:
            k, covariance = round(h.time_s) - 1, h.covariance[:6, :6]
            off = h.mean[:6] - truth[k, :6]
            squares[run, k] = (off[:3] ** 2).sum()
            nees[run, k] = off @ np.linalg.solve(covariance, off) / 6
    bars = np.sqrt(np.einsum("kii->ki", least)[:, :3].sum(1))
    parts = {
        "first 10 s": slice(5, 15), "to 60 s": slice(15, 60), "to 200 s": slice(60, 200),
        "to the last 40 s": slice(200, -40), "40 to 20 s before the last plot": slice(-40, -20),
        "last 20 s": slice(-20, None),
    }  # fmt: skip
    return {"runs": runs, "tracks": tracks} | {
        name: {
            "scans held": round(float(np.isfinite(nees[:, part]).mean()), 4),
            "rms over bound": round(float(np.sqrt(np.nanmean(squares[:, part] / bars[part] ** 2))), 3),
            "nees over dof": round(float(np.nanmean(nees[:, part])), 3),
        }
        for name, part in parts.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    result = {"machine": describe(), "runs": args.runs}
    earth = Problem("earth")
    result["sphere"], _ = measured(Problem("sphere"), args.runs)
    result["earth"], least = measured(earth, args.runs)
    result["tracker"] = tracked(earth, args.runs // 5, least)
    report(result, args.json)


if __name__ == "__main__":
    main()
