#!/bin/sh
echo "$(id -un) $$ $(TZ= date -d @0 +%Y) $(date -d @1700000000 +%Z)"
locale charmap
