# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules make of recorded answers of Asterisk 16.28: waiting, check mode, failures, a stopped Asterisk."""

from __future__ import annotations

import functools
import json

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.text.converters import to_bytes
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, evidence, peer_watch, probes
from ansible_collections.dialer.trunks.plugins.modules import dialer_info, sip_peers_info, sip_peers_verify

from support import paths

FIXTURES = paths.FIXTURES / 'asterisk'
# What is asked, and the fixture that holds the answer.
ANSWERS = {
    'core show version': 'core_show_version', 'sip show peers': 'sip_show_peers',
    'sip show registry': 'sip_show_registry', 'iax2 show peers': 'iax2_show_peers', 'iax2 show users': 'iax2_show_users',
    'iax2 show registry': 'iax2_show_registry', 'pjsip show registrations': 'pjsip_show_registrations',
    'pjsip show endpoints': 'pjsip_show_endpoints', 'pjsip show endpoint pj_carrier': 'pjsip_show_endpoint',
    'pjsip show endpoint pj_down': 'pjsip_show_endpoint', 'pjsip show transports': 'pjsip_show_transports',
    'pjsip show transport transport-tls': 'pjsip_show_transport', 'sip show settings': 'sip_show_settings',
    'sip show channels': 'sip_show_channels_quiet', 'iax2 show channels': 'iax2_show_channels',
    'module show like res_srtp': 'module_show_srtp', 'dialplan show': 'dialplan_show',
    'dialplan show globals': 'dialplan_show_globals', 'sip show peer carrier_b': 'sip_show_peer',
    'sip show peer carrier_nodns': 'sip_show_peer_host_name',
    '_command matchesarray "sip show peer " ""': 'sip_show_peer_names',
    '_command matchesarray "iax2 show peer " ""': 'iax2_show_peer_names',
    '_command matchesarray "pjsip show endpoint " ""': 'pjsip_show_endpoint_names',
}

# What is asked about any other peer.
OTHERS = {'sip show peer': 'sip_show_peer_missing', 'pjsip show endpoint': 'pjsip_show_endpoint',
          'pjsip show aor': 'pjsip_show_aor'}


class Asterisk:
    """Answers as the recorded one did. A question can have one answer after the other, the last one staying."""

    def __init__(self):
        self.answers = {question: [fixture] for question, fixture in ANSWERS.items()}
        self.asked = []

    def run(self, *commands):
        self.asked += commands
        return ''.join(self._one(command) for command in commands)

    def _one(self, command):
        answers = self.answers.get(command) or [OTHERS[command.rpartition(' ')[0]]]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if '\n' in answer else (FIXTURES / f'{answer}.txt').read_text(encoding='utf-8')


@pytest.fixture(name='line')
def _line(monkeypatch):
    answering = Asterisk()
    monkeypatch.setattr(cli.Cli, 'run', lambda _cli, *commands: answering.run(*commands))
    for module in (peer_watch, dialer_info):
        monkeypatch.setattr(module, 'in_screen', lambda: True)
    monkeypatch.setattr(peer_watch, 'peer_files', lambda _name, _first: [])
    monkeypatch.setattr(peer_watch, 'resolve', lambda _host: [])
    return answering


@pytest.fixture(name='run')
def _run(monkeypatch, capsys):
    def run(module, check_mode=False, **options):
        arguments = {'ANSIBLE_MODULE_ARGS': {**options, '_ansible_check_mode': check_mode}}
        monkeypatch.setattr(basic, '_ANSIBLE_ARGS', to_bytes(json.dumps(arguments)))
        # ansible-core 2.19 and later want to know how the arguments are written
        monkeypatch.setattr(basic, '_ANSIBLE_PROFILE', 'legacy', raising=False)
        # and give a module's warnings in a form of their own, or not at all where the controller's code is loaded
        warnings = []
        monkeypatch.setattr(basic.AnsibleModule, 'warn', lambda _module, text: warnings.append(text))
        with pytest.raises(SystemExit):
            module.main()
        result = json.loads(capsys.readouterr().out)
        return {**result, 'warnings': warnings} if warnings else result
    return run


