# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever Asterisk prints and files hold: the readers of it return something, or refuse with a ValueError of theirs."""
from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import (
    call_trace, conf_files, dialplan_parsers, loaded_checks, log_watch, parsers, pjsip_parsers)
from ansible_collections.dialer.trunks.plugins.module_utils._carriers import adopt_read
from ansible_collections.dialer.trunks.plugins.module_utils._common import masking, revision
from ansible_collections.dialer.trunks.plugins.module_utils._database import astguiclient
from ansible_collections.dialer.trunks.plugins.module_utils._generation import firewalld, includes
from hypothesis import given
from hypothesis import strategies as st

from support.paths import FIXTURES
from support.unit.texts import few, only, spoilt, texts

READERS = {
    "sip_show_peers": parsers.sip_peers,
    "sip_show_peers_just_loaded": parsers.sip_peers,
    "sip_show_registry": parsers.sip_registry,
    "sip_show_peer": parsers.sip_peer,
    "sip_show_peer_names": parsers.completions,
    "sip_show_channels": parsers.sip_probes,
    "sip_show_settings": lambda text: (parsers.sip_guests(text), parsers.sip_listeners(text)),
    "iax2_show_peers": parsers.iax2_peers,
    "iax2_show_registry": parsers.iax2_registry,
    "dialplan_show": lambda text: loaded_checks.loaded_priorities(dialplan_parsers.dialplan(text)),
    "dialplan_show_globals": dialplan_parsers.global_names,
    "rtp_show_settings": parsers.rtp_settings,
    "logger_show_channels": parsers.log_files,
    "core_show_version": parsers.version,
    "pjsip_show_endpoints": lambda text: [pjsip_parsers.as_peer(one) for one in pjsip_parsers.endpoints(text)],
    "pjsip_show_endpoint": pjsip_parsers.parameters,
    "pjsip_show_registrations": pjsip_parsers.registrations,
    "pjsip_show_transports": pjsip_parsers.transports,
}


@pytest.mark.parametrize("name", READERS)
def test_what_asterisk_prints(name: str) -> None:
    fixture = (FIXTURES / f"asterisk/{name}.txt").read_text(encoding="utf-8")
    words = fixture.split(" ")[:200]

    @few(150)
    @given(spoilt(fixture, *[word for word in words if word]) | texts(*[word for word in words if word]))
    def reads(text: str) -> None:
        only(READERS[name], text)

    reads()


@few(150)
@given(spoilt((FIXTURES / "firewalld/list_all_zones.txt").read_text(encoding="utf-8"), "rule ", "  ports: ", "(", "\n"))
def test_what_firewalld_prints(text: str) -> None:
    firewalld.zones("public", firewalld.parse(text), firewalld.parse(text))


@few(200)
@given(texts("/trunks-test/1/begin : ", "/trunks-test/1/1 : ", "/trunks-test/1/end : ", "12.5", "|", "ANSWER", "\n", "17"))
def test_what_a_test_call_left(text: str) -> None:
    found = call_trace.entries(text, "1")
    call_trace.sentence("1", call_trace.outcome(found))


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,49}", fullmatch=True)
ONE_LINE = texts("[trunks 7] ", "OK (1 ms)", "UNREACHABLE", "Unmonitored").map(
    lambda text: text.replace("\n", "").encode("utf-8", "replace").decode().replace("\0", "")
)


def cut(text: str, width: int) -> bytes:
    """The text as printf has it with %-N.Ns."""
    return text.encode()[:width].ljust(width)


@few(200)
@given(st.lists(st.tuples(NAMES, ONE_LINE, st.sampled_from(["OK (1 ms)", "UNREACHABLE", "LAGGED (1300 ms)", "Unmonitored"]))))
def test_each_peer_of_chan_sip_is_read_as_the_one_that_it_is(peers: list[tuple[str, str, str]]) -> None:
    """A description is its carrier's text: no other row comes of it, and none is lost."""
    shown = [("Name/username", "Host", "Dyn", "Forcerport", "Comedia", "ACL", "Port", "Status", "Description")]
    shown += [(name, "198.18.0.1", "", "Auto (No)", "No", "", "5060", state, text) for name, text, state in peers]
    lines = [
        b" ".join([cut(row[0], 25), cut(row[1], 39), cut(row[2], 3), cut(row[3], 10), cut(row[4], 10), cut(row[5], 3),
                   row[6].ljust(8).encode(), row[7].ljust(11).encode(), cut(row[8], 32)]).decode("utf-8", "replace")
        for row in shown
    ]
    lines.append(f"{len(peers)} sip peers [Monitored: 1 online, 0 offline Unmonitored: 0 online, 0 offline]")
    found = parsers.sip_peers("\n".join(lines) + "\n")
    assert [(peer["name"], peer["address"], peer["port"]) for peer in found] == [(name[:25], "198.18.0.1", 5060) for name, _, _ in peers]
    assert all(peer["cut"] for peer, (name, _text, _state) in zip(found, peers) if len(name) > 25)
    for peer, (_name, text, _state) in zip(found, peers):
        whole = cut(text, 32).decode("utf-8", "replace").strip(" \ufffd")
        assert peer["description"].strip(" \ufffd") in (whole, whole[: len(peer["description"])])


