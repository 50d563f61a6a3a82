# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's plain functions between Ansible's variables and the plan."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest
from ansible import constants
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils import color
from ansible_collections.dialer.trunks.plugins.action import sip_peers_verify, status_report, trunks_plan, vicidial_carriers
from ansible_collections.dialer.trunks.plugins.module_utils._common import payload
from ansible_collections.dialer.trunks.plugins.plugin_utils._action import generation_request, host_vars
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render

from support.unit.descriptions import A, B, DESCRIPTIONS, SECRET, SERVER_IP, planned
from support.unit.inventories import trusted


# --- describe


def describer(own: dict, other: dict | None = None, play: dict | None = None) -> host_vars.Describer:
    """For the dialer d1 with the inventory variables ``own``, beside d2 with ``other``, in a play with its own."""
    inventory = {
        "d1": {"inventory_hostname": "d1", **own},
        "d2": {"inventory_hostname": "d2", **(other or {})},
    }
    inventory, play = trusted(inventory), trusted(play or {})
    hostvars = SimpleNamespace(raw_get=inventory.__getitem__)
    task_vars = {**inventory["d1"], **play, "groups": {"dialers": ["d1", "d2"]}, "hostvars": hostvars}
    return host_vars.Describer(SimpleNamespace(_templar=Templar(loader=DataLoader())), task_vars)


def test_a_description_is_the_hosts_own_variables_templated():
    found = describer({"dialer_trunks": [{"name": "carrier_a", "secret": "{{ vault }}"}], "vault": SECRET, "other": 1}, {})
    assert found.description("d1", {}) == {"dialer_trunks": [{"name": "carrier_a", "secret": SECRET}]}


def test_variables_that_are_not_the_plans_are_left_out():
    found = describer({"dialer_mode": "asterisk", "dialer_server_ip": SERVER_IP, "dialer_db_delegate": "d1"})
    assert found.description("d1", {}) == {"dialer_mode": "asterisk"}


def test_what_one_dialers_inventory_says_is_not_the_others():
    found = describer({"dialer_rtp": {"start": 1}, "dialer_server_ip": "198.18.0.11"}, {"ansible_host": "198.18.0.12"})
    assert found.description("d2", {}) == {}
    assert (found.server_ip("d1"), found.server_ip("d2")) == ("198.18.0.11", "198.18.0.12")


def test_what_the_play_says_holds_for_all():
    found = describer({"dialer_prune": False}, {"dialer_prune": False, "dialer_mode": "{{ word }}"}, {"dialer_prune": True, "word": "asterisk"})
    assert found.description("d2", {}) == {"dialer_prune": True, "dialer_mode": "asterisk"}


def test_an_address_is_looked_up_in_order():
    assert describer({}).server_ip("d1") == "d1"
    assert describer({"ansible_host": "198.18.0.11"}).server_ip("d1") == "198.18.0.11"
    assert describer({"ansible_host": "x", "dialer_server_ip": "198.18.0.11"}).server_ip("d1") == "198.18.0.11"


def test_the_login_of_dialer_db_stands_in_where_the_task_gives_none():
    database = {"host": "198.18.0.2", "port": 3307, "user": "u", "password": SECRET, "name": "asterisk", "socket": None}
    assert host_vars.login({"login_host": "db", "wait": 1}, database) == {
        "login_host": "db", "login_port": 3307, "login_user": "u", "login_password": SECRET, "login_db": "asterisk", "wait": 1}
    assert host_vars.login({"wait": 1}, {}) == {"wait": 1}
    tls = {"host": "198.18.0.2", "ca_cert": "/etc/ssl/db.pem", "check_hostname": False}
    assert host_vars.login({}, tls) == {"login_host": "198.18.0.2", "ca_cert": "/etc/ssl/db.pem", "check_hostname": False}
    assert "ca_cert" not in host_vars.login({}, dataclasses.asdict(plan.Db("198.18.0.2", None, None, None, None)))


def test_a_tasks_options_stand_in_place_of_the_variables():
    found = describer({"dialer_mode": "vicidial", "dialer_prune": True}, {"dialer_mode": "vicidial"})
    given = {"mode": "asterisk", "prune": False, "wait": 3}
    assert found.description("d1", given) == {"dialer_mode": "asterisk", "dialer_prune": False}
    assert found.description("d2", given)["dialer_mode"] == "asterisk"


