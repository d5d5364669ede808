"""The whole chain: files in, events out, and back again from the log."""

import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import launchwatch
from launchwatch.basis.errors import BrokenChainError, InputError, NoEvidenceError
from launchwatch.keep import EvidenceLog
from launchwatch.run import assessing
from launchwatch.run.commands import assess_evidence, assess_from_log, simulate_scenario, track
from launchwatch.run.context import Settings

AS_OF = "2025-11-07T09:00:00Z"
SMALL = Settings(particles=600)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    made = simulate_scenario("taegwan-2025-11-07", folder / "evidence")
    done = assess_evidence([folder / "evidence"], folder / "out", as_of_utc=AS_OF, settings=SMALL)
    return made, done


def test_recording_and_reports_are_one_event(demo):
    """The packaged recording and its five reports make one event, with every file beside it."""
    _, done = demo
    (event,) = done.events
    assert [m.origin for m in event.recordings] == ["recording.ndjson"]
    assert len(event.reports) == 5
    assert done.unassigned == []
    names = {path.name for path in done.folders[0].iterdir()}
    assert names == {
        "event.json", "event.html", "event.geojson", "event.kml", "event.czml", "alert.cap.xml", "statement.txt",
    }  # fmt: skip
    index = json.loads((done.folders[0].parent / "index.json").read_text())
    assert index["events"][0]["path"] == f"{done.folders[0].name}/event.json"


def test_three_estimates_hold_the_truth(demo):
    """Claims, track and both are kept; truth (700.8 km, 49.94 km) lies in the track's and both's 98 % and 90 %."""
    (event,) = demo[1].events
    found = {flight.basis: flight for flight in (*event.objects, *event.estimates)}
    assert set(found) == {"claims", "track", "claims and track"}
    assert event.objects[0].basis == "claims and track"
    assert found["track"].range_km.p05 < 710
    assert found["claims and track"].range_km.p05 < 703 < found["claims and track"].range_km.p95
    assert found["claims"].range_km.p05 < 450 < 700 < found["claims"].range_km.p95 + 10
    assert found["claims and track"].apogee_km.p05 < 49.95 < found["claims and track"].apogee_km.p95
    assert event.zone_probability["claims and track"]["eez:JPN"] < 0.01


def test_record_satisfies_its_own_schema(demo):
    """The written event.json validates against the exported JSON Schema."""
    jsonschema = pytest.importorskip("jsonschema")
    from launchwatch.facts import schema_of

    jsonschema.validate(json.loads((demo[1].folders[0] / "event.json").read_text()), schema_of("event"))


def test_every_claim_stands_in_its_text(demo):
    """Each claim's quote is exactly what its report's text holds at its span."""
    made, done = demo
    texts = {}
    with EvidenceLog(done.log) as log:
        for row in log.rows("report"):
            texts[row.fact().id] = row.fact().text
    for assessed in done.events[0].claims:
        start, end = assessed.claim.span
        assert texts[assessed.claim.report][start:end] == assessed.claim.quote
    assert len(texts) == len(made.reports)


def test_log_holds_every_step(demo):
    """Evidence, sensors, scans, reports, readings, track, flights, event and bulletins are facts of the log."""
    with EvidenceLog(demo[1].log) as log:
        assert log.verify().rows > 400
        kinds = [row.kind for row in log.rows()]
    assert kinds[0] == "run"
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts["evidence"] == 6
    assert counts["sensor"] == 5
    assert counts["report"] == counts["reading"] == 5
    assert counts["track"] == 1
    assert counts["flight"] == 3
    assert counts["event"] == 1
    assert counts["bulletin"] == 2
    assert counts["end"] == 1
    assert kinds[-1] == "end"
    assert counts["plots"] > 300


