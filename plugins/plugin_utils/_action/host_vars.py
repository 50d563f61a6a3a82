# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes plans from Ansible's variables, for all action plugins.

One task writes the rows of many dialers, so that each dialer's description is read with that dialer's own variables,
not with those of the host that the task runs for.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.dialer.trunks.plugins.plugin_utils._action import inventory_files, untemplated
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import addresses, plan, schema
from ansible_collections.dialer.trunks.plugins.plugin_utils._description.model import Plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer import conflicts

GROUP = "dialers"
MODE = "vicidial"  # of a dialer without dialer_mode
TAGS = {*plan.ALL_PARTS, "verify"}
LOGIN = {
    "host": "login_host",
    "port": "login_port",
    "user": "login_user",
    "password": "login_password",
    "name": "login_db",
    "ca_cert": "ca_cert",
    "check_hostname": "check_hostname",
}
OPTIONS = ("mode", "trunks", "routes", "inbound", "rtp", "firewall", "health", "db", "prune")


class Refusal(Exception):
    """The task is refused before anything is changed. Its text is the message for the user."""


class Mistakes(Refusal):
    """The description of a host has mistakes. ``errors``: one sentence each."""

    def __init__(self, host: str, errors: Sequence[str]) -> None:
        count, listed = len(errors), "\n".join(errors)
        super().__init__(
            f"The description of {host} has {count} mistake{'s' if count > 1 else ''}; nothing was touched:\n{listed}"
        )
        self.errors = list(errors)