def test_an_option_that_repeats_the_own_hosts_variable_leaves_the_others_their_own():
    found = describer({"dialer_trunks": [A]}, {"dialer_trunks": [B]})
    assert found.description("d2", {"trunks": [A]}) == {"dialer_trunks": [B]}
    assert found.description("d2", {"trunks": [A, B]}) == {"dialer_trunks": [A, B]}


@pytest.mark.parametrize(("own", "other", "given", "modes"), [
    ({}, {}, None, ("vicidial", "vicidial")),
    ({"dialer_mode": "asterisk"}, {}, "asterisk", ("asterisk", "vicidial")),     # a role's default repeats the variable
    ({}, {"dialer_mode": "asterisk"}, "vicidial", ("vicidial", "asterisk")),     # ... or what holds without it
    ({}, {}, "asterisk", ("asterisk", "asterisk")),
    ({"dialer_mode": "asterisk"}, {}, "vicidial", ("vicidial", "vicidial")),
])
def test_dialers_of_both_modes_in_one_task(own, other, given, modes):
    found, options = describer(own, other), {} if given is None else {"mode": given}
    assert tuple(found.mode(host, options) for host in ("d1", "d2")) == modes
    if given is not None:
        assert tuple(found.description(host, options).get("dialer_mode", "vicidial") for host in ("d1", "d2")) == modes


def test_an_empty_default_of_a_role_is_no_description():
    assert describer({}).description("d1", {"routes": [], "rtp": {}, "prune": False, "mode": None}) == {}


def test_every_mistake_is_told_with_its_host_and_no_secret():
    found = describer({"dialer_trunks": [{**A, "secret": SECRET, "port": 0}, {"name": "x"}]})
    with pytest.raises(host_vars.Refusal) as refused:
        found.plan("d1", {}, {"sip_peers"})
    assert "The description of d1 has" in str(refused.value) and "nothing was touched" in str(refused.value)
    assert "dialer_trunks[0].port" in str(refused.value) and "dialer_trunks[1]" in str(refused.value)
    assert isinstance(refused.value, host_vars.Mistakes) and str(refused.value).endswith("\n".join(refused.value.errors))
    assert SECRET not in str(refused.value)


def test_a_rate_deck_comes_from_the_inventorys_directory_or_the_playbooks(tmp_path):
    for name in ("inventory/decks", "playbook"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "inventory/decks/a.csv").write_text("1,0.5\n")
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    where = {"inventory_dir": str(tmp_path / "inventory"), "playbook_dir": str(tmp_path / "playbook")}

    def deck(path):
        return describer({**where, "dialer_trunks": [{**A, "rates": path}]}).plan("d1", {}, {"sip_peers"}).trunks[0].rates

    assert deck("decks/a.csv") == deck("{{ inventory_dir }}/decks/a.csv") == "1,0.5\n"
    for path in ("../secret", "{{ inventory_dir }}/../secret", str(tmp_path / "secret")):
        with pytest.raises(host_vars.Refusal, match="dialer_trunks.0..rates: .*: cannot be read: only files in ") as refused:
            deck(path)
        assert SECRET not in str(refused.value)


def test_without_a_read_there_are_no_conflicts():
    found = describer({"dialer_trunks": [A], "unread": {"skipped": True}})
    wanted = found.plan("d1", {}, {"sip_peers"})
    assert found.conflicts("d1", wanted, None) == found.conflicts("d1", wanted, "unread") == ([], [])


@pytest.mark.parametrize(
    "run,skipped,left",
    [
        (["all"], [], ["sip_peers", "dialplan", "rtp"]),
        ([], [], ["sip_peers", "dialplan", "rtp"]),
        (["rtp"], [], ["rtp"]),
        (["rtp", "my_tag"], [], ["rtp"]),
        (["my_tag"], [], ["sip_peers", "dialplan", "rtp"]),
        (["all"], ["rtp"], ["sip_peers", "dialplan"]),
        (["rtp", "dialplan"], ["rtp"], ["dialplan"]),
        (["carriers"], [], []),
    ],
)
def test_tags_narrow_the_parts(run, skipped, left):
    task_vars = {"ansible_run_tags": run, "ansible_skip_tags": skipped}
    assert host_vars.meant_by_tags(task_vars, ["sip_peers", "dialplan", "rtp"]) == left


# --- whom the firewall lets in

WALL = {"dialer_firewall": {"backend": "nftables", "phones": ["198.18.0.0/24"]}}


