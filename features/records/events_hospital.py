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
    "replaced_on",
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
    ward) or at another provider. A stay is known a lag after its discharge, for that is when it is submitted;
    one that an extract shows while it is open, a lag after its admission, its diagnoses when it ends. A stay
    that grew as more of it was learnt stands once for each day of learning, the earlier rows with
    `replaced_on`. Empty in, empty out.
    """
    spells = _number_stays(_when_known(_make_spells(_latest_episodes(apc)), lags))
    grown = spells.filter(_grows().any().over("_stay"))
    plain = spells.join(grown.select("_stay").unique(), on="_stay", how="anti")
    known = pl.coalesce("closed_known_on", "open_known_on")
    once = plain.with_columns(
        *_coded(pl.col("discharged").is_not_null()), known_on=known, replaced_on=pl.lit(None, pl.Date)
    )
    stays = pl.concat([_join_spells(once), _join_spells(_as_learnt(grown))])
    order = ("person_id", "happened_on", "discharged_on", "known_on")
    return stays.with_columns(_stay_columns()).select(ADMISSIONS).sort(order)


def _grows() -> pl.Expr:
    learnt_twice = pl.col("open_known_on").is_not_null() & pl.col("closed_known_on").is_not_null()
    return (pl.len().over("_stay") > 1) | learnt_twice


def _latest_episodes(apc: pl.DataFrame) -> pl.DataFrame:
    start = pl.coalesce("admission_date", "episode_start")
    there = apc.filter(pl.col("person_id").is_not_null() & start.is_not_null()).with_columns(
        admission_date=start,
        open_cut=pl.col("extract_date")
        .filter(pl.col("discharge_date").is_null())
        .min()
        .over("person_id", "epikey"),
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
            open_cut=pl.col("open_cut").min(),
            last_cut=pl.col("extract_date").max(),
        )
    )


def _fell(columns: list[str]) -> pl.Expr:
    """An injury as primary diagnosis with an external cause that is a fall."""
    causes = [c for c in ("cause", *_DIAGNOSES[1:]) if c in columns]
    fell = pl.any_horizontal(pl.col(c).str.contains(_FALL).fill_null(False) for c in causes)
    return pl.col("diagnosis_01").str.contains(_INJURY).fill_null(False) & fell


def _when_known(spells: pl.DataFrame, lags: LagsDays) -> pl.DataFrame:
    """With `open_known_on?` (where an extract shows the spell open) and `closed_known_on?`."""
    return spells.with_columns(
        open_known_on=pl.when(pl.col("open_cut").is_not_null()).then(
            known_after(pl.col("admitted"), lags.apc, pl.col("open_cut"))
        ),
        closed_known_on=known_after(pl.col("discharged"), lags.apc, pl.col("last_cut")),
    )


def _coded(closed: pl.Expr) -> list[pl.Expr]:
    """What is coded after discharge, and so unknown before: what a stay was for, and that it was a fall."""
    return [
        pl.when(closed).then(pl.col("codes")).otherwise(pl.lit([], pl.List(pl.String))).alias("codes"),
        pl.when(closed).then(pl.col("diagnosis_3")).alias("diagnosis_3"),
        (pl.col("fell") & closed).alias("fell"),
    ]


def _number_stays(spells: pl.DataFrame) -> pl.DataFrame:
    """In order of time, with `_stay`: the same number for the spells of one stay."""
    ordered = spells.sort("person_id", "admitted", "discharged", "provider", "spell_key", nulls_last=True)
    return ordered.with_columns(_stay=(~_goes_on()).cum_sum())


def _as_learnt(spells: pl.DataFrame) -> pl.DataFrame:
    """The spells of each stay as known on each day on which something of it was learnt, numbered into stays
    anew, with known_on and replaced_on."""
    told = [spells.select("_stay", known_on=c).drop_nulls() for c in ("open_known_on", "closed_known_on")]
    days = pl.concat(told).unique().sort("_stay", "known_on")
    days = days.with_columns(replaced_on=pl.col("known_on").shift(-1).over("_stay"))
    seen = spells.join(days, on="_stay")
    day = pl.col("known_on")
    closed = (pl.col("closed_known_on") <= day).fill_null(False)
    there = closed | (pl.col("open_known_on") <= day).fill_null(False)
    hidden = [pl.when(closed).then(pl.col(c)).alias(c) for c in ("discharged", *_LAST)]
    lines = seen.filter(there).with_columns(
        *hidden,
        *_coded(closed),
        whose="person_id",
        person_id=pl.concat_str("person_id", "_stay", "known_on", separator="|"),
    )
    numbered = _number_stays(lines)
    return numbered.with_columns(person_id="whose").drop("whose")


_FIRST = (
    "person_id",
    "admission_method",
    "admission_source",
    "fell",
    "diagnosis_3",
    "known_on",
    "replaced_on",
)
_LAST = ("discharge_destination", "discharge_method")


def _join_spells(stays: pl.DataFrame) -> pl.DataFrame:
    """One row a stay."""
    several = stays.filter(pl.len().over("_stay") > 1)
    single = stays.join(several, on="_stay", how="anti")
    return pl.concat([_single_spells(single), _joined_spells(several)])


def _single_spells(spells: pl.DataFrame) -> pl.DataFrame:
    """Stays of one spell, which nearly all are: nothing to be joined."""
    return spells.select(
        *_FIRST,
        *_LAST,
        happened_on="admitted",
        discharged_on="discharged",
        diagnoses=pl.col("codes").list.drop_nulls().list.unique().list.sort(),
        episodes=pl.col("episodes").cast(pl.Int64),
    )


def _joined_spells(spells: pl.DataFrame) -> pl.DataFrame:
    joined = spells.group_by("_stay", maintain_order=True).agg(
        pl.col(_FIRST).first(),
        pl.col(_LAST).last(),
        happened_on=pl.col("admitted").first(),
        discharged_on=pl.when(pl.col("discharged").last().is_not_null()).then(pl.col("discharged").max()),
        diagnoses=pl.col("codes").explode().unique().sort().drop_nulls(),
        episodes=pl.col("episodes").sum().cast(pl.Int64),
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


def _stay_columns() -> list[pl.Expr]:
    return [
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
