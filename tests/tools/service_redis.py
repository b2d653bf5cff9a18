"""The tier in which Redis is killed, emptied, brought back with old data and frozen, while the service works."""

import random
import shutil
import signal
import time

from service_checks import check_records, check_rest, look
from service_servers import Redis
from service_site import spec

# Most that a hand-in may take while Redis is frozen, as the protocol has it.
ANSWER_S = 2
FROZEN_S = 6
FAULTS = ("killed", "emptied", "older", "frozen")
TAGS = range(4)


class Tier:
    """One service with a Redis of its own."""

    def __init__(self, site, server, tally, dice):
        self.site, self.server, self.tally, self.dice, self.accepted, self.slowest_s = site, server, tally, dice, 0, 0

    def strike(self, fault, title):
        server = self.server
        if fault == "emptied":
            server.say("FLUSHALL")
        elif fault == "killed":
            server.kill()
            time.sleep(self.dice.uniform(0, 2))
            server.begin()
        elif fault == "older":
            server.kill()
            shutil.copy(server.folder / "older.rdb", server.folder / "dump.rdb")
            server.begin()
            (server.folder / "dump.rdb").unlink()
        else:
            server.signal(signal.SIGSTOP)
            until = time.monotonic() + FROZEN_S
            while time.monotonic() < until:
                self.hand_in(title)
                time.sleep(0.5)
            server.signal(signal.SIGCONT)

    def drain(self):
        """Waits until everything is at its end."""
        while True:
            if not look(self.site, "select id from generations where status in ('queued', 'running', 'paused')"):
                return
            time.sleep(0.1)

    def hand_in(self, title):
        """One hand-in while Redis does not answer."""
        began = time.monotonic()
        headers = {"content-type": "text/markdown"}
        status, _, _ = self.site.ask("POST", "/v1/generations?verify=false", spec(TAGS[0]), headers)
        took_s = time.monotonic() - began
        self.slowest_s = max(self.slowest_s, took_s)
        self.accepted += status == 202
        if status not in (202, 503) or took_s > ANSWER_S:
            self.tally.violation(f"{title}: handing in was answered {status} after {took_s:.1f} s")


def redis_tier(options, make_site, tally, with_what):
    handed_in, learn, provider = with_what
    dice, rounds = random.Random(options.seed), int(options.number or 20)
    with provider:
        site = make_site("redis-site", provider, "")
        server = Redis(site.folder / "redis").begin()
        site.config.write_text(site.config.read_text().replace("[service]\n", f'[service]\nqueue = "{server.url()}"\n'))
        serving, working = site.serve(0), site.worker(2)
        tier = Tier(site, server, tally, dice)
        try:
            site.wait()
            golden = learn(site, TAGS, "golden")
            tier.accepted += len(TAGS)
            server.say("SAVE")
            shutil.move(server.folder / "dump.rdb", server.folder / "older.rdb")
            for number in range(rounds):
                for fault in FAULTS:
                    title = f"{fault} {number}"
                    provider.forget()
                    handed = handed_in(site, tally, TAGS, title)
                    time.sleep(dice.uniform(0, 2))
                    before = tier.accepted
                    tier.strike(fault, title)
                    tally.add("kills")
                    handed.ended.wait()
                    tier.drain()
                    # What was handed in beside has the first one's tag, and asks the same.
                    if tier.accepted == before:
                        handed.check(title, golden)
                    elif handed.failure:
                        tally.violation(f"{title}: {handed.failure}")
                    tier.accepted += len(TAGS)
                check_records(site, tally, f"round {number}", tier.accepted)
            codes = [working.stop(), serving.stop()]
            if codes != [0, 0]:
                tally.violation(f"processes left with {codes}")
            check_rest(site, tally, "at the end")
        finally:
            working.kill()
            serving.kill()
            server.kill()
    return f"{rounds} of each of {', '.join(FAULTS)}; the slowest hand-in beside a frozen Redis took {tier.slowest_s * 1000:.0f} ms"
