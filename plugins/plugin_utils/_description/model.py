# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The structure of a plan: a checked description of trunks and routes with all its defaults."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.dialer.trunks.plugins.plugin_utils._description.fields import MOST_PER_SECOND
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.trunk_options import default_port


class PlanError(ValueError):
    """Raised for a description with mistakes. ``errors`` has a sentence for each, in the document's order; ``mistakes``
    the path of each and its sentence without the path."""

    def __init__(self, errors: list[str], mistakes: Sequence[tuple[tuple[str | int, ...], str]] = ()) -> None:
        super().__init__("\n".join(errors))
        self.errors = list(errors)
        self.mistakes = list(mistakes)


@dataclass(frozen=True)
class Qualify:
    """How the dialer monitors a trunk."""

    enabled: bool
    frequency: int  # seconds between two OPTIONS
    timeout: int  # milliseconds after which a response is late


@dataclass(frozen=True)
class Peer:
    """One peer of a trunk in the channel driver."""

    name: str
    host: str


def further_peers(name: str, host: str, signalling: Iterable[str]) -> list[Peer]:
    """Return the peers that chan_sip needs for a trunk's addresses besides its host: they only let calls in."""
    others = (address for address in signalling if address != host)
    return [Peer(f"{name}.{number}", address) for number, address in enumerate(others, start=2)]


@dataclass(frozen=True)
class Trunk:
    """A trunk of a carrier, with all defaults."""

    name: str
    description: str
    protocol: str
    host: str
    port: int | None  # None: none is written
    transport: str
    srtp: str  # 'off' or 'required'
    username: str
    secret: str
    register: bool
    codecs: tuple[str, ...]
    dtmf_mode: str
    context: str
    qualify: Qualify
    max_calls: int  # per dialer; 0: no limit
    max_calls_cluster: int  # on all dialers together; 0: no limit
    max_calls_per_second: int  # per dialer; 0: no limit
    max_calls_per_second_cluster: int  # on all dialers together; 0: no limit
    cost_per_minute: float | None
    rates: str | None  # the text of its rate deck (rates.py)
    caller_id: str
    strip: int
    prefix: str
    signalling: tuple[str, ...]  # never empty: the host when none is given
    media: tuple[str, ...]  # empty: anywhere
    dial_options: str
    fail_over_on_forbidden: bool
    fail_over_causes: tuple[int, ...]  # empty: the route's
    servers: str | tuple[str, ...]  # 'all', 'cluster' or inventory names
    enabled: bool
    adopt: tuple[str, ...]  # carrier_id of rows to take over
    settings: dict[str, str | tuple[str, ...]]  # of the peer, with PJSIP of the endpoint
    objects: dict[str, dict[str, str | tuple[str, ...]]]  # the same for PJSIP's other objects: aor, auth …
    number: str = ""  # fixed number that is dialled; empty: the call's own. Only in a route, see on_route
    ring_timeout: int = 0  # seconds; 0: none. Only in a route, see on_route
    path: str = field(default="", compare=False)  # its place in the description, for messages

    def __repr__(self) -> str:
        """Return the name alone: a repr appears in logs, and the trunk has a secret."""
        return f"Trunk({self.name!r})"

    @property
    def peers(self) -> tuple[Peer, ...]:
        """The trunk's peers. chan_sip matches an inbound call to one host per peer, so each address that the carrier
        calls from needs a peer: outbound calls use the first one, the others only let calls in. PJSIP and IAX2 have
        lists of addresses."""
        more = further_peers(self.name, self.host, self.signalling) if self.protocol == "sip" else ()
        return (Peer(self.name, self.host), *more)

    @property
    def expected_port(self) -> int:
        """The port that the carrier uses: the given one, else the default of protocol and transport."""
        return self.port or default_port(self.protocol, self.transport)

    @property
    def named_transport(self) -> str:
        """The name of the transport in pjsip.conf that the trunk uses; empty: any that fits."""
        return str(self.settings.get("transport", "")) if self.protocol == "pjsip" else ""

    def is_on(self, dialer: str) -> bool:
        """Return whether the dialer of this inventory name has the trunk."""
        return isinstance(self.servers, str) or dialer in self.servers

    def on_route(self, member: Member) -> Trunk:
        """Return the trunk as a route uses it: what the route sets for it replaces the trunk's own.

        Everything that dials reads these values, never those of ``Plan.trunks``.
        """
        own = {key: getattr(member, key) for key in MEMBER_KEYS if getattr(member, key) is not None}
        if member.number is not None:  # nothing is left of the number that strip and prefix would change
            own.update(strip=0, prefix="")
        return replace(self, **own)

    def for_dialer(self, dialer: str, dialers: Sequence[str]) -> Trunk:
        """Return the trunk with this dialer's share of the limits for all dialers together.

        The first dialers get one call more where it does not divide evenly, so that the shares add up to the limit.
        """
        sharers = [name for name in dialers if self.is_on(name)]
        if dialer not in sharers:
            return self

        def own(limit: int, cluster: int) -> int:
            share, rest = divmod(cluster, len(sharers))
            share += sharers.index(dialer) < rest
            return min(limit, share) if limit and share else limit or share

        return replace(
            self,
            max_calls=own(self.max_calls, self.max_calls_cluster),
            max_calls_per_second=min(
                own(self.max_calls_per_second, self.max_calls_per_second_cluster), MOST_PER_SECOND),
        )


