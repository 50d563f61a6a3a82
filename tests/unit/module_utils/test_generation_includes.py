# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._generation import includes

TOP, END, GENERAL = (includes.LINES[name] for name in ("extensions.conf", "sip.conf", "rtp.conf"))
PLACES = [TOP, END, GENERAL, includes.LINES["nftables.conf"]]

OPERATORS = [
    "",
    "[general]\nstatic=yes\n[default]\nexten => 1,1,Hangup()\n",
    "[general]\r\nstatic=yes\r\n[default]\r\nexten => 1,1,Hangup()\r\n",
    "[general]\nstatic=yes\n[default]\nexten => 1,1,Hangup()",  # no newline at the end
    "[general]\r\nstatic=yes\r\n[default]\r\nexten => 1,1,Hangup()",
    "[general]",
    "; nothing but a comment",
    "[other]\na=b\n\n\n",
    "; about [general]\n [general] ; with a comment\nrtpstart=1\n[general](+)\nx=y\n",
    "[general]\n; caf\udce9 in Latin-1, and \x0c\x85\u2028 that are no line ends to Asterisk\n",
    "#!/usr/sbin/nft -f\n\nflush ruleset\n",
    "; not a mark: x ; dialer.trunks.org\n",
    "\ufeff[general]\nstatic=yes\n",
    "\ufeff[general]\r\nstatic=yes\r\n[default]\r\nexten => 1,1,Hangup()",
    "\ufeff; a comment",
    "\ufeff",
]


@pytest.mark.parametrize("target,line,place", PLACES)
@pytest.mark.parametrize("text", OPERATORS)
def test_the_line_comes_once_and_goes_byte_for_byte(text, target, line, place):
    with_line = includes.with_line(text, line, place)
    assert with_line.count(line) == 1
    assert includes.with_line(with_line, line, place) == with_line
    assert includes.without_line(with_line) == text
    assert includes.without_line(text) == text


@pytest.mark.parametrize("target,line,place", PLACES)
def test_a_byte_order_mark_stays_in_front(target, line, place):
    """Asterisk skips it at the very beginning alone, and reads [general] as an unknown line elsewhere."""
    text = includes.with_line("\ufeff[general]\nstatic=yes\n", line, place)
    assert text.startswith("\ufeff") and text.count("\ufeff") == 1
    assert text.count("[general]") == 1
    broken = line + "\n\ufeff[general]\nstatic=yes\n"   # as a line above the mark leaves it
    assert includes.with_line(broken, line, place) == text


def test_only_our_line_of_a_file_is_shown():
    text = "\ufeff; secret=PLANTED\n#tryinclude trunks/sip.conf ; dialer.trunks\r\n[x]\nsecret=PLANTED\n"
    assert includes.shown(text) == "line 2: #tryinclude trunks/sip.conf ; dialer.trunks\n"
    assert includes.shown("") == ""


def test_the_dialplan_comes_before_everything():
    assert includes.with_line(OPERATORS[1], *TOP[1:]).startswith(TOP[1] + "\n[general]\n")


def test_peers_come_after_everything():
    assert includes.with_line(OPERATORS[1], *END[1:]).endswith("Hangup()\n" + END[1] + "\n")


def test_rtp_comes_directly_under_general():
    text = includes.with_line("; x\n[general]\nrtpstart=1\n", *GENERAL[1:])
    assert text == "; x\n[general]\n" + GENERAL[1] + "\nrtpstart=1\n"
    assert includes.with_line("", *GENERAL[1:]).split("\n")[0].startswith("[general]")


@pytest.mark.parametrize(
    "text,place",
    [
        ("; the operator's comment\n\n{line}\n[general]\n", TOP),
        ("[general]\n\n; the operator's comment\n{line}\nrtpstart=1\n", GENERAL),
        ("[general]\nx=y\n{line}\n\n; the operator's comment\n", END),
        ("[general]\r\nx=y\r\n{line}\r\n", END),
    ],
)
def test_a_line_that_does_its_work_is_left_where_it_is(text, place):
    text = text.format(line=place[1])
    assert includes.with_line(text, *place[1:]) == text


@pytest.mark.parametrize(
    "text,place",
    [
        ("[general]\n{line}\n", TOP),
        ("{line}\n[general]\nrtpstart=1\n", GENERAL),
        ("[general]\nrtpstart=1\n{line}\n", GENERAL),
        ("[general]\n{line}\nx=y\n", END),
        ("[general]\n{line}\n{line}\n", END),
        ("[general]\n#tryinclude somewhere/else.conf ; dialer.trunks\n", END),
    ],
)
def test_a_line_at_the_wrong_place_is_moved(text, place):
    text = text.format(line=place[1])
    moved = includes.with_line(text, *place[1:])
    assert moved.count("; dialer.trunks") == 1 and moved != text
    assert includes.with_line(moved, *place[1:]) == moved
