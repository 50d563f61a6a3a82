# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the state that Asterisk shows of a peer was measured after a reload.

chan_sip and chan_iax2 keep a peer's state over a reload, also when it has another address then. No command shows when
the state was measured, and the time that has passed proves nothing: an Asterisk that is stopped, starved, or waits for
DNS has not probed yet. Each technology has a class here with the same methods. A look calls C(before), reads the
states, and calls C(after); then C(lacking) tells what is missing for a peer.
"""

import time

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import probes
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.parsers import REACHABLE, UNMONITORED
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.conf_files import general_options

TURN_WITHIN = 2         # seconds that chan_sip may take to answer on the loopback; a busy machine takes its time
ANSWER_WITHIN = 0.5     # seconds that a look waits for answers of carriers; late ones count at the next look
QUALIFY_AGAIN = 4       # seconds, one more than PJSIP waits for an answer
# Seconds after which chan_sip gives a probe up (twice the qualify timeout, which is 2 s by default), and one more.
GIVEN_UP = 5
# chan_sip's own defaults: milliseconds from one group of probes to the next after a reload, and peers in a group.
QUALIFY_GAP, QUALIFY_PEERS = 100, 1


def _where(peer):
    """What the evidence is about: another address is another matter."""
    return peer['name'], peer['address'], peer['port']


class SipEvidence(object):
    """That the probe which chan_sip itself sends to each peer after a reload has been answered.

    One thread of chan_sip does everything in turns (do_monitor): it reloads if asked to, reads a datagram, and runs
    what is due, the probes among it. So two OPTIONS to chan_sip's own port, the second sent after the first was
    answered, prove a whole turn: what was due before them has been done. After the first turn the reload has ended, and
    it is known until when its probes are due; a turn after that time proves that they were sent. A peer that is
    reachable then and is not being probed has answered: else it is shown as being probed, and then as unreachable.

    C(sip qualify peer) would not do: it takes the peer's next probe off the schedule, and a peer that does not answer
    keeps its state until the next reload.

    When a peer is removed while it is being probed, chan_sip loses that probe and shows it until it is restarted, also
    when a peer of the same name comes back. What is shown for longer than a probe lasts may be that: then the peer has
    to answer OPTIONS of our own.
    """

    def __init__(self, cli, options=None, ask=probes.ask_options):
        self._cli, self._ask = cli, ask
        self._options = general_options('sip.conf') if options is None else options
        self._address = None        # of chan_sip's own port
        self._ended = None          # when the reload is known to have ended, by the clock that chan_sip goes by
        self.spread = None          # seconds from then until all probes are due
        self._sent = False          # whether all have been sent
        self._probing = None        # the probes that have not been answered, see C(parsers.sip_probes); None: not known
        self._seen = {}             # Call-ID of such a probe: when it was seen first
        self._proven = set()
        self._open = True           # whether anything is left to prove

    def before(self):
        """Let chan_sip do its turns, and see whom it is probing."""
        self._probing = None
        if self.spread is None:
            self._ended = time.time() if self._turn() else None
        elif not self._sent and time.time() >= self._ended + self.spread:
            self._sent = self._turn()
        if self._sent and self._open:
            # The turn lets a peer that is just given up, or probed once more, get the state that belongs to it.
            probing = self._cli.sip_probes()
            if self._turn():
                for name, call_ids in self._cli.sip_probes().items():
                    probing.setdefault(name, set()).update(call_ids)
                self._probing = probing

    def after(self, peers, wanted):
        """``peers``: all that chan_sip has; ``wanted``: those of the trunks."""
        if self._ended is not None and self.spread is None:
            self.spread = self._spread(sum(peer['state'] != UNMONITORED for peer in peers))
        if self._probing is not None:
            self._proven.update(_where(peer) for peer in wanted if not self._is_probed(peer))
        self._open = any(_where(peer) not in self._proven for peer in wanted)

    def lacking(self, peer):
        """What is missing, a clause; '' when the peer's state is from after the reload."""
        if _where(peer) in self._proven:
            return ''
        if self._ended is None or self._sent and self._probing is None:
            return ('chan_sip does not answer at its own port %s: it is stopped, overloaded, or still reloading, which '
                    'a DNS server that does not answer can hold up' % (
                        '%s:%d' % self._address if self._address else '(it has none by UDP)'))
        if not self._sent:
            return 'chan_sip has not sent all the probes that follow a reload'
        return 'the probe that chan_sip sent after the reload has not been answered'

    def _is_probed(self, peer):
        """Whether its probe has not been answered."""
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
        """Seconds from a reload until the last probe is due (sip_poke_all_peers)."""
        gap, group = self._number('qualifygap', QUALIFY_GAP), self._number('qualifypeers', QUALIFY_PEERS)
        return monitored // (group + 1) * gap / 1000.0

    def _number(self, option, default):
        value = self._options.get(option, '')
        return int(value) if value.isdigit() else default


