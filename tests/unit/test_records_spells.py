"""Where people live, from when to when, and when the council can have known."""

from datetime import date

import polars as pl
from people_rows import CUT, tables

from configs.settings import load_settings
from features.records.known import known_after
from features.records.residences import lay_spells
from features.records.spell_sources import gather_spells

LAGS = load_settings().lags_days
NO_DEATHS = pl.DataFrame(schema={"person_id": pl.String, "date_of_death": pl.Date, "death_known_on": pl.Date})
NO_CARE = pl.DataFrame(
    schema={
        "person_id": pl.String, "postcode": pl.String, "happened_on": pl.Date, "known_on": pl.Date,
        "ended_on": pl.Date, "end_known_on": pl.Date, "service_type": pl.String, "provider_location_id": pl.String,
    }
)  # fmt: skip
HOMES = pl.DataFrame({"location_id": ["1-1"], "uprn": [900]})


def lay(
    care: pl.DataFrame = NO_CARE, deaths: pl.DataFrame = NO_DEATHS, **kinds: list[dict[str, object]]
) -> pl.DataFrame:
    made = tables(**kinds)
    for kind in ("demographics", "council_tax", "tenancies"):
        lacking = [c for c in ("person_id", "joint_person_id") if c not in made[kind].columns]
        made[kind] = made[kind].with_columns(pl.lit(None, pl.String).alias(c) for c in lacking)
    found = gather_spells(made, care, HOMES, LAGS)
    return lay_spells(found, deaths, pl.Series("uprn", [900], dtype=pl.Int64))


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
