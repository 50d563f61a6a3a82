# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows read in the file that the generator writes of all of them: order, namesakes, options of the row behind, templates."""
from __future__ import annotations

import pytest
from support.unit.adopt_rows import USUAL, adopt, found, left, notes, peer, row, trunks
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import generated

DIAL = "exten => _91NXXNXXXXXX,1,Dial(${OUT}/${EXTEN:1},,To)"


def test_the_generator_s_order_is_by_protocol_and_then_without_case() -> None:
    rows = [row("b"), row("A"), row("_c"), row("Z"), row("PJ", protocol="PJSIP"), row("IAX", protocol="IAX2"),
            row("WIZ", protocol="PJSIP_WIZ"), row("EXT", protocol="EXTERNAL")]
    assert [one["carrier_id"] for one in generated.in_order(rows)] == ["IAX", "A", "b", "Z", "_c", "WIZ", "PJ", "EXT"]


def iax(name: str) -> str:
    return f"[{name}]\ntype=peer\nhost=198.18.10.11\ncontext=trunkinbound\ndisallow=all\nallow=ulaw\ntransfer=no\nqualify=yes\n"


@pytest.mark.parametrize(("rows", "trunk"), [
    ([row("beta", peer("beta"), globals_string="OUT=SIP/beta"),
      row("Zed", peer("acme"), globals_string="OUT=SIP/acme", dialplan_entry=DIAL)], "acme"),
    ([row("ACME", peer("acme"), globals_string="OUT=SIP/acme", dialplan_entry=DIAL),
      row("ZIAX", iax("ziax"), protocol="IAX2", globals_string="OUT=IAX2/ziax")], "acme"),
])
def test_a_global_that_two_rows_set_has_the_value_that_asterisk_reads_last(rows: list, trunk: str) -> None:
    adopted = adopt(*rows)
    [route] = adopted.routes
    assert route["trunks"] == [{"name": trunk}]
    first, last = (one["carrier_id"] for one in generated.in_order(rows))
    note = f"carriers {first}, {last} set the global OUT: Asterisk has that of the last, {last}"
    assert note in adopted.route_notes[route["name"]]
    assert notes(adopted, trunk) == [f"carrier {first} sets the global OUT too: Asterisk has the value of {last}"]


def test_a_global_of_a_row_that_is_not_written_does_not_exist() -> None:
    rows = [row("ACME", peer("acme"), dialplan_entry=DIAL), row("LEGACY", protocol="EXTERNAL", globals_string="OUT=SIP/acme"),
            row("OFF", active="N", globals_string="OUT=SIP/acme")]
    assert adopt(*rows).routes == []


def test_the_later_of_two_rows_with_one_peer_is_adopted_with_the_options_of_both() -> None:
    adopted = adopt(row("A1", peer("acme", more="fromuser=first\nsendrpid=pai\n")),
                    row("A2", f"[acme]\ntype=peer\nhost=198.18.20.20\n{USUAL}fromuser=second\n"))
    trunk = trunks(adopted)["acme"]
    assert (trunk["adopt"], trunk["host"]) == (["A2"], "198.18.20.20")
    assert trunk["settings"] == {"fromuser": "second", "sendrpid": "pai"}
    assert left(adopted) == {
        "A1": "carrier A2, which Asterisk reads later, defines [acme] too, and its options win: set one of them inactive"}
    assert notes(adopted, "acme") == [
        "carrier A1 defines [acme] too: where both have an option, Asterisk takes that of this carrier"]


def test_pjsip_loads_no_object_twice() -> None:
    entry = "[pj]\ntype=endpoint\naors=pj\nallow=ulaw\ncontext=trunkinbound\n[pj]\ntype=aor\ncontact=sip:198.18.10.10\n"
    adopted = adopt(row("P1", entry, protocol="PJSIP"), row("P2", entry, protocol="PJSIP"))
    assert left(adopted)["P1"] == (
        "carrier P2 defines [pj] too, and PJSIP loads no file with an object twice: set one of them inactive")


def test_lines_before_the_first_header_belong_to_the_peer_before() -> None:
    adopted = adopt(row("ACME", peer("acme")), row("BETA", "Account Entry: [beta]\nhost=198.18.20.20\nqualify=no\n"))
    trunk = trunks(adopted)["acme"]
    assert (trunk["host"], trunk["qualify"]) == ("198.18.20.20", {"enabled": False})
    assert notes(adopted, "acme") == ["the options that carrier BETA adds to [acme] are in the description now"]
    assert left(adopted) == {"BETA": (
        "Asterisk takes its first lines (host, qualify) for options of [acme] of carrier ACME: it has no header of its own")}


def test_a_row_that_such_lines_would_leave_stays() -> None:
    """Adopting BETA alone would take its first lines from [acme]."""
    adopted = adopt(row("ACME", peer("acme")), row("BETA", "fromuser=x\n" + peer("beta", "198.18.20.20")))
    assert left(adopted)["BETA"] == (
        "Asterisk takes its first lines (fromuser) for options of [acme] of carrier ACME: put them behind its header")
    assert trunks(adopted)["acme"]["settings"] == {"fromuser": "x"}


