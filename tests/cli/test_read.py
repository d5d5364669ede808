"""`launchwatch read`: every kind of input through lists and lines, every form of output."""

import csv
import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from rich.console import Console

from launchwatch.cli.main import main
from tests.feeds.loopback import serving
from tests.observe.document_samples import lines, page, pdf, rss

TEXT = "North Korea fired a ballistic missile on Friday and it flew 700 km, South Korea's military said."


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.html").write_text(page())
    (tmp_path / "b.PDF").write_bytes(pdf(lines(TEXT[:60], TEXT[60:])))
    (tmp_path / "c.rss").write_text(rss(("Launch", TEXT + " It said.", "", "https://example.org/1")))
    (tmp_path / "d.ndjson").write_text("".join(json.dumps({"text": f"{TEXT} {k}"}) + "\n" for k in range(3)))
    (tmp_path / "e.txt").write_bytes(b"\x89PNG")
    return tmp_path


def call(*arguments, **options):
    return CliRunner().invoke(main, ["read", *map(str, arguments)], **options)


def test_every_form_is_read(folder):
    """A page, a PDF, a feed and lines are reports; what is none of them is refused, and the rest goes on."""
    result = call(folder, "--json", "--text")
    document = json.loads(result.stdout)
    assert result.exit_code == 3
    assert [r["id"] for r in document["reports"]] == ["a", "b", "c#1", "d#1", "d#2", "d#3"]
    assert all(report["claims"] for report in document["reports"])
    for report in document["reports"]:
        assert all(report["text"][slice(*claim["span"])] == claim["quote"] for claim in report["claims"])
    ((refused),) = document["rejected"]
    assert (refused["id"], refused["reason"]) == ("e.txt", "report is binary: a PNG image")
    assert refused["allowed"]
    assert refused["try"]


def test_a_list_names_more(folder):
    """A list file names paths from its own folder; comments and what is not there end nothing."""
    (folder / "list").write_text(
        "# reports\na.html  # a page\n\nnone.txt\nftp://example.org/x\nfile:///etc/passwd\n"
    )
    document = json.loads(call("--list", folder / "list", "--json").stdout)
    assert [r["id"] for r in document["reports"]] == ["a"]
    assert [r["id"] for r in document["rejected"]] == ["none.txt", "ftp://example.org/x", "file:///etc/passwd"]
    assert call().exit_code == 2


def test_addresses_are_fetched(tmp_path):
    """A page at an address is a report with that address; of this machine only with the flag."""
    with serving() as server:
        server.answers["/a.html"] = (200, {"Content-Type": "text/html"}, page().encode())
        (tmp_path / "list").write_text(f"{server.at}/a.html\n{server.at}/none\n")
        result = call("--list", tmp_path / "list", "--json")
        assert result.exit_code == 1
        assert "private or local network" in json.loads(result.stdout)["rejected"][0]["reason"]
        assert not server.asked
        document = json.loads(call("--list", tmp_path / "list", "--private-addresses", "--json").stdout)
    assert [(r["id"], r["url"]) for r in document["reports"]] == [(f"{server.at}/a.html",) * 2]
    assert [r["reason"] for r in document["rejected"]] == ["the server answered 404"]


def test_lines_are_the_reports_of_the_document(folder):
    """`--json-lines` prints each report of `--json` on a line, but for what only all reports together tell."""
    document = json.loads(call(folder, "--json").stdout)
    result = call(folder, "--json-lines")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    for report in document["reports"]:
        del report["copy_of"], report["launch"]
    assert rows == document["reports"]
    assert result.exit_code == 3


