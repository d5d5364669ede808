"""When a node's certificates and keys end, its own and its partners', read from its folder."""

from contextlib import suppress
from pathlib import Path

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant
from launchwatch.channels.certificates import end_of
from launchwatch.facts import TrustedKey
from launchwatch.run.keys import key_folder, load_trust, read_public
from launchwatch.run.node_settings import NodeSettings
from launchwatch.run.nodes import broker_folder, pinned_certificate


def ends_of(folder: Path, settings: NodeSettings) -> dict[str, str]:
    """Return the instant at which each certificate and key ends, by a name that says whose it is.

    What is missing or broken is left out: what uses it says so by itself. Certificates are told of where the node
    has partners, for whom alone they are.
    """
    ends: dict[str, str] = {}
    if settings.partners:
        certificates = {"own certificate": broker_folder(folder, settings) / "tls.crt"}
        for name in settings.partners:
            certificates[f"certificate of {name}"] = pinned_certificate(folder, settings, name)
        for name, path in certificates.items():
            with suppress(OSError, ValueError):
                ends[name] = format_instant(end_of(path))
    return ends | own_ends(folder, settings) | _partners_ends(folder, settings)


def own_ends(folder: Path, settings: NodeSettings) -> dict[str, str]:
    """Return when the newest of the node's own keys of each role ends."""
    newest: dict[str, TrustedKey] = {}
    for path in sorted(key_folder(folder, settings.realm).glob("*.json")):
        with suppress(InputError, OSError):
            key = read_public(path)
            if key.role not in newest or key.not_before_utc > newest[key.role].not_before_utc:
                newest[key.role] = key
    return {f"own {role} key": key.expires_utc for role, key in newest.items()}


def _partners_ends(folder: Path, settings: NodeSettings) -> dict[str, str]:
    with suppress(InputError, OSError):
        known = {key.public: key for key in load_trust(folder).keys}
        found = {name: known.get(one.key) for name, one in settings.partners.items()}
        return {f"key of {name}": key.expires_utc for name, key in found.items() if key is not None}
    return {}
