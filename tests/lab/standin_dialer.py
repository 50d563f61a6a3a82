# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the stand-in's tests reach into the running lab: commands, SQL, carrier rows of their own.

Environment: LAB_DIALER, LAB_DB (containers), LAB_CARRIER_A, LAB_CARRIER_B (addresses) name others than the lab's first.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

INSIDE = Path(__file__).resolve().parents[2] / "lab/inside"  # INSIDE, container, command...
DIALER = os.environ.get("LAB_DIALER", "trunks-dialer1")
DATABASE = os.environ.get("LAB_DB", "trunks-db")
CARRIER_A = os.environ.get("LAB_CARRIER_A", "198.18.10.10")
CARRIER_B = os.environ.get("LAB_CARRIER_B", "198.18.20.20")
HOME = "/usr/share/astguiclient"
LIMIT = 180  # seconds that any one command may take


class Dialer:
    """One dialer of the lab, with the database behind it."""

    def __init__(self) -> None:
        self.ip = self.sh("sed -n 's/^VARserver_ip *=> *//p' /etc/astguiclient.conf").strip()
        self.tech = "SIP" if "chan_sip.so" in self.cli("module show like chan_sip.so") else "PJSIP"
        self.table = "cid_channels_recent_" + "".join(part.zfill(3) for part in self.ip.split("."))

    def sh(self, command: str, stdin: str = "", check: bool = True) -> str:
        """What a shell command on the dialer prints."""
        return self._inside(DIALER, "bash", "-c", command, stdin=stdin, check=check)

    def sql(self, statements: str) -> list[list[str]]:
        """Rows of the last statements that have any, as texts; NULL is 'NULL'."""
        out = self._inside(DATABASE, "mariadb", "-N", "-B", "asterisk", stdin=statements)
        return [line.split("\t") for line in out.splitlines()]

    def value(self, statement: str) -> str:
        """The first column of the first row."""
        return self.sql(statement)[0][0]

    def cli(self, command: str) -> str:
        """What Asterisk's command line answers."""
        return self.sh(f"asterisk -rx '{command}'")

    def flag(self) -> None:
        """Asks the generator for new files."""
        self.sql(f"UPDATE servers SET rebuild_conf_files = 'Y' WHERE server_ip = '{self.ip}'")

    def flagged(self) -> bool:
        """Whether the files are still to be made."""
        return self.value(f"SELECT rebuild_conf_files FROM servers WHERE server_ip = '{self.ip}'") == "Y"

    def generate(self, environment: str = "", check: bool = True) -> str:
        """One round of the generator. Returns what it noted: one line for each file written."""
        return self.sh(
            "echo 'generator_pause = 0.2' >/tmp/standin-test.conf;"
            f"{environment} STANDIN_CONF=/tmp/standin-test.conf {HOME}/generator --once 2>&1",
            check=check,
        )

    def originate(self, *options: str) -> list[dict]:
        """Places calls, and returns what became of each."""
        return json.loads(self.sh(f"{HOME}/originate {' '.join(options)}"))

    @staticmethod
    def _inside(container: str, *command: str, stdin: str = "", check: bool = True) -> str:
        done = subprocess.run(
            [INSIDE, container, *command],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout


def carrier(carrier_id: str, dialplan: str = "", account: str = "", **fields: str) -> str:
    """The INSERT of a carrier row; fields as the table's columns."""
    row = {
        "carrier_id": carrier_id,
        "carrier_name": f"name of {carrier_id}",
        "registration_string": "",
        "template_id": "--NONE--",
        "account_entry": account,
        "protocol": "SIP",
        "globals_string": "",
        "dialplan_entry": dialplan,
        "server_ip": "0.0.0.0",
        "active": "Y",
        "carrier_description": "",
    }
    row.update(fields)
    quoted = ", ".join("'" + text.replace("\\", "\\\\").replace("'", "''") + "'" for text in row.values())
    return f"INSERT INTO vicidial_server_carriers ({', '.join(row)}) VALUES ({quoted});"


def peer(name: str, host: str, tech: str = "SIP") -> str:
    """An account entry for a carrier that knows us by address."""
    if tech == "PJSIP":
        return (
            f"[{name}]\ntype=aor\ncontact=sip:{host}\nqualify_frequency=10\n\n"
            f"[{name}]\ntype=endpoint\naors={name}\ncontext=trunkinbound\ndisallow=all\nallow=ulaw"
        )
    return f"[{name}]\ntype=peer\nhost={host}\ninsecure=port,invite\nqualify=yes\ndisallow=all\nallow=ulaw"


def wait_until(condition, seconds: float) -> bool:
    """Whether the condition came true within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.2)
    return False


def plain_route(prefix: str, *trunks: str, tech: str = "SIP") -> str:
    """A dialplan entry in VICIdial's manner: one Dial after the other, no thought of what the first one's end meant."""
    number = f"${{EXTEN:{len(prefix)}}}"
    strings = [f"PJSIP/{number}@{trunk}" if tech == "PJSIP" else f"SIP/{trunk}/{number}" for trunk in trunks]
    dials = [f"Dial({string},${{CAMPDTO}},To)" for string in strings]
    steps = ["AGI(agi://127.0.0.1:4577/call_log)", *dials, "Hangup()"]
    return "\n".join(f"exten => _{prefix}1NXXNXXXXXX,{number},{step}" for number, step in enumerate(steps, 1))
