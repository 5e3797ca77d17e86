"""Problems a person at the desk can mend: what is wrong, where, what to do, and an exit code by kind.

Never put a value from a record (a name, an address, an NHS number, a date of birth) into one of these.
"""

import traceback
from collections.abc import Sequence
from pathlib import Path

FRAMES_SHOWN = 6


class DeskError(Exception):
    """Base of every problem that the person at the desk can mend.

    `what` says what is wrong, `where` names file, column or row counts, `todo` says what to do next.
    `details` holds one line per defect: collect all of them, then raise once.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", todo: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo
        self.details = list(details)

    def as_dict(self) -> dict[str, object]:
        """The same as one JSON object, for `--json`."""
        return {
            "error": type(self).__name__,
            "exit_code": self.exit_code,
            "what": self.what,
            "where": self.where,
            "todo": self.todo,
            "details": self.details,
        }


class SettingsError(DeskError):
    """A setting or an option that cannot be used (unknown key, wrong unit, missing gateway)."""

    exit_code = 2


class LandingError(DeskError):
    """The landed files cannot be used: a kind is missing, a header unknown, a file empty or unreadable."""

    exit_code = 3


class AsOfError(DeskError):
    """The as-of date lies outside what the landed files can know."""

    exit_code = 4


class TooFewError(DeskError):
    """Too few people or events for what was asked."""

    exit_code = 5


class PlanError(DeskError):
    """No plan can be made from what was given (no sites, more zones than areas, no demand)."""

    exit_code = 6


class ReleaseError(DeskError):
    """There is no release to read, or it cannot be read or published."""

    exit_code = 7


class BusyError(DeskError):
    """Another run of the same county holds the lock."""

    exit_code = 8


class PermissionRefused(DeskError):
    """The purpose asked for has no recorded legal gateway, or the role may not see this."""

    exit_code = 9


class StorageError(DeskError):
    """The disk, a folder or a permission stood in the way."""

    exit_code = 10

    @classmethod
    def of(cls, problem: OSError) -> "StorageError":
        """The system's own words and the file's name: neither comes from a record."""
        return cls(
            f"The disk or a folder stood in the way: {problem.strerror or type(problem).__name__}",
            where=str(problem.filename or ""),
            todo="Check the path, the free space and who may write there; then give the same command again",
        )


class PromotionRefused(DeskError):
    """A gate stands against putting this model in use."""

    exit_code = 12


class LeakFound(DeskError):
    """A table holds what nobody could have known on its date."""

    exit_code = 13


class DriftStop(DeskError):
    """The model in use no longer fits what is landed or what came true, and nobody has said go."""

    exit_code = 14


class UnforeseenError(DeskError):
    """A fault of ours."""

    exit_code = 70

    @classmethod
    def of(cls, problem: Exception) -> "UnforeseenError":
        """What kind of fault and where in our code; not its message, which may quote a record."""
        if isinstance(problem, cls):
            return problem
        frames = traceback.extract_tb(problem.__traceback__)[-FRAMES_SHOWN:]
        return cls(
            f"A fault of ours: {type(problem).__name__}",
            where=" > ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames),
            todo="The last release stands. Send these lines to the makers: they hold nothing from a record",
        )
