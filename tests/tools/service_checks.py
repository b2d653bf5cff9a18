"""What must hold of a service after whatever was done to it."""

import base64
import json
import os
import sqlite3
import subprocess
import urllib.parse
from hashlib import sha256

from service_site import CANARY, ENDED

FRAME_HEADER_BYTES = 64


class Tally:
    """What came of a tier."""

    def __init__(self):
        self.counts = {"kills": 0, "lost": 0, "paid_twice": 0, "bytes_different": 0, "in_flight": 0, "retired": 0}
        self.violations = []

    def add(self, what, count=1):
        self.counts[what] += count

    def say(self, text):
        print(f"  {text}", flush=True)

    def violation(self, text):
        self.violations.append(text)
        print(f"  violation: {text}", flush=True)

    def line(self):
        return ", ".join(f"{count} {what}" for what, count in self.counts.items()) + f", {len(self.violations)} violations"


def digest_of(data):
    return sha256(data).hexdigest()


def look(site, query):
    """A look into the records, beside whoever writes them: rows, by the names of their columns."""
    if site.postgres:
        return json.loads(site.postgres.ask(f"select coalesce(json_agg(one), '[]') from ({query}) one"))
    connection = sqlite3.connect(site.data / "records.db", timeout=10)
    try:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]
    finally:
        connection.close()


def recorded(workspace):
    """Keys of a workspace's journal in their order, as far as it is whole (src/journal/frame.rs)."""
    keys = []
    for segment in sorted((workspace / "journal").glob("*.segment")):
        data, at = segment.read_bytes(), 0
        while at + FRAME_HEADER_BYTES <= len(data):
            end = at + FRAME_HEADER_BYTES + int.from_bytes(data[at + 8:at + 12], "little")
            if end > len(data):
                break
            payload = json.loads(data[at + FRAME_HEADER_BYTES:end])
            at = end
            if "key" in payload:
                keys.append(payload["key"])
    return keys


def asked(keys):
    """How many questions were to be asked, and which were although their answer was recorded."""
    answered, count, again = set(), 0, []
    for key in keys:
        call, _, last = key.rpartition("/")
        if last.startswith("asked-"):
            count += 1
            again += [key] if call in answered else []
        answered.add(key)
    return count, again


def workspace_of(site, row):
    kept = row["workspace"]
    if kept is None:
        name = row["id"]
    elif kept.endswith(".json"):
        name = f"{row['id']}.{kept.rsplit('/')[-2]}"
    else:
        name = kept
    found = [home / "workspaces" / name for home in site.homes if (home / "workspaces" / name).is_dir()]
    return found[0] if found else site.data / "workspaces" / name


def check_generation(site, tally, title, golden, tag, identity, frozen_calls=0):
    """One generation at its end: I1, I2, I3, I7, I8 and the repository of I12."""
    row = next(iter(look(site, f"select * from generations where id = '{identity}'")), None)
    events = look(site, f"select sequence, event from events where generation = '{identity}' order by sequence")
    events = [(event["sequence"], json.loads(event["event"])) for event in events]
    if row is None or row["status"] != "unverified":
        tally.add("lost")
        return tally.violation(f"{title}: {identity} is {row and (row['status'], row['reason'])}")
    data, header = site.artifact(identity)
    kept = json.loads(row["artifact"])
    if digest_of(data) not in str(kept["digest"]) or base64.b64encode(sha256(data).digest()).decode() not in header:
        tally.violation(f"{title}: the download of {identity} is not what its row says")
    if digest_of(data) != golden[tag]["zip"]:
        tally.add("bytes_different")
        tally.violation(f"{title}: {identity} has other bytes than an undisturbed run")
    check_events(tally, title, row, events)
    keys = recorded(workspace_of(site, row))
    count, again = asked(keys)
    tally.add("paid_twice", len(again))
    if again:
        tally.violation(f"{title}: asked again although the answer was recorded: {again}")
    extra, allowed = site.provider.count(tag) - golden[tag]["calls"], count - golden[tag]["calls"]
    tally.add("in_flight", max(0, allowed))
    if extra > allowed + frozen_calls:
        tally.add("paid_twice", extra - allowed)
        tally.violation(f"{title}: {extra} calls more than without a kill, of which {allowed} were in flight")
    fsck = subprocess.run(["git", "--git-dir", str(workspace_of(site, row) / "git"), "fsck", "--strict", "--no-dangling"],
                          capture_output=True, text=True)
    if fsck.returncode:
        tally.violation(f"{title}: git fsck: {fsck.stdout}{fsck.stderr}")


def check_events(tally, title, row, events):
    numbers = [number for number, _ in events]
    if numbers != list(range(1, len(numbers) + 1)) or row["last_event"] != len(numbers):
        tally.violation(f"{title}: the events of {row['id']} are numbered {numbers}, the last {row['last_event']}")
    moves = [event for _, event in events if event["event"] == "status_changed"]
    claims = sum(move["status"] == "running" for move in moves)
    if claims != row["epoch"]:
        tally.violation(f"{title}: {row['id']} was claimed {claims} times, and its number is {row['epoch']}")
    for before, after in zip(moves, moves[1:]):
        is_resumed = before["status"] in ("failed", "cancelled") and after["status"] == "queued"
        if before["status"] in ENDED and not is_resumed:
            tally.violation(f"{title}: {row['id']} went from {before['status']} to {after['status']}")
    steps = [event["step"] for _, event in events if event["event"] == "step_finished"]
    if len(steps) != len(set(steps)):
        tally.violation(f"{title}: {row['id']} tells of a step twice")


def check_records(site, tally, title, accepted):
    """The database, and that each hand-in is there once."""
    if not site.postgres and (found := look(site, "pragma integrity_check")) != [{"integrity_check": "ok"}]:
        tally.violation(f"{title}: integrity_check: {found}")
    count = look(site, "select count(*) as found from generations")[0]["found"]
    if count != accepted:
        tally.violation(f"{title}: {accepted} hand-ins made {count} generations")


def check_rest(site, tally, title):
    """What must not be left when all processes have gone in order: I10; and the key: I11."""
    for pattern, what in (("deliveries/*/*", "a delivery on its way"), ("workspaces/*.part", "half a workspace"),
                          ("holders/*", "a sign of life of the dead"), ("storage/**/*#*", "half an object")):
        left = [str(path.relative_to(site.data)) for path in site.data.glob(pattern)]
        if left:
            tally.violation(f"{title}: {what} is left: {left[:3]}")
    for process in os.listdir("/proc"):
        try:
            environment = open(f"/proc/{process}/environ", "rb").read() if process.isdigit() else b""
        except OSError:
            continue
        if f"HOME={site.folder}".encode() in environment.split(b"\0"):
            tally.violation(f"{title}: process {process} is left")
    check_canary(site, tally, title)


def check_canary(site, tally, title):
    plain = CANARY.encode()
    forms = {plain, plain[::-1], plain.hex().encode(), urllib.parse.quote(CANARY, safe="").encode()}
    for shift in range(3):
        # Whole groups of three bytes, whatever stands before.
        forms.add(base64.b64encode(plain[shift:len(plain) - (len(plain) - shift) % 3]))
    for path in site.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(form in data for form in forms):
                tally.violation(f"{title}: the provider's key is in {path.relative_to(site.folder)}")
