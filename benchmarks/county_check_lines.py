"""Lines of the separate check of a simulated county: what was expected, what was found, and whether they agree.

A figure is held to what is stated give or take a tolerance and 3.3 standard errors (of some three hundred
lines that is less than one false alarm), and printed with its 95% interval. A planted effect that the county is
too small to tell from nothing planted is no pass: it is counted apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

REACH = 3.3
OK, WRONG, FEW = "ok", "WRONG", "too few"


@dataclass(frozen=True)
class Estimate:
    """A figure with its standard error; `log`: the error is of its logarithm."""

    value: float
    error: float = 0.0
    log: bool = False

    def reach(self, errors: float) -> tuple[float, float]:
        """The interval of so many standard errors either way."""
        if self.log:
            return self.value * float(np.exp(-errors * self.error)), self.value * float(
                np.exp(errors * self.error)
            )
        return self.value - errors * self.error, self.value + errors * self.error


@dataclass(frozen=True)
class Line:
    """One thing checked."""

    part: str
    what: str
    expected: str
    found: Estimate
    verdict: str

    @property
    def ok(self) -> bool:
        """Whether it is as it should be: too few to tell counts as neither right nor wrong."""
        return self.verdict != WRONG

    def as_dict(self) -> dict[str, str | float]:
        """For JSON."""
        low, high = self.found.reach(1.96)
        return {
            "part": self.part,
            "what": self.what,
            "expected": self.expected,
            "found": self.found.value,
            "low": low,
            "high": high,
            "verdict": self.verdict,
        }

    def __str__(self) -> str:
        low, high = self.found.reach(1.96)
        interval = f"({number(low)} to {number(high)})" if self.found.error else ""
        return f"{self.verdict:8}{self.what:78}{self.expected:>24}{number(self.found.value):>10} {interval}"


def number(value: float) -> str:
    """Four figures, or a whole number."""
    if not np.isfinite(value):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 10 else f"{value:.4g}"


def stated(
    part: str,
    what: str,
    value: float,
    found: Estimate,
    tolerance: float = 0.0,
    otherwise: float | None = None,
) -> Line:
    """Held to one stated value, give or take `tolerance`. `otherwise`: what would be found were the world not as
    it says (nothing planted, or the default's size): where the interval holds that too, it is too few to tell."""
    low, high = found.reach(REACH)
    right = low - tolerance <= value <= high + tolerance
    near, far = found.reach(1.96)
    blind = otherwise is not None and near <= otherwise <= far
    return Line(part, what, number(value), found, WRONG if not right else FEW if blind else OK)


def within(part: str, what: str, low: float, high: float, found: Estimate) -> Line:
    """Held to a range: the interval of what was found must touch it."""
    least, most = found.reach(REACH)
    right = least <= high and most >= low and np.isfinite(found.value)
    return Line(part, what, f"{number(low)} to {number(high)}", found, OK if right else WRONG)


def at_least(part: str, what: str, low: float, found: Estimate, otherwise: float | None = None) -> Line:
    """Held from below. `otherwise` as in `stated`."""
    right = found.reach(REACH)[1] >= low
    blind = otherwise is not None and found.reach(1.96)[0] <= otherwise
    return Line(part, what, f"{number(low)} or more", found, WRONG if not right else FEW if blind else OK)


def exactly(part: str, what: str, value: float, found: float) -> Line:
    """A count that must be met."""
    return Line(part, what, number(value), Estimate(found), OK if value == found else WRONG)


def too_few(part: str, what: str, events: float) -> Line:
    """So few events that nothing can be said; the count is shown."""
    return Line(part, what, "more events", Estimate(events), FEW)


def rate(events: float, exposure: float, per: float = 1.0) -> Estimate:
    """Events over exposure, Poisson."""
    return Estimate(per * events / max(exposure, 1e-9), 1 / np.sqrt(max(events, 1.0)), log=True)


def share(part: float, whole: float) -> Estimate:
    """A share, binomial; the error of a share of none or all is that of one half case."""
    p = part / max(whole, 1.0)
    held = min(max(p, 0.5 / max(whole, 1.0)), 1 - 0.5 / max(whole, 1.0))
    return Estimate(p, float(np.sqrt(held * (1 - held) / max(whole, 1.0))))


def ratio(events: float, exposure: float, other_events: float, other_exposure: float) -> Estimate:
    """One rate over another, both Poisson."""
    value = (events / max(exposure, 1e-9)) / max(other_events / max(other_exposure, 1e-9), 1e-12)
    return Estimate(value, float(np.sqrt(1 / max(events, 1.0) + 1 / max(other_events, 1.0))), log=True)


def summary(lines: Iterable[Line]) -> dict[str, int]:
    """How many of each verdict."""
    counts = {OK: 0, WRONG: 0, FEW: 0}
    for line in lines:
        counts[line.verdict] += 1
    return counts
