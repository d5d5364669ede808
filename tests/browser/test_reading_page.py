"""The page of readings in Debian's Chromium: offline, keyboard, both papers, contrast, phone width."""

import json
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="run tests/browser/run.sh")
from selenium.webdriver import ActionChains, Keys

from launchwatch.run.reading import read, reading_page
from tests.browser.chromium import CHROMIUM, DRIVER, open_chromium, set_screen
from tests.browser.contrast import CONTRASTS

pytestmark = pytest.mark.browser

REPORTS = Path(__file__).parents[1] / "observe" / "data"
PAIRS = [[f"--c{k}", "--panel", 4.5] for k in range(8)] + [["--focus", "--paper", 3.0], ["--link", "--paper", 4.5]]


@pytest.fixture(scope="module")
def driver():
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("no chromium: run tests/browser/run.sh")
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Return the page of reports in three languages, and of one that tries to run something."""
    folder = tmp_path_factory.mktemp("reading")
    text = (
        "<script>document.title = 'run'</script>North Korea fired a missile on Friday, Seoul's military said. "
        "Fuel trucks had been seen at the site since Nov. 5."
    )
    (folder / "hostile.json").write_text(json.dumps({"text": text, "published": "2025-11-07"}))
    done = read([REPORTS, folder])
    assert len(done.read) > 20
    assert {reading.language for _, reading in done.read} == {"en", "ja", "ko"}
    (folder / "page.html").write_bytes(reading_page(done))
    return (folder / "page.html").as_uri()


@pytest.fixture
def visit(driver, address):
    def go(width=1280, height=900, **features):
        set_screen(driver, width, height, **features)
        driver.get_log("browser")
        driver.get("about:blank")
        driver.get(address)
        return driver

    return go


def test_opens_without_errors_and_runs_nothing(visit):
    """The console stays empty, and a script in a report is words."""
    driver = visit()
    assert driver.get_log("browser") == []
    assert driver.title.startswith("Who said what")
    assert driver.execute_script("return document.querySelectorAll('body script, body img').length") == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_text_contrast(visit, theme, width):
    """Every text stands at 4.5:1 or more on its ground, as do the speakers' colours."""
    driver = visit(width, prefers_color_scheme=theme)
    driver.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    seen, low = driver.execute_script(CONTRASTS, PAIRS)
    assert seen > 1000
    assert low == []


@pytest.mark.parametrize("width", [1280, 390])
def test_no_sideways_scroll(visit, width):
    """The page is as wide as the screen; a wide table scrolls by itself, with its matters in sight."""
    driver = visit(width)
    assert driver.execute_script("return document.documentElement.scrollWidth") == width
    left = driver.execute_script("""
        const wide = [...document.querySelectorAll(".wide")].sort((a, b) => b.scrollWidth - a.scrollWidth)[0];
        wide.scrollLeft = 500;
        const [head, frame] = [wide.querySelector("th[scope=row]"), wide].map(e => e.getBoundingClientRect());
        return head.left - frame.left;
        """)
    assert abs(left) < 2


def test_keyboard_reaches_everything(visit):
    """Tab stops at skip link, launches, tables and claims, each in sight and visibly focused."""
    driver = visit(prefers_reduced_motion="reduce")
    stops = []
    for _ in range(75):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        stops.append(
            driver.execute_script("""
            const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
            return [e.className || e.getAttribute("href") || e.tagName, style.outlineStyle,
              parseFloat(style.outlineWidth), box.width > 0 && box.bottom > 0 && box.top < innerHeight];""")
        )
    names = [stop[0] for stop in stops]
    assert names[0] == "skip"
    assert {"skip", "SUMMARY", "#l1", "wide", "num"} <= set(names)
    assert any(name.startswith("#r") for name in names)
    assert [stop for stop in stops if stop[1:] != ["solid", 3, True]] == []


def test_a_claim_leads_to_its_words_and_back(visit):
    """Enter on a value's number goes to its mark in the text, and from there to the list of claims."""
    driver = visit()
    target = driver.execute_script("""
        const link = document.querySelector("td a.num");
        link.focus();
        return link.hash;""")
    ActionChains(driver).send_keys(Keys.ENTER).perform()
    assert driver.execute_script("return location.hash") == target
    box = driver.execute_script("return document.querySelector(':target').getBoundingClientRect().top")
    assert 0 <= box < 900
    driver.execute_script("document.querySelector(':target').focus()")
    ActionChains(driver).send_keys(Keys.ENTER).perform()
    assert driver.execute_script("return location.hash") == f"{target}k"


def test_what_happened_around_a_launch_is_listed(visit):
    """An indicator of preparation stands below the claims with its kind and day."""
    driver = visit()
    told = driver.execute_script("return [...document.querySelectorAll('.around')].map(e => e.innerText).join()")
    assert "preparation, 5 November 2025" in told
