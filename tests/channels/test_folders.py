"""A folder as a way out."""

from dataclasses import replace

import pytest

from launchwatch.basis.errors import InputError
from launchwatch.channels.folders import FolderChannel, FolderReceiver
from launchwatch.channels.messages import Message

MESSAGE = Message("bulletin-1", b"<alert/>", b'{"bulletin":"bulletin-1"}', suffix="xml")


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
    """A second sending of the same message writes nothing."""
    channel, receiver = FolderChannel(folder, "exercise"), FolderReceiver(folder, lambda: 0.0)
    channel.send(MESSAGE)
    receiver.poll()
    channel.send(MESSAGE)
    assert receiver.poll() == []


def test_a_changed_file_comes_back_again(folder):
    """Bytes that somebody changes later are seen."""
    channel, receiver = FolderChannel(folder, "exercise"), FolderReceiver(folder, lambda: 0.0)
    channel.send(MESSAGE)
    receiver.poll()
    channel.send(replace(MESSAGE, content=b"<alert>other</alert>"))
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
