"""Rounding to stated digits, so that published numbers do not depend on the last bits of arithmetic."""

import math


def significant(value: float, digits: int = 6) -> float:
    """Return `value` rounded to `digits` significant decimal digits; NaN and infinities pass through."""
    if value == 0 or not math.isfinite(value):
        return float(value)
    return float(round(value, digits - 1 - math.floor(math.log10(abs(value)))))


def to_width(value: float, width: float) -> float:
    """Return a value rounded to a millionth of its interval's `width`, or finer; NaN and infinities pass through.

    Arithmetic on another processor differs by less, so that a rebuilt record differs by no more.
    """
    if not (math.isfinite(value) and math.isfinite(width)) or width <= 0:
        return significant(value, 9)
    return float(round(value, math.ceil(6 - math.log10(width))))
