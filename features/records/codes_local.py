"""A council's own codes, from `[codes.<kind>."<column>"]` in landing.toml, by our columns and checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from configs.extract_specs import ExtractSpec, Kind, normalise_code
from configs.landing_toml import LandingToml
from features.records.recognise import fit_header


@dataclass(frozen=True)
class LocalCodes:
    """`by_kind`: kind -> our column -> local value -> national value; `defects`: what cannot be used."""

    by_kind: dict[str, dict[str, dict[str, str]]]
    defects: list[str]


def local_codes(toml: LandingToml, specs: Mapping[str, ExtractSpec]) -> LocalCodes:
    """Resolve the column names of landing.toml (the publisher's or ours) and check every national value."""
    by_kind: dict[str, dict[str, dict[str, str]]] = {}
    defects: list[str] = []
    for kind, columns in toml.codes.items():
        if kind not in specs:
            defects.append(f"landing.toml: [codes.{kind}] is no kind of file")
            continue
        by_kind[kind] = {}
        for landed, codes in columns.items():
            ours = _our_column(specs[kind].latest, landed)
            where = f'landing.toml: [codes.{kind}."{landed}"]'
            if ours is None:
                defects.append(f"{where} is no column of that kind")
                continue
            by_kind[kind][ours] = dict(codes)
            defects += [
                f"{where} = {v!r} is not on the national list" for v in _strangers(specs, kind, ours, codes)
            ]
    return LocalCodes(by_kind, defects)


def _our_column(kind: Kind, landed: str) -> str | None:
    return next(iter(fit_header(kind, [landed]).columns), None)


def _strangers(
    specs: Mapping[str, ExtractSpec], kind: str, column: str, codes: Mapping[str, str]
) -> list[str]:
    spec = specs[kind].latest.columns[column]
    if spec.type == "flag":
        known = {"y", "n", "yes", "no", "true", "false", "1", "0"}
    elif spec.type == "code":
        known = {normalise_code(v) for v in (*spec.values, *spec.codes.values())}
    else:
        return [] if spec.local_codes else list(codes.values())
    return sorted({v for v in codes.values() if normalise_code(v) not in known})
