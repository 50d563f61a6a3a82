# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health monitor on a dialer with real calls: what it suspends and takes back, what it outlives, what it keeps."""
from __future__ import annotations

import json
import time

import pytest

from support.lab.calls import auto_dial, place, times_received
from support.lab.faults import asterisk_back
from support.lab.machines import ONE, OTHER, asterisk, changed_file, execute, sh
from support.lab.playbooks import play, playbook, site
from support.waiting import wait_until

TOKEN = "zqWebhookTokenx71"
# The breaker's defaults. Nothing listens there: a hook that fails harms nothing.
HEALTH = {"interval": 1, "down_after": 2, "up_after": 3, "breaker": {}, "webhook": f"http://127.0.0.1:9/{TOKEN}"}
DESCRIBED = {"dialer_health": HEALTH, "dialer_prune": True}
NAME = "dialer-trunks-monitor"
EXCHANGE = 200 + int(time.time()) % 700  # numbers that no earlier test has called
# The last digit of numbers that carrier a refuses, does not respond to, and answers; b answers all of them.
REFUSED, UNHEARD, ANSWERED = "9", "8", "1"
KEPT = "/var/lib/dialer-trunks/health /var/log/dialer-trunks"
LOG, STORE = "/var/log/dialer-trunks/monitor.log", "/var/lib/dialer-trunks/health/attempts.db"


def status() -> dict:
    """What the monitor of the first dialer says of itself."""
    return json.loads(sh(ONE, f"cat /run/{NAME}.json"))


def state(trunk: str) -> str:
    return status()["trunks"][trunk]["state"]


def pid() -> int:
    return status()["process"]["pid"]


def monitors() -> list[int]:
    """The processes of monitors that run."""
    return [int(line) for line in sh(ONE, "pgrep -f _health[.]main; true").split()]


def lease(trunk: str) -> float:
    """Seconds for which calls still pass the trunk over."""
    for line in asterisk(ONE, "dialplan show globals").splitlines():
        name, _equals, value = line.strip().partition("=")
        if name == f"TRUNKS_COOL_DOWN_{trunk}" and value:
            return int(value) - time.time()
    return 0


def rows(query: str) -> list[list]:
    """What the attempt log answers."""
    return json.loads(sh(ONE, f"python3 -c 'import json, sqlite3; print(json.dumps(sqlite3.connect(\"{STORE}\").execute(\"{query}\").fetchall()))'"))


def kept() -> tuple[int, int]:
    """How many attempts the log has, and how many it counts as lost."""
    (attempts, lost), = rows("select (select count(*) from attempts), (select ifnull(sum(attempts), 0) from lost)")
    return attempts, lost


def attempts_without_ami(*numbers: int) -> None:
    """Calls that a command of Asterisk begins, to numbers that carrier a says do not exist: each is one attempt."""
    before = serial()
    for number in numbers:
        asterisk(ONE, f"channel originate Local/91312{EXCHANGE}{number:03d}4@vicidial-auto-external application Wait 1")
    wait_until(lambda: serial() == before + len(numbers), 15, "the end of the attempts")


def serial() -> int:
    """The number of the last attempt since Asterisk was started."""
    found = [line.strip() for line in asterisk(ONE, "dialplan show globals").splitlines() if "TRUNKS_SERIAL=" in line]
    return int(found[0].partition("=")[2]) if found else 0


def call(last_digit: str, number: int) -> dict:
    """A call to a number of its own: what became of it, and how often each carrier received it."""
    called = f"1312{EXCHANGE}{number:03d}{last_digit}"
    found = auto_dial(ONE, called)
    return {**found, "a": times_received("a", called), "b": times_received("b", called)}


@pytest.fixture(scope="module", autouse=True)
def monitored():
    sh(ONE, f"rm -rf {KEPT}")
    done = site("--limit", ONE, "--diff", "-vvv", extra_vars=DESCRIBED)
    assert done.rc == 0, done
    yield done
    sh("carrier-a", "/lab/carrier/silence off", check=False)
    done = site("--limit", ONE, extra_vars={"dialer_prune": True})
    assert done.rc == 0, done
    assert no_trace() == ""
    sh(ONE, f"rm -rf {KEPT}")


def no_trace() -> str:
    """What there is of a monitor: processes, files that start it, its line and its user; empty for none."""
    return sh(ONE, f"ls -d /run/{NAME}.* /etc/cron.d/{NAME} /var/lib/dialer-trunks/monitor 2>/dev/null; pgrep -af _health[.]main; "
                   "grep trunks /etc/asterisk/manager.conf; asterisk -rx 'manager show user trunks' | grep -v 'no manager called'; true").strip()


