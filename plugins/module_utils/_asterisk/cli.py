# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running Asterisk: its command line and its process.

The command line is used and not AMI, because AMI users differ between VICIdial installations, while any user who may
configure Asterisk may also use its control socket.
"""

import contextlib
import errno
import os
import re
import socket
import stat
import struct
import subprocess

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import console, parsers, pjsip_parsers
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import ETC
from ansible_collections.dialer.trunks.plugins.module_utils._common import masking, safe_files

RUN_DIR = '/var/run/asterisk'
CONTROL = os.path.join(RUN_DIR, 'asterisk.ctl')
LOG_DIR = '/var/log/asterisk'
# VICIdial's generator types its reloads into the session of this name.
SCREEN = 'asterisk'
# Where packages and VICIdial's installer put it, for a PATH without it.
_BINARIES = ('/usr/sbin/asterisk', '/usr/local/sbin/asterisk', '/usr/bin/asterisk', '/sbin/asterisk')
_COLOURS = re.compile(r'\x1b\[[0-9;]*[A-Za-z]')


class AsteriskError(Exception):
    """Asterisk cannot be asked. Its text is one sentence for the user."""


class NotInstalled(AsteriskError):
    """There is no asterisk program."""


class NotRunning(AsteriskError):
    """Asterisk does not run, this user may not use it, or it does not answer."""


class UnexpectedOutput(AsteriskError):
    """The output of Asterisk cannot be parsed."""


def find_binary(path=None):
    """Return the path of the asterisk program. ``path`` replaces PATH. Raises NotInstalled."""
    for directory in (os.environ.get('PATH', '') if path is None else path).split(os.pathsep):
        candidate = os.path.join(directory, 'asterisk')
        if directory and os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    for candidate in _BINARIES if path is None else ():
        if os.access(candidate, os.X_OK):
            return candidate
    raise NotInstalled('Asterisk is not installed here: there is no program named asterisk in PATH or /usr/sbin')


def execute(args, environ_update=None, errors='strict'):
    """Return (code, output, errors) of a command, as AnsibleModule.run_command. That sometimes takes a second longer:
    if the pipes are closed before the process ends, it waits one second for pipes that do not exist."""
    # pylint: disable-next=ansible-bad-function
    child = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=dict(os.environ, **(environ_update or {})))
    out, err = child.communicate()
    return child.returncode, out.decode('utf-8', errors), err.decode('utf-8', 'replace')


class Cli(object):
    """Asterisk's command line.

    It is asked at its control socket; where that is not in its usual place or cannot be used, by C(asterisk -rx), which
    says why. ``run_command``: C(execute), or anything with its arguments and return values. ``control``: the socket, or
    None. ``timeout`` is the limit of one command in seconds; an Asterisk that hangs is an error and not a wait.
    """

    def __init__(self, run_command=execute, binary=None, timeout=20, control=CONTROL):
        self._control = control
        self._run_command = run_command
        self._binary = binary
        self._timeout = timeout
        self._endpoints = {}    # {name: parameters}, as they were last read

    def run(self, *commands):
        """Return the output of the commands, run one after the other. Raises AsteriskError."""
        return ''.join(self._one(command) for command in commands)

    def _one(self, command):
        try:
            if self._control is not None:
                output = console.ask(self._control, command, self._timeout).decode('utf-8', 'replace')
                return _COLOURS.sub('', output)
        except console.Silent:
            raise self._hangs(command)
        except (OSError, socket.error):
            pass
        if self._binary is None:
            self._binary = find_binary()
        return self._by_binary(command)

    def _by_binary(self, command):
        # run_command has no time limit of its own; timeout is in coreutils, which every dialer has
        args = ['timeout', '-k', '2', str(self._timeout), self._binary, '-rx', command]
        code, out, err = self._run_command(args, environ_update=dict(LC_ALL='C', TERM='dumb'), errors='replace')
        if code == 0:
            return _COLOURS.sub('', out)
        if code in (124, 137):
            raise self._hangs(command)
        output = (out + '\n' + err).strip()
        match = re.search(r'does (\S+) exist\?', output)
        if match:
            raise NotRunning(why_not_running(match.group(1)))
        last = masking.mask(output.splitlines()[-1]) if output else 'nothing'
        raise NotRunning('asterisk -rx "%s" ended with code %d and printed: %s' % (command, code, last))

    def _hangs(self, command):
        return NotRunning('Asterisk did not answer "%s" within %d seconds: it hangs, or the machine is overloaded'
                          % (command, self._timeout))

    def read(self, parse, command):
        """Return the parsed output of the command. Raises UnexpectedOutput if ``parse`` raises ValueError."""
        try:
            return parse(self.run(command))
        except ValueError as problem:
            raise UnexpectedOutput('the output of asterisk -rx "%s" cannot be read: %s' % (command, problem))

    def version(self):
        """Return Asterisk's version, such as ``16.28.0~dfsg-0+deb11u10``."""
        return parsers.version(self.run('core show version'))

    def names(self, command):
        """Return the complete names that can follow ``command``, such as ``sip show peer``."""
        return parsers.completions(self.run('_command matchesarray "%s " ""' % command))

    def sip_peers(self):
        """Return C(parsers.sip_peers) with complete names; None if chan_sip is not loaded."""
        return self._peers(parsers.sip_peers, 'sip show peers', 'sip show peer', parsers.SIP_NAME_WIDTH)

    def sip_probes(self):
        """Return the peers that chan_sip is probing now, see C(parsers.sip_probes)."""
        return self.read(parsers.sip_probes, 'sip show channels')

    def sip_udp_address(self):
        """Return (address, port) at which chan_sip listens over UDP, such as ``('0.0.0.0', 5060)``, or None."""
        return self.read(parsers.sip_listeners, 'sip show settings').get('udp')

    def iax2_probes(self):
        """Return the addresses that chan_iax2 is probing now, see C(parsers.iax2_probes)."""
        return self.read(parsers.iax2_probes, 'iax2 show channels')

    def iax2_peers(self):
        """Return C(parsers.iax2_peers) with complete names; None if chan_iax2 is not loaded."""
        return self._peers(parsers.iax2_peers, 'iax2 show peers', 'iax2 show peer', parsers.IAX_NAME_WIDTH)

    def _peers(self, parse, command, completable, width):
        peers = self.read(lambda text: None if parsers.unknown_command(text) else parse(text), command)
        if peers and any(peer['cut'] for peer in peers):
            parsers.resolve_cut(peers, self.names(completable), width)
        return peers

    def pjsip_peers(self, names=None):
        """Return the endpoints of PJSIP as peers with complete names, see C(pjsip_parsers.as_peer); None without PJSIP.

        What the list does not show, such as the description, takes one command for each endpoint. It is read for those
        in ``names``, or without ``names`` for those with a fixed contact; the others have no description.
        """
        text = self.run('pjsip show endpoints')
        if parsers.unknown_command(text):
            return None
        endpoints = pjsip_parsers.endpoints(text)
        if any(endpoint['cut'] for endpoint in endpoints):
            width = max(len(endpoint['name']) for endpoint in endpoints if endpoint['cut'])
            parsers.resolve_cut(endpoints, self.names('pjsip show endpoint'), width)
        found = []
        for endpoint in endpoints:
            static = endpoint['max_contacts'] == 0 and endpoint['contacts']
            asked = static and not endpoint['cut'] if names is None else endpoint['name'] in names
            found.append(self._pjsip_peer(endpoint) if asked else pjsip_parsers.as_peer(endpoint))
        return found

    def _pjsip_peer(self, endpoint):
        """Return one endpoint as a peer with the details of its objects."""
        held = self.read(pjsip_parsers.parameters, 'pjsip show endpoint %s' % endpoint['name']) or {}
        self._endpoints[endpoint['name']] = held
        aor = {}
        # The list cuts the name of an aor, too; the endpoint's own parameters do not.
        aors = [name.strip() for name in held.get('aors', '').split(',') if name.strip()]
        if aors and any(one['uri_cut'] or one['state'] == parsers.UNMONITORED for one in endpoint['contacts']):
            aor = self.read(pjsip_parsers.parameters, 'pjsip show aor %s' % aors[0]) or {}
        return pjsip_parsers.as_peer(
            endpoint, held.get(pjsip_parsers.DESCRIPTION, ''), aor.get('contact'),
            int(aor['qualify_frequency']) if aor.get('qualify_frequency', '').isdigit() else None)

    def pjsip_measured(self):
        """Return how long the contacts took to answer their last probe, see C(pjsip_parsers.measured)."""
        return self.read(pjsip_parsers.measured, 'pjsip show endpoints')

    def peers(self, technology, names=None):
        """Return the peers of one technology, each with ``technology``; None if its driver is not loaded. ``names``:
        the peers whose descriptions are needed, which take time with PJSIP; None for all."""
        found = {'SIP': self.sip_peers, 'IAX2': self.iax2_peers}.get(technology, lambda: self.pjsip_peers(names))()
        return None if found is None else [dict(peer, technology=technology) for peer in found]

    def peers_of(self, technologies, names=None):
        """Return {(technology, name): peer} of these technologies; those without a driver have none. ``names``: see
        C(peers)."""
        return {(technology, peer['name']): peer
                for technology in sorted(set(technologies)) for peer in self.peers(technology, names) or ()}

    def details(self, technology, name):
        """Return {label: value} of what Asterisk shows of one peer; None if it is not loaded. Of an endpoint of PJSIP,
        C(peers) has read it before."""
        if technology == 'PJSIP':
            return self._endpoints.get(name)
        command = 'iax2 show peer %s' if technology == 'IAX2' else 'sip show peer %s'
        return self.read(parsers.sip_peer, command % name)

    def registrations(self, technology='SIP'):
        """Return the outbound registrations of one technology, see C(parsers.sip_registry); None if its driver is not
        loaded."""
        command, parse = {
            'SIP': ('sip show registry', parsers.sip_registry),
            'PJSIP': ('pjsip show registrations', pjsip_parsers.registrations),
            'IAX2': ('iax2 show registry', parsers.iax2_registry),
        }[technology]
        return self.read(lambda text: None if parsers.unknown_command(text) else parse(text), command)

    def log_path(self):
        """Return the path of the file to which Asterisk logs warnings and errors, or None."""
        for name in parsers.log_files(self.run('logger show channels')) + ['messages', 'full']:
            path = os.path.join(LOG_DIR, name)
            if os.path.exists(path):
                return path
        return None


