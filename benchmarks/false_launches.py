"""False launches on real aircraft and on satellites: no confirmed track may carry a ballistic verdict.

    python -m pip download --no-deps traffic==2.13 -d DIR
    python benchmarks/false_launches.py DIR/traffic-2.13-py3-none-any.whl [--every 3] [--passes 1000]
        [--part aircraft|satellites] [--json FILE]

Aircraft: the ADS-B samples that come inside the wheel of `traffic` (Olive, JOSS 4(39), 2019; read as files, so
that its seventy dependencies are not needed). Each flight is cut where its reports pause for more than two
minutes or jump faster than 700 m/s (corrupt reports); every third piece (`--every`) is interpolated to the scans
of a radar (1 Hz for every other one, else 4 to 12 s), and seen with noise of 30 m, 0.1 and 0.1 degrees from a
place drawn 15 to 120 km beside its middle, above 0.2 degrees, with a detection probability of 0.95. Satellites:
TLEs of SGP4's own verification catalogue (packaged with `sgp4`) that fly below 3,000 km, and circular and
elliptic low orbits written as TLEs over all inclinations, propagated by SGP4 from times drawn at random and seen
from below their path (1 Hz, above 2 degrees). With no event in n hours the 95 % bound on the rate is 3 / n (rule
of three).
`--part` measures one of the two and keeps the other as it stands in the FILE.
"""

import argparse
import gzip
import json
import math
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, keep
from benchmarks.watched import looks, radar, watch

from launchwatch.basis.constants import MEAN_RADIUS_M, WGS84_ROTATION_RAD_S
from launchwatch.estimate.track import verdict
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef

SEED = 20_260
FOOT_M = 0.3048
NAMES = (verdict.IS_BALLISTIC, verdict.UNLESS_IT_BURNS)
LONGEST_S = 3 * 3600.0


def flights(wheel):
    """Yield (sample, seconds (n,), latitude and longitude (rad), height (m)) of every unbroken piece of flight."""
    archive = zipfile.ZipFile(wheel)
    for name in sorted(archive.namelist()):
        if "/samples/" not in name or not name.endswith(".json.gz"):
            continue
        reports = json.loads(gzip.decompress(archive.read(name)))
        if not isinstance(reports, list):
            continue
        by_flight = defaultdict(list)
        for r in reports:
            height = r.get("geoaltitude") if r.get("geoaltitude") is not None else r.get("altitude")
            if None in (r.get("timestamp"), r.get("latitude"), r.get("longitude"), height) or r.get("onground"):
                continue
            row = (
                stamp_s(r["timestamp"]),
                math.radians(r["latitude"]),
                math.radians(r["longitude"]),
                height * FOOT_M,
            )
            by_flight[r.get("flight_id") or (r.get("icao24"), r.get("callsign"))].append(row)
        for key in sorted(by_flight, key=str):
            for piece in pieces(np.array(sorted(by_flight[key]), dtype=float)):
                yield Path(name).stem.removesuffix(".json"), str(key), piece


def stamp_s(stamp):
    """Return seconds of a time stamp in milliseconds or as text."""
    if isinstance(stamp, str):
        return float(np.datetime64(stamp.removesuffix("Z").removesuffix("+00:00"), "ms").astype(float)) / 1e3
    return stamp / 1e3


def pieces(rows):
    """Yield stretches of at least two minutes without a pause above two minutes or an impossible jump."""
    rows = rows[np.append(True, np.diff(rows[:, 0]) > 0.5)]
    if len(rows) < 12:
        return
    places = ecef_from_geodetic(rows[:, 1], rows[:, 2], rows[:, 3])
    step = np.diff(rows[:, 0])
    broken = (step > 120) | (np.linalg.norm(np.diff(places, axis=0), axis=1) / step > 700)
    for start, end in zip(
        np.append(0, np.flatnonzero(broken) + 1), np.append(np.flatnonzero(broken) + 1, len(rows)), strict=True
    ):
        piece = rows[start:end]
        if len(piece) > 10 and piece[-1, 0] - piece[0, 0] > 120:
            yield piece[piece[:, 0] <= piece[0, 0] + LONGEST_S]


