"""Do the latency bars hold with 64 simultaneous launches at 10 Hz through a node's own processes, is memory flat.

    python benchmarks/load.py --launches 64 --hz 10 --minutes 30 --json benchmarks/results/load.json
    python benchmarks/load.py --launches 4 --minutes 2          # a quick look

Node JP hears two radars of two owners, each of which sees every object at half of `--hz`; node KR is its partner
and hears none. All launches of a wave rise at once, from five sites, toward Japan; a wave follows another when the
last object has fallen. Plots come by the machine's clock, at life's pace. Two officers sign whatever is asked at
once (they look ten times a second), and every 20 s one of them calls the newest alert an error.

Times are taken from JP's log, and are the machine's: `ready to out` from the second officer's signature to the
last read-back of the step's texts on the last channel; `cancel` the same from the officer's statement; `decided to
asked` from the decision's instant (whole seconds of data) to the finished texts and their request; `share` from a
state's own instant to its arrival in KR's log. Resident memory of every process is read every 10 s; the slope is
fitted after the first third, and told from wave to wave besides.
"""

import argparse
import shutil
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import numpy as np
from msgspec.structs import replace

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.kills import children
from benchmarks.machine import describe, report

from launchwatch.basis.errors import LaunchwatchError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.facts import AlertStep, Approval, Delivery, HumanStatement, PartnerFact, Release, recording_line
from launchwatch.run.clock import SystemClock
from launchwatch.run.drill.nodes import make_nodes, running
from launchwatch.run.drill.officers import Officers, Script
from launchwatch.run.drill.warming import start_s, warm_up
from launchwatch.run.keeper import LogClient, LogReader
from launchwatch.run.node_settings import PaceSettings
from launchwatch.run.officers import cancel
from launchwatch.simulate.random_scenario import SITES
from launchwatch.simulate.scenario import Scenario, packaged_scenario, parse_scenario
from launchwatch.simulate.sensing import simulate_plots

WAVE_S = 680.0
"""The longest of these flights falls after 640 s."""
CANCEL_S, MEMORY_S = 20.0, 10.0
BAR_S = 2.0


def wave(launches, hz, begin_s, rng, watched_s=WAVE_S - 20.0):
    """Return one wave: so many launches at once, watched by two radars of two owners for `watched_s`."""
    base = parse_scenario(packaged_scenario("toward-hokkaido")[0])
    radars = tuple(
        replace(one, scan_s=2.0 / hz, false_plots_per_scan=0.1, max_range_m=1.6e6, azimuth_span_deg=(0.0, 360.0))
        for one in base.sensors
        if one.id in {"KR-1", "JP-2"}
    )
    made = []
    for number in range(launches):
        lat, lon = SITES[number % len(SITES)]
        made.append(
            replace(
                base.launches[0], object=f"missile-{number + 1}", time_utc=format_instant(begin_s + 5.0),
                lat_deg=lat + rng.uniform(-0.15, 0.15), lon_deg=lon + rng.uniform(-0.2, 0.2),
                azimuth_deg=rng.uniform(66.0, 100.0),
            )
        )  # fmt: skip
    return Scenario(
        name="load", title="Load", note="Invented.", start_utc=format_instant(begin_s), duration_s=watched_s,
        seed=1, launches=tuple(made), sensors=radars,
    )  # fmt: skip


def write_waves(path, launches, hz, begin_s, seconds, rng, wave_s=WAVE_S, watched_s=WAVE_S - 20.0):
    """Write a recording of waves, one each `wave_s`; return the number of plots."""
    count = 0
    with path.open("wb") as out:
        for number in range(max(1, round(seconds / wave_s + 0.49))):
            scenario = wave(launches, hz, begin_s + number * wave_s, rng, watched_s)
            if not number:
                out.writelines(recording_line(sensor) for sensor in scenario.sensors)
            for plot in simulate_plots(scenario, rng):
                if parse_instant(plot.time_utc) <= begin_s + seconds:
                    out.write(recording_line(replace(plot, id=f"{number}-{plot.id}")))
                    count += 1
    return count