class TestInfo:
    def test_all(self, line, run):
        result = run(sip_peers_info)
        assert result['changed'] is False
        assert result['summary'] == {
            'chan_sip': True, 'technologies': ['SIP', 'PJSIP', 'IAX2'], 'peers': 31, 'reachable': 7, 'lagged': 2,
            'unreachable': 6, 'unknown': 4, 'unmonitored': 12, 'registrations': 16, 'registered': 8}
        carrier, = [peer for peer in result['peers'] if peer['name'] == 'carrier_b']
        assert (carrier['revision'], carrier['technology'], carrier['username']) == (12, 'SIP', 'your_account_1')
        assert 'planted' not in json.dumps(result)
        assert [asked for asked in line.asked if 'sip show' in asked and 'pjsip' not in asked] == [
            'sip show peers', '_command matchesarray "sip show peer " ""', 'sip show registry']
        endpoint, = [peer for peer in result['peers'] if peer['name'] == 'pj_carrier']
        assert endpoint == {
            'name': 'pj_carrier', 'name_cut': False, 'technology': 'PJSIP', 'username': 'acc', 'address': '198.19.60.20',
            'port': 5060, 'dynamic': False, 'state': 'reachable', 'latency_ms': 1, 'revision': 1,
            'description': '[trunks 1] PJSIP udp'}
        registration, = [one for one in result['registrations'] if one['technology'] == 'PJSIP']
        assert (registration['name'], registration['state']) == ('pj_reg', 'registered')

    @pytest.mark.usefixtures('line')
    def test_some(self, run):
        result = run(sip_peers_info, names=['carrier_*', 'Zebra'])
        assert {peer['name'][:8] for peer in result['peers']} == {'carrier_', 'Zebra'}
        assert (result['summary']['peers'], result['summary']['registrations']) == (31, 16)

    def test_registrations_are_those_of_the_named_peers(self, line, run):
        """Of SIP that with the host, port and user name of the peer, of PJSIP that of its name."""
        line.answers['pjsip show endpoints'] = ['pjsip_show_trunks']
        shown = (FIXTURES / 'sip_show_peer.txt').read_text(encoding='utf-8')
        line.answers['sip show peer carrier_b'] = [shown.replace('your_account_1', 'good')]
        for names, found in ((['carrier_b', 'pj_reg'], [('SIP', 'good'), ('PJSIP', '')]), (['carrier_a', 'pj_udp'], [])):
            result = run(sip_peers_info, names=names)
            assert [(one['technology'], one['username']) for one in result['registrations']] == found
        assert len(run(sip_peers_info)['registrations']) == 16

    def test_none(self, line, run):
        line.answers['sip show peers'] = ['sip_show_peers_none']
        line.answers['sip show registry'] = ['sip_show_registry_none']
        for command in ('iax2 show peers', 'pjsip show endpoints'):
            line.answers[command] = ['chan_sip_not_loaded']
        result = run(sip_peers_info)
        assert (result['peers'], result['registrations'], result['summary']['chan_sip']) == ([], [], True)

    def test_no_chan_sip(self, line, run):
        line.answers.update({'sip show peers': ['chan_sip_not_loaded'], 'sip show registry': ['chan_sip_not_loaded']})
        assert run(sip_peers_info)['summary']['chan_sip'] is False

    def test_stopped(self, line, run):
        line.answers['sip show peers'] = [cli.NotRunning('Asterisk is not running: why')]
        assert run(sip_peers_info)['msg'] == 'Asterisk is not running: why'


