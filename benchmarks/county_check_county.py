"""A simulated county as an outsider opens it: landed files as text, truth tables, and the half-yearly states."""

import csv
import json
from functools import cached_property
from pathlib import Path

import polars as pl

HEART_OR_LUNG = ("heart_failure", "copd")
BONE_OR_BALANCE = ("osteoporosis", "parkinsonism")
DAYS_A_YEAR = 365.2425


class County:
    """A folder with `landing` and `truth`. Tables are read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = json.loads((folder / "truth" / "world.json").read_text(encoding="utf-8"))
        self._truth: dict[str, pl.DataFrame] = {}
        self._landed: dict[str, pl.DataFrame] = {}

    def truth(self, name: str) -> pl.DataFrame:
        """A truth table, with `person` and `outcome` of one type throughout."""
        if name not in self._truth:
            table = pl.read_parquet(self.folder / "truth" / f"{name}.parquet")
            wanted = {"person": pl.Int64, "outcome": pl.String}
            self._truth[name] = table.with_columns(
                [pl.col(c).cast(t) for c, t in wanted.items() if c in table.columns]
            )
        return self._truth[name]

    def files(self, beginning: str) -> list[str]:
        """Landed files whose path inside the landing begins so, in order."""
        landing = self.folder / "landing"
        paths = [p.relative_to(landing).as_posix() for p in landing.glob("*/*.csv")]
        return sorted(p for p in paths if p.startswith(beginning))

    def read(self, file: str) -> pl.DataFrame:
        """One landed file as text: `row` as a spreadsheet numbers it, then its columns."""
        if file not in self._landed:
            self._landed[file] = read_text_table((self.folder / "landing" / file).read_bytes())
        return self._landed[file]

    def landed(self, beginning: str) -> pl.DataFrame:
        """All files of one kind, one below the other, with `file` and `row`."""
        return pl.concat(
            [self.read(f).select(pl.lit(f).alias("file"), pl.all()) for f in self.files(beginning)],
            how="diagonal",
        )

    @cached_property
    def first_day(self) -> object:
        """The first recorded day."""
        return self.truth("hazards")["day"].min()

    @cached_property
    def deprivation(self) -> pl.DataFrame:
        """area_code, deprivation: the landed score in standard deviations of the county's areas."""
        table = self.landed("places/iod")
        code = next(c for c in table.columns if c.startswith("LSOA code"))
        score = next(c for c in table.columns if c.endswith("(IMD) Score"))
        value = pl.col(score).cast(pl.Float64)
        return table.select(area_code=code, deprivation=(value - value.mean()) / value.std())

    def with_person(self, beginning: str, role: str = "subject") -> pl.DataFrame:
        """Landed rows of one kind, with the person whom the truth says each is about."""
        who = self.truth("identity").filter(pl.col("role") == role).select("file", "row", "person")
        return self.landed(beginning).join(who, on=["file", "row"], how="left")

    @cached_property
    def requests(self) -> pl.DataFrame:
        """person, day, client (service user, carer): each landed request once, however many extracts show it."""
        rows = self.with_person("social_care/").filter(pl.col("Event Type") == "Request")
        client = pl.col("Client Type").str.to_lowercase().str.replace("unpaid ", "")
        rows = rows.select("person", day=as_date("Event Start Date"), client=client)
        return rows.filter(pl.col("day").is_not_null()).unique(["person", "day"]).sort("person", "day")

    @cached_property
    def states(self) -> pl.DataFrame:
        """`hazards` of adults with age, sex, area, what happened lately and conditions on the practice's list."""
        people = self.truth("people").select("person", "nhs_number", "female", "born", "died", "left")
        rows = self.truth("hazards").join(people, on="person")
        rows = rows.with_columns(age=(pl.col("day") - pl.col("born")).dt.total_days() / DAYS_A_YEAR)
        rows = rows.filter(pl.col("age") >= 18).with_columns(band=pl.col("age").cast(pl.Int32) // 3)
        rows = rows.join(self._areas_by_day(rows), on=["day", "person"], how="left")
        rows = self._lately(self._lately(rows, "emergency_admission", "admitted"), "fall_admission", "fell")
        since = pl.col("admitted_days")
        rows = rows.with_columns(
            discharged_0_1=since <= 31,
            discharged_1_2=since.is_between(32, 62),
            discharged_2_3=since.is_between(63, 93),
            discharged_3_6=since.is_between(94, 186),
            fell_lately=pl.col("fell_days") <= 365,
        )
        rows = rows.join(self._conditions(), on=["nhs_number", "day"], how="left")
        rows = rows.join(self._bereaved(rows), on=["day", "person"], how="left")
        flags = ("heart_or_lung", "bone_or_balance", "bereaved")
        return rows.with_columns(pl.col(flags).fill_null(value=False)).sort("day", "person")

    def _areas_by_day(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Where each person lives on each day: uprn, area_code, its truth and its deprivation."""
        spells = self.truth("residences").select("person", "uprn", "since", "until")
        here = rows.select("day", "person").join(spells, on="person")
        here = here.filter(
            pl.col("since") <= pl.col("day"), pl.col("until").is_null() | (pl.col("until") > pl.col("day"))
        )
        here = here.sort("since").unique(["day", "person"], keep="last")
        homes = self.truth("dwellings").select("uprn", "area_code", "sheltered")
        areas = self.truth("areas").select("area_code", "planted", "area_effect")
        here = here.join(homes, on="uprn", how="left").join(areas, on="area_code", how="left")
        return here.join(self.deprivation, on="area_code", how="left").drop("since", "until")

    def _lately(self, rows: pl.DataFrame, outcome: str, name: str) -> pl.DataFrame:
        """`{name}_days`: days since the last such outcome before the day; far off where there was none."""
        happened = self.truth("outcomes").filter(pl.col("outcome") == outcome)
        happened = happened.select("person", pl.col("day").alias("_then")).sort("_then")
        rows = rows.sort("day").join_asof(
            happened,
            left_on="day",
            right_on="_then",
            by="person",
            strategy="backward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        days = (pl.col("day") - pl.col("_then")).dt.total_days().fill_null(99_999)
        return rows.with_columns(days.alias(f"{name}_days")).drop("_then")

    def _conditions(self) -> pl.DataFrame:
        """nhs_number, day, heart_or_lung, bone_or_balance: as the practices list them."""
        listed = self.landed("health/gp_flags")
        return listed.select(
            "nhs_number",
            day=as_date("snapshot_date"),
            heart_or_lung=pl.any_horizontal([pl.col(c) == "1" for c in HEART_OR_LUNG]),
            bone_or_balance=pl.any_horizontal([pl.col(c) == "1" for c in BONE_OR_BALANCE]),
        ).unique(["nhs_number", "day"])

    def _bereaved(self, rows: pl.DataFrame) -> pl.DataFrame:
        """day, person, bereaved: somebody of the same address died within the year before."""
        died = self.truth("residences").join(self.truth("people").select("person", "died"), on="person")
        died = died.filter(pl.col("until") == pl.col("died"))
        died = died.select("uprn", "died", pl.col("person").alias("_dead"))
        both = rows.select("day", "person", "uprn").join(died, on="uprn")
        lately = pl.col("died").is_between(pl.col("day").dt.offset_by("-12mo"), pl.col("day"))
        both = both.filter(lately, pl.col("_dead") != pl.col("person"))
        return both.select("day", "person").unique().with_columns(bereaved=pl.lit(value=True))


def as_date(column: str) -> pl.Expr:
    """A date written as yyyy-mm-dd or dd/mm/yyyy; null where it is neither."""
    return pl.coalesce(
        pl.col(column).str.to_date("%Y-%m-%d", strict=False),
        pl.col(column).str.to_date("%d/%m/%Y", strict=False),
    )


def decode(data: bytes) -> str:
    """UTF-8 with or without its mark, else Windows' encoding."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def read_text_table(data: bytes) -> pl.DataFrame:
    """Every cell as text, empty cells as ''; a half-written last row is left out. `row` counts the header as 1."""
    text = decode(data)
    first = text[: text.index("\n")]
    separator = max("|,;\t", key=first.count)
    if not text.endswith("\n"):
        text = text[: text.rindex("\n") + 1]
    header = next(csv.reader([first], delimiter=separator))
    table = pl.read_csv(text.encode(), separator=separator, infer_schema=False).fill_null("")
    table = table.rename(dict(zip(table.columns, header, strict=True)))
    return table.with_row_index("row", offset=2).with_columns(pl.col("row").cast(pl.Int64))
