"""An invented county beside published figures, on the screen."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from simulator.calibration import Comparison


def calibration_lines(found: Sequence[Comparison], *, all_lines: bool) -> Iterable[RenderableType]:
    """The misses (all comparisons with `all_lines`) as a table, then how many of how many are within."""
    shown = [each for each in found if all_lines or not each.within]
    if shown:
        yield _table(shown)
    missed = sum(not each.within for each in found)
    yield Text(
        f"{len(found) - missed} of {len(found)} figures lie within what is accepted"
        + (f"; {missed} do not." if missed else ". Every person measured is invented.")
    )


def _table(shown: Sequence[Comparison]) -> Table:
    table = Table(title="Published figures and this invented county", title_justify="left")
    for head in ("Figure", "Published", "Accepted", "Here", "n", "Source (how sure)"):
        table.add_column(head)
    for each in shown:
        table.add_row(
            f"{each.what} ({each.unit})",
            f"{each.target:,.4g}",
            f"{each.low:,.4g} to {each.high:,.4g}",
            Text(f"{each.simulated:,.4g}", style="" if each.within else "bold red"),
            f"{each.size:,}",
            f"{each.source.split(':')[0]} ({each.how_sure})",
        )
    return table
