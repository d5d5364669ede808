"""Release by two people: what is asked, what was signed, and whether it is enough. Pure: time is an argument.

A request names the exact bytes of all bulletins of one step. It is let out by

- two officers' keys of two holders, of the request's realm, each over this request's digest;
- one such key, where the step lifts an alert and the chain asks for one (`AlertStep.release`);
- a standing rule, signed in advance by two officers, for an alert's first word while people would be too slow.

An officer's signed statement that an alert is in error, or that nothing can fall any more, is their key for the
texts that lift this alert: these are templates without free text, and the step follows from the statement. One
officer's refusal stops a request. Whatever does not count is told with its reason.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from launchwatch.basis.errors import InputError
from launchwatch.basis.ids import content_id, sha256_hex
from launchwatch.basis.instants import parse_instant
from launchwatch.basis.signatures import is_signed, key_id, public_hex, sign
from launchwatch.facts import (
    AlertStep,
    Approval,
    Bulletin,
    HumanStatement,
    KeyRealm,
    Provenance,
    Release,
    ReleaseRequest,
    StandingRule,
    TrustStore,
    canonical_bytes,
    realm_of,
)
from launchwatch.facts.bulletin import LIFTING, Stage

CLOCKS_DIFFER_S = 5.0
"""How far an officer's clock may stand from the node's: test T15 of the specification asks for 5 s."""
AUTHOR = "launchwatch tell.approvals"

_MADE_OF: dict[str, Stage] = {"issued in error": "issued_in_error", "no longer possible": "no_longer_possible"}


class Refusal(NamedTuple):
    """A signature that does not count, and why."""

    id: str
    reason: str


class Judgement(NamedTuple):
    """What a request's signatures come to: a release or nothing yet, whose keys count, and what does not count."""

    release: Release | None
    keys: tuple[str, ...]
    refused: tuple[Refusal, ...]


def digest_of(step: AlertStep, bulletins: Iterable[Bulletin]) -> str:
    """Return the SHA-256 (hex) over the bulletins' sorted digests with the step's id, status, stage and expiry."""
    digests = sorted(sha256_hex(one.content.encode()) for one in bulletins)
    asked = {
        "alert": step.alert,
        "audience": step.audience,
        "bulletins": digests,
        "expires_utc": step.expires_utc,
        "stage": step.stage,
        "status": step.status,
        "step": step.id,
    }
    return sha256_hex(canonical_bytes(asked))


def request_for(step: AlertStep, bulletins: Sequence[Bulletin], asked_utc: str) -> ReleaseRequest | None:
    """Return what is asked of people for one step, or None where it needs nobody (`AlertStep.release`)."""
    if step.release == "nothing":
        return None
    digest = digest_of(step, bulletins)
    return ReleaseRequest(
        id=content_id("request", step.id, digest),
        step=step.id,
        alert=step.alert,
        status=step.status,
        stage=step.stage,
        audience=step.audience,
        bulletins=tuple(one.id for one in bulletins),
        digest=digest,
        needed=step.release if step.stage in LIFTING else "two keys",
        asked_utc=asked_utc,
        expires_utc=step.expires_utc,
        provenance=Provenance(author=AUTHOR, created_utc=asked_utc, derived_from=(step.id,)),
    )


def sign_approval(
    request: ReleaseRequest,
    private: Ed25519PrivateKey,
    signed_utc: str,
    *,
    verdict: str = "release",
    reason: str | None = None,
) -> Approval:
    """Return one person's approval (or refusal) of a request, signed for the request's realm."""
    unsigned = Approval(
        id="",
        request=request.id,
        digest=request.digest,
        key=key_id(public_hex(private)),
        verdict="refuse" if verdict == "refuse" else "release",
        signed_utc=signed_utc,
        signature="",
        reason=reason,
    )
    signature = sign(private, "approval", realm_of(request.status) or "none", _words(unsigned))
    return replace(unsigned, id=content_id("approval", _words(unsigned), signature), signature=signature)


