"""Vendors that answer by a script, each in its own wire format: what litellm's mock cannot be asked for.

What is answered depends on the question alone: a tool is called, its result is repeated, a schema is filled, a picture is
measured, else there are a few words. The model's name makes a vendor fail (`status-429`), or never end (`endless`).
"""

import base64
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WORDS = "Rivers bend because water \"wanders\" 🌊."
STRUCTURED = {"title": "Tide", "pages": 212}
TOOL, ARGUMENTS = "bus_times", {"stop": "Harbour, east", "limit": 3}
INPUT_TOKENS, OUTPUT_TOKENS = 21, 12
STATE = "5c0f7a3e-91d4-4b7a-8f52-2f6b0f0a9d31"
GIGACHAT_KEY = base64.b64encode(b"client:secret").decode()


class Said:
    """An answer before it has a format: a text, or a call."""

    def __init__(self, text="", call=None):
        self.text, self.call = text, call

    def pieces(self):
        written = json.dumps(self.call[1]) if self.call else self.text
        return [written[:7], written[7:]]


def said(question):
    """What the model answers; `question` is the same for every format: tools, result, schema, picture."""
    if question.get("result") is not None:
        return Said(f"The tool said: {question['result']}")
    if question.get("tools"):
        return Said(call=(TOOL, ARGUMENTS))
    if question.get("schema"):
        return Said(json.dumps(STRUCTURED))
    if question.get("picture") is not None:
        return Said(f"A picture of {question['picture']} bytes.")
    return Said(WORDS)


def picture_bytes(url):
    return len(base64.b64decode(url.partition(",")[2])) if url.startswith("data:") else 0


