/* mqload - a cheap MQTT 3.1.1 / 5 load generator and verifier.
 *
 * One thread, one epoll set, one shared read buffer.  Packets of one publisher
 * are built from a template and flushed once per loop turn; time is taken once
 * per read() and once per fill.  Every payload carries
 *      u32 run tag | u32 flow id | u32 sequence | u32 length | u64 send time (ns) | filler
 * so every scenario checks loss, duplicates, order and corruption, and measures
 * end-to-end latency.
 *
 * SPDX-License-Identifier: MIT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

typedef uint8_t u8; typedef uint16_t u16; typedef uint32_t u32; typedef uint64_t u64;

/* ---------------------------------------------------------------- options */
static struct {
    const char *scenario, *host, *label, *crash_cmd, *hook, *without;
    int ports[64], nports, pids[64], npids;
    int v5, qos, subqos, size, pubs, subs, groups, window, conc, keepalive, clear, drains, overlap, shift, srcips, tls, no_store, slices;
    int subscriptions, verbose, verbose_conn;
    long count, messages; double rate, duration, warmup, hold, drain, timeout; u64 seed; u32 tag;
} o = { .scenario = "pairs", .host = "127.0.0.1", .label = "", .v5 = 0, .qos = 0, .subqos = -1, .size = 64,
        .pubs = -1, .subs = -1, .groups = 1, .window = 64, .conc = 128, .keepalive = 60, .drains = 1,
        .subscriptions = 100000, .count = 0, .messages = 1000, .rate = 0, .duration = 5, .warmup = 1, .hold = 5,
        .drain = 3, .timeout = 120, .seed = 1 };

static void usage(void) {
    puts("mqload SCENARIO [flags] - MQTT load generator and verifier; prints one line of JSON\n"
    "scenarios\n"
    "  pairs     N publishers -> N subscribers, one topic each             (--pubs N)\n"
    "  fanout    P publishers -> all N subscribers on one topic            (--pubs P --subs N)\n"
    "  fanin     N publishers -> few subscribers of f/#                    (--pubs N --subs M)\n"
    "  shared    N publishers -> G groups of K $share consumers            (--pubs N --groups G --subs K per group)\n"
    "  wildcard  S subscriptions (exact, +, #) over K clients, random topics, one match each\n"
    "                                    (--subscriptions S --subs K --pubs P; --overlap M adds M clients on w/#)\n"
    "  connect   connection storm, then hold idle                          (--subs N --conc K --hold SEC)\n"
    "  retained  store R retained messages, wildcard subscriber drains     (--messages R --drains D --clear)\n"
    "  queue     S offline sessions, K QoS1 messages each, reconnect, drain (--subs S --messages K --pubs P)\n"
    "  crash     as queue, but runs --crash-cmd once --messages*S are acked, then checks acked ones (--subs S)\n"
    "flags (defaults)\n"
    "  --host H          IPv4 address (127.0.0.1)\n"
    "  --port A[,B...]   broker port(s); clients are spread round-robin (1883)\n"
    "  --shift N         subscribers start N ports later than publishers (0): 1 makes all pairs cross-node\n"
    "  --v5              speak MQTT 5 (3.1.1)\n"
    "  --qos Q           publish QoS (0)        --subqos Q   subscription QoS (= qos)\n"
    "  --size B          payload bytes, >= 24 (64)\n"
    "  --pubs N --subs N clients (16/16)\n"
    "  --rate R          total publishes/s, open loop, latency from the intended time (0 = closed loop)\n"
    "  --window W        closed loop: undelivered/unacked messages per publisher (64)\n"
    "  --duration S      measured seconds (5)   --warmup S   seconds before it (1)\n"
    "  --count N         stop after N publishes in all instead of after --duration\n"
    "  --drain S         longest silence to wait for stragglers (3)\n"
    "  --hold S          connect: seconds to hold the idle connections (5)\n"
    "  --keepalive S     keep-alive seconds (60)  --conc N  connects in progress at once (128)\n"
    "  --srcips N        source addresses 127.0.0.1..N (as many as needed)\n"
    "  --pid A[,B...]    broker process ids, for CPU and RSS\n"
    "  --slices N        broker CPU a message of each of N parts of --duration, too (at most 500)\n"
    "  --without NAME    not the CPU of the broker's threads whose name begins so\n"
    "  --hook CMD        shell command run before each RSS sample (for example a GC)\n"
    "  --tls             TLS to the broker, whose certificate is not looked at (libssl.so.3)\n"
    "  --tag N           run tag, for a later run to know these messages (by chance)\n"
    "  --no-store        retained: they are there already, from a run with the same --tag\n"
    "  --seed N (1)  --timeout S whole run (120)  --label TEXT  --verbose");
    exit(0);
}

/* ------------------------------------------------------------------ state */
enum { CONNECTING, HANDSHAKE, WAIT_CONNACK, READY, DEAD };
enum { PUB, SUB };
typedef struct Conn {
    int fd; u8 state, role, clean, want_out, dirty, session_present, expect_close;
    u32 idx; int port;
    u8 *in; u32 in_len, in_cap;                 /* an incomplete packet */
    u8 *out; u32 out_off, out_len, out_cap;     /* not yet written */
    u32 suback_pending, recv_max; u16 mid; u64 last_send, t_connect;
    void *ssl;                                  /* NULL without --tls */
    char cid[32];
} Conn;

typedef struct Pub {           /* publishing side of one connection */
    Conn *c; u8 *tmpl; u32 tmpl_len, payload_off, mid_off;
    u64 sent, acked, delivered; u32 unacked, mid;
} Pub;

typedef struct { u32 a, b; } Range;
typedef struct { u32 next; Range *gap; u32 n, cap; } Flow;     /* one publisher as seen by one subscriber */
typedef struct { u8 *bits; u32 cap; u64 got; } Bitmap;         /* one publisher as seen by a group */

static Conn *conns; static int nconns; static Conn *pubc, *subc; static Pub *pub;
static int ep; static u8 *rbuf; enum { RBUF = 4 << 20 };
static Flow *flows; static Bitmap *groups; static u32 *last; static int nflows_per_sub;
static int group_mode;             /* 0: each subscriber sees every message of a flow; 1: a group shares a flow */
static int fan = 1;                /* deliveries expected per publish */
static int is_pairs, count_credit = 1, ready_n, dead_n, connecting_n, suback_left, measuring;
static u32 run_tag; static u64 now, n_sent, n_acked, n_recv, m_recv0, m_sent0;
static u64 dup_n, reord_n, corrupt_n, err_n, stale_n, stall_n, dropped_conns; static u64 last_recv_ns;
static int *dirty, ndirty, publishing; static u64 next_due, due_step_i, due_start; static u64 max_publishes = ~0ull;
static char **topics; static u16 *topic_len; static int ntopics; static u64 rng;
static u8 *acked_bits;             /* crash: acknowledged (flow, seq) */
static u64 hist[64 * 64], hist_n, lat_max, lat_sum;

