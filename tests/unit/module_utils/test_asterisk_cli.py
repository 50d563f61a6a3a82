# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asterisk's command line and process: with recorded answers, made-up /proc trees and real sockets."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import (
    cli as asterisk, conf_files, dialplan_parsers, dialplan_scope)

from support import paths

FIXTURES = paths.FIXTURES / 'asterisk'


def recorded(name: str) -> str:
    return (FIXTURES / f'{name}.txt').read_text(encoding='utf-8')


class Recorder:
    """Answers as run_command would, and writes down what was run."""

    def __init__(self, answers, code=0, err=''):
        self.answers, self.code, self.err, self.ran = answers, code, err, []

    def __call__(self, args, **_options):
        self.ran.append(args[-1])
        self.args, self.options = args, _options
        answer = self.answers if isinstance(self.answers, str) else self.answers[args[-1]]
        return self.code, answer, self.err


def cli(answers, **options) -> tuple[asterisk.Cli, Recorder]:
    recorder = Recorder(answers, **options)
    return asterisk.Cli(recorder, binary='/usr/sbin/asterisk', timeout=7, control=None), recorder


class TestCli:
    def test_how_it_is_run(self):
        line, recorder = cli(recorded('core_show_version'))
        assert line.version() == '16.28.0~dfsg-0+deb11u10'
        assert recorder.args == ['timeout', '-k', '2', '7', '/usr/sbin/asterisk', '-rx', 'core show version']
        assert recorder.options['environ_update']['LC_ALL'] == 'C'

    def test_several_commands_and_colours(self):
        line, _recorder = cli({'one': '\x1b[1;36mone\x1b[0m\n', 'two': 'two\n'})
        assert line.run('one', 'two') == 'one\ntwo\n'

    def test_names_are_asked_for_only_when_one_is_cut(self):
        line, recorder = cli({'sip show peers': recorded('sip_show_peers_none')})
        assert line.sip_peers() == [] and recorder.ran == ['sip show peers']
        line, recorder = cli({'sip show peers': recorded('sip_show_peers'),
                              '_command matchesarray "sip show peer " ""': recorded('sip_show_peer_names')})
        assert not any(peer['cut'] for peer in line.sip_peers()) and len(recorder.ran) == 2

    def test_iax_and_pjsip_names(self):
        line, _recorder = cli({
            'iax2 show peers': recorded('iax2_show_peers'), 'pjsip show endpoints': recorded('pjsip_show_endpoints'),
            '_command matchesarray "iax2 show peer " ""': recorded('iax2_show_peer_names'),
            '_command matchesarray "pjsip show endpoint " ""': recorded('pjsip_show_endpoint_names'),
            'pjsip show endpoint pj_carrier': recorded('pjsip_show_endpoint'),
            'pjsip show endpoint pj_down': recorded('pjsip_show_endpoint')})
        assert 'a_rather_long_iax_peer_name_here' in [peer['name'] for peer in line.iax2_peers()]
        assert line.pjsip_peers()[-1]['name'] == (
            'pj_phone_with_a_name_that_is_longer_than_usual_names_are_in_the_field')

    def test_only_those_endpoints_are_asked_for_more_that_matter(self):
        line, recorder = cli({
            'pjsip show endpoints': recorded('pjsip_show_trunks'), 'pjsip show endpoint pj_udp': recorded('pjsip_show_endpoint')})
        held = {peer['name']: peer['description'] for peer in line.peers('PJSIP', {'pj_udp', 'nope'})}
        assert held == {'pj_reg': '', 'pj_tcp': '', 'pj_tls': '', 'pj_udp': '[trunks 1] PJSIP udp'}
        assert recorder.ran == ['pjsip show endpoints', 'pjsip show endpoint pj_udp']

    def test_a_contact_that_was_not_probed_yet_is_not_unmonitored_however_long_its_name_is(self):
        """Asterisk cuts the name of an aor in the list after 38 bytes."""
        name = 'pjsip.carrier-of-the-longest-name-there-can-be.050'
        line, _recorder = cli({
            'pjsip show endpoints': recorded('pjsip_show_endpoints_long_name'),
            '_command matchesarray "pjsip show endpoint " ""': name,
            f'pjsip show endpoint {name}': recorded('pjsip_show_endpoint').replace('pj_udp', name),
            f'pjsip show aor {name}': recorded('pjsip_show_aor')})
        peer, = line.pjsip_peers({name})
        assert (peer['name'], peer['state'], peer['port']) == (name, 'unknown', 5060)

    def test_a_module_that_is_not_loaded(self):
        line, _recorder = cli("No such command 'x' (type 'core show help x' for other possible commands)\n")
        assert line.sip_peers() is None and line.iax2_peers() is None
        assert line.pjsip_peers() is None and line.registrations() is None
        assert [line.peers(name) for name in ('SIP', 'PJSIP', 'IAX2')] == [None, None, None]
        assert line.registrations('PJSIP') is None and line.registrations('IAX2') is None

    def test_an_answer_that_cannot_be_read(self):
        line, _recorder = cli('something else\n')
        with pytest.raises(asterisk.UnexpectedOutput, match='output of asterisk -rx "sip show peers" cannot be read.*something else'):
            line.sip_peers()

    def test_not_running(self, tmp_path):
        said = recorded('not_running').replace('/var/run/asterisk', str(tmp_path))
        line, _recorder = cli('', code=1, err=said)
        with pytest.raises(asterisk.NotRunning, match='not running: there is no control socket'):
            line.version()

    def test_hanging(self):
        line, _recorder = cli('', code=124)
        with pytest.raises(asterisk.NotRunning, match='did not answer "core show version" within 7 seconds'):
            line.version()

    def test_another_failure_hides_secrets(self):
        line, _recorder = cli('', code=2, err='odd\nsecret=planted')
        with pytest.raises(asterisk.NotRunning, match='code 2') as problem:
            line.version()
        assert 'planted' not in str(problem.value)

    def test_execute(self):
        script = 'echo $LC_ALL; printf "\\377"; exit 3'
        code, out, _err = asterisk.execute(['sh', '-c', script], {'LC_ALL': 'C'}, 'replace')
        assert (code, out) == (3, 'C\n\ufffd')


