"""The servers that the benchmarks pull from, on free loopback ports."""
import socket
import subprocess
import sys
import time

from images import MANIFEST

running = []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(argv, port, cwd):
    running.append(subprocess.Popen(argv, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return f"127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    sys.exit(f"bench: {argv[0]} does not start")


def stop_all():
    for process in running:
        process.terminate()
        process.wait()


def registry(work):
    """Debian's docker-registry, empty."""
    port = free_port()
    with open(work + "/registry.yml", "w") as file:
        file.write(f"""version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {work}/registry}}}}
http: {{addr: 127.0.0.1:{port}}}
""")
    return start(["docker-registry", "serve", "registry.yml"], port, work)


def files(work):
    """nginx, which serves the layouts below `work` as a registry does: images of any size without a push."""
    port = free_port()
    with open(work + "/nginx.conf", "w") as file:
        file.write(f"""daemon off; worker_processes 1; error_log stderr; pid {work}/nginx.pid; user root;
events {{}}
http {{
  access_log off; sendfile on; client_body_temp_path {work}/t; proxy_temp_path {work}/t;
  fastcgi_temp_path {work}/t; uwsgi_temp_path {work}/t; scgi_temp_path {work}/t;
  server {{
    listen 127.0.0.1:{port};
    location = /v2/ {{ return 200 "{{}}"; }}
    location ~ "^/v2/([^/]+)/manifests/" {{ types {{}} default_type {MANIFEST}; alias {work}/$1/manifest.json; }}
    location ~ "^/v2/([^/]+)/blobs/sha256:(.+)$" {{
      types {{}} default_type application/octet-stream; alias {work}/$1/blobs/sha256/$2;
    }}
  }}
}}
""")
    return start(["nginx", "-p", work, "-c", work + "/nginx.conf"], port, work)
