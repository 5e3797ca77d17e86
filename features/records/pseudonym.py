"""Pseudonyms: the only thing that people and addresses are called by once the records are joined."""

import hmac
import json
import os
import secrets
from pathlib import Path

import polars as pl

from configs.errors import SettingsError

KEY_FILE = "pseudonym.key"
_KEY_BYTES = 32
_HEX_DIGITS = 20  # 80 bits: a clash among ten million people is less likely than 1 in 10^10


def load_or_make_key(state: Path, landed: dict[str, str], file: str = "") -> bytes:
    """The pseudonym key of a county: 32 bytes in a file only its owner may read, made once.

    Kept in `file` where the settings name one (`[records] pseudonym_key_file`), else in the `state` folder. A
    new key is the digest of the first landed files' own hashes (`landed`, path -> SHA-256), so that a second
    team with the same files gets the same pseudonyms; nobody without those files can work it out. In a `file`
    of the council's own it is random.

    Raises SettingsError where the file is not 32 bytes long (cut short or replaced): making another would
    rename everybody.
    """
    place = Path(file) if file else state / KEY_FILE
    if not place.exists():
        _make_key(place, secrets.token_bytes(_KEY_BYTES) if file else _digest(landed))
    key = place.read_bytes()
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            "The pseudonym key cannot be used",
            where=f"{place}: {len(key)} bytes, {_KEY_BYTES} expected",
            todo="Restore the file from a backup; a new key would give everybody a new pseudonym",
        )
    return key


def _digest(landed: dict[str, str]) -> bytes:
    told = json.dumps(sorted(landed.values())).encode()
    return hmac.digest(b"forebridge pseudonym key 1", told, "sha256")


def _make_key(file: Path, key: bytes) -> None:
    """Written whole under another name and linked into place: a run killed here leaves no short key, and of
    two runs that start together both use the first."""
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(key)
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
