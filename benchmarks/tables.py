"""Write the tables of benchmarks/results/README.md and docs/accuracy.md from the JSON beside them."""

import json
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
ACCURACY = Path(__file__).parents[1] / "docs" / "accuracy.md"
KINDS = (
    "coverage of 90 % intervals",
    "truth below the median",
    "truth in the middle half",
    "coverage of 95 % ellipses",
)
MARK = "<!-- tables -->"


def load(name):
    return json.loads((RESULTS / f"{name}.json").read_text())


def table(head, rows):
    lines = [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(map(str, row))} |" for row in rows),
    ]
    return "\n".join(lines)


def flights(result):
    rows = []
    for flight in ("quasi-ballistic, 700 km", "lofted, apogee 7,700 km"):
        rows += [(flight, name, f"{found['flights_per_s']:,.0f}") for name, found in result[flight].items()]
    peer = result["pytrajlib default flight"]
    if "flights_per_s" in peer:
        rows.append(("its default, 65 min", "pytrajlib", f"{peer['flights_per_s']:,.0f}"))
    exact = [
        (flight, *(f"{found[event]:.3f}" for event in ("burnout", "apogee", "impact")))
        for flight, found in result["difference_from_dop853_rtol_1e-12_m"].items()
    ]
    ratios = [(name, f"{value:,.0f}") for name, value in result["ratios"].items()]
    return "\n\n".join(
        [
            "### Flights per second, one core",
            table(("flight", "integrator", "flights/s"), rows),
            "### Ratios",
            table(("launchwatch", "times faster"), ratios),
            "### Distance from SciPy's DOP853 at a relative tolerance of 1e-12, m",
            table(("flight", "burnout", "apogee", "impact"), exact),
        ]
    )


def calibration(result):
    nees = [(name, f"{value:.2f}") for name, value in result["nees over 6"].items()]
    shares = [
        (
            f"{kind}: {name}",
            f"{100 * found['share']:.1f} %",
            f"{100 * found['low']:.0f} to {100 * found['high']:.0f} %",
        )
        for kind in KINDS
        for name, found in result[kind].items()
    ]
    return "\n\n".join(
        [
            f"### Tracker, {result['runs']} simulated recordings (`benchmarks/calibration.py`)",
            f"Exactly one track in {result['exactly one track']} of {result['runs']} recordings.",
            table(("phase", "NEES over degrees of freedom (1 is right)"), nees),
            table(("measure", "share of runs", "95 % interval of that share"), shares),
        ]
    )


def machine(result):
    found = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    return f"{found['cpu']}, {found['cores']} cores, Python {found['python']}, {versions}"


def main():
    flown, chain, tracked = load("flights"), load("chain"), load("calibration")
    exact = flights(flown)
    calibrated = calibration(tracked)
    times = table(("job", "wall-clock, s"), chain["wall_s"].items())
    text = "\n\n".join(
        [
            "# Results",
            f"Made by `make bench` on: {machine(flown)}. Times on a shared virtual machine vary by some 30 %.",
            exact,
            "### Jobs, compiled code cached, best of three",
            times,
            calibrated,
        ]
    )
    (RESULTS / "README.md").write_text(text + "\n")
    before, _, rest = ACCURACY.read_text().partition(MARK)
    after = rest.partition("Limits of these figures")[2]
    distance = exact.partition("### Distance")[2]
    body = f"{MARK}\n\n### Distance{distance}\n\n{calibrated}\n\nLimits of these figures{after}"
    ACCURACY.write_text(before + body)


if __name__ == "__main__":
    main()