def sign_statement(statement: HumanStatement, private: Ed25519PrivateKey) -> HumanStatement:
    """Return a statement with the id, key and signature of who makes it."""
    named = replace(statement, id="", key=key_id(public_hex(private)), signature="")
    signature = sign(private, "statement", realm_of(statement.status) or "none", _words(named))
    return replace(named, id=content_id("statement", _words(named), signature), signature=signature)


def sign_rule(rule: StandingRule, private: Ed25519PrivateKey) -> StandingRule:
    """Return a standing rule with one more signature; its id stays that of its words."""
    words = _words(_bare(rule))
    signature = sign(private, "rule", realm_of(rule.status) or "none", words)
    signed = (*rule.signatures, (key_id(public_hex(private)), signature))
    return replace(rule, id=content_id("rule", words), signatures=signed)


def why_statement_counts_not(
    statement: HumanStatement, trust: TrustStore, realm: KeyRealm, now_utc: str, *, as_then: bool = False
) -> str | None:
    """Return why a person's statement is refused in a realm, or None where an officer's key made it.

    `as_then` judges as it was judged at `now_utc` (see `TrustStore.why_not`).
    """
    if realm_of(statement.status) != realm:
        return f"statement of status {statement.status} in the {realm} realm"
    if (unreadable := _readable(statement.time_utc)) is not None:
        return unreadable
    problem = trust.why_not(statement.key, role="officer", realm=realm, now_utc=now_utc, as_then=as_then)
    if problem is None and is_yet_to_come(statement.time_utc, now_utc):
        problem = f"made at {statement.time_utc}, which is yet to come"
    words = _words(replace(statement, id="", signature=""))
    return problem or _signature_problem(trust, statement.key, statement.signature, "statement", realm, words)


def is_yet_to_come(time_utc: str, now_utc: str) -> bool:
    """Return whether an instant is further ahead of now than two clocks may differ; not where it is no instant."""
    return _readable(time_utc) is None and parse_instant(time_utc) > parse_instant(now_utc) + CLOCKS_DIFFER_S


def why_rule_counts_not(rule: StandingRule, step: AlertStep, trust: TrustStore, now_utc: str) -> str | None:
    """Return why a standing rule does not let out a step now, or None where it does."""
    realm = realm_of(rule.status)
    if realm is None or realm_of(step.status) != realm:
        return f"rule of status {rule.status}, step of status {step.status}"
    if step.stage != rule.stage or step.audience != rule.audience:
        return f"rule for {rule.stage} to {rule.audience}, step is {step.stage} to {step.audience}"
    return (
        _first_word_problem(step)
        or _bounds_problem(rule, step, now_utc)
        or _rule_signatures_problem(rule, trust, realm, now_utc)
    )


def judge(
    request: ReleaseRequest,
    step: AlertStep,
    bulletins: Sequence[Bulletin],
    approvals: Iterable[Approval],
    trust: TrustStore,
    now_utc: str,
    *,
    rules: Iterable[StandingRule] = (),
    statements: Iterable[HumanStatement] = (),
    locked: str | None = None,
    over: str | None = None,
) -> Judgement:
    """Return what approvals, statements and rules come to at `now_utc` for one request (see the module).

    `locked` is why nothing but the lifting of alerts may be let out now (`tell.proficiency`), `over` why this step
    may be let out no longer (`tell.alerts.why_not_release`), each None where it may.
    """
    realm = realm_of(request.status)
    broken = over or _request_problem(request, step, bulletins, realm)
    if broken is not None or realm is None:
        return Judgement(_decided(request, "refused", now_utc, broken or "a draft is never let out"), (), ())
    if parse_instant(now_utc) >= parse_instant(request.expires_utc):
        reason = f"nobody answered before {request.expires_utc}"
        return Judgement(_decided(request, "expired", now_utc, reason), (), ())
    signed, refused = _sorted_out(request, approvals, trust, realm, now_utc)
    spoken, unheard = _spoken_for(request, statements, trust, realm, now_utc)
    refused += unheard
    stops = [one for one in signed if one.verdict == "refuse"]
    if stops:
        reason = f"refused by {_holder(trust, stops[0].key)}: {stops[0].reason or 'no reason given'}"
        return Judgement(_decided(request, "refused", now_utc, reason, keys=(stops[0].key,)), (), tuple(refused))
    keys = _distinct_holders([*(one.key for one in signed), *spoken], trust)
    if locked is not None and request.stage not in LIFTING:
        return Judgement(None, keys, (*refused, Refusal(request.id, locked)))
    release = _by_people(request, keys, trust, now_utc) or _by_rule(request, step, trust, now_utc, rules, refused)
    return Judgement(release, keys, tuple(refused))


