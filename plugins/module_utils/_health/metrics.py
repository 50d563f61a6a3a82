# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders the metrics in the text format 0.0.4 of Prometheus, and gives them out as a file or on a loopback port.

C(render) and what it uses is pure.
"""

import contextlib
import os
import socket
import socketserver
import threading
import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import LAGGED, REACHABLE, UNREACHABLE
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files

STATES = ('in service', 'suspended', 'in maintenance')
RESULTS = ('answered', 'busy or no answer', 'number', 'trunk', 'cancelled')
# chan_sip dials a lagged peer as little as one that is unreachable.
_UP = {REACHABLE: 1, LAGGED: 0, UNREACHABLE: 0}

_MOST_THREADS = 16
_REQUEST_LIMIT = 5      # seconds for a whole request, and again for a whole answer
_LONGEST_REQUEST = 8192  # bytes
_TYPE = 'text/plain; version=0.0.4; charset=utf-8'


def render(snapshot):
    """Return the metrics as text.

    ``snapshot`` is a dictionary. A value that is None, and a missing one, is left out.

    - C(version): of the program, as text; C(generation): number in force
    - C(pdd_bounds_ms): upper bounds of the histogram in ms, ascending
    - C(trunks): {name: trunk}, of
      C(state): one of STATES; C(asterisk): what Asterisk says;
      C(latency_ms); C(calls), C(capacity): calls in use, and at most;
      C(attempts): {one of RESULTS: count};
      C(pdd): counts of attempts per bucket, not cumulative, with one more for those above the last bound;
      C(pdd_ms): their sum; C(suspensions): count; C(talk_s): seconds talked; C(cost): of these
    - C(monitor), of C(event_age_s): seconds since the last event; C(queues): {name: length}; C(lag_s): how late the
      monitor's own work is; C(ami): whether it is connected; C(lost): count of attempts lost

    Counts are since the start of the monitor or longer, as for any counter of Prometheus.
    """
    out = _Families()
    for name, trunk in sorted(snapshot.get('trunks', {}).items()):
        _trunk(out, {'trunk': name}, trunk, snapshot.get('pdd_bounds_ms', ()))
    monitor = snapshot.get('monitor', {})
    out.gauge('monitor_last_event_age_seconds', 'Time since the last event from Asterisk.', {},
              monitor.get('event_age_s'))
    for name, length in sorted(monitor.get('queues', {}).items()):
        out.gauge('monitor_queue_length', 'What waits in a queue of the monitor.', {'queue': name}, length)
    out.gauge('monitor_lag_seconds', "How late the monitor's own work is.", {}, monitor.get('lag_s'))
    out.gauge('monitor_ami_connected', 'Whether the monitor is connected to AMI.', {}, monitor.get('ami'))
    out.counter('monitor_attempts_lost_total', 'Attempts that are missing in the attempt log.', {}, monitor.get('lost'))
    out.gauge('generation', 'Number of the generation in force.', {}, snapshot.get('generation'))
    if snapshot.get('version') is not None:
        out.gauge('monitor_info', 'Version of the monitor.', {'version': snapshot['version']}, 1)
    return out.text()


def _trunk(out, labels, trunk, bounds):
    for state in STATES:
        out.gauge('state', "The trunk's state: 1 for the one that it is in.", dict(labels, state=state),
                  trunk.get('state') == state)
    out.gauge('up', "What Asterisk's probes say: 1 reachable, 0 lagged or unreachable; nothing if the trunk is not "
              'monitored or not probed yet.', labels, _UP.get(trunk.get('asterisk')))
    out.gauge('latency_seconds', "Round trip of Asterisk's last probe.", labels, _seconds(trunk.get('latency_ms')))
    out.gauge('calls_in_use', 'Calls that the trunk carries.', labels, trunk.get('calls'))
    out.gauge('calls_capacity', 'Calls that the trunk may carry.', labels, trunk.get('capacity'))
    for result in RESULTS:
        out.counter('attempts_total', 'Attempts to call by result; "trunk": by fault of the trunk, "number": of the '
                    'number.', dict(labels, result=result), trunk.get('attempts', {}).get(result, 0))
    if trunk.get('pdd') is not None:
        out.histogram('pdd_seconds', 'Post-dial delay, to the first ringing or progress.', labels, bounds, trunk['pdd'],
                      trunk.get('pdd_ms'))
    out.counter('suspensions_total', 'Suspensions by the monitor.', labels, trunk.get('suspensions'))
    out.counter('talk_seconds_total', "Seconds talked, as of the channel's hang-up.", labels, trunk.get('talk_s'))
    out.counter('cost_total', 'What the seconds talked have cost, in the currency of cost_per_minute.', labels,
                trunk.get('cost'))


def _seconds(milliseconds):
    return None if milliseconds is None else milliseconds / 1000.0


class _Families(object):
    """The samples, in one group per metric as the format requires."""

    def __init__(self):
        self._heads, self._lines = {}, {}   # in the order of the first sample

    def gauge(self, name, text, labels, value):
        self._add('gauge', name, text, [('', labels, value)])

    def counter(self, name, text, labels, value):
        self._add('counter', name, text, [('', labels, value)])

    def histogram(self, name, text, labels, bounds, counts, total_ms):
        """Add a histogram in seconds of counts per bucket, with bounds and a sum in milliseconds."""
        samples, cumulative = [], 0
        for bound, count in zip([repr(bound / 1000.0) for bound in bounds] + ['+Inf'], counts):
            cumulative += count
            samples.append(('_bucket', dict(labels, le=bound), cumulative))
        samples += [('_sum', labels, _seconds(total_ms)), ('_count', labels, cumulative)]
        self._add('histogram', name, text, samples)

    def _add(self, kind, name, text, samples):
        name = 'dialer_trunks_' + name
        lines = ['%s%s%s %s\n' % (name, suffix, _labels(labels), repr(value + 0))
                 for suffix, labels, value in samples if value is not None]
        if lines:
            self._heads.setdefault(name, '# HELP %s %s\n# TYPE %s %s\n' % (name, text, name, kind))
            self._lines.setdefault(name, []).extend(lines)

    def text(self):
        return ''.join(head + ''.join(self._lines[name]) for name, head in self._heads.items())


def _labels(labels):
    """Return labels in braces, in which a backslash, a quotation mark and a line feed are escaped."""
    if not labels:
        return ''
    return '{%s}' % ','.join('%s="%s"' % (name, value.replace('\\', '\\\\').replace('"', '\\"').replace('\n', '\\n'))
                             for name, value in labels.items())


def write_file(path, text):
    """Replace a file, for everyone to read, in one rename. Raises OSError or Foreign.

    It is not forced onto the disk, which would take long on a busy one: after a power failure it is written anew.
    """
    directory, name = os.path.split(path)
    with safe_files.opened(directory, must=True) as there:
        temporary = name + '.new'       # node_exporter reads *.prom only
        safe_files.remove_at(there, temporary)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=there)
            with os.fdopen(descriptor, 'wb') as target:
                target.write(text.encode('utf-8'))
                target.flush()
                os.fchmod(descriptor, 0o644)
            os.rename(temporary, name, src_dir_fd=there, dst_dir_fd=there)
        except Exception:
            safe_files.remove_at(there, temporary)
            raise


def serve(port, render):
    """Serve C(GET /metrics) on this port of 127.0.0.1 and return the C(Server). Raises OSError if it is in use.

    ``render()`` returns the text; it is called from several threads at once. Port 0: any free one.
    """
    server = Server(('127.0.0.1', port), _Request)
    server.render = render
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), name='metrics')
    thread.daemon = True
    thread.start()
    return server


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """The HTTP server: a thread for each request, and no more than 16. Others are closed at once.

    C(port): where it listens. C(http.server) has no limit of the time of a request: one client that sends a byte now
    and then would keep a thread for ever.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 32

    def __init__(self, *arguments):
        self._free = threading.BoundedSemaphore(_MOST_THREADS)
        socketserver.TCPServer.__init__(self, *arguments)
        self.port = self.server_address[1]

    def process_request(self, request, client_address):
        """Begin a thread, or close the connection if there are too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            socketserver.ThreadingMixIn.process_request(self, request, client_address)
        except RuntimeError:    # no thread can be started
            self._free.release()
            self.shutdown_request(request)

    def process_request_thread(self, request, client_address):
        """Answer a request."""
        try:
            socketserver.ThreadingMixIn.process_request_thread(self, request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request, client_address):
        """Write nothing: a client that has gone is no error of the monitor."""

    def stop(self):
        """End the server. Requests that are being answered are not waited for."""
        self.shutdown()
        self.server_close()


class _Request(socketserver.BaseRequestHandler):

    def handle(self):
        status, body = self._answer(self._head())
        head = ('HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n'
                % (status, _TYPE if status.startswith('200') else 'text/plain', len(body)))
        self.request.settimeout(_REQUEST_LIMIT)     # of sendall as a whole
        with contextlib.suppress(OSError):
            self.request.sendall(head.encode('ascii') + body)

    def _head(self):
        """Return the request up to its empty line; None if it is too long or does not come in time."""
        data, limit = b'', time.monotonic() + _REQUEST_LIMIT
        while b'\r\n\r\n' not in data:
            left = limit - time.monotonic()
            if left <= 0 or len(data) > _LONGEST_REQUEST:
                return None
            self.request.settimeout(left)
            try:
                received = self.request.recv(4096)
            except (OSError, socket.timeout):
                return None
            if not received:
                return None
            data += received
        return data

    def _answer(self, head):
        words = (head or b'').partition(b'\r\n')[0].split(b' ')
        if len(words) != 3 or not words[2].startswith(b'HTTP/1.'):
            return '400 Bad Request', b''
        if words[1] != b'/metrics':
            return '404 Not Found', b''
        if words[0] != b'GET':
            return '405 Method Not Allowed', b''
        try:
            return '200 OK', self.server.render().encode('utf-8')
        except Exception:       # of any kind; the monitor and the next request go on
            return '500 Internal Server Error', b''
