"""A node's certificate and key: a pair whenever writing them stops."""

import shutil
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from launchwatch.channels.certificates import write_certificate

NOW_S = 1_762_486_500.0


class StoppedError(Exception):
    """The machine stops here."""


def certificate_of(folder):
    """Return the certificate, once TLS has found that the key is its own."""
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(folder / "tls.crt", folder / "tls.key")
    return (folder / "tls.crt").read_bytes()


def as_it_came(folder):
    return folder


def as_files(folder):
    """Return the pair as files of its own, as before there were links, and as some copies are."""
    plain = folder.with_name("plain")
    plain.mkdir()
    for name in ("tls.crt", "tls.key"):
        shutil.copyfile(folder / name, plain / name)
    return plain


def as_copied(folder):
    """Return a copy that followed all links."""
    return Path(shutil.copytree(folder, folder.with_name("copied"), symlinks=False))


@pytest.mark.parametrize("form", [as_it_came, as_files, as_copied])
@pytest.mark.parametrize("at", range(10))
def test_a_renewal_that_stops_leaves_a_pair(tmp_path, monkeypatch, form, at):
    """Stopped before any of its replacements, it leaves the old pair or the new one; the next one makes it new."""
    write_certificate(tmp_path / "made", "KR", ["127.0.0.1"], NOW_S)
    folder, calls, replace = form(tmp_path / "made"), [], Path.replace
    old = certificate_of(folder)

    def stopping(path, target):
        calls.append(path)
        if len(calls) > at:
            raise StoppedError
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", stopping)
        with suppress(StoppedError):
            write_certificate(folder, "KR", ["127.0.0.1"], NOW_S)
    between = certificate_of(folder)
    assert at < 3 or between != old or form is not as_it_came  # the third replacement is the switch
    write_certificate(folder, "KR", ["127.0.0.1"], NOW_S)
    assert certificate_of(folder) not in (old, between)
    assert len(list(folder.glob("tls-*"))) == 1
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("tls-*/*"))
