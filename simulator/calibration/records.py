"""Measured of the landed records themselves: what they lack, and who has objected."""

import polars as pl

from simulator.calibration.measured import Measured, share
from simulator.calibration.written import Written, coded

LONG_TERM = "Long term support: "


def measure_records(written: Written) -> dict[str, Measured]:
    """Every measure of this module, by name."""
    return _numbers(written) | _care_records(written) | _opted_out(written) | _addresses(written)


def _numbers(written: Written) -> dict[str, Measured]:
    """Shares of hospital records with a key to the person."""
    seen = written.landed("ecds", ["attendance_key", "nhs_number"]).collect()
    stays = written.landed("apc", ["epikey", "nhs_number", "token_person_id"]).collect()
    keyed = pl.col("nhs_number").is_not_null() | pl.col("token_person_id").is_not_null()
    return {
        "attendances_keyed": share(len(seen) - seen["nhs_number"].null_count(), len(seen)),
        "admissions_keyed": share(stays.filter(keyed).height, len(stays)),
    }


def _care_records(written: Written) -> dict[str, Measured]:
    columns = ["nhs_number", "service_type", "delivery_mechanism"]
    rows = coded(written.landed_people("cld", columns), "cld", columns[1:])
    people = rows.group_by("person").agg(numbered=pl.col("nhs_number").is_not_null().any())
    long_term = rows.filter(pl.col("service_type").str.starts_with(LONG_TERM))
    blank = long_term["delivery_mechanism"].is_null().sum()
    return {
        "care_without_number": share(int((~people["numbered"]).sum()), len(people)),
        "delivery_blank": share(int(blank), len(long_term)),
    }


def _opted_out(written: Written) -> dict[str, Measured]:
    listed = written.landed_people("opt_outs", ["nhs_number"], latest=True).select("person").unique()
    people = written.last_residents
    out = people.join(listed, on="person", how="semi")
    whole = share(len(out), len(people))
    women, men = pl.col("female"), ~pl.col("female")
    return {
        "opted_out": whole,
        "opted_out_women": share(out.filter(women).height, people.filter(women).height),
        "opted_out_men": share(out.filter(men).height, people.filter(men).height),
    }


def _addresses(written: Written) -> dict[str, Measured]:
    """Share of the people register's rows that carry a whole UPRN."""
    rows = written.landed("demographics", ["uprn", "restricted"], latest=True).collect()
    rows = rows.filter(pl.col("restricted") != "Y")
    whole = rows["uprn"].cast(pl.Int64, strict=False).is_not_null().sum()
    return {"register_with_uprn": share(int(whole), len(rows))}