def watch_flight(piece, rng, every_second):
    """Return the scan period (s), seconds in view and the tracks of a piece of flight, seen from beside it."""
    scan = 1.0 if every_second else float(rng.choice([4.0, 5.0, 8.0, 12.0]))
    times = np.arange(piece[0, 0], piece[-1, 0], scan)
    lat, lon, height = (np.interp(times, piece[:, 0], piece[:, i]) for i in (1, 2, 3))
    middle = len(times) // 2
    distance, bearing = rng.uniform(15e3, 120e3) / MEAN_RADIUS_M, rng.uniform(0, 2 * math.pi)
    model = radar(
        float(lat[middle] + distance * math.cos(bearing)),
        float(lon[middle] + distance * math.sin(bearing) / math.cos(lat[middle])),
        scan_s=scan,
        horizon_deg=0.2,
        max_range_m=450e3,
        pd=0.95,
    )
    seen = looks(times - times[0], ecef_from_geodetic(lat, lon, height), model, rng, pd=0.95)
    return scan, scan * sum(len(look.ids) > 0 for look in seen), watch(seen)


def aircraft(wheel, every):
    """Return the figures of all flights."""
    count, seconds, tracks, confirmed_s, false, sets = 0, 0.0, 0, 0.0, [], defaultdict(int)
    highest = 0.0
    whole = set()
    for i, (sample, key, piece) in enumerate(flights(wheel)):
        if i % every:
            continue
        rng = np.random.default_rng([SEED, i])
        scan, viewed, found = watch_flight(piece, rng, count % 2 == 0)
        count += 1
        whole.add((sample, key))
        seconds += viewed
        sets[sample] += 1
        tracks += len(found)
        for t in found:
            confirmed_s += t.times[-1] - t.times[0]
            highest = max(highest, float(t.judged[:, [0, 1, 2, 3, 4]].sum(axis=1).max()))
            named = np.isin(t.verdicts, NAMES)
            if named.any():
                j = t.judged[np.argmax(named)]
                false.append({"sample": sample, "flight": key, "scan_s": scan, "probability": float(j[:5].sum())})
    hours = seconds / 3600
    return {
        "flights": len(whole),
        "pieces": count,
        "samples": len(sets),
        "hours_in_view": hours,
        "confirmed_tracks": tracks,
        "confirmed_hours": confirmed_s / 3600,
        "false_launches": len(false),
        "rate_bound_per_flight_hour_95": 3 / hours if not false else None,
        "rate_bound_per_flight_95": 3 / len(whole) if not false else None,
        "highest_ballistic_probability": highest,
        "which": false,
    }


def catalogue(rng):
    """Return SGP4 satellites: the verification catalogue's low ones, and low orbits of every inclination."""
    import importlib.resources

    import sgp4
    from sgp4.api import WGS72, Satrec

    text = (importlib.resources.files(sgp4) / "SGP4-VER.TLE").read_text()
    lines = [line for line in text.splitlines() if line[:2] in {"1 ", "2 "}]
    found = []
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        satellite = Satrec.twoline2rv(first[:69], second[:69])
        if satellite.error == 0 and 0.02 < satellite.altp < 0.5 and satellite.alta < 3_000 / 6378:
            found.append(satellite)
    verification = len(found)
    for i in range(200):
        satellite = Satrec()
        perigee = 6378.135 + 200 * math.exp(rng.uniform(0, math.log(8)))
        eccentricity = abs(rng.normal(0, 0.003)) if i % 5 else rng.uniform(0.01, 0.1)
        motion = math.sqrt(398600.8 / (perigee / (1 - eccentricity)) ** 3) * 60
        angles = rng.uniform(0, 2 * math.pi, 3)
        satellite.sgp4init(
            WGS72, "i", 90_000 + i, 27_000.5, 1e-5, 0.0, 0.0, eccentricity, angles[0],
            math.acos(rng.uniform(-0.3, 1)), angles[1], motion, angles[2],
        )  # fmt: skip
        found.append(satellite)
    return found, verification


