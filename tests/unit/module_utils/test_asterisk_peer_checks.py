# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a peer is as wanted, and the reason that is given when it is not."""

from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import peer_checks


def peer(**changes):
    return {'name': 'carrier_a', 'username': None, 'address': '198.18.10.10', 'port': 5060, 'dynamic': False,
            'state': 'reachable', 'latency_ms': 3, 'description': '[trunks 7] A', 'cut': False, **changes}


def trunk(**changes):
    wanted, = peer_checks.expectations([{'name': 'carrier_a', **changes}], ['reachable'])
    return wanted


def registration(**changes):
    return {'host': '198.18.10.10', 'port': 5060, 'username': 'account', 'state': 'registered', 'refresh_s': 105,
            'since': 'Sun', 'host_cut': False, 'username_cut': False, **changes}


class TestExpectations:
    def test_a_name_alone(self):
        assert peer_checks.expectations(['carrier_a'], ['reachable', 'lagged']) == [
            {'name': 'carrier_a', 'technology': None, 'state': ['reachable', 'lagged'], 'revision': None, 'registered': False,
             'host': None, 'port': None, 'username': None, 'peer_host': None, 'peer_port': None}]

    def test_what_templates_make_of_values(self):
        wanted = trunk(state='loaded', revision='7', registered='yes')
        assert (wanted['state'], wanted['revision'], wanted['registered']) == (['loaded'], 7, True)

    def test_all_mistakes_at_once(self):
        with pytest.raises(ValueError) as problem:
            peer_checks.expectations([{'nam': 'x', 'state': 'up', 'revision': 'a'},
                                 {'name': 'y', 'state': ['absent', 'loaded']}, None], ['reachable'])
        lines = str(problem.value).splitlines()
        assert [line.split(':')[0] for line in lines] == [
            'trunks[0].nam', 'trunks[0].name', 'trunks[0].state', 'trunks[0].revision', 'trunks[1].state',
            'trunks[2].name']


class TestJudge:
    @pytest.mark.parametrize(('wanted', 'found', 'ok'), [
        ({}, {}, True),
        ({}, {'state': 'lagged', 'latency_ms': 2100}, False),       # Dial refuses a lagged peer
        ({'state': ['reachable', 'lagged']}, {'state': 'lagged', 'latency_ms': 2100}, True),
        ({}, {'state': 'unknown', 'latency_ms': None}, False),
        ({'state': 'unmonitored'}, {'state': 'unmonitored', 'latency_ms': None}, True),
        ({'state': 'loaded'}, {'state': 'unreachable', 'latency_ms': None}, True),
        ({'state': 'absent'}, {}, False),
        ({'revision': 7}, {}, True),
        ({'revision': 8}, {}, False),
        ({'revision': 6}, {}, False),
        ({'revision': 7}, {'description': ''}, False),
    ])
    def test_peer(self, wanted, found, ok):
        assert peer_checks.judge(trunk(**wanted), peer(**found))[0] is ok

    def test_another_address_than_the_described_one(self):
        wanted = trunk(peer_host='198.18.20.20', peer_port='5070', host='registrar.example.com')
        assert peer_checks.judge(wanted, peer()) == (
            False, 'loaded with host 198.18.10.10 instead of 198.18.20.20, port 5060 instead of 5070: reachable (3 ms) at 198.18.10.10:5060')
        assert peer_checks.reason(wanted, peer(), None, {'origin': 'a line says so'}) == 'a line says so'
        assert 'sip reload' in peer_checks.reason(wanted, peer(), None, {'origin': ''})
        assert peer_checks.judge(trunk(state='loaded', peer_host='gw.example.com'), peer(given='198.18.10.10', technology='SIP'))[0] is False
        assert peer_checks.judge(trunk(peer_host='gw.example.com'), peer(given='gw.example.com', technology='SIP'))[0] is True
        assert peer_checks.judge(trunk(host='198.18.20.20', port=5070), peer())[0] is True      # of its registration

    def test_not_loaded(self):
        assert peer_checks.judge(trunk(), None) == (False, 'not loaded')
        assert peer_checks.judge(trunk(state='absent'), None)[0] is True

    def test_registration(self):
        wanted = trunk(registered=True)
        assert peer_checks.judge(wanted, peer(), registration())[0] is True
        assert peer_checks.judge(wanted, peer(), None) == (
            False, 'reachable (3 ms) at 198.18.10.10:5060, registration missing')
        assert peer_checks.judge(wanted, peer(), registration(state='request_sent'))[1].endswith('registration request sent')

    def test_words(self):
        assert peer_checks.describe(peer(state='lagged', latency_ms=1300)) == 'lagged (1300 ms) at 198.18.10.10:5060'
        nowhere = peer(state='unknown', latency_ms=None, address=None, port=None)
        assert peer_checks.describe(nowhere) == 'unknown, without an address'
        assert peer_checks.address(peer(address='fd00::1')) == '[fd00::1]:5060'


