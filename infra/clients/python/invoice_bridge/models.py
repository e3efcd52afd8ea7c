# Made by datamodel-codegen (see pyproject.toml) out of infra/openapi.yaml; change that, and make it anew.

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, RootModel


class ConnectionName(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description='The name the owner of the stack gave to one account at one provider.',
            examples=['nue', 'fusebill-eu'],
            pattern='^[a-z][a-z0-9-]{0,39}$',
        ),
    ]


class Reference(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="`{connection}:{the provider's own id}`; it routes itself. What a path cannot hold of an id, encoded or not, is written as `~2F` (`/`), `~3F` (`?`) and the like. Of a provider that takes an id in upper and lower case, every spelling is the one invoice, whose `id` is the provider's own.",
            examples=['nue:c52f7158-b164-44fa-93c5-e4b16420c371', 'fusebill:draft.77'],
            pattern='^[a-z][a-z0-9-]{0,39}:.+',
        ),
    ]


class PathReference(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description='A reference that a path can hold.',
            pattern='^[a-z][a-z0-9-]{0,39}:[!-.0->@-~]{1,200}$',
        ),
    ]


class AskedReference(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description='The reference of an invoice.',
            pattern='^[a-z][a-z0-9-]{0,39}:[^\\x00-\\x1f\\x7f-\\x9f]{1,200}$',
        ),
    ]


class CustomerId(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description="The reference of a customer, or a provider's own id for one.",
            pattern='^(([a-z][a-z0-9-]{0,39}:)?[^\\s,:\\[\\]\\x00-\\x1f\\x7f-\\x9f]{1,200})$',
        ),
    ]


class FilterText(RootModel[str]):
    root: Annotated[
        str,
        Field(
            description='A text without commas.',
            examples=['PO-7'],
            pattern='^[^\\s,\\x00-\\x1f\\x7f-\\x9f]([^,\\x00-\\x1f\\x7f-\\x9f]{0,100}[^\\s,\\x00-\\x1f\\x7f-\\x9f])?$',
        ),
    ]


class Sort(
    RootModel[Literal['invoiceDate', '-invoiceDate', 'dueDate', '-dueDate', 'createdAt', '-createdAt', 'modifiedAt', '-modifiedAt', 'amount', '-amount', 'balance', '-balance', 'number', '-number']]
):
    root: Annotated[
        Literal['invoiceDate', '-invoiceDate', 'dueDate', '-dueDate', 'createdAt', '-createdAt', 'modifiedAt', '-modifiedAt', 'amount', '-amount', 'balance', '-balance', 'number', '-number'],
        Field(
            description='A key to sort by, with `-` in front for the greatest first.'
        ),
    ]


class Include(RootModel[Literal['lines', 'assets', 'orders', 'payments', 'raw']]):
    root: Annotated[
        Literal['lines', 'assets', 'orders', 'payments', 'raw'],
        Field(description='What can be asked for beside the invoice itself.'),
    ]


class ProviderObject(BaseModel):
    """
    An object of the provider's own, as it sent it.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )


class Customer(BaseModel):
    """
    Who owes the invoice; on a payable the company itself.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    id: Reference | None
    name: str | None
    email: Annotated[str | None, Field(description='The address invoices are sent to.')]


class Supplier(BaseModel):
    """
    Who is paid by a payable.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    id: Annotated[
        str,
        Field(
            description="`{connection}:{the provider's own id}`; it routes itself. What a path cannot hold of an id, encoded or not, is written as `~2F` (`/`), `~3F` (`?`) and the like. Of a provider that takes an id in upper and lower case, every spelling is the one invoice, whose `id` is the provider's own.",
            examples=['nue:c52f7158-b164-44fa-93c5-e4b16420c371', 'fusebill:draft.77'],
            pattern='^[a-z][a-z0-9-]{0,39}:.+',
        ),
    ]


class Amounts(BaseModel):
    """
    What it comes to, in its currency.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    total: Annotated[
        Decimal | None, Field(description='What is to be paid in all, taxes included.')
    ]
    without_tax: Annotated[
        Decimal | None, Field(alias='withoutTax', description='The total before taxes.')
    ]
    tax: Decimal | None
    discount: Annotated[Decimal | None, Field(description='What was taken off.')]
    shipping: Annotated[Decimal | None, Field(description='Shipping and handling.')]
    paid: Decimal | None
    credited: Decimal | None
    written_off: Annotated[
        Decimal | None, Field(alias='writtenOff', description='What was given up.')
    ]
    balance: Annotated[Decimal | None, Field(description='What is still owed.')]


class Dates(BaseModel):
    """
    The days of an invoice; null where the provider does not say.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    invoice: Annotated[date | None, Field(description='The date on the invoice.')]
    due: Annotated[date | None, Field(description='When it is to be paid.')]
    period_start: Annotated[
        date | None, Field(alias='periodStart', description='The first day it covers.')
    ]
    period_end: Annotated[
        date | None, Field(alias='periodEnd', description='The last day it covers.')
    ]
    target: Annotated[
        date | None, Field(description='The day up to which the provider billed.')
    ]


class Timestamps(BaseModel):
    """
    What happened to an invoice when, as its provider tells.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    created: AwareDatetime | None
    modified: AwareDatetime | None
    activated: Annotated[
        AwareDatetime | None, Field(description='When it became binding.')
    ]
    canceled: Annotated[
        AwareDatetime | None, Field(description='When it was withdrawn.')
    ]


class Documents(BaseModel):
    """
    Where an invoice can be fetched as a document.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    pdf_url: Annotated[
        str | None, Field(alias='pdfUrl', description='The printed form.')
    ]


class Tracking(BaseModel):
    """
    Other systems' names for it.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    po_numbers: Annotated[
        list[str],
        Field(alias='poNumbers', description="The customer's purchase orders."),
    ]
    po_dates: Annotated[list[date], Field(alias='poDates')]
    account_number: Annotated[
        str | None,
        Field(
            alias='accountNumber', description="The customer's account at the supplier."
        ),
    ]
    reconciliation_id: Annotated[
        str | None,
        Field(
            alias='reconciliationId', description='What ties it to a bank statement.'
        ),
    ]
    external_ids: Annotated[
        dict[str, str],
        Field(
            alias='externalIds',
            description="Ids in other systems, by the system's name.",
        ),
    ]
    accounting_status: Annotated[
        str | None,
        Field(
            alias='accountingStatus',
            description="Whether it reached the books, in the provider's word.",
        ),
    ]
    tax_status: Annotated[
        str | None,
        Field(
            alias='taxStatus',
            description="Whether taxes were worked out, in the provider's word.",
        ),
    ]


