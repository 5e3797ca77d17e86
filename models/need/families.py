"""Which features come from where, as far as models need to know it."""

from functools import cache

from features.declared import columns_of
from features.table import FAMILIES


@cache
def council_tax_features() -> frozenset[str]:
    """The features that rest on the council's bills: their use beyond collecting the tax is contested."""
    return frozenset(c.name for c in columns_of(FAMILIES) if "council_tax" in c.feature.view.tables)
