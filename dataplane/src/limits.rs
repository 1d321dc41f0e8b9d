//! Every limit of the wire, each with its name, its unit and its default.

use std::time::Duration;

/// What a listener and the clusters behind it put up with. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest request frame, without its four bytes of length (Kafka: `socket.request.max.bytes`).
    pub frame_bytes: usize,
    /// Longest frame of any request but Produce. Such a request is small by nature, and one decoded from the wire takes
    /// several times its own size.
    pub control_frame_bytes: usize,
    /// Connections of one listener; one more is closed as soon as it is accepted.
    pub connections: usize,
    /// Requests of one connection that were read and are not answered yet; the next one is not read.
    pub in_flight_per_connection: usize,
    /// Bytes of all requests of one cluster that were read and are not answered yet; more are not read. At least one
    /// request of any allowed size is always read.
    pub in_flight_bytes: usize,
    /// A connection that sends nothing, or takes nothing, for this long is closed (`connections.max.idle.ms`).
    pub idle: Duration,
    /// Most bytes of record batches in one Fetch response, whatever the client asks for (`fetch.max.bytes`). One whole
    /// batch is always returned.
    pub fetch_bytes: usize,
    /// Longest that a Fetch waits for data, whatever the client asks for.
    pub fetch_wait: Duration,
    /// Partitions of one new topic.
    pub partitions_per_topic: i32,
    /// Partitions of one cluster, over all topics.
    pub partitions: i32,
    /// Groups of one cluster.
    pub groups: usize,
    /// Members of one group, those included that only got their id so far (`group.max.size`).
    pub group_members: usize,
    /// Bytes of metadata and assignment that one member may hold in a group.
    pub group_member_bytes: usize,
    /// Shortest session time-out a group member may ask for (`group.min.session.timeout.ms`).
    pub min_session_timeout: Duration,
    /// Longest session time-out a group member may ask for (`group.max.session.timeout.ms`).
    pub max_session_timeout: Duration,
    /// Longest text kept with a committed offset (`offset.metadata.max.bytes`).
    pub offset_metadata_bytes: usize,
    /// Committed offsets of one cluster, over all groups, topics and partitions.
    pub committed_offsets: usize,
    /// How long open requests may take to end when the dataplane stops.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes: 100 << 20,
            control_frame_bytes: 1 << 20,
            connections: 4096,
            in_flight_per_connection: 64,
            in_flight_bytes: 256 << 20,
            idle: Duration::from_secs(600),
            fetch_bytes: 55 << 20,
            fetch_wait: Duration::from_secs(60),
            partitions_per_topic: 1024,
            partitions: 20_000,
            groups: 10_000,
            group_members: 1000,
            group_member_bytes: 1 << 20,
            min_session_timeout: Duration::from_secs(1),
            max_session_timeout: Duration::from_secs(1800),
            offset_metadata_bytes: 4096,
            committed_offsets: 1_000_000,
            drain: Duration::from_secs(5),
        }
    }
}
