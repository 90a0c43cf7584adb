#!/usr/bin/python3
"""Answers libvirt's questions about an emulator from a recording, so that libvirt knows emulators that are not installed.

libvirt asks an emulator for its machine types, devices and CPU models over QMP before it accepts a definition for it.
libvirt's own tests hold recordings of such talks (`caps_*.replies`): a question in JSON, then its answer, and so on; the
first talk is with KVM where the machine had it, the second one without. This program is called through a link that has
the name of the emulator; the recording has the same name with the ending `.replies`. It cannot start any machine.
"""

import json
import os
import re
import socket
import sys
from collections import defaultdict, deque

PATIENCE = 60  # seconds


def argument(name):
    """What follows an argument of the command line; nothing where it is missing."""
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv[:-1] else None


def objects(text):
    """The JSON objects of a text, one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while True:
        at = re.compile(r"\s*").match(text, at).end()
        if at == len(text):
            return
        value, at = decoder.raw_decode(text, at)
        yield value


def key(question):
    return question["execute"], json.dumps(question.get("arguments", {}), sort_keys=True)


def talks(path):
    """The talks of a recording: for each one the answers to each question, in order."""
    with open(path, encoding="utf8") as file:
        pieces = list(objects(file.read()))
    found = []
    for question, answer in zip(pieces[::2], pieces[1::2]):
        if question["execute"] == "qmp_capabilities":
            found.append(defaultdict(deque))
        found[-1][key(question)].append(answer)
    return found


def answer(question, wanted):
    """The next answer to a question from the first talk that has one; the last answer is given again and again."""
    for talk in wanted:
        known = talk.get(key(question))
        if known:
            return known.popleft() if len(known) > 1 else known[0]
    # A newer libvirt asks about devices that are not in the recording.
    unknown = "DeviceNotFound" if question["execute"] == "device-list-properties" else "CommandNotFound"
    return {"error": {"class": unknown, "desc": "the recording has no such question"}}


def serve(server, wanted):
    server.settimeout(PATIENCE)
    stream, _ = server.accept()
    stream.settimeout(PATIENCE)
    lines = stream.makefile("rw", encoding="utf8", newline="\r\n")

    def send(value):
        lines.write(json.dumps(value) + "\r\n")
        lines.flush()

    version = {"qemu": {"major": 10, "minor": 0, "micro": 0}, "package": ""}
    send({"QMP": {"version": version, "capabilities": ["oob"]}})
    waiting = ""
    while data := stream.recv(65536):
        waiting = (waiting + data.decode()).lstrip()
        while waiting:
            try:
                question, end = json.JSONDecoder().raw_decode(waiting)
            except ValueError:
                break
            waiting = waiting[end:].lstrip()
            send({**answer(question, wanted), "id": question.get("id")})
            if question["execute"] == "quit":
                return


def main():
    control = argument("-qmp") or argument("-chardev")
    if control is None:
        return
    path = re.search(r"(?:unix:|path=)([^,]+)", control).group(1)
    wanted = talks(os.path.abspath(sys.argv[0]) + ".replies")
    if "accel=tcg" in (argument("-machine") or "") and len(wanted) > 1:
        wanted = wanted[1:] + wanted[:1]
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen(1)
    # libvirt waits for the process that it started to end, and finds the one that answers by its PID.
    child = os.fork()
    if child:
        if argument("-pidfile"):
            with open(argument("-pidfile"), "w", encoding="utf8") as file:
                file.write(f"{child}\n")
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    try:
        serve(server, wanted)
    except OSError:
        pass  # Whoever asked has gone.
    os._exit(0)


main()
