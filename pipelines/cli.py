"""The command line: `forebridge …`. Every command has an example in its help; exit codes say what failed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from configs.errors import ReleaseError
from configs.settings import load_settings
from pipelines.cli_counties import calibrate, simulate
from pipelines.cli_map import map_file
from pipelines.cli_models import promote, rollback
from pipelines.cli_people import erase, review
from pipelines.cli_places import backtest, places
from pipelines.cli_proofs import ablate, leak_hunt, papers
from pipelines.screens import show_result, show_runs
from pipelines.telling import ask_password, busy, err, out_console, parse_date, print_json, timed, told

if TYPE_CHECKING:
    from pipelines.job import Job

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "1")

app = typer.Typer(
    help="Which households will need care, where that need gathers, and what to commission.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
Out = Annotated[Path, typer.Option("--out", help="Folder for results, state and release")]
Landing = Annotated[Path, typer.Option("--landing", help="The landing folder")]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", help="A council's own settings (TOML) over the defaults")
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output")
]
Seed = Annotated[int | None, typer.Option("--seed", help="Where every random draw starts")]


@app.command(epilog="Example: forebridge demo --out demo")
def demo(out: Out = Path("demo"), households: int = 0, as_json: AsJson = False) -> None:
    """An invented county, from landed files to a map, zones and a home site: what `make demo` runs."""
    from pipelines.demo import AS_OF, END, HOUSEHOLDS, SEED, YEARS, invent_county
    from pipelines.job import Job

    with told(as_json):
        landing = out / "county" / "landing"
        with busy() as say:
            if not landing.is_dir():
                invent_county(
                    out / "county",
                    households=households or HOUSEHOLDS,
                    seed=SEED,
                    years=YEARS,
                    end=END,
                    progress=say,
                )
            result = _run(Job(landing, out, AS_OF, load_settings()), say)
        _tell(result, as_json, look="make serve" if out == Path("demo") else f"forebridge serve --out {out}")


app.command(epilog="Example: forebridge simulate --households 10000 --seed 7 --years 6 --out county")(
    simulate
)
app.command(epilog="Example: forebridge calibrate county")(calibrate)
app.command(
    "map", epilog="Example: forebridge map landing/housing/tenancies_20260930.csv >> landing/landing.toml"
)(map_file)
app.add_typer(review, name="review")
app.command(epilog="Example: forebridge promote --out results --by 'J Smith' --reason 'Finds 3 more in 100'")(
    promote
)
app.command(
    epilog="Example: forebridge rollback --out results --by 'J Smith' --reason 'Calibration slipped'"
)(rollback)
app.command("leak-hunt", epilog="Example: forebridge leak-hunt --landing landing --out results --dates 10")(
    leak_hunt
)
app.command(epilog="Example: forebridge ablate --out results --name lives_alone --name cold_home")(ablate)
app.command(epilog="Example: forebridge places --out results --json")(places)
app.command(epilog="Example: forebridge backtest --out results --quarters 12")(backtest)
app.command(epilog="Example: forebridge papers --out results --settings council.toml")(papers)
app.command(epilog="Example: forebridge erase --out results --from to_forget.txt")(erase)


@app.command(epilog="Example: forebridge check landing --page check.html --against check-last-month.json")
def check(
    landing: Annotated[Path, typer.Argument(help="The landing folder")],
    page: Annotated[
        Path | None, typer.Option(help="Also write the report as a page that may be sent to the supplier")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="The --json of an earlier check: says what has changed since")
    ] = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Read every landed file: what each is, how many rows were typed, quarantined or blanked, and why."""
    from features.records.check import check_landing
    from features.records.report_page import write_page

    with told(as_json):
        with busy() as say:
            report = check_landing(landing, load_settings(settings), progress=say, against=against)
        if page is not None:
            write_page(report, page)
        if as_json:
            print_json(report.as_dict())
        else:
            for line in report.lines():
                out_console.print(line)
    if not report.ok:
        raise typer.Exit(3)


