#!/usr/bin/python3
"""A registry that takes images and misbehaves at it; in memory.

usage: uploads.py LOG      prints the port that it listens on (127.0.0.1 and 127.0.0.2)

The repository's first component says how it misbehaves. Each request is a line of LOG:
METHOD PATH STATUS LENGTH AUTHORIZATION HOST, '-' where there is none.
"""
import re
import urllib.parse

from registry import Handler, Hangup, Server, counts, digest, lock

blobs, manifests = {}, {}  # by repository and digest or tag
uploads = {}  # number: [repository, bytes]
PIECE = 64 << 10


class Uploads(Handler):
    noted = "Content-Length"
    do_POST = do_PUT = do_PATCH = do_DELETE = Handler.handle_any

    def reply(self, status, fields=(), body=b""):
        self.status = status
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self, take, limit=None):
        """Reads the body, gives each piece to `take`; hangs up after `limit` bytes."""
        left, got = int(self.headers.get("Content-Length", 0)), 0
        while left:
            piece = self.rfile.read(min(left, PIECE))
            if not piece:
                raise Hangup
            take(piece)
            left -= len(piece)
            got += len(piece)
            if limit is not None and got >= limit:
                raise Hangup

    def route(self):
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        place = re.fullmatch(r"/v2/(.+)/(blobs/uploads|blobs|manifests)/([^/]*)", path)
        if not place:
            return self.reply(404)
        name, kind, label = place.groups()
        how = name.split("/")[0]
        if how == "login" and self.headers.get("Authorization") is None \
                and not self.headers["Host"].startswith("127.0.0.2"):
            return self.reply(401, [("WWW-Authenticate", 'Basic realm="r"')])
        if kind == "manifests":
            return self.manifest(how, name, label)
        if kind == "blobs":
            found = blobs.get((name, label))
            return self.reply(200 if found is not None else 404, body=found or b"")
        return self.upload(how, name, label, query)

    def manifest(self, how, name, label):
        if self.command != "PUT":
            found = manifests.get((name, label))
            if found is None:
                return self.reply(404)
            return self.reply(200, [("Content-Type", found[0]), ("Docker-Content-Digest", digest(found[1]))], found[1])
        pieces = []
        self.body(pieces.append)
        data = b"".join(pieces)
        if how == "denied-manifest":
            return self.reply(403, body=b'{"errors":[{"code":"DENIED","message":"read only"}]}')
        for key in (label, digest(data)):
            manifests[name, key] = (self.headers["Content-Type"], data)
        stored = digest(b"x") if how == "wrong-manifest-digest" else digest(data)
        return self.reply(201, [("Docker-Content-Digest", stored)])

    def upload(self, how, name, label, query):
        if self.command == "POST":
            return self.begin(how, name)
        upload = uploads.get(label)
        if upload is None:
            return self.reply(404)
        here = ("Location", "/v2/%s/blobs/uploads/%s?state=a%%2Fb" % (name, label))
        if self.command == "DELETE":
            del uploads[label]
            return self.reply(204)
        if self.command == "GET":
            return self.reply(204, [here, ("Range", "0-%d" % max(len(upload[1]) - 1, 0))])
        if query.get("state") != "a/b":
            return self.reply(400, body=b'{"errors":[{"message":"the state is gone"}]}')
        return self.take(how, name, label, query, here, upload)

    def begin(self, how, name):
        with lock:
            counts["upload"] += 1
            label = str(counts["upload"])
        if how == "429-once" and self.first(name):
            return self.reply(429, [("Retry-After", "1")])
        if how == "403":
            return self.reply(403, body=b'{"errors":[{"code":"DENIED","message":"read only"}]}')
        if how == "405":
            return self.reply(405)
        if how == "no-location":
            return self.reply(202)
        if how == "ftp-location":
            return self.reply(202, [("Location", "ftp://127.0.0.1/x")])
        uploads[label] = [name, b""]
        host = "http://127.0.0.2:%d" % PORT if how == "login" else ""
        return self.reply(202, [("Location", "%s/v2/%s/blobs/uploads/%s?state=a%%2Fb" % (host, name, label))])

    def first(self, what):
        with lock:
            counts[what] += 1
            return counts[what] == 1

    def take(self, how, name, label, query, here, upload):
        def keep(piece):
            upload[1] += piece
        length = int(self.headers.get("Content-Length", 0))
        large = length > 200_000
        if how == "413" and length > 300_000:
            self.close_connection = True
            return self.reply(413)
        if how == "redirects" and self.command == "PUT":
            self.body(lambda _: None)
            return self.reply(307, [("Location", self.path)])
        if how == "redirect" and self.command == "PUT" and self.first(name + label):
            self.body(lambda _: None)
            return self.reply(307, [here[:1] + (here[1] + "&digest=" + query["digest"],)])
        if how == "reset" and large:
            self.body(keep, 100_000 if self.first(name + label) else length // 2)
        if how == "reset-always" and large:
            self.body(lambda _: None, 10_000)
        if how == "503-midway" and large and self.first(name + label):
            self.body(lambda piece: keep(piece) if len(upload[1]) < 100_000 else None)
            return self.reply(503)
        begin = self.headers.get("Content-Range", "").split("-")[0]
        if self.command == "PATCH" and begin != str(len(upload[1])):
            return self.reply(416, [here])
        self.body(keep)
        if self.command == "PATCH":
            return self.reply(202, [here, ("Range", "0-%d" % (len(upload[1]) - 1))])
        if digest(upload[1]) != query["digest"]:
            return self.reply(400, body=b'{"errors":[{"code":"DIGEST_INVALID","message":"digest invalid"}]}')
        blobs[name, query["digest"]] = upload[1]
        del uploads[label]
        if how == "lost-answer" and self.first(name + query["digest"]):
            raise Hangup
        stored = digest(b"x") if how == "wrong-digest" else query["digest"]
        return self.reply(201, [("Docker-Content-Digest", stored)])


server = Server(("127.0.0.1", 0), Uploads)
PORT = server.server_port
server.run()
