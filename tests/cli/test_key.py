"""`launchwatch key` and the officers' commands, on a node with a real keeper."""

import json
import threading

import click
import pytest
from click.testing import CliRunner

from launchwatch.cli.main import main
from launchwatch.cli.officer import COMMANDS
from launchwatch.facts import Place
from launchwatch.run.keeper import keep_log
from launchwatch.run.keys import load_signer, make_key, trust_key
from launchwatch.run.node_settings import load_node_settings
from launchwatch.run.nodes import log_of, socket_of
from tests.run.warning_scene import state_at
from tests.tell.released import asked, rule_of, step_of, texts_of

SECRET = "correct horse battery"  # noqa: S105 - of keys made here
NODE_TOML = 'name = "JP"\nprotects = ["JPN"]\n'


def call(*words, command=main, passphrase=SECRET, answer=None):
    environment = {"LAUNCHWATCH_PASSPHRASE": passphrase}
    return CliRunner().invoke(command, [str(word) for word in words], env=environment, input=answer)


@pytest.fixture
def key(tmp_path):
    done = call("key", "make", tmp_path / "kim", "--holder", "Kim", "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_a_key_is_made_encrypted_trusted_and_revoked(tmp_path, key):
    """The secret opens with its passphrase alone; the node trusts the key until it is revoked."""
    secret = tmp_path / "kim" / f"{key['id']}.pem"
    assert "ENCRYPTED" in secret.read_text()
    assert secret.stat().st_mode & 0o077 == 0
    load_signer(secret, SECRET)
    with pytest.raises(ValueError, match="wrong passphrase"):
        load_signer(secret, "another passphrase")
    node = tmp_path / "node"
    assert call("key", "trust", node, tmp_path / "kim" / f"{key['id']}.json").exit_code == 0
    assert "Kim" in call("key", "list", node).stdout
    assert call("key", "trust", node, tmp_path / "kim" / f"{key['id']}.json").exit_code == 1
    assert call("key", "revoke", node, "Kim", "--reason", "stolen").exit_code == 0
    assert "revoked: stolen" in call("key", "list", node).stdout
    assert call("key", "revoke", node, "Lee", "--reason", "x").exit_code == 1


def test_an_officer_s_key_needs_a_passphrase(tmp_path):
    """A short passphrase makes no key and leaves no file."""
    done = call("key", "make", tmp_path / "lee", "--holder", "Lee", passphrase="short")  # noqa: S106
    assert done.exit_code == 1
    assert "12 characters" in done.stderr
    assert not (tmp_path / "lee").exists()


def test_a_passphrase_that_nobody_gives_is_told(tmp_path):
    """Without a terminal and without LAUNCHWATCH_PASSPHRASE no key is made, and the reason names the variable."""
    done = call("key", "make", tmp_path / "lee", "--holder", "Lee", passphrase=None)
    assert done.exit_code == 1
    assert "LAUNCHWATCH_PASSPHRASE" in done.stderr
    assert not (tmp_path / "lee").exists()


@click.group()
def officers():
    """Stand for the group `launchwatch node`."""


for one in COMMANDS:
    officers.add_command(one)


@pytest.fixture
def node(tmp_path, key):
    """Make a node's folder with a keeper that runs, one trusted officer and one open request."""
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "node.toml").write_text(NODE_TOML)
    trust_key(folder, make_key(tmp_path / "x", role="node", realm="exercise", holder="JP", now=1.0))
    call("key", "trust", folder, tmp_path / "kim" / f"{key['id']}.json")
    settings = load_node_settings(folder)
    (folder / "exercise").mkdir()
    over, ready = threading.Event(), threading.Event()
    keeper = threading.Thread(
        target=keep_log, args=(log_of(folder, settings), socket_of(folder, settings), over.is_set),
        kwargs={"ready": ready.set},
    )  # fmt: skip
    keeper.start()
    assert ready.wait(20)
    yield folder, settings
    over.set()
    keeper.join(20)


def open_request(folder, settings, **fields):
    from launchwatch.run.keeper import LogClient

    step = step_of(expires_utc="2099-01-01T00:00:00Z", **fields)
    step, _, request = asked(step)
    with LogClient(socket_of(folder, settings)) as client:
        client.append([step, *texts_of(step), request])
    return request


def facts(folder, settings, kind):
    from launchwatch.run.keeper import LogReader

    with LogReader(log_of(folder, settings)) as reader:
        return [row.fact() for row in reader.rows(kind)]


def tracked(folder, settings, number):
    from launchwatch.run.keeper import LogClient

    with LogClient(socket_of(folder, settings)) as client:
        client.append([state_at(100.0, track=number)])


def test_a_request_names_each_place_once_and_no_sea_beside_its_state(node):
    """Districts, or states and NAVAREAs, as the texts name them; a territorial sea stands only for itself."""
    folder, _ = node
    roles = [("territorial sea", "Japan"), ("coastal state", "Japan"), ("NAVAREA", "NAVAREA XI")]
    seas = tuple(
        Place(role=role, id=f"{role} {name}", names={"en": name}, probability=0.5) for role, name in roles
    )
    open_request(folder, node[1], audience="ships", places=seas)
    assert "launch to ships, p 0.60: Japan, NAVAREA XI\n" in call("requests", folder, command=officers).stdout
    open_request(folder, node[1], id="step-2", places=seas[:1])
    assert "launch to public, p 0.60: Japan\n" in call("requests", folder, command=officers).stdout


