# What the stand-in's scripts share: settings, database, log, pid files.
#
# Settings come from two files:
#   /etc/astguiclient.conf  NAME => value, as on every VICIdial dialer (docs/vicidial.md 1.1)
#   /etc/standin.conf       name = value, the stand-in's own; read anew by whoever asks,
#                           so that a test can change it while the services run
#
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
package Standin;

use strict;
use warnings;
use Time::HiRes ();
use Exporter 'import';

our @EXPORT = qw(dialer setting database server_row padded_ip now_text note epoch_ms channel_tables);

our $DIALER_CONF  = $ENV{STANDIN_DIALER_CONF} || '/etc/astguiclient.conf';
our $STANDIN_CONF = $ENV{STANDIN_CONF}        || '/etc/standin.conf';
our $LOG_DIR      = $ENV{STANDIN_LOG_DIR}     || '/var/log/astguiclient';
our $RUN_DIR      = $ENV{STANDIN_RUN_DIR}     || '/var/run/standin';

# What holds where /etc/standin.conf says nothing. Seconds, except call_log_workers (processes).
my %DEFAULTS = (
    generator_period => 60,      # VICIdial's cron runs the generator once a minute
    generator_pause  => 1,       # its rest before the first copy and after each reload
    channels_period  => 0.4,     # AST_update's loop time
    flush_period     => 3600,    # VICIdial's cron empties the channel tables once an hour ...
    flush_age        => 120,     # ... of rows older than this
    call_log_workers => 6,
    agent_hold       => 3,       # how long the agent script talks
);

# The value of NAME in /etc/astguiclient.conf, or '' where it is not set. Dies without the file.
sub dialer {
    my ($name) = @_;
    return pairs($DIALER_CONF, '=>')->{$name} // '';
}

# The value of NAME in /etc/standin.conf, else its default. The file may be missing.
sub setting {
    my ($name) = @_;
    my $found = -e $STANDIN_CONF ? pairs($STANDIN_CONF, '=') : {};
    return $found->{$name} // $DEFAULTS{$name};
}

# Reads lines of "name SIGN value"; a # or ; begins a comment. Returns a hash reference.
sub pairs {
    my ($path, $sign) = @_;
    open(my $file, '<', $path) or die "cannot read $path: $!\n";
    my %found;
    while (my $line = <$file>) {
        $line =~ s/[#;].*//;
        $found{$1} = $2 if $line =~ /^\s*(\w+)\s*\Q$sign\E\s*(.*?)\s*$/;
    }
    return \%found;
}

# A connection to the dialer's database. With (user, password) as that user, else as VARDB_user.
# Statements do not raise errors on their own unless RaiseError is asked for by the caller.
# DBI is loaded here, and POSIX not at all by this file: to load them takes longer than all that a script of one call does.
sub database {
    my ($user, $password, %more) = @_;
    ($user, $password) = (dialer('VARDB_user'), dialer('VARDB_pass')) if !defined $user;
    my $source = sprintf 'DBI:mysql:database=%s;host=%s;port=%s;mysql_connect_timeout=5',
        dialer('VARDB_database'), dialer('VARDB_server'), dialer('VARDB_port') || 3306;
    require DBI;
    my $db = DBI->connect($source, $user, $password, { RaiseError => 1, PrintError => 0, AutoCommit => 1, %more });
    $db->{mysql_auto_reconnect} = 1;
    return $db;
}

# This dialer's row of `servers` as a hash reference; dies when there is none.
sub server_row {
    my ($db) = @_;
    my $ip = dialer('VARserver_ip');
    return $db->selectrow_hashref('SELECT * FROM servers WHERE server_ip = ?', undef, $ip)
        || die "no row of servers has server_ip $ip\n";
}

# 198.18.0.11 -> 198018000011, as in the name of the per-server channel table (docs/vicidial.md 1.4).
sub padded_ip {
    my ($ip) = @_;
    return join '', map { sprintf '%03d', $_ } split /\./, $ip;
}

# (name of this dialer's own channel table, whether it exists): VICIdial asks with SHOW TABLES LIKE.
sub channel_tables {
    my ($db) = @_;
    my $own = 'cid_channels_recent_' . padded_ip(dialer('VARserver_ip'));
    my ($found) = $db->selectrow_array("SHOW TABLES LIKE '$own'");
    return ($own, defined $found);
}

# Local time as the database writes it.
sub now_text {
    my ($epoch) = @_;
    my ($second, $minute, $hour, $day, $month, $year) = localtime($epoch // time);
    return sprintf '%04d-%02d-%02d %02d:%02d:%02d', $year + 1900, $month + 1, $day, $hour, $minute, $second;
}

sub epoch_ms { return int(Time::HiRes::time() * 1000) }

# One line on standard error, which `standin` leads to the service's log.
sub note {
    my ($text) = @_;
    print STDERR now_text(), ' ', $text, "\n";
    return;
}

1;
