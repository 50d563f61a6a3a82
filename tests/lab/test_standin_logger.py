# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The call logger of the stand-in, held to docs/vicidial.md 1.3. The tests speak FastAGI to it, as Asterisk would."""

from __future__ import annotations

import json
import time

import pytest

# Runs on the dialer. Reads a JSON list of agi_ variables, one dictionary a request; prints the commands that each got.
CLIENT = r"""
import json, socket, sys
answers = []
for request in json.load(sys.stdin):
    link = socket.create_connection(("127.0.0.1", 4577), 5)
    link.settimeout(12)
    stream = link.makefile("rw")
    stream.write("".join("agi_%s: %s\n" % pair for pair in request.items()) + "\n")
    stream.flush()
    commands = []
    for line in stream:
        commands.append(line.strip())
        stream.write("200 result=0\n")
        stream.flush()
    answers.append(commands)
    link.close()
print(json.dumps(answers))
"""


class Logger:
    """Sends requests for leads of its own."""

    def __init__(self, dialer) -> None:
        self.dialer = dialer
        self.serial = int(time.time())

    def ask(self, requests: list[dict]) -> list[list[str]]:
        """The commands that each request got."""
        self.dialer.sh(f"cat >/tmp/standin-agi.py <<'END'\n{CLIENT}\nEND")
        return json.loads(self.dialer.sh("python3 /tmp/standin-agi.py", stdin=json.dumps(requests)))

    def lead(self, letter: str = "V") -> tuple[int, str]:
        """A new lead and a call key for it."""
        lead = int(
            self.dialer.value(
                "INSERT INTO vicidial_list (status, list_id, phone_code, phone_number)"
                " VALUES ('NEW', 101, '1', '3125550000'); SELECT LAST_INSERT_ID()"
            )
        )
        return lead, f"{letter}123456789{lead:010d}"

    def end(
        self,
        key: str,
        dialstatus: str,
        cause: str,
        channel: str = "Local/93125550000@default-00000001;2",
        tech: str = "SIP 503 Service Unavailable)",
    ) -> dict:
        """The request of extension h."""
        self.serial += 1
        values = "-----".join(("PRI", "NODEBUG", cause, dialstatus, "4", "1", tech))
        return {
            "request": f"agi://127.0.0.1:4577/call_log--HVcauses--{values}",
            "channel": channel,
            "uniqueid": f"{self.serial}.77",
            "callerid": "3125550000",
            "calleridname": key,
            "extension": "h",
            "type": "Local",
            "priority": "1",
        }

    def carrier_log(self, key: str) -> list[list[str]]:
        """The call's rows."""
        return self.dialer.sql(
            "SELECT dialstatus, hangup_cause, sip_hangup_cause, sip_hangup_reason, dial_time,"
            f" answered_time, lead_id FROM vicidial_carrier_log WHERE caller_code = '{key}'"
        )


@pytest.fixture(scope="module")
def logger(dialer):
    return Logger(dialer)


@pytest.fixture(params=["0", "1", "2", "3"])
def level(request, dialer):
    """system_settings.enhanced_disconnect_logging."""
    old = dialer.value("SELECT enhanced_disconnect_logging FROM system_settings")
    dialer.sql(f"UPDATE system_settings SET enhanced_disconnect_logging = '{request.param}'")
    yield int(request.param)
    dialer.sql(f"UPDATE system_settings SET enhanced_disconnect_logging = '{old}'")


# DIALSTATUS, cause -> the lead's status with level 0, 1, 2, 3. NEW: the lead stays as it is. From VICIdial's source:
# whatever the level, an outcome has to be BUSY, CHANUNAVAIL with 1, 28 (or 18) or CONGESTION with 1, 19, 21, 34, 38 or
# 102 to be looked at, so CONGESTION with 42 never changes a lead.
OUTCOMES = {
    ("ANSWER", "16"): ("NEW", "NEW", "NEW", "NEW"),
    ("NOANSWER", "19"): ("NEW", "NEW", "NEW", "NEW"),
    ("BUSY", "17"): ("AB", "AB", "AB", "AB"),
    ("BUSY", "19"): ("AB", "AB", "ADCT", "HUC19"),
    ("BUSY", "21"): ("AB", "AB", "AB", "HUC21"),
    ("CHANUNAVAIL", "1"): ("ADC", "ADC", "ADC", "ADC"),
    ("CHANUNAVAIL", "28"): ("ADC", "ADC", "ADC", "ADC"),
    ("CHANUNAVAIL", "18"): ("NEW", "ADC", "ADCT", "HUC18"),
    ("CHANUNAVAIL", "20"): ("NEW", "NEW", "NEW", "NEW"),
    ("CHANUNAVAIL", "21"): ("NEW", "NEW", "NEW", "NEW"),
    ("CONGESTION", "1"): ("NEW", "ADC", "ADC", "ADC"),
    ("CONGESTION", "19"): ("NEW", "ADCT", "NEW", "HUC19"),
    ("CONGESTION", "21"): ("NEW", "ADCT", "ADCT", "HUC21"),
    ("CONGESTION", "34"): ("NEW", "ADCT", "ADCT", "HUC34"),
    ("CONGESTION", "38"): ("NEW", "ADCT", "ADCT", "HUC38"),
    ("CONGESTION", "102"): ("NEW", "NEW", "ADCT", "HUC102"),
    ("CONGESTION", "42"): ("NEW", "NEW", "NEW", "NEW"),
}


