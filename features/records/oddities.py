"""Whole files that are not what they seem: landed twice, of another council, with keys written otherwise
than before."""

from collections.abc import Mapping

import polars as pl

MAY_REPEAT = ("opt_outs", "objections", "lsoa_boundaries", "population")
"""Kinds whose next list may rightly be the same as the last, and those laid together area by area."""
_KEYS = {
    "demographics": ("token_person_id",),
    "cld": ("la_person_id",),
    "apc": ("token_person_id", "epikey"),
    "ecds": ("token_person_id", "attendance_key"),
    "gp_flags": ("token_person_id",),
    "csds_contacts": ("token_person_id",),
    "council_tax": ("account_reference",),
    "tenancies": ("tenancy_ref",),
}
_LED_BY = {
    ("apc", "token_person_id"): ("demographics", "token_person_id"),
    ("ecds", "token_person_id"): ("demographics", "token_person_id"),
    ("gp_flags", "token_person_id"): ("demographics", "token_person_id"),
    ("csds_contacts", "token_person_id"): ("demographics", "token_person_id"),
    ("visits", "person_key"): ("cld", "la_person_id"),
}
"""Keys that must be found in another kind for their rows to lead to anybody."""
ROWS_MIN, NEW_SHAPE_SHARE, OLD_SHAPE_SHARE = 20, 0.5, 0.01
FOUND_SHARE_MIN = 0.2
"""Fewer keys or addresses than this found where they belong: another system's, or another council's
(assumed)."""


def repeated_files(prints: pl.DataFrame) -> pl.DataFrame:
    """file, of: each file whose rows are those of an earlier one, and which. `prints`: file, kind,
    extract_date?, rows, fingerprint. None: no rows."""
    able = prints.filter((pl.col("rows") > 0) & ~pl.col("kind").is_in(MAY_REPEAT))
    ordered = able.sort("kind", "fingerprint", "rows", "extract_date", "file", nulls_last=True)
    first = pl.col("file").first().over("kind", "fingerprint", "rows")
    return ordered.with_columns(of=first).filter(pl.col("of") != pl.col("file")).select("file", "of")


def foreign_files(cld: pl.DataFrame | None, la_code: str | None) -> list[str]:
    """Care files of another council than most are of, where landing.toml does not say whose the folder is."""
    if cld is None or la_code is not None or cld["la_code"].drop_nulls().is_empty():
        return []
    own = cld["la_code"].drop_nulls().mode().sort()[0]
    by_file = cld.drop_nulls("la_code").group_by("file").agg(code=pl.col("la_code").mode().sort().first())
    return [
        f"{file}: its rows are of council {code}, the others' of {own}; take it out, or state la_code "
        f"in landing.toml"
        for file, code in by_file.filter(pl.col("code") != own).sort("file").iter_rows()
    ]


def find_oddities(tables: Mapping[str, pl.DataFrame]) -> list[str]:
    """What should be looked at and does not stop a run, a sentence each."""
    lines = [
        line for kind, keys in _KEYS.items() for key in keys for line in _shape_changed(tables, kind, key)
    ]
    lines += [
        line
        for (kind, key), (to, by) in _LED_BY.items()
        for line in _leads_nowhere(tables, kind, key, to, by)
    ]
    return lines + _addresses_elsewhere(tables)


def _has(tables: Mapping[str, pl.DataFrame], kind: str, column: str) -> bool:
    return kind in tables and column in tables[kind].columns


def _shape_changed(tables: Mapping[str, pl.DataFrame], kind: str, key: str) -> list[str]:
    if not _has(tables, kind, key):
        return []
    shapes = (
        tables[kind]
        .lazy()
        .select("extract_date", shape=_shape(pl.col(key)))
        .drop_nulls()
        .group_by("extract_date", "shape")
        .agg(n=pl.len())
        .with_columns(share=pl.col("n") / pl.col("n").sum().over("extract_date"))
        .collect()
    )
    cuts = shapes["extract_date"].unique().sort()
    if len(cuts) < 2 or shapes.filter(extract_date=cuts[-1])["n"].sum() < ROWS_MIN:
        return []
    now = shapes.filter(extract_date=cuts[-1]).sort("share", "shape").row(-1, named=True)
    before = shapes.filter(extract_date=cuts[-2])
    known = before.filter((pl.col("shape") == now["shape"]) & (pl.col("share") >= OLD_SHAPE_SHARE))
    if now["share"] < NEW_SHAPE_SHARE or known.height:
        return []
    was = before.sort("share", "shape")["shape"][-1]
    return [
        f"{kind}, {key}: written {now['shape']} in the extract of {cuts[-1]}, {was} before (A a "
        f"letter, 9 a digit): "
        "the same person or account cannot be told over that change; ask for the earlier form"
    ]


def _shape(key: pl.Expr) -> pl.Expr:
    """The form of a key without its value: letters A, digits 9, a long run shortened."""
    plain = key.str.replace_all("[A-Za-z]", "A").str.replace_all("[0-9]", "9")
    return plain.str.replace_all("A{13,}", "A…A").str.replace_all("[A9]{13,}", "9…9")


def _leads_nowhere(tables: Mapping[str, pl.DataFrame], kind: str, key: str, to: str, by: str) -> list[str]:
    if not (_has(tables, kind, key) and _has(tables, to, by)):
        return []
    keys, known = tables[kind][key].drop_nulls().unique(), tables[to][by].drop_nulls().unique()
    found = keys.is_in(known.implode()).sum()
    if len(keys) < ROWS_MIN or known.is_empty() or found >= FOUND_SHARE_MIN * len(keys):
        return []
    return [
        f"{kind}, {key}: {found:,} of {len(keys):,} stand in {to}: is it the same identifier, or the "
        f"same county?"
    ]


def _addresses_elsewhere(tables: Mapping[str, pl.DataFrame]) -> list[str]:
    if "gazetteer" not in tables:
        return []
    known, lines = tables["gazetteer"]["uprn"].unique().implode(), []
    for kind in ("demographics", "council_tax", "tenancies", "adaptations", "epc"):
        if not _has(tables, kind, "uprn"):
            continue
        given = (
            tables[kind]
            .lazy()
            .select("file", "uprn")
            .drop_nulls()
            .with_columns(here=pl.col("uprn").is_in(known))
        )
        by_file = given.group_by("file").agg(n=pl.len(), here=pl.col("here").sum()).collect()
        odd = by_file.filter((pl.col("n") >= ROWS_MIN) & (pl.col("here") < FOUND_SHARE_MIN * pl.col("n")))
        lines += [
            f"{file}: {here:,} of {n:,} UPRNs stand in the gazetteer: is it another council's file?"
            for file, n, here in odd.sort("file").iter_rows()
        ]
    return lines
