//! What a key can hold, and how much memory it takes. Sizes are kept while values change; nothing is ever measured by walking.

use std::collections::{BTreeMap, BTreeSet};

use super::sorted_set::SortedSet;

/// What a block of memory of this size takes in glibc's heap: a header of 8 bytes, rounded up to 16, and 32 at least.
pub(super) const fn block_bytes(size: usize) -> usize {
    let rounded = (size + 8).next_multiple_of(16);
    if size == 0 {
        0
    } else if rounded < 32 {
        32
    } else {
        rounded
    }
}

/// What the nodes of a B-tree take that hold `n` entries of `entry_bytes`: a node has room for 11, and 7 on the average.
fn tree_bytes(n: usize, entry_bytes: usize) -> usize {
    n.div_ceil(7) * block_bytes(11 * entry_bytes + 12)
}

/// A value of one of the types of Redis.
#[derive(Debug)]
pub(super) enum Value {
    /// Bytes; numbers too.
    Text(Text),
    /// Fields with values.
    Fields(Box<Fields>),
    /// A set.
    Members(Box<Members>),
    /// A sorted set.
    Sorted(Box<SortedSet>),
}

impl Value {
    /// The word that TYPE answers.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Fields(_) => "hash",
            Self::Members(_) => "set",
            Self::Sorted(_) => "zset",
        }
    }

    /// Bytes outside of the slot that holds the value.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => block_bytes(text.0.capacity()),
            Self::Fields(fields) => fields.bytes + tree_bytes(fields.len(), FIELD_BYTES) + block_bytes(size_of::<Fields>()),
            Self::Members(members) => members.bytes + tree_bytes(members.len(), MEMBER_BYTES) + block_bytes(size_of::<Members>()),
            Self::Sorted(set) => set.bytes() + block_bytes(size_of::<SortedSet>()),
        }
    }

    /// A collection without members; its key goes away. An empty text stays.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Fields(fields) => fields.map.is_empty(),
            Self::Members(members) => members.set.is_empty(),
            Self::Sorted(set) => set.len() == 0,
        }
    }
}

/// A type that a [`Value`] may hold.
pub(super) trait Typed: Default {
    /// The value as this type, unless it is another.
    fn of(value: &Value) -> Option<&Self>;
    /// The same, to be changed.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    /// As a value.
    fn wrap(self) -> Value;
}

macro_rules! typed {
    ($kind:ty, $variant:ident, $wrap:expr) => {
        impl Typed for $kind {
            fn of(value: &Value) -> Option<&Self> {
                if let Value::$variant(inner) = value { Some(inner) } else { None }
            }
            fn of_mut(value: &mut Value) -> Option<&mut Self> {
                if let Value::$variant(inner) = value { Some(inner) } else { None }
            }
            fn wrap(self) -> Value {
                Value::$variant($wrap(self))
            }
        }
    };
}
typed!(Text, Text, std::convert::identity);
typed!(Fields, Fields, Box::new);
typed!(Members, Members, Box::new);
typed!(SortedSet, Sorted, Box::new);

/// Bytes of a string value.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) Vec<u8>);

/// What one field takes in its node.
const FIELD_BYTES: usize = size_of::<Box<[u8]>>() + size_of::<Vec<u8>>();

/// The fields of a hash, in order of their names, so that two runs answer alike.
#[derive(Debug, Default)]
pub(super) struct Fields {
    map: BTreeMap<Box<[u8]>, Vec<u8>>,
    /// Of the blocks that names and values are in.
    bytes: usize,
}

impl Fields {
    pub(super) fn len(&self) -> usize {
        self.map.len()
    }
    pub(super) fn get(&self, field: &[u8]) -> Option<&[u8]> {
        self.map.get(field).map(Vec::as_slice)
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.map.iter().map(|(field, value)| (&**field, value.as_slice()))
    }
    /// Sets a field; true when it is new.
    pub(super) fn set(&mut self, field: &[u8], value: &[u8]) -> bool {
        self.bytes += block_bytes(value.len());
        if let Some(old) = self.map.get_mut(field) {
            self.bytes -= block_bytes(old.capacity());
            *old = value.to_vec();
            return false;
        }
        self.bytes += block_bytes(field.len());
        self.map.insert(field.into(), value.to_vec());
        true
    }
    /// Takes a field out; true when it was there.
    pub(super) fn remove(&mut self, field: &[u8]) -> bool {
        let Some(value) = self.map.remove(field) else { return false };
        self.bytes -= block_bytes(field.len()) + block_bytes(value.capacity());
        true
    }
}

/// What one member takes in its node.
const MEMBER_BYTES: usize = size_of::<Box<[u8]>>();

/// The members of a set, in order of their bytes, so that two runs answer alike.
#[derive(Debug, Default)]
pub(super) struct Members {
    set: BTreeSet<Box<[u8]>>,
    /// Of the blocks that members are in.
    bytes: usize,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.set.len()
    }
    pub(super) fn has(&self, member: &[u8]) -> bool {
        self.set.contains(member)
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.set.iter().map(|member| &**member)
    }
    /// Puts a member in; true when it is new.
    pub(super) fn insert(&mut self, member: &[u8]) -> bool {
        if self.set.contains(member) {
            return false;
        }
        self.bytes += block_bytes(member.len());
        self.set.insert(member.into())
    }
    /// Takes a member out; true when it was there.
    pub(super) fn remove(&mut self, member: &[u8]) -> bool {
        let was_there = self.set.remove(member);
        if was_there {
            self.bytes -= block_bytes(member.len());
        }
        was_there
    }
}
