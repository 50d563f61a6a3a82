# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the stand-in's tests reach into the running lab: commands, SQL, carrier rows of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from support.lab import machines
from support.lab.machines import HOME, ONE
from support.lab.playbooks import SITE

CARRIER_A, CARRIER_B = (trunk["host"] for trunk in SITE["dialer_trunks"])


class Dialer:
    """One dialer of the lab, with the database behind it."""

    def __init__(self) -> None:
        self.ip = self.sh("sed -n 's/^VARserver_ip *=> *//p' /etc/astguiclient.conf").strip()
        self.tech = "SIP" if "chan_sip.so" in self.cli("module show like chan_sip.so") else "PJSIP"
        self.table = "cid_channels_recent_" + "".join(part.zfill(3) for part in self.ip.split("."))

    def sh(self, command: str, stdin: str = "", check: bool = True) -> str:
        """What a shell command on the dialer prints."""
        return machines.sh(ONE, command, stdin, check)

    def sql(self, statements: str) -> list[list[str]]:
        """Rows of the statements in VICIdial's database as texts; NULL is 'NULL'."""
        return machines.sql(statements)

    def value(self, statement: str) -> str:
        """The first column of the first row."""
        return self.sql(statement)[0][0]

    def cli(self, command: str) -> str:
        """What Asterisk's command line answers."""
        return machines.asterisk(ONE, command)

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


def plain_route(prefix: str, *trunks: str, tech: str = "SIP") -> str:
    """A dialplan entry in VICIdial's manner: one Dial after the other, no thought of what the first one's end meant."""
    number = f"${{EXTEN:{len(prefix)}}}"
    strings = [f"PJSIP/{number}@{trunk}" if tech == "PJSIP" else f"SIP/{trunk}/{number}" for trunk in trunks]
    dials = [f"Dial({string},${{CAMPDTO}},To)" for string in strings]
    steps = ["AGI(agi://127.0.0.1:4577/call_log)", *dials, "Hangup()"]
    return "\n".join(f"exten => _{prefix}1NXXNXXXXXX,{number},{step}" for number, step in enumerate(steps, 1))


@contextmanager
def own_rows(dialer: Dialer) -> Iterator[Callable[..., list[list[str]]]]:
    """Holds the generator's service, so that rounds come when a test asks. Gives a function that inserts carrier rows;
    they and what they generated are taken off afterwards."""
    clean = (
        "DELETE FROM vicidial_server_carriers WHERE carrier_id LIKE 'ZZ%';"
        "DELETE FROM vicidial_conf_templates WHERE template_id LIKE 'ZZ%';"
        f"UPDATE servers SET rebuild_conf_files = 'Y' WHERE server_ip = '{dialer.ip}';"
    )
    dialer.sh(f"{HOME}/standin stop generator")
    dialer.sql(clean)
    try:
        yield lambda *inserts: dialer.sql("".join(inserts))
    finally:
        dialer.sql(clean)
        dialer.generate()
        dialer.sh(f"{HOME}/standin start generator")
