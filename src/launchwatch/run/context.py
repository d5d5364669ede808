"""What a run depends on besides its evidence: version, clock, seed, settings, platform."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Literal

import msgspec

from launchwatch import __version__
from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id
from launchwatch.basis.instants import check_date, format_instant, parse_instant
from launchwatch.facts import Event, Provenance, RunEnd, RunStart, canonical_bytes
from launchwatch.run.clock import SystemClock

if TYPE_CHECKING:
    import numpy as np

Status = Literal["actual", "exercise", "test"]

_STREAM_DIGITS = 12  # of the names' hash: 48 bits keep a run's few streams apart


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The choices of a run: each changes its result, so each is logged.

    `published` is the publication date of reports that state none; `status` marks what is made as real or not;
    `particles` is the size of claim posteriors; `airways` and `lanes` look airways and shipping lanes up
    in installed packages.
    """

    published: str | None = None
    status: Status = "exercise"
    particles: int = 4000
    airways: bool = False
    lanes: bool = False


@dataclass(frozen=True)
class Context:
    """Clock, seed and settings of one run, and the makers of provenance."""

    as_of_utc: str
    seed: int
    settings: Settings
    version: str = __version__

    def provenance(self, step: str, derived_from: tuple[str, ...] = ()) -> Provenance:
        """Return the provenance of a fact that a step of this run makes."""
        return Provenance(
            author=f"launchwatch {self.version} {step}", created_utc=self.as_of_utc, derived_from=derived_from
        )

    def rng(self, *names: str) -> "np.random.Generator":
        """Return the random stream of a named part of the run, independent of all others and of their order."""
        import numpy as np

        key = int(content_id("stream", *names).rpartition("-")[2][:_STREAM_DIGITS], 16)
        return np.random.default_rng([self.seed, key])

    @property
    def run_id(self) -> str:
        """Return the id of this run in the log."""
        settings = canonical_bytes(msgspec.to_builtins(self.settings))
        return content_id("run", self.version, self.as_of_utc, str(self.seed), settings)

    def end_fact(self, events: Sequence[Event], rejections: int) -> RunEnd:
        """Return the fact that closes the run in the log."""
        ids = tuple(event.id for event in events)
        return RunEnd(
            id=content_id("end", self.run_id, *ids, str(rejections)),
            run=self.run_id,
            events=ids,
            rejections=rejections,
            provenance=self.provenance("run", ids),
        )

    def start_fact(self) -> RunStart:
        """Return the fact that opens the run in the log."""
        settings = msgspec.to_builtins(self.settings)
        return RunStart(
            id=self.run_id,
            version=self.version,
            as_of_utc=self.as_of_utc,
            seed=self.seed,
            settings=settings,
            platform=this_platform(),
            provenance=self.provenance("run"),
        )


def new_context(settings: Settings, *, seed: int = 0, as_of_utc: str | None = None) -> Context:
    """Return the context of a new run: the clock is read here, once, unless it is given."""
    now = SystemClock.now() if as_of_utc is None else parse_instant(as_of_utc)
    if not 0 <= seed < 2**63:
        raise InputError("seed", given=seed, allowed="0 to 2^63 - 1")
    if not 200 <= settings.particles <= 1_000_000:
        raise InputError("particles", given=settings.particles, allowed="200 to 1,000,000")
    if settings.published is not None:
        check_date(settings.published)
    return Context(format_instant(now), seed, settings)


def this_platform() -> str:
    """Return what the last bits of numbers depend on: processor family, Python, and the packages that compute."""
    from llvmlite.binding import get_host_cpu_name

    packages = (f"{name} {version(name)}" for name in ("numpy", "scipy", "numba"))
    return f"{platform.machine()} {get_host_cpu_name()} python {platform.python_version()} {' '.join(packages)}"


def differences(start: RunStart) -> list[str]:
    """Return a warning where a logged run was made by another version or on another platform than this one."""
    then, here = (start.version, start.platform), (__version__, this_platform())
    if then == here:
        return []
    told = [f"launchwatch {release} on {machine}" for release, machine in (then, here)]
    return [f"rebuilt with other versions: numbers may differ (logged by {told[0]}; this is {told[1]})"]


def context_of(start: RunStart) -> Context:
    """Return the context of a logged run (see `Context.start_fact`)."""
    return Context(start.as_of_utc, start.seed, msgspec.convert(start.settings, Settings), start.version)
