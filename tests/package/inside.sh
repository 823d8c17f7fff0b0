# In a clean root that has /brink.deb: what an administrator does with it. Run by package_test.py.
set -eu

step() { printf '   %s\n' "$*"; }
fail() { printf 'inside: %s\n' "$*" >&2; exit 1; }
here() { for path in "$@"; do [ -e "$path" ] || fail "$path is not there"; done; }
gone() { for path in "$@"; do [ ! -e "$path" ] || fail "$path is still there"; done; }
# Waits until a command succeeds.
until_ok() {
    tries=0
    until "$@" >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || fail "in vain: $*"
        sleep 0.05
    done
}
# All that there is, but for what changes by itself, and what a package manager keeps for itself.
files() {
    find / -xdev \( -path /proc -o -path /run -o -path /tmp -o -path /var/lib/dpkg -o -path /var/cache \
        -o -path /var/log -o -path /etc/passwd- -o -path /etc/shadow- -o -path /etc/group- \
        -o -path /etc/gshadow- -o -path /etc/.pwd.lock -o -path /var/lib/systemd \) -prune -o -print | sort
}

unit=/lib/systemd/system/brink.service
relay_conf='
admin { address = off }
listener "front" { address = 127.0.0.1:7000; upstream = "back" }
upstream "back" { server = 127.0.0.1:5882 }'

# As systemd would, by the unit: its ExecStart, as its User, with its RuntimeDirectory.
start_service() {
    user=$(sed -n 's/^User=//p' "$unit")
    start=$(sed -n 's/^ExecStart=//p' "$unit")
    [ "$user" = brink ] || fail "the unit runs as '$user'"
    mkdir -p "/run/$(sed -n 's/^RuntimeDirectory=//p' "$unit")"
    chown "$user:$user" /run/brink
    # shellcheck disable=SC2086
    setpriv --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all $start 2>/tmp/service.log &
    service=$!
}
stop_service() {
    kill -TERM "$service"
    status=0
    wait "$service" || status=$?
    [ "$status" -eq 0 ] || { cat /tmp/service.log >&2; fail "the service ended with $status"; }
}

files >/tmp/before

step "it is installed"
dpkg --install /brink.deb >/tmp/install.log 2>&1 || { cat /tmp/install.log; fail "it cannot be installed"; }
[ "$(dpkg-query --show --showformat='${db:Status-Status}' brink)" = installed ] || fail "it is not configured"
id brink >/dev/null || fail "there is no user"
[ "$(getent passwd brink | cut -d: -f7)" = /usr/sbin/nologin ] || fail "brink can log in"
brink --version

step "all that belongs to it is there"
here /usr/bin/brink /usr/lib/*/libbrink.a /usr/include/brink/brink.h /usr/lib/*/pkgconfig/brink.pc \
    /usr/lib/*/cmake/brink/brink-config.cmake "$unit" /usr/lib/sysusers.d/brink.conf \
    /etc/brink/brink.conf /etc/logrotate.d/brink /usr/share/doc/brink/copyright \
    /usr/share/doc/brink/changelog.gz /usr/share/doc/brink/changelog.Debian.gz \
    /usr/share/doc/brink/examples/conf/dns.conf /usr/share/doc/brink/examples/hello.c \
    /usr/share/doc/brink/examples/systemd/brink.socket \
    /usr/share/bash-completion/completions/brink /usr/share/zsh/vendor-completions/_brink \
    /usr/share/man/man5/brink.conf.5.gz /usr/share/man/man3/libbrink.3.gz /usr/share/man/man1/brink.1.gz
for command in $(brink help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'); do
    here "/usr/share/man/man1/brink-$command.1.gz"
done
gzip --test /usr/share/man/man*/brink*.gz /usr/share/doc/brink/*.gz
gone /etc/systemd/system/multi-user.target.wants/brink.service # that is up to the administrator
# shellcheck disable=SC1091
bash -c '. /usr/share/bash-completion/completions/brink
    COMP_WORDS=(brink rel) COMP_CWORD=1; _brink; [ "${COMPREPLY[*]}" = relay ]' || fail "bash completes nothing"

step "what it is installed with is good, and works"
brink check
for conf in /usr/share/doc/brink/examples/conf/*.conf; do brink check -c "$conf" >/dev/null; done
start_service
until_ok brink ping --count 3 127.0.0.1:5882
stop_service

step "it relays"
echo "$relay_conf" >/etc/brink/brink.conf
brink echo --listen 127.0.0.1:5882 --log-level error &
echo=$!
start_service
until_ok brink ping --count 1 127.0.0.1:7000
brink ping --count 200 --interval 0ms 127.0.0.1:7000 >/tmp/ping || { cat /tmp/ping /tmp/service.log; fail "frames are lost"; }
tail -n 3 /tmp/ping
stop_service
grep -q 'event=stop .*drained=yes' /tmp/service.log || fail "it did not stop as it should"

step "it is upgraded at work: no frame is lost, and it keeps what was configured"
start_service
until_ok brink ping --count 1 127.0.0.1:7000
brink ping --count 2000 --interval 1ms 127.0.0.1:7000 >/tmp/ping &
ping=$!
dpkg --install /brink.deb >/tmp/install.log 2>&1 || { cat /tmp/install.log; fail "it cannot be upgraded"; }
kill -USR2 "$service"
wait "$service" || { cat /tmp/service.log; fail "the old program ended with $?"; }
kill -0 "$ping" || fail "the client had ended before"
wait "$ping" || { cat /tmp/ping /tmp/service.log; fail "frames are lost"; }
tail -n 3 /tmp/ping
[ "$(cat /etc/brink/brink.conf)" = "$relay_conf" ] || fail "the configuration is another"
taken_over=$(sed -n 's/.*event=upgrade pid=\([0-9]*\).*/\1/p' /tmp/service.log)
kill -TERM "$taken_over"
until_ok grep -q 'event=stop .*handed_over=0' /tmp/service.log
kill "$echo"

step "it is removed"
mkdir -p /var/log/brink
touch /var/log/brink/access.log
dpkg --remove brink >/tmp/install.log 2>&1 || { cat /tmp/install.log; fail "it cannot be removed"; }
gone /usr/bin/brink "$unit" /usr/include/brink /usr/share/doc/brink
here /etc/brink/brink.conf /etc/logrotate.d/brink /var/log/brink/access.log
dpkg --purge brink >/tmp/install.log 2>&1 || { cat /tmp/install.log; fail "it cannot be purged"; }
gone /etc/brink /etc/logrotate.d/brink /var/log/brink
files >/tmp/after
diff /tmp/before /tmp/after || fail "this is left over"
