"""Bad input of one sensor is refused with its reason and costs no plot of another sensor."""

import json
import math
import tracemalloc
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.basis.constants import LIGHT_M_S
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import Provenance
from launchwatch.observe.recordings import decode_recording
from launchwatch.observe.sensor_faults import MOST_PLOTS, MOST_TARGETS, REPEATS

WHO = Provenance(author="test", created_utc="2025-11-07T03:35:00Z")
START = parse_instant("2025-11-07T03:35:00Z")
RADAR = {
    "type": "sensor", "id": "R1", "kind": "radar", "lat_deg": 38.0, "lon_deg": 128.4, "height_m": 300.0,
    "sigma_range_m": 30.0, "sigma_azimuth_deg": 0.1, "sigma_elevation_deg": 0.1, "scan_s": 1.0,
}  # fmt: skip
OTHER = {**RADAR, "id": "R2"}
CIVIL = {**RADAR, "id": "C1", "kind": "surveillance", "max_range_m": 470e3}
del CIVIL["sigma_elevation_deg"]


def decode(*lines):
    data = [line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n" for line in lines]
    return decode_recording(data, evidence="e", provenance=WHO)


def track(sensor="R1", seed=1, scans=40, azimuth=4.0, elevation=1.0, prefix="p"):
    """Return a target's plots with the sensor's stated noise, receding at 1 km/s, rising 0.01 degrees a scan."""
    rng = np.random.default_rng(seed)
    return [
        {
            "type": "plot", "id": f"{prefix}{k}", "sensor": sensor, "time_utc": format_instant(START + k),
            "range_m": round(3e5 + 1e3 * k + rng.normal(0, 30), 2),
            "azimuth_deg": round(azimuth + 0.02 * k + rng.normal(0, 0.1), 5),
            "elevation_deg": round(elevation + 0.01 * k + rng.normal(0, 0.1), 5),
        }
        for k in range(scans)
    ]  # fmt: skip


def kept(found, sensor):
    return [p.id for block in found.blocks if block.sensor == sensor for p in block.plots]


def with_other(sensor, plots):
    """Decode a sensor's bad plots between a good sensor's, assert that the good ones all stay."""
    good = track("R2", seed=2, azimuth=310.0, elevation=4.0, prefix="good")
    mixed = sorted([*plots, *good], key=lambda plot: plot["time_utc"])
    found = decode(sensor, OTHER, *mixed)
    assert kept(found, "R2") == [plot["id"] for plot in good]
    return found


def test_kilometres_for_metres():
    """Ranges in kilometres are refused one by one, with what they would be in metres."""
    found = with_other(RADAR, [{**plot, "range_m": plot["range_m"] / 1e3} for plot in track()])
    assert kept(found, "R1") == []
    first = found.rejections[0]
    assert "did you mean kilometres?" in first.reason
    assert "if it is 300.0" in first.try_
    assert len(found.rejections) == 40


def radians(plots):
    return [{**p, **{k: round(math.radians(p[k]), 7) for k in ("azimuth_deg", "elevation_deg")}} for p in plots]


@pytest.mark.parametrize("azimuth", [4.0, 185.0, 300.0])
def test_radians_for_degrees_show_by_their_scatter(azimuth):
    """Angles in radians scatter by a 57th of the stated noise: all plots of the sensor are refused once."""
    found = with_other(RADAR, radians(track(azimuth=azimuth)))
    assert kept(found, "R1") == []
    (rejection,) = found.rejections
    assert (rejection.what, rejection.given) == (
        "sensor R1",
        repr(radians(track(azimuth=azimuth))[0]["azimuth_deg"]),
    )
    assert "did you mean degrees" in rejection.reason
    assert "all 40 plots" in rejection.reason


def test_radians_for_degrees_show_by_false_plots():
    """False plots all round that stay within 6.3 and 1.6 degrees are in radians."""
    rng = np.random.default_rng(5)
    false = [
        {
            "type": "plot", "id": f"f{i}", "sensor": "R1", "time_utc": format_instant(START + 0.1 * i),
            "range_m": round(rng.uniform(2e4, 2e6), 2), "azimuth_deg": round(rng.uniform(0, 2 * math.pi), 6),
            "elevation_deg": round(rng.uniform(0, math.pi / 3), 6),
        }
        for i in range(100)
    ]  # fmt: skip
    found = with_other({**RADAR, "false_plots_per_scan": 10.0}, false)
    assert kept(found, "R1") == []
    assert "no false plot falls outside" in found.rejections[0].reason


@pytest.mark.parametrize("seed", range(20))
def test_a_target_low_in_the_north_is_not_taken_for_radians(seed):
    """Degrees that happen to be small stay: they scatter as the sensor says."""
    found = decode(RADAR, *track(seed=seed, azimuth=1.0, elevation=0.7))
    assert found.rejections == ()


def test_radians_below_a_stated_horizon():
    """An elevation under the horizon that would stand above it in radians is told so."""
    found = decode({**RADAR, "horizon_deg": 3.0}, {**track()[0], "elevation_deg": 0.2})
    assert "did you mean radians?" in found.rejections[0].reason
    assert "11.459 if it is 0.2 rad" in found.rejections[0].try_


def test_a_stuck_sensor():
    """The same measurement with new ids and times, scan after scan, is refused; the sensor's other plots stay."""
    stuck = [{**track()[7], "id": f"s{k}", "time_utc": format_instant(START + k)} for k in range(3 * REPEATS)]
    found = with_other(RADAR, [*track(), *stuck])
    assert kept(found, "R1") == [f"p{k}" for k in range(40) if k != 7]
    assert all("sensor repeats one plot" in rejection.reason for rejection in found.rejections)
    assert len(found.rejections) == 3 * REPEATS + 1


def test_noise_reaches_no_repeat_at_the_coarsest_resolution():
    """A target that stands still, seen 1,000 times by the coarsest radar in use, never repeats for long."""
    rng = np.random.default_rng(8)
    step_m, step_deg = 1852 / 256, 360 / 65536  # I048/040, EUROCONTROL-SPEC-0149-4
    still = [
        {
            "type": "plot", "id": f"a{k}", "sensor": "C1", "time_utc": format_instant(START + 4 * k),
            "range_m": round(rng.normal(8e4, 30) / step_m) * step_m,
            "azimuth_deg": round(rng.normal(30, 0.08) / step_deg) * step_deg,
        }
        for k in range(1000)
    ]  # fmt: skip
    assert len(kept(decode({**CIVIL, "scan_s": 4.0}, *still), "C1")) == 1000


def flood(count, at):
    line = (
        b'{"type":"plot","id":"f%d","sensor":"R1","time_utc":"%s","range_m":%d.5,"azimuth_deg":9.0,'
        b'"elevation_deg":5.0}\n'
    )
    return (line % (k, format_instant(at).encode(), 100_000 + 3 * k) for k in range(count))


def test_a_flood_is_bounded():
    """100,000 plots in one scan cost that scan, one rejection, and the memory of the plots that are believed."""
    head = [json.dumps(line).encode() for line in (RADAR, OTHER, *track(), *track("R2", prefix="q"))]
    decode_recording(chain(head, flood(100, START + 20.5)), evidence="e", provenance=WHO)
    tracemalloc.start()
    found = decode_recording(chain(head, flood(100_000, START + 20.5)), evidence="e", provenance=WHO)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept(found, "R1") == [f"p{k}" for k in range(40) if k != 20]
    assert len(kept(found, "R2")) == 40
    (rejection,) = found.rejections
    assert "flood: 100001 plots in the scan from 2025-11-07T03:35:20" in rejection.reason
    assert f"at most {MOST_TARGETS} plots a scan" in rejection.allowed
    assert peak < 4e6


def test_a_sensor_that_states_many_false_plots_may_make_them():
    """The limit grows with the stated false plots, up to a cap."""
    frank = {**RADAR, "false_plots_per_scan": 3000.0}
    assert len(kept(decode_all(frank, 4000), "R1")) == 4000
    boast = {**RADAR, "false_plots_per_scan": 1e9}
    assert len(kept(decode_all(boast, MOST_PLOTS), "R1")) == MOST_PLOTS
    assert kept(decode_all(boast, MOST_PLOTS + 1), "R1") == []


def decode_all(sensor, count):
    return decode_recording([json.dumps(sensor).encode(), *flood(count, START)], evidence="e", provenance=WHO)


def test_plots_below_the_horizon():
    """Noise may carry a plot six sigmas below the horizon, no further; a stated bias gives three of its own."""
    low = {**track()[0], "elevation_deg": -0.59}
    assert decode(RADAR, low).rejections == ()
    (rejection,) = decode(RADAR, {**low, "elevation_deg": -0.61}).rejections
    assert "below the sensor's horizon" in rejection.reason
    assert "horizon_deg 0 less 0.6" in rejection.allowed
    assert decode({**RADAR, "sigma_bias_elevation_deg": 0.1}, {**low, "elevation_deg": -0.89}).rejections == ()


@pytest.mark.parametrize(("delay_s", "refused"), [(0.0, False), (-0.02, True), (-30.0, True), (5.0, False)])
def test_received_before_light(delay_s, refused):
    """A plot cannot be received before its light arrived, by more than the clocks may differ."""
    plot = track()[0]
    received = START + plot["range_m"] / LIGHT_M_S + delay_s
    found = decode(RADAR, {**plot, "received_utc": format_instant(received)})
    assert ["received before light" in r.reason for r in found.rejections] == [True] * refused


def test_received_before_measured():
    """An infrared plot received before it was measured is refused."""
    sensor = {
        "type": "sensor", "id": "R1", "kind": "infrared", "position_ecef_m": [-1.8e7, 3.8e7, 0.0],
        "sigma_los_rad": 2e-5, "scan_s": 5.0,
    }  # fmt: skip
    plot = {
        "type": "plot",
        "id": "p",
        "sensor": "R1",
        "time_utc": format_instant(START),
        "los_ecef": [1.0, 0.0, 0.0],
    }
    found = decode(sensor, {**plot, "received_utc": format_instant(START - 1)})
    assert "received before light" in found.rejections[0].reason


def test_infinite_and_no_numbers():
    """What JSON cannot hold and what overflows it is refused; the rest stays."""
    lines = [
        json.dumps({**track()[k], key: value}).encode()
        for k, (key, value) in enumerate([("range_m", math.nan), ("snr_db", math.inf), ("azimuth_deg", -math.inf)])
    ]
    huge = json.dumps({**track()[3], "snr_db": 1}).encode().replace(b'"snr_db": 1', b'"snr_db": 1e999')
    found = decode(RADAR, *lines, huge, *track()[4:])
    assert len(kept(found, "R1")) == 36
    assert [r.line for r in found.rejections] == [2, 3, 4, 5]


def test_two_sensors_with_one_id():
    """The second description is refused; plots go on by the first."""
    found = with_other(RADAR, track())
    again = decode(RADAR, {**RADAR, "lat_deg": 33.0}, OTHER, *track())
    assert kept(again, "R1") == kept(found, "R1")
    assert "described differently" in again.rejections[0].reason


def test_a_backward_step_of_one_clock():
    """A sensor whose clock steps back by a minute loses the plots after it, another sensor none."""
    plots = [{**p, "time_utc": format_instant(START + k - 60 * (k >= 20))} for k, p in enumerate(track())]
    found = decode(
        RADAR, OTHER, *(line for pair in zip(plots, track("R2", prefix="q"), strict=True) for line in pair)
    )
    assert len(kept(found, "R1")) == 20
    assert len(kept(found, "R2")) == 40
    assert all("time goes backwards" in r.reason for r in found.rejections)


def test_covariances_are_checked_as_they_come():
    """A plot's covariance that is none costs that plot."""
    good = np.diag([900.0, 0.01, 0.01]).tolist()
    found = decode(RADAR, {**track()[0], "covariance": good}, {**track()[1], "covariance": good[:2]})
    assert kept(found, "R1") == ["p0"]
    assert "covariance has the wrong size" in found.rejections[0].reason


def test_surveillance_plots():
    """A civil radar's plot needs range and azimuth; its height may be barometric, an elevation it has none."""
    plot = {k: v for k, v in track("C1")[0].items() if k != "elevation_deg"}
    good = decode(CIVIL, plot, {**plot, "id": "b", "barometric_height_m": 10_972.8})
    assert kept(good, "C1") == ["p0", "b"]
    bad = [{"elevation_deg": 3.0}, {"barometric_height_m": 3e5}, {"azimuth_deg": None}]
    found = decode(CIVIL, *({**plot, "id": f"x{k}", **fields} for k, fields in enumerate(bad)))
    reasons = [r.reason for r in found.rejections]
    assert [
        "no elevation" in reasons[0],
        "barometric_height_m out" in reasons[1],
        "needs range_m and" in reasons[2],
    ]
    assert len(reasons) == 3


VALUES = (
    st.none()
    | st.floats()
    | st.integers(-(2**70), 2**70)
    | st.text(max_size=5)
    | st.lists(st.floats(), max_size=4)
)
FIELDS = [
    "id",
    "sensor",
    "time_utc",
    "received_utc",
    "range_m",
    "azimuth_deg",
    "elevation_deg",
    "covariance",
    "los_ecef",
]


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4), max_size=12))
def test_any_values_in_any_fields_end_cleanly(changes):
    """Whatever a plot's fields hold, the plot is taken or refused, and the other sensor's stay."""
    bad = [{**plot, **change} for plot, change in zip(track(), changes, strict=False)]
    found = decode(RADAR, OTHER, *bad, *track("R2", prefix="good"))
    good = {f"good{k}" for k in range(40)}
    ids = {p["id"] for p in bad if isinstance(p["id"], str)}
    assert good - set(kept(found, "R2")) <= ids
    total = sum(len(block.plots) for block in found.blocks)
    assert total + len(found.rejections) >= 40 + len(bad)
