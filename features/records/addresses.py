"""Addresses to UPRN: the one door to uk_address_matcher.

A given UPRN that stands in the gazetteer is believed first; else the written address and postcode are
matched. What is ambiguous stays unmatched.
"""

from tempfile import TemporaryDirectory

import duckdb
import polars as pl
from uk_address_matcher import AddressMatcher, prepare_canonical_folder

from features.records.columns import change_texts

_SUB_PREMISE = (
    r"(?:FLAT|ROOM|BEDSIT) [0-9]+[A-Z]?|FLAT [A-Z]"
    r"|(?:BASEMENT|GROUND_FLOOR|FIRST_FLOOR|SECOND_FLOOR|TOP_FLOOR)_FLAT"
)
# In the order they are applied. Measured on a flat-heavy test: precision 0.961 -> 0.984 (linkage_notes.md).
_REWRITES = (
    (r"[‐-―]", "-"),
    (r"(\d+)\s*-\s*(\d+)", "${1}-${2}"),
    (r"\bG\.?F\.?F\b\.?", "GROUND_FLOOR_FLAT"),
    (r"\bF\.?F\.?F\b\.?", "FIRST_FLOOR_FLAT"),
    (r"\bS\.?F\.?F\b\.?", "SECOND_FLOOR_FLAT"),
    (r"\bT\.?F\.?F\b\.?", "TOP_FLOOR_FLAT"),
    (r"\b(?:APARTMENT|APART|APPT|APT|FLT)\b\.?", "FLAT"),
    (r"\b(FLAT|ROOM)\s+(?:NO|NUMBER)\b\.?\s*", "${1} "),
    (r"\b(GROUND|FIRST|SECOND|TOP) FLOOR FLAT\b", "${1}_FLOOR_FLAT"),
    (r"\bBASEMENT FLAT\b", "BASEMENT_FLAT"),
    (r"\b(FLAT|ROOM)\s*[#.]?\s*(\d)", "${1} ${2}"),
    (r"\b(RD|ROAD)\b\.?", "ROAD"),
    (r"\b(AVE|AV|AVENUE)\b\.?", "AVENUE"),
    (r"\bDR\b\.?", "DRIVE"),
    (r"\bLN\b\.?", "LANE"),
    (r"\bCL\b\.?", "CLOSE"),
    (r"\bGR\b\.?", "GROVE"),
    (r"\bCT\b\.?", "COURT"),
    (r"\bCRES\b\.?", "CRESCENT"),
    (r"\b(GDNS|GDN)\b\.?", "GARDENS"),
    (r"\bTERR?\b\.?", "TERRACE"),
    (r"\bPL\b\.?", "PLACE"),
    (r"([A-Z]{2,}) ST\b\.?", "${1} STREET"),
    (rf"^(.+?)[\s,]+({_SUB_PREMISE})\b(.*)$", "${2}, ${1}${3}"),
    (r"_", " "),
    (r"\s*,[\s,]*", ", "),
    (r"\s+", " "),
)
_TRAILING_POSTCODE = r",?\s*[A-Z]{1,2}\d[A-Z0-9]?\s*\d[A-Z]{2}\s*$"
_STREET_TYPES = (
    "ROAD|STREET|AVENUE|DRIVE|LANE|CLOSE|GROVE|CRESCENT|GARDENS|TERRACE|PLACE|WAY|RISE|WALK|SQUARE|"
    "MEWS|HILL|VIEW"
)
_NOT_A_HOME = r"^(?:P|PP|PS|RB.*|RC.*|RG.*|U.*|L.*|O.*)$"


def normalise_address(address: pl.Expr) -> pl.Expr:
    """One spelling for what councils write in many: upper case, `25 - 27` as `25-27`, Apt as Flat, FFF and
    GFF in words, street types in full, the flat before the building. Null stays null; blank becomes null."""
    text = address.str.to_uppercase()
    for pattern, written in _REWRITES:
        text = text.str.replace_all(pattern, written)
    text = text.str.strip_chars(" ,.")
    return pl.when(text != "").then(text)


def normalise_postcode(postcode: pl.Expr) -> pl.Expr:
    """`sw1a1aa` as `SW1A 1AA`; what cannot be a postcode becomes null."""
    bare = postcode.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    return bare.str.extract(r"^([A-Z]{1,2}[0-9][A-Z0-9]?)[0-9][A-Z]{2}$") + pl.lit(" ") + bare.str.slice(-3)


