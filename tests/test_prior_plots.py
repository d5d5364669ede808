"""The prior as the documents show it is the prior as it is."""

import csv
import io
import runpy
from pathlib import Path

import numpy as np
import pytest

from launchwatch.estimate.fuse.prior import PRIORS

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "img"


@pytest.fixture(scope="module")
def builder():
    return runpy.run_path(str(ROOT / "builders" / "prior_plots.py"))


@pytest.fixture(scope="module")
def classes(builder):
    return builder["draw_prior"]()


def rows_of(text):
    return list(csv.reader(io.StringIO(text)))


def test_the_table_is_what_the_script_makes(builder, classes):
    """Every number of the committed table comes out again, to what another processor may round."""
    kept = rows_of((IMAGES / "prior.csv").read_text(encoding="utf-8"))
    made = rows_of(builder["to_csv"](classes))
    assert [row[:2] for row in made] == [row[:2] for row in kept]
    assert len(made) == 1 + 5 * len(PRIORS)
    numbers = [np.array([row[2:] for row in rows[1:]], dtype=float) for rows in (made, kept)]
    np.testing.assert_allclose(*numbers, rtol=5e-3)


def test_the_figures_are_of_these_draws(builder, classes):
    """Each committed figure says in words what the draws say, and the document shows it."""
    text = (ROOT / "docs" / "concepts" / "estimating.md").read_text(encoding="utf-8")
    for plot in builder["PLOTS"]:
        kept = (IMAGES / plot.file).read_text(encoding="utf-8")
        made = builder["plot_svg"](plot, classes).decode()
        told = [svg.split('<desc id="told">')[1].split("</desc>")[0] for svg in (kept, made)]
        assert told[0] == told[1]
        assert all(f">{name}<" in kept for name in PRIORS)
        assert f"../img/{plot.file}" in text


def test_the_document_names_the_ranges(classes):
    """The middle half of each class's ranges in the document is what the draws have."""
    text = (ROOT / "docs" / "concepts" / "estimating.md").read_text(encoding="utf-8")
    flat = " ".join(text.split())
    told = {
        "quasi-ballistic": ("108 to 436 km", 108, 436),
        "SRBM": ("64 to 476 km", 64, 476),
        "MRBM": ("0.5 to 2.2 thousand", 520, 2150),
        "IRBM": ("1.6 to 5.3 thousand", 1600, 5350),
        "ICBM": ("3.0 to 9.2 thousand", 3000, 9200),
    }
    for one in classes:
        words, low, high = told[one.name]
        assert f"{words} ({one.name}" in flat
        np.testing.assert_allclose(np.quantile(one.values["range_km"], (0.25, 0.75)), (low, high), rtol=0.02)
