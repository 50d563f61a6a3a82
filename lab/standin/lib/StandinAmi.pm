# A small client of Asterisk's manager interface: enough for Originate, Redirect, Hangup and CoreShowChannels.
# Host, port and accounts are those of the dialer's row of `servers`, as VICIdial takes them.
#
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
package StandinAmi;

use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

# Logs in. $server: row of servers. $purpose: column that holds the account's name, e.g. ASTmgrUSERNAMEsend;
# where that account is refused the plain ASTmgrUSERNAME is tried. Dies with the reason.
sub new {
    my ($class, $server, $purpose) = @_;
    my %tried;
    my @names = grep { defined && length && !$tried{$_}++ } $server->{$purpose}, $server->{ASTmgrUSERNAME}, 'cron';
    my $secret = $server->{ASTmgrSECRET} // '1234';
    my $reason = '';
    for my $name (@names) {
        my $self = bless { buffer => '', waiting => [] }, $class;
        $self->{socket} = IO::Socket::INET->new(
            PeerAddr => $server->{telnet_host} || 'localhost',
            PeerPort => $server->{telnet_port} || 5038, Proto => 'tcp', Timeout => 5,
        ) or die "manager interface: $!\n";
        $self->send(Action => 'Login', Username => $name, Secret => $secret, Events => 'off');
        my $answer = $self->next_message(5) or die "manager interface: no answer to the login\n";
        return $self if ($answer->{Response} // '') eq 'Success';
        $reason = $answer->{Message} // '';
    }
    die "manager interface: $reason\n";
}

# Sends one action; fields in the order given. A field may occur twice.
sub send {
    my ($self, @fields) = @_;
    my $text = '';
    while (my ($name, $value) = splice @fields, 0, 2) {
        $text .= "$name: $value\r\n";
    }
    local $SIG{PIPE} = 'IGNORE';
    syswrite($self->{socket}, "$text\r\n") or die "manager interface: connection lost\n";
    return;
}

# The next message as a hash reference, or undef when none comes within $seconds. Dies when the connection ends.
sub next_message {
    my ($self, $seconds) = @_;
    return shift @{ $self->{waiting} } if @{ $self->{waiting} };
    return $self->read_message($seconds);
}

sub read_message {
    my ($self, $seconds) = @_;
    my $until = time + $seconds;
    my $select = IO::Select->new($self->{socket});
    while (1) {
        if ((my $end = index($self->{buffer}, "\r\n\r\n")) >= 0) {
            my $text = substr($self->{buffer}, 0, $end + 4, '');
            my %message;
            for my $line (split /\r\n/, $text) {
                my ($name, $value) = split /:\s?/, $line, 2;
                $message{$name} = $value if defined $value;
            }
            return \%message if %message;
            next;
        }
        my $left = $until - time;
        return if $left <= 0 || !$select->can_read($left);
        sysread($self->{socket}, $self->{buffer}, 65536, length $self->{buffer})
            or die "manager interface: connection lost\n";
    }
}

# Sends an action and returns the answer that bears its ActionID; other messages are kept for next_message.
# Returns undef after $seconds.
sub ask {
    my ($self, $seconds, @fields) = @_;
    my $id = 'ask' . ++$self->{number};
    $self->send(@fields, ActionID => $id);
    my $until = time + $seconds;
    while (my $message = $self->read_message($until - time)) {
        return $message if exists $message->{Response} && ($message->{ActionID} // '') eq $id;
        push @{ $self->{waiting} }, $message;
    }
    return;
}

# Asks for events of one name; lists are not concerned. Asterisk's filter spares both sides the rest of the class.
sub only_event {
    my ($self, $event) = @_;
    $self->ask(2, Action => 'Filter', Operation => 'Add', Filter => "Event: $event");
    $self->ask(2, Action => 'Events', EventMask => 'call');
    return;
}

# All channels as Asterisk lists them, in its order: a reference to a list of CoreShowChannel messages;
# undef when the list did not come whole within $seconds.
sub channels {
    my ($self, $seconds) = @_;
    my $id = 'list' . ++$self->{number};
    $self->send(Action => 'CoreShowChannels', ActionID => $id);
    my (@channels, $until);
    $until = time + $seconds;
    while (my $message = $self->read_message($until - time)) {
        my $event = $message->{Event} // '';
        if (($message->{ActionID} // '') ne $id) {
            push @{ $self->{waiting} }, $message;
        }
        elsif ($event eq 'CoreShowChannel') {
            push @channels, $message;
        }
        elsif ($event eq 'CoreShowChannelsComplete') {
            return $message->{ListItems} == @channels ? \@channels : undef;
        }
    }
    return;
}

1;
