"""
One flood by TRex, for the engine in trex.ts: starts a TRex server, gives it the bursts of the job on stdin, waits, and prints as JSON what
its port has counted. With --attempt it only looks whether that could be done here. What is in the way is told in one line, and the exit
code is 1.

It is to be the first process of a PID namespace and to have mounts of its own: so the server ends with it, however it ends, and leaves no
file.
"""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

TREX = os.environ.get('STORMPROOF_TREX', '/opt/trex')
# what t-rex-64 starts once it has bound cards to drivers and reserved memory: that is left to the owner of the machine
SERVER = os.path.join(TREX, '_t-rex-64')
API = os.path.join(TREX, 'automation', 'trex_control_plane', 'interactive')
# of a PCI card, where its owner has said which memory and processors are for it
OWNERS_CONFIG = '/etc/trex_cfg.yaml'
# TRex's own; both are open to whoever reaches an IPv4 address of this network namespace
PORTS = (4501, 4500)
START_LIMIT_S = 15
END_LIMIT_S = 2
# so much later than its time the sending may end, where processors are shared
LATE_S = 1
# the server reads its ports' counters twice a second
COUNTED_S = 1.2


def is_pci(device):
    return ':' in device


def obstacle(device):
    """Why this cannot be done here; None where it can."""
    if not (os.access(SERVER, os.X_OK) and os.path.isdir(API)):
        return f'no TRex is installed in {TREX}; STORMPROOF_TREX names another directory'
    if is_pci(device) and not os.path.exists(OWNERS_CONFIG):
        return f'TRex has no {OWNERS_CONFIG}, which says what of this machine is for {device}'
    addresses = json.loads(subprocess.run(['ip', '-j', '-4', 'address'], check=True, capture_output=True).stdout)
    reached = [each['ifname'] for each in addresses if each.get('addr_info') and each['ifname'] != 'lo']
    if reached:
        return f'the control port of TRex would be open on {", ".join(reached)}: give it a network namespace without IPv4'
    if any(listens(port) for port in PORTS):
        return 'another TRex runs here'
    return None


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


def start(job, log):
    """The server, on the job's device and one that is none, since it takes ports in pairs."""
    # where DPDK keeps its files
    subprocess.run(['mount', '-t', 'tmpfs', 'none', '/run'], check=True)
    if is_pci(job['device']):
        config = OWNERS_CONFIG
        subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    else:
        config = '/run/trex_cfg.yaml'
        # low_end: no huge pages, all threads on one processor, and they sleep where others would spin
        threads = {'low_end': True, 'low_end_core': max(os.sched_getaffinity(0))}
        macs = {'src_mac': job['sourceMac'], 'dest_mac': job['destinationMac']}
        devices = {'port_limit': 2, 'interfaces': [job['device'], 'dummy'], 'port_info': [macs, macs]}
        with open(config, 'w') as file:
            json.dump([{'version': 2, **devices, **threads}], file)
    options = ['--cfg', config, '--no-key', '--iom', '0', '--no-scapy-server']
    # its libraries are found from its own directory
    return subprocess.Popen(
        [SERVER, '-i', '--stl', *options], cwd=TREX, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
    )


def last_words(log):
    log.seek(0)
    lines = [line for line in log.read().decode(errors='replace').splitlines() if any(letter.isalpha() for letter in line)]
    told = [line for line in lines if 'error' in line.lower()]
    return (told or lines or ['nothing'])[-1].strip()


def flood(job, server, log):
    """Carries the job out and returns how many packets the port has sent."""
    sys.path.insert(0, API)
    from trex.stl.api import STLClient, STLPktBuilder, STLStream, STLTXSingleBurst, STLVmFlowVar, STLVmWrFlowVar, TRexTimeoutError

    deadline = time.monotonic() + START_LIMIT_S
    while not all(listens(port) for port in PORTS):
        if server.poll() is not None:
            raise RuntimeError(f'TRex did not start: {last_words(log)}')
        if time.monotonic() > deadline:
            raise RuntimeError(f'TRex was not ready in {START_LIMIT_S} s: {last_words(log)}')
        time.sleep(0.05)

    def stream(burst):
        program = []
        for name, variable in enumerate(burst['variables']):
            limits = {'min_value': variable['least'], 'max_value': variable['most'], 'init_value': variable['first']}
            program.append(STLVmFlowVar(str(name), size=variable['bytes'], op=variable['goes'], step=1, **limits))
            program.append(STLVmWrFlowVar(str(name), pkt_offset=variable['at']))
        return STLStream(
            packet=STLPktBuilder(pkt_buffer=base64.b64decode(burst['packet']), vm=program, remove_fcs=False),
            mode=STLTXSingleBurst(pps=burst['rate_pps'], total_pkts=burst['packets']),
            isg=burst['begins_us'],
            mac_src_override_by_pkt=1,
            mac_dst_override_mode=1,
        )

    client = STLClient(server='127.0.0.1', verbose_level='none')
    client.connect()
    port = 0
    if is_pci(job['device']):
        ports = [number for number in client.get_all_ports() if client.get_port_info(number)[0]['pci_addr'] == job['device']]
        if not ports:
            raise RuntimeError(f'{OWNERS_CONFIG} does not give {job["device"]} to TRex')
        port = ports[0]
    client.reset(ports=[port])
    client.add_streams([stream(burst) for burst in job['bursts']], ports=[port])
    client.clear_stats(ports=[port])
    client.start(ports=[port], force=True, duration=job['length_s'] + LATE_S)
    try:
        client.wait_on_traffic(ports=[port], timeout=job['length_s'] + LATE_S)
    except TRexTimeoutError:
        # its own time goes slower where it cannot keep up
        client.stop(ports=[port])
    time.sleep(COUNTED_S)
    sent = client.get_stats(ports=[port])[port]['opackets']
    client.disconnect()
    return sent


def main():
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(1))
    if sys.argv[1:2] == ['--attempt']:
        sys.exit(obstacle(sys.argv[2]))
    job = json.load(sys.stdin)
    why = obstacle(job['device'])
    if why is not None:
        sys.exit(why)
    with tempfile.TemporaryFile() as log:
        server = start(job, log)
        print(json.dumps({'sent_packets': flood(job, server, log)}), flush=True)
        server.terminate()
        try:
            server.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            pass  # it ends with this process


try:
    main()
except Exception as error:
    sys.exit(' '.join(str(error).split()))
