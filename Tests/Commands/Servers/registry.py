"""What the registries that misbehave have in common: a server on 127.0.0.1 and 127.0.0.2, and its log.

Each request is a line of the log, the last argument: METHOD PATH STATUS NOTED AUTHORIZATION HOST, '-' where there is
none; NOTED is a field of the request.
"""
import collections
import hashlib
import http.server
import socket
import struct
import sys
import threading

LOG = sys.argv[-1]
lock = threading.Lock()
counts = collections.Counter()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Hangup(Exception):
    """The connection is reset, with no orderly end."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 0

    def log_message(self, *_):
        pass

    def handle_any(self):
        self.status = 0
        try:
            self.route()
        except Hangup:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
        except OSError:
            self.close_connection = True
        finally:
            fields = [self.command, self.path, str(self.status)]
            fields += [self.headers.get(name, "-").replace(" ", "_") for name in (self.noted, "Authorization", "Host")]
            with lock, open(LOG, "a", encoding="ascii") as file:
                print(*fields, file=file)

    do_GET = do_HEAD = handle_any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def run(self):
        other = Server(("127.0.0.2", self.server_port), self.RequestHandlerClass)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        # There is a log from the beginning, of nothing.
        open(LOG, "a", encoding="ascii").close()
        print(self.server_port, flush=True)
        self.serve_forever()
