"""A council's own word about its landing folder: `landing.toml`, read into frozen models."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from configs.errors import LandingError


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FilePin(_Frozen):
    """What the council says about one file, where the reader cannot or should not tell by itself."""

    kind: str | None = None
    extract_date: date | None = None
    encoding: str | None = None
    delimiter: str | None = None
    date_order: Literal["iso", "dmy", "mdy"] | None = None
    columns: dict[str, str] = {}
    """Landed name to ours (or to any name the spec knows)."""

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str | None) -> str | None:
        words = {"comma": ",", "pipe": "|", "tab": "\t", "semicolon": ";"}
        spelt = words.get(value or "", value)
        if spelt is not None and spelt not in words.values():
            raise ValueError("use one of comma, pipe, tab, semicolon")
        return spelt


class Legal(_Frozen):
    """The recorded basis on which a kind of file may be read."""

    gateway: str
    approver: str
    date: date

    @field_validator("gateway", "approver")
    @classmethod
    def _said(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("say it; an empty line is no basis")
        return value


class Data(_Frozen):
    """What the council says of the data as a whole."""

    invented: bool = False


class LandingToml(_Frozen):
    """All of `landing.toml`; every part may be left out."""

    la_code: str | None = None
    district_codes: tuple[str, ...] = ()
    data: Data = Data()
    legal: dict[str, Legal] = {}
    files: dict[str, FilePin] = {}
    codes: dict[str, dict[str, dict[str, str]]] = {}
    """By kind and column: local value to national value."""

    @field_validator("la_code", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value


def load_landing_toml(landing: Path) -> tuple[LandingToml, dict[str, Any]]:
    """The models and the plain dictionary of `landing/landing.toml`; empty ones where there is no such file.

    Raises LandingError with every unknown key and unusable value.
    """
    file = landing / "landing.toml"
    if not file.is_file():
        return LandingToml(), {}
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        return LandingToml.model_validate(raw), raw
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        details = [f"landing.toml is not valid TOML in UTF-8: {type(problem).__name__}"]
        if isinstance(problem, tomllib.TOMLDecodeError):
            details = [f"landing.toml is not valid TOML: {problem}"]
    except ValidationError as problem:
        details = [f"landing.toml, {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
    raise LandingError(
        "landing.toml cannot be used",
        where="landing.toml",
        todo="Mend these lines; docs/reference/landing.md shows every key",
        details=details,
    ) from None
