#!/usr/bin/python3
"""Says what libvirt's daemon says of definitions: whether it takes them, and if not, its message.

usage: judge.py EMULATORS < NAMES

NAMES has the name of an XML file on each line. For each one, a line of JSON is printed: {"file": NAME, "refused": MESSAGE,
"printed": XML}. For what libvirt takes, the message is null, and the XML is how libvirt prints it; for what it refuses, the XML is
null. Every object is removed again before the next one comes. EMULATORS is a folder of recordings, qemu-system-ARCH.replies,
as tests/daemon/recordings makes it; domains of QEMU are judged for these emulators.

The daemon is one of its own, in namespaces of its own: it sees and changes nothing of the host, and ends with this
program. This needs root, libvirt with its drivers for QEMU, networks, storage, filters and secrets, and python3-libvirt.

Domains of other hypervisors and pools that the storage driver here lacks go to libvirt's test driver. Volumes are made in a pool of
the type `dir` in memory.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INSIDE = "NIXVIRT_JUDGE_INSIDE"
FOLDERS = ("/etc/libvirt", "/var/lib/libvirt", "/var/cache/libvirt", "/var/log/libvirt", "/run/libvirt")
PATIENCE = 120  # seconds that the daemon may take to begin

# Architectures whose emulator has another name than they have.
EMULATOR = {"i686": "x86_64", "armv7l": "arm", "ppc64le": "ppc64"}

# Machine types of distributions, which the recordings do not know, and the plain ones that they are made from.
PLAIN_MACHINE = (
    (r"pc-q35-(?!\d).*", "q35"),
    (r"(pc-i440fx-(?!\d)|rhel|pc-[01]\.|pc-(?!q35|i440fx)).*", "pc"),
    (r"pseries-(?!\d).*", "pseries"),
    (r"virt-(?!\d).*", "virt"),
    (r"s390-ccw-virtio-(?!\d).*", "s390-ccw-virtio"),
)


def own_folders(scratch):
    """Puts empty folders over those that libvirt keeps things in. Its configuration is a copy of the host's."""
    for folder in FOLDERS:
        os.makedirs(folder, exist_ok=True)
        own = os.path.join(scratch, folder.strip("/").replace("/", "-"))
        if folder == "/etc/libvirt":
            shutil.copytree(folder, own, symlinks=True)
            for kept in ("qemu", "storage", "secrets"):
                shutil.rmtree(os.path.join(own, kept), ignore_errors=True)
        else:
            os.makedirs(own)
        subprocess.run(["mount", "--bind", own, folder], check=True)
    for folder in ("qemu", "images", "network", "dnsmasq", "boot", "swtpm"):
        os.makedirs(f"/var/lib/libvirt/{folder}", exist_ok=True)


def own_emulators(scratch, recordings):
    """A folder with a link for each recorded emulator, and the recording beside it."""
    folder = os.path.join(scratch, "emulators")
    os.makedirs(folder)
    for name in os.listdir(recordings):
        if name.endswith(".replies"):
            os.symlink(os.path.join(recordings, name), os.path.join(folder, name))
            os.symlink(os.path.join(HERE, "emulator.py"), os.path.join(folder, name.removesuffix(".replies")))
    return folder


def reap_orphans():
    """Goes on in a child, while this process, the first one of its namespace, takes away what others leave behind.

    libvirt waits until an emulator that it asked is gone; without this, it would wait in vain.
    """
    child = os.fork()
    while child:
        ended, status = os.wait()
        if ended == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


SOCKET = "/run/libvirt/libvirt-sock"
VOLUMES = "/var/lib/libvirt/images/volumes"


def answers():
    """Whether the daemon takes a connection: on a busy machine, its socket is there before it does."""
    if not os.path.exists(SOCKET):
        return False
    try:
        libvirt.open("qemu:///system").close()
    except libvirt.libvirtError:
        return False
    return True


def start_daemon(scratch):
    log = os.path.join(scratch, "libvirtd.log")
    daemon = subprocess.Popen(
        ["libvirtd", "-p", os.path.join(scratch, "libvirtd.pid")], stdout=subprocess.DEVNULL, stderr=open(log, "w", encoding="utf8")
    )
    end = time.monotonic() + PATIENCE
    while not answers():
        if daemon.poll() is not None or time.monotonic() > end:
            with open(log, encoding="utf8") as file:
                sys.exit(f"libvirtd did not start:\n{file.read()}")
        time.sleep(0.05)
    return daemon


