# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who gets in at dialer 1: packets are really sent."""
from __future__ import annotations

import contextlib
import json

from support.lab.machines import ONE, asterisk, begin, changed_file, sh
from support.waiting import came_true

DIALER = {"lab": "198.18.0.11", "a": "198.18.10.111"}  # dialer 1 in the lab's own network and in carrier a's
RTP_PORT = 19998
# Sends OPTIONS to an address from a port of its own, three times at most, and prints the answer's first line or nothing.
_OPTIONS = """
import socket, sys
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.connect((sys.argv[1], 5060))
own = "%s:%d" % link.getsockname()
link.settimeout(0.7)
for number in range(3):
  try:
    link.send(("OPTIONS sip:test@{0} SIP/2.0\\r\\nVia: SIP/2.0/UDP {1};branch=z9hG4bK{2}\\r\\nMax-Forwards: 70\\r\\n"
        "From: <sip:test@{1}>;tag=t\\r\\nTo: <sip:test@{0}>\\r\\nCall-ID: {2}@{1}\\r\\nCSeq: 1 OPTIONS\\r\\n"
        "Contact: <sip:test@{1}>\\r\\nContent-Length: 0\\r\\n\\r\\n").format(sys.argv[1], own, number).encode())
    print(link.recv(4000).decode().splitlines()[0])
    break
  except OSError:  # nothing came, or word that nobody may
    pass
"""
# Listens on the RTP port for 6 s, or until `end` comes, and prints who sent what, as JSON.
_LISTEN = f"""
import json, socket, time
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.bind(("0.0.0.0", {RTP_PORT}))
link.settimeout(6)
heard = []
try:
    while "end" not in heard:
        heard.append(link.recvfrom(100)[0].decode())
except socket.timeout:
    pass
print(json.dumps(heard))
"""
# What an operator puts under [general] so that carriers reach chan_sip over TLS.
TLS_LINES = "\\n".join(f"tls{line}" for line in (
    "enable=yes", "bindaddr=0.0.0.0:{port}", "certfile=/etc/asterisk/keys/dialer.crt", "privatekey=/etc/asterisk/keys/dialer.key",
    "cafile=/etc/asterisk/keys/ca.crt"))


def options(machine: str, address: str) -> str:
    """The first line of what the dialer at this address answers to OPTIONS; empty when it does not."""
    return sh(machine, f"python3 - {address}", stdin=_OPTIONS).strip()


def heard_on_rtp_port(*machines: str) -> list[str]:
    """Those of the machines whose packet to a port of the RTP range arrived at dialer 1."""
    listen = begin(["podman", "exec", "-i", "trunks-dialer1", "python3", "-c", _LISTEN])
    assert came_true(lambda: f":{RTP_PORT} " in sh("dialer1", "ss -lun"), 5)
    for machine in machines:
        address = DIALER["lab"] if machine == "dialer2" else DIALER["a"]
        sh(machine, f"echo -n {machine} >/dev/udp/{address}/{RTP_PORT}")
    sh("dialer1", f"echo -n end >/dev/udp/127.0.0.1/{RTP_PORT}")
    return [name for name in json.loads(listen.communicate(timeout=20)[0]) if name != "end"]


def firewall(**changes: object) -> dict:
    """dialer_firewall of the lab, with these keys instead."""
    return {"backend": "nftables", "phones": ["198.18.0.0/24"], "management": ["198.18.0.0/24"], **changes}


def connects(machine: str, address: str, port: int) -> bool:
    """Whether the machine gets a TCP connection to this port within 3 s."""
    return "through" in sh(machine, f"timeout 3 bash -c '</dev/tcp/{address}/{port} && echo through' 2>&1; true")


@contextlib.contextmanager
def chan_sip_takes_calls_by_tls(port: int):
    """chan_sip of dialer 1 listens on this port over TLS; nothing of ours knows of it yet."""
    change = f"sed -i 's#^\\[general\\]#&\\n{TLS_LINES.format(port=port)}#' /etc/asterisk/sip.conf"
    with changed_file(ONE, "/etc/asterisk/sip.conf", change):
        asterisk("dialer1", "sip reload")
        assert came_true(lambda: f":{port} " in sh("dialer1", "ss -ltn"), 10)
        yield
    sh("dialer1", "touch /etc/asterisk/sip.conf")
    asterisk("dialer1", "sip reload")
