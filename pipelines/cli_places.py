"""Commands about places: `places` tells what a run found, `backtest` what it would have said before."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from configs.settings import load_settings
from pipelines.telling import busy, out_console, print_json, told

Out = Annotated[Path, typer.Option("--out", help="Folder of the runs")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="Which finished run (default: the latest)")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="A council's own settings (TOML) over the defaults")
]
Row = dict[str, Any]


def places(out: Out, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Where need gathers, by a finished run: the county's totals, hotspots, hidden need, the months ahead.

    Small numbers stand uncontrolled: it is for council analysts with access to the files.
    """
    from pipelines.places_told import tell_places

    with told(as_json):
        found = tell_places(out, as_of)
    if as_json:
        print_json(found)
        return
    out_console.print(f"As of {found['as_of']}{', invented data' if found['invented'] else ''}")
    _print_rows("People expected", found["outcomes"], PEOPLE_HEADS)
    _print_rows("Home care ahead, the whole county, both age groups", found["months_ahead"], AHEAD_HEADS)
    _print_rows("Where it gathers", found["hotspots"], HOTSPOT_HEADS)


def backtest(
    out: Out,
    quarters: Annotated[int, typer.Option(help="How many quarters back", min=1)] = 12,
    settings: SettingsFile = None,
    seed: Annotated[int, typer.Option(help="Where every draw starts")] = 0,
    as_json: AsJson = False,
) -> None:
    """What would have been said each quarter, with what was known then, beside what came.

    Hours of home care 3, 6 and 12 months ahead, county and areas; beside them the last value, the county's
    hours per head times its people, and (county) the seasonal-naive, ETS and ARIMA forecasts. Takes minutes:
    the model of need learns afresh at each quarter.
    """
    from pipelines.backtesting import backtest as go_back

    with told(as_json), busy() as say:
        found = go_back(out, load_settings(settings), quarters=quarters, seed=seed, say=say)
    if as_json:
        print_json(found.as_dict())
        return
    label = "; invented data" if found.invented else ""
    _print_rows(f"Home-care hours, {len(found.origins)} quarters back{label}", found.summary, BACKTEST_HEADS)
    out_console.print(f"Every forecast: {found.table}")


PEOPLE_HEADS = {
    "outcome": "Outcome",
    "age_group": "Age",
    "horizon_days": "Days",
    "people_mean": "People",
    "people_p10": "P10",
    "people_p90": "P90",
}
AHEAD_HEADS = {"month": "Month", "measure": "What", "mean": "Mean", "p10": "P10", "p90": "P90"}
HOTSPOT_HEADS = {
    "measure": "Measure",
    "age_group": "Age",
    "horizon_days": "Days",
    "hot": "Hot",
    "cold": "Cold",
    "new": "New",
    "growing": "Growing",
    "persistent": "Persistent",
    "fading": "Fading",
}
BACKTEST_HEADS = {
    "geography": "Where",
    "months_ahead": "Months",
    "method": "Forecast",
    "origins": "Quarters",
    "mape_percent": "MAPE %",
    "wape_percent": "WAPE %",
    "bias_percent": "Bias %",
    "coverage_p10_p90": "In P10-P90 %",
}


def _print_rows(title: str, rows: list[Row], heads: dict[str, str]) -> None:
    table = Table(title=title, title_justify="left")
    for head in heads.values():
        table.add_column(head)
    for row in rows:
        table.add_row(*(_shown(row[key]) for key in heads))
    out_console.print(table)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