class Judge:
    def __init__(self, emulators, scratch):
        self.emulators = emulators
        self.scratch = scratch
        self.daemon = start_daemon(scratch)
        self.connections = {}

    def connection(self, uri):
        if uri not in self.connections:
            self.connections[uri] = libvirt.open(uri)
        return self.connections[uri]

    def define(self, text):
        system = self.connection("qemu:///system")
        kind = re.search(r"<(domain|network|pool|volume|filter|secret)\b", text).group(1)
        if kind == "domain":
            return self.define_domain(text)
        if kind == "network":
            return system.networkDefineXML(text)
        if kind == "filter":
            return system.nwfilterDefineXML(text)
        if kind == "secret":
            return system.secretDefineXML(text)
        if kind == "volume":
            return self.pool_of_volumes(system).createXML(text)
        try:
            return system.storagePoolDefineXML(text)
        except libvirt.libvirtError as error:
            if "missing backend" not in str(error):
                raise
            return self.connection("test:///default").storagePoolDefineXML(text)

    def pool_of_volumes(self, system):
        """A pool of the type `dir` with little room, which volumes are made in."""
        try:
            pool = system.storagePoolLookupByName("volumes")
        except libvirt.libvirtError:
            os.makedirs(VOLUMES, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", VOLUMES], check=True)
            text = f"<pool type='dir'><name>volumes</name><target><path>{VOLUMES}</path></target></pool>"
            pool = system.storagePoolCreateXML(text)
        return pool

    def define_domain(self, text):
        hypervisor = re.search(r"<domain\b[^>]*?\stype\s*=\s*[\"'](\w*)", text)
        if not hypervisor or hypervisor.group(1) not in ("qemu", "kvm", "hvf"):
            return self.connection("test:///default").defineXML(text)
        arch = re.search(r"<type\b[^>]*\sarch=[\"']([^\"']*)", text)
        arch = arch.group(1) if arch else "x86_64"
        emulator = f"<emulator>{self.emulators}/qemu-system-{EMULATOR.get(arch, arch)}</emulator>"
        text, known = re.subn(r"<emulator>[^<]*</emulator>", emulator, text)
        if not known:
            text = re.sub(r"<devices\s*/>", "<devices></devices>", text)
            text = text.replace("<devices>", "<devices>" + emulator, 1)
        text = re.sub(r"(<type\b[^>]*\smachine=[\"'])([^\"']*)", self.plain_machine, text)
        return self.connection("qemu:///system").defineXML(text)

    @staticmethod
    def plain_machine(found):
        for pattern, plain in PLAIN_MACHINE:
            if re.fullmatch(pattern, found.group(2)):
                return found.group(1) + plain
        return found.group(0)

    @staticmethod
    def forget(made):
        try:
            if isinstance(made, libvirt.virStorageVol):
                made.delete(0)
            elif isinstance(made, libvirt.virDomain):
                made.undefineFlags(libvirt.VIR_DOMAIN_UNDEFINE_NVRAM)
            else:
                made.undefine()
        except libvirt.libvirtError:
            if isinstance(made, libvirt.virDomain):
                made.undefine()

    def said(self, text, again=False):
        """Why a definition is refused, and, where it is not, how libvirt prints what it has made of it.

        Of a daemon that ended, nobody knows whether this definition did it. So another one is asked, once."""
        try:
            made = self.define(text)
        except libvirt.libvirtError as error:
            crashed = self.crashed()
            if crashed and not again:
                return self.said(text, again=True)
            return crashed or " ".join(str(error).split()), None
        printed = self.printed(made)
        self.forget(made)
        return None, printed

    @staticmethod
    def printed(made):
        try:
            if isinstance(made, (libvirt.virStorageVol, libvirt.virSecret, libvirt.virNWFilter)):
                return made.XMLDesc(0)
            flag = {
                libvirt.virDomain: libvirt.VIR_DOMAIN_XML_INACTIVE | libvirt.VIR_DOMAIN_XML_SECURE,
                libvirt.virNetwork: libvirt.VIR_NETWORK_XML_INACTIVE,
                libvirt.virStoragePool: libvirt.VIR_STORAGE_XML_INACTIVE,
            }
            return made.XMLDesc(flag[type(made)])
        except libvirt.libvirtError:
            return None

    def crashed(self):
        """Some definitions crash libvirt 11.3: another daemon judges those that follow."""
        try:
            ended = self.daemon.wait(2 if not self.connection("qemu:///system").isAlive() else 0)
        except subprocess.TimeoutExpired:
            return None
        self.connections.clear()
        if os.path.exists(SOCKET):
            os.remove(SOCKET)
        self.daemon = start_daemon(self.scratch)
        return f"the daemon ended with {ended}"


def main():
    recordings = os.path.abspath(sys.argv[1])
    if INSIDE not in os.environ:
        apart = ["unshare", "--mount", "--propagation", "private", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]
        with tempfile.TemporaryDirectory(prefix="nixvirt-judge.") as scratch:
            os.chmod(scratch, 0o755)  # QEMU runs as another user.
            sys.exit(subprocess.call([*apart, sys.executable, *sys.argv], env={**os.environ, INSIDE: scratch}))
    reap_orphans()
    scratch = os.environ[INSIDE]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    own_folders(scratch)
    emulators = own_emulators(scratch, recordings)
    # libvirt takes the emulator of the host from here where a definition names none.
    os.environ["PATH"] = f"{emulators}:/usr/sbin:{os.environ['PATH']}"
    libvirt.registerErrorHandler(lambda context, error: None, None)
    judge = Judge(emulators, scratch)
    for name in sys.stdin.read().splitlines():
        with open(name, encoding="utf8", errors="replace") as file:
            refused, printed = judge.said(file.read())
            print(json.dumps({"file": name, "refused": refused, "printed": printed}), flush=True)
    judge.connections.clear()


try:
    import libvirt
except ImportError:
    sys.exit("there is no python3-libvirt here")
main()
