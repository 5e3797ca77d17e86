"""Settings of models of need: how they are made, what they must show, when they no longer fit; and the facts
that the papers about them ask of people."""

from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Frozen(BaseModel):
    """Settings that never change once read; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Need(Frozen):
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
    simple_events_min: int = Field(ge=0)

    @model_validator(mode="after")
    def _horizons_in_order(self) -> "Need":
        rising = all(a < b for a, b in pairwise((0, *self.horizons_days)))
        if not rising or self.horizon_days not in self.horizons_days:
            raise ValueError("horizons_days must rise from above 0 and hold horizon_days")
        return self


class Ablation(Frozen):
    """A family of features asked about: what leaves the model, what circumstance it tells of (a feature that
    is 1 or 0), what people must be alike in (patterns of features), and the words for it."""

    phrase: str = Field(min_length=1)
    circumstance: str = Field(min_length=1)
    features: tuple[str, ...] = Field(min_length=1)
    beside: tuple[str, ...] = Field(min_length=1)


class Gates(Frozen):
    """What a challenger must show before it may be promoted."""

    events_min: int = Field(ge=1)
    events_sure: int = Field(ge=1)
    calibration_slope_low: float = Field(gt=0, le=1)
    calibration_slope_high: float = Field(ge=1)
    calibration_intercept_max: float = Field(gt=0)
    group_events_min: int = Field(ge=1)
    group_margin: float = Field(gt=0)
    record_starts_min: int = Field(ge=1)
    record_margin: float = Field(gt=0, lt=1)


class Drift(Frozen):
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


class Papers(Frozen):
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
