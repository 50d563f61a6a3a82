# The text of the generated files, in the order of VICIdial's generator (docs/vicidial.md 1.2, 1.5):
#
#   sip-vicidial.conf         registrations; carriers: comment lines, account entry, template; then the phones
#   iax-vicidial.conf         the same, after the loop peers and the other dialers
#   pjsip(_wizard)-…          carriers without registrations; wizard: the PJSIP phones, too
#   extensions-vicidial.conf  globals (TRUNKloop …, TRUNK<other server_id>, each carrier's line), then the contexts
#
# Carriers: active='Y', server_ip this dialer's or 0.0.0.0, by carrier_id within IAX2, SIP, PJSIP_WIZ, PJSIP.
# EXTERNAL and Zap are left out. Nothing is checked, quoted or trimmed: what a row says goes into the file.
#
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
package StandinConf;

use strict;
use warnings;

my $HEAD = "; Generated from VICIdial's database. Do not edit: whatever is changed here is lost at the next rebuild.\n";
my $END  = "\n; END OF FILE\n";

# The logger's line of extension h, with the two stray parentheses that VICIdial's has (docs/vicidial.md 1.3).
my $HANGUP = 'exten => h,1,AGI(agi://127.0.0.1:4577/call_log--HVcauses--PRI-----NODEBUG-----${HANGUPCAUSE}'
    . '-----${DIALSTATUS}-----${DIALEDTIME}-----${ANSWEREDTIME}-----${HANGUPCAUSE(${HANGUPCAUSE_KEYS()},tech)}))' . "\n";

# ($db, this dialer's row of servers) -> hash reference, file name -> whole text.
sub texts {
    my ($db, $server) = @_;
    my $others = $db->selectall_arrayref(
        "SELECT * FROM servers WHERE server_ip != ? AND active_asterisk_server = 'Y' ORDER BY server_ip",
        { Slice => {} }, $server->{server_ip},
    );
    my %part = (globals => '', dialplan => '', phones => "\n; Phones:\n");
    $part{$_} = '' for map { ("registrations_$_", "carriers_$_", "phones_$_") } qw(IAX2 SIP PJSIP PJSIP_WIZ);
    loops(\%part, $server);
    other_dialers(\%part, $server, $others);
    carriers(\%part, $db, $server);
    phones(\%part, $db, $server);
    return {
        'extensions-vicidial.conf' => extensions(\%part, $server),
        'sip-vicidial.conf' => file(@part{qw(registrations_SIP carriers_SIP phones_SIP)}),
        'iax-vicidial.conf' => file(@part{qw(registrations_IAX2 carriers_IAX2 phones_IAX2)}),
        'pjsip-vicidial.conf' => file('', "; Carriers:\n$part{carriers_PJSIP}"),
        'pjsip_wizard-vicidial.conf' => file('', "; Carriers:\n$part{carriers_PJSIP_WIZ}", "; Phones:\n$part{phones_PJSIP}"),
    };
}

sub file { return $HEAD . join("\n", @_) . $END }

