"""What a drill leaves behind: the proof that a realm is empty again, and that the other one was not touched.

In October 2022 target areas of a past drill went out with a live alert. Here a drill's log, blobs, broker store
and posted messages all lie in the exercise realm's folder, and after a drill this must be as before it: gone.
"""

from collections.abc import Mapping
from pathlib import Path

from launchwatch.basis.ids import sha256_hex
from launchwatch.run.node_settings import NodeSettings, Realm, realm_folder
from launchwatch.run.outlets import channel_folder


def snapshot(folder: Path, realm: Realm, settings: NodeSettings | None = None) -> dict[str, str]:
    """Return every file of a node's realm by its path, with its SHA-256, channels that lie elsewhere included."""
    roots = {realm_folder(folder, realm)}
    if settings is not None:
        files = [one for one in settings.channels.values() if one.kind == "files"]
        roots |= {channel_folder(folder, realm, one.to) for one in files}
    found = {path for root in roots if root.is_dir() for path in root.rglob("*") if path.is_file()}
    return {str(path): sha256_hex(path.read_bytes()) for path in sorted(found)}


def leftovers(
    folder: Path, realm: Realm, before: Mapping[str, str] | None = None, settings: NodeSettings | None = None
) -> tuple[str, ...]:
    """Return what differs in a realm from `before` (by default: from nothing at all), a line each; empty is proof.

    `before` is a `snapshot`; lines say `left`, `changed` or `gone` with the path.
    """
    then, now = dict(before or {}), snapshot(folder, realm, settings)
    left = [f"left: {name}" for name in now.keys() - then.keys()]
    changed = [f"changed: {name}" for name in now.keys() & then.keys() if now[name] != then[name]]
    gone = [f"gone: {name}" for name in then.keys() - now.keys()]
    return tuple(sorted([*left, *changed, *gone]))
