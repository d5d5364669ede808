"""The event page in Debian's Chromium: offline, keyboard, themes, contrast, phone width, without scripts."""

import json
import time

import pytest

pytest.importorskip("selenium", reason="run tests/browser/run.sh")
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from launchwatch.geo.zones import load_zones
from launchwatch.tell.page import to_page
from tests.browser.chromium import CHROMIUM, DRIVER, open_chromium, set_screen
from tests.browser.contrast import CONTRASTS
from tests.browser.events import claimed_event, flightless_event, hostile_event, tracked_event

pytestmark = pytest.mark.browser

EVENTS = {
    "tracked": tracked_event,
    "claimed": claimed_event,
    "flightless": flightless_event,
    "hostile": hostile_event,
}
# Text on the drawings has a halo of its ground; lines need 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
DRAWN_PAIRS = [
    ["--sea-text", "--sea", 4.5],
    ["--soft", "--land", 4.5],
    ["--ink", "--sea", 4.5],
    ["--ink", "--land", 4.5],
    ["--zone", "--sea", 4.5],
    ["--soft", "--panel", 4.5],
    ["--fall", "--panel", 4.5],
    ["--bad", "--panel", 4.5],
    ["--warn", "--panel", 4.5],
    ["--other", "--sea", 4.5],
    ["--path", "--sea", 3.0],
    ["--path", "--land", 3.0],
    ["--fall", "--sea", 3.0],
    ["--launch", "--land", 3.0],
    ["--mover", "--land", 3.0],
    ["--focus", "--paper", 3.0],
]


@pytest.fixture(scope="module")
def driver():
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("no chromium: run tests/browser/run.sh")
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, make in EVENTS.items():
        (folder / f"{name}.html").write_bytes(to_page(make(), load_zones()))
    return folder


@pytest.fixture
def visit(driver, pages):
    """Return a function that opens a page at a size, with media features, on a browser that forgot all before."""

    def go(name, width=1400, height=900, media="", scripts=True, **features):
        set_screen(driver, width, height, media, **features)
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        driver.get_log("browser"), driver.get_log("performance")
        driver.get((pages / f"{name}.html").as_uri())
        return driver

    return go


def requests(driver):
    """Return the addresses that the browser asked for since the page was opened."""
    events = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


def transform(driver, marker):
    return driver.find_element(By.ID, marker).get_attribute("transform")


def press(driver, *keys):
    for key in keys:
        ActionChains(driver).send_keys(key).perform()


@pytest.mark.parametrize("name", list(EVENTS))
def test_opens_offline_without_errors(visit, pages, name):
    """The page asks for itself alone and the console stays empty, whatever the texts try."""
    driver = visit(name)
    time.sleep(0.2)
    asked = [url for url in requests(driver) if not url.startswith("data:")]
    assert asked == [(pages / f"{name}.html").as_uri()]
    assert driver.get_log("browser") == []


def test_hostile_texts_run_nothing(visit):
    """No dialogue opens and no element comes out of a report's text."""
    driver = visit("hostile")
    assert driver.execute_script("return document.querySelectorAll('img, svg[onload], body script').length") == 2
    assert driver.execute_script("return [...document.links].every(a => /^(https?|file):/.test(a.href))")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_follows_system_and_toggle(visit, theme):
    """The system's theme is taken up; the switch turns it over and says what it would do."""
    driver = visit("tracked", prefers_color_scheme=theme)

    def ground():
        colour = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        return sum(int(v) for v in colour.removeprefix("rgb(").rstrip(")").split(","))

    first = ground()
    assert (first > 600) == (theme == "light")
    toggle = driver.find_element(By.ID, "theme")
    assert toggle.text == ("Dark theme" if theme == "light" else "Light theme")
    toggle.click()
    assert (ground() > 600) == (theme == "dark")
    toggle.click()
    assert ground() == first
    assert (
        driver.execute_script("return localStorage.length + sessionStorage.length + document.cookie.length") == 0
    )


