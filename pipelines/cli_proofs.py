"""Commands that hold a finished run to account: `leak-hunt`, `ablate`, `papers`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from configs.settings import load_settings
from pipelines.telling import busy, out_console, parse_date, print_json, told

if TYPE_CHECKING:
    from pipelines.ablating import Ablated
    from pipelines.hunting import Hunted

Landing = Annotated[Path, typer.Option("--landing", help="The landing folder the run was made from")]
Out = Annotated[Path, typer.Option("--out", help="Folder of the runs")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="A council's own settings (TOML) over the defaults")
]


def leak_hunt(
    landing: Landing,
    out: Out,
    as_of: Annotated[
        list[str] | None, typer.Option("--as-of", help="A date to look at (may be given more than once)")
    ] = None,
    dates: Annotated[
        int, typer.Option(help="How many random dates to draw, where none is given", min=1)
    ] = 10,
    relink: Annotated[
        int, typer.Option(help="At how many of them, newest first, to redo the linkage too", min=0)
    ] = 1,
    seed: Annotated[int, typer.Option(help="Where the draw of dates starts")] = 0,
    plant: Annotated[
        bool, typer.Option("--plant", help="Plant a leak in a copy first, to see that the hunt finds it")
    ] = False,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Make the newest run's tables again from a landing truncated at each date; they must be equal.

    Exit code 13 when a table holds what nobody could have known on its date.
    """
    from pipelines.hunting import hunt_leaks, refuse_leaks

    with told(as_json):
        on = [parse_date(day, "--as-of") for day in as_of or []]
        with busy() as say:
            hunted = hunt_leaks(
                landing,
                out,
                load_settings(settings),
                dates=on,
                how_many=dates,
                relink=relink,
                seed=seed,
                plant=plant,
                say=say,
            )
        if not as_json:
            _show(hunted)
        refuse_leaks(hunted)
    if as_json:
        print_json(hunted.as_dict())


def ablate(
    out: Out,
    name: Annotated[
        list[str] | None,
        typer.Option("--name", help="Which of [ablations] to ask about (may be given more than once)"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Where random draws start")] = 7,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """What living alone, a cold home, or another named circumstance does, and what its features buy.

    Asked of the newest run, whose own dates and outcomes it uses; nothing is put in use. The answer goes into
    the model card.
    """
    from pipelines.ablating import ablate as ask

    with told(as_json), busy() as say:
        found = ask(out, load_settings(settings), names=name or [], seed=seed, say=say)
    if as_json:
        print_json(found.as_dict())
    else:
        _show_ablated(found)


def papers(out: Out, settings: SettingsFile = None, as_json: AsJson = False) -> None:
    """Write the model card, ATRS record, DPIA annex and TRIPOD+AI checklist of the newest release.

    They come from the run itself; what only people know stands in the settings, [papers]. Each month writes
    them too: this writes them anew once more is filled in, or a leak hunt has run.
    """
    from pipelines.papers import put_papers

    with told(as_json):
        written = put_papers(out, load_settings(settings))
    if as_json:
        print_json(written)
        return
    for file in written["files"]:
        out_console.print(file, highlight=False, soft_wrap=True)
    if written["missing"]:
        out_console.print(f"Named in them as missing ([papers]): {', '.join(written['missing'])}")


def _show(hunted: "Hunted") -> None:
    label = " (invented data)" if hunted.invented else ""
    heads = ("As of", "People", "In one table only", "Columns that differ", "Cells that differ", "")
    rows = (
        (one.as_of.isoformat(), f"{one.people:,}", f"{one.only_in_run + one.only_then:,}",
         str(len(one.columns)), f"{sum(one.columns.values()):,}", "equal" if one.equal else "DIFFERS")
        for one in hunted.found
    )  # fmt: skip
    _print_table(f"Tables of the run of {hunted.run} made again{label}", heads, rows)
    for again in hunted.relinked:
        out_console.print(
            f"Linkage redone as of {again.as_of}: {again.found_again:.2%} of {again.people:,} people found "
            f"again, {again.equal_rows:.2%} of their rows equal"
        )
    if hunted.planted and not hunted.clean:
        out_console.print("The planted leak was found: hospital stays known on the day they began.")


def _show_ablated(found: "Ablated") -> None:
    label = " (invented data)" if found.invented else ""
    heads = (
        "Circumstance",
        "Age",
        "Ages",
        "Outcome",
        "Events",
        f"Likelier within {found.shortest_days} days",
    )
    rows = (
        (r["phrase"], r["age_group"], r["ages"], r["outcome_phrase"], f"{r['n_events']:,}", r["said"])
        for r in found.weight
    )
    _print_table(f"What each circumstance does, people alike otherwise{label}", heads, rows)
    heads = ("Features", "Age", "Outcome", "Events", "Average precision with, without", "Said")
    rows = (
        (r["phrase"], r["age_group"], r["outcome_phrase"], f"{r['n_events']:,}",
         f"{r['average_precision']:.4f}, {r['average_precision_without']:.4f}", r["said"])
        for r in found.worth
    )  # fmt: skip
    _print_table(f"What their features buy within {found.horizon_days} days{label}", heads, rows)


def _print_table(title: str, heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(title=title, title_justify="left")
    for head in heads:
        table.add_column(head)
    for row in rows:
        table.add_row(*row)
    out_console.print(table)