class InvoiceComment(BaseModel):
    """
    What somebody wrote on an invoice.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    text: str
    created_at: Annotated[AwareDatetime | None, Field(alias='createdAt')]
    author: str | None


class AvailableAction(BaseModel):
    """
    An action that may be done now.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    resulting_status: Annotated[
        str | None,
        Field(
            alias='resultingStatus',
            description='The status it has afterwards; null when it is gone.',
        ),
    ]


class AmountSum(BaseModel):
    """
    The exact sum of what is known, and how much is not.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    sum: Annotated[
        Decimal | None,
        Field(
            description='Null where no amount is known, or where more than 28 digits would be needed.'
        ),
    ]
    counted: Annotated[int, Field(description='How many amounts are in the sum.', ge=0)]
    unknown: Annotated[
        int,
        Field(
            description='Of how many invoices the amount is not known; they are not in the sum.',
            ge=0,
        ),
    ]


class ConnectionWebhooks(BaseModel):
    """
    How the webhooks of a connection are proved, and when the last one came. Those that were refused are counted by the metric `WebhookRefused` and by nothing else.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    scheme: Annotated[
        str, Field(description='How it is proved that the provider sent one.')
    ]
    last_received: Annotated[
        AwareDatetime | None,
        Field(
            alias='lastReceived',
            description='When the last one came that was proved and followed up, to the second; null where none has, or it cannot be told now.',
        ),
    ]


class CompleteSync(BaseModel):
    """
    A sync that read all of a connection.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    began: Annotated[
        AwareDatetime, Field(description='When it began; nothing in the copy is older.')
    ]
    ended: AwareDatetime
    rows: Annotated[int, Field(description='How many invoices it saw.', ge=0)]
    left_out: Annotated[
        int,
        Field(
            alias='leftOut',
            description='How many rows no invoice could be made of.',
            ge=0,
        ),
    ]
    lacking: Annotated[
        list[str],
        Field(
            description='The filters whose values some of its invoices do not show. Where the provider applies them itself, it is asked and not the copy.'
        ),
    ]


class ChangeSource(BaseModel):
    """
    What can be told of the changes of one connection.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    connection: Annotated[
        str,
        Field(
            description='The name the owner of the stack gave to one account at one provider.',
            examples=['nue', 'fusebill-eu'],
            pattern='^[a-z][a-z0-9-]{0,39}$',
        ),
    ]
    changes: Annotated[
        str,
        Field(
            description='Who tells of changes; `none`: nobody, and that nothing is told says nothing.'
        ),
    ]
    deletions: Annotated[str, Field(description='Who tells that invoices are gone.')]
    from_: Annotated[
        AwareDatetime | None,
        Field(alias='from', description='From when on all is told.'),
    ]


