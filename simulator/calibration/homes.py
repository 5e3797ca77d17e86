"""Measured of homes: tenure, council tax, warmth, tenancies, adaptations, sheltered housing."""

from datetime import timedelta

import polars as pl

from simulator.calibration.measured import Measured, by_band, mean, quantile, rate, share, standardised
from simulator.calibration.written import Written, as_date, as_number

TENURES = {"owner": ("outright", "mortgage"), "private": ("private",), "social": ("social",)}
CERTIFICATE_DAYS = 3652
"""A certificate is valid for ten years."""
BEFORE_1930 = ("England and Wales: before 1900", "England and Wales: 1900-1929")


def measure_homes(written: Written) -> dict[str, Measured]:
    """Every measure of this module, by name."""
    found = _council_tax(written) | _tenancies(written) | _adaptations(written) | _sheltered(written)
    certificates = certificates_of(written)
    found |= _certificates(written, certificates)
    if written.truth_has("dwellings"):
        found |= _tenure(written) | _stock(written, certificates)
    return found


def _tenure(written: Written) -> dict[str, Measured]:
    """Shares of households by tenure, of all and of those whose eldest is 65 or over."""
    homes = written.households.join(_dwellings(written), on="uprn", how="inner")
    own = _wanted_tenures(written, homes)
    found = {}
    for name, tenures in TENURES.items():
        one = share(homes.filter(pl.col("tenure").is_in(tenures)).height, len(homes))
        found[f"tenure_{name}"] = Measured(one.value, one.size, one.error, own.get(name))
    old = homes.filter(pl.col("eldest") >= 65)
    for name in ("outright", "mortgage", "private", "social"):
        found[f"tenure_65_{name}"] = share(old.filter(pl.col("tenure") == name).height, len(old))
    return found


def _dwellings(written: Written) -> pl.DataFrame:
    return written.truth("dwellings").select("uprn", "area_code", "tenure", "sap").collect()


def _wanted_tenures(written: Written, homes: pl.DataFrame) -> dict[str, float]:
    """The county's own shares (`target_share_owner` and so on), where its areas say them."""
    if not written.truth_has("areas"):
        return {}
    areas = written.truth("areas").collect()
    wanted = {name: f"target_share_{name}" for name in TENURES if f"target_share_{name}" in areas.columns}
    each = homes.join(areas, on="area_code", how="inner")
    return {name: float(each[column].to_numpy().mean()) for name, column in wanted.items()}


def _council_tax(written: Written) -> dict[str, Measured]:
    columns = ["account_reference", "discount", "exemption"]
    rows = written.landed("council_tax", columns, latest=True).collect()
    rows = rows.unique("account_reference", keep="first", maintain_order=True)
    key = written.landed("council_tax_codes", ["local_code", "national_meaning"]).collect()
    meaning = dict(zip(key["local_code"], key["national_meaning"], strict=True))
    rows = rows.with_columns(pl.col("discount").replace(meaning), pl.col("exemption").replace(meaning))
    reduced = ["single_person", "second_adult_disregarded"]
    kinds = {
        "single_discount": pl.col("discount") == "single_person",
        "any_discount": pl.col("discount").is_in(reduced),
        "exempt": pl.col("exemption").is_not_null(),
        "empty_homes": pl.col("discount") == "empty",
        "second_homes": pl.col("discount") == "second_home",
    }
    return {name: share(rows.filter(kind).height, len(rows)) for name, kind in kinds.items()}


def certificates_of(written: Written) -> pl.DataFrame:
    """Energy certificates: uprn?, lodged, rating, score, built (construction age band)."""
    columns = ["certificate_number", "uprn", "lodgement_date", "energy_rating", "energy_efficiency"]
    rows = written.landed("epc", [*columns, "construction_age_band"], latest=True).collect()
    rows = rows.unique("certificate_number", keep="first", maintain_order=True)
    return rows.select(
        as_date("lodgement_date").alias("lodged"),
        pl.col("uprn").cast(pl.Int64, strict=False),
        as_number("energy_efficiency").alias("score"),
        rating=pl.col("energy_rating").str.to_uppercase(),
        built="construction_age_band",
    )


