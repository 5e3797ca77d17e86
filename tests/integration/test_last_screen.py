"""Claims about the last screen: every figure it must show, in words, and what it says when numbers are small."""

import copy
import re

import pytest
from county import Finished
from rich.console import Console

from pipelines.screens import as_markdown, show_result


def screen(result: dict) -> str:
    console = Console(width=140)
    with console.capture() as caught:
        show_result(console, result, "make serve")
    return caught.get()


@pytest.fixture(scope="module")
def shown(finished: Finished) -> str:
    return screen(finished.result)


def test_what_was_joined_is_told_with_rates_and_counts(finished: Finished, shown: str) -> None:
    records = finished.result["records"]
    for figure in (
        records["rows"]["read"],
        records["rows"]["quarantined"],
        records["people"],
        records["opted_out"],
    ):
        assert f"{figure:,}" in shown
    assert re.search(r"Addresses given or matched to a UPRN.*demographics \d+\.\d%", shown)


def test_every_model_stands_beside_its_rivals_with_an_interval(finished: Finished, shown: str) -> None:
    newest = [r for r in finished.result["evaluation"] if r["kind"] == "outcome" and r["split"] == 0]
    tested = [r for r in newest if r["horizon_days"] == 365]
    assert shown.count("(extrapolated)") == len(
        [r for r in newest if r["model"] == "champion" and r["extrapolated"]]
    )
    assert shown.count("the model") >= len([r for r in tested if r["model"] == "champion"]) > 0
    assert shown.count("│   age alone ") == len([r for r in tested if r["model"] == "age_alone"])
    known = next(r for r in tested if r["model"] == "champion" and r["auc"] is not None)
    assert f"{known['auc']:.3f} ({known['auc_low']:.3f}-{known['auc_high']:.3f})" in shown


def test_hotspots_zones_site_and_how_to_look_are_told(finished: Finished, shown: str) -> None:
    for row in finished.result["hotspots"]:
        assert row["area_code"] in shown
    for zone in finished.result["zones"]["table"]:
        assert zone["zone_id"] in shown
    assert finished.result["home"]["chosen"][0]["name"] in shown
    assert "proven gap" in shown
    assert "To look: make serve" in shown


def test_invented_data_are_called_so_and_landed_data_are_not(finished: Finished, shown: str) -> None:
    landed = copy.deepcopy(finished.result)
    landed["records"]["invented"] = False
    assert "Invented data: no real person" in shown
    assert "Invented" not in screen(landed)
    assert "Invented" not in as_markdown(landed)


def test_too_few_and_out_of_balance_are_said_plainly(finished: Finished) -> None:
    small = copy.deepcopy(finished.result)
    small["records"]["numbers_small_why"] = ["12 people: scores rest on few"]
    small["hotspots"] = []
    small["zones"]["within_tolerance"] = False
    small["zones"]["notes"].insert(0, "No balance within 5% was found")
    small["home"] |= {"chosen": [], "status": "no site is large enough"}
    told = screen(small)
    for words in (
        "Too few to rely on: 12 people",
        "No area has people enough",
        "No balance within 5% was found",
        "No site chosen: no site is large enough",
    ):
        assert words in told
