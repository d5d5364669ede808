"""Tables of flights: one column predicted from others, bad rows left with their reason."""

import json

import pytest
from click.testing import CliRunner

from launchwatch.basis.errors import InputError
from launchwatch.cli.main import main
from launchwatch.run.flight_tables import Left, predict_table, read_rows

HEAD = "id,launch_lat,launch_lon,direction,range_km,apogee_km\n"
LOFTED = "a,40.0,125.2,az 86,933,2802\n"


def test_a_lofted_flight_lasts_as_long_as_it_did():
    """4 July 2017 flew for 39 minutes (validation: 37 to 40 published); class and interval stand beside."""
    (row,) = predict_table(
        (HEAD + LOFTED).encode(), given=("range_km", "apogee_km"), predict="flight_time_min", particles=400
    )["flights"]
    assert row["id"] == "a"
    assert row["p05"] < 38.5 < row["p95"]
    assert row["median"] == pytest.approx(38.5, rel=0.1)
    assert row["class"] == "ICBM"


def test_a_zone_has_a_probability():
    """Of a zone the probability stands in place of the interval."""
    (row,) = predict_table(
        (HEAD + LOFTED).encode(), given=("range_km", "apogee_km", "direction"), predict="eez:JPN", particles=300
    )["flights"]
    assert 0 <= row["probability"] <= 1
    assert "median" not in row


@pytest.mark.parametrize("word", ["CM", "LACM", "cruise"])
def test_a_cruise_missile_flies_for_hours_and_burns_all_the_way(word):
    """A class CM makes the flight a cruise flight, which has no range at minimum energy."""
    table = f"id,launch_lat,launch_lon,class,range_km\na,40.0,127.5,{word},1500\n".encode()
    hours, energy = (
        predict_table(table, given=("class", "range_km"), predict=column, particles=300)["flights"][0]
        for column in ("flight_time_min", "minimum_energy_range_km")
    )
    assert hours["class"] == "cruise"
    assert 60 < hours["median"] < 140
    assert energy["median"] is None


def test_rows_that_say_nothing_are_left_with_reasons():
    """Empty, impossible, unplaced, misplaced and doubled rows are told with their line; miles are converted."""
    text = HEAD + (
        "a,40,125,,700,\nb,40,125,,40000,50\nc,,,,700,50\nd,95,125,,700,50\ne,40,125,,seven,50\n"
        "f,40,125,,435 miles,50\nf,40,125,,700,50\n"
    )
    found = list(read_rows(text.encode(), ("range_km", "apogee_km")))
    left = {(one.id, one.line): one.reason for one in found if isinstance(one, Left)}
    (row,) = [one for one in found if not isinstance(one, Left)]
    assert row.claims[0].value == pytest.approx(700.06, abs=0.01)
    assert "apogee_km" in left["a", 2]
    assert "impossible" in left["b", 3]
    assert "where the launch was" in left["c", 4]
    assert "no place on earth" in left["d", 5]
    assert "no single figure" in left["e", 6]
    assert "line 7 again" in left["f", 8]


@pytest.mark.parametrize(
    ("given", "predict", "reason"),
    [
        (("range",), "apogee_km", "cannot be given"),
        ((), "apogee_km", "cannot be given"),
        (("range_km",), "height", "cannot be predicted"),
        (("range_km",), "range_km", "given and predicted"),
        (("range_km",), "eez:XYZ", "not known"),
        (("range_km", "range_km"), "apogee_km", "twice"),
        (("flight_time_min",), "apogee_km", "lacks the columns flight_time_min"),
    ],
)
def test_wrong_columns_are_refused(given, predict, reason):
    """Columns that are no columns, or not there, are refused before anything is estimated."""
    with pytest.raises(InputError, match=reason):
        predict_table((HEAD + LOFTED).encode(), given=given, predict=predict, particles=200)


def test_the_command_prints_a_table_or_json(tmp_path):
    """Both forms tell predictions and rows left; such a run has status 3."""
    path = tmp_path / "flights.csv"
    path.write_text(HEAD + LOFTED + "b,40,125,,,50\n")
    call = ["estimate", "--table", str(path), "--given", "range_km,apogee_km", "--predict", "flight_time_min"]
    call += ["--particles", "200"]
    told = CliRunner().invoke(main, call)
    assert told.exit_code == 3
    assert "left: b (line 3)" in told.stdout
    told = CliRunner().invoke(main, [*call, "--json"])
    assert told.exit_code == 3
    assert "1 row left" in told.stderr
    found = json.loads(told.stdout)
    assert [row["id"] for row in found["flights"]] == ["a"]
    assert found["left"][0]["line"] == 3