def why_not_running(control):
    """Return a sentence that says why Asterisk does not answer at this control socket."""
    try:
        mode = os.stat(control).st_mode
    except OSError as problem:
        if problem.errno == errno.EACCES:
            return _not_permitted(control)
        return 'Asterisk is not running: there is no control socket %s' % control
    if not stat.S_ISSOCK(mode):
        return 'Asterisk is not running: %s is not a socket' % control
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(2)
    try:
        probe.connect(control)
    except (OSError, socket.error) as problem:
        if problem.errno in (errno.EACCES, errno.EPERM):
            return _not_permitted(control)
        return 'Asterisk is not running: nothing listens on its control socket %s' % control
    finally:
        probe.close()
    return 'Asterisk is starting or stopping: its control socket %s exists, but accepted no command' % control


def _not_permitted(control):
    return ('This user (uid %d) may not use Asterisk\'s control socket %s: run this as root (become: true) or as '
            'Asterisk\'s user' % (os.geteuid(), control))


def process(run_dir=RUN_DIR, proc='/proc', etc=ETC):
    """Return (pid, uid, gid) of the running Asterisk, or None.

    Any local user can name a process C(asterisk), or start the real program with another configuration. Therefore the
    kernel tells which process listens on the control socket, in a directory in which only Asterisk's user and root can
    create one. Without a socket, only a process of root, or of the owner of Asterisk's directories, counts.
    """
    found = _listener(os.path.join(run_dir, os.path.basename(CONTROL)))
    if found and found[1] in _owners(run_dir):
        return found
    pids = []
    try:
        with safe_files.opened(run_dir) as directory:
            if directory is not None:
                pids.append(int(safe_files.read_at(directory, 'asterisk.pid').strip() or 0))
    except (IOError, OSError, ValueError, safe_files.Foreign):
        pass
    alive = _processes(proc, ('asterisk',))
    # a console (asterisk -r) has the same name; the server is the one without -r
    pids += [pid for pid in alive if not re.search(r' -[a-zA-Z]*r', _cmdline(proc, pid))]
    for pid in pids:
        if pid in alive:
            try:
                found = os.stat(os.path.join(proc, str(pid)))
            except OSError:
                continue
            if found.st_uid in _owners(run_dir, etc):
                return pid, found.st_uid, found.st_gid
    return None


