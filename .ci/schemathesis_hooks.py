"""What infra/openapi.yaml cannot say of a sound request, put right before it is sent."""

import schemathesis

FIELDS = ["invoiceDate", "dueDate", "createdAt", "modifiedAt", "activatedAt", "amount", "balance"]


@schemathesis.hook
def before_call(context, case, kwargs):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or not case.query:
        return
    # A cursor is the service's own word: none that was made up is sound.
    case.query.pop("cursor", None)
    # A range has one end of each kind: OpenAPI has no words for "not both".
    for field in FIELDS:
        ends = [f"{field}[{end}]" for end in ("gte", "gt", "lte", "lt")]
        for one, other in ((ends[0], ends[1]), (ends[2], ends[3])):
            if one in case.query:
                case.query.pop(other, None)
        if field in case.query:
            for end in ends:
                case.query.pop(end, None)