def satellite_states(satellite, start_day, times):
    """Return earth-fixed states (n, 6) `times` s after a day past the epoch; None where SGP4 fails."""
    day = np.full(len(times), satellite.jdsatepoch)
    fraction = satellite.jdsatepochF + start_day + times / 86_400
    error, r, v = satellite.sgp4_array(day, fraction)
    if error.any():
        return None
    # Any zero of sidereal time serves: the radar stands where the path then lies.
    angle = WGS84_ROTATION_RAD_S * times
    c, s = np.cos(angle), np.sin(angle)
    turn = np.moveaxis(np.array([[c, s, 0 * c], [-s, c, 0 * c], [0 * c, 0 * c, 1 + 0 * c]]), 2, 0)
    r, v = np.einsum("nij,nj->ni", turn, r) * 1e3, np.einsum("nij,nj->ni", turn, v) * 1e3
    return np.hstack([r, v - np.cross([0, 0, WGS84_ROTATION_RAD_S], r)])


def satellites(passes):
    """Return the figures of so many passes."""
    rng = np.random.default_rng([SEED, 1])
    known, verification = catalogue(rng)
    done, tracks, seconds, false, said_satellite, which = 0, 0, 0.0, 0, 0, []
    tried, highest = 0, 0.0
    while done < passes:
        satellite = known[tried % len(known)]
        tried += 1
        states = satellite_states(satellite, rng.uniform(0, 2), np.arange(0.0, 900.0))
        if states is None:
            continue
        below = geodetic_from_ecef(np.ascontiguousarray(states[450:451, :3]))[0]
        if below[2] > 2_500e3 or below[2] < 120e3:
            continue
        aside, bearing = rng.uniform(0, 900e3) / MEAN_RADIUS_M, rng.uniform(0, 2 * math.pi)
        lat = float(np.clip(below[0] + aside * math.cos(bearing), -1.5, 1.5))
        model = radar(lat, float(below[1] + aside * math.sin(bearing) / math.cos(below[0])), max_range_m=4_000e3)
        seen = looks(np.arange(0.0, 900.0), states[:, :3], model, rng)
        if len(seen) < 30:
            continue
        done += 1
        for t in watch(seen):
            tracks += 1
            seconds += t.times[-1] - t.times[0]
            named = np.isin(t.verdicts, NAMES)
            false += int(named.any())
            highest = max(highest, float(t.judged[:, :5].sum(axis=1).max()))
            said_satellite += int(t.judged[-1, verdict.KINDS.index("satellite")] > 0.9)
            if named.any():
                j = t.judged[np.argmax(named)]
                which.append(
                    {
                        "satellite": satellite.satnum,
                        "at_s": float(t.times[np.argmax(named)] - t.times[0]),
                        "perigee_km": float(j[verdict.AT_PERIGEE] / 1e3),
                        "perigee_sigma_km": float(j[verdict.SIGMA_PERIGEE] / 1e3),
                    }
                )
    return {
        "passes": done,
        "satellites": len(known),
        "of_the_verification_catalogue": verification,
        "confirmed_tracks": tracks,
        "hours": seconds / 3600,
        "ballistic_verdicts": false,
        "ended_as_satellite": said_satellite,
        "rate_bound_per_pass_95": 3 / done if not false else None,
        "highest_ballistic_probability": highest,
        "which": which,
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wheel", type=Path, nargs="?")
    parser.add_argument("--passes", type=int, default=1000)
    parser.add_argument("--every", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", choices=("aircraft", "satellites"))
    options = parser.parse_args()
    result = {}
    if options.part and options.json and options.json.is_file():
        result = json.loads(options.json.read_text())
    result |= {"machine": describe("sgp4"), "traffic": "2.13"}
    if options.part == "satellites":
        pass
    elif options.wheel is None or not options.wheel.is_file():
        print(
            "no wheel of traffic 2.13 given: the real flights are left out (see the usage above)", file=sys.stderr
        )
        result["aircraft"] = None
    else:
        result["aircraft"] = aircraft(options.wheel, options.every)
        print(json.dumps(result["aircraft"], indent=1, default=float))
    if options.part != "aircraft":
        result["satellites"] = satellites(options.passes)
        print(json.dumps(result["satellites"], indent=1, default=float))
    keep(result, options.json)


if __name__ == "__main__":
    main()
