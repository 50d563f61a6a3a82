# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of PJSIP: what a trunk has no key for stays in its settings, by object, with the transport."""
from __future__ import annotations

import pytest
from support.unit.adopt_rows import adopt, row
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import parse, pjsip, write
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused

ENDPOINT = ("[acme]\ntype = endpoint\naors = acme\noutbound_auth = acme\ncontext = trunkinbound\ndisallow = all\nallow = ulaw\n"
            "dtmf_mode = rfc4733\nrtp_symmetric = yes\ndirect_media = no\nidentify_by = ip\n")
AOR = "[acme]\ntype = aor\ncontact = sip:198.18.10.17\nqualify_frequency = 60\nqualify_timeout = 2.0\n"
AUTH = "[acme]\ntype = auth\nauth_type = userpass\nusername = acct\npassword = zqS1\n"
IDENTIFY = "[acme]\ntype = identify\nendpoint = acme\nmatch = 198.18.10.17\n"
REGISTRATION = ("[acme]\ntype = registration\noutbound_auth = acme\nserver_uri = sip:198.18.10.17\n"
                "client_uri = sip:acct@198.18.10.17\ncontact_user = acct\n")
TRUNK = {"name": "acme", "protocol": "pjsip", "host": "198.18.10.17", "codecs": ["ulaw"], "username": "acct", "secret": "zqS1"}


def trunk(endpoint: str = "", aor: str = "", auth: str = "", identify: str = "", registration: str | None = None) -> pjsip.Peered:
    texts = [ENDPOINT + endpoint, AOR + aor, AUTH + auth, IDENTIFY + identify]
    texts += [] if registration is None else [REGISTRATION + registration]
    return pjsip.pjsip_trunk(parse.sections("".join(texts)))


def test_a_plain_carrier_has_no_settings() -> None:
    assert (trunk().trunk, trunk().notes) == (TRUNK, [])
    assert trunk(registration="").trunk == {**TRUNK, "register": True}


@pytest.mark.parametrize(("given", "settings"), [
    (dict(endpoint="transport = transport-wan\n"), {"transport": "transport-wan"}),
    (dict(endpoint="dtls_rekey = 0\nfrom_user = acct\n"), {"dtls_rekey": "0", "from_user": "acct"}),
    (dict(endpoint="rtp_timeout = 0\nmax_audio_streams = 1\nsend_pai = true\n"),
     {"rtp_timeout": "0", "max_audio_streams": "1", "send_pai": "true"}),
    (dict(endpoint="direct_media = off\nrtp_symmetric = 0\n"), {"rtp_symmetric": "no"}),
    (dict(aor="support_path = yes\nauthenticate_qualify = no\n"), {"aor": {"support_path": "yes", "authenticate_qualify": "no"}}),
    (dict(aor="outbound_proxy = sip:198.18.10.1\\;lr\n"), {"aor": {"outbound_proxy": "sip:198.18.10.1;lr"}}),
    (dict(auth="realm = acme.example\n"), {"auth": {"realm": "acme.example"}}),
    (dict(identify="srv_lookups = no\n"), {"identify": {"srv_lookups": "no"}}),
    (dict(registration="retry_interval = 20\nmax_retries = 100\nexpiration = 600\nline = yes\nendpoint = acme\n"),
     {"registration": {"retry_interval": "20", "max_retries": "100", "expiration": "600", "line": "yes"}}),
    (dict(registration="contact_user = 5550100\n"), {"registration": {"contact_user": "5550100"}}),
])
def test_options_without_a_key_are_settings_of_their_object(given: dict, settings: dict) -> None:
    described = trunk(**given).trunk
    assert described.pop("settings") == settings
    assert described == ({**TRUNK, "register": True} if "registration" in given else TRUNK)


def test_a_registration_without_contact_user_keeps_its_extension() -> None:
    text = ENDPOINT + AOR + AUTH + IDENTIFY + REGISTRATION.replace("contact_user = acct\n", "")
    assert pjsip.pjsip_trunk(parse.sections(text)).trunk["settings"] == {"registration": {"contact_user": "s"}}


