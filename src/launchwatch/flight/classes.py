"""Classes of flight that an estimate tells apart.

By the range that the missile is made for: short (below 1,000 km), medium (to 3,000), intermediate (to 5,500),
intercontinental; and quasi-ballistic, which stays low and lifts. National Air and Space Intelligence Center,
"Ballistic and cruise missile threat" (2020), page 3.
"""

CLASSES = ("quasi-ballistic", "SRBM", "MRBM", "IRBM", "ICBM")
QUASI_BALLISTIC = 0
RANGE_LIMITS_M = (1_000e3, 3_000e3, 5_500e3)


def class_by_range(range_m: float) -> int:
    """Return the index in `CLASSES` of a ballistic missile that flies this far on a minimum-energy path."""
    return 1 + sum(range_m >= limit for limit in RANGE_LIMITS_M)
