//! The append-only file by hand, in moments that no client can be sure to meet.

use super::super::value::{Text, Value};
use super::*;

fn opened(folder: &Path, fsync: Fsync) -> Journal {
    Journal::open(&folder.join(FILE_NAME), 0, fsync).unwrap()
}

fn append(journal: &mut Journal) {
    journal.lost(&[Box::from(&b"key"[..])]);
}

/// An answer that is on its way when the policy changes was promised the disk.
#[test]
fn what_was_promised_is_kept_when_the_policy_changes() {
    for (fsync, next) in [(Fsync::Always, Fsync::No), (Fsync::Always, Fsync::EverySecond), (Fsync::No, Fsync::Always)] {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = opened(folder.path(), fsync);
        let mut settings = journal.settings();
        if fsync == Fsync::Always {
            append(&mut journal);
            assert_eq!(journal.flush().unwrap(), journal.position());
        }
        append(&mut journal);
        let position = journal.appended;
        settings.fsync = next;
        journal.set(settings);
        journal.flush().unwrap();
        let patience = Instant::now() + Duration::from_secs(60);
        while !journal.is_durable(position, Waker::noop()) {
            assert!(Instant::now() < patience, "{fsync:?} to {next:?}: the answer waits for ever");
            std::thread::yield_now();
        }
    }
}

/// Keys enough for a picture that is not taken at once.
fn many() -> Keyspace {
    let mut keys = Keyspace::default();
    for n in 0..10 {
        keys.put(format!("k{n}").as_bytes(), Value::Text(Text(vec![b'v'; 1 << 20])));
    }
    keys
}

#[test]
fn a_rewriting_that_cannot_keep_up_is_given_up_and_the_next_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, mut keys) = (opened(folder.path(), Fsync::No), many());
    assert_eq!(journal.ask_rewrite(&mut keys).unwrap(), Asked::Begun);
    assert_eq!(journal.ask_rewrite(&mut keys).unwrap(), Asked::Already);
    journal.rewrite.as_mut().unwrap().tail_max_bytes = 20;
    append(&mut journal);
    journal.tend(&mut keys).unwrap();
    assert!(journal.given_up().is_some_and(|why| why.contains("more than may wait in memory")), "{:?}", journal.given_up());
    assert!(!journal.is_rewriting() && !journal.path.with_extension("aof.new").exists());
    assert_eq!((journal.take_news().len(), journal.rewrites), (1, 0));

    assert_eq!(journal.ask_rewrite(&mut keys).unwrap(), Asked::Begun);
    append(&mut journal);
    while journal.is_rewriting() {
        journal.tend(&mut keys).unwrap();
    }
    assert_eq!((journal.given_up(), journal.rewrites), (None, 1));
    assert_eq!(std::fs::metadata(&journal.path).unwrap().len(), journal.bytes);
    assert!(journal.bytes > 10 << 20);
}

#[test]
fn after_one_that_was_given_up_the_file_rests() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, mut keys) = (opened(folder.path(), Fsync::No), Keyspace::default());
    let mut settings = journal.settings();
    settings.rewrite_min_bytes = 1;
    journal.set(settings);
    for _ in 0..10 {
        append(&mut journal);
    }
    journal.flush().unwrap();
    assert!(journal.has_grown());
    journal.give_up(&mut keys, "no room");
    assert!(!journal.has_grown());
    assert_eq!(journal.ask_rewrite(&mut keys).unwrap(), Asked::Begun, "but whoever asks for it gets it");
}
