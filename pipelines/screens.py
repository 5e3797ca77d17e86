"""What the person at the desk sees: the last screen of a run, the problem panel, the list of runs."""

from typing import Any

from rich.console import Console, Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from configs.errors import DeskError
from pipelines.screens_models import drift, hours, models, number, share, span

INVENTED = "Invented data: no real person"
RULES_SHOWN = 3


def show_result(console: Console, result: dict[str, Any], look: str) -> None:
    """The last screen: what was joined, the models, the hotspots, the zones, the home, and how to look."""
    console.rule(f"Forebridge, as of {result['as_of']}")
    if result["records"]["invented"]:
        console.print(f"[bold]{INVENTED}.[/] Every figure below is synthetic.")
    for part in (joined, models, hours, drift, hotspots, zones, home):
        console.print(part(result))
    for why in result["records"]["numbers_small_why"]:
        console.print(f"[bold]Too few to rely on:[/] {escape(why)}")
    console.print(f"\nTo look: [bold]{look}[/]")


def joined(result: dict[str, Any]) -> Table:
    """Rows, people, households, match rates, quarantined, opted out."""
    records = result["records"]
    table = Table(title="What was joined", title_justify="left", show_header=False)
    for name, value in joined_rows(records):
        table.add_row(name, value)
    return table


