"""500 seeded mutations of landed files: no traceback, every row accounted for, no personal value printed.

    python benchmarks/mutate_landing.py LANDING [--count 500] [--seed 1] [--join-every 10]

LANDING is any folder of the contract (a small simulated county, ../shared/sample_landing/landing). Of each kind two
files are kept, each cut to a few hundred rows, so that one mutation takes under a second; every tenth county that
still passes is joined too. Prints one line a failure and a table by mutation; exits 1 where anything failed.
"""

import argparse
import csv
import gzip
import io
import json
import random
import re
import shutil
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from configs.errors import DeskError
from configs.settings import load_settings
from features.records.check import CheckReport, check_landing
from features.records.join import join_records
from features.records.report_page import draw_page
from features.records.unpacking import is_note_for_people

ROWS, FILES_PER_KIND = 200, 2
PERSONAL = re.compile(
    r"(?i)nhs.?number|token|person.*(id|key|name)|name|birth|address|postcode|account|tenancy|hesid"
)
csv.field_size_limit(sys.maxsize)
Mutation = Callable[[bytes, random.Random], bytes]


def _table(data: bytes) -> tuple[list[list[str]], str]:
    text = data.decode("utf-8-sig", errors="replace")
    first = text.split("\n", 1)[0]
    delimiter = max(",|\t;", key=first.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)), delimiter