class Assumption(BaseModel):
    """
    Something that is assumed of a provider and that no document states.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    name: Annotated[
        str,
        Field(
            description='What it is about; an argument, an operator or a field by its own name.'
        ),
    ]
    holds: Annotated[
        bool | str,
        Field(
            description='Whether the provider has answered a request that rests on it, or refused it by name; as far as the instance of the function that answers has seen, since it opened the connection.'
        ),
    ]


class ActivationOptions(BaseModel):
    """
    What may be said of the activation of one invoice.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    invoice_date: Annotated[
        date | None,
        Field(
            alias='invoiceDate',
            description='The date to put on them; the provider works the due date out anew.',
        ),
    ] = None
    comment: Annotated[
        str | None,
        Field(
            description='Why; kept in the audit trail, and put on the invoice where the provider has comments.',
            max_length=2000,
            pattern='[^\\s\\x85]',
        ),
    ] = None
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class CancellationOptions(BaseModel):
    """
    What may be said of the cancellation of one invoice.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    comment: Annotated[
        str | None,
        Field(
            description='Why; kept in the audit trail, and put on the invoice where the provider has comments.',
            max_length=2000,
            pattern='[^\\s\\x85]',
        ),
    ] = None
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class DeletionOptions(BaseModel):
    """
    What may be said of the deletion of one invoice.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class ActivationByIds(BaseModel):
    """
    The invoices that are named, to activate.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    invoice_ids: Annotated[
        list[AskedReference],
        Field(
            alias='invoiceIds',
            description='These; one that is named twice is meant once.',
            max_length=500,
            min_length=1,
        ),
    ]
    invoice_date: Annotated[
        date | None,
        Field(
            alias='invoiceDate',
            description='The date to put on them; the provider works the due date out anew.',
        ),
    ] = None
    comment: Annotated[
        str | None,
        Field(
            description='Why; kept in the audit trail, and put on the invoice where the provider has comments.',
            max_length=2000,
            pattern='[^\\s\\x85]',
        ),
    ] = None
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class CancellationByIds(BaseModel):
    """
    The invoices that are named, to cancel.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    invoice_ids: Annotated[
        list[AskedReference],
        Field(
            alias='invoiceIds',
            description='These; one that is named twice is meant once.',
            max_length=500,
            min_length=1,
        ),
    ]
    comment: Annotated[
        str | None,
        Field(
            description='Why; kept in the audit trail, and put on the invoice where the provider has comments.',
            max_length=2000,
            pattern='[^\\s\\x85]',
        ),
    ] = None
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class DeletionByIds(BaseModel):
    """
    The invoices that are named, to delete.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    invoice_ids: Annotated[
        list[AskedReference],
        Field(
            alias='invoiceIds',
            description='These; one that is named twice is meant once.',
            max_length=500,
            min_length=1,
        ),
    ]
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class ConnectionNames(RootModel[list[ConnectionName]]):
    """
    Any of these connections.
    """

    root: Annotated[
        list[ConnectionName],
        Field(description='Any of these connections.', max_length=200, min_length=1),
    ]


class CustomerIdList(RootModel[list[CustomerId]]):
    """
    Any of these customers.
    """

    root: Annotated[
        list[CustomerId],
        Field(description='Any of these customers.', max_length=200, min_length=1),
    ]


class AskedStatuses(
    RootModel[list[Literal['draft', 'pending_activation', 'active', 'canceled', 'unknown', 'not_transferred', 'transferred', 'transfer_error', 'unpaid', 'partially_paid', 'paid', 'credit_back', 'applied', 'partially_applied', 'refunded', 'partially_refunded', 'written_off', 'partially_written_off', 'overdue', 'disputed', 'processing', 'failed']]]
):
    """
    Any of these words.
    """

    root: Annotated[
        list[Literal['draft', 'pending_activation', 'active', 'canceled', 'unknown', 'not_transferred', 'transferred', 'transfer_error', 'unpaid', 'partially_paid', 'paid', 'credit_back', 'applied', 'partially_applied', 'refunded', 'partially_refunded', 'written_off', 'partially_written_off', 'overdue', 'disputed', 'processing', 'failed']],
        Field(description='Any of these words.', max_length=200, min_length=1),
    ]


class AskedPaymentStatuses(
    RootModel[list[Literal['not_transferred', 'transferred', 'transfer_error', 'unpaid', 'partially_paid', 'paid', 'credit_back', 'applied', 'partially_applied', 'refunded', 'partially_refunded', 'written_off', 'partially_written_off', 'overdue', 'disputed', 'canceled', 'processing', 'failed', 'unknown']]]
):
    """
    Any of these words of the payment.
    """

    root: Annotated[
        list[Literal['not_transferred', 'transferred', 'transfer_error', 'unpaid', 'partially_paid', 'paid', 'credit_back', 'applied', 'partially_applied', 'refunded', 'partially_refunded', 'written_off', 'partially_written_off', 'overdue', 'disputed', 'canceled', 'processing', 'failed', 'unknown']],
        Field(
            description='Any of these words of the payment.',
            max_length=200,
            min_length=1,
        ),
    ]


class FilterTexts(RootModel[list[FilterText]]):
    """
    Any of these texts.
    """

    root: Annotated[
        list[FilterText],
        Field(description='Any of these texts.', max_length=200, min_length=1),
    ]


class Currencies(RootModel[list[Literal['[empty]'] | str]]):
    """
    Any of these currencies.
    """

    root: Annotated[
        list[Literal['[empty]'] | str],
        Field(description='Any of these currencies.', max_length=200, min_length=1),
    ]


class WholeNumber(RootModel[int]):
    root: Annotated[
        int,
        Field(
            description='A whole number that every reader of JSON keeps as it is.',
            ge=-1000000000000,
            le=1000000000000,
        ),
    ]


class PatternText(RootModel[str]):
    model_config = ConfigDict(
        regex_engine="python-re",
    )
    root: Annotated[
        str,
        Field(
            description='A text that is not made of `*` alone.',
            examples=['INV-*'],
            pattern='^(?!\\**$)[^\\s,\\x00-\\x1f\\x7f-\\x9f]([^,\\x00-\\x1f\\x7f-\\x9f]{0,100}[^\\s,\\x00-\\x1f\\x7f-\\x9f])?$',
        ),
    ]


class DayRange(BaseModel):
    """
    Days between these ends, of which there is one of each kind at most (`gte` or `gt`, `lte` or `lt`).
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    gte: Annotated[
        date | None,
        Field(description='A day, without a time and a zone.', examples=['2026-07-01']),
    ] = None
    gt: Annotated[
        date | None,
        Field(description='A day, without a time and a zone.', examples=['2026-07-01']),
    ] = None
    lte: Annotated[
        date | None,
        Field(description='A day, without a time and a zone.', examples=['2026-07-01']),
    ] = None
    lt: Annotated[
        date | None,
        Field(description='A day, without a time and a zone.', examples=['2026-07-01']),
    ] = None


class MomentRange(BaseModel):
    """
    What lies between these ends, of which there is one of each kind at most (`gte` or `gt`, `lte` or `lt`).
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    gte: Annotated[
        AwareDatetime | date | None,
        Field(
            description='An instant, or a day in UTC.',
            examples=['2026-07-01T09:30:00Z', '2026-07-01'],
        ),
    ] = None
    gt: Annotated[
        AwareDatetime | date | None,
        Field(
            description='An instant, or a day in UTC.',
            examples=['2026-07-01T09:30:00Z', '2026-07-01'],
        ),
    ] = None
    lte: Annotated[
        AwareDatetime | date | None,
        Field(
            description='An instant, or a day in UTC.',
            examples=['2026-07-01T09:30:00Z', '2026-07-01'],
        ),
    ] = None
    lt: Annotated[
        AwareDatetime | date | None,
        Field(
            description='An instant, or a day in UTC.',
            examples=['2026-07-01T09:30:00Z', '2026-07-01'],
        ),
    ] = None


class PaymentRecord(BaseModel):
    """
    A payment made.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    id: str | None
    amount: Decimal | None
    at: AwareDatetime | None
    status: Annotated[str | None, Field(description="In the provider's word.")]


class Installment(BaseModel):
    """
    A part that falls due by itself.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    due: date | None
    amount: Decimal | None
    balance: Decimal | None
    status: Annotated[str | None, Field(description="In the provider's word.")]


class PriceTier(BaseModel):
    """
    A tier of a price, and what it came to.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    label: Annotated[
        str | None, Field(description="Its range, in the provider's words (`>2-4`).")
    ]
    quantity: Annotated[Decimal | None, Field(description='How many of it.')]
    unit_price: Annotated[Decimal | None, Field(alias='unitPrice')]
    amount: Decimal | None


class Discount(BaseModel):
    """
    What was taken off a line.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    description: str | None
    amount: Annotated[Decimal | None, Field(description='How much was taken off.')]


class LeftOut(BaseModel):
    """
    Rows that are left out of a listing.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    count: Annotated[
        int,
        Field(
            description='How many, of those read for this page; and of those that a copy lacks, all.',
            ge=1,
        ),
    ]
    reason: Annotated[str, Field(description='Why the first of them is left out.')]


class OutcomeCounts(BaseModel):
    """
    How many invoices had each outcome.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    applied: Annotated[int, Field(ge=0)]
    rejected: Annotated[int, Field(ge=0)]
    unchanged: Annotated[int, Field(ge=0)]
    unknown: Annotated[int, Field(ge=0)]


class Fault(BaseModel):
    """
    One fault in a request.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    pointer: Annotated[
        str,
        Field(
            description='Where: a JSON pointer into the body (`/dates/due`), or `?` and the name of a query parameter (`?limit`).'
        ),
    ]
    code: Annotated[
        str,
        Field(
            description='What kind of problem it is. Each always has the same status.'
        ),
    ]
    detail: Annotated[str, Field(description='What is wrong, and what would be right.')]


