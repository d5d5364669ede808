"""What an exercise leaves behind: to be nothing. On 2022-10-04 a past drill's target areas went out with an alert."""

import shutil
from pathlib import Path

from launchwatch.basis.ids import sha256_hex
from launchwatch.facts import TrustStore
from launchwatch.run.keys import key_folder, load_trust, save_trust
from launchwatch.run.node_settings import NodeSettings, realm_folder
from launchwatch.run.nodes import socket_of

_MARK = ".launchwatch-realm"


def clear_exercise(folder: Path, settings: NodeSettings) -> None:
    """Remove all that belongs to a node's exercise realm: log, blobs, broker, channels, keys and whom it trusts.

    Nothing of the live realm is touched. The node must not be running.
    """
    for path in (realm_folder(folder, "exercise"), key_folder(folder, "exercise")):
        shutil.rmtree(path, ignore_errors=True)
    for path in _channel_folders(folder, settings):
        shutil.rmtree(path, ignore_errors=True)
    socket_of(folder, settings).unlink(missing_ok=True)
    kept = tuple(key for key in load_trust(folder).keys if key.realm != "exercise")
    save_trust(folder, TrustStore(keys=kept))


def leftovers(folder: Path, settings: NodeSettings) -> tuple[str, ...]:
    """Return what is still there of a node's exercise realm, in words; nothing where it is empty."""
    found = [
        str(path.relative_to(folder))
        for realm in (realm_folder(folder, "exercise"), key_folder(folder, "exercise"))
        if realm.exists()
        for path in sorted(realm.rglob("*"))
        if not path.is_dir()
    ]
    found += [f"channel folder {path.name}" for path in _channel_folders(folder, settings) if path.exists()]
    found += [f"trusted key {key.id}" for key in load_trust(folder).keys if key.realm == "exercise"]
    if socket_of(folder, settings).exists():
        found.append(f"socket {socket_of(folder, settings).name}")
    return tuple(found)


def live_state(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a node outside its exercise realm: a drill changes none of them.

    The trust store and the settings are left out: both realms are named in them.
    """
    apart = (realm_folder(folder, "exercise"), key_folder(folder, "exercise"))
    return {
        str(path.relative_to(folder)): sha256_hex(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name not in {"trust.json", "node.toml"}
        and not any(path.is_relative_to(one) for one in apart)
    }


def _channel_folders(folder: Path, settings: NodeSettings) -> list[Path]:
    """Return the folders outside the realm's own that are marked as the exercise's."""
    named = [Path(one.to) for one in settings.channels.values() if one.kind == "files"]
    apart = [path for path in named if path.is_absolute() and not path.is_relative_to(folder)]
    return [path for path in apart if _marked(path)]


def _marked(path: Path) -> bool:
    mark = path / _MARK
    return mark.is_file() and mark.read_text(encoding="utf-8") == "exercise"
