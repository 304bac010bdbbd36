//! Real servers in an engine's place: their addresses, as the setting `engine` of a component or a flag of the terminal says them. Pure: nothing
//! is dialled or looked up.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::sketch::SettingValue;

/// The setting that names them.
pub const SETTING: &str = "engine";
/// Its word for the engine that Loadline brings along.
pub const EMBEDDED: &str = "embedded";
/// The most addresses in one setting.
const MAX_ADDRESSES: usize = 32;
/// The longest setting, bytes.
const MAX_BYTES: usize = 8192;
/// What an address of PostgreSQL may say after its `?`: nothing that names another server.
const OPTIONS: [&str; 4] = ["application_name", "channel_binding", "connect_timeout", "sslmode"];

/// The addresses in `word`, separated by commas: one for each instance; none for [`EMBEDDED`]. Says why they cannot be used, with the remedy.
pub fn addresses(word: &str, scheme: &str) -> Result<Vec<String>, String> {
    let word = word.trim();
    if word == EMBEDDED || word.is_empty() {
        return Ok(Vec::new());
    }
    if word.len() > MAX_BYTES || word.split(',').count() > MAX_ADDRESSES {
        return Err(format!("Engine takes at most {MAX_ADDRESSES} addresses"));
    }
    word.split(',').map(|address| checked(address.trim(), scheme)).collect()
}

fn checked(address: &str, scheme: &str) -> Result<String, String> {
    let form = format!("write {scheme}://user:password@127.0.0.1:port, or {EMBEDDED}");
    // Only its beginning is repeated: what follows may be a password, or very long.
    let shown: String = address.chars().take_while(|c| *c != '@').take(24).collect();
    // Each client reads an address in its own way, and people paste it into a shell: only what all of them read alike is taken.
    let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\'' | '"' | '`' | '\\' | '<' | '>' | '#');
    if address.contains(odd) || address.matches('@').count() > 1 {
        return Err(
            "Engine: blanks, quotes, `#`, `\\` and a second `@` are not taken as they are: write them as `%20`, `%27`, `%40`".to_owned()
        );
    }
    let url = Url::parse(address).map_err(|error| format!("Engine: `{shown}` is no address ({error}): {form}"))?;
    if url.scheme() != scheme && !(scheme == "postgres" && url.scheme() == "postgresql") {
        return Err(format!("Engine: `{}://` does not fit here: {form}", url.scheme()));
    }
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.parse() == Ok(std::net::Ipv4Addr::LOCALHOST),
        None => false,
    };
    if !here {
        return Err("Engine: only servers of this machine are used: 127.0.0.1, localhost or [::1]".to_owned());
    }
    if url.port().is_none() {
        return Err(format!("Engine: `{shown}` names no port: {form}"));
    }
    if scheme == "kafka" && !matches!(url.path(), "" | "/") {
        return Err(format!("Engine: an address of a log ends with its port: {form}"));
    }
    if let Some((option, _)) = url.query_pairs().find(|(option, _)| scheme != "postgres" || !OPTIONS.contains(&option.as_ref())) {
        let known = if scheme == "postgres" { format!("{} are known", OPTIONS.join(", ")) } else { "there are none here".to_owned() };
        return Err(format!("Engine: the option `{}` is not taken: {known}", option.chars().take(24).collect::<String>()));
    }
    Ok(address.to_owned())
}

/// An address for people: without user and password.
pub fn shown(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return "an address that cannot be read".to_owned() };
    // They only refuse where an address has no host, and these have one.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}

/// A setting of addresses for people: without users and passwords.
pub fn shown_setting(value: &SettingValue) -> SettingValue {
    match value {
        SettingValue::Word(word) => SettingValue::Word(shown_words(word)),
        other => other.clone(),
    }
}

/// The same of its word.
pub fn shown_words(word: &str) -> String {
    if word == EMBEDDED {
        return word.to_owned();
    }
    word.split(',').map(|address| shown(address.trim())).collect::<Vec<_>>().join(",")
}

/// Host and port of an address.
pub fn host_and_port(address: &str) -> Option<(String, u16)> {
    let url = Url::parse(address).ok()?;
    Some((url.host_str()?.to_owned(), url.port()?))
}

