"""What an exercise leaves behind: nothing. On 2022-10-04 a past drill's target areas went out with an alert."""

import shutil
from contextlib import suppress
from pathlib import Path

from launchwatch.facts import TrustStore
from launchwatch.run.keys import key_folder, load_trust, save_trust
from launchwatch.run.leftovers import leftovers
from launchwatch.run.node_settings import NodeSettings, realm_folder
from launchwatch.run.nodes import socket_of
from launchwatch.run.outlets import channel_folder


def officers_folder(folder: Path) -> Path:
    """Return where the keys of a drill's officers lie: beside their node's folder, not in it."""
    return folder.parent / "officers" / folder.name


def clear_exercise(folder: Path, settings: NodeSettings) -> None:
    """Remove all of a node's exercise realm: log, blobs, broker, channels, its and its officers' keys, trust.

    Nothing of the live realm is touched. The node must not be running.
    """
    roots = [realm_folder(folder, "exercise"), key_folder(folder, "exercise"), officers_folder(folder)]
    roots += [
        channel_folder(folder, "exercise", one.to) for one in settings.channels.values() if one.kind == "files"
    ]
    for path in roots:
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # the last of the drill's nodes leaves it empty
        officers_folder(folder).parent.rmdir()
    socket_of(folder, settings).unlink(missing_ok=True)
    kept = tuple(key for key in load_trust(folder).keys if key.realm != "exercise")
    save_trust(folder, TrustStore(keys=kept))


def left_of_exercise(folder: Path, settings: NodeSettings) -> tuple[str, ...]:
    """Return what is still there of a node's exercise realm, a line each: files, keys, trust, its socket."""
    found = list(leftovers(folder, "exercise", settings=settings))
    for keys in (key_folder(folder, "exercise"), officers_folder(folder)):
        found += [f"left: {path}" for path in sorted(keys.rglob("*")) if path.is_file()]
    found += [f"left: trusted key {key.id}" for key in load_trust(folder).keys if key.realm == "exercise"]
    if socket_of(folder, settings).exists():
        found.append(f"left: {socket_of(folder, settings)}")
    return tuple(found)
