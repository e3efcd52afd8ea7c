"""What can be asked, as Python has it, and how the API has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypedDict, TypeVar

T = TypeVar("T")
Texts = str | Sequence[str]
Amount = Decimal | int | str


class Range(TypedDict, Generic[T], total=False):
    """The ends of a range: one of `gte` and `gt`, and one of `lte` and `lt`, at most."""

    gte: T
    gt: T
    lte: T
    lt: T


class Filter(TypedDict, total=False):
    """What narrows a listing, or the invoices that a write is about."""

    connection: Texts
    customer_ids: Texts
    status: Texts
    payment_status: Texts
    invoice_date: date | Range[date]
    due_date: date | Range[date]
    created_at: datetime | date | Range[datetime | date]
    modified_at: datetime | date | Range[datetime | date]
    activated_at: datetime | date | Range[datetime | date]
    amount: Amount | Range[Amount]
    balance: Amount | Range[Amount]
    number: Texts
    po_number: Texts
    external_id: Texts
    currency: Texts
    search: str


class Query(Filter, total=False):
    """What a listing is asked."""

    show_zero_dollar_charges: bool
    show_tracked_items: bool
    sort: str
    limit: int
    cursor: str
    includes: Texts
    require: str


class WriteOptions(TypedDict, total=False):
    """What may be said of any write; a key is made where none is given."""

    dry_run: bool
    key: str
    if_match: str


class DeletionOptions(WriteOptions, total=False):
    filter: Filter


class CancellationOptions(DeletionOptions, total=False):
    comment: str


class ActivationOptions(CancellationOptions, total=False):
    invoice_date: date


def camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def as_json(value: Any) -> Any:
    """As the API has it: a day, an instant and a decimal as texts."""
    if isinstance(value, dict):
        return {name: as_json(member) for name, member in value.items()}
    if isinstance(value, str) or not isinstance(value, Sequence):
        return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value
    return [as_json(item) for item in value]


def as_query(query: Query) -> dict[str, str]:
    """A query string: a list with commas, a range by its ends, true and false as JSON has them."""
    flat: dict[str, str] = {}
    for name, value in query.items():
        if isinstance(value, dict):
            flat |= {f"{camel(name)}[{end}]": str(as_json(bound)) for end, bound in value.items()}
        elif isinstance(value, bool):
            flat[camel(name)] = "true" if value else "false"
        else:
            flat[camel(name)] = ",".join(value) if isinstance(value, (list, tuple)) else str(as_json(value))
    return flat
