"""Deterministic linkage: which rows share a key that nobody else may hold.

A key is believed only while the people under it agree: a number shared by records whose name AND date of
birth both disagree with its owner's is a typing slip or misuse, and those records fall back to their other
keys.
"""

from datetime import date

import polars as pl

from features.records.mentions import KEYS, WHO

PLACEHOLDER_BIRTHS = [date(1900, 1, 1), date(1901, 1, 1), date(1901, 1, 2)]
"""Dates that forms write where nobody knows the birth (assumed)."""
GENERATION_YEARS = 14
"""Two births so far apart are two people's, whatever else agrees (assumed)."""
_WAY = ["kind", "role", "account", "named", "nobody", *KEYS, *WHO, "born_month"]
"""All of a mention that its key is judged by."""
_SEEN_FIRST = {"demographics": 0, "cld": 1}


def assign_seeds(mentions: pl.DataFrame) -> pl.DataFrame:
    """Add `seed`: the strongest key that names this person, as text (`nhs:…`, `tok:…`, `la:…`, `hes:…`,
    `acc:…`).

    `mentions`: as mentions.SCHEMA. The seed is null where a row names nobody or carries no key at all. An LA
    identifier or token is led to the NHS number that it stands beside most often.
    """
    if mentions.is_empty():
        return mentions.with_columns(seed=pl.lit(None, pl.String))
    # A person is described in few ways on many rows: each way is looked at once, with its number of rows.
    # Kind by kind (one of a way's columns): grouping all rows at once would hold them in memory once more.
    placed = mentions.select(_WAY).with_row_index("_at")
    kinds = placed.partition_by("kind", maintain_order=True)
    ways = pl.concat(kind.group_by(_WAY).agg("_at", n=pl.len()) for kind in kinds)
    believed = _drop_disputed(_drop_disputed(_void_shared(ways), "nhs_number"), "la_person_id")
    believed = _drop_contradicted(_drop_stray_nhs(believed))
    for key in ("token_person_id", "la_person_id"):
        believed = _lead_to_nhs(believed, key)
    seeds = believed.select("_at", seed=_seed()).explode("_at").sort("_at")
    return mentions.with_columns(seeds["seed"])