def test_expirations_of_contacts_that_register_here_mean_nothing_to_a_fixed_one() -> None:
    peered = trunk(aor="maximum_expiration = 3600\nminimum_expiration = 60\ndefault_expiration = 120\nmax_contacts = 1\n")
    assert peered.trunk == TRUNK
    assert peered.notes == ["maximum_expiration, minimum_expiration, default_expiration, max_contacts of its aor are left out: "
                            "they are for contacts that register here"]


def test_a_secret_of_an_object_goes_to_the_vault() -> None:
    text = ENDPOINT + AOR + "[acme]\ntype = auth\nauth_type = md5\nusername = acct\nmd5_cred = zqS1\n" + IDENTIFY
    peered = pjsip.pjsip_trunk(parse.sections(text))
    assert peered.trunk["settings"] == {"auth": {"auth_type": "md5", "md5_cred": "zqS1"}}
    assert peered.secrets == [("settings", "auth", "md5_cred")]


@pytest.mark.parametrize(("given", "why"), [
    (dict(endpoint="aors = other\n"), "its endpoint has aors=other, and its aor is [acme]"),
    (dict(endpoint="outbound_auth = other\n"), "its endpoint has outbound_auth=other, which it does not define"),
    (dict(endpoint="auth = acme\n"), "its endpoint asks callers for a login (auth=), and a trunk's callers are known by their address"),
    (dict(endpoint="dtmf_mode = odd\n"), "a trunk cannot have dtmf_mode=odd"),
    (dict(aor="contact = sip:198.18.10.18\n"), "its aor has 2 contacts, a trunk has one"),
    (dict(registration="server_uri = sip:198.18.10.99\n"), "its registration goes to another host or port than calls do"),
    (dict(registration="server_uri = sip:198.18.10.17\\;transport=tcp\n"), "its registration uses another transport than calls do"),
    (dict(registration="transport = transport-wan\n"), "its registration has transport=transport-wan and its endpoint none"),
    (dict(registration="outbound_auth = other\n"), "its registration has another login (outbound_auth) than calls have"),
])
def test_what_a_trunk_cannot_be_is_left_with_the_reason(given: dict, why: str) -> None:
    with pytest.raises(Refused) as reason:
        trunk(**given)
    assert str(reason.value) == why


@pytest.mark.parametrize(("contact", "port"), [("sip:198.18.10.17", None), ("sip:198.18.10.17:5060", 5060),
                                               ("sip:198.18.10.17:5070\\;transport=tcp", 5070)])
def test_a_port_is_written_where_the_contact_has_one(contact: str, port: int | None) -> None:
    text = ENDPOINT + AOR.replace("sip:198.18.10.17", contact) + AUTH + IDENTIFY
    assert pjsip.pjsip_trunk(parse.sections(text)).trunk.get("port") == port


def test_the_wizard_s_objects_have_its_transport_and_every_line() -> None:
    wizard = ("[acme]\ntype = wizard\ntransport = transport-wan\nremote_hosts = 198.18.10.17\nsends_auth = yes\n"
              "sends_registrations = yes\noutbound_auth/username = acct\noutbound_auth/password = zqS1\n"
              "endpoint/context = trunkinbound\nendpoint/disallow = all\nendpoint/allow = ulaw\nendpoint/rtp_symmetric = yes\n"
              "endpoint/direct_media = no\nendpoint/set_var = A=1\nendpoint/set_var = B=2\nregistration/contact_user = acct\n"
              "registration/retry_interval = 20\naor/qualify_frequency = 15\naor/maximum_expiration = 3600\n")
    peered = pjsip.wizard_trunk(parse.sections(wizard))
    assert peered.trunk == {
        **TRUNK, "register": True, "qualify": {"frequency": 15, "timeout": 3000},
        "settings": {"set_var": ["A=1", "B=2"], "transport": "transport-wan", "registration": {"retry_interval": "20"}}}


