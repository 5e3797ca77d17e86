"""How likely two records are the same person: the one door to Splink.

The model is trained once and saved; the same file gives the same weights on any machine. What people at one address
share (surname, address) is what misleads an unsupervised fit (splink #1817: expectation-maximisation settles on "same
household"). So the m values come from pairs that share a checked NHS number across two sources, the u values from a
seeded random sample, and the share of records that match is stated, not fitted.
"""

import json
import logging
import os
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator

from configs.settings import Linkage
from features.records.names import nickname_families

MODEL_FILE = "linkage_model.json"
GIVEN_INITIAL, GIVEN_TYPO, GIVEN_NICKNAME, GIVEN_EXACT = 1, 2, 3, 4
BORN_YEAR, BORN_NEAR, BORN_EXACT = 1, 2, 3
PLACE_POSTCODE, PLACE_UPRN = 1, 2

_BOTH_COMMON = "({0}_common_l and {0}_common_r)"
_TYPED = (
    "(damerau_levenshtein({0}_l, {0}_r) <= 1 and least(length({0}_l), length({0}_r)) >= 4"
    " or jaro_winkler_similarity({0}_l, {0}_r) >= 0.92)"
)
_SWAPPED = (
    "left(born_l, 4) = left(born_r, 4) and substr(born_l, 5, 2) = substr(born_r, 7, 2)"
    " and substr(born_l, 7, 2) = substr(born_r, 5, 2)"
)
_PART = (
    "least(length(family_l), length(family_r)) >= 4 and (starts_with(family_l, family_r) or ends_with(family_l, family_r)"
    " or starts_with(family_r, family_l) or ends_with(family_r, family_l))"
)
# Never two people who both hold an NHS number: equal numbers are joined already, different ones never are.
_WORTH_SCORING = " and l.seed <> r.seed and not (l.has_nhs and r.has_nhs)"
_BLOCKS = (
    "l.family = r.family and l.born = r.born",
    "l.given = r.given and l.born = r.born",
    "l.postcode = r.postcode and l.born = r.born",
    "l.uprn = r.uprn and l.initial = r.initial",
    "l.uprn = r.uprn and l.family = r.family",
    "l.postcode = r.postcode and l.family = r.family and l.initial = r.initial",
    "l.given = r.given and l.family = r.family and l.birth_year = r.birth_year",
    "l.family_sound = r.family_sound and l.initial = r.initial and l.birth_year = r.birth_year",
    "l.given = r.given and l.family = r.family and l.birth_day = r.birth_day",
    "l.family = r.family and l.born = r.born_swapped",
)


def prepare_profiles(profiles: pl.DataFrame, seed_ids: pl.DataFrame, common_from: int) -> pl.DataFrame:
    """Profiles in the columns that the model compares.

    In: seed, kind, given?, family?, date_of_birth?, sex?, postcode?, uprn?; `seed_ids`: seed, seed_id. Out: one row a
    profile, sorted, with unique_id. A name is common when at least `common_from` seeds bear it: two common names one
    letter apart (Joan, Jean) are two names, no slip.
    """
    born = pl.col("date_of_birth").dt.strftime("%Y%m%d")
    frame = profiles.join(seed_ids, on="seed").join(nickname_families(), on="given", how="left")
    frame = frame.select(
        pl.col("seed_id").alias("seed"),
        has_nhs=pl.col("seed").str.starts_with("nhs:"),
        kind="kind",
        given="given",
        initial=pl.col("given").str.slice(0, 1),
        heads=pl.coalesce("heads", "|" + pl.col("given") + "|").str.strip_chars("|").str.split("|"),
        given_common=pl.col("seed").n_unique().over("given") >= common_from,
        family="family",
        family_sound=_sound(pl.col("family")),
        family_common=pl.col("seed").n_unique().over("family") >= common_from,
        born=born,
        birth_year=born.str.slice(0, 4),
        birth_day=born.str.slice(4, 4),
        born_swapped=pl.col("date_of_birth").dt.strftime("%Y%d%m"),
        sex="sex",
        postcode="postcode",
        uprn="uprn",
    )
    return frame.sort(pl.exclude("heads")).with_row_index("unique_id")


def _sound(name: pl.Expr) -> pl.Expr:
    """The first letter and the next two consonants, doubled letters once: enough to bring misspellings together."""
    rest = name.str.slice(1).str.replace_all(r"[AEIOUYHW]", "")
    for a, b in (("CK", "K"), ("[CKQ]", "K"), ("[SZ]", "S"), ("[DT]", "T"), ("[MN]", "N"), ("[BPFV]", "P")):
        rest = rest.str.replace_all(a, b)
    return name.str.slice(0, 1) + rest.str.slice(0, 2)