def near_dates(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """True where two dates differ by what a typing hand does: one digit, two neighbouring digits changed
    over, or day and month changed over. Null where either is null."""
    a, b = left.dt.strftime("%Y%m%d"), right.dt.strftime("%Y%m%d")
    wrong = pl.sum_horizontal((a.str.slice(i, 1) != b.str.slice(i, 1)).cast(pl.Int8) for i in range(8))
    swapped_days = (
        (a.str.slice(0, 4) == b.str.slice(0, 4))
        & (a.str.slice(4, 2) == b.str.slice(6, 2))
        & (a.str.slice(6, 2) == b.str.slice(4, 2))
    )
    neighbours = pl.any_horizontal(
        (a.str.slice(i, 1) == b.str.slice(i + 1, 1))
        & (a.str.slice(i + 1, 1) == b.str.slice(i, 1))
        & (a.str.slice(i, 1) != b.str.slice(i, 1))
        & (wrong == 2)
        for i in range(7)
    )
    return pl.when(left.is_not_null() & right.is_not_null()).then((wrong <= 1) | swapped_days | neighbours)


def disagree(
    given: tuple[pl.Expr, pl.Expr], family: tuple[pl.Expr, pl.Expr], born: tuple[pl.Expr, pl.Expr]
) -> pl.Expr:
    """True where the dates of birth differ by more than a slip, and so do the names: wholly, or in how the
    given name begins (two people of one household share the rest), or where the years lie a generation apart
    (a father and a son share all of it). What is missing, or stands for it, does not disagree."""
    same_start = (given[0].str.slice(0, 1) == given[1].str.slice(0, 1)) & (
        family[0].str.slice(0, 3) == family[1].str.slice(0, 3)
    )
    name_agrees = pl.any_horizontal(
        (given[0] == given[1]).fill_null(True),
        (family[0] == family[1]).fill_null(True),
        same_start.fill_null(True),
    )
    starts = [g.str.slice(0, pl.min_horizontal(2, *(n.str.len_chars() for n in given))) for g in given]
    other_given = (starts[0] != starts[1]).fill_null(False)
    told = [pl.when(~b.is_in(PLACEHOLDER_BIRTHS)).then(b) for b in born]
    apart = ((told[0].dt.year() - told[1].dt.year()).abs() >= GENERATION_YEARS).fill_null(False)
    return (~name_agrees | other_given | apart) & ~near_dates(*told).fill_null(True)


def _void_shared(mentions: pl.DataFrame) -> pl.DataFrame:
    """An NHS number that the register itself gives to two different people names neither of them."""
    register = mentions.filter((pl.col("kind") == "demographics") & pl.col("nhs_number").is_not_null())
    people = register.select("nhs_number", *WHO).unique()
    pairs = people.join(people, on="nhs_number", suffix="_b")
    clash = disagree(
        (pl.col("given"), pl.col("given_b")),
        (pl.col("family"), pl.col("family_b")),
        (pl.col("date_of_birth"), pl.col("date_of_birth_b")),
    )
    shared = pairs.filter(clash).get_column("nhs_number").unique().to_list()
    return mentions.with_columns(
        nhs_number=pl.when(~pl.col("nhs_number").is_in(shared)).then(pl.col("nhs_number"))
    )


def _drop_disputed(mentions: pl.DataFrame, key: str) -> pl.DataFrame:
    """Take `key` from the named rows that disagree with its owner: the register's record, else the commonest
    one."""
    rank = pl.col("kind").replace_strict(_SEEN_FIRST, default=2, return_dtype=pl.Int8)
    owners = (
        mentions.filter(pl.col("named") & ~pl.col("nobody") & pl.col(key).is_not_null())
        .group_by(key, "given", "family", "date_of_birth", rank.alias("_rank"))
        .agg(len=pl.col("n").sum())
        .sort(
            key,
            "_rank",
            "len",
            "family",
            "given",
            "date_of_birth",
            descending=[False, False, True, False, False, False],
        )
        .unique(key, keep="first", maintain_order=True)
        .select(key, pl.col("given", "family", "date_of_birth").name.suffix("_owner"))
    )
    disputed = disagree(
        (pl.col("given"), pl.col("given_owner")),
        (pl.col("family"), pl.col("family_owner")),
        (pl.col("date_of_birth"), pl.col("date_of_birth_owner")),
    )
    said = [key, "named", "given", "family", "date_of_birth"]
    # Few ways of describing a person stand on many rows: each is looked at once.
    ways = mentions.filter(pl.col("named") & pl.col(key).is_not_null()).select(said).unique()
    slips = ways.join(owners, on=key).filter(disputed.fill_null(False)).select(*said, _slip=pl.lit(True))
    marked = mentions.join(slips, on=said, how="left", nulls_equal=True, maintain_order="left")
    slip = pl.col("_slip").fill_null(False)
    if key == "nhs_number":
        slip = _as_their_record(slip)
    return marked.with_columns(pl.when(~slip).then(pl.col(key)).alias(key)).drop("_slip")


def _as_their_record(slip: pl.Expr) -> pl.Expr:
    """A care row that does not say when its person was born is judged as the other rows of its LA identifier
    that bear the same number."""
    told = pl.col("date_of_birth").is_not_null() & pl.col("given").is_not_null()
    same = ["la_person_id", "nhs_number"]
    judged = (slip & told).any().over(same) & ~(told & ~slip).any().over(same)
    return slip | (pl.col("la_person_id").is_not_null() & ~told & judged)


def _drop_contradicted(mentions: pl.DataFrame) -> pl.DataFrame:
    """Take the number or token from health rows, which bear no name, where birth and sex speak against every
    record the register holds under it: the birth by more than a slip, or by a slip and the sex, or either
    while other health rows under it agree. It is somebody else's number, most often that of a person of the
    same household."""
    for key in ("nhs_number", "token_person_id"):
        said = [key, "born_month", "sex"]
        slips = _contradicted(mentions, key).select(*said, _slip=pl.lit(True))
        marked = mentions.join(slips, on=said, how="left", nulls_equal=True, maintain_order="left")
        kept = pl.when(pl.col("_slip").is_null()).then(pl.col(key)).alias(key)
        mentions = marked.with_columns(kept).drop("_slip")
    return mentions


def _contradicted(mentions: pl.DataFrame, key: str) -> pl.DataFrame:
    """The ways (key, born_month, sex?) in which health rows describe the bearer of a key wrongly."""
    told = mentions.filter(pl.col("born_month").is_not_null() & pl.col(key).is_not_null())
    ways = told.group_by(key, "born_month", "sex").agg(pl.col("n").sum())
    judged = (
        ways.join(_owners(mentions, ways, key), on=key)
        .with_columns(_agrees=_same_birth() & ~_other_sex(), _against=_far_birth())
        .group_by(key, "born_month", "sex")
        .agg(pl.col("_agrees").any(), pl.col("_against").all())
    )
    others_agree = pl.col("_agrees").any().over(key)
    return judged.filter(~pl.col("_agrees") & (pl.col("_against") | others_agree))


def _owners(mentions: pl.DataFrame, ways: pl.DataFrame, key: str) -> pl.DataFrame:
    """How the register describes the bearer of a key: key, _month, _swapped (day and month changed over),
    _sex?; where it knows no birth, what most health rows say, two at least."""
    register = mentions.filter((pl.col("kind") == "demographics") & pl.col(key).is_not_null())
    born = pl.col("date_of_birth")
    known = register.drop_nulls("date_of_birth").select(
        key, _month=born.dt.strftime("%Y%m"), _swapped=born.dt.strftime("%Y%d"), _sex="sex"
    )
    lacking = register.filter(born.is_null()).select(key, _sex="sex").unique(key, keep="any")
    said = ways.group_by(key, "born_month").agg(pl.col("n").sum()).sort(key, "n", "born_month")
    commonest = said.filter(
        (pl.col("n") >= 2) & (pl.col("n") > pl.col("n").shift(1).over(key).fill_null(0))
    ).unique(key, keep="last", maintain_order=True)
    told = commonest.select(key, _month="born_month", _swapped="born_month").join(
        lacking.join(known, on=key, how="anti"), on=key
    )
    return pl.concat([known, told.select(known.columns)]).unique()


def _same_birth() -> pl.Expr:
    return (pl.col("born_month") == pl.col("_month")) | (pl.col("born_month") == pl.col("_swapped"))


def _other_sex() -> pl.Expr:
    return (pl.col("sex") != pl.col("_sex")).fill_null(False)


def _far_birth() -> pl.Expr:
    """Two digits of year and month differ, or one and the sex."""
    wrong = pl.sum_horizontal(
        (pl.col("born_month").str.slice(i, 1) != pl.col("_month").str.slice(i, 1)).cast(pl.Int8)
        for i in range(6)
    )
    return ~_same_birth() & ((wrong >= 2) | _other_sex())


def _drop_stray_nhs(mentions: pl.DataFrame) -> pl.DataFrame:
    """A number that the register does not know, on the rows of an LA identifier that holds one the register
    knows, is a slip that happens to pass the check digit."""
    known = (
        mentions.filter(pl.col("kind") == "demographics")
        .get_column("nhs_number")
        .drop_nulls()
        .unique()
        .to_list()
    )
    is_known = pl.col("nhs_number").is_in(known)
    holds_known = is_known.fill_null(False).any().over("la_person_id") & pl.col("la_person_id").is_not_null()
    stray = holds_known & ~is_known
    return mentions.with_columns(nhs_number=pl.when(~stray.fill_null(False)).then(pl.col("nhs_number")))


def _lead_to_nhs(mentions: pl.DataFrame, key: str) -> pl.DataFrame:
    """Fill a missing NHS number from the one that `key` stands beside most often (the smaller where
    equal)."""
    leads = (
        mentions.filter(pl.col(key).is_not_null() & pl.col("nhs_number").is_not_null())
        .group_by(key, "nhs_number")
        .agg(len=pl.col("n").sum())
        .sort(key, "len", "nhs_number", descending=[False, True, False])
        .unique(key, keep="first", maintain_order=True)
        .select(key, pl.col("nhs_number").alias("_lead"))
    )
    filled = mentions.join(leads, on=key, how="left", maintain_order="left")
    return filled.with_columns(nhs_number=pl.coalesce("nhs_number", "_lead")).drop("_lead")


def _seed() -> pl.Expr:
    account = pl.concat_str(
        "kind",
        "account",
        "role",
        pl.col("given").fill_null(""),
        pl.col("family").fill_null(""),
        pl.col("sex").fill_null(""),
        separator="|",
    )
    seed = pl.coalesce(
        "nhs:" + pl.col("nhs_number"),
        "tok:" + pl.col("token_person_id"),
        "la:" + pl.col("la_person_id"),
        "hes:" + pl.col("pseudo_hesid"),
        "acc:" + account,
    )
    return pl.when(~pl.col("nobody")).then(seed)
