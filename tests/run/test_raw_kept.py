"""What a node was given stays as it came, under the hash that the log tells."""

from launchwatch.basis.ids import sha256_hex
from launchwatch.keep.blobs import Blobs
from launchwatch.run.node_settings import NodeSettings
from launchwatch.run.nodes import blobs_of, keep_files


def test_reports_are_kept_as_they_came(tmp_path):
    """Bytes that no text form could give back are there again, and a report that vanished ends nothing."""
    reports = [tmp_path / "one.txt", tmp_path / "two.txt", tmp_path / "gone.txt"]
    contents = [b"\xff\xfe a report\r\n", "미사일".encode("cp949")]
    for path, content in zip(reports, contents, strict=False):
        path.write_bytes(content)
    settings = NodeSettings(name="JP")
    keep_files(reports, tmp_path, settings)
    keep_files(reports, tmp_path, settings)
    blobs = Blobs(blobs_of(tmp_path, settings))
    assert sorted(blobs.digests()) == sorted(map(sha256_hex, contents))
    assert [blobs.get(sha256_hex(content)) for content in contents] == contents