static u64 clock_ns(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static u64 rnd(void) { rng ^= rng << 13; rng ^= rng >> 7; rng ^= rng << 17; return rng; }
static void *xalloc(size_t n) { void *p = calloc(1, n ? n : 1); if (!p) { perror("calloc"); exit(2); } return p; }
static void die(const char *f, ...) { va_list a; va_start(a, f); vfprintf(stderr, f, a); va_end(a); fputc('\n', stderr); exit(2); }

/* --------------------------------------------- accounting: CPU, RSS, latency */
typedef struct { double cpu_us, gen_us, rss_mib; u64 t; } Sample;
/* CPU of the threads whose name begins with --without. */
static double threads_cpu_us(int pid) {
    char path[320], name[32]; double us = 0; unsigned long long ns; struct dirent *e;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *d = opendir(path); if (!d) return 0;
    while ((e = readdir(d))) {
        snprintf(path, sizeof path, "/proc/%d/task/%s/comm", pid, e->d_name);
        FILE *f = fopen(path, "r"); if (!f) continue;
        int match = fgets(name, sizeof name, f) && !strncmp(name, o.without, strlen(o.without)); fclose(f);
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", pid, e->d_name);
        if (match && (f = fopen(path, "r"))) { if (fscanf(f, "%llu", &ns) == 1) us += ns / 1e3; fclose(f); }
    }
    closedir(d); return us;
}
static double broker_cpu_us(void) {          /* all threads, also those that have ended; exact, where /proc/PID/stat counts ticks of 10 ms */
    double us = 0; clockid_t clock; struct timespec t;
    for (int i = 0; i < o.npids; i++)
        if (!clock_getcpuclockid(o.pids[i], &clock) && !clock_gettime(clock, &t)) us += t.tv_sec * 1e6 + t.tv_nsec / 1e3 - (o.without ? threads_cpu_us(o.pids[i]) : 0);
    return us;
}
static double broker_rss(void) {
    double mib = 0; char path[64]; long rss;
    for (int i = 0; i < o.npids; i++) {
        snprintf(path, sizeof path, "/proc/%d/statm", o.pids[i]);
        FILE *f = fopen(path, "r"); if (!f) continue;
        if (fscanf(f, "%*d %ld", &rss) == 1) mib += rss * 4096.0 / 1048576;
        fclose(f);
    }
    return mib;
}
static Sample sample(int with_hook) {
    if (with_hook && o.hook && system(o.hook)) err_n++;
    struct rusage r; getrusage(RUSAGE_SELF, &r); Sample s;
    s.t = clock_ns(); s.cpu_us = broker_cpu_us(); s.rss_mib = broker_rss();
    s.gen_us = (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 + r.ru_utime.tv_usec + r.ru_stime.tv_usec;
    return s;
}
static inline void lat_add(u64 v) {
    u32 i; if (v < 64) i = v; else { int e = 63 - __builtin_clzll(v); i = (e - 5) * 64 + ((v >> (e - 6)) & 63); }
    hist[i]++; hist_n++; lat_sum += v; if (v > lat_max) lat_max = v;
}
static double lat_pct(double p) {
    u64 want = (u64)(p * hist_n), c = 0; if (!hist_n) return 0;
    for (u32 i = 0; i < 64 * 60; i++) if ((c += hist[i]) > want) {
        u64 v = i < 64 ? i : ((u64)(i % 64 + 64)) << (i / 64 - 1); return v / 1000.0; }
    return lat_max / 1000.0;
}

/* ------------------------------------------------------------ verification */
static void gap_add(Flow *f, u32 a, u32 b) {
    if (f->n == f->cap) f->gap = realloc(f->gap, (f->cap = f->cap ? f->cap * 2 : 4) * sizeof(Range));
    f->gap[f->n++] = (Range){ a, b };
}
static void flow_late(Flow *f, u32 seq) {      /* seq < next: late if in a gap, else a duplicate */
    for (u32 i = 0; i < f->n; i++) if (seq >= f->gap[i].a && seq < f->gap[i].b) {
        Range g = f->gap[i]; reord_n++;
        f->gap[i] = f->gap[--f->n];
        if (g.a < seq) gap_add(f, g.a, seq);
        if (seq + 1 < g.b) gap_add(f, seq + 1, g.b);
        return;
    }
    dup_n++;
}
static int bit_test_set(Bitmap *m, u32 i) {
    u32 need = i / 8 + 1;
    if (need > m->cap) { u32 c = m->cap ? m->cap : 1024; while (c < need) c *= 2;
        m->bits = realloc(m->bits, c); memset(m->bits + m->cap, 0, c - m->cap); m->cap = c; }
    u8 k = 1 << (i & 7); int was = !!(m->bits[i / 8] & k); m->bits[i / 8] |= k; if (!was) m->got++; return was;
}
static inline void mark_dirty(u32 p) { if (!pub[p].c->dirty) { pub[p].c->dirty = 1; dirty[ndirty++] = p; } }

static inline void on_message(Conn *c, const u8 *pl, u32 len) {
    u32 h[4]; u64 ts; n_recv++; last_recv_ns = now;
    if (len < 24) { corrupt_n++; return; }
    memcpy(h, pl, 16); memcpy(&ts, pl + 16, 8);
    if (h[0] != run_tag) { stale_n++; return; }
    if (h[3] != len || (len > 24 && pl[len - 1] != (u8)(h[1] + 7))) { corrupt_n++; return; }
    u32 p = h[1], seq = h[2];
    if (measuring) lat_add(now > ts ? now - ts : 0);
    if (!group_mode) {
        if (p >= (u32)nflows_per_sub && !is_pairs) { corrupt_n++; return; }
        Flow *f = is_pairs ? &flows[p] : &flows[(size_t)c->idx * nflows_per_sub + p];
        if (is_pairs && p != c->idx) { corrupt_n++; return; }
        if (seq == f->next) f->next++;
        else if (seq > f->next) { gap_add(f, f->next, seq); f->next = seq + 1; }
        else flow_late(f, seq);
    } else {
        u32 g = group_mode == 2 ? c->idx / o.subs : c->idx < (u32)o.subs ? 0 : c->idx - o.subs + 1; u32 *l = &last[(size_t)c->idx * nflows_per_sub + p];
        if (bit_test_set(&groups[(size_t)g * nflows_per_sub + p], seq)) dup_n++;
        else if (seq + 1 < *l) reord_n++;
        if (seq + 1 > *l) *l = seq + 1;
    }
    if (count_credit) { pub[p].delivered++; mark_dirty(p); }
}
static u64 count_lost(u64 *expected) {
    u64 lost = 0, e = 0;
    if (group_mode) {
        int ng = group_mode == 2 ? o.groups : 1 + o.overlap;
        for (int g = 0; g < ng; g++) for (int p = 0; p < nflows_per_sub; p++) {
            e += pub[p].sent; lost += pub[p].sent - groups[(size_t)g * nflows_per_sub + p].got; }
    } else {
        size_t n = is_pairs ? (size_t)o.pubs : (size_t)o.subs * nflows_per_sub;
        for (size_t i = 0; i < n; i++) {
            u64 s = pub[is_pairs ? i : i % nflows_per_sub].sent; e += s;
            if (s > flows[i].next) lost += s - flows[i].next;
            for (u32 k = 0; k < flows[i].n; k++) lost += flows[i].gap[k].b - flows[i].gap[k].a;
        }
    }
    if (expected) *expected = e;
    return lost;
}

/* --------------------------------------------------------------------- TLS */
/* OpenSSL 3 by its library alone: its headers need not be installed. The numbers are those of its stable ABI. */
enum { MODE_PARTIAL_AND_MOVING = 3, CTRL_MODE = 33, WANT_READ = 2, WANT_WRITE = 3 };
static struct {
    void *ctx; void *(*make)(void *); int (*set_fd)(void *, int); int (*connect)(void *); int (*read)(void *, void *, int);
    int (*write)(void *, const void *, int); int (*error)(const void *, int); void (*free)(void *); void (*clear)(void);
} ssl;
static void *symbol(void *lib, const char *name) { void *s = dlsym(lib, name); if (!s) die("libssl has no %s", name); return s; }
static void tls_init(void) {
    void *lib = dlopen("libssl.so.3", RTLD_NOW | RTLD_GLOBAL); if (!lib) die("--tls: %s", dlerror());
    void *(*method)(void) = symbol(lib, "TLS_client_method"), *(*ctx)(void *) = symbol(lib, "SSL_CTX_new");
    long (*ctrl)(void *, int, long, void *) = symbol(lib, "SSL_CTX_ctrl");
    ssl.ctx = ctx(method()); ctrl(ssl.ctx, CTRL_MODE, MODE_PARTIAL_AND_MOVING, NULL);
    ssl.make = symbol(lib, "SSL_new"); ssl.set_fd = symbol(lib, "SSL_set_fd"); ssl.connect = symbol(lib, "SSL_connect"); ssl.read = symbol(lib, "SSL_read");
    ssl.write = symbol(lib, "SSL_write"); ssl.error = symbol(lib, "SSL_get_error"); ssl.free = symbol(lib, "SSL_free"); ssl.clear = symbol(lib, "ERR_clear_error");
}
/* What came of an operation, as recv and send tell it. */
static ssize_t tls_result(Conn *c, int n) {
    if (n > 0) return n;
    int e = ssl.error(c->ssl, n); errno = e == WANT_READ || e == WANT_WRITE ? EAGAIN : ECONNRESET; return e == 6 ? 0 : -1;
}
static ssize_t conn_send(Conn *c, const u8 *p, u32 n) {
    if (!c->ssl) return send(c->fd, p, n, MSG_NOSIGNAL);
    ssl.clear(); return tls_result(c, ssl.write(c->ssl, p, n));
}
static ssize_t conn_recv(Conn *c, u8 *p, u32 n) {          /* with TLS until there is no more or no room: a record is 16 KiB at most */
    if (!c->ssl) return recv(c->fd, p, n, 0);
    u32 got = 0; ssize_t k = 1;
    while (n - got >= 1 << 14) { ssl.clear(); if ((k = tls_result(c, ssl.read(c->ssl, p + got, n - got))) <= 0) break; got += k; }
    return got ? got : k;
}

/* ------------------------------------------------------------- connections */
static void ep_mod(Conn *c, int out) {
    struct epoll_event e = { .events = EPOLLIN | (out ? EPOLLOUT : 0), .data.ptr = c };
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e); c->want_out = out;
}
static void conn_close(Conn *c, const char *why) {
    if (c->state == DEAD) return;
    if (c->state == READY) ready_n--; else connecting_n--;
    if (c->ssl) { ssl.free(c->ssl); c->ssl = NULL; }
    if (!c->expect_close) { dropped_conns++; if (o.verbose || dropped_conns <= 3) fprintf(stderr, "mqload: %s closed: %s\n", c->cid, why); }
    close(c->fd); c->fd = -1; c->state = DEAD; dead_n++; c->in_len = c->out_len = c->out_off = 0;
}
static u8 *out_room(Conn *c, u32 n) {
    if (c->out_len + n > c->out_cap) {
        if (c->out_off) { memmove(c->out, c->out + c->out_off, c->out_len - c->out_off); c->out_len -= c->out_off; c->out_off = 0; }
        if (c->out_len + n > c->out_cap) { u32 k = c->out_cap ? c->out_cap : 256; while (k < c->out_len + n) k *= 2;
            c->out = realloc(c->out, c->out_cap = k); }
    }
    u8 *p = c->out + c->out_len; c->out_len += n; return p;
}
static void flush(Conn *c) {
    if (c->state == DEAD || c->state == CONNECTING || c->state == HANDSHAKE) return;
    while (c->out_off < c->out_len) {
        ssize_t n = conn_send(c, c->out + c->out_off, c->out_len - c->out_off);
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno == EAGAIN) { if (!c->want_out) ep_mod(c, 1); return; }
            conn_close(c, strerror(errno)); return;
        }
        c->out_off += n; c->last_send = now;
    }
    c->out_off = c->out_len = 0;
    if (c->want_out) ep_mod(c, 0);
}
static u8 *put_len(u8 *p, u32 n) { do { u8 b = n & 127; n >>= 7; *p++ = b | (n ? 128 : 0); } while (n); return p; }
static u32 len_size(u32 n) { return n < 128 ? 1 : n < 16384 ? 2 : n < 2097152 ? 3 : 4; }
static u8 *put_str(u8 *p, const char *s, u32 n) { *p++ = n >> 8; *p++ = n; memcpy(p, s, n); return p + n; }

