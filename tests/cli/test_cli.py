"""The command line: every command does its job, composes, explains itself, and starts fast."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from launchwatch.cli.common import tell_progress
from launchwatch.cli.main import _COMMANDS, main

REPORT = (
    "TOKYO, Nov. 7 -- North Korea launched a ballistic missile from Taegwan on Friday, "
    "Japan's Defense Ministry said. "
    "It flew about 450 kilometers at a maximum altitude of about 50 kilometers, the ministry said."
)


@pytest.fixture
def call():
    runner = CliRunner()

    def run(*args, **kwargs):
        return runner.invoke(main, [str(arg) for arg in args], **kwargs)

    return run


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "tokyo.json"
    path.write_text(json.dumps({"text": REPORT, "published": "2025-11-07", "outlet": "x"}))
    return path


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_every_command_has_help(call, command):
    """Each command's help says what it does, and lists its options."""
    result = call(command, "--help")
    assert result.exit_code == 0
    assert result.output.startswith("Usage: ")
    assert "--help" in result.output
    assert len(result.output.splitlines()) > 4


def test_start_imports_nothing_heavy():
    """`launchwatch --help` imports neither NumPy nor Numba nor any other heavy package."""
    code = (
        "import sys\nfrom launchwatch.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'numba', 'scipy', 'shapely', 'pyproj', 'lxml', 'jinja2', 'rich', 'msgspec', 'apsw'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "assess" in done.stdout


def test_read_prints_the_claim_contract(call, report):
    """`read --json` prints reports with claims whose quotes stand at their spans."""
    result = call("read", report, "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    (found,) = document["reports"]
    assert (found["id"], found["path"], found["language"]) == ("tokyo", "tokyo.json", "en")
    ranges = {c["attribute"]: c for c in found["claims"]}
    assert ranges["range_km"]["value"] == 450
    assert ranges["apogee_km"]["source"] == "Japan MOD"
    for claim in found["claims"]:
        start, end = claim["span"]
        assert REPORT[start:end] == claim["quote"]
    assert "450 kilometers" in call("read", report).output


def test_published_option_resolves_weekdays(call, tmp_path):
    """Friday stays Friday without a publication date, and becomes a day with one."""
    path = tmp_path / "a.txt"
    path.write_text(REPORT.partition(" -- ")[2])
    dates = [
        {c["value"] for c in json.loads(call("read", path, "--json", *extra).stdout)["reports"][0]["claims"]
         if c["attribute"] == "event_date"}
        for extra in ((), ("--published", "2025-11-08"))
    ]  # fmt: skip
    assert dates == [{"Friday"}, {"2025-11-07"}]


@pytest.mark.parametrize(("option", "value"), [("--published", "yesterday"), ("--as-of", "2025-11-07")])
def test_options_that_are_no_time_are_a_wrong_call(call, report, tmp_path, option, value):
    """A date or instant that cannot be read ends with status 2 and says what is allowed."""
    result = call("assess", report, "--out", tmp_path / "o", option, value)
    assert result.exit_code == 2
    assert value in result.output
    assert not (tmp_path / "o").exists()


def test_direction_marks_stay_out_of_the_terminal(call, tmp_path):
    """Names and refusals show overrides, isolates and line breaks as escapes."""
    (tmp_path / "a\u202etxt.json").write_bytes(b'{"text": 5, "\xe2\x80\xae": 1}')
    (tmp_path / "b\nc.txt").write_bytes(b"")
    result = call("read", tmp_path)
    assert result.exit_code == 1
    assert "\u202e" not in result.output
    assert r"a\u202etxt.json" in result.output
    assert r"b\nc.txt" in result.output


def test_read_feeds_estimate(call, report):
    """The output of `read` is the input of `estimate`, through a pipe."""
    reading = call("read", report, "--json").stdout
    result = call("estimate", "-", "--json", "--particles", "400", input=reading)
    assert result.exit_code == 0, result.output
    (flight,) = json.loads(result.stdout)["flights"]
    assert flight["range_km"]["median"] == pytest.approx(450, abs=30)
    assert "object 1" in call("estimate", "-", "--particles", "400", input=reading).output


def test_zone_tells_relations(call):
    """Yamato Bank lies inside Japan's zone; both names of the sea are told; negative longitudes are no options."""
    result = call("zone", "39.3", "135.0", "--json")
    document = json.loads(result.stdout)
    assert document["sea"] == "Sea of Japan (East Sea)"
    assert document["relations"][0]["zone"] == "eez:JPN"
    assert document["relations"][0]["relation"] == "inside"
    assert "the high seas" in call("zone", "-10", "-120.5").output


def test_place_goes_both_ways(call):
    """Words to an area that is GeoJSON, a point to words in three languages; what is unknown is said to be so."""
    document = json.loads(call("place", "about 250 km west of Okushiri Island", "--json").output)
    assert document["name"] == "250 km west of Okushiri Island"
    assert document["area"]["type"] == "Feature"
    ring = document["area"]["geometry"]["coordinates"][0][0]
    assert ring[0] == ring[-1]
    assert min(lon for lon, _ in ring) < document["centre"]["lon_deg"] < max(lon for lon, _ in ring)
    assert "250 km west of Okushiri Island" in call("place", "奥尻島の西方約250キロ").output
    lines = call("place", "--point", "42.15,136.45").output.splitlines()
    assert "Sea of Japan (East Sea)" in lines[0]
    assert "奥尻島" in lines[1]
    assert "오쿠시리섬" in lines[2]
    assert call("place", "--point", "-33.9,151.2", "--json").exit_code == 0
    unknown = call("place", "the far side of the moon")
    assert unknown.exit_code == 1
    assert "no one place" in unknown.output


@pytest.mark.parametrize(
    "wrong",
    [
        (),
        ("Wonsan", "--point", "1,2"),
        ("--point", "95,10"),
        ("--point", "x"),
        ("--point", "1,2", "--country", "Iran"),
    ],
)
def test_a_wrong_call_of_place(call, wrong):
    """Both a phrase and a point, neither, and points off the earth are wrong calls."""
    assert call("place", *wrong).exit_code == 2


def test_a_disputed_island_is_told_from_each_claimant(call):
    """The words name one nearest place; beside them stand all names and every claimant's own."""
    told = call("place", "--point", "37.24,131.87").stdout
    for name in ("Takeshima", "Dokdo", "JPN (about 150 km northwest of Oki", "KOR (about 90 km east-southeast of"):
        assert name in " ".join(told.split())
    assert "disputed" not in call("place", "--point", "37.57,126.98").stdout


def test_zone_tells_airspace(call):
    """Incheon's airport and region, by a line whose source is told; where no region is drawn none is stated."""
    above = json.loads(call("zone", "37.46", "126.44", "--airspace", "--json").output)["airspace"]
    assert (above["firs"][0]["fir"], above["firs"][0]["relation"]) == ("RKRR", "inside")
    assert above["firs"][0]["source"]
    assert above["airports"][0]["icao"] == "RKSI"
    assert "Pyongyang FIR" in call("zone", "40.46", "133.49", "--airspace").output
    assert "to be checked" in call("zone", "40.46", "133.49", "--airspace").output
    assert "FIR: not stated" in call("zone", "30", "0", "--airspace").output
    assert "airspace" not in json.loads(call("zone", "37.46", "126.44", "--json").output)


def test_track_refuses_a_file_of_areas_it_cannot_write(call, report):
    """A suffix that names no form is a wrong call, told before anything is tracked."""
    result = call("track", report, "--areas", "areas.txt")
    assert result.exit_code == 2
    assert ".geojson" in result.output


def test_track_refuses_a_file_of_tracks_it_cannot_write(call, report):
    """So is a suffix that names no form of tracks: ASTERIX is none of them."""
    result = call("track", report, "--out", "tracks.ast")
    assert result.exit_code == 2
    assert ".mfjson" in result.output


def test_schema_prints_what_is_shared(call):
    """`schema shared/state` is the form of what a partner gets of a state, `schema shared` that of a message."""
    assert json.loads(call("schema", "shared/state").stdout)["title"] == "shared state"
    assert json.loads(call("schema", "shared").stdout)["$defs"]["Message"]
    assert call("schema", "shared/stat").exit_code == 1


def test_simulate_then_track(call, tmp_path):
    """A simulated recording is tracked: one track, launched at Taegwan, falling about 700 km east."""
    made = call("simulate", "taegwan-2025-11-07", "--out", tmp_path, "--json")
    assert json.loads(made.stdout)["plots"] > 400
    drawn = [tmp_path / f"tracks.{form}" for form in ("mfjson", "cot")]
    assert call("track", tmp_path / "recording.ndjson", "--out", drawn[1]).exit_code == 0
    result = call("track", tmp_path / "recording.ndjson", "--json", "--updates", "50", "--out", drawn[0])
    assert json.loads(drawn[0].read_text())["features"][0]["temporalGeometry"]["type"] == "MovingPoint"
    assert b"<event " in drawn[1].read_bytes()
    document = json.loads(result.stdout)
    (track,) = document["tracks"]
    assert document["rejected"] == []
    assert track["launch"]["lat_deg"] == pytest.approx(40.21, abs=0.1)
    assert track["impact"]["lon_deg"] == pytest.approx(133.5, abs=0.7)
    assert {"time_utc", "position_ecef_m", "velocity_ecef_m_s", "modes", "class", "impact"} <= set(
        track["updates"][0]
    )
    assert "heading" in call("track", tmp_path / "recording.ndjson").output


def test_log_verify_and_show(call, report, tmp_path):
    """A log is verified and shown, and a broken one ends with status 1 and the row."""
    assert call("assess", report, "--out", tmp_path / "o", "--particles", "300").exit_code == 0
    log = tmp_path / "o" / "evidence.db"
    assert json.loads(call("log", "verify", log, "--json").stdout)["intact"] is True
    lines = call("log", "show", log, "--kind", "report", "--json").stdout.splitlines()
    assert json.loads(lines[0])["fact"]["text"] == REPORT
    import apsw

    db = apsw.Connection(str(log))
    db.execute("DROP TRIGGER facts_are_never_changed")
    db.execute("UPDATE facts SET body = x'7b7d' WHERE seq = 2")
    db.close()
    result = call("log", "verify", log)
    assert result.exit_code == 1
    assert "row 2" in result.output


def test_log_verify_tells_what_a_chain_cannot(call, report, tmp_path):
    """A kept head finds a tail that was cut off, an empty log ends with status 1, an unfinished run is named."""
    import apsw

    out = tmp_path / "o"
    call("assess", report, "--out", out, "--particles", "300")
    log, head = out / "evidence.db", json.loads((out / "index.json").read_text())["log"]["head"]
    assert call("log", "verify", log, "--head", head).exit_code == 0
    assert call("log", "verify", log, "--head", "12ab").exit_code == 2
    db = apsw.Connection(str(log))
    db.execute("DROP TRIGGER facts_are_never_deleted")
    db.execute("DELETE FROM facts WHERE kind IN ('bulletin', 'end')")
    cut = call("log", "verify", log)
    assert cut.exit_code == 0
    assert "did not finish" in cut.stderr
    assert call("log", "verify", log, "--head", head).exit_code == 1
    rebuilt = call("assess", "--from-log", log, "--out", tmp_path / "again", "--json")
    assert "did not finish" in rebuilt.stderr
    assert "did not finish" in json.loads(rebuilt.stdout)["warnings"][0]
    db.execute("DELETE FROM facts")
    db.close()
    empty = call("log", "verify", log, "--json")
    assert (empty.exit_code, json.loads(empty.stdout)["intact"]) == (1, False)
    assert "empty" in empty.stderr


def test_schema_lists_and_prints(call):
    """`schema` lists the kinds and prints each one's JSON Schema."""
    kinds = json.loads(call("schema", "--json").stdout)
    assert "event" in kinds
    assert json.loads(call("schema", "event").stdout)["title"] == "event"
    assert call("schema", "evnt").exit_code == 1


def test_exit_statuses(call, report, tmp_path):
    """0 all done, 1 nothing could be done, 2 wrong call, 3 done but something was refused."""
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    assert call("assess", report, "--out", tmp_path / "a", "--particles", "300").exit_code == 0
    nothing = call("assess", empty, "--out", tmp_path / "b")
    assert nothing.exit_code == 1
    assert "nothing usable" in nothing.output
    assert call("assess").exit_code == 2
    partly = call("assess", report, empty, "--out", tmp_path / "c", "--particles", "300")
    assert partly.exit_code == 3
    assert "refused: empty.txt" in partly.output


def test_assess_prints_finding_and_files(call, report, tmp_path):
    """`assess` prints the statement and where the files are; `--json` prints events and what else the run left."""
    out = tmp_path / "o"
    result = call("assess", report, "--out", out, "--particles", "300")
    assert "EXERCISE" in result.output
    assert "event record: " in result.output
    rebuilt = call("assess", "--from-log", out / "evidence.db", "--out", tmp_path / "again", "--json")
    assert rebuilt.exit_code == 0
    document = json.loads(rebuilt.stdout)
    (event,), (folder,) = document["events"], document["folders"]
    assert event["date"] == "2025-11-07"
    assert json.loads((Path(folder) / "event.json").read_text()) == event
    assert (document["unassigned"], document["rejected"]) == ([], [])


def test_no_event_ends_with_status_1(call, tmp_path):
    """A text without a launch leaves no event: status 1, the reason on stderr, the report listed as unassigned."""
    (tmp_path / "flowers.txt").write_text("The annual flower show opens on Friday. Visitors are welcome.")
    result = call("assess", tmp_path / "flowers.txt", "--out", tmp_path / "o", "--json")
    assert result.exit_code == 1
    assert "no event" in result.stderr
    document = json.loads(result.stdout)
    assert document["events"] == []
    assert [one["id"] for one in document["unassigned"]] == ["flowers.txt"]


def test_mistakes_end_without_a_traceback(call, report, tmp_path):
    """Folders that cannot be, a lock that cannot be made, a missing file: one line and the documented status."""
    (tmp_path / "o" / "evidence.db.lock").mkdir(parents=True)
    for out in (report / "below", "/proc/nope", tmp_path / "o"):
        result = call("assess", report, "--out", out, "--particles", "300")
        assert result.exit_code == 1, result.output
        assert result.output.startswith("launchwatch: ")
        assert len(result.output.splitlines()) == 1
        assert isinstance(result.exception, SystemExit)
    assert call("estimate", "nope").exit_code == 2
    assert call("simulate", report).exit_code == 1


def test_a_full_disk_is_told():
    """What cannot be printed for want of space ends with status 1 and says so."""
    code = "from launchwatch.cli.main import main; main(['schema', 'event'])"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "launchwatch: No space left on device\n")


@pytest.mark.parametrize("command", ["schema event", "read {report}"])
def test_a_reader_that_stops_ends_the_command_quietly(report, command):
    """Output into a pipe that nobody reads any more ends with status 0 and no word."""
    words = command.format(report=report).split()
    code = f"from launchwatch.cli.main import main; main({words})"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["assess", "estimate"])
