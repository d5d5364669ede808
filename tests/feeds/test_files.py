"""Files as evidence: only regular files are opened, whatever else lies in the folder."""

import io
import os
import socket
import sys
from pathlib import Path

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.feeds.files import EvidenceFile, open_evidence


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.txt").write_text("words")
    os.mkfifo(tmp_path / "b.txt")
    (tmp_path / "c.json").mkdir()
    (tmp_path / "c.json" / "d.txt").write_text("more words")
    return tmp_path


def test_special_files_are_refused_unread(folder, monkeypatch):
    """A pipe, a socket and a device are refused with a reason, in a folder and named directly; siblings come."""
    monkeypatch.chdir(folder)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("e.md")
        found = list(open_evidence([Path(), Path("b.txt"), Path("/dev/zero")]))
    files = [one.origin for one in found if isinstance(one, EvidenceFile)]
    errors = [(one.given, one.message) for one in found if isinstance(one, InputError)]
    assert files == ["a.txt", "d.txt"]
    assert errors == [
        ("b.txt", "a pipe is no file"),
        ("e.md", "a socket is no file"),
        ("b.txt", "a pipe is no file"),
        ("zero", "a device is no file"),
    ]


def test_links_to_special_files_are_refused(folder):
    """A link is judged by what it leads to, and a broken one is refused."""
    (folder / "f.txt").symlink_to(folder / "b.txt")
    (folder / "g.txt").symlink_to(folder / "nowhere")
    found = list(open_evidence([folder / "f.txt", folder / "g.txt"]))
    assert [one.message.partition(":")[0] for one in found] == ["a pipe is no file", "file cannot be read"]


def test_odd_names_are_shown_as_escapes(tmp_path):
    """Line breaks, direction marks and bytes that are no text in a name are shown as escapes."""
    for name in (b"a\nb.txt", "c\u202egpj.txt".encode(), b"d\xff.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("words")
    names = [one.origin for one in open_evidence([tmp_path])]
    assert names == ["a\\nb.txt", "c\\u202egpj.txt", "d\\udcff.txt"]


@pytest.mark.parametrize("content", [b"[" * 200_000, b'{"a":' * 100_000])
def test_deep_json_is_told_apart_without_an_end(tmp_path, content):
    """Brackets without end are taken for a report, to be refused with its reason when it is read."""
    (tmp_path / "deep").write_bytes(content)
    (found,) = open_evidence([tmp_path / "deep"])
    assert found.kind == "report"


@pytest.mark.parametrize(("content", "kind"), [(b"words", "report"), (b'{"type":"sensor"}\n{}', "recording")])
def test_standard_input_is_told_by_content(monkeypatch, content, kind):
    """What comes from standard input is a recording or a report by its first line, and can be read again."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    (found,) = open_evidence([Path("-")])
    assert (found.kind, found.origin, found.size_bytes) == (kind, "stdin", len(content))
    assert found.read(100) == found.read(100) == b"".join(found.lines()) == content
