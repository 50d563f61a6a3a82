# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Asterisk logs during a reload, secrets hidden."""

from __future__ import annotations


import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import cli, log_watch

from support import paths

FIXTURES = paths.FIXTURES / 'asterisk'


class TestLogWatch:
    OLD = "[Nov 22 06:50:32] ERROR[90] chan_sip.c: an old one\n"
    NEW = ("[Nov 22 06:50:33] NOTICE[90] chan_sip.c: nothing\n"
           "[Nov 22 06:50:33] VERBOSE[90] pbx.c: WARNING in words\n"
           "[2026-11-22 06:50:33] WARNING[90][C-00000001]: config.c: parse error: no closing ']', line 6 of a.conf\n"
           "[Nov 22 06:50:33] WARNING[90] chan_sip.c: odd line 'register => acc:planted@198.18.10.10:5060'\n"
           "[Nov 22 06:50:33] ERROR[90] chan_sip.c: secret=planted\n"
           "[Nov 22 06:50:34] ERROR[90] chan_sip.c: secret=planted\n")

    @pytest.fixture(name='log')
    def _log(self, tmp_path):
        log = tmp_path / 'messages'
        log.write_text(self.OLD)
        return log

    def test_what_was_logged_since(self, log):
        watch = log_watch.LogWatch(None, str(log))
        assert watch.lines(settle=0) == []
        with log.open('a') as handle:
            handle.write(self.NEW)
        lines = watch.lines(settle=0)
        assert lines[0] == "WARNING config.c: parse error: no closing ']', line 6 of a.conf"
        assert len(lines) == 3 and 'planted' not in ''.join(lines) and 'acc' in lines[1]
        assert watch.lines(most=1, settle=0) == lines[:1]

    @pytest.mark.parametrize('how', ['rotated', 'emptied'])
    def test_a_log_that_was(self, log, how):
        watch = log_watch.LogWatch(None, str(log))
        if how == 'rotated':
            log.rename(str(log) + '.1')
        log.write_text(self.NEW.splitlines(True)[-1][:40] + '\n')
        assert len(watch.lines(settle=0)) == 1

    def test_no_log(self, tmp_path):
        assert log_watch.LogWatch(None, str(tmp_path / 'none')).lines(settle=0) == []

    def test_where_it_is(self, log, monkeypatch):
        monkeypatch.setattr(cli, 'LOG_DIR', str(log.parent))
        monkeypatch.setattr(log_watch, 'LOG_DIR', str(log.parent))
        shown = (FIXTURES / 'logger_show_channels.txt').read_text(encoding='utf-8').replace('/var/log/asterisk/messages', 'messages')
        line = cli.Cli(lambda *_args, **_options: (0, shown, ''), binary='/usr/sbin/asterisk', control=None)
        assert line.log_path() == str(log)
        stopped = cli.Cli(lambda *_args, **_options: (1, '', ''), binary='/usr/sbin/asterisk', control=None)
        assert log_watch.LogWatch(stopped).path == str(log)

    @pytest.mark.parametrize('line', ['sip:user@198.18.0.1 is gone', 'lag of sip:1000@198.18.0.1:5060'])
    def test_addresses_stay(self, line):
        assert log_watch.mask_line(line) == line

    @pytest.mark.parametrize('line', ["unable to register 'acc:pl@nted@198.18.0.1'", 'IAX2/ASTloop:planted@127.0.0.1',
                                      'remotesecret => planted', 'password: planted', "md5secret='planted'"])
    def test_secrets_do_not(self, line):
        assert 'nted' not in log_watch.mask_line(line)
