"""The facts of a check as they travel (API) and are kept (EligibilityCheck.facts), and what the rules read of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from eligibility import headroom, rules, sizing
from organisations import identifiers, places, sic
from portal.api_types import Day, Flag, Money, Percent, Quantity, Strict, Text

MOST_LINKS = 5

LegalForm = Literal["company", "llp", "partnership", "sole_trader", "charity", "public_body", "overseas"]
HolderKind = Literal[
    "enterprise",
    "person",
    "public_body",
    "public_investment",
    "venture_capital",
    "business_angel",
    "university",
    "institutional_investor",
    "small_local_authority",
]
AidBasis = Literal["mfa", "spei", "de_minimis", "safa"]


class FactProblem(Exception):
    """A fact that cannot be read; `path` leads to it inside the facts."""

    def __init__(self, path: tuple[str | int, ...], message: str):
        self.path = path
        self.message = message
        super().__init__(message)


class FiguresIn(Strict):
    employees: Quantity | None = None
    turnover: Money | None = None
    balance_sheet: Money | None = None

    def figures(self) -> sizing.Figures:
        return sizing.Figures(self.employees, self.turnover, self.balance_sheet)


class AccountsIn(FiguresIn):
    period_end: Day


class PartnerIn(FiguresIn):
    """A firm that holds a share of yours, or of which yours holds one; its figures with those of its linked firms.

    `percent` is the greater of the shares of capital and of votes. Who gives `capital_percent` and `votes_percent`
    instead (or one, for both) leaves that to us. The holder kinds after `public_body` leave a firm on its own up to
    50 %; more is a link whatever the kind. `invested_eur`: what a business angel has put in; left out, it is less than
    1,250,000 euro.
    """

    percent: Percent | None = None
    capital_percent: Percent | None = None
    votes_percent: Percent | None = None
    holder_kind: HolderKind | None = None
    invested_eur: Money | None = None

    def holding(self) -> sizing.Holding:
        percent = sizing.share(self.percent, sizing.share(self.capital_percent, self.votes_percent))
        return sizing.Holding(percent, self.figures(), self.holder_kind or "enterprise", self.invested_eur)


class LinkedIn(FiguresIn):
    """A firm that controls yours or is controlled by it, with its own partners and links; left out, it has none.

    `through_person`: the same person, or persons acting together, control both. Such a firm counts where both are in
    the same or neighbouring markets (`same_market` true), and not at all where they are not (false).
    """

    through_person: Flag | None = None
    same_market: Flag | None = None
    partners: Annotated[list[PartnerIn], Field(max_length=100)] | None = None
    linked: Annotated[list[LinkedIn], Field(max_length=100)] | None = None

    def firm(self) -> sizing.LinkedFirm:
        return sizing.LinkedFirm(
            self.figures(),
            tuple(partner.holding() for partner in self.partners or ()),
            tuple(other.firm() for other in self.linked or ()),
            through_person=self.through_person is True,
            same_market=self.same_market,
        )


class AidIn(Strict):
    date: Day | None = None
    amount: Money | None = None
    basis: AidBasis | None = None


class FactsIn(FiguresIn):
    """Every fact may be left out, which is the same as null: not known.

    `accounts` are closed periods of the firm itself: one that ends after `on` does not count and leaves the size to an
    adviser, and so does aid of a later day with the headroom. `partners` and `linked`: [] is "none". Without
    `public_body_percent` the partners say what public bodies hold.
    """

    company_number: Text | None = None
    legal_form: LegalForm | None = None
    sic_codes: Annotated[list[Text], Field(max_length=20)] | None = None
    postcode: Text | None = None
    local_authority: Text | None = None
    accounts: Annotated[list[AccountsIn], Field(max_length=50)] | None = None
    partners: Annotated[list[PartnerIn], Field(max_length=100)] | None = None
    linked: Annotated[list[LinkedIn], Field(max_length=100)] | None = None
    public_body_percent: Percent | None = None
    aid_received: Annotated[list[AidIn], Field(max_length=500)] | None = None
    already_committed: Flag | None = None
    takeover_on: Day | None = None

    def facts(self, *, country: str) -> rules.Facts:
        """The facts with codes and numbers in their own form; raises FactProblem."""
        _check_depth(self.linked or [], ("linked",))
        _check_periods(self.accounts or [])
        return rules.Facts(
            company_number=_company_number(self.company_number, country),
            legal_form=self.legal_form,
            sic_codes=_sic_codes(self.sic_codes, country),
            postcode=_postcode(self.postcode, country),
            local_authority=_local_authority(self.local_authority),
            figures=self.figures(),
            accounts=tuple(sizing.Accounts(row.period_end, row.figures()) for row in self.accounts or ()),
            partners=None if self.partners is None else tuple(partner.holding() for partner in self.partners),
            linked=None if self.linked is None else tuple(other.firm() for other in self.linked),
            public_body_percent=self.public_body_percent,
            aid_received=None
            if self.aid_received is None
            else tuple(headroom.Aid(aid.date, aid.amount, aid.basis) for aid in self.aid_received),
            already_committed=self.already_committed,
            takeover_on=self.takeover_on,
        )


def _check_depth(linked: list[LinkedIn], path: tuple[str | int, ...]) -> None:
    if linked and sum(part == "linked" for part in path) > MOST_LINKS:
        raise FactProblem(path, f"Links may go {MOST_LINKS} deep")
    for index, other in enumerate(linked):
        _check_depth(other.linked or [], (*path, index, "linked"))


def _check_periods(accounts: list[AccountsIn]) -> None:
    """The same period twice would look like two years running."""
    ends = [row.period_end for row in accounts]
    for index, end in enumerate(ends):
        if end in ends[:index]:
            raise FactProblem(("accounts", index, "period_end"), "Give each period once")


def _company_number(text: str | None, country: str) -> str | None:
    if not text or country != "GB":
        return text or None
    number = identifiers.normalise_company_number(text)
    if number is None:
        raise FactProblem(("company_number",), "Give a company number like 01234567 or SC123456")
    return number


def _sic_codes(codes: list[str] | None, country: str) -> tuple[str, ...] | None:
    if codes is None:
        return None
    scheme = sic.scheme_of(country)
    found = []
    for index, text in enumerate(codes):
        if (bare := text.strip()) in sic.UNTELLING:
            found.append(bare)
            continue
        try:
            found.append(sic.normalise(text, scheme).code)
        except sic.UnknownCode as error:
            choices = ", ".join(code.code for code in error.choices)
            example = "a SIC 2007 code like 25620" if scheme == sic.SCHEME else "a NACE code like 25.62"
            raise FactProblem(
                ("sic_codes", index), f"Choose one of {choices}" if choices else f"Give {example}"
            ) from error
    return tuple(found)


def _postcode(text: str | None, country: str) -> str | None:
    if text is None:
        return None
    try:
        return places.normalise_postcode(text, country)
    except places.OutsideUnitedKingdom as error:
        raise FactProblem(
            ("postcode",), "The Isle of Man and the Channel Islands are outside the United Kingdom"
        ) from error
    except places.BadPostcode as error:
        raise FactProblem(("postcode",), "Give a whole postcode, like PR1 2HE") from error


def _local_authority(text: str | None) -> str | None:
    if text is None:
        return None
    place = places.find(text)
    if place is not None:
        return place.code
    code = text.strip().upper()
    if places.is_authority_code(code):
        return code
    raise FactProblem(("local_authority",), "Give a local authority's name or code, like preston or E07000123")


def plain(facts: rules.Facts, given: FactsIn) -> dict[str, Any]:
    """The facts as a check keeps them: the API's names, figures as text, codes in their own form, null = unknown."""
    kept: dict[str, Any] = given.model_dump(mode="json")
    kept |= {
        "company_number": facts.company_number,
        "sic_codes": None if facts.sic_codes is None else list(facts.sic_codes),
        "postcode": facts.postcode,
        "local_authority": facts.local_authority,
    }
    return kept
