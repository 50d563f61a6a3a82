# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An Asterisk that is not root, as Debian's package has it: its user owns /etc/asterisk and the spool, and swaps what is
in there while root works in it. And other local users, who own nothing.

Dialer 1 is a plain Asterisk meanwhile, which runs as the user asterisk.
"""
from __future__ import annotations

import contextlib
import io
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.lab.machines import ONE, sh, standin
from support.lab.playbooks import Run, play, site
from support.lab.running import generation
from support.lab.state import ruleset
from support.paths import ROOT
from support.waiting import wait_until

PLAIN = {"dialer_mode": "asterisk"}
ONLY = ("--limit", ONE)
COMMIT = "Commit the files, or verify that they are in force"
THEIRS = "/etc/asterisk /var/lib/asterisk /var/spool/asterisk /var/log/asterisk"
# Of the administrator; nothing of it is Asterisk's to read, to own or to change.
OUTSIDE = "/srv/outside"
WORDS = "root:$6$administrators-own:19000:0:99999:7:::"

START = """
asterisk -rx 'core stop now' >/dev/null 2>&1
for try in $(seq 100); do pgrep -x asterisk >/dev/null || break; sleep 0.1; done
rm -rf /run/asterisk
install -d -m 0755 %(owner)s /run/asterisk
cd /root && HOME=/root TERM=xterm screen -d -m -S asterisk /usr/sbin/asterisk -vvvgcT %(options)s
for try in $(seq 100); do asterisk -rx 'core waitfullybooted' >/dev/null 2>&1 && exit 0; sleep 0.1; done
exit 1
"""

# Runs as the user asterisk until /tmp/race-over is there. Takes the directory, the end of the names of files that are
# replaced by a link as soon as they are there, and what the link leads to.
SWAP_FILES = """
import os, sys
directory, ends, target = sys.argv[1:]
won = 0
while not os.path.exists("/tmp/race-over"):
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if ends in name and not os.path.islink(path):
            try:
                os.unlink(path)
                os.symlink(target, path)
                won += 1
            except OSError:
                pass
print(won)
"""
# The same with a directory: away and a link in its place, and back, over and over.
SWAP_DIRECTORY = """
import os, random, sys, time
path, target = sys.argv[1:]
won = 0
while not os.path.exists("/tmp/race-over"):
    try:
        os.rename(path, path + ".away")
        os.symlink(target, path)
        won += 1
        time.sleep(random.choice((0.0005, 0.005, 0.05)))
        os.unlink(path)
        os.rename(path + ".away", path)
        time.sleep(random.choice((0.0005, 0.005, 0.05)))
    except OSError:
        time.sleep(0.0001)
print(won)
"""
# Opens the lock as any user may, and keeps it.
HOLD = """
import fcntl, sys, time
try:
    lock = open("/run/dialer-trunks.lock")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("held", flush=True)
    time.sleep(%d)
except OSError as fault:
    print(fault.strerror, flush=True)
"""


def run(*arguments: str, **variables: object) -> Run:
    """site.yml on dialer 1 alone, in asterisk mode."""
    return site(*ONLY, *arguments, extra_vars={**PLAIN, **variables})


def remove() -> Run:
    return site(*ONLY, playbook="playbooks/remove.yml", extra_vars=PLAIN)


def outside() -> str:
    """Everything of the administrator's: owner, mode, content."""
    return sh(ONE, f"find {OUTSIDE} -printf '%p %u %g %m %s %y\\n' | sort; cat {OUTSIDE}/shadow")


