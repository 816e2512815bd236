/*
 * Holds back and loses what nodes send each other: carries frames between pairs of network interfaces, those between two nodes a
 * given time after they came and not all of them, all others whole and at once.
 *
 *   delay MILLIS JITTER_MILLIS LOST_PER_MILLE IF_A IF_B [IF_C IF_D ...]
 *
 * What comes at IF_A leaves by IF_B and the other way round. A node is whose hardware address begins with 02:c0:00:00:01. Of its
 * frames LOST_PER_MILLE of a thousand are lost, by chance; each other waits MILLIS and a random part of JITTER_MILLIS more, but never
 * overtakes an earlier one of its direction. Frames are handed on with what the kernel knows of their segments and checksums
 * (PACKET_VNET_HDR), since between virtual interfaces neither is made: one that is lost may stand for many of a wire.
 * Prints "carrying" when it does; ends at a signal. Exit status 1 where it cannot.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ENDS_MAX 16
#define FRAME_BYTES_MAX (1 << 17)
/* frames that wait in one direction; what comes beyond them is lost, as in a network */
#define WAITING_MAX 8192

struct frame {
    struct frame *next;
    uint64_t due_nanos;
    size_t bytes;
    unsigned char data[];
};

struct end {
    int socket;
    struct end *other;
    /* what came here and is to leave by the other */
    struct frame *first, *last;
    int waiting;
};

static const unsigned char NODE[5] = {0x02, 0xc0, 0x00, 0x00, 0x01};
static unsigned char buffer[FRAME_BYTES_MAX];

static uint64_t now_nanos(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void die(const char *words) {
    fprintf(stderr, "%s: %s\n", words, strerror(errno));
    exit(1);
}

static int open_end(const char *name) {
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
    int one = 1, size = 8 << 20;
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = if_nametoindex(name)};
    if (fd < 0 || !address.sll_ifindex || bind(fd, (struct sockaddr *)&address, sizeof address)) die(name);
    if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof one)) die("PACKET_VNET_HDR");
    if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof one)) die("PACKET_IGNORE_OUTGOING");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    return fd;
}

static int between_nodes(const unsigned char *frame) {
    return !memcmp(frame, NODE, sizeof NODE) && !memcmp(frame + ETH_ALEN, NODE, sizeof NODE);
}

static void take(struct end *end, uint64_t delay_nanos, uint64_t jitter_nanos, double lost) {
    ssize_t bytes;
    while ((bytes = recv(end->socket, buffer, sizeof buffer, 0)) > 0) {
        size_t head = sizeof(struct virtio_net_hdr);
        if ((size_t)bytes < head + ETH_HLEN) continue;
        if (!between_nodes(buffer + head)) {
            send(end->other->socket, buffer, bytes, 0);
            continue;
        }
        if (end->waiting == WAITING_MAX || drand48() < lost) continue;
        struct frame *frame = malloc(sizeof *frame + bytes);
        if (!frame) die("malloc");
        uint64_t jitter = jitter_nanos ? (uint64_t)(drand48() * jitter_nanos) : 0;
        frame->next = NULL;
        frame->due_nanos = now_nanos() + delay_nanos + jitter;
        if (end->last && frame->due_nanos < end->last->due_nanos) frame->due_nanos = end->last->due_nanos;
        frame->bytes = bytes;
        memcpy(frame->data, buffer, bytes);
        if (end->last) end->last->next = frame;
        else end->first = frame;
        end->last = frame;
        end->waiting++;
    }
}

static void give(struct end *end, uint64_t now) {
    while (end->first && end->first->due_nanos <= now) {
        struct frame *frame = end->first;
        send(end->other->socket, frame->data, frame->bytes, 0);
        end->first = frame->next;
        if (!end->first) end->last = NULL;
        end->waiting--;
        free(frame);
    }
}

int main(int count, char **words) {
    int ends = count - 4;
    if (ends < 2 || ends % 2 || ends > ENDS_MAX) {
        fprintf(stderr, "delay MILLIS JITTER_MILLIS LOST_PER_MILLE IF_A IF_B [IF_C IF_D ...]\n");
        return 1;
    }
    uint64_t delay_nanos = strtoull(words[1], NULL, 10) * 1000000, jitter_nanos = strtoull(words[2], NULL, 10) * 1000000;
    double lost = strtoull(words[3], NULL, 10) / 1000.0;
    struct end all[ENDS_MAX] = {0};
    struct pollfd polled[ENDS_MAX];
    for (int i = 0; i < ends; i++) {
        all[i].socket = open_end(words[4 + i]);
        all[i].other = &all[i ^ 1];
        polled[i] = (struct pollfd){.fd = all[i].socket, .events = POLLIN};
    }
    printf("carrying\n");
    fflush(stdout);
    while (1) {
        uint64_t now = now_nanos(), next = now + 1000000000;
        for (int i = 0; i < ends; i++)
            if (all[i].first && all[i].first->due_nanos < next) next = all[i].first->due_nanos;
        uint64_t wait = next > now ? next - now : 0;
        struct timespec patience = {wait / 1000000000, wait % 1000000000};
        if (ppoll(polled, ends, &patience, NULL) < 0 && errno != EINTR) die("ppoll");
        now = now_nanos();
        for (int i = 0; i < ends; i++) {
            give(&all[i], now);
            take(&all[i], delay_nanos, jitter_nanos, lost);
        }
    }
}
