"""Recipes: how models are made, as a file that lies over the settings and touches nothing else."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from configs.errors import SettingsError
from configs.settings import load_settings
from features.table import all_columns
from models.need.families import council_tax_features

RECIPES = Path(__file__).resolve().parents[2] / "configs" / "recipes"


def test_every_recipe_can_be_read_and_changes_only_how_models_are_made() -> None:
    default = load_settings()
    files = sorted(RECIPES.glob("*.toml"))
    assert files
    for file in files:
        settings = load_settings(recipe=file)
        assert settings.need != default.need
        assert settings.need.recipe != default.need.recipe
        assert settings.model_copy(update={"need": default.need}) == default


def test_the_recipe_without_council_tax_leaves_out_just_what_rests_on_the_bills() -> None:
    patterns = load_settings(recipe=RECIPES / "without_council_tax.toml").need.leave_out
    names = {column.name for column in all_columns(load_settings())}
    assert {n for n in names if any(fnmatch(n, p) for p in patterns)} == council_tax_features()


def test_features_that_never_lower_a_chance_are_features_that_are_declared() -> None:
    need = load_settings().need
    declared = {column.name for column in all_columns(load_settings())}
    assert {f for told in (need.rising, need.falling) for names in told.values() for f in names} <= declared


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[need]\ntrees_max = 10\n", "no recipe"),
        ('[need]\nrecipe = "mine"\n[places]\ndraws = 20\n', "no recipe"),
        ('[need]\nrecipe = "mine"\ntree_max = 10\n', "cannot be used"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said) as problem:
        load_settings(recipe=file)
    assert "mine.toml" in problem.value.where
