# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable and key of the description with its type, default, limits and meaning. Declarations only, no checks.

The keys of a trunk are in ``trunk_keys.py``, the class Field is in ``fields.py``. ``validate.py`` checks a value
against its Field. What takes more than one key to judge is in ``checks.py``.
"""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.fields import (
    CARRIERS, CONF_UNSAFE, CONTEXT, DIALPLAN_UNSAFE, MARKS, NEVER_GO_ON, NUMBER, REQUIRED, Field, fail_over_causes,
    port)
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.trunk_keys import CODECS, QUALIFY, TRUNK
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.trunk_options import (
    KEEP_REGISTERING, OPTIONS_WITH_A_KEY, PJSIP_DTMF, PJSIP_OBJECTS, PROTOCOL_OPTIONS_WITH_A_KEY, SIP_DTMF, SIP_ONLY,
    SIPS_PORT, URI_OPTIONS, default_port, use_the_key)

__all__ = [  # the whole schema, in whichever file it is declared
    "BREAKER",
    "CODECS",
    "CONF_UNSAFE",
    "DB",
    "FIREWALL",
    "Field",
    "HEALTH",
    "INBOUND",
    "KEEP_REGISTERING",
    "MARKS",
    "MEMBER",
    "NEVER_GO_ON",
    "OPTIONS_WITH_A_KEY",
    "OTHERS",
    "PJSIP_DTMF",
    "PJSIP_OBJECTS",
    "PROTOCOL_OPTIONS_WITH_A_KEY",
    "QUALIFY",
    "REQUIRED",
    "RESERVED_ROUTES",
    "RESERVED_TRUNKS",
    "ROUTE",
    "RTP",
    "SIPS_PORT",
    "SIP_DTMF",
    "SIP_ONLY",
    "TEST",
    "TOP",
    "TRUNK",
    "URI_OPTIONS",
    "default_port",
    "use_the_key",
]


def _of_the_route(key: str, description: str) -> Field:
    """Return a key of a trunk as a route may set it for its own calls."""
    return replace(TRUNK[key], description=description, default=None)


MEMBER = {
    "name": Field("string", "A trunk's name.", REQUIRED, empty=False),
    "weight": Field("integer", "The trunk's share of the calls, for weighted.", None, minimum=0, maximum=10000),
    "strip": _of_the_route("strip", "Digits removed from the front of the number; default: the trunk's."),
    "prefix": _of_the_route(
        "prefix", "What is then added in front of the number; empty: nothing; default: the trunk's."
    ),
    "number": Field(
        "digits",
        "A fixed number that each call dials instead of its own.",
        None,
        pattern=TRUNK["prefix"].pattern,
        allowed=TRUNK["prefix"].allowed,
        empty=False,
    ),
    "caller_id": _of_the_route(
        "caller_id", "The caller ID number to send; empty: that of the call; default: the trunk's."
    ),
    "dial_options": _of_the_route("dial_options", "Options of the Dial application; default: the trunk's."),
    "ring_timeout": Field(
        "integer",
        "Seconds after which an attempt that nobody answers ends; default: no limit of the route's own.",
        None,
        minimum=5,  # a trunk that does not respond at all shows within 4 s, see causes.NO_RESPONSE_AFTER
        maximum=600,
    ),
}

TEST = {
    "dial": Field(
        "digits",
        "What is dialled, prefix and all.",
        REQUIRED,
        pattern=r"[0-9*#+]{1,40}",
        empty=False,
        allowed="digits, * # and +",
    ),
    "reaches": Field("string", "The route that must answer it, or none.", REQUIRED, empty=False),
}

ROUTE = {
    "name": Field(
        "string",
        "The route's name; its context is trunks-route-NAME.",
        REQUIRED,
        empty=False,
        pattern=r"[a-z][a-z0-9_]{1,11}",
        allowed="2 to 12 small letters, digits and _, the first a letter",
    ),
    "enabled": Field(
        "boolean",
        "Whether the route is in use; false: its row waits in VICIdial, inactive, and it has no context.",
        True,
    ),
    "adopt": Field(
        "list",
        "Existing carriers whose dialplan the route takes the place of, once enabled (vicidial mode).",
        (),
        item=CARRIERS,
    ),
    "dial_prefix": Field(
        "digits",
        "What a campaign dials first; empty: nothing, so that the patterns stand for whole numbers.",
        "9",
        pattern=r"[0-9]{1,20}",
        allowed="up to 20 digits",
    ),
    "patterns": Field(
        "list",
        "Asterisk patterns of the numbers, without underscore and dial prefix.",
        ("1NXXNXXXXXX",),
        min_items=1,
        item=Field(
            "digits",
            "A pattern.",
            pattern=r"[0-9XxZzNn*#+.!\[\]-]{1,59}",
            empty=False,
            allowed="an Asterisk pattern without its underscore: digits, X, Z, N, [sets], * # +, and . or ! at its end",
        ),
    ),
    "strategy": Field(
        "choice",
        "The order in which trunks are tried.",
        "priority",
        choices=("priority", "round_robin", "weighted", "least_used", "least_cost"),
    ),
    "trunks": Field(
        "list",
        "The trunks that carry the calls.",
        REQUIRED,
        min_items=1,
        max_items=40,  # what a weighted route chooses from has to fit into one step of the dialplan
        item=Field("mapping", "A trunk of the route.", keys=MEMBER),
    ),
    "max_attempts": Field("integer", "Trunks tried per call; default: all.", None, minimum=1),
    "fail_over_causes": fail_over_causes("each of its trunks that has none of its own"),
    "before_dial": Field(
        "list",
        "Dialplan applications that run first.",
        (),
        unique=False,
        item=Field(
            "string",
            "An application.",
            pattern=r"[A-Za-z][A-Za-z0-9_]*(\(.*\))?",
            empty=False,
            allowed="an application with its arguments, such as AGI(dnc.agi,${EXTEN})",
            forbidden=DIALPLAN_UNSAFE,
            blanks=True,
            max_length=250,
        ),
    ),
    "servers": Field(
        "list",
        "The dialers that have the route: all (those that have one of its trunks), or inventory names.",
        "all",
        choices=("all",),
        min_items=1,
        item=Field("string", "An inventory name.", empty=False),
    ),
    "campaigns": Field(
        "list",
        "Campaigns whose dial prefixes are set to this route.",
        (),
        item=Field(
            "digits",
            "A campaign id.",
            pattern=r"[A-Za-z0-9_-]{1,8}",
            empty=False,
            allowed="1 to 8 letters, digits, - and _",
        ),
    ),
    "tests": Field(
        "list", "Numbers and the route that must answer them.", (), item=Field("mapping", "A test.", keys=TEST)
    ),
}

INBOUND = {
    "did": Field(
        "digits",
        "The number that is called, with or without country code.",
        REQUIRED,
        pattern=NUMBER.pattern,
        allowed=NUMBER.allowed,
        empty=False,
    ),
    "goto": Field(
        "string",
        "Where its calls go: context,exten,priority.",
        REQUIRED,
        empty=False,
        pattern=CONTEXT + r",[A-Za-z0-9_*#+.-]{1,79},([1-9][0-9]*|[A-Za-z_][A-Za-z0-9_-]*)",
        allowed="context,exten,priority, such as ivr,s,1",
    ),
}

RTP = {
    "start": Field("integer", "The first port, even.", 10000, minimum=1024, maximum=65535),
    "end": Field("integer", "The last port.", 20000, minimum=1024, maximum=65535),
    "strict": Field("boolean", "Drop RTP that does not come from the call's other end.", True),
    "rtcp_interval": Field("integer", "Milliseconds between two RTCP reports.", 5000, minimum=500, maximum=60000),
}

_NETWORK = Field("network", "A network.", empty=False)

FIREWALL = {
    "backend": Field("choice", "What filters.", "none", choices=("none", "nftables", "firewalld")),
    "sip_ports": Field(
        "list",
        "The ports of SIP; those on which the trunks' transports listen are filtered too, with tls 5061.",
        (5060,),
        min_items=1,
        item=port("A port."),
    ),
    "phones": Field(
        "list",
        "The networks that agents' phones register from, or anywhere.",
        None,
        choices=("anywhere",),
        min_items=1,
        item=_NETWORK,
    ),
    "management": Field("list", "Networks that may always use SIP.", (), item=_NETWORK),
}

BREAKER = {
    "attempts": Field("integer", "The attempts that are looked at, the last ones.", 20, minimum=2, maximum=1000),
    "window": Field("integer", "Seconds within which they ended.", 60, minimum=1, maximum=3600),
    "failed": Field("integer", "Percent of them that failed by the trunk.", 50, minimum=1, maximum=100),
}

HEALTH = {
    "enabled": Field("boolean", "Whether the monitor runs.", True),
    "interval": Field("integer", "Seconds between two checks.", 10, minimum=1, maximum=3600),
    "down_after": Field("integer", "Failed checks in a row that suspend a trunk.", 3, minimum=1, maximum=100),
    "up_after": Field("integer", "Good checks in a row that put it back in service.", 5, minimum=1, maximum=100),
    "breaker": Field(
        "mapping", "When a trunk is suspended for the attempts that it failed; unset: never.", None, keys=BREAKER
    ),
    "numbers": Field(
        "choice", "How much of a called number the attempt log keeps: 6 digits, none, or all.", "prefix",
        choices=("prefix", "none", "full"),
    ),
    "keep_days": Field("integer", "Days for which the attempt log keeps an attempt.", 90, minimum=1, maximum=3650),
    "keep_mb": Field("integer", "The size of the attempt log in MB; the oldest attempts go first.", 500, minimum=10,
                     maximum=100000),
    "metrics_file": Field(
        "string", "A file for the textfile collector of Prometheus' node_exporter; empty: none.", "",
        pattern=r"|/\S{1,250}\.prom", allowed="an absolute path that ends in .prom, or nothing",
    ),
    "metrics_port": Field("integer", "A port of 127.0.0.1 for Prometheus; 0: none.", 0, minimum=0, maximum=65535),
    "webhook": Field(
        "string", "A URL that gets each change of state as JSON; empty: none.", "", secret=True, forbidden=(),
        pattern=r"|https?://\S{1,500}", max_length=510, allowed="an http or https URL, or nothing",
    ),
    "command": Field(
        "string", "A program that gets each change of state as JSON on its standard input; empty: none.", "",
        pattern=r"|/\S{1,250}", allowed="an absolute path, or nothing",
    ),
}

DB = {
    "host": Field("host", "The database's address or name."),
    "port": port("The database's port."),
    "name": Field(
        "string",
        "The database's name.",
        pattern=r"[A-Za-z0-9_$-]{1,64}",
        empty=False,
        allowed="1 to 64 letters, digits, _ $ and -",
    ),
    "user": Field("string", "The login.", max_length=80, empty=False, forbidden=()),
    "password": Field("string", "The login's password.", secret=True, forbidden=(), blanks=True),
    "ca_cert": Field(
        "string",
        "The CA file, on the host where the database module runs, that the server's certificate is checked with; "
        "unset: TLS is not required and the certificate not checked.",
        pattern=r"/\S{1,250}",
        empty=False,
        allowed="an absolute path",
    ),
    "check_hostname": Field("boolean", "With ca_cert: whether the certificate must be issued for host.", True),
}

TOP = {
    "dialer_mode": Field("choice", "What the dialers run.", "vicidial", choices=("vicidial", "asterisk")),
    "dialer_trunks": Field("list", "The carriers.", (), item=Field("mapping", "A trunk.", keys=TRUNK)),
    "dialer_routes": Field("list", "The routes.", (), item=Field("mapping", "A route.", keys=ROUTE)),
    "dialer_inbound": Field(
        "list", "Where inbound calls go (asterisk mode).", (), item=Field("mapping", "A number.", keys=INBOUND)
    ),
    "dialer_rtp": Field("mapping", "The RTP ports; unset: not changed.", None, keys=RTP),
    "dialer_firewall": Field("mapping", "The firewall.", None, keys=FIREWALL),
    "dialer_health": Field("mapping", "The health monitor; unset: none.", None, keys=HEALTH),
    "dialer_db": Field("mapping", "The database; unset: what the dialer's /etc/astguiclient.conf says.", None, keys=DB),
    "dialer_prune": Field(
        "boolean",
        "Whether trunks and routes that are no longer described are removed, also those of dialers taken out.",
        False,
    ),
}

# Other variables of this collection that are not part of the plan. They are checked where they are used.
OTHERS = {
    "dialer_server_ip": Field(
        "address", "The dialer's server_ip in VICIdial; default: ansible_host, else the inventory name.", empty=False
    ),
    "dialer_db_delegate": Field(
        "string",
        "The host where the database module runs; default: the first dialer of the play that has PyMySQL.",
        empty=False,
    ),
    "dialer_rollout": Field(
        "list",
        "The sizes of the batches of dialers, as for Ansible's serial, such as 1, 25%, 100%.",
        ("100%",),
        min_items=1,
        unique=False,
        item=Field("batch", "A number of dialers, or a percentage of them."),
    ),
    "dialer_rollout_lost": Field(
        "integer",
        "How many dialers of a run may be unreachable or without a running Asterisk; default: see below.",
        minimum=0,
    ),
    "dialer_rollout_call": Field(
        "digits",
        "A number, with its dial prefix, that the first dialer of each batch calls after verify; default: none.",
        pattern=TEST["dial"].pattern,
        allowed=TEST["dial"].allowed,
        empty=False,
    ),
    "dialer_confirm_within": Field(
        "integer",
        "Seconds after its last step within which a run must confirm its changes; 0: no confirmation is needed.",
        300,
        minimum=0,
    ),
}

# Sections of sip.conf, contexts, and peers and globals (TRUNKloop …) of VICIdial: a trunk of that name would replace
# one of them. PJSIP gives an endpoint of the name anonymous the calls of all unknown addresses. `none` is what a test
# has in place of a route.
RESERVED_TRUNKS = (
    "anonymous",
    "general",
    "authentication",
    "globals",
    "default",
    *(name.removeprefix("TRUNK").lower() for name in vicidial.GLOBALS),
    *(name.lower() for name in vicidial.PEERS),
)
RESERVED_ROUTES = ("none",)
