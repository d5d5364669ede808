"""What determines one flight: a row of numbers for kernels, and its named form.

The powered phase is parametric: up to three stages of constant thrust and mass flow, whose axis rises
vertically, pitches at a constant rate to a final elevation and holds it in the launch point's frame. It stands
for what evidence can tell about a boost, not for any particular vehicle.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.errors import InputError

LAT, LON, HEIGHT, AZIMUTH = 0, 1, 2, 3
VERTICAL_TIME, PITCH_TIME, PITCH = 4, 5, 6
BURN_TIME_1, ACCELERATION_1, PROPELLANT_1 = 7, 8, 9
BALLISTIC_COEFFICIENT, LIFT_TO_DRAG, PULL_UP_HEIGHT, GLIDE_ANGLE, MAX_LIFT, GLIDE_END_SPEED = range(16, 22)
COUNT = 22
STAGES = 3
STAGE_WIDTH = 3


@dataclass(frozen=True, kw_only=True)
class PathParameters:
    """One flight's parameters in SI units and radians.

    Launch point on WGS84 (`launch_height_m` ellipsoidal); `azimuth_rad` of the thrust plane, clockwise from
    north; `pitch_rad` final elevation of thrust above the launch point's horizon. Per stage: burn time (s),
    thrust acceleration at ignition (m/s^2) and propellant fraction of the mass at ignition. The ballistic
    coefficient m / (C_D A) (kg/m^2) is that after burnout. A lifting flight (`lift_to_drag` > 0) begins to lift
    when it first sinks through `pull_up_height_m`, steers to `glide_angle_rad` (flight-path angle) with at most
    `max_lift_m_s2`, and stops below `glide_end_speed_m_s`.
    """

    launch_lat_rad: float
    launch_lon_rad: float
    launch_height_m: float = 0.0
    azimuth_rad: float
    vertical_time_s: float = 3.0
    pitch_time_s: float = 20.0
    pitch_rad: float
    burn_times_s: tuple[float, ...]
    accelerations_m_s2: tuple[float, ...]
    propellant_fractions: tuple[float, ...]
    ballistic_coefficient_kg_m2: float
    lift_to_drag: float = 0.0
    pull_up_height_m: float = 0.0
    glide_angle_rad: float = 0.0
    max_lift_m_s2: float = 150.0
    glide_end_speed_m_s: float = 500.0

    def __post_init__(self) -> None:
        """Refuse what no flight can have."""
        stages = {len(self.burn_times_s), len(self.accelerations_m_s2), len(self.propellant_fractions)}
        if len(stages) != 1 or not 1 <= stages.copy().pop() <= STAGES:
            raise InputError("stages do not agree", given=sorted(stages), allowed=f"1 to {STAGES}, equally many")
        if not all(0 < mu < 1 for mu in self.propellant_fractions):
            raise InputError("propellant fraction", given=self.propellant_fractions, allowed="0 < fraction < 1")
        if not self.ballistic_coefficient_kg_m2 > 0:
            raise InputError(
                "ballistic coefficient", given=self.ballistic_coefficient_kg_m2, allowed="above 0 kg/m^2"
            )
        for field in fields(self):
            if not np.all(np.isfinite(getattr(self, field.name))):
                raise InputError(f"{field.name} is not finite", given=getattr(self, field.name))

    def as_row(self) -> NDArray[np.float64]:
        """Return the row of `COUNT` numbers in the order of this module's index names."""
        row = np.zeros(COUNT)
        row[LAT], row[LON], row[HEIGHT] = self.launch_lat_rad, self.launch_lon_rad, self.launch_height_m
        row[AZIMUTH], row[PITCH] = self.azimuth_rad, self.pitch_rad
        row[VERTICAL_TIME], row[PITCH_TIME] = self.vertical_time_s, self.pitch_time_s
        stages = zip(self.burn_times_s, self.accelerations_m_s2, self.propellant_fractions, strict=True)
        for i, stage in enumerate(stages):
            row[BURN_TIME_1 + STAGE_WIDTH * i : BURN_TIME_1 + STAGE_WIDTH * (i + 1)] = stage
        row[BALLISTIC_COEFFICIENT], row[LIFT_TO_DRAG] = self.ballistic_coefficient_kg_m2, self.lift_to_drag
        row[PULL_UP_HEIGHT], row[GLIDE_ANGLE] = self.pull_up_height_m, self.glide_angle_rad
        row[MAX_LIFT], row[GLIDE_END_SPEED] = self.max_lift_m_s2, self.glide_end_speed_m_s
        return row
