"""`launchwatch map`."""

import re
import sys
from pathlib import Path
from typing import Any

import click

from launchwatch.cli.common import JSON, print_json

_SIZE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)x(\d{1,5}(?:\.\d{1,3})?)(mm|cm|in)?", re.IGNORECASE)
_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4}


def _size(_: click.Context, parameter: click.Parameter, value: str) -> tuple[float, float]:
    match = _SIZE.fullmatch(value.replace(" ", "").replace("×", "x"))
    if match is None:
        raise click.BadParameter(f"{value!r} is no size such as 180x160mm, 18x16cm or 7x6in", param=parameter)
    scale = _MM[(match[3] or "mm").lower()]
    return float(match[1]) * scale, float(match[2]) * scale


@click.command("map")
@click.argument("event", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--out", "files", multiple=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="File to write, .svg, .png or .pdf; may be repeated  [default: map.svg].")  # fmt: skip
@click.option("--size", "size_mm", default="180x160mm", show_default=True, callback=_size, metavar="WxH",
              help="Width and height, in mm, cm or in.")  # fmt: skip
@click.option(
    "--dpi", type=click.IntRange(50, 1200), default=300, show_default=True, help="Dots an inch of a PNG."
)
@click.option("--dark", is_flag=True, help="Light on dark.")
@click.option("--territorial/--no-territorial", default=None,
              help="Draw or leave out territorial seas  [default: where the scale shows them].")  # fmt: skip
@JSON
def command(event: Path, files: tuple[Path, ...], *, as_json: bool, **options: Any) -> None:
    """Print the map of EVENT, an event record (event.json; `-` is standard input), as SVG, PNG or PDF.

    The projection is chosen for the event. The same record gives the same bytes.

    \b
      launchwatch map found/EVENT/event.json --out map.svg --out map.png
      launchwatch map event.json --out slide.png --dark --size 254x143mm --dpi 150
    """
    from launchwatch.run.mapping import print_map

    record = sys.stdin.buffer.read() if str(event) == "-" else event.read_bytes()
    done = print_map(record, files or (Path("map.svg"),), **options)
    if done.lacks_letters:
        told = "the font of the map has no Kanji and Hangul: they stand as […] on it, and whole in its description"
        click.echo(f"note: {told}", err=True)
    if as_json:
        print_json(
            {
                "title": done.title,
                "told": done.told,
                "projection": done.projection,
                "size_mm": done.size_mm,
                "written": [str(file) for file in done.files],
            }
        )
        return
    for file in done.files:
        click.echo(file)
    click.echo(f"projection: {done.projection.name}: {done.projection.reason}")