def load_or_train(profiles: pl.DataFrame, state: Path, linkage: Linkage, seed: int) -> dict[str, Any]:
    """The model to use: saved in `state`, else trained on this landing and saved, else the stated values.

    `profiles`: prepare_profiles' columns. Out: {"how": "saved" | "trained" | "stated", "settings": Splink's own}.
    Where fewer than `linkage.train_people_min` people are seen by both the register and care records, nothing is
    saved, so that a later, larger landing trains.
    """
    file = state / MODEL_FILE
    if file.exists():
        return {"how": "saved", "settings": json.loads(file.read_text(encoding="utf-8"))}
    sample = _training_sample(profiles)
    stated = _settings(linkage, _match_share(profiles))
    if sample.get_column("label").drop_nulls().is_duplicated().sum() < 2 * linkage.train_people_min:
        return {"how": "stated", "settings": stated.create_settings_dict("duckdb")}
    settings = _rounded(_train(sample, stated, linkage, seed))
    _write_aside(file, json.dumps(settings, indent=1, sort_keys=True))
    return {"how": "trained", "settings": settings}


def score_pairs(profiles: pl.DataFrame, settings: dict[str, Any], probability_min: float) -> pl.DataFrame:
    """Pairs of different seeds at or above `probability_min`.

    Out, sorted: seed_l, seed_r (seed_l < seed_r), weight (bits, 3 decimals), probability (6 decimals), given, born,
    place (comparison levels, -1 unknown) of every pair of their profiles. Empty in, empty out.
    """
    if profiles.height < 2:
        return _no_pairs()
    with duckdb.connect() as connection:
        linker = _linker(profiles, settings, connection)
        found = linker.inference.predict(threshold_match_probability=probability_min).as_duckdbpyrelation()
        scored = found.project(
            "seed_l, seed_r, match_weight, match_probability, gamma_given, gamma_born, gamma_place"
        ).pl()
    first, second = pl.min_horizontal("seed_l", "seed_r"), pl.max_horizontal("seed_l", "seed_r")
    return (
        scored.select(
            seed_l=first,
            seed_r=second,
            weight=pl.col("match_weight").round(3),
            probability=pl.col("match_probability").round(6),
            given=pl.col("gamma_given").cast(pl.Int64),
            born=pl.col("gamma_born").cast(pl.Int64),
            place=pl.col("gamma_place").cast(pl.Int64),
        )
        .unique()
        .sort("seed_l", "seed_r", "weight", "given", "born", "place", "probability")
    )


def _no_pairs() -> pl.DataFrame:
    whole = dict.fromkeys(("given", "born", "place"), pl.Int64)
    return pl.DataFrame(
        schema={
            "seed_l": pl.Int64,
            "seed_r": pl.Int64,
            "weight": pl.Float64,
            "probability": pl.Float64,
            **whole,
        }
    )


def _linker(profiles: pl.DataFrame, settings: dict[str, Any] | SettingsCreator, connection: Any) -> Linker:
    logging.getLogger("splink").setLevel(logging.ERROR)
    relation = connection.from_arrow(profiles.to_arrow())
    connection.register("profiles", relation)
    return Linker("profiles", settings, db_api=DuckDBAPI(connection=connection), set_up_basic_logging=False)


def _training_sample(profiles: pl.DataFrame) -> pl.DataFrame:
    """One profile a seed, so that random pairs are different people; and for those with an NHS number one from the
    register and one from care records, under one `label`, so that m is learnt from pairs known to be one person."""
    source = (
        pl.when(pl.col("has_nhs") & (pl.col("kind") == "cld")).then(pl.lit("cld")).otherwise(pl.lit("other"))
    )
    once = profiles.with_columns(_source=source).unique(
        ["seed", "_source"], keep="first", maintain_order=True
    )
    return once.with_columns(label=pl.when("has_nhs").then(pl.col("seed"))).drop("_source")


def _train(sample: pl.DataFrame, stated: SettingsCreator, linkage: Linkage, seed: int) -> dict[str, Any]:
    with duckdb.connect() as connection:
        linker = _linker(sample, stated, connection)
        linker.training.estimate_u_using_random_sampling(max_pairs=linkage.random_pairs, seed=seed)
        linker.training.estimate_m_from_label_column("label")
        trained: dict[str, Any] = linker.misc.save_model_to_json()
    return trained


def _match_share(profiles: pl.DataFrame) -> float:
    """P(two records of different seeds are one person): each record without an NHS number is expected to have one
    true partner among the seeds with one."""
    anchors = profiles.filter("has_nhs").get_column("seed").n_unique()
    return 1 / max(anchors, 10)


