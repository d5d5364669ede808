"""`launchwatch drill`."""

from pathlib import Path
from typing import Any

import click

from launchwatch.cli.common import JSON, print_json, print_plain, print_wrapped

NOT_PASSED = 1
"""Exit status of a drill that was held and not passed."""
STAGES = ("launch", "fall_predicted", "passed", "fell_at_sea", "fell_inside", "no_longer_possible")


def _nodes(_: click.Context, parameter: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(name.strip().upper() for name in value.split(",") if name.strip())
    if not names or len(set(names)) < len(names) or not all(name.isalnum() for name in names):
        raise click.BadParameter("give names such as KR,US,JP, each once", param=parameter)
    return names


@click.command("drill")
@click.argument("what", required=False, metavar="SCENARIO|random|HISTORY")
@click.option("--nodes", default="KR,US,JP", show_default=True, callback=_nodes, metavar="NAMES",
              help="One node for each partner: the owners of the scenario's sensors.")  # fmt: skip
@click.option("--speed", type=click.FloatRange(0.1, 100.0), default=10.0, show_default=True,
              help="Times as fast as life.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), help="Seed of noise and of a random launch [default: the scenario's, or 0].")  # fmt: skip  # noqa: E501
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Folder for the nodes, their received bulletins and the score [default: a temporary one].")  # fmt: skip  # noqa: E501
@click.option("--approve-after", type=click.FloatRange(min=0), default=5.0, show_default=True, metavar="SECONDS",
              help="When the two officers sign, in seconds of the drill.")  # fmt: skip
@click.option("--nobody", is_flag=True, help="No officer signs anything: nothing may go out to the public.")
@click.option("--refuse", type=click.Choice(STAGES), multiple=True, help="Stages that the officers refuse.")
@click.option("--cancel-after", type=click.FloatRange(min=0), metavar="SECONDS",
              help="So long after the first release one officer states that it was issued in error.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave the nodes' exercise realm as it is, to look at.")
@click.option("--prepare", is_flag=True,
              help="Make the nodes and start nothing: `launchwatch node run` runs each by hand.")  # fmt: skip
@click.option("--start-in", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS",
              help="Seconds of the machine until the first plots [default: as the machine needs; prepared: 180].")  # fmt: skip  # noqa: E501
@click.option("--list", "list_", is_flag=True, help="List the packaged scenarios and histories.")
@JSON
def command(
    what: str | None, *, nodes: tuple[str, ...], speed: float, seed: int | None, out: Path | None,
    approve_after: float, nobody: bool, refuse: tuple[str, ...], cancel_after: float | None, keep: bool,
    prepare: bool, start_in: float | None, list_: bool, as_json: bool,
) -> None:  # fmt: skip
    """Hold an exercise from plots to read-back bulletins, and score it.

    SCENARIO is a packaged one or a TOML file; `random` draws a launch; HISTORY replays the script of a day on
    which a real system failed. An exercise starts one node for each partner with keys of its own, gives each its
    own sensors' plots, signs as two officers would, and ends everything again. Exit status 1: not passed.
    """
    from launchwatch.run.drill import (
        Plan,
        Script,
        histories,
        hold_drill,
        known_drills,
        prepare_drill,
        replay_history,
    )

    if list_:
        _list(known_drills(), as_json=as_json)
        return
    if what is None:
        raise click.UsageError("name a SCENARIO, random or a HISTORY, or ask for --list")
    if what in histories():
        result = replay_history(what)
        print_json(result) if as_json else _show_history(result)
        _end(passed=result.passed, reasons=result.reasons)
        return
    script = Script(
        approve_after_s=None if nobody else approve_after, refuse=frozenset(refuse), cancel_after_s=cancel_after
    )
    plan = Plan(
        scenario=what, nodes=nodes, speed=speed, seed=seed, script=script, keep=keep, out=out, start_s=start_in
    )
    if prepare:
        made = prepare_drill(plan)
        print_json(made) if as_json else _show_prepared(made)
        return
    held = hold_drill(plan, lambda text: click.echo(text, err=True))
    print_json(held) if as_json else _show(held)
    _end(passed=held.score.passed, reasons=held.score.reasons)


def _show_prepared(made: Any) -> None:
    starts, ends = made.starts_utc[11:19], made.ends_utc[11:19]
    click.echo(f"{made.title}; by this machine's clock first plots at {starts} UTC, last at {ends}")
    for folder in made.nodes:
        click.echo(f"launchwatch node run {folder}")
    for name, keys in made.officers.items():
        click.echo(f"officers of {name}:")
        for key in keys:
            click.echo(f"  {key}")
    click.echo(f"passphrase of the officers' keys: {made.passphrase}")


def _end(*, passed: bool, reasons: Any) -> None:
    if not passed:
        for reason in reasons:
            click.echo(f"not passed: {reason}", err=True)
        raise click.exceptions.Exit(NOT_PASSED)


def _list(known: dict[str, dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        print_json(known)
        return
    for kind, titles in known.items():
        click.echo(f"{kind}:")
        for name, title in titles.items():
            print_wrapped(f"  {name:24} {title}", 27)


def _show(held: Any) -> None:
    from launchwatch.tell.wording import say_stage

    click.echo(f"{held.title}, {held.speed:g} times as fast as life; bulletins in order of decision")
    click.echo(_ROW.format("decided", "node", "audience", "stage", "p", "released", "back", "outcome"))
    for one in held.bulletins:
        print_plain(
            _ROW.format(
                one.decided_utc[11:19],
                one.node,
                one.audience,
                say_stage(one.stage, one.reason),
                f"{one.probability:.2f}",
                _clock(one.released_utc),
                _clock(one.received_utc),
                one.outcome,
            )
        )
        if where := _where(one):
            print_wrapped(f"{'':14}{where}", 14)
    for name, node in held.score.nodes.items():
        print_wrapped(_node_line(name, node), 4)
    if any(one.warned == "one path alone" for one in held.score.nodes.values()):
        print_wrapped(
            "one owner's sensors are one path, which confirms nothing: nothing was to be told to anybody", 0
        )
    click.echo("passed" if held.score.passed else "not passed")
    click.echo(f"nodes, bulletins and score: {held.folder}")


_ROW = "{:8} {:4} {:8} {:18} {:>4}  {:8} {:8} {}"


def _where(one: Any) -> str:
    if one.area:
        return ", ".join(one.area)
    others = [place.name for place in one.places if place.role in {"NAVAREA", "FIR", "coastal state"}]
    return ", ".join(others[:3]) + (f" and {len(others) - 3} more" if len(others) > 3 else "")


def _clock(time_utc: str | None) -> str:
    return time_utc[11:19] if time_utc else "-"


def _node_line(name: str, node: Any) -> str:
    words = [f"{name}: public {node.warned}"]
    if node.after_launch_s is not None:
        words.append(f"first warning read back {node.after_launch_s:.0f} s after lift-off")
    if node.before_arrival_s is not None:
        words.append(f"{node.before_arrival_s:.0f} s before it arrived")
    if node.districts_right is not None:
        words.append("district right" if node.districts_right else "district wrong")
    words.append(f"{node.read_back} of {node.bulletins} bulletins read back")
    facts = ", ".join(f"{count} from {partner}" for partner, count in sorted(node.partners.items()))
    words.append(f"facts: {facts or 'none from partners'}")
    if node.comparisons:
        words.append(f"{node.differences} of {node.comparisons} comparisons differ")
    return "; ".join(words)


def _show_history(result: Any) -> None:
    click.echo(result.title)
    for line in result.lines:
        click.echo(f"  {line}")
    click.echo("passed" if result.passed else "not passed")