static void conn_start(Conn *c) {
    struct sockaddr_in a = { .sin_family = AF_INET }; int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket: %s (descriptor limit?)", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (o.srcips > 1) {
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        a.sin_addr.s_addr = htonl(0x7f000001 + (u32)(c - conns) % o.srcips);
        if (bind(c->fd, (void *)&a, sizeof a)) die("bind: %s", strerror(errno));
    }
    inet_pton(AF_INET, o.host, &a.sin_addr); a.sin_port = htons(c->port);
    c->state = CONNECTING; c->want_out = 1; c->session_present = 0; c->suback_pending = 0; c->expect_close = 0;
    c->in_len = c->out_len = c->out_off = 0; c->recv_max = 65535; c->t_connect = clock_ns(); connecting_n++;
    if (connect(c->fd, (void *)&a, sizeof a) && errno != EINPROGRESS) die("connect: %s", strerror(errno));
    struct epoll_event e = { .events = EPOLLIN | EPOLLOUT, .data.ptr = c };
    if (epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e)) die("epoll_ctl: %s", strerror(errno));
}
static void send_connect(Conn *c) {
    u8 props[16], *q = props;
    if (o.v5) { *q++ = 0x21; *q++ = 0xff; *q++ = 0xff;                        /* receive maximum */
        if (!c->clean) { *q++ = 0x11; *q++ = 0; *q++ = 0; *q++ = 0x0e; *q++ = 0x10; } }   /* session expiry 3600 */
    u32 pl = q - props, idn = strlen(c->cid), rem = 10 + (o.v5 ? 1 + pl : 0) + 2 + idn;
    u8 *p = out_room(c, 1 + len_size(rem) + rem);
    *p++ = 0x10; p = put_len(p, rem); p = put_str(p, "MQTT", 4); *p++ = o.v5 ? 5 : 4;
    *p++ = c->clean ? 2 : 0; *p++ = o.keepalive >> 8; *p++ = o.keepalive;
    if (o.v5) { *p++ = pl; memcpy(p, props, pl); p += pl; }
    put_str(p, c->cid, idn); c->state = WAIT_CONNACK; flush(c);
}
static void handshake(Conn *c) {
    ssl.clear(); int k = ssl.connect(c->ssl); if (k == 1) { ep_mod(c, 0); send_connect(c); return; }
    int e = ssl.error(c->ssl, k);
    if (e != WANT_READ && e != WANT_WRITE) conn_close(c, "no TLS");
    else if ((e == WANT_WRITE) != c->want_out) ep_mod(c, e == WANT_WRITE);
}
static void send_subscribe(Conn *c, char **filt, int n, int qos) {
    while (n > 0) {                                   /* at most 50 filters in one packet */
        int k = n < 50 ? n : 50; u32 rem = 2 + (o.v5 ? 1 : 0); u16 mid = ++c->mid ? c->mid : ++c->mid;
        for (int i = 0; i < k; i++) rem += 3 + strlen(filt[i]);
        u8 *p = out_room(c, 1 + len_size(rem) + rem);
        *p++ = 0x82; p = put_len(p, rem); *p++ = mid >> 8; *p++ = mid; if (o.v5) *p++ = 0;
        for (int i = 0; i < k; i++) { p = put_str(p, filt[i], strlen(filt[i])); *p++ = qos; }
        suback_left += k; c->suback_pending += k; filt += k; n -= k;
    }
    flush(c);
}
static void ack(Conn *c, u8 type, u32 mid) { u8 *p = out_room(c, 4); p[0] = type; p[1] = 2; p[2] = mid >> 8; p[3] = mid; }

