# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One commit on one dialer, all or nothing.

It compares, writes a new generation, adds the marked lines, switches the link, reloads what changed, and checks the
running programs. If any of that fails, the former state is restored and checked.
"""

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import route_tests
from ansible_collections.dialer.trunks.plugins.module_utils._generation import (
    composition, layout, monitor, repair, switch)
from ansible_collections.dialer.trunks.plugins.module_utils._generation.change import Change
from ansible_collections.dialer.trunks.plugins.module_utils._generation.errors import Refused, Unfinished
from ansible_collections.dialer.trunks.plugins.module_utils._generation.proof import InForce

AMI_IS_OFF = (
    "Asterisk's manager interface (AMI) is off on this dialer, and the health monitor reads it: set enabled=yes in "
    '[general] of /etc/asterisk/manager.conf and type "manager reload", or set dialer_health.enabled to false. This '
    'step touched nothing.')
UNSUPERVISED = (
    'nothing will start the health monitor of this dialer again after a reboot or a failure: %s. Install cron, start '
    'it, and run this again.')
ABSENT = {'parts': list(layout.PARTS) + [layout.ROWS], 'files': {}, 'base': {}, 'prune': True, 'drop': ['']}


class Commit(object):
    """The commit of a request's files to a dialer. Reads on creation, changes nothing before ``apply``.

    ``state``: what is in force before. ``change``: what differs from it. ``number``: of the generation in force.
    ``unready``: why calls that fail over would not reach their agents, or empty.
    """

    def __init__(self, store, dialer, request):
        self.unready = ''
        self.dialer = dialer
        self.request = request
        self.tests = []  # the results of the route tests, after C(test)
        self.state = InForce(store, dialer)
        self.number = self.state.number
        wanted, warnings = self._wanted()
        self.change = Change(
            self.state, wanted, composition.differing(wanted, self.state.files), request.get('shipped', ()))
        self.warnings = warnings + self.change.warnings

    def _wanted(self):
        """Return (the files that are to be in force, warnings)."""
        request, warnings = self.request, []
        wanted = composition.compose(self.state.files, request)
        monitor.with_secret(wanted, self.state.files)
        why = repair.unready(wanted) if 'dialplan' in request['parts'] else None
        self.unready = why or ''
        if why:  # routes make one attempt until the script that repairs VICIdial's table can reach it
            del wanted['repair-ready.conf']
            warnings.append('the routes of this dialer make one attempt per call, without failover, since calls that '
                            'fail over would not reach their agents: %s. Fix that, and run this again.' % why)
        why = monitor.unsupervised() if layout.MONITOR in wanted else ''
        if why:
            warnings.append(UNSUPERVISED % why)
        if self.number is None and set(wanted) <= set(request['base']):
            wanted = {}  # nothing is described or in force: the dialer is left alone
        return wanted, warnings

    def left_over(self):
        """Return the files of trunks and routes that are kept although they are no longer described."""
        return composition.left_over(self.change.wanted, self.request)

    def predict(self):
        """Raise Unfinished if a route test will fail, or an inbound number cannot reach its goto. Changes nothing."""
        inbound = self.request.get('inbound')
        if inbound:
            errors, warnings = route_tests.shadows(inbound, self.state.contexts)
            self.warnings += warnings
            if errors:
                raise Unfinished('\n'.join(errors) + '\nRemove these extensions, or give the trunks a context of '
                                 'their own. This step touched nothing.')
        new = set(self.change.files).intersection(self.change.wanted)
        if layout.AMI_USER in new and not self.dialer.ami()['enabled']:
            raise Unfinished(AMI_IS_OFF)
        conflicts = composition.conflicting(self.change.wanted, self.left_over())
        if conflicts:
            raise Unfinished('\n'.join(conflicts) + '\nThis step touched nothing.')
        failing = self._bound_to_fail(self.state.contexts)
        if failing:
            raise Unfinished(route_tests.message(failing) + '\nThis step touched nothing.')

    def _bound_to_fail(self, contexts):
        described = self.request.get('tests')
        names = {path[len('routes/'):-len('.conf')] for path in self.change.wanted if path.startswith('routes/')}
        return route_tests.bound_to_fail(described, contexts, names) if described else []

    def test(self):
        """Make the route tests on the running dialplan. Raises Refused if one fails."""
        described = self.request.get('tests')
        if described:
            self.tests, failing = route_tests.make(described, self.dialer.answer)
            if not failing and not all(test['passed'] for test in self.tests):
                # Tests that wait for a row are predicted again, since the reload may have loaded other changes.
                failing = self._bound_to_fail(self.dialer.contexts())
            if failing:
                raise Refused(route_tests.message(failing))

    def apply(self):
        """Commit. Returns the number of the generation in force. Raises Unfinished if the commit failed."""
        number = self._write() if self.change.files else self.number
        switch.all_or_nothing(self.change, number, bool(self.change.files), self.test)
        self.number = number
        return number

    def _write(self):
        """Write the wanted generation besides the one in force. Returns its number, None for none."""
        store, about = self.state.store, dict(self.request.get('about') or {})
        # Rows that are not part of this run are copied from the generation in force, if it has them.
        about['rows'] = layout.ROWS in self.request['parts'] or bool(store.manifest(self.number).get('rows'))
        return store.write(self.change.wanted, self.state.files, about) if self.change.wanted else None


def tidy(store):
    """Remove old generations that are not kept for a rollback; all of them if no generation is in force."""
    if store.linked() is None:
        store.remove()
    else:
        store.tidy()
    monitor.tidy(store)
