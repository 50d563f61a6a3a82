# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A commit against programs that fail on demand. What real ones do is proven by the tests with a real Asterisk."""
from __future__ import annotations

import copy
import os
import re
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import texts
from ansible_collections.dialer.trunks.plugins.module_utils._generation import includes, layout, monitor, store
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused, Unfinished

from support.unit.generation_programs import ABSENT, OPERATORS, PEER, ROUTE, applied, on_disk, planned, request, settled


def test_a_first_commit(etc, programs):
    done = applied(etc, programs, request())
    assert done.number == 1 and os.readlink(etc / "trunks") == "trunks.d/1"
    assert sorted(done.change.files) == ["extensions.conf", "nftables.conf", "routes/us.conf", "rtp.conf", "sip.conf", "sip/carrier_a.conf"]
    assert sorted(done.change.lines) == sorted(str(etc / name) for name in OPERATORS)
    assert loaded_checks.running_generation(programs.contexts()) == 1
    assert programs.peers() == [{"name": "carrier_a", "description": "[trunks 1] A"}]
    assert programs.rtp()["start"] == 10000 and "chain old" in programs.table()
    assert set(programs.said) == {"nft", "dialplan", "rtp", "sip"}
    assert settled(etc, programs, request())


@pytest.mark.parametrize("why, wanted, warned", [("", True, 0), ("cron does not run", True, 1), ("cron does not run", False, 0)])
def test_a_dialer_that_will_not_start_its_monitor_again_is_warned_about(etc, programs, monkeypatch, why, wanted, warned):
    monkeypatch.setattr(monitor, "unsupervised", lambda: why)
    health = {"health": {layout.MONITOR: "{}"}} if wanted else {}
    warnings = planned(etc, programs, request(**health)).warnings
    assert [why in warning for warning in warnings if "health monitor" in warning] == [True] * warned


def test_planning_touches_nothing(etc, programs):
    before = on_disk(etc)
    wanted = planned(etc, programs, request())
    assert wanted.change.needed and wanted.change.diff()
    assert on_disk(etc) == before and programs.said == []


def test_only_what_changed_is_reloaded(etc, programs):
    applied(etc, programs, request())
    programs.said.clear()
    applied(etc, programs, request(rtp={"rtp.conf": "rtpstart=12000\nrtpend=20000\n"}))
    assert sorted(programs.said) == ["dialplan", "rtp"]  # the dialplan holds the generation's number
    assert programs.rtp()["start"] == 12000
    assert programs.peers()[0]["description"] == "[trunks 1] A"


def test_a_row_alone_makes_a_generation_and_no_diff_holds_it(etc, programs):
    with_rows = {**request(), "parts": [*layout.PARTS, layout.ROWS]}
    applied(etc, programs, {**with_rows, "files": {**with_rows["files"], "carriers": {"rows/trunk-x.json": '{"secret": "PLANTED-1"}'}}})
    programs.said.clear()
    wanted = planned(etc, programs, {**with_rows, "files": {**with_rows["files"], "carriers": {"rows/trunk-x.json": '{"secret": "PLANTED-2"}'}}})
    assert wanted.change.files == ["rows/trunk-x.json"]
    assert wanted.change.diff() == [{"header": "kept for a rollback", "prepared": "rows/trunk-x.json\n"}]
    assert wanted.apply() == 2 and programs.said == ["dialplan"]  # which holds the generation's number
    assert wanted.state.store.manifest(2)["rows"] is True
    # A run that does not mean rows knows them as before; on a dialer where nobody ever did, they stay unknown.
    done = applied(etc, programs, request(rtp={"rtp.conf": "rtpstart=12000\nrtpend=20000\n"}))
    assert done.state.store.manifest(3)["rows"] is True and "rows/trunk-x.json" in done.state.store.files(3)


def test_rows_that_no_run_meant_are_not_known(etc, programs):
    assert applied(etc, programs, request()).state.store.manifest(1)["rows"] is False


