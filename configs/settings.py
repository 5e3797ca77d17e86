"""Settings: frozen models over `default.toml`, a council's own file on top; an unknown key is an error."""

import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from configs.errors import SettingsError
from configs.settings_need import Ablation, Drift, Frozen, Gates, Need, Papers

DEFAULT_FILE = Path(__file__).with_name("default.toml")


class Council(Frozen):
    """Whose county it is, how its pages look, and where random draws start."""

    name: str
    accent_colour: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    seed: int = Field(ge=0)


class LagsDays(Frozen):
    """Days until the council can know of an event, by kind of extract."""

    demographics: int = Field(ge=0)
    cld: int = Field(ge=0)
    apc: int = Field(ge=0)
    ecds: int = Field(ge=0)
    gp_flags: int = Field(ge=0)
    council_tax: int = Field(ge=0)
    tenancies: int = Field(ge=0)
    adaptations: int = Field(ge=0)
    epc: int = Field(ge=0)


class Records(Frozen):
    """How landed records are trusted and joined."""

    quarantine_share_stop: float = Field(gt=0, le=1)
    quarantine_rows_stop: int = Field(ge=1)
    quarantine_share_stop_by_kind: dict[str, Annotated[float, Field(ge=0, le=1)]]
    address_match_weight_min: float
    address_distinguishability_min: float = Field(gt=0)
    person_match_probability: float = Field(gt=0.5, lt=1)
    person_review_probability: float = Field(gt=0, lt=1)
    care_home_stay_days: int = Field(gt=0)
    opt_out_list_days_max: int = Field(ge=0)
    pseudonym_key_file: str


class Linkage(Frozen):
    """How records become people."""

    ambiguity_bits_min: float = Field(gt=0)
    train_people_min: int = Field(ge=20)
    random_pairs: int = Field(ge=10_000)
    slip_bearers_max: int = Field(ge=0)
    slip_ratio_max: float = Field(gt=0, lt=1)
    m: dict[str, float]
    u: dict[str, float]


class Features(Frozen):
    """How people are described at a date."""

    history_days_min: int = Field(ge=0)
    hospital_stay_days: int = Field(ge=0)
    neighbours_min: int = Field(ge=1)
    sex_as_feature_because: str


class Places(Frozen):
    """How need gathers into areas."""

    draws: int = Field(ge=20)
    model_spread: float = Field(ge=0)
    fdr: float = Field(gt=0, lt=1)
    permutations: int = Field(ge=99)
    above_county_by: float = Field(ge=0)
    people_min: int = Field(ge=1)
    neighbour_minutes: float = Field(gt=0)


class Zones(Frozen):
    """How commissioning zones are drawn and walked."""

    count: int = Field(ge=1)
    tolerance: float = Field(gt=0, lt=1)
    restarts: int = Field(ge=1)
    steps: int = Field(ge=1000)
    hours_per_person_per_week: float = Field(gt=0)
    visit_minutes: float = Field(gt=0)
    walk_minutes_max: float = Field(gt=0)
    walking_kilometres_per_hour: float = Field(gt=0)


class Prices(Frozen):
    """What an hour of home care costs, by component."""

    carer_pay_pounds_per_hour: float = Field(gt=0)
    on_cost_share: float = Field(ge=0)
    holiday_share: float = Field(ge=0)
    travel_share_urban: float = Field(ge=0)
    travel_share_rural: float = Field(ge=0)
    training_share: float = Field(ge=0)
    sickness_share: float = Field(ge=0)
    mileage_pounds_per_mile: float = Field(ge=0)
    miles_per_contact_hour_urban: float = Field(ge=0)
    miles_per_contact_hour_rural: float = Field(ge=0)
    overhead_pounds_per_hour: float = Field(ge=0)
    surplus_share: float = Field(ge=0)
    contact_hours_per_fte_per_week: float = Field(gt=0)
    turnover_share_per_year: float = Field(ge=0)
    vacancy_share: float = Field(ge=0, lt=1)
    weeks_per_year: float = Field(gt=52, lt=53)
    published_minimum_pounds_per_hour: float = Field(gt=0)
    hours_viable_min: float = Field(ge=0)


