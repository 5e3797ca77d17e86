"""Diagnosis codes (ICD-10 as HES pads them: no dot, four characters, `X` in the last place where a
code has three)."""

import numpy as np

from simulator.log import Array

FALL_INJURIES = ("S720", "S721", "S525", "S422", "S010", "S065", "S328", "S223", "S826", "T07X", "S000")
HIPS, WRIST = ("S720", "S721"), "S525"
FALL_INJURY_SHARES = (0.20, 0.10, 0.12, 0.08, 0.14, 0.06, 0.08, 0.07, 0.06, 0.01, 0.08)
FALL_CAUSES = ("W010", "W100", "W180", "W190", "W060", "W070", "W080")
FALL_CAUSE_SHARES = (0.30, 0.12, 0.18, 0.30, 0.05, 0.03, 0.02)
EMERGENCIES = (
    "J189", "N390", "A419", "J440", "I500", "R55X", "N179", "I639", "I219", "K590", "R074", "L031", "J22X",
    "E871", "R54X",
    "I48X", "K922", "A099", "G409", "R410", "R104", "K801", "E109", "T391",
)  # fmt: skip
# Relative frequency at 30 and at 80 (assumed; infections, hearts and confusion come with age).
EMERGENCIES_YOUNG = (3, 3, 2, 2, 0, 3, 1, 1, 2, 2, 10, 5, 3, 1, 0, 1, 2, 6, 5, 0, 18, 6, 5, 9)
EMERGENCIES_OLD = (12, 10, 9, 6, 7, 5, 6, 6, 4, 4, 5, 4, 6, 3, 3, 4, 3, 2, 1, 4, 4, 2, 1, 0)
PLANNED = (
    "H269",
    "K635",
    "M170",
    "M160",
    "Z512",
    "C509",
    "D649",
    "K409",
    "H353",
    "N40X",
    "R195",
    "C189",
    "I251",
)
OPERATIONS = (
    "C751",
    "H221",
    "W401",
    "W371",
    "X352",
    "B274",
    "X332",
    "T202",
    "C794",
    "M653",
    "H251",
    "H071",
    "K634",
)
FROM_CONDITIONS = {
    "dementia": "F03X",
    "stroke_tia": "I694",
    "heart_failure": "I500",
    "chd": "I259",
    "af": "I48X",
    "copd": "J449",
    "asthma": "J459",
    "diabetes": "E119",
    "ckd": "N183",
    "cancer": "C809",
    "depression": "F329",
    "parkinsonism": "G20X",
    "osteoporosis": "M819",
    "epilepsy": "G409",
    "learning_disability": "F799",
}
"""Long-term conditions as secondary diagnoses; beside them I10X, R54X, Z602 (lives alone), Z740 (needs
help)."""


def emergency_diagnoses(age: Array, rng: np.random.Generator) -> Array:
    """A primary diagnosis for each stay, by age."""
    young, old = (
        np.array(EMERGENCIES_YOUNG) / sum(EMERGENCIES_YOUNG),
        np.array(EMERGENCIES_OLD) / sum(EMERGENCIES_OLD),
    )
    weight = np.clip((age - 30) / 50, 0, 1)[:, None]
    ladder = np.cumsum((1 - weight) * young + weight * old, axis=1)
    return np.array(EMERGENCIES)[(rng.random(len(age))[:, None] > ladder[:, :-1]).sum(1)]


def choose(values: tuple[str, ...], shares: tuple[float, ...], count: int, rng: np.random.Generator) -> Array:
    """Values drawn in proportion to the shares."""
    ladder = np.cumsum(shares) / np.sum(shares)
    return np.array(values)[np.searchsorted(ladder, rng.random(count))]


YOUNG_HIPS = 0.45  # share of hips that break before 76 at the rate of later years (assumed: mean age 83)


def fall_injuries(age: Array, rng: np.random.Generator) -> Array:
    """An injury for each fall; hips break with age, wrists before."""
    injury = choose(FALL_INJURIES, FALL_INJURY_SHARES, len(age), rng)
    spared = (age < 76) & np.isin(injury, HIPS) & (rng.random(len(age)) > YOUNG_HIPS)
    return np.where(spared, WRIST, injury)