def test_nothing_described_and_nothing_there_leaves_the_dialer_alone(etc, programs):
    before = on_disk(etc)
    nothing = {**request(), "files": {}}
    assert settled(etc, programs, nothing) and settled(etc, programs, ABSENT)
    assert on_disk(etc) == before and programs.said == []


def test_absent_takes_everything_off(etc, programs):
    before = on_disk(etc)
    applied(etc, programs, request())
    assert applied(etc, programs, ABSENT).number is None
    assert on_disk(etc) == before
    assert programs.contexts() == [] and programs.table() == "" and programs.rtp()["start"] == 5000
    assert settled(etc, programs, ABSENT)


def test_files_of_the_operators_that_were_missing_are_missing_again(etc, programs):
    for name in ("sip.conf", "nftables.conf"):
        (etc / name).unlink()
    applied(etc, programs, request())
    assert (etc / "sip.conf").read_text().startswith("#tryinclude")
    applied(etc, programs, ABSENT)
    assert not (etc / "sip.conf").exists() and not (etc / "nftables.conf").exists()


def test_a_line_that_was_left_behind_goes_although_nothing_else_is_there(etc, programs):
    (etc / "sip.conf").write_text(OPERATORS["sip.conf"] + includes.LINES["sip.conf"][1] + "\n", newline="")
    assert planned(etc, programs, ABSENT).change.needed
    applied(etc, programs, ABSENT)
    assert (etc / "sip.conf").read_bytes() == OPERATORS["sip.conf"].encode()


def test_a_missing_line_is_mended(etc, programs):
    applied(etc, programs, request())
    (etc / "extensions.conf").write_text("[general]\n[default]\n")  # as VICIdial's installer does
    programs.reload("dialplan")
    wanted = planned(etc, programs, request())
    assert wanted.change.files == [] and list(wanted.change.lines) == [str(etc / "extensions.conf")]
    assert wanted.apply() == 1
    assert loaded_checks.running_generation(programs.contexts()) == 1 and settled(etc, programs, request())


@pytest.mark.parametrize("lost,program", [("contexts", "dialplan"), ("peers", "sip"), ("table", "nft")])
def test_what_the_programs_lost_is_loaded_again(etc, programs, lost, program):
    applied(etc, programs, request())
    programs.said.clear()
    programs.state[lost] = type(programs.state[lost])()
    wanted = planned(etc, programs, request())
    assert wanted.change.needed and "prepared" in wanted.change.diff()[0]
    wanted.apply()
    assert programs.said == [program] and settled(etc, programs, request())


def test_what_was_lost_is_loaded_again_beside_a_change_of_something_else(etc, programs):
    applied(etc, programs, request())
    programs.state["table"] = ""
    changed = request(dialplan={"routes/us.conf": ROUTE % "new"})
    applied(etc, programs, changed)
    assert settled(etc, programs, changed)


def test_a_peer_of_a_file_with_another_address_is_found_and_loaded_again_or_told(etc, programs):
    wanted = request(sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "old" + "host=198.18.10.10\n"})
    applied(etc, programs, wanted)
    programs.state["peers"][0]["address"] = "198.18.20.20"
    assert texts(planned(etc, programs, wanted).state.unproven) == [
        "peer carrier_a is loaded with host 198.18.20.20 instead of 198.18.10.10; "
        f"{etc}/trunks/sip/carrier_a.conf:5 sets what is described, and Asterisk has not read it"]
    programs.sip_files = {}  # the link is touched, so that chan_sip reads again
    assert applied(etc, programs, wanted).number == 1 and settled(etc, programs, wanted)
    programs.state["peers"][0]["address"] = "198.18.20.20"
    programs.deaf["sip"] = 9
    with pytest.raises(Unfinished, match="peer carrier_a is loaded with host 198.18.20.20 instead of 198.18.10.10"):
        applied(etc, programs, wanted)