@dataclass(frozen=True)
class Member:
    """A trunk of a route. None: as the trunk itself has it."""

    name: str
    weight: int | None = None
    strip: int | None = None
    prefix: str | None = None
    number: str | None = None
    caller_id: str | None = None
    dial_options: str | None = None
    ring_timeout: int | None = None


# What a route may set for its calls by a trunk.
MEMBER_KEYS = ("strip", "prefix", "number", "caller_id", "dial_options", "ring_timeout")


@dataclass(frozen=True)
class RouteTest:
    """A number and the route that must answer it; ``reaches`` is None when no route may answer it."""

    dial: str
    reaches: str | None


@dataclass(frozen=True)
class Route:
    """Numbers, and the trunks by which they go out."""

    name: str
    enabled: bool
    adopt: tuple[str, ...]  # carrier_id of rows whose dialplan entries it replaces
    dial_prefix: str
    patterns: tuple[str, ...]  # without the underscore and the dial prefix
    strategy: str
    trunks: tuple[Member, ...]
    max_attempts: int  # 1 to the number of trunks
    fail_over_causes: tuple[int, ...]  # empty: causes.py's
    before_dial: tuple[str, ...]
    servers: str | tuple[str, ...]  # 'all' (that have one of its trunks) or inventory names
    campaigns: tuple[str, ...]
    tests: tuple[RouteTest, ...]
    path: str = field(default="", compare=False)  # its place in the description, for messages

    @property
    def extensions(self) -> tuple[str, ...]:
        """The route's patterns as Asterisk extensions: underscore, dial prefix, pattern."""
        return tuple(f"_{self.dial_prefix}{pattern}" for pattern in self.patterns)

    def for_dialer(self, dialer: str, usable: Container[str]) -> Route | None:
        """Return the route with those of its trunks that are ``usable`` there; None when the dialer is without it."""
        members = tuple(member for member in self.trunks if member.name in usable)
        if not members or not (isinstance(self.servers, str) or dialer in self.servers):
            return None
        return replace(self, trunks=members, max_attempts=min(self.max_attempts, len(members)))


@dataclass(frozen=True)
class Goto:
    """A place in the dialplan."""

    context: str
    exten: str
    priority: str


@dataclass(frozen=True)
class Inbound:
    """A number that carriers call, and where its calls go."""

    did: str
    goto: Goto
    numbers: tuple[str, ...]  # the extensions that answer it, see dids.forms
    path: str = field(default="", compare=False)  # its place in the description, for messages


@dataclass(frozen=True)
class Rtp:
    """The range of RTP ports, including both ends, and its options."""

    start: int
    end: int
    strict: bool
    rtcp_interval: int  # milliseconds


@dataclass(frozen=True)
class Firewall:
    """Who may reach SIP and RTP."""

    backend: str
    sip_ports: tuple[int, ...]
    phones: str | tuple[str, ...]  # 'anywhere' or networks
    management: tuple[str, ...]


@dataclass(frozen=True)
class Breaker:
    """When a trunk is suspended for the attempts that it failed."""

    attempts: int
    window: int  # seconds
    failed: int  # percent


@dataclass(frozen=True)
class Health:
    """What the monitor does: when it suspends a trunk, when it is in service again, and what it keeps."""

    interval: int  # seconds
    down_after: int
    up_after: int
    breaker: Breaker | None
    numbers: str
    keep_days: int
    keep_mb: int
    metrics_file: str
    metrics_port: int
    webhook: str
    command: str


@dataclass(frozen=True)
class Db:
    """The login of the database; None: as in the dialer's /etc/astguiclient.conf."""

    host: str | None
    port: int | None
    name: str | None
    user: str | None
    password: str | None
    ca_cert: str | None = None
    check_hostname: bool = True

    def __repr__(self) -> str:
        """Return it without the password."""
        return f"Db(host={self.host!r}, name={self.name!r}, user={self.user!r})"


@dataclass(frozen=True)
class Plan:
    """The whole description, checked and with its defaults."""

    mode: str
    trunks: tuple[Trunk, ...]
    routes: tuple[Route, ...]  # those that are enabled
    resting: tuple[Route, ...]  # those that are not
    inbound: tuple[Inbound, ...]  # always empty in vicidial mode
    rtp: Rtp | None
    firewall: Firewall | None  # None: backend none, or not given
    health: Health | None
    db: Db | None
    prune: bool
    dialers: tuple[str, ...]  # inventory names of all dialers, in the inventory's order
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    def trunk(self, name: str) -> Trunk:
        """Return the trunk of this name; KeyError when there is none."""
        for trunk in self.trunks:
            if trunk.name == name:
                return trunk
        raise KeyError(name)

    def for_dialer(self, name: str) -> Plan:
        """Return the plan of one dialer.

        It has the trunks of this dialer, including disabled ones. Its routes are those with a trunk that is enabled on
        this dialer. They have only such trunks, and make at most that many attempts. A disabled route whose trunks are
        all disabled keeps them: without them, its row would no longer be described, and would stay as it was.
        """
        trunks = tuple(trunk.for_dialer(name, self.dialers) for trunk in self.trunks if trunk.is_on(name))
        usable = {trunk.name for trunk in trunks if trunk.enabled}

        here = {trunk.name for trunk in trunks}
        routes = (route.for_dialer(name, usable) for route in self.routes)
        resting = (route.for_dialer(name, usable) or route.for_dialer(name, here) for route in self.resting)
        return replace(self, trunks=trunks, routes=tuple(filter(None, routes)), resting=tuple(filter(None, resting)))
