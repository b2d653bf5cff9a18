"""Programs that listen, for as long as the `with` that they stand in: litellm in mock mode, and the gateway."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

ANSWER = "Hello from litellm's mock."
STRUCTURED = {"title": "Tide", "pages": 212}
CALL = {"id": "call_bus", "type": "function", "function": {"name": "bus_times", "arguments": '{"stop": "Harbour"}'}}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
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
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()

    def said(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]


def litellm(folder):
    port, key = free_port(), f"sk-peer-{secrets.token_hex(24)}"
    entry = lambda name, **answer: {"model_name": name, "litellm_params": {
        "model": "openai/gpt-4o-mini", "api_key": "sk-mock", **answer}}
    config = folder / "litellm.json"
    config.write_text(json.dumps({
        "model_list": [entry("hello", mock_response=ANSWER), entry("structured", mock_response=json.dumps(STRUCTURED)),
                       entry("calling", mock_response="I will look.", mock_tool_calls=[CALL]),
                       entry("vectors", mock_response=[0.25, -0.5]),
                       entry("limited", mock_response="litellm.RateLimitError"),
                       entry("broken", mock_response="litellm.InternalServerError"),
                       entry("too-long", mock_response="litellm.ContextWindowExceededError")],
        "litellm_settings": {"num_retries": 0, "telemetry": False, "callbacks": []},
        "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"}}))
    local = ("LITELLM_LOCAL_MODEL_COST_MAP", "LITELLM_LOCAL_BLOG_POSTS", "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS",
             "LITELLM_LOCAL_POLICY_TEMPLATES", "LITELLM_LOCAL_AUTOROUTER_PRESETS")
    environment = {**dict.fromkeys(local, "True"), "LITELLM_TELEMETRY": "False", "LITELLM_MODE": "PRODUCTION",
                   "LITELLM_LOG": "ERROR", "LITELLM_MASTER_KEY": key}
    program = Path(sys.prefix) / "bin/litellm"
    return Server([program, "--config", config, "--host", "127.0.0.1", "--port", port], port, environment), key


def provider(name, dialect, base_url, key_name, more=""):
    return f"""
[providers.{name}]
title = "{name}"
dialect = "{dialect}"
base_url = "{base_url}"
key_names = ["{key_name}"]
{more}"""


def model(name, route, vision=True):
    """A model with a price, of one route: (provider, the provider's own name for it)."""
    return f"""
[[models]]
name = "{name}"
classes = ["fast"]
tier = 3
context_tokens = 128000
max_output_tokens = 16384
vision = {str(vision).lower()}
tools = true
schema = true
reasoning = false
routes = [{{ provider = "{route[0]}", model = "{route[1]}" }}]

[prices.models."{route[0]}/{route[1]}"]
input = "0.15"
output = "0.60"
date = "2026-11-01"
source = "this test"
"""


def gateway(program, folder, tables, environment):
    """The gateway with providers and models of the tests, and a key for its clients."""
    port, key = free_port(), f"sk-samokoder-{secrets.token_hex(32)}"
    config = folder / "gateway.toml"
    config.write_text(f"""[router.retries]
most = 0

# Providers of these tests fail on purpose; none is to be left alone for it.
[router.breaker]
failures = 1000

[gateway]
listen = "127.0.0.1:{port}"

[[gateway.keys]]
name = "clients"
sha256 = "{sha256(key.encode()).hexdigest()}"

[[gateway.keys]]
name = "poor"
sha256 = "{sha256((key + "-poor").encode()).hexdigest()}"
budget = "0.0000001"
""" + "".join(tables))
    return Server([program, "gateway", "--config", config], port, {**environment, "HOME": str(folder)}), key
