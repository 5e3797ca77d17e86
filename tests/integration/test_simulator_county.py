"""Claims about a whole simulated county: one world lived in memory, one small county landed on disk."""

import hashlib
import json
import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from shared import shared_folder
from sklearn.metrics import roc_auc_score

from configs.errors import SettingsError
from simulator import kinds, rates
from simulator.effects import Effects
from simulator.geography import invented_county
from simulator.lives import live
from simulator.simulate import simulate
from simulator.timeline import NO_DAY, Timeline, day_number
from simulator.world import World
from simulator.writers import codes

END = date(2026, 9, 30)
LAST = day_number(END)
IMPOSSIBLE = "2025-02-31"
"""The rubbish planted in a few start dates."""


@pytest.fixture(scope="module")
def world() -> World:
    return live(invented_county(), 9000, Timeline(LAST, 5), Effects(), np.random.default_rng(11))


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("county") / "out"
    simulate(900, 4, 3, out)
    return out


def _read(county: Path, pattern: str, separator: str = ",") -> dict[str, pl.DataFrame]:
    landing = county / "landing"
    return {
        str(f.relative_to(landing)): pl.read_csv(f, infer_schema=False, separator=separator)
        for f in sorted(landing.glob(pattern))
    }


def _one(county: Path, pattern: str) -> pl.DataFrame:
    return next(iter(_read(county, pattern).values()))


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(f for f in folder.rglob("*") if f.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def _gone(world: World) -> np.ndarray:
    people = world.people
    return np.where(
        people["died"] > NO_DAY, people["died"], np.where(people["left"] > NO_DAY, people["left"], 2**30)
    )


def _person_years(world: World, low: float, high: float) -> float:
    ages = [world.age(t["person"], t["day"]) for t in world.truth[:-1]]
    return sum(((a >= low) & (a < high)).sum() * 0.5 for a in ages)


def _per_year(world: World, who: np.ndarray, day: np.ndarray, low: float, high: float) -> float:
    first = int(world.truth[0]["day"][0])
    age = world.age(who, day)
    happened = (day >= first) & (day <= LAST) & (age >= low) & (age < high)
    return happened.sum() / _person_years(world, low, high)


# --- the same arguments, the same bytes ---------------------------------------------------------------------


def test_the_same_arguments_give_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        simulate(300, seed, 2, tmp_path / name)
    a, b, c = (_digests(tmp_path / name) for name in "abc")
    assert a == b
    people = next(name for name in a if "pds_demographics" in name)
    assert a[people] != c[people]


def test_arguments_that_cannot_be_used_are_refused_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as problem:
        simulate(3, -1, 99, tmp_path / "out")
    assert len(problem.value.details) == 3
    assert not (tmp_path / "out").exists()


def test_a_failure_while_writing_leaves_the_county_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(200, 1, 2, tmp_path / "out")
    before = _digests(tmp_path / "out")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("simulator.simulate.write_truth", fail)
    with pytest.raises(OSError, match="disk full"):
        simulate(200, 2, 2, tmp_path / "out")
    assert _digests(tmp_path / "out") == before


# --- lives --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "log", ["admissions", "attendances", "requests", "assessments", "services", "reviews"]
)
def test_nothing_happens_to_anyone_after_death_or_leaving_or_before_arrival(world: World, log: str) -> None:
    rows = getattr(world, log)
    assert rows.size > 50
    assert (rows["day"] <= _gone(world)[rows["person"]]).all()
    assert (rows["day"] >= world.people["arrived"][rows["person"]] - 1).all()


def test_death_closes_support_and_hospital_stays(world: World) -> None:
    died = world.people["died"]
    for log in (world.services, world.admissions):
        dead = died[log["person"]] > NO_DAY
        assert dead.sum() > 100
        assert (log["until"][dead] > NO_DAY).all()
        assert (log["until"][dead] <= died[log["person"][dead]]).all()
    services = world.services
    at_death = (services["until"] == died[services["person"]]) & (services["until"] > NO_DAY)
    assert (services["why_ended"][at_death] == kinds.DIED).mean() > 0.95


def test_nobody_lives_in_two_places_at_once(world: World) -> None:
    spells = world.residences.frame().sort("person", "since", "until")
    until = pl.when(pl.col("until") == NO_DAY).then(2**30).otherwise(pl.col("until"))
    spells = spells.with_columns(until=until, next=pl.col("since").shift(-1).over("person"))
    assert spells.filter(pl.col("next") < pl.col("until")).is_empty()


