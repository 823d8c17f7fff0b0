/* The named specs. Each is one line of its protocol's specification: where the length stands, what
 * it counts, and how large a frame may be, as far as that is laid down; where it is not, the
 * default of a well-known implementation, or 16 MiB. Goldens of each are in the tests. */
#include <string.h>

#include "brink/frame.h"

#define KIB 1024u
#define MIB (1024u * 1024u)

#define FIELD(offset_, size_, endian_, adjust_, max_)                                              \
    {                                                                                              \
        .kind = BRINK_LENGTH_FIXED, .endian = endian_, .offset = offset_, .size = size_,           \
        .adjust = adjust_, .mask = UINT64_MAX, .unit = 1, .pad = 1, .max = max_                    \
    }
#define BE(offset, size, adjust, max) FIELD(offset, size, BRINK_BIG_ENDIAN, adjust, max)
#define LE(offset, size, adjust, max) FIELD(offset, size, BRINK_LITTLE_ENDIAN, adjust, max)
#define SIGNED(offset_, size_, endian_, adjust_, max_)                                             \
    {                                                                                              \
        .kind = BRINK_LENGTH_FIXED, .endian = endian_, .offset = offset_, .size = size_,           \
        .has_sign = true, .adjust = adjust_, .mask = UINT64_MAX, .unit = 1, .pad = 1, .max = max_  \
    }
#define BE_SIGNED(offset, size, adjust, max) SIGNED(offset, size, BRINK_BIG_ENDIAN, adjust, max)
#define LE_SIGNED(offset, size, adjust, max) SIGNED(offset, size, BRINK_LITTLE_ENDIAN, adjust, max)
#define OTHER(kind_, offset_, size_, delimiter_, adjust_, max_)                                    \
    {                                                                                              \
        .kind = kind_, .offset = offset_, .size = size_, .delimiter = delimiter_,                  \
        .adjust = adjust_, .mask = UINT64_MAX, .unit = 1, .pad = 1, .max = max_                    \
    }

/* Both directions alike. */
#define BOTH(...) .request = {.frame = __VA_ARGS__}, .reply = {.frame = __VA_ARGS__}
#define PREFACED(bytes, ...)                                                                       \
    .request = {.preface = bytes, .frame = __VA_ARGS__},                                           \
    .reply = {.preface = bytes, .frame = __VA_ARGS__}

#define PIN .pin = true

