"""A PostgreSQL server with PostGIS of the tests' own: installed where it is missing, started, and ended with them.

    python -m tests.servers.postgres          install Debian's packages where they are missing (root with apt only)

The cluster is in a temporary folder and belongs to an unprivileged user; it listens on a Unix socket in that
folder and on a free port of the loopback. It ends with the process that started it, whatever ends that.
"""

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

START_S = 30.0
"""How long the server may take to answer; two seconds on an idle machine."""


def missing() -> str | None:
    """Return why no server can be started here, or None."""
    if _programs() is None:
        return "PostgreSQL is not installed (`make fast-test` as root on Debian installs it)"
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        return "PostGIS is not installed (`make fast-test` as root on Debian installs it)"
    if _user() is None:
        return "PostgreSQL does not run as root, and there is no other user to run it as"
    return None


def install() -> str:
    """Install what is missing, where that can be done; return in words what was done. Never fails."""
    if missing() is None:
        return "PostgreSQL and PostGIS are there"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return f"{missing()}: tests on a PostgreSQL server will be skipped"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for call in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "postgresql", "postgis"]):
        done = subprocess.run(["apt-get", *call], env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        package = f"postgresql-{_newest()}-postgis-3"
        call = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    return f"{missing() or 'PostgreSQL and PostGIS were installed'} (apt-get ended with {done.returncode})"


@contextlib.contextmanager
def server(folder: Path | None = None, *settings: str) -> Iterator[str]:
    """Yield the URL of a superuser's database on a new server; stop it and remove its folder at the end.

    `folder`: where the cluster's data is to be made, instead of a temporary folder; it stays.
    """
    with running(folder, *settings) as (url, _):
        yield url


@contextlib.contextmanager
def running(folder: Path | None = None, *settings: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Yield the URL and the server's process."""
    base = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        data = folder or base / "data"
        give(base)
        if not (data / "PG_VERSION").exists():
            initialise(data)
        process, url = start(data, base, *settings)
        try:
            yield url, process
        finally:
            stop(process)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def initialise(data: Path) -> None:
    """Make a new cluster in a folder."""
    user = _user()
    data.mkdir(parents=True, exist_ok=True)
    give(data)
    call = [str(_programs() / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync", "--data-checksums"]  # fmt: skip
    subprocess.run(call, check=True, capture_output=True, **_as(user))


def start(data: Path, sockets: Path, *settings: str) -> tuple[subprocess.Popen, str]:
    """Start a server on a cluster and return its process and URL once it answers."""
    import psycopg

    port = _free_port()
    all_settings = ("shared_buffers=64MB", "max_wal_size=64MB", *settings)
    given = [part for setting in all_settings for part in ("-c", setting)]
    call = [str(_programs() / "postgres"), "-D", str(data), "-k", str(sockets), "-h", "127.0.0.1", "-p", str(port),
            *given]  # fmt: skip
    log = (sockets / "server.log").open("ab")
    process = subprocess.Popen(call, stdout=log, stderr=log, preexec_fn=_end_with_parent, **_as(_user()))  # noqa: PLW1509
    log.close()
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    until = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                said = (sockets / "server.log").read_text(errors="replace")[-2000:]
                stop(process)
                raise RuntimeError(f"the server did not start: {said}") from None
            time.sleep(0.05)
        else:
            return process, url


def stop(process: subprocess.Popen) -> None:
    """End a server at once, as its immediate shutdown does; it is killed where it does not."""
    if process.poll() is None:
        process.send_signal(signal.SIGQUIT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    path = shutil.which("postgres")
    return Path(path).parent if path and shutil.which("initdb") else None


def _newest() -> str:
    programs = _programs()
    return programs.parts[-2] if programs is not None else "15"


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _as(user: pwd.struct_passwd) -> dict:
    if os.geteuid() != 0:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def give(folder: Path) -> None:
    """Make a folder the server's user's own."""
    user = _user()
    if os.geteuid() == 0:
        os.chown(folder, user.pw_uid, user.pw_gid)
    folder.chmod(0o700)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    sys.stdout.write(install() + "\n")
