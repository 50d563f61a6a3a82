# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What proves that a state is from after a reload, and that nothing less does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import evidence


def peer(name='carrier_a', **changes):
    return {'name': name, 'address': '198.18.10.10', 'port': 5060, 'state': 'reachable', **changes}


class Sip:
    """A chan_sip that is probing the peers of ``probing`` and answers at its own port while ``runs``."""

    def __init__(self, monkeypatch, options=None):
        self.runs, self.probing, self.asked, self.carrier = True, [set()], [], True
        self.now = 1000.0
        monkeypatch.setattr(evidence, 'time', SimpleNamespace(time=lambda: self.now))
        self.evidence = evidence.SipEvidence(self, options or {}, self._ask)

    def _ask(self, there, _seconds):
        self.asked.append(there)
        return self.runs if there == ('127.0.0.1', 5060) else self.carrier

    def sip_udp_address(self):
        return '0.0.0.0', 5060

    def sip_probes(self):
        names = self.probing.pop(0) if len(self.probing) > 1 else self.probing[0]
        return {name[:10]: {f'call-{name}'} for name in names}

    def look(self, *peers, seconds=0.0):
        """What is lacking of the first peer at a look so many seconds after the last."""
        self.now += seconds
        self.evidence.before()
        self.evidence.after(list(peers), [peers[0]])
        return self.evidence.lacking(peers[0])


@pytest.fixture(name='sip')
def _sip(monkeypatch):
    return Sip(monkeypatch)


class TestSip:
    def test_a_turn_when_the_reload_has_ended_and_one_when_all_probes_are_due(self, sip):
        peers = [peer(), *(peer(f'other_{number}') for number in range(8))]
        assert 'has not sent all the probes' in sip.look(*peers)
        assert sip.asked == [('127.0.0.1', 5060)] * 2 and sip.evidence.spread == 0.4
        assert 'has not sent all the probes' in sip.look(*peers, seconds=0.3)
        assert sip.look(*peers, seconds=0.2) == ''

    def test_time_alone_proves_nothing(self, sip):
        sip.runs = False
        for _look in range(3):
            assert 'does not answer at its own port 127.0.0.1:5060' in sip.look(peer(), seconds=100)
        sip.runs = True
        sip.look(peer())
        sip.runs = False
        assert 'has not sent all the probes' in sip.look(peer(), seconds=100)
        sip.runs = True
        assert sip.look(peer()) == ''

    def test_one_that_is_probed_has_not_answered(self, sip):
        sip.look(peer())
        sip.probing = [{'carrier_a'}]
        assert 'has not been answered' in sip.look(peer(), seconds=1)
        sip.probing = [set(), {'carrier_a'}, set()]      # between two probes, as the second sample shows
        assert 'has not been answered' in sip.look(peer())
        assert sip.look(peer()) == ''
        sip.probing = [{'carrier_a'}]                   # the next of its regular probes
        assert sip.look(peer()) == ''

    def test_one_that_stops_between_the_samples_proves_nothing(self, sip):
        sip.look(peer())
        sip.probing = [{'carrier_a'}, {'carrier_a'}, set()]
        assert 'has not been answered' in sip.look(peer(), seconds=1)
        sip.runs = False
        assert 'does not answer' in sip.look(peer())
        sip.runs = True
        assert sip.look(peer()) == ''

    def test_a_probe_that_chan_sip_has_lost_is_made_up_for_by_one_of_ours(self, sip):
        sip.look(peer())
        sip.probing, sip.carrier = [{'carrier_a'}], False
        for _look in range(3):      # a probe of its own is given up by then, and the peer unreachable
            assert 'has not been answered' in sip.look(peer(), seconds=2)
        assert ('198.18.10.10', 5060) not in sip.asked
        assert 'has not been answered' in sip.look(peer(), seconds=2)
        assert sip.asked.count(('198.18.10.10', 5060)) == 1
        sip.carrier = True
        assert sip.look(peer()) == ''
        sip.probing = [{'carrier_a', 'carrier_ax'}]
        assert sip.look(peer()) == '', 'proven is proven'

    def test_another_probe_of_the_same_peer_is_no_lost_one(self, sip):
        sip.look(peer())
        for number in range(4):
            sip.sip_probes = lambda number=number: {'carrier_a': {f'call-{number}'}}
            assert 'has not been answered' in sip.look(peer(), seconds=4)

    def test_chan_sip_is_left_alone_once_all_is_proven(self, sip):
        sip.look(peer())
        assert sip.look(peer(), seconds=1) == ''
        asked = len(sip.asked)
        assert sip.look(peer()) == '' and len(sip.asked) == asked
        sip.look(peer(port=5062))
        assert sip.look(peer(port=5062)) == '' and len(sip.asked) == asked + 2

    def test_another_address_is_another_matter(self, sip):
        sip.look(peer())
        assert sip.look(peer(), seconds=1) == ''
        sip.probing = [{'carrier_a'}]
        for moved in (peer(address='198.18.20.20'), peer(port=5062)):
            assert sip.look(moved) and 'has not been answered' in sip.look(moved)

    def test_without_a_port_of_its_own_there_is_no_evidence(self, sip):
        sip.sip_udp_address = lambda: None
        assert 'it does not listen over UDP' in sip.look(peer())

    @pytest.mark.parametrize('options, peers, seconds', [
        ({}, 1, 0), ({}, 2, 0.1), ({}, 9, 0.4), ({'qualifygap': '500'}, 9, 2), ({'qualifypeers': '0'}, 9, 0.9),
        ({'qualifypeers': '2', 'qualifygap': '1000'}, 9, 3), ({'qualifygap': '-1', 'qualifypeers': 'x'}, 9, 0.4)])
    def test_when_the_last_probe_is_due(self, monkeypatch, options, peers, seconds):
        """As sip_poke_all_peers counts."""
        gap, group, due, number = int(options.get('qualifygap', '100')), int(options.get('qualifypeers', '1').replace('x', '1')), 0, 0
        for _peer in range(peers):
            if number == group:
                due, number = due + max(gap, 100), 0
            else:
                number += 1
        sip = Sip(monkeypatch, options)
        sip.look(*(peer(f'p{number}') for number in range(peers)), peer('silent', state='unmonitored'))
        assert sip.evidence.spread == seconds == due / 1000

    @pytest.mark.parametrize('bound, asked', [('198.18.0.11', '198.18.0.11'), ('::', '::1')])
    def test_it_is_asked_where_it_listens(self, sip, bound, asked):
        sip.sip_udp_address = lambda: (bound, 5066)
        sip.look(peer())
        assert sip.asked[0] == (asked, 5066)


