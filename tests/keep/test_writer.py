"""Group commit: durable before any answer, one wait for many, and no append pays for another's fault."""

import os
import re
import shutil
import subprocess
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from launchwatch.basis.errors import LogError
from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.keep import EvidenceLog, HeadSigner, open_log
from launchwatch.keep.filing import entry_of
from launchwatch.keep.writer import GroupWriter
from tests.keep.samples import alert_step, ticks


def writer_of(path, **options):
    return GroupWriter(lambda: EvidenceLog(path, writable=True), **options)


def test_threads_append_at_once(tmp_path):
    """What eight threads append at once is all there once each has its answer, in each one's order."""
    path = tmp_path / "log.db"
    with writer_of(path) as writer, EvidenceLog(path) as reader:
        seen = []

        def some(thread):
            for n in range(50):
                seq = writer.append(ticks(1, 1000 * thread + n))
                seen.append(seq)

        threads = [threading.Thread(target=some, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert reader.seq() == writer.head.rows == max(seen) == 400
        ids = [row.fact().id for row in reader.rows()]
        for thread in range(8):
            mine = [int(one[5:]) for one in ids if int(one[5:]) // 1000 == thread]
            assert mine == sorted(mine)
        assert reader.verify().rows == 400


def test_many_share_one_commit(tmp_path):
    """Appends that wait together are one transaction: fifty futures, far fewer changes of the file."""
    path = tmp_path / "log.db"
    with writer_of(path, linger_s=1.0) as writer:
        writer.append(ticks(1))
        with EvidenceLog(path) as reader:
            before = reader._db.pragma("data_version")
            futures = [writer.submit([entry_of(tick)]) for tick in ticks(50, 1)]
            assert futures[-1].result() == 51
            commits = {future.result() for future in futures}
            assert len(commits) <= 3
            assert reader._db.pragma("data_version") != before


def test_the_same_again_is_skipped(tmp_path):
    """Whoever asks again gets an answer and nothing twice; a cursor comes back from the disk."""
    with writer_of(tmp_path / "log.db") as writer:
        assert [writer.append(ticks(3)), writer.append(ticks(3)), writer.append(ticks(4))] == [3, 3, 4]
        writer.submit([], {"share/US": 3}).result()
        assert writer.cursor("share/US") == 3
    with writer_of(tmp_path / "log.db") as writer:
        assert (writer.cursor("share/US"), writer.cursor("other")) == (3, 0)


def test_a_failing_append_takes_no_other_with_it(tmp_path):
    """One append that cannot be stored is refused alone; those in its group are stored."""
    with writer_of(tmp_path / "log.db", linger_s=1.0) as writer:
        good = writer.submit([entry_of(tick) for tick in ticks(2)])
        bad = writer.submit([], {"share": 1 << 70})
        after = writer.submit([entry_of(tick) for tick in ticks(2, 2)])
        assert good.result() <= after.result() == 4
        with pytest.raises(OverflowError):
            bad.result()
        assert writer.append(ticks(1, 4)) == 5


def test_what_cannot_be_opened_is_told(tmp_path):
    """A writer on a log that another holds says so where it is made; a closed one takes nothing."""
    with writer_of(tmp_path / "log.db") as writer:
        with pytest.raises(LogError, match="another process"):
            writer_of(tmp_path / "log.db")
        writer.append(ticks(1))
    with pytest.raises(LogError, match="closed"):
        writer.append(ticks(1))


def test_heads_are_signed_as_time_goes_on(tmp_path):
    """A head is signed at most once a second, with the next group, and a last one at the end."""
    private, now = Ed25519PrivateKey.generate(), [1_762_486_500.0]
    public = public_hex(private)
    with writer_of(tmp_path / "log.db", signer=HeadSigner(private, lambda: now[0])) as writer:
        for n in range(12):
            writer.append(ticks(1, n))
            now[0] += 0.3
    with open_log(tmp_path / "log.db") as log:
        heads = [row.fact() for row in log.rows("head")]
        verified = log.verify(keys={key_id(public): public})
        assert 3 <= len(heads) == verified.signatures <= 5
        assert verified.signed == verified.rows - 1
        assert [log.hash_at(head.seq).hex() for head in heads] == [head.hash for head in heads]


def why_refused(append):
    for start in range(0, 100_000, 100):
        try:
            append(ticks(100, start))
        except LogError as error:
            return str(error)
    return ""


def test_a_full_database_is_an_error_and_the_log_goes_on(tmp_path):
    """Where SQLite may grow no further appends are refused; with room again the log goes on, whole."""
    with EvidenceLog(tmp_path / "log.db", writable=True) as log:
        pages = log._db.pragma("page_count")
        log._db.execute(f"PRAGMA max_page_count = {pages + 20}")
        assert "full" in why_refused(log.append)
        taken = log.head.rows
        assert taken > 0
        assert log.verify().rows == taken
        log._db.execute("PRAGMA max_page_count = 100000")
        assert log.append([alert_step("a")], once=True) == taken + 1
        assert log.verify().rows == taken + 1


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="a small file system needs root")
def test_a_full_disk_is_an_error_and_the_log_goes_on(tmp_path):
    """On a file system of 1 MB the same holds for the file, its write-ahead log and whoever opens it then."""
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "small", tmp_path], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        filler = tmp_path / "filler"
        filler.write_bytes(bytes(300_000))
        with writer_of(tmp_path / "log.db") as writer:
            assert re.search(r"full|disk I/O", why_refused(writer.append))
            rows = writer.head.rows
            filler.unlink()
            assert writer.append([alert_step("a")]) == rows + 1
        with open_log(tmp_path / "log.db") as log:
            assert log.verify().rows == rows + 1
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)
