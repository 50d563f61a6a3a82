# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of ``vicidial_carriers``: reads once, compares, checks, then does the requested steps."""

import gc
import time

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import tables as store
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import admin_log as texts
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import model as table
from ansible_collections.dialer.trunks.plugins.module_utils._database import connection as database
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import generated
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import adoption, unlisted


OVERDUE = 60  # seconds after the deadline, after which a watchdog that has not rolled the rows back will not do so


class Failure(Exception):
    """The run cannot continue. ``str()`` is the message, ``result`` what the module returns besides."""

    def __init__(self, message, **result):
        Exception.__init__(self, message)
        self.result = result


class Run(object):
    """One run. ``options``: as C(options.settle) returns them."""

    def __init__(self, options, check_mode=False, diff_mode=False, clock=time.time, journal=None):
        self.cursor = None
        self.journal = journal  # see _confirm/rows; None: what is written stays
        self.options = options
        self.check_mode = check_mode
        self.diff_mode = diff_mode
        self.clock = clock
        self.state = None
        # {(name, server_ip): names of the peers that the carrier defines}
        self.peers = {(carrier['name'], carrier['server_ip']): checks.peers_of(carrier)
                      for carrier in options['carriers']}
        for carrier in options['carriers']:
            carrier['columns'] = table.columns_of(carrier)
        self.changes = []
        self.campaigns = []     # [(campaign_id, {column: (old, new)})]
        self.warnings = []
        self.unlisted = []      # servers outside of the inventory that have managed rows, see C(unlisted.report)
        self.stale = {}         # {server_ip: what its generated files lack}, see C(_find_stale)
        self.changed = False
        self.waited = {}
        self.written = []       # for messages: each step with the number of its changes
        self.timings = dict(read=0.0, compare=0.0, write=0.0, waited=0.0)

    def run(self, connection):
        """Do all steps on this connection; C(result) returns the outcome. Raises Failure or DatabaseError."""
        self.cursor = connection.cursor()
        lock = self.options.get('login_db') or 'asterisk'
        if not self.check_mode:
            self._timed('read', store.lock, self.cursor, lock)
        self.state = self._timed('read', store.read, self.cursor, self.options['carriers'], self.options['campaigns'],
                                 {name for names in self.peers.values() for name in names},
                                 self.options['longest_waits'])
        self._timed('compare', self._compare)
        self._check_other_runs()
        self.stale = self._timed('compare', self._find_stale) if self.options['steps'] else {}
        waiting = self._timed('write', self._resume)
        steps = [step for step in table.STEPS if step in self.options['steps']]
        for step in steps:
            waiting = self._step(step, waiting, lock)
        self._wait(waiting, lock)

    def _timed(self, part, function, *arguments):
        """Return the function's result, and add its seconds to this part of the timings."""
        start = self.clock()
        try:
            return function(*arguments)
        finally:
            self.timings[part] += self.clock() - start

    def _compare(self):
        """Set changes, campaigns and warnings. Raises Failure with every error, before anything is written."""
        options, state = self.options, self.state
        batch = set(options['server_ips'])
        wanted = options['carriers']
        rows = table.Rows(state.rows)
        adopted = adoption.chosen(wanted, rows)
        idle = checks.idle(wanted, rows, adopted)
        errors, self.warnings = checks.check_servers([carrier for carrier in wanted if carrier not in idle],
                                                     state.servers, batch, options['all_dialers'])
        # A row for every dialer can only be a leftover in a run for all dialers.
        if options['all_dialers']:
            batch.add(table.EVERY_DIALER)
        self.changes = table.compare(wanted, rows, batch, options['prune'], adopted, state.servers)
        self.changes += adoption.replaced(wanted, state.rows, self.changes)
        adoption.replace_equal_routes(self.changes)
        self.warnings += adoption.lost(wanted, self.changes)
        errors += adoption.check(wanted, state.rows, self.changes, options['all_dialers'])
        errors += checks.check_places(wanted, rows, batch)
        errors += checks.check_values(self.changes, state.limits)
        for carrier in wanted:
            template = carrier['template_id']
            if template not in ('--NONE--', '') and template not in state.templates:
                errors.append('%s, template_id: no row of vicidial_conf_templates has the template_id %s'
                              % (checks.label(carrier['server_ip'], carrier['kind'], carrier['name']), template))
        found, warnings = checks.check_conflicts(self.changes, rows, state.servers, state.phones, self.peers,
                                                 adoption.adopting(wanted))
        errors += found
        self.warnings += warnings + checks.copies(rows) + checks.moved(rows, self.changes)
        errors += checks.check_campaigns(options['campaigns'], state.campaigns, state.campaign_limits)
        if errors:
            raise Failure('nothing was written, %d %s:\n%s' % (
                len(errors), 'mistake' if len(errors) == 1 else 'mistakes', '\n'.join('- ' + line for line in errors)),
                errors=errors, warnings=self.warnings, servers=sorted(state.servers))
        beyond = unlisted.find(rows, options['known_servers'], state.servers, options['prune_unlisted'])
        self.changes += beyond
        self.unlisted = unlisted.report(beyond, state.servers)
        if options['steps'] != ['trunk_removals']:      # the last call of a run, whose first ones have named all rows
            self.warnings += [server['text'] for server in self.unlisted]
        self.warnings += checks.timeouts(options['campaigns'], state.campaigns, options['longest_waits'])
        self.warnings += checks.capacities(options['capacity'], state.servers)
        self.campaigns = table.compare_campaigns(options['campaigns'], state.campaigns)

    def _check_other_runs(self):
        """Raise Failure while the rows of another run, written from another host, wait to be confirmed: they may be
        rolled back. If that has not happened in time, it never will, and this run continues from these rows."""
        own = (self.options.get('run') or {}).get('id')
        for run_id, address, age, who, within in self.state.waiting:
            if run_id == own:
                continue
            left = within + OVERDUE - age
            if left > 0:
                text = ('%s has written rows from %s and has not confirmed them yet; unless it does, they are rolled '
                        'back within %d s' % (who, address, left))
                if not self.check_mode:
                    raise Failure('nothing was written: %s. Run this again after that' % text)
                self.warnings.append(text)
                continue
            self.warnings.append('the rows of %s, written from %s, were neither confirmed nor rolled back in time; '
                                 'they stay' % (who, address))
            if not self.check_mode:
                store.end_waiting(self.cursor, run_id, ' (another run continues from there)')

    def _find_stale(self):
        """Return {server_ip: [what its generated files lack of the rows]}, without the servers that the steps of this
        run flag in any case."""
        files, generating = self.options['generated_files'] or {}, self.state.generating()
        soon = table.servers_of([change for change in self.changes if change.step in self.options['steps']], generating)
        rows = checks.generated_rows(self.state.rows)
        found = {}
        for server_ip in sorted(set(files).intersection(generating).difference(soon)):
            here = rows.get(server_ip, []) + rows.get(table.EVERY_DIALER, [])
            sentences = generated.stale(here, files[server_ip])
            if sentences:
                found[server_ip] = sentences
                self.warnings.append(checks.asked_again(server_ip, sentences))
        return found

    def _resume(self):
        """Flag the servers of rows that an interrupted run has written, those of ``rebuild``, and those whose generated
        files differ from the rows.

        Returns ([server_ip] to wait for, log entries to finish then, the remark for their notes).
        """
        servers, generating = self.state.servers, set(self.state.generating())
        rebuild = self.options['rebuild'] + sorted(self.stale)
        batch = set(self.options['server_ips'] + rebuild)
        begun = [entry for entry in self.state.begun
                 if entry[1] in batch or entry[1] in (None, table.EVERY_DIALER)
                 or unlisted.is_out(entry[1], self.options['known_servers'], servers)]

        def reached(places):
            return generating if table.EVERY_DIALER in places else generating.intersection(places)

        up = {place for place in servers if servers[place]['rebuild_conf_files'] == 'Y'}
        unasked = reached([place for number, place, asked in begun if not asked] + rebuild)
        asked = reached([place for number, place, asked in begun if asked])
        if begun:
            self.warnings.append('an earlier run was cut short, or the generator did not run in time for it; this run '
                                 'continues from there: %s'
                                 % (checks.listed(unasked | asked) or 'nothing is left to do'))
        low = sorted(unasked - up)
        if low:
            self.changed = True
            self.written.append('rebuild_conf_files of ' + checks.listed(low))
            if not self.check_mode:
                store.flag(self.cursor, low)
        note = ' (the run was cut short, or the generator ran late)'
        return sorted(unasked | asked & up), [entry[0] for entry in begun], note

    def _step(self, step, waiting, lock):
        """Do one step, after waiting for the generators of the one before. Returns what C(_wait) then waits for."""
        if step == 'campaigns':
            changes, number = self.campaigns, len(self.campaigns)
        else:
            changes = [change for change in self.changes if change.step == step]
            number = len(changes)
        if not number:
            return waiting
        self.changed = True
        if self.check_mode:
            return waiting
        self._wait(waiting, lock)
        if waiting[0]:
            store.lock(self.cursor, lock)
        if self.journal:
            (self.journal.campaigns if step == 'campaigns' else self.journal.changes)(changes)
            # After the journal: without one, no watchdog would remove the entry.
            store.mark_waiting(self.cursor, self.journal.request['run'], self.journal.request['within'],
                               self.state.address)
        if step == 'campaigns':
            entries = self._timed('write', store.write_campaigns, self.cursor, changes, self.state.address,
                                  self.options.get('run'))
            servers = []
        else:
            entries = self._timed('write', store.write, self.cursor, changes, self.state.address,
                                  self.options.get('run'))
            servers = table.servers_of(changes, self.state.generating())
            self._timed('write', store.flag, self.cursor, servers)
        self.written.append('%s: %d' % (step, number))
        return servers, entries, ''

    def _wait(self, waiting, lock):
        """Wait for the generators and finish the log entries. ``waiting``: as C(_resume) returns. Raises Failure."""
        servers, entries, note = waiting
        if self.check_mode or not (servers or entries):
            return
        limit = self.options['wait']
        if servers and limit:
            store.unlock(self.cursor, lock)
            waited, absent = self._timed('waited', store.wait, self.cursor, servers, limit)
            for server_ip, seconds in waited.items():
                self.waited[server_ip] = round(self.waited.get(server_ip, 0) + seconds, 1)
            if absent:
                self._timed('write', store.leave_asked, self.cursor, entries, absent)
                raise Failure(
                    "VICIdial's generator did not run within %d s on %s: rebuild_conf_files is still Y there. Written "
                    'so far: %s; %s. Check on that dialer '
                    "whether root's crontab runs ADMIN_keepalive_ALL.pl each minute, whether it reaches this database, "
                    'and whether Asterisk runs in the screen named asterisk'
                    % (limit, checks.listed(absent), '; '.join(self.written) or 'nothing', self._next()),
                    changed=self.changed, waited=self.waited, absent=absent, warnings=self.warnings)
        self._timed('write', store.finish, self.cursor, entries, note)

    def _next(self):
        """Return a clause that says what happens to the written rows after this run has failed."""
        if self.journal and self.written:
            return ('it is rolled back with this run, at the latest in %d s'
                    % self.journal.request['within'])
        return 'nothing of it has to be rolled back, the next run continues from here'

    def result(self):
        """Return the module's result."""
        done = [step for step in table.STEPS if step in self.options['steps']]
        pending = dict.fromkeys(table.STEPS, 0)
        for change in self.changes:
            if change.step:
                pending[change.step] += 1
        pending['campaigns'] = len(self.campaigns)
        for step in done:
            pending[step] = 0
        if 'route_removals' not in done:  # the route's context stays as long as its row may still lead there
            pending['route_removals'] += sum(change.replaced for change in self.changes)
        leftovers = [change.result() for change in self.changes if change.action in ('left', 'removed', 'returned')]
        result = dict(
            changed=self.changed, carriers=[change.result() for change in self.changes], pending=pending,
            campaigns=[dict(campaign_id=name, fields=sorted(differ)) for name, differ in self.campaigns],
            servers=sorted(self.state.servers), leftovers=leftovers, warnings=self.warnings, waited=self.waited,
            rebuilt=[dict(server_ip=server_ip, why=why, text=checks.asked_again(server_ip, why))
                     for server_ip, why in sorted(self.stale.items())],
            unlisted=self.unlisted,
        )
        if self.diff_mode:
            result['diff'] = [texts.diff(change) for change in self.changes if change.step in done]
            if 'campaigns' in done:
                result['diff'] += [texts.campaign_diff(name, differ) for name, differ in self.campaigns]
        return result


def perform(settings, options, check_mode=False, diff_mode=False, clock=time.time, journal=None):
    """Connect, run and close. Returns the module's result with its ``timings`` (seconds). Raises as Run does."""
    # What needs no database is done before the connection is made and after it is closed, to hold the lock briefly.
    run = Run(dict(options, login_db=settings['database']), check_mode, diff_mode, clock, journal)
    start = clock()
    # Thousands of small objects are created here, and all are kept to the end. Garbage collection would find nothing
    # and take a fifth of the time.
    collecting = gc.isenabled()
    gc.disable()
    connection = database.connect(settings)
    connected = clock()
    try:
        run.run(connection)
    except database.errors() as error:
        raise Failure('%s: %s. Written before: %s; %s'
                      % (database.where(settings), database.explain(error), '; '.join(run.written) or 'nothing',
                         run._next()),
                      changed=bool(run.written))
    finally:
        closing = clock()
        connection.close()
        if collecting:
            gc.enable()
    end = clock()
    timings = dict(run.timings, connect=connected - start, close=end - closing)
    timings['total'] = end - start - timings['waited']
    result = run.result()
    result['timings'] = {name: round(seconds, 4) for name, seconds in timings.items()}
    return result
