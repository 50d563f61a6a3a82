# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the plan takes as a text: what is rendered of it is read, as Asterisk reads it, as what was meant.

A description is rendered twice, once with the texts and once with a plain word in the place of each. Both are taken apart
as Asterisk's config.c and pbx_config.c do it, and have to be the same but for those words. So a text makes no section, no
option, no extension and no step of its own, and loses none of its characters.
"""
from __future__ import annotations

from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._carriers import checks
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import parse, registrations
from ansible_collections.dialer.trunks.plugins.plugin_utils._description import plan
from ansible_collections.dialer.trunks.plugins.plugin_utils._render import render, rows
from hypothesis import assume, given
from hypothesis import strategies as st

from support.unit.texts import few, texts

WORDS = ("a", "b1", "sip:u@h", ".", "_", "+", "-", "*", "%", "^", "<x>", "=y", "9", "user", "]b[", "(c)", ",d")
ANYTHING = texts(*WORDS, size=5)
TRUNK_TEXTS = ("description", "username", "secret", "context")
OTHERS = st.fixed_dictionaries({}, optional={
    "register": st.just(True), "max_calls": st.just(20), "caller_id": texts("1312555", "+", size=3), "prefix": texts("00", "#", size=3),
    "strip": st.just(1), "transport": st.sampled_from(["tcp", "tls"]), "dial_options": texts("T", "o", "r(", ")", "a.b", "U(x^1)", size=4),
    "signalling": st.just(["198.18.10.10", "198.18.10.11"]), "qualify": st.just({"enabled": False}),
})  # fmt: skip
SETTINGS = st.dictionaries(st.sampled_from(["fromuser", "remotesecret", "setvar", "set_var", "callerid", "X-1"]), ANYTHING, max_size=3)


def taken(description: dict[str, Any]) -> bool:
    """Whether the plan takes it."""
    try:
        plan.build(description, ["d1"])
    except plan.PlanError:
        return False
    return True


@st.composite
def trunks(draw: Any) -> dict[str, Any]:
    """A trunk with every text that the plan takes of those that were drawn."""
    trunk = {"name": "north", "host": "198.18.10.10", "protocol": draw(st.sampled_from(["sip", "pjsip", "iax2"]))}
    wanted = {key: draw(ANYTHING) for key in draw(st.sets(st.sampled_from(TRUNK_TEXTS), min_size=1))}
    if "secret" in wanted or draw(st.booleans()):
        wanted = {"username": "acct1", **wanted}
    for key, value in [*wanted.items(), *draw(OTHERS).items()]:
        if value not in ("", None) and taken({"dialer_trunks": [{**trunk, key: value}]}):
            trunk[key] = value
    settings = {}
    for key, value in draw(SETTINGS).items():
        if value and taken({"dialer_trunks": [{**trunk, "settings": {**settings, key: value}}]}):
            settings[key] = value
    return {**trunk, "settings": settings} if settings else trunk


def plain(trunk: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The trunk with a plain word in place of each text, and {word: text}."""
    found, words = dict(trunk), {}
    for key in TRUNK_TEXTS:
        if key in trunk:
            found[key] = f"zz{key}zz"
            words[found[key]] = trunk[key]
    if "settings" in trunk:
        found["settings"] = {key: f"zz{number}zz" for number, key in enumerate(trunk["settings"])}
        words.update(zip(found["settings"].values(), trunk["settings"].values()))
    return found, words