def test_everyone_alive_and_here_has_exactly_one_open_residence(world: World) -> None:
    spells = world.residences
    still = np.bincount(spells["person"][spells["until"] == NO_DAY], minlength=world.people.size)
    assert (still == world.people["resident"]).all()


def test_long_term_support_spells_of_a_person_do_not_overlap(world: World) -> None:
    rows = world.services.frame().filter(pl.col("kind") <= kinds.K_COMMUNITY).sort("person", "day", "until")
    until = pl.when(pl.col("until") == NO_DAY).then(2**30).otherwise(pl.col("until"))
    rows = rows.with_columns(until=until, next=pl.col("day").shift(-1).over("person"))
    assert rows.filter(pl.col("next") < pl.col("until")).is_empty()


def test_frailty_jumps_after_a_fall_admission(world: World) -> None:
    stays, rises = world.admissions, []
    for before, after in zip(world.truth[:-1], world.truth[1:], strict=True):
        day = int(before["day"][0])
        fell = np.unique(
            stays["person"][stays["fall"] & (stays["day"] >= day + 90) & (stays["day"] < day + 180)]
        )
        rise = pl.DataFrame({"person": before["person"], "a": before["frailty"]}).join(
            pl.DataFrame({"person": after["person"], "b": after["frailty"]}), on="person"
        )
        rise = rise.with_columns(
            up=pl.col("b") - pl.col("a"), old=world.age(rise["person"].to_numpy(), day) > 65
        ).filter("old")
        rises.append(
            rise.group_by(pl.col("person").is_in(fell.tolist()).alias("fell")).agg(pl.col("up").mean())
        )
    mean = pl.concat(rises).group_by("fell").agg(pl.col("up").mean()).sort("fell")["up"]
    assert mean[1] > mean[0] + 0.02


# --- published rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("low", "high", "per_1000"), [(65, 75, 160), (75, 85, 290), (85, 130, 510)])
def test_emergency_admissions_follow_the_published_rates(
    world: World, low: float, high: float, per_1000: float
) -> None:
    stays = world.admissions
    rate = _per_year(world, stays["person"][stays["emergency"]], stays["day"][stays["emergency"]], low, high)
    assert rate * 1000 == pytest.approx(per_1000, rel=0.2)


@pytest.mark.parametrize(("low", "high", "per_100000"), [(65, 80, 930), (80, 130, 4850)])
def test_falls_admissions_follow_the_published_rates(
    world: World, low: float, high: float, per_100000: float
) -> None:
    stays = world.admissions
    rate = _per_year(world, stays["person"][stays["fall"]], stays["day"][stays["fall"]], low, high)
    assert rate * 1e5 == pytest.approx(per_100000, rel=0.25)


def test_deaths_follow_the_life_tables(world: World) -> None:
    expected = 0.0
    for truth in world.truth[:-1]:
        age, female = world.age(truth["person"], truth["day"]), world.people["female"][truth["person"]]
        men, women = rates.curve(age, rates.DEATH_MEN), rates.curve(age, rates.DEATH_WOMEN)
        expected += (np.where(female, women, men) * 0.5)[age >= 65].sum()
    died = world.people["died"]
    dead = np.flatnonzero(died >= int(world.truth[0]["day"][0]))
    assert (world.age(dead, died[dead]) >= 65).sum() == pytest.approx(expected, rel=0.2)


def test_support_and_care_homes_hold_about_the_published_shares(world: World) -> None:
    now = world.truth[-1]
    older = world.age(now["person"], now["day"]) >= 65
    assert now["in_care_home"][older].mean() == pytest.approx(0.025, rel=0.25)
    services = world.services
    live_in_year = (services["kind"] <= kinds.K_COMMUNITY) & (
        (services["until"] == NO_DAY) | (services["until"] > LAST - 365)
    )
    who = np.unique(services["person"][live_in_year])
    share = (world.age(who, LAST) >= 65).sum() / older.sum()
    assert share == pytest.approx(0.052, rel=0.25)
    requests = world.requests
    own = ~requests["carer"]
    rate = _per_year(world, requests["person"][own], requests["day"][own], 65, 130)
    assert rate == pytest.approx(0.1316, rel=0.2)


def test_older_people_live_alone_about_as_often_as_published(world: World) -> None:
    now = world.truth[-1]
    older = world.age(now["person"], now["day"]) >= 65
    women = world.people["female"][now["person"]]
    assert now["alone"][older & women].mean() == pytest.approx(0.385, rel=0.2)
    assert now["alone"][older & ~women].mean() == pytest.approx(0.25, rel=0.25)


