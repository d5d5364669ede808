"""Documents that run: the tutorial's commands and code, README's commands, and nothing left undocumented."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import launchwatch
from launchwatch.cli.main import _COMMANDS
from launchwatch.facts import KINDS

ROOT = Path(__file__).parents[1]
TUTORIALS = sorted((ROOT / "docs" / "tutorial").glob("*.md"))
RUN = [
    *TUTORIALS,
    *(
        ROOT / "docs" / "how-to" / f"{name}.md"
        for name in (
            "watch-a-live-feed",
            "read-reports",
            "estimate-a-flight",
            "read-an-estimate",
            "share-with-partners",
        )
    ),
]
DOCS = sorted(p for p in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "builders").glob("*.md")])


def blocks(path, language):
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(path, tmp_path):
    """Every shell and Python block of the tutorial and of how-tos that need no files works in an empty folder."""
    folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    pattern = r"^```(sh|python)\n(.*?)^```"
    found = re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(found) >= 3
    for language, code in found:
        command = ["bash", "-eu", "-c", code] if language == "sh" else [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"


def test_readme_commands_are_make_targets():
    """The two commands of the README exist as targets of the Makefile, and the test command is what CI calls."""
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    for target in ("demo", "test"):
        assert f"make {target}" in readme
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("command", sorted(_COMMANDS))
def test_every_command_is_documented(command):
    """Each command stands in the reference."""
    assert f"`launchwatch {command} " in (ROOT / "docs" / "reference" / "commands.md").read_text()


def test_every_public_function_is_documented():
    """Each name of the library's front stands in its reference and can be imported."""
    text = (ROOT / "docs" / "reference" / "library.md").read_text()
    for name in launchwatch.__all__:
        assert f"`{name}(" in text or f", `{name}(" in text
        assert getattr(launchwatch, name) is not None


def test_every_kind_of_fact_is_explained():
    """Each kind of fact in the log stands on the log's page; plots and truth as parts of recordings."""
    text = (ROOT / "docs" / "concepts" / "log.md").read_text() + (
        ROOT / "docs" / "reference" / "formats.md"
    ).read_text()
    assert all(f"`{kind}`" in text for kind in KINDS)


@pytest.mark.parametrize("path", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    """Every relative link and picture of a document exists."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name}: {target}"


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda p: str(p.relative_to(ROOT)))
def test_documented_options_exist(path):
    """Every long option that a document shows for a command is one that the command has."""
    from click.testing import CliRunner

    from launchwatch.cli.main import main

    for command, options in re.findall(r"launchwatch (\w+)((?: [^\n`]*)?)", path.read_text(encoding="utf-8")):
        if command in _COMMANDS:
            group = main.get_command(None, command)
            inner = next((word for word in options.split() if word in getattr(group, "commands", {})), None)
            call = [command, inner] if inner else [command]
            known = CliRunner().invoke(main, [*call, "--help"]).output
            for option in re.findall(r"(--[a-z-]+)", options):
                assert option in known, f"{path.name}: launchwatch {command} {option}"
