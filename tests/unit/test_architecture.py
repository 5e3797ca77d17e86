"""Claims about the house itself: one door for each outside library, short functions, a story on one screen."""

import ast
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PACKAGES = ("configs", "features", "models", "serving", "pipelines", "simulator")

DOORS = {
    "splink": ("features/records/people",),
    "uk_address_matcher": ("features/records/addresses",),
    "lightgbm": ("models/need/estimator",),
    "mlflow": ("models/need/registry",),
    "esda": ("models/places/hotspots",),
    "libpysal": ("models/places/neighbours", "models/plans/neighbours"),
    "highspy": ("models/solver",),
    "prefect": ("pipelines/flows", "pipelines/schedule"),
    "fastapi": ("serving/web/",),
    "deltalake": ("serving/release", "serving/store"),
    "sqlalchemy": ("serving/web/",),
    "statsforecast": ("models/places/series",),
}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for file in sorted((TOP / package).rglob("*.py")):
            yield file.relative_to(TOP).as_posix(), ast.parse(file.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> set[str]:
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("library", sorted(DOORS))
def test_each_outside_library_has_one_door(library: str) -> None:
    users = [name for name, tree in _modules() if library in _imported(tree)]
    assert users, f"nobody uses {library}"
    assert [u for u in users if not u.startswith(DOORS[library])] == []


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=TOP, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_half_of_all_functions_are_eight_lines_or_fewer() -> None:
    lengths = []
    for _, tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                has_doc = ast.get_docstring(node) is not None
                first = node.body[1] if has_doc and len(node.body) > 1 else node.body[0]
                lengths.append((node.body[-1].end_lineno or 0) - first.lineno + 1)
    assert statistics.median(lengths) <= 8


def test_modules_stay_under_about_three_hundred_lines() -> None:
    lengths = {f: len((TOP / f).read_text(encoding="utf-8").splitlines()) for f, _ in _modules()}
    assert {f: n for f, n in lengths.items() if n > 330} == {}


def test_every_package_folder_is_installed() -> None:
    listed = set(tomllib.loads((TOP / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        f.parent.relative_to(TOP).as_posix().replace("/", ".")
        for p in PACKAGES
        for f in (TOP / p).rglob("__init__.py")
    }
    assert listed == found


def test_public_functions_say_what_they_do() -> None:
    silent = [
        f"{name}:{node.name}"
        for name, tree in _modules()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and ast.get_docstring(node) is None
    ]
    assert silent == []


def test_the_story_fits_on_a_screen_or_two() -> None:
    story = (TOP / "pipelines" / "steps.py").read_text(encoding="utf-8").splitlines()
    assert len(story) < 220


def test_nothing_but_settings_reads_the_clock_inside_the_stages() -> None:
    clocks = {"today", "now", "utcnow"}
    readers = [
        f"{name}:{node.lineno}"
        for name, tree in _modules()
        if name.startswith(("features/", "models/", "configs/"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in clocks
    ]
    assert readers == []


def test_the_page_of_features_is_what_the_declarations_say() -> None:
    from configs.settings import load_settings
    from features.dictionary import PAGE, describe_columns, render_page
    from features.table import all_columns

    written = render_page(describe_columns(all_columns(load_settings())))
    assert (TOP / PAGE).read_text(encoding="utf-8") == written, "run: python -m features.dictionary"
