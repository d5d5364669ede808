"""Notebooks of the tutorial: each runs from top to bottom, and is kept without outputs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "docs" / "tutorial").glob("*.ipynb"))

# In a process of its own: the client leaves sockets to the garbage collector. A cell may have to compile kernels.
_EXECUTE = """
import sys, nbclient, nbformat
notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
nbclient.NotebookClient(notebook, kernel_name="python3", timeout=900, allow_errors=True).execute()
nbformat.write(notebook, sys.argv[2])
"""


def test_there_are_notebooks():
    """The tutorial has its notebook."""
    assert [path.stem for path in NOTEBOOKS] == ["two-launches"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path):
    """Nothing that a run printed or counted stands in the file, and text stands between the cells."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert len(cells) - len(code) >= len(code) - 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_from_top_to_bottom(path, tmp_path):
    """Every cell runs in this Python, in an empty folder, its assertions hold, and it prints no warning."""
    pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    folders = {name: str(tmp_path / name) for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **folders}
    command = [sys.executable, "-c", _EXECUTE, str(path), str(tmp_path / "done.ipynb")]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    cells = json.loads((tmp_path / "done.ipynb").read_text(encoding="utf-8"))["cells"]
    printed = [out for cell in cells if cell["cell_type"] == "code" for out in cell["outputs"]]
    wrong = [out for out in printed if out["output_type"] == "error" or out.get("name") == "stderr"]
    assert wrong == []
    assert len(printed) >= 10
