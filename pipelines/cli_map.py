"""`forebridge map`: a proposal for landing.toml, to be checked by a person."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from configs.errors import LandingError
from pipelines.telling import out_console, print_json, told


def map_file(
    file: Annotated[
        Path, typer.Argument(help="A landed file whose columns or codes are not the national ones")
    ],
    kind: Annotated[
        str | None, typer.Option(help="What it is, where you know it (cld, tenancies, …)")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object and nothing else on standard output")
    ] = False,
) -> None:
    """Propose the text for landing.toml that makes a file readable, with a confidence for each line.

    Lines that are not sure are comments. Nothing of a record is shown but words of coded columns that repeat.
    """
    from features.records.proposing import propose
    from features.records.unpacking import Unreadable

    with told(as_json):
        try:
            found = propose(file, kind)
        except OSError:
            raise LandingError(
                "The file cannot be opened", where=str(file), todo="Give a landed file"
            ) from None
        except Unreadable as problem:
            raise LandingError("The file cannot be mapped", where=file.name, todo=str(problem)) from None
    if as_json:
        print_json({**asdict(found), "toml": found.toml()})
    else:
        out_console.print(found.toml(), markup=False, highlight=False, soft_wrap=True, end="")
