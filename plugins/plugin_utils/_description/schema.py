# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may write: every key with its type, default, limits and meaning. Declarations only, no checks.

``walker.py`` checks a value against a Field; what takes more than one key to judge is in ``plan_checks.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL
from ansible_collections.dialer.trunks.plugins.module_utils._common import vicidial

REQUIRED = object()  # the default of a key that has none

# What a conf file, a dialplan line or a save in VICIdial's admin pages would not take as it stands. Control characters,
# line ends among them, are refused everywhere besides.
# ';' begins a comment, and the admin pages take it out; '\' and "'" go when a dialplan is saved there, '"' when a
# description is; '${' and '$[' are expanded wherever a dialplan reads them; '`' is a command to a shell.
CONF_UNSAFE = (";", "\\", "'", '"', "${", "$[", "`")
DIALPLAN_UNSAFE = (";", "\\", "'", "`")  # for applications, which live on variables, expressions and quotes

MARKS = ("[trunks ", "[dialer.trunks")  # how we know our own peers and rows: nobody else may write them

NAME = r"[A-Za-z][A-Za-z0-9_-]{1,19}"
CONTEXT = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,78}"


@dataclass(frozen=True)
class Field:
    """One key: its kind, its default, what it may hold, and what it means.

    kind: string, digits, integer, number, boolean, choice, list, mapping, settings, address, host or network; the last
    three are strings too. batch, a number or a percentage of hosts as Ansible's serial takes it, is for OTHERS only.
    ``choices`` are allowed besides the kind ('all' or a list), and instead of it where kind is
    'choice'. ``pattern`` must match the whole string, and ``allowed`` says in words what that comes to.
    """

    kind: str
    description: str
    default: Any = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    allowed: str = ""
    forbidden: tuple[str, ...] = CONF_UNSAFE
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = None
    min_items: int = 0
    max_items: int | None = None
    unique: bool = True  # no item twice
    item: Field | None = None
    keys: Mapping[str, Field] = field(default_factory=dict)
    secret: bool = False  # never quoted in a message
    login: bool = False  # not quoted where it looks like user:secret
    blanks: bool = False  # may hold blanks (never at its ends)
    empty: bool = True  # may be an empty string


def _port(description: str, default: Any = None) -> Field:
    return Field("integer", description, default, minimum=1, maximum=65535)


# The number is answered, rings or is busy (Q.850): no fail_over_causes may name these.
NEVER_GO_ON: tuple[int, ...] = (16, 17)


def _fail_over_causes(whose: str) -> Field:
    return Field(
        "list",
        f"The hangup causes after which a call of {whose} goes on to the next trunk; default: as docs/routing.md says.",
        (),
        item=Field("integer", "A hangup cause (Q.850).", minimum=1, maximum=127),
    )


