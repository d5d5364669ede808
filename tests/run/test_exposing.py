"""Traffic and answers through the chain: assess with positions, replay from the log, and a record by itself."""

import json

import pytest
from click.testing import CliRunner

from launchwatch.basis.errors import InputError, NoEvidenceError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.cli.main import main
from launchwatch.run.commands import assess_evidence, assess_from_log
from launchwatch.run.context import Settings
from launchwatch.run.exposing import exposure
from launchwatch.tell.statement import statement_text

AS_OF = "2025-11-07T09:00:00Z"
REPORT = (
    "North Korea launched a ballistic missile from Wonsan toward the east at 7:39 a.m. on Nov. 7, 2025, South "
    "Korea's Joint Chiefs of Staff said. It flew about 600 km to the northeast at an altitude of about 90 km and "
    "landed at 7:48 a.m."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("exposure")
    (place / "report.txt").write_text(REPORT)
    return place


@pytest.fixture(scope="module")
def alone(folder):
    """Return the event without traffic, and its record."""
    done = assess_evidence(
        [folder / "report.txt"], folder / "alone", as_of_utc=AS_OF, settings=Settings(particles=500)
    )
    return done.events[0], done.folders[0] / "event.json"


@pytest.fixture(scope="module")
def files(folder, alone):
    """Return files of positions about the event's own fall, and of answers."""
    impact = alone[0].objects[0].impact
    at = parse_instant(impact.time_utc.median)
    near = {
        "lat": impact.lat_deg,
        "lon": impact.lon_deg,
        "gs": 0.0,
        "track": 0.0,
        "alt_geom": 35000,
        "seen_pos": 1,
    }
    planes = [
        {"hex": "840001", "flight": "TST1", **near},
        {"hex": "840002", **near, "lat": 91.0},
        {"hex": "840003", **near, "lon": near["lon"] + 8},
    ]
    (folder / "aircraft.json").write_text(json.dumps({"now": at, "aircraft": planes}))
    ship = f"ship,431000001,{format_instant(at - 60)},{near['lat']},{near['lon']},5,90,TEST MARU"
    (folder / "ships.csv").write_text(
        f"kind,identity,time_utc,lat_deg,lon_deg,speed_m_s,course_deg,name\n{ship}\n"
    )
    (folder / "answers.csv").write_text(
        "who,asked_utc,answered_utc,answer,text\n"
        "Coast guard,2025-11-07T00:00:00Z,2025-11-07T00:30:00Z,no damage,\nArea control,2025-11-07T00:00:00Z,,,\n"
    )
    return [folder / "aircraft.json", folder / "ships.csv"], [folder / "answers.csv"]


@pytest.fixture(scope="module")
def told(folder, files):
    """Return the event with traffic and answers."""
    traffic, answers = files
    return assess_evidence(
        [folder / "report.txt"], folder / "out", as_of_utc=AS_OF, settings=Settings(particles=500),
        traffic=traffic, answers=answers,
    )  # fmt: skip


def test_without_traffic_nothing_is_claimed(alone):
    """Without positions ships and aircraft are 'not assessed', and nobody was asked; whom to tell is told."""
    event, _ = alone
    (row,) = [row for row in event.exposure if row.kind == "ships and aircraft"]
    assert row.description.startswith("not assessed: no positions of ships or aircraft were given")
    text = statement_text(event)
    assert "No reports of damage received" not in text
    assert "nobody was asked" in text
    assert "NAVAREA XI" in {one.name for one in event.traffic[0].recipients}


def test_assess_tells_ships_and_aircraft(told):
    """Positions become rows and sentences; what could not be used is refused and named."""
    (event,) = told.events
    rows = {row.kind: row for row in event.exposure}
    assert {"ships", "aircraft", "to be told"} <= set(rows)
    assert "not assessed" not in rows["ships"].description
    assert rows["ships"].asked == ("Coast guard", "Area control")
    kinds = {kind.kind: kind for kind in event.traffic[0].kinds}
    assert kinds["aircraft"].known == 2
    assert kinds["ship"].craft[0].name == "TEST MARU"
    assert kinds["ship"].inside == 1
    text = statement_text(event)
    assert "TEST MARU (MMSI 431000001)" in text
    assert "No reports of damage received as of 09:30 KST (00:30 UTC): so answered Coast guard." in text
    assert "Area control was asked and has not answered." in text
    assert "nobody was asked" not in text
    assert any("out of range" in r.reason for r in told.rejections)
    assert {e.kind for e in event.evidence} == {"report", "traffic", "answers"}


def test_page_tells_what_was_found(told):
    """The page's table holds the finding in place of 'not assessed'."""
    page = (told.folders[0] / "event.html").read_text()
    assert "likelier than not inside the 95 % fall area" in page
    assert "Coast guard, Area control" in page


def test_rebuilt_from_the_log_byte_for_byte(told, folder):
    """Traffic and answers come back from the log."""
    again = assess_from_log(told.log, folder / "again")
    for one, other in zip(told.folders, again.folders, strict=True):
        assert (one / "event.json").read_bytes() == (other / "event.json").read_bytes()


def test_a_record_by_itself(alone, files):
    """The command on an event record finds the same craft inside, from the record's ellipses."""
    traffic, answers = files
    arguments = [str(alone[1]), "--as-of", AS_OF, "--json"]
    for file in traffic:
        arguments += ["--traffic", str(file)]
    done = CliRunner().invoke(main, ["exposure", *arguments, "--answers", str(answers[0])])
    assert done.exit_code == 3, done.output
    found = json.loads(done.stdout)
    (one,) = found["objects"]
    assert {kind["kind"]: kind["inside"] for kind in one["kinds"]}["ship"] == 1
    assert found["schema"] == "launchwatch/exposure/1"
    assert any("No reports of damage received" in text for text in found["sentences"])
    assert [row["id"] for row in found["rejected"]] == ["aircraft 840002"]


def test_positions_that_are_too_old_are_told(alone, files):
    """Craft of which nothing is known within half a day of the fall are left out, and that is said."""
    at = parse_instant(alone[0].objects[0].impact.time_utc.median)
    ships = files[0][1].parent / "old.csv"
    rows = [f"ship,{name},{format_instant(at - hours * 3600)},35,135,5,90,X" for name, hours in
            (("431000001", 1), ("431000002", 13), ("431000003", 14), ("431000003", 20))]  # fmt: skip
    ships.write_text("\n".join(["kind,identity,time_utc,lat_deg,lon_deg,speed_m_s,course_deg,name", *rows]))
    done = CliRunner().invoke(main, ["exposure", str(alone[1]), "--as-of", AS_OF, "--traffic", str(ships)])
    assert "2 ships left out: no position within 12 h of the fall." in done.output


def test_damage_answered_is_told_and_nothing_is_denied(alone, folder):
    """One answer of damage, and no sentence says that there was none."""
    table = folder / "damage.csv"
    table.write_text(
        "who,asked_utc,answered_utc,answer,text\n"
        "A,2025-11-07T00:00:00Z,2025-11-07T00:30:00Z,no damage,\n"
        "B,2025-11-07T00:00:00Z,2025-11-07T00:40:00Z,damage,a net was torn\n"
    )
    done = exposure(alone[1], answers=[table], as_of_utc=AS_OF)
    text = " ".join(done.sentences)
    assert "B reported damage at 09:40 KST (00:40 UTC): “a net was torn”." in text
    assert "No reports of damage" not in text


def test_asked_but_unanswered_claims_nothing(alone, folder):
    """Having asked is no answer."""
    table = folder / "asked.csv"
    table.write_text("who,asked_utc\nA,2025-11-07T00:00:00Z\nB,2025-11-07T00:00:00Z\n")
    done = exposure(alone[1], answers=[table], as_of_utc=AS_OF)
    assert done.sentences[-1] == "A and B were asked and have not answered."
    assert "damage" not in " ".join(done.sentences)


def test_wrong_input_is_refused(alone, folder, files):
    """No event record, no usable traffic, a radius beyond reason: each with what is allowed."""
    with pytest.raises(InputError):
        exposure(files[1][0], traffic=files[0])
    empty = folder / "empty.csv"
    empty.write_text("nothing\n")
    with pytest.raises(NoEvidenceError, match="unknown columns"):
        exposure(alone[1], traffic=[empty], as_of_utc=AS_OF)
    with pytest.raises(InputError, match="danger radius"):
        exposure(alone[1], traffic=files[0], danger_km=0.0)
    assert CliRunner().invoke(main, ["exposure", str(alone[1])]).exit_code == 2
