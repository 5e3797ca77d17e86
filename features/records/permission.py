"""Who may be used for which purpose: opt-outs, objections and restrictions, applied before any feature is
made."""

from datetime import date

import polars as pl

from configs.errors import PermissionRefused
from configs.settings import Settings
from configs.vocabulary import PURPOSES
from features.records.typing_dates import EARLIEST

_PLANNING = ("all", "planning")
_DIRECT_CARE = ("all", "direct-care")


def refuse_without_gateway(purpose: str, settings: Settings) -> None:
    """Raise PermissionRefused for an unknown purpose, and for case-finding without controller, gateway and
    approval."""
    if purpose not in PURPOSES:
        raise PermissionRefused(
            "There is no such purpose",
            where=f"--purpose {purpose}",
            todo=f"Choose one of: {', '.join(PURPOSES)}",
        )
    if purpose != "case-finding":
        return
    stated = settings.purposes.get(purpose)
    asked = ("controller", "gateway", "approval")
    lacking = [name for name in asked if stated is None or not getattr(stated, name).strip()]
    if lacking:
        raise PermissionRefused(
            "Case-finding has no recorded legal gateway",
            where="settings, [purposes.case-finding]",
            todo="Record the controller, the legal gateway and its approval there, or run for planning",
            details=[f"{name}: empty" for name in lacking],
        )


def refuse_stale_opt_outs(
    purpose: str, opt_outs: pl.DataFrame | None, newest_extract: date, settings: Settings
) -> None:
    """Raise PermissionRefused where opt-outs apply to the purpose and the list was checked too long before
    the newest care records were cut. No list at all is said in the check report (landing.md: optional).

    `opt_outs`: checked_on, extract_date.
    """
    if purpose == "direct-care" or opt_outs is None or opt_outs.is_empty():
        return
    usable = opt_outs.filter(pl.col("checked_on") > EARLIEST)
    told = usable["checked_on"].max() if usable.height else opt_outs["extract_date"].max()
    if not isinstance(told, date):
        return
    days, most = (newest_extract - told).days, settings.records.opt_out_list_days_max
    if days > most:
        raise PermissionRefused(
            "The list of opt-outs is stale",
            where=f"people/opt_outs: checked {told}, care records cut {newest_extract}",
            todo=f"Check it again and land it; at most {most} days may lie between "
            "([records] opt_out_list_days_max)",
        )


def find_permissions(
    mentions: pl.DataFrame, objections: pl.DataFrame, restricted: pl.DataFrame
) -> pl.DataFrame:
    """What each person has said or is protected by: person_id, opted_out, objects_planning,
    objects_direct_care, restricted; one row a person, sorted.

    `mentions`: kind, file, row, nhs_number?, la_person_id?, person_id?; `objections`: file, row, scope;
    `restricted`: file, row of register rows so marked. Fails closed: an opt-out or objection counts for
    whoever bears its number on any row, also where that number was judged a slip, and whatever its date.
    """
    people = mentions.filter(pl.col("person_id").is_not_null()).select("person_id").unique()
    opted_out = _bearers(mentions, mentions.filter(pl.col("kind") == "opt_outs"))
    objects = mentions.filter(pl.col("kind") == "objections").join(objections, on=["file", "row"])
    planning = _bearers(mentions, objects.filter(pl.col("scope").is_in(_PLANNING)))
    direct_care = _bearers(mentions, objects.filter(pl.col("scope").is_in(_DIRECT_CARE)))
    marked = mentions.filter(pl.col("kind") == "demographics").join(
        restricted, on=["file", "row"], how="semi"
    )
    hidden = _bearers(mentions, marked)
    return people.select(
        "person_id",
        opted_out=pl.col("person_id").is_in(opted_out.implode()),
        objects_planning=pl.col("person_id").is_in(planning.implode()),
        objects_direct_care=pl.col("person_id").is_in(direct_care.implode()),
        restricted=pl.col("person_id").is_in(hidden.implode()),
    ).sort("person_id")


def _bearers(mentions: pl.DataFrame, said: pl.DataFrame) -> pl.Series:
    """Everybody who is, or on any row bears a key of, the people of `said`."""
    found = [said.get_column("person_id")]
    for key in ("nhs_number", "la_person_id"):
        bearing = mentions.join(said.select(key).drop_nulls().unique(), on=key, how="semi")
        found.append(bearing.get_column("person_id"))
    return pl.concat(found).drop_nulls().unique()


def in_scope(purpose: str) -> pl.Expr:
    """Whether a person may be used for `purpose` (on find_permissions' columns and `open_case`).

    Planning, case-finding and evaluation leave out opt-outs and objections to planning (an objection to
    planning is to every use beyond care). Direct care: the national opt-out does not apply; objections do,
    and only people who already have an open case are used. Restricted people are never used.
    """
    if purpose == "direct-care":
        return ~pl.col("objects_direct_care") & ~pl.col("restricted") & pl.col("open_case")
    return ~pl.col("opted_out") & ~pl.col("objects_planning") & ~pl.col("restricted")
