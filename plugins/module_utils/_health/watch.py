# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the monitor does each second. What it decides is decided by C(trunk_state), C(lease) and C(calls)."""

import json
import os
import socket
import syslog
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import parsers, route_held
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.cli import AsteriskError
from ansible_collections.dialer.trunks.plugins.module_utils._common import processes, safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._generation import monitor
from ansible_collections.dialer.trunks.plugins.module_utils._health import (
    ami, attempt_log, events, faults, hooks, lease, maintenance, measures, missed, outlets, places, rates, trunk_state)
from ansible_collections.dialer.trunks.plugins.module_utils._health.calls import Calls
from ansible_collections.dialer.trunks.plugins.module_utils._health.counters import Counters

UNKNOWN = dict(state=parsers.UNKNOWN, address=None, port=None, latency_ms=None)
AT_LEAST = 10   # seconds between two looks at the leases, see C(lease.commands), and between two statuses
BY_ITSELF = 'the monitor'
GATHER = 0.05   # seconds in which further messages come, so that a busy dialer's are not read one at a time


class Watch(object):
    """The monitor. ``cli``: Asterisk's command line; ``program``: the digest of this program."""

    def __init__(self, cli, program):
        places.make()
        self.program = program
        self._cli, self._began, self._dialer = cli, time.time(), socket.gethostname()
        self._number, self._orders, self._calls, self._rates = None, None, Calls(), rates.Rates()
        self._states, self._peers, self._in_use = {}, {}, {}
        self._events = events.Events(cli)
        self._log, self._missed = attempt_log.AttemptLog(places.ATTEMPTS), missed.Missed(cli, self.remark)
        self._outlets, self._counters = outlets.Outlets(self.remark), Counters()
        self._heard, self._late = time.time(), 0.0
        self._records, self._records_seen = {}, None
        self._sample_at, self._sample_now, self._act_at = 0, set(), 0
        self._leased = None     # the trunks that calls pass over, None before the first look
        self._troubles = {}     # {of what: a sentence}
        self._remarked = ''

    def follow(self, number, orders, secret, open_file):
        """Follow the orders of this generation from now on. What is known of trunks that stay is kept.
        ``open_file(path)`` returns a descriptor of a file of the generation."""
        if self._orders is None:
            self._missed.restore(self._log.serials())
        if self._orders is None or orders['digest'] != self._orders['digest']:
            self._take(orders)
        self._number, self._orders = number, orders
        self._rates.follow(orders['trunks'], open_file)
        self._calls.follow(orders, number, self._rates.of)
        self._outlets.follow(orders)
        self._events.log_in_as(monitor.USER, secret)
        self._act_at = 0

    def _take(self, orders):
        known = {name: state.saved() for name, state in self._states.items()} if self._orders else _saved()
        settings = {key: orders[key] for key in ('down_after', 'up_after', 'breaker')}
        gone = set(self._states) - set(orders['trunks'])
        if gone:
            self._lease(set(), sorted(gone))
        self._states = {name: trunk_state.TrunkState(name, settings) for name in orders['trunks']}
        for name, state in self._states.items():
            state.restore(known.get(name))
            state.maintained(self._records.get(name))
        self._peers = {name: self._peers.get(name, UNKNOWN) for name in orders['trunks']}
        self._sample_at, self._sample_now = 0, set()

    def tick(self, seconds):
        """Take what happens within this time, then act; at once on what changes the state of a trunk."""
        until, urgent = time.monotonic() + seconds, False
        while not urgent and time.monotonic() < until:
            messages = self._events.read(max(until - time.monotonic(), 0))
            self._missed.look(self._events)
            for message in messages:
                urgent = self._message(message) or urgent
            if messages and not urgent:
                time.sleep(GATHER)
        now = time.monotonic()
        self._late = max(now - until, 0.0)
        self._keep(*self._calls.take())
        self._read_maintenance()
        if now >= self._sample_at:
            self._sample_at = now + self._orders['interval']
            self._sample_now.update(self._states)
            self._log.expire(self._orders['keep_days'], self._orders['keep_mb'])
        if self._sample_now:
            self._sample(self._sample_now)
            self._sample_now = set()
            self._act_at = 0
        self._act(now)

    def _keep(self, attempts, talks):
        self._log.add(attempts, talks, *self._missed.take())
        for attempt in attempts:
            self._counters.attempt(attempt)
        for _key, trunk, seconds, rate in talks:
            self._counters.talked(trunk, seconds, rate)
        self._say('rate decks', self._rates.trouble)

    def _message(self, message):
        """Take a message. Returns whether to act at once."""
        self._heard = time.time()
        self._missed.message(message)
        if message.get('Event') == 'FullyBooted':   # with a restart, all leases are gone
            self._sample_at = 0
            return True
        changed = ami.peer_changed(message)
        if changed in self._states:
            self._sample_now.add(changed)
            return True
        now = time.time()
        attempt = self._calls.message(message, now)
        if attempt is None:
            return False
        state = self._states[attempt['trunk']]
        state.attempt(now, attempt['fault'] == faults.TRUNK, attempt['responded'], attempt['seconds'] or 0)
        return state.decide(now)['passed_over'] != (attempt['trunk'] in (self._leased or ()))

    def _read_maintenance(self):
        """Read the operator's file when it was changed."""
        try:
            found = os.stat(places.MAINTENANCE)
            seen = found.st_mtime, found.st_size, found.st_ino
        except OSError:
            seen = None
        if seen == self._records_seen:
            return
        self._records_seen = seen
        try:
            self._records = maintenance.read(safe_files.read_text(places.MAINTENANCE)) if seen else {}
        except (maintenance.Invalid, IOError, OSError, safe_files.Foreign) as fault:
            self._say(places.MAINTENANCE, '%s: %s' % (places.MAINTENANCE, fault))
            return
        self._say(places.MAINTENANCE, '')
        for name, state in self._states.items():
            state.maintained(self._records.get(name))

    def _sample(self, counted):
        """Ask Asterisk for the state of the trunks, and count it for these. What cannot be asked is not down."""
        trunks = self._orders['trunks']
        try:
            peers = self._cli.peers_of({trunk['technology'] for trunk in trunks.values()}, ())
            self._in_use = route_held.group_counts(self._cli.run('group show channels'))
        except AsteriskError as fault:
            self._say('Asterisk', str(fault))
            return
        self._say('Asterisk', '')
        for name, trunk in trunks.items():
            self._peers[name] = peers.get((trunk['technology'], name), UNKNOWN)
            if name in counted:
                self._states[name].sample(time.time(), self._peers[name]['state'])

    def _act(self, monotonic):
        """Decide, lease and tell."""
        now = time.time()
        before = {name: state.reported for name, state in self._states.items()}
        changes = {name: state.change(now) for name, state in self._states.items()}
        decisions = {name: state.decide(now) for name, state in self._states.items()}
        passed_over = {name for name, decision in decisions.items() if decision['passed_over']}
        for name in sorted(name for name, change in changes.items() if change):
            self._tell(name, before[name], decisions[name], now)
        unsaved = any(changes.values())
        if passed_over != self._leased or unsaved or monotonic >= self._act_at:
            unsaved = unsaved or places.SAVED in self._troubles     # it could not be written the last time
            if passed_over or self._leased or self._leased is None:
                self._lease(passed_over, self._orders['trunks'])
            self._leased, self._act_at = passed_over, monotonic + AT_LEAST
            self._write_status(decisions, now)
        if unsaved:
            self.save()

    def _lease(self, passed_over, known):
        try:
            held = lease.parse_globals(self._cli.run('dialplan show globals'))
            for command in lease.commands(passed_over, held, time.time(), known):
                self._cli.run(command)
            self._say('leases', '')
        except AsteriskError as fault:
            self._say('leases', str(fault))

    def _tell(self, name, before, decision, now):
        record = self._records.get(name) if trunk_state.IN_MAINTENANCE in (before, decision['state']) else None
        who, asterisk = record['who'] if record else BY_ITSELF, self._peers[name]['state']
        over = 'the maintenance has ended' if before == trunk_state.IN_MAINTENANCE else 'good again'
        self._log.changed(now, name, decision['state'], asterisk, decision['why'], who)
        if decision['state'] == trunk_state.SUSPENDED != before:
            self._counters.suspended(name)
        self._outlets.tell(hooks.event(now, self._dialer, name, decision['state'], before, asterisk,
                                       decision['why'] or over, who, decision['until']))

    def _write_status(self, decisions, now):
        trunks = {}
        for name, decision in decisions.items():
            peer = self._peers[name]
            trunks[name] = dict(
                state=decision['state'], why=decision['why'], since=decision['since'], until=decision['until'],
                asterisk=peer['state'], address=peer['address'], latency_ms=peer['latency_ms'],
                calls=self._in_use.get(name, 0), capacity=self._orders['trunks'][name]['max_calls'])
        ami_said, log = self._events, self._log
        status = dict(
            process=processes.process(os.getpid()), program=self.program, orders=self._orders['digest'],
            generation=self._number, began=self._began, time=now, trunks=trunks,
            trouble='; '.join(sorted(self._troubles.values())),
            ami=dict(since=ami_said.since, trouble=ami_said.trouble, dropped=ami_said.dropped, odd=self._calls.odd),
            attempts=dict(waiting=log.waiting, lost=log.lost, missed=log.missed, trouble=log.trouble, note=log.note),
            hooks=self._outlets.queues(), hooks_trouble=self._outlets.trouble, unwritten=self._outlets.unwritten)
        self._write(monitor.STATUS, status)
        self._outlets.publish(self._snapshot(trunks, now))

    def _snapshot(self, trunks, now):
        """Return what C(metrics.render) takes."""
        queues = {name: counts['queued'] for name, counts in self._outlets.queues().items()}
        return dict(
            version=self.program, generation=self._number, pdd_bounds_ms=measures.PDD_BUCKETS,
            trunks={name: dict(self._counted(name), **trunk) for name, trunk in trunks.items()},
            monitor=dict(event_age_s=now - self._heard, queues=dict(queues, attempts=self._log.waiting),
                         lag_s=self._late, ami=int(self._events.since is not None), lost=self._log.lost))

    def _counted(self, name):
        """Return the counts of a trunk; without a rate, it has no cost."""
        counts = self._counters.of(name)
        return counts if self._rates.has(name) else dict(counts, cost=None)

    def save(self):
        """Save what a restarted monitor goes on with."""
        self._write(places.SAVED, {name: state.saved() for name, state in self._states.items()})

    def leave(self):
        """End what was started, and save what the next monitor goes on with."""
        self.save()
        self._outlets.stop()

    def _write(self, path, content):
        try:
            safe_files.write_text(path, json.dumps(content, sort_keys=True) + '\n', 0o600)
            self._say(path, '')
        except (IOError, OSError, safe_files.Foreign) as fault:
            self._say(path, '%s: %s' % (path, fault))

    def end(self):
        """Release every trunk, and leave nothing that tells of a monitor, or that a later one would go on with."""
        self._lease(set(), sorted(self._states))
        if self._orders is not None:
            self._log.add([], [])   # without serial numbers: what ends from now on is not missed
        self._outlets.end()
        self._events.close()
        self._log.close()
        self._rates.close()
        for path in (monitor.STATUS, places.SAVED):
            safe_files.remove(path)

    def remark(self, text):
        """Log a sentence, once where it comes again and again."""
        if text != self._remarked:
            syslog.syslog(syslog.LOG_WARNING, text)
            self._remarked = text

    def _say(self, what, trouble):
        """Log a trouble of this kind when it begins, and when it has ended (empty)."""
        if trouble and trouble != self._troubles.get(what):
            self._troubles[what] = trouble
            self.remark(trouble)
        elif not trouble and self._troubles.pop(what, None):
            syslog.syslog(syslog.LOG_INFO, '%s: no trouble any more' % what)


def _saved():
    try:
        found = json.loads(safe_files.read_text(places.SAVED) or '{}')
    except (ValueError, IOError, OSError, safe_files.Foreign):
        found = None
    return found if isinstance(found, dict) else {}
