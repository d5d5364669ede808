"""Warnings to ships and NOTAMs, read back by an outside parser or by the manual's rules."""

import re
from datetime import UTC, datetime, timedelta

import pyproj
import pytest
import shapely
from aviconv_notam.formatter import format_notam
from aviconv_notam.model import NotamType
from aviconv_notam.parser import parse
from aviconv_notam.qcode import lookup
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from launchwatch.basis.errors import InputError
from launchwatch.facts import Ellipse, Place
from launchwatch.tell.navarea import corners_of, navarea_texts, say_position
from launchwatch.tell.notam import circle_about, notam_texts
from launchwatch.tell.said import DamageAnswers
from launchwatch.tell.shapes import ring_about
from launchwatch.tell.telex import capitals, provisional_number, say_group, say_likelihood_telex
from tests.tell.alerting import FIR, ISSUER, NAVAREA, RING, STAGE_NAMES, START, life, lives, step, utc

POSITION = re.compile(r"(\d\d)-(\d\d\.\d\d)([NS]) (\d\d\d)-(\d\d\.\d\d)([EW])")
GEOD = pyproj.Geod(ellps="WGS84")


def read_position(text):
    lat, lat_min, ns, lon, lon_min, ew = POSITION.fullmatch(text).groups()
    return (int(lat) + float(lat_min) / 60) * (1 if ns == "N" else -1), (int(lon) + float(lon_min) / 60) * (
        1 if ew == "E" else -1
    )


def read_notam(text):
    """Parse a NOTAM; the parser wants no brackets, and a C that ICAO leaves out of a NOTAMC (Doc 10066)."""
    bare = text.strip().removeprefix("(").removesuffix(")")
    if "NOTAMC" in bare:
        bare = re.sub(r"B\) (\d{10})$", r"B) \1 C) \1", bare, flags=re.MULTILINE)
    return parse(bare)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_position_reads_back_to_a_hundredth_of_a_minute(lat_deg, lon_deg):
    lat, lon = read_position(say_position(lat_deg, lon_deg))
    assert abs(lat - lat_deg) <= 0.0051 / 60
    assert abs((lon - lon_deg + 180) % 360 - 180) <= 0.0051 / 60


def test_positions_are_written_as_the_manual_writes_them():
    assert say_position(38.776333, 120.985) == "38-46.58N 120-59.10E"
    assert say_position(-5.0, -7.5) == "05-00.00S 007-30.00W"
    assert say_position(39.99999, 139.99999) == "40-00.00N 140-00.00E"


def test_corners_run_clockwise_from_the_north_west_whichever_way_the_ring_ran():
    wanted = ((139.0, 42.0), (143.0, 42.0), (143.0, 38.0), (139.0, 38.0))
    assert corners_of(RING) == wanted
    assert corners_of(RING[::-1]) == wanted
    over_the_line = ((179.0, 40.0), (-179.0, 40.0), (-179.0, 42.0), (179.0, 42.0), (179.0, 40.0))
    assert corners_of(over_the_line) == ((179.0, 42.0), (-179.0, 42.0), (-179.0, 40.0), (179.0, 40.0))


@settings(deadline=None)
@given(st.floats(-60, 60), st.floats(-180, 180), st.floats(2, 400), st.floats(2, 400), st.floats(0, 179.9))
def test_four_corners_hold_the_whole_ellipse(lat_deg, lon_deg, major_km, minor_km, azimuth_deg):
    ellipse = Ellipse(
        semi_major_km=max(major_km, minor_km), semi_minor_km=min(major_km, minor_km), azimuth_deg=azimuth_deg
    )
    ring = tuple(ring_about(lat_deg, lon_deg, ellipse))
    corners = corners_of(ring)
    assert len(corners) == 4
    chart = pyproj.Transformer.from_crs("EPSG:4326", f"+proj=merc +lon_0={lon_deg} +ellps=WGS84", always_xy=True)
    told = [read_position(say_position(lat, lon)) for lon, lat in corners]
    area = shapely.Polygon([chart.transform(lon, lat) for lat, lon in told])
    assert all(area.contains(shapely.Point(chart.transform(lon, lat))) for lon, lat in ring)


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_warning_to_ships_has_its_three_parts_and_ends_itself(stage):
    now, before = life(stage, "ships", status="actual")
    ((area, text),) = navarea_texts(now, ISSUER, before)
    lines = text.splitlines()
    assert area == "NAVAREA XI"
    assert re.fullmatch(r"NAVAREA XI \d{4}/25", lines[0])
    assert lines[1] == "SEA OF JAPAN (EAST SEA)."
    assert [line.split(".")[0] for line in lines[2:-1]] == [str(i + 1) for i in range(len(lines) - 3)]
    assert lines[-2].endswith("CANCEL THIS WARNING 070406 UTC NOV 25.")
    if before:
        assert f"CANCEL NAVAREA XI {provisional_number(before[0], 'NAVAREA XI')}." in lines[2]


