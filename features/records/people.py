"""How likely two records are the same person: the one door to Splink.

The model is trained once and saved; the same file gives the same weights on any machine. What people at one
address share (surname, address) is what misleads an unsupervised fit (splink #1817: expectation-maximisation
settles on "same household"). So the m values come from pairs that share a checked NHS number across two
sources, the u values from a seeded random sample, and the share of records that match is stated, not fitted.
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
from features.records.names import known_given_names, nickname_families
from features.records.person_levels import Comparison, Level, comparisons

MODEL_FILE = "linkage_model.json"

# Never two people who both hold an NHS number: equal numbers are joined already, different ones never are.
# Nor a child and somebody who is liable or a tenant.
_WORTH_SCORING = (
    " and l.seed <> r.seed and not (l.has_nhs and r.has_nhs)"
    " and not coalesce(l.born > r.born_before or r.born > l.born_before, false)"
)
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


def prepare_profiles(profiles: pl.DataFrame, seed_ids: pl.DataFrame) -> pl.DataFrame:
    """Profiles in the columns that the model compares.

    In: seed, kind, born_before?, given?, family?, date_of_birth?, sex?, postcode?, uprn?; `seed_ids`: seed,
    seed_id. Out: one row a profile, sorted, with unique_id; `*_bearers` counts the seeds that bear a name.
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
        given_known=pl.col("given").is_in(known_given_names()),
        given_bearers=pl.col("seed").n_unique().over("given"),
        family="family",
        family_sound=_sound(pl.col("family")),
        family_bearers=pl.col("seed").n_unique().over("family"),
        born=born,
        birth_year=born.str.slice(0, 4),
        birth_day=born.str.slice(4, 4),
        born_swapped=pl.col("date_of_birth").dt.strftime("%Y%d%m"),
        born_before=pl.col("born_before").dt.strftime("%Y%m%d"),
        sex="sex",
        postcode="postcode",
        uprn="uprn",
    )
    return frame.sort(pl.exclude("heads")).with_row_index("unique_id")


def _sound(name: pl.Expr) -> pl.Expr:
    """The first letter and the next two consonants, doubled letters once: enough to bring misspellings
    together."""
    rest = name.str.slice(1).str.replace_all(r"[AEIOUYHW]", "")
    for a, b in (("CK", "K"), ("[CKQ]", "K"), ("[SZ]", "S"), ("[DT]", "T"), ("[MN]", "N"), ("[BPFV]", "P")):
        rest = rest.str.replace_all(a, b)
    return name.str.slice(0, 1) + rest.str.slice(0, 2)


def load_or_train(profiles: pl.DataFrame, state: Path, linkage: Linkage, seed: int) -> dict[str, Any]:
    """The model to use: saved in `state`, else trained on this landing and saved, else the stated values.

    `profiles`: prepare_profiles' columns. Out: {"how": "trained" (now or in an
    earlier month) | "stated", "settings": Splink's
    own}. Where fewer than `linkage.train_people_min` people are seen by both the register and care records,
    nothing is saved, so that a later, larger landing trains.
    """
    file = state / MODEL_FILE
    if file.exists():
        return {"how": "trained", "settings": json.loads(file.read_text(encoding="utf-8"))}
    sample = _training_sample(profiles)
    stated = _settings(linkage, _match_share(profiles))
    if sample.get_column("label").drop_nulls().is_duplicated().sum() < 2 * linkage.train_people_min:
        return {"how": "stated", "settings": stated.create_settings_dict("duckdb")}
    settings = _rounded(_train(sample, stated, linkage, seed))
    _write_aside(file, json.dumps(settings, indent=1, sort_keys=True))
    return {"how": "trained", "settings": settings}


def score_pairs(profiles: pl.DataFrame, settings: dict[str, Any], probability_min: float) -> pl.DataFrame:
    """Pairs of different seeds at or above `probability_min`.

    Out, sorted: seed_l, seed_r (seed_l < seed_r), weight (bits, 3 decimals), probability (6 decimals), given,
    born, place (comparison levels, -1 unknown) of every pair of their profiles. Empty in, empty out.
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
    """One profile a seed, so that random pairs are different people; and for those with an NHS number one
    from the register and one from care records, under one `label`, so that m is learnt from pairs known to be
    one person."""
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
    """P(two records of different seeds are one person): each record without an NHS number is expected to have
    one true partner among the seeds with one."""
    anchors = profiles.filter("has_nhs").get_column("seed").n_unique()
    return 1 / max(anchors, 10)


def _rounded(model: Any) -> Any:
    """Four significant digits: two trainings agree to six decimals, not to the bit (linkage_notes.md). The
    random name that Splink gives a model goes."""
    if isinstance(model, dict):
        return {k: _rounded(v) for k, v in model.items() if k != "linker_uid"}
    if isinstance(model, list):
        return [_rounded(v) for v in model]
    return float(f"{model:.4g}") if isinstance(model, float) else model


def _write_aside(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)


def _settings(linkage: Linkage, share: float) -> SettingsCreator:
    """Splink's settings with the stated values; training replaces u everywhere and m where it is not
    fixed."""
    compared = comparisons(linkage.slip_bearers_max, linkage.slip_ratio_max)
    blocks: list[Any] = [block + _WORTH_SCORING for block in _BLOCKS]
    return SettingsCreator(
        link_type="dedupe_only",
        probability_two_random_records_match=share,
        unique_id_column_name="unique_id",
        retain_matching_columns=True,
        additional_columns_to_retain=["seed"],
        blocking_rules_to_generate_predictions=blocks,
        comparisons=[_comparison(c, linkage) for c in compared],
    )


def _comparison(compared: Comparison, linkage: Linkage) -> cl.CustomComparison:
    unknown = cll.CustomLevel(compared.unknown_sql, label_for_charts="unknown").configure(is_null_level=True)
    levels = [_level(level, linkage) for level in compared.levels]
    return cl.CustomComparison([unknown, *levels], output_column_name=compared.name)


def _level(level: Level, linkage: Linkage) -> Any:
    made = cll.CustomLevel(level.sql, label_for_charts=level.key).configure(
        m_probability=linkage.m[level.key], u_probability=linkage.u[level.key], fix_m_probability=level.fixed
    )
    if level.tf is None:
        return made
    return made.configure(
        tf_adjustment_column=level.tf, tf_adjustment_weight=1.0, disable_tf_exact_match_detection=True
    )
