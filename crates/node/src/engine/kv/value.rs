//! What a key can hold, and how much memory it takes. Sizes are kept while values change; nothing is ever measured by walking.

use std::collections::VecDeque;

use indexmap::{IndexMap, IndexSet};

use super::sorted_set::SortedSet;

/// How keys and members are hashed: seeded anew in each process, so that nobody outside can make them collide on purpose.
pub(super) type Hasher = foldhash::fast::RandomState;

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

/// What a dense map takes that has room for `room` entries of `entry_bytes`: the entries, and a table of their places that is at most
/// seven eighths full.
pub(super) fn map_bytes(room: usize, entry_bytes: usize) -> usize {
    if room == 0 {
        return 0;
    }
    let places = (room * 8 / 7).next_power_of_two().max(4);
    block_bytes(room * entry_bytes) + block_bytes(places * (size_of::<usize>() + 1) + 16)
}

/// A value of one of the types of Redis.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Bytes; numbers too.
    Text(Text),
    /// Fields with values.
    Fields(Box<Fields>),
    /// A set.
    Members(Box<Members>),
    /// A sorted set.
    Sorted(Box<SortedSet>),
    /// A list.
    List(Box<List>),
}

impl Value {
    /// The word that TYPE answers.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "string",
            Self::Fields(_) => "hash",
            Self::Members(_) => "set",
            Self::Sorted(_) => "zset",
            Self::List(_) => "list",
        }
    }

    /// The word of Redis that comes nearest to how it is kept here, for OBJECT ENCODING.
    pub(super) fn encoding(&self) -> &'static str {
        match self {
            Self::Text(_) => "raw",
            Self::Fields(_) | Self::Members(_) => "hashtable",
            Self::Sorted(_) => "skiplist",
            Self::List(_) => "quicklist",
        }
    }

    /// Bytes outside of the slot that holds the value.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => block_bytes(text.0.capacity()),
            Self::Fields(fields) => fields.bytes() + block_bytes(size_of::<Fields>()),
            Self::Members(members) => members.bytes() + block_bytes(size_of::<Members>()),
            Self::Sorted(set) => set.bytes() + block_bytes(size_of::<SortedSet>()),
            Self::List(list) => list.bytes() + block_bytes(size_of::<List>()),
        }
    }

    /// A collection without members; its key goes away. An empty text stays.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Fields(fields) => fields.len() == 0,
            Self::Members(members) => members.len() == 0,
            Self::Sorted(set) => set.len() == 0,
            Self::List(list) => list.len() == 0,
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
typed!(List, List, Box::new);

/// Bytes of a string value.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) Vec<u8>);

/// Where a walk over a dense collection of `len` entries goes on: it runs from the last entry to the first. An entry that is taken out
/// is replaced by the last one, which the walk has passed already, and a new one comes after all others: so a walk in pieces meets every
/// entry that stays. Cursor 0 begins; gives the entries to show and the next cursor, 0 at the end.
pub(super) fn walk(cursor: u64, count: usize, len: usize) -> (std::ops::Range<usize>, u64) {
    let end = if cursor == 0 { len } else { usize::try_from(cursor).unwrap_or(usize::MAX).min(len) };
    let start = end.saturating_sub(count);
    (start..end, start as u64)
}

/// The fields of a hash, in the order in which they came.
#[derive(Debug, Default, Clone)]
pub(super) struct Fields {
    map: IndexMap<Box<[u8]>, Box<[u8]>, Hasher>,
    /// Of the blocks that names and values are in.
    blocks: usize,
}

impl Fields {
    pub(super) fn len(&self) -> usize {
        self.map.len()
    }
    pub(super) fn get(&self, field: &[u8]) -> Option<&[u8]> {
        self.map.get(field).map(|value| &**value)
    }
    /// The field at a place that [`walk`] or a random draw gave.
    pub(super) fn at(&self, place: usize) -> Option<(&[u8], &[u8])> {
        self.map.get_index(place).map(|(field, value)| (&**field, &**value))
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.map.iter().map(|(field, value)| (&**field, &**value))
    }
    /// Sets a field; true when it is new.
    pub(super) fn set(&mut self, field: &[u8], value: &[u8]) -> bool {
        self.blocks += block_bytes(value.len());
        if let Some(old) = self.map.get_mut(field) {
            self.blocks -= block_bytes(old.len());
            if old.len() == value.len() {
                old.copy_from_slice(value);
            } else {
                *old = value.into();
            }
            return false;
        }
        self.blocks += block_bytes(field.len());
        self.map.insert(field.into(), value.into());
        true
    }
    /// Takes a field out; true when it was there.
    pub(super) fn remove(&mut self, field: &[u8]) -> bool {
        let Some((field, value)) = self.map.swap_remove_entry(field) else { return false };
        self.blocks -= block_bytes(field.len()) + block_bytes(value.len());
        true
    }
    fn bytes(&self) -> usize {
        self.blocks + map_bytes(self.map.capacity(), 5 * size_of::<usize>())
    }
}

/// The members of a set, in the order in which they came.
#[derive(Debug, Default, Clone)]
pub(super) struct Members {
    set: IndexSet<Box<[u8]>, Hasher>,
    /// Of the blocks that members are in.
    blocks: usize,
}

