"""Ports of the World Port Index, and lanes out of an installed package."""

import numpy as np
import pytest

from launchwatch.basis.errors import NoEvidenceError
from launchwatch.geo import seaways
from launchwatch.geo.geodesic import distance_and_azimuth
from launchwatch.geo.seaways import load_lanes, load_ports

NETWORK = """{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"passage": "strait"},
  "geometry": {"type": "LineString", "coordinates": [[134, 39], [134.5, 41]]}},
 {"type": "Feature", "properties": {},
  "geometry": {"type": "MultiLineString", "coordinates": [[[170, 40], [190, 40]], [[0, 0], [1, 1]]]}}]}"""


@pytest.mark.parametrize(
    ("name", "lat", "lon"),
    [  # GeoNames' positions of the towns
        ("Busan", 35.10, 129.04),
        ("Ch'ongjin", 41.80, 129.78),
        ("Wonsan", 39.15, 127.44),
        ("Vladivostok", 43.11, 131.87),
    ],
)
def test_ports_lie_where_their_towns_do(name, lat, lon):
    """The port of a name is within 8 km of its town."""
    ports = load_ports()
    (at,) = [i for i, known in enumerate(ports.name) if known == name]
    far, _ = distance_and_azimuth(*np.radians([lat, lon, ports.lat_deg[at], ports.lon_deg[at]]))
    assert far < 8000


def test_the_whole_index_is_there():
    """The index of 2021 and after lists 3,802 ports, and every one lies on earth."""
    ports = load_ports()
    assert len(ports) == 3802
    assert np.abs(ports.lat_deg).max() <= 90
    assert np.abs(ports.lon_deg).max() <= 180


def test_lanes_of_a_package(tmp_path, monkeypatch):
    """Lines and lines of several parts are read, without the package being imported."""
    data = tmp_path / "searoute" / "data"
    data.mkdir(parents=True)
    (tmp_path / "searoute" / "__init__.py").write_text("raise RuntimeError('imported')")
    (data / "marnet_searoute.geojson").write_text(NETWORK)
    monkeypatch.syspath_prepend(tmp_path)
    lanes = load_lanes()
    assert lanes.passage == ("strait", "", "")
    assert lanes.points[0].tolist() == [[134.0, 39.0], [134.5, 41.0]]


def test_no_package_no_lanes(monkeypatch):
    """Without the package it is said how to get it."""
    monkeypatch.setattr(seaways, "find_spec", lambda _: None)
    with pytest.raises(NoEvidenceError, match="launchwatch\\[lanes\\]"):
        load_lanes()


@pytest.mark.parametrize("content", ["{", "[]", '{"features": [{"geometry": null}]}', '{"features": 3}'])
def test_a_broken_network_is_refused(tmp_path, content):
    """What is no network raises, and names the package."""
    path = tmp_path / "net.geojson"
    path.write_text(content)
    with pytest.raises(NoEvidenceError, match="searoute"):
        seaways._read_lanes(path)
