"""Reading: reports a second, memory over many, cold start, time by length; scores and errors on annotated reports.

    python benchmarks/reading.py [FOLDER] [--also NAME=FOLDER ...] [--scores FILE] [--json FILE]
                                 [--only scores|times] [--lengths] [--reports 100000]

FOLDER holds annotated reports (`*.json` with `text`, `published`, `language` and `claims`), by default those of
the tests; `--also` names further folders to score, of which only the name, counts and ids of examples enter the
result. `--scores` writes scores and errors, the same on every machine; `--json` writes times. With `--lengths` the
texts that are made to be slow have up to 10 MB, for some ten minutes; without it they end at 0.4 MB.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import claim_scores
import machine
import msgspec

from launchwatch.facts import Provenance, Report
from launchwatch.observe.read import read_report
from launchwatch.observe.reports import decode_report

ROOT = Path(__file__).parents[1]
WHO = Provenance(author="benchmark", created_utc="2025-01-01T00:00:00Z")
WORDS = 500
LENGTHS = (100_000, 400_000)
LONG_LENGTHS = (100_000, 400_000, 1_600_000, 5_000_000, 10_000_000)
LAUNCH = "North Korea fired a ballistic missile, Japan's defence ministry said.\n"
HARD = {
    "one line without an end": "launch of a missile by the army ",
    "nested quotes": '"he said \'they said "it said ',
    "right-to-left marks": "mis\u202esile \u200ffired \u202c",
    "zero-width characters": "mis\u200bsile \u200dfired\ufeff ",
    "numbers": "It flew 700 km. ",
}


def annotated(folder):
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def decoded(one):
    data = json.dumps({name: one.get(name) for name in ("text", "outlet", "published", "language")}).encode()
    return decode_report(data, origin="a.json", evidence="e", provenance=WHO)


def speed(reports):
    """Return reports of about 500 words a second, decoded and read, by language."""
    found = {}
    for language in ("en", "ja", "ko"):
        own = [one for one in reports if one.get("language", "en") == language]
        if not own:
            continue
        made = [long_report(own, k, language) for k in range(20)]
        for one in made:
            read_report(decoded(one), provenance=WHO)
        started, done = time.process_time(), 0
        while time.process_time() - started < 5:
            read_report(decoded(made[done % len(made)]), provenance=WHO)
            done += 1
        found[language] = round(done / (time.process_time() - started), 1)
    return found


def long_report(reports, first, language):
    """Return a report of 500 words of others' sentences: in Japanese, which parts no words, 1,250 characters."""
    text, k = "", first
    while (len(text) < 1250) if language == "ja" else len(text.split()) < WORDS:
        text += reports[k % len(reports)]["text"] + "\n\n"
        k += 1
    text = text[:1250] if language == "ja" else " ".join(text.split(" ")[:WORDS])
    return {**reports[first % len(reports)], "text": text}


def cold_start(folder):
    """Return the seconds of `launchwatch read` on one file of each form, best and median of seven."""
    found = {}
    (folder / "a.txt").write_text(LAUNCH)
    (folder / "a.html").write_text(f"<html><body><article><p>{LAUNCH}</p></article></body></html>")
    for name in ("a.txt", "a.html"):
        times, spent = [], []
        for _ in range(7):
            started, used = time.perf_counter(), children_s()
            run("read", folder / name, "--json")
            times.append(time.perf_counter() - started)
            spent.append(children_s() - used)
        found[name] = {"best_s": round(min(times), 3), "processor_s": round(min(spent), 3)}
    return found


def children_s():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(*arguments):
    command = [sys.executable, "-m", "launchwatch.cli.main", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def memory(folder, reports, count):
    """Return the resident memory of `read --json-lines` by the number of short reports, and reports a second."""
    short = [one for one in reports if one.get("language", "en") == "en"]
    found = {}
    for number in (count // 100, count):
        path = folder / "many.ndjson"
        with path.open("w") as handle:
            for k in range(number):
                one = short[k % len(short)]
                first = one["text"].split("\n")[0]
                handle.write(json.dumps({"text": f"{first} No. {k}.", "language": "en"}) + "\n")
        started = time.perf_counter()
        code = (
            "import resource, sys; from launchwatch.cli.main import main\n"
            "try: main(['read', sys.argv[1], '--json-lines'])\n"
            "finally: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, path], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        seconds = time.perf_counter() - started
        most = int(done.stderr.split()[-1]) / 1024
        found[number] = {"resident_mb": round(most, 1), "reports_per_s": round(number / seconds, 1)}
    return found


def scaling(lengths):
    """Return seconds by length for texts that are made to be slow, and how their time by length grows."""
    read_seconds(LAUNCH * 100)
    return {name: grown(unit, lengths) for name, unit in HARD.items()}


def grown(unit, lengths):
    times = [read_seconds(unit * (length // len(unit))) for length in lengths]
    by_length = [1e6 * spent / length for spent, length in zip(times, lengths, strict=True)]
    return {
        "characters": lengths,
        "seconds": [round(spent, 2) for spent in times],
        "seconds_per_million": [round(rate, 2) for rate in by_length],
        "time_over_length": round(by_length[-1] / by_length[0], 2),
    }


def read_seconds(text):
    report = Report(id="r", evidence="e", origin="r", text=LAUNCH + text, language="en", provenance=WHO)
    started = time.process_time()
    read_report(report, provenance=WHO)
    return time.process_time() - started


def scored(folder):
    """Return the scores of the reports in a folder by language and attribute, and the errors by kind."""
    rows = []
    for path in sorted(folder.glob("*.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        reading = msgspec.to_builtins(read_report(decoded(report), provenance=WHO))
        rows.append((path.stem, report, reading["claims"], reading["context"]))
    languages = Counter(report.get("language") or "en" for _, report, _, _ in rows)
    return {"reports": dict(sorted(languages.items())), **claim_scores.score(rows)}


def named(text):
    """Return the name and the folder of `NAME=FOLDER`."""
    name, mark, folder = text.partition("=")
    if not (name and mark and any(Path(folder).glob("*.json"))):
        raise argparse.ArgumentTypeError(f"want NAME=FOLDER with annotated reports (*.json), not {text!r}")
    return name, Path(folder)


def times(options):
    reports = annotated(options.folder)
    result = {"machine": machine.describe("lxml", "readability-lxml", "pypdf", "feedparser")}
    result["reports_of_500_words_per_s"] = speed(reports)
    with tempfile.TemporaryDirectory() as name:
        result["cold_start"] = cold_start(Path(name))
        result["memory"] = memory(Path(name), reports, options.reports)
    result["scaling"] = scaling(LONG_LENGTHS if options.lengths else LENGTHS)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "tests" / "observe" / "data")
    parser.add_argument("--also", action="append", type=named, default=[])
    parser.add_argument("--only", choices=("scores", "times"))
    parser.add_argument("--lengths", action="store_true")
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.only != "times":
        sets = {"own": options.folder, **dict(options.also)}
        machine.report({"sets": {name: scored(folder) for name, folder in sets.items()}}, options.scores)
    if options.only != "scores":
        machine.report(times(options), options.json)


if __name__ == "__main__":
    main()