def as_user(user: str, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(["podman", "exec", "--user", user, ONE, *command], text=True, stdout=subprocess.PIPE)


@contextlib.contextmanager
def racing(script: str, *arguments: str) -> Iterator[list[str]]:
    """The script runs as Asterisk's user for the time of the block; the list gets what it printed."""
    said: list[str] = []
    sh(ONE, "rm -f /tmp/race-over")
    process = as_user("asterisk", "python3", "-c", script, *arguments)
    try:
        yield said
    finally:
        sh(ONE, "touch /tmp/race-over; chmod 644 /tmp/race-over")
        said.append(process.communicate(timeout=30)[0].strip())


def clean() -> None:
    """Nothing of ours, and the operator's files as they were; whatever an attack has left."""
    sh(ONE, "rm -rf /etc/asterisk/trunks /etc/asterisk/trunks.d* /etc/asterisk/*.new /var/spool/asterisk/.trunks-test*"
              " /var/spool/asterisk/outgoing/* /var/lib/dialer-trunks && cp -a --remove-destination /root/kept/asterisk/. /etc/asterisk/"
              " && cp -a --remove-destination /root/kept/nftables.conf /etc/nftables.conf && nft -f /etc/nftables.conf")
    sh(ONE, "nft delete table inet dialer_trunks 2>/dev/null; asterisk -rx 'dialplan reload'; asterisk -rx 'sip reload'; true")


@pytest.fixture(scope="module", autouse=True)
def plain() -> Iterator[None]:
    """Dialer 1 with an Asterisk that runs as its own user, and nothing of ours; afterwards as it was."""
    assert site(*ONLY, playbook="playbooks/remove.yml").rc == 0
    standin(ONE, "stop")
    sh(ONE, f"find {THEIRS} -printf '%u:%g %p\\n' >/root/owners; chown -R asterisk:asterisk {THEIRS}")
    sh(ONE, f"rm -rf /root/kept; mkdir -p /root/kept {OUTSIDE}; cp -a /etc/asterisk /root/kept/; cp -a /etc/nftables.conf /root/kept/;"
              f" chmod 700 {OUTSIDE}; echo '{WORDS}' >{OUTSIDE}/shadow; chmod 600 {OUTSIDE}/shadow")
    sh(ONE, START % {"owner": "-o asterisk -g asterisk", "options": "-U asterisk -G asterisk"})
    try:
        yield
    finally:
        clean()
        sh(ONE, f"while read -r owner path; do chown -h $owner \"$path\" 2>/dev/null; done </root/owners; rm -rf {OUTSIDE} /root/kept")
        sh(ONE, START % {"owner": "", "options": ""})
        standin(ONE, "start")
        done = site(extra_vars={"dialer_prune": True})
        assert done.rc == 0, done


@pytest.fixture
def cleaned() -> Iterator[None]:
    yield
    clean()


def trusted(path: str) -> list[str]:
    """The parts of a path that others than root can change."""
    parts = [str(part) for part in [*reversed(Path(path).parents), Path(path)]]
    found = []
    for part in parts:
        user, mode = sh(ONE, f"stat -c '%u %a' {part}").split()
        if user != "0" or (int(mode, 8) & 0o022 and not Path(part).is_symlink() and sh(ONE, f"stat -c %F {part}").strip() != "symbolic link"):
            found.append(part)
    return found


def test_it_works_and_root_loads_only_what_root_alone_can_write(cleaned):
    done = run()
    assert done.rc == 0, done
    assert run().changes == []
    number = generation(ONE)
    assert sh(ONE, "readlink /etc/asterisk/trunks").strip() == f"trunks.d/{number}"
    assert "#tryinclude trunks/extensions.conf ; dialer.trunks" in sh(ONE, "cat /etc/asterisk/extensions.conf")
    assert sh(ONE, "stat -c '%U:%G %a' /etc/asterisk/trunks/extensions.conf /etc/asterisk/trunks.d").split("\n")[:2] == [
        "root:asterisk 640", "root:asterisk 750"]
    assert sh(ONE, "stat -c %U:%G /etc/asterisk/extensions.conf").strip() == "asterisk:asterisk"
    included = [line.split('"')[1] for line in sh(ONE, "cat /etc/nftables.conf").splitlines() if line.endswith("# dialer.trunks")]
    assert len(included) == 1
    path = sh(ONE, f"ls {included[0]}").strip()
    assert trusted(path) == [] and "table inet dialer_trunks" in sh(ONE, f"cat {path}")
    assert sh(ONE, "find /etc/asterisk/trunks/ -name manifest.json -o -name 'nftables*'") == ""
    assert remove().rc == 0
    assert sh(ONE, "ls -d /etc/asterisk/trunks* /var/lib/dialer-trunks 2>/dev/null; true") == ""
    assert "dialer.trunks" not in sh(ONE, "cat /etc/asterisk/*.conf /etc/nftables.conf")


def test_files_that_are_swapped_for_links_give_nothing_away(cleaned):
    before = outside()
    won = 0
    for _round in range(3):
        with racing(SWAP_FILES, "/etc/asterisk", ".dialer-trunks.new", f"{OUTSIDE}/shadow") as said:
            done = run()
        won += int(said[0])
        assert outside() == before
        assert WORDS not in done.stdout + done.stderr
        assert done.rc == 0 or "was replaced while it was written" in done.said, done
        clean()
    assert won, "no file was swapped"


def test_directories_that_are_swapped_for_links_give_nothing_away(cleaned):
    assert run().rc == 0
    before = outside()
    with racing(SWAP_DIRECTORY, "/etc/asterisk/trunks.d", OUTSIDE) as said:
        runs = [run(dialer_rtp={"start": 10000 + 2 * number, "end": 20000}) for number in range(3)]
    assert int(said[0]) > 10
    assert outside() == before
    for done in runs:
        assert done.rc == 0 or "symbolic link" in done.said or "trunks.d" in done.said, done


def test_a_link_to_a_secret_is_not_read(cleaned):
    before = outside()
    sh(ONE, f"ln -sfn {OUTSIDE}/shadow /etc/asterisk/extensions.conf")
    for options in (("--check", "--diff"), ("--diff", "-vvv")):
        done = run(*options)
        said = " ".join(done.stdout.split())  # with -vvv more than the results
        assert done.rc != 0 and "/etc/asterisk/extensions.conf is or leads through a symbolic link" in said, done
        assert "administrators-own" not in done.stdout + done.stderr
    assert outside() == before


def test_a_firewall_of_asterisks_user_is_not_loaded(cleaned):
    assert run().rc == 0
    number = generation(ONE)
    attack = ("cd /etc/asterisk; mv trunks.d trunks.mine; mkdir -p trunks.d/%d; echo 'table inet evil {}' >trunks.d/%d/nftables.conf;"
              " cp trunks.d/%d/nftables.conf trunks.d/nftables.conf" % (number, number, number))
    assert as_user("asterisk", "sh", "-c", attack).wait() == 0
    sh(ONE, "nft -f /etc/nftables.conf")  # as at boot
    assert "evil" not in ruleset(ONE) and "dialer_trunks" in ruleset(ONE)
    done = run(dialer_rtp={"start": 12000, "end": 20000})
    assert done.rc != 0 and "/etc/asterisk/trunks.d can be changed by others than root: it belongs to asterisk" in done.said, done
    assert "evil" not in ruleset(ONE)
    # The older generation, which root did write, is not in force because a link says so.
    assert as_user("asterisk", "sh", "-c", "cd /etc/asterisk; rm -r trunks.d; mv trunks.mine trunks.d").wait() == 0
    assert run(dialer_firewall={"backend": "none"}).rc == 0
    assert as_user("asterisk", "ln", "-sfn", f"trunks.d/{number}", "/etc/asterisk/trunks").wait() == 0
    partly = site(*ONLY, "--tags", "rtp", extra_vars={**PLAIN, "dialer_firewall": {"backend": "none"}})
    assert partly.rc == 0 and "does not point to generation" not in partly.said, partly
    assert "dialer_trunks" not in ruleset(ONE)
    assert sh(ONE, "readlink /etc/asterisk/trunks").strip() == f"trunks.d/{generation(ONE)}" != f"trunks.d/{number}"


def test_a_test_call_gives_no_file_away(cleaned):
    assert run().rc == 0
    before = outside()
    busy = ("[{dialer.trunks.test_call: {number: '913125550192', timeout: 5, answer_seconds: 1}, loop: [1, 2, 3, 4, 5, 6, 7, 8],"
            " ignore_errors: true}]")
    with racing(SWAP_FILES, "/var/spool/asterisk", ".trunks-test-", f"{OUTSIDE}/shadow") as said:
        play(busy, *ONLY)
    assert int(said[0]) > 0 and outside() == before
    sh(ONE, "rm -f /var/spool/asterisk/.trunks-test* /var/spool/asterisk/outgoing/*")
    done = play("[{dialer.trunks.test_call: {number: '913125550199', timeout: 5, answer_seconds: 1}}]", *ONLY)
    assert done.rc == 0, done


def copy_code() -> None:
    """The collection's own code on the dialer, to leave what a run leaves that is killed while it holds the lock."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(ROOT / "plugins/module_utils", "ansible_collections/dialer/trunks/plugins/module_utils",
                    filter=lambda entry: None if "__pycache__" in entry.name else entry)
    subprocess.run(["podman", "exec", "-i", ONE, "tar", "-x", "-C", "/root"], input=packed.getvalue(), check=True)


def test_the_monitor_runs_what_root_alone_can_write(cleaned):
    health = {"dialer_health": {"interval": 1, "breaker": {}}}
    done = run(**health)
    assert done.rc == 0 and run(**health).changes == [], done
    told = play("- dialer.trunks.trunk_status_info:", *ONLY).tasks[-1][1][ONE]
    assert told["monitor"]["running"] and told["monitor"]["trouble"] == [], told
    program, = sh(ONE, "pgrep -f _health[.]main").split()
    place = sh(ONE, "readlink -f /var/lib/dialer-trunks/monitor").strip()
    main = f"{place}/ansible_collections/dialer/trunks/plugins/module_utils/_health/main.py"
    assert trusted(main) == [] and trusted("/var/lib/dialer-trunks/trunks/health.json") == []
    # Asterisk's user puts orders and a login of its own in the place of ours: they are not followed, and the monitor goes on.
    attack = ("cd /etc/asterisk; mv trunks.d trunks.mine; mkdir -p trunks.d/999; echo '{}' >trunks.d/999/health.json;"
              " echo 'secret=x' >trunks.d/999/manager.conf; ln -sfn trunks.d/999 trunks")
    assert as_user("asterisk", "sh", "-c", attack).wait() == 0
    time.sleep(3)
    assert sh(ONE, "pgrep -f _health[.]main").split() == [program]
    assert as_user("asterisk", "sh", "-c", "cd /etc/asterisk; rm -r trunks.d; mv trunks.mine trunks.d").wait() == 0
    assert run().rc == 0    # without dialer_health
    assert sh(ONE, "pgrep -f _health[.]main; ls /run/dialer-trunks-monitor.json /var/lib/dialer-trunks/monitor 2>/dev/null; true") == ""


def test_no_local_user_can_hold_the_lock(cleaned):
    copy_code()
    killed = ("import os\nfrom ansible_collections.dialer.trunks.plugins.module_utils._common import locks\n"
              "with locks.locked('/run/dialer-trunks.lock', 'root@deploy'):\n    os.kill(os.getpid(), 9)\n")
    subprocess.run(["podman", "exec", "-i", "-w", "/root", ONE, "python3", "-"], input=killed, text=True, check=False)
    assert sh(ONE, "ls /run/dialer-trunks.lock").strip()
    holder = as_user("nobody", "python3", "-c", HOLD % 120)
    try:
        assert holder.stdout is not None
        said = holder.stdout.readline().strip()
        done = run()
        assert done.rc == 0, done
        assert said == os.strerror(13)
    finally:
        sh(ONE, "pkill -u nobody; rm -rf /root/ansible_collections; true")
        holder.wait(timeout=30)


def test_a_group_that_asterisk_comes_to_run_in_can_read_its_files(cleaned):
    assert run().rc == 0
    number = generation(ONE)
    # A stranger by the same name, from before Asterisk has started: it has no say in who may read secrets.
    sh(ONE, "cp /bin/sleep /tmp/asterisk; chmod 755 /tmp/asterisk")
    stranger = as_user("nobody", "/tmp/asterisk", "300")
    try:
        wait_until(lambda: sh(ONE, "pgrep -u nobody asterisk; true") != "", 5, "the stranger's process")
        sh(ONE, START.replace("pgrep -x asterisk", "pgrep -u asterisk -x asterisk")
           % {"owner": "-o asterisk -g asterisk", "options": "-U asterisk -G audio"})
        sh(ONE, "rm /run/asterisk/asterisk.pid")
        told = run("--check", "--diff")
        assert told.rc == 0 and generation(ONE) == 0, told
        assert "root:asterisk 0640, not root:audio 0640" in " ".join(one["text"] for one in told.results(COMMIT)[ONE]["unproven"]), told
        assert "root:asterisk 0640, not root:audio 0640" in str(told.results(COMMIT)[ONE]["diff"])
        done = run()
        assert done.rc == 0 and generation(ONE) == number, done
        assert set(sh(ONE, "find /etc/asterisk/trunks.d -printf '%u:%g\\n'").split()) == {"root:audio"}
        assert run().changes == []
    finally:
        sh(ONE, "pkill -u nobody; rm -f /tmp/asterisk; true")
        stranger.wait(timeout=30)
        sh(ONE, START % {"owner": "-o asterisk -g asterisk", "options": "-U asterisk -G asterisk"})
    assert run().rc == 0 and generation(ONE) == number
