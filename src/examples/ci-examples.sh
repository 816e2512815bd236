#!/usr/bin/env bash
# Tries the examples on a freshly started broker, with the command line clients of Mosquitto and with Python.
# Needs target/coppice.jar (mvn -DskipTests package) and, of Debian, mosquitto-clients and python3-paho-mqtt.
# Ends with 0 when everything was as expected; says what was not otherwise. Takes ports that are free.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
broker=
own=()
passed=0

finish() {
    status=$?
    trap - EXIT
    for pid in "${own[@]}" $broker; do
        kill "$pid" 2>/dev/null || true
    done
    wait
    [ $status -eq 0 ] || { echo "--- the broker said:"; tail -n 30 "$work/broker" 2>/dev/null; } >&2
    rm -rf "$work"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

ok() {
    passed=$((passed + 1))
    echo "ok: $*"
}

# await FILE PATTERN: the first line of a growing file that matches, at most 20 s after the one before it.
await() {
    local line found= feed tail
    exec {feed}< <(exec tail -n +1 -f "$1" 2>/dev/null)
    tail=$!
    while IFS= read -r -t 20 line <&"$feed"; do
        if [[ $line =~ $2 ]]; then
            found=$line
            break
        fi
    done
    kill "$tail" 2>/dev/null || true
    exec {feed}<&-
    [ -n "$found" ] || fail "no line like '$2' came; there was: $(cat "$1")"
    echo "$found"
}

# listen NAME ARGUMENTS: a mosquitto_sub in the background that has subscribed when this returns.
listen() {
    local name=$1
    shift
    : >"$work/$name"
    stdbuf -oL mosquitto_sub -p "$mqtt" -W 20 -d "$@" >"$work/$name" 2>&1 &
    own+=($!)
    last=$!
    await "$work/$name" '^Subscribed ' >/dev/null
}

# take NAME ARGUMENTS: a mosquitto_sub whose messages are there already; ends at its -C or after 10 s.
take() {
    local name=$1
    shift
    mosquitto_sub -p "$mqtt" -W 10 "$@" >"$work/$name" 2>&1 &
    own+=($!)
    last=$!
}

# heard NAME PID LINES…: the listener ended well, and what it got is these lines in this order.
heard() {
    local name=$1 pid=$2 got
    shift 2
    wait "$pid" || fail "$name: mosquitto_sub ended with $?; $(cat "$work/$name")"
    got=$(grep '^> ' "$work/$name" || true)
    [ "$got" = "$(printf '> %s\n' "$@")" ] || fail "$name: wanted '$*', got '$got'"
    ok "$name"
}

pub() {
    mosquitto_pub -p "$mqtt" "$@"
}

for tool in java mosquitto_pub mosquitto_sub stdbuf; do
    command -v $tool >/dev/null || fail "$tool is not installed"
done
for python in "${PYTHON:-python3}" /usr/bin/python3 ''; do
    [ -n "$python" ] || fail "no python3 has paho-mqtt (Debian: python3-paho-mqtt); PYTHON names another one"
    "$python" -c 'import paho.mqtt.client' 2>/dev/null && break
done
export PYTHONDONTWRITEBYTECODE=1

# COPPICE may name another way to start the broker.
: >"$work/broker"
${COPPICE:-java -jar target/coppice.jar} --set "node.data=$work/data" --set listeners.mqtt.port=0 \
    --set listeners.ws.port=0 --set admin.port=0 >"$work/broker" 2>&1 &
broker=$!
ready=$(await "$work/broker" '^Coppice ready')
[[ $ready =~ mqtt\ [^,]*:([0-9]+) ]] || fail "no mqtt listener in '$ready'"
mqtt=${BASH_REMATCH[1]}
[[ $ready =~ ws\ [^,]*:([0-9]+)(/[^, ]*) ]] || fail "no ws listener in '$ready'"
ws=${BASH_REMATCH[1]} path=${BASH_REMATCH[2]}
[[ $ready =~ admin\ [^,]*:([0-9]+) ]] || fail "no admin listener in '$ready'"
admin=${BASH_REMATCH[1]}
ok "$ready"

for version in 311 5; do
    for qos in 0 1 2; do
        listen "v$version-qos$qos" -V $version -q $qos -t "try/$version/$qos" -C 1 -F '> %q %p'
        pub -V $version -q $qos -t "try/$version/$qos" -m hello
        heard "v$version-qos$qos" "$last" "$qos hello"
    done

    pub -V $version -q 1 -r -t "kept/$version/a" -m first
    pub -V $version -q 1 -r -t "kept/$version/a" -m second
    take "v$version-retained" -V $version -q 1 -t "kept/$version/a" -C 1 -F '> %r %p'
    heard "v$version-retained" "$last" '1 second'
    # Cleared, it no longer comes: the one that is still there comes alone.
    pub -V $version -q 1 -r -t "kept/$version/a" -n
    pub -V $version -q 1 -r -t "kept/$version/b" -m other
    take "v$version-retained-cleared" -V $version -q 1 -t "kept/$version/#" -C 1 -F '> %t %p'
    heard "v$version-retained-cleared" "$last" "kept/$version/b other"

    listen "v$version-wildcards" -V $version -q 1 -t "$version/+/temperature" -t "$version/yard/#" -C 3 -F '> %t %p'
    pub -V $version -q 1 -t "$version/kitchen/temperature" -m 21
    pub -V $version -q 1 -t "$version/kitchen/window/temperature" -m 12
    pub -V $version -q 1 -t "$version/yard/well/level" -m 3
    pub -V $version -q 1 -t "$version/yard" -m all
    heard "v$version-wildcards" "$last" "$version/kitchen/temperature 21" "$version/yard/well/level 3" "$version/yard all"

    listen "v$version-will" -V $version -q 1 -t "will/$version" -C 1 -F '> %p'
    watcher=$last
    listen "v$version-doomed" -V $version -t none -i "doomed-$version" --will-topic "will/$version" --will-payload gone --will-qos 1
    { kill -KILL "$last" && wait "$last"; } 2>/dev/null || true
    heard "v$version-will" "$watcher" gone

    session=(-V $version -c -i "sleeper-$version" -q 1 -t "sleep/$version")
    [ $version = 311 ] || session+=(-x 60)
    mosquitto_sub -p "$mqtt" "${session[@]}" -E
    for word in one two three; do
        pub -V $version -q 1 -t "sleep/$version" -m $word
    done
    take "v$version-persistent-session" "${session[@]}" -C 3 -F '> %q %p'
    heard "v$version-persistent-session" "$last" '1 one' '1 two' '1 three'
done

take sys -t '$SYS/broker/version' -C 1 -F '> %r %t'
heard sys "$last" '1 $SYS/broker/version'

"$python" -m unittest discover -s src/examples/python >"$work/unittest" 2>&1 || fail "$(cat "$work/unittest")"
ok "python examples with stand-ins for paho-mqtt 1.x and 2.x"
: >"$work/subscriber"
"$python" src/examples/python/subscriber.py --port "$mqtt" --count 5 >"$work/subscriber" 2>&1 &
subscriber=$!
own+=($subscriber)
await "$work/subscriber" '^subscribed to home/temperature' >/dev/null
"$python" src/examples/python/publisher.py --port "$mqtt" --count 5 --interval 0 >"$work/publisher" 2>&1 ||
    fail "publisher.py: $(cat "$work/publisher")"
wait $subscriber || fail "subscriber.py: $(cat "$work/subscriber")"
[ "$(grep -c '^home/temperature' "$work/subscriber")" = 5 ] || fail "subscriber.py: $(cat "$work/subscriber")"
diff <(grep '^home/' "$work/publisher") <(grep '^home/' "$work/subscriber") || fail "the two differ"
ok "python publisher and subscriber"

: >"$work/interrupted"
"$python" src/examples/python/subscriber.py --port "$mqtt" >"$work/interrupted" 2>&1 &
subscriber=$!
own+=($subscriber)
await "$work/interrupted" '^subscribed to' >/dev/null
kill -TERM $subscriber
wait $subscriber || fail "an interrupted subscriber.py ends with $?: $(cat "$work/interrupted")"
ok "an interrupted subscriber ends cleanly"

"$python" src/examples/sensors.py --port "$mqtt" --count 2 --interval 0 >"$work/sensors" 2>&1 ||
    fail "sensors.py: $(cat "$work/sensors")"
take rooms -q 1 -t home/+/status -C 4 -F '> %p'
heard rooms "$last" offline offline offline offline

fetch() {
    "$python" -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())' \
        "http://127.0.0.1:$admin$1"
}
grep -q '"status":"UP"' <<<"$(fetch /health/ready)" || fail "the broker is not ready"
grep -q '^mqtt_messages_received_total{qos="1"} [1-9]' <<<"$(fetch /metrics)" || fail "the metrics count no messages"
grep -q monitor.html <<<"$(fetch /examples/)" || fail "the examples have no page"
settings=$(fetch /examples/settings.json)
[[ $settings == *"\"port\":$ws,\"path\":\"$path\""* ]] || fail "pages are sent to '$settings' instead of $ws$path"
ok "admin port: health, metrics, pages"

