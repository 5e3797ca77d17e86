"""Where the shared folder of open data and published instances lies, when it is there at all."""

import os
from pathlib import Path

import pytest

_BESIDE_THE_CHECKOUT = Path(__file__).resolve().parents[3] / "shared"


def shared_folder(*parts: str) -> Path:
    """The path of `shared/<parts>`; skips the test, saying so, when it is absent.

    `FOREBRIDGE_SHARED` may name another place for the folder.
    """
    folder = Path(os.environ.get("FOREBRIDGE_SHARED", _BESIDE_THE_CHECKOUT)).joinpath(*parts)
    if not folder.exists():
        pytest.skip(
            f"shared data absent: {'/'.join(parts)} (set FOREBRIDGE_SHARED to the folder that holds it)"
        )
    return folder
