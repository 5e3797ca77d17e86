"""Names and NHS numbers of the invented people."""

import numpy as np

from simulator import words
from simulator.log import Array

GROUPS = ("british", "asian", "other")
NHS_TEST_PREFIX = 999
"""NHS numbers that begin so are set aside for tests and belong to nobody (data_specs.md 2.5)."""


def nhs_numbers(count: int, rng: np.random.Generator, spare: int = 0) -> Array:
    """`count` different ten-digit test numbers with a valid check digit (weights 10 … 2, modulus 11),
    as text, and after them `spare` more, as far as there are any. Raises ValueError where there are not
    even `count`."""
    body = NHS_TEST_PREFIX * 10**6 + rng.permutation(10**6)
    digits = body[:, None] // 10 ** np.arange(8, -1, -1) % 10
    check = (11 - (digits * np.arange(10, 1, -1)).sum(1) % 11) % 11
    valid = body[check < 10] * 10 + check[check < 10]
    if count > len(valid):
        raise ValueError(f"{count} people are more than the test range of NHS numbers holds ({len(valid)})")
    return valid[: count + spare].astype("U10")


def given_names(female: Array, born_year: Array, group: Array, rng: np.random.Generator) -> Array:
    """A first name for each person, of the fashion of the birth year and the name group (0 British, 1
    Asian, 2 other)."""
    names = np.empty(len(female), dtype=object)
    for sex, lists in ((True, _FEMALE), (False, _MALE)):
        for fashion, (low, high) in enumerate(((0, 1948), (1948, 1976), (1976, 3000))):
            _fill(
                names,
                (female == sex) & (group == 0) & (born_year >= low) & (born_year < high),
                lists[fashion],
                rng,
            )
        _fill(names, (female == sex) & (group == 1), lists[3], rng)
        _fill(names, (female == sex) & (group == 2), lists[4], rng)
    return names


def family_names(group: Array, rng: np.random.Generator) -> Array:
    """A family name for each household or single person; a few are double-barrelled."""
    names = np.empty(len(group), dtype=object)
    for number, pool in enumerate((words.FAMILY_BRITISH, words.FAMILY_ASIAN, words.FAMILY_OTHER)):
        _fill(names, group == number, pool, rng, steepness=0.55)
    joined = np.flatnonzero((rng.random(len(group)) < 0.015) & (group == 0))
    names[joined] = names[joined] + "-" + rng.choice(words.FAMILY_BRITISH, len(joined))
    return names


_FEMALE = (
    words.GIVEN_FEMALE_OLD,
    words.GIVEN_FEMALE_MIDDLE,
    words.GIVEN_FEMALE_YOUNG,
    words.GIVEN_ASIAN_FEMALE,
    words.GIVEN_OTHER_FEMALE,
)
_MALE = (
    words.GIVEN_MALE_OLD,
    words.GIVEN_MALE_MIDDLE,
    words.GIVEN_MALE_YOUNG,
    words.GIVEN_ASIAN_MALE,
    words.GIVEN_OTHER_MALE,
)


def _fill(
    names: Array, where: Array, pool: list[str], rng: np.random.Generator, steepness: float = 0.6
) -> None:
    """Common names first: the k-th name is drawn in proportion to 1 / k^steepness (Zipf-like, assumed)."""
    weight = 1 / np.arange(1, len(pool) + 1) ** steepness
    names[where] = rng.choice(np.array(pool, dtype=object), int(where.sum()), p=weight / weight.sum())


def numbered(prefix: str, numbers: Array, digits: int) -> Array:
    """Identifiers: the prefix and each number with so many digits; no numbers, none."""
    if not len(numbers):
        return np.empty(0, dtype="U1")
    return np.char.add(prefix, np.char.zfill(numbers.astype(str), digits))