def test_weekly_hours_are_right_skewed_as_published(world: World) -> None:
    services = world.services
    mine = (services["kind"] == kinds.K_COMMUNITY) & (services["component"] == 0)
    low, middle, high = np.percentile(services["hours"][mine], [10, 50, 90])
    assert middle == pytest.approx(10.5, rel=0.2)
    assert low == pytest.approx(3.5, rel=0.3)
    assert high == pytest.approx(28, rel=0.25)


# --- signal and noise ---------------------------------------------------------------------------------------


def _auc(
    world: World, hazard: str, who: np.ndarray, day: np.ndarray, keep: str | None = None
) -> tuple[float, float]:
    """AUC of the true monthly chance, and of age alone, for the outcome within a year among people 65+."""
    chance, happened, ages = [], [], []
    for truth in world.truth[:-2]:
        start = int(truth["day"][0])
        age = world.age(truth["person"], start)
        may = (age >= 65) & ~truth["in_care_home"]
        if keep:
            may &= (truth[keep] == 0) & ~truth["support_pending"]
        hit = np.zeros(world.people.size, dtype=bool)
        hit[who[(day >= start) & (day < start + 365)]] = True
        chance.append(truth[hazard][may])
        happened.append(hit[truth["person"]][may])
        ages.append(age[may])
    happened_all = np.concatenate(happened)
    return (
        roc_auc_score(happened_all, np.concatenate(chance)),
        roc_auc_score(happened_all, np.concatenate(ages)),
    )


def test_true_chances_of_emergency_admission_predict_it_but_never_nearly_perfectly(world: World) -> None:
    stays = world.admissions
    best, age = _auc(
        world, "emergency_admission", stays["person"][stays["emergency"]], stays["day"][stays["emergency"]]
    )
    assert 0.70 < best < 0.82
    assert best > age + 0.05


def test_true_chances_of_support_at_home_predict_it_but_never_nearly_perfectly(world: World) -> None:
    rows = world.services.frame().filter(pl.col("kind") == kinds.K_COMMUNITY).sort("person", "day")
    first = rows.group_by("person", maintain_order=True).first()
    best, age = _auc(
        world, "long_term_at_home", first["person"].to_numpy(), first["day"].to_numpy(), keep="support"
    )
    assert 0.72 < best < 0.87
    assert best > age + 0.03


def test_a_world_without_an_effect_has_no_such_effect() -> None:
    """The circumstances truly drive the chances: without the planted effect of frailty it tells nothing but age."""
    from dataclasses import replace

    planted = Effects()
    plain = replace(planted, emergency=replace(planted.emergency, frailty=0.0, luck=0.0, after_discharge=0.0))
    county = invented_county()
    spread = []
    for effects in (planted, plain):
        lived = live(county, 1500, Timeline(LAST, 2), effects, np.random.default_rng(3))
        now = lived.truth[-1]
        middle = (lived.age(now["person"], LAST) > 70) & (lived.age(now["person"], LAST) < 80)
        frail, fit = middle & (now["frailty_z"] > 1), middle & (now["frailty_z"] < -1)
        spread.append(now["emergency_admission"][frail].mean() / now["emergency_admission"][fit].mean())
    assert spread[0] > 2.0
    assert spread[1] < 1.6


# --- the landed files ---------------------------------------------------------------------------------------


def test_all_kinds_are_landed_and_labelled_invented(county: Path) -> None:
    toml = tomllib.loads((county / "landing" / "landing.toml").read_text(encoding="utf-8"))
    assert toml["data"]["invented"] is True
    assert toml["la_code"] == "999"
    assert "invented" in toml["legal"]["council_tax"]["gateway"]
    wanted = (
        "people/pds_demographics_* people/national_data_opt_outs_* people/objections_* social_care/cld_* health/apc_* "
        "health/ecds_* health/gp_flags_* housing/addressbase_core_* housing/nsul_* housing/council_tax_2* "
        "housing/council_tax_codes.csv housing/tenancies_* housing/adaptations_* housing/epc_* places/*.geojson "
        "places/iod2025* places/ruc2021* places/population* places/*lookup* places/naptan* supply/HSCA_* "
        "supply/candidate_sites.csv supply/providers.csv supply/carers.csv supply/visits_* "
        "supply/commissioned_hours.csv"
    )
    assert not [pattern for pattern in wanted.split() if not list((county / "landing").glob(pattern))]


