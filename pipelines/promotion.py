"""Which model is in use: a challenger moves up through gates and by a person's word; rollback is one step."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from configs.errors import DeskError, PromotionRefused
from configs.settings import Settings
from models.need.artifacts import read_json
from models.need.gates import Gate, decide, judge_gates
from models.need.registry import Champion, councils, find_challenger, find_champion, promote, roll_back


@dataclass(frozen=True)
class Hearing:
    """A model before its gates: may it be promoted, and if not, why not."""

    model: Champion
    gates: list[Gate]
    may: bool
    why_not: list[str]

    def as_dict(self) -> dict[str, Any]:
        """For a program to read."""
        return {
            "model": self.model.as_dict(),
            "may_be_promoted": self.may,
            "why_not": self.why_not,
            "gates": [gate.as_dict() for gate in self.gates],
        }


def council_in(state: Path, asked: str | None) -> str:
    """The council asked for, or the only one there is. Raises DeskError when there is none, or several."""
    known = councils(state)
    if asked in known:
        return str(asked)
    if asked is None and len(known) == 1:
        return known[0]
    raise DeskError(
        "No model is registered here" if not known else "Say which council's model is meant",
        where=str(state),
        todo="Train one first: forebridge train" if not known else f"--council {' | '.join(known)}",
    )


def hear(state: Path, council: str, settings: Settings) -> Hearing:
    """Hold the challenger's own figures against the gates. Raises DeskError when nothing waits."""
    model = find_challenger(state, council)
    if model is None:
        raise DeskError(
            "No challenger waits, and the model in use is confirmed already",
            where=f"state of {council}",
            todo="Train one: forebridge train",
        )
    groups = read_json(model.folder / "groups.json")
    found = judge_gates(model.evaluation, groups, settings.gates, settings.need.horizon_days)
    may, why_not = decide(found)
    return Hearing(model, found, may, why_not)


def confirm(state: Path, council: str, settings: Settings, *, by: str, why: str, on: date) -> Hearing:
    """Promote the challenger on a person's word. Raises PromotionRefused when a gate stands against it."""
    heard = hear(state, council, settings)
    if not heard.may:
        raise PromotionRefused(
            "The challenger may not be promoted",
            where=f"model {heard.model.champion_id} of {council}",
            todo="Keep the model in use; see each figure with: forebridge promote --dry-run",
            details=heard.why_not,
        )
    gates = [gate.as_dict() for gate in heard.gates]
    promote(state, council, heard.model, by=by, why=why, on=on.isoformat(), gates=gates)
    return heard


def go_back(state: Path, council: str, *, by: str, why: str, on: date) -> tuple[Champion | None, Champion]:
    """Roll back; the model that was in use, and the one that is now."""
    before = find_champion(state, council)
    return before, roll_back(state, council, by=by, why=why, on=on.isoformat())
