"""One way to open a log, whatever keeps it."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from launchwatch.basis.errors import InputError
from launchwatch.keep.log import EvidenceLog
from launchwatch.keep.store import ChainedLog

ALLOWED = "a file's path, sqlite:PATH, or postgresql://USER@HOST:PORT/DATABASE"


def is_server(log: Path | str) -> bool:
    """Return whether a log's name is a PostgreSQL server's address."""
    return isinstance(log, str) and log.split(":", 1)[0] in {"postgresql", "postgres"}


def open_log(log: Path | str, *, writable: bool = False) -> ChainedLog:
    """Open a log by its path (SQLite) or URL: `sqlite:PATH`, `sqlite:///PATH`, `postgresql://...` (libpq's form).

    InputError for any other scheme; LogError where it cannot be used.
    """
    if is_server(log):
        from launchwatch.keep.postgres import PostgresLog

        return PostgresLog(str(log), writable=writable)
    return EvidenceLog(log_path(log), writable=writable)


def log_path(log: Path | str) -> Path:
    """Return the file of a log on SQLite."""
    if isinstance(log, Path):
        return log
    parts = urlsplit(log)
    if parts.scheme == "sqlite":
        return Path(unquote(parts.path))
    if "://" in log or is_server(log):
        raise InputError("this is no log on SQLite", given=log.split("@")[-1], allowed=ALLOWED)
    return Path(log)
