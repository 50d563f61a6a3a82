# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import (
    CHANGED, HIDDEN, LOGINS, is_secret_key, mask, mask_pair)

from support.paths import GOLDEN

LINES_WITH_A_SECRET = [
    "secret=PLANTED",
    "secret => PLANTED",
    "  Secret = PLANTED",
    ";secret=PLANTED",
    ";;secret=PLANTED",
    "# password = PLANTED",
    "secret=PLANTED\r",
    "remotesecret=PLANTED",
    "md5secret=PLANTED",
    "password=PLANTED",
    "outbound_auth/password = PLANTED",
    "md5_cred=PLANTED",
    "pass=PLANTED",
    "VARDB_pass => PLANTED",
    "secret=with;PLANTED",
    "register => user:PLANTED@198.18.10.10:5060/user",
    "register => tls://user:PLANTED@carrier.example.com",
    "register => user@domain:PLANTED@198.18.10.10/user",
    "register => peer?user:PLANTED:authuser@198.18.10.10",
    "register => user:sp aced PLANTED@198.18.10.10",
    ";register=user:PLANTED@198.18.10.10",
    "auth=mark:PLANTED@example.com",
    "auth = mark#PLANTED@example.com",
    "TRUNKloop = IAX2/ASTloop:PLANTED@127.0.0.1:40569",
    "exten => _9X.,n,Dial(SIP/user:PLANTED@198.18.10.10/${EXTEN})",
    "exten => _9X.,n,Dial(SIP/user:PLANTED${X}@198.18.10.10/${EXTEN})",
    "exten => _9X.,n,Dial(IAX2/a:PLANTED@h/${EXTEN}&IAX2/b:PLANTED@i/${EXTEN})",
    "exten => _9X.,n,Dial(u7:PLANTED@198.18.10.10:5060/${EXTEN},,To)",
    "exten => _9X.,n,Dial(OOH323/u7:PLANTED@198.18.10.10/${EXTEN},,To)",
    "exten => _9X.,n,Dial(Motif/${USER}:PLANTED@198.18.10.10/${EXTEN},,To)",
    "exten => _9X.,n,Dial(PJSIP/x/sip:user:PLANTED@198.18.10.10,,To)",
    "client_uri=sip:user:PLANTED@198.18.10.10",
    "exten => s,n,MYSQL(Connect connid 127.0.0.1 user PLANTED asterisk)",
    "exten => s,n,MYSQL(Connect h u PLANTED db)",
    "exten => s,n,System(mysql -u cron -pPLANTED asterisk)",
    "exten => s,n,System(mysql -u cron -p PLANTED asterisk)",
    "exten => s,n,System(mysql -u cron -p'PLANTED and PLANTED' asterisk)",
    "exten => s,n,System(mysql -pmykeyPLANTED asterisk)",
    "exten => s,n,System(mysql --password=PLANTED asterisk)",
    "exten => s,n,System(mysql --password PLANTED asterisk)",
    "exten => s,n,System(sshpass -p PLANTED ssh carrier)",
    "exten => s,n,AGI(lcr.agi,--password,PLANTED)",
    "exten => s,n,AGI(lcr.agi|-p|PLANTED)",
    "exten => s,n,AGI(lcr.agi,id,key=PLANTED)",
    "exten => s,n,AGI(agi://198.18.0.9/lcr?token=PLANTED&to=${EXTEN})",
    "register => user:PLANTED",
    "register => user@domain:PLANTED:login@domain@198.18.10.10",
    "register => a:PLANTED?b@198.18.10.10~60",
    "exten => s,n,System(curl -u me:PLANTED https://example.com)",
    'exten => s,n,System(curl --user "me:PLANTED" https://example.com)',
    'exten => s,n,System(curl -H "Authorization: Basic PLANTED" https://example.com)',
    """exten => s,n,System(curl -d '{"password": "PLANTED"}' https://example.com)""",
    r'exten => s,n,System(curl -d "{\"token\":\"PLANTED\"}" https://example.com)',
    "exten => s,n,SIPAddHeader(Authorization: Bearer PLANTED)",
    "exten => s,n,Set(PJSIP_HEADER(add,X-Api-Key)=PLANTED)",
    "exten => s,n,Set(CURLOPT(httpheader)=Authorization: Basic PLANTED)",
    "exten => s,n,Set(CURLOPT(userpwd)=me:PLANTED)",
    "exten => s,n,Set(X_TOKEN=PLANTED)",
    "exten => s,n,Set(__DB_PASS=PLANTED, PLANTED&PLANTED)",
    "exten => s,n,Set(GLOBAL(API_KEY)=PLANTED)",
    "exten => s,n,Set(HASH(login,token)=PLANTED)",
    'exten => s,n,ExecIf($["${A}" = "1"]?Set(TOKEN=PLANTED):NoOp())',
    "exten => s,n,Set(R=${CURL(https://example.com/next?key=PLANTED&to=${EXTEN:1})})",
    "exten => s,n,Set(R=${CURL(https://example.com/next?a=b&apikey=PLANTED)})",
    "exten => s,n,Set(R=${CURL(https://example.com/next?auth=PLANTED)})",
    "exten => s,n,Set(R=${CURL(https://me:PLANTED@example.com/next)})",
    "exten => s,n,Authenticate(PLANTED)",
    "exten => s,n,DISA(PLANTED,default)",
    "setvar=APIKEY=PLANTED",
    "setvar=X_TOKEN=PLANTED, PLANTED and PLANTED",
    "set_var = __DB_PASS=PLANTED",
    "dbpwd=PLANTED",
    "bindpw => PLANTED",
    "dbpassword=PLANTED",
    "X_AUTH = PLANTED",
    "X_KEY=PLANTED",
    "#exec /usr/bin/conf-of --token PLANTED",
    "CREATE USER 'x' IDENTIFIED BY 'PLANTED'",
]
PLAIN_LINES = [
    "[general]",
    "[carrier_a](!)",
    "description=[trunks @] the secret of success",
    "insecure=port,invite",
    "username=user",
    "register=yes",
    "auth=md5",
    "register => user@198.18.10.10",
    "secret=",
    "; register => is explained in the manual",
    "exten => _91X.,1,AGI(agi://127.0.0.1:4577/call_log)",
    "exten => _91X.,n,Dial(SIP/carrier_a/${EXTEN:1},${CAMPDTO},To)",
    "exten => _91X.,n,Set(OUTBOUND_GROUP_ONCE=carrier_a@trunks)",
    "exten => _91X.,n,Dial(SIP/${EXTEN:1}@carrier_a,,To)",
    "exten => _91X.,n,Dial(SIP/99${EXTEN:1}@carrier_a:5060,${CAMPDTO},To)",
    "exten => _91X.,n,Dial(PJSIP/carrier_a/sip:${EXTEN:1}@198.18.10.10:5060)",
    "exten => _91X.,n,Set(X_TOKEN=${DB(trunks/token)})",
    "exten => _91X.,n,Set(_trunks_call_key=${CALLERID(name)})",
    "exten => _91X.,n,NoOp(${TOKEN:2})",
    "exten => _91X.,n,Set(R=${CURL(https://example.com/next?key=${KEY}&to=${EXTEN:1})})",
    "exten => _91X.,n,MYSQL(Connect connid ${DBHOST} ${DBUSER} ${DBPASS} ${DBNAME})",
    "outbound_auth=carrier_a",
    "auth_type=userpass",
    "requirecalltoken=no",
    "contact=sip:user@198.18.10.10:5060",
    "bypass_media=yes",
    "rekey=0",
    "TRUNKcarrier_a = SIP/carrier_a",
    "#tryinclude trunks/sip.conf ; dialer.trunks",
    "",
]


