"""The gateway before a real litellm, asked by the official clients. `scripts/test-clients` runs it.

litellm answers from its own mock, without network. The gateway reaches it by three wire formats; both clients ask for
each. A client that raises what its vendor's documentation says has understood the gateway.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import anthropic
import openai

QUESTION = [{"role": "user", "content": "Say hello."}]
ANSWER = "Hello from litellm's mock."
CHAT, MESSAGES, RESPONSES = "over-chat", "over-messages", "over-responses"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A program that listens, ended with the `with` that it stands in."""

    def __init__(self, command, port, environment):
        self.command, self.port, self.environment = [str(word) for word in command], port, environment

    def __enter__(self):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(self.command, stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        start_new_session=True, env={**os.environ, **self.environment})
        for _ in range(2400):
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.05)
        sys.exit(f"{self.command[0]} does not listen:\n{self.said()}")

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]


def litellm(folder):
    port, key = free_port(), f"sk-peer-{secrets.token_hex(24)}"
    entry = lambda name, answer: {"model_name": name, "litellm_params": {
        "model": "openai/gpt-4o-mini", "api_key": "sk-mock", "mock_response": answer}}
    config = folder / "litellm.json"
    config.write_text(json.dumps({
        "model_list": [entry("hello", ANSWER), entry("limited", "litellm.RateLimitError"),
                       entry("broken", "litellm.InternalServerError")],
        "litellm_settings": {"num_retries": 0, "telemetry": False, "callbacks": []},
        "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"}}))
    local = ("LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_LOCAL_BLOG_POSTS", "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS",
             "LITELLM_LOCAL_POLICY_TEMPLATES", "LITELLM_LOCAL_AUTOROUTER_PRESETS")
    environment = {**dict.fromkeys(local, "True"), "LITELLM_TELEMETRY": "False", "LITELLM_MODE": "PRODUCTION",
                   "LITELLM_LOG": "ERROR", "LITELLM_MASTER_KEY": key}
    program = Path(sys.prefix) / "bin/litellm"
    return Server([program, "--config", config, "--host", "127.0.0.1", "--port", port], port, environment), key


def gateway(program, folder, peer_port, peer_key):
    port, key = free_port(), f"sk-samokoder-{secrets.token_hex(32)}"
    provider = lambda name, dialect, more="": f"""
[providers.{name}]
title = "litellm"
dialect = "{dialect}"
base_url = "http://127.0.0.1:{peer_port}/v1"
key_names = ["PEER_API_KEY"]
{more}"""
    model = lambda name, provider, peer: f"""
[[models]]
name = "{name}"
classes = ["fast"]
tier = 3
context_tokens = 128000
max_output_tokens = 16384
vision = false
tools = true
schema = true
reasoning = false
routes = [{{ provider = "{provider}", model = "{peer}" }}]
"""
    price = lambda name: f"""
[prices.models."{name}/hello"]
input = "0.15"
output = "0.60"
date = "2026-11-01"
source = "this test"
"""
    config = folder / "gateway.toml"
    config.write_text(f"""[router.retries]
most = 0

[gateway]
listen = "127.0.0.1:{port}"

[[gateway.keys]]
name = "clients"
sha256 = "{sha256(key.encode()).hexdigest()}"
""" + provider("peer", "openai_chat") + provider("peer-messages", "anthropic_messages")
        + provider("peer-responses", "openai_responses")
        + model(CHAT, "peer", "hello") + model(MESSAGES, "peer-messages", "hello") + model(RESPONSES, "peer-responses", "hello")
        + model("limited", "peer", "limited") + model("broken", "peer", "broken")
        + price("peer") + price("peer-messages") + price("peer-responses"))
    environment = {"PEER_API_KEY": peer_key, "HOME": str(folder)}
    return Server([program, "gateway", "--config", config], port, environment), key


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def raises(kind, work):
    try:
        work()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


