"""A county as it lies written on disk: its landed files and its truth, and nothing of what made them."""

import gzip
import json
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import polars as pl

from configs.errors import LandingError
from configs.extract_specs import Column, code_map, load_specs, normalise, normalise_code

FILES = {
    "adaptations": "housing/adaptations_*",
    "apc": "health/apc_*",
    "cld": "social_care/*",
    "council_tax": "housing/council_tax_2*",
    "council_tax_codes": "housing/council_tax_codes*",
    "cqc_locations": "supply/HSCA_Active_Locations_*",
    "demographics": "people/pds_demographics_*",
    "ecds": "health/ecds_*",
    "epc": "housing/epc_certificates_*",
    "gazetteer": "housing/addressbase_core_*",
    "gp_flags": "health/gp_flags_*",
    "opt_outs": "people/national_data_opt_outs_*",
    "tenancies": "housing/tenancies_*",
    "uprn_lookup": "housing/nsul_*",
    "visits": "supply/visits_*",
}
"""Where the simulator writes each kind, inside the landing."""
OLDEST_AGE = 110
EXPOSURE_EVERY_DAYS = 91
FAR = date(9999, 1, 1)
"""Stands for an end that has not come."""


class Written:
    """The folder of one simulated county. Everything here is read, nothing is simulated again.

    Raises LandingError where a file of the truth or a landed kind is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def truth(self, name: str) -> pl.LazyFrame:
        """One table of the truth, by its name without the ending."""
        path = self.folder / "truth" / f"{name}.parquet"
        if not path.is_file():
            raise LandingError(
                "This is not a county that `forebridge simulate` wrote",
                where=f"truth/{name}.parquet is missing",
                todo="Name the folder that holds both `landing` and `truth`",
            )
        return pl.scan_parquet(path)

    def truth_has(self, name: str) -> bool:
        """Whether the truth holds that table."""
        return (self.folder / "truth" / f"{name}.parquet").is_file()

    @cached_property
    def mess(self) -> int:
        """How messy the landed files are meant to be, 0 to 3; 1 where the truth does not say."""
        path = self.folder / "truth" / "world.json"
        said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return int(said.get("mess", 1))

    @cached_property
    def people(self) -> pl.DataFrame:
        """person, female, born, died? of everybody who ever lived in the county."""
        return (
            self.truth("people").select(pl.col("person").cast(pl.Int64), "female", "born", "died").collect()
        )

    @cached_property
    def residences(self) -> pl.DataFrame:
        """person, uprn, care_home, since, until (FAR while open): half-open spells."""
        until = pl.col("until").fill_null(FAR)
        return (
            self.truth("residences")
            .select(pl.col("person").cast(pl.Int64), "uprn", "care_home", "since", until.alias("until"))
            .collect()
        )

    @cached_property
    def recorded(self) -> tuple[date, date]:
        """The first recorded day, and the day after the last."""
        days = self.truth("hazards").select(first=pl.col("day").min(), end=pl.col("day").max()).collect()
        return days["first"].item(), days["end"].item()

    @property
    def first(self) -> date:
        """The first recorded day."""
        return self.recorded[0]

    @property
    def end(self) -> date:
        """The day after the last recorded one."""
        return self.recorded[1]

    @property
    def years(self) -> float:
        """Length of the recorded time."""
        return (self.end - self.first).days / 365.25

    @property
    def year_ends(self) -> list[date]:
        """The last recorded day and those whole years before it, each with a year recorded before it."""
        last = self.end - timedelta(days=1)
        return [last - timedelta(days=round(365.25 * k)) for k in range(max(1, round(self.years)))]

    def residents(self, day: date) -> pl.DataFrame:
        """Who lives where on a day: person, uprn, care_home, since, female, age (whole years)."""
        here = self.residences.filter((pl.col("since") <= day) & (pl.col("until") > day))
        return self.aged(here, pl.lit(day)).drop("until")

    @cached_property
    def last_residents(self) -> pl.DataFrame:
        """The residents of the last recorded day."""
        return self.residents(self.year_ends[0])

    @cached_property
    def households(self) -> pl.DataFrame:
        """Homes lived in on the last day: uprn, size, eldest (age), eldest_since."""
        return households_of(self.last_residents)

    def aged(self, frame: pl.DataFrame, day: pl.Expr) -> pl.DataFrame:
        """The frame's people with `female`, `died` and their `age` in whole years on a day."""
        whole = frame.join(self.people, on="person", how="left", maintain_order="left")
        years = ((day - pl.col("born")).dt.total_days() / 365.25).floor()
        return whole.with_columns(age=years.cast(pl.Int64).clip(0, OLDEST_AGE)).drop("born")

    @cached_property
    def exposure(self) -> pl.DataFrame:
        """Years lived in the recorded time: age, female, care_home, years (from a count every quarter)."""
        days = pl.date_range(
            self.first + timedelta(days=EXPOSURE_EVERY_DAYS // 2),
            self.end,
            timedelta(days=EXPOSURE_EVERY_DAYS),
            closed="left",
            eager=True,
        ).to_list()
        counts = pl.concat([self.residents(day).group_by("age", "female", "care_home").len() for day in days])
        each = self.years / len(days)
        return (
            counts.group_by("age", "female", "care_home")
            .agg(years=pl.col("len").sum() * each)
            .sort("age", "female", "care_home")
        )

    def landed_files(self, kind: str) -> list[Path]:
        """The files of one kind, in the order of their names."""
        found = sorted(p for p in (self.folder / "landing").glob(FILES[kind]) if p.is_file())
        if not found:
            raise LandingError(
                "A landed kind is missing", where=f"landing/{FILES[kind]}", todo="Simulate the county again"
            )
        return found

    def landed(self, kind: str, columns: Sequence[str], *, latest: bool = False) -> pl.LazyFrame:
        """Columns of a landed kind under our names, as text, with `file` and `row`; `latest`: newest
        file only."""
        files = self.landed_files(kind)[-1:] if latest else self.landed_files(kind)
        spec = load_specs()[kind].latest.columns
        wanted = {name: spec[name] for name in columns}
        return pl.concat([_scan(path, self._name(path), wanted) for path in files])

    def landed_people(
        self, kind: str, columns: Sequence[str], *, latest: bool = False, where: pl.Expr | None = None
    ) -> pl.DataFrame:
        """The same rows, those that `where` keeps, with `person`: whom each is about, as the truth says."""
        rows = self.landed(kind, columns, latest=latest)
        rows = rows if where is None else rows.filter(where)
        files = [self._name(path) for path in self.landed_files(kind)]
        about = self.truth("identity").filter(pl.col("file").is_in(files) & (pl.col("role") == "subject"))
        about = about.select("file", "row", pl.col("person").cast(pl.Int64))
        return rows.join(about, on=["file", "row"], how="inner").collect()

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder / "landing").as_posix()


