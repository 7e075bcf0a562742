from decimal import Decimal as D

from eligibility.headcount import Staff, annual_work_units


def test_the_reference_count():
    staff = [
        Staff(D(100)), Staff(D(10), share=D("0.5")), Staff(D(8), months=D(3)), Staff(D(2), "owner"),
        Staff(D(4), "apprentice"), Staff(D(2), "placement_student"), Staff(D(3), "parental_leave"),
    ]  # fmt: skip
    assert annual_work_units(staff) == D("109.00")


def test_fractions_are_rounded_to_two_places():
    assert annual_work_units([Staff(D(1), months=D(1)), Staff(D(1), "seconded", D("0.333"))]) == D("0.42")
    assert annual_work_units([]) == 0
