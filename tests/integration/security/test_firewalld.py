# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend firewalld, with a running firewalld on one dialer: who gets in, and that the operator's rules stay."""
from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from support.lab import calls
from support.lab.firewall import DIALER, chan_sip_takes_calls_by_tls, connects, firewall, heard_on_rtp_port, options
from support.lab.machines import asterisk, pace, sh
from support.lab.playbooks import CARRIER_A, CARRIER_B, ROUTE, provision, site, start
from support.waiting import came_true, wait_until

ONLY = ("--limit", "trunks-dialer1")
CHANGE = "dialer.trunks.firewall : Change the managed rules in firewalld"
FIREWALLD = {"dialer_firewall": firewall(backend="firewalld")}
# A rule of the operator's that lets in what one of ours does, and one that only the running firewalld has, as VICIbox's
# portal makes them.
SAME = 'rule family="ipv4" source address="198.18.10.10" port port="5060" protocol="udp" accept'
PORTALS = 'rule family="ipv4" source address="203.0.113.5" accept'

_START = """
mkdir -p /run/dbus
[ -e /run/dbus/lab.pid ] || { rm -f /run/dbus/pid; dbus-daemon --system --fork --print-pid >/run/dbus/lab.pid; }
setsid firewalld --nofork --nopid >/dev/null 2>&1 </dev/null &
echo $! >/run/firewalld.lab.pid
for try in $(seq 100); do firewall-cmd --state >/dev/null 2>&1 && exit 0; sleep 0.1; done
exit 1
"""
_STOP = """
number=$(cat /run/firewalld.lab.pid); kill $number; rm /run/firewalld.lab.pid
while [ -e /proc/$number/exe ]; do sleep 0.1; done
"""
_STOP_ALL = _STOP + """
kill $(cat /run/dbus/lab.pid); rm /run/dbus/lab.pid
rm -rf /etc/firewalld && mv /root/firewalld.kept /etc/firewalld
"""


def held(zone: str = "public", *, permanent: bool = False) -> list[str]:
    """The zone's rich rules that are ours."""
    saved = "--permanent" if permanent else ""
    rules = sh("dialer1", f"firewall-cmd {saved} --zone {zone} --list-rich-rules").splitlines()
    return sorted(rule for rule in rules if 'log prefix="dialer.trunks"' in rule)


def everything() -> list[str]:
    """The running and the saved firewalld, and the files it has but for its own backups: lines, sorted, since it
    lists rules in any order."""
    looks = "firewall-cmd --list-all-zones; firewall-cmd --permanent --list-all-zones; ls -R --ignore '*.old' /etc/firewalld"
    return sorted(sh("dialer1", looks).splitlines())


def without_ours() -> list[str]:
    return [line for line in everything() if "dialer.trunks" not in line]


def let_in(*sources: str) -> list[str]:
    """The rules that let these sources speak SIP, and everybody send RTP."""
    mark = 'log prefix="dialer.trunks" level="debug" limit value="2/d" accept'
    places = [(f' source address="{source}"', "5060", protocol) for source in sources for protocol in ("tcp", "udp")]
    places.append(("", "10000-20000", "udp"))
    return sorted(f'rule family="ipv4"{source} port port="{port}" protocol="{protocol}" {mark}' for source, port, protocol in places)


@pytest.fixture(scope="module", autouse=True)
def beginning() -> Iterator[list[str]]:
    """firewalld runs on dialer 1, with rules of the operator's; how that looks. Afterwards the lab is as it was."""
    pace()
    provision(dialer_firewall={"backend": "none"})
    sh("dialer1", "cp -a /etc/firewalld /root/firewalld.kept" + _START)
    sh("dialer1", f"""
        firewall-cmd --permanent --add-rich-rule='{SAME}'; firewall-cmd --add-rich-rule='{SAME}'
        firewall-cmd --add-rich-rule='{PORTALS}'
        firewall-cmd --permanent --zone dmz --change-interface netb0; firewall-cmd --zone dmz --change-interface netb0""")
    yield everything()
    sh("dialer1", _STOP_ALL)
    provision()


def test_firewalld_by_itself_lets_no_dialer_and_no_carrier_in() -> None:
    assert options("stranger", DIALER["a"]) == ""
    assert options("dialer2", DIALER["lab"]) == ""


