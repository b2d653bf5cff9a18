"""What the official OpenAI client asks of the gateway. Each case is a name and a function that raises when it fails."""

import base64
import json
import secrets
import threading
from decimal import Decimal

import openai
from pydantic import BaseModel

from servers import ANSWER
from servers import STRUCTURED as PEERS
from vendors import ARGUMENTS, INPUT_TOKENS, OUTPUT_TOKENS, STRUCTURED, TOOL, WORDS

QUESTION = [{"role": "user", "content": "Say hello."}]
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)
TOOLS = [{"type": "function", "function": {"name": TOOL, "description": "Departures.", "parameters": {
    "type": "object", "properties": {"stop": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["stop"]}}}]


class Book(BaseModel):
    title: str
    pages: int


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def raises(kind, work):
    """The error of exactly this class: a parent of it would be one that the client could not tell apart."""
    try:
        work()
    except Exception as error:
        if type(error) is kind:
            return error
        raise
    raise AssertionError(f"{kind.__name__} was not raised")


def picture_question():
    url = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]
    return [{"role": "user", "content": parts}]


class Asker:
    """Questions by one client."""

    def __init__(self, url, key):
        self.client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)

    def __call__(self, model, messages=QUESTION, **more):
        return self.client.chat.completions.create(model=model, messages=messages, **more)

    def raw(self, model, **more):
        return self.client.chat.completions.with_raw_response.create(model=model, messages=QUESTION, **more)

    def text_of_stream(self, model, **more):
        chunks = list(self(model, stream=True, stream_options={"include_usage": True}, **more))
        choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
        finish, = [choice.finish_reason for choice in choices if choice.finish_reason]
        return "".join(choice.delta.content or "" for choice in choices), finish, chunks[-1].usage

    def whole(self, model, text):
        answer = self(model)
        expect(answer.choices[0].message.content == text and answer.choices[0].finish_reason == "stop", answer)
        expect(answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0, answer.usage)
        return answer.usage

    def streamed(self, model, text):
        told, finish, usage = self.text_of_stream(model)
        expect(told == text and finish == "stop", (told, finish))
        expect(usage.completion_tokens > 0, usage)
        return usage


def over_litellm(url, key):
    ask = Asker(url, key)

    def facts():
        answer = ask.raw("peer-completions")
        headers = answer.headers
        told = (headers["x-samokoder-provider"], headers["x-samokoder-attempts"])
        expect(told == ("peer-completions", "1"), dict(headers))
        usage = answer.parse().usage
        cost = usage.prompt_tokens * Decimal("0.15") / 1_000_000 + usage.completion_tokens * Decimal("0.60") / 1_000_000
        expect(Decimal(headers["x-samokoder-cost-usd"]) == cost, (headers["x-samokoder-cost-usd"], cost))

    def tools():
        answer = ask("peer-calling", tools=TOOLS)
        call, = answer.choices[0].message.tool_calls
        expect((call.function.name, json.loads(call.function.arguments)) == (TOOL, {"stop": "Harbour"}), answer)

    def schema():
        answer = ask.client.chat.completions.parse(model="peer-structured", messages=QUESTION, response_format=Book)
        expect(answer.choices[0].message.parsed == Book(**PEERS), answer)

    def vectors():
        answer = ask.client.embeddings.create(model="peer-completions/vectors", input="one", encoding_format="float")
        expect(answer.data[0].embedding == [0.25, -0.5] and answer.usage.prompt_tokens > 0, answer)

    for wire in ("completions", "messages", "responses"):
        yield f"whole, {wire}", lambda wire=wire: ask.whole(f"peer-{wire}", ANSWER)
    # Its mock of Responses has no streams: it answers 500. To a stream of Messages it answers as a whole.
    for wire in ("completions", "messages"):
        yield f"streamed, {wire}", lambda wire=wire: ask.streamed(f"peer-{wire}", ANSWER)
    yield "provider, attempts and cost in headers", facts
    yield "a tool is called", tools
    yield "a schema is filled", schema
    yield "a picture is taken", lambda: expect(
        ask("peer-completions", picture_question()).choices[0].message.content == ANSWER, "picture")
    yield "vectors", vectors
    yield "a rate limit", lambda: raises(openai.RateLimitError, lambda: ask("peer-limited"))
    yield "a window that is too small", lambda: raises(openai.BadRequestError, lambda: ask("peer-too-long"))
    yield "a broken provider", lambda: raises(openai.InternalServerError, lambda: ask("peer-broken"))


