"""The tier with two hosts in network namespaces, of which one is cut off while it works.

Everything is in a network namespace of its own, which needs root, or user namespaces for everybody. PostgreSQL, Redis, the S3
server and the provider are there, and the API with a data folder that no worker shares; each host is one more namespace, at the
other end of a pair of virtual interfaces.
"""

import json
import os
import random
import subprocess
import sys
import time

from service_checks import check_canary, check_records, look
from service_servers import S3, S3_KEYS, Postgres, Redis

INSIDE = "CRASH_SERVICE_NETWORK"
# Where the servers are, on the loopback of the outer namespace.
CENTRE = "10.77.0.1"
LEASE_S = 2
# As many as there are generations, so that whoever is left has room for all of them at once.
PLACES = 4
PARTS = 2
TAGS = range(4)
RACED = 200


def in_own_network():
    """Starts this program again in a network namespace of its own, unless it is in one."""
    if os.environ.get(INSIDE):
        return
    # As somebody else than root, as PostgreSQL would not start otherwise, but with the rights over the new namespaces.
    own = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-current-user", "--keep-caps", "--net"]
    os.environ[INSIDE] = "1"
    os.execvp(own[0], [*own, sys.executable, *sys.argv])


def ip(*words, prefix=()):
    subprocess.run([*prefix, "ip", *words], check=True)


class Host:
    """A network namespace, and the cable to it."""

    def __init__(self, number):
        self.cable, near, far = f"host{number}", f"10.77.{number}.1", f"10.77.{number}.2"
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        self.prefix = ["nsenter", "--target", str(self.holder.pid), "--net", "--"]
        ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        ip("address", "add", f"{near}/24", "dev", self.cable)
        ip("link", "set", self.cable, "up")
        for words in (["address", "add", f"{far}/24", "dev", "eth0"], ["link", "set", "eth0", "up"], ["link", "set", "lo", "up"],
                      ["route", "add", "default", "via", near]):
            ip(*words, prefix=self.prefix)

    def cut(self):
        ip("link", "set", self.cable, "down")

    def join(self):
        ip("link", "set", self.cable, "up")

    def end(self):
        self.holder.kill()
        self.holder.wait()


class Town:
    """The servers, the API and the two hosts."""

    def __init__(self, make_site, folder, provider):
        ip("link", "set", "lo", "up")
        ip("address", "add", f"{CENTRE}/32", "dev", "lo")
        self.provider = provider(CENTRE)
        self.postgres = Postgres(folder / "postgres", CENTRE).make().begin()
        self.redis = Redis(folder / "redis", CENTRE).begin()
        self.s3 = S3(folder / "s3", CENTRE).begin()
        service = f'database = "{self.postgres.url()}"\nqueue = "{self.redis.url()}"\n{self.s3.settings()}'
        self.api = make_site("api", self.provider, service, environment=S3_KEYS)
        self.api.postgres = self.postgres
        self.hosts = [Host(1), Host(2)]
        self.sites = [make_site(f"host-{number}", self.provider, service, environment=S3_KEYS, prefix=host.prefix)
                      for number, host in enumerate(self.hosts, 1)]
        self.api.homes = [site.data for site in self.sites]
        self.serving = self.api.serve(0)
        self.api.wait()
        self.workers = [site.worker(PLACES, more=["--allow-unsandboxed"]) for site in self.sites]

    def end(self):
        for process in [*self.workers, self.serving]:
            process.kill()
        for server in (self.postgres, self.redis, self.s3):
            server.kill()
        for host in self.hosts:
            host.end()

    def works_at(self, number):
        """What a host works on, by the lock that its process holds; each with how many events it has."""
        holders = {path.stem for path in (self.sites[number].data / "holders").glob("*")}
        running = look(self.api, "select id, holder, epoch, last_event from generations where status = 'running'")
        return [row for row in running if row["holder"] in holders]

    def row(self, identity):
        return look(self.api, f"select * from generations where id = '{identity}'")[0]


def cut_one_off(town, tally, title, dice, handed):
    """Cuts one host off in mid-work: which, what it worked on, and how long nobody went on with that."""
    began, at = time.monotonic(), dice.randint(3, 25)
    while not (working := [which for which in range(2) if any(row["last_event"] > at for row in town.works_at(which))]):
        if handed.ended.is_set() or time.monotonic() - began > 60:
            tally.violation(f"{title}: no host worked")
            return 0, [], 0
        time.sleep(0.01)
    which = dice.choice(working)
    town.hosts[which].cut()
    tally.add("kills")
    cut = time.monotonic()
    held = town.works_at(which)
    waiting, slowest_s = {row["id"]: row for row in held}, 0.0
    while waiting and time.monotonic() - cut < 60:
        for identity, before in list(waiting.items()):
            now = town.row(identity)
            if now["epoch"] > before["epoch"] and now["last_event"] > before["last_event"] + 1 or now["status"] == "unverified":
                del waiting[identity]
                slowest_s = time.monotonic() - cut
        time.sleep(0.02)
    if waiting or slowest_s > LEASE_S + 5:
        tally.violation(f"{title}: nobody went on for {slowest_s:.1f} s: {list(waiting)}")
    return which, held, slowest_s


