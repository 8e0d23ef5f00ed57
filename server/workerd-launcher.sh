#!/bin/sh
# Runs workerd so that it can never outlive the server that started it: a server killed with SIGKILL cannot stop its
# runtime, and an orphan would keep the port and the databases. The server holds the write end of a FIFO open; when
# the server goes, for whatever reason, the watcher below reads its end and kills the runtime.

# Another Miniflare of the same process (a test runner's) has no lifeline and minds its runtime itself.
[ -n "$GATI_LIFELINE" ] || exec "$GATI_WORKERD" "$@"

pid=$$
echo "$pid" > "$GATI_RUNTIME_PID"
exec 9< "$GATI_LIFELINE"
(
  # Ctrl-C reaches the whole process group; the watcher has to stay until the server has gone.
  trap '' INT TERM HUP
  exec > /dev/null 2>&1 3>&-
  read -r _ <&9
  # The pid may have been used again since: look before killing. Small images have /proc and no ps.
  if [ -r "/proc/$pid/comm" ]; then read -r name < "/proc/$pid/comm"; else name=$(ps -o comm= -p "$pid"); fi
  case "$name" in
    *workerd*) kill -KILL "$pid" ;;
  esac
) < /dev/null &
exec 9<&-
exec "$GATI_WORKERD" "$@"
