-- Copyright (c) 2026, dialer.trunks contributors
-- GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- The tables of a VICIdial 2.14 database that trunks, routes and calls touch: same names, types, lengths, indexes, MyISAM.
-- phones, vicidial_campaigns, vicidial_lists and system_settings have hundreds of columns there; here: those that count.

CREATE TABLE servers (
    server_id VARCHAR(10) NOT NULL, server_description VARCHAR(255), server_ip VARCHAR(15) NOT NULL,
    active ENUM('Y','N'), asterisk_version VARCHAR(20) DEFAULT '1.4.21.2',
    max_vicidial_trunks SMALLINT(4) DEFAULT '23', telnet_host VARCHAR(20) NOT NULL DEFAULT 'localhost',
    telnet_port INT(5) NOT NULL DEFAULT '5038', ASTmgrUSERNAME VARCHAR(20) NOT NULL DEFAULT 'cron',
    ASTmgrSECRET VARCHAR(20) NOT NULL DEFAULT '1234', ASTmgrUSERNAMEupdate VARCHAR(20) NOT NULL DEFAULT 'updatecron',
    ASTmgrUSERNAMElisten VARCHAR(20) NOT NULL DEFAULT 'listencron',
    ASTmgrUSERNAMEsend VARCHAR(20) NOT NULL DEFAULT 'sendcron', local_gmt VARCHAR(6) DEFAULT '-5.00',
    voicemail_dump_exten VARCHAR(20) NOT NULL DEFAULT '85026666666666',
    answer_transfer_agent VARCHAR(20) NOT NULL DEFAULT '8365', ext_context VARCHAR(20) NOT NULL DEFAULT 'default',
    sys_perf_log ENUM('Y','N') DEFAULT 'N', vd_server_logs ENUM('Y','N') DEFAULT 'Y',
    agi_output ENUM('NONE','STDERR','FILE','BOTH') DEFAULT 'FILE', vicidial_balance_active ENUM('Y','N') DEFAULT 'N',
    balance_trunks_offlimits SMALLINT(5) UNSIGNED DEFAULT '0',
    recording_web_link ENUM('SERVER_IP','ALT_IP','EXTERNAL_IP') DEFAULT 'SERVER_IP',
    alt_server_ip VARCHAR(100) DEFAULT '', active_asterisk_server ENUM('Y','N') DEFAULT 'Y',
    generate_vicidial_conf ENUM('Y','N') DEFAULT 'Y', rebuild_conf_files ENUM('Y','N') DEFAULT 'Y',
    outbound_calls_per_second SMALLINT(3) UNSIGNED DEFAULT '5', sysload INT(6) NOT NULL DEFAULT '0',
    channels_total SMALLINT(4) UNSIGNED NOT NULL DEFAULT '0',
    cpu_idle_percent SMALLINT(3) UNSIGNED NOT NULL DEFAULT '0', disk_usage VARCHAR(255) DEFAULT '1',
    sounds_update ENUM('Y','N') DEFAULT 'N', vicidial_recording_limit MEDIUMINT(8) DEFAULT '60',
    carrier_logging_active ENUM('Y','N') DEFAULT 'Y', vicidial_balance_rank TINYINT(3) UNSIGNED DEFAULT '0',
    rebuild_music_on_hold ENUM('Y','N') DEFAULT 'Y', active_agent_login_server ENUM('Y','N') DEFAULT 'Y',
    conf_secret VARCHAR(100) DEFAULT 'test', external_server_ip VARCHAR(100) DEFAULT '', custom_dialplan_entry TEXT,
    active_twin_server_ip VARCHAR(15) DEFAULT '', user_group VARCHAR(20) DEFAULT '---ALL---', audio_store_purge TEXT,
    svn_revision INT(9) DEFAULT '0', svn_info TEXT, system_uptime VARCHAR(255) DEFAULT '',
    auto_restart_asterisk ENUM('Y','N') DEFAULT 'N', asterisk_temp_no_restart ENUM('Y','N') DEFAULT 'N',
    voicemail_dump_exten_no_inst VARCHAR(20) DEFAULT '85026666666667',
    gather_asterisk_output ENUM('Y','N') DEFAULT 'N', web_socket_url VARCHAR(255) DEFAULT '',
    conf_qualify ENUM('Y','N') DEFAULT 'Y', routing_prefix VARCHAR(10) DEFAULT '13',
    external_web_socket_url VARCHAR(255) DEFAULT '', conf_engine ENUM('MEETME','CONFBRIDGE') DEFAULT 'MEETME',
    conf_update_interval SMALLINT(6) NOT NULL DEFAULT '60', ara_url TEXT
) ENGINE=MyISAM;