class ProviderAnswer(BaseModel):
    """
    What the provider itself said.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    name: Annotated[str, Field(description='The kind of provider.')]
    connection: Annotated[
        str,
        Field(
            description='The name the owner of the stack gave to one account at one provider.',
            examples=['nue', 'fusebill-eu'],
            pattern='^[a-z][a-z0-9-]{0,39}$',
        ),
    ]
    status: Annotated[
        int | None, Field(description='Its HTTP status, where it answered.')
    ]
    code: str | None
    message: str | None
    request_id: Annotated[
        str | None,
        Field(
            alias='requestId',
            description='Its name for the request, to ask its support about.',
        ),
    ]


class Writes(BaseModel):
    """
    How each write is sent.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    activate: Annotated[
        str,
        Field(
            description='How a write is sent; `bulk`, many invoices in one call; `absent`, not at all.'
        ),
    ]
    cancel: Annotated[
        str,
        Field(
            description='How a write is sent; `bulk`, many invoices in one call; `absent`, not at all.'
        ),
    ]
    delete: Annotated[
        str,
        Field(
            description='How a write is sent; `bulk`, many invoices in one call; `absent`, not at all.'
        ),
    ]
    update: Annotated[
        str,
        Field(
            description='How a write is sent; `bulk`, many invoices in one call; `absent`, not at all.'
        ),
    ]


class PatchedDates(BaseModel):
    """
    The dates to change.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    due: date | None = None
    invoice: date | None = None


class PoNumber(RootModel[str]):
    root: Annotated[str, Field(max_length=255, min_length=1)]


class PatchedTracking(BaseModel):
    """
    What other systems call it, to change.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    po_numbers: Annotated[
        list[PoNumber] | None, Field(alias='poNumbers', min_length=1)
    ] = None


class GatewayMessage(BaseModel):
    """
    API Gateway's own answer, before the bridge is asked or in its place.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    message: str


class Payment(BaseModel):
    """
    How it is, was and will be paid.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    method: Annotated[
        str | None, Field(description="Card, check, .. in the provider's word.")
    ]
    payment_id: Annotated[str | None, Field(alias='paymentId')]
    hosted_url: Annotated[
        str | None, Field(alias='hostedUrl', description='Where the customer can pay.')
    ]
    records: Annotated[list[PaymentRecord], Field(description='Payments made.')]
    schedule: Annotated[
        list[Installment], Field(description='When which part falls due.')
    ]


class AvailableActions(BaseModel):
    """
    What may be done now, by the provider's rules.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    activate: AvailableAction | None = None
    cancel: AvailableAction | None = None
    delete: AvailableAction | None = None
    update: AvailableAction | None = None


class Line(BaseModel):
    """
    One line of an invoice.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    id: str | None
    name: Annotated[str | None, Field(description='What is charged.')]
    description: str | None
    quantity: Annotated[
        Decimal | None, Field(description='How many, of any unit; a decimal.')
    ]
    unit_price: Annotated[Decimal | None, Field(alias='unitPrice')]
    amount: Annotated[Decimal | None, Field(description='What the line comes to.')]
    period_start: Annotated[date | None, Field(alias='periodStart')]
    period_end: Annotated[date | None, Field(alias='periodEnd')]
    tiers: Annotated[
        list[PriceTier], Field(description='How a tiered price came about.')
    ]
    discounts: list[Discount]
    tracked_items: Annotated[
        list[ProviderObject] | None,
        Field(
            alias='trackedItems',
            description='The tracked items bought on this line, as the provider sends them; with `showTrackedItems=true`.',
        ),
    ]


class SummaryKey(BaseModel):
    """
    What the invoices of a group share; one member for each word of `by`.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    connection: Annotated[
        str | None,
        Field(
            description='The name the owner of the stack gave to one account at one provider.',
            examples=['nue', 'fusebill-eu'],
            pattern='^[a-z][a-z0-9-]{0,39}$',
        ),
    ] = None
    status: Annotated[
        str | None,
        Field(
            description="Where an invoice is in its life: `draft` (not yet binding), `pending_activation` (waiting for the provider), `active` (binding), `canceled` (withdrawn), `unknown` (the provider's word is not known)."
        ),
    ] = None
    payment_status: Annotated[
        str | None,
        Field(
            alias='paymentStatus',
            description="How far an invoice is paid: Nue's thirteen words, and what the other providers say beside them.",
        ),
    ] = None
    aging: Annotated[
        str | None,
        Field(
            description='How many days ago what is outstanding fell due. `not_outstanding`: a draft, a canceled invoice, or one of which nothing is left to pay.'
        ),
    ] = None
    currency: Annotated[
        str | None, Field(description='ISO 4217; null where the provider gives none.')
    ] = None


class AmountSums(BaseModel):
    """
    What the invoices of one currency come to.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    currency: Annotated[
        str | None,
        Field(description='ISO 4217; null for invoices of which no currency is known.'),
    ]
    count: Annotated[int, Field(description='How many invoices.', ge=0)]
    total: AmountSum
    balance: AmountSum