def _bytes(rows: list[list[str]], delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def _by_rows(change: Callable[[list[list[str]], random.Random], list[list[str]]]) -> Mutation:
    def mutate(data: bytes, rng: random.Random) -> bytes:
        rows, delimiter = _table(data)
        return _bytes(change(rows, rng), delimiter) if rows and rows[0] else data

    return mutate


def _column(rows: list[list[str]], rng: random.Random) -> int:
    return rng.randrange(len(rows[0]))


def _drop_column(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    at = _column(rows, rng)
    return [r[:at] + r[at + 1 :] for r in rows]


def _rename_column(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    rows[0][_column(rows, rng)] = rng.choice(
        ["Ref", "", "X" * 300, "Col 1", "=HYPERLINK(1)", "Größe", "person"]
    )
    return rows


def _double_column(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    at = _column(rows, rng)
    return [r + r[at : at + 1] for r in rows]


def _shuffle_columns(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    order = list(range(len(rows[0])))
    rng.shuffle(order)
    return [[r[i] for i in order if i < len(r)] for r in rows]


def _fill_column(*values: str) -> Callable[[list[list[str]], random.Random], list[list[str]]]:
    def change(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
        at = _column(rows, rng)
        for row in rows[1:]:
            if at < len(row):
                row[at] = rng.choice(values)
        return rows

    return change


def _spoil_cells(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    for _ in range(max(1, len(rows) // 5)):
        row = rng.choice(rows)
        if row:
            row[rng.randrange(len(row))] = rng.choice(
                [
                    "=cmd|' /C calc'!A0",
                    "+1",
                    "@SUM(A1)",
                    "-2+3",
                    "1E+11",
                    "∞",
                    "\u202e",
                    "31/02/2026",
                    "0",
                    "x" * 5000,
                ]
            )
    return rows


def _ragged(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    for _ in range(max(1, len(rows) // 10)):
        row = rng.choice(rows[1:] or rows)
        row[:] = row[: len(row) // 2] if rng.random() < 0.5 else [*row, "extra", "more"]
    return rows


def _shuffle_cells(rows: list[list[str]], rng: random.Random) -> list[list[str]]:
    for row in rows[1:]:
        rng.shuffle(row)
    return rows


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data)) if data else 0]


def _splice(*pieces: bytes) -> Mutation:
    def mutate(data: bytes, rng: random.Random) -> bytes:
        at = rng.randrange(len(data) + 1)
        return data[:at] + rng.choice(pieces) + data[at:]

    return mutate


def _scramble(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(max(1, len(out) // 200)):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


MUTATIONS: dict[str, Mutation] = {
    "column dropped": _by_rows(_drop_column),
    "column renamed": _by_rows(_rename_column),
    "column doubled": _by_rows(_double_column),
    "columns shuffled": _by_rows(_shuffle_columns),
    "column of words": _by_rows(_fill_column("seven", "unknown", "x", "")),
    "column of numbers": _by_rows(_fill_column("7", "-1", "1e309", "99999999999999999999")),
    "column of odd dates": _by_rows(
        _fill_column("13/25/2026", "2026-13-01", "0000-00-00", "45000", "1900-01-00")
    ),
    "cells spoilt, formulas": _by_rows(_spoil_cells),
    "ragged rows": _by_rows(_ragged),
    "cells of rows shuffled": _by_rows(_shuffle_cells),
    "rows doubled": _by_rows(lambda rows, rng: [rows[0], *rows[1:], *rows[1:]]),
    "rows in another order": _by_rows(lambda rows, rng: [rows[0], *rng.sample(rows[1:], len(rows) - 1)]),
    "no header": _by_rows(lambda rows, rng: rows[1:]),
    "header only": _by_rows(lambda rows, rng: rows[:1]),
    "header twice": _by_rows(lambda rows, rng: [rows[0], *rows]),
    "a title above the header": _by_rows(lambda rows, rng: [["Report for the council"], [], *rows]),
    "blank lines": _by_rows(lambda rows, rng: [r for row in rows for r in (row, [])]),
    "totals below": _by_rows(lambda rows, rng: [*rows, ["Total", str(len(rows))]]),
    "cut off": _cut,
    "empty": lambda data, rng: b"",
    "only spaces": lambda data, rng: b" \n" * 50,
    "NULs": _splice(b"\x00", b"\x00" * 5000),
    "a huge field": _splice(b'"' + b"A" * 3_000_000 + b'"', b"B" * 2_000_000),
    "stray quotation marks": _splice(b'"', b'""', b'"\n"', b'","'),
    "other encodings inside": _splice(b"\xe9\xff", "ł".encode("cp1250"), "é".encode("utf-16"), b"\x81\x8d"),
    "bytes scrambled": _scramble,
    "utf-16": lambda data, rng: data.decode("utf-8", "replace").encode("utf-16"),
    "cp1252": lambda data, rng: data.decode("utf-8", "replace").encode("cp1252", "replace") + b"\x92",
    "carriage returns": lambda data, rng: data.replace(b"\r", b"").replace(
        b"\n", rng.choice([b"\r", b"\r\n"])
    ),
    "another delimiter": lambda data, rng: data.replace(b",", rng.choice([b";", b"|", b"\t", b"~"])),
    "damaged archive": lambda data, rng: gzip.compress(data)[: rng.randrange(20, 60)],
    "another file's rows": lambda data, rng: data,
    "landed twice": lambda data, rng: data,
}
"""What is done to a file; the last two are done to the folder."""


COUNTABLE = (
    "column dropped",
    "column renamed",
    "column doubled",
    "columns shuffled",
    "column of words",
    "column of numbers",
    "column of odd dates",
    "cells spoilt, formulas",
    "ragged rows",
    "cells of rows shuffled",
    "rows doubled",
    "rows in another order",
    "header twice",
    "blank lines",
    "totals below",
)
"""Mutations that leave a file which any reader can count."""


def small_landing(source: Path, folder: Path) -> list[Path]:
    """Of each kind of file the last two, uncompressed, cut to ROWS rows. Returns the text files."""
    texts = []
    for inner in sorted({p.parent for p in source.rglob("*") if p.is_file()}):
        by_kind: dict[str, list[Path]] = {}
        for path in sorted(p for p in inner.iterdir() if p.is_file() and not is_note_for_people(p.name)):
            by_kind.setdefault(re.sub(r"[\d_\-]+", "", path.name.split(".")[0]), []).append(path)
        for path in (p for paths in by_kind.values() for p in paths[-FILES_PER_KIND:]):
            target = folder / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.name.endswith((".csv", ".csv.gz")) and path.parent.name != "places":
                data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
                keep = ROWS if "gazetteer" not in path.name and "nsul" not in path.name else 10**9
                target = target.with_suffix("") if path.suffix == ".gz" else target
                target.write_bytes(b"".join(data.splitlines(keepends=True)[:keep]))
                texts.append(target)
            else:
                shutil.copy(path, target)
    return texts


def personal_words(files: list[Path]) -> set[str]:
    """Words that only a record holds: of names, identifiers, births, addresses. Words of column names and of
    what specs call things are none."""
    words: Counter[str] = Counter()
    for file in files:
        if file.parent.name in ("places", "supply") or "gazetteer" in file.name:
            continue
        rows, _ = _table(file.read_bytes())
        at = [i for i, name in enumerate(rows[0]) if PERSONAL.search(name)]
        words.update(w for r in rows[1:] for i in at if i < len(r) for w in re.findall(r"\w{6,}", r[i]))
    return {w for w in words if not w.isalpha() or w.istitle()}


def mutate(folder: Path, texts: list[Path], name: str, rng: random.Random) -> str:
    """Do one mutation in place; returns the file."""
    file = rng.choice(texts)
    if name == "another file's rows":
        file.write_bytes(rng.choice(texts).read_bytes())
    elif name == "landed twice":
        again = file.with_name(f"copy_{file.name.replace('2026', '2025')}")
        again.write_bytes(file.read_bytes())
    else:
        target = file.with_name(file.name + ".gz") if name == "damaged archive" else file
        data = MUTATIONS[name](file.read_bytes(), rng)
        file.unlink()
        target.write_bytes(data)
    return file.relative_to(folder).as_posix()


def miscounted(folder: Path, file: str, report: CheckReport) -> list[str]:
    """Records of a mutated file counted by Python's own reader, against what the report accounts for."""
    told = next((f for f in report.files if f["file"] == file and f["rows_read"]), None)
    if told is None or told["kind"] == "core_lettings":
        return []
    rows, _ = _table((folder / file).read_bytes())
    held = sum(any(cell.strip() for cell in row) for row in rows[1:])
    return (
        []
        if held == told["rows_read"]
        else [f"{file}: holds {held} records, {told['rows_read']} are accounted for"]
    )


def faults(report: CheckReport, personal: set[str], known: set[str]) -> list[str]:
    """What is wrong with a report: rows not accounted for, words of records in it."""
    found = [
        f"{f['file']}: {f['rows_read']} rows, {f['rows_kept']} kept and {f['rows_quarantined']} set aside"
        for f in report.files
        if f["rows_read"] != f["rows_kept"] + f["rows_quarantined"]
    ]
    aside = Counter(line["file"] for line in report.set_aside)
    found += [
        f"{f['file']}: {f['rows_quarantined']} set aside, {aside[f['file']]} named"
        for f in report.files
        if f["rows_quarantined"] != aside[f["file"]]
    ]
    told = "\n".join([*report.lines(), json.dumps(report.as_dict()), draw_page(report)])
    shown = (set(re.findall(r"\w{6,}", told)) & personal) - known
    return found + [f"{len(shown)} words of records are shown"] * bool(shown)


def main() -> None:
    """Mutate, check, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("landing", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--join-every", type=int, default=10)
    asked = parser.parse_args()
    settings, failed, done = load_settings(None), 0, Counter[str]()
    with TemporaryDirectory() as workshop:
        base = Path(workshop) / "base"
        texts = small_landing(asked.landing, base)
        known = set(re.findall(r"\w{6,}", json.dumps(check_landing(base, settings).as_dict())))
        personal = personal_words(texts)
        for at in range(asked.count):
            rng, name = random.Random(asked.seed * 100_000 + at), list(MUTATIONS)[at % len(MUTATIONS)]
            folder = Path(workshop) / "landing"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(base, folder)
            file = mutate(folder, [folder / t.relative_to(base) for t in texts], name, rng)
            try:
                report = check_landing(folder, settings)
                wrong = faults(report, personal, known)
                if name in COUNTABLE:
                    wrong += miscounted(folder, file, report)
                done[f"{name}: {'stopped' if report.problems else 'passed'}"] += 1
                if not report.problems and at % asked.join_every == 0:
                    done["joined"] += 1
                    join_records(folder, Path(workshop) / "out", settings=settings, key=b"k" * 32,
                                 state=Path(workshop), purpose="planning", as_of=date(2026, 10, 1))  # fmt: skip
            except DeskError:
                wrong = []
            except Exception:
                wrong = [traceback.format_exc(limit=-3)]
            failed += bool(wrong)
            for line in wrong:
                print(f"FAILED {at} {name} {file}: {line}")
    for name, count in sorted(done.items()):
        print(f"| {name} | {count} |")
    print(f"{asked.count} mutations, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