@contextlib.contextmanager
def listening(path, *pieces, closes=True):
    """A control socket that greets as Asterisk does, and answers one command with these pieces, slowly."""
    with socket.socket(socket.AF_UNIX) as server, contextlib.ExitStack() as stack:
        server.bind(str(path))
        server.listen()
        asked = []

        def serve():
            client = stack.enter_context(server.accept()[0])
            client.sendall(b'dialer1/34/16.28.0\n')
            asked.append(client.recv(1000))
            for piece in pieces:
                client.sendall(piece)
                time.sleep(0.01)
            if closes:
                client.close()
        thread = threading.Thread(target=serve)
        thread.start()
        yield asked
        thread.join()


class TestControlSocket:
    """Measured: Asterisk's own program sends the same, and prints what comes back until the connection is closed."""

    def test_it_is_asked_without_a_program(self, tmp_path):
        control = tmp_path / 'asterisk.ctl'
        with listening(control, b'Asterisk 16.28.0~dfsg-0+deb11u10 built', b' by somebody\n') as asked:
            assert asterisk.Cli(None, control=str(control)).version() == '16.28.0~dfsg-0+deb11u10'
        assert asked == [b'cli quit after core show version\0']

    def test_without_an_end_it_hangs(self, tmp_path):
        control = tmp_path / 'asterisk.ctl'
        with listening(control, b'half', closes=False):
            with pytest.raises(asterisk.NotRunning, match='did not answer "core show version" within 0 seconds: it hangs'):
                asterisk.Cli(None, timeout=0.1, control=str(control)).version()

    def test_where_nothing_listens_the_program_says_why(self, tmp_path):
        control = tmp_path / 'asterisk.ctl'
        recorder = Recorder(recorded('core_show_version'))
        line = asterisk.Cli(recorder, binary='/usr/sbin/asterisk', control=str(control))
        assert line.version() and recorder.ran == ['core show version']
        with socket.socket(socket.AF_UNIX) as stopped:
            stopped.bind(str(control))
            assert line.version() and len(recorder.ran) == 2


class TestBinary:
    def test_found(self, tmp_path):
        program = tmp_path / 'asterisk'
        program.write_text('')
        program.chmod(0o755)
        assert asterisk.find_binary(f'/nonexistent:{tmp_path}') == str(program)

    def test_not_installed(self, tmp_path):
        (tmp_path / 'asterisk').mkdir()
        with pytest.raises(asterisk.NotInstalled, match='not installed'):
            asterisk.find_binary(str(tmp_path))


