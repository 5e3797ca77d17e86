"""health/gp_flags: half-yearly snapshots of frailty and conditions as general practices code them."""

import numpy as np
import polars as pl

from simulator import mess, rates
from simulator.landed import Landing
from simulator.log import Array
from simulator.timeline import as_date, dates

_FLAGS = (
    "dementia",
    "stroke_tia",
    "heart_failure",
    "chd",
    "af",
    "copd",
    "asthma",
    "diabetes",
    "ckd",
    "cancer",
    "depression",
    "serious_mental_illness",
    "learning_disability",
    "parkinsonism",
    "epilepsy",
    "osteoporosis",
    "fragility_fracture",
    "falls",
    "incontinence",
    "hearing_loss",
    "sight_loss",
    "housebound",
    "carer",
    "care_home",
    "palliative",
)


def write_gp_flags(landing: Landing) -> None:
    """One snapshot each half-year of all adults: eFI from 65 on, counted with each practice's own noise."""
    rng = landing.rng(6)
    bias = rng.normal(0, 0.16, landing.world.people.size)
    for truth in landing.world.truth:
        day = int(truth["day"][0])
        if day <= landing.timeline.last_day:
            frame = _snapshot(landing, truth, day, bias, rng)
            landing.land(
                frame[rng.permutation(len(frame))],
                f"health/gp_flags_{as_date(day + 12).strftime('%Y%m%d')}.csv",
            )


def _snapshot(
    landing: Landing, truth: dict[str, Array], day: int, bias: Array, rng: np.random.Generator
) -> pl.DataFrame:
    world, age = landing.world, landing.world.age(truth["person"], day)
    adult = age >= 18
    who, age = truth["person"][adult], age[adult]
    frail, count = truth["frailty"][adult], int(adult.sum())
    deficits = np.clip(np.round(36 * frail * np.exp(bias[who] + rng.normal(0, 0.14, count))), 0, 34).astype(
        int
    )
    older = age >= 65
    category = np.array(["fit", "mild", "moderate", "severe"])[np.searchsorted([4, 8, 12], deficits)]
    conditions = sum(world.has(c, who, age).astype(int) for c in rates.CONDITIONS)
    flags = _flags(landing, truth, who, age, frail, day, adult, rng)
    return pl.DataFrame(
        {
            "nhs_number": landing.nhs[who],
            "snapshot_date": [as_date(day)] * count,
            "practice_code": landing.practice[who],
            "efi_score": pl.Series(np.round(deficits / 36, 3)).set(pl.Series(~older), None),
            "efi_category": np.where(older, category, ""),
            "n_deficits": pl.Series(deficits).set(pl.Series(~older), None),
            "n_medicines": rng.poisson(0.6 + 1.1 * conditions + 9 * frail),
            "last_contact_date": dates(
                day - np.floor(rng.exponential(260 / (1 + conditions + 8 * frail), count)).astype(int) - 1
            ),
            **{
                name: np.where(
                    rng.random(count) < mess.DOSES.unknown_flag, "", flags[name].astype(int).astype(str)
                )
                for name in _FLAGS
            },
            "true:subject": who,
        }
    )


def _flags(
    landing: Landing,
    truth: dict[str, Array],
    who: Array,
    age: Array,
    frail: Array,
    day: int,
    adult: Array,
    rng: np.random.Generator,
) -> dict[str, Array]:
    """Flags as coded: conditions mostly, dementia when diagnosed, falls and carers seldom (rates.md 9
    and 11)."""
    world, people = landing.world, landing.world.people
    coded = {
        c: world.has(c, who, age) & (landing.rng(60 + k).random(people.size)[who] < 0.93)
        for k, c in enumerate(rates.CONDITIONS)
    }
    coded["dementia"] = world.has("dementia", who, age) & people["diagnosed"][who]
    fell = np.zeros(people.size, dtype=bool)
    stays = world.admissions
    fell[stays["person"][stays["fall"] & (stays["day"] < day) & (stays["day"] > day - 3 * 365)]] = True
    coded["falls"] = fell[who] | (rng.random(len(who)) < np.clip(frail - 0.05, 0, 0.4) * 0.25)
    coded["fragility_fracture"] = fell[who] & (landing.rng(90).random(people.size)[who] < 0.4)
    coded["housebound"] = (frail > 0.27) & (landing.rng(91).random(people.size)[who] < 0.5)
    coded["carer"] = truth["cares"][adult] & (landing.rng(92).random(people.size)[who] < 0.25)
    coded["care_home"] = truth["in_care_home"][adult] & (rng.random(len(who)) < 0.9)
    coded["palliative"] = (truth["death"][adult] > 0.05) & (landing.rng(93).random(people.size)[who] < 0.35)
    return coded
