"""The one way in which launchwatch compiles: Numba, cached, without the GIL, IEEE arithmetic.

Numba's cache knows a kernel's own file but not the files of the kernels that it calls, so an edited callee
would go unnoticed. The cache therefore lies in a folder named after the content of every source file that
may hold kernels and of the tables that kernels hold, with Numba's version; a changed source means a new folder.
`NUMBA_CACHE_DIR` overrides it.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])

_ROOMS = ("basis", "geo", "flight", "bayes", "estimate", "simulate")


def _cache_folder() -> Path:
    source = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256(numba.__version__.encode())
    for room in _ROOMS:
        for path in sorted([*(source / room).rglob("*.py"), *(source / room).rglob("*densities.json")]):
            digest.update(path.read_bytes())
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "launchwatch" / "kernels" / digest.hexdigest()[:16]


if not os.environ.get("NUMBA_CACHE_DIR"):
    setattr(numba.config, "CACHE_DIR", str(_cache_folder()))  # noqa: B010 - numba sets its settings at run time


def kernel(function: F) -> F:
    """Compile `function` on first call and keep the machine code on disk.

    Fast-math stays off: the same inputs give the same bits on one CPU family, which replay relies on.
    """
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def inline_kernel(function: F) -> F:
    """Compile a small function that other kernels call; it is cached as part of its callers."""
    return cast("F", numba.njit(nogil=True, error_model="numpy")(function))
