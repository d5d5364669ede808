"""`launchwatch map`: files by their suffix, refusals in words, nothing half done."""

import json
from io import BytesIO

import pytest
from click.testing import CliRunner
from PIL import Image

from launchwatch.cli.main import main
from launchwatch.run.outputs import event_json
from tests.tell import invented


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "event.json"
    path.write_bytes(event_json(invented.regional()))
    return path


def call(*args, **more):
    return CliRunner().invoke(main, ["map", *map(str, args)], **more)


def test_each_file_has_the_form_of_its_suffix(record, tmp_path):
    """One call writes SVG, PNG and PDF, tells the projection with its reason, and prints JSON."""
    files = [tmp_path / f"map.{form}" for form in ("svg", "PNG", "pdf")]
    outs = [part for file in files for part in ("--out", file)]
    done = call(record, *outs, "--size", "15x13cm", "--dpi", 100, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["written"] == [str(file) for file in files]
    assert told["size_mm"] == [150.0, 130.0]
    assert told["projection"]["name"] == "Lambert conformal conic"
    assert "middle latitudes" in told["projection"]["reason"]
    svg, png, pdf = (file.read_bytes() for file in files)
    assert b"<svg" in svg
    assert Image.open(BytesIO(png)).size == (591, 512)
    assert pdf.startswith(b"%PDF")


def test_record_comes_from_standard_input_too(record, tmp_path):
    """`-` reads the record from a pipe and gives the same bytes; plain output names the file."""
    one, two = tmp_path / "one.svg", tmp_path / "two.svg"
    assert call(record, "--out", one, "--dark").exit_code == 0
    done = call("-", "--out", two, "--dark", input=record.read_bytes())
    assert done.exit_code == 0
    assert str(two) in done.output
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["--out", "map.gif"], 1, "names that end in .svg, .png, .pdf"),
        (["--size", "wide"], 2, "no size such as 180x160mm"),
        (["--size", "10x10mm"], 1, "80 to 1200 mm a side"),
        (["--size", "80x80mm"], 1, "for this event and width a height of"),
        (["--dpi", "5"], 2, "50<=x<=1200"),
    ],
)
def test_wrong_calls_say_what_is_allowed(record, tmp_path, monkeypatch, args, status, words):
    """A form, size or resolution that no map has is refused, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    done = call(record, *args)
    assert done.exit_code == status
    assert words in done.output.replace("\n", " ")
    assert list(tmp_path.iterdir()) == [record]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"schema": "launchwatch/index/1"}', b"[1, 2]"])
def test_what_is_no_event_is_refused(tmp_path, content):
    """Other files are told to be no event record."""
    path = tmp_path / "other.json"
    path.write_bytes(content)
    done = call(path, "--out", tmp_path / "map.svg")
    assert done.exit_code == 1
    assert "not an event record" in done.output
    assert not (tmp_path / "map.svg").exists()
