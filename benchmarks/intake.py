"""Decoding: plots a second from NDJSON and Parquet, reports from ASTERIX, refraction; beside another decoder.

    python benchmarks/intake.py [--json FILE] [--plots N] [--capture FILE.pcap]

NDJSON and Parquet: one radar, 70 plots a scan, checked, judged and cut into blocks, as `track` and `assess` do.
ASTERIX: the shipped sample, and a capture where one is given, through libasterix, to checked plots; pyobelix only
takes the same bits apart. Thread CPU time, best of five.
"""

import argparse
import io
import logging
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.machine import describe, report

from launchwatch.basis.instants import format_instant
from launchwatch.facts import Plot, Provenance, Sensor, recording_line
from launchwatch.feeds.pcap import datagrams
from launchwatch.geo.refraction import appear, correct
from launchwatch.observe.asterix import Datagram, decode_asterix, read_sites
from launchwatch.observe.recordings import decode_recording
from launchwatch.observe.tables import decode_table, encode_table

WHO = Provenance(author="benchmark", created_utc="2025-11-07T03:35:00Z")
SAMPLE = Path(__file__).parents[1] / "examples" / "asterix"
START = 1_762_486_500.0
PER_SCAN = 70


def best(function, repeats=5):
    """Return the shortest thread CPU time of a call, s, and its last result."""
    times = []
    for _ in range(repeats):
        start = time.thread_time()
        found = function()
        times.append(time.thread_time() - start)
    return min(times), found


def radar_facts(count):
    """Return a radar and its plots, `PER_SCAN` a second."""
    rng = np.random.default_rng(1)
    radar = Sensor(
        id="R1", kind="radar", lat_deg=38.0, lon_deg=128.0, height_m=300.0, sigma_range_m=30.0,
        sigma_azimuth_deg=0.1, sigma_elevation_deg=0.1, scan_s=1.0, false_plots_per_scan=20.0,
    )  # fmt: skip
    plots = [
        Plot(
            id=f"R1-{i:07d}", sensor="R1", time_utc=format_instant(START + i // PER_SCAN + 0.01 * (i % PER_SCAN)),
            range_m=round(rng.uniform(1e5, 5e5), 2), azimuth_deg=round(rng.uniform(0, 360), 5),
            elevation_deg=round(rng.uniform(1, 60), 5),
        )
        for i in range(count)
    ]  # fmt: skip
    return [radar, *plots]


def recordings(count):
    """Return plots a second from lines and from a table, and their sizes."""
    facts = radar_facts(count)
    lines, table = [recording_line(fact) for fact in facts], encode_table(facts)
    by_lines, first = best(lambda: decode_recording(lines, evidence="e", provenance=WHO))
    by_table, second = best(lambda: decode_table(io.BytesIO(table), evidence="e", provenance=WHO))
    assert first == second
    assert sum(len(block.plots) for block in first.blocks) == count
    return {
        "plots": count,
        "ndjson_plots_per_s": round(count / by_lines),
        "parquet_plots_per_s": round(count / by_table),
        "ndjson_bytes_per_plot": round(sum(map(len, lines)) / count, 1),
        "parquet_bytes_per_plot": round(len(table) / count, 1),
    }


def asterix(capture, sites):
    """Return reports a second of a capture, what came of it, and the same bits by other decoders."""
    with capture.open("rb") as handle:
        came = [Datagram(*one) for one in datagrams(handle)]
    payloads = [one.payload for one in came]
    took, found = best(lambda: decode_asterix(came, sites, reference_s=0.0, evidence="e", provenance=WHO), 3)
    peer, count = best(lambda: _by_pyobelix(payloads))
    return {
        "datagrams": len(came),
        "records": count,
        "sensors": len(found.sensors),
        "plots": sum(len(block.plots) for block in found.blocks),
        "rejections": {r.reason.split(":")[0]: _alike(found, r) for r in found.rejections},
        "launchwatch_records_per_s": round(count / took),
        "pyobelix_records_per_s": round(count / peer),
    }


def _alike(found, rejection):
    head = rejection.reason.split(":")[0]
    return sum(other.reason.split(":")[0] == head for other in found.rejections)


def _by_pyobelix(payloads):
    import pyobelix

    logging.getLogger("pyobelix").setLevel(logging.CRITICAL)
    return sum(1 for payload in payloads for _ in pyobelix.iter_records(payload))


def refraction():
    """Return microseconds a plot of both directions."""
    rng = np.random.default_rng(0)
    distance, elevation = rng.uniform(1e5, 5e5, 20_000), np.radians(rng.uniform(0.5, 40, 20_000))
    straight = correct(distance, elevation, 100.0)
    appear(*straight[:2], 100.0)
    there, _ = best(lambda: correct(distance, elevation, 100.0))
    back, _ = best(lambda: appear(*straight[:2], 100.0))
    return {"correct_us": round(there / 0.02, 2), "appear_us": round(back / 0.02, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plots", type=int, default=70_000)
    parser.add_argument("--capture", type=Path)
    args = parser.parse_args()
    sites = read_sites((SAMPLE / "sites.toml").read_bytes())
    result = {
        "machine": describe("msgspec", "libasterix", "pyobelix", "dpkt", "pyarrow"),
        "recordings": recordings(args.plots),
        "asterix_sample": asterix(SAMPLE / "two-radars.pcap", sites),
        "asterix_capture": asterix(args.capture, {}) if args.capture else None,
        "refraction": refraction(),
    }
    report(result, args.json)


if __name__ == "__main__":
    main()
