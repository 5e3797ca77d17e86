"""Claims about the Prefect flows: the same steps, retried only where a fault may pass, silent about records."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from county import AS_OF, Finished

from configs.errors import LandingError, UnforeseenError
from pipelines import flows
from pipelines.ledger import list_runs

SECRET = "Ethel Example, 12 Nowhere Lane"


@pytest.fixture(scope="module", autouse=True)
def prefect_server() -> Iterator[None]:
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def copied(finished: Finished, tmp_path: Path) -> Path:
    shutil.copytree(finished.out, tmp_path / "out", symlinks=True)
    return tmp_path / "out"


def artifact() -> str:
    from prefect.artifacts import Artifact

    found = Artifact.get("monthly-report")
    assert found is not None
    return str(found.data)


def test_monthly_publishes_and_leaves_its_figures_as_an_artifact(finished: Finished, copied: Path) -> None:
    told = flows.monthly(str(finished.landing), str(copied), as_of=AS_OF, settings=str(finished.settings))
    assert told == AS_OF
    newest = list_runs(copied / "state")[0]
    assert (newest["status"], newest["kind"], newest["by"]) == ("finished", "monthly", "prefect")
    report = artifact()
    assert f"{finished.result['records']['rows']['read']:,}" in report
    assert "Invented data" in report


def test_the_artifact_names_no_area_below_the_county(finished: Finished, copied: Path) -> None:
    flows.monthly(str(finished.landing), str(copied), as_of=AS_OF, settings=str(finished.settings))
    areas = set(pl.read_csv(finished.landing / "places" / "ruc2021_lsoa.csv")["LSOA21CD"])
    report = artifact()
    assert areas
    assert not any(area in report for area in areas)


def test_a_missing_landing_folder_fails_the_flow_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LandingError):
        flows.monthly(str(tmp_path / "nowhere"), str(tmp_path / "out"), as_of=AS_OF)
    assert "Check the path" in artifact()


def test_a_fault_of_ours_never_quotes_a_record_in_what_prefect_keeps(
    finished: Finished, copied: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ValueError(f"cannot parse {SECRET}")

    monkeypatch.setattr("pipelines.steps.publish", break_down)
    state = flows.monthly(
        str(finished.landing), str(copied), as_of=AS_OF, settings=str(finished.settings), return_state=True
    )
    assert state.is_failed()
    problem = state.result(raise_on_failure=False)
    assert isinstance(problem, UnforeseenError)
    assert "ValueError" in problem.what
    assert SECRET not in caplog.text + str(state) + str(problem.as_dict())
    assert list_runs(copied / "state")[0]["error"]["error"] == "UnforeseenError"


def test_only_a_fault_that_may_pass_is_tried_again(
    finished: Finished, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: dict[str, int] = {"disk": 0, "defect": 0}

    def fail(kind: str, problem: Exception):
        def work(*_: object, **__: object) -> None:
            tries[kind] += 1
            raise problem

        return work

    monkeypatch.setattr(flows, "RETRY_DELAY_SECONDS", 0)
    for kind, problem in (("disk", OSError("disk full")), ("defect", LandingError("a defect"))):
        monkeypatch.setattr("pipelines.steps.publish", fail(kind, problem))
        state = flows.monthly(
            str(finished.landing),
            str(copied),
            as_of=AS_OF,
            settings=str(finished.settings),
            return_state=True,
        )
        assert state.is_failed()
    assert tries == {"disk": 1 + flows.RETRIES, "defect": 1}


def test_retrain_registers_a_challenger_and_the_champion_stays(finished: Finished, copied: Path) -> None:
    from models.need.registry import find_champion

    summary = finished.result["records"]
    council = f"{summary['la_code']}-invented"
    before = find_champion(copied / "state", council)
    assert before is not None
    told = flows.retrain(str(finished.landing), str(copied), as_of=AS_OF, settings=str(finished.settings))
    after = find_champion(copied / "state", council)
    assert after is not None
    assert after.champion_id == before.champion_id
    assert isinstance(told, str)