mosquitto_sub -p "$mqtt" -c -i keeper -q 1 -t keep -E
pub -q 1 -t keep -m waiting
pub -q 1 -r -t kept/backup -m before
command="${COPPICE:-java -jar target/coppice.jar} admin"
$command export "$work/backup.jsonl.gz" --url "http://127.0.0.1:$admin" >"$work/export" || fail "export: $(cat "$work/export")"
mosquitto_sub -p "$mqtt" -i keeper -q 1 -t keep -E # a clean session takes the place of the other
pub -q 1 -r -t kept/backup -m after
$command import --replace "$work/backup.jsonl.gz" --url "http://127.0.0.1:$admin" >"$work/import" || fail "import: $(cat "$work/import")"
take backup -c -i keeper -q 1 -t keep -t kept/backup -C 2 -F '> %t %p'
heard backup "$last" 'keep waiting' 'kept/backup before'

kill -TERM "$broker"
wait "$broker" || fail "the broker ended with $?"
broker=
ok "the broker stops cleanly"

# Password files, ours and Mosquitto's, each read by the other.
if command -v mosquitto_passwd >/dev/null && PATH=$PATH:/usr/sbin command -v mosquitto >/dev/null; then
    mosquitto_passwd -c -b "$work/theirs" anna 'wörd 1' >/dev/null
    mosquitto_passwd -H sha512 -b "$work/theirs" bert secret >/dev/null
    passwd="${COPPICE:-java -jar target/coppice.jar} passwd"
    $passwd set "$work/theirs" carl >"$work/passwd" <<<'geheim' || fail "passwd: $(cat "$work/passwd")"
    printf 'anna:wörd 1\nbert:secret\n' | $passwd import "$work/ours" - --hash pbkdf2 >"$work/passwd" || fail "passwd: $(cat "$work/passwd")"

    enters() { mosquitto_pub -p "$mqtt" -t try -m x "$@" >/dev/null 2>&1; }
    : >"$work/broker"
    ${COPPICE:-java -jar target/coppice.jar} --set durability=memory --set listeners.mqtt.port=0 --set listeners.ws.enabled=false \
        --set admin.enabled=false --set "security.password-file=$work/theirs" >"$work/broker" 2>&1 &
    broker=$!
    [[ $(await "$work/broker" '^Coppice ready') =~ mqtt\ [^,]*:([0-9]+) ]] || fail "no mqtt listener"
    mqtt=${BASH_REMATCH[1]}
    for version in 311 5; do
        enters -V $version -u anna -P 'wörd 1' || fail "anna is not let in"
        enters -V $version -u bert -P secret || fail "bert is not let in"
        enters -V $version -u carl -P geheim || fail "carl is not let in"
        ! enters -V $version -u anna -P wrong || fail "a wrong password is let in"
        ! enters -V $version || fail "nobody is let in"
    done
    kill -TERM "$broker"
    wait "$broker" || fail "the broker ended with $?"
    broker=
    ok "the password file of mosquitto_passwd"

    mqtt=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    printf 'listener %s 127.0.0.1\npassword_file %s\n' "$mqtt" "$work/ours" >"$work/mosquitto.conf"
    [ "$(id -u)" != 0 ] || printf 'user root\n' >>"$work/mosquitto.conf"
    PATH=$PATH:/usr/sbin mosquitto -c "$work/mosquitto.conf" >"$work/broker" 2>&1 &
    broker=$!
    await "$work/broker" 'mosquitto version .* running' >/dev/null
    enters -u anna -P 'wörd 1' || fail "Mosquitto does not let anna in with our file"
    enters -u bert -P secret || fail "Mosquitto does not let bert in with our file"
    ! enters -u anna -P wrong || fail "Mosquitto lets a wrong password in with our file"
    kill -TERM "$broker"
    wait "$broker" || true
    broker=
    ok "Mosquitto reads ours"
