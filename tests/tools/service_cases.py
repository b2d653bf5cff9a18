"""Cases of the catalogue of reliability that need a process that dies and a provider that counts; each under its number."""

import json
import signal
import socket
import threading
import time

from service_checks import asked, check_generation, check_records, check_rest, digest_of, look, recorded, workspace_of
from service_site import ENDED, Site, TaggedProvider, spec

PARTS = 2



class Case:
    """A site and a provider of a case's own."""

    def __init__(self, scratch, program, tally, name, delay_s=0.02, service=""):
        self.provider, self.tally, self.title = TaggedProvider(PARTS, delay_s), tally, name
        self.site = Site(program, scratch / name, self.provider, f"\n[service]\nlease_seconds = 3\n{service}")
        self.process, self.accepted, self.golden = None, 0, {}

    def serve(self, workers=2, environment=None):
        self.process = self.site.serve(workers, environment)
        self.site.wait()
        return self.process

    def hand_in(self, tag, key=None):
        self.accepted += 1
        return self.site.submit(tag, key or f"{self.title}-{self.accepted}")

    def until(self, what, is_so, patience_s=60):
        """How long it took."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > patience_s:
                raise RuntimeError(f"{self.title}: waited for {what} in vain")
            time.sleep(0.01)
        return time.monotonic() - began

    def status(self, identity):
        return look(self.site, f"select status from generations where id = '{identity}'")[0]["status"]

    def row(self, identity):
        return look(self.site, f"select * from generations where id = '{identity}'")[0]

    def until_ended(self, *identities):
        return self.until("an end", lambda: all(self.status(identity) in ENDED for identity in identities), 120)

    def steps(self, identity):
        query = f"select count(*) as steps from events where generation = '{identity}' and event like '%step_finished%'"
        return look(self.site, query)[0]["steps"]

    def learn(self, *tags):
        """An undisturbed run of each tag."""
        self.serve()
        for tag in tags:
            self.provider.forget()
            identity = self.hand_in(tag)
            self.until_ended(identity)
            self.golden[tag] = {"zip": digest_of(self.site.artifact(identity)[0]), "calls": self.provider.count(tag)}
        self.provider.forget()
        self.leave()

    def leave(self):
        self.site.settle(1)
        if (code := self.process.stop()) != 0:
            self.tally.violation(f"{self.title}: left with {code}: {self.process.said()[-300:]}")

    def kill(self):
        self.tally.add("kills", self.process.kill())

    def check(self, *handed):
        """Whatever was handed in is at its end as an undisturbed run; then all leave."""
        for tag, identity in handed:
            self.until_ended(identity)
            check_generation(self.site, self.tally, self.title, self.golden, tag, identity)
        check_records(self.site, self.tally, self.title, self.accepted)
        self.leave()
        check_rest(self.site, self.tally, self.title)

    def expect(self, is_so, what):
        if not is_so:
            self.tally.violation(f"{self.title}: {what}")

    def journal(self, identity):
        return recorded(workspace_of(self.site, self.row(identity)))

    def answers(self, identity):
        """How many answers are in the journal."""
        keys = set(self.journal(identity))
        return sum(f"{key}/asked-1" in keys for key in keys)


def r01_an_accepted_spec_survives_a_kill_at_the_instant_of_its_answer(case):
    case.learn(1)
    case.serve()
    identity = case.hand_in(1)
    case.kill()
    case.serve()
    case.check((1, identity))


def r04_r05_a_hand_in_that_was_killed_around_its_commit_is_there_once(case):
    case.learn(1)
    for number in range(6):
        case.serve()
        found = []
        client = threading.Thread(target=lambda: found.append(case.site.submit(1, f"key-{number}")))
        client.start()
        # A hand-in takes a few milliseconds: before, in and after its transaction.
        time.sleep(0.001 * number)
        case.kill()
        case.serve()
        client.join()
        case.accepted += 1
        again = case.site.submit(1, f"key-{number}")
        case.expect(found == [again], f"the same key made {found} and {again}")
        case.until_ended(again)
        if number < 5:
            case.leave()
        case.provider.forget()
    case.check()


def r06_a_bell_that_never_rang_costs_five_seconds_at_most(case):
    case.learn(1)
    case.serve(workers=0)
    identity = case.hand_in(1)
    case.kill()
    for file in case.site.data.glob("queue.db*"):
        file.unlink()
    began = time.monotonic()
    case.serve()
    case.until("a claim", lambda: case.status(identity) != "queued")
    case.expect(time.monotonic() - began <= 5, "nobody began within 5 s")
    case.check((1, identity))


def killed_in_a_call(case, is_moment):
    """Kills the service at a moment of a call: how many calls were made more than without."""
    case.learn(1)
    case.serve()
    identity = case.hand_in(1)
    case.until("the moment", lambda: case.row(identity)["workspace"] and is_moment(identity))
    case.kill()
    in_journal = case.answers(identity)
    case.serve()
    case.until_ended(identity)
    extra = case.provider.count(1) - case.golden[1]["calls"]
    case.check((1, identity))
    return extra, in_journal


def r08_a_kill_in_the_middle_of_a_call_costs_that_call(case):
    case.provider.delay_s = 0.3
    extra, _ = killed_in_a_call(case, lambda _: case.provider.in_flight() == 1 and case.provider.count(1) == 2)
    case.expect(extra <= 1, f"{extra} calls more")


def r09_a_kill_between_an_answer_and_its_record_costs_that_call(case):
    extra, _ = killed_in_a_call(case, lambda _: case.provider.count(1) == 2 and case.provider.in_flight() == 0)
    case.expect(extra <= 1, f"{extra} calls more")


def r10_an_answer_in_the_journal_is_never_paid_again(case):
    # The next call is far away: the kill meets none in flight.
    case.provider.delay_s = 0.3
    extra, in_journal = killed_in_a_call(case, lambda identity: case.answers(identity) == 1)
    case.expect(in_journal >= 1, "the answer is not in the journal")
    case.expect(extra <= 1, f"{extra} calls more; one may have been in flight again")


def r18_three_kills_within_recovery_are_survived(case):
    case.learn(1)
    case.serve()
    identity = case.hand_in(1)
    case.until("some steps", lambda: case.steps(identity) > 5)
    case.kill()
    for after_s in (0.05, 0.15, 0.3):
        case.process = case.site.serve(2)
        time.sleep(after_s)
        case.kill()
    case.serve()
    if case.status(identity) == "failed":
        case.site.resume(identity)
    case.check((1, identity))


def r19_work_goes_on_within_five_seconds_of_a_restart(case):
    case.learn(1)
    case.provider.delay_s = 0.1
    case.serve()
    identity = case.hand_in(1)
    case.until("some steps", lambda: case.steps(identity) > 3)
    case.kill()
    time.sleep(0.1)
    before, began = case.steps(identity), time.monotonic()
    case.serve()
    case.until("a step", lambda: case.steps(identity) > before)
    took_s = time.monotonic() - began
    case.expect(took_s <= 5, f"the first new step came after {took_s:.1f} s")
    case.check((1, identity))


def r20_what_kills_its_worker_is_retired_after_three_lives(case):
    identity = None
    for _ in range(4):
        # It dies at a step after the first answer.
        case.process = case.site.serve(1, {"SAMOKODER_FAULT": "abort:architect/blueprint"})
        if identity is None:
            case.site.wait()
            identity = case.hand_in(1)
        case.until("its death", lambda: case.process.child.poll() is not None or case.status(identity) == "failed")
        case.process.kill()
    case.serve()
    case.until("its end", lambda: case.status(identity) == "failed")
    row = case.row(identity)
    case.expect(row["cause"] == "worker_died_repeatedly", f"it is {row['cause']}")
    case.expect(row["epoch"] <= 4, f"it was begun {row['epoch']} times")
    case.expect(1 <= case.provider.count() <= 3, f"{case.provider.count()} calls were made")
    case.tally.say(f"r20: {row['epoch']} lives, {case.provider.count()} calls")
    case.check()


def r22_a_crash_in_every_call_spends_no_more_than_the_cap(case):
    priced = '[prices.models."scripted/scripted"]\ninput = "0"\noutput = "25"\ndate = "2026-01-01"\nsource = "a test"\n'
    case.site.config.write_text(case.site.config.read_text().replace("free = true\n", "") + priced)
    case.provider.delay_s, identity, cap = 5, None, 1.0
    for _ in range(8):
        case.serve()
        if identity is None:
            identity = case.site.submit(1, "capped", front=f"---\nlimits: {{ cost_usd: {cap} }}\n---\n".encode())
            case.accepted += 1
        case.until("a call or its end", lambda: case.provider.in_flight() == 1 or case.status(identity) in ("paused", "failed"))
        case.kill()
        case.until("the call's end", lambda: case.provider.in_flight() == 0)
        if case.status(identity) in ("paused", "failed"):
            break
    row = case.row(identity)
    # Each call that was cut off counts with the most that it may have cost: 16,000 tokens of an answer, 0.40 USD.
    case.expect((row["status"], row["cause"]) == ("paused", "budget_exhausted"), f"it is {row['status']}, {row['cause']}")
    case.expect(1 <= case.provider.count() <= cap / 0.4, f"{case.provider.count()} calls were made")
    case.tally.say(f"r22: {case.provider.count()} calls of 0.40 USD under a cap of {cap}")
    case.serve()
    case.check()


def r40_a_service_that_does_nothing_leaves_at_once(case):
    case.serve()
    began = time.monotonic()
    case.leave()
    case.expect(time.monotonic() - began <= 1, f"leaving took {time.monotonic() - began:.1f} s")


def r41_a_call_that_takes_longer_than_the_grace_is_cut_off(case):
    case.provider.delay_s = 20
    case.serve()
    identity = case.hand_in(1)
    case.until("a call", lambda: case.provider.in_flight() == 1)
    began = time.monotonic()
    code = case.process.stop()
    took_s = time.monotonic() - began
    case.expect(code == 0 and took_s <= 6, f"it left with {code} after {took_s:.1f} s")
    case.expect(case.provider.count(1) == 1, f"{case.provider.count(1)} calls were made")
    case.provider.delay_s = 0.01
    case.serve()
    case.until_ended(identity)
    count, again = asked(case.journal(identity))
    case.expect(not again and case.provider.count(1) <= count, f"{case.provider.count(1)} calls, {count} of them meant")
    case.check()


def r42_a_call_that_ends_within_the_grace_is_recorded(case):
    case.learn(1)
    case.provider.delay_s = 2
    case.serve()
    identity = case.hand_in(1)
    case.until("a call", lambda: case.provider.in_flight() == 1)
    case.leave()
    case.provider.delay_s = 0.01
    case.serve()
    case.until_ended(identity)
    case.expect(case.provider.count(1) == case.golden[1]["calls"], f"{case.provider.count(1)} calls were made")
    case.check((1, identity))


def r43_a_download_that_is_cut_off_is_no_shorter_zip(case):
    case.learn(1)
    case.serve()
    identity = look(case.site, "select id from generations")[0]["id"]
    whole, _ = case.site.artifact(identity)
    with socket.create_connection((case.site.host, case.site.port), 10) as connection:
        # A window that is never read empties no buffer of the server's.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = (f"GET /v1/generations/{identity}/artifact HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {case.site.key}\r\n\r\n")
        connection.sendall(request.encode())
        head = connection.recv(4096)
        case.process.signal(signal.SIGTERM)
        rest = b""
        connection.settimeout(30)
        try:
            while piece := connection.recv(65536):
                rest += piece
        except OSError:
            pass
    header, _, body = (head + rest).partition(b"\r\n\r\n")
    length = int(next(line for line in header.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
    case.expect(body == whole[:len(body)], "other bytes came")
    case.expect(len(body) == length == len(whole) or len(body) < length, "a shorter ZIP looks whole")
    case.expect(case.process.child.wait(35) == 0, "it did not leave in order")


def r49_two_of_the_same_spec_share_nothing(case):
    case.learn(1)
    calls = case.golden[1]["calls"]
    case.serve()
    both = [case.hand_in(1), case.hand_in(1)]
    case.until_ended(*both)
    case.expect(case.provider.count(1) == 2 * calls, f"{case.provider.count(1)} calls instead of {2 * calls}")
    journals = [case.journal(identity) for identity in both]
    case.expect(sorted(journals[0]) == sorted(journals[1]), "their journals are not alike")
    zips = {digest_of(case.site.artifact(identity)[0]) for identity in both}
    case.expect(zips == {case.golden[1]["zip"]}, "other bytes")
    case.check()


def r51_a_thousand_that_wait_go_in_their_order(case):
    # Each waits for its first call, so that the order and the number at once can be seen.
    case.provider.delay_s = 0.2
    case.serve(workers=0)
    body = {"verify": False}
    handed = []
    item = {"text": spec(1).decode(), "format": "markdown"}
    while len(handed) < 1000:
        batch = json.dumps({"items": [item] * 50}).encode()
        status, _, text = case.site.ask("POST", "/v1/generations/batch", batch, {"content-type": "application/json"}, 60)
        if status not in (200, 202, 207):
            raise RuntimeError(f"a batch was answered {status}: {text[:300]}")
        handed += [one["id"] for one in json.loads(text)["items"]]
    case.accepted += len(handed)
    case.kill()
    process = case.serve(workers=4)
    most, began, seen = 0, time.monotonic(), []
    while len(seen) < 12 and time.monotonic() - began < 40:
        running = [row["id"] for row in look(case.site, "select id from generations where status = 'running'")]
        most = max(most, len(running))
        seen += [identity for identity in sorted(running, key=handed.index) if identity not in seen]
        time.sleep(0.02)
    memory = int(next(line for line in open(f"/proc/{process.child.pid}/status") if line.startswith("VmHWM")).split()[1]) // 1024
    case.expect(0 < most <= 4, f"{most} at once")
    case.expect(seen == handed[:len(seen)] and len(seen) >= 12, f"begun in another order: {[handed.index(one) for one in seen]}")
    case.expect(memory < 512, f"{memory} MiB")
    case.tally.say(f"r51: {len(seen)} begun in order, {most} at once, {memory} MiB at most")
    case.kill()


def cases():
    return {name: case for name, case in globals().items() if name.startswith("r") and name[1:3].isdigit()}


def run_case(name, scratch, program, tally):
    service = "grace_seconds = 5\n" if name.startswith("r41") else ""
    case = Case(scratch, program, tally, name, service=service)
    try:
        cases()[name](case)
    except (RuntimeError, OSError, KeyError, ValueError, StopIteration) as error:
        tally.violation(f"{name}: {error!r}")
    finally:
        if case.process:
            case.process.kill()
