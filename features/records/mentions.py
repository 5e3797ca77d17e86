"""Who the landed rows speak of: one line for every row and every person it names, whatever the source calls
them."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from features.records.addresses import normalise_postcode
from features.records.names import family_name, first_name, names_nobody, split_full_name, title_sex

KEYS = ("nhs_number", "token_person_id", "la_person_id", "pseudo_hesid")
WHO = ("given", "family", "date_of_birth", "sex")
PLACE = ("postcode", "uprn")
SCHEMA = pl.Schema(
    {
        "kind": pl.String,
        "file": pl.String,
        "row": pl.Int64,
        "role": pl.String,
        "on_date": pl.Date,
        "extract_date": pl.Date,
        "account": pl.String,
        "named": pl.Boolean,
        "nobody": pl.Boolean,
        **dict.fromkeys(KEYS, pl.String),
        "given": pl.String,
        "family": pl.String,
        "date_of_birth": pl.Date,
        "sex": pl.String,
        "born_month": pl.String,
        "postcode": pl.String,
        "uprn": pl.Int64,
    }
)


@dataclass(frozen=True)
class Source:
    """How one role of one kind names a person: our column <- the kind's own column."""

    kind: str
    role: str
    on_date: str
    account: str | None = None
    given: str | None = None
    family: str | None = None
    full_name: str | None = None
    title: str | None = None
    date_of_birth: str | None = None
    sex: str | None = None
    postcode: str | None = None
    uprn: str | None = None
    la_person_id: str = "la_person_id"
    keyed: bool = True

    @property
    def is_named(self) -> bool:
        """Whether the kind writes the person's name."""
        return self.family is not None or self.full_name is not None


SOURCES = (
    Source(
        "demographics",
        "person",
        "effective_from",
        given="given_name",
        family="family_name",
        date_of_birth="date_of_birth",
        sex="gender",
        postcode="postcode",
        uprn="uprn",
    ),
    Source("opt_outs", "person", "checked_on"),
    Source("objections", "person", "from_date"),
    Source(
        "cld",
        "person",
        "event_start_date",
        given="given_name",
        family="family_name",
        date_of_birth="date_of_birth",
        sex="gender",
        postcode="postcode",
    ),
    *(
        Source(
            "cld", f"linked_person_{i}", "event_start_date", la_person_id=f"linked_person_{i}", keyed=False
        )
        for i in (1, 2, 3)
    ),
    Source("apc", "person", "admission_date", sex="sex"),
    Source("ecds", "person", "arrival_date", sex="sex"),
    Source("gp_flags", "person", "snapshot_date"),
    Source("csds_contacts", "person", "care_contact_date"),
    Source(
        "council_tax",
        "liable_1",
        "extract_date",
        account="account_reference",
        given="forename",
        family="surname",
        title="title",
        date_of_birth="date_of_birth",
        postcode="postcode",
        uprn="uprn",
    ),
    Source(
        "council_tax",
        "liable_2",
        "extract_date",
        account="account_reference",
        given="other_forename",
        family="other_surname",
        title="other_title",
        date_of_birth="other_date_of_birth",
        postcode="postcode",
        uprn="uprn",
    ),
    Source(
        "tenancies",
        "tenant",
        "start_date",
        account="tenancy_ref",
        full_name="tenant_name",
        date_of_birth="tenant_date_of_birth",
        postcode="postcode",
        uprn="uprn",
    ),
    Source(
        "tenancies",
        "joint_tenant",
        "start_date",
        account="tenancy_ref",
        full_name="joint_tenant_name",
        postcode="postcode",
        uprn="uprn",
    ),
    Source(
        "adaptations",
        "person",
        "enquiry_date",
        account="application_ref",
        full_name="person_name",
        date_of_birth="date_of_birth",
        postcode="postcode",
        uprn="uprn",
    ),
    Source("visits", "person", "extract_date", la_person_id="person_key"),
)