fi

# The same ACL file here and in Mosquitto, where that is installed (Debian: mosquitto), gives the same rights.
if mosquitto=$(PATH="$PATH:/usr/sbin" command -v mosquitto); then
    "$python" src/examples/mosquitto_acl.py --acl >"$work/acl"
    chmod 755 "$work"
    : >"$work/rules"
    ${COPPICE:-java -jar target/coppice.jar} --set durability=memory --set listeners.mqtt.port=0 --set listeners.ws.enabled=false \
        --set admin.enabled=false --set "security.acl-file=$work/acl" >"$work/rules" 2>&1 &
    own+=($!)
    ready=$(await "$work/rules" '^Coppice ready')
    [[ $ready =~ mqtt\ [^,]*:([0-9]+) ]] || fail "no mqtt listener in '$ready'"
    mqtt=${BASH_REMATCH[1]}
    # it takes no port 0; one that was free a moment ago
    other=$("$python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    printf 'listener %s 127.0.0.1\nallow_anonymous true\nacl_file %s\n' "$other" "$work/acl" >"$work/mosquitto.conf"
    : >"$work/mosquitto"
    "$mosquitto" -c "$work/mosquitto.conf" >"$work/mosquitto" 2>&1 &
    own+=($!)
    await "$work/mosquitto" 'running$' >/dev/null
    "$python" src/examples/mosquitto_acl.py "$mqtt" "$other" >"$work/compared" || fail "$(cat "$work/compared" "$work/rules")"
    ok "the rights of an ACL file are those of Mosquitto: $(cat "$work/compared")"
fi
echo "$passed passed, 0 failed"