@pytest.mark.parametrize("name", ["tracked", "claimed", "flightless"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_contrast(visit, name, theme):
    """Every text stands at 4.5:1 or more on its ground; drawn lines at 3:1."""
    seen, low = visit(name, prefers_color_scheme=theme).execute_script(CONTRASTS, DRAWN_PAIRS)
    assert seen > 80
    assert low == []


def test_keyboard_reaches_everything(visit):
    """Tab visits skip link, parts, switch, playback and every scrolled table in order, each visibly focused."""
    driver = visit("tracked", prefers_reduced_motion="reduce")
    stops = []
    for _ in range(120):
        press(driver, Keys.TAB)
        stop = driver.execute_script("""
            const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
            return [e.id || e.className || e.getAttribute("href") || e.tagName, style.outlineStyle,
              parseFloat(style.outlineWidth), box.width > 0 && box.bottom > 0 && box.top < innerHeight];""")
        if stop[0] == "BODY" or (stops and stop[0] == stops[0][0]):
            break
        stops.append(stop)
    names = [stop[0] for stop in stops]
    assert names[0] == "skip"
    wanted = ["#finding", "#rebuild", "theme", "play", "seconds", "scroll", "scroll tall"]
    assert [name for name in wanted if name not in names] == []
    assert names.index("#finding") < names.index("theme") < names.index("play") < names.index("seconds")
    assert [stop for stop in stops if stop[1:] != ["solid", 3, True]] == []


def test_skip_link_leads_to_the_finding(visit):
    """Enter on the first stop moves the focus past header and parts."""
    driver = visit("tracked")
    press(driver, Keys.TAB, Keys.ENTER)
    assert driver.execute_script("return document.activeElement.id") == "main"


def test_map_is_drawn(visit):
    """Land, a limit and the path have a place inside the visible map."""
    driver = visit("claimed")
    lengths = driver.execute_script("""
        const map = [...document.querySelectorAll("#map svg[role=img]")].find(svg => svg.checkVisibility());
        const frame = map.getBoundingClientRect();
        return [".land", ".limit", ".way", ".fan", ".area.fall"].map(kind => {
          const path = map.querySelector(kind), box = path.getBoundingClientRect();
          return [path.getTotalLength(), box.right > frame.left && box.left < frame.right];
        });""")
    assert len(lengths) == 5
    assert all(length > 60 and shown for length, shown in lengths)


@pytest.mark.parametrize(("width", "name"), [(1400, "wide"), (390, "narrow")])
def test_slider_moves_the_object(visit, width, name):
    """Arrow keys move the marker on map, profile and timeline, and the readout tells where it is."""
    driver = visit("tracked", width=width)
    markers = [f"map-{name}-0", f"profile-{name}-0", f"timeline-{name}"]
    before = [transform(driver, marker) for marker in markers]
    slider = driver.find_element(By.ID, "seconds")
    driver.execute_script("arguments[0].focus()", slider)
    press(driver, *[Keys.ARROW_RIGHT] * 40)
    after = [transform(driver, marker) for marker in markers]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert slider.get_attribute("value") == "40"
    text = driver.find_element(By.ID, "readout").text
    assert text.startswith("40 s after lift-off, 12:35:10 KST (03:35:10 UTC): height 15.")
    assert slider.get_attribute("aria-valuetext") == text
    press(driver, Keys.END)
    shown = driver.execute_script(
        """
        const circle = document.querySelector(`#${arguments[0]} circle`).getBoundingClientRect();
        const cross = [...document.querySelectorAll("#map svg[role=img]")].find(svg => svg.checkVisibility())
          .querySelector(".mark.fall").getBoundingClientRect();
        return [circle.x + circle.width / 2 - cross.x - cross.width / 2,
                circle.y + circle.height / 2 - cross.y - cross.height / 2];""",
        markers[0],
    )
    assert shown == pytest.approx([0, 0], abs=2.5), "the path ends on the impact's mark"


@pytest.mark.parametrize(("motion", "slowest"), [("no-preference", 0.4), ("reduce", 1.6)])
def test_playback_plays_and_pauses(visit, motion, slowest):
    """Play moves the time on, in plain steps for readers who asked for less motion; pause holds it."""
    driver = visit("tracked", prefers_reduced_motion=motion)
    play = driver.find_element(By.ID, "play")
    driver.execute_script("arguments[0].focus()", play)
    press(driver, Keys.SPACE)
    assert "Pause" in play.text
    if motion == "reduce":
        stepped = driver.find_element(By.ID, "seconds").get_attribute("value")
        assert float(stepped) == pytest.approx(24.0), "a twentieth of the flight at once"
    time.sleep(slowest)
    press(driver, Keys.SPACE)
    assert "Play" in play.text
    held = driver.find_element(By.ID, "seconds").get_attribute("value")
    assert float(held) > 5
    time.sleep(slowest / 2)
    assert driver.find_element(By.ID, "seconds").get_attribute("value") == held


@pytest.mark.parametrize("name", list(EVENTS))
def test_phone_width_needs_no_sideways_scroll(visit, name):
    """At 390 px the page is as wide as the screen, and the drawings' text stays readable."""
    driver = visit(name, width=390, height=844)
    assert driver.execute_script("return document.documentElement.scrollWidth") == 390
    sizes = driver.execute_script("""
        return [...document.querySelectorAll("svg[role=img] text")].filter(text => text.checkVisibility())
          .map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a);""")
    assert all(size >= 8.5 for size in sizes)
    assert bool(sizes) == (name != "flightless")


def test_reads_without_scripts(visit):
    """Without scripts the map is drawn, tables and statement are there, and no dead control shows."""
    driver = visit("tracked", scripts=False)
    root = driver.execute_cdp_cmd("DOM.getDocument", {"depth": 0})["root"]["nodeId"]

    def boxes(selector):
        found = driver.execute_cdp_cmd("DOM.querySelectorAll", {"nodeId": root, "selector": selector})["nodeIds"]
        return [box for node in found if (box := _box(driver, node))]

    assert len(boxes("#map svg.wide path.way")) == 1
    assert len(boxes("table")) >= 10
    assert len(boxes(".statement p")) == 2
    assert boxes("#player") == boxes("#theme") == []
    assert driver.get_log("browser") == []


def _box(driver, node):
    """Return a node's quad, or None where it has no box."""
    from selenium.common.exceptions import WebDriverException

    try:
        return driver.execute_cdp_cmd("DOM.getBoxModel", {"nodeId": node})["model"]["border"]
    except WebDriverException:
        return None


def test_prints_light_and_without_controls(visit):
    """On paper the dark theme is off, controls are gone, the status stays."""
    driver = visit("tracked", media="print", prefers_color_scheme="dark")
    assert driver.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not driver.find_element(By.ID, "player").is_displayed()
    assert driver.find_element(By.CLASS_NAME, "banner").is_displayed()


def test_forced_colours_keep_text_and_status(visit):
    """With the system's own colours the page keeps text, banner and drawing."""
    driver = visit("tracked", forced_colors="active")
    assert driver.find_element(By.CLASS_NAME, "banner").is_displayed()
    stroke, ground = driver.execute_script("""
        return [getComputedStyle(document.querySelector(".way")).stroke,
                getComputedStyle(document.querySelector(".sea")).fill];""")
    assert stroke != ground


def test_status_stays_in_sight(visit):
    """The banner remains at the top however far the reader scrolls."""
    driver = visit("tracked")
    driver.execute_script("document.documentElement.style.scrollBehavior = 'auto'; scrollTo(0, 3000)")
    time.sleep(0.1)
    assert driver.execute_script("return document.querySelector('.banner').getBoundingClientRect().top") == 0
