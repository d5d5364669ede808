"""The force model, chosen by argument: gravity, rotation and air as one small array for kernels."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from launchwatch.basis.constants import (
    WGS84_FLATTENING,
    WGS84_J2,
    WGS84_MU_M3_S2,
    WGS84_ROTATION_RAD_S,
    WGS84_SEMI_MAJOR_M,
)

MU, J2, RADIUS, FLATTENING, ROTATION, AIR, SURFACE_DENSITY, SCALE_HEIGHT = range(8)
NO_AIR, STANDARD_AIR, EXPONENTIAL_AIR = 0.0, 1.0, 2.0
_AIR = {"none": NO_AIR, "ussa76": STANDARD_AIR, "exponential": EXPONENTIAL_AIR}


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Earth and air: WGS84 with J2 and rotation and the US Standard Atmosphere 1976 unless told otherwise.

    `surface_density_kg_m3` and `scale_height_m` count for exponential air only.
    """

    mu_m3_s2: float = WGS84_MU_M3_S2
    j2: float = WGS84_J2
    semi_major_m: float = WGS84_SEMI_MAJOR_M
    flattening: float = WGS84_FLATTENING
    rotation_rad_s: float = WGS84_ROTATION_RAD_S
    air: Literal["none", "ussa76", "exponential"] = "ussa76"
    surface_density_kg_m3: float = 1.225
    scale_height_m: float = 7200.0

    def as_array(self) -> NDArray[np.float64]:
        """Return the eight numbers in the order of this module's index names."""
        return np.array(
            [
                self.mu_m3_s2,
                self.j2,
                self.semi_major_m,
                self.flattening,
                self.rotation_rad_s,
                _AIR[self.air],
                self.surface_density_kg_m3,
                self.scale_height_m,
            ]
        )


EARTH = Environment()