@settings(max_examples=60, deadline=None)
@given(lives("ships"))
def test_ships_texts_are_in_the_telex_alphabet_and_marked_at_both_ends(case):
    now, before = case
    for _, text in navarea_texts(now, ISSUER, before):
        assert capitals(text) == text
        mark = {"actual": "", "exercise": "EXERCISE EXERCISE EXERCISE", "test": "TEST TEST TEST"}[now.status]
        assert text.startswith(mark or "NAVAREA XI")
        assert text.rstrip().endswith(mark)


def test_each_navarea_gets_its_own_and_damage_only_with_who_was_asked():
    other = Place(role="NAVAREA", id="NAVAREA XIII", names={"en": "NAVAREA XIII"}, probability=0.2)
    damage = DamageAnswers("2025-11-07T04:00:00Z", ({"en": "Coast Guard"},))
    now, before = life("fell_at_sea", "ships", places=(NAVAREA, other))
    found = dict(navarea_texts(now, ISSUER, before, damage))
    assert set(found) == {"NAVAREA XI", "NAVAREA XIII"}
    assert all(
        "NO REPORTS OF DAMAGE RECEIVED AS OF 070400 UTC NOV 25. ASKED: COAST GUARD." in t for t in found.values()
    )
    assert "DAMAGE" not in dict(navarea_texts(now, ISSUER, before))["NAVAREA XI"]
    unnamed = navarea_texts(step("launch", "ships", places=()), ISSUER)
    assert unnamed[0][0] == "NAVIGATIONAL WARNING"


def test_a_navarea_that_joins_cancels_nothing_and_one_that_leaves_is_told():
    """Only a warning that an area had is cancelled there, by the step after which it has none."""
    other = Place(role="NAVAREA", id="NAVAREA XIII", names={"en": "NAVAREA XIII"}, probability=0.2)
    first = step("launch", "ships", places=(NAVAREA,))
    second = replace(step("launch", "ships", number=2, places=(NAVAREA, other)), references=(first.id,))
    third = replace(step("launch", "ships", number=3, places=(NAVAREA,)), references=(first.id, second.id))
    joined = dict(navarea_texts(second, ISSUER, (first,)))
    assert "CANCEL NAVAREA XI " in joined["NAVAREA XI"]
    assert "CANCEL NAVAREA XIII " not in joined["NAVAREA XIII"]
    left = dict(navarea_texts(third, ISSUER, (first, second)))
    assert set(left) == {"NAVAREA XI", "NAVAREA XIII"}
    number = provisional_number(second, "NAVAREA XIII")
    assert f"CANCEL NAVAREA XIII {number}." in left["NAVAREA XIII"]
    assert "NO LONGER EXPECTED TO BE AFFECTED" in left["NAVAREA XIII"]


def test_a_warning_without_its_area_is_not_made():
    with pytest.raises(InputError, match="lacks its area"):
        navarea_texts(step("launch", "ships", rings=()), ISSUER)
    with pytest.raises(InputError, match="lacks its area"):
        notam_texts(step("launch", "aircraft", rings=()), ISSUER)
    with pytest.raises(InputError, match="information region"):
        notam_texts(step("launch", "aircraft", places=()), ISSUER)
    with pytest.raises(InputError, match="cancels nothing"):
        notam_texts(step("issued_in_error", "aircraft"), ISSUER)


