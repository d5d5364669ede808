"""`launchwatch simulate`."""

from pathlib import Path
from typing import Literal

import click

from launchwatch.cli.common import JSON, print_json


@click.command("simulate")
@click.argument("scenario", required=False)
@click.option("--out", type=click.Path(path_type=Path), default=Path("simulated"), show_default=True,
              help="Folder for the recording and the scenario's reports.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), help="Seed of the sensors' noise [default: the scenario's].")
@click.option("--format", "form", type=click.Choice(["ndjson", "parquet"]), default="ndjson", show_default=True,
              help="Form of the recording.")  # fmt: skip
@click.option("--list", "list_", is_flag=True, help="List the packaged scenarios.")
@JSON
def command(
    scenario: str | None,
    *,
    out: Path,
    seed: int | None,
    form: Literal["ndjson", "parquet"],
    list_: bool,
    as_json: bool,
) -> None:
    """Make a recording from SCENARIO: a TOML file or the name of a packaged scenario.

    Truth goes into the recording for scoring; no estimator reads it. Invented sensors say that they are.
    """
    from launchwatch.run.commands import scenarios, simulate_scenario

    if list_:
        print_json(scenarios()) if as_json else click.echo("\n".join(scenarios()))
        return
    if scenario is None:
        raise click.UsageError("name a SCENARIO, or ask for --list")
    made = simulate_scenario(scenario, out, seed=seed, form=form)
    if as_json:
        print_json(
            {"recording": str(made.recording), "reports": [str(p) for p in made.reports], "plots": made.plots}
        )
        return
    click.echo(f"{made.title}: {made.plots} plots of {made.sensors} sensors in {made.recording}")
    if made.reports:
        click.echo(f"{len(made.reports)} reports in {made.reports[0].parent}")
