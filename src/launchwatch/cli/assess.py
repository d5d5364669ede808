"""`launchwatch assess`."""

from pathlib import Path
from typing import Any

import click

from launchwatch.cli.common import (
    ANSWERS,
    AS_OF,
    EVIDENCE_PATH,
    JSON,
    LANES,
    LISTS,
    PRIVATE,
    PUBLISHED,
    SEED,
    SITES,
    TRAFFIC,
    print_json,
    print_plain,
    progress_bar,
    show_rejections,
)


@click.command("assess")
@click.argument("evidence", nargs=-1, type=EVIDENCE_PATH, metavar="[EVIDENCE]...")
@click.option("--out", type=click.Path(path_type=Path), default=Path("launchwatch-out"), show_default=True,
              help="Folder for index.json and one folder an event.")  # fmt: skip
@click.option(
    "--log", type=click.Path(path_type=Path), help="Evidence log to append to [default: OUT/evidence.db]."
)
@click.option("--from-log", type=click.Path(exists=True, path_type=Path),
              help="Rebuild the events of a logged run instead of reading evidence.")  # fmt: skip
@click.option("--run", metavar="ID", help="With --from-log: which run [default: the last].")
@click.option("--status", type=click.Choice(["exercise", "test", "actual"]), default="exercise", show_default=True,
              help="Marks the event record; no message is ever actual before two people release it.")  # fmt: skip
@click.option("--particles", type=click.IntRange(200, 1_000_000), default=4000, show_default=True,
              help="Size of claim posteriors: more is slower and finer.")  # fmt: skip
@click.option("--airways", is_flag=True,
              help="Also tell airways touched, from an installed package (extra: airways).")  # fmt: skip
@LANES
@LISTS
@PRIVATE
@PUBLISHED
@SITES
@TRAFFIC
@ANSWERS
@SEED
@AS_OF
@JSON
@click.pass_context
def command(
    context: click.Context, /, evidence: tuple[Path, ...], out: Path, *, as_json: bool, **options: Any
) -> None:
    """Turn EVIDENCE (reports, sensor recordings, folders of them, addresses) into event records.

    Each event gets a folder with event.json, event.html, GeoJSON, KML, CZML, a CAP message marked Exercise and a
    statement; index.json lists events, reports that joined none, and what was refused. Recordings are NDJSON,
    Parquet, ASTERIX or a pcap with ASTERIX, told by their content. `-` is standard input.

    \b
      launchwatch assess report.txt recording.ndjson --out found
      launchwatch assess --from-log found/evidence.db --out again
    """
    from launchwatch.cli.main import DONE, NOTHING_USABLE, PARTLY_REFUSED
    from launchwatch.run import commands
    from launchwatch.run.context import Settings

    if bool(evidence or options["lists"]) == (options["from_log"] is not None):
        raise click.UsageError("give either EVIDENCE (or --list) or --from-log")
    if options["from_log"] is not None and (options["traffic"] or options["answers"]):
        raise click.UsageError("--from-log takes traffic and answers from the log")
    with progress_bar() as progress:
        if options["from_log"] is not None:
            done = commands.assess_from_log(options["from_log"], out, run=options["run"], progress=progress)
        else:
            settings = Settings(
                published=options["published"],
                status=options["status"],
                particles=options["particles"],
                airways=options["airways"],
                lanes=options["lanes"],
            )
            done = commands.assess_evidence(
                evidence,
                out,
                log=options["log"],
                settings=settings,
                seed=options["seed"],
                as_of_utc=options["as_of"],
                sites=options["sites"],
                lists=options["lists"],
                private=options["private"],
                traffic=options["traffic"],
                answers=options["answers"],
                progress=progress,
            )
    show_rejections(done.rejections, "all in the log and in index.json")
    for warning in done.warnings:
        click.echo(f"warning: {warning}", err=True)
    if not done.events:
        click.echo("launchwatch: no event: the evidence tells of no launch that could be placed", err=True)
    if as_json:
        print_json(commands.assessment_document(done))
    else:
        _print_findings(done)
    context.exit(PARTLY_REFUSED if done.rejections and done.events else DONE if done.events else NOTHING_USABLE)


def _print_findings(done: Any) -> None:
    from launchwatch.tell.statement import statement_text

    for event, folder in zip(done.events, done.folders, strict=True):
        print_plain(statement_text(event))
        click.echo(f"event record: {folder / 'event.json'}")
        click.echo(f"page:         {folder / 'event.html'}\n")
    for origin, reason in done.unassigned:
        print_plain(f"unassigned: {origin}: {reason}")
    if done.log is not None:
        click.echo(f"evidence log: {done.log}")
