//! The secret of a run: 128 random bits from the operating system, as hex. Not drawn from the seed, so that knowing a seed opens nothing.

/// A new secret.
pub fn new_token() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
