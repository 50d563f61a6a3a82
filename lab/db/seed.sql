-- Copyright (c) 2026, dialer.trunks contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What the operator of the lab's call centre has in the database, whatever the number of dialers. Nothing here is ours.

INSERT INTO system_settings (version, install_date, enhanced_disconnect_logging, svn_revision, active_voicemail_server)
VALUES ('2.14b0.5', '2025-01-01', '0', 3884, '198.18.0.11');

INSERT INTO vicidial_campaigns (campaign_id, campaign_name, active, dial_status_a, lead_order, hopper_level, auto_dial_level,
  dial_timeout, dial_prefix, manual_dial_prefix, three_way_dial_prefix, campaign_cid, campaign_vdad_exten, dial_method, omit_phone_code)
VALUES ('TESTCAMP', 'The lab''s campaign', 'Y', 'NEW', 'DOWN', 100, '1', 26, '9', '9', '9', '3125550000', '8368', 'RATIO', 'N'),
       ('OLDCAMP', 'A campaign of the operator', 'N', 'NEW', 'DOWN', 1, '0', 26, '7', '7', '7', '3125550001', '8368', 'MANUAL', 'N');

INSERT INTO vicidial_lists (list_id, list_name, campaign_id, active, list_description)
VALUES (101, 'Lab leads', 'TESTCAMP', 'Y', 'Leads whose last digit tells what the carriers do');

-- Twenty leads, two for each last digit.
INSERT INTO vicidial_list (entry_date, modify_date, status, list_id, gmt_offset_now, called_since_last_reset, phone_code, phone_number,
  first_name, last_name, called_count)
SELECT NOW(), NOW(), 'NEW', 101, '-5.00', 'N', '1', CONCAT('312555', LPAD(1200 + seq, 4, '0')), 'Lead', seq, 0 FROM seq_0_to_19;

INSERT INTO vicidial_conf_templates (template_id, template_name, template_contents)
VALUES ('SIP_generic', 'SIP phone generic', 'type=friend\nhost=dynamic\ncontext=default\ntrustrpid=yes\nsendrpid=no\nqualify=yes\nqualifyfreq=600\ntransport=udp\ndirectmedia=no\ndtmfmode=rfc2833'),
       ('OLD_NAT', 'NAT settings of the old carrier', 'nat=force_rport,comedia\ndtmfmode=rfc2833');

-- The operator's own carriers: one on dialer 1, one on every dialer. Line ends as a browser's text field sends them in the second.
INSERT INTO vicidial_server_carriers (carrier_id, carrier_name, registration_string, template_id, account_entry, protocol, globals_string,
  dialplan_entry, server_ip, active, carrier_description)
VALUES ('FOREIGN1', 'The operator''s old carrier', '', 'OLD_NAT',
  '[oldcarrier]\ndisallow=all\nallow=ulaw\ntype=peer\nhost=198.18.20.20\ninsecure=port,invite\ncontext=trunkinbound\nqualify=yes',
  'SIP', 'OLDTRUNK = SIP/oldcarrier',
  'exten => _71NXXNXXXXXX,1,AGI(agi://127.0.0.1:4577/call_log)\nexten => _71NXXNXXXXXX,2,Dial(${OLDTRUNK}/${EXTEN:1},${CAMPDTO},To)\nexten => _71NXXNXXXXXX,3,Hangup()',
  '198.18.0.11', 'Y', 'Do not touch'),
  ('FOREIGNALL', 'Emergency line of the operator', '', '--NONE--',
  '[oldall]\r\ndisallow=all\r\nallow=ulaw\r\nallow=alaw\r\ntype=peer\r\nhost=198.18.10.10\r\nport=5062\r\nsecret=foreign-secret\r\nqualify=no',
  'SIP', '', 'exten => 6911,1,AGI(agi://127.0.0.1:4577/call_log)\r\nexten => 6911,2,Dial(SIP/oldall/911,,To)\r\nexten => 6911,3,Hangup()',
  '0.0.0.0', 'Y', ''),
  ('FOREIGNOFF', 'A carrier that is off', '', '--NONE--', '[oldoff]\ntype=peer\nhost=198.18.20.20\nqualify=yes', 'SIP', '', '',
  '0.0.0.0', 'N', '');