def test_codes_in_client_level_data_stand_in_the_release_2_lists(county: Path) -> None:
    lists = json.loads(shared_folder("reference", "data_specs_codes.json").read_text(encoding="utf-8"))["cld"]
    allowed = {
        "Event Type": set(lists["event_type"]),
        "Client Type": set(lists["client_type"]["R2"]),
        "Service Type": set(lists["service_type"]["R2"]),
        "Service Component": set(lists["service_component"]["R2"]),
        "Delivery Mechanism": set(lists["delivery_mechanism"]["R2"]),
        "Cost Frequency (Unit Type)": set(lists["cost_frequency"]["R2"]),
        "Event Outcome": set(lists["event_outcome_R2_hierarchy"]),
        "Accommodation Status": {
            *lists["accommodation_R2"]["settled"],
            *lists["accommodation_R2"]["unsettled"],
        },
        "Review Reason": {*lists["review_reason_R1"]["values"], *lists["review_reason_R1"]["R2_extra"]},
    }
    for frame in _read(county, "social_care/*.csv").values():
        assert frame.columns == lists["headers_spec"]
        for column, values in allowed.items():
            assert set(frame[column].drop_nulls()) <= values, column


def test_every_service_type_and_component_we_know_can_be_written() -> None:
    assert len(codes.SERVICE_TYPES) == len(kinds.KINDS)
    assert set(codes.COMPONENTS) == set(kinds.COMPONENTS)
    assert len(codes.REQUEST_OUTCOMES) == len(kinds.SEQUELS)


def test_rolling_extracts_overlap_and_show_some_facts_only_later(county: Path) -> None:
    extracts = _read(county, "social_care/*.csv")
    assert len(extracts) == 12
    first, second = list(extracts.values())[5:7]
    shared = first.join(second, on="Event Reference", how="semi")
    assert len(shared) > 0.5 * len(first)
    late = second.join(first, on="Event Reference", how="anti").filter(
        pl.col("Event End Date") < first["Reporting Period End Date"][0]
    )
    assert len(late) > 0
    closed = first.join(second, on="Event Reference").filter(
        pl.col("Event End Date").is_null() & pl.col("Event End Date_right").is_not_null()
    )
    assert len(closed) > 0


def test_no_extract_shows_what_happened_after_it_was_cut(county: Path) -> None:
    dated = {
        "social_care/*.csv": ("Event Start Date", "Event End Date", "Date of Death"),
        "health/ecds_*.csv": ("ARRIVAL_DATE",),
        "housing/council_tax_2*.csv": ("Discount/exemption start date",),
        "health/gp_flags_*.csv": ("snapshot_date", "last_contact_date"),
    }
    for pattern, columns in dated.items():
        for name, frame in _read(county, pattern).items():
            stamp = name.rsplit("_", 1)[1].removesuffix(".csv")
            cut = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:]}"
            for column in columns:
                latest = frame.filter(pl.col(column) != IMPOSSIBLE)[column].max()
                assert latest is None or latest <= min(cut, END.isoformat()), (name, column)


def test_episodes_of_a_spell_follow_one_another_and_falls_are_coded_as_such(county: Path) -> None:
    rows = pl.concat(_read(county, "health/apc_*.csv", "|").values())
    per_spell = rows.unique("EPIKEY").group_by("SUSSPELLID").len()["len"]
    assert (per_spell > 1).mean() > 0.05
    fell = rows.filter(pl.col("CAUSE_4").is_not_null())
    assert len(fell) > 5
    assert fell["CAUSE_4"].str.contains(r"^W[01]\d").all()
    assert fell["DIAG_4_01"].str.contains(r"^[ST]\d").all()
    assert rows["DIAG_4_01"].str.len_chars().unique().to_list() == [4]
    assert (rows["EPISTART"] <= rows["EPIEND"]).all()


def test_the_gazetteer_covers_every_home_and_care_homes_have_beds_for_their_residents(county: Path) -> None:
    gazetteer, lookup = _one(county, "housing/addressbase*"), _one(county, "housing/nsul*")
    assert gazetteer["uprn"].is_unique().all()
    assert set(gazetteer["uprn"]) == set(lookup["UPRN"])
    classes = set(gazetteer["classification_code"])
    assert {"RD02", "RD03", "RD04", "RD06", "RD08", "RI01", "PP"} <= classes
    homes = _one(county, "supply/HSCA*").filter(pl.col("Care home?") == "Y")
    residents = pl.read_parquet(county / "truth" / "residences.parquet").filter(
        "care_home", pl.col("until").is_null()
    )
    beds = homes["Care homes beds"].cast(pl.Int64).sum()
    assert 0.45 < len(residents) / beds <= 1.05
    assert set(homes["Location UPRN ID"]) <= set(gazetteer.filter(classification_code="RI01")["uprn"])


