"""Claims about drift in the monthly run: it is told, red stops publication, and a person may say go."""

import json
import shutil
from pathlib import Path

import pytest
from county import AS_OF, QUICK, Finished, forebridge, run_arguments

from serving.store import Release

pytestmark = pytest.mark.xdist_group("whole_run")

STALE = QUICK + "[drift.stale_days]\ngp_flags = 50\n"


def test_a_month_scored_with_a_model_made_that_month_has_not_drifted(finished: Finished) -> None:
    said = json.loads((finished.month / "drift" / "drift.json").read_text())
    moved = [r for r in said["rows"] if r["kind"] in ("feature", "score") and r["state"] in ("amber", "red")]
    assert said["state"] == "green"
    assert moved == []
    assert {"feature", "score", "freshness"} <= {r["kind"] for r in said["rows"]}
    assert Release.open(finished.out / "release").document("drift")["state"] == "green"


def test_red_stops_publication_and_a_person_may_say_go(finished: Finished, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(finished.out, out, symlinks=True)
    settings = tmp_path / "stale.toml"
    settings.write_text(STALE, encoding="utf-8")
    before = (out / "release" / "current.json").read_text()
    arguments = run_arguments(finished.landing, out, settings)

    done = forebridge(*arguments)
    told = json.loads(done.stdout)
    assert (done.returncode, told["error"]) == (14, "DriftStop")
    assert any("freshness of gp_flags: newest extract" in line for line in told["details"])
    assert (out / "release" / "current.json").read_text() == before
    assert json.loads((out / "state" / "drift" / f"{AS_OF}.json").read_text())["state"] == "red"

    half = forebridge(*arguments, "--go-by", "J Smith")
    assert half.returncode == 14

    gone = forebridge(*arguments, "--go-by", "J Smith", "--go-reason", "The supplier sends it on Monday")
    assert gone.returncode == 0, gone.stdout
    facts = Release.open(out / "release").document("drift")
    assert facts["state"] == "red"
    assert facts["go"] == {"by": "J Smith", "reason": "The supplier sends it on Monday"}