def let_in(options, **variables):
    found = describer({"dialer_trunks": [A], **WALL, **variables})
    return found.let_in(options, found.plan("d1", {}, {"firewall"}))


@pytest.mark.parametrize("server_ip", [
    "0.0.0.0/0", "", "dialer9", "10.1.1.1/8", "10.1.1.1/32", "0.0.0.0", "0.1.2.3", "255.255.255.255", "240.0.0.1", "224.0.0.1",
    "239.255.255.250", " 10.1.1.1", "10.1.1.1\n", "010.1.1.1", "10.1.1", "10.1.1.256", "10.1.1.1,10.2", "::/0", "fd00::1",
    "\u0661\u0660.1.1.1", "10.1.1.1 }", "\x1b[2J10.1.1.1", None, 7,
])
def test_a_server_ip_that_is_no_hosts_address_lets_nobody_in(server_ip):
    for options in ({"carriers": {"servers": ["198.18.0.11", server_ip]}}, {"servers": [server_ip, "198.18.0.11"]}):
        addresses, [warning] = let_in(options)
        assert addresses == ["198.18.0.11"]
        assert f"a row with server_ip {str(server_ip)!r}," in warning and warning.isprintable()


def test_a_servers_loopback_needs_no_rule_and_no_warning():
    assert let_in({"carriers": {"servers": ["127.0.0.1", "198.18.0.12"]}}) == (["198.18.0.12"], [])


def test_rows_are_not_told_of_where_nothing_is_filtered():
    options = {"carriers": {"servers": ["0.0.0.0/0"]}}
    assert let_in(options, dialer_firewall={"backend": "none"}) == ([], [])
    assert let_in(options, dialer_firewall={"backend": "nftables", "phones": "anywhere"}) == ([], [])


def test_the_operators_own_carriers_are_let_in_by_address_only():
    peers = [{"managed": False, "dynamic": False, "host": host} for host in ("198.18.9.9", "sip.example.com", None, "0.0.0.0/0", "0.0.0.0")]
    addresses, warnings = let_in({"read": "read"}, read={"dialer": {"peers": peers}})
    assert (addresses, warnings) == (["198.18.9.9"], [])


@pytest.mark.parametrize("backend", ["nftables", "firewalld"])
def test_no_row_of_the_database_opens_the_firewall(backend):
    found = describer({"dialer_trunks": [A], "dialer_firewall": {**WALL["dialer_firewall"], "backend": backend}})
    wanted = found.plan("d1", {}, {"firewall"})
    rows = ["0.0.0.0/0", "", "dialer9", "10.1.1.1/8", "198.18.0.0/1", "198.18.5.5"]
    addresses, warnings = found.let_in({"carriers": {"servers": rows}}, wanted)
    assert render.firewall_sources(wanted, addresses)[0] == ["198.18.0.0/24", "198.18.5.5", "198.18.10.10"] and len(warnings) == 5


# --- vicidial_carriers


def test_what_vicidials_files_hold_goes_to_the_database_s_host():
    """That of dialers that were read, and have VICIdial's files; the module compares it with the rows."""
    files = {"peers": {"carrier_a": [3, "digest"]}, "routes": {}}
    own = {"dialer_server_ip": SERVER_IP, "dialer_trunks": [A], "seen": {"dialer": {"generated": files}}}
    other = {"dialer_server_ip": "198.18.0.12", "dialer_trunks": [A], "seen": {"dialer": {"generated": None}}}
    send, _warnings = vicidial_carriers.ActionModule._described(None, {"generated": "seen"}, describer(own, other), ["d1", "d2"], {})
    assert send["generated_files"] == {SERVER_IP: files} and "generated" not in send
    assert vicidial_carriers.ActionModule._described(None, {}, describer(own, other), ["d1"], {})[0]["generated_files"] == {}


def test_what_must_be_held_of_restored_rows_is_that_of_this_dialer():
    rows = [{"name": "carrier_a", "kind": "trunk", "server_ip": SERVER_IP, "technology": "SIP", "revision": 4},
            {"name": "carrier_a", "kind": "trunk", "server_ip": "0.0.0.0", "technology": "SIP", "revision": None},
            {"name": "us", "kind": "route", "server_ip": SERVER_IP, "technology": "SIP", "revision": None},
            {"name": "uk", "kind": "route", "server_ip": "198.18.0.12", "technology": "SIP", "revision": 3}]
    assert generation_request.restored({"restored": rows}, SERVER_IP) == {
        "peers": {"carrier_a": 4}, "routes": {"us": None}, "technologies": {"carrier_a": "SIP"}}
    assert generation_request.restored({}, SERVER_IP) == {"peers": {}, "routes": {}, "technologies": {}}


