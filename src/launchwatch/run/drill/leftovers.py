"""What an exercise leaves behind: nothing. On 2022-10-04 a past drill's target areas went out with an alert."""

import shutil
from pathlib import Path

from launchwatch.facts import TrustStore
from launchwatch.run.keys import key_folder, load_trust, save_trust
from launchwatch.run.leftovers import leftovers
from launchwatch.run.node_settings import NodeSettings, realm_folder
from launchwatch.run.nodes import socket_of
from launchwatch.run.outlets import channel_folder


def clear_exercise(folder: Path, settings: NodeSettings) -> None:
    """Remove all that belongs to a node's exercise realm: log, blobs, broker, channels, keys and whom it trusts.

    Nothing of the live realm is touched. The node must not be running.
    """
    roots = [realm_folder(folder, "exercise"), key_folder(folder, "exercise")]
    roots += [
        channel_folder(folder, "exercise", one.to) for one in settings.channels.values() if one.kind == "files"
    ]
    for path in roots:
        shutil.rmtree(path, ignore_errors=True)
    socket_of(folder, settings).unlink(missing_ok=True)
    kept = tuple(key for key in load_trust(folder).keys if key.realm != "exercise")
    save_trust(folder, TrustStore(keys=kept))


def left_of_exercise(folder: Path, settings: NodeSettings) -> tuple[str, ...]:
    """Return what is still there of a node's exercise realm, a line each: files, keys, trust, its socket."""
    found = list(leftovers(folder, "exercise", settings=settings))
    keys = key_folder(folder, "exercise")
    found += [f"left: {path}" for path in sorted(keys.rglob("*")) if path.is_file()]
    found += [f"left: trusted key {key.id}" for key in load_trust(folder).keys if key.realm == "exercise"]
    if socket_of(folder, settings).exists():
        found.append(f"left: {socket_of(folder, settings)}")
    return tuple(found)