class TestWhyNotRunning:
    @pytest.fixture(name='control')
    def _control(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)     # a socket's path is short
        return 'asterisk.ctl'

    def test_no_socket(self, control):
        assert asterisk.why_not_running(control).endswith('there is no control socket asterisk.ctl')

    def test_no_socket_but_a_file(self, control):
        Path(control).write_text('')
        assert 'is not a socket' in asterisk.why_not_running(control)

    def test_left_over(self, control):
        server = socket.socket(socket.AF_UNIX)
        server.bind(control)
        server.close()
        assert 'nothing listens' in asterisk.why_not_running(control)

    def test_listening(self, control):
        server = socket.socket(socket.AF_UNIX)
        server.bind(control)
        server.listen(1)
        assert 'starting or stopping' in asterisk.why_not_running(control)
        server.close()

    @pytest.mark.skipif(os.geteuid() != 0, reason='needs root to become another user')
    def test_not_permitted(self, control, tmp_path):
        server = socket.socket(socket.AF_UNIX)
        server.bind(control)
        server.listen(1)
        os.chmod(control, 0o600)
        os.seteuid(65534)
        try:
            assert 'may not use' in asterisk.why_not_running(control)
        finally:
            os.seteuid(0)
            server.close()


class Proc:
    """A made-up /proc."""

    def __init__(self, root: Path):
        self.root = root

    def add(self, pid, comm, parent=1, tty=0, cmdline='', environ='', state='S'):
        entry = self.root / str(pid)
        entry.mkdir()
        (entry / 'comm').write_text(comm + '\n')
        (entry / 'stat').write_text(f'{pid} ({comm}) {state} {parent} {pid} {pid} {tty} -1 0\n')
        (entry / 'cmdline').write_bytes(cmdline.replace(' ', '\0').encode())
        (entry / 'environ').write_bytes(environ.replace(' ', '\0').encode())

    def in_screen(self):
        return asterisk.in_screen(proc=str(self.root), uid=os.getuid())


@pytest.fixture(name='proc')
def _proc(tmp_path):
    (tmp_path / 'proc').mkdir()
    return Proc(tmp_path / 'proc')


class TestInScreen:
    def test_as_vicidial_starts_it(self, proc):
        proc.add(30, 'screen', cmdline='SCREEN -L -S asterisk')
        proc.add(31, 'bash', parent=30, tty=34816)
        proc.add(32, 'asterisk', parent=31, tty=34816, environ='A=1 STY=30.asterisk')
        assert proc.in_screen()

    def test_with_a_cleaned_environment(self, proc):
        proc.add(30, 'screen', cmdline='SCREEN -dmS asterisk /usr/sbin/asterisk -vvvvgcT')
        proc.add(31, 'asterisk', parent=30, tty=34816)
        assert proc.in_screen()

    def test_a_session_renamed_later(self, proc):
        proc.add(30, 'screen', cmdline='SCREEN')
        proc.add(31, 'asterisk', parent=30, tty=34816, environ='STY=30.asterisk')
        assert proc.in_screen()

    def test_a_console_in_it_will_do(self, proc):
        proc.add(20, 'asterisk', cmdline='/usr/sbin/asterisk -f')
        proc.add(30, 'screen', cmdline='SCREEN -S asterisk')
        proc.add(31, 'asterisk', parent=30, tty=34816, cmdline='asterisk -r')
        assert proc.in_screen()

    @pytest.mark.parametrize(('session', 'tty', 'environ'), [
        ('ASTupdate', 34816, 'STY=30.ASTupdate'),   # another session
        ('asterisk', 0, 'STY=30.asterisk'),         # went into the background
    ])
    def test_not(self, proc, session, tty, environ):
        proc.add(30, 'screen', cmdline=f'SCREEN -S {session}')
        proc.add(31, 'asterisk', parent=30, tty=tty, environ=environ)
        assert not proc.in_screen()

    def test_under_systemd(self, proc):
        proc.add(31, 'asterisk', parent=1, environ='STY=30.asterisk')
        assert not proc.in_screen()

    def test_a_session_of_somebody_else(self, proc):
        proc.add(30, 'screen', cmdline='SCREEN -S asterisk')
        proc.add(31, 'asterisk', parent=30, tty=34816)
        assert not asterisk.in_screen(proc=str(proc.root), uid=os.getuid() + 1)

    def test_no_proc(self, tmp_path):
        assert not asterisk.in_screen(proc=str(tmp_path / 'none'))


