# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Asterisk beside the dialer's own, with directories and ports of its own, to see what it makes of a conf file."""
from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping

from support.lab.machines import ONE, sh

HOME = "/tmp/trunks-side"
# The conf files to begin with.
FIRST = {
    "extensions.conf": "[general]\n[globals]\n#tryinclude rows-globals.conf\n[vicidial-auto-external]\n#tryinclude rows-entries.conf\n"
                       "[trunkinbound]\nexten => s,1,Hangup()\n[ivr]\nexten => s,1,Hangup()\n#tryinclude trunks/extensions.conf\n",
    "sip.conf": "[general]\nbindport=5999\nallowguest=no\ntcpenable=yes\ntcpbindaddr=127.0.0.1:5999\ntlsenable=yes\n"
                "tlsbindaddr=127.0.0.1:5997\ntlsdontverifyserver=yes\n#tryinclude rows-registrations-SIP.conf\n"
                "#tryinclude rows-accounts-SIP.conf\n#tryinclude trunks/sip.conf\n",
    "iax.conf": "[general]\nbindport=5998\nbindaddr=127.0.0.1\n#tryinclude rows-registrations-IAX2.conf\n"
                "#tryinclude rows-accounts-IAX2.conf\n#tryinclude trunks/iax.conf\n",
    "rtp.conf": "[general]\n#tryinclude trunks/rtp.conf\n",
    "logger.conf": "[general]\n[logfiles]\nfull => notice,warning,error\n",
    # What the dialplan and the peers need, and nothing that would meet the dialer's own Asterisk.
    # PJSIP has no port of its own to test with: what it makes of its objects is shown by test_kinds.
    "modules.conf": "[modules]\nautoload=yes\nnoload => res_pjsip.so\nnoload => chan_pjsip.so\n"
                    "noload => pbx_dundi.so\nnoload => chan_skinny.so\nnoload => chan_unistim.so\nnoload => chan_mgcp.so\n",
}


def cli(command: str) -> str:
    """What it answers to a command."""
    return sh(ONE, f"asterisk -C {HOME}/etc/asterisk.conf -rx '{command}'")


def write(name: str, text: str) -> None:
    """Writes a conf file, byte by byte."""
    subprocess.run(["podman", "exec", "-i", ONE, "sh", "-c", f"cat > {HOME}/etc/{name}"], input=text.encode(), check=True)


@contextlib.contextmanager
def running(first: Mapping[str, str]) -> Iterator[None]:
    """Starts it with these conf files, and takes it away."""
    directories = "".join(f"{name} => {HOME}/{place}\n" for name, place in (
        ("astetcdir", "etc"), ("astvarlibdir", "lib"), ("astdbdir", "lib"), ("astspooldir", "spool"), ("astrundir", "run"),
        ("astlogdir", "log")))
    texts = {**first, "asterisk.conf": f"[directories]\nastmoddir => @\nastdatadir => /usr/share/asterisk\n{directories}"}
    files = "".join(f"cat > {HOME}/etc/{name} <<'END'\n{text}END\n" for name, text in texts.items())
    sh(ONE, f"rm -rf {HOME}; mkdir -p {HOME}/etc/trunks {HOME}/lib {HOME}/spool {HOME}/run {HOME}/log\n{files}"
            f'sed -i "s|@|$(dirname "$(find /usr/lib -name pbx_config.so)")|" {HOME}/etc/asterisk.conf;'
            f" asterisk -C {HOME}/etc/asterisk.conf; for n in $(seq 100); do"
            f" asterisk -C {HOME}/etc/asterisk.conf -rx 'core waitfullybooted' && exit 0; sleep 0.1; done; cat {HOME}/log/full; exit 1")
    try:
        yield
    finally:
        sh(ONE, f"asterisk -C {HOME}/etc/asterisk.conf -rx 'core stop now'; rm -rf {HOME}")
