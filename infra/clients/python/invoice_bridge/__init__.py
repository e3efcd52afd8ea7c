"""A client of the Invoice Bridge."""

from .client import InvoiceBridge, is_open, results
from .error import InvoiceBridgeError
from .models import Connection, Invoice, Listing, Problem, WriteResult, WriteResults
from .request import Filter, Query, Range

__all__ = [
    "Connection",
    "Filter",
    "Invoice",
    "InvoiceBridge",
    "InvoiceBridgeError",
    "Listing",
    "Problem",
    "Query",
    "Range",
    "WriteResult",
    "WriteResults",
    "is_open",
    "results",
]