static void on_acked(Conn *c, u32 mid) {
    Pub *p = &pub[c->idx]; p->acked++; n_acked++; if (p->unacked) p->unacked--;
    if (acked_bits) {                      /* id = seq % 65535 + 1, so the newest sequence with this id */
        u64 nx = p->sent, back = (nx - 1 + 65535 - (mid - 1) % 65535) % 65535, seq = nx - 1 - back;
        u64 i = seq * o.pubs + c->idx; if (i / 8 < (1u << 26)) acked_bits[i / 8] |= 1 << (i & 7);
    }
    mark_dirty(c->idx);
}
static u32 get_varint(const u8 *p, u32 n, u32 *used) {
    u32 v = 0, s = 0; for (u32 i = 0; i < 4 && i < n; i++) { v |= (u32)(p[i] & 127) << s; s += 7; if (!(p[i] & 128)) { *used = i + 1; return v; } }
    *used = 0; return 0;
}
static void connack_props(Conn *c, const u8 *p, u32 n) {     /* only the receive maximum matters here */
    u32 u, len = get_varint(p, n, &u); if (!u || u + len > n) return;
    const u8 *e = p + u + len; p += u;
    while (p < e) switch (*p++) {
        case 0x21: c->recv_max = p[0] << 8 | p[1]; p += 2; break;
        case 0x13: case 0x22: p += 2; break;
        case 0x11: case 0x27: p += 4; break;
        case 0x24: case 0x25: case 0x28: case 0x29: case 0x2a: p += 1; break;
        case 0x12: case 0x15: case 0x16: case 0x1a: case 0x1c: case 0x1f: p += 2 + (p[0] << 8 | p[1]); break;
        case 0x26: p += 2 + (p[0] << 8 | p[1]); p += 2 + (p[0] << 8 | p[1]); break;
        default: return;
    }
}
static void on_packet(Conn *c, u8 head, const u8 *b, u32 len) {
    switch (head >> 4) {
    case 3: {                                                   /* PUBLISH */
        u32 q = (head >> 1) & 3, tl = b[0] << 8 | b[1], at = 2 + tl, mid = 0, u;
        if (q) { mid = b[at] << 8 | b[at + 1]; at += 2; }
        if (o.v5) { u32 pl = get_varint(b + at, len - at, &u); at += u + pl; }
        if (at > len) { corrupt_n++; return; }
        on_message(c, b + at, len - at);
        if (q) ack(c, q == 1 ? 0x40 : 0x50, mid);
        break; }
    case 4: if (len > 2 && b[2] >= 0x80) err_n++; on_acked(c, b[0] << 8 | b[1]); break;           /* PUBACK */
    case 5: if (len > 2 && b[2] >= 0x80) { err_n++; on_acked(c, b[0] << 8 | b[1]); }              /* PUBREC */
            else ack(c, 0x62, b[0] << 8 | b[1]);
            break;
    case 6: ack(c, 0x70, b[0] << 8 | b[1]); break;                                               /* PUBREL */
    case 7: on_acked(c, b[0] << 8 | b[1]); break;                                                /* PUBCOMP */
    case 9: {                                                                                   /* SUBACK */
        u32 at = 2, u; if (o.v5) { u32 pl = get_varint(b + 2, len - 2, &u); at += u + pl; }
        for (; at < len; at++) { if (b[at] >= 0x80) err_n++; suback_left--; c->suback_pending--; }
        break; }
    case 2:                                                                                     /* CONNACK */
        if (b[1]) { err_n++; fprintf(stderr, "mqload: %s refused, code %u\n", c->cid, b[1]); conn_close(c, "refused"); return; }
        c->session_present = b[0] & 1; if (o.v5 && len > 2) connack_props(c, b + 2, len - 2);
        c->state = READY; connecting_n--; ready_n++;
        if (measuring) lat_add(now - c->t_connect);
        break;
    case 14: fprintf(stderr, "mqload: %s got DISCONNECT %#x\n", c->cid, len ? b[0] : 0); err_n++; break;
    }
}
static void on_readable(Conn *c) {
    u32 have = c->in_len;
    if (have) memcpy(rbuf, c->in, have);
    ssize_t n = conn_recv(c, rbuf + have, have > (1 << 18) ? RBUF - have : 1 << 18);
    if (n <= 0) { if (n < 0 && (errno == EAGAIN || errno == EINTR)) return; conn_close(c, n ? strerror(errno) : "end of stream"); return; }
    now = clock_ns(); u32 end = have + n, at = 0;
    while (end - at >= 2) {
        u32 u, len = get_varint(rbuf + at + 1, end - at - 1, &u);
        if (!u) { if (end - at >= 5) { corrupt_n++; conn_close(c, "bad length"); return; } break; }
        if (end - at < 1 + u + len) break;
        on_packet(c, rbuf[at], rbuf + at + 1 + u, len); at += 1 + u + len;
        if (c->state == DEAD) return;
    }
    c->in_len = end - at;
    if (c->in_len) { if (c->in_len > c->in_cap) c->in = realloc(c->in, c->in_cap = c->in_len * 2); memcpy(c->in, rbuf + at, c->in_len); }
    if (c->out_len) flush(c);
}

/* -------------------------------------------------------------- publishing */
static void payload_init(u8 *p, u32 flow) {
    u32 h[4] = { run_tag, flow, 0, (u32)o.size }; memset(p, (u8)(flow + 7), o.size); memcpy(p, h, 16);
}
/* Appends one PUBLISH for topic t; the payload is flow/seq/ts.  Used where the topic changes per message. */
static void put_publish(Conn *c, const char *t, u32 tl, u32 mid, u32 flow, u32 seq, u64 ts, int retain, int empty) {
    u32 size = empty ? 0 : o.size, rem = 2 + tl + (o.qos ? 2 : 0) + (o.v5 ? 1 : 0) + size;
    u8 *p = out_room(c, 1 + len_size(rem) + rem);
    *p++ = 0x30 | o.qos << 1 | retain; p = put_len(p, rem); p = put_str(p, t, tl);
    if (o.qos) { *p++ = mid >> 8; *p++ = mid; }
    if (o.v5) *p++ = 0;
    if (empty) return;
    u32 h[4] = { run_tag, flow, seq, size }; memcpy(p, h, 16); memcpy(p + 16, &ts, 8);
    memset(p + 24, (u8)(flow + 7), size - 24);
}
static void pub_template(Pub *p, u32 flow, const char *topic) {
    u32 tl = strlen(topic), rem = 2 + tl + (o.qos ? 2 : 0) + (o.v5 ? 1 : 0) + o.size;
    p->tmpl_len = 1 + len_size(rem) + rem; u8 *q = p->tmpl = xalloc(p->tmpl_len);
    *q++ = 0x30 | o.qos << 1; q = put_len(q, rem); q = put_str(q, topic, tl);
    p->mid_off = q - p->tmpl; if (o.qos) q += 2;
    if (o.v5) *q++ = 0;
    p->payload_off = q - p->tmpl; payload_init(q, flow);
}
static inline void publish_one(u32 i, u64 ts) {
    Pub *p = &pub[i]; u32 mid = p->sent % 65535 + 1;
    if (topics) { u32 t = rnd() % ntopics; put_publish(p->c, topics[t], topic_len[t], mid, i, p->sent, ts, 0, 0); }
    else {
        u8 *b = out_room(p->c, p->tmpl_len); memcpy(b, p->tmpl, p->tmpl_len);
        if (o.qos) { b[p->mid_off] = mid >> 8; b[p->mid_off + 1] = mid; }
        u32 seq = p->sent; memcpy(b + p->payload_off + 8, &seq, 4); memcpy(b + p->payload_off + 16, &ts, 8);
    }
    p->sent++; n_sent++; if (o.qos) p->unacked++;
}
static void fill_closed(u32 i) {            /* keep the window of publisher i full */
    Pub *p = &pub[i]; u32 lim = (u32)o.window < p->c->recv_max ? (u32)o.window : p->c->recv_max;
    if (p->c->state != READY) return;
    while (n_sent < max_publishes && p->c->out_len < 1 << 18) {
        if (o.qos && p->unacked >= lim) break;
        if (count_credit && p->sent * fan >= p->delivered + (u64)o.window * fan) break;
        publish_one(i, now);
    }
    if (p->c->out_len > p->c->out_off && !p->c->want_out) flush(p->c);
}
static u64 due(u64 i) { return due_start + (u64)(i * (1e9 / o.rate)); }