class TestProcess:
    def test_by_its_pid_file(self, proc, tmp_path):
        (tmp_path / 'asterisk.pid').write_text('31\n')
        proc.add(31, 'asterisk')
        assert asterisk.process(str(tmp_path), str(proc.root)) == (31, os.getuid(), os.getgid())

    def test_a_stale_pid_file(self, proc, tmp_path):
        (tmp_path / 'asterisk.pid').write_text('31\n')
        proc.add(31, 'bash')
        assert asterisk.process(str(tmp_path), str(proc.root)) is None

    def test_one_that_has_ended(self, proc, tmp_path):
        proc.add(31, 'asterisk', state='Z')
        assert asterisk.process(str(tmp_path), str(proc.root)) is None

    def test_without_a_pid_file(self, proc, tmp_path):
        proc.add(30, 'asterisk', cmdline='asterisk -rvvv')
        proc.add(31, 'asterisk', cmdline='/usr/sbin/asterisk -U asterisk -vvvgcT')
        assert asterisk.process(str(tmp_path), str(proc.root))[0] == 31

    def test_a_stranger_by_this_name_does_not_count(self, proc, tmp_path):
        proc.add(30, 'asterisk')
        os.chown(proc.root / '30', 4321, 4321)
        found = asterisk.process(str(tmp_path), str(proc.root), str(tmp_path))
        assert found is None
        proc.add(31, 'asterisk')
        os.chown(proc.root / '31', 1234, 1234)
        (tmp_path / 'etc').mkdir()
        os.chown(tmp_path / 'etc', 1234, 0)     # its directory says who it is
        assert asterisk.process(str(tmp_path), str(proc.root), str(tmp_path / 'etc')) == (31, 1234, 1234)

    def test_by_its_control_socket(self, proc, tmp_path, monkeypatch):
        proc.add(30, 'asterisk')
        monkeypatch.chdir(tmp_path)     # a socket's path is short
        server = socket.socket(socket.AF_UNIX)
        server.bind('asterisk.ctl')
        os.setegid(4321)
        try:
            server.listen(1)
        finally:
            os.setegid(0)
        assert asterisk.process('.', str(proc.root)) == (os.getpid(), 0, 4321)
        os.chown(tmp_path, 1234, 1234)
        os.seteuid(65534)
        try:
            server.listen(1)        # somebody who is neither root nor the directory's owner
        finally:
            os.seteuid(0)
        assert asterisk.process('.', str(proc.root)) == (30, 0, 0)
        server.close()

    def test_running(self, proc):
        proc.add(40, 'firewalld')
        assert asterisk.running('firewalld', str(proc.root))
        assert not asterisk.running('nft', str(proc.root))


class TestSurroundings:
    @pytest.fixture(name='etc')
    def _etc(self, tmp_path):
        (tmp_path / 'sip.conf').write_text('[general]\n#include sip-vicidial.conf\n#tryinclude "trunks/sip/*.conf"\n'
                                           '#include none.conf\n[carrier_c]\n')
        (tmp_path / 'sip-vicidial.conf').write_text('#include sip.conf\n[carrier_a]\ntype=peer\n'
                                                    'description=[trunks 7] A\n\n[carrier_a]\ntype=peer\n[b]\n')
        (tmp_path / 'trunks' / 'sip').mkdir(parents=True)
        (tmp_path / 'trunks' / 'sip' / 'carrier_a.conf').write_text('[carrier_a]\ndescription=[trunks 9] A\n')
        return tmp_path

    def test_peer_files(self, etc):
        own = str(etc / 'sip-vicidial.conf')
        assert conf_files.peer_files('carrier_a', etc=str(etc)) == [
            (own, 7), (own, 0), (str(etc / 'trunks' / 'sip' / 'carrier_a.conf'), 9)]
        assert conf_files.peer_files('carrier_c', etc=str(etc)) == [(str(etc / 'sip.conf'), 0)]
        assert conf_files.peer_files('carrier', etc=str(etc)) == []

    def test_a_file_is_read_in_the_place_of_its_include(self, etc):
        (etc / 'extra.conf').write_text('nat=no\n[more]\nhost=a\n')
        (etc / 'sip.conf').write_text('[general]\n#include extra.conf\nhost=b\n#include extra.conf\n#include sip.conf\n')
        found = conf_files.read('sip.conf', str(etc))
        assert [(line.section, line.text) for line in found if line.text] == [
            ('general', '[general]'), ('general', 'nat=no'), ('more', '[more]'), ('more', 'host=a'), ('more', 'host=b'),
            ('more', 'nat=no'), ('more', '[more]'), ('more', 'host=a')]
        assert conf_files.general_options('sip.conf', str(etc)) == {'nat': 'no'}
        assert conf_files.peer_files('more', etc=str(etc)) == [(str(etc / 'extra.conf'), 0)]

    def test_our_own_includes_may_be_left_out(self, etc):
        paths = {line.path for line in conf_files.read('sip.conf', str(etc), own_includes=False)}
        assert paths == {str(etc / 'sip.conf'), str(etc / 'sip-vicidial.conf')}

    def test_files_that_include_one_another_end(self, tmp_path):
        for name in 'abcdefghijklmnop':
            (tmp_path / (name + '.conf')).write_text('[%s]\n#include *.conf\n#include *.conf\n' % name)
        found = conf_files.read('a.conf', str(tmp_path))
        assert 16 < len(found) <= 4 * conf_files._MOST_FILES

    def test_no_files(self, tmp_path):
        assert conf_files.peer_files('carrier_a', etc=str(tmp_path)) is None

    def test_general_options(self, tmp_path):
        (tmp_path / 'sip.conf').write_text(
            '; tlscafile=/comment\ntlsenable=outside\n[general]\nTLSEnable = yes ; on\n#include more.conf\n[peer]\ntlscafile=/of-a-peer\n'
            '[general](+)\ntlscafile => /etc/ca.crt\n')
        (tmp_path / 'more.conf').write_text('tlscafile=/first\ntcpenable=yes\n#include sip.conf\n')
        assert conf_files.general_options('more.conf', str(tmp_path / 'none')) == {}
        (tmp_path / 'more.conf').write_text('tlscafile=/first\ntcpenable=yes\n')
        assert conf_files.general_options('sip.conf', str(tmp_path)) == {
            'tlsenable': 'yes', 'tcpenable': 'yes', 'tlscafile': '/etc/ca.crt'}

    def test_resolve(self):
        answer = '198.18.10.10   STREAM sip.example.com\n198.18.10.10   DGRAM\nfd00::1   STREAM\n'
        assert conf_files.resolve('sip.example.com', Recorder(answer)) == ['198.18.10.10', 'fd00::1']
        assert conf_files.resolve('sip.nodns.invalid', Recorder('', code=2)) == []
        assert conf_files.resolve('sip.slow.example', Recorder('', code=124)) is None

    @pytest.mark.parametrize('host', ['', None, '198.18.10.10', 'fd00::1'])
    def test_nothing_to_resolve(self, host):
        assert conf_files.resolve(host, None) is None


