"""The truth beside the landing: who each landed row is about, true chances at half-year dates, true
households.

Nothing in the pipeline reads it; it is for judging the pipeline.
"""

from pathlib import Path

import numpy as np
import polars as pl

from simulator.landed import Landing
from simulator.timeline import NO_DAY, dates

DICTIONARY = """# The truth of an invented county

No pipeline step may read this folder. All people are invented. `person` is a whole number, the same in
every file.

- `identity.parquet`: file (path inside the landing), row (header 1, first record 2), role (subject,
  liable, other_liable,
  joint), person: whom each landed row is about.
- `people.parquet`: person, nhs_number, la_person_id, token_person_id, female, born, died?, arrived, left?.
- `residences.parquet`: person, household (true household; -1 in a care home), uprn, care_home, since,
  until?; half-open.
- `hazards.parquet`: per person at the first day of the recorded time and each half-year after: true
  state (frailty as a
  share of deficits, alone, in_care_home, support 0 none 1 at home 2 residential 3 nursing,
  support_pending: support
  already asked for and on its way, dementia, cold_home, carer_strain, hours_per_week) and the true
  chance, within the
  month that begins then, of death, emergency_admission, fall_admission (part of it), long_term_at_home
  (the first step
  towards long-term support at home; the support starts some weeks later), care_home_move and other_request.
- `outcomes.parquet`: person, outcome, day: what came to pass, by the definitions of the landing contract.
"""


def write_truth(landing: Landing, folder: Path) -> None:
    """Write the files above into `folder`, which must lie outside the landing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text(DICTIONARY, encoding="utf-8")
    _identity(landing).write_parquet(folder / "identity.parquet")
    _people(landing).write_parquet(folder / "people.parquet")
    _residences(landing).write_parquet(folder / "residences.parquet")
    _hazards(landing).write_parquet(folder / "hazards.parquet")
    _outcomes(landing).write_parquet(folder / "outcomes.parquet")


def _identity(landing: Landing) -> pl.DataFrame:
    return pl.concat(landing.identity).select("file", "row", "role", "person").sort("file", "row", "role")


def _people(landing: Landing) -> pl.DataFrame:
    people = landing.world.people
    return pl.DataFrame(
        {
            "person": np.arange(people.size),
            "nhs_number": landing.nhs,
            "la_person_id": landing.la_id[: people.size],
            "token_person_id": landing.token,
            "female": people["female"].copy(),
            "born": dates(people["born"]),
            "died": dates(people["died"]),
            "arrived": dates(people["arrived"]),
            "left": dates(people["left"]),
        }
    )


def _residences(landing: Landing) -> pl.DataFrame:
    frame = landing.world.residences.frame().sort("person", "since", "until")
    place = frame["home"].to_numpy() + np.where(
        frame["care_home"].to_numpy(), len(landing.world.dwellings.area), 0
    )
    return frame.select(
        "person",
        "household",
        uprn=pl.Series(landing.addresses.uprn[place]),
        care_home="care_home",
        since=dates(frame["since"].to_numpy()),
        until=dates(frame["until"].to_numpy()),
    )


def _hazards(landing: Landing) -> pl.DataFrame:
    parts = [pl.DataFrame(truth).with_columns(day=dates(truth["day"])) for truth in landing.world.truth]
    return pl.concat(parts).sort("day", "person")


def _outcomes(landing: Landing) -> pl.DataFrame:
    world = landing.world
    stays, moves = world.admissions.frame(), world.residences.frame()
    emergency = stays.filter(pl.col("emergency"))
    deaths = np.flatnonzero(world.people["died"] > NO_DAY)
    parts = [
        ("emergency_admission", emergency["person"], emergency["day"]),
        ("fall_admission", emergency.filter("fall")["person"], emergency.filter("fall")["day"]),
        ("care_home_move", moves.filter("care_home")["person"], moves.filter("care_home")["since"]),
        ("long_term_community_start", *_starts(landing)),
        ("death", pl.Series(deaths), pl.Series(world.people["died"][deaths])),
    ]
    frames = [
        pl.DataFrame(
            {"person": who.cast(pl.Int64), "outcome": [name] * len(who), "day": dates(day.to_numpy())}
        )
        for name, who, day in parts
    ]
    return pl.concat(frames).sort("outcome", "person", "day")


def _starts(landing: Landing) -> tuple[pl.Series, pl.Series]:
    """Starts of long-term support at home with none in the 91 days before."""
    rows = landing.world.services.frame().filter(pl.col("kind") == 2).sort("person", "day")
    before = pl.col("until").shift(1).over("person")
    fresh = before.is_null() | ((before != NO_DAY) & (pl.col("day") - before > 91))
    starts = rows.filter(fresh)
    return starts["person"], starts["day"]
