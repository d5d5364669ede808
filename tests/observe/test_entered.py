"""Claims entered by hand: normalised as reports' are, each bad row told with its reason and the rest read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from launchwatch.basis.errors import InputError
from launchwatch.observe.entered import Entry, read_entered, speaker_of
from launchwatch.observe.figures import FIGURES, read_clock, read_figure
from launchwatch.observe.sheets import SHEET_BYTES


def rows(text):
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_entered(data, evidence="e"))


@pytest.mark.parametrize(
    ("attribute", "cell", "unit", "value", "stated", "qualifier"),
    [
        ("range_km", "435 miles", "", 700.0646, "mi", "exact"),
        ("range_km", "435", "mi", 700.0646, "mi", "exact"),
        ("range_km", "850-900", "", (850.0, 900.0), None, "range"),
        ("range_km", "between 850 and 900 km", "", (850.0, 900.0), "km", "range"),
        ("range_km", ">450", "", 450.0, None, "at_least"),
        ("range_km", "450 km or more", "", 450.0, "km", "at_least"),
        ("range_km", "about 700", "", 700.0, None, "about"),
        ("apogee_km", "2,802", "", 2802.0, None, "exact"),
        ("flight_time_min", "12 min 30 s", "", 12.5, "min", "exact"),
        ("flight_time_min", "90", "s", 1.5, "s", "exact"),
        ("flight_time_min", "-30", "", -30.0, None, "exact"),
        ("speed_mach", "1.8 km/s", "", 6.0, "km/s", "exact"),
    ],
)
def test_figures_are_normalised(attribute, cell, unit, value, stated, qualifier):
    """A figure becomes km, minutes or Mach, with its unit as stated and its qualifier."""
    assert tuple(read_figure(attribute, cell, unit)) == (value, stated, qualifier)


@pytest.mark.parametrize(
    ("cell", "unit"),
    [("seven", ""), ("", ""), ("nan", ""), ("1.2e3", ""), ("12 minutes", ""), ("700 km", "mi"), ("900-850", "")],
)
def test_what_is_no_figure_is_refused(cell, unit):
    """Anything else in the cell, a unit of something else or two units are refused."""
    with pytest.raises(InputError, match="given"):
        read_figure("range_km", cell, unit)


@pytest.mark.parametrize(
    ("cell", "zone", "found"),
    [
        ("07:55", "", ("07:55", None, "exact")),
        ("7:55pm KST", "", ("19:55", "KST", "exact")),
        ("03:35", "UTC", ("03:35", "UTC", "exact")),
        ("12:35+09:00", "", ("03:35", "UTC", "exact")),
        ("07:44-08:22", "", (("07:44", "08:22"), None, "range")),
        ("about 12:35", "", ("12:35", None, "about")),
    ],
)
def test_clocks_keep_their_zone(cell, zone, found):
    """A clock time keeps its zone; an offset becomes UTC."""
    assert tuple(read_clock(cell, zone)) == found


@pytest.mark.parametrize(
    ("cell", "zone"), [("25:00", ""), ("noonish", ""), ("12:35", "Mars"), ("12:35 KST", "UTC")]
)
def test_what_is_no_clock_is_refused(cell, zone):
    """Hours over 23, unknown zones and two zones are refused."""
    with pytest.raises(InputError, match="allowed"):
        read_clock(cell, zone)


def test_a_row_is_a_claim_of_its_source():
    """A row keeps what stands beside the figure, is anchored to its cell and marked as a person's."""
    ((line, one),) = rows(
        "attribute,value,unit,qualifier,source,url,note,item,country,date\n"
        "range_km,435 miles,,about,ROK JCS,https://example.org/a,caption,2,North Korea,2025-11-07\n"
    )
    assert isinstance(one, Entry)
    assert (line, one.line, one.date, one.country, one.note) == (2, 2, "2025-11-07", "North Korea", "caption")
    claim = one.claim
    assert (claim.source, claim.item, claim.qualifier, claim.unit) == ("South Korea JCS", 2, "about", "mi")
    assert (claim.rule, claim.found_by, claim.quote, claim.span) == ("entered", ("person",), "435 miles", (0, 9))


def test_bad_rows_are_told_and_the_rest_goes_on():
    """Each row that cannot be used has its line, what is allowed and, where near, what was meant."""
    found = rows(
        "attribute,value,unit,url\nrangekm,700,,\neez,inside,,\nrange_km,700,,ftp://x\n"
        "missile_class,XRBM,,\nrange_km,1,2,3,4\nrange_km,700,,\n"
    )
    errors = [str(one) for _, one in found[:-1]]
    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 7]
    assert "try range_km" in errors[0]
    assert "whose zone" in errors[1]
    assert "no address" in errors[2]
    assert "SRBM" in errors[3]
    assert "more cells" in errors[4]
    assert found[-1][1].claim.value == 700


def test_other_separators_and_encodings():
    """A BOM, semicolons, tabs and UTF-16 change nothing; a comma of two meanings is refused."""
    plain = "attribute;value;unit\nrange_km;700,5;km\napogee_km;2,802;km\n"
    for data in (plain.encode("utf-8-sig"), plain.encode("utf-16")):
        first, second = (one for _, one in rows(data))
        assert first.claim.value == 700.5
        assert "thousands or decimals" in str(second)
    assert rows("attribute\tvalue\nrange_km\t700\n")[0][1].claim.value == 700


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"attribute,source\nrange_km,JCS\n", "lacks the columns value"),
        (b"attribute,value,value\nrange_km,1,2\n", "one name"),
        (b"a" * (SHEET_BYTES + 1), "too large"),
    ],
)
def test_what_is_no_table_is_refused_whole(data, reason):
    """An empty file, missing or doubled columns and a huge file are no table."""
    with pytest.raises(InputError, match=reason):
        rows(data)


def test_speakers_are_named_as_the_reader_names_them():
    """One office has one name, however it is entered; who is not known keeps the name given."""
    assert speaker_of("the Joint Chiefs of Staff") == "South Korea JCS"
    assert speaker_of("Japan's Defense Ministry") == "Japan MOD"
    assert speaker_of("") == "outlet"
    assert speaker_of("an amateur (balcony)") == "an amateur (balcony)"


@given(st.sampled_from(FIGURES), st.text(max_size=40), st.text(max_size=8))
def test_any_cell_ends_in_a_figure_or_a_refusal(attribute, cell, unit):
    """Whatever is in a cell, it is a figure or an InputError."""
    for read in (lambda: read_figure(attribute, cell, unit), lambda: read_clock(cell, unit)):
        try:
            read()
        except InputError:
            continue


@given(st.binary(max_size=300))
def test_any_bytes_end_in_rows_or_a_refusal(tail):
    """Whatever follows the columns, it is rows or an InputError."""
    try:
        rows(b"attribute,value\n" + tail)
    except InputError:
        return
