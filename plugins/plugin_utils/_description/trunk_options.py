# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of Asterisk that a trunk's keys stand for, and what differs between the protocols."""

from __future__ import annotations

from typing import Any

# Options that a trunk's own keys stand for. A second one in the peer would contradict the first.
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
# The same, for options that one protocol only has.
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

# Keys that mean nothing to IAX2: the values that it bears all the same, and why.
SIP_ONLY = {
    "transport": (("udp",), "IAX2 always travels by udp"),
    "srtp": (("off",), "IAX2 has an encryption of its own (settings: {encryption: aes128})"),
    "dtmf_mode": ((), "IAX2 carries digits itself"),
    "media": ((), "IAX2 has no RTP: its media come by the port of its signalling"),
}
PJSIP_DTMF = {"rfc2833": "rfc4733", "info": "info", "inband": "inband", "auto": "auto"}  # what PJSIP calls them

SIPS_PORT = 5061  # of SIP over TLS (RFC 3261, 19.1.2)


def default_port(protocol: Any, transport: Any) -> int:
    """The port of a trunk that names none."""
    return 4569 if protocol == "iax2" else SIPS_PORT if transport == "tls" else 5060