def test_a_rule_that_somebody_added_to_our_table_goes(etc, programs):
    applied(etc, programs, request())
    programs.state["table"] += "add rule"
    assert texts(planned(etc, programs, request()).state.unproven) == ["the nftables table inet dialer_trunks differs from what was loaded"]
    applied(etc, programs, request())
    assert "add rule" not in programs.table()


@pytest.mark.parametrize("program,says", [
    ("dialplan", "the running dialplan holds no generation of this collection, not generation 1"),
    ("sip", "peer carrier_a is not loaded"),
    ("rtp", "RTP ports: start is 5000, not 10000"),
    ("nft", "nft refused the firewall: syntax error"),
])
def test_a_first_commit_that_does_not_take_leaves_no_trace(etc, programs, program, says):
    before = on_disk(etc)
    programs.deaf[program] = 1
    wanted = planned(etc, programs, request())
    with pytest.raises(Unfinished) as failed:
        wanted.apply()
    assert says in str(failed.value)
    assert "Restored and proven: the state without trunks of this collection." in str(failed.value)
    assert "PLANTED" not in str(failed.value)
    assert on_disk(etc) == before
    assert programs.contexts() == [] and programs.table() == "" and programs.rtp()["start"] == 5000


@pytest.mark.parametrize("program", ["dialplan", "sip", "rtp", "nft"])
def test_a_later_commit_that_does_not_take_goes_back(etc, programs, program):
    applied(etc, programs, request())
    before, state = on_disk(etc), dict(programs.state)
    programs.deaf[program] = 1
    changed = request(
        sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"},
        dialplan={"routes/us.conf": ROUTE % "new"},
        rtp={"rtp.conf": "rtpstart=12000\nrtpend=20000\n"},
        firewall={"nftables.conf": "table inet dialer_trunks { chain new }\n"},
    )
    with pytest.raises(Unfinished, match="Restored and proven: generation 1"):
        applied(etc, programs, changed)
    assert on_disk(etc) == before
    assert {key: programs.state[key] for key in state} == state
    assert settled(etc, programs, request())
    assert applied(etc, programs, changed).number == 2


def test_what_asterisk_logged_is_said_without_secrets(etc, programs):
    programs.deaf["dialplan"] = 1
    with pytest.raises(Unfinished, match=r"Asterisk logged: WARNING pbx_config.c: cannot load, password=\(hidden\)"):
        applied(etc, programs, request())


def test_programs_that_do_not_come_back_either(etc, programs):
    before = on_disk(etc)
    programs.deaf["sip"] = 1
    wanted = planned(etc, programs, request())
    programs.load_table = lambda path: None if "sip" not in programs.said else (_ for _ in ()).throw(Refused("nft is gone"))
    with pytest.raises(Unfinished, match="Restoring the state without trunks of this collection failed, too: nft is gone"):
        wanted.apply()
    assert on_disk(etc) == before


def test_a_former_state_that_was_not_in_force_is_restored_as_it_was_found(etc, programs):
    applied(etc, programs, request())
    (etc / "extensions.conf").write_text("[general]\n[default]\n")
    programs.reload("dialplan")
    before = on_disk(etc)
    programs.deaf["rtp"] = 1
    with pytest.raises(Unfinished, match="Restored: generation 1, as it was found. .*\n  the running dialplan holds no"):
        applied(etc, programs, request(rtp={"rtp.conf": "rtpstart=12000\nrtpend=20000\n"}))
    assert on_disk(etc) == before