def test_a_second_run_changes_nothing_and_the_monitor_runs_as_described():
    again = site("--limit", ONE, extra_vars=DESCRIBED)
    assert again.rc == 0 and again.changes == [], again
    told = play("- dialer.trunks.trunk_status_info:", "--limit", ONE).tasks[-1][1][ONE]
    assert told["monitor"]["running"] and told["monitor"]["trouble"] == [], told
    assert {trunk["name"]: (trunk["state"], trunk["asterisk"]) for trunk in told["trunks"]} == {
        "carrier_a": ("in service", "reachable"), "carrier_b": ("in service", "reachable")}


def test_its_secrets_are_neither_printed_nor_for_everyone_to_read(monitored):
    login = sh(ONE, "sed -n s/^secret=//p /etc/asterisk/trunks/manager.conf").strip()
    assert len(login) == 48
    for secret in (login, TOKEN):
        assert secret not in monitored.stdout + monitored.stderr
        holders = sh(ONE, f"grep -rls {secret} /etc /var /run /tmp /usr/share 2>/dev/null | xargs -r stat -c '%a %n'; true").splitlines()
        assert holders and [line for line in holders if not line.split()[0].endswith("0")] == []


def test_the_user_of_the_manager_interface_may_read_and_nothing_else():
    shown = asterisk(ONE, "manager show user trunks")
    assert "read perm: system,call,user" in shown and "write perm: <none>" in shown and "127.0.0.1" in shown
    assert sh(ONE, "stat -c '%U %a' /etc/asterisk/trunks/manager.conf").split()[1] == "640"


def test_what_a_call_leaves_in_the_attempt_log():
    """An answered call: the carrier rang after some milliseconds, the agent got it, and the customer hung up later."""
    found = call(ANSWERED, 100)
    assert found["agent"], found
    wait_until(lambda: rows(f"select talk_s from attempts where key=\\\"{found['key']}\\\"") not in ([], [[None]]), 15, "the talk time")
    (route, trunk, result, prefix, pdd, talked, rate), = rows(
        f"select route, trunk, result, prefix, pdd_ms, talk_s, rate from attempts where key=\\\"{found['key']}\\\"")
    assert (route, trunk, result, prefix, rate) == ("us", "carrier_a", "ANSWER", f"1312{EXCHANGE}"[:6], 0.02)
    assert 0 < pdd < 2000 and 0.5 < talked < 10
    assert rows("select talks, priced, round(cost / talk_s * 60, 9) from days where trunk=\\\"carrier_a\\\"") == [[1, 1, 0.02]]


def test_a_hostile_event_with_our_name_is_counted_and_nothing_else():
    odd = status()["ami"]["odd"]
    sh(ONE, "printf '[trunks-hostile]\\nexten => s,1,UserEvent(TrunkAttempt,Route: us,Trunk: ../../x,Attempt: 1,Result: ANSWER,Cause: 16)\\n"
            " same => n,UserEvent(TrunkAttempt,Route: us,Trunk: carrier_a,Attempt: -1,Result: $(id),Cause: 99999)\\n' >>/etc/asterisk/extensions.conf")
    try:
        asterisk(ONE, "dialplan reload")
        asterisk(ONE, "channel originate Local/s@trunks-hostile application Wait 1")
        wait_until(lambda: status()["ami"]["odd"] >= odd + 2, 15, "two odd events")
    finally:
        sh(ONE, "sed -i '/^\\[trunks-hostile\\]/,$d' /etc/asterisk/extensions.conf")
        asterisk(ONE, "dialplan reload")
    assert rows("select count(*) from attempts where trunk not in (\\\"carrier_a\\\", \\\"carrier_b\\\")") == [[0]]


def test_a_refusing_carrier_is_suspended_and_tried_again():
    """OPTIONS says that the carrier is well; its calls say otherwise."""
    placed = place("auto", [f"1312{EXCHANGE}{number:03d}{REFUSED}" for number in range(24)], "--rate 4 --hold 1")
    assert [found for found in placed if not found.agent] == []
    wait_until(lambda: state("carrier_a") == "suspended", 5, "the suspension")
    assert status()["trunks"]["carrier_a"]["asterisk"] == "reachable"
    assert "of the last 20 attempts failed by the trunk" in status()["trunks"]["carrier_a"]["why"]
    assert 20 < lease("carrier_a") < 60
    found = call(REFUSED, 50)
    assert found["agent"] and (found["a"], found["b"]) == (0, 1), found
    wait_until(lambda: lease("carrier_a") <= 0, 45, "the trial")
    assert [call(ANSWERED, 20 + number)["agent"] for number in range(3)] == [True] * 3
    wait_until(lambda: state("carrier_a") == "in service", 10, "the return to service")
    lines = sh(ONE, f"cat {LOG}").splitlines()
    assert any("carrier_a: in service -> suspended" in line for line in lines)
    assert any("carrier_a: suspended -> in service" in line for line in lines)


