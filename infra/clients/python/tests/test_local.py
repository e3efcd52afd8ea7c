"""Against a local stack, whose addresses .ci/clients gives. typescript/test/local.test.ts does the same."""

from __future__ import annotations

import json
import os
import re
import unittest
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
from invoice_bridge import InvoiceBridge, InvoiceBridgeError

API = os.environ["BRIDGE_API"]


def control(method: str, path: str, body: object = None) -> Any:
    address = f"{os.environ['BRIDGE_SANDBOX']}/_control/{path}"
    answer = httpx.request(method, address, content=None if body is None else json.dumps(body))
    assert answer.is_success, answer.text
    return None if answer.status_code == 204 else answer.json()


class Through(httpx.BaseTransport):
    """What a test does to the requests and the answers on their way."""

    def __init__(self, change: Callable[[httpx.Request, httpx.Response], httpx.Response]) -> None:
        self._inner, self._change = httpx.HTTPTransport(), change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        answer.read()
        return self._change(request, answer)

    def close(self) -> None:
        self._inner.close()


OPEN = ExitStack()


def bridge(token: str = os.environ["BRIDGE_TOKEN"], **options: Any) -> InvoiceBridge:
    return OPEN.enter_context(InvoiceBridge(options.pop("base_url", API), token, **options))


def tearDownModule() -> None:
    OPEN.close()


class Local(unittest.TestCase):
    def failed(self, asked: Callable[[], object]) -> InvoiceBridgeError:
        with self.assertRaises(InvoiceBridgeError) as raised:
            asked()
        return raised.exception

    def test_ranges_narrow_a_listing_and_every_page_is_followed(self) -> None:
        begin, end = date(2026, 1, 1), date(2026, 4, 1)
        every = [
            one.id
            for one in bridge().invoices(connection=["nue", "fusebill"], sort="invoiceDate", limit=200)
            if one.amounts.total is not None and one.amounts.total > 100
            and one.dates.invoice is not None and begin <= one.dates.invoice < end
        ]
        pages = list(bridge().pages(
            connection=["nue", "fusebill"], sort="invoiceDate", invoice_date={"gte": begin, "lt": end},
            amount={"gt": Decimal("100")}, limit=3,
        ))
        self.assertGreater(len(every), 6)
        self.assertGreaterEqual(len(pages), len(every) / 3)
        self.assertEqual([one.id for page in pages for one in page.data], every)

    def test_drafts_are_activated_once_though_answers_are_lost(self) -> None:
        drafts = [one.id for one in bridge().invoices(connection="nue", status="draft") if one.available_actions.activate][:20]
        self.assertEqual(len(drafts), 20)
        control("PUT", "nue/faults", {"kind": "dropBefore", "operation": "activate", "times": 1})
        keys: list[str] = []

        def lose(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            keys.append(request.headers["idempotency-key"])
            if len(keys) == 1:
                raise httpx.ReadError("the answer is lost")
            return httpx.Response(503, json={"message": "Service Unavailable"}) if len(keys) == 2 else answer

        lossy = bridge(transport=Through(lose))
        answer = bridge().settle(lambda key: lossy.activate(drafts, key=key))
        self.assertEqual((answer.summary.applied, len(answer.results)), (20, 20))
        self.assertGreaterEqual(len(keys), 3)
        self.assertEqual(len(set(keys)), 1)
        times = {f"nue:{one['id']}": one["operations"].get("activate", {}).get("applied") for one in control("GET", "nue/writes")["invoices"]}
        self.assertEqual([times.get(draft) for draft in drafts], [1] * 20)

    def test_a_write_is_given_a_key_and_its_dry_run_sends_nothing(self) -> None:
        before = control("GET", "nue/writes")
        keys: list[str] = []

        def see(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            keys.append(request.headers["idempotency-key"])
            return answer

        draft = bridge().list(connection="nue", status="draft", limit=1).data[0].id
        result = bridge(transport=Through(see)).update(draft, {"dates": {"due": date(2027, 1, 31)}}, dry_run=True)
        self.assertEqual((result.outcome, result.dry_run), ("applied", True))
        self.assertRegex(keys[0], "^[0-9a-f-]{36}$")
        self.assertEqual(control("GET", "nue/writes"), before)

    def test_a_problem_and_a_gateways_message_are_one_error(self) -> None:
        missing = self.failed(lambda: bridge().get("nue:nope"))
        self.assertEqual((missing.status, missing.code, missing.retryable), (404, "invoice_not_found", False))
        self.assertIn("nue:nope", str(missing))
        self.assertTrue(missing.request_id)
        stranger = self.failed(lambda: bridge(token="x").connections())
        self.assertEqual((stranger.status, stranger.code, str(stranger)), (401, None, "Unauthorized"))
        nobody = self.failed(lambda: bridge(base_url="http://127.0.0.1:1", attempts=1).list())
        self.assertEqual((nobody.status, nobody.retryable), (0, True))

    def test_words_and_members_that_are_not_known_are_kept(self) -> None:
        control("PUT", "nue/faults", {"kind": "unknownStatus", "operation": "list"})
        try:
            page = bridge().list(connection="nue", limit=8)
        finally:
            control("DELETE", "nue/faults")
        self.assertEqual([one.status for one in page.data if one.provider_status == "Quarantined"], ["unknown"])

        def tomorrow(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            return httpx.Response(200, text=re.sub(r'"status":"\w+"', '"status":"brand_new","mood":"fine"', answer.text, count=1))

        one = bridge(transport=Through(tomorrow)).list(connection="fusebill", limit=1).data[0]
        self.assertEqual((one.status, one.model_extra), ("brand_new", {"mood": "fine"}))


if __name__ == "__main__":
    unittest.main()