def joined_rows(records: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures of the records stage, in words."""
    rows, objections = records["rows"], records["objections"]
    purpose = "direct_care" if records["purpose"] == "direct-care" else "planning"
    return [
        ("Rows read", f"{rows['read']:,}, of which kept {rows['kept']:,}"),
        ("Rows quarantined", f"{rows['quarantined']:,}{_worst_rules(rows['quarantined_by_rule'])}"),
        ("People known", f"{records['people']:,}, of whom living here {records['residents']:,}"),
        ("Households", f"{records['households']:,}"),
        ("Addresses given or matched to a UPRN", _rates(records["uprn_match"])),
        ("Rows led to an NHS number", _rates(records["nhs_number_match"])),
        ("Pairs of records too uncertain to join", f"{records['review_pairs']:,}"),
        ("Opted out (national data opt-out)", f"{records['opted_out']:,}"),
        ("Objecting to this purpose", f"{objections[purpose]:,}"),
        ("Restricted, never listed", f"{records['restricted']:,}"),
        ("Left to use for this purpose", f"{records['in_scope']:,}"),
        ("Hospital rows that could not be linked", _unlinked(records["unlinked_health_rows"])),
        ("Not landed", ", ".join(records["sources_missing"]) or "nothing"),
    ]


def _worst_rules(rules: list[dict[str, Any]]) -> str:
    worst = sorted(rules, key=lambda r: -r["rows"])[:RULES_SHOWN]
    told = [f"{r['kind']} {r['column']} {r['rule'].replace('_', ' ')} {r['rows']:,}" for r in worst]
    return f" (most: {'; '.join(told)})" if told else ""


def _unlinked(rows: dict[str, int]) -> str:
    return ", ".join(f"{kind} {n:,}" for kind, n in rows.items()) or "none"


def hotspots(result: dict[str, Any]) -> Group:
    """The three strongest hotspots, and whether they stand after the false-discovery rate."""
    table = Table(title="Where need among people aged 65+ gathers most (Gi*)", title_justify="left")
    for head in ("Area", "Name", "Ward", "Gi*", "q after FDR", "Class"):
        table.add_column(head)
    for row in result["hotspots"]:
        table.add_row(
            row["area_code"],
            row["lsoa_name"] or "",
            row["ward_name"] or "",
            number(row["statistic"], 2),
            number(row["q_value"], 3),
            row["class"],
        )
    return Group(table, Text(_hotspot_words(result["hotspots"])))


def _hotspot_words(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "No area has people enough to tell where need gathers."
    hot = sum(row["class"] == "hot" for row in rows)
    return "" if hot else "None of them stands out from chance once all areas are allowed for."


def zones(result: dict[str, Any]) -> Group:
    """The zone table: hours with range, people, FTE, recruits, price, cost."""
    plan = result["zones"]
    table = Table(title=f"Commissioning zones ({len(plan['table'])})", title_justify="left")
    for head in (
        "Zone",
        "Name",
        "Areas",
        "Hours/week (P10-P90)",
        "People",
        "FTE",
        "Recruits/yr",
        "£/hour",
        "£/year",
    ):
        table.add_column(head, justify="left" if head in ("Zone", "Name") else "right")
    for z in plan["table"]:
        table.add_row(
            str(z["zone_id"]),
            z["zone_name"] or "",
            str(z["n_areas"]),
            f"{z['hours_mean']:,.0f} ({z['hours_p10']:,.0f}-{z['hours_p90']:,.0f})",
            f"{z['people_mean']:,.0f}",
            f"{z['fte']:,.1f}",
            f"{z['recruits_per_year']:,.1f}",
            f"{z['price_per_hour_pounds']:.2f}",
            f"{z['cost_per_year_pounds']:,.0f}",
        )
    words = (
        f"Largest deviation from the mean {plan['max_deviation']:.1%}; "
        f"contiguous: {'yes' if plan['contiguous'] else 'no'}; "
        f"mean distance to the zone's centre {plan['distance_metres']:,.0f} m"
    )
    return Group(table, Text(words), *map(Text, _zone_warnings(plan)))


def _zone_warnings(plan: dict[str, Any]) -> list[str]:
    thin = sum(not zone["viable"] for zone in plan["table"])
    total = len(plan["table"])
    thin_words = (
        f"{thin} of {total} zones are forecast fewer hours than a contract can live on: ask for fewer."
    )
    return ([] if plan["within_tolerance"] else [plan["notes"][0]]) + [thin_words] * (thin > 0)


def home(result: dict[str, Any]) -> Group:
    """The chosen site, its beds, who is within reach, need against beds, and the proven gap."""
    plan = result["home"]
    lines = [Text("\nA new care home", style="italic"), *map(Text, home_lines(plan))]
    return Group(*lines)


def home_lines(plan: dict[str, Any]) -> list[str]:
    """The home plan in sentences; one sentence where nothing could be sited."""
    chosen = [
        f"{s['name'] or s['site_id']} ({s['lsoa_code']}): {s['beds']} beds, {_pounds(s['cost_pounds'])}; "
        f"{s['people_within_reach']:,.0f} people {plan['people_within_reach_are']} within reach"
        for s in plan["chosen"]
    ]
    if not chosen:
        return [f"No site chosen: {plan['status']}"]
    needed = "" if plan["needed"] else " (existing beds suffice: a new home would only save travel)"
    return [
        *chosen,
        f"Beds needed {plan['need_beds']:,.0f}, usable today {plan['existing_beds_usable']:,.0f}{needed}; "
        f"mean journey {plan['mean_minutes_before']:.1f} to {plan['mean_minutes_after']:.1f} minutes",
        f"Solved by HiGHS: {plan['status']}, proven gap {plan['gap']:.2%}",
    ]


def _pounds(value: float | None) -> str:
    return "cost not landed" if value is None else f"£{value:,.0f}"


def as_markdown(result: dict[str, Any]) -> str:
    """The same figures for a Prefect artifact: counts and models only, no area below the county."""
    label = f"**{INVENTED}.**\n\n" if result["records"]["invented"] else ""
    rows = "\n".join(f"| {name} | {value} |" for name, value in joined_rows(result["records"]))
    table = f"| | |\n|---|---|\n{rows}"
    models_table = "\n".join(
        f"| {r['outcome']} | {r['age_group']} | {r['horizon_days']} | {r['model']} | {r['n_events']} "
        f"| {span(r, 'auc', 3)} |"
        for r in result["evaluation"]
        if r["kind"] == "outcome"
    )
    return (
        f"# As of {result['as_of']}\n\n{label}{table}\n\n"
        f"| outcome | age | days | model | events | AUC |\n|---|---|---|---|---|---|\n{models_table}\n"
    )


def show_problem(console: Console, problem: DeskError) -> None:
    """One screen: what is wrong, where, what to do. No traceback."""
    lines = [Text(problem.what, style="bold")]
    lines += [Text(f"Where: {problem.where}")] if problem.where else []
    shown = problem.details[:15]
    lines += [Text(f"- {d}") for d in shown]
    more = len(problem.details) - len(shown)
    lines += [Text(f"… and {more} more: use --json for all of them")] if more > 0 else []
    lines += [Text(f"What to do: {problem.todo}")] if problem.todo else []
    console.print(Panel(Group(*lines), title="Forebridge stopped", border_style="red", title_align="left"))


def show_runs(console: Console, runs: list[dict[str, Any]]) -> None:
    """The ledger as a table, newest first."""
    if not runs:
        console.print("Nothing has run yet in this folder.")
        return
    table = Table(title="Runs", title_justify="left")
    for head in ("Run", "Kind", "As of", "Status", "Started", "Seconds", "Peak MiB", "Why it stopped"):
        table.add_column(head)
    for run in runs:
        table.add_row(*_run_row(run))
    console.print(table)


def _run_row(run: dict[str, Any]) -> tuple[str, ...]:
    stages = run["stages"]
    seconds = sum(s["seconds"] for s in stages)
    peak = max((s["peak_mib"] for s in stages), default=0)
    error = run.get("error", {})
    why = error.get("what", error.get("error", ""))
    return (
        run["run_id"],
        run["kind"],
        run["as_of"],
        run["status"],
        run["started_at"][:16].replace("T", " "),
        f"{seconds:.0f}",
        str(peak),
        why,
    )


def _rates(match: dict[str, dict[str, Any]]) -> str:
    return ", ".join(f"{name} {share(of['share'])}" for name, of in match.items()) or "none"
