# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A commit against programs that fail on demand. What real ones do is proven by the tests with a real Asterisk."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._generation import commit, history, includes, store

OPERATORS = {
    "extensions.conf": "[general]\nstatic=yes\n\n[globals]\nTRUNKloop = IAX2/ASTloop:PLANTED@127.0.0.1:40569\n[default]\nexten => 1,1,Hangup()",
    "sip.conf": "[general]\r\nallowguest=no\r\nregister => user:PLANTED@198.18.9.9/user\r\n\r\n[phone]\r\nsecret=PLANTED\r\n",
    "rtp.conf": "[general]\nrtpstart=5000\nrtpend=6000\n",
    "nftables.conf": "#!/usr/sbin/nft -f\nflush ruleset\n",
}
PEER = "[carrier_a]\ntype=peer\ndescription=[trunks @] A\nsecret=PLANTED-%s\n"
ROUTE = "[trunks-route-us]\nexten => _[0-9#*+]!,1,NoOp(%s)\nexten => h,1,NoOp()\n"
BASE = {"extensions.conf": "#tryinclude trunks/generation.conf\n#tryinclude trunks/routes/*.conf\n"}
ABSENT = {"parts": list(store.PARTS), "files": {}, "base": {}, "prune": True, "drop": [""]}


def request(**changes):
    """A request for one trunk and one route, with files of one part changed."""
    files = {
        "sip_peers": {"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "old"},
        "dialplan": {"routes/us.conf": ROUTE % "old"},
        "rtp": {"rtp.conf": "rtpstart=10000\nrtpend=20000\nstrictrtp=yes\n"},
        "firewall": {"nftables.conf": "table inet dialer_trunks { chain old }\n"},
    }
    files.update(changes)
    return {"parts": list(store.PARTS), "files": files, "base": BASE, "prune": False, "drop": []}


class Programs:
    """Asterisk and nft: they read the files when they are told to, unless they are deaf to that. ``cli`` is itself."""

    def __init__(self, etc: Path) -> None:
        self.etc, self.cli = etc, self
        self.deaf: dict[str, int] = {}  # program to the number of reloads that it does not take
        self.said: list[str] = []
        self.state = {"contexts": [], "peers": [], "rtp": {"start": 5000, "end": 6000, "strict": True}, "table": "",
                      "others": {}}
        self.sip_files: dict[str, tuple[int, int]] = {}

    def log_path(self) -> str:
        return str(self.etc / "messages")

    def contexts(self):
        return self.state["contexts"]

    def peers(self, technology="SIP", _names=None):
        return self.state["peers"] if technology == "SIP" else self.state["others"].get(technology, [])

    def rtp(self):
        return self.state["rtp"]

    def table(self):
        return self.state["table"]

    def load_table(self, path):
        self.said.append("nft")
        if self.deaf.get("nft", 0):
            self.deaf["nft"] -= 1
            raise commit.Refused("nft refused the firewall: syntax error")
        self.state["table"] = Path(path).read_text() if os.path.exists(path) else ""

    def reload(self, program):
        self.said.append(program)
        if self.deaf.get(program, 0):
            self.deaf[program] -= 1
            with open(self.log_path(), "a") as log:
                log.write("[Nov 22 07:00:00] WARNING[123] pbx_config.c: cannot load, password=PLANTED\n")
            return
        getattr(self, "_" + program)()

    def _ours(self, name: str) -> dict[str, str]:
        """The files of ours that a file of the operator's leads to."""
        target, line, _place = includes.LINES[name]
        if not os.path.exists(target) or line not in Path(target).read_text() or not (self.etc / "trunks" / name).exists():
            return {}
        top = self.etc / "trunks"
        return {str(path.relative_to(top)): path.read_text() for path in sorted(top.rglob("*.conf"))}

    def _dialplan(self):
        files = self._ours("extensions.conf")
        loaded: dict[str, list] = {}
        for path, text in files.items():
            if path == "generation.conf" or path.startswith("routes/"):
                for (context, exten), count in loaded_checks.priorities(text).items():
                    loaded.setdefault(context, []).append({"exten": exten, "steps": [(n, None, "NoOp()", "x") for n in range(count)]})
        self.state["contexts"] = [{"name": name, "extensions": extensions} for name, extensions in loaded.items()]

    def _sip(self):
        files = {path: text for path, text in self._ours("sip.conf").items() if path.startswith("sip/")}
        times = {path: (len(text), (self.etc / "trunks" / path).stat().st_mtime_ns) for path, text in files.items()}
        if times == self.sip_files:
            return  # the same size and time: chan_sip reads nothing
        self.sip_files = times
        self.state["peers"] = [
            {"name": name, "description": description}
            for text in files.values()
            for name, description in re.findall(r"^\[(.*)\]\ntype=peer\ndescription=(.*)$", text, re.MULTILINE)
        ]

    def _pjsip(self):
        self.state["others"]["PJSIP"] = [
            {"name": name, "technology": "PJSIP", "description": description}
            for path, text in self._ours("pjsip.conf").items() if path.startswith("pjsip/")
            for name, description in re.findall(r"^\[(.*)\]\ntype=endpoint\nset_var=TRUNKS_DESCRIPTION=(.*)$", text, re.MULTILINE)
        ]

    def _rtp(self):
        text = self._ours("rtp.conf").get("rtp.conf") or Path(includes.LINES["rtp.conf"][0]).read_text()
        values = dict(re.findall(r"^(\w+)=(\w+)$", text, re.MULTILINE))
        self.state["rtp"] = {"start": int(values["rtpstart"]), "end": int(values["rtpend"]), "strict": values.get("strictrtp") != "no"}


@pytest.fixture
def etc(tmp_path, monkeypatch):
    """The operator's configuration, in a directory of its own."""
    lines = {}
    for name, (_target, line, place) in includes.LINES.items():
        if name in OPERATORS:
            (tmp_path / name).write_text(OPERATORS[name], newline="")
        lines[name] = (str(tmp_path / name), line, place)
    (tmp_path / "messages").write_text("")
    monkeypatch.setattr(includes, "LINES", lines)
    monkeypatch.setattr(commit, "PEERS_RELOAD_LIMIT", 0)
    return tmp_path


@pytest.fixture
def programs(etc):
    return Programs(etc)


def on_disk(etc: Path) -> dict[str, bytes | str]:
    """Everything below the configuration directory but the log: content of files, target of links."""
    return {
        str(path.relative_to(etc)): os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else "/"
        for path in etc.rglob("*")
        if path.name != "messages" and "trunks/" not in str(path.relative_to(etc))
    }


def planned(etc: Path, programs: Programs, wanted: dict) -> commit.Commit:
    return commit.Commit(store.Store(str(etc), os.getegid()), programs, wanted)


def applied(etc: Path, programs: Programs, wanted: dict) -> commit.Commit:
    done = planned(etc, programs, wanted)
    done.apply()
    commit.tidy(done.store)
    return done


def settled(etc: Path, programs: Programs, wanted: dict) -> bool:
    """True when a second run finds nothing to do."""
    return not planned(etc, programs, wanted).changed


def test_a_first_commit(etc, programs):
    done = applied(etc, programs, request())
    assert done.number == 1 and os.readlink(etc / "trunks") == "trunks.d/1"
    assert sorted(done.changed_files) == ["extensions.conf", "nftables.conf", "routes/us.conf", "rtp.conf", "sip.conf", "sip/carrier_a.conf"]
    assert sorted(done.lines) == sorted(str(etc / name) for name in OPERATORS)
    assert loaded_checks.running_generation(programs.contexts()) == 1
    assert programs.peers() == [{"name": "carrier_a", "description": "[trunks 1] A"}]
    assert programs.rtp()["start"] == 10000 and "chain old" in programs.table()
    assert set(programs.said) == {"nft", "dialplan", "rtp", "sip"}
    assert settled(etc, programs, request())


def test_planning_touches_nothing(etc, programs):
    before = on_disk(etc)
    wanted = planned(etc, programs, request())
    assert wanted.changed and wanted.diff()
    assert on_disk(etc) == before and programs.said == []


def test_only_what_changed_is_reloaded(etc, programs):
    applied(etc, programs, request())
    programs.said.clear()
    applied(etc, programs, request(rtp={"rtp.conf": "rtpstart=12000\nrtpend=20000\n"}))
    assert sorted(programs.said) == ["dialplan", "rtp"]  # the dialplan holds the generation's number
    assert programs.rtp()["start"] == 12000
    assert programs.peers()[0]["description"] == "[trunks 1] A"


def test_a_row_alone_makes_a_generation_and_no_diff_holds_it(etc, programs):
    with_rows = {**request(), "parts": [*store.PARTS, store.ROWS]}
    applied(etc, programs, {**with_rows, "files": {**with_rows["files"], "carriers": {"rows/trunk-x.json": '{"secret": "PLANTED-1"}'}}})
    programs.said.clear()
    wanted = planned(etc, programs, {**with_rows, "files": {**with_rows["files"], "carriers": {"rows/trunk-x.json": '{"secret": "PLANTED-2"}'}}})
    assert wanted.changed_files == ["rows/trunk-x.json"]
    assert wanted.diff() == [{"header": "kept for going back", "prepared": "rows/trunk-x.json\n"}]
    assert wanted.apply() == 2 and programs.said == ["dialplan"]  # which holds the generation's number
    assert wanted.store.manifest(2)["rows"] is True
    # A run that does not mean rows knows them as before; on a dialer where nobody ever did, they stay unknown.
    done = applied(etc, programs, request(rtp={"rtp.conf": "rtpstart=12000\nrtpend=20000\n"}))
    assert done.store.manifest(3)["rows"] is True and "rows/trunk-x.json" in done.current


def test_rows_that_no_run_meant_are_not_known(etc, programs):
    assert applied(etc, programs, request()).store.manifest(1)["rows"] is False


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
    assert planned(etc, programs, ABSENT).changed
    applied(etc, programs, ABSENT)
    assert (etc / "sip.conf").read_bytes() == OPERATORS["sip.conf"].encode()


def test_a_missing_line_is_mended(etc, programs):
    applied(etc, programs, request())
    (etc / "extensions.conf").write_text("[general]\n[default]\n")  # as VICIdial's installer does
    programs.reload("dialplan")
    wanted = planned(etc, programs, request())
    assert wanted.changed_files == [] and list(wanted.lines) == [str(etc / "extensions.conf")]
    assert wanted.apply() == 1
    assert loaded_checks.running_generation(programs.contexts()) == 1 and settled(etc, programs, request())


@pytest.mark.parametrize("lost,program", [("contexts", "dialplan"), ("peers", "sip"), ("table", "nft")])
def test_what_the_programs_lost_is_loaded_again(etc, programs, lost, program):
    applied(etc, programs, request())
    programs.said.clear()
    programs.state[lost] = type(programs.state[lost])()
    wanted = planned(etc, programs, request())
    assert wanted.changed and "prepared" in wanted.diff()[0]
    wanted.apply()
    assert programs.said == [program] and settled(etc, programs, request())


def test_what_was_lost_is_loaded_again_beside_a_change_of_something_else(etc, programs):
    applied(etc, programs, request())
    programs.state["table"] = ""
    changed = request(dialplan={"routes/us.conf": ROUTE % "new"})
    applied(etc, programs, changed)
    assert settled(etc, programs, changed)


def test_a_rule_that_somebody_added_to_our_table_goes(etc, programs):
    applied(etc, programs, request())
    programs.state["table"] += "add rule"
    assert planned(etc, programs, request()).unproven == ["the nftables table inet dialer_trunks is not what was loaded"]
    applied(etc, programs, request())
    assert "add rule" not in programs.table()


@pytest.mark.parametrize("program,says", [
    ("dialplan", "the running dialplan holds no generation of ours, not generation 1"),
    ("sip", "peer carrier_a is not loaded"),
    ("rtp", "RTP ports: start is 5000, not 10000"),
    ("nft", "nft refused the firewall: syntax error"),
])
def test_a_first_commit_that_does_not_take_leaves_no_trace(etc, programs, program, says):
    before = on_disk(etc)
    programs.deaf[program] = 1
    wanted = planned(etc, programs, request())
    with pytest.raises(commit.Unfinished) as failed:
        wanted.apply()
    assert says in str(failed.value)
    assert "Restored and proven: the state without trunks of ours." in str(failed.value)
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
    with pytest.raises(commit.Unfinished, match="Restored and proven: generation 1"):
        applied(etc, programs, changed)
    assert on_disk(etc) == before
    assert {key: programs.state[key] for key in state} == state
    assert settled(etc, programs, request())
    assert applied(etc, programs, changed).number == 2


def test_what_asterisk_logged_is_said_without_secrets(etc, programs):
    programs.deaf["dialplan"] = 1
    with pytest.raises(commit.Unfinished, match=r"Asterisk logged: WARNING pbx_config.c: cannot load, password=\(hidden\)"):
        applied(etc, programs, request())


def test_programs_that_do_not_come_back_either(etc, programs):
    before = on_disk(etc)
    programs.deaf["sip"] = 1
    wanted = planned(etc, programs, request())
    programs.load_table = lambda path: None if "sip" not in programs.said else (_ for _ in ()).throw(commit.Refused("nft is gone"))
    with pytest.raises(commit.Unfinished, match="Restoring the state without trunks of ours failed as well: nft is gone"):
        wanted.apply()
    assert on_disk(etc) == before


def test_a_former_state_that_was_not_in_force_is_restored_as_it_was_found(etc, programs):
    applied(etc, programs, request())
    (etc / "extensions.conf").write_text("[general]\n[default]\n")
    programs.reload("dialplan")
    before = on_disk(etc)
    programs.deaf["rtp"] = 1
    with pytest.raises(commit.Unfinished, match="Restored: generation 1, as it was found. .*\n  the running dialplan holds no"):
        applied(etc, programs, request(rtp={"rtp.conf": "rtpstart=12000\nrtpend=20000\n"}))
    assert on_disk(etc) == before


def test_asterisk_that_goes_away_in_the_middle(etc, programs):
    applied(etc, programs, request())
    before = on_disk(etc)

    def gone(program):
        raise cli.NotRunning("Asterisk is not running")

    programs.reload = gone
    with pytest.raises(commit.Unfinished, match="Asterisk is not running"):
        applied(etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"}))
    assert on_disk(etc) == before


def test_a_run_that_was_killed_before_the_reload_is_finished_by_the_next(etc, programs):
    applied(etc, programs, request())
    changed = request(
        sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"},
        firewall={"nftables.conf": "table inet dialer_trunks { chain new }\n"},
    )
    half = planned(etc, programs, changed)
    half.store.switch(half.store.write(half.wanted, half.current))
    wanted = planned(etc, programs, changed)
    assert wanted.changed_files == [] and wanted.changed
    assert wanted.apply() == 2
    assert "chain new" in programs.table() and programs.peers()[0]["description"] == "[trunks 2] A"
    assert settled(etc, programs, changed)


def test_a_full_disk_changes_nothing(etc, programs, monkeypatch):
    applied(etc, programs, request())
    before = on_disk(etc)
    wanted = planned(etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"}))
    monkeypatch.setattr(store.os, "fsync", lambda _file: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError):
        wanted.apply()
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
    assert "sip.conf" not in done.wanted and includes.LINES["sip.conf"][1] not in (etc / "sip.conf").read_text()
    assert (etc / "pjsip.conf").read_text() == includes.LINES["pjsip.conf"][1] + "\n"
    assert settled(etc, programs, moved)
    programs.deaf["sip"] = 1
    with pytest.raises(commit.Unfinished, match="peer carrier_a is not loaded"):
        applied(etc, programs, {**request(), "drop": ["pjsip/carrier_a.conf"]})
    assert settled(etc, programs, moved) and programs.peers("PJSIP")[0]["description"] == "[trunks 2] A"


def test_what_includes_the_trunks_stays_with_the_last_of_them(etc, programs):
    applied(etc, programs, request())
    wanted = planned(etc, programs, request(sip_peers=PJSIP))
    assert wanted.left_over() == ["sip/carrier_a.conf"] and "sip.conf" in wanted.wanted and "pjsip.conf" in wanted.wanted


def test_what_is_no_longer_described_stays_and_is_told(etc, programs):
    applied(etc, programs, request())
    wanted = planned(etc, programs, request(dialplan={}))
    assert not wanted.changed and wanted.left_over() == ["routes/us.conf"]


def test_a_route_that_stays_and_answers_what_another_does_is_refused_before_anything_is_touched(etc, programs):
    old, new = ("[trunks-route-%s]\n[trunks-outbound]\nexten => _91N.,1,Gosub(trunks-route-%s,${EXTEN:1},1)\n" % (name, name)
                for name in ("us", "usa"))
    applied(etc, programs, request(dialplan={"routes/us.conf": old}))
    before = on_disk(etc)
    with pytest.raises(commit.Unfinished, match="route us, which is no longer described, answers _91N. as route usa does.*"
                                                "dialer_prune"):
        planned(etc, programs, request(dialplan={"routes/usa.conf": new})).predict()
    assert on_disk(etc) == before
    planned(etc, programs, {**request(dialplan={"routes/usa.conf": new}), "prune": True}).predict()


def test_a_diff_shows_changes_and_no_secrets_old_or_new(etc, programs):
    first = planned(etc, programs, request()).diff()
    applied(etc, programs, request())
    changed = {"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"}
    entries = planned(etc, programs, request(sip_peers=changed)).diff()
    assert "PLANTED" not in str(first) + str(entries)
    # Of the operator's files nothing is shown but our line and its place, whatever else they hold.
    theirs = {entry["after_header"]: (entry["before"], entry["after"]) for entry in first
              if "/trunks/" not in entry["after_header"]}
    lines = {name: line for name, (_target, line, _place) in includes.LINES.items()}
    assert {Path(path).name: shown for path, shown in theirs.items()} == {
        "extensions.conf": ("", f"line 1: {lines['extensions.conf']}\n"), "sip.conf": ("", f"line 7: {lines['sip.conf']}\n"),
        "rtp.conf": ("", f"line 2: {lines['rtp.conf']}\n"), "nftables.conf": ("", "line 3: {}\n".format(lines['nftables.conf'].replace("/etc/asterisk", str(etc))))}
    assert [entry["after_header"] for entry in entries] == [str(etc / "trunks/sip/carrier_a.conf")]
    assert "secret=(hidden)\n" in entries[0]["before"] and "secret=(hidden, changed)\n" in entries[0]["after"]


def test_a_diff_of_nothing_but_a_stamp_is_none(etc, programs):
    applied(etc, programs, request())
    applied(etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"}))
    assert planned(etc, programs, request(dialplan={"routes/us.conf": ROUTE % "new"})).diff() == []


def test_a_diff_says_no_more_of_a_rate_table_than_that_it_differs(etc, programs):
    entries = planned(etc, programs, request(dialplan={"rates/us.nodes": "=00000" * 10 + "\n"})).diff()
    found = [entry for entry in entries if entry["after_header"].endswith("/rates/us.nodes")]
    assert found[0]["before"] == "" and found[0]["after"].startswith("1 lines, SHA-256 ")


# --- the repair of VICIdial's table

REPAIR = {"repair.agi": "#!/usr/bin/perl\n", "repair.conf": "[trunks-repair]\nexten => s,1,Return()\n",
          "repair-ready.conf": "[trunks-repair-ready]\nexten => s,1,NoOp()\n", "routes/us.conf": ROUTE % "old"}


def test_routes_make_one_attempt_until_the_repair_is_ready(etc, programs, monkeypatch):
    monkeypatch.setattr(commit, "repair_reason", lambda _script, _user: "no connection to the database asterisk on 198.18.0.5:3306.")
    wanted = planned(etc, programs, request(dialplan=REPAIR))
    assert "repair-ready.conf" not in wanted.wanted and "repair.agi" in wanted.wanted
    assert wanted.warnings == [
        "the routes of this dialer make one attempt per call, without failover, since calls that fail over would not reach "
        "their agents: no connection to the database asterisk on 198.18.0.5:3306. Run this again when that is mended."
    ]
    monkeypatch.setattr(commit, "repair_reason", lambda _script, _user: None)
    ready = planned(etc, programs, request(dialplan=REPAIR))
    assert "repair-ready.conf" in ready.wanted and ready.warnings == []


def test_the_repair_is_looked_at_only_when_the_dialplan_is_meant(etc, programs, monkeypatch):
    monkeypatch.setattr(commit, "repair_reason", lambda _script, _user: pytest.fail("asked"))
    assert planned(etc, programs, request()).warnings == []
    assert planned(etc, programs, {**request(dialplan=REPAIR), "parts": ["rtp"]}).warnings == []


@pytest.mark.parametrize("script,reason", [
    ("print 'table'; exit 0;", None),
    ("print STDERR 'no table', chr(10), 'more'; exit 1;", "no table"),
    ("die $ARGV[0] . chr(10);", "--check"),
    ("exit 3;", "perl ended with code 3"),
])
def test_the_script_itself_says_why_it_is_not_ready(script, reason):
    assert commit.repair_reason(script) == reason


def test_a_database_that_says_nothing_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(commit, "REPAIR_LIMIT", 0.2)
    assert "did not answer" in commit.repair_reason("sleep 20;")


def test_without_perl(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert commit.repair_reason("") == "perl: No such file or directory"


# --- going back to a kept generation


def gone_back(etc: Path, programs: Programs, number: int) -> history.Return:
    return history.Return(store.Store(str(etc), os.getegid()), programs, number)


def test_a_kept_generation_comes_back_as_it_was_and_nothing_is_written(etc, programs):
    applied(etc, programs, request())
    first = on_disk(etc)
    applied(etc, programs, request(sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"}))
    assert programs.peers()[0]["description"] == "[trunks 2] A"
    back = gone_back(etc, programs, 1)
    assert back.changed and back.changed_files == ["sip/carrier_a.conf", "generation.conf"]
    assert "PLANTED" not in str(back.diff()) and back.diff()[0]["after"] == "trunks.d/1\n"
    assert back.apply() == 1 and os.readlink(etc / "trunks") == "trunks.d/1"
    assert programs.peers()[0]["description"] == "[trunks 1] A" and loaded_checks.running_generation(programs.contexts()) == 1
    now = on_disk(etc)
    assert {path: now[path] for path in first} == first and "trunks.d/2/manifest.json" in now
    assert not gone_back(etc, programs, 1).changed


@pytest.mark.parametrize("program", ["dialplan", "sip", "nft"])
def test_a_way_back_that_is_not_taken_leaves_the_generation_in_force_and_the_other_kept(etc, programs, program):
    applied(etc, programs, request())
    applied(etc, programs, request(sip_peers={"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "new"},
                                   firewall={"nftables.conf": "table inet dialer_trunks { chain new }\n"}))
    before = on_disk(etc)
    programs.deaf[program] = 1
    with pytest.raises(commit.Unfinished, match="Restored and proven: generation 2"):
        gone_back(etc, programs, 1).apply()
    assert on_disk(etc) == before and not gone_back(etc, programs, 2).changed
