# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports what differs between the description, the dialers and the database. Pure.

The report is made of the results of modules that were run in check mode. They hold no secrets.
"""
from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk.technologies import TECHNOLOGIES
from ansible_collections.dialer.trunks.plugins.module_utils._common import revision
from ansible_collections.dialer.trunks.plugins.module_utils._common.printable import safe
from ansible_collections.dialer.trunks.plugins.plugin_utils._dialer.columns import columns

DRIFT, NOTE, UNKNOWN = "drift", "note", "unknown"

# For each kind of line: its level, what it means and what to do.
KINDS = {
    "edited": (DRIFT, "Changed by hand. site.yml restores it; to keep it, add it to the description."),
    "described": (DRIFT, "The description was changed and is not applied yet: site.yml --check --diff, then site.yml."),
    "differs": (DRIFT, "Differs from the description; its last state is not known. See site.yml --check --diff."),
    "line": (DRIFT, "The include line was removed (VICIdial's installer does that) or moved. Run site.yml."),
    "not loaded": (DRIFT, "The running program differs from files or rows. site.yml loads and checks them."),
    "generated": (DRIFT, "VICIdial's conf files differ from its rows. site.yml has it write them again (a minute)."),
    "stopped": (DRIFT, "Asterisk does not run there. Start it; it reads the files when it starts."),
    "no dialer": (
        DRIFT,
        "The inventory has no such host. A dialer taken out: set it inactive in VICIdial; then site.yml with "
        "dialer_prune removes its rows. One of another inventory: add it to this one, outside of the group dialers.",
    ),
    "left over": (NOTE, "No longer described, and kept because dialer_prune is off. With it, site.yml removes it."),
    "state": (NOTE, "As described, but the carrier does not answer. Run verify.yml for the reason."),
    "failover": (NOTE, "Fix the reason given. Until then, site.yml leaves this dialer's routes one attempt per call."),
    "remark": (NOTE, "Nothing has to be done for this collection."),
    "unreachable": (UNKNOWN, "Its files and its Asterisk are not known. Make it reachable, and run this again."),
    "failed": (UNKNOWN, "It could not be compared, for the reason given. Fix that, and run this again."),
}


WHERE = {"route": "dialplan"}  # the column "where" for a finding's kind, if it differs from the kind
REPAIR = "repair-ready.conf"  # only where the script of the repair works
FIREWALL = ("nftables.conf", "firewalld.rules")
IN_VICIDIAL = {"active": "active in VICIdial", "inactive": "inactive in VICIdial", "absent": "no server of VICIdial"}
HOW = {"edited": "was edited", "missing": "was deleted", "added": "was not written by this collection"}


@dataclass
class Line:
    """One difference. ``dialer`` is an inventory name, or ``database`` for what belongs to no dialer."""

    dialer: str
    where: str
    kind: str
    what: str
    detail: list[str] = field(default_factory=list)  # of a diff: - what is there, + what is described
    cause: str = ""  # the operator's file without whose line nothing of this can be loaded

    @property
    def level(self) -> str:
        return KINDS[self.kind][0]


@dataclass
class Report:
    """The lines, and the dialers that were compared (``compared``) and that were not (``unreachable``)."""

    lines: list[Line]
    compared: list[str]
    unreachable: list[str]

    def count(self, level: str) -> int:
        return sum(line.level == level for line in self.lines)

    @property
    def shown(self) -> list[Line]:
        """Return the lines as people read them: those that follow from a lost include line are told with that line."""
        follow = Counter((line.dialer, line.cause) for line in self.lines if line.cause)
        return [
            replace(line, what=f"{line.what}{_following(follow[line.dialer, line.what.split()[0]])}")
            if line.kind == "line"
            else line
            for line in self.lines
            if not line.cause
        ]

    @property
    def summary(self) -> str:
        """Return the report as one sentence, without a full stop."""
        follow = sum(bool(line.cause) for line in self.lines)
        number, unknown = self.count(DRIFT) - follow, self.count(UNKNOWN)
        dialers = {line.dialer for line in self.lines if line.level == DRIFT}
        text = f"{number} difference{'' if number == 1 else 's'}" if number else "No difference"
        text += f" on {', '.join(sorted(dialers))}" if number and len(dialers) <= 5 else ""
        text += f" on {len(dialers)} dialers" if len(dialers) > 5 else ""
        text += f", and {follow} more as a consequence" if follow else ""
        text += f"; {len(self.compared)} of {len(self.compared) + len(self.unreachable)} dialers were compared"
        if self.unreachable:
            text += f", unreachable: {', '.join(self.unreachable)}"
        return text + (f"; {unknown} not known" if unknown else "")


def _following(number: int) -> str:
    """Return what follows from a lost include line, in words; empty for nothing."""
    return f"; nothing that it includes is loaded: {number} more, as a consequence" if number else ""


def compare(dialers: Mapping[str, Mapping[str, Any]], rows: Mapping[str, Any]) -> Report:
    """Return the report. ``dialers`` maps each to ``server_ip`` and the results ``read`` (dialer_info), ``kept``
    (asterisk_generation_info), ``files`` (asterisk_generation), ``firewalld`` (firewalld_rules) and ``peers``
    (sip_peers_verify), each empty if there is none; ``rows`` is the result of vicidial_carriers, skipped if no dialer
    is in vicidial mode."""
    lines: list[Line] = []
    unreachable = []
    for name, seen in dialers.items():
        if "dialer" not in seen["read"]:
            unreachable.append(name)
            kind = "unreachable" if seen["read"].get("unreachable") else "failed"
            lines.append(Line(name, "dialer", kind, _message(seen["read"])))
            continue
        lines += _dialer(name, seen, "carriers" in rows or bool(rows.get("skipped")))
    lines += _database(dialers, rows)
    order = list(dialers)
    lines.sort(key=lambda line: order.index(line.dialer) if line.dialer in order else -1)
    # Names and texts of rows, peers and files may contain anything.
    lines = [replace(line, what=safe(line.what), detail=[safe(text) for text in line.detail]) for line in lines]
    return Report(lines, [name for name in dialers if name not in unreachable], unreachable)


def _message(result: Mapping[str, Any]) -> str:
    """Return the message of a failed result on one line."""
    return " ".join(str(result.get("msg") or "no reason was given").split())


def _dialer(name: str, seen: Mapping[str, Any], with_rows: bool) -> list[Line]:
    """Return the lines about a dialer's files and running programs. ``with_rows``: whether the database was read, which
    has what some files depend on."""
    asterisk = seen["read"]["dialer"]["asterisk"]
    if not asterisk["running"]:
        return [Line(name, "asterisk", "stopped", asterisk["reason"])]
    lines, files = [], seen["files"]
    for key, result in (("generations", seen["kept"]), ("files", files), ("trunks", seen["peers"])):
        if key not in result:
            lines.append(Line(name, "dialer", "failed", _message(result)))
    generation = next((one for one in seen["kept"].get("generations", []) if one["linked"]), None)
    damaged = {one["path"]: one["how"] for one in generation["damaged"]} if generation else {}
    differs = [path for path in files.get("files", []) if not path.startswith("rows/")]
    if generation is None and differs:
        what = f"no generation is in force; {len(differs)} files are described"
        lines.append(Line(name, "generation", "described", what))
        differs = []
    diffs = {entry.get("file"): entry for entry in files.get("diff") or []}
    with_rows = with_rows or bool(generation and generation.get("mode") == "asterisk")
    for path in sorted({*differs, *damaged}):
        if path == REPAIR and files.get("unready") and path not in damaged:
            what = f"calls that fail over would not reach their agents: {files['unready']}"
            lines.append(Line(name, "dialplan", "failover", what))
            continue
        if path in FIREWALL and not with_rows and path not in damaged:
            what = f"{path} cannot be compared: it lists VICIdial's servers, which are in the database"
            lines.append(Line(name, "file", "failed", what))
            continue
        what = f"{path} {HOW[damaged[path]]}" if path in damaged else f"{path} differs from the description"
        lines.append(Line(name, "file", "edited" if path in damaged else "described", what, _detail(diffs.get(path))))
    for path in files.get("lines", []):
        lines.append(Line(name, "include line", "line", f"{path} does not have this collection's line in its place"))
    lines += [Line(name, "file", "left over", path) for path in files.get("left_over", [])]
    unproven = files.get("unproven", [])
    if generation is not None:
        lines += [
            Line(name, WHERE.get(kind, kind), "not loaded", one["text"], [], _cause(one, seen, generation))
            for one, kind in ((one, one["kind"]) for one in unproven)
        ]
    lines += _firewalld(name, seen.get("firewalld") or {})
    for trunk in seen["peers"].get("trunks", []):
        if trunk["ok"]:
            continue
        reason = f"{trunk['name']}: {trunk['detail']}" + (f"; {trunk['reason']}" if trunk["reason"] else "")
        if trunk["found"] and not trunk.get("elsewhere"):
            lines.append(Line(name, "peer", "state", reason))
        elif ("peer", trunk["name"]) not in {(one["kind"], one["name"]) for one in unproven}:
            lines.append(Line(name, "peer", "not loaded", reason))
    return lines


def _cause(finding: Mapping[str, str], seen: Mapping[str, Any], generation: Mapping[str, Any]) -> str:
    """Return the operator's file whose lost include line explains the finding; empty if something else does.

    Without that line, Asterisk has loaded nothing of what it includes. If some of it is loaded, the line was lost after
    the last reload, or there is another reason.
    """
    if finding["kind"] in ("generation", "dialplan"):
        path = "extensions.conf" if seen["kept"].get("running", 0) is None else ""
    elif finding["kind"] == "peer":
        missing = {trunk["name"] for trunk in seen["peers"].get("trunks", []) if not trunk["found"]}
        peers = {peer: trunk["technology"] for trunk in generation.get("trunks") or [] for peer in trunk["peers"]}
        technology = TECHNOLOGIES.get(peers.get(finding["name"], ""))
        path = technology.conf if technology and finding["name"] in missing else ""
    else:
        path = "rtp.conf" if finding["kind"] == "rtp" else ""
    target = f"/etc/asterisk/{path}"
    return target if target in seen["files"].get("lines", []) else ""


def _firewalld(name: str, result: Mapping[str, Any]) -> list[Line]:
    """Return the lines about firewalld's rules, compared with the generation in force; none if firewalld does not
    run."""
    if not result or result.get("skipped"):
        return []
    if "add" not in result:
        return [Line(name, "firewall", "failed", _message(result))]
    found = []
    for key, what, sign in (("add", "lacks rules", "+"), ("remove", "has managed rules that are not wanted", "-")):
        for zone in dict.fromkeys(change["zone"] for change in result[key]):
            rules = [f"{sign} {change['rule']}" for change in result[key] if change["zone"] == zone]
            found.append(Line(name, "firewall", "not loaded", f"firewalld's zone {zone} {what}", rules))
    return found


def _database(dialers: Mapping[str, Mapping[str, Any]], rows: Mapping[str, Any]) -> list[Line]:
    """Return the lines about rows and campaigns."""
    if "carriers" not in rows and not rows.get("skipped"):
        return [Line("database", "database", "failed", _message(rows))]
    by_address = {seen["server_ip"]: name for name, seen in dialers.items()}
    diffs = {(entry.get("carrier_id"), entry.get("campaign_id")): entry for entry in rows.get("diff") or []}
    lines = []
    unlisted = {server["server_ip"]: server for server in rows.get("unlisted") or []}
    for row in rows.get("carriers", []):
        if row["action"] == "unchanged" or row["server_ip"] in unlisted:
            continue
        dialer = by_address.get(row["server_ip"], "database")
        files = [seen["files"].get("files") for name, seen in dialers.items() if dialer in (name, "database")]
        kind = _row_kind(row, files)
        what = f"{row['kind']} {row['name']} (row {row['carrier_id']}): {_row_change(row)}"
        detail = _detail(diffs.get((row["carrier_id"], None)))
        lines.append(Line(dialer, "database", kind, what, [] if kind == "left over" else detail))
    for campaign in rows.get("campaigns", []):
        what = f"campaign {campaign['campaign_id']}: {', '.join(campaign['fields'])} differs from its route"
        detail = _detail(diffs.get((None, campaign["campaign_id"])))
        lines.append(Line("database", "campaign", "differs", what, detail))
    told = set()
    for server_ip, server in unlisted.items():
        told.add(safe(server["text"]))
        count, how = len(server["carriers"]), IN_VICIDIAL[server["vicidial"]]
        what = f"{server_ip}, {how}, has {count} managed row{'' if count == 1 else 's'}"
        lines.append(Line("database", "database", "no dialer", what, server["carriers"]))
    for server in rows.get("rebuilt") or []:
        told.add(safe(server["text"]))
        dialer = by_address.get(server["server_ip"], "database")
        lines += [Line(dialer, "conf files", "generated", sentence) for sentence in server["why"]]
    remarks = [warning for warning in rows.get("warnings") or [] if safe(warning) not in told]
    return lines + [Line("database", "database", "remark", warning) for warning in remarks]


def _row_kind(row: Mapping[str, Any], files: list[list[str] | None]) -> str:
    """Return the kind of a changed row: edited if its description equals that in the generation in force."""
    if row["action"] == "left":
        return "left over"
    known = [paths for paths in files if paths is not None]
    if not known:
        return "differs"
    path = f"rows/{row['kind']}-{row['name']}.json"
    return "described" if any(path in paths for paths in known) else "edited"


def _row_change(row: Mapping[str, Any]) -> str:
    fields = ", ".join(row["fields"])
    moved = row.get("moved")
    if moved:
        return f"was moved: its mark names {moved['marked']}, and it stands on {moved['stands']}"
    if row["action"] == "changed" and row["fields"] == ["active"]:
        return "is inactive, and described as enabled"
    return {
        "added": "is missing",
        "changed": f"differs in {fields}",
        "deactivated": "is active, and described as disabled",
        "removed": "exists, and is not described",
        "left": "is not described",
        "returned": "was adopted, and is not described: a run returns it to its former owner",
    }[row["action"]]


def _detail(entry: Mapping[str, Any] | None) -> list[str]:
    """Return the differing lines of a diff; the modules have hidden its secrets."""
    if not entry or "before" not in entry:
        return []
    before, after = (revision.unstamp(entry[side]).splitlines() for side in ("before", "after"))
    found = list(difflib.unified_diff(before, after, n=0, lineterm=""))[2:]
    return [line[0] + " " + line[1:].strip() for line in found if not line.startswith("@@")]


def as_table(report: Report) -> str:
    """Return the report for people: a line for each difference, and at the end what each kind means."""
    heads = ("dialer", "where", "kind", "what")
    lines = report.shown
    cells = [(line.dialer, line.where, line.kind, line.what) for line in lines]
    head, *rows = columns(heads, cells)
    indent = " " * head.rindex(heads[-1])
    shown = [head] if cells else []
    for line, row in zip(lines, rows):
        shown.append(row)
        shown += [indent + detail for detail in line.detail[:12]]
        if len(line.detail) > 12:
            shown.append(indent + f"… and {len(line.detail) - 12} more lines")
    kinds = [kind for kind in KINDS if any(line.kind == kind for line in lines)]
    if kinds:
        width = max(map(len, kinds))
        shown += ["", "What it means, and what to do:"]
        shown += [f"  {kind.ljust(width)}  {KINDS[kind][1]}" for kind in kinds]
    return "\n".join([report.summary + ".", "", *shown]).rstrip() + "\n"


def as_data(report: Report) -> dict[str, Any]:
    """Return the report for programs."""
    return {
        "drift": report.count(DRIFT),
        "unknown": report.count(UNKNOWN),
        "notes": report.count(NOTE),
        "summary": report.summary,
        "compared": report.compared,
        "unreachable": report.unreachable,
        "lines": [{**asdict(line), "level": line.level, "do": KINDS[line.kind][1]} for line in report.lines],
    }


def as_markdown(report: Report) -> str:
    """Return the report for a comment on a pull request."""
    lines = report.shown
    shown = ["### Carrier trunks: drift", "", report.summary + "."]
    if lines:
        shown += ["", "| dialer | where | kind | what |", "|---|---|---|---|"]
        shown += [
            "| " + " | ".join(_cell(text) for text in (line.dialer, line.where, line.kind, line.what)) + " |"
            for line in lines
        ]
        details = [line for line in lines if line.detail]
        if details:
            shown += ["", "<details><summary>What differs (- is there, + is described)</summary>", ""]
            for line in details:
                shown += [f"{line.dialer}: {line.what}", "", "```diff", *line.detail, "```", ""]
            shown.append("</details>")
        kinds = [kind for kind in KINDS if any(line.kind == kind for line in lines)]
        shown += ["", *(f"- **{kind}**: {KINDS[kind][1]}" for kind in kinds)]
    return "\n".join(shown) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
