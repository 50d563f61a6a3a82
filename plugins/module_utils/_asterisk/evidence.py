# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proves that the state that Asterisk shows of a peer was measured after a reload.

chan_sip and chan_iax2 keep a peer's state over a reload, even if its address changes. No command shows when the state
was measured, and elapsed time proves nothing: an Asterisk that is stopped, overloaded, or waits for DNS has not probed
yet. Each technology has a class with the same methods. A check calls C(before), reads the states, and calls C(after);
then C(lacking) returns what is missing for a peer.
"""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import probes
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import REACHABLE, UNMONITORED
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_files import general_options

TURN_WITHIN = 2         # seconds that chan_sip may take to answer on the loopback of a busy machine
ANSWER_WITHIN = 0.5     # seconds that a check waits for answers of carriers; late ones count in the next check
QUALIFY_AGAIN = 4       # seconds, one more than PJSIP waits for an answer
# Seconds after which chan_sip gives up a probe (twice the qualify timeout, which is 2 s by default), and one more.
GIVEN_UP = 5
# chan_sip's own defaults: milliseconds from one group of probes to the next after a reload, and peers in a group.
QUALIFY_GAP, QUALIFY_PEERS = 100, 1


def _where(peer):
    """Return what the evidence is for. A new address needs new evidence."""
    return peer['name'], peer['address'], peer['port']


class SipEvidence(object):
    """Proves that a peer has answered the probe which chan_sip sends to each peer after a reload.

    One thread of chan_sip does everything in a loop (do_monitor): it reloads if requested, reads a datagram, and runs
    what is due, such as probes. So two OPTIONS to chan_sip's own port, the second sent after the first was answered,
    prove one complete turn of the loop: what was due before them is done. After the first turn, the reload has ended,
    and the time is known until which its probes are due; a turn after that time proves that they were sent. A peer that
    is reachable then and is not being probed has answered: otherwise it is shown as being probed, then as unreachable.

    C(sip qualify peer) cannot be used: it removes the peer's next probe from the schedule, and a peer that does not
    answer keeps its state until the next reload.

    If a peer is removed while it is being probed, chan_sip loses that probe and shows it until it is restarted, even if
    a peer of the same name is added again. A probe that is shown for too long may be a lost one: then the peer must
    answer OPTIONS that this module sends.
    """

    def __init__(self, cli, options=None, ask=probes.ask_options):
        self._cli, self._ask = cli, ask
        self._options = general_options('sip.conf') if options is None else options
        self._address = None        # of chan_sip's own port
        self._ended = None          # a time by which the reload has ended, of the clock that chan_sip uses
        self.spread = None          # seconds from then until all probes are due
        self._sent = False          # whether all have been sent
        self._probing = None        # the unanswered probes, see C(parsers.sip_probes); None if not known
        self._seen = {}             # Call-ID of an unanswered probe: when it was seen first
        self._proven = set()
        self._open = True           # whether anything is left to prove

    def before(self):
        """Wait for turns of chan_sip, and read which peers it is probing."""
        self._probing = None
        if self.spread is None:
            self._ended = time.time() if self._turn() else None
        elif not self._sent and time.time() >= self._ended + self.spread:
            self._sent = self._turn()
        if self._sent and self._open:
            # After the turn, a peer whose probe is just given up or repeated has the state that belongs to it.
            probing = self._cli.sip_probes()
            if self._turn():
                for name, call_ids in self._cli.sip_probes().items():
                    probing.setdefault(name, set()).update(call_ids)
                self._probing = probing

    def after(self, peers, wanted):
        """Record the evidence. ``peers``: all peers of chan_sip; ``wanted``: those of the trunks."""
        if self._ended is not None and self.spread is None:
            self.spread = self._spread(sum(peer['state'] != UNMONITORED for peer in peers))
        if self._probing is not None:
            self._proven.update(_where(peer) for peer in wanted if not self._is_probed(peer))
        self._open = any(_where(peer) not in self._proven for peer in wanted)

    def lacking(self, peer):
        """Return a clause that says what is missing; '' if the peer's state was measured after the reload."""
        if _where(peer) in self._proven:
            return ''
        if self._ended is None or self._sent and self._probing is None:
            return ('chan_sip does not answer at its own port %s: it is stopped, overloaded, or still reloading, which '
                    'a DNS server that does not answer can delay' % (
                        '%s:%d' % self._address if self._address else '(it does not listen over UDP)'))
        if not self._sent:
            return 'chan_sip has not sent all the probes that follow a reload'
        return 'the probe that chan_sip sent after the reload has not been answered'

    def _is_probed(self, peer):
        """Return whether the peer has an unanswered probe."""
        call_ids = self._probing.get(peer['name'][:10])
        if not call_ids or _where(peer) in self._proven:
            return False
        now = time.time()
        newest = max(self._seen.setdefault(call_id, now) for call_id in call_ids)
        if now - newest > GIVEN_UP and peer['address'] and peer['port']:
            return not self._ask((peer['address'], peer['port']), ANSWER_WITHIN)
        return True

    def _turn(self):
        if self._address is None:
            address, port = self._cli.sip_udp_address() or (None, None)
            if address is None:
                return False
            self._address = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(address, address), port
        return self._ask(self._address, TURN_WITHIN) and self._ask(self._address, TURN_WITHIN)

    def _spread(self, monitored):
        """Return the seconds from a reload until the last probe is due (sip_poke_all_peers)."""
        gap, group = self._number('qualifygap', QUALIFY_GAP), self._number('qualifypeers', QUALIFY_PEERS)
        return monitored // (group + 1) * gap / 1000.0

    def _number(self, option, default):
        value = self._options.get(option, '')
        return int(value) if value.isdigit() else default


