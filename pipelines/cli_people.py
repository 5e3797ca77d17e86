"""Commands about people whose records are in doubt or must go: `review` and `erase`. They show rows, never
a name."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from configs.errors import ReleaseError, SettingsError
from configs.settings import load_settings
from pipelines.telling import out_console, print_json, told

Out = Annotated[Path, typer.Option("--out", help="Folder of the runs")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output")
]
By = Annotated[str, typer.Option("--by", help="Who decided (a name or a post)")]
review = typer.Typer(
    help="Pairs of records that may be one person: list, accept, refuse; decisions are kept and honoured.",
    no_args_is_help=True,
)


@review.command("list", epilog="Example: forebridge review list --out results")
def list_pairs(
    out: Out,
    every: Annotated[bool, typer.Option("--all", help="Also those decided already")] = False,
    as_json: AsJson = False,
) -> None:
    """Doubtful pairs of the newest run, likeliest first: which rows to look up in which files, and what
    agrees."""
    with told(as_json):
        pairs = _pairs(out)
        shown = pairs if every else pairs.filter(pl.col("decision").is_null())
    if as_json:
        print_json({"pairs": shown.drop("left_key_id", "right_key_id").to_dicts()})
        return
    if shown.is_empty():
        out_console.print("No pair is in doubt.")
        return
    for row in shown.iter_rows(named=True):
        agrees = f"given name {row['given_agrees']}, birth {row['birth_agrees']}, {row['place_agrees']}"
        said = f"  {row['decision']}" if row["decision"] else ""
        out_console.print(f"{row['pair_id']}  {row['match_probability']:.2f}{said}  {agrees}")
        out_console.print(f"    {row['left_file']} row {row['left_row']}")
        out_console.print(f"    {row['right_file']} row {row['right_row']}")
    out_console.print(
        f"{shown.height} pairs. Look both rows up, then: forebridge review accept PAIR --out {out}"
    )


@review.command("accept", epilog="Example: forebridge review accept 3f9a1c2b77 --out results --by 'J Smith'")
def accept(pair: Annotated[str, typer.Argument(help="The pair's id")], out: Out, by: By) -> None:
    """They are one person: the next run joins them, and every run after it."""
    _decide(pair, out, by, "accept", "one person")


@review.command("refuse", epilog="Example: forebridge review refuse 3f9a1c2b77 --out results --by 'J Smith'")
def refuse(pair: Annotated[str, typer.Argument(help="The pair's id")], out: Out, by: By) -> None:
    """They are two people: no run joins them, nor lists them again."""
    _decide(pair, out, by, "refuse", "two people")


def _decide(pair: str, out: Path, by: str, decision: str, means: str) -> None:
    from features.records.decisions import save_decision

    with told(False):
        found = _pairs(out).filter(pl.col("pair_id") == pair)
        if found.is_empty():
            raise SettingsError(
                "There is no such pair", where=pair, todo=f"See them with: forebridge review list --out {out}"
            )
        row = found.row(0, named=True)
        kept = {name: row[name] for name in ("pair_id", "left_key_id", "right_key_id")}
        save_decision(out / "state", kept, decision, datetime.now(UTC).date(), by)
    out_console.print(f"{pair}: {means}. The next `forebridge run` honours it.")


def _pairs(out: Path) -> pl.DataFrame:
    """The newest run's pairs with what was decided of them."""
    from features.records.decisions import load_decisions

    file = out / "latest" / "records" / "review.parquet"
    if not file.exists():
        raise ReleaseError(
            "No run has ended here yet", where=str(out), todo="Give the folder of a run as --out"
        )
    said = load_decisions(out / "state").select("pair_id", "decision")
    pairs = pl.read_parquet(file).join(said, on="pair_id", how="left")
    return pairs.sort("match_probability", "pair_id", descending=[True, False])


def erase(
    out: Out,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--from", help="A file with one NHS number or LA identifier a line; else standard input"
        ),
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="A council's own settings (TOML) over the defaults")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forget people: their keys join a list, kept as keyed hashes, that every later run honours.

    Numbers are read from a file or standard input, never from the command line, where others could see them.
    Results that stand already are not rewritten: run those months again.
    """
    from features.records.decisions import save_erased
    from features.records.pseudonym import KEY_FILE, load_or_make_key

    with told(as_json):
        state = out / "state"
        own = load_settings(settings).records.pseudonym_key_file
        if not (Path(own) if own else state / KEY_FILE).exists():
            raise ReleaseError(
                "There is no pseudonym key here, so nobody can be found again",
                where=str(state),
                todo="Give the folder of a run as --out",
            )
        wanted = _read_keys(keys)
        added = save_erased(state, wanted, load_or_make_key(state, {}, own), datetime.now(UTC).date())
    result: dict[str, Any] = {"read": len(wanted), "added": added, "months_to_run_again": _months(out)}
    if as_json:
        print_json(result)
        return
    out_console.print(
        f"{len(wanted)} keys read, {added} of them new. From the next run on nothing is made of them."
    )
    if result["months_to_run_again"]:
        out_console.print(f"Run again to take them out of: {', '.join(result['months_to_run_again'])}")


def _read_keys(file: Path | None) -> list[str]:
    """Keys with their prefix: ten digits are an NHS number, anything else an identifier of the council's."""
    try:
        text = file.read_text(encoding="utf-8-sig") if file is not None else sys.stdin.read()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(
            "The list cannot be read", where=str(file), todo="Give a text file with one number a line"
        ) from problem
    lines = [line.strip().strip(",;\"'") for line in text.splitlines()]
    bare = [(line, line.replace(" ", "").replace("-", "")) for line in lines if line]
    return [
        f"nhs:{digits}" if digits.isdigit() and len(digits) == 10 else f"la:{line}" for line, digits in bare
    ]


def _months(out: Path) -> list[str]:
    return sorted(
        p.name for p in out.iterdir() if (p / "records").is_dir() and not p.is_symlink() and p.name[:1] != "."
    )
