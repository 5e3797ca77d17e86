"""A separate check of a simulated county that uses none of the simulator's code: base rates, planted effects,
clusters and changes, chances, defects and identities, recomputed from `landing/` and `truth/` alone. By hand:

    python benchmarks/county_check.py COUNTY [--against COUNTY2] [--json]

`--against`: a county of the same seed and size in another world, held beside this one. Exits 1 where anything
is not as `truth/world.json` and the published figures say.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import county_check_areas as areas
import county_check_chances as chances
import county_check_changes as changes
import county_check_defects as defects
import county_check_effects as effects
import county_check_rates as rates
from county_check_county import County
from county_check_lines import FEW, OK, WRONG, Line, summary


def main() -> None:
    """Print every line and exit by whether all hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("county", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    county = County(wanted.county)
    lines = list(check(county, County(wanted.against) if wanted.against else None))
    print(as_json(county, lines) if wanted.json else as_table(county, lines))
    sys.exit(1 if any(not line.ok for line in lines) else 0)


def check(county: County, against: County | None = None) -> Iterator[Line]:
    """Every line of every part."""
    yield from rates.check(county)
    yield from effects.check(county, against)
    yield from areas.check(county, against)
    yield from changes.check(county, against)
    yield from chances.check(county)
    yield from defects.check(county)


def as_table(county: County, lines: list[Line]) -> str:
    """For people."""
    counts = summary(lines)
    told = [f"\n{line.part}\n{line}" if _first(lines, k) else str(line) for k, line in enumerate(lines)]
    world = county.world
    return "\n".join(
        [
            f"Synthetic county: {world['world']}, seed {world['seed']}, "
            f"{world['years']} years, mess {world['mess']}",
            f"{'':8}{'what':78}{'expected':>24}{'found':>10} (95% interval)",
            *told,
            f"\n{counts[OK]} as they should be, {counts[WRONG]} wrong, {counts[FEW]} too few to tell",
        ]
    )


def _first(lines: list[Line], k: int) -> bool:
    return k == 0 or lines[k].part != lines[k - 1].part


def as_json(county: County, lines: list[Line]) -> str:
    """For machines."""
    told = {"world": county.world["world"], "counts": summary(lines), "lines": [x.as_dict() for x in lines]}
    return json.dumps(told, indent=1)


if __name__ == "__main__":
    main()
