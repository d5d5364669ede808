"""Scenarios: what was launched and who watched, from TOML.

A scenario invents truth and sensors for drills, tests and demonstrations; it says so in `note`.
"""

import math
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from launchwatch.basis.errors import InputError, ScenarioError, UnknownNameError
from launchwatch.basis.instants import parse_instant
from launchwatch.facts import Sensor, Value
from launchwatch.facts.checks import check_latitude, check_longitude, check_sensor, check_within
from launchwatch.flight.parameters import PathParameters

MOST_SCANS = 200_000
"""Scans of one sensor in a scenario: a day at twice a second."""


class Boost(Value, frozen=True, kw_only=True):
    """Powered flight: vertical rise, constant pitch rate to `pitch_deg`, then held; one entry per stage."""

    vertical_time_s: float = 3.0
    pitch_time_s: float = 20.0
    pitch_deg: float
    burn_times_s: tuple[float, ...]
    accelerations_m_s2: tuple[float, ...]
    propellant_fractions: tuple[float, ...]


class Body(Value, frozen=True, kw_only=True):
    """After burnout: ballistic coefficient, and lift where it pulls up or glides."""

    ballistic_coefficient_kg_m2: float
    lift_to_drag: float = 0.0
    pull_up_height_m: float = 0.0
    glide_angle_deg: float = 0.0
    max_lift_m_s2: float = 150.0
    glide_end_speed_m_s: float = 500.0


class Launch(Value, frozen=True, kw_only=True):
    """One object: where and when it rises, towards where, and how it flies."""

    object: str
    class_: str = msgspec.field(name="class")
    time_utc: str
    lat_deg: float
    lon_deg: float
    height_m: float = 0.0
    azimuth_deg: float
    boost: Boost
    body: Body

    def parameters(self) -> PathParameters:
        """Return the flight core's parameters, radians inside."""
        return PathParameters(
            launch_lat_rad=math.radians(self.lat_deg),
            launch_lon_rad=math.radians(self.lon_deg),
            launch_height_m=self.height_m,
            azimuth_rad=math.radians(self.azimuth_deg),
            vertical_time_s=self.boost.vertical_time_s,
            pitch_time_s=self.boost.pitch_time_s,
            pitch_rad=math.radians(self.boost.pitch_deg),
            burn_times_s=self.boost.burn_times_s,
            accelerations_m_s2=self.boost.accelerations_m_s2,
            propellant_fractions=self.boost.propellant_fractions,
            ballistic_coefficient_kg_m2=self.body.ballistic_coefficient_kg_m2,
            lift_to_drag=self.body.lift_to_drag,
            pull_up_height_m=self.body.pull_up_height_m,
            glide_angle_rad=math.radians(self.body.glide_angle_deg),
            max_lift_m_s2=self.body.max_lift_m_s2,
            glide_end_speed_m_s=self.body.glide_end_speed_m_s,
        )


class Scenario(Value, frozen=True, kw_only=True):
    """Launches and the sensors that watch them, from `start_utc` for `duration_s`.

    `cloud_top_m`: infrared satellites see a burning motor above it only.
    """

    name: str
    title: str
    note: str
    start_utc: str
    duration_s: float
    seed: int = 1
    cloud_top_m: float = 10_000.0
    truth_step_s: float = 1.0
    launches: tuple[Launch, ...]
    sensors: tuple[Sensor, ...]


