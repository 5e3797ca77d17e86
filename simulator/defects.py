"""What was planted where: the list of defects beside the landing."""

import polars as pl

from simulator.landed import DEFECT_SCHEMA, Landing


def defects_frame(landing: Landing) -> pl.DataFrame:
    """All planted defects, sorted: file (inside the landing), row (as a spreadsheet numbers it, 0 for the
    whole file), column (empty for the whole row), defect (a word of mess.WORDS), person (-1 where none).
    Empty at dial 0."""
    noted = pl.concat([pl.DataFrame(schema=DEFECT_SCHEMA), *landing.defects])
    return noted.sort("file", "row", "column", "defect", "person")
