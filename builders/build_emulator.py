"""Train the networks that emulate the flight core (`estimate/fuse/emulator.py`) and print their errors.

    python builders/build_emulator.py [--flights 120000] [--only CLASS] [--part FILE]

Draws are from the prior, three in ten of them half as wide again, at any azimuth and latitudes to 70 degrees. Kept
are flights of more than 20 km that rise above 5 km. Errors printed are of a tenth that was not trained on, within
2.5 sigma of the prior: half of all and nine in ten are smaller. Needs scikit-learn beside launchwatch.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.neural_network import MLPRegressor

from launchwatch.estimate.fuse import emulator, prior
from launchwatch.estimate.fuse.posterior import flown
from launchwatch.flight import parameters as prm
from launchwatch.flight.classes import CLASSES
from launchwatch.flight.propagation import BURNOUT_TIME, IMPACT, STATUS, fly_batch

OUT = Path(__file__).parents[1] / "src/launchwatch/estimate/fuse/data/emulator.npz"
HIDDEN = (48, 48)
RATES = ((3e-3, 40), (1e-3, 20), (3e-4, 20), (5e-5, 10))
SEED = 20_251_107


def flights(label, count):
    """Return inputs and outputs of flights of one class, and which are within 2.5 sigma of the prior."""
    rng = np.random.default_rng([SEED, label])
    x = rng.normal(size=(count, prior.SIZE))
    x[:, prior.EXHAUST :] *= np.where(rng.random((count, 1)) < 0.3, 1.5, 1.0)
    x[:, [prior.NORTH, prior.EAST]] = 0.0
    x[:, prior.AZIMUTH] = rng.uniform(0, 2 * np.pi, count)
    rows = prior.to_rows(x, np.full(count, label), (0.0, 0.0))
    rows[:, prm.LAT] = rng.uniform(0, np.radians(70), count)
    outcomes = fly_batch(rows, tolerance_m=30.0)
    fell = (outcomes[:, STATUS] == IMPACT) & np.isfinite(outcomes[:, BURNOUT_TIME])
    x, rows, outcomes = x[fell], rows[fell], outcomes[fell]
    flew = flown(rows, outcomes)
    turn = np.angle(np.exp(1j * (flew.azimuth_rad - rows[:, prm.AZIMUTH])))
    kept = (np.abs(turn) < 0.5) & (flew.range_m > 20e3) & (flew.apogee_m > 5e3)
    out = np.column_stack(
        [
            np.log(flew.range_m),
            np.log(flew.apogee_m),
            np.log(flew.flight_time_s),
            turn,
            np.log(flew.burnout_speed_m_s),
            flew.burnout_angle_rad,
            np.log(np.maximum(flew.burnout_height_m, emulator.LOWEST_BURNOUT_M)),
        ]
    )
    inside = np.abs(x[:, prior.EXHAUST :]).max(axis=1) < 2.5
    return emulator.features(rows)[kept], out[kept], inside[kept]


def train(label, count):
    given, wanted, inside = flights(label, count)
    inputs = 16 if prior.PRIORS[CLASSES[label]].low_m else 12
    given = given[:, :inputs]
    mean, scale = given.mean(axis=0), given.std(axis=0)
    out_mean, out_scale = wanted.mean(axis=0), wanted.std(axis=0)
    x, y = (given - mean) / scale, (wanted - out_mean) / out_scale
    n = len(x) * 9 // 10
    net = MLPRegressor(
        hidden_layer_sizes=HIDDEN, activation="tanh", batch_size=256, alpha=1e-7, tol=0.0, n_iter_no_change=10**6,
        random_state=SEED % 2**31, warm_start=True,
    )  # fmt: skip
    for rate, rounds in RATES:
        net.set_params(learning_rate_init=rate, max_iter=rounds)
        net.fit(x[:n], y[:n])
    error = np.abs((net.predict(x[n:]) - y[n:]) * out_scale)[inside[n:]]
    (w1, w2, w3), (b1, b2, b3) = net.coefs_, net.intercepts_
    part = {
        "mean": mean, "scale": scale, "w1": w1, "b1": b1, "w2": w2, "b2": b2, "w3": w3, "b3": b3,
        "out_mean": out_mean, "out_scale": out_scale,
    }  # fmt: skip
    return part, np.percentile(error, [50, 90], axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flights", type=int, default=120_000)
    parser.add_argument("--only", choices=CLASSES)
    parser.add_argument("--part", type=Path, default=OUT)
    given = parser.parse_args()
    table = dict(np.load(given.part)) if given.part.exists() else {}
    for label, name in enumerate(CLASSES):
        if given.only not in (None, name):
            continue
        started = time.perf_counter()
        part, error = train(label, given.flights)
        table |= {f"{name}_{key}": value.astype(np.float32) for key, value in part.items()}
        print(
            name,
            f"{time.perf_counter() - started:.0f} s",
            "half",
            error[0].round(4),
            "nine in ten",
            error[1].round(4),
        )
        given.part.parent.mkdir(exist_ok=True)
        np.savez(given.part, **table)


if __name__ == "__main__":
    main()
