//! One thing of a drawing changed by name, as a command or a pack writes it: `feed.celebrity_threshold`, `kv.instances`. Not an editor: links
//! and components stay as they are drawn.

use std::collections::BTreeMap;

use crate::catalog;
use crate::sketch::{MAX_INSTANCES, SettingValue, Sketch};

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Not `component.setting`.
    #[error("`{0}` names no setting: write component.setting, such as feed.celebrity_threshold or kv.instances")]
    Name(String),
    /// The drawing has no such component.
    #[error("there is no component `{wanted}` in this drawing: it has {known}")]
    Component {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// The role has no such setting.
    #[error("`{component}` has no setting `{wanted}`: it has instances, {known}")]
    Setting {
        /// Component id.
        component: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// The value does not fit.
    #[error("{0}")]
    Value(String),
}

impl Sketch {
    /// The drawing with each `component.setting` changed; `component.instances` changes how many run.
    pub fn changed(&self, changes: &BTreeMap<String, SettingValue>) -> Result<Self, ChangeError> {
        let mut sketch = self.clone();
        for (name, value) in changes {
            let (id, setting) = name.split_once('.').ok_or_else(|| ChangeError::Name(name.clone()))?;
            let known = || sketch.components.iter().map(|component| component.id.as_str()).collect::<Vec<_>>().join(", ");
            let missing = ChangeError::Component { wanted: id.to_owned(), known: known() };
            let component = sketch.components.iter_mut().find(|component| component.id == id).ok_or(missing)?;
            let role = catalog::role(&component.role);
            if setting == "instances" {
                let most = role.map_or(MAX_INSTANCES, |role| role.max_instances);
                let wanted = value.as_number().filter(|n| n.fract() == 0.0 && (1.0..=f64::from(most)).contains(n));
                let wrong = || ChangeError::Value(format!("{name}: instances must be a whole number from 1 to {most}"));
                component.instances = wanted.ok_or_else(wrong)? as u32;
                continue;
            }
            let known = role.and_then(|role| role.setting(setting)).ok_or_else(|| ChangeError::Setting {
                component: id.to_owned(),
                wanted: setting.to_owned(),
                known: role.map_or(String::new(), |role| role.settings.iter().map(|s| s.name).collect::<Vec<_>>().join(", ")),
            })?;
            known.check(value).map_err(|why| ChangeError::Value(format!("{name}: {why}")))?;
            component.settings.insert(setting.to_owned(), value.clone());
        }
        Ok(sketch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::Component;

    fn sketch() -> Sketch {
        let kv =
            Component { id: "kv".into(), role: "kv".into(), name: "KV".into(), instances: 3, settings: BTreeMap::new(), at: (0.0, 0.0) };
        Sketch { components: vec![kv], ..Sketch::empty("S") }
    }

    #[track_caller]
    fn check(name: &str, value: impl Into<SettingValue>) -> Result<Sketch, String> {
        sketch().changed(&BTreeMap::from([(name.to_owned(), value.into())])).map_err(|error| error.to_string())
    }

    #[test]
    fn a_setting_and_the_instances_change() {
        assert_eq!(check("kv.instances", 6.0).unwrap().components[0].instances, 6);
        assert_eq!(check("kv.read_ms", 0.1).unwrap().components[0].settings["read_ms"], SettingValue::Number(0.1));
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        for (name, value, said) in [
            ("kv", 1.0, "write component.setting"),
            ("cache.read_ms", 1.0, "it has kv"),
            ("kv.speed", 1.0, "instances, workers"),
            ("kv.instances", 2.5, "from 1 to 16"),
            ("kv.instances", 17.0, "from 1 to 16"),
            ("kv.read_ms", f64::NAN, "Read command must be from 0.001"),
        ] {
            let error = check(name, value).unwrap_err();
            assert!(error.contains(said), "{name}: {error}");
        }
    }
}
