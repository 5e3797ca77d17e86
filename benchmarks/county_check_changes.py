"""What changes on a day, in a winter, for one ethnic group or in one practice: as much as the world says, and not
at all in the other worlds."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl
from county_check_areas import landed_requests
from county_check_county import County, as_date
from county_check_effects import CIRCUMSTANCES, KNOWN, at_home_older, first_events
from county_check_fits import least_squares, log_hazard, poisson
from county_check_lines import Estimate, Line, exactly, ratio, share, stated, too_few

PART = "changes"
DEFICITS = 36  # of the electronic frailty index, Clegg 2016
ASIAN = ("H", "J", "K", "L", "R")  # HES letters of the ethnic groups that the biased world names
CODED_NEEDED = 30
QUIET_DAYS = 90


def check(county: County, against: County | None = None) -> Iterator[Line]:
    """All lines of this part."""
    yield from eligibility(county)
    yield from coding(county, against)
    yield from requests(county, against)
    yield from winter(county)


def change_day(county: County) -> date:
    """The day of the change, or the middle of the recorded time where there is none."""
    if county.world["change_day"]:
        return date.fromisoformat(county.world["change_day"])
    end = date.fromisoformat(county.world["end"]) + timedelta(days=1)
    return county.first_day + (end - county.first_day) // 2


def eligibility(county: County) -> Iterator[Line]:
    """Starts of support after the day over before it, in true chances and in what happened; nothing else moves."""
    day, factor = change_day(county), county.world["eligibility_factor"]
    planted = factor != 1
    rows = at_home_older(county).with_columns(after=pl.col("day") >= day)
    known = [*KNOWN, *CIRCUMSTANCES, "after"]
    for hazard in ("long_term_at_home", "other_request", "emergency_admission", "care_home_move"):
        chosen = rows.filter(pl.col(hazard) > 0)
        found = least_squares(chosen, log_hazard(chosen[hazard]), known, ["band", "female"])["after"]
        size = float(np.log(factor)) if hazard == "long_term_at_home" else 0.0
        label = f"log ratio of {hazard} after {day} over before, true monthly chances"
        yield stated(PART, label, size, found, 0.05, 0.0 if size else None)
    states = first_events(county, "long_term_community_start", "long_term_at_home")
    states = states.with_columns(after=pl.col("day") >= day).filter(~pl.col("support_pending"))
    if states["event"].sum() < CODED_NEEDED:
        yield too_few(PART, "starts of support, events", states["event"].sum())
        return
    known = ["age", "age_squared", "female", "frailty_z", "dementia", "alone", "after"]
    found = poisson(states, "event", "exposure", known)["after"]
    label = f"log rate ratio of starts of support after {day} over before, events"
    yield stated(PART, label, float(np.log(factor)), found, 0.1, 0.0 if planted else None)


def coded(county: County) -> pl.DataFrame:
    """Landed deficits beside true ones: person, day, practice_code, landed, true."""
    rows = county.with_person("health/gp_flags").with_columns(day=as_date("snapshot_date"))
    rows = rows.with_columns(landed=pl.col("n_deficits").cast(pl.Float64, strict=False))
    states = county.states.select("day", "person", true=pl.col("frailty") * DEFICITS)
    rows = rows.filter(pl.col("landed").is_not_null()).join(states, on=["day", "person"])
    return rows.select("person", "day", "practice_code", "landed", "true")


def coding(county: County, against: County | None) -> Iterator[Line]:
    """Deficits that practices count, over the true ones: after the day over before it; one practice over others."""
    rows, day = coded(county), change_day(county)
    by_day = rows.with_columns(of=pl.col("day") >= day)
    found = _ratio_of_sums(by_day)
    factor = county.world["coding_factor"]
    label = f"deficits counted over true ones, after {day} over before"
    yield stated(PART, label, factor, found, 0.02, 1.0 if factor != 1 else None)
    practice, factor = county.world["over_coding_practice"], county.world["over_coding_factor"]
    if not practice:
        yield exactly(PART, "over-coding factor where no practice over-codes", 1, factor)
        return
    lists = county.landed("health/gp_flags").filter(pl.col("practice_code") != "")
    lists = lists.group_by("practice_code").len().sort("len", descending=True)
    yield exactly(
        PART,
        "rank by size of the practice that over-codes",
        0,
        lists["practice_code"].to_list().index(practice),
    )
    yield _one_practice(rows, practice, factor)
    if against is not None and not against.world["over_coding_practice"]:
        both = rows.join(coded(against), on=["person", "day", "practice_code"], suffix="_there")
        there = both.filter(pl.col("practice_code") == practice)
        value = there["landed"].sum() / max(there["landed_there"].sum(), 1)
        found = Estimate(value, 0.5 / np.sqrt(max(there.height, 1)))
        label = f"its deficits counted over the same people's in {against.world['world']}"
        yield stated(PART, label, factor, found, 0.05, 1.0)
        rest = both.filter(pl.col("practice_code") != practice)
        value = rest["landed"].sum() / rest["landed_there"].sum()
        label = f"other practices' deficits over the same people's in {against.world['world']}"
        yield stated(PART, label, 1.0, Estimate(value), 0.01)


def _ratio_of_sums(rows: pl.DataFrame) -> Estimate:
    """Landed over true where `of`, over the same elsewhere; its error from the spread of people's ratios."""
    people = rows.group_by("person", "of").agg(pl.col("landed", "true").sum())
    log, variance = 0.0, 0.0
    for sign, chosen in ((1, people.filter("of")), (-1, people.filter(~pl.col("of")))):
        r = chosen["landed"].sum() / chosen["true"].sum()
        rest = (chosen["landed"] - r * chosen["true"]).to_numpy()
        log += sign * np.log(r)
        variance += (rest**2).sum() / chosen["landed"].sum() ** 2
    return Estimate(float(np.exp(log)), float(np.sqrt(variance)), log=True)