def test_the_only_usable_trunk_is_tried_although_it_is_suspended():
    for trunk in ("carrier_a", "carrier_b"):
        sh(ONE, f"asterisk -rx 'dialplan set global TRUNKS_COOL_DOWN_{trunk} '$(($(date +%s) + 50))")
    assert call(ANSWERED, 30)["agent"]
    for trunk in ("carrier_a", "carrier_b"):
        asterisk(ONE, f'dialplan set global TRUNKS_COOL_DOWN_{trunk} ""')


def test_a_silent_carrier_is_suspended_and_back():
    sh("carrier-a", "/lab/carrier/silence on")
    try:
        wait_until(lambda: state("carrier_a") == "suspended", 60, "the suspension")
        assert "unreachable" in status()["trunks"]["carrier_a"]["why"]
        found = call(ANSWERED, 40)
        assert found["agent"] and found["b"] == 1 and found["seconds"] < 8, found
    finally:
        sh("carrier-a", "/lab/carrier/silence off")
    wait_until(lambda: state("carrier_a") == "in service", 60, "the return to service")
    wait_until(lambda: lease("carrier_a") <= 0, 5, "the end of the lease")


def test_maintenance_outlives_restarts_and_runs():
    """The monitor is killed, then the machine restarted: cron starts it within a minute."""
    options = ("--limit", ONE, "-e", "trunk=carrier_a", "-e", "state=on", "-e", "hours=2", "-e", "reason=moves")
    ordered = site(*options, playbook="playbooks/maintenance.yml")
    assert ordered.rc == 0 and len(ordered.changes) == 1, ordered
    assert site(*options, playbook="playbooks/maintenance.yml").changes == []
    assert sh(ONE, f"stat -c '%U:%G %a' /etc/cron.d/{NAME}") == "root:root 644\n"
    sh(ONE, f"pkill -x cron; kill -9 {pid()}")
    assert call(ANSWERED, 50)["a"] == 0    # the lease holds for some seconds without a monitor
    execute(["podman", "restart", ONE])
    wait_until(lambda: sh(ONE, "asterisk -rx 'core show uptime'; ls /run/lab/ready", check=False).endswith("ready\n"), 40, "the dialer")
    wait_until(lambda: len(monitors()) == 1 and [pid()] == monitors(), 65, "the monitor")
    assert state("carrier_a") == "in maintenance" and "moves" in status()["trunks"]["carrier_a"]["why"]
    assert site("--limit", ONE, extra_vars=DESCRIBED).changes == []
    sh(ONE, "pkill -9 -x asterisk")
    asterisk_back()
    wait_until(lambda: lease("carrier_a") > 0, 20, "the lease after the restart")
    done = site("--limit", ONE, "-e", "trunk=carrier_a", "-e", "state=off", playbook="playbooks/maintenance.yml")
    assert done.rc == 0 and state("carrier_a") == "in service", done


def test_orders_that_cannot_be_carried_out_are_refused():
    for given, said in ((("trunk=nosuch", "state=on", "reason=x"), "has no enabled trunk 'nosuch'; it has carrier_a, carrier_b"),
                        (("trunk=carrier_a", "state=on"), "reason is missing"),
                        (("trunk=carrier_a", "state=on", "reason=x", "hours=-1"), "hours must be a number greater than 0"),
                        (("trunk=carrier_a", "state=on", "reason=x", "hours=soon"), "'soon' is neither a number nor forever")):
        refused = site("--limit", ONE, *(word for one in given for word in ("-e", one)), playbook="playbooks/maintenance.yml")
        assert refused.rc != 0 and said in refused.said and "Nothing was changed" in refused.said, refused


def test_a_dead_monitors_suspension_is_gone_within_a_minute():
    site("--limit", ONE, "-e", "trunk=carrier_a", "-e", "state=on", "-e", "reason=x", playbook="playbooks/maintenance.yml")
    attempts, lost = kept()
    sh(ONE, f"pkill -x cron; kill -9 {pid()}")   # without cron, nothing starts it again
    died = time.time()
    wait_until(lambda: lease("carrier_a") <= 0, 70, "the end of the lease")
    assert time.time() - died <= 60
    found = call(ANSWERED, 60)
    assert found["agent"] and found["a"] == 1, found
    drift = playbook("playbooks/drift.yml", "--limit", ONE, variables=DESCRIBED, check=False)
    assert "the health monitor does not run" in drift.output
    again = site("--limit", ONE, extra_vars=DESCRIBED)
    assert again.rc == 0 and len(again.changes) == 1 and "neither systemd nor cron runs here" in again.said, again
    sh(ONE, "cron")
    site("--limit", ONE, "-e", "trunk=carrier_a", "-e", "state=off", playbook="playbooks/maintenance.yml")
    wait_until(lambda: status()["attempts"]["missed"] == 1, 40, "the attempt of the time without a monitor")
    assert kept() == (attempts, lost + 1)