class TestReach:
    def test_recorded(self):
        contexts = dialplan_parsers.dialplan(recorded('dialplan_show'))
        found = dialplan_scope.patterns(contexts)
        assert {row['context'] for row in found} == {
            'default', 'vicidial-auto-phones', 'daytime', 'operator-out', 'trunks-outbound'}
        assert [row for row in found if row['managed']] == [
            {'context': 'trunks-outbound', 'pattern': '_91NXXNXXXXXX', 'managed': True, 'before': True}]
        patterns = [row['pattern'] for row in found if row['context'] == 'default']
        assert patterns.count('8600') == 1
        assert not {'h', 'i', '_*7.'}.intersection(patterns)
        assert 'vicidial-auto-external' in dialplan_scope.reachable(contexts)

    def test_users_of_ours_in_turn(self):
        def context(name, *includes):
            return {'name': name, 'includes': list(includes), 'extensions': []}
        contexts = [context('agents', 'internal'), context('internal', 'trunks-outbound', 'services'),
                    context('services', 'agents'), context('trunks-outbound'), context('other', 'services')]
        # other meets services, but so it meets agents, internal and trunks-outbound: a loop ends
        assert set(dialplan_scope.reachable(contexts)) == {'agents', 'internal', 'services', 'trunks-outbound', 'other'}
        assert dialplan_scope.reachable([context('default', 'gone'), context('alone')]) == {'default': True}

    def test_what_comes_before_the_routes(self):
        def context(name, *includes):
            return {'name': name, 'includes': list(includes), 'extensions': []}
        # as VICIdial includes them, and a context of the operator's behind all that
        vicidial = [context('default', 'vicidial-auto', 'late'), context('late', 'later'), context('later'),
                    context('vicidial-auto', 'internal', 'phones', 'vicidial-auto-external', 'custom'), context('internal', 'deep'),
                    context('deep'), context('phones'), context('vicidial-auto-external'), context('custom')]
        found = dialplan_scope.reachable(vicidial)
        assert [name for name in found if not found[name]] == ['custom', 'late', 'later']
        # searched before the routes by one context of users, after them by another: not always before
        users = [context('office', 'services', 'trunks-outbound'), context('lobby', 'trunks-outbound', 'services'),
                 context('services'), context('trunks-outbound')]
        assert dialplan_scope.reachable(users) == {'office': True, 'lobby': True, 'services': False, 'trunks-outbound': True}
