"""After a drill the exercise realm is empty, and the live one as it was."""

import shutil

from launchwatch.run.leftovers import leftovers, snapshot
from tests.run.warning_scene import KIM, LEE, Node


def test_a_drill_leaves_nothing_once_its_folder_is_gone(tmp_path):
    """What a drill wrote is found file by file; with the realm's folder gone the difference is empty."""
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "log.db").write_bytes(b"live log")
    before = snapshot(tmp_path, "live")
    node = Node(tmp_path)
    node.fly(75, 80)
    node.approve(KIM, LEE)
    posted = [str(path) for path in node.posted().values()]
    node.close()
    left = leftovers(tmp_path, "exercise", settings=node.settings)
    assert posted
    assert {f"left: {path}" for path in posted} <= set(left)
    shutil.rmtree(tmp_path / "exercise")
    assert leftovers(tmp_path, "exercise", settings=node.settings) == ()
    assert leftovers(tmp_path, "live", before) == ()


def test_every_difference_is_told(tmp_path):
    """A file that came, one that changed and one that went are three lines."""
    live = tmp_path / "live"
    live.mkdir()
    for name in ("kept", "changed", "gone"):
        (live / name).write_text("a")
    before = snapshot(tmp_path, "live")
    (live / "changed").write_text("b")
    (live / "gone").unlink()
    (live / "new").write_text("c")
    assert leftovers(tmp_path, "live", before) == (
        f"changed: {live / 'changed'}", f"gone: {live / 'gone'}", f"left: {live / 'new'}",
    )  # fmt: skip
