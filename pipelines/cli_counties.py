"""Commands about invented counties: `simulate` and `calibrate`."""

from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.telling import busy, out_console, parse_date, print_json, told

AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output")
]
MISSED = 11
"""Exit code of `calibrate` where a published figure is missed; the others stand with the errors."""


def simulate(
    households: Annotated[int, typer.Option(help="How many households live there", min=200, max=200_000)],
    seed: Annotated[int, typer.Option(help="The same seed gives the same county")],
    out: Annotated[Path, typer.Option(help="Gets `landing/`, and `truth/` that no pipeline step reads")],
    years: Annotated[int, typer.Option(help="Years of history", min=2, max=15)] = 6,
    place: Annotated[Path | None, typer.Option(help="A place folder, or a prefix of its files")] = None,
    end: Annotated[str | None, typer.Option(help="Last day of history (ISO date)")] = None,
    world: Annotated[
        str, typer.Option(help="What is planted: default, placebo, hidden-need, flat, drift, biased or shock")
    ] = "default",
    mess: Annotated[
        int, typer.Option(help="How dirty the files are: 0 spotless to 3 harsh", min=0, max=3)
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Invent a county: people who never were, written as the files a council lands."""
    from pipelines.demo import END, invent_county

    with told(as_json), busy() as say:
        last = parse_date(end, "--end") if end else END
        landing = invent_county(
            out,
            households=households,
            seed=seed,
            years=years,
            end=last,
            place=place,
            world=world,
            mess=mess,
            progress=say,
        )
    result = {
        "landing": str(landing),
        "truth": str(out / "truth"),
        "households": households,
        "world": world,
        "mess": mess,
        "invented": True,
    }
    if as_json:
        print_json(result)
    else:
        out_console.print(f"Invented {households:,} households: {landing}\nNext: forebridge check {landing}")


def calibrate(
    county: Annotated[Path, typer.Argument(help="What `forebridge simulate` wrote: `landing/` and `truth/`")],
    page: Annotated[Path | None, typer.Option(help="Write the whole table as Markdown")] = None,
    all_lines: Annotated[bool, typer.Option("--all", help="Show what is within its tolerance too")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold an invented county against published figures, one by one; fail where one is missed."""
    from pipelines.screens_calibration import calibration_lines
    from simulator.calibration import calibrate as compare
    from simulator.calibration import calibration_page

    with told(as_json):
        with busy() as say:
            say("Measuring the county as it is written")
            found = compare(county)
        if page:
            page.write_text(calibration_page({county.name: found}), encoding="utf-8")
        if as_json:
            print_json({"county": str(county), "targets": [_plain(asdict(each)) for each in found]})
        else:
            for line in calibration_lines(found, all_lines=all_lines):
                out_console.print(line)
    if not all(each.within for each in found):
        raise typer.Exit(MISSED)


def _plain(target: dict[str, Any]) -> dict[str, Any]:
    """The same, with null where nothing could be measured: JSON knows no NaN."""
    return {k: None if isinstance(v, float) and isnan(v) else v for k, v in target.items()}