def gather_mentions(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One line for every row kept and every person it names, in the columns of SCHEMA, sorted by kind, file,
    row, role.

    `tables` are the typed tables with `uprn` already believed (addresses.match_rows). Second liable people,
    joint tenants and linked people appear only where the row names one. `nobody` marks words that name no
    person.
    """
    kinds = sorted({s.kind for s in SOURCES if s.kind in tables})
    if not kinds:
        return pl.DataFrame(schema=SCHEMA)
    # Kind by kind, so that the whole never stands in memory twice for the sake of its order.
    return pl.concat(
        pl.concat(_mention(tables[kind], s) for s in SOURCES if s.kind == kind).sort("file", "row", "role")
        for kind in kinds
    )


def _mention(table: pl.DataFrame, source: Source) -> pl.DataFrame:
    keys = {k: _column(table, k) if source.keyed else pl.lit(None, pl.String) for k in KEYS}
    keys["la_person_id"] = _column(table, source.la_person_id)
    frame = _with_names(table, source).select(
        kind=pl.lit(source.kind),
        file=pl.col("file"),
        row=pl.col("row").cast(pl.Int64),
        role=pl.lit(source.role),
        on_date=_column(table, source.on_date, pl.Date),
        extract_date=_column(table, "extract_date", pl.Date),
        account=_column(table, source.account),
        named=pl.lit(source.is_named),
        nobody=pl.col("_nobody") & pl.all_horizontal(k.is_null() for k in keys.values()),
        **keys,
        given="_given",
        family="_family",
        date_of_birth=_column(table, source.date_of_birth, pl.Date),
        sex="_sex",
        born_month=_born_month(table, source.kind),
        postcode=normalise_postcode(_column(table, source.postcode)),
        uprn=_column(table, source.uprn, pl.Int64),
    )
    return frame.filter(_names_somebody(source)).cast(SCHEMA).select(SCHEMA.names())


def _with_names(table: pl.DataFrame, source: Source) -> pl.DataFrame:
    """The rows with _given?, _family?, _sex? and _nobody (their words name no person: a row with a number or
    an identifier is somebody's all the same). What many rows say is looked at once."""
    words = (source.full_name, source.title, source.given, source.family, source.sex)
    said = [w for w in words if w in table.columns]
    given, family, sex = _names(table, source)
    made = {
        "_given": given,
        "_family": family,
        "_sex": pl.when(sex.is_in(["male", "female"])).then(sex),
        "_nobody": names_nobody(*_written(table, source)) if source.is_named else pl.lit(False),
    }
    if not said:
        return table.with_columns(**made)
    distinct = table.select(said).unique().with_columns(**made)
    found = table.select(said).join(distinct, on=said, how="left", nulls_equal=True, maintain_order="left")
    return table.with_columns(found.select(made.keys()))


def _born_month(table: pl.DataFrame, kind: str) -> pl.Expr:
    """YYYYMM of the birth where a health row tells only that: MYDOB of admitted care, year and month of
    attendances."""
    if kind == "apc":
        told = (
            _column(table, "birth_month")
            .str.zfill(6)
            .str.extract_groups(r"^(0[1-9]|1[0-2])((?:18|19|20)\d\d)$")
        )
        return told.struct.field("2") + told.struct.field("1")
    if kind == "ecds":
        month = _column(table, "birth_month").str.zfill(2)
        return _column(table, "birth_year") + month
    return pl.lit(None, pl.String)


def _names_somebody(source: Source) -> pl.Expr:
    """Main roles stand for every row; further roles only where the row speaks of a second person."""
    if source.role.startswith("linked_person"):
        return pl.col("la_person_id").is_not_null()
    if source.role in ("liable_2", "joint_tenant"):
        return pl.col("family").is_not_null() | pl.col("given").is_not_null()
    return pl.lit(True)


def _names(table: pl.DataFrame, source: Source) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    sex = _column(table, source.sex).replace({"1": "male", "2": "female"})
    if source.full_name is not None:
        full = _column(table, source.full_name)
        given, family = split_full_name(full)
        return first_name(given), family_name(family), title_sex(full)
    if source.title is not None:
        sex = title_sex(_column(table, source.title))
    return first_name(_column(table, source.given)), family_name(_column(table, source.family)), sex


def _written(table: pl.DataFrame, source: Source) -> list[pl.Expr]:
    columns = (source.full_name,) if source.full_name else (source.given, source.family)
    return [_column(table, c) for c in columns]


def _column(table: pl.DataFrame, name: str | None, dtype: Any = pl.String) -> pl.Expr:
    """The column, or nulls where the landed kind does without it."""
    if name is None or name not in table.columns:
        return pl.lit(None, dtype=dtype)
    return pl.col(name).cast(dtype)