/* One turn of the loop; waits at most until `until`. */
static void turn(u64 until) {
    struct epoll_event ev[256]; u64 wake = until; now = clock_ns();
    if (publishing && o.rate > 0) { if (next_due < wake) wake = next_due; }
    if (wake > now + 100000000) wake = now + 100000000;
    u64 w = wake > now ? wake - now : 0; struct timespec ts = { w / 1000000000, w % 1000000000 };
    int n = epoll_pwait2(ep, ev, 256, &ts, NULL); now = clock_ns();
    for (int i = 0; i < n; i++) {
        Conn *c = ev[i].data.ptr; if (c->state == DEAD) continue;
        if (c->state == CONNECTING && (ev[i].events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) {
            int e = 0; socklen_t l = sizeof e; getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &l);
            if (e) { conn_close(c, strerror(e)); continue; }
            ep_mod(c, 0); c->want_out = 0;
            if (!o.tls) send_connect(c);
            else { c->state = HANDSHAKE; c->ssl = ssl.make(ssl.ctx); ssl.set_fd(c->ssl, c->fd); handshake(c); }
            continue;
        }
        if (c->state == HANDSHAKE) { handshake(c); continue; }
        if (ev[i].events & EPOLLOUT) { flush(c); if (c->role == PUB && c->state == READY && pub) mark_dirty(c->idx); }
        if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_readable(c);
    }
    if (publishing && o.rate > 0) {
        now = clock_ns();
        while (next_due <= now && n_sent < max_publishes) {
            u32 i = due_step_i % o.pubs;
            if (pub[i].c->state == READY) { publish_one(i, next_due); if (!pub[i].c->want_out) flush(pub[i].c); }
            next_due = due(++due_step_i);
        }
        for (int k = 0; k < ndirty; k++) pub[dirty[k]].c->dirty = 0;
    } else {
        for (int k = 0; k < ndirty; k++) { u32 i = dirty[k]; pub[i].c->dirty = 0; if (publishing) fill_closed(i); }
    }
    ndirty = 0;
    static u64 next_tick; if (now >= next_tick) {               /* keep-alive, stalled windows */
        next_tick = now + 500000000ull;
        if (o.keepalive) for (int i = 0; i < nconns; i++) { Conn *c = &conns[i];
            if (c->state == READY && now - c->last_send > o.keepalive * 700000000ull) { u8 *p = out_room(c, 2); p[0] = 0xc0; p[1] = 0; flush(c); } }
        if (publishing && count_credit && o.rate == 0 && last_recv_ns && now - last_recv_ns > 2000000000ull) {
            stall_n++; last_recv_ns = now;                       /* forgive what never came; it is counted as lost */
            for (int i = 0; i < o.pubs; i++) { pub[i].delivered = pub[i].sent * fan; if (pub[i].c->state == READY) mark_dirty(i); }
        }
    }
}
static u64 hard_end;
#define RUN_UNTIL(cond, seconds) do { u64 e_ = clock_ns() + (u64)((seconds) * 1e9); if (e_ > hard_end) e_ = hard_end; \
        while (!(cond) && (now = clock_ns()) < e_) turn(e_); } while (0)

/* Opens conns[from..to), o.conc at a time. Returns how many are ready. */
static int open_conns(Conn *from, int n, double seconds) {
    int want = ready_n + n, next = 0, dead0 = dead_n; u64 e = clock_ns() + (u64)(seconds * 1e9); if (e > hard_end) e = hard_end;
    while (clock_ns() < e && ready_n + (dead_n - dead0) < want) {
        while (next < n && connecting_n < o.conc) conn_start(&from[next++]);
        turn(e);
    }
    return n - (want - ready_n);
}
static void disconnect(Conn *c) {
    if (c->state != READY) return;
    u8 *p = out_room(c, 2); p[0] = 0xe0; p[1] = 0; flush(c); c->expect_close = 1; shutdown(c->fd, SHUT_WR);
}
static void disconnect_all(Conn *from, int n) {
    for (int i = 0; i < n; i++) disconnect(&from[i]);
    u64 e = clock_ns() + 3000000000ull; int open = 1;
    while (open && clock_ns() < e) { open = 0; for (int i = 0; i < n; i++) if (from[i].state == READY) open = 1; if (open) turn(clock_ns() + 20000000); }
    for (int i = 0; i < n; i++) if (from[i].state != DEAD) conn_close(&from[i], "local");
}
static void make_conns(int np, int ns) {
    nconns = np + ns; conns = xalloc(sizeof(Conn) * nconns); pubc = conns; subc = conns + np;
    if (!o.srcips) o.srcips = 1 + nconns / 25000;
    for (int i = 0; i < nconns; i++) { Conn *c = &conns[i]; int s = i >= np; c->role = s ? SUB : PUB; c->idx = s ? i - np : i;
        c->fd = -1; c->state = DEAD; c->clean = 1; c->port = o.ports[(c->idx + (s ? o.shift : 0)) % o.nports];
        snprintf(c->cid, sizeof c->cid, "%s%u-%llu", s ? "s" : "p", c->idx, (unsigned long long)o.seed); }
    pub = xalloc(sizeof(Pub) * (np ? np : 1)); dirty = xalloc(sizeof(int) * (np + 1));
    for (int i = 0; i < np; i++) pub[i].c = &pubc[i];
}

/* ------------------------------------------------------------------ report */
static char extra[8192];
static void add_extra(const char *f, ...) { va_list a; va_start(a, f); size_t n = strlen(extra); vsnprintf(extra + n, sizeof extra - n, f, a); va_end(a); }
static void report(Sample a, Sample b, u64 sent, u64 recv, u64 lost, u64 expected) {
    double s = (b.t - a.t) / 1e9; u64 per = recv ? recv : sent;
    printf("{\"scenario\":\"%s\",\"label\":\"%s\",\"v\":%d,\"qos\":%d,\"size\":%d,\"pubs\":%d,\"subs\":%d,\"rate\":%.0f,\"window\":%d,\"secs\":%.3f,"
           "\"sent_s\":%.0f,\"recv_s\":%.0f,\"sent\":%llu,\"recv\":%llu,\"expected_all\":%llu,\"lost\":%llu,\"dup\":%llu,\"reordered\":%llu,\"corrupt\":%llu,"
           "\"errors\":%llu,\"dropped_conns\":%llu,\"stalls\":%llu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f,\"mean_us\":%.1f,"
           "\"broker_cpu_us_msg\":%.3f,\"broker_cpu_pct\":%.1f,\"broker_rss_mib\":%.1f,\"gen_cpu_us_msg\":%.3f,\"gen_cpu_pct\":%.1f%s}\n",
           o.scenario, o.label, o.v5 ? 5 : 4, o.qos, o.size, o.pubs, o.subs, o.rate, o.window, s, sent / s, recv / s,
           (unsigned long long)sent, (unsigned long long)recv, (unsigned long long)expected, (unsigned long long)lost, (unsigned long long)dup_n,
           (unsigned long long)reord_n, (unsigned long long)(corrupt_n + stale_n), (unsigned long long)err_n, (unsigned long long)dropped_conns,
           (unsigned long long)stall_n, lat_pct(.5), lat_pct(.99), lat_pct(.999), lat_max / 1e3, hist_n ? lat_sum / 1e3 / hist_n : 0,
           per ? (b.cpu_us - a.cpu_us) / per : 0, (b.cpu_us - a.cpu_us) / s / 1e4, b.rss_mib,
           per ? (b.gen_us - a.gen_us) / per : 0, (b.gen_us - a.gen_us) / s / 1e4, extra);
    fflush(stdout);
}

