"""Falls in words: the place, the distance with its interval, separate groups."""

import msgspec
import numpy as np
import pytest

from launchwatch.assess.falling import describe_fall, is_pointed
from launchwatch.facts import RangeMode
from tests.tell.scenes import tracked_event

OKUSHIRI = (42.15, 139.45)


class _Samples:
    def __init__(self, lat, lon):
        self.impact_lat_rad, self.impact_lon_rad = np.radians(lat), np.radians(lon)
        self.weight = np.full(len(lat), 1 / len(lat))


@pytest.fixture(scope="module")
def flight():
    return tracked_event().objects[0]


def put(flight, lat, lon):
    return msgspec.structs.replace(flight.impact, lat_deg=lat, lon_deg=lon)


def test_told_from_the_nearest_place_with_its_interval(flight):
    """A fall 250 km west of Okushiri is told in three languages, and its spread is the samples'."""
    lon = OKUSHIRI[1] - 250 / (111.32 * np.cos(np.radians(OKUSHIRI[0])))
    spread = np.linspace(-0.2, 0.2, 2001)
    moved = msgspec.structs.replace(flight, impact=put(flight, OKUSHIRI[0], lon), range_modes=())
    (words,) = describe_fall(moved, _Samples(np.full(2001, OKUSHIRI[0]), lon + spread))
    assert words.place["en"] in words.text["en"]
    assert words.place["ja"] in words.text["ja"]
    assert words.place["ko"] in words.text["ko"]
    wide = 0.4 * 0.9 * 111.32 * np.cos(np.radians(OKUSHIRI[0]))
    assert words.distance_km.p95 - words.distance_km.p05 <= 1.02 * wide
    assert words.distance_km.p05 < words.distance_km.median < words.distance_km.p95


def test_each_group_is_told_apart(flight):
    """A fall in two places has two descriptions with their shares and each its own samples' distances."""
    mode = {"range_km": flight.range_km}
    near, far = put(flight, 42.1, 138.0), put(flight, 39.0, 150.0)
    modes = (RangeMode(share=0.6, impact=near, **mode), RangeMode(share=0.4, impact=far, **mode))
    two = msgspec.structs.replace(flight, range_modes=modes)
    samples = _Samples(np.r_[np.full(60, 42.1), np.full(40, 39.0)], np.r_[np.full(60, 138.0), np.full(40, 150.0)])
    found = list(describe_fall(two, samples))
    assert [one.share for one in found] == [0.6, 0.4]
    for one in found:
        assert one.distance_km.p05 == one.distance_km.p95
    assert "Sea of Japan (East Sea)" in found[0].text["en"]
    assert "Pacific Ocean" in found[1].text["en"]


def test_the_statement_tells_it(flight):
    """The event holds the words, and the statement says them."""
    event = tracked_event()
    (words,) = event.falls
    assert is_pointed(flight)
    assert any(words.text["en"] in sentence for sentence in event.statement.sentences)
