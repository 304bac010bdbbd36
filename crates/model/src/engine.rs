//! Real servers in an engine's place: their addresses, as the setting `engine` of a component or a flag of the terminal says them. Pure: nothing
//! is dialled or looked up.

use url::{Host, Url};

/// The setting that names them.
pub const SETTING: &str = "engine";
/// Its word for the engine that Loadline brings along.
pub const EMBEDDED: &str = "embedded";
/// The most addresses in one setting.
const MAX_ADDRESSES: usize = 32;
/// The longest setting, bytes.
const MAX_BYTES: usize = 8192;

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

/// Host and port of an address.
pub fn host_and_port(address: &str) -> Option<(String, u16)> {
    let url = Url::parse(address).ok()?;
    Some((url.host_str()?.to_owned(), url.port()?))
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

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(shown("redis://me:secret@127.0.0.1:6379/3"), "redis://127.0.0.1:6379/3");
        let reason = addresses("redis//:secret@x", "redis").unwrap_err();
        assert!(!reason.contains("secret@"), "{reason}");
    }
}
