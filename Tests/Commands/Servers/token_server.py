#!/usr/bin/python3
"""A token server for Docker's registry: signs JSON web tokens with openssl.

usage: token_server.py KEY CERTIFICATE LOG       prints the port that it listens on (127.0.0.1)

Anonymous clients may pull below public/; user:secret may do everything. KEY and CERTIFICATE are PEM files;
the registry is told the certificate as its rootcertbundle, issuer "tests", service "registry".
"""
import base64
import http.server
import json
import subprocess
import sys
import time
import urllib.parse

KEY, CERTIFICATE, LOG = sys.argv[1:4]


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def der():
    with open(CERTIFICATE) as file:
        return "".join(line.strip() for line in file if not line.startswith("-----"))


def sign(claims):
    head = {"typ": "JWT", "alg": "RS256", "x5c": [der()]}
    text = b".".join(url64(json.dumps(part).encode()) for part in (head, claims))
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", KEY], input=text, stdout=subprocess.PIPE, check=True).stdout
    return (text + b"." + url64(signature)).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        given = self.headers.get("Authorization")
        user = base64.b64decode(given.split()[1]).decode() if given and given.startswith("Basic ") else None
        with open(LOG, "a") as file:
            file.write(f"{self.path} {user and user.split(':')[0]}\n")
        if user not in (None, "user:secret"):
            return self.answer(401, {"errors": [{"code": "UNAUTHORIZED"}]})
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        access = [grant for scope in query.get("scope", []) for grant in self.grants(scope, user)]
        now = int(time.time())
        claims = {"iss": "tests", "sub": user or "", "aud": query.get("service", [""])[0], "jti": str(time.time()),
                  "iat": now, "nbf": now - 10, "exp": now + 300, "access": access}
        return self.answer(200, {"token": sign(claims), "expires_in": 300})

    @staticmethod
    def grants(scope, user):
        kind, name, actions = scope.split(":")
        if user is None:
            if not name.startswith("public/"):
                return []
            actions = "pull"
        return [{"type": kind, "name": name, "actions": actions.split(",")}]

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
