"""Claims about the papers: made of the release, complete, honest about what is missing, and safe to send."""

import json
import re
from pathlib import Path

import pytest
from county import Finished, forebridge
from release_worlds import publish_world, write_world

from configs.settings import load_settings
from configs.settings_need import Papers
from serving.papers import PAPERS, as_page, gather_facts, missing_facts, render, write_papers
from serving.store import Release

SETTINGS = load_settings()
GIVEN = {key: f"said of {key.replace('_', ' ')}" for key in Papers.model_fields}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    folder = tmp_path_factory.mktemp("papers")
    publish_world(write_world(folder / "in"), folder / "release")
    return Release.open(folder / "release")


def papers_of(release: Release, **given: str) -> dict[str, str]:
    settings = load_settings(None, {"papers": given})
    facts = gather_facts(release, settings, {})
    return {name: render(name, facts) for name in PAPERS}


def test_every_figure_of_the_champion_stands_in_the_model_card_as_released(release: Release) -> None:
    card = papers_of(release)["model-card"]
    rows = release.table("models").filter(kind="outcome", model="champion").drop_nulls("auc").to_dicts()
    assert len(rows) > 5
    for row in rows:
        assert f"{row['auc']:.3f} ({row['auc_low']:.3f} to {row['auc_high']:.3f})" in card


def test_rivals_stand_beside_the_champion_in_every_paper(release: Release) -> None:
    for name, text in papers_of(release).items():
        assert text.count("| Champion |") >= 5, name
        assert text.count("| Age alone |") == text.count("| Champion |"), name


@pytest.mark.parametrize("name", list(PAPERS))
def test_a_paper_says_that_the_data_are_invented(release: Release, name: str) -> None:
    assert papers_of(release)[name].splitlines()[2].startswith("> **Invented data: no real person.**")


def test_what_only_people_know_is_named_until_it_is_given(release: Release) -> None:
    blank, given = papers_of(release), papers_of(release, **GIVEN)
    assert "**Not given** (settings, `[papers] senior_responsible_owner`" in blank["atrs-record"]
    for text in given.values():
        assert "Not given" not in text
        assert "Every fact asked of people was given." in text
    everything = "\n".join(given.values())
    assert [key for key, said in GIVEN.items() if said not in everything] == []
    assert missing_facts(load_settings(None, {"papers": {**GIVEN, "funding": " "}})) == ["funding"]


def test_the_dpia_annex_speaks_of_articles_22a_to_22d(release: Release) -> None:
    text = papers_of(release)["dpia-annex"]
    assert all(article in text for article in ("22A", "22B", "22C", "22D"))
    assert not re.search(r"Article 22\b(?!A)", text)


def test_the_atrs_record_has_both_tiers_and_every_field_of_the_template(release: Release) -> None:
    text = papers_of(release)["atrs-record"]
    wanted = [
        "1.1", "1.2", "1.3", "1.4", "1.4.2", "1.4.3", "1.4.4", "1.4.5", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3",
        "3.4", "3.5", "4.1.1", "4.1.2", "4.1.3", "4.1.4", "4.1.5", "4.2.1", "4.2.3", "4.2.4", "4.2.5", "4.2.6", "4.2.7",
        "4.2.8", "4.3.1", "4.3.4", "4.3.5", "4.3.6", "4.3.7", "4.3.8", "4.3.9", "4.4", "5.1", "5.2",
    ]  # fmt: skip
    assert [field for field in wanted if f"**{field} " not in text] == []
    assert "## Tier 1" in text
    assert text.count("## Tier 2") == 5


def test_the_checklist_answers_all_27_items(release: Release) -> None:
    text = papers_of(release)["tripod-ai"]
    items = {int(m) for m in re.findall(r"^\| (\d+)[a-g]? \|", text, flags=re.MULTILINE)}
    assert items == set(range(1, 28))


def test_a_group_that_falls_short_is_named(release: Release, tmp_path: Path) -> None:
    world = write_world(tmp_path / "in")
    rows = json.loads((world.scores / "groups.json").read_text())
    rows[3] |= {
        "observed_over_expected": 1.6,
        "observed_over_expected_low": 1.2,
        "observed_over_expected_high": 2.1,
    }
    (world.scores / "groups.json").write_text(json.dumps(rows))
    publish_world(world, tmp_path / "release")
    short = papers_of(Release.open(tmp_path / "release"))["model-card"]
    assert "ethnic group: Asian (1.6 (1.2 to 2.1) times as many)" in short
    assert "No group large enough" in papers_of(release)["model-card"]


def test_no_small_count_and_nothing_above_the_rule_is_in_a_paper(release: Release) -> None:
    for text in papers_of(release).values():
        cells = re.findall(r"\| (\d+) of ", text) + re.findall(r"(\d+) people (?:left out|opted out)", text)
        assert cells
        assert all(int(n) == 0 or (int(n) >= 10 and int(n) % 5 == 0) for n in cells)


def test_markup_in_a_given_fact_is_shown_as_text(release: Release) -> None:
    facts = gather_facts(release, load_settings(None, {"papers": {"team": "<script>alert(1)</script>"}}), {})
    assert "<script" not in as_page(render("atrs-record", facts), "x")


def test_papers_lie_beside_the_copies_as_markdown_and_pages(release: Release) -> None:
    written = write_papers(
        release, SETTINGS, {"leak_hunt": {"clean": True, "dates": [1, 2, 3], "run": "2026-10-01"}}
    )
    assert {Path(f).name for f in written["files"]} == {f"{n}.{k}" for n in PAPERS for k in ("md", "html")}
    card = (Path(written["folder"]) / "model-card.md").read_text(encoding="utf-8")
    assert "On 3 dates the table was made again" in card
    assert "every cell was equal" in card
    page = (Path(written["folder"]) / "model-card.html").read_text(encoding="utf-8")
    assert '<table class="govuk-table fb-table">' in page
    assert not re.search(r"https?://", page.split("</style>")[1])


@pytest.mark.xdist_group("whole_run")
def test_a_month_writes_its_papers_and_the_command_writes_them_anew(
    finished: Finished, tmp_path: Path
) -> None:
    folder = Path(finished.result["release"]["papers"]["folder"])
    card = (folder / "model-card.md").read_text(encoding="utf-8")
    assert finished.result["champion"]["champion_id"] in card
    assert "health__" in card
    done = forebridge("papers", "--out", tmp_path / "nothing", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]) == (7, "ReleaseError")
