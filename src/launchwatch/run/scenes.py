"""Recordings to scenes: those of the same minutes are tracked together, since two sensors see one launch."""

import math
from dataclasses import dataclass

import msgspec

from launchwatch.basis.instants import parse_instant
from launchwatch.facts import PlotBlock, Sensor
from launchwatch.run.intake import Intake

SAME_LAUNCH_S = 1200.0
"""Tracks, recordings and clocks farther apart are of two launches."""


@dataclass(frozen=True)
class Scene:
    """Recordings that overlap in time, as one: their ids, sensors and plot blocks in order of time."""

    recordings: tuple[str, ...]
    sensors: tuple[Sensor, ...]
    blocks: tuple[PlotBlock, ...]


def scenes_of(intake: Intake) -> list[Scene]:
    """Return the recordings with plots, those that overlap within the time of one launch joined."""
    spans = sorted(
        (parse_instant(blocks[0].time_utc), parse_instant(blocks[-1].time_utc), evidence)
        for evidence, blocks in intake.blocks.items()
        if blocks
    )
    groups: list[list[str]] = []
    end = -math.inf
    for first, last, evidence in spans:
        if first > end + SAME_LAUNCH_S:
            groups.append([])
        groups[-1].append(evidence)
        end = max(end, last)
    return [_joined(group, intake) for group in groups]


def _joined(recordings: list[str], intake: Intake) -> Scene:
    """Return recordings as one scene; a plot that two of them hold counts once.

    A sensor that they describe differently under one id is two sensors, the later one under the recording's name.
    """
    sensors: dict[str, Sensor] = {}
    blocks: list[PlotBlock] = []
    seen: set[tuple[str, str, str]] = set()
    for evidence in recordings:
        renamed = {}
        for sensor in intake.sensors[evidence]:
            own = sensor
            if sensors.get(sensor.id, sensor) != sensor:
                own = msgspec.structs.replace(sensor, id=f"{sensor.id} of {evidence}")
            sensors[own.id] = own
            renamed[sensor.id] = own.id
        for block in intake.blocks[evidence]:
            name = renamed[block.sensor]
            fresh = tuple(p for p in block.plots if (name, p.id, p.time_utc) not in seen)
            seen |= {(name, p.id, p.time_utc) for p in fresh}
            if fresh:
                blocks.append(msgspec.structs.replace(block, sensor=name, plots=fresh))
    blocks.sort(key=lambda block: (parse_instant(block.time_utc), block.sensor))
    return Scene(tuple(recordings), tuple(sensors.values()), tuple(blocks))
