//! The outline of every served request: which fields are fixed, strings, blobs and arrays. A request is walked against its outline
//! before it is decoded, because the decoder reserves memory for whatever length an array claims. It is no decoder: it keeps nothing.

use kafka_protocol::messages::ApiKey;

use super::limits;

/// One field on the wire.
#[derive(Debug, Clone, Copy)]
enum Field {
    /// So many bytes.
    Fixed(usize),
    /// A string, null or not.
    Text,
    /// Bytes, null or not.
    Blob,
    /// An array of structures, null or not.
    List(&'static [Field]),
    /// An array of 32-bit integers, null or not.
    Ints,
    /// An array of strings, null or not.
    Texts,
}

use Field::{Blob, Fixed, Ints, List, Text, Texts};

/// Why a request is not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misshapen {
    /// A length points past the end of the frame, or is negative.
    #[error("a length points outside of the request")]
    Outside,
    /// More array elements than [`limits::ELEMENTS`].
    #[error("the request holds too many array elements")]
    TooMany,
    /// The API is not served in this version.
    #[error("the API is not served in this version")]
    NotServed,
}

/// The fields of `api` in `version`, and whether lengths are compact and structures end with tagged fields.
fn outline(api: ApiKey, version: i16) -> Option<(&'static [Field], bool)> {
    Some(match (api, version) {
        (ApiKey::ApiVersions, 0..=2) => (&[], false),
        (ApiKey::ApiVersions, 3) => (&[Text, Text], true),
        (ApiKey::Metadata, 4..=7) => (&[List(&[Text]), Fixed(1)], false),
        (ApiKey::Metadata, 8..=9) => (&[List(&[Text]), Fixed(3)], version == 9),
        (ApiKey::Produce, 3..=8) => (&[Text, Fixed(6), List(&[Text, List(&[Fixed(4), Blob])])], false),
        (ApiKey::Fetch, 4) => (&[Fixed(17), List(&[Text, List(&[Fixed(16)])])], false),
        (ApiKey::Fetch, 5..=6) => (&[Fixed(17), List(&[Text, List(&[Fixed(24)])])], false),
        (ApiKey::Fetch, 7..=8) => (&[Fixed(25), List(&[Text, List(&[Fixed(24)])]), List(&[Text, Ints])], false),
        (ApiKey::Fetch, 9..=10) => (&[Fixed(25), List(&[Text, List(&[Fixed(28)])]), List(&[Text, Ints])], false),
        (ApiKey::Fetch, 11) => (&[Fixed(25), List(&[Text, List(&[Fixed(28)])]), List(&[Text, Ints]), Text], false),
        (ApiKey::ListOffsets, 2..=3) => (&[Fixed(5), List(&[Text, List(&[Fixed(12)])])], false),
        (ApiKey::ListOffsets, 4..=5) => (&[Fixed(5), List(&[Text, List(&[Fixed(16)])])], false),
        (ApiKey::CreateTopics, 2..=5) => (&[List(&[Text, Fixed(6), List(&[Fixed(4), Ints]), List(&[Text, Text])]), Fixed(5)], version == 5),
        (ApiKey::SaslHandshake, 1) => (&[Text], false),
        (ApiKey::SaslAuthenticate, 0..=2) => (&[Blob], version == 2),
        (ApiKey::FindCoordinator, 1..=2) => (&[Text, Fixed(1)], false),
        (ApiKey::JoinGroup, 5) => (&[Text, Fixed(8), Text, Text, Text, List(&[Text, Blob])], false),
        (ApiKey::SyncGroup, 3) => (&[Text, Fixed(4), Text, Text, List(&[Text, Blob])], false),
        (ApiKey::Heartbeat, 3) => (&[Text, Fixed(4), Text, Text], false),
        (ApiKey::LeaveGroup, 1) => (&[Text, Text], false),
        (ApiKey::OffsetCommit, 7..=8) => (&[Text, Fixed(4), Text, Text, List(&[Text, List(&[Fixed(16), Text])])], version == 8),
        (ApiKey::OffsetFetch, 7) => (&[Text, List(&[Text, Ints]), Fixed(1)], true),
        (ApiKey::InitProducerId, 4) => (&[Text, Fixed(14)], true),
        (ApiKey::DeleteTopics, 1..=3) => (&[Texts, Fixed(4)], false),
        (ApiKey::CreatePartitions, 0..=1) => (&[List(&[Text, Fixed(4), List(&[Ints])]), Fixed(5)], false),
        (ApiKey::DescribeConfigs, 1..=2) => (&[List(&[Fixed(1), Text, Texts]), Fixed(1)], false),
        (ApiKey::DescribeConfigs, 3) => (&[List(&[Fixed(1), Text, Texts]), Fixed(2)], false),
        (ApiKey::AlterConfigs, 0..=1) => (&[List(&[Fixed(1), Text, List(&[Text, Text])]), Fixed(1)], false),
        (ApiKey::IncrementalAlterConfigs, 0..=1) => (&[List(&[Fixed(1), Text, List(&[Text, Fixed(1), Text])]), Fixed(1)], version == 1),
        (ApiKey::DeleteRecords, 0..=1) => (&[List(&[Text, List(&[Fixed(12)])]), Fixed(4)], false),
        (ApiKey::DescribeGroups, 0..=2) => (&[Texts], false),
        (ApiKey::DescribeGroups, 3..=4) => (&[Texts, Fixed(1)], false),
        (ApiKey::ListGroups, 0..=2) => (&[], false),
        (ApiKey::ListGroups, 3) => (&[], true),
        (ApiKey::ListGroups, 4) => (&[Texts], true),
        (ApiKey::DeleteGroups, 0..=1) => (&[Texts], false),
        (ApiKey::OffsetDelete, 0) => (&[Text, List(&[Text, List(&[Fixed(4)])])], false),
        (ApiKey::OffsetForLeaderEpoch, 2) => (&[List(&[Text, List(&[Fixed(12)])])], false),
        (ApiKey::OffsetForLeaderEpoch, 3) => (&[Fixed(4), List(&[Text, List(&[Fixed(12)])])], false),
        _ => return None,
    })
}

