"""A service on this machine under a test: its processes, a client that retries, and a provider that counts by generation.

Every spec has a tag of its own, which every question about it names: so a provider that is asked by many generations at once
knows who asks, and the ZIP of each is a function of its tag.
"""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path

from scripted_provider import CONFIG, ScriptedProvider

ROOT = Path(__file__).resolve().parent.parent.parent
# What must never be written anywhere.
CANARY = "CANARY-PROV-7f3a91-0123456789abcdef"
TAG = re.compile(r"[Rr]oom[- ]tag[- ](\d+)")
ENDED = ("succeeded", "unverified", "failed", "cancelled")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class TaggedProvider(ScriptedProvider):
    """Answers for the pack that the service has; counts by tag and question, and knows what is in flight."""

    def __init__(self, parts, delay_s=0.0, host="127.0.0.1"):
        self.by_question, self.flying, self.host = {}, {}, host
        super().__init__(parts, delay_s)

    def answer(self, body):
        text = json.dumps(body["messages"])
        tag = TAG.search(text)
        question = (int(tag[1]) if tag else -1, sha256(text.encode()).hexdigest())
        with self.lock:
            self.by_question[question] = self.by_question.get(question, 0) + 1
            self.flying[question] = self.flying.get(question, 0) + 1
        try:
            return super().answer(body)
        finally:
            with self.lock:
                self.flying[question] -= 1

    def said(self, name, messages):
        said = super().said(name, messages)
        said = re.sub(r"(src)/features/(part-\d+)\.js", r"\1/shared/features/\2.ts", said)
        return said.replace("s1-parts.test.js", "s1-parts.server.test.ts")

    def forget(self):
        with self.lock:
            self.by_question.clear()

    def count(self, tag=None):
        with self.lock:
            return sum(count for (of, _), count in self.by_question.items() if tag in (None, of))

    def in_flight(self):
        with self.lock:
            return sum(self.flying.values())


def spec(tag):
    return f"# Reading room tag-{tag}\n\nWe keep books, and want every part that the plan names.\n".encode()


class Process:
    """A process of the service, and the name of what it says to whom."""

    def __init__(self, site, command, arguments, environment):
        site.number += 1
        self.log = site.folder / f"{command}-{site.number}.log"
        self.out = site.folder / f"{command}-{site.number}.out"
        words = [*site.prefix, site.program, command, "--config", str(site.config), "--data", str(site.data), *arguments]
        with open(self.log, "w") as log, open(self.out, "w") as out:
            self.child = subprocess.Popen(words, env={**site.environment, **environment}, stdin=subprocess.DEVNULL,
                                          stdout=out, stderr=log, cwd=site.folder, start_new_session=True)

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        """Kills it and whatever it started; says whether it was still running."""
        was_running = self.child.poll() is None
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.child.wait()
        return was_running

    def stop(self, patience_s=60):
        """Asks it to leave: its code."""
        if self.child.poll() is None:
            self.signal(signal.SIGTERM)
        try:
            return self.child.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def said(self):
        return self.log.read_text(errors="replace")


class Site:
    """A host: its data folder, its configuration, and the processes on it."""

    def __init__(self, program, folder, provider, service="", environment=None, prefix=()):
        folder.mkdir(parents=True, exist_ok=True)
        self.program, self.folder, self.number, self.prefix = program, folder, 0, list(prefix)
        self.data, self.config, self.port, self.host = folder / "data", folder / "config.toml", free_port(), "127.0.0.1"
        self.key, self.postgres, self.provider = None, None, provider
        # Data folders of all hosts that share the records.
        self.homes = [self.data]
        keyed = CONFIG.replace("key_optional = true", 'key_names = ["SCRIPTED_KEY"]').replace("{{", "{").replace("}}", "}")
        self.config.write_text(keyed.replace("127.0.0.1:{port}", f"{provider.host}:{provider.port}") + service)
        self.environment = {"HOME": str(folder), "PATH": os.environ["PATH"], "SCRIPTED_KEY": CANARY, **(environment or {})}

    def serve(self, workers, environment=None, more=()):
        listen = ["--listen", f"{self.host}:{self.port}", "--workers", str(workers), *more]
        process = Process(self, "serve", listen, environment or {})
        self.served = process
        return process

    def worker(self, workers, environment=None, more=()):
        return Process(self, "worker", ["--workers", str(workers), *more], environment or {})

    def wait(self, patience_s=60):
        """Waits until the API answers; takes the first key."""
        began = time.monotonic()
        while time.monotonic() - began < patience_s:
            if self.key is None:
                printed = [word for path in self.folder.glob("serve-*.out") for word in path.read_text().split()]
                self.key = next((word for word in printed if word.startswith("samokoder_")), None)
            try:
                if self.key and self.ask("GET", "/health")[0] == 200:
                    return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"the API does not answer: {self.served.said()[-2000:]}")

    def settle(self, living, patience_s=10):
        """Waits until those who live have looked after the dead, which they do at their start and every 2 s."""
        began = time.monotonic()
        while len(list((self.data / "holders").glob("*"))) > living and time.monotonic() - began < patience_s:
            time.sleep(0.02)

    def ask(self, method, path, body=None, headers=None, timeout_s=15):
        """One request: (status, headers, bytes)."""
        headers = {"authorization": f"Bearer {self.key}", **(headers or {})}
        request = urllib.request.Request(f"http://{self.host}:{self.port}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()
        except (OSError, ValueError) as error:
            raise OSError(str(error)) from error
        except Exception as error:  # A connection that broke in the middle (http.client.HTTPException).
            raise OSError(repr(error)) from error

    def submit(self, tag, key, patience_s=120, front=b""):
        """Hands in a spec, as often as it takes, under one Idempotency-Key: its identity."""
        headers = {"content-type": "text/markdown", "idempotency-key": f'"{key}"'}
        began = time.monotonic()
        while time.monotonic() - began < patience_s:
            try:
                status, _, text = self.ask("POST", "/v1/generations?verify=false", front + spec(tag), headers)
                if status == 202:
                    return json.loads(text)["id"]
                if status not in (409, 429, 503):
                    raise RuntimeError(f"handing in was answered {status}: {text[:500]}")
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("a spec could not be handed in")

    def generation(self, identity):
        """A generation as the API shows it; none while it does not answer."""
        try:
            status, _, text = self.ask("GET", f"/v1/generations/{identity}")
        except OSError:
            return None
        if status == 200:
            return json.loads(text)
        if status in (429, 503):
            return None
        raise RuntimeError(f"a generation that was accepted is answered {status}: {text[:300]}")

    def resume(self, identity):
        try:
            self.ask("POST", f"/v1/generations/{identity}/resume", b"{}", {"content-type": "application/json"})
        except OSError:
            pass

    def artifact(self, identity):
        """The ZIP of a generation: (its bytes, their digest as the header says)."""
        for _ in range(200):
            try:
                status, headers, text = self.ask("GET", f"/v1/generations/{identity}/artifact")
                if status == 200:
                    return text, headers["content-digest"]
                if status not in (429, 503):
                    raise RuntimeError(f"an artifact is answered {status}: {text[:300]}")
            except OSError:
                pass
            time.sleep(0.05)
        raise RuntimeError("an artifact could not be fetched")
