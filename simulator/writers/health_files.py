"""What the files of hospitals share: when they are cut, the trusts, the quarters."""

from simulator.timeline import Timeline

EXTRACT_DAYS_AFTER = 25
PROVIDERS = ("RZ1", "RZ8")
"""Invented hospital trusts: the first is the county's own, the second its neighbour."""
DIAGNOSES, OPERATIONS = 20, 24


def quarters(timeline: Timeline) -> list[tuple[int, int]]:
    """For each quarter of the recorded time: the day before it begins, and its last day."""
    before = timeline.first_day - 1
    ends = [day for day in timeline.every(3, back_from=timeline.last_day) if day > before]
    return list(zip([before, *ends[:-1]], ends, strict=True))
