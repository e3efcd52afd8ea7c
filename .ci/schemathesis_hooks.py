"""What infra/openapi.yaml cannot say of a sound request, put right before it is sent;
and what it leaves open for clients, closed: answers are held to what there is."""

import schemathesis

FIELDS = ["invoiceDate", "dueDate", "createdAt", "modifiedAt", "activatedAt", "amount", "balance"]
# A range has one end of each kind: OpenAPI has no words for "not both".
EITHER = [("gte", "gt"), ("lte", "lt")]


def close(schema):
    """As tests/end_to_end/openapi/document.rs does."""
    if isinstance(schema, dict):
        if "x-extensible-enum" in schema:
            schema["enum"] = schema.pop("x-extensible-enum")
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for member in list(schema.values()):
            close(member)
    elif isinstance(schema, list):
        for item in schema:
            close(item)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    close(raw_schema["components"])


@schemathesis.hook
def before_call(context, case, kwargs):
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive:
        return
    if isinstance(case.body, dict) and isinstance(case.body.get("filter"), dict):
        for field in FIELDS:
            one_of_each_end(case.body["filter"].get(field))
    if not case.query:
        return
    # A cursor is the service's own word: none that was made up is sound.
    case.query.pop("cursor", None)
    for field in FIELDS:
        for one, other in EITHER:
            if f"{field}[{one}]" in case.query:
                case.query.pop(f"{field}[{other}]", None)
        if field in case.query:
            for end in (end for pair in EITHER for end in pair):
                case.query.pop(f"{field}[{end}]", None)


def one_of_each_end(value):
    if isinstance(value, dict):
        for one, other in EITHER:
            if one in value:
                value.pop(other, None)