APPLICATION = texts("Dial(", "Set(", "[pbx_config]", "' => ", "1. ", "${EXTEN:1}", ")").map(lambda text: text.replace("\n", " ").strip())


@few(200)
@given(st.lists(st.tuples(st.from_regex(r"_?[0-9NXZ.!]{1,12}", fullmatch=True), st.lists(APPLICATION, min_size=1, max_size=3)), max_size=4))
def test_each_extension_is_read_as_the_one_that_it_is(extensions: list[tuple[str, list[str]]]) -> None:
    lines = ["[ Context 'vicidial-auto-external' created by 'pbx_config' ]"]
    for pattern, steps in extensions:
        for number, application in enumerate(steps, start=1):
            begin = f"'{pattern}' =>" if number == 1 else ""
            lines.append(f"  {begin:<17} {f'{number}. {application}()':<45} [extensions.conf:1]")
    text = "\n".join([*lines, "", f"-= {len(extensions)} extensions (1 priority) in 1 context. =-"])
    found = dialplan_parsers.dialplan(text)
    assert [context["name"] for context in found] == ["vicidial-auto-external"]
    assert [(one["exten"], [step[2] for step in one["steps"]]) for one in found[0]["extensions"]] == [
        (pattern, [f"{application}()".rstrip() for application in steps]) for pattern, steps in extensions
    ]


CONF = texts("[general]\n", "[north](tpl)", "[tpl](!)\n", "host=198.18.0.1", "\n", "#include sip.conf\n", "#tryinclude *.conf\n",
             "; dialer.trunks", "nat = no", "register => u:s@h", "=", "\n\n", "[rtp]\n", "#tryinclude trunks/rtp.conf ; dialer.trunks\n")


@few(150)
@given(CONF, CONF)
def test_conf_files(text: str, other: str) -> None:
    with tempfile.TemporaryDirectory() as etc:
        for name, content in (("sip.conf", text), ("other.conf", other)):
            (Path(etc) / name).write_bytes(content.encode("utf-8", "surrogatepass"))
        conf_files.general_options("sip.conf", etc)
        assert {Path(path).name for path, _revision in conf_files.peer_files("north", etc=etc)} <= {"sip.conf", "other.conf"}
        read = adopt_read.read_files(etc)
        assert set(read["general"]) == {"sip"} and read["texts"]["pjsip"] == ""


@few(300)
@given(CONF, st.sampled_from(sorted(includes.LINES)))
def test_our_line_comes_and_goes_and_leaves_the_file_as_it_was(text: str, name: str) -> None:
    _path, line, place = includes.LINES[name]
    text = includes.without_line(text)
    with_it = includes.with_line(text, line, place)
    assert line in with_it and includes.without_line(with_it) == text
    assert includes.with_line(with_it, line, place) == with_it, "a second run changes nothing"


@few(300)
@given(texts("VARDB_pass", "VARDB_port", "VARserver_ip", " => ", "=>", "\n", "#", ";", "3306"))
def test_astguiclient(text: str) -> None:
    astguiclient.database_login(astguiclient.parse(text))
    astguiclient.server_ip(astguiclient.parse(text))


SECRETS = texts("secret", "=", " => ", "register => ", "auth=", "u:", "p4ss", "@h", "SIP/", "IAX2/", "\n", ";", " ", "[north]\n")


@few(300)
@given(SECRETS, SECRETS)
def test_masking(old: str, new: str) -> None:
    """Masked once or twice is the same, and each line stays a line."""
    assert masking.mask(masking.mask(new)) == masking.mask(new)
    assert masking.mask(new).count("\n") == new.count("\n")
    masking.mask_pair(old, new)
    log_watch.mask_line(new)


@few(200)
@given(texts("[trunks 7] ", "[trunks @]", "Gosub(trunks-route-us,${EXTEN:1},1(@))", "Gosub(trunks-route-", "[trunks 99999]"))
def test_stamps(text: str) -> None:
    assert revision.unstamp(revision.stamp(text, 3)) == revision.unstamp(text)
    assert revision.revision(revision.stamp(text, 3)) in (0, 3)
