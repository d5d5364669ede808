"""Reading: reports a second, memory over many, cold start, time by length, and scores by attribute and language.

    python benchmarks/reading.py [FOLDER] [--reports 100000] [--json FILE]

FOLDER holds annotated reports (`*.json` with `text`, `published`, `language` and `claims`), by default those of
the tests. A claim is found where attribute, value, launch (main or previous) and speaker agree, each annotated
claim once; numbers agree to 1 %, words without regard to case, and of two phrases one may hold the other.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import machine

from launchwatch.facts import Provenance, Report
from launchwatch.observe.read import read_report
from launchwatch.observe.reports import decode_report

ROOT = Path(__file__).parents[1]
WHO = Provenance(author="benchmark", created_utc="2025-01-01T00:00:00Z")
WORDS = 500
LENGTHS = (100_000, 400_000)
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


def scaling():
    """Return seconds by length for texts that are made to be slow, and the exponent of the growth."""
    found = {}
    for name, unit in HARD.items():
        lengths = (160_000, 1_600_000) if name == "numbers" else LENGTHS
        times = [read_seconds(unit * (length // len(unit))) for length in lengths]
        found[name] = {"characters": lengths, "seconds": [round(t, 2) for t in times]}
        found[name]["time_over_length"] = round(times[1] / times[0] / (lengths[1] / lengths[0]), 2)
    return found


def read_seconds(text):
    report = Report(id="r", evidence="e", origin="r", text=LAUNCH + text, language="en", provenance=WHO)
    started = time.process_time()
    read_report(report, provenance=WHO)
    return time.process_time() - started


def scores(reports):
    """Return precision, recall and F1 by attribute and by language."""
    counts = defaultdict(Counter)
    for one in reports:
        language = one.get("language") or "en"
        left = list(read_report(decoded(one), provenance=WHO).claims)
        wanted = one["claims"]
        for want in wanted:
            hit = next((claim for claim in left if agrees(claim, want)), None)
            for key in (want["attribute"], f"language {language}", "all"):
                counts[key]["found" if hit else "missed"] += 1
            if hit:
                left.remove(hit)
        for claim in left:
            for key in (claim.attribute, f"language {language}", "all"):
                counts[key]["extra"] += 1
    return {key: rates(count) for key, count in sorted(counts.items())}


def rates(count):
    found = count["found"]
    precision = found / max(found + count["extra"], 1)
    recall = found / max(found + count["missed"], 1)
    f1 = 2 * precision * recall / max(precision + recall, 1e-9)
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3), **count}


def agrees(claim, want):
    same = claim.attribute == want["attribute"] and claim.about == want.get("about", "main")
    return same and claim.source == want.get("source", "outlet") and alike(claim.value, want["value"])


def alike(one, other):
    if isinstance(one, list | tuple) or isinstance(other, list | tuple):
        pair = isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other)
        return pair and all(map(alike, one, other))
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= 0.01 * abs(other)
    one, other = str(one).casefold(), str(other).casefold()
    return one == other or (min(len(one), len(other)) > 3 and (one in other or other in one))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "tests" / "observe" / "data")
    parser.add_argument("--reports", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    reports = annotated(options.folder)
    result = {"machine": machine.describe("lxml", "readability-lxml", "pypdf", "feedparser")}
    result["annotated"] = len(reports)
    result["scores"] = scores(reports)
    result["reports_of_500_words_per_s"] = speed(reports)
    with tempfile.TemporaryDirectory() as name:
        result["cold_start"] = cold_start(Path(name))
        result["memory"] = memory(Path(name), reports, options.reports)
    result["scaling"] = scaling()
    machine.report(result, options.json)


if __name__ == "__main__":
    main()
