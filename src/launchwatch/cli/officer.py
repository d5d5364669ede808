"""What officers do on a node: see requests, approve, refuse, cancel, state, sign rules, read the ledger.

`COMMANDS` are added to the group in `launchwatch.cli.node`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import click

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.basis.signatures import key_id, public_hex
from launchwatch.cli.common import JSON, checked, print_json, print_plain, print_wrapped
from launchwatch.cli.key import passphrase

FOLDER = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="NODE")
KEY = click.option("--key", "key_file", required=True, metavar="FILE", help="Your own key, ID.pem.",
                   type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
REASON = click.option("--reason", default="", help="Why: logged with your signature, never sent out.")


@contextmanager
def _log(folder: Path) -> Iterator[tuple[Any, Any, Any, float]]:
    """Yield a node's settings, keeper and log, and the time."""
    from launchwatch.run.keeper import LogClient, LogReader
    from launchwatch.run.node_settings import clock_of, load_node_settings
    from launchwatch.run.nodes import socket_of, written_log_of

    settings = load_node_settings(folder)
    with LogReader(written_log_of(folder, settings)) as reader, LogClient(socket_of(folder, settings)) as client:
        yield settings, client, reader, clock_of(settings).now()


def _signer(folder: Path, settings: Any, key_file: Path, now: float) -> Any:
    """Return an officer's private key, once it is known that the node takes what it signs."""
    from launchwatch.run.keys import load_signer, load_trust

    private = load_signer(key_file, passphrase())
    wrong = load_trust(folder).why_not(
        key_id(public_hex(private)), role="officer", realm=settings.realm, now_utc=format_instant(now)
    )
    if wrong is not None:
        raise InputError(f"{settings.name} does not take this signature: {wrong}", try_="`launchwatch key list`")
    return private


def _called(places: Any) -> list[str]:
    """Return the names of places, each once; without the territorial seas where districts or waters are named."""
    named = [place for place in places if place.role != "territorial sea"] or places
    return list(dict.fromkeys(place.names.get("en", place.id) for place in named))


def _head(one: Any) -> None:
    """Print what a request asks, before its texts."""
    from launchwatch.tell.wording import say_stage

    request, step = one.request, one.step
    click.echo(f"{request.id}  {request.alert}  {request.status}")
    places = ", ".join(_called(step.places)) or "no area"
    print_wrapped(
        f"  {say_stage(request.stage, step.reason)} to {request.audience}, p {step.probability:.2f}: {places}", 6
    )
    click.echo(f"  needs {request.needed}, until {request.expires_utc[:19]}Z")


def _show(asked: Any) -> None:
    for one in asked:
        _head(one)
        for bulletin in sorted(one.bulletins, key=lambda text: text.form == "cap"):  # what is read by eye first
            click.echo(f"--- {bulletin.form}, {bulletin.language}")
            print_plain(bulletin.content)


@click.command(short_help="Print what waits for officers.")
@FOLDER
@click.option("--texts", is_flag=True, help="Print the exact texts too.")
@JSON
def requests(folder: Path, *, texts: bool, as_json: bool) -> None:
    """Print what waits for officers."""
    from launchwatch.run.officers import open_requests

    with _log(folder) as (_, _, reader, now):
        asked = open_requests(reader, now)
    if as_json:
        print_json([one.request for one in asked])
    elif texts:
        _show(asked)
    else:
        for one in asked:
            _head(one)
    if not asked and not as_json:
        click.echo("nothing waits for officers", err=True)


def _answer(folder: Path, which: str, key_file: Path, reason: str, *, refuse: bool, sure: bool) -> None:
    from launchwatch.run.keys import load_trust
    from launchwatch.run.officers import approve as sign
    from launchwatch.run.officers import keys_missing, open_requests

    with _log(folder) as (settings, client, reader, now):
        asked = open_requests(reader, now, which)
        if not asked:
            raise InputError("no open request", given=which, try_="`launchwatch node requests`")
        _show(asked)
        if not sure:
            click.confirm("refuse these?" if refuse else "let exactly these texts out?", abort=True, err=True)
        private = _signer(folder, settings, key_file, now)
        signed = sign(client, asked, private, now, refuse=refuse, reason=reason or None)
        missing = {} if refuse else keys_missing(reader, asked, load_trust(folder), now)
    for one in signed:
        more = ", one more officer's key is needed" if missing.get(one.request) else ""
        click.echo(f"signed: {one.verdict} {one.request}{more}")