def test_an_officer_sees_signs_cancels_and_states(tmp_path, node, key):
    """Requests are shown with their exact texts; answers, cancels and statements are signed facts in the log."""
    folder, settings = node
    secret = tmp_path / "kim" / f"{key['id']}.pem"
    request = open_request(folder, settings)
    shown = call("requests", folder, "--texts", command=officers)
    assert request.id in shown.stdout
    assert "Missile launched. Take shelter." in shown.stdout
    assert call("approve", folder, request.id, "--key", secret, command=officers, answer="n\n").exit_code == 1
    assert facts(folder, settings, "approval") == []
    done = call("approve", folder, request.alert, "--key", secret, command=officers, answer="y\n")
    assert done.exit_code == 0, done.output
    assert (
        call("refuse", folder, request.id, "--key", secret, "--yes", "--reason", "no", command=officers).exit_code
        == 0
    )
    assert [one.verdict for one in facts(folder, settings, "approval")] == ["release", "refuse"]
    assert call("cancel", folder, request.alert, "--key", secret, command=officers).exit_code == 0
    again = call("cancel", folder, request.alert, "--key", secret, command=officers)
    assert again.exit_code == 0
    assert "cancelled already by this key: issued in error" in again.stdout
    none = call("state", folder, "launch", "--track", 3, "--key", secret, command=officers)
    assert "no such track; given 3; allowed: none yet" in str(none.exception)
    tracked(folder, settings, 3)
    other = call("state", folder, "launch", "--track", 99, "--key", secret, command=officers)
    assert "no such track; given 99; allowed: 3;" in str(other.exception)
    assert call("state", folder, "launch", "--track", 3, "--key", secret, command=officers).exit_code == 0
    assert [(one.kind, one.track) for one in facts(folder, settings, "statement")] == [
        ("issued in error", None), ("launch", 3),
    ]  # fmt: skip
    unknown = call("cancel", folder, "alert-x", "--key", secret, command=officers)
    assert isinstance(unknown.exception, ValueError)
    assert "no such alert" in str(unknown.exception)


def second_officer(tmp_path):
    """Make a key that no node trusts yet, and return its secret's file."""
    made = make_key(tmp_path / "lee", role="officer", realm="exercise", holder="Lee", now=1.7e9, passphrase=SECRET,
                    days=3660)  # fmt: skip
    return tmp_path / "lee" / f"{made.id}.pem"


def test_an_officer_is_told_what_a_signature_comes_to(tmp_path, node, key):
    """One key of two says that another is needed; a key that the node does not trust signs nothing."""
    folder, settings = node
    kim, lee = tmp_path / "kim" / f"{key['id']}.pem", second_officer(tmp_path)
    request = open_request(folder, settings)
    signed = call("approve", folder, request.id, "--key", lee, "--yes", command=officers)
    assert "JP does not take this signature: unknown key" in str(signed.exception)
    assert facts(folder, settings, "approval") == []
    for _ in range(2):
        signed = call("approve", folder, request.id, "--key", kim, "--yes", command=officers)
        assert "one more officer's key is needed" in signed.stdout
    assert call("key", "trust", folder, lee.with_suffix(".json")).exit_code == 0
    signed = call("approve", folder, request.id, "--key", lee, "--yes", command=officers)
    assert signed.stdout.endswith(f"signed: release {request.id}\n")
    missing = call("approve", folder, "request-x", "--key", kim, "--yes", command=officers, passphrase=None)
    assert "no open request; given 'request-x'" in str(missing.exception)


def test_a_rule_is_signed_by_each_key(tmp_path, node, key):
    """`rule` logs a standing rule with one signature a key, of two officers; a quiet node's ledger is empty."""
    folder, settings = node
    kim, lee = tmp_path / "kim" / f"{key['id']}.pem", second_officer(tmp_path)

    def sign(*keys, until="2099-01-01T00:00:00Z"):
        named = [word for one in keys for word in ("--key", one)]
        return call("rule", folder, "near", *named, "--least-probability", 0.3, "--longest-to-impact", 420,
                    "--until", until, command=officers)  # fmt: skip

    assert "unknown key" in str(sign(kim, lee).exception)
    assert call("key", "trust", folder, lee.with_suffix(".json")).exit_code == 0
    assert "two officers" in str(sign(kim, kim).exception)
    assert "over already" in str(sign(kim, lee, until="2001-01-01T00:00:00Z").exception)
    assert facts(folder, settings, "rule") == []
    done = sign(kim, lee)
    assert done.exit_code == 0, done.output
    (rule,) = facts(folder, settings, "rule")
    assert [name for name, _ in rule.signatures] == [key["id"], lee.stem]
    assert rule.longest_to_impact_s == 420
    assert rule_of().status == rule.status
    assert json.loads(call("ledger", folder, "--json", command=officers).stdout)["scoreboard"]["real"] == 0
