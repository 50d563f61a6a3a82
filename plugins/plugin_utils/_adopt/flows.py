# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the extensions of an existing carrier do with a call, as far as a route can do the same. Pure.

The steps are followed as Asterisk runs them: labels and jumps inside an extension, and after each Dial once for every
way in which it can fail. What leads out of the extension, or does work that a route does not, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ansible_collections.dialer.trunks.plugins.module_utils._asterisk import patterns
from ansible_collections.dialer.trunks.plugins.module_utils._common.masking import mask
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt import conditions, numbers, steps, variables
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.parse import (
    Extension, Step, Unreadable, extensions, split_arguments)
from ansible_collections.dialer.trunks.plugins.plugin_utils._adopt.peers import Refused

# The trunk of a technology, a peer's name and, unless empty, the address that calls go to.
TrunkOf = Callable[[str, str, str], "str | None"]

MOST_EXTENSIONS = 100  # of an entry: the patterns of a description are compared each with each
MOST_STEPS = 100  # of an extension: after each Dial they are followed once for each of its results
_DIALLED = re.compile(r"_[0-9XZNxzn*#+.!\[\]-]+|[0-9*#+]+")  # an extension that digits reach
_SPECIAL_TOO = re.compile(r"_[.!].*")  # h, i, s and t as well


@dataclass(frozen=True)
class Attempt:
    """One Dial: its trunk and number, options, forced caller id, and the seconds after which Dial gives up (0: none of
    its own)."""

    trunk: str
    number: numbers.Number
    options: str
    caller: str
    ring_timeout: int = 0


@dataclass
class Flow:
    """What one extension does with a call: the steps before the first attempt, and the attempts in their order.

    ``notes`` say what a route does otherwise, to be read behind the name of the extension. ``used`` names the global
    variables that were read.
    """

    extension: str
    attempts: list[Attempt] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def same_as(self, other: Flow) -> bool:
        """Whether both do the same with a number that both match."""
        return (self.attempts, self.before) == (other.attempts, other.before)


def read(text: str, trunk_of: TrunkOf, known: Mapping[str, str]) -> list[Flow]:
    """Return what each extension of a dialplan entry does. ``known``: the global variables. Raises Refused."""
    try:
        found = extensions(text)
    except Unreadable as reason:
        raise Refused(str(reason)) from None
    if not found:
        raise Refused("it holds no extension")
    if len(found) > MOST_EXTENSIONS:
        raise Refused("it holds {count} extensions, and no more than {most} are made into routes",
                      count=len(found), most=MOST_EXTENSIONS)
    ending = [extension for extension in found if extension.pattern == "h"]
    notes = [note for extension in ending for note in _hangup_notes(extension)]
    dialled = [extension for extension in found if extension.pattern != "h"]
    made = _without_covered([_Walk(extension, trunk_of, known, dialled).flow() for extension in dialled])
    if not made:
        raise Refused("it holds no extension that a call dials")
    made[0].notes[:0] = notes
    return made


def _hangup_notes(extension: Extension) -> list[str]:
    """Return what to say of an extension h: Asterisk keeps VICIdial's own, which has one priority, before it."""
    for step in extension.steps[1:]:
        if not (steps.is_talk(step) or step.application.lower() in steps.ENDS or steps.call_log(step)):
            raise Refused("its extension h runs {application} at the end of calls, which a route does not",
                          application=step.application)
    return ["the entry's extension h never ran, since VICIdial's own h is before it; it is left out"]


def _without_covered(found: list[Flow]) -> list[Flow]:
    """Return the flows without those whose numbers a wider one matches and treats alike."""
    kept = list(found)
    for narrow in found:
        for wide in kept:
            if wide is not narrow and wide.same_as(narrow) and numbers.covers(wide.extension, narrow.extension):
                wide.notes += [note for note in narrow.notes if note not in wide.notes]
                wide.notes.append(f"does the same with the numbers of {narrow.extension}, which is left out")
                kept = [flow for flow in kept if flow is not narrow]
                break
    return kept


