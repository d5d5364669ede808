"""Reading with a model from end to end, on kept answers: claims side by side, refusals recorded, repeatable."""

import json

import pytest
from click.testing import CliRunner

from launchwatch.basis.errors import InputError
from launchwatch.cli.main import main
from launchwatch.feeds.completions import Kept
from launchwatch.observe.read.quotes import request_body
from launchwatch.run.asking import MOST_FAILURES, Model, new_model
from launchwatch.run.estimating import estimate_reading
from launchwatch.run.reading import read

TEXT = (
    "North Korea fired a ballistic missile on Friday, South Korea's military said.\n"
    "The ministry in Tokyo saw it over 690 km, and Japan's defence ministry said it flew about 700 km.\n"
)
CLAIMS = [
    {"attribute": "range_km", "quote": "about 700 km", "speaker": "Japan's defence ministry", "about": "main"},
    {"attribute": "range_km", "quote": "690 km", "speaker": None, "about": "main"},
    {"attribute": "range_km", "quote": "900 km", "speaker": None, "about": "main"},
]


def completion(claims=CLAIMS):
    content = json.dumps({"claims": claims})
    return json.dumps({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]}).encode()


def texts_in(folder, number):
    """Write reports that differ in their last letters, and return their texts."""
    texts = [f"{TEXT}{index}" for index in range(number)]
    for index, text in enumerate(texts):
        (folder / f"{index}.txt").write_text(text, encoding="utf-8")
    return texts


def fail(_):
    raise InputError("the endpoint cannot be reached")


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"text": TEXT, "published": "2025-11-08", "language": "en"}), encoding="utf-8")
    return path


@pytest.fixture
def answers(tmp_path):
    folder = tmp_path / "answers"
    Kept(folder).keep(request_body(TEXT, model="m", seed=0), completion())
    return folder


def test_both_readings_stand_side_by_side(report, answers):
    """What both find says so, what one finds stands too, and what was invented is refused with its reason."""
    done = read([report], model=new_model("m", answers=answers))
    (told,) = done.document["reports"]
    found = {(claim["attribute"], claim["value"]): claim["found_by"] for claim in told["claims"]}
    assert found["range_km", 700] == ("rules", "model")
    assert found["range_km", 690] == ("model",)
    assert ("range_km", 900) not in found
    assert told["model"]["answered"] is True
    (rejection,) = done.rejections
    assert "does not stand in the report" in rejection.reason
    assert "900 km" in rejection.given


