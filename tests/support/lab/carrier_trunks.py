# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand-written trunks to the lab's carriers, in files of their own that are taken off again, and calls through them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from support.lab.standin_dialer import CARRIER_A, CARRIER_B, Dialer
from support.waiting import came_true

RESULTS, ENCRYPTED = "/tmp/zz-calls", "/tmp/zz-encrypted"
TRANSPORTS = """
[zz-tcp]
type=transport
protocol=tcp
bind=0.0.0.0:5066

[zz-tls]
type=transport
protocol=tls
bind=0.0.0.0:5067
method=tlsv1_2
cert_file=/etc/asterisk/keys/dialer.crt
priv_key_file=/etc/asterisk/keys/dialer.key
ca_list_file=/etc/asterisk/keys/ca.crt
verify_server=yes
"""


def sip(name: str, host: str, port: int = 5060) -> str:
    return f"[{name}]\ntype=peer\nhost={host}\nport={port}\ninsecure=port,invite\nqualify=yes\ndisallow=all\nallow=ulaw\n\n"


def pjsip(name: str, uri: str, *options: str) -> str:
    lines = "\n".join(options)
    return (f"[{name}]\ntype=aor\ncontact={uri}\nqualify_frequency=10\n\n"
            f"[{name}]\ntype=endpoint\naors={name}\ncontext=trunkinbound\ndisallow=all\nallow=ulaw\n{lines}\n\n")


def iax(name: str, host: str, *options: str) -> str:
    lines = "\n".join(options)
    return f"[{name}]\ntype=peer\nhost={host}\ndisallow=all\nallow=ulaw\nqualify=yes\n{lines}\n\n"


# dial prefix -> its dial string, for the number after the prefix
DIALS = {
    "51": "PJSIP/{}@zz-tls",
    "52": "PJSIP/{}@zz-tcp",
    "53": "IAX2/zz-account/{}",
    "54": "IAX2/zz-address/{}",
    "55": "SIP/zz-answers/{}",
    "56": "PJSIP/{}@zz-answers",
    "57": "PJSIP/{}@zz-udp",
    "58": "PJSIP/{}@zz-plain",
}
FILES = {
    "sip": sip("zz-answers", CARRIER_A, 5070),
    "pjsip": TRANSPORTS
    + pjsip("zz-tls", f"sip:{CARRIER_A}:5061\\;transport=tls", "transport=zz-tls", "media_encryption=sdes")
    + pjsip("zz-plain", f"sip:{CARRIER_B}:5061\\;transport=tls", "transport=zz-tls")
    + pjsip("zz-tcp", f"sip:{CARRIER_B}:5060\\;transport=tcp", "transport=zz-tcp")
    + pjsip("zz-in", f"sip:{CARRIER_B}:5060", "transport=transport-udp", "media_encryption=sdes", "media_encryption_optimistic=yes")
    + f"[zz-in]\ntype=identify\nendpoint=zz-in\nmatch={CARRIER_B}\n\n"
    + pjsip("zz-udp", f"sip:{CARRIER_A}:5060", "transport=transport-udp")
    + pjsip("zz-answers", f"sip:{CARRIER_B}:5070", "transport=transport-udp"),
    "iax": iax("zz-account", CARRIER_A, "username=your_account_1", "secret=lab-secret-a") + iax("zz-address", CARRIER_B)
    + f"[zz-guest]\ntype=user\ncontext=trunkinbound\ndeny=0.0.0.0/0.0.0.0\npermit={CARRIER_B}/255.255.255.255\n",
}
# At answer the trunk's channel tells whether its media is encrypted; a second later the call ends.
LAST_WORDS = (f"Set(FILE({RESULTS},,,al,u)=${{EXTEN}},${{DIALSTATUS}},${{HANGUPCAUSE}},${{DIALEDTIME_MS}},${{ANSWEREDTIME_MS}},"
              "${PROGRESSTIME_MS},${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},tech)})")
