# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A test call: whether it can be placed, the call file that places it, and what it leaves until it has ended."""

import contextlib
import io
import os
import random
import re
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import (
    call_trace, cli as asterisk, dialplan_parsers, dialplan_scope, route_tests)

LIMIT = 600             # seconds
STARTED_WITHIN = 10     # seconds; pbx_spool checks for files each second where the kernel does not notify it
AFTERWARDS = 10         # seconds after the end of the call until its trace must be complete
INTERVAL = 0.2


class NotPlaced(Exception):
    """The call cannot be placed; the text says why."""


def check_options(options):
    """Raise NotPlaced for options that cannot be used."""
    for key, pattern, allowed in (
            ('number', r'[0-9*#+]{1,40}', '1 to 40 digits, * # and +'),
            ('caller_id', r'(\+?[0-9]{1,20})?', '1 to 20 digits, with or without a + in front'),
            ('route', r'[a-z][a-z0-9_]{1,11}', 'the name of a route'),
            ('context', r'[A-Za-z0-9_.-]{1,79}', 'the name of a context')):
        value = options[key]
        if value is not None and not re.match(r'(?:%s)\Z' % pattern, value):
            raise NotPlaced('%s: must be %s, not %r' % (key, allowed, value))
    for key in ('timeout', 'answer_seconds'):
        if not 1 <= options[key] <= LIMIT:
            raise NotPlaced('%s: must be from 1 to %d, not %d' % (key, LIMIT, options[key]))
    if options['route'] and options['context']:
        raise NotPlaced('context: cannot be used with route')


def destination(cli, options):
    """Return (route, context or None, match of C(route_tests) or None) of the call in the running dialplan. With the
    option C(route), there are no context and no match. Raises NotPlaced."""
    names = [context['name'] for context in cli.read(dialplan_parsers.dialplan, 'dialplan show')]
    routes = [name[len('trunks-route-'):] for name in names if name.startswith('trunks-route-')]
    if call_trace.FAMILY not in names:
        raise NotPlaced('the running dialplan has no context %s: run site.yml, or the role dialplan, on this dialer '
                        'first' % call_trace.FAMILY)
    if options['route']:
        if options['route'] not in routes:
            raise NotPlaced('route: the running dialplan has no route %r; there are %s'
                            % (options['route'], ', '.join(sorted(routes)) or 'none'))
        return options['route'], None, None
    default = dialplan_scope.OUTBOUND if dialplan_scope.OUTBOUND in names else dialplan_scope.ENTRY
    context = options['context'] or default
    if context not in names:
        raise NotPlaced('context: the running dialplan has no context %r' % context)
    found = route_tests.shown(cli.read(dialplan_parsers.dialplan, 'dialplan show %s@%s' % (options['number'], context)))
    if found is None:
        raise NotPlaced('number: %r matches no extension in context %s' % (options['number'], context))
    if found['route'] is None:
        raise NotPlaced('number: %r matches %s of context %s, which leads to no route of this collection; no call was '
                        'placed' % (options['number'], found['pattern'], found['context']))
    return found['route'], context, found


def spool(cli):
    """Return Asterisk's spool directory. Raises NotPlaced if it does not process call files."""
    if 'pbx_spool' not in cli.run('module show like pbx_spool'):
        raise NotPlaced('Asterisk has not loaded pbx_spool, which places calls from files: module load pbx_spool.so')
    match = re.search(r'Spool directory:\s+(\S+)', cli.run('core show settings'))
    path = match.group(1) if match else '/var/spool/asterisk'
    if not os.path.isdir(os.path.join(path, 'outgoing')):
        raise NotPlaced('there is no directory %s/outgoing, from which Asterisk reads call files' % path)
    return path


def put(path, name, text):
    """Put a call file into Asterisk's outgoing directory, in one rename and readable for Asterisk only.

    Done with the rights of Asterisk's user: Asterisk names the directory, and its user can change what is in it.
    """
    beside, there = os.path.join(path, '.' + name), os.path.join(path, 'outgoing', name)
    with asterisk.rights(path):
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with io.open(descriptor, 'w', encoding='utf-8') as target:
            target.write(text)
        try:
            os.rename(beside, there)
        except OSError:
            os.unlink(beside)
            raise
    return there


def withdraw(there):
    """Remove a call file that Asterisk has not processed."""
    with asterisk.rights(os.path.dirname(there)), contextlib.suppress(OSError):
        os.unlink(there)


def follow(cli, number, there, options):
    """Return the entries of the call after its end. Raises NotPlaced if Asterisk did not start it."""
    start, hung_up = time.time(), False
    end = start + options['timeout'] + options['answer_seconds'] + AFTERWARDS
    while True:
        found = call_trace.entries(cli.run('database show %s %s' % (call_trace.FAMILY, number)), number)
        if 'end' in found or time.time() > end + AFTERWARDS:
            return found
        if not found and time.time() > start + STARTED_WITHIN:
            raise NotPlaced('Asterisk did not start the call of %s within %d seconds; check its log'
                            % (there, STARTED_WITHIN))
        if time.time() > end and not hung_up:
            hung_up = True
            cli.run('channel request hangup %s' % found['begin'][1])
        time.sleep(INTERVAL)


def place(cli, options, route, context):
    """Place the call and wait for its end. Returns its outcome."""
    number = str(random.randint(100000000, 999999999))
    text = call_trace.call_file(number, dict(
        dial=options['number'], caller_id=options['caller_id'], timeout=options['timeout'],
        answer_seconds=options['answer_seconds'],
        context=context, route=route if options['route'] else None))
    there = put(spool(cli), 'trunks-test-' + number, text)
    try:
        return call_trace.outcome(follow(cli, number, there, options))
    finally:
        cli.run('database deltree %s %s' % (call_trace.FAMILY, number))
        withdraw(there)