CREATE TABLE vicidial_server_carriers (
    carrier_id VARCHAR(15) NOT NULL, carrier_name VARCHAR(50) NOT NULL, registration_string VARCHAR(255),
    template_id VARCHAR(15) NOT NULL, account_entry TEXT,
    protocol ENUM('SIP','PJSIP','PJSIP_WIZ','Zap','IAX2','EXTERNAL') DEFAULT 'SIP', globals_string VARCHAR(255),
    dialplan_entry TEXT, server_ip VARCHAR(15) NOT NULL, active ENUM('Y','N') DEFAULT 'Y',
    carrier_description VARCHAR(255), user_group VARCHAR(20) DEFAULT '---ALL---', UNIQUE INDEX (carrier_id),
    INDEX (server_ip)
) ENGINE=MyISAM;

CREATE TABLE vicidial_conf_templates (
    template_id VARCHAR(15) NOT NULL, template_name VARCHAR(50) NOT NULL, template_contents TEXT,
    user_group VARCHAR(20) DEFAULT '---ALL---', UNIQUE INDEX (template_id)
) ENGINE=MyISAM;

CREATE TABLE vicidial_list (
    lead_id INT(9) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL, entry_date DATETIME, modify_date TIMESTAMP,
    status VARCHAR(6), user VARCHAR(20), vendor_lead_code VARCHAR(20), source_id VARCHAR(50),
    list_id BIGINT(14) UNSIGNED NOT NULL DEFAULT '0', gmt_offset_now DECIMAL(4,2) DEFAULT '0.00',
    called_since_last_reset ENUM('Y','N','Y1','Y2','Y3','Y4','Y5','Y6','Y7','Y8','Y9','Y10','D') DEFAULT 'N',
    phone_code VARCHAR(10), phone_number VARCHAR(18) NOT NULL, title VARCHAR(4), first_name VARCHAR(30),
    middle_initial VARCHAR(1), last_name VARCHAR(30), address1 VARCHAR(100), address2 VARCHAR(100),
    address3 VARCHAR(100), city VARCHAR(50), state VARCHAR(2), province VARCHAR(50), postal_code VARCHAR(10),
    country_code VARCHAR(3), gender ENUM('M','F','U') DEFAULT 'U', date_of_birth DATE, alt_phone VARCHAR(12),
    email VARCHAR(70), security_phrase VARCHAR(100), comments VARCHAR(255),
    called_count SMALLINT(5) UNSIGNED DEFAULT '0', last_local_call_time DATETIME,
    rank SMALLINT(5) NOT NULL DEFAULT '0', owner VARCHAR(20) DEFAULT '',
    entry_list_id BIGINT(14) UNSIGNED NOT NULL DEFAULT '0', INDEX (phone_number), INDEX (list_id),
    INDEX (called_since_last_reset), INDEX (status), INDEX (gmt_offset_now), INDEX (postal_code),
    INDEX (last_local_call_time), INDEX (rank), INDEX (owner)
) ENGINE=MyISAM;

CREATE TABLE vicidial_log (
    uniqueid VARCHAR(20) PRIMARY KEY NOT NULL, lead_id INT(9) UNSIGNED NOT NULL, list_id BIGINT(14) UNSIGNED,
    campaign_id VARCHAR(8), call_date DATETIME, start_epoch INT(10) UNSIGNED, end_epoch INT(10) UNSIGNED,
    length_in_sec INT(10), status VARCHAR(6), phone_code VARCHAR(10), phone_number VARCHAR(18), user VARCHAR(20),
    comments VARCHAR(255), processed ENUM('Y','N'), user_group VARCHAR(20),
    term_reason ENUM('CALLER','AGENT','QUEUETIMEOUT','ABANDON','AFTERHOURS','NONE','SYSTEM') DEFAULT 'NONE',
    alt_dial VARCHAR(6) DEFAULT 'NONE', called_count SMALLINT(5) UNSIGNED DEFAULT '0', INDEX (lead_id),
    INDEX (call_date)
) ENGINE=MyISAM;