class Chat:
    """OpenAI's Chat Completions."""

    path = "/v1/chat/completions"
    base = {"id": "chatcmpl-scripted", "created": 1763712000, "model": "scripted"}
    usage = {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS, "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS}

    def question(self, body):
        last = body["messages"][-1]
        parts = last["content"] if isinstance(last["content"], list) else []
        pictures = [picture_bytes(part["image_url"]["url"]) for part in parts if part["type"] == "image_url"]
        return {"tools": body.get("tools"), "result": last["content"] if last["role"] == "tool" else None,
                "schema": body.get("response_format", {}).get("type") == "json_schema",
                "picture": next(iter(pictures), None)}

    def call(self, answer, arguments):
        return {"id": "call_scripted", "type": "function", "function": {"name": answer.call[0], "arguments": arguments}}

    def whole(self, answer):
        message = {"role": "assistant", "content": answer.text or None, "refusal": None}
        if answer.call:
            message["tool_calls"] = [self.call(answer, json.dumps(answer.call[1]))]
        finish = "tool_calls" if answer.call else "stop"
        return {**self.base, "object": "chat.completion", "usage": self.usage,
                "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish}]}

    def stream(self, answer, body):
        chunk = lambda delta, finish=None: ("", {**self.base, "object": "chat.completion.chunk", "choices": [
            {"index": 0, "delta": delta, "finish_reason": finish}]})
        yield chunk({"role": "assistant", "content": ""})
        if answer.call:
            yield chunk({"tool_calls": [{"index": 0, **self.call(answer, "")}]})
        for piece in answer.pieces():
            call = {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
            yield chunk(call if answer.call else {"content": piece})
        yield chunk({}, "tool_calls" if answer.call else "stop")
        if body.get("stream_options", {}).get("include_usage"):
            yield "", {**self.base, "object": "chat.completion.chunk", "choices": [], "usage": self.usage}
        yield "", "[DONE]"

    def error(self, status):
        return {"error": {"message": f"scripted {status}", "type": "invalid_request_error", "param": None, "code": None}}


class Messages:
    """Anthropic's Messages."""

    path = "/v1/messages"
    base = {"id": "msg_scripted", "type": "message", "role": "assistant", "model": "scripted", "stop_sequence": None}

    def question(self, body):
        last = body["messages"][-1]["content"]
        parts = {part["type"]: part for part in last} if isinstance(last, list) else {}
        result = parts.get("tool_result", {}).get("content")
        if isinstance(result, list):
            result = result[0]["text"]
        source = parts.get("image", {}).get("source", {})
        return {"tools": body.get("tools"), "result": result, "schema": "format" in body.get("output_config", {}),
                "picture": len(base64.b64decode(source["data"])) if source else None}

    def block(self, answer):
        if answer.call:
            return {"type": "tool_use", "id": "toolu_scripted", "name": answer.call[0], "input": answer.call[1]}
        return {"type": "text", "text": answer.text}

    def whole(self, answer):
        return {**self.base, "content": [self.block(answer)], "stop_reason": "tool_use" if answer.call else "end_turn",
                "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS}}

    def stream(self, answer, _):
        event = lambda kind, **fields: (kind, {"type": kind, **fields})
        yield event("message_start", message={**self.base, "content": [], "stop_reason": None,
                                              "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": 1}})
        empty = {**self.block(answer), **({"input": {}} if answer.call else {"text": ""})}
        yield event("content_block_start", index=0, content_block=empty)
        yield event("ping")
        for piece in answer.pieces():
            call, text = {"type": "input_json_delta", "partial_json": piece}, {"type": "text_delta", "text": piece}
            yield event("content_block_delta", index=0, delta=call if answer.call else text)
        yield event("content_block_stop", index=0)
        yield event("message_delta", delta={"stop_reason": "tool_use" if answer.call else "end_turn", "stop_sequence": None},
                    usage={"output_tokens": OUTPUT_TOKENS})
        yield event("message_stop")

    def error(self, status):
        kinds = {400: "invalid_request_error", 401: "authentication_error", 404: "not_found_error", 413: "request_too_large",
                 429: "rate_limit_error", 529: "overloaded_error"}
        return {"type": "error", "error": {"type": kinds.get(status, "api_error"), "message": f"scripted {status}"}}


class Responses:
    """OpenAI's Responses."""

    path = "/v1/responses"
    base = {"id": "resp_scripted", "object": "response", "created_at": 1763712000, "model": "scripted", "error": None,
            "incomplete_details": None}

    def question(self, body):
        last = body["input"][-1]
        parts = last.get("content") if isinstance(last.get("content"), list) else []
        pictures = [picture_bytes(part["image_url"]) for part in parts if part["type"] == "input_image"]
        return {"tools": body.get("tools"), "result": last.get("output"),
                "schema": body.get("text", {}).get("format", {}).get("type") == "json_schema",
                "picture": next(iter(pictures), None)}

    def item(self, answer):
        if answer.call:
            return {"type": "function_call", "id": "fc_scripted", "call_id": "call_scripted", "status": "completed",
                    "name": answer.call[0], "arguments": json.dumps(answer.call[1])}
        return {"type": "message", "id": "msg_scripted", "status": "completed", "role": "assistant",
                "content": [{"type": "output_text", "text": answer.text, "annotations": []}]}

    def whole(self, answer):
        return {**self.base, "status": "completed", "output": [self.item(answer)], "usage": {
            "input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS, "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS}}

    def stream(self, answer, _):
        event = lambda kind, **fields: (kind, {"type": kind, **fields})
        yield event("response.created", response={**self.base, "status": "in_progress", "output": []})
        begun = {**self.item(answer), "status": "in_progress", **({"arguments": ""} if answer.call else {"content": []})}
        yield event("response.output_item.added", output_index=0, item=begun)
        kind = "function_call_arguments" if answer.call else "output_text"
        for piece in answer.pieces():
            yield event(f"response.{kind}.delta", item_id=begun["id"], output_index=0, content_index=0, delta=piece)
        yield event("response.output_item.done", output_index=0, item=self.item(answer))
        yield event("response.completed", response=self.whole(answer))

    error = Chat.error


class Gigachat:
    """GigaChat: one function call in a turn, arguments as an object, a schema as a function that must be called."""

    path = "/v1/chat/completions"
    base = {"created": 1763712000, "model": "GigaChat-2-Max:2.0.28.2"}
    usage = {**Chat.usage, "precached_prompt_tokens": 0}

    def question(self, body):
        last, forced = body["messages"][-1], body.get("function_call")
        if last["role"] == "function":
            call = body["messages"][-2]
            # Without the state of the turn that called, the vendor does not know the call.
            assert call.get("functions_state_id") == STATE and isinstance(call["function_call"]["arguments"], dict), call
            return {"result": json.loads(last["content"])["result"]}
        if isinstance(forced, dict) and forced["name"] != TOOL:
            return {"answer_by": forced["name"]}
        return {"tools": body.get("functions")}

    def message(self, answer):
        if answer.call:
            return {"role": "assistant", "content": "", "functions_state_id": STATE,
                    "function_call": {"name": answer.call[0], "arguments": answer.call[1]}}
        return {"role": "assistant", "content": answer.text}

    def whole(self, answer):
        return {**self.base, "object": "chat.completion", "usage": self.usage, "choices": [
            {"index": 0, "message": self.message(answer), "finish_reason": "function_call" if answer.call else "stop"}]}

    def stream(self, answer, _):
        chunk = lambda delta, **more: ("", {**self.base, "object": "chat.completion",
                                            "choices": [{"index": 0, "delta": delta, **more.pop("end", {})}], **more})
        yield chunk({"role": "assistant", "content": ""})
        if answer.call:
            yield chunk(self.message(answer))
        else:
            yield from (chunk({"content": piece}) for piece in answer.pieces())
        finish = {"finish_reason": "function_call" if answer.call else "stop"}
        yield chunk({"content": ""}, usage=self.usage, end=finish)
        yield "", "[DONE]"

    def error(self, status):
        return {"status": status, "message": f"scripted {status}"}


class Vendor(ThreadingHTTPServer):
    """A vendor of one wire format on a port of its own; `key` is what it is asked with."""

    daemon_threads = True

    def __init__(self, wire, key):
        super().__init__(("127.0.0.1", 0), Exchange)
        self.wire, self.key, self.token = wire, key, None
        self.asked, self.tokens_given, self.hung_up = [], 0, threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """A client that goes is no error here; what a script asserts is told by the answer that then fails."""


class Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path == "/oauth":
            return self.give_token(raw)
        vendor = self.server
        if (self.headers.get("x-api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")) != vendor.key:
            return self.answer(401, vendor.wire.error(401))
        body = json.loads(raw)
        vendor.asked.append(body)
        if self.path == "/v1/embeddings":
            vectors = [{"object": "embedding", "index": at, "embedding": [0.25, -0.5]} for at, _ in enumerate(body["input"])]
            return self.answer(200, {"object": "list", "model": body["model"], "data": vectors,
                                     "usage": {"prompt_tokens": 7, "total_tokens": 7}})
        if self.path != vendor.wire.path:
            return self.answer(404, vendor.wire.error(404))
        if body["model"].startswith("status-"):
            status = int(body["model"].removeprefix("status-"))
            return self.answer(status, vendor.wire.error(status), {"retry-after": "7"} if status == 429 else {})
        question = vendor.wire.question(body)
        answer = Said(call=(question["answer_by"], STRUCTURED)) if "answer_by" in question else said(question)
        if body["model"] == "endless":
            return self.never_end(answer, body)
        if body.get("stream"):
            return self.send_events(vendor.wire.stream(answer, body))
        return self.answer(200, vendor.wire.whole(answer))

    def give_token(self, raw):
        """As https://ngw.devices.sberbank.ru:9443/api/v2/oauth does."""
        basic = self.headers.get("authorization") == f"Basic {GIGACHAT_KEY}"
        if not basic or raw != b"scope=GIGACHAT_API_PERS" or not uuid.UUID(self.headers.get("rquid", "")):
            return self.answer(401, {"code": 6, "message": "credentials doesn't match db data"})
        vendor = self.server
        vendor.tokens_given += 1
        vendor.key = f"token-{vendor.tokens_given}"
        self.answer(200, {"access_token": vendor.key, "expires_at": int((time.time() + 1800) * 1000)})

    def answer(self, status, body, headers={}):
        body = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def send_events(self, events):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        for name, data in events:
            data = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
            self.wfile.write(((f"event: {name}\n" if name else "") + f"data: {data}\n\n").encode())
            self.wfile.flush()

    def never_end(self, answer, body):
        """Begins a stream and goes on until nobody listens; a whole answer is not even begun."""
        if body.get("stream"):
            events = self.server.wire.stream(answer, body)
            self.send_events(next(events) for _ in range(3))
        # The end of the connection is the only thing that can be read from it.
        self.rfile.read(1)
        self.server.hung_up.set()