def keep_living_places(gazetteer: pl.DataFrame) -> pl.DataFrame:
    """The gazetteer's rows where somebody can live or stay: no parent shell that has children, no street
    record, garage or car park. Columns as landed; sorted by uprn."""
    parents = gazetteer.get_column("parent_uprn").drop_nulls().unique().to_list()
    shell = pl.col("uprn").is_in(parents) & ~pl.col("classification_code").str.starts_with("R")
    unusable = pl.col("classification_code").str.contains(_NOT_A_HOME) | shell
    return gazetteer.filter(~unusable).unique("uprn", keep="first", maintain_order=True).sort("uprn")


def match_rows(
    rows: pl.DataFrame, gazetteer: pl.DataFrame, *, weight_min: float, distinguishability_min: float
) -> pl.DataFrame:
    """Give each row its UPRN.

    `rows`: address?, postcode?, uprn? (as given), beside any others, which are kept. Out: the same rows in
    the same order with `uprn` replaced by the believed one, and uprn_method (given, matched, none),
    match_weight?, distinguishability? (bits). A given UPRN whose gazetteer entry shows other numbers or
    another postcode than the address written beside it yields to a sure match of that address. An empty frame
    comes back with the new columns.
    """
    places = keep_living_places(gazetteer)
    keyed = rows.with_columns(
        _address=change_texts(rows["address"], normalise_address),
        _postcode=change_texts(rows["postcode"], normalise_postcode),
    )
    keyed = _look_at_given(keyed, places)
    wanted = keyed.filter(~pl.col("_agrees") & pl.col("_address").is_not_null())
    unique = wanted.select("_address", "_postcode").unique().sort("_address", "_postcode")
    good = _accept(_match_unique(unique, places), places, weight_min, distinguishability_min)
    return _decide(
        keyed.join(good, on=["_address", "_postcode"], how="left", nulls_equal=True, maintain_order="left")
    )


