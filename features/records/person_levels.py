"""How two descriptions of a person are compared, level by level: data for people.py, which hands it to
Splink."""

from dataclasses import dataclass

GIVEN_INITIAL, GIVEN_TYPO, GIVEN_NICKNAME, GIVEN_EXACT = 1, 2, 3, 4
BORN_YEAR, BORN_NEAR, BORN_EXACT = 1, 2, 3
PLACE_POSTCODE, PLACE_UPRN = 1, 2

_TYPED = (
    "((damerau_levenshtein({0}_l, {0}_r) <= 1 and least(length({0}_l), length({0}_r)) >= 4"
    " or jaro_winkler_similarity({0}_l, {0}_r) >= 0.92))"
)
_SWAPPED = (
    "left(born_l, 4) = left(born_r, 4) and substr(born_l, 5, 2) = substr(born_r, 7, 2)"
    " and substr(born_l, 7, 2) = substr(born_r, 5, 2)"
)
_PART = (
    "least(length(family_l), length(family_r)) >= 4"
    " and (starts_with(family_l, family_r) or ends_with(family_l, family_r)"
    " or starts_with(family_r, family_l) or ends_with(family_r, family_l))"
)


@dataclass(frozen=True)
class Level:
    """One level of a comparison. `key` names its m and u in the settings; `tf` the column whose rarity
    counts; `fixed` keeps the stated m from being trained."""

    key: str
    sql: str
    tf: str | None = None
    fixed: bool = False


@dataclass(frozen=True)
class Comparison:
    """One thing compared: the levels from the surest down, and when nothing can be said."""

    name: str
    unknown_sql: str
    levels: tuple[Level, ...]


def comparisons(slip_bearers_max: int, slip_ratio_max: float) -> tuple[Comparison, ...]:
    """Given name, family name, date of birth, sex and address.

    A near spelling is a slip only where the rarer one is rare (`slip_bearers_max` people or `slip_ratio_max`
    of the commoner) and they are not both names in their own right: Joan and Jean are two people. Fixed m: an
    initial in place of a name (care records write names out, council tax does not, so labelled pairs cannot
    show it), and the address (people move, and care records carry no UPRN).
    """
    rarer, commoner = "least({0}_bearers_l, {0}_bearers_r)", "greatest({0}_bearers_l, {0}_bearers_r)"
    slip = f"{_TYPED} and ({rarer} <= {slip_bearers_max} or {rarer} <= {slip_ratio_max} * {commoner})"
    whole = "least(length(given_l), length(given_r)) > 1"
    return (
        Comparison(
            "given",
            "given_l is null or given_r is null",
            (
                Level("given_same", f"given_l = given_r and {whole}", tf="given"),
                Level("given_nickname", f"list_has_any(heads_l, heads_r) and {whole}"),
                Level("given_slip", f"{slip.format('given')} and not (given_known_l and given_known_r)"),
                Level("given_initial", f"initial_l = initial_r and not ({whole})", fixed=True),
                Level("given_other", "ELSE"),
            ),
        ),
        Comparison(
            "family",
            "family_l is null or family_r is null",
            (
                Level("family_same", "family_l = family_r", tf="family"),
                Level("family_slip", slip.format("family")),
                Level("family_part", _PART),
                Level("family_other", "ELSE"),
            ),
        ),
        Comparison(
            "born",
            "born_l is null or born_r is null",
            (
                Level("born_same", "born_l = born_r"),
                Level("born_slip", f"damerau_levenshtein(born_l, born_r) <= 1 or ({_SWAPPED})"),
                Level("born_year", "birth_year_l = birth_year_r"),
                Level("born_other", "ELSE"),
            ),
        ),
        Comparison(
            "sex",
            "sex_l is null or sex_r is null",
            (Level("sex_same", "sex_l = sex_r"), Level("sex_other", "ELSE")),
        ),
        Comparison(
            "place",
            "(uprn_l is null or uprn_r is null) and (postcode_l is null or postcode_r is null)",
            (
                Level("place_uprn", "uprn_l = uprn_r", fixed=True),
                Level("place_postcode", "postcode_l = postcode_r", fixed=True),
                Level("place_other", "ELSE", fixed=True),
            ),
        ),
    )
