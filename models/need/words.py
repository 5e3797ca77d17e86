"""What a table says, in one line, for whoever waits for it."""

from configs.vocabulary import OUTCOME_PHRASES
from models.need.evaluate import COMPANIONS, RIVALS, Row
from models.need.hours import HOME_CARE_HOURS

PHRASES = {**OUTCOME_PHRASES, HOME_CARE_HOURS: "home-care hours a week"}


def sentences(tables: list[list[Row]], main_days: int) -> list[str]:
    """A line for the newest test of the main horizon in each age group; none where there is no such table."""
    main = [t for t in tables if t[0]["horizon_days"] == main_days and t[0]["split"] == 0]
    return [sentence(table) for table in main]


def sentence(table: list[Row]) -> str:
    """One table in a line."""
    champion = table[0]
    rivals = [row for row in table[1:] if row["model"] not in COMPANIONS]
    who = (
        f"households, oldest {champion['age_group']}"
        if champion["kind"] == "household"
        else champion["age_group"]
    )
    head = f"{who}, {PHRASES[champion['outcome']]}"
    measure = "rmse" if champion["kind"] == "hours" else "auc"
    said = "; ".join(x for x in (champion.get("note"), champion.get("verdict"), champion.get("alarm")) if x)
    if champion.get(measure) is None:
        return f"{head}: {said}"
    beside = ", ".join(f"{RIVALS[r['model']]} {r[measure]:.2f}" for r in rivals)
    interval = f" ({champion['auc_low']:.2f}-{champion['auc_high']:.2f})" if champion.get("auc_low") else ""
    return f"{head}: {measure.upper()} {champion[measure]:.2f}{interval}, {beside}; {said}"
