"""What the county is held to: the published figures, and how far from them it may be."""

from dataclasses import dataclass

HOW_SURE = ("V", "V2", "M", "assumed")
"""V: read in the source named; V2: read in another that quotes it; M: remembered or judged; assumed: no
source."""


@dataclass(frozen=True)
class Line:
    """A line of the shared reference `rates.md`: its section, its first column, and where the figure is
    from."""

    section: int
    quantity: str
    source: str
    how_sure: str


@dataclass(frozen=True)
class Target:
    """One figure to be met: within `tolerance` of `value` in proportion, for the reason `why`.

    `value` is None where the county brings its own (its areas' ages). `line` is the published line; where
    `derived` the value is worked out from the line as `why` says, and is no surer than M. `any_mess` is
    False for
    figures about the records themselves, which hold at mess 1 only.
    """

    name: str
    group: str
    what: str
    unit: str
    value: float | None
    tolerance: float
    line: Line | None
    why: str
    derived: bool = False
    any_mess: bool = True

    @property
    def how_sure(self) -> str:
        """V, V2, M or assumed."""
        if self.line is None:
            return "assumed"
        return "M" if self.derived else self.line.how_sure

    @property
    def source(self) -> str:
        """The line cited, in words."""
        if self.line is None:
            return "assumed: " + self.why
        derived = "derived from " if self.derived else ""
        return f'{derived}rates.md {self.line.section} "{self.line.quantity}": {self.line.source}'


def gather(*lists: tuple[Target, ...]) -> tuple[Target, ...]:
    """All targets as one tuple. Raises ValueError where two have one name."""
    whole = tuple(target for targets in lists for target in targets)
    names = [target.name for target in whole]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"targets named twice: {', '.join(twice)}")
    return whole
