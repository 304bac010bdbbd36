//! Words by key: theme, panel widths, last exercise. What they mean is for the app to say.

use crate::{Store, StoreError};

/// Longest key and value, bytes.
const MAX_KEY: usize = 128;
const MAX_VALUE: usize = 1024 * 1024;

impl Store {
    /// The value; `None` when it was never set.
    pub async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("SELECT value FROM settings WHERE key = ?").bind(key).fetch_optional(&self.readers).await?)
    }

    /// Sets the value; `None` removes it.
    pub async fn put_setting(&self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        if key.is_empty() || key.len() > MAX_KEY || value.is_some_and(|value| value.len() > MAX_VALUE) {
            let reason = format!("a key has 1 to {MAX_KEY} bytes, a value at most {MAX_VALUE}");
            return Err(StoreError::Invalid { what: "setting", reason });
        }
        let mut write = self.write().await?;
        match value {
            Some(value) => {
                let sql = "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
                sqlx::query(sql).bind(key).bind(value).execute(&mut *write).await?
            }
            None => sqlx::query("DELETE FROM settings WHERE key = ?").bind(key).execute(&mut *write).await?,
        };
        write.commit().await
    }
}