def test_the_last_attempt_decides_the_leads_status(dialer, logger, level):
    leads = {outcome: logger.lead() for outcome in OUTCOMES}
    logger.ask([logger.end(leads[outcome][1], *outcome) for outcome in OUTCOMES])
    listed = ", ".join(str(lead) for lead, _key in leads.values())
    status = dict(dialer.sql(f"SELECT lead_id, status FROM vicidial_list WHERE lead_id IN ({listed})"))
    got = {outcome: status[str(lead)] for outcome, (lead, _key) in leads.items()}
    assert got == {outcome: statuses[level] for outcome, statuses in OUTCOMES.items()}


def test_the_status_is_logged_for_calls_of_the_dialler(dialer, logger):
    lead, key = logger.lead()
    dialer.sql(
        "INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, lead_id, callerid, phone_code,"
        f" phone_number, call_time) VALUES ('{dialer.ip}', 'LAB', 'SENT', {lead}, '{key}', '1', '3125550000', NOW())"
    )
    logger.ask([logger.end(key, "BUSY", "17")])
    logged = dialer.sql(f"SELECT status, campaign_id, list_id FROM vicidial_log WHERE lead_id = {lead}")
    assert logged == [["AB", "LAB", "101"]]
    assert dialer.value(f"SELECT status FROM vicidial_auto_calls WHERE callerid = '{key}'") == "BUSY"
    dialer.sql(f"DELETE FROM vicidial_auto_calls WHERE callerid = '{key}'")


def test_one_row_a_call_and_the_first_one_stays(logger):
    lead, key = logger.lead()
    first = logger.end(key, "CONGESTION", "34")
    logger.ask([first, {**logger.end(key, "ANSWER", "16", tech="SIP 200 OK)"), "uniqueid": first["uniqueid"]}])
    assert logger.carrier_log(key) == [["CONGESTION", "34", "503", "Service Unavailable)", "4", "1", str(lead)]]


@pytest.mark.parametrize(
    ("letter", "dialstatus", "rows"),
    [("V", "ANSWER", 1), ("M", "ANSWER", 1), ("Y", "ANSWER", 0), ("V", "", 0), ("M", "", 0)],
)
def test_only_keys_with_v_or_m_and_a_dialstatus_are_logged(logger, letter, dialstatus, rows):
    _lead, key = logger.lead(letter)
    logger.ask([logger.end(key, dialstatus, "16")])
    assert len(logger.carrier_log(key)) == rows


def test_no_row_where_carrier_logging_is_off(dialer, logger):
    _lead, key = logger.lead()
    dialer.sql(f"UPDATE servers SET carrier_logging_active = 'N' WHERE server_ip = '{dialer.ip}'")
    try:
        logger.ask([logger.end(key, "ANSWER", "16")])
    finally:
        dialer.sql(f"UPDATE servers SET carrier_logging_active = 'Y' WHERE server_ip = '{dialer.ip}'")
    assert logger.carrier_log(key) == []


def test_the_customers_own_channel_changes_no_status_and_ends_the_call(dialer, logger):
    lead, key = logger.lead()
    dialer.sql(
        "INSERT INTO vicidial_auto_calls (server_ip, status, lead_id, callerid, call_time)"
        f" VALUES ('{dialer.ip}', 'LIVE', {lead}, '{key}', NOW())"
    )
    logger.ask([logger.end(key, "BUSY", "17", channel="SIP/somebody-00000001")])
    assert dialer.value(f"SELECT status FROM vicidial_list WHERE lead_id = {lead}") == "NEW"
    assert dialer.sql(f"SELECT 1 FROM vicidial_auto_calls WHERE callerid = '{key}'") == []


def test_the_start_writes_call_log_and_sets_campdto_on_manual_calls_only(dialer, logger):
    requests, keys = [], []
    for letter in "VM":
        lead, key = logger.lead(letter)
        keys.append(key)
        dialer.sql(
            "INSERT INTO vicidial_auto_calls (server_ip, campaign_id, status, lead_id, callerid, call_time)"
            f" SELECT '{dialer.ip}', MIN(campaign_id), 'SENT', {lead}, '{key}', NOW() FROM vicidial_campaigns"
        )
        requests.append(
            {**logger.end(key, "", ""), "request": "agi://127.0.0.1:4577/call_log", "extension": "913125550000"}
        )
    auto, manual = logger.ask(requests)
    timeout = dialer.value("SELECT dial_timeout FROM vicidial_campaigns ORDER BY campaign_id LIMIT 1")
    assert not [command for command in auto if "CAMPDTO" in command]
    assert [command for command in manual if "CAMPDTO" in command] == [f"EXEC Set _CAMPDTO={timeout}"]
    logged = dialer.sql(
        "SELECT caller_code, number_dialed FROM call_log"
        f" WHERE caller_code IN ('{keys[0]}', '{keys[1]}') ORDER BY caller_code DESC"
    )
    assert logged == [[key, "913125550000"] for key in keys]
    dialer.sql(f"DELETE FROM vicidial_auto_calls WHERE callerid IN ('{keys[0]}', '{keys[1]}')")


def test_it_keeps_up_with_many_calls(dialer, logger):
    """60 requests, as 20 calls a second make in one second."""
    _lead, key = logger.lead()
    began = time.monotonic()
    logger.ask([{**logger.end(key, "ANSWER", "16"), "uniqueid": f"{number}.66"} for number in range(60)])
    assert time.monotonic() - began < 4
    dialer.sql(f"DELETE FROM vicidial_carrier_log WHERE caller_code = '{key}'")
