# The asking side of AGI, over standard input and output or over a FastAGI connection.
#
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
package StandinAgi;

use strict;
use warnings;

# Reads the agi_ variables up to the empty line. Returns the object; its field `vars` holds them without "agi_".
sub new {
    my ($class, $in, $out) = @_;
    my $self = bless { in => $in, out => $out, vars => {} }, $class;
    while (defined(my $line = readline $in)) {
        $line =~ s/[\r\n]+$//;
        last if $line eq '';
        $self->{vars}{$1} = $2 if $line =~ /^agi_(\w+):\s?(.*)$/;
    }
    return $self;
}

# The variable's value, '' where Asterisk sent none. Asterisk says "unknown" for an empty caller id.
sub var {
    my ($self, $name) = @_;
    return $self->{vars}{$name} // '';
}

# Sends a command; returns Asterisk's result ("-1" after a hang-up), or undef when the channel is gone.
sub command {
    my ($self, $text) = @_;
    local $SIG{PIPE} = 'IGNORE';
    print { $self->{out} } "$text\n" or return;
    while (defined(my $line = readline $self->{in})) {
        return $1 if $line =~ /^200 result=(\S*)/;
        return if $line =~ /^5\d\d /;
    }
    return;
}

1;
