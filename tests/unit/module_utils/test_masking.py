# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils.masking import CHANGED, HIDDEN, is_secret_key, mask, mask_pair

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


@pytest.mark.parametrize("key", ["secret", "md5secret", "remotesecret", "password", "outbound_password", "login_password", "tlsprivatekey"])
def test_keys_that_hold_a_secret(key):
    assert is_secret_key(key)


@pytest.mark.parametrize("key", ["insecure", "username", "host", "description", "settings", "prefix", "codecs"])
def test_keys_that_do_not(key):
    assert not is_secret_key(key)
