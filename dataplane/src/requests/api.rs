//! The requests spoken here: key, versions, and the shape of each that is decoded by generated code.

use crate::frame::shape::Kind::{Blob, Fixed, Structures, Text, Values};
use crate::frame::shape::{Field, always, since, within};

/// One request of Kafka's protocol.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) key: i16,
    pub(crate) name: &'static str,
    /// The lowest version that is advertised.
    pub(crate) min: i16,
    /// The highest version that is spoken.
    pub(crate) max: i16,
    /// The first version with compact lengths and tagged fields.
    pub(crate) flexible_from: i16,
    pub(crate) shape: &'static [Field],
}

impl Api {
    pub(crate) fn is_flexible(&self, version: i16) -> bool {
        version >= self.flexible_from
    }
}

pub(crate) const PRODUCE: i16 = 0;
pub(crate) const FETCH: i16 = 1;
pub(crate) const LIST_OFFSETS: i16 = 2;
pub(crate) const METADATA: i16 = 3;
pub(crate) const OFFSET_COMMIT: i16 = 8;
pub(crate) const OFFSET_FETCH: i16 = 9;
pub(crate) const FIND_COORDINATOR: i16 = 10;
pub(crate) const JOIN_GROUP: i16 = 11;
pub(crate) const HEARTBEAT: i16 = 12;
pub(crate) const LEAVE_GROUP: i16 = 13;
pub(crate) const SYNC_GROUP: i16 = 14;
pub(crate) const DESCRIBE_GROUPS: i16 = 15;
pub(crate) const LIST_GROUPS: i16 = 16;
pub(crate) const API_VERSIONS: i16 = 18;
pub(crate) const CREATE_TOPICS: i16 = 19;
pub(crate) const DELETE_TOPICS: i16 = 20;
pub(crate) const INIT_PRODUCER_ID: i16 = 22;
pub(crate) const OFFSET_FOR_LEADER_EPOCH: i16 = 23;
pub(crate) const DESCRIBE_CONFIGS: i16 = 32;
pub(crate) const DELETE_GROUPS: i16 = 42;

/// The first version of Produce that is parsed. The ones below are advertised because librdkafka takes their absence for
/// a broker that cannot compress (KAFKA-18659); whoever really sends one loses the connection, as with Kafka.
pub(crate) const FIRST_PRODUCE: i16 = 3;

const fn api(key: i16, name: &'static str, (min, max): (i16, i16), flexible_from: i16, shape: &'static [Field]) -> Api {
    Api { key, name, min, max, flexible_from, shape }
}

/// Every request that is spoken, by key. Ranges are Kafka 4.3's as far as `kafka-protocol` goes.
pub(crate) const APIS: &[Api] = &[
    api(PRODUCE, "Produce", (0, 13), 9, &[]),
    api(FETCH, "Fetch", (4, 18), 12, &[]),
    api(LIST_OFFSETS, "ListOffsets", (1, 10), 6, LIST_OFFSETS_SHAPE),
    api(METADATA, "Metadata", (0, 13), 9, METADATA_SHAPE),
    api(OFFSET_COMMIT, "OffsetCommit", (2, 9), 8, OFFSET_COMMIT_SHAPE),
    api(OFFSET_FETCH, "OffsetFetch", (1, 9), 6, OFFSET_FETCH_SHAPE),
    api(FIND_COORDINATOR, "FindCoordinator", (0, 6), 3, FIND_COORDINATOR_SHAPE),
    api(JOIN_GROUP, "JoinGroup", (0, 9), 6, JOIN_GROUP_SHAPE),
    api(HEARTBEAT, "Heartbeat", (0, 4), 4, HEARTBEAT_SHAPE),
    api(LEAVE_GROUP, "LeaveGroup", (0, 5), 4, LEAVE_GROUP_SHAPE),
    api(SYNC_GROUP, "SyncGroup", (0, 5), 4, SYNC_GROUP_SHAPE),
    api(DESCRIBE_GROUPS, "DescribeGroups", (0, 6), 5, DESCRIBE_GROUPS_SHAPE),
    api(LIST_GROUPS, "ListGroups", (0, 5), 3, LIST_GROUPS_SHAPE),
    api(API_VERSIONS, "ApiVersions", (0, 4), 3, API_VERSIONS_SHAPE),
    api(CREATE_TOPICS, "CreateTopics", (2, 7), 5, CREATE_TOPICS_SHAPE),
    api(DELETE_TOPICS, "DeleteTopics", (1, 6), 4, DELETE_TOPICS_SHAPE),
    api(INIT_PRODUCER_ID, "InitProducerId", (0, 5), 2, INIT_PRODUCER_ID_SHAPE),
    api(OFFSET_FOR_LEADER_EPOCH, "OffsetForLeaderEpoch", (2, 4), 4, OFFSET_FOR_LEADER_EPOCH_SHAPE),
    api(DESCRIBE_CONFIGS, "DescribeConfigs", (1, 4), 4, DESCRIBE_CONFIGS_SHAPE),
    api(DELETE_GROUPS, "DeleteGroups", (0, 2), 2, DELETE_GROUPS_SHAPE),
];

