//! Settings of the app: words by key. The keys that mean something are checked here before they are kept; others (panels that are shut) are the
//! window's own. What a setting does is elsewhere.

use crate::App;
use crate::contract::{AppSetting, Empty, RpcError};
use crate::run::prepare::this_host;
use crate::run::share::{Laptop, LaptopShare};

/// How much of the laptop a run may take, percent.
pub const LAPTOP_SHARE: &str = "laptop_share";
/// Keys with a few words to choose from.
const CHOICES: [(&str, &[&str]); 3] =
    [("theme", &["system", "light", "dark"]), ("text_size", &["100", "110", "125"]), ("motion", &["system", "on", "off"])];

impl App {
    /// A setting of the app.
    pub async fn setting_get(&self, request: AppSetting) -> Result<AppSetting, RpcError> {
        let value = self.store().setting(&request.key).await?;
        Ok(AppSetting { key: request.key, value })
    }

    /// Keeps a setting of the app, or forgets it.
    pub async fn setting_put(&self, request: AppSetting) -> Result<Empty, RpcError> {
        if let Some(value) = &request.value {
            check(&request.key, value)?;
        }
        self.store().put_setting(&request.key, request.value.as_deref()).await?;
        Ok(Empty {})
    }

    /// This machine, and how much of it the learner lets a run take. What was not checked when it was kept counts as not set.
    pub(crate) async fn laptop(&self) -> Result<Laptop, RpcError> {
        let set = self.store().setting(LAPTOP_SHARE).await?;
        let share = set.and_then(|text| LaptopShare::parse(&text).ok()).unwrap_or_default();
        Ok(Laptop { host: this_host(), share })
    }
}

/// Refuses a value that its key cannot have.
fn check(key: &str, value: &str) -> Result<(), RpcError> {
    if key == LAPTOP_SHARE {
        return LaptopShare::parse(value).map(drop);
    }
    match CHOICES.iter().find(|(known, _)| *known == key) {
        Some((_, choices)) if !choices.contains(&value) => Err(RpcError::new(
            "invalid_setting",
            format!("{key} cannot be {:?}", value.chars().take(40).collect::<String>()),
            format!("Choose one of {}.", choices.join(", ")),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn settings_that_mean_something_are_checked() {
        for (key, value) in [("theme", "dark"), ("text_size", "125"), ("motion", "off"), ("laptop_share", "80"), ("panel.left", "shut")] {
            check(key, value).unwrap();
        }
        for (key, value, code) in [
            ("theme", "mauve", "invalid_setting"),
            ("text_size", "900", "invalid_setting"),
            ("motion", "", "invalid_setting"),
            ("laptop_share", "100", "invalid_share"),
        ] {
            let error = check(key, value).unwrap_err();
            assert_eq!(error.code, code, "{key}={value}");
            assert!(error.hint.starts_with("Choose "), "{}", error.hint);
        }
    }
}
