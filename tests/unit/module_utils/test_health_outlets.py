# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outlets of the monitor: which of them work under which orders, and what is told when they do not."""

from __future__ import annotations

import os
import stat
import urllib.request
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._common import safe_files
from ansible_collections.dialer.trunks.plugins.module_utils._health import hooks, outlets, places
from ansible_collections.dialer.trunks.plugins.module_utils._health.outlets import Outlets

from support.unit.health import NOW, ORDERS

EVENT = hooks.event(NOW, "d1", "carrier_a", "suspended", "in service", "unreachable", "3 checks in a row were bad", "the monitor")
WEBHOOK, COMMAND = "https://hooks.example.com/T0/planted", "/bin/true"


class Sender:
    """The hooks, without their threads."""

    def __init__(self, directory, webhook, command, say, stores=True):
        self.given, self.events, self.stores = (directory, webhook, command), [], stores
        self.state = "made"

    def start(self):
        self.state = "started"

    def stop(self):
        self.state = "stopped"

    def put(self, event):
        self.events.append(event)
        return self.stores

    def counts(self):
        return {"webhook": {"queued": len(self.events), "sent": 0, "failed": 0, "given_up": 0, "error": ""}}


@pytest.fixture
def made(monkeypatch):
    """The hooks that were made."""
    found = []

    def make(*arguments):
        found.append(Sender(*arguments))
        return found[-1]
    monkeypatch.setattr(outlets.hooks, "Hooks", make)
    return found


@pytest.fixture
def told():
    return []


@pytest.fixture
def out(kept, made, told):
    found = Outlets(told.append)
    yield found
    found.stop()


def follow(out, **orders):
    out.follow({**ORDERS, **orders})


class TestFollow:
    def test_without_any_only_the_log_file_is_written(self, out, made):
        follow(out)
        out.tell(EVENT)
        out.publish({})
        assert (made, out.queues(), out.unwritten, out.trouble) == ([], {}, 0, "")
        assert "carrier_a: in service -> suspended" in Path(places.LOG).read_text()

    def test_hooks_are_restarted_only_when_their_settings_change(self, out, made):
        follow(out, webhook=WEBHOOK)
        follow(out, webhook=WEBHOOK, interval=3, keep_days=1)
        assert [hook.given + (hook.state,) for hook in made] == [(places.HOOKS, WEBHOOK, None, "started")]
        follow(out, webhook=WEBHOOK, command=COMMAND)
        assert [hook.state for hook in made] == ["stopped", "started"] and made[1].given == (places.HOOKS, WEBHOOK, [COMMAND])
        follow(out)
        assert [hook.state for hook in made] == ["stopped", "stopped"] and out.queues() == {}

    def test_an_event_goes_into_the_log_and_to_the_hooks(self, out, made):
        follow(out, webhook=WEBHOOK)
        out.tell(EVENT)
        assert made[0].events == [EVENT] and out.unwritten == 0
        made[0].stores = False
        out.tell(EVENT)
        made[0].stores = True
        os.unlink(places.LOG)
        os.mkdir(places.LOG)
        out.tell(EVENT)
        assert out.unwritten == 2 and len(made[0].events) == 3
        assert out.queues()["webhook"]["queued"] == 3

    def test_an_outlet_that_cannot_be_used_leaves_the_others(self, out, made, told, kept):
        """Such as a command with a wrong mode: a webhook would else miss the outage."""
        command = kept / "hook"
        follow(out, webhook=WEBHOOK, command=str(command))
        assert [hook.given[1:] for hook in made] == [(WEBHOOK, None)] and made[0].state == "started"
        assert str(command) in out.trouble and told == [out.trouble]
        follow(out, webhook="ftp://x", command=COMMAND)
        assert [hook.given[1:] for hook in made] == [(WEBHOOK, None), (None, [COMMAND])] and "URL" in out.trouble
        follow(out, webhook="ftp://x", command=str(command))
        assert len(made) == 2 and "URL" in out.trouble and str(command) in out.trouble
        follow(out)
        assert out.trouble == ""


class TestCheckCommand:
    """The monitor runs it as root."""

    @pytest.mark.parametrize("path", [COMMAND, "/usr/bin/env"])
    def test_a_program_of_root(self, path):
        outlets.check_command(os.path.realpath(path))

    @pytest.mark.parametrize("spoil", [
        lambda path: os.chown(path, 1, 0), lambda path: path.chmod(0o775), lambda path: path.chmod(0o757),
        lambda path: path.unlink(), lambda path: path.parent.chmod(0o777), lambda path: os.chown(path.parent, 1, 0),
        lambda path: (path.unlink(), path.symlink_to("/bin/true")), lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.unlink(), os.mkfifo(path)),
    ], ids=["another user's", "of a group", "of everyone", "missing", "everyone's directory", "another user's directory", "link", "directory", "fifo"])
    def test_one_that_others_can_change(self, tmp_path, spoil):
        path = tmp_path / "hooks" / "hook"
        path.parent.mkdir(mode=0o755)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        outlets.check_command(str(path))
        spoil(path)
        with pytest.raises(safe_files.Foreign, match=str(path.parent)):
            outlets.check_command(str(path))


class TestMetrics:
    def test_the_file(self, out, kept):
        path = kept / "trunks.prom"
        follow(out, metrics_file=str(path))
        out.publish({"generation": 7})
        assert "\ndialer_trunks_generation 7\n" in path.read_text() and stat.S_IMODE(path.stat().st_mode) == 0o644
        follow(out, metrics_file="")
        out.publish({"generation": 8})
        assert not path.exists()    # nobody is shown what is not so any more

    def test_a_file_that_cannot_be_written_is_told(self, out, told):
        follow(out, metrics_file="/nonexistent/trunks.prom")
        out.publish({})
        assert len(told) == 1 and told[0].startswith("/nonexistent/trunks.prom: ")

    def test_the_port(self, out, monkeypatch):
        real, asked = outlets.metrics.serve, []
        # 0 is no port in the orders, and any free one here
        monkeypatch.setattr(outlets.metrics, "serve", lambda port, render: (asked.append(port), real(0, render))[1])
        follow(out, metrics_port=9184)
        out.publish({"generation": 7})
        with urllib.request.urlopen(f"http://127.0.0.1:{out._server.port}/metrics", timeout=5) as answer:
            assert b"dialer_trunks_generation 7\n" in answer.read()
        follow(out, metrics_port=0)
        assert asked == [9184] and out._server is None

    def test_a_port_that_is_in_use_is_a_trouble(self, out, made, monkeypatch):
        def serve(_port, _render):
            raise OSError(98, "Address already in use")
        monkeypatch.setattr(outlets.metrics, "serve", serve)
        follow(out, metrics_port=9184, webhook=WEBHOOK)
        assert out.trouble.startswith("metrics_port: ") and "in use" in out.trouble and made[0].state == "started"