def _one_practice(rows: pl.DataFrame, practice: str, factor: float) -> Line:
    """The practice's ratio over the others', whose own habits differ: their spread is the error."""
    ratios = rows.group_by("practice_code").agg(r=pl.col("landed").sum() / pl.col("true").sum(), n=pl.len())
    others = ratios.filter(pl.col("practice_code") != practice, pl.col("n") >= CODED_NEEDED)["r"].log()
    mine = ratios.filter(pl.col("practice_code") == practice)["r"].log()
    found = Estimate(float(np.exp(mine[0] - others.mean())), float(others.std()), log=True)
    return stated(PART, f"deficits of {practice} over other practices'", factor, found, 0.0, 1.0)


def ethnic_groups(county: County) -> pl.DataFrame:
    """person, asian: the letter most often landed for the person."""
    rows = county.with_person("people/pds").filter(pl.col("ethnicity").str.len_chars() == 1)
    letter = rows.group_by("person").agg(pl.col("ethnicity").mode().sort().first())
    return letter.select("person", asian=pl.col("ethnicity").is_in(ASIAN))


def requests(county: County, against: County | None) -> Iterator[Line]:
    """Landed requests of people of Asian ethnicity, over what their true chances lead to, beside the others'."""
    shares = set(county.world["unrecorded_request_share"].values())
    kept = 1 - (shares.pop() if shares else 0.0)
    groups = ethnic_groups(county)
    rows = landed_requests(county).join(groups, on="person")
    told = pl.col("other_request") + pl.col("long_term_at_home") + pl.col("care_home_move")
    sums = rows.group_by("asian").agg(pl.col("requests").sum(), told=(told * pl.col("exposure")).sum())
    by = {asian: (seen, due) for asian, seen, due in sums.iter_rows()}
    otherwise = 1.0 if kept != 1 else None
    label = "landed requests over those due, Asian ethnicity over others, 65+"
    if by.get(True, (0, 0))[0] < 5:
        yield too_few(PART, label, by.get(True, (0, 0))[0])
    else:
        # People who ask ask again: requests spread twice as wide as Poisson.
        found = ratio(*by[True], *by[False])
        found = Estimate(found.value, found.error * np.sqrt(2), log=True)
        yield stated(PART, label, kept, found, 0.05, otherwise)
    if against is None or against.world["unrecorded_request_share"]:
        return
    for asian, factor in ((True, kept), (False, 1.0)):
        mine, there = (
            c.requests.join(groups.filter(pl.col("asian") == asian), on="person") for c in (county, against)
        )
        still = there.join(mine, on=["person", "day"], how="semi").height
        group = "Asian ethnicity" if asian else "others"
        label = f"requests of {group} in {against.world['world']} that are landed here, share"
        if county.world["world"] == "biased":
            tolerance = 0.03 if asian else 0.02
            found = share(still, there.height)
            # requests of one person go unrecorded each by itself
            yield stated(PART, label, factor, found, tolerance, 1.0 if asian else None)


def winter(county: County) -> Iterator[Line]:
    """People admitted as an emergency (or after a fall) with none in the 90 days before: the named winter, or the
    last whole one, over the winters before it, in truth and in the landed records."""
    first, after = winter_days(county)
    planted = county.world["winter"] is not None
    factor = county.world["winter_factor"]
    for outcome in ("emergency_admission", "fall_admission"):
        days = county.truth("outcomes").filter(pl.col("outcome") == outcome).select("person", "day")
        yield _winter_line(f"{outcome}, truth", county, days, first, after, factor, planted)
    yield _winter_line(
        "emergency_admission, landed", county, landed_emergencies(county), first, after, factor, planted
    )


def winter_days(county: County) -> tuple[date, date]:
    """First day and day after of the winter that the world names, or of the last whole one."""
    if county.world["winter"]:
        return tuple(date.fromisoformat(d) for d in county.world["winter"])
    end = date.fromisoformat(county.world["end"])
    year = end.year if end >= date(end.year, 3, 1) else end.year - 1
    return date(year - 1, 12, 1), date(year, 3, 1)


def landed_emergencies(county: County) -> pl.DataFrame:
    """person, day: emergency admissions of the landed records, each spell once."""
    rows = county.with_person("health/apc")
    rows = rows.filter(pl.col("ADMIMETH").str.starts_with("2"), pl.col("EPIORDER") == "1")
    return rows.select("person", day=as_date("ADMIDATE")).drop_nulls().unique().sort("person", "day")


def _winter_line(
    name: str, county: County, days: pl.DataFrame, first: date, after: date, factor: float, planted: bool
) -> Line:
    label = f"{name}: first in 90 days, winter of {first.year} over winters before"
    days = days.unique().sort("person", "day")
    quiet = (pl.col("day") - pl.col("day").shift(1).over("person")).dt.total_days().fill_null(QUIET_DAYS)
    days = days.filter(quiet >= QUIET_DAYS)
    counts = []
    year = first.year
    while date(year, 12, 1) >= county.first_day:
        from_day, until = date(year, 12, 1), date(year + 1, 3, 1)
        counts.append(days.filter(pl.col("day").is_between(from_day, until, closed="left")).height)
        year -= 1
    if len(counts) < 2 or min(counts) < 5:
        return too_few(PART, label, sum(counts))
    found = ratio(counts[0], 1, sum(counts[1:]), len(counts) - 1)
    found = Estimate(found.value, 1.1 * found.error, log=True)  # couples share a home
    return stated(PART, label, factor, found, 0.1, 1.0 if planted else None)