/* --------------------------------------------------------------- scenarios */
static void stream_run(double sub_secs, Sample sub0) {     /* pairs, fanout, fanin, shared, wildcard: publish, measure, drain */
    (void)sub0; (void)sub_secs;
    last_recv_ns = now = clock_ns(); publishing = 1; due_start = next_due = now; due_step_i = 0;
    if (o.count) { max_publishes = o.count; }
    for (int i = 0; i < o.pubs; i++) mark_dirty(i);
    if (!o.count) RUN_UNTIL(0, o.warmup);
    Sample a = sample(0); measuring = 1; m_recv0 = n_recv; m_sent0 = n_sent;
    if (o.count) { u64 seen = 0, quiet = clock_ns(), want = (u64)o.count * fan;
        while (n_recv < want && clock_ns() < hard_end) { turn(clock_ns() + 50000000); if (n_recv != seen || n_sent < max_publishes) { seen = n_recv; quiet = clock_ns(); }
            if (clock_ns() - quiet > o.drain * 1e9) break; }
    } else if (!o.slices) RUN_UNTIL(0, o.duration);
    else for (int i = 0; i < o.slices; i++) {
        double cpu = broker_cpu_us(); u64 r0 = n_recv; RUN_UNTIL(0, o.duration / o.slices);
        add_extra("%s%.3f", i ? "," : ",\"slices\":[", n_recv > r0 ? (broker_cpu_us() - cpu) / (n_recv - r0) : 0);
        if (i + 1 == o.slices) add_extra("]");
    }
    Sample b = sample(1); u64 sent = n_sent - m_sent0, recv = n_recv - m_recv0; measuring = 0; publishing = 0;
    u64 expected, lost = count_lost(&expected), seen = n_recv, quiet = clock_ns();
    while ((lost = count_lost(&expected)) && clock_ns() < hard_end && clock_ns() - quiet < o.drain * 1e9) {
        turn(clock_ns() + 50000000); if (n_recv != seen) { seen = n_recv; quiet = clock_ns(); } }
    if (o.qos) { u64 un = 0; for (int t = 0; t < 20; t++) { un = 0; for (int i = 0; i < o.pubs; i++) un += pub[i].unacked; if (!un) break; turn(clock_ns() + 50000000); } add_extra(",\"unacked\":%llu", (unsigned long long)un); }
    report(a, b, sent, recv, lost, expected);
}
static void sc_stream(void) {
    int ns, wild = !strcmp(o.scenario, "wildcard"), sh = !strcmp(o.scenario, "shared"), fo = !strcmp(o.scenario, "fanout"), fi = !strcmp(o.scenario, "fanin");
    is_pairs = !strcmp(o.scenario, "pairs");
    if (o.pubs < 0) o.pubs = fo ? 1 : 16;
    if (o.subs < 0) o.subs = is_pairs ? o.pubs : fo ? 1000 : fi ? 1 : wild ? 100 : 4;
    if (is_pairs) o.subs = o.pubs;
    ns = sh ? o.subs * o.groups : wild ? o.subs + o.overlap : o.subs;
    fan = is_pairs ? 1 : fo || fi ? o.subs : sh ? o.groups : 1 + o.overlap;
    group_mode = wild ? 1 : sh ? 2 : 0; nflows_per_sub = o.pubs;
    make_conns(o.pubs, ns);
    if (group_mode) { groups = xalloc(sizeof(Bitmap) * (size_t)(wild ? 1 + o.overlap : o.groups) * o.pubs); last = xalloc(4ull * ns * o.pubs); }
    else flows = xalloc(sizeof(Flow) * (is_pairs ? (size_t)o.pubs : (size_t)o.subs * o.pubs));
    char t[96]; int q = o.subqos < 0 ? o.qos : o.subqos;
    if (open_conns(conns, nconns, 60) < nconns) die("only %d of %d clients connected", ready_n, nconns);
    Sample s0 = sample(1);
    if (wild) {
        int S = o.subscriptions, per = S / o.subs + 1, k; ntopics = S; topics = xalloc(sizeof(char *) * S); topic_len = xalloc(2 * S);
        for (int i = 0; i < S; i++) { topic_len[i] = snprintf(t, sizeof t, "w/a%d/b%d/d%d/v", i % 97, i / 97 % 101, i); topics[i] = strdup(t); }
        char **f = xalloc(sizeof(char *) * per);
        for (int c = 0; c < o.subs; c++) {
            k = 0;
            for (int i = c; i < S; i += o.subs) { int a = i % 97, b = i / 97 % 101;
                switch (i % 4) {
                case 0: snprintf(t, sizeof t, "w/a%d/b%d/d%d/v", a, b, i); break;
                case 1: snprintf(t, sizeof t, "w/a%d/+/d%d/v", a, i); break;
                case 2: snprintf(t, sizeof t, "w/+/b%d/d%d/#", b, i); break;
                default: snprintf(t, sizeof t, "w/a%d/b%d/d%d/+", a, b, i); }
                f[k++] = strdup(t); }
            send_subscribe(&subc[c], f, k, q); while (k) free(f[--k]);
            RUN_UNTIL(subc[c].suback_pending == 0, 30);
        }
        char *all = "w/#"; for (int m = 0; m < o.overlap; m++) send_subscribe(&subc[o.subs + m], &all, 1, q);
    } else for (int i = 0; i < ns; i++) {
        if (is_pairs) snprintf(t, sizeof t, "p/%d", i); else if (fo) strcpy(t, "fan"); else if (fi) strcpy(t, "f/#");
        else snprintf(t, sizeof t, "$share/g%d/f/#", i / o.subs);
        char *f = t; send_subscribe(&subc[i], &f, 1, q);
    }
    RUN_UNTIL(suback_left == 0, 60);
    if (suback_left) { fprintf(stderr, "mqload: %d subscriptions unacknowledged\n", suback_left); err_n++; }
    Sample s1 = sample(1);
    if (wild) add_extra(",\"subscriptions\":%d,\"subscribe_s\":%.3f,\"subscribe_cpu_us\":%.2f,\"rss_per_subscription_b\":%.0f", o.subscriptions,
                        (s1.t - s0.t) / 1e9, (s1.cpu_us - s0.cpu_us) / o.subscriptions, (s1.rss_mib - s0.rss_mib) * 1048576 / o.subscriptions);
    for (int i = 0; i < o.pubs; i++) {
        if (is_pairs) snprintf(t, sizeof t, "p/%d", i); else if (fo) strcpy(t, "fan"); else snprintf(t, sizeof t, "f/%d", i);
        if (!wild) pub_template(&pub[i], i, t);
    }
    RUN_UNTIL(0, 0.3);
    stream_run((s1.t - s0.t) / 1e9, s0);
    disconnect_all(conns, nconns);
}
static void sc_connect(void) {
    if (o.subs < 0) o.subs = 1000;
    o.pubs = 0; make_conns(0, o.subs);
    Sample a = sample(1); measuring = 1; int n = open_conns(conns, nconns, o.timeout); Sample b = sample(0);
    add_extra(",\"connected\":%d,\"conn_s\":%.0f", n, n / ((b.t - a.t) / 1e9));
    measuring = 0; RUN_UNTIL(0, o.hold);
    Sample c = sample(1);
    add_extra(",\"still_ready\":%d,\"rss_before_mib\":%.1f,\"rss_after_mib\":%.1f,\"rss_per_conn_b\":%.0f,\"hold_cpu_pct\":%.2f", ready_n, a.rss_mib, c.rss_mib,
              (c.rss_mib - a.rss_mib) * 1048576 / (n ? n : 1), (c.cpu_us - b.cpu_us) / ((c.t - b.t) / 1e4));
    report(a, b, n, 0, nconns - n, nconns);
    Sample d0 = sample(0); disconnect_all(conns, nconns); Sample d1 = sample(0);
    if (o.verbose) fprintf(stderr, "disconnect %.2f s, %.1f us CPU each\n", (d1.t - d0.t) / 1e9, (d1.cpu_us - d0.cpu_us) / nconns);
}
static void sc_retained(void) {
    long R = o.messages; o.pubs = 1; o.subs = o.drains; group_mode = 1; nflows_per_sub = 1; count_credit = 0;
    if (o.qos == 0) o.qos = 1;
    make_conns(1, o.drains); groups = xalloc(sizeof(Bitmap)); last = xalloc(4 * (o.drains + 1));
    if (open_conns(pubc, 1, 20) < 1) die("publisher did not connect");
    char t[96]; Pub *p = &pub[0]; u32 lim = (u32)o.window < p->c->recv_max ? (u32)o.window : p->c->recv_max;
    Sample a = sample(1);
    if (o.no_store) p->sent = R;
    else for (long i = 0; i < R && p->c->state == READY && clock_ns() < hard_end;) {
        now = clock_ns();
        while (i < R && p->unacked < lim) { int n = snprintf(t, sizeof t, "r/%ld/%ld", i % 97, i); put_publish(p->c, t, n, p->sent % 65535 + 1, 0, i, now, 1, 0); p->sent++; n_sent++; p->unacked++; i++; }
        flush(p->c); turn(clock_ns() + 50000000);
    }
    RUN_UNTIL(p->unacked == 0, 20);
    Sample b = sample(1);
    add_extra(",\"stored\":%llu,\"store_s\":%.0f,\"store_cpu_us\":%.2f,\"rss_before_mib\":%.1f,\"rss_stored_mib\":%.1f,\"rss_per_retained_b\":%.0f", (unsigned long long)p->acked,
              p->acked / ((b.t - a.t) / 1e9), (b.cpu_us - a.cpu_us) / (p->acked ? p->acked : 1), a.rss_mib, b.rss_mib, (b.rss_mib - a.rss_mib) * 1048576 / R);
    u64 lost = 0, recv = 0; Sample c = sample(0), d = c; char *f = "r/#";
    for (int k = 0; k < o.drains; k++) {                  /* each drain is a fresh subscriber */
        groups[0].got = 0; if (groups[0].bits) memset(groups[0].bits, 0, groups[0].cap);
        u64 r0 = n_recv; if (open_conns(&subc[k], 1, 20) < 1) die("subscriber did not connect");
        u64 t0 = clock_ns(); measuring = 0; send_subscribe(&subc[k], &f, 1, o.subqos < 0 ? o.qos : o.subqos);
        u64 seen = n_recv, quiet = clock_ns(), first = 0;
        while (groups[0].got < (u64)R && clock_ns() < hard_end && clock_ns() - quiet < (n_recv == r0 ? 10 : o.drain) * 1e9) { turn(clock_ns() + 20000000); if (n_recv != seen) { if (!first) first = clock_ns(); seen = n_recv; quiet = clock_ns(); } }
        lost += R - groups[0].got; recv += n_recv - r0; lat_add((last_recv_ns > t0 ? last_recv_ns : t0) - t0);
        if (!k) add_extra(",\"first_ms\":%.2f,\"first_drain_ms\":%.1f", first ? (first - t0) / 1e6 : -1, (last_recv_ns - t0) / 1e6);
        disconnect_all(&subc[k], 1);
    }
    reord_n = 0;      /* retained messages of different topics have no order */
    d = sample(0); report(c, d, recv, recv, lost, (u64)R * o.drains);
    if (o.clear) for (long i = 0; i < R && p->c->state == READY && clock_ns() < hard_end;) {
        while (i < R && p->unacked < lim) { int n = snprintf(t, sizeof t, "r/%ld/%ld", i % 97, i); put_publish(p->c, t, n, p->sent % 65535 + 1, 0, i, now, 1, 1); p->sent++; p->unacked++; i++; }
        flush(p->c); turn(clock_ns() + 50000000);
    }
    RUN_UNTIL(p->unacked == 0, 20); disconnect_all(pubc, 1);
}
/* queue and crash: flow = session; publisher f % P sends session f's messages in order */
static void sc_queue(int crash) {
    int S = o.subs < 0 ? (o.subs = 100) : o.subs; long K = o.messages; if (o.pubs < 0) o.pubs = 4;
    if (o.pubs > S) o.pubs = S;
    if (crash) o.pubs = S;                                /* one publisher per session: sequence = flow sequence */
    if (!o.qos) o.qos = 1;
    is_pairs = 1; count_credit = 0; make_conns(o.pubs, S); flows = xalloc(sizeof(Flow) * S); char t[64], *f = t;
    if (crash) acked_bits = xalloc(1 << 26);
    if (open_conns(subc, S, 30) < S) die("subscribers did not connect");       /* wipe old sessions */
    disconnect_all(subc, S);
    for (int i = 0; i < S; i++) subc[i].clean = 0;
    if (open_conns(subc, S, 30) < S) die("subscribers did not connect");
    for (int i = 0; i < S; i++) { snprintf(t, sizeof t, "q/%d", i); send_subscribe(&subc[i], &f, 1, o.subqos < 0 ? o.qos : o.subqos); }
    RUN_UNTIL(suback_left == 0, 30); disconnect_all(subc, S);
    if (open_conns(pubc, o.pubs, 30) < o.pubs) die("publishers did not connect");
    RUN_UNTIL(0, 0.3);
    Sample a = sample(1); u64 *seq = xalloc(8 * S); long *cur = xalloc(sizeof(long) * o.pubs); u64 want = (u64)K * S, left = want;
    if (crash) {
        for (int i = 0; i < S; i++) { snprintf(t, sizeof t, "q/%d", i); pub_template(&pub[i], i, t); mark_dirty(i); }
        publishing = 1; RUN_UNTIL(n_acked >= want, o.timeout); publishing = 0;
    } else {
        while (left && clock_ns() < hard_end) {
            int progress = 0; now = clock_ns();
            for (int p = 0; p < o.pubs; p++) { Pub *q = &pub[p]; u32 lim = (u32)o.window < q->c->recv_max ? (u32)o.window : q->c->recv_max; int mine = (S - p + o.pubs - 1) / o.pubs;
                while (q->unacked < lim && cur[p] < K * mine && q->c->state == READY) { int s = p + (int)(cur[p] % mine) * o.pubs; int n = snprintf(t, sizeof t, "q/%d", s);
                    put_publish(q->c, t, n, q->sent % 65535 + 1, s, seq[s]++, now, 0, 0); q->sent++; q->unacked++; n_sent++; cur[p]++; left--; progress = 1; }
                if (progress) flush(q->c); }
            turn(clock_ns() + 50000000);
        }
        RUN_UNTIL(n_acked >= want, 30);
    }
    Sample b = sample(0); u64 acked = n_acked;
    add_extra(",\"acked\":%llu,\"enqueue_s\":%.0f,\"enqueue_cpu_us\":%.2f", (unsigned long long)acked, acked / ((b.t - a.t) / 1e9), (b.cpu_us - a.cpu_us) / (acked ? acked : 1));
    if (crash) {
        if (o.crash_cmd && system(o.crash_cmd)) fprintf(stderr, "mqload: crash command failed\n");
        for (int i = 0; i < o.pubs; i++) { pubc[i].expect_close = 1; if (pubc[i].state != DEAD) conn_close(&pubc[i], "crash"); }
        o.npids = 0;
    } else { Sample q = sample(1); add_extra(",\"rss_before_mib\":%.1f,\"rss_queued_mib\":%.1f", a.rss_mib, q.rss_mib); disconnect_all(pubc, o.pubs); }
    Sample c = sample(0); u64 r0 = n_recv; int sp = 0;
    if (open_conns(subc, S, 60) < S) fprintf(stderr, "mqload: only %d sessions reconnected\n", ready_n);
    for (int i = 0; i < S; i++) sp += subc[i].session_present;
    u64 seen = n_recv, quiet = clock_ns();
    while ((crash || n_recv - r0 < want) && clock_ns() < hard_end && clock_ns() - quiet < o.drain * 1e9) { turn(clock_ns() + 20000000); if (n_recv != seen) { seen = n_recv; quiet = clock_ns(); } }
    Sample d = sample(0); if (crash || n_recv - r0 < want) d.t = last_recv_ns > c.t ? last_recv_ns : c.t + 1; u64 lost = 0, recv = n_recv - r0;
    for (int i = 0; i < S; i++) {
        u64 end = crash ? pub[i].sent : (u64)K; Flow *fl = &flows[i];
        for (u64 s = 0; s < end; s++) {
            int got = s < fl->next; for (u32 k = 0; got && k < fl->n; k++) if (s >= fl->gap[k].a && s < fl->gap[k].b) got = 0;
            u64 bit = s * o.pubs + i; int was_acked = !crash || (bit / 8 < (1u << 26) && (acked_bits[bit / 8] >> (bit & 7) & 1)); if (!got && was_acked) lost++;
        }
    }
    add_extra(",\"session_present\":%d", sp);
    report(c, d, crash ? acked : want, recv, lost, crash ? acked : want);
    disconnect_all(subc, S); for (int i = 0; i < S; i++) subc[i].clean = 1;
    open_conns(subc, S, 30); disconnect_all(subc, S);     /* leave nothing behind */
}

