# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of Asterisk that a trunk's own keys replace, and what differs between the protocols."""

from __future__ import annotations

from typing import Any

# Options that a trunk's own keys replace. Given twice, an option of the peer would contradict the key.
OPTIONS_WITH_A_KEY = {
    "type": "",
    "host": "host",
    "port": "port",
    "transport": "transport",
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
    "sip": {"encryption": "srtp"},
    "pjsip": {
        "media_encryption": "srtp",
        "media_encryption_optimistic": "srtp",
        "outbound_auth": "username",
        "auth": "username",
        "identify_by": "signalling",
    },
    "iax2": {"permit": "signalling", "deny": "signalling", "qualifysmoothing": "qualify", "acl": "signalling"},
}

# Keys that IAX2 has no use for: the values that are allowed all the same, and the reason.
SIP_ONLY = {
    "transport": (("udp",), "IAX2 always uses UDP"),
    "srtp": (("off",), "IAX2 has its own encryption (settings: {encryption: aes128})"),
    "dtmf_mode": ((), "IAX2 has one way of its own to send digits"),
    "media": ((), "IAX2 has no RTP: media use the port of the signalling"),
}
PJSIP_DTMF = {"rfc2833": "rfc4733", "info": "info", "inband": "inband", "auto": "auto"}  # PJSIP's names for them

SIPS_PORT = 5061  # of SIP over TLS (RFC 3261, 19.1.2)


def default_port(protocol: Any, transport: Any) -> int:
    """Return the port that carriers use where a trunk has no ``port``."""
    return 4569 if protocol == "iax2" else SIPS_PORT if transport == "tls" else 5060
