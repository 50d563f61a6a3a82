# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Describes the peer of an existing entry of chan_iax2, with its user, as a trunk. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import conf_lines
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import Section
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.options import IAX_DEFAULTS, Pairs, effective
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import (
    Peered, Refused, check_host, login, set_options, set_port, set_qualify)

_ONE_ADDRESS = ("", "32", "255.255.255.255")  # masks of permit


def iax_trunk(found: Sequence[Section], general: Pairs) -> Peered:
    """Return the trunk of an entry's peer, with the user of the same name where there is one. Raises Refused."""
    sections = [section for section in found if not section.template]
    if not sections:
        raise Refused("its account entry defines no peer")
    names = {section.name for section in sections}
    if len(names) > 1:
        raise Refused("it defines several peers, {names}: put each into a carrier of its own",
                      names=", ".join(sorted(names)))
    kinds = {section.last("type").lower(): section for section in sections}
    peer, user = kinds.get("friend") or kinds.get("peer"), kinds.get("user")
    if peer is None or len(kinds) < len(sections):
        raise Refused("[{name}] is not a type=peer, so calls cannot go out by it", name=sections[0].name)
    options = effective(peer, general, "iax2")
    result = Peered({"name": peer.name})
    check_host(peer.name, options)
    trunk = result.trunk
    trunk.update(protocol="iax2", host=options.pop("host"))
    set_port(peer, options, trunk)
    login(options, result, "username")
    set_qualify(options, trunk, (conf_lines.number(str(options["qualifyfreqok"])) or 0) // 1000)
    trunk["codecs"] = options.pop("codecs")
    callers = effective(user, general, "iax2") if user else options
    if user or options["type"] == "friend":
        trunk["context"] = callers["context"]
    if user:
        if callers.get("secret"):
            raise Refused("callers log in to [{name}] with a secret, and a trunk's callers are known by their address",
                          name=user.name)
        networks = [entry for entry in callers.get("permit", []) if entry.partition("/")[2] not in _ONE_ADDRESS]
        if networks:
            raise Refused("[{name}] lets calls in from networks ({networks}), and a trunk lists addresses",
                          name=user.name, networks=", ".join(networks))
        permitted = [entry.partition("/")[0] for entry in callers.get("permit", [])]
        if permitted:
            trunk["signalling"] = permitted
        else:
            result.notes.append(f"[{user.name}] let calls in by its name: they are known by their address alone now")
    elif options["type"] == "friend":
        result.notes.append(f"[{peer.name}] was type=friend: its inbound calls are known by their address alone now")
    else:
        result.notes.append(f"[{peer.name}] was a peer only: calls from {trunk['host']} are let in from now on")
    handled = {*IAX_DEFAULTS, "type", "port", "secret", "description", "permit", "deny", "qualifyfreqnotok", "auth"}
    set_options(options, peer, result, {"transfer": "no"}, handled - {"transfer"}, {})
    if options.get("auth") not in (None, ["md5"]):
        result.trunk.setdefault("settings", {})["auth"] = ",".join(options["auth"])
    return result