def over_vendor(url, key, wire):
    """The same questions for each wire format; the model of a format is named for it."""
    ask = Asker(url, key)
    counted = lambda usage: expect((usage.prompt_tokens, usage.completion_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS), usage)

    def tools():
        answer = ask(wire, tools=TOOLS)
        message, finish = answer.choices[0].message, answer.choices[0].finish_reason
        call, = message.tool_calls
        expect((call.function.name, json.loads(call.function.arguments), finish) == (TOOL, ARGUMENTS, "tool_calls"), answer)
        turns = [*QUESTION, message.to_dict(), {"role": "tool", "tool_call_id": call.id, "content": "at nine"}]
        told = ask(wire, turns, tools=TOOLS).choices[0].message.content
        expect(told == "The tool said: at nine", told)

    def streamed_tools():
        with ask.client.chat.completions.stream(model=wire, messages=QUESTION, tools=TOOLS) as stream:
            for _ in stream:
                pass
            choice = stream.get_final_completion().choices[0]
        call, = choice.message.tool_calls
        told = (call.function.name, json.loads(call.function.arguments), choice.finish_reason)
        expect(call.id and told == (TOOL, ARGUMENTS, "tool_calls"), choice)

    def schema():
        answer = ask.client.chat.completions.parse(model=wire, messages=QUESTION, response_format=Book)
        expect(answer.choices[0].message.parsed == Book(**STRUCTURED), answer)
        expect(answer.choices[0].finish_reason == "stop" and not answer.choices[0].message.tool_calls, answer)

    def streamed_schema():
        with ask.client.chat.completions.stream(model=wire, messages=QUESTION, response_format=Book) as stream:
            parsed = stream.get_final_completion().choices[0].message.parsed
        expect(parsed == Book(**STRUCTURED), parsed)

    def picture():
        if wire == "gigachat":
            return raises(openai.BadRequestError, lambda: ask(wire, picture_question()))
        told = ask(wire, picture_question()).choices[0].message.content
        expect(told == f"A picture of {len(PICTURE)} bytes.", told)

    yield f"whole, {wire}", lambda: counted(ask.whole(wire, WORDS))
    yield f"streamed, {wire}", lambda: counted(ask.streamed(wire, WORDS))
    yield f"a tool is called and its result heard, {wire}", tools
    yield f"a tool is called in a stream, {wire}", streamed_tools
    yield f"a schema is filled, {wire}", schema
    yield f"a schema is filled in a stream, {wire}", streamed_schema
    yield f"a picture, {wire}", picture


def failing_vendor(url, key, wire):
    """What a vendor's error becomes; the model that brings it is named for its status."""
    ask = Asker(url, key)
    for status, kind in ((400, openai.BadRequestError), (404, openai.NotFoundError), (422, openai.UnprocessableEntityError),
                         (429, openai.RateLimitError), (401, openai.InternalServerError), (500, openai.InternalServerError),
                         (529, openai.InternalServerError)):
        yield f"a provider's {status}, {wire}", lambda status=status, kind=kind: expect(
            raises(kind, lambda: ask(f"{wire}-{status}")).body["message"], status)


