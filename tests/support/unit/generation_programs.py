# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asterisk and nft as programs that fail on demand, and a dialer's configuration that they read."""
from __future__ import annotations

import os
import re
from pathlib import Path

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import loaded_checks
from ansible_collections.dialer.trunks.plugins.module_utils._generation import commit, includes, layout, store
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused

OPERATORS = {
    "extensions.conf": "[general]\nstatic=yes\n\n[globals]\nTRUNKloop = IAX2/ASTloop:PLANTED@127.0.0.1:40569\n[default]\nexten => 1,1,Hangup()",
    "sip.conf": "[general]\r\nallowguest=no\r\nregister => user:PLANTED@198.18.9.9/user\r\n\r\n[phone]\r\nsecret=PLANTED\r\n",
    "rtp.conf": "[general]\nrtpstart=5000\nrtpend=6000\n",
    "nftables.conf": "#!/usr/sbin/nft -f\nflush ruleset\n",
}
PEER = "[carrier_a]\ntype=peer\ndescription=[trunks @] A\nsecret=PLANTED-%s\n"
ROUTE = "[trunks-route-us]\nexten => _[0-9#*+]!,1,NoOp(%s)\nexten => h,1,NoOp()\n"
BASE = {"extensions.conf": "#tryinclude trunks/generation.conf\n#tryinclude trunks/routes/*.conf\n"}
ABSENT = {"parts": list(layout.PARTS), "files": {}, "base": {}, "prune": True, "drop": [""]}


def request(**changes):
    """A request for one trunk and one route, with files of one part changed."""
    files = {
        "sip_peers": {"sip.conf": "#tryinclude trunks/sip/*.conf\n", "sip/carrier_a.conf": PEER % "old"},
        "dialplan": {"routes/us.conf": ROUTE % "old"},
        "rtp": {"rtp.conf": "rtpstart=10000\nrtpend=20000\nstrictrtp=yes\n"},
        "firewall": {"nftables.conf": "table inet dialer_trunks { chain old }\n"},
    }
    files.update(changes)
    return {"parts": list(layout.PARTS), "files": files, "base": BASE, "prune": False, "drop": []}


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

    def details(self, _technology, name):
        return self.state.get("details", {}).get(name)

    def rtp(self):
        return self.state["rtp"]

    def table(self):
        return self.state["table"]

    def load_table(self, path):
        self.said.append("nft")
        if self.deaf.get("nft", 0):
            self.deaf["nft"] -= 1
            raise Refused("nft refused the firewall: syntax error")
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
            if path in ("generation.conf", "repair-ready.conf") or path.startswith("routes/"):
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
    commit.tidy(done.state.store)
    return done


def settled(etc: Path, programs: Programs, wanted: dict) -> bool:
    """True when a second run finds nothing to do."""
    return not planned(etc, programs, wanted).change.needed