CREATE TABLE vicidial_auto_calls (
    auto_call_id INT(9) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL, server_ip VARCHAR(15) NOT NULL,
    campaign_id VARCHAR(20),
    status ENUM('SENT','RINGING','LIVE','XFER','PAUSED','CLOSER','BUSY','DISCONNECT','IVR') DEFAULT 'PAUSED',
    lead_id INT(9) UNSIGNED NOT NULL, uniqueid VARCHAR(20), callerid VARCHAR(20), channel VARCHAR(100),
    phone_code VARCHAR(10), phone_number VARCHAR(18), call_time DATETIME,
    call_type ENUM('IN','OUT','OUTBALANCE') DEFAULT 'OUT', stage VARCHAR(20) DEFAULT 'START',
    last_update_time TIMESTAMP, alt_dial VARCHAR(6) DEFAULT 'NONE', queue_priority TINYINT(2) DEFAULT '0',
    agent_only VARCHAR(20) DEFAULT '', agent_grab VARCHAR(20) DEFAULT '',
    queue_position SMALLINT(4) UNSIGNED DEFAULT '1', extension VARCHAR(100) DEFAULT '',
    agent_grab_extension VARCHAR(100) DEFAULT '', INDEX (uniqueid), INDEX (callerid), INDEX (call_time),
    INDEX (last_update_time)
) ENGINE=MyISAM;

CREATE TABLE vicidial_server_trunks (
    server_ip VARCHAR(15) NOT NULL, campaign_id VARCHAR(20) NOT NULL,
    dedicated_trunks SMALLINT(5) UNSIGNED DEFAULT '0',
    trunk_restriction ENUM('MAXIMUM_LIMIT','OVERFLOW_ALLOWED') DEFAULT 'OVERFLOW_ALLOWED', INDEX (campaign_id),
    INDEX (server_ip)
) ENGINE=MyISAM;

CREATE TABLE vicidial_admin_log (
    admin_log_id INT(9) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL, event_date DATETIME NOT NULL,
    user VARCHAR(20) NOT NULL, ip_address VARCHAR(15) NOT NULL, event_section VARCHAR(30) NOT NULL,
    event_type ENUM('ADD','COPY','LOAD','RESET','MODIFY','DELETE','SEARCH','LOGIN','LOGOUT','CLEAR','OVERRIDE',
      'EXPORT','OTHER') DEFAULT 'OTHER', record_id VARCHAR(50) NOT NULL, event_code VARCHAR(255) NOT NULL,
    event_sql MEDIUMTEXT, event_notes MEDIUMTEXT, user_group VARCHAR(20) DEFAULT '---ALL---', INDEX (user),
    INDEX (event_section), INDEX (record_id)
) ENGINE=MyISAM;

CREATE TABLE vicidial_carrier_log (
    uniqueid VARCHAR(20) PRIMARY KEY NOT NULL, call_date DATETIME, server_ip VARCHAR(15) NOT NULL,
    lead_id INT(9) UNSIGNED, hangup_cause TINYINT(1) UNSIGNED DEFAULT '0', dialstatus VARCHAR(16),
    channel VARCHAR(100), dial_time SMALLINT(3) UNSIGNED DEFAULT '0', answered_time SMALLINT(4) UNSIGNED DEFAULT '0',
    sip_hangup_cause SMALLINT(4) UNSIGNED DEFAULT '0', sip_hangup_reason VARCHAR(50) DEFAULT '',
    caller_code VARCHAR(30) DEFAULT '', INDEX (call_date), INDEX (lead_id)
) ENGINE=MyISAM;

CREATE TABLE cid_channels_recent (
    caller_id_name VARCHAR(30) NOT NULL, connected_line_name VARCHAR(30) NOT NULL, server_ip VARCHAR(15) DEFAULT NULL,
    call_date DATETIME, channel VARCHAR(100) DEFAULT '', dest_channel VARCHAR(100) DEFAULT '',
    linkedid VARCHAR(20) DEFAULT '', dest_uniqueid VARCHAR(20) DEFAULT '', uniqueid VARCHAR(20) DEFAULT '',
    INDEX (call_date)
) ENGINE=MyISAM;

