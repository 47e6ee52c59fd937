"""Leads a port of its own on loopback to a Unix socket; prints the port."""

import socket, sys, threading


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    # One way is over, and the other goes on: who refuses a request before all of it has come answers it all the same.
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    near, _ = listening.accept()
    far = socket.socket(socket.AF_UNIX)
    far.connect(sys.argv[1])
    for source, sink in ((near, far), (far, near)):
        threading.Thread(target=pump, args=(source, sink), daemon=True).start()
