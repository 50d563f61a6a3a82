# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the health monitor's program on a dialer, starts it, and proves that it runs as the generation says.

The program is files of this collection, which the module has brought with it. They are kept in
C(programs/DIGEST/), so that a generation that is put in force again finds its program. The monitor follows
the generation in force by itself: it reads its orders anew, becomes another program, or ends.
"""

import binascii
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import signal
import sys
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli
from ansible_collections.dialer.trunks.plugins.module_utils._common import locks, processes, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.findings import Finding
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused
from ansible_collections.dialer.trunks.plugins.module_utils._generation.layout import (
    AMI_USER, MONITOR, SERVICE as NAME, SERVICE_LOCK as LOCK, STATE)

USER = 'trunks'                 # of the manager interface
READS = ('system', 'call', 'user')  # the classes of events that it may read; it may write nothing
SECRET = '@made on the dialer@'    # in the rendered text
STATUS = '/run/%s.json' % NAME
PROGRAMS, LINK = os.path.join(STATE, 'programs'), os.path.join(STATE, 'monitor')
UNIT, CRON = '/etc/systemd/system/%s.service' % NAME, '/etc/cron.d/%s' % NAME
ENABLED = '/etc/systemd/system/multi-user.target.wants/%s.service' % NAME   # systemctl enable makes it
PACKAGE = 'ansible_collections.dialer.trunks.plugins.module_utils.'
MAIN = '_health.main'
# The program: what MAIN imports, directly or not (tests/unit/module_utils/test_generation_monitor.py).
MODULES = (
    '_asterisk.cli', '_asterisk.conf_lines', '_asterisk.console', '_asterisk.dialplan_parsers', '_asterisk.parsers',
    '_asterisk.patterns', '_asterisk.pjsip_parsers', '_asterisk.route_held', '_asterisk.technologies',
    '_common.findings', '_common.locks', '_common.masking', '_common.printable', '_common.processes',
    '_common.revision', '_common.safe_files', '_generation.composition', '_generation.errors', '_generation.homes',
    '_generation.layout', '_generation.monitor', '_generation.store', '_health.ami', '_health.attempt_log',
    '_health.breaker', '_health.calls', '_health.counters', '_health.deliveries', '_health.events', '_health.faults',
    '_health.following', '_health.hooks', '_health.journal', '_health.lease', '_health.main', '_health.maintenance',
    '_health.measures', '_health.metrics', '_health.missed', '_health.outlets', '_health.places', '_health.rates',
    '_health.samples', '_health.serials', '_health.store', '_health.trunk_state', '_health.watch',
)
_SECRET = re.compile(r'^secret=(\S+)$', re.MULTILINE)
PATIENCE = 10   # seconds in which the monitor ends by itself
CRONS = ('cron', 'crond')   # what distributions call its process


def sources():
    """Return {path below the program's directory: text} of the program, which the module has brought with it."""
    found = {}
    for name in MODULES:
        try:
            spec = importlib.util.find_spec(PACKAGE + name)     # which does not run it
        except ImportError:
            spec = None
        if spec is None:
            raise Refused('The program of the health monitor is not on this dialer: run site.yml, which brings it')
        text = spec.loader.get_source(PACKAGE + name)
        # Ansible's own loader, on the controller, returns bytes.
        found[(PACKAGE + name).replace('.', '/') + '.py'] = text.decode('utf-8') if isinstance(text, bytes) else text
    return found


def digest(files=None):
    """Return the digest of a program, of this collection's own if ``files`` are not given."""
    text = json.dumps(sorted((files or sources()).items()))
    return hashlib.sha256(text.encode('utf-8')).hexdigest()[:16]


def with_secret(wanted, current):
    """Put the secret of the manager's user into the wanted files: the one of the files in force, or a new one."""
    if AMI_USER in wanted:
        known = _SECRET.search(current.get(AMI_USER, ''))
        secret = known.group(1) if known else binascii.hexlify(os.urandom(24)).decode('ascii')
        wanted[AMI_USER] = wanted[AMI_USER].replace(SECRET, secret)


def secret_of(text):
    """Return the secret in the text of C(AMI_USER); empty without one."""
    found = _SECRET.search(text)
    return found.group(1) if found else ''


def orders(files):
    """Return the monitor's orders in these files of a generation, a dictionary; None without a monitor."""
    return json.loads(unstamp(files[MONITOR])) if MONITOR in files else None


def orders_digest(text):
    """Return the digest by which the monitor says which orders it follows."""
    return hashlib.sha256(unstamp(text).encode('utf-8')).hexdigest()[:16]


def status():
    """Return what the running monitor says of itself, see C(_health.status); None if none runs."""
    try:
        found = json.loads(safe_files.read_text(STATUS) or 'null')
    except (ValueError, IOError, OSError, safe_files.Foreign):
        return None
    alive = isinstance(found, dict) and processes.running(found.get('process'))
    return found if alive else None


def lacking(files):
    """Return [Finding]: how the running monitor differs from these files."""
    said = status()
    if MONITOR not in files:
        return [_finding('the health monitor still runs')] if said else []
    if said is None:
        return [_finding('the health monitor does not run')]
    if said.get('program') != orders(files)['program']:
        return [_finding('the health monitor is of another version of this collection')]
    if said.get('orders') != orders_digest(files[MONITOR]):
        return [_finding('the health monitor follows other orders than the generation in force')]
    gone = ' and '.join(path for path in _starters() if not safe_files.exists(path))
    return [_finding('nothing starts the health monitor after a reboot, without %s' % gone)] if gone else []


def _finding(text):
    return Finding('monitor', NAME, text)


def _starters():
    """Return the files that start the monitor on this dialer; none where there is neither systemd nor cron."""
    if _systemd():
        return [UNIT, ENABLED]
    return [CRON] if os.path.isdir(os.path.dirname(CRON)) else []


def unsupervised():
    """Return why nothing starts the monitor again after a reboot or a failure; empty if systemd or cron does."""
    if _systemd():
        return ''
    if not os.path.isdir(os.path.dirname(CRON)):
        return 'systemd does not run here, and there is no %s' % os.path.dirname(CRON)
    return '' if any(cli.running(name) for name in CRONS) else 'neither systemd nor cron runs here'


def put_in_force(files):
    """Make the monitor run as these files of the generation in force say, or not at all. Raises Refused."""
    wanted = orders(files)
    if wanted is None:
        _end()
        return
    _install(wanted['program'])
    _supervise(sys.executable)
    if status() is None:
        _start(sys.executable)


def _install(wanted):
    """Write the program with this digest, unless it is there, and point the link to it."""
    with safe_files.naming(PROGRAMS):
        if not safe_files.exists(os.path.join(PROGRAMS, wanted)):
            own = sources()
            if digest(own) != wanted:
                raise Refused('the program of that health monitor, %s, is no longer on this dialer' % wanted)
            _write(wanted, own)
        if not os.path.islink(LINK) or os.readlink(LINK) != os.path.join('programs', wanted):
            safe_files.remove(LINK + '.new')
            os.symlink(os.path.join('programs', wanted), LINK + '.new')
            os.rename(LINK + '.new', LINK)


def _write(name, files):
    for directory in (STATE, PROGRAMS):
        if not os.path.isdir(directory):
            os.mkdir(directory, 0o700)
    with safe_files.opened(PROGRAMS, root_only=True, must=True) as programs:
        staging = name + '.new'
        safe_files.remove_tree(programs, staging)
        for path, text in sorted(files.items()):
            directory = os.path.join(PROGRAMS, staging, os.path.dirname(path))
            if not os.path.isdir(directory):
                os.makedirs(directory, 0o700)
            safe_files.write_text(os.path.join(PROGRAMS, staging, path), text, 0o600)
        os.rename(staging, name, src_dir_fd=programs, dst_dir_fd=programs)


def tidy(stores):
    """Remove the programs that no kept generation has. ``stores``: the generations."""
    used = set()
    for number in stores.numbers():
        try:
            used.add(json.loads(unstamp(stores.read(number, MONITOR) or '{}')).get('program'))
        except ValueError:
            pass
    if safe_files.exists(PROGRAMS):
        with safe_files.opened(PROGRAMS, root_only=True) as programs:
            for name in os.listdir(programs) if programs is not None else ():
                if name not in used:
                    safe_files.remove_tree(programs, name)
        for place in (PROGRAMS, STATE):
            with contextlib.suppress(OSError):
                os.rmdir(place)


def command(python):
    """Return the command of the monitor."""
    return [python, '-B', '-m', PACKAGE + MAIN]


def unit(python):
    """Return the text of the systemd unit.

    StartLimitInterval: else systemd gives up after five starts within ten seconds, those by hand included. It is spelt
    and placed as before systemd 230, since newer ones understand that, too. Without KillMode=mixed, a command hook that
    ignores SIGTERM would delay the next start by twice the TimeoutStopSec.
    """
    return '\n'.join((
        '# dialer.trunks: edits are lost.', '[Unit]', 'Description=Health monitor of the trunks (dialer.trunks)',
        'After=network.target', '', '[Service]', 'Environment=PYTHONPATH=%s' % LINK,
        'ExecStart=%s' % ' '.join(command(python)), 'Restart=on-failure', 'RestartSec=3', 'StartLimitInterval=0',
        'KillMode=mixed', 'TimeoutStopSec=10', 'SyslogIdentifier=%s' % NAME, '',
        '[Install]', 'WantedBy=multi-user.target', ''))


def cron(python):
    """Return the text of the cron file: every minute, a monitor that ends at once where one runs. Without exec, a shell
    would stay with it."""
    return ('# dialer.trunks: edits are lost. There is no systemd here. A second monitor ends at once.\n'
            'PYTHONPATH=%s\n* * * * * root exec %s >/dev/null 2>&1\n' % (LINK, ' '.join(command(python))))


def _systemd():
    return os.path.isdir('/run/systemd/system')


def _supervise(python):
    """Write the unit, or the cron file, if it differs."""
    path, text, unused = (UNIT, unit(python), [CRON]) if _systemd() else (CRON, cron(python), [UNIT, ENABLED])
    for other in unused:
        safe_files.remove(other)
    if not os.path.isdir(os.path.dirname(path)):
        return
    differs = safe_files.read_text(path) != text
    if differs:
        safe_files.write_text(path, text, 0o644)
    if _systemd() and (differs or not safe_files.exists(ENABLED)):
        _run('systemctl', 'daemon-reload')
        _run('systemctl', 'enable', NAME)


def _run(*words):
    code, output, error = cli.execute(words, errors='replace')
    said = (output + error).strip()
    if code:
        raise Refused('%s failed: %s' % (' '.join(words), said.splitlines()[-1] if said else code))


def _start(python):
    if _systemd():
        _run('systemctl', 'restart', NAME)
        return
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            if os.fork() == 0:
                null = os.open(os.devnull, os.O_RDWR)
                for number in (0, 1, 2):
                    os.dup2(null, number)
                os.closerange(3, 4096)
                os.chdir('/')
                os.execve(python, command(python), dict(PATH=os.environ.get('PATH', ''), PYTHONPATH=LINK))
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def _end():
    """Remove what starts the monitor, and wait for its end: it ends by itself without orders."""
    if _systemd() and safe_files.exists(UNIT):
        _run('systemctl', 'disable', '--now', NAME)
    was = [path for path in (UNIT, ENABLED, CRON) if safe_files.exists(path)]
    for path in was:
        safe_files.remove(path)
    if _systemd() and UNIT in was:
        _run('systemctl', 'daemon-reload')
    limit = time.time() + PATIENCE
    while status() is not None:
        time.sleep(0.1)
        said = status()
        if said is not None and time.time() > limit:
            os.kill(said['process']['pid'], signal.SIGKILL)
    try:
        # One that cron has just started holds it before it says anything. It has no orders either.
        with locks.locked(LOCK, 'the end of the health monitor', patience=PATIENCE):
            safe_files.remove(STATUS)   # of one that was killed
    except locks.Busy as busy:
        raise Refused('the health monitor, process %s, does not end: end it, then run this again' % busy.pid)
    if os.path.islink(LINK):
        os.unlink(LINK)
