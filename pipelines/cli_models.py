"""Commands about which model is in use: `promote` and `rollback`. A person confirms, with name and reason."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from configs.settings import load_settings
from pipelines.telling import out_console, print_json, told

if TYPE_CHECKING:
    from pipelines.promotion import Hearing

Out = Annotated[Path, typer.Option("--out", help="Folder of the runs")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output")
]
By = Annotated[str, typer.Option("--by", help="Who decides (a name and a post)")]
Why = Annotated[str, typer.Option("--reason", help="Why, in a sentence that others will read")]
Council = Annotated[
    str | None, typer.Option(help="Council and data source, where several share the folder: 503-landed")
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="A council's own settings (TOML) over the defaults")
]


def promote(
    out: Out,
    by: By = "",
    reason: Why = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the gates and change nothing")] = False,
    council: Council = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Put the challenger in use (or confirm a provisional champion), if it passes every gate."""
    from pipelines.ledger import entered, one_run_at_a_time
    from pipelines.promotion import confirm, council_in, hear

    with told(as_json):
        loaded, state = load_settings(settings), out / "state"
        which = council_in(state, council)
        if dry_run:
            heard = hear(state, which, loaded)
        else:
            _check_said(by, reason)
            with one_run_at_a_time(out), entered(state, "promote", _facts(by)):
                today = datetime.now(UTC).date()
                heard = confirm(state, which, loaded, by=by.strip(), why=reason.strip(), on=today)
    if as_json:
        print_json({**heard.as_dict(), "promoted": not dry_run})
        return
    out_console.print(gates_table(heard))
    for line in heard.why_not:
        out_console.print(f"- {line}", markup=False)
    if dry_run:
        out_console.print("It may be promoted." if heard.may else "It may not be promoted.")
    else:
        out_console.print(f"Model {heard.model.champion_id} is in use from the next run on.")


def rollback(
    out: Out, by: By = "", reason: Why = "", council: Council = None, as_json: AsJson = False
) -> None:
    """Put the model back in use that the present one replaced."""
    from pipelines.ledger import entered, one_run_at_a_time
    from pipelines.promotion import council_in, go_back

    with told(as_json):
        state = out / "state"
        which = council_in(state, council)
        _check_said(by, reason)
        with one_run_at_a_time(out), entered(state, "rollback", _facts(by)):
            today = datetime.now(UTC).date()
            before, now = go_back(state, which, by=by.strip(), why=reason.strip(), on=today)
    if as_json:
        print_json({"from": before.champion_id if before else None, "to": now.champion_id})
    else:
        out_console.print(f"Model {now.champion_id} is in use again from the next run on.")


def gates_table(heard: "Hearing") -> Table:
    """Every gate with its figures."""
    table = Table(title=f"Gates of model {heard.model.champion_id}", title_justify="left")
    for head in ("Outcome", "Age", "Gate", "State", "Figures"):
        table.add_column(head)
    for gate in heard.gates:
        table.add_row(gate.outcome, gate.age_group, gate.gate, gate.state, gate.said)
    return table


def _facts(by: str) -> dict[str, str]:
    return {"as_of": datetime.now(UTC).date().isoformat(), "purpose": "planning", "by": by.strip()}


def _check_said(by: str, reason: str) -> None:
    from configs.errors import SettingsError

    lacking = [name for name, said in (("--by", by), ("--reason", reason)) if not said.strip()]
    if lacking:
        raise SettingsError(
            "A person must confirm this, with their name and their reason",
            where="command line",
            todo=f"Give {' and '.join(lacking)}",
        )