def known_servers(play, others=None, **own):
    """The servers that the module is told to be in the inventory, and whether the rows of others may be removed."""
    them = describer({"dialer_server_ip": SERVER_IP, "dialer_trunks": [A], **own}, {"dialer_trunks": [A], "dialer_prune": True, **(others or {})})
    them._task_vars["groups"]["all"] = ["d1", "d2"]
    send, warnings = vicidial_carriers.ActionModule._described(None, {}, them, ["d1"], {"ansible_play_hosts_all": play})
    return send.get("known_servers"), send.get("prune_unlisted"), warnings


def test_only_a_play_for_all_dialers_searches_for_rows_of_servers_outside_of_the_inventory():
    """In whatever batches; a host has its server_ip as a dialer has."""
    assert known_servers(["d1", "d2"], {"ansible_host": "198.18.0.12"})[:2] == ([SERVER_IP, "198.18.0.12"], False)
    assert known_servers(["d1", "d2"], dialer_prune=True)[:2] == ([SERVER_IP, "d2"], True)
    assert known_servers(["d1"], dialer_prune=True)[:2] == (None, None)


def test_rows_outside_of_the_inventory_are_not_searched_for_while_an_address_of_it_is_unknown():
    known, _prune, warnings = known_servers(["d1", "d2"], {"ansible_host": "{{ nowhere }}"}, dialer_prune=True)
    assert known is None and len(warnings) == 1 and "nowhere" in warnings[0]


# --- sip_peers_verify and trunks_plan


def test_what_is_expected_of_a_trunks_peers():
    trunk = planned("registration").trunks[0]
    assert sip_peers_verify.expected(trunk) == [
        {"name": "carrier_a", "technology": "SIP", "host": "198.18.10.10", "peer_host": "198.18.10.10", "state": "reachable", "registered": True,
         "username": "your_account_1"}
    ]
    first, second, third = sip_peers_verify.expected(planned("gateways").trunks[0])
    assert first["state"] == "loaded" and not first["registered"]
    assert second == {"name": "carrier_a.2", "technology": "SIP", "host": "198.18.10.11", "peer_host": "198.18.10.11", "state": "loaded"}
    assert [[one["name"], one["technology"]] for trunk in planned("kinds").trunks for one in sip_peers_verify.expected(trunk)] == [
        ["sip_tcp", "SIP"], ["sip_tls", "SIP"], ["pj_udp", "PJSIP"], ["pj_tls", "PJSIP"], ["iax", "IAX2"], ["iax_name", "IAX2"],
    ]


def test_the_trunks_that_a_run_has_written_on_one_dialer():
    rows = [("new", "added", SERVER_IP), ("other", "changed", SERVER_IP), ("everywhere", "changed", "0.0.0.0"), ("same", "unchanged", SERVER_IP),
            ("elsewhere", "changed", "198.18.0.12"), ("gone", "deactivated", SERVER_IP)]
    carriers = {"carriers": [{"kind": "trunk", "name": name, "action": action, "server_ip": ip} for name, action, ip in rows]
                + [{"kind": "route", "name": "us", "action": "changed", "server_ip": SERVER_IP}]}
    assert sip_peers_verify.written(carriers, [], SERVER_IP) == {"new", "other", "everywhere"}
    files = ["sip/a.conf", "pjsip/b.c.conf", "iax/d.conf", "routes/us.conf", "rows/trunk-x.json", "sip.conf", "generation.conf"]
    assert sip_peers_verify.written({}, files, SERVER_IP) == {"a", "b.c", "d"}
    assert sip_peers_verify.written({"skipped": True, "changed": False}, [], SERVER_IP) == set()


@pytest.fixture(name="sent")
def _sent(monkeypatch):
    """Calls sip_peers_verify's action plugin with options and what dialer_info has read, and returns what the module gets."""
    def sent(found, **options):
        plugin = sip_peers_verify.ActionModule.__new__(sip_peers_verify.ActionModule)
        plugin._task, plugin._templar = SimpleNamespace(args=options), Templar(loader=DataLoader())
        monkeypatch.setattr(plugin, "_execute_module", lambda module_args, **_more: module_args, raising=False)
        task_vars = {"inventory_hostname": "d1", "ansible_host": SERVER_IP, "groups": {"dialers": ["d1"]}, "trunks_read": found}
        return plugin.act({"files": [], **options}, task_vars)
    return sent


