"""The model store out of reach: told in words that help, never as a fault of ours."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from configs.errors import StorageError

OF_THE_STORE = ("mlflow", "sqlalchemy", "sqlite3", "alembic")
"""Packages whose own errors mean that the store failed, and not we."""

P = ParamSpec("P")
R = TypeVar("R")


def guarded(work: Callable[Concatenate[Path, P], R]) -> Callable[Concatenate[Path, P], R]:
    """The same function of a state folder, raising StorageError where the store there cannot be used.

    Of the store's own message only the kind is told: it may quote what was to be written.
    """

    @wraps(work)
    def asked(state: Path, *given: P.args, **named: P.kwargs) -> R:
        try:
            return work(state, *given, **named)
        except Exception as problem:
            if type(problem).__module__.split(".")[0] not in OF_THE_STORE:
                raise
            raise StorageError(
                "The model store cannot be used: damaged, held by another program, or of another version",
                where=str(state / "mlflow.db"),
                todo="The last scores and release stand. Close what holds the file and run again; or put the "
                "state folder back from a backup; or set mlflow.db and mlartifacts aside: the next run "
                "trains anew",
                details=[type(problem).__name__],
            ) from None

    return asked