class Describer:
    """Reads descriptions for one task. ``action``: the action plugin, ``task_vars``: the argument of its run method."""

    def __init__(self, action: Any, task_vars: dict[str, Any]) -> None:
        self._templar = action._templar
        self._task_vars = task_vars
        self.own = task_vars["inventory_hostname"]
        self.dialers = list(task_vars.get("groups", {}).get(GROUP, []))
        self._variables: dict[str, Mapping[str, Any]] = {}
        self._templars: dict[str, Any] = {}

    def variables(self, host: str) -> Mapping[str, Any]:
        """Return the raw variables of a host as this task would see them if it ran for that host.

        They include what the play or the command line sets for all hosts (vault files, extra variables), but not what
        the inventory sets for this task's own host only.
        """
        if host == self.own:
            return self._task_vars
        if host not in self._variables:
            hostvars = self._task_vars["hostvars"]
            own, other = hostvars.raw_get(self.own), dict(hostvars.raw_get(host))
            for key, value in self._task_vars.items():
                if _differ(own[key], value) if key in own else key not in other:
                    other[key] = value
            self._variables[host] = other
        return self._variables[host]

    def get(self, host: str, name: str, default: Any = None) -> Any:
        """Return the templated value of one variable of a host."""
        variables = self.variables(host)
        if name not in variables:
            return default
        if host not in self._templars:  # one for all variables of a host, since each has an environment of its own
            self._templars[host] = self._templar.copy_with_new_env(available_variables=variables)
        return self._templars[host].template(variables[name])

    def results(self, options: Mapping[str, Any], names: Iterable[str]) -> dict[str, dict[str, Mapping[str, Any]]]:
        """Return {host: {name: result}} of all dialers of the play, including lost ones, in the play's order.

        Each of the task's options ``names`` names the variable in which a result was registered; empty without one.
        """
        hosts = self._task_vars.get("ansible_play_hosts_all") or [self.own]
        return {host: {name: self.variables(host).get(options[name]) or {} for name in names} for host in hosts}

    def server_ip(self, host: str) -> str:
        """Return the dialer's server_ip in VICIdial: dialer_server_ip, else ansible_host, else its name."""
        return str(self.get(host, "dialer_server_ip") or self.get(host, "ansible_host") or host)

    def addresses(self) -> list[str]:
        """Return the server_ip of every host of the inventory, in whatever groups it is."""
        hosts = self._task_vars.get("groups", {}).get("all", [])
        return sorted({self.server_ip(host) for host in hosts})

    def description(self, host: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return the host's dialer_* variables, replaced by the task's own options.

        An option that equals the variable of the task's own host, such as a role's default, replaces nothing on other
        hosts.
        """
        found = {name: self.get(host, name) for name in self._names(host)}
        for option in OPTIONS:
            given = self._given(host, option, options)
            if given is not None and (given or found.get("dialer_" + option) is not None):
                found["dialer_" + option] = given
        return found

    def _names(self, host: str) -> list[str]:
        """Return the names of the variables of the host's description, and of unknown ones, sorted."""
        return sorted({name for name in self.variables(host) if name.startswith("dialer_")} - set(schema.OTHERS))

    def _untemplated(self, host: str) -> list[str]:
        """Return a sentence for each text of the host's description that Ansible cannot template or decrypt."""
        variables = self.variables(host)
        template = self._templar.copy_with_new_env(available_variables=variables).template
        return [
            sentence
            for name in self._names(host)
            for sentence in untemplated.mistakes(variables[name], template, variables, (name,))
        ]

    def _given(self, host: str, option: str, options: Mapping[str, Any]) -> Any:
        """Return the task's own option for a host, or None, see C(description)."""
        given = options.get(option)
        own = self.get(self.own, "dialer_" + option) or (MODE if option == "mode" else None)
        return given if host == self.own or given != own else None

    def mode(self, host: str, options: Mapping[str, Any]) -> str:
        """Return the mode of a host: the task's own option, else its variable; see C(description)."""
        return str(self._given(host, "mode", options) or self.get(host, "dialer_mode") or MODE)

    def plan(self, host: str, options: Mapping[str, Any], parts: set[str]) -> plan.Plan:
        """Return the host's plan, limited to what concerns this host. Raises Mistakes."""
        try:
            whole = plan.build(
                self.description(host, options), self.dialers or [host], parts, lambda path: self._read_file(host, path)
            )
        except plan.PlanError as mistakes:
            raise Mistakes(host, mistakes.errors) from None
        except AnsibleError:
            found = self._untemplated(host)
            if not found:
                raise
            raise Mistakes(host, found) from None
        return whole.for_dialer(host)

    def _read_file(self, host: str, path: str) -> str:
        """Return the text of a file that the description names, see C(inventory_files.read)."""
        variables = self.variables(host)
        places = [Path(str(variables[name])) for name in ("inventory_dir", "playbook_dir") if variables.get(name)]
        return inventory_files.read(path, places)

    def found(self, host: str, read: str | None) -> Mapping[str, Any]:
        """Return the result of dialer_info on the host, registered in the variable ``read``; empty without it.

        It is not templated, since a registered result holds no templates.
        """
        return ((self.variables(host).get(read) if read else None) or {}).get("dialer") or {}

    def runs(self, host: str, read: str | None) -> bool:
        """Return False if dialer_info found the host's Asterisk stopped."""
        found = self.found(host, read)
        return not found or bool(found["asterisk"]["running"])

    def foreign_hosts(self, host: str, read: str | None) -> list[str]:
        """Return the addresses of unmanaged peers on the host, which the firewall must not lock out."""
        peers = self.found(host, read).get("peers") or []
        static = (peer["host"] for peer in peers if not peer["managed"] and not peer["dynamic"])
        return [address for address in static if addresses.host(address)]

    def let_in(self, options: Mapping[str, Any], wanted: Plan) -> tuple[list[str], list[str]]:
        """Return (addresses, warnings): the addresses that the firewall of the task's own host accepts besides those of
        its description, namely VICIdial's servers and unmanaged peers; none if the plan filters nothing.

        ``options`` are the task's (carriers, servers, read). They come from databases and dialers, and are checked
        here.
        """
        if wanted.firewall is None or wanted.firewall.phones == "anywhere":
            return [], []
        given = [*((options.get("carriers") or {}).get("servers") or []), *(options.get("servers") or [])]
        servers, warnings = addresses.servers(given)
        return [*servers, *self.foreign_hosts(self.own, options.get("read"))], warnings

    def transports(self, options: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Return the transports that dialer_info found on the task's own host; ``options`` are the task's (read)."""
        return self.found(self.own, options.get("read")).get("transports") or []

    def login(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return C(login) with the dialer_db of the task's own host."""
        return login(options, self.get(self.own, "dialer_db") or {})

    def conflicts(self, host: str, wanted: Plan, read: str | None) -> tuple[list[str], list[str]]:
        """Return (errors, warnings) about what dialer_info found on the host."""
        found = self.found(host, read)
        return conflicts.against_dialer(wanted, found, self.server_ip(host)) if found else ([], [])


def _differ(one: Any, other: Any) -> bool:
    """Return whether two raw values differ. Those that cannot be decrypted are left to who templates them."""
    try:
        return bool(one != other)
    except AnsibleError:
        return False


def login(options: Mapping[str, Any], database: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a database module, with the login of ``database`` (dialer_db) where they have none."""
    given = {option: database[key] for key, option in LOGIN.items() if database.get(key) not in (None, "")}
    return {**given, **options}


def means_trunks(task_vars: Mapping[str, Any]) -> bool:
    """Return whether the run's tags select anything that needs described trunks."""
    return bool(meant_by_tags(task_vars, sorted(plan.PARTS_WITH_TRUNKS)))


def meant_by_tags(task_vars: Mapping[str, Any], wanted: list[str]) -> list[str]:
    """Return the wanted parts that ``--tags`` and ``--skip-tags`` select.

    Tags of other roles and plays are ignored.
    """
    run = set(task_vars.get("ansible_run_tags") or ["all"])
    skipped = set(task_vars.get("ansible_skip_tags") or [])
    narrowed = run & TAGS and "all" not in run
    return [part for part in wanted if part not in skipped and (not narrowed or part in run)]
