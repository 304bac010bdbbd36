//! How a connection begins: TLS politely declined, cancel requests taken, the token proven as a cleartext password. Any user and any
//! database will do: there is one of each.

use bytes::{BufMut, BytesMut};
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::{Authentication, BackendKeyData, ParameterStatus, SecretKey, Startup};
use pgwire::messages::{DecodeContext, Message, PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::Engine;
use super::activity::Backend;
use super::catalog::SERVER_VERSION;
use super::catalog::settings::APPLICATION;
use super::error::{PROTOCOL, SqlError};
use super::wire::{self, Incoming, MAX_FIRST_FRAME};

/// `1234 << 16 | 5679` and its neighbours stand where a version would.
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
const CANCEL_REQUEST: u32 = 80_877_102;
/// Requests for encryption that are declined before the connection is given up.
const MAX_DECLINED: usize = 4;

/// Compares without telling by the time how much was right.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |different, (x, y)| different | (x ^ y)) == 0
}

/// The option by which a replica says what it is: its connections take no place from clients.
pub(super) const REPLICA: &str = "-c loadline_replica=on";
/// Longest name that a client may give itself, bytes, as in PostgreSQL: what is longer is cut.
const NAME_BYTES: usize = 63;

/// Greets a client. It has proven the token when this gives the name by which it calls itself; when it gives none, there is nothing more to do.
pub(super) async fn greet<R, W>(
    engine: &Engine,
    incoming: &mut Incoming<R>,
    outgoing: &mut W,
    backend: &Backend,
) -> Result<Option<String>, SqlError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let gone = |error: std::io::Error| SqlError::new(PROTOCOL, error.to_string()).fatal();
    let context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
    let (mut out, mut application, mut is_replica) = (BytesMut::new(), String::new(), false);
    for _ in 0..MAX_DECLINED {
        let Some(mut packet) = incoming.first_packet().await? else { return Ok(None) };
        let code = packet.get(4..8).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes);
        match code {
            SSL_REQUEST | GSS_REQUEST => {
                outgoing.write_all(b"N").await.map_err(gone)?;
                continue;
            }
            CANCEL_REQUEST => {
                if let Ok(Some(request)) = CancelRequest::decode(&mut packet, &context)
                    && let SecretKey::I32(secret) = request.secret_key
                {
                    engine.cancel(request.pid, secret);
                }
                return Ok(None);
            }
            version if version >> 16 == 3 => {
                let minor = version & 0xffff;
                let startup = Startup::decode(&mut packet, &context).ok().flatten();
                let Some(startup) = startup else { return Err(SqlError::new(PROTOCOL, "invalid startup packet").fatal()) };
                negotiate(&mut out, minor, startup.parameters.keys());
                is_replica = startup.parameters.get("options").is_some_and(|options| options == REPLICA);
                application = startup.parameters.get(APPLICATION).cloned().unwrap_or_default();
                application.truncate(application.floor_char_boundary(NAME_BYTES));
                break;
            }
            _ => {
                return Err(SqlError::new("0A000", format!("unsupported frontend protocol {}.{}", code >> 16, code & 0xffff)).fatal());
            }
        }
    }
    wire::put(&mut out, &PgWireBackendMessage::Authentication(Authentication::CleartextPassword));
    outgoing.write_all(&out).await.map_err(gone)?;
    let Some(message) = incoming.message(MAX_FIRST_FRAME).await? else { return Ok(None) };
    let PgWireFrontendMessage::PasswordMessageFamily(password) = message else {
        return Err(SqlError::new(PROTOCOL, "expected a password").fatal());
    };
    let proven = password.into_password().is_ok_and(|given| same(given.password.as_bytes(), engine.node.config().token.as_bytes()));
    if !proven {
        engine.node.failed("unauthorised");
        let error = SqlError::new("28P01", "password authentication failed").hint("The password is the token of this run.");
        return Err(error.fatal());
    }
    if is_replica {
        backend.is_of_replica();
    } else {
        engine.room()?;
    }
    backend.greeted();
    out.clear();
    wire::put(&mut out, &PgWireBackendMessage::Authentication(Authentication::Ok));
    for (name, value) in [
        ("server_version", SERVER_VERSION),
        ("server_encoding", "UTF8"),
        ("client_encoding", "UTF8"),
        ("DateStyle", "ISO, MDY"),
        ("integer_datetimes", "on"),
        (APPLICATION, &application),
        ("standard_conforming_strings", "on"),
        ("TimeZone", "UTC"),
    ] {
        wire::put(&mut out, &PgWireBackendMessage::ParameterStatus(ParameterStatus::new(name.to_owned(), value.to_owned())));
    }
    wire::put(&mut out, &PgWireBackendMessage::BackendKeyData(BackendKeyData::new(backend.pid, SecretKey::I32(backend.secret))));
    wire::ready(&mut out, pgwire::messages::response::TransactionStatus::Idle);
    outgoing.write_all(&out).await.map_err(gone)?;
    Ok(Some(application))
}

/// Says that only version 3.0 is spoken when a newer one, or one of its options, was asked for.
fn negotiate<'a>(out: &mut BytesMut, minor: u32, names: impl Iterator<Item = &'a String>) {
    let unknown: Vec<&String> = names.filter(|name| name.starts_with("_pq_.")).collect();
    if minor == 0 && unknown.is_empty() {
        return;
    }
    let len = 12 + unknown.iter().map(|name| name.len() + 1).sum::<usize>();
    out.put_u8(b'v');
    out.put_u32(len as u32);
    out.put_u32(0);
    out.put_u32(unknown.len() as u32);
    for name in unknown {
        out.put_slice(name.as_bytes());
        out.put_u8(0);
    }
}