# A dialer's peer of its own, by which one dialer (or itself, over a loop) calls it.
sub iax_peer {
    my ($name, $account, $server) = @_;
    my $qualify = ($server->{conf_qualify} // 'Y') =~ /Y/ ? "qualify=yes\n" : '';
    return "\n[$name]\naccountcode=$account\nsecret=$server->{conf_secret}\ntype=friend\nrequirecalltoken=no\n"
        . "context=default\nauth=plaintext\nhost=dynamic\npermit=0.0.0.0/0.0.0.0\ndisallow=all\nallow=ulaw\n$qualify";
}

# The three loops of a dialer to itself, and its own number patterns.
sub loops {
    my ($part, $server) = @_;
    my @loops = (['loop', 40569], ['blind', 41569], ['play', 42569]);
    for my $loop (@loops) {
        my ($name, $port) = @$loop;
        $part->{globals} .= "TRUNK$name = IAX2/AST$name:$server->{conf_secret}\@127.0.0.1:$port\n";
        $part->{registrations_IAX2} .= "register => AST$name:$server->{conf_secret}\@127.0.0.1:$port\n";
        $part->{carriers_IAX2} .= iax_peer("AST$name", "AST$name", $server);
    }
    my $own = star_ip($server->{server_ip});
    $part->{dialplan} .= "\n; This dialer: $server->{server_ip}\n"
        . "exten => _$own*.,1,Goto(default,\${EXTEN:16},1)\nexten => _$own*.,2,Hangup()\n"
        . "exten => _**$own*.,1,Goto(default,\${EXTEN:18},1)\nexten => _**$own*.,2,Hangup()\n"
        . "\n; Transfers that nobody answered:\n"
        . "exten => _98009.,1,Dial(\${TRUNKloop}/9\${EXTEN},,to)\nexten => _98009.,n,Hangup()\n"
        . "exten => _998009.,1,AGI(agi-VDAD_ALL_inbound.agi)\nexten => _998009.,n,Hangup()\n";
    return;
}

sub other_dialers {
    my ($part, $server, $others) = @_;
    for my $other (@$others) {
        my ($id, $ip) = @$other{qw(server_id server_ip)};
        my $number = star_ip($ip);
        my $login = "$server->{server_id}:$other->{conf_secret}\@$ip:4569";
        $part->{globals} .= "TRUNK$id = IAX2/$login\n";
        $part->{registrations_IAX2} .= "register => $login\n";
        $part->{carriers_IAX2} .= iax_peer($id, "IAX$id", $server);
        $part->{dialplan} .= "; Dialer $id $ip:\n"
            . "exten => _$number*.,1,Dial(\${TRUNK$id}/\${EXTEN:16},55,oT)\nexten => _$number*.,2,Hangup()\n"
            . "exten => _**$number*.,1,Dial(\${TRUNK$id}/\${EXTEN:18},55,o)\nexten => _**$number*.,2,Hangup()\n";
    }
    return;
}

# 198.18.0.11 -> 198*018*000*011
sub star_ip { return join '*', map { sprintf '%03d', $_ } split /\./, shift }

sub carriers {
    my ($part, $db, $server) = @_;
    for my $protocol (qw(IAX2 SIP PJSIP_WIZ PJSIP)) {
        my $rows = $db->selectall_arrayref(
            "SELECT * FROM vicidial_server_carriers WHERE server_ip IN (?, '0.0.0.0') AND active = 'Y' AND protocol = ?"
                . ' ORDER BY carrier_id',
            { Slice => {} }, $server->{server_ip}, $protocol,
        );
        for my $row (@$rows) {
            $_ //= '' for values %$row;
            my $comment = "; VICIDIAL Carrier: $row->{carrier_id} - $row->{carrier_name}\n";
            $comment .= "; $row->{carrier_description}\n" if $row->{carrier_description} ne '';
            $part->{globals} .= "$row->{globals_string}\n";
            $part->{"registrations_$protocol"} .= "$row->{registration_string}\n";
            $part->{dialplan} .= "$comment$row->{dialplan_entry}\n";
            my $template = template($db, $row->{template_id});
            $part->{"carriers_$protocol"} .= "$comment$row->{account_entry}\n$template\n";
        }
    }
    return;
}

# The template's contents, '' for none or an unknown one.
sub template {
    my ($db, $id) = @_;
    return '' if !defined $id || length $id < 2 || $id =~ /--NONE--/;
    my ($contents) = $db->selectrow_array(
        'SELECT template_contents FROM vicidial_conf_templates WHERE template_id = ?', undef, $id);
    return $contents // '';
}

sub phones {
    my ($part, $db, $server) = @_;
    for my $protocol (qw(IAX2 SIP PJSIP)) {
        my $rows = $db->selectall_arrayref(
            "SELECT * FROM phones WHERE server_ip = ? AND protocol = ? AND active = 'Y' ORDER BY extension",
            { Slice => {} }, $server->{server_ip}, $protocol,
        );
        for my $row (@$rows) {
            $_ //= '' for values %$row;
            $part->{"phones_$protocol"} .= "\n" . phone($protocol, $row, template($db, $row->{template_id}));
            my ($number, $ring) = ($row->{dialplan_number}, $row->{phone_ring_timeout} || 60);
            $part->{phones} .= "exten => $number,1,Dial($protocol/$row->{extension},$ring,)\n"
                . "exten => $number,2,Goto(default,85026666666667$row->{voicemail_id},1)\nexten => $number,3,Hangup()\n";
        }
    }
    return;
}

# A phone's block: with a template its contents end the block, without one the stock lines do.
sub phone {
    my ($protocol, $row, $template) = @_;
    my ($name, $secret, $context) = ($row->{extension}, $row->{conf_secret} // '', $row->{phone_context} || 'default');
    my $caller_id = sprintf '"%s" <%s>', $row->{fullname} // '', $row->{outbound_cid} // '';
    if ($protocol eq 'PJSIP') {
        return "[$name]\ntype=wizard\naccepts_auth=yes\naccepts_registrations=yes\ninbound_auth/username=$name\n"
            . "inbound_auth/password=$secret\naor/max_contacts=1\nendpoint/context=$context\n"
            . "endpoint/callerid=$caller_id\n"
            . ($template eq '' ? "endpoint/disallow=all\nendpoint/allow=ulaw\n" : "$template\n");
    }
    my $block = "[$name]\nusername=$name\nsecret=$secret\naccountcode=$name\ncallerid=$caller_id\n"
        . 'mailbox=' . ($row->{voicemail_id} // '') . "\n";
    return "$block$template\n" if $template ne '';
    $block .= "requirecalltoken=no\nauth=md5\n" if $protocol eq 'IAX2';
    return $block . "context=$context\ntype=friend\nhost=dynamic\n";
}

sub extensions {
    my ($part, $server) = @_;
    my $custom = $server->{custom_dialplan_entry} // '';
    my $text = "$HEAD$part->{globals}\n";
    $text .= "[vicidial-auto-server-custom]\n$HANGUP$custom\n\n" if length $custom > 5;
    $text .= "[vicidial-auto-external]\n$HANGUP$part->{dialplan}\n";
    $text .= "[vicidial-auto-internal]\n$HANGUP" . internal() . "\n";
    $text .= "[vicidial-auto-phones]\n$HANGUP$part->{phones}\n";
    $text .= "[vicidial-auto]\n$HANGUP\ninclude => vicidial-auto-internal\ninclude => vicidial-auto-phones\n"
        . "include => vicidial-auto-external\n";
    $text .= "include => vicidial-auto-server-custom\n" if length $custom > 5;
    return "$text$END";
}

# Some of the numbers that VICIdial keeps for itself: voicemail, recording, agent alert, loop back.
sub internal {
    return <<'END';
exten => _85026666666666.,1,Wait(1)
exten => _85026666666666.,n,Hangup()
exten => _85026666666667.,1,Wait(1)
exten => _85026666666667.,n,Hangup()
exten => 8309,1,Answer
exten => 8309,2,Monitor(wav,${CALLERID(name)})
exten => 8309,3,Wait(3600)
exten => 8309,4,Hangup()
exten => 83047777777777,1,Answer
exten => 83047777777777,2,Playback(${CALLERID(name)})
exten => 83047777777777,3,Hangup()
exten => _8305888888888888.,1,Answer
exten => _8305888888888888.,n,Wait(${EXTEN:16:1})
exten => _8305888888888888.,n,Dial(${TRUNKloop}/${EXTEN:17},,To)
exten => _8305888888888888.,n,Hangup()
exten => _8305888888888888X999,1,Answer
exten => _8305888888888888X999,n,Wait(3600)
exten => _8305888888888888X999,n,Hangup()
END
}

1;