@pytest.mark.parametrize("line", LINES_WITH_A_SECRET)
def test_a_secret_is_hidden(line):
    for shown in (mask(line), *mask_pair(line, line), *mask_pair("", line), *mask_pair(line, "")):
        assert "PLANTED" not in shown
    assert HIDDEN in mask(line)


@pytest.mark.parametrize("line", PLAIN_LINES)
def test_what_is_no_secret_stays(line):
    assert mask(line) == line
    assert mask_pair(line, line) == (line, line)


@pytest.mark.parametrize("line", [
    "z1:PLANTED@198.18.20.20/z1", "register => z1:PLANTED@198.18.20.20", "register=z1:PLAN PLANTED@198.18.20.20",
    "z1:PLANTED", "register => z1:PLANTED", "z1@domain:PLANTED:login@domain@198.18.20.20:5061/z1~60", "peer?tcp://z1:PLANTED@198.18.20.20",
    "z1:PLANTED?x@198.18.20.20", "z1:PLANTED/PLANTED@198.18.20.20", "udp://z1:PLANTED@198.18.20.20", "tls://z1:PLANTED:auth@198.18.20.20/z1", "z1:x@198.18.20.20\nz2:PLANTED@198.18.20.21",
])
def test_a_login_in_the_column_of_registrations_is_hidden_whatever_stands_before_it(line):
    for shown in (mask(line, LOGINS), *mask_pair(line, line, LOGINS), *mask_pair("", line, LOGINS)):
        assert "PLANTED" not in shown and HIDDEN in mask(line, LOGINS)