def households_of(residents: pl.DataFrame) -> pl.DataFrame:
    """Homes lived in: uprn, size, eldest (age), person (the eldest), since (when the eldest came)."""
    return (
        residents.filter(~pl.col("care_home"))
        .sort("uprn", "age", "person", descending=[False, True, False])
        .group_by("uprn", maintain_order=True)
        .agg(
            size=pl.len(),
            eldest=pl.col("age").first(),
            person=pl.col("person").first(),
            since=pl.col("since").first(),
        )
    )


def as_date(column: str) -> pl.Expr:
    """Text as a date, ISO or dd/mm/yyyy; anything else, and a sentinel before 1900, is null."""
    iso, british = (pl.col(column).str.to_date(f, strict=False) for f in ("%Y-%m-%d", "%d/%m/%Y"))
    read = pl.coalesce(iso, british)
    return pl.when(read >= date(1900, 1, 1)).then(read).alias(column)


def as_number(column: str) -> pl.Expr:
    """Text as a number; anything else is null."""
    return pl.col(column).cast(pl.Float64, strict=False).alias(column)


def coded(frame: pl.DataFrame, kind: str, columns: Sequence[str]) -> pl.DataFrame:
    """Landed codes, of any release, in the wording that we use; unknown ones stay as they are."""
    spec = load_specs()[kind].latest.columns
    return frame.with_columns(_ours(frame[name], name, spec[name]) for name in columns)


def _ours(landed: pl.Series, name: str, column: Column) -> pl.Series:
    known = code_map(name, column)
    words = [word for word in landed.unique().to_list() if word]
    return landed.replace({word: known.get(normalise_code(word), word) for word in words})


def _scan(path: Path, name: str, wanted: dict[str, Column]) -> pl.LazyFrame:
    """One file lazily: the wanted columns under our names (null where the file lacks one), row and file."""
    first = _first_line(path)
    separator = max(",|\t;", key=first.count)
    rows = pl.scan_csv(
        path,
        separator=separator,
        infer_schema=False,
        encoding="utf8-lossy",
        row_index_name="row",
        row_index_offset=2,
        truncate_ragged_lines=True,
        ignore_errors=True,
    )
    header = {normalise(h): h for h in rows.collect_schema().names()}
    picked = []
    for ours, column in wanted.items():
        landed = next((header[normalise(n)] for n in column.names if normalise(n) in header), None)
        landed = landed or header.get(normalise(ours))
        picked.append((pl.col(landed) if landed else pl.lit(None, dtype=pl.String)).alias(ours))
    return rows.select(pl.col("row").cast(pl.Int64), pl.lit(name).alias("file"), *picked)


def _first_line(path: Path) -> str:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        return stream.readline().decode("utf-8", errors="replace")