SURE = click.option("--yes", "sure", is_flag=True, help="Do not ask whether the texts were read.")


@click.command(short_help="Sign a request after reading its texts.")
@FOLDER
@click.argument("which", metavar="REQUEST")
@KEY
@REASON
@SURE
def approve(folder: Path, *, which: str, key_file: Path, reason: str, sure: bool) -> None:
    """Sign a request (or all open ones of an alert) after reading its exact texts."""
    _answer(folder, which, key_file, reason, refuse=False, sure=sure)


@click.command(short_help="Refuse a request: one refusal stops it.")
@FOLDER
@click.argument("which", metavar="REQUEST")
@KEY
@REASON
@SURE
def refuse(folder: Path, *, which: str, key_file: Path, reason: str, sure: bool) -> None:
    """Refuse a request: one officer's refusal stops it."""
    _answer(folder, which, key_file, reason, refuse=True, sure=sure)


@click.command(short_help="Cancel an alert on every channel, in one step.")
@FOLDER
@click.argument("alert", metavar="ALERT")
@KEY
@REASON
@click.option("--no-longer-possible", "gone", is_flag=True, help="It was right, and nothing can fall any more.")
def cancel(folder: Path, *, alert: str, key_file: Path, reason: str, gone: bool) -> None:
    """Cancel an alert as issued in error, in one step, on every channel that carried it."""
    from launchwatch.run.officers import cancel as state_it
    from launchwatch.run.officers import cancelled

    with _log(folder) as (settings, client, reader, now):
        kind: Literal["no longer possible", "issued in error"] = (
            "no longer possible" if gone else "issued in error"
        )
        private = _signer(folder, settings, key_file, now)
        before = cancelled(reader, alert, kind, key_id(public_hex(private)))
        if before is not None:
            click.echo(f"cancelled already by this key: {before.kind}, {before.id}, at {before.time_utc[:19]}Z")
            return
        said = state_it(client, reader, alert, private, now, kind=kind, reason=reason)
    click.echo(f"stated: {said.kind}, {said.id}")


@click.command(short_help="State, signed, that a launch was seen.")
@FOLDER
@click.argument("what", type=click.Choice(["launch", "no-launch"]))
@KEY
@REASON
@click.option("--track", type=click.IntRange(min=0), help="The number of the track that it is about.")
def state(folder: Path, *, what: str, key_file: Path, reason: str, track: int | None) -> None:
    """State, signed, that a launch was seen: it stands for one path beside one sensor's."""
    from launchwatch.run.officers import check_track, state_launch
    from launchwatch.run.warning_parts import STATUS_OF

    with _log(folder) as (settings, client, reader, now):
        if track is not None:
            check_track(reader, track, reader.seq())
        private = _signer(folder, settings, key_file, now)
        said = state_launch(
            client, private, now, status=STATUS_OF[settings.realm], track=track, seen=what == "launch",
            reason=reason,
        )  # fmt: skip
    click.echo(f"stated: {said.kind}, {said.id}")


