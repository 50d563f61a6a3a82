-- Copyright (c) 2026, dialer.trunks contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The rows of one dialer. @ID@ and @IP@ are its server_id and server_ip, @ASTERISK@ is 16 or 22. INSERT IGNORE: what is there stays.

INSERT IGNORE INTO servers (server_id, server_description, server_ip, active, asterisk_version, max_vicidial_trunks, local_gmt,
  active_asterisk_server, generate_vicidial_conf, rebuild_conf_files, conf_secret, conf_engine, svn_revision)
VALUES ('@ID@', 'Lab dialer @ID@', '@IP@', 'Y', '16.28.0', 96, '-5.00', 'Y', 'Y', 'Y', 'lab-iax-secret', 'CONFBRIDGE', 3884);

INSERT IGNORE INTO server_updater (server_ip, last_update, db_time) VALUES ('@IP@', NOW(), NOW());

INSERT IGNORE INTO phones (extension, dialplan_number, voicemail_id, server_ip, login, pass, status, active, phone_type, fullname, company,
  protocol, local_gmt, outbound_cid, template_id, conf_secret, phone_context)
VALUES ('gs101', '101', '101', '@IP@', 'gs101', 'lab-phone-101', 'ACTIVE', 'Y', 'Lab phone', 'Agent 101', 'LAB', 'SIP', '-5.00', '3125550101',
  '--NONE--', 'lab-phone-101', 'default'),
  ('gs102', '102', '102', '@IP@', 'gs102', 'lab-phone-102', 'ACTIVE', 'Y', 'Lab phone', 'Agent 102', 'LAB', 'SIP', '-5.00', '3125550102',
  'SIP_generic', 'lab-phone-102', 'default'),
  ('iax103', '103', '103', '@IP@', 'iax103', 'lab-phone-103', 'ACTIVE', 'Y', 'Lab phone', 'Agent 103', 'LAB', 'IAX2', '-5.00', '3125550103',
  '--NONE--', 'lab-phone-103', 'default');

-- What its Asterisk decides. Where chan_sip is no more, the phones are PJSIP's.
UPDATE servers SET asterisk_version = IF('@ASTERISK@' = '22', '22.10.0', '16.28.0') WHERE server_ip = '@IP@';
UPDATE phones SET protocol = IF('@ASTERISK@' = '22', 'PJSIP', 'SIP'),
  template_id = IF('@ASTERISK@' = '16' AND extension = 'gs102', 'SIP_generic', '--NONE--')
WHERE server_ip = '@IP@' AND extension IN ('gs101', 'gs102');