class _Walk:
    """Follows the steps of one extension. ``beside``: all extensions of the entry."""

    def __init__(self, extension: Extension, trunk_of: TrunkOf, known: Mapping[str, str], beside: list[Extension]):
        self._name = extension.pattern
        self._steps = extension.steps
        self._trunk_of = trunk_of
        self._variables = variables.Variables(self._name, known)
        self._beside = [other for other in beside if other.pattern != self._name]
        self._reached: set[int] = set()
        self._followed: dict[tuple[int, str, str], set[tuple[int | None, str]]] = {}
        self._flow = Flow(self._name, notes=list(extension.notes))

    def flow(self) -> Flow:
        """Return what the extension does. Raises Refused."""
        if not _DIALLED.fullmatch(self._name):
            raise Refused("its extension {extension} is not a number that a campaign could dial", extension=self._name)
        if _SPECIAL_TOO.fullmatch(self._name):
            raise Refused("its extension {extension} answers the special extensions h, i, s and t too, which a route "
                          "must not", extension=self._name)
        if len(self._steps) > MOST_STEPS:
            raise Refused("{extension} has {count} steps, and no more than {most} are followed",
                          extension=self._name, count=len(self._steps), most=MOST_STEPS)
        first, caller = self._before()
        self._attempts(first, caller)
        dead = [step for index, step in enumerate(self._steps) if index not in self._reached
                and not (steps.is_talk(step) or steps.call_log(step) or step.application.lower() in steps.ENDS)]
        if dead:
            what = ", ".join(dict.fromkeys(f"{step.priority} {step.application}".strip() for step in dead))
            self._flow.notes.append(f"the steps {what} are never reached; they are left out")
        self._flow.used = self._variables.used
        return self._flow

    def _before(self) -> tuple[int, str]:
        """Follow the steps up to the first Dial. Return its index and the caller id that it is forced to have."""
        at, logged, silent, caller = 0, False, False, None
        while True:
            step = self._step(at)
            if step is None:
                raise Refused("{extension} dials nothing", extension=self._name)
            name = step.application.lower()
            if name == "dial":
                break
            word = re.match(r"\w*", step.application)
            if word and word[0] != step.application:
                raise Refused("{extension} has a step without parentheses around its arguments, of which Asterisk "
                              "knows no application: write {application}(…) and run adopt again",
                              extension=self._name, application=word[0])
            if name in steps.ENDS or name in steps.JUMPS or steps.leads_away(step):
                raise Refused("{extension} runs {application} before it dials",
                              extension=self._name, application=step.application)
            log = steps.call_log(step)
            if log:
                self._log_note(step, log)
                logged = True
            elif steps.is_talk(step):
                silent = True
            elif name == "goto":
                at = self._target(step.arguments, at, "before it dials")
                continue
            elif steps.forced_caller(step):
                caller = step
            else:
                if caller is not None:  # the step may read or change the caller id: both keep their order
                    self._keep(caller)
                    caller = None
                self._keep(step)
            at += 1
        if not logged:
            self._flow.notes.append("calls were not logged, without call_log; a route's are")
        if silent:
            self._flow.notes.append("the messages (NoOp, Verbose, Log) are left out")
        return at, steps.forced_caller(caller) if caller else ""

    def _keep(self, step: Step) -> None:
        """Add a step to those that run before the first attempt."""
        self._variables.ran(step)
        self._flow.before.append(steps.text(step))
        if steps.sees_its_place(step):
            self._flow.notes.append(
                f"{mask(steps.text(step))} finds the number without the dial prefix as its extension, and the context "
                "of the route"
            )

    def _log_note(self, step: Step, log: re.Match[str]) -> None:
        if not log.group("server") or log.group("more"):
            self._flow.notes.append(f"{mask(steps.text(step))} is replaced by VICIdial's call_log")

    def _attempts(self, first: int, caller: str) -> None:
        """Follow the steps from the first Dial on, through every failure of a trunk."""
        at: int | None = first
        while at is not None:
            dial = self._steps[at]
            self._flow.attempts.append(self._attempt(dial, caller))
            at, caller = self._next(at, caller)
        trunks = [attempt.trunk for attempt in self._flow.attempts]
        for trunk in sorted(set(trunks)):
            several = [attempt for attempt in self._flow.attempts if attempt.trunk == trunk]
            if any(attempt != several[0] for attempt in several):
                raise Refused("{extension} dials trunk {trunk} twice and in different ways, and a route tries each "
                              "trunk once", extension=self._name, trunk=trunk)
            if len(several) > 1:
                self._flow.notes.append(f"trunk {trunk} was dialled twice; a route tries each once")

    def _next(self, at: int, caller: str) -> tuple[int | None, str]:
        """Return the Dial that follows when the trunk of this one has failed, and its caller id; None without one."""
        letters = re.sub(r"\([^()]*\)", "", self._flow.attempts[-1].options)
        if "g" in letters and any(index is not None for index, _id in self._after(at + 1, "ANSWER", caller)):
            raise Refused("{extension} dials again after an answered call", extension=self._name)
        by_status = {status: self._after(at + 1, status, caller) for status in conditions.STATUSES}
        ends = {status: found for status, found in by_status.items() if any(index is not None for index, _id in found)}
        if not ends:
            return None, caller
        dials = {pair for found in ends.values() for pair in found if pair[0] is not None}
        if len(dials) > 1:
            raise Refused("{extension} goes on to different trunks, by what became of the call; a route has one order",
                          extension=self._name)
        if not set(ends) & set(conditions.OF_THE_TRUNK):
            raise Refused("{extension} dials again after {statuses} only, and a route goes on when the trunk has "
                          "failed", extension=self._name, statuses=" and ".join(ends))
        certain = all(len(found) == 1 for found in by_status.values())
        when = f"after {', '.join(ends)}" if certain else "by conditions of its own"
        [(index, forced)] = dials
        self._flow.notes.append(
            f"went on to the next trunk {when}; a route does when the trunk has failed, not when the number is busy or "
            "does not answer (docs/routing.md)"
        )
        return index, forced

    def _after(self, at: int, status: str, caller: str) -> set[tuple[int | None, str]]:
        """Return where a call gets from this step when the Dial before has ended with this status: (index of the next
        Dial or None, its caller id). Several where a condition cannot be decided here."""
        key = (at, status, caller)
        if key not in self._followed:
            self._followed[key] = self._follow(*key)
        return self._followed[key]

    def _follow(self, at: int, status: str, caller: str) -> set[tuple[int | None, str]]:
        """Find that out, step by step."""
        while True:
            step = self._step(at)
            if step is None:
                self._falls_through()
                return {(None, caller)}
            name = step.application.lower()
            forced = steps.forced_caller(step)
            if name == "dial":
                return {(at, caller)}
            if name in steps.ENDS:
                return {(None, caller)}
            if name == "goto":
                at = self._target(step.arguments, at, "after it has dialled")
                continue
            if name in ("gotoif", "execif"):
                return self._conditional(step, at, status, caller)
            if forced:
                caller = forced
            elif not (steps.is_talk(step) or steps.call_log(step)):
                raise Refused("{extension} runs {application} after it has dialled",
                              extension=self._name, application=step.application)
            at += 1

    def _conditional(self, step: Step, at: int, status: str, caller: str) -> set[tuple[int | None, str]]:
        """The same for a GotoIf or ExecIf at this index."""
        condition, then, otherwise = conditions.parts(step.arguments)
        decided = conditions.decide(condition, status)
        if decided is None and not conditions.about_result(condition):
            raise Refused("{extension} runs {application} on something else than the result of Dial after it has "
                          "dialled", extension=self._name, application=step.application)
        found: set[tuple[int | None, str]] = set()
        if step.application.lower() == "execif":
            for part in (then, otherwise):
                application = part.partition("(")[0].strip()
                if application.lower() not in ("", "noop", "verbose", *steps.ENDS):
                    raise Refused("{extension} runs {application} by ExecIf after it has dialled",
                                  extension=self._name, application=application)
        for wanted, part in ((True, then), (False, otherwise)):
            if step.application.lower() == "gotoif" and part:
                target = self._target(part, at, "after it has dialled")  # also of a way that this status does not take
                if decided in (wanted, None):
                    found |= self._after(target, status, caller)
            elif decided in (wanted, None):
                ended = part.partition("(")[0].strip().lower() in steps.ENDS
                found |= {(None, caller)} if ended else self._after(at + 1, status, caller)
        return found

    def _step(self, at: int) -> Step | None:
        """Return the step at this index, and note that it is reached; None behind the last one."""
        if at >= len(self._steps):
            return None
        self._reached.add(at)
        return self._steps[at]

    def _target(self, where: str, at: int, when: str) -> int:
        """Return the index that a Goto at index ``at`` leads to. Raises Refused where it leads out of the extension,
        or back."""
        context, extension, place = (["", "", *split_arguments(where)])[-3:]
        if extension not in ("", "${EXTEN}", self._name) or context not in ("", "${CONTEXT}", "default"):
            target = context if context not in ("", "${CONTEXT}", "default") else extension
            raise Refused("{extension} goes to {target} {when}, which a route does not",
                          extension=self._name, target=target, when=when)
        priorities = {step.priority: index for index, step in enumerate(self._steps)}
        labels = {step.label: index for index, step in enumerate(self._steps) if step.label}
        if re.fullmatch(r"[+-][0-9]{1,4}", place):
            place = str(int(self._steps[at].priority) + int(place))
        index = priorities.get(place, labels.get(place))
        if index is None:
            raise Refused("{extension} goes to {place} {when}, and has no such step",
                          extension=self._name, place=place or "nothing", when=when)
        if index <= at:
            raise Refused("{extension} goes back to step {place} {when}, and a route tries each trunk once",
                          extension=self._name, place=place, when=when)
        return index

    def _falls_through(self) -> None:
        """Refuse an extension behind whose last step Asterisk goes on with a later step of another that matches."""
        last = int(self._steps[-1].priority)
        for other in self._beside:
            if patterns.meet(self._name, other.pattern) and int(other.steps[-1].priority) > last:
                raise Refused("{extension} does not end with Hangup: Asterisk goes on with step {step} of {other}, "
                              "which matches the same numbers; end it with Hangup and run adopt again",
                              extension=self._name, step=last + 1, other=other.pattern)

    def _attempt(self, step: Step, caller: str) -> Attempt:
        """Return the attempt that a Dial makes. Raises Refused."""
        name = self._name
        arguments = split_arguments(step.arguments.replace("|", "\0"))
        if "\0" in arguments[0]:
            raise Refused("{extension} separates the arguments of Dial by |, which Asterisk since 1.6 takes for a part "
                          "of the number: write commas and run adopt again", extension=name)
        channel, timeout, options, url = [*(part.replace("\0", "|") for part in arguments), "", "", ""][:4]
        if url:
            raise Refused("{extension} gives Dial a URL, which a route does not", extension=name)
        trunk, number = self._channel(self._variables.resolved(channel))
        sent = numbers.sent(name, number)
        if sent.note:
            self._note(sent.note)
        if not timeout:
            self._note("manual calls rang without a limit; a route's ring as long as the campaign says")
        timeout = self._variables.resolved(timeout) if timeout != "${CAMPDTO}" else ""
        if not re.fullmatch(r"[0-9]{0,5}", timeout):
            raise Refused("{extension} waits {timeout} for an answer, which is no number of seconds",
                          extension=name, timeout=timeout)
        return Attempt(trunk, sent, options, caller, int(timeout or 0))

    def _note(self, text: str) -> None:
        if text not in self._flow.notes:
            self._flow.notes.append(text)

    def _channel(self, channel: str) -> tuple[str, str]:
        """Return (trunk, text of the number) that a dial string names. Raises Refused."""
        name = self._name
        address = Refused("{extension} dials an address or a login of its own, which no peer has", extension=name)
        if "&" in channel:
            raise Refused("{extension} rings several channels at once", extension=name)
        technology, _slash, rest = channel.partition("/")
        at, number, host = "", "", ""
        plain = re.sub(r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}", lambda match: "_" * len(match[0]), rest)
        if "@" in plain and "/" not in plain and technology.upper() != "IAX2":
            at, number = rest[plain.rindex("@") + 1 :], rest[: plain.rindex("@")]
        elif "@" not in plain:
            at, _slash, number = rest.partition("/")
            if number and technology.upper() == "PJSIP":
                raise Refused("{extension} dials PJSIP with something that is no SIP address behind the peer, so its "
                              "calls fail: write PJSIP/number@peer and run adopt again", extension=name)
        else:
            uri = re.fullmatch(r"([^/@]+)/sip:([^@/]+)@([^/@]+)", rest)
            if uri is None and "@" not in plain.partition("/")[0]:
                raise Refused("{extension} puts a context or a host behind the number, and a trunk can put digits "
                              "before it only", extension=name)
            if uri is None or technology.upper() != "PJSIP":
                raise address
            at, number, host = uri.groups()
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", technology):  # user:secret@host, without a technology before it
            raise address
        trunk = self._trunk_of(technology.upper(), at, "")
        if trunk is not None and self._trunk_of(technology.upper(), at, host) is None:
            raise Refused("{extension} dials {peer} at another address than that of its contact",
                          extension=name, peer=at)
        if trunk is None:
            shown = at if re.fullmatch(r"[A-Za-z0-9_.-]+", at) else "something"
            raise Refused("{extension} dials {technology}/{peer}, which is none of the trunks that could be adopted",
                          extension=name, technology=technology.upper(), peer=shown)
        return trunk, number