def _words(value: Approval | HumanStatement | StandingRule) -> bytes:
    return canonical_bytes(replace(value, id=""))


def _bare(rule: StandingRule) -> StandingRule:
    return replace(rule, id="", signatures=())


def _signature_problem(
    trust: TrustStore, key: str, signature: str, purpose: str, realm: KeyRealm, words: bytes
) -> str | None:
    found = trust.find(key)
    if found is not None and is_signed(found.public, signature, purpose, realm, words):
        return None
    return "the signature is not this key's over these words"


def _request_problem(
    request: ReleaseRequest, step: AlertStep, bulletins: Sequence[Bulletin], realm: KeyRealm | None
) -> str | None:
    if realm is None:
        return f"status {request.status} is never let out"
    if request.step != step.id or request.digest != digest_of(step, bulletins):
        return "the bulletins are not what was asked for: their digest differs"
    if {one.id for one in bulletins} != set(request.bulletins) or not bulletins:
        return "the bulletins are not those that were asked for"
    strays = {one.status for one in bulletins} - {request.status}
    return f"a bulletin has status {strays.pop()}, the request {request.status}" if strays else None


def _sorted_out(
    request: ReleaseRequest, approvals: Iterable[Approval], trust: TrustStore, realm: KeyRealm, now_utc: str
) -> tuple[list[Approval], list[Refusal]]:
    counted: dict[tuple[str, str], Approval] = {}
    refused = []
    for approval in approvals:
        problem = _approval_problem(request, approval, trust, realm, now_utc)
        if problem is None and (approval.key, approval.verdict) in counted:
            problem = "this key has signed already"
        if problem is None:
            counted[approval.key, approval.verdict] = approval
        else:
            refused.append(Refusal(approval.id, problem))
    return list(counted.values()), refused


def _approval_problem(
    request: ReleaseRequest, approval: Approval, trust: TrustStore, realm: KeyRealm, now_utc: str
) -> str | None:
    if approval.request != request.id or approval.digest != request.digest:
        return f"signed for another request: {approval.request}"
    return _readable(approval.signed_utc) or (
        trust.why_not(approval.key, role="officer", realm=realm, now_utc=now_utc)
        or _signature_problem(trust, approval.key, approval.signature, "approval", realm, _unsigned(approval))
        or _age_problem(request, approval, now_utc)
    )


def _unsigned(approval: Approval) -> bytes:
    return _words(replace(approval, signature=""))


def _age_problem(request: ReleaseRequest, approval: Approval, now_utc: str) -> str | None:
    signed = parse_instant(approval.signed_utc)
    if signed < parse_instant(request.asked_utc) - CLOCKS_DIFFER_S:
        return f"signed at {approval.signed_utc}, before it was asked for"
    if signed > parse_instant(now_utc) + CLOCKS_DIFFER_S:
        return f"signed at {approval.signed_utc}, which is yet to come"
    return f"signed at {approval.signed_utc}, too late" if signed >= parse_instant(request.expires_utc) else None


def _spoken_for(
    request: ReleaseRequest,
    statements: Iterable[HumanStatement],
    trust: TrustStore,
    realm: KeyRealm,
    now_utc: str,
) -> tuple[list[str], list[Refusal]]:
    keys, refused = [], []
    for statement in statements:
        if statement.alert != request.alert or _MADE_OF.get(statement.kind) != request.stage:
            continue
        problem = why_statement_counts_not(statement, trust, realm, now_utc)
        if problem is None:
            keys.append(statement.key)
        else:
            refused.append(Refusal(statement.id, problem))
    return keys, refused


def _readable(time_utc: str) -> str | None:
    """Return why a person's instant is none, or None where it is one."""
    try:
        parse_instant(time_utc)
    except InputError as error:
        return error.message
    return None