def test_help_shows_its_examples_line_by_line(call, command):
    """The mark that keeps click from filling lines is not printed."""
    text = call(command, "--help").output
    assert "\\b" not in text
    assert any(line.startswith("    launchwatch ") for line in text.splitlines())


@pytest.mark.parametrize("place", [("91", "0"), ("nan", "0"), ("0", "361"), ("-90.1", "5")])
def test_a_place_off_the_earth_is_a_wrong_call(call, place):
    """Latitudes beyond the poles and other nonsense end with status 2 and what is allowed."""
    result = call("zone", *place)
    assert result.exit_code == 2
    assert "allowed: -" in result.output


def test_an_unknown_kind_is_answered_with_the_kinds(call, tmp_path):
    """`log show --kind foo` is a wrong call that lists the kinds of facts."""
    (tmp_path / "a.db").write_text("")
    result = call("log", "show", tmp_path / "a.db", "--kind", "foo")
    assert result.exit_code == 2
    assert "'bulletin'" in result.output


def test_refused_plots_carry_their_own_ids(call, tmp_path):
    """The id of a refused plot is the plot's, in `track` and in index.json."""
    call("simulate", "taegwan-2025-11-07", "--out", tmp_path)
    lines = (tmp_path / "recording.ndjson").read_text().splitlines(keepends=True)
    bad = next(i for i, line in enumerate(lines) if '"KR-2-00001"' in line)
    lines[bad] = lines[bad].replace('"range_m":', '"range_m":-')
    sensors = [line for line in lines if '"type":"sensor"' in line]
    few = "".join([*sensors, *(line for line in lines[bad : bad + 200] if '"KR-2' in line)])
    result = call("track", "-", "--json", input=few)
    assert result.exit_code == 3
    (rejected,) = json.loads(result.stdout)["rejected"]
    assert (rejected["id"], rejected["what"]) == ("KR-2-00001", "plot KR-2-00001")
    empty = call("track", "-", input="")
    assert empty.exit_code == 1


