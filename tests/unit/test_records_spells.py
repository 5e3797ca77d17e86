"""Where people live, from when to when, and when the council can have known."""

from datetime import date

import polars as pl
from people_rows import CUT, tables

from configs.settings import load_settings
from features.records.as_learnt import lay_as_learnt
from features.records.known import known_after, still_standing
from features.records.person_facts import find_deaths
from features.records.spell_sources import gather_spells

LAGS = load_settings().lags_days
NO_DEATHS = pl.DataFrame(schema={"person_id": pl.String, "date_of_death": pl.Date, "death_known_on": pl.Date})
NO_CARE = pl.DataFrame(
    schema={
        "person_id": pl.String, "postcode": pl.String, "happened_on": pl.Date, "known_on": pl.Date,
        "status_known_on": pl.Date, "ended_on": pl.Date, "end_known_on": pl.Date, "service_type": pl.String,
        "provider_location_id": pl.String,
    }
)  # fmt: skip
HOMES = pl.DataFrame({"location_id": ["1-1"], "uprn": [900]})


def gather(care: pl.DataFrame = NO_CARE, **kinds: list[dict[str, object]]) -> pl.DataFrame:
    made = tables(**kinds)
    for kind in ("demographics", "council_tax", "tenancies"):
        lacking = [c for c in ("person_id", "joint_person_id") if c not in made[kind].columns]
        made[kind] = made[kind].with_columns(pl.lit(None, pl.String).alias(c) for c in lacking)
    return gather_spells(made, care, HOMES, LAGS)


def lay(
    care: pl.DataFrame = NO_CARE, deaths: pl.DataFrame = NO_DEATHS, **kinds: list[dict[str, object]]
) -> pl.DataFrame:
    return still_standing(
        lay_as_learnt(gather(care, **kinds), deaths, pl.Series("uprn", [900], dtype=pl.Int64))
    )


def register(uprn: int, since: date, until: date | None = None, person: str = "p") -> dict[str, object]:
    return {"person_id": person, "uprn": uprn, "effective_from": since, "effective_to": until}


def test_known_on_is_the_lag_after_and_never_after_the_extract() -> None:
    frame = pl.DataFrame({"d": [date(2026, 1, 1), date(2026, 9, 29), None]})
    known = frame.select(known_after(pl.col("d"), 7, pl.lit(CUT))).to_series().to_list()
    assert known == [date(2026, 1, 8), CUT, None]


def test_history_in_one_late_extract_is_known_from_the_event() -> None:
    spells = lay(
        demographics=[register(1, date(2015, 5, 1), date(2020, 5, 1)), register(2, date(2020, 5, 1))]
    )
    assert spells.get_column("known_on").to_list() == [date(2015, 5, 8), date(2020, 5, 8)]
    assert spells.get_column("to_known_on").to_list() == [date(2020, 5, 8), None]


def test_overlapping_register_rows_become_one_line_of_spells() -> None:
    spells = lay(demographics=[register(1, date(2015, 5, 1)), register(2, date(2020, 5, 1))])
    assert spells.select("uprn", "from_date", "to_date").rows() == [
        (1, date(2015, 5, 1), date(2020, 5, 1)),
        (2, date(2020, 5, 1), None),
    ]


def test_spell_that_ends_before_it_begins_is_no_spell() -> None:
    spells = lay(
        demographics=[register(1, date(2020, 5, 1), date(1901, 1, 1)), register(1, date(2020, 5, 1))]
    )
    assert spells.select("from_date", "to_date").rows() == [(date(2020, 5, 1), None)]


def test_death_ends_the_spell() -> None:
    deaths = pl.DataFrame(
        {"person_id": ["p"], "date_of_death": [date(2024, 1, 1)], "death_known_on": [date(2024, 1, 8)]}
    )
    spells = lay(deaths=deaths, demographics=[register(1, date(2015, 5, 1))])
    assert spells.select("to_date", "to_known_on").row(0) == (date(2024, 1, 1), date(2024, 1, 8))


def care(**more: object) -> pl.DataFrame:
    row = {"person_id": "p", "happened_on": date(2022, 1, 1), "known_on": date(2022, 1, 8), **more}
    return pl.concat([NO_CARE, pl.DataFrame([row])], how="diagonal_relaxed")


def test_placement_lays_over_the_register_until_it_ends() -> None:
    placed = care(
        service_type="Long term support: Nursing care", provider_location_id="1-1",
        ended_on=date(2022, 6, 1), end_known_on=date(2022, 6, 8),
    )  # fmt: skip
    spells = lay(placed, demographics=[register(1, date(2015, 5, 1))])
    assert spells.select("uprn", "from_date", "known_on", "placed").rows() == [
        (1, date(2015, 5, 1), date(2015, 5, 8), False),
        (900, date(2022, 1, 1), date(2022, 1, 8), True),
        (1, date(2022, 6, 1), date(2022, 6, 8), False),
    ]
    # The move out of the first home is known when the placement is, not before.
    assert spells.get_column("to_known_on").to_list()[0] == date(2022, 1, 8)


def test_care_postcode_serves_only_people_whom_no_register_knows() -> None:
    seen = care(postcode="AB1 2CD")
    assert lay(seen).select("postcode", "source").row(0) == ("AB1 2CD", "cld")
    assert lay(seen, demographics=[register(1, date(2015, 5, 1), date(2019, 1, 1))]).height == 1


def bill(uprn: int, cut: date, person: str = "p", **more: object) -> dict[str, object]:
    return {"person_id": person, "uprn": uprn, "extract_date": cut, **more}


