"""Redis, PostgreSQL and an S3-compatible server of a test's own, which end with it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from service_site import ROOT, free_port


class Server:
    """A server under a test; `kill` ends it as a power cut does, and leaves what it wrote."""

    name, child = "", None

    def __init__(self, folder, host="127.0.0.1"):
        self.folder, self.host, self.port = folder, host, free_port()
        folder.mkdir(parents=True)

    def spawn(self, words, **more):
        log = open(self.folder / "server.log", "a")
        self.child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **more)
        return self

    def wait(self, patience_s=60):
        began = time.monotonic()
        while not self.answers():
            if time.monotonic() - began > patience_s:
                raise RuntimeError(f"{self.name} does not answer: {(self.folder / 'server.log').read_text()[-1000:]}")
            time.sleep(0.02)
        return self

    def answers(self):
        try:
            socket.create_connection((self.host, self.port), 1).close()
            return True
        except OSError:
            return False

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        if self.child and self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


class Redis(Server):
    name = "redis-server"

    def begin(self):
        return self.spawn(["redis-server", "--bind", self.host, "--port", str(self.port), "--save", "", "--appendonly", "no",
                           "--protected-mode", "no", "--dir", str(self.folder), "--dbfilename", "dump.rdb"]).wait()

    def url(self):
        return f"redis://{self.host}:{self.port}"

    def say(self, *words):
        """One command (RESP): the first line of the answer."""
        message = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        with socket.create_connection((self.host, self.port), 10) as connection:
            connection.sendall(message.encode())
            return connection.recv(4096).split(b"\r\n")[0]


def as_nobody(words):
    """A command as somebody who is not root, which PostgreSQL asks for."""
    return words if os.geteuid() else ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *words]


def postgres_program(name):
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name) or name


class Postgres(Server):
    name = "postgres"

    def make(self):
        self.folder.chmod(0o777)
        for folder in self.folder.parents:
            if folder.owner() == pwd.getpwuid(os.geteuid()).pw_name and str(folder).startswith("/tmp/"):
                folder.chmod(folder.stat().st_mode | 0o011)
        subprocess.run(as_nobody([postgres_program("initdb"), "--username=tester", "--auth=trust", "--encoding=UTF8", "--no-locale",
                                  "--no-sync", "--pgdata", str(self.folder / "data")]), check=True, capture_output=True, cwd="/")
        with open(self.folder / "data/pg_hba.conf", "a") as rules:
            rules.write("host all all 0.0.0.0/0 trust\n")
        return self

    def begin(self):
        return self.spawn(as_nobody([postgres_program("postgres"), "-D", str(self.folder / "data"), "-p", str(self.port),
                                     "-c", f"listen_addresses={self.host}", "-c", f"unix_socket_directories={self.folder}",
                                     "-c", "fsync=off", "-c", "max_connections=60"]), cwd="/").wait()

    def answers(self):
        return subprocess.run(self.psql("select 1"), capture_output=True, check=False).returncode == 0

    def psql(self, query):
        return ["psql", "-h", self.host, "-p", str(self.port), "-U", "tester", "-d", "postgres", "-qtAc", query]

    def ask(self, query):
        return subprocess.run(self.psql(query), capture_output=True, check=True, text=True).stdout.strip()

    def url(self):
        return f"postgres://tester@{self.host}:{self.port}/postgres"


class S3(Server):
    name = "moto_server"

    def begin(self):
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        program = target / "tools/servers/bin/moto_server"
        if not program.is_file():
            raise RuntimeError(f"{program} is not there: run scripts/setup services")
        self.spawn([str(program), "-H", self.host, "-p", str(self.port)]).wait()
        self.ask("PUT", "/samokoder")
        return self

    def ask(self, method, path):
        with urllib.request.urlopen(urllib.request.Request(f"http://{self.host}:{self.port}{path}", method=method)) as answer:
            return answer.read()

    def settings(self):
        return (f'[service.storage]\nbucket = "samokoder"\nendpoint = "http://{self.host}:{self.port}"\nregion = "us-east-1"\n'
                "allow_http = true\nkeep_workspaces = true\n")


S3_KEYS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "tester"}