class PjsipEvidence(object):
    """A probe of ours by C(pjsip qualify), which leaves PJSIP's own as they are, and that its result has been noted.

    PJSIP shows how long an answer took in thousandths of a millisecond, so that the next answer shows another time. A
    contact with another address is another contact, whose state is unknown until it has answered.
    """

    spread = 0

    def __init__(self, cli):
        self._cli = cli
        self._measured = {}
        self._first = {}        # where: what was measured at the first look
        self._asked = {}        # where: when to ask again
        self._proven = set()

    def before(self):
        """See what the last answers were."""
        self._measured = self._cli.pjsip_measured()

    def after(self, _peers, wanted):
        """Note whose answer is another than at the first look; have the others probed."""
        for peer in wanted:
            where, measured = _where(peer), self._measured.get(peer['name'])
            if self._first.setdefault(where, measured) != measured and peer['state'] == REACHABLE:
                self._proven.add(where)
            if where not in self._proven and self._asked.get(where, 0) < time.monotonic():
                self._asked[where] = time.monotonic() + QUALIFY_AGAIN
                self._cli.run('pjsip qualify %s' % peer['name'])

    def lacking(self, peer):
        """What is missing, a clause; '' when the peer's state is from after the reload."""
        return '' if _where(peer) in self._proven else 'a probe sent since then has not been answered (pjsip qualify)'


class Iax2Evidence(object):
    """That the peer's address and port answer a POKE of our own, and none of chan_iax2's is unanswered there.

    After a reload chan_iax2 shows a dead peer as reachable for 22 seconds more, and has no command to probe.
    """

    spread = 0

    def __init__(self, cli, pokes=None):
        self._cli = cli
        self._pokes = pokes or probes.Pokes()
        self._probing = set()   # addresses, without ports: of those that several peers have nothing can be told
        self._proven = set()

    def before(self):
        """See whom chan_iax2 is probing."""
        self._probing = self._cli.iax2_probes()

    def after(self, peers, wanted):
        """Ask those that have not answered yet."""
        held = [peer['address'] for peer in peers if peer['state'] != UNMONITORED]
        self._probing = {address for address in self._probing if held.count(address) == 1}
        self._pokes.ask({(peer['address'], peer['port']) for peer in wanted if peer['address'] and peer['port']},
                        ANSWER_WITHIN)
        self._proven.update(_where(peer) for peer in wanted if not self._missing(peer))

    def lacking(self, peer):
        """What is missing, a clause; '' when the peer has answered since."""
        return '' if _where(peer) in self._proven else self._missing(peer)

    def _missing(self, peer):
        if (peer['address'], peer['port']) not in self._pokes.answered:
            return 'a POKE that was sent to it from another port of this dialer has not been answered'
        return 'the POKE that chan_iax2 sent has not been answered' if peer['address'] in self._probing else ''


EVIDENCE = {'SIP': SipEvidence, 'PJSIP': PjsipEvidence, 'IAX2': Iax2Evidence}