def _certificates(written: Written, certificates: pl.DataFrame) -> dict[str, Measured]:
    named = certificates.filter(pl.col("uprn").is_not_null())
    latest = named.sort("uprn", "lodged").unique("uprn", keep="last", maintain_order=True)
    warm, old = pl.col("rating").is_in(["A", "B", "C"]), pl.col("built").is_in(BEFORE_1930)
    before = latest.filter(old)
    return {
        "epc_with_uprn": share(len(named), len(certificates)),
        "epc_ever": _covered(written, certificates),
        "epc_valid": _covered(
            written,
            certificates.filter(pl.col("lodged") >= written.end - timedelta(days=CERTIFICATE_DAYS)),
        ),
        "epc_warm": share(latest.filter(warm).height, len(latest)),
        "epc_median": quantile(latest["score"], 0.5),
        "epc_old_cold": share(before.filter(~warm).height, len(before)),
    }


def _covered(written: Written, certificates: pl.DataFrame, homes: pl.DataFrame | None = None) -> Measured:
    """Share of homes (all, or those given) with a certificate; certificates without UPRN count in
    proportion."""
    every = written.landed("gazetteer", ["uprn", "classification_code"], latest=True)
    every = every.filter(pl.col("classification_code").str.starts_with("RD"))
    homes = every.select(pl.col("uprn").cast(pl.Int64, strict=False)).collect() if homes is None else homes
    named = certificates.filter(pl.col("uprn").is_not_null())
    known = len(named) / max(len(certificates), 1)
    found = homes.join(named.select("uprn").unique(), on="uprn", how="semi").height
    return share(round(found / known) if known else 0, len(homes))


def _stock(written: Written, certificates: pl.DataFrame) -> dict[str, Measured]:
    """True energy scores of all homes by tenure, and coverage where old people own outright."""
    homes = _dwellings(written)
    found = {"sap_mean": mean(homes["sap"]), "warm_homes": _warm(homes)}
    for name in ("owner", "private", "social"):
        found[f"warm_{name}"] = _warm(homes.filter(pl.col("tenure").is_in(TENURES[name])))
    settled = written.households.filter(pl.col("eldest") >= 65).join(homes, on="uprn", how="inner")
    outright = settled.filter(pl.col("tenure") == "outright")
    return found | {"epc_old_owners": _covered(written, certificates, outright.select("uprn"))}


def _warm(homes: pl.DataFrame) -> Measured:
    return share(homes.filter(pl.col("sap") >= 69).height, len(homes))


def _tenancies(written: Written) -> dict[str, Measured]:
    columns = ["tenancy_ref", "end_date", "arrears_pounds", "repairs_12m"]
    rows = written.landed("tenancies", columns, latest=True).collect()
    rows = rows.unique("tenancy_ref", keep="first", maintain_order=True).filter(pl.col("end_date").is_null())
    owes = rows.select(as_number("arrears_pounds"))["arrears_pounds"]
    return {
        "in_arrears": share(int((owes > 0).sum()), len(rows)),
        "repairs": mean(rows.select(as_number("repairs_12m"))["repairs_12m"]),
    }


def _adaptations(written: Written) -> dict[str, Measured]:
    rows = written.landed_people("adaptations", ["application_ref", "enquiry_date", "completion_date"])
    rows = rows.with_columns(as_date("enquiry_date"), as_date("completion_date"))
    done = rows.filter(pl.col("completion_date").is_between(written.first, written.end, closed="left"))
    aged = written.aged(done, pl.col("enquiry_date"))
    return {
        "adaptations": rate(len(done), len(written.households) * written.years, 1000),
        "adaptations_60": share(aged.filter(pl.col("age") >= 60).height, len(aged)),
    }


def _sheltered(written: Written) -> dict[str, Measured]:
    rows = written.landed("gazetteer", ["uprn", "classification_code"], latest=True)
    flats = rows.filter(pl.col("classification_code") == "RD08")
    sheltered = flats.select(pl.col("uprn").cast(pl.Int64, strict=False)).collect()
    people = written.last_residents
    inside = people.join(sheltered, on="uprn", how="semi")
    return {"sheltered_75": standardised(by_band(inside), by_band(people), 75, people=True)}
