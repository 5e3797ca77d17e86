"""Laws of the features stage: no fact from the as-of date on, in any order of rows, changes what is known."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from worlds import AREA, AS_OF, DATA_TO, EVENT_TABLES, OTHER_AREA, SCHEMAS, a_full_life, a_village, world

from configs.settings import load_settings
from features.as_of import in_window, window_end
from features.hours_ahead import build_hours
from features.inputs import Records, gather_records, table_names, with_rows
from features.outcomes import build_outcomes
from features.table import build_features

SETTINGS = load_settings()
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
PEOPLE = ("ada", "bert", "v000", "v001")
WORDS = {
    "client_type": ("Service user", "Unpaid carer"),
    "event_type": ("Request", "Assessment", "Service", "Review"),
    "event_outcome": ("NFA: Other", "Progress to assessment, review or reassessment"),
    "service_type": (
        "Long term support: Community", "Long term support: Residential care", "Short term support: ST-Max",
    ),
    "service_component": ("Home support or domiciliary care", "Equipment", "Direct payment"),
    "accommodation_status": ("Owner occupier or shared ownership scheme", "Registered care home"),
    "has_unpaid_carer": ("Yes", "No"),
    "energy_rating": tuple("ABCDEFG"),
    "tenure": ("Rented (social)", "Owner-occupied"),
    "discount": ("single_person",),
    "efi_category": ("fit", "mild", "moderate", "severe"),
    "source": ("demographics",),
}  # fmt: skip


def full_world() -> Records:
    """A village, a couple with a fact in every table, and people who need each other."""
    village, life = a_village(14, ("v000", "v003")), a_full_life()
    return world({t: [*village.get(t, ()), *life.get(t, ())] for t in {**village, **life}})


WORLD = full_world()
BEFORE = build_features(WORLD, AS_OF, SETTINGS)


def value_of(column: str, kind: Any) -> st.SearchStrategy[Any]:
    if column == "person_id":
        return st.sampled_from(PEOPLE)
    if column == "household_id":
        return st.sampled_from(("home", "house-v000"))
    if column == "lsoa_code":
        return st.sampled_from((AREA, OTHER_AREA))
    if column in WORDS:
        return st.none() | st.sampled_from(WORDS[column])
    by_kind = {
        pl.String: st.none() | st.sampled_from(("A", "1-2", "S72", "21")),
        pl.Boolean: st.none() | st.booleans(),
        pl.Float64: st.none() | st.integers(0, 100).map(float),
        pl.Int64: st.none() | st.integers(0, 50),
        pl.Date: st.none() | st.dates(date(2018, 1, 1), date(2027, 1, 1)),
    }
    return by_kind[kind] if kind in by_kind else st.lists(st.sampled_from(PEOPLE), max_size=2)


def late_fact(table: str) -> st.SearchStrategy[dict[str, Any]]:
    """A row of `table` of any content, happened at any time, known on the as-of date or after."""
    late = st.dates(AS_OF, AS_OF + timedelta(days=900))
    fixed = {
        "happened_on": st.dates(date(2018, 1, 1), date(2027, 1, 1)),
        "from_date": st.dates(date(2018, 1, 1), date(2027, 1, 1)),
        "known_on": late, "communal": st.booleans(),
    }  # fmt: skip
    columns = SCHEMAS[table].items()
    return st.fixed_dictionaries({c: fixed[c] if c in fixed else value_of(c, kind) for c, kind in columns})


@FEW
@given(data=st.data(), table=st.sampled_from((*EVENT_TABLES, "residences")))
def test_adding_a_fact_known_on_or_after_the_as_of_date_changes_no_feature(
    data: st.DataObject, table: str
) -> None:
    rows = data.draw(st.lists(late_fact(table), min_size=1, max_size=4))
    more = with_rows(WORLD, table, pl.DataFrame(rows, schema=SCHEMAS[table]))
    assert_frame_equal(build_features(more, AS_OF, SETTINGS), BEFORE)


def test_a_late_fact_of_every_table_changes_no_feature_and_an_early_one_does() -> None:
    """The law above has teeth: the same facts, known in time, do change features."""
    for table in EVENT_TABLES:
        schema = SCHEMAS[table]
        whom = {"person_id": "v001"} if "person_id" in schema else {}
        where = {"household_id": "house-v001"} if "household_id" in schema else {}
        told = {
            "event_type": "Request",
            "energy_rating": "G",
            "band": "H",
            "efi_score": 0.5,
            "emergency": True,
        }
        fact = {
            **whom,
            **where,
            "happened_on": date(2025, 3, 1),
            **{k: v for k, v in told.items() if k in schema},
        }
        late, early = ({**fact, "known_on": day} for day in (AS_OF, date(2025, 3, 31)))
        after = [
            build_features(with_rows(WORLD, table, _one(table, row)), AS_OF, SETTINGS)
            for row in (late, early)
        ]
        assert after[0].equals(BEFORE), table
        assert not after[1].equals(BEFORE), table


def _one(table: str, row: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([row], schema=SCHEMAS[table])


@FEW
@given(
    known_on=st.dates(AS_OF, AS_OF + timedelta(days=400)), died=st.dates(date(2024, 1, 1), date(2026, 1, 1))
)
def test_a_death_known_on_or_after_the_as_of_date_changes_no_feature(known_on: date, died: date) -> None:
    dead = pl.col("person_id") == "bert"
    people = WORLD.people.with_columns(
        pl.when(dead).then(died).otherwise(pl.col("date_of_death")).alias("date_of_death"),
        pl.when(dead).then(known_on).otherwise(pl.col("death_known_on")).alias("death_known_on"),
    )
    frames = {name: getattr(WORLD, name) for name in table_names()} | {"people": people}
    later = gather_records(frames, {"data_from": WORLD.data_from, "data_to": WORLD.data_to})
    assert_frame_equal(build_features(later, AS_OF, SETTINGS), BEFORE)


@FEW
@given(
    table=st.sampled_from(("care_events", "tenancies")),
    ended=st.dates(date(2024, 9, 1), date(2026, 1, 1)),
    known_on=st.none() | st.dates(AS_OF, AS_OF + timedelta(days=400)),
)
def test_an_end_known_on_or_after_the_as_of_date_changes_no_feature(
    table: str, ended: date, known_on: date | None
) -> None:
    still_open = pl.col("ended_on").is_null()
    later = getattr(WORLD, table).with_columns(
        pl.when(still_open).then(pl.lit(ended)).otherwise("ended_on").alias("ended_on"),
        pl.when(still_open).then(pl.lit(known_on, pl.Date)).otherwise("end_known_on").alias("end_known_on"),
    )
    assert later.filter(pl.col("ended_on") == ended).collect().height > 0
    assert_frame_equal(build_features(replace(WORLD, **{table: later}), AS_OF, SETTINGS), BEFORE)


@FEW
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    shuffled = {
        name: getattr(WORLD, name).collect().sample(fraction=1.0, shuffle=True, seed=seed + i).lazy()
        for i, name in enumerate(table_names())
    }
    mixed = gather_records(shuffled, {"data_from": WORLD.data_from, "data_to": WORLD.data_to})
    assert_frame_equal(build_features(mixed, AS_OF, SETTINGS), BEFORE)
    origin = date(2023, 4, 1)
    for build in (build_outcomes, build_hours):
        assert_frame_equal(build(mixed, origin, SETTINGS), build(WORLD, origin, SETTINGS))


@FEW
@given(
    day=st.dates(date(2020, 1, 1), date(2026, 12, 31)),
    horizon=st.integers(1, 400),
    start=st.dates(date(2019, 1, 1), date(2020, 1, 1)),
)
def test_windows_that_meet_share_no_day_and_leave_none_out(day: date, horizon: int, start: date) -> None:
    fact = pl.LazyFrame({"happened_on": [day]})
    starts = [start + timedelta(days=horizon * i) for i in range((day - start).days // horizon + 2)]
    held = [in_window(fact, s, window_end(s, horizon)).collect().height for s in starts]
    assert sum(held) == 1


@FEW
@given(gone_days=st.integers(1, 2000), dies=st.booleans())
def test_whoever_is_known_to_have_died_or_moved_out_leaves_the_cohort(gone_days: int, dies: bool) -> None:
    gone = AS_OF - timedelta(days=gone_days)
    rows = dict(a_full_life())
    if dies:
        rows["people"] = [
            rows["people"][0],
            {**rows["people"][1], "date_of_death": gone, "death_known_on": gone},
        ]
    else:
        spell = {**rows["residences"][1], "to_date": gone, "to_known_on": gone}
        rows["residences"] = [rows["residences"][0], spell]
    assert build_features(world(rows), AS_OF, SETTINGS)["person_id"].to_list() == ["ada"]


@FEW
@given(wait=st.integers(0, 800))
def test_a_window_that_is_not_settled_has_no_false_in_it(wait: int) -> None:
    seen_by = AS_OF + timedelta(days=wait)
    labels = build_outcomes(WORLD, AS_OF, SETTINGS, seen_by=seen_by)
    hours = build_hours(WORLD, AS_OF, SETTINGS, seen_by=seen_by)
    told = min(wait, (DATA_TO - AS_OF).days)
    for horizon in SETTINGS.need.horizons_days:
        at = pl.col("horizon_days") == horizon
        for outcome, lag in (
            ("long_term_community_start", SETTINGS.lags_days.cld),
            ("emergency_admission", SETTINGS.lags_days.apc + SETTINGS.features.hospital_stay_days),
        ):
            happened = labels.filter(at, pl.col("outcome") == outcome)["happened"]
            over = told >= horizon + lag
            assert happened.null_count() == (0 if over else happened.len())
        seen = hours.filter(at)["hours_per_week"]
        over = told >= horizon + SETTINGS.lags_days.cld
        assert seen.null_count() == (0 if over else seen.len())
