# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One commit on one dialer: all or nothing.

Compare, write beside, put the marked lines, switch the link, reload what changed, ask the running programs for proof;
when any of that fails, everything goes back and is proven again.
"""

import hashlib
import os
import subprocess
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import loaded_checks, parsers, route_tests
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import includes, store as generations
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import LogWatch, execute, process
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask_pair
from ansible_collections.dialer.trunks.plugins.module_utils._common.revision import unstamp
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import BY_DIRECTORY, of_path

RELOADS = dict({
    'dialplan': 'dialplan reload',
    'rtp': 'module reload res_rtp_asterisk.so',
}, **{program: technology.reload for program, technology in BY_DIRECTORY.items()})
TABLE = 'dialer_trunks'
LISTING = 'nftables.listing'  # of a generation: nft's own listing of what was loaded, to be compared with later ones
# `sip reload` returns before chan_sip has read its files; a peer was seen within a second. Seconds.
PEERS_RELOAD_LIMIT = 10
# The script connects within 2 s or gives up; this is for a database that accepts and then says nothing. Seconds.
REPAIR_LIMIT = 15


class Refused(Exception):
    """A running program does not hold what it should; the text says what, one line each."""


class Unfinished(Exception):
    """The commit failed; the text says why, and what was restored."""


def program_of(path):
    """What has to read this file of a generation again: dialplan, sip, pjsip, iax, rtp, nft; None for a script, for
    rows, and for the record of firewalld's rules."""
    part = generations.part_of(path)
    if path.endswith(('.agi', '.rules')) or part == generations.ROWS:
        return None
    if part == 'sip_peers':
        return of_path(path).directory
    return {'rtp': 'rtp', 'firewall': 'nft'}.get(part, 'dialplan')


class Dialer(object):
    """The running programs of this dialer."""

    def __init__(self, cli):
        self.cli = cli
        self._seen = {}

    def contexts(self):
        return self.cli.read(parsers.dialplan, 'dialplan show')

    def answer(self, number, context):
        """What the running dialplan answers to a number, see route_tests."""
        return route_tests.shown(self.cli.read(parsers.dialplan, 'dialplan show %s@%s' % (number, context)))

    def peers(self, technology, names=None):
        """The peers of one technology, empty where its driver is not loaded; see C(Cli.peers)."""
        self._seen[technology] = self.cli.peers(technology, names) or []
        return self._seen[technology]

    @property
    def seen(self):
        """The peers as they were when they were last asked for."""
        return [peer for _technology, peers in sorted(self._seen.items()) for peer in peers]

    def rtp(self):
        return self.cli.read(parsers.rtp_settings, 'rtp show settings')

    def table(self):
        """Our nftables table as nft lists it; empty when it is not loaded, or nft is not installed."""
        try:
            code, listing, _error = execute(['nft', '-s', 'list', 'table', 'inet', TABLE])
        except (IOError, OSError):
            return ''
        return listing if code == 0 else ''

    def load_table(self, path):
        """Load our table from a file, or take it away when there is no such file; atomic either way."""
        if os.path.exists(path):
            code, _output, error = execute(['nft', '-f', path])
        elif self.table():
            code, _output, error = execute(['nft', 'delete', 'table', 'inet', TABLE])
        else:
            return
        if code:
            raise Refused('nft refused the firewall: %s' % error.strip())

    def reload(self, program):
        self.cli.run(RELOADS[program])