class TestVerify:
    def test_good_at_once(self, line, run):
        result = run(sip_peers_verify, trunks=['carrier_a', {'name': 'carrier_b', 'revision': 12}])
        assert [trunk['ok'] for trunk in result['trunks']] == [True, True]
        assert result['changed'] is False and line.asked.count('sip show peers') == 1

    def test_waits(self, line, run):
        line.answers['sip show peers'] = ['sip_show_peers_just_loaded', 'sip_show_peers_just_loaded', 'sip_show_peers']
        result = run(sip_peers_verify, trunks=['carrier_a'], interval=0.1)
        assert result['trunks'][0]['ok'] and line.asked.count('sip show peers') == 3

    def test_a_state_from_before_a_reload_does_not_count(self, line, run):
        line.answers['sip show channels'] = ['sip_show_channels', 'sip_show_channels', 'sip_show_channels_quiet']  # carrier_a is being probed
        result = run(sip_peers_verify, trunks=['carrier_a'], interval=0.1)
        assert result['trunks'][0]['ok'] and line.asked.count('sip show channels') == 3

    @pytest.fixture(name='answers')
    def _answers(self, monkeypatch):
        """Whether chan_sip answers at its own port, and IAX2's carriers answer us."""
        answering = {'sip': True, 'iax2': True}
        monkeypatch.setattr(probes, 'ask_options', lambda there, _seconds: there == ('127.0.0.1', 5060) and answering['sip'])
        monkeypatch.setattr(evidence, 'SipEvidence', functools.partial(evidence.SipEvidence, options={}, ask=probes.ask_options))
        monkeypatch.setitem(evidence.EVIDENCE, 'SIP', evidence.SipEvidence)
        monkeypatch.setattr(probes.Pokes, 'ask', lambda pokes, asked, _seconds: pokes.answered.update(asked if answering['iax2'] else ()))
        return answering

    def test_after_a_reload_chan_sip_has_to_have_sent_its_probes(self, line, run, answers):
        line.answers['sip show channels'] = ['sip_show_channels', 'sip_show_channels', 'sip_show_channels_quiet']  # carrier_a is being probed
        result = run(sip_peers_verify, trunks=['carrier_a', 'carrier_b'], reloaded=True, interval=0.1)
        assert 'failed' not in result and line.asked.count('sip show channels') == 4    # two at each look
        answers['sip'] = False
        result = run(sip_peers_verify, trunks=['carrier_a'], reloaded=True, timeout=0)
        assert result['failed'] and not result['trunks'][0]['ok']
        assert result['trunks'][0]['detail'] == 'reachable (1 ms) at 198.19.60.20:5060, but that may be from before the reload'
        assert 'chan_sip does not answer at its own port 127.0.0.1:5060' in result['msg']

    @pytest.mark.usefixtures('answers')
    def test_after_a_reload_what_needs_no_answer_needs_no_evidence(self, line, run):
        result = run(sip_peers_verify, trunks=[{'name': 'carrier_a', 'state': 'loaded'}], reloaded=True, timeout=0)
        assert 'failed' not in result and 'sip show settings' not in line.asked
        result = run(sip_peers_verify, check_mode=True, trunks=['carrier_a'], reloaded=True)
        assert 'warnings' not in result and 'sip show settings' not in line.asked

    def test_after_a_reload_a_carrier_of_iax2_has_to_answer_us(self, run, line, answers):
        wanted = [{'name': 'TESTast2', 'technology': 'IAX2'}]
        assert 'failed' not in run(sip_peers_verify, trunks=wanted, reloaded=True, timeout=0)
        answers['iax2'] = False
        assert 'a POKE that was sent to it' in run(sip_peers_verify, trunks=wanted, reloaded=True, timeout=0)['msg']

    def test_after_a_reload_a_carrier_of_pjsip_has_to_answer_anew(self, run, line):
        line.answers['pjsip show endpoints'] = ['pjsip_show_trunks']
        line.answers['pjsip show endpoint pj_udp'] = ['pjsip_show_endpoint']
        line.answers['pjsip qualify pj_udp'] = ['sip_show_channels_quiet']
        wanted = [{'name': 'pj_udp', 'technology': 'PJSIP'}]
        result = run(sip_peers_verify, trunks=wanted, reloaded=True, timeout=1, interval=0.1)
        assert 'a probe sent since then has not been answered' in result['msg'] and line.asked.count('pjsip qualify pj_udp') == 1
        line.answers['pjsip show endpoints'] = ['pjsip_show_trunks', 'pjsip_show_trunks', 'pjsip_show_trunks_later']
        assert 'failed' not in run(sip_peers_verify, trunks=wanted, reloaded=True, timeout=1, interval=0.1)

    def test_gives_up(self, line, run):
        line.answers['sip show peer carrier_down'] = ['sip_show_peer']
        result = run(sip_peers_verify, trunks=['carrier_a', 'carrier_down', 'nope'], timeout=0)
        assert result['failed']
        assert [trunk['ok'] for trunk in result['trunks']] == [True, False, False]
        head, down, nope = result['msg'].splitlines()
        assert head.startswith('2 of 3 trunks are not as wanted')
        assert down.startswith('carrier_down: unreachable at 198.19.60.99:5060 instead of reachable; no answer')
        assert nope.startswith('nope: not loaded; no file')

    @staticmethod
    def before(name='carrier_down', state='unreachable', registrations=(), written=(), revision=3, **more):
        """The payload: what dialer_info found of one peer before the run."""
        found = {'name': name, 'technology': 'SIP', 'host': '198.19.60.99', 'port': 5060, 'dynamic': False,
                 'managed': revision > 0, 'revision': revision, 'state': state, **more}
        return json.dumps({'before': {'peers': [found], 'registrations': list(registrations), 'written': list(written)}})

    def test_what_was_down_before_is_a_warning_and_not_waited_for(self, line, run):
        line.answers['sip show peer carrier_down'] = ['sip_show_peer']
        adopted = run(sip_peers_verify, trunks=['carrier_down'], payload=self.before(revision=0, written=['carrier_down']))
        assert 'failed' not in adopted and adopted['trunks'][0]['down_before'] == 'unreachable'
        line.asked.clear()
        result = run(sip_peers_verify, trunks=['carrier_a', 'carrier_down'], payload=self.before())
        assert 'failed' not in result and result['elapsed'] < 5 and line.asked.count('sip show peers') == 1
        assert [(one['ok'], one['down_before']) for one in result['trunks']] == [(True, ''), (False, 'unreachable')]
        warning, = result['warnings']
        assert warning.startswith('carrier_down: unreachable at 198.19.60.99:5060 instead of reachable; no answer to OPTIONS')
        assert warning.endswith('It was down before this run (unreachable), which therefore goes on')

    @pytest.mark.parametrize('changes', [{'state': 'reachable'}, {'written': ['carrier_down']}, {'revision': 2}, {'revision': 0, 'port': 5070}])
    def test_what_the_run_changed_or_made_worse_fails(self, line, run, changes):
        line.answers['sip show peer carrier_down'] = ['sip_show_peer']
        result = run(sip_peers_verify, trunks=['carrier_a', 'carrier_down'], timeout=0, payload=self.before(**changes))
        assert result['failed'] and 'warnings' not in result
        assert result['msg'].startswith('1 of 2 trunks are not as wanted')

    def test_a_failure_of_one_trunk_counts_no_other_that_was_down_before(self, line, run):
        line.answers['sip show peer carrier_down'] = ['sip_show_peer']
        result = run(sip_peers_verify, trunks=['nope', 'carrier_down'], timeout=0, payload=self.before())
        assert result['msg'].startswith('1 of 2 trunks') and 'nope: not loaded' in result['msg'] and 'carrier_down' not in result['msg']
        assert 'carrier_down: unreachable' in result['warnings'][0]

    @pytest.mark.usefixtures('answers')
    def test_what_was_down_before_needs_no_evidence_after_a_reload(self, line, run):
        line.answers['sip show peer carrier_down'] = ['sip_show_peer']
        result = run(sip_peers_verify, trunks=['carrier_a', 'carrier_down'], reloaded=True, interval=0.1, payload=self.before())
        assert 'failed' not in result and [one['ok'] for one in result['trunks']] == [True, False]

    @pytest.mark.usefixtures('line')
    def test_a_refused_registration_of_before_does_not_excuse_a_state_without_evidence(self, run, answers):
        answers['sip'] = False
        was = self.before('carrier_b', 'reachable', run(dialer_info)['dialer']['registrations'], revision=12)
        wanted = [{'name': 'carrier_b', 'registered': True, 'username': 'wrong'}]
        result = run(sip_peers_verify, trunks=wanted, reloaded=True, timeout=0, payload=was)
        assert 'chan_sip does not answer at its own port' in result['msg']

    @pytest.mark.usefixtures('line')
    def test_a_registration_that_was_refused_before_is_a_warning(self, run):
        """The recorded registry is before, as dialer_info reads it, and after."""
        read = run(dialer_info)['dialer']['registrations']
        wanted = [{'name': 'carrier_b', 'registered': True, 'username': 'wrong'}]
        refused = self.before('carrier_b', 'reachable', read, revision=12)
        result = run(sip_peers_verify, trunks=wanted, timeout=0, payload=refused)
        assert 'failed' not in result and 'It was down before this run (registration no authentication)' in result['warnings'][0]
        accepted = [dict(one, state='registered') for one in read]
        result = run(sip_peers_verify, trunks=wanted, timeout=0, payload=self.before('carrier_b', 'reachable', accepted, revision=12))
        assert result['failed']

    @pytest.mark.usefixtures('line')
    def test_a_name_that_cannot_be_resolved(self, run):
        result = run(sip_peers_verify, trunks=['carrier_nodns'], timeout=0)
        assert 'sip.nodns.invalid cannot be resolved' in result['trunks'][0]['reason']

    def test_check_mode_looks_once_and_does_not_fail(self, line, run):
        result = run(sip_peers_verify, check_mode=True, trunks=['nope'])
        assert 'failed' not in result and result['trunks'][0]['ok'] is False
        assert 'nope: not loaded' in result['warnings'][0] and line.asked.count('sip show peers') == 1
        hostile = run(sip_peers_verify, check_mode=True, trunks=['no\x1b[2Jpe'])
        assert r'no\x1b[2Jpe: not loaded' in hostile['warnings'][0] and hostile['warnings'][0].isprintable()

    @pytest.mark.usefixtures('line')
    def test_registration(self, run):
        wanted = {'name': 'carrier_b', 'registered': True}
        found, = run(sip_peers_verify, trunks=[{**wanted, 'username': 'good'}])['trunks']
        assert found['registration'] == 'registered'
        result = run(sip_peers_verify, trunks=[{**wanted, 'username': 'wrong'}], timeout=0)
        assert 'registration no authentication' in result['msg'] and 'refused username and secret' in result['msg']

    def test_no_chan_sip(self, line, run):
        line.answers['sip show peers'] = ['chan_sip_not_loaded']
        wanted = {'name': 'carrier_a', 'technology': 'SIP'}
        assert 'chan_sip is not loaded' in run(sip_peers_verify, trunks=[wanted], timeout=0)['msg']

    def test_pjsip_and_iax2(self, line, run):
        line.answers['pjsip show endpoints'] = ['pjsip_show_trunks']
        line.answers['pjsip show endpoint pj_reg'] = line.answers['pjsip show endpoint pj_udp'] = ['pjsip_show_endpoint']
        wanted = [{'name': 'pj_udp', 'revision': 1}, {'name': 'pj_reg', 'technology': 'PJSIP', 'registered': True},
                  {'name': 'TESTast2', 'technology': 'IAX2'}]
        found = run(sip_peers_verify, trunks=wanted, timeout=0)['trunks']
        assert [(one['technology'], one['ok']) for one in found] == [('PJSIP', True), ('PJSIP', True), ('IAX2', True)]
        assert found[1]['registration'] == 'registered' and 'pjsip qualify pj_udp' not in line.asked
        result = run(sip_peers_verify, trunks=[{'name': 'pj_udp', 'technology': 'PJSIP', 'registered': True}], timeout=0)
        assert 'type=registration' in result['msg']
        result = run(sip_peers_verify, trunks=[{'name': 'nope', 'technology': 'IAX2'}], timeout=0)
        assert 'no file that iax.conf includes' in result['msg']

    def test_stopped(self, line, run):
        line.answers['sip show peers'] = [cli.NotRunning('Asterisk is not running: why')]
        assert run(sip_peers_verify, trunks=['carrier_a'])['msg'] == 'Asterisk is not running: why'

    @pytest.mark.usefixtures('line')
    def test_mistakes(self, run):
        assert 'trunks[0].state' in run(sip_peers_verify, trunks=[{'name': 'a', 'state': 'up'}])['msg']
        assert 'trunks' in run(sip_peers_verify)['msg']


