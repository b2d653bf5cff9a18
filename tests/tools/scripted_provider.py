"""OpenAI-compatible providers on this machine whose answers are scripted, and the generation that they answer for.

The scripted generation writes `parts` files, each by a task of its own that needs no other. A question is known by its role (how its
instructions begin) and by the task that it names; every answer is a function of the question alone.
"""

import json
import queue
import re
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACK = ROOT / "tests/fixtures/packs/tiny-features"
SPEC = "# Reading room\n\nWe keep books, and want every part that the plan names.\n"
ROLES = ("analyst", "architect", "lead", "developer", "reviewer", "tester", "debugger")
CONFIG = """[router]
provider_order = ["scripted"]

[providers.scripted]
title = "Scripted"
dialect = "openai_chat"
base_url = "http://127.0.0.1:{port}/v1"
key_optional = true
free = true

[[models]]
name = "scripted"
classes = ["reasoning", "coding", "fast", "chat"]
tier = 5
context_tokens = 1000000
max_output_tokens = 100000
vision = false
tools = true
schema = true
reasoning = false
routes = [{{ provider = "scripted", model = "scripted" }}]
"""


def instructions():
    """How each role's instructions begin."""
    return {role: (ROOT / f"agents/{role}/system.md").read_text().strip()[:80] for role in ROLES}


def answer_to(role, question, parts):
    path = lambda number: f"src/features/part-{number}.js"
    number = int((re.findall(r"Write part-(\d+)", question) or ["0"])[0])
    match role:
        case "analyst":
            return json.dumps({
                "structure": {"entities": {"Book": {"fields": {"title": {"type": "string", "required": True}}}}},
                "stories": [{"title": "Parts", "story": "As a reader, I want every part", "criteria": ["Every part is there"]}],
                "assumptions": [], "questions": [], "risks": []})
        case "architect":
            return json.dumps({"summary": "Parts", "modules": [], "routes": [], "pages": [], "data_flow": [], "decisions": [],
                               "risks": []})
        case "lead":
            task = lambda number: {
                "id": f"part-{number}", "title": f"Write part-{number}", "description": "The part", "stories": ["S1"],
                "files": [{"path": path(number), "purpose": "A part"}], "reads": [], "depends_on": []}
            return json.dumps({"tasks": [task(number) for number in range(1, parts + 1)]})
        case "developer":
            return f'<file path="{path(number)}">\nexport const part{number} = {number};\n</file>\n<done/>\n'
        case "reviewer":
            return json.dumps({"verdict": "accept", "findings": []})
        case "tester":
            return '<file path="tests/features/s1-parts.test.js">\nimport "../../src/features/part-1.js";\n</file>\n<done/>\n'
    return "<done/>"


class Provider:
    """Answers on a port of its own until it is closed; counts the calls of each question. `said` gives an answer's text."""

    host = "127.0.0.1"

    def __init__(self, delay_s):
        self.delay_s, self.calls, self.lock = delay_s, {}, threading.Lock()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                try:
                    answer = provider.answer(body)
                    self.send_response(200)
                    self.send_header("content-type", "text/event-stream" if body.get("stream") else "application/json")
                    self.send_header("content-length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass  # Who asked is gone.

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Server((self.host, 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, body):
        name = sha256(json.dumps(body["messages"]).encode()).hexdigest()
        with self.lock:
            self.calls[name] = self.calls.get(name, 0) + 1
        time.sleep(self.delay_s)
        said = self.said(name, body["messages"])
        usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
        frame = {"id": "scripted", "created": 1, "model": "scripted"}
        if not body.get("stream"):
            choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}
            return json.dumps({**frame, "object": "chat.completion", "choices": [choice], "usage": usage}).encode()
        chunk = lambda **fields: b"data: " + json.dumps({**frame, "object": "chat.completion.chunk", **fields}).encode() + b"\n\n"
        content = chunk(choices=[{"index": 0, "delta": {"role": "assistant", "content": said}, "finish_reason": None}])
        end = chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        return content + end + chunk(choices=[], usage=usage) + b"data: [DONE]\n\n"

    def forget(self):
        with self.lock:
            self.calls = {}

    def count(self):
        with self.lock:
            return sum(self.calls.values())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class ScriptedProvider(Provider):
    """Answers for a generation of `parts` files."""

    def __init__(self, parts, delay_s=0.0):
        self.parts, self.roles = parts, instructions()
        super().__init__(delay_s)

    def said(self, _, messages):
        text = lambda message: message["content"] if isinstance(message["content"], str) else json.dumps(message["content"])
        system = next(text(message) for message in messages if message["role"] in ("system", "developer"))
        question = "\n".join(text(message) for message in messages if message["role"] == "user")
        role = next(role for role, beginning in self.roles.items() if system.startswith(beginning))
        return answer_to(role, question, self.parts)


class TranscriptProvider(Provider):
    """Answers as a recording does.

    A request does not name its step. In a first generation, which asks one question after the other, `hear` is told each
    step before it is asked; from then on a question is known by its words.
    """

    def __init__(self, transcript, delay_s=0.0):
        lines = map(json.loads, Path(transcript).read_text().splitlines())
        self.recorded = {line["step"]: line["reply"]["text"] for line in lines}
        self.heard, self.known = queue.Queue(), {}
        super().__init__(delay_s)

    def hear(self, step):
        self.heard.put(step)

    def said(self, name, _):
        if name not in self.known:
            self.known[name] = self.recorded[self.heard.get(timeout=10)]
        return self.known[name]


def prepare(folder, provider):
    """Writes the scripted generation's spec, and the configuration, into a folder: (spec, configuration)."""
    folder.mkdir(parents=True, exist_ok=True)
    spec, config = folder / "room.md", folder / "config.toml"
    spec.write_text(SPEC)
    config.write_text(CONFIG.format(port=provider.port))
    return spec, config