static int int_list(const char *s, int *v, int max) { int n = 0; while (*s && n < max) { v[n++] = strtol(s, (char **)&s, 10); if (*s == ',') s++; else if (*s) die("bad list"); } return n; }

int main(int argc, char **argv) {
    static struct option L[] = { {"host",1,0,'h'},{"port",1,0,'p'},{"shift",1,0,1},{"v5",0,0,'5'},{"qos",1,0,'q'},{"subqos",1,0,2},{"size",1,0,'s'},{"pubs",1,0,3},{"subs",1,0,4},
        {"groups",1,0,5},{"rate",1,0,'r'},{"window",1,0,'w'},{"duration",1,0,'d'},{"warmup",1,0,6},{"count",1,0,'n'},{"drain",1,0,7},{"hold",1,0,8},{"keepalive",1,0,9},{"conc",1,0,10},
        {"srcips",1,0,11},{"pid",1,0,12},{"hook",1,0,13},{"seed",1,0,14},{"timeout",1,0,15},{"label",1,0,16},{"verbose",0,0,'v'},{"messages",1,0,17},{"drains",1,0,18},{"clear",0,0,19},
        {"subscriptions",1,0,20},{"overlap",1,0,21},{"crash-cmd",1,0,22},{"tls",0,0,23},{"tag",1,0,24},{"no-store",0,0,25},{"without",1,0,26},{"slices",1,0,27},{"help",0,0,'?'},{0,0,0,0} };
    int k; if (argc < 2) usage();
    while ((k = getopt_long(argc, argv, "h:p:5q:s:r:w:d:n:v", L, 0)) != -1) switch (k) {
        case 'h': o.host = optarg; break;      case 'p': o.nports = int_list(optarg, o.ports, 64); break;
        case 1: o.shift = atoi(optarg); break; case '5': o.v5 = 1; break;
        case 'q': o.qos = atoi(optarg); break; case 2: o.subqos = atoi(optarg); break;
        case 's': o.size = atoi(optarg); break; case 3: o.pubs = atoi(optarg); break; case 4: o.subs = atoi(optarg); break;
        case 5: o.groups = atoi(optarg); break; case 'r': o.rate = atof(optarg); break; case 'w': o.window = atoi(optarg); break;
        case 'd': o.duration = atof(optarg); break; case 6: o.warmup = atof(optarg); break; case 'n': o.count = atol(optarg); break;
        case 7: o.drain = atof(optarg); break; case 8: o.hold = atof(optarg); break; case 9: o.keepalive = atoi(optarg); break;
        case 10: o.conc = atoi(optarg); break; case 11: o.srcips = atoi(optarg); break; case 12: o.npids = int_list(optarg, o.pids, 64); break;
        case 13: o.hook = optarg; break; case 14: o.seed = strtoull(optarg, 0, 10); break; case 15: o.timeout = atof(optarg); break;
        case 16: o.label = optarg; break; case 'v': o.verbose = 1; break; case 17: o.messages = atol(optarg); break;
        case 18: o.drains = atoi(optarg); break; case 19: o.clear = 1; break; case 20: o.subscriptions = atoi(optarg); break;
        case 21: o.overlap = atoi(optarg); break; case 23: o.tls = 1; break; case 24: o.tag = strtoul(optarg, 0, 0); break; case 25: o.no_store = 1; break; case 26: o.without = optarg; break; case 27: o.slices = atoi(optarg); break; case 22: o.crash_cmd = optarg; break; default: usage();
    }
    if (optind < argc) o.scenario = argv[optind];
    if (!o.nports) { o.ports[0] = 1883; o.nports = 1; }
    if (o.size < 24 || o.size > 1 << 20) die("--size must be 24..1048576");
    if (o.window < 1 || o.window > 60000) die("--window must be 1..60000");
    if (o.slices < 0 || o.slices > 500) die("--slices must be at most 500");
    struct in_addr ia; if (inet_pton(AF_INET, o.host, &ia) != 1 || ntohl(ia.s_addr) >> 24 != 127) die("--host must be a loopback address");
    signal(SIGPIPE, SIG_IGN); prctl(PR_SET_TIMERSLACK, 1);
    struct rlimit rl; getrlimit(RLIMIT_NOFILE, &rl); rl.rlim_cur = rl.rlim_max; setrlimit(RLIMIT_NOFILE, &rl);
    rbuf = xalloc(RBUF); ep = epoll_create1(EPOLL_CLOEXEC); rng = o.seed * 0x9E3779B97F4A7C15ull + 1; for (int i = 0; i < 8; i++) rnd();
    now = clock_ns(); run_tag = o.tag ? o.tag : (u32)(rnd() ^ now ^ getpid()); if (o.tls) tls_init(); hard_end = now + (u64)(o.timeout * 1e9);
    if (!strcmp(o.scenario, "connect")) sc_connect();
    else if (!strcmp(o.scenario, "retained")) sc_retained();
    else if (!strcmp(o.scenario, "queue")) sc_queue(0);
    else if (!strcmp(o.scenario, "crash")) sc_queue(1);
    else if (!strcmp(o.scenario, "pairs") || !strcmp(o.scenario, "fanout") || !strcmp(o.scenario, "fanin") || !strcmp(o.scenario, "shared") || !strcmp(o.scenario, "wildcard")) sc_stream();
    else die("unknown scenario %s", o.scenario);
    return 0;
}
