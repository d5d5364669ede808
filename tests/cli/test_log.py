"""`launchwatch log`: verify with keys, show by subject, backup, export, reindex."""

import json

import apsw
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.cli.log import load_keys
from launchwatch.cli.main import main
from launchwatch.facts import Evidence, Provenance
from launchwatch.keep import EvidenceLog, HeadSigner
from launchwatch.keep.blobs import Blobs
from launchwatch.run.clock import SystemClock
from launchwatch.run.pairing import init_node
from tests.keep.samples import alert_step, ticks


@pytest.fixture
def signed(tmp_path):
    """Return a log with a signed head and its public key."""
    private = Ed25519PrivateKey.generate()
    signer = HeadSigner(private, now=lambda: 1_762_486_500.0)
    with EvidenceLog(tmp_path / "log.db", writable=True) as log:
        log.append([*ticks(3), alert_step("a")])
        log.append([signer.sign(log.head.rows, log.head.head), *ticks(2, 3)])
    return tmp_path / "log.db", public_hex(private)


def call(*words, status=0):
    done = CliRunner().invoke(main, ["log", *(str(word) for word in words)])
    assert done.exit_code == status, done.output
    return done.output


def test_signed_heads_are_verified_by_keys(signed, tmp_path):
    """Keys come as lines or as a trust.json; another's key, a revoked one and none are refused."""
    log, public = signed
    lines, trust, others, none = (tmp_path / name for name in ("lines", "trust.json", "others", "none"))
    lines.write_text(f"{public}\n")
    trust.write_text(json.dumps({"keys": [{"id": key_id(public), "public": public, "role": "node"}]}))
    others.write_text(public_hex(Ed25519PrivateKey.generate()))
    none.write_text("not a key")
    assert "up to row 4, by 1 signatures" in call("verify", log, "--keys", lines)
    found = json.loads(call("verify", log, "--keys", trust, "--json"))
    assert (found["rows"], found["signed"], found["signatures"]) == (7, 4, 1)
    refused = call("verify", log, "--keys", others, status=1)
    assert "signed by another key than those given" in refused
    assert key_id(public) in refused
    assert "broken" not in refused
    trust.write_text(json.dumps({"keys": [{"id": key_id(public), "public": public, "revoked_utc": "2026-01-01"}]}))
    assert "no public keys" in call("verify", log, "--keys", trust, status=1)
    assert "64 hexadecimal digits" in call("verify", log, "--keys", none, status=1)


def test_a_nodes_own_trust_file_holds_keys_for_its_log(tmp_path):
    """The channel's key (ECDSA) beside the node's in `trust.json` is passed over, not refused."""
    init_node(tmp_path / "KR", "KR", SystemClock())
    assert len(load_keys(tmp_path / "KR" / "trust.json")) == 1


def test_facts_of_one_subject_are_shown(signed):
    """`--subject` shows one alert's facts and no other."""
    shown = call("show", signed[0], "--subject", "a", "--json").splitlines()
    assert [json.loads(line)["seq"] for line in shown] == [4]
    assert call("show", signed[0], "--subject", "b") == ""


def test_facts_are_shown_whole_but_on_a_terminal(signed, monkeypatch):
    """What is no terminal, and --full, gets each fact whole; on a terminal a line is as wide as that at most."""
    with EvidenceLog(signed[0]) as log:
        body = next(log.rows("step")).body.decode()
    whole = call("show", signed[0], "--kind", "step")
    assert whole.rstrip().endswith(body)
    monkeypatch.setattr("launchwatch.cli.log._is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    (cut,) = call("show", signed[0], "--kind", "step").splitlines()
    assert len(cut) == 60
    assert cut.endswith("\u2026")
    assert call("show", signed[0], "--kind", "step", "--full") == whole


def test_blobs_are_verified_and_copied_with_the_log(tmp_path):
    """What the log names is compared and copied; a part that was changed or is gone is named, and ends with 1."""
    blobs, log = Blobs(tmp_path / "blobs"), tmp_path / "log.db"
    parts = [b"first", b"second", b"third"]
    made = Provenance(author="test", created_utc="2026-03-01T00:00:00Z")
    with EvidenceLog(log, writable=True) as opened:
        opened.append(
            [
                Evidence(
                    id=f"e{n}", kind="raw", origin="udp:1", sha256=blobs.put(part), size_bytes=len(part),
                    received_utc="2026-03-01T00:00:00Z", provenance=made,
                )
                for n, part in enumerate(parts)
            ]
        )  # fmt: skip
    assert "blobs: 3 whole, 0 missing, 0 changed" in call("verify", log, "--blobs", blobs.folder)
    call("backup", log, tmp_path / "a.db", "--blobs", blobs.folder, tmp_path / "copy")
    assert [Blobs(tmp_path / "copy").get(digest) for digest in blobs.digests()] == [
        blobs.get(digest) for digest in blobs.digests()
    ]
    gone, changed, _ = (blobs.folder / digest[:2] / digest for digest in blobs.digests())
    gone.unlink()
    changed.write_bytes(b"forged")
    found = call("verify", log, "--blobs", blobs.folder, status=1)
    assert f"{gone.name} is missing" in found
    assert f"{changed.name} is changed" in found
    call("backup", log, tmp_path / "b.db", "--blobs", blobs.folder, tmp_path / "less", status=1)
    assert len(list(Blobs(tmp_path / "less").digests())) == 1


def test_backup_and_export(signed, tmp_path):
    """A backup is verified and shows the same head; tables are written for the kinds that are there."""
    made = json.loads(call("backup", signed[0], tmp_path / "copy.db", "--json"))
    assert made["head"] in call("verify", tmp_path / "copy.db")
    assert "replaces nothing" in call("backup", signed[0], tmp_path / "copy.db", status=1)
    rows = json.loads(call("export", f"sqlite:{signed[0]}", tmp_path / "out", "--json"))["rows"]
    assert rows == {"tick": 5, "step": 1, "head": 1}
    assert sorted(path.stem for path in (tmp_path / "out").glob("*.parquet")) == ["head", "step", "tick"]


def test_an_index_is_made_anew(signed):
    """A damaged index is named with the command that mends it."""
    db = apsw.Connection(str(signed[0]))
    db.execute("DELETE FROM subjects")
    db.close()
    assert "log reindex" in call("verify", signed[0], status=1)
    assert "7 rows indexed" in call("reindex", signed[0])
    assert "intact" in call("verify", signed[0])
