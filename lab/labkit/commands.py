# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of `lab/lab`."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from labkit import apt, images, keys, podman, readiness
from labkit.tools import CACHE, LAB, LabError, one_at_a_time, run, say
from labkit.topology import (ASTERISKS, CARRIER_A, CARRIER_B, DB, LABEL, MAX_DIALERS, NETWORKS, PHONE, Host, clashes,
                             dialer, dialers, hosts)

TABLES_BY_SERVER = ("servers", "server_updater", "phones", "vicidial_server_carriers", "vicidial_server_trunks")
REBUILD = "UPDATE servers SET rebuild_conf_files = 'Y';\n"  # each dialer's files name all the others


def need_root() -> None:
    """LabError unless root: bridge networks and nftables need it."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root: it makes bridge networks and installs Debian packages")


def is_up() -> bool:
    """True when podman is there and knows a container of the lab."""
    return bool(shutil.which("podman")) and bool(podman.containers())


def check_addresses(existing: set[str]) -> None:
    """LabError when an interface, route or podman network of others overlaps a lab network that is still to be made."""
    missing = [network for network in NETWORKS if network.name not in existing]
    if not missing:
        return
    in_use: list[tuple[str, str]] = []
    for entry in json.loads(run(["ip", "-json", "-4", "address"]).stdout or "[]"):
        where = f"interface {entry['ifname']}"
        in_use += [(f"{info['local']}/{info['prefixlen']}", where) for info in entry["addr_info"]]
    for entry in json.loads(run(["ip", "-json", "-4", "route"]).stdout or "[]"):
        in_use.append((entry["dst"], f"a route ({entry.get('dev') or entry.get('gateway') or entry.get('type')})"))
    for name in existing - {network.name for network in NETWORKS}:
        for network in json.loads(podman.run_podman(["network", "inspect", name]).stdout):
            in_use += [(subnet["subnet"], f"podman network {name}") for subnet in network.get("subnets") or []]
    found = [text for text in clashes(in_use) if any(text.startswith(network.subnet) for network in missing)]
    if found:
        raise LabError(found[0])


def side_by_side(work: Sequence[Callable[[], None]]) -> None:
    """Run all at the same time; the first LabError is raised when all have ended."""
    errors: list[LabError] = []

    def guarded(call: Callable[[], None]) -> None:
        try:
            call()
        except LabError as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def add_rows(new: Sequence[Host]) -> None:
    """Give the database the rows of these dialers."""
    template = (LAB / "db" / "dialer.sql").read_text(encoding="utf-8")
    text = ""
    for host in new:
        known = dict(host.environment)
        filled = template.replace("@ID@", known["LAB_SERVER_ID"]).replace("@IP@", host.address)
        text += filled.replace("@ASTERISK@", known["LAB_ASTERISK"])
    podman.execute(DB.name, ["mariadb", "asterisk"], stdin=text + REBUILD)


def remove_rows(gone: Sequence[Host]) -> None:
    """Take the rows of dialers that are no more out of the database."""
    text = "".join(f"DELETE FROM {table} WHERE server_ip='{host.address}';\n"
                   for host in gone for table in TABLES_BY_SERVER)
    podman.execute(DB.name, ["mariadb", "asterisk"], stdin=text + REBUILD)


def is_right(host: Host, entry: dict[str, Any]) -> bool:
    """True when this container runs, has not failed, and was made as one would be made now."""
    return (entry["state"] == "running" and entry["image"] == images.name(host.image)
            and entry["labels"].get(LABEL) == podman.recipe(host)
            and not readiness.marker(entry["pid"], "failed").exists())


def up(arguments: argparse.Namespace) -> None:
    """Bring up a lab with so many dialers of this Asterisk, or change the one that runs."""
    need_root()
    count, asterisk = arguments.dialers, arguments.asterisk
    began = time.monotonic()
    apt.install_missing()
    with one_at_a_time():
        existing = podman.networks()
        check_addresses(existing)
        wanted = {host.name: host for host in hosts(count, asterisk)}
        images.ensure(host.image for host in wanted.values())
        keys.ensure()
        have = podman.containers()
        wrong = [name for name, entry in have.items() if name not in wanted or not is_right(wanted[name], entry)]
        if DB.name in wrong:  # the database is new: so must be everything that wrote to it
            wrong = list(have)
        gone = [host for host in dialers(MAX_DIALERS) if host.name in wrong and host.name not in wanted]
        podman.remove(wrong)
        missing = [host for host in wanted.values() if host.name not in have or host.name in wrong]
        for network in NETWORKS:
            if network.name not in existing:
                podman.create_network(network)
        new = [host for host in missing if host.role == "dialer"]
        if DB not in missing and new:  # first: a dialer made anew must not read rows that tell of its former Asterisk
            add_rows(new)
        side_by_side([lambda host=host: podman.start(host, images.name(host.image)) for host in missing])
        if DB in missing:
            readiness.booted([DB.name])
            add_rows(new)
        if gone and DB.name not in wrong:
            remove_rows(gone)
        readiness.booted(list(wanted))
        if missing or gone:
            podman.execute(PHONE.name, ["/lab/phone/dialers", str(count)])
        readiness.carriers_answer((CARRIER_A, CARRIER_B), dialer(1))
        readiness.phone_registered(count)
        say(table(hosts(count, asterisk)))
        outcome = "the lab is up" if missing or gone else "the lab was up already"
        say(f"{outcome} ({time.monotonic() - began:.0f} s)")


def build_images(_arguments: argparse.Namespace) -> None:
    """Have all that `up` needs of the machine, its images and keys, and start nothing."""
    need_root()
    apt.install_missing()
    with one_at_a_time():
        images.ensure(host.image for host in hosts(1, "16"))
        keys.ensure()


def table(wanted: Sequence[Host]) -> str:
    """The running lab as a table for people."""
    rows = [("NAME", "WHAT", "ADDRESSES")]
    standin = "VICIdial stand-in" if readiness.has_standin() else "no stand-in"
    what = {"db": "MariaDB", "carrier": "carrier", "phone": "agent's phone gs101", "stranger": "nobody's friend"}
    for host in wanted:
        version = dict(host.environment).get("LAB_ASTERISK")
        text = f"Asterisk {version}, {standin}" if version else what[host.role]
        rows.append((host.name, text, " ".join(address for _, address in host.addresses)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def down(arguments: argparse.Namespace) -> None:
    """Remove every container and network of the lab; images stay unless --images."""
    need_root()
    if not shutil.which("podman"):
        say("nothing to take down: podman is not installed")
        return
    with one_at_a_time():
        podman.remove(list(podman.containers()))
        existing = podman.networks()
        for network in NETWORKS:
            if network.name in existing:
                podman.run_podman(["network", "rm", "--force", network.name])
        if arguments.images:
            for kind in images.RECIPES:
                for image in images.present(kind):
                    podman.run_podman(["rmi", "--force", image])
            keys.remove()
        images.clean_cache()
        shutil.rmtree(podman.PIDS, ignore_errors=True)
    (CACHE / "lock").unlink(missing_ok=True)
    say("the lab is down")


def running_dialers() -> list[Host]:
    """The dialers that exist now, in order."""
    have = podman.containers()
    return [host for host in dialers(MAX_DIALERS) if host.name in have]


def status(_arguments: argparse.Namespace) -> int:
    """Print what runs; 0 when all of it is well, 3 when the lab is down, 1 otherwise."""
    need_root()
    if not is_up():
        say("the lab is down")
        return 3
    have = podman.containers()
    well = True
    answering: set[str] = set()
    if have.get(dialer(1).name, {}).get("state") == "running":
        answering = readiness.answering([CARRIER_A.address, CARRIER_B.address], dialer(1))
    for host in hosts(max(1, len(running_dialers()))):
        entry = have.get(host.name)
        if entry is None:
            state = "missing"
        elif entry["state"] != "running":
            state = entry["state"]
        elif readiness.marker(entry["pid"], "failed").exists():
            state = "failed: " + readiness.marker(entry["pid"], "failed").read_text(encoding="utf-8").strip()
        elif not readiness.marker(entry["pid"], "ready").exists():
            state = "starting"
        elif host.role == "carrier" and host.address not in answering:
            state = "does not answer OPTIONS"
        else:
            state = "up"
        well = well and state == "up"
        if host.role == "phone" and state == "up":
            state = f"up, registered at {readiness.registrations()} of {len(running_dialers())} dialers"
        say(f"{host.name:18} {' '.join(address for _, address in host.addresses):42} {state}")
    return 0 if well else 1


def container_name(short: str) -> str:
    """`dialer1` and `trunks-dialer1` both name trunks-dialer1; LabError that lists the names for any other."""
    have = podman.containers() if shutil.which("podman") else {}
    for name in (short, f"trunks-{short}"):
        if name in have:
            return name
    raise LabError(f"no container '{short}'; there are: {', '.join(sorted(have)) or 'none, the lab is down'}")


def shell(arguments: argparse.Namespace) -> None:
    """Replace this process by a shell in a container."""
    need_root()
    name = container_name(arguments.name)
    tty = ["--tty"] if sys.stdin.isatty() else []
    os.execvp("podman", [*podman.PODMAN, "exec", "--interactive", *tty, name, "/bin/bash"])


def execute(arguments: argparse.Namespace) -> None:
    """Replace this process by a command in a container."""
    need_root()
    if not arguments.command:
        raise LabError("exec: no command given")
    os.execvp("podman", [*podman.PODMAN, "exec", "--interactive", container_name(arguments.name), *arguments.command])


def auth(arguments: argparse.Namespace) -> None:
    """Set how a carrier knows the dialers."""
    need_root()
    podman.execute(container_name(f"carrier-{arguments.carrier}"), ["/lab/carrier/auth", arguments.mode])


def silence(arguments: argparse.Namespace) -> None:
    """Make a carrier drop all that dialers send it, or end that."""
    need_root()
    podman.execute(container_name(f"carrier-{arguments.carrier}"), ["/lab/carrier/silence", arguments.mode])


def refuse(arguments: argparse.Namespace) -> None:
    """Make a carrier refuse every call with 503, or end that."""
    need_root()
    podman.execute(container_name(f"carrier-{arguments.carrier}"), ["/lab/carrier/refuse", arguments.mode])


def pace(arguments: argparse.Namespace) -> None:
    """Set how often the generators of all dialers that run now look for changes."""
    need_root()
    setting = f"generator_period = {arguments.seconds}"
    script = f"sed -i '/^generator_period/d' /etc/standin.conf; echo '{setting}' >> /etc/standin.conf"
    for host in running_dialers():
        podman.execute(host.name, ["sh", "-c", script])


def inventory(_arguments: argparse.Namespace) -> None:
    """Print an Ansible inventory of the dialers that run."""
    need_root()
    found = running_dialers() if shutil.which("podman") else []
    if not found:
        raise LabError("the lab is down")
    lines = ["---", "all:", "  children:", "    dialers:", "      hosts:"]
    for host in found:
        lines += [f"        {host.name}:", f"          dialer_server_ip: {host.address}"]
    lines += ["      vars:", "        ansible_connection: containers.podman.podman",
              "        ansible_python_interpreter: /usr/bin/python3"]
    say("\n".join(lines))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="lab/lab", description="Dialers, carriers and a database in containers.")
    commands = top.add_subparsers(dest="command_name", required=True, metavar="COMMAND")

    def add(name: str, call: Callable[[argparse.Namespace], int | None], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(call=call)
        return sub

    sub = add("up", up, "bring the lab up, or change its number of dialers or their Asterisk")
    sub.add_argument("--dialers", type=dialer_count, default=2, metavar="N", help=f"1 to {MAX_DIALERS}, default 2")
    sub.add_argument("--asterisk", choices=tuple(ASTERISKS), default="16",
                     help="the dialers' Asterisk: 16 (default; the last Debian's with chan_sip) or 22 (PJSIP and IAX2)")
    add("images", build_images, "build the images of a lab with Asterisk 16, and start nothing")
    add("down", down, "remove all containers and networks").add_argument(
        "--images", action="store_true", help="remove the images as well")
    add("status", status, "show what runs; exit 0 all well, 3 down, 1 otherwise")
    add("shell", shell, "open a shell in a container").add_argument("name", metavar="NAME")
    sub = add("exec", execute, "run a command in a container")
    sub.add_argument("name", metavar="NAME")
    sub.add_argument("command", nargs=argparse.REMAINDER, metavar="CMD")
    sub = add("auth", auth, "how a carrier knows the dialers: by address (default) or by digest on every call")
    sub.add_argument("carrier", choices=("a", "b"))
    sub.add_argument("mode", choices=("address", "digest"))
    sub = add("silence", silence,
              "make a carrier drop all that comes from dialers, as a dead host does (its restart ends that, too)")
    sub.add_argument("carrier", choices=("a", "b"))
    sub.add_argument("mode", choices=("on", "off"))
    sub = add("refuse", refuse,
              "make a carrier refuse every call with 503, while it answers OPTIONS (its restart ends that, too)")
    sub.add_argument("carrier", choices=("a", "b"))
    sub.add_argument("mode", choices=("on", "off"))
    sub = add("pace", pace, "seconds between two visits of the dialers' conf generators (VICIdial's, and at first: 60)")
    sub.add_argument("seconds", type=seconds, metavar="SECONDS")
    add("inventory", inventory, "print an Ansible inventory of the running dialers")
    return top


def dialer_count(text: str) -> int:
    """The value of --dialers."""
    if not text.isdigit() or not 1 <= int(text) <= MAX_DIALERS:
        raise argparse.ArgumentTypeError(f"'{text}': must be a number from 1 to {MAX_DIALERS}")
    return int(text)


def seconds(text: str) -> str:
    """The value of `pace`."""
    if not text.isdigit() or not 1 <= int(text) <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}': must be a number from 1 to 3600")
    return text


def main(argv: Sequence[str]) -> int:
    """Run a command; a LabError is one line on stderr and exit 1."""
    arguments = parser().parse_args(argv)
    try:
        return arguments.call(arguments) or 0
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("lab: interrupted; `lab/lab down` cleans up", file=sys.stderr)
    return 1