def look_from_afar(town, tally, title, identity):
    """The API has no workspace of its own: files, commits and differences come from a checkpoint."""
    for what in ("files", "commits", "diff"):
        status, _, text = town.api.ask("GET", f"/v1/generations/{identity}/{what}")
        if status != 200 or len(text) < 100:
            tally.violation(f"{title}: {what} of a workspace elsewhere are answered {status}: {text[:200]}")


def hosts_tier(options, make_site, tally, with_what):
    handed_in, learn, provider = with_what
    dice, rounds, accepted, slowest_s = random.Random(options.seed), int(options.number or 5), 0, 0.0
    folders = {}

    def made(name, *arguments, **more):
        folders[name] = make_site(name, *arguments, **more)
        return folders[name]

    town = Town(made, options.folder, provider)
    try:
        golden = learn(town.api, TAGS, "golden")
        accepted += len(TAGS)
        for number in range(rounds):
            title = f"round {number}"
            town.provider.forget()
            handed = handed_in(town.api, tally, TAGS, title)
            which, held, took_s = cut_one_off(town, tally, title, dice, handed)
            slowest_s = max(slowest_s, took_s)
            handed.ended.wait()
            before = {row["id"]: town.row(row["id"]) for row in held}
            town.hosts[which].join()
            # Until what it still wanted to write has come, and longer than a lease.
            time.sleep(LEASE_S + 2)
            changed = [identity for identity, row in before.items() if town.row(identity) != row]
            if changed:
                tally.violation(f"{title}: the host that was cut off changed {changed}")
            handed.check(title, golden, frozen_calls=PLACES * PARTS)
            accepted += len(TAGS)
            check_records(town.api, tally, title, accepted)
            look_from_afar(town, tally, title, next(iter(handed.ids.values())))
        accepted += race(town, tally, RACED)
        check_records(town.api, tally, "race", accepted)
        codes = [process.stop() for process in [*town.workers, town.serving]]
        if codes != [0, 0, 0]:
            tally.violation(f"processes left with {codes}")
        for site in folders.values():
            check_canary(site, tally, "at the end")
        said = "".join(worker.said() for worker in town.workers)
        let_go = said.count("let go of") + said.count("another works on it by now")
    finally:
        town.end()
    return f"{rounds} cuts, nobody went on for {slowest_s:.1f} s at most, those that were cut off let go {let_go} times"


def race(town, tally, count):
    """Two hosts race for many small generations: each is delivered once, by one claim."""
    spec = {"name": "shop", "entities": {"Item": {"fields": {"title": "string"}}}}
    ids, began = [], time.monotonic()
    while len(ids) < count:
        items = [{"spec": spec, "options": {"verify": False}}] * min(50, count - len(ids))
        status, _, text = town.api.ask("POST", "/v1/generations/batch", json.dumps({"items": items}).encode(),
                                       {"content-type": "application/json"}, 60)
        if status != 202:
            raise RuntimeError(f"a batch was answered {status}: {text[:300]}")
        ids += [one["id"] for one in json.loads(text)["items"]]
    named = "id in (" + ", ".join(f"'{identity}'" for identity in ids) + ")"
    while look(town.api, f"select id from generations where {named} and status in ('queued', 'running') limit 1"):
        if time.monotonic() - began > 600:
            raise RuntimeError("the race does not end")
        time.sleep(0.2)
    took_s = time.monotonic() - began
    rows = look(town.api, f"select id, status, epoch, artifact from generations where {named}")
    wrong = [row for row in rows if row["status"] != "unverified" or row["epoch"] != 1]
    zips = {json.loads(row["artifact"])["digest"] for row in rows if row["artifact"]}
    if wrong or len(zips) != 1 or len(rows) != count:
        tally.violation(f"race: {len(wrong)} of {len(rows)} were not delivered by one claim, {len(zips)} different ZIPs")
    by_host = [worker.said().count("unverified generation=") for worker in town.workers]
    tally.say(f"race: {count} generations in {took_s:.0f} s, {len(wrong)} by more than one claim, "
              f"{len(zips)} different ZIP, {by_host} by host since they began")
    return count