def test_the_first_row_s_first_lines_are_those_of_general() -> None:
    assert left(adopt(row("ACME", "host=198.18.10.10\n"))) == {
        "ACME": "Asterisk takes its first lines (host) for options of [general]: it has no header of its own"}


def test_lines_that_would_land_in_another_peer_of_the_trunk_are_refused() -> None:
    rows = [row("ACME", peer("acme") + peer("acme-in", "198.18.10.11")), row("BETA", "fromuser=x\n")]
    assert left(adopt(*rows))["ACME"] == (
        "Asterisk takes lines of carrier BETA for options of [acme-in]: correct that carrier first")


def test_a_row_is_read_as_on_all_of_its_dialers_or_not_at_all() -> None:
    rows = [row("ACME", peer("acme"), server_ip="0.0.0.0"), row("BETA", "fromuser=x\n", server_ip="198.18.0.12")]
    assert left(adopt(*rows, dialers={"d1": "198.18.0.11", "d2": "198.18.0.12"}))["ACME"] == (
        "other carriers change its peers, and not in the same way on all dialers")


@pytest.mark.parametrize(("entry", "why"), [
    ("[acme](carrier-defaults)\nhost=198.18.10.10\n",
     "[acme] takes the template carrier-defaults, which no carrier before it defines"),
    ("[acme](+)\nhost=198.18.10.10\n", "[acme](+) adds to a section that no carrier before it defines"),
    (peer("acme") + "#include acme-extra.conf\n", "[acme] includes a file, which only Asterisk reads"),
    (peer("acme") + "#exec /usr/local/bin/peers\n", "[acme] includes a file, which only Asterisk reads"),
    ("[acme\ntype=peer\n", "one of its headers has no closing bracket"),
    ("[ acme ]\ntype=peer\nhost=198.18.10.10\n",
     "the header [ acme ] has blanks inside its brackets, which are part of the name: remove them"),
    ("", "it has neither a peer nor a dialplan"),
    ("just words\n", "its account entry defines no peer"),
])
@pytest.mark.parametrize("protocol", ["SIP", "IAX2", "PJSIP"])
def test_what_comes_from_outside_of_the_rows_is_refused(entry: str, why: str, protocol: str) -> None:
    if why.endswith("no peer") and protocol == "PJSIP":
        why = "its account entry defines no endpoint with an aor"
    assert left(adopt(row("ACME", entry, protocol=protocol))) == {"ACME": why}


def test_a_template_of_another_row_is_resolved_and_that_row_stays() -> None:
    adopted = adopt(row("A", "[common](!)\nfromuser=t\n" + peer("first")), row("B", "[acme](common)\n" + peer("x").partition("\n")[2]))
    assert trunks(adopted)["acme"]["settings"] == {"fromuser": "t"}
    assert notes(adopted, "acme") == ["the options of the template common of another carrier are in the description now"]
    assert left(adopted) == {"A": "carrier B takes a template that is defined here"}


def test_a_template_of_vicidial_that_does_not_exist_adds_nothing() -> None:
    adopted = adopt(row("ACME", peer("acme"), template_id="GONE"))
    assert notes(adopted, "acme") == ["its template GONE does not exist, so that it adds nothing"]


def test_the_rows_are_read_in_time_that_grows_as_they_do() -> None:
    rows = [row(f"C{number}", peer(f"peer{number}", f"198.18.{number // 250}.{number % 250 + 1}")) for number in range(300)]
    files = generated.Files(found(*rows))
    assert all(len(files.sections(one, [])) == 1 for one in rows)


def test_names_of_other_rows_that_differ_in_capitals_are_namesakes_to_chan_sip() -> None:
    adopted = adopt(row("A1", peer("Acme", more="fromuser=first\n")), row("A2", peer("acme", "198.18.20.20")))
    assert trunks(adopted)["acme"]["settings"] == {"fromuser": "first"}
    assert left(adopted) == {
        "A1": "carrier A2, which Asterisk reads later, defines [Acme] too, and its options win: set one of them inactive"}


def test_templates_are_found_without_case() -> None:
    adopted = adopt(row("A1", "[Base](!)\nfromuser=x\n"), row("A2", "[acme](BASE)\ntype=peer\nhost=198.18.10.10\n" + USUAL))
    assert trunks(adopted)["acme"]["settings"] == {"fromuser": "x"}
    assert left(adopted)["A1"] == "carrier A2 takes a template that is defined here"


def test_a_template_s_name_is_compared_as_mysql_does() -> None:
    adopted = adopt(row("ACME", peer("acme"), template_id="sip_generic"), templates={"SIP_generic": "fromuser=x"})
    assert trunks(adopted)["acme"]["settings"] == {"fromuser": "x"}
    assert notes(adopted, "acme") == ["the options of its template sip_generic are in the description now"]