def held(**changes):
    """A peer as dialer_info read it before the run."""
    return {'name': 'carrier_a', 'technology': 'SIP', 'host': '198.18.10.10', 'port': 5060, 'dynamic': False, 'managed': True,
            'revision': 7, 'state': 'reachable', **changes}


def before(was, refused=None, written=False):
    return {'peer': was, 'registration': refused, 'written': written}


class TestRelax:
    """Whether the run fails (False) or warns (the words), when the trunk is down after it."""

    @staticmethod
    def outcome(wanted, was, peer_now, now=None):
        assert not peer_checks.judge(wanted, peer_now, now)[0]
        left, words = peer_checks.relax(wanted, was, peer_now)
        return words if peer_checks.judge(left, peer_now, now)[0] else False

    @pytest.mark.parametrize(('was', 'now', 'outcome'), [
        # down before, not changed
        ({'state': 'unreachable'}, {'state': 'unreachable'}, 'unreachable'),
        ({'state': 'lagged'}, {'state': 'lagged'}, 'lagged'),
        ({'state': 'lagged'}, {'state': 'unreachable'}, 'lagged'),
        ({'state': 'unreachable'}, {'state': 'unknown'}, 'unreachable'),
        ({'state': 'unknown', 'host': None, 'port': None}, {'state': 'unreachable'}, 'without an address'),
        # made worse, or not known to have been down
        ({}, {'state': 'unreachable'}, False),
        ({}, {'state': 'lagged'}, False),
        ({'state': 'unknown'}, {'state': 'unreachable'}, False),
        ({'state': 'unmonitored'}, {'state': 'unreachable'}, False),
        # changed by this run
        ({'state': 'unreachable', 'revision': 6}, {'state': 'unreachable'}, False),
        ({'state': 'lagged', 'revision': 8}, {'state': 'lagged'}, False),
        ({'state': 'unreachable'}, {'state': 'unreachable', 'description': 'A'}, False),
        # adopted: its host and port are what they were
        ({'state': 'unreachable', 'managed': False, 'revision': 0}, {'state': 'unreachable'}, 'unreachable'),
        ({'state': 'unreachable', 'managed': False, 'revision': 0, 'port': 5070}, {'state': 'unreachable'}, False),
        ({'state': 'unreachable', 'managed': False, 'revision': 0, 'host': '198.18.10.11'}, {'state': 'unreachable'}, False),
        ({'managed': False, 'revision': 0}, {'state': 'unreachable'}, False),
        # never managed, and never changed
        ({'state': 'unreachable', 'managed': False, 'revision': 0}, {'state': 'unreachable', 'description': ''}, 'unreachable'),
    ])
    def test_state(self, was, now, outcome):
        assert self.outcome(trunk(), before(held(**was)), peer(**now)) == outcome

    def test_a_written_trunk_has_to_respond_although_its_revision_is_the_same(self):
        """The earlier run that wrote it was killed: this one found it loaded, took it back, and wrote it again."""
        assert self.outcome(trunk(), before(held(state='unreachable'), written=True), peer(state='unreachable')) is False

    @pytest.mark.parametrize(('host', 'outcome'), [('198.18.10.10', False), ('gw.example.com', 'unreachable')])
    def test_a_peer_that_is_back_at_its_address_has_to_respond_there(self, host, outcome):
        """It had been pointed elsewhere by hand, where nothing answered. A name may lead elsewhere by itself."""
        was = before(held(state='unreachable', host='203.0.113.9'))
        given = dict(peer(state='unreachable'), given=host)
        assert self.outcome(trunk(peer_host=host), was, given) == outcome

    def test_an_adopted_trunk_is_written_and_not_changed(self):
        was = before(held(state='unreachable', managed=False, revision=0), written=True)
        assert self.outcome(trunk(), was, peer(state='unreachable')) == 'unreachable'

    @pytest.mark.parametrize('state', ['unreachable', 'unknown', 'lagged'])
    def test_a_new_trunk_has_to_respond_and_one_whose_include_line_was_lost_is_not_new(self, state):
        assert self.outcome(trunk(), before(None, written=True), peer(state=state)) is False
        assert self.outcome(trunk(), before(None), peer(state=state)) == 'not loaded'

    def test_a_trunk_that_is_gone_after_the_run_is_made_worse(self):
        assert self.outcome(trunk(), before(held(state='unreachable')), None) is False
        assert self.outcome(trunk(state='absent'), before(held(state='unreachable')), peer(state='unreachable')) is False
        assert self.outcome(trunk(revision=8), before(held(state='unreachable')), peer(state='unreachable')) is False

    def test_without_a_state_from_before_nothing_is_forgiven(self):
        assert self.outcome(trunk(), None, peer(state='unreachable')) is False

    @pytest.mark.parametrize(('was', 'refused', 'now', 'outcome'), [
        ({}, 'no_authentication', 'no_authentication', 'registration no authentication'),
        ({}, 'rejected', 'request_sent', 'registration rejected'),
        ({}, 'request_sent', 'request_sent', 'registration request sent'),
        ({}, 'stopped', 'rejected', 'registration stopped'),
        ({}, None, None, 'registration missing'),
        ({}, 'registered', 'rejected', False),
        ({}, 'registered', None, False),
        ({}, 'unregistered', 'rejected', False),                # not tried yet
        ({'revision': 6}, 'rejected', 'rejected', False),
        # a dead carrier's registration can be from before it died
        ({'state': 'unreachable'}, 'registered', 'request_sent', 'unreachable'),
        ({'managed': False, 'revision': 0}, 'no_authentication', 'no_authentication', 'registration no authentication'),
        ({'managed': False, 'revision': 0}, 'registered', 'rejected', False),
        ({'managed': False, 'revision': 0}, None, 'rejected', False),   # it did not register, so that it did not keep its login
    ])
    def test_registration(self, was, refused, now, outcome):
        refused = refused and registration(state=refused)
        now = now and registration(state=now)
        assert self.outcome(trunk(registered=True), before(held(**was), refused), peer(), now) == outcome

    def test_a_refused_registration_excuses_no_silence(self):
        refused = registration(state='rejected')
        assert self.outcome(trunk(registered=True), before(held(), refused), peer(state='unreachable'), refused) is False

    def test_a_lagged_carrier_answers_so_that_it_does_not_excuse_a_refused_registration(self):
        was = before(held(state='lagged'), registration())
        assert self.outcome(trunk(registered=True), was, peer(state='lagged'), registration(state='rejected')) is False

    def test_a_trunk_without_qualify_is_judged_by_its_registration_alone(self):
        wanted, refused = trunk(state='loaded', registered=True), registration(state='rejected')
        silent = held(state='unmonitored')
        assert self.outcome(wanted, before(silent, refused), peer(state='unmonitored'), refused) == 'registration rejected'
        assert self.outcome(wanted, before(silent, registration()), peer(state='unmonitored'), refused) is False

    def test_a_trunk_that_came_back_is_as_wanted(self):
        left, _words = peer_checks.relax(trunk(), before(held(state='unreachable')), peer())
        assert peer_checks.judge(left, peer())[0] and peer_checks.judge(trunk(), peer())[0]


