# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders a dialer's plan to text with the roles' templates.

A peer has the same text in both modes: the account entry of a carrier row, or a file. The numbers of generations and
revisions are not known here; the text is stamped when it is stored (``module_utils/_common/revision.py``).
"""
from __future__ import annotations

from functools import lru_cache, partial
from hashlib import sha256
from ipaddress import IPv4Network, collapse_addresses
from pathlib import Path
from typing import Any, Collection, Iterable, Mapping, Sequence

import jinja2

from ansible_collections.dialer.trunks.plugins.module_utils._generation.firewalld import PREFIX
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_PROTOCOL

from ansible_collections.dialer.trunks.plugins.plugin_utils._description import dial_options, rates, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._routing import causes, ordering
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.plan import Plan, Route, Trunk
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.checks import UNTOUCHED_PORTS
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.schema import SIPS_PORT

# The files that are the same on every dialer, whatever is described.
SHIPPED = ("extensions.conf", "capacity.conf", "test-call.conf", "repair.conf", "repair-ready.conf", "repair.agi")

ROLES = Path(__file__).resolve().parents[3] / "roles"

# Values from outside, each filtered to its allowed characters: a name, a number or a reason phrase is code where it is
# inserted into an expression or into an application's arguments.
# The caller ID name is VICIdial's key of the call: letters and digits. It may also be a person's name.
CALL_KEY = "${FILTER(A-Za-z0-9 _.@+,${CALLERID(name)})}"
# The trunk's last SIP response with the carrier's own reason phrase, as "SIP 503 Service Unavailable". VICIdial's
# logger splits its arguments at dashes and commas.
RESPONSE = "${FILTER(A-Za-z0-9 _.:/+,${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},tech)})}"

# How VICIdial's `h` extension passes a call's end to its logger, including two stray parentheses at the end: without
# them the reports get "OK" where they have always had "OK)".
CALL_LOG_END = (
    "AGI(agi://127.0.0.1:4577/call_log--HVcauses--PRI-----NODEBUG-----${HANGUPCAUSE}-----${DIALSTATUS}-----"
    f"${{DIALEDTIME}}-----${{ANSWEREDTIME}}-----{RESPONSE}))"
)

# Records an attempt of a call that test_call placed.
TEST_TRACE = "ExecIf(${trunks_test}?Gosub(trunks-test,attempt,1))"

# The second check of max_calls (context trunks-capacity) is for calls that all saw the last free channel at the same
# time. While more channels than this are free, that would need as many calls between their check and their Dial, which
# no dialer can place. The check is then left out, since every call pays for it.
CAPACITY_MARGIN = 100


def called_number(skipped: int) -> str:
    """Return the called number without its first ``skipped`` digits. Only what a telephone can dial is left."""
    return f"${{FILTER(0-9*#+,${{EXTEN{f':{skipped}' if skipped else ''}}})}}"


def dial_string(trunk: Trunk, skipped: int = 0) -> str:
    """Return the destination of Dial(), for example ``SIP/carrier_a/011${FILTER(0-9*#+,${EXTEN:1})}``: the called
    number without its first ``skipped`` digits (the dial prefix) and those that the trunk strips. Only characters that
    a telephone can dial are kept: ``&`` would dial a second destination, ``@`` another host."""
    skipped += trunk.strip
    number = trunk.number or called_number(skipped)
    if trunk.protocol == "pjsip":
        return f"PJSIP/{trunk.prefix}{number}@{trunk.name}"
    return f"{BY_PROTOCOL[trunk.protocol].name}/{trunk.name}/{trunk.prefix}{number}"


def dial(trunk: Trunk, skipped: int = 0, own: str = "") -> str:
    """Return the Dial() of a trunk of a route. ``own``: the route's own b(), in which the operator's is run.

    Its timeout is the route's ring_timeout, else VICIdial's for a manual call. Without option ``i``, Asterisk would
    follow a carrier's redirection (SIP 3xx) with a call to ``Local/NUMBER@`` the trunk's inbound context, with a number
    that the carrier chooses.
    """
    timeout = trunk.ring_timeout or "${CAMPDTO}"
    options = dial_options.split_subroutine(trunk.dial_options)[0] if own else trunk.dial_options
    return f"Dial({dial_string(trunk, skipped)},{timeout},{options}i{own})"


def attempt_event(route: Route, trunk: str, cause: str = "${HANGUPCAUSE}", deep: int = 1) -> str:
    """Return the UserEvent that publishes one attempt on AMI, with whole seconds.

    Dial sets the milliseconds to the first ringing, to the first progress and since the answer. The number is that of
    the Gosub into the route, so many levels ``deep`` in the stack; in the extension h, the channel has it nowhere else.
    The serial number counts the dialer's attempts; two channels in the same instant may get the same one, since a lock
    would let calls wait for each other.
    """
    serial = "${SET(GLOBAL(TRUNKS_SERIAL)=$[0${GLOBAL(TRUNKS_SERIAL)} + 1])}"
    return (
        f"UserEvent(TrunkAttempt,Route: {route.name},Trunk: {trunk},Attempt: $[0${{trunks_attempts}} + 1],"
        f"Result: ${{DIALSTATUS}},Cause: {cause},Sip: ${{trunks_sip_code}},"
        f"Seconds: $[${{EPOCH}} - 0${{trunks_attempt_started}}],Ring: ${{RINGTIME_MS}},Progress: ${{PROGRESSTIME_MS}},"
        f"Answered: ${{ANSWEREDTIME_MS}},"
        f"Number: ${{FILTER(0-9*#+,${{STACK_PEEK({deep},e,1)}})}},Key: {CALL_KEY},Serial: {serial})"
    )


def option_lines(options: Mapping[str, Any], without: Collection[str] = ()) -> list[str]:
    """Return a line of pjsip.conf for each value of the options, except those in ``without``. A ``;`` would
    begin a comment."""
    return [
        f"{option}={str(value).replace(';', chr(92) + ';')}"
        for option, values in options.items()
        if option not in without
        for value in (values if isinstance(values, tuple) else (values,))
    ]


@lru_cache(maxsize=None)
def environment() -> jinja2.Environment:
    """Return the Jinja environment of all templates: an undefined name is an error, and nothing is escaped."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(ROLES)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    env.filters.update(
        dial=dial, called_number=called_number, causes_expression=causes.expression, option_lines=option_lines
    )
    return env


def template(path: str, **values: Any) -> str:
    """Return the rendered template ``ROLE/templates/...``."""
    return environment().get_template(path).render(**values)


def peer(trunk: Trunk) -> str:
    """Return the trunk's peers in the configuration format of its channel driver."""
    return template(
        f"sip_peers/templates/{trunk.protocol}_peer.conf.j2",
        trunk=trunk,
        dtmf=schema.PJSIP_DTMF,
        keep_registering=schema.KEEP_REGISTERING,
    )


def registration(trunk: Trunk) -> str:
    """Return the trunk's ``register =>`` line without a newline; empty if it does not register, and with PJSIP, where a
    registration is an object like the others."""
    if not trunk.register or trunk.protocol == "pjsip":
        return ""
    return template("sip_peers/templates/register.conf.j2", trunk=trunk).strip()


def route_trunks(plan: Plan, route: Route) -> list[Trunk]:
    """Return the enabled trunks of a route on this dialer, in the route's order and as the route uses them.

    A disabled route may have disabled trunks only; its row is rendered with them.
    """
    usable = {trunk.name: trunk for trunk in plan.trunks if trunk.enabled or not route.enabled}
    return [usable[member.name].on_route(member) for member in route.trunks if member.name in usable]


def dialplan_entry(plan: Plan, route: Route) -> str:
    """Return the dialplan_entry of a route's carrier row."""
    return template("carriers/templates/dialplan_entry.j2", route=route, trunks=route_trunks(plan, route))


def trunk_file(trunk: Trunk) -> str:
    """Return the path of a trunk's file in a generation."""
    return f"{BY_PROTOCOL[trunk.protocol].directory}/{trunk.name}.conf"


def peer_files(plan: Plan) -> dict[str, str]:
    """Return, for asterisk mode, one file per enabled trunk, and for each used protocol the file that includes them."""
    files = {}
    for trunk in plan.trunks:
        if trunk.enabled:
            files[trunk_file(trunk)] = template(
                "sip_peers/templates/trunk.conf.j2", trunk=trunk, peer=peer(trunk), registration=registration(trunk)
            )
            used = BY_PROTOCOL[trunk.protocol]
            files[used.conf] = f"; dialer.trunks: the trunks' peers.\n#tryinclude trunks/{used.directory}/*.conf\n"
    return files


def trunk_steps(
    plan: Plan, route: Route, trunk: Trunk, weights: ordering.Weights | None, used: Mapping[str, bool]
) -> dict[str, str]:
    """Return what the steps of a trunk in its route are rendered from: the condition for the ``slow_path``, ``dial``,
    the ``variables`` that the slow path sets, as MSet() takes them, and the place of the ``own_subroutine``.

    ``used`` tells which variables the route reads: whether any of its trunks has max_calls, a CPS limit, causes of its
    own, a ring_timeout, or is an IAX2 trunk.
    """
    values = {"trunk": trunk.name, "on_403": "fail_over" if trunk.fail_over_on_forbidden else "end"}
    if used["limited"]:
        values["max_calls"] = str(trunk.max_calls)
    if used["iax2"]:
        values["is_iax2"] = "1" if trunk.protocol == "iax2" else ""
    if used["paced"]:
        values["max_cps"] = str(trunk.max_calls_per_second)
    if used["ringing"]:
        values["ring_timeout"] = str(trunk.ring_timeout or "")
    if used["own_causes"]:
        own = trunk.fail_over_causes or route.fail_over_causes
        values["fail_over_causes"] = "|".join(str(cause) for cause in own)
    if weights:
        owner = next((owner for owner in weights.owners if owner.name == trunk.name), None)
        values.update(weight=str(owner.weight if owner else 0), stretch_start=str(owner.start if owner else 0))
    return {
        "slow_path": slow_path(trunk),
        "dial": dial(trunk, own=before(plan, route, trunk)),
        "own_subroutine": own_subroutine(plan, trunk),
        "variables": ",".join(f"trunks_{name}={value}" for name, value in values.items()),
    }


def slow_path(trunk: Trunk) -> str:
    """Return the condition under which a call must not go straight to Dial(): it has made an attempt and the trunk was
    not checked since, the trunk is in cool-down or full, or the channel brings causes or attempts of an earlier call
    (a transferred customer's does). A trunk with a CPS limit is always checked.

    SET() sets a variable, or the trunk's own caller ID, and returns its value: all in one step, see route.conf.j2."""
    ways = [f'"${{GLOBAL(TRUNKS_COOL_DOWN_{trunk.name})}}${{HANGUPCAUSE_KEYS()}}${{trunks_attempts}}" != ""']
    if trunk.max_calls:
        ways.append(f"${{GROUP_COUNT({trunk.name}@trunks)}} >= {trunk.max_calls}")
    first = '"${trunks_attempt_started:0:1}" = "0"' + ("" if trunk.max_calls_per_second else f" & ({' | '.join(ways)})")
    group = f"{trunk.name}@trunks"
    caller = f"${{SET(CALLERID(num)={trunk.caller_id})}}" if trunk.caller_id else ""
    started = f'"${{trunks_attempt_started}}${{SET(OUTBOUND_GROUP_ONCE={group})}}{caller}"'
    return f'{started} = "{group}{trunk.caller_id}" | {first}'


def before(plan: Plan, route: Route, trunk: Trunk) -> str:
    """Return Dial's option b() for what runs on the trunk's new channel before the call is sent.

    After an earlier attempt, even one that was withdrawn at once, that is the repair of VICIdial's channel table, else
    the second check of a trunk's max_calls. Where the operator has a subroutine, a context of the trunk runs that next.
    """
    capacity = "trunks-capacity" if trunk.max_calls else ""
    # Both conditions: a transferred channel may bring the key of another call.
    after = '"${trunks_attempt_started:0:1}" != "0" & "${trunks_call_key}" != ""'
    repair = "trunks-repair" if plan.mode == "vicidial" else ""
    close = f"{trunk.name}^{trunk.max_calls}"
    if own_subroutine(plan, trunk):
        first = f"${{IF($[{after}]?{repair}:{capacity})}}" if repair else capacity
        return f"b(trunks-before-{route.name}-{trunk.name}^s^1({first}))"
    capacity = f"b({capacity}^s^1({close}))" if capacity else ""
    if trunk.max_calls > CAPACITY_MARGIN:
        count = f"${{GROUP_COUNT({trunk.name}@trunks)}}"
        capacity = f"${{IF($[{count} >= {trunk.max_calls - CAPACITY_MARGIN}]?{capacity})}}"
    if not repair:
        return capacity
    return f"${{IF($[{after}]?b({repair}^s^1({close})){':' + capacity if capacity else ''})}}"


def own_subroutine(plan: Plan, trunk: Trunk) -> str:
    """Return the place of the operator's b() that has to run inside the route's own; empty when there is none.

    Dial takes one b(). Where the route has none, the operator's stays an option of Dial.
    """
    needed = plan.mode == "vicidial" or trunk.max_calls
    return dial_options.split_subroutine(trunk.dial_options)[1] if needed else ""


def rate_table(route: Route, trunks: Sequence[Trunk]) -> rates.Table:
    """Return the lookup tables of a route with the strategy least_cost."""
    names = tuple(trunk.name for trunk in trunks)
    decks = tuple(trunk.rates for trunk in trunks)
    return _rate_table(names, decks, tuple(trunk.cost_per_minute for trunk in trunks))


@lru_cache(maxsize=16)
def _rate_table(names: tuple[str, ...], decks: tuple[str | None, ...], flat: tuple[float | None, ...]) -> rates.Table:
    return rates.table(names, [rates.read(deck) if deck else None for deck in decks], flat)


def route_files(plan: Plan, route: Route) -> dict[str, str]:
    """Return the file of a route's context and, if its trunks have rate decks, its lookup tables."""
    files = {}
    trunks = route_trunks(plan, route)
    if route.strategy == "least_cost":
        trunks = ordering.by_cost(trunks)
    order = ordering.template_name(route, trunks)
    weights = ordering.weights(route.trunks) if order == "weighted" else None
    found = {}
    if order == "rated":
        table = rate_table(route, trunks)
        # Named by their content: between the switch to a generation and the reload, calls use the former dialplan.
        digest = sha256(f"{table.nodes}\n{table.orders}".encode()).hexdigest()[:8]
        found = {"path": f"/etc/asterisk/trunks/rates/{route.name}.{digest}", "table": table}
        files[f"rates/{route.name}.{digest}.nodes"] = table.nodes
        files[f"rates/{route.name}.{digest}.orders"] = table.orders
    used = {
        "limited": any(trunk.max_calls for trunk in trunks),
        "paced": any(trunk.max_calls_per_second for trunk in trunks),
        "iax2": any(trunk.protocol == "iax2" for trunk in trunks),
        "own_causes": any(trunk.fail_over_causes or route.fail_over_causes for trunk in trunks),
        "ringing": any(trunk.ring_timeout for trunk in trunks),
    }
    files[f"routes/{route.name}.conf"] = template(
        "dialplan/templates/route.conf.j2",
        route=route,
        trunks=trunks,
        trunk_steps=[trunk_steps(plan, route, trunk, weights, used) for trunk in trunks],
        order=order,
        weights=weights,
        rates=found,
        forced_caller=any(trunk.caller_id for trunk in trunks),
        **used,
        mode=plan.mode,
        causes=causes,
        attempt_event=partial(attempt_event, route),
        test_trace=TEST_TRACE,
        call_log_end=CALL_LOG_END,
        call_key=CALL_KEY,
    )
    return files


def inbound_contexts(plan: Plan) -> list[str]:
    """Return the contexts of the trunks' inbound calls, which include trunks-inbound."""
    return sorted({trunk.context for trunk in plan.trunks if trunk.enabled} - {"trunks-inbound"})


def dialplan_files(plan: Plan) -> dict[str, str]:
    """Return one file per route, and what the routes need."""
    files = {
        "capacity.conf": template("dialplan/templates/capacity.conf.j2", causes=causes),
        "test-call.conf": template("dialplan/templates/test-call.conf.j2", response=RESPONSE),
    }
    for route in plan.routes:
        files.update(route_files(plan, route))
    if plan.mode == "vicidial":
        files["repair.conf"] = template("dialplan/templates/repair.conf.j2")
        files["repair-ready.conf"] = template("dialplan/templates/repair-ready.conf.j2")
        # ansible-test allows no file of a collection with this first line.
        files["repair.agi"] = "#!/usr/bin/perl\n" + (ROLES / "dialplan/files/repair.agi").read_text(encoding="utf-8")
    elif plan.inbound:
        files["inbound.conf"] = template(
            "dialplan/templates/inbound.conf.j2", inbound=plan.inbound, contexts=inbound_contexts(plan)
        )
    return files


def base_files() -> dict[str, str]:
    """Return the files of every generation: the one that the operator's extensions.conf includes."""
    return {"extensions.conf": template("dialplan/templates/extensions.conf.j2")}


def rtp_files(plan: Plan) -> dict[str, str]:
    """Return rtp.conf; nothing without dialer_rtp."""
    return {} if plan.rtp is None else {"rtp.conf": template("rtp/templates/rtp.conf.j2", rtp=plan.rtp)}


def merged(networks: Iterable[str]) -> list[str]:
    """Return the networks as a sorted list without overlaps; single addresses without /32."""
    return [str(network).removesuffix("/32") for network in collapse_addresses(map(IPv4Network, networks))]


def firewall_sources(plan: Plan, servers: Sequence[str]) -> tuple[list[str] | None, list[str] | None]:
    """Return the networks that may send SIP, and those that may send RTP; None for anyone.

    ``servers`` are the addresses of VICIdial's ``servers`` table. RTP is filtered only if every trunk has ``media``.
    """
    if plan.firewall is None or plan.firewall.phones == "anywhere":
        return None, None
    common = [*plan.firewall.phones, *plan.firewall.management, *servers]
    enabled = [trunk for trunk in plan.trunks if trunk.enabled]
    sip = merged(common + [address for trunk in enabled for address in trunk.signalling])
    with_rtp = [trunk for trunk in enabled if trunk.protocol != "iax2"]  # IAX2 sends media on its signalling port
    if plan.rtp is None or not with_rtp or not all(trunk.media for trunk in with_rtp):
        return sip, None
    return sip, merged(common + [network for trunk in with_rtp for network in trunk.media])


def firewall_ports(plan: Plan, transports: Sequence[Mapping[str, Any]] = ()) -> list[int]:
    """Return the SIP ports that the firewall filters: those of the description, and those of the trunks' transports.

    ``transports`` are those of dialer_info; without them, TLS has its default port. IAX2's port is never filtered.
    """
    ports = list(plan.firewall.sip_ports) if plan.firewall else []
    for trunk in plan.trunks:
        if trunk.enabled and trunk.protocol != "iax2":
            wanted = (BY_PROTOCOL[trunk.protocol].name, trunk.transport)
            found = [
                one.get("port")
                for one in transports
                if (one["technology"], one["type"]) == wanted and trunk.named_transport in ("", one.get("name"))
            ]
            ports += list(filter(None, found)) or [SIPS_PORT] * (trunk.transport == "tls")
    return [port for port in dict.fromkeys(ports) if port not in UNTOUCHED_PORTS]


def firewall_files(
    plan: Plan, servers: Sequence[str], transports: Sequence[Mapping[str, Any]] = ()
) -> dict[str, str]:
    """Return the nftables table, or the record of the rules in firewalld; nothing if the backend is none."""
    if plan.firewall is None:
        return {}
    sip_sources, rtp_sources = firewall_sources(plan, servers)
    name = {"nftables": "nftables.conf", "firewalld": "firewalld.rules"}[plan.firewall.backend]
    return {
        name: template(
            f"firewall/templates/{name}.j2",
            sip_ports=firewall_ports(plan, transports),
            rtp=plan.rtp,
            sip_sources=sip_sources,
            rtp_sources=rtp_sources,
            prefix=PREFIX,
        )
    }


def files(
    plan: Plan, part: str, servers: Sequence[str] = (), transports: Sequence[Mapping[str, Any]] = ()
) -> dict[str, str]:
    """Return the files of one part of a generation: {path: text}. ``servers`` and ``transports`` are for the firewall,
    see C(firewall_sources) and C(firewall_ports)."""
    if part == "sip_peers":
        return peer_files(plan) if plan.mode == "asterisk" else {}
    if part == "dialplan":
        return dialplan_files(plan)
    if part == "rtp":
        return rtp_files(plan)
    if part == "firewall":
        return firewall_files(plan, servers, transports)
    raise ValueError(f"no part {part!r}")