def replaced(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(word, text)
        return value
    return tuple(replaced(item, words) for item in value)


def conf(text: str) -> tuple:
    """The sections and options of a conf file, as Asterisk's config.c takes it apart."""
    found, commented = [("", [])], False
    assert "\r" not in text and "\0" not in text
    for line in text.split("\n"):
        kept, at = "", 0
        while at < len(line):
            if commented:
                end = line.find("--;", at)
                commented, at = end < 0, len(line) if end < 0 else end + 3
            elif line[at] == ";" and line[at - 1 : at] == "\\":
                kept, at = kept[:-1] + ";", at + 1
            elif line.startswith(";--", at) and line[at + 3 : at + 4] != "-":
                commented, at = True, at + 3
            elif line[at] == ";":
                break
            else:
                kept, at = kept + line[at], at + 1
        kept = kept.strip()
        if kept.startswith("["):
            name, closed, rest = kept[1:].partition("]")
            assert closed
            found.append((name + rest, []))
        elif kept.startswith("#"):
            found[-1][1].append(("#", kept))
        elif kept:
            key, equals, value = kept.partition("=")
            assert equals, kept
            found[-1][1].append((key.strip(), value.removeprefix(">").strip()))
    return tuple((name, tuple(options)) for name, options in found if name or options)


def dialplan(text: str) -> tuple:
    """(context, extension, priority with its label, application, data) of each step, as pbx_config.c takes it apart."""
    found, last = [], ""
    for context, options in conf(text):
        for key, value in options:
            if key == "exten":
                last, _comma, value = (part.strip() for part in value.partition(","))
            elif key != "same":
                found.append((context, key, value, "", ""))
                continue
            priority, _comma, step = (part.strip() for part in value.partition(","))
            application, bracket, data = step.partition("(")
            data, closed, _rest = data.rpartition(")")
            assert bool(bracket) == bool(closed), step
            found.append((context, last, priority, application, data))
    return tuple(found)


@few(400)
@given(trunks())
def test_a_peer(trunk: dict[str, Any]) -> None:
    simple, words = plain(trunk)
    assume(taken({"dialer_trunks": [simple]}))
    real, model = (plan.build({"dialer_trunks": [one]}, ["d1"]).trunks[0] for one in (trunk, simple))
    assert conf(render.peer(real)) == replaced(conf(render.peer(model)), words)
    line = render.registration(real)
    assert conf(line) == replaced(conf(render.registration(model)), words)
    if line:
        login = registrations.registration(line)
        assert (login.user, login.secret, login.host) == (real.username, real.secret, real.host)
    for row in rows.desired(plan.build({"dialer_trunks": [trunk]}, ["d1"]).for_dialer("d1"), "198.18.0.11"):
        assert checks.peers_of(row) == list(dict.fromkeys(name for name, _options in conf(row["account_entry"])))
        assert checks.globals_of(row) == ["TRUNKnorth"]
    files = render.files(plan.build({"dialer_trunks": [trunk], "dialer_mode": "asterisk"}, ["d1"]).for_dialer("d1"), "sip_peers")
    model_files = render.files(plan.build({"dialer_trunks": [simple], "dialer_mode": "asterisk"}, ["d1"]).for_dialer("d1"), "sip_peers")
    assert {name: conf(text) for name, text in files.items()} == {name: replaced(conf(text), words) for name, text in model_files.items()}


STEPS = texts("AGI(", "dnc.agi", "${EXTEN}", ")", "Set(", "X=", "$[1 + 1]", '"q"', "a", ",", "NoOp", "=>", "exten => x", "(", size=7)
PATTERNS = texts("1", "N", "X", "Z", "[2-8]", ".", "!", "[", "]", "-", "#", size=6)


@st.composite
def routes(draw: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A description with a route, with every step and pattern that the plan takes; and {plain word: step}."""
    route = {"name": "us", "trunks": [{"name": "north"}, {"name": "south"}], "patterns": ["1NXXNXXXXXX"]}
    trunks_of = [draw(trunks()), {"name": "south", "host": "198.18.10.11"}]
    steps: list[str] = []
    for pattern in draw(st.lists(PATTERNS, max_size=3)):
        if taken({"dialer_trunks": trunks_of, "dialer_routes": [{**route, "patterns": [*route["patterns"], pattern]}]}):
            route["patterns"] = [*route["patterns"], pattern]
    for step in draw(st.lists(STEPS | STEPS.map("Set(X={})".format), max_size=3)):
        if taken({"dialer_trunks": trunks_of, "dialer_routes": [{**route, "before_dial": [*steps, step]}]}):
            steps.append(step)
    description = {"dialer_trunks": trunks_of, "dialer_routes": [{**route, "before_dial": steps}]}
    return description, {f"Zz{number}(zz{number})": step for number, step in enumerate(steps)}


@few(200)
@given(routes(), st.sampled_from(["vicidial", "asterisk"]))
def test_a_route(drawn: tuple[dict[str, Any], dict[str, str]], mode: str) -> None:
    description, steps = {**drawn[0], "dialer_mode": mode}, drawn[1]
    assume(taken(description))
    simple, words = plain(description["dialer_trunks"][0])
    model = {**description, "dialer_trunks": [simple, description["dialer_trunks"][1]],
             "dialer_routes": [{**description["dialer_routes"][0], "before_dial": list(steps)}]}
    assume(taken(model))
    found, wanted = (plan.build(one, ["d1"]).for_dialer("d1") for one in (description, model))
    # A step is an application with its data, and is taken apart as that.
    as_steps = {f"Zz{number}": tuple(_application(step)) for number, step in enumerate(steps.values())}
    for name, text in render.dialplan_files(found).items():
        if not name.endswith(".agi"):
            there = tuple(
                (*step[:3], *as_steps[step[3]]) if step[3] in as_steps else replaced(step, words)
                for step in dialplan(render.dialplan_files(wanted)[name])
            )
            assert dialplan(text) == there, name
    if mode == "vicidial":
        row = next(one for one in rows.desired(found, "198.18.0.11") if one["kind"] == "route")
        extensions = ["_9" + pattern for pattern in description["dialer_routes"][0]["patterns"]]
        assert checks.extensions_of(row) == extensions
        assert list(dict.fromkeys(step[1] for step in dialplan(row["dialplan_entry"]))) == extensions
        assert [one.pattern for one in parse.extensions(row["dialplan_entry"])] == extensions


def _application(step: str) -> tuple[str, str]:
    name, _bracket, data = step.partition("(")
    return name, data.rpartition(")")[0]


@few(150)
@given(st.lists(st.tuples(texts("1312", "+", size=2), texts("ivr", ",", "s", "1", "default", size=6)), min_size=1, max_size=3))
def test_inbound_numbers(entries: list[tuple[str, str]]) -> None:
    description = {"dialer_mode": "asterisk", "dialer_trunks": [{"name": "north", "host": "198.18.10.10"}], "dialer_inbound": []}
    for did, goto in [*entries, ("13125550100", "ivr,s,1")]:
        more = [*description["dialer_inbound"], {"did": did, "goto": goto}]
        if taken({**description, "dialer_inbound": more}):
            description["dialer_inbound"] = more
    found = plan.build(description, ["d1"]).for_dialer("d1")
    steps = dialplan(render.dialplan_files(found)["inbound.conf"])
    gone_to = {step[4] for step in steps if step[3] == "Goto"}
    assert gone_to == {one["goto"] for one in description["dialer_inbound"]}


def test_the_reader_tells_what_a_text_adds() -> None:
    """The tests above would pass with a reader that sees nothing."""
    assert conf("[a]\nx=1;c\ny => \\;z\n;-- k=1\n--; q=2\n") == (("a", (("x", "1"), ("y", ";z"), ("q", "2"))),)
    assert conf("[a]\nd=one\n[b](c)\nsecret=2") == (("a", (("d", "one"),)), ("b(c)", (("secret", "2"),)))
    assert dialplan("[a]\nexten => _9X,1(l),Set(X=(1))\n same => n,Hangup") == (
        ("a", "_9X", "1(l)", "Set", "X=(1)"), ("a", "_9X", "n", "Hangup", ""),
    )