def _rounded(model: Any) -> Any:
    """Four significant digits: two trainings agree to six decimals, not to the bit (linkage_notes.md)."""
    if isinstance(model, dict):
        return {k: _rounded(v) for k, v in model.items()}
    if isinstance(model, list):
        return [_rounded(v) for v in model]
    return float(f"{model:.4g}") if isinstance(model, float) else model


def _write_aside(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)


def _level(sql: str, label: str, m: float, u: float, *, tf: str | None = None, fixed: bool = False) -> Any:
    level = cll.CustomLevel(sql, label_for_charts=label).configure(
        m_probability=m, u_probability=u, fix_m_probability=fixed
    )
    if tf is not None:
        level = level.configure(
            tf_adjustment_column=tf, tf_adjustment_weight=1.0, disable_tf_exact_match_detection=True
        )
    return level


def _comparison(name: str, null_sql: str, levels: list[Any]) -> Any:
    null = cll.CustomLevel(null_sql, label_for_charts="unknown").configure(is_null_level=True)
    return cl.CustomComparison([null, *levels], output_column_name=name)


def _settings(linkage: Linkage, share: float) -> SettingsCreator:
    """Splink's settings with the stated values; training replaces u everywhere and m where it is not fixed.

    Fixed m: an initial in place of a name (care records write names out, council tax does not, so labelled pairs
    cannot show it), and the address (people move, and care records carry no UPRN)."""
    m, u = linkage.m, linkage.u
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=share,
        unique_id_column_name="unique_id",
        retain_matching_columns=True,
        additional_columns_to_retain=["seed"],
        blocking_rules_to_generate_predictions=[block + _WORTH_SCORING for block in _BLOCKS],
        comparisons=[
            _comparison(
                "given",
                "given_l is null or given_r is null",
                [
                    _level(
                        "given_l = given_r and length(given_l) > 1",
                        "same",
                        m["given_same"],
                        u["given_same"],
                        tf="given",
                    ),
                    _level(
                        "list_has_any(heads_l, heads_r) and length(given_l) > 1 and length(given_r) > 1",
                        "nickname",
                        m["given_nickname"],
                        u["given_nickname"],
                    ),
                    _level(
                        f"{_TYPED.format('given')} and not {_BOTH_COMMON.format('given')}",
                        "slip",
                        m["given_slip"],
                        u["given_slip"],
                    ),
                    _level(
                        "initial_l = initial_r and least(length(given_l), length(given_r)) = 1",
                        "initial",
                        m["given_initial"],
                        u["given_initial"],
                        fixed=True,
                    ),
                    _level("ELSE", "different", m["given_other"], u["given_other"]),
                ],
            ),
            _comparison(
                "family",
                "family_l is null or family_r is null",
                [
                    _level("family_l = family_r", "same", m["family_same"], u["family_same"], tf="family"),
                    _level(
                        f"{_TYPED.format('family')} and not {_BOTH_COMMON.format('family')}",
                        "slip",
                        m["family_slip"],
                        u["family_slip"],
                    ),
                    _level(_PART, "part of a double name", m["family_part"], u["family_part"]),
                    _level("ELSE", "different", m["family_other"], u["family_other"]),
                ],
            ),
            _comparison(
                "born",
                "born_l is null or born_r is null",
                [
                    _level("born_l = born_r", "same", m["born_same"], u["born_same"]),
                    _level(
                        f"damerau_levenshtein(born_l, born_r) <= 1 or ({_SWAPPED})",
                        "slip",
                        m["born_slip"],
                        u["born_slip"],
                    ),
                    _level("birth_year_l = birth_year_r", "same year", m["born_year"], u["born_year"]),
                    _level("ELSE", "different", m["born_other"], u["born_other"]),
                ],
            ),
            _comparison(
                "sex",
                "sex_l is null or sex_r is null",
                [
                    _level("sex_l = sex_r", "same", m["sex_same"], u["sex_same"]),
                    _level("ELSE", "different", m["sex_other"], u["sex_other"]),
                ],
            ),
            _comparison(
                "place",
                "(uprn_l is null or uprn_r is null) and (postcode_l is null or postcode_r is null)",
                [
                    _level("uprn_l = uprn_r", "same address", m["place_uprn"], u["place_uprn"], fixed=True),
                    _level(
                        "postcode_l = postcode_r",
                        "same postcode",
                        m["place_postcode"],
                        u["place_postcode"],
                        fixed=True,
                    ),
                    _level("ELSE", "elsewhere", m["place_other"], u["place_other"], fixed=True),
                ],
            ),
        ],
    )