def resident_mb(pid):
    """Return a process's resident memory, MB, and that part of it which is its own and not pages of files."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(lines[name].split()[0]) / 1024.0 for name in ("VmRSS", "RssAnon"))


class Sampling:
    """Memory of all processes every 10 s. State: samples by node and role."""

    def __init__(self, nodes, stopped):
        self.found, self._nodes, self._stopped = {}, nodes, stopped
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        begun = time.monotonic()
        while not self._stopped.wait(MEMORY_S):
            for node in self._nodes:
                for pid, role in children(node.process.pid).items():
                    with suppress(OSError):
                        sample = (time.monotonic() - begun, *resident_mb(pid))
                        self.found.setdefault(f"{node.name} {role}", []).append(sample)

    def summary(self):
        """Return last and greatest memory, and the slope after the first third, of each process."""
        return {name: fitted(np.array(samples)) for name, samples in sorted(self.found.items())}


def fitted(samples):
    """Return what memory came to: MB, and MB an hour by least squares after the first third."""
    late = samples[len(samples) // 3 :]
    slopes = np.polyfit(late[:, 0], late[:, 1:], 1)[0] * 3600.0 if len(late) > 3 else (None, None)
    slope, own = (None if one is None else round(float(one), 2) for one in slopes)
    by_wave = wave_slope(late)
    return {
        "samples": len(samples), "last_mb": round(float(samples[-1, 1]), 1),
        "most_mb": round(float(samples[:, 1].max()), 1), "own_most_mb": round(float(samples[:, 2].max()), 1),
        "slope_mb_per_h": slope, "own_slope_mb_per_h": own, "own_slope_wave_by_wave_mb_per_h": by_wave,
    }  # fmt: skip


def wave_slope(samples):
    """Return the median of what a process's own memory gained from each sample to that a wave later, MB an hour.

    A straight line through two waves and a half leans on where in a wave it begins and ends; this does not.
    """
    at_s, own = samples[:, 0], samples[:, 2]
    later = at_s + WAVE_S <= at_s[-1]
    if not later.any():
        return None
    gained = np.interp(at_s[later] + WAVE_S, at_s, own) - own[later]
    return round(float(np.median(gained)) * 3600.0 / WAVE_S, 2)


def cancel_now_and_then(node, stopped, clock):
    """Call the newest alert an error every 20 s."""
    called = set()
    with LogClient(node.socket) as client, LogReader(node.log) as reader:
        while not stopped.wait(CANCEL_S):
            released = [row.fact() for row in reader.rows("release")]
            fresh = [one.alert for one in released if one.outcome == "released" and one.alert not in called]
            if fresh:
                called.add(fresh[-1])
                with suppress(LaunchwatchError):
                    cancel(client, reader, fresh[-1], node.officers[0], clock.now(), reason="benchmark")


def run(folder, launches, hz, minutes, seed):
    """Return what the load came to."""
    machine, rng = SystemClock(), np.random.default_rng(seed)
    lead_s = start_s(10, machine) + 0.02 * launches * hz * WAVE_S / 100.0
    now_utc = format_instant(machine.now())
    pace = PaceSettings(origin_utc=now_utc, machine_origin_utc=now_utc, speed=1.0)
    nodes = make_nodes(folder, ("JP", "KR"), {"JP": [b"\n"]}, pace, machine)
    recording = folder / "JP" / "plots.ndjson"
    print("making the recording", file=sys.stderr)
    made = time.monotonic()
    begin_s = machine.now() + lead_s + making_s(folder, launches, hz, minutes)
    plots = write_waves(recording, launches, hz, begin_s, 60.0 * minutes, rng)
    print(f"{plots} plots, made in {time.monotonic() - made:.0f} s", file=sys.stderr)
    stopped, ended = threading.Event(), []
    with ExitStack() as stack:
        stack.enter_context(running(nodes))
        stack.callback(stopped.set)
        sampling = Sampling(nodes, stopped)
        for node in nodes:
            client = stack.enter_context(LogClient(node.socket, patience_s=120.0))
            reader = stack.enter_context(LogReader(node.log, patience_s=120.0))
            officers = Officers(client, reader, node.officers, Script(approve_after_s=0.0), machine)
            threading.Thread(target=officers.work, args=(stopped, ended.append), daemon=True).start()
        threading.Thread(target=cancel_now_and_then, args=(nodes[0], stopped, machine), daemon=True).start()
        while machine.now() < begin_s + 60.0 * minutes + 15.0 and not ended:
            time.sleep(1.0)
        stopped.set()
        time.sleep(1.0)
    if ended:
        raise ended[0]
    return {"plots": plots, **times(nodes), "memory": sampling.summary()}


def making_s(folder, launches, hz, minutes):
    """Return how long making the recording will take: a fiftieth of it is tried."""
    begun = time.monotonic()
    seconds = min(60.0 * minutes, WAVE_S)
    write_waves(folder / "tried.ndjson", max(1, launches // 16), hz, 0.0, seconds, np.random.default_rng(0))
    (folder / "tried.ndjson").unlink()
    waves = max(1, round(60.0 * minutes / WAVE_S + 0.49))
    return 5.0 + 1.5 * (time.monotonic() - begun) * launches / max(1, launches // 16) * waves


def times(nodes):
    """Return latencies from the logs of the node that warns and of its partner."""
    steps, approvals, back, statements, requests, released = {}, {}, {}, {}, {}, {}
    with LogReader(nodes[0].log) as reader:
        kinds = ("step", "request", "approval", "release", "delivery", "statement")
        for row in reader.rows(*kinds):
            match row.fact():
                case AlertStep() as step:
                    steps[step.id] = step
                case Approval() as approval:
                    approvals.setdefault(approval.request, []).append(parse_instant(approval.signed_utc))
                case Release() as release if release.outcome == "released":
                    released[release.step] = release
                case Delivery() as delivery if delivery.received_utc:
                    back[delivery.step] = max(back.get(delivery.step, 0.0), parse_instant(delivery.received_utc))
                case HumanStatement() as said:
                    statements[said.alert] = parse_instant(said.time_utc)
                case other if hasattr(other, "asked_utc"):
                    requests[other.step] = other
    ready, cancelled, asked = [], [], []
    for name, release in released.items():
        step, signed = steps[name], approvals.get(release.request, [])
        if step.stage == "issued_in_error" and step.alert in statements and name in back:
            cancelled.append(back[name] - statements[step.alert])
        elif signed and name in back:
            ready.append(back[name] - max(signed[:2]))
    asked = [
        parse_instant(one.asked_utc) - parse_instant(steps[one.step].decided_utc) for one in requests.values()
    ]
    return {
        "alerts": len({step.alert for step in steps.values()}), "steps": len(steps), "released": len(released),
        "not_read_back": len(set(released) - set(back)),
        "decided_to_asked_s": spread(asked), "ready_to_out_s": spread(ready), "cancel_s": spread(cancelled),
        "share_s": spread(shared(nodes[1])),
    }  # fmt: skip


def shared(node):
    """Return how long after their own instants partners' states came."""
    import json

    seconds = []
    with LogReader(node.log) as reader:
        for row in reader.rows("partner"):
            fact = row.fact()
            if isinstance(fact, PartnerFact) and fact.kind == "state":
                at = json.loads(fact.body)["update"]["time_utc"]
                seconds.append(parse_instant(fact.received_utc) - parse_instant(at))
    return seconds


def spread(seconds):
    """Return count and percentiles."""
    if not seconds:
        return {"count": 0}
    p50, p99 = np.percentile(seconds, [50, 99])
    return {
        "count": len(seconds), "p50": round(float(p50), 4), "p99": round(float(p99), 4),
        "most": round(max(seconds), 4),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--launches", type=int, default=64)
    parser.add_argument("--hz", type=float, default=10.0)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    warm_up()
    folder = Path(tempfile.mkdtemp(prefix="launchwatch-load-"))
    try:
        found = run(folder, arguments.launches, arguments.hz, arguments.minutes, arguments.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    bars = {
        "ready to out p99 <= 2 s": found["ready_to_out_s"].get("p99", float("inf")) <= BAR_S,
        "cancel p99 <= 2 s": found["cancel_s"].get("p99", float("inf")) <= BAR_S,
    }
    given = {"launches": arguments.launches, "hz": arguments.hz, "minutes": arguments.minutes}
    report({"benchmark": "load", **given, **found, "bars": bars, **describe("nats-py")}, arguments.json)


if __name__ == "__main__":
    main()
