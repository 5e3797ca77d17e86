"""Settings: frozen models over `default.toml`, a council's own file on top; an unknown key is an error."""

import tomllib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from configs.errors import SettingsError

DEFAULT_FILE = Path(__file__).with_name("default.toml")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Council(_Frozen):
    """Whose county it is, how its pages look, and where random draws start."""

    name: str
    accent_colour: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    seed: int = Field(ge=0)


class LagsDays(_Frozen):
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


class Records(_Frozen):
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


class Linkage(_Frozen):
    """How records become people."""

    ambiguity_bits_min: float = Field(gt=0)
    train_people_min: int = Field(ge=20)
    random_pairs: int = Field(ge=10_000)
    slip_bearers_max: int = Field(ge=0)
    slip_ratio_max: float = Field(gt=0, lt=1)
    m: dict[str, float]
    u: dict[str, float]


class Features(_Frozen):
    """How people are described at a date."""

    history_days_min: int = Field(ge=0)
    hospital_stay_days: int = Field(ge=0)
    neighbours_min: int = Field(ge=1)
    sex_as_feature_because: str


class Need(_Frozen):
    """How need is modelled and judged."""

    recipe: str = Field(min_length=1)
    horizon_days: int = Field(gt=0)
    horizons_days: tuple[int, ...] = Field(min_length=1)
    train_every_days: int = Field(gt=0)
    train_origins_max: int = Field(ge=2)
    gap_days: int = Field(ge=0)
    train_rows_max: int = Field(ge=1000)
    events_min: int = Field(ge=1)
    test_splits_max: int = Field(ge=1)
    capacity_share: float = Field(gt=0, le=1)
    bootstrap_samples: int = Field(ge=20)
    leakage_auc_alarm: float = Field(gt=0.5, le=1)
    trees_max: int = Field(gt=0)
    learning_rate: float = Field(gt=0, le=1)
    leaves_max: int = Field(ge=2)
    rows_per_leaf_min: int = Field(ge=1)
    rising: dict[str, tuple[str, ...]]
    falling: dict[str, tuple[str, ...]]
    leave_out: tuple[str, ...]
    search_trials_max: int = Field(ge=1)

    @model_validator(mode="after")
    def _horizons_in_order(self) -> "Need":
        rising = all(a < b for a, b in pairwise((0, *self.horizons_days)))
        if not rising or self.horizon_days not in self.horizons_days:
            raise ValueError("horizons_days must rise from above 0 and hold horizon_days")
        return self


class Gates(_Frozen):
    """What a challenger must show before it may be promoted."""

    events_min: int = Field(ge=1)
    events_sure: int = Field(ge=1)
    calibration_slope_low: float = Field(gt=0, le=1)
    calibration_slope_high: float = Field(ge=1)
    calibration_intercept_max: float = Field(gt=0)
    group_events_min: int = Field(ge=1)
    group_margin: float = Field(gt=0)


class Drift(_Frozen):
    """When the monthly run warns (amber) and when it publishes nothing until a person says go (red)."""

    index_amber: float = Field(gt=0)
    index_red: float = Field(gt=0)
    people_min: int = Field(ge=1)
    weighs_share: float = Field(ge=0, le=1)
    events_min: int = Field(ge=1)
    off_amber: float = Field(gt=0)
    off_red: float = Field(gt=0)
    stale_days: dict[str, Annotated[int, Field(gt=0)]]
    stale_red_times: float = Field(ge=1)


class Places(_Frozen):
    """How need gathers into areas."""

    draws: int = Field(ge=20)
    model_spread: float = Field(ge=0)
    fdr: float = Field(gt=0, lt=1)
    permutations: int = Field(ge=99)
    above_county_by: float = Field(ge=0)
    people_min: int = Field(ge=1)


class Zones(_Frozen):
    """How commissioning zones are drawn and walked."""

    count: int = Field(ge=1)
    tolerance: float = Field(gt=0, lt=1)
    restarts: int = Field(ge=1)
    steps: int = Field(ge=1000)
    hours_per_person_per_week: float = Field(gt=0)
    visit_minutes: float = Field(gt=0)
    walk_minutes_max: float = Field(gt=0)
    walking_kilometres_per_hour: float = Field(gt=0)


class Prices(_Frozen):
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


class Travel(_Frozen):
    """How long a journey takes."""

    detour_factor: float = Field(ge=1)
    urban_kilometres_per_hour: float = Field(gt=0)
    rural_kilometres_per_hour: float = Field(gt=0)
    method_date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


class Homes(_Frozen):
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


class Disclosure(_Frozen):
    """What must not leave."""

    hide_from: int = Field(ge=1)
    hide_to: int = Field(ge=1)
    round_to: int = Field(ge=1)
    modelled_residents_min: int = Field(ge=1)
    signed_off_by: str
    signed_off_on: str


class Serving(_Frozen):
    """How the screens are served."""

    host: str
    port: int = Field(gt=0, lt=65536)
    stale_after_days: int = Field(gt=0)
    session_hours: int = Field(gt=0)
    demo_accounts: bool


class Purpose(_Frozen):
    """Who may use the records for a purpose, and on what ground."""

    controller: str = ""
    gateway: str = ""
    approval: str = ""


class Papers(_Frozen):
    """What only people know, for the papers (model card, ATRS record, DPIA annex, TRIPOD+AI). Empty: the
    papers name it as missing, with its description here."""

    organisation: str = Field(description="the council's full name")
    team: str = Field(description="who runs the tool from day to day")
    senior_responsible_owner: str = Field(description="a post, with its holder if that is public")
    contact_email: str = Field(description="where the public may ask")
    website: str = Field(description="where the public reads about it")
    supplier: str = Field(description="who outside the council runs or changes it, or none")
    supplier_companies_house: str = Field(description="the supplier's number at Companies House, or none")
    supplier_role: str = Field(description="what the supplier does, or none")
    procurement: str = Field(description="how the supplier was chosen, or none")
    supplier_data_access: str = Field(description="what the supplier may see, or none")
    controller: str = Field(description="who decides why and how the data are used (UK GDPR, Article 4(7))")
    lawful_basis: str = Field(description="which basis of UK GDPR, Article 6, under which Act")
    special_category_condition: str = Field(
        description="which condition of UK GDPR, Article 9, and of Schedule 1 to the Data Protection Act 2018"
    )
    confidentiality_basis: str = Field(
        description="common law duty of confidence: consent, section 251, or why none is needed"
    )
    dpia_reference: str = Field(description="where the assessment is filed, its date, who approved it")
    equality_impact_reference: str = Field(description="where the equality impact assessment is filed")
    previous_process: str = Field(description="how the council planned before")
    alternatives: str = Field(description="what else was looked at, and why not")
    benefits: str = Field(description="what is expected, and how it will be measured")
    human_review: str = Field(
        description="who looks at a forecast before anything is done, and what they may change"
    )
    training: str = Field(description="what users are taught first")
    appeals: str = Field(description="how somebody objects, asks or contests")
    privacy_notice: str = Field(description="where people are told")
    retention: str = Field(description="how long records, scores and releases are kept")
    data_sharing_agreements: str = Field(description="which agreements cover the files")
    ethics_approval: str = Field(description="who approved it, or why nobody had to")
    funding: str = Field(description="who pays")
    interests: str = Field(description="interests that could sway those who made or judged it, or none")
    public_involvement: str = Field(description="how people who use care, and the public, were asked")


class Settings(_Frozen):
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
