"""What the care log counts: kinds of service, parts, endings, routes, sequels and reviews, each by its
number."""

import polars as pl

from simulator import rates

KINDS = ("nursing", "residential", "community", "st_max", "low_level", "other_short", "carer")
K_NURSING, K_RESIDENTIAL, K_COMMUNITY, K_ST_MAX, K_LOW, K_SHORT, K_CARER = range(7)
COMPONENTS = (
    *rates.COMPONENTS,
    "reablement",
    "equipment",
    "short_residential",
    "emergency",
    "carer_support",
    "residential",
    "nursing",
)
OPEN, DIED, TO_CARE_HOME, AS_PLANNED, OTHER_END, MOVED_AWAY, CHANGED = range(7)
"""Why a service ended."""
COMMUNITY, DISCHARGE, SELF_FUNDER = 0, 1, 2
"""Routes of access."""
SEQUELS = (*rates.SEQUELS, "long_term", "care_home")
LONG_TERM, CARE_HOME = len(rates.SEQUELS), len(rates.SEQUELS) + 1
PLANNED, AFTER_HOSPITAL, CARER_RELATED, OTHER_REVIEW, SHORT_TERM = range(5)
"""Why a review was held."""
HOME_CARE = (pl.col("kind") == K_COMMUNITY) & (pl.col("component") == 0)
"""Services that are council-arranged home care."""
