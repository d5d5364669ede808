"""`launchwatch schema`."""

import click

from launchwatch.cli.common import JSON, print_json


@click.command("schema")
@click.argument("kind", required=False)
@JSON
def command(kind: str | None, *, as_json: bool) -> None:
    """Print the JSON Schema (2020-12) of a KIND of fact; without KIND, list the kinds."""
    from launchwatch.facts import KINDS, schema_of

    if kind is not None:
        print_json(schema_of(kind))
    elif as_json:
        print_json(list(KINDS))
    else:
        click.echo("\n".join(KINDS))
