"""The scores of records_truth.py: pairs of rows, co-resident merges, addresses, homes, ids from month to month."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

ROLES = {
    "person": "subject", "liable_1": "liable", "liable_2": "other_liable", "tenant": "subject",
    "joint_tenant": "joint",
}  # fmt: skip
ROW = ["file", "row"]


@dataclass(frozen=True)
class Truth:
    """What the truth folder says: identity (file, row, role, person), addresses (file, row, uprn), people,
    residences, dwellings."""

    identity: pl.DataFrame
    addresses: pl.DataFrame
    people: pl.DataFrame
    residences: pl.DataFrame
    dwellings: pl.DataFrame

    @classmethod
    def read(cls, folder: Path) -> "Truth":
        """Read a county's truth folder."""
        names = ("identity", "addresses", "people", "residences", "dwellings")
        return cls(*(pl.read_parquet(folder / f"{name}.parquet") for name in names))


def with_truth(identity: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    """Rows that truly speak of somebody: kind, file, row, role, person_id?, uprn?, uprn_method, person."""
    roles = identity.with_columns(_role=pl.col("role").replace(ROLES))
    return truth.identity.join(
        roles, left_on=[*ROW, "role"], right_on=[*ROW, "_role"], how="left"
    ).with_columns(pl.col("kind").fill_null("quarantined"))


def _pairs(rows: pl.DataFrame, *by: str) -> int:
    n = rows.group_by(by).len()["len"].cast(pl.Int64)
    return int((n * (n - 1) // 2).sum())


def pairwise(rows: pl.DataFrame) -> dict[str, float]:
    """Precision and recall over pairs of rows; a row without person_id pairs with nobody."""
    linked = rows.filter(pl.col("person_id").is_not_null())
    both, found, true = (
        _pairs(linked, "person_id", "person"),
        _pairs(linked, "person_id"),
        _pairs(rows, "person"),
    )
    return {"precision": round(both / max(found, 1), 6), "recall": round(both / max(true, 1), 6)}


def score_clusters(identity: pl.DataFrame, truth: Truth) -> dict[str, object]:
    """Pairs of rows over all kinds, and over one row a way of describing a person (kind and file once)."""
    rows = with_truth(identity, truth)
    rows = rows.filter(pl.col("kind") != "quarantined")
    once = rows.unique(["kind", "file", "person", "person_id"])
    split = rows.drop_nulls("person_id").group_by("person").agg(pl.col("person_id").n_unique())
    merged = rows.drop_nulls("person_id").group_by("person_id").agg(pl.col("person").n_unique())
    out: dict[str, object] = {
        "rows": rows.height,
        "rows_without_person": int(rows["person_id"].null_count()),
        **{f"pairs_{k}": v for k, v in pairwise(rows).items()},
        **{f"pairs_once_{k}": v for k, v in pairwise(once).items()},
        "people_in_two_ids": split.filter(pl.col("person_id") > 1).height,
        "ids_of_two_people": merged.filter(pl.col("person") > 1).height,
    }
    for (kind,), part in rows.group_by("kind", maintain_order=False):
        right = _right(part, rows)
        out[f"rows_right_{kind}"] = f"{right[0]:.5f} of linked, {right[1]:.5f} of all, {part.height} rows"
    return out


def _right(part: pl.DataFrame, rows: pl.DataFrame) -> tuple[float, float]:
    """Share of a kind's linked rows, and of all its rows, that stand under the id most of their person's rows
    bear and that is mostly theirs."""
    owner = _main(rows, "person_id", "person").rename({"person": "owner"})
    own = _main(rows, "person", "person_id").rename({"person_id": "own_id"})
    known = part.join(owner, on="person_id", how="left").join(own, on="person", how="left")
    right = int(
        ((known["owner"] == known["person"]) & (known["own_id"] == known["person_id"])).fill_null(False).sum()
    )
    return right / max(part.height - part["person_id"].null_count(), 1), right / part.height


def _main(rows: pl.DataFrame, of: str, what: str) -> pl.DataFrame:
    counts = rows.drop_nulls([of, what]).group_by(of, what).len()
    return (
        counts.sort(of, "len", what, descending=[False, True, False])
        .unique(of, keep="first")
        .select(of, what)
    )


def coresidents(truth: Truth) -> pl.DataFrame:
    """Pairs (a < b) who lived in one household at one time."""
    spells = truth.residences.filter(~pl.col("care_home") & (pl.col("household") >= 0))
    two = spells.join(spells, on="household", suffix="_b").filter(pl.col("person") < pl.col("person_b"))
    overlap = (pl.col("until").is_null() | (pl.col("since_b") < pl.col("until"))) & (
        pl.col("until_b").is_null() | (pl.col("since") < pl.col("until_b"))
    )
    return two.filter(overlap).select(a="person", b="person_b").unique()


def score_coresidents(identity: pl.DataFrame, mentions: pl.DataFrame, truth: Truth) -> dict[str, object]:
    """Merges of two people of one household: those of rows whose NHS numbers or birth dates are recorded,
    right and different, and the rest."""
    said = mentions.select(*ROW, "role", "nhs_number", "date_of_birth")
    people = truth.people.select("person", true_nhs="nhs_number", true_born="born")
    rows = (
        with_truth(identity, truth)
        .drop_nulls("person_id")
        .join(said, left_on=[*ROW, "role_right"], right_on=[*ROW, "role"], how="left")
        .join(people, on="person")
        .with_columns(
            nhs_right=(pl.col("nhs_number") == pl.col("true_nhs")).fill_null(False),
            born_right=(pl.col("date_of_birth") == pl.col("true_born")).fill_null(False),
        )
    )
    sides = rows.group_by("person_id", "person").agg(
        pl.col("nhs_right", "born_right").any(),
        pl.col("true_born").first(),
        pl.col("kind").unique().sort().str.join("+"),
        pl.len(),
    )
    shared = sides.filter(pl.len().over("person_id") > 1)
    two = shared.join(shared, on="person_id", suffix="_b").filter(pl.col("person") < pl.col("person_b"))
    pairs = coresidents(truth)
    merged = two.join(pairs, left_on=["person", "person_b"], right_on=["a", "b"])
    sure = (pl.col("nhs_right") & pl.col("nhs_right_b")) | (
        pl.col("born_right") & pl.col("born_right_b") & (pl.col("true_born") != pl.col("true_born_b"))
    )
    return {
        "coresident_pairs": pairs.height,
        "coresidents_merged_though_recorded": merged.filter(sure).height,
        "coresidents_merged_otherwise": merged.filter(~sure).height,
        "coresidents_merged_per_10000": round(10_000 * merged.filter(~sure).height / max(pairs.height, 1), 2),
        "_how": merged.with_columns(sure=sure)
        .group_by("sure", pl.min_horizontal("kind", "kind_b"), pl.max_horizontal("kind", "kind_b").alias("other"))
        .len().sort("len", descending=True).head(12).rows(),
    }  # fmt: skip


def _addressed(identity: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    main = identity.filter(pl.col("role").is_in(["person", "liable_1", "tenant"]) | (pl.col("kind") == "epc"))
    found = main.select("kind", *ROW, "uprn", "uprn_method").unique(ROW)
    kinds = truth.dwellings.select("uprn", "dwelling_type", "tenure", "sheltered")
    return (
        truth.addresses.rename({"uprn": "true_uprn"})
        .join(found, on=ROW)
        .join(kinds, left_on="true_uprn", right_on="uprn", how="left")
        .with_columns(pl.col("dwelling_type").fill_null("care home"))
    )


def _address_score(rows: pl.DataFrame) -> str:
    right = int((rows["uprn"] == rows["true_uprn"]).fill_null(False).sum())
    believed = rows.height - rows["uprn"].null_count()
    return f"precision {right / max(believed, 1):.5f}, recall {right / max(rows.height, 1):.5f}, {rows.height} rows"


def score_addresses(identity: pl.DataFrame, truth: Truth) -> dict[str, object]:
    """Precision and recall of UPRNs: all rows; rows without a usable given one; flats and houses."""
    rows = _addressed(identity, truth)
    hard = rows.filter(pl.col("uprn_method") != "given")
    flat = pl.col("dwelling_type") == "flat"
    parts = {"all": rows, "not_given": hard, "flats": hard.filter(flat), "houses": hard.filter(~flat)}
    parts |= {f"kind_{k}": hard.filter(kind=k) for k in sorted(rows["kind"].unique())}
    parts |= {f"type_{k}": hard.filter(dwelling_type=k) for k in sorted(rows["dwelling_type"].unique())}
    return {f"addresses_{name}": _address_score(part) for name, part in parts.items()}


def _homes(truth: Truth, as_of: date) -> pl.DataFrame:
    there = (pl.col("since") <= as_of) & (pl.col("until").is_null() | (pl.col("until") > as_of))
    living = truth.people.filter(pl.col("died").is_null() | (pl.col("died") > as_of)).select("person", "born")
    return (
        truth.residences.filter(there & ~pl.col("care_home"))
        .join(living, on="person")
        .with_columns(alone=pl.len().over("household") == 1)
    )


def score_alone(tables: dict[str, pl.DataFrame], truth: Truth, as_of: date) -> dict[str, object]:
    """Share of adults at home for whom living alone is told rightly, and how sure the county was."""
    owner = _main(with_truth(tables["identity"], truth), "person_id", "person")
    there = (pl.col("from_date") < as_of) & (pl.col("to_date").is_null() | (pl.col("to_date") >= as_of))
    spells = (
        tables["residences"]
        .filter(there)
        .with_columns(said=(pl.len().over("household_id") == 1) & pl.col("household_id").is_not_null())
    )
    adult = pl.col("born").dt.offset_by("18y") <= as_of
    both = _homes(truth, as_of).filter(adult).join(spells.join(owner, on="person_id"), on="person")
    both = both.filter(~pl.col("communal") & pl.col("household_id").is_not_null()).unique("person")
    out: dict[str, object] = {
        "alone_people": both.height,
        "alone_right": round(float((both["alone"] == both["said"]).mean() or 0), 5),
        "alone_true": round(float(both["alone"].mean() or 0), 4),
        "alone_said": round(float(both["said"].mean() or 0), 4),
    }
    told = tables["alone"].drop_nulls("alone_probability").join(owner, on="person_id")
    told = _homes(truth, as_of).filter(adult).join(told, on="person").unique("person")
    said = pl.col("alone_probability") >= 0.5
    out["alone_by_chance_right"] = round(float(told.select((said == pl.col("alone")).mean()).item()), 5)
    tenths = told.group_by(tenth=(pl.col("alone_probability") * 10).floor().clip(0, 9) / 10).agg(
        said=pl.col("alone_probability").mean(), true=pl.col("alone").mean(), n=pl.len()
    )
    out["alone_calibration"] = [
        f"alone chance {t:.1f}: said {s:.3f}, true {true:.3f}, {n}"
        for t, s, true, n in tenths.sort("tenth").rows()
    ]
    return out


def by_group(identity: pl.DataFrame, truth: Truth, as_of: date) -> list[str]:
    """Recall of people's rows and of addresses by sex, age, tenure, dwelling and recent move."""
    rows = with_truth(identity, truth).filter(pl.col("kind") != "quarantined")
    owner = _main(rows, "person_id", "person").rename({"person": "owner"})
    right = (pl.col("owner") == pl.col("person")).fill_null(False)
    last = truth.residences.sort("since").unique("person", keep="last").select("person", "uprn", "since")
    known = (
        rows.join(owner, on="person_id", how="left")
        .join(truth.people.select("person", "female", "born"), on="person")
        .join(last, on="person", how="left", suffix="_home")
        .join(
            truth.dwellings.select("uprn", "tenure", "dwelling_type"),
            left_on="uprn_home",
            right_on="uprn",
            how="left",
        )
        .with_columns(
            right=right,
            age=((pl.lit(as_of) - pl.col("born")).dt.total_days() // 3653 * 10).cast(pl.String),
            moved=(pl.lit(as_of) - pl.col("since")).dt.total_days() < 365,
            sex=pl.when("female").then(pl.lit("female")).otherwise(pl.lit("male")),
        )
    )
    lines = []
    for name in ("sex", "age", "tenure", "dwelling_type", "moved"):
        for group, share, n in known.group_by(name).agg(pl.col("right").mean(), pl.len()).sort(name).rows():
            lines.append(f"rows right by {name}={group}: {share:.5f} of {n}")
    return lines


def score_stability(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, object]:
    """Share of earlier ids under which the same rows still stand, and of rows that kept their id."""
    key = [*ROW, "role"]
    both = before.drop_nulls("person_id").join(after, on=key, suffix="_now")
    same = both["person_id"] == both["person_id_now"]
    ids = both.group_by("person_id").agg((pl.col("person_id") == pl.col("person_id_now")).all().alias("kept"))
    return {
        "ids_unchanged": round(float(ids["kept"].mean() or 0), 6),
        "rows_unchanged": round(float(same.fill_null(False).mean() or 0), 6),
        "ids_before": ids.height,
    }
