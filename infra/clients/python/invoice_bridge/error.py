"""Why a request failed."""

from __future__ import annotations

from typing import Any

import httpx

from .models import Problem


class InvoiceBridgeError(Exception):
    """Why a request failed: the bridge's problem, API Gateway's message, or no answer at all."""

    def __init__(self, status: int, body: object, headers: httpx.Headers) -> None:
        said: dict[str, Any] = body if isinstance(body, dict) else {}
        self.status = status  # The HTTP status; 0 where there was no answer.
        self.problem = Problem.model_validate(said) if "code" in said else None
        self.code = self.problem.code if self.problem else None
        transient = status in (0, 429, 500, 502, 503, 504)
        self.retryable = self.problem.retryable if self.problem else transient
        after = headers.get("retry-after", "")
        told = self.problem.retry_after if self.problem else None
        self.retry_after = told if told is not None else int(after) if after.isdecimal() else None
        name = headers.get("x-request-id", headers.get("apigw-requestid"))
        self.request_id = self.problem.request_id if self.problem and self.problem.request_id else name
        detail = self.problem.detail if self.problem else said.get("message")
        super().__init__(detail or (f"HTTP {status}" if status else "no answer"))