class AppliedFilters(BaseModel):
    """
    By the parameter that narrows a listing, who applies it.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    customer_ids: Annotated[
        str | None,
        Field(
            alias='customerIds',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    status: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    payment_status: Annotated[
        str | None,
        Field(
            alias='paymentStatus',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    invoice_date: Annotated[
        str | None,
        Field(
            alias='invoiceDate',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    due_date: Annotated[
        str | None,
        Field(
            alias='dueDate',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    created_at: Annotated[
        str | None,
        Field(
            alias='createdAt',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    modified_at: Annotated[
        str | None,
        Field(
            alias='modifiedAt',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    activated_at: Annotated[
        str | None,
        Field(
            alias='activatedAt',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    amount: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    balance: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    number: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    po_number: Annotated[
        str | None,
        Field(
            alias='poNumber',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    external_id: Annotated[
        str | None,
        Field(
            alias='externalId',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    currency: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    search: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    show_zero_dollar_charges: Annotated[
        str | None,
        Field(
            alias='showZeroDollarCharges',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    show_tracked_items: Annotated[
        str | None,
        Field(
            alias='showTrackedItems',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None


class AppliedSorts(BaseModel):
    """
    By the order of a listing, who establishes it.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    invoice_date: Annotated[
        str | None,
        Field(
            alias='invoiceDate',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    field_invoice_date: Annotated[
        str | None,
        Field(
            alias='-invoiceDate',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    due_date: Annotated[
        str | None,
        Field(
            alias='dueDate',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    field_due_date: Annotated[
        str | None,
        Field(
            alias='-dueDate',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    created_at: Annotated[
        str | None,
        Field(
            alias='createdAt',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    field_created_at: Annotated[
        str | None,
        Field(
            alias='-createdAt',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    modified_at: Annotated[
        str | None,
        Field(
            alias='modifiedAt',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    field_modified_at: Annotated[
        str | None,
        Field(
            alias='-modifiedAt',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    amount: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    field_amount: Annotated[
        str | None,
        Field(
            alias='-amount',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    balance: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    field_balance: Annotated[
        str | None,
        Field(
            alias='-balance',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None
    number: Annotated[
        str | None,
        Field(
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.'
        ),
    ] = None
    field_number: Annotated[
        str | None,
        Field(
            alias='-number',
            description='`provider`; `bridge`, the bridge itself, on what the provider returned; `copy`, the copy that is kept of the connection; `absent`, nobody: the provider has no such data, and a filter matches none of its invoices.',
        ),
    ] = None


class FailedSync(BaseModel):
    """
    A sync that failed.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    at: AwareDatetime
    code: Annotated[
        str,
        Field(
            description='What kind of problem it is. Each always has the same status.'
        ),
    ]
    detail: str


class Capabilities(BaseModel):
    """
    What a provider can do, word by word.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    operations: Annotated[
        list[str], Field(description='What can be done there at all.')
    ]
    writes: Annotated[
        Writes,
        Field(
            description='How each write is sent; `bulk` for many invoices in one call.'
        ),
    ]
    filters: Annotated[AppliedFilters, Field(description='Who applies each filter.')]
    sorts: Annotated[AppliedSorts, Field(description='Who establishes each order.')]
    includes: Annotated[
        list[str], Field(description='What it has beside the invoice itself.')
    ]
    updatable: Annotated[
        list[str],
        Field(
            description='The fields that PATCH can change, as pointers into the invoice.'
        ),
    ]
    customer_required: Annotated[
        bool,
        Field(
            alias='customerRequired',
            description='Whether it lists only the invoices of customers that are named.',
        ),
    ]


class PatternTexts(RootModel[list[PatternText]]):
    """
    Any of these texts, with `*` for any characters or none.
    """

    root: Annotated[
        list[PatternText],
        Field(
            description='Any of these texts, with `*` for any characters or none.',
            max_length=200,
            min_length=1,
        ),
    ]


class DecimalRange(BaseModel):
    """
    What lies between these ends, of which there is one of each kind at most (`gte` or `gt`, `lte` or `lt`).
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    gte: Annotated[
        WholeNumber | Decimal | None,
        Field(
            description='A decimal as a text, or a whole number; a fraction as a JSON number may have been rounded on its way.'
        ),
    ] = None
    gt: Annotated[
        WholeNumber | Decimal | None,
        Field(
            description='A decimal as a text, or a whole number; a fraction as a JSON number may have been rounded on its way.'
        ),
    ] = None
    lte: Annotated[
        WholeNumber | Decimal | None,
        Field(
            description='A decimal as a text, or a whole number; a fraction as a JSON number may have been rounded on its way.'
        ),
    ] = None
    lt: Annotated[
        WholeNumber | Decimal | None,
        Field(
            description='A decimal as a text, or a whole number; a fraction as a JSON number may have been rounded on its way.'
        ),
    ] = None


class InvoicePatch(BaseModel):
    """
    What is not named stays; `null` clears. A due date must not come before an invoice date in the same patch.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    dates: PatchedDates | None = None
    bill_to_contact_id: Annotated[
        str | None,
        Field(
            alias='billToContactId',
            description='A text to put there; null clears it.',
            max_length=255,
            min_length=1,
        ),
    ] = None
    tracking: PatchedTracking | None = None
    comment: Annotated[
        str | None,
        Field(
            description='Added to those there are; comments are never cleared. Fusebill and SimplePin keep one text for all of them: there it is added on lines of its own, and where Fusebill has no room left (500 characters) it is refused with how much there is.',
            max_length=2000,
            pattern='[^\\s\\x85]',
        ),
    ] = None
    terms: Annotated[
        str | None,
        Field(
            description='A text to put there; null clears it.',
            max_length=255,
            min_length=1,
        ),
    ] = None
    custom_fields: Annotated[
        dict[str, Any] | None,
        Field(alias='customFields', description='Each by its name; `null` clears one.'),
    ] = None
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="No field: answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class Problem(BaseModel):
    """
    RFC 9457. Inside another answer (a source, a result) it says the same as one that is the answer.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    type: Annotated[str, Field(pattern='^urn:invoice-bridge:problem:[a-z_]+$')]
    title: Annotated[str, Field(description='The same for every problem of its code.')]
    status: Annotated[int, Field(ge=400, le=599)]
    detail: Annotated[str, Field(description='What happened here.')]
    instance: Annotated[str | None, Field(description='The path that was asked.')] = (
        None
    )
    code: Annotated[
        str,
        Field(
            description='What kind of problem it is. Each always has the same status.'
        ),
    ]
    retryable: Annotated[
        bool,
        Field(description='Whether the same request may succeed later, unchanged.'),
    ]
    retry_after: Annotated[
        int | None,
        Field(
            alias='retryAfter', description='Seconds to wait before asking again.', ge=0
        ),
    ] = None
    outcome: Annotated[
        str | None,
        Field(
            description='What came of the write on one invoice that the problem answers.'
        ),
    ] = None
    request_id: Annotated[
        str | None,
        Field(
            alias='requestId', description="The request's name; also in `X-Request-Id`."
        ),
    ] = None
    errors: Annotated[
        list[Fault] | None,
        Field(description='Each fault in the request, all at once.', min_length=1),
    ] = None
    available_actions: Annotated[
        AvailableActions | None, Field(alias='availableActions')
    ] = None
    matched: Annotated[
        int | None,
        Field(
            description='Of `too_many`, how many invoices match; absent where they were not counted to the end.',
            ge=0,
        ),
    ] = None
    limit: Annotated[
        int | None,
        Field(description='Of `too_many`, how many one call may write.', ge=0),
    ] = None
    provider: Annotated[
        ProviderAnswer | None, Field(description='What the provider itself said.')
    ] = None


class Invoice(BaseModel):
    """
    An invoice, whatever provider it came from. Every key is there, but for those that `includes` asks for.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    id: Annotated[
        str,
        Field(
            description="`{connection}:{the provider's own id}`; it routes itself. What a path cannot hold of an id, encoded or not, is written as `~2F` (`/`), `~3F` (`?`) and the like. Of a provider that takes an id in upper and lower case, every spelling is the one invoice, whose `id` is the provider's own.",
            examples=['nue:c52f7158-b164-44fa-93c5-e4b16420c371', 'fusebill:draft.77'],
            pattern='^[a-z][a-z0-9-]{0,39}:.+',
        ),
    ]
    connection: Annotated[
        str,
        Field(
            description='The name the owner of the stack gave to one account at one provider.',
            examples=['nue', 'fusebill-eu'],
            pattern='^[a-z][a-z0-9-]{0,39}$',
        ),
    ]
    provider: Annotated[
        str, Field(description='The kind of provider (`nue`, `fusebill`, ..).')
    ]
    direction: Annotated[
        str,
        Field(
            description='Who owes whom. `receivable`, a customer the company; `payable`, the company a supplier.'
        ),
    ]
    number: Annotated[str | None, Field(description='The number people know it by.')]
    customer: Customer
    supplier: Annotated[
        Supplier | None, Field(description='Who is paid, on a payable.')
    ]
    status: Annotated[
        str,
        Field(
            description="Where an invoice is in its life: `draft` (not yet binding), `pending_activation` (waiting for the provider), `active` (binding), `canceled` (withdrawn), `unknown` (the provider's word is not known)."
        ),
    ]
    provider_status: Annotated[
        str | None,
        Field(
            alias='providerStatus', description="The status in the provider's own word."
        ),
    ]
    payment_status: Annotated[
        str,
        Field(
            alias='paymentStatus',
            description="How far an invoice is paid: Nue's thirteen words, and what the other providers say beside them.",
        ),
    ]
    provider_payment_status: Annotated[
        str | None,
        Field(
            alias='providerPaymentStatus',
            description="The payment status in the provider's own word.",
        ),
    ]
    currency: Annotated[str | None, Field(description='Of every amount on it.')]
    amounts: Amounts
    dates: Dates
    timestamps: Timestamps
    terms: Annotated[
        str | None,
        Field(description="Terms of payment, in the provider's word (`Net10`)."),
    ]
    bill_to_contact_id: Annotated[
        str | None,
        Field(
            alias='billToContactId',
            description="The provider's id of the contact it is sent to.",
        ),
    ]
    payment: Payment
    documents: Documents
    tracking: Tracking
    comments: Annotated[
        list[InvoiceComment],
        Field(
            description="What people wrote on it, oldest first. Empty for a token with the claim `customers`, which finds nothing by them either: they are the company's own."
        ),
    ]
    custom_fields: Annotated[
        dict[str, Any],
        Field(
            alias='customFields',
            description="The account's own fields, as the provider sends them.",
        ),
    ]
    available_actions: Annotated[AvailableActions, Field(alias='availableActions')]
    lines: Annotated[
        list[Line] | None,
        Field(description='What it is made of; with `includes=lines`.'),
    ] = None
    assets: Annotated[
        list[ProviderObject] | None,
        Field(
            description='The assets it bills, as the provider sends them; with `includes=assets`.'
        ),
    ] = None
    orders: Annotated[
        list[ProviderObject] | None,
        Field(
            description='The orders it bills, as the provider sends them; with `includes=orders`.'
        ),
    ] = None
    payments: Annotated[
        list[ProviderObject] | None,
        Field(
            description='The payments applied to it, as the provider sends them; with `includes=payments`.'
        ),
    ] = None
    raw: Annotated[
        ProviderObject | None,
        Field(
            description="The provider's own object, byte for byte; with `includes=raw`."
        ),
    ] = None


class SummaryGroup(BaseModel):
    """
    What the invoices of one group come to.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    key: SummaryKey
    count: Annotated[int, Field(description='How many invoices.', ge=0)]
    amounts: Annotated[
        list[AmountSums], Field(description='What they come to, by currency.')
    ]


class Source(BaseModel):
    """
    What became of one connection in a listing.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    connection: Annotated[
        str,
        Field(
            description='The name the owner of the stack gave to one account at one provider.',
            examples=['nue', 'fusebill-eu'],
            pattern='^[a-z][a-z0-9-]{0,39}$',
        ),
    ]
    status: Annotated[
        str,
        Field(
            description='`ok`: its invoices are in the answer. `partial`: they are, but for the rows that `leftOut` counts. `stale`: they are, as they were at `fetchedAt`, since its provider is down. `unread`: it was not needed for this page. `failed`: they are not, and `problem` says why.'
        ),
    ]
    from_: Annotated[
        str,
        Field(
            alias='from',
            description='Who gave its invoices: `provider`; or `copy`, the copy that is kept of the connection, which is no older than `fetchedAt`. `Cache-Control: no-cache` asks the provider itself.',
        ),
    ]
    fetched_at: Annotated[
        AwareDatetime | None,
        Field(
            alias='fetchedAt',
            description='When its provider was asked, or was last asked for all that is in the copy; null when neither gave anything.',
        ),
    ]
    age: Annotated[int | None, Field(description='Seconds since then.', ge=0)]
    total: Annotated[
        int | None,
        Field(
            description='How many of its invoices answer; null when that is not known.',
            ge=0,
        ),
    ]
    filters: Annotated[
        AppliedFilters, Field(description='Who applied each filter that was asked.')
    ]
    sort: Annotated[
        str | None, Field(description='Who established the order; null without one.')
    ]
    left_out: Annotated[
        LeftOut | None,
        Field(
            alias='leftOut',
            description="Rows that its provider sent and that are not in the answer: no invoice can be made of them, they are another customer's than was asked for, or one alone is more than an answer can hold. Where a copy answers, those that it lacks are among them, whether they would have answered or not. Absent where there are none.",
        ),
    ] = None
    problem: Problem | None = None


class Copy(BaseModel):
    """
    What is known of the syncs of a connection of which a copy is kept.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    complete: Annotated[
        CompleteSync | None,
        Field(
            description='The last sync that read all of the connection; null before the first.'
        ),
    ]
    since: Annotated[
        AwareDatetime | None,
        Field(
            description='From when on changes are known; null before the first sync has been complete.'
        ),
    ]
    failed: Annotated[
        FailedSync | None,
        Field(
            description='The last sync that failed, where none has been complete since.'
        ),
    ]
    behind: Annotated[
        AwareDatetime | None,
        Field(
            description="From when on the copy may be older than a write through the bridge, which could not be put into it: listings are the provider's until a sync has read what was written. Null where it is not."
        ),
    ]


class InvoiceChange(BaseModel):
    """
    The latest change of an invoice.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    id: Annotated[
        str,
        Field(
            description="`{connection}:{the provider's own id}`; it routes itself. What a path cannot hold of an id, encoded or not, is written as `~2F` (`/`), `~3F` (`?`) and the like. Of a provider that takes an id in upper and lower case, every spelling is the one invoice, whose `id` is the provider's own.",
            examples=['nue:c52f7158-b164-44fa-93c5-e4b16420c371', 'fusebill:draft.77'],
            pattern='^[a-z][a-z0-9-]{0,39}:.+',
        ),
    ]
    kind: Annotated[
        str,
        Field(
            description='What has happened to it since the place that was asked from.'
        ),
    ]
    at: Annotated[AwareDatetime, Field(description='When the bridge learned of it.')]
    caused_by: Annotated[
        str,
        Field(
            alias='causedBy',
            description='`bridge`: a write through the bridge; `provider`: anything else.',
        ),
    ]
    etag: Annotated[
        str | None, Field(description="The invoice's `ETag`; null of one that is gone.")
    ]
    invoice: Annotated[
        Invoice | None,
        Field(
            description='Where `includes=invoice` asks for it, the invoice as it stands in the copy by now; null when it is gone.'
        ),
    ] = None


class InvoiceFilter(BaseModel):
    """
    The listing's parameters that select invoices, as JSON: a text or a list for "any of", each item one value with its commas; an object for a range. Each has to narrow: all the words of `status`, or of `paymentStatus`, together are refused. All invoices that match are written or, should any connection not answer, none.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    connection: ConnectionName | ConnectionNames | None = None
    customer_ids: Annotated[
        CustomerId | CustomerIdList | None, Field(alias='customerIds')
    ] = None
    status: AskedStatuses | Literal['draft', 'pending_activation', 'active', 'canceled', 'unknown', 'not_transferred', 'transferred', 'transfer_error', 'unpaid', 'partially_paid', 'paid', 'credit_back', 'applied', 'partially_applied', 'refunded', 'partially_refunded', 'written_off', 'partially_written_off', 'overdue', 'disputed', 'processing', 'failed'] | None = (
        None
    )
    payment_status: Annotated[
        AskedPaymentStatuses | Literal['not_transferred', 'transferred', 'transfer_error', 'unpaid', 'partially_paid', 'paid', 'credit_back', 'applied', 'partially_applied', 'refunded', 'partially_refunded', 'written_off', 'partially_written_off', 'overdue', 'disputed', 'canceled', 'processing', 'failed', 'unknown'] | None,
        Field(alias='paymentStatus'),
    ] = None
    invoice_date: Annotated[
        DayRange | date | None,
        Field(alias='invoiceDate', description='A day, or a range of days.'),
    ] = None
    due_date: Annotated[
        DayRange | date | None,
        Field(alias='dueDate', description='A day, or a range of days.'),
    ] = None
    created_at: Annotated[
        MomentRange | AwareDatetime | date | None,
        Field(alias='createdAt', description='An instant, a day or a range of them.'),
    ] = None
    modified_at: Annotated[
        MomentRange | AwareDatetime | date | None,
        Field(alias='modifiedAt', description='An instant, a day or a range of them.'),
    ] = None
    activated_at: Annotated[
        MomentRange | AwareDatetime | date | None,
        Field(alias='activatedAt', description='An instant, a day or a range of them.'),
    ] = None
    amount: Annotated[
        DecimalRange | WholeNumber | Decimal | None,
        Field(description='An amount, or a range of amounts.'),
    ] = None
    balance: Annotated[
        DecimalRange | WholeNumber | Decimal | None,
        Field(description='An amount, or a range of amounts.'),
    ] = None
    number: Annotated[
        PatternText | PatternTexts | None,
        Field(
            description='Where `*` stands for any characters or none; alone it would match every invoice.'
        ),
    ] = None
    po_number: Annotated[
        PatternText | PatternTexts | None,
        Field(
            alias='poNumber',
            description='Where `*` stands for any characters or none; alone it would match every invoice.',
        ),
    ] = None
    external_id: Annotated[
        FilterText | FilterTexts | None,
        Field(alias='externalId', description='A text, or any of several.'),
    ] = None
    currency: Literal['[empty]'] | Currencies | str | None = None
    search: Annotated[
        str | None,
        Field(
            description='Words to look for.',
            max_length=200,
            min_length=1,
            pattern='[^\\s\\x85]',
        ),
    ] = None


class WriteResult(BaseModel):
    """
    What came of a write on one invoice.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    id: Annotated[
        str,
        Field(
            description='The invoice as it was asked for.',
            examples=['nue:c52f7158-b164-44fa-93c5-e4b16420c371', 'fusebill:draft.77'],
            pattern='^[a-z][a-z0-9-]{0,39}:.+',
        ),
    ]
    outcome: Annotated[
        str,
        Field(
            description='`applied`: it was done. `unchanged`: it was so already, and nothing was sent. `rejected`: nothing happened. `unknown`: it may or may not have happened.'
        ),
    ]
    status: Annotated[
        str | None,
        Field(
            description='Its status now, as its provider says; null when it is gone or could not be read.'
        ),
    ]
    new_id: Annotated[
        str | None,
        Field(
            alias='newId',
            description='The reference it has from now on, where the provider gives it a new one.',
            examples=['nue:c52f7158-b164-44fa-93c5-e4b16420c371', 'fusebill:draft.77'],
            pattern='^[a-z][a-z0-9-]{0,39}:.+',
        ),
    ] = None
    invoice: Annotated[
        Invoice | None, Field(description='The invoice as it was last read.')
    ] = None
    invoice_omitted: Annotated[
        Literal[True] | None,
        Field(
            alias='invoiceOmitted',
            description='The invoice is left out, for the answer would be larger than AWS Lambda takes. Read it by its id.',
        ),
    ] = None
    problem: Annotated[
        Problem | None, Field(description='Why it was rejected, or is unknown.')
    ] = None
    dry_run: Annotated[
        Literal[True] | None,
        Field(
            alias='dryRun',
            description='The outcome is what would happen; nothing was sent. Of a write on one invoice.',
        ),
    ] = None


class Listing(BaseModel):
    """
    One page of invoices, and what became of each connection.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    data: Annotated[
        list[Invoice], Field(description='One page of invoices, in the asked order.')
    ]
    has_more: Annotated[
        bool,
        Field(
            alias='hasMore',
            description='Whether asking again with `nextCursor` may bring more.',
        ),
    ]
    next_cursor: Annotated[
        str | None,
        Field(alias='nextCursor', description='Where to go on from; opaque.'),
    ]
    total: Annotated[
        int | None,
        Field(
            description="Invoices that answer over all connections; null unless every connection's number is known.",
            ge=0,
        ),
    ]
    sources: Annotated[
        list[Source], Field(description='What became of each connection.')
    ]


class Summary(BaseModel):
    """
    What all invoices that answer come to.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    by: Annotated[
        list[Literal['connection', 'status', 'paymentStatus', 'aging', 'currency']],
        Field(description='What it is grouped by, each once.'),
    ]
    aging_date: Annotated[
        date | None,
        Field(
            alias='agingDate',
            description='The day that the aging is reckoned from; null where nothing is grouped by it.',
        ),
    ]
    count: Annotated[int, Field(description='How many invoices.', ge=0)]
    amounts: Annotated[
        list[AmountSums], Field(description='What they come to, by currency.')
    ]
    groups: Annotated[list[SummaryGroup], Field(description='The same, by group.')]
    complete: Annotated[
        bool,
        Field(
            description='Whether every invoice that answers is counted; where not, `sources` tells what is missing.'
        ),
    ]
    as_of: Annotated[
        AwareDatetime,
        Field(
            alias='asOf',
            description='When the first of the providers was asked; nothing in it is older.',
        ),
    ]
    sources: Annotated[
        list[Source], Field(description='What became of each connection.')
    ]


class Connection(BaseModel):
    """
    One connection; what its secret would tell is null where it cannot be used.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    name: Annotated[
        str,
        Field(
            description='The name the owner of the stack gave to one account at one provider.',
            examples=['nue', 'fusebill-eu'],
            pattern='^[a-z][a-z0-9-]{0,39}$',
        ),
    ]
    provider: Annotated[str | None, Field(description='The kind of provider.')]
    title: Annotated[str | None, Field(description="The provider's name for people.")]
    direction: str | None
    status: Annotated[str, Field(description='Whether it can be used.')]
    problem: Annotated[Problem | None, Field(description='Why it cannot be used.')] = (
        None
    )
    capabilities: Capabilities | None
    assumptions: Annotated[
        list[Assumption],
        Field(
            description='What the bridge assumes of the provider though no document states it. One that the provider refuses costs speed, or a field of a listing, and never the listing. Empty where the connection cannot be used.'
        ),
    ]
    copy_: Annotated[
        Copy | None,
        Field(
            alias='copy',
            description='The copy that is kept of the connection, as of its last syncs; null where none is, and to callers who are no operators.',
        ),
    ]
    webhooks: Annotated[
        ConnectionWebhooks | None,
        Field(
            description='The webhooks of the connection; null where its secret has none, or it cannot be used, and to callers who are no operators.'
        ),
    ]


class Changes(BaseModel):
    """
    Changes of invoices, in the order in which the bridge learned of them.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    data: list[InvoiceChange]
    has_more: Annotated[
        bool, Field(alias='hasMore', description='Whether there are more by now.')
    ]
    next_cursor: Annotated[
        str, Field(alias='nextCursor', description='Where to go on from, now or later.')
    ]
    sources: list[ChangeSource]


class ActivationByFilter(BaseModel):
    """
    The invoices that match, to activate.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    filter: InvoiceFilter
    invoice_date: Annotated[
        date | None,
        Field(
            alias='invoiceDate',
            description='The date to put on them; the provider works the due date out anew.',
        ),
    ] = None
    comment: Annotated[
        str | None,
        Field(
            description='Why; kept in the audit trail, and put on the invoice where the provider has comments.',
            max_length=2000,
            pattern='[^\\s\\x85]',
        ),
    ] = None
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class CancellationByFilter(BaseModel):
    """
    The invoices that match, to cancel.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    filter: InvoiceFilter
    comment: Annotated[
        str | None,
        Field(
            description='Why; kept in the audit trail, and put on the invoice where the provider has comments.',
            max_length=2000,
            pattern='[^\\s\\x85]',
        ),
    ] = None
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class DeletionByFilter(BaseModel):
    """
    The invoices that match, to delete.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    filter: InvoiceFilter
    dry_run: Annotated[
        bool | None,
        Field(
            alias='dryRun',
            description="Answer what would happen, by the provider's rules, and send no write.",
        ),
    ] = None


class WriteResults(BaseModel):
    """
    What came of a write on several invoices.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    summary: Annotated[
        OutcomeCounts, Field(description='How many invoices had each outcome.')
    ]
    dry_run: Annotated[
        Literal[True] | None,
        Field(
            alias='dryRun',
            description='The outcomes are what would happen; nothing was sent.',
        ),
    ] = None
    results: Annotated[
        list[WriteResult],
        Field(description='One for each invoice, in the order asked.'),
    ]


class Connections(BaseModel):
    """
    The connections that the caller may use.
    """

    model_config = ConfigDict(
        extra='allow',
        populate_by_name=True,
    )
    data: list[Connection]


class ActivationRequest(RootModel[ActivationByIds | ActivationByFilter]):
    root: Annotated[
        ActivationByIds | ActivationByFilter,
        Field(
            description='Which invoices to activate, by their references or by a filter.'
        ),
    ]


class CancellationRequest(RootModel[CancellationByIds | CancellationByFilter]):
    root: Annotated[
        CancellationByIds | CancellationByFilter,
        Field(
            description='Which invoices to cancel, by their references or by a filter.'
        ),
    ]


class DeletionRequest(RootModel[DeletionByIds | DeletionByFilter]):
    root: Annotated[
        DeletionByIds | DeletionByFilter,
        Field(
            description='Which invoices to delete, by their references or by a filter.'
        ),
    ]