@app.command(epilog="Example: forebridge run --landing landing --as-of 2026-10-01 --out results")
def run(
    landing: Landing,
    as_of: Annotated[str, typer.Option("--as-of", help="The day whose start is 'now' (ISO date)")],
    out: Out,
    purpose: Annotated[
        str, typer.Option(help="planning | case-finding | direct-care | evaluation")
    ] = "planning",
    zones: Annotated[int | None, typer.Option(help="How many commissioning zones")] = None,
    sites: Annotated[int | None, typer.Option(help="How many new homes at most", min=1)] = None,
    go_by: Annotated[str, typer.Option("--go-by", help="Who lets a month out whose drift is red")] = "",
    go_reason: Annotated[str, typer.Option("--go-reason", help="Why, in a sentence others will read")] = "",
    seed: Seed = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """A whole month: join, train when there is no champion, score, map, plan, publish.

    Exit code 14 when the model in use no longer fits: the month is made and not published.
    """
    from pipelines.job import Job

    with told(as_json):
        with busy() as say:
            loaded = load_settings(settings, _with_seed(seed))
            job = Job(
                landing, out, parse_date(as_of, "--as-of"), loaded, purpose, zones, sites,
                go_by=go_by, go_reason=go_reason,
            )  # fmt: skip
            result = _run(job, say)
        _tell(result, as_json, look=f"forebridge serve --out {out}")


@app.command(epilog="Example: forebridge train --landing landing --as-of 2026-10-01 --out results")
def train(
    landing: Landing,
    as_of: Annotated[str, typer.Option("--as-of", help="Train on what was known before this day")],
    out: Out,
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", help="How models are made (TOML): configs/recipes/thorough.toml"),
    ] = None,
    budget: Annotated[
        float, typer.Option("--budget", help="Minutes to search for a better recipe first (0: none)", min=0)
    ] = 0.0,
    seed: Seed = None,
    settings: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """Train on the landed files; the first model is a provisional champion, a later one its challenger."""
    from pipelines.job import Job
    from pipelines.ledger import entered, one_run_at_a_time
    from pipelines.steps import retrain

    with told(as_json), busy() as say:
        loaded = load_settings(settings, _with_seed(seed), recipe)
        job = Job(landing, out, parse_date(as_of, "--as-of"), loaded, budget_minutes=budget)
        with one_run_at_a_time(out), entered(job.state, "retrain", _facts(job)) as ledger:
            result = retrain(job, run_id=ledger.run_id, watch=timed(ledger), progress=say)
    if as_json:
        print_json(result)
    else:
        out_console.print(
            f"Trained {result['champion_id']}: see it with `forebridge serve --out {out}`, page Models"
        )


@app.command(epilog="Example: forebridge runs --out results --json")
def runs(out: Out = Path("demo"), as_json: AsJson = False) -> None:
    """What ran: when, by whom, how long, how it ended."""
    from pipelines.ledger import list_runs

    with told(as_json):
        entries = list_runs(out / "state")
    if as_json:
        print_json({"runs": entries})
    else:
        show_runs(out_console, entries)


@app.command(epilog="Example: forebridge serve --out results --port 8000")
def serve(
    out: Out = Path("demo"),
    host: Annotated[str | None, typer.Option(help="Address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on")] = None,
    settings: SettingsFile = None,
) -> None:
    """The commissioners' screens, in a browser. No other host is contacted."""
    import uvicorn

    from serving.web.app import create_app

    with told(False):
        loaded = load_settings(settings)
        check_results_folder(out)
        web = create_app(out / "release", out / "state", loaded)
        where, at = host or loaded.serving.host, port or loaded.serving.port
        err.print(f"Serving {out} on http://{where}:{at} (Ctrl-C ends it)")
        uvicorn.run(web, host=where, port=at, log_level="warning", access_log=False)


@app.command(epilog="Example: forebridge account j.smith --role commissioner --out results")
def account(
    name: Annotated[str, typer.Argument(help="What the person signs in as")],
    role: Annotated[
        str, typer.Option(help="commissioner | practitioner | data_scientist | information_governance")
    ],
    out: Out,
) -> None:
    """Make an account for the screens, or change one; the password is asked for, or one line of input."""
    from serving.web.accounts import Accounts
    from serving.web.database import open_database

    with told(False):
        check_results_folder(out)
        accounts = Accounts(open_database(out / "state"), load_settings().serving.session_hours)
        accounts.add(name, role, ask_password())
    out_console.print(f"{name} may sign in as {role.replace('_', ' ')}: forebridge serve --out {out}")


@app.command(epilog="Example: forebridge schedule --landing landing --out results --cron '0 6 2 * *'")
def schedule(
    landing: Landing,
    out: Out,
    cron: Annotated[str, typer.Option(help="When the monthly run starts")] = "0 6 2 * *",
    purpose: Annotated[str, typer.Option(help="The purpose of the monthly run")] = "planning",
    port: Annotated[int, typer.Option(help="Port of the embedded Prefect server")] = 4200,
    settings: SettingsFile = None,
) -> None:
    """Start an embedded Prefect server and worker that run each month; `retrain` stands ready beside it."""
    from pipelines.schedule import serve_schedule

    with told(False):
        load_settings(settings)
        serve_schedule(landing, out, cron=cron, purpose=purpose, port=port, settings=settings, say=err.print)


def check_results_folder(out: Path) -> None:
    """Raises ReleaseError when `out` is not there: a mistyped path must not become a new, empty county."""
    if not out.is_dir():
        raise ReleaseError(
            "There is nothing to look at", where=str(out), todo="Give the folder of a run as --out"
        )


def _run(job: "Job", say: Callable[[str], None]) -> dict[str, Any]:
    from pipelines.ledger import entered, one_run_at_a_time
    from pipelines.steps import run_month

    with one_run_at_a_time(job.out), entered(job.state, "monthly", _facts(job)) as ledger:
        return run_month(job, run_id=ledger.run_id, watch=timed(ledger), progress=say)


def _facts(job: "Job") -> dict[str, Any]:
    return {"as_of": job.as_of.isoformat(), "purpose": job.purpose, "by": "command line"}


def _tell(result: dict[str, Any], as_json: bool, look: str) -> None:
    if as_json:
        print_json(result)
    else:
        show_result(out_console, result, look)


def _with_seed(seed: int | None) -> dict[str, Any]:
    return {} if seed is None else {"council": {"seed": seed}}


def main() -> None:
    """Entry point of the `forebridge` command."""
    app()


if __name__ == "__main__":
    main()
