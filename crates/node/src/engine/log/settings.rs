//! What can be set for a topic, with Kafka's names, over what the broker's own settings say. Times are in life, as in the catalog.

use std::collections::BTreeMap;

use loadline_model::plan::NodeSpec;

use super::limits;

/// What holds for one topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TopicSettings {
    /// Old segments are removed.
    pub(super) delete: bool,
    /// Of each key only the last value is kept.
    pub(super) compact: bool,
    /// Segments whose records are all older are removed, ms; `None`: never.
    pub(super) retention_ms: Option<i64>,
    /// Segments are removed while the partition holds more, bytes; `None`: never.
    pub(super) retention_bytes: Option<u64>,
    /// Size at which the next segment begins, bytes.
    pub(super) segment_bytes: u64,
    /// Age at which the next segment begins, ms.
    pub(super) segment_ms: i64,
    /// Replicas that must be in sync for a produce with acks=all.
    pub(super) min_insync: usize,
    /// How long a compacted topic keeps the last word that a key is gone, ms.
    pub(super) delete_retention_ms: i64,
    /// Largest batch, bytes.
    pub(super) max_batch_bytes: usize,
}

/// When what was written is flushed to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flush {
    /// When the operating system likes, as Kafka does by default.
    Never,
    /// Once a second.
    EverySecond,
    /// Before it is acknowledged.
    EachBatch,
}

/// What holds for the whole broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BrokerSettings {
    /// For topics that do not say otherwise.
    pub(super) topic: TopicSettings,
    /// Partitions of a topic that does not say.
    pub(super) partitions: i32,
    /// Replicas of a partition that does not say, this many brokers or as many as there are.
    pub(super) replication: usize,
    /// When writes are flushed.
    pub(super) flush: Flush,
}

/// How a value is typed for DescribeConfigs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i8)]
pub(super) enum Type {
    /// Text.
    Text = 2,
    /// 32 bits.
    Int = 3,
    /// 64 bits.
    Long = 5,
    /// Words with commas between.
    List = 7,
}

impl BrokerSettings {
    /// What the sketch says, for `brokers` brokers.
    pub(super) fn read(spec: &NodeSpec, brokers: usize) -> Self {
        let whole = |name: &str, default: f64| spec.number(name, default).max(0.0);
        let replication = (whole("replication", 1.0) as usize).clamp(1, brokers.max(1));
        let seconds = whole("retention_s", 604_800.0);
        let megabytes = whole("retention_mb", 0.0);
        Self {
            topic: TopicSettings {
                delete: true,
                compact: false,
                retention_ms: (seconds > 0.0).then_some((seconds * 1000.0) as i64),
                retention_bytes: (megabytes > 0.0).then_some((megabytes * 1e6) as u64),
                segment_bytes: (whole("segment_mb", 64.0) * 1e6).max(limits::SEGMENT_BYTES_AT_LEAST as f64) as u64,
                segment_ms: 604_800_000,
                min_insync: (whole("min_insync", 1.0) as usize).max(1),
                delete_retention_ms: 86_400_000,
                max_batch_bytes: limits::BATCH_BYTES,
            },
            partitions: (whole("partitions", 6.0) as i32).clamp(1, limits::PARTITIONS_PER_TOPIC),
            replication,
            flush: match spec.word("fsync", "never") {
                "each_batch" => Flush::EachBatch,
                "every_second" => Flush::EverySecond,
                _ => Flush::Never,
            },
        }
    }
}

