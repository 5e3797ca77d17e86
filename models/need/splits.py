"""Rolling origins: what is learnt from, what is calibrated on, what is tested on, and never out of order."""

from dataclasses import dataclass
from datetime import date, timedelta

BY_PEOPLE = (
    "too few origins to calibrate at a later date: calibrated on people left out of training, in folds"
)
UNTESTED = "no settled origin lies a whole horizon before the newest, so no model can be tested"


@dataclass(frozen=True)
class Split:
    """Train on `train`, calibrate on `calibrate` (None: on people left out, in folds), test on `test`.

    No outcome window of a training or calibration origin reaches the test origin; none of a training origin
    reaches the calibration origin. `known` holds every origin whose window ends by the test origin: what a
    rival may learn from. `note` says what gave way when there were too few origins.
    """

    train: tuple[date, ...]
    calibrate: date | None
    test: date
    known: tuple[date, ...]
    note: str = ""


def plan_split(origins: tuple[date, ...], test: date, *, horizon_days: int, gap_days: int) -> Split | None:
    """The split that tests on `test`, or None when no origin lies a horizon and the gap before it.

    The latest origin a horizon before the test calibrates; those a horizon before that one train. With too
    few for both, all train and calibration is on people left out of training, at the same dates.
    """
    before = _settled_by(test, origins, horizon_days + gap_days)
    if not before:
        return None
    train = _settled_by(before[-1], before, horizon_days + gap_days)
    if not train:
        return Split(before, None, test, before, BY_PEOPLE)
    return Split(train, before[-1], test, before)


def plan_splits(
    origins: tuple[date, ...], *, horizon_days: int, gap_days: int, splits_max: int
) -> list[Split]:
    """Newest first: the split on the newest origin, then on earlier ones whose test windows do not overlap.

    Earlier splits count only when nothing gave way. Empty when nothing can be tested.
    """
    newest = origins and plan_split(origins, origins[-1], horizon_days=horizon_days, gap_days=gap_days)
    if not newest:
        return []
    splits = [newest]
    while len(splits) < splits_max:
        earlier = _settled_by(splits[-1].test, origins, horizon_days)
        split = (
            plan_split(origins, earlier[-1], horizon_days=horizon_days, gap_days=gap_days)
            if earlier
            else None
        )
        if split is None or split.note:
            return splits
        splits.append(split)
    return splits


def _settled_by(day: date, origins: tuple[date, ...], reach_days: int) -> tuple[date, ...]:
    return tuple(o for o in origins if o + timedelta(days=reach_days) <= day)
