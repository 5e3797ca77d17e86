"""Pseudonyms: the only thing that people and addresses are called by once the records are joined."""

import hmac
import os
import secrets
from pathlib import Path

import polars as pl

from configs.errors import SettingsError

KEY_FILE = "pseudonym.key"
_KEY_BYTES = 32
_HEX_DIGITS = 20  # 80 bits: a clash among ten million people is less likely than 1 in 10^10


def load_or_make_key(state: Path) -> bytes:
    """The pseudonym key of this state folder: 32 random bytes in a file only its owner may read, made once.

    Raises SettingsError where the file is not 32 bytes long (cut short or replaced): making another would
    rename everybody.
    """
    file = state / KEY_FILE
    if not file.exists():
        _make_key(file)
    key = file.read_bytes()
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            "The pseudonym key cannot be used",
            where=f"{file}: {len(key)} bytes, {_KEY_BYTES} expected",
            todo="Restore the file from a backup; a new key would give everybody a new pseudonym",
        )
    return key


def _make_key(file: Path) -> None:
    """Written whole under another name and linked into place: a run killed here leaves no short key, and of
    two runs that start together both use the first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(_KEY_BYTES))
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(aside, file)
    except FileExistsError:
        pass
    finally:
        aside.unlink()


def pseudonyms(anchors: pl.Series, key: bytes) -> pl.Series:
    """HMAC-SHA256 of each anchor under `key`, its first 20 hex digits; null stays null. Same name and
    length."""
    unique = anchors.drop_nulls().unique().to_list()
    named = {a: hmac.digest(key, a.encode(), "sha256").hex()[:_HEX_DIGITS] for a in unique}
    return anchors.replace_strict(named, return_dtype=pl.String) if named else anchors.cast(pl.String)


def household_ids(uprn: pl.Series, key: bytes) -> pl.Series:
    """The pseudonym of each UPRN; null stays null."""
    return pseudonyms("uprn:" + uprn.cast(pl.String), key)
