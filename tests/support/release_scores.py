"""What the stages `scores` and `drift` leave of an invented county, for a release to read."""

import json
from datetime import date
from pathlib import Path

OUTCOMES = {
    "long_term_community_start": (0.006, 0.045),
    "care_home_admission": (0.0004, 0.016),
    "emergency_admission": (0.05, 0.19),
    "fall_admission": (0.002, 0.026),
}
HORIZON = 365


def write_scores(scores: Path, drift: Path, as_of: date) -> None:
    """The files of the stages `scores` and `drift` that a release reads, and those it must not open."""
    rows = []
    for k, outcome in enumerate(OUTCOMES):
        for age, people, events in (("18-64", 14_200, 82 if k != 1 else 4), ("65+", 6_300, 240 - 30 * k)):
            for model, auc in (("champion", 0.763 - 0.01 * k), ("age_alone", 0.701), ("rule", 0.664)):
                rows.append(
                    {
                        "outcome": outcome, "age_group": age, "horizon_days": HORIZON, "model": model, "kind": "outcome",
                        "n_people": people, "n_events": events, "test_origin": "2025-10-01", "auc": auc,
                        "auc_low": auc - 0.028, "auc_high": auc + 0.028, "average_precision": auc - 0.55,
                        "average_precision_low": auc - 0.6, "average_precision_high": auc - 0.5,
                        "ppv_at_capacity": auc - 0.5, "ppv_at_capacity_low": auc - 0.56, "ppv_at_capacity_high": auc - 0.44,
                        "sensitivity_at_capacity": 0.31, "capacity": 100, "brier": 0.031, "calibration_slope": 0.97,
                        "calibration_intercept": -0.04, "synthetic": True,
                    }
                )  # fmt: skip
    (scores / "evaluation.json").write_text(json.dumps(rows), encoding="utf-8")
    (scores / "groups.json").write_text(json.dumps(_groups()), encoding="utf-8")
    calibration, decision = _curves()
    (scores / "calibration.json").write_text(json.dumps(calibration), encoding="utf-8")
    (scores / "decision.json").write_text(json.dumps(decision), encoding="utf-8")
    champion = {
        "champion_id": "999-invented-1",
        "version": 1,
        "provisional": True,
        "trained_at_origin": "2025-10-01",
        "council": "999-invented",
    }
    (drift / "drift.json").write_text(json.dumps(_drift(as_of)), encoding="utf-8")
    (scores / "champion.json").write_text(json.dumps(champion), encoding="utf-8")
    (scores / "picture.json").write_text(json.dumps(_picture()), encoding="utf-8")
    (scores / "model_facts.json").write_text(json.dumps(_model_facts()), encoding="utf-8")
    for name in ("person.parquet", "household.parquet", "hours.parquet"):
        (scores / name).write_bytes(b"person-level: a release that opens this file fails here")


def _curves() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Tenths of 630 people, to three of the first of whom it happened; two thresholds."""
    about = {"outcome": "fall_admission", "age_group": "65+", "horizon_days": 365, "synthetic": True}
    tenths: list[dict[str, object]] = [
        {**about, "bin": k, "n_people": 630, "n_events": 3 if k == 1 else 12 * k, "predicted": 0.01934 * k,
         "observed": (3 if k == 1 else 12 * k) / 630}
        for k in range(1, 11)
    ]  # fmt: skip
    benefits: list[dict[str, object]] = [
        {**about, "threshold": t, "model": m, "net_benefit": b}
        for t, each in (
            (0.0123, (0.02345, 0.0111, 0.0109, 0.0098)),
            (0.0567, (0.00512, 0.0021, 0.0019, -0.0312)),
        )
        for m, b in zip(("champion", "logistic", "age_alone", "everybody"), each, strict=True)
    ]
    return tenths, benefits


def _groups() -> list[dict[str, object]]:
    """Three attributes of one forecast; 3 of the 200 events befell people of one ethnic group. Of two GP
    practices one differs surely. Of five starts of support of one group, one had been asked for."""
    counts = {
        ("sex", "female"): (2400, 120),
        ("sex", "male"): (2100, 80),
        ("ethnic_group", "White"): (4000, 180),
        ("ethnic_group", "Asian"): (400, 17),
        ("ethnic_group", "Black"): (100, 3),
        ("gp_practice", "Z99001"): (2500, 90),
        ("gp_practice", "Z99002"): (2000, 110),
    }
    asked = {"Asian": (13, 24), "Black": (1, 5)}
    fewer = {
        "observed_over_expected": 0.7,
        "observed_over_expected_low": 0.6,
        "observed_over_expected_high": 0.9,
    }
    figures = {"observed_over_expected": 1.034, "observed_over_expected_low": 0.874, "sensitivity": 0.1234}
    return [
        {
            "outcome": "fall_admission", "age_group": "65+", "horizon_days": 365, "attribute": attribute,
            "group": group, "n_people": people, "n_events": events, "n_listed": 10, "expected": 99.9, "auc": 0.7,
            "observed_over_expected_high": 1.217, "ppv": 0.234, "synthetic": True, **figures,
            "starts": asked.get(group, (790, 800))[1], "asked_share": _share(*asked.get(group, (790, 800))),
            **(fewer if group == "Z99002" else {}),
        }
        for (attribute, group), (people, events) in counts.items()
    ]  # fmt: skip


def _share(part: int, whole: int) -> float:
    return part / whole


def _drift(as_of: date) -> dict[str, object]:
    """One thing of each state."""
    blank = {"horizon_days": None, "low": None, "high": None}
    rows = [
        {"kind": "feature", "age_group": "65+", "name": "health__frailty__now", "value": 0.13251, "state": "amber",
         "said": "frailty score: spread otherwise than at training (index 0.13; a model owes it up to 9%)", **blank},
        {"kind": "freshness", "age_group": "all", "name": "cld", "value": 30.0, "state": "green",
         "said": "newest extract of 2026-09-01, 30 days old; stale after 123", **blank},
    ]  # fmt: skip
    return {
        "as_of": as_of.isoformat(),
        "champion_id": "999-invented-1",
        "state": "amber",
        "synthetic": True,
        "rows": rows,
    }


def _picture() -> list[dict[str, object]]:
    families = {"person": 0.3, "housing": 0.1, "health": 0.4, "social_care": 0.15, "area": 0.05}
    feature = {
        "name": "health__frailty_score__now",
        "phrase": "frailty score (eFI)",
        "share": 0.21,
        "direction": "rises",
    }
    about = {"age_group": "65+", "outcome": "fall_admission", "people": 1801}
    return [{**about, "families": families, "features": [feature]}]


def _model_facts() -> dict[str, object]:
    feature = {
        "name": "person__age__now", "family": "person", "phrase": "age", "unit": "years", "source": "demographics",
        "missing_rule": "unknown when not recorded or not landed",
    }  # fmt: skip
    models = [
        {"age_group": a, "outcome": o, "trees": 40, "note": ""} for o in OUTCOMES for a in ("18-64", "65+")
    ]
    return {
        "recipe": "default", "known_before": "2026-10-01", "trained_at_origin": "2025-10-01",
        "horizons_days": [182, 365, 730], "models": models, "features": [feature], "promotion": None, "synthetic": True,
        "parameters": {"recipe": "default", "origins": 4, "events_min": 30, "learning_rate": 0.1, "leaves_max": 7, "seed": 7, "leave_out": []},
    }  # fmt: skip
