"""The models on the last screen: beside their rivals, with sizes, intervals and a verdict in words."""

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from configs.vocabulary import HORIZON_DAYS, OUTCOME_PHRASES

MODEL_WORDS = {
    "champion": "the model",
    "age_alone": "age alone",
    "frailty": "frailty category",
    "rule": "the rule",
    "last_year": "last year's record",
    "without_council_tax": "the model without council tax",
    "year_old": "the model of a year before",
    "logistic": "logistic regression",
    "carried_forward": "carried forward",
}


def models(result: dict[str, Any]) -> Group:
    """Champion and rivals in one table, by outcome and age group, with 95% intervals."""
    table = Table(
        title="Models beside their rivals (tested on later dates than trained on)", title_justify="left"
    )
    for head in ("Outcome, age, model", "Events / people", "AUC (95%)", "PPV of the list (95%)", "Brier"):
        table.add_column(head)
    newest = [r for r in result["evaluation"] if r["kind"] == "outcome" and r["split"] == 0]
    tested = [r for r in newest if r["horizon_days"] == HORIZON_DAYS]
    for row in tested:
        if row["model"] == "champion":
            table.add_section()
            table.add_row(*_outcome_row(row))
        table.add_row(*_model_row(row))
    provisional = " (provisional: nobody has confirmed it)" if result["champion"]["provisional"] else ""
    notes = [Text(f"- {note}") for note in dict.fromkeys(_notes(tested))]
    return Group(
        table, _horizons(newest), Text(f"Model {result['champion']['champion_id']}{provisional}"), *notes
    )


def _horizons(newest: list[dict[str, Any]]) -> Table:
    """The model alone at every horizon: how well it ranks, and whether the horizon was learnt."""
    table = Table(title="The model at each horizon", title_justify="left")
    for head in ("Outcome, age", "Days", "Events / people", "AUC (95%)", "Average precision (95%)", "Slope"):
        table.add_column(head)
    for row in (r for r in newest if r["model"] == "champion"):
        table.add_row(
            f"{OUTCOME_PHRASES[row['outcome']]}, {row['age_group']}",
            f"{row['horizon_days']}{' (extrapolated)' if row['extrapolated'] else ''}",
            f"{row['n_events']:,} / {row['n_people']:,}",
            span(row, "auc", 3),
            span(row, "average_precision", 3),
            number(row["calibration_slope"], 2),
        )
    return table


def _notes(tested: list[dict[str, Any]]) -> list[str]:
    return [
        f"{OUTCOME_PHRASES[row['outcome']]}, {row['age_group']}: {row[kind]}"
        for row in tested
        for kind in ("note", "alarm")
        if row["model"] == "champion" and row.get(kind)
    ]


def _outcome_row(row: dict[str, Any]) -> tuple[Text, ...]:
    phrase = Text(f"{OUTCOME_PHRASES[row['outcome']]}, {row['age_group']}", style="bold")
    return (phrase, Text(""), Text(row["verdict"], style="italic"))


def _model_row(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"  {MODEL_WORDS.get(row['model'], row['model'])}",
        f"{row['n_events']:,} / {row['n_people']:,}",
        span(row, "auc", 3),
        span(row, "ppv_at_capacity", 3),
        number(row["brier"], 4),
    )


def hours(result: dict[str, Any]) -> Table:
    """Home-care hours a person a week a year ahead, beside carrying today's hours forward."""
    table = Table(title="Home-care hours per person per week, a year ahead", title_justify="left")
    for head in ("Age", "Model", "People", "Mean error (hours)", "RMSE (hours)", "Total off by", "Verdict"):
        table.add_column(head)
    main = (r for r in result["evaluation"] if r["kind"] == "hours" and r["horizon_days"] == HORIZON_DAYS)
    for row in main:
        table.add_row(
            row["age_group"] if row["model"] == "champion" else "",
            MODEL_WORDS.get(row["model"], row["model"]),
            f"{row['n_people']:,}",
            number(row["mae"], 3),
            number(row["rmse"], 3),
            share(row["total_error_share"]),
            row.get("verdict") or "",
        )
    return table


def share(value: float | None) -> str:
    """A share in per cent; a dash where it is not known."""
    return "-" if value is None else f"{value:.1%}"


def number(value: float | None, digits: int) -> str:
    """A number to so many digits; a dash where it is not known."""
    return "-" if value is None else f"{value:.{digits}f}"


def span(row: dict[str, Any], metric: str, digits: int) -> str:
    """A metric with its 95% interval; a dash where it is not known."""
    if row.get(metric) is None:
        return "-"
    low, high = row.get(f"{metric}_low"), row.get(f"{metric}_high")
    interval = f" ({low:.{digits}f}-{high:.{digits}f})" if low is not None and high is not None else ""
    return f"{row[metric]:.{digits}f}{interval}"


DRIFT_SHOWN = 8


def drift(result: dict[str, Any]) -> Group:
    """Whether the model still fits: its state, and what is not as it was, the worst first."""
    said = result["drift"]
    off = [row for row in said["rows"] if row["state"] in ("red", "amber")]
    lines = [Text(f"- {row['state']}: {_whose(row)}{row['said']}") for row in off[:DRIFT_SHOWN]]
    more = len(off) - len(lines)
    tail = [Text(f"- and {more} more: drift/drift.json")] if more > 0 else []
    return Group(Text(f"\nDoes the model still fit? {said['state'].upper()}", style="italic"), *lines, *tail)


def _whose(row: dict[str, Any]) -> str:
    of = f"{row['name']}: " if row["kind"] in ("freshness", "source") else ""
    return of if row["age_group"] == "all" else f"aged {row['age_group']}, {of}"
