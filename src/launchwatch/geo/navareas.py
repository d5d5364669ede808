"""NAVAREAs of the north-west Pacific: who sends navigational warnings for which sea.

The limits are typed FROM KNOWLEDGE, TO BE CHECKED against the appendix of IMO resolution A.706(17) as amended
(MSC.1/Circ.1288) and the Joint IMO/IHO/WMO Manual (IHO S-53), neither of which was at hand. Where what is known of
a limit differs, both areas hold the place between: the answer then names both. The limits do not prejudice any
boundary between states.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from shapely import Polygon

BASIS = "limits from knowledge, to be checked against IMO A.706(17) as amended (MSC.1/Circ.1288) and IHO S-53"


@dataclass(frozen=True)
class NavArea:
    """One area: its number, coordinator, and ring of (lon, lat) degrees, longitudes 0 to 360, edges straight."""

    name: str
    coordinator: str
    ring: tuple[tuple[float, float], ...]

    def contains(self, lon_deg: NDArray[np.float64], lat_deg: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each point whether it lies in the area."""
        import shapely

        held: NDArray[np.bool_] = shapely.contains_xy(_polygon(self.ring), np.mod(lon_deg, 360.0), lat_deg)
        return held


@lru_cache(maxsize=8)
def _polygon(ring: tuple[tuple[float, float], ...]) -> "Polygon":
    import shapely

    polygon = shapely.Polygon(ring)
    shapely.prepare(polygon)
    return polygon


NAVAREAS = (
    NavArea(
        "NAVAREA XI",
        "Japan",
        ((95.0, 0.0), (180.0, 0.0), (180.0, 45.0), (130.0, 45.0), (117.0, 45.0), (95.0, 30.0), (95.0, 0.0)),
    ),
    # In the Sea of Japan the limit with XI is given as the border of Russia and North Korea (42.3 N) and as 45 N.
    NavArea(
        "NAVAREA XIII",
        "Russian Federation",
        (
            (130.6, 42.3), (142.0, 45.0), (180.0, 45.0), (180.0, 50.0), (172.0, 53.0), (180.0, 60.0),
            (191.0, 67.3), (130.6, 67.3), (130.6, 42.3),
        ),
    ),
    NavArea(
        "NAVAREA XII",
        "United States",
        (
            (180.0, 0.0), (240.0, 0.0), (240.0, 67.3), (191.0, 67.3), (180.0, 60.0), (172.0, 53.0), (180.0, 50.0),
            (180.0, 0.0),
        ),
    ),
)  # fmt: skip
