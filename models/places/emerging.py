"""How a hotspot came about: what was on record over the last two years, beside where need is forecast to
gather.
"""

import numpy as np
from scipy.stats import kendalltau, norm

from models.places.hotspots import control_false_discoveries, score_neighbourhoods
from models.places.neighbours import Graph

RISING_P = 0.05
STEPS_MIN = 4


def score_steps(recorded: np.ndarray, graph: Graph) -> np.ndarray:
    """Gi* of each area at each step; `recorded` (steps, areas), oldest first, NaN where nobody lived."""
    scores = [score_neighbourhoods(_filled(step), graph) for step in recorded]
    return np.array(scores).reshape(recorded.shape)


def name_trends(label: list[str], scores: np.ndarray, fdr: float) -> list[str]:
    """`new`, `growing`, `persistent`, `fading` or `none` for each area.

    `label`: the class now (hot, cold, none, too_few), of the forecast; `scores` (steps, areas): Gi* of the
    same measure as recorded (`score_steps`). At each step an area was hot where its one-sided p, false
    discoveries controlled, is at most `fdr`. After ESRI's emerging hot spot
    analysis (a Mann-Kendall test of each area's Gi* over the steps), with our own plain rules:

    - growing: hot now, and Gi* rose (Kendall's tau, one-sided p at most RISING_P);
    - fading: was hot in half of the steps or more, and is not now, or Gi* fell;
    - persistent: hot now and in half of the steps or more;
    - new: hot now, and in fewer than half of the steps.

    `none` for everything else, and everywhere with fewer than STEPS_MIN steps.
    """
    if len(scores) < STEPS_MIN:
        return ["none"] * len(label)
    was_hot = np.array([control_false_discoveries(norm.sf(z)) <= fdr for z in scores])
    often = was_hot.mean(axis=0) >= 0.5
    rose, fell = _test_trends(scores)
    hot = np.array(label) == "hot"
    known = np.array(label) != "too_few"
    fading = known & often & (~hot | fell)
    named = np.select(
        [hot & rose, fading, hot & often, hot], ["growing", "fading", "persistent", "new"], default="none"
    )
    return [str(name) for name in named]


def _filled(step: np.ndarray) -> np.ndarray:
    known = np.isfinite(step)
    return np.where(known, step, step[known].mean() if known.any() else 0.0)


def _test_trends(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Areas whose scores rose, and fell, over the steps (Mann-Kendall: tau against time)."""
    order = np.arange(len(scores))
    tests = [kendalltau(order, column) for column in scores.T]
    tau = np.nan_to_num([float(t.statistic) for t in tests])
    p = np.nan_to_num([float(t.pvalue) for t in tests], nan=1.0) / 2
    return (tau > 0) & (p <= RISING_P), (tau < 0) & (p <= RISING_P)