/// Walks `body` (the header excluded) against the outline of `api` in `version`.
pub(super) fn check(api: ApiKey, version: i16, body: &[u8]) -> Result<(), Misshapen> {
    let (fields, compact) = outline(api, version).ok_or(Misshapen::NotServed)?;
    Walk { rest: body, compact, elements: 0 }.structure(fields)
}

/// Walks the tagged fields of a request header; gives where they end.
pub(super) fn check_tags(tags: &[u8]) -> Result<(), Misshapen> {
    Walk { rest: tags, compact: true, elements: 0 }.tags()
}

struct Walk<'a> {
    rest: &'a [u8],
    compact: bool,
    elements: usize,
}

impl Walk<'_> {
    fn structure(&mut self, fields: &[Field]) -> Result<(), Misshapen> {
        for field in fields {
            match *field {
                Fixed(size) => self.skip(size)?,
                Text => {
                    let size = self.length(2)?;
                    self.skip(size)?;
                }
                Blob => {
                    let size = self.length(4)?;
                    self.skip(size)?;
                }
                Ints => {
                    let count = self.length(4)?;
                    self.count(count)?;
                    self.skip(count.saturating_mul(4))?;
                }
                Texts => {
                    let count = self.length(4)?;
                    self.count(count)?;
                    for _ in 0..count {
                        let size = self.length(2)?;
                        self.skip(size)?;
                    }
                }
                List(inner) => {
                    let count = self.length(4)?;
                    self.count(count)?;
                    for _ in 0..count {
                        self.structure(inner)?;
                    }
                }
            }
        }
        if self.compact { self.tags() } else { Ok(()) }
    }

    fn tags(&mut self) -> Result<(), Misshapen> {
        let count = self.varint()?;
        self.count(count)?;
        for _ in 0..count {
            self.varint()?;
            let size = self.varint()?;
            self.skip(size)?;
        }
        Ok(())
    }

    fn count(&mut self, elements: usize) -> Result<(), Misshapen> {
        self.elements = self.elements.saturating_add(elements);
        if self.elements > limits::ELEMENTS { Err(Misshapen::TooMany) } else { Ok(()) }
    }

    fn skip(&mut self, size: usize) -> Result<(), Misshapen> {
        self.rest = self.rest.get(size..).ok_or(Misshapen::Outside)?;
        Ok(())
    }

    /// A length of `wide` bytes, or a compact one; null counts as zero.
    fn length(&mut self, wide: usize) -> Result<usize, Misshapen> {
        if self.compact {
            return Ok(self.varint()?.saturating_sub(1));
        }
        let (head, rest) = self.rest.split_at_checked(wide).ok_or(Misshapen::Outside)?;
        self.rest = rest;
        let length = match *head {
            [a, b] => i64::from(i16::from_be_bytes([a, b])),
            [a, b, c, d] => i64::from(i32::from_be_bytes([a, b, c, d])),
            _ => return Err(Misshapen::Outside),
        };
        if length == -1 { Ok(0) } else { usize::try_from(length).map_err(|_| Misshapen::Outside) }
    }

    fn varint(&mut self) -> Result<usize, Misshapen> {
        let mut value = 0u64;
        for shift in (0..5).map(|n| n * 7) {
            let (byte, rest) = self.rest.split_first().ok_or(Misshapen::Outside)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map(|v| v as usize).map_err(|_| Misshapen::Outside);
            }
        }
        Err(Misshapen::Outside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_that_lie_are_refused() {
        // Metadata 4: an array that claims 2^31 - 1 topics in a frame of five bytes.
        assert_eq!(check(ApiKey::Metadata, 4, &[0x7f, 0xff, 0xff, 0xff, 0]), Err(Misshapen::TooMany));
        assert_eq!(check(ApiKey::Metadata, 4, &[0, 0, 0, 1, 0, 9, b'x', 0]), Err(Misshapen::Outside));
        assert_eq!(check(ApiKey::Metadata, 4, &[0xff, 0xff, 0xff, 0xff, 1]), Ok(()), "null asks for all topics");
        assert_eq!(check(ApiKey::Metadata, 9, &[0xff, 0xff, 0xff, 0xff, 0x0f, 0]), Err(Misshapen::TooMany));
        assert_eq!(check(ApiKey::Metadata, 9, &[0xff, 0xff, 0xff, 0xff, 0xff, 0]), Err(Misshapen::Outside));
        assert_eq!(check(ApiKey::JoinGroup, 0, &[]), Err(Misshapen::NotServed));
    }
}
