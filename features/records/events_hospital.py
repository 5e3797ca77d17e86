"""Hospital episodes to joined stays, and emergency-department attendances (data_specs.md, 2.1 and 2.2)."""

import polars as pl

from configs.settings import LagsDays
from features.records.keep_one import keep_fullest
from features.records.known import known_after

_CARE_HOME_SOURCE = ("54", "55", "56", "65", "85", "86")
_CARE_HOME_DESTINATION = ("54", "55", "56", "65", "85")
_ONWARD_WARD = ("49", "50", "51", "52", "53", "84", "87")
_TRANSFER_METHODS = ("2B", "81")
_DIED = ("4", "5")
_DIAGNOSES = tuple(f"diagnosis_{i:02d}" for i in range(1, 21))
_DIAGNOSIS = r"^([A-Z][0-9]{2})"
_INJURY = r"^[ST][0-9]{2}"  # S00-T98
_FALL = r"^W[01][0-9]"  # W00-W19

ADMISSIONS = (
    "person_id",
    "happened_on",
    "discharged_on",
    "known_on",
    "admission_method",
    "emergency",
    "fall",
    "from_care_home",
    "to_care_home",
    "died",
    "length_of_stay_days",
    "diagnosis_3",
    "diagnoses",
    "episodes",
)


def build_admissions(apc: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """One row per joined stay, in ADMISSIONS' columns, sorted by person and day.

    `apc`: typed episodes with person_id, from overlapping extracts. The latest extract speaks for an episode;
    episodes make spells (SUSSPELLID within a provider, else person, provider and admission day); spells make
    a stay when the next begins on or before the day the last ended, as a transfer (2B, 81, sent on to another
    ward) or at another provider. A stay is known a lag after its discharge (after its admission while open):
    that is when it is submitted. Empty in, empty out.
    """
    episodes = _latest_episodes(apc)
    spells = _make_spells(episodes)
    return _make_stays(spells, lags)


def _latest_episodes(apc: pl.DataFrame) -> pl.DataFrame:
    start = pl.coalesce("admission_date", "episode_start")
    there = apc.filter(pl.col("person_id").is_not_null() & start.is_not_null()).with_columns(
        admission_date=start,
        first_cut=pl.col("extract_date").min().over("person_id", "epikey"),
        order=pl.col("episode_order").cast(pl.Int64, strict=False).fill_null(99),
        provider=pl.col("provider_code").fill_null(""),
    )
    latest = keep_fullest(there, ["person_id", "epikey"])
    spell = pl.col("susspellid").str.strip_chars()
    usable = spell.is_not_null() & ~spell.is_in(["", "-1"])
    by_day = pl.concat_str(pl.lit("day"), pl.col("admission_date").cast(pl.String), separator=":")
    return latest.with_columns(spell_key=pl.when(usable).then(spell).otherwise(by_day))


def _make_spells(episodes: pl.DataFrame) -> pl.DataFrame:
    """One row a spell: what its first episode says of the coming in, what its last says of the going out."""
    codes = [pl.col(c).str.extract(_DIAGNOSIS) for c in (*_DIAGNOSES, "cause") if c in episodes.columns]
    first = [pl.col(c).first() for c in ("admission_method", "admission_source")]
    last = [pl.col(c).drop_nulls().last() for c in ("discharge_destination", "discharge_method")]
    return (
        episodes.with_columns(codes=pl.concat_list(codes).list.drop_nulls(), fell=_fell(episodes.columns))
        .sort("person_id", "provider", "spell_key", "episode_start", "order", "epikey", nulls_last=True)
        .group_by("person_id", "provider", "spell_key", maintain_order=True)
        .agg(
            *first,
            *last,
            admitted=pl.col("admission_date").min(),
            discharged=pl.col("discharge_date").max(),
            fell=pl.col("fell").first(),
            diagnosis_3=pl.col("diagnosis_01").first().str.extract(_DIAGNOSIS),
            codes=pl.col("codes").explode(),
            episodes=pl.len(),
            first_cut=pl.col("first_cut").min(),
            last_cut=pl.col("extract_date").max(),
        )
    )


def _fell(columns: list[str]) -> pl.Expr:
    """An injury as primary diagnosis with an external cause that is a fall."""
    causes = [c for c in ("cause", *_DIAGNOSES[1:]) if c in columns]
    fell = pl.any_horizontal(pl.col(c).str.contains(_FALL).fill_null(False) for c in causes)
    return pl.col("diagnosis_01").str.contains(_INJURY).fill_null(False) & fell


def _make_stays(spells: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    ordered = spells.sort("person_id", "admitted", "discharged", "provider", "spell_key", nulls_last=True)
    stays = ordered.with_columns(_stay=(~_goes_on()).cum_sum())
    several = stays.filter(pl.len().over("_stay") > 1)
    joined = pl.concat([_single_spells(stays.join(several, on="_stay", how="anti")), _joined_spells(several)])
    return (
        joined.with_columns(_stay_columns(lags))
        .sort("person_id", "happened_on", "discharged_on")
        .select(ADMISSIONS)
    )


_FIRST = ("person_id", "admission_method", "admission_source", "fell", "diagnosis_3")
_LAST = ("discharge_destination", "discharge_method")


def _single_spells(spells: pl.DataFrame) -> pl.DataFrame:
    """Stays of one spell, which nearly all are: nothing to be joined."""
    return spells.select(
        *_FIRST,
        *_LAST,
        happened_on="admitted",
        discharged_on="discharged",
        diagnoses=pl.col("codes").list.drop_nulls().list.unique().list.sort(),
        episodes=pl.col("episodes").cast(pl.Int64),
        first_cut="first_cut",
        last_cut="last_cut",
    )


def _joined_spells(spells: pl.DataFrame) -> pl.DataFrame:
    joined = spells.group_by("_stay", maintain_order=True).agg(
        pl.col(_FIRST).first(),
        pl.col(_LAST).last(),
        happened_on=pl.col("admitted").first(),
        discharged_on=pl.when(pl.col("discharged").last().is_not_null()).then(pl.col("discharged").max()),
        diagnoses=pl.col("codes").explode().unique().sort().drop_nulls(),
        episodes=pl.col("episodes").sum().cast(pl.Int64),
        first_cut=pl.col("first_cut").min(),
        last_cut=pl.col("last_cut").max(),
    )
    return joined.drop("_stay")


def _goes_on() -> pl.Expr:
    """True where a spell continues the stay before it."""

    def before(column: str) -> pl.Expr:
        return pl.col(column).shift(1).over("person_id")

    reached = pl.col("discharged").cum_max().shift(1).over("person_id")
    overlaps = pl.col("admitted") <= reached
    moved_next_day = pl.col("admission_method").is_in(_TRANSFER_METHODS) & (
        pl.col("admitted") <= reached + pl.duration(days=1)
    )
    sent_on = before("discharge_destination").is_in(_ONWARD_WARD)
    elsewhere = pl.col("provider") != before("provider")
    inside = pl.col("admitted") < reached
    return ((overlaps & (sent_on | elsewhere | inside)) | moved_next_day).fill_null(False)


def _stay_columns(lags: LagsDays) -> list[pl.Expr]:
    submitted = pl.coalesce("discharged_on", "happened_on")
    cut = pl.when(pl.col("discharged_on").is_null()).then("first_cut").otherwise("last_cut")
    return [
        known_after(submitted, lags.apc, cut).alias("known_on"),
        pl.col("admission_method").str.starts_with("2").fill_null(False).alias("emergency"),
        (pl.col("fell") & pl.col("admission_method").str.starts_with("2").fill_null(False)).alias("fall"),
        pl.col("admission_source").is_in(_CARE_HOME_SOURCE).fill_null(False).alias("from_care_home"),
        pl.col("discharge_destination").is_in(_CARE_HOME_DESTINATION).fill_null(False).alias("to_care_home"),
        pl.col("discharge_method").is_in(_DIED).fill_null(False).alias("died"),
        (pl.col("discharged_on") - pl.col("happened_on")).dt.total_days().alias("length_of_stay_days"),
    ]


def build_attendances(ecds: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """One row per attendance: person_id, happened_on, known_on, injury, discharge_destination?; sorted.

    `ecds`: typed rows with person_id; the latest extract speaks for an attendance. An attendance is an injury
    where it records how the injury was come by.
    """
    key = ["person_id", "attendance_key"]
    there = ecds.filter(pl.col("person_id").is_not_null() & pl.col("arrival_date").is_not_null())
    latest = keep_fullest(there.with_columns(first_cut=pl.col("extract_date").min().over(key)), key)
    return latest.select(
        "person_id",
        happened_on="arrival_date",
        known_on=known_after(pl.col("arrival_date"), lags.ecds, pl.col("first_cut")),
        injury=pl.col("injury_mechanism").is_not_null(),
        discharge_destination="discharge_destination",
    ).sort("person_id", "happened_on", "known_on", "injury", "discharge_destination", nulls_last=True)
