# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A carrier as administrators write it, in every form that adopting reads; and what was written, read as Ansible does."""
from __future__ import annotations

import re
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from support.unit.carrier_rows import ROW as BLANK
from support.unit.inventories import trusted

ROW = {**BLANK, "carrier_name": "North", "carrier_description": "Northtel"}
PEER = "type=peer\nhost=198.18.30.50\nusername=acct\nsecret=s3cret\ninsecure=port,invite\nnat=no\nallow=ulaw\nfromuser=x\nsetvar=a=b\ncontext=trunkinbound"
ENTRY = (
    "exten => _91NXXNXXXXXX,1,AGI(agi://127.0.0.1:4577/call_log)\nexten => _91NXXNXXXXXX,n,Set(X=Y)\n"
    "exten => _91NXXNXXXXXX,n(label),AGI(dnc.agi,${EXTEN:1})\nexten => _91NXXNXXXXXX,n,Dial(SIP/north/${EXTEN:1},,To)\n"
    "exten => _91NXXNXXXXXX,n,Hangup()"
)
KINDS = {
    "sip": {"account_entry": f"[north]\n{PEER}", "dialplan_entry": ENTRY, "globals_string": "NORTH = SIP/north",
            "registration_string": "register => acct:s3cret@198.18.30.50:5060/acct"},
    "sip by a global": {"account_entry": f"[north]\n{PEER}", "dialplan_entry": ENTRY.replace("SIP/north", "${NORTH}"),
                        "globals_string": "NORTH = SIP/north"},
    "sip with a template": {"account_entry": "[north]\ntype=peer\nhost=198.18.30.50\nallow=ulaw", "template_id": "tpl"},
    "iax": {"protocol": "IAX2", "account_entry": f"[north]\n{PEER}",
            "dialplan_entry": ENTRY.replace("SIP/", "IAX2/"), "registration_string": "register => acct:s3cret@198.18.30.50"},
    "pjsip": {"protocol": "PJSIP", "dialplan_entry": ENTRY.replace("SIP/north/${EXTEN:1}", "PJSIP/${EXTEN:1}@north"),
              "account_entry": "[north]\ntype=endpoint\naors=north\noutbound_auth=north\nallow=ulaw\nfrom_user=x\n[north]\n"
              "type=aor\ncontact=sip:198.18.30.50:5060\nqualify_frequency=60\n[north]\ntype=auth\nusername=acct\n"
              "password=s3cret\n[north]\ntype=identify\nendpoint=north\nmatch=198.18.30.50\n[north]\ntype=registration\n"
              "server_uri=sip:198.18.30.50\nclient_uri=sip:acct@198.18.30.50\ncontact_user=acct\noutbound_auth=north"},
    "wizard": {"protocol": "PJSIP_WIZ", "account_entry": "[north]\ntype=wizard\nremote_hosts=198.18.30.50\n"
               "endpoint/allow=ulaw\nendpoint/from_user=x\nsends_auth=yes\noutbound_auth/username=acct\n"
               "outbound_auth/password=s3cret"},
}
CAMPAIGNS = [{"campaign_id": "TEST", "dial_prefix": "9", "manual_dial_prefix": "9"},
             {"campaign_id": "OTHER", "dial_prefix": "9", "manual_dial_prefix": "8"}]
FILES = {
    "sip": f"[general]\nnat=no\nregister => acct:s3cret@198.18.30.50\n[tpl](!)\ntype=peer\n[north](tpl)\n{PEER}\ndescription=North",
    "iax2": f"[east]\n{PEER}\ndescription=East",
    "pjsip": KINDS["pjsip"]["account_entry"].replace("north", "south"),
    "wizard": KINDS["wizard"]["account_entry"].replace("north", "west"),
}


def read_back(texts: dict[str, str]) -> dict[str, Any]:
    """The variables that Ansible has from the files, templated, as plain values."""
    loader, variables = DataLoader(), {}
    for name, text in texts.items():
        variables.update(loader.load(trusted(text), f"/inventory/{name}"))
    assert all(name in ("dialer_trunks", "dialer_routes") or re.fullmatch("vault_[a-z0-9_]+", name) for name in variables)
    templar = Templar(loader=loader, variables=variables)
    return {name: templar.template(variables[name]) for name in ("dialer_trunks", "dialer_routes")}
