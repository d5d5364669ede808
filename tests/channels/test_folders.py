"""A folder as a way out."""

import json
from pathlib import Path

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import sha256_hex
from launchwatch.channels.folders import FolderChannel, FolderReceiver
from launchwatch.channels.messages import Message


def message(content=b"<alert/>", *, signature="a", digest="text"):
    told = {"bulletin": "bulletin-1", "digest": digest, "sent_digest": sha256_hex(content), "signature": signature}
    return Message("bulletin-1", content, json.dumps(told).encode(), suffix="xml")


MESSAGE = message()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out"


def test_it_reads_back_the_exact_bytes_once(folder):
    """What was sent comes back byte for byte, and not again."""
    channel, receiver = FolderChannel(folder, "exercise"), FolderReceiver(folder, lambda: 12.5)
    channel.send(MESSAGE)
    (received,) = receiver.poll()
    assert (received.content, received.envelope, received.received_s) == (MESSAGE.content, MESSAGE.envelope, 12.5)
    assert receiver.poll() == []


def test_sending_again_changes_nothing(folder):
    """A second sending of the same text, signed anew or not, writes nothing."""
    channel, receiver = FolderChannel(folder, "exercise"), FolderReceiver(folder, lambda: 0.0)
    channel.send(MESSAGE)
    receiver.poll()
    channel.send(MESSAGE)
    channel.send(message(b"<alert/> ", signature="b"))
    assert receiver.poll() == []
    assert (folder / "bulletin-1.xml").read_bytes() == MESSAGE.content


def test_what_was_lost_or_cut_is_posted_again(folder):
    """A text that is gone, empty or changed is written anew when it is sent again."""
    channel = FolderChannel(folder, "exercise")
    channel.send(MESSAGE)
    for spoil in (Path.unlink, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"<alert>")):
        spoil(folder / "bulletin-1.xml")
        channel.send(MESSAGE)
        assert (folder / "bulletin-1.xml").read_bytes() == MESSAGE.content


def test_a_changed_file_comes_back_again(folder):
    """Bytes that somebody changes later are seen."""
    channel, receiver = FolderChannel(folder, "exercise"), FolderReceiver(folder, lambda: 0.0)
    channel.send(MESSAGE)
    receiver.poll()
    channel.send(message(b"<alert>other</alert>", digest="other"))
    assert [one.content for one in receiver.poll()] == [b"<alert>other</alert>"]


def test_a_text_without_its_envelope_is_not_there_yet(folder):
    """A text that is still being written is not read: the envelope comes last."""
    FolderChannel(folder, "exercise")
    (folder / "bulletin-2.xml").write_bytes(b"half")
    assert FolderReceiver(folder, lambda: 0.0).poll() == []


def test_realms_share_no_folder(folder):
    """The other realm's channel refuses to write there."""
    FolderChannel(folder, "exercise").send(MESSAGE)
    with pytest.raises(InputError, match="other realm"):
        FolderChannel(folder, "live")
