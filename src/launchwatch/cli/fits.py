"""What `launchwatch estimate` prints of claims: who fits, and the reason for one."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from launchwatch.basis.errors import printable
from launchwatch.cli.common import print_plain, table_console

if TYPE_CHECKING:
    from launchwatch.facts import Fit

_WIDE, _TITLE = 110, 16


def print_fits(fits: Sequence["Fit"]) -> None:
    """Print who fits: a row for each office's word that the flight model weighs, a line for the others."""
    from rich.table import Table
    from rich.text import Text

    from launchwatch.tell.fits import fit_row

    weighed = [fit_row(fit) for fit in fits if fit.prediction is not None]
    others = [fit for fit in fits if fit.prediction is None]
    if weighed:
        table = Table(title="who fits: what was said against all that others said", box=None, pad_edge=False)
        table.add_column("", justify="right")
        for name in ("who", "matter", "said", "the rest predicts"):
            table.add_column(name, overflow="fold")
        table.add_column("verdict", no_wrap=True)
        for row in weighed:
            said = f"{row.said} (×{row.times})" if row.times > 1 else row.said
            cells = (f"{row.number}", row.office, row.matter, said, row.predicted, f"{row.sign} {row.verdict}")
            table.add_row(*(Text(printable(cell)) for cell in cells))
        table_console().print(table)
    if others:
        first, last = others[0].number, others[-1].number
        span = f"{first} to {last}" if last > first else f"{first}"
        print_plain(f"  {span}: not weighed; --explain NUMBER tells why, as of every other")


def print_explanation(fit: "Fit", names: Mapping[str, str]) -> None:
    """Print the reason for one claim, in titled paragraphs."""
    from launchwatch.tell.fits import explain

    before = ""
    for title, text in explain(fit, names):
        lines = wrap(" ".join(text.split()), _WIDE - _TITLE) or [""]
        shown = "" if title == before else title
        print_plain("\n".join(f"{shown if k == 0 else '':<{_TITLE}}{line}" for k, line in enumerate(lines)))
        before = title