def test_refusals_beyond_twenty_say_where_they_are(call):
    """The rest of `track`'s refusals is where `--json` shows it, not in files that it does not write."""
    result = call("track", "-", input="".join(f"line {n}\n" for n in range(30)))
    assert "10 more; --json shows them all" in result.stderr


def test_standard_input_is_evidence(call):
    """`read -` takes a report's text or JSON from standard input."""
    for given in (REPORT, json.dumps({"text": REPORT})):
        document = json.loads(call("read", "-", "--json", input=given).stdout)
        (found,) = document["reports"]
        assert (found["path"], document["rejected"]) == ("stdin", [])
        assert "range_km" in {claim["attribute"] for claim in found["claims"]}


def test_plain_progress_speaks_every_ten_seconds(capsys):
    """Without a terminal, work of 9 s says nothing and work of 35 s three lines, even within one long step."""
    tell_progress([("reading", 0, 1)], lambda _: True)
    assert capsys.readouterr().err == ""
    latest, waits = [], iter([False, False, False, True])

    def wait(seconds):
        assert seconds == 10
        latest.append(("reading", len(latest), 9))
        return next(waits)

    tell_progress(latest, wait)
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["reading: 0 of 9, after 10 s", "reading: 1 of 9, after 20 s", "reading: 2 of 9, after 30 s"]
