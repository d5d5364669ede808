"""Flights per second, one core, against SciPy's DOP853 and pytrajlib in one run; and the flights' exactness.

    python benchmarks/flights.py [--json FILE]

SciPy flies the product's own derivative (compiled, so that only the integrator differs) at the tolerance that
reaches the product's accuracy, and the independent plain-Python reference of the tests. pytrajlib flies its
packaged default flight without errors of navigation; it is another vehicle (three stages, 13,400 km), so that
flights per second are also given per second of flight.
"""

import argparse
import io
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report
from tests.flight.reference import Reference
from tests.flight.test_propagation import LOFTED, QUASI_BALLISTIC

from launchwatch.flight import propagation as fp
from launchwatch.flight.environment import EARTH

FLIGHTS = 2000
REPEATS = 3


def best(run, repeats=REPEATS):
    """Return the least time of some runs: the one that other work disturbed least."""
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        run()
        times.append(time.thread_time() - start)
    return min(times)


def ours(parameters, tolerance_m):
    rows = np.repeat(parameters.as_row()[None], FLIGHTS, axis=0)
    fp.fly_batch(rows[:2], tolerance_m=tolerance_m, threads=1)
    seconds = best(lambda: fp.fly_batch(rows, tolerance_m=tolerance_m, threads=1))
    outcome = fp.fly_batch(rows[:1], tolerance_m=tolerance_m)[0]
    return {"flights_per_s": FLIGHTS / seconds, "flight_time_s": float(outcome[fp.IMPACT_TIME])}


def scipy_compiled(parameters):
    """Fly with SciPy's DOP853 on the product's compiled derivative, segment by segment."""
    row, env = parameters.as_row(), EARTH.as_array()
    axis, out = np.eye(3)[:2].copy(), np.empty(6)
    reference = Reference(parameters)
    axis[0], axis[1] = reference.along, reference.up

    def fly():
        t, y = 0.0, np.concatenate([reference.start, np.zeros(3)])
        pitch = parameters.vertical_time_s, parameters.vertical_time_s + parameters.pitch_time_s
        corners = sorted({*pitch, *reference.ends})
        outcome = fp.fly_batch(row[None])[0]
        stops = [*corners, outcome[fp.APOGEE_TIME], outcome[fp.PULL_UP_TIME], outcome[fp.IMPACT_TIME]]
        for stop in sorted(s for s in stops if np.isfinite(s)):
            stage = next((i for i, end in enumerate(reference.ends) if t < end - 1e-12), -1)
            lifting = t >= outcome[fp.PULL_UP_TIME] - 1e-9

            def rhs(t, y, stage=stage, lifting=lifting):
                fp.derivative(t, y, stage, lifting, row, axis, env, out)
                return out.copy()

            y = solve_ivp(rhs, (t, stop), y, method="DOP853", rtol=1e-9, atol=1e-4).y[:, -1]
            t = stop
        return y

    fly()
    return {"flights_per_s": 1 / best(fly)}


def scipy_plain(parameters):
    return {"flights_per_s": 1 / best(lambda: Reference(parameters).fly(), repeats=1)}


def pytrajlib_default(runs):
    try:
        from pytrajlib import simulation
    except ImportError:
        return {"skipped": "pytrajlib is not installed: make bench installs it"}
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        quiet = {
            "num_runs": runs, "traj_output": 0, "impact_output": 0, "output_dir": "",
            "atm_model": 0, "grav_error": 0,
            "impact_data_path": f"{folder}/impact.txt", "trajectory_path": f"{folder}/trajectory.txt",
        }  # fmt: skip
        start = time.process_time()
        data = simulation.run(**quiet)
        seconds = time.process_time() - start
    return {"flights_per_s": runs / seconds, "flight_time_s": float(data["t"].mean()), "runs": runs}


def exactness(parameters):
    found = Reference(parameters).fly()
    outcome = fp.fly_batch(parameters.as_row()[None])[0]
    places = (("burnout", fp.BURNOUT_STATE), ("apogee", fp.APOGEE_STATE), ("impact", fp.IMPACT_STATE))
    return {name: float(np.linalg.norm(outcome[at : at + 3] - found[name][1][:3])) for name, at in places}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the result here too")
    args = parser.parse_args()
    result = {
        "machine": describe("scipy", "pytrajlib"),
        "difference_from_dop853_rtol_1e-12_m": {
            "quasi-ballistic, 700 km": exactness(QUASI_BALLISTIC),
            "lofted, apogee 7,700 km": exactness(LOFTED),
        },
        "quasi-ballistic, 700 km": {
            "launchwatch, 1 mm a step": ours(QUASI_BALLISTIC, 1e-3),
            "launchwatch, 30 m a step (as in claim posteriors)": ours(QUASI_BALLISTIC, 30.0),
            "SciPy DOP853 rtol 1e-9, compiled derivative": scipy_compiled(QUASI_BALLISTIC),
            "SciPy DOP853 rtol 1e-12, plain Python": scipy_plain(QUASI_BALLISTIC),
        },
        "lofted, apogee 7,700 km": {
            "launchwatch, 1 mm a step": ours(LOFTED, 1e-3),
            "SciPy DOP853 rtol 1e-9, compiled derivative": scipy_compiled(LOFTED),
        },
        "pytrajlib default flight": pytrajlib_default(20),
    }
    short, lofted, peer = (
        result["quasi-ballistic, 700 km"],
        result["lofted, apogee 7,700 km"],
        result["pytrajlib default flight"],
    )
    own, fast = short["launchwatch, 1 mm a step"], short["launchwatch, 30 m a step (as in claim posteriors)"]
    compiled = "SciPy DOP853 rtol 1e-9, compiled derivative"
    result["ratios"] = {
        "to SciPy, compiled derivative, 700 km": own["flights_per_s"] / short[compiled]["flights_per_s"],
        "to SciPy, plain Python, 700 km": own["flights_per_s"]
        / short["SciPy DOP853 rtol 1e-12, plain Python"]["flights_per_s"],
        "to SciPy, compiled derivative, lofted": lofted["launchwatch, 1 mm a step"]["flights_per_s"]
        / lofted[compiled]["flights_per_s"],
    }
    if "flights_per_s" in peer:
        long = lofted["launchwatch, 1 mm a step"]
        flown = peer["flights_per_s"] * peer["flight_time_s"]
        result["ratios"]["to pytrajlib, flights (700 km at 1 mm)"] = own["flights_per_s"] / peer["flights_per_s"]
        result["ratios"]["to pytrajlib, flights (700 km at 30 m)"] = fast["flights_per_s"] / peer["flights_per_s"]
        result["ratios"]["to pytrajlib, seconds flown per second (lofted, 1 mm)"] = (
            long["flights_per_s"] * long["flight_time_s"] / flown
        )
    report(result, args.json)


if __name__ == "__main__":
    main()
