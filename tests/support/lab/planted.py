# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets that test_secrets.py plants, and where: in the description, in rows, in the operator's files."""

from __future__ import annotations

from support.lab.machines import DIALERS, sh, sql
from support.lab.playbooks import CARRIER_A, CARRIER_B

PLACES = ("secret", "register", "remote", "md5", "pjsip", "pjsip_register", "iax2", "iax2_register", "ours_account", "ours_registration", "foreign_account",
          "foreign_registration", "operator", "database", "bad",
          # in the operator's files, of which nothing but our line is shown
          "file_mysql", "file_shell", "file_dial", "file_ldap", "file_sip", "file_setvar", "file_words", "file_rtp", "file_nft",
          # in rows of others, which are shown and masked
          "row_token", "row_url", "row_mysql", "row_shell", "row_header", "row_setvar", "row_global", "row_words", "row_dial",
          "row_login")
# Unique and harmless to look at: old_secret -> zqOldSecret7 …; md5secret wants 32 hexadecimal digits.
SECRETS = {
    f"{age}_{place}": f"zq{age}{place.replace('_', '')}x71" for age in ("old", "new") for place in PLACES
} | {"old_md5": "71ad0" * 6 + "a1", "new_md5": "71ad0" * 6 + "b2"}


def described(age: str) -> dict:
    """The lab's trunks with this age's secrets in each key that takes one."""
    def secret(place: str) -> str:
        return SECRETS[f"{age}_{place}"]

    return {
        "dialer_trunks": [
            {**CARRIER_A, "username": "your_account_1", "secret": secret("secret"),
             "settings": {"remotesecret": secret("remote"), "md5secret": secret("md5")}},
            {**CARRIER_B, "username": "your_account_2", "secret": secret("register"), "register": True},
            {"name": "carrier_p", "protocol": "pjsip", "host": "198.18.10.10", "username": "your_account_3",
             "secret": secret("pjsip")},
            {"name": "carrier_q", "protocol": "pjsip", "host": "198.18.20.20", "username": "your_account_4",
             "secret": secret("pjsip_register"), "register": True},
            {"name": "carrier_i", "protocol": "iax2", "host": "198.18.10.10", "username": "your_account_5",
             "secret": secret("iax2")},
            {"name": "carrier_j", "protocol": "iax2", "host": "198.18.20.20", "username": "your_account_6",
             "secret": secret("iax2_register"), "register": True},
        ],
    }


def old(place: str) -> str:
    return SECRETS[f"old_{place}"]


# By dialplan, conf files and comments of the operator's own, in forms that masking knows and in one that it cannot.
OPERATORS_FILES = {
    "/etc/asterisk/extensions.conf": f"""
[secretive]
exten => s,1,MYSQL(Connect conn 127.0.0.1 cron {old('file_mysql')} asterisk)
exten => s,2,System(mysql -u cron -p{old('file_shell')} asterisk)
exten => s,3,Dial(SIP/user:{old('file_dial')}@198.18.10.10/1)
""",
    "/etc/asterisk/sip.conf": f"""
[secretive-door]
type=peer
host=198.18.0.201
bindpw={old('file_ldap')}
secret={old('file_sip')}
setvar=X_TOKEN={old('file_setvar')}
; the door opens to whoever says {old('file_words')}
""",
    "/etc/asterisk/rtp.conf": f"; turn server: {old('file_rtp')}\n",
    "/etc/nftables.conf": f"# the word for the portal is {old('file_nft')}\n",
}
KEPT_FILES = "/root/operators-files.tar"


def plant_in_the_operators_files() -> None:
    """Their files as they are without us, with secrets, so that the next run puts our lines into them again."""
    for dialer in DIALERS:
        sh(dialer, f"umask 077; tar -cPf {KEPT_FILES} {' '.join(OPERATORS_FILES)}")
        for path, text in OPERATORS_FILES.items():
            sh(dialer, f"sed -i '/[;#] dialer\\.trunks$/d' {path}; cat >>{path}", stdin=text)


def plant_by_hand() -> None:
    """Secrets that are there before we come: our own rows as somebody saved them, others' rows, the operator's file."""
    statements = [
        "UPDATE vicidial_server_carriers SET account_entry = REPLACE(account_entry, 'secret={0}', 'secret={1}')"
        " WHERE carrier_description LIKE '[dialer.trunks carrier_a@%'".format(
            SECRETS["old_secret"], SECRETS["old_ours_account"]),
        "UPDATE vicidial_server_carriers SET registration_string = REPLACE(registration_string, '{0}', '{1}')"
        " WHERE carrier_description LIKE '[dialer.trunks carrier_b@%'".format(
            SECRETS["old_register"], SECRETS["old_ours_registration"]),
        "INSERT INTO vicidial_server_carriers (carrier_id, carrier_name, registration_string, template_id, account_entry,"
        " protocol, globals_string, dialplan_entry, server_ip, active) VALUES ('SECRETS', 'secrets',"
        " 'register => me:{0}@198.18.20.20:5060/me', '--NONE--', '[secretive]\\ntype=peer\\nhost=198.18.20.20\\nusername=me\\nsecret={1}',"
        " 'SIP', '', '', '198.18.0.11', 'Y')".format(SECRETS["old_foreign_registration"], SECRETS["old_foreign_account"]),
    ]
    steps = (f"Set(X_TOKEN={old('row_token')})", f"Set(R=${{CURL(https://cid.example/next?key={old('row_url')}&to=${{EXTEN:1}})}})",
             f"MYSQL(Connect conn 127.0.0.1 cron {old('row_mysql')} asterisk)", f"System(mysql -u cron -p{old('row_shell')} asterisk)",
             f"Set(CURLOPT(httpheader)=Authorization: Basic {old('row_header')})", "Dial(SIP/tokens/${EXTEN:1},,To)")
    entry = "".join(f"exten => _61NXXNXXXXXX,{number},{step}\n" for number, step in enumerate(steps, start=1))
    tokens = ("[tokens]\ntype=peer\nhost=198.18.10.10\ncontext=trunkinbound\ninsecure=port,invite\nqualify=yes\n"
              f"setvar=APIKEY={old('row_setvar')}", entry, f"CRM_TOKEN = {old('row_global')}", "",
              f"portal me:{old('row_words')}@portal.example")
    others = {
        "TOKENS1": (*tokens, "198.18.0.11", "Y"), "TOKENS2": (*tokens, "198.18.0.12", "Y"),
        "URIDIAL": ("", f"exten => _62NXXNXXXXXX,1,Dial(u7:{old('row_dial')}@198.18.10.10:5060/${{EXTEN:1}},,To)\n", "",
                    f"z1:{old('row_login')}@198.18.20.20:5060/z1", "", "198.18.0.11", "N"),
    }
    statements += [
        "INSERT INTO vicidial_server_carriers (carrier_id, carrier_name, registration_string, template_id, account_entry,"
        f" protocol, globals_string, dialplan_entry, server_ip, active, carrier_description) VALUES ('{name}', 'others',"
        f" '{registration}', '--NONE--', '{account}', 'SIP', '{variables}', '{dialplan}', '{server}', '{active}', '{said}')"
        for name, (account, dialplan, variables, registration, said, server, active) in others.items()]
    sql(";".join(statements))
    sh("dialer1", "cat >>/etc/asterisk/sip.conf", stdin=f"[operators]\ntype=peer\nhost=198.18.0.200\nsecret={SECRETS['old_operator']}\n")
