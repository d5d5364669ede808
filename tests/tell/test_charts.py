"""Charts of a score: every file is a picture, says what it shows, and suits dark and light."""

import re
from io import BytesIO

import msgspec
import numpy as np
import pytest
from lxml import etree
from PIL import Image

from launchwatch.simulate.scoring import ErrorBound, score_tracks, truth_paths
from launchwatch.tell.charts import charts
from tests.simulate.test_score_tracks import ERROR, START, track, truth

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def scores():
    bound = ErrorBound(START + np.arange(101.0), np.tile(np.diag([75.0] * 3 + [4 / 3] * 3), (101, 1, 1)))
    tracks = [track("T1", np.arange(10.0, 61.0), ERROR)]
    return score_tracks(tracks, truth_paths(truth()), cutoff_m=1000.0, bounds={"body": bound})


@pytest.fixture(scope="module")
def drawn(scores):
    return charts(scores)


def test_every_chart_comes_as_svg_and_png(drawn):
    """Errors, NEES and modes of the object, and the set's errors: four charts, two files each."""
    names = [f"{name}.{kind}" for name in ("01-body-errors", "01-body-nees", "01-body-modes", "gospa")
             for kind in ("svg", "png")]  # fmt: skip
    assert sorted(drawn) == sorted(names)


def test_svg_names_and_describes_itself(drawn):
    """A screen reader finds a title and the figures of the chart; the text in it is text."""
    root = etree.fromstring(drawn["01-body-errors.svg"])
    assert root.get("role") == "img"
    ids = {element.get("id"): element.text for element in root}
    title, told = (ids[name] for name in root.get("aria-labelledby").split())
    assert title == "body: error and bound"
    assert told == "51 updates: position error 30 m rms, velocity 6 m/s rms; 2.00 and 3.00 times the bound."
    assert "root of the bound (PCRLB)" in [text.text for text in root.iter(f"{SVG}text")]


def test_svg_takes_the_readers_ink(drawn):
    """Frames and text are in the reader's colour, with a setting for dark; no black or placeholder stays."""
    for name, content in drawn.items():
        if name.endswith("svg"):
            text = content.decode()
            assert "prefers-color-scheme:dark" in text
            assert "currentColor" in text
            assert "#010203" not in text
            assert not re.search(r"(fill|stroke): ?#000000", text)


def test_png_is_a_picture_on_white(drawn):
    """The PNG opens, is 960 x 540, opaque, white in its corner, and tells what it shows."""
    picture = Image.open(BytesIO(drawn["gospa.png"]))
    assert picture.size == (960, 540)
    assert picture.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
    assert picture.text["Description"].startswith("Root mean square over time: GOSPA")


def test_equal_scores_give_equal_charts(scores, drawn):
    """Drawing again gives the same bytes."""
    assert charts(scores) == drawn


def test_names_from_the_truth_lead_nowhere(scores):
    """An object's name with slashes, markup and mathematics neither leaves the folder nor breaks a chart."""
    (one,) = scores.objects
    hostile = msgspec.structs.replace(one, object="../<b>$\\frac{&")
    made = charts(msgspec.structs.replace(scores, objects=(hostile,)))
    assert min(made) == "01-b-frac-errors.png"
    etree.fromstring(made["01-b-frac-errors.svg"])


def test_untracked_objects_have_no_chart_of_their_own():
    """Where nothing was tracked only the set's errors are drawn."""
    assert sorted(charts(score_tracks([], truth_paths(truth())))) == ["gospa.png", "gospa.svg"]
