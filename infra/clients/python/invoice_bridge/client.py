"""A client of the Invoice Bridge. The models are the document's (`models.py`); what is
added here is what a generator cannot know: ranges, pages, keys of writes, retries."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, Unpack
from urllib.parse import quote

import httpx
from pydantic import BaseModel

from .error import InvoiceBridgeError
from .models import Connection, Connections, Invoice, Listing, WriteResult, WriteResults
from .request import (
    ActivationOptions,
    CancellationOptions,
    DeletionOptions,
    Query,
    Texts,
    WriteOptions,
    as_json,
    as_query,
    camel,
)

M = TypeVar("M", bound=BaseModel)
R = TypeVar("R", WriteResult, WriteResults)


def results(answer: WriteResult | WriteResults) -> list[WriteResult]:
    """The results of either form of a write."""
    return answer.results if isinstance(answer, WriteResults) else [answer]


def is_open(result: WriteResult) -> bool:
    """Whether asking again with the same key may tell more of a result."""
    retryable = result.problem.retryable if result.problem else None
    if result.outcome == "unknown":
        return retryable is not False
    return result.outcome == "rejected" and retryable is True


class InvoiceBridge:
    """A stack, by its address (its output `ApiUrl`) and a token or what fetches one."""

    def __init__(
        self,
        base_url: str,
        token: str | Callable[[], str] | None = None,
        *,
        attempts: int = 5,
        longest_wait: float = 30,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._token, self._attempts, self._longest_wait = token, attempts, longest_wait
        self._http = httpx.Client(base_url=base_url, transport=transport, timeout=60)

    def __enter__(self) -> InvoiceBridge:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def list(self, **query: Unpack[Query]) -> Listing:
        """One page."""
        return self._ask(Listing, "GET", "/invoices", params=as_query(query))

    def pages(self, **query: Unpack[Query]) -> Iterator[Listing]:
        """Every page from here on."""
        while True:
            page = self.list(**query)
            yield page
            if not page.has_more or page.next_cursor is None:
                return
            query["cursor"] = page.next_cursor

    def invoices(self, **query: Unpack[Query]) -> Iterator[Invoice]:
        """Every invoice that answers, page after page. A source that failed is told by
        `pages`, or fails with `require="all"`."""
        for page in self.pages(**query):
            yield from page.data

    def get(self, invoice: str, **view: Unpack[Query]) -> Invoice:
        return self._ask(Invoice, "GET", _path(invoice), params=as_query(view))

    def connections(self) -> Sequence[Connection]:
        return self._ask(Connections, "GET", "/connections").data

    def activate(self, invoice_ids: Texts | None = None, **options: Unpack[ActivationOptions]) -> WriteResults:
        """Many invoices, by their ids or by `filter`; so do `cancel` and `delete`."""
        return self._write(WriteResults, "POST", "/invoices/activate", {"invoice_ids": invoice_ids, **options})

    def cancel(self, invoice_ids: Texts | None = None, **options: Unpack[CancellationOptions]) -> WriteResults:
        return self._write(WriteResults, "POST", "/invoices/cancel", {"invoice_ids": invoice_ids, **options})

    def delete(self, invoice_ids: Texts | None = None, **options: Unpack[DeletionOptions]) -> WriteResults:
        return self._write(WriteResults, "POST", "/invoices/delete", {"invoice_ids": invoice_ids, **options})

    def activate_one(self, invoice: str, **options: Unpack[ActivationOptions]) -> WriteResult:
        return self._write(WriteResult, "POST", _path(invoice) + "/activate", {**options})

    def cancel_one(self, invoice: str, **options: Unpack[CancellationOptions]) -> WriteResult:
        return self._write(WriteResult, "POST", _path(invoice) + "/cancel", {**options})

    def delete_one(self, invoice: str, **options: Unpack[DeletionOptions]) -> WriteResult:
        return self._write(WriteResult, "DELETE", _path(invoice), {**options})

    def update(self, invoice: str, patch: dict[str, object], **options: Unpack[WriteOptions]) -> WriteResult:
        """A merge patch, by the API's own names: `{"dates": {"due": date(2026, 7, 1)}}`."""
        return self._write(WriteResult, "PATCH", _path(invoice), {**options}, as_json(patch))

    def settle(self, write: Callable[[str], R], *, key: str | None = None, patience: float = 180) -> R:
        """Repeats a write under one key until no outcome of it is open, or the patience (in
        seconds) is over: `settle(lambda key: bridge.activate(ids, key=key))`. What was
        `unknown` is gone on from reading, and never sent twice."""
        key, end = key or str(uuid.uuid4()), time.monotonic() + patience
        while True:
            answer: R | InvoiceBridgeError
            waits: Sequence[int | None]
            try:
                answer = write(key)
                waits = [one.problem.retry_after if one.problem else None for one in results(answer) if is_open(one)]
            except InvoiceBridgeError as error:
                if not error.retryable:
                    raise
                answer, waits = error, [error.retry_after]
            pause = max([1, *(seconds or 0 for seconds in waits)])
            if not waits or time.monotonic() + pause > end:
                if isinstance(answer, InvoiceBridgeError):
                    raise answer
                return answer
            time.sleep(pause)

    def _write(self, model: type[M], method: str, path: str, options: dict[str, Any], patch: Any = None) -> M:
        headers = {"Idempotency-Key": options.pop("key", None) or str(uuid.uuid4())}
        if (tag := options.pop("if_match", None)) is not None:
            headers["If-Match"] = tag
        if (filter := options.pop("filter", None)) is not None:
            options["filter"] = {camel(name): value for name, value in filter.items()}
        body = {camel(name): as_json(value) for name, value in options.items() if value is not None}
        return self._ask(model, method, path, json={**(patch or {}), **body}, headers=headers)

    def _ask(self, model: type[M], method: str, path: str, **request: Any) -> M:
        """Sends a request until it is answered for good: every write has a key, so it is done once."""
        headers = request.pop("headers", {})
        for attempt in range(1, self._attempts + 1):
            if self._token is not None:
                token = self._token if isinstance(self._token, str) else self._token()
                headers["Authorization"] = f"Bearer {token}"
            try:
                response = self._http.request(method, path, headers=headers, **request)
            except httpx.TransportError as error:
                failure = InvoiceBridgeError(0, None, httpx.Headers())
                failure.__cause__ = error
            else:
                if response.is_success:
                    return model.model_validate_json(response.content)
                failure = InvoiceBridgeError(response.status_code, _parsed(response), response.headers)
            pause = random.random() * 2 ** (attempt - 1) if failure.retry_after is None else failure.retry_after
            if not failure.retryable or attempt == self._attempts or pause > self._longest_wait:
                raise failure
            time.sleep(pause)
        raise AssertionError("there is at least one attempt")


def _path(invoice: str) -> str:
    return f"/invoices/{quote(invoice, safe='')}"


def _parsed(response: httpx.Response) -> object:
    try:
        return response.json()
    except ValueError:
        return None
