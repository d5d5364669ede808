"""Make examples/asterix: a capture of two invented civil radars, its bare data blocks, the table of their sites.

    python builders/asterix_sample.py

Six aircraft on straight courses at constant speed, seen for two minutes by a radar that states its place
(I034/120) and one that does not, with EUROCONTROL's standard errors. Octets as the specifications say (see
tests/observe/asterix_samples.py), UDP packets and pcap by dpkt; the same bytes on every run.
"""

import math
import sys
from pathlib import Path

import dpkt
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.observe.asterix_samples import service, target  # noqa: E402

from launchwatch.basis.instants import parse_instant  # noqa: E402
from launchwatch.geo.ellipsoid import ecef_from_geodetic  # noqa: E402
from launchwatch.geo.frames import east_north_up  # noqa: E402
from launchwatch.geo.sight import look  # noqa: E402
from launchwatch.observe.asterix import SIGMA_AZIMUTH_DEG, SIGMA_RANGE_M  # noqa: E402

FOLDER = ROOT / "examples" / "asterix"
START = parse_instant("2025-11-07T23:59:00Z")
DURATION_S = 120.0
RADARS = {  # code: height m, lat, lon, turn s; invented places at sea
    (0, 1): (120, 38.6, 130.9, 4.0),
    (0, 2): (80, 37.2, 131.9, 5.0),
}
AIRCRAFT = [  # lat, lon, flight level, course degrees, speed m/s
    (38.2, 131.0, 330, 135, 240), (38.0, 131.8, 350, 300, 235), (37.6, 130.8, 280, 60, 220),
    (38.9, 131.6, 390, 200, 250), (37.9, 132.3, 310, 270, 230), (37.4, 131.2, 240, 10, 200),
]  # fmt: skip


def position(aircraft, time_s):
    """Return the earth-fixed place of an aircraft: level, on a straight course over a small sphere."""
    lat, lon, level, course, speed = aircraft
    north, east = (speed * time_s * f(math.radians(course)) / 6.371e6 for f in (math.cos, math.sin))
    lat_rad = math.radians(lat) + north
    lon_rad = math.radians(lon) + east / math.cos(lat_rad)
    return ecef_from_geodetic(np.array([lat_rad]), np.array([lon_rad]), np.array([level * 30.48]))[0]


def reports(code, rng):
    """Yield (time of sending, data block) of one radar: a north marker each turn, targets as the beam passes."""
    height, lat, lon, turn_s = RADARS[code]
    lat_rad, lon_rad = math.radians(lat), math.radians(lon)
    site = ecef_from_geodetic(np.array([lat_rad]), np.array([lon_rad]), np.array([float(height)]))[0]
    enu = east_north_up(lat_rad, lon_rad)
    for turn in range(int(DURATION_S / turn_s)):
        north_s = turn * turn_s
        stated = (height, lat, lon) if code == (0, 1) else None
        yield north_s, service(code, turn_s, stated, (START + north_s) % 86400)
        for aircraft in AIRCRAFT:
            state = np.concatenate([position(aircraft, north_s), np.zeros(3)])
            distance, azimuth, elevation, _ = look(state, site, enu)
            seen_s = north_s + turn_s * azimuth / (2 * math.pi)
            if elevation < 0.005 or rng.random() > 0.97:
                continue
            noisy = (distance + rng.normal(0, SIGMA_RANGE_M)) / 1852
            turned = (math.degrees(azimuth) + rng.normal(0, SIGMA_AZIMUTH_DEG)) % 360
            yield seen_s, target(noisy, turned % 359.99, (START + seen_s) % 86400, aircraft[2], code)


def framed(payload):
    """Return an Ethernet frame with a UDP datagram to a multicast group."""
    datagram = dpkt.udp.UDP(sport=8600, dport=8600, data=payload)
    datagram.ulen = len(bytes(datagram))
    packet = dpkt.ip.IP(src=bytes([192, 0, 2, 1]), dst=bytes([233, 252, 0, 1]), p=17, data=datagram)
    packet.len = len(bytes(packet))
    return bytes(
        dpkt.ethernet.Ethernet(src=b"\2" + bytes(5), dst=bytes.fromhex("01005e7c0001"), type=0x800, data=packet)
    )


def main():
    """Write the capture, the data blocks and the table."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(7)
    sent = sorted((time, code, payload) for code in RADARS for time, payload in reports(code, rng))
    with (FOLDER / "two-radars.pcap").open("wb") as handle:
        writer = dpkt.pcap.Writer(handle)
        for time, _, payload in sent:
            writer.writepkt(framed(payload), ts=round(START + time + 0.25, 6))
    (FOLDER / "two-radars.ast").write_bytes(b"".join(payload for *_, payload in sent))
    height, lat, lon, turn_s = RADARS[0, 2]
    (FOLDER / "sites.toml").write_text(
        f"""# Civil radars by SAC and SIC: ASTERIX target reports do not say where their radar stands. Invented.
[[site]]
sac = 0
sic = 2
id = "south-east"
lat_deg = {lat}
lon_deg = {lon}
height_m = {height}  # above the WGS84 ellipsoid
scan_s = {turn_s}
sigma_range_m = {SIGMA_RANGE_M}
sigma_azimuth_deg = {SIGMA_AZIMUTH_DEG}
""",
        encoding="utf-8",
    )
    print(len(sent), "packets")


if __name__ == "__main__":
    main()
