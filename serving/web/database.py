"""The web app's own database: accounts, sessions, failed sign-ins, audit. SQLAlchemy's door; SQLite by
default.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import DateTime, Engine, ForeignKey, String, create_engine, event, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

FILE = "web.db"
APPEND_ONLY = ("UPDATE", "DELETE")


class Base(DeclarativeBase):
    """Base of the tables below."""


class Account(Base):
    """Who may sign in, in one role. `demo` accounts work on invented data only."""

    __tablename__ = "accounts"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    role: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str] = mapped_column(String(200))
    demo: Mapped[bool] = mapped_column(default=False)


class Session(Base):
    """A signed-in browser: only the hash of its token is kept."""

    __tablename__ = "sessions"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.name"))
    ends_at: Mapped[datetime] = mapped_column(DateTime)


class FailedSignIn(Base):
    """A sign-in that failed: what the rate limit counts."""

    __tablename__ = "failed_sign_ins"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime, index=True)
    name: Mapped[str] = mapped_column(String(80))
    address: Mapped[str] = mapped_column(String(64))


class Audit(Base):
    """What was done, by whom, when, on which release. Rows are never changed or removed (triggers refuse)."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime, index=True)
    account: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(40))
    path: Mapped[str] = mapped_column(String(200))
    status: Mapped[int]
    run_id: Mapped[str] = mapped_column(String(80), default="")


def open_database(state: Path) -> Engine:
    """The database in `state/web.db`, made with its tables and owner-only access where it is not there
    yet.
    """
    state.mkdir(parents=True, exist_ok=True)
    file = state / FILE
    file.touch(mode=0o600, exist_ok=True)
    engine = create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", _prepare)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for action in APPEND_ONLY:
            connection.execute(text(_refusal(action)))
    return engine


def _prepare(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _refusal(action: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS audit_no_{action.lower()} BEFORE {action} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
    )
