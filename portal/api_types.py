"""Types of the API's request bodies: figures, money, text, and the strict base they hang on.

Figures travel as strings or JSON numbers and are never floats: `portal.api` reads the body with
`WrittenNumber`, which keeps a number as it was written, so that `1e5` can be told from `100000`.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema
from pydantic_core import PydanticCustomError

_FIGURE = re.compile(r"-?\d{1,13}(\.\d{1,6})?", re.ASCII)
_DAY = re.compile(r"(19|20|21)\d\d-\d\d-\d\d", re.ASCII)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class WrittenNumber(Decimal):
    """A JSON number that remembers its spelling; `Decimal` for every other purpose."""

    text: str

    def __new__(cls, text: str) -> "WrittenNumber":
        number = super().__new__(cls, text)
        number.text = text
        return number


def _figure(value: Any) -> Decimal:
    if isinstance(value, WrittenNumber):
        text = value.text
    elif isinstance(value, str):
        text = value.strip(" \t\r\n")
    elif isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        text = str(value)
    else:
        text = ""
    if not _FIGURE.fullmatch(text):
        raise PydanticCustomError(
            "figure", "Give a number like 1250000 or 1250000.50, with at most 13 digits before the point and 6 after it"
        )
    return Decimal(text)


def _not_negative(value: Decimal) -> Decimal:
    if value < 0:
        raise PydanticCustomError("not_negative", "Give 0 or more")
    return abs(value)


def _pence(value: Decimal) -> Decimal:
    if value != value.quantize(Decimal("0.01")):
        raise PydanticCustomError("money", "Give at most two places after the point")
    return value


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value():
        raise PydanticCustomError("whole", "Give a whole number")
    return int(value)


def _at_most_100(value: Decimal) -> Decimal:
    if value > 100:
        raise PydanticCustomError("percent", "Give a percentage from 0 to 100")
    return value


def _day(value: Any) -> date:
    # Four-digit years of living memory: arithmetic on them cannot leave the calendar.
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("day", "Give a date like 2026-11-22")


def _storable(value: Any) -> Any:
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise PydanticCustomError("text", "Remove the characters that cannot be stored")
    return value


_FIGURE_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "string", "pattern": r"^-?\d{1,13}(\.\d{1,6})?$"}, {"type": "number"}]}
)

# A signed figure: at most 13 digits before the point and 6 after it.
DecimalIn = Annotated[Decimal, BeforeValidator(_figure), _FIGURE_SCHEMA]
# A figure of 0 or more, such as a headcount in full-time equivalents.
Quantity = Annotated[DecimalIn, AfterValidator(_not_negative)]
# An amount of 0 or more in the programme's currency, at most two places.
Money = Annotated[Quantity, AfterValidator(_pence)]
# A share from 0 to 100.
Percent = Annotated[Quantity, AfterValidator(_at_most_100)]
# A whole number of 0 or more; `int` after validation.
Whole = Annotated[Quantity, AfterValidator(_whole)]
# A day, `YYYY-MM-DD`.
Day = Annotated[date, BeforeValidator(_day)]
# true or false, nothing that looks like them.
Flag = StrictBool
# Text that can be stored: no NUL, no lone surrogates, at most 500 characters.
Text = Annotated[str, BeforeValidator(_storable), Field(max_length=500)]


class Strict(BaseModel):
    """Base of every request body: unknown fields are refused, and a validated body cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Refused(Exception):
    """A well-formed request that names something unknown: answered with 422, `loc` and `message`."""

    def __init__(self, *loc: str | int, message: str):
        self.loc = loc
        self.message = message
        super().__init__(message)


class ErrorItem(BaseModel):
    """Where in the request something is wrong, and what is expected there."""

    loc: list[str | int]
    msg: str


class Errors(BaseModel):
    """Body of every refusal."""

    detail: list[ErrorItem]
