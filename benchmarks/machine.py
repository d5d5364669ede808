"""What a benchmark was run on: printed into every result."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def describe(*packages: str) -> dict[str, object]:
    """Return processor, cores, Python and package versions of this machine."""
    cpu = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    found = {}
    for package in ("launchwatch", "numpy", "numba", *packages):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    cores = len(__import__("os").sched_getaffinity(0))
    return {"cpu": cpu, "cores": cores, "python": platform.python_version(), "versions": found}


def report(result: object, file: Path | None) -> None:
    """Print a result as JSON, and write the same to a file where one is given."""
    print(json.dumps(result, indent=1, default=float))
    keep(result, file)


def keep(result: object, file: Path | None) -> None:
    """Write a result as JSON to a file where one is given."""
    if file is not None:
        file.write_text(json.dumps(result, indent=1, default=float) + "\n")