def test_lines_on_standard_input_flow():
    """A report's line is answered before the next one is sent; a bad line is refused with its number."""
    code = "from launchwatch.cli.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "read", "-", "--json-lines"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1,
    ) as process:  # fmt: skip
        for number in (1, 2):
            process.stdin.write(json.dumps({"text": f"{TEXT} {number}"}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == f"stdin#{number}"
        process.stdin.write('\n{"text": 5}\n')
        process.stdin.close()
        refused = process.stderr.read()
    assert process.returncode == 3
    assert refused.startswith("refused: stdin#4: report in JSON has the wrong form")


@pytest.mark.parametrize("given", [TEXT, json.dumps([{"text": TEXT}]), json.dumps({"text": TEXT}, indent=1)])
def test_other_forms_on_standard_input_come_whole(given):
    """A text, a list and an object over several lines are read whole, as without `--json-lines`."""
    (row,) = [json.loads(line) for line in call("-", "--json-lines", input=given).stdout.splitlines()]
    (report,) = json.loads(call("-", "--json", input=given).stdout)["reports"]
    assert row == {name: report[name] for name in row}


def test_copies_of_a_wire_text_are_told(tmp_path):
    """The same words under another headline are told as a copy."""
    words = " ".join(f"{TEXT} The statement was number {k} of the day." for k in range(5))
    (tmp_path / "a.txt").write_text(words)
    (tmp_path / "b.txt").write_text(f"MISSILE!\n\n{words[:400]}")
    (tmp_path / "c.txt").write_text(
        "Japan's defence ministry said North Korea had fired a missile, which fell at sea."
    )
    found = json.loads(call(tmp_path, "--json").stdout)["reports"]
    assert {r["id"]: r["copy_of"] for r in found} == {"a": None, "b": "a", "c": None}


def test_a_spreadsheet_holds_no_formula(tmp_path):
    """A row for each claim with all its fields; a cell that a spreadsheet would calculate is text."""
    (tmp_path / "-x.json").write_text(json.dumps({"text": TEXT, "outlet": '=HYPERLINK("https://x.test")'}))
    (tmp_path / "list").write_text("-x.json")
    document = json.loads(call("--list", tmp_path / "list", "--json").stdout)
    rows = list(csv.DictReader(io.StringIO(call("--list", tmp_path / "list", "--csv").stdout)))
    assert len(rows) == len(document["reports"][0]["claims"])
    assert rows[0]["report_outlet"] == '\'=HYPERLINK("https://x.test")'
    assert rows[0]["report_path"] == "'-x.json"
    assert {row["value"] for row in rows if row["attribute"] == "range_km"} == {"700"}


def test_a_page_is_written(folder, tmp_path_factory):
    """`--html` writes the page beside what is printed."""
    page_file = tmp_path_factory.mktemp("out") / "page.html"
    result = call(folder, "--html", page_file, "--csv")
    written = page_file.read_text()
    assert "South Korea JCS" in written
    assert result.stdout.startswith("report_id,")
    assert call(folder, "--html", folder / "p.html", "--json-lines").exit_code == 2


def test_a_page_replaces_no_evidence(folder):
    """`--html` refuses a file that is among the evidence, however it is named, and a folder that is not there."""
    (folder / "list").write_text("a.html\n")
    before = (folder / "a.html").read_bytes()
    for evidence in ([folder], [folder / "a.html"], ["--list", folder / "list"], [folder / "." / "a.html"]):
        result = call(*evidence, "--html", folder / "a.html")
        assert result.exit_code == 2
        assert "is among the evidence" in result.output
    assert (folder / "a.html").read_bytes() == before
    result = call(folder / "d.ndjson", "--html", folder / "none" / "page.html")
    assert (result.exit_code, (folder / "none").exists()) == (2, False)
    assert "there is no folder" in result.output


def test_its_own_page_is_no_evidence(folder):
    """A page that the tool wrote beside the reports is refused with the reason, and may be written again."""
    for _ in range(2):
        result = call(folder, "--html", folder / "own.html", "--json")
        assert result.exit_code == 3
    (own,) = [one for one in json.loads(result.stdout)["rejected"] if one["id"] == "own.html"]
    assert own["reason"].startswith("page was made by launchwatch")
    assert "own" not in [report["id"] for report in json.loads(result.stdout)["reports"]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--json", "--csv"], "--json and --csv"),
        (["--table", "--json-lines"], "--table and --json-lines"),
        (["--csv", "--text"], "--text needs"),
        (["--text"], "--text needs"),
        (["--endpoint", "http://127.0.0.1:1/v1"], "--endpoint needs --model"),
        (["--timeout", "5"], "--timeout needs --model"),
    ],
)
def test_options_that_would_be_ignored_are_a_wrong_call(folder, options, said):
    """What cannot be done together, or says nothing alone, ends with status 2 and what is missing."""
    result = call(folder / "d.ndjson", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.output


def test_an_endpoint_in_the_environment_may_stand(folder, monkeypatch):
    """LAUNCHWATCH_ENDPOINT is a setting for other calls: without --model it is not used."""
    monkeypatch.setenv("LAUNCHWATCH_ENDPOINT", "http://127.0.0.1:1/v1")
    assert call(folder / "d.ndjson", "--csv").exit_code == 0


def test_a_report_without_claims_is_a_line(tmp_path):
    """In place of an empty frame stands why nothing was read."""
    (tmp_path / "fr.txt").write_text("La Corée du Nord a tiré un missile vendredi, selon le ministère des armées.")
    lines_told = call(tmp_path).stdout.splitlines()
    assert lines_told[0].startswith("fr (fr, date of publication unknown): language fr is not supported")
    assert len(lines_told) == 2


def test_every_launch_and_report_is_told(tmp_path):
    """A launch of one report is named, and so is a report that no launch took, with its reason."""
    (tmp_path / "a.json").write_text(json.dumps({"text": TEXT, "published": "2025-11-07"}))
    (tmp_path / "b.txt").write_text("The weather was fine.")
    told = call(tmp_path).stdout
    assert "Launch by North Korea, 2025-11-07 (2025-11-07-north-korea): told by a alone" in told
    assert "no launch took b: no launch is told of that could be read" in told
    (left,) = json.loads(call(tmp_path, "--json").stdout)["unassigned"]
    assert (left["id"], left["reason"]) == ("b", "no launch is told of that could be read")


def test_tables_say_dates_and_figures_in_words(tmp_path):
    """Neither `---07` nor a figure with its format's marks stands in a table."""
    text = (
        "North Korea fired a missile on Oct. 22, and it flew 435 miles, South Korea's military said. "
        "It reached a maximum altitude of 5000 km."
    )
    (tmp_path / "a.txt").write_text(text)
    (tmp_path / "b.txt").write_text("북한이 7일 탄도미사일을 발사했다고 합참이 밝혔다.")
    told = call(tmp_path).stdout
    for words in ("22 October, year unknown", "the 7th, month unknown", "700 km, stated in miles", "5,000 km"):
        assert words in told
    assert "(exact)" not in told
    assert not any(raw in told for raw in ("--10-22", "---07"))


def test_a_date_that_is_ignored_is_not_refused(tmp_path):
    """A report whose date of publication is none is read, and the date told as ignored."""
    (tmp_path / "a.json").write_text(json.dumps({"text": TEXT, "published": "2025-13-45"}))
    result = call(tmp_path, "--json")
    assert result.stderr.startswith("published ignored: a.json: publication date cannot be read; given 2025-13-45")
    document = json.loads(result.stdout)
    assert [report["id"] for report in document["reports"]] == ["a"]
    assert document["rejected"][0]["reason"] == "published ignored: publication date cannot be read"


def test_what_was_given_is_plain_text(tmp_path):
    """`given` has neither a program's quotes nor its escapes."""
    (tmp_path / "a.txt").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "b.json").write_text('{"text": 5,\n "x": "y"}')
    given = [one["given"] for one in json.loads(call(tmp_path, "--json").stdout)["rejected"]]
    assert given == ["89 50 4e 47 0d 0a", '{"text": 5, "x": "y"}']


def test_attributes_stay_whole_in_a_narrow_terminal(tmp_path, monkeypatch):
    """At 80 columns the table cuts no attribute, and no word of a date."""
    monkeypatch.setattr("launchwatch.cli.read.table_console", lambda **_: Console(width=80))
    text = (
        f"{TEXT} South Korea's Joint Chiefs of Staff said it had detected preparations and shared them with Japan."
    )
    (tmp_path / "a.txt").write_text(text)
    told = call(tmp_path).stdout
    assert all(len(line) <= 80 for line in told.splitlines() if line[:1] in "│┃")
    for word in ("missile_class", "event_date", "Friday"):
        assert word in told


def test_a_copy_runs_as_a_module(folder):
    """`python -m launchwatch` is the command."""
    call_ = [sys.executable, "-m", "launchwatch", "read", str(folder / "d.ndjson"), "--csv"]
    done = subprocess.run(call_, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:10]) == (0, "report_id,")