def test_two_recordings_of_one_launch_are_one_object(demo, tmp_path):
    """The recording parted by sensor into two files, a quarter of the plots in both, is tracked as one launch."""
    lines = demo[0].recording.read_bytes().splitlines(keepends=True)
    sensors = {json.loads(line)["id"] for line in lines if line.startswith(b'{"type":"sensor"')}
    first = set(sorted(sensors)[:2])
    for name, own in (("a.ndjson", first), ("b.ndjson", sensors - first)):
        kept = []
        for i, line in enumerate(lines):
            row = json.loads(line)
            mine = row.get("id") in own if row["type"] == "sensor" else row.get("sensor") in own
            if row["type"] != "truth" and (row["type"] == "sensor" or mine or i % 4 == 0):
                kept.append(line)
        (tmp_path / name).write_bytes(b"".join(kept))
    done = assess_evidence([tmp_path / "a.ndjson", tmp_path / "b.ndjson"], settings=Settings(particles=1000))
    (event,) = done.events
    assert len(event.tracks) == 1
    assert len(event.recordings) == 2
    assert event.objects[0].range_km.p05 < 701 < event.objects[0].range_km.p95  # the scenario's own range


def test_rebuilt_from_the_log_byte_for_byte(demo, tmp_path):
    """Another process, with another hash seed, rebuilds every file to the byte."""
    code = "import sys, launchwatch; launchwatch.assess_from_log(sys.argv[1], sys.argv[2])"
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    log = str(demo[1].log)
    subprocess.run([sys.executable, "-c", code, log, str(tmp_path)], check=True, env=environment)
    (folder,) = demo[1].folders
    for path in folder.iterdir():
        assert (tmp_path / folder.name / path.name).read_bytes() == path.read_bytes(), path.name
    assert (tmp_path / "index.json").read_bytes() == (folder.parent / "index.json").read_bytes()


