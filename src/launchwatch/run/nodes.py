"""Where a node keeps what: the one place that knows the names in its folder."""

import fcntl
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import sha256_hex
from launchwatch.keep.blobs import Blobs
from launchwatch.run.node_settings import NodeSettings, realm_folder

_LONGEST_SOCKET = 100  # bytes of a Unix socket's path: the kernel takes 107


def log_of(folder: Path, settings: NodeSettings) -> Path | str:
    """Return a node's log: a file in its realm's folder, or the URL of a server's."""
    return settings.log if "://" in settings.log else realm_folder(folder, settings.realm) / settings.log


def written_log_of(folder: Path, settings: NodeSettings) -> Path | str:
    """Return a node's log, for who reads it; raises InputError where the node has not run yet."""
    log = log_of(folder, settings)
    if isinstance(log, Path) and not log.is_file():
        raise InputError("this node has not run yet", given=settings.name, try_="`launchwatch node run`")
    return log


def socket_of(folder: Path, settings: NodeSettings) -> Path:
    """Return the keeper's socket, in the realm's folder, or in the temporary one where its path is too long."""
    path = realm_folder(folder, settings.realm).resolve() / "keeper.sock"
    if len(str(path).encode()) <= _LONGEST_SOCKET:
        return path
    return Path(tempfile.gettempdir()) / f"launchwatch-{sha256_hex(str(path).encode())[:24]}.sock"


def lock_of(folder: Path, settings: NodeSettings) -> Path:
    """Return the file that a node's supervisor holds locked while it runs."""
    return realm_folder(folder, settings.realm) / "node.lock"


def has_ended(folder: Path, settings: NodeSettings) -> bool:
    """Return whether a supervisor was here and is none any more: its processes end with it, its lock at once."""
    try:
        with lock_of(folder, settings).open() as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:  # held, or never there
        return False
    return True


def broker_folder(folder: Path, settings: NodeSettings) -> Path:
    """Return where the node's broker keeps configuration, certificate and store."""
    return realm_folder(folder, settings.realm).resolve() / "broker"


def pinned_certificate(folder: Path, settings: NodeSettings, partner: str) -> Path:
    """Return the file of a partner's pinned certificate."""
    return realm_folder(folder, settings.realm).resolve() / "partners" / f"{partner}.crt"


def reports_folder(folder: Path, settings: NodeSettings) -> Path | None:
    """Return the folder in which reports appear, where the node reads any."""
    return folder / settings.reports.folder if settings.reports is not None else None


def blobs_of(folder: Path, settings: NodeSettings) -> Path:
    """Return the folder in which a node keeps reports and recordings as they came, by their SHA-256."""
    return realm_folder(folder, settings.realm) / "blobs"


def keep_files(paths: Iterable[Path], folder: Path, settings: NodeSettings) -> None:
    """Keep files as they came, under the SHA-256 that their `evidence` facts tell; vanished ones are left out."""
    blobs = Blobs(blobs_of(folder, settings))
    for path in paths:
        with suppress(FileNotFoundError):
            blobs.put(path.read_bytes())