def test_check_mode_says_what_a_run_would_do_and_does_nothing(beginning: list[str]) -> None:
    run = site("--check", "--diff", *ONLY, extra_vars=FIREWALLD)
    assert run.rc == 0, run
    assert run.changed_tasks == ["Commit the files, or verify that they are in force", CHANGE]
    assert 'source address=\\"198.18.20.20\\" port port=\\"5060\\" protocol=\\"tcp\\"' in run.stdout, "not in the diff"
    assert everything() == beginning


def test_a_run_lets_in_who_is_described_and_nobody_else(beginning: list[str]) -> None:
    run = site(*ONLY, extra_vars=FIREWALLD)
    assert run.rc == 0, run
    for zone in ("public", "dmz"):
        for permanent in (False, True):
            assert held(zone, permanent=permanent) == let_in("198.18.0.0/24", "198.18.10.10", "198.18.20.20")
    assert without_ours() == beginning, "the operator's own are not what they were"
    assert options("dialer2", DIALER["lab"]).startswith("SIP/2.0 ")
    assert options("stranger", DIALER["a"]) == ""
    assert "1 received" in sh("stranger", f"ping -c 1 -W 2 {DIALER['a']}")
    assert heard_on_rtp_port("stranger", "carrier-a") == ["stranger", "carrier-a"]
    for carrier in ("a", "b"):  # carrier b's calls come by the interface of the zone dmz
        asterisk(f"carrier-{carrier}", "channel originate Local/13125550100*1@to-dialer application Wait 10")
        assert came_true(lambda: "SIP/" in asterisk("dialer1", "core show channels concise"), 20), f"carrier {carrier}"
        asterisk(f"carrier-{carrier}", "channel request hangup all")
        assert came_true(lambda: "SIP/" not in asterisk("dialer1", "core show channels concise"), 30)


def test_the_phone_registers_and_calls_go_out_and_fail_over() -> None:
    assert came_true(lambda: " OK (" in "".join(
        line for line in asterisk("dialer1", "sip show peers").splitlines() if line.startswith("gs101/")), 30)
    answered, failed_over = calls.place("auto", "13125551001,13125551009", "--hold 0.5")
    assert (answered.carriers, answered.agent, failed_over.carriers, failed_over.agent) == ("a", True, "ab", True)


def test_a_second_run_changes_nothing() -> None:
    assert site(*ONLY, extra_vars=FIREWALLD).changes == []


def test_a_rule_that_somebody_took_out_is_noticed_and_put_back() -> None:
    rule = let_in("198.18.20.20")[1]
    sh("dialer1", f"firewall-cmd --zone public --remove-rich-rule='{rule}'")
    run = site(*ONLY, playbook="playbooks/verify.yml", extra_vars=FIREWALLD)
    assert f"zone public lacks: {rule}" in run.said and run.rc != 0
    drift = site(*ONLY, playbook="playbooks/drift.yml", extra_vars=FIREWALLD)
    assert drift.rc == 2 and f"firewalld's zone public lacks rules + {rule}" in drift.said
    run = site(*ONLY, extra_vars=FIREWALLD)
    assert (run.rc, run.changes) == (0, [(CHANGE, "trunks-dialer1")])
    assert site(*ONLY, playbook="playbooks/verify.yml", extra_vars=FIREWALLD).rc == 0


def test_the_rules_stay_over_a_reload_and_a_restart_of_firewalld() -> None:
    before = held(), held("dmz")
    assert all(before)
    sh("dialer1", "firewall-cmd --reload")
    assert (held(), held("dmz")) == before
    sh("dialer1", _STOP + _START)
    assert (held(), held("dmz")) == before
    assert options("stranger", DIALER["a"]) == ""
    assert options("dialer2", DIALER["lab"]).startswith("SIP/2.0 ")


def test_a_run_that_fails_leaves_firewalld_as_it_was() -> None:
    before = everything()
    lost = {"dialer_trunks": [{**CARRIER_A, "host": "198.18.10.77"}, CARRIER_B]}
    run = site(*ONLY, extra_vars={**FIREWALLD, **lost})
    assert run.rc != 0 and "carrier_a: unreachable at 198.18.10.77:5060" in run.said
    assert everything() == before