def _listener(control):
    """Return (pid, uid, gid) of the process that listens on a socket, as the kernel recorded them; None for none."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(2)
    try:
        probe.connect(control)
        return struct.unpack('3i', probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize('3i')))
    except (OSError, socket.error):
        return None
    finally:
        probe.close()


def _owners(*directories):
    """Return the user ids of root and of the owners of these directories."""
    found = {0}
    for path in directories:
        with contextlib.suppress(OSError):
            found.add(os.stat(path).st_uid)
    return found


def rights(directory=ETC):
    """Return a context in which files are read with the rights of Asterisk's user, who can put links into its
    directories."""
    running = process()
    if running is None:
        with contextlib.suppress(OSError):
            found = os.stat(directory)
            running = 0, found.st_uid, found.st_gid
    return safe_files.rights_of(*(running or (0, 0, 0))[1:])


def in_screen(name=SCREEN, proc='/proc', uid=0):
    """Return whether a console of Asterisk runs in a screen session of this name that belongs to the user ``uid``.

    VICIdial's generator, run by root's cron, reloads by typing into it. An Asterisk that runs in the background does
    not read what is typed, so that it must have a terminal, too.
    """
    for pid in _processes(proc, ('asterisk', 'rasterisk')):
        if not _has_terminal(proc, pid):
            continue
        ancestor = _parent(proc, pid)
        while ancestor > 1:
            if _comm(proc, ancestor).lower() == 'screen':
                break
            ancestor = _parent(proc, ancestor)
        else:
            continue
        try:
            owner = os.stat(os.path.join(proc, str(ancestor))).st_uid
        except OSError:
            continue
        if owner == uid and name in (_session(proc, pid, ancestor), _named(proc, ancestor)):
            return True
    return False


def running(comm, proc='/proc'):
    """Return whether a process of this name runs (the first 15 characters of the name count)."""
    return bool(_processes(proc, (comm[:15],)))


def _processes(proc, names):
    """Return the ids of the running processes of these names, without zombies."""
    try:
        pids = [int(entry) for entry in os.listdir(proc) if entry.isdigit()]
    except OSError:
        return []
    return [pid for pid in sorted(pids) if _comm(proc, pid) in names and _stat(proc, pid)[:1] != [b'Z']]


def _read(proc, pid, name):
    """Return the bytes of a file of the process; b'' if it has ended or may not be read."""
    try:
        with open(os.path.join(proc, str(pid), name), 'rb') as handle:
            return handle.read()
    except (IOError, OSError):
        return b''


def _comm(proc, pid):
    return _read(proc, pid, 'comm').decode('utf-8', 'replace').strip()


def _cmdline(proc, pid):
    return ' '.join(_read(proc, pid, 'cmdline').decode('utf-8', 'replace').split('\0')).strip()


def _stat(proc, pid):
    """Return the fields of /proc/PID/stat after the name, which may itself contain blanks and parentheses."""
    return _read(proc, pid, 'stat').rpartition(b') ')[2].split()


def _parent(proc, pid):
    fields = _stat(proc, pid)
    return int(fields[1]) if len(fields) > 1 else 0


def _has_terminal(proc, pid):
    fields = _stat(proc, pid)
    return len(fields) > 4 and fields[4] != b'0'


def _session(proc, pid, screen):
    """Return the name of the session from the environment of the process: STY=PID.NAME."""
    match = re.search(r'(?:^|\0)STY=%d\.([^\0]*)' % screen, _read(proc, pid, 'environ').decode('utf-8', 'replace'))
    return match.group(1) if match else None


def _named(proc, screen):
    """Return the name of the session from the command line of screen, for a process without that environment."""
    match = re.search(r' -[a-zA-Z]*S ?(\S+)', _cmdline(proc, screen))
    return match.group(1) if match else None
