"""How much each circumstance raises each chance: log hazard ratios, in one place so that a world may
plant its own."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Effect:
    """Log hazard ratio per unit of each circumstance (see `hazards.circumstances` for the units); 0 is
    no effect."""

    frailty: float = 0.0
    alone: float = 0.0
    cold_home: float = 0.0
    deprivation: float = 0.0
    bereaved: float = 0.0
    carer_strain: float = 0.0
    dementia: float = 0.0
    heart_or_lung: float = 0.0
    bone_or_balance: float = 0.0
    after_discharge: float = 0.0
    fell_lately: float = 0.0
    supported_at_home: float = 0.0
    care_home: float = 0.0
    winter: float = 0.0
    area: float = 0.0
    luck: float = 0.0


@dataclass(frozen=True)
class Effects:
    """All planted effects. Sizes are assumed unless noted, and sized so that a good model reaches an
    AUC of 0.70-0.84 at 65 and over.

    Frailty: between fit and severe hazards of admission and death differ 4 to 5 times (rates.md 5, Clegg
    2016), of which the effects that go with frailty (discharge, falls, dementia) give a good part.
    """

    emergency: Effect = field(
        default=Effect(
            frailty=0.36, alone=0.20, cold_home=0.22, deprivation=0.14, bereaved=0.30, carer_strain=0.20,
            heart_or_lung=0.50, after_discharge=3.20, care_home=0.45, winter=0.10, luck=0.82, area=0.06,
        )
    )  # fmt: skip
    fall: Effect = field(
        default=Effect(
            frailty=0.58, alone=0.30, cold_home=0.20, deprivation=0.05, bereaved=0.15, dementia=0.40,
            bone_or_balance=0.45, fell_lately=0.70, after_discharge=0.80, care_home=0.40,
            winter=0.08, luck=0.20, area=0.04,
        )
    )  # fmt: skip
    attendance: Effect = field(
        default=Effect(
            frailty=0.25, deprivation=0.15, bereaved=0.15, after_discharge=0.2, luck=0.5, area=0.08
        )
    )
    planned: Effect = field(default=Effect(frailty=0.15, heart_or_lung=0.2, luck=0.4))
    death: Effect = field(
        default=Effect(
            frailty=0.45, cold_home=0.08, deprivation=0.12, bereaved=0.20, dementia=0.35, heart_or_lung=0.25,
            after_discharge=1.90, winter=0.10,
        )
    )  # fmt: skip
    long_term_at_home: Effect = field(
        default=Effect(
            frailty=0.43, alone=0.42, cold_home=0.15, deprivation=0.15, bereaved=0.55, carer_strain=0.50,
            dementia=0.35, after_discharge=1.10, fell_lately=0.25, luck=0.35, area=0.08,
        )
    )  # fmt: skip
    care_home_move: Effect = field(
        default=Effect(
            frailty=0.06, alone=0.22, bereaved=0.25, carer_strain=0.10, dementia=2.60, after_discharge=0.50,
            fell_lately=0.15, supported_at_home=0.25, luck=0.20, area=0.05,
        )
    )  # fmt: skip
    other_request: Effect = field(
        default=Effect(
            frailty=0.40, alone=0.30, cold_home=0.10, deprivation=0.15, bereaved=0.45, carer_strain=0.35,
            dementia=0.30, after_discharge=1.90, fell_lately=0.30, supported_at_home=0.30, luck=0.45,
            area=0.12,
        )
    )  # fmt: skip
