"""How the command line speaks: progress beside the work; one screen, or one JSON object, for a problem."""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape

from configs.errors import AsOfError, DeskError, StorageError, UnforeseenError
from pipelines.screens import show_problem

if TYPE_CHECKING:
    from pipelines.job import Watch
    from pipelines.ledger import Ledger

QUIET_SECONDS = 5.0
PLAIN_WIDTH = 120


def plain_or_terminal(stderr: bool) -> Console:
    """A console as wide as the terminal; where there is none (a log, a pipe), wide enough for the tables."""
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=PLAIN_WIDTH)


err = plain_or_terminal(stderr=True)
out_console = plain_or_terminal(stderr=False)


def print_json(value: dict[str, Any]) -> None:
    """One JSON object on standard output."""
    sys.stdout.write(json.dumps(value, default=str, allow_nan=False) + "\n")


@contextmanager
def busy() -> Iterator[Callable[[str], None]]:
    """The current sentence beside a spinner on standard error; without a terminal, a line now and then."""
    if not err.is_terminal:
        yield _now_and_then(err.print)
        return
    with err.status("Starting") as status:
        yield lambda sentence: status.update(escape(sentence))


def _now_and_then(tell: Callable[[str], None]) -> Callable[[str], None]:
    last = [-QUIET_SECONDS]

    def say(sentence: str) -> None:
        if time.monotonic() - last[0] >= QUIET_SECONDS:
            last[0] = time.monotonic()
            tell(escape(sentence))

    return say


def ask_password() -> str:
    """Asked for twice, unseen, at a terminal; else the first line of standard input. Never an argument: the
    system shows those to everybody.
    """
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def timed(ledger: "Ledger") -> "Watch":
    """Watch each stage for the ledger, and tell when one ends and how long it took."""

    def watch(name: str, work: Callable[[], Any]) -> Any:
        began = time.monotonic()
        result = ledger.watch(name, work)
        err.print(f"{name:<9} done in {time.monotonic() - began:6.1f} s", highlight=False)
        return result

    return watch


@contextmanager
def told(as_json: bool) -> Iterator[None]:
    """Turn every problem into one screen (or one JSON object) and its exit code; never a traceback."""
    try:
        yield
    except (KeyboardInterrupt, typer.Exit, SystemExit):
        raise
    except Exception as problem:
        known = as_desk_error(problem)
        _tell_problem(known, as_json)
        if isinstance(known, UnforeseenError) and os.environ.get("FOREBRIDGE_DEBUG"):
            traceback.print_exception(problem)
        raise SystemExit(known.exit_code) from None


def as_desk_error(problem: Exception) -> DeskError:
    """Any problem as one that can be told: ours as it is, the disk's by its words, others by their kind."""
    if isinstance(problem, DeskError):
        return problem
    return StorageError.of(problem) if isinstance(problem, OSError) else UnforeseenError.of(problem)


def _tell_problem(problem: DeskError, as_json: bool) -> None:
    if as_json:
        print_json(problem.as_dict())
    else:
        show_problem(err, problem)


def parse_date(text: str, option: str) -> date:
    """The date that an option was given. Raises AsOfError, naming the option, for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise AsOfError(f"{option} is not a date", todo="Write it as 2026-10-01") from None
