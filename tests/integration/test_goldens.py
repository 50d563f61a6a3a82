# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts that the unit tests compare with are texts that a real Asterisk and nft take whole, without a warning."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from support.lab import side_asterisk
from support.lab.side_asterisk import FIRST, HOME, cli
from support.lab.machines import ONE, sh
from support.paths import ROOT
from support.waiting import wait_until

GOLDEN = ROOT / "tests/unit/golden"
DESCRIPTIONS = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def beside():
    """An Asterisk of its own on the first dialer, with directories and ports that nobody else has."""
    with side_asterisk.running(FIRST):
        yield


def row_texts(rows: list[str]) -> dict[str, str]:
    """The generator's work: the rows' texts by the file that they go to."""
    texts = {"globals": "", "entries": ""}
    for protocol in ("SIP", "PJSIP", "IAX2"):
        texts.update({f"registrations-{protocol}": "", f"accounts-{protocol}": ""})
    for row in rows:
        head, _mark, entry = row.partition("\n--- ")
        kind, _newline, entry = entry.partition("\n")
        fields = dict(re.findall(r"^(\w+): ?(.*)$", head, re.MULTILINE))
        texts["entries" if kind == "dialplan_entry" else f"accounts-{fields['protocol']}"] += entry.rstrip("\n") + "\n"
        texts["globals"] += fields["globals_string"] + "\n"
        texts[f"registrations-{fields['protocol']}"] += fields["registration_string"] + "\n"
    return texts


def steps(text: str) -> int:
    """How many priorities a dialplan text has."""
    return len(re.findall(r"^(?:exten\s*=>|\s+same\s*=>)", text, re.MULTILINE))


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_asterisk_loads_every_line(beside, description):
    top = GOLDEN / description
    found = {str(path.relative_to(top)): path.read_text(encoding="utf-8") for path in top.rglob("*") if path.is_file()}
    rows = row_texts([text for name, text in sorted(found.items()) if name.startswith("rows/")])
    archive = subprocess.run(["tar", "-C", str(top), "-cf", "-", "."], capture_output=True, check=True).stdout
    subprocess.run(["podman", "exec", "-i", ONE, "sh", "-c", f"cd {HOME}/etc && rm -rf trunks rows-* && mkdir trunks &&"
                    f" tar -C trunks -xf - && find trunks -type f -exec touch {{}} +"],
                   input=archive, check=True, capture_output=True)
    sh(ONE, "".join(f"cat > {HOME}/etc/rows-{name}.conf <<'END'\n{text}END\n" for name, text in rows.items()))
    sh(ONE, f"rm -f {HOME}/log/*; touch {HOME}/etc/*.conf")     # a file that was not there to be included counts as no change
    cli("logger reload")
    for command in ("dialplan reload", "sip reload", "iax2 reload", "module reload res_rtp_asterisk.so"):
        cli(command)

    dialplan = {name: text for name, text in found.items() if Path(name).parts[0] == "routes" or name in (
        "repair.conf", "repair-ready.conf", "inbound.conf")}
    for context in sorted({context for text in dialplan.values() for context in re.findall(r"^\[([\w-]+)\]", text, re.MULTILINE)}):
        expected = sum(steps(section) for text in dialplan.values()
                       for name, section in re.findall(r"^\[([\w-]+)\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
                       if name == context)
        shown = cli(f"dialplan show {context}")
        wanted = f"({expected} priorit" if expected else f"Context '{context}'"      # one that only includes
        assert wanted in shown, f"{context}: {expected} steps wanted\n{shown}"
    if rows["entries"]:
        assert f"({steps(rows['entries'])} priorit" in cli("dialplan show vicidial-auto-external")

    def peers_of(protocol: str, directory: str) -> set[str]:
        text = rows[f"accounts-{protocol}"] + "".join(text for name, text in found.items() if name.startswith(directory))
        return set(re.findall(r"^\[([\w.-]+)\]\ntype=peer$", text, re.MULTILINE))

    peers, iax_peers = peers_of("SIP", "sip/"), peers_of("IAX2", "iax/")
    assert peers or iax_peers or rows["accounts-PJSIP"]
    for name in iax_peers:
        assert "Description  : [trunks @]" in cli(f"iax2 show peer {name}"), name
    wait_until(lambda: f"\n{len(peers)} sip peers" in cli("sip show peers"), 5, f"{len(peers)} peers: {sorted(peers)}")
    for name in peers:
        assert "Description  : [trunks @]" in cli(f"sip show peer {name}"), name
    registrations = len(re.findall(r"^register =>", rows["registrations-SIP"] + "".join(
        text for name, text in found.items() if name.startswith("sip/")), re.MULTILINE))
    assert f"{registrations} SIP registration" in cli("sip show registry")

    # A side Asterisk without a network and without TLS cannot reach the trunks; that is no complaint about a line.
    unreachable = re.compile("Unable to send|Network is unreachable|tcptls_session|pkt data")
    said = [line for line in sh(ONE, f"cat {HOME}/log/full*").splitlines() if re.search(r"\b(WARNING|ERROR)\b", line)]
    assert [line for line in said if re.search(r"pbx_config|pbx\.c|config\.c|chan_sip|chan_iax2|res_rtp|sip/", line)
            and not unreachable.search(line)] == []


@pytest.mark.parametrize("description", [name for name in DESCRIPTIONS if (GOLDEN / name / "nftables.conf").exists()])
def test_nft_takes_the_table(description):
    text = (GOLDEN / description / "nftables.conf").read_text(encoding="utf-8")
    sh(ONE, f"nft -c -f - <<'END'\n{text}END\n")
