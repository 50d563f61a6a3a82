# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of a trunk. Declarations only, no checks."""

from __future__ import annotations

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.fields import (
    CARRIERS, CONF_UNSAFE, CONTEXT, MARKS, MOST_PER_SECOND, NAME, NUMBER, REQUIRED, Field, fail_over_causes, port)

QUALIFY = {
    "enabled": Field("boolean", "Send OPTIONS to the trunk, and do not use it while it does not respond.", True),
    "frequency": Field("integer", "Seconds between two OPTIONS.", 60, minimum=1, maximum=86400),
    "timeout": Field("integer", "Milliseconds after which a response is late.", 2000, minimum=1, maximum=60000),
}

CODECS = (
    "ulaw",
    "alaw",
    "g722",
    "g723",
    "g726",
    "g726aal2",
    "g729",
    "g719",
    "gsm",
    "ilbc",
    "opus",
    "speex",
    "speex16",
    "speex32",
    "slin",
    "slin12",
    "slin16",
    "slin24",
    "slin32",
    "slin44",
    "slin48",
    "slin96",
    "slin192",
    "lpc10",
    "adpcm",
    "siren7",
    "siren14",
    "silk8",
    "silk12",
    "silk16",
    "silk24",
    "codec2",
)

TRUNK = {
    "name": Field(
        "string",
        "The name of the trunk, and of its peer in Asterisk.",
        REQUIRED,
        pattern=NAME,
        empty=False,
        allowed="2 to 50 letters, digits, - _ and ., the first a letter or a digit",
    ),
    "description": Field("string", "A text for people.", "", max_length=50, blanks=True, forbidden=CONF_UNSAFE + MARKS),
    "protocol": Field("choice", "The protocol that the carrier uses.", "sip", choices=tuple(BY_PROTOCOL)),
    "host": Field("host", "The carrier's address or host name, where calls are sent.", REQUIRED, empty=False),
    "port": port(
        "The carrier's port; unset: none is written, and Asterisk asks DNS for it or takes 5060, with tls 5061, with "
        "protocol iax2 4569."
    ),
    "transport": Field("choice", "The transport of sip and pjsip.", "udp", choices=("udp", "tcp", "tls")),
    "srtp": Field(
        "choice", "Whether media must be encrypted; needs transport tls.", "off", choices=("off", "required")
    ),
    "username": Field(
        "string",
        "The name to log in with; without it the carrier identifies the dialer by its address.",
        "",
        pattern=r"[A-Za-z0-9_.+*#=!-]*",
        max_length=79,
        login=True,
        allowed="letters, digits and _ . + - * # = ! (a realm goes into settings as fromdomain)",
    ),
    "secret": Field(
        "string",
        "The password to log in with.",
        "",
        secret=True,
        max_length=100,
        pattern=r"(?!>).*",
        allowed="something that does not begin with '>'",
    ),
    "register": Field("boolean", "Register with the carrier.", False),
    "codecs": Field(
        "list",
        "The codecs to offer, the best first.",
        ("ulaw", "alaw"),
        min_items=1,
        item=Field("choice", "A codec.", choices=CODECS),
    ),
    "dtmf_mode": Field(
        "choice",
        "How DTMF digits are sent; auto_info and none are PJSIP's, shortinfo is chan_sip's.",
        "rfc2833",
        choices=("rfc2833", "info", "shortinfo", "inband", "auto", "auto_info", "none"),
    ),
    "context": Field(
        "string",
        "The context of its inbound calls.",
        "trunkinbound",
        pattern=CONTEXT,
        empty=False,
        allowed="up to 79 letters, digits, _ - and .",
    ),
    "qualify": Field("mapping", "How the dialer monitors the trunk.", {}, keys=QUALIFY),
    "max_calls": Field("integer", "Concurrent outbound calls per dialer; 0: no limit.", 0, minimum=0, maximum=100000),
    "max_calls_cluster": Field(
        "integer",
        "Concurrent outbound calls on all dialers together, divided among them; 0: no limit.",
        0,
        minimum=0,
        maximum=100000,
    ),
    "max_calls_per_second": Field(
        "integer",
        "Calls started per second and dialer; further calls go to the next trunk; 0: no limit.",
        0,
        minimum=0,
        maximum=MOST_PER_SECOND,
    ),
    "max_calls_per_second_cluster": Field(
        "integer",
        "Calls started per second on all dialers together, divided among them; 0: no limit.",
        0,
        minimum=0,
        maximum=100000,
    ),
    "cost_per_minute": Field(
        "number", "The cost of a minute, in any currency, for least_cost and dialer_health.", None, minimum=0
    ),
    "rates": Field(
        "string",
        "A rate deck, for the same: a CSV file of prefixes and rates, in the inventory's directory or the playbook's.",
        "",
        pattern=r".*\S",
        max_length=250,
        blanks=True,
        allowed="the path of a file",
    ),
    "caller_id": Field(
        "digits",
        "The caller ID number to send; empty: that of the call.",
        "",
        pattern=NUMBER.pattern,
        allowed=NUMBER.allowed,
    ),
    "strip": Field("integer", "Digits removed from the front of the number.", 0, minimum=0, maximum=20),
    "prefix": Field(
        "digits",
        "What is then added in front of the number.",
        "",
        # What a SIP user part, a Dial string and a dialplan line can all hold: not & (a second destination), @ (another
        # host) and / (another peer).
        pattern=r"[A-Za-z0-9*#+_.-]{1,40}",
        allowed="up to 40 letters, digits and * # + - _ .",
    ),
    "signalling": Field(
        "list",
        "The addresses that the carrier may call from, a peer for each; default: the host.",
        (),
        max_items=99,
        item=Field("address", "An address.", empty=False),
    ),
    "media": Field(
        "list",
        "The networks that the carrier sends RTP from; empty: anywhere.",
        (),
        item=Field("network", "A network.", empty=False),
    ),
    "dial_options": Field(
        "string",
        "Options of the Dial application.",
        "To",
        max_length=80,
        pattern=r"([A-Za-z](\([A-Za-z0-9_.^:/*#+-]*\))?)*",
        allowed="letters, each with or without an argument in parentheses and without commas",
    ),
    "fail_over_on_forbidden": Field("boolean", "Whether a 403 is a failure of the trunk, not of the number.", True),
    "fail_over_causes": fail_over_causes("the trunk"),
    "servers": Field(
        "list",
        "The dialers that have the trunk: all, inventory names, or cluster (one row for all).",
        "all",
        choices=("all", "cluster"),
        min_items=1,
        item=Field("string", "An inventory name.", empty=False),
    ),
    "enabled": Field("boolean", "Whether the trunk is in use.", True),
    "adopt": Field(
        "list",
        "Existing carriers, one for each dialer, whose rows become those of this trunk (vicidial mode).",
        (),
        item=CARRIERS,
    ),
    "settings": Field("settings", "Further options of the protocol, written as they are.", None),
}
