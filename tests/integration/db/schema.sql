-- Columns, lengths and engine as VICIdial 2.14 has them; of wide tables only the columns that matter here.
CREATE TABLE vicidial_server_carriers (
  carrier_id VARCHAR(15) NOT NULL,
  carrier_name VARCHAR(50) NOT NULL,
  registration_string VARCHAR(255),
  template_id VARCHAR(15) NOT NULL,
  account_entry TEXT,
  protocol ENUM('SIP','PJSIP','PJSIP_WIZ','Zap','IAX2','EXTERNAL') DEFAULT 'SIP',
  globals_string VARCHAR(255),
  dialplan_entry TEXT,
  server_ip VARCHAR(15) NOT NULL,
  active ENUM('Y','N') DEFAULT 'Y',
  carrier_description VARCHAR(255),
  user_group VARCHAR(20) DEFAULT '---ALL---',
  UNIQUE INDEX (carrier_id),
  INDEX (server_ip)
) ENGINE=MyISAM;

CREATE TABLE servers (
  server_id VARCHAR(10) NOT NULL,
  server_description VARCHAR(255),
  server_ip VARCHAR(15) NOT NULL,
  active ENUM('Y','N'),
  asterisk_version VARCHAR(20) DEFAULT '1.4.21.2',
  max_vicidial_trunks SMALLINT(4) DEFAULT '23',
  active_asterisk_server ENUM('Y','N') DEFAULT 'Y',
  generate_vicidial_conf ENUM('Y','N') DEFAULT 'Y',
  rebuild_conf_files ENUM('Y','N') DEFAULT 'Y',
  user_group VARCHAR(20) DEFAULT '---ALL---'
) ENGINE=MyISAM;

CREATE TABLE phones (
  extension VARCHAR(100),
  dialplan_number VARCHAR(20),
  server_ip VARCHAR(15),
  login VARCHAR(15),
  active ENUM('Y','N'),
  protocol ENUM('SIP','PJSIP','Zap','IAX2','EXTERNAL') DEFAULT 'SIP',
  template_id VARCHAR(15) NOT NULL,
  INDEX (server_ip),
  UNIQUE INDEX extenserver (extension, server_ip)
) ENGINE=MyISAM;

CREATE TABLE vicidial_conf_templates (
  template_id VARCHAR(15) NOT NULL,
  template_name VARCHAR(50) NOT NULL,
  template_contents TEXT,
  user_group VARCHAR(20) DEFAULT '---ALL---',
  UNIQUE INDEX (template_id)
) ENGINE=MyISAM;

CREATE TABLE vicidial_campaigns (
  campaign_id VARCHAR(8) PRIMARY KEY NOT NULL,
  campaign_name VARCHAR(40),
  active ENUM('Y','N'),
  dial_timeout TINYINT UNSIGNED DEFAULT '60',
  dial_prefix VARCHAR(20) DEFAULT '9',
  manual_dial_prefix VARCHAR(20) DEFAULT '',
  three_way_dial_prefix VARCHAR(20) DEFAULT ''
) ENGINE=MyISAM;

CREATE TABLE vicidial_admin_log (
  admin_log_id INT(9) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  event_date DATETIME NOT NULL,
  user VARCHAR(20) NOT NULL,
  ip_address VARCHAR(15) NOT NULL,
  event_section VARCHAR(30) NOT NULL,
  event_type ENUM('ADD','COPY','LOAD','RESET','MODIFY','DELETE','SEARCH','LOGIN','LOGOUT','CLEAR','OVERRIDE','EXPORT','OTHER') DEFAULT 'OTHER',
  record_id VARCHAR(50) NOT NULL,
  event_code VARCHAR(255) NOT NULL,
  event_sql MEDIUMTEXT,
  event_notes MEDIUMTEXT,
  user_group VARCHAR(20) DEFAULT '---ALL---',
  INDEX (user),
  INDEX (event_section),
  INDEX (record_id)
) ENGINE=MyISAM;
