"""Who may see what. Every route names its roles; one that names none is refused by a test."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import Request

from serving.web.accounts import Visitor
from serving.web.security import COOKIE

PLANNERS = ("commissioner",)
PLACES = ("commissioner", "practitioner")
MODELLERS = ("data_scientist", "information_governance")
GOVERNORS = ("information_governance",)
EVERYBODY = (
    "commissioner",
    "practitioner",
    "data_scientist",
    "information_governance",
    "coordinator",
    "provider",
    "admin",
)
ROLE_NAMES = {
    "commissioner": "Commissioner",
    "practitioner": "Practitioner",
    "data_scientist": "Data scientist",
    "information_governance": "Information governance",
    "coordinator": "Coordinator",
    "provider": "Provider",
    "admin": "Administrator",
}
ROLE_SEES = {
    "commissioner": "What the joined records say about the 12 months ahead.",
    "practitioner": "The early-help list is not part of this version: nobody is listed here yet. Until it "
    "is, the map shows where need gathers, so that your team can see which parts of its patch stand out. No "
    "page shows a person or a household.",
    "data_scientist": "How the models do beside simpler ways of saying the same, and what ran on which "
    "files. No page shows a person.",
    "information_governance": "Who was left out and why, what the data may be used for, and who looked at "
    "what. No page shows a person.",
    "coordinator": "Rounds are not part of this version: there is no page for a coordinator yet.",
    "provider": "Contracts are not part of this version: there is no page for a provider yet.",
    "admin": "Users and patches are not part of this version: there is no page for an administrator yet.",
}
"""What the home page of each role says it is for."""


class SignInFirst(Exception):
    """Nobody is signed in."""


class NotForThisRole(Exception):
    """Somebody is signed in whose role may not see this."""


@dataclass(frozen=True)
class Page:
    """A page in the menu: its address, its name, who may see it, and what it is for."""

    path: str
    name: str
    roles: tuple[str, ...]
    purpose: str


PAGES = (
    Page("/", "Home", EVERYBODY, ""),
    Page("/map", "Map", PLACES, "See where need gathers, area by area, as a map and as a table."),
    Page(
        "/plans/zones",
        "Zones",
        PLANNERS,
        "The zones that could be bought: size, staff, fair price, cost a year.",
    ),
    Page(
        "/plans/homes",
        "New homes",
        PLANNERS,
        "Where a new care home would do most, and what it would change.",
    ),
    Page(
        "/models", "Models", MODELLERS, "How good the forecasts are, beside simpler ways of saying the same."
    ),
    Page("/runs", "Runs", MODELLERS, "What ran, on what, for how long, and how it ended."),
    Page(
        "/governance", "Governance", GOVERNORS, "Opt-outs, purposes, what was set aside, who looked at what."
    ),
    Page("/help", "Help", EVERYBODY, "What the words mean, and what this tool cannot know."),
)


def may(*roles: str) -> Callable[[Request], Visitor]:
    """A dependency: the visitor, if signed in with one of the roles; else SignInFirst or NotForThisRole."""

    def check(request: Request) -> Visitor:
        visitor = visitor_of(request)
        if visitor is None:
            raise SignInFirst
        if visitor.role not in roles:
            raise NotForThisRole
        return visitor

    check.roles = roles  # type: ignore[attr-defined]
    return check


def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in on this request, if anybody; looked up once a request."""
    if not hasattr(request.state, "visitor"):
        web = request.app.state
        token = web.signer.opened(request.cookies.get(COOKIE))
        found = web.accounts.visitor(token, now(), demo_allowed=web.demo_allowed()) if token else None
        request.state.visitor = found
    visitor: Visitor | None = request.state.visitor
    return visitor


def pages_for(role: str) -> list[Page]:
    """The menu of a role."""
    return [page for page in PAGES if role in page.roles]


def now() -> datetime:
    """This moment, UTC, as the database keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)