def intervals(value, path=""):
    """Yield (path, interval) of every numeric interval in a record."""
    if isinstance(value, dict):
        if {"median", "p05", "p95"} <= set(value) and isinstance(value["median"], int | float):
            yield path, value
        for key, inner in value.items():
            yield from intervals(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from intervals(inner, f"{path}[{i}]")


def test_rebuilt_on_another_processor(demo, tmp_path):
    """With linear algebra and instructions of a processor of 2008 no interval moves by a millionth of itself.

    OpenBLAS takes the kernels that its variable names, and NumPy leaves out the features that its own names.
    """
    code = "import sys, launchwatch; launchwatch.assess_from_log(sys.argv[1], sys.argv[2])"
    older = {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3"}
    command = [sys.executable, "-W", "ignore", "-c", code, str(demo[1].log), str(tmp_path)]
    subprocess.run(command, check=True, env={**os.environ, **older})
    (folder,) = demo[1].folders
    here = dict(intervals(json.loads((folder / "event.json").read_text())))
    there = dict(intervals(json.loads((tmp_path / folder.name / "event.json").read_text())))
    assert set(here) == set(there)
    assert len(here) > 30
    for path, interval in here.items():
        width = interval["p95"] - interval["p05"]
        for point in ("p05", "median", "p95"):
            assert abs(interval[point] - there[path][point]) <= 1e-6 * width, (path, point)


def test_index_holds_the_head_of_the_log(demo):
    """index.json names the log's number of rows and head at the end of the run."""
    index = json.loads((demo[1].folders[0].parent / "index.json").read_text())
    with EvidenceLog(demo[1].log) as log:
        verified = log.verify(bytes.fromhex(index["log"]["head"]))
    assert index["log"] == {"rows": verified.rows, "head": verified.head.hex()}


def copy_without(log, path, kind, start=None):
    """Write the log's facts to another log, but for those of a kind, and with another start of the run."""
    with EvidenceLog(log) as source, EvidenceLog(path, writable=True) as copy:
        facts = [row.fact() for row in source.rows() if row.kind != kind]
        copy.append([start or facts[0], *facts[1:]])
        return facts[0]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    (folder / "a.txt").write_text(GOOD)
    return assess_evidence([folder / "a.txt"], folder / "out", settings=Settings(particles=300), as_of_utc=AS_OF)


def test_a_run_that_did_not_finish_is_told(small, tmp_path):
    """A run without its end is rebuilt from what was logged, with a warning; a whole one has none."""
    assert assess_from_log(small.log).warnings == []
    copy_without(small.log, tmp_path / "cut.db", "end")
    again = assess_from_log(tmp_path / "cut.db", tmp_path / "out")
    assert "did not finish" in again.warnings[0]
    assert again.events == small.events
    assert json.loads((tmp_path / "out" / "index.json").read_text())["log"] is None


@pytest.mark.parametrize("change", [{"version": "0.0.9"}, {"platform": "z80 python 3.1 numpy 1.0"}])
def test_other_versions_are_told(small, tmp_path, change):
    """A run logged by another version or platform is rebuilt under its own name, with a warning."""
    start = copy_without(small.log, tmp_path / "same.db", "nothing")
    copy_without(small.log, tmp_path / "other.db", "nothing", msgspec.structs.replace(start, **change))
    assert assess_from_log(tmp_path / "same.db").warnings == []
    again = assess_from_log(tmp_path / "other.db")
    (warning,) = again.warnings
    assert "rebuilt with other versions: numbers may differ" in warning
    assert next(iter(change.values())) in warning
    author = again.events[0].provenance.author
    assert author.startswith(f"launchwatch {change.get('version', launchwatch.__version__)} ")


def test_public_names_stay_functions(tmp_path):
    """No public name is a subpackage's, so that a first call never hides a function from the second."""
    inside = {module.name for module in pkgutil.iter_modules(launchwatch.__path__)}
    assert not inside & set(launchwatch.__all__)
    (tmp_path / "a.txt").write_text(GOOD)
    code = (
        "import sys, launchwatch\n"
        "for n in range(2):\n"
        "    launchwatch.simulate_scenario('taegwan-2025-11-07', f'{sys.argv[1]}/{n}')\n"
        "    settings = launchwatch.Settings(particles=300)\n"
        "    launchwatch.assess_evidence([f'{sys.argv[1]}/a.txt'], settings=settings)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


def test_tampered_log_is_not_rebuilt(demo, tmp_path):
    """A log whose chain is broken gives no event, but the row that breaks it."""
    import shutil

    import apsw

    copy = tmp_path / "evidence.db"
    shutil.copy(demo[1].log, copy)
    db = apsw.Connection(str(copy))
    db.execute("DROP TRIGGER facts_are_never_changed")
    db.execute("UPDATE facts SET body = replace(CAST(body AS TEXT), '700', '800') WHERE kind = 'report'")
    db.close()
    with pytest.raises(BrokenChainError):
        assess_from_log(copy, tmp_path / "out")


def test_logs_of_two_runs_keep_both(demo, tmp_path):
    """A second run appends to the log; each run is rebuilt by its id, the last by default."""
    made, _ = demo
    log = tmp_path / "shared.db"
    first = assess_evidence(made.reports[:2], tmp_path / "a", log=log, as_of_utc=AS_OF, settings=SMALL)
    second = assess_evidence(made.reports[2:], tmp_path / "b", log=log, as_of_utc=AS_OF, settings=SMALL, seed=7)
    with EvidenceLog(log) as opened:
        runs = [row.fact().id for row in opened.rows("run")]
    assert len(runs) == 2
    assert assess_from_log(log, run=runs[0]).events == first.events
    assert assess_from_log(log).events == second.events


GOOD = (
    "SEOUL, Nov. 7 -- North Korea fired a ballistic missile from Taegwan on Friday that flew about 700 km east, "
    "South Korea's Joint Chiefs of Staff said."
)


def bad_files(folder):
    files = {
        "empty.txt": b"",
        "binary.txt": bytes(range(256)) * 40,
        "nolaunch.txt": b"The annual flower show opens on Friday. Visitors are welcome.",
        "huge.txt": b"word " * 1_200_000,
        "broken.json": b'{"text": "North Korea fired',
        "wrong.json": b'{"text": 5}',
        "cut.ndjson": b'{"type":"sensor","id":"R"\n{"type":"plot","id":"p","sensor":"R9","time_utc":"x"}\n{"ty',
        "good.txt": GOOD.encode(),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_bad_evidence_is_refused_and_the_rest_goes_on(tmp_path):
    """Each unusable file is refused with a reason; the good report still becomes an event; the log is whole."""
    (tmp_path / "in").mkdir()
    done = assess_evidence([bad_files(tmp_path / "in")], tmp_path / "out", settings=SMALL)
    refused = {r.what for r in done.rejections}
    assert {"empty.txt", "binary.txt", "huge.txt", "broken.json", "wrong.json"} <= refused
    assert any(r.reason.startswith("no JSON object") for r in done.rejections)
    assert all(r.reason for r in done.rejections)
    assert ["good.txt"] in [[m.origin for m in event.reports] for event in done.events]
    index = json.loads((tmp_path / "out" / "index.json").read_text())
    assert len(index["rejected"]) == len(done.rejections)
    with EvidenceLog(done.log) as log:
        assert log.verify().rows > 10
        assert sum(1 for _ in log.rows("rejection")) == len(done.rejections)


def test_nothing_usable_is_an_error(tmp_path):
    """Evidence without any use ends in an error that names the reasons, with the log intact."""
    (tmp_path / "empty.txt").write_bytes(b"")
    with pytest.raises(NoEvidenceError, match="nothing usable"):
        assess_evidence([tmp_path / "empty.txt"], tmp_path / "out")
    with EvidenceLog(tmp_path / "out" / "evidence.db") as log:
        assert [row.kind for row in log.rows()] == ["run", "evidence", "rejection", "end"]
        assert log.unfinished_runs() == []


def test_same_content_twice_counts_once(tmp_path):
    """A copy of a report under another name is refused as a duplicate."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(GOOD)
    done = assess_evidence([tmp_path / "a.txt", tmp_path / "b.txt"], settings=SMALL)
    assert "twice" in done.rejections[0].reason
    assert len(done.events[0].reports) == 1


@pytest.mark.parametrize(
    "again",
    [
        GOOD.encode("utf-16"),
        json.dumps({"text": GOOD, "outlet": "Herald"}).encode(),
        GOOD.replace(" on Friday ", "\r\n  on Friday\n").encode(),
    ],
    ids=["utf-16", "json", "line breaks"],
)
def test_same_text_in_another_form_counts_once(tmp_path, again):
    """The same text in another encoding, as JSON or broken otherwise is one report; the later names the first."""
    (tmp_path / "a.txt").write_text(GOOD)
    (tmp_path / "b.json").write_bytes(again)
    done = assess_evidence([tmp_path], settings=SMALL)
    assert [m.origin for m in done.events[0].reports] == ["a.txt"]
    (rejection,) = done.rejections
    assert rejection.what == "b.json"
    assert "the same text came twice: first as a.txt" in rejection.reason


def test_a_publication_date_that_is_none_costs_the_date_only(tmp_path):
    """The report stays, its date is dropped, and the refusal of that field stands in the record."""
    (tmp_path / "a.json").write_text(json.dumps({"text": GOOD, "published": "2025-13-45"}))
    done = assess_evidence([tmp_path], settings=SMALL)
    assert len(done.events[0].reports) == 1
    (rejection,) = done.rejections
    assert (rejection.what, rejection.given) == ("a.json", "2025-13-45")
    assert rejection.reason.startswith("published ignored: ")
    with pytest.raises(InputError, match="ISO 8601"):
        assess_evidence([tmp_path], settings=Settings(published="yesterday"))


def test_one_wrong_date_in_a_recording_costs_one_plot(tmp_path):
    """The packaged recording with one plot dated a year ahead still gives its track and all other plots."""
    made = simulate_scenario("taegwan-2025-11-07", tmp_path)
    lines = made.recording.read_bytes().splitlines(keepends=True)
    first = next(i for i, line in enumerate(lines) if b'"type":"plot"' in line) + 5
    lines[first] = lines[first].replace(b'"time_utc":"2025', b'"time_utc":"2026')
    made.recording.write_bytes(b"".join(lines))
    tracked = track(made.recording, updates="last")
    assert len(tracked.tracks) == 1
    assert len(tracked.rejections) == 1
    assert "bears it out" in tracked.rejections[0].reason


def test_the_two_originals_alone(shared):
    """The originals make one event without a date; every claim and every sentence's figure traces to them."""
    done = assess_evidence(
        [shared / "reports" / f"seed-{n}.json" for n in ("000", "004")], settings=SMALL, as_of_utc=AS_OF
    )
    (event,) = done.events
    assert event.date is None
    assert "Friday" in event.date_basis
    (flight,) = event.objects
    assert flight.basis == "claims"
    assert flight.range_km.p05 < 700 < flight.range_km.p95 + 20
    told = {a.claim.id: a.claim for a in event.claims}
    assert {told[id_].value for id_ in flight.trace["range_km"]} == {700.1}
    assert set(flight.informed_by) <= set(told)
    assert flight.launch.time_utc is None  # nobody told a clock time


def test_all_reports_are_sorted_into_their_events(shared):
    """All 29 reports at once: each event holds reports of one launch day only, and none is lost."""
    folder = shared / "reports"
    truth = {p.name: json.loads(p.read_text())["event_date"] for p in folder.glob("*.json")}
    done = assess_evidence([folder], settings=Settings(particles=200), as_of_utc="2026-11-22T00:00:00Z")
    placed = {}
    for event in done.events:
        days = {truth[m.origin] for m in event.reports}
        assert len(days) == 1, [(m.origin, m.reason) for m in event.reports]
        placed |= {m.origin: event.date for m in event.reports}
    assert all(date == truth[origin] for origin, date in placed.items())
    assert set(placed) | {origin for origin, _ in done.unassigned} == set(truth)
    for event in done.events:
        for member in event.reports:
            assert 0.5 <= member.probability <= 1
            assert member.reason


def test_an_estimate_that_fails_costs_no_other_event(tmp_path, monkeypatch):
    """Where one launch's numbers fail, its record says so, and the other launch is assessed all the same."""
    text = (
        "South Korea's military said on {day} that North Korea fired a ballistic missile that flew about {km} km."
    )
    for name, day, km in (("a", "2025-11-07", 700), ("b", "2025-05-08", 800)):
        said = {"text": text.format(day="Friday" if name == "a" else "Thursday", km=km), "published": day}
        (tmp_path / f"{name}.json").write_text(json.dumps(said))
    working = assessing.from_claims

    def failing(*args, date, **kwargs):
        if date == "2025-11-07":
            raise ValueError("the likelihood of a particle is no number")
        return working(*args, date=date, **kwargs)

    monkeypatch.setattr(assessing, "from_claims", failing)
    done = assess_evidence([tmp_path / "a.json", tmp_path / "b.json"], settings=Settings(particles=400))
    found = {event.date: event for event in done.events}
    assert (
        found["2025-11-07"].no_estimate_reason == "the estimate failed: the likelihood of a particle is no number"
    )
    assert found["2025-05-08"].objects


def test_aircraft_alone_are_no_event(tmp_path):
    """Two civil radars' recording of eight aircraft: every track is logged, and none founds an event."""
    sample = Path(__file__).parents[2] / "examples" / "asterix"
    done = assess_evidence(
        [sample / "two-radars.pcap"], tmp_path, as_of_utc=AS_OF, settings=SMALL, sites=sample / "sites.toml"
    )
    assert done.events == []
    with EvidenceLog(done.log) as log:
        tracks = [row.fact() for row in log.rows("track")]
    assert len(tracks) == 8
    assert all(fact.class_["aircraft"] > 0.99 for fact in tracks)
