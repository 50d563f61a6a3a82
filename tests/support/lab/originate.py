# -*- coding: utf-8 -*-
# Copyright (c) 2026, dialer.trunks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a dialer: places many calls by AMI, at a rate or (rate 0) all at once, without VICIdial around them.

The caller says nothing, not even silence, as Wait would.

    python3 - CONTEXT COUNT RATE SECONDS NUMBER[,NUMBER ...]
"""
import socket
import sys
import time


def main(context, count, rate, seconds, numbers):
    connection = socket.create_connection(("127.0.0.1", 5038))
    answers = connection.makefile("rb")
    send(connection, Action="Login", Username="cron", Secret="1234", Events="off")
    began = time.time()
    for number in range(count):
        if rate:
            time.sleep(max(0, began + number / rate - time.time()))
        send(connection, Action="Originate", Channel="Local/%s@%s" % (numbers[number % len(numbers)], context), Timeout=120000,
             Application="WaitExten", Data=seconds, Async="true", CallerID='"T%06d" <13125550000>' % number)
    send(connection, Action="Logoff")
    while answers.readline():
        pass


def send(connection, **headers):
    connection.sendall("".join("%s: %s\r\n" % header for header in headers.items()).encode() + b"\r\n")


main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5].split(","))