def openai_cases(url, key):
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
    ask = lambda model, **more: client.chat.completions.create(model=model, messages=QUESTION, **more)

    def whole(model):
        answer = ask(model)
        expect(answer.choices[0].message.content == ANSWER, answer)
        expect(answer.choices[0].finish_reason == "stop", answer)
        expect(answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0, answer.usage)

    def streamed(model):
        chunks = list(ask(model, stream=True, stream_options={"include_usage": True}))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        expect(text == ANSWER, text)
        expect(chunks[-1].usage.completion_tokens > 0, chunks[-1])

    def facts():
        answer = client.chat.completions.with_raw_response.create(model=CHAT, messages=QUESTION)
        headers = answer.headers
        expect(headers["x-samokoder-provider"] == "peer" and headers["x-samokoder-attempts"] == "1", dict(headers))
        usage = answer.parse().usage
        cost = usage.prompt_tokens * Decimal("0.15") / 1_000_000 + usage.completion_tokens * Decimal("0.60") / 1_000_000
        expect(Decimal(headers["x-samokoder-cost-usd"]) == cost, (headers["x-samokoder-cost-usd"], cost))

    def idempotent():
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        first, second = ask(CHAT, extra_headers=headers), ask(CHAT, extra_headers=headers)
        expect(first.id == second.id, (first.id, second.id))
        other = lambda: client.chat.completions.create(
            model=CHAT, messages=[{"role": "user", "content": "Something else."}], extra_headers=headers)
        raises(openai.UnprocessableEntityError, other)

    wrong_key = openai.OpenAI(base_url=f"{url}/v1", api_key="sk-samokoder-wrong", max_retries=0)
    yield "whole, over Chat Completions", lambda: whole(CHAT)
    yield "whole, over Anthropic Messages", lambda: whole(MESSAGES)
    yield "whole, over Responses", lambda: whole(RESPONSES)
    yield "streamed, over Chat Completions", lambda: streamed(CHAT)
    yield "provider, attempts and cost in headers", facts
    yield "an Idempotency-Key is charged once", idempotent
    yield "a rate limit", lambda: raises(openai.RateLimitError, lambda: ask("limited"))
    yield "a broken provider", lambda: raises(openai.InternalServerError, lambda: ask("broken"))
    yield "a model that nobody knows", lambda: raises(openai.NotFoundError, lambda: ask("no-such-model"))
    yield "a wrong key", lambda: raises(openai.AuthenticationError, lambda: wrong_key.models.list())
    yield "a wrong body", lambda: raises(openai.BadRequestError, lambda: ask(CHAT, extra_body={"temperature": "warm"}))
    yield "the models", lambda: expect({CHAT, MESSAGES} <= {model.id for model in client.models.list()}, "models")


def anthropic_cases(url, key):
    client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)
    ask = lambda model, **more: client.messages.create(model=model, messages=QUESTION, max_tokens=100, **more)

    def whole(model):
        answer = ask(model)
        expect(answer.content[0].text == ANSWER and answer.stop_reason == "end_turn", answer)
        expect(answer.usage.output_tokens > 0, answer.usage)

    def streamed(model):
        with client.messages.stream(model=model, messages=QUESTION, max_tokens=100) as stream:
            text = "".join(stream.text_stream)
            answer = stream.get_final_message()
        expect(text == ANSWER and answer.stop_reason == "end_turn", (text, answer))

    yield "whole, over Anthropic Messages", lambda: whole(MESSAGES)
    yield "whole, over Chat Completions", lambda: whole(CHAT)
    yield "streamed, over Chat Completions", lambda: streamed(CHAT)
    yield "a rate limit", lambda: raises(anthropic.RateLimitError, lambda: ask("limited"))
    yield "a model that nobody knows", lambda: raises(anthropic.NotFoundError, lambda: ask("no-such-model"))
    yield "a wrong body", lambda: raises(anthropic.BadRequestError, lambda: ask(CHAT, extra_body={"temperature": "warm"}))


def main():
    failed = passed = 0
    with tempfile.TemporaryDirectory() as folder:
        peer, peer_key = litellm(Path(folder))
        with peer:
            ours, key = gateway(sys.argv[1], Path(folder), peer.port, peer_key)
            with ours:
                url = f"http://127.0.0.1:{ours.port}"
                for client, cases in (("openai", openai_cases(url, key)), ("anthropic", anthropic_cases(url, key))):
                    for name, case in cases:
                        try:
                            case()
                            passed += 1
                            print(f"ok      {client}: {name}", flush=True)
                        except Exception:
                            failed += 1
                            print(f"FAILED  {client}: {name}\n{traceback.format_exc()}", flush=True)
                if failed:
                    print(ours.said())
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
