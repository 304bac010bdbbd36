//! The node that writes the synthetic population before a run, and then ends: it is not drawn, and not part of the plan's load.

use std::collections::BTreeMap;

use super::{NodeSpec, Plan};
use crate::envelope::Envelope;
use crate::sketch::SettingValue;

impl Plan {
    /// The seeder of this plan; `None` when it has no database to seed.
    pub fn seeder(&self) -> Option<NodeSpec> {
        let ids = |role: &str| -> Vec<String> { self.nodes.iter().filter(|node| node.role == role).map(|node| node.id.clone()).collect() };
        let accounts = ids("sql_primary");
        if accounts.is_empty() {
            return None;
        }
        let mut settings = BTreeMap::new();
        let feed = self.nodes.iter().find(|node| node.role == "feed");
        let timelines = feed.and_then(|feed| feed.ports.get("timeline")).cloned().unwrap_or_default();
        let built = match feed {
            Some(feed) if !timelines.is_empty() => feed.word("timeline_built", "on_write").to_owned(),
            Some(_) => "on_read".to_owned(),
            None => "none".to_owned(),
        };
        settings.insert("timeline_built".to_owned(), SettingValue::Word(built));
        for name in ["celebrity_threshold", "kept_per_user"] {
            if let Some(value) = feed.and_then(|feed| feed.settings.get(name)) {
                settings.insert(name.to_owned(), value.clone());
            }
        }
        let tweets = self.nodes.iter().find(|node| node.role == "tweet");
        let cache = tweets.and_then(|tweets| tweets.ports.get("cache")).cloned().unwrap_or_default();
        let mut ports = BTreeMap::from([("accounts".to_owned(), accounts)]);
        for (name, ids) in [("timeline", timelines), ("cache", cache), ("log", ids("log"))] {
            if !ids.is_empty() {
                ports.insert(name.to_owned(), ids);
            }
        }
        let envelope = Envelope { workers: 1, queue_limit: 0, held_while_calling: false, service: BTreeMap::new() };
        Some(NodeSpec {
            id: "seeder".to_owned(),
            component: "seeder".to_owned(),
            role: "seeder".to_owned(),
            instance: 0,
            instances: 1,
            envelope,
            settings,
            ports,
        })
    }

    /// The node that takes away what real servers in an engine's place still hold of the run; `None` when there is nothing of it there.
    pub fn sweeper(&self) -> Option<NodeSpec> {
        let mut spec = self.seeder().filter(|_| !self.engines.is_empty())?;
        spec.id = "sweeper".to_owned();
        spec.settings.insert("task".to_owned(), SettingValue::Word("sweep".to_owned()));
        Some(spec)
    }
}