def test_a_replay_is_the_same_bytes(report, answers):
    """Kept answers give the same document twice, without an endpoint."""
    first, second = (read([report], model=new_model("m", answers=answers)).document for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


def test_without_a_model_nothing_is_added(report):
    """The deterministic reading has neither model nor disagreements, and the rules found all of it."""
    (told,) = read([report]).document["reports"]
    assert not {"model", "disagreements"} & set(told)
    assert {claim["found_by"] for claim in told["claims"]} == {("rules",)}


def test_a_failing_endpoint_leaves_the_rules_reading(report):
    """Where no answer comes the claims are those of the rules, and the reason is recorded."""
    alone = read([report]).document["reports"][0]["claims"]
    done = read([report], model=Model("m", fail))
    assert done.document["reports"][0]["claims"] == alone
    assert done.document["reports"][0]["model"]["answered"] is False
    assert "cannot be reached" in done.rejections[0].reason


def test_a_dead_endpoint_is_not_asked_for_ever(tmp_path):
    """After a few failures in a row the other reports are not sent."""
    asked = []

    def ask(body):
        asked.append(body)
        return fail(body)

    texts_in(tmp_path, MOST_FAILURES + 4)
    done = read([tmp_path], model=Model("m", ask))
    assert len(asked) == MOST_FAILURES
    assert len(done.rejections) == MOST_FAILURES + 4
    assert len(done.document["reports"]) == MOST_FAILURES + 4


@pytest.mark.parametrize("ask", [None, fail], ids=["replay", "dead endpoint"])
def test_a_kept_answer_is_read_whatever_failed_before_it(tmp_path, ask):
    """Reports without an answer hide no kept one behind them, with a dead endpoint or without any."""
    (tmp_path / "reports").mkdir()
    *_, last = texts_in(tmp_path / "reports", MOST_FAILURES + 1)
    kept = Kept(tmp_path / "answers")
    kept.keep(request_body(last, model="m", seed=0), completion())
    told = read([tmp_path / "reports"], model=Model("m", ask, kept)).document["reports"]
    assert [one["model"]["answered"] for one in told] == [False] * MOST_FAILURES + [True]


UNUSABLE = {
    "an error with status 200": {"error": {"message": "overloaded"}},
    "cut off": {"choices": [{"message": {"content": '{"claims": []}'}, "finish_reason": "length"}]},
    "a refusal": {"choices": [{"message": {"content": None, "refusal": "no"}, "finish_reason": "stop"}]},
    "prose": {"choices": [{"message": {"content": "Sure!"}, "finish_reason": "stop"}]},
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_answer_is_kept_once_it_can_be_used(report, tmp_path, name):
    """What is no usable answer is asked again by the next run; a usable one is not."""
    script = [json.dumps(UNUSABLE[name]).encode(), completion()]
    runs = [read([report], model=Model("m", lambda _: script.pop(0), Kept(tmp_path / "kept"))) for _ in range(3)]
    assert [run.document["reports"][0]["model"]["answered"] for run in runs] == [False, True, True]
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_an_estimate_takes_no_claim_of_the_model_alone(report, answers):
    """What the model alone found moves no estimate: with and without it the flight is the same."""
    both = json.dumps(read([report], model=new_model("m", answers=answers)).document).encode()
    alone = json.dumps(read([report]).document).encode()
    one, other = (estimate_reading(document, particles=200) for document in (both, alone))
    assert [flight.range_km for flight in one] == [flight.range_km for flight in other]


def test_the_command_replays(report, answers):
    """`read --model --answers` prints both readings, and its status says that a quote was refused."""
    done = CliRunner().invoke(main, ["read", str(report), "--model", "m", "--answers", str(answers), "--json"])
    assert done.exit_code == 3
    document = json.loads(done.stdout)
    assert document["reports"][0]["disagreements"] == []
    assert "does not stand in the report" in document["rejected"][0]["reason"]
    table = CliRunner().invoke(main, ["read", str(report), "--model", "m", "--answers", str(answers)])
    assert "rules, model" in table.stdout


@pytest.mark.parametrize(
    "options", [["--model", "m"], ["--answers", "."], ["--model", "m", "--endpoint", "ftp://h"]]
)
def test_a_wrong_call_says_so(report, options, monkeypatch):
    """A model without an endpoint or answers, and answers without a model, are refused."""
    monkeypatch.delenv("LAUNCHWATCH_ENDPOINT", raising=False)
    done = CliRunner().invoke(main, ["read", str(report), *options])
    assert done.exit_code in {1, 2}
    assert "model" in done.output or "endpoint" in done.output


def test_disagreements_are_shown_to_people(report, tmp_path):
    """Where rules and model read one figure in two ways, table and page tell both, the rules' claim first."""
    told = [
        {"attribute": "apogee_km", "quote": "about 700 km", "speaker": "Japan's defence ministry", "about": "main"}
    ]
    folder = tmp_path / "kept"
    Kept(folder, lambda _: completion(told))(request_body(TEXT, model="m", seed=0))
    page = tmp_path / "page.html"
    options = ["--model", "m", "--answers", str(folder), "--html", str(page)]
    done = CliRunner().invoke(main, ["read", str(report), *options])
    assert "rules and model disagree on “about 700 km”" in done.stdout
    assert "the rules read Range about 700 km, by Japan MOD; the model Apogee about 700 km" in done.stdout
    (line,) = [at for at, row in enumerate(done.stdout.splitlines()) if "range_km" in row]
    (other,) = [at for at, row in enumerate(done.stdout.splitlines()) if "apogee_km" in row]
    assert line < other
    written = page.read_text(encoding="utf-8")
    assert "read by rules and, beside them, a language model" in written
    assert "1 disagreement of rules and model" in written
    assert written.index("Range: <b>about 700 km") < written.index("Apogee: <b>about 700 km")


def test_an_answer_that_is_refused_is_plain_text(report, tmp_path):
    """What a model answered stands in `given` without quotes in quotes."""
    told = [
        {"attribute": "range_km", "quote": "nine\n'hundred'", "speaker": None, "about": "main"},
        {"quote": "x"},
    ]
    folder = tmp_path / "kept"
    Kept(folder, lambda _: completion(told))(request_body(TEXT, model="m", seed=0))
    given = {rejection.given for rejection in read([report], model=new_model("m", answers=folder)).rejections}
    assert "range_km: nine 'hundred'" in given
    assert any(one.startswith('{"') and '"quote": "x"' in one for one in given)
