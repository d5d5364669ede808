"""Logs for the contract's tests: on SQLite in the test's folder, on a PostgreSQL server of the tests' own."""

from itertools import count

import pytest

from launchwatch.keep import runs
from tests.servers import postgres

_schemas = count(1)


@pytest.fixture(scope="session")
def postgres_url():
    """Return the URL of a new server with PostGIS, or skip with the reason."""
    reason = postgres.missing()
    if reason is not None:
        pytest.skip(reason)
    import psycopg

    with postgres.server() as url:
        with psycopg.connect(url, autocommit=True) as db:
            db.execute("CREATE EXTENSION postgis")
        yield url


@pytest.fixture
def postgres_log(postgres_url):
    """Return the URL of an empty schema."""
    import psycopg

    name = f"log_{next(_schemas)}"
    with psycopg.connect(postgres_url, autocommit=True) as db:
        db.execute(f"CREATE SCHEMA {name}")
    return f"{postgres_url}?options=-csearch_path%3D{name}%2Cpublic"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request, tmp_path):
    """Return where a new log may be: a path, or a server's URL."""
    return tmp_path / "log.db" if request.param == "sqlite" else request.getfixturevalue("postgres_log")


@pytest.fixture
def short_runs(monkeypatch):
    """Make runs of 8 rows, so that a test has many; a filter's size stays."""
    monkeypatch.setattr(runs, "RUN_ROWS", 8)