def of_the_gateway(url, key, vendor):
    """What is the gateway's own, whoever answers; `vendor` is the one behind the models of `completions`."""
    ask = Asker(url, key)
    by = lambda other: Asker(url, other)

    def idempotent():
        headers, before = {"Idempotency-Key": secrets.token_hex(16)}, len(vendor.asked)
        first, again = (ask.raw("completions", extra_headers=headers) for _ in range(2))
        expect(first.content == again.content and again.headers["idempotency-replayed"] == "true", dict(again.headers))
        expect(len(vendor.asked) == before + 1, "paid once")
        other = [{"role": "user", "content": "Something else."}]
        raises(openai.UnprocessableEntityError, lambda: ask("completions", other, extra_headers=headers))

    def idempotent_stream():
        headers, before = {"Idempotency-Key": secrets.token_hex(16)}, len(vendor.asked)
        told = [ask.text_of_stream("completions", extra_headers=headers) for _ in range(2)]
        expect(told[0] == told[1] and told[0][0] == WORDS and len(vendor.asked) == before + 1, told)

    def in_use():
        headers = {"Idempotency-Key": secrets.token_hex(16)}
        vendor.hung_up.clear()
        stream = ask("completions-endless", stream=True, extra_headers=headers)
        next(iter(stream))
        error = raises(openai.ConflictError, lambda: ask("completions-endless", stream=True, extra_headers=headers))
        expect(error.code == "idempotency_key_in_use" and error.response.headers["retry-after"], error)
        stream.close()
        expect(vendor.hung_up.wait(20), "cancelled")

    def closed():
        vendor.hung_up.clear()
        stream = ask("completions-endless", stream=True)
        next(iter(stream))
        stream.close()
        expect(vendor.hung_up.wait(20), "the provider still answers somebody who went")

    def impatient():
        vendor.hung_up.clear()
        chat = ask.client.with_options(timeout=1).chat
        raises(openai.APITimeoutError, lambda: chat.completions.create(model="completions-endless", messages=QUESTION))
        expect(vendor.hung_up.wait(20), "the provider still answers somebody who went")

    def at_once():
        answers = []
        work = lambda: answers.append(ask("completions").choices[0].message.content)
        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expect(answers == [WORDS] * 16, answers)

    def own_fields():
        ask("completions", extra_body={"top_k": 7}, seed=11, stop=["END"], user="ada")
        body = vendor.asked[-1]
        expect((body["top_k"], body["seed"], body["stop"], body["user"]) == (7, 11, ["END"], "ada"), body)

    def poor():
        error = raises(openai.APIStatusError, lambda: by(f"{key}-poor")("completions"))
        expect((error.status_code, error.code) == (402, "budget_exceeded"), error)

    def limited():
        error = raises(openai.RateLimitError, lambda: ask("completions-429"))
        # Of the seven seconds that the vendor asked for, some may have passed.
        expect(1 <= int(error.response.headers["retry-after"]) <= 7, dict(error.response.headers))

    def vectors():
        answer = ask.client.embeddings.create(model="completions/vectors", input=["one", "two"], encoding_format="float")
        expect([row.embedding for row in answer.data] == [[0.25, -0.5]] * 2 and answer.usage.prompt_tokens == 7, answer)

    def no_usage():
        chunks = list(ask("completions", stream=True))
        expect(all(chunk.usage is None and chunk.choices for chunk in chunks), chunks)

    def facts_of_stream():
        last = list(ask("completions", stream=True, stream_options={"include_usage": True}))[-1]
        facts = last.model_extra["samokoder"]
        cost = (INPUT_TOKENS * Decimal("0.15") + OUTPUT_TOKENS * Decimal("0.60")) / 1_000_000
        expect(Decimal(facts["cost_usd"]) == cost and facts["provider"] == "completions" and not last.choices, last)

    yield "an Idempotency-Key is paid once", idempotent
    yield "an Idempotency-Key of a stream", idempotent_stream
    yield "an Idempotency-Key in use", in_use
    yield "a stream that is closed is cancelled", closed
    yield "a client that waits no longer is", impatient
    yield "sixteen at once", at_once
    yield "fields go to the provider as they came", own_fields
    yield "a used up budget", poor
    yield "how long to wait", limited
    yield "vectors", vectors
    yield "a stream tells no usage that was not asked for", no_usage
    yield "provider and cost of a stream", facts_of_stream
    wrong = by("sk-samokoder-wrong").client
    unread = {"temperature": "warm"}
    shape = lambda error, *told: expect((error.type, error.code, error.param) == told, error.body)
    yield "a model that nobody knows", lambda: shape(
        raises(openai.NotFoundError, lambda: ask("no-such-model")), "invalid_request_error", "model_not_found", "model")
    yield "a wrong key", lambda: shape(
        raises(openai.AuthenticationError, wrong.models.list), "authentication_error", "invalid_api_key", None)
    yield "a wrong body", lambda: shape(
        raises(openai.BadRequestError, lambda: ask("completions", extra_body=unread)),
        "invalid_request_error", "invalid_request", None)
    listed = lambda: {model.id for model in ask.client.models.list()}
    yield "the models", lambda: expect({"completions", "messages"} <= listed(), "models")
    yield "a model", lambda: expect(ask.client.models.retrieve("completions").id == "completions", "model")