def test_council_tax_spell_ends_with_the_first_extract_without_the_name() -> None:
    years = [date(y, 10, 1) for y in (2022, 2023, 2024)]
    rows = [bill(1, years[0]), bill(1, years[1]), bill(7, years[2], person="q")]
    spells = lay(council_tax=rows).filter(pl.col("person_id") == "p")
    assert spells.select("from_date", "to_date", "known_on").row(0) == (years[0], years[2], years[0])


def test_bill_for_an_empty_home_or_from_elsewhere_is_no_residence() -> None:
    rows = [
        bill(1, CUT, discount="empty"),
        bill(2, CUT, billing_differs=True),
        bill(3, CUT, exemption="exempt_E"),
    ]
    assert lay(council_tax=rows).is_empty()


def test_unknown_name_at_a_registered_address_adds_no_resident() -> None:
    spells = lay(demographics=[register(1, date(2015, 5, 1))], council_tax=[bill(1, CUT, person="stray")])
    assert spells.get_column("person_id").to_list() == ["p"]


def test_move_that_the_register_missed_is_seen_on_council_tax() -> None:
    moved = lay(demographics=[register(1, date(2015, 5, 1))], council_tax=[bill(2, date(2023, 10, 1))])
    assert moved.select("uprn", "to_date").rows() == [(1, date(2023, 10, 1)), (2, None)]


def test_second_bill_beside_the_one_at_home_is_no_move() -> None:
    rows = [bill(1, date(2023, 10, 1)), bill(2, date(2023, 10, 1))]
    assert lay(demographics=[register(1, date(2015, 5, 1))], council_tax=rows).get_column(
        "uprn"
    ).to_list() == [1]


def known_at(laid: pl.DataFrame, day: date) -> list[tuple[object, ...]]:
    stands = pl.col("replaced_on").is_null() | (pl.col("replaced_on") >= day)
    return laid.filter(pl.col("known_on") < day, stands).select("uprn", "from_date", "to_date").rows()


def test_a_move_that_council_tax_shows_stands_until_the_register_tells_otherwise() -> None:
    rows = {
        "demographics": [
            register(1, date(2010, 1, 1), date(2024, 3, 1)), register(2, date(2024, 3, 1)),
        ],
        "council_tax": [bill(1, date(2020, 9, 2)), bill(7, date(2021, 9, 2)), bill(7, date(2022, 9, 2))],
    }  # fmt: skip
    laid = lay_as_learnt(gather(**rows), NO_DEATHS, pl.Series("uprn", [900], dtype=pl.Int64))
    assert known_at(laid, date(2022, 1, 1))[-1] == (7, date(2021, 9, 2), None)
    assert [uprn for uprn, _, _ in known_at(laid, CUT)] == [1, 2]


def test_what_is_known_on_a_day_is_what_would_be_laid_from_what_was_known_then() -> None:
    rows = {
        "demographics": [
            register(1, date(2010, 1, 1), date(2021, 5, 4)), register(3, date(2021, 5, 4)),
            register(5, date(2015, 1, 1), None, "q"),
        ],
        "council_tax": [
            bill(1, date(2020, 9, 2)), bill(7, date(2021, 9, 2)), bill(3, date(2022, 9, 2)), bill(5, date(2020, 9, 2), "r"),
        ],
    }  # fmt: skip
    placed = care(
        service_type="Long term support: Nursing care", provider_location_id="1-1",
        happened_on=date(2021, 4, 30), known_on=date(2021, 11, 1), ended_on=None,
    )  # fmt: skip
    spells, homes = gather(placed, **rows), pl.Series("uprn", [900], dtype=pl.Int64)
    laid = lay_as_learnt(spells, NO_DEATHS, homes)
    for day in (date(2020, 6, 1), date(2021, 6, 1), date(2021, 10, 1), date(2022, 1, 1), date(2023, 1, 1)):
        ended = pl.col("to_known_on") < day
        then = spells.filter(pl.col("known_on") < day).with_columns(
            pl.when(ended).then(pl.col(c)).alias(c) for c in ("to_date", "to_known_on")
        )
        hidden = laid.with_columns(pl.when(ended).then("to_date").alias("to_date"))
        assert (
            known_at(hidden, day)
            == still_standing(lay_as_learnt(then, NO_DEATHS, homes))
            .select("uprn", "from_date", "to_date")
            .rows()
        )


def test_a_death_in_hospital_is_known_when_the_stay_is_and_not_on_the_day() -> None:
    stay = pl.DataFrame(
        {
            "person_id": ["p"],
            "died": [True],
            "discharged_on": [date(2025, 1, 5)],
            "known_on": [date(2025, 2, 9)],
        }
    )
    assert find_deaths(None, None, stay, LAGS)["death_known_on"].to_list() == [date(2025, 2, 9)]


def test_a_row_tells_of_a_death_no_sooner_than_it_can_have_stood_there() -> None:
    rows = [{**register(1, date(2025, 3, 1)), "date_of_death": date(2025, 1, 5)}]
    register_rows = tables(demographics=rows)["demographics"]
    assert find_deaths(register_rows, None, None, LAGS)["death_known_on"].to_list() == [date(2025, 3, 8)]


def test_a_postcode_of_care_records_is_known_when_the_submission_that_tells_it_was_cut() -> None:
    seen = care(postcode="AB1 2CD", status_known_on=date(2022, 4, 30))
    assert lay(seen)["known_on"].to_list() == [date(2022, 4, 30)]
