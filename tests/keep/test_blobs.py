"""Raw bytes by their digest: written once, checked when read, nothing left behind."""

import hashlib
import os
import shutil
import subprocess

import pytest

from launchwatch.basis.errors import LogError
from launchwatch.keep.blobs import Blobs


def test_bytes_come_back_by_their_digest(tmp_path):
    """What was put is got by its SHA-256, however often it is put, and only it is kept."""
    blobs = Blobs(tmp_path / "blobs")
    digests = [blobs.put(data) for data in (b"a", b"", b"a" * 100_000, b"a")]
    assert digests[0] == digests[3] == hashlib.sha256(b"a").hexdigest()
    assert [blobs.get(digest) for digest in digests] == [b"a", b"", b"a" * 100_000, b"a"]
    assert list(blobs.digests()) == sorted(set(digests))
    assert blobs.damaged() == []


def test_damage_is_found_and_mended_by_putting_again(tmp_path):
    """A changed or shortened file is never returned; putting the same bytes again brings it back."""
    blobs = Blobs(tmp_path)
    digest = blobs.put(b"sixteen bytes ..")
    for damage in (b"", b"sixteen bytes .", b"Sixteen bytes .."):
        (tmp_path / digest[:2] / digest).write_bytes(damage)
        assert blobs.damaged() == [digest]
        with pytest.raises(LogError, match="damaged"):
            blobs.get(digest)
        assert blobs.put(b"sixteen bytes ..") == digest
        assert blobs.get(digest) == b"sixteen bytes .."


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "a" * 63, "/" * 64])
def test_nothing_but_a_digest_is_looked_up(tmp_path, digest):
    """What is no digest opens no file."""
    with pytest.raises(LogError, match="no SHA-256"):
        Blobs(tmp_path).get(digest)


def test_what_is_not_there_is_told(tmp_path):
    """A digest under which nothing is kept is an error."""
    with pytest.raises(LogError, match="nothing is kept"):
        Blobs(tmp_path).get("a" * 64)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="a small file system needs root")
def test_a_full_disk_leaves_nothing_behind(tmp_path):
    """On a disk of 1 MB a larger blob is refused, and smaller ones are still taken."""
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "small", tmp_path], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        blobs = Blobs(tmp_path / "blobs")
        with pytest.raises(LogError, match="space"):
            blobs.put(bytes(2 << 20))
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert blobs.get(blobs.put(b"small")) == b"small"
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)
