"""`launchwatch schema`."""

import click

from launchwatch.cli.common import JSON, print_json

SHARED = "shared"


@click.command("schema")
@click.argument("kind", required=False)
@JSON
def command(kind: str | None, *, as_json: bool) -> None:
    """Print the JSON Schema (2020-12) of a KIND of fact; without KIND, list the kinds.

    `shared/KIND` is what goes to partners of it, `shared` the message around that.
    """
    from launchwatch.facts import KINDS, schema_of
    from launchwatch.facts.message import message_schema
    from launchwatch.facts.shared import VIEWS, shared_schema

    shared = [SHARED, *(f"{SHARED}/{one}" for one in VIEWS)]
    if kind is not None and kind.startswith(SHARED):
        print_json(message_schema() if kind == SHARED else shared_schema(kind.removeprefix(f"{SHARED}/")))
    elif kind is not None:
        print_json(schema_of(kind))
    elif as_json:
        print_json([*KINDS, *shared])
    else:
        click.echo("\n".join([*KINDS, *shared]))