impl Members {
    pub(super) fn len(&self) -> usize {
        self.set.len()
    }
    pub(super) fn has(&self, member: &[u8]) -> bool {
        self.set.contains(member)
    }
    /// The member at a place that [`walk`] or a random draw gave.
    pub(super) fn at(&self, place: usize) -> Option<&[u8]> {
        self.set.get_index(place).map(|member| &**member)
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.set.iter().map(|member| &**member)
    }
    /// Puts a member in; true when it is new.
    pub(super) fn insert(&mut self, member: &[u8]) -> bool {
        if self.set.contains(member) {
            return false;
        }
        self.blocks += block_bytes(member.len());
        self.set.insert(member.into())
    }
    /// Takes a member out; true when it was there.
    pub(super) fn remove(&mut self, member: &[u8]) -> bool {
        let was_there = self.set.swap_remove(member);
        if was_there {
            self.blocks -= block_bytes(member.len());
        }
        was_there
    }
    /// Takes out the member at `place`.
    pub(super) fn take_at(&mut self, place: usize) -> Option<Box<[u8]>> {
        let member = self.set.swap_remove_index(place)?;
        self.blocks -= block_bytes(member.len());
        Some(member)
    }
    fn bytes(&self) -> usize {
        self.blocks + map_bytes(self.set.capacity(), 3 * size_of::<usize>())
    }
}

/// The elements of a list.
#[derive(Debug, Default, Clone)]
pub(super) struct List {
    items: VecDeque<Box<[u8]>>,
    /// Of the blocks that elements are in.
    blocks: usize,
}

impl List {
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }
    pub(super) fn get(&self, place: usize) -> Option<&[u8]> {
        self.items.get(place).map(|item| &**item)
    }
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.items.iter().map(|item| &**item)
    }
    /// Elements of a range of places, which must be inside.
    pub(super) fn range(&self, places: std::ops::Range<usize>) -> impl Iterator<Item = &[u8]> {
        self.items.range(places).map(|item| &**item)
    }
    /// Puts an element at the left or the right end.
    pub(super) fn push(&mut self, left: bool, item: &[u8]) {
        self.blocks += block_bytes(item.len());
        if left {
            self.items.push_front(item.into());
        } else {
            self.items.push_back(item.into());
        }
    }
    /// Takes an element from the left or the right end.
    pub(super) fn pop(&mut self, left: bool) -> Option<Box<[u8]>> {
        let item = if left { self.items.pop_front() } else { self.items.pop_back() }?;
        self.blocks -= block_bytes(item.len());
        Some(item)
    }
    /// Puts an element before `place`.
    pub(super) fn insert(&mut self, place: usize, item: &[u8]) {
        self.blocks += block_bytes(item.len());
        self.items.insert(place.min(self.items.len()), item.into());
    }
    /// Replaces the element at `place`; false when there is none.
    pub(super) fn set(&mut self, place: usize, item: &[u8]) -> bool {
        let Some(old) = self.items.get_mut(place) else { return false };
        self.blocks = self.blocks + block_bytes(item.len()) - block_bytes(old.len());
        *old = item.into();
        true
    }
    /// Keeps the elements of this range of places only.
    pub(super) fn keep(&mut self, places: std::ops::Range<usize>) {
        self.items.truncate(places.end);
        self.items.drain(..places.start.min(self.items.len()));
        self.blocks = self.items.iter().map(|item| block_bytes(item.len())).sum();
    }
    /// Takes out elements equal to `item`: at most `most`, from the left or the right; how many they were.
    pub(super) fn remove(&mut self, item: &[u8], most: usize, from_left: bool) -> usize {
        let mut places: Vec<usize> = (0..self.items.len()).filter(|place| self.get(*place) == Some(item)).collect();
        if from_left {
            places.truncate(most);
        } else {
            places.drain(..places.len().saturating_sub(most));
        }
        let (mut place, mut gone) = (0, places.iter().peekable());
        self.items.retain(|_| {
            let goes = gone.next_if(|next| **next == place).is_some();
            place += 1;
            !goes
        });
        self.blocks -= places.len() * block_bytes(item.len());
        places.len()
    }
    fn bytes(&self) -> usize {
        self.blocks + block_bytes(self.items.capacity() * size_of::<Box<[u8]>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadline_model::seed::Stream;

    /// Whatever comes and goes meanwhile, a walk in pieces meets every member that stays.
    #[test]
    fn a_walk_meets_every_member_that_stays() {
        let mut stream = Stream::new(4, "walk", 0);
        for round in 0..50_u64 {
            let mut set = Members::default();
            for n in 0..100 + round {
                set.insert(format!("stay{n}").as_bytes());
                set.insert(format!("go{n}").as_bytes());
            }
            let (mut cursor, mut met) = (0, std::collections::BTreeSet::new());
            loop {
                let (places, next) = walk(cursor, 1 + stream.below(9) as usize, set.len());
                met.extend(places.filter_map(|place| set.at(place)).map(<[u8]>::to_vec));
                cursor = next;
                if cursor == 0 {
                    break;
                }
                set.remove(format!("go{}", stream.below(100 + round)).as_bytes());
                if stream.below(3) == 0 {
                    set.insert(format!("new{}", stream.below(1000)).as_bytes());
                }
            }
            assert_eq!(met.iter().filter(|member| member.starts_with(b"stay")).count() as u64, 100 + round);
        }
        assert_eq!(walk(0, 10, 0), (0..0, 0));
        assert_eq!(walk(u64::MAX, 10, 5), (0..5, 0));
    }

    #[test]
    fn a_list_is_cut_and_emptied_to_the_byte() {
        let mut list = List::default();
        for n in 0..100_usize {
            list.push(n % 2 == 0, &vec![b'x'; n % 40]);
        }
        list.keep(10..60);
        assert_eq!(list.len(), 50);
        let same = list.get(7).map(<[u8]>::to_vec).unwrap();
        let found = list.iter().filter(|item| *item == same).count();
        assert_eq!((list.remove(&same, 1, false), list.remove(&same, usize::MAX, true)), (1, found - 1));
        list.keep(0..0);
        assert_eq!((list.len(), list.blocks), (0, 0));
    }
}