/// User and password of an address, if it has both.
pub fn login(address: &str) -> Option<(String, String)> {
    let url = Url::parse(address).ok()?;
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    Some((plain(url.username()), plain(url.password()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, scheme: &str, expected: Result<usize, &str>) {
        match (addresses(word, scheme), expected) {
            (Ok(found), Ok(count)) => assert_eq!(found.len(), count, "{word}"),
            (Err(reason), Err(part)) => assert!(reason.contains(part), "{word}: {reason}"),
            (found, _) => panic!("{word}: {found:?}"),
        }
    }

    #[test]
    fn addresses_are_of_this_machine_and_fit_the_port() {
        check("embedded", "redis", Ok(0));
        check("redis://127.0.0.1:6379", "redis", Ok(1));
        check("redis://:p@127.0.0.1:6379/3, redis://localhost:6380", "redis", Ok(2));
        check("postgresql://u:p@[::1]:5432/db", "postgres", Ok(1));
        check("kafka://127.0.0.1:9092", "kafka", Ok(1));
        check("redis://example.org:6379", "redis", Err("only servers of this machine"));
        check("redis://127.0.0.1.example.org:6379", "redis", Err("only servers of this machine"));
        check("redis://10.0.0.1:6379", "redis", Err("only servers of this machine"));
        check("postgres://127.0.0.1:1/x", "redis", Err("`postgres://` does not fit here"));
        check("redis://127.0.0.1", "redis", Err("names no port"));
        check("nonsense", "redis", Err("is no address"));
        check("redis://127.0.0.1:99999", "redis", Err("is no address"));
        check(&"redis://127.0.0.1:1,".repeat(40), "redis", Err("at most 32"));
    }

    /// What one reader of addresses takes for a path or an option, another takes for the server.
    #[test]
    fn nothing_in_an_address_leads_elsewhere() {
        check("kafka://127.0.0.1:9092/@example.org:9092", "kafka", Err("ends with its port"));
        check("kafka://127.0.0.1:9092/topic", "kafka", Err("ends with its port"));
        check("kafka://u:p@127.0.0.1:9092/", "kafka", Ok(1));
        check("kafka://127.0.0.1:9092@example.org:9092", "kafka", Err("only servers of this machine"));
        check("postgres://a@example.org@127.0.0.1:5432/db", "postgres", Err("second `@`"));
        for option in ["hostaddr=203.0.113.5", "host=example.org", "%68ost=example.org", "port=1", "sslmode=disable&hostaddr=203.0.113.5"] {
            check(&format!("postgres://u:p@127.0.0.1:5432/db?{option}"), "postgres", Err("is not taken"));
        }
        check("postgres://u:p@127.0.0.1:5432/db?sslmode=disable&connect_timeout=3", "postgres", Ok(1));
        check("redis://127.0.0.1:6379/3?protocol=resp3", "redis", Err("is not taken"));
    }

    /// An address stands between quotes in a command that is offered to be copied.
    #[test]
    fn nothing_in_an_address_ends_a_quote() {
        for odd in ["#';id;'", "/0'", "/\"", "/ 1", "/\\", "/`id`", "/\nx"] {
            check(&format!("redis://127.0.0.1:6379{odd}"), "redis", Err("are not taken as they are"));
        }
        check("redis://:p%27s@127.0.0.1:6379/0", "redis", Ok(1));
    }

    #[test]
    fn a_login_is_read_as_it_was_meant() {
        assert_eq!(login("kafka://u%40x:p%27s@127.0.0.1:1"), Some(("u@x".to_owned(), "p's".to_owned())));
        assert_eq!(login("kafka://127.0.0.1:1"), None);
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("redis://me:secret@127.0.0.1:6379/3"), "redis://127.0.0.1:6379/3");
        let several = SettingValue::Word("redis://me:secret@127.0.0.1:1, redis://:secret@127.0.0.1:2".to_owned());
        assert_eq!(shown_setting(&several), SettingValue::Word("redis://127.0.0.1:1,redis://127.0.0.1:2".to_owned()));
        assert_eq!(shown_setting(&SettingValue::Word(EMBEDDED.to_owned())), SettingValue::Word(EMBEDDED.to_owned()));
        let reason = addresses("redis//:secret@x", "redis").unwrap_err();
        assert!(!reason.contains("secret@"), "{reason}");
    }
}
