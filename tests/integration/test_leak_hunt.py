"""Claims about the leak hunt: equal on a clean run, and a fact from the future is caught."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from county import AS_OF, Finished, forebridge

pytestmark = pytest.mark.xdist_group("whole_run")


def hunt(finished: Finished, out: Path, *more: str) -> tuple[int, dict[str, object]]:
    done = forebridge(
        "leak-hunt", "--landing", finished.landing, "--out", out, "--settings", finished.settings, "--json", *more
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def copied(finished: Finished, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    shutil.copytree(finished.out, out, symlinks=True, ignore=shutil.ignore_patterns("mlflow*", "release"))
    return out


def test_every_table_of_a_clean_run_could_have_been_made_on_its_date(
    finished: Finished, copied: Path
) -> None:
    code, told = hunt(finished, copied, "--dates", "10", "--seed", "3")
    assert (code, told["clean"], len(told["dates"])) == (0, True, 10)
    assert all(one["people"] > 500 for one in told["dates"])
    again = told["linkage_redone"][0]
    assert again["found_again"] > 0.99
    assert again["equal_rows"] > 0.95
    assert json.loads((copied / "state" / "leak_hunt.json").read_text())["clean"]


def test_a_table_that_the_run_wrote_is_the_one_looked_at(finished: Finished, copied: Path) -> None:
    file = copied / AS_OF / "features" / "table" / f"{AS_OF}.parquet"
    table = pl.read_parquet(file)
    file.unlink()  # a hard link may lead to the session's own
    table.with_columns(health__attendances__365d=pl.lit(9.0)).write_parquet(file)
    code, told = hunt(finished, copied, "--as-of", AS_OF, "--relink", "0")
    assert code == 13
    assert told["error"] == "LeakFound"
    assert any(line.startswith("health__attendances__365d") for line in told["details"])


def test_a_future_fact_in_the_records_is_caught(finished: Finished, copied: Path) -> None:
    file = copied / AS_OF / "records" / "care_events.parquet"
    events = pl.read_parquet(file)
    day = date(2025, 3, 1)
    later = pl.col("happened_on").is_between(date(2025, 3, 2), date(2025, 9, 1))
    file.unlink()
    backdated = {
        c: pl.when(later).then(pl.lit(date(2025, 2, 1))).otherwise(pl.col(c))
        for c in ("happened_on", "known_on")
    }
    events.with_columns(**{k: v.alias(k) for k, v in backdated.items()}).write_parquet(file)
    code, told = hunt(finished, copied, "--as-of", day.isoformat(), "--relink", "0")
    assert code == 13
    cells = pl.read_parquet(copied / AS_OF / "leaks.parquet")
    assert cells["column"].str.starts_with("social_care__").any()
    people = pl.read_parquet(copied / AS_OF / "records" / "people.parquet")["person_id"]
    assert not any(person in json.dumps(told) for person in people.to_list())


def test_the_planted_leak_is_found(finished: Finished, copied: Path) -> None:
    code, told = hunt(finished, copied, "--dates", "3", "--plant")
    assert (code, told["planted"], told["clean"]) == (0, True, False)


def test_another_landing_is_refused(finished: Finished, copied: Path, tmp_path: Path) -> None:
    other = tmp_path / "landing"
    shutil.copytree(finished.landing, other)
    (other / "people" / "note.csv").write_text("nothing\n", encoding="utf-8")
    done = forebridge("leak-hunt", "--landing", other, "--out", copied, "--json")
    assert done.returncode == 3
    assert "not the files" in done.stdout