class PjsipEvidence(object):
    """Proves that a contact has answered a probe which this module requested with C(pjsip qualify).

    Such a probe does not affect those of PJSIP. PJSIP shows how long an answer took in microseconds, so that the next
    answer shows a different time. A contact with a new address is a new contact, with an unknown state until it has
    answered.
    """

    spread = 0

    def __init__(self, cli):
        self._cli = cli
        self._measured = {}
        self._first = {}        # {_where(peer): what the first check measured}
        self._asked = {}        # {_where(peer): when to probe again}
        self._proven = set()

    def before(self):
        """Read the times of the last answers."""
        self._measured = self._cli.pjsip_measured()

    def after(self, _peers, wanted):
        """Record the peers with a new answer since the first check, and probe the others."""
        for peer in wanted:
            where, measured = _where(peer), self._measured.get(peer['name'])
            if self._first.setdefault(where, measured) != measured and peer['state'] == REACHABLE:
                self._proven.add(where)
            if where not in self._proven and self._asked.get(where, 0) < time.monotonic():
                self._asked[where] = time.monotonic() + QUALIFY_AGAIN
                self._cli.run('pjsip qualify %s' % peer['name'])

    def lacking(self, peer):
        """Return a clause that says what is missing; '' if the peer's state was measured after the reload."""
        return '' if _where(peer) in self._proven else 'a probe sent since then has not been answered (pjsip qualify)'


class Iax2Evidence(object):
    """Proves that a peer has answered a POKE which this module sent, and has no unanswered POKE of chan_iax2.

    After a reload, chan_iax2 shows a dead peer as reachable for 22 more seconds, and has no command to probe it.
    """

    spread = 0

    def __init__(self, cli, pokes=None):
        self._cli = cli
        self._pokes = pokes or probes.Pokes()
        self._probing = set()   # addresses without ports, so that those of several peers tell nothing
        self._proven = set()

    def before(self):
        """Read which addresses chan_iax2 is probing."""
        self._probing = self._cli.iax2_probes()

    def after(self, peers, wanted):
        """Send a POKE to the peers that have not answered yet, and record the answers."""
        held = [peer['address'] for peer in peers if peer['state'] != UNMONITORED]
        self._probing = {address for address in self._probing if held.count(address) == 1}
        self._pokes.ask({(peer['address'], peer['port']) for peer in wanted if peer['address'] and peer['port']},
                        ANSWER_WITHIN)
        self._proven.update(_where(peer) for peer in wanted if not self._missing(peer))

    def lacking(self, peer):
        """Return a clause that says what is missing; '' if the peer has answered."""
        return '' if _where(peer) in self._proven else self._missing(peer)

    def _missing(self, peer):
        if (peer['address'], peer['port']) not in self._pokes.answered:
            return 'a POKE that was sent to it from another port of this dialer has not been answered'
        return 'the POKE that chan_iax2 sent has not been answered' if peer['address'] in self._probing else ''


EVIDENCE = {'SIP': SipEvidence, 'PJSIP': PjsipEvidence, 'IAX2': Iax2Evidence}