def repair_reason(script, user=None):
    """None when the repair script reaches the database and finds its table, else why it does not, one line.

    ``user``: (uid, gid) of who will run it, Asterisk's; None for who asks.
    """
    def become():
        os.setgroups([])
        os.setgid(user[1])
        os.setuid(user[0])

    try:
        # run_command() knows no limit of time. pylint: disable-next=ansible-bad-function
        child = subprocess.Popen(['perl', '-', '--check'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, cwd='/', preexec_fn=become if user and user[0] else None)
    except OSError as fault:
        return 'perl: %s' % fault.strerror
    try:
        _output, error = child.communicate(script.encode('utf-8'), timeout=REPAIR_LIMIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return 'the database did not answer within %d seconds' % REPAIR_LIMIT
    if child.returncode == 0:
        return None
    lines = [line for line in error.decode('utf-8', 'replace').split('\n') if line.strip()]
    return lines[0] if lines else 'perl ended with code %d' % child.returncode


class Commit(object):
    """What is, what is wanted, and how to get there. Reads on creation, changes nothing before ``apply``."""

    target = None  # the number of the kept generation that comes back, see kept.Return

    def __init__(self, store, dialer, request):
        self.store = store
        self.dialer = dialer
        self.request = request
        self.warnings = []
        self.tests = []  # what became of the route tests, once they were made
        self.restored = None  # after a failure: whether what was before is in force again
        self.number = store.linked()
        self.current = store.files(self.number)
        self.wanted = generations.compose(self.current, request)
        self._drop_unready_repair()
        if self.number is None and set(self.wanted) <= set(request['base']):
            self.wanted = {}  # nothing is described, and there is nothing of ours: leave the dialer alone
        self.lines = self._lines()
        self.changed_files = generations.differing(self.wanted, self.current)
        # What is wrong with the generation in force on the disk, before any program is asked.
        self.amiss = self.store.astray() + self.store.access(self.number)
        self.unproven = self.amiss + self._unproven(self.number, self.current)

    @property
    def changed(self):
        """True when files or lines differ, or a running program does not hold what the files say."""
        return bool(self.changed_files or self.lines or self.unproven)

    def left_over(self):
        return generations.left_over(self.wanted, self.request)

    def diff(self):
        """Ansible's diff: one entry for each file of ours that changes, secrets hidden, and for each of the operator's,
        of which it shows our line alone."""
        entries = []
        for path in self.changed_files:
            if generations.part_of(path) == generations.ROWS:
                continue  # who writes the row shows it, with its secrets hidden
            before, after = unstamp(self.current.get(path, '')), self.wanted.get(path, '')
            if path.startswith('rates/'):
                before, after = _summary(before), _summary(after)
            before, after = mask_pair(before, after)
            entries.append(_entry(self.store.place(path), before, after))
        for path, (old, new) in sorted(self.lines.items()):
            entries.append(_entry(path, includes.shown(old), includes.shown(new)))
        rows = [path for path in self.changed_files if generations.part_of(path) == generations.ROWS]
        if rows:
            entries.append({'header': 'kept for going back', 'prepared': ''.join(path + '\n' for path in rows)})
        if self.amiss:
            entries.append({'header': 'put right', 'prepared': '\n'.join(self.amiss) + '\n'})
        if not entries and self.unproven:
            entries.append({'header': 'reload', 'prepared': '\n'.join(self.unproven) + '\n'})
        return entries

    def predict(self):
        """Raise Unfinished when a route test is bound to fail, or an inbound number cannot arrive. Touches nothing."""
        inbound = self.request.get('inbound')
        if inbound:
            errors, warnings = route_tests.shadows(inbound, self.contexts)
            self.warnings += warnings
            if errors:
                raise Unfinished('\n'.join(errors) + '\nTake these extensions out, or give the trunks a context of '
                                 'their own. This step touched nothing.')
        stays = generations.standing_in_the_way(self.wanted, self.left_over())
        if stays:
            raise Unfinished('\n'.join(stays) + '\nThis step touched nothing.')
        failing = self._bound_to_fail(self.contexts)
        if failing:
            raise Unfinished(route_tests.message(failing) + '\nThis step touched nothing.')

    def _bound_to_fail(self, contexts):
        described = self.request.get('tests')
        names = {path[len('routes/'):-len('.conf')] for path in self.wanted if path.startswith('routes/')}
        return route_tests.bound_to_fail(described, contexts, names) if described else []

    def test(self):
        """Make the route tests on the running dialplan; raises Refused when one fails."""
        described = self.request.get('tests')
        if described:
            self.tests, failing = route_tests.make(described, self.dialer.answer)
            if not failing and not all(test['passed'] for test in self.tests):
                # What waits for a row is foretold again: a reload may have brought what nobody had reloaded before.
                failing = self._bound_to_fail(self.dialer.contexts())
            if failing:
                raise Refused(route_tests.message(failing))

    def apply(self):
        """Do it; returns the number of the generation in force. Raises Unfinished when it could not be done."""
        log = LogWatch(self.dialer.cli)
        number = self.number
        if self.changed_files:
            number = self._write()
        files = self.store.files(number)
        programs = self._programs()
        try:
            self._write_lines(new=True)
            self._put_in_force(number)
            self._reload(programs, number, files)
            self.test()
        except Exception as fault:  # whatever it was, the dialer must not stay half way
            said = log.lines()
            reason = str(fault) + (''.join('\nAsterisk logged: ' + line for line in said[-5:]))
            raise Unfinished('%s\n%s' % (reason, self._restore(number, programs)))
        self.number, self.current, self.unproven = number, files, []
        return number

    def _write(self):
        """Write the wanted generation beside the one in force; returns its number, None for none."""
        about = dict(self.request.get('about') or {})
        # Rows that this run does not mean are known when they were known before.
        about['rows'] = generations.ROWS in self.request['parts'] or bool(self.store.manifest(self.number).get('rows'))
        return self.store.write(self.wanted, self.current, about) if self.wanted else None

    def _put_in_force(self, number):
        if number is not None:
            self.store.set_access(number)
        self.store.switch(number)
        if number is not None:
            self.store.touch(number)

    def _drop_unready_repair(self):
        """Routes make one attempt until the script that mends VICIdial's table has reached it."""
        if 'dialplan' not in self.request['parts'] or 'repair-ready.conf' not in self.wanted:
            return
        running = process()
        reason = repair_reason(self.wanted['repair.agi'], running and running[1:])
        if reason:
            del self.wanted['repair-ready.conf']
            self.warnings.append('the routes of this dialer make one attempt per call, without failover, since calls '
                                 'that fail over would not reach their agents: %s. Run this again when that is mended.'
                                 % reason.rstrip('.'))

    def _lines(self):
        """The operator's files that need our line or are to lose it: path to (old text, new text)."""
        changes = {}
        for path, (target, line, place) in includes.lines(self.store.place).items():
            old = safe_files.read_text(target)
            new = includes.with_line(old, line, place) if path in self.wanted else includes.without_line(old)
            if new != old:
                changes[target] = (old, new)
                if path == 'nftables.conf' and not safe_files.exists(target) and new:
                    self.warnings.append('%s was not there and is made: see that the service nftables loads it at boot '
                                         '(where it loads another file, include this one there), or the firewall is '
                                         'gone after a reboot until the next run' % target)
        return changes

    def _programs(self):
        """The programs that have to read something again."""
        programs = {program_of(path) for path in self.changed_files} - {None}
        if self.changed_files or self.lines:
            programs.add('dialplan')
        for path, (target, _line, _place) in includes.LINES.items():
            if target in self.lines and path != 'nftables.conf':
                programs.add(program_of(path))
        if self.amiss:  # a program may have failed to read a file, or may have read another's
            programs.update({program_of(path) for path in self.current} - {None})
        return programs | self.unproven_programs

    def _unproven(self, number, files):
        """What the running programs lack of these files: sentences. Sets ``contexts`` and ``unproven_programs``."""
        self.contexts = self.dialer.contexts()
        missing = {
            'dialplan': loaded_checks.dialplan(files, number, self.contexts),
            'rtp': [],
            'nft': self._table_differs(number, files),
        }
        for program, technology in BY_DIRECTORY.items():
            wanted = loaded_checks.file_peers(files, technology)
            loaded = self.dialer.peers(technology.name, set(wanted)) if wanted else []
            missing[program] = loaded_checks.peers(wanted, loaded)
        if 'rtp.conf' in files:
            missing['rtp'] = loaded_checks.rtp(files['rtp.conf'], self.dialer.rtp())
        self.unproven_programs = {program for program, found in missing.items() if found}
        return [sentence for _program, found in sorted(missing.items()) for sentence in found]

    def _table_differs(self, number, files):
        listing = self.dialer.table()
        if 'nftables.conf' not in files:
            return ['the nftables table inet %s is still loaded' % TABLE] if listing else []
        if not listing:
            return ['the nftables table inet %s is not loaded' % TABLE]
        loaded = self.store.read(number, LISTING)
        return [] if loaded == listing else ['the nftables table inet %s is not what was loaded' % TABLE]

    def _write_lines(self, new):
        for target, texts in sorted(self.lines.items()):
            text = texts[1] if new else texts[0]
            if text == safe_files.read_text(target):
                continue
            if text:
                safe_files.write_text(target, text)
            else:
                safe_files.remove(target)

    def _reload(self, programs, number, files):
        """Reload these programs and have them prove that they hold these files; raises Refused."""
        if 'nft' in programs:
            self.dialer.load_table(self.store.place('nftables.conf'))
        # A generation that took the firewall over as it was holds no listing of its own yet.
        if number is not None and 'nftables.conf' in files:
            if 'nft' in programs or not self.store.read(number, LISTING):
                self.store.put(number, LISTING, self.dialer.table())
        for program in sorted(programs - {'nft'}):
            self.dialer.reload(program)
        limit = time.time() + PEERS_RELOAD_LIMIT
        missing = self._prove(programs, number, files)
        while missing and programs.intersection(BY_DIRECTORY) and time.time() < limit:
            time.sleep(0.3)
            missing = self._prove(programs, number, files)
        if missing:
            raise Refused('Asterisk did not take the new configuration:\n' + '\n'.join('  ' + line for line in missing))

    def _prove(self, programs, number, files):
        missing = []
        if 'dialplan' in programs:
            missing += loaded_checks.dialplan(files, number, self.dialer.contexts())
        for program in sorted(programs.intersection(BY_DIRECTORY)):
            technology = BY_DIRECTORY[program]
            # Those of the other generation are to be gone, on the way there and on the way back.
            wanted = dict.fromkeys(list(loaded_checks.file_peers(self.current, technology))
                                   + list(loaded_checks.file_peers(self.wanted, technology)))
            wanted.update(loaded_checks.file_peers(files, technology))
            if wanted:
                missing += loaded_checks.peers(wanted, self.dialer.peers(technology.name, set(wanted)))
        if 'rtp' in programs and 'rtp.conf' in files:
            missing += loaded_checks.rtp(files['rtp.conf'], self.dialer.rtp())
        return missing

    def _restore(self, failed, programs):
        """Put everything back; returns the sentence that says what is in force now."""
        try:
            # On a full disk, the failed generation makes room for the rest.
            self._put_in_force(self.number)
            self._discard(failed)
            self._write_lines(new=False)
            self._reload(programs, self.number, self.current)
        except Exception as fault:  # the message must come out, whatever else went wrong
            if isinstance(fault, Refused) and self.unproven:
                self.restored = True
                return 'Restored: %s, as it was found. The running programs did not hold all of it before either:%s' % (
                    self._former(), ''.join('\n  ' + line for line in self.unproven))
            self.restored = False
            return ('Restoring %s failed as well: %s\nThe files of the former state are back on disk; look at '
                    'Asterisk\'s log, then run this again.' % (self._former(), fault))
        self.restored = True
        return 'Restored and proven: %s.' % self._former()

    def _discard(self, failed):
        if failed not in (None, self.number):
            self.store.discard(failed)

    def _former(self):
        return 'the state without trunks of ours' if self.number is None else 'generation %d' % self.number


def tidy(store):
    """Remove what is only there to go back to: all of it, when no generation is in force."""
    if store.linked() is None:
        store.remove()
    else:
        store.tidy()


def _summary(text):
    """A line about a file that is made for Asterisk to look things up in: megabytes of digits help nobody in a diff."""
    if not text:
        return ''
    return '%d lines, SHA-256 %s\n' % (text.count('\n'), hashlib.sha256(text.encode('utf-8')).hexdigest())


def _entry(path, before, after):
    return {'before_header': path, 'after_header': path, 'before': before, 'after': after}
