"""Non-regression and rules: reports in our own words about launches of many countries, with what they state.

Each file in `data/` holds a text, the claims that a reader takes from it, and traps: figures in the text that are
no claims of the kind named (a class's range, a distance between places, a notice). Values were written from the
texts.
"""

import json
from importlib.resources import files
from pathlib import Path

import pytest

from launchwatch.facts import Claim, Provenance, Reading, Report
from launchwatch.observe.read import read_report

PROVENANCE = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")
FILES = sorted((Path(__file__).parent / "data").glob("*.json"))
MEASURED = {"range_km", "apogee_km", "flight_time_min", "speed_mach", "launch_time", "landing_time"}


def reading_of(path: Path) -> tuple[dict, Reading]:
    stated = json.loads(path.read_text(encoding="utf-8"))
    report = Report(
        id="r",
        evidence="e",
        origin=path.name,
        text=stated["text"],
        published=stated["published"],
        language=stated["language"],
        provenance=PROVENANCE,
    )
    return stated, read_report(report, provenance=PROVENANCE)


def agrees(want: dict, claim: Claim) -> bool:
    value = tuple(want["value"]) if isinstance(want["value"], list) else want["value"]
    same = (claim.attribute, claim.value, claim.source, claim.about)
    options = {name: want[name] for name in ("unit", "item") if name in want}
    return same == (want["attribute"], value, want["source"], want["about"]) and all(
        getattr(claim, name) == stated for name, stated in options.items()
    )


def test_there_are_reports_of_many_countries_in_three_languages():
    """The set covers what the reader is meant for: at least twelve reports, seven launchers, three languages."""
    stated = [json.loads(path.read_text(encoding="utf-8")) for path in FILES]
    assert len(FILES) >= 12
    assert {one["language"] for one in stated} == {"en", "ja", "ko"}
    assert len({path.stem.split("-")[0] for path in FILES}) >= 7


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_stated_claim_is_found(path):
    """Each stated claim is found with its value, speaker and launch."""
    stated, reading = reading_of(path)
    missed = [want for want in stated["claims"] if not any(agrees(want, claim) for claim in reading.claims)]
    assert not missed


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_trap_becomes_a_claim(path):
    """No figure that belongs to something else becomes a claim of the flight."""
    stated, reading = reading_of(path)
    caught = [
        claim
        for attribute, value in stated["traps"]
        for claim in reading.claims
        if claim.attribute == attribute and (value is None or claim.value == value)
    ]
    assert not caught


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_figure_is_made_up(path):
    """Every measured claim is one that the text states."""
    stated, reading = reading_of(path)
    extra = [
        claim
        for claim in reading.claims
        if claim.attribute in MEASURED and not any(agrees(want, claim) for want in stated["claims"])
    ]
    assert not extra


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_claim_is_anchored(path):
    """The quote of each claim is exactly what the text holds at its span, and names its rule."""
    stated, reading = reading_of(path)
    assert reading.claims
    for claim in reading.claims:
        assert stated["text"][claim.span[0] : claim.span[1]] == claim.quote
        assert claim.quote == claim.quote.strip()
        assert claim.rule
    assert len({claim.id for claim in reading.claims}) == len(reading.claims)


PACKAGED = sorted(Path(str(files("launchwatch.simulate"))).glob("scenarios/*/reports/*.json"))


def test_packaged_reports_are_our_own():
    """The texts that come with a scenario are invented: they cite no page of anybody's."""
    assert PACKAGED
    assert not [path.name for path in PACKAGED if "url" in json.loads(path.read_text(encoding="utf-8"))]


def test_packaged_reports_tell_the_launch():
    """Every packaged report dates the launch; those of Seoul tell its minute and its place without a hedge."""
    found = {path.stem: reading_of(path)[1].claims for path in PACKAGED}
    for told in found.values():
        assert {claim.value for claim in told if claim.attribute == "event_date"} == {"2025-11-07"}
    for name in ("1-seoul", "4-seoul-ko"):
        assert ("launch_time", "12:35", None) in {(c.attribute, c.value, c.hedge) for c in found[name]}
        assert [c.hedge for c in found[name] if c.attribute == "launch_area"] == [None]