class TestDialerInfo:
    @pytest.fixture(autouse=True)
    def _dialer(self, monkeypatch, tmp_path):
        (tmp_path / 'trunks.d' / '17').mkdir(parents=True)
        (tmp_path / 'trunks').symlink_to('trunks.d/17/')
        found = dialer_info.linked(str(tmp_path / 'trunks'))
        monkeypatch.setattr(dialer_info, 'linked', lambda: found)
        monkeypatch.setattr(dialer_info.astguiclient, 'load', lambda: {'VARserver_ip': '198.18.0.11'})

    def test_all(self, line, run):
        dialer = run(dialer_info)['dialer']
        assert dialer['asterisk'] == {'running': True, 'version': '16.28.0~dfsg-0+deb11u10', 'in_screen': True,
                                      'reason': ''}
        assert (dialer['server_ip'], dialer['vicidial']) == ('198.18.0.11', True)
        assert dialer['generation'] == {'running': 17, 'linked': 17}
        assert {'name': 'carrier_a', 'technology': 'SIP', 'host': '198.19.60.20', 'port': 5060, 'dynamic': False,
                'managed': True, 'revision': 7, 'state': 'reachable'} in dialer['peers']
        assert {'name': 'ASTloop', 'technology': 'IAX2', 'host': None, 'port': None, 'dynamic': True,
                'managed': False, 'revision': 0, 'state': 'unmonitored'} in dialer['peers']
        assert ({one['technology'] for one in dialer['registrations']}, len(dialer['registrations'])) == ({'SIP', 'PJSIP', 'IAX2'}, 16)
        assert {'technology': 'PJSIP', 'name': 'pj_reg', 'state': 'registered'}.items() <= next(
            one for one in dialer['registrations'] if one['technology'] == 'PJSIP').items()
        assert {one['name'] for one in dialer['registrations'] if one['technology'] != 'PJSIP'} == {None}
        assert sorted(dialer['globals']) == ['CARRIERA', 'TRUNKblind', 'TRUNKloop', 'WITHSECRET']
        assert {'context': 'default', 'pattern': '_138368', 'managed': False, 'before': True} in dialer['patterns']
        assert 'trunks-generation' in dialer['contexts']
        assert 'planted' not in json.dumps(dialer)
        assert [one['context'] for one in dialer['ways_out']] == [
            'operator-out', 'vicidial-auto-external', 'vicidial-auto', 'default', 'trunks-route-us', 'trunks-outbound']
        assert dialer['guests'] is None
        assert dialer['iax_guests'] == [{'name': 'openfriend', 'context': 'trunkinbound'},
                                        {'name': 'averyveryverylo', 'context': 'averyveryverylo'},
                                        {'name': 'guest', 'context': 'default'}]
        assert {'name': 'pj_carrier', 'technology': 'PJSIP', 'host': '198.19.60.20', 'port': 5060, 'dynamic': False,
                'managed': True, 'revision': 1, 'state': 'reachable'} in dialer['peers']
        assert (dialer['drivers'], dialer['srtp']) == (['SIP', 'PJSIP', 'IAX2'], True)
        assert [(one['technology'], one['type']) for one in dialer['transports']] == [
            ('SIP', 'udp'), ('SIP', 'tcp'), ('SIP', 'tls'), ('PJSIP', 'tcp'), ('PJSIP', 'tls'), ('PJSIP', 'udp')]
        assert [one['port'] for one in dialer['transports']] == [5060, 5060, None, 5062, 5063, 5061]
        # three of them only since names are cut, two for endpoints and one for a TLS transport
        assert len(line.asked) == 19

    def test_stopped(self, line, run):
        line.answers['core show version'] = [cli.NotInstalled('Asterisk is not installed here')]
        dialer = run(dialer_info)['dialer']
        assert dialer['asterisk'] == {'running': False, 'version': '', 'in_screen': False,
                                      'reason': 'Asterisk is not installed here'}
        assert (dialer['peers'], dialer['registrations'], dialer['patterns'], dialer['generation']) == ([], [], [], {'running': None, 'linked': 17})

    def test_what_vicidials_files_hold(self, line, run, monkeypatch, tmp_path):
        (tmp_path / 'sip-vicidial.conf').write_text('[carrier_a]\ntype=peer\ndescription=[trunks 7] A\nsecret=planted\n')
        monkeypatch.setattr(dialer_info.generated, 'read', functools.partial(dialer_info.generated.read, str(tmp_path)))
        found = run(dialer_info)['dialer']['generated']
        assert found['peers']['carrier_a'][0] == 7 and found['routes'] == {} and 'planted' not in json.dumps(found)
        monkeypatch.setattr(dialer_info.astguiclient, 'load', lambda: None)
        assert run(dialer_info)['dialer']['generated'] is None

    def test_no_generation(self, tmp_path, monkeypatch):
        monkeypatch.undo()
        assert dialer_info.linked(str(tmp_path / 'none')) is None
        (tmp_path / 'odd').symlink_to('elsewhere')
        assert dialer_info.linked(str(tmp_path / 'odd')) is None