def _holder(trust: TrustStore, key: str) -> str:
    found = trust.find(key)
    return found.holder if found else key


def _distinct_holders(keys: Iterable[str], trust: TrustStore) -> tuple[str, ...]:
    """Return one key for each person: who holds two keys is one person still."""
    return tuple({_holder(trust, key): key for key in sorted(set(keys), reverse=True)}.values())


def _by_people(request: ReleaseRequest, keys: tuple[str, ...], trust: TrustStore, now_utc: str) -> Release | None:
    needed = 1 if request.needed == "one key" and request.stage in LIFTING else 2
    if len(keys) < needed:
        return None
    names = " and ".join(sorted(_holder(trust, key) for key in keys))
    return _decided(request, "released", now_utc, f"signed by {names}", keys=keys)


def _by_rule(
    request: ReleaseRequest,
    step: AlertStep,
    trust: TrustStore,
    now_utc: str,
    rules: Iterable[StandingRule],
    refused: list[Refusal],
) -> Release | None:
    for rule in rules:
        problem = why_rule_counts_not(rule, step, trust, now_utc)
        if problem is None:
            keys = tuple(key for key, _ in rule.signatures)
            return _decided(request, "released", now_utc, f"standing rule {rule.name}", keys=keys, rule=rule.id)
        refused.append(Refusal(rule.id, problem))
    return None


def _first_word_problem(step: AlertStep) -> str | None:
    if step.stage not in {"launch", "fall_predicted"}:
        return f"no rule lets out {step.stage}"
    return None if step.number == 1 else "a rule lets out the first word of an alert alone"


def _bounds_problem(rule: StandingRule, step: AlertStep, now_utc: str) -> str | None:
    now = parse_instant(now_utc)
    if (unreadable := _readable(rule.not_before_utc) or _readable(rule.expires_utc)) is not None:
        return unreadable
    if not parse_instant(rule.not_before_utc) <= now < parse_instant(rule.expires_utc):
        return f"rule valid from {rule.not_before_utc} to {rule.expires_utc}"
    if not step.probability >= rule.least_probability:
        return f"probability {step.probability:.2f}, the rule needs {rule.least_probability:.2f}"
    left_s = time_to_impact_s(step, now_utc)
    if left_s is None:
        return "no time of impact is known"
    if left_s > rule.longest_to_impact_s:
        return f"{left_s:.0f} s to impact, the rule is for {rule.longest_to_impact_s:.0f} s at most"
    return None


def time_to_impact_s(step: AlertStep, now_utc: str) -> float | None:
    """Return the seconds from now to the earliest that a place told of is reached, or None where none is known."""
    instants = [step.fall_utc, *(place.earliest_utc for place in step.places)]
    known = [parse_instant(one) for one in instants if one is not None]
    return min(known) - parse_instant(now_utc) if known else None


def _rule_signatures_problem(rule: StandingRule, trust: TrustStore, realm: KeyRealm, now_utc: str) -> str | None:
    words = _words(_bare(rule))
    if rule.id != content_id("rule", words):
        return "the rule's id is not that of its words"
    good = []
    for key, signature in rule.signatures:
        problem = trust.why_not(key, role="officer", realm=realm, now_utc=now_utc) or _signature_problem(
            trust, key, signature, "rule", realm, words
        )
        if problem is None:
            good.append(key)
    people = len(_distinct_holders(good, trust))
    return None if people >= 2 else f"signed by {people} officers whose keys count now, two are needed"


def _decided(
    request: ReleaseRequest,
    outcome: str,
    now_utc: str,
    reason: str,
    *,
    keys: tuple[str, ...] = (),
    rule: str | None = None,
) -> Release:
    from_ = (request.id,) if rule is None else (request.id, rule)
    return Release(
        id=content_id("release", request.id, outcome),
        request=request.id,
        step=request.step,
        alert=request.alert,
        outcome="released" if outcome == "released" else "expired" if outcome == "expired" else "refused",
        keys=keys,
        rule=rule,
        decided_utc=now_utc,
        reason=reason,
        provenance=Provenance(author=AUTHOR, created_utc=now_utc, derived_from=from_),
    )
