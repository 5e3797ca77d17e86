"""How long training takes, and how much of it is LightGBM's own: by hand, on a features folder.

    PYTHONPATH=. python benchmarks/train_time.py FEATURES

Time is that of the processor, of all threads; LightGBM's own is what its training and prediction take, bins and
all, of the threads that call it (it runs one thread here).
"""

import argparse
import json
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

import lightgbm as lgb

from configs.settings import load_settings
from models.need.train import train_champion

SPENT = {"train": 0.0, "predict": 0.0}
LOCK = Lock()


def clocked(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, its processor time added to SPENT."""

    def run(*given: Any, **named: Any) -> Any:
        began = time.thread_time()
        try:
            return work(*given, **named)
        finally:
            with LOCK:
                SPENT[name] += time.thread_time() - began

    return run


def main() -> None:
    """Train once on the folder; print seconds, shares and memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("features", type=Path)
    asked = parser.parse_args()
    lgb.train = clocked("train", lgb.train)
    lgb.Booster.predict = clocked("predict", lgb.Booster.predict)
    wall, cpu = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as state:
        train_champion(
            asked.features, state=Path(state), council="benchmark", settings=load_settings(), seed=7, synthetic=True
        )  # fmt: skip
    cpu = time.process_time() - cpu
    own = sum(SPENT.values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    told = {
        "wall_seconds": round(time.perf_counter() - wall, 1), "cpu_seconds": round(cpu, 1),
        "lightgbm_train": round(SPENT["train"], 1), "lightgbm_predict": round(SPENT["predict"], 1),
        "rest_on_top": round((cpu - own) / own, 3), "peak_gib": round(peak, 2),
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main()
