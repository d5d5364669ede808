"""Latitude and longitude as terminals show them."""


def plain_place(lat_deg: float, lon_deg: float, decimals: int = 2) -> str:
    """Return `40.21 N 125.20 E`, south and west without a sign."""
    north, east = "NS"[lat_deg < 0], "EW"[lon_deg < 0]
    return f"{abs(lat_deg):.{decimals}f} {north} {abs(lon_deg):.{decimals}f} {east}"
