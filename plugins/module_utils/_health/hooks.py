# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends changes of state to a webhook and to a command, each from a queue of files and in a thread of its own.

An event is one JSON object:

- C(version): 1, the version of this format
- C(time): seconds since the epoch
- C(dialer), C(trunk): names
- C(state), C(before): C(in service), C(suspended) or C(in maintenance)
- C(asterisk): what Asterisk says: C(reachable), C(lagged), C(unreachable), C(unknown) or C(unmonitored)
- C(why), C(who): text for people
- C(until): when it ends by itself, in seconds since the epoch, or null

An event is sent at least once: one that was being sent when the monitor was stopped is sent again. An event that fails
is tried again, and those after it wait, so that the order is kept. One that still fails after a day is given up.
"""

import collections
import contextlib
import errno
import json
import os
import re
import threading
import time

from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe
from ansible_collections.dialer.trunks.plugins.module_utils._health import deliveries

_MOST = 10000           # events in a queue
_LONGEST = 65536        # bytes of an event
_LONGEST_TEXT = 500     # characters of a value
_DAY = 86400            # seconds after which an event that fails is given up
_FIRST_PAUSE, _LONGEST_PAUSE = 1, 300   # seconds
_STOP = 1.5             # seconds that stop() waits for the threads
_NAME = re.compile(r'([0-9]{15})-([0-9]{9})\.json\Z')   # milliseconds since the epoch, sequence


def event(now, dialer, trunk, state, before, asterisk, why, who, until=None):
    """Return an event. Control characters in its texts are escaped, and long ones are cut."""
    texts = dict(dialer=dialer, trunk=trunk, state=state, before=before, asterisk=asterisk, why=why, who=who)
    found = {name: safe(text[:_LONGEST_TEXT])[:_LONGEST_TEXT] for name, text in texts.items()}
    found.update(version=1, time=now, until=until)
    return found


class Hooks(object):
    """The queues of a webhook (URL or None) and of a command (list of arguments or None), below a directory of root.

    ``say(text)``, which must not raise, is called from several threads: with one line for each event that is given up,
    and for the first of several failures. ``most``: the events that a queue keeps. Raises ValueError for a URL or
    command that cannot be used; its text does not have the URL.
    """

    def __init__(self, directory, webhook=None, command=None, say=None, most=_MOST):
        say = say or (lambda text: None)
        self._queues = collections.OrderedDict()
        if webhook:
            self._queues['webhook'] = Queue(os.path.join(directory, 'webhook'), deliveries.Webhook(webhook), say, most)
        if command:
            self._queues['command'] = Queue(os.path.join(directory, 'command'), deliveries.Command(command), say, most)

    def start(self):
        """Begin to send, at first what is left of the last run. Nothing is raised by the file system."""
        for queue in self._queues.values():
            queue.start()

    def put(self, event):
        """Queue an event. Returns whether each queue could store it; nothing is raised by the file system."""
        stored = [queue.put(event) for queue in self._queues.values()]
        return all(stored)

    def counts(self):
        """Return C({name: {queued, sent, failed, given_up, error}}) of the queues C(webhook) and C(command).

        C(failed) counts attempts to send. C(given_up) counts lost events. C(error) is the last failure since the last
        success, or an empty text.
        """
        return {name: queue.counts() for name, queue in self._queues.items()}

    def stop(self):
        """Stop within 2 s. What has not been sent stays in the queues."""
        limit = time.monotonic() + _STOP
        for queue in self._queues.values():
            queue.stop()
        for queue in self._queues.values():
            queue.join(max(0, limit - time.monotonic()))


class Queue(object):
    """Events in files of a directory, which only root can change, and the thread that delivers them in their order."""

    def __init__(self, directory, delivery, say, most=_MOST):
        self._directory, self._delivery, self._say, self._most = directory, delivery, say, most
        self._changed = threading.Condition()       # of all below
        self._names = collections.deque()
        self._last = 0, 0                           # milliseconds and sequence of the last name
        self._stopping = False
        self._sent = self._failed = self._given_up = 0
        self._error = ''
        self._thread = threading.Thread(target=self._work, name='hook')
        self._thread.daemon = True      # one that waits for a name server must not keep the monitor from ending

    def start(self):
        """Read what is queued, and start the thread."""
        with self._changed:
            try:
                self._read()
            except (OSError, safe_files.Foreign) as fault:
                self._say('%s: the queue cannot be read: %s' % (self._delivery.name, safe(str(fault))))
        self._thread.start()

    def _read(self):
        with self._opened() as directory:
            names = os.listdir(directory)
            self._names = collections.deque(sorted(name for name in names if _NAME.match(name)))
            for name in set(names) - set(self._names):      # a killed run was writing it
                safe_files.remove_at(directory, name)
        if self._names:
            self._last = tuple(map(int, _NAME.match(self._names[-1]).groups()))

    def put(self, event):
        """Queue an event. Returns whether it was stored."""
        text = json.dumps(event, sort_keys=True)
        with self._changed:
            # A clock that is set back must not change the order.
            self._last = max(int(time.time() * 1000), self._last[0]), (self._last[1] + 1) % 10 ** 9
            name = '%015d-%09d.json' % self._last
            try:
                if len(text) > _LONGEST:
                    raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))
                with self._opened() as directory:
                    safe_files.write_at(directory, name, text, 0o600)
                    while len(self._names) >= self._most:
                        safe_files.remove_at(directory, self._names.popleft())
                        self._given_up += 1
            except (OSError, safe_files.Foreign):
                self._given_up += 1
                return False
            self._names.append(name)
            self._changed.notify_all()
        return True

    def counts(self):
        """Return the counts as in C(Hooks.counts)."""
        with self._changed:
            return {'queued': len(self._names), 'sent': self._sent, 'failed': self._failed, 'given_up': self._given_up,
                    'error': self._error}

    def stop(self):
        """Tell the thread to end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._delivery.stop()

    def join(self, seconds):
        """Wait until the thread has ended, at most these seconds."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    @contextlib.contextmanager
    def _opened(self):
        os.makedirs(self._directory, 0o700, exist_ok=True)
        with safe_files.opened(self._directory, root_only=True, must=True) as directory:
            yield directory

    def _work(self):
        pause = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, pause)
                self._changed.wait_for(lambda: self._stopping or self._names)
                if self._stopping:
                    return
                name = self._names[0]
            try:
                self._deliver(name)
                pause = 0
            except Exception as fault:      # whatever it is, it must not end the thread
                known = isinstance(fault, (deliveries.Failed, safe_files.Foreign, OSError))
                self._note(name, safe(str(fault)) if known else type(fault).__name__, first=not pause)
                pause = min(_LONGEST_PAUSE, pause * 2 or _FIRST_PAUSE)

    def _deliver(self, name):
        error = ''
        try:
            with self._opened() as directory, safe_files.file_at(directory, name) as descriptor:
                self._delivery.send(descriptor)
        except FileNotFoundError:
            error = 'its file was removed'
        except deliveries.Rejected as fault:
            error = str(fault)
        self._end(name, error)

    def _end(self, name, error):
        """Take an event out of the queue. ``error``: why it is given up, empty if it was sent."""
        with self._changed:
            if self._names and self._names[0] == name:      # else the queue was full and has given it up already
                self._names.popleft()
                self._given_up += bool(error)
            self._sent += not error
            self._error = error
            with contextlib.suppress(OSError, safe_files.Foreign), self._opened() as directory:
                safe_files.remove_at(directory, name)
        if error:
            self._say('%s: an event was given up: %s' % (self._delivery.name, error))

    def _note(self, name, error, first):
        """Count a failure; give the event up if it is too old."""
        with self._changed:
            if self._stopping:
                return
            self._error = error
            self._failed += 1
        if first:
            self._say('%s: %s; it is tried again' % (self._delivery.name, error))
        if time.time() - int(_NAME.match(name).group(1)) / 1000.0 > _DAY:
            self._end(name, 'it failed for a day: %s' % error)