QUALIFY = {
    "enabled": Field("boolean", "Send OPTIONS to the trunk and take it out of use while it does not answer.", True),
    "frequency": Field("integer", "Seconds between two OPTIONS.", 60, minimum=1, maximum=86400),
    "timeout": Field("integer", "Milliseconds until an answer is late.", 2000, minimum=1, maximum=60000),
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

_NUMBER = Field(
    "digits", "A number.", "", pattern=r"\+?[0-9]{1,20}", allowed="1 to 20 digits, with or without a + in front"
)

_CARRIERS = Field(
    "string", "A carrier_id.", pattern=r"\S{1,15}", empty=False, allowed="the carrier_id of a row", forbidden=()
)

TRUNK = {
    "name": Field(
        "string",
        "The trunk's name, and its peer's in Asterisk.",
        REQUIRED,
        pattern=NAME,
        empty=False,
        allowed="2 to 20 letters, digits, - and _, the first a letter",
    ),
    "description": Field("string", "Shown to people.", "", max_length=50, blanks=True, forbidden=CONF_UNSAFE + MARKS),
    "protocol": Field("choice", "The protocol that the carrier speaks.", "sip", choices=tuple(BY_PROTOCOL)),
    "host": Field("host", "The carrier's address or name, where calls are sent.", REQUIRED, empty=False),
    "port": _port("The carrier's port; default: 5060, by tls 5061, with protocol iax2 4569."),
    "transport": Field("choice", "The transport of sip and pjsip.", "udp", choices=("udp", "tcp", "tls")),
    "srtp": Field(
        "choice", "Whether the media have to be encrypted; needs transport tls.", "off", choices=("off", "required")
    ),
    "username": Field(
        "string",
        "The name to log in with; without one the carrier knows us by our address.",
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
    "register": Field("boolean", "Send a registration too.", False),
    "codecs": Field(
        "list",
        "The codecs to offer, the best first.",
        ("ulaw", "alaw"),
        min_items=1,
        item=Field("choice", "A codec.", choices=CODECS),
    ),
    "dtmf_mode": Field(
        "choice", "How digits travel.", "rfc2833", choices=("rfc2833", "info", "shortinfo", "inband", "auto")
    ),
    "context": Field(
        "string",
        "Where its inbound calls arrive.",
        "trunkinbound",
        pattern=CONTEXT,
        empty=False,
        allowed="up to 79 letters, digits, _ - and .",
    ),
    "qualify": Field("mapping", "How the dialer watches the trunk.", {}, keys=QUALIFY),
    "max_calls": Field("integer", "Concurrent outbound calls per dialer; 0: no limit.", 0, minimum=0, maximum=100000),
    "max_calls_cluster": Field(
        "integer",
        "Concurrent outbound calls on all dialers together, divided over them; 0: no limit.",
        0,
        minimum=0,
        maximum=100000,
    ),
    "max_calls_per_second": Field(
        "integer",
        "Calls begun per second and dialer; what exceeds it goes to the next trunk; 0: no limit.",
        0,
        minimum=0,
        maximum=200,
    ),
    "cost_per_minute": Field("number", "What a minute costs, in any currency, for least_cost.", None, minimum=0),
    "rates": Field(
        "string",
        "A rate deck for least_cost: a CSV file of prefixes and rates, in the inventory's directory or the playbook's.",
        "",
        pattern=r".*\S",
        max_length=250,
        blanks=True,
        allowed="the path of a file",
    ),
    "caller_id": Field(
        "digits",
        "Forced caller id number; empty: the call's own.",
        "",
        pattern=_NUMBER.pattern,
        allowed=_NUMBER.allowed,
    ),
    "strip": Field("integer", "Digits taken off the number's front.", 0, minimum=0, maximum=20),
    "prefix": Field(
        "digits",
        "What is then put before the number.",
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
    "fail_over_on_forbidden": Field("boolean", "Whether 403 is the trunk's failure, not the number's.", True),
    "fail_over_causes": _fail_over_causes("the trunk"),
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
        "Existing carriers, one for each dialer, whose rows become this trunk's (vicidial mode).",
        (),
        item=_CARRIERS,
    ),
    "settings": Field("settings", "Further options of the protocol, as they are.", None),
}


def _of_the_route(key: str, description: str) -> Field:
    """A trunk's key as a route may set it for its own calls."""
    return replace(TRUNK[key], description=description, default=None)


MEMBER = {
    "name": Field("string", "A trunk's name.", REQUIRED, empty=False),
    "weight": Field("integer", "The trunk's share of the calls, for weighted.", None, minimum=0, maximum=10000),
    "strip": _of_the_route("strip", "Digits taken off the number's front; default: the trunk's."),
    "prefix": _of_the_route("prefix", "What is then put before the number; empty: nothing; default: the trunk's."),
    "number": Field(
        "digits",
        "A fixed number that each call dials instead of its own.",
        None,
        pattern=TRUNK["prefix"].pattern,
        allowed=TRUNK["prefix"].allowed,
        empty=False,
    ),
    "caller_id": _of_the_route("caller_id", "Forced caller ID number; empty: the call's own; default: the trunk's."),
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
        item=_CARRIERS,
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
    "fail_over_causes": _fail_over_causes("each of its trunks that has none of its own"),
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
        pattern=_NUMBER.pattern,
        allowed=_NUMBER.allowed,
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
        "The ports of SIP; those on which the trunks' transports take calls are filtered too, by tls 5061.",
        (5060,),
        min_items=1,
        item=_port("A port."),
    ),
    "phones": Field(
        "list",
        "Where agents' phones register from: networks, or anywhere.",
        None,
        choices=("anywhere",),
        min_items=1,
        item=_NETWORK,
    ),
    "management": Field("list", "Networks that are always let in on SIP.", (), item=_NETWORK),
}

HEALTH = {
    "interval": Field("integer", "Seconds between two looks.", 10, minimum=1, maximum=3600),
    "down_after": Field("integer", "Misses in a row that take a trunk out.", 3, minimum=1, maximum=100),
    "up_after": Field("integer", "Good looks in a row that take it back.", 5, minimum=1, maximum=100),
}

DB = {
    "host": Field("host", "The database's address or name."),
    "port": _port("The database's port."),
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
        "On the host where the database module runs, the file of the authority whose certificate the server must show; "
        "unset: TLS is not required and its certificate not checked.",
        pattern=r"/\S{1,250}",
        empty=False,
        allowed="an absolute path",
    ),
    "check_hostname": Field("boolean", "With ca_cert: whether the certificate must be made out for host.", True),
}