def test_asterisk_that_goes_away_in_the_middle(etc, programs):
    applied(etc, programs, request())
    before = on_disk(etc)

    def gone(program):
        raise cli.NotRunning("Asterisk is not running")

    programs.reload = gone
    with pytest.raises(Unfinished, match="Asterisk is not running"):
        applied(etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"}))
    assert on_disk(etc) == before


def test_a_run_that_was_killed_before_the_reload_is_finished_by_the_next(etc, programs):
    applied(etc, programs, request())
    changed = request(
        sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"},
        firewall={"nftables.conf": "table inet dialer_trunks { chain new }\n"},
    )
    half = planned(etc, programs, changed)
    half.state.store.switch(half.state.store.write(half.change.wanted, half.state.files))
    wanted = planned(etc, programs, changed)
    assert wanted.change.files == [] and wanted.change.needed
    assert wanted.apply() == 2
    assert "chain new" in programs.table() and programs.peers()[0]["description"] == "[trunks 2] A"
    assert settled(etc, programs, changed)


def test_a_full_disk_changes_nothing(etc, programs, monkeypatch):
    applied(etc, programs, request())
    before = on_disk(etc)
    wanted = planned(etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"}))
    monkeypatch.setattr(store.os, "fsync", lambda _file: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError) as full:
        wanted.apply()
    assert re.fullmatch(f"{etc}/trunks.d/2(/.*)?", full.value.filename), full.value
    assert on_disk(etc) == before and loaded_checks.running_generation(programs.contexts()) == 1


def test_a_peer_that_went_has_to_go_from_asterisk(etc, programs):
    applied(etc, programs, request())
    without = {**request(sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n"}), "prune": True}
    applied(etc, programs, without)
    assert programs.peers() == []


PJSIP = {"pjsip.conf": "#tryinclude trunks/pjsip/*.conf\n",
         "pjsip/carrier_a.conf": "[carrier_a]\ntype=endpoint\nset_var=TRUNKS_DESCRIPTION=[trunks @] A\n\n[carrier_a]\ntype=aor\n"}


def test_a_trunk_of_another_protocol_leaves_the_one_driver_and_comes_to_the_other(etc, programs):
    applied(etc, programs, request())
    moved = {**request(sip_peers=PJSIP), "drop": ["sip/carrier_a.conf"]}
    done = applied(etc, programs, moved)
    assert programs.peers() == [] and programs.peers("PJSIP")[0]["description"] == "[trunks 2] A"
    assert "sip.conf" not in done.change.wanted and includes.LINES["sip.conf"][1] not in (etc / "sip.conf").read_text()
    assert (etc / "pjsip.conf").read_text() == includes.LINES["pjsip.conf"][1] + "\n"
    assert settled(etc, programs, moved)
    programs.deaf["sip"] = 1
    with pytest.raises(Unfinished, match="peer carrier_a is not loaded"):
        applied(etc, programs, {**request(), "drop": ["pjsip/carrier_a.conf"]})
    assert settled(etc, programs, moved) and programs.peers("PJSIP")[0]["description"] == "[trunks 2] A"


def test_what_includes_the_trunks_stays_with_the_last_of_them(etc, programs):
    applied(etc, programs, request())
    wanted = planned(etc, programs, request(sip_peers=PJSIP))
    assert wanted.left_over() == ["sip/carrier_a.conf"] and "sip.conf" in wanted.change.wanted and "pjsip.conf" in wanted.change.wanted


def test_what_is_no_longer_described_stays_and_is_told(etc, programs):
    applied(etc, programs, request())
    wanted = planned(etc, programs, request(dialplan={}))
    assert not wanted.change.needed and wanted.left_over() == ["routes/us.conf"]


def test_a_route_that_stays_and_answers_what_another_does_is_refused_before_anything_is_touched(etc, programs):
    old, new = ("[trunks-route-%s]\n[trunks-outbound]\nexten => %s,1,Gosub(trunks-route-%s,${EXTEN:1},1)\n" % (name, exten, name)
                for name, exten in (("us", "_91N."), ("usa", "_91n.")))
    applied(etc, programs, request(dialplan={"routes/us.conf": old}))
    before = on_disk(etc)
    with pytest.raises(Unfinished, match="route us, which is no longer described, has the same extension _91N. as route usa.*"
                                                "dialer_prune"):
        planned(etc, programs, request(dialplan={"routes/usa.conf": new})).predict()
    assert on_disk(etc) == before
    planned(etc, programs, {**request(dialplan={"routes/usa.conf": new}), "prune": True}).predict()


def test_a_diff_shows_changes_and_no_secrets_old_or_new(etc, programs):
    first = planned(etc, programs, request()).change.diff()
    applied(etc, programs, request())
    changed = {"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"}
    entries = planned(etc, programs, request(sip_peers=changed)).change.diff()
    assert "PLANTED" not in str(first) + str(entries)
    # Of the operator's files nothing is shown but our line and its place, whatever else they hold.
    theirs = {entry["after_header"]: (entry["before"], entry["after"]) for entry in first
              if "/trunks/" not in entry["after_header"]}
    lines = {name: line for name, (_target, line, _place) in includes.LINES.items()}
    assert {Path(path).name: shown for path, shown in theirs.items()} == {
        "extensions.conf": ("", f"line 1: {lines['extensions.conf']}\n"), "sip.conf": ("", f"line 7: {lines['sip.conf']}\n"),
        "rtp.conf": ("", f"line 2: {lines['rtp.conf']}\n"), "nftables.conf": ("", "line 3: {}\n".format(lines['nftables.conf'].replace("/etc/asterisk", str(etc))))}
    assert [entry["after_header"] for entry in entries] == [str(etc / "trunks/sip/carrier_a.conf")]
    assert [entry["file"] for entry in entries] == ["sip/carrier_a.conf"], "by which a program finds it"
    assert "secret=(hidden)\n" in entries[0]["before"] and "secret=(hidden, changed)\n" in entries[0]["after"]


def test_a_new_file_that_is_the_same_on_every_dialer_is_one_line_of_the_diff(etc, programs):
    wanted = request(dialplan={"routes/us.conf": ROUTE % "1", "repair.agi": "#!/usr/bin/perl\nexit 0;\n"})
    wanted["shipped"] = ["repair.agi", "extensions.conf"]
    entries = planned(etc, programs, wanted).change.diff()
    lines = [line for entry in entries for line in entry.get("prepared", "").splitlines() if line.startswith("new file")]
    assert [line.partition(" (")[0] for line in lines] == [f"new file, as shipped: {etc}/trunks/{name}" for name in ("extensions.conf", "repair.agi")]
    assert re.search(r"\(2 lines, SHA-256 [0-9a-f]{12}\)$", lines[1]) and "exit 0" not in str(entries)
    assert any(entry.get("file") == "routes/us.conf" for entry in entries)
    applied(etc, programs, wanted)
    changed = copy.deepcopy(wanted)
    changed["files"]["dialplan"]["repair.agi"] = "#!/usr/bin/perl\nexit 1;\n"
    [entry] = planned(etc, programs, changed).change.diff()
    assert (entry["before"], entry["after"]) == ("#!/usr/bin/perl\nexit 0;\n", "#!/usr/bin/perl\nexit 1;\n"), "an upgrade is shown whole"


def test_a_diff_of_nothing_but_a_stamp_is_none(etc, programs):
    applied(etc, programs, request())
    applied(etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"}))
    assert planned(etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"})).change.diff() == []


@pytest.mark.parametrize("part, path", [("dialplan", "rates/us.nodes"), ("health", "decks/1.csv")])
def test_a_diff_says_no_more_of_a_rate_table_than_that_it_differs(etc, programs, part, path):
    entries = planned(etc, programs, request(**{part: {path: "=00000" * 10 + "\n"}})).change.diff()
    found = [entry for entry in entries if entry["after_header"].endswith(f"/{path}")]
    assert found[0]["before"] == "" and found[0]["after"].startswith("1 lines, SHA-256 ")
