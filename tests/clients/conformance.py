"""The gateway asked by the official clients. `scripts/test-clients` runs it: `conformance.py GATEWAY [NAME..]`.

Behind the gateway stand a real litellm, which answers from its own mock without network, and scripted vendors of every wire
format (vendors.py) for what the mock cannot do. A client that raises what its vendor's documentation says has understood
the gateway.
"""

import sys
import tempfile
import traceback
from contextlib import ExitStack
from pathlib import Path

import openai

import anthropic_cases
import openai_cases
import vendors
from servers import gateway, litellm, model, provider

WIRES = {"completions": ("openai_chat", vendors.Chat), "messages": ("anthropic_messages", vendors.Messages),
         "responses": ("openai_responses", vendors.Responses), "gigachat": ("gigachat", vendors.Gigachat)}
STATUSES = (400, 401, 404, 422, 429, 500, 529)


def peer_tables(port):
    url = f"http://127.0.0.1:{port}/v1"
    for wire in ("completions", "messages", "responses"):
        yield provider(f"peer-{wire}", WIRES[wire][0], url, "PEER_API_KEY")
        yield model(f"peer-{wire}", (f"peer-{wire}", "hello"))
    for name in ("structured", "calling", "limited", "broken", "too-long", "vectors"):
        yield model(f"peer-{name}", ("peer-completions", name))


def vendor_tables(wire, vendor):
    more = f'authorization = "gigachat_oauth"\ntoken_url = "{vendor.url}/oauth"\ntoken_scope = "GIGACHAT_API_PERS"\n' \
           'quirks.schema_mode = "function"\n' if wire == "gigachat" else ""
    # A provider that refused its key is passed over for a while, whatever the model: who refuses stands apart.
    for name in (wire, f"{wire}-refusing"):
        yield provider(name, WIRES[wire][0], f"{vendor.url}/v1", "GIGACHAT_KEY" if wire == "gigachat" else "VENDOR_KEY", more)
    yield model(wire, (wire, "scripted"))
    for status in STATUSES:
        yield model(f"{wire}-{status}", (f"{wire}-refusing" if status == 401 else wire, f"status-{status}"))
    yield model(f"{wire}-endless", (wire, "endless"))


def warm(port, key):
    """Has litellm load its tokenizer, which takes longer than the gateway waits for the usage behind an answer's end."""
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key=key)
    usage = {"include_usage": True}
    list(client.chat.completions.create(model="hello", messages=openai_cases.QUESTION, stream=True, stream_options=usage))


def cases(url, key, started):
    clients = (("openai", openai_cases), ("anthropic", anthropic_cases))
    named = lambda title, found: [(f"{title}: {name}", case) for name, case in found]
    for client, module in clients:
        yield from named(f"{client}, litellm", module.over_litellm(url, key))
        for wire in WIRES:
            yield from named(f"{client}, vendors", module.over_vendor(url, key, wire))
        yield from named(f"{client}, gateway", module.of_the_gateway(url, key, started["completions"]))
    tokens = lambda: openai_cases.expect(started["gigachat"].tokens_given == 1, started["gigachat"].tokens_given)
    yield "gigachat: one token for all calls", tokens
    # Last: a refused token is thrown away.
    for client, module in clients:
        for wire in WIRES:
            yield from named(f"{client}, vendors", module.failing_vendor(url, key, wire))


def main():
    program, *wanted = sys.argv[1:]
    failed = passed = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        started = {wire: vendors.Vendor(form(), "sk-vendor-key") for wire, (_, form) in WIRES.items()}
        for vendor in started.values():
            stack.enter_context(vendor)
        peer, peer_key = litellm(folder)
        stack.enter_context(peer)
        warm(peer.port, peer_key)
        tables = [*peer_tables(peer.port), *(table for wire in WIRES for table in vendor_tables(wire, started[wire]))]
        environment = {"PEER_API_KEY": peer_key, "VENDOR_KEY": "sk-vendor-key", "GIGACHAT_KEY": vendors.GIGACHAT_KEY}
        ours, key = gateway(program, folder, tables, environment)
        stack.enter_context(ours)
        for name, case in cases(f"http://127.0.0.1:{ours.port}", key, started):
            if wanted and not any(word in name for word in wanted):
                continue
            try:
                case()
                passed += 1
                print(f"ok      {name}", flush=True)
            except Exception:
                failed += 1
                print(f"FAILED  {name}\n{traceback.format_exc()}", flush=True)
        if failed:
            print(ours.said())
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


main()