impl TopicSettings {
    /// These settings with `given` over them; the error names the setting and the remedy.
    pub(super) fn with(&self, given: &BTreeMap<String, String>) -> Result<Self, String> {
        let mut settings = self.clone();
        for (name, value) in given {
            settings.set(name, value.trim())?;
        }
        Ok(settings)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let whole = |least: i64, most: i64| -> Result<i64, String> {
            let number = value.parse::<i64>().ok().filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("{name} must be a whole number from {least} to {most}, and is {value:?}"))
        };
        let fixed = |only: &str| {
            if value == only { Ok(()) } else { Err(format!("{name} can only be {only} here: batches are stored as they come")) }
        };
        let unlimited = |number: i64| (number >= 0).then_some(number);
        match name {
            "cleanup.policy" => {
                let words: Vec<&str> = value.split(',').map(str::trim).collect();
                if words.iter().any(|word| !matches!(*word, "delete" | "compact")) {
                    return Err(format!("cleanup.policy must be delete, compact or both with a comma, and is {value:?}"));
                }
                (self.delete, self.compact) = (words.contains(&"delete"), words.contains(&"compact"));
            }
            "retention.ms" => self.retention_ms = unlimited(whole(-1, i64::MAX)?),
            "retention.bytes" => self.retention_bytes = unlimited(whole(-1, i64::MAX)?).and_then(|bytes| u64::try_from(bytes).ok()),
            "segment.bytes" => self.segment_bytes = whole(limits::SEGMENT_BYTES_AT_LEAST, 1 << 30)?.unsigned_abs(),
            "segment.ms" => self.segment_ms = whole(1, i64::MAX)?,
            "min.insync.replicas" => self.min_insync = usize::try_from(whole(1, i64::from(i16::MAX))?).unwrap_or(1),
            "delete.retention.ms" => self.delete_retention_ms = whole(0, i64::MAX)?,
            "max.message.bytes" => {
                self.max_batch_bytes = usize::try_from(whole(1, limits::BATCH_BYTES as i64)?).unwrap_or(limits::BATCH_BYTES);
            }
            "compression.type" => fixed("producer")?,
            "message.timestamp.type" => fixed("CreateTime")?,
            _ => {
                let known: Vec<&str> = self.list().iter().map(|(name, _, _)| *name).collect();
                return Err(format!("{name} is not a setting of a topic here; those are {}", known.join(", ")));
            }
        }
        Ok(())
    }

    /// Every setting, its value and type, by name.
    pub(super) fn list(&self) -> [(&'static str, String, Type); 10] {
        let limit = |limit: Option<i64>| limit.unwrap_or(-1).to_string();
        let policy = match (self.delete, self.compact) {
            (true, true) => "delete,compact",
            (false, true) => "compact",
            (_, false) => "delete",
        };
        [
            ("cleanup.policy", policy.to_owned(), Type::List),
            ("compression.type", "producer".to_owned(), Type::Text),
            ("delete.retention.ms", self.delete_retention_ms.to_string(), Type::Long),
            ("max.message.bytes", self.max_batch_bytes.to_string(), Type::Int),
            ("message.timestamp.type", "CreateTime".to_owned(), Type::Text),
            ("min.insync.replicas", self.min_insync.to_string(), Type::Int),
            ("retention.bytes", limit(self.retention_bytes.and_then(|bytes| i64::try_from(bytes).ok())), Type::Long),
            ("retention.ms", limit(self.retention_ms), Type::Long),
            ("segment.bytes", self.segment_bytes.to_string(), Type::Int),
            ("segment.ms", self.segment_ms.to_string(), Type::Long),
        ]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What a broker has that says nothing.
    pub(in crate::engine::log) fn defaults() -> TopicSettings {
        let spec = NodeSpec {
            id: "log-1".to_owned(),
            component: "log".to_owned(),
            role: "log".to_owned(),
            instance: 0,
            instances: 1,
            envelope: loadline_model::envelope::Envelope::single("append", 1, 1.0, loadline_model::envelope::Distribution::Fixed),
            settings: BTreeMap::new(),
            ports: BTreeMap::new(),
        };
        BrokerSettings::read(&spec, 1).topic
    }

    fn given(name: &str, value: &str) -> Result<TopicSettings, String> {
        defaults().with(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn what_is_listed_can_be_set_again() {
        let settings =
            given("cleanup.policy", "compact, delete").unwrap().with(&BTreeMap::from([("retention.ms".to_owned(), "-1".to_owned())]));
        let settings = settings.unwrap();
        assert!(settings.compact && settings.delete && settings.retention_ms.is_none());
        let listed = settings.list().map(|(name, value, _)| (name.to_owned(), value));
        assert_eq!(defaults().with(&BTreeMap::from(listed)), Ok(settings));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (name, value) in [
            ("cleanup.policy", "shred"),
            ("retention.ms", "soon"),
            ("retention.bytes", "-2"),
            ("segment.bytes", "1"),
            ("min.insync.replicas", "0"),
            ("max.message.bytes", "99999999999"),
            ("compression.type", "gzip"),
            ("message.timestamp.type", "LogAppendTime"),
            ("flush.messages", "1"),
        ] {
            let why = given(name, value).unwrap_err();
            assert!(why.contains(name), "{why}");
        }
    }
}