/// The request with this key.
pub(crate) fn by_key(key: i16) -> Option<&'static Api> {
    APIS.iter().find(|api| api.key == key)
}

const LIST_OFFSETS_SHAPE: &[Field] = &[
    always(Fixed(4)),
    since(2, Fixed(1)),
    always(Structures(&[always(Text), always(Structures(&[always(Fixed(4)), since(4, Fixed(4)), always(Fixed(8))]))])),
    since(10, Fixed(4)),
];

const METADATA_SHAPE: &[Field] = &[
    always(Structures(&[since(10, Fixed(16)), always(Text)])),
    since(4, Fixed(1)),
    within(8, 10, Fixed(1)),
    since(8, Fixed(1)),
];

const OFFSET_COMMIT_SHAPE: &[Field] = &[
    always(Text),
    always(Fixed(4)),
    always(Text),
    since(7, Text),
    within(2, 4, Fixed(8)),
    always(Structures(&[
        always(Text),
        always(Structures(&[always(Fixed(4)), always(Fixed(8)), since(6, Fixed(4)), always(Text)])),
    ])),
];

const OFFSET_FETCH_SHAPE: &[Field] = &[
    within(0, 7, Text),
    within(0, 7, Structures(&[always(Text), always(Values(&Fixed(4)))])),
    since(
        8,
        Structures(&[
            always(Text),
            since(9, Text),
            since(9, Fixed(4)),
            always(Structures(&[always(Text), always(Values(&Fixed(4)))])),
        ]),
    ),
    since(7, Fixed(1)),
];

const FIND_COORDINATOR_SHAPE: &[Field] = &[within(0, 3, Text), since(1, Fixed(1)), since(4, Values(&Text))];

const JOIN_GROUP_SHAPE: &[Field] = &[
    always(Text),
    always(Fixed(4)),
    since(1, Fixed(4)),
    always(Text),
    since(5, Text),
    always(Text),
    always(Structures(&[always(Text), always(Blob)])),
    since(8, Text),
];

const HEARTBEAT_SHAPE: &[Field] = &[always(Text), always(Fixed(4)), always(Text), since(3, Text)];

const LEAVE_GROUP_SHAPE: &[Field] =
    &[always(Text), within(0, 2, Text), since(3, Structures(&[always(Text), always(Text), since(5, Text)]))];

const SYNC_GROUP_SHAPE: &[Field] = &[
    always(Text),
    always(Fixed(4)),
    always(Text),
    since(3, Text),
    since(5, Text),
    since(5, Text),
    always(Structures(&[always(Text), always(Blob)])),
];

const DESCRIBE_GROUPS_SHAPE: &[Field] = &[always(Values(&Text)), since(3, Fixed(1))];

const LIST_GROUPS_SHAPE: &[Field] = &[since(4, Values(&Text)), since(5, Values(&Text))];

const API_VERSIONS_SHAPE: &[Field] = &[since(3, Text), since(3, Text)];

const CREATE_TOPICS_SHAPE: &[Field] = &[
    always(Structures(&[
        always(Text),
        always(Fixed(4)),
        always(Fixed(2)),
        always(Structures(&[always(Fixed(4)), always(Values(&Fixed(4)))])),
        always(Structures(&[always(Text), always(Text)])),
    ])),
    always(Fixed(4)),
    always(Fixed(1)),
];

const DELETE_TOPICS_SHAPE: &[Field] =
    &[since(6, Structures(&[always(Text), always(Fixed(16))])), within(0, 5, Values(&Text)), always(Fixed(4))];

const INIT_PRODUCER_ID_SHAPE: &[Field] = &[always(Text), always(Fixed(4)), since(3, Fixed(8)), since(3, Fixed(2))];

const OFFSET_FOR_LEADER_EPOCH_SHAPE: &[Field] = &[
    since(3, Fixed(4)),
    always(Structures(&[always(Text), always(Structures(&[always(Fixed(4)), always(Fixed(4)), always(Fixed(4))]))])),
];

const DESCRIBE_CONFIGS_SHAPE: &[Field] = &[
    always(Structures(&[always(Fixed(1)), always(Text), always(Values(&Text))])),
    always(Fixed(1)),
    since(3, Fixed(1)),
];

const DELETE_GROUPS_SHAPE: &[Field] = &[always(Values(&Text))];