TOP = {
    "dialer_mode": Field("choice", "What the dialers are.", "vicidial", choices=("vicidial", "asterisk")),
    "dialer_trunks": Field("list", "The carriers.", (), item=Field("mapping", "A trunk.", keys=TRUNK)),
    "dialer_routes": Field("list", "The routes.", (), item=Field("mapping", "A route.", keys=ROUTE)),
    "dialer_inbound": Field(
        "list", "Where inbound calls go, in asterisk mode.", (), item=Field("mapping", "A number.", keys=INBOUND)
    ),
    "dialer_rtp": Field("mapping", "The RTP ports; unset: left as they are.", None, keys=RTP),
    "dialer_firewall": Field("mapping", "The firewall.", None, keys=FIREWALL),
    "dialer_health": Field("mapping", "The health monitor.", {}, keys=HEALTH),
    "dialer_db": Field("mapping", "The database; unset: what the dialer's /etc/astguiclient.conf says.", None, keys=DB),
    "dialer_prune": Field("boolean", "Whether what is no longer described goes away.", False),
}

# Other variables of ours, not part of the plan: what they are is checked where they are used.
OTHERS = {
    "dialer_server_ip": Field(
        "address", "The dialer's server_ip in VICIdial; default: ansible_host, else the inventory name.", empty=False
    ),
    "dialer_db_delegate": Field(
        "string", "The host where the database module runs; default: the first dialer of the play.", empty=False
    ),
    "dialer_rollout": Field(
        "list",
        "Sizes of the batches of dialers, as Ansible's serial has them, such as 1, 25%, 100%.",
        ("100%",),
        min_items=1,
        unique=False,
        item=Field("batch", "A number of dialers, or a percentage of them."),
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
        "Seconds after its last step within which a run has to confirm what it changed; 0: it stays in any case.",
        300,
        minimum=0,
    ),
}

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


# Sections of sip.conf, contexts, and peers and globals (TRUNKloop …) of VICIdial: a trunk of that name would be one of
# them. `none` is what a test says instead of a route.
RESERVED_TRUNKS = (
    "general",
    "authentication",
    "globals",
    "default",
    *(name.removeprefix("TRUNK").lower() for name in vicidial.GLOBALS),
    *(name.lower() for name in vicidial.PEERS),
)
RESERVED_ROUTES = ("none",)
