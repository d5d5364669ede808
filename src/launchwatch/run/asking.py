"""A language model's quotes beside the rules: asked, anchored, read by the rules, compared."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from launchwatch.basis.errors import InputError, plain
from launchwatch.basis.ids import content_id
from launchwatch.facts import Reading, Rejection, Report
from launchwatch.feeds.completions import Asked, Endpoint, Kept, Limits
from launchwatch.observe.read.quotes import (
    Pointed,
    Refused,
    claims_of,
    compare,
    pointed_in,
    request_body,
    request_key,
)
from launchwatch.run.context import Context

MOST_FAILURES = 3
"""Reports in a row that an endpoint may fail; the others are then not sent, each of which could take minutes."""


@dataclass
class Model:
    """A model, the endpoint that answers for it and the answers that are kept; either may be missing.

    State: how many reports in a row the endpoint has failed.
    """

    name: str
    ask: Asked | None
    kept: Kept | None = None
    seed: int = 0
    failures: int = 0


def new_model(
    name: str,
    *,
    endpoint: str | None = None,
    key: str | None = None,
    answers: Path | str | None = None,
    timeout_s: float = 180.0,
    seed: int = 0,
) -> Model:
    """Return a model behind an endpoint, whose answers are kept in the folder `answers` where one is given.

    Without an endpoint only kept answers are used. Raises InputError where there is neither, and for addresses to
    which nothing is sent.
    """
    if endpoint is None and answers is None:
        raise InputError("a model needs an endpoint or kept answers", try_="--endpoint URL or --answers FOLDER")
    limits = Limits(silent_s=min(60.0, timeout_s), total_s=timeout_s)
    ask = Endpoint(endpoint, key=key, pause=time.sleep, limits=limits) if endpoint else None
    return Model(name, ask, Kept(Path(answers)) if answers is not None else None, seed)


def with_model(
    report: Report, reading: Reading, model: Model, context: Context
) -> tuple[Reading, dict[str, Any], list[Rejection]]:
    """Return the reading with the model's claims too, what else it adds for programs, and what is not used of it.

    Added are the `disagreements` of rules and model, and under `model` what was asked, for an audit. Where nothing
    usable was answered, the reading is the rules' own.
    """
    asked = {"name": model.name, "seed": model.seed, "request": None, "answered": False}
    try:
        body = request_body(report.text, model=model.name, seed=model.seed)
        asked["request"] = request_key(body)
        pointed, refused = _pointed(model, body)
    except InputError as error:
        return reading, {"disagreements": [], "model": asked}, [_rejection(report, context, error)]
    found, unreadable = claims_of(report, pointed)
    compared = compare(reading.claims, found)
    errors = [InputError(f"the model's quote: {why}", given=given) for given, why in (*refused, *unreadable)]
    told = {"disagreements": list(compared.disagreements), "model": {**asked, "answered": True}}
    return replace(reading, claims=compared.claims), told, [_rejection(report, context, error) for error in errors]


def _pointed(model: Model, body: bytes) -> tuple[list[Pointed], list[Refused]]:
    """Return what an answer points at: a kept one, else a new one, which is kept once it can be used."""
    kept = model.kept.answer(body) if model.kept else None
    if kept is not None:
        return pointed_in(kept)
    answer = _asked(model, body)
    found = pointed_in(answer)
    if model.kept:
        model.kept.keep(body, answer)
    return found


def _asked(model: Model, body: bytes) -> bytes:
    if model.ask is None:
        given, allowed = request_key(body), "a request whose answer was kept"
        raise InputError("no answer to this request is kept", given=given, allowed=allowed, try_="--endpoint")
    if model.failures >= MOST_FAILURES:
        raise InputError(f"not asked: the endpoint failed for {MOST_FAILURES} reports in a row")
    try:
        answer = model.ask(body)
    except InputError:
        model.failures += 1
        raise
    model.failures = 0
    return answer


def _rejection(report: Report, context: Context, error: InputError) -> Rejection:
    given = None if error.given is None else plain(error.given, 240)
    return Rejection(
        id=content_id("rejection", report.id, error.message, given or ""),
        evidence=report.evidence,
        what=report.origin,
        reason=error.message,
        given=given,
        allowed=error.allowed or None,
        try_=error.try_ or None,
        provenance=context.provenance("observe.read.quotes", (report.id,)),
    )