class Pjsip:
    def __init__(self, monkeypatch):
        self.times, self.commands, self.now = ['0.954'], [], 0.0
        monkeypatch.setattr(evidence, 'time', SimpleNamespace(monotonic=lambda: self.now))
        self.evidence = evidence.PjsipEvidence(self)

    def pjsip_measured(self):
        time = self.times.pop(0) if len(self.times) > 1 else self.times[0]
        return {'carrier_a': [('carrier_a/sip:198.18.10.10:5060', time)]} if time else {}

    def run(self, command):
        self.commands.append(command)

    def look(self, held, seconds=0.2):
        self.now += seconds
        self.evidence.before()
        self.evidence.after([held], [held])
        return self.evidence.lacking(held)


class TestPjsip:
    def test_another_time_is_another_answer(self, monkeypatch):
        pjsip = Pjsip(monkeypatch)
        assert pjsip.look(peer()) and pjsip.look(peer())
        assert pjsip.commands == ['pjsip qualify carrier_a']
        pjsip.times = ['0.955']
        assert pjsip.look(peer()) == ''

    def test_it_is_asked_again_when_that_takes_long(self, monkeypatch):
        pjsip = Pjsip(monkeypatch)
        for _look in range(5):
            assert pjsip.look(peer(), seconds=2.5)
        assert len(pjsip.commands) == 3

    def test_the_first_answer_of_a_new_address(self, monkeypatch):
        pjsip = Pjsip(monkeypatch)
        assert pjsip.look(peer()) and pjsip.look(peer(state='unknown', port=5062))
        pjsip.times = [None]
        assert pjsip.look(peer(state='unreachable', port=5062))
        pjsip.times = ['1.200']
        assert pjsip.look(peer(port=5062)) == ''


class Iax2:
    def __init__(self):
        self.probing, self.answered, self.asked = set(), set(), []
        self.evidence = evidence.Iax2Evidence(self, self)

    def iax2_probes(self):
        return self.probing

    def ask(self, addresses, _seconds):
        self.asked.append(addresses)

    def look(self, held, *others):
        self.evidence.before()
        self.evidence.after([held, *others], [held])
        return self.evidence.lacking(held)


class TestIax2:
    def test_the_address_has_to_answer_us(self):
        iax2 = Iax2()
        assert 'from another port of this dialer' in iax2.look(peer())
        iax2.answered = {('198.18.10.10', 4569)}
        assert iax2.look(peer())
        iax2.answered = {('198.18.10.10', 5060)}
        assert iax2.look(peer()) == ''
        assert iax2.asked == [{('198.18.10.10', 5060)}] * 3
        assert iax2.look(peer(address='198.18.20.20'))

    def test_and_asterisk_as_well(self):
        iax2 = Iax2()
        iax2.answered, iax2.probing = {('198.18.10.10', 5060)}, {'198.18.10.10'}
        assert 'chan_iax2' in iax2.look(peer())
        iax2.probing = set()
        assert iax2.look(peer()) == ''
        iax2.probing = {'198.18.10.10'}     # the next of its regular probes
        assert iax2.look(peer()) == ''

    def test_of_two_at_one_address_the_other_may_be_silent(self):
        iax2 = Iax2()
        iax2.answered, iax2.probing = {('198.18.10.10', 5060)}, {'198.18.10.10'}
        assert iax2.look(peer(), peer('other', port=4999)) == ''

    def test_one_without_an_address_is_not_asked(self):
        iax2 = Iax2()
        assert iax2.look(peer(address=None, port=None, state='unknown')) and iax2.asked == [set()]