def _look_at_given(keyed: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Add _given (the UPRN as given where the gazetteer has it) and _agrees (the address beside it shows the
    same numbers and postcode, or there is none to compare)."""
    known = places.select(
        pl.col("uprn").alias("_given"),
        _numbers(normalise_address(pl.col("single_line_address").str.replace(_TRAILING_POSTCODE, ""))).alias(
            "_there"
        ),
        normalise_postcode(pl.col("postcode")).alias("_postcode_there"),
    )
    is_given = pl.col("uprn").is_not_null() & pl.col("uprn").is_in(known.get_column("_given").to_list())
    same_numbers = (_numbers(pl.col("_address")) == pl.col("_there")) | pl.col("_address").is_null()
    same_postcode = (pl.col("_postcode") == pl.col("_postcode_there")).fill_null(True)
    return (
        keyed.with_columns(_given=pl.when(is_given).then(pl.col("uprn")))
        .join(known, on="_given", how="left", maintain_order="left")
        .with_columns(_agrees=pl.col("_given").is_not_null() & same_numbers & same_postcode)
        .drop("_there", "_postcode_there")
    )


def _numbers(address: pl.Expr) -> pl.Expr:
    """The house and flat numbers of an address as one sorted text."""
    return address.str.extract_all(r"\b\d+[A-Z]?\b").list.sort().list.join(" ")


def _decide(keyed: pl.DataFrame) -> pl.DataFrame:
    matched = (
        pl.col("_matched").is_not_null()
        & ~pl.col("_agrees")
        & pl.col("_matched").ne_missing(pl.col("_given"))
    )
    method = (
        pl.when(matched).then(pl.lit("matched")).when(pl.col("_given").is_not_null()).then(pl.lit("given"))
    )
    return keyed.with_columns(
        uprn=pl.when(matched).then(pl.col("_matched")).otherwise(pl.col("_given")),
        uprn_method=method.otherwise(pl.lit("none")),
        match_weight=pl.when(matched).then(pl.col("match_weight")),
        distinguishability=pl.when(matched).then(pl.col("distinguishability")),
    ).drop("_address", "_postcode", "_given", "_matched", "_agrees")


def _accept(matched: pl.DataFrame, places: pl.DataFrame, weight_min: float, apart_min: float) -> pl.DataFrame:
    """Exact matches carry no weight; a scored row without distinguishability had a single candidate; a tie
    (0) is never believed. A match in another postcode than the one written is held back when the gazetteer
    knows that postcode (uk_address_matcher #475: high scores for clearly wrong addresses)."""
    located = places.select(
        pl.col("uprn").alias("_matched"), normalise_postcode(pl.col("postcode")).alias("_found_postcode")
    )
    postcodes = located.get_column("_found_postcode").drop_nulls().unique().to_list()
    elsewhere = (
        pl.col("_postcode").is_not_null()
        & pl.col("_postcode").is_in(postcodes)
        & (pl.col("_postcode") != pl.col("_found_postcode"))
    )
    exact = pl.col("match_weight").is_null()
    scored = (pl.col("match_weight") >= weight_min) & (
        pl.col("distinguishability").is_null() | (pl.col("distinguishability") >= apart_min)
    )
    return (
        matched.join(located, on="_matched", how="inner")
        .filter((exact | scored) & ~elsewhere.fill_null(False))
        .select("_address", "_postcode", "_matched", "match_weight", "distinguishability")
    )


def _match_unique(unique: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Match unique (address, postcode) pairs: _address, _postcode, _matched, match_weight?,
    distinguishability?."""
    canonical = places.select(
        pl.col("uprn").alias("unique_id"),
        normalise_address(pl.col("single_line_address").str.replace(_TRAILING_POSTCODE, "")).alias(
            "address_concat"
        ),
        normalise_postcode(pl.col("postcode")).alias("postcode"),
    ).drop_nulls("address_concat")
    same = _same_premises(unique, canonical)
    rest = unique.join(same, on=["_address", "_postcode"], how="anti", nulls_equal=True)
    messy = rest.with_row_index("unique_id").with_columns(pl.col("unique_id").cast(pl.Int64))
    if messy.is_empty() or canonical.is_empty():
        return same
    # Where every postcode written is one the gazetteer knows, a match outside them would be held back anyway.
    written = rest.get_column("_postcode").unique()
    if written.is_in(canonical.get_column("postcode").to_list()).fill_null(False).all():
        canonical = canonical.filter(pl.col("postcode").is_in(written.implode()))
    found = _run_matcher(messy.rename({"_address": "address_concat", "_postcode": "postcode"}), canonical)
    return pl.concat([same, messy.join(found, on="unique_id", how="inner").drop("unique_id")])


def _same_premises(unique: pl.DataFrame, canonical: pl.DataFrame) -> pl.DataFrame:
    """Those whose flat, building, number and street are word for word those of one gazetteer entry of the
    postcode, whatever locality follows: no weighing needed. Columns as _match_unique's, weights null as of
    exact matches."""
    mine = unique.select("_address", "_postcode", _premises=_premises(pl.col("_address"))).drop_nulls()
    theirs = (
        canonical.select(
            _matched="unique_id", _postcode="postcode", _premises=_premises(pl.col("address_concat"))
        )
        .drop_nulls()
        .filter(pl.len().over("_postcode", "_premises") == 1)
    )
    none = pl.lit(None, pl.Float64)
    return mine.join(theirs, on=["_postcode", "_premises"]).select(
        "_address", "_postcode", "_matched", match_weight=none, distinguishability=none
    )


def _premises(address: pl.Expr) -> pl.Expr:
    """The words up to and with the first street type, provided a number stands among them; else null."""
    words = address.str.extract(rf"^(.*?\b(?:{_STREET_TYPES}))\b").str.replace_all(r"[ ,.]+", " ")
    return pl.when(words.str.contains(r"\d")).then(words)


def _run_matcher(messy: pl.DataFrame, canonical: pl.DataFrame) -> pl.DataFrame:
    with TemporaryDirectory(prefix="forebridge-addresses-") as folder, duckdb.connect() as connection:
        prepare_canonical_folder(
            connection.from_arrow(canonical.to_arrow()),
            folder,
            con=connection,
            num_of_chunks=1,
            overwrite=True,
            show_progress="off",
        )
        result = AddressMatcher(
            canonical_addresses=folder,
            addresses_to_match=connection.from_arrow(messy.to_arrow()),
            con=connection,
            cleaning_num_chunks=1,
            show_progress="off",
        ).match()
        table = result.matches().pl()
        result.close()
    return table.select(
        "unique_id", pl.col("resolved_canonical_id").alias("_matched"), "match_weight", "distinguishability"
    ).drop_nulls("_matched")
