"""A map layer and its legend: classes, colours by name, counts, and the sentence that says what it shows."""

from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

import polars as pl

HIDDEN = "hidden"
HIDDEN_WORDS = "Too few to show"
NO_DATA_WORDS = "No data"
SCALE_STEPS = 5


@dataclass(frozen=True)
class LegendClass:
    """One entry of a legend: the class's key, its words, its colour's name, and how many areas are in it."""

    key: str
    label: str
    colour: str
    count: int


@dataclass(frozen=True)
class Layer:
    """One map layer: `values` holds for each area its class key, its figure in words and a number to sort
    by.
    """

    id: str
    title: str
    column: str
    about: str
    scale: str
    classes: list[LegendClass]
    values: dict[str, tuple[str, str, float | None]] = field(repr=False)
    sentence: str = ""

    def for_page(self) -> dict[str, Any]:
        """Everything but the values, as JSON."""
        facts = ("id", "title", "column", "about", "scale", "sentence")
        return {**{k: getattr(self, k) for k in facts}, "classes": [asdict(c) for c in self.classes]}


def sequential(frame: pl.DataFrame, edges: list[float], **facts: str) -> Layer | None:
    """A layer of classes between `edges`, lightest first; `frame` as for `layer_of`."""
    ends = ["0", *map(_plain, edges)]
    labels = {str(i + 1): f"{low} to {high}" for i, (low, high) in enumerate(pairwise(ends))}
    labels["1"] = f"Under {ends[1]}" if edges else "All areas"
    if edges:
        labels[str(len(ends))] = f"{ends[-1]} or more"
    return layer_of(frame, labels, scale="sequential", colours=None, **facts)


def layer_of(
    frame: pl.DataFrame,
    labels: dict[str, str],
    *,
    scale: str,
    colours: dict[str, int] | None = None,
    **facts: str,
) -> Layer | None:
    """A layer from `area_code, area_name, step, words, number`; null `step` is hidden or unknown."""
    frame = frame if "hidden" in frame.columns else frame.with_columns(hidden=pl.lit(False))
    if frame.select(pl.col("step").is_null().all() & ~pl.col("hidden").fill_null(False).any()).item():
        return None
    unknown = pl.col("hidden").fill_null(False)
    told = frame.with_columns(
        key=pl.col("step").cast(pl.String).fill_null(HIDDEN),
        said=pl.coalesce(
            "words", pl.when(unknown).then(pl.lit(HIDDEN_WORDS)).otherwise(pl.lit(NO_DATA_WORDS))
        ),
    )
    counts = dict(told.group_by("key").len().iter_rows())
    paint = _colours(list(labels), scale, colours)
    classes = [LegendClass(k, v, paint[k], counts.get(k, 0)) for k, v in labels.items()]
    if counts.get(HIDDEN):
        classes.append(LegendClass(HIDDEN, "Too few to show, or no data", HIDDEN, counts[HIDDEN]))
    values = {c: (k, s, n) for c, k, s, n in told.select("area_code", "key", "said", "number").iter_rows()}
    return Layer(
        classes=classes, values=values, scale=scale, sentence=_sentence(told, scale, facts["title"]), **facts
    )


def _colours(keys: list[str], scale: str, numbers: dict[str, int] | None) -> dict[str, str]:
    """The colour's name of each class. Fewer than five steps are spread over the whole of the scale."""
    if numbers is not None:
        return {k: f"{scale}-{numbers[k]}" for k in keys}
    if scale != "sequential":
        return {k: f"{scale}-{k}" for k in keys}
    last = max(len(keys) - 1, 1)
    return {k: f"{scale}-{1 + round(at * (SCALE_STEPS - 1) / last)}" for at, k in enumerate(keys)}


def _sentence(told: pl.DataFrame, scale: str, title: str) -> str:
    """One sentence saying what the map shows: where the most is, and the least."""
    known = told.filter(pl.col("number").is_not_null(), pl.col("step").is_not_null())
    if scale == "zones":
        return f"{known['step'].n_unique()} zones over {told.height} areas."
    if scale == "diverging":
        hot = known.filter(pl.col("step") == 3)["area_name"].to_list()
        return f"{len(hot)} of {told.height} areas are hot spots{': ' + listed(hot) if hot else ''}."
    if scale == "pair":
        return f"{int((known['step'] == 2).sum())} of {told.height} areas are rural."
    if known.is_empty():
        return "No area may be shown at this level."
    top = (
        known.sort(["step", "number", "area_code"], descending=[True, True, False])
        .head(3)["area_name"]
        .to_list()
    )
    return f"{title}: highest in {listed(top)}."


def listed(names: list[str], most: int = 3) -> str:
    """Names in a sentence: A, B and C; or A, B, C and 5 more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def whole(value: float | None) -> str:
    """A whole number with thousands separators; a dash for none."""
    return "–" if value is None else f"{value:,.0f}"


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def whole_words(column: str) -> pl.Expr:
    """The number with thousands separators, at most six figures."""
    whole = pl.col(column).round(0).cast(pl.Int64)
    thousands, rest = whole // 1000, (whole % 1000).cast(pl.String)
    return (
        pl.when(whole >= 1000)
        .then(pl.concat_str(thousands.cast(pl.String), pl.lit(","), rest.str.zfill(3)))
        .otherwise(whole.cast(pl.String))
    )


def number_words(column: str) -> pl.Expr:
    """A number in words: whole where it is whole, else to one decimal; null stays null."""
    whole = pl.col(column) == pl.col(column).round(0)
    return pl.when(whole).then(whole_words(column)).otherwise(pl.col(column).round(1).cast(pl.String))
