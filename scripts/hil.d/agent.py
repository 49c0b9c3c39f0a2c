"""The agent in the guest of scripts/hil: runs orders from a virtio-serial port, one JSON object a line.

An order is {"id": 1, "run": "shell text", "timeout": seconds, "user": name, "input": text}, the
answer {"id": 1, "exit": code, "out": text, "err": text, "seconds": took}; a command that outlives
its time is killed with all its children, and its exit code is "timeout". Orders run
side by side.
"""

import json, os, signal, subprocess, sys, threading, time

PORT = "/dev/virtio-ports/lodestar.agent"
HOST = "10.0.2.2"
os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/hil/bin"
writing = threading.Lock()


def answer(port, value):
    data = json.dumps(value).encode() + b"\n"
    with writing:
        while data:
            data = data[os.write(port, data):]


def run(order):
    begun = time.monotonic()
    command = ["/bin/bash", "-c", order["run"]]
    if order.get("user"):
        command = ["runuser", "-u", order["user"], "--", *command]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, cwd="/")
    code = None
    try:
        out, err = process.communicate(order.get("input", "").encode(), order.get("timeout", 60))
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        try:
            out, err = process.communicate(timeout=5)
        except subprocess.TimeoutExpired as late:
            out, err = late.stdout or b"", late.stderr or b""
        code = "timeout"
    return {"exit": code, "out": out.decode(errors="replace"), "err": err.decode(errors="replace"),
            "seconds": round(time.monotonic() - begun, 3)}


def serve(port, order):
    try:
        result = run(order)
    except Exception as error:
        result = {"exit": "agent", "out": "", "err": f"{type(error).__name__}: {error}"}
    answer(port, {"id": order["id"], **result})


def main():
    for order in (["ip", "link", "set", "lo", "up"], ["ip", "link", "set", "eth0", "up"],
                  ["ip", "address", "replace", "10.0.2.15/24", "dev", "eth0"],
                  ["ip", "route", "replace", "default", "via", HOST]):
        subprocess.run(order, check=False)
    while not os.path.exists(PORT):
        time.sleep(0.05)
    port = os.open(PORT, os.O_RDWR)
    answer(port, {"id": 0, "exit": 0, "out": "ready", "err": ""})
    pending = b""
    while True:
        data = os.read(port, 65536)
        if not data:  # Nobody holds the host's end.
            time.sleep(0.1)
            continue
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            try:
                order = json.loads(line)
            except ValueError:
                print("not an order:", line[:200], file=sys.stderr)
                continue
            threading.Thread(target=serve, args=(port, order), daemon=True).start()


main()
