"""The page of readings: marks, table and links; hostile text stays text."""

import math
import re
from html.parser import HTMLParser
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launchwatch.facts import Provenance, Report
from launchwatch.facts.observations import observe_claims
from launchwatch.observe.read import read_report
from launchwatch.tell.readings import COLOURS, Told, to_reading_page

WHO = Provenance(author="test", created_utc="2025-01-01T00:00:00Z")
TEXTS = (
    "North Korea fired a ballistic missile on Nov. 7, 2025, and it flew 700 km, South Korea's military said.",
    "WIRE: North Korea fired a ballistic missile on Nov. 7, 2025, and it flew 700 km, Seoul's military said.",
    "North Korea fired a missile on Nov. 7, 2025. Japan's defence ministry said that it flew 680 km.",
)


def read(*texts, **known):
    reports = [
        Report(id=f"report-{k}", evidence="e", origin=f"{k}.txt", text=text, provenance=WHO, **known)
        for k, text in enumerate(texts)
    ]
    return [(report, read_report(report, provenance=WHO)) for report in reports]


def launch(title, pairs, copy_of):
    ids = tuple(report.id for report, _ in pairs)
    claims = [claim for _, reading in pairs for claim in reading.claims]
    texts = len({copy_of.get(id_, id_) for id_ in ids})
    return Told(title, ids, texts, tuple(observe_claims(claims, copy_of)))


class _Elements(HTMLParser):
    def __init__(self, markup):
        super().__init__()
        self.found, self.text = [], []
        self.feed(markup)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def page():
    pairs, copy_of = read(*TEXTS), {"report-1": "report-0"}
    return to_reading_page(pairs, [launch("The launch", pairs, copy_of)], copy_of).decode()


def test_every_claim_is_marked_and_linked_both_ways(page):
    """Every link leads to an anchor of the page, and every anchor is one."""
    found = _Elements(page).found
    anchors = [attrs["id"] for _, attrs in found if "id" in attrs]
    assert len(anchors) == len(set(anchors))
    links = {attrs["href"][1:] for tag, attrs in found if tag == "a" and attrs["href"].startswith("#")}
    assert links <= set(anchors)
    claims = sum(len(reading.claims) for _, reading in read(*TEXTS))
    assert len([a for a in anchors if re.fullmatch(r"r\d+c\d+", a)]) == claims


def test_texts_stand_whole(page):
    """Marks change no character of a text."""
    shown = "".join(
        re.sub(r'<a class="ref.*?</a>', "", part)
        for part in re.findall(r'<div class="text".*?</div>', page, re.DOTALL)
    )
    text = "".join(_Elements(shown).text)
    assert text == "".join(TEXTS)


def test_an_office_is_one_column_and_copies_count_once(page):
    """South Korea's military in two copies is one column, and its range one value in one text of its own."""
    heads = re.findall(r'<th scope="col">(.*?)</th>', page)
    assert len([head for head in heads if "South Korea" in head]) == 1
    assert "2 texts in 3 reports" in page
    cell = next(
        part for part in re.findall(r"<div><span class=\"value\">.*?</div>", page, re.DOTALL) if "700 km" in part
    )
    assert "0.txt" in cell
    assert "1.txt" in cell
    assert "(1 text in 2 reports)" in cell


def test_nothing_runs_or_loads(page):
    """No script, no request, and a policy that lets none through."""
    found = _Elements(page).found
    assert not {tag for tag, _ in found} & {"script", "img", "iframe", "object", "form"}
    (policy,) = [attrs["content"] for tag, attrs in found if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> \u202e{{ 7 * 7 }} '


def test_hostile_words_stay_words():
    """Markup in a text, a name or an address is shown, not run; a script's address is no link."""
    pairs = read(HOSTILE + TEXTS[0], outlet=HOSTILE, url="javascript:alert(1)", published="2025-11-07")
    found = _Elements(to_reading_page(pairs, [launch(HOSTILE, pairs, {})], {}).decode()).found
    assert not [tag for tag, _ in found if tag in {"script", "img"}]
    assert not [attrs for _, attrs in found if str(attrs.get("href", "")).startswith("javascript")]
    assert not [attrs for _, attrs in found if any(name.startswith("on") for name in attrs)]


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=80))
def test_any_text_makes_a_page(text):
    """Any words give a page without a script."""
    pairs = read(f"{text} {TEXTS[2]} {text}")
    assert b"<script" not in to_reading_page(pairs, [launch("x", pairs, {})], {})


def _luminance(colour):
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_colours_can_be_read_on_both_papers(page):
    """Every speaker's colour has a contrast of 4.5 or more with its panel, light and dark."""
    palettes = re.findall(r"--c0: .*?(?=\})", page, re.DOTALL)
    assert len(palettes) == 2
    for palette, paper in zip(palettes, ("#ffffff", "#151f28"), strict=True):
        colours = re.findall(r"--c\d: (#\w{6})", palette)
        assert len(colours) == COLOURS
        for colour in colours:
            low, high = sorted((_luminance(colour), _luminance(paper)))
            assert (high + 0.05) / (low + 0.05) >= 4.5, colour


# Machado, Oliveira and Fernandes 2009, "A physiologically-based model for simulation of color vision deficiency",
# table 1 at full severity, on linear RGB.
VISION = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def _lab(colour, vision):
    """Return CIE L*a*b* (D65) of a colour as one kind of vision sees it."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    seen = [min(max(sum(a * b for a, b in zip(row, linear, strict=True)), 0), 1) for row in VISION[vision]]
    rows = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(a * b for a, b in zip(row, seen, strict=True)) for row in rows]
    x, y, z = (
        t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116
        for t in (part / white for part, white in zip(xyz, (0.9505, 1, 1.089), strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("vision", list(VISION))
def test_speakers_of_one_line_are_told_apart_by_colour(page, vision):
    """Speakers with one kind of line differ by 20 or more in CIELAB in any colour vision, on both papers."""
    lines = dict(re.findall(r"\.s(\d) \{[^}]*text-decoration-style: (\w+)", page))
    assert len(lines) == COLOURS
    for palette in re.findall(r"--c0: .*?(?=\})", page, re.DOTALL):
        colours = dict(re.findall(r"--c(\d): (#\w{6})", palette))
        for one, other in combinations(colours, 2):
            if lines[one] == lines[other]:
                assert math.dist(_lab(colours[one], vision), _lab(colours[other], vision)) >= 20, (one, other)
