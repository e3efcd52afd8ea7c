"""Webhooks signed by libraries of others, sent to the local stack as they are and altered: what
the library says of each, the stack has to say, too. And what the sandbox signs, the library
has to take."""

import base64
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timezone

import standardwebhooks
import stripe

READY = json.loads(sys.argv[1])
API, SANDBOX = READY["api"], READY["sandbox"]
CASES = int(os.environ.get("WEBHOOK_CASES", "300"))
SEED = int(os.environ.get("WEBHOOK_SEED", "7"))
SECRET = "sandbox-webhook-secret-stripe"
RELAY = "whsec_MjQgYnl0ZXMgdGhhdCBub2JvZHkgaGFz"


def post(url, body, headers):
    request = urllib.request.Request(url, body, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def stripe_signed(rng):
    """A webhook as Stripe's own library would sign it, and its header."""
    body = json.dumps({"id": "evt_1", "object": "event", "type": "invoice.updated", "n": rng.random(),
                       "data": {"object": {"object": "invoice", "id": "in_1", "name": "Zoë \u2603"}}}).encode()
    at = int(time.time()) - rng.choice([0, 1, 100, 290, 310, 4000])
    secret = rng.choice([SECRET, SECRET, SECRET, "whsec_another"])
    header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    tag = header.split("v1=")[1]
    more = [header, f"t={at},v1={'0' * 64},v1={tag}", f"{header},v0=x"]
    return body, {"Stripe-Signature": rng.choice(more)}


def stripe_says(body, headers):
    try:
        stripe.Webhook.construct_event(body, headers.get("Stripe-Signature", ""), SECRET, tolerance=300)
    except (stripe.SignatureVerificationError, ValueError, UnicodeDecodeError):
        return False
    return True


def relay_signed(rng):
    body = json.dumps({"event": "invoice.activated", "n": rng.random(), "invoice": {"id": "é"}}).encode()
    at = int(time.time()) - rng.choice([0, 1, 100, 290, 310, 4000])
    secret = rng.choice([RELAY, RELAY, RELAY, "whsec_YW5vdGhlciBzZWNyZXQgb2YgbWluZQ=="])
    moment = datetime.fromtimestamp(at, timezone.utc)
    signature = standardwebhooks.Webhook(secret).sign("msg_1", moment, body.decode())
    other = "v1," + "A" * 43 + "="
    return body, {"webhook-id": "msg_1", "webhook-timestamp": str(at),
                  "webhook-signature": rng.choice([signature, f"{other} {signature}", f"{signature} v1a,x"])}


def is_canonical(signature):
    """Whether Base64 writes the bytes of a signature so: Python's reader also takes a last letter
    whose unused bits are set, which the libraries of the standard in other languages refuse."""
    version, _, text = signature.partition(",")
    try:
        return version != "v1" or base64.b64encode(base64.b64decode(text)).decode() == text
    except ValueError:
        return True


def relay_says(body, headers):
    if not all(map(is_canonical, headers.get("webhook-signature", "").split())):
        return False
    try:
        standardwebhooks.Webhook(RELAY).verify(body, headers)
    except (standardwebhooks.WebhookVerificationError, ValueError):
        return False
    return True


def altered(rng, body, headers):
    """As it is, or with one thing about it changed."""
    how = rng.randrange(5)
    if how == 1:
        place = rng.randrange(len(body))
        body = body[:place] + bytes([body[place] ^ (1 << rng.randrange(7))]) + body[place + 1:]
    elif how == 2:
        name = rng.choice(sorted(headers))
        headers = {key: value for key, value in headers.items() if key != name}
    elif how == 3:
        name = rng.choice(sorted(headers))
        value = headers[name]
        place = rng.randrange(len(value))
        headers = {**headers, name: value[:place] + rng.choice("0123456789abcdef") + value[place + 1:]}
    return body, headers


def hold(name, path, signed, says):
    rng = random.Random(SEED)
    seen = {200: 0, 401: 0}
    for case in range(CASES):
        body, headers = altered(rng, *signed(rng))
        expected = 200 if says(body, headers) else 401
        status, answer = post(API + path, body, {**headers, "Content-Type": "application/json"})
        assert status == expected, f"{name} {SEED} {case}: {status}, not {expected}: {headers} {body}"
        assert answer == b"", f"{name} {case}: {answer}"
        seen[status] += 1
    assert min(seen.values()) > CASES / 10, f"{name}: {seen}"
    print(f"-- {name}: {seen[200]} taken and {seen[401]} refused, as its library says")


hold("stripe", "/webhooks/stripe", stripe_signed, stripe_says)
hold("standardwebhooks", "/webhooks/relay", relay_signed, relay_says)

with urllib.request.urlopen(f"{SANDBOX}/_control/stripe/invoices") as answer:
    invoice = json.load(answer)[0]["id"]
for manner, is_true in [("true", True), ("forged", False), ("old", False), ("flipped", False), ("unproved", False)]:
    asked = json.dumps({"id": invoice, "manner": manner}).encode()
    _, made = post(f"{SANDBOX}/_control/stripe/webhooks", asked, {"Content-Type": "application/json"})
    made = json.loads(made)
    headers = {name.title(): value for name, value in made["headers"]}
    assert stripe_says(made["body"].encode(), headers) == is_true, manner
print("-- what the sandbox signs: as its library says")