def parse_scenario(text: str) -> Scenario:
    """Return the scenario in a TOML text; ScenarioError says what is wrong with it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"scenario is no TOML: {error}") from None
    try:
        scenario = msgspec.convert(table, Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"scenario does not fit: {error}") from None
    _check(scenario)
    return scenario


def _check(scenario: Scenario) -> None:
    if not scenario.launches:
        raise ScenarioError("scenario without a launch", try_="a [[launches]] table")
    if any(sensor.kind == "infrared" and sensor.position_ecef_m is None for sensor in scenario.sensors):
        raise ScenarioError("an infrared sensor needs position_ecef_m", allowed="metres, earth-fixed")
    ids = [sensor.id for sensor in scenario.sensors]
    if len(set(ids)) < len(ids):
        raise ScenarioError("two sensors share an id", given=ids)
    with _of("scenario"):
        _check_times(scenario)
    for number, launch in enumerate(scenario.launches, start=1):
        with _of(f"launch {number} ({launch.object})"):
            _check_launch(launch)
    for sensor in scenario.sensors:
        with _of(f"sensor {sensor.id}"):
            check_sensor(sensor)
            check_within("false_plots_per_scan", sensor.false_plots_per_scan, 0, 10_000, "plots")
            check_within("scan_s", sensor.scan_s, scenario.duration_s / MOST_SCANS, 86_400, "s")


@contextmanager
def _of(what: str) -> Iterator[None]:
    """Say of what in the scenario an InputError within was raised."""
    try:
        yield
    except InputError as error:
        raise ScenarioError(
            f"{what}: {error.message}", given=error.given, allowed=error.allowed, try_=error.try_
        ) from None


def _check_times(scenario: Scenario) -> None:
    parse_instant(scenario.start_utc)
    if not 0 < scenario.duration_s <= 86_400:
        raise InputError("duration_s out of range", given=scenario.duration_s, allowed="above 0, at most 86400 s")
    check_within("seed", scenario.seed, 0, 2.0**63, "")
    check_within("cloud_top_m", scenario.cloud_top_m, -500, 50_000, "m above the ellipsoid")
    check_within("truth_step_s", scenario.truth_step_s, 0.01, 3600, "s")


_BOOST = {
    "vertical_time_s": (0.0, 60.0, "s"),
    "pitch_time_s": (0.0, 600.0, "s"),
    "pitch_deg": (0.0, 90.0, "degrees above the horizon"),
    "burn_times_s": (0.01, 1000.0, "s"),
    "accelerations_m_s2": (0.1, 1000.0, "m/s^2"),
    "propellant_fractions": (0.001, 0.999, "of the mass at ignition"),
}
_BODY = {
    "ballistic_coefficient_kg_m2": (1.0, 1e6, "kg/m^2"),
    "lift_to_drag": (0.0, 10.0, ""),
    "pull_up_height_m": (0.0, 200_000.0, "m"),
    "glide_angle_deg": (-90.0, 45.0, "degrees above the horizon"),
    "max_lift_m_s2": (0.0, 1000.0, "m/s^2"),
    "glide_end_speed_m_s": (0.0, 8000.0, "m/s"),
}
"""Lowest and highest value with the unit: wide enough for anything that flew, narrow enough for a slip of unit."""


def _check_launch(launch: Launch) -> None:
    parse_instant(launch.time_utc)
    check_latitude(launch.lat_deg)
    check_longitude(launch.lon_deg)
    check_within("height_m", launch.height_m, -500, 20_000, "m above the ellipsoid")
    check_within("azimuth_deg", launch.azimuth_deg, -180, 360, "degrees clockwise from true north")
    for part, limits in ((launch.boost, _BOOST), (launch.body, _BODY)):
        for name, (low, high, unit) in limits.items():
            value = getattr(part, name)
            for number in value if isinstance(value, tuple) else (value,):
                check_within(name, number, low, high, unit)
    launch.parameters()


def _packaged() -> dict[str, Traversable]:
    folder = files("launchwatch.simulate") / "scenarios"
    return {item.name: item for item in folder.iterdir() if (item / "scenario.toml").is_file()}


def packaged_scenarios() -> list[str]:
    """Return the names of the scenarios that come with launchwatch."""
    return sorted(_packaged())


def packaged_scenario(name: str) -> tuple[str, dict[str, bytes]]:
    """Return the TOML of a packaged scenario and its reports, file name to bytes."""
    known = _packaged()
    if name not in known:
        raise UnknownNameError("scenario", name, known)
    folder = known[name]
    reports = folder / "reports"
    texts = {f.name: f.read_bytes() for f in reports.iterdir()} if reports.is_dir() else {}
    return (folder / "scenario.toml").read_text(encoding="utf-8"), dict(sorted(texts.items()))