class TestRegistrationOf:
    DETAILS = {'ToHost': 'sip.example.com', 'Addr->IP': '198.18.10.10:5060', 'Def. Username': 'account'}

    @pytest.mark.parametrize(('changes', 'found'), [
        ({'host': 'sip.example.com'}, True),
        ({'host': 'SIP.example.com'}, True),
        ({'host': 'sip.example.org'}, False),
        ({'host': 'sip.example.com', 'port': 5070}, False),
        ({'host': 'sip.example.com', 'username': 'other'}, False),
        ({'host': 'sip.example.com', 'username': 'account@exam'}, True),
    ])
    def test_by_host_port_and_user(self, changes, found):
        assert (peer_checks.registration_of(trunk(), self.DETAILS, [registration(**changes)]) is not None) is found

    def test_cut_names(self):
        details = dict(self.DETAILS, **{'ToHost': 'registrar.of.some.carrier.with.a.very.long.name.example',
                                        'Def. Username': 'account-with-a-quite-long-name'})
        shown = registration(host='registrar.of.some.carrier.with.a.very.l', port=None, host_cut=True,
                             username='account-with', username_cut=True)
        assert peer_checks.registration_of(trunk(), details, [shown]) is shown

    def test_a_port_that_is_cut_off(self):
        details = dict(self.DETAILS, ToHost='registrar.of.some.carrier.example.test1')
        shown = registration(host='registrar.of.some.carrier.example.test1', port=None, host_cut=True)
        assert peer_checks.registration_of(trunk(), details, [shown]) is shown

    def test_the_trunks_own_words_come_first(self):
        wanted = trunk(host='registrar.example.com', username='second')
        rows = [registration(host='sip.example.com'), registration(host='registrar.example.com', username='second')]
        assert peer_checks.registration_of(wanted, self.DETAILS, rows) is rows[1]

    @pytest.mark.parametrize(('wanted', 'port', 'found'), [
        ({}, 5060, True), ({}, 5061, True), ({}, 5070, True), ({}, 5080, False),   # SRV says 5070; the registry shows no port as 5060
        ({'port': 5070}, 5070, True), ({'port': 5070}, 5060, False), ({'port': 5060}, 5070, False), ({'port': '5070'}, None, True)])
    def test_the_port_of_an_srv_record_is_the_peers_alone(self, wanted, port, found):
        details = dict(self.DETAILS, **{'Addr->IP': '198.18.20.20:5070'})
        shown = registration(host='sip.example.com', port=port)
        assert (peer_checks.registration_of(trunk(**wanted), details, [shown]) is shown) is found

    def test_iax2_shows_addresses_and_never_names(self):
        wanted = dict(trunk(host='iax.acme.example', username='acct55', registered=True), technology='IAX2')
        rows = [registration(host='127.0.0.1', port=40569, username='ASTloop'),
                registration(port=4569, username='acct5', username_cut=False), registration(port=4569, username='acct55')]
        for shown in ('198.18.10.10:4569', '198.18.10.10 Port 4569'):
            assert peer_checks.registration_of(wanted, {'Addr->IP': shown}, rows) is rows[2]
        assert peer_checks.registration_of(wanted, {'Addr->IP': '198.18.10.11:4569'}, rows) is None
        assert peer_checks.registration_of(wanted, {'Addr->IP': '198.18.10.10:4570'}, [registration(port=4571, username='acct55')]) is None
        by_address = dict(wanted, host='198.18.10.10')
        assert peer_checks.registration_of(by_address, {'Addr->IP': '198.18.10.10:4569'}, rows) is rows[2]

    def test_of_chan_sip_a_registration_at_the_address_is_not_that_at_the_name(self):
        assert peer_checks.registration_of(trunk(host='sip.example.com'), self.DETAILS, [registration()]) is None

    def test_nothing_known(self):
        assert peer_checks.registration_of(trunk(), None, [registration()]) is None
        assert peer_checks.registration_of(trunk(), self.DETAILS, None) is None


