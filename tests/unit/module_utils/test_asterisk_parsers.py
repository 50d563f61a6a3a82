# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parsers, held to outputs that were recorded from Asterisk 16.28 (tests/unit/fixtures/asterisk)."""

from __future__ import annotations

import re

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import (
    dialplan_parsers, parsers, pjsip_parsers, transports)

from support import paths

FIXTURES = paths.FIXTURES / 'asterisk'


def recorded(name: str) -> str:
    return (FIXTURES / f'{name}.txt').read_text(encoding='utf-8')


def by_name(rows: list[dict]) -> dict[str, dict]:
    return {row['name']: row for row in rows}


@pytest.fixture(name='peers')
def _peers() -> dict[str, dict]:
    return by_name(parsers.sip_peers(recorded('sip_show_peers')))


class TestSipPeers:
    @pytest.mark.parametrize(('name', 'state', 'latency'), [
        ('carrier_a', 'reachable', 1),
        ('slow_but_ok', 'reachable', 1301),     # pushes the description to the right
        ('slower_lagged', 'lagged', 1300),
        ('carrier_down', 'unreachable', None),
        ('carrier_nodns', 'unknown', None),
        ('8003', 'unknown', None),
        ('carrier_unmon', 'unmonitored', None),
    ])
    def test_states(self, peers, name, state, latency):
        assert (peers[name]['state'], peers[name]['latency_ms']) == (state, latency)

    @pytest.mark.parametrize(('name', 'address', 'port'), [
        ('carrier_a', '198.19.60.20', 5060),
        ('carrier_silent', '198.19.60.20', 6009),
        ('carrier_v6', 'fd00:60::20', 5060),
        ('carrier_name', '198.19.60.20', 5060),     # a host name: Asterisk shows what it resolved to
        ('carrier_nodns', None, None),
        ('8001', None, None),
        ('8002', '198.19.60.20', 5060),
    ])
    def test_addresses(self, peers, name, address, port):
        assert (peers[name]['address'], peers[name]['port']) == (address, port)

    def test_dynamic_peers(self, peers):
        assert [name for name, peer in peers.items() if peer['dynamic']] == ['8001', '8002', '8003']

    @pytest.mark.parametrize(('name', 'description'), [
        ('carrier_a', '[trunks 7] VoIP Provider A'),
        ('carrier_b', '[trunks 12] VoIP Provider B with'),                  # cut at 32
        ('gateway.2', '[trunks 4] Second gateway (of tw'),
        ('slow_but_ok', '[trunks 21] slow'),
        ('slower_lagged', 'Über-Träger mit Umlauten ä ö'),                  # cut at 32 bytes, not characters
        ('carrier_unmon', ''),
    ])
    def test_descriptions(self, peers, name, description):
        assert peers[name]['description'] == description

    def test_names(self, peers):
        assert peers['carrier_b']['username'] == 'your_account_1'
        assert peers['8002']['username'] == 's'
        assert peers['carrier_a']['username'] is None
        # a cut user name does not make the name a cut one
        assert peers['abcdefghijklmnopqrst'] == dict(peers['abcdefghijklmnopqrst'], username='user', cut=False)
        assert peers['abcdefghijklmnopqrstuvwx']['cut'] is False

    def test_cut_names_are_said_to_be(self):
        rows = parsers.sip_peers(recorded('sip_show_peers'))
        assert [row['name'] for row in rows if row['cut']] == ['abcdefghijklmnopqrstuvwxy'] * 5

    def test_whole_names(self):
        rows = parsers.sip_peers(recorded('sip_show_peers'))
        parsers.resolve_cut(rows, parsers.completions(recorded('sip_show_peer_names')), parsers.SIP_NAME_WIDTH)
        assert not any(row['cut'] for row in rows)
        long = {row['name']: row['description'] for row in rows if row['name'].startswith('abcdefghijklmnopqrstuvwxy')}
        assert long == {
            'abcdefghijklmnopqrstuvwxy': '25 characters', 'abcdefghijklmnopqrstuvwxyA': '26 A',
            'abcdefghijklmnopqrstuvwxyZ': '26 Z', 'abcdefghijklmnopqrstuvwxy_': '26 underscore',
            'abcdefghijklmnopqrstuvwxyz-second': '33 characters'}

    def test_a_name_that_came_or_went_meanwhile_stays_cut(self):
        rows = parsers.sip_peers(recorded('sip_show_peers'))
        names = parsers.completions(recorded('sip_show_peer_names')) + ['abcdefghijklmnopqrstuvwxy-new']
        parsers.resolve_cut(rows, names, parsers.SIP_NAME_WIDTH)
        assert sum(row['cut'] for row in rows) == 5

    def test_just_loaded_peers_are_unknown(self):
        rows = by_name(parsers.sip_peers(recorded('sip_show_peers_just_loaded')))
        assert rows['carrier_a']['state'] == 'unknown'
        assert rows['carrier_lag']['state'] == 'reachable'

    def test_no_peers(self):
        assert parsers.sip_peers(recorded('sip_show_peers_none')) == []

    def test_footer(self):
        assert parsers.sip_peers_footer(recorded('sip_show_peers')) == {
            'peers': 24, 'monitored_online': 7, 'monitored_offline': 6, 'unmonitored_online': 10,
            'unmonitored_offline': 1}

    @pytest.mark.parametrize('text', ['', 'No such command', 'Unable to connect to remote asterisk'])
    def test_something_else_is_not_no_peers(self, text):
        with pytest.raises(ValueError, match='not the output of "sip show peers"'):
            parsers.sip_peers(text)

    def test_an_output_that_breaks_off(self):
        text = recorded('sip_show_peers')
        with pytest.raises(ValueError, match='before its last line'):
            parsers.sip_peers(text[:len(text) // 2])

    def test_an_output_that_lacks_a_line(self):
        lines = recorded('sip_show_peers').splitlines(True)
        with pytest.raises(ValueError, match='counts 24 peers, of which 23'):
            parsers.sip_peers(''.join(lines[:3] + lines[4:]))

    def test_lines_of_others_between_are_passed_over(self):
        text = recorded('sip_show_peers').replace('8001 ', '    -- Executing [s@x:1] NoOp\n8001 ', 1)
        assert len(parsers.sip_peers(text)) == 24

    def test_columns_of_other_versions(self):
        # Asterisk 11 has one column less, and no room for comedia
        text = ('Name/username              Host                                    Dyn Forcerport ACL Port    '
                ' Status     Description                      \n'
                'carrier_a/acc              198.18.10.10                             D   Yes            5060    '
                ' OK (12 ms) A carrier                        \n'
                '1 sip peers [Monitored: 1 online, 0 offline Unmonitored: 0 online, 0 offline]\n')
        peer, = parsers.sip_peers(text)
        assert (peer['name'], peer['username'], peer['port'], peer['latency_ms'], peer['description']) == (
            'carrier_a', 'acc', 5060, 12, 'A carrier')

    def test_a_realtime_column_is_no_description(self):
        lines = recorded('sip_show_peers').splitlines()
        lines[0] += ' Realtime'
        lines[1] += ' Cached RT'
        assert parsers.sip_peers('\n'.join(lines))[0]['description'] == ''

    def test_a_description_that_looks_like_columns(self, peers):
        text = recorded('sip_show_peers').replace('[trunks 3] down ', 'D A 0 OK (5 ms) ', 1)
        assert by_name(parsers.sip_peers(text))['carrier_down'] == dict(
            peers['carrier_down'], description='D A 0 OK (5 ms)')


class TestCompletions:
    def test_names(self):
        names = parsers.completions(recorded('sip_show_peer_names'))
        assert names[0] == '8001' and names[-1] == 'Zebra' and len(names) == 24
        assert 'abcdefghijklmnopqrstuvwxyz-second' in names

    def test_what_all_names_begin_with_is_no_name(self):
        assert parsers.completions(recorded('pjsip_show_endpoint_names'))[0] == 'pj_carrier'

    @pytest.mark.parametrize(('text', 'names'), [('_EOF_', []), ('only_peer only_peer _EOF_', ['only_peer'])])
    def test_few(self, text, names):
        assert parsers.completions(text) == names


class TestRegistry:
    def test_states(self):
        rows = {row['username']: row for row in parsers.sip_registry(recorded('sip_show_registry'))}
        assert {name: row['state'] for name, row in rows.items()} == {
            'silent': 'request_sent', 'half': 'request_sent', 'nodns': 'request_sent', 'notfound': 'rejected',
            'good': 'registered', 'noauth': 'auth_sent', 'account-with': 'registered', 'someone@a.re': 'registered',
            'wrong': 'no_authentication', 'forbidden': 'no_authentication', 'busyreg': 'request_sent'}
        good = rows['good']
        assert (good['host'], good['port'], good['refresh_s']) == ('198.19.60.20', 5060, 105)
        assert good['since'].startswith('Sun, 22 Nov 2026')
        assert rows['wrong']['since'] is None
        assert rows['account-with']['username_cut'] and not good['username_cut']

    def test_a_cut_host(self):
        row, = [row for row in parsers.sip_registry(recorded('sip_show_registry')) if row['username'] == 'nodns']
        assert (row['host'], row['port'], row['host_cut']) == ('registrar.of.some.carrier.with.a.very.l', None, True)

    def test_given_up(self):
        states = {row['username']: row['state'] for row in parsers.sip_registry(recorded('sip_show_registry_given_up'))}
        assert states['silent'] == states['busyreg'] == 'failed'

    def test_none(self):
        assert parsers.sip_registry(recorded('sip_show_registry_none')) == []

    @pytest.mark.parametrize(('shown', 'state'), [
        ('Timeout', 'timeout'), ('Unregistered', 'unregistered'), ('Stopped', 'stopped')])
    def test_states_that_do_not_last(self, shown, state):
        text = recorded('sip_show_registry').replace('Rejected'.ljust(12), shown.ljust(12))
        assert state in [row['state'] for row in parsers.sip_registry(text)]

    def test_something_else(self):
        with pytest.raises(ValueError):
            parsers.sip_registry(recorded('chan_sip_not_loaded'))


class TestSipPeer:
    def test_details(self):
        details = parsers.sip_peer(recorded('sip_show_peer'))
        assert details['Name'] == 'carrier_b'
        assert details['Description'] == '[trunks 12] VoIP Provider B with a description that is long'
        assert details['Addr->IP'] == '198.19.60.20:5060'
        assert details['Def. Username'] == 'your_account_1'
        assert details['Secret'] == '<Set>'

    def test_a_host_that_is_not_resolved(self):
        assert parsers.sip_peer(recorded('sip_show_peer_host_name'))['ToHost'] == 'sip.nodns.invalid'

    def test_missing(self):
        assert parsers.sip_peer(recorded('sip_show_peer_missing')) is None

    def test_something_else(self):
        with pytest.raises(ValueError):
            parsers.sip_peer('')


class TestIax:
    def test_peers(self):
        rows = by_name(parsers.iax2_peers(recorded('iax2_show_peers')))
        assert {name: (row['address'], row['port'], row['dynamic'], row['state']) for name, row in rows.items()} == {
            'a_rather_long_i': ('198.19.60.99', 4569, False, 'unreachable'),
            'ASTloop': (None, None, True, 'unmonitored'),
            'ASTblind': (None, None, True, 'unknown'),
            'TESTast2': ('198.19.60.20', 4569, False, 'reachable')}
        assert rows['a_rather_long_i']['description'] == 'Some words'
        assert rows['TESTast2']['latency_ms'] is not None

    def test_whole_names(self):
        rows = parsers.iax2_peers(recorded('iax2_show_peers'))
        parsers.resolve_cut(rows, parsers.completions(recorded('iax2_show_peer_names')), parsers.IAX_NAME_WIDTH)
        assert 'a_rather_long_iax_peer_name_here' in by_name(rows)

    def test_something_else(self):
        with pytest.raises(ValueError):
            parsers.iax2_peers('')

    def test_who_is_probed(self):
        text = recorded('iax2_show_channels')
        assert parsers.iax2_probes(text) == {'198.18.10.10'}
        assert parsers.iax2_probes(text.replace('Tx:POKE   \n', 'Rx:PONG   \n')) == set()
        assert parsers.iax2_probes(text.replace('(None)                198', 'IAX2/carrier_a-1      198')) == set()


class TestPjsip:
    def test_endpoints(self):
        rows = by_name(pjsip_parsers.endpoints(recorded('pjsip_show_endpoints')))
        assert rows['pj_carrier'] == {
            'name': 'pj_carrier', 'cut': False, 'username': 'acc', 'max_contacts': 0,
            'contacts': [{'uri': 'sip:198.19.60.20:5060', 'uri_cut': False, 'state': 'reachable', 'latency_ms': 1}]}
        assert rows['pj_down']['contacts'][0]['state'] == 'unreachable'
        long, = [row for name, row in rows.items() if name.startswith('pj_phone')]
        assert long['cut'] and long['contacts'] == [] and long['max_contacts'] == 1

    def test_none(self):
        assert pjsip_parsers.endpoints(recorded('pjsip_show_endpoints_none')) == []

    def test_a_caller_id_is_no_part_of_the_name(self):
        text = ' Endpoint:  6001/"Bob" <6001>                                    Not in use    0 of inf\n'
        assert pjsip_parsers.endpoints(text)[0]['name'] == '6001'

    def test_as_peers(self):
        endpoints = {one['name']: one for one in pjsip_parsers.endpoints(recorded('pjsip_show_trunks'))}
        assert pjsip_parsers.as_peer(endpoints['pj_tls'], '[trunks 1] A') == {
            'name': 'pj_tls', 'username': None, 'cut': False, 'state': 'reachable', 'address': '198.18.10.10', 'port': 5061,
            'dynamic': False, 'latency_ms': endpoints['pj_tls']['contacts'][0]['latency_ms'], 'description': '[trunks 1] A'}
        phone = dict(endpoints['pj_udp'], contacts=[], max_contacts=1)
        assert [pjsip_parsers.as_peer(phone)[key] for key in ('state', 'address', 'dynamic')] == ['unknown', None, True]

    def test_not_probed_yet_is_not_unmonitored(self):
        text = recorded('pjsip_show_trunks').replace('Avail  ', 'NonQual')
        endpoint = pjsip_parsers.endpoints(text)[0]
        assert pjsip_parsers.as_peer(endpoint)['state'] == 'unmonitored'
        assert pjsip_parsers.as_peer(endpoint, qualify_frequency=60)['state'] == 'unknown'

    def test_when_they_were_measured(self):
        held, later = (pjsip_parsers.measured(recorded(name)) for name in ('pjsip_show_trunks', 'pjsip_show_trunks_later'))
        assert held['pj_tls'] == later['pj_tls'] == [('pj_tls/sip:198.18.10.10:5061;transport=tls', '39.442')]
        assert [name for name in held if held[name] != later[name]] == ['pj_udp']
        assert 'pj_down' not in pjsip_parsers.measured(recorded('pjsip_show_endpoints'))
        assert pjsip_parsers.measured(recorded('pjsip_show_endpoints_none')) == {}

    def test_the_best_contact_counts_and_a_cut_one_is_made_whole(self):
        cut = {'uri': 'sip:198.18.10.77:506', 'uri_cut': True, 'state': 'unreachable', 'latency_ms': None}
        good = {'uri': 'sips:sip.example.com:5061', 'uri_cut': False, 'state': 'reachable', 'latency_ms': 7}
        endpoint = {'name': 'a', 'cut': False, 'username': None, 'max_contacts': 0, 'contacts': [cut, good]}
        assert [pjsip_parsers.as_peer(endpoint)[key] for key in ('state', 'address', 'port')] == ['reachable', 'sip.example.com', 5061]
        endpoint['contacts'] = [cut]
        assert pjsip_parsers.as_peer(endpoint)['port'] is None
        assert pjsip_parsers.as_peer(endpoint, contact='sip:198.18.10.77:5060;transport=tcp')['port'] == 5060

    def test_parameters(self):
        held = pjsip_parsers.parameters(recorded('pjsip_show_endpoint'))
        assert held[pjsip_parsers.DESCRIPTION] == '[trunks 1] PJSIP udp' and held['identify_by'] == 'ip'
        assert pjsip_parsers.parameters(recorded('pjsip_show_aor'))['contact'] == 'sip:198.18.10.10:5060;transport=tcp'
        assert pjsip_parsers.parameters('Unable to find object nope.\n\n') is None
        with pytest.raises(ValueError):
            pjsip_parsers.parameters('something else')

    def test_registrations(self):
        row, = pjsip_parsers.registrations(recorded('pjsip_show_registrations'))
        assert [row[key] for key in ('name', 'host', 'port', 'state')] == ['pj_reg', '198.18.10.10', 5060, 'registered']
        text = (' <Registration/ServerURI..............................>  <Auth....................>  <Status.......>\n'
                ' a-carrier-of-20-chars/sip:long-name-of.a-carrier.examp  n/a                         Rejected          (exp. 58s)\n')
        row, = pjsip_parsers.registrations(text)
        assert [row[key] for key in ('name', 'host_cut', 'port', 'state')] == ['a-carrier-of-20-chars', True, None, 'rejected']

    @pytest.mark.parametrize(('shown', 'state', 'seconds'), [      # as Asterisk 16 shows them
        ('Registered        (exp. 3595s)', 'registered', 3595), ('Registered        (exp. 20s ago)', 'registered', None),
        ('Unregistered      (exp. 8s ago)', 'unregistered', None), ('Rejected          (exp. 60s)', 'rejected', 60),
        ('Rejected          (exp. 32s ago)', 'rejected', None), ('Rejected          (exp. 121s ago)', 'stopped', None),
        ('Stopped', 'stopped', None), ('Rejected', 'rejected', None)])
    def test_a_registration_that_has_given_up(self, shown, state, seconds):
        row, = pjsip_parsers.registrations(f' carrier_p/sip:198.18.10.12:5097                        carrier_p                   {shown}\n')
        assert (row['state'], row['refresh_s'], row['port']) == (state, seconds, 5097)

    @pytest.mark.parametrize('length', [2, 20, 45, 48, 49, 50])
    def test_the_name_of_a_registration_is_whole(self, length):
        name = ('carrier.' * 7)[:length - 1] + 'x'
        cell = f"{name}/{'sip:gw.carrier.example:5097'[:max(0, 53 - length)]}"      # as Asterisk writes it
        row, = pjsip_parsers.registrations(
            ' <Registration/ServerURI..............................>  <Auth....................>  <Status.......>\n'
            f' {cell:<54}  {name[:26]:<26}  Registered        (exp. 25s)\n')
        assert (row['name'], row['state']) == (name, 'registered')

    def test_transports(self):
        assert pjsip_parsers.transports(recorded('pjsip_show_transports')) == [
            {'name': 'transport-tcp', 'type': 'tcp'}, {'name': 'transport-tls', 'type': 'tls'}, {'name': 'transport-udp', 'type': 'udp'}]

    def test_the_ports_of_transports(self):
        assert pjsip_parsers.transport_ports(recorded('pjsip_show_transports')) == {
            'transport-tcp': 5062, 'transport-tls': 5063, 'transport-udp': 5061}
        assert pjsip_parsers.transport_ports('Transport:  six  tls  0  0  [::]:5071\nTransport:  none  udp  0  0\n') == {'six': 5071}


class TestTransports:
    def test_of_chan_sip(self):
        text = recorded('sip_show_settings')
        assert list(parsers.sip_listeners(text)) == ['udp', 'tcp', 'tls']
        assert list(parsers.sip_listeners(text.replace('(null)', 'Disabled'))) == ['udp', 'tcp']

    def test_where_chan_sip_listens(self):
        text = recorded('sip_show_settings')
        assert parsers.sip_listeners(text) == {'udp': ('0.0.0.0', 5060), 'tcp': ('0.0.0.0', 5060), 'tls': None}
        assert parsers.sip_listeners(text.replace('(null)', '[::]:5067'))['tls'] == ('::', 5067)
        assert parsers.sip_listeners(text.replace('0.0.0.0:5060', '[::]:5061', 1))['udp'] == ('::', 5061)
        assert parsers.sip_listeners(text.replace('0.0.0.0:5060', '(null)', 1))['udp'] is None
        assert parsers.sip_listeners(recorded('chan_sip_not_loaded')) == parsers.sip_listeners('No such command') == {}

    def test_what_tls_needs(self, tmp_path):
        (tmp_path / 'ca.crt').write_text('')
        good, gone = str(tmp_path / 'ca.crt'), str(tmp_path / 'gone')
        assert 'put tlscafile=FILE' in transports.sip_tls_problem({})
        assert 'does not exist' in transports.sip_tls_problem({'tlscafile': gone})
        assert transports.sip_tls_problem({'tlscafile': good}) == transports.sip_tls_problem({'tlsdontverifyserver': 'yes'}) == ''
        assert transports.pjsip_tls_problem('t', {'verify_server': 'No'}) == ''
        assert 'put ca_list_file=FILE' in transports.pjsip_tls_problem('t', {'verify_server': 'Yes', 'ca_list_file': ''})
        assert 'does not exist' in transports.pjsip_tls_problem('t', {'verify_server': 'Yes', 'ca_list_file': gone})
        assert transports.pjsip_tls_problem('t', {'verify_server': 'Yes', 'ca_list_file': good}) == ''


class TestIaxRegistry:
    def test_recorded(self):
        rows = parsers.iax2_registry(recorded('iax2_show_registry'))
        assert len(rows) == 4 and rows[0] == {
            'host': '198.18.10.10', 'port': 4569, 'host_cut': False, 'username': 'your_accou', 'username_cut': True,
            'state': 'registered', 'refresh_s': 60, 'since': None}

    def test_a_state_of_two_words(self):
        text = ('Host                                           dnsmgr  Username    Perceived                                      Refresh  State\n'
                '198.18.10.77:4569                              N       other       <Unregistered>                                      60  Request Sent\n')
        assert parsers.iax2_registry(text)[0]['state'] == 'request_sent'


class TestDialplan:
    @pytest.fixture(name='contexts')
    def _contexts(self):
        return by_name(dialplan_parsers.dialplan(recorded('dialplan_show')))

    def test_everything_is_read(self, contexts):
        footer = dialplan_parsers.dialplan_footer(recorded('dialplan_show'))
        extensions = [extension for context in contexts.values() for extension in context['extensions']]
        hints = sum(extension['hint'] is not None for extension in extensions)
        assert len(contexts) == footer['contexts']
        assert len(extensions) == footer['extensions']
        assert sum(extension['priorities'] for extension in extensions) + hints == footer['priorities']

    def test_includes(self, contexts):
        assert contexts['default']['includes'] == ['vicidial-auto', 'missing-context', 'daytime']
        assert contexts['default']['switches'] == ['Realtime/ctx@family']
        assert contexts['empty']['extensions'] == [] and contexts['empty']['includes'] == []
        assert contexts['parkedcalls']['registrar'] == 'res_parking/default'

    def test_steps(self, contexts):
        route = {extension['exten']: extension for extension in contexts['trunks-route-us']['extensions']}
        assert route['_1NXXNXXXXXX']['steps'] == [
            (1, None, 'NoOp(us)', 'extensions.conf:15'),
            (2, 'try', 'Dial(SIP/carrier_a/${EXTEN},,To)', 'extensions.conf:16'),
            (3, None, 'ExecIf($["${HANGUPCAUSE}" = "34"]?Goto(try))', 'extensions.conf:17'),
            (4, None, 'Hangup(42)', 'extensions.conf:18')]

    def test_odd_extensions(self, contexts):
        rows = [(row['exten'], row['caller_id'], row['priorities'], row['hint'])
                for row in contexts['default']['extensions']]
        assert ('8001', None, 1, 'SIP/8001') in rows
        assert ('_*7.', None, 0, 'SIP/8001') in rows
        assert ('8600', '13125550100', 1, None) in rows and ('8600', None, 2, None) in rows
        assert ('_[1-3]XX', '_1312.', 1, None) in rows
        assert ('a-very-long-extension-name-here-for-columns', None, 1, None) in rows
        steps = {row['exten']: row['steps'] for row in contexts['default']['extensions']}
        assert steps['_9.'] == [(1, None, 'NoOp(label with) parens,and [pbx_config] words)', 'extensions.conf:34')]

    def test_one_of_each(self):
        text = ("[ Context 'trunks-generation' created by 'pbx_config' ]\n"
                "  '17' =>           1. NoOp(17)                                   [extensions.conf:10]\n\n"
                '-= 1 extension (1 priority) in 1 context. =-\n')
        assert dialplan_parsers.dialplan(text)[0]['extensions'][0]['exten'] == '17'

    def test_no_such_context(self):
        assert dialplan_parsers.dialplan(recorded('dialplan_show_missing')) == []

    def test_an_output_that_breaks_off(self):
        with pytest.raises(ValueError):
            dialplan_parsers.dialplan(recorded('dialplan_show')[:2000])

    def test_globals_without_their_values(self):
        names = dialplan_parsers.global_names(recorded('dialplan_show_globals'))
        assert sorted(names) == ['CARRIERA', 'TRUNKblind', 'TRUNKloop', 'WITHSECRET']


def test_rtp_settings():
    settings = parsers.rtp_settings(recorded('rtp_show_settings'))
    assert (settings['start'], settings['end'], settings['strict']) == (12000, 13999, True)
    assert settings['labels']['Probation'] == '4 frames'
    with pytest.raises(ValueError):
        parsers.rtp_settings("No such command 'rtp show settings'")


class TestManager:
    def test_settings(self):
        assert parsers.manager_settings(recorded('manager_show_settings')) == {'enabled': True, 'address': '127.0.0.1', 'port': 5038}

    @pytest.mark.parametrize('label, shown, changed', [
        ('Manager (AMI):             ', 'No ', {'enabled': False}),
        ('TCP Bindaddress:           ', '0.0.0.0:5039', {'address': '0.0.0.0', 'port': 5039}),
        ('TCP Bindaddress:           ', '[::]:5038', {'address': '::'}),
        ('TCP Bindaddress:           ', 'Disabled ', {'address': None, 'port': None}),
    ])
    def test_other_settings(self, label, shown, changed):
        text = re.sub('(?m)^  ' + re.escape(label) + '.*$', '  ' + label + shown, recorded('manager_show_settings'))
        assert parsers.manager_settings(text) == {'enabled': True, 'address': '127.0.0.1', 'port': 5038, **changed}

    def test_the_web_manager_is_another_one(self):
        text = recorded('manager_show_settings').replace('Web Manager (AMI/HTTP):    No ', 'Web Manager (AMI/HTTP):    Yes').replace(
            '  Manager (AMI):             Yes', '  Manager (AMI):             No ')
        assert parsers.manager_settings(text)['enabled'] is False

    @pytest.mark.parametrize('text', ['', "No such command 'manager show settings'", 'Global Settings:\n'])
    def test_what_are_no_settings(self, text):
        with pytest.raises(ValueError):
            parsers.manager_settings(text)

    def test_user(self):
        assert parsers.manager_user(recorded('manager_show_user')) == {'read': {'system', 'call', 'user'}, 'write': set()}
        assert parsers.manager_user(recorded('manager_show_user_missing')) is None
        writes = recorded('manager_show_user').replace('<none>', 'command,originate')
        assert parsers.manager_user(writes)['write'] == {'command', 'originate'}


def test_version():
    assert parsers.version(recorded('core_show_version')) == '16.28.0~dfsg-0+deb11u10'
    assert parsers.version('Asterisk 13.29.2-vici built by root @ x') == '13.29.2-vici'
    assert parsers.version('') == ''


def test_log_files():
    assert parsers.log_files(recorded('logger_show_channels')) == ['/var/log/asterisk/messages']


def test_unknown_command():
    assert parsers.unknown_command(recorded('chan_sip_not_loaded'))
    assert not parsers.unknown_command(recorded('sip_show_peers'))


def test_iax2_guests():
    found = parsers.iax2_guests(recorded('iax2_show_users'))
    assert found == [('openfriend', 'trunkinbound'), ('averyveryverylo', 'averyveryverylo'), ('guest', 'default')]
    assert parsers.iax2_guests("No such command 'iax2 show users' (type 'core show help iax2 show' for other)") == []
    assert parsers.iax2_guests('') == []


def test_sip_guests():
    text = recorded('sip_show_settings')
    assert parsers.sip_guests(text) is None
    assert parsers.sip_guests(text.replace('Allow unknown access:   No', 'Allow unknown access:   Yes')) == 'trunkinbound'
    assert parsers.sip_guests("No such command 'sip show settings' (type 'core show help sip show' for other)") is None