def test_a_rollback_takes_the_monitor_back():
    changed = {**DESCRIBED, "dialer_health": {**HEALTH, "interval": 3}}
    assert site("--limit", ONE, extra_vars=changed).rc == 0
    told = site("--limit", ONE, playbook="playbooks/rollback.yml")
    assert told.rc == 0, told
    assert site("--limit", ONE, extra_vars=DESCRIBED).changes == []


def test_a_carrier_that_responds_to_options_only_is_suspended():
    """Three calls wait for it, and the dialplan's cool-down keeps the others off it. No call is lost."""
    before, placed = time.time(), []
    while state("carrier_a") == "in service" and time.time() < before + 55:
        placed.append(call(UNHEARD, 300 + len(placed)))
    found = status()["trunks"]["carrier_a"]
    assert (found["state"], found["asterisk"], found["why"]) == ("suspended", "reachable", "3 attempts in a row got no response"), placed
    assert [one for one in placed if not one["agent"] or one["b"] != 1] == []
    assert rows(f"select count(*) from attempts where trunk=\\\"carrier_a\\\" and time > {before}") == [[3]]
    assert lease("carrier_a") > 20


def test_the_report_has_the_calls_of_the_log_and_where_there_is_none_those_of_vicidial(tmp_path):
    assert auto_dial(OTHER, f"1312{EXCHANGE}900{ANSWERED}")["agent"]
    attempts, answered = rows("select count(*), sum(result = \\\"ANSWER\\\") from attempts")[0]
    done = site("-e", "days=1", "-e", f"report_dir={tmp_path}", playbook="playbooks/report.yml")
    assert done.rc == 0 and done.changes == [], done
    model = json.loads(next(tmp_path.glob("*.json")).read_text(encoding="utf-8"))
    assert {one["dialer"]: one["source"] for one in model["sources"]} == {ONE: "attempt log", OTHER: "carrier log"}
    of_dialers = {row["dialer"]: (row["attempts"], row["answered"]) for row in model["dialers"]}
    assert of_dialers[ONE] == (attempts, answered) and of_dialers[OTHER][0] >= of_dialers[OTHER][1] >= 1
    assert {"carrier_a", "carrier_b"} <= {row["trunk"] for row in model["trunks"]} and model["routes"][0]["route"] in ("us", "(unknown)")
    assert {"suspended", "in maintenance", "generation"} <= {event["kind"] for event in model["events"]}
    assert any(event["kind"] == "generation" and event["who"] for event in model["events"])


def test_it_is_removed_without_a_trace():
    removed = site("--limit", ONE, "-e", "purge=true", playbook="playbooks/remove.yml")
    assert removed.rc == 0, removed
    assert no_trace() == "" and sh(ONE, f"ls -d {KEPT} /var/lib/dialer-trunks/programs 2>/dev/null; true") == ""


def restart() -> None:
    """Asterisk anew. Switching AMI off and on by reloads made its next reload hang once."""
    sh(ONE, "pkill -9 -x asterisk")
    asterisk_back()


def test_without_the_manager_interface_nothing_is_touched():
    done = site("--limit", ONE, extra_vars={"dialer_prune": True})
    assert done.rc == 0, done
    with changed_file(ONE, "/etc/asterisk/manager.conf", "sed -i 's/^enabled *=.*/enabled = no/' /etc/asterisk/manager.conf"):
        restart()
        refused = site("--limit", ONE, extra_vars=DESCRIBED)
        assert refused.rc != 0 and "manager interface (AMI) is off on this dialer" in refused.said, refused
        assert no_trace() == ""
    restart()
    predicted = site("--limit", ONE, "--check", extra_vars=DESCRIBED)
    done = site("--limit", ONE, extra_vars=DESCRIBED)
    assert done.rc == 0 and predicted.changes == done.changes, (predicted, done)


def test_attempts_that_end_without_the_manager_interface_are_counted():
    """And those that the monitor has seen are not."""
    before = kept()[0]
    attempts_without_ami(300)
    wait_until(lambda: kept()[0] == before + 1, 10, "the attempt that is seen")
    attempts, lost = kept()
    with changed_file(ONE, "/etc/asterisk/manager.conf", "sed -i 's/^enabled *=.*/enabled = no/' /etc/asterisk/manager.conf"):
        restart()
        attempts_without_ami(301, 302, 303)
        wait_until(lambda: kept() == (attempts, lost + 3), 60, "the attempts without AMI")
        assert "manager interface is off" in status()["ami"]["trouble"]
    restart()
    wait_until(lambda: status()["ami"]["since"], 15, "the connection")
    attempts_without_ami(304, 305)
    wait_until(lambda: time.time() - status()["ami"]["since"] > 22, 40, "the answer to the first ping")
    assert kept() == (attempts + 2, lost + 3)
