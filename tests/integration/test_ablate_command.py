"""Claims about `forebridge ablate`: asked of a finished run, kept for the model card, nobody named."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from county import AS_OF, Finished, forebridge
from release_worlds import publish_world, write_world

from configs.settings import load_settings
from serving.papers import gather_facts, render
from serving.store import Release

pytestmark = pytest.mark.xdist_group("whole_run")


@pytest.fixture
def copied(finished: Finished, tmp_path: Path) -> Path:
    out = tmp_path / "out"
    kept_out = shutil.ignore_patterns("mlflow*", "release", "places", "plans", "scores")
    shutil.copytree(finished.out, out, symlinks=True, ignore=kept_out)
    return out


def test_each_circumstance_is_asked_about_in_each_age_group_and_kept(
    finished: Finished, copied: Path
) -> None:
    done = forebridge("ablate", "--out", copied, "--settings", finished.settings, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said == json.loads((copied / "state" / "ablations.json").read_text(encoding="utf-8"))
    assert (said["run"], said["invented"], said["shortest_days"]) == (AS_OF, True, 182)
    asked = {(row["ablation"], row["age_group"]) for row in said["weight"]}
    assert asked == {(n, a) for n in ("lives_alone", "cold_home") for a in ("18-64", "65+")}
    emergency = [
        r for r in said["weight"] if r["outcome"] == "emergency_admission" and r["age_group"] == "65+"
    ]
    assert {r["ages"] for r in emergency} == {"all", "65-74", "75-84", "85+"}
    assert any(row["ratio"] is not None for row in said["weight"])
    judged = [row for row in said["worth"] if row["difference_low"] is not None]
    assert judged
    assert all(row["difference_low"] <= row["difference_high"] for row in judged)
    assert {r["said"] for r in said["worth"] if r not in judged} <= {"too few events to say"}
    people = pl.read_parquet(finished.month / "features" / "table" / f"{AS_OF}.parquet")["person_id"]
    told = done.stdout + done.stderr
    assert not [p for p in people if p in told]


def test_one_may_be_asked_about_alone_and_the_same_seed_says_the_same(
    finished: Finished, copied: Path
) -> None:
    once, again = (
        forebridge(
            "ablate", "--out", copied, "--settings", finished.settings, "--name", "cold_home", "--json"
        ).stdout
        for _ in range(2)
    )
    assert once == again
    assert {row["ablation"] for row in json.loads(once)["weight"]} == {"cold_home"}


def test_what_cannot_be_asked_is_refused_in_words(finished: Finished, copied: Path, tmp_path: Path) -> None:
    unknown = forebridge("ablate", "--out", copied, "--name", "garden", "--json")
    assert unknown.returncode == 2
    assert "lives_alone" in json.loads(unknown.stdout)["todo"]
    council = tmp_path / "council.toml"
    council.write_text(
        '[ablations.garden]\nphrase = "has a garden"\ncircumstance = "housing__garden__now"\n'
        'features = ["housing__garden__*"]\nbeside = ["person__age__now"]\n',
        encoding="utf-8",
    )
    absent = forebridge("ablate", "--out", copied, "--settings", council, "--name", "garden", "--json")
    assert absent.returncode == 2
    assert json.loads(absent.stdout)["details"] == ["garden: housing__garden__now"]
    nothing = forebridge("ablate", "--out", tmp_path / "nothing", "--json")
    assert nothing.returncode == 7


def test_the_model_card_says_what_was_found_or_that_nobody_asked(tmp_path: Path) -> None:
    publish_world(write_world(tmp_path / "in"), tmp_path / "release")
    release, settings = Release.open(tmp_path / "release"), load_settings()
    label = {
        "ablation": "cold_home", "phrase": "home is hard to heat", "age_group": "65+",
        "outcome": "emergency_admission", "outcome_phrase": "emergency admission",
    }  # fmt: skip
    weight = {**label, "ages": "all", "said": "1.10 times as likely (1.02 to 1.19)"}
    worth = {**label, "difference": 0.0012, "difference_low": -0.001, "difference_high": 0.0031}
    found = {"run": AS_OF, "shortest_days": 182, "horizon_days": 365, "weight": [weight], "worth": [worth]}
    card = render("model-card", gather_facts(release, settings, {"ablations": found}))
    assert (
        "| home is hard to heat | emergency admission, 65+ | 1.10 times as likely (1.02 to 1.19) | "
        "+0.0012 (-0.0010 to +0.0031) |"
    ) in card
    assert "**Not asked yet** (`forebridge ablate`)" in render(
        "model-card", gather_facts(release, settings, {})
    )
