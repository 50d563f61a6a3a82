# What the last attempt of a call means for the lead (docs/vicidial.md 1.3). Pure.
#
# VICIdial decides twice: first whether it looks at the outcome at all, then which status it is. Both matter: with
# level 3 the status goes by the cause alone, yet only outcomes that pass the first test get that far, so
# CONGESTION with cause 42 leaves the lead as it is at every level.
#
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
package StandinStatus;

use strict;
use warnings;

# ($level of system_settings.enhanced_disconnect_logging, DIALSTATUS, cause) ->
# (status of the lead, status of the call in vicidial_auto_calls), or nothing: the lead stays as it is, callable.
sub lead_status {
    my ($level, $dialstatus, $cause) = @_;
    $level ||= 0;
    return if !considered($level, $dialstatus, $cause);
    return by_cause($cause) if $level == 3;
    my @found;
    @found = ('AB', 'BUSY') if $dialstatus =~ /BUSY/;
    @found = ('ADC', 'DISCONNECT') if $dialstatus =~ /CHANUNAVAIL/;
    if ($level > 0) {
        my $congestion = $dialstatus =~ /CONGESTION/;
        @found = ('ADC', 'DISCONNECT') if $congestion && $cause eq '1';
        if ($level == 2) {
            @found = ('ADCT', 'DISCONNECT')
                if $dialstatus =~ /CHANUNAVAIL/ && $cause =~ /^18/
                || $congestion && one_of($cause, 21, 34, 38, 102)
                || $dialstatus =~ /BUSY/ && $cause eq '19';
        }
        else {
            @found = ('ADCT', 'DISCONNECT') if $congestion && one_of($cause, 19, 21, 34, 38);
        }
        @found = ('ADCCAR', 'ADCCAR') if $dialstatus =~ /DISCONNECT/;
        @found = ('DNCCAR', 'DNCCAR') if $dialstatus =~ /DNC/;
    }
    return @found;
}

# Whether the outcome is looked at.
sub considered {
    my ($level, $dialstatus, $cause) = @_;
    return 1 if $dialstatus =~ /BUSY/ || $dialstatus =~ /CHANUNAVAIL/ && one_of($cause, 1, 28);
    return 0 if $level == 0;
    return $dialstatus =~ /CONGESTION/ && one_of($cause, 1, 19, 21, 34, 38, 102)
        || $dialstatus =~ /CHANUNAVAIL/ && $cause eq '18'
        || $dialstatus =~ /DNC|DISCONNECT/;
}

# Level 3.
sub by_cause {
    my ($cause) = @_;
    return ("HUC$cause", 'CARRIERFAIL') if one_of($cause, 18, 19, 21, 34, 38, 41, 42, 88, 102);
    return ('ADC', 'DISCONNECT') if one_of($cause, 1, 28);
    return ('AB', 'BUSY') if $cause =~ /^17/;
    return;
}

sub one_of {
    my ($cause, @causes) = @_;
    return scalar grep { $cause eq $_ } @causes;
}

1;