def test_population_is_the_invented_people_who_live_there_at_the_end(county: Path) -> None:
    population = _one(county, "places/population*")
    total = population.drop("lsoa21cd").cast(pl.Int64).sum_horizontal().sum()
    truth = pl.read_parquet(county / "truth" / "residences.parquet").filter(pl.col("until").is_null())
    assert total == truth["person"].n_unique()


def test_certificates_are_scarcest_among_settled_owners(county: Path) -> None:
    epc, gazetteer = _one(county, "housing/epc*"), _one(county, "housing/addressbase*")
    homes = gazetteer.filter(pl.col("classification_code").str.starts_with("RD"))
    coverage = epc["uprn"].drop_nulls().n_unique() / 0.92 / len(homes)
    assert 0.5 < coverage < 0.7
    owned = (epc["tenure"] == "Owner-occupied").sum() / len(epc)
    assert owned < 0.62


# --- the truth ----------------------------------------------------------------------------------------------


def test_the_truth_lies_outside_the_landing_and_landed_files_hold_no_column_of_it(county: Path) -> None:
    assert sorted(p.name for p in county.iterdir()) == ["landing", "truth"]
    for frame in _read(county, "*/*.csv").values():
        assert not [c for c in frame.columns if "true" in c.lower()]


def test_the_truth_names_the_person_of_each_landed_row(county: Path) -> None:
    identity = pl.read_parquet(county / "truth" / "identity.parquet")
    people = pl.read_parquet(county / "truth" / "people.parquet").select("person", "nhs_number")
    for name, frame in _read(county, "people/*.csv").items():
        rows = frame.with_row_index("row", offset=2).select(pl.col("row").cast(pl.Int64), landed="nhs_number")
        known = identity.filter(pl.col("file") == name, pl.col("role") == "subject").join(rows, on="row")
        assert len(known) == len(frame)
        joined = known.join(people, on="person").drop_nulls("landed")
        assert (joined["landed"] == joined["nhs_number"]).all()


def test_some_rows_lack_an_nhs_number_and_some_sons_bear_their_fathers_name(county: Path) -> None:
    cld = pl.concat(_read(county, "social_care/*.csv").values())
    assert 0.01 < cld["NHS Number"].is_null().mean() < 0.12
    people = _one(county, "people/pds*").unique("nhs_number")
    same = people.drop_nulls("uprn").group_by("given_name", "family_name", "uprn").len()
    assert (same["len"] > 1).any()


def test_the_pipeline_reads_the_landing_and_quarantines_only_planted_rubbish(county: Path) -> None:
    from configs.settings import load_settings
    from features.records.landing import read_landing

    landed = read_landing(county / "landing", load_settings())
    assert landed.invented
    rows = sum(len(table) for table in landed.tables.values())
    assert len(landed.quarantine) < 0.02 * rows


# --- a real place -------------------------------------------------------------------------------------------


@pytest.fixture
def shropshire(tmp_path: Path) -> Path:
    simulate(3000, 2, 2, tmp_path / "out", place=shared_folder("opendata") / "shropshire")
    return tmp_path / "out"


def test_a_place_folder_keeps_the_age_structure_of_its_areas(shropshire: Path) -> None:
    invented = _one(shropshire, "places/population*")
    real = pl.read_csv(shared_folder("opendata", "shropshire_population2020_by_age.csv"))
    older = ["65-69", "70-74", "75-79", "80-84", "85-89", "90+"]
    bands = invented.columns[1:]
    both = invented.with_columns(pl.col(bands).cast(pl.Int64)).join(
        real, left_on="lsoa21cd", right_on="lsoa21_code", suffix="_real"
    )
    share = both.select(
        ours=pl.sum_horizontal(older) / pl.sum_horizontal(bands),
        real=pl.sum_horizontal([f"{b}_real" for b in older])
        / pl.sum_horizontal([f"{b}_real" for b in bands]),
        people=pl.sum_horizontal(bands),
    )
    overall = (share["ours"] * share["people"]).sum() / share["people"].sum()
    assert overall == pytest.approx((share["real"] * share["people"]).sum() / share["people"].sum(), abs=0.03)
    fifths = (
        share.with_columns(fifth=pl.col("real").rank("ordinal") * 5 // (len(share) + 1))
        .group_by("fifth")
        .agg(pl.col("real").mean(), ours=(pl.col("ours") * pl.col("people")).sum() / pl.col("people").sum())
        .sort("fifth")
    )
    assert fifths["ours"].is_sorted()
    assert (fifths["ours"] - fifths["real"]).abs().max() < 0.05