class TestReason:
    @pytest.mark.parametrize(('found', 'facts', 'words'), [
        ({'state': 'unreachable'}, {}, 'no answer to OPTIONS from 198.18.10.10:5060: the carrier is down'),
        ({'state': 'lagged'}, {}, 'Dial refuses a lagged peer'),
        ({'state': 'unknown'}, {}, 'no probe has been answered yet'),
        ({'state': 'unmonitored'}, {}, 'qualify is off'),
        ({'state': 'unknown', 'address': None}, {'host': 'sip.nodns.invalid', 'addresses': []},
         'the host name sip.nodns.invalid cannot be resolved'),
        ({'state': 'unknown', 'address': None}, {'host': 'a.example', 'addresses': [], 'srv': False}, 'neither an address nor an SRV record'),
        ({'state': 'unknown', 'address': None}, {'host': 'a.example', 'addresses': [], 'srv': True}, 'asks with srvlookup=yes in [general] of sip.conf'),
        ({'state': 'unreachable', 'address': '198.18.20.20'}, {'host': 'a.example', 'addresses': ['198.18.10.10'], 'srv': True},
         'no answer to OPTIONS from 198.18.20.20:5060'),     # it is where the SRV record leads
        ({'state': 'unknown', 'address': None}, {'host': 'sip.example.com', 'addresses': ['198.18.10.10']},
         'which is 198.18.10.10 now'),
        ({'state': 'unreachable'}, {'host': 'sip.example.com', 'addresses': ['198.18.10.99']},
         'sip.example.com is 198.18.10.99 now, but Asterisk still has 198.18.10.10'),
        ({'state': 'unreachable'}, {'host': 'sip.example.com', 'addresses': ['198.18.10.10']}, 'no answer to OPTIONS'),
        ({'state': 'unreachable'}, {'host': '198.18.10.10', 'addresses': None}, 'no answer to OPTIONS'),
        ({'state': 'unmonitored', 'address': None, 'dynamic': True}, {}, 'only after it has registered here'),
    ])
    def test_state(self, found, facts, words):
        assert words in peer_checks.reason(trunk(), peer(**found), None, facts)

    @pytest.mark.parametrize(('facts', 'words'), [
        ({}, 'Asterisk was not reloaded'),
        ({'files': []}, 'no file that sip.conf includes defines it'),
        ({'files': [('sip-vicidial.conf', 7)]}, 'it is in sip-vicidial.conf, but Asterisk'),
        ({'files': [('sip-vicidial.conf', 7)], 'in_screen': False}, 'a screen session of root named asterisk'),
        ({'loaded': False}, 'chan_sip is not loaded'),
    ])
    def test_not_loaded(self, facts, words):
        assert words in peer_checks.reason(trunk(), None, None, facts)

    @pytest.mark.parametrize(('facts', 'words'), [
        ({'files': [('a.conf', 7)]}, 'a.conf has revision 7: the wanted one was not generated yet'),
        ({'files': [('a.conf', 0)]}, 'a.conf has no revision'),
        ({'files': [('a.conf', 8)], 'in_screen': True}, 'or refused the file: check its log'),
        ({'files': [('a.conf', 8), ('b.conf', 7)]}, 'defined 2 times (a.conf, b.conf)'),
    ])
    def test_another_revision(self, facts, words):
        assert words in peer_checks.reason(trunk(revision=8), peer(), None, facts)

    def test_still_loaded(self):
        gone = trunk(state='absent')
        assert peer_checks.reason(gone, peer(), None, {'files': [('a.conf', 7)]}) == 'it is still in a.conf'
        assert 'not reloaded' in peer_checks.reason(gone, peer(), None, {'files': []})

    @pytest.mark.parametrize(('state', 'words'), [
        ('request_sent', 'the registrar does not answer'), ('auth_sent', 'wrong secret'),
        ('rejected', 'wrong username or host'), ('no_authentication', 'refused username and secret'),
        ('timeout', 'did not answer'), ('failed', 'given up'), ('unregistered', 'not sent'), ('stopped', '')])
    def test_registration(self, state, words):
        assert words in peer_checks.reason(trunk(registered=True), peer(), registration(state=state))

    @pytest.mark.parametrize(('state', 'words'), [
        ('rejected', 'does not respond, or refuses it'), ('stopped', 'type "pjsip send register carrier_a"'),
        ('unregistered', 'waits for the first response'), ('registered', '')])
    def test_registration_of_pjsip(self, state, words):
        wanted = dict(trunk(registered=True), technology='PJSIP')
        assert words in peer_checks.reason(wanted, peer(), registration(state=state))

    def test_a_port_and_an_srv_record_exclude_each_other(self):
        facts = {'host': 'a.example', 'addresses': [], 'srv': True}
        nowhere = peer(state='unknown', address=None)
        assert 'leave the port out' in peer_checks.reason(trunk(port=5060), nowhere, None, facts)
        wanted = dict(trunk(), technology='PJSIP')
        assert 'nothing answers at its target' in peer_checks.reason(wanted, peer(state='unreachable'), None, facts)

    def test_registration_missing(self):
        assert 'no register line' in peer_checks.reason(trunk(registered=True), peer())