def test_what_was_found_before_the_run_is_sent_for_the_expected_trunks_only(sent):
    peers = [{"name": name, "technology": "SIP", "state": "unreachable"} for name in ("carrier_a", "carrier_b", "gs101")]
    read = {"dialer": {"asterisk": {"running": True}, "peers": peers, "registrations": [{"technology": "SIP", "state": "rejected"}]}}
    options = {"trunks": ["carrier_a", {"name": "carrier_b"}], "read": "trunks_read", "files": ["sip/carrier_a.conf"],
               "carriers": {"carriers": [{"kind": "trunk", "name": "carrier_b", "action": "changed", "server_ip": SERVER_IP}]}}
    given = sent(read, **options)
    assert given.keys() == {"trunks", "payload"}
    assert payload.unpack(given["payload"]) == {"before": {
        "peers": peers[:2], "registrations": read["dialer"]["registrations"], "written": ["carrier_a", "carrier_b"]}}


@pytest.mark.parametrize("read", [
    None, {"failed": True}, {"dialer": {"asterisk": {"running": False}, "peers": [], "registrations": []}}])
def test_where_nothing_was_found_before_the_run_nothing_is_forgiven(sent, read):
    assert sent(read, trunks=["carrier_a"], read="trunks_read") == {"trunks": ["carrier_a"]}


def test_verify_alone_compares_with_nothing(sent):
    assert sent({"dialer": {"asterisk": {"running": True}, "peers": [], "registrations": []}}, trunks=["a"]) == {"trunks": ["a"]}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_plan_is_shown_without_secrets(name):
    assert SECRET not in str(trunks_plan.shown(dataclasses.asdict(planned(name))))


def test_secrets_in_settings_are_hidden_too():
    settings = {"remotesecret": SECRET, "auth": [f"user:{SECRET}@realm"], "fromdomain": "carrier.example.com", "setvar": "a=b"}
    shown = trunks_plan.shown({"settings": settings, "secret": "", "codecs": ("ulaw", "alaw"), "port": 5060})
    assert SECRET not in str(shown)
    assert shown["settings"]["fromdomain"] == "carrier.example.com" and shown["settings"]["setvar"] == "a=b"
    assert (shown["secret"], shown["codecs"], shown["port"]) == ("", ["ulaw", "alaw"], 5060)


def test_secrets_in_steps_and_variables_are_hidden_in_a_plan():
    steps = (f"Set(X_TOKEN={SECRET})", f"MYSQL(Connect c h u {SECRET} db)", f"Set(R=${{CURL(https://e/?key={SECRET}&a=b)}})")
    shown = trunks_plan.shown({"before_dial": steps, "settings": {"setvar": f"APIKEY={SECRET}"}, "patterns": ("1NXX",)})
    assert SECRET not in str(shown) and shown["before_dial"][0] == "Set(X_TOKEN=(hidden))"
    assert shown["settings"]["setvar"] == "APIKEY=(hidden)" and shown["patterns"] == ["1NXX"]


def test_a_plan_is_a_summary_in_which_dialers_that_are_alike_are_named_together() -> None:
    whole = planned("documented")
    other = dataclasses.replace(whole, trunks=whole.trunks[:1], prune=True)
    lines = trunks_plan.summary({"d1": whole, "d2": whole, "d3": other})
    assert [line.partition(":")[0] for line in lines if not line.startswith(" ")] == ["d1, d2", "d3"]
    assert sum(line.startswith("  trunk ") for line in lines) == len(whole.trunks) + 1
    assert sum(line.startswith("  route ") for line in lines) == 2 * len((*whole.routes, *whole.resting))
    assert SECRET not in str(lines)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_summary_names_each_trunk_and_route_and_no_secret(name: str) -> None:
    plan = planned(name)
    lines = trunks_plan.summary({"d1": plan})
    for one in (*plan.trunks, *plan.routes, *plan.resting):
        assert any(line.startswith((f"  trunk {one.name}: ", f"  route {one.name}: ")) for line in lines)
    assert SECRET not in str(lines) and len(lines) <= 3 + len(plan.trunks) + len(plan.routes) + len(plan.resting)


