"""Who fits, the reason for one claim, and the page of estimates."""

import json
import re
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from launchwatch.basis.errors import InputError
from launchwatch.cli.main import main
from launchwatch.observe.pages import read_page
from launchwatch.run.estimate_page import estimate_page
from launchwatch.run.estimating import estimate_launches
from launchwatch.run.fitting import find_fits, fits_of
from launchwatch.run.reading import read
from launchwatch.tell.fits import explain, fit_row
from tests.run.two_launches import write_reports

PARTICLES = 600
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    return json.dumps(read(write_reports(tmp_path_factory.mktemp("reports"))).document).encode()


@pytest.fixture(scope="module")
def done(reading):
    return estimate_launches(reading, particles=PARTICLES)


@pytest.fixture(scope="module")
def fits(done):
    return fits_of(done)


@pytest.fixture(scope="module")
def page(done, fits):
    return estimate_page(done, fits).decode()


def test_every_claim_has_its_place_once(done, fits):
    """Numbers run through all launches, and each claim of an object stands in one fit of it."""
    flat = [fit for launch in fits for flight in launch for fit in flight]
    assert [fit.number for fit in flat] == list(range(1, len(flat) + 1))
    for launch, fitted in zip(done.launches, fits, strict=True):
        listed = [claim.id for fit in fitted[0] for claim in fit.claims]
        assert sorted(listed) == sorted(judged.claim.id for judged in launch.judged)


def test_a_wrong_figure_is_told_with_what_would_fit(fits):
    """300 km of a flight that all others put near 1,000 is inconsistent, and the reason names what would fit."""
    (wrong,) = [fit for fit in fits[0][0] if fit.said.attribute == "range_km" and fit.said.value == 300]
    assert wrong.consistency.verdict == "inconsistent"
    told = dict(explain(wrong, {}))
    assert "too short" in told["verdict"]
    low, high = map(
        int, re.search(r"any figure from (\d+) to ([\d,]+) km", told["would change it"].replace(",", "")).groups()
    )
    assert 700 < low < 960 < high < 1300
    others = [fit_row(fit) for fit in fits[0][0] if fit.said.attribute == "apogee_km"]
    assert {row.verdict for row in others} <= {"consistent", "untestable"}


def test_what_a_word_changes_is_weighed_without_it(fits):
    """Without Japan's 50 km, the apogee of the quasi-ballistic flight is known less well."""
    (apogee,) = [fit for fit in fits[1][0] if fit.said.attribute == "apogee_km"]
    change = next(change for change in apogee.changes if change.quantity == "apogee")
    assert change.without is not None
    assert change.without.p95 - change.without.p05 > 2 * (change.told.p95 - change.told.p05)


def test_fits_are_found_by_number_and_by_id(fits):
    """A number of the list and a claim's id lead to the same; others are refused."""
    third = fits[0][0][2]
    assert find_fits(fits, "3") == [third]
    assert find_fits(fits, third.claims[0].id) == [third]
    with pytest.raises(InputError, match="no claim"):
        find_fits(fits, "0")


class _Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))


def test_page_stands_alone(page):
    """Nothing is loaded from anywhere, no element has style or handler, and every anchor is there once."""
    elements = _Page(page).elements
    ids = [attrs["id"] for _, attrs in elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in elements:
        assert not {"style", "src", "srcset", "onclick", "onload"} & set(attrs), tag
        if tag == "a" and attrs["href"].startswith("#"):
            assert attrs["href"][1:] in ids
    policies = [a["content"] for _, a in elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'; style-src 'sha256-")


def test_every_drawing_has_its_words(page):
    """Each drawing names itself and the table behind it; all four kinds are there for both launches."""
    drawings = [attrs for tag, attrs in _Page(page).elements if tag == "svg" and "role" in attrs]
    labels = [attrs["aria-label"] for attrs in drawings]
    assert all(len(label) > 60 and "table" in label.lower() for label in labels)
    for kind, number in (("Map.", 4), ("Height of", 4), ("Chart of who fits", 4), ("Corner plot.", 2)):
        assert sum(label.startswith(kind) for label in labels) == number
    assert page.count("<caption>Correlations of the quantities.") == 2


def test_verdicts_stand_as_sign_and_word(page):
    """No verdict is told by colour alone."""
    assert "✕ inconsistent" in page
    assert "✓ consistent" in page


def test_page_is_the_same_again_and_no_evidence(done, fits, page):
    """Equal estimates give equal bytes, and the page is refused as evidence."""
    assert estimate_page(done, fits).decode() == page
    with pytest.raises(InputError):
        read_page(page.encode())


def test_words_of_reports_are_words(tmp_path):
    """A report that tries to become markup stays text."""
    text = (
        f"North Korea fired a ballistic missile from Sunan on Friday, {HOSTILE} Japan's Defense Ministry said. "
        "It flew about 450 kilometers, the ministry said."
    )
    (tmp_path / "a.json").write_text(json.dumps({"text": text, "published": "2025-11-07", "outlet": HOSTILE}))
    reading = json.dumps(read([tmp_path / "a.json"]).document).encode()
    done = estimate_launches(reading, particles=200)
    assert HOSTILE not in estimate_page(done, fits_of(done)).decode()


def test_command_prints_fits_writes_the_page_and_explains(reading, tmp_path):
    """One call prints who fits and writes the page; another gives one claim's reason; wrong calls say so."""
    (tmp_path / "reading.json").write_bytes(reading)
    calls = ["estimate", str(tmp_path / "reading.json"), "--particles", "200"]
    result = CliRunner().invoke(main, [*calls, "--html", str(tmp_path / "page.html")])
    assert result.exit_code == 0
    assert "who fits" in result.output
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    reason = CliRunner().invoke(main, [*calls, "--explain", "2"])
    assert reason.exit_code == 0
    assert "\nclaim " in f"\n{reason.output}"  # a slow machine tells of its progress before
    assert "would change it" in reason.output
    assert CliRunner().invoke(main, [*calls, "--explain", "999"]).exit_code != 0
    assert CliRunner().invoke(main, [*calls, "--explain", "2", "--json"]).exit_code == 2
    assert CliRunner().invoke(main, [*calls, "--html", str(tmp_path / "none" / "page.html")]).exit_code == 2
    assert CliRunner().invoke(main, [*calls, "--html", str(tmp_path / "reading.json")]).exit_code == 2