EXAMPLE = ENDPOINT.replace("rfc4733", "none") + "transport = transport-udp\n" + AOR + (
    "maximum_expiration = 3600\nminimum_expiration = 60\ndefault_expiration = 120\n") + AUTH + IDENTIFY + REGISTRATION + (
    "retry_interval = 20\nmax_retries = 100\nexpiration = 600\n")


def test_a_carrier_after_vicidial_s_own_documentation_is_adopted_whole() -> None:
    adopted = adopt(row("PJSIPACME", EXAMPLE, protocol="PJSIP",
                        dialplan_entry="exten => _91NXXNXXXXXX,1,Dial(PJSIP/${EXTEN:1}@acme,,To)"))
    assert adopted.left == [] and len(adopted.routes) == 1
    assert "zqS1" not in write.files(adopted)["trunks.yml"]


@pytest.mark.parametrize(("given", "why"), [
    (dict(endpoint="media_encryption = dtls\n"), "a trunk cannot have media_encryption=dtls"),
    (dict(registration="server_uri = sips:198.18.10.17\n"),
     "one of its addresses is a sips: one, and those of a trunk begin with sip: and have transport=tls"),
])
def test_encryption_is_not_lost(given: dict, why: str) -> None:
    test_what_a_trunk_cannot_be_is_left_with_the_reason(given, why)


def test_an_empty_value_takes_back_what_is_before_it() -> None:
    settings = trunk(endpoint="from_user = x\nfrom_domain = d.example\nfrom_user =\n").trunk["settings"]
    assert settings == {"from_domain": "d.example"}


@pytest.mark.parametrize(("dial", "why"), [
    ("PJSIP/${EXTEN:1}@acme", ""),
    ("PJSIP/acme/sip:${EXTEN:1}@198.18.10.17", ""),
    ("PJSIP/acme/sip:${EXTEN:1}@198.18.99.99", "_91NXXNXXXXXX dials acme at another address than that of its contact"),
    ("PJSIP/acme/sip:${EXTEN:1}@198.18.10.17:5080", "_91NXXNXXXXXX dials acme at another address than that of its contact"),
    ("PJSIP/acme/sips:${EXTEN:1}@198.18.10.17",
     "_91NXXNXXXXXX puts a context or a host behind the number, and a trunk can put digits before it only"),
    ("PJSIP/acme/${EXTEN:1}", "_91NXXNXXXXXX dials PJSIP with something that is no SIP address behind the peer, so its calls fail: "
     "write PJSIP/number@peer and run adopt again"),
])
def test_a_dial_of_pjsip_goes_to_the_trunk_s_own_address_or_is_left(dial: str, why: str) -> None:
    adopted = adopt(row("ACME", ENDPOINT + AOR + AUTH + IDENTIFY, protocol="PJSIP",
                        dialplan_entry=f"exten => _91NXXNXXXXXX,1,Dial({dial},,To)"))
    assert [reason for _id, _ip, _part, reason in adopted.left] == ([why] if why else [])
    assert len(adopted.routes) == (not why)


@pytest.mark.parametrize(("dial", "why"), [
    ("IAX2/${EXTEN:1}@acme", "_91NXXNXXXXXX dials an address or a login of its own, which no peer has"),
    ("IAX2/acme/${EXTEN:1}@inbound", "_91NXXNXXXXXX puts a context or a host behind the number, and a trunk can put digits before it only"),
])
def test_what_stands_around_an_at_in_a_dial_of_iax2_is_no_number(dial: str, why: str) -> None:
    iax = "[acme]\ntype=peer\nhost=198.18.10.10\ndisallow=all\nallow=ulaw\n"
    adopted = adopt(row("ACME", iax, protocol="IAX2", dialplan_entry=f"exten => _91NXXNXXXXXX,1,Dial({dial},,To)"))
    assert [reason for _id, _ip, _part, reason in adopted.left] == [why] and adopted.routes == []