DIALPLAN = "[zz-trunks]\n" + "".join(
    f"exten => _{prefix}.,1,HangupCauseClear()\n"
    f" same => n,Dial({dial.format('${EXTEN:2}')},40,gS(1)U(zz-answered^${{EXTEN}}))\n same => n,{LAST_WORDS}\n same => n,Hangup()\n"
    for prefix, dial in DIALS.items()) + """
[zz-answered]
exten => s,1,GotoIf($["${CHANNEL(channeltype)}" != "PJSIP"]?end)
 same => n,Set(FILE(""" + ENCRYPTED + """,,,al,u)=${ARG1},${CHANNEL(rtp,secure)})
 same => n(end),Return()
"""


@dataclass(frozen=True)
class Result:
    """What a Dial left behind. Times in seconds; progress is when the first early media came, 0 without; encrypted: '1', '0' or ''."""

    status: str
    cause: int
    delay: float
    progress: float
    encrypted: str
    tech: str


def has_sip(dialer: Dialer) -> bool:
    """Whether this dialer's Asterisk has chan_sip."""
    return dialer.tech == "SIP"


def load(dialer: Dialer) -> None:
    dialer.cli("dialplan reload")
    dialer.cli("pjsip reload")
    dialer.cli("iax2 reload")
    if has_sip(dialer):
        dialer.cli("sip reload")


@contextmanager
def trunks(dialer: Dialer) -> Iterator[Dialer]:
    """The trunks and their dialplan, loaded and reachable."""
    kinds = [kind for kind in FILES if kind != "sip" or has_sip(dialer)]
    texts = {"extensions": DIALPLAN, **{kind: FILES[kind] for kind in kinds}}
    for kind, text in texts.items():
        dialer.sh(f"cat >/etc/asterisk/zz-{kind}.conf", stdin=text)
        dialer.sh(f"grep -q zz-{kind} /etc/asterisk/{kind}.conf || echo '#include zz-{kind}.conf' >>/etc/asterisk/{kind}.conf")
    dialer.sh(f": >{RESULTS}; : >{ENCRYPTED}")
    try:
        load(dialer)
        assert came_true(lambda: dialer.cli("pjsip show contacts").count("Avail") >= 6, 15), dialer.cli("pjsip show contacts")
        assert came_true(lambda: dialer.cli("iax2 show peers like zz-").count("OK (") == 2, 10)
        if "sip" in texts:
            assert came_true(lambda: "OK (" in dialer.cli("sip show peer zz-answers"), 15)
        yield dialer
    finally:
        for kind in texts:
            dialer.sh(f"sed -i '/zz-{kind}/d' /etc/asterisk/{kind}.conf; rm -f /etc/asterisk/zz-{kind}.conf")
        load(dialer)


def results(dialer: Dialer) -> dict[str, Result]:
    """Dialled number with its prefix -> what became of it, of the calls that have ended."""
    found = {}
    encrypted = dict(line.split(",") for line in dialer.sh(f"cat {ENCRYPTED}").splitlines())
    for line in dialer.sh(f"cat {RESULTS}").splitlines():
        number, status, cause, dialed, answered, progress, tech = line.split(",", 6)
        delay = (int(dialed or 0) - int(answered or 0)) / 1000
        found[number] = Result(status, int(cause or 0), delay, int(progress or 0) / 1000, encrypted.get(number, ""), tech)
    return found


def call(dialer: Dialer, numbers: list[str], seconds: float = 30) -> dict[str, Result]:
    """Calls all numbers (with their prefix) at the same time; what became of each."""
    commands = [f"channel originate Local/{number}@zz-trunks/n application Wait 60" for number in numbers]
    dialer.sh("xargs -d '\\n' -P 4 -n 1 asterisk -rx", stdin="\n".join(commands))
    assert came_true(lambda: set(numbers) <= set(results(dialer)), seconds), set(numbers) - set(results(dialer))
    return results(dialer)