class Travel(Frozen):
    """How long a journey takes."""

    detour_factor: float = Field(ge=1)
    urban_kilometres_per_hour: float = Field(gt=0)
    rural_kilometres_per_hour: float = Field(gt=0)
    method_date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


class Homes(Frozen):
    """How a care home is sited and sized."""

    sites_max: int = Field(ge=1)
    travel_minutes_max: float = Field(gt=0)
    occupancy_target: float = Field(gt=0, le=1)
    residential_share_of_65_plus: float = Field(gt=0, lt=1)
    exit_share_per_year: float = Field(ge=0, lt=1)
    beds_min: int = Field(ge=1)
    unmet_minutes: float = Field(gt=0)
    new_bed_minutes: float = Field(ge=0)
    nodes_max: int = Field(ge=1)


class Disclosure(Frozen):
    """What must not leave."""

    hide_from: int = Field(ge=1)
    hide_to: int = Field(ge=1)
    round_to: int = Field(ge=1)
    modelled_residents_min: int = Field(ge=1)
    signed_off_by: str
    signed_off_on: str


class Serving(Frozen):
    """How the screens are served."""

    host: str
    port: int = Field(gt=0, lt=65536)
    stale_after_days: int = Field(gt=0)
    session_hours: int = Field(gt=0)
    demo_accounts: bool


class Purpose(Frozen):
    """Who may use the records for a purpose, and on what ground."""

    controller: str = ""
    gateway: str = ""
    approval: str = ""


class Settings(Frozen):
    """All settings. Units stand in the names; reasons and sources in `default.toml`."""

    version: int
    council: Council
    lags_days: LagsDays
    records: Records
    linkage: Linkage
    features: Features
    need: Need
    gates: Gates
    drift: Drift
    places: Places
    zones: Zones
    prices: Prices
    travel: Travel
    homes: Homes
    disclosure: Disclosure
    serving: Serving
    papers: Papers
    ablations: dict[str, Ablation]
    purposes: dict[str, Purpose]


def load_settings(
    file: Path | None = None, overrides: dict[str, Any] | None = None, recipe: Path | None = None
) -> Settings:
    """Read the defaults, lay `file` over them, then `recipe` (how models are made: a table `[need]` and no
    other), then `overrides` (nested like the TOML).

    Raises SettingsError naming every unknown key and every value out of range, all at once.
    """
    merged = _read_toml(DEFAULT_FILE)
    if file is not None:
        merged = _overlay(merged, _read_toml(file))
    if recipe is not None:
        merged = _overlay(merged, _read_recipe(recipe))
    merged = _overlay(merged, overrides or {})
    try:
        return Settings.model_validate(merged)
    except ValidationError as problem:
        raise SettingsError(
            "Some settings cannot be used",
            where=", ".join(str(f) for f in (file, recipe) if f) or str(DEFAULT_FILE),
            todo="Mend these lines; every key and its unit stand in configs/default.toml",
            details=[f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()],
        ) from None


def _read_recipe(file: Path) -> dict[str, Any]:
    said = _read_toml(file)
    others = sorted(set(said) - {"need"})
    if others or not said.get("need", {}).get("recipe"):
        raise SettingsError(
            "This is no recipe: it holds a table [need] with the recipe's name, and nothing else",
            where=str(file),
            todo='Begin it with [need] and recipe = "its-name"; see configs/recipes/thorough.toml',
            details=others,
        )
    return said


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            "The settings file is not there", where=str(file), todo="Give the path of a TOML file"
        ) from None
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError("The settings file is not valid TOML", where=f"{file}: {problem}") from None


def _overlay(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    laid = dict(below)
    for key, value in above.items():
        both_tables = isinstance(value, dict) and isinstance(laid.get(key), dict)
        laid[key] = _overlay(laid[key], value) if both_tables else value
    return laid
