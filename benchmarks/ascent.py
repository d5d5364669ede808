"""Two real ascents: boost and its end recognised, and the first stage's apogee foretold ten seconds after.

    python benchmarks/ascent.py FOLDER [--draws 100] [--json FILE]

FOLDER holds `formosat-5` and `koreasat-5a` `.analysed.json` and `.events.json` (speed and altitude from the launch
broadcasts, public domain, github.com/shahar603/Telemetry-Data), which are not part of this repository. Altitude
and downrange distance at 1 Hz are laid along a great circle from the pad (Vandenberg SLC-4E towards 190 degrees;
Kennedy LC-39A towards 93 degrees: chosen, since the broadcasts do not give it) and seen by one radar of 30 m, 0.1
and 0.1 degrees, 1 Hz, 120 km downrange and 60 km to the side, above 2 degrees, with noise drawn anew in each of
the draws.

The reference is the highest altitude in the file where the broadcast followed the first stage (Koreasat 5A), else
the apogee of a free flight from the broadcast's own speed, climb and altitude, mean of the seconds between the end
of thrust and the second stage's ignition (Formosat-5). `burning_above_...` is the share of updates from three
seconds after confirmation to two before engine cut-off whose boost probability is above that, `seen_off_s` the
time from cut-off to the first update with less than 0.5, and the interval that of the mixture's moments at cut-off
+ 10 s.
"""

import argparse
import json
import math
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report
from benchmarks.watched import looks, radar, watch

from launchwatch.basis.constants import MEAN_RADIUS_M
from launchwatch.estimate.track import verdict
from launchwatch.geo.ellipsoid import ecef_from_geodetic, geodetic_from_ecef
from launchwatch.geo.frames import east_north_up

FLIGHTS = {
    "formosat-5": {"lat": 34.632, "lon": -120.611, "azimuth": 190.0, "stage_one": False},
    "koreasat-5a": {"lat": 28.608, "lon": -80.604, "azimuth": 93.0, "stage_one": True},
}
SEED = 20_260


def along(lat, lon, azimuth, distance):
    """Return latitude and longitude (rad) at distances (n,), m, along a great circle."""
    angle = np.asarray(distance) / MEAN_RADIUS_M
    there = np.arcsin(math.sin(lat) * np.cos(angle) + math.cos(lat) * np.sin(angle) * math.cos(azimuth))
    east = np.arctan2(
        math.sin(azimuth) * np.sin(angle) * math.cos(lat), np.cos(angle) - math.sin(lat) * np.sin(there)
    )
    return there, lon + east


def reference_m(data, events, site, places):
    """Return the first stage's apogee (m above the ellipsoid) that a prediction is held against."""
    altitude = np.array(data["altitude"]) * 1e3
    if site["stage_one"]:
        return float(altitude.max())
    found = []
    for t in range(events["meco"] + 4, events["meco"] + 9):
        lat, lon, _ = geodetic_from_ecef(places[t : t + 1])[0]
        enu = east_north_up(lat, lon)
        azimuth = math.radians(site["azimuth"])
        flat = data["velocity_x"][t] * (math.sin(azimuth) * enu[0] + math.cos(azimuth) * enu[1])
        state = np.concatenate([places[t], flat + data["velocity_y"][t] * enu[2]])
        found.append(verdict.predict_apogee(state, np.eye(6) * 1e-6)[0])
    return float(np.mean(found))


def fly(name, folder, draws):
    """Return one flight's figures."""
    site = FLIGHTS[name]
    data = json.loads((folder / f"{name}.analysed.json").read_text())
    events = json.loads((folder / f"{name}.events.json").read_text())
    meco = events["meco"]
    lat, lon, azimuth = (math.radians(site[k]) for k in ("lat", "lon", "azimuth"))
    lats, lons = along(lat, lon, azimuth, np.array(data["downrange_distance"]) * 1e3)
    places = ecef_from_geodetic(lats, lons, np.array(data["altitude"]) * 1e3)
    ahead = along(lat, lon, azimuth + math.atan2(60e3, 120e3), [math.hypot(120e3, 60e3)])
    model = radar(float(ahead[0][0]), float(ahead[1][0]))
    apogee = reference_m(data, events, site, places)
    rows = []
    for draw in range(draws):
        rng = np.random.default_rng([SEED, draw])
        tracks = watch(looks(np.array(data["time"])[: meco + 40], places[: meco + 40], model, rng))
        rows.append(one(tracks, meco))
    good = [row for row in rows if row is not None]
    inside = [abs(row["apogee_m"] - apogee) < row["half_m"] for row in good]
    return {
        "draws": draws,
        "tracked": len(good),
        "first_update_s": float(np.median([row["first_s"] for row in good])),
        "meco_s": meco,
        "burning_above_0.5": float(np.mean([row["likely"] for row in good])),
        "burning_above_0.9": float(np.mean([row["burning"] for row in good])),
        "burning_median_probability": float(np.median([row["median"] for row in good])),
        "seen_off_s": {
            "median": float(np.median([row["off_s"] for row in good])),
            "p95": float(np.percentile([row["off_s"] for row in good], 95)),
        },
        "reference_apogee_km": apogee / 1e3,
        "predicted_apogee_km": float(np.mean([row["apogee_m"] for row in good])) / 1e3,
        "half_width_share": {
            "median": float(np.median([row["half_m"] / apogee for row in good])),
            "largest": float(max(row["half_m"] / apogee for row in good)),
        },
        "inside_95": float(np.mean(inside)),
        "first_draw": good[0],
    }


def one(tracks, meco):
    """Return the figures of one draw, None where nothing is tracked at cut-off + 10 s."""
    for t in tracks:
        at = np.flatnonzero(np.abs(t.times - (meco + 10)) < 0.6)
        if not len(at) or t.times[0] > meco:
            continue
        h = t.history[at[0]]
        mean, sigma = verdict.predict_apogee(h.mean, h.covariance)
        burning = t.judged[:, verdict.BURNING]
        during = burning[(t.times > t.times[0] + 3) & (t.times < meco - 2)]
        off = t.times[(t.times > meco - 1) & (burning < 0.5)]
        said = t.judged[at[0]]
        return {
            "first_s": float(t.times[0]),
            "burning": float((during > 0.9).mean()),
            "likely": float((during > 0.5).mean()),
            "median": float(np.median(during)),
            "off_s": float(off[0] - meco) if len(off) else 99.0,
            "apogee_m": mean,
            "half_m": 1.96 * sigma,
            "verdict": verdict.VERDICTS[int(said[verdict.VERDICT])],
            "class": {k: round(float(p), 3) for k, p in zip(verdict.KINDS, said, strict=False) if p > 0.01},
        }
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.folder is None or not (options.folder / "koreasat-5a.analysed.json").is_file():
        print("the folder with the two ascents' telemetry is not there: nothing measured", file=sys.stderr)
        sys.exit(2)
    result = {"machine": describe()}
    result.update({name: fly(name, options.folder, options.draws) for name in FLIGHTS})
    report(result, options.json)


if __name__ == "__main__":
    main()
