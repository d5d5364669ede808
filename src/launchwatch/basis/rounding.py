"""Rounding to stated digits, so that published numbers do not depend on the last bits of arithmetic."""

import math


def significant(value: float, digits: int = 6) -> float:
    """Return `value` rounded to `digits` significant decimal digits; NaN and infinities pass through."""
    if value == 0 or not math.isfinite(value):
        return float(value)
    return float(round(value, digits - 1 - math.floor(math.log10(abs(value)))))
