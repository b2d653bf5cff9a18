"""What the official Anthropic client asks of the gateway. Each case is a name and a function that raises when it fails."""

import base64
import json
import secrets

import anthropic

from openai_cases import PICTURE, QUESTION, Book, expect, raises
from servers import ANSWER
from vendors import ARGUMENTS, INPUT_TOKENS, OUTPUT_TOKENS, STRUCTURED, TOOL, WORDS

TOOLS = [{"name": TOOL, "description": "Departures.", "input_schema": {
    "type": "object", "properties": {"stop": {"type": "string"}, "limit": {"type": "integer"}}, "required": ["stop"]}}]


def picture_question():
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PICTURE).decode()}
    return [{"role": "user", "content": [{"type": "image", "source": source}, {"type": "text", "text": "What is it?"}]}]


class Asker:
    """Questions by one client."""

    def __init__(self, url, key):
        self.client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)

    def __call__(self, model, messages=QUESTION, **more):
        return self.client.messages.create(model=model, messages=messages, max_tokens=100, **more)

    def stream(self, model, messages=QUESTION, **more):
        with self.client.messages.stream(model=model, messages=messages, max_tokens=100, **more) as stream:
            return stream.get_final_message()

    def says(self, answer, text):
        expect(answer.content[0].text == text and answer.stop_reason == "end_turn", answer)
        expect(answer.usage.output_tokens > 0, answer.usage)
        return answer.usage


def over_litellm(url, key):
    ask = Asker(url, key)
    for wire in ("completions", "messages", "responses"):
        yield f"whole, {wire}", lambda wire=wire: ask.says(ask(f"peer-{wire}"), ANSWER)
    for wire in ("completions", "messages"):
        yield f"streamed, {wire}", lambda wire=wire: ask.says(ask.stream(f"peer-{wire}"), ANSWER)
    yield "a rate limit", lambda: raises(anthropic.RateLimitError, lambda: ask("peer-limited"))
    yield "a window that is too small", lambda: raises(anthropic.BadRequestError, lambda: ask("peer-too-long"))


def over_vendor(url, key, wire):
    """The same questions for each wire format; the model of a format is named for it."""
    ask = Asker(url, key)
    counted = lambda usage: expect((usage.input_tokens, usage.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS), usage)

    def called(answer):
        call = next(block for block in answer.content if block.type == "tool_use")
        expect(call.id and (call.name, call.input, answer.stop_reason) == (TOOL, ARGUMENTS, "tool_use"), answer)
        return call

    def tools():
        answer = ask(wire, tools=TOOLS)
        result = {"type": "tool_result", "tool_use_id": called(answer).id, "content": "at nine"}
        content = [block.to_dict() for block in answer.content]
        turns = [*QUESTION, {"role": "assistant", "content": content}, {"role": "user", "content": [result]}]
        ask.says(ask(wire, turns, tools=TOOLS), "The tool said: at nine")

    def schema():
        answer = ask.client.messages.parse(model=wire, messages=QUESTION, max_tokens=100, output_format=Book)
        expect(answer.parsed_output == Book(**STRUCTURED), answer)

    def streamed_schema():
        answer = ask.stream(wire, output_format=Book)
        expect(json.loads(answer.content[0].text) == STRUCTURED and answer.stop_reason == "end_turn", answer)

    def picture():
        if wire == "gigachat":
            return raises(anthropic.BadRequestError, lambda: ask(wire, picture_question()))
        ask.says(ask(wire, picture_question()), f"A picture of {len(PICTURE)} bytes.")

    yield f"whole, {wire}", lambda: counted(ask.says(ask(wire), WORDS))
    yield f"streamed, {wire}", lambda: ask.says(ask.stream(wire), WORDS)
    yield f"a tool is called and its result heard, {wire}", tools
    yield f"a tool is called in a stream, {wire}", lambda: called(ask.stream(wire, tools=TOOLS))
    yield f"a schema is filled, {wire}", schema
    yield f"a schema is filled in a stream, {wire}", streamed_schema
    yield f"a picture, {wire}", picture


def failing_vendor(url, key, wire):
    """What a vendor's error becomes; the model that brings it is named for its status."""
    ask = Asker(url, key)
    for status, kind in ((400, anthropic.BadRequestError), (404, anthropic.NotFoundError),
                         (422, anthropic.UnprocessableEntityError), (429, anthropic.RateLimitError),
                         (401, anthropic.InternalServerError), (500, anthropic.InternalServerError),
                         (529, anthropic.ServiceUnavailableError)):
        yield f"a provider's {status}, {wire}", lambda status=status, kind=kind: expect(
            raises(kind, lambda: ask(f"{wire}-{status}")).body["error"]["message"], status)


def of_the_gateway(url, key, vendor):
    """What is the gateway's own, whoever answers; `vendor` is the one behind the models of `completions`."""
    ask = Asker(url, key)

    def idempotent():
        headers, before = {"Idempotency-Key": secrets.token_hex(16)}, len(vendor.asked)
        first, again = ask("completions", extra_headers=headers), ask("completions", extra_headers=headers)
        expect(first == again and len(vendor.asked) == before + 1, (first, again))

    def closed():
        vendor.hung_up.clear()
        stream = ask("completions-endless", stream=True)
        next(iter(stream))
        stream.close()
        expect(vendor.hung_up.wait(20), "the provider still answers somebody who went")

    def counted():
        answer = ask.client.messages.count_tokens(model="completions", messages=QUESTION)
        expect(answer.input_tokens > 0, answer)

    wrong = Asker(url, "sk-samokoder-wrong")
    poor = Asker(url, f"{key}-poor")
    yield "an Idempotency-Key is paid once", idempotent
    yield "a stream that is closed is cancelled", closed
    yield "tokens are counted", counted
    yield "a model that nobody knows", lambda: raises(anthropic.NotFoundError, lambda: ask("no-such-model"))
    yield "a wrong key", lambda: raises(anthropic.AuthenticationError, lambda: wrong("completions"))
    yield "a used up budget", lambda: raises(anthropic.PaymentRequiredError, lambda: poor("completions"))
    warm = {"temperature": "warm"}
    yield "a wrong body", lambda: raises(anthropic.BadRequestError, lambda: ask("completions", extra_body=warm))
    yield "the models", lambda: expect("completions" in {model.id for model in ask.client.models.list()}, "models")