def test_a_run_that_is_killed_leaves_firewalld_as_it_was() -> None:
    """The watchdog on the dialer takes out whom it had let in, without Ansible, within the time to confirm."""
    before = everything()
    lost = {"dialer_trunks": [{**CARRIER_A, "host": "198.18.10.77"}, CARRIER_B]}
    run = start(*ONLY, extra_vars={**FIREWALLD, **lost, "dialer_confirm_within": 10})
    wait_until(lambda: all(set(let_in("198.18.10.77")) <= set(held(permanent=saved)) for saved in (False, True)), 60,
               "the new carrier is let in")
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    wait_until(lambda: everything() == before, 60, "firewalld as it was")


def test_nftables_beside_it_and_a_firewalld_that_does_not_run_are_errors() -> None:
    both = site(*ONLY, extra_vars={"dialer_firewall": firewall()})
    assert both.rc != 0 and "must not be nftables while firewalld is running" in both.said
    sh("dialer1", _STOP)
    stopped = site(*ONLY, extra_vars=FIREWALLD)
    sh("dialer1", _START)
    assert stopped.rc != 0 and stopped.changes == [] and "firewalld does not run on this dialer" in stopped.said


def test_a_carrier_over_tls_is_let_in_where_it_calls_and_nobody_else_is() -> None:
    with chan_sip_takes_calls_by_tls(5061):
        assert not connects("carrier-a", DIALER["a"], 5061)
        described = {**FIREWALLD, **described_trunk("carrier_a", transport="tls")}
        run = site(*ONLY, extra_vars=described)
        assert run.rc == 0, run
        assert any('"198.18.10.10" port port="5061" protocol="tcp"' in rule for rule in held("dmz"))
        assert connects("carrier-a", DIALER["a"], 5061) and not connects("stranger", DIALER["a"], 5061)
        assert site(*ONLY, extra_vars=described).changes == []
    assert site(*ONLY, extra_vars=FIREWALLD).rc == 0
    assert not any('"5061"' in rule for rule in held() + held(permanent=True))


def test_what_is_described_no_longer_goes() -> None:
    """Once every trunk names its media networks, RTP from anywhere is let in no longer."""
    described = {**FIREWALLD, **described_trunk("carrier_a", media=["198.18.10.10"])}
    assert site("--tags", "firewall", *ONLY, extra_vars=described).rc == 0
    assert heard_on_rtp_port("stranger", "carrier-a", "dialer2") == ["carrier-a", "dialer2"]
    everywhere = let_in()
    assert len(everywhere) == 1
    for zone in ("public", "dmz"):
        for permanent in (False, True):
            rules = held(zone, permanent=permanent)
            assert everywhere[0] not in rules and any('"198.18.10.10" port port="10000-20000"' in rule for rule in rules)


def test_a_rollback_lets_in_again_whom_the_former_generation_let_in() -> None:
    everywhere = let_in()
    before = everything()
    check = site("--check", *ONLY, playbook="playbooks/rollback.yml")
    assert check.rc == 0 and everything() == before, check
    run = site(*ONLY, playbook="playbooks/rollback.yml")
    assert run.rc == 0, run
    assert run.changes == check.changes and (CHANGE, "trunks-dialer1") in run.changes
    for zone in ("public", "dmz"):
        for permanent in (False, True):
            rules = held(zone, permanent=permanent)
            assert everywhere[0] in rules and not any('"198.18.10.10" port port="10000-20000"' in rule for rule in rules)


def described_trunk(name: str, **options_: object) -> dict[str, object]:
    """The description with this trunk alone."""
    trunk = {"carrier_a": CARRIER_A, "carrier_b": CARRIER_B}[name]
    return {"dialer_trunks": [{**trunk, **options_}], "dialer_routes": [{**ROUTE, "trunks": [{"name": name}]}]}


def test_what_is_taken_out_again_is_ours_and_nothing_else() -> None:
    """By backend none, and by remove.yml after phones from anywhere."""
    operators = without_ours()
    assert site("--tags", "firewall", *ONLY, extra_vars={"dialer_firewall": {"backend": "none"}}).rc == 0
    assert everything() == operators
    anywhere = {"dialer_firewall": firewall(backend="firewalld", phones="anywhere")}
    assert site("--tags", "firewall", *ONLY, extra_vars=anywhere).rc == 0
    assert options("stranger", DIALER["a"]).startswith("SIP/2.0 ")
    assert site(*ONLY, playbook="playbooks/remove.yml", extra_vars=anywhere).rc == 0
    assert everything() == operators
    assert SAME in sh("dialer1", "firewall-cmd --permanent --list-rich-rules")
