"""The page of estimates in Debian's Chromium: offline, keyboard, both papers, contrast, phone width."""

import json

import pytest

pytest.importorskip("selenium", reason="run tests/browser/run.sh")
from selenium.webdriver import ActionChains, Keys

from launchwatch.run.estimate_page import estimate_page
from launchwatch.run.estimating import estimate_launches
from launchwatch.run.fitting import fits_of
from launchwatch.run.reading import read
from tests.browser.chromium import CHROMIUM, DRIVER, open_chromium, set_screen
from tests.browser.contrast import CONTRASTS
from tests.run.two_launches import write_reports

pytestmark = pytest.mark.browser

PAIRS = [
    *([f"--c{k}", "--panel", 4.5] for k in range(8)),
    *([name, "--panel", 4.5] for name in ("--ink", "--soft", "--bad", "--warn", "--fall")),
    *([name, "--panel", 3.0] for name in ("--path", "--zone")),
    ["--focus", "--paper", 3.0],
]


@pytest.fixture(scope="module")
def driver():
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("no chromium: run tests/browser/run.sh")
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Return the page of two launches."""
    folder = tmp_path_factory.mktemp("estimate")
    reading = json.dumps(read(write_reports(folder)).document).encode()
    done = estimate_launches(reading, particles=600)
    (folder / "page.html").write_bytes(estimate_page(done, fits_of(done)))
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


def test_opens_without_errors_or_requests(visit):
    """The console stays empty, and nothing but the page itself is asked for."""
    driver = visit()
    driver.get_log("performance")
    driver.refresh()
    messages = [json.loads(row["message"])["message"] for row in driver.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert driver.get_log("browser") == []
    assert driver.title == "2 launches, estimated"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_text_contrast(visit, theme, width):
    """Every text stands at 4.5:1 or more on its ground, as do colours of words in drawings; lines at 3:1."""
    driver = visit(width, prefers_color_scheme=theme)
    driver.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    seen, low = driver.execute_script(CONTRASTS, PAIRS)
    assert seen > 500
    assert low == []


@pytest.mark.parametrize("width", [1280, 390])
def test_no_sideways_scroll(visit, width):
    """The page is as wide as the screen; the corner plot and wide tables scroll by themselves."""
    driver = visit(width)
    driver.execute_script("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert driver.execute_script("return document.documentElement.scrollWidth") == width
    assert driver.execute_script("return document.querySelector('.wide-scroll svg').clientWidth") >= 700


@pytest.mark.parametrize("width", [1280, 390])
def test_each_drawing_is_made_for_the_screen(visit, width):
    """One of the two drawings of everything is shown, with text no smaller than 9 px."""
    driver = visit(width)
    small = driver.execute_script("""
        const shown = [...document.querySelectorAll("svg[role=img]")].filter(e => e.clientWidth > 0);
        return [shown.length, shown.flatMap(svg => {
          const scale = svg.clientWidth / svg.viewBox.baseVal.width;
          return [...svg.querySelectorAll("text")].filter(
            t => t.textContent.trim() && parseFloat(getComputedStyle(t).fontSize) * scale < 8.5
          ).map(t => t.textContent);
        })];""")
    assert small == [8, []]


def test_words_of_the_chart_stay_in_it(visit):
    """No text of the chart of who fits runs out of its frame, nor a label into the plot."""
    for width in (1280, 390):
        driver = visit(width)
        outside = driver.execute_script("""
            return [...document.querySelectorAll("svg[aria-label^='Chart of who fits']")].filter(
              e => e.clientWidth > 0).flatMap(svg => {
                const frame = svg.getBoundingClientRect();
                return [...svg.querySelectorAll("text")].filter(t => {
                  const box = t.getBoundingClientRect();
                  return box.left < frame.left - 1 || box.right > frame.right + 1;
                }).map(t => t.textContent);
            });""")
        assert outside == []


def test_keyboard_reaches_everything(visit):
    """Tab stops at skip link, parts, theme, tables, details and corner plot, each in sight and visibly focused."""
    driver = visit(prefers_reduced_motion="reduce")
    stops = []
    for _ in range(100):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        stops.append(
            driver.execute_script("""
            const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
            return [e.className || e.getAttribute("href") || e.id || e.tagName, style.outlineStyle,
              parseFloat(style.outlineWidth), box.width > 0 && box.bottom > 0 && box.top < innerHeight];""")
        )
        if stops[-1][0] == "BODY":  # the end of the page
            stops.pop()
            break
    names = {stop[0] for stop in stops}
    assert stops[0][0] == "skip"
    assert {"skip", "theme", "#l1", "#l2", "scroll", "SUMMARY", "drawing wide-scroll"} <= names
    assert [stop for stop in stops if stop[1:] != ["solid", 3, True]] == []


def test_the_theme_can_be_switched(visit):
    """The button turns light to dark and names what it does next."""
    driver = visit(prefers_color_scheme="light")
    ground = "return getComputedStyle(document.body).backgroundColor"
    before = driver.execute_script(ground)
    driver.execute_script("document.getElementById('theme').click()")
    assert driver.execute_script(ground) != before
    assert driver.execute_script("return document.getElementById('theme').textContent") == "Light theme"
