"""Small landing folders for tests: write a few files, read them, see what was said."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from configs.settings import load_settings
from features.records.check import CheckReport, check_landing
from features.records.landing import Landing, survey_landing

CLD_HEADER = (
    "LA Code,NHS Number,LA Person Unique Identifier,First Name,Last Name,Client Type,Event Type,"
    "Event Start Date,Event End Date,Event Outcome,Delivery Mechanism"
)


def land(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files (path inside the landing -> content) and give the folder back."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return folder


def survey(folder: Path, files: Mapping[str, str | bytes]) -> Landing:
    """Land and read, with the defects in `problems`."""
    return survey_landing(land(folder, files), load_settings())


def check(folder: Path, files: Mapping[str, str | bytes]) -> CheckReport:
    """Land and check."""
    return check_landing(land(folder, files), load_settings())


def cld(*rows: str, header: str = CLD_HEADER) -> str:
    """A Client Level Data file."""
    return "\n".join([header, *rows]) + "\n"


def workbook(sheets: Mapping[str, list[list[object]]]) -> bytes:
    """A small xlsx by hand: sheet name -> rows of text, numbers or None."""
    numbered = list(enumerate(sheets.items(), start=1))
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_SHEET_TYPE}"/>' for n, _ in numbered
    )
    listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, (name, _) in numbered)
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{_R}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in numbered
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="{_RELS_TYPE}"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_BOOK_TYPE}"/>{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="rId1" Type="{_R}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_R}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}">{links}</Relationships>',
    }
    for n, (_, rows) in numbered:
        parts[f"xl/worksheets/sheet{n}.xml"] = _sheet(rows)
    return zipped({name: f'<?xml version="1.0" encoding="UTF-8"?>{xml}' for name, xml in parts.items()})


def _sheet(rows: list[list[object]]) -> str:
    lines = "".join(f"<row>{''.join(_cell(v) for v in row)}</row>" for row in rows)
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'


def _cell(value: object) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


def zipped(members: Mapping[str, str]) -> bytes:
    """A zip of text files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


_OPEN = "http://schemas.openxmlformats.org"
_MAIN = f"{_OPEN}/spreadsheetml/2006/main"
_R = f"{_OPEN}/officeDocument/2006/relationships"
_RELS = f"{_OPEN}/package/2006/relationships"
_TYPES = f"{_OPEN}/package/2006/content-types"
_RELS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
