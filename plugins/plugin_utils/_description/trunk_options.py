# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of Asterisk that a trunk's own keys replace, and what differs between the protocols."""

from __future__ import annotations

from typing import Any


def use_the_key(key: str) -> str:
    """Return what to say of an option that a key of the trunk replaces."""
    return f"use the trunk's key {key!r} instead"


# Options that a trunk's own keys replace. Given twice, an option of the peer would contradict the key.
OPTIONS_WITH_A_KEY = {
    "type": "",
    "host": "host",
    "port": "port",
    "protocol": "protocol",
    "username": "username",
    "defaultuser": "username",
    "secret": "secret",
    "password": "secret",
    "register": "register",
    "callbackextension": "register",
    "context": "context",
    "description": "description",
    "allow": "codecs",
    "disallow": "codecs",
    "codecs": "codecs",
    "dtmfmode": "dtmf_mode",
    "dtmf_mode": "dtmf_mode",
    "qualify": "qualify",
    "qualifyfreq": "qualify",
    "qualify_frequency": "qualify",
    "qualify_timeout": "qualify",
    "qualifyfreqok": "qualify",
    "qualifyfreqnotok": "qualify",
    "call-limit": "max_calls",
    "aors": "host",
    "contact": "host",
    "max_calls": "max_calls",
    "enabled": "enabled",
}
# The same, for options of one protocol.
PROTOCOL_OPTIONS_WITH_A_KEY = {
    "sip": {"encryption": "srtp", "transport": "transport"},
    "pjsip": {
        "media_encryption": "srtp",
        "media_encryption_optimistic": "srtp",
        "outbound_auth": "username",
        "auth": "username",
        "identify_by": "signalling",
    },
    "iax2": {
        "permit": "signalling",
        "deny": "signalling",
        "qualifysmoothing": "qualify",
        "acl": "signalling",
        "transport": "transport",
    },
}

# PJSIP's objects beside the endpoint, each a mapping in `settings`, with the options that this collection writes itself
# and why they are refused.
_OWN_TYPE = "each object has its type already"
_OWN_CONTACT = "the only contact of a trunk is its host: nothing may register in its place"
PJSIP_OBJECTS = {
    "aor": {
        "type": _OWN_TYPE,
        "contact": use_the_key("host"),
        "qualify_frequency": use_the_key("qualify"),
        "qualify_timeout": use_the_key("qualify"),
        "max_contacts": _OWN_CONTACT,
        "remove_existing": _OWN_CONTACT,
        "remove_unavailable": _OWN_CONTACT,
    },
    "auth": {"type": _OWN_TYPE, "username": use_the_key("username"), "password": use_the_key("secret")},
    "registration": {
        "type": _OWN_TYPE,
        "server_uri": use_the_key("host"),
        "client_uri": use_the_key("username"),
        "outbound_auth": use_the_key("username"),
        "transport": "write it as settings.transport, which the endpoint and the registration use",
    },
    "identify": {
        "type": _OWN_TYPE,
        "endpoint": use_the_key("name"),
        "match": use_the_key("signalling"),
        "match_header": "a caller could write any header: a trunk is identified by address, see the key 'signalling'",
        "match_request_uri": "a caller could write any URI: a trunk is identified by address, see the key 'signalling'",
    },
}
# What keeps a registration of PJSIP from giving up for good, unless settings say otherwise. By default it stops after
# 10 attempts without a response, and after the first 403, 404 or refused password. After a refusal it tries again every
# 30 minutes: registrars ban after some 5 refused passwords in 10 minutes to an hour.
KEEP_REGISTERING = {"max_retries": "1000000000", "forbidden_retry_interval": "1800", "fatal_retry_interval": "1800"}
# Options that hold SIP URIs, whose parameters begin with ';'. It is written as '\\;', since ';' begins a comment.
URI_OPTIONS = ("outbound_proxy",)

# Keys that IAX2 has no use for: the values that are allowed all the same, and the reason.
SIP_ONLY = {
    "transport": (("udp",), "IAX2 always uses UDP"),
    "srtp": (("off",), "IAX2 has its own encryption (settings: {encryption: aes128})"),
    "dtmf_mode": ((), "IAX2 has one way of its own to send digits"),
    "media": ((), "IAX2 has no RTP: media use the port of the signalling"),
}
# How the values of dtmf_mode are called.
SIP_DTMF = ("rfc2833", "info", "shortinfo", "inband", "auto")
PJSIP_DTMF = {
    "rfc2833": "rfc4733",
    "info": "info",
    "inband": "inband",
    "auto": "auto",
    "auto_info": "auto_info",
    "none": "none",
}

SIPS_PORT = 5061  # of SIP over TLS (RFC 3261, 19.1.2)


def default_port(protocol: Any, transport: Any) -> int:
    """Return the port that carriers use where a trunk has no ``port``."""
    return 4569 if protocol == "iax2" else SIPS_PORT if transport == "tls" else 5060
