# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dialplan entries with the peculiarities of administrators, and what Asterisk's ``dialplan show`` says of each."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Steps = dict[str, list[tuple[int, str, str]]]  # extension: (priority, label, application with its arguments)


@dataclass(frozen=True)
class Entry:
    text: str
    shown: Steps
    why: str = ""  # why adopt leaves it alone
    notes: list[str] = field(default_factory=list)


def steps(extensions: Sequence[Any]) -> Steps:
    """The extensions of the reader in the form of ``shown``."""
    return {
        one.pattern: [(int(step.priority), step.label, f"{step.application}({step.arguments})") for step in one.steps]
        for one in extensions
    }


ENTRIES = {
    "n_counts_through_the_context": Entry(
        "exten => _91X.,1,NoOp(a)\nexten => _92X.,1,NoOp(b)\nexten => _91X.,n,NoOp(c)\nexten => _92X.,n,NoOp(d)",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(c)")], "_92X.": [(1, "", "NoOp(b)"), (3, "", "NoOp(d)")]},
        why="the priorities of _92X. are 1, 3: calls end after 1",
    ),
    "a_stray_line_of_another_pattern": Entry(
        "exten => _91X.,1,NoOp(a)\nexten => _91X.,n,NoOp(b)\nexten => _81X.,n,NoOp(c)\nexten => _91X.,n,NoOp(d)",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(b)"), (4, "", "NoOp(d)")], "_81X.": [(3, "", "NoOp(c)")]},
        why="the priorities of _91X. are 1, 2, 4: calls end after 2",
    ),
    "an_extension_without_a_first_priority": Entry(
        "exten => _91X.,1,NoOp(a)\nexten => _81X.,2,NoOp(b)",
        {"_91X.": [(1, "", "NoOp(a)")], "_81X.": [(2, "", "NoOp(b)")]},
        why="the priorities of _81X. are 2: no call gets in",
    ),
    "a_repeated_priority": Entry(
        "exten => _91X.,1,NoOp(a)\nexten => _91X.,1,NoOp(b)\nexten => _91X.,2,NoOp(c)\nexten => _91X.,2,NoOp(d)",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(c)")]},
        notes=[f"Asterisk passes over the second priority {number}" for number in (1, 2)],
    ),
    "n_after_a_repeated_priority": Entry(
        "exten => _91X.,1,NoOp(a)\nexten => _91X.,2,NoOp(b)\nexten => _91X.,1,NoOp(c)\nexten => _91X.,n,NoOp(d)\n"
        "exten => _91X.,n,NoOp(e)",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(b)"), (3, "", "NoOp(e)")]},
        notes=["Asterisk passes over the second priority 1", "Asterisk passes over the second priority 2"],
    ),
    "labels_and_steps_on": Entry(
        "exten => _91X.,1,NoOp(a)\n same => n(dial),NoOp(b)\n same => n+2(far),NoOp(c)\nexten => _91X.,3,NoOp(d)\n"
        "exten => _91X.,4(x),NoOp(e)",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "dial", "NoOp(b)"), (3, "", "NoOp(d)"), (4, "x", "NoOp(e)"),
                   (5, "far", "NoOp(c)")]},
    ),
    "s_is_the_same_priority": Entry(
        "exten => _91X.,1,NoOp(a)\nexten => _92X.,s,NoOp(b)\nexten => _91X.,n,NoOp(c)",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(c)")], "_92X.": [(1, "", "NoOp(b)")]},
    ),
    "capitals_are_no_priority": Entry(
        "exten => _91X.,1,NoOp(a)\nexten => _91X.,N,NoOp(b)\nexten => _91X.,n,NoOp(c)\nexten => _91X.,Hangup()",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(c)")]},
        notes=["Asterisk passes over a line whose priority is N",
               "Asterisk passes over a line whose priority is Hangup()"],
    ),
    "one_pattern_in_several_spellings": Entry(
        "exten => _91NXXX,1,NoOp(a)\nexten => _91nxxx,2,NoOp(b)\nexten => _9-1NX XX,3,NoOp(c)",
        {"_91NXXX": [(1, "", "NoOp(a)"), (2, "", "NoOp(b)"), (3, "", "NoOp(c)")]},
    ),
    "windows_line_ends_tabs_and_capitals": Entry(
        "EXTEN => _91X.,1,NoOp(a)\r\n\tSame\t=>\tn,NoOp(b)   \r\n  same=>n,NoOp(c) ; bye\r\n;exten => _91X.,4,NoOp(d)\r\n",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(b)"), (3, "", "NoOp(c)")]},
    ),
    "comments_of_several_lines_and_rules": Entry(
        ";---------------;\nexten => _91X.,1,NoOp(a)\n;-- exten => _91X.,2,NoOp(b)\nexten => _91X.,3,NoOp(c) --;\n"
        "exten => _91X.,2,NoOp(d\\;e)\n;-----\nexten => _91X.,3,NoOp(f) ;--g--;",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(d;e)"), (3, "", "NoOp(f)")]},
    ),
    "blanks_before_parentheses": Entry(
        "exten => _91X.,1,NoOp (a)\nexten => _91X.,n (lab),NoOp(b)\nexten => _91X.,2,NoOp(c)",
        {"_91X.": [(1, "", "NoOp (a)"), (2, "", "NoOp(c)")]},
        why="_91X. has a blank behind NoOp , and calls end there",
    ),
    "lines_that_are_no_extensions": Entry(
        "Dialplan Entry:\nexten => _91X.,1,NoOp(a)\nfoo = bar\nexten => _91X.,n,NoOp(b)",
        {"_91X.": [(1, "", "NoOp(a)"), (2, "", "NoOp(b)")]},
        notes=["Asterisk passes over a line that is no extension"],
    ),
    "a_label_as_a_priority": Entry(
        "exten => 77,1,NoOp(a)\nexten => 77,n(lab),NoOp(b)\nexten => 77,lab,NoOp(c)\nexten => 77,n,NoOp(d)",
        {"77": [(1, "", "NoOp(a)"), (2, "lab", "NoOp(b)"), (3, "", "NoOp(d)")]},
        notes=["Asterisk passes over a line whose priority is lab"],
    ),
    "a_variable_for_an_application": Entry(
        "exten => _91X.,1,${APP}(x)\nexten => _91X.,2,NoOp(a${X:1},20",
        {"_91X.": [(1, "", "${APP}(x)()"), (2, "", "NoOp(a${X:1},20)")]},
    ),
    "parentheses": Entry(
        "exten => _91X.,1,NoOp(a(b)c)d\nexten => _91X.,2,NoOp(e\nexten => _91X.,3,Hangup\nexten => _91X.,4,NoOp()",
        {"_91X.": [(1, "", "NoOp(a(b)c)"), (2, "", "NoOp(e)"), (3, "", "Hangup()"), (4, "", "NoOp()")]},
    ),
}

REFUSED = [
    ("[own]\nexten => 1,1,NoOp(a)", "it opens a context of its own, [own]"),
    ("include => other", "it holds include => besides extensions"),
    ("#include other.conf\nexten => 1,1,NoOp(a)", "it includes a file"),
    ("exten => _9X./3125550100,1,NoOp(a)", "_9X./3125550100 looks at the caller's number"),
    ("exten => _9X.", "the line of _9X. has no priority"),
    ("exten => _9X.,1", "a line of _9X. has no application"),
    ("exten => _9X.,hint,SIP/a", "it has a hint for _9X."),
    ("exten => _9X.,n,NoOp(a)", "its first line has the priority n, which counts from the carrier before"),
    ("same => n,NoOp(a)", "it begins with a line that belongs to no extension"),
    ("exten => ${NUMBER},1,NoOp(a)", "the name of an extension is a variable"),
]