static const struct brink_preset presets[] = {
    {"dns", "DNS over TCP", "RFC 1035 4.2.2, RFC 7766", {.name = "dns", BOTH(BE(0, 2, 0, 65537))}},
    {"kafka",
     "Apache Kafka",
     "Kafka protocol guide; socket.request.max.bytes",
     {.name = "kafka", PIN, BOTH(BE_SIGNED(0, 4, 0, 104857604))}},
    {"mongodb",
     "MongoDB",
     "MongoDB wire protocol; maxMessageSizeBytes",
     {.name = "mongodb", BOTH(LE_SIGNED(0, 4, -4, 48000000))}},
    {"postgres",
     "PostgreSQL 3.x",
     "PostgreSQL documentation, Message Formats",
     {.name = "postgres",
      PIN,
      .negotiate = 8,
      .request = {.has_first = true,
                  .first = BE_SIGNED(0, 4, -4, 10000),
                  .frame = BE_SIGNED(1, 4, -4, 1024u * MIB)},
      .reply = {.frame = BE_SIGNED(1, 4, -4, 1024u * MIB)}}},
    {"mysql",
     "MySQL and MariaDB",
     "MySQL client/server protocol, packets",
     {.name = "mysql", PIN, BOTH(LE(0, 3, 1, 16777215 + 4))}},
    {"modbus",
     "Modbus/TCP",
     "Modbus Messaging on TCP/IP 1.0b, 3.1.3",
     {.name = "modbus", BOTH(BE(4, 2, 0, 260))}},
    {"diameter", "Diameter", "RFC 6733 3", {.name = "diameter", BOTH(BE(1, 3, -4, 16u * MIB))}},
    {"tpkt",
     "TPKT: RDP, S7, H.323",
     "RFC 1006 6, RFC 2126",
     {.name = "tpkt", PIN, BOTH(BE(2, 2, -4, 65535))}},
    {"bgp", "BGP-4", "RFC 4271 4.1, RFC 8654", {.name = "bgp", PIN, BOTH(BE(16, 2, -18, 65535))}},
    {"radius",
     "RADIUS over TCP and RadSec",
     "RFC 6613, RFC 6614",
     {.name = "radius", BOTH(BE(2, 2, -4, 4096))}},
    {"smpp",
     "SMPP 3.4 and 5.0",
     "SMPP v5 3.1",
     {.name = "smpp", PIN, BOTH(BE(0, 4, -4, 128u * KIB))}},
    {"tds", "TDS (SQL Server)", "MS-TDS 2.2.3.1", {.name = "tds", PIN, BOTH(BE(2, 2, -4, 32767))}},
    {"tls",
     "TLS records",
     "RFC 8446 5, RFC 5246 6.2.3",
     {.name = "tls", PIN, BOTH(BE(3, 2, 0, 16384 + 2048 + 5))}},
    {"http2",
     "HTTP/2 with prior knowledge",
     "RFC 9113 3.4, 4.1",
     {.name = "http2",
      PIN,
      .request = {.preface = 24, .frame = BE(0, 3, 6, 16777215 + 9)},
      .reply = {.frame = BE(0, 3, 6, 16777215 + 9)}}},
    {"smb",
     "SMB and NetBIOS sessions",
     "MS-SMB2 2.1, RFC 1002 4.3",
     {.name = "smb", PIN, BOTH(BE(1, 3, 0, 16777215 + 4))}},
    {"thrift",
     "Thrift, framed transport",
     "Apache Thrift, TFramedTransport",
     {.name = "thrift", BOTH(BE_SIGNED(0, 4, 0, 16384000 + 4))}},
    {"cassandra",
     "Cassandra native protocol v3 and v4",
     "native_protocol_v4.spec 2",
     {.name = "cassandra", PIN, BOTH(BE_SIGNED(5, 4, 0, 256u * MIB + 9))}},
    {"memcached",
     "memcached, binary protocol",
     "BinaryProtocolRevamped",
     {.name = "memcached", BOTH(BE(8, 4, 12, 2u * MIB))}},
    {"zookeeper",
     "ZooKeeper",
     "ZooKeeper; jute.maxbuffer",
     {.name = "zookeeper", PIN, BOTH(BE_SIGNED(0, 4, 0, MIB + 4))}},
    {"amqp091",
     "AMQP 0-9-1",
     "AMQP 0-9-1 4.2.2, 4.2.3",
     {.name = "amqp091",
      PIN,
      .request = {.preface = 8, .frame = BE(3, 4, 1, 16u * MIB)},
      .reply = {.frame = BE(3, 4, 1, 16u * MIB)}}},
    {"amqp10",
     "AMQP 1.0",
     "OASIS AMQP 1.0, 2.2, 2.3",
     {.name = "amqp10", PIN, PREFACED(8, BE(0, 4, -4, 16u * MIB))}},
    {"opcua",
     "OPC UA TCP",
     "OPC 10000-6 7.1.2.2",
     {.name = "opcua", PIN, BOTH(LE(4, 4, -8, 16u * MIB))}},
    {"enip",
     "EtherNet/IP encapsulation",
     "CIP volume 2, 2-3",
     {.name = "enip", PIN, BOTH(LE(2, 2, 20, 65535 + 24))}},
    {"iec104",
     "IEC 60870-5-104",
     "IEC 60870-5-104 5",
     {.name = "iec104", PIN, BOTH(BE(1, 1, 0, 255))}},
    {"dicom",
     "DICOM upper layer",
     "DICOM PS3.8 9.3",
     {.name = "dicom", PIN, BOTH(BE(2, 4, 0, 16u * MIB))}},
    {"dlms",
     "DLMS/COSEM wrapper",
     "IEC 62056-47 4",
     {.name = "dlms", PIN, BOTH(BE(6, 2, 0, 65535 + 8))}},
    {"stun",
     "STUN and TURN over TCP",
     "RFC 8489 5, 6.2.2",
     {.name = "stun", BOTH(BE(2, 2, 16, 65535 + 20))}},
    {"rtp", "RTP and RTCP over TCP", "RFC 4571 2", {.name = "rtp", BOTH(BE(0, 2, 0, 65537))}},
    {"openflow",
     "OpenFlow",
     "OpenFlow switch specification 1.3, 7.1",
     {.name = "openflow", PIN, BOTH(BE(2, 2, -4, 65535))}},
    {"dubbo",
     "Dubbo",
     "Apache Dubbo protocol",
     {.name = "dubbo", BOTH(BE_SIGNED(12, 4, 0, 8u * MIB + 16))}},
    {"grpc",
     "gRPC messages (within HTTP/2 data)",
     "gRPC over HTTP/2",
     {.name = "grpc", BOTH(BE(1, 4, 0, 4u * MIB + 5))}},
    {"bitcoin",
     "Bitcoin peer to peer",
     "Bitcoin developer reference, message headers",
     {.name = "bitcoin", PIN, BOTH(LE(16, 4, 4, 4000000 + 24))}},
    /* Its pings are a header of the length -1. */
    {"elasticsearch",
     "Elasticsearch transport",
     "Elasticsearch TcpHeader, TcpTransport",
     {.name = "elasticsearch",
      PIN,
      BOTH({.kind = BRINK_LENGTH_FIXED,
            .endian = BRINK_BIG_ENDIAN,
            .offset = 2,
            .size = 4,
            .has_sign = true,
            .mask = UINT64_MAX,
            .unit = 1,
            .pad = 1,
            .header_only = 1,
            .max = 256u * MIB})}},
    {"aerospike",
     "Aerospike",
     "Aerospike wire protocol, 8-byte proto header",
     {.name = "aerospike", PIN, BOTH(BE(2, 6, 0, 128u * MIB + 8))}},
    {"iso8583",
     "ISO 8583 with a 2-byte length",
     "ISO 8583 and the networks' rules",
     {.name = "iso8583", BOTH(BE(0, 2, 0, 9999 + 2))}},
    {"proxy2",
     "PROXY protocol v2 header, then raw bytes",
     "The PROXY protocol 2.2",
     {.name = "proxy2",
      PIN,
      .request = {.has_first = true,
                  .first = BE(14, 2, 0, 65535 + 16),
                  .frame = {.kind = BRINK_LENGTH_NONE}},
      .reply = {.frame = {.kind = BRINK_LENGTH_NONE}}}},
    {"protobuf",
     "Protocol Buffers, delimited",
     "Protocol Buffers, Base 128 Varints",
     {.name = "protobuf", BOTH(OTHER(BRINK_LENGTH_LEB128, 0, 5, '\0', 0, 16u * MIB))}},
    {"minecraft",
     "Minecraft Java edition",
     "Minecraft protocol, packet format",
     {.name = "minecraft", PIN, BOTH(OTHER(BRINK_LENGTH_LEB128, 0, 3, '\0', 0, 2097151 + 3))}},
    {"mqtt",
     "MQTT 3.1.1 and 5",
     "MQTT 5.0 1.5.5, 2.1.4",
     {.name = "mqtt", PIN, BOTH(OTHER(BRINK_LENGTH_MQTT, 1, 4, '\0', 0, 268435455 + 5))}},
    {"syslog",
     "syslog over TCP, octet counting",
     "RFC 6587 3.4.1, RFC 5425 4.3",
     {.name = "syslog", BOTH(OTHER(BRINK_LENGTH_DECIMAL, 0, 10, ' ', 0, 64u * KIB))}},
    {"netstring",
     "netstrings",
     "D. J. Bernstein, Netstrings, 1997",
     {.name = "netstring", BOTH(OTHER(BRINK_LENGTH_DECIMAL, 0, 9, ':', 1, 16u * MIB))}},
    {"pkt-line",
     "git's pkt-line",
     "gitprotocol-common(5)",
     {.name = "pkt-line",
      PIN,
      .request = {.frame = {.kind = BRINK_LENGTH_HEX,
                            .size = 4,
                            .adjust = -4,
                            .mask = UINT64_MAX,
                            .unit = 1,
                            .pad = 1,
                            .header_only = 3,
                            .max = 65520}},
      .reply = {.frame = {.kind = BRINK_LENGTH_HEX,
                          .size = 4,
                          .adjust = -4,
                          .mask = UINT64_MAX,
                          .unit = 1,
                          .pad = 1,
                          .header_only = 3,
                          .max = 65520}}}},
    {"onc-rpc",
     "ONC RPC record marking (NFS)",
     "RFC 5531 11",
     {.name = "onc-rpc",
      .request = {.frame = {.kind = BRINK_LENGTH_FIXED,
                            .endian = BRINK_BIG_ENDIAN,
                            .size = 4,
                            .mask = 0x7fffffff,
                            .unit = 1,
                            .pad = 1,
                            .max = 16u * MIB}},
      .reply = {.frame = {.kind = BRINK_LENGTH_FIXED,
                          .endian = BRINK_BIG_ENDIAN,
                          .size = 4,
                          .mask = 0x7fffffff,
                          .unit = 1,
                          .pad = 1,
                          .max = 16u * MIB}}}},
    {"ssh-agent",
     "ssh-agent",
     "draft-ietf-sshm-ssh-agent 3; OpenSSH's limit",
     {.name = "ssh-agent", PIN, BOTH(BE(0, 4, 0, 256u * KIB + 4))}},
};

size_t brink_preset_count(void)
{
    return sizeof presets / sizeof presets[0];
}

const struct brink_preset *brink_preset_at(size_t index)
{
    return index < brink_preset_count() ? &presets[index] : NULL;
}

const struct brink_preset *brink_preset_find(const char *name)
{
    for (size_t i = 0; i < brink_preset_count(); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}