@click.command(short_help="Sign a standing rule in advance.")
@FOLDER
@click.argument("name", metavar="NAME")
@click.option("--key", "key_files", multiple=True, required=True, metavar="FILE", help="An officer's key; twice.",
              type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
@click.option("--stage", type=click.Choice(["launch", "fall_predicted"]), default="launch", show_default=True)
@click.option(
    "--audience", type=click.Choice(["public", "ships", "aircraft"]), default="public", show_default=True
)
@click.option("--least-probability", type=click.FloatRange(0, 1), required=True, help="Of reaching the audience.")
@click.option("--longest-to-impact", type=click.FloatRange(min=0), required=True, metavar="S", help="Seconds.")
@click.option("--until", required=True, metavar="INSTANT", callback=checked(parse_instant), help="When it ends.")
def rule(
    folder: Path, *, name: str, key_files: tuple[Path, ...], stage: str, audience: str, least_probability: float,
    longest_to_impact: float, until: str,
) -> None:  # fmt: skip
    """Sign a standing rule in advance: it lets out an alert's first word where people would be too slow."""
    from launchwatch.facts import StandingRule
    from launchwatch.run.officers import add_rule
    from launchwatch.run.warning_parts import STATUS_OF

    with _log(folder) as (settings, client, _, now):
        if parse_instant(until) <= now:
            raise InputError("this rule would be over already", given=until, allowed="an instant to come")
        made = StandingRule(
            id="", name=name, status=STATUS_OF[settings.realm], stage=stage, audience=audience,  # type: ignore[arg-type]
            least_probability=least_probability, longest_to_impact_s=longest_to_impact,
            not_before_utc=format_instant(now), expires_utc=until, signatures=(),
        )  # fmt: skip
        privates = [_signer(folder, settings, one, now) for one in key_files]
        if len({public_hex(one) for one in privates}) < 2:
            raise InputError("a rule needs the keys of two officers", given=len(key_files), try_="--key twice")
        signed = add_rule(client, made, privates)
    click.echo(f"rule {signed.name}: {signed.id}, signed by {len(signed.signatures)}, until {signed.expires_utc}")


@click.command("drill-passed", short_help="Record, signed, a passed drill: live release opens again.")
@FOLDER
@KEY
@click.option("--score", "score_file", required=True, metavar="FILE", help="score.json in the drill's folder.",
              type=click.Path(exists=True, dir_okay=False, path_type=Path))  # fmt: skip
@click.option(
    "--held", metavar="INSTANT", callback=checked(parse_instant), help="When it was held [default: now]."
)
def drill_passed(folder: Path, *, key_file: Path, score_file: Path, held: str | None) -> None:
    """Record a passed proficiency drill, signed with a live officer's key, with its score's digest."""
    from launchwatch.run.officers import drill_of, record_drill

    with _log(folder) as (settings, client, _, now):
        if settings.realm != "live":
            raise InputError(f"{settings.name} is no live node: only live release is ever locked")
        drill = drill_of(score_file.read_bytes(), held or format_instant(now), now)
        signed = record_drill(client, drill, _signer(folder, settings, key_file, now))
    click.echo(f"recorded: drill passed, held {signed.held_utc[:19]}Z, {signed.id}")


@click.command(short_help="Print what became of each step, and the score.")
@FOLDER
@JSON
def ledger(folder: Path, *, as_json: bool) -> None:
    """Print when what happened to each bulletin's step, and the scoreboard: real, false, missed, late."""
    from launchwatch.run.officers import read_ledger, why_refused

    with _log(folder) as (_, _, reader, _):
        entries, board = read_ledger(reader)
        ended = why_refused(reader)
    if as_json:
        print_json({"entries": entries, "scoreboard": board})
        return
    for one in entries:
        click.echo(f"{one.decided_utc[:19]}Z  {one.alert}  {one.stage} to {one.audience}: {one.outcome}")
        times = {
            "asked": one.asked_utc, "released": one.released_utc, "sent": one.sent_utc,
            "read back": one.received_utc,
        }  # fmt: skip
        told = [f"{what} {when[11:19]}" for what, when in times.items() if when]
        print_plain(f"  {', '.join([*told, *ended.get(one.step, ())]) or 'not asked for'}")
    click.echo(
        f"real {board.real}, false {board.false}, missed {board.missed}, late {board.late}, open {board.open}"
    )
    if board.release_to_received_p99_s is not None:
        click.echo(f"release to read-back: 99 % within {board.release_to_received_p99_s:.3f} s")


COMMANDS: tuple[click.Command, ...] = (requests, approve, refuse, cancel, state, rule, drill_passed, ledger)
