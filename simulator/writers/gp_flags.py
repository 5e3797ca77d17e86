"""health/gp_flags: half-yearly snapshots of frailty and conditions as general practices code them."""

import numpy as np
import polars as pl

from simulator import rates
from simulator.hazards import FRAILTY_MEDIAN, counted_deficits
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


PRACTICE_SD = 0.12
"""Spread (log) between practices in how many deficits they count (assumed)."""


def write_gp_flags(landing: Landing) -> None:
    """One snapshot each half-year of all adults: eFI from 65 on, counted with each practice's own habit.

    Whatever a file says of frailty comes from the one count of deficits, so that no flag knows more.
    """
    rng = landing.rng(6)
    habit = practice_habits(landing)
    for truth in landing.world.truth:
        day = int(truth["day"][0])
        if day <= landing.timeline.last_day:
            frame = _snapshot(landing, truth, day, habit, rng)
            landing.land(
                frame[rng.permutation(len(frame))],
                f"health/gp_flags_{as_date(day + 12).strftime('%Y%m%d')}.csv",
            )


def practice_habits(landing: Landing) -> Array:
    """What each person's practice multiplies the deficits it counts by; the over-coding one of a `biased`
    world included."""
    codes, number = np.unique(landing.practice, return_inverse=True)
    habit = np.exp(landing.rng(61).normal(0, PRACTICE_SD, len(codes)))
    habit[codes == over_coding_practice(landing)] *= landing.world.plan.over_coding_factor
    return habit[number]


def over_coding_practice(landing: Landing) -> str:
    """The practice with most patients in a world that plants over-coding, else none."""
    codes, patients = np.unique(landing.practice, return_counts=True)
    return str(codes[np.argmax(patients)]) if landing.world.plan.over_coding_factor != 1 else ""


def _snapshot(
    landing: Landing, truth: dict[str, Array], day: int, habit: Array, rng: np.random.Generator
) -> pl.DataFrame:
    world, age = landing.world, landing.world.age(truth["person"], day)
    adult = age >= 18
    who, age = truth["person"][adult], age[adult]
    count, older = len(who), age >= 65
    coding = habit[who] * world.plan.coding_on(day)
    deficits = counted_deficits(truth["frailty"][adult] * np.exp(truth["gp_noise"][adult]) * coding).astype(
        int
    )
    frail = np.where(older, deficits / 36, rates.curve(age, FRAILTY_MEDIAN))
    conditions = sum(world.has(c, who, age).astype(int) for c in rates.CONDITIONS)
    flags = _flags(landing, truth, who, age, frail, day, adult, rng)
    return pl.DataFrame(
        {
            "nhs_number": landing.nhs[who],
            "snapshot_date": [as_date(day)] * count,
            "practice_code": landing.practice[who],
            **_index(deficits, older),
            "n_medicines": rng.poisson(0.6 + 1.1 * conditions + 9 * frail),
            "last_contact_date": dates(
                day - np.floor(rng.exponential(260 / (1 + conditions + 8 * frail), count)).astype(int) - 1
            ),
            **{name: _blanked(flags[name], rng) for name in _FLAGS},
            "true:subject": who,
        }
    )


def _index(deficits: Array, older: Array) -> dict[str, object]:
    category = np.array(["fit", "mild", "moderate", "severe"])[np.searchsorted([4, 8, 12], deficits)]
    younger = pl.Series(~older)
    return {
        "efi_score": pl.Series(np.round(deficits / 36, 3)).set(younger, None),
        "efi_category": np.where(older, category, ""),
        "n_deficits": pl.Series(deficits).set(younger, None),
    }


UNKNOWN_FLAG = 0.03
"""Share of flags that are blank at every dial of mess: lawful, and no defect (assumed)."""


def _blanked(flag: Array, rng: np.random.Generator) -> pl.Series:
    unknown = rng.random(len(flag)) < UNKNOWN_FLAG
    return pl.Series(flag.astype(np.int8)).set(pl.Series(unknown), None)


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
    fixed = lambda stream, share: landing.rng(stream).random(people.size)[who] < share  # noqa: E731
    coded = {c: world.has(c, who, age) & fixed(60 + k, 0.93) for k, c in enumerate(rates.CONDITIONS)}
    coded["dementia"] = world.has("dementia", who, age) & people["diagnosed"][who]
    fell = _fell(landing, day)[who]
    coded["falls"] = fell | (rng.random(len(who)) < np.clip(frail - 0.05, 0, 0.4) * 0.25)
    coded["fragility_fracture"] = fell & fixed(90, 0.4)
    coded["housebound"] = (frail > 0.27) & fixed(91, 0.5)
    coded["carer"] = truth["cares"][adult] & fixed(92, 0.17)
    coded["care_home"] = truth["in_care_home"][adult] & (rng.random(len(who)) < 0.9)
    coded["palliative"] = (frail > PALLIATIVE_FROM) & fixed(93, 0.35)
    return coded


PALLIATIVE_FROM = 0.42
"""Share of deficits from which a practice may come to code palliative care (assumed)."""


def _fell(landing: Landing, day: int) -> Array:
    """Who was admitted for a fall in the three years before the day."""
    fell, stays = np.zeros(landing.world.people.size, dtype=bool), landing.world.admissions
    fell[stays["person"][stays["fall"] & (stays["day"] < day) & (stays["day"] > day - 3 * 365)]] = True
    return fell
