"""Data blocks of civil radars put together octet by octet from stated values, as the specifications say.

EUROCONTROL-SPEC-0149-4 edition 1.32 (CAT048): items in the order 010, 140, 020, 040, 070, 090; -0149-2B edition
1.29 (CAT034): 010, 000, 030, 020, 041, 050, 060, then 070, 100, 110, 120.
"""

RADAR = (25, 7)


def block(category, record):
    """Return a data block with one record."""
    return bytes([category]) + (len(record) + 3).to_bytes(2, "big") + record


def target(
    rho_nm=100.0, theta_deg=90.0, time_s=3600.0, level=330.0, radar=RADAR, *, typ=5, sim=0, rab=0, test=0,
    extended=0, unsure=0, garbled=0, without=(),
):  # fmt: skip
    """Return a CAT048 data block with one target report; `level` in hundreds of feet, None leaves it out."""
    kind = bytes([typ << 5 | sim << 4 | rab << 1 | bool(test or extended)])
    if test or extended:
        kind += bytes([test << 7 | extended << 6])
    items = {
        0x80: bytes(radar),
        0x40: round(time_s * 128).to_bytes(3, "big"),
        0x20: kind,
        0x10: round(rho_nm * 256).to_bytes(2, "big") + round(theta_deg * 65536 / 360).to_bytes(2, "big"),
    }
    if level is not None:
        quarters = round(level * 4) & 0x3FFF
        items[0x04] = (unsure << 15 | garbled << 14 | quarters).to_bytes(2, "big")
    items = {bit: octets for bit, octets in items.items() if bit not in without}
    return block(48, bytes([sum(items)]) + b"".join(items.values()))


def service(radar=RADAR, turn_s=None, place=None, time_s=3600.0):
    """Return a CAT034 north marker, with rotation period and (height m, lat, lon) where given."""
    first, items = 0x80 | 0x40 | 0x20, bytes(radar) + b"\x01" + round(time_s * 128).to_bytes(3, "big")
    if turn_s is not None:
        first |= 0x08
        items += round(turn_s * 128).to_bytes(2, "big")
    if place is None:
        return block(34, bytes([first]) + items)
    height, *angles = place
    items += int(height).to_bytes(2, "big", signed=True)
    for angle in angles:
        items += round(angle / 180 * 2**23).to_bytes(3, "big", signed=True)
    return block(34, bytes([first | 0x01, 0x10]) + items)