def test_nothing_of_our_own_dialplan_is_hidden():
    """What is hidden for looking like a secret makes its diff worth less."""
    files = [path for path in GOLDEN.glob("*/*") if path.suffix == ".conf"] + list(GOLDEN.glob("*/routes/*.conf"))
    assert len(files) > 20
    for path in files:
        assert mask(path.read_text()) == path.read_text(), path


def test_several_secrets_of_a_line_are_hidden_each():
    line = "exten => s,n,System(mysql -u x -pone asterisk -e 'q'; curl -u me:two https://e/?key=three&a=b)"
    assert mask(line) == ("exten => s,n,System(mysql -u x -p(hidden) asterisk -e 'q'; curl -u me:(hidden) "
                          "https://e/?key=(hidden)&a=b)")
    assert mask_pair(line, line.replace("two", "four"))[1].count(CHANGED) == 1


def test_what_surrounds_a_secret_stays():
    assert mask("[a]\nsecret=x\nport=5060\n") == "[a]\nsecret=(hidden)\nport=5060\n"
    assert mask("register => u:x@h:5060/u") == "register => u:(hidden)@h:5060/u"
    assert mask("TRUNKloop = IAX2/ASTloop:x@127.0.0.1:40569") == "TRUNKloop = IAX2/ASTloop:(hidden)@127.0.0.1:40569"


def test_none_is_an_empty_text():
    assert mask(None) == "" and mask_pair(None, None) == ("", "")


def test_a_changed_secret_shows_that_it_changed():
    assert mask_pair("[a]\nsecret=old", "[a]\nsecret=new") == ("[a]\nsecret=(hidden)", "[a]\nsecret=(hidden, changed)")
    old, new = mask_pair("register => u:old@h/u", "register => u:new@h/u")
    assert (old, new) == ("register => u:(hidden)@h/u", "register => u:(hidden, changed)@h/u")


def test_the_same_secret_with_another_line_end_has_not_changed():
    assert mask_pair("secret=same\r\nport=1\r\n", "secret=same\nport=2\n")[1] == "secret=(hidden)\nport=2\n"


def test_a_new_secret_has_not_changed():
    assert CHANGED not in mask_pair("[a]\n", "[a]\nsecret=x\n")[1]


def test_secrets_are_compared_within_their_section():
    old = "[a]\nsecret=1\n[b]\nsecret=2\n[c]\nsecret=3\n"
    new = "[b]\nsecret=2\n[c]\nsecret=4\n"
    assert mask_pair(old, new)[1] == "[b]\nsecret=(hidden)\n[c]\nsecret=(hidden, changed)\n"


def test_two_secrets_in_one_section_are_compared_in_order():
    assert mask_pair("secret=1\nsecret=2", "secret=1\nsecret=3")[1] == "secret=(hidden)\nsecret=(hidden, changed)"


@pytest.mark.parametrize("key", ["secret", "md5secret", "remotesecret", "password", "outbound_password", "login_password",
                                 "tlsprivatekey", "dbpwd", "dbpass", "bindpw", "PW", "api_key", "APIKEY", "X-Auth-Token",
                                 "X_AUTH", "passphrase"])
def test_keys_that_hold_a_secret(key):
    assert is_secret_key(key)


@pytest.mark.parametrize("key", ["insecure", "username", "host", "description", "settings", "prefix", "codecs",
                                 "outbound_auth", "auth", "passthrough", "requirecalltoken", "keyrotate"])
def test_keys_that_do_not(key):
    assert not is_secret_key(key)