# --- status_report

KNOWN = {"name": "carrier_a", "state": "in service", "why": "", "since": 0, "until": None, "asterisk": "reachable", "latency_ms": 1, "calls": 1,
         "capacity": 2, "attempts": 0, "asr": None, "pdd_ms": None, "last_failure": None}
GOOD = {"monitor": {"wanted": True, "running": True, "since": 0, "trouble": []}, "trunks": [KNOWN]}
OUT = {**GOOD, "trunks": [{**KNOWN, "state": "suspended", "why": "3 checks in a row were bad: \x1b[2J"}]}
AWAY = {"unreachable": True, "msg": "no route"}


@pytest.fixture(name="reported")
def _reported(monkeypatch):
    """Runs status_report's action plugin on one of two dialers, and returns its result and what it displays."""
    def reported(host, *results):
        shown = []
        plugin = status_report.ActionModule.__new__(status_report.ActionModule)
        plugin._task, plugin._templar = SimpleNamespace(args={"status": "told"}), Templar(loader=DataLoader())
        monkeypatch.setattr(plugin, "_display", SimpleNamespace(display=lambda text, **how: shown.append((text, how))), raising=False)
        of_hosts = {name: {"inventory_hostname": name, **({"told": result} if result else {})} for name, result in zip(("d1", "d2"), results)}
        task_vars = {**of_hosts[host], "ansible_play_hosts_all": list(of_hosts), "hostvars": SimpleNamespace(raw_get=of_hosts.__getitem__)}
        return plugin.act({"status": "told"}, task_vars), shown
    return reported


def test_the_first_dialer_shows_the_status_of_all(reported):
    result, [(text, how)] = reported("d1", GOOD, OUT)
    assert result.keys() == {"changed", "summary", "trunks"} and result["changed"] is False
    assert result["summary"] == "1 of 2 trunks on 2 dialers is suspended"
    assert [(one["dialer"], one["state"]) for one in result["trunks"]] == [("d2", "suspended"), ("d1", "in service")]
    assert how == {"stderr": True} and text.startswith("\n1 of 2 trunks on 2 dialers is suspended.\n\ndialer  trunk ")
    assert text.replace("\n", "").isprintable() and text.endswith("\n")
    assert reported("d2", GOOD, OUT) == ({"changed": False}, [])


def test_a_dialer_that_was_lost_counts_as_unreachable_and_the_others_are_shown(reported):
    result, [(text, _how)] = reported("d1", AWAY, GOOD)
    assert result["unreachable"] is True and result["trunks"][0]["dialer"] == "d2" and "\n  d1: unreachable: no route\n" in text
    result, shown = reported("d2", GOOD, AWAY)
    assert result["unreachable"] is True and not shown
    result, [(text, _how)] = reported("d1", None, GOOD)
    assert "unreachable" not in result and "\n  d1: was not asked\n" in text


@pytest.mark.parametrize(("terminal", "ansible", "forced", "coloured"), [
    (True, True, False, True), (True, False, False, False), (False, True, False, False), (False, True, True, True), (False, False, False, False)])
def test_lines_have_colours_on_a_terminal_and_never_in_the_log(reported, monkeypatch, terminal, ansible, forced, coloured):
    """``ansible``: whether Ansible itself uses colours, for which it asks whether stdout is a terminal."""
    monkeypatch.setattr(status_report, "ON_TERMINAL", terminal)
    monkeypatch.setattr(color, "ANSIBLE_COLOR", ansible)
    monkeypatch.setattr(constants, "ANSIBLE_FORCE_COLOR", forced)
    _result, shown = reported("d1", GOOD, OUT)
    screen = "".join(text for text, how in shown if not how.get("log_only"))
    assert ("\x1b" in screen) == coloured
    if coloured:
        codes = {line[:line.index("m") + 1] for line in screen.split("\n") if line.startswith("\x1b")}
        assert codes == {color.stringc("", getattr(constants, name)).split("m")[0] + "m" for name in ("COLOR_ERROR", "COLOR_OK")}
        assert all(not line.startswith("\x1b") or line.endswith("\x1b[0m") for line in screen.split("\n"))
    [log] = [text for text, how in shown if not how.get("screen_only")]
    assert log.replace("\n", "").isprintable() and "suspended" in log
    assert sum(not how.get("log_only") for _text, how in shown) == 1     # one call: no other output comes between the lines
