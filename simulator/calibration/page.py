"""The page of calibration: the published figures beside what each simulated county has."""

from collections.abc import Mapping, Sequence
from math import isnan

from simulator.calibration.compare import Comparison

_INTRODUCTION = """# Calibration of the simulator

What a simulated county is held to: published figures beside what was measured in counties that it wrote.
Every value is measured from the written folder alone (`landing/` and `truth/`), over all recorded years.
Every person is invented. Written by `forebridge calibrate`; do not edit.

- **Source and how sure.** Figures are lines of the shared reference `rates.md`, named by section and first
  column. V: read in the source named; V2: read in another that quotes it; M: remembered or judged; assumed:
  no source.
- **Accepted.** The target, give or take the tolerance shown, widened by two standard errors that the people
  or events measured (n) would have were the target true: binomial for shares, Poisson for rates. So a small
  county is held less tightly. Why each tolerance is what it is stands beside it.
- **Ages.** A rate over a broad band of ages is the one that the county would have with England's ages within
  the band (direct standardisation by five-year bands; falls and hip fractures by the European Standard
  Population, as published), so that an old county and a young one are held to the same figure.
- **Own target.** Ages of a county simulated on a real place are held to that place's own file; its target
  stands in brackets.
- **Outside** what is accepted is printed bold.
"""


def calibration_page(results: Mapping[str, Sequence[Comparison]]) -> str:
    """The page as Markdown: for each group of targets one table, with a column for each county in
    `results`."""
    counties = list(results)
    found = {county: {each.name: each for each in results[county]} for county in counties}
    first = _in_order(results)
    parts = [_INTRODUCTION, _summary(results)]
    for group in dict.fromkeys(each.group for each in first):
        parts.append(_table(group, [each for each in first if each.group == group], counties, found))
    return "\n".join(parts)


def _in_order(results: Mapping[str, Sequence[Comparison]]) -> list[Comparison]:
    """Each target once, in the order in which the counties name them."""
    seen: dict[str, Comparison] = {}
    for comparisons in results.values():
        for each in comparisons:
            seen.setdefault(each.name, each)
    return list(seen.values())


def _summary(results: Mapping[str, Sequence[Comparison]]) -> str:
    lines = [
        f"- {county}: {sum(each.within for each in found)} of {len(found)} within what is accepted."
        for county, found in results.items()
    ]
    return "\n".join([*lines, ""])


def _table(
    group: str,
    targets: list[Comparison],
    counties: list[str],
    found: dict[str, dict[str, Comparison]],
) -> str:
    header = ["what", "unit", "target", "tolerance", *counties, "how sure", "source", "why this tolerance"]
    lines = [f"## {group}", "", _row(header), _row(["---"] * len(header))]
    for target in targets:
        cells = [_cell(found[county].get(target.name)) for county in counties]
        goal = "its own" if target.own_target else number(target.target, target.unit)
        lines.append(
            _row(
                [
                    target.what,
                    "" if target.unit == "share" else target.unit,
                    goal,
                    f"±{target.tolerance:.1%}".replace(".0%", "%"),
                    *cells,
                    target.how_sure,
                    target.source,
                    target.why,
                ]
            )
        )
    return "\n".join([*lines, ""])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _cell(each: Comparison | None) -> str:
    if each is None:
        return "not held to it"
    if isnan(each.simulated):
        return "**nothing to measure**"
    own = f" [{number(each.target, each.unit)}]" if each.own_target else ""
    text = f"{number(each.simulated, each.unit)}{own}"
    return f"{text} (n {each.size:,})" if each.within else f"**{text}** (n {each.size:,})"


def number(value: float, unit: str) -> str:
    """A value as people read it: shares in per cent, others to three figures."""
    if isnan(value):
        return "none"
    if unit == "share":
        return f"{value:.1%}" if value >= 0.1 else f"{value:.2%}"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"