CREATE TABLE vicidial_manager (
    man_id INT(9) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL, uniqueid VARCHAR(20), entry_date DATETIME,
    status ENUM('NEW','QUEUE','SENT','UPDATED','DEAD'), response ENUM('Y','N'), server_ip VARCHAR(15) NOT NULL,
    channel VARCHAR(100), action VARCHAR(20), callerid VARCHAR(20), cmd_line_b VARCHAR(100), cmd_line_c VARCHAR(100),
    cmd_line_d VARCHAR(200), cmd_line_e VARCHAR(100), cmd_line_f VARCHAR(100), cmd_line_g VARCHAR(100),
    cmd_line_h VARCHAR(100), cmd_line_i VARCHAR(50), cmd_line_j VARCHAR(50), cmd_line_k VARCHAR(100),
    INDEX (callerid), INDEX (uniqueid), INDEX serverstat(server_ip,status)
) ENGINE=MyISAM;

CREATE TABLE call_log (
    uniqueid VARCHAR(20) PRIMARY KEY NOT NULL, channel VARCHAR(100), channel_group VARCHAR(30), type VARCHAR(10),
    server_ip VARCHAR(15), extension VARCHAR(100), number_dialed VARCHAR(15), caller_code VARCHAR(20),
    start_time DATETIME, start_epoch INT(10), end_time DATETIME, end_epoch INT(10), length_in_sec INT(10),
    length_in_min DOUBLE(8,2), INDEX (caller_code), INDEX (server_ip), INDEX (channel)
) ENGINE=MyISAM;

CREATE TABLE vicidial_dial_log (
    caller_code VARCHAR(30) NOT NULL, lead_id INT(9) UNSIGNED DEFAULT '0', server_ip VARCHAR(15), call_date DATETIME,
    extension VARCHAR(100) DEFAULT '', channel VARCHAR(100) DEFAULT '', context VARCHAR(100) DEFAULT '',
    timeout MEDIUMINT(7) UNSIGNED DEFAULT '0', outbound_cid VARCHAR(100) DEFAULT '',
    sip_hangup_cause SMALLINT(4) UNSIGNED DEFAULT '0', sip_hangup_reason VARCHAR(50) DEFAULT '',
    uniqueid VARCHAR(20) DEFAULT '', INDEX (caller_code), INDEX (lead_id), INDEX (call_date)
) ENGINE=MyISAM;

CREATE TABLE server_updater (
    server_ip VARCHAR(15) NOT NULL, last_update DATETIME, db_time TIMESTAMP, UNIQUE INDEX serverip (server_ip)
) ENGINE=MyISAM;

CREATE TABLE live_channels (
    channel VARCHAR(100) NOT NULL, server_ip VARCHAR(15) NOT NULL, channel_group VARCHAR(30), extension VARCHAR(100),
    channel_data VARCHAR(100)
) ENGINE=MyISAM;

CREATE TABLE live_sip_channels (
    channel VARCHAR(100) NOT NULL, server_ip VARCHAR(15) NOT NULL, channel_group VARCHAR(30), extension VARCHAR(100),
    channel_data VARCHAR(100)
) ENGINE=MyISAM;