@settings(max_examples=100, deadline=None)
@given(lives("aircraft"))
def test_an_outside_parser_reads_each_notam_as_it_was_meant(case):
    now, before = case
    ((fir, text),) = notam_texts(now, ISSUER, before)
    found = read_notam(text)
    assert (found.fir, found.q_line.fir) == (fir, fir)
    ends = now.stage in {"no_longer_possible", "issued_in_error"}
    assert found.type is (NotamType.CANCEL if ends else NotamType.REPLACE if before else NotamType.NEW)
    assert found.q_line.qcode == ("QWMCN" if ends else "QWMLW")
    decided = datetime.fromisoformat(now.decided_utc)
    assert abs(found.effective_from - decided) <= timedelta(seconds=30)
    if before:
        assert (found.replaces or found.cancels) == f"X{provisional_number(before[0], fir)}"
    if not ends:
        assert (found.lower_limit, found.upper_limit) == ("SFC", "UNL")
        assert found.geometry.polygon is not None
        bare = text.strip().removeprefix("(").removesuffix(")")
        assert format_notam(found).split() == bare.split()
    mark = {"actual": "", "exercise": "EXERCISE EXERCISE EXERCISE", "test": "TEST TEST TEST"}[now.status]
    assert found.body.startswith(mark)
    assert found.body.endswith(mark)


def test_the_codes_are_those_of_doc_8126():
    warning, cancelled = lookup("WM", "LW"), lookup("WM", "CN")
    assert "issile" in warning.subject_text
    assert "ill take place" in warning.condition_text
    assert "ancelled" in cancelled.condition_text


def test_a_region_that_is_left_out_is_cancelled_and_a_new_one_begins():
    seoul = Place(role="FIR", id="RKRR", names={"en": "Incheon FIR"}, probability=0.3, state="KOR")
    first = step("launch", "aircraft", places=(FIR, seoul))
    moved = replace(
        step("fall_predicted", "aircraft", number=2, references=(first.id,)),
        places=(replace(FIR, id="UHHH"), FIR),
    )
    kinds = {fir: text.split()[1] for fir, text in notam_texts(moved, ISSUER, (first,))}
    assert kinds == {"RJJJ": "NOTAMR", "UHHH": "NOTAMN", "RKRR": "NOTAMC"}


@settings(deadline=None)
@given(st.floats(-70, 70), st.floats(-180, 180), st.floats(1, 800))
def test_the_circle_of_a_notam_holds_its_rings(lat_deg, lon_deg, radius_km):
    round_ = Ellipse(semi_major_km=radius_km, semi_minor_km=radius_km, azimuth_deg=0.0)
    ring = tuple(ring_about(lat_deg, lon_deg, round_))
    found = re.fullmatch(r"(\d\d)(\d\d)([NS])(\d{3})(\d\d)([EW])(\d{3})", circle_about((ring,)))
    lat = (int(found[1]) + int(found[2]) / 60) * (1 if found[3] == "N" else -1)
    lon = (int(found[4]) + int(found[5]) / 60) * (1 if found[6] == "E" else -1)
    far = [GEOD.inv(lon, lat, x, y)[2] for x, y in ring]
    assert max(far) <= int(found[7]) * 1852.0 + 100.0
    assert int(found[7]) * 1.852 <= radius_km + 8


def test_groups_and_likelihoods_of_telex_texts():
    assert say_group("2025-11-07T03:35:29Z") == "070335 UTC NOV 25"
    assert say_group("2025-12-31T23:59:31Z") == "010000 UTC JAN 26"
    assert say_likelihood_telex(0.7) == "LIKELY (70 PERCENT)"
    assert say_likelihood_telex(0.001) == "ALMOST NO CHANCE (LESS THAN 1 PERCENT)"
    assert say_likelihood_telex(0.999) == "ALMOST CERTAIN (MORE THAN 99 PERCENT)"
    assert capitals("La Pérouse Strait – Ha’apai") == "LA PEROUSE STRAIT - HA'APAI"
    with pytest.raises(InputError, match="telex alphabet"):
        capitals("日本")


def test_provisional_numbers_follow_the_step_and_the_year_of_its_minute():
    first = step("launch", "aircraft")
    assert (
        provisional_number(first, "RJJJ") == provisional_number(first, "RJJJ") != provisional_number(first, "RKRR")
    )
    late = step("launch", "aircraft", decided_utc=utc(datetime(2025, 12, 31, 23, 59, 40, tzinfo=UTC)))
    assert provisional_number(late, "RJJJ").endswith("/26")
    assert START.year == 2025
