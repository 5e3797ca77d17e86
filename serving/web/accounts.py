"""Signing in: accounts with argon2 hashes, server-side sessions, a rate limit, and the audit."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Engine, delete, func, or_, select
from sqlalchemy.orm import Session as Transaction

from configs.errors import SettingsError
from configs.vocabulary import ROLES
from serving.web.database import Account, Audit, FailedSignIn, Session

DEMO_ACCOUNTS = {
    "commissioner": "demo-commissioner",
    "practitioner": "demo-practitioner",
    "data_scientist": "demo-data-scientist",
    "information_governance": "demo-governance",
}
"""Seeded for invented data only, and shown on the sign-in page: there is nobody's record to protect."""

NAME_CHARACTERS_MAX = 80
PASSWORD_CHARACTERS_MIN = 12
"""Three random words are longer (National Cyber Security Centre's advice)."""

FAILURES_WINDOW = timedelta(minutes=15)
FAILURES_BY_NAME = 5
FAILURES_BY_ADDRESS = 25


@dataclass(frozen=True)
class Visitor:
    """Who is signed in, and the token that forms must carry back."""

    name: str
    role: str
    form_token: str


class Accounts:
    """Everything about signing in. `session_hours`: how long a session lasts."""

    def __init__(self, engine: Engine, session_hours: int) -> None:
        self.engine = engine
        self.length = timedelta(hours=session_hours)
        self.hasher = PasswordHasher()
        self.no_such_account = self.hasher.hash(secrets.token_hex())

    def add(self, name: str, role: str, password: str, *, demo: bool = False) -> None:
        """Add an account, or give it another role and password; raises SettingsError for an unknown role, no
        name, or a short password.
        """
        if role not in ROLES:
            raise SettingsError(f"Unknown role: {role}", todo=f"Choose one of {', '.join(ROLES)}")
        if not 1 <= len(name.strip()) <= NAME_CHARACTERS_MAX:
            raise SettingsError("An account needs a name", todo=f"Give 1 to {NAME_CHARACTERS_MAX} characters")
        if len(password) < PASSWORD_CHARACTERS_MIN:
            raise SettingsError(
                "The password is too short",
                todo=f"Take {PASSWORD_CHARACTERS_MIN} characters or more: three random words will do",
            )
        with Transaction(self.engine) as work:
            work.merge(Account(name=name, role=role, password_hash=self.hasher.hash(password), demo=demo))
            work.commit()

    def seed_demo(self) -> None:
        """Add the demo accounts that are not there yet."""
        with Transaction(self.engine) as work:
            there = set(work.scalars(select(Account.name)))
        for name, password in DEMO_ACCOUNTS.items():
            if name not in there:
                self.add(name, name, password, demo=True)

    def is_limited(self, name: str, address: str, now: datetime) -> bool:
        """Whether this name or address has failed too often in the last quarter of an hour."""
        since = FailedSignIn.at > now - FAILURES_WINDOW
        with Transaction(self.engine) as work:
            count = select(func.count()).select_from(FailedSignIn).where(since)
            by_name = work.scalar(count.where(FailedSignIn.name == name.casefold()[:80])) or 0
            by_address = work.scalar(count.where(FailedSignIn.address == address)) or 0
        return by_name >= FAILURES_BY_NAME or by_address >= FAILURES_BY_ADDRESS

    def sign_in(
        self, name: str, password: str, address: str, now: datetime, *, demo_allowed: bool
    ) -> str | None:
        """A new session's token; None when name and password do not fit (counted) or demo is refused."""
        with Transaction(self.engine) as work:
            account = work.get(Account, name)
            fits = self._fits(account.password_hash if account else self.no_such_account, password)
            if account is None or not fits or (account.demo and not demo_allowed):
                work.add(FailedSignIn(at=now, name=name.casefold()[:80], address=address))
                work.commit()
                return None
            token = secrets.token_urlsafe(32)
            work.execute(delete(Session).where(Session.ends_at < now))
            work.add(Session(token_hash=_hash(token), account=account.name, ends_at=now + self.length))
            work.commit()
        return token

    def visitor(self, token: str, now: datetime, *, demo_allowed: bool) -> Visitor | None:
        """Who holds the token; None when the session is unknown or over."""
        with Transaction(self.engine) as work:
            session = work.get(Session, _hash(token))
            account = work.get(Account, session.account) if session else None
        if session is None or account is None or session.ends_at < now or (account.demo and not demo_allowed):
            return None
        return Visitor(account.name, account.role, _hash(f"form {token}"))

    def sign_out(self, token: str) -> None:
        """End the session."""
        with Transaction(self.engine) as work:
            work.execute(delete(Session).where(Session.token_hash == _hash(token)))
            work.commit()

    def note(
        self,
        now: datetime,
        action: str,
        path: str,
        status: int,
        *,
        name: str = "",
        role: str = "",
        run_id: str = "",
    ) -> None:
        """Add a line to the audit. Never a query string: it may say which area somebody looked for."""
        line = Audit(
            at=now, account=name[:80], role=role, action=action, path=path[:200], status=status, run_id=run_id
        )
        with Transaction(self.engine) as work:
            work.add(line)
            work.commit()

    def audit(self, most: int, find: str = "") -> list[dict[str, Any]]:
        """The newest lines of the audit, newest first; with `find`, those whose account, role, action or
        path holds it.
        """
        said = (Audit.account, Audit.role, Audit.action, Audit.path)
        wanted = or_(*(column.icontains(find.strip(), autoescape=True) for column in said))
        with Transaction(self.engine) as work:
            lines = work.scalars(select(Audit).where(wanted).order_by(Audit.id.desc()).limit(most)).all()
            return [{c.key: getattr(line, c.key) for c in Audit.__table__.columns} for line in lines]

    def _fits(self, password_hash: str, password: str) -> bool:
        try:
            return self.hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