CREATE TABLE phones (
    extension VARCHAR(100), dialplan_number VARCHAR(20), voicemail_id VARCHAR(10), phone_ip VARCHAR(15),
    computer_ip VARCHAR(15), server_ip VARCHAR(15), login VARCHAR(15), pass VARCHAR(100), status VARCHAR(10),
    active ENUM('Y','N'), phone_type VARCHAR(50), fullname VARCHAR(50), company VARCHAR(10), messages INT(4),
    protocol ENUM('SIP','PJSIP','Zap','IAX2','EXTERNAL') DEFAULT 'SIP', local_gmt VARCHAR(6) DEFAULT '-5.00',
    ASTmgrUSERNAME VARCHAR(20) DEFAULT 'cron', ASTmgrSECRET VARCHAR(20) DEFAULT '1234',
    voicemail_dump_exten VARCHAR(20) DEFAULT '85026666666666', ext_context VARCHAR(20) DEFAULT 'default',
    outbound_cid VARCHAR(20), email VARCHAR(100), template_id VARCHAR(15) NOT NULL, conf_override TEXT,
    phone_context VARCHAR(20) DEFAULT 'default', phone_ring_timeout SMALLINT(3) DEFAULT '60',
    conf_secret VARCHAR(100) DEFAULT 'test', delete_vm_after_email ENUM('N','Y') DEFAULT 'N',
    is_webphone ENUM('Y','N','Y_API_LAUNCH') DEFAULT 'N', codecs_list VARCHAR(100) DEFAULT '',
    codecs_with_template ENUM('0','1') DEFAULT '0', voicemail_timezone VARCHAR(30) DEFAULT 'eastern',
    voicemail_options VARCHAR(255) DEFAULT '', user_group VARCHAR(20) DEFAULT '---ALL---',
    voicemail_greeting VARCHAR(100) DEFAULT '', voicemail_dump_exten_no_inst VARCHAR(20) DEFAULT '85026666666667',
    voicemail_instructions ENUM('Y','N') DEFAULT 'Y', unavail_dialplan_fwd_exten VARCHAR(40) DEFAULT '',
    unavail_dialplan_fwd_context VARCHAR(100) DEFAULT '', conf_qualify ENUM('Y','N') DEFAULT 'Y',
    mohsuggest VARCHAR(100) DEFAULT '',
    peer_status ENUM('UNKNOWN','REGISTERED','UNREGISTERED','REACHABLE','LAGGED',
      'UNREACHABLE') NOT NULL DEFAULT 'UNKNOWN', ping_time SMALLINT(6) DEFAULT NULL, INDEX (server_ip),
    INDEX (voicemail_id), INDEX (dialplan_number), UNIQUE INDEX extenserver (extension, server_ip)
) ENGINE=MyISAM;

CREATE TABLE vicidial_campaigns (
    campaign_id VARCHAR(8) PRIMARY KEY NOT NULL, campaign_name VARCHAR(40), active ENUM('Y','N'),
    dial_status_a VARCHAR(6), lead_order VARCHAR(30), park_ext VARCHAR(10), hopper_level INT(8) UNSIGNED DEFAULT '1',
    auto_dial_level VARCHAR(6) DEFAULT '0', local_call_time VARCHAR(10) DEFAULT '9am-9pm',
    dial_timeout TINYINT UNSIGNED DEFAULT '60', dial_prefix VARCHAR(20) DEFAULT '9',
    campaign_cid VARCHAR(20) DEFAULT '0000000000', campaign_vdad_exten VARCHAR(20) DEFAULT '8368',
    drop_call_seconds TINYINT(3) DEFAULT '5', omit_phone_code ENUM('Y','N') DEFAULT 'N',
    dial_method ENUM('MANUAL','RATIO','ADAPT_HARD_LIMIT','ADAPT_TAPERED','ADAPT_AVERAGE','INBOUND_MAN',
      'SHARED_RATIO','SHARED_ADAPT_HARD_LIMIT','SHARED_ADAPT_TAPERED','SHARED_ADAPT_AVERAGE') DEFAULT 'MANUAL',
    three_way_dial_prefix VARCHAR(20) DEFAULT '',
    use_custom_cid ENUM('Y','N','AREACODE','USER_CUSTOM_1','USER_CUSTOM_2','USER_CUSTOM_3','USER_CUSTOM_4',
      'USER_CUSTOM_5') DEFAULT 'N', manual_dial_prefix VARCHAR(20) DEFAULT '',
    user_group VARCHAR(20) DEFAULT '---ALL---'
) ENGINE=MyISAM;

CREATE TABLE vicidial_lists (
    list_id BIGINT(14) UNSIGNED PRIMARY KEY NOT NULL, list_name VARCHAR(30), campaign_id VARCHAR(8),
    active ENUM('Y','N'), list_description VARCHAR(255), list_changedate DATETIME, list_lastcalldate DATETIME,
    reset_time VARCHAR(100) DEFAULT '', campaign_cid_override VARCHAR(20) DEFAULT '',
    expiration_date DATE DEFAULT '2099-12-31', local_call_time VARCHAR(10) NOT NULL DEFAULT 'campaign',
    dial_prefix VARCHAR(20) DEFAULT ''
) ENGINE=MyISAM;

