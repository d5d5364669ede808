"""Times of the chain's jobs as a user meets them: cold start, the demo's two steps, each in a process of its own.

    python benchmarks/chain.py [--json FILE]

Compiled code is cached before anything is timed. Wall-clock seconds, best of three.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

PROGRAM = str(Path(sys.executable).parent / "launchwatch")


def timed(*args, repeats=3):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run([PROGRAM, *args], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return round(min(times), 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        evidence, reports = f"{folder}/evidence", f"{folder}/evidence/reports"
        timed("simulate", "taegwan-2025-11-07", "--out", evidence, repeats=1)
        timed("assess", evidence, "--out", f"{folder}/warm", repeats=1)
        result = {
            "machine": describe(),
            "wall_s": {
                "launchwatch --help": timed("--help", repeats=10),
                "simulate the packaged scenario": timed("simulate", "taegwan-2025-11-07", "--out", evidence),
                "read 5 reports": timed("read", reports, "--json"),
                "track 588 plots, an impact at every scan": timed(
                    "track", f"{evidence}/recording.ndjson", "--updates", "all", "--json"
                ),
                "assess 5 reports": timed("assess", reports, "--out", f"{folder}/a"),
                "assess the recording": timed("assess", f"{evidence}/recording.ndjson", "--out", f"{folder}/b"),
                "assess both (the demo)": timed("assess", evidence, "--out", f"{folder}/c"),
            },
        }
    report(result, args.json)


if __name__ == "__main__":
    main()
