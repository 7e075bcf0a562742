"""Invented manufacturers: same seed, same firms."""

from __future__ import annotations

import random
from dataclasses import dataclass

FIRST = [
    "Hollinbank",
    "Fernclough",
    "Aldermoor",
    "Brackenfold",
    "Cawdale",
    "Dunnockshaw",
    "Eskmere",
    "Foxholt",
    "Garstwick",
    "Harrowbeck",
    "Ivelrigg",
    "Kestrelgate",
    "Larkbarrow",
    "Millrace",
    "Nettlecombe",
    "Oakenbrow",
    "Penhallt",
    "Quernmoor",
    "Rowanside",
    "Skelbeck",
    "Tarnbrook",
    "Undercliff",
    "Vellin",
    "Wetherlam",
    "Yarrowdale",
    "Bryncoed",
    "Cwmderw",
    "Dolfawr",
    "Glanhafod",
    "Heulwen",
    "Llwynbedw",
    "Maesgwyn",
    "Nantlas",
    "Pantyrhos",
    "Rhoslan",
    "Tircanol",
    "Ynysfach",
    "Cefnllys",
    "Abermaen",
    "Blaenwern",
]
TRADES = {
    "Precision": ("25620", "Machined parts for pumps, valves and food machinery, in batches of 5 to 500."),
    "Fabrications": ("25110", "Steel frames, stairs and guards, cut, welded and coated to order."),
    "Castings": ("24510", "Grey-iron castings from 1 to 80 kg for machine builders."),
    "Plastics": ("22290", "Injection-moulded housings and closures for medical and household goods."),
    "Foods": ("10890", "Chilled sauces and dressings for caterers and shops."),
    "Controls": ("27120", "Control panels and switchgear, designed, wired and tested."),
    "Joinery": ("16230", "Timber doors, windows and stairs for builders."),
    "Textiles": ("13960", "Woven webbing and technical fabrics for safety equipment."),
    "Packaging": ("17219", "Printed cartons in short runs for food and cosmetics."),
    "Machines": ("28930", "Conveyors and filling machines for small food firms."),
}
# What a firm wants to change, and what its project is called.
CHANGES = [
    (
        "Orders are typed three times, and job cards on paper get lost between the office and the floor.",
        "Job cards and machine data in one place",
    ),
    (
        "Changeovers take half a shift, and we only find out about scrap at the end of the week.",
        "Quick changeovers and scrap seen at once",
    ),
    (
        "We quote from memory. Some jobs lose money and we learn it months later.",
        "Quotes from real times",
    ),
    (
        "One machine stops the whole line when it fails, and nobody sees it coming.",
        "Condition monitoring of the main line",
    ),
    (
        "Customers ask where their order is, and finding out takes us twenty minutes each time.",
        "Orders that customers can follow",
    ),
    (
        "Our energy bill has doubled and we do not know which machines use it.",
        "Energy meters on every machine",
    ),
]
PLACES = {
    "made-smarter-north-west": ["PR1 2HE", "BB1 1AA", "LA1 4YW", "M1 1AE", "OL6 7SF", "WA1 1AA", "FY4 5PR", "CA11 9BN"],
    "wales-industry-4": ["SA1 1AA", "CF10 1AA", "LL57 1AA", "NP20 1AA", "SY16 1AA", "LL13 8AA", "SA31 1AA"],
}


@dataclass(frozen=True)
class Firm:
    number: int
    name: str
    company_number: str
    sic_code: str
    makes: str
    change: str
    project: str
    postcode: str
    employees: int
    turnover: int
    balance_sheet: int

    @property
    def email(self) -> str:
        return f"office{self.company_number}@{self.name.split()[0].lower()}.example"


def firm(number: int, programme: str, seed: int) -> Firm:
    """The firm with this number; numbers from 99 million on are not given out by the register."""
    chance = random.Random(f"{seed}:{programme}:{number}")
    trade, (sic, makes) = chance.choice(sorted(TRADES.items()))
    first = FIRST[number % len(FIRST)]
    suffix = "" if number < len(FIRST) else f" {number // len(FIRST) + 1}"
    employees = min(245, int(chance.lognormvariate(3.2, 0.8)) + 3)
    turnover = employees * chance.randrange(70_000, 140_000, 500)
    change, project = chance.choice(CHANGES)
    return Firm(
        number=number,
        name=f"{first} {trade}{suffix} Ltd",
        company_number=f"{99_000_000 + number + (500_000 if programme.startswith('wales') else 0):08d}",
        sic_code=sic,
        makes=makes,
        change=change,
        project=project,
        postcode=chance.choice(PLACES[programme]),
        employees=employees,
        turnover=turnover,
        balance_sheet=turnover * chance.randrange(30, 70) // 100,
    )
