"""New nodes, and two nodes made partners: keys, certificates, settings. Nothing goes over a network here."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from launchwatch.assess.protected import check_states
from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.channels.broker import NODE, free_port
from launchwatch.channels.certificates import write_certificate
from launchwatch.channels.files import write_file
from launchwatch.facts import TrustedKey
from launchwatch.run.clock import Clock
from launchwatch.run.endings import ends_of, own_ends
from launchwatch.run.keys import PASSPHRASE_VARIABLE, key_folder, load_trust, make_node_keys, own_keys, save_trust
from launchwatch.run.node_settings import LabelSettings, NodeSettings, PartnerSettings, Realm, load_node_settings
from launchwatch.run.nodes import broker_folder, pinned_certificate

NAME = "1 to 16 capital letters and digits, a letter first"

EXERCISE_VIEWS = {
    "sensor": "full", "plots": "full", "state": "full", "merger": "full", "confirmation": "verdict",
    "step": "full",
}  # fmt: skip
"""What two nodes of an exercise show each other unless told otherwise; of live nodes each is written by hand."""


RENEWED_WITHIN_S = 30 * 86_400.0
"""Keys that end later are left as they are: a month before, `node status` begins to tell of them."""


def check_name(name: str) -> str:
    """Return a node's name, which stands in subjects, accounts and file names."""
    plain = name.isascii() and name.isalnum() and name.isupper() and name[:1].isalpha()
    if not plain or len(name) > 16 or name == NODE:
        raise InputError("name of a node", given=name, allowed=NAME)
    return name


def init_node(
    folder: Path, name: str, clock: Clock, *, protects: tuple[str, ...] = (), realm: Realm = "exercise",
    host: str = "127.0.0.1", port: int = 0,
) -> NodeSettings:  # fmt: skip
    """Make a node in a folder that holds none: settings, keys of its realm, the broker's certificate."""
    check_name(name)
    if (folder / "node.toml").exists():
        raise InputError("there is a node here already", given=folder.name, try_="another folder")
    if protects:
        check_states(protects)
    settings = NodeSettings(
        name=name, realm=realm, protects=protects, host=host, port=port or free_port(host),
        issuer=f"launchwatch {name} {realm}", sender=f"{name.lower()}@launchwatch.invalid",
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    if not key_folder(folder, realm).is_dir():
        make_node_keys(folder, realm, name, clock.now())
    _certify(folder, settings, clock.now())
    save_settings(folder, settings)
    return settings


def renew_node(folder: Path, clock: Clock) -> dict[str, str]:
    """Make a node's certificate anew, and its keys where they end within a month; return when each ends.

    Its partners know the old ones: they are told by `pair_nodes`, and all are started again.
    """
    settings, now = load_node_settings(folder), clock.now()
    soon = [end for end in own_ends(folder, settings).values() if parse_instant(end) <= now + RENEWED_WITHIN_S]
    if soon:
        make_node_keys(folder, settings.realm, settings.name, now, os.environ.get(PASSPHRASE_VARIABLE))
    _certify(folder, settings, now)
    return {name: end for name, end in ends_of(folder, settings).items() if name.startswith("own ")}


def _certify(folder: Path, settings: NodeSettings, now: float) -> None:
    hosts = sorted({settings.host, "127.0.0.1", "localhost"})
    write_certificate(broker_folder(folder, settings), settings.name, hosts, now)


def pair_nodes(first: Path, second: Path, clock: Clock) -> tuple[NodeSettings, NodeSettings]:
    """Make two nodes of one realm partners of each other; each learns the other's key, certificate and address."""
    a, b = load_node_settings(first), load_node_settings(second)
    if a.realm != b.realm:
        raise InputError("nodes of two realms share nothing", given=f"{a.name} {a.realm}, {b.name} {b.realm}")
    if a.name == b.name:
        raise InputError("two nodes of one name", given=a.name, allowed="different names")
    return _learn(first, a, second, b, clock), _learn(second, b, first, a, clock)


def _learn(folder: Path, settings: NodeSettings, other: Path, theirs: NodeSettings, clock: Clock) -> NodeSettings:
    key = _node_key(other, theirs, clock)
    pinned = pinned_certificate(folder, settings, theirs.name)
    pinned.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(broker_folder(other, theirs) / "tls.crt", pinned)
    trust = load_trust(folder)
    if trust.find(key.id) is None:
        save_trust(folder, trust.with_key(msgspec.structs.replace(key, role="partner")))
    views = EXERCISE_VIEWS if settings.realm == "exercise" else {}
    known = settings.partners.get(theirs.name)
    address = theirs.broker or f"{theirs.host}:{theirs.port}"
    partner = PartnerSettings(address=address, key=key.public, views=known.views if known else views)
    partners = {**settings.partners, theirs.name: partner}
    labels = settings.labels
    if settings.realm == "exercise":
        before = labels.get("*", LabelSettings())
        labels = {**labels, "*": msgspec.structs.replace(before, partners=tuple(sorted(partners)))}
    settings = msgspec.structs.replace(settings, partners=partners, labels=labels)
    save_settings(folder, settings)
    return settings


def _node_key(folder: Path, settings: NodeSettings, clock: Clock) -> TrustedKey:
    found = own_keys(folder, settings.realm, format_instant(clock.now())).get("node")
    if found is None:
        raise InputError("the node has no key of its own", given=settings.name, try_="`launchwatch node init`")
    return found[0]


def save_settings(folder: Path, settings: NodeSettings) -> None:
    """Write a node's settings (see `load_node_settings`), whole or not at all; what is as usual is left out."""
    table = _told(msgspec.to_builtins(settings), msgspec.to_builtins(NodeSettings(name="")))
    write_file(folder / "node.toml", format_toml({"name": settings.name, **table}).encode())


def _told(values: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value != usual.get(key)}


def format_toml(table: Mapping[str, Any], prefix: str = "") -> str:
    """Return plain values as TOML 1.0: None is left out, tables come last, lists of tables as `[[...]]`."""
    plain = {k: v for k, v in table.items() if v is not None and not _is_table(v)}
    lines = [f"{_key(k)} = {_value(v)}\n" for k, v in plain.items()]
    for key, value in table.items():
        name = f"{prefix}{_key(key)}"
        if isinstance(value, Mapping):
            needless = bool(value) and all(isinstance(one, Mapping) for one in value.values())
            head = "" if needless else f"\n[{name}]\n"
            lines.append(head + format_toml(value, f"{name}."))
        elif _is_table(value):
            lines += [f"\n[[{name}]]\n{format_toml(one, f'{name}.')}" for one in value]
    return "".join(lines)


def _is_table(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Mapping)
    )


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() and key.isascii() else _value(key)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return msgspec.json.encode(value).decode()  # texts, numbers and truths are written as in JSON
