"""Take the picture of an event page that the README shows.

Usage: python -m tests.browser.picture event.html docs/img/event-page.png
"""

import base64
import io
import sys
from pathlib import Path

from PIL import Image

from tests.browser.chromium import open_chromium, set_screen

WIDTH, HEIGHT, SECOND = 1400, 1360, 262
SPREAD = 96


def main(page: str, picture: str) -> None:
    """Write a PNG of the page's head, the marker in mid-flight."""
    with open_chromium() as driver:
        set_screen(driver, WIDTH, HEIGHT, prefers_color_scheme="light")
        driver.get(Path(page).resolve().as_uri())
        driver.execute_script(
            "const slider = document.getElementById('seconds'); slider.value = arguments[0];"
            "slider.dispatchEvent(new Event('input'));",
            SECOND,
        )
        shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": False})
    target = Path(picture)
    target.parent.mkdir(parents=True, exist_ok=True)
    drawn = Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")
    few_colours(drawn).save(target, optimize=True)


def few_colours(drawn: Image.Image) -> Image.Image:
    """Return a picture of 256 colours: the most frequent ones exactly, and some spread over all others."""
    counted = sorted(drawn.getcolors(drawn.width * drawn.height), reverse=True)
    spread = drawn.quantize(SPREAD, method=Image.Quantize.MAXCOVERAGE).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for _, colour in counted[: 256 - SPREAD] for part in colour] + spread[: 3 * SPREAD])
    return drawn.quantize(palette=palette, dither=Image.Dither.NONE)


if __name__ == "__main__":
    main(*sys.argv[1:])