CREATE TABLE system_settings (
    version VARCHAR(50), install_date VARCHAR(50), use_non_latin ENUM('0','1') DEFAULT '0',
    enable_queuemetrics_logging ENUM('0','1') DEFAULT '0', queuemetrics_server_ip VARCHAR(15),
    queuemetrics_dbname VARCHAR(50), queuemetrics_login VARCHAR(50), queuemetrics_pass VARCHAR(50),
    queuemetrics_log_id VARCHAR(10) DEFAULT 'VIC', queuemetrics_eq_prepend VARCHAR(255) DEFAULT 'NONE',
    db_schema_version INT(8) UNSIGNED DEFAULT '0', timeclock_end_of_day VARCHAR(4) DEFAULT '0000',
    outbound_calls_per_second SMALLINT(3) UNSIGNED DEFAULT '10',
    sounds_central_control_active ENUM('0','1') DEFAULT '0', active_voicemail_server VARCHAR(15) DEFAULT '',
    custom_dialplan_entry TEXT, default_codecs VARCHAR(100) DEFAULT '',
    generate_cross_server_exten ENUM('0','1') DEFAULT '0', queuemetrics_pe_phone_append ENUM('0','1') DEFAULT '0',
    agents_calls_reset ENUM('0','1') DEFAULT '1', voicemail_timezones TEXT,
    default_voicemail_timezone VARCHAR(30) DEFAULT 'eastern', call_menu_qualify_enabled ENUM('0','1') DEFAULT '0',
    allow_voicemail_greeting ENUM('0','1') DEFAULT '0', svn_revision INT(9) DEFAULT '0',
    queuemetrics_socket VARCHAR(20) DEFAULT 'NONE', queuemetrics_socket_url TEXT,
    enhanced_disconnect_logging ENUM('0','1','2','3','4','5','6') DEFAULT '0', reload_timestamp DATETIME,
    allow_chats ENUM('0','1') DEFAULT '0', meetme_enter_login_filename VARCHAR(255) DEFAULT '',
    meetme_enter_leave3way_filename VARCHAR(255) DEFAULT '', usacan_phone_dialcode_fix ENUM('0','1') DEFAULT '0',
    enable_auto_reports ENUM('1','0') DEFAULT '0', enable_drop_lists ENUM('0','1','2') DEFAULT '0',
    expired_lists_inactive ENUM('0','1') DEFAULT '0',
    anyone_callback_inactive_lists ENUM('DEFAULT','NO_ADD_TO_HOPPER','KEEP_IN_HOPPER') DEFAULT 'DEFAULT',
    sip_event_logging ENUM('0','1','2','3','4','5','6','7') DEFAULT '0',
    call_quota_lead_ranking ENUM('0','1','2') DEFAULT '0', opensips_cid_name ENUM('0','1') DEFAULT '0',
    inbound_answer_config ENUM('0','1','2','3','4','5') DEFAULT '0',
    agent_search_method ENUM('0','1','2','3','4','5','6') DEFAULT '0', call_limit_24hour ENUM('0','1') DEFAULT '0',
    abandon_check_queue ENUM('0','1','2','3','4','5','6','7') DEFAULT '0',
    demographic_quotas ENUM('0','1','2','3','4','5','6','7') DEFAULT '0',
    log_latency_gaps ENUM('0','1','2','3','4','5','6','7') DEFAULT '1',
    weekday_resets ENUM('0','1','2','3','4','5','6','7') DEFAULT '0', highest_lead_id VARCHAR(20) DEFAULT '0',
    hopper_hold_inserts ENUM('0','1','2','3','4','5','6','7') DEFAULT '0',
    stereo_recording ENUM('0','1','2','3','4','5','6') DEFAULT '0'
) ENGINE=MyISAM;
CREATE UNIQUE INDEX server_id ON servers (server_id);
CREATE INDEX phone_list ON vicidial_list (phone_number, list_id);
CREATE INDEX list_phone ON vicidial_list (list_id, phone_number);
CREATE INDEX list_status ON vicidial_list (list_id, status);
CREATE INDEX start_time ON call_log (start_time);
