"""placeholder"""
import argparse, json, math, sys, time
from pathlib import Path
import numpy as np
sys.path.insert(0, str(Path(__file__).parents[1]))
from launchwatch.estimate.track.ascent import STATE, follow
from launchwatch.estimate.track.boosts import PlotFit, Plots, TurningBoost
from launchwatch.flight import boosts
from launchwatch.simulate import problems as pb

TRUTH = np.array([-500e3, -100e3, 0.0, math.pi / 2, 30.5, 130.0, math.radians(35) / 65, 70.0, pb.LOG_DRAG])
SIGMA = np.array([50e3, 50e3, 30.0, 1.0, 0.2, 0.2, 0.2, 10.0, 0.3])
RELATIVE = [boosts.THRUST, boosts.MASS_TIME, boosts.TURN_RATE]
SIGMA_LINE_RAD = 20e-6
CLOUD_M = 10e3
LOOK_S = 10.0

def satellites():
    lat, r = math.radians(38), 42164e3
    up = np.array([math.cos(lat), 0, math.sin(lat)]); east = np.array([0, 1.0, 0]); north = np.cross(up, east)
    axes = np.array([east, north, up])
    return [axes @ (r * np.array([math.cos(math.radians(d)), math.sin(math.radians(d)), 0])) for d in (-30, 40)]

def prior(rng):
    z = rng.standard_normal(9)
    mean = TRUTH + z * SIGMA
    mean[RELATIVE] = TRUTH[RELATIVE] * np.exp(z[RELATIVE] * SIGMA[RELATIVE])
    return TurningBoost(mean, SIGMA, pb.ENVIRONMENT)

def schedule(states):
    """(time, kind) of all looks"""
    r = states[:, :3] - pb.RADAR
    el = np.arcsin(r[:, 2] / np.linalg.norm(r, axis=1))
    h = np.linalg.norm(states[:, :3], axis=1) - pb.RADIUS_M
    return el, h

def make_plots(times, states, rng, noise=True):
    el, h = schedule(states)
    rows = []
    for t, x, e, up in zip(times, states, el, h):
        if t <= 70 and abs(t % LOOK_S) < 1e-9 and up > CLOUD_M:
            for sat in satellites():
                line = (x[:3] - sat) / np.linalg.norm(x[:3] - sat)
                from launchwatch.geo.sight import bearing_plane
                off = rng.standard_normal(2) * SIGMA_LINE_RAD if noise else np.zeros(2)
                line = line + off @ bearing_plane(line)
                rows.append((t, line / np.linalg.norm(line), sat, np.full(3, SIGMA_LINE_RAD**2), True))
        if e > pb.LOWEST_RAD:
            from launchwatch.geo.sight import look
            z = look(x, pb.RADAR, pb.AXES)[:3] + (rng.standard_normal(3) * np.sqrt(pb.NOISE) if noise else 0)
            rows.append((t, z, pb.RADAR, pb.NOISE, False))
    return Plots(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), np.array([r[2] for r in rows]),
                 np.tile(np.eye(3), (len(rows), 1, 1)), np.array([r[3] for r in rows]), np.array([r[4] for r in rows]))

def truth(rng=None, last=120):
    times = np.arange(1.0, 71.0)
    row = TRUTH.copy()
    boost = boosts.turning_paths(row[None], times, pb.ENVIRONMENT.as_array())[0]
    coast = pb.true_path(boost[-1], last - 70, rng)
    return np.arange(1.0, last + 1.0), np.concatenate([boost, coast])

def bound(last=120):
    times, states = truth(None, last)
    plots = make_plots(times, states, None, noise=False)
    fam = TurningBoost(TRUTH, SIGMA, pb.ENVIRONMENT)
    out = {}
    for k, t in enumerate(times):
        seen = plots.until(t)
        if not len(seen.time_s): continue
        f = PlotFit(fam if t > 70 else TurningBoost(TRUTH, SIGMA, pb.ENVIRONMENT, math.inf), seen, 9)
        r, J = f.slopes(np.zeros(9))
        st, by = f.states(np.zeros(9), np.array([t]))
        C = np.linalg.inv(np.eye(9) + J.T @ J)
        S = np.zeros((7, 9)); S[:6] = by[0]; S[6, 8] = SIGMA[8]
        T = np.concatenate([S, np.eye(9)])
        out[t] = T @ C @ T.T
    return out

if __name__ == "__main__":
    runs = int(sys.argv[1]); last = 110
    B = bound(last)
    ts = sorted(B)
    E = []; N = []; cpu = 0
    for run in range(runs):
        rng = np.random.default_rng([700, run])
        times, states = truth(rng, last)
        plots = make_plots(times, states, rng)
        fam = prior(rng)
        c = time.process_time()
        found = follow(fam, plots, times)
        cpu += time.process_time() - c
        x_true = (TRUTH - fam.mean) / SIGMA
        x_true[RELATIVE] = np.log(TRUTH[RELATIVE] / fam.mean[RELATIVE]) / SIGMA[RELATIVE]
        e = []; nn = []
        for f in found:
            y = np.concatenate([states[int(f.time_s) - 1], [pb.LOG_DRAG], x_true])
            d = f.mean - y
            e.append(d)
            n = 7 if f.time_s > 70 else 6
            s = d[:n]
            P = f.covariance[:n, :n] * n / 7
            nn.append([s @ np.linalg.solve(P, s), d[7:9] @ np.linalg.solve(f.covariance[7:9, 7:9], d[7:9]), f.burning])
        E.append(e); N.append(nn)
        if max(q[0] for q in nn) > 100: print('run', run, [(int(f.time_s), round(q[0]), round(q[2],2)) for f, q in zip(found, nn) if q[0] > 30])
    E = np.array(E); N = np.array(N)
    print('cpu per scan ms', cpu / runs / len(ts) * 1e3)
    for i, t in enumerate(ts):
        if t in (30, 35, 40, 50, 55, 60, 65, 68,69,70, 71, 72, 73, 74, 75, 76,77,78,79, 80, 82, 85, 90, 95, 100, 110):
            b = B[t]
            rp = math.sqrt((E[:, i, :3]**2).sum(1).mean()) ; bp = math.sqrt(np.trace(b[:3, :3]))
            rv = math.sqrt((E[:, i, 3:6]**2).sum(1).mean()); bv = math.sqrt(np.trace(b[3:6, 3:6]))
            rl = math.sqrt((E[:, i, 7:9]**2).sum(1).mean()) * 50e3; bl = math.sqrt(np.trace(b[7:9, 7:9])) * 50e3
            print(int(t), f'pos {rp:.0f}/{bp:.0f}={rp/bp:.3f} vel {rv:.1f}/{bv:.1f}={rv/bv:.3f} launch {rl:.0f}/{bl:.0f}={rl/bl:.3f} nees/7 {N[:, i, 0].mean()/7:.3f} launch {N[:, i, 1].mean()/2:.3f} cover {(N[:, i, 1] < 5.991).mean():.3f} burning {N[:, i, 2].mean():.3f}')