def test_reading_loads_nothing_heavy(folder):
    """Reading a text loads neither the compiler nor the libraries of numbers, maps, pages and tables."""
    code = (
        "import sys; from click.testing import CliRunner; from launchwatch.cli.main import main; "
        f"done = CliRunner().invoke(main, ['read', {str(folder / 'd.ndjson')!r}, '--json']); "
        "print(done.exit_code, [m for m in ('numba', 'scipy', 'shapely', 'pypdf', 'feedparser', 'readability', "
        "'urllib3', 'jinja2', 'matplotlib', 'asterix') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 []"


OFFICE = "North Korea fired a ballistic missile on Friday, Japan's defence ministry said. It flew about 700 km."
OTHER = "The Japanese Defence Ministry said a ballistic missile which North Korea launched on Friday flew 700 km."


def test_reports_are_sorted_into_launches(tmp_path):
    """Outlets that quote one office, and a copy, give one observation of one launch; another day is another."""
    words = (
        "The ministry's statement ran to several lines, and each of them was read out in full to the press. " * 3
    )
    (tmp_path / "a.json").write_text(json.dumps({"text": f"{OFFICE} {words}", "published": "2025-11-07"}))
    (tmp_path / "b.json").write_text(json.dumps({"text": f"WIRE: {OFFICE} {words}", "published": "2025-11-07"}))
    (tmp_path / "c.json").write_text(json.dumps({"text": OTHER, "published": "2025-11-08"}))
    (tmp_path / "d.json").write_text(json.dumps({"text": TEXT, "published": "2025-10-24"}))
    document = json.loads(call(tmp_path, "--json").stdout)
    earlier, later = document["launches"]
    assert (earlier["id"], later["id"]) == ("2025-10-24-north-korea", "2025-11-07-north-korea")
    reports = {row["id"]: row for row in document["reports"]}
    assert later["reports"] == [reports[name]["report"] for name in "abc"]
    assert {name: reports[name]["launch"] for name in "cd"} == {"c": later["id"], "d": earlier["id"]}
    assert len(later["evidence"]) == 3
    (reach,) = [one for one in later["observations"] if one["attribute"] == "range_km"]
    assert (reach["office"], reach["value"], len(reach["reports"])) == ("Japan MOD", 700, 3)
    assert (later["texts"], reach["texts"]) == (2, 2)
    rows = list(csv.DictReader(io.StringIO(call(tmp_path, "--csv").stdout)))
    assert {row["report_id"]: row["launch"] for row in rows if row["about"] == "main"} == {
        name: row["launch"] for name, row in reports.items()
    }


def test_who_said_what_closes_the_tables(tmp_path):
    """Two reports of a launch end in one table of offices; a single report has none."""
    (tmp_path / "a.json").write_text(json.dumps({"text": OFFICE, "published": "2025-11-07"}))
    assert "Who said what" not in call(tmp_path).stdout
    (tmp_path / "b.json").write_text(json.dumps({"text": f"{TEXT} {OTHER}", "published": "2025-11-07"}))
    (last,) = call(tmp_path).stdout.split("Who said what")[1:]
    assert "2025-11-07-north-korea" in last
    assert "about 700 km (2 texts)" in last
    assert "South Korea JCS" in last
